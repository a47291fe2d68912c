# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that never answer: the user is told which one, gets what there is, and can leave. The shim blocks
the call as a task in state D is blocked: no signal ends it."""

import json
import os
import re
import signal
import subprocess
import time

from faults import ALL, SHIM, fault
from harness import Process, Skip, check, folder, put, run, same, sanitized, test

TOLD = rb'has not answered for over [5-9] s'


def shim(spec, **more):
    if sanitized() or not os.access(SHIM, os.R_OK):
        raise Skip(f'no shim for this binary ({SHIM})')
    return {'LD_PRELOAD': SHIM, 'FAULT': spec, **more}


def told(err, name):
    check(re.search(re.escape(name.encode()) + rb'\S* ' + TOLD, err), f'does not name {name}: {err[-300:]}')


@test
def snap_tells_what_it_has():
    r = fault('read:block:/smaps_rollup', 'snap', '--json', '--pss', '-i', '0', timeout=15)
    same(r.status, 2, f'status ({r.err})')
    told(r.err, '/smaps_rollup')
    d, whole = json.loads(r.out), run('snap', '--json', '-i', '0').json
    same((d['sources']['processes']['status'], d['sources']['processes'].get('error')),
         ('error', 'does not answer'), 'processes')
    same(d['ram']['total_kb'], whole['ram']['total_kb'], 'RAM')
    same(len(d['slab']) > 0, len(whole['slab']) > 0, 'slab')


@test
def snap_names_what_comes_behind():
    r = fault('read:block:proc/zoneinfo', 'snap', '--full', '-i', '0', timeout=15)
    same(r.status, 2, f'status ({r.err})')
    told(r.err, '/proc/zoneinfo')
    for text in (b'/proc/zoneinfo: does not answer', b'/sys/fs/cgroup: not read any more',
                 b'/proc: not read any more'):
        check(text in r.out, f'{text} is not in what it prints')


@test
def opening_and_listing():
    """A process in the middle of an execve() that is stuck holds its files shut, too."""
    for spec, name in (('open:block:/smaps_rollup', 'smaps_rollup'),
                       ('getdents:block:sys/fs/cgroup', '/sys/fs/cgroup'),
                       ('open:block:sys/kernel/slab', 'sys/kernel/slab'))[:3 if ALL else 1]:
        r = fault(spec, 'snap', '--pss', '-i', '0', timeout=15)
        if not r.injected:
            continue
        same(r.status, 2, f'{spec}: status ({r.err})')
        told(r.err, name)


@test
def library_that_stands_still():
    """The table of processes is one call of libproc2 that reads thousands of files."""
    r = fault('read:block:/oom_score', 'snap', '-i', '0', timeout=15)
    if not r.injected or 'libproc2' not in r.injected[0]:
        raise Skip('this build reads processes by itself')
    same(r.status, 2, f'status ({r.err})')
    told(r.err, '/proc')
    check(b'RAM' in r.out or b'Where' in r.out, 'nothing of what was read before')


@test
def interrupted_just_before_it_waits():
    """The signal comes behind explain's last look for one and before the open() of a fifo without a writer."""
    with folder() as d:
        fifo = os.path.join(d, 'fifo')
        os.mkfifo(fifo)
        with Process('explain', '--json', fifo, env=shim('open:slow:/fifo', FAULT_MS='1500')) as p:
            p.catching()
            time.sleep(0.3)
            same(p.interrupt().status, 130, 'status')


@test
def explain_does_not_wait_for_a_file_system():
    """No signal ends the call that waits: another thread ends the program, and says so."""
    with folder() as d:
        path, flag = put(d, 'log', b'x' * 100 + b'\n'), os.path.join(d, 'flag')
        env = shim('read:block:/log', FAULT_WHEN=flag)
        with Process('explain', '-', path, stdin=subprocess.PIPE, env=env) as p:
            p.catching()
            put(d, 'flag', b'')
            p.p.stdin.close()
            time.sleep(0.3)
            r = p.interrupt(signal.SIGTERM)
        same((r.status, r.err), (143, b'oomlens: standard input was empty: nothing was checked\n'
                                      b'oomlens: interrupted after 0 bytes; not all that was found is told\n'),
             'status and stderr')


@test
def slow_is_not_stuck():
    """Each read of the files of a process takes 1 s: that is slow, and goes on."""
    with folder() as d:
        put(d, 'proc/meminfo', b'MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 10 kB\n')
        for n in range(1, 4):
            put(d, f'proc/{n}/status', b'Name:\tx\nState:\tS (sleeping)\n')
        with Process('snap', '--root', d, env=shim('read:slow:/status', FAULT_MS='2500')) as p:
            r = p.end(40)
        same((r.status, r.err), (0, b''), 'status and stderr')


@test
def top_batch_waits_and_tells():
    with Process('top', '--batch', '-n', '1', env=shim('read:slow:vm/swappiness', FAULT_MS='8000')) as p:
        p.soon(lambda: b'answers again' in p.got['err'], 'news of an answer', 40)
        told(p.got['err'], '/proc/sys/vm/swappiness')
        r = p.end(60)
        check(r.status == 0 and b'available' in r.out, f'status {r.status}')
    with Process('top', '--batch', env=shim('read:block:proc/zoneinfo')) as p:
        p.soon(lambda: re.search(TOLD, p.got['err']), 'message')
        same(p.interrupt(signal.SIGTERM).status, 2, 'status')


@test
def top_shows_it_and_can_be_left():
    """The keys work on what was read before; what has no newer figures says so instead of its verdict."""
    with folder() as d:
        for leave in ('key', 'signal') if ALL else ('key',):
            flag = os.path.join(d, leave)
            env = shim('read:block:proc/zoneinfo', TERM='xterm', FAULT_WHEN=flag)
            with Process('top', '-d', '0.2', stdin='tty', tty=('out', 'err'), env=env) as p:
                p.soon(lambda: b'Overview' in p.got['out'], 'picture')
                put(d, leave, b'')
                p.soon(lambda: re.search(TOLD, p.got['out']), 'message on the screen')
                seen = len(p.got['out'])
                os.write(p.master, b'2')
                p.soon(lambda: b'OBJECTS' in p.got['out'][seen:].upper(), 'slab caches')
                if leave == 'key':
                    os.write(p.master, b'q')
                else:
                    p.p.send_signal(signal.SIGINT)
                r = p.end()
                same(r.status, 2, f'status after a {leave}')
                told(r.out[-300:], '/proc/zoneinfo')  # once more, where it stays readable


@test
def watch_does_not_start_what_it_cannot_see():
    with folder() as d:
        flag = os.path.join(d, 'flag')
        with Process('watch', '--', 'touch', flag, env=shim('read:block:proc/vmstat')) as p:
            r = p.end(20)
        same(r.status, 2, f'status ({r.err})')
        told(r.err, '/proc/vmstat')
        check(b'not started' in r.err and not os.path.exists(flag), f'stderr {r.err}')


@test
def watch_goes_on_with_the_command():
    """Its signals and its end reach whom they concern, and its status is the command's."""
    script = 'trap "touch $0/got" USR1; touch $0/flag; while ! test -e $0/end; do sleep 0.1; done; exit 7'
    with folder() as d:
        env = shim('read:block:proc/vmstat', FAULT_WHEN=os.path.join(d, 'flag'))
        with Process('watch', '-i', '0.2', '--', 'sh', '-c', script, d, env=env) as p:
            p.soon(lambda: re.search(TOLD, p.got['err']), 'message')
            p.p.send_signal(signal.SIGUSR1)
            p.soon(lambda: os.path.exists(os.path.join(d, 'got')), 'signal to the command')
            put(d, 'end', b'')
            r = p.end()
        same(r.status, 7, f"status ({r.err})")
        check(b'no report' in r.err, f'stderr {r.err}')


@test
def fifo_in_a_root():
    """Nothing but a writer could make it answer: it is refused."""
    with folder() as d:
        put(d, 'proc/meminfo', b'MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 10 kB\n')
        for name in ('proc/vmstat', 'proc/zoneinfo', 'proc/slabinfo', 'proc/pressure/memory', 'proc/7/status'):
            os.makedirs(os.path.dirname(os.path.join(d, name)), exist_ok=True)
            os.mkfifo(os.path.join(d, name))
        for args in (('snap', '--json'), ('snap',), ('top', '--batch', '-n', '1')):
            r = run(*args, '--root', d)
            same(r.status, 0, f'{args}: status ({r.err})')
        sources = run('snap', '--json', '--root', d).json['sources']
        for name in ('vmstat', 'zoneinfo', 'slabinfo', 'psi_memory'):
            same(sources[name]['status'], 'error', name)


@test
def explain_waits_for_a_fifo_and_can_be_interrupted():
    """That is what a FIFO is for."""
    for sig in (signal.SIGINT, signal.SIGTERM):
        with folder() as d:
            path = os.path.join(d, 'fifo')
            os.mkfifo(path)
            with Process('explain', path) as p:
                p.catching()
                time.sleep(0.3)
                check(p.p.poll() is None, 'it does not wait for a writer')
                same(p.interrupt(sig).status, 128 + sig, 'status')
            with Process('explain', path) as p:
                p.catching()
                fd = os.open(path, os.O_WRONLY)
                time.sleep(0.3)
                check(p.p.poll() is None, 'it does not wait for what a writer writes')
                same(p.interrupt(sig).status, 128 + sig, 'status')
                os.close(fd)
