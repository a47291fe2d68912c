# SPDX-License-Identifier: GPL-2.0-or-later
"""A log of the lab as a fixture: log.txt, ORIGIN, truth.json."""
import json
import os

import facts

# The fixtures of the tree: each kernel in each form of log, and as many causes as that gives.
FIXTURES = [
    ("5.10-686", "highmem-names", "serial"),
    ("5.10-686", "v1-anon", "dmesg"),
    ("5.10", "v1-kmem", "kmsg"),
    ("5.10", "panic", "serial"),
    ("5.10", "swap-full", "syslog"),
    ("6.1", "order3", "serial"),
    ("6.1", "mempolicy", "kmsg"),
    ("6.1", "nfs-inodes", "serial"),
    ("6.1", "memcg-group", "syslog"),
    ("6.1", "swap-forbidden", "dmesg"),
    ("6.12", "memcg-storm", "serial"),
    ("6.12", "stall", "dmesg"),
    ("6.12", "order6", "syslog"),
    ("6.12", "adj", "kmsg"),
    ("5.10", "v1-memsw", "kmsg"),
    ("6.1", "mlocked-half", "serial"),
    ("6.1", "swap-partial", "dmesg"),
    ("6.1", "memory-min", "serial"),
    ("sid", "memcg-ptables", "kmsg"),
    ("sid", "pipes", "serial"),
    ("sid", "nobody", "serial"),
]
BEFORE = 4  # lines of boot noise that stay in front of the first event


def trimmed(log):
    """The log without what comes long before its first event; at most 60 kB, in whole lines."""
    read = facts.events(log)
    rows = log.split(b"\n")
    first = max(0, (read[0]["line"] if read else 1) - 1 - BEFORE)
    out, size = [], 0
    for row in rows[first:]:
        size += len(row) + 1
        if size > 60000:
            return b"\n".join(out) + b"\n", "truncated"
        out.append(row)
    return b"\n".join(out), "complete"


def write_fixture(top, run, transport):
    s, k = run.scenario, run.kernel
    logs = run.logs()
    if transport not in logs:
        transport = "serial"  # a panic leaves nothing else
    log, completeness = trimmed(logs[transport])
    d = os.path.join(top, f"lab-{k.id}-{s.name}")
    os.makedirs(d, exist_ok=True)
    with open(d + "/log.txt", "wb") as f:
        f.write(log)
    release = next((line.split()[1] for line in run.notes().splitlines()
                    if line.startswith("@release ")), None)
    events = facts.events(log)
    truth = {
        "source": "the lab: tests/lab/scenarios.py, " + s.name,
        "kernel": release,
        "arch_hint": "i386 PAE" if k.arch == "i386" else "x86_64",
        "transport": {"dmesg": "dmesg -r"}.get(transport, transport),
        "completeness": completeness,
        "events": [facts.tidy(e) for e in events],
        "cause_why": s.why,
        "causes": list(s.causes),
    }
    # the cause is that of every event; the victim's reason is looked for in the first one
    if s.reasons and events[0]["kind"] == s.kind:
        truth["victim_reasons"] = list(s.reasons)
    with open(d + "/truth.json", "w", encoding="utf-8") as f:
        json.dump(truth, f, indent=1, ensure_ascii=False)
        f.write("\n")
    shown = " ".join(f"'{c}'" if " " in c else c for c in run.command)
    with open(d + "/ORIGIN", "w", encoding="utf-8") as f:
        f.write(f"A real kernel's own words, from a guest of the lab (tests/lab).\n"
                f"kernel: Debian package {k.package} {k.version} ({k.arch})\n"
                f"scenario: {s.name}: {s.why}\n"
                f"transport: {transport}\n"
                f"qemu: {shown}\n"
                f"trimmed: lines more than {BEFORE} before the first event"
                f"{', and after 60 kB' if completeness != 'complete' else ''}\n"
                f"again: tests/lab/run --kernel {k.id} --scenario {s.name} "
                f"--capture DIR --transport {transport}\n")
