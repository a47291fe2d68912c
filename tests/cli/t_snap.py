# SPDX-License-Identifier: GPL-2.0-or-later
"""snap on this machine: sums, other tools beside it, one process, differences, broken roots."""

import json
import mmap
import os
import re
import shutil
import subprocess
import tempfile
import time

import captured
from harness import BIN, Skip, alone, check, clean, run, same, shorten, test, unseen_samples


def snap(*args, status=0):
    r = run('snap', *args)
    same(r.status, status, f'status ({r.err[:200]})')
    return r


def look(*args):
    return json.loads(snap('--json', '--interval', '0', *args).out)


def close(a, b, within, what):
    check(abs(a - b) <= within, f'{what}: {a} and {b} are {abs(a - b)} apart, {within} allowed')


@test
def snap_sums_to_memtotal():
    for _ in range(5):
        d = look()
        same(sum(d['ram']['parts'].values()), d['ram']['total_kb'], 'sum of the parts')
        check(all(v >= 0 for v in d['ram']['parts'].values()), 'a part below 0')
        check(d['available']['certain_kb'] <= d['available']['likely_kb'], 'range upside down')
        both = [r['kb'] for r in d['available']['reasons'] if r['class'] != 'doubtful']
        same(sum(both), d['available']['likely_kb'], 'reasons of the upper end')


@test
@alone
def snap_beside_free():
    """What free prints is what the kernel prints, so between two of its looks ours must lie."""
    if not shutil.which('free'):
        raise Skip('free (procps) is not installed')

    def free():
        lines = subprocess.run(['free', '-k', '-w'], capture_output=True, text=True, check=True,
                               env={**os.environ, 'LC_ALL': 'C'}).stdout.splitlines()
        return dict(zip(lines[0].split(), map(int, lines[1].split()[1:])))

    for attempt in range(5):
        before, d, after = free(), look(), free()
        same(d['ram']['total_kb'], before['total'], 'total')
        m = d['metrics']
        ours = {'free': m['mem_free_kb'], 'available': m['mem_available_kb'], 'buffers': m['buffers_kb'],
                'shared': m['shmem_kb']}
        off = {k: (before[k], v, after[k]) for k, v in ours.items()
               if not min(before[k], after[k]) - 2048 <= v <= max(before[k], after[k]) + 2048}
        if not off:
            return
        time.sleep(0.3)
    check(False, f'five times outside of what free said before and after by over 2 MiB: {off}')


@test
def snap_beside_slabtop():
    if not shutil.which('slabtop'):
        raise Skip('slabtop (procps) is not installed')
    r = subprocess.run(['slabtop', '-o', '-s', 'c'], capture_output=True, text=True, check=False)
    rows = re.findall(r'^ *(\d+) +(\d+) +(\d+)% +\S+ +(\d+) +(\d+) +(\d+)K (\S+)', r.stdout, re.M)
    if not rows:
        raise Skip('slabtop may not read /proc/slabinfo here')
    ours = {s['name']: s for s in look()['slab']}
    for objects, _, _, slabs, per_slab, size, name in rows[:10]:
        if name not in ours or ours[name]['objects'] < 2000:
            continue
        same(ours[name]['objects_per_slab'], int(per_slab), f'{name}: objects in a slab')
        # other jobs may run on this machine: half of a cache does not come or go in between
        close(ours[name]['total_kb'], int(size), max(int(size) // 2, 512), name)


def moved(part, take, give):
    """By how much a part of RAM grew between two looks with @take between them."""
    before = look()['ram']['parts'][part]
    held = take()
    after = look()['ram']['parts'][part]
    give(held)
    return after - before


def near(part, want, within, take, give):
    """Other jobs take and give memory too: of eight tries, each short, one must be undisturbed."""
    seen = []
    for _ in range(8):
        seen.append(moved(part, take, give))
        if abs(seen[-1] - want) <= within:
            return
    check(False, f'{part} grew by {seen} kB, {want} kB were taken')


@test
@alone
def snap_says_where_256_mib_went():
    def touch():
        block = mmap.mmap(-1, 256 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        for at in range(0, 256 << 20, 4096):
            block[at] = 1
        return block

    near('anon_kb', 256 << 10, 16 << 10, touch, lambda b: b.close())

    def fill():
        f = tempfile.NamedTemporaryFile(dir='/dev/shm')
        f.write(bytes(64 << 20))
        f.flush()
        return f

    if os.access('/dev/shm', os.W_OK):
        near('shmem_kb', 64 << 10, 4 << 10, fill, lambda f: f.close())


@test
def snap_of_one_process():
    child = subprocess.Popen(['python3', '-c', 'b = bytearray(64 << 20); print(flush=True); input()'],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        child.stdout.readline()
        d = look('--pid', str(child.pid))
        with open(f'/proc/{child.pid}/status') as f:
            status = f.read()
        text = snap('--interval', '0', '--pid', str(child.pid)).out
    finally:
        child.kill()
        child.wait()
    same(d['pid'], child.pid, 'pid')
    check(d['rss_anon_kb'] >= 64 << 10, f"{d['rss_anon_kb']} kB of 64 MiB")
    same(d['comm'], re.search(r'^Name:\t(.*)$', status, re.M)[1], 'comm')
    # it only waits: nothing of it moves
    same(d['rss_anon_kb'], int(re.search(r'^RssAnon:\s+(\d+)', status, re.M)[1]), 'RssAnon')
    check(d['pss_kb'] <= d['rss_kb'] + 64, 'PSS above RSS')
    check(b'What is resident' in text and b'anonymous' in text, text[:400])
    r = run('snap', '--interval', '0', '--pid', '2147483647')
    same((r.status, b'no process' in r.err.lower()),
         (2, True), 'a pid that is not there')


@test
def snap_of_a_growing_process():
    """Growth between the two looks: a child touches 40 MiB a second."""
    child = subprocess.Popen(['python3', '-c', '''
import mmap, time
b = mmap.mmap(-1, 1 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
start = time.monotonic()
done = 0
while time.monotonic() - start < 20:
    want = int((time.monotonic() - start) * 40 * 256)
    while done < want:
        b[done * 4096] = 1
        done += 1
    time.sleep(0.005)
'''])
    try:
        time.sleep(0.5)
        d = json.loads(snap('--json', '--interval', '2', '--pid', str(child.pid)).out)
    finally:
        child.kill()
        child.wait()
    close(d['rss_anon_growth_kb_per_s'], 40 << 10, 8 << 10, 'growth per second')


@test
def snap_diff():
    with tempfile.TemporaryDirectory() as tmp:
        a, b, bad = (os.path.join(tmp, n) for n in ('a', 'b', 'bad'))
        d = look()
        d['slab'] = [{'name': 'dentry', 'objects': 100, 'total_kb': 20}]
        with open(a, 'w') as f:
            json.dump(d, f)
        d['slab'] = [{'name': 'dentry', 'objects': 4100, 'total_kb': 820},
                     {'name': 'nfs_inode_cache', 'objects': 4000, 'total_kb': 4300}]
        d['time']['since_boot_s'] += 90
        with open(b, 'w') as f:
            json.dump(d, f)
        text = snap('--diff', a, b).out.decode()
        check('what changed in 1 min' in text, text[:200])
        check(re.search(r'nfs_inode_cache +\+4\.20 MiB +0 B', text), text)
        check(re.search(r'dentry +\+4000 +100 -> +4100', text), text)
        j = json.loads(snap('--diff', '--json', a, b).out)
        same([(c['name'], c['change']) for c in j['slab_kb']], [('nfs_inode_cache', 4300), ('dentry', 800)],
             'changes')
        same(j['ram_kb'], [], 'nothing else changed')
        with open(bad, 'w') as f:
            f.write('{"schema":"something else"}')
        for files in ((a, bad), (bad, a), (a, BIN), (a, tmp), (a, os.path.join(tmp, 'none'))):
            r = run('snap', '--diff', *files)
            check(r.status == 2 and r.err and not r.out, f'{files}: {r.status} {r.err}')


@test
def snap_of_roots_that_are_none():
    with tempfile.TemporaryDirectory() as tmp:
        r = run('snap', '--root', tmp)
        same(r.status, 2, 'an empty root')
        check(b'meminfo' in r.err, r.err)
        same(run('snap', '--root', os.path.join(tmp, 'none')).status, 2, 'no root at all')
        os.makedirs(os.path.join(tmp, 'proc'))
        with open(os.path.join(tmp, 'proc/meminfo'), 'w') as f:
            f.write('MemTotal: 1000 kB\nMemFree: 400 kB\n')
        d = look('--root', tmp)
        same(d['ram'], {'total_kb': 1000, 'parts': {'free_kb': 400, 'unaccounted_kb': 600}}, 'ram')
        # a link that leads out of a captured root stays inside of it
        os.symlink('/proc/zoneinfo', os.path.join(tmp, 'proc/zoneinfo'))
        d = look('--root', tmp)
        check(d['sources']['zoneinfo']['status'] != 'ok' and not d['zones'], 'read a file outside of the root')
        os.mkfifo(os.path.join(tmp, 'proc/vmstat'))
        same(look('--root', tmp)['ram']['total_kb'], 1000, 'beside a FIFO')


@test
def snap_of_tars():
    """A captured root says the same as a folder and as a tar, however that is packed, wrapped and listed."""
    with tempfile.TemporaryDirectory() as tmp:
        for name in captured.names():
            top = captured.unpack(name, os.path.join(tmp, name))
            same(run('snap', '--json', '--root', captured.archive(name)).out,
                 run('snap', '--json', '--root', top).out, name)
        name, want = 'lab-6.12-v2-docker', snap('--root', captured.archive('lab-6.12-v2-docker')).out
        os.rename(os.path.join(tmp, name), os.path.join(tmp, 'sosreport-host-2026'))
        for what in ('-cf a.tar', '-czf a.tar.gz', '-cJf a.tar.xz', '-cjf a.tar.bz2', '-c --zstd -f a.tar.zst',
                     '-c --format=pax -f a.pax', '--format=v7 --exclude=*.scope -cf short.tar'):
            args = what.split()
            if subprocess.run(['tar', *args, 'sosreport-host-2026'], cwd=tmp, check=False, capture_output=True).returncode:
                continue  # tar starts a program for each, which may not be here
            is_whole = args[-1].startswith('a')
            path = os.path.join(tmp, args[-1])
            check((snap('--root', path).out == want) is is_whole, what)
            same(run('top', '--batch', '-n', '1', '--root', path).status, 0, f'top: {what}')
        # what tar by itself makes of /proc
        os.makedirs(os.path.join(tmp, 'proc'))
        open(os.path.join(tmp, 'proc/meminfo'), 'w').close()
        subprocess.run(['tar', '-cf', 'a.tar', 'proc'], cwd=tmp, check=True)
        r = run('snap', '--json', '--root', os.path.join(tmp, 'a.tar'))
        same((r.status, r.json['sources']['meminfo']['status']), (2, 'error'), 'an empty meminfo')
        check(b'capture-root.sh' in r.err, r.err)


@test
def snap_options():
    for args in (('--interval', 'x'), ('--interval', '-1'), ('--pid', '0'), ('--pid', 'a'), ('x',), ('--diff', 'a')):
        same(run('snap', *args).status, 2, f'{args}')


HOSTILE = '\x1b[31mred\x1b]0;title\x07\u202ebidi<b>"quo\\te&amp;\u7a4d\u0301'


def hostile_root(top, name=HOSTILE):
    """Names from outside in every place that has one."""
    def put(path, text):
        path = os.path.join(top, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as f:
            f.write(text if isinstance(text, bytes) else text.encode())

    bad = name.encode() + b'\xff\xfe'
    put('proc/meminfo', 'MemTotal: 100000 kB\nMemFree: 40000 kB\nSlab: 900 kB\nAnonPages: 5000 kB\n')
    put('proc/sys/kernel/hostname', bad + b'\n')
    put('proc/sys/kernel/osrelease', bad + b'\n')
    put('proc/slabinfo', b'slabinfo - version: 2.1\n# name\n' + bad.replace(b' ', b'') +
        b' 10 10 64 64 1 : tunables 0 0 0 : slabdata 1 1 0\n')
    put('proc/7/stat', b'7 (' + bad[:15] + b') D 1 7 7 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 100 1000 10 ' +
        b'0 ' * 28 + b'\n')
    put('proc/7/status', b'Name:\t' + bad[:15] + b'\nState:\tD (disk sleep)\nPPid:\t1\nUid:\t0\t0\t0\t0\n'
        b'VmSize:\t100 kB\nVmRSS:\t60 kB\nRssAnon:\t40 kB\nRssFile:\t20 kB\nRssShmem:\t0 kB\n')
    put('proc/7/wchan', bad)
    put('proc/7/cgroup', b'0::/' + bad + b'\n')
    put('proc/7/oom_score', '900\n')
    put('proc/7/oom_score_adj', '0\n')
    put('sys/fs/cgroup/cgroup.controllers', 'memory\n')
    group = os.path.join(os.fsencode(top), b'sys/fs/cgroup', bad.replace(b'/', b''))
    os.makedirs(group)
    for name, text in ((b'memory.current', b'1000000\n'), (b'memory.max', b'1000001\n'),
                       (b'memory.stat', b'anon 999000\n')):
        with open(os.path.join(group, name), 'wb') as f:
            f.write(text)


def all_views_of(root):
    """Of a root with hostile names; its JSON."""
    outputs = {
        'text': snap('--root', root).out, 'full': snap('--full', '--root', root).out,
        'json': snap('--json', '--root', root).out, 'pid': snap('--pid', '7', '--root', root).out,
        'pid json': snap('--json', '--pid', '7', '--root', root).out,
        'top json': run('top', '--json', '-n', '1', '--root', root).out,
    }
    for view in ('overview', 'slab', 'groups', 'zones', 'processes', 'events'):
        outputs['top ' + view] = run('top', '--batch', '-n', '1', '--view', view, '--root', root).out
    for what, out in outputs.items():
        check(out, f'{what}: nothing')
        clean(out, what)
    return json.loads(outputs['json'])


@test
def snap_of_names_that_are_not_seen():
    """15 bytes of a process's name hold few: each root has others in front."""
    samples = [c for c in unseen_samples() if ord(c) >= 0xad]
    for n in range(0, len(samples), 4):
        with tempfile.TemporaryDirectory() as tmp:
            hostile_root(tmp, 'red' + ''.join(samples[n:] + samples[:n])[:60])
            d = all_views_of(tmp)
            check(any(samples[n] in c['path'] for c in d['cgroups']), f'U+{ord(samples[n]):04X}: the group is gone')


@test
def snap_of_hostile_names():
    with tempfile.TemporaryDirectory() as tmp:
        hostile_root(tmp)
        d = all_views_of(tmp)
        check(any('red' in s['name'] for s in d['slab']), 'the cache is gone')
        check(any('red' in c['path'] for c in d['cgroups']), 'the group is gone')
        same(d['verdict']['where'], 'cgroup', 'a full group')
        check('red' in d['verdict']['headline'], d['verdict'])


@test
def snap_of_roots_with_one_file_broken():
    """Whatever becomes of one file, there is an answer whose parts still sum, or a clear message."""
    texts = (None, b'', b'\n', b'max\n', b'-1\n', b'99999999999999999999999\n' * 3, b'MemTotal: 5 kB\n' * 4,
             bytes(range(256)), b'some new key of a later kernel 12 kB\n')
    with tempfile.TemporaryDirectory() as tmp:
        top = captured.unpack('lab-6.12-v2-docker', os.path.join(tmp, 'root'))
        files = [os.path.join(d, n) for d, _, names in os.walk(top) for n in names]
        # of files that are alike, the first
        seen, kinds = set(), []
        for f in sorted(files):
            kind = re.sub(r'/proc/[0-9]+/|cgroup/.*/', '/', os.path.relpath(f, tmp))
            if kind not in seen and not os.path.islink(f):
                seen.add(kind)
                kinds.append(f)
        check(len(kinds) > 40, f'only {len(kinds)} kinds of files')
        for f in kinds:
            with open(f, 'rb') as src:
                whole = src.read()
            for text in texts + (whole[:len(whole) // 2], whole + whole):
                os.unlink(f)
                if text is not None:
                    with open(f, 'wb') as to:
                        to.write(text)
                r = run('snap', '--json', '--root', top)
                where = f'{os.path.relpath(f, top)} {shorten(text)}'
                check(r.status in (0, 2), f'{where}: status {r.status}')
                if r.status:
                    check(b'meminfo' in r.err, f'{where}: {r.err}')
                d = json.loads(r.out)
                if 'ram' in d:
                    same(sum(d['ram']['parts'].values()), d['ram']['total_kb'], f'{where}: sum')
                if text is None:
                    open(f, 'wb').close()
            with open(f, 'wb') as to:
                to.write(whole)
