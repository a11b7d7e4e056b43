/* auth_results.c - what a trusted host found out about a mail's DKIM signature
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/trust/auth_results.h"

#include "base/ascii.h"

/* The next word of text: up to a blank, ';' or comment, which are skipped. */
static struct slice next_word(struct slice *text)
{
	size_t start = 0, end, comment = 0;

	while (start < text->size) {
		const char c = text->data[start];

		if (c == '(')
			comment++;
		else if (c == ')' && comment > 0)
			comment--;
		else if (comment == 0 && !ascii_is_space(c))
			break;
		start++;
	}
	end = start;
	while (end < text->size && !ascii_is_space(text->data[end]) && text->data[end] != '(' &&
	       text->data[end] != ';')
		end++;
	if (end == start && end < text->size)
		end++; /* a ';' is a word of its own */
	*text = (struct slice){ text->data + end, text->size - end };
	return slice_between(text->data - (end - start), text->data);
}

static bool is_trusted(struct slice authserv, const char *const *trusted)
{
	for (; trusted && *trusted; trusted++)
		if (slice_is_nocase(authserv, *trusted))
			return true;
	return false;
}

/* A temporary error is no verdict. */
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

/* header.d=example.com, or the domain of header.i=@example.com */
static struct slice property_domain(struct slice word)
{
	struct slice value;

	if (word.size <= 9 || !slice_is_nocase((struct slice){ word.data, 7 }, "header.") ||
	    word.data[8] != '=')
		return (struct slice){ NULL, 0 };
	value = (struct slice){ word.data + 9, word.size - 9 };
	if (ascii_lower(word.data[7]) == 'd')
		return value;
	if (ascii_lower(word.data[7]) != 'i')
		return (struct slice){ NULL, 0 };
	slice_split(value, '@', &value);
	return value;
}

/* Of several signatures one that passes is enough, and all that pass count. */
static bool counts(const struct auth_results *results, const char *verdict)
{
	return verdict && (strcmp(results->verdict, "pass") != 0 || strcmp(verdict, "pass") == 0);
}

static void take_verdict(struct auth_results *results, const char *verdict)
{
	if (strcmp(results->verdict, verdict) != 0)
		results->dkim_domain_count = 0;
	results->verdict = verdict;
}

static void add_signer(struct auth_results *results, struct slice domain)
{
	if (results->dkim_domain_count < AUTH_SIGNERS_MAX)
		results->dkim_domains[results->dkim_domain_count++] = domain;
}

void auth_results_read(struct auth_results *results, struct slice field,
		       const char *const *trusted_authserv)
{
	struct slice word = next_word(&field);
	bool in_dkim = false; /* in a result that counts, its signer not met yet */

	if (strcmp(results->verdict, "unknown") != 0 || !is_trusted(word, trusted_authserv))
		return;
	while ((word = next_word(&field)).size > 0) {
		struct slice value, name = slice_split(word, '=', &value);

		if (slice_is(word, ";")) {
			in_dkim = false;
		} else if (slice_is_nocase(name, "dkim") && value.data) {
			const char *verdict = verdict_of(value);

			in_dkim = counts(results, verdict);
			if (in_dkim)
				take_verdict(results, verdict);
		} else if (in_dkim && property_domain(word).data) {
			add_signer(results, property_domain(word));
			in_dkim = false;
		}
	}
}
