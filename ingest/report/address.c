/* SPDX-License-Identifier: MIT */
#include "ingest/report/address.h"

#include "base/ascii.h"
#include "base/hash.h"
#include "base/domain_name.h"

/* Length of a pseudonym in characters; 96 bits. */
#define PSEUDONYM_SIZE 16
/* Longer than any address (RFC 5321 section 4.5.3.1). */
#define PSEUDONYM_TEXT_MAX 512

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

/* In "smtp.mailfrom=" and similar properties of Authentication-Results (RFC 8601 section
 * 2.7), and only there, '=' does not belong to the local part. */
static size_t property_size(struct slice token)
{
	static const char *const types[] = { "smtp.", "header.", "policy.", "body." };
	const size_t equals = slice_find(token, '=');

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_starts_with(token, types[i]) && equals < token.size)
			return equals + 1;
	return 0;
}

/* Returns where the local part before the "@" at this offset begins. */
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

/* Writes the pseudonym of a local part, which differs for each address. */
static size_t put_pseudonym(struct slice text, size_t start, size_t at, struct slice key,
			    const char *tenant, char out[static HASH_ID_SIZE])
{
	char lower[PSEUDONYM_TEXT_MAX];
	uint8_t digest[HASH_SIZE];
	size_t size = 0;

	for (size_t i = start; i < text.size && size < sizeof(lower); i++) {
		if (i > at && ends_domain(text.data[i]))
			break;
		lower[size++] = ascii_lower(text.data[i]);
	}
	hash_keyed(key, (const struct slice[]){ slice_of(tenant), { lower, size } }, 2, digest);
	hash_id(digest, out);
	return PSEUDONYM_SIZE;
}

static size_t count_addresses(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.size; i++)
		count += text.data[i] == '@';
	return count;
}

struct slice address_pseudonyms(struct arena *arena, struct slice text, struct slice key,
				const char *tenant)
{
	const size_t room = key.size > 0 ? count_addresses(text) * HASH_ID_SIZE : 0;
	char *copy = text.data ? arena_alloc(arena, text.size + room + 1) : NULL;
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
		if (key.size > 0 && start < at)
			used += put_pseudonym(text, start, at, key, tenant, copy + used);
		from = at;
	}
	memcpy(copy + used, text.data + from, text.size - from);
	used += text.size - from;
	copy[used] = '\0';
	return (struct slice){ copy, used };
}

struct slice address_redact(struct arena *arena, struct slice text)
{
	return address_pseudonyms(arena, text, (struct slice){ NULL, 0 }, "");
}
