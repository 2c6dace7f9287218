# A workload whose state after transaction n is a function of n alone, and its check.
import sqlite3, hashlib, os, random, subprocess, sys
A = 500
def h(n, k, m): return (((n * 6364136223846793005 + k * 1442695040888963407) & (2**64 - 1)) >> 33) % m
def sha(n): return hashlib.sha1(b'%d' % n).hexdigest()
def create(db, rows, page=4096):
    c = sqlite3.connect(db, isolation_level=None)
    c.execute('PRAGMA page_size=%d' % page); c.execute('PRAGMA journal_mode=wal')
    c.executescript('''BEGIN; CREATE TABLE meta(n INTEGER, rows INTEGER); CREATE TABLE accounts(id INTEGER PRIMARY KEY, amount INTEGER);
      CREATE TABLE ledger(id INTEGER PRIMARY KEY, moved INTEGER);
      CREATE TABLE torrents(id INTEGER PRIMARY KEY, info_hash TEXT UNIQUE, completed INTEGER);''')
    c.execute('INSERT INTO meta VALUES (0, ?)', (rows,))
    c.executemany('INSERT INTO accounts VALUES (?, 1000)', ((i,) for i in range(A)))
    c.executemany('INSERT INTO torrents VALUES (?, ?, 0)', ((i, sha(-1 - i)) for i in range(rows)))
    c.execute('COMMIT'); c.execute('PRAGMA wal_checkpoint(TRUNCATE)'); c.close()
def transaction(c):
    c.execute('BEGIN IMMEDIATE')
    n, rows = c.execute('SELECT n + 1, rows FROM meta').fetchone()
    x = h(n, 4, 100)
    c.execute('UPDATE accounts SET amount = amount - ? WHERE id = ?', (x, h(n, 1, A)))
    c.execute('UPDATE accounts SET amount = amount + ? WHERE id = ?', (x, h(n, 2, A)))
    c.execute('INSERT INTO ledger VALUES (?, ?)', (n, x)); c.execute('DELETE FROM ledger WHERE id = ?', (n - 2000,))
    c.execute('UPDATE torrents SET info_hash = ?, completed = ? WHERE id = ?', (sha(n), n, h(n, 3, rows)))
    c.execute('UPDATE meta SET n = ?', (n,))
    c.execute('COMMIT')
    return n
class Sim:
    "states by n, forward only cheaply"
    def __init__(s, rows): s.rows = rows; s.reset()
    def reset(s): s.n = 0; s.acc = [1000] * A; s.tor = {}
    def to(s, n):
        if n < s.n: s.reset()
        for i in range(s.n + 1, n + 1):
            x = h(i, 4, 100); s.acc[h(i, 1, A)] -= x; s.acc[h(i, 2, A)] += x; s.tor[h(i, 3, s.rows)] = i
        s.n = n
def check(db, sim):
    "n of its state, if it is exactly that state; else raises"
    c = sqlite3.connect('file:%s?immutable=1' % db, uri=True)
    r = c.execute('PRAGMA integrity_check').fetchone()[0]
    if r != 'ok': raise Exception('integrity: ' + r)
    n, rows = c.execute('SELECT n, rows FROM meta').fetchone()
    sim.to(n)
    if [a for (a,) in c.execute('SELECT amount FROM accounts ORDER BY id')] != sim.acc: raise Exception('accounts differ at %d' % n)
    got = c.execute('SELECT id, info_hash, completed FROM torrents ORDER BY id').fetchall()
    want = [(i, sha(sim.tor[i]) if i in sim.tor else sha(-1 - i), sim.tor.get(i, 0)) for i in range(rows)]
    if got != want: raise Exception('torrents differ at %d' % n)
    if c.execute('SELECT id, moved FROM ledger ORDER BY id').fetchall() != [(i, h(i, 4, 100)) for i in range(max(1, n - 1999), n + 1)]: raise Exception('ledger differs at %d' % n)
    c.close(); return n
