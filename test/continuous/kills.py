"""kills.py DIRECTORY SHELL KILLS [key=value...]: a continuous plan and kills at any instant.

Beside writers, whoever follows, a sqlite3 of it, all of it, a writer or everything is killed
or stopped at random instants, also while the log is begun again by force, and is started
again as by cron. Then lines of the indexes, drawn at random, are restored by hand, and some
by the script: each must be exactly the state after one transaction, with every one that had
returned before. DIRECTORY, which is made anew, gets seen.log: look for WRONG.

Keys: page (bytes), rate (commits a second), writers, rotate (KB of the log), rows, every
(seconds between kills), lines (to restore), seed, kinds (of kills); and those of writer.py.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from archive import Restorer, lines_of  # noqa: E402
from plan import HERE, Commits, Plan, is_running, kill, seconds  # noqa: E402
from work import State, check, create  # noqa: E402

KINDS = 'follower,reader,group,all,writer,stop-follower,stop-reader,forced,forced,forced-stop'
KEYS = 'interval = "1s"\nnice = false\nkeep = { last = 100000 }\n'
# Where the log is begun again by force; MARK is there meanwhile.
FORCE = '    [ "$AT" -ge "$FORCE_FROM" ] && ask 4 "${CHECKPOINT}BEGIN IMMEDIATE;" || return 0\n'
FORCED = '''    [ "$AT" -ge "$FORCE_FROM" ] || return 0
    true >%s
    ask 4 "${CHECKPOINT}BEGIN IMMEDIATE;" || { rm -f %s && return 0; }
'''


class Kills:
    def __init__(self, place, shell, options):
        self.page = int(options.pop('page', 4096))
        self.rate = options.pop('rate', '100')
        self.rotate = options.pop('rotate', '512')
        self.rows = int(options.pop('rows', 2000))
        self.every_s = float(options.pop('every', 3))
        self.lines = int(options.pop('lines', 400))
        self.kinds = options.pop('kinds', KINDS).split(',')
        writers = int(options.pop('writers', 1))
        seed = int(options.pop('seed', random.randrange(10**6)))
        random.seed(seed)
        self.options = options
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place + '/app')
        os.makedirs(place + '/w')
        self.plan = Plan(place, shell, KEYS)
        self.plan.say('seed', seed, *sys.argv[1:])
        self.mark = place + '/forcing'
        self.plan.change(r'\nROTATE_KB=\d+', '\nROTATE_KB=' + self.rotate)
        self.plan.change(re.escape(FORCE), FORCED % (self.mark, self.mark))
        self.plan.change(
            r'    FORCE_FROM=\$\(\(AT \+ ', '    rm -f %s\n    FORCE_FROM=$((AT + ' % self.mark
        )
        create(self.plan.database, self.rows, self.page)
        self.state = State(self.rows)
        self.writers = {}
        for number in range(writers):
            self.write(number)
        self.follow()
        self.done = {}

    def write(self, number):
        plan = self.plan
        words = [HERE + '/writer.py', plan.database, plan.place + '/w/log%d' % number, self.rate]
        words += ['%s=%s' % both for both in self.options.items()]
        self.writers[number] = subprocess.Popen(
            ['python3', *words], stdout=plan.output, stderr=plan.output
        )

    def follow(self):
        """Another line of cron may be the one that follows."""
        child = self.plan.start('follow', 'live')
        self.follower = child.pid
        time.sleep(1.5)
        if child.poll() is not None:
            with open(self.plan.place + '/state/lock.+follow.live') as lock:
                self.follower = int((lock.read().split() or [child.pid])[0])

    def await_force(self):
        """Until the log is begun again by force; False when it is not in time."""
        until = time.time() + 10
        while not os.path.exists(self.mark):
            if time.time() > until:
                return False
            time.sleep(0.0002)
        time.sleep(random.choice([0, random.uniform(0, 0.004), random.uniform(0, 0.02)]))
        return True

    def kill_writers(self, numbers):
        for number in numbers:
            self.writers[number].kill()
            self.writers[number].wait()
        time.sleep(random.uniform(0, 0.3))
        for number in numbers:
            self.write(number)

    def stop(self, pid):
        """For a while; then it is killed, or goes on."""
        kill(pid, signal.SIGSTOP)
        time.sleep(random.uniform(0.2, 4))
        if random.random() < 0.3:
            kill(pid)
        kill(pid, signal.SIGCONT)

    def kill_one(self, kind):
        reader = random.choice(self.plan.readers() or [self.follower])
        if kind == 'follower':
            kill(self.follower)
        elif kind == 'reader':
            kill(reader)
        elif kind == 'group':
            kill(self.follower, group=True)
        elif kind == 'forced':
            kill(self.follower, group=random.random() < 0.5)
            if random.random() < 0.3:
                for pid in self.plan.readers():
                    kill(pid)
        elif kind == 'writer':
            self.kill_writers([random.choice(list(self.writers))])
        elif kind == 'all':
            kill(self.follower, group=True)
            self.kill_writers(list(self.writers))
        elif kind == 'stop-follower':
            self.stop(self.follower)
        elif kind == 'stop-reader':
            self.stop(reader)
        elif kind == 'forced-stop':
            self.stop(random.choice([self.follower, reader]))
        else:
            raise SystemExit('no kind of kill: ' + kind)

    def kill_next(self):
        time.sleep(random.uniform(0.1, 2 * self.every_s))
        if not is_running(self.follower):
            self.follow()
        kind = random.choice(self.kinds)
        if kind.startswith('forced') and not self.await_force():
            kind = 'group'
        self.kill_one(kind)
        self.done[kind] = self.done.get(kind, 0) + 1
        if os.path.exists(self.mark):
            os.unlink(self.mark)
        time.sleep(random.uniform(0, 0.8))
        if random.random() < 0.25:
            self.plan.start('follow', 'live')  # whoever gets the lock
        if random.random() < 0.08:
            self.plan.start('run', 'live')

    def settle(self):
        """Nobody writes any more, and all that was written is archived."""
        if not is_running(self.follower):
            self.follow()
        time.sleep(8)
        for writer in self.writers.values():
            writer.terminate()
        for writer in self.writers.values():
            writer.wait()
        ended = time.time()
        while (self.plan.status('restorable_to') or 0) < ended + 1:
            if time.time() > ended + 90:
                self.plan.say('WRONG: not archived within 90 s')
                return
            time.sleep(1)

    def restore(self, at):
        """By the script: the number of the state, and the instant that it says."""
        out = self.plan.place + '/restored'
        shutil.rmtree(out, ignore_errors=True)
        ended = self.plan.run('restore', 'live', '--at', at, '--to', out)
        if ended.returncode != 0:
            raise Exception(ended.stderr[-800:])
        says = re.search(r'the state of (\S+),', ended.stderr)
        return check(out + self.plan.database, self.state), says and says.group(1)

    def look(self, what, function):
        try:
            function()
            return 1
        except Exception as error:
            self.plan.say('WRONG', what, error)
            return 0

    def look_at_latest(self):
        n, _ = self.restore('latest')
        if n != self.commits.last():
            raise Exception('%d, and %d was the last to return' % (n, self.commits.last()))

    def look_at_instant(self, line):
        n, says = self.restore(line.instant)
        if says != line.instant or n < self.commits.before(seconds(line.instant)):
            raise Exception('the state of %s, number %d' % (says, n))

    def look_at_line(self, line):
        n = check(self.restorer.restore(line), self.state)
        least = max(self.commits.before(seconds(line.instant)), self.newest)
        if n < least:
            raise Exception('number %d, and %d had returned, or been restored' % (n, least))
        self.newest = n

    def judge(self):
        say = self.plan.say
        self.commits = Commits(self.plan.place + '/w/log*')
        say(self.commits)
        say('latest:', self.look('latest', self.look_at_latest))
        for command in ('verify', 'drill'):
            ended = self.plan.run(command, 'live')
            say(command, ended.returncode, ended.stderr[-300:] if ended.returncode else '')
        kill(self.follower, signal.SIGTERM)
        time.sleep(3)
        say('left:', self.plan.processes(), self.plan.fifos())
        self.restorer, self.newest = Restorer(self.plan), 0
        able = [line for line in lines_of(self.plan) if self.restorer.can(line)]
        chosen = sorted(random.sample(able, min(self.lines, len(able))))
        good = sum(self.look(line, lambda: self.look_at_line(line)) for line in chosen)
        say('by hand: %d of %d lines, of %d that can be restored' % (good, len(chosen), len(able)))
        some = random.sample(able, min(15, len(able)))
        good = sum(self.look(line, lambda: self.look_at_instant(line)) for line in some)
        say('by restore --at: %d of %d' % (good, len(some)))


def main():
    place, shell, count = sys.argv[1], sys.argv[2].split(), int(sys.argv[3])
    kills = Kills(place, shell, dict(word.split('=') for word in sys.argv[4:]))
    for number in range(count):
        kills.kill_next()
        if number % 20 == 0:
            chains, bases = kills.plan.chains(), kills.plan.bases()
            kills.plan.say(
                'kill', number, kills.done, len(chains), 'chains,', len(bases), 'bases'
            )
    kills.plan.say('killed', kills.done)
    kills.settle()
    kills.judge()


main()
