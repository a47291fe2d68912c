# SPDX-License-Identifier: GPL-2.0-or-later
"""What the cases share: the binary, logs made by the generator, processes that are watched."""

import concurrent.futures
import contextlib
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import traceback
import unicodedata
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
_loader = SourceFileLoader('mkdump', os.path.join(TOP, 'tests/gen/mkdump'))
mkdump = module_from_spec(spec_from_loader('mkdump', _loader))
_loader.exec_module(mkdump)
from oomgen import cases, transport  # noqa: E402  (mkdump put its folder on the path)
from oomgen.dump import WARN, Rec  # noqa: E402,F401
from oomgen.eras import ERAS  # noqa: E402

BIN = os.path.abspath(os.environ.get('OOMLENS') or
                      os.path.join(TOP, os.environ.get('B', 'build'), 'oomlens'))
TESTS = []
PATIENCE = 15  # seconds; nothing waits this long unless it is broken


class Skip(Exception):
    pass


class Bad(Exception):
    pass


def test(fn):
    TESTS.append(fn)
    return fn


def alone(fn):
    """A case that measures the machine: no other one runs beside it."""
    fn.alone = True
    return fn


def check(ok, why):
    if not ok:
        raise Bad(why)


def same(got, want, what):
    if got != want:
        raise Bad(f'{what}: {shorten(got)} instead of {shorten(want)}')


def shorten(v):
    t = repr(v)
    return t if len(t) < 240 else t[:230] + '…'


def sanitized():
    """A binary with sanitizers has a memory and a time of its own."""
    with open(BIN, 'rb') as f:
        data = f.read()
    return any(s in data for s in (b'__asan_init', b'__tsan_init', b'__ubsan_handle'))


# -- logs --------------------------------------------------------------------------------------

T0 = 1710489600  # 2024-03-15 08:00:00 UTC, a Friday


def records(case='memcg', era='6.1', us=None, **opts):
    """@us: kernel clock of the first record."""
    dump, _, _ = cases.CASES[case](ERAS[era], **opts)
    if us is not None:
        dump.us = us
    return cases.records(dump)


def render(recs, how='rsyslog', host='fenwick', at=T0, boot='5c1d7a0e93f24b6c8e0a2f4d6b8c1e3f'):
    """@at: unix time of the first record"""
    wall = int(at * 1000000) - recs[0].us
    w = transport.Writer(host, wall, boot=boot)
    return [t.encode('latin-1') for t, _, _ in w.write(recs, how)]


def log(case='memcg', era='6.1', how='rsyslog', host='fenwick', at=T0, us=None, **opts):
    return b''.join(ln + b'\n' for ln in render(records(case, era, us, **opts), how, host, at))


def syslog_line(at, host='fenwick', text='flintnet 0000:03:00.0: link is up', us=None):
    """One harmless line of the kernel. @us: its stamp, far behind every dump when not given."""
    r = Rec(WARN, [text], us if us is not None else 900000 * 1000000, 7, None)
    return render([r], 'rsyslog', host, at)[0] + b'\n'


def flatten(v, path=''):
    """What an event says, without the places where the log says it."""
    if isinstance(v, dict):
        out = {}
        for k, x in v.items():
            if k not in ('line', 'lines', 'first_line', 'last_line', 'first_byte', 'file',
                         'interleaved'):
                out.update(flatten(x, f'{path}.{k}'))
        return out
    if isinstance(v, list):
        out = {f'{path}#': len(v)}
        for n, x in enumerate(v):
            out.update(flatten(x, f'{path}[{n}]'))
        return out
    return {path: v}


def differences(a, b):
    a, b = flatten(a), flatten(b)
    return [f'{k}: {a.get(k)!r}/{b.get(k)!r}' for k in sorted(set(a) | set(b))
            if a.get(k) != b.get(k)]


# -- what may be seen ---------------------------------------------------------------------------

# Default_Ignorable_Code_Point of Unicode, and what is drawn as nothing.
IGNORABLE = ((0xad, 0xad), (0x34f, 0x34f), (0x61c, 0x61c), (0x115f, 0x1160), (0x17b4, 0x17b5), (0x180b, 0x180f),
             (0x200b, 0x200f), (0x202a, 0x202e), (0x2060, 0x206f), (0x2800, 0x2800), (0x3164, 0x3164),
             (0xfe00, 0xfe0f), (0xfeff, 0xfeff), (0xffa0, 0xffa0), (0xfff0, 0xfff8), (0x1bca0, 0x1bca3),
             (0x1d173, 0x1d17a), (0xe0000, 0xe0fff))


def unseen(c):
    """A character that no output may hold as it is; Python's own table knows the categories."""
    return unicodedata.category(c) in ('Cc', 'Cf', 'Cs', 'Co', 'Zl', 'Zp') or \
        any(a <= ord(c) <= z for a, z in IGNORABLE)


def unseen_samples():
    """The first and the last of each run of such characters, but for NUL and line ends."""
    found = []
    for n in range(1, 0xe1000):
        c = chr(n)
        if 0xd800 <= n < 0xf8ff or c in '\n\r' or not unseen(c):
            continue
        if not unseen(chr(n - 1)) or not unseen(chr(n + 1)):
            found.append(c)
    return found + [chr(n) for n in (0xe000, 0xf8ff, 0xf0000, 0x10fffd)]


def clean(out, what):
    """Valid UTF-8 without a character that is not seen, but for newline and tab."""
    text = out.decode('utf-8', 'surrogateescape')
    raw = re.search('[\udc80-\udcff]', text)
    if raw:
        raise Bad(f'{what}: no UTF-8: {text[max(0, raw.start() - 30):raw.start() + 10]!r}')
    if text.isascii() and not re.search('[\0-\x08\x0b-\x1f\x7f]', text):
        return
    for at, c in enumerate(text):
        if c not in '\n\t' and unseen(c):
            raise Bad(f'{what}: U+{ord(c):04X}: {text[max(0, at - 30):at + 20]!r}')


# -- running -----------------------------------------------------------------------------------


def environment(**over):
    env = {k: v for k, v in os.environ.items()
           if k.split('_')[0] in ('PATH', 'HOME', 'ASAN', 'UBSAN', 'TSAN', 'LD', 'TMPDIR')}
    env.update(LC_ALL='C.UTF-8', TZ='UTC', TERM='dumb')
    env.update(over)
    return {k: v for k, v in env.items() if v is not None}


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def events(self):
        return self.json['events']

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as x:
            raise Bad(f'no JSON (status {self.status}, {self.err[-120:]!r}): {x}') from None


def run(*args, data=b'', env=None, timeout=PATIENCE, cwd=None, user=None, program=None):
    try:
        p = subprocess.run([program or BIN, *map(os.fspath, args)], input=data, capture_output=True,
                           timeout=timeout, cwd=cwd, env=environment(**(env or {})), check=False,
                           user=user, group=user, extra_groups=[] if user else None)
    except subprocess.TimeoutExpired:
        raise Bad(f"{' '.join(map(str, args))}: not done after {timeout} s") from None
    if p.returncode < 0 or b'Sanitizer' in p.stderr or b'runtime error' in p.stderr:
        raise Bad(f"{' '.join(map(str, args))}: status {p.returncode}, "
                  f"{p.stderr[-300:].decode('latin-1')!r}")
    return Result(p.returncode, p.stdout, p.stderr)


def explain(*args, data=b'', **kw):
    """--json; the events"""
    r = run('explain', '--json', *args, data=data, **kw)
    # A library that was not there when it was built: what needs it cannot be tried.
    lacks = re.search(rb'this build has no \S+', r.err)
    if lacks:
        raise Skip(lacks[0].decode())
    return r


@contextlib.contextmanager
def folder():
    d = tempfile.mkdtemp(prefix='oomlens-cli.')
    os.chmod(d, 0o755)
    try:
        yield d
    finally:
        shutil.rmtree(d, ignore_errors=True)


def put(d, name, data, mtime=None):
    path = os.path.join(d, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data)
    if mtime is not None:
        os.utime(path, (mtime, mtime))
    return path


def copy_program(d):
    """By another process: a copy that this one had open for writing, even a moment ago, may still be
    open in the child of another case's fork, and is then "busy"."""
    subprocess.run(['cp', BIN, d], check=True)
    return os.path.join(d, os.path.basename(BIN))


def append(path, data):
    with open(path, 'ab') as f:
        f.write(data)


class Process:
    """A running oomlens whose output is collected as it comes. tty: which of stdout and stderr are
    a terminal ('out', 'err')."""

    def __init__(self, *args, stdin=subprocess.DEVNULL, env=None, tty=(), columns=120, user=None,
                 program=None, stdout=None):
        self.got = {'out': b'', 'err': b''}
        self.master = None
        slave = None
        if tty:
            self.master, slave = pty.openpty()
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 40, columns, 0, 0))
            attr = termios.tcgetattr(slave)
            attr[1] &= ~termios.OPOST
            termios.tcsetattr(slave, termios.TCSANOW, attr)
        self.p = subprocess.Popen([program or BIN, *map(os.fspath, args)], user=user,
                                  stdin=slave if stdin == 'tty' else stdin,
                                  group=user, extra_groups=[] if user else None,
                                  stdout=stdout or (slave if 'out' in tty else subprocess.PIPE),
                                  stderr=slave if 'err' in tty else subprocess.PIPE,
                                  env=environment(**(env or {})), start_new_session=True)
        if slave is not None:
            os.close(slave)
        self.threads = []
        for name, f in (('out', self.p.stdout), ('err', self.p.stderr)):
            if f:
                self.threads.append(threading.Thread(target=self._read, args=(name, f.fileno())))
        if self.master is not None:
            name = 'out' if 'out' in tty else 'err'
            self.threads.append(threading.Thread(target=self._read, args=(name, self.master)))
        for t in self.threads:
            t.daemon = True
            t.start()

    def _read(self, name, fd):
        while True:
            try:
                b = os.read(fd, 65536)
            except OSError:  # EIO: the last holder of the terminal is gone
                b = b''
            if not b:
                return
            self.got[name] += b

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.p.poll() is None:
            self.p.kill()
            self.p.wait()
        for t in self.threads:
            t.join(2)
        for f in (self.p.stdin, self.p.stdout, self.p.stderr):
            if f:
                with contextlib.suppress(OSError):
                    f.close()
        if self.master is not None:
            os.close(self.master)

    def soon(self, ok, what, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while not ok():
            if self.p.poll() is not None:
                for t in self.threads:
                    t.join(2)
                if ok():
                    return
                raise Bad(f'ended (status {self.p.returncode}) before {what}; '
                          f"stderr {self.got['err'][-200:]!r}")
            if time.monotonic() > end:
                raise Bad(f'no {what} within {seconds} s; stdout ends {self.got["out"][-120:]!r}, '
                          f'stderr {self.got["err"][-120:]!r}')
            time.sleep(0.02)

    def interrupt(self, sig=signal.SIGINT):
        self.p.send_signal(sig)
        return self.end()

    def end(self, seconds=PATIENCE):
        try:
            self.p.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Bad(f'still there after {seconds} s') from None
        for t in self.threads:
            t.join(PATIENCE)
        return Result(self.p.returncode, self.got['out'], self.got['err'])

    def catching(self):
        """Waits until the handler of SIGINT is installed, as /proc tells."""
        def there():
            with open(f'/proc/{self.p.pid}/status', encoding='ascii', errors='replace') as f:
                m = re.search(r'SigCgt:\s*([0-9a-f]+)', f.read())
            return bool(m and int(m[1], 16) >> (signal.SIGINT - 1) & 1)
        self.soon(there, 'handler of SIGINT')


MEASURE = ('import os,resource,sys\n'
           's=os.spawnv(os.P_WAIT,sys.argv[1],sys.argv[1:])\n'
           'sys.stderr.write("\\nmaxrss %d" % '
           'resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n'
           'sys.exit(s if s>=0 else 200-s)\n')


def measured(*args, stdin, timeout=30):
    """Like run(), and the largest resident size in KiB. A small process in between forks, for a
    child begins with the peak of whoever forked it. @stdin: a file, or an iterable of bytes."""
    stream = not hasattr(stdin, 'fileno')
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        p = subprocess.Popen([sys.executable, '-S', '-c', MEASURE, BIN, *map(os.fspath, args)],
                             stdin=subprocess.PIPE if stream else stdin, stdout=out, stderr=err,
                             env=environment())
        if stream:
            with contextlib.suppress(BrokenPipeError):
                for b in stdin:
                    p.stdin.write(b)
            with contextlib.suppress(BrokenPipeError):
                p.stdin.close()
        try:
            p.wait(timeout)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
            raise Bad(f'{args}: not done after {timeout} s') from None
        out.seek(0)
        err.seek(0)
        text, _, kb = err.read().rpartition(b'\nmaxrss ')
        if p.returncode > 2:
            raise Bad(f'{args}: status {p.returncode} {text[-200:]!r}')
        return Result(p.returncode, out.read(), text), int(kb)


# -- the suite ---------------------------------------------------------------------------------


def one(fn):
    start = time.monotonic()
    try:
        fn()
        state, why = 'ok', ''
    except Skip as x:
        state, why = 'skip', str(x)
    except Bad as x:
        state, why = 'not ok', str(x)
    except Exception as x:  # pylint: disable=broad-except
        traceback.print_exc()
        state, why = 'not ok', f'{type(x).__name__}: {x}'
    return state, why.replace('\n', ' '), time.monotonic() - start


def main(folder_of_cases, want):
    """Runs the cases of t_*.py in that folder, those whose name has one of @want in it; the exit status."""
    # a shell that starts the suite in the background, or nohup, has them ignored, and so would what is tested
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for sig in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(sig, signal.SIG_DFL)
    for mod in sorted(n[:-3] for n in os.listdir(folder_of_cases)
                      if n.startswith('t_') and n.endswith('.py')):
        __import__(mod)
    if not os.access(BIN, os.X_OK):
        print(f'skip everything: there is no {BIN}')
        return 0
    todo = [(f"{fn.__module__[2:]}/{fn.__name__.replace('_', '-')}", fn) for fn in TESTS]
    todo = [(n, fn) for n, fn in todo if not want or any(w in n for w in want)]
    bad = False

    def say(name, result):
        state, why, secs = result
        print(f'{state} {name}' + (f': {why}' if why else ''))
        if want or secs > 5:
            print(f'# {secs:.1f} s {name}')
        sys.stdout.flush()
        return state == 'not ok'

    # Most of them wait for something.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        together = [t for t in todo if not hasattr(t[1], 'alone')]
        for (name, _), job in [(t, pool.submit(one, t[1])) for t in together]:
            bad |= say(name, job.result())
    for name, fn in todo:
        if hasattr(fn, 'alone'):
            bad |= say(name, one(fn))
    return 1 if bad else 0
