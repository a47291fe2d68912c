#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copies what `oomlens snap` reads on this machine into a directory or a tar, for
# `oomlens snap --root` somewhere else. Plain sh and what busybox has: it is to run on machines that have nothing else.

usage() {
	cat <<-EOF
	usage: $0 [OPTION]... [DIR | FILE.tar | FILE.tar.gz]

	Copies the files that oomlens reads to DIR, or packs them into FILE; without either, to
	oomlens-root-DATE. \`oomlens snap --root\` reads both. Run it as root for the slab caches and the memory of other users' processes.

	  --root DIR        of the machine whose root is mounted at DIR, as /host in a container
	  --no-redact       keep the name of the machine, mount sources, addresses (see below)
	  --release TEXT    write TEXT instead of the kernel's release
	  --no-processes    leave out all processes
	  --no-kthreads     leave out the kernel's threads, all but kthreadd and kswapd
	  --no-cgroups      leave out the cgroups
	  --help

	What is in there, always:
	  numbers: meminfo, vmstat, zoneinfo, buddyinfo, slabinfo, swaps, stat, uptime, pressure, sockets,
	      dentries and inodes, NUMA nodes, huge pages, zram, ZFS's ARC, the settings of vm
	  names of slab caches and of modules that have any; device or file names of swap
	  the kernel's release; types of mounted file systems
	  of each cgroup its path, its memory.* files and its processes' ids; paths hold the names of
	      services, container ids, pod uids, user ids
	  of each process its name (15 characters), ids, owner, state, cgroup, memory, oom_score, and in
	      which function of the kernel it waits
	Never: command lines, environments, open files, anybody's data, the kernel's log.
	Only with --no-redact: the machine's name and boot id; sources, directories and options of mounts
	that hold files; where in its address space a process has what.
	What is there and could not be read is listed in the file "unreadable".
	EOF
}

trouble() {
	echo "$0: $*" >&2
	exit 2
}

LC_ALL=C
export LC_ALL
umask 077
from='' release='' out='' tar='' redact=y procs=y kthreads=y cgroups=y
while [ $# -gt 0 ]; do
	case $1 in
	--root | --release)
		[ $# -ge 2 ] || trouble "$1 needs a value"
		[ "$1" = --root ] && from=${2%/} || release=$2
		shift
		;;
	--no-redact) redact='' ;;
	--no-processes) procs='' ;;
	--no-kthreads) kthreads='' ;;
	--no-cgroups) cgroups='' ;;
	--help)
		usage
		exit 0
		;;
	-*) trouble "unknown option $1; see --help" ;;
	*)
		[ -z "$out" ] || trouble "one place is enough: $out, $1"
		out=$1
		;;
	esac
	shift
done
case $from in
'' | /*) ;;
*) from=$PWD/$from ;; # "-type d" of find is to see a path, never an option
esac
[ -r "$from/proc/meminfo" ] || trouble "no $from/proc/meminfo"
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
[ -n "$out" ] || out=oomlens-root-$now
case $out in
*.tar | *.tar.gz | *.tgz)
	tar=$out
	work=$out.$$
	out=$work
	trap 'rm -rf "$work" "$work.tar"' EXIT
	trap 'exit 2' HUP INT TERM
	;;
esac
[ ! -e "$out/proc" ] || trouble "$out holds a capture already"
mkdir -p "$out/proc" || trouble "$out cannot be made"

# The parts of one equation first and right after one another: everything below moves memory.
for f in meminfo vmstat zoneinfo slabinfo; do
	cat "$from/proc/$f" >"$out/proc/$f" 2>/dev/null
done
for f in meminfo vmstat zoneinfo slabinfo; do
	[ -s "$out/proc/$f" ] && continue
	rm -f "$out/proc/$f"
	[ ! -e "$from/proc/$f" ] || echo "proc/$f"
done >"$out/unreadable"
echo "$now" >"$out/captured"

dir_of() {
	[ -d "$out/${1%/*}" ] || mkdir -p "$out/${1%/*}"
}

unreadable() {
	rm -f "$out/$1"
	[ ! -e "$from/$1" ] || echo "$1" >>"$out/unreadable"
	return 1
}

# copy PATH...: files of /proc have size 0, and some say why they cannot be read only when they are.
copy() {
	for p; do
		[ -f "$from/$p" ] || continue
		dir_of "$p"
		cat "$from/$p" >"$out/$p" 2>/dev/null || unreadable "$p"
	done
}

# line PATH...: the same for files of one line, by the shell alone. Not for /proc/sys, which answers
# only the first read(), and some shells read one byte.
line() {
	for p; do
		[ -f "$from/$p" ] || continue
		dir_of "$p"
		text=
		if { IFS= read -r text <"$from/$p" || [ -n "$text" ]; } 2>/dev/null; then
			printf '%s\n' "$text" >"$out/$p"
		else
			unreadable "$p"
		fi
	done
}

# each DIR PATTERN...: the paths below the root that match; a pattern without a match is left out.
each() {
	dir=$1
	shift
	for pat; do
		for p in "$from/$dir"/$pat; do
			[ ! -e "$p" ] || printf '%s\n' "${p#"$from/"}"
		done
	done
}

copy proc/buddyinfo proc/swaps proc/stat proc/uptime proc/net/sockstat proc/net/sockstat6 \
	proc/pressure/cpu proc/pressure/io proc/pressure/memory proc/sys/fs/dentry-state \
	proc/sys/fs/inode-nr proc/sys/fs/file-nr proc/sys/kernel/hostname proc/sys/kernel/osrelease proc/spl/kstat/zfs/arcstats
[ -n "$redact" ] || copy proc/sys/kernel/random/boot_id
each proc/sys/vm '*' | while read -r f; do
	case $f in
	*/compact_memory | */drop_caches | */stat_refresh) ;; # to be written; reading the last works
	*) copy "$f" ;;
	esac
done
line sys/devices/system/node/online
each sys/devices/system/node 'node[0-9]*/meminfo' 'node[0-9]*/vmstat' 'node[0-9]*/hugepages/*/*' |
	while read -r f; do
		case $f in */demote) ;; *) copy "$f" ;; esac # to be written
	done
each sys/kernel/mm/hugepages '*/*' | while read -r f; do
	case $f in */demote) ;; *) line "$f" ;; esac
done
line sys/kernel/mm/lru_gen/enabled sys/kernel/mm/lru_gen/min_ttl_ms \
	sys/kernel/mm/transparent_hugepage/enabled sys/kernel/mm/transparent_hugepage/shmem_enabled
[ ! -d "$from/sys/block" ] || mkdir -p "$out/sys/block" # empty: there is no zram
each sys/block 'zram*/mm_stat' 'zram*/disksize' 'zram*/comp_algorithm' | while read -r f; do line "$f"; done

# Caches that share slabs: symbolic links to one directory.
if [ -d "$from/sys/kernel/slab" ]; then
	mkdir -p "$out/sys/kernel/slab"
	set --
	for d in "$from/sys/kernel/slab"/*; do
		[ ! -L "$d" ] || set -- "$@" "$d"
	done
	[ $# = 0 ] || cp -P "$@" "$out/sys/kernel/slab/"
	set --
	for d in "$from/sys/kernel/slab"/*; do
		[ -L "$d" ] || set -- "$@" "$out/sys/kernel/slab/${d##*/}"
	done
	mkdir -p "$@"
	for d; do
		line "${d#"$out/"}/reclaim_account" "${d#"$out/"}/aliases"
	done
fi

# What this shell sees; of a root that is mounted elsewhere, what its first process sees.
mounts=$from/proc/self/mounts
[ -z "$from" ] || [ ! -r "$from/proc/1/mounts" ] || mounts=$from/proc/1/mounts
mkdir -p "$out/proc/self"
cat "$mounts" >"$out/proc/self/mounts.all" 2>/dev/null
if [ -n "$redact" ]; then
	while read -r _ where type opts rest; do
		case $type in
		proc | sysfs | cgroup | cgroup2 | tmpfs | ramfs | devtmpfs | hugetlbfs | debugfs | tracefs)
			printf '%s\n' "$type $where $type $opts $rest"
			;;
		*)
			case $opts, in
			ro,*) opts=ro ;;
			*) opts=rw ;;
			esac
			printf '%s\n' "redacted /redacted $type $opts $rest"
			;;
		esac
	done <"$out/proc/self/mounts.all" >"$out/proc/self/mounts"
	[ ! -e "$out/proc/sys/kernel/hostname" ] || echo host >"$out/proc/sys/kernel/hostname"
else
	cp "$out/proc/self/mounts.all" "$out/proc/self/mounts"
fi
[ -z "$release" ] || echo "$release" >"$out/proc/sys/kernel/osrelease"

[ -z "$cgroups" ] || while read -r _ where type opts _; do
	case $type,$opts, in
	cgroup2,* | cgroup,*,memory,*) ;;
	*) continue ;;
	esac
	case $where in *\\*) continue ;; esac # a name that mounts escapes
	find "$from$where" -type d 2>/dev/null | while read -r d; do
		each "${d#"$from/"}" 'memory.*' cgroup.procs cgroup.controllers cgroup.subtree_control |
			while read -r f; do
				case $f in
				*.force_empty | *.pressure_level | *.reclaim | *.kmem.slabinfo) ;;
				*) copy "$f" ;;
				esac
			done
	done
done <"$out/proc/self/mounts.all"
rm -f "$out/proc/self/mounts.all"

# Fields 26 to 30, 35 and 45 to 51 of /proc/PID/stat are addresses. A name may hold anything.
without_addresses() {
	stat=$(cat "$1")
	set -f
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	set +f
	[ $# -ge 24 ] || return
	printf '%s)' "${stat%)*}"
	n=3
	for v; do
		case $n in 26 | 27 | 28 | 29 | 30 | 35 | 45 | 46 | 47 | 48 | 49 | 50 | 51) v=0 ;; esac
		printf ' %s' "$v"
		n=$((n + 1))
	done
	echo
}

[ -z "$procs" ] || for d in "$from"/proc/[0-9]*; do
	pid=proc/${d##*/}
	[ "$pid" != "proc/$$" ] || [ -n "$from" ] || continue # this shell
	copy "$pid/status" || continue
	[ -e "$out/$pid/status" ] || continue
	if grep -q '^VmSize:' "$out/$pid/status"; then
		copy "$pid/smaps_rollup" # of a thread of the kernel there is none
	elif [ -z "$kthreads" ] && grep -q '^PPid:[[:space:]]*2$' "$out/$pid/status" &&
		! grep -q '^Name:[[:space:]]*kswapd' "$out/$pid/status"; then
		rm -rf "${out:?}/$pid"
		continue
	fi
	copy "$pid/stat" "$pid/cgroup" "$pid/wchan"
	line "$pid/oom_score" "$pid/oom_score_adj"
	if [ ! -e "$from/$pid/status" ]; then # it ended meanwhile
		rm -rf "${out:?}/$pid"
		continue
	fi
	[ -n "$redact" ] || continue
	if [ -e "$out/$pid/stat" ]; then
		without_addresses "$out/$pid/stat" >"$out/$pid/new" && mv "$out/$pid/new" "$out/$pid/stat"
	fi
	if [ -e "$out/$pid/smaps_rollup" ]; then
		sed 's/^[0-9a-f]*-[0-9a-f]* /00000000-00000000 /' "$out/$pid/smaps_rollup" >"$out/$pid/new" &&
			mv "$out/$pid/new" "$out/$pid/smaps_rollup"
	fi
done

sort -u "$out/unreadable" >"$out/new" && mv "$out/new" "$out/unreadable"
missed=$(grep -c . "$out/unreadable")
if [ -n "$tar" ]; then
	(cd "$out" && tar -cf - .) >"$work.tar" || trouble "$tar: cannot be written"
	case $tar in
	*.tar) mv -f "$work.tar" "$tar" ;;
	*) gzip -c <"$work.tar" >"$tar" ;;
	esac || trouble "$tar: cannot be written"
	out=$tar
fi
echo "$out: done; $missed files could not be read$([ "$missed" = 0 ] || echo ', see "unreadable" in it')"
