"""Restores lines of the archive's indexes by hand, as docs/continuous.md says."""

import glob
import os
import random
import re
import shutil
import sqlite3
import struct
import subprocess
from typing import NamedTuple

CHANGES = re.compile(r'app[.]changes=(\S+) (\d+) (\d+)\n')


class Base(NamedTuple):
    chain: str
    file: int  # of the log, from whose first byte on it is continued
    looks: int  # what is newer than its copy
    path: str


class Line(NamedTuple):
    chain: str
    file: int
    bytes: int
    looks: int
    instant: str


def bases_of(plan):
    found = []
    for path in plan.bases():
        with open(path + '/MANIFEST') as manifest:
            for line in manifest:
                says = CHANGES.fullmatch(line)
                if says:
                    chain, file, looks = says.groups()
                    found.append(Base(chain, int(file), int(looks), path))
    return found


def lines_of(plan):
    found = []
    for chain in plan.chains():
        for path in glob.glob(chain + '/[0-9]*.index') + glob.glob(chain + '/until'):
            with open(path) as index:
                for line in index:
                    words = line.split()
                    if len(words) == 5 and words[4] == '.':
                        instant, file, size, looks, _ = words
                        found.append(Line(chain, int(file), int(size), int(looks), instant))
    return found


def fits(base, line):
    """Can the line be restored from that base?"""
    return (
        base.chain == os.path.basename(line.chain)
        and base.file <= line.file
        and base.looks <= line.looks
    )


def log_of(chain, file):
    """The bytes of a file of the log, which may be compressed."""
    path = '%s/%06d.wal' % (chain, file)
    if os.path.exists(path):
        with open(path, 'rb') as log:
            return log.read()
    unpacked = subprocess.run(['zstd', '-dcq', path + '.zst'], stdout=subprocess.PIPE, check=True)
    return unpacked.stdout


def remove_sides(path):
    for side in ('-wal', '-shm'):
        if os.path.exists(path + side):
            os.unlink(path + side)


def apply(path, log):
    """SQLite must take every frame of it."""
    remove_sides(path)
    with open(path + '-wal', 'wb') as file:
        file.write(log)
    (page,) = struct.unpack('>I', log[8:12])
    frames = (len(log) - 32) // ((65536 if page == 1 else page) + 24)
    database = sqlite3.connect(path)
    taken = database.execute('PRAGMA wal_checkpoint(PASSIVE)').fetchone()
    database.close()
    remove_sides(path)
    if taken != (0, frames, frames):
        raise Exception('a checkpoint said %s, and not %d' % (taken, frames))


class Restorer:
    """Goes on from what it has made for the line before, where it can."""

    def __init__(self, plan):
        self.bases = bases_of(plan)
        self.place = plan.place + '/hand'
        os.makedirs(self.place, exist_ok=True)
        self.whole = self.place + '/whole.db'  # with all of the files before self.file
        self.base = self.file = None

    def can(self, line):
        return line.file > 0 and any(fits(base, line) for base in self.bases)

    def restore(self, line):
        """The path of a database with the state of that line."""
        base = random.choice([base for base in self.bases if fits(base, line)])
        if base != self.base or self.file > line.file:
            self.begin(base)
        while self.file < line.file:
            apply(self.whole, log_of(line.chain, self.file))
            self.file += 1
        restored = self.place + '/restored.db'
        shutil.copyfile(self.whole, restored)
        log = log_of(line.chain, line.file)
        if len(log) < line.bytes:
            raise Exception('the log is shorter than the index says')
        apply(restored, log[: line.bytes])
        return restored

    def begin(self, base):
        self.base = None  # until it is there
        with open(self.whole, 'wb') as file:
            artifact = base.path + '/databases/app.sqlite3.zst'
            subprocess.check_call(['zstd', '-dcq', artifact], stdout=file)
        self.base, self.file = base, base.file
