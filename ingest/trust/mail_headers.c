/* SPDX-License-Identifier: MIT */
#include "ingest/trust/mail_headers.h"

#include "base/datetime.h"
#include "base/domain_name.h"
#include "ingest/report/address.h"
#include "ingest/trust/auth_results.h"
#include "ingest/unwrap/header_fields.h"

/* A Received field ends in "; date" (RFC 5321 section 4.4). */
static bool received_date(struct slice value, int64_t *date)
{
	size_t at = value.size;

	while (at > 0 && value.data[at - 1] != ';')
		at--;
	return at > 0 &&
	       datetime_parse_mail((struct slice){ value.data + at, value.size - at }, date);
}

void mail_headers_add_signer(struct mail_headers *headers, struct arena *arena, struct slice text)
{
	struct slice domain;

	if (headers->dkim_domain_count < AUTH_SIGNERS_MAX && domain_normalise(arena, text, &domain))
		headers->dkim_domains[headers->dkim_domain_count++] = domain;
}

static bool read_domain(struct slice *domain, struct arena *arena, struct slice value)
{
	if (!domain_normalise(arena, value, domain))
		*domain = (struct slice){ NULL, 0 };
	return domain->data;
}

static bool read_text(struct slice *text, struct arena *arena, struct slice value)
{
	*text = arena_slice(arena, slice_trim(value));
	return text->data;
}

static bool read_from(struct mail_headers *headers, struct arena *arena, struct slice value)
{
	headers->from_domain = address_domain(arena, value);
	return headers->from_domain.data;
}

static bool read_subject(struct mail_headers *headers, struct arena *arena, struct slice value)
{
	return read_text(&headers->subject, arena, value);
}

static bool read_message_id(struct mail_headers *headers, struct arena *arena, struct slice value)
{
	return read_text(&headers->message_id, arena, value);
}

static bool read_tls_domain(struct mail_headers *headers, struct arena *arena, struct slice value)
{
	return read_domain(&headers->tls_report_domain, arena, value);
}

static bool read_tls_submitter(struct mail_headers *headers, struct arena *arena,
			       struct slice value)
{
	return read_domain(&headers->tls_report_submitter, arena, value);
}

static bool read_date(struct mail_headers *headers, struct arena *arena, struct slice value)
{
	(void)arena;
	datetime_parse_mail(value, &headers->date);
	return headers->date != 0;
}

static bool read_received(struct mail_headers *headers, struct arena *arena, struct slice value)
{
	(void)arena;
	received_date(value, &headers->received);
	return headers->received != 0;
}

/* The first field of a name with a readable value counts; false: this one has none. */
static const struct {
	const char *name;
	bool (*read)(struct mail_headers *headers, struct arena *arena, struct slice value);
} fields[] = {
	{ "from", read_from },
	{ "subject", read_subject },
	{ "message-id", read_message_id },
	{ "date", read_date },
	{ "received", read_received },
	{ "tls-report-domain", read_tls_domain },
	{ "tls-report-submitter", read_tls_submitter },
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

void mail_headers_read(struct mail_headers *headers, struct arena *arena, struct mime *mime,
		       const char *const *trusted_authserv)
{
	struct auth_results results = { .verdict = "unknown" };
	struct slice rest = mime_header(mime), value;
	bool done[FIELDS] = { false };
	struct header_field field;
	size_t at;

	*headers = (struct mail_headers){ .date = 0 };
	while (header_field_next(&rest, &field)) {
		/* regardless of length, and without decoding encoded words: both could hide
		 * what the trusted host wrote */
		if (slice_is_nocase(field.name, "authentication-results")) {
			auth_results_read(&results, field.value, trusted_authserv);
			continue;
		}
		for (at = 0; at < FIELDS && !slice_is_nocase(field.name, fields[at].name); at++)
			continue;
		/* most fields are not read: to decode them all costs more than the rest of
		 * the header */
		if (at == FIELDS || done[at])
			continue;
		value = mime_header_value(mime, field.value);
		done[at] = value.size <= LIMIT_TEXT_BYTES && fields[at].read(headers, arena, value);
	}
	if (headers->date == 0)
		headers->date = headers->received;
	headers->dkim_verdict = results.verdict;
	for (size_t i = 0; i < results.dkim_domain_count; i++)
		mail_headers_add_signer(headers, arena, results.dkim_domains[i]);
}
