# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests/bench/linear draws: inputs of any size, the same for the same size, and what is run on them.

A curve is (name, unit, sizes, make, command). make(n, folder) leaves an input of @n units and returns its path;
command(path) is what to run on it. Inputs are made of dumps of tests/gen; names and numbers are invented."""

import os
import shutil
import subprocess
import sys
from collections import namedtuple

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(TOP, 'tests'), os.path.join(TOP, 'tests', 'gen')]
import captured  # noqa: E402
from oomgen import cases, transport  # noqa: E402
from oomgen.eras import ERAS  # noqa: E402

BIN = os.path.abspath(os.environ.get('OOMLENS') or os.path.join(TOP, os.environ.get('B', 'build'), 'oomlens'))
Curve = namedtuple('Curve', 'name unit sizes make command verb')
CURVES = []


class Skip(Exception):
    pass


def explain(*args):
    return lambda path: [BIN, 'explain', '--no-pager', *args, path]


def curve(name, unit, sizes, command, verb='explain'):
    def add(fn):
        CURVES.append(Curve(name, unit, sizes, fn, command, verb))
        return fn
    return add


def decades(first, last):
    """1, 10, … @last, and three in a decade where there would be fewer than five"""
    out = [last]
    while out[0] > first:
        out.insert(0, max(first, out[0] // 10))
    if len(out) < 5:
        out = sorted({max(first, v) for n in out for v in (n // 5, n // 2, n)})
    return tuple(out)


def write(folder, name, pieces):
    path = os.path.join(folder, name)
    with open(path, 'wb') as f:
        for p in pieces:
            f.write(p)
    return path


# -- logs ----------------------------------------------------------------------------------------------------

def dump(era='6.1', case='memcg', how='syslog', **over):
    made, _, _ = cases.CASES[case](ERAS[era], **over)
    out = transport.Writer('fenwick', 1710489600000000 - 84213000000).write(cases.records(made), how)
    return '\n'.join(t for t, _, _ in out).encode('latin-1') + b'\n'


def without_stats(text):
    """A memcg dump without its statistics: many events in little room."""
    keep = [ln for ln in text.splitlines(True) if ln.count(b' ') > 7 or b'oom' in ln or b'[ ' in ln]
    return b''.join(keep)


def later(text, i, sec=1):
    """The same, @i times @sec seconds later by the kernel's clock."""
    return text.replace(b'[84213.', b'[%d.' % (84213 + i * sec))


SHORT = without_stats(dump())
KINDS = [dump(e, c) for e, c in (('6.1', 'anon-no-swap'), ('5.15', 'memcg'), ('4.15', 'anon-swap-full'),
                                 ('6.12', 'atomic'), ('el7', 'memcg'), ('6.1', 'kill-only'),
                                 ('6.8', 'slab-unreclaimable'), ('2.6.32', 'anon-no-swap'), ('6.1', 'panic'))]


def events(n, d):
    return write(d, 'events.log', (later(SHORT, i, 7) for i in range(n)))


for form, args in (('default text', ()), ('--events', ('--events',)), ('--list', ('--list',)), ('--json', ('--json',)),
                   ('--ndjson', ('--ndjson',)), ('--raw', ('--raw',)), ('-n 10', ('-n', '10')),
                   ('-n 1000000 --list', ('-n', '1000000', '--list'))):
    curve(f'events of one kind, {form}', 'events', decades(1, 100000 if form != '--json' else 30000),
          explain(*args))(events)


@curve('events of nine kinds, default text', 'events', decades(1, 10000), explain())
def kinds(n, d):
    return write(d, 'kinds.log', (later(KINDS[i % len(KINDS)], i, 700) for i in range(n)))


@curve('incidents: each event another cgroup', 'events', decades(1, 100000), explain())
def incidents(n, d):
    return write(d, 'incidents.log', (later(SHORT, i).replace(b'/tenants/blue', b'/tenants/t%06d' % i)
                                      for i in range(n)))


@curve('incidents: 1000 hosts, one event each, and again', 'events', decades(1, 30000), explain())
def incident_hosts(n, d):
    return write(d, 'ihosts.log', (later(SHORT, i // 1000).replace(b'fenwick', b'host%03d' % (i % 1000))
                                   for i in range(n)))


@curve('reports of programs about one kill', 'lines', decades(1, 100000), explain())
def reports(n, d):
    ln = b'Mar 15 08:50:27 fenwick systemd[1]: blue%d.service: A process of this unit has been killed by the OOM ' \
         b'killer.\n'
    return write(d, 'reports.log', [SHORT, *(ln % i for i in range(n))])


@curve('victims of one kill (memory.oom.group)', 'victims', decades(1, 60000), explain('--json'))
def victims(n, d):
    text = dump(group=1)
    kills = [ln for ln in text.splitlines(True) if b': Killed process' in ln]
    head = text[:text.index(kills[-1])]
    pid = kills[-1].split(b'Killed process ')[1].split()[0]
    return write(d, 'victims.log', [head, *(kills[-1].replace(pid, b'%d' % (500000 + i)) for i in range(n))])


@curve('victims, each with a reaper line', 'victims', decades(1, 30000), explain('--json'))
def reaped(n, d):
    victims(n, d)
    with open(os.path.join(d, 'victims.log'), 'rb') as f:
        text = f.read()
    ln = b'Mar 15 08:50:26 fenwick kernel: [84213.578783] oom_reaper: reaped process %d (thumbworker), now ' \
         b'anon-rss:0kB, file-rss:0kB, shmem-rss:0kB\n'
    return write(d, 'reaped.log', [text, *(ln % (500000 + i) for i in range(n))])


@curve('hosts that interleave line by line', 'hosts', (1, 3, 10, 30, 100, 200, 500, 1000), explain('--ndjson'))
def hosts(n, d):
    lines = dump().splitlines(True)
    return write(d, 'hosts.log', (ln.replace(b'fenwick', b'host%05d' % i) for ln in lines for i in range(n)))


@curve('hosts that interleave, a table of 600 rows each', 'hosts', (1, 3, 10, 30, 100, 300, 1000), explain('--ndjson'))
def tables(n, d):
    rows(600, d)
    with open(os.path.join(d, 'rows.log'), 'rb') as f:
        lines = f.read().splitlines(True) if n else []
    return write(d, 'tables.log', (ln.replace(b'fenwick', b'host%05d' % i) for ln in lines for i in range(n)))


@curve('hosts one after the other', 'hosts', decades(10, 30000), explain('--ndjson'))
def hosts_in_turn(n, d):
    return write(d, 'turn.log', (SHORT.replace(b'fenwick', b'host%05d' % i) for i in range(n)))


@curve('every line another host', 'lines', decades(10, 300000), explain('--ndjson'))
def strangers(n, d):
    return write(d, 'strangers.log', (b'Mar 15 08:50:26 h%d kernel: [84213.557557] Out of memory: Killed process 1 (a)\n'
                                      % i for i in range(n)))


@curve('every line another prefix', 'lines', decades(100, 300000), explain('--ndjson'))
def prefixes(n, d):
    shapes = (b'[84213.%06d] oom_reaper: x\n', b'<4>[84213.%06d] Memory cgroup out\n', b'Mar 15 08:50:26 h%d a: oom-kill\n',
              b'2024-03-15T08:50:26.%06d+00:00 h kernel: Mem-\n', b'4,%d,84213557,-;Out of memory\n', b'x%d| invoked oom-\n',
              b'{"_HOSTNAME":"h%d","MESSAGE":"Mem-Info:"}\n', b'> > %d [12.5] Node 0 DMA\n',
              b'<4>1 2024-03-15T08:50:26Z h%d kernel - - - oom_\n', b'[Fri Mar 15 08:50:26 2024] CPU: %d PID\n')
    return write(d, 'prefixes.log', (shapes[i % len(shapes)] % i for i in range(n)))


@curve('rows of a task table', 'rows', decades(1, 100000), explain('--ndjson'))
def rows(n, d):
    lines = dump('6.1', 'anon-no-swap').splitlines(True)
    at = next(i for i, ln in enumerate(lines) if b'pgtables_bytes' in ln) + 1
    row = b'Mar 15 08:50:26 fenwick kernel: [84213.558029] [%7d]  1000 %7d     1391      615    53248        0  ' \
          b'           0 worker-%d\n'
    return write(d, 'rows.log', [*lines[:at], *(row % (i, i, i % 5000) for i in range(3000, 3000 + n)), *lines[at:]])


@curve('rows of a task table, default text --full', 'rows', decades(1, 100000), explain('--full'))
def rows_full(n, d):
    return rows(n, d)


@curve('zones: nodes of 5 zones', 'nodes', (1, 2, 4, 8, 16, 32, 64), explain('--ndjson'))
def zones(n, d):
    names = (b'DMA', b'DMA32', b'Normal', b'Movable', b'Device')
    out, text = {}, dump('6.1', 'anon-no-swap', 'dmesg-s')
    for ln in text.splitlines(True):
        body = ln[ln.index(b'] ') + 2:]
        what = 'node' if body.startswith(b'Node 0 active_anon') else 'zone' if body.startswith(b'Node 0 DMA32 free') \
            else 'res' if body.startswith(b'lowmem_reserve') else 'buddy' if body.startswith(b'Node 0 DMA32:') else None
        if what:
            out[what] = ln
    per_node = [[out['node'].replace(b'Node 0', b'Node %d' % k)] for k in range(n)]
    per_zone = [[out['zone'].replace(b'Node 0 DMA32', b'Node %d %s' % (k, z)), out['res']] for k in range(n) for z in names]
    buddies = [[out['buddy'].replace(b'Node 0 DMA32', b'Node %d %s' % (k, z))] for k in range(n) for z in names]
    made, done = [], False
    for ln in text.splitlines(True):
        body = ln[ln.index(b'] ') + 2:]
        if body.startswith((b'Node 0 active', b'Node 0 DMA', b'lowmem_')):
            if not done:
                made += [x for part in per_node + per_zone + buddies for x in part]
            done = True
        else:
            made.append(ln)
    return write(d, 'zones.log', made)


@curve('zones: hostile, 5 to a node', 'nodes', (8, 16, 32, 64, 128, 256, 512), explain('--ndjson'))
def many_zones(n, d):
    return zones(n, d)


@curve('unreclaimable slab rows', 'rows', decades(1, 50000), explain('--ndjson'))
def slabs(n, d):
    lines = dump('6.1', 'slab-unreclaimable').splitlines(True)
    at = next(i for i, ln in enumerate(lines) if b'flint_session' in ln)
    return write(d, 'slabs.log', [*lines[:at], *(lines[at].replace(b'flint_session', b'flint%08d' % i)
                                                 for i in range(n)), *lines[at + 1:]])


@curve('rows of memory cgroup statistics', 'rows', decades(1, 30000), explain('--ndjson'))
def memcg_stats(n, d):
    lines = dump().splitlines(True)
    at = next(i for i, ln in enumerate(lines) if b'] pgmajfault' in ln)
    return write(d, 'stats.log', [*lines[:at], *(lines[at].replace(b'pgmajfault', b'pgkey_%d' % i) for i in range(n)),
                                  *lines[at:]])


@curve('memory cgroups below the limit (version 1)', 'cgroups', decades(1, 10000), explain('--ndjson'))
def memcg_members(n, d):
    lines = dump('4.15', 'memcg').splitlines(True)
    at = next(i for i, ln in enumerate(lines) if b'Memory cgroup stats for' in ln)
    return write(d, 'members.log', [*lines[:at + 1], *(lines[at].replace(b'/tenants/blue', b'/tenants/blue/c%d' % i)
                                                       for i in range(n)), *lines[at + 1:]])


@curve('frames of a call trace', 'frames', decades(1, 100000), explain('--ndjson'))
def frames(n, d):
    lines = dump().splitlines(True)
    at = next(i for i, ln in enumerate(lines) if b'oom_kill_process' in ln)
    return write(d, 'frames.log', [*lines[:at], *(lines[at].replace(b'oom_kill', b'oom_kill%d' % i) for i in range(n)),
                                   *lines[at:]])


for what, text in (('of one letter', b'a'), ('that nearly matches', b'invoked oom-kille: Killed process ('),
                   ('of brackets', b'[  12.345678] [<'), ('of opening quotes', b'"message":"\\"{')):
    def one_line(n, d, text=text):
        def pieces():
            block = text * ((1 << 20) // len(text) + 1)
            yield b'x' * (600 << 10) + b'\n' + SHORT
            for at in range(0, n, 1 << 20):
                yield block[:min(n - at, 1 << 20)]
            yield b'\n' + SHORT
        return write(d, 'oneline.log', pieces())
    curve(f'one line {what}', 'bytes', tuple(1 << k for k in (10, 14, 17, 20, 22, 24, 27, 30)[:8 if text == b'a' else 7]),
          explain('--ndjson'))(one_line)


@curve('a dump wrapped at 40 columns', 'rows', decades(1, 30000), explain('--ndjson'))
def wrapped(n, d):
    rows(n, d)

    def pieces():
        with open(os.path.join(d, 'rows.log'), 'rb') as f:
            for ln in f:
                ln = ln[ln.index(b'kernel: ') + 8:]
                for at in range(0, len(ln), 40):
                    yield ln[at:at + 40].rstrip(b'\n') + b'\n'
    return write(d, 'wrapped.log', pieces())


@curve('continuation lines of one record', 'lines', decades(10, 300000), explain('--ndjson'))
def continued(n, d):
    text = dump(how='dmesg')
    return write(d, 'continued.log', [text[:text.index(b'] Tasks')], b'] Mem-Info:\n',
                                      *(b'                active_anon:%d inactive_anon:4\n' % i for i in range(n)), text])


@curve('lines that nearly match', 'lines', decades(100, 1000000), explain('--ndjson'))
def near(n, d):
    words = (b'oom-kill: no', b'Killed process', b'invoked oom-killer:', b'page allocation failur', b'Mem-Info', b'oom_reaper',
             b'Out of memory', b'lowmem_reserve[]', b'Memory cgroup stats', b'Node 0 DMA32 free', b'Call Trace:',
             b'[  pid  ]   uid  tgid total_vm', b'Kill process 1 (a) score', b'Task in /a killed as a result')
    return write(d, 'near.log', (b'Mar 15 08:50:26 fenwick kernel: [84213.%06d] %s\n' % (i, words[i % len(words)])
                                 for i in range(n)))


def folder(d, name):
    path = os.path.join(d, name)
    shutil.rmtree(path, ignore_errors=True)
    os.mkdir(path)
    return path


@curve('files in a folder', 'files', decades(1, 10000), explain('--json'))
def log_files(n, d):
    path = folder(d, 'logs')
    for i in range(n):
        write(path, f'machine{i:05d}.log', [later(SHORT, i)])
    return path


@curve('files of one rotated log', 'files', decades(1, 1000), explain('--ndjson'))
def rotated(n, d):
    path = folder(d, 'rotated')
    lines = (later(SHORT, k) for k in range(n))
    for i, text in enumerate(lines):
        cut = text.rindex(b'\n', 0, len(text) // 2) + 1
        name = 'kern.log' + (f'.{n - 1 - i}' if i < n - 1 else '')
        write(path, name, [rest if i else b'', text[:cut] if i < n - 1 else text])
        rest = text[cut:]
    return path


@curve('boots in a journal', 'boots', (1, 10, 30, 100, 300, 1000), lambda p: [BIN, 'explain', '--ndjson', f'--journal={p}'])
def boots(n, d):
    tool = shutil.which('systemd-journal-remote') or '/lib/systemd/systemd-journal-remote'
    if not os.access(tool, os.X_OK):
        raise Skip('systemd-journal-remote is not installed')
    path = folder(d, 'journal')
    recs = cases.records(cases.CASES['memcg'](ERAS['6.1'])[0])
    text = []
    for i in range(n):
        w = transport.Writer('fenwick', 1710489600000000 + i * 3600000000, boot=f'{i + 1:032x}')
        text.append('\n'.join(t for t, _, _ in w.write(recs, 'journal-export')).encode('latin-1') + b'\n')
    r = subprocess.run([tool, '-o', os.path.join(path, 'system.journal'), '-'], input=b''.join(text), capture_output=True, check=False)
    if r.returncode:
        raise Skip(f'systemd-journal-remote failed: {r.stderr[-80:].decode("latin-1")!r}')
    return path


# -- machines ------------------------------------------------------------------------------------------------

def root(d, name, base='lab-6.12-v2-docker'):
    path = os.path.join(d, name)
    shutil.rmtree(path, ignore_errors=True)
    return captured.unpack(base, path)


def put(path, files):
    os.makedirs(path, exist_ok=True)
    for name, text in files.items():
        with open(os.path.join(path, name), 'w', encoding='latin-1') as f:
            f.write(text)


def snap(*args):
    return lambda path: [BIN, 'snap', '--no-pager', '-i', '0', '--root', path, *args]


def batch(path):
    return [BIN, 'top', '--batch', '-n', '1', '--root', path]


def screen(view, keys=''):
    """top on a terminal: "pty" and the keys are the driver's affair"""
    return lambda path: ['pty', keys + 'q', BIN, 'top', '--view', view, '--root', path]


def views(*args):
    """Ticks that differ, which a captured root has none of: tests/bench/views.c"""
    prog = os.path.join(os.path.dirname(BIN), 'tests/bench/views')

    def command(path):
        if not os.access(prog, os.X_OK):
            raise Skip(f'{prog} is not built')
        return [prog, args[0], os.path.basename(path), *args[1:]]
    return command


def number(n, d):
    """The size is the input."""
    return write(d, str(n), [])


def groups(n, d, deep=1):
    path = root(d, 'groups')
    top = os.path.join(path, 'sys/fs/cgroup/system.slice')
    stat = open(os.path.join(top, 'memory.stat'), encoding='latin-1').read()  # pylint: disable=consider-using-with
    at = top
    for i in range(n):
        at = os.path.join(at if deep > 1 and i % deep else top, f'docker-{i:064x}.scope')
        put(at, {'memory.current': f'{(i + 1) * 4096}\n', 'memory.max': 'max\n' if i % 3 else '1073741824\n',
                 'memory.stat': stat, 'cgroup.procs': f'{i + 2}\n', 'memory.events': 'low 0\nhigh 0\nmax 0\noom_kill 0\n'})
    return path


def chains(n, d):
    return groups(n, d, 24)


def processes(n, d, folds=None):
    path = root(d, 'processes')
    proc = os.path.join(path, 'proc')
    with open(os.path.join(proc, '165/status'), encoding='latin-1') as f:
        status = f.read()
    with open(os.path.join(proc, '165/stat'), encoding='latin-1') as f:
        stat = f.read()
    for i in range(1000, 1000 + n):
        name = f'w{i % (folds or n)}'
        put(os.path.join(proc, str(i)), {
            'status': status.replace('nginx', name).replace('\t165\n', f'\t{i}\n'),
            'stat': stat.replace('(nginx)', f'({name})').replace('165 ', f'{i} ', 1),
            'cgroup': f'0::/system.slice/s{i % 500}.service\n', 'oom_score': '3\n', 'oom_score_adj': '0\n'})
    return path


def slab_caches(n, d, merged=20, shown=1):
    """@n caches, @merged of them to an id, @shown of those in slabinfo"""
    path = root(d, 'slabs')
    sys_slab = os.path.join(path, 'sys/kernel/slab')
    os.makedirs(sys_slab)
    with open(os.path.join(path, 'proc/slabinfo'), encoding='latin-1') as f:
        head, names, row = [next(f) for _ in range(3)]
    out = [head, names]
    first = row.split()[0]
    for i in range(n):
        sysid = f':{"aA"[i // merged % 2]}-{i // merged:07d}'
        if not i % merged:
            os.mkdir(os.path.join(sys_slab, sysid))
        os.symlink(sysid, os.path.join(sys_slab, f'cache_{i:06d}'))
        if i % merged < shown:
            out.append(row.replace(first, f'cache_{i:06d}'))
    put(os.path.join(path, 'proc'), {'slabinfo': ''.join(out)})
    return path


def slab_rows(n, d):
    return slab_caches(n, d, 2, 2)


def slab_one_id(n, d):
    return slab_caches(n, d, n, 1)


def slab_alone(n, d):
    path = slab_caches(0, d)
    for i in range(n):
        put(os.path.join(path, f'sys/kernel/slab/alone_{i:06d}'), {'reclaim_account': f'{i % 2}\n'})
    return path


def nodes(n, d):
    path = root(d, 'nodes', 'lab-6.1-numa')
    with open(os.path.join(path, 'proc/zoneinfo'), encoding='latin-1') as f:
        text = f.read()
    with open(os.path.join(path, 'proc/buddyinfo'), encoding='latin-1') as f:
        buddy = f.readline()
    node0 = text[:text.index('Node 1,')]
    block = node0[node0.index('Node 0, zone    DMA32'):]
    block = block[:block.index('Node 0', 5)] if 'Node 0' in block[5:] else block
    types = ('DMA', 'DMA32', 'Normal', 'Movable', 'Device')
    put(os.path.join(path, 'proc'), {
        'zoneinfo': ''.join(block.replace('Node 0, zone    DMA32', f'Node {i}, zone {z:>8s}') for i in range(n) for z in types),
        'buddyinfo': ''.join(f'Node {i}, zone {z:>8s}' + buddy[buddy.index('zone') + 13:] for i in range(n) for z in types)})
    src = os.path.join(path, 'sys/devices/system/node/node0')
    for i in range(2, n):
        shutil.copytree(src, os.path.join(path, f'sys/devices/system/node/node{i}'), symlinks=True, dirs_exist_ok=True)
    return path


def diff(n, d):
    """Two snapshots of @n caches, @n groups, @n commands and @n parts of RAM."""
    def doc(k):
        part = ','.join(f'"part{i}_kb":{i + k}' for i in range(n))
        lists = {'slab': '{"name":"c%d","total_kb":%d,"objects":7}', 'cgroups': '{"path":"/c%d","usage_kb":%d}',
                 'processes': '{"comm":"p%d","total_kb":%d}'}
        body = ','.join(f'"{key}":[' + ','.join(f % (i, i * k) for i in range(n)) + ']' for key, f in lists.items())
        return f'{{"schema":"oomlens.snap/1","host":"a","ram":{{"parts":{{{part}}}}},"available":{{{part}}},{body}}}'.encode()
    write(d, 'b.json', [doc(2)])
    return write(d, 'a.json', [doc(1)])


for name, unit, sizes, make, command in (
        ('cgroups', 'cgroups', (10, 100, 300, 1000, 3000, 10000), groups, snap('--json')),
        ('cgroups, text --full', 'cgroups', (10, 100, 300, 1000, 3000, 10000), groups, snap('--full')),
        ('cgroups in chains of 24', 'cgroups', (10, 100, 300, 1000, 3000, 10000), chains, snap('--json')),
        ('processes of as many commands', 'processes', (10, 100, 1000, 3000, 10000, 30000), processes, snap('--json')),
        ('processes, text --full', 'processes', (10, 100, 1000, 3000, 10000, 30000), processes, snap('--full')),
        ('slab caches, 20 merged into each', 'caches', (100, 300, 1000, 3000, 5000, 10000, 30000), slab_caches, snap('--json')),
        ('slab caches, all in slabinfo', 'caches', (100, 300, 1000, 3000, 5000, 8000), slab_rows, snap('--json')),
        ('slab caches, all merged into one', 'caches', (100, 300, 1000, 3000, 10000, 30000), slab_one_id, snap('--json')),
        ('slab directories in sysfs', 'entries', (100, 300, 1000, 3000, 10000, 30000), slab_alone, snap('--json')),
        ('nodes of 5 zones', 'nodes', (2, 4, 8, 16, 32, 64), nodes, snap('--json')),
        ('two snapshots compared', 'rows of each list', (10, 100, 1000, 10000, 30000), diff,
         lambda p: [BIN, 'snap', '--diff', p, os.path.join(os.path.dirname(p), 'b.json')])):
    CURVES.append(Curve(f'snap: {name}', unit, sizes, make, command, 'snap'))

MANY, GROUPS, CACHES = (10, 100, 1000, 3000, 10000, 30000), (10, 100, 300, 1000, 3000, 10000), (100, 300, 1000, 3000, 8000)
for name, unit, sizes, make, command in (
        ('--batch, processes', 'processes', MANY, processes, batch),
        ('a screen of groups, a tree', 'cgroups', GROUPS, groups, screen('groups', 't')),
        ('a screen of zones', 'nodes', (2, 4, 8, 16, 32, 64), nodes, screen('zones')),
        ('processes by growth, folded', 'processes', MANY, number, views('processes', '>>>>>')),
        ('processes by growth, single', 'processes', MANY, number, views('processes', 't>>>>>')),
        ('groups that come and go', 'cgroups', GROUPS, number, views('groups')),
        ('slab caches by growth', 'caches', CACHES, number, views('slab', 'v')),
        ('slab caches by growth since the start', 'caches', CACHES, number, views('slab', 'v>>'))):
    CURVES.append(Curve(f'top: {name}', unit, sizes, make, command, 'top'))
CURVES.append(Curve('watch: processes, groups and caches that come and go', 'of each', (10, 100, 300, 1000, 3000, 8000),
                    number, views('watch'), 'watch'))
