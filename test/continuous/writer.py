# writer.py DATABASE LOG RATE [reopen=N] [truncate=S] [vacuum=S]: commits until SIGTERM, and for
# each a line, once it has returned: time, number, seconds. It opens the database anew after
# N commits, and every S seconds it checkpoints by TRUNCATE, or runs VACUUM.
import sys, time, sqlite3, signal, os
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from work import transaction
db, log, rate = sys.argv[1], sys.argv[2], float(sys.argv[3])
opt = dict(a.split('=') for a in sys.argv[4:])
stop = False
def term(*a):
    global stop; stop = True
signal.signal(signal.SIGTERM, term)
f = open(log, 'a', buffering=1)
def op():
    c = sqlite3.connect(db, timeout=60, isolation_level=None); return c
c = op(); k = 0; due = time.time(); t_tr = time.time() + float(opt.get('truncate', 1e9)); t_va = time.time() + float(opt.get('vacuum', 1e9))
while not stop:
    t0 = time.time(); n = transaction(c); t1 = time.time()
    f.write('%.6f %d %.6f\n' % (t1, n, t1 - t0)); k += 1
    if 'reopen' in opt and k % int(opt['reopen']) == 0: c.close(); c = op()
    if t1 > t_tr:
        r = c.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchone(); t2 = time.time()
        f.write('# truncate %s %.3f\n' % (r, t2 - t1)); t_tr = t2 + float(opt['truncate'])
    if t1 > t_va:
        try: c.execute('VACUUM'); f.write('# vacuum %.3f\n' % (time.time() - t1))
        except sqlite3.OperationalError as e: f.write('# vacuum failed %s\n' % e)
        t_va = time.time() + float(opt['vacuum'])
    due = max(due + 1 / rate, time.time() - 5)
    time.sleep(max(0, due - time.time()))
c.close()
