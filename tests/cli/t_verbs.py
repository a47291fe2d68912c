# SPDX-License-Identifier: GPL-2.0-or-later
"""Help, man pages, completion, version; and the verb gfp."""

import json
import os
import re
import shutil
import subprocess

from harness import BIN, PATIENCE, Skip, check, environment, folder, log, put, run, same, test


def verbs():
    r = run('--help')
    got = re.findall(r'^  ([a-z]+) +\S', r.out.decode(), re.M)
    check('explain' in got and 'gfp' in got, f'verbs {got}')
    return got


def options(verb):
    return set(re.findall(r'(?:^ +|, )(-{1,2}[A-Za-z][-a-z]*)', run(verb, '--help').out.decode(),
                          re.M))


@test
def help_everywhere():
    same(run('--help').status, 0, 'status of --help')
    same(run('-h').out, run('--help').out, '-h')
    for v in verbs():
        r = run(v, '--help')
        same((r.status, r.err), (0, b''), f'{v} --help')
        text = r.out.decode()
        check(text.startswith(f'usage: oomlens {v} '), text[:60])
        check(max(map(len, text.splitlines())) <= 100, f'{v}: help wider than 100 columns')
        same(run('help', v).out, r.out, f'help {v}')
        same(run(v, '-h').out, r.out, f'{v} -h')
        check({'--help', '--color', '--no-pager'} <= options(v), f'{v}: {options(v)}')
    check('--since' in options('explain') and '-n' in options('explain'), 'options of explain')


@test
def version():
    r = run('--version')
    same((r.status, r.err), (0, b''), 'status')
    check(re.match(rb'oomlens \d+\.\d+', r.out) and b'journal: ' in r.out, r.out)
    same(run('-V').out, r.out, '-V')


@test
def man_pages_have_every_option():
    for v in verbs():
        r = run('--man', v)
        same((r.status, r.err), (0, b''), f'--man {v}')
        page = r.out.decode().replace('\\-', '-').replace('\\fB', '').replace('\\fR', '')
        for o in options(v):
            check(re.search(rf'(?m)(^|, ){re.escape(o)}(?![-a-z])', page), f'{v}: man has no {o}')
        for section in ('NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS'):
            check(f'.SH {section}\n' in page, f'{v}: man has no {section}')
    same(run('--man', 'nothing').status, 2, 'a page that is not there')


@test
def man_pages_are_clean():
    tool = shutil.which('groff') or shutil.which('mandoc')
    if not tool:
        raise Skip('neither groff nor mandoc is installed')
    for v in verbs():
        args = ['-Tlint', '-Werror'] if tool.endswith('mandoc') else ['-man', '-ww', '-z', '-Kutf8']
        r = subprocess.run([tool, *args], input=run('--man', v).out, capture_output=True, check=False)
        check(r.returncode == 0 and not r.stderr, f'{v}: {(r.stderr or r.stdout)[:200]}')


@test
def completion():
    for shell in ('bash', 'zsh', 'fish'):
        r = run('--completion', shell)
        same((r.status, r.err), (0, b''), shell)
        for v in verbs():
            check(v.encode() in r.out, f'{shell}: no {v}')
            for o in options(v):
                word = o if shell != 'fish' else '-l ' + o[2:] if o.startswith('--') else '-s ' + o[1:]
                if o.startswith('--') or shell == 'fish':
                    known = re.search(re.escape(word).encode() + rb'(?![-a-z])', r.out)
                    check(known or word == '-s h', f'{shell}: {v} has no {o}')
        if shutil.which(shell):
            p = subprocess.run([shell, '-n', '-'] if shell != 'fish' else [shell, '-n'], input=r.out,
                               capture_output=True, check=False)
            check(p.returncode == 0 and not p.stderr, f'{shell} -n: {p.stderr[:200]}')
    r = run('--completion', 'tcsh')
    same((r.status, r.out), (2, b''), 'a shell that is not known')
    check(r.err, 'nothing is said about an unknown shell')


@test
def completion_in_bash():
    script = run('--completion', 'bash').out.decode() + '''
t() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _oomlens; echo "${COMPREPLY[@]}"; }
t oomlens ex; t oomlens explain --si; t oomlens explain --kind ''; t oomlens explain --color al
t oomlens gfp --k; t oomlens explain x
'''
    p = subprocess.run(['bash', '--norc'], input=script, capture_output=True, text=True, check=False,
                       env=environment())
    got = p.stdout.splitlines()
    same(got, ['explain', '--since', 'oom alloc_failure kill_only panic userspace_kill kill_report fragment', 'always',
               '--kernel', ''], f'completions ({p.stderr[:120]})')


# -- gfp ---------------------------------------------------------------------------------------


def gfp(*args):
    r = run('gfp', '--json', *args)
    same((r.status, r.err), (0, b''), f'{args}: status and stderr')
    same(r.json['schema'], 'oomlens.gfp/1', 'schema')
    return r.json['decodings']


@test
def gfp_of_a_kernel():
    one = gfp('0x84d0', '--kernel', '3.2')
    same(len(one), 1, 'decodings')
    same(one[0]['gfp_mask'], '0x84d0', 'mask')
    same(set(one[0]['gfp_flags']), {'__GFP_WAIT', '__GFP_IO', '__GFP_FS', '__GFP_REPEAT',
                                    '__GFP_ZERO'}, 'flags')
    same(one[0]['gfp_names'].split('|')[0], 'GFP_KERNEL', 'names')
    text = run('gfp', '0x84d0', '--kernel', '3.2').out.decode()
    for word in ('0x84d0', '__GFP_REPEAT', '0x400', 'GFP_KERNEL', 'zones', 'meaning'):
        check(word in text, f'no {word} in {text!r}')
    new = gfp('0x140dca', '-k', '6.12')
    same(new[0]['gfp_names'], 'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO', 'a mask of 6.12')
    odd = gfp('0x80000000', '-k', '3.2')
    same(odd[0]['unknown_bits'], '0x80000000', 'unknown bits')


@test
def gfp_without_a_kernel():
    many = gfp('0x84d0')
    check(len(many) > 1, 'one numbering only')
    names = [x['numbering'] for x in many]
    same(len(set(names)), len(names), 'numberings')
    check(gfp('0x84d0', '-k', '3.2')[0] in many, 'the one of 3.2 is missing')
    text = run('gfp', '0x84d0').out.decode()
    same(text.count('kernels '), len(many), 'paragraphs')


@test
def gfp_of_names():
    for names in ('GFP_KERNEL|__GFP_ZERO', '__GFP_ZERO|GFP_KERNEL', 'GFP_KERNEL | __GFP_ZERO'):
        r = run('gfp', '--json', names, '--kernel', '6.12')
        if r.status == 2 and ' ' in names:
            continue
        same(r.json['decodings'][0]['gfp_mask'], '0xdc0', names)
    back = gfp('0xdc0', '--kernel', '6.12')
    same(back[0]['gfp_names'], 'GFP_KERNEL|__GFP_ZERO', 'there and back')
    same(gfp('0', '-k', '6.12')[0]['gfp_flags'], [], 'no flag')


@test
def gfp_of_a_report():
    for given in ('0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)', 'gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP),',
                  'mode:0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), nodemask=(null)'):
        got = gfp(given)
        same({d['gfp_mask'] for d in got}, {'0x140cca'}, given)
        check(all('__GFP_COMP' in d['gfp_flags'] for d in got), f'{given}: {got}')
    same(gfp('gfp_mask=0xcc0(GFP_KERNEL)', '-k', '6.12')[0]['gfp_names'], 'GFP_KERNEL', 'a part of a line')
    check(len(gfp('0xcc0(GFP_KERNEL)')) < len(gfp('0xcc0')), 'names tell nothing')
    check(b'do not belong' in run('gfp', '0xcc0(GFP_ATOMIC)').err, 'names of another number')


@test
def gfp_says_what_it_assumes():
    check(b'0x3264' in run('gfp', '3264', '-k', '6.12').err, 'a number without 0x')
    for plain in ('0x3264', '7'):
        same(run('gfp', plain, '-k', '6.12').err, b'', plain)
    check(b'99.99' in run('gfp', '0xcc0', '--kernel', '99.99').err, 'a release of the future')


@test
def gfp_bad_input():
    for args, word in (((), 'MASK'), (('0x1', '0x2'), 'MASK'), (('0xzz',), '0xzz'), (('',), "''"),
                       (('GFP_NONSENSE',), 'GFP_NONSENSE'), (('0x',), '0x'),
                       (('0x84d0', '--kernel', 'x'), "'x'"), (('0x84d0', '--kernel'), '--kernel'),
                       (('0x11111111111111111111',), '0x11111111111111111111'),
                       (('GFP_KERNEL|',), 'GFP_KERNEL'), (('\x1b[31m',), '\\x1b'),
                       (('0x1', '--bogus'), '--bogus')):
        r = run('gfp', *args)
        same((r.status, r.out), (2, b''), f'{args}: status and stdout')
        check(word.encode() in r.err and r.err.count(b'\n') == 1, f'{args}: {r.err}')
    r = run('gfp', '0xffffffff')
    check(r.status == 2 and b'--kernel' in r.err, f'all bits: {r.err}')
    same(gfp('0xffffffff', '-k3.2')[0]['gfp_mask'], '0xffffffff', 'all bits of a kernel')


# -- without standard descriptors --------------------------------------------------------------

WITHOUT = [[fd for fd in range(3) if n >> fd & 1] for n in range(8)]


def without(fds, *args, data=b''):
    """The status, and what came out where something can."""
    closes = ' '.join(f'{fd}<&-' for fd in fds)
    p = subprocess.run(['sh', '-c', f'exec "$0" "$@" {closes}', BIN, *args], input=data, capture_output=True,
                       env=environment(), timeout=PATIENCE, check=False)
    check(p.returncode >= 0 and b'Sanitizer' not in p.stderr, f'{args} without {fds}: {p.returncode} {p.stderr}')
    return p


@test
def standard_descriptors_that_are_closed():
    """What cannot be written is trouble; no file that is opened takes the place of one of them."""
    with folder() as d:
        data = log()
        path = put(d, 'log', data)
        for fds in WITHOUT:
            for args in (('explain', path), ('explain', '--json', path), ('explain', '--jobs=2', path, path),
                         ('snap', '-i', '0'), ('snap', '--json', '-i', '0'), ('top', '-b', '-n', '1'),
                         ('gfp', '0xcc0'), ('--help',), ('explain', '--help'), ('--version',)):
                p = without(fds, *args)
                same(p.returncode, 2 if 1 in fds else 0, f'{args} without {fds}: status ({p.stderr})')
                check(1 in fds or p.stdout, f'{args} without {fds}: nothing')
                same(1 in fds and 2 not in fds, b'Bad file descriptor' in p.stderr, f'{args} without {fds}: {p.stderr}')
            for args in (('explain',), ('explain', '-'), ('explain', '--json', '-', path)):
                p = without(fds, *args, data=data)
                same(p.returncode, 2 if 0 in fds or 1 in fds else 0, f'{args} without {fds}: status')
            if 1 not in fds and 0 in fds:
                same(len(json.loads(p.stdout)['events']), 1, f'events without {fds}')
        with open(path, 'rb') as f:
            same(f.read(), data, 'the log')


@test
def watch_without_standard_descriptors():
    """The command gets what was given, no more; the report is whole, wherever it goes."""
    script = 's=40; for n in 0 1 2; do test -e /proc/$$/fd/$n || s=$((s + (1 << n))); done; echo x; echo y >&2; exit $s'
    with folder() as d:
        report = os.path.join(d, 'report')
        for fds in WITHOUT:
            for args in ((), ('--json', '-o', report)):
                p = without(fds, 'watch', *args, '--', 'sh', '-c', script)
                same(p.returncode, 40 + sum(1 << fd for fd in fds), f'{args} without {fds}: status ({p.stderr})')
                same((p.stdout, b'y\n' in p.stderr), (b'' if 1 in fds else b'x\n', 2 not in fds),
                     f'{args} without {fds}')
            with open(report, 'rb') as f:
                same(json.load(f)['schema'], 'oomlens.watch/1', f'report without {fds}')
            p = without(fds, 'watch', '-o', report, '--', os.path.join(d, 'gone'))
            same((p.returncode, os.path.getsize(report)), (127, 0), f'without {fds}: status, size of the report')
