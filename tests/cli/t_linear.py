# SPDX-License-Identifier: GPL-2.0-or-later
"""Twice as much is twice the work. Counted are instructions, not time: perf's where it can, else callgrind's.
The curves are those of tests/bench/linear, at sizes that take seconds."""

import concurrent.futures
import importlib.util
import json
import os
import re
import shutil
import subprocess

from harness import BIN, TOP, Skip, alone, check, folder, measured, run, same, sanitized, test

_spec = importlib.util.spec_from_file_location('curves', os.path.join(TOP, 'tests/bench/curves.py'))
curves = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(curves)
curves.BIN = BIN


def how_to_count():
    if shutil.which('perf'):
        r = subprocess.run(['perf', 'stat', '-x,', '-e', 'instructions:u', 'true'], capture_output=True, check=False)
        if r.returncode == 0 and r.stderr.split(b',')[0].isdigit():
            return 'perf'
    if shutil.which('valgrind'):
        return 'valgrind'
    raise Skip('neither perf nor valgrind counts instructions here')


def instructions(how, argv, out):
    if how == 'perf':
        cmd = ['perf', 'stat', '-x,', '-o', out, '-e', 'instructions:u', *argv]
    else:
        cmd = ['valgrind', '-q', '--tool=callgrind', f'--callgrind-out-file={out}', *argv]
    r = subprocess.run(cmd, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120)
    # 2: of an empty log it says that nothing was checked
    check(r.returncode in (0, 1) or b'is empty' in r.stderr, f'{argv}: status {r.returncode} {r.stderr[-200:]!r}')
    with open(out, encoding='latin-1') as f:
        m = re.search(r'^(?:summary|totals): (\d+)|^(\d+),[^,]*,instructions', f.read(), re.M)
    check(m, f'{argv}: no count in {out}')
    return int(m[1] or m[2])


# The curves that bent once, or where a list that is searched would be easiest to write.
GUARDED = (('hosts that interleave line by line', 60), ('rows of memory cgroup statistics', 1500),
           ('victims, each with a reaper line', 600), ('snap: slab caches, 20 merged into each', 1000),
           ('snap: two snapshots compared', 500), ('top: processes by growth, folded', 500),
           ('top: groups that come and go', 400), ('watch: processes, groups and caches that come and go', 300))


@alone
@test
def twice_the_work():
    """Cost of 2N over cost of N, both without that of nothing: 2, a little more where something is sorted."""
    if sanitized():
        raise Skip('a binary with sanitizers does other work')
    how = how_to_count()
    by_name = {c.name: c for c in curves.CURVES}

    def ratio(name, n):
        c = by_name[name]
        with folder() as d:
            try:
                cost = [instructions(how, c.command(c.make(size, d)), os.path.join(d, 'count')) for size in (0, n, 2 * n)]
            except curves.Skip as e:
                raise Skip(str(e)) from None
        return (cost[2] - cost[0]) / (cost[1] - cost[0]), cost

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [(name, n, pool.submit(ratio, name, n)) for name, n in GUARDED]
    bad = [f'{name}: {n} and {2 * n}: {j.result()[0]:.2f} times the work {j.result()[1]}' for name, n, j in jobs
           if not 1.3 < j.result()[0] < 2.3]
    check(not bad, '; '.join(bad))


@test
def a_thousand_hosts():
    """Their dumps interleave line by line, and each comes out whole."""
    with folder() as d:
        r, kb = measured('explain', '--ndjson', '--no-pager', curves.hosts(1000, d), stdin=())
    events = [json.loads(ln) for ln in r.out.splitlines()]
    same(len(events), 1000, 'events')
    same(sorted(e['source']['host'] for e in events), [f'host{i:05d}' for i in range(1000)], 'hosts')
    same({e['source']['complete'] for e in events}, {True}, 'complete')
    if not sanitized():
        check(kb <= 64 << 10, f'{kb} kB')


@test
def what_open_events_may_hold():
    """Tables that do not fit together are cut, the rest of each dump is not, and memory has its limit."""
    with folder() as d:
        r, kb = measured('explain', '--ndjson', '--no-pager', curves.tables(400, d), stdin=())
    events = [json.loads(ln) for ln in r.out.splitlines()]
    same(len(events), 400, 'events')
    check(all(len(e['victims']) == 1 and e['verdict']['cause'] == 'anon-no-swap' for e in events), 'a victim or a cause is lost')
    check(any(e['source'].get('truncated') for e in events), 'no table was cut: try more hosts')
    if not sanitized():
        check(kb <= 64 << 10, f'{kb} kB')


@test
def events_that_only_wait():
    """A host that is not heard of again holds no memory for the next one's table."""
    with folder() as d:
        with open(curves.rows(600, d), 'rb') as f:
            text = f.read()
        path = curves.write(d, 'turn.log', (text.replace(b'fenwick', b'host%05d' % i) for i in range(300)))
        r, kb = measured('explain', '--ndjson', '--no-pager', path, stdin=())
    events = [json.loads(ln) for ln in r.out.splitlines()]
    same((len(events), {e['source'].get('truncated', False) for e in events}), (300, {False}), 'events, truncated')
    if not sanitized():
        check(kb <= 64 << 10, f'{kb} kB')


@test
def aliases():
    """Each cache has those of its own id; of thousands it has the first ones."""
    with folder() as d:
        j = run('snap', '--no-pager', '-i', '0', '--json', '--root', curves.slab_caches(400, d)).json
        got = {c['name']: c.get('aliases') for c in j['slab']}
        for k in range(20):
            want = [f'cache_{i:06d}' for i in range(20 * k + 1, 20 * k + 20)]
            same(got.get(f'cache_{20 * k:06d}'), want, f'aliases of cache {20 * k}')
        j = run('snap', '--no-pager', '-i', '0', '--json', '--root', curves.slab_one_id(4000, d)).json
        names = next(c for c in j['slab'] if c['name'] == 'cache_000000')['aliases']
        same(names[:3], ['cache_000001', 'cache_000002', 'cache_000003'], 'the first ones')
        check(1000 < len(names) < 2000, f'{len(names)} aliases')
