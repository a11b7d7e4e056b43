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

/* Most fields of a mail are none of these; to decode them all would cost more than the
 * rest of its header. */
static bool is_read(const struct mail_headers *headers, struct slice name)
{
	static const char *const names[] = { "from", "subject",           "message-id",
					     "date", "tls-report-domain", "tls-report-submitter" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is_nocase(name, names[i]))
			return true;
	return headers->received == 0 && slice_is_nocase(name, "received");
}

static void read_field(struct mail_headers *headers, struct arena *arena, struct slice name,
		       struct slice value)
{
	if (value.size > LIMIT_TEXT_BYTES)
		return;
	if (slice_is_nocase(name, "from"))
		headers->from_domain = headers->from_domain.data ? headers->from_domain
								 : address_domain(arena, value);
	else if (slice_is_nocase(name, "subject"))
		take_text(&headers->subject, arena, value);
	else if (slice_is_nocase(name, "message-id"))
		take_text(&headers->message_id, arena, value);
	else if (slice_is_nocase(name, "tls-report-domain"))
		take_domain(&headers->tls_report_domain, arena, value);
	else if (slice_is_nocase(name, "tls-report-submitter"))
		take_domain(&headers->tls_report_submitter, arena, value);
	else if (slice_is_nocase(name, "date") && headers->date == 0)
		datetime_parse_mail(value, &headers->date);
	else if (slice_is_nocase(name, "received"))
		received_date(value, &headers->received);
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
		else if (is_read(headers, field.name))
			read_field(headers, arena, field.name, mime_header_value(mime, i));
	}
	if (headers->date == 0)
		headers->date = headers->received;
	headers->dkim_verdict = results.verdict;
	for (size_t i = 0; i < results.dkim_domain_count; i++)
		mail_headers_add_signer(headers, arena, results.dkim_domains[i]);
}
