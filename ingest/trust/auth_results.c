/* SPDX-License-Identifier: MIT
 *
 * RFC 8601 section 2.2 defines the grammar.  Values that the sender of the mail
 * chooses (local parts, reasons) are in quoted strings and comments, so these must
 * be parsed for the text to mean what its host wrote.  A field that cannot be
 * parsed to its end is ignored.
 */
#include "ingest/trust/auth_results.h"

#include "base/ascii.h"

struct scanner {
	const char *at, *end;
	bool broken; /* a comment or quoted string is not terminated */
};

/* Skips the quoted string or comment that begins here; only comments nest. */
static void skip_enclosed(struct scanner *s, char open, char close)
{
	size_t depth = 0;

	while (s->at < s->end) {
		const char c = *s->at++;

		if (c == '\\' && s->at < s->end)
			s->at++;
		else if (c == close && (open != close || depth > 0))
			depth--;
		else if (c == open)
			depth++;
		else
			continue;
		if (depth == 0)
			return;
	}
	s->broken = true;
}

/* CFWS */
static void skip_blanks(struct scanner *s)
{
	while (s->at < s->end) {
		if (*s->at == '(')
			skip_enclosed(s, '(', ')');
		else if (ascii_is_space(*s->at))
			s->at++;
		else
			return;
	}
}

/* Reads up to a blank, a comment, ';' or, in a name, '='; a quoted string is part of the
 * word. */
static struct slice read_word(struct scanner *s, bool is_name)
{
	const char *start = s->at;

	while (s->at < s->end && *s->at != '(' && *s->at != ';' && !ascii_is_space(*s->at) &&
	       !(is_name && *s->at == '=')) {
		if (*s->at == '"')
			skip_enclosed(s, '"', '"');
		else
			s->at++;
	}
	return slice_between(start, s->at);
}

struct item {
	struct slice name, value; /* value absent: no "=" */
};

/* Reads the next "name" or "name=value"; false at the end, or at a ';', which is skipped. */
static bool next_item(struct scanner *s, struct item *item)
{
	*item = (struct item){ { NULL, 0 }, { NULL, 0 } };
	skip_blanks(s);
	if (s->at == s->end)
		return false;
	if (*s->at == ';') {
		s->at++;
		return false;
	}
	item->name = read_word(s, true);
	skip_blanks(s);
	if (s->at < s->end && *s->at == '=') {
		s->at++;
		skip_blanks(s);
		item->value = read_word(s, false);
	}
	return true;
}

/* Removes the quotes from a value that is one quoted string without escapes; host names and
 * domains never need an escape. */
static struct slice unquoted(struct slice value)
{
	struct slice inner;

	if (value.size < 2 || value.data[0] != '"' || value.data[value.size - 1] != '"')
		return value;
	inner = (struct slice){ value.data + 1, value.size - 2 };
	return slice_find(inner, '"') == inner.size && slice_find(inner, '\\') == inner.size
		       ? inner
		       : value;
}

static bool is_trusted(struct slice authserv, const char *const *trusted)
{
	for (; trusted && *trusted; trusted++)
		if (slice_is_nocase(unquoted(authserv), *trusted))
			return true;
	return false;
}

/* A temporary error is not a verdict. */
static const char *verdict_of(struct slice result)
{
	if (slice_is_nocase(result, "pass"))
		return "pass";
	if (slice_is_nocase(result, "none"))
		return "none";
	if (slice_is_nocase(result, "temperror"))
		return NULL;
	return "fail";
}

/* Returns the part after the last "@" outside quoted strings. */
static struct slice identity_domain(struct slice value)
{
	struct scanner s = { value.data, value.data + value.size, false };
	const char *domain = NULL;

	while (s.at < s.end) {
		if (*s.at == '"')
			skip_enclosed(&s, '"', '"');
		else if (*s.at++ == '@')
			domain = s.at;
	}
	return domain ? slice_between(domain, s.end) : (struct slice){ NULL, 0 };
}

/* One passing signature is sufficient, and all that pass count. */
static bool counts(const struct auth_results *results, const char *verdict)
{
	return verdict && (strcmp(results->verdict, "pass") != 0 || strcmp(verdict, "pass") == 0);
}

static void take_verdict(struct auth_results *results, const char *verdict, struct slice signer)
{
	if (strcmp(results->verdict, verdict) != 0)
		results->dkim_domain_count = 0;
	results->verdict = verdict;
	if (signer.data && results->dkim_domain_count < AUTH_SIGNERS_MAX)
		results->dkim_domains[results->dkim_domain_count++] = signer;
}

/* Reads "method=result" and its properties, up to the following ';'. */
static void read_result(struct auth_results *results, struct scanner *s)
{
	struct slice domain = { NULL, 0 }, identity = { NULL, 0 };
	struct item method, property;
	const char *verdict = NULL;

	if (!next_item(s, &method))
		return;
	if (method.value.data &&
	    (slice_is_nocase(method.name, "dkim") || slice_is_nocase(method.name, "dkim/1")))
		verdict = verdict_of(method.value);
	while (next_item(s, &property)) {
		if (!domain.data && slice_is_nocase(property.name, "header.d"))
			domain = unquoted(property.value);
		else if (!identity.data && slice_is_nocase(property.name, "header.i"))
			identity = identity_domain(property.value);
	}
	if (counts(results, verdict))
		take_verdict(results, verdict, domain.data ? domain : identity);
}

void auth_results_read(struct auth_results *results, struct slice field,
		       const char *const *trusted_authserv)
{
	struct scanner s = { field.data, field.data + field.size, false };
	struct auth_results found = { .verdict = "unknown" };
	struct item item;

	if (results->decided)
		return;
	skip_blanks(&s);
	if (!is_trusted(read_word(&s, false), trusted_authserv))
		return;
	while (next_item(&s, &item))
		; /* skip the version */
	while (s.at < s.end)
		read_result(&found, &s);
	if (!s.broken)
		*results = found;
	results->decided = true;
}
