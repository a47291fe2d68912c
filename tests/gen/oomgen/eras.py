# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that the generator can imitate, and how each of them numbers its gfp flags.

An era is a version plus the few places where a distribution's kernel prints something newer than
its version number says. Everything else asks for the version (e.since(4, 8))."""


class Era:
    def __init__(self, name, ver, release, year, gfp, **over):
        self.name, self.ver, self.release, self.year, self.gfp = name, ver, release, year, gfp
        self.over = over

    def since(self, *ver, flag=None):
        """True from mainline @ver on; a distribution kernel may say otherwise for @flag."""
        if flag is not None and flag in self.over:
            return self.over[flag]
        return self.ver >= ver

    def has(self, flag):
        return self.over.get(flag, False)


ERAS = {e.name: e for e in (
    Era('2.6.18', (2, 6, 18), '2.6.18-6-amd64', 2007, '2.6.18'),
    Era('2.6.20', (2, 6, 20), '2.6.20.9', 2007, '2.6.20'),
    Era('2.6.24', (2, 6, 24), '2.6.24-1-686', 2008, '2.6.24'),
    Era('2.6.28', (2, 6, 28), '2.6.28.7', 2009, '2.6.24'),
    Era('2.6.30', (2, 6, 30), '2.6.30-2-amd64', 2009, '2.6.24'),
    Era('2.6.32', (2, 6, 32), '2.6.32-5-amd64', 2010, '2.6.32'),
    Era('el6', (2, 6, 32), '2.6.32-642.el6.x86_64', 2016, '2.6.32', score_adj=True),
    Era('3.0', (3, 0), '3.0.0-2-686-pae', 2011, '3.0'),
    Era('3.2', (3, 2), '3.2.0-4-686-pae', 2013, '3.0'),
    Era('3.6', (3, 6), '3.6.11', 2012, '3.6'),
    Era('3.10', (3, 10), '3.10.14', 2013, '3.8'),
    Era('el7', (3, 10), '3.10.0-1160.el7.x86_64', 2020, 'el7', free_pcp=True, movable_only=True,
        page_counter=True, el7_kill=True, shmem_rss=True, rss_huge=True),
    Era('3.15', (3, 15), '3.15.5', 2014, '3.8', broken_task_in=True),
    Era('4.4', (4, 4), '4.4.0-31-generic', 2016, '4.4'),
    Era('4.6', (4, 6), '4.6.2', 2016, '4.5'),
    Era('4.9', (4, 9), '4.9.0-8-amd64', 2018, '4.5'),
    Era('4.11', (4, 11), '4.11.6', 2017, '4.10'),
    Era('4.15', (4, 15), '4.15.0-29-generic', 2018, '4.15'),
    Era('el8', (4, 18), '4.18.0-147.el8.x86_64', 2019, '4.18', single_kill=True,
        deadlock_panic=True),
    Era('el8.10', (4, 18), '4.18.0-553.el8_10.x86_64', 2024, '4.18', single_kill=True,
        deadlock_panic=True, oom_kill_line=True, tasks_state=True, no_unstable=True,
        node_kstack=True, node_pgtables=True, kill_54=True, memcg_stat_text=True),
    Era('4.20', (4, 20), '4.20.3', 2019, '4.18'),
    Era('5.0', (5, 0), '5.0.0-13-generic', 2019, '4.18'),
    Era('5.1', (5, 1), '5.1.5', 2019, '5.2'),
    Era('5.4', (5, 4), '5.4.0-42-generic', 2020, '5.2'),
    Era('5.9', (5, 9), '5.9.2', 2020, '5.2'),
    Era('5.15', (5, 15), '5.15.0-91-generic', 2024, '5.14'),
    Era('6.1', (6, 1), '6.1.0-18-amd64', 2024, '5.18'),
    Era('6.8', (6, 8), '6.8.0-31-generic', 2024, '6.4'),
    Era('6.12', (6, 12), '6.12.9-amd64', 2025, '6.10'),
    Era('6.19', (6, 19), '6.19.2', 2026, '6.10'),
    Era('7.2', (7, 2), '7.2.13-amd64', 2026, '6.10'),
)}

# Values of one bit per flag. Each numbering is the one before it with changes.
_OLD = dict(DMA=0x1, HIGHMEM=0x2, DMA32=0x4, WAIT=0x10, HIGH=0x20, IO=0x40, FS=0x80, COLD=0x100,
            NOWARN=0x200, REPEAT=0x400, NOFAIL=0x800, NORETRY=0x1000, COMP=0x4000, ZERO=0x8000,
            NOMEMALLOC=0x10000, HARDWALL=0x20000)


def _with(base, drop=(), **new):
    d = {k: v for k, v in base.items() if k not in drop}
    d.update(new)
    return d


_2_6_20 = _with(_OLD, THISNODE=0x40000)
_2_6_24 = _with(_2_6_20, RECLAIMABLE=0x80000, MOVABLE=0x100000)
_2_6_32 = _with(_2_6_24, MOVABLE=0x8)
_3_0 = _with(_2_6_32, NOTRACK=0x200000, NO_KSWAPD=0x400000, OTHER_NODE=0x800000)
_3_6 = _with(_3_0, WRITE=0x1000000, MEMALLOC=0x2000)
_3_8 = _with(_3_6, KMEMCG=0x100000)
_4_4 = _with(_3_8, drop=('WAIT', 'KMEMCG', 'NO_KSWAPD'), RECLAIMABLE=0x10, ATOMIC=0x80000,
             DIRECT_RECLAIM=0x400000, KSWAPD_RECLAIM=0x2000000, NOACCOUNT=0x100000)
_4_5 = _with(_4_4, drop=('NOACCOUNT',), ACCOUNT=0x100000)
_4_10 = _with(_4_5, drop=('OTHER_NODE',), WRITE=0x800000, KSWAPD_RECLAIM=0x1000000)
_4_15 = _with(_4_10, drop=('COLD', 'NOTRACK', 'REPEAT'), RETRY_MAYFAIL=0x400)
_4_18 = _with(_4_15, WRITE=0x100, DIRECT_RECLAIM=0x200000, KSWAPD_RECLAIM=0x400000)
_5_2 = dict(DMA=0x1, HIGHMEM=0x2, DMA32=0x4, MOVABLE=0x8, RECLAIMABLE=0x10, HIGH=0x20, IO=0x40,
            FS=0x80, ZERO=0x100, ATOMIC=0x200, DIRECT_RECLAIM=0x400, KSWAPD_RECLAIM=0x800,
            WRITE=0x1000, NOWARN=0x2000, RETRY_MAYFAIL=0x4000, NOFAIL=0x8000, NORETRY=0x10000,
            MEMALLOC=0x20000, COMP=0x40000, NOMEMALLOC=0x80000, HARDWALL=0x100000,
            THISNODE=0x200000, ACCOUNT=0x400000)
GFP = {
    '2.6.18': _OLD, '2.6.20': _2_6_20, '2.6.24': _2_6_24, '2.6.32': _2_6_32, '3.0': _3_0,
    '3.6': _3_6, '3.8': _3_8, 'el7': _with(_3_8, drop=('KMEMCG',), ACCOUNT=0x100000), '4.4': _4_4,
    '4.5': _4_5, '4.10': _4_10, '4.15': _4_15, '4.18': _4_18, '5.2': _5_2,
    '5.14': _with(_5_2, ZEROTAGS=0x800000, SKIP_KASAN_POISON=0x1000000),
    '5.18': _with(_5_2, ZEROTAGS=0x800000),
    '6.4': _with(_5_2, drop=('ATOMIC',), ZEROTAGS=0x800000),
    '6.10': _with(_5_2, drop=('ATOMIC',), ZEROTAGS=0x800000, NO_OBJ_EXT=0x1000000),
}


def gfp_bits(era, names):
    """('GFP_KERNEL', '__GFP_ZERO') as the set of single flags that the era means by them."""
    bits = GFP[era.gfp]
    reclaim = {'DIRECT_RECLAIM', 'KSWAPD_RECLAIM'} if 'DIRECT_RECLAIM' in bits else {'WAIT'}
    out = set()
    for n in names:
        if n.startswith('__GFP_'):
            out.add(n[6:])
            continue
        if n == 'GFP_ATOMIC':
            out |= {'HIGH'} | ({'KSWAPD_RECLAIM'} if 'KSWAPD_RECLAIM' in bits else set())
            out |= {'ATOMIC'} if 'ATOMIC' in bits else set()
        elif n == 'GFP_NOWAIT':
            out |= {'KSWAPD_RECLAIM'} if 'KSWAPD_RECLAIM' in bits else set()
            out |= {'NOWARN'} if era.since(6, 8) else set()
        elif n == 'GFP_DMA32':
            out.add('DMA32')
        elif n == 'GFP_DMA':
            out.add('DMA')
        else:
            out |= reclaim
            if n != 'GFP_NOIO':
                out.add('IO')
            if n not in ('GFP_NOIO', 'GFP_NOFS'):
                out.add('FS')
            if n == 'GFP_KERNEL_ACCOUNT':
                out.add('ACCOUNT')
            if n.startswith(('GFP_USER', 'GFP_HIGHUSER')):
                out.add('HARDWALL')
            if n.startswith('GFP_HIGHUSER'):
                out.add('HIGHMEM')
            if n == 'GFP_HIGHUSER_MOVABLE':
                out |= {'MOVABLE'} if 'MOVABLE' in bits else set()
                out |= {'SKIP_KASAN_POISON'} if 'SKIP_KASAN_POISON' in bits else set()
    return {b for b in out if b in bits}


def gfp_mask(era, names):
    return sum(GFP[era.gfp][b] for b in gfp_bits(era, names))
