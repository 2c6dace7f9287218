# What public bug reports tell of dumps and restores that went wrong.
# bats file_tags=long
bats_require_minimum_version 1.5.0

load ../servers

# backup_of <flavour> <statement...>: of the schema app, with these.
backup_of() {
    local flavour=$1
    shift
    admin "$flavour" -e 'DROP DATABASE IF EXISTS crm; DROP DATABASE IF EXISTS app; CREATE DATABASE app'
    printf '%s\n' "$@" | admin "$flavour" app
    make_mysql_script "$flavour" app
    under sh run
    expect_status 0
}

count() { admin "$1" -e "SELECT COUNT(*) FROM $2"; }

referred_to() {
    backup_of "$1" 'CREATE TABLE a_first (id INT PRIMARY KEY) ENGINE=InnoDB; INSERT INTO a_first VALUES (1), (2);
        CREATE TABLE customers (id INT PRIMARY KEY) ENGINE=InnoDB; INSERT INTO customers VALUES (1), (2);
        CREATE DATABASE crm; CREATE TABLE crm.notes (c INT, FOREIGN KEY (c) REFERENCES app.customers (id)) ENGINE=InnoDB;
        INSERT INTO crm.notes VALUES (1);'
    admin "$1" app -e 'DELETE FROM a_first; DELETE FROM customers WHERE id = 2'
    under sh restore default --yes
    expect_status 0
    [ "$(count "$1" app.a_first)/$(count "$1" app.customers)/$(count "$1" crm.notes)" = 2/2/1 ]
    run -1 admin "$1" -e 'INSERT INTO crm.notes VALUES (77)'
    admin "$1" -e 'DROP DATABASE crm'
}

@test "a schema that a foreign key of another one refers to is restored in place" { both referred_to; }

large_row() {
    admin "$1" -e 'SET GLOBAL max_allowed_packet = 16777216'
    backup_of "$1" 'CREATE TABLE files (id INT PRIMARY KEY, content LONGBLOB) ENGINE=InnoDB;
        INSERT INTO files VALUES (1, REPEAT(UNHEX("00FF4142"), 2750000)); CREATE TABLE z_log (id INT) ENGINE=InnoDB;'
    under sh drill
    [ "$status" != 0 ]
    [[ $err == *max_allowed_packet* ]]
    under sh restore default --yes
    [ "$status" != 0 ]
    [[ $err == *'nothing was changed'*max_allowed_packet* ]]
    [ "$(count "$1" app.files)/$(count "$1" app.z_log)" = 1/0 ]
}

@test "a row that the server would not take again is found by a drill, and no restore begins" { both large_row; }

body_like_rows() {
    backup_of "$1" 'CREATE TABLE t (id INT) ENGINE=InnoDB; CREATE TABLE audit (id INT) ENGINE=InnoDB;
DELIMITER ;;
CREATE TRIGGER trg AFTER INSERT ON t FOR EACH ROW BEGIN
INSERT INTO `app`.`audit` (id) VALUES (NEW.id);
END;;
DELIMITER ;'
    under sh restore default --only index --as app2
    expect_status 3
    [[ $err == *'names its own schema'* ]]
}

@test "a body whose lines look like rows names its schema all the same" { both body_like_rows; }

@test "a TIMESTAMP column gets no behaviour from the server that it is loaded into" {
    need_mariadb
    backup_of mariadb 'SET explicit_defaults_for_timestamp = 1;
        CREATE TABLE ts (id INT, placed TIMESTAMP NOT NULL, paid TIMESTAMP NOT NULL) ENGINE=InnoDB;
        INSERT INTO ts VALUES (1, "2020-01-01 10:00:00", "2020-01-02 10:00:00");'
    admin mariadb -e 'SET GLOBAL explicit_defaults_for_timestamp = 0'
    under sh restore default --yes
    admin mariadb -e 'SET GLOBAL explicit_defaults_for_timestamp = 1'
    expect_status 0
    admin mariadb app -e 'UPDATE ts SET id = 2'
    [ "$(admin mariadb app -e 'SELECT placed FROM ts')" = '2020-01-01 10:00:00' ]
}
