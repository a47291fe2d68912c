# SPDX-License-Identifier: GPL-2.0-or-later
"""The first SIGINT or SIGTERM ends a verb, whatever it does, with what was found so far."""

import array
import fcntl
import gzip
import os
import re
import signal
import subprocess
import termios
import time

from harness import BIN, PATIENCE, Process, Skip, T0, check, folder, log, put, run, same, syslog_line, test

LATER = syslog_line(T0 + 4000) * 2
SAID = re.compile(rb'oomlens: interrupted after (\d+) bytes( of [^\n]*)?\n')
FORMS = ((), ('--json',), ('--ndjson',), ('--list',))


def right(r, sig, what, found):
    """What is said of a log that was read in part; @found: events of it, None for any number."""
    same(r.status, 128 + sig, f'{what}: status ({r.err})')
    said = SAID.fullmatch(r.err)
    check(said, f'{what}: stderr {r.err[-300:]}')
    check(b'No OOM kill and no failed' not in r.out, f'{what}: it says that there is none')
    if r.out.startswith(b'{"schema"'):
        d = r.json
        texts = [w['text'].encode() for w in d['input']['warnings']]
        check(said[0][9:-1] in texts, f'{what}: warnings {texts}')
        same(sum(f['bytes'] for f in d['input']['files']), int(said[1]), f'{what}: bytes')
        check(found in (None, len(d['events'])), f"{what}: {len(d['events'])} events")
    elif found == 0 and r.out:
        same(r.out, b'Interrupted after %s bytes: no OOM kill and no failed allocation up to there.\n' % said[1],
             f'{what}: stdout')
    return int(said[1])


def reads(p):
    """Waits until it has read much."""
    def some():
        with open(f'/proc/{p.p.pid}/io', encoding='ascii') as f:
            return int(re.search(r'rchar: (\d+)', f.read())[1]) > 2 << 20
    p.catching()
    p.soon(some, 'reading')


def big(d, name='big', block=LATER * 200, size=6 << 30):
    """A log with a hole: nothing on disk, long to read."""
    path = put(d, name, block)
    os.truncate(path, size)
    return path


@test
def in_a_big_file():
    with folder() as d:
        path = big(d)
        for sig in (signal.SIGTERM, signal.SIGINT):
            for form in FORMS:
                with Process('explain', *form, path) as p:
                    p.catching()
                    n = right(p.interrupt(sig), sig, f'{form}', 0)
                check(n < 6 << 30, f'{form}: {n} bytes of a file that is longer')


@test
def in_an_endless_pipe():
    for form in FORMS:
        with subprocess.Popen(['sh', '-c', 'exec yes "$0"', LATER.decode().strip()], stdout=subprocess.PIPE) as feed:
            with Process('explain', *form, '-', stdin=feed.stdout) as p:
                reads(p)
                right(p.interrupt(signal.SIGTERM), signal.SIGTERM, f'{form}', 0)
            feed.kill()


@test
def while_standard_input_waits():
    """As text, and in the middle of a compressed log, where the library waits for bytes."""
    if b'left out (libarchive)' in run('--version').out:
        raise Skip('this build has no libarchive')
    data = log() + LATER * 2000
    for packed in (data, gzip.compress(data)[:-20]):
        for form in FORMS:
            with Process('explain', *form, '-', stdin=subprocess.PIPE) as p:
                p.p.stdin.write(packed)
                p.p.stdin.flush()
                p.catching()
                p.soon(lambda p=p: waits(p), 'wait for more')
                right(p.interrupt(signal.SIGTERM), signal.SIGTERM, f'{form}', 1)


def taken(p):
    """Its pipe is empty."""
    n = array.array('i', [0])
    fcntl.ioctl(p.p.stdin.fileno(), termios.FIONREAD, n)
    return not n[0]


def waits(p):
    """And it sleeps there."""
    return taken(p) and blocked(p)


@test
def in_a_gz_that_unpacks_to_much():
    if b'left out (libarchive)' in run('--version').out:
        raise Skip('this build has no libarchive')
    with folder() as d:
        part = gzip.compress(LATER * 400000)  # a gzip file may be many, one behind the other
        path = put(d, 'big.gz', gzip.compress(log()) + part * 300)
        for form in FORMS:
            with Process('explain', *form, path) as p:
                p.catching()
                right(p.interrupt(signal.SIGTERM), signal.SIGTERM, f'{form}', None)


@test
def while_nobody_reads_what_it_writes():
    """The pipe is full: what does not fit is given up, and that is said."""
    with folder() as d:
        path = put(d, 'log', b''.join(log(at=T0 + n * 900, us=(n + 1) * 900 * 10**6) for n in range(60)))
        for jobs in ((), ('--jobs=2', path)):
            r, w = os.pipe()
            with Process('explain', '--json', *jobs, path, stdout=w) as p:
                os.close(w)
                p.soon(lambda p=p: blocked(p), 'full pipe')
                got = p.interrupt(signal.SIGTERM)
                os.close(r)
            same(got.status, 143, f'status ({got.err})')
            check(re.fullmatch(rb'oomlens: interrupted after \d+ bytes.*; not all that was found is told\n', got.err),
                  f'stderr {got.err}')


def blocked(p):
    """It sleeps in a pipe: that of its output, where its input is none."""
    with open(f'/proc/{p.p.pid}/wchan', encoding='ascii') as f:
        return 'pipe' in f.read()


@test
def while_it_follows():
    with folder() as d:
        path = put(d, 'log', LATER)
        for form in FORMS:
            with Process('explain', '-f', *form, path) as p:
                p.catching()
                right(p.interrupt(signal.SIGTERM), signal.SIGTERM, f'{form}', 0)


@test
def with_several_jobs():
    with folder() as d:
        paths = [big(d, f'big{n}') for n in range(3)]
        for sig in (signal.SIGTERM, signal.SIGINT):
            for form in FORMS:
                with Process('explain', '--jobs=2', *form, *paths) as p:
                    p.catching()
                    right(p.interrupt(sig), sig, f'{form}', 0)


@test
def while_a_fifo_has_no_writer():
    """open(2) waits for a writer: nothing was read."""
    with folder() as d:
        fifo = os.path.join(d, 'fifo')
        os.mkfifo(fifo)
        for jobs in ((), ('--jobs=2',)):
            with Process('explain', *jobs, fifo) as p:
                p.catching()
                same(right(p.interrupt(signal.SIGTERM), signal.SIGTERM, f'{jobs}', 0), 0, 'bytes')


@test
def in_a_journal():
    """One that is there, read or waited for."""
    r = run('explain', '--journal')
    if r.status == 2:
        raise Skip(r.err.decode(errors='replace').strip())
    with Process('explain', '--journal', '-f') as p:
        p.catching()
        right(p.interrupt(signal.SIGTERM), signal.SIGTERM, 'journal', None)


@test
def the_second_signal_kills():
    """Output that nobody takes; both signals are there before the first second is over."""
    r, w = os.pipe()
    with folder() as d:
        path = put(d, 'log', b''.join(log(at=T0 + n * 900, us=(n + 1) * 900 * 10**6) for n in range(60)))
        with Process('explain', '--json', path, stdout=w) as p:
            os.close(w)
            p.soon(lambda: blocked(p), 'full pipe')
            p.p.send_signal(signal.SIGINT)
            p.soon(lambda: not caught(p), 'handler that is gone')
            got = p.interrupt(signal.SIGTERM)
            check(got.status in (-signal.SIGTERM, 130), f'status {got.status}')
    os.close(r)


def caught(p, sig=signal.SIGTERM):
    try:
        with open(f'/proc/{p.p.pid}/status', encoding='ascii', errors='replace') as f:
            m = re.search(r'SigCgt:\s*([0-9a-f]+)', f.read())
    except OSError:
        return False
    return bool(m and int(m[1], 16) >> (sig - 1) & 1)


IGNORING = "trap '' %s; exec \"$0\" \"$@\""


@test
def what_is_ignored_stays_so():
    """As a shell without job control has it in the background, and nohup: only the other signal ends it."""
    for ignored, sig in (('INT', signal.SIGTERM), ('TERM', signal.SIGINT)):
        with Process('-c', IGNORING % ignored, BIN, 'explain', '-', stdin=subprocess.PIPE, program='/bin/sh') as p:
            p.p.stdin.write(log())
            p.p.stdin.flush()
            p.soon(lambda p=p, s=sig: caught(p, s), 'handler')
            p.p.send_signal(getattr(signal, 'SIG' + ignored))
            p.soon(lambda p=p: waits(p), 'wait for more')
            right(p.interrupt(sig), sig, f'{ignored} ignored', 1)
    for jobs in ((), ('--jobs=2', '/dev/null')):
        with Process('-c', IGNORING % 'INT TERM', BIN, 'explain', '--json', *jobs, '-', stdin=subprocess.PIPE,
                     program='/bin/sh') as p:
            p.p.stdin.write(log() + LATER)
            p.p.stdin.flush()
            p.soon(lambda p=p: taken(p), 'look at its input')
            for sig in (signal.SIGINT, signal.SIGTERM):
                p.p.send_signal(sig)
            p.p.stdin.close()
            r = p.end()
            said = b'oomlens: /dev/null: is empty: nothing was checked\n' if jobs else b''
            same((r.status, len(r.events), r.err), (0, 1, said), 'both ignored')
    with Process('-c', IGNORING % 'HUP', BIN, 'top', '-b', '-d', '3600', program='/bin/sh') as p:
        p.soon(lambda: p.got['out'], 'first tick')
        p.p.send_signal(signal.SIGHUP)
        same(p.interrupt(signal.SIGTERM).status in (0, 143), True, 'top behind nohup')


@test
def top_restores_the_terminal():
    """Whatever ends it, an alarm that a program before it has set, too."""
    if b'without ncurses' in run('--version').out:
        raise Skip('this build has no ncurses')
    for sig in (signal.SIGALRM, signal.SIGTERM, signal.SIGHUP):
        with Process('top', tty=('out',), stdin='tty', env={'TERM': 'xterm'}) as p:
            p.soon(lambda p=p: b'\x1b[?1049h' in p.got['out'], 'screen')
            r = p.interrupt(sig)
            check(r.status == 0 and b'\x1b[?1049l' in r.out, f'{sig}: status {r.status}, {r.out[-80:]}')


@test
def in_front_of_a_pager():
    """SIGTERM takes the pager along; a pager that does not end is left."""
    with folder() as d:
        path = put(d, 'log', log())
        for pager in ('cat >/dev/null; touch $MARK; exec sleep 1000', "trap '' TERM; cat >/dev/null; touch $MARK; sleep 30"):
            mark = os.path.join(d, 'mark')
            env = {'PAGER': pager, 'MARK': mark, 'TERM': 'xterm'}
            with Process('explain', path, tty=('out',), env=env) as p:
                p.soon(lambda m=mark: os.path.exists(m), 'pager at the end of its input')
                p.p.send_signal(signal.SIGTERM)
                same(p.p.wait(PATIENCE), 143, 'status')
            os.unlink(mark)


@test
def top_in_batch():
    for args in (('-d', '3600'), ('-d', '3600', '--json')):
        with Process('top', '-b', *args) as p:
            p.soon(lambda p=p: p.got['out'], 'first tick')
            r = p.interrupt(signal.SIGTERM)
            check(r.status in (0, 143), f'{args}: status {r.status}')
    r, w = os.pipe()
    with Process('top', '-b', '-d', '0.01', stdout=w) as p:
        os.close(w)
        p.soon(lambda: blocked(p), 'full pipe')
        same(p.interrupt(signal.SIGTERM).status, 143, 'status with a full pipe')
    os.close(r)


@test
def snap_and_watch():
    with Process('snap', '-i', '3600') as p:
        p.soon(lambda: looks(p), 'wait between the two looks')
        same(p.interrupt(signal.SIGTERM).status, -signal.SIGTERM, 'snap')
    for args in (('--pid', str(os.getpid())), ('--', 'sleep', '1000')):
        with Process('watch', '-i', '3600', *args) as p:
            p.catching()
            p.soon(lambda p=p: looks(p), 'first look')
            r = p.interrupt(signal.SIGTERM)
            same(r.status, 0 if args[0] == '--pid' else 143, f'watch {args[0]} ({r.err[-200:]})')


def looks(p):
    """It sleeps, having read /proc/meminfo and more."""
    with open(f'/proc/{p.p.pid}/io', encoding='ascii') as f:
        return int(re.search(r'rchar: (\d+)', f.read())[1]) > 20000


@test
def among_threads_that_are_busy():
    """A thread that is not done with its piece after half a second: what it has found is told."""
    with folder() as d:
        path = put(d, 'flood', b''.join(b'Mem-Info:\nactive_anon:%d inactive_anon:12\nNode 0 DMA free:123kB\n'
                                        % (i * 7919 % 99991) for i in range(700000)))
        for form in ((), ('--json',), ('--list',)):
            with Process('explain', '--jobs=3', *form, path) as p:
                reads(p)
                time.sleep(.5)
                r = p.interrupt(signal.SIGTERM)
            same(r.status, 143, f'{form}: status ({r.err})')
            check(r.out and r.err.startswith(b'oomlens: interrupted after '), f'{form}: {r.out[:200]} {r.err}')
