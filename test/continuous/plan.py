"""A continuous plan of one database in a directory of its own, for kills.py and soak.py."""

import bisect
import calendar
import glob
import os
import re
import signal
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))

ENVIRONMENT = """
[environment]
name = "continuous"
[storage]
path = "{place}"
[databases.app]
driver = "sqlite3"
path = "app/app.db"
[backup]
path = "{place}/dest"
state = "{place}/state"
log = ""
min_free = "0KiB"
[backup.plans.live]
type = "continuous"
databases = ["app"]
"""


def seconds(instant):
    """Of an instant as the script writes it, since 1970."""
    return calendar.timegm(time.strptime(instant, '%Y-%m-%dT%H:%M:%SZ'))


def instant(seconds):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(seconds))


def is_running(pid):
    """Is it there, and not only its number?"""
    try:
        with open('/proc/%d/stat' % pid) as stat:
            return stat.read().rsplit(')')[-1].split()[0] != 'Z'
    except OSError:
        return False


def kill(pid, number=signal.SIGKILL, group=False):
    try:
        (os.killpg if group else os.kill)(pid, number)
    except OSError:
        pass  # it has ended


class Plan:
    def __init__(self, place, shell, keys):
        """keys: more lines of the plan's table."""
        self.place, self.shell = place, shell
        self.database = place + '/app/app.db'
        self.archive = place + '/dest/live'
        self.script = place + '/backup.sh'
        self.output = open(place + '/follow.log', 'a')
        self.log = open(place + '/seen.log', 'a', buffering=1)
        self.children = []
        with open(place + '/env.toml', 'w') as file:
            file.write(ENVIRONMENT.format(place=place) + keys)
        generator = HERE + '/../../dist/gen-backup.cjs'
        subprocess.check_call(
            ['node', generator, place + '/env.toml', '-o', self.script],
            stderr=subprocess.DEVNULL,
        )

    def say(self, *words):
        line = ' '.join(map(str, words))
        self.log.write(time.strftime('%H:%M:%S ', time.gmtime()) + line + '\n')

    def change(self, old, new):
        """In the script: a number that takes too long to reach here, say."""
        with open(self.script) as file:
            text = file.read()
        changed, count = re.subn(old, lambda _: new, text)
        assert count == 1, old
        with open(self.script, 'w') as file:
            file.write(changed)

    def start(self, *words):
        """As cron does it."""
        child = subprocess.Popen(
            self.shell + [self.script, *words],
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=self.output,
            start_new_session=True,
        )
        self.children = [other for other in self.children if other.poll() is None] + [child]
        return child

    def run(self, *words):
        """A command, to its end."""
        return subprocess.run(
            self.shell + [self.script, *words], capture_output=True, text=True
        )

    def status(self, key):
        """What status says of a key that holds an instant, in seconds; None without."""
        found = re.search(r'"%s":"([^"]*)"' % key, self.run('status', '--json').stdout)
        return seconds(found.group(1)) if found else None

    def processes(self):
        """Pid and command line of what runs for the plan; writers and this program do not."""
        found = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open('/proc/%s/cmdline' % pid, 'rb') as file:
                    line = file.read().replace(b'\0', b' ').decode(errors='replace')
            except OSError:
                continue
            ours = re.search(r'(writer|kills|soak)[.]py', line)
            if self.place + '/' in line and not ours:
                found.append((int(pid), line))
        return found

    def readers(self):
        """The sqlite3 processes of whoever follows."""
        return [
            pid
            for pid, line in self.processes()
            if line.startswith('sqlite3 ') and 'mode=rw ' in line and self.database in line
        ]

    def chains(self):
        return sorted(glob.glob(self.archive + '/changes/2*'))

    def bases(self):
        return sorted(glob.glob(self.archive + '/2*Z'))

    def fifos(self):
        found = subprocess.run(['find', self.place, '-type', 'p'], capture_output=True, text=True)
        return found.stdout.split()


class Commits:
    """What writers have written down: each commit that had returned."""

    def __init__(self, pattern):
        self.lines = sorted(
            (float(at), int(n), float(took))
            for path in glob.glob(pattern)
            for at, n, took in self.read(path)
        )
        self.times = [at for at, _, _ in self.lines]
        self.newest = []
        for _, n, _ in self.lines:
            self.newest.append(max(n, self.newest[-1] if self.newest else 0))

    @staticmethod
    def read(path):
        with open(path) as file:
            for line in file:
                words = line.split()
                if line.endswith('\n') and len(words) == 3:  # or torn, or a comment
                    yield words

    def before(self, at):
        """The last one that had returned then."""
        number = bisect.bisect_left(self.times, at)
        return self.newest[number - 1] if number else 0

    def last(self):
        return self.newest[-1]

    def __str__(self):
        took = sorted(took for _, _, took in self.lines)
        return '%d commits, %.1f a second, p50 %.2f ms, p99 %.2f ms, longest %.0f ms' % (
            len(took),
            len(took) / (self.times[-1] - self.times[0]),
            took[len(took) // 2] * 1000,
            took[len(took) * 99 // 100] * 1000,
            took[-1] * 1000,
        )
