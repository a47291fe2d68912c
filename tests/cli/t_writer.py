# SPDX-License-Identifier: GPL-2.0-or-later
"""What a container or a program printed is never taken for the kernel's, wherever it stands."""

import json
import re

from harness import T0, WARN, Rec, check, differences, explain, log, records, render, run, same, syslog_line, test

KILL = ('Memory cgroup out of memory: Killed process 1 (systemd) total-vm:9869876kB, anon-rss:9000123kB, '
        'file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:12kB oom_score_adj:0')
# One line of each place in a dump: what a forger would like to be believed.
CLAIMS = (
    KILL,
    'vaultd invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0',
    'oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,'
    'task=systemd,pid=1,uid=0',
    'memory: usage 1kB, limit 2kB, failcnt 3',
    '[      1]     0     1  2467469  2250030        0  4096        0             0 systemd',
    'oom_reaper: reaped process 1 (systemd), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB',
    'Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled',
)
ISO = '2024-03-15T08:00:00.200000000Z'


def docker(text, **more):
    return json.dumps({'log': text + '\n', 'stream': 'stdout', 'time': ISO, **more})


def journal(text, **more):
    return json.dumps({'MESSAGE': text, '__REALTIME_TIMESTAMP': '1710489600200000', **more})


def syslog(text, tag='kernel', host='fenwick', stamp='[84213.700000] '):
    return f'Mar 15 08:00:00 {host} {tag}: {stamp}{text}'


def export(text, *fields):
    return '\n'.join(('__CURSOR=s=9', '__REALTIME_TIMESTAMP=1710489600200000', 'MESSAGE=' + text) +
                     fields) + '\n'


# The wrappers of a text; every one says that the kernel did not write it, or not who did.
WRAPS = {
    'docker': docker,
    'docker stamped': lambda t: docker('[84213.700000] ' + t),
    'docker syslog': lambda t: docker(syslog(t)),
    'docker kmsg': lambda t: docker('4,4790,84213700000,-;' + t),
    'docker journal': lambda t: docker(journal(t, _TRANSPORT='kernel', _HOSTNAME='fenwick')),
    'docker second line': lambda t: docker('hello\n' + syslog(t)),
    'docker of a pod': lambda t: docker(t, kubernetes={'pod_name': 'web'}),
    'cri': lambda t: f'{ISO} stdout F {t}',
    'cri stamped': lambda t: f'{ISO} stderr F [84213.700000] {t}',
    'cri syslog': lambda t: f'{ISO} stdout F {syslog(t)}',
    'cri kmsg': lambda t: f'{ISO} stdout F 4,4790,84213700000,-;{t}',
    'shipper': lambda t: json.dumps({'message': t}),
    'shipper syslog': lambda t: json.dumps({'message': syslog(t)}),
    **{'shipper ' + k: (lambda t, k=k: json.dumps({k: 'myapp', 'message': '[84213.700000] ' + t}))
       for k in ('ident', 'program', 'tag', 'unit', 'app')},
    'journal stdout': lambda t: journal(t, _TRANSPORT='stdout', SYSLOG_IDENTIFIER='kernel',
                                        _HOSTNAME='fenwick'),
    'journal identifier': lambda t: journal(t, _TRANSPORT='kernel', SYSLOG_IDENTIFIER='myapp'),
    'journal process': lambda t: journal(t, SYSLOG_IDENTIFIER='kernel', _PID='77',
                                         _HOSTNAME='fenwick'),
    'journal second line': lambda t: journal('a\n' + t, _TRANSPORT='journal', _HOSTNAME='fenwick'),
    'journal untold': journal,
    'syslog tag': lambda t: syslog(t, 'myapp'),
    'syslog pid': lambda t: syslog(t, 'kernel[812]'),
    'syslog newline': lambda t: syslog('a#012' + t, 'myapp', stamp=''),
    'syslog line in a line': lambda t: syslog('a#012' + syslog(t), 'myapp', stamp=''),
    'rfc5424': lambda t: f'<4>1 2024-03-15T08:00:00.2Z fenwick myapp - - - [84213.700000] {t}',
    'rfc5424 pid': lambda t: f'<4>1 2024-03-15T08:00:00.2Z fenwick kernel 77 - - {t}',
    'kmsg facility': lambda t: f'12,4790,84213700000,-;{t}',
    'kubectl stamped': lambda t: f'[pod/web-0/app] [84213.700000] {t}',
    'kubectl syslog': lambda t: f'[pod/web-0/app] {syslog(t)}',
    'compose syslog': lambda t: f'web-1  | {syslog(t)}',
    'kubectl --timestamps': lambda t: f'{ISO} {t}',
    'kubectl --timestamps stamped': lambda t: f'{ISO} [84213.700000] {t}',
    'kubectl --timestamps syslog': lambda t: f'{ISO} {syslog(t)}',
    'stamp and a word': lambda t: f'2024-03-15 08:00:00 app:{syslog(t)}',
    'tag of two words': lambda t: syslog(t, 'x kernel'),
    'shipper facility': lambda t: json.dumps({'programname': 'kernel', 'syslogfacility-text': 'user', 'msg': t}),
    'shipper tag': lambda t: json.dumps({'tag': 'kubernetes.var.log.containers.a.kernel.b.log', 'log': t}),
    'gelf': lambda t: json.dumps({'short_message': t, '_container_name': 'web'}),
    'syslog-ng': lambda t: json.dumps({'PROGRAM': 'myapp', 'MESSAGE': t}),
    'pino': lambda t: json.dumps({'level': 30, 'pid': 657, 'msg': t}),
}
EXPORTS = {
    'export stdout': lambda t: export(t, '_TRANSPORT=stdout', 'SYSLOG_IDENTIFIER=kernel',
                                      '_HOSTNAME=fenwick'),
    'export process': lambda t: export(t, 'SYSLOG_IDENTIFIER=kernel', '_PID=77', '_HOSTNAME=fenwick'),
    'export identifier': lambda t: export(t, '_TRANSPORT=kernel', 'SYSLOG_IDENTIFIER=myapp'),
    'export untold': export,
}
# Records in which the transport tells who wrote them.
REAL = ('rsyslog', 'syslog', 'rfc5424', 'kmsg', 'journal', 'journal-json', 'dmesg')


def neutral(line, text):
    """The same record of the same length with another text."""
    def idle(s):
        return re.sub('[A-Za-z0-9]', 'q', s)
    for t in (text, json.dumps(text)[1:-1], json.dumps(json.dumps(text)[1:-1])[1:-1]):
        line = line.replace(t, idle(t))
    return line


def forge(real, wrap, places, text):
    """@real with @text in that wrapper at some places, and with an idle text there instead."""
    both = []
    for line in (wrap(text), neutral(wrap(text), text)):
        out = list(real)
        for at in sorted(places, reverse=True):
            out.insert(at, line.encode())
        both.append(b''.join(x + b'\n' for x in out))
    return both


def places(n):
    return sorted({0, 1, n // 2, n - 2, n - 1, n})


def plain(e):
    return {**e, 'source': {k: v for k, v in e['source'].items() if k != 'interleaved'}}


def judge(data, idle, what):
    """The kernel's events are those of the log with idle texts; the others are marked."""
    events, want = explain(data=data).events, explain(data=idle).events
    same([e['source']['forged_suspect'] for e in want], [False], f'{what}: the log without the forgery')
    real = [e for e in events if not e['source']['forged_suspect']]
    same(len(real), 1, f'{what}: unmarked events')
    same([plain(e) for e in real], [plain(e) for e in want], what)
    for e in events:
        # a prefix around all of a line says who sent it
        check(not e['source']['forged_suspect'] or e['source'].get('host') in (None, 'fenwick', 'pod/web-0/app'), what)


@test
def beside_a_real_kill():
    for how in REAL:
        real = render(records('memcg'), how)
        for name, wrap in WRAPS.items():
            judge(*forge(real, wrap, places(len(real)), KILL), f'{name} in {how}')


@test
def every_claim():
    for how in ('rsyslog', 'dmesg'):
        real = render(records('memcg'), how)
        for name in ('docker', 'docker syslog', 'docker kmsg', 'cri', 'cri syslog', 'shipper',
                     'shipper ident', 'journal process', 'syslog pid', 'syslog newline'):
            for text in CLAIMS:
                judge(*forge(real, WRAPS[name], places(len(real)), text),
                      f'{name} in {how}: {text[:30]}')


@test
def in_an_export():
    real = log('memcg', how='journal-export').split(b'\n\n')
    check(len(real) > 10, 'records')
    for name, wrap in EXPORTS.items():
        data = []
        for line in (wrap(KILL), neutral(wrap(KILL), KILL)):
            out = [r for r in real if r]
            for at in sorted(places(len(out)), reverse=True):
                out.insert(at, line.encode().rstrip(b'\n'))
            data.append(b''.join(r + b'\n\n' for r in out))
        judge(*data, name)


def indented(text, first='fenwick app[812]: text'):
    """As journalctl prints the further lines of a message."""
    return f'Mar 15 08:00:00 {first}\n' + ' ' * 30 + text


@test
def further_lines_of_a_message():
    inner = (lambda t: t, lambda t: 'kernel: [84213.700000] ' + t, lambda t: '[84213.700000] ' + t, syslog,
             lambda t: '4,4790,84213700000,-;' + t, lambda t: 'second\n' + ' ' * 30 + syslog(t))
    for how in ('rsyslog', 'dmesg', 'journal'):
        real = render(records('memcg'), how)
        for n, f in enumerate(inner):
            judge(*forge(real, lambda t, f=f: indented(f(t)), places(len(real)), KILL), f'{n} in {how}')
    # where only what looks like a kill is read, what stands before it is, too
    quiet = b''.join(syslog_line(T0 + i) for i in range(3000))
    for lines in (1, 50):
        text = ('x' * 100 + '\n' + ' ' * 30) * lines + syslog(KILL)
        events = explain(data=quiet + indented(text).encode() + b'\n' + quiet).events
        same([e for e in events if not e['source']['forged_suspect']], [], f'{lines} lines before')
    # a header has no prefix of its own to begin with
    for text in CLAIMS:
        events = explain(data=f'{syslog("a", "app")}\n{text}\n'.encode()).events
        same([e for e in events if not e['source']['forged_suspect']], [], text[:30])


@test
def a_header_in_a_text():
    """What begins a dump stands behind the name of a process, and behind nothing else."""
    heads = (CLAIMS[1], 'vaultd: page allocation failure: order:4, mode:0x40cc0(GFP_KERNEL|__GFP_COMP)',
             'vaultd: page allocation stalls for 10030ms, order:0, mode:0x14280ca(GFP_HIGHUSER_MOVABLE)',
             'vaultd: vmalloc: allocation failure: 5242880 bytes, mode:0xd2')
    frames = ('time="2024-03-15T08:00:00Z" level=info msg="%s"', 'msg="%s"', '"2024-03-15","app","%s"',
              'x{"_TRANSPORT":"stdout","MESSAGE":"%s"}', '{"_TRANSPORT":"stdout","MESSAGE":"%s',
              '10.0.0.9 - - [15/Mar/2024:08:00:00 +0000] "GET /%s HTTP/1.1" 404 7', 'a user has said: %s',
              '2024-03-15 08:00:00 INFO app.main - %s', 'type=USER_CMD msg=audit(1710489600.2:33): cmd="%s"')
    for text in heads:
        for frame in frames:
            events = explain(data=(frame % text).encode() + b'\n').events
            same([e for e in events if not e['source']['forged_suspect']], [], f'{frame}: {text[:30]}')
        same([e['source']['forged_suspect'] for e in explain(data=text.encode() + b'\n').events], [False], text)


@test
def where_others_are_stamped():
    """A line of the kernel's without a date or a stamp, beside a log in which all have them."""
    real = render(records('memcg'), 'rsyslog')
    judge(*forge(real, lambda t: 'kernel: ' + t, [len(real)], KILL), 'kernel:')


@test
def audit_records_quote():
    real = {how: render(records('memcg'), how) for how in REAL}
    for text in CLAIMS:
        quotes = f'audit: type=1400 audit(1710489600.200:33): apparmor="DENIED" operation="{text}"'
        for line in (syslog(quotes), syslog(quotes[7:]), f'[84213.700000] {quotes}', f'5,4790,84213700000,-;{quotes}',
                     journal(quotes, _TRANSPORT='kernel', SYSLOG_FACILITY='0', SYSLOG_IDENTIFIER='kernel')):
            same(explain(data=line.encode() + b'\n').events, [], line)
    for how, lines in real.items():
        same(len(explain(data=b''.join(x + b'\n' for x in [
            *lines, *render([Rec(WARN, [quotes], 84300 * 1000000, 7, None)], how)])).events), 1, how)


@test
def the_host_is_the_records():
    """A container that names another host is heard as a container of no host."""
    real = render(records('memcg'), 'rsyslog')
    for wrap in (lambda t: docker(syslog(t, host='prod-db')), lambda t: f'{ISO} stdout F {syslog(t, host="prod-db")}',
                 lambda t: json.dumps({'message': syslog(t, host='prod-db')}),
                 lambda t: json.dumps({'ident': 'web', 'message': syslog(t, host='prod-db')}),
                 lambda t: docker(syslog(t, 'myapp', host='prod-db'))):
        for at in (0, len(real)):
            data, _ = forge(real, wrap, [at], KILL)
            r = explain(data=data)
            check(b'prod-db' not in r.out, f'at {at}: {wrap("…")}')
            same(sorted(e['source']['forged_suspect'] for e in r.events), [False, True], wrap('…'))


@test
def copies_of_a_kernel_log():
    """Nothing but a wrapper's records, and a whole dump in them: somebody's copy of a log."""
    want = explain(data=log('memcg', how='dmesg')).events
    inner = render(records('memcg'), 'dmesg')
    for wrap in (docker, lambda t: f'{ISO} stdout F {t}', lambda t: json.dumps({'message': t}),
                 lambda t: json.dumps({'ident': 'kernel', 'message': t})):
        e = explain(data=b''.join(wrap(x.decode()).encode() + b'\n' for x in inner)).events
        same([x['source']['forged_suspect'] for x in e], [False], wrap('…'))
        for k in ('trigger', 'victims', 'memcg', 'processes', 'memory'):
            same(differences(e[0].get(k), want[0].get(k)), [], f'{wrap("…")} {k}')
    inner = render(records('memcg'), 'rsyslog')
    e = explain(data=b''.join(docker(x.decode()).encode() + b'\n' for x in inner)).events
    same([(x['source']['forged_suspect'], x['source']['host']) for x in e], [(False, 'fenwick')],
         'a syslog in a container')
    for more in ({'programname': 'kernel', 'syslogfacility-text': 'kern'}, {'tag': 'system.kern.warn'},
                 {'PROGRAM': 'kernel', 'FACILITY': 'kern'}, {'process': {'name': 'kernel'}, 'host': {'name': 'a'}}):
        e = explain(data=json.dumps({**more, 'message': KILL}).encode() + b'\n').events
        same([x['source']['forged_suspect'] for x in e], [False], str(more))
    # one line in a record of which nobody knows who wrote it
    for record in ({'message': KILL}, {'level': 'info', 'msg': KILL}, {'short_message': KILL}, {'MESSAGE': KILL},
                   {'tag': 'app.kernel', 'log': KILL}, {'event': CLAIMS[1]}):
        e = explain(data=json.dumps(record).encode() + b'\n').events
        same([x['source']['forged_suspect'] for x in e], [True], str(record))
    # a program's name on them, or a lone line of a kill: it may have made that up
    inner = render(records('memcg'), 'dmesg')
    e = explain(data=b''.join(json.dumps({'ident': 'web', 'message': x.decode()}).encode() + b'\n'
                              for x in inner)).events
    same([x['source']['forged_suspect'] for x in e], [True], 'a program')
    e = explain(data=docker(KILL).encode() + b'\n').events
    same([x['source']['forged_suspect'] for x in e], [True], 'a lone line')


@test
def copies_beside_the_log():
    """The same dump once more in a container's log does not mix with the kernel's."""
    real = render(records('memcg'), 'rsyslog')
    other = render(records('memcg', us=84000 * 1000000), 'rsyslog', host='prod-db', at=T0 - 213)
    want = explain(data=b''.join(x + b'\n' for x in real)).events
    for wrap in (docker, lambda t: f'{ISO} stdout F {t}', lambda t: json.dumps({'message': t}),
                 lambda t: json.dumps({'ident': 'web', 'message': t}), lambda t: f'web-1  | {t}'):
        mixed = [x for a, b in zip(real, other) for x in (a, wrap(b.decode()).encode())]
        e = explain(data=b''.join(x + b'\n' for x in mixed)).events
        same([x['source']['forged_suspect'] for x in e], [False, True], wrap('…'))
        same(differences(e[0], want[0]), [], wrap('…'))


@test
def an_incident_of_their_own():
    """Where kills are counted, forged ones are not among the kernel's."""
    real = render(records('memcg'), 'rsyslog')
    data, _ = forge(real, WRAPS['syslog tag'], [len(real)], KILL)
    r = run('explain', '--no-pager', '--color=never', data=data)
    check(b'2 times' not in r.out and b'they may be forged' in r.out, r.out[-300:])
