# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine whose dump is printed: zones, nodes, tasks and cgroups whose numbers agree with each
other. Nothing here knows how a kernel spells them."""

import random

COUNTERS = ('active_anon', 'inactive_anon', 'active_file', 'inactive_file', 'unevictable',
            'slab_reclaimable', 'slab_unreclaimable', 'pagetables', 'kernel_stack', 'hugetlb',
            'unaccounted')
SIDE = ('isolated_anon', 'isolated_file', 'mlocked', 'dirty', 'writeback', 'mapped', 'shmem',
        'bounce', 'free_pcp', 'local_pcp', 'free_cma')


class Zone:
    """One zone; all numbers are pages."""

    def __init__(self, node, name, present, managed):
        self.node, self.name, self.present, self.managed = node, name, present, managed
        self.min = self.low = self.high = self.free = 0
        for c in COUNTERS + SIDE:
            setattr(self, c, 0)
        self.reserve, self.buddy = [], []
        self.all_unreclaimable = False
        self.pages_scanned = 0


class Task:
    """One row of the task table; sizes are pages."""

    def __init__(self, pid, comm, uid=0, tgid=None, anon=0, file=0, shmem=0, vm=None, ptes=None,
                 swap=0, adj=0, cpu=0):
        self.pid, self.comm, self.uid, self.tgid = pid, comm, uid, tgid or pid
        self.anon, self.file, self.shmem, self.swap, self.adj, self.cpu = \
            anon, file, shmem, swap, adj, cpu
        self.vm = vm if vm is not None else (anon + file + shmem + swap) * 9 // 8 + 700
        self.ptes = ptes if ptes is not None else max(6, (anon + file + shmem + swap) // 512 + 9)
        self.pmds = 3

    @property
    def rss(self):
        return self.anon + self.file + self.shmem


def spread(total, weights):
    """Whole numbers in the ratio of @weights that sum to @total exactly."""
    s = sum(weights)
    out = [total * w // s for w in weights]
    out[max(range(len(out)), key=lambda i: weights[i])] += total - sum(out)
    return out


def buddy_lists(rng, free, orders, largest=None):
    """Free blocks per order that sum to @free; none above order @largest when that is given."""
    out, rest = [0] * orders, free
    for k in range((orders - 1) if largest is None else largest, 0, -1):
        share = rng.uniform(0.02, 0.55) if k > 4 else rng.uniform(0.2, 0.5)
        out[k] = int(rest * share) >> k
        rest -= out[k] << k
    out[0] = rest
    return out


class Machine:
    """page_kb, zones by node; @arch: x86_64, i386, arm64-64k, arm64-16k, ppc64-64k."""

    def __init__(self, era, arch='x86_64', nodes=1, ram_mb=2048, seed=1):
        self.era, self.arch = era, arch
        self.rng = random.Random(seed)
        self.page_kb = {'arm64-64k': 64, 'ppc64-64k': 64, 'arm64-16k': 16}.get(arch, 4)
        self.orders = {'arm64-64k': 14, 'ppc64-64k': 9, 'arm64-16k': 12}.get(arch, 11)
        self.numa = arch != 'i386'
        self.highmem = arch == 'i386'
        self.nodes = nodes
        self.zones = []
        self.cpus = 2
        self.huge = []  # (node, size_kb, total, free, surp)
        self.swap_total_kb = self.swap_free_kb = self.swap_cache = 0
        ram = ram_mb * 1024 // self.page_kb
        if arch == 'i386':
            self.kinds = ['DMA', 'Normal', 'HighMem'] + (['Movable'] if era.since(2, 6, 24) else [])
            self._zone(0, 'DMA', 4096, 3976)
            self._zone(0, 'Normal', 223486, 218000)
            self._zone(0, 'HighMem', ram - 227582, ram - 227582)
            return
        if self.page_kb == 4:
            self.kinds = ['DMA', 'DMA32', 'Normal']
            self.kinds += ['Movable'] if era.since(2, 6, 24) else ['HighMem']
            self.kinds += ['Device'] if era.since(4, 6) or era.has('tasks_state') else []
            dma32 = min(ram - 4096, 780288)
            self._zone(0, 'DMA', 3998, 3840)
            self._zone(0, 'DMA32', dma32, dma32 - 16384)
            left = ram - 4096 - dma32
        else:
            self.kinds = ['DMA', 'Normal', 'Movable']
            self._zone(0, 'DMA', ram // 2, ram // 2 - 1024)
            left = ram - ram // 2
        per = ram // nodes
        first = left - per * (nodes - 1)
        for n in range(nodes):
            size = first if n == 0 else per
            if size > 0:
                self._zone(n, 'Normal', size, size - size // 64)

    def _zone(self, node, name, present, managed):
        self.zones.append(Zone(node, name, present, managed))

    def zone(self, node, name):
        return next(z for z in self.zones if z.node == node and z.name == name)

    def set_marks(self, min_free_kb, free=None):
        """Watermarks as the kernel shares min_free_kbytes out; @free: {(node, zone): pages}."""
        low_pages = sum(z.managed for z in self.zones if z.name != 'HighMem')
        wmark = min_free_kb // self.page_kb
        for z in self.zones:
            if z.name == 'HighMem':
                z.min = 128
            else:
                z.min = max(1, wmark * z.managed // low_pages)
            if self.era.since(4, 6):
                step = max(z.min // 4, z.managed // 1000)
                z.low, z.high = z.min + step, z.min + 2 * step
            else:
                z.low, z.high = z.min + z.min // 4, z.min + z.min // 2
        for z in self.zones:
            ratio = {'DMA': 256, 'DMA32': 256, 'Normal': 32}.get(z.name)
            here = self.kinds.index(z.name)
            for j in range(len(self.kinds)):
                above = sum(o.managed for o in self.zones
                            if o.node == z.node and here < self.kinds.index(o.name) <= j)
                z.reserve.append(above // ratio if ratio and j > here else 0)
            z.free = (free or {}).get((z.node, z.name), max(1, z.min - z.min // 16 - 3))

    def fill(self, weights, zones=None):
        """What is not free in @zones goes to the counters in the ratio of @weights."""
        for z in self.zones:
            if zones is not None and (z.node, z.name) not in zones:
                continue
            if z.name == 'DMA' and self.page_kb == 4 and z.free >= z.managed - 16:
                z.all_unreclaimable = True
                z.unaccounted = z.managed - z.free
                continue
            names = list(weights)
            if z.name == 'HighMem':
                names = [n for n in names if not n.startswith(('slab', 'kernel'))]
            for n, v in zip(names, spread(z.managed - z.free, [weights[n] for n in names])):
                setattr(z, n, getattr(z, n) + v)

    def side(self, name, total, zones=None):
        """Side counters (shmem, mapped, dirty, …): shared out over the zones that have pages."""
        zs = [z for z in self.zones if zones is None or (z.node, z.name) in zones]
        zs = [z for z in zs if z.managed - z.free > 64]
        for z, v in zip(zs, spread(total, [z.managed - z.free for z in zs])):
            setattr(z, name, v)

    def buddies(self, largest=None):
        for z in self.zones:
            z.buddy = buddy_lists(self.rng, z.free, self.orders,
                                  None if z.name == 'DMA' and largest else largest)

    def sum(self, name, node=None):
        return sum(getattr(z, name) for z in self.zones if node is None or z.node == node)

    def zone_kb(self, z, name):
        return getattr(z, name) * self.page_kb

    @property
    def ram_pages(self):
        return self.sum('present')

    @property
    def reserved_pages(self):
        return self.sum('present') - self.sum('managed')

    @property
    def pagecache(self):
        return self.sum('active_file') + self.sum('inactive_file') + self.sum('shmem') + \
            self.swap_cache


SMALL = (('init', 1, 0, 0, 180, 400), ('systemd-journal', 214, 0, -250, 310, 1220),
         ('systemd-udevd', 239, 0, -1000, 290, 640), ('dbus-daemon', 522, 103, -900, 220, 530),
         ('sshd', 611, 0, -1000, 260, 710), ('cron', 618, 0, 0, 140, 390),
         ('agetty', 640, 0, 0, 60, 330), ('tilecache', 903, 991, 0, 2100, 800),
         ('paperq', 911, 991, 0, 1730, 560), ('bash', 1188, 1000, 0, 410, 620))


def tasks_for(machine, big, anon, file, shmem_big=0, pagetables=None, swap=0, extra=()):
    """Small daemons and one big task. Their anonymous pages, file pages and page tables sum to
    @anon, @file and @pagetables; @big is (pid, comm, uid, adj)."""
    n = 7 if machine.page_kb == 4 else 6
    scale = machine.page_kb // 4
    out = [Task(pid, comm, uid, anon=max(8, a // scale), file=max(16, f // scale // 4), adj=adj)
           for comm, pid, uid, adj, a, f in (SMALL[:n] if machine.era.ver > (2, 6, 32)
                                             else SMALL[:1] + SMALL[4:n + 2])]
    out += [Task(**t) for t in extra]
    pid, comm, uid, adj = big
    rest_a, rest_f = anon - sum(t.anon for t in out), file - sum(t.file for t in out)
    ptes = None
    if pagetables is not None:
        ptes = pagetables - sum(t.ptes + t.pmds for t in out) - 3
        assert ptes > 0, 'page tables of the small tasks are more than all page tables'
    assert rest_a >= 0, 'anonymous memory of the small tasks is more than all of it'
    big_t = Task(pid, comm, uid, anon=rest_a, file=max(rest_f, 0), shmem=shmem_big, swap=swap,
                 adj=adj, ptes=ptes)
    for i, t in enumerate(out):
        t.cpu = i % machine.cpus
    out.append(big_t)
    return out, big_t
