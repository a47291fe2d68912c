# SPDX-License-Identifier: GPL-2.0-or-later
"""Colours, pager, width, progress, character set: on a pseudo terminal and without one."""

import os
import subprocess
import time

from harness import (PATIENCE, Bad, Process, T0, check, folder, log, put, run, same, syslog_line,
                     test)

ESC = b'\x1b['


def shown(*args, env=None, tty=('out',), columns=120):
    """(stdout, stderr) with stdout on a terminal that has no pager"""
    over = {'TERM': 'xterm-256color', 'PAGER': 'cat'}
    over.update(env or {})
    with Process('explain', *args, env=over, tty=tty, columns=columns) as p:
        r = p.end()
        check(r.status in (0, 1), f'{args}: status {r.status} {r.err}')
        return r.out


@test
def colour():
    with folder() as d:
        path = put(d, 'x', log())
        for args, env, want in (
                ((), {}, True), (('--color=never',), {}, False), (('--color=auto',), {}, True),
                ((), {'NO_COLOR': '1'}, False), ((), {'NO_COLOR': ''}, True),
                (('--color=always',), {'NO_COLOR': '1'}, True), ((), {'TERM': 'dumb'}, False),
                ((), {'TERM': None}, False), (('--color', 'always'), {'TERM': 'dumb'}, True)):
            out = shown(path, *args, env=env)
            check((ESC in out) is want, f'{args} {env}: colour {not want}')
            out = out.replace(b'\x1b', b'')
            check(b'thumbworker' in out, f'{args} {env}: {out[:80]}')
        check(ESC not in run('explain', path).out, 'colour in a file')
        check(ESC in run('explain', '--color=always', path).out, '--color=always to a file')
        for form in ('--json', '--ndjson', '--raw'):
            check(ESC not in shown(form, path) + run('explain', form, '--color=always', path).out,
                  f'{form} in colour')


@test
def colour_changes_nothing_else():
    import re
    with folder() as d:
        path = put(d, 'x', log('anon-no-swap') + log('atomic', at=T0 + 900, us=99 * 10**9))
        for form in ((), ('--full',), ('--list',)):
            plain = run('explain', *form, path).out
            colour_ = run('explain', '--color=always', *form, path).out
            same(re.sub(rb'\x1b\[[0-9;]*m', b'', colour_), plain, f'{form} without its colours')
            starts = re.findall(rb'\x1b\[([0-9;]*)m', colour_)
            check(not starts or starts[-1] in (b'', b'0'), f'{form}: colour is left on')


@test
def pager_only_on_a_terminal():
    with folder() as d:
        path, seen = put(d, 'x', log()), os.path.join(d, 'seen')
        pager = {'TERM': 'xterm', 'PAGER': f'cat >{seen}'}

        def through(*args, tty=('out',), env=None):
            if os.path.exists(seen):
                os.unlink(seen)
            with Process('explain', *args, path, env={**pager, **(env or {})}, tty=tty) as p:
                r = p.end()
            same(r.status, 0, f'{args}: status')
            if not os.path.exists(seen):
                check(b'thumbworker' in r.out, f'{args}: no output at all')
                return False
            with open(seen, 'rb') as f:
                check(b'thumbworker' in f.read() and not r.out, f'{args}: output is split')
            return True

        for args, env, want in (((), {}, True), (('--list',), {}, True), (('--full',), {}, True),
                                (('--no-pager',), {}, False), (('--json',), {}, False),
                                (('--ndjson',), {}, False), (('--raw',), {}, False),
                                ((), {'PAGER': ''}, False), ((), {'PAGER': 'cat'}, False),
                                ((), {'OOMLENS_PAGER': 'cat'}, False),
                                ((), {'PAGER': 'false', 'OOMLENS_PAGER': f'cat >{seen}'}, True)):
            same(through(*args, env=env), want, f'{args} {env}: pager')
        same(through(tty=()), False, 'pager without a terminal')
        same(through(tty=('err',)), False, 'pager with a terminal on stderr only')


@test
def pager_sees_the_end_of_snap():
    """One that prints when all has come (less -F does) waits for the end of its input."""
    with folder() as d:
        seen = os.path.join(d, 'seen')
        with Process('snap', '-i', '0', env={'TERM': 'xterm', 'PAGER': f'cat >{seen}; echo all'},
                     tty=('out',)) as p:
            r = p.end()
        same((r.status, r.out), (0, b'all\n'), 'status and what the pager prints')
        with open(seen, 'rb') as f:
            check(b'Where' in f.read() or os.path.getsize(seen) > 500, 'the pager got no snapshot')


@test
def pager_that_quits_or_fails():
    with folder() as d:
        path = put(d, 'x', (log() + syslog_line(T0 + 900)) * 300)
        with Process('explain', path, env={'TERM': 'xterm', 'PAGER': 'head -n 1'}, tty=('out',)) as p:
            r = p.end()
        same((r.status, r.err, r.out.count(b'\n')), (0, b'', 1), 'a pager that quits')
        with Process('explain', path, env={'TERM': 'xterm', 'PAGER': 'no-such-pager-here'},
                     tty=('out',)) as p:
            r = p.end()
        check(b'pager' in r.err and b'--no-pager' in r.err, f'no pager: {r.err}')


@test
def width():
    with folder() as d:
        path = put(d, 'x', log('anon-no-swap') + log(at=T0 + 900, us=99 * 10**9))

        def widest(out):
            return max(len(x.decode()) for x in out.splitlines())

        whole = ' '.join(run('explain', path, env={'COLUMNS': '200'}).out.decode().split())
        for columns in (72, 80, 100, 132):
            out = run('explain', path, env={'COLUMNS': str(columns)}).out
            check(widest(out) <= columns, f'COLUMNS={columns}: {widest(out)} wide')
            check(len(out) > len(whole) * 0.7, f'COLUMNS={columns}: text is lost')
            out = shown('--color=never', path, columns=columns)
            check(widest(out) <= columns, f'terminal of {columns}: {widest(out)} wide')
        for bad in ('0', '-5', 'x', '99999999999999999999', ''):
            same(widest(run('explain', path, env={'COLUMNS': bad}).out) <= 100, True,
                 f'COLUMNS={bad}')
        for columns in (1, 20, 21, 999):
            run('explain', '--full', path, env={'COLUMNS': str(columns)})
            run('explain', '--list', path, env={'COLUMNS': str(columns)})


@test
def progress_only_when_it_takes_long():
    """A slow pipe: the line comes after a second, on a terminal, and goes away."""
    def slow(tty, seconds, *args):
        with Process('explain', '--list', *args, '-', stdin=subprocess.PIPE, tty=tty) as p:
            p.p.stdin.write(log())
            end = time.monotonic() + seconds
            while time.monotonic() < end and b'event' not in p.got['err']:
                p.p.stdin.write(syslog_line(T0 + 9000) * 50)
                p.p.stdin.flush()
                time.sleep(0.05)
            p.p.stdin.close()
            r = p.end()
            check(b'thumbworker' in r.out, f'{tty}: no event')
            return r

    r = slow(('err',), PATIENCE)
    check(b'MB/s' in r.err, f'no progress line: {r.err[-80:]}')
    check(r.err.endswith(b'\r\x1b[K'), f'the line stays: {r.err[-80:]}')
    check(b'MB/s' not in r.out and b'\x1b' not in r.out, 'progress on stdout')
    for tty, args, what in (((), (), 'no terminal'), (('err',), ('--no-progress',), '--no-progress')):
        r = slow(tty, 1.6, *args)
        same(r.err, b'', what)
    with folder() as d:
        path = put(d, 'x', log())
        with Process('explain', path, tty=('err',)) as p:
            r = p.end()
        if b'MB/s' in r.err:
            raise Bad('progress of a file that takes milliseconds')


@test
def plain_characters_where_the_locale_has_no_more():
    with folder() as d:
        path = put(d, 'x', log('anon-no-swap') + log('atomic', at=T0 + 900, us=99 * 10**9) +
                   log(at=T0 + 9000, us=199 * 10**9, path='/tenants/bl\u00fc'.encode().decode('latin-1')))
        rich = b''
        for form in ((), ('--full',), ('--list',), ('--raw',), ('--color=always',)):
            out = run('explain', *form, path, env={'LC_ALL': 'C'}).out
            odd = sorted({b for b in out if b >= 0x80})
            check(not odd, f'{form}: bytes {odd[:6]} with LC_ALL=C')
            check(b'bl\\xc3\\xbc' in out or form == ('--list',), f'{form}: the name is lost')
            rich += run('explain', *form, path).out
        check('bl\u00fc'.encode() in rich, 'no UTF-8 where the locale has it')
        out = run('explain', '--json', path, env={'LC_ALL': 'C'}).out
        same(out, run('explain', '--json', path).out, '--json depends on the locale')
        for verb in (('--help',), ('--version',), ('explain', '--help'), ('explain', '--bogus')):
            r = run(*verb, env={'LC_ALL': 'C'})
            odd = [b for b in r.out + r.err if b >= 0x80]
            check(not odd, f'{verb}: {len(odd)} bytes that are no ASCII with LC_ALL=C')
