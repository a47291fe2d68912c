/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_CGROUP_IMPL_H
#define OL_COLLECT_CGROUP_IMPL_H

#include "collect/machine/collect_impl.h"

/*
 * The tree of cgroups of one hierarchy as it was at the last tick. Directories and files are kept
 * open, because opening a file costs three times what reading it does. A kept file that has been
 * read once also holds 4.7 kB of kernel memory, so their number is bounded by the machine's RAM;
 * what does not fit is opened, read and closed at every tick.
 */
enum ol_cg_file {
#define OL_CG_FILE(id, name, version, kind) OL_CG_##id,
#include "collect/machine/cgroup_files.def"
	OL_CG_FILES
};

enum {
	OL_CG_MAX_DEPTH = 128,
	OL_CG_MAX_GROUPS = 1 << 16,
	OL_CG_PATH = 4096, /* longer names cannot be opened */
	/* instead of a descriptor; errors of open stand there too, as -errno */
	OL_CG_NEW = -10000, /* not tried */
	OL_CG_ONCE = -10001, /* there, but not kept open */
};

struct ol_cg_group {
	char *name; /* path in the hierarchy: "/", "/system.slice"; NULL: this slot is free */
	char *text; /* name of the container, NULL when nothing tells it */
	uint32_t name_n, last; /* .last: where the last component begins */
	int32_t parent, child,
		next; /* other slots, -1; children stand in the order of their names */
	uint32_t children; /* with those that have no memory controller */
	int32_t row; /* in this tick */
	int64_t processes; /* when they were counted last; -1: never */
	uint16_t depth;
	uint8_t looked; /* how often the container's name was looked for */
	bool scan; /* a child vanished: others may have come in its place */
	int dir;
	int fd[OL_CG_FILES];
};

struct ol_cg_tree {
	int version; /* 0: there is no such hierarchy */
	char base[OL_CG_PATH]; /* its mount point below the root: "sys/fs/cgroup/memory" */
	int32_t root; /* -1: not opened yet */
	struct ol_cg_group *groups;
	uint32_t cap, n; /* slots, and those that were ever used */
	int32_t free; /* slots to use again, by .next; -1 */
	uint32_t ticks;
};

struct ol_cgroups {
	struct ol_collect *c;
	struct ol_cg_tree tree[2]; /* version 1, version 2 */
	uint32_t kept, keep_max; /* descriptors */
	struct ol_keymap map[OL_CG_FILES]; /* of files with keys */
	struct ol_buf list; /* names in a directory */
	struct ol_buf order;
	void *names; /* cJSON *: podman's list of containers, during one tick */
	bool names_read;
};

/* The memory hierarchies: fills .version and .base. 0, or -ENOENT when there is none. */
int ol_cgroup_find(struct ol_cgroups *cg);

/* Slots of the tree; @parent -1 for the root. The slot, or -1 and *@st says why. */
int32_t ol_cg_new(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t parent,
		  struct ol_span component, struct ol_src_status *st);
/* Forgets the group and all below it. */
void ol_cg_drop(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t g);
/* The same directory was removed and made again, or lost its controller. */
void ol_cg_reset(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t g);
/* The next group, parents before children; @into: with the children of @g. -1 at the end. */
int32_t ol_cg_next(const struct ol_cg_tree *tr, int32_t g, bool into);

/* A descriptor of the directory; *@ret_close: close it after use. <0: -errno. */
int ol_cg_dir(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t g, bool *ret_close);
/* Brings the children up to date where they have changed. */
void ol_cg_scan(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t g, int dir,
		struct ol_src_status *st);
bool ol_cg_may_keep(struct ol_cgroups *cg);

/*
 * The name that the container runtime gave to the container whose cgroup is called @component, in
 * memory of malloc; NULL when it is no container or nothing tells.
 */
char *ol_container_name(struct ol_cgroups *cg, struct ol_span component);
void ol_container_names_done(struct ol_cgroups *cg);

#endif
