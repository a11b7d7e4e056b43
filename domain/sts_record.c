/* sts_record.c - MTA-STS and TLSRPT records and the policy file, parsed strictly
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/sts_record.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/ascii.h"
#include "base/domain_name.h"
#include "base/printf_like.h"
#include "domain/record_tags.h"

#define EVIDENCE_OCTETS 200
#define ID_MAX 32

/* Only "v=STSv1" or "v=TLSRPTv1" followed by ';' counts as a record. */
static bool begins(struct slice text, const char *version)
{
	if (!slice_starts_with(text, version))
		return false;
	text = slice_skip(text, strlen(version));
	while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
		text = slice_skip(text, 1);
	return text.size == 0 || text.data[0] == ';';
}

static bool holds_nocase(struct slice text, const char *word)
{
	const size_t size = strlen(word);

	for (size_t i = 0; i + size <= text.size && i < 64; i++)
		if (slice_is_nocase((struct slice){ text.data + i, size }, word))
			return true;
	return false;
}

bool sts_is_record(struct slice text)
{
	return begins(text, "v=STSv1");
}

bool tlsrpt_is_record(struct slice text)
{
	return begins(text, "v=TLSRPTv1");
}

bool sts_is_near(struct slice text)
{
	return holds_nocase(text, "stsv1") || holds_nocase(text, "v=sts");
}

bool tlsrpt_is_near(struct slice text)
{
	return holds_nocase(text, "tlsrpt");
}

/* The version is a constant; no blank may precede its semicolon. */
static const char *version_fault(struct slice text, const char *version)
{
	const struct slice rest = slice_skip(text, strlen(version));

	if (rest.size == 0)
		return "the ';' after the version is missing";
	return rest.data[0] == ';' ? NULL : "there is a blank before the first ';'";
}

static const char *extension_fault(const struct record_tags *tags)
{
	for (size_t i = 0; i < tags->count; i++) {
		const struct record_tag *tag = &tags->list[i];

		if (tag->fault == TAG_NO_EQUALS)
			return "a part has no '='";
		if (tag->fault == TAG_REPEATED && !slice_is(tag->name, "id") &&
		    !slice_is(tag->name, "rua"))
			continue;
		if (tag->fault == TAG_REPEATED)
			return "a tag is repeated";
		if (tag->value.size == 0 && !slice_is(tag->name, "rua"))
			return "a tag has no value";
	}
	return NULL;
}

const char *sts_record_fault(struct slice text, struct slice *id)
{
	const char *fault = version_fault(text, "v=STSv1");
	struct record_tags tags;

	record_tags_read(text, &tags);
	*id = record_tag_value(&tags, "id");
	if (fault)
		return fault;
	if (!id->data)
		return "id is missing";
	if (id->size == 0 || id->size > ID_MAX)
		return "id must have 1 to 32 characters";
	for (size_t i = 0; i < id->size; i++)
		if (!ascii_is_alnum(id->data[i]))
			return "id may contain only letters and digits";
	return extension_fault(&tags);
}

const char *tlsrpt_record_fault(struct slice text, struct slice *rua)
{
	const char *fault = version_fault(text, "v=TLSRPTv1");
	struct record_tags tags;

	record_tags_read(text, &tags);
	*rua = record_tag_value(&tags, "rua");
	if (!rua->data)
		return record_tag_find(&tags, "RUA") || record_tag_find(&tags, "Rua")
			       ? "rua must be written in lower case"
			       : "rua is missing";
	if (slice_trim(*rua).size == 0)
		return "rua is empty";
	if (extension_fault(&tags))
		return extension_fault(&tags);
	return fault;
}

/* --- the policy file --------------------------------------------------------------- */

struct reading {
	struct domain_findings *findings;
	struct slice host;
	struct sts_policy *policy;
	bool version, mode, max_age;
	bool failed;
};

PRINTF_LIKE(3, 4)
static void fault(struct reading *r, size_t line, const char *format, ...)
{
	char text[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (line > 0)
		domain_found(r->findings, DOMAIN_STS_SYNTAX, r->host, "line %zu: %s", line, text);
	else
		domain_found(r->findings, DOMAIN_STS_SYNTAX, r->host, "%s", text);
	r->failed = true;
}

static const char *pattern_fault(struct slice pattern)
{
	struct slice name = pattern;

	if (slice_starts_with(name, "*."))
		name = slice_skip(name, 2);
	if (name.size == 0)
		return "it is empty";
	for (size_t i = 0; i < name.size; i++) {
		const char c = name.data[i];

		if (c == ' ' || c == '\t' || c == ',')
			return "a line may contain only one pattern";
		if ((unsigned char)c >= 0x80)
			return "write the name in A-labels (xn--)";
		if (c == ':')
			return "a port does not belong here";
		if (c == '[' || c == ']')
			return "an address does not belong here";
		if (c == '*')
			return "* may replace only the first label";
		if (!ascii_is_alnum(c) && c != '-' && c != '.' && c != '_')
			return "it contains an invalid character";
	}
	if (name.data[0] == '.')
		return "write *.example.com in place of .example.com";
	if (name.data[name.size - 1] == '.')
		return "it ends in a dot";
	return name.size > DOMAIN_SIZE_MAX ? "it is too long" : NULL;
}

static void read_pattern(struct reading *r, size_t line, struct slice value)
{
	const char *why = pattern_fault(value);

	if (why)
		fault(r, line, "mx: %s: %s", text_quote(r->findings->arena, value, 80), why);
	else if (r->policy->pattern_count < STS_PATTERNS_MAX)
		r->policy->patterns[r->policy->pattern_count++] = arena_lower(r->findings->arena,
									      value);
}

static void read_mode(struct reading *r, size_t line, struct slice value)
{
	if (slice_is(value, "enforce") || slice_is(value, "testing") || slice_is(value, "none"))
		r->policy->mode = value;
	else
		fault(r, line, "mode is not enforce, testing or none");
}

static void read_max_age(struct reading *r, size_t line, struct slice value)
{
	uint64_t seconds;

	/* the grammar allows ten digits; a value above the maximum has its own finding */
	if (!slice_to_uint(value, UINT64_C(9999999999), &seconds))
		fault(r, line, "max_age is not a number of seconds");
	else
		r->policy->max_age = seconds;
}

static void read_pair(struct reading *r, size_t line, struct slice key, struct slice value)
{
	const bool again = (slice_is(key, "version") && r->version) ||
			   (slice_is(key, "mode") && r->mode) ||
			   (slice_is(key, "max_age") && r->max_age);

	/* the first occurrence of a repeated key counts */
	if (again) {
		domain_found(r->findings, DOMAIN_STS_KEY, r->host, "line %zu repeats %s", line,
			     text_quote(r->findings->arena, key, 40));
	} else if (slice_is(key, "version")) {
		r->version = true;
		if (!slice_is(value, "STSv1"))
			fault(r, line, "version is not STSv1");
	} else if (slice_is(key, "mode")) {
		r->mode = true;
		read_mode(r, line, value);
	} else if (slice_is(key, "max_age")) {
		r->max_age = true;
		read_max_age(r, line, value);
	} else if (slice_is(key, "mx")) {
		read_pattern(r, line, value);
	} else {
		domain_found(r->findings, DOMAIN_STS_KEY, r->host, "line %zu: %s", line,
			     text_quote(r->findings->arena, key, 40));
	}
}

static void read_line(struct reading *r, size_t number, struct slice line)
{
	const size_t colon = slice_find(line, ':');
	const struct slice key = { line.data, colon };
	struct slice value = slice_skip(line, colon + 1);

	if (colon == line.size) {
		fault(r, number, "it has no ':'");
		return;
	}
	if (key.size == 0 || ascii_is_space(key.data[0]) ||
	    ascii_is_space(key.data[key.size - 1])) {
		fault(r, number, "there is a blank before the key or before ':'");
		return;
	}
	value = slice_trim(value);
	read_pair(r, number, key, value);
}

/* Returns the fault in the bytes of the file, or NULL. */
static const char *bytes_fault(struct slice file)
{
	struct slice start = { file.data, file.size < 512 ? file.size : 512 };

	if (slice_starts_with(file, "\xef\xbb\xbf"))
		return "a byte order mark precedes the first line";
	if (memchr(file.data ? file.data : "", '\0', file.size))
		return "it contains a NUL";
	if (slice_starts_with(slice_trim(start), "<"))
		return "it is an HTML page";
	for (size_t i = 0; i < file.size; i++)
		if (file.data[i] == '\r' && (i + 1 == file.size || file.data[i + 1] != '\n'))
			return "a carriage return without a line feed";
	return NULL;
}

static void judge_complete(struct reading *r)
{
	if (!r->version)
		fault(r, 0, "version: STSv1 is missing");
	else if (!r->mode)
		fault(r, 0, "mode is missing");
	else if (!r->max_age)
		fault(r, 0, "max_age is missing");
	else if (r->policy->pattern_count == 0 && !slice_is(r->policy->mode, "none"))
		fault(r, 0, "mx is missing");
}

bool sts_policy_read(struct domain_findings *findings, struct slice host, struct slice file,
		     struct sts_policy *policy)
{
	struct reading r = { .findings = findings, .host = host, .policy = policy };
	const char *why = bytes_fault(file);
	struct slice rest = file;

	*policy = (struct sts_policy){ .pattern_count = 0 };
	if (why) {
		fault(&r, 0, "%s", why);
		return false;
	}
	for (size_t number = 1; rest.data && rest.size > 0; number++) {
		struct slice line = slice_split(rest, '\n', &rest);

		if (line.size > 0 && line.data[line.size - 1] == '\r')
			line.size--;
		if (line.size > 0)
			read_line(&r, number, line);
	}
	if (!r.failed)
		judge_complete(&r);
	return !r.failed;
}

bool sts_pattern_matches(struct slice pattern, struct slice host)
{
	size_t dot;

	if (!slice_starts_with(pattern, "*."))
		return slice_equal_nocase(pattern, host);
	dot = slice_find(host, '.');
	return dot > 0 && dot < host.size &&
	       slice_equal_nocase(slice_skip(pattern, 1), slice_skip(host, dot));
}
