# SPDX-License-Identifier: GPL-2.0-or-later
"""--jobs: what is printed is what one job prints, in the order of the logs."""

import glob
import gzip
import json
import os
import random
import subprocess

from harness import BIN, Process, T0, check, folder, log, put, run, same, sanitized, syslog_line, test

FORMS = ([], ['--events'], ['--full'], ['--list'], ['--json'], ['--ndjson'], ['--raw'],
         ['--list', '-n5'], ['--json', '-n3'], ['--json', '--comm=nobody'])
FIXTURES = sorted(glob.glob('fixtures/logs/*/log*'))


def all_alike(files, jobs=('2', '5'), forms=FORMS, env=None):
    some = 0
    if env and sanitized():  # these are large
        jobs, forms = jobs[-1:], forms[::4]
    for form in forms:
        one = run('explain', *form, *files)
        some += len(one.out)
        for n in jobs:
            got = run('explain', *form, '--jobs', n, *files, env=env)
            same((got.status, got.err), (one.status, one.err), f'{form} --jobs {n}: status and messages')
            check(got.out == one.out, f'{form} --jobs {n}: another output than that of one job')
    return some


@test
def every_form_of_every_fixture():
    check(all_alike(FIXTURES) > 100000, 'nothing was printed')


@test
def a_zone_that_all_jobs_ask_for():
    """Without TZ the C library looks for the zone at every stamp that has none."""
    files = [f for f in FIXTURES if 'syslog' in f]
    one, got = (run('explain', '--list', '--since=2001-01-01', '--jobs', n, *files, env={'TZ': None}) for n in '13')
    check(one.out.count(b'\n') > len(files) // 2, 'no stamps')
    same((got.status, got.out), (one.status, one.out), 'what three jobs print')


@test
def one_incident_of_several_logs():
    """Kills of one cause in three files are folded as one job folds them."""
    with folder() as d:
        files = [put(d, f'log{i}', log(at=T0 + 60 * i, us=(84000 + 60 * i) * 10**6)) for i in range(3)]
        all_alike(files)
        check(b'3 ' in run('explain', '--jobs=3', *files).out, 'the kills are not counted together')


@test
def messages_in_order_and_rotated_logs_together():
    """What cannot be read is told where its turn is; a dump over two rotated files stays whole."""
    with folder() as d:
        whole = log()
        half = whole.index(b'\n', len(whole) // 2) + 1
        var = os.path.join(d, 'var')
        os.mkdir(var)
        put(var, 'messages', whole[half:], mtime=T0 + 100)
        put(var, 'messages.1', whole[:half], mtime=T0 + 10)
        broken = put(d, 'broken.gz', gzip.compress(log())[:200])
        gone = os.path.join(d, 'gone')
        files = [put(d, 'a', log()), broken, gone, var, put(d, 'long', b'x' * (3 << 20) + b'\n'), put(d, 'z', log())]
        all_alike(files)
        got = run('explain', '--json', '--jobs=4', *files).json
        same([len(e['processes']) for e in got['events'] if 'continued_in' in e['source']],
             [len(got['events'][0]['processes'])], 'rows of the dump that two files hold')


@test
def more_found_than_may_wait():
    """Logs whose events are larger than what may wait to be shown; the first one ends last."""
    with folder() as d:
        files = [put(d, f'{i}', (log('anon-no-swap') + syslog_line(T0 + 9)) * (120 if i == 0 else 40)) for i in range(6)]
        # of 64 jobs each has the least room for what waits: that goes into a file
        all_alike(files, jobs=('3', '64'))


# One large file, searched in stripes in front of its reader. Small ones, so that small logs have many.
STRIPE = 1 << 20
BLOCK = STRIPE // 64
SMALL = {'OOMLENS_CHUNK': str(STRIPE)}


def everyday(n, seed=0):
    """@n bytes of lines of all lengths in which nothing stands that is looked for."""
    rng = random.Random(seed)
    lines = [b'Mar 15 08:00:%02d fenwick app[%d]: %s\n' % (rng.randrange(60), rng.randrange(30000),
                                                         b'done ' * rng.randrange(1, 40)) for _ in range(997)]
    block = b''.join(lines)
    return (block * (n // len(block) + 1))[:n - 1] + b'\n' if n else b''


def with_at(size, what):
    """Everyday lines with (offset, text) in it, a line's start wherever that falls."""
    out = bytearray(everyday(size))
    for at, text in what:
        out[at - 1:at + len(text)] = b'\n' + text
    return bytes(out)


@test
def dumps_at_every_place_of_a_stripe():
    dump = log()
    kill = b'Mar 15 08:00:00 fenwick kernel: [9000.%06d] Out of memory: Killed process %d (x) total-vm:9kB\n'
    with folder() as d:
        # a dump over each edge, in turn from all of it behind to all of it before
        edges = [(1 + i) * STRIPE - len(dump) * (i % 7) // 6 for i in range(12)]
        a = put(d, 'a', with_at(13 * STRIPE + 77, [(at, dump) for at in edges]))
        # what is searched for stands over an edge of a block, every eighth one a stripe's, at each of its bytes
        heads = [((64 + 8 * i) * BLOCK - 50 - i, kill % (i, 7000 + i)) for i in range(40)]
        b = put(d, 'b', with_at(7 * STRIPE, heads))
        # more than a stripe of dumps, one in the last bytes, no newline at the end
        c = put(d, 'c', everyday(3 * STRIPE - 5000) + dump * 40 + everyday(2 * STRIPE) + dump[:-1])
        for f in (a, b, c):
            all_alike([f], jobs=('2', '4') if f == a else ('3',), env=SMALL)
        # stripes that do not end where the pieces do that a file is read in
        all_alike([a], jobs=('3',), forms=([], ['--json']), env={'OOMLENS_CHUNK': str(3 * STRIPE)})
        all_alike([a, b, c, a], jobs=('3',), forms=([], ['--json']), env=SMALL)
        same([len(run('explain', '--json', '--jobs=2', f, env=SMALL).events) for f in (a, b, c)], [12, 40, 41],
             'events found')


@test
def what_a_line_means_depends_on_lines_long_before():
    """A kernel's release, boots, signs, lines that are too long: the file has one reader, whoever helps."""
    dump = log()
    banner = b'Mar 15 08:00:00 fenwick kernel: [    0.000000] Linux version 6.1.0-18-amd64 (x) #1 SMP\n'
    hung = b'Mar 15 08:00:00 fenwick kernel: [99.1] INFO: task dd:%d blocked for more than 120 seconds.\n'
    bare = log(how='dmesg').replace(b' 6.1', b' x')
    with folder() as d:
        parts = []
        for i in range(30):
            parts += [everyday(random.Random(i).randrange(400000), i),
                      (banner, hung % i, dump, bare, b'y' * (1100000 if i % 10 == 4 else 9) + b'\n')[i % 5]]
        f = put(d, 'f', b''.join(parts))
        all_alike([f], jobs=('2', '4'), env=SMALL)
        j = run('explain', '--json', '--jobs=3', f, env=SMALL).json
        same((j['input']['files'][0]['lines'], len(j['events']) >= 12), (sum(p.count(b'\n') for p in parts), True), 'lines')


@test
def all_fixtures_in_one_file():
    """Every transport, one behind the other, in three orders, plain and with everyday lines in between."""
    logs = [open(f, 'rb').read() for f in FIXTURES if f.endswith('.txt')]
    check(len(logs) > 50, 'hardly any fixture')
    with folder() as d:
        for seed in range(3):
            rng = random.Random(seed)
            rng.shuffle(logs)
            parts = []
            for text in logs:
                parts += [text, everyday(rng.choice((0, 300, 60000, 300000)), seed)]
            f = put(d, f'{seed}', b''.join(parts))
            all_alike([f], jobs=('2', '4') if seed else ('3',), env=SMALL, forms=FORMS if not seed else FORMS[3:7])


@test
def a_large_file():
    """With stripes of the size that they have."""
    dump = log('anon-no-swap')
    with folder() as d:
        f = put(d, 'f', (everyday(5000011) + dump) * 9 + dump * 100)
        check(os.path.getsize(f) > 40 << 20, 'too small')
        all_alike([f], jobs=('2', '4'), forms=([], ['--json'], ['--raw', '-n5']), env={'OOMLENS_CHUNK': None})


@test
def a_large_file_that_is_cut_meanwhile():
    """As with one job: told, and no crash."""
    with folder() as d:
        f = put(d, 'f', everyday(160 << 20))
        for _ in range(3):
            os.truncate(f, 160 << 20)
            with Process('explain', '--json', '--jobs=3', f) as p:
                os.truncate(f, 100000)
                r = p.end()
                check(r.status in (1, 2) and 'input' in json.loads(r.out), f'status {r.status}, {r.out[:80]!r}')


@test
def reader_goes_away():
    """No trouble, and no job is waited for that has much left to read."""
    for files in (4,) if sanitized() else (4, 1):
        reader_goes_away_from(files)


def reader_goes_away_from(howmany):
    with folder() as d:
        files = [put(d, f'{i}', log('anon-no-swap') * (1600 // howmany)) for i in range(howmany)]
        r, w = os.pipe()
        # SIGPIPE stays ignored, as Python has it: write(2) fails instead of ending the program
        p = subprocess.Popen([BIN, 'explain', '--ndjson', '--jobs=3', *files], stdout=w, stdin=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, restore_signals=False)
        os.close(w)
        check(os.read(r, 10).startswith(b'{"id"'), 'no event')
        os.close(r)
        try:
            err = p.communicate(timeout=60)[1]
        finally:
            p.kill()
        same((p.returncode, err), (0, b''), 'status')


@test
def interrupted_while_a_pipe_says_nothing():
    with folder() as d:
        fifo = os.path.join(d, 'fifo')
        os.mkfifo(fifo)
        good = put(d, 'good', log())
        for order in ([good, fifo], [fifo, good]):
            with Process('explain', '--json', '--jobs=2', *order) as p:
                w = os.open(fifo, os.O_WRONLY)  # waits until it is being read
                try:
                    p.catching()
                    r = p.interrupt()
                finally:
                    os.close(w)
                same(r.status, 130, f'{order}: status')
                check('input' in json.loads(r.out), f'{order}: no whole JSON')


@test
def interrupted_in_a_large_file():
    with folder() as d:
        dumps = put(d, 'dumps', log('anon-no-swap') * 600)
        lines = put(d, 'lines', everyday(60 << 20) + log())
        for f, form in ((dumps, '--json'), (dumps, '--list'), (lines, '--json')):
            with Process('explain', form, '--jobs=3', '--no-pager', f) as p:
                p.catching()
                r = p.interrupt()
                # it may have been faster
                check(r.status in (130, 0), f'{form}: status {r.status}')
                if form == '--json':
                    check('input' in json.loads(r.out), f'{form}: no whole JSON')


@test
def what_jobs_takes():
    for bad in ('0', 'x', '65', '-1'):
        r = run('explain', f'--jobs={bad}', '/dev/null')
        same((r.status, b'--jobs takes a number' in r.err), (2, True), bad)
