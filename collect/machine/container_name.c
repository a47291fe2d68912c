// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/cgroup_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef OL_HAVE_CJSON
#include <cjson/cJSON.h>

enum { ID = 64, FILE_MAX = 1 << 20, NAME_MAX_ = 512 };

/*
 * docker-<id>.scope, <id>, cri-containerd-<id>.scope, crio-<id>.scope, libpod-<id>.scope/container:
 * ids have 64 hex digits with every runtime that keeps its files where we look. What follows must
 * not be one more.
 */
static bool find_id(struct ol_span s, char id[ID + 1])
{
	size_t run = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && (ol_is_digit(s.p[i]) || (s.p[i] >= 'a' && s.p[i] <= 'f'))) {
			run++;
			continue;
		}
		if (run == ID) {
			memcpy(id, s.p + i - ID, ID);
			id[ID] = 0;
			return true;
		}
		run = 0;
	}
	return false;
}

/* A name that there was no memory for is no container without a name. */
static char *copy(const char *s)
{
	char *p = strdup(s);

	if (!p)
		ol_no_memory();
	return p;
}

static cJSON *parse(struct ol_cgroups *cg, const char *path)
{
	struct ol_collect *c = cg->c;
	int fd = ol_root_openat(&c->root, path, O_RDONLY);
	struct ol_span text;
	cJSON *j = NULL;
	int64_t size;

	if (fd < 0)
		return NULL;
	size = ol_root_fd_size(&c->root, fd);
	if (size >= 0 && size <= FILE_MAX && !ol_root_fd_read(&c->root, fd, &c->buf, &text) &&
	    text.n <= FILE_MAX)
		j = cJSON_ParseWithLength(text.p, text.n);
	ol_root_fd_close(fd);
	return j;
}

static const char *string(const cJSON *object, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	return s && s[0] && strlen(s) <= NAME_MAX_ ? s : NULL;
}

/* "namespace/pod/container"; the container that holds a pod's namespaces has no name */
static char *pod_name(const char *ns, const char *pod, const char *name)
{
	char *s;

	if (!pod)
		return name ? copy(name) : NULL;
	if (asprintf(&s, "%s%s%s%s%s", ns ? ns : "", ns ? "/" : "", pod, name ? "/" : "",
		     name ? name : "") >= 0)
		return s;
	ol_no_memory();
	return NULL;
}

/* {"ID": "…", "Name": "/web", …}: /var/lib/docker/containers/<id>/config.v2.json */
static char *docker(struct ol_cgroups *cg, const char *id)
{
	char path[160], *name = NULL;
	const char *s;
	cJSON *j;

	snprintf(path, sizeof(path), "var/lib/docker/containers/%s/config.v2.json", id);
	j = parse(cg, path);
	s = string(j, "Name");
	if (s)
		name = copy(s + (s[0] == '/' && s[1]));
	cJSON_Delete(j);
	return name;
}

/* {"annotations": {"io.kubernetes.cri.container-name": "web", …}}: a bundle's config.json */
static char *bundle(struct ol_cgroups *cg, const char *path)
{
	static const char *const keys[][3] = {
		{ "io.kubernetes.cri.sandbox-namespace", "io.kubernetes.cri.sandbox-name",
		  "io.kubernetes.cri.container-name" }, /* containerd */
		{ "io.kubernetes.pod.namespace", "io.kubernetes.pod.name",
		  "io.kubernetes.container.name" }, /* CRI-O */
		{ "nerdctl/namespace", NULL, "nerdctl/name" },
	};
	cJSON *j = parse(cg, path);
	const cJSON *a = cJSON_GetObjectItemCaseSensitive(j, "annotations");
	char *name = NULL;

	for (size_t i = 0; a && !name && i < sizeof(keys) / sizeof(keys[0]); i++)
		name = pod_name(keys[i][0] ? string(a, keys[i][0]) : NULL,
				keys[i][1] ? string(a, keys[i][1]) : NULL, string(a, keys[i][2]));
	cJSON_Delete(j);
	return name;
}

/*
 * [{"id": "…", "names": ["web"], …}, …]: one list of all containers, read at most once per tick.
 * Containers that do not survive a boot stand in a list of their own.
 */
static char *listed(struct ol_cgroups *cg, const char *id)
{
	static const char *const lists[] = {
		"var/lib/containers/storage/overlay-containers/containers.json",
		"var/lib/containers/storage/overlay-containers/volatile-containers.json",
	};
	cJSON *all = cg->names;
	const cJSON *list, *one;

	if (!cg->names_read) {
		cg->names_read = true;
		cg->names = all = cJSON_CreateArray();
		for (size_t i = 0; all && i < 2; i++) {
			cJSON *j = parse(cg, lists[i]);

			if (j)
				cJSON_AddItemToArray(all, j);
		}
	}
	cJSON_ArrayForEach(list, all)
	{
		cJSON_ArrayForEach(one, list)
		{
			const char *s = string(one, "id");
			const cJSON *names = cJSON_GetObjectItemCaseSensitive(one, "names");

			if (!s || strcmp(s, id))
				continue;
			s = cJSON_GetStringValue(cJSON_GetArrayItem(names, 0));
			if (s && s[0] && strlen(s) <= NAME_MAX_)
				return copy(s);
		}
	}
	return NULL;
}

char *ol_container_name(struct ol_cgroups *cg, struct ol_span component)
{
	static const char *const bundles[] = {
		"run/containerd/io.containerd.runtime.v2.task/k8s.io/%s/config.json",
		"run/containerd/io.containerd.runtime.v2.task/default/%s/config.json",
		"run/containers/storage/overlay-containers/%s/userdata/config.json",
		"var/lib/containers/storage/overlay-containers/%s/userdata/config.json",
	};
	char id[ID + 1], path[200], *name;

	if (!find_id(component, id))
		return NULL;
	name = docker(cg, id);
	for (size_t i = 0; !name && i < sizeof(bundles) / sizeof(bundles[0]); i++) {
		char *end = path;

		for (const char *p = bundles[i]; *p; p++) {
			if (*p != '%') {
				*end++ = *p;
				continue;
			}
			end = stpcpy(end, id);
			p++;
		}
		*end = 0;
		name = bundle(cg, path);
	}
	return name ? name : listed(cg, id);
}

void ol_container_names_done(struct ol_cgroups *cg)
{
	cJSON_Delete(cg->names);
	cg->names = NULL;
	cg->names_read = false;
}

#else

char *ol_container_name(struct ol_cgroups *cg, struct ol_span component)
{
	(void)cg;
	(void)component;
	return NULL;
}

void ol_container_names_done(struct ol_cgroups *cg)
{
	(void)cg;
}

#endif
