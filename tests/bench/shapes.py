# SPDX-License-Identifier: GPL-2.0-or-later
"""The logs that mkshape writes: traffic of invented machines in one form of log or another, a dump in it now and then.

Traffic is made once, as a block of a few MiB whose lines are written by the generator's Writer; each repetition of it
is five hours later, by replacing the upper parts of its stamps. Dumps are made anew and come in at places that the
block leaves room for in its clock, so that the clock of a host never goes back. Everything that the seed can vary
it varies: hosts, programs, words, lengths, eras, incidents, sizes of task tables, places."""

import bisect
import os
import random
import re
import subprocess
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

HERE = os.path.dirname(os.path.abspath(__file__))
LOGS = os.path.join(os.path.dirname(os.path.dirname(HERE)), 'fixtures/logs')
_loader = SourceFileLoader('mkmixed', os.path.join(HERE, 'mkmixed'))
mkmixed = module_from_spec(spec_from_loader('mkmixed', _loader))
_loader.exec_module(mkmixed)
from oomgen import cases, transport  # noqa: E402  (mkmixed put its folder on the path)
from oomgen.dump import ERR, INFO, WARN, Rec  # noqa: E402
from oomgen.eras import ERAS  # noqa: E402

BLOCK, PERIOD = 4 << 20, 8 << 20
# Between two repetitions: whole hours, and whole thousands of seconds, for which three digits are replaced alike.
STEP = 18000
FLAT = ('dmesg', 'plain', 'docker', 'cri')  # no host, no program: a line's program stands in its text
TEXT = ('syslog', 'rsyslog', 'rfc5424')
SYLLABLES = ('ba', 'cor', 'del', 'fen', 'gro', 'hil', 'ka', 'lan', 'mir', 'no', 'pel', 'qui', 'ras', 'sto', 'tam',
             'ur', 'vex', 'wil', 'yor', 'zan')
DUMP_ERAS = ('2.6.32', 'el6', '3.2', 'el7', '4.4', '4.9', '4.15', 'el8', '5.4', '5.15', '6.1', '6.8', '6.12', '7.2')
DUMP_CASES = ('anon-no-swap', 'anon-swap-full', 'memcg', 'lowmem', 'atomic')
OOM_WORDS = (lambda r: 'java.lang.OutOfMemoryError: Java heap space', lambda r: f'oom_score_adj={r.randrange(-999, 1000)}',
             lambda r: f'worker {r.randrange(99)} went down with OOM, will retry', lambda r: 'Out of memory, giving up',
             lambda r: f'oom-kill counter is {r.randrange(9)}', lambda r: f'Killed process group {r.randrange(9999)}',
             lambda r: 'OOM', lambda r: f'policy=oom-kill limit={r.randrange(9999)}Mi oom_score_adj=-{r.randrange(999)}')
KERNEL_NOISE = (
    lambda r: f'[UFW AUDIT] IN= OUT=eth0 SRC={mkmixed.ip(r)} DST={mkmixed.ip(r)} LEN={r.randrange(40, 1500)} TOS=0x00 '
              f'PREC=0x00 TTL=64 ID={r.randrange(65535)} DF PROTO=UDP SPT={r.randrange(65535)} DPT=53 LEN=48',
    lambda r: f'audit: type=1400 audit({r.randrange(10**9, 2 * 10**9)}.{r.randrange(999):03d}:{r.randrange(9999)}): '
              f'apparmor="DENIED" operation="open" profile="{word(r)}" name="/proc/{r.randrange(9999)}/mem" '
              f'comm="{word(r)}"',
    lambda r: f'nfs: server {word(r)} not responding, still trying',
    lambda r: f'CPU{r.randrange(64)}: Core temperature above threshold, cpu clock throttled',
    lambda r: f'veth{mkmixed.words(r, 7)}: renamed from eth{r.randrange(4)}')
# What agents print of counters that a dump has, too: no line of the kernel.
METRICS = (
    lambda r: f'sample active_anon:{r.randrange(10**6)} inactive_anon:{r.randrange(10**6)} pgfault:{r.randrange(10**6)}',
    lambda r: f'hugepages_total={r.randrange(512)} hugepages_free={r.randrange(512)} node={r.randrange(8)}',
    lambda r: f'cannot allocate memory on {word(r)} ({r.randrange(999)} MiB wanted)',
    lambda r: f'{word(r)}: ps -o pid,total_vm ,rss said {r.randrange(10**6)}',
    lambda r: f'swapon: Swap cache stats: {r.randrange(10**6)} pages, memory: usage {r.randrange(100)} %')
HUNG = ('INFO: task {c}:{p} blocked for more than 120 seconds.', '      Not tainted 5.10.0-28-amd64 #1',
        '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.',
        'task:{c}           state:D stack:    0 pid:{p} ppid:     2 flags:0x00004000', 'Call Trace:',
        ' __schedule+0x282/0x870', ' schedule+0x46/0xb0', ' io_schedule+0x42/0x70', ' wait_on_page_bit+0x133/0x270')


def word(rng):
    return ''.join(rng.choice(SYLLABLES) for _ in range(rng.randrange(1, 4)))


class Lines(transport.Writer):
    """The generator's Writer; what is not the kernel's carries no stamp of the kernel."""

    def pre(self, r):
        return '' if r.foreign else super().pre(r)

    def t_dmesg(self, r):
        p = super().pre(r)
        return [p + r.lines[0]] + [' ' * len(p) + ln for ln in r.lines[1:]]


class Shape:
    """@how: the Writer's form, or several for the seed to choose from. @hosts: how many write. @users: no line of the
    kernel outside dumps. @text: (rng) makes the text of a line instead of the everyday ones. @every: @special comes
    as every so manieth line; it makes (tag, text), and an event if @counted. @dump: what is left of a dump. @gone: its
    host is not heard of again. @wrap: dumps have a character a line. @hung: a hung task each MiB. @pack: a program."""

    def __init__(self, how, hosts=1, users=False, text=None, every=0, special=None, counted=False, dump=None,
                 gone=False, wrap=False, hung=False, pack=None):
        self.how, self.hosts, self.users, self.text = how, hosts, users, text
        self.every, self.special, self.counted, self.dump = every, special, counted, dump
        self.gone, self.wrap, self.hung, self.pack = gone, wrap, hung, pack


# -- lines ---------------------------------------------------------------------------------------


def talk(rng):
    """A maker of (tag, text): the everyday lines in a mixture of the seed's own, and programs of its own."""
    vocabulary = [word(rng) for _ in range(400)]
    pids = (300, rng.choice((9999, 65535, 4000000)))
    mean = rng.choice((4, 8, 14, 25))
    usual = [(w * rng.choice((0, 1, 1, 2, 4)), tag, text) for w, tag, text in mkmixed.EVERYDAY]
    weights = [w for w, _, _ in usual] + [rng.randrange(1, 25) for _ in range(6)]
    own = [word(rng) + rng.choice(('', 'd', '-agent', '.service')) for _ in range(6)]

    def say(users):
        while True:
            i = rng.choices(range(len(weights)), weights)[0]
            if i >= len(usual):
                n = max(1, int(rng.expovariate(1 / mean)))
                text = ' '.join(rng.choices(vocabulary, k=n)) + f' {rng.randrange(10**6)}'
                return f'{own[i - len(usual)]}[{rng.randrange(*pids)}]', text
            _, tag, make = usual[i]
            if not (users and tag == 'kernel'):
                return tag.format(pid=rng.randrange(*pids)), make(rng)
    return say


def of_length(n):
    """Lines of about @n bytes; a piece of words is turned for each."""
    def make(rng, store=[]):  # pylint: disable=dangerous-default-value
        if not store:
            store.append(' '.join(word(rng) for _ in range(n // 4))[:2 * n].ljust(n, 'x'))
        at = rng.randrange(n)
        text = store[0]
        return f'{rng.randrange(10**6)} ' + (text[at:] + text[:at])[:n - rng.randrange(1 + n // 8)].strip()
    return make


def stack_trace(rng):
    frames = [f'\\tat com.{word(rng)}.{word(rng)}.{word(rng).title()}.{word(rng)}({word(rng).title()}.java:'
              f'{rng.randrange(999)})' for _ in range(8)]
    out = '{"level":"ERROR","msg":"request failed","stack":"java.lang.OutOfMemoryError: Java heap space'
    while len(out) < 9800:
        out += '\\n' + rng.choice(frames)
        if rng.randrange(20) == 0:
            out += '\\nCaused by: ' + rng.choice(OOM_WORDS)(rng)
    return out + '"}'


def record(tag, text, us, how, level=INFO):
    if how in FLAT and tag != 'kernel':
        text = f'{tag}: {text}'
    r = Rec(WARN if tag == 'kernel' else level, [text], us, 7, None)
    r.foreign = None if tag == 'kernel' else tag
    return r


class Log:
    """One log being written: the seed's choices, the block, the clock."""

    def __init__(self, name, seed):
        self.shape = SHAPES[name]
        self.rng = rng = random.Random(f'{name} {seed}')
        how = self.shape.how
        self.how = how if isinstance(how, str) else rng.choice(how)
        # Within a year, so that stamps without one are in order.
        self.start = (1735689600 // STEP + 1 + rng.randrange(900)) * STEP
        self.up = rng.randrange(10, 60) * 1000
        stem = [word(rng) for _ in range(rng.randrange(2, 9))]
        self.names = [f'{rng.choice(stem)}{rng.choice(("-", ""))}{i}' for i in range(self.shape.hosts)]
        self.writers = [self.writer(n) for n in self.names]
        self.say = talk(rng)
        self.events = 0

    def writer(self, name):
        """A host has an uptime of its own; the block's clock runs through less than 600 s."""
        rng = self.rng
        w = Lines(name, 0, boot=f'{rng.getrandbits(128):032x}')
        w.ahead = rng.randrange(400)
        w.wall = (self.start - self.up - w.ahead) * 1000000
        return w

    def write(self, w, recs):
        text = '\n'.join(t for t, _, _ in w.write(recs, self.how))
        return text.encode('latin-1') + b'\n'

    def at(self, w, us):
        """The kernel's clock of that host at @us of the block."""
        return (self.up + w.ahead) * 1000000 + us

    def line(self, n, us):
        """(bytes, events) of the @n-th line of traffic"""
        s, rng = self.shape, self.rng
        w = rng.choice(self.writers)
        found = 0
        if s.every and n % s.every == s.every - 1:
            tag, text = s.special(rng)
            found = int(s.counted)
        elif s.text:
            tag, text = self.say(True)[0], s.text(rng)
        else:
            tag, text = self.say(s.users)
        return self.write(w, [record(tag, text, self.at(w, us), self.how)]), found

    def block(self):
        """Lines up to BLOCK; where they end, the clock and the events so far there; places for a dump."""
        self.lines, self.ends, self.clock, self.found, self.slots = [], [], [], [], []
        size, us, n, found, noise = 0, 1000000, 0, 0, 0
        room = BLOCK // 24
        while size < BLOCK:
            us += self.rng.randrange(1000, 14000)
            text, more = self.line(n, us)
            if self.shape.hung and size >= noise:
                text += self.hung(us)
                noise += 1 << 20
            self.lines.append(text)
            size += len(text)
            n, found = n + 1, found + more
            self.ends.append(size)
            self.found.append(found)
            self.clock.append(us + 1000)
            if size >= room * (len(self.slots) + 1):
                self.slots.append(n - 1)
                us += 300000
        if us >= 600000000:
            raise ValueError(f'the clock of a block ran {us} us')
        self.text = b''.join(self.lines)

    def hung(self, us):
        w, c, p = self.writers[0], word(self.rng), self.rng.randrange(9999)
        return b''.join(self.write(w, [record('kernel', t.format(c=c, p=p), self.at(w, us + 1 + i), self.how)])
                        for i, t in enumerate(HUNG))

    # -- repetitions -----------------------------------------------------------------------------

    def later(self, text, n):
        """The block's text as of its @n-th repetition."""
        def stamps(k):
            t = time.gmtime(self.start + STEP * k)
            e, up = (self.start + STEP * k) // 1000, (self.up + STEP * k) // 1000
            mono = b'_MONOTONIC_TIMESTAMP'
            real = b'__REALTIME_TIMESTAMP'
            return {'syslog': [time.strftime('%b ', t).encode() + b'%2d %02d:' % (t.tm_mday, t.tm_hour)],
                    'journal-json': [b'%s":"%d' % (real, e), b'%s":"%d' % (mono, up)],
                    'journal-export': [b'%s=%d' % (real, e), b'%s=%d' % (mono, up)],
                    'dmesg': [], 'plain': []}.get(self.how, [time.strftime('%Y-%m-%dT%H:', t).encode()]) + [b'[%d' % up]
        if n:
            for a, b in zip(stamps(0), stamps(n)):
                text = text.replace(a, b)
        return text

    def dump(self, us, n):
        """(bytes, events) of a dump at @us of the @n-th repetition, others' lines between its own."""
        rng, s = self.rng, self.shape
        era, case = rng.choice(DUMP_ERAS), rng.choice(DUMP_CASES)
        if s.dump == 'kill':
            case = 'kill-only'
        elif s.dump and case == 'atomic':
            case = 'lowmem'
        made = mkmixed.incident(era, case, rng.randrange(10**6), rng.randrange(20, 250))
        w = self.writer(f'{word(rng)}-{n}x') if s.gone else rng.choice(self.writers)
        recs = cases.records(made)
        rename(recs, rng)
        for r in recs:
            r.us += self.at(w, us) + STEP * n * 1000000 - made.us + 40000
        recs = shorten(recs, s.dump, rng)
        if len(self.writers) == 1 and not s.gone or self.how in FLAT:
            return self.write(w, recs), 1
        out, others = [], [o for o in self.writers if o is not w]
        if s.gone:
            out += [self.write(w, [record('crond[811]', f'tick {i}', recs[0].us - 30000 + i, self.how)]) for i in range(4)]
        for r in recs:
            out.append(self.write(w, [r]))
            if rng.randrange(3) == 0:
                o = rng.choice(others)
                tag, text = self.say(s.users)
                out.append(self.write(o, [record(tag, text, r.us - w.ahead * 1000000 + o.ahead * 1000000, self.how)]))
        return b''.join(out), 1

    def make(self, mib, out):
        self.block()
        left, n = mib << 20, 0
        while left > 0:
            here = min(left, PERIOD)
            # A dump in the first or the second block of this period, not before what is left of it ends.
            two = here > BLOCK + BLOCK // 4 and self.rng.randrange(2)
            room = here - (BLOCK if two else 0)
            places = [i for i in self.slots if self.ends[i] < room] or self.slots[:1]
            put = self.rng.choice(places)
            for k in range(-(-here // BLOCK)):
                self.part(out, n, put if k == two else None, min(here - k * BLOCK, BLOCK))
                n += 1
            left -= PERIOD
        return self.events

    def part(self, out, n, put, size):
        """One repetition: whole lines up to about @size, a dump behind line @put."""
        last = len(self.ends) - 1
        if size < BLOCK:
            last = max(bisect.bisect_left(self.ends, size), put or 0)
        self.events += self.found[last]
        text, end = self.text, self.ends[last]
        if put is not None:
            dump, found = self.dump(self.clock[put], n)
            if self.shape.wrap:
                # Nobody reads that, and nothing is expected of it.
                dump, found = b'\n'.join(bytes([c]) for c in dump.replace(b'\n', b'')) + b'\n', 0
            out.write(self.later(text[:self.ends[put]], n))
            out.write(dump)
            self.events += found
            text, end = text[self.ends[put]:], end - self.ends[put]
        out.write(self.later(text[:end], n))


def rename(recs, rng):
    """The generator has few names for who asks and who dies."""
    new = {old: (word(rng) + rng.choice(('', '.d', ':1', '-x', ' w')))[:15] for old in ('heapgrinder', 'thumbworker')}
    for r in recs:
        for old, name in new.items():
            r.lines = [ln.replace(old, name) for ln in r.lines]


def shorten(recs, how, rng):
    """What is left of a dump's records."""
    def first(*words):
        return next((i for i, r in enumerate(recs) if any(w in r.lines[0] for w in words)), len(recs))
    if how == 'no-kill':
        return recs[:first('oom-kill:', 'Kill process', 'Killed process', 'kill process')]
    if how == 'cut':
        kill = first('oom-kill:', 'Kill process', 'Killed process', 'kill process')
        a = first('lowmem_reserve', 'Memory cgroup stats', 'memory: usage', 'Task in', ' total pagecache pages')
        return recs[:rng.randrange(min(a + 1, kill - 1), kill)]
    return recs


# -- nothing but dumps ---------------------------------------------------------------------------


def only_dumps(seed, mib, out):
    """Of several eras, as dmesg prints them, five minutes between two."""
    rng = random.Random(f'dumps {seed}')
    texts = []
    for i in range(24):
        made = mkmixed.incident(rng.choice(DUMP_ERAS), DUMP_CASES[i % len(DUMP_CASES)], rng.randrange(10**6),
                                rng.randrange(20, 250))
        recs = cases.records(made)
        rename(recs, rng)
        text = '\n'.join(t for t, _, _ in Lines('-', 0).write(recs, 'dmesg')).encode('latin-1') + b'\n'
        texts.append(text)
    sec = 84213
    left, n = mib << 20, 0
    while left > 0:
        text = texts[n % len(texts)].replace(b'[%d.' % sec, b'[%d.' % (100000 + n % 2000 * 300))
        out.write(text)
        left -= len(text)
        n += 1
    return n


def lab_logs():
    """[(text with marks where digits go, events)]: what kernels printed that we ran."""
    got = []
    for name in sorted(os.listdir(LOGS)):
        if not name.startswith('lab-'):
            continue
        with open(os.path.join(LOGS, name, 'log.txt'), 'rb') as f:
            text = f.read()
        with open(os.path.join(LOGS, name, 'truth.json'), encoding='utf-8') as f:
            events = f.read().count('"kind":')
        # Upper digits of the kernel's clock: nothing in the lab takes a hundred seconds.
        text = re.sub(rb'\[ *(\d{1,2})\.(\d{6})\]', lambda m: b'[\0%02d.%s]' % (int(m[1]), m[2]), text)
        text = re.sub(rb'^(\d+),(\d+),(\d{1,8}),', lambda m: b'%s,\0%05d,\0%08d,' % (m[1], int(m[2]), int(m[3])), text,
                      flags=re.M)
        got.append((text, events))
    return got


def lab_dumps(seed, mib, out):
    rng = random.Random(f'dumps-lab {seed}')
    logs = lab_logs()
    left, n, events = mib << 20, 0, 0
    while left > 0:
        if n % len(logs) == 0:
            rng.shuffle(logs)
            day = b'%s %2d %02d:' % (rng.choice((b'Jan', b'Feb', b'Jun')), rng.randrange(1, 28), rng.randrange(24))
        text, found = logs[n % len(logs)]
        text = text.replace(b'\0', b'%d' % (100 + n % 900)).replace(b'Jan  1 00:', day)
        out.write(text)
        left -= len(text)
        events += found
        n += 1
    return events


# -- the table of them ---------------------------------------------------------------------------


def words_of_oom(rng):
    return f'{word(rng)}[{rng.randrange(9999)}]', f'{word(rng)}: {rng.choice(OOM_WORDS)(rng)} {word(rng)}'


def kill_line(rng):
    return 'kernel', f'Out of memory: Killed process {rng.randrange(400, 99999)} ({word(rng)}) total-vm:' \
        f'{rng.randrange(10**5, 10**7)}kB, anon-rss:{rng.randrange(10**4, 10**5)}kB, file-rss:0kB, shmem-rss:0kB'


def score(rng):
    return f'container={mkmixed.words(rng, 12)} limit={rng.randrange(9999)}Mi oom_score_adj={rng.randrange(-999, 1000)} ' \
        f'state={word(rng)}'


SHAPES = {
    'syslog3164': Shape('syslog'),
    'syslog5424': Shape('rfc5424'),
    'syslog-iso': Shape('rsyslog'),
    'journal-export': Shape('journal-export'),
    'journal-json': Shape('journal-json'),
    'docker-json': Shape('docker'),
    'cri': Shape('cri'),
    'dmesg': Shape('dmesg'),
    'unstamped': Shape('plain'),
    'hosts-7': Shape(TEXT, hosts=7),
    'hosts-500': Shape(TEXT, hosts=500),
    'jsonl-hosts-500': Shape('journal-json', hosts=500),
    'dump-cut': Shape(TEXT, dump='cut'),
    'dump-no-kill': Shape(TEXT, dump='no-kill'),
    'kill-line-only': Shape(TEXT, dump='kill'),
    'host-gone': Shape(TEXT, hosts=5, gone=True),
    'cut-then-other-hosts': Shape(TEXT, hosts=5, gone=True, dump='cut'),
    'user-lines-only-after': Shape(TEXT, users=True),
    'kills-many-hosts': Shape(TEXT, hosts=300, every=1000, special=kill_line, counted=True),
    'oom-words-100': Shape(TEXT, every=100, special=words_of_oom),
    'oom-words-1000': Shape(TEXT, every=1000, special=words_of_oom),
    'oom-score-every-line': Shape(TEXT, text=score),
    'long-1k': Shape(TEXT, text=of_length(1000)),
    'long-10k': Shape(TEXT, text=of_length(10000)),
    'long-1m': Shape(TEXT, text=of_length(1000000)),
    'long-oom-10k': Shape(TEXT, text=stack_trace),
    'wrapped-1': Shape(TEXT + ('dmesg',), wrap=True),
    'kernel-noise': Shape(TEXT + ('dmesg',), every=2, special=lambda r: ('kernel', r.choice(KERNEL_NOISE)(r)), hung=True),
    'server-gone': Shape(TEXT + ('dmesg',), every=1, special=lambda r: ('kernel', KERNEL_NOISE[2](r))),
    'metrics': Shape(TEXT, every=2, special=lambda r: (f'{word(r)}[{r.randrange(9999)}]', r.choice(METRICS)(r))),
    'gz': Shape('syslog', pack='gzip'),
    'zst': Shape('syslog', pack='zstd'),
    'dumps': only_dumps,
    'dumps-lab': lab_dumps,
}


def make(name, mib, seed, out):
    """Writes the log to @out; the number of events in it."""
    shape = SHAPES[name]
    if callable(shape):
        return shape(seed, mib, out)
    if not shape.pack or out.name == os.devnull:
        return Log(name, seed).make(mib, out)
    out.flush()
    with subprocess.Popen([shape.pack, '-1', '-c'], stdin=subprocess.PIPE, stdout=out) as p:
        events = Log(name, seed).make(mib, p.stdin)
        p.stdin.close()
    if p.returncode:
        raise OSError(f'{shape.pack}: status {p.returncode}')
    return events
