# SPDX-License-Identifier: GPL-2.0-or-later
"""A Machine and an incident in the words of one kernel: a list of printk records."""

from .eras import gfp_bits, gfp_mask

WARN, INFO, ERR, EMERG = 4, 6, 3, 0
NO_LIMIT_KB = 9007199254740988


class Rec:
    """One printk record: several lines when the kernel printed them in one call."""

    def __init__(self, level, lines, us, task, event):
        self.level, self.lines, self.us, self.task, self.event = level, lines, us, task, event
        self.foreign = None  # syslog tag of a line that is not the kernel's
        self.host = None  # another host than the dump's


TRACES = {
    'fault': ('dump_header', 'oom_kill_process', 'out_of_memory', '__alloc_pages_slowpath',
              'alloc_pages_vma', 'do_anonymous_page', 'handle_mm_fault', 'do_page_fault'),
    'read': ('dump_header', 'oom_kill_process', 'out_of_memory', '__alloc_pages_slowpath',
             '?__page_cache_alloc', 'filemap_fault', 'ext4_filemap_fault [ext4]', '__do_fault'),
    'kernel': ('dump_header', 'oom_kill_process', 'out_of_memory', '__alloc_pages_slowpath',
               '?alloc_pages_current', '__get_free_pages', 'pte_alloc_one', '__pte_alloc'),
    'fork': ('dump_header', 'oom_kill_process', 'out_of_memory', '__alloc_pages_slowpath',
             'alloc_kmem_pages', 'copy_process', 'do_fork', '?stub_clone'),
    'memcg': ('dump_header', 'oom_kill_process', 'out_of_memory', 'mem_cgroup_out_of_memory',
              'try_charge', 'mem_cgroup_try_charge', 'handle_mm_fault', 'do_page_fault'),
    'atomic': ('warn_alloc', '__alloc_pages_slowpath', '?__build_skb', 'kmalloc_large_node',
               '__alloc_skb', 'flintnet_rx_refill [flintnet]', '__do_softirq', 'irq_exit'),
    'highorder': ('warn_alloc', '__alloc_pages_slowpath', 'kmalloc_order', '?kmalloc_order_trace',
                  'gravelcam_open [gravelcam]', 'chrdev_open', 'do_sys_open'),
    'stall': ('warn_alloc', '__alloc_pages_slowpath', '?__page_cache_alloc', 'pagecache_get_page',
              'filemap_fault', '__do_fault', 'handle_mm_fault', '__do_page_fault'),
    'sysrq': ('dump_header', 'oom_kill_process', 'out_of_memory', 'moom_callback',
              'process_one_work', 'worker_thread', 'kthread', 'ret_from_fork'),
}


class Dump:
    def __init__(self, era, machine, inc, us, seed=0):
        self.e, self.m, self.inc, self.us, self.seed = era, machine, inc, us, seed
        self.recs = []
        self.event = inc.get('event', 0)

    # -- helpers -------------------------------------------------------------------------------

    def emit(self, level, *lines, task=None, gap=None):
        self.us += gap if gap is not None else 3 + (len(lines[0]) * 7 + len(self.recs)) % 29
        self.recs.append(Rec(level, list(lines), self.us, task or self.inc['trigger_pid'],
                             self.event))

    def block(self, *lines):
        """Lines of one printk: one record since the record buffer of 3.5, single lines before."""
        if self.e.since(3, 5):
            self.emit(WARN, *lines)
        else:
            for ln in lines:
                self.emit(WARN, ln, gap=1)

    def kb(self, pages):
        return pages * self.m.page_kb

    def gfp_text(self):
        mask = gfp_mask(self.e, self.inc['gfp'])
        if not self.e.since(4, 6):
            return f'0x{mask:x}'
        left = '|0x1000000' if 'NO_OBJ_EXT' in gfp_bits(self.e, self.inc['gfp']) else ''
        return f"0x{mask:x}({'|'.join(self.inc['gfp'])}{left})"

    # -- parts in print order ------------------------------------------------------------------

    def header(self):
        e, i = self.e, self.inc
        who, gfp, order = i['trigger'], self.gfp_text(), i.get('order', 0)
        adj, nodemask = i.get('trigger_adj', 0), i.get('nodemask')
        if not e.since(2, 6, 19):
            self.emit(WARN, f'oom-killer: gfp_mask={gfp}, order={order}')
        elif not e.since(2, 6, 31):
            self.emit(WARN, f'{who} invoked oom-killer: gfp_mask={gfp}, order={order}, '
                      'oomkilladj=0')
        elif not e.since(2, 6, 36) and not e.has('score_adj'):
            self.emit(WARN, f'{who} invoked oom-killer: gfp_mask={gfp}, order={order}, oom_adj=0')
        elif not e.since(3, 7):
            self.emit(WARN, f'{who} invoked oom-killer: gfp_mask={gfp}, order={order}, '
                      f'oom_adj={adj * 17 // 1000}, oom_score_adj={adj}')
        elif not e.since(4, 9) or e.since(5, 0) or e.has('oom_kill_line'):
            self.emit(WARN, f'{who} invoked oom-killer: gfp_mask={gfp}, order={order}, '
                      f'oom_score_adj={adj}')
        else:
            if not e.since(4, 11):
                mask = nodemask or self.mems()
            else:
                mask = nodemask or '(null)'
            two = ' ' if (4, 11) <= e.ver < (4, 15) else ''
            self.emit(WARN, f'{who} invoked oom-killer: gfp_mask={gfp}, nodemask={mask}, {two}'
                      f'order={order}, oom_score_adj={adj}')
        self.cpuset_line()
        self.stack(i.get('trace', 'fault'))

    def mems(self):
        return self.inc.get('mems') or ('0' if self.m.nodes == 1 else f'0-{self.m.nodes - 1}')

    def cpuset_line(self):
        if self.e.since(2, 6, 30) and not self.e.since(5, 0) and not self.e.has('oom_kill_line'):
            self.emit(WARN, f"{self.inc['trigger']} cpuset={self.inc.get('cpuset', '/')} "
                      f'mems_allowed={self.mems()}')

    def stack(self, trace):
        e, i, m = self.e, self.inc, self.m
        who, pid = i['trigger'], i['trigger_pid']
        taint = i.get('taint', 'Not tainted')
        build = '#1 SMP ' if e.ver >= (2, 6, 28) and m.arch == 'x86_64' else '#1'
        build = build.strip()
        if e.since(3, 10):
            kdump = 'Kdump: loaded ' if e.ver[:2] == (4, 18) else ''
            uid = f"UID: {i.get('trigger_uid', 0)} " if e.since(6, 11) else ''
            tail = ' PREEMPT(voluntary)' if e.since(6, 16) else ''
            self.emit(WARN, f'CPU: 1 {uid}PID: {pid} Comm: {who} {kdump}{taint} {e.release} '
                      f'{build}{tail}')
            self.emit(WARN, 'Hardware name: Fernhill Machines FM-20/B7, BIOS 1.9 05/04/2015')
        elif e.since(2, 6, 24):
            self.emit(WARN, f'Pid: {pid}, comm: {who} {taint} {e.release} {build}')
        if trace == 'sysrq' and e.since(3, 3):
            self.emit(WARN, 'Workqueue: events moom_callback')
        self.emit(WARN, 'Call Trace:' if not m.arch.startswith('arm64') else 'Call trace:')
        if e.since(5, 16) and m.arch == 'x86_64':
            self.emit(WARN, ' <TASK>')
        self.frames(trace)
        if e.since(5, 16) and m.arch == 'x86_64':
            self.emit(WARN, ' </TASK>')

    def frames(self, trace):
        for n, f in enumerate(TRACES[trace]):
            q = '? ' if f.startswith('?') else ''
            name, _, mod = f.lstrip('?').partition(' ')
            off = f'+0x{0x1d + n * 0x2b:x}/0x{0x90 + n * 0x7f:x}' + (' ' + mod if mod else '')
            at = 0x10c000 + n * 0x1357 + len(name) * 0x11
            if self.e.since(4, 10) or self.m.arch.startswith('arm64'):
                self.emit(WARN, f' {q}{name}{off}')
            elif self.m.arch == 'i386':
                self.emit(WARN, f' [<c{at:07x}>] {q}{name}{off}')
            elif self.m.arch.startswith('ppc64'):
                self.emit(WARN, f' [c0000001f3{n:02x}3640] [c000000000{at:06x}] {q}{name}{off}')
            else:
                self.emit(WARN, f' [<ffffffff81{at:06x}>] {q}{name}{off}')

    def per_cpu(self):
        e, m = self.e, self.m
        if e.since(4, 2, flag='free_pcp'):
            return
        for z in m.zones:
            where = f'Node {z.node} ' if m.numa else ''
            self.emit(WARN, f'{where}{z.name} per-cpu:')
            hi, batch = (186, 31) if z.managed > 20000 else (0, 1)
            for c in range(m.cpus):
                used = (c * 41 + z.managed) % (hi + 1)
                if not e.since(2, 6, 20):
                    self.emit(WARN, f'cpu {c} hot: high {hi}, batch {batch} used:{used}')
                    self.emit(WARN, f'cpu {c} cold: high {hi // 3}, batch {max(1, batch // 2)} '
                              f'used:{used // 4}')
                elif not e.since(2, 6, 25):
                    self.emit(WARN, f'CPU {c:4d}: Hot: hi:{hi:5d}, btch:{batch:4d} usd:{used:4d}'
                              f'   Cold: hi:{hi // 3:5d}, btch:{max(1, batch // 2):4d} '
                              f'usd:{used // 4:4d}')
                else:
                    self.emit(WARN, f'CPU {c:4d}: hi:{hi:5d}, btch:{batch:4d} usd:{used:4d}')

    def counters(self):
        e, m, s = self.e, self.m, self.m.sum
        slab = s('slab_reclaimable') + s('slab_unreclaimable')
        if not e.since(2, 6, 25):
            act = s('active_anon') + s('active_file')
            inact = s('inactive_anon') + s('inactive_file')
            head = f"Active:{act} inactive:{inact} dirty:{s('dirty')} writeback:{s('writeback')} " \
                'unstable:0'
            tail = f"free:{s('free')} slab:{slab} mapped:{s('mapped')} " \
                f"pagetables:{s('pagetables')}"
            if not e.since(2, 6, 20):
                high = sum(z.free for z in m.zones if z.name == 'HighMem')
                self.emit(WARN, f"Free pages: {self.kb(s('free')):11d}kB "
                          f'({self.kb(high)}kB HighMem)')
                self.emit(WARN, f'{head} {tail}')
            else:
                self.block(head, f' {tail} bounce:0')
            return
        if not e.since(2, 6, 32):
            self.block(f"Active_anon:{s('active_anon')} active_file:{s('active_file')} "
                       f"inactive_anon:{s('inactive_anon')}",
                       f" inactive_file:{s('inactive_file')} unevictable:{s('unevictable')} "
                       f"dirty:{s('dirty')} writeback:{s('writeback')} unstable:0",
                       f" free:{s('free')} slab:{slab} mapped:{s('mapped')} "
                       f"pagetables:{s('pagetables')} bounce:0")
            return
        unstable = '' if e.since(5, 8) or e.has('no_unstable') else ' unstable:0'
        new = e.since(4, 2, flag='free_pcp')
        slabs = f" slab_reclaimable:{s('slab_reclaimable')} " \
            f"slab_unreclaimable:{s('slab_unreclaimable')}"
        pts = f" mapped:{s('mapped')} shmem:{s('shmem')} pagetables:{s('pagetables')}"
        lines = [f"active_anon:{s('active_anon')} inactive_anon:{s('inactive_anon')} "
                 f"isolated_anon:{s('isolated_anon')}",
                 f" active_file:{s('active_file')} inactive_file:{s('inactive_file')} "
                 f"isolated_file:{s('isolated_file')}",
                 f" unevictable:{s('unevictable')} dirty:{s('dirty')} "
                 f"writeback:{s('writeback')}{unstable}"]
        if new:
            lines.append(slabs)
        else:
            lines.append(f" free:{s('free')}{slabs}")
        if e.since(6, 1):
            lines += [pts, ' sec_pagetables:0 bounce:0']
        else:
            lines.append(pts + ' bounce:0')
        if e.since(5, 15):
            lines.append(' kernel_misc_reclaimable:0')
        if new:
            lines.append(f" free:{s('free')} free_pcp:{s('free_pcp')} free_cma:{s('free_cma')}")
        elif e.since(3, 7):
            lines.append(f" free_cma:{s('free_cma')}")
        self.block(*lines)

    def shown(self):
        """Nodes outside the request's mask are not printed since 2.6.39."""
        only = self.inc.get('show_nodes')
        return [z for z in self.m.zones
                if not only or not self.e.since(2, 6, 39) or z.node in only]

    def nodes(self):
        e, m = self.e, self.m
        if not e.since(4, 8):
            return
        for n in sorted({z.node for z in self.shown()}):
            def k(name):
                return self.kb(m.sum(name, n))
            t = f"Node {n} active_anon:{k('active_anon')}kB inactive_anon:{k('inactive_anon')}kB " \
                f"active_file:{k('active_file')}kB inactive_file:{k('inactive_file')}kB " \
                f"unevictable:{k('unevictable')}kB isolated(anon):{k('isolated_anon')}kB " \
                f"isolated(file):{k('isolated_file')}kB mapped:{k('mapped')}kB " \
                f"dirty:{k('dirty')}kB writeback:{k('writeback')}kB shmem:{k('shmem')}kB"
            b = '' if e.since(6, 6) else ' '
            t += f' shmem_thp:{b}0kB shmem_pmdmapped:{b}0kB anon_thp:{b}0kB'
            if not e.since(6, 19):
                t += ' writeback_tmp:0kB'
            if not e.since(5, 8) and not e.has('no_unstable'):
                t += ' unstable:0kB'
            if not e.since(4, 12):
                t += f" pages_scanned:{m.sum('pages_scanned', n)}"
            if e.since(5, 9, flag='node_kstack'):
                t += f" kernel_stack:{k('kernel_stack')}kB"
            if e.since(5, 11, flag='node_pgtables'):
                t += f" pagetables:{k('pagetables')}kB"
            if e.since(6, 1):
                t += ' sec_pagetables:0kB'
            t += f" all_unreclaimable? {'yes' if self.inc.get('unreclaimable') else 'no'}"
            if e.since(6, 19):
                t += ' Balloon:0kB'
            if e.since(7, 2):
                t += ' gpu_active:0kB gpu_reclaim:0kB'
            self.emit(WARN, t)

    def zone_line(self, z):
        e = self.e

        def k(name):
            return f'{name}:{self.kb(getattr(z, name))}kB'
        yes = 'yes' if z.all_unreclaimable else 'no'
        out = [k('free')]
        if e.since(5, 16):
            out.append('boost:0kB')
        out += [k('min'), k('low'), k('high')]
        if e.since(5, 5):
            out.append('reserved_highatomic:0KB')
        if e.since(6, 19):
            out.append('free_highatomic:0KB')
        if not e.since(2, 6, 25):
            a, i = z.active_anon + z.active_file, z.inactive_anon + z.inactive_file
            out += [f'active:{self.kb(a)}kB', f'inactive:{self.kb(i)}kB', k('present'),
                    f'pages_scanned:{z.pages_scanned}', f'all_unreclaimable? {yes}']
            return ' '.join(out)
        out += [k(c) for c in ('active_anon', 'inactive_anon', 'active_file', 'inactive_file')]
        out.append(k('unevictable'))
        if not e.since(2, 6, 32):
            out += [k('present'), f'pages_scanned:{z.pages_scanned}', f'all_unreclaimable? {yes}']
            return ' '.join(out)
        if e.since(4, 8):
            out.append(f'writepending:{self.kb(z.dirty + z.writeback)}kB')
            if e.since(6, 19):
                out.append('zspages:0kB')
        else:
            out += [f'isolated(anon):{self.kb(z.isolated_anon)}kB',
                    f'isolated(file):{self.kb(z.isolated_file)}kB']
        out.append(k('present'))
        if e.since(3, 8):
            out.append(k('managed'))
        out.append(k('mlocked'))
        if not e.since(4, 8):
            out += [k(c) for c in ('dirty', 'writeback', 'mapped', 'shmem')]
        if not e.since(4, 13):
            out += [k('slab_reclaimable'), k('slab_unreclaimable')]
        if not e.since(5, 9, flag='node_kstack'):
            out.append(k('kernel_stack'))
        if not e.since(5, 11, flag='node_pgtables'):
            out.append(k('pagetables'))
        if not e.since(4, 8):
            out.append('unstable:0kB')
        out.append('bounce:0kB')
        if e.since(4, 2, flag='free_pcp'):
            out += [k('free_pcp'), k('local_pcp')]
        if e.since(3, 8):
            out.append(k('free_cma'))
        if not e.since(4, 8):
            out += ['writeback_tmp:0kB', f'pages_scanned:{z.pages_scanned}',
                    f'all_unreclaimable? {yes}']
        return ' '.join(out)

    def zones(self):
        m = self.m
        for z in self.shown():
            self.emit(WARN, f"{f'Node {z.node} ' if m.numa else ''}{z.name} {self.zone_line(z)}")
            self.emit(WARN, 'lowmem_reserve[]: ' + ' '.join(str(r) for r in z.reserve))
        letters = self.e.since(3, 8)
        old = not self.e.since(4, 4)
        for z in self.shown():
            out = []
            for k, n in enumerate(z.buddy):
                t = ''
                if letters and n:
                    t = ' (' + ('M' if n == 1 or k > 8 else 'UM' if n < 9 else
                                'UEM' if old else 'UME') + ')'
                out.append(f'{n}*{self.m.page_kb << k}kB{t}')
            total = sum(n << k for k, n in enumerate(z.buddy))
            self.emit(WARN, f"{f'Node {z.node} ' if m.numa else ''}{z.name}: {' '.join(out)} = "
                      f'{self.kb(total)}kB')

    def meminfo(self):
        e, m = self.e, self.m
        self.emit(WARN, 'Mem-info:' if not e.since(2, 6, 25) else 'Mem-Info:')
        self.per_cpu()
        self.counters()
        self.nodes()
        self.zones()
        if e.since(3, 10) and m.numa:
            for n, size, total, free, surp in m.huge or [
                    (n, 2048, 0, 0, 0) for n in sorted({z.node for z in self.shown()})]:
                self.emit(WARN, f'Node {n} hugepages_total={total} hugepages_free={free} '
                          f'hugepages_surp={surp} hugepages_size={size}kB')
        add = m.swap_cache + (m.swap_total_kb - m.swap_free_kb) // m.page_kb * 3
        find = f'{add // 5}/{add // 4}'
        if not e.since(2, 6, 25):
            self.emit(WARN, f'Swap cache: add {add}, delete {add - m.swap_cache}, find {find}, '
                      'race 0+0')
        else:
            self.emit(WARN, f'{m.pagecache} total pagecache pages')
            self.emit(WARN, f'{m.swap_cache} pages in swap cache')
            if not e.since(6, 0):
                self.emit(WARN, f'Swap cache stats: add {add}, delete {add - m.swap_cache}, '
                          f'find {find}')
        self.emit(WARN, f'Free swap  = {m.swap_free_kb}kB')
        self.emit(WARN, f'Total swap = {m.swap_total_kb}kB')
        high = sum(z.present for z in m.zones if z.name == 'HighMem')
        if not e.since(2, 6, 25):
            self.emit(WARN, f'Free swap:       {m.swap_free_kb:6d}kB')
            self.emit(WARN, f'{m.ram_pages} pages of RAM')
            if m.highmem:
                self.emit(WARN, f'{high} pages of HIGHMEM')
            self.emit(WARN, f'{m.reserved_pages} reserved pages')
            self.emit(WARN, f"{m.sum('mapped') + 812} pages shared")
            self.emit(WARN, f'{m.swap_cache} pages swap cached')
            return
        self.emit(WARN, f'{m.ram_pages} pages RAM')
        if e.since(3, 11, flag='movable_only'):
            self.emit(WARN, f'{high} pages HighMem/MovableOnly')
        elif m.highmem:
            self.emit(WARN, f'{high} pages HighMem')
        self.emit(WARN, f'{m.reserved_pages} pages reserved')
        if not e.since(3, 11, flag='movable_only'):
            self.emit(WARN, f"{m.sum('mapped') + 812} pages shared")
            self.emit(WARN, f"{m.ram_pages - m.sum('free') - m.sum('mapped')} pages non-shared")
        if e.since(3, 19) and e.name not in ('el8', 'el8.10'):
            self.emit(WARN, '0 pages cma reserved')
        if e.since(3, 15):
            self.emit(WARN, '0 pages hwpoisoned')

    def slab_table(self):
        if not self.e.since(4, 15) or not self.inc.get('slabs'):
            return
        self.emit(INFO, 'Unreclaimable slab info:')
        self.emit(INFO, 'Name                      Used          Total')
        for name, used, total in self.inc['slabs']:
            self.emit(INFO, f'{name:<17s} {used:10d}KB {total:10d}KB')

    def table(self):
        e, tasks = self.e, self.inc.get('tasks') or []
        if not e.since(2, 6, 25) or not tasks:
            return
        adj17 = {-1000: -17, -900: -15, -250: -4}
        wide = e.since(4, 19, flag='tasks_state')
        if wide:
            self.emit(INFO, 'Tasks state (memory values in pages):')
        pid = '[  pid  ]' if wide else '[ pid ]'
        if not e.since(3, 6):
            score = e.since(2, 6, 36, flag='score_adj')
            self.emit(INFO, f"{pid}   uid  tgid total_vm      rss cpu oom_adj "
                      f"{'oom_score_adj ' if score else ''}name")
            for t in tasks:
                row = f'[{t.pid:5d}] {t.uid:5d} {t.tgid:5d} {t.vm:8d} {t.rss:8d} {t.cpu:3d}   ' \
                    f'{adj17.get(t.adj, t.adj * 17 // 1000):5d} '
                self.emit(INFO, row + (f'        {t.adj:5d} ' if score else '') + t.comm)
            return
        if e.since(6, 8):
            cols = 'rss_anon rss_file rss_shmem pgtables_bytes'
        elif e.since(4, 15):
            cols = 'pgtables_bytes'
        else:
            cols = 'nr_ptes nr_pmds' if e.since(4, 0) else 'nr_ptes'
        self.emit(INFO, f'{pid}   uid  tgid total_vm      rss {cols} swapents oom_score_adj name')
        for t in tasks:
            row = (f'[{t.pid:7d}]' if wide else f'[{t.pid:5d}]') + \
                f' {t.uid:5d} {t.tgid:5d} {t.vm:8d} {t.rss:8d} '
            if e.since(6, 8):
                row += f'{t.anon:8d} {t.file:8d} {t.shmem:9d} '
            if e.since(4, 15):
                row += f'{(t.ptes + t.pmds) * self.m.page_kb * 1024:8d} '
            elif e.since(4, 0):
                row += f'{t.ptes:7d} {t.pmds:7d} '
            else:
                row += f'{t.ptes + t.pmds:7d} '
            self.emit(INFO, row + f'{t.swap:8d}         {t.adj:5d} {t.comm}')

    # -- cgroups -------------------------------------------------------------------------------

    def memcg(self):
        e, g = self.e, self.inc['memcg']
        text = e.since(5, 3, flag='memcg_stat_text')
        if not text:
            if self.inc.get('no_victim'):
                self.emit(INFO, f"Memory limit reached of cgroup {g['path']}")
            elif e.has('broken_task_in'):
                self.emit(INFO, f"Task in {g['task_path']}")
                self.emit(INFO, f" killed as a result of limit of {g['path']}")
                self.emit(INFO, '')
            else:
                self.emit(INFO, f"Task in {g['task_path']} killed as a result of limit of "
                          f"{g['path']}")
        none = NO_LIMIT_KB // self.m.page_kb * self.m.page_kb
        if not e.since(3, 19, flag='page_counter'):
            none = 18014398509481983 if e.since(3, 12) else 9007199254740991
        self.emit(INFO, f"memory: usage {g['usage_kb']}kB, limit {g['limit_kb']}kB, "
                  f"failcnt {g['failcnt']}")
        if text and g['version'] == 2:
            self.emit(INFO, f"swap: usage {g.get('swap_kb', 0)}kB, limit "
                      f"{g.get('swap_limit_kb', none)}kB, failcnt {g.get('swap_failcnt', 0)}")
        else:
            memsw = g['usage_kb'] + g.get('swap_kb', 0)
            self.emit(INFO, f'memory+swap: usage {memsw if g["version"] == 1 else 0}kB, limit '
                      f"{g.get('memsw_limit_kb', none)}kB, failcnt 0")
            if e.since(3, 8):
                kmem = g['kernel_kb'] if e.since(4, 5) else 0
                self.emit(INFO, f'kmem: usage {kmem}kB, limit {none}kB, failcnt 0')
        if text:
            self.memcg_text()
        elif e.since(3, 9):
            self.memcg_one_line()

    def memcg_one_line(self):
        e, g = self.e, self.inc['memcg']
        row = [('cache', g['file_kb'] + g['shmem_kb']), ('rss', g['anon_kb'])]
        if e.since(3, 11, flag='rss_huge'):
            row.append(('rss_huge', 0))
        if e.since(4, 6):
            row.append(('shmem', g['shmem_kb']))
        row.append(('mapped_file', g.get('mapped_kb', 0)))
        if e.since(4, 2):
            row.append(('dirty', g.get('dirty_kb', 0)))
        if e.since(3, 13):
            row.append(('writeback', g.get('writeback_kb', 0)))
        if e.ver < (4, 2) or g.get('swap_kb'):
            row.append(('swap', g.get('swap_kb', 0)))
        lru = g['anon_kb'] + g['shmem_kb']
        row += [('inactive_anon', lru // 5), ('active_anon', lru - lru // 5),
                ('inactive_file', g['file_kb'] - g['file_kb'] // 3),
                ('active_file', g['file_kb'] // 3), ('unevictable', 0)]
        if g['task_path'] != g['path']:
            self.emit(INFO, f"Memory cgroup stats for {g['path']}: " +
                      ' '.join(f'{k}:0KB' for k, _ in row))
        self.emit(INFO, f"Memory cgroup stats for {g['task_path']}: " +
                  ' '.join(f'{k}:{v}KB' for k, v in row))

    def memcg_keys(self):
        """memory.stat in bytes, in the order of the era."""
        e, g = self.e, self.inc['memcg']
        lru = g['anon_kb'] + g['shmem_kb']
        v = {'anon': g['anon_kb'], 'file': g['file_kb'] + g['shmem_kb'], 'kernel': g['kernel_kb'],
             'kernel_stack': g.get('stack_kb', 0), 'pagetables': g.get('pagetables_kb', 0),
             'slab': g.get('slab_kb', 0), 'shmem': g['shmem_kb'],
             'file_mapped': g.get('mapped_kb', 0), 'file_dirty': g.get('dirty_kb', 0),
             'file_writeback': g.get('writeback_kb', 0), 'inactive_anon': lru - lru // 7,
             'active_anon': lru // 7, 'inactive_file': g['file_kb'] // 2,
             'active_file': g['file_kb'] - g['file_kb'] // 2,
             'slab_reclaimable': g.get('slab_kb', 0) // 4,
             'slab_unreclaimable': g.get('slab_kb', 0) - g.get('slab_kb', 0) // 4,
             'pgfault': 0}
        if e.since(6, 5) and g['version'] == 1:
            one = [('cache', v['file']), ('rss', v['anon']), ('rss_huge', 0), ('shmem', v['shmem']),
                   ('mapped_file', v['file_mapped']), ('dirty', v['file_dirty']),
                   ('writeback', v['file_writeback']), ('swap', 0), ('inactive_anon', 0),
                   ('active_anon', lru), ('inactive_file', v['inactive_file']),
                   ('active_file', v['active_file']), ('unevictable', 0)]
            return one + [('hierarchical_memory_limit', g['limit_kb'])] + \
                [('total_' + k, n) for k, n in one]
        if e.ver >= (6, 0):
            order = ('anon file kernel kernel_stack pagetables sec_pagetables percpu sock vmalloc '
                     'shmem zswap zswapped file_mapped file_dirty file_writeback swapcached '
                     'anon_thp file_thp shmem_thp inactive_anon active_anon inactive_file active_file '
                     'unevictable slab_reclaimable slab_unreclaimable slab workingset_refault_anon '
                     'workingset_refault_file pgscan pgsteal pgfault pgmajfault')
        elif e.since(5, 9):
            order = 'anon file kernel_stack ' + ('pagetables ' if e.since(5, 11) else '') + \
                ('percpu sock shmem file_mapped file_dirty file_writeback swapcached anon_thp '
                 'file_thp shmem_thp inactive_anon active_anon inactive_file active_file '
                 'unevictable slab_reclaimable slab_unreclaimable slab workingset_refault_anon '
                 'workingset_refault_file workingset_activate_anon workingset_activate_file '
                 'workingset_restore_anon workingset_restore_file workingset_nodereclaim pgfault '
                 'pgmajfault pgrefill pgscan pgsteal pgactivate pgdeactivate')
        else:
            order = ('anon file kernel_stack slab sock shmem file_mapped file_dirty file_writeback '
                     'anon_thp inactive_anon active_anon inactive_file active_file unevictable '
                     'slab_reclaimable slab_unreclaimable pgfault pgmajfault workingset_refault '
                     'workingset_activate workingset_nodereclaim pgrefill pgscan pgsteal '
                     'pgactivate pgdeactivate pglazyfree pglazyfreed thp_fault_alloc thp_collapse_alloc')
        return [(k, v.get(k, 0)) for k in order.split()]

    def memcg_text(self):
        g = self.inc['memcg']
        events = {'pgfault': 81234, 'pgscan': 240113, 'pgsteal': 97021, 'pgmajfault': 417}
        lines = [f'{k} {events[k] if k in events else n * 1024}' for k, n in self.memcg_keys()]
        self.emit(INFO, f"Memory cgroup stats for {g['path']}:")
        if self.e.since(6, 5):
            for ln in lines:
                self.emit(INFO, ln, gap=1)
            return
        text = '\n'.join(lines)[:976]  # one printk: what does not fit in the record is lost
        self.emit(INFO, *text.split('\n'))

    def protection(self):
        if self.e.since(6, 19):
            self.emit(WARN, 'Memory cgroup min protection 0kB -- low protection 0kB')

    # -- the end -------------------------------------------------------------------------------

    def constraint_text(self):
        return {'none': 'CONSTRAINT_NONE', 'memcg': 'CONSTRAINT_MEMCG',
                'cpuset': 'CONSTRAINT_CPUSET', 'mempolicy': 'CONSTRAINT_MEMORY_POLICY'}[self.inc['constraint']]

    def oom_kill_line(self):
        e, i, v = self.e, self.inc, self.inc.get('victim')
        if not e.since(5, 0, flag='oom_kill_line') or not v:
            return
        task_path = i.get('memcg', {}).get('task_path') or i.get('task_path', '/')
        where = f"oom_memcg={i['memcg']['path']}" if i.get('memcg') else 'global_oom'
        self.emit(INFO, f"oom-kill:constraint={self.constraint_text()},"
                  f"nodemask={i.get('nodemask') or '(null)'},cpuset={i.get('cpuset', '/')},"
                  f'mems_allowed={self.mems()},{where},task_memcg={task_path},task={v.comm},'
                  f'pid={v.pid},uid={v.uid}')

    def message(self):
        i = self.inc
        if i.get('allocating_task'):
            return 'Out of memory (oom_kill_allocating_task)'
        if i.get('memcg'):
            return 'Memory cgroup out of memory'
        if i.get('constraint') == 'mempolicy' and not self.e.since(2, 6, 36, flag='score_adj'):
            return 'No available memory (MPOL_BIND)'
        return 'Out of memory'

    def kill(self, v, child=None, chosen=True):
        """The lines of one victim; @child dies in its place on kernels that sacrificed children."""
        e, i, msg = self.e, self.inc, self.message()
        score = i.get('score', 911)
        if not e.since(2, 6, 19):
            self.emit(ERR, f'Out of Memory: Kill process {v.pid} ({v.comm}) score {score} and '
                      'children.')
            self.emit(ERR, f'{msg}: Killed process {v.pid} ({v.comm}).')
            return
        if not e.since(2, 6, 36, flag='score_adj'):
            self.emit(ERR, f'{msg}: kill process {v.pid} ({v.comm}) score {score} or a child')
            sizes = ''
            self.emit(ERR, f'Killed process {(child or v).pid} ({(child or v).comm}){sizes}')
            return
        single = e.since(5, 1, flag='single_kill')
        if not single and chosen:
            self.emit(ERR, f'{msg}: Kill process {v.pid} ({v.comm}) score {score} or sacrifice '
                      'child')
        v = child or v
        sizes = f'total-vm:{self.kb(v.vm)}kB, anon-rss:{self.kb(v.anon)}kB, file-rss:'
        if e.since(4, 5, flag='shmem_rss'):
            sizes += f'{self.kb(v.file)}kB, shmem-rss:{self.kb(v.shmem)}kB'
        else:
            sizes += f'{self.kb(v.file + v.shmem)}kB'
        if e.has('el7_kill'):
            text = f'Killed process {v.pid} ({v.comm}), UID {v.uid}, {sizes}'
        elif e.name == 'el6':
            text = f'Killed process {v.pid}, UID {v.uid}, ({v.comm}) {sizes}'
        else:
            text = f'Killed process {v.pid} ({v.comm}) {sizes}'
        if single:
            text = f'{msg}: {text}'
        if e.since(5, 4, flag='kill_54'):
            text += f', UID:{v.uid} pgtables:{self.kb(v.ptes + v.pmds)}kB oom_score_adj:{v.adj}'
        self.emit(ERR, text)

    def reap(self, v):
        if self.e.since(4, 6) and v.anon:
            self.emit(INFO, f'oom_reaper: reaped process {v.pid} ({v.comm}), now anon-rss:0kB, '
                      f'file-rss:0kB, shmem-rss:{self.kb(v.shmem)}kB', task=41, gap=21034)

    # -- whole incidents -----------------------------------------------------------------------

    def oom(self):
        e, i = self.e, self.inc
        if i.get('sysrq'):
            self.emit(INFO, ('sysrq: Manual OOM execution' if e.since(4, 11)
                             else 'SysRq : Manual OOM execution'))
        if not i.get('kill_only'):
            self.header()
            if i.get('memcg'):
                self.memcg()
            if not i.get('memcg') or not e.since(3, 9):
                self.meminfo()
            if not i.get('memcg'):
                self.slab_table()
            if i.get('memcg', {}).get('version') == 2 or not i.get('memcg'):
                self.protection()
            self.table()
        if i.get('panic'):
            self.panic()
            return self.recs
        self.oom_kill_line()
        v = i['victim']
        self.kill(v, i.get('child'))
        for o in i.get('group') or []:
            if o is i['group'][0]:
                self.emit(INFO, f"Tasks in {i['memcg']['task_path']} are going to be killed due to "
                          'memory.oom.group set')
            self.kill(o, chosen=False)
        if not i.get('no_reap'):
            for o in [i.get('child') or v] + list(i.get('group') or []):
                self.reap(o)
        return self.recs

    def panic(self):
        e, i = self.e, self.inc
        if i['panic'] == 'panic_on_oom':
            if e.since(2, 6, 36):
                text = 'Out of memory: system-wide panic_on_oom is enabled'
            else:
                text = 'out of memory. panic_on_oom is selected'
        elif e.since(4, 19, flag='deadlock_panic'):
            self.emit(WARN, 'Out of memory and no killable processes...')
            text = 'System is deadlocked on memory'
        else:
            text = 'Out of memory and no killable processes...'
        self.emit(EMERG, f'Kernel panic - not syncing: {text}')
        if not e.since(4, 4):
            self.emit(EMERG, '')

    def failure(self):
        e, i = self.e, self.inc
        who, order = i['trigger'], i.get('order', 0)
        nodes = i.get('nodemask') or '(null)'
        what = 'page allocation failure'
        if i.get('stall_ms') and e.since(7, 2):
            self.emit(WARN, f"{who}: page allocation stall for {i['stall_ms'] // 1000} secs: "
                      f'order:{order}, mode:{self.gfp_text()} nodemask={nodes},'
                      f"cpuset={i.get('cpuset', '/')},mems_allowed={self.mems()}")
        elif not e.since(3, 0):
            self.emit(WARN, f'{who}: {what}. order:{order}, mode:{self.gfp_text()}')
        else:
            text = f'{who}: {what}: '
            if i.get('stall_ms'):
                text = f"{who}: page allocation stalls for {i['stall_ms']}ms, "
            text += f'order:{order}, mode:{self.gfp_text()}'
            if e.since(4, 11):
                text += f', nodemask={nodes}'
            if e.since(5, 0, flag='oom_kill_line'):
                text += f",cpuset={i.get('cpuset', '/')},mems_allowed={self.mems()}"
            self.emit(WARN, text)
            if (4, 11) <= e.ver < (5, 0) and not e.has('oom_kill_line'):
                self.cpuset_line()
        self.stack(i.get('trace', 'highorder'))
        self.meminfo()
        return self.recs

    def slub(self):
        e = self.e
        gfp = f', gfp={self.gfp_text()}' if e.since(4, 6) else f' (gfp={self.gfp_text()})'
        cpu = 'CPU 1 (of node 0) on node' if e.since(7, 2) else 'node'
        self.emit(WARN, f'SLUB: Unable to allocate memory on {cpu} -1{gfp}')
        self.emit(WARN, '  cache: kmalloc-192, object size: 192, buffer size: 192, default order: '
                  '0, min order: 0')
        for n in range(self.m.nodes):
            self.emit(WARN, f'  node {n}: slabs: {53 + n}, objs: {(53 + n) * 21}, free: 0')
        return self.recs
