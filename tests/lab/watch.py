# SPDX-License-Identifier: GPL-2.0-or-later
"""oomlens watch inside real kernels: the dynamically linked program with its libraries in the
guest's initramfs, commands whose growth is known, and what the report then has to say."""
import hashlib
import json
import os
import re
import subprocess

from guest import Run, cpio
from kernels import Unavailable
from scenarios import NFS, Scenario

FILES = 20000
PREPARE = """
        %s
        mods virtio_pci virtio_blk crc32c_generic ext4
        mkdir /srv; mke2fs -i 2048 /dev/vda >/dev/null; mount -t ext4 /dev/vda /srv
        for d in free limited held again; do mkdir /srv/$d; provoke tree /srv/$d %d; done
        nfs /srv /mnt
        grep -c . /proc/slabinfo
        say() { echo "@status $1 $2"; echo "@begin $1"; cat /tmp/$1; echo "@end $1"; }
        watch() { name=$1; shift; /oomlens watch -q --json -i 0.25 -o /tmp/$name "$@"; say $name $?; }
"""
# the same three for each kernel: cache that nobody holds, the same below a limit, held below one
SCRIPT = PREPARE + """
        /oomlens watch -i 1 -- /bin/busybox find /mnt/free -size +1k >/tmp/text 2>&1; say text $?
        watch limited --limit 10M -- /bin/busybox find /mnt/limited -size +1k
        watch held --limit 8M -- /provoke comm scanner scan /mnt/held
        /oomlens watch -q --limit 8M -- /provoke comm scanner scan /mnt/again >/tmp/killed 2>&1
        say killed $?
        more=; for i in 1 2 3 4 5 6 7 8 9 10; do more="$more anon 1 sleep 100"; done
        watch leak --limit 64M -- /provoke comm leaker $more $more $more $more $more $more $more $more
        find $CG -name 'oomlens-watch*' | while read -r d; do echo "@left $d"; done
        cat $CG/cgroup.subtree_control 2>/dev/null | while read -r c; do echo "@control $c"; done
"""
HIERARCHY = {"6.1": "v1", "6.12": "v2", "sid": "v2"}


def scenario(kernel):
    return Scenario("watch", (), SCRIPT % (HIERARCHY[kernel], FILES), (kernel,), mem=512, disk=256,
                    mods=NFS, timeout=400, why="what watch says about commands that are known")


def program(binary):
    """The program and what it is linked with, at the places where the linker looks for them."""
    try:
        out = subprocess.run(["ldd", binary], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as e:
        raise Unavailable(f"the libraries of {binary} cannot be listed: {e}") from e
    paths = sorted(set(re.findall(r"(/[^\s()]+) \(0x", out)))
    with open(binary, "rb") as f:
        files, dirs = [("oomlens", 0o100755, f.read(), (0, 0))], set()
    for path in paths:
        above = os.path.dirname(path)[1:]
        dirs |= {above[:m.start()] for m in re.finditer("/", above)} | {above}
        with open(path, "rb") as f:
            files.append((path[1:], 0o100755, f.read(), (0, 0)))
    return cpio([(d, 0o40755, b"", (0, 0)) for d in sorted(dirs)] + files)


class WatchRun(Run):
    def __init__(self, cache, kernel, binary):
        super().__init__(cache, kernel, scenario(kernel.id))
        self.initrd += program(binary)
        key = hashlib.sha256(self.dir.encode() + self.initrd).hexdigest()[:16]
        self.dir = os.path.join(cache, "runs", f"{kernel.id}-watch-{key}")

    def out(self):
        with open(self.dir + "/out.log", encoding="utf-8", errors="replace") as f:
            return f.read().replace("\r", "")

    def reports(self):
        """{name: (exit status, text)}"""
        out = self.out()
        return {m[1]: (int(m[2]), m[3]) for m in re.finditer(
            r"@status (\S+) (\d+)\n@begin \1\n(.*?)@end \1\n", out, re.S)}


def near(what, value, want, share, bad):
    if not want * (1 - share) <= value <= want * (1 + share):
        bad.append(f"{what}: {value} instead of {want} within {share:.0%}")


def check_free(text, _, bad):
    if "nfs_inode_cache" not in text or "100 million" not in text:
        bad.append("no word of nfs_inode_cache and of 100 million files")
    m = re.search(r"nfs_inode_cache\s+(\d+)", text)
    near("nfs_inode_cache objects", int(m[1]) if m else 0, FILES, 0.15, bad)


def check_limited(j, v2, bad):
    if j["exit_status"] != 0 or j["stalls"]["killed"]:
        bad.append("a scan that holds nothing did not survive its limit")
    near("limit_kb", j["limit_kb"], 10240, 0, bad)
    near("peak", j["peak"]["kernel_total_kb"], 10240, 0.25, bad)
    if "nfs_inode_cache" not in j["verdict"]:
        bad.append(f"no word of nfs_inode_cache: {j['verdict']!r}")
    if v2 and (not j["stalls"]["limit_reached"] or "kept up" not in j["verdict"]):
        bad.append(f"reclaim kept up, and the verdict is {j['verdict']!r}")


def check_held(j, v2, bad):
    if j.get("signal") != 9 or j["stalls"]["killed"] < 1:
        bad.append(f"a scan that holds {FILES} files lived below 8 MiB")
    causes = [k["verdict"]["cause"] for k in j.get("kills", [])]
    if causes[:1] != ["memcg-limit-kernel"]:
        bad.append(f"kills: {causes}")
    if j.get("dentries_held_share", 0) < 0.8 or "were held then" not in j["verdict"]:
        bad.append(f"it held them: {j.get('dentries_held_share')} {j['verdict']!r}")
    rows = {s["name"]: s for s in j["slab_growth"]}
    if "nfs_inode_cache" not in rows:
        bad.append(f"nothing of nfs_inode_cache: {list(rows)}")
    elif v2 and rows["nfs_inode_cache"]["charged"] != "self":
        bad.append("nfs_inode_cache is not charged to the command")


def check_killed(text, _, bad):
    for words in ("killed by SIGKILL", "were held then", "scanner (pid ", "was killed: cgroup /oomlens-watch."):
        if words not in text:
            bad.append(f"no word of {words!r}")


def check_leak(j, _, bad):
    if j.get("signal") != 9 or j["stalls"]["killed"] != 1:
        bad.append("the leak was not killed")
    near("peak", j["peak"]["kernel_total_kb"], 65536, 0.02, bad)
    if j["largest_process"].get("pattern") != "steady":
        bad.append(f"pattern {j['largest_process']}")
    if [k["verdict"]["cause"] for k in j.get("kills", [])] != ["memcg-limit-anon"]:
        bad.append(f"kills: {j.get('kills', 'none')!r}"[:200])
    end = j["elapsed_s"]
    told = [f for f in j["forecasts"] if 0.3 * end <= f["at_s"] <= 0.6 * end]
    if not told:
        bad.append("nothing was forecast between 30 and 60 % of the way")
    for f in told:
        # what was said to be left, and what was: of all that the command lived
        near(f"forecast at {f['at_s']:.1f} s of {end:.1f} s", f["at_s"] + f["seconds"], end, 0.2, bad)
        near(f"rest at {f['at_s']:.1f} s", f["seconds"], end - f["at_s"], 0.2, bad)
        if f["wall"] != "limit":
            bad.append(f"the wall is {f['wall']}")


CHECKS = {"text": check_free, "killed": check_killed, "limited": check_limited, "held": check_held, "leak": check_leak}


def judge(report, run):
    base = f"{run.kernel.id}/watch"
    reports = run.reports()
    v2 = HIERARCHY[run.kernel.id] == "v2"
    good = True
    for name, check in CHECKS.items():
        bad = []
        if name not in reports:
            bad.append(f"the guest said nothing of it: {run.notes()[-300:]!r}")
        else:
            try:
                text = reports[name][1]
                check(text if name in ("text", "killed") else json.loads(text), v2, bad)
            except (ValueError, KeyError) as e:
                bad.append(f"{type(e).__name__} {e}: {reports[name][1][:200]!r}")
        good &= not bad
        report.line("not ok" if bad else "ok", f"{base}-{name}", "; ".join(bad))
    out = run.out()
    bad = re.findall(r"^@(?:left|control) .*", out, re.M)
    report.line("not ok" if bad else "ok", f"{base}-undone", "; ".join(bad))
    if not good or bad:
        run.forget()
