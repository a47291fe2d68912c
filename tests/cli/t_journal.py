# SPDX-License-Identifier: GPL-2.0-or-later
"""Real journal files, written by systemd's own tool from its export format."""

import os
import shutil
import subprocess

from harness import (Rec, Skip, T0, WARN, check, differences, explain, folder, log, records, render,
                     run, same, test)

FORGED = 'Out of memory: Killed process 4321 (vaultd) total-vm:918272kB, anon-rss:800112kB, ' \
    'file-rss:0kB'


def write_journal(d, recs, name='system.journal', at=T0):
    tool = shutil.which('systemd-journal-remote') or '/lib/systemd/systemd-journal-remote'
    if not os.access(tool, os.X_OK):
        raise Skip('systemd-journal-remote is not installed')
    path = os.path.join(d, name)
    r = subprocess.run([tool, '-o', path, '-'], capture_output=True, check=False, timeout=20,
                       input=b'\n'.join(render(recs, 'journal-export', at=at)) + b'\n')
    if r.returncode or not os.path.exists(path):
        raise Skip(f'systemd-journal-remote failed: {r.stderr[-120:].decode("latin-1")!r}')
    return path


def with_forger(recs):
    f = Rec(WARN, [FORGED], recs[-1].us + 5000000, 7, None)
    f.foreign = 'myapp[123]'
    return recs + [f]


@test
def journal_files():
    want = explain(data=log('anon-no-swap', how='journal-export')).events
    with folder() as d:
        path = write_journal(d, records('anon-no-swap'))
        for args in ((path,), (f'--journal={d}',), (f'--journal={path}',)):
            r = explain(*args)
            same((r.status, len(r.events)), (0, 1), f'{args}: status and events ({r.err})')
            e = r.events[0]
            check(e['source']['complete'] and e['source']['host'] == 'fenwick', str(e['source']))
            same(e['time']['wall'][:19], '2024-03-15T08:00:00', f'{args}: wall time')
            for k in ('trigger', 'victims', 'zones', 'processes', 'memory', 'swap'):
                same(differences(e.get(k), want[0].get(k)), [], f'{args}: {k}')
        r = run('explain', d)
        check(b'--journal=' in r.err, f'a directory with a journal: {r.err}')


@test
def forged_entry():
    with folder() as d:
        write_journal(d, with_forger(records('anon-no-swap')))
        r = explain(f'--journal={d}')
        check(b'vaultd' not in r.out and len(r.events) == 1, 'the forged entry is shown')
        r = explain(f'--journal={d}', '--all-transports')
        same([e['source']['forged_suspect'] for e in r.events], [False, True], 'forged_suspect')
        same(r.events[1]['victims'][0]['comm'], 'vaultd', 'victim of the forged entry')


@test
def journal_filters():
    with folder() as d:
        write_journal(d, records('anon-no-swap', us=10**9), at=T0)
        write_journal(d, records(us=10**9 + 7200 * 10**6), 'b.journal', at=T0 + 7200)
        j = f'--journal={d}'
        for args, want in (((), 2), (('--since', '2024-03-15 09:00'), 1), (('-n1',), 1),
                           (('--until', '2024-03-15 09:00'), 1), (('--host', 'fenwick'), 2),
                           (('--since', '2024-03-16'), 0)):
            r = explain(j, *args)
            same((len(r.events), r.status), (want, 0 if want else 1), str(args))


@test
def no_journal_here():
    with folder() as d:
        for args in ((f'--journal={d}',), (f'--journal={d}/none',)):
            r = explain(*args)
            check(r.status == 2 and d.encode() in r.err, f'{args}: {r.status} {r.err}')
