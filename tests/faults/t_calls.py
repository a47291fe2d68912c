# SPDX-License-Identifier: GPL-2.0-or-later
"""System calls that do half, are interrupted, or fail at each point where there is one."""

import gzip
import json
import os
import signal

import captured
from faults import ALL, ends_well, fault, same_or_told, shown, sweep
from harness import Process, check, folder, log, put, run, same, test

HALVES = ('read:one', 'read:half', 'read:each:EINTR', 'write:one', 'write:half', 'write:each:EINTR',
          'read:half write:half')


def undisturbed(*args, specs=HALVES, **kw):
    """Calls that do less than they were asked for change nothing."""
    whole = fault('', *args, **kw)
    for spec in specs:
        r = fault(spec, *args, **kw)
        check(r.injected, f'{shown(args)}: {spec}: nothing was disturbed')
        same((r.status, r.err), (whole.status, whole.err), f'{shown(args)}: {spec}: status, stderr')
        same(r.out, whole.out, f'{shown(args)}: {spec}')


@test
def halves_of_logs():
    with folder() as d:
        for name, data in (('kern.log', log()), ('kern.log.1.gz', gzip.compress(log('anon-no-swap')))):
            path = put(d, name, data)
            undisturbed('explain', '--json', path)
            undisturbed('explain', '--json', '-', data=data)
        undisturbed('explain', '--no-pager', d)


@test
def halves_of_roots():
    for name in ('host-6.18', 'lab-5.10-v1-docker')[0 if ALL else 1:]:
        root = ('--root', captured.archive(name))
        for args in (('snap', '--json'), ('top', '--batch', '-n', '1', '--view', 'groups')):
            undisturbed(*args, *root, specs=HALVES if ALL else HALVES[:3])


@test
def halves_of_saved_snapshots():
    with folder() as d:
        saved = [put(d, f's{n}', run('snap', '--json', '--root', captured.archive(root)).out)
                 for n, root in enumerate(('host-6.18', 'lab-6.1-numa'))]
        undisturbed('snap', '--diff', *saved)


@test
def halves_of_this_machine():
    """Of a group that watch makes, too: its limits and members are read and written."""
    for spec in HALVES[:3]:
        r = fault(spec, 'snap', '--json', '-i', '0')
        same(r.status, 0, f'{spec}: status ({r.err})')
        d, whole = json.loads(r.out), run('snap', '--json', '-i', '0').json
        same({k: v['status'] for k, v in d['sources'].items()},
             {k: v['status'] for k, v in whole['sources'].items()}, f'{spec}: sources')
        # A number below /proc/sys comes at the first read or never: what is cut is left out then.
        got, want = set(d['metrics']), set(whole['metrics'])
        check(got == want if 'EINTR' in spec else got <= want and len(got) > len(want) - 20,
              f'{spec}: metrics {sorted(got ^ want)}')
        same(d['ram']['total_kb'], whole['ram']['total_kb'], f'{spec}: RAM')
        r = fault(spec, 'watch', '--json', '-i', '0.02', '--', 'sleep', '0.1')
        same(r.status, 0, f'{spec}: status of watch ({r.err[-200:]})')
        json.loads(r.err)


def told(whole):
    """A file that could not be read is named, or the run is a failed one."""
    def judge(r):
        if r.status == 2 and r.err:
            return None
        if (r.status, r.out) == (whole.status, whole.out):
            return None
        if r.status != whole.status:
            return 'ends badly'
        try:
            a, b = json.loads(whole.out), json.loads(r.out)
        except ValueError:
            return 'no JSON'
        if 'sources' in a:
            return None if a['sources'] != b['sources'] else 'no source says that it was not read'
        return None if b['input']['warnings'] else 'no warning'
    return judge


@test
def failing_reads():
    root = ('--root', os.path.join(ROOTS, 'lab-sid-v2-k8s'))
    with folder() as d:
        put(d, 'kern.log', log())
        put(d, 'kern.log.1', log('anon-no-swap'))
        put(d, 'kern.log.2.gz', gzip.compress(log()))
        for call, error in (('read', 'EIO'), ('open', 'EACCES'), ('open', 'EMFILE'), ('getdents', 'EIO'),
                            ('read', 'ESRCH'), ('read', 'ENODEV')):
            for args in (('explain', '--json', d), ('snap', '--json', *root)):
                # a process or a group that is gone is no file that cannot be read
                judge = ends_or_none if error in ('ESRCH', 'ENODEV') else told(fault('', *args))
                sweep(lambda n: f'{call}:{n}:{error}', judge, *args, some=9 if error in ('ESRCH', 'ENODEV', 'EMFILE') else 24)


@test
def files_that_vanish():
    """Listed, and gone when they are opened: no more than a file that is not there."""
    root = ('--root', os.path.join(ROOTS, 'lab-sid-v2-k8s'))
    with folder() as d:
        put(d, 'kern.log', log())
        put(d, 'kern.log.1', log('anon-no-swap'))
        for args in (('explain', '--json', d), ('snap', '--json', *root), ('snap', *root),
                     ('top', '--batch', '-n', '1', *root)):
            sweep(lambda n: f'open:{n}:ENOENT', ends_or_none, *args, some=24)


def ends_or_none(r):
    return None if r.status in (0, 1) or (r.status == 2 and r.err) else 'ends badly'


@test
def this_machine_changes_while_it_is_read():
    """Processes and groups that end between two system calls."""
    for spec in ('read:%d:ESRCH', 'read:%d:ENODEV', 'open:%d:ENOENT', 'open:%d:EACCES', 'getdents:%d:EIO',
                 'read:%d:EIO'):
        for args in (('snap', '--json', '-i', '0'), ('top', '--batch', '-n', '2', '-d', '0.02'),
                     ('watch', '-i', '0.02', '--', 'sleep', '0.05')):
            sweep(lambda n: spec % n, ends_well, *args, some=4)


@test
def all_files_are_gone():
    for error in ('ENOENT', 'EACCES', 'EMFILE', 'EIO'):
        for args in (('snap', '-i', '0'), ('snap', '--json', '-i', '0'), ('top', '--batch', '-n', '1'),
                     ('explain', '/etc/passwd'), ('watch', '--', 'true')):
            r = fault(f'open:1+:{error}', *args)
            check(r.status in (0, 2) and (r.status == 0 or r.err), f'{shown(args)}: {error}: {r}')
            check(args[0] == 'watch' or r.status == 2, f'{shown(args)}: {error}: status {r.status}')


@test
def writes_that_fail():
    root = ('--root', captured.archive('host-6.18'))
    with folder() as d:
        path = put(d, 'kern.log', log())
        saved = put(d, 'saved', run('snap', '--json', *root).out)
        for args in (('explain', '--no-pager', path), ('explain', '--json', path), ('explain', '--ndjson', path),
                     ('explain', '--list', path), ('explain', '--raw', path), ('gfp', '0xcc0'),
                     ('gfp', '--json', '0xcc0'), ('snap', *root), ('snap', '--json', *root),
                     ('snap', '--diff', saved, saved), ('top', '--batch', '-n', '1', *root),
                     ('top', '--json', '-n', '1', *root), ('--help',), ('--version',), ('--man', 'snap'),
                     ('snap', '--help'), ('--completion', 'bash')):
            for error in ('ENOSPC', 'EIO'):
                r = fault(f'write:1:{error}', *args)
                check(r.injected, f'{args}: no write failed')
                check(r.status == 2 and os.strerror(28 if error == 'ENOSPC' else 5).encode() in r.err,
                      f'{shown(args)}: {error}: status {r.status}, {r.err}')
            r = fault('write:1:EPIPE', *args)
            check(r.status in (0, 1) and not r.err, f'{shown(args)}: EPIPE: status {r.status}, {r.err}')
            with open('/dev/full', 'wb') as full:
                with Process(*args, stdout=full) as p:
                    r = p.end()
            check(r.status == 2 and b'No space left' in r.err, f'{shown(args)} >/dev/full: {r.status} {r.err}')


@test
def report_of_watch_that_cannot_be_written():
    """The command's own status is what a script sees; the message says that the report is not there."""
    r = run('watch', '-o', '/dev/full', '--', 'sh', '-c', 'exit 7')
    check(r.status == 7 and b'No space left' in r.err, f'status {r.status}, {r.err}')
