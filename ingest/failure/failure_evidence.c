/* failure_evidence.c - evidence of a failure report about the sender
 *
 * SPDX-License-Identifier: MIT
 *
 * Uses the reporter's own Authentication-Results (RFC 8601, RFC 6591 section
 * 3.2.1): "mx.example; dkim=pass header.d=example.net; spf=fail
 * smtp.mailfrom=a@example.com".
 */
#include <stddef.h>

#include "base/domain_name.h"
#include "base/organizational_domain.h"
#include "ingest/failure/failure.h"
#include "ingest/failure/failure_report.h"

/* Returns the domain of a property value that may be an address. */
static struct slice domain_of(struct arena *arena, struct slice value)
{
	const size_t at = slice_find(value, '@');
	struct slice domain;

	if (at < value.size)
		value = slice_skip(value, at + 1);
	return domain_normalise(arena, value, &domain) ? domain : slice_of(NULL);
}

/* Returns the value of the first of these properties in the statement. */
static struct slice property(struct slice statement, const char *const *names)
{
	for (; *names; names++) {
		struct slice rest = statement;

		while (rest.size > 0) {
			struct slice word = slice_split(rest, ' ', &rest), value;
			const struct slice name = slice_split(slice_trim(word), '=', &value);

			if (slice_is_nocase(name, *names))
				return value;
		}
	}
	return slice_of(NULL);
}

static bool has_passed(struct slice statement, const char *method)
{
	struct slice rest, value;
	const struct slice name = slice_split(slice_split(statement, ' ', &rest), '=', &value);

	return slice_is_nocase(name, method) && slice_is_nocase(value, "pass");
}

static void add_check(struct source_check *checks, size_t *count, struct slice domain, bool helo)
{
	if (domain.size > 0 && *count < LIMIT_LIST_VALUES)
		checks[(*count)++] = (struct source_check){ domain, true, helo };
}

static void read_statement(struct arena *arena, struct slice statement,
			   struct source_evidence *evidence)
{
	static const char *const signer[] = { "header.d", "header.i", NULL };
	static const char *const mail_from[] = { "smtp.mailfrom", "smtp.mail", NULL };
	static const char *const helo[] = { "smtp.helo", NULL };

	if (has_passed(statement, "dkim")) {
		add_check(evidence->signatures, &evidence->signature_count,
			  domain_of(arena, property(statement, signer)), false);
	} else if (has_passed(statement, "spf")) {
		const struct slice path = domain_of(arena, property(statement, mail_from));

		add_check(evidence->paths, &evidence->path_count,
			  path.size > 0 ? path : domain_of(arena, property(statement, helo)),
			  path.size == 0);
	}
}

static bool is_aligned(const struct source_check *checks, size_t count, struct slice author)
{
	for (size_t i = 0; i < count; i++)
		if (!checks[i].helo && same_organization(checks[i].domain, author))
			return true;
	return false;
}

/* Uses only checks that passed: a failed signature identifies nobody. */
void failure_source_evidence(const struct source_address *source, struct source_evidence *evidence)
{
	const struct failure_reading *r = (const void *)((const char *)source -
							 offsetof(struct failure_reading,
								  facts.source));
	const struct failure_value *v = r->failure->fields[FAILURE_AUTH_RESULTS];

	evidence->header_from = r->facts.header_from;
	evidence->signature_count = evidence->path_count = 0;
	evidence->forwarded = false;
	for (; v; v = v->next)
		for (struct slice rest = v->text; rest.size > 0;)
			read_statement(r->failure->arena, slice_trim(slice_split(rest, ';', &rest)),
				       evidence);
	evidence->dkim_aligned = is_aligned(evidence->signatures, evidence->signature_count,
					    evidence->header_from);
	evidence->spf_aligned = is_aligned(evidence->paths, evidence->path_count,
					   evidence->header_from);
}
