# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens while the log is still being written: streams, --follow, Ctrl-C, readers that leave."""

import gzip
import json
import os
import re
import signal
import subprocess
import time

from harness import (BIN, Bad, PATIENCE, Process, T0, check, environment, explain, folder, log, put,
                     append, same, syslog_line, test)

# Nothing more can belong to what is open. A line is held until the next one shows that it is whole.
LATER = syslog_line(T0 + 4000) * 2


def lines(p):
    return p.got['out'].count(b'\n')


@test
def ndjson_streams():
    """The event is out before the pipe is closed: as soon as a later line shows that it is over."""
    with Process('explain', '--ndjson', stdin=subprocess.PIPE) as p:
        p.p.stdin.write(log() + LATER)
        p.p.stdin.flush()
        p.soon(lambda: lines(p) == 1, 'first event')
        p.p.stdin.write(log('anon-no-swap', at=T0 + 7200, us=950000 * 10**6))
        p.p.stdin.close()
        r = p.end()
    got = [json.loads(x) for x in r.out.splitlines()]
    same([e['victims'][0]['comm'] for e in got], ['thumbworker', 'heapgrinder'], 'events')
    same(r.status, 0, 'status')


@test
def ndjson_streams_behind_much_quiet():
    """The same when megabytes without an event went through before."""
    quiet = LATER * 40000
    with Process('explain', '--ndjson', stdin=subprocess.PIPE) as p:
        p.p.stdin.write(quiet + log(us=950000 * 10**6) + syslog_line(T0 + 90, us=960000 * 10**6) * 2)
        p.p.stdin.flush()
        p.soon(lambda: lines(p) == 1, 'event behind 4 MB of other lines')
        p.p.stdin.close()
        same(p.end().status, 0, 'status')


@test
def follow_a_pipe():
    """With -f silence alone ends an event."""
    with Process('explain', '-f', '--ndjson', '-', stdin=subprocess.PIPE) as p:
        p.p.stdin.write(log())
        p.p.stdin.flush()
        p.soon(lambda: lines(p) == 1, 'event of a silent pipe')
        p.p.stdin.write(log('anon-no-swap', at=T0 + 7200, us=950000 * 10**6))
        p.p.stdin.close()
        same((p.end().status, lines(p)), (0, 2), 'status and events at the end of the pipe')


@test
def follow_how_long_it_waits():
    """With the reaper's line all has come; without, it may be three seconds behind the dump's last
    line, and a dump that comes slowly stays one."""
    with Process('explain', '-f', '--ndjson', '-', stdin=subprocess.PIPE) as p:
        p.catching()

        def write(data):
            p.p.stdin.write(data)
            p.p.stdin.flush()
            return time.monotonic()

        dump = log('anon-no-swap').splitlines(True)
        check(b'oom_reaper: reaped' in dump[-1], f'last line {dump[-1]}')
        at = write(b''.join(dump))
        p.soon(lambda: lines(p) == 1, 'event with its reaper')
        check(time.monotonic() - at < 2, f'{time.monotonic() - at:.1f} s behind the reaper')
        dump = log('anon-no-swap', at=T0 + 7200, us=950000 * 10**6).splitlines(True)[:-1]
        half = len(dump) // 2
        write(b''.join(dump[:half]))
        for part in (dump[half:half + 2], dump[half + 2:]):
            time.sleep(2)
            at = write(b''.join(part))
        check(lines(p) == 1, 'half of a dump is told')
        p.soon(lambda: lines(p) == 2, 'event without its reaper')
        check(time.monotonic() - at > 2.5, f'{time.monotonic() - at:.1f} s behind the kill')
        p.p.stdin.close()
        p.end()
        same([json.loads(x)['source']['complete'] for x in p.got['out'].splitlines()], [True] * 2, 'complete')


def comms(p):
    return [json.loads(x)['victims'][0]['comm'] for x in p.got['out'].splitlines()
            if x.endswith(b'}')]


@test
def follow_a_growing_file():
    with folder() as d:
        path = put(d, 'log', log() + LATER)
        with Process('explain', '-f', '--ndjson', path) as p:
            p.soon(lambda: lines(p) == 1, 'event that was there')
            dump = log('anon-no-swap', at=T0 + 7200, us=950000 * 10**6)
            for at in range(0, len(dump), 700):  # torn anywhere
                append(path, dump[at:at + 700])
            append(path, syslog_line(T0 + 9000, us=980000 * 10**6))
            p.soon(lambda: lines(p) == 2, 'event that was appended')
            append(path, log(at=T0 + 9999, us=990000 * 10**6))
            p.soon(lambda: lines(p) == 3, 'event behind which nothing comes')
            r = p.interrupt()
        same(r.status, 130, 'status')
        got = [json.loads(x) for x in r.out.splitlines()]
        same([e['source']['complete'] for e in got], [True] * 3, 'complete')


@test
def follow_over_a_rotation():
    """rename and a new file: what the writer still puts into the old one counts, too."""
    with folder() as d:
        path = put(d, 'log', log() + LATER)
        with Process('explain', '-f', '--ndjson', path) as p:
            p.soon(lambda: lines(p) == 1, 'event that was there')
            os.rename(path, path + '.1')
            append(path + '.1', log('anon-no-swap', at=T0 + 7200, us=950000 * 10**6))
            put(d, 'log', b'')
            append(path, syslog_line(T0 + 9000, us=980000 * 10**6) +
                   log(at=T0 + 9999, us=990000 * 10**6))
            p.soon(lambda: lines(p) == 3, 'events of both files')
            r = p.interrupt()
        same(comms(p), ['thumbworker', 'heapgrinder', 'thumbworker'], 'victims')
        same(r.status, 130, 'status')
        check(re.fullmatch(rb'oomlens: interrupted after [0-9]+ bytes of [^\n]*/log\n', r.err), f'stderr {r.err}')


@test
def follow_copytruncate():
    with folder() as d:
        path = put(d, 'log', LATER * 200 + log(us=950000 * 10**6))
        with Process('explain', '-f', '--ndjson', path) as p:
            p.soon(lambda: lines(p) == 1, 'event that was there')
            with open(path, 'r+b') as f:
                f.truncate(0)
            p.soon(lambda: b'truncated' in p.got['err'], 'word of the truncation')
            append(path, log('anon-no-swap', at=T0 + 7200, us=960000 * 10**6))
            p.soon(lambda: lines(p) == 2, 'event behind the truncation')
            p.interrupt()
        same(comms(p), ['thumbworker', 'heapgrinder'], 'victims')


@test
def follow_two_files():
    with folder() as d:
        a, b = put(d, 'a', LATER), put(d, 'b', LATER)
        with Process('explain', '-f', '--ndjson', a, b) as p:
            dump, late = log(us=950000 * 10**6), syslog_line(T0 + 9000, us=980000 * 10**6)
            other = log('anon-no-swap', us=950000 * 10**6)
            half = len(dump) // 2
            for path, part in ((a, dump[:half]), (b, other[:half]), (a, dump[half:] + late),
                               (b, other[half:] + late)):
                append(path, part)
            p.soon(lambda: lines(p) == 2, 'events of both')
            r = p.interrupt()
        same({(e['source']['file'], e['source']['complete'])
              for e in map(json.loads, r.out.splitlines())}, {(a, True), (b, True)}, 'files')


@test
def follow_as_text():
    with folder() as d:
        path = put(d, 'log', LATER)
        for form, word in (((), b'thumbworker'), (('--list',), b'thumbworker'),
                           (('--raw',), b'invoked oom-killer')):
            put(d, 'log', LATER)
            with Process('explain', '-f', *form, path) as p:
                p.catching()
                append(path, log(us=950000 * 10**6) + syslog_line(T0 + 9000, us=980000 * 10**6))
                p.soon(lambda: word in p.got['out'], f'event as {form}')
                same(p.interrupt().status, 130, 'status')


@test
def interrupted_with_half_a_dump():
    """What was found so far is shown, as valid JSON."""
    data = log() + LATER + log('anon-no-swap', at=T0 + 7200, us=950000 * 10**6)[:4000]
    for form in ('--json', '--ndjson', '--list', '--raw', '--full'):
        with Process('explain', form, '-', stdin=subprocess.PIPE) as p:
            p.p.stdin.write(data)
            p.p.stdin.flush()
            p.catching()
            # the pipe is empty when it was read
            p.soon(lambda: not pending(p.p.stdin), 'reading')
            r = p.interrupt()
            same(r.status, 130, f'{form}: status')
            if form == '--json':
                same([(e['kind'], e['source']['complete']) for e in r.events],
                     [('oom', True), ('oom', False)], form)
                check('input' in r.json, 'no input')
            elif form == '--ndjson':
                same(len([json.loads(x) for x in r.out.splitlines()]), 2, form)
            else:
                check(b'thumbworker' in r.out and b'heapgrinder' in r.out, f'{form}: {r.out[-200:]}')


def pending(f):
    import array
    import fcntl
    import termios
    n = array.array('i', [0])
    fcntl.ioctl(f.fileno(), termios.FIONREAD, n)
    return n[0]


@test
def interrupted_before_anything_came():
    with folder() as d:
        fifo = os.path.join(d, 'fifo')
        os.mkfifo(fifo)
        with Process('explain', '--json', fifo) as p:  # waits for a writer
            p.catching()
            r = p.interrupt()
            same((r.status, r.events), (130, []), 'status and events')
    with Process('explain', '--json', '-', stdin=subprocess.PIPE) as p:
        p.catching()
        same(p.interrupt().status, 130, 'an empty pipe')


@test
def terminated():
    with Process('explain', '--json', '-', stdin=subprocess.PIPE) as p:
        p.p.stdin.write(log() + LATER)
        p.p.stdin.flush()
        p.catching()
        p.soon(lambda: not pending(p.p.stdin), 'reading')
        r = p.interrupt(signal.SIGTERM)
        same((r.status, len(r.events)), (143, 1), 'status and events of SIGTERM')


@test
def interrupted_in_a_big_file():
    with folder() as d:
        path = os.path.join(d, 'big')
        block = log() + LATER * 200
        with open(path, 'wb') as f:
            f.write(block)
            f.truncate(6 << 30)  # a hole: nothing on disk, long to read
        with Process('explain', '--json', path) as p:
            p.catching()
            r = p.interrupt()
        same(r.status, 130, 'status')
        check(len(r.events) <= 1, 'events')


@test
def reader_that_leaves():
    """oomlens explain big | head -1: no word about it, and no more work."""
    data = (log() + LATER) * 400
    for form in ((), ('--list',), ('--json',), ('--ndjson',), ('--raw',), ('--full',)):
        with folder() as d:
            path = put(d, 'big', data)
            p = subprocess.run(['sh', '-c', '"$@" | head -n 1', 'sh', BIN, 'explain', *form, path],
                               capture_output=True, env=environment(), timeout=PATIENCE, check=False)
            same(p.stderr, b'', f'{form}: stderr')
            check(p.stdout, f'{form}: no line')
        # SIGPIPE ignored, as services and Python have it: EPIPE must be as quiet
        r, w = os.pipe()
        os.close(r)
        signal_ignored = ['env', '--ignore-signal=PIPE', BIN]
        p = subprocess.run([*signal_ignored, 'explain', *form, '-'], input=data, stdout=w,
                           stderr=subprocess.PIPE, env=environment(), timeout=PATIENCE, check=False,
                           restore_signals=False)
        os.close(w)
        same(p.stderr, b'', f'{form}: stderr of EPIPE')
        if p.returncode not in (0, 1):
            raise Bad(f'{form}: status {p.returncode} of EPIPE')


@test
def full_disk():
    """Output that cannot be written is trouble, and told."""
    for form in ((), ('--json',), ('--ndjson',)):
        with open('/dev/full', 'wb') as full:
            p = subprocess.run([BIN, 'explain', *form, '-'], input=log(), stdout=full, timeout=PATIENCE,
                               stderr=subprocess.PIPE, env=environment(), check=False)
        check(p.returncode == 2 and b'No space' in p.stderr, f'{form}: {p.returncode} {p.stderr}')
    check(explain(data=log()).events, 'no event')


@test
def pipe_that_others_made_non_blocking():
    """As ssh and node leave it: waited for, in front of the first byte and in the middle."""
    for packed in (False, True):
        data = gzip.compress(log()) if packed else log()
        r, w = os.pipe()
        os.set_blocking(r, False)
        with Process('explain', '--json', '-', stdin=r) as p:
            os.close(r)
            p.catching()
            for part in (data[:1], data[1:100], data[100:]):
                time.sleep(0.1)
                os.write(w, part)
            os.close(w)
            got = p.end()
        same((got.status, got.err), (0, b''), f'packed {packed}: status and messages')
        same(len(got.events), 1, f'packed {packed}: events')


@test
def stdin_that_cannot_be_read():
    """The writing end of a pipe; a folder."""
    with folder() as d:
        r, w = os.pipe()
        at = os.open(d, os.O_RDONLY)
        good = put(d, 'good', log())
        for fd, why in ((w, b'Bad file descriptor'), (at, b'Is a directory')):
            p = subprocess.run([BIN, 'explain', '--json', '-', good], stdin=fd, capture_output=True, env=environment(),
                               timeout=PATIENCE, check=False)
            same((p.returncode, why in p.stderr), (2, True), f'{p.stderr}')
            same(len(json.loads(p.stdout)['events']), 1, 'events of the other file')
        for fd in (r, w, at):
            os.close(fd)
