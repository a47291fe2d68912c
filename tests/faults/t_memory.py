# SPDX-License-Identifier: GPL-2.0-or-later
"""explain stays below 64 MiB whatever comes in: what unpacks to a thousand times its size, what has no
line's end, no end at all, a hundred thousand kills, a thousand hosts in turn."""

import bz2
import gzip
import io
import lzma
import os
import re
import shutil
import signal
import subprocess
import tarfile
import time

from faults import ALL
from harness import (Bad, Process, Skip, T0, check, folder, log, measured, put, records, render, same, sanitized,
                     test)

LIMIT_KB = 64 << 10
MIB = 1 << 20


def bounded(what, *args, stdin, status=None, timeout=600):
    r, kb = measured('explain', *args, stdin=stdin, timeout=timeout)
    if not sanitized() and kb > LIMIT_KB:
        raise Bad(f'{what}: {kb} KiB of memory, {LIMIT_KB} are the limit')
    if status is not None:
        same(r.status, status, f'{what}: status ({r.err[-200:]})')
    return r


def zeros(how, mib):
    """Zeros, then an OOM, packed: made in pieces, and by what packs best."""
    block, tail = bytes(MIB), b'\n' + log()
    if how == 'zst':
        if not shutil.which('zstd'):
            raise Skip('there is no zstd')
        p = subprocess.Popen(['zstd', '-q', '-c', '-1'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with p:
            pid = os.fork()
            if not pid:
                p.stdout.close()
                for _ in range(mib):
                    p.stdin.write(block)
                p.stdin.write(tail)
                p.stdin.close()
                os._exit(0)
            p.stdin.close()
            out = p.stdout.read()
            os.waitpid(pid, 0)
            return out
    c = {'gz': lambda: gzip.compress(block, 9), 'bz2': lambda: bz2.compress(block), 'xz': lambda: lzma.compress(block)}
    end = {'gz': gzip.compress, 'bz2': bz2.compress, 'xz': lzma.compress}[how]
    # members one after the other are one file to all of these
    return c[how]() * mib + end(tail)


@test
def bombs():
    mib = 10240 if ALL else 200
    with folder() as d:
        for how in ('gz', 'zst', 'bz2', 'xz'):
            data = zeros(how, mib // (4 if how in ('bz2', 'xz') else 1))
            path = put(d, f'bomb.{how}', data)
            with open(os.devnull, 'rb') as none:
                r = bounded(how, '--json', path, stdin=none, status=0)
            same(len(r.events), 1, f'{how}: events behind the zeros')
            if how == 'gz':  # packed once more, and in a tar
                nested = put(d, 'nested.gz', gzip.compress(data))
                tar = os.path.join(d, 'sos.tar.gz')
                with tarfile.open(tar, 'w:gz') as t:
                    info = tarfile.TarInfo('sos/var/log/messages.gz')
                    info.size = len(data)
                    t.addfile(info, io.BytesIO(data))
                for p in (nested, tar):
                    with open(os.devnull, 'rb') as none:
                        bounded(os.path.basename(p), '--json', p, stdin=none)


@test
def bomb_can_be_interrupted():
    with folder() as d:
        path = put(d, 'bomb.gz', gzip.compress(bytes(64 * MIB), 9) * 400)  # 25 GiB
        with Process('explain', path) as p:
            p.catching()
            time.sleep(0.3)
            same(p.interrupt().status, 128 + signal.SIGINT, 'status')


@test
def tar_that_wants_to_do_harm():
    """Names that lead elsewhere, devices, links in a ring; many members. Nothing is unpacked to a disk."""
    with folder() as d:
        tar = os.path.join(d, 'sos.tar')
        with tarfile.open(tar, 'w') as t:
            for n, name in enumerate(('/var/log/messages', '../../var/log/kern.log', './x/../../var/log/syslog',
                                      'a/var/log/messages\x1b[31m\n', 'b/var/log/dmesg\u202e')):
                data = log(at=T0 + 900 * n, us=(n + 1) * 900 * 10**6)
                info = tarfile.TarInfo(name)
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))
            for kind, name in ((tarfile.CHRTYPE, 'c/var/log/messages'), (tarfile.BLKTYPE, 'd/var/log/messages'),
                               (tarfile.FIFOTYPE, 'e/var/log/messages'), (tarfile.SYMTYPE, 'f/var/log/messages'),
                               (tarfile.LNKTYPE, 'g/var/log/messages'), (tarfile.DIRTYPE, 'h/var/log/messages')):
                info = tarfile.TarInfo(name)
                info.type, info.devmajor, info.devminor, info.linkname = kind, 1, 5, '/etc/shadow'
                t.addfile(info)
        with open(os.devnull, 'rb') as none:
            r = bounded('tar', '--json', tar, stdin=none, status=0)
            same(len(r.events), 5, 'events')
            text = bounded('tar', '--list', tar, stdin=none)
            check(b'\x1b' not in text.out and '\u202e'.encode() not in text.out, 'names reach the terminal')
        same(sorted(os.listdir(d)), ['sos.tar'], 'files')


@test
def tar_of_many():
    count = 1000000 if ALL else 100000
    one = tarfile.TarInfo('sos/etc/x').tobuf()
    info = tarfile.TarInfo('sos/var/log/messages')
    data = log()
    info.size = len(data)
    tail = info.tobuf() + data + bytes(-len(data) % 512) + bytes(1024)
    r = bounded(f'{count} members', '--json', '-', stdin=[one * 10000] * (count // 10000) + [tail], status=0)
    same(len(r.events), 1, 'events')


@test
def one_line():
    """1 GiB without an end of line (and only in the long mode, for the time that the pipe takes)."""
    for byte in (b'x', b'\0') if ALL else (b'x',):
        r = bounded('one line', '--json', '-', stdin=[byte * MIB] * (1024 if ALL else 256) + [b'\n' + log()], status=0)
        same(len(r.events), 1, 'events behind it')


@test
def stream_without_end():
    """Quiet lines and an OOM now and then."""
    gib = float(os.environ.get('OL_FAULTS_GIB', 20 if ALL else 0.5))
    line = b'Mar 15 08:00:00 fenwick kernel: [900000.000000] flintnet 0000:03:00.0: link is up\n'
    quiet = line * (4 * MIB // len(line))
    dump = log()
    n = int(gib * 256)
    r = bounded(f'{gib} GiB', '--ndjson', '-', stdin=(quiet + dump if k % 16 == 0 else quiet for k in range(n)), status=0,
                timeout=3600)
    same(r.out.count(b'\n') > 0, True, 'events')


@test
def many_kills():
    head = b''.join(ln + b'\n' for ln in render(records('memcg'), 'rsyslog'))
    count = 100000 if ALL else 4000
    stamp = re.compile(rb'\[ *(\d+)\.(\d{6})\]')

    def stream():
        for n in range(0, count, 50):
            yield b''.join(stamp.sub(lambda m: b'[%d.%s]' % (int(m[1]) + 60 * k, m[2]), head)
                           for k in range(n, n + 50))
    for form in ('--ndjson', '--list') if ALL else ('--ndjson',):
        r = bounded(f'{count} kills', form, '-', stdin=stream(), status=0)
        check(r.out.count(b'\n') >= count, f"{form}: {r.out.count(bytes([10]))} lines")
    bounded(f'{count} kills', '--no-pager', '-', stdin=stream(), status=0)


@test
def many_hosts_in_turn():
    """Each line of a dump for all hosts, then the next one: as many open events as there are hosts."""
    hosts = 1000
    dump = render(records(), 'rsyslog', 'hostXXXX')
    r = bounded('1000 hosts', '--ndjson', '-',
                stdin=(b''.join(ln.replace(b'hostXXXX', b'host%04d' % n) + b'\n' for n in range(hosts))
                       for ln in dump))
    check(r.out.count(b'\n') > 0 and b'host0' in r.out, 'no event')
