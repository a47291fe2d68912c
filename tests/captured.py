# SPDX-License-Identifier: GPL-2.0-or-later
"""The captured roots of fixtures/roots: each a folder NAME with its ORIGIN and NAME.tar.gz, which `--root`
reads as it is. A test that changes files unpacks it to a folder of its own.
"""
import glob
import gzip
import os
import tarfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOTS = os.path.join(TOP, 'fixtures/roots')


def names(pattern='*'):
    return sorted(os.path.basename(os.path.dirname(p)) for p in glob.glob(f'{ROOTS}/{pattern}/*.tar.gz'))


def archive(name):
    return os.path.join(ROOTS, name, name + '.tar.gz')


def extract(tar, to):
    tar.extractall(to, **({'filter': 'tar'} if hasattr(tarfile, 'tar_filter') else {}))
    return to


def unpack(name, to):
    """The root of that name as the folder @to."""
    with tarfile.open(archive(name)) as tar:
        return extract(tar, to)


def pack(folder, to):
    """@folder as the file @to, which says nothing of when and by whom: the same files, the same bytes."""
    def alike(entry):
        entry.mtime = entry.uid = entry.gid = 0
        entry.uname = entry.gname = ''
        entry.mode = 0o755 if entry.isdir() else 0o777 if entry.issym() else 0o644
        return entry

    with open(to, 'wb') as raw, gzip.GzipFile('', 'wb', 9, raw, mtime=0) as packed, \
            tarfile.open(fileobj=packed, mode='w', format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(os.listdir(folder)):
            tar.add(os.path.join(folder, name), name, filter=alike)  # sorted below, too
