# SPDX-License-Identifier: GPL-2.0-or-later
"""What the cases share: runs with a fault, and what may become of them."""

import atexit
import collections
import concurrent.futures
import os
import subprocess
import tempfile

from harness import BIN, TOP, Bad, Skip, environment, sanitized

ALL = os.environ.get('OL_FAULTS') == 'all'
SHIM = os.path.abspath(os.path.join(TOP, os.environ.get('B', 'build'), 'tests/faults/shim.so'))
LIMIT = 20  # seconds; a run takes milliseconds

# Libraries that die of memory that they do not get (they call exit(), or use what is not there). That is
# theirs: a run in which the refused call was theirs may end in any way but a hang.
DIE_BY_THEMSELVES = ('libarchive', 'libproc2', 'libnuma', 'libncurses', 'libtinfo')

Run = collections.namedtuple('Run', 'status out err injected made')


def fault(spec, *args, data=b'', env=None, timeout=LIMIT, program=BIN):
    """A run of oomlens under the shim. status None: it did not end. injected: whose calls were hit."""
    if not os.access(SHIM, os.R_OK):
        raise Skip(f'there is no {SHIM}: make test builds it')
    if sanitized():
        raise Skip('the shim does not go with sanitizers')
    with tempfile.NamedTemporaryFile() as log:
        e = environment(LD_PRELOAD=SHIM, FAULT=spec, FAULT_LOG=log.name, OOMLENS_NOW='1790000000',
                        COLUMNS='100', **(env or {}))
        try:
            p = subprocess.run([program, *map(os.fspath, args)], input=data, capture_output=True,
                               timeout=timeout, env=e, check=False)
            status, out, err = p.returncode, p.stdout, p.stderr
        except subprocess.TimeoutExpired as x:
            status, out, err = None, x.stdout or b'', x.stderr or b''
        with open(log.name, encoding='latin-1') as f:
            lines = f.read().splitlines()
    injected = [ln.split(' of ')[1] for ln in lines if ' of ' in ln]
    made = max((int(ln.split()[2]) for ln in lines if ln.startswith('made ')), default=0)
    return Run(status, out, err, injected, made)


def shown(args):
    return ' '.join(os.path.basename(os.fspath(a)) for a in args)


def points(total, some):
    """1…total, or the first ones and about @some of the others: spread, and other ones for other totals."""
    if ALL or total <= some:
        return range(1, total + 1)
    first = some // 3
    step = max(1, (total - first) // (some - first))
    return [*range(1, first + 1), *range(first + 1 + total % step, total + 1, step)]


swept = []
atexit.register(lambda: swept and print(f'# {sum(swept)} faults at {len(swept)} sweeps'))


def sweep(make, judge, *args, some=100000, **kw):
    """make(n): the spec of the fault at point n. judge(run): why it is wrong, or None. Returns how often
    a fault was injected."""
    whole = fault(make(10**9), *args, **kw)
    hit = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        todo = points(whole.made, some)
        for n, r in zip(todo, pool.map(lambda n: fault(make(n), *args, **kw), todo)):
            if not r.injected:
                continue
            hit += 1
            if r.status is None:
                raise Bad(f'{shown(args)}: {make(n)}, called by {r.injected[0]}: does not end')
            why = judge(r)
            if why:
                raise Bad(f'{shown(args)}: {make(n)}, called by {r.injected[0]}: {why}; status {r.status}, '
                          f'{len(r.out)} bytes, stderr {r.err[-160:]!r}')
    swept.append(hit)
    if not hit:
        raise Bad(f'{shown(args)}: no fault was injected')
    return hit


def refused_by_library(r):
    return r.injected[-1].startswith(DIE_BY_THEMSELVES)


def same_or_told(*wholes):
    """The output is that of a run without a fault, or the status and a message say that it is not."""
    def judge(r):
        if r.status == 2 and r.err:
            return None
        if any((r.status, r.out) == (w.status, w.out) for w in wholes):
            return None
        if refused_by_library(r) and not r.out:
            return None
        return 'not what it prints without the fault, and it does not say so'
    return judge


def ends_well(r):
    """Of a machine that is never the same twice: it ends as it should, and trouble is told."""
    if refused_by_library(r) or r.status == 0 or (r.status == 2 and r.err):
        return None
    return 'ends badly'
