// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/priv.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int ol_priv_own_ids(struct ol_err *err)
{
	uid_t uid = getuid();
	gid_t gid = getgid();

	/* groups first: that may take the other user's right */
	if ((getegid() != gid && setresgid(gid, gid, gid)) ||
	    (geteuid() != uid && setresuid(uid, uid, uid)))
		return ol_fail(err, -errno, "cannot go back to your own user and group: %s",
			       strerror(errno));
	return 0;
}

static int no_new_privs(struct ol_err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return ol_fail(err, -errno, "cannot set no_new_privs: %s", strerror(errno));
	return 0;
}

#ifdef OL_HAVE_CAP
#include <stdio.h>
#include <sys/capability.h>

static const cap_value_t of_reading[] = { CAP_DAC_READ_SEARCH, CAP_SYSLOG, CAP_SYS_PTRACE };
enum { N_READING = sizeof(of_reading) / sizeof(of_reading[0]) };

static bool any(cap_t c)
{
	cap_t none = cap_init();
	bool r = !none || cap_compare(c, none);

	cap_free(none);
	return r;
}

static bool is_own(cap_t had, cap_value_t v)
{
	cap_flag_value_t on = CAP_CLEAR;

	if (getuid())
		return cap_get_ambient(v) == 1;
	return !cap_get_flag(had, v, CAP_PERMITTED, &on) && on == CAP_SET;
}

static int give_up(bool everything, struct ol_err *err)
{
	/* looked at before the ids change: that clears what a set-user-ID root had */
	bool set_id = geteuid() != getuid() || getegid() != getgid();
	cap_t had = cap_get_proc(), keep = cap_init();
	bool privileged;
	int rc = 0;

	if (!had || !keep) {
		rc = ol_fail(err, -errno, "cannot look at capabilities: %s", strerror(errno));
		goto out;
	}
	privileged = set_id || !getuid() || any(had);
	for (int i = 0; i < N_READING && !everything; i++) {
		cap_value_t v = of_reading[i];

		if (is_own(had, v) && (cap_set_flag(keep, CAP_PERMITTED, 1, &v, CAP_SET) ||
				       cap_set_flag(keep, CAP_EFFECTIVE, 1, &v, CAP_SET)))
			rc = ol_fail(err, -EINVAL, "cannot keep a capability");
	}
	if (!rc)
		rc = ol_priv_own_ids(err);
	/* inheritable ones go, and with them the ambient ones */
	if (!rc && cap_set_proc(keep))
		rc = ol_fail(err, -errno, "cannot give up capabilities: %s", strerror(errno));
	if (!rc && privileged)
		rc = no_new_privs(err);
out:
	cap_free(had);
	cap_free(keep);
	return rc;
}

int ol_priv_own(struct ol_err *err)
{
	return give_up(false, err);
}

int ol_priv_drop(struct ol_err *err)
{
	return give_up(true, err);
}

const char *ol_priv_version(void)
{
	static char text[32];

#ifdef LIBCAP_MAJOR
	snprintf(text, sizeof(text), "libcap %d.%d", LIBCAP_MAJOR, LIBCAP_MINOR);
#else
	snprintf(text, sizeof(text), "libcap");
#endif
	return text;
}

#else

int ol_priv_own(struct ol_err *err)
{
	int rc = ol_priv_own_ids(err);

	return rc ? rc : no_new_privs(err);
}

int ol_priv_drop(struct ol_err *err)
{
	return ol_priv_own(err);
}

const char *ol_priv_version(void)
{
	return NULL;
}

#endif
