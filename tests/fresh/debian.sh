# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# For scripts that make a bare Debian: where packages come from, and a root with this machine's way there.
suite=bookworm

# The mirror of the suite that this machine uses itself; nothing when it has none.
mirror() {
	apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(SITE)' 'Created-By: Packages' |
		awk -v s=$suite '$1 == s && $2 == "main" { print $3; exit }'
}

# This machine's way to its mirror: sources, keys, certificates, proxy.
give_apt() { # root
	rm -f "$1/etc/apt/sources.list"
	for f in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/trusted.gpg.d /etc/apt/keyrings \
		/etc/apt/auth.conf.d /usr/share/keyrings /usr/local/share/ca-certificates /etc/ssl/certs \
		/etc/resolv.conf /etc/hosts; do
		[ -e "$f" ] || continue
		mkdir -p "$1$(dirname $f)"
		rm -rf "${1:?}$f"
		cp -rL "$f" "$1$f" 2>/dev/null
	done
	apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries|Languages)' >"$1/etc/apt/apt.conf.d/00machine"
}

# Goes with the mount namespace of who calls it.
give_mounts() { # root
	mount -t proc proc "$1/proc" || mount --rbind /proc "$1/proc"
	mount --rbind /dev "$1/dev"
	mount --rbind /sys "$1/sys"
}

bare() { # root, command: there, with nothing of this shell's environment but a proxy
	chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
		http_proxy="$http_proxy" https_proxy="$https_proxy" /bin/sh -c "$2"
}
