/* address.c - mail addresses in foreign text, and how to leave people out
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/address.h"

#include "base/ascii.h"
#include "ingest/domain.h"

static bool ends_domain(char c)
{
	return ascii_is_space(c) || ascii_is_control(c) || memchr(">,;()<\"'@[]", c, 11);
}

static struct slice domain_at(struct arena *arena, struct slice text, size_t start)
{
	struct slice domain = { NULL, 0 };
	size_t end = start;

	while (end < text.size && !ends_domain(text.data[end]))
		end++;
	if (!domain_normalise(arena, slice_between(text.data + start, text.data + end), &domain))
		return (struct slice){ NULL, 0 };
	return domain;
}

struct slice address_domain(struct arena *arena, struct slice text)
{
	size_t at = text.size;

	while (at > 0 && text.data[at - 1] != '@')
		at--;
	return at > 0 ? domain_at(arena, text, at) : (struct slice){ NULL, 0 };
}

static bool contains(const struct slice *list, size_t count, struct slice value)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(list[i], value))
			return true;
	return false;
}

size_t address_domains(struct arena *arena, struct slice text, struct slice *domains, size_t max)
{
	size_t count = 0;

	for (size_t at = 0; at < text.size && count < max; at++) {
		struct slice domain;

		if (text.data[at] != '@')
			continue;
		domain = domain_at(arena, text, at + 1);
		if (domain.data && !contains(domains, count, domain))
			domains[count++] = domain;
	}
	return count;
}

/* "smtp.mailfrom=" and its like in Authentication-Results (RFC 8601 section
 * 2.7): here, and here alone, '=' does not belong to the local part. */
static size_t property_size(struct slice token)
{
	static const char *const types[] = { "smtp.", "header.", "policy.", "body." };
	const size_t equals = slice_find(token, '=');

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_starts_with(token, types[i]) && equals < token.size)
			return equals + 1;
	return 0;
}

/* Where the local part before the "@" at this place begins. */
static size_t local_part(struct slice text, size_t from, size_t at)
{
	size_t start = at;

	if (start > from && text.data[start - 1] == '"') {
		start--;
		while (start > from && text.data[start - 1] != '"')
			start--;
		return start > from ? start - 1 : start;
	}
	while (start > from && !ascii_is_space(text.data[start - 1]) &&
	       !memchr("<>(),;:\"@[]\\", text.data[start - 1], 12))
		start--;
	return start + property_size(slice_between(text.data + start, text.data + at));
}

struct slice address_redact(struct arena *arena, struct slice text)
{
	char *copy = text.data ? arena_text(arena, text) : NULL;
	size_t used = 0, from = 0;

	if (!copy)
		return (struct slice){ NULL, 0 };
	for (size_t at = 0; at < text.size; at++) {
		size_t start;

		if (text.data[at] != '@')
			continue;
		start = local_part(text, from, at);
		memcpy(copy + used, text.data + from, start - from);
		used += start - from;
		from = at;
	}
	memcpy(copy + used, text.data + from, text.size - from);
	used += text.size - from;
	copy[used] = '\0';
	return (struct slice){ copy, used };
}
