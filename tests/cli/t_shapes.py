# SPDX-License-Identifier: GPL-2.0-or-later
"""Logs of every shape that tests/bench/mkshape makes: what was put in is what is found. The seed is another one each
time, and is said when something is wrong; OL_SHAPE_SEED=TEXT tries that one again."""

import json
import os
import shutil
import subprocess
import time

from harness import TOP, Bad, Skip, folder, run, same, test

MK = os.path.join(TOP, 'tests/bench/mkshape')
MIB = '9'  # two dumps
SEED = os.environ.get('OL_SHAPE_SEED') or f'{os.getpid()}-{time.time_ns()}'


def found(path):
    r = run('explain', '--ndjson', '--no-pager', path)
    if b'this build has no' in r.err:
        raise Skip(r.err.decode('latin-1').strip())
    events = [json.loads(ln) for ln in r.out.splitlines()]
    return sum(not e['source']['forged_suspect'] for e in events)


def shape(name):
    def case():
        tool = {'gz': 'gzip', 'zst': 'zstd'}.get(name)
        if tool and not shutil.which(tool):
            raise Skip(f'no {tool} to pack with')
        try:
            with folder() as d:
                path = os.path.join(d, 'log')
                want = subprocess.run([MK, name, MIB, SEED, path], stdout=subprocess.PIPE, check=True).stdout
                same(found(path), int(want), 'events')
        except Bad as x:
            raise Bad(f'{x} (mkshape {name} {MIB} {SEED})') from None
    case.__name__ = name
    case.__module__ = __name__
    return test(case)


for _name in subprocess.run([MK, '--list'], stdout=subprocess.PIPE, text=True, check=True).stdout.split():
    shape(_name)
