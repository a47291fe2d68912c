# SPDX-License-Identifier: GPL-2.0-or-later
"""--jobs: what is printed is what one job prints, in the order of the logs."""

import glob
import gzip
import json
import os
import subprocess

from harness import BIN, Process, T0, check, folder, log, put, run, same, syslog_line, test

FORMS = ([], ['--events'], ['--full'], ['--list'], ['--json'], ['--ndjson'], ['--raw'],
         ['--list', '-n5'], ['--json', '-n3'], ['--json', '--comm=nobody'])
FIXTURES = sorted(glob.glob('fixtures/logs/*/log*'))


def all_alike(files, jobs=('2', '5')):
    some = 0
    for form in FORMS:
        one = run('explain', *form, *files)
        some += len(one.out)
        for n in jobs:
            got = run('explain', *form, '--jobs', n, *files)
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


@test
def reader_goes_away():
    """No trouble, and no job is waited for that has much left to read."""
    with folder() as d:
        files = [put(d, f'{i}', log('anon-no-swap') * 400) for i in range(4)]
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
def what_jobs_takes():
    for bad in ('0', 'x', '65', '-1'):
        r = run('explain', f'--jobs={bad}', '/dev/null')
        same((r.status, b'--jobs takes a number' in r.err), (2, True), bad)
