# SPDX-License-Identifier: GPL-2.0-or-later
"""Files, pipes, directories, archives; exit status; what the forms of output hold."""

import bz2
import ctypes
import gzip
import io
import json
import lzma
import os
import re
import shutil
import struct
import subprocess
import tarfile
import tempfile

from harness import (Skip, T0, check, copy_program, differences, explain, folder, log, put, records,
                     render, run, same, syslog_line, test, transport)

QUIET = syslog_line(T0) * 20
NONE = b'No OOM kill'


def files_of(got):
    return [(f['name'], f['bytes'], f['lines'], f['events']) for f in got.json['input']['files']]


@test
def exit_status():
    with folder() as d:
        good, quiet = put(d, 'good', log()), put(d, 'quiet', QUIET)
        same(run('explain', good).status, 0, 'an event')
        r = run('explain', quiet)
        same((r.status, r.out.startswith(NONE)), (1, True), 'no event')
        r = run('explain', os.path.join(d, 'missing'))
        same((r.status, r.out), (2, b''), 'no file')
        check(os.path.join(d, 'missing').encode() in r.err, f'the path is not told: {r.err}')
        same(run('explain', quiet, good).status, 0, 'an event in the second file')
        same(run('explain', '--comm=nobody', good).status, 1, 'all filtered away')


@test
def several_files_in_the_order_given():
    with folder() as d:
        a, b = put(d, 'a', log(at=T0 + 900)), put(d, 'b', QUIET + log('anon-no-swap'))
        r = explain(a, b)
        same([e['source']['file'] for e in r.events], [a, b], 'files of the events')
        same(r.events[1]['source']['first_line'], 21, 'line in the second file')
        same(r.events[1]['source']['first_byte'], len(QUIET), 'byte in the second file')
        same(files_of(r), [(a, len(log()), log().count(b'\n'), 1),
                           (b, os.path.getsize(b), 20 + log('anon-no-swap').count(b'\n'), 1)],
             'input.files')
        one = run('explain', '--list', a, b)
        same(one.out.count(b'\n'), 3, 'lines of the list')


@test
def dash_and_pipe():
    whole = explain('-', data=log())
    same([e['source']['file'] for e in whole.events], ['-'], 'name of stdin')
    bare = explain(data=log())
    same(bare.events, whole.events, 'pipe without FILE')
    with folder() as d:
        path = put(d, 'x', log('anon-no-swap'))
        both = explain(path, '-', data=log())
        same([e['source']['file'] for e in both.events], [path, '-'], 'a file and stdin')
        os.rename(path, os.path.join(d, '-x'))
        same(len(explain('--', '-x', cwd=d).events), 1, 'a name that begins with a dash')
    for pack in (gzip.compress, bz2.compress, lzma.compress):
        same(differences(explain(data=pack(log())).events, whole.events), [],
             f'stdin through {pack.__module__}')


@test
def last_line_without_newline():
    r = explain(data=log().rstrip(b'\n'))
    same((len(r.events), files_of(r)[0][2]), (1, log().count(b'\n')), 'events and lines')
    same(differences(r.events, explain(data=log()).events), [], 'the event')


@test
def carriage_returns():
    r = explain(data=log().replace(b'\n', b'\r\n'))
    same(differences(r.events, explain(data=log()).events), [], 'the event')


def zstd(data):
    if not shutil.which('zstd'):
        raise Skip('no zstd to pack with')
    return subprocess.run(['zstd', '-q', '-c'], input=data, capture_output=True, check=True).stdout


def rotated(d, mtimes=True):
    """Six logs of a day each, the oldest packed first; names in order of time."""
    names = ['syslog.5.zst', 'syslog.4.xz', 'syslog.3.bz2', 'syslog.2.gz', 'syslog.1', 'syslog']
    packs = [zstd, lzma.compress, bz2.compress, gzip.compress, bytes, bytes]
    for n, (name, pack) in enumerate(zip(names, packs)):
        at = T0 + n * 86400
        put(d, name, pack(syslog_line(at) + log(at=at + 3600, us=(n + 1) * 86400 * 10**6)),
            at + 86000 if mtimes else None)
    return names


@test
def rotated_logs_in_time_order():
    with folder() as d:
        names = rotated(d)
        put(d, 'wtmp', bytes(range(256)) * 40)
        r = explain(d)
        same(r.status, 0, f'status ({r.err})')
        same([os.path.basename(e['source']['file']) for e in r.events], names, 'order of the files')
        walls = [e['time']['wall'] for e in r.events]
        same(walls, sorted(walls), 'order of the events')
        same(len(set(walls)), 6, 'events')
        same([f[2:] for f in files_of(r)], [(log().count(b'\n') + 1, 1)] * 6, 'lines and events')
        only = explain('--since', '2024-03-18 00:00', '--until', '2024-03-19 00:00', d)
        same([e['time']['wall'] for e in only.events], walls[3:4], 'filtered by time')


@test
def dated_rotation():
    with folder() as d:
        names = ['messages-20240315.gz', 'messages-20240316', 'messages']
        for n, name in enumerate(names):
            data = log(at=T0 + n * 86400, us=(n + 1) * 86400 * 10**6)
            put(d, name, gzip.compress(data) if name.endswith('gz') else data)
        same([os.path.basename(e['source']['file']) for e in explain(d).events], names, 'order')


@test
def straddling_two_rotated_files():
    """One event, whose end is in the other file; line numbers there start again."""
    lines = render(records('anon-no-swap'))
    whole = explain(data=b'\n'.join(lines) + b'\n').events[0]
    with folder() as d:
        for cut in (len(lines) // 3, len(lines) * 2 // 3, len(lines) - 2):
            put(d, 'syslog.1', b'\n'.join(lines[:cut]) + b'\n')
            put(d, 'syslog', b'\n'.join(lines[cut:]) + b'\n' + QUIET)
            got = explain(d).events
            same(len(got), 1, f'events from one dump cut behind line {cut}')
            check(got[0]['source']['complete'], f'cut behind line {cut} and incomplete')
            if cut < len(lines) - 2:
                check(got[0]['source']['continued_in'].endswith('/syslog'), 'where it goes on')
            # a line number that stands for two lines has no text
            same([x for x in differences(got, [whole])
                  if 'continued_in' not in x and 'evidence' not in x], [], 'joined')


def sosreport(d):
    mem = io.BytesIO()
    with tarfile.open(fileobj=mem, mode='w:xz') as t:
        for name, data in (('sos-web1/etc/hostname', b'web1\n'),
                           ('sos-web1/var/log/messages', QUIET + log(host='web1')),
                           ('sos-web1/var/log/messages-20240310',
                            log('anon-no-swap', host='web1', at=T0 - 5 * 86400, us=9 * 10**9)),
                           ('sos-web1/sos_commands/kernel/dmesg', log('anon-no-swap', how='dmesg',
                                                                     us=9 * 10**9)),
                           ('sos-web1/usr/bin/tool', bytes(range(256)) * 64)):
            i = tarfile.TarInfo(name)
            i.size, i.mtime = len(data), T0 + 86400
            t.addfile(i, io.BytesIO(data))
    return put(d, 'sosreport-web1.tar.xz', mem.getvalue())


@test
def sosreport_tar():
    with folder() as d:
        path = sosreport(d)
        r = explain(path)
        same(r.status, 0, f'status ({r.err})')
        got = {e['source']['file'] for e in r.events}
        want = {f'{path}:sos-web1/{n}' for n in ('var/log/messages', 'var/log/messages-20240310',
                                                 'sos_commands/kernel/dmesg')}
        same(got, want, 'members with events')
        same({e['source'].get('host') for e in r.events if '/var/log/' in e['source']['file']},
             {'web1'}, 'hosts')


def set_mtime(path, sec):
    """Also where Python's own times have 32 bits. False: the file system, or nobody here, can hold that."""
    try:
        os.utime(path, (sec, sec))
    except OSError:
        return False
    except OverflowError:
        times = struct.pack('=4q', sec, 0, sec, 0)
        utimensat_time64 = 412  # on every processor of 32 bits
        return struct.calcsize('l') == 4 and not ctypes.CDLL(None).syscall(
            utimensat_time64, -100, os.fsencode(path), times, 0)
    return True


def year_of_member(d, mtime):
    """Of an event whose stamps have no year, in a tar whose member says that time."""
    mem = io.BytesIO()
    with tarfile.open(fileobj=mem, mode='w', format=tarfile.PAX_FORMAT) as t:
        i = tarfile.TarInfo('var/log/messages')
        i.size, i.pax_headers = len(log(how='syslog')), {'mtime': str(mtime)}
        t.addfile(i, io.BytesIO(log(how='syslog')))
    r = explain(put(d, 'logs.tar', mem.getvalue()))
    same((r.status, len(r.events)), (0, 1), f'member of {mtime} ({r.err})')
    return r.events[0]['time']['wall'][:4]


@test
def files_of_far_years():
    """Where a time has 32 bits it ends in 2038; a file system or a tar can hold times of no year at all."""
    later = 2215500000  # 2040-03-15
    with folder() as d:
        path = put(d, 'messages', log(how='syslog'))
        if set_mtime(path, later):
            same([e['time']['wall'][:4] for e in explain(path).events], ['2040'], 'year of a file')
        same(year_of_member(d, T0 + 60), '2024', 'year of a member')
        for mtime in (2 ** 33, 2 ** 44, 2 ** 62, -2 ** 62):
            year_of_member(d, mtime)
    if os.path.isdir('/dev/shm'):  # a file system with all 64 bits
        with tempfile.TemporaryDirectory(dir='/dev/shm') as d:
            path = put(d, 'messages', log(how='syslog'))
            for mtime in (2 ** 44, 2 ** 62, -2 ** 62):
                set_mtime(path, mtime)
                same(explain(path).status, 0, f'file of {mtime}')


@test
def missing_file_beside_a_good_one():
    with folder() as d:
        good, gone = put(d, 'good', log()), os.path.join(d, 'gone')
        for order in ((good, gone), (gone, good)):
            r = explain(*order)
            same((r.status, len(r.events)), (2, 1), 'status and events')
            check(gone.encode() in r.err and r.err.count(b'\n') == 1, f'stderr {r.err}')
            same([w['file'] for w in r.json['input']['warnings']], [gone], 'warnings')


@test
def unreadable_file_beside_a_good_one():
    if os.getuid():
        user = None
    else:
        user = 65534
    with folder() as d, folder() as bin_:
        # A checkout may be in a home that nobody else can enter: the program is not.
        program = copy_program(bin_)
        good, shut = put(d, 'good', log()), put(d, 'shut', log())
        os.chmod(shut, 0)
        for args in ((shut, good), (d,)):
            r = explain(*args, user=user, program=program)
            same((r.status, [e['source']['file'] for e in r.events]), (2, [good]), str(args))
            check(shut.encode() in r.err and b'ermission' in r.err, f'stderr {r.err}')


@test
def truncated_archive():
    """The first half of a .gz: what could be read counts, and the damage is told."""
    with folder() as d:
        data = gzip.compress(log() + b''.join(syslog_line(T0 + i, text=f'noise {i * i * 7919 % 9973}')
                                              for i in range(20000)))
        path = put(d, 'half.gz', data[:len(data) // 2])
        r = explain(path)
        same((r.status, len(r.events)), (2, 1), 'status and events')
        check(path.encode() in r.err, f'stderr {r.err}')
        path = put(d, 'quiet.gz', gzip.compress(os.urandom(300000).hex().encode() + b'\n')[:200000])
        r = run('explain', path)
        same((r.status, r.out.startswith(NONE)), (2, True), 'of a half without an event')
        check(b' in the part of this log that could be read (' in r.out, f'what was looked at: {r.out}')


def machine_dump(mask='0xcc0(GFP_KERNEL)', free='', zones=''):
    """4 GiB of RAM, of which the counters tell 200 MiB, most of it file cache."""
    text = (f'init invoked oom-killer: gfp_mask={mask}, order=0, oom_score_adj=0\nMem-Info:\n'
            'active_anon:239 inactive_anon:7154 isolated_anon:0\n'
            ' active_file:25980 inactive_file:4743 isolated_file:128\n'
            ' unevictable:0 dirty:17048 writeback:2622\n'
            f' slab_reclaimable:3541 slab_unreclaimable:8728\n{free}'
            'Node 0 active_anon:956kB inactive_anon:28616kB active_file:103920kB all_unreclaimable? no\n'
            f'{zones}Free swap  = 785668kB\nTotal swap = 785668kB\n1012736 pages RAM\n30649 pages reserved\n')
    return ''.join(f'[  492.{n:06d}] {t}\n' for n, t in enumerate(text.splitlines())).encode()


@test
def lost_counters_name_no_cause():
    """What is left of the counters is no share of the machine when most of RAM is in a lost line."""
    r = explain(data=machine_dump())
    same([e['verdict']['cause'] for e in r.events], ['unknown'], 'without free:')


@test
def low_zone_full_of_cma():
    """32 bits, 6.1: HighMem is not printed, and what the low zone has free is the CMA area's."""
    zones = ('DMA free:519112kB boost:7216kB min:10428kB low:11228kB high:12028kB '
             'reserved_highatomic:0KB active_anon:0kB inactive_anon:0kB active_file:77632kB '
             'inactive_file:168kB unevictable:0kB writepending:78556kB present:786432kB '
             'managed:663836kB mlocked:0kB bounce:0kB free_pcp:236kB local_pcp:232kB '
             'free_cma:513592kB\nlowmem_reserve[]: 0 0 3188 3188\n')
    data = machine_dump(free=' free:905312 free_pcp:148 free_cma:128398\n', zones=zones)
    same([e['verdict']['cause'] for e in explain(data=data).events], ['lowmem-exhaustion'], 'cause')
    out = b' '.join(run('explain', data=data).out.split())
    for words in (b'no memory was left in zone DMA', b'502 MiB of it in the CMA area',
                  b'Make the CMA area smaller'):
        check(words in out, f'{words} in {out[:900]}')


@test
def page_fault_without_a_request():
    """gfp_mask=0: a page fault gave up; the machine itself need not have run out."""
    r = run('explain', data=machine_dump('0x0()', ' free:905312 free_pcp:148 free_cma:0\n'))
    check(b'a page fault was refused memory' in r.out and b'machine ran out' not in r.out, r.out[:300])


@test
def wrapped_cgroup_path():
    """A terminal breaks the sentence at any column: both paths whole, or the one that is cut absent."""
    pod = '/kubepods/burstable/pod6e1b0a52-93c4'
    task = f'{pod}/9a1b77c2d1'
    head = '[   12.000000] node invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=1000\n'
    tail = '[   12.000030] memory: usage 262144kB, limit 262144kB, failcnt 412\n'
    for limit in (task, pod, '/kubepods'):
        line = f'[   12.000020] Task in {task} killed as a result of limit of {limit}'
        for at in range(line.index('/') + 1, len(line)):
            for last in (line[at:] + '\n', ''):
                r = explain(data=f'{head}{line[:at]}\n{last}{tail}'.encode())
                got = r.events[0]['memcg']
                where = f'{limit} broken at {line[at - 8:at]}|{line[at:at + 8]}'
                if last:
                    same((got['task_path'], got.get('oom_path')), (task, limit), where)
                elif at > line.rindex(' ') and line[at - 1] != '/' and line[at] != '/':
                    same((got['task_path'], got.get('oom_path')), (task, None), f'{where}, rest lost')


@test
def deltas_are_no_time():
    """dmesg -H prints what passed since the line before; the minute is that of the last full stamp."""
    dump = ''.join(f'[  +0.{n:06d}] {t.decode("latin-1")}\n' for n, t in enumerate(render(records(), 'plain')))
    out = run('explain', data=dump.encode()).out
    check(b'+0.0' not in out and b'  when ' not in out, f'a delta is told: {out[:900]}')
    full, link = '[Nov20 18:51] flintnet: up\n', '] flintnet: link is up\n'
    for before, want in (('', None), (full, 'Nov20 18:51'), (f'{full}[Nov20 18:52{link}', 'Nov20 18:52'),
                         (f'{full}[ +59.900000{link}', 'Nov20 18:51'),
                         (f'{full}[ +59.900000{link}[  +0.100000{link}', None),  # lines are missing
                         (f'{full}[+{"9" * 30}.000001{link}', None),
                         (f'{full}[Nov20 18:52{link}' + f'[  +0.000001{link}' * 20000, None)):  # too far
        got = explain(data=(before + dump).encode()).events[0].get('time') or {}
        if got:
            same((got['wall'][4:10], got['wall'][11:], got['precision_s']),
                 ('-11-20', f'{got["text"][6:]}:00', 60), 'wall')
        same(got.get('text'), want, f'stamp behind {before[-60:]!r}')
    check(b'-11-20 18:51 (' in run('explain', data=(full + dump).encode()).out, 'the minute')
    bad = explain(data=(f'[Nov20 25:61{link}' + dump).encode()).events[0]['time']
    same(bad, {'text': 'Nov20 25:61'}, 'no time of day')


@test
def unknown_prefix_is_no_name():
    """A name has 15 bytes: what is longer has a prefix that was not known."""
    text = [ln.decode('latin-1') for ln in render(records(), 'plain')]
    whole = explain(data='\n'.join(text).encode()).events[0]
    for prefix in ('2024-03-01T03:04:05.123Z In(05) vcpu-5 - Guest: ',
                   '2024-03-01T03:04:05.123Z In(05) vcpu-0 - Guest: <4>[  812.000001] ',
                   '2023-01-02T03:04:05Z relay: <4>[39291577.009340] ',
                   '2023-01-02T03:04:05Z relay: [39291577.009340][ T812] '):
        e = explain(data=''.join(f'{prefix}{t}\n' for t in text).encode()).events[0]
        for k in ('trigger', 'memcg', 'victims', 'processes'):
            same(differences(e[k], whole[k]), [], f'{k} behind {prefix}')
    tail = ' invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n'
    for head, want in (('In(05) vcpu-5 - Guest: node', 'node'), ('a relay of mine: kworker/u8:2', 'kworker/u8:2'),
                       ('a relay of mine: my: app', None), ('relay 1 of mine host1 node', None),
                       ('a relay of mine: host1 node', None), ('CPU 0/KVM', 'CPU 0/KVM'), ('ab: cd', 'ab: cd'),
                       ('a name of 15 by', 'a name of 15 by'), (r'\x0a\x0a name of 15', r'\x0a\x0a name of 15')):
        same(explain(data=(head + tail).encode()).events[0]['trigger'].get('comm'), want, head)
        fail = f'{head}: page allocation failure: order:2, mode:0xcc0(GFP_KERNEL)\n'
        same(explain(data=fail.encode()).events[0]['trigger'].get('comm'), want, fail)


@test
def prefix_of_a_shipper_nobody_knows():
    """What stands before each line of a dump is learned from the lines behind its first one."""
    levels = ('warning', 'info', 'err', 'notice')
    shippers = {
        'compose': lambda i: 'web-1  | ',
        'kubectl': lambda i: '[pod/klog-7xk2p/reader] ',
        'levels': lambda i: f'10.5.0.2: kern: {levels[i % 4]:>7}: [2026-11-20T18:51:{i % 60:02}.{i:09}Z]: ',
        'counted': lambda i: f'{i},{i * 31 % 1009},kernel,',
        'tab': lambda i: f'fenwick\tkern.{levels[i % 3]}\t',
        'short': lambda i: 'x: ',
    }
    for case in ('memcg', 'anon-no-swap', 'lowmem'):
        for era in ('el7', '5.4', '6.12'):
            text = [ln.decode('latin-1') for ln in render(records(case, era), 'plain')]
            whole = explain(data='\n'.join(text).encode() + b'\n').events
            for name, head in shippers.items():
                lines = []
                for i, t in enumerate(text):
                    lines.append(head(i) + t)
                    if i % 5 == 1:  # somebody else's, and one of the same shipper
                        lines.append('db-1   | checkpoint complete')
                        lines.append(head(i) + 'usb 1-1: new device')
                events = explain(data=('\n'.join(lines) + '\n').encode()).events
                same(len(events), len(whole), f'{case} {era} {name}: events')
                for k in ('trigger', 'memcg', 'memory', 'zones', 'victims', 'processes'):
                    same(differences(events[0].get(k), whole[0].get(k)), [], f'{case} {era} {name}: {k}')
                same(events[0]['verdict']['cause'], whole[0]['verdict']['cause'], f'{case} {era} {name}')
            if case == 'memcg':
                data = '\n'.join(shippers['levels'](i) + t for i, t in enumerate(text)) + '\n'
                same(explain(data=data.encode()).events[0]['time']['wall'][:19], '2026-11-20T18:51:00', 'time')


@test
def prefix_that_is_not_learned():
    """Words before some lines of a dump are no prefix of all, whether or not the first has them too."""
    text = [ln.decode('latin-1') for ln in render(records(), 'plain')]
    whole = explain(data=('\n'.join(text) + '\n').encode()).events[0]
    for starts in ('Call Trace:', ('Call Trace:', 'Hardware name:'), (text[0], 'Call Trace:', 'Hardware name:')):
        lines = ['x: ' + t if t.startswith(starts) else t for t in text]
        e = explain(data=('\n'.join(lines) + '\n').encode()).events[0]
        for k in ('constraint', 'memcg', 'victims', 'processes'):
            same(differences(e.get(k), whole.get(k)), [], f'{k} with a word before {starts}')


@test
def what_a_rate_limit_held_back():
    """Whose messages they were, and whether they are lines of a dump."""
    recs = render(records('atomic'), 'plain')

    def told(head, tail=b''):
        data = head + tail + b'\n'.join(recs) + b'\n'
        s = explain(data=data).events[0]['source']
        return data, (s.get('ratelimited_by'), s.get('ratelimited'), s.get('suppressed_messages'))

    for line, text, want in (
            ('warn_alloc: 25 callbacks suppressed', 'held back 25 dumps of warn_alloc', ('warn_alloc', 25, None)),
            ('slab_out_of_memory: 142 callbacks suppressed', 'held back 142 messages of slab_out_of_memory',
             ('slab_out_of_memory', 142, None)),
            ('x8_poll: 1 callbacks suppressed', 'held back 1 message of x8_poll', ('x8_poll', 1, None)),
            ('__ratelimit: 3 callbacks suppressed', 'a rate limit held back 3 messages', (None, 3, None)),
            ('printk: 7 messages suppressed.', 'a rate limit held back 7 messages', (None, 7, None)),
            ('** 123 printk messages dropped **', "lines of the kernel's log are lost here: 123",
             (None, None, 123))):
        data, got = told(f'{line}\n'.encode())
        same(got, want, line)
        out = b' '.join(run('explain', data=data).out.split())
        check(text.encode() in out and (want[2] or b'lost here' not in out), f'{line}: {out[:900]}')
        inside = b'\n'.join(recs[:9] + [line.encode()] + recs[9:])
        s = explain(data=inside).events[0]['source']
        same((s.get('ratelimited_by'), s.get('ratelimited'), s.get('suppressed_messages')), want, f'{line} inside')
    two = b'warn_alloc: 25 callbacks suppressed\nfoo: 2 callbacks suppressed\n'
    same(told(two)[1], (None, 27, None), 'of two functions')
    same(told(two, b'flintnet: up\n' * 600)[1], (None, None, None), 'long before')


@test
def cache_of_a_cgroup_that_is_dirty():
    """What the cgroup's statistics say of its file cache, in the words of each kernel."""
    dirty, use, open_ = ('most of it was not yet written to disk', '(in use, or read again at once)',
                         '(in use, read again at once, or not yet written to disk)')

    def says(recs, want, what):
        out = b' '.join(run('explain', data=b'\n'.join(recs) + b'\n').out.split()).decode()
        same([w for w in (dirty, use, open_) if w in out], [want], f'{what}: {out[:500]}')

    for era, keys in (('4.4', (b'dirty:', b'writeback:')), ('6.1', (b'file_dirty ', b'file_writeback '))):
        for path in (None, '/tenants/blue/web'):
            recs = render(records('memcg', era, what='file', task_path=path), 'plain')
            says(recs, dirty, f'{era} dirty')
            for k in keys:
                recs = [re.sub(rb'\b' + k + rb'\d+', k + b'0', r) for r in recs]
            says(recs, use, f'{era} clean')
            says([re.sub(keys[0] + rb'\d+(KB )?', b'', r) for r in recs], open_, f'{era} dirty not told')
    says(render(records('memcg', '3.10', what='file'), 'plain'), open_, '3.10')


@test
def zones_above_that_share_what_is_free():
    """A request for the DMA zone: what lies free above it is in two zones, and is not all said to be in one."""
    text = f'''kworker/2:1: page allocation failure: order:0, mode:0xcc1(GFP_KERNEL|GFP_DMA), nodemask=(null)
CPU: 2 PID: 313 Comm: kworker/2:1 Not tainted 5.4.0-100-generic #113-Ubuntu
Mem-Info:
active_anon:300000 inactive_anon:50000 isolated_anon:0
 active_file:150000 inactive_file:170000 isolated_file:0
 unevictable:0 dirty:500 writeback:0 unstable:0
 slab_reclaimable:58000 slab_unreclaimable:20000
 mapped:90000 shmem:14000 pagetables:10000 bounce:0
 free:3150016 free_pcp:600 free_cma:0
Node 0 DMA free:64kB min:64kB low:80kB high:96kB present:15984kB managed:15900kB slab_unreclaimable:15836kB
lowmem_reserve[]: 0 2600 15600 15600
Node 0 DMA32 free:2600000kB min:11400kB low:14300kB high:17200kB present:2846000kB managed:2780000kB
lowmem_reserve[]: 0 0 13000 13000
Node 0 Normal free:10000000kB min:56000kB low:70000kB high:84000kB present:13600000kB managed:13320000kB
lowmem_reserve[]: 0 0 0 0
Node 0 DMA: 0*4kB 0*8kB 0*16kB 0*32kB 1*64kB (U) 0*128kB = 64kB
Node 0 DMA32: 0*4kB 0*8kB 0*16kB 0*32kB 40625*64kB (M) 0*128kB = 2600000kB
Node 0 Normal: 0*4kB 0*8kB 0*16kB 0*32kB 156250*64kB (M) 0*128kB = 10000000kB
330000 total pagecache pages
Free swap  = 0kB
Total swap = 0kB
4110000 pages RAM
85000 pages reserved
'''
    v = explain(data=text.encode()).events[0]['verdict']
    same(v['cause'], 'lowmem-exhaustion', 'cause')
    check('12.0 GiB lay free in zones above what this request can reach' in v['headline'], v['headline'])
    # with all but nothing in DMA32 it is one
    less = text.replace('DMA32 free:2600000kB', 'DMA32 free:64kB').replace('40625*64kB (M) 0*128kB = 2600000kB',
                                                                          '1*64kB (M) 0*128kB = 64kB')
    v = explain(data=less.encode()).events[0]['verdict']
    check('9.54 GiB lay free in Normal' in v['headline'], v['headline'])


@test
def tried_only_once():
    """__GFP_NORETRY in front of plenty of clean cache: one round of reclaim was not enough, and no more were due."""
    dump = '''Xorg: page allocation failure: order:8, mode:{}, nodemask=(null)
CPU: 0 PID: 313 Comm: Xorg Not tainted 5.11.0 #1
Mem-Info:
active_anon:1000 inactive_anon:66000 isolated_anon:0
 active_file:44000 inactive_file:364000 isolated_file:32
 unevictable:0 dirty:5000 writeback:200
 slab_reclaimable:4100 slab_unreclaimable:6400
 mapped:30000 shmem:1700 pagetables:900 bounce:0
 free:10500 free_pcp:70 free_cma:0
Node 0 DMA32 free:42000kB min:41600kB low:52000kB high:62400kB present:2080000kB managed:2048000kB
lowmem_reserve[]: 0 0 0 0
Node 0 DMA32: 0*4kB 0*8kB 0*16kB 0*32kB 0*64kB 0*128kB 0*256kB 2*512kB (M) 0*1024kB 0*2048kB 10*4096kB (M) = 41984kB
410000 total pagecache pages
Free swap  = 8388604kB
Total swap = 8388604kB
520000 pages RAM
8000 pages reserved
'''
    for mask, once in (('0x190dc2(GFP_HIGHUSER|__GFP_NORETRY|__GFP_ZERO|__GFP_NOMEMALLOC)', True),
                       ('0x180dc2(GFP_HIGHUSER|__GFP_ZERO|__GFP_NOMEMALLOC)', False)):
        v = explain(data=dump.format(mask).encode()).events[0]['verdict']
        same(v['cause'], 'reclaim-stall', mask)
        same('__GFP_NORETRY' in json.dumps(v['explanation']), once, f'{mask}: {v["explanation"]}')
        same('memory.min' in json.dumps(v['advice']), not once, f'{mask}: {v["advice"]}')


@test
def packets_only_where_the_network_asked():
    """GFP_ATOMIC alone is no packet: a driver's probe at boot asks for megabytes with it."""
    for order in (0, 10):
        data = b'\n'.join(render(records('atomic', order=order), 'plain')) + b'\n'
        check(b'packet' in run('explain', data=data).out, f'order {order}: no word of packets')
        for func in (b'flint_probe', b'sock_ioctl', b'? alloc_skb'):
            other = re.sub(rb'[^ ]*(__alloc_skb|flintnet_rx_refill|__build_skb)', func, data)
            out = b' '.join(run('explain', data=other).out.split())
            check(b'may not wait for memory' in out and b'packet' not in out, f'{func}: {out[:600]}')
            same(b'does not say what its caller does' in out, order == 10, f'{func} order {order}')


@test
def nothing_to_see():
    with folder() as d:
        for path in (put(d, 'binary', bytes(range(256)) * 4096), put(d, 'nul', b'\0' * 70000),
                     put(d, 'newlines', b'\n' * 70000)):
            r = run('explain', path)
            same((r.status, r.err, r.out.startswith(NONE)), (1, b'', True), path)
            same(explain(path).json['events'], [], path)
            for form in ('--ndjson', '--raw'):
                same(run('explain', form, path).out, b'', f'{form} {path}')


@test
def nothing_was_checked():
    """`ssh host dmesg | oomlens explain -` of a host that cannot be reached says no good news."""
    with folder() as d:
        empty, quiet, good = put(d, 'empty', b''), put(d, 'quiet', QUIET), put(d, 'good', log())
        packed = put(d, 'empty.gz', gzip.compress(b''))
        told = b': is empty: nothing was checked\n'
        for path in (empty, packed, '/dev/null'):
            r = run('explain', path)
            same((r.status, r.out, r.err), (2, b'', b'oomlens: ' + os.fsencode(path) + told), path)
            same([w['file'] for w in explain(path).json['input']['warnings']], [path], 'warning')
            for form in ('--ndjson', '--raw', '--list', '--jobs=2'):
                r = run('explain', form, path)
                same((r.status, r.out, r.err.endswith(told)), (2, b'', True), f'{form} {path}')
            for jobs in ('--jobs=1', '--jobs=3'):
                r = run('explain', jobs, path, quiet)
                same((r.status, r.err.count(told)), (1, 1), f'{jobs} beside a quiet one')
                check(b'in this log (20 lines, ' in r.out, f'what was looked at: {r.out}')
                same(run('explain', jobs, path, good).status, 0, 'beside one with an event')
        for args in ((), ('-',)):
            r = run('explain', *args, data=b'')
            same((r.status, r.out), (2, b''), f'empty pipe {args}')
            check(r.err.startswith(b'oomlens: standard input was empty: nothing was checked'), r.err)
            same(b'--journal' in r.err, not args, f'how this machine is read: {r.err}')
        r = run('explain', empty, '-', data=b'')
        same((r.status, r.err.count(b'\n')), (2, 2), 'two empty ones')
        # a folder's empty logs are no news: logrotate makes them
        r = run('explain', d)
        same((r.status, r.err), (0, b''), 'a folder')
        r = run('explain', '-', data=QUIET)
        check(b'in standard input (20 lines, ' in r.out, f'what was looked at: {r.out}')
        r = run('explain', quiet, quiet)
        check(b'in these 2 logs (40 lines, ' in r.out, f'what was looked at: {r.out}')


@test
def json_is_one_object():
    with folder() as d:
        path = put(d, 'x', QUIET + log())
        r = explain(path)
        same(list(r.json)[0], 'schema', 'first key')
        same(r.json['schema'], 'oomlens.explain/1', 'schema')
        same(files_of(r), [(path, os.path.getsize(path), 20 + log().count(b'\n'), 1)], 'files')
        same(r.json['input']['warnings'], [], 'warnings')
        check(r.out.endswith(b'}\n') and r.out.count(b'\n') == 1, 'more than one line')
        e = r.events[0]
        same((e['kind'], e['source']['host'], e['source']['complete'], e['time']['wall'][:16]),
             ('oom', 'fenwick', True, '2024-03-15T08:00'), 'the event')
        nd = run('explain', '--ndjson', path)
        same([json.loads(x) for x in nd.out.splitlines()], r.events, '--ndjson')
        long = put(d, 'long', b'x' * 1500000 + b'\n' + log())
        r = explain(long)
        same([(w['file'], w['line']) for w in r.json['input']['warnings']], [(long, 1)],
             'warning of a long line')
        same(len(r.events), 1, 'events behind a long line')


@test
def forms_agree():
    data = log() + log('anon-no-swap', at=T0 + 7000, us=90000 * 10**6)
    r = run('explain', '--list', data=data)
    lines = r.out.decode().splitlines()
    same(len(lines), 3, 'a head and two events')
    check(lines[0].startswith('time') and 'thumbworker' in lines[1] and 'heapgrinder' in lines[2],
          str(lines))
    text, full = run('explain', data=data).out, run('explain', '--full', data=data).out
    check(len(full) > len(text) * 2 and b'heapgrinder' in text, 'full and short text')
    for zone in (b'DMA32', b'lowmem_reserve', b'heapgrinder', b'thumbworker'):
        check(zone in full or zone == b'lowmem_reserve', f'--full has no {zone}')
    check(max(map(len, text.decode().splitlines())) <= 100, 'text wider than 100 columns')


@test
def raw_is_free_of_its_transport():
    for case in ('memcg', 'anon-no-swap'):
        recs = records(case)
        plain = [b' '.join(x.split()) for x in render(recs, 'plain')]
        for how in transport.TRANSPORTS:
            data = b'\n'.join(render(recs, how)) + b'\n'
            r = run('explain', '--raw', data=data)
            got = [b' '.join(x.split()) for x in r.out.splitlines()]
            odd = [x for x in got if x and x not in plain]
            check(not odd, f'{case} {how}: {odd[:1]} stands in no line of the kernel')
            check(len(got) > len(plain) * 0.9, f'{case} {how}: {len(got)} of {len(plain)} lines')


@test
def raw_can_be_read_again():
    data = log('anon-no-swap', how='syslog') + log(how='syslog', at=T0 + 900, us=99 * 10**9)
    raw = run('explain', '--raw', data=data).out
    a, b = explain(data=data).events, explain(data=raw).events
    same(len(b), len(a), 'events')
    for x, y in zip(a, b):
        for k in ('victims', 'zones', 'processes', 'memcg', 'trigger'):
            same(differences(y.get(k), x.get(k)), [], k)
