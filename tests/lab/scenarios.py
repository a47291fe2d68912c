# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lab provokes, and what each log must then say. One entry per scenario.

script   shell, run in the guest by init (which has the functions used here)
causes   ids of oomlens's causes that are right for what was provoked
expect   what the kernel's log itself has to say about the first event of that kind; a key that is
         left out is not looked at. If the log says otherwise, the lab failed, not oomlens.
"""
from dataclasses import dataclass, field

AMD64 = ("5.10", "6.1", "6.12", "sid")
ALL = ("5.10", "5.10-686", "6.1", "6.12", "sid")
V1 = ("5.10", "6.1")  # later Debian kernels have no memory controller in hierarchy 1

POD = ("kubepods.slice/kubepods-burstable.slice/"
       "kubepods-burstable-pod6e1b0a52_93c4_4d0f_8a77_0f5c2d9be318.slice")
CTR = "7c1d9e0b4a5f62837e9d0c1b2a3f4e5d6c7b8a990f1e2d3c4b5a69788796a5b4"


DISK = ("virtio_pci", "virtio_blk")
EXT4 = DISK + ("crc32c_generic", "ext4")
SLOW = "throttling.bps-write=2000,throttling.bps-write-max=3000000"
ON_DISK = """
        mods virtio_pci virtio_blk crc32c_generic ext4
        mke2fs -i 1048576 /dev/vda >/dev/null; mount -t ext4 /dev/vda /mnt
        echo 95 >/proc/sys/vm/dirty_ratio; echo 94 >/proc/sys/vm/dirty_background_ratio
"""

NFS = EXT4 + ("nfsd", "nfsv4")
ON_NFS = """
        mods virtio_pci virtio_blk crc32c_generic ext4
        mkdir /srv; mke2fs -i 2048 /dev/vda >/dev/null; mount -t ext4 /dev/vda /srv
        provoke tree /srv %d
        nfs /srv /mnt
"""


@dataclass
class Scenario:
    name: str
    causes: tuple
    script: str
    kernels: tuple = AMD64
    mem: int = 256
    append: str = ""
    qemu: tuple = ()
    disk: int = 0  # MiB of a virtio disk
    drive: str = ""  # more options of that disk
    mods: tuple = ()  # kernel modules that the script loads
    timeout: int = 120
    kind: str = "oom"
    expect: dict = field(default_factory=dict)
    reasons: tuple = ()  # right answers for victim_reason; empty: not looked at
    smoke: tuple = ()  # kernels on which --smoke runs it
    why: str = ""  # in one sentence, for truth.json
    tools: tuple = ()  # scripts of the tree that the guest gets, without their .sh


def numa(mib):
    return ("-smp", "2",
            "-object", f"memory-backend-ram,id=m0,size={mib}M",
            "-object", f"memory-backend-ram,id=m1,size={mib}M",
            "-numa", "node,memdev=m0,cpus=0", "-numa", "node,memdev=m1,cpus=1")


SCENARIOS = [
    # ---- limits of a cgroup, version 2
    Scenario(
        "memcg-anon", ("memcg-limit-anon",), """
        v2; grp app.slice/app.service memory.max=40M
        into app.slice/app.service provoke comm leaker anon 0
        """, ALL, expect={"constraint": "memcg", "victim": "leaker", "trigger": "leaker",
                          "oom_memcg": "/app.slice/app.service", "limit_kb": 40960, "order": 0},
        reasons=("largest", "only-killable"), smoke=("6.1", "sid"),
        why="one process filled a 40 MiB cgroup with anonymous memory"),
    Scenario(
        "memcg-shmem", ("memcg-limit-shmem",), """
        v2; grp box memory.max=40M
        mount -t tmpfs tmpfs /mnt
        into box provoke comm shmwriter anon 4 file /mnt/f 0
        """, expect={"constraint": "memcg", "victim": "shmwriter"}, smoke=("6.12",),
        why="a process wrote to tmpfs until its 40 MiB cgroup was full"),
    Scenario(
        "memcg-cache", ("memcg-limit-page-cache",), """
        v2; grp box memory.max=40M
        mount -t ramfs ramfs /mnt
        into box provoke comm cachewriter anon 4 file /mnt/f 0
        """, ALL, expect={"constraint": "memcg", "victim": "cachewriter"}, smoke=("5.10",),
        why="the cgroup's charge is page cache of a ramfs, which can never be written out"),
    Scenario(
        "memcg-locked", ("memcg-limit-page-cache",), ON_DISK + """
        dd if=/dev/zero of=/mnt/f bs=1M count=80 2>/dev/null; sync
        echo 3 >/proc/sys/vm/drop_caches
        v2; grp box memory.max=40M
        into box provoke comm filelocker anon 4 lockfile /mnt/f
        """, disk=256, mods=EXT4, expect={"constraint": "memcg", "victim": "filelocker"},
        why="the cgroup's charge is page cache of an ext4 file that is locked into memory"),
    Scenario(
        "memcg-dirty", ("memcg-limit-page-cache",), ON_DISK + """
        v2; grp box memory.max=64M
        into box provoke comm writer file /mnt/f 40 anon 0
        """, disk=256, drive=SLOW, mods=EXT4,
        expect={"constraint": "memcg", "victim": "writer"},
        why="the cgroup's charge is a file under writeback to a very slow disk"),
    Scenario(
        "memcg-ptables", ("memcg-limit-kernel",), """
        v2; grp box memory.max=40M
        into box provoke comm mapper anon 2 ptables 0
        """, expect={"constraint": "memcg", "victim": "mapper"}, smoke=("6.1",),
        why="the cgroup's charge is page tables of one process"),
    Scenario(
        "memcg-slab", ("memcg-limit-kernel",), """
        v2; grp box memory.max=40M
        into box provoke comm sender anon 2 sockslab 0
        """, expect={"constraint": "memcg", "victim": "sender"},
        why="the cgroup's charge is small messages waiting in sockets: slab"),
    Scenario(
        "memcg-pipes", ("memcg-limit-kernel",), """
        v2; grp box memory.max=40M
        into box provoke comm piper anon 2 pipe 0
        """, expect={"constraint": "memcg", "victim": "piper"},
        why="the cgroup's charge is pages in pipes, which its statistics do not name"),
    Scenario(
        "memcg-tcp", ("memcg-limit-kernel",), """
        v2; grp box
        ifconfig lo 127.0.0.1 up
        for f in tcp_rmem tcp_wmem; do echo 4096 8000000 16000000 >/proc/sys/net/ipv4/$f; done
        for port in 5001 5002 5003; do
            into box nc -l -p $port -e sleep 1000 &
            usleep 500000
            into box nc 127.0.0.1 $port </dev/zero &
        done
        sleep 4
        echo 28M >$CG/box/memory.max
        into box provoke comm filler anon 0
        killall -9 nc sleep
        """, ("6.1", "6.12", "sid"), expect={"constraint": "memcg", "victim": "filler"},
        why="the cgroup's charge is TCP data that the receivers do not read"),
    Scenario(
        "memcg-msg", ("memcg-limit-kernel",), """
        v2; grp box memory.max=40M
        into box provoke comm queuer anon 2 msg 0
        """, expect={"constraint": "memcg", "victim": "queuer"},
        why="the cgroup's charge is System V messages: slab"),
    Scenario(
        "memcg-nfs", ("memcg-limit-kernel",), ON_NFS % 30000 + """
        v2; grp box memory.max=24M
        into box provoke comm scanner anon 2 scan /mnt
        """, disk=256, mods=NFS, timeout=240,
        expect={"constraint": "memcg", "victim": "scanner"},
        why="the cgroup's charge is inodes and dentries of an NFS mount, which a scan holds"),
    Scenario(
        "memcg-group", ("memcg-limit-anon",), f"""
        v2; grp {POD} memory.max=48M
        grp {POD}/cri-containerd-{CTR}.scope memory.oom.group=1
        into {POD}/cri-containerd-{CTR}.scope \\
            provoke comm java fork 3 anon 12 touch /tmp/up hold &
        provoke wait /tmp/up sleep 1500
        into {POD}/cri-containerd-{CTR}.scope provoke comm java anon 30 hold
        wait
        """, expect={"constraint": "memcg", "victim": "java", "oom_memcg": f"/{POD}"},
        reasons=("group", "largest"), smoke=("6.12",),
        why="containers of a pod together filled the limit of the pod"),
    Scenario(
        "memcg-oomgroup", ("memcg-limit-anon",), """
        v2; grp job memory.max=48M memory.oom.group=1
        into job provoke comm worker fork 3 anon 8 touch /tmp/up hold &
        provoke wait /tmp/up sleep 1500
        into job provoke comm leader anon 0
        wait
        """, expect={"constraint": "memcg", "victim": "leader", "kills_min": 5},
        reasons=("largest", "group"),
        why="a job of five processes hit its limit, and all of it was killed"),
    Scenario(
        "memcg-ancestor", ("memcg-limit-anon",), """
        v2; grp top.slice memory.max=56M
        grp top.slice/kept.service memory.min=24M memory.max=40M
        grp top.slice/free.service memory.max=200M
        into top.slice/kept.service provoke comm keeper anon 20 touch /tmp/up hold &
        provoke wait /tmp/up
        into top.slice/free.service provoke comm eater anon 0
        """, ("5.10", "6.1", "6.12", "sid"),
        expect={"constraint": "memcg", "victim": "eater", "oom_memcg": "/top.slice",
                "limit_kb": 57344}, reasons=("largest",),
        why="the limit of an ancestor was hit, with a protected neighbour in it"),
    Scenario(
        "memcg-swapmax", ("memcg-limit-anon",), """
        v2; diskswap; grp box memory.max=32M memory.swap.max=16M
        into box provoke comm swapper anon 0
        """, disk=128, mods=DISK, expect={"constraint": "memcg", "victim": "swapper"},
        why="anonymous memory filled the cgroup's memory and its share of swap"),
    Scenario(
        "memcg-storm", ("memcg-limit-anon",), """
        v2; grp box memory.max=8M
        i=0; while [ $i -lt 14 ]; do i=$((i+1)); into box provoke comm storm$i anon 0; done
        """, expect={"constraint": "memcg", "victim": "storm1"},
        why="fourteen kills in a row: the kernel leaves out headers by its rate limit"),
    Scenario(
        "memcg-comm", ("memcg-limit-anon",), """
        v2; grp box memory.max=24M
        into box provoke comm 'a), UID:0 oom-k' anon 0
        """, expect={"constraint": "memcg", "victim": "a), UID:0 oom-k"},
        why="the victim's name looks like a part of the log"),
    # ---- limits of a cgroup, version 1
    Scenario(
        "v1-anon", ("memcg-limit-anon",), f"""
        v1; grp docker/{CTR} memory.limit_in_bytes=40M
        into docker/{CTR} provoke comm leaker anon 0
        """, V1 + ("5.10-686",),
        expect={"constraint": "memcg", "victim": "leaker", "oom_memcg": f"/docker/{CTR}",
                "limit_kb": 40960}, smoke=("5.10",),
        why="one process filled a 40 MiB cgroup (hierarchy 1) with anonymous memory"),
    Scenario(
        "v1-kmem", ("memcg-limit-kernel",), """
        v1; grp box memory.limit_in_bytes=40M
        into box provoke comm mapper anon 2 ptables 0
        """, V1, expect={"constraint": "memcg", "victim": "mapper"},
        why="the cgroup's charge (hierarchy 1) is page tables of one process"),
    Scenario(
        "v1-shmem", ("memcg-limit-shmem",), """
        v1; grp box memory.limit_in_bytes=40M
        into box provoke comm shmwriter anon 4 shared 0
        """, V1, expect={"constraint": "memcg", "victim": "shmwriter"},
        why="shared mappings filled a cgroup (hierarchy 1)"),
    # ---- the whole machine: processes' memory
    Scenario(
        "anon", ("anon-no-swap",), """
        provoke comm bystander adj 0 anon 4 hold &
        provoke comm leaker anon 0
        """, ALL, expect={"constraint": "none", "victim": "leaker", "swap_total_kb": 0},
        reasons=("largest",), smoke=("5.10", "sid"),
        why="one process filled RAM, there is no swap"),
    Scenario(
        "swap-full", ("anon-swap-full",), """
        diskswap
        provoke comm leaker anon 0
        """, ALL, disk=64, mods=DISK,
        expect={"constraint": "none", "victim": "leaker"}, smoke=("6.12",),
        reasons=("largest", "only-killable"),
        why="one process filled RAM and 64 MiB of swap on a disk"),
    Scenario(
        "zram-full", ("anon-swap-full",), """
        zramswap 64M
        provoke comm leaker anon 0
        """, mods=("lzo_rle", "zram"), expect={"constraint": "none", "victim": "leaker"},
        why="one process filled RAM and 64 MiB of swap in compressed memory"),
    Scenario(
        "swap-forbidden", ("swap-unusable",), """
        v2; diskswap; grp box memory.swap.max=0
        into box provoke comm noswap anon 0
        """, disk=128, mods=DISK, expect={"constraint": "none", "victim": "noswap"}, smoke=("6.1",),
        why="RAM is full of memory of a cgroup that may not swap, while swap is free"),
    Scenario(
        "mlocked", ("mlocked", "anon-no-swap"), """
        provoke comm locker locked 0
        """, ALL, expect={"constraint": "none", "victim": "locker"}, smoke=("6.12",),
        why="locked memory fills RAM; unlocked it would have no swap to go to either"),
    Scenario(
        "mlocked-swap", ("mlocked",), """
        diskswap
        provoke comm locker locked 0
        """, disk=128, mods=DISK, expect={"constraint": "none", "victim": "locker"},
        why="locked memory fills RAM while swap is free"),
    Scenario(
        "workers", ("anon-no-swap",), """
        provoke comm httpd fork 60 anon 1 touch /tmp/up sleep 500 anon 40 sleep 1000
        """, expect={"constraint": "none", "victim": "httpd"},
        why="sixty processes of one name filled RAM"),
    Scenario(
        "adj", ("anon-no-swap",), """
        provoke comm database adj -900 anon 120 touch /tmp/up hold &
        provoke comm batch adj 800 anon 10 hold &
        provoke wait /tmp/up comm grower adj -500 anon 0
        """, expect={"constraint": "none", "victim": "batch"}, reasons=("score-adjusted",),
        why="the largest processes were protected by oom_score_adj, a small one was offered"),
    Scenario(
        "alloctask", ("anon-no-swap",), """
        echo 1 >/proc/sys/vm/oom_kill_allocating_task
        provoke comm sleeper anon 110 touch /tmp/up hold &
        provoke wait /tmp/up comm asker anon 0
        """, expect={"constraint": "none", "victim": "asker"}, reasons=("allocating-task",),
        why="vm.oom_kill_allocating_task killed the one that asked"),
    Scenario(
        "notable", ("anon-no-swap",), """
        echo 0 >/proc/sys/vm/oom_dump_tasks
        provoke comm leaker anon 0
        """, expect={"constraint": "none", "victim": "leaker", "rows": 0},
        why="one process filled RAM; vm.oom_dump_tasks=0 leaves the process table out"),
    # ---- the whole machine: other places
    Scenario(
        "shmem", ("shmem",), """
        mount -t tmpfs -o size=100% tmpfs /mnt
        provoke comm shmwriter anon 4 file /mnt/f 0
        """, ALL, expect={"constraint": "none", "victim": "shmwriter"}, smoke=("sid",),
        why="files in a tmpfs fill RAM"),
    Scenario(
        "ptables", ("page-tables",), """
        provoke comm mapper anon 2 ptables 0
        """, expect={"constraint": "none", "victim": "mapper"}, smoke=("6.1",),
        why="page tables of one process fill RAM"),
    Scenario(
        "slab", ("slab-unreclaimable",), """
        provoke comm sender anon 4 sockslab 0
        """, expect={"constraint": "none", "victim": "sender"}, smoke=("6.12",),
        why="small messages waiting in sockets fill RAM with unreclaimable slab"),
    Scenario(
        "slab-msg", ("slab-unreclaimable",), """
        provoke comm queuer anon 4 msg 0
        """, expect={"constraint": "none", "victim": "queuer"},
        why="System V messages fill RAM with unreclaimable slab"),
    Scenario(
        "dentries", ("slab-pinned",), """
        provoke comm namer anon 4 links 0
        """, mem=192, timeout=240, expect={"constraint": "none", "victim": "namer"}, smoke=("6.1",),
        why="names in a tmpfs fill RAM with dentries, which are pinned as long as it is mounted"),
    Scenario(
        "inodes", ("slab-pinned",), """
        mount -t ramfs ramfs /mnt
        provoke comm watcher anon 4 watches /mnt 0
        """, mem=192, timeout=240,
        expect={"constraint": "none", "victim": "watcher"},
        why="inodes and dentries of a ramfs, pinned by it and by inotify watches, fill RAM"),
    Scenario(
        "nfs-inodes", ("slab-pinned",), ON_NFS % 100000 + """
        provoke comm scanner anon 4 scan /mnt
        """, mem=192, disk=256, mods=NFS, timeout=400,
        expect={"constraint": "none", "victim": "scanner"}, smoke=("6.1",),
        why="inodes and dentries of an NFS mount, which a scan holds open, fill RAM"),
    Scenario(
        "pipes", ("unaccounted",), """
        provoke comm piper anon 4 pipe 0
        """, ALL, expect={"constraint": "none", "victim": "piper"}, smoke=("5.10",),
        why="pages in pipes fill RAM, and no counter of the kernel names them"),
    Scenario(
        "hugepages", ("hugepages-reserved",), """
        echo 80 >/proc/sys/vm/nr_hugepages
        provoke comm normal anon 0
        """, ALL, expect={"constraint": "none", "victim": "normal"}, smoke=("6.12",),
        why="most of RAM is reserved as huge pages that nobody uses"),
    Scenario(
        "stall", ("reclaim-stall",), ON_DISK + """
        provoke comm writer file /mnt/f 120 touch /tmp/up hold &
        provoke wait /tmp/up
        provoke comm eater anon 0
        """, disk=256, drive=SLOW, mods=EXT4,
        timeout=240, smoke=("6.1",),
        expect={"constraint": "none", "victim": "eater"},
        why="most of RAM is a file under writeback to a very slow disk"),
    # ---- zones, orders, nodes
    Scenario(
        "movable", ("lowmem-exhaustion",), """
        provoke comm sender anon 4 sockslab 0
        """, mem=512, append="movablecore=256M",
        expect={"constraint": "none", "victim": "sender"}, smoke=("sid",),
        why="kernel memory fills the zones that it may use, while ZONE_MOVABLE is free"),
    Scenario(
        "highmem", ("lowmem-exhaustion",), """
        provoke comm sender anon 4 sockslab 0
        """, ("5.10-686",), mem=1280,
        expect={"constraint": "none", "victim": "sender"}, smoke=("5.10-686",),
        why="kernel memory fills low memory, while HighMem is free"),
    Scenario(
        "highmem-names", ("lowmem-exhaustion",), """
        provoke comm namer anon 4 links 0
        """, ("5.10-686",), mem=1152, timeout=400,
        expect={"constraint": "none", "victim": "namer"},
        why="dentries, which a tmpfs pins, fill low memory, while HighMem is free"),
    Scenario(
        "highmem-full", ("anon-no-swap",), """
        provoke comm leaker anon 0
        """, ("5.10-686",), mem=1024,
        expect={"constraint": "none", "victim": "leaker"},
        why="one process filled RAM, HighMem and low memory"),
    Scenario(
        "order3", ("fragmentation",), """
        provoke comm breaker anon 4 frag 6 64 blocks 6 0 blocks 5 0 blocks 4 0 blocks 3 0
        """, expect={"constraint": "none", "order": 3}, smoke=("6.1",),
        why="free memory is in pieces too small for an order-3 request of the kernel"),
    Scenario(
        "order6", ("fragmentation",), """
        provoke comm breaker anon 4 frag 6 64 blocks 6 0 sleep 400 blocks 6 0 sleep 400 \\
            blocks 6 0 kmalloc 200000 1 blocks 6 0 kmalloc 200000 1
        """, ALL, kind="alloc_failure", expect={"order": 6, "trigger": "breaker"}, smoke=("6.12",),
        why="free memory is in pieces too small for an order-6 request, which may fail"),
    Scenario(
        "mempolicy", ("numa-policy",), """
        provoke comm bound bind 2 anon 0
        """, mem=512, qemu=numa(256), expect={"constraint": "mempolicy", "victim": "bound"},
        smoke=("6.1",), why="a process was bound to node 1 and filled it, node 0 is free"),
    Scenario(
        "cpuset", ("numa-policy",), """
        v2; grp pinned cpuset.mems=1
        into pinned provoke comm pinned anon 0
        """, mem=512, qemu=numa(256), expect={"constraint": "cpuset", "victim": "pinned"},
        why="a cpuset allows node 1 only, and it is full while node 0 is free"),
    # ---- no shortage, no victim
    Scenario(
        "sysrq", ("manual",), """
        provoke comm innocent anon 20 touch /tmp/up hold &
        provoke wait /tmp/up
        echo f >/proc/sysrq-trigger
        sleep 1
        """, ALL, expect={"victim": "innocent", "order": -1}, smoke=("6.1",),
        why="somebody asked for it"),
    Scenario(
        "panic", ("anon-no-swap",), """
        echo 1 >/proc/sys/vm/panic_on_oom
        provoke comm leaker anon 0
        """, ALL, kind="panic", expect={"trigger": "leaker"},
        smoke=("5.10",), reasons=("none-killable", "unknown"),
        why="vm.panic_on_oom stopped the machine instead of killing"),
    Scenario(
        "nobody", ("anon-no-swap",), """
        provoke comm protected adj -1000 anon 0
        """, kind="panic", reasons=("none-killable",),
        why="whatever is left may not be killed, so the kernel panics"),
    # ---- mixtures, and what keeps swap and nodes from helping
    Scenario(
        "mix-shmem", ("anon-no-swap",), """
        mount -t tmpfs -o size=100% tmpfs /mnt
        provoke comm writer file /mnt/f 80 touch /tmp/up hold &
        provoke wait /tmp/up comm eater anon 0
        """, ("6.1",), mem=320, expect={"constraint": "none", "victim": "eater"},
        why="one process filled what files in a tmpfs had left of RAM"),
    Scenario(
        "mix-ptables", ("page-tables",), """
        provoke comm both anon 40 ptables 0
        """, ("6.12",), mem=192, expect={"constraint": "none", "victim": "both"},
        why="page tables and some anonymous memory of one process fill RAM"),
    Scenario(
        "mlocked-half", ("anon-no-swap",), """
        provoke comm locker lockall anon 80 touch /tmp/up hold &
        provoke wait /tmp/up comm eater anon 0
        """, ("6.1",), expect={"constraint": "none", "trigger": "eater"},
        why="locked and other memory of processes fill RAM; only swap could have made room"),
    Scenario(
        "zram-in-ram", ("swap-unusable", "anon-swap-full"), """
        zramswap 1G
        provoke comm leaker noise 0
        """, ("6.1",), mods=("lzo_rle", "zram"), timeout=240,
        expect={"constraint": "none", "victim": "leaker"},
        why="what does not compress fills RAM from within its own swap"),
    Scenario(
        "swap-partial", ("swap-unusable",), """
        v2; diskswap; grp free; grp box memory.swap.max=0
        into free provoke comm early adj -1000 anon 150 touch /tmp/up hold &
        provoke wait /tmp/up
        into box provoke comm noswap anon 0
        """, ("6.1",), disk=256, mods=DISK,
        expect={"constraint": "none", "victim": "noswap"},
        why="memory that may not swap fills RAM, other memory half fills swap"),
    Scenario(
        "tmpfs-swap", ("shmem",), """
        diskswap
        mount -t tmpfs -o size=500M tmpfs /mnt
        provoke comm writer anon 4 file /mnt/f 0
        """, ("5.10", "6.1"), disk=64, mods=DISK,
        expect={"constraint": "none", "victim": "writer"},
        why="files in a tmpfs fill RAM and swap"),
    Scenario(
        "shm", ("shmem",), """
        provoke comm ipc shm 0
        """, ("5.10-686", "6.1"), expect={"constraint": "none", "victim": "ipc"},
        why="System V shared memory fills RAM"),
    Scenario(
        "numa-full", ("anon-no-swap",), """
        provoke comm filler adj -1000 prefer 1 anon 230 touch /tmp/up hold &
        provoke wait /tmp/up comm bound bind 2 anon 0
        """, ("6.1",), mem=512, qemu=numa(256),
        expect={"constraint": "mempolicy", "victim": "bound"},
        why="a process bound to node 1 filled it, and the other node was full as well"),
    Scenario(
        "memory-min", ("reclaim-stall",), ON_DISK + """
        dd if=/dev/zero of=/mnt/f bs=1M count=120 2>/dev/null; sync
        echo 3 >/proc/sys/vm/drop_caches
        v2; grp prot memory.min=200M
        into prot sh -c 'cat /mnt/f >/dev/null; touch /tmp/up; sleep 1000' &
        provoke wait /tmp/up comm eater anon 0
        """, ("6.1",), disk=256, mods=EXT4, expect={"constraint": "none", "victim": "eater"},
        why="clean file cache that memory.min protects fills RAM"),
    Scenario(
        "order3-full", ("anon-no-swap",), """
        provoke comm filler adj -900 anon 130 touch /tmp/up hold &
        provoke wait /tmp/up comm blocker anon 4 blocks 3 0
        """, ("6.1",), expect={"constraint": "none", "victim": "blocker", "order": 3},
        why="an order-3 request met RAM that anonymous memory had filled"),
    Scenario(
        "hugepages-used", ("hugepages-used",), """
        echo 100 >/proc/sys/vm/nr_hugepages
        provoke comm db hugetlb 80 touch /tmp/up hold &
        provoke wait /tmp/up comm normal anon 0
        """, ("6.1",), mem=384, expect={"constraint": "none", "victim": "normal"},
        why="huge pages, most of them in use, fill RAM"),
    Scenario(
        "perf", ("unaccounted",), """
        echo 2000000 >/proc/sys/kernel/perf_event_mlock_kb
        provoke comm perf anon 4 perf 0
        """, ("6.1",), expect={"constraint": "none", "victim": "perf"},
        why="ring buffers of perf fill RAM, and no counter names them"),
    Scenario(
        "percpu", ("unaccounted",), """
        provoke comm tracer anon 4 percpu 0
        """, ("6.12",), qemu=("-smp", "2"), expect={"constraint": "none", "victim": "tracer"},
        why="per-CPU maps of bpf fill RAM, and no counter names them"),
    Scenario(
        "memcg-bpf", ("memcg-limit-kernel",), """
        v2; grp box memory.max=40M
        into box provoke comm tracer anon 2 bpfmap 24 anon 0
        """, ("sid",), expect={"constraint": "memcg", "victim": "tracer"},
        why="most of the cgroup's charge is maps of bpf"),
    Scenario(
        "memcg-crowd", ("memcg-limit-kernel",), """
        v2; grp box memory.max=24M
        into box provoke comm bomb fork 1500 hold
        """, ("5.10",), expect={"constraint": "memcg"},
        why="hundreds of small processes: most of the cgroup's charge is what each costs"),
    Scenario(
        "memcg-neighbour", ("memcg-limit-shmem",), """
        v2; grp a/b memory.max=40M; grp a/b/c; grp a/b/x
        mount -t tmpfs tmpfs /mnt
        into a/b/x provoke comm neighbour file /mnt/f 26 touch /tmp/up hold &
        provoke wait /tmp/up
        into a/b/c provoke comm deep anon 0
        """, ("sid",), expect={"constraint": "memcg", "victim": "deep", "oom_memcg": "/a/b"},
        why="files in a tmpfs of a neighbour are most of the charge of the common ancestor"),
    Scenario(
        "memcg-notable", ("memcg-limit-anon",), """
        echo 0 >/proc/sys/vm/oom_dump_tasks
        v2; grp box memory.max=40M
        into box provoke comm leaker anon 0
        """, ("sid",), expect={"constraint": "memcg", "victim": "leaker", "rows": 0},
        reasons=("largest",), why="one process filled its cgroup; the process table is left out"),
    Scenario(
        "memcg-panic", ("memcg-limit-anon",), """
        echo 2 >/proc/sys/vm/panic_on_oom
        v2; grp box memory.max=40M
        into box provoke comm leaker anon 0
        """, ("6.1",), kind="panic", expect={"trigger": "leaker"},
        why="vm.panic_on_oom=2 stopped the machine for a limit of a cgroup"),
    Scenario(
        "v1-memsw", ("memcg-limit-anon",), """
        v1; diskswap
        grp box memory.limit_in_bytes=40M memory.memsw.limit_in_bytes=60M
        into box provoke comm leaker anon 0
        """, ("5.10",), disk=128, mods=DISK, append="swapaccount=1",
        expect={"constraint": "memcg", "victim": "leaker"},
        why="anonymous memory met the limit of memory and swap together (hierarchy 1)"),
    Scenario(
        "v1-children", ("memcg-limit-shmem",), """
        v1; grp top memory.limit_in_bytes=40M; grp top/a; grp top/b
        mount -t tmpfs tmpfs /mnt
        into top/a provoke comm shmem file /mnt/f 24 touch /tmp/up hold &
        provoke wait /tmp/up
        into top/b provoke comm eater anon 0
        """, ("5.10",), expect={"constraint": "memcg", "victim": "eater", "oom_memcg": "/top"},
        why="files in a tmpfs of one child are most of the charge of its parent (hierarchy 1)"),
]
