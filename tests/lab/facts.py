# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kernel log states, read by a few patterns: independent of oomlens, for the lab's own logs.

It knows only the formats of the kernels that the lab boots (5.10 and later) and only logs of one
machine whose lines are whole. The keys are those of the truth.json files beside fixtures.
"""
import re

PREFIX = [
    re.compile(rb"^(?P<pri>\d+),(?P<seq>\d+),(?P<us>\d+),[^;]*;"),  # /dev/kmsg
    re.compile(rb"^(?:<\d+>)?\[ *(?P<s>\d+\.\d+)\] ?"),  # console, dmesg
    re.compile(rb"^\w{3} [ \d]\d [\d:]{8} \S+ (?:\w+\.\w+ )?kernel: (?:\[ *(?P<s>\d+\.\d+)\] ?)?"),
]
OOM = re.compile(r"^(?P<comm>.*) invoked oom-killer: gfp_mask=(?P<mask>0x[0-9a-f]+)"
                 r"\((?P<names>.*?)\), order=(?P<order>-?\d+), oom_score_adj=(?P<adj>-?\d+)$")
FAIL = re.compile(r"^(?P<comm>.*): page allocation (?:failure|stall for \d+ secs): "
                  r"order:(?P<order>\d+), "
                  r"mode:(?P<mask>0x[0-9a-f]+)\((?P<names>.*?)\)")
CPU = re.compile(r"^CPU: \d+ (?:UID: \d+ )?PID: (?P<pid>\d+) Comm: ")
SUMMARY = re.compile(r"^oom-kill:constraint=CONSTRAINT_(?P<what>\w+),.*?"
                     r"(?:oom_memcg=(?P<oom>[^,]*)|global_oom),task_memcg=(?P<task>[^,]*),"
                     r"task=(?P<comm>.*),pid=(?P<pid>\d+),uid=\d+$")
KILL = re.compile(r"^(?P<msg>Out of memory|Memory cgroup out of memory)(?: \(.*?\))?: Killed "
                  r"process (?P<pid>\d+) \((?P<comm>.*)\) total-vm:(?P<vm>\d+)kB, "
                  r"anon-rss:(?P<anon>\d+)kB, ")
ROW = re.compile(r"^\[ *(?P<pid>\d+)\] +\d+ +\d+ ")
ZONE = re.compile(r"^Node (?P<node>\d+) (?P<zone>\w+) free:(?P<free>\d+)kB (?:boost:\d+kB )?"
                  r"min:(?P<min>\d+)kB low:(?P<low>\d+)kB high:(?P<high>\d+)kB")
ZONE32 = re.compile(r"^(?P<zone>DMA|Normal|HighMem|Movable) free:(?P<free>\d+)kB "
                    r"(?:boost:\d+kB )?min:(?P<min>\d+)kB low:(?P<low>\d+)kB high:(?P<high>\d+)kB")
USAGE = re.compile(r"^memory: usage (?P<usage>\d+)kB, limit (?P<limit>\d+)kB")
NUMBERS = {
    "ram_pages": re.compile(r"^(\d+) pages RAM$"),
    "swap_total_kb": re.compile(r"^Total swap = (\d+)kB$"),
    "swap_free_kb": re.compile(r"^Free swap  = (\d+)kB$"),
    "slab_reclaimable_pages": re.compile(r"\bslab_reclaimable:(\d+) slab_unreclaimable:"),
    "slab_unreclaimable_pages": re.compile(r"\bslab_unreclaimable:(\d+)\b"),
}
PANIC = re.compile(r"^Kernel panic - not syncing: "
                   r"(?:Out of memory: |System is deadlocked on memory)")
# compound names as kernels since 5.10 define them (without KASAN's hardware tags)
RECLAIM = {"__GFP_DIRECT_RECLAIM", "__GFP_KSWAPD_RECLAIM"}
KERNEL = RECLAIM | {"__GFP_IO", "__GFP_FS"}
HIGHUSER = KERNEL | {"__GFP_HARDWALL", "__GFP_HIGHMEM"}
COMPOUND = {
    "__GFP_RECLAIM": RECLAIM, "GFP_KERNEL": KERNEL,
    "GFP_KERNEL_ACCOUNT": KERNEL | {"__GFP_ACCOUNT"}, "GFP_USER": KERNEL | {"__GFP_HARDWALL"},
    "GFP_HIGHUSER": HIGHUSER, "GFP_HIGHUSER_MOVABLE": HIGHUSER | {"__GFP_MOVABLE"},
    "GFP_NOIO": RECLAIM, "GFP_NOFS": RECLAIM | {"__GFP_IO"},
    "GFP_NOWAIT": {"__GFP_KSWAPD_RECLAIM"}, "GFP_ATOMIC": {"__GFP_HIGH", "__GFP_KSWAPD_RECLAIM"},
}
CONSTRAINTS = {"NONE": "none", "MEMCG": "memcg", "CPUSET": "cpuset", "MEMORY_POLICY": "mempolicy"}
KEYS = ("kind trigger_comm trigger_pid gfp_mask gfp_flags order constraint oom_memcg container_id "
        "pod_uid victim_comm victim_pid victim_anon_rss_kb victim_total_vm_kb memcg_limit_kb "
        "memcg_usage_kb process_table_rows zones ram_pages swap_total_kb swap_free_kb "
        "slab_reclaimable_pages slab_unreclaimable_pages time line").split()


def lines(log):
    """(line number, time, text) of every kernel line of a log in any of the lab's transports."""
    for n, raw in enumerate(log.split(b"\n"), 1):
        raw = raw.rstrip(b"\r")
        for p in PREFIX:
            m = p.match(raw)
            if m:
                g = m.groupdict()
                time = g.get("s")
                if g.get("us"):
                    time = b"%d.%06d" % divmod(int(g["us"]), 1000000)
                text = raw[m.end():].decode("utf-8", "replace")
                yield n, time.decode() if time else None, text
                break


def container(path):
    cid = re.search(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", path)
    pod = re.search(r"pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})", path)
    return cid and cid.group(0), pod and pod.group(1).replace("_", "-")


def bits(names):
    """The single flags behind printed names; None if one of them is not known here."""
    out = set()
    for n in names:
        if not n.startswith("__GFP_") and n not in COMPOUND:
            return None
        out |= COMPOUND.get(n, {n})
    return sorted(out)


def start(kind, n, time, m=None):
    e = dict.fromkeys(KEYS)
    e.update(kind=kind, line=n, time=time, extra_kills=0)
    if m:
        e.update(trigger_comm=m["comm"], gfp_mask=m["mask"], order=int(m["order"]),
                 gfp_flags=[f for f in m["names"].split("|") if f])
        e["gfp_bits"] = bits(e["gfp_flags"])
    return e


def memory(e, text):
    """Lines of the memory report and of the cgroup's."""
    for key, p in NUMBERS.items():
        m = p.search(text)
        if m and e[key] is None:
            e[key] = int(m.group(1))
    m = USAGE.match(text)
    if m:
        e["memcg_usage_kb"], e["memcg_limit_kb"] = int(m["usage"]), int(m["limit"])
    m = ZONE.match(text) or ZONE32.match(text)
    if m:
        g = m.groupdict()
        e["zones"] = (e["zones"] or []) + [{
            "node": int(g["node"]) if "node" in g else None, "zone": g["zone"],
            **{k + "_kb": int(g[k]) for k in ("free", "min", "low", "high")}}]


def mix(*both):
    """Of two reports that ran into each other on one console nobody can say whose a line was."""
    for e in both:
        e["mixed"] = True
        e.update(dict.fromkeys(("zones", "memcg_usage_kb", "memcg_limit_kb", *NUMBERS)))


def events(log):
    """The events of a log, in order. One OOM kill at a time, and a failed allocation beside it."""
    out, table = [], False
    oom = fail = None  # those that may get more lines
    for n, time, text in lines(log):
        m, f = OOM.match(text), FAIL.match(text)
        if m or f:
            e = start("oom" if m else "alloc_failure", n, time, m or f)
            out.append(e)
            other = fail if m else oom
            if other:
                mix(e, other)
            oom, fail = (e, fail) if m else (oom, e)
            newest = e
            table = table and e is fail  # what runs into a table does not end it
            continue
        if PANIC.match(text):
            if oom and oom["victim_pid"] is None:
                oom["kind"] = "panic"
            else:
                out.append(start("panic", n, time))
            oom = fail = None
            continue
        m = KILL.match(text)
        if m:
            e = oom
            if e and e["victim_pid"] is not None and not e.get("group"):
                e = None
            if e is None:
                e = start("kill_only", n, time)
                e["constraint"] = "memcg" if m["msg"].startswith("Memory") else None
                out.append(e)
            if e["victim_pid"] is None:
                e.update(victim_comm=m["comm"], victim_pid=int(m["pid"]),
                         victim_anon_rss_kb=int(m["anon"]), victim_total_vm_kb=int(m["vm"]))
            else:
                e["extra_kills"] += 1
            oom = None if e["kind"] == "kill_only" else e
            continue
        e = oom or fail
        if e is None:
            continue
        if "are going to be killed due to memory.oom.group set" in text:
            e["group"] = True
        m = CPU.match(text)
        if m and newest["trigger_pid"] is None:
            newest["trigger_pid"] = int(m["pid"])
        m = SUMMARY.match(text)
        if m:
            cid, pod = container(m["task"] if m["oom"] is None else m["oom"] + " " + m["task"])
            e.update(constraint=CONSTRAINTS[m["what"]], oom_memcg=m["oom"], container_id=cid,
                     pod_uid=pod, task_memcg=m["task"])
        if text.startswith("[  pid  ]"):
            table, e["process_table_rows"] = True, 0
        elif table and ROW.match(text):
            e["process_table_rows"] += 1
        elif not (oom and fail):
            memory(e, text)
        if fail and text.endswith(" pages hwpoisoned"):
            fail["ends"] = fail.get("ends", 0) + 1
            if fail["ends"] == (2 if oom and fail.get("mixed") else 1):
                fail = None
    return out


def tidy(e):
    """An event as truth.json keeps it: without the helpers of this file."""
    return {k: v for k, v in e.items() if k not in ("extra_kills", "group", "mixed", "ends") and
            not (k == "gfp_bits" and v is None)}
