"""The owner of a database in WAL mode writes its index by hand: so many frames are committed, and the
log is a hole for the most part. longlog.py FILE FRAMES, until it is killed."""
import os, sqlite3, struct, sys, time

file, frames = sys.argv[1], int(sys.argv[2])
os.setgid(65534), os.setuid(65534)
db = sqlite3.connect(file)
db.execute('INSERT INTO keys (key) VALUES (hex(randomblob(8)))')
db.commit()
index = open(file + '-shm', 'r+b', buffering=0)
os.truncate(file + '-wal', 10**12)
index.truncate(32768 * (frames // 4096 + 2))
head = bytearray(index.read(48))
struct.pack_into('<I', head, 16, frames)
one = two = 0
words = struct.unpack('<10I', head[:40])
for i in range(0, 10, 2):
    one = (one + words[i] + two) & 0xFFFFFFFF
    two = (two + words[i + 1] + one) & 0xFFFFFFFF
struct.pack_into('<II', head, 40, one, two)
index.seek(0)
index.write(head + head)
print('ready', flush=True)
time.sleep(60)
