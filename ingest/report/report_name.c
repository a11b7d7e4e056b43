/* SPDX-License-Identifier: MIT */
#include "ingest/report/report_name.h"

#include "base/ascii.h"
#include "base/domain_name.h"

static bool begins_with_digit(struct slice text)
{
	return text.size > 0 && ascii_is_digit(text.data[0]);
}

bool report_name_domain(struct arena *arena, struct slice name, struct slice *domain)
{
	const char *slash = name.size > 0 ? memrchr(name.data, '/', name.size) : NULL;
	struct slice rest = slash ? slice_between(slash + 1, name.data + name.size) : name;
	struct slice policy_domain, begin;

	if (slice_split(rest, '!', &rest).size == 0 || !rest.data)
		return false;
	policy_domain = slice_split(rest, '!', &rest);
	if (!rest.data)
		return false;
	begin = slice_split(rest, '!', &rest);
	return begins_with_digit(begin) && rest.data && begins_with_digit(rest) &&
	       domain_normalise(arena, policy_domain, domain);
}
