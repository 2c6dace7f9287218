# kills.py DIRECTORY SHELL KILLS [key=value...]: a continuous plan beside writers; who follows, a
# sqlite3 of it, all of it, a writer, or everything is killed or stopped at random instants, also
# while the log is begun again by force, and started again as by cron. Then lines of the
# indexes, drawn at random, are restored by hand, as docs/continuous.md says, and some by the
# script: each must be exactly the state after one transaction, with every one that had
# returned before. DIRECTORY/kills.log says what was seen: look for WRONG. Keys: page, rate,
# writers, rotate (KB), rows, every (seconds), lines, seed, kinds (of kills), and those of
# writer.py. DIRECTORY is made anew.
import os, sys, time, subprocess, random, signal, glob, shutil, re, calendar, bisect
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from work import *
P, SH, KILLS = sys.argv[1], sys.argv[2].split(), int(sys.argv[3])
opt = dict(a.split('=') for a in sys.argv[4:])
page, rate, writers, rotate, lines_wanted = int(opt.pop('page', 4096)), opt.pop('rate', '100'), int(opt.pop('writers', 1)), opt.pop('rotate', '512'), int(opt.pop('lines', 400))
kinds_wanted = opt.pop('kinds', 'follower,reader,group,all,writer,stopf,stopr,forced,forced,forcedstop').split(',')
ROWS = int(opt.pop('rows', 2000)); gap_s = float(opt.pop('every', 3))
seed = int(opt.pop('seed', random.randrange(10**6))); random.seed(seed)
shutil.rmtree(P, ignore_errors=True); os.makedirs(P + '/app'); os.makedirs(P + '/w'); DB = P + '/app/app.db'
log = open(P + '/kills.log', 'a', buffering=1)
def say(*a):
    t = time.strftime('%H:%M:%S ', time.gmtime()) + ' '.join(map(str, a)); log.write(t + '\n')
say('seed', seed, sys.argv)
open(P + '/env.toml', 'w').write('''[environment]
name = "kills"
[storage]
path = "%s"
[databases.app]
driver = "sqlite3"
path = "app/app.db"
[backup]
path = "%s/dest"
state = "%s/state"
log = ""
min_free = "0KiB"
[backup.plans.live]
type = "continuous"
databases = ["app"]
interval = "1s"
nice = false
keep = { last = 100000 }
''' % (P, P, P))
S = P + '/backup.sh'
subprocess.check_call(['node', HERE + '/../../dist/gen-backup.cjs', P + '/env.toml', '-o', S], stderr=subprocess.DEVNULL)
s = open(S).read(); s = re.sub(r'\nROTATE_KB=\d+', '\nROTATE_KB=' + rotate, s)
MARK = P + '/forcing'
L = '    [ "$AT" -ge "$FORCE_FROM" ] && ask 4 "${CHECKPOINT}BEGIN IMMEDIATE;" || return 0\n'
assert s.count(L) == 1
s = s.replace(L, '    [ "$AT" -ge "$FORCE_FROM" ] || return 0\n    : >%s\n    ask 4 "${CHECKPOINT}BEGIN IMMEDIATE;" || { rm -f %s; return 0; }\n' % (MARK, MARK))
s = s.replace('    FORCE_FROM=$((AT + ', '    rm -f %s\n    FORCE_FROM=$((AT + ' % MARK)
assert s.count(MARK) == 3
open(S, 'w').write(s)
create(DB, ROWS, page)
flog = open(P + '/follow.log', 'a'); kids = []
def start(*w):
    p = subprocess.Popen(SH + [S] + list(w), stdout=flog, stderr=flog, stdin=subprocess.DEVNULL, start_new_session=True); kids.append(p); return p
wp = {}
def write(i): wp[i] = subprocess.Popen(['python3', HERE + '/writer.py', DB, P + '/w/log%d' % i, rate] + ['%s=%s' % kv for kv in opt.items()], stdout=flog, stderr=flog); kids.append(wp[i])
for i in range(writers): write(i)
def procs():
    r = []
    for p in os.listdir('/proc'):
        if p.isdigit() and int(p) != os.getpid():
            try: a = open('/proc/%s/cmdline' % p, 'rb').read().replace(b'\0', b' ').decode(errors='replace')
            except OSError: continue
            if P + '/' in a and 'writer.py' not in a and 'kills.py' not in a: r.append((int(p), a))
    return r
def readers(): return [p for p, a in procs() if a.startswith('sqlite3 ') and 'mode=rw ' in a + ' ' and DB in a]
def kill(p, sig=signal.SIGKILL, group=False):
    try: (os.killpg if group else os.kill)(p, sig); return True
    except OSError: return False
F = start('follow', 'live'); counts = {}; missed = 0
def held(): return F.poll() is None
stopped = []
for i in range(KILLS):
    time.sleep(random.uniform(0.1, 2 * gap_s))
    kind = kinds_wanted[i % len(kinds_wanted)] if 'shuffle' in opt else random.choice(kinds_wanted)
    if not held(): F = start('follow', 'live'); time.sleep(random.uniform(0, 2))
    if kind.startswith('forced'):
        t = time.time()
        while not os.path.exists(MARK) and time.time() < t + 10 and held(): time.sleep(0.0002)
        if not os.path.exists(MARK): missed += 1; kind = 'group'
        else: time.sleep(random.choice([0, random.uniform(0, 0.004), random.uniform(0, 0.02)]))
    if kind == 'follower': kill(F.pid)
    elif kind in ('group', 'forced'):
        kill(F.pid, group=(kind == 'group' or random.random() < 0.5))
        if kind == 'forced' and random.random() < 0.3: [kill(r) for r in readers()]
    elif kind == 'reader': r = readers(); r and kill(random.choice(r))
    elif kind == 'writer': w = random.choice(list(wp)); kill(wp[w].pid); wp[w].wait(); time.sleep(random.uniform(0, 0.3)); write(w)
    elif kind == 'all':
        kill(F.pid, group=True)
        for w in wp: kill(wp[w].pid); wp[w].wait()
        time.sleep(random.uniform(0, 0.3)); [write(w) for w in wp]
    elif kind in ('stopf', 'stopr', 'forcedstop'):
        v = F.pid if kind == 'stopf' or kind == 'forcedstop' and random.random() < 0.4 else random.choice(readers() or [F.pid])
        kill(v, signal.SIGSTOP); time.sleep(random.uniform(0.2, 4))
        if random.random() < 0.3: kill(v)
        kill(v, signal.SIGCONT)
    counts[kind] = counts.get(kind, 0) + 1
    try: os.unlink(MARK)
    except OSError: pass
    time.sleep(random.uniform(0, 0.8))
    if random.random() < 0.25: start('follow', 'live')   # cron's line, whoever gets the lock
    if random.random() < 0.08: start('run', 'live')
    for p in kids: p.poll()
    if not held():
        F = start('follow', 'live')
        time.sleep(1.5)
        if F.poll() is not None: # another line of cron follows
            try:
                pid = int(open(P + '/state/lock.+follow.live').read().split()[0])
                class X:
                    def __init__(s, pid): s.pid = pid
                    def poll(s): return None if os.path.exists('/proc/%d' % s.pid) and open('/proc/%d/stat' % s.pid).read().rsplit(')')[-1].split()[0] != 'Z' else 0
                F = X(pid)
            except Exception as e: say('?', e)
    if i % 20 == 0: say('kill', i, counts, 'chains', len(glob.glob(P + '/dest/live/changes/2*')), 'bases', len(glob.glob(P + '/dest/live/2*Z')), 'writers', [w.poll() for w in wp.values()])
say('killed', counts, 'no forced rotation in time', missed)
t = time.time()
if not held(): F = start('follow', 'live')
time.sleep(8)
for w in wp.values(): w.terminate()
for w in wp.values(): w.wait()
def status(): return subprocess.run(SH + [S, 'status', '--json'], capture_output=True, text=True).stdout
t = time.time()
while time.time() < t + 90:
    m = re.search(r'"restorable_to":"([^"]*)"', status())
    if m and calendar.timegm(time.strptime(m.group(1), '%Y-%m-%dT%H:%M:%SZ')) > t + 1: break
    time.sleep(1)
else: say('NOT SETTLED', status())
sim = Sim(ROWS)
out = P + '/r'
r = subprocess.run(SH + [S, 'restore', 'live', '--at', 'latest', '--to', out], capture_output=True, text=True)
ts = sorted((float(a[0]), int(a[1]), float(a[2])) for f in glob.glob(P + '/w/log*') for a in (l.split() for l in open(f) if l[0] != '#' and l.endswith('\n')) if len(a) == 3)
try:
    n = check(out + DB, sim); live = sqlite3.connect(DB).execute('SELECT n FROM meta').fetchone()[0]
    say('latest', n, 'live', live, 'logged', max(x[1] for x in ts), 'ok' if n == live >= max(x[1] for x in ts) else 'WRONG')
except Exception as e: say('LATEST WRONG', r.returncode, r.stderr[-800:], e)
for w in ('verify', 'drill'):
    r = subprocess.run(SH + [S, w, 'live'], capture_output=True, text=True); say(w, r.returncode, len(r.stderr.splitlines()), r.stderr[-300:])
kill(F.pid, signal.SIGTERM); time.sleep(3)
say('left', procs(), subprocess.run(['find', P, '-type', 'p'], capture_output=True, text=True).stdout.split())
# by hand: each line of the indexes
import struct
times = [x[0] for x in ts]; best = []; m = 0
for x in ts: m = max(m, x[1]); best.append(m)
bases = []
for b in sorted(glob.glob(P + '/dest/live/2*Z')):
    for l in open(b + '/MANIFEST'):
        a = re.fullmatch(r'app\.changes=(\S+) (\d+) (\d+)\n', l)
        if a: bases.append((a.group(1), int(a.group(2)), int(a.group(3)), b))
everything = []
for c in sorted(glob.glob(P + '/dest/live/changes/2*')):
    for f in glob.glob(c + '/[0-9]*.index') + glob.glob(c + '/until'):
        for l in open(f):
            a = l.split()
            if len(a) == 5 and a[4] == '.': everything.append((c, int(a[1]), int(a[2]), int(a[3]), a[0]))
able = [e for e in everything if e[1] and any(b[0] == os.path.basename(e[0]) and b[1] <= e[1] and b[2] <= e[3] for b in bases)]
say('index lines', len(everything), 'restorable', len(able), 'bases', len(bases), 'chains', len(glob.glob(P + '/dest/live/changes/2*')), 'commits', len(ts), 'span %.0f s' % (ts[-1][0] - ts[0][0]), 'in the gaps %.1f %%' % 0)
chosen = sorted(random.sample(able, min(lines_wanted, len(able))), key=lambda e: (e[0], e[1], e[2], e[3]))
D = P + '/hand'; os.makedirs(D, exist_ok=True); ok = wrong = 0; state = None; lastn = 0
def unzstd(f, to):
    with open(to, 'wb') as o: subprocess.check_call(['zstd', '-dcq', f], stdout=o)
def wal(c, k):
    f = '%s/%06d.wal' % (c, k)
    if os.path.exists(f): return open(f, 'rb').read()
    return subprocess.run(['zstd', '-dcq', f + '.zst'], capture_output=True, check=True).stdout
def apply(db, data):
    for x in ('-wal', '-shm'):
        if os.path.exists(db + x): os.unlink(db + x)
    open(db + '-wal', 'wb').write(data)
    ps = struct.unpack('>I', data[8:12])[0]; ps = 65536 if ps == 1 else ps; N = (len(data) - 32) // (ps + 24)
    c = sqlite3.connect(db); r = c.execute('PRAGMA wal_checkpoint(PASSIVE)').fetchone(); c.close()
    for x in ('-wal', '-shm'):
        if os.path.exists(db + x): os.unlink(db + x)
    if r != (0, N, N): raise Exception('checkpoint said %s not %d' % (r, N))
t0 = time.time()
for c, f, by, looks, when in chosen:
    try:
        fit = [b for b in bases if b[0] == os.path.basename(c) and b[1] <= f and b[2] <= looks]
        b = random.choice(fit)
        if state is None or state[0] != b or state[1] > f:
            unzstd(b[3] + '/databases/app.sqlite3.zst', D + '/s.db'); state = [b, b[1]]
        while state[1] < f: apply(D + '/s.db', wal(c, state[1])); state[1] += 1
        shutil.copyfile(D + '/s.db', D + '/x.db'); data = wal(c, f)
        if len(data) < by: raise Exception('short')
        apply(D + '/x.db', data[:by]); n = check(D + '/x.db', sim)
        T = calendar.timegm(time.strptime(when, '%Y-%m-%dT%H:%M:%SZ'))
        i = bisect.bisect_left(times, T); least = best[i - 1] if i else 0
        if n < least: raise Exception('n %d, but %d had returned before' % (n, least))
        if n < lastn: raise Exception('n %d after %d' % (n, lastn))
        lastn = n; ok += 1
    except Exception as e: wrong += 1; state = None; say('WRONG', c, f, by, looks, when, b, e)
say('lines restored', ok, 'wrong', wrong, '%.0f s' % (time.time() - t0))
lat = sorted(x[2] for x in ts); say('commits p50 %.2f p99 %.2f max %.0f ms, per s %.0f' % (lat[len(lat) // 2] * 1e3, lat[len(lat) * 99 // 100] * 1e3, lat[-1] * 1e3, len(ts) / (ts[-1][0] - ts[0][0])))
k = 0; o = 0
for c, f, by, looks, when in random.sample(able, min(15, len(able))):
    shutil.rmtree(out, ignore_errors=True)
    r = subprocess.run(SH + [S, 'restore', 'live', '--at', when, '--to', out], capture_output=True, text=True)
    try:
        n = check(out + DB, sim); m = re.search(r'the state of (\S+),', r.stderr); T = calendar.timegm(time.strptime(m.group(1), '%Y-%m-%dT%H:%M:%SZ')); i = bisect.bisect_left(times, T)
        if m.group(1) != when or n < (best[i - 1] if i else 0): raise Exception('%s %s' % (m.group(1), n))
        o += 1
    except Exception as e: k += 1; say('RESTORE', when, r.returncode, r.stderr[-300:], e)
say('by restore --at', o, 'wrong', k)
