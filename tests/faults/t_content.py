# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that want to do harm, in the places of a real machine: processes, control groups, commands, files
and folders on the command line, through every output and every message."""

import contextlib
import json
import os
import re
import subprocess
import sys

from faults import ALL
from harness import Bad, Process, Skip, check, folder, log, put, run, same, test

EVIL = (b'\x1b[31m\x07x', b'\xe2\x80\xaetxt.exe', b'\xc2\x9b2J', b'\x9b2J\xff', b'a"b\\c<i>&', b'x\ny', b"';%s%n",
        b'\xe2\x81\xa6i\xe2\x81\xa9')
# What may reach a terminal: no control but newline and tab, no DEL, no C1, no marks that reorder.
CONTROL = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]')


def clean(out, what):
    text = out.decode('utf-8', 'surrogateescape')
    m = CONTROL.search(text) or re.search('[\udc80-\udcff]', text)
    if m:
        raise Bad(f'{what}: {text[max(0, m.start() - 30):m.start() + 20]!r}')


SLEEP = ('import ctypes,sys,time\n'
         'x=bytearray(b"x"*(16<<20))\n'
         'ctypes.CDLL(None).prctl(15,bytes.fromhex(sys.argv[1]),0,0,0)\n'
         'print(flush=True)\ntime.sleep(60)\n')


@contextlib.contextmanager
def processes():
    """Sleeping processes with these names, large enough to be listed."""
    all_of_them = []
    try:
        for name in EVIL:
            p = subprocess.Popen([sys.executable, '-S', '-c', SLEEP, name[:15].hex()], stdout=subprocess.PIPE)
            all_of_them.append(p)
        for p in all_of_them:
            p.stdout.readline()
        yield all_of_them
    finally:
        for p in all_of_them:
            p.kill()
            p.wait()
            p.stdout.close()


@test
def names_of_real_processes():
    with processes() as them:
        for args in (('snap', '-i', '0'), ('snap', '-i', '0', '--full'), ('snap', '-i', '0', '--full', '--pss'),
                     ('snap', '-i', '0', '--json'), ('top', '--batch', '-n', '1', '--view', 'processes'),
                     ('top', '--json', '-n', '1')):
            for env in ({}, {'LC_ALL': 'C'})[:2 if ALL else 1]:
                r = run(*args, env=env)
                clean(r.out + r.err, f'{args} {env}')
        d = run('snap', '-i', '0', '--json').json
        commands = {p['comm'] for p in d['processes']}
        check('a"b\\c<i>&' in commands, f'{sorted(commands)[:20]}')
        for p in them if ALL else them[:3]:
            for form in ((), ('--json',)):
                r = run('snap', '-i', '0', *form, '--pid', str(p.pid))
                same(r.status, 0, 'status')
                clean(r.out + r.err, f'--pid {form}')
        with Process('watch', '-i', '0.05', '--pid', str(them[0].pid)) as w:
            w.soon(lambda: w.p.poll() is None and os.path.exists(f'/proc/{w.p.pid}'), 'watch')
            w.catching()
            them[0].kill()
            them[0].wait()
            r = w.end()
            clean(r.out + r.err, 'watch --pid')


def memory_hierarchy():
    with open('/proc/self/cgroup', encoding='utf-8', errors='replace') as f:
        own = {ln.split(':')[1]: ln.rstrip('\n').split(':', 2)[2] for ln in f}
    for controllers, where in (('memory', '/sys/fs/cgroup/memory'), ('', '/sys/fs/cgroup')):
        path = where + own.get(controllers, '/nowhere')
        if os.access(path, os.W_OK) and os.path.exists(os.path.join(path, 'cgroup.procs')):
            return path, own[controllers]
    raise Skip('no control group can be made here')


@test
def names_of_real_groups():
    path, own = memory_hierarchy()
    made = []
    try:
        for name in EVIL:
            group = os.path.join(os.fsencode(path), b'oomlens-evil-%d-' % os.getpid() + name.replace(b'/', b''))
            try:
                os.mkdir(group)
                made.append(group)
            except OSError:  # the kernel takes no newline
                check(b'\n' in name, f'{name!r} cannot be made')
        for args in (('snap', '-i', '0'), ('snap', '-i', '0', '--full'), ('snap', '-i', '0', '--json'),
                     ('top', '--batch', '-n', '1', '--view', 'groups')):
            r = run(*args)
            same(r.status, 0, f'{args}: status')
            clean(r.out + r.err, f'{args}')
        paths = [c['path'] for c in run('snap', '-i', '0', '--json').json['cgroups']]
        same(sum('oomlens-evil-' in p for p in paths), len(made), 'groups')
        for group in made:
            name = own.rstrip('/').encode() + b'/' + os.path.basename(group)
            with Process('watch', '-i', '0.05', '--cgroup', os.fsdecode(name)) as w:
                w.catching()
                r = w.interrupt()
                clean(r.out + r.err, f'watch --cgroup {group}')
    finally:
        for group in made:
            with contextlib.suppress(OSError):
                os.rmdir(group)


@test
def names_on_the_command_line():
    """Of files, folders and commands that are there and that are not: in messages, too; and 4 kB long ones."""
    long = b'n' * 250
    with folder() as d:
        for name in (*EVIL, long, b'/'.join([b'\x1b[1m' + b'n' * 240] * 16)):
            name = name if b'/' in name and len(name) > 1000 else name.replace(b'/', b'')
            gone = os.path.join(os.fsencode(d), name)
            for args in (('explain', gone), ('explain', '--journal=' + os.fsdecode(gone)), ('snap', '--root', gone),
                         ('snap', '--diff', gone, gone), ('top', '--batch', '--root', gone), ('watch', '--', gone),
                         ('watch', '-o', gone + b'/x', '--', 'true'), ('watch', '--cgroup', gone), ('gfp', gone),
                         ('gfp', '--kernel', gone, '0'), ('snap', '--pid', gone), ('top', '--view', gone), (gone,),
                         ('explain', b'--' + name), ('explain', '--since', gone), ('help', gone)):
                args = [os.fsdecode(a) for a in args]
                r = run(*args)
                clean(r.out + r.err, f'{args}')
                check(args[0] == 'help' or (r.status and r.err), f'{args}: status {r.status}, no message')
                check(r.err.count(b'\n') <= 2, f'{args}: {r.err.count(bytes([10]))} lines of messages')
            if len(name) > 255:
                continue
            os.mkdir(gone)
            put(d, os.fsdecode(os.path.join(name, name)), log())
            put(d, os.fsdecode(os.path.join(name, b'bad.gz')), b'\x1f\x8b\x08\0\0\0\0\0')
            put(d, os.fsdecode(os.path.join(name, b'user-' + name[:200] + b'.journal')), b'LPKSHHRH')
            for args in (('explain', gone), ('explain', '--list', gone), ('explain', '--json', gone),
                         ('explain', '--full', gone), ('snap', '--root', gone), ('snap', '--json', '--root', gone),
                         ('top', '--batch', '-n', '1', '--root', gone), ('explain', '--journal=' + os.fsdecode(gone))):
                args = [os.fsdecode(a) for a in args]
                r = run(*args)
                clean(r.out + r.err, f'{args}')
                if '--json' in args and r.out:
                    json.loads(r.out)


@test
def commands_that_are_watched():
    with folder() as d:
        for name in EVIL:
            program = os.path.join(os.fsencode(d), name.replace(b'/', b''))
            with open(program, 'wb') as f:
                f.write(b'#!/bin/sh\nexit 0\n')
            os.chmod(program, 0o755)
            for form in ((), ('--json',), ('--full',)) if ALL else ((), ('--json',)):
                r = run('watch', '-i', '0.02', *form, '--', os.fsdecode(program), os.fsdecode(name))
                same(r.status, 0, f'{name!r}: status ({r.err[-100:]})')
                clean(r.err, f'watch {name!r} {form}')
                if '--json' in form:
                    json.loads(r.err)


@test
def name_of_this_program():
    """A hash-bang of 4 kB, argv[0] and the name that the kernel shows may be anything."""
    with folder() as d:
        script = os.path.join(os.fsencode(d), b'\x1b[31mevil')
        with open(script, 'wb') as f:
            f.write(b'#!/bin/sh ' + b'-' * 4000 + b'\nexit 0\n')
        os.chmod(script, 0o755)
        r = run('watch', '--', os.fsdecode(script))
        clean(r.err, 'a hash-bang that is too long')
