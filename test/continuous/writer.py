"""writer.py DATABASE LOG RATE [reopen=N] [truncate=S] [vacuum=S]: commits until SIGTERM.

Each commit that has returned gets a line in the log: time, number, seconds. The database is
opened anew after each N commits; every S seconds it is checkpointed by TRUNCATE, or VACUUMed.
"""

import os
import signal
import sqlite3
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from work import transaction  # noqa: E402

path, log_path, rate = sys.argv[1], sys.argv[2], float(sys.argv[3])
options = dict(word.split('=') for word in sys.argv[4:])
stopped = False


def stop(*_):
    global stopped
    stopped = True


def connect():
    return sqlite3.connect(path, timeout=60, isolation_level=None)


def tell(kind, database):
    """What the log says of a checkpoint or a VACUUM."""
    began = time.time()
    sql = {'truncate': 'PRAGMA wal_checkpoint(TRUNCATE)', 'vacuum': 'VACUUM'}[kind]
    try:
        said = database.execute(sql).fetchone()
    except sqlite3.OperationalError as error:
        said = error
    return '# %s %s %.3f\n' % (kind, said, time.time() - began)


signal.signal(signal.SIGTERM, stop)
log = open(log_path, 'a', buffering=1)
database = connect()
due = {kind: time.time() + float(options[kind]) for kind in ('truncate', 'vacuum') if kind in options}
next_commit = time.time()
commits = 0
while not stopped:
    began = time.time()
    n = transaction(database)
    ended = time.time()
    log.write('%.6f %d %.6f\n' % (ended, n, ended - began))
    commits += 1
    if 'reopen' in options and commits % int(options['reopen']) == 0:
        database.close()
        database = connect()
    for kind in due:
        if ended > due[kind]:
            log.write(tell(kind, database))
            due[kind] = time.time() + float(options[kind])
    next_commit = max(next_commit + 1 / rate, time.time() - 5)
    time.sleep(max(0, next_commit - time.time()))
database.close()
