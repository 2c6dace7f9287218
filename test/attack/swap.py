"""An owner of directories at work: swap.py KIND PATH OTHER, until it is killed.
flip: PATH, a directory, and a link to OTHER take turns under its name.
turns: PATH, a link, leads to itself + '.mine' and to OTHER in turns.
snatch: as soon as PATH is there, a link to OTHER takes its place."""
import ctypes, os, sys, time

kind, path, other = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
os.setgid(65534), os.setuid(65534)
link = path + '.link'
if kind == 'flip':
    os.symlink(other, link)
    while True:
        libc.syscall(316, -100, path.encode(), -100, link.encode(), 2)  # renameat2, EXCHANGE
        if kind == 'flip':
            time.sleep(0.0004)
while kind == 'turns':
    for target in (other, path + '.mine'):
        os.symlink(target, link)
        os.rename(link, path)
        time.sleep(0.02)
while kind == 'snatch':
    try:
        os.rename(path, path + '.away')
        os.symlink(other, path)
        break
    except OSError:
        pass
