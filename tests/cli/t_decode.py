# SPDX-License-Identifier: GPL-2.0-or-later
"""What few kernels print, put into a dump: what is read of it, and that what is broken is not."""

from harness import Rec, WARN, check, explain, records, render, run, same, test


def with_lines(lines, before, case='anon-no-swap', era='6.12', **opts):
    """A log with a dump that has these lines before its first one that begins with @before."""
    recs = records(case, era, **opts)
    at = next(i for i, r in enumerate(recs) if r.lines[0].startswith(before))
    recs[at:at] = [Rec(WARN, [text], recs[at].us, recs[at].task, None) for text in lines]
    return b''.join(ln + b'\n' for ln in render(recs))


@test
def allocations_by_place():
    data = with_lines(['Memory allocations:',
                       '    1.21 GiB    32768 mm/slub.c:2319 func:alloc_slab_page',
                       '        96 B       12 drivers/net/x.c:17 [mlx5_core] func:a',
                       '     1023 KiB       3 mm/a.c:1 func:b',
                       '      12 XiB        3 mm/no_unit.c:1 func:c',
                       '  70000000 PiB      3 mm/too_large.c:1 func:d',
                       '      4096 PiB      3 mm/too_large.c:2 func:d',
                       '      1.5 MiB     many mm/no_number.c:1 func:e',
                       '      2.500 MiB      7 mm/last.c:9 func:f'], 'Tasks state')
    got = explain(data=data).events[0]
    same([(a['site'], a['bytes'], a['size_printed'], a['calls']) for a in got['allocations']],
         [('mm/slub.c:2319 func:alloc_slab_page', (121 << 30) // 100, '1.21 GiB', 32768),
          ('drivers/net/x.c:17 [mlx5_core] func:a', 96, '96 B', 12),
          ('mm/a.c:1 func:b', 1023 << 10, '1023 KiB', 3),
          ('mm/last.c:9 func:f', 5 << 19, '2.500 MiB', 7)], 'allocations')
    check(len(got['processes']) == 8, 'the table behind it')
    full = run('explain', '--full', data=data).out.decode()
    check('1.21 GiB in 32768 calls  mm/slub.c:2319 func:alloc_slab_page' in full, 'not in --full')
