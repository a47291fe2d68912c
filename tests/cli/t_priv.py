# SPDX-License-Identifier: GPL-2.0-or-later
"""Privilege that came with the program's file (setcap, set-user-ID) is for /dev/kmsg and the like,
never for a file that the user names; root keeps the right to read as long as files are opened."""

import contextlib
import os
import re
import shutil
import signal
import stat
import subprocess
import time

from harness import Process, Skip, check, copy_program, explain, folder, log, put, run, same, sanitized, test

NOBODY = 65534
READING = 1 << 2 | 1 << 19 | 1 << 34  # CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_SYSLOG


@contextlib.contextmanager
def privileged(how):
    """A folder that nobody can enter and a copy of the program: with 'caps', 'setuid' or ''."""
    if os.getuid():
        raise Skip('takes root')
    if sanitized():
        raise Skip('sanitizers do not go with privilege of the file')
    if b'left out (libcap)' in run('--version').out:
        raise Skip('this build has no libcap')
    with folder() as d:
        program = copy_program(d)
        os.chmod(program, 0o4755 if how == 'setuid' else 0o755)
        if how and os.statvfs(d).f_flag & os.ST_NOSUID:
            raise Skip(f'{d} is mounted nosuid')
        if how == 'caps':
            if not shutil.which('setcap'):
                raise Skip('there is no setcap')
            p = subprocess.run(['setcap', 'cap_dac_read_search,cap_syslog,cap_sys_ptrace+ep', program],
                               stderr=subprocess.PIPE, check=False)
            if p.returncode:
                raise Skip(f'setcap: {p.stderr.decode().strip()}')
        yield d, program


def status_of(pid):
    with open(f'/proc/{pid}/status', encoding='utf-8', errors='replace') as f:
        return dict(re.findall(r'^(\w+):\t(.*)$', f.read(), re.M))


def caps(st):
    return {k: int(st[k], 16) for k in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb')}


def fifo(d):
    path = os.path.join(d, 'fifo')
    os.mkfifo(path)
    os.chmod(path, 0o644)
    return path


def restricted():
    with open('/proc/sys/kernel/dmesg_restrict', encoding='ascii') as f:
        return f.read().strip() == '1'


def refuses_named_files(how):
    with privileged(how) as (d, program):
        good, shut = put(d, 'good', log()), put(d, 'shut', log())
        os.chmod(shut, 0o600)
        for args in ((shut, good), ('--dmesg', shut, good)):
            r = explain(*args, user=NOBODY, program=program)
            files = [e['source']['file'] for e in r.events if e['source']['file'].startswith(d)]
            same((r.status, files), (2, [good]), f'{args}: status and files with events')
            check(shut.encode() in r.err and b'ermission' in r.err, f'stderr {r.err}')
        if restricted():
            r = run('explain', '/dev/kmsg', user=NOBODY, program=program)
            same(r.status, 2, 'status of a /dev/kmsg that the user names')


def reads_kmsg(how):
    with privileged(how) as (_, program):
        if not stat.S_ISCHR(os.stat('/dev/kmsg').st_mode):
            raise Skip('/dev/kmsg is no device')
        r = run('explain', '--dmesg', '--json', user=NOBODY, program=program)
        check(r.status in (0, 1) and b'CAP_SYSLOG' not in r.err, f'status {r.status}, {r.err}')


def runs_without(how):
    with privileged(how) as (d, program):
        path = fifo(d)
        for args in (('-f', path), ('--dmesg', '-f', path), ('--dmesg', '-f'), ('-f', '-')):
            with Process('explain', *args, stdin=subprocess.PIPE, user=NOBODY, program=program) as p:
                p.catching()
                st = status_of(p.p.pid)
                same(set(caps(st).values()), {0}, f'{args}: capabilities')
                same((st['NoNewPrivs'], st['Uid'].split(), st['Gid'].split()),
                     ('1', [str(NOBODY)] * 4, [str(NOBODY)] * 4), f'{args}: no_new_privs and ids')


@test
def file_capabilities_open_no_named_file():
    refuses_named_files('caps')


@test
def set_user_id_opens_no_named_file():
    refuses_named_files('setuid')


@test
def file_capabilities_open_kmsg():
    reads_kmsg('caps')


@test
def set_user_id_opens_kmsg():
    reads_kmsg('setuid')


@test
def without_privilege_kmsg_is_refused():
    if not restricted():
        raise Skip('kernel.dmesg_restrict is 0: everybody may read it')
    with privileged('') as (_, program):
        r = run('explain', '--dmesg', user=NOBODY, program=program)
        check(r.status == 2 and b'CAP_SYSLOG' in r.err, f'status {r.status}, stderr {r.err}')


@test
def file_capabilities_are_gone_while_it_runs():
    runs_without('caps')


@test
def set_user_id_is_gone_while_it_runs():
    runs_without('setuid')


@test
def root_reads_files_of_others():
    """sudo oomlens explain FILE: root's rights are its own, and only the right to read is kept."""
    with privileged('') as (d, program):
        path = put(d, 'theirs', log())
        os.chown(path, NOBODY, NOBODY)
        os.chmod(path, 0o600)
        same(len(explain(path, program=program).events), 1, 'events of a file of somebody else')
        with Process('explain', '-f', fifo(d), program=program) as p:
            p.catching()
            st = status_of(p.p.pid)
            mine = caps(status_of('self'))['CapPrm'] & READING
            same(caps(st), {'CapInh': 0, 'CapPrm': mine, 'CapEff': mine, 'CapAmb': 0}, 'capabilities')
            same(st['NoNewPrivs'], '1', 'no_new_privs')
        with Process('explain', '-f', '-', stdin=subprocess.PIPE, program=program) as p:
            p.catching()
            same(set(caps(status_of(p.p.pid)).values()), {0}, 'capabilities without a file')


@test
def ambient_capabilities_are_the_users_own():
    """A service manager gave them to the user, not to the program's file."""
    with privileged('') as (d, program):
        if not shutil.which('setpriv'):
            raise Skip('there is no setpriv')
        path = put(d, 'shut', log())
        os.chmod(path, 0o600)
        r = run('--reuid=nobody', '--clear-groups', '--inh-caps=+dac_read_search',
                '--ambient-caps=+dac_read_search', program, 'explain', '--list', path,
                program='setpriv')
        if b'setpriv' in r.err:
            raise Skip(r.err.decode().strip())
        same(r.status, 0, f'status ({r.err})')


@test
def a_user_without_privilege_is_left_alone():
    with privileged('') as (d, program):
        with Process('explain', '-f', fifo(d), user=NOBODY, program=program) as p:
            p.catching()
            same(status_of(p.p.pid)['NoNewPrivs'], '0', 'no_new_privs')


def snap(*args, program, user=NOBODY):
    return run('snap', '--json', '-i', '0', *args, user=user, program=program).json


@test
def file_capabilities_let_snap_see_slab_and_shares():
    me = str(os.getpid())
    with privileged('caps') as (_, program):
        got = snap(program=program)
        same(got['sources']['slabinfo']['status'], 'ok', 'slabinfo')
        check(got['slab'], 'no slab caches')
        check(snap('--pid', me, program=program).get('pss_kb', 0) > 0, 'no share of a process of root')
    with privileged('') as (_, program):
        got = snap(program=program)
        same((got['sources']['slabinfo']['status'], got['slab']), ('denied', []), 'without them')
        one = snap('--pid', me, program=program)
        check('rss_kb' in one and 'pss_kb' not in one, f'without them: {sorted(one)}')


@test
def file_capabilities_of_snap_open_nothing_that_is_named():
    with privileged('caps') as (d, program):
        shut = put(d, 'root/proc/meminfo', b'MemTotal:  1000 kB\n')
        same(run('snap', '--root', d + '/root', user=NOBODY, program=program).status, 0, 'open to all')
        os.chmod(shut, 0o600)
        same(run('snap', '--root', d + '/root', user=NOBODY, program=program).status, 2, 'shut')
        saved = put(d, 'saved', run('snap', '--json', '-i', '0').out)
        os.chmod(saved, 0o600)
        r = run('snap', '--diff', saved, saved, user=NOBODY, program=program)
        check(r.status == 2 and b'ermission' in r.err, f'--diff: status {r.status}, {r.err}')


@test
def file_capabilities_are_gone_between_the_looks_of_snap():
    with privileged('caps') as (_, program):
        with Process('snap', '-i', '60', user=NOBODY, program=program) as p:
            p.soon(lambda: not any(caps(status_of(p.p.pid)).values()), 'loss of capabilities')
            same(status_of(p.p.pid)['NoNewPrivs'], '1', 'no_new_privs')


def tasks(pid):
    """The status of each thread: rights belong to threads."""
    out = {}
    for tid in os.listdir(f'/proc/{pid}/task'):
        with contextlib.suppress(FileNotFoundError):
            out[tid] = status_of(f'{pid}/task/{tid}')
    return out


def without_rights(st):
    return not any(caps(st).values()) and st['NoNewPrivs'] == '1' and \
        {*st['Uid'].split(), *st['Gid'].split()} == {str(NOBODY)}


def all_threads_run_without(how):
    with privileged(how) as (d, program):
        for args in (('top', '--batch', '-d', '0.2'), ('top', '--json', '-d', '0.2'), ('snap', '-i', '60'),
                     ('watch', '-i', '0.1', '--', 'sleep', '60'), ('watch', '--pid', str(os.getpid()))):
            with Process(*args, user=NOBODY, program=program) as p:
                p.soon(lambda: all(map(without_rights, tasks(p.p.pid).values())), f'{args}: loss of rights')
                if args[0] == 'snap':
                    continue
                for _ in range(10):  # and it stays so, with the threads that come later
                    bad = {t: st for t, st in tasks(p.p.pid).items() if not without_rights(st)}
                    check(not bad, f'{args}: {bad}')
                    time.sleep(0.1)
                p.p.send_signal(signal.SIGTERM)
                p.end()


@test
def file_capabilities_are_gone_in_every_thread():
    all_threads_run_without('caps')


@test
def set_user_id_is_gone_in_every_thread():
    all_threads_run_without('setuid')


def opens_nothing_for_others(how):
    """Outputs, saved snapshots, links, archives and roots: what the user may not open stays shut."""
    with privileged(how) as (d, program):
        shut = put(d, 'shut/secret', log())
        os.chmod(shut, 0o600)
        os.chmod(os.path.dirname(shut), 0o700)
        link, way = os.path.join(d, 'link'), os.path.join(d, 'way')
        os.symlink(shut, link)
        os.symlink(os.path.dirname(shut), way)
        root = os.path.join(d, 'root')
        os.makedirs(root + '/proc')
        os.chmod(root, 0o755)
        os.symlink(shut, root + '/proc/meminfo')
        os.symlink(os.path.dirname(shut), root + '/sys')
        target = os.path.join(os.path.dirname(shut), 'made')
        for args in (('explain', shut), ('explain', link), ('explain', os.path.dirname(shut)), ('explain', way),
                     ('explain', '--journal=' + way), ('explain', way + '/secret'), ('snap', '--root', root),
                     ('snap', '--root', way), ('snap', '--diff', link, link), ('top', '--batch', '-n', '1', '--root', way),
                     ('watch', '-o', target, '--', 'true'), ('watch', '-o', way + '/made', '--', 'true'),
                     ('watch', '-o', link, '--', 'true')):
            r = run(*args, user=NOBODY, program=program)
            # top shows the root as one of which nothing is known
            check(r.status == 2 or args[0] == 'top', f'{args}: status {r.status} ({r.out[:80]})')
            check(b'oom-killer' not in r.out + r.err and b'thumbworker' not in r.out + r.err, f'{args}: it is read')
        check(not os.path.exists(target), 'a file was made where the user may not')
        with open(shut, 'rb') as f:
            same(f.read(), log(), 'a file of somebody else')
        same(run('watch', '-o', os.path.join(d, 'x'), '--', 'true', user=NOBODY, program=program).status, 2,
             'output in a folder of root')


@test
def file_capabilities_open_nothing_for_others():
    opens_nothing_for_others('caps')


@test
def set_user_id_opens_nothing_for_others():
    opens_nothing_for_others('setuid')


@test
def command_gets_no_rights_of_ours():
    """Of watch: what it runs has the rights of the user, not those of the program's file."""
    for how in ('caps', 'setuid'):
        with privileged(how) as (_, program):
            r = run('watch', '-q', '--', 'cat', '/proc/self/status', user=NOBODY, program=program)
            st = dict(re.findall(r'^(\w+):\t(.*)$', r.out.decode(), re.M))
            same(set(caps(st).values()), {0}, f'{how}: capabilities')
            same({*st['Uid'].split(), *st['Gid'].split()}, {str(NOBODY)}, f'{how}: ids')


@test
def environment_opens_nothing():
    """Variables that lead libraries to files: TERMINFO, LOCPATH, and a pager."""
    with privileged('setuid') as (d, program):
        shut = put(d, 'shut/x/xterm', b'\x1a\x01secret')
        os.chmod(os.path.dirname(os.path.dirname(shut)), 0o700)
        r = run('top', '--batch', '-n', '1', user=NOBODY, program=program,
                env={'TERMINFO': d + '/shut', 'LOCPATH': d + '/shut', 'TERM': 'xterm', 'HOME': d + '/shut',
                     'LD_PRELOAD': d + '/shut/x/xterm', 'OOMLENS_PAGER': 'id'})
        check(r.status == 0 and b'secret' not in r.out + r.err, f'status {r.status}, {r.err}')
        with Process('snap', '-i', '0', user=NOBODY, program=program, tty=('out',),
                     env={'TERM': 'xterm', 'OOMLENS_PAGER': 'cat >/dev/null; id -u; id -ru'}) as p:
            r = p.end()
            same(r.out.split(), [str(NOBODY).encode()] * 2, 'the user that the pager runs as')
