# SPDX-License-Identifier: GPL-2.0-or-later
"""watch on this machine: real commands, and what the kernel says about them independently of us.
OL_WATCH_FILES: files in the tree that is scanned (50000)."""

import contextlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from harness import BIN, PATIENCE, Process, Skip, alone, check, folder, run, same, sanitized, test

FILES = int(os.environ.get('OL_WATCH_FILES', '50000'))
NOBODY = 65534
SCANS = threading.Lock()  # slabinfo is of the whole machine: one tree at a time
PY = sys.executable


def own_group(pid='self'):
    """(directory, version) of the group of a process in the hierarchy with the memory controller"""
    with open(f'/proc/{pid}/cgroup', encoding='ascii') as f:
        rows = [ln.rstrip('\n').split(':', 2) for ln in f]
    with open('/proc/self/mounts', encoding='utf-8') as f:
        mounts = [ln.split() for ln in f]
    for _, lists, path in rows:
        for _, where, kind, opts, *_ in mounts:
            if 'memory' in lists.split(',') and kind == 'cgroup' and 'memory' in opts.split(','):
                return where + path.rstrip('/'), 1
    for number, lists, path in rows:
        for _, where, kind, *_ in mounts:
            if number == '0' and not lists and kind == 'cgroup2' and \
                    os.path.exists(f'{where}/cgroup.controllers'):
                with open(f'{where}/cgroup.controllers', encoding='ascii') as f:
                    if 'memory' in f.read().split():
                        return where + path.rstrip('/'), 2
    return None, 0


def need_group():
    """Where `watch` makes its groups; skips when it cannot."""
    where, version = own_group()
    if os.getuid() != 0:
        raise Skip('takes root')
    if not version:
        raise Skip('no memory controller of control groups here')
    where = where if version == 1 else os.path.dirname(where)
    try:
        os.mkdir(f'{where}/oomlens-try-{os.getpid()}')
        os.rmdir(f'{where}/oomlens-try-{os.getpid()}')
    except OSError as x:
        raise Skip(f'no control group can be made in {where}: {x.strerror}') from None
    return where, version


def left(where, pid):
    return os.path.exists(f'{where}/oomlens-watch.{pid}')


def watch(*args, status=0, opts=(), timeout=30, **kw):
    """The report as JSON, with what came on stdout and stderr."""
    with folder() as d:
        if kw.get('user'):
            os.chown(d, kw['user'], kw['user'])
        out = os.path.join(d, 'report')
        r = run('watch', '--json', '-o', out, *opts, *(('--',) if args else ()), *args, timeout=timeout, **kw)
        same(r.status, status, f'status ({r.err[-300:]!r})')
        with open(out, 'rb') as f:
            text = f.read()
    j = json.loads(text)
    same(j['schema'], 'oomlens.watch/1', 'schema')
    return j, r


def python(code, *args, opts=('-i', '0.05'), **kw):
    return watch(PY, '-S', '-c', code, *map(str, args), opts=opts, **kw)


def close(a, b, within, what):
    check(abs(a - b) <= within, f'{what}: {a} and {b}, only {within} apart allowed')


def kernel_peak_kb(version):
    """Read by the command itself, in its group, at its end."""
    return ('import re\n'
            'def peak():\n'
            '    for ln in open("/proc/self/cgroup"):\n'
            '        n, c, p = ln.strip().split(":", 2)\n'
            f'        if {"memory"!r} in c.split(",") if {version} == 1 else n == "0":\n'
            '            break\n'
            '    for top in ("/sys/fs/cgroup/memory", "/sys/fs/cgroup", "/sys/fs/cgroup/unified"):\n'
            '        for f in ("memory.max_usage_in_bytes", "memory.peak"):\n'
            '            try:\n'
            '                return int(open(top + p + "/" + f).read()) // 1024\n'
            '            except OSError:\n'
            '                pass\n'
            '    return 0\n')


# -- what a command is -------------------------------------------------------------------------


@test
def watch_passes_status_on():
    same(run('watch', '-q', '--', 'sh', '-c', 'exit 3').status, 3, 'exit 3')
    same(watch('sh', '-c', 'exit 3', status=3)[0]['exit_status'], 3, 'in the report')
    for sig in (signal.SIGSEGV, signal.SIGTERM, signal.SIGKILL):
        j, _ = watch('sh', '-c', f'kill -{int(sig)} $$', status=128 + sig)
        same(j['signal'], sig, 'signal in the report')
        check('exit_status' not in j, 'a status of a process that was killed')


@test
def watch_passes_streams_on():
    r = run('watch', '-q', '--', 'sh', '-c', 'cat; echo told >&2', data=b'through\n')
    same((r.status, r.out), (0, b'through\n'), 'stdout is the command\'s alone')
    check(r.err.startswith(b'told\n'), r.err[:100])
    r = run('watch', '--json', '--', 'sh', '-c', 'sleep 0.2')
    same(json.loads(r.err)['exit_status'], 0, 'JSON alone on stderr')


@test
def watch_commands_that_are_none():
    with folder() as d:
        plain = os.path.join(d, 'plain')
        with open(plain, 'wb') as f:
            f.write(b'no program\n')
        same(run('watch', '--', os.path.join(d, 'none')).status, 127, 'not there')
        r = run('watch', '--', plain)
        same((r.status, b'Permission denied' in r.err, b'exit status' in r.err), (126, True, False), 'not executable')
        same(run('watch', '--', d).status, 126, 'a folder')
        check(not os.path.exists(os.path.join(d, 'report')), 'no report')
        where, _ = own_group()
        left_over = [n for n in os.listdir(where or d) if n.startswith('oomlens-watch.')]
        for n in left_over:  # of other cases that run beside this one
            check(os.path.exists('/proc/' + n.rsplit('.', 1)[1]), f'{n} is left behind')


@test
def watch_refuses():
    for args in ((), ('--pid', '0'), ('--pid', 'x'), ('--pid', '1', '--', 'true'), ('--limit', '1G', '--pid', '1'),
                 ('--limit', '0', '--', 'true'), ('--limit', '5Q', '--', 'true'),
                 ('--limit', '512 ', '--', 'true'), ('-i', '0', '--', 'true'),
                 ('--pid', '2147483000'), ('--cgroup', '/no/such/group'), ('--limit', '99999999999T', '--', 'true')):
        r = run('watch', *args)
        same((r.status, bool(r.err), r.out), (2, True, b''), f'{args}')
    # before the command is run, not after hours
    with folder() as d:
        r = run('watch', '-o', os.path.join(d, 'no/such/place'), '--', 'touch', os.path.join(d, 'ran'))
        same((r.status, os.path.exists(os.path.join(d, 'ran'))), (2, False), 'a report that cannot be written')


@test
def watch_gives_what_it_was_given():
    """Signals, limits of files and no descriptor of ours."""
    code = ('import os,resource,signal;print(sorted(int(x) for x in os.listdir("/proc/self/fd")),'
            'resource.getrlimit(resource.RLIMIT_NOFILE),'
            '[ln for ln in open("/proc/self/status") if ln[:6] in ("SigBlk","SigIgn","SigCgt")])')
    with folder() as d:
        plain = subprocess.run([PY, '-S', '-c', code], capture_output=True, stdin=subprocess.DEVNULL, check=True,
                               cwd=d).stdout
        p = subprocess.run([BIN, 'watch', '-q', '-o', 'report', '--', PY, '-S', '-c', code], capture_output=True,
                           stdin=subprocess.DEVNULL, check=True, cwd=d)
    same(p.stdout, plain, 'what the command finds')


# -- signals -----------------------------------------------------------------------------------


# os.write: a signal may come in the middle of a print, which then fails
TRAPS = '''
import os, signal, sys, time
def end(sig, _):
    os.write(1, b"got %d\\n" % sig)
    sys.exit(40 + sig)
for s in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
    signal.signal(s, end)
os.write(1, b"ready\\n")
# a signal just before a long sleep would be seen after it
for _ in range(600):
    time.sleep(0.05)
'''


@test
def watch_passes_signals_on():
    where, _ = own_group()
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        with Process('watch', '-q', '--', PY, '-S', '-c', TRAPS) as p:
            p.soon(lambda p=p: b'ready' in p.got['out'], 'command')
            r = p.interrupt(sig)
            same((r.status, r.out), (40 + sig, b'ready\ngot %d\n' % sig), f'{sig} is the command\'s to decide')
            check(b'exit status %d' % (40 + sig) in r.err, r.err[:300])
            check(not where or not left(where, p.p.pid), 'the group is left behind')
    with Process('watch', '-q', '--', 'sh', '-c', 'echo ready; exec sleep 30') as p:
        p.soon(lambda: p.got['out'], 'command')
        r = p.interrupt(signal.SIGTERM)
        same(r.status, 128 + signal.SIGTERM, 'one that does not catch it')
        check(b'killed by SIGTERM' in r.err, r.err[:200])


@test
def watch_passes_signals_on_to_other_users():
    """Its rights are given up by then; who keeps them for the group passes the signal on."""
    need_group()
    program = python_for_all()
    code = f'import os; os.setgid({NOBODY}); os.setuid({NOBODY})' + TRAPS
    with Process('watch', '-q', '--', program, '-S', '-c', code) as p:
        p.soon(lambda: b'ready' in p.got['out'], 'command')
        same(p.interrupt(signal.SIGTERM).status, 40 + signal.SIGTERM, 'status')


@test
def watch_is_killed():
    """Even then the group goes, and what ran in it goes home."""
    where, _ = need_group()
    with Process('watch', '-q', '--', PY, '-S', '-c', TRAPS) as p:
        p.soon(lambda: b'ready' in p.got['out'], 'command')
        with open(f'{where}/oomlens-watch.{p.p.pid}/cgroup.procs', encoding='ascii') as f:
            pids = [int(x) for x in f.read().split()]
        try:
            p.p.kill()
            p.p.wait()
            end = time.monotonic() + PATIENCE
            while left(where, p.p.pid) and time.monotonic() < end:
                time.sleep(0.05)
            check(not left(where, p.p.pid), 'the group is left behind')
            same([own_group(x) for x in pids], [own_group()] * len(pids), 'where the command is')
        finally:
            for x in pids:
                os.kill(x, signal.SIGKILL)


@test
def watch_ctrl_c():
    """A terminal sends it to both: the command decides, once, and the report still comes."""
    import pty
    pid, fd = pty.fork()
    if not pid:
        os.execv(BIN, [BIN, 'watch', '-i', '0.1', '--', PY, '-S', '-c', TRAPS])
    got = b''
    end = time.monotonic() + PATIENCE
    sent = False
    while time.monotonic() < end:
        try:
            b = os.read(fd, 4096)
        except OSError:
            break
        if not b:
            break
        got += b
        if b'ready' in got and not sent:
            time.sleep(0.3)
            os.write(fd, b'\x03')
            sent = True
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    same((os.waitstatus_to_exitcode(status), got.count(b'got 2')), (42, 1), 'status, signals')
    check(b'exit status 42' in got and b'\r\x1b[K' in got, got[-400:])
    where, version = own_group()
    check(not version or not left(where, pid), 'the group is left behind')


@test
def watch_when_nobody_reads():
    """Its stderr is a pipe whose reader went away: the command runs on, the group is removed."""
    where, _ = own_group()
    with folder() as d:
        a, b = os.pipe()
        p = subprocess.Popen([BIN, 'watch', '-i', '0.05', '--', 'sh', '-c', f'sleep 0.5; touch {d}/done'], stderr=b)
        os.close(a)
        os.close(b)
        same((p.wait(PATIENCE), os.path.exists(d + '/done')), (0, True), 'status, ran')
        check(not where or not left(where, p.pid), 'the group is left behind')


@test
def watch_leaves_background_processes_alone():
    where, _ = need_group()
    with folder() as d:
        p = subprocess.Popen([BIN, 'watch', '-q', '-o', d + '/report', '--', 'sh', '-c',
                              f'(sleep 20 & echo $! >{d}/pid); exit 0'])
        same(p.wait(PATIENCE), 0, 'status')
        with open(d + '/pid', encoding='ascii') as f:
            pid = int(f.read())
        try:
            same(own_group(pid), own_group(), 'group of what it left behind')
            check(not left(where, p.pid), 'the group is left behind')
        finally:
            os.kill(pid, signal.SIGKILL)


# -- what it has -------------------------------------------------------------------------------


@test
def watch_peak_is_the_kernels():
    _, version = need_group()
    j, r = python(kernel_peak_kb(version) + '''
import mmap, time
b = mmap.mmap(-1, 120 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for at in range(0, 120 << 20, 4096): b[at] = 1
time.sleep(1.5)
print(peak())''')
    kernel = int(r.out)
    check(kernel > 120 << 10, f'{kernel} kB')
    close(j['peak']['kernel_total_kb'], kernel, 2048, 'peak of the group')
    close(j['at_peak']['anon_kb'], 120 << 10, 8 << 10, 'anonymous at the peak')
    parts = sum(v for k, v in j['at_peak'].items() if k != 'total_kb')
    close(parts, j['at_peak']['total_kb'], 4096, 'parts of the peak')
    check(j['largest_process']['comm'].startswith('python'), j['largest_process'])
    close(j['peak']['max_rss_kb'], j['peak']['largest_process_kb'] + 8000, 8000, 'largest process and its getrusage')
    check('no_cgroup' not in j and j['cgroup'].rsplit('/', 1)[1].startswith('oomlens-watch.'), j.get('cgroup'))


@test
def watch_short_commands_have_a_peak():
    """Between two looks: what the kernel counted meanwhile."""
    need_group()
    j, _ = python('import mmap; b = mmap.mmap(-1, 64 << 20, mmap.MAP_PRIVATE)\n'
                  'for at in range(0, 64 << 20, 4096): b[at] = 1', opts=('-i', '10'))
    check(64 << 10 <= j['peak']['kernel_total_kb'] < 100 << 10, j['peak'])
    check(64 << 10 <= j['peak']['max_rss_kb'] < 100 << 10, j['peak'])


WORKERS = '''
import mmap, os, time
b = mmap.mmap(-1, 50 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for at in range(0, 50 << 20, 4096): b[at] = 1
kids = []
r, w = os.pipe()
for i in range(60):
    pid = os.fork()
    if not pid:
        os.close(w)
        os.read(r, 1)  # until all are there, and some looks after that
        os._exit(0)
    kids.append(pid)
time.sleep(2.5)
os.close(w)
for k in kids: os.waitpid(k, 0)
'''


def workers(program=PY, **kw):
    j, _ = watch(program, '-S', '-c', WORKERS, opts=('-i', '0.2'), **kw)
    rows = [p for p in j['processes'] if p['comm'].startswith('python')]
    same(len(rows), 1, 'processes folded by name')
    # one may be on its way at that look
    check(59 <= rows[0]['count'] <= 61, f"{rows[0]} {j['at_peak']} instead of 61")
    check('pss_kb' in rows[0], 'no PSS')
    check(50 << 10 <= rows[0]['pss_kb'] < 150 << 10, f'{rows[0]}: 50 MiB are shared by all')
    check(rows[0]['rss_sum_kb'] > 61 * (50 << 10), f'{rows[0]}: RSS added up')
    return j


@test
def watch_counts_shared_once():
    need_group()
    j = workers()
    check(50 << 10 <= j['at_peak']['anon_kb'] < 150 << 10, j['at_peak'])


def python_for_all():
    for program in (PY, '/usr/bin/python3'):
        with contextlib.suppress(OSError):
            subprocess.run([program, '-S', '-c', ''], user=NOBODY, group=NOBODY, check=True, cwd='/')
            return program
    raise Skip('no python that everybody may run')


@test
def watch_counts_shared_once_in_a_tree():
    """Without a group of its own: as a user who may make none."""
    if os.getuid() != 0:
        raise Skip('takes root, to become nobody')
    j = workers(python_for_all(), user=NOBODY)
    check(j['no_cgroup'] and 'cgroup' not in j, 'a group as nobody')
    check(50 << 10 <= j['at_peak']['anon_kb'] < 150 << 10, j['at_peak'])


# -- shapes ------------------------------------------------------------------------------------


def shape_of(code, want, *args):
    if sanitized():
        raise Skip('a binary with sanitizers is too slow to look this often')
    last = None
    for _ in range(3):  # the machine is not ours alone
        j, _ = python(code, *args, opts=('-i', '0.03'))
        last = j['largest_process']
        if last.get('pattern') == want:
            return j
    check(False, f'{last} instead of {want}')
    return None


@test
def watch_sees_doubling():
    j = shape_of('''
import mmap, time
size, old = 1 << 20, None
while size <= 256 << 20:
    new = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for at in range(0, size, 4096): new[at] = 1
    time.sleep(0.05)
    if old: old.close()
    old = new
    size *= 2
    time.sleep(0.25)''', 'doubling')
    close(j['largest_process']['ratio'], 2, 0.6, 'ratio')
    check('append' in j['verdict'], j['verdict'])
    check(256 << 10 <= j['peak']['largest_process_kb'] < 420 << 10, j['peak'])


@test
def watch_sees_a_leak():
    j = shape_of('''
import mmap, time
start, kept, done = time.monotonic(), [], 0
while time.monotonic() - start < 2.5:
    while done < (time.monotonic() - start) * 60:
        b = mmap.mmap(-1, 1 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        for at in range(0, 1 << 20, 4096): b[at] = 1
        kept.append(b)
        done += 1
    time.sleep(0.01)''', 'steady')
    close(j['largest_process']['kb_per_s'], 60 << 10, 12 << 10, 'rate of the leak')


@test
def watch_sees_a_saw():
    shape_of('''
import mmap, time
for turn in range(7):
    kept = []
    for i in range(40):
        b = mmap.mmap(-1, 1 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        for at in range(0, 1 << 20, 4096): b[at] = 1
        kept.append(b)
        time.sleep(0.008)
    for b in kept: b.close()
    time.sleep(0.05)''', 'sawtooth')


# -- scans -------------------------------------------------------------------------------------


def tree(d, n):
    for at in range(0, n, 500):
        os.mkdir(f'{d}/d{at}')
        for i in range(at, min(at + 500, n)):
            os.close(os.open(f'{d}/d{at}/f{i}', os.O_WRONLY | os.O_CREAT, 0o644))


def slabs():
    """{cache: (kB of its pages, kB of its objects)}"""
    with open('/proc/slabinfo', encoding='ascii') as f:
        rows = [ln.split() for ln in f][2:]
    return {r[0]: (int(r[5]) * int(r[14]) * os.sysconf('SC_PAGESIZE') // 1024, int(r[1]) * int(r[3]) // 1024)
            for r in rows}


def forgotten_tree(d, where, version):
    """Made in a group of its own, from which the kernel then takes back all that it can: only what this
    made leaves the caches, not those of the machine."""
    g = f'{where}/oomlens-tree-{os.getpid()}'
    os.mkdir(g)
    try:
        pid = os.fork()
        if not pid:
            try:
                with open(g + '/cgroup.procs', 'w', encoding='ascii') as f:
                    f.write('0')
                tree(d, FILES)
                fd = os.open(d, os.O_RDONLY)
                os.fsync(fd)
                subprocess.run(['sync', '-f', d], check=False)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        name, text = ('memory.force_empty', '0') if version == 1 else ('memory.reclaim', '1G')
        if not os.path.exists(f'{g}/{name}'):
            raise Skip(f'this kernel has no {name}')
        for _ in range(3):
            with contextlib.suppress(OSError):  # not all of it could be had
                with open(f'{g}/{name}', 'w', encoding='ascii') as f:
                    f.write(text)
    finally:
        os.rmdir(g)


@contextlib.contextmanager
def tree_on(where, forget=None):
    if not os.path.isdir(where) or not os.access(where, os.W_OK):
        raise Skip(f'{where} cannot be written')
    d = tempfile.mkdtemp(dir=where, prefix='oomlens-tree.')
    try:
        if forget:
            forgotten_tree(d, *forget)
        else:
            tree(d, FILES)
        yield d
    finally:
        shutil.rmtree(d, ignore_errors=True)


@test
@alone
def watch_a_scan_of_a_tmpfs():
    """Files of a tmpfs are in memory anyway: scanning them makes nothing new."""
    with SCANS, tree_on('/dev/shm') as d:
        j, r = watch('sh', '-c', f'find {d} -type f | wc -l', opts=('-i', '0.1'))
    same(int(r.out), FILES, 'files')
    grown = sum(s['kb'] for s in j.get('slab_growth', []) if s['name'] == 'shmem_inode_cache')
    check(grown < FILES // 8, f'{grown} kB of new inodes')


@test
@alone
def watch_making_files():
    """A tree on a tmpfs is made under watch: an inode and a dentry per file, charged to the command, and held."""
    need_group()
    if not os.access('/dev/shm', os.W_OK):
        raise Skip('/dev/shm cannot be written')
    with SCANS, tempfile.TemporaryDirectory(dir='/dev/shm', prefix='oomlens-tree.') as d:
        before = slabs()
        j, _ = python(f'''
import os
for at in range(0, {FILES}, 500):
    os.mkdir("{d}/d%d" % at)
    for i in range(at, at + 500):
        os.close(os.open("{d}/d%d/f%d" % (at, i), os.O_WRONLY | os.O_CREAT))''', opts=('-i', '0.1'))
        after = slabs()
    rows = {s['name']: s for s in j['slab_growth']}
    for name in ('dentry', 'shmem_inode_cache'):
        if name not in after:
            continue
        check(name in rows, f'no growth of {name}: {list(rows)}')
        # others on this machine make and free objects of these caches meanwhile
        near = max(2048, rows[name]['kb'] // 2)
        pages, used = (after[name][i] - before[name][i] for i in (0, 1))
        close(rows[name]['pages_kb'], pages, near, f'pages of {name} beside slabinfo')
        # where slots of its slabs were free, the objects fill those first
        close(rows[name]['kb'], max(pages, used), near, f'{name} beside slabinfo')
        check(rows[name]['objects'] > FILES * 8 // 10, f'{rows[name]}')
        # the kernel says how much is charged, not of which cache; others may fill theirs at the same time
        alone = j['slab_sum']['charged_kb'] > j['slab_sum']['kb'] * 8 // 10
        check(rows[name]['charged'] in (('self',) if alone else ('self', 'unknown')), rows[name])
        check(rows[name]['kept_kb'] > rows[name]['kb'] * 8 // 10, f'{rows[name]}: it stays')
    close(j['files_seen'], FILES, FILES // 5, 'files')
    # a tmpfs has nothing but its dentries: it holds each
    check(j['dentries_held_share'] > 0.8, j['dentries_held_share'])
    check('inode' in j['verdict'] and '100 million' in j['verdict'], j['verdict'])


@test
@alone
def watch_a_scan_of_a_disk():
    """Dentries and inodes come back into the cache: the verdict names them, and that nobody holds them."""
    where, version = need_group()
    with open('/proc/self/mounts', encoding='utf-8') as f:
        kinds = {ln.split()[1]: ln.split()[2] for ln in f}
    disk = top = os.path.abspath(os.environ.get('TMPDIR', '/var/tmp'))
    while top not in kinds and top != '/':
        top = os.path.dirname(top)
    # in a chroot the root may be no mount of its own
    if kinds.get(top) not in ('ext4', 'xfs', 'btrfs'):
        raise Skip(f'{disk} is on {kinds.get(top, "an unknown file system")}')
    with SCANS, tree_on(disk, forget=(where, version)) as d:
        j, r = watch('sh', '-c', f'find {d} -type f -size +1k | wc -l; find {d} | wc -l', opts=('-i', '0.1'))
    rows = {s['name']: s for s in j['slab_growth']}
    check('dentry' in rows and rows['dentry']['objects'] > FILES // 2, list(rows.items())[:4])
    check(j['slab_sum']['charged_kb'] > FILES // 5, j['slab_sum'])
    check(j['files_seen'] > FILES // 2, j['files_seen'])
    check('dentry' in j['verdict'], j['verdict'])
    check(j['dentries_held_share'] < 0.3, j['dentries_held_share'])


# -- not memory --------------------------------------------------------------------------------


@test
def watch_what_only_computes():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    j, _ = python('import time\nend = time.process_time() + 1.5\nwhile time.process_time() < end: pass')
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    check(1.3 < j['user_s'] + j['system_s'] < 2.5, f"{j['user_s']} {j['system_s']}")
    check(after.ru_utime - before.ru_utime >= j['user_s'] - 0.01, 'more than getrusage has')
    check('not what slows this down' in j['verdict'], j['verdict'])
    check(j['looks']['running'] > j['looks']['asleep'] + j['looks']['io'] or j['elapsed_s'] > 3, j['looks'])


@test
def watch_what_waits_for_a_pipe():
    j, _ = watch('sh', '-c', 'sleep 1.2 | cat', opts=('-i', '0.05'))
    check('not what slows this down' in j['verdict'], j['verdict'])
    check(j['looks']['asleep'] > j['looks']['running'], j['looks'])
    names = ' '.join(j['looks']['waits'])
    if names:  # a kernel without CONFIG_KALLSYMS has none
        check('pipe' in names and 'nanosleep' in names, names)


@test
def watch_what_reads_from_a_disk():
    """What it read is what the kernel charged to it, and nothing of others."""
    with folder() as d:
        path = os.path.join(d, 'data')
        with open(path, 'wb') as f:
            f.write(os.urandom(1 << 20) * 48)
            f.flush()
            os.fsync(f.fileno())
            os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        j, r = python('import resource, sys, time\nf = open(sys.argv[1], "rb")\nwhile f.read(1 << 20): pass\n'
                      'time.sleep(.15)\n'  # a shorter run is not judged
                      'print(resource.getrusage(resource.RUSAGE_SELF).ru_inblock // 2)', path)
    if int(r.out) < 1024:
        raise Skip('the file was not read from a disk: a tmpfs, or what cannot be told')
    close(j['read_kb'], int(r.out), 2048, 'read, and its getrusage')
    if 'no_cgroup' not in j:
        close(j['peak']['file_kb'], 48 << 10, 12 << 10, 'cache that it filled')
    check('not what slows this down' in j['verdict'] and ' from disks' in j['verdict'], j['verdict'])


# -- limits ------------------------------------------------------------------------------------


HOG = '''
import mmap, time
kept = []
while True:
    b = mmap.mmap(-1, 1 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for at in range(0, 1 << 20, 4096): b[at] = 1
    kept.append(b)
    time.sleep(0.01)
'''


@test
def watch_under_a_limit():
    where, version = need_group()
    with folder() as d:
        p = subprocess.run([BIN, 'watch', '--json', '-i', '0.05', '--limit', '80M', '-o', d + '/report', '--', PY, '-S',
                            '-c', HOG], stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False)
        with open(d + '/report', encoding='utf-8') as f:
            j = json.load(f)
    same((p.returncode, j['signal']), (137, 9), 'killed')
    same(j['limit_kb'], 80 << 10, 'limit')
    same(j['stalls']['killed'], 1, 'killed, as the group counts')
    close(j['peak']['kernel_total_kb'], 80 << 10, 1024, 'peak')
    check('80.0 MiB' in j['verdict'] and 'killed' in j['verdict'], j['verdict'])
    told = [f for f in j['forecasts'] if f['wall'] == 'limit' and f['at_s'] < 0.7 * j['elapsed_s']]
    check(told, 'nothing was forecast')
    if os.access('/dev/kmsg', os.R_OK):
        same(len(j['kills']), 1, 'kills that are explained')
        same(j['kills'][0]['verdict']['cause'], 'memcg-limit-anon', 'cause')
        check(j['cgroup'] in j['kills'][0]['memcg']['oom_path'] or version == 2, j['kills'][0]['memcg'])
    r = run('watch', '-q', '--limit', '64M', '--', PY, '-S', '-c', HOG)
    check(b'memory limit of 64.0 MiB' in r.err and b'was killed' in r.err, r.err[-500:])
    check(not [n for n in os.listdir(where) if n.startswith('oomlens-watch.') and
               not os.path.exists('/proc/' + n.rsplit('.', 1)[1])], 'a group is left behind')


@test
def watch_limit_that_is_enough():
    need_group()
    j, _ = watch('sh', '-c', 'head -c 200M /dev/zero >/dev/null', opts=('--limit', '64M'))
    same((j['stalls']['killed'], j['limit_kb'], j['exit_status']), (0, 65536, 0), 'it lives')


# -- what runs already -------------------------------------------------------------------------


def looked(p):
    """Waits for the third look, as its line on the terminal tells."""
    p.soon(lambda: p.got['err'].count(b'\r\x1b[K') > 2, 'look')


@test
def watch_a_process():
    child = subprocess.Popen([PY, '-S', '-c', 'b = bytearray(60 << 20); print(flush=True); input()'],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        child.stdout.readline()
        with folder() as d:
            with Process('watch', '--json', '-i', '0.1', '-o', d + '/r', '--pid', str(child.pid), tty=('err',)) as p:
                looked(p)
                child.stdin.close()
                child.wait()
                same(p.end().status, 0, 'status when the process has ended')
            with open(d + '/r', encoding='utf-8') as f:
                j = json.load(f)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    same(j['pid'], child.pid, 'pid')
    close(j['peak']['anon_kb'], 64 << 10, 8 << 10, 'anonymous')
    check('exit_status' not in j and 'command' not in j, 'a status that we cannot know')


@test
def watch_a_group():
    where, version = need_group()
    g = f'{where}/oomlens-test-{os.getpid()}'
    os.mkdir(g)
    child = None
    try:
        if version == 2 and not os.path.exists(g + '/memory.current'):
            raise Skip('no memory controller below here')
        child = subprocess.Popen(['sh', '-c', f'echo $$ >{g}/cgroup.procs; exec {PY} -S -c '
                                  '"b = bytearray(60 << 20); print(flush=True); input()"'],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdout.readline()
        for name in (g, own_group(child.pid)[0] + '/'):
            with folder() as d:
                with Process('watch', '--json', '-i', '0.1', '-o', d + '/r', '--cgroup', name, tty=('err',)) as p:
                    looked(p)
                    same(p.interrupt().status, 0, 'status after Ctrl-C')
                with open(d + '/r', encoding='utf-8') as f:
                    j = json.load(f)
            check(g.endswith(j['cgroup']), j['cgroup'])
            close(j['at_peak']['anon_kb'], 64 << 10, 8 << 10, 'anonymous')
    finally:
        if child:
            child.kill()
            child.wait()
            child.stdin.close()
            child.stdout.close()
        for _ in range(50):
            with contextlib.suppress(OSError):
                os.rmdir(g)
                break
            time.sleep(0.05)


@test
def watch_line_on_a_terminal():
    with Process('watch', '-i', '0.1', '--', 'sleep', '1', tty=('err',), columns=60) as p:
        r = p.end()
    lines = re.findall(rb'\r\x1b\[K([^\r\n]*)', r.err)
    check(len(lines) >= 4, f'{len(lines)} lines in a second')
    check(all(len(ln.decode()) < 60 for ln in lines), f'too wide: {max(lines, key=len)}')
    check(re.match(rb'[\d.]+ s  anon \S+ \S*B  cache', lines[1]), lines[1])
