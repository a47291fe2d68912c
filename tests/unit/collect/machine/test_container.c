// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "collect/machine/container.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID "1b2c3d4e-5f60-4172-8394-a5b6c7d8e9f0"
#define UI_ "1b2c3d4e_5f60_4172_8394_a5b6c7d8e9f0"
#define MD5 "00112233445566778899aabbccddeeff"
#define KPB "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod"

static const struct {
	const char *path, *runtime, *id, *pod_uid, *qos, *unit, *name;
} paths[] = {
	/* Kubernetes, cgroupfs driver */
	{ "/kubepods/burstable/pod" UID "/" ID, "kubernetes", ID, UID, "burstable", NULL, NULL },
	{ "/kubepods/besteffort/pod" UID, "kubernetes", NULL, UID, "besteffort", NULL, NULL },
	{ "/kubepods/pod" UID "/" ID, "kubernetes", ID, UID, "guaranteed", NULL, NULL },
	{ "/kubepods/pod" MD5 "/" ID, "kubernetes", ID, MD5, "guaranteed", NULL, NULL },
	{ "/kubepods/burstable/pod" UID "/crio-" ID, "cri-o", ID, UID, "burstable", NULL, NULL },
	{ "/kubepods/burstable", "kubernetes", NULL, NULL, "burstable", NULL, NULL },
	{ "/kubepods", "kubernetes", NULL, NULL, NULL, NULL, NULL },
	/* systemd driver */
	{ KPB UI_ ".slice/cri-containerd-" ID ".scope", "containerd", ID, UID, "burstable",
	  "cri-containerd-" ID ".scope", NULL },
	{ KPB UI_ ".slice/crio-" ID ".scope", "cri-o", ID, UID, "burstable", "crio-" ID ".scope",
	  NULL },
	{ KPB UI_ ".slice/crio-conmon-" ID ".scope", "cri-o", ID, UID, "burstable",
	  "crio-conmon-" ID ".scope", NULL },
	{ KPB UI_ ".slice/docker-" ID ".scope", "docker", ID, UID, "burstable",
	  "docker-" ID ".scope", NULL },
	{ KPB UI_ ".slice/myrt-" ID ".scope", "kubernetes", ID, UID, "burstable",
	  "myrt-" ID ".scope", NULL },
	{ KPB UI_ ".slice", "kubernetes", NULL, UID, "burstable",
	  "kubepods-burstable-pod" UI_ ".slice", NULL },
	{ "/kubepods.slice/kubepods-pod" UI_ ".slice", "kubernetes", NULL, UID, "guaranteed",
	  "kubepods-pod" UI_ ".slice", NULL },
	{ "/kubepods.slice/kubepods-pod" MD5 ".slice", "kubernetes", NULL, MD5, "guaranteed",
	  "kubepods-pod" MD5 ".slice", NULL },
	{ "/kubepods.slice/kubepods-besteffort.slice", "kubernetes", NULL, NULL, "besteffort",
	  "kubepods-besteffort.slice", NULL },
	{ "/kubepods.slice", "kubernetes", NULL, NULL, NULL, "kubepods.slice", NULL },
	/* kind: a node is a docker container */
	{ "/docker/" ID2 "/kubelet/kubepods/besteffort/pod" UID "/" ID, "kubernetes", ID, UID,
	  "besteffort", NULL, NULL },
	{ "/docker/" ID2 "/kubelet/kubepods/besteffort/pod" UID, "kubernetes", NULL, UID,
	  "besteffort", NULL, NULL },
	{ "/system.slice/docker-" ID2 ".scope/kubelet.slice/kubelet-kubepods.slice/"
	  "kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod" UI_
	  ".slice/cri-containerd-" ID ".scope",
	  "containerd", ID, UID, "burstable", "cri-containerd-" ID ".scope", NULL },
	/* a cluster in a pod, docker in a pod */
	{ "/kubepods/burstable/pod" MD5 "/" ID2 "/kubepods/pod" UID, "kubernetes", NULL, UID,
	  "guaranteed", NULL, NULL },
	{ "/kubepods/burstable/pod" UID "/" ID2 "/docker/" ID, "docker", ID, UID, "burstable", NULL,
	  NULL },
	/* systemd's notation taken for a directory */
	{ "/system.slice/containerd.service/kubepods-burstable-pod" UI_ ".slice:cri-containerd:" ID,
	  "containerd", ID, UID, "burstable", "containerd.service", NULL },
	/* dockerd's BuildKit, likewise */
	{ "/system.slice:docker:abcdefghijklmnopqrstuvwx1", "buildkit", "abcdefghijklmnopqrstuvwx1",
	  NULL, NULL, NULL, NULL },
	{ "/system.slice:docker:abcdefg", NULL, NULL, NULL, NULL, NULL, NULL },
	/* containerd, docker, podman */
	{ "/k8s.io/" ID, "containerd", ID, NULL, NULL, NULL, NULL },
	{ "/default/" ID, "containerd", ID, NULL, NULL, NULL, NULL },
	{ "/default/web", NULL, NULL, NULL, NULL, NULL, NULL },
	{ "/moby/" ID, "docker", ID, NULL, NULL, NULL, NULL },
	{ "/docker/" ID, "docker", ID, NULL, NULL, NULL, NULL },
	{ "/docker", "docker", NULL, NULL, NULL, NULL, NULL },
	{ "/docker/" ID "/system.slice/nginx.service", "docker", ID, NULL, NULL, "nginx.service",
	  NULL },
	{ "/system.slice/docker.service/docker/" ID, "docker", ID, NULL, NULL, "docker.service",
	  NULL },
	{ "/system.slice/docker-" ID ".scope", "docker", ID, NULL, NULL, "docker-" ID ".scope",
	  NULL },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope", "docker",
	  ID, NULL, NULL, "docker-" ID ".scope", NULL },
	{ "/docker/buildkit/abcdefghijklmnopqrstuvwx1", "buildkit", "abcdefghijklmnopqrstuvwx1",
	  NULL, NULL, NULL, NULL },
	{ "/docker/buildkit/abcdefg", "buildkit", NULL, NULL, NULL, NULL, NULL },
	{ "/machine.slice/libpod-" ID ".scope/container", "podman", ID, NULL, NULL,
	  "libpod-" ID ".scope", NULL },
	{ "/machine.slice/libpod-conmon-" ID ".scope", "podman", ID, NULL, NULL,
	  "libpod-conmon-" ID ".scope", NULL },
	{ "/libpod_parent/libpod-" ID, "podman", ID, NULL, NULL, NULL, NULL },
	{ "/machine.slice/machine-libpod_pod_" ID ".slice", "podman", NULL, NULL, NULL,
	  "machine-libpod_pod_" ID ".slice", ID },
	{ "/machine.slice/machine-libpod_pod_" ID2 ".slice/libpod-" ID ".scope", "podman", ID, NULL,
	  NULL, "libpod-" ID ".scope", ID2 },
	/* LXC */
	{ "/lxc/foo", "lxc", NULL, NULL, NULL, NULL, "foo" },
	{ "/lxc/207/ns", "lxc", NULL, NULL, NULL, NULL, "207" },
	{ "/lxc/207/ns/system.slice/docker-" ID ".scope", "docker", ID, NULL, NULL,
	  "docker-" ID ".scope", "207" },
	{ "/lxc.payload.proj_web/system.slice/nginx.service", "lxc", NULL, NULL, NULL,
	  "nginx.service", "proj_web" },
	{ "/lxc.payload.c1/user.slice/user-0.slice/session-3.scope", "lxc", NULL, NULL, NULL,
	  "session-3.scope", "c1" },
	{ "/lxc.payload/web", "lxc", NULL, NULL, NULL, NULL, "web" },
	{ "/lxc.monitor.web", "lxc", NULL, NULL, NULL, NULL, "web" },
	{ "/lxc.payload.n/kubepods.slice/kubepods-pod" UI_ ".slice", "kubernetes", NULL, UID,
	  "guaranteed", "kubepods-pod" UI_ ".slice", "n" },
	/* nspawn, libvirt, Proxmox */
	{ "/machine.slice/systemd-nspawn@web.service/payload", "systemd-nspawn", NULL, NULL, NULL,
	  "systemd-nspawn@web.service", "web" },
	{ "/machine.slice/machine-we\\x2db.scope", "systemd-nspawn", NULL, NULL, NULL,
	  "machine-we\\x2db.scope", "we-b" },
	{ "/machine.slice/machine-qemu\\x2d3\\x2dweb\\x2d01.scope/libvirt/emulator", "libvirt",
	  NULL, NULL, NULL, "machine-qemu\\x2d3\\x2dweb\\x2d01.scope", "web-01" },
	{ "/machine/qemu-3-web.libvirt-qemu", "libvirt", NULL, NULL, NULL, NULL, "web" },
	{ "/qemu.slice/105.scope", "qemu", NULL, NULL, NULL, "105.scope", "105" },
	/* systemd */
	{ "/system.slice/nginx.service", "systemd", NULL, NULL, NULL, "nginx.service", NULL },
	{ "/system.slice/system-getty.slice/getty@tty1.service", "systemd", NULL, NULL, NULL,
	  "getty@tty1.service", NULL },
	{ "/user.slice/user-1000.slice/session-7.scope", "systemd", NULL, NULL, NULL,
	  "session-7.scope", "7" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/run-u12.service", "systemd",
	  NULL, NULL, NULL, "run-u12.service", NULL },
	{ "/user.slice", "systemd", NULL, NULL, NULL, "user.slice", NULL },
	{ "/init.scope", "systemd", NULL, NULL, NULL, "init.scope", NULL },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/"
	  "app-flatpak-org.mozilla.firefox-2345.scope",
	  "flatpak", NULL, NULL, NULL, "app-flatpak-org.mozilla.firefox-2345.scope",
	  "org.mozilla.firefox" },
	{ "/user.slice/snap.code.code-" UID ".scope", "snap", NULL, NULL, NULL,
	  "snap.code.code-" UID ".scope", "code" },
	{ "/system.slice/snap.lxd.daemon.service", "snap", NULL, NULL, NULL,
	  "snap.lxd.daemon.service", "lxd" },
	/* schedulers and platforms */
	{ "/ecs/" MD5 "/" ID, "ecs", ID, NULL, NULL, NULL, MD5 },
	{ "/ecs/" UID "/" ID, "ecs", ID, NULL, NULL, NULL, UID },
	{ "/ecs/" MD5 "/" MD5 "-123456", "ecs", MD5 "-123456", NULL, NULL, NULL, MD5 },
	{ "/ecstasks.slice/ecstasks-" MD5 ".slice/docker-" ID ".scope", "docker", ID, NULL, NULL,
	  "docker-" ID ".scope", MD5 },
	{ "/ecs/shed/" MD5 "/" ID, "ecs", ID, NULL, NULL, NULL, MD5 },
	{ "/ecs/shed/yard/" MD5 "/" ID, NULL, ID, NULL, NULL, NULL, NULL },
	{ "/nomad/" UID, "nomad", UID, NULL, NULL, NULL, NULL },
	{ "/nomad/" UID "-redis", "nomad", UID, NULL, NULL, NULL, "redis" },
	{ "/nomad.slice/" UID ".redis.scope", "nomad", UID, NULL, NULL, UID ".redis.scope",
	  "redis" },
	{ "/nomad.slice/share.slice/" UID ".my.task.scope", "nomad", UID, NULL, NULL,
	  UID ".my.task.scope", "my.task" },
	{ "/slurm/uid_1000/job_42/step_0/task_1", "slurm", NULL, NULL, NULL, NULL, "42.0" },
	{ "/slurm_node7/uid_1000/job_42", "slurm", NULL, NULL, NULL, NULL, "42" },
	{ "/system.slice/slurmstepd.scope/job_42/step_batch/user/task_0", "slurm", NULL, NULL, NULL,
	  "slurmstepd.scope", "42.batch" },
	{ "/system.slice/node7_slurmstepd.scope/job_42", "slurm", NULL, NULL, NULL,
	  "node7_slurmstepd.scope", "42" },
	{ "/pbs_jobs.service/jobid/7.head", "pbs", NULL, NULL, NULL, "pbs_jobs.service", "7.head" },
	{ "/lsf/cluster1/job.1234.5678.1449812345", "lsf", NULL, NULL, NULL, NULL, "1234" },
	{ "/htcondor/condor_var_lib_condor_execute_slot1_2@node7", "htcondor", NULL, NULL, NULL,
	  NULL, "slot1_2" },
	{ "/garden-1/0a1b2c3d-1234-5678-9abc-def0", "garden", "0a1b2c3d-1234-5678-9abc-def0", NULL,
	  NULL, NULL, NULL },
	{ "/garden/good/" UID, "garden", UID, NULL, NULL, NULL, NULL },
	{ "/system.slice/runc-bpm-router.scope", "bpm", NULL, NULL, NULL, "runc-bpm-router.scope",
	  "router" },
	{ "/mesos/" UID "/mesos/0f1e2d3c-4b5a-4697-8796-a5b4c3d2e1f0", "mesos",
	  "0f1e2d3c-4b5a-4697-8796-a5b4c3d2e1f0", NULL, NULL, NULL, NULL },
	{ "/system.slice/apptainer-4711.scope", "apptainer", NULL, NULL, NULL,
	  "apptainer-4711.scope", "4711" },
	{ "/apps/uid_10123/pid_4711", "android", NULL, NULL, NULL, NULL, "uid_10123/pid_4711" },
	{ "/kata_overhead/" ID, "kata", ID, NULL, NULL, NULL, NULL },
	{ "/kata_" ID, "kata", ID, NULL, NULL, NULL, NULL },
	/* the last component alone, as cpuset= prints it */
	{ ID, NULL, ID, NULL, NULL, NULL, NULL },
	{ "docker-" ID ".scope", "docker", ID, NULL, NULL, "docker-" ID ".scope", NULL },
	/* nothing to say */
	{ "/", NULL, NULL, NULL, NULL, NULL, NULL },
	{ "", NULL, NULL, NULL, NULL, NULL, NULL },
	{ "/batch", NULL, NULL, NULL, NULL, NULL, NULL },
	{ "/apps/background", NULL, NULL, NULL, NULL, NULL, NULL },
	{ "//..//", NULL, NULL, NULL, NULL, NULL, NULL },
	{ "/.slice/.scope", NULL, NULL, NULL, NULL, NULL, NULL },
	{ "/mykubepods.slice", "systemd", NULL, NULL, NULL, "mykubepods.slice", NULL },
	{ "/kubepodsx", NULL, NULL, NULL, NULL, NULL, NULL },
	/* cut short: what is certain stays, ids and uids that are not whole are not given */
	{ "/docker/0123456789ab", "docker", NULL, NULL, NULL, NULL, NULL },
	{ "/system.slice/docker-0123456789ab.scope", "systemd", NULL, NULL, NULL,
	  "docker-0123456789ab.scope", NULL },
	{ "/system.slice/docker-" ID ".sco", "docker", ID, NULL, NULL, "system.slice", NULL },
	{ "/system.slice/docker-" ID "0", "systemd", NULL, NULL, NULL, "system.slice", NULL },
	{ KPB "1b2c3d4e_5f60_417", "kubernetes", NULL, NULL, "burstable",
	  "kubepods-burstable.slice", NULL },
	{ KPB UI_ ".slice/cri-containerd-01234567", "kubernetes", NULL, UID, "burstable",
	  "kubepods-burstable-pod" UI_ ".slice", NULL },
	{ "/kubepods/burstable/pod" UID "/0123", "kubernetes", NULL, UID, "burstable", NULL, NULL },
	{ "/kubepods/burstable/pod1b2c3d4e-5f", "kubernetes", NULL, NULL, "burstable", NULL, NULL },
	{ "/kubepods.slice/kubepods-burst", "kubernetes", NULL, NULL, NULL, "kubepods.slice",
	  NULL },
	{ "/machine.slice/machine-we\\x2", "systemd", NULL, NULL, NULL, "machine.slice", NULL },
};

static void same(const char *path, const char *what, struct ol_span got, const char *want)
{
	if (!want ? got.p != NULL : !got.p || !ol_span_eqs(got, want))
		fail_msg("%s: %s is \"" OL_SPAN_FMT "\", want %s", path, what, OL_SPAN_ARG(got),
			 want ? want : "nothing");
}

static void test_paths(void **state)
{
	struct ol_container c;

	(void)state;
	for (size_t i = 0; i < N(paths); i++) {
		const char *p = paths[i].path;
		/* A copy of exactly its size, so that a read beyond the end is seen. */
		size_t n = strlen(p);
		char *copy = malloc(n ? n : 1);
		bool any;

		assert_non_null(copy);
		memcpy(copy, p, n);
		any = ol_container_from_path(ol_span(copy, n), &c);
		same(p, "runtime", ol_span_str(c.runtime), paths[i].runtime);
		same(p, "id", c.id, paths[i].id);
		same(p, "pod_uid", c.pod_uid, paths[i].pod_uid);
		same(p, "qos", ol_span_str(c.qos), paths[i].qos);
		same(p, "unit", c.unit, paths[i].unit);
		same(p, "name", c.name, paths[i].name);
		assert_true(any == (c.runtime || c.id.p || c.name.p));
		free(copy);
	}
}

/* Both containers of one in another. */
static void test_outer(void **state)
{
	static const struct {
		const char *path, *runtime, *id, *in, *in_id;
	} v[] = {
		{ "/docker/" ID2 "/kubelet/kubepods/burstable/pod" UID "/" ID, "kubernetes", ID,
		  "docker", ID2 },
		{ "/system.slice/docker-" ID2 ".scope/kubelet.slice/kubelet-kubepods.slice/"
		  "kubelet-kubepods-pod" UI_ ".slice/cri-containerd-" ID ".scope",
		  "containerd", ID, "docker", ID2 },
		{ "/kubepods/burstable/pod" UID "/" ID2 "/docker/" ID, "docker", ID, "kubernetes",
		  ID2 },
		{ "/docker/" ID "/system.slice/nginx.service", "docker", ID, NULL, NULL },
		{ "/lxc/web/docker/" ID, "docker", ID, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < N(v); i++) {
		struct ol_container c;

		assert_true(ol_container_from_path(ol_span_str(v[i].path), &c));
		same(v[i].path, "runtime", ol_span_str(c.runtime), v[i].runtime);
		same(v[i].path, "id", c.id, v[i].id);
		same(v[i].path, "outer runtime", ol_span_str(c.outer.runtime), v[i].in);
		same(v[i].path, "outer id", c.outer.id, v[i].in_id);
	}
}

/* Every prefix of every path: never an id or uid that the whole path does not have. */
static void test_cut_anywhere(void **state)
{
	struct ol_container c;

	(void)state;
	for (size_t i = 0; i < N(paths); i++) {
		for (size_t n = 0; n < strlen(paths[i].path); n++) {
			ol_container_from_path(ol_span(paths[i].path, n), &c);
			if (c.id.p)
				assert_true(c.id.n == 64 || c.id.n == 36 || c.id.n == 25 ||
					    (c.id.n >= 28 && c.id.n <= 40));
			if (c.pod_uid.p)
				assert_true(c.pod_uid.n == 36 || c.pod_uid.n == 32);
		}
	}
}

static void test_hostile(void **state)
{
	static char big[1 << 20];
	struct ol_container c;

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = "/machine-a\\x2d.scope"[i % 20];
	assert_true(ol_container_from_path(ol_span(big, sizeof(big)), &c));
	assert_true(ol_span_eqs(c.name, "a-"));
	memset(big, '/', sizeof(big));
	assert_false(ol_container_from_path(ol_span(big, sizeof(big)), &c));
	memset(big, '-', sizeof(big));
	assert_false(ol_container_from_path(ol_span(big, sizeof(big)), &c));
	/* an unescaped name that does not fit is not given, and does not harm the unit */
	memset(big, '\\', 4096);
	memcpy(big, "/machine-", 9);
	memcpy(big + 4090, ".scope", 6);
	assert_true(ol_container_from_path(ol_span(big, 4096), &c));
	assert_null(c.name.p);
	assert_int_equal(c.unit.n, 4095);
	assert_false(ol_container_from_path(ol_span(NULL, 0), &c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_outer),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
