# SPDX-License-Identifier: GPL-2.0-or-later
"""What oomlens says is available in a captured root, against what a process really got there.

truth.json is written by the lab (tests/lab/roots.py): obtained_kb is what a process had touched when
it was killed for lack of memory, mem_available_kb what /proc/meminfo had said just before.
"""
import json
import os
import subprocess


def has_snap(binary):
    """None, or why there is nothing to ask."""
    if not os.access(binary, os.X_OK):
        return f"{binary} is not built"
    r = subprocess.run([binary, "snap", "--help"], stdin=subprocess.DEVNULL, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    return None if r.returncode == 0 else "this build has no snap"


def available(binary, root):
    """({kernel_kb, certain_kb, likely_kb}, None) or (None, why not)."""
    r = subprocess.run([binary, "snap", "--json", "--root", root], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60)
    if r.returncode:
        return None, f"exit status {r.returncode}: {r.stderr.decode(errors='replace')[-160:]!r}"
    try:
        a = json.loads(r.stdout)["available"]
        return {k: int(a[k]) for k in ("kernel_kb", "certain_kb", "likely_kb")}, None
    except (ValueError, KeyError, TypeError) as e:
        return None, f"no usable JSON: {e!r}"


def meminfo(root):
    out = {}
    with open(os.path.join(root, "proc/meminfo"), encoding="ascii") as f:
        for line in f:
            key, value = line.split(":")
            out[key] = int(value.split()[0])
    return out


def pcp_kb(root):
    """Free pages on per-CPU lists, which are not in MemFree. "              count:    2183", pages."""
    with open(os.path.join(root, "proc/zoneinfo"), encoding="ascii") as f:
        rows = [line.split() for line in f]
    return sum(int(r[1]) for r in rows if len(r) == 2 and r[0] == "count:") * 4


def wrong(a, root, truth):
    """Why the bounds are not right; None if they are."""
    got, said = truth["obtained_kb"], meminfo(root)["MemAvailable"]
    taken = got + got // 512  # with its page tables: 8 bytes for each page of 4 KiB
    if a["kernel_kb"] != said:
        return f"kernel_kb is {a['kernel_kb']}, meminfo has {said}"
    if a["certain_kb"] > taken:
        return f"{a['certain_kb']} kB called certain, a process got {taken} kB with its page tables"
    if a["likely_kb"] < got:
        return f"{a['likely_kb']} kB called likely, a process got {got} kB"
    return None
