# SPDX-License-Identifier: GPL-2.0-or-later
"""The same records as different programs write them down, and what mail and terminals do to them.

A line of output is (text, event, rec): the event that it belongs to (None: somebody else's line)
and the record it came from, so that the truth knows line numbers without reading the text."""

import json
import time

PRI = {0: 'emerg', 3: 'err', 4: 'warn', 5: 'notice', 6: 'info'}


def _stamp(us):
    return f'{us // 1000000:5d}.{us % 1000000:06d}'


class Writer:
    """@wall: unix microseconds of monotonic 0 (UTC); @callers: PRINTK_CALLER is on."""

    def __init__(self, host, wall, callers=False, boot='5c1d7a0e93f24b6c8e0a2f4d6b8c1e3f'):
        self.host, self.wall, self.callers, self.boot = host, wall, callers, boot
        self.seq = 4711

    def gm(self, r, fmt):
        return time.strftime(fmt, time.gmtime((self.wall + r.us) // 1000000))

    def frac(self, r):
        return f'{(self.wall + r.us) % 1000000:06d}'

    def bsd(self, r):
        t = time.gmtime((self.wall + r.us) // 1000000)
        return time.strftime('%b ', t) + f'{t.tm_mday:2d}' + time.strftime(' %H:%M:%S', t)

    def pre(self, r):
        c = f"[{'T' + str(r.task):>6s}]" if self.callers else ''
        return f'[{_stamp(r.us)}]{c} '

    def write(self, recs, how):
        f = getattr(self, 't_' + how.replace('-', '_'))
        out = []
        for n, r in enumerate(recs):
            out += [(t, r.event, n) for t in f(r)]
        return self._finish(out, recs, how)

    def _finish(self, out, recs, how):
        if how == 'pstore':
            cut = next(i for i, (_, _, n) in enumerate(out) if n >= len(recs) // 2)
            return [('Panic#1 Part2', None, -1)] + out[:cut] + [('Panic#1 Part1', None, -1)] + \
                out[cut:]
        return out

    # every record line carries the prefix again
    def each(self, r, fmt):
        return [fmt(ln) for ln in r.lines]

    def who(self, r):
        return (r.host or self.host), (r.foreign or 'kernel')

    def t_plain(self, r):
        return list(r.lines)

    def t_dmesg(self, r):
        """util-linux reading /dev/kmsg: further lines of a record are indented by the prefix."""
        p = self.pre(r)
        return [p + r.lines[0]] + [' ' * len(p) + ln for ln in r.lines[1:]]

    def t_dmesg_s(self, r):
        return self.each(r, lambda ln: self.pre(r) + ln)

    def t_dmesg_wall(self, r):
        day = time.gmtime((self.wall + r.us) // 1000000).tm_mday
        p = '[' + self.gm(r, '%a %b ') + f'{day:2d}' + self.gm(r, ' %H:%M:%S %Y] ')
        return [p + r.lines[0]] + [' ' * len(p) + ln for ln in r.lines[1:]]

    def t_dmesg_x(self, r):
        fac = 'kern  ' if not r.foreign else 'user  '
        return self.each(r, lambda ln: f'{fac}:{PRI[r.level]:<6s}: {self.pre(r)}{ln}')

    def t_dmesg_iso(self, r):
        p = self.gm(r, '%Y-%m-%dT%H:%M:%S,') + self.frac(r) + '+00:00 '
        return [p + r.lines[0]] + [' ' * len(p) + ln for ln in r.lines[1:]]

    def t_raw(self, r):
        pri = r.level + (8 if r.foreign else 0)
        return self.each(r, lambda ln: f'<{pri}>{self.pre(r)}{ln}')

    def t_kmsg(self, r):
        self.seq += 1
        pri = r.level + (8 if r.foreign else 0)
        c = f',caller=T{r.task}' if self.callers else ''
        text = '\n'.join(r.lines).replace('\\', '\\x5c').replace('\n', '\\x0a')
        return [f'{pri},{self.seq},{r.us},-{c};{text}']

    def t_syslog(self, r):
        h, tag = self.who(r)
        k = self.pre(r) if tag == 'kernel' else ''
        return self.each(r, lambda ln: f'{self.bsd(r)} {h} {tag}: {k}{ln}')

    def t_syslog_join(self, r):
        h, tag = self.who(r)
        return [f"{self.bsd(r)} {h} {tag}: {'#012'.join(r.lines)}"]

    def t_rsyslog(self, r):
        h, tag = self.who(r)
        k = self.pre(r) if tag == 'kernel' else ''
        t = self.gm(r, '%Y-%m-%dT%H:%M:%S.') + self.frac(r) + '+00:00'
        return self.each(r, lambda ln: f'{t} {h} {tag}: {k}{ln}')

    def t_rfc5424(self, r):
        h, tag = self.who(r)
        pri = r.level + (8 if r.foreign else 0)
        t = self.gm(r, '%Y-%m-%dT%H:%M:%S.') + self.frac(r) + 'Z'
        k = self.pre(r) if tag == 'kernel' else ''
        return self.each(r, lambda ln: f'<{pri}>1 {t} {h} {tag} - - - {k}{ln}')

    def _journal(self, r, p):
        return [p + r.lines[0]] + [' ' * len(p) + ln for ln in r.lines[1:]]

    def t_journal(self, r):
        h, tag = self.who(r)
        return self._journal(r, f'{self.bsd(r)} {h} {tag}: ')

    def t_journal_iso(self, r):
        h, tag = self.who(r)
        return self._journal(r, self.gm(r, '%Y-%m-%dT%H:%M:%S+0000') + f' {h} {tag}: ')

    def t_journal_mono(self, r):
        h, tag = self.who(r)
        return self._journal(r, f'[{_stamp(r.us)}] {h} {tag}: ')

    def t_journal_unit(self, r):
        h, tag = self.who(r)
        return self._journal(r, self.gm(r, '%a %Y-%m-%d %H:%M:%S UTC') + f' {h} {tag}: ')

    def fields(self, r):
        h, tag = self.who(r)
        us = self.wall + r.us
        d = {'__CURSOR': f's=61ab;i={self.seq:x};b={self.boot};m={r.us:x};t={us:x}',
             '__REALTIME_TIMESTAMP': str(us), '__MONOTONIC_TIMESTAMP': str(r.us),
             '_BOOT_ID': self.boot, '_HOSTNAME': h, 'PRIORITY': str(r.level),
             '_TRANSPORT': 'syslog' if r.foreign else 'kernel',
             'SYSLOG_FACILITY': '1' if r.foreign else '0',
             'SYSLOG_IDENTIFIER': tag.split('[')[0]}
        if not r.foreign:
            d['_SOURCE_MONOTONIC_TIMESTAMP'] = str(r.us)
        d['MESSAGE'] = '\n'.join(r.lines)
        self.seq += 1
        return d

    def t_journal_json(self, r):
        return [json.dumps(self.fields(r), separators=(',', ':'))]

    def t_journal_export(self, r):
        out = []
        for k, v in self.fields(r).items():
            if '\n' in v:  # binary form: name, newline, LE64 length, bytes
                n = len(v.encode())
                out.append(k)
                out += (n.to_bytes(8, 'little').decode('latin-1') + v).split('\n')
            else:
                out.append(f'{k}={v}')
        return out + ['']

    def t_metalog(self, r):
        _, tag = self.who(r)
        k = self.pre(r) if tag == 'kernel' else ''
        return self.each(r, lambda ln: f"{self.bsd(r)} [{tag.split('[')[0]}] {k}{ln}")

    def t_openwrt(self, r):
        _, tag = self.who(r)
        fac = 'kern' if tag == 'kernel' else 'user'
        t = self.gm(r, '%a ') + self.bsd(r) + self.gm(r, ' %Y')
        k = self.pre(r) if tag == 'kernel' else ''
        return self.each(r, lambda ln: f'{t} {fac}.{PRI[r.level]} {tag}: {k}{ln}')

    def t_docker(self, r):
        t = self.gm(r, '%Y-%m-%dT%H:%M:%S.') + self.frac(r) + '123Z'
        return self.each(r, lambda ln: json.dumps(
            {'log': self.pre(r) + ln + '\n', 'stream': 'stdout', 'time': t}, separators=(',', ':')))

    def t_cri(self, r):
        """Long lines arrive in partial pieces (P) that end with a full one (F)."""
        t = self.gm(r, '%Y-%m-%dT%H:%M:%S.') + self.frac(r) + '123Z stdout '
        out = []
        for ln in r.lines:
            ln = self.pre(r) + ln
            while len(ln) > 200:
                out.append(t + 'P ' + ln[:200])
                ln = ln[200:]
            out.append(t + 'F ' + ln)
        return out

    def t_pstore(self, r):
        return self.t_raw(r)

    def t_serial(self, r):
        return self.each(r, lambda ln: self.pre(r) + ln + '\r')


# -- what happens to a log afterwards ----------------------------------------------------------


def _map(out, f):
    return [(t2, e, n) for t, e, n in out for t2 in f(t)]


def p_wrap80(out):
    """A terminal: breaks at column 80 wherever that is; no character is lost."""
    return _map(out, lambda t: [t[i:i + 80] for i in range(0, len(t), 80)] or [''])


def p_wrap72(out):
    """A mailer: breaks at a blank, which is lost."""
    def f(t):
        got = []
        while len(t) > 72:
            cut = t.rfind(' ', 1, 73)
            if cut <= 0 or not t[:cut].strip():
                cut = t.find(' ', 73)
            if cut < 0:
                break
            got.append(t[:cut])
            t = t[cut + 1:]
        return got + [t]
    return _map(out, f)


def p_quote(out):
    return _map(out, lambda t: ['> ' + t if t else '>'])


def p_quote2(out):
    return _map(out, lambda t: ['>> ' + t])


def p_indent(out):
    return _map(out, lambda t: ['    ' + t])


def p_dedent(out):
    return _map(out, lambda t: [t.lstrip(' ')])


def p_tabs(out):
    def f(t):
        while '  ' in t:
            i = t.index('  ')
            j = i
            while j < len(t) and t[j] == ' ':
                j += 1
            t = t[:i] + '\t' + t[j:]
        return [t]
    return _map(out, f)


def p_blank(out):
    return _map(out, lambda t: [t, ''])


def p_html(out):
    return _map(out, lambda t: [t.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')])


def p_ansi(out):
    def f(t):
        i = t.find('] ')
        if not t.startswith('[') or i < 0:
            return [t]
        head, rest = t[:i + 2], t[i + 2:]
        who, sep, tail = rest.partition(': ')
        if sep and ' ' not in who:
            rest = f'\x1b[33m{who}: \x1b[0m{tail}'
        return [f'\x1b[32m{head}\x1b[0m{rest}']
    return _map(out, f)


def p_compose(out):
    """What several services print, each line behind the name of its own."""
    got = []
    for k, (t, e, n) in enumerate(out):
        if k % 9 == 4:
            got.append((f'cache-{k % 3}  | {k} keys expired', None, -1))
        got.append(('klog-1   | ' + t, e, n))
    return got


def p_prompt(out):
    """A console that somebody is logged in to: a prompt in front of every 13th line."""
    got, k = [], 0
    for t, e, n in out:
        k += 1
        if k % 13 == 0:
            got.append(('\r', None, -1))
            t = 'root@fenwick:~# ' + t
        elif k % 17 == 0:
            got.append(('fenwick login: \r', None, -1))
        got.append((t, e, n))
    return got


TRANSPORTS = sorted(n[2:].replace('_', '-') for n in dir(Writer) if n.startswith('t_'))
POSTS = {n[2:]: f for n, f in list(globals().items()) if n.startswith('p_')}
