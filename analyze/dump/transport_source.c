// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/export_fields.h"
#include "analyze/dump/transport_impl.h"

#include <cjson/cJSON.h>

/*
 * Shippers say who wrote what they carry, each in words of its own:
 *   "ident":"app"   "PROGRAM":"app"   "_application_name":"app"   "process":{"name":"app","pid":7}
 *   "facility":"user"   "syslogfacility":1   "log":{"syslog":{"facility":{"code":1}}}
 *   "kubernetes":{…}   "_container_id":"…"   "tag":"kubernetes.var.log.containers.…"
 *   "logger_name":"com.example.App"   "caller":"app/main.go:12"   "pid":7
 * A key is read without case and punctuation, alone and with those of the objects around it. Where
 * one field names the kernel and another a program, it was a program.
 */

enum { KEY_MAX = 64, DEPTH_MAX = 4 };

struct key {
	struct words {
		char s[KEY_MAX];
		size_t n;
	} leaf, path;
};

static struct ol_span span_of(const struct words *w)
{
	return ol_span(w->s, w->n);
}

static bool one_of(struct ol_span s, const char *const *names)
{
	for (; s.n && *names; names++)
		if (**names == s.p[0] && ol_span_eqs(s, *names))
			return true;
	return false;
}

static bool begins_with_one_of(struct ol_span s, const char *const *names)
{
	for (; s.n && *names; names++)
		if (**names == s.p[0] && ol_span_starts_str(s, *names))
			return true;
	return false;
}

static bool is(const struct key *k, const char *const *names)
{
	return one_of(span_of(&k->leaf), names) || one_of(span_of(&k->path), names);
}

/* The letters and digits of @s behind what @to holds; of one too long as many as there is room. */
static void add(struct words *to, struct ol_span s)
{
	for (size_t i = 0; i < s.n && to->n < KEY_MAX; i++) {
		char c = s.p[i];

		if (ol_is_alpha(c))
			to->s[to->n++] = (char)(c | 0x20);
		else if (ol_is_digit(c))
			to->s[to->n++] = c;
	}
}

static struct key key_in(struct ol_span path, struct ol_span name)
{
	ssize_t dot = ol_span_rfind(name, OL_SPAN("."));
	struct key k;

	k.leaf.n = k.path.n = 0;
	add(&k.path, path);
	add(&k.path, name);
	add(&k.leaf, ol_span_skip(name, (size_t)(dot + 1)));
	return k;
}

static struct ol_span str(const cJSON *v)
{
	return cJSON_IsString(v) ? ol_span_trim(ol_span_str(v->valuestring)) : ol_span(NULL, 0);
}

/* A number, or one in quotes */
static bool num(const cJSON *v, double *ret)
{
	uint64_t n;

	if (cJSON_IsNumber(v))
		*ret = v->valuedouble;
	else if (ol_span_u64(str(v), &n))
		*ret = (double)n;
	else
		return false;
	return true;
}

/* Is anything stated? "-" is how RFC 5424 says that nothing is. */
static bool stated(const cJSON *v)
{
	struct ol_span s = str(v);
	double n;

	if (num(v, &n))
		return n != 0;
	return s.n ? !ol_span_eqs(s, "-") : cJSON_IsArray(v) || cJSON_IsObject(v);
}

bool ol_transport_route(struct ol_span s)
{
	static const char *const names[] = {
		"messages", "syslog",           "syslogd", "rsyslogd",  "rsyslog", "journal",
		"journald", "systemd-journald", "console", "syslog-ng", NULL
	};

	return !s.n || one_of(s, names) || ol_span_eqs(s, "-") || ol_span_chr(s, '/') >= 0;
}

static bool names_kernel(struct ol_span s)
{
	return ol_transport_is_kernel_tag(s) || ol_span_eqs(s, "kmsg");
}

/* "kern", "KERN", "Kernel messages"; "user-level", "security/authorization" are others. */
static bool is_kern(struct ol_span facility)
{
	return ol_export_same(ol_span_head(facility, 4), OL_SPAN("kern"));
}

/*
 * fluentd's: "kernel", "kern.warn", "system.kern.warn", "host.kernel" for the machine's;
 * "kubernetes.var.log.containers.kernel.…", "docker.kernel", "syslog.user.notice" for a program's;
 * "var.log.messages" is a route.
 */
static enum ol_source tag_source(struct ol_span tag)
{
	static const char *const containers[] = { "kube", "k8s",  "docker", "container",
						  "pod",  "cri-", NULL };
	static const char *const machines[] = { "host",    "system",  "systemd",  "syslog",
						"rsyslog", "journal", "journald", "log",
						"logs",    "var",     "messages", "node",
						"linux",   "os",      "raw",      "local",
						NULL };
	struct ol_span rest = tag, part = { NULL, 0 }, before = { NULL, 0 };
	bool machine = true;

	while (rest.n) {
		ssize_t dot = ol_span_chr(rest, '.');

		machine &= !part.n || one_of(part, machines);
		before = part;
		part = dot < 0 ? rest : ol_span_head(rest, (size_t)dot);
		rest = ol_span_skip(rest, part.n + 1);
		if (begins_with_one_of(part, containers) || ol_span_eqs(part, "cri"))
			return OL_SRC_PROGRAM;
	}
	if (ol_transport_level(part) >= 0 && ol_transport_is_kernel_tag(before))
		return OL_SRC_KERNEL;
	if (ol_transport_level(part) >= 0 && ol_transport_facility(before) > 0)
		return OL_SRC_PROGRAM;
	return machine && names_kernel(part) ? OL_SRC_KERNEL : OL_SRC_UNSAID;
}

static enum ol_source facility_source(const cJSON *v)
{
	struct ol_span s = str(v);
	double n;

	if (num(v, &n))
		return n > 0 ? OL_SRC_PROGRAM : OL_SRC_UNSAID;
	return s.n && !ol_span_eqs(s, "-") && !is_kern(s) ? OL_SRC_PROGRAM : OL_SRC_UNSAID;
}

/* The number in front of a syslog line, "user.notice"; a level alone says nothing. */
static enum ol_source priority_source(const cJSON *v)
{
	struct ol_span s = str(v);
	ssize_t dot = ol_span_chr(s, '.');
	double n;

	if (num(v, &n))
		return n > 7 ? OL_SRC_PROGRAM : OL_SRC_UNSAID;
	return dot > 0 && ol_transport_facility(ol_span_head(s, (size_t)dot)) > 0 ? OL_SRC_PROGRAM
										  : OL_SRC_UNSAID;
}

static enum ol_source name_source(const struct key *k, const cJSON *v, struct ol_span *ret_name)
{
	static const char *const tags[] = { "tag", "fluenttag", "fluentdtag", "fluentbittag",
					    NULL };
	struct ol_span name = str(v);

	if (cJSON_IsArray(v)) /* the kernel has one name */
		return OL_SRC_PROGRAM;
	if (name.n && name.p[name.n - 1] == ':') /* rsyslog's "syslogtag" */
		name.n--;
	if (!name.n)
		return OL_SRC_UNSAID;
	if (names_kernel(name))
		return OL_SRC_KERNEL;
	if (is(k, tags) && ol_span_chr(name, '.') >= 0)
		return tag_source(name);
	if (ol_transport_route(name))
		return OL_SRC_UNSAID;
	*ret_name = name;
	return OL_SRC_PROGRAM;
}

/* Has a container's log, or only a node's: "k8s.node.name", "kubernetes.cluster" */
static bool in_container(const struct key *k, const cJSON *v)
{
	static const char *const words[] = {
		"kubernetes", "k8s", "docker", "container", "pod", NULL
	};
	struct ol_span leaf = span_of(&k->leaf), path = span_of(&k->path);

	if (!stated(v) || (!begins_with_one_of(leaf, words) && !begins_with_one_of(path, words)))
		return false;
	return ol_span_find(path, OL_SPAN("node")) < 0 &&
	       ol_span_find(path, OL_SPAN("cluster")) < 0;
}

/* What one field says of the writer; @ret_name: his name. */
static enum ol_source field_source(const struct key *k, const cJSON *v, struct ol_span *ret_name)
{
	/* who they name, the kernel or a program */
	static const char *const names[] = { "ident",      "identifier",   "syslogidentifier",
					     "program",    "programname",  "app",
					     "appname",    "application",  "applicationname",
					     "process",    "processname",  "processprogram",
					     "unit",       "unitname",     "systemdunit",
					     "tag",        "syslogtag",    "fluenttag",
					     "fluentdtag", "fluentbittag", "comm",
					     NULL };
	/* what a program calls itself, or a part of it */
	static const char *const services[] = { "service", "servicename", NULL };
	/* the kernel has none of these */
	static const char *const programs[] = {
		"pid",        "processid",  "procid",        "syslogpid",  "thread",
		"threadname", "threadid",   "logger",        "loggername", "sourcecontext",
		"func",       "funcname",   "lineno",        "linenumber", "stacktrace",
		"exception",  "levelvalue", "goroutine",     "uid",        "gid",
		"exe",        "cmdline",    "systemdcgroup", NULL
	};
	static const char *const files[] = { "file",   "filename", "filepath", "path",
					     "source", "logfile",  NULL };
	static const char *const facilities[] = { "facility",
						  "facilitycode",
						  "facilityname",
						  "facilitytext",
						  "facilitylabel",
						  "facilitynum",
						  NULL };
	static const char *const priorities[] = {
		"pri", "syslogpri", "pritext", "syslogpritext", "priority", "syslogpriority", NULL
	};
	static const char *const transports[] = { "systemdtransport", "journaldtransport",
						  "journaltransport", NULL };
	struct ol_span path = span_of(&k->path), s = str(v);

	if (in_container(k, v))
		return OL_SRC_PROGRAM;
	if (is(k, names))
		return name_source(k, v, ret_name);
	if (is(k, services))
		return ol_transport_route(s) || names_kernel(s) ? OL_SRC_UNSAID : OL_SRC_PROGRAM;
	if (is(k, programs))
		return stated(v) ? OL_SRC_PROGRAM : OL_SRC_UNSAID;
	if (ol_span_eqs(path, "caller")) /* zap's "app/main.go:12"; the kernel's is "T12" */
		return ol_span_chr(s, '.') >= 0 || ol_span_chr(s, '/') >= 0 ? OL_SRC_PROGRAM
									    : OL_SRC_UNSAID;
	if (is(k, files))
		return ol_span_find(s, OL_SPAN("/containers/")) >= 0 ||
				       ol_span_find(s, OL_SPAN("/pods/")) >= 0
			       ? OL_SRC_PROGRAM
			       : OL_SRC_UNSAID;
	for (size_t i = 0; facilities[i]; i++)
		if (ol_span_ends(path, ol_span_str(facilities[i])))
			return facility_source(v);
	if (is(k, priorities))
		return priority_source(v);
	if (is(k, transports) && s.n)
		return ol_span_eqs(s, "kernel") ? OL_SRC_KERNEL : OL_SRC_PROGRAM;
	return OL_SRC_UNSAID;
}

/* Objects that tell of the machine or of the shipper */
static bool is_carrier(const struct key *k)
{
	static const char *const names[] = { "host",  "agent", "beat",     "observer",  "cloud",
					     "input", "ecs",   "metadata", "collector", NULL };

	return one_of(span_of(&k->path), names);
}

/* What is known so far, and what one more field adds. */
struct found {
	enum ol_source source;
	struct ol_span name;
};

static void walk(struct found *to, const cJSON *object, struct ol_span path, unsigned depth);

static void field(struct found *to, struct ol_span path, struct ol_span name, const cJSON *v,
		  unsigned depth)
{
	struct key k = key_in(path, ol_export_unwrap(name));
	struct found one = { OL_SRC_UNSAID, { NULL, 0 } };
	const cJSON *at = NULL, *value;
	struct ol_span key;
	/* an object, or a list of names and values */
	bool pairs = ol_export_pair(v, &at, &key, &value), object = cJSON_IsObject(v) || pairs;

	if (object && (depth >= DEPTH_MAX || is_carrier(&k)))
		return;
	if (object && ol_export_envelope(name)) {
		k.path.n = 0;
		add(&k.path, path);
	} else if (!object || in_container(&k, v)) {
		object = false;
	}
	for (; object && pairs; pairs = ol_export_pair(v, &at, &key, &value))
		field(&one, span_of(&k.path), key, value, depth + 1);
	if (object && cJSON_IsObject(v))
		walk(&one, v, span_of(&k.path), depth + 1);
	if (!object && ol_span_eqs(ol_export_unwrap(name),
				   "_TRANSPORT")) /* journald's own, wherever it stands */
		one.source = ol_span_eqs(str(v), "kernel") ? OL_SRC_KERNEL : OL_SRC_PROGRAM;
	else if (!object)
		one.source = field_source(&k, v, &one.name);
	to->source = one.source > to->source ? one.source : to->source;
	if (one.source == OL_SRC_PROGRAM && !to->name.n)
		to->name = one.name;
}

static void walk(struct found *to, const cJSON *object, struct ol_span path, unsigned depth)
{
	const cJSON *v;

	cJSON_ArrayForEach(v, object)
	{
		if (v->string)
			field(to, path, ol_span_str(v->string), v, depth);
	}
}

enum ol_source ol_transport_source(const cJSON *root, struct ol_span *ret_name)
{
	struct found found = { OL_SRC_UNSAID, { NULL, 0 } };

	walk(&found, root, ol_span("", 0), 0);
	*ret_name = found.name;
	return found.source;
}
