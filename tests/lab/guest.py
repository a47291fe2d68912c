# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest of the lab: its initramfs, its boot under qemu, its logs."""
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

from kernels import Unavailable

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
# log_buf_len: the whole of a dump in each form; the console shows every level.
APPEND = ("console=ttyS0,115200 ignore_loglevel log_buf_len=4M panic=-1 rdinit=/init "
          "random.trust_cpu=on tsc=reliable")
TRANSPORTS = ("serial", "kmsg", "dmesg", "syslog")


def cpio(files):
    """A newc archive: [(name, mode, bytes, (major, minor))], in the order given."""
    out = bytearray()
    for ino, (name, mode, body, dev) in enumerate(files + [("TRAILER!!!", 0, b"", (0, 0))], 1):
        raw = name.encode() + b"\0"
        fields = (ino, mode, 0, 0, 1, 0, len(body), 0, 0, dev[0], dev[1], len(raw), 0)
        out += b"070701" + b"".join(b"%08x" % f for f in fields) + raw
        out += b"\0" * (-len(out) % 4) + body
        out += b"\0" * (-len(out) % 4)
    return bytes(out)


def provoker(cache, arch):
    """Compile provoke.c for the guest's architecture; the path of the program."""
    src = os.path.join(HERE, "provoke.c")
    with open(src, "rb") as f:
        key = hashlib.sha256(f.read()).hexdigest()[:16]
    out = os.path.join(cache, f"provoke-{arch}-{key}")
    if not os.path.exists(out):
        flags = ["-m32"] if arch == "i386" else []
        try:
            r = subprocess.run([os.environ.get("CC", "gcc"), *flags, "-static", "-O2", "-std=gnu17",
                                "-D_GNU_SOURCE", "-o", out + ".new", src],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        except FileNotFoundError as e:
            raise Unavailable(f"no compiler: {e.filename}") from e
        if r.returncode:
            why = (r.stderr.strip().splitlines() or ["no message"])[0]
            raise Unavailable(f"no static {arch} program can be built here: {why}")
        os.rename(out + ".new", out)
    return out


def initramfs(cache, kernel):
    """The part of the initramfs that all scenarios of a kernel share."""
    def read(path):
        with open(path, "rb") as f:
            return f.read()

    files = [(d, 0o40755, b"", (0, 0)) for d in
             ("dev", "proc", "sys", "bin", "mods", "tmp", "run", "mnt", "etc")]
    files += [("dev/console", 0o20600, b"", (5, 1)),
              ("init", 0o100755, read(os.path.join(HERE, "init")), (0, 0)),
              ("bin/busybox", 0o100755, read(kernel.dir + "/busybox"), (0, 0)),
              ("provoke", 0o100755, read(provoker(cache, kernel.arch)), (0, 0))]
    return cpio(files)


def own_part(kernel, scenario):
    """What a scenario adds to the initramfs: its script and the modules that it loads. Only those,
    because the guest is small and its initramfs stays in memory, as shared memory."""
    files = [("scenario", 0o100644, scenario.script.encode(), (0, 0))]
    for tool in scenario.tools:
        with open(os.path.join(TOP, tool), "rb") as f:
            name = os.path.splitext(os.path.basename(tool))[0]
            files.append((name, 0o100755, f.read(), (0, 0)))
    orders = kernel.orders()
    for name in scenario.mods:
        text = "".join(n + ".ko\n" for n in orders[name])
        files.append((f"mods/{name}.order", 0o100644, text.encode(), (0, 0)))
    for name in sorted({n for m in scenario.mods for n in orders[m]}):
        with open(f"{kernel.dir}/mods/{name}.ko", "rb") as f:
            files.append((f"mods/{name}.ko", 0o100644, f.read(), (0, 0)))
    return cpio(files)


def emulator(arch):
    name = "qemu-system-i386" if arch == "i386" else "qemu-system-x86_64"
    if shutil.which(name) is None:
        raise Unavailable(f"{name} is not installed")
    return name


class Run:
    """One scenario on one kernel. boot() fills dir with serial.log, out.log, meta.json."""

    def __init__(self, cache, kernel, scenario):
        self.kernel, self.scenario = kernel, scenario
        self.initrd = initramfs(cache, kernel) + own_part(kernel, scenario)
        # the qemu command as ORIGIN shows it, with places instead of paths
        self.command = [emulator(kernel.arch), "-accel", "tcg", "-m", f"{scenario.mem}M",
                        "-nodefaults", "-display", "none", "-no-reboot",
                        "-rtc", "base=2024-01-01T00:00:00",
                        "-serial", "file:serial.log", "-serial", "file:out.log",
                        "-kernel", "vmlinuz", "-initrd", "initrd",
                        "-append", (APPEND + " " + scenario.append).strip()] + list(scenario.qemu)
        if scenario.disk:
            more = "," + scenario.drive if scenario.drive else ""
            self.command += ["-drive", "file=disk.img,if=virtio,format=raw" + more]
        key = hashlib.sha256()
        for part in (kernel.package, kernel.version, self.initrd, self.command, scenario.disk):
            key.update(part if isinstance(part, bytes) else repr(part).encode())
        self.dir = os.path.join(cache, "runs", f"{kernel.id}-{scenario.name}-"
                                f"{key.hexdigest()[:16]}")

    def cached(self):
        return os.path.exists(self.dir + "/meta.json")

    def boot(self):
        os.makedirs(os.path.dirname(self.dir), exist_ok=True)
        with tempfile.TemporaryDirectory(dir=os.path.dirname(self.dir)) as tmp:
            os.symlink(self.kernel.dir + "/vmlinuz", tmp + "/vmlinuz")
            with open(tmp + "/initrd", "wb") as f:
                f.write(self.initrd)
            if self.scenario.disk:
                with open(tmp + "/disk.img", "wb") as f:
                    f.truncate(self.scenario.disk << 20)
            start, how = time.monotonic(), "ended"
            try:
                r = subprocess.run(self.command, cwd=tmp, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   timeout=self.scenario.timeout)
                if r.returncode:
                    raise Unavailable(f"qemu: {r.stdout.strip()[-200:]}")
            except subprocess.TimeoutExpired:
                how = "timeout"
            meta = {"how": how, "seconds": round(time.monotonic() - start, 1)}
            with open(tmp + "/meta.json", "w", encoding="utf-8") as f:
                json.dump(meta, f)
            for name in ("initrd", "disk.img", "vmlinuz"):
                if os.path.lexists(f"{tmp}/{name}"):
                    os.unlink(f"{tmp}/{name}")
            shutil.rmtree(self.dir, ignore_errors=True)
            shutil.copytree(tmp, self.dir)
        # what an earlier version of this scenario left behind is of no use any more
        stem = f"{self.kernel.id}-{self.scenario.name}-"
        for old in glob.glob(os.path.join(os.path.dirname(self.dir), glob.escape(stem) + "*")):
            if re.fullmatch(r"[0-9a-f]{16}", old.rsplit(stem, 1)[1]) and old != self.dir:
                shutil.rmtree(old, ignore_errors=True)

    def forget(self):
        """Boot again next time; the logs stay for whoever wants to know why."""
        if self.cached():
            os.unlink(self.dir + "/meta.json")

    def meta(self):
        with open(self.dir + "/meta.json", encoding="utf-8") as f:
            return json.load(f)

    def logs(self):
        """The kernel's log in each form that was captured: {transport: bytes}."""
        def read(name):
            try:
                with open(f"{self.dir}/{name}", "rb") as f:
                    return f.read()
            except FileNotFoundError:
                return b""

        logs = {"serial": read("serial.log")}
        out = read("out.log").replace(b"\r\n", b"\n")
        for name in TRANSPORTS[1:]:
            m = re.search(rb"@begin %s\n(.*?)@end %s\n" % (name.encode(), name.encode()), out, re.S)
            if m and m.group(1):
                logs[name] = m.group(1)
        return logs

    def notes(self):
        """What the guest said besides the log: warnings of its script, the exit status."""
        try:
            with open(self.dir + "/out.log", encoding="utf-8", errors="replace") as f:
                text = f.read().replace("\r", "")
        except FileNotFoundError:
            return ""
        return text.split("@begin", 1)[0].strip()
