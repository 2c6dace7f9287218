"""A process that calls itself what it likes: name.py NAME [FILE], and holds FILE open."""
import ctypes, sys, time

held = open(sys.argv[2]) if len(sys.argv) > 2 else None
ctypes.CDLL(None).prctl(15, sys.argv[1].encode('latin-1'), 0, 0, 0)
print('ready', flush=True)
time.sleep(60)
