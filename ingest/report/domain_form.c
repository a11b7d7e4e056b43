/* SPDX-License-Identifier: MIT */
#include "ingest/report/domain_form.h"

#include <string.h>

#include "base/ascii.h"
#include "base/domain_name.h"
#include "ingest/report/address.h"

static struct slice from_offset(struct slice text, size_t start)
{
	return (struct slice){ text.data + start, text.size - start };
}

static struct slice cut_at(struct slice text, const char *stops)
{
	size_t end = 0;

	while (end < text.size && !memchr(stops, text.data[end], strlen(stops)))
		end++;
	return (struct slice){ text.data, end };
}

/* "example.com (a comment)" */
static struct slice without_comment(struct slice text)
{
	const char *open;

	if (text.size == 0 || text.data[text.size - 1] != ')')
		return text;
	open = memchr(text.data, '(', text.size);
	return open ? slice_trim(slice_between(text.data, open)) : text;
}

/* "Name <user@example.com>" */
static struct slice inside_angles(struct slice text)
{
	const char *open = text.size > 0 ? memrchr(text.data, '<', text.size) : NULL;
	struct slice rest;

	if (!open)
		return text;
	rest = slice_between(open + 1, text.data + text.size);
	return slice_trim(cut_at(rest, ">"));
}

/* "https://example.com/path", "mailto:user@example.com" */
static struct slice without_url(struct slice text)
{
	static const char mailto[] = "mailto:";
	const size_t scheme = slice_find_text(text, "://");

	if (scheme < text.size)
		return cut_at(from_offset(text, scheme + 3), "/?#");
	if (text.size > strlen(mailto) &&
	    slice_is_nocase((struct slice){ text.data, strlen(mailto) }, mailto))
		return cut_at(from_offset(text, strlen(mailto)), "?");
	return text;
}

static struct slice after_at(struct slice text)
{
	const char *at = text.size > 0 ? memrchr(text.data, '@', text.size) : NULL;

	return at ? slice_between(at + 1, text.data + text.size) : text;
}

static struct slice without_port(struct slice text)
{
	size_t end = text.size;

	while (end > 0 && ascii_is_digit(text.data[end - 1]))
		end--;
	if (end > 0 && end < text.size && text.data[end - 1] == ':')
		return (struct slice){ text.data, end - 1 };
	return text;
}

static struct slice without_ornament(struct slice text)
{
	static const char before[] = "\"'[(", after[] = "\"']);,.";

	while (text.size > 0 && memchr(after, text.data[text.size - 1], strlen(after)))
		text.size--;
	while (text.size > 0 && memchr(before, text.data[0], strlen(before)))
		text = from_offset(text, 1);
	if (slice_starts_with(text, "*."))
		text = from_offset(text, 2);
	else if (text.size > 0 && text.data[0] == '.')
		text = from_offset(text, 1);
	return text;
}

static bool reduce(struct arena *arena, struct slice text, struct slice *domain)
{
	text = without_comment(slice_trim(text));
	text = without_url(inside_angles(text));
	text = without_ornament(without_port(without_ornament(after_at(text))));
	return domain_normalise(arena, text, domain);
}

static bool find(struct arena *arena, struct slice text, struct slice *domain,
		 struct quirk_set *quirks)
{
	if (domain_normalise(arena, text, domain))
		return true;
	if (!reduce(arena, text, domain))
		return false;
	quirk_add(quirks, QUIRK_DOMAIN_FORM);
	return true;
}

bool domain_read(struct arena *arena, struct slice text, struct slice *domain,
		 struct quirk_set *quirks)
{
	if (text.size == 0) {
		*domain = text;
	} else if (!find(arena, text, domain, quirks)) {
		quirk_add(quirks, QUIRK_DOMAIN_FORM);
		*domain = memchr(text.data, '@', text.size) ? address_redact(arena, text) : text;
	}
	return !arena->overflowed;
}

/* The name of a record, in place of the domain that it is for. */
static void drop_label(struct slice *domain, struct quirk_set *quirks)
{
	static const char *const labels[] = { "_dmarc.", "_smtp._tls.", "_mta-sts.", "_25._tcp." };

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		const size_t size = strlen(labels[i]);

		if (domain->size <= size || !slice_starts_with(*domain, labels[i]))
			continue;
		quirk_add(quirks, QUIRK_DOMAIN_FORM);
		*domain = from_offset(*domain, size);
		return;
	}
}

bool policy_domain_read(struct arena *arena, struct slice text, struct slice *domain,
			struct quirk_set *quirks)
{
	if (!domain_read(arena, text, domain, quirks))
		return false;
	drop_label(domain, quirks);
	return true;
}

bool policy_domain_find(struct arena *arena, struct slice text, struct slice *domain,
			struct quirk_set *quirks)
{
	if (!find(arena, text, domain, quirks))
		return false;
	drop_label(domain, quirks);
	return true;
}
