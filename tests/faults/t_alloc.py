# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory that is refused at each point where some is taken, whoever takes it: oomlens, the C library for
it, or another library. Those that die of it are named in faults.py."""

import gzip
import os
import shutil

import captured
from faults import ALL, ends_well, fault, same_or_told, sweep
from harness import check, folder, log, put, run, test, transport



def memory(n):
    return f'alloc:{n}:ENOMEM'


def compared(*args, some=24, **kw):
    # Without memory for a locale its character set is not known: plain characters are right then.
    plain = fault('', *args, **{**kw, 'env': {'LC_ALL': 'C'}})
    return sweep(memory, same_or_told(fault('', *args, **kw), plain), *args, some=some, **kw)


def large_dump():
    """More than one piece of memory for its lines, and a name that is long for every buffer."""
    text = log('anon-no-swap')
    row = next(ln for ln in text.splitlines(True) if b'] ' in ln and b'2718' in ln and b'heapgrinder' in ln)
    rows = b''.join(row.replace(b'2718', b'%d' % n) for n in range(5000, 6500))
    return text.replace(row, rows + row, 1)


@test
def explain_in_every_form():
    with folder() as d:
        path = put(d, 'kern.log', log())
        for form in ((), ('--full',), ('--list',), ('--raw',), ('--events',), ('--json',), ('--ndjson',),
                     ('--json', '-n', '3'), ('--list', '-n', '1')):
            compared('explain', '--no-pager', *form, path, some=100 if form in ((), ('--json',)) else 24)


@test
def explain_of_every_transport():
    for how in transport.TRANSPORTS if ALL else ('journal-json', 'journal-export', 'docker', 'cri', 'kmsg'):
        compared('explain', '--json', '-', data=log(how=how))
    compared('explain', '--list', '-', data=b'> ' + log().replace(b'\n', b'\n> '))


@test
def explain_of_a_large_dump():
    with folder() as d:
        path = put(d, 'kern.log', large_dump())
        compared('explain', '--json', path)
        compared('explain', '--no-pager', '--full', path)


@test
def explain_of_many_kills():
    """Incidents: names of victims, places and files are kept apart from the events."""
    with folder() as d:
        for n in range(3):
            put(d, f'kern.log.{3 - n}', b''.join(log(at=1710489600 + 1000 * n + 60 * k,
                                                     us=(n * 1000 + 60 * k + 1) * 10**6) for k in range(6)),
                mtime=1710489600 + 1000 * (n + 1))
        compared('explain', '--no-pager', d)


@test
def explain_with_jobs():
    """Which thread's memory is refused is chance; that the answer is whole or said not to be is not."""
    with folder() as d:
        paths = [put(d, f'{n}', log(at=1710489600 + 60 * n, us=(60 * n + 1) * 10**6)) for n in range(3)]
        for form in ((), ('--json',), ('--list', '-n', '2')):
            compared('explain', '--no-pager', *form, '--jobs=2', *paths)
        large = put(d, 'large', b'app: nothing at all\n' * 110000 + log() * 3 + b'app: nothing at all\n' * 110000)
        for form in ((), ('--json',)):
            compared('explain', '--no-pager', *form, '--jobs=2', large, env={'OOMLENS_CHUNK': '1'})


@test
def explain_of_what_is_packed():
    with folder() as d:
        path = put(d, 'kern.log.gz', gzip.compress(log()))
        compared('explain', '--list', path, some=100)
        put(d, 'var/log/kern.log', log())
        tar = shutil.make_archive(os.path.join(d, 'sos'), 'gztar', d, 'var')
        compared('explain', '--list', tar)
        os.unlink(tar)
        compared('explain', '--json', d)


@test
def gfp_and_help():
    compared('gfp', '0xcc0', '--kernel', '6.1')
    compared('gfp', '--json', 'GFP_KERNEL|__GFP_ZERO')
    for args in (('--help',), ('--version',), ('explain', '--help'), ('--man', 'snap'),
                 ('--completion', 'bash')):
        compared(*args)


@test
def snap_and_top_of_roots():
    for name in ('host-6.18', 'lab-5.10-v1-docker', 'lab-sid-v2-k8s')[0 if ALL else 2:]:
        root = ('--root', captured.archive(name))
        for args in (('snap',), ('snap', '--json'), ('snap', '--full'), ('top', '--batch', '-n', '1'),
                     ('top', '--json', '-n', '1'), ('top', '--batch', '-n', '1', '--view', 'groups')):
            compared(*args, *root, some=30)


@test
def snap_of_this_machine():
    for args in (('snap', '-i', '0'), ('snap', '-i', '0', '--pss', '--json'),
                 ('snap', '-i', '0', '--pid', str(os.getpid()))):
        sweep(memory, ends_well, *args, some=24)


@test
def snap_diff():
    """cJSON takes memory for each value."""
    with folder() as d:
        root = captured.archive('host-6.18')
        saved = put(d, 'saved', run('snap', '--json', '--root', root).out)
        other = put(d, 'other', run('snap', '--json', '-i', '0').out)
        check(os.path.getsize(saved) > 10000, 'nothing was saved')
        for form in ((), ('--json',)):
            compared('snap', *form, '--diff', saved, other)


@test
def top_and_watch():
    sweep(memory, ends_well, 'top', '--batch', '-n', '1', some=9)
    sweep(memory, ends_well, 'top', '--json', '-n', '2', '-d', '0.01', some=9)
    for form in ((), ('--json',)):
        sweep(memory, ends_well, 'watch', *form, '-i', '0.01', '--', 'true', some=9)
