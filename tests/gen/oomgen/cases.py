# SPDX-License-Identifier: GPL-2.0-or-later
"""Incidents: a machine in trouble, what the kernel did about it, and the truth about both.

Every function takes an Era and options and returns (Dump, causes that the numbers prove, why).
The numbers are designed so that one cause holds and its rivals do not."""

from .dump import Dump
from .eras import GFP, gfp_bits, gfp_mask
from .model import Machine, Task, tasks_for

MOVABLE = ('GFP_HIGHUSER_MOVABLE',)
KERNEL = ('GFP_KERNEL',)
ID64 = '7be1a90c34d2f58e6b07c1d9e8f2a4b35c6d7e8f90a1b2c3d4e5f60718293a4b'
POD = '3f9c2d1e-77aa-4b0d-9c51-0d2e8f6a7b14'


def movable(era):
    if 'MOVABLE' not in GFP[era.gfp]:
        return ('GFP_HIGHUSER',)
    return MOVABLE + (('__GFP_COLD',) if (2, 6, 32) <= era.ver < (4, 15) else ())


def truth(dump):
    """What score.py compares with, from the model alone."""
    e, m, i = dump.e, dump.m, dump.inc
    kind = i.get('kind', 'oom')
    alone = i.get('kill_only')
    t = {'kind': kind}
    if not alone:
        if i.get('show_trigger', True):
            if kind not in ('oom', 'panic') or e.since(2, 6, 19):
                t['trigger_comm'] = i['trigger']
            if e.since(2, 6, 24) or kind == 'alloc_failure' and e.since(2, 6, 24):
                t['trigger_pid'] = i['trigger_pid']
        t['gfp_mask'] = f"0x{gfp_mask(e, i['gfp']):x}"
        t['gfp_bits'] = sorted('__GFP_' + b for b in gfp_bits(e, i['gfp']))
        t['order'] = i.get('order', 0) if i.get('show_trigger', True) else None
    t['constraint'] = i.get('constraint')
    g = i.get('memcg') or {}
    t['oom_memcg'] = g.get('path') if not alone else None
    t['container_id'], t['pod_uid'] = i.get('container_id'), i.get('pod_uid')
    v = i.get('child') or i.get('victim')
    if i.get('panic') or kind == 'alloc_failure':
        v = None
    sized = v is not None and e.since(2, 6, 34, flag='score_adj')
    t['victim_comm'] = v.comm if v else None
    t['victim_pid'] = v.pid if v else None
    t['victim_anon_rss_kb'] = v.anon * m.page_kb if sized else None
    t['victim_total_vm_kb'] = v.vm * m.page_kb if sized else None
    t['memcg_limit_kb'] = g.get('limit_kb') if not alone else None
    t['memcg_usage_kb'] = g.get('usage_kb') if not alone else None
    rows = i.get('tasks') if e.since(2, 6, 25) and kind in ('oom', 'panic') and not alone else None
    t['process_table_rows'] = len(rows) if rows else None
    mem = not alone and i.get('show_meminfo', True) and (not g or not e.since(3, 9))
    t['zones'] = [{'node': z.node if m.numa else None, 'zone': z.name,
                   **{f'{k}_kb': m.zone_kb(z, k) for k in ('free', 'min', 'low', 'high')}}
                  for z in dump.shown()] if mem else None
    t['ram_pages'] = m.ram_pages if mem else None
    t['swap_total_kb'] = m.swap_total_kb if mem else None
    t['swap_free_kb'] = m.swap_free_kb if mem else None
    split = mem and e.since(2, 6, 32)
    for k in ('slab_reclaimable', 'slab_unreclaimable'):
        t[k + '_pages'] = m.sum(k) if split else None
    return t


def victim_reason(dump):
    """Why this one died, where table and kill lines tell; else None."""
    e, i = dump.e, dump.inc
    if i.get('panic') == 'no_killable':
        return 'none-killable'
    if i.get('kind', 'oom') != 'oom' or i.get('panic') or not e.since(2, 6, 25):
        return None
    return i.get('victim_reason', 'largest')


BASE = dict(active_anon=40, inactive_anon=12, active_file=1, inactive_file=1, unevictable=0,
            slab_reclaimable=2, slab_unreclaimable=3, pagetables=1, kernel_stack=1, unaccounted=1)


def prepare(era, arch, nodes, ram_mb, seed, min_kb=6144, free=None):
    m = Machine(era, arch, nodes, ram_mb, seed)
    m.set_marks(min_kb, free)
    # DMA is free as far as the reserve protects it, else the request had been served.
    dma = m.zone(0, 'DMA')
    if m.page_kb == 4:
        reserve = max(dma.reserve[:2 if arch == 'i386' else None])
        dma.free = min(dma.managed - 4, dma.min + reserve - 9)
    return m


def incident(m, weights, shmem=0, mapped=None, swap=(0, 0), big=(2718, 'heapgrinder', 1000, 0),
             swapped=0, extra=(), only=None, rest=None, **over):
    """Fill the machine, hand its anonymous pages to tasks, and say who asked and who died."""
    m.fill(weights, only)
    if only is not None:
        m.fill(rest, [(z.node, z.name) for z in m.zones if (z.node, z.name) not in only])
    m.swap_total_kb, m.swap_free_kb = swap
    m.side('shmem', shmem)
    m.side('mapped', mapped if mapped is not None else m.sum('active_file') // 3 + 40)
    if not m.zones[-1].buddy:
        m.buddies(over.pop('largest', None))
    anon = m.sum('active_anon') + m.sum('inactive_anon') + m.sum('unevictable') - shmem
    tasks, big_t = tasks_for(m, big, anon, m.sum('mapped'), pagetables=m.sum('pagetables'),
                             swap=swapped, extra=extra, shmem_big=over.pop('shmem_big', 0))
    inc = dict(trigger='heapgrinder', trigger_pid=big[0], gfp=movable(m.era), constraint='none',
               tasks=tasks, victim=big_t, task_path='/system.slice/heapgrinder.service')
    inc.update(over)
    if 'score' not in inc:
        total = m.ram_pages - m.reserved_pages + m.swap_total_kb // m.page_kb
        inc['score'] = (big_t.rss + big_t.swap + big_t.ptes + big_t.pmds) * 1000 // total
    return inc


US = 84213557310


def anon_no_swap(era, arch='x86_64', nodes=1, ram_mb=2048, seed=1, **over):
    m = prepare(era, arch, nodes, ram_mb, seed)
    inc = incident(m, BASE, **over)
    return Dump(era, m, inc, US), ['anon-no-swap'], \
        'there is no swap; anonymous memory is most of RAM, file cache and slab are small'


def anon_swap_full(era, arch='x86_64', nodes=1, ram_mb=2048, seed=2, **over):
    m = prepare(era, arch, nodes, ram_mb, seed)
    m.swap_cache = 211
    inc = incident(m, BASE, swap=(1048572, 84), swapped=252000, **over)
    return Dump(era, m, inc, US), ['anon-swap-full'], \
        'anonymous memory is most of RAM and 84 kB of 1048572 kB swap are left'


def lowmem(era, seed=3, trigger='pagewright', slab='slab_unreclaimable', **over):
    """32 bits: lowmem is full of inodes, HighMem has plenty, the request may not use it."""
    m = prepare(era, 'i386', 1, 4096, seed, min_kb=3704,
                free={(0, 'HighMem'): 310000})
    low = dict(active_anon=0, inactive_anon=0, active_file=1, inactive_file=1, unevictable=0,
               slab_reclaimable=60, slab_unreclaimable=20, pagetables=6, kernel_stack=4,
               unaccounted=8)
    high = dict(active_anon=20, inactive_anon=4, active_file=30, inactive_file=44)
    inc = incident(m, low, only=[(0, 'DMA'), (0, 'Normal')], rest=high, swap=(1951892, 1951892),
                   trigger=trigger, gfp=KERNEL, trace='kernel', **over)
    inc['trigger_pid'] = 903
    return Dump(era, m, inc, US), ['lowmem-exhaustion'], \
        'GFP_KERNEL may use DMA and Normal only: Normal is below min, DMA is below min plus its ' \
        'reserve, while HighMem has more than 1 GB free'


def fragmentation(era, order=4, seed=4, kind='alloc_failure', arch='x86_64', **over):
    m = Machine(era, arch, 1, 2048, seed)
    m.set_marks(5632)
    plenty = {z.name: z.high * 4 for z in m.zones}
    for z in m.zones:
        z.free = z.managed // 40 if z.name == 'DMA' else plenty[z.name]
    for z in m.zones:
        if z.name == 'DMA':
            z.free = min(z.free, 90)
    m.buddies(order - 1)
    for z in m.zones:  # nothing of the order asked for, in any zone
        for k in range(order, m.orders):
            z.buddy[0] += z.buddy[k] << k
            z.buddy[k] = 0
    w = dict(BASE, active_file=9, inactive_file=11, active_anon=20)
    gfp = over.pop('gfp', KERNEL + ('__GFP_COMP',))
    trigger = over.pop('trigger', 'gravelcamd')
    inc = incident(m, w, swap=(1048572, 903112), swapped=20000, kind=kind, order=order, gfp=gfp,
                   trigger=trigger, trace='highorder' if kind == 'alloc_failure' else 'fork',
                   **over)
    inc['trigger_pid'] = 1402
    if kind == 'alloc_failure':
        inc['constraint'] = None
    return Dump(era, m, inc, US), ['fragmentation'], \
        f'order {order} asked for; every zone is well above its high mark but no free block is ' \
        f'larger than order {order - 1}'


def slab_unreclaimable(era, seed=5, **over):
    m = prepare(era, 'x86_64', 1, 2048, seed)
    w = dict(BASE, active_anon=5, inactive_anon=2, slab_unreclaimable=90)
    rows = [('flint_session', 0), ('kmalloc-1k', 61), ('filp', 9), ('dma-kmalloc-96', 0)]
    inc = incident(m, w, gfp=KERNEL, trace='kernel', **over)
    total = m.sum('slab_unreclaimable') * m.page_kb
    inc['slabs'] = [(n, (s or total * 7 // 10) - (s or total) // 50, s or total * 7 // 10)
                    for n, s in rows[:3]]
    return Dump(era, m, inc, US), ['slab-unreclaimable'], \
        'unreclaimable slab is more than three quarters of RAM, and no swap could help'


def slab_pinned(era, seed=6, **over):
    m = prepare(era, 'x86_64', 1, 2048, seed)
    w = dict(BASE, active_anon=6, inactive_anon=2, slab_reclaimable=90, slab_unreclaimable=5)
    inc = incident(m, w, gfp=('GFP_NOFS',), trace='kernel', swap=(524284, 502180), **over)
    return Dump(era, m, inc, US), ['slab-pinned'], \
        'reclaimable slab is more than three quarters of RAM and was not given back; swap is free'


def shmem(era, arch='x86_64', seed=7, ram_mb=2048, **over):
    m = prepare(era, arch, 1, ram_mb, seed)
    managed = m.sum('managed') - m.sum('free')
    w = dict(BASE, active_anon=4, inactive_anon=50)
    inc = incident(m, w, shmem=managed * 7 // 10, **over)
    return Dump(era, m, inc, US), ['shmem'], \
        'shmem is more than two thirds of RAM, the tasks map next to none of it, there is no swap'


def page_tables(era, seed=8, **over):
    m = prepare(era, 'x86_64', 1, 2048, seed)
    w = dict(BASE, active_anon=8, inactive_anon=2, pagetables=70)
    inc = incident(m, w, gfp=KERNEL + ('__GFP_ZERO',), trace='kernel', **over)
    return Dump(era, m, inc, US), ['page-tables'], 'page tables are more than two thirds of RAM'


def hugepages(era, seed=9, **over):
    m = prepare(era, 'x86_64', 1, 4096, seed)
    w = dict(BASE, active_anon=8, inactive_anon=4)
    pool = 1600
    for z in m.zones:
        if z.name == 'DMA32':
            z.hugetlb = pool * 512 if z.managed - z.free > pool * 512 + 9000 else 1200 * 512
            pool_here = z.hugetlb // 512
            z.managed_rest = z.managed - z.free - z.hugetlb
    for z in m.zones:  # the pool is taken out of what fill() shares out
        z.managed -= z.hugetlb
    m.fill(w)
    for z in m.zones:
        z.managed += z.hugetlb
    m.huge = [(0, 2048, pool_here, pool_here, 0), (0, 1048576, 0, 0, 0)]
    m.buddies()
    inc = _without_fill(m, **over)
    return Dump(era, m, inc, US), ['hugepages-reserved'], \
        f'{pool_here} huge pages of 2 MB are reserved and all of them are free: more than half ' \
        'of RAM that nobody uses and nobody else may have'


def _without_fill(m, **over):
    fill, m.fill = m.fill, lambda *a: None
    try:
        return incident(m, {}, **over)
    finally:
        m.fill = fill


def unaccounted(era, seed=10, **over):
    m = prepare(era, 'x86_64', 1, 2048, seed)
    w = dict(BASE, active_anon=5, inactive_anon=2, unaccounted=90)
    inc = incident(m, w, swap=(524284, 520180), **over)
    return Dump(era, m, inc, US), ['unaccounted'], \
        'all printed counters together are less than a fifth of RAM; swap is free'


def numa_policy(era, constraint='mempolicy', seed=11, **over):
    """Two nodes; the request is bound to node 1, which is full; node 0 has room."""
    m = Machine(era, 'x86_64', 2, 8192, seed)
    m.set_marks(11264)
    for z in m.zones:
        if z.node == 0:
            z.free = z.managed // 2 if z.name != 'DMA' else z.managed - 4
    w1 = dict(BASE)
    inc = incident(m, w1, only=[(1, 'Normal')], rest=dict(BASE, active_file=30, inactive_file=30),
                   constraint=constraint, show_nodes=[1], **over)
    if constraint == 'mempolicy':
        inc['nodemask'] = '1'
    else:
        inc['mems'], inc['cpuset'] = '1', 'batch1'
    return Dump(era, m, inc, US), ['numa-policy'], \
        'the request was bound to node 1, which is below min; the machine has a second node of ' \
        'the same size'


def manual(era, seed=12, **over):
    m = prepare(era, 'x86_64', 1, 2048, seed)
    for z in m.zones:
        z.free = max(z.free, z.managed // 2)
    inc = incident(m, dict(BASE, active_file=30, inactive_file=40), gfp=KERNEL, order=-1,
                   sysrq=True, trace='sysrq', **over)
    inc['trigger'], inc['trigger_pid'] = 'kworker/0:3', 735
    return Dump(era, m, inc, US), ['manual'], 'order -1: SysRq-f; half of RAM is free'


def reclaim_stall(era, seed=13, **over):
    m = prepare(era, 'x86_64', 1, 2048, seed)
    w = dict(BASE, active_anon=12, inactive_anon=4, active_file=24, inactive_file=56)
    inc = incident(m, w, swap=(1048572, 1013244), **over)
    files = m.sum('active_file') + m.sum('inactive_file')
    m.side('writeback', files // 2)
    m.side('dirty', files // 6)
    return Dump(era, m, inc, US), ['reclaim-stall'], \
        'more than two thirds of RAM is file cache, most of it dirty or under writeback; ' \
        'swap is free'


def mlocked(era, seed=14, **over):
    m = prepare(era, 'x86_64', 1, 2048, seed)
    w = dict(BASE, active_anon=6, inactive_anon=2, unevictable=90)
    inc = incident(m, w, swap=(1048572, 1040012), **over)
    for z in m.zones:
        z.mlocked = z.unevictable
    return Dump(era, m, inc, US), ['mlocked'], \
        'unevictable and mlocked memory is more than three quarters of RAM; swap is free'


def memcg(era, what='anon', version=None, seed=15, path='/tenants/blue', task_path=None,
          limit_kb=262144, group=0, swap_kb=0, **over):
    """A container at its limit. @what is the largest part of its charge."""
    arch = over.pop('arch', 'x86_64')
    m = prepare(era, arch, 1, 4096, seed)
    page = m.page_kb
    version = version or (2 if era.since(5, 3) else 1)
    part = {'anon': 4, 'file': 3, 'shmem': 3, 'kernel': 3}
    part[what] = 90
    kb = {k: limit_kb * p // 100 // page * page for k, p in part.items()}
    kb['anon' if what != 'anon' else 'file'] += limit_kb - sum(kb.values())
    g = dict(path=path, task_path=task_path or path, version=version, usage_kb=limit_kb,
             limit_kb=limit_kb, failcnt=7104, anon_kb=kb['anon'], file_kb=kb['file'],
             shmem_kb=kb['shmem'], kernel_kb=kb['kernel'], swap_kb=swap_kb)
    if what == 'kernel':
        g['slab_kb'] = kb['kernel'] * 9 // 10
        g['pagetables_kb'] = kb['kernel'] // 40
    else:
        g['pagetables_kb'] = kb['kernel'] // 3
        g['slab_kb'] = kb['kernel'] // 3
    if what == 'file':
        g['dirty_kb'], g['writeback_kb'] = kb['file'] // 3, kb['file'] // 2
    adj = over.get('adj', 0)
    anon = kb['anon'] // page
    small = [Task(30101, 'pause', 65535, anon=2, file=4, adj=-998 if 'pod' in path else 0),
             Task(30177, 'lanternd', 1000, anon=anon // 9, file=220 * 4 // page, adj=adj)]
    big = Task(30204, 'thumbworker', 1000, anon=anon - sum(t.anon for t in small),
               file=310 * 4 // page, shmem=kb['shmem'] // page // 2 if what == 'shmem' else 0,
               adj=adj)
    inc = dict(trigger='thumbworker', trigger_pid=30204, gfp=over.pop('gfp', KERNEL),
               constraint='memcg', memcg=g, tasks=small + [big], victim=big, trace='memcg')
    inc['score'] = big.rss * 1000 // (limit_kb // page)
    if group:
        inc['group'] = [big, small[1]]
        inc['victim_reason'] = 'group'
    inc.update(over)
    if not era.since(3, 9):
        m.zone(0, 'DMA32').free = 90000
        m.fill(dict(BASE, active_file=40, inactive_file=60))
        m.side('mapped', 3000)
        m.buddies()
    name = {'file': 'page-cache'}.get(what, what)
    return Dump(era, m, inc, US), [f'memcg-limit-{name}'], \
        f'usage is at the limit of {limit_kb} kB and {kb[what]} kB of it are {what}'


def kill_only(era, seed=16, **over):
    d, _, _ = anon_no_swap(era, seed=seed, **over)
    d.inc.update(kill_only=True, kind='kill_only')
    if not era.since(5, 0, flag='oom_kill_line'):
        d.inc['constraint'] = None
    return d, ['unknown', 'anon-no-swap'], 'only the lines of the kill are there'


def panic(era, why='panic_on_oom', seed=17, **over):
    d, causes, text = anon_no_swap(era, seed=seed, **over)
    d.inc.update(panic=why, kind='panic')
    if why == 'no_killable':
        d.inc['tasks'] = [t for t in d.inc['tasks'] if t.adj == -1000]
        for t in d.m.zones:  # what the tasks do not have, nobody has: a leak
            t.unaccounted += t.active_anon + t.inactive_anon
            t.active_anon = t.inactive_anon = 0
        anon = sum(t.anon for t in d.inc['tasks'])
        d.m.zones[-1].active_anon = anon
        d.m.zones[-1].unaccounted -= anon
        pt = sum(t.ptes + t.pmds for t in d.inc['tasks'])
        for z in d.m.zones:
            z.unaccounted += z.pagetables
            z.pagetables = 0
        d.m.zones[-1].pagetables, d.m.zones[-1].unaccounted = pt, d.m.zones[-1].unaccounted - pt
        return d, ['unaccounted'], 'nothing killable is left and the printed counters are a ' \
            'small part of RAM'
    return d, causes, text


def stall(era, seed=18, **over):
    d, _, _ = reclaim_stall(era, seed=seed)
    d.inc.update(kind='alloc_failure', stall_ms=10412, constraint=None, trigger='tilecache',
                 trigger_pid=903, trace='stall', gfp=('GFP_NOFS',), **over)
    return d, ['reclaim-stall', 'unknown'], 'the request waited ten seconds while most of RAM ' \
        'was dirty file cache'


def atomic(era, order=0, seed=19, arch='x86_64', **over):
    m = prepare(era, arch, 1, 2048, seed)
    for z in m.zones:
        z.free = min(z.free, max(4, z.min // 5))
    inc = incident(m, dict(BASE, active_file=20, inactive_file=40), swap=(1048572, 1000188),
                   kind='alloc_failure', constraint=None, order=order, gfp=('GFP_ATOMIC',),
                   trigger='swapper/1', trace='atomic', **over)
    inc['trigger_pid'] = 0
    return Dump(era, m, inc, US), ['reclaim-stall', 'unknown'], \
        'an atomic request cannot wait; most of RAM is file cache'


def slub(era, seed=20, **over):
    m = Machine(era, 'x86_64', 1, 2048, seed)
    inc = dict(trigger='-', trigger_pid=0, gfp=('GFP_ATOMIC',), kind='alloc_failure',
               constraint=None, show_trigger=False, show_meminfo=False, slub=True)
    return Dump(era, m, inc, US), ['unknown'], 'a SLUB failure carries no memory counters'


def score_adjusted(era, seed=21, **over):
    """The largest task is protected, a smaller one was offered."""
    d, causes, text = anon_no_swap(
        era, seed=seed, big=(2718, 'heapgrinder', 1000, -500),
        extra=[dict(pid=3311, comm='lanternd', uid=991, anon=60000, file=900, adj=600)], **over)
    d.inc['victim'] = next(t for t in d.inc['tasks'] if t.pid == 3311)
    d.inc['victim_reason'], d.inc['score'] = 'score-adjusted', 719
    return d, causes, text


def child(era, seed=22, **over):
    """Kernels before 5.1 kill a child of the chosen task when it has memory of its own."""
    d, causes, text = anon_no_swap(
        era, seed=seed, extra=[dict(pid=2730, comm='grinder-child', uid=1000, anon=4100, file=300)],
        **over)
    d.inc['child'] = next(t for t in d.inc['tasks'] if t.pid == 2730)
    d.inc['victim_reason'] = 'child-of-largest'
    return d, causes, text


def allocating(era, seed=23, **over):
    """vm.oom_kill_allocating_task: who asked dies, however small."""
    d, causes, text = anon_no_swap(era, seed=seed, **over)
    d.inc['victim'] = next(t for t in d.inc['tasks'] if t.comm == 'cron')
    d.inc.update(allocating_task=True, trigger='cron', trigger_pid=618, score=0,
                 victim_reason='allocating-task')
    return d, causes, text


CASES = {f.__name__.replace('_', '-'): f for f in (
    anon_no_swap, anon_swap_full, lowmem, fragmentation, slab_unreclaimable, slab_pinned, shmem,
    page_tables, hugepages, unaccounted, numa_policy, manual, reclaim_stall, mlocked, memcg,
    kill_only, panic, stall, atomic, slub, score_adjusted,
    child, allocating)}


def records(dump):
    if dump.inc.get('slub'):
        return dump.slub()
    if dump.inc.get('kind') == 'alloc_failure':
        return dump.failure()
    return dump.oom()
