# examples/ansible, by Ansible over a real sshd: two VMs, each a root of its own in a network
# namespace of its own.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    [ "$(id -u)" = 0 ] && unshare -m -n -p -f true 2>/dev/null || skip 'NO NAMESPACES here'
    command -v ansible-playbook >/dev/null || skip 'ANSIBLE MISSING'
    [ -x /usr/sbin/sshd ] || skip 'SSHD MISSING'
    setup_place
    cp -R "$ROOT/examples/ansible" "$PLACE/play"
    cd "$PLACE/play"
    for vm in vm1 vm2; do
        sed "s/vm1/$vm/" "$ROOT/examples/ansible/environments/vm1.toml" >environments/$vm.toml
    done
    cat >inventory <<INI
[vms]
vm1 ansible_host=10.99.0.11
vm2 ansible_host=10.99.0.12
[vms:vars]
ansible_user=root
ansible_python_interpreter=/usr/bin/python3
INI
    cat >ansible.cfg <<INI
[defaults]
inventory = $PLACE/play/inventory
remote_tmp = /tmp/.ansible
local_tmp = $PLACE/tmp
private_key_file = $PLACE/key
[ssh_connection]
ssh_args = -F /dev/null -o UserKnownHostsFile=$PLACE/known_hosts -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes -o ControlMaster=auto -o ControlPersist=30s
control_path_dir = $PLACE/cp
INI
    ssh-keygen -q -t ed25519 -N '' -f "$PLACE/key"
    ssh-keygen -q -t ed25519 -N '' -f "$PLACE/hostkey"
    for n in 1 2; do echo "10.99.0.1$n $(cut -d ' ' -f 1,2 "$PLACE/hostkey.pub")"; done >"$PLACE/known_hosts"
}

# with_vms <script>: what is run there stops with its namespaces.
with_vms() {
    mkdir -p "$PLACE/vms"
    # shellcheck disable=SC2016 # for the inner shell
    PLACE=$PLACE ROOT=$ROOT TRY=$1 unshare -m -n -p --fork --kill-child --mount-proc sh -euc '
        mount -t tmpfs tmpfs "$PLACE/vms"
        mount -t tmpfs tmpfs /run
        ip link set lo up
        ip link add bridge0 type bridge
        ip addr add 10.99.0.1/24 dev bridge0
        ip link set bridge0 up
        for n in 1 2; do
            vm=$PLACE/vms/$n
            mkdir "$vm" "$vm/over" "$vm/work" "$vm/root"
            mount -t overlay overlay -o "lowerdir=/,upperdir=$vm/over,workdir=$vm/work" "$vm/root"
            (
                cd "$vm/root"
                rm -rf var/lib/gen-backup var/log/gen-backup etc/cron.d/gen-backup-*
                mkdir -p etc/cron.d srv/app root/.ssh run/sshd
                chmod 700 root/.ssh
                cat "$PLACE/key.pub" >root/.ssh/authorized_keys
                chmod 600 root/.ssh/authorized_keys
                sqlite3 srv/app/app.db "CREATE TABLE t (x)"
                cp "$PLACE/hostkey" etc/ssh/hostkey
                cp /bin/sleep bin/cron # for check: a daemon of that name
                mount -t proc proc proc
                mount --rbind /dev dev
                mount -t tmpfs tmpfs tmp
            )
            unshare -n chroot "$vm/root" sh -c "
                cron 1000 &
                until ip addr add 10.99.0.1$n/24 dev eth0 2>/dev/null; do sleep 0.1; done
                ip link set lo up; ip link set eth0 up
                exec /usr/sbin/sshd -D -e -f /dev/null -o HostKey=/etc/ssh/hostkey -o UsePAM=no \
                    -o PasswordAuthentication=no -o PidFile=none" >"$PLACE/sshd$n" 2>&1 &
            sleep 0.3
            ip link add v$n type veth peer name eth0 netns $!
            ip link set v$n master bridge0 up
        done
        for _ in $(seq 50); do
            ssh -F /dev/null -i "$PLACE/key" -o UserKnownHostsFile="$PLACE/known_hosts" 10.99.0.11 true &&
                ssh -F /dev/null -i "$PLACE/key" -o UserKnownHostsFile="$PLACE/known_hosts" 10.99.0.12 true && break
            sleep 0.2
        done
        eval "$TRY"' 3>&-
}

# bats test_tags=long
@test "the play: generate, copy, install, check; a second run changes nothing; status of all" {
    # shellcheck disable=SC2016 # for the inner shell
    with_vms '
        export HOME=$PLACE/home ANSIBLE_CONFIG=$PLACE/play/ansible.cfg ANSIBLE_HOME=$PLACE/home
        mkdir -p "$HOME"
        cd "$PLACE/play"
        play() { ansible-playbook -e "{\"gen_backup_generator\": [node, \"$ROOT/dist/gen-backup.cjs\"]}" "$@"; }
        play play.yml >"$PLACE/first" || { cat "$PLACE/first"; exit 1; }
        play play.yml >"$PLACE/second" || { cat "$PLACE/second"; exit 1; }
        for n in 1 2; do
            vm=$PLACE/vms/$n/root
            grep " root /usr/local/sbin/backup-vm$n.sh run default >>/var/log/gen-backup/vm$n.log" \
                "$vm/etc/cron.d/gen-backup-vm$n"
            [ -e "$vm/backups/app/.gen-backup" ]
        done
        ! play status.yml >"$PLACE/status" || return 1 # there is no backup yet
        grep "there is no backup yet" "$PLACE/status"
        for n in 1 2; do chroot "$PLACE/vms/$n/root" /usr/local/sbin/backup-vm$n.sh run; done
        play status.yml >"$PLACE/status" || { cat "$PLACE/status"; exit 1; }
        # a lost schedule comes back
        rm "$PLACE/vms/1/root/etc/cron.d/gen-backup-vm1"
        play play.yml >"$PLACE/third" || { cat "$PLACE/third"; exit 1; }
        [ -e "$PLACE/vms/1/root/etc/cron.d/gen-backup-vm1" ]'
    [ "$(grep -c 'changed=2 ' "$PLACE/first")" = 2 ]
    [ "$(grep -c 'changed=0 .*unreachable=0 .*failed=0' "$PLACE/second")" = 2 ]
    grep 'vm1 .*changed=1 ' "$PLACE/third"
    grep 'vm2 .*changed=0 ' "$PLACE/third"
}
