# SPDX-License-Identifier: GPL-2.0-or-later
"""Roots captured in guests: what oomlens would have read there, and how much memory one process
could really have.

ROOTS have a story to tell; AUDIT are the situations in which "available" is measured: capture, then
a process takes memory until it is killed. A new one is one entry here.
"""
import base64
import io
import json
import os
import re
import shutil
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "audit"), os.path.dirname(HERE)]

import audit  # noqa: E402
import captured  # noqa: E402
import facts  # noqa: E402
from scenarios import (ALL, AMD64, CTR, DISK, EXT4, NFS, ON_NFS, POD, SLOW,  # noqa: E402
                       Scenario, numa)

CTR2 = "0b9e8d7c6f5a41322314a5f6c7d8e9b00f1e2d3c4b5a69788796a5b4c3d2e1f0"
EXT4_MNT = """
        mods virtio_pci virtio_blk crc32c_generic ext4
        mke2fs -i %d /dev/vda >/dev/null; mount -t ext4 /dev/vda /mnt
"""
# Files of a disk in the page cache, and nothing that has to be written.
FILE = EXT4_MNT % 1048576 + """
        dd if=/dev/zero of=/mnt/f bs=1M count=%d 2>/dev/null; sync
        echo 3 >/proc/sys/vm/drop_caches
"""
# Nothing is written before it has to be: all of a file is dirty, just below the threshold.
DIRTY = EXT4_MNT % 1048576 + """
        cd /proc/sys/vm; echo 0 >dirty_writeback_centisecs
        echo 60 >dirty_ratio; echo 59 >dirty_background_ratio; cd /
        provoke file /mnt/f 72
        truth
"""
TREE = EXT4_MNT % 2048 + """
        provoke tree /mnt %d; sync; sync
        echo 3 >/proc/sys/vm/drop_caches
"""


@dataclass
class Situation(Scenario):
    least: dict = field(default_factory=dict)  # of /proc/meminfo, kB, what the story needs
    has: tuple = ()  # paths that the story needs
    tools: tuple = ("contrib/capture-root.sh",)


def story(name, script, kernels, **kw):
    return Situation("root-" + name, (), script + "\n        capture\n", kernels, **kw)


def measured(name, script, kernels=AMD64, **kw):
    if "truth" not in script:
        script += "\n        truth\n"
    return Situation("audit-" + name, (), script, kernels, **kw)


ROOTS = [
    story("v1-docker", f"""
        {FILE % 40}
        mkdir /srv; mount -t tmpfs tmpfs /srv
        v1; grp docker/{CTR} memory.limit_in_bytes=96M; grp docker/{CTR2} memory.limit_in_bytes=64M
        grp system.slice/ssh.service
        into docker/{CTR} provoke comm java anon 40 touch /tmp/a hold &
        into docker/{CTR2} sh -c 'cat /mnt/f >/dev/null
            exec provoke comm nginx anon 4 file /srv/t 12 touch /tmp/b hold' &
        into system.slice/ssh.service provoke comm sshd anon 2 touch /tmp/c hold &
        provoke wait /tmp/a wait /tmp/b wait /tmp/c
        """, ("5.10",), disk=128, mods=EXT4, least={"AnonPages": 46000, "Shmem": 12000},
          has=(f"sys/fs/cgroup/memory/docker/{CTR}/memory.stat",),
          why="two containers of Docker in hierarchy 1: anonymous memory, file cache, tmpfs"),
    story("highmem", """
        provoke comm worker anon 300 touch /tmp/up hold &
        provoke wait /tmp/up
        """, ("5.10-686",), mem=1280, least={"HighTotal": 300000, "AnonPages": 300000},
          why="32 bits with HighMem, from which one process has most of its memory"),
    story("nfs-scan", ON_NFS % 30000 + """
        provoke comm clamscan anon 20 scan /mnt touch /tmp/up hold &
        provoke wait /tmp/up
        """, ("6.1",), disk=256, mods=NFS, timeout=400, least={"SReclaimable": 60000},
          has=("proc/slabinfo",),
          why="a scan of an NFS mount holds every file that it saw: inodes and dentries"),
    story("numa", """
        provoke comm bound bind 2 anon 170 touch /tmp/a hold &
        provoke comm local bind 1 anon 60 touch /tmp/b hold &
        provoke wait /tmp/a wait /tmp/b
        """, ("6.1",), mem=512, qemu=numa(256), has=("sys/devices/system/node/node1/meminfo",),
          least={"AnonPages": 230000}, why="two nodes, the second one nearly full"),
    story("v2-docker", f"""
        {FILE % 40}
        mkdir /srv; mount -t tmpfs tmpfs /srv
        v2; grp system.slice/docker-{CTR}.scope memory.max=96M memory.high=80M
        grp system.slice/docker-{CTR2}.scope memory.max=64M
        grp system.slice/ssh.service
        into system.slice/docker-{CTR}.scope provoke comm java anon 40 touch /tmp/a hold &
        into system.slice/docker-{CTR2}.scope sh -c 'cat /mnt/f >/dev/null
            exec provoke comm nginx anon 4 file /srv/t 12 touch /tmp/b hold' &
        into system.slice/ssh.service provoke comm sshd anon 2 touch /tmp/c hold &
        provoke wait /tmp/a wait /tmp/b wait /tmp/c
        """, ("6.12",), disk=128, mods=EXT4, least={"AnonPages": 46000, "Shmem": 12000},
          has=(f"sys/fs/cgroup/system.slice/docker-{CTR}.scope/memory.stat",),
          why="two containers of Docker in hierarchy 2: anonymous memory, file cache, tmpfs"),
    story("v2-k8s", f"""
        v2; grp {POD} memory.max=120M
        grp {POD}/cri-containerd-{CTR}.scope memory.max=80M memory.oom.group=1
        grp {POD}/cri-containerd-{CTR2}.scope memory.min=8M memory.low=16M
        into {POD}/cri-containerd-{CTR}.scope provoke comm java anon 60 touch /tmp/a hold &
        into {POD}/cri-containerd-{CTR2}.scope \\
            provoke comm sidecar sockslab 6 anon 3 touch /tmp/b hold &
        provoke wait /tmp/a wait /tmp/b
        """, ("sid",), least={"AnonPages": 62000},
          has=(f"sys/fs/cgroup/{POD}/cri-containerd-{CTR}.scope/memory.stat",),
          why="a pod of Kubernetes with two containers, one of them with memory in sockets"),
    story("zram", """
        zramswap 256M
        provoke comm early adj -1000 noise 8 anon 180 touch /tmp/up hold &
        provoke wait /tmp/up
        """, ("6.12",), mem=192, mods=("lzo_rle", "zram"), has=("sys/block/zram0/mm_stat",),
          least={"SwapTotal": 200000}, why="swap in compressed memory, partly used"),
    story("hugetlb", """
        echo 60 >/proc/sys/vm/nr_hugepages
        provoke comm db hugetlb 20 touch /tmp/up hold &
        provoke wait /tmp/up
        """, ("6.1",), mem=320, least={"HugePages_Total": 60, "HugePages_Free": 40},
          why="120 MiB of huge pages, of which a third is in use"),
    story("tmpfs-swap", """
        diskswap
        mount -t tmpfs -o size=400M tmpfs /mnt
        provoke comm writer anon 4 file /mnt/f 190 touch /tmp/up hold &
        provoke wait /tmp/up
        """, ("sid",), disk=128, mods=DISK, least={"Shmem": 60000, "SwapTotal": 100000},
          why="a file in a tmpfs fills RAM and has gone to swap in part"),
]
AUDIT = [
    measured("idle", "", ALL, why="nothing runs, nothing was read"),
    measured("clean", FILE % 140 + "cat /mnt/f >/dev/null", ALL, disk=256, mods=EXT4,
             least={"Cached": 140000}, why="most of RAM is clean page cache of one file"),
    measured("dirty", DIRTY, disk=256, mods=EXT4, timeout=240, least={"Dirty": 60000},
             why="72 MiB of a file are dirty, the disk is fast"),
    measured("dirty-slow", DIRTY, disk=256, mods=EXT4, drive=SLOW, timeout=400,
             least={"Dirty": 60000}, why="72 MiB of a file are dirty, the disk takes 2 kB/s"),
    measured("tmpfs", """
        mount -t tmpfs -o size=100% tmpfs /mnt
        provoke file /mnt/f 120
        """, ALL, least={"Shmem": 120000}, why="most of what is called cached is a tmpfs"),
    measured("nfs-held", ON_NFS % 30000 + """
        provoke comm scanner scan /mnt touch /tmp/up hold &
        provoke wait /tmp/up
        """, disk=256, mods=NFS, timeout=400, least={"SReclaimable": 60000},
             why="a scan of an NFS mount holds what it saw"),
    measured("nfs-unused", ON_NFS % 30000 + "provoke look /mnt 0", disk=256, mods=NFS, timeout=400,
             least={"SReclaimable": 60000}, why="a scan of an NFS mount is over and holds nothing"),
    measured("ext4-unused", TREE % 60000 + "provoke look /mnt 0", disk=256, mods=EXT4, timeout=240,
             least={"SReclaimable": 60000}, why="a scan of a disk is over and holds nothing"),
    # every directory is held, by what it holds, and nobody holds that
    measured("dirs-unused", EXT4_MNT % 2048 + """
        seq 100 10099 | sed 's,\\(.*\\)\\(..\\)$,/mnt/a\\1/b\\2/c,' | xargs mkdir -p; sync; sync
        echo 3 >/proc/sys/vm/drop_caches
        provoke look /mnt 0
        """, ("6.1", "6.12"), disk=256, mods=EXT4, timeout=240, least={"SReclaimable": 15000},
             why="a scan of directories of directories is over and holds nothing"),
    measured("fragments", TREE % 60000 + """
        provoke comm scanner look /mnt 20 touch /tmp/up hold &
        provoke wait /tmp/up
        """, disk=256, mods=EXT4, timeout=240, least={"SReclaimable": 60000},
             why="a scan of a disk holds every 20th of the files that it saw"),
    measured("mapped", FILE % 120 + """
        provoke comm reader mapfile /mnt/f touch /tmp/up hold &
        provoke wait /tmp/up
        """, disk=256, mods=EXT4, least={"Mapped": 120000},
             why="a living process has mapped a file and touched all of it"),
    measured("mlocked", FILE % 120 + """
        provoke comm locker lockall mapfile /mnt/f touch /tmp/up hold &
        provoke wait /tmp/up
        """, disk=256, mods=EXT4, least={"Mlocked": 120000}, why="a file is locked into memory"),
    # 7.2: a large folio of the page cache that no single mapping covers is not counted as Mlocked
    measured("mlocked-pieces", FILE % 120 + """
        provoke comm locker lockfile /mnt/f touch /tmp/up hold &
        provoke wait /tmp/up
        """, ("6.1", "6.12", "sid"), disk=256, mods=EXT4, least={"Mapped": 120000},
             why="a file is locked into memory by mappings of 1 MiB each"),
    measured("highmem", "", ("5.10-686",), mem=1152, least={"HighTotal": 200000},
             why="32 bits with HighMem, nothing runs"),
    measured("highmem-clean", FILE % 600 + "cat /mnt/f >/dev/null", ("5.10-686",), mem=1152,
             disk=768, mods=EXT4, timeout=240, least={"HighTotal": 200000, "Cached": 600000},
             why="32 bits with HighMem, most of RAM is clean page cache"),
    measured("numa-clean", FILE % 300 + "cat /mnt/f >/dev/null", ("6.1",), mem=512, qemu=numa(256),
             disk=384, mods=EXT4, least={"Cached": 280000},
             why="two nodes, most of their RAM is clean page cache"),
]
# Fixtures that keep which caches share slabs; and the sysctls that a tick reads.
WITH_SLAB_NAMES = ("5.10-686-highmem", "6.1-numa", "sid-v2-k8s")
SYSCTL = ("min_free_kbytes", "overcommit_memory", "panic_on_oom", "swappiness", "vfs_cache_pressure")

# Those of AUDIT that are fixtures: each situation once, each kernel.
AUDIT_FIXTURES = [
    ("5.10", "idle"), ("6.1", "clean"), ("6.12", "dirty"), ("6.1", "dirty-slow"), ("sid", "tmpfs"),
    ("6.1", "nfs-held"), ("5.10", "ext4-unused"), ("6.12", "dirs-unused"), ("6.12", "fragments"),
    ("sid", "mapped"), ("5.10-686", "highmem-clean"), ("6.1", "mlocked"), ("sid", "mlocked-pieces"),
]


def is_fixture(kid, situation):
    return situation in ROOTS or (kid, situation.name.replace("audit-", "", 1)) in AUDIT_FIXTURES


def unpack(run):
    """Put the captured root into run.dir/root; why not, or None."""
    with open(run.dir + "/out.log", "rb") as f:
        text = f.read().replace(b"\r\n", b"\n")
    m = re.search(rb"@begin root\nbegin-base64 [^\n]*\n(.*?)\n====\n@end root\n", text, re.S)
    if not m:
        return "no root came out of the guest"
    where = run.dir + "/root"
    shutil.rmtree(where, ignore_errors=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(m.group(1))), mode="r:gz") as t:
            captured.extract(t, where)
    except (ValueError, OSError, tarfile.TarError) as e:
        return f"what came out of the guest is no tar file: {e}"
    return None


def lacking(run):
    """What the captured root lacks of its story; None if nothing."""
    s, root = run.scenario, run.dir + "/root"
    m = audit.meminfo(root)
    for key, kb in s.least.items():
        if m.get(key, 0) < kb:
            return f"{key} is {m.get(key)}, the story needs {kb}"
    return next((f"there is no {p}" for p in s.has if not os.path.exists(f"{root}/{p}")), None)


def min_kb(root):
    """The sum of the zones' min watermarks. "        min      1234", in pages."""
    with open(root + "/proc/zoneinfo", encoding="ascii") as f:
        return sum(int(line.split()[1]) for line in f if re.match(r" +min +\d+$", line)) * 4


def truth(run):
    """(what was measured, None) or (None, why it is no measurement); it is kept beside the root."""
    with open(run.dir + "/out.log", encoding="utf-8", errors="replace") as f:
        m = re.search(r"@truth (.*)", f.read())
    if not m:
        return None, "the guest reported no truth"
    said = {k: int(v) for k, v in (kv.split("=") for kv in m.group(1).split())}
    events = [e for e in facts.events(run.logs()["serial"]) if e["kind"] == "oom"]
    if said.pop("killed") != 9 or [e["victim_comm"] for e in events] != ["hog"] or \
            events[0]["extra_kills"]:
        victims = ", ".join(str(e["victim_comm"]) for e in events)
        return None, f"not the hog alone was killed: {victims}"
    with open(run.dir + "/root/proc/sys/kernel/osrelease", encoding="utf-8") as f:
        release = f.read().strip()
    t = {"situation": run.scenario.name, "why": run.scenario.why, "kernel": release, **said,
         "min_watermarks_kb": min_kb(run.dir + "/root"),
         "zones_at_kill": [{k: z[k] for k in ("node", "zone", "free_kb", "min_kb")}
                           for z in events[0]["zones"] or []]}
    with open(run.dir + "/truth.json", "w", encoding="utf-8") as f:
        json.dump(t, f, indent=1, ensure_ascii=False)
        f.write("\n")
    return t, None


def judge_root(report, run, binary, rows):
    """All checks of one root; appends to the audit's table."""
    base = f"{run.kernel.id}/{run.scenario.name}"
    why = unpack(run) or lacking(run)
    t = None
    if not why and run.scenario in AUDIT:
        t, why = truth(run)
    if why:
        report.line("not ok", base + "/captured", f"{why}; guest: {run.notes()[-300:]!r}")
        run.forget()
        return False
    report.line("ok", base + "/captured")
    if t is None:
        return True
    a, why = None, audit.has_snap(binary)
    if why:
        report.line("skip", base + "/bounds", why)
    else:
        a, why = audit.available(binary, run.dir + "/root")
        why = why or audit.wrong(a, run.dir + "/root", t)
        report.line("not ok" if why else "ok", base + "/bounds", why or "")
    said, got = audit.meminfo(run.dir + "/root")["MemAvailable"], t["obtained_kb"]
    rows.append([run.scenario.name.replace("audit-", "", 1), run.kernel.id, said,
                 a["certain_kb"] if a else "-", a["likely_kb"] if a else "-", got,
                 f"{100 * (said - got) / got:+.1f} %",
                 sum(z["free_kb"] for z in t["zones_at_kill"]), t["min_watermarks_kb"]])
    return True  # bounds that are wrong are a fixture as well


def table(rows):
    head = ["SITUATION", "KERNEL", "MemAvailable", "certain", "likely", "obtained", "error",
            "free at kill", "min"]
    rows = [head] + sorted(rows, key=lambda r: r[:2])
    widths = [max(len(str(r[i])) for r in rows) for i in range(len(head))]
    for r in rows:
        print("  ".join(str(c).ljust(w) if i < 2 else str(c).rjust(w)
                        for i, (c, w) in enumerate(zip(r, widths))).rstrip())


def thin_out(d, slab_names):
    """A capture has 700 small files, most of which no story needs: what was left out, in words."""
    for n in os.listdir(d + "/proc/sys/vm"):
        if n not in SYSCTL:
            os.unlink(f"{d}/proc/sys/vm/{n}")
    if slab_names:
        return "sysctls that are not read"
    shutil.rmtree(d + "/sys/kernel/slab", ignore_errors=True)
    return "sysctls that are not read; sys/kernel/slab"


def write_root(top, run):
    """The root as a fixture: NAME.tar.gz with what was captured, ORIGIN, and truth.json if something was measured."""
    s, k = run.scenario, run.kernel
    measured_here = s in AUDIT
    kind, name = s.name.split("-", 1)
    d = os.path.join(top, f"{'audit' if kind == 'audit' else 'lab'}-{k.id}-{name}")
    shutil.rmtree(d, ignore_errors=True)
    os.makedirs(d)
    if measured_here:
        shutil.copy(run.dir + "/truth.json", d)
    with tempfile.TemporaryDirectory() as tmp:
        root = shutil.copytree(run.dir + "/root", tmp + "/root", symlinks=True)
        left_out = thin_out(root, k.id + "-" + name in WITH_SLAB_NAMES)
        captured.pack(root, f"{d}/{os.path.basename(d)}.tar.gz")
    shown = " ".join(f"'{c}'" if " " in c else c for c in run.command)
    with open(d + "/ORIGIN", "w", encoding="utf-8") as f:
        f.write(f"A captured root, from a guest of the lab (tests/lab/roots.py, {s.name}).\n"
                f"kernel: Debian package {k.package} {k.version} ({k.arch})\n"
                f"story: {s.why}\n"
                f"captured by: contrib/capture-root.sh --no-kthreads\n"
                f"qemu: {shown}\n")
        if left_out:
            f.write(f"left out: {left_out}\n")
        if measured_here:
            f.write("truth.json: how much memory a process then had when it was killed\n")
        f.write(f"again: tests/lab/run --capture-roots DIR --kernel {k.id} --scenario {s.name}\n")
