# SPDX-License-Identifier: GPL-2.0-or-later
"""What few kernels print, put into a dump: what is read of it, and that what is broken is not."""

import json
import re

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


@test
def swap_that_lies_in_ram():
    """zram and zswap: by the size of the store's list of its pages, or by its place in the trace."""
    def verdict(kb=None, free=2 << 20, frame=None):
        rows = ['Unreclaimable slab info:', 'Name                      Used          Total',
                f'zs_handle             {kb}KB       {kb}KB'] if kb else []
        data = with_lines(rows, 'Tasks state', 'unaccounted', '5.9')
        data = re.sub(rb'Free swap  = \d+kB', b'Free swap  = %dkB' % free, data)
        data = re.sub(rb'Total swap = \d+kB', b'Total swap = %dkB' % (4 << 20), data)
        if frame:
            data = data.replace(b' dump_header+', frame.encode() + b'+')
        return explain(data=data).events[0]['verdict']

    for kb, free, frame, want in (
            (3400, 2 << 20, None, 'swap-unusable'), (3400, 0, None, 'anon-swap-full'),
            # a list of 1.6 MiB has some 820 MiB of pages, half of what is looked for
            (1680, 2 << 20, None, 'swap-unusable'), (1600, 2 << 20, None, 'unaccounted'),
            # so little was swapped out that the store cannot be what is looked for
            (3400, (4 << 20) - 700000, None, 'unaccounted'), (None, 2 << 20, None, 'unaccounted'),
            (None, 2 << 20, ' zs_malloc', 'swap-unusable'), (None, 2 << 20, ' zram_bvec_write', 'swap-unusable'),
            (None, 2 << 20, ' zswap_store', 'swap-unusable'), (None, 2 << 20, ' ? zs_malloc', 'unaccounted'),
            # the list tells more than the trace
            (312, 2 << 20, ' zs_malloc', 'unaccounted')):
        v = verdict(kb, free, frame)
        same(v['cause'], want, f'{kb} kB, {free} kB free, {frame}: {v["headline"]}')
        if want != 'unaccounted':
            check('zram or zswap' in v['headline'] and v['confidence'] != 'high', v)
            same(any('list of its pages' in (e['value'] or '') for e in v['evidence']), bool(kb), 'evidence')


TWICE = b'''[  100.000000] a.out invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
[  100.000001] Mem-Info:
[  100.000010] Tasks state (memory values in pages):
[  100.000011] [  pid  ]   %s      rss pgtables_bytes swapents oom_score_adj name
[  100.000012] [      5] 12345678     5   476761   423166   122880        0             0 a.out
[  100.000013] [      6]    22345     6       61       16       80        0             0 b.out
[  100.000015] Out of memory: Killed process 5 (a.out) total-vm:1907044kB, anon-rss:1692664kB, file-rss:0kB
'''


def once(pairs):
    """A JSON object that has no key twice."""
    keys = [k for k, _ in pairs]
    check(len(keys) == len(set(keys)), f'a key twice: {keys}')
    return dict(pairs)


@test
def a_table_that_names_a_column_twice():
    """No kernel prints such a header: the first of the two counts, and the others stay in their places."""
    for head, want in ((b'pid  tgid total_vm', {'pid': 5, 'tgid': 5, 'total_vm_pages': 476761, 'rss_pages': 423166}),
                       (b'uid   uid total_vm', {'pid': 5, 'uid': 12345678, 'rss_pages': 423166}),
                       (b'rss  tgid total_vm', {'pid': 5, 'tgid': 5, 'rss_pages': 12345678})):
        out = run('explain', '--ndjson', data=TWICE % head).out
        rows = json.loads(out.splitlines()[0], object_pairs_hook=once)['processes']
        same([r['comm'] for r in rows], ['a.out', 'b.out'], f'{head}: rows')
        same({k: rows[0].get(k) for k in want}, want, f'{head}: the first row')
        same(rows[0]['pgtables_bytes'], 122880, f'{head}: a column behind them')
