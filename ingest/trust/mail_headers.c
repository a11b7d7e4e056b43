/* SPDX-License-Identifier: MIT */
#include "ingest/trust/mail_headers.h"

#include "base/datetime.h"
#include "base/domain_name.h"
#include "ingest/report/address.h"
#include "ingest/trust/auth_results.h"

/* A Received field ends in "; date" (RFC 5321 section 4.4). */
static bool received_date(struct slice value, int64_t *date)
{
	size_t at = value.size;

	while (at > 0 && value.data[at - 1] != ';')
		at--;
	return at > 0 &&
	       datetime_parse_mail((struct slice){ value.data + at, value.size - at }, date);
}

static void take_domain(struct slice *domain, struct arena *arena, struct slice value)
{
	if (!domain->data && !domain_normalise(arena, value, domain))
		*domain = (struct slice){ NULL, 0 };
}

static void take_text(struct slice *text, struct arena *arena, struct slice value)
{
	if (!text->data)
		*text = arena_slice(arena, slice_trim(value));
}

void mail_headers_add_signer(struct mail_headers *headers, struct arena *arena, struct slice text)
{
	struct slice domain;

	if (headers->dkim_domain_count < AUTH_SIGNERS_MAX && domain_normalise(arena, text, &domain))
		headers->dkim_domains[headers->dkim_domain_count++] = domain;
}

void mail_headers_read(struct mail_headers *headers, struct arena *arena, const struct mime *mime,
		       const char *const *trusted_authserv)
{
	struct auth_results results = { .verdict = "unknown" };
	struct mime_header field;

	*headers = (struct mail_headers){ .date = 0 };
	for (size_t i = 0; mime_header_at(mime, i, &field); i++) {
		/* regardless of length, and without decoding encoded words: both could hide
		 * what the trusted host wrote */
		if (slice_is_nocase(field.name, "authentication-results"))
			auth_results_read(&results, field.raw, trusted_authserv);
		else if (field.value.size > LIMIT_TEXT_BYTES)
			continue;
		else if (slice_is_nocase(field.name, "from"))
			headers->from_domain = headers->from_domain.data
						       ? headers->from_domain
						       : address_domain(arena, field.value);
		else if (slice_is_nocase(field.name, "subject"))
			take_text(&headers->subject, arena, field.value);
		else if (slice_is_nocase(field.name, "message-id"))
			take_text(&headers->message_id, arena, field.value);
		else if (slice_is_nocase(field.name, "tls-report-domain"))
			take_domain(&headers->tls_report_domain, arena, field.value);
		else if (slice_is_nocase(field.name, "tls-report-submitter"))
			take_domain(&headers->tls_report_submitter, arena, field.value);
		else if (slice_is_nocase(field.name, "date") && headers->date == 0)
			datetime_parse_mail(field.value, &headers->date);
		else if (slice_is_nocase(field.name, "received") && headers->received == 0)
			received_date(field.value, &headers->received);
	}
	if (headers->date == 0)
		headers->date = headers->received;
	headers->dkim_verdict = results.verdict;
	for (size_t i = 0; i < results.dkim_domain_count; i++)
		mail_headers_add_signer(headers, arena, results.dkim_domains[i]);
}
