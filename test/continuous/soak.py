"""soak.py SECONDS DIRECTORY SHELL [SECONDS BETWEEN BASES]: a continuous plan for a long time.

Beside 100 commits a second of another user run cron's lines, bases and retention. Each minute
DIRECTORY/seen.log, which must be new, gets a line: rooms, the size of the log (looked at five
times a second), how far behind, processes. Every third minute an instant is restored and
compared with what the writer has written down; at the end twenty, and what is left over.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from plan import HERE, Commits, Plan, instant, seconds  # noqa: E402
from work import State, check, create  # noqa: E402

ROWS = 100000
NOBODY = 65534
AS_NOBODY = ['setpriv', '--reuid=%d' % NOBODY, '--regid=%d' % NOBODY, '--clear-groups']


class Soak:
    def __init__(self, place, shell, between_s):
        os.makedirs(place + '/app', mode=0o755)
        os.makedirs(place + '/w')
        self.plan = Plan(place, shell, 'interval = "5s"\nkeep = { last = 2 }\n')
        self.plan.change(r'CHANGES_S=\d+', 'CHANGES_S=%d' % (2 * between_s))
        self.between_s = between_s
        self.state = State(ROWS)
        self.most = self.most_of_minute = 0  # bytes of the log
        create(self.plan.database, ROWS)
        shutil.copytree(HERE, place + '/code')  # where the other user can read it
        subprocess.check_call(['chown', '-R', '%d:%d' % (NOBODY, NOBODY), place + '/app', place + '/w'])
        words = [place + '/code/writer.py', self.plan.database, place + '/w/log', '100']
        self.writer = subprocess.Popen(AS_NOBODY + ['python3'] + words)
        self.ended = False
        threading.Thread(target=self.watch_log, daemon=True).start()

    def watch_log(self):
        while not self.ended:
            self.most_of_minute = max(self.most_of_minute, self.log_bytes())
            self.most = max(self.most, self.most_of_minute)
            time.sleep(0.2)

    def log_bytes(self):
        try:
            return os.stat(self.plan.database + '-wal').st_size
        except OSError:
            return 0

    def room(self, path):
        """In KB."""
        found = subprocess.run(['du', '-sk', path], capture_output=True, text=True)
        return int((found.stdout.split() or ['0'])[0])

    def commits(self):
        return Commits(self.plan.place + '/w/log')

    def restore(self, at):
        out = self.plan.place + '/restored'
        shutil.rmtree(out, ignore_errors=True)
        began = time.time()
        ended = self.plan.run('restore', 'live', '--at', at, '--to', out)
        says = re.search(r'the state of (\S+), from base', ended.stderr)
        try:
            if ended.returncode != 0:
                raise Exception(ended.stderr[-600:])
            n = check(out + self.plan.database, self.state)
            least, most = self.commits().before(seconds(says.group(1))), self.commits().last()
            if not least <= n <= most + 2:
                raise Exception('number %d, not of %d to %d' % (n, least, most))
            took = time.time() - began
            self.plan.say('restored', at, 'as of', says.group(1), n, 'in %.1f s' % took)
        except Exception as error:
            self.plan.say('WRONG', at, error)
        shutil.rmtree(out, ignore_errors=True)

    def restore_any(self):
        first, last = (self.plan.status('restorable_' + end) for end in ('from', 'to'))
        if first and last:
            self.restore(instant(random.randint(first, last)))

    def tell(self, minute):
        plan = self.plan
        archived = plan.status('restorable_to')
        behind = '%.1f s behind' % (time.time() - archived) if archived else 'nothing archived'
        rooms = [self.room(path) for path in (plan.archive + '/changes', plan.archive)]
        plan.say(
            'minute %d:' % minute,
            'log %.1f MB, at most %.1f,' % (self.log_bytes() / 1e6, self.most_of_minute / 1e6),
            'changes %d KB of %d,' % tuple(rooms),
            '%d chains, %d bases,' % (len(plan.chains()), len(plan.bases())),
            behind + ',',
            '%d processes, %d FIFOs,' % (len(plan.processes()), len(plan.fifos())),
            self.commits(),
        )
        self.most_of_minute = 0

    def go_on(self, for_s):
        begun = time.time()
        next_base = begun + self.between_s
        self.plan.start('follow', 'live')
        minute = 0
        while time.time() < begun + for_s:
            minute += 1
            time.sleep(max(0, begun + 60 * minute - time.time()))
            self.plan.start('follow', 'live')
            if time.time() >= next_base:
                self.plan.start('run', 'live')
                next_base += self.between_s
            self.tell(minute)
            if minute % 3 == 0:
                self.restore_any()

    def judge(self):
        for _ in range(20):
            self.restore_any()
        self.writer.terminate()
        self.writer.wait()
        time.sleep(20)
        self.restore('latest')
        self.plan.say('the last commit is', self.commits().last())
        for command in ('verify', 'drill'):
            ended = self.plan.run(command, 'live')
            self.plan.say(command, ended.returncode, ended.stderr[-500:])
        self.plan.say(self.commits(), 'log at most %.1f MB' % (self.most / 1e6))
        for chain in self.plan.chains():
            files = sorted(
                int(name[:6]) for name in os.listdir(chain) if re.fullmatch(r'\d{6}\.index', name)
            )
            whole = files == list(range(files[0], files[-1] + 1))
            self.plan.say(chain, files[0], files[-1], '' if whole else 'WRONG: not contiguous')

    def end(self):
        self.ended = True
        self.writer.terminate()
        for child in self.plan.children:
            if child.poll() is None:
                child.terminate()
        time.sleep(5)
        self.plan.say('left:', self.plan.processes(), self.plan.fifos())


def main():
    for_s, place, shell = int(sys.argv[1]), sys.argv[2], sys.argv[3].split()
    soak = Soak(place, shell, int(sys.argv[4]) if len(sys.argv) > 4 else 600)
    try:
        soak.go_on(for_s)
        soak.judge()
    finally:
        soak.end()


main()
