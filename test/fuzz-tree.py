"""fuzz-tree.py SEED DIRECTORY: fill it with a random tree, the same for the same seed:
names, types, sizes, links, modes, owners, attributes, mounts, and databases of every
kind. Below DIRECTORY.bound lies what is mounted there by a second name; what was mounted
stands in DIRECTORY.mounts, each ended by a NUL."""

import os
import random
import sqlite3
import subprocess
import sys

seed, top = int(sys.argv[1]), os.fsencode(sys.argv[2])
chance = random.Random(seed)
PIECES = [b"a", b"B", b" ", b"-", b"--", b".", b"'", b'"', b"\\", b"*", b"?", b"[x]", b"$", b"`", b";", b"#",
          b"%", b"=", b":", b"~", b"\t", b"\xc3\xa9", b"\xff", b"\n", b"(", b"&", b"!", b"long" * 20]


def name(plain=False):
    while True:
        some = b"".join(chance.choice(PIECES) for _ in range(chance.randint(1, 6)))
        if plain:
            some = some.replace(b"\n", b"n").replace(b"\xff", b"f")
        if some not in (b".", b"..") and not some.startswith(b".gen-backup"):
            return some


def fresh(directory, plain=False):
    while True:
        path = directory + b"/" + name(plain)
        if not os.path.lexists(path):
            return path


def dress(path):
    """Owner, mode, time, attributes."""
    if os.path.islink(path):
        os.lchown(path, chance.randint(0, 3000), chance.randint(0, 3000))
        return
    os.chown(path, chance.randint(0, 3000), chance.randint(0, 3000))
    mode = chance.choice([0o644, 0o600, 0o755, 0o700, 0o000, 0o4755, 0o2755, 0o1777, 0o444])
    os.chmod(path, mode)
    if chance.random() < 0.2 and (os.path.isfile(path) or os.path.isdir(path)):
        word = bytes(chance.randrange(256) for _ in range(9))
        try:
            os.setxattr(path, b"user.word", word)
        except OSError:  # an older tmpfs has none
            pass
    if chance.random() < 0.1 and (os.path.isfile(path) or os.path.isdir(path)):
        subprocess.run(["setfacl", "-m", "u:%d:r" % chance.randint(1, 3000), path], check=True)
    os.utime(path, ns=(0, chance.randrange(10**18, 17 * 10**17)))


def file(directory):
    path = fresh(directory)
    kind = chance.random()
    with open(path, "wb") as out:
        if kind < 0.2:
            pass
        elif kind < 0.3:
            out.truncate(chance.choice([1 << 20, 1 << 24]))
            out.seek(chance.randrange(1 << 20))
            out.write(b"here")
        elif kind < 0.35:
            out.write(b"SQLite format 3\0"[: chance.randint(3, 16)])  # too short for one
        else:
            size = chance.choice([1, 511, 512, 513, 4096, 4097, 10240, chance.randrange(100000)])
            out.write(chance.randbytes(size))
    return path


def database(directory):
    path = fresh(directory, True)
    base = sqlite3.connect(path.decode(), isolation_level=None)
    base.execute("PRAGMA page_size=%d" % chance.choice([512, 4096, 65536]))
    base.execute("PRAGMA auto_vacuum=%d" % chance.randint(0, 2))
    if chance.random() < 0.3:
        base.execute("PRAGMA encoding='UTF-16'")
    mode = chance.choice(["wal", "delete", "truncate", "persist"])
    base.execute("PRAGMA journal_mode=" + mode)
    base.execute('CREATE TABLE "t ""x" (a INTEGER PRIMARY KEY, b, c TEXT UNIQUE)')
    if chance.random() < 0.5:
        base.execute("CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID")
        base.execute("INSERT INTO w VALUES ('k', NULL)")
    if chance.random() < 0.3:
        base.execute("CREATE VIRTUAL TABLE f USING fts5(x)")
        base.execute("INSERT INTO f VALUES ('some words')")
    if chance.random() < 0.3:
        base.execute("CREATE VIEW v AS SELECT a FROM nowhere")
    for n in range(chance.choice([0, 1, 50, 500])):
        base.execute('INSERT INTO "t ""x" (b, c) VALUES (?, ?)', (chance.randbytes(chance.randrange(300)), str(n)))
    if mode == "wal" and chance.random() < 0.5:  # as a killed writer leaves it
        copies = {side: open(path + side, "rb").read() for side in (b"", b"-wal")}
        base.close()
        for side, content in copies.items():
            with open(path + side, "wb") as out:
                out.write(content)
    else:
        base.close()
    os.chmod(path, chance.choice([0o644, 0o600]))
    databases.append(path)


def mount(directory):
    if chance.random() < 0.5:
        words = ["-t", "tmpfs", "-o", "mode=755", "none"]
    else:
        bound = top + b".bound/%d" % len(mounts)
        os.makedirs(bound)
        words = ["--bind", bound]
    subprocess.run(["mount", *words, directory], check=True)
    mounts.append(directory)
    with open(top + b".mounts", "ab") as out:
        out.write(directory + b"\0")


def fill(directory, depth):
    made = []
    for _ in range(chance.randint(0, 8)):
        kind = chance.random()
        if kind < 0.45:
            made.append(file(directory))
        elif kind < 0.6 and depth < 6:
            below = fresh(directory)
            os.mkdir(below)
            if chance.random() < 0.4:
                mount(below)
            before = len(databases)
            fill(below, depth + 1)
            if len(databases) == before:
                dress(below)
            else:  # its owner would have to read it
                os.chmod(below, chance.choice([0o755, 0o711, 0o2755, 0o700]))
        elif kind < 0.7 and depth < 3 and b"\n" not in directory and b"\xff" not in directory:
            database(directory)
        elif kind < 0.8:
            path = fresh(directory)
            os.symlink(chance.choice([b"/nowhere", b"..", name(), b"/etc/passwd"] + made), path)
            dress(path)
        elif kind < 0.85:
            path = fresh(directory)
            os.mkfifo(path)
            made.append(path)
        elif kind < 0.88:
            path = fresh(directory)
            os.mknod(path, 0o20644, os.makedev(1, chance.randint(3, 9)))
            made.append(path)
        elif files:
            path = fresh(directory)
            try:
                os.link(chance.choice(files), path)
            except OSError:  # to another mount
                pass
    for path in made:
        dress(path)
        if os.path.isfile(path):
            files.append(path)


files, databases, mounts = [], [], []
fill(top, 0)
file(top)
