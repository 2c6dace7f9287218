"""An owner of directories at work: swap.py KIND PATH OTHER, until it is killed.
turns: PATH, a link, leads to itself + '.mine' and to OTHER in turns.
swaps: a link to OTHER takes PATH's name for a moment, again and again.
pounce: as soon as somebody opens the database in PATH, a link to OTHER takes PATH's name for a moment."""
import ctypes, os, random, sys, time

kind, path, other = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
os.setgid(65534), os.setuid(65534)
link = path + '.link'
if kind == 'pounce':
    os.symlink(other, link)
    watch = libc.inotify_init()
    libc.inotify_add_watch(watch, (path + '/tracker.db').encode(), 0x20)
    os.set_blocking(watch, True)
    while True:
        os.read(watch, 65536)
        time.sleep(random.random() * 0.0006)
        libc.syscall(316, -100, path.encode(), -100, link.encode(), 2)
        time.sleep(0.02)
        libc.syscall(316, -100, path.encode(), -100, link.encode(), 2)
        os.set_blocking(watch, False)
        try:
            os.read(watch, 65536)
        except OSError:
            pass
        os.set_blocking(watch, True)
if kind == 'swaps':
    os.symlink(other, link)
while kind == 'swaps':
    libc.syscall(316, -100, path.encode(), -100, link.encode(), 2)
    time.sleep(0.001)
    libc.syscall(316, -100, path.encode(), -100, link.encode(), 2)
    time.sleep(random.random() * 0.05)
while kind == 'turns':
    for target in (other, path + '.mine'):
        os.symlink(target, link)
        os.rename(link, path)
        time.sleep(0.02)
