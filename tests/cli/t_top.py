# SPDX-License-Identifier: GPL-2.0-or-later
"""top on a terminal: the real binary in tmux."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import captured
from harness import BIN, PATIENCE, Bad, Skip, alone, check, environment, folder, run, same, test

SIZES = ((80, 24), (200, 60))
ROOT = captured.archive('lab-6.12-zram')


class Tmux:
    """A tmux server of its own, with a shell that has job control."""

    def __init__(self, width=80, height=24, **env):
        if not shutil.which('tmux') or not shutil.which('bash'):
            raise Skip('tmux or bash is missing')
        self.folder = folder()
        self.dir = self.folder.__enter__()
        self.env = environment(TERM='xterm-256color', HOME=self.dir, **env)
        self.tmux('-f', '/dev/null', 'new-session', '-d', '-x', str(width), '-y', str(height),
                  '-s', 't', 'bash --norc --noprofile -i')
        self.tmux('set-option', '-g', 'status', 'off')
        self.tmux('resize-window', '-t', 't', '-x', str(width), '-y', str(height))
        self.type("PS1='$ '; set -b; stty -g >before; clear; echo read''y")
        self.wait(lambda s: 'ready' in s, 'shell')

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        with contextlib.suppress(Bad, OSError):
            self.tmux('kill-server')
        self.folder.__exit__(*exc)

    def tmux(self, *args):
        p = subprocess.run(['tmux', '-S', os.path.join(self.dir, 'socket'), *args],
                           capture_output=True, cwd=self.dir, env=self.env, timeout=PATIENCE,
                           check=False)
        if p.returncode:
            raise Bad(f'tmux {args[0]}: {p.stderr.decode()}')
        return p.stdout.decode()

    def keys(self, *names):
        self.tmux('send-keys', '-t', 't', '--', *names)

    def type(self, line):
        self.tmux('send-keys', '-t', 't', '-l', '--', line)
        self.keys('Enter')

    def screen(self, escapes=False):
        return self.tmux('capture-pane', '-p', *(['-e'] if escapes else []), '-t', 't')

    def wait(self, ok, what, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while True:
            s = self.screen()
            if ok(s):
                return s
            if time.monotonic() > end:
                raise Bad(f'no {what} within {seconds} s: {s!r}')
            time.sleep(0.05)

    def sees(self, *words, seconds=PATIENCE):
        return self.wait(lambda s: all(w in s for w in words), f'{words} on the screen', seconds)

    def top(self, *args, env='', word='1 Overview'):
        self.type(f'{env} {BIN} top {" ".join(args)}; echo "status=$?"')
        return self.sees(word)

    def pid(self):
        pane = self.tmux('display-message', '-p', '-t', 't', '#{pane_pid}').strip()
        with open(f'/proc/{pane}/task/{pane}/children', encoding='ascii') as f:
            children = f.read().split()
        check(len(children) == 1, f'children of the shell: {children}')
        return int(children[0])

    def sane(self, status):
        """The terminal is as it was, and the program is gone."""
        self.sees(f'status={status}')
        self.type('stty -g >after; echo compa""red')
        self.sees('compared')
        with open(os.path.join(self.dir, 'before'), encoding='ascii') as a, \
                open(os.path.join(self.dir, 'after'), encoding='ascii') as b:
            same(b.read(), a.read(), 'stty -g')
        self.still()

    def still(self):
        flags = self.tmux('display-message', '-p', '-t', 't',
                          '#{cursor_flag} #{alternate_on} #{mouse_any_flag}').split()
        same(flags, ['1', '0', '0'], 'cursor, alternate screen, mouse')


# -- it draws ----------------------------------------------------------------------------------


@test
def views_and_sizes():
    views = ('cache', 'with a shrinker', 'group', 'node 0', 'killed first', 'killed for lack')
    for w, h in SIZES:
        with Tmux(w, h) as t:
            t.top()
            for i, word in enumerate(views):
                t.keys(str(i + 1))
                s = t.sees(word, 'PSI' if os.path.exists('/proc/pressure/memory') else '1')
                lines = s.rstrip('\n').split('\n')
                check(len(lines) == h and '?help' in lines[-1], f'{w}x{h} view {i + 1}: {lines[-1]!r}')
                check(all(len(x) <= w for x in lines), f'{w}x{h}: a line is too long')
            t.keys('?')
            t.sees('Keys of oomlens top', 'pause and go on')
            t.keys('Escape')
            t.sees('1 Overview')
            t.keys('q')
            t.sane(0)


@test
def resize():
    with Tmux(100, 30) as t:
        t.top()
        for w, h in ((200, 60), (40, 10), (300, 100), (20, 4), (1, 1), (80, 24)):
            t.tmux('resize-window', '-t', 't', '-x', str(w), '-y', str(h))
            want = 'zoom' if w >= 80 else '1' if w > 1 else ''

            def drawn(s, h=h, want=want):
                lines = s.rstrip('\n').split('\n')
                return h < 4 or (len(lines) == h and want in s and 'help' in lines[-1])
            t.wait(drawn, f'screen of {w}x{h}')
        t.keys('q')
        t.sane(0)


@test
def keys_change_the_screen():
    with Tmux(120, 40) as t:
        t.top('--root', ROOT)
        t.keys('2')
        t.sees('size\u25bc', 'kernfs_node_cache')
        t.keys('n')
        t.sees('cache\u25b2')
        t.keys('/')
        t.tmux('send-keys', '-t', 't', '-l', 'kernfs')
        s = t.sees('filter: kernfs_')
        check('anon_vma' not in s, 'the filter filters nothing')
        t.keys('Enter')
        t.keys('Escape')
        t.sees('anon_vma')
        t.keys('F10')
        t.sane(0)


@test
def mouse():
    with Tmux(120, 40) as t:
        t.top('--root', ROOT, env='TERM=xterm-256color')
        # a click on "2 Slab", as xterm reports it in SGR mode
        t.tmux('send-keys', '-t', 't', '-l', '\x1b[<0;17;1M\x1b[<0;17;1m')
        t.sees('with a shrinker,')
        t.keys('q')
        t.sane(0)


# -- it ends -----------------------------------------------------------------------------------


@test
def ends_by_signals():
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        with Tmux() as t:
            # no key and no tick wakes it: the signal must
            t.top('-d', '600')
            start = time.monotonic()
            os.kill(t.pid(), sig)
            t.sane(0)
            check(time.monotonic() - start < 5, f'{sig.name}: slow to end')
    with Tmux() as t:
        t.top()
        t.keys('C-c')
        t.sane(0)


@test
def stops_and_goes_on():
    with Tmux(100, 30) as t:
        t.top()
        t.keys('C-z')
        t.sees('Stopped')
        t.still()
        t.type('stty -g >after; echo compa""red')
        t.sees('compared')
        with open(os.path.join(t.dir, 'before'), encoding='ascii') as a, \
                open(os.path.join(t.dir, 'after'), encoding='ascii') as b:
            same(b.read(), a.read(), 'stty -g while it is stopped')
        t.type('fg')
        s = t.sees('1 Overview', '?help')
        check('compared' not in s, 'what the shell said stays on the screen')
        t.keys('3')
        t.sees('group')
        t.keys('q')
        t.wait(lambda s: '1 Overview' not in s, 'end')
        t.still()


@test
def count_ends_it():
    with Tmux() as t:
        t.type(f'{BIN} top -n 2 -d 0.3; echo "status=$?"')
        t.sane(0)


@test
def terminal_goes_away():
    with Tmux() as t:
        t.top()
        pid = t.pid()
        t.tmux('kill-session', '-t', 't')
        end = time.monotonic() + PATIENCE
        while os.path.exists(f'/proc/{pid}'):
            check(time.monotonic() < end, 'it goes on without a terminal')
            time.sleep(0.05)


# -- terminals ---------------------------------------------------------------------------------


@test
def colours():
    color = re.compile(r'\x1b\[[0-9;]*(3[0-7]|38;5;\d+|9[0-7])[;m]')
    for env, args, want in (('', '', True), ('TERM=xterm', '', True),
                            ('TERM=xterm-256color', '', True), ('NO_COLOR=1', '', False), ('TERM=vt100', '', False),
                            ('', '--color=never', False)):
        with Tmux(100, 30) as t:
            t.top('--root', ROOT, args, env=env)
            s = t.screen(escapes=True)
            check(bool(color.search(s)) is want, f'{env} {args}: colour {not want}')
            # without colours the bar is made of letters
            check(('AAAA' in s) is not want, f'{env} {args}: bar')
            t.keys('q')
            t.sane(0)


@test
def ascii_only():
    with Tmux(100, 30) as t:
        t.top('--root', ROOT, env='LC_ALL=C')
        for k in '123456?':
            t.keys(k)
            time.sleep(0.2)
            s = t.screen()
            bad = sorted({c for c in s if ord(c) > 126})
            check(not bad, f'view {k}: {bad}')
            if k == '1':
                check('=now' not in s and '-now' in s and 'A' in s, 'no chart in ASCII')
        t.keys('q')
        t.keys('q')
        t.sane(0)


@test
def terminals_that_cannot():
    for env, word in (('TERM=dumb', "of type 'dumb' cannot place text"),
                      ('env -u TERM', 'TERM is not set'), ('TERM=', 'TERM is not set'),
                      ('TERM=nonesuch', "'nonesuch' is not known")):
        with Tmux(160, 24) as t:
            t.type(f'{env} {BIN} top; echo "status=$?"')
            t.sees(word, '--batch')
            t.sane(2)
    r = run('top')
    check(r.status == 2 and b'top needs a terminal' in r.err, f'no terminal: {r.status} {r.err}')


# -- batch -------------------------------------------------------------------------------------


@test
def batch_json():
    for view in ('overview', 'slab', 'groups', 'zones', 'processes', 'events'):
        r = run('top', '--batch', '--json', '-n', '2', '-d', '0.1', '--view', view)
        same(r.status, 0, view)
        lines = r.out.decode().splitlines()
        same(len(lines), 2, f'{view}: lines')
        for line in lines:
            tick = json.loads(line)
            same(tick['schema'], 'oomlens.tick/1', view)
            same(sum(tick['ram']['parts'].values()), tick['ram']['total_kb'], f'{view}: parts')


@test
def batch_text():
    for w, h in SIZES:
        r = run('top', '-b', '-n', '2', '-d', '0.1', env={'COLUMNS': str(w), 'LINES': str(h)})
        same(r.status, 0, 'status')
        lines = r.out.decode().splitlines()
        same(len(lines), 2 * h, 'lines')
        check(b'\x1b' not in r.out and all(len(x) <= w for x in lines), 'width, or an escape')
    r = run('top', '-b', '-n', '1', env={'LINES': '0'})
    same(r.out.count(b'\n'), 40, 'lines by default')


# -- it tells the truth ------------------------------------------------------------------------

HOG = '''
import mmap, os, sys
what, mib, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
if what == 'anon':
    m = mmap.mmap(-1, mib << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for i in range(0, mib << 20, 4096):
        m[i] = 1
else:
    block = os.urandom(1 << 20)
    with open(path, 'wb') as f:
        for _ in range(mib):
            f.write(block)
        f.flush()
        os.fsync(f.fileno())
print('full', flush=True)
sys.stdin.read()
if path:
    os.unlink(path)
'''
UNITS = {'B': 1 / 1024, 'KiB': 1, 'MiB': 1024, 'GiB': 1024 ** 2, 'TiB': 1024 ** 3}


def legend(screen):
    """{word: kB} of the line under the bar"""
    line = next((x for x in screen.split('\n') if re.search(r'anonymous [\d.]+ [KMG]iB', x)), '')
    return {w: float(n) * UNITS[u]
            for w, n, u in re.findall(r'([a-z]+) ([\d.]+) ([KMGT]?i?B)', line)}


def parts():
    p = json.loads(run('top', '--batch', '--json', '-n', '1').out)['ram']['parts']
    return {
        'anonymous': p['anon_kb'] + p['swap_cache_kb'],
        'shared': p['shmem_kb'],
        'cache': sum(p[f'file_{k}_kb'] for k in ('clean', 'mapped', 'dirty', 'writeback')) +
        p['buffers_kb'],
    }


def shown(t):
    """What the legend says at the next tick: too small to be listed is 0."""
    time.sleep(1.2)
    d = legend(t.sees('anonymous '))
    return {'anonymous': d.get('anonymous', 0), 'shared': d.get('shared', 0),
            'cache': d.get('cache', 0) + d.get('dirty', 0)}


def moves(t, what, mib, path, group):
    """By how much the figure of @group was wrong, by the legend and by the JSON: kB."""
    want = mib * 1024
    seen, exact = shown(t), parts()
    with subprocess.Popen([sys.executable, '-S', '-c', HOG, what, str(mib), path],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        try:
            check(p.stdout.readline() == b'full\n', f'{what}: nothing was filled')
            now, exactly = shown(t), parts()
            up = (now[group] - seen[group] - want, exactly[group] - exact[group] - want)
        finally:
            p.stdin.close()
            p.wait()
    if what != 'anon':
        return up
    down = shown(t)
    return (*up, down[group] - now[group] + want)


@test
@alone
def legend_follows():
    """Other jobs of the machine come and go as well: of eight tries each figure must be right once
    within 8 % (the three digits of the legend, the hog's own few MiB, what they do in two seconds).
    A figure that is wrong by itself, in its unit or by what it leaves out, is never right."""
    with open('/proc/meminfo', encoding='ascii') as f:
        left = int(re.search(r'MemAvailable: +(\d+)', f.read())[1])
    if left < 1536 * 1024:
        raise Skip('less than 1.5 GiB of memory are left')
    tmpfs = shutil.disk_usage('/dev/shm').free if os.path.isdir('/dev/shm') else 0
    with Tmux(200, 60) as t:
        t.top()
        for what, mib, path, group in (
                ('anon', 512, '', 'anonymous'),
                ('file', 300, os.path.join(t.dir, 'fill'), 'cache'),
                ('shm', 200, f'/dev/shm/oomlens-test-{os.getpid()}', 'shared')):
            if what == 'shm' and tmpfs < 256 << 20:
                continue
            if what == 'file' and on_tmpfs(t.dir):
                continue
            tries = []
            for _ in range(8):
                tries.append(moves(t, what, mib, path, group))
                if all(min(map(abs, figure)) < 0.08 * mib * 1024 for figure in zip(*tries)):
                    break
            else:
                raise Bad(f'{mib} MiB of {what}: {group} was wrong by '
                          f'{[[round(x / 1024) for x in t] for t in tries]} MiB')
        t.keys('q')
        t.sane(0)


def on_tmpfs(path):
    path, best, kind = os.path.realpath(path), '', ''
    with open('/proc/self/mounts', encoding='utf-8') as f:
        for line in f:
            at, fs = line.split()[1:3]
            if (path + '/').startswith(at.rstrip('/') + '/') and len(at) >= len(best):
                best, kind = at, fs
    return kind in ('tmpfs', 'ramfs')


# -- its own list ------------------------------------------------------------------------------


@test
def man_page_has_the_keys():
    with Tmux(120, 60) as t:
        t.top()
        t.keys('?')
        helped = ' '.join(t.sees('Keys of oomlens top', 'any key').split())
    man = ' '.join(run('--man', 'top').out.decode().replace('\\-', '-').replace('\\fB', '')
                   .replace('\\fR', '').replace('.TP', '').replace('\\&', '').split())
    check('.SH KEYS' in man, 'no keys in the man page')
    text = man.split('.SH KEYS')[1].split('.SH')[0]
    for entry in ('choose a view: overview, slab', 'reverse the order', 'read the values of a moment',
                  'quit; in the text of an event: back to the list'):
        check(entry in helped and entry in text, f'{entry!r} is not in both')
