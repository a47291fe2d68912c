# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian kernels for the lab: fetched with an apt configuration of its own, unpacked, cached."""
import glob
import hashlib
import json
import lzma
import os
import re
import shutil
import subprocess
import tempfile

# id -> (suite, architecture, meta package); the package that it names is what gets booted.
KERNELS = {
    "5.10": ("bullseye", "amd64", "linux-image-amd64"),
    "5.10-686": ("bullseye", "i386", "linux-image-686-pae"),
    "6.1": ("bookworm", "amd64", "linux-image-amd64"),
    "6.12": ("bookworm-backports", "amd64", "linux-image-amd64"),
    "sid": ("sid", "amd64", "linux-image-amd64"),
}
MODULES = ["virtio_pci", "virtio_blk", "zram", "lzo_rle", "crc32c_generic", "ext4",
           "nfsd", "nfsv4"]


class Unavailable(Exception):
    """What was asked for cannot be had here; the text says why."""


def sh(args, **kw):
    try:
        r = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw)
    except FileNotFoundError as e:
        raise Unavailable(f"{args[0]} is not installed") from e
    if r.returncode:
        last = (r.stderr.strip().splitlines() or ["no message"])[-1]
        raise Unavailable(f"{os.path.basename(args[0])}: {last}")
    return r.stdout


class Apt:
    """apt-get with its own lists and cache: other suites, without touching this system's."""

    def __init__(self, cache):
        self.dir = os.path.join(cache, "apt")
        self.debs = os.path.join(cache, "debs")
        self.ready = set()

    def mirror(self):
        """The mirror that this machine's own sources use for its own release."""
        own = ""
        with open("/etc/os-release", encoding="utf-8") as f:
            for line in f:
                if line.startswith("VERSION_CODENAME="):
                    own = line.split("=", 1)[1].strip().strip('"')
        out = sh(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
                  "Created-By: Packages"])
        rows = [line.split() for line in out.splitlines()]
        for uri, release, component in (r for r in rows if len(r) == 3):
            if component == "main" and release in (own, "sid", "unstable", "testing"):
                return uri.rstrip("/")
        raise Unavailable("apt has no source for this machine's own release")

    def environment(self, suite):
        d = os.path.join(self.dir, suite)
        conf = os.path.join(d, "apt.conf")
        if suite not in self.ready:
            for sub in ("lists/partial", "cache/archives/partial", "etc/parts"):
                os.makedirs(os.path.join(d, sub), exist_ok=True)
            keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
            signed = f" signed-by={keyring}" if os.path.exists(keyring) else ""
            with open(os.path.join(d, "sources.list"), "w", encoding="utf-8") as f:
                archs = "amd64,i386" if suite == "bullseye" else "amd64"
                f.write(f"deb [arch={archs}{signed}] {self.mirror()} {suite} main\n")
            open(os.path.join(d, "status"), "w", encoding="utf-8").close()
            with open(conf, "w", encoding="utf-8") as f:
                f.write(f'Dir::State "{d}"; Dir::State::lists "{d}/lists";\n'
                        f'Dir::State::status "{d}/status"; Dir::Cache "{d}/cache";\n'
                        f'Dir::Etc::sourcelist "{d}/sources.list";\n'
                        f'Dir::Etc::sourceparts "{d}/etc/parts";\n'
                        'APT::Architecture "amd64";\n'
                        'APT::Architectures { "amd64"; "i386"; };\n'
                        'Acquire::Languages "none"; APT::Sandbox::User "root";\n'
                        # an old suite's index is old, and a lab may run years from now
                        'Acquire::Check-Valid-Until "false";\n')
            env = dict(os.environ, APT_CONFIG=conf)
            if not glob.glob(os.path.join(d, "lists", "*_Packages*")):
                sh(["apt-get", "-qq", "-o", "APT::Update::Error-Mode=any", "update"], env=env)
            self.ready.add(suite)
        return dict(os.environ, APT_CONFIG=conf)

    def show(self, suite, package):
        out = sh(["apt-cache", "show", package], env=self.environment(suite))
        best = {}
        for line in out.split("\n\n")[0].splitlines():
            m = re.match(r"([A-Za-z-]+): (.*)", line)
            if m:
                best[m.group(1)] = m.group(2)
        if "Version" not in best:
            raise Unavailable(f"{suite} has no package {package}")
        return best

    def fetch(self, suite, package):
        """Download a package; the path of its .deb."""
        info = self.show(suite, package)
        name = os.path.basename(info["Filename"])
        path = os.path.join(self.debs, name)
        if not os.path.exists(path):
            os.makedirs(self.debs, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.debs) as tmp:
                sh(["apt-get", "-qq", "download", package], env=self.environment(suite), cwd=tmp)
                os.rename(glob.glob(os.path.join(glob.escape(tmp), "*.deb"))[0], path)
        return path


def decompressed(path):
    """The bytes of a module, whatever it is packed with."""
    if path.endswith(".zst"):
        if shutil.which("zstd") is None:
            raise Unavailable("zstd is not installed")
        return subprocess.run(["zstd", "-dcq", path], stdout=subprocess.PIPE, check=True).stdout
    with (lzma.open(path) if path.endswith(".xz") else open(path, "rb")) as f:
        return f.read()


def modules(tree, wanted):
    """The wanted modules with what they depend on: {name: bytes}, {wanted: [names in order]}."""
    files = {}
    for root, _, names in os.walk(tree):
        for n in names:
            m = re.match(r"(.+)\.ko(\.xz|\.zst)?$", n)
            if m:
                files[m.group(1).replace("-", "_")] = os.path.join(root, n)
    data, orders = {}, {}

    def visit(name, order):
        name = name.replace("-", "_")
        if name in order or name not in files:
            return  # not a module here: built in, or this kernel does without
        if name not in data:
            data[name] = decompressed(files[name])
        m = re.search(rb"\0depends=([^\0]*)\0", data[name])
        for dep in (m.group(1).decode() if m else "").split(","):
            visit(dep, order)
        order.append(name)

    for w in wanted:
        visit(w, orders.setdefault(w, []))
    return data, orders


class Kernel:
    """One bootable kernel: dir holds vmlinuz, busybox, mods/, info.json."""

    def __init__(self, cache, apt, kid):
        self.id = kid
        suite, self.arch, meta = KERNELS[kid]
        suffix = ":i386" if self.arch == "i386" else ""
        index = os.path.join(cache, "kernels", kid + ".json")
        try:  # what is here already needs neither apt nor a network
            with open(index, encoding="utf-8") as f:
                known = json.load(f)
            self.dir, self.package, self.version = known["dir"], known["package"], known["version"]
            if known["modules"] == MODULES and os.path.exists(self.dir + "/info.json"):
                return
        except (OSError, ValueError, KeyError):
            pass
        depends = apt.show(suite, meta + suffix)["Depends"]
        m = re.search(r"linux-image-\d[^\s,(]*", depends)
        if not m:
            raise Unavailable(f"{meta} of {suite} names no kernel")
        self.package = m.group(0)
        info = apt.show(suite, self.package + suffix)
        self.version = info["Version"]
        tag = hashlib.sha256(" ".join(MODULES).encode()).hexdigest()[:8]
        self.dir = os.path.join(cache, "kernels", f"{self.package}_{self.version}_{tag}")
        if not os.path.exists(self.dir + "/info.json"):
            # newer packages are split: the image names the binary and the modules
            parts = re.findall(r"linux-(?:binary|modules)-\d[^\s,(]*", info.get("Depends", ""))
            debs = [apt.fetch(suite, p + suffix) for p in [self.package] + parts]
            self.unpack(debs, apt.fetch("bullseye", "busybox-static" + suffix))
        with open(index, "w", encoding="utf-8") as f:
            json.dump({"dir": self.dir, "package": self.package, "version": self.version,
                       "modules": MODULES}, f)

    def unpack(self, debs, busybox):
        os.makedirs(os.path.dirname(self.dir), exist_ok=True)
        with tempfile.TemporaryDirectory(dir=os.path.dirname(self.dir)) as tmp:
            tree, out = os.path.join(tmp, "tree"), os.path.join(tmp, "out")
            os.makedirs(out + "/mods")
            for deb in debs + [busybox]:
                sh(["dpkg-deb", "-x", deb, tree])
            image = (glob.glob(tree + "/boot/vmlinuz-*") +
                     glob.glob(tree + "/usr/lib/modules/*/vmlinuz"))
            if not image:
                raise Unavailable(f"{self.package} holds no vmlinuz")
            shutil.copy(image[0], out + "/vmlinuz")
            shutil.copy(tree + "/bin/busybox", out + "/busybox")
            data, orders = modules(tree, MODULES)
            for name, body in data.items():
                with open(f"{out}/mods/{name}.ko", "wb") as f:
                    f.write(body)
            with open(out + "/info.json", "w", encoding="utf-8") as f:
                json.dump({"package": self.package, "version": self.version, "orders": orders}, f)
            for old in glob.glob(os.path.join(os.path.dirname(self.dir),
                                              glob.escape(self.package) + "_*")):
                shutil.rmtree(old)
            os.rename(out, self.dir)

    def orders(self):
        with open(self.dir + "/info.json", encoding="utf-8") as f:
            return json.load(f)["orders"]
