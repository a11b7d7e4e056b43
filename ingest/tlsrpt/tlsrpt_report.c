/* tlsrpt_report.c - interprets policies and failure details
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/tlsrpt/tlsrpt_report.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/domain_name.h"
#include "base/json_pull.h"
#include "ingest/report/domain_form.h"
#include "ingest/report/ip.h"
#include "ingest/tlsrpt/policy_digest.h"
#include "ingest/tlsrpt/tlsrpt_cause.h"

/* --- hashing the content as written ------------------------------------------- */

static void hash_count(struct hash *hash, const struct tlsrpt_count *count)
{
	hash_uint(hash, count->given);
	hash_uint(hash, count->number);
	hash_field(hash, count->raw);
}

static void hash_list(struct hash *hash, const struct tlsrpt_list *list)
{
	hash_uint(hash, list->total);
	for (size_t i = 0; i < list->count; i++)
		hash_field(hash, list->values[i]);
	if (list->total > list->count) {
		struct hash rest = list->rest;
		uint8_t digest[HASH_SIZE];

		hash_end(&rest, digest);
		hash_bytes(hash, digest, sizeof(digest));
	}
}

void tlsrpt_policy_hash(const struct tlsrpt_policy *policy, struct hash *hash)
{
	hash_field(hash, policy->type);
	hash_field(hash, policy->domain);
	if (policy->key.size > 0)
		hash_field(hash, policy->key);
	hash_list(hash, &policy->strings);
	hash_list(hash, &policy->mx_host);
	hash_count(hash, &policy->successful);
	hash_count(hash, &policy->failed);
}

void tlsrpt_failure_hash(const struct tlsrpt_failure *failure, struct hash *hash)
{
	hash_field(hash, failure->result_type);
	hash_field(hash, failure->sending_mta_ip);
	hash_field(hash, failure->receiving_mx_hostname);
	hash_field(hash, failure->receiving_mx_helo);
	hash_field(hash, failure->receiving_ip);
	hash_count(hash, &failure->failed_session_count);
	hash_field(hash, failure->additional_information);
	hash_field(hash, failure->failure_reason_code);
}

/* --- a failure detail -------------------------------------------------------- */

static void read_ip(struct slice text, char ip[static INET6_ADDRSTRLEN], struct quirk_set *quirks)
{
	if (!ip_normalise(text, ip)) {
		ip[0] = '\0';
		if (slice_trim(text).size > 0)
			quirk_add(quirks, QUIRK_BAD_IP);
	}
}

static bool read_result(struct tlsrpt_failure *failure, struct arena *arena,
			struct quirk_set *quirks)
{
	const struct slice text = slice_trim(failure->result_type);
	const char *registered = tlsrpt_registered_result(text);

	if (text.size == 0) {
		failure->result = slice_of(TLSRPT_UNSPECIFIED);
		return true;
	}
	if (!registered) {
		quirk_add(quirks, QUIRK_UNKNOWN_TYPE);
		failure->result = arena_lower(arena, text);
		return failure->result.data;
	}
	failure->result = slice_of(registered);
	if (!slice_equal(text, failure->result))
		quirk_add(quirks, QUIRK_UNKNOWN_TYPE);
	return true;
}

bool tlsrpt_failure_interpret(struct tlsrpt_failure *failure, struct arena *arena,
			      struct quirk_set *quirks)
{
	struct tlsrpt_count *count = &failure->failed_session_count;

	if (!count->given) {
		count->number = 1;
		quirk_add(quirks, QUIRK_NO_COUNT);
	}
	read_ip(failure->sending_mta_ip, failure->source.ip, quirks);
	read_ip(failure->receiving_ip, failure->server.ip, quirks);
	if (!domain_normalise(arena, failure->receiving_mx_hostname, &failure->receiving_mx_domain))
		failure->receiving_mx_domain = (struct slice){ NULL, 0 };
	return read_result(failure, arena, quirks) && !arena->overflowed;
}

/* --- a policy ---------------------------------------------------------------- */

/* A policy-string has one string per line of an MTA-STS policy (RFC 8461 section 3.2) or
 * per TLSA record (RFC 8460 section 4.5).  Some reporters send one string for all of them,
 * which RFC 8460 section 4 mentions, or JSON text inside an element. */

static const struct policy_type {
	const char *name, *word;
} policy_types[] = {
	{ "tlsa", "tlsa" },
	{ "sts", "sts" },
	{ "no-policy-found", "no-policy-found" },
	/* names of the mechanisms, and of none */
	{ "dane", "tlsa" },
	{ "mta-sts", "sts" },
	{ "no-policy", "no-policy-found" },
};

/* --- lists ------------------------------------------------------------------ */

/* Derived texts, limited to what a document can contain. */
struct values {
	struct slice values[LIMIT_LIST_VALUES];
	size_t count;
	struct arena *arena;
	struct quirk_set *quirks;
};

static void add_value(struct values *v, struct slice text)
{
	text = slice_trim(text);
	if (text.size == 0)
		return;
	if (v->count == LIMIT_LIST_VALUES)
		quirk_add(v->quirks, QUIRK_LIST_CUT);
	else
		v->values[v->count++] = text;
}

static void add_pieces(struct values *v, struct slice text, const char *separators)
{
	const char *start = text.data, *end = text.data + text.size;

	for (const char *at = start; at < end; at++) {
		if (!memchr(separators, *at, strlen(separators)))
			continue;
		add_value(v, slice_between(start, at));
		start = at + 1;
	}
	add_value(v, slice_between(start, end));
}

static bool keep_values(const struct values *v, struct slice **values, size_t *count)
{
	*values = NULL;
	*count = v->count;
	if (v->count == 0)
		return true;
	*values = arena_array(v->arena, v->count, sizeof(**values));
	if (*values)
		memcpy(*values, v->values, v->count * sizeof(**values));
	return *values;
}

/* --- policy-string ---------------------------------------------------------- */

/* Adds all texts and numbers in JSON. */
static bool add_json_events(struct values *v, struct json_pull *json)
{
	struct json_pulled event;
	struct error err;
	bool more = true;

	while (more) {
		if (!json_pull_next(json, &event, &more, &err))
			return false;
		if (!more || (event.event != JSON_STRING && event.event != JSON_NUMBER))
			continue;
		event.text = arena_slice(v->arena, event.text);
		if (!event.text.data)
			return false;
		add_value(v, event.text);
	}
	return true;
}

static bool add_json(struct values *v, struct slice text)
{
	struct json_pull *json = json_pull_new(2, TLSRPT_POLICY_TEXT_BYTES);
	const size_t count = v->count;
	bool good;

	do {
		const struct slice chunk = { text.data, text.size < JSON_CHUNK_SIZE
								? text.size
								: JSON_CHUNK_SIZE };

		json_pull_feed(json, chunk);
		text = slice_skip(text, chunk.size);
		good = add_json_events(v, json);
		if (chunk.size == 0)
			break;
	} while (good);
	json_pull_free(json);
	if (!good)
		v->count = count;
	return good;
}

/* Adds an array inside a string: Microsoft encodes its TLSA records twice.  Without inner
 * quotes it is not JSON, but its elements are unambiguous. */
static void add_encoded(struct values *v, struct slice text)
{
	quirk_add(v->quirks, QUIRK_POLICY_FORM);
	if (add_json(v, text))
		return;
	text = (struct slice){ text.data + 1, text.size - 1 };
	if (text.size > 0 && text.data[text.size - 1] == ']')
		text.size--;
	add_pieces(v, text, ",");
}

static bool is_tlsa(const struct tlsrpt_policy *policy)
{
	return slice_is(policy->type_word, "tlsa");
}

static bool read_strings(struct tlsrpt_policy *policy, struct values *v)
{
	struct tlsrpt_list *list = &policy->strings;

	v->count = 0;
	if (list->is_text)
		quirk_add(v->quirks, QUIRK_POLICY_FORM);
	for (size_t i = 0; i < list->count; i++) {
		const struct slice text = slice_trim(list->values[i]);

		if (text.size > 0 && text.data[0] == '[')
			add_encoded(v, text);
		else if (list->is_text)
			add_pieces(v, text, "\r\n;,"); /* in no line, in no record */
		else
			add_value(v, text);
	}
	return !v->arena->overflowed && keep_values(v, &list->values, &list->count);
}

/* Reads a line of an MTA-STS policy; the first of a repeated key other than mx counts (RFC
 * 8461 section 3.2). */
static bool read_sts_line(struct tlsrpt_policy *policy, struct slice line, struct values *mx)
{
	struct slice value;
	const struct slice key = slice_trim(slice_split(line, ':', &value));

	value = slice_trim(value);
	if (slice_is_nocase(key, "mx"))
		add_value(mx, value);
	else if (slice_is_nocase(key, "max_age") && !policy->has_max_age)
		policy->has_max_age = slice_to_uint(value, UINT32_MAX, &policy->max_age);
	else if (slice_is_nocase(key, "mode") && !policy->mode.data && value.size > 0)
		policy->mode = arena_lower(mx->arena, value);
	return !mx->arena->overflowed;
}

static bool read_sts(struct tlsrpt_policy *policy, struct values *v)
{
	v->count = 0;
	for (size_t i = 0; i < policy->strings.count; i++) {
		struct slice rest = policy->strings.values[i];

		while (rest.data)
			if (!read_sts_line(policy, slice_split(rest, '\n', &rest), v))
				return false;
	}
	return keep_values(v, &policy->mx_hosts, &policy->mx_host_count);
}

static bool is_hex(struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!ascii_is_digit(text.data[i]) &&
		    !(ascii_lower(text.data[i]) >= 'a' && ascii_lower(text.data[i]) <= 'f'))
			return false;
	return text.size > 0;
}

static struct slice next_word(struct slice *text)
{
	const struct slice left = slice_trim(*text);
	struct slice word = { left.data, 0 };

	while (word.size < left.size && !ascii_is_space(left.data[word.size]))
		word.size++;
	*text = (struct slice){ left.data + word.size, left.size - word.size };
	return word;
}

/* Normalises a TLSA record to "3 1 1 <hex>" in lower case, with single blanks and none in
 * the data; empty if the text is not a TLSA record. */
static bool read_tlsa_record(struct slice text, struct arena *arena, struct slice *record)
{
	char *at, *start = arena_alloc(arena, text.size + 2);
	struct slice word;
	uint64_t number;

	if (!start)
		return false;
	*record = (struct slice){ start, 0 };
	at = start;
	for (unsigned i = 0; i < 3; i++) {
		word = next_word(&text);
		if (!slice_to_uint(word, UINT8_MAX, &number))
			return true;
		memcpy(at, word.data, word.size);
		at += word.size;
		*at++ = ' ';
	}
	for (word = next_word(&text); word.size > 0; word = next_word(&text)) {
		if (!is_hex(word))
			return true;
		for (size_t i = 0; i < word.size; i++)
			*at++ = ascii_lower(word.data[i]);
	}
	if (at[-1] != ' ')
		*record = slice_between(start, at);
	return true;
}

static bool read_tlsa(struct tlsrpt_policy *policy, struct values *v)
{
	v->count = 0;
	for (size_t i = 0; i < policy->strings.count; i++) {
		struct slice record;

		if (!read_tlsa_record(policy->strings.values[i], v->arena, &record))
			return false;
		add_value(v, record);
	}
	return keep_values(v, &policy->tlsa, &policy->tlsa_count);
}

/* --- the other members ------------------------------------------------------ */

static bool read_mx_host(struct tlsrpt_policy *policy, struct values *v)
{
	struct tlsrpt_list *list = &policy->mx_host;

	v->count = 0;
	if (list->is_text)
		quirk_add(v->quirks, QUIRK_MXHOST_FORM);
	for (size_t i = 0; i < list->count; i++) {
		struct slice text = slice_trim(list->values[i]);

		if (text.size >= 3 && slice_is_nocase((struct slice){ text.data, 3 }, "mx:")) {
			quirk_add(v->quirks, QUIRK_MXHOST_FORM);
			text = (struct slice){ text.data + 3, text.size - 3 };
		}
		add_value(v, text);
	}
	return keep_values(v, &list->values, &list->count);
}

static bool read_type(struct tlsrpt_policy *policy, struct arena *arena, struct quirk_set *quirks)
{
	const struct slice type = slice_trim(policy->type);

	if (type.size == 0)
		return true;
	for (size_t i = 0; i < sizeof(policy_types) / sizeof(policy_types[0]); i++) {
		if (!slice_is_spelling(type, slice_of(policy_types[i].name)))
			continue;
		policy->type_word = slice_of(policy_types[i].word);
		if (!slice_equal(type, policy->type_word))
			quirk_add(quirks, QUIRK_UNKNOWN_TYPE);
		return true;
	}
	quirk_add(quirks, QUIRK_UNKNOWN_TYPE);
	policy->type_word = arena_lower(arena, type);
	return policy->type_word.data;
}

/* "0" is a domain name, but no policy's. */
static bool is_dotted(struct slice text)
{
	return slice_find(text, '.') < text.size;
}

bool tlsrpt_policy_interpret(struct tlsrpt_policy *policy, struct slice fallback,
			     struct arena *arena, struct quirk_set *quirks)
{
	struct values v;

	v.count = 0;
	v.arena = arena;
	v.quirks = quirks;
	if (!policy_domain_find(arena, policy->domain, &policy->domain_name, quirks)) {
		quirk_add(quirks, QUIRK_NO_DOMAIN);
		if (!is_dotted(policy->key) ||
		    !domain_normalise(arena, policy->key, &policy->domain_name))
			policy->domain_name = fallback;
	}
	if (!read_type(policy, arena, quirks) || !read_strings(policy, &v) ||
	    !read_mx_host(policy, &v))
		return false;
	tlsrpt_policy_digest(policy->strings.values, policy->strings.count, policy->digest);
	if (is_tlsa(policy))
		return read_tlsa(policy, &v);
	if (slice_is(policy->type_word, "sts"))
		return read_sts(policy, &v);
	return true;
}
