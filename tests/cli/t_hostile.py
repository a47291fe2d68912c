# SPDX-License-Identifier: GPL-2.0-or-later
"""Logs that want to do harm: to the terminal, to the memory, to the answer."""

import os
import re
import struct

from harness import (Bad, Process, T0, check, clean, explain, folder, log, measured, put, records, render,
                     run, same, sanitized, syslog_line, test, unseen_samples)

LIMIT_KB = 64 << 10
FORMS = ((), ('--full',), ('--list',), ('--raw',), ('--json',), ('--ndjson',),
         ('--list', '--full'))
EVIL = (b'\x1b]0;owned\x07', b'\x1b[2J\x1b[31m', b'a\xe2\x80\xaeb', b'\xc2\x9b31m', b'\x9b31m', b'\x7f\x08',
        b'a\rb', b'\xff\xfe', b'\xe2\x80\xa8x', b'a\\x1b[m', b'%s%n%p', b'"},{"x":"', b"';$(id)`",
        b'\xef\xbb\xbf', b'\xf0\x9f\x92\xa9', b'a\tb', b'a\x0bb\x0c')


ROWS = os.path.join(os.path.dirname(__file__), '../../analyze/dump/lines.def')
# What real machines run, and words that lines of a dump begin with.
NAMES = {'node', 'npm start', 'CPU 0/KVM', 'GC Thread#0', '(sd-pam)', '[celeryd: w1', '0', '1024', 'anon 12',
         'Node 0 DMA', 'node 0', 'HighMem: 1', '12 pages', '4*4kB', 'slab', 'swap', 'Normal'}


def in_all_forms(data, what, events=1):
    for form in FORMS:
        for env in ({}, {'LC_ALL': 'C'}):
            r = run('explain', *form, data=data, env=env)
            clean(r.out + r.err, f'{what} {form}')
    got = explain(data=data)
    check(len(got.events) >= events, f'{what}: {len(got.events)} events')
    return got.events


@test
def names_like_lines():
    """A process called like the first word of any line of a dump keeps its name and its header."""
    with open(ROWS) as rows:
        literals = re.findall('^OL_LINE.*"(.+)"', rows.read(), re.M)
    check(len(literals) > 40, f'{len(literals)} literals')
    names = NAMES | {text.split()[0][:15] for text in literals}
    for name in sorted(names):
        lines = (f'{name} invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|'
                 '__GFP_ZERO), order=0, oom_score_adj=0',
                 f'CPU: 0 PID: 77 Comm: {name} Not tainted 6.1.0-18-amd64 #1',
                 'Mem-Info:', 'active_anon:239 inactive_anon:7154 isolated_anon:0',
                 f'Out of memory: Killed process 78 ({name}) total-vm:29072kB, anon-rss:1224kB, '
                 'file-rss:3124kB, shmem-rss:0kB, UID:0 pgtables:68kB oom_score_adj:0')
        r = explain(data=''.join(f'[   12.{n:06d}] {t}\n' for n, t in enumerate(lines)).encode())
        same([(e['trigger']['comm'], e['trigger']['pid'], e['victims'][0]['comm']) for e in r.events],
             [(name, 77, name)], name)


@test
def evil_names():
    """A process name of any bytes, in every place of a dump, in three transports."""
    for case, name in (('memcg', b'thumbworker'), ('anon-no-swap', b'heapgrinder')):
        for how in ('rsyslog', 'kmsg', 'dmesg', 'journal-json'):
            data = b''
            for n, evil in enumerate(EVIL):
                bad = evil[:15]
                if how in ('kmsg', 'journal-json'):
                    bad = b''.join(b'\\x%02x' % c if c < 32 or c > 126 or c == 92 else bytes([c])
                                   for c in bad)
                    if how == 'journal-json':
                        bad = bad.replace(b'\\x', b'\\u00').replace(b'"', b'\\"')
                elif b'\r' in bad:
                    continue
                data += log(case, how=how, at=T0 + n * 900, us=(n + 1) * 900 * 10**6).replace(name, bad)
            in_all_forms(data, f'{case} {how}', len(EVIL) - 1)


@test
def names_of_what_is_not_seen():
    """Fillers, tags, selectors, marks that reorder: in a name, a host, a control group, a file's name and
    an argument; JSON tells them by number and a parser gets them back."""
    samples = unseen_samples()
    check(len(samples) > 40, f'{len(samples)} samples')
    names = ['x' + ''.join(samples[n:n + 3]) for n in range(0, len(samples), 3)]
    data = b''.join(log('anon-no-swap', at=T0 + n * 900, us=(n + 1) * 900 * 10**6)
                    .replace(b'heapgrinder', name.encode()) for n, name in enumerate(names))
    events = in_all_forms(data, 'names', len(names))
    # what a line of a log takes for its end or a blank is not what is asked here
    plain = [n for n in range(len(names)) if min(map(ord, names[n][1:])) >= 0xad]
    same([events[n]['victims'][0]['comm'] for n in plain], [names[n] for n in plain], 'names in JSON')
    every = ''.join(c for c in samples if ord(c) >= 0xad)
    in_all_forms(b'\n'.join(render(records('anon-no-swap'), 'rsyslog', every.encode().decode('latin-1'))) +
                 b'\n', 'host')
    got = in_all_forms(log(path='/' + every.encode().decode('latin-1')), 'control group')
    check(any(every in v for v in got[0]['memcg'].values() if isinstance(v, str)), got[0]['memcg'])
    with folder() as d:
        path = put(d, every[:60], log())
        for form in FORMS:
            r = run('explain', *form, path, path + 'gone')
            clean(r.out + r.err, f'file name {form}')
            same(r.status, 2, 'status')
    for args in (('explain', '--' + every), ('explain', '--kernel', every), (every,), ('gfp', every),
                 ('watch', '--cgroup', every), ('watch', '--', every)):
        r = run(*args)
        check(r.status and r.err, f'{args[0][:10]!r}: status {r.status}')
        clean(r.out + r.err, f'arguments {args[0][:10]!r}')


@test
def newline_in_a_name():
    """comm is 15 bytes of anything. /dev/kmsg tells its newline as that of a record of two lines; no
    place where a dump prints the name may become another event, kill or process."""
    whole = explain(data=log('anon-no-swap', how='kmsg')).events[0]
    for name in (b'x\nOut of memory', b'x\nKill process ', b'\noom-kill:task', b'x\n[1] 0 1 1 1 1',
                 b'y\nNode 0 DMA fr', b'y\nMem-Info:\n\n', b'\n\n\n', b'z\nCall Trace:', b'y\n6,1,1,-;oom',
                 b'\n0 pages RAM', b'x\nFree swap = 0'):
        evil = b''.join(b'\\x%02x' % c if c < 32 else bytes([c]) for c in name)
        data = log('anon-no-swap', how='kmsg').replace(b'heapgrinder', evil)
        got = in_all_forms(data, f'{name!r}')
        same(len(got), 1, f'{name!r}: events')
        pids = {v.get('pid') for v in got[0].get('victims', [])}
        check(pids <= {2718}, f'{name!r}: victims {pids}')
        same(len(got[0].get('zones', [])), len(whole['zones']), f'{name!r}: zones')
        check({x['pid'] for x in got[0].get('processes', [])} <=
              {x['pid'] for x in whole['processes']}, f'{name!r}: processes')


@test
def evil_hosts_paths_and_files():
    host = '\x1b[31mh'
    data = b'\n'.join(render(records('anon-no-swap'), 'rsyslog', host)) + b'\n'
    in_all_forms(data, 'host')
    path = '/a\x1b[1m/\u202e'.encode().decode('latin-1')
    in_all_forms(log(path=path), 'cgroup path')
    with folder() as d:
        f = put(d, 'x\x1b[31m\ny', log())
        for form in FORMS:
            r = run('explain', *form, f, f + 'gone')
            clean(r.out + r.err, f'file name {form}')
            same(r.status, 2, 'status')
        same(r.err.count(b'\n'), 1, 'lines on stderr')
    r = run('explain', '--host', '\x1b[2J', data=data)
    clean(r.out + r.err, '--host')
    r = run('explain\x1b[2J')
    clean(r.out + r.err, 'verb')
    r = run('explain', '--\x1b[2J')
    clean(r.out + r.err, 'option')


@test
def nul_bytes():
    data = log('anon-no-swap').replace(b'heapgrinder', b'heap\0grind')
    in_all_forms(data, 'NUL in a name')
    in_all_forms(b'\0' * 5000 + b'\n' + log(), 'NULs in front')  # a log behind a crash of its disk
    in_all_forms(log() + b'\0' * 70000 + log('anon-no-swap', at=T0 + 900, us=99 * 10**9),
                 'NULs between', events=1)


@test
def on_a_terminal():
    with folder() as d:
        path = put(d, 'x', log('anon-no-swap').replace(b'heapgrinder', b'\x07\x9bowned\x0e'))
        with Process('explain', path, tty=('out',), env={'TERM': 'xterm', 'PAGER': 'cat'}) as p:
            r = p.end()
        left = re.sub(rb'\x1b\[[0-9;]*m', b'', r.out)
        clean(left, 'terminal')
        check(b'owned' in left and r.out != left, 'no colours of ours')


# -- memory ------------------------------------------------------------------------------------


def bounded(what, stdin, *args, limit=LIMIT_KB):
    r, kb = measured('explain', *args, '-', stdin=stdin)
    if not sanitized() and kb > limit:
        raise Bad(f'{what}: {kb} KiB of memory, {limit} are the limit')
    return r


@test
def million_byte_line():
    for big in (b'x' * (1 << 20), b'Node 0 DMA free:1kB ' * 60000, b'[ 1.000000] ' * 90000):
        data = syslog_line(T0).rstrip(b'\n') + big + b'\n' + log()
        r = explain(data=data)
        same(len(r.events), 1, f'events behind {big[:20]!r}…')
        same(r.json['input']['files'][0]['lines'], 1 + log().count(b'\n'), 'lines')
    for k in (b'gfp_mask=', b'comm=', b'('):  # long lines of the dump itself
        data = log('anon-no-swap').replace(k, k + b'z' * 300000, 1)
        bounded(f'long {k}', [data], '--json')


# What may be the front of a dump, so that it is asked whether something unknown stands before it.
FRONTS = (b'Out of memory', b'klog-1   | Mem-Info:', b'10.5.0.2: kern: Killed process 1', b'{"log":"Out of memory',
          b'MESSAGE=Out of memory', b'2024-03-15T08:00:00.000000001Z stdout P Out of memory', b'Mem-Info:', b'oom-kill:')


def found_behind(front, what, tail=b''):
    """By a pipe and as a file: the dump behind @front is found where it is."""
    dump = log('anon-no-swap', how='dmesg')
    data = front + dump + tail
    want = (1 + front.count(b'\n'), len(front), data.count(b'\n'))
    with folder() as d:
        path = put(d, 'log', data)
        for how, r in (('pipe', explain('-', data=data)), ('file', explain(path))):
            got = [(e['source']['first_line'], e['source']['first_byte']) for e in r.events]
            same(got, [want[:2]], f'{what}, {how}: places of events')
            same(r.json['input']['files'][0]['lines'], want[2], f'{what}, {how}: lines')


@test
def candidate_longer_than_what_is_learnt_from():
    """A line that may begin a dump, and longer than anything that waits for more of it."""
    for n, front in enumerate(FRONTS):
        for size in (6 << 10, 6200, 16 << 10, 300 << 10)[n % 2::2]:
            text = front + b'x' * (size - len(front))
            for head in (b'', b'y\n' * (512 << 9), b'z' * 4096 + b'\n' * (520 << 10))[n % 3::2]:
                found_behind(head + text + b'\n' + b'y\n' * 100000, f'{len(head)} bytes, {front}, {size} bytes')
        r = explain(data=front + b'x' * 6200 + b'\n' + b'y\n' * 400000)
        same((r.status, r.events), (1, []), f'{front} and no dump')


@test
def long_line_behind_the_first_half_mebibyte():
    """What is passed over ends in the middle of a line, whatever its length."""
    line = syslog_line(T0, us=90 * 10**6)
    for n, size in enumerate((255 << 10, 257 << 10, 300 << 10, 512 << 10, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20)):
        for k, at in enumerate(((512 << 10) - 1, 512 << 10, 600 << 10, (1 << 20) + 7)):
            head = line * (at // len(line))
            byte = (b'x', b' ', b'\0', b'{')[(n + k) % 4]
            end = b'\n' + line * (20000 if k % 2 else 0)
            found_behind(head + byte * size + end, f'{size} bytes behind {len(head)}', line * 9 if n % 2 else b'')


@test
def line_without_an_end():
    """50 MB, no newline, from a pipe."""
    for byte in (b'x', b'\0', b'\xff', b' '):
        r = bounded(f'endless {byte!r}', (byte * (1 << 20) for _ in range(50)), '--json')
        same((r.status, r.events), (1, []), f'endless {byte!r}')


@test
def table_of_200000_rows():
    lines = render(records('anon-no-swap'))
    at = next(n for n, x in enumerate(lines) if b'[ ' in x and b'heapgrinder' in x and b'] ' in x and
              re.search(rb'\[ *2718\]', x))
    rows = [lines[at].replace(b'2718', b'%d' % (10000 + n)) for n in range(200000)]
    data = b'\n'.join(lines[:at] + rows + lines[at:]) + b'\n'
    r = bounded('200,000 rows', [data], '--json')
    check(len(r.events) == 1 and r.events[0]['victims'][0]['pid'] == 2718,
          f"{len(r.events)} events, victims {[v.get('pid') for e in r.events for v in e.get('victims', [])]}")
    check(len(r.events[0]['processes']) > 1000, 'rows')
    for form in ('--full', '--list', '--raw'):
        check(bounded(f'200,000 rows {form}', [data], form).out, form)


@test
def ten_thousand_hosts():
    dump = render(records(), 'rsyslog', 'hostXXXXX')[:20]
    blocks = []
    for line in dump:
        blocks.append(b''.join(line.replace(b'hostXXXXX', b'host%05d' % n) + b'\n'
                               for n in range(10000)))
    r = bounded('10,000 hosts', blocks, '--ndjson')
    check(r.out, 'no event')


@test
def open_events_without_end():
    """Heads, never a kill; and kills, never a head."""
    head = b'[%d.000001] big%d invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n'
    kill = b'[%d.000001] Out of memory: Killed process %d (p) total-vm:9kB, anon-rss:9kB, file-rss:0kB\n'
    for text, what in ((head, 'heads'), (kill, 'kills')):
        r = bounded(f'20,000 {what}', (b''.join(text % (n, n) for n in range(k, k + 1000))
                                        for k in range(0, 20000, 1000)), '--ndjson')
        check(r.out.count(b'\n') > 18000, f"{what}: {r.out.count(chr(10).encode())} events")


@test
def deep_json():
    for data in (b'{"a":' * 200000, b'[' * 900000, b'{"log":"' + b'\\u005c' * 100000 + b'"}\n',
                 b'{"MESSAGE":' + b'[' * 300000 + b']' * 300000 + b'}\n',
                 b'{"log":{"log":' * 50000 + b'"x"' + b'}' * 100000 + b'\n'):
        r = bounded(f'json {data[:12]!r}', [data + b'\n' + log()], '--json')
        same(len(r.events), 1, f'events behind {data[:12]!r}…')


@test
def unfinished_records():
    """A journal export that promises more than it has, container lines that never end."""
    for data in (b'MESSAGE\n' + b'\xff' * 8 + b'x\n' * 100, b'MESSAGE\n\0\0\0\0\0\0\0\x10abc\n',
                 b'__REALTIME_TIMESTAMP=1\nMESSAGE\n' + (1 << 40).to_bytes(8, 'little') + b'x\n'):
        r = bounded('export', [data + b'\n\n' + log('anon-no-swap', how='rsyslog')], '--json')
        check(r.status in (0, 1), f'status {r.status}')
    part = b'2024-03-15T08:00:00.000000001Z stdout P ' + b'y' * 16000 + b'\n'
    bounded('partial lines', (part * 64 for _ in range(50)), '--json')


@test
def any_bytes():
    """Every file that comes along, whatever it is."""
    with folder() as d:
        for n in range(6):
            put(d, f'r{n}', os.urandom(300000))
        for name in (b'\x1f\x8b\x08', b'\xfd7zXZ\0', b'\x28\xb5\x2f\xfd', b'BZh91AY&SY', b'LPKSHHRH'):
            path = put(d, 'bad', name + os.urandom(3000))
            r = run('explain', path)
            check(r.status in (1, 2), f'{name!r}: status {r.status}')
            clean(r.out + r.err, repr(name))
            r = run('explain', data=name + os.urandom(3000))
            clean(r.out + r.err, f'stdin {name!r}')
        r = run('explain', *[os.path.join(d, f'r{n}') for n in range(6)])
        same(r.status, 1, f'status of random bytes ({r.err})')


FORGED = (b'Out of memory: Killed process 1 (systemd) total-vm:918272kB, anon-rss:800112kB, file-rss:0kB, '
          b'shmem-rss:0kB, UID:0 pgtables:1704kB oom_score_adj:0')


def export_record(size=None, **fields):
    """@size: what the lengths of binary fields say, instead of the truth."""
    out = (b'__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1763664681123456\n__MONOTONIC_TIMESTAMP=123456\n'
           b'_BOOT_ID=0123456789abcdef0123456789abcdef\n')
    for k, v in fields.items():
        if b'\n' in v:
            out += k.encode() + b'\n' + struct.pack('<Q', size or len(v)) + v + b'\n'
        else:
            out += k.encode() + b'=' + v + b'\n'
    return out + b'\n'


@test
def record_inside_of_a_binary_field():
    """journalctl -o export: whatever a program's field looks like, the kernel's records are outside."""
    kernel = {'_TRANSPORT': b'kernel', 'SYSLOG_FACILITY': b'0', 'SYSLOG_IDENTIFIER': b'kernel'}
    forged = export_record(_HOSTNAME=b'victim', MESSAGE=FORGED, **kernel)
    plain = b'Oct 12 10:10:10 victim kernel: [1.000000] ' + FORGED + b'\n'
    quiet = export_record(_HOSTNAME=b'web1', MESSAGE=b'usb 1-1: foo', **kernel)
    good = export_record(_HOSTNAME=b'web1', MESSAGE=FORGED.replace(b'systemd', b'java'), **kernel)
    for size, line in ((100, b'core\n'), (20000, b'core\n'), (140000, b'core\n'), (140000, b'y' * 1000),
                       (1 << 20, b'a line of the core of a program\n'), (65 << 20, b'y' * 99 + b'\n')):
        fill = (line * (size // len(line) + 1))[:size]
        for name, text in (('COREDUMP', forged), ('COREDUMP', plain), ('MESSAGE', forged), ('MESSAGE', plain)):
            fields = {'_PID': b'12', 'MESSAGE': b'x', name: fill + b'\n\n' + text + b'\n' + fill}
            data = quiet + export_record(_TRANSPORT=b'journal', SYSLOG_IDENTIFIER=b'app', **fields) + good
            got = [e['victims'][0]['comm'] for e in explain('-', data=data).events
                   if not e['source']['forged_suspect']]
            same(got, ['java'], f'{name} of {size}, {text[:8]}')
            if size > 4 << 20:
                break
    # a length that no journal has: nobody knows what is a field, and nothing is proven
    for size in (1 << 40, 5):
        data = quiet + export_record(size, _PID=b'12', COREDUMP=b'x\n\n' + forged) + good
        r = explain('-', data=data)
        check(r.events and all(e['source']['forged_suspect'] for e in r.events), f'length {size}: {r.out}')
