# soak.py SECONDS DIRECTORY SHELL [SECONDS BETWEEN BASES]: a continuous plan beside 100
# commits a second of another user, with cron's lines, bases and retention. Each minute a
# line in DIRECTORY/soak.log: rooms, the size of the log (looked at five times a second), how
# far behind, processes; every third minute an instant is restored and compared with what the
# writer has written down; at the end twenty, and what is left over. DIRECTORY must be new.
import os, sys, time, subprocess, random, threading, signal, glob, json, shutil, re, pwd
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from work import *
SECONDS = int(sys.argv[1]); BASES = int(sys.argv[4]) if len(sys.argv) > 4 else 600; P = sys.argv[2]; SH = sys.argv[3].split()
os.makedirs(P, mode=0o755); DB = P + '/app/app.db'; os.makedirs(P + '/app'); log = open(P + '/soak.log', 'a', buffering=1)
def say(*a):
    log.write(time.strftime('%H:%M:%S ', time.gmtime()) + ' '.join(map(str, a)) + '\n')
open(P + '/env.toml', 'w').write('''[environment]
name = "soak"
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
interval = "5s"
keep = { last = 2 }
''' % (P, P, P))
S = P + '/backup.sh'
subprocess.check_call(['node', HERE + '/../../dist/gen-backup.cjs', P + '/env.toml', '-o', S], stderr=subprocess.DEVNULL)
s = open(S).read(); s2 = re.sub(r'CHANGES_S=[0-9]+', 'CHANGES_S=%d' % (2 * BASES), s); assert s != s2; open(S, 'w').write(s2)
ROWS = 100000
create(DB, ROWS)
os.chmod(P + '/app', 0o755)
subprocess.check_call(['chown', '-R', '65534:65534', P + '/app'])
shutil.copytree(HERE, P + '/code'); os.makedirs(P + '/w'); os.chown(P + '/w', 65534, 65534)
W = subprocess.Popen(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'python3', P + '/code/writer.py', DB, P + '/w/log', '100'])
flog = open(P + '/follow.log', 'a')
def start(*words): return subprocess.Popen(SH + [S] + list(words), stdout=flog, stderr=flog, stdin=subprocess.DEVNULL, start_new_session=True)
walmax = [0, 0]; end = False
def watch():
    while not end:
        try: z = os.stat(DB + '-wal').st_size
        except OSError: z = 0
        walmax[0] = max(walmax[0], z); walmax[1] = max(walmax[1], z); time.sleep(0.2)
threading.Thread(target=watch, daemon=True).start()
procs = []
def mine():
    r = []
    for p in os.listdir('/proc'):
        if p.isdigit():
            try: a = open('/proc/%s/cmdline' % p, 'rb').read().replace(b'\0', b' ').decode(errors='replace')
            except OSError: continue
            if (S in a or DB in a) and 'writer.py' not in a and 'soak.py' not in a: r.append((p, a))
    return r
def du(d): return int(subprocess.run(['du', '-sk', d], capture_output=True, text=True).stdout.split()[0] or 0) if os.path.exists(d) else 0
def returned():
    ts = []; 
    for l in open(P + '/w/log'):
        if l[0] != '#' and l.endswith('\n'): a = l.split(); ts.append((float(a[0]), int(a[1]), float(a[2])))
    return ts
sim = Sim(ROWS); restored = []
def iso(t): return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(t))
import calendar
def restore(at, ts):
    out = P + '/r'; shutil.rmtree(out, ignore_errors=True); t0 = time.time()
    r = subprocess.run(SH + [S, 'restore', 'live', '--at', at, '--to', out], capture_output=True, text=True)
    if r.returncode: say('RESTORE FAILED', at, r.returncode, r.stderr[-600:]); return
    took = time.time() - t0
    m = re.search(r'the state of (\S+), from base', r.stderr)
    try:
        n = check(out + DB, sim)
        T = calendar.timegm(time.strptime(m.group(1), '%Y-%m-%dT%H:%M:%SZ'))
        least = max([x[1] for x in ts if x[0] < T], default=0)
        most = max([x[1] for x in ts]) + 2
        ok = least <= n <= most
        # not newer than the next line: within 30 s
        restored.append(n)
        say('restored', at, 'state of', m.group(1), 'n', n, 'returned before', least, 'ok' if ok else 'WRONG', '%.1f s' % took)
    except Exception as e: say('RESTORED WRONG', at, m and m.group(1), e)
    shutil.rmtree(out, ignore_errors=True)
begun = time.time(); procs.append(start('follow', 'live')); next_base = begun + BASES; minute = 0
try:
    while time.time() < begun + SECONDS:
        minute += 1
        while time.time() < begun + 60 * minute: time.sleep(0.5)
        procs = [p for p in procs if p.poll() is None]
        procs.append(start('follow', 'live'))
        if time.time() >= next_base: procs.append(start('run', 'live')); next_base += BASES
        ts = returned()
        st = subprocess.run(SH + [S, 'status', '--json'], capture_output=True, text=True)
        try: j = json.loads(st.stdout); to = re.search(r'"restorable_to":"([^"]*)"', st.stdout); fr = re.search(r'"restorable_from":"([^"]*)"', st.stdout)
        except Exception as e: say('status', e, st.stdout[:300]); to = fr = None
        behind = time.time() - calendar.timegm(time.strptime(to.group(1), '%Y-%m-%dT%H:%M:%SZ')) if to else None
        lat = sorted(x[2] for x in ts[-6000:])
        pr = mine(); rss = 0
        for p, a in pr:
            try: rss += int(re.search(r'VmRSS:\s+(\d+)', open('/proc/%s/status' % p).read()).group(1))
            except Exception: pass
        say('minute', minute, 'commits', len(ts), 'wal now %.1f max of minute %.1f MB' % (os.stat(DB + '-wal').st_size / 1e6, walmax[1] / 1e6), 'changes', du(P + '/dest/live/changes'), 'KB plan', du(P + '/dest/live'), 'KB chains', len(glob.glob(P + '/dest/live/changes/2*')), 'files', len(os.listdir(glob.glob(P + '/dest/live/changes/2*')[-1])) if glob.glob(P + '/dest/live/changes/2*') else 0, 'bases', len(glob.glob(P + '/dest/live/2*Z')), 'behind', behind and '%.1f' % behind, 'status', st.returncode, 'processes', len(pr), 'rss', rss, 'fifos', len([f for f in glob.glob(P + '/state/follow.live/*') ]), 'p50 %.2f p99 %.2f max %.1f ms' % (lat[len(lat) // 2] * 1e3, lat[len(lat) * 99 // 100] * 1e3, lat[-1] * 1e3))
        walmax[1] = 0
        if minute % 3 == 0 and fr and to:
            a = calendar.timegm(time.strptime(fr.group(1), '%Y-%m-%dT%H:%M:%SZ')); b = calendar.timegm(time.strptime(to.group(1), '%Y-%m-%dT%H:%M:%SZ'))
            restore(iso(random.randint(a, b)), ts)
    say('end: 20 instants')
    ts = returned()
    for i in range(20):
        st = subprocess.run(SH + [S, 'status', '--json'], capture_output=True, text=True).stdout
        a, b = (calendar.timegm(time.strptime(re.search(r'"restorable_%s":"([^"]*)"' % k, st).group(1), '%Y-%m-%dT%H:%M:%SZ')) for k in ('from', 'to'))
        restore(iso(random.randint(a, b)), returned())
    W.terminate(); W.wait(); time.sleep(20); ts = returned(); restore('latest', ts); say('last commit', ts[-1][1])
    for w in ('verify', 'drill'):
        r = subprocess.run(SH + [S, w, 'live'], capture_output=True, text=True); say(w, r.returncode, r.stderr[-500:])
    lat = sorted(x[2] for x in ts); say('commits', len(ts), 'per s %.1f' % (len(ts) / (ts[-1][0] - ts[0][0])), 'p50 %.2f p99 %.2f max %.1f ms' % (lat[len(lat) // 2] * 1e3, lat[len(lat) * 99 // 100] * 1e3, lat[-1] * 1e3), 'wal most %.1f MB' % (walmax[0] / 1e6))
    for c in glob.glob(P + '/dest/live/changes/2*'):
        nums = sorted(int(f[:6]) for f in os.listdir(c) if re.fullmatch(r'\d{6}\.index', f)); say('chain', c, nums[0], '-', nums[-1], 'contiguous' if nums == list(range(nums[0], nums[-1] + 1)) else 'NOT CONTIGUOUS')
finally:
    end = True; W.terminate()
    for p in procs:
        if p.poll() is None: p.terminate()
    time.sleep(5); say('left: processes', mine(), 'fifos', subprocess.run(['find', P, '-type', 'p'], capture_output=True, text=True).stdout.split(), 'state', os.listdir(P + '/state'))
