"""A workload whose state after transaction n is a function of n alone, and its check."""

import hashlib
import sqlite3

ACCOUNTS = 500
LEDGER = 2000  # so many of the newest transactions stay in it

SCHEMA = """
BEGIN;
CREATE TABLE meta (n INTEGER, rows INTEGER);
CREATE TABLE accounts (id INTEGER PRIMARY KEY, amount INTEGER);
CREATE TABLE ledger (id INTEGER PRIMARY KEY, moved INTEGER);
CREATE TABLE torrents (id INTEGER PRIMARY KEY, info_hash TEXT UNIQUE, completed INTEGER);
"""


def draw(n, purpose, most):
    """A number below `most` that transaction n draws for a purpose."""
    mixed = n * 6364136223846793005 + purpose * 1442695040888963407
    return ((mixed & (2**64 - 1)) >> 33) % most


def payer(n):
    return draw(n, 1, ACCOUNTS)


def payee(n):
    return draw(n, 2, ACCOUNTS)


def torrent(n, rows):
    return draw(n, 3, rows)


def amount(n):
    return draw(n, 4, 100)


def info_hash(n):
    return hashlib.sha1(b'%d' % n).hexdigest()


def create(path, rows, page_size=4096):
    """An empty state, number 0, in a new database."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute('PRAGMA page_size=%d' % page_size)
    database.execute('PRAGMA journal_mode=wal')
    database.executescript(SCHEMA)
    database.execute('INSERT INTO meta VALUES (0, ?)', (rows,))
    database.executemany(
        'INSERT INTO accounts VALUES (?, 1000)', ((i,) for i in range(ACCOUNTS))
    )
    database.executemany(
        'INSERT INTO torrents VALUES (?, ?, 0)', ((i, info_hash(-1 - i)) for i in range(rows))
    )
    database.execute('COMMIT')
    database.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    database.close()


def transaction(database):
    """The next one. Returns its number, once it is committed."""
    database.execute('BEGIN IMMEDIATE')
    n, rows = database.execute('SELECT n + 1, rows FROM meta').fetchone()
    move = 'UPDATE accounts SET amount = amount + ? WHERE id = ?'
    database.execute(move, (-amount(n), payer(n)))
    database.execute(move, (amount(n), payee(n)))
    database.execute('INSERT INTO ledger VALUES (?, ?)', (n, amount(n)))
    database.execute('DELETE FROM ledger WHERE id = ?', (n - LEDGER,))
    database.execute(
        'UPDATE torrents SET info_hash = ?, completed = ? WHERE id = ?',
        (info_hash(n), n, torrent(n, rows)),
    )
    database.execute('UPDATE meta SET n = ?', (n,))
    database.execute('COMMIT')
    return n


class State:
    """What must be there after transaction n. To go forward is cheap."""

    def __init__(self, rows):
        self.rows = rows
        self.begin()

    def begin(self):
        self.n = 0
        self.amounts = [1000] * ACCOUNTS
        self.completed = {}

    def go_to(self, n):
        if n < self.n:
            self.begin()
        for i in range(self.n + 1, n + 1):
            self.amounts[payer(i)] -= amount(i)
            self.amounts[payee(i)] += amount(i)
            self.completed[torrent(i, self.rows)] = i
        self.n = n

    def accounts(self):
        return list(enumerate(self.amounts))

    def torrents(self):
        last = self.completed
        return [(i, info_hash(last.get(i, -1 - i)), last.get(i, 0)) for i in range(self.rows)]

    def ledger(self):
        return [(i, amount(i)) for i in range(max(1, self.n - LEDGER + 1), self.n + 1)]


def check(path, state):
    """The number of the state of a database that nobody writes to; an exception unless it is
    exactly that state."""
    database = sqlite3.connect('file:%s?immutable=1' % path, uri=True)
    try:
        verdict = database.execute('PRAGMA integrity_check').fetchone()[0]
        if verdict != 'ok':
            raise Exception('integrity_check: ' + verdict)
        (n,) = database.execute('SELECT n FROM meta').fetchone()
        state.go_to(n)
        for table in ('accounts', 'torrents', 'ledger'):
            rows = database.execute('SELECT * FROM %s ORDER BY id' % table).fetchall()
            if rows != getattr(state, table)():
                raise Exception('%s is not as transaction %d left it' % (table, n))
        return n
    finally:
        database.close()
