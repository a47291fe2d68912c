# SPDX-License-Identifier: GPL-2.0-or-later
"""Filters, bad arguments, and what time an event has."""

import json

from harness import (T0, Skip, check, differences, environment, explain, folder, log, put, records,
                     render, run, same, syslog_line, test)

CGROUP = '/kubepods.slice/kubepods-pod3f9c2d1e_77aa_4b0d_9c51_0d2e8f6a7b14.slice/cri-containerd-' \
    '7be1a90c34d2f58e6b07c1d9e8f2a4b35c6d7e8f90a1b2c3d4e5f60718293a4b.scope'
S = 10**6
# name: case, host, seconds behind T0
DAY = {'a': ('memcg', 'alpha', 0), 'b': ('anon-no-swap', 'beta', 3600),
       'c': ('atomic', 'alpha', 7200), 'd': ('memcg', 'beta', 10800)}


def day(how='rsyslog'):
    out = b''
    for name, (case, host, at) in DAY.items():
        opts = {'path': CGROUP} if name == 'd' else {}
        out += log(case, how=how, host=host, at=T0 + at, us=(50000 + at) * S, **opts)
    return out


def names(events):
    """Which of DAY these are, by what tells them apart in every transport."""
    got = ''
    for e in events:
        if e['kind'] == 'alloc_failure':
            got += 'c'
        elif e.get('constraint') != 'memcg':
            got += 'b'
        else:
            got += 'd' if e['memcg']['oom_path'] == CGROUP else 'a'
    return got


def pick(*args, how='rsyslog', env=None):
    r = explain(*args, data=day(how), env=env)
    same(r.status, 0 if r.events else 1, f'{args}: status ({r.err})')
    return names(r.events)


@test
def since_and_until():
    clock = {'OOMLENS_NOW': str(T0 + 9000)}  # 10:30
    for args, want in (
            ((), 'abcd'),
            (('--since', '2024-03-15 08:30'), 'bcd'),
            (('--since', '2024-03-15 08:59:59'), 'bcd'),
            (('--since', '2024-03-15 09:30:00'), 'cd'),
            (('--since', '2024-03-15'), 'abcd'),
            (('--since', '2024-03-16'), ''),
            (('--until', '2024-03-15'), ''),
            (('--until=2024-03-15 09:30',), 'ab'),
            (('--since', '2024-03-15T08:30:00Z'), 'bcd'),
            (('--since', '2024-03-15T13:30:00+05:00'), 'bcd'),
            (('--since', '2024-03-15T08:30:00.5Z', '--until', '2024-03-15T10:30:00Z'), 'bc'),
            (('--since', f'@{T0 + 1800}'), 'bcd'),
            (('--since', f'@{T0 + 1800}', '--until', f'@{T0 + 5400}.25'), 'b'),
            (('--since', '10 min ago'), 'd'),
            (('-S', '100 min ago'), 'bcd'),
            (('-S', '1h 40min ago', '-U', 'now'), 'bc'),
            (('--since', '-40min'), 'cd'),
            (('--since', 'today'), 'abcd'),
            (('--since', 'yesterday', '--until', 'today'), ''),
            (('--since', 'tomorrow'), '')):
        same(pick(*args, env=clock), want, str(args))


@test
def times_are_the_zone_of_the_user():
    """XYZ-5 is five hours east: 08:00 UTC is 13:00 there."""
    zone = {'TZ': 'XYZ-5', 'OOMLENS_NOW': str(T0 + 9000)}
    for args, want in ((('--since', '2024-03-15 13:30'), 'bcd'),
                       (('--until', '2024-03-15 14:30'), 'ab'),
                       (('--since', '2024-03-15T08:30:00Z'), 'bcd'),
                       (('--since', '100 min ago'), 'bcd')):
        same(pick(*args, env=zone), want, f'{args}, stamps with a zone')
    # Stamps without a zone are taken for local ones: 08:00 in the log is 08:00 to the user.
    zone['OOMLENS_NOW'] = str(T0 + 9000 - 5 * 3600)
    for args, want in ((('--since', '2024-03-15 08:30'), 'bcd'),
                       (('--until', '2024-03-15 09:30'), 'ab'),
                       (('--since', '2024-03-15T03:30:00Z'), 'bcd'),
                       (('--since', '100 min ago'), 'bcd')):
        same(pick(*args, how='syslog', env=zone), want, f'{args}, stamps without a zone')


@test
def events_without_a_wall_time_stay():
    """A dmesg says seconds since boot: nothing shows that such an event is outside."""
    for args in (('--since', '2024-03-15 08:30'), ('--until', '2001-01-01'), ('-S', '1 h ago')):
        same(pick(*args, how='dmesg'), 'abcd', str(args))
    same(pick('--since', '2024-03-15 08:30', how='dmesg-iso'), 'bcd', 'dmesg with wall times')


@test
def host_comm_container_kind():
    for args, want in ((('--host=alpha',), 'ac'), (('--host', 'beta'), 'bd'),
                       (('--host', 'alph'), ''), (('--comm', 'thumbworker'), 'ad'),
                       (('-c', 'heapgrinder'), 'b'), (('--comm', 'thumb'), ''),
                       (('--container', '7be1a90c34d2'), 'd'), (('-C', '3f9c2d1e-77aa'), 'd'),
                       (('-C', 'tenants/blue'), 'a'), (('-C', 'nothing'), ''),
                       (('--kind', 'oom'), 'abd'), (('-k', 'alloc_failure'), 'c'),
                       (('--kind=panic',), ''), (('-n', '2'), 'cd'), (('-n1',), 'd'),
                       (('--lines=99',), 'abcd'),
                       (('--host=beta', '-c', 'thumbworker'), 'd'),
                       (('--kind=oom', '--host=alpha', '--since', '2024-03-15 08:30'), ''),
                       (('--kind=oom', '-n1', '--until', '2024-03-15 10:30'), 'b'),
                       (('-n1', '--host=alpha'), 'c'), (('-n', '2', '--kind=userspace_kill'), '')):
        same(pick(*args), want, str(args))


@test
def last_events_in_every_form():
    data = day()
    for n in (1, 2, 3, 4, 5):
        kept = min(n, 4)
        r = explain(f'-n{n}', data=data)
        same(names(r.events), 'abcd'[-kept:], f'--json -n{n}')
        nd = run('explain', '--ndjson', f'-n{n}', data=data)
        same([json.loads(x) for x in nd.out.splitlines()], r.events, f'--ndjson -n{n}')
        listed = run('explain', '--list', f'-n{n}', data=data).out.decode().splitlines()
        same((len(listed), listed[0].split()[0]), (kept + 1, 'time'), f'--list -n{n}')
        for form in (('--events',), ('--raw',), ('--full',)):
            whole = run('explain', *form, data=data).out
            part = run('explain', *form, f'-n{n}', data=data).out
            check(whole.endswith(part) and part[:1] != b'\n', f'{form} -n{n} is no end of the whole')
            check(kept == 4 or whole[:-len(part)].endswith(b'\n\n'), f'{form} -n{n}: cut within')


@test
def bad_arguments():
    with folder() as d:
        path = put(d, 'x', log())
        for args, word in ((('-n', '0'), '0'), (('-n', 'x'), 'x'), (('-n', '-3'), '-3'),
                           (('-n', '99999999999999999999'), '--lines'), (('-n3x',), '3x'),
                           (('--since', 'rubbish'), 'rubbish'), (('--since', ''), '--since'),
                           (('--since', '2024-13-45'), '2024-13-45'), (('-S', '@'), '@'),
                           (('--until', '5 parsecs ago'), 'parsecs'), (('--until', '-'), '--until'),
                           (('--kind', 'foo'), 'alloc_failure'), (('--kernel', 'abc'), 'abc'),
                           (('--bogus',), '--bogus'), (('-Z',), '-Z'), (('-jZ',), '-Z'),
                           (('--json=1',), '--json'), (('--color=blue',), 'blue'),
                           (('--color', '\x1b[2J'), '\\x1b[2J'), (('--jso',), '--jso')):
            r = run('explain', *args, path)
            same((r.status, r.out), (2, b''), f'{args}: status and stdout')
            check(word.encode() in r.err and r.err.startswith(b'oomlens: ') and
                  r.err.count(b'\n') == 1, f'{args}: {r.err}')
        for last in ('--since', '-n', '--host', '--kernel', '--color'):
            r = run('explain', path, last)
            check(r.status == 2 and last.encode() in r.err, f'{last} without argument: {r.err}')
    r = run('explian')
    check(r.status == 2 and b'explian' in r.err, f'wrong verb: {r.err}')
    r = run()
    check(r.status == 2 and b'usage' in r.err and not r.out, f'no verb: {r.err}')


@test
def option_spellings():
    data = day()
    want = explain('--kind', 'oom', '-n', '2', data=data).out
    for args in (('-jkoom', '-n2'), ('-jk', 'oom', '--lines=2'), ('--json', '-', '-koom', '-n2'),
                 ('-n2', '-jkoom', '--', '-')):
        same(run('explain', *args, data=data).out, want, str(args))


# -- time --------------------------------------------------------------------------------------

NEWYEAR = 1704067200  # 2024-01-01 00:00:00 UTC


def winter():
    return (log(how='syslog', at=NEWYEAR - 7200, us=1000 * S) +
            log('anon-no-swap', how='syslog', at=NEWYEAR + 7200, us=15400 * S))


@test
def year_over_new_year():
    want = ['2023-12-31T22:00', '2024-01-01T02:00']
    with folder() as d:
        path = put(d, 'syslog', winter())
        for mtime in (NEWYEAR + 10000, NEWYEAR + 40 * 86400, NEWYEAR + 300 * 86400):
            put(d, 'syslog', winter(), mtime)
            same([e['time']['wall'][:16] for e in explain(path).events], want, f'mtime {mtime}')
        put(d, 'syslog', log(how='syslog', at=NEWYEAR - 7200), NEWYEAR - 3600)
        same([e['time']['wall'][:16] for e in explain(path).events], want[:1], 'mtime in December')
        # the last line of the file is older than the copy that was made of it
        for zone in ('UTC', 'XYZ-11', 'XYZ11'):
            put(d, 'syslog', winter(), NEWYEAR + 7200)
            same([e['time']['wall'][:16] for e in explain(path, env={'TZ': zone}).events], want,
                 f'TZ {zone}')
    clock = {'OOMLENS_NOW': str(NEWYEAR + 86400)}
    same([e['time']['wall'][:16] for e in explain(data=winter(), env=clock).events], want, 'a pipe')
    leap = log(how='syslog', at=1709208000)  # 2024-02-29
    clock = {'OOMLENS_NOW': str(1709208000 + 200 * 86400)}
    same([e['time']['wall'][:10] for e in explain(data=leap, env=clock).events], ['2024-02-29'],
         'a leap day')
    clock = {'OOMLENS_NOW': str(1709208000 + 330 * 86400)}  # January 2025
    same([e['time']['wall'][:10] for e in explain(data=leap, env=clock).events], ['2024-02-29'],
         'a leap day of last year')


@test
def filters_know_the_inferred_year():
    with folder() as d:
        path = put(d, 'syslog', winter(), NEWYEAR + 86400)
        same(len(explain('--since', '2024-01-01', path).events), 1, 'since New Year')
        same(len(explain('--until', '2024-01-01', path).events), 1, 'until New Year')
        same(len(explain('--since', '2023-12-31', path).events), 2, 'since the day before')


@test
def two_boots():
    """The kernel's clock falls back: two events, though the first is cut off by the reboot."""
    one = render(records('anon-no-swap', us=90000 * S), at=T0)
    two = render(records('anon-no-swap', us=300 * S), at=T0 + 60)
    for how, banner in (('the clock', b''),
                        ('the banner', syslog_line(T0 + 30, text='Linux version 6.1.0-18-amd64 '
                                                   '(builder@fernhill) #1 SMP', us=0))):
        got = explain(data=b'\n'.join(one[:40]) + b'\n' + banner + b'\n'.join(two) + b'\n').events
        same([(e['source']['complete'], round(e['time']['monotonic_s'])) for e in got],
             [(False, 90000), (True, 300)], how)
        check(len({e['id'] for e in got}) == 2, 'the same id')
        same(got[1]['time'].pop('boot', None), 1, f'{how}: the count of boots')
        same(differences(got[1:], explain(data=b'\n'.join(two) + b'\n').events), [], how)
    # dmesg pasted behind dmesg, no wall time at all
    got = explain(data=log('anon-no-swap', how='dmesg', us=90000 * S) +
                  log('anon-no-swap', how='dmesg', us=300 * S)).events
    same([round(e['time']['monotonic_s']) for e in got], [90000, 300], 'dmesg twice')


@test
def ids_are_those_of_the_event():
    """Two copies of a log give the same id; another host, time or victim another one."""
    with folder() as d:
        a, b = put(d, 'a', log()), put(d, 'b', syslog_line(T0 - 5) * 9 + log())
        got = [e['id'] for e in explain(a, b).events]
        check(got[0] == got[1], f'two copies: {got}')
    other = [explain(data=x).events[0]['id'] for x in
             (log(), log(host='marsh'), log(us=7 * S), log('anon-no-swap'))]
    check(len(set(other)) == 4, f'{other}')


# -- hosts -------------------------------------------------------------------------------------


@test
def hosts_interleaved():
    """Line by line, the worst that a collecting syslog can do."""
    for how in ('syslog', 'rsyslog', 'rfc5424', 'syslog-join', 'journal-json'):
        logs = [render(records('anon-no-swap', us=80000 * S), how, 'alpha', T0),
                render(records(), how, 'beta', T0, boot='f' * 32),
                render(records('atomic', us=77 * S), how, 'gamma', T0, boot='1' * 32)]
        mixed = [x for n in range(max(map(len, logs))) for part in logs for x in part[n:n + 1]]
        apart = {h: explain(data=b'\n'.join(part) + b'\n').events
                 for h, part in zip(('alpha', 'beta', 'gamma'), logs)}
        got = explain(data=b'\n'.join(mixed) + b'\n').events
        same(sorted(e['source'].get('host', '') for e in got), ['alpha', 'beta', 'gamma'],
             f'{how}: hosts')
        for e in got:
            h = e['source']['host']
            same(differences([e], apart[h]), [], f'{how}: {h}')


# -- kmsg and journal --------------------------------------------------------------------------


@test
def this_machine():
    r = explain('--dmesg')
    if r.status == 2:
        check(b'/dev/kmsg' in r.err and r.err.count(b'\n') == 1, f'stderr {r.err}')
        raise Skip(r.err.decode().strip())
    same([f['name'] for f in r.json['input']['files']], ['/dev/kmsg'], 'input.files')
    check(r.json['input']['files'][0]['lines'] > 0, 'no lines')
    same(r.status, 0 if r.events else 1, 'status')
    same(explain('/dev/kmsg').events, r.events, 'by its path')
    check(environment()['TZ'] == 'UTC', 'no zone')
