// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/verdict.h"

/* The words that scripts see. They never change; what people read is put together elsewhere. */

const char *ol_zone_verdict_name(enum ol_zone_verdict v)
{
	switch (v) {
	case OL_ZV_UNKNOWN:
		return "unknown";
	case OL_ZV_NOT_ELIGIBLE:
		return "not-eligible";
	case OL_ZV_BELOW:
		return "below-watermark";
	case OL_ZV_NO_BLOCK:
		return "no-block";
	case OL_ZV_OK:
		return "ok";
	}
	return "unknown";
}

const char *ol_victim_reason_name(enum ol_victim_reason r)
{
	static const char *const names[OL_VR_MAX] = {
		[OL_VR_UNKNOWN] = "unknown",
		[OL_VR_LARGEST] = "largest",
		[OL_VR_SCORE_ADJUSTED] = "score-adjusted",
		[OL_VR_ALLOCATING_TASK] = "allocating-task",
		[OL_VR_GROUP] = "group",
		[OL_VR_CHILD_OF_LARGEST] = "child-of-largest",
		[OL_VR_ONLY_KILLABLE] = "only-killable",
		[OL_VR_NONE_KILLABLE] = "none-killable",
	};

	return names[(unsigned)r < OL_VR_MAX ? r : OL_VR_UNKNOWN];
}

const char *ol_cause_name(enum ol_cause c)
{
	static const char *const names[OL_CAUSE_MAX] = {
#define OL_CAUSE(id, name, family) [OL_CAUSE_##id] = name,
#include "analyze/judge/causes.def"
#undef OL_CAUSE
	};

	return (unsigned)c < OL_CAUSE_MAX ? names[c] : NULL;
}

const char *ol_confidence_name(enum ol_confidence c)
{
	switch (c) {
	case OL_CONF_LOW:
		return "low";
	case OL_CONF_MEDIUM:
		return "medium";
	case OL_CONF_HIGH:
		return "high";
	}
	return NULL;
}
