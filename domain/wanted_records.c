/* wanted_records.c - the records a domain must publish so that its reports reach us
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/wanted_records.h"

#include "base/ascii.h"
#include "base/clock.h"
#include "base/datetime.h"
#include "base/organizational_domain.h"
#include "base/strbuf.h"
#include "domain/dns_data.h"

#define QUESTIONS 10
#define TIME_MS 10000
#define FILE_LIMIT 4096
#define MAX_AGE 604800

struct making {
	const struct domain_state *s;
	const char *address;
	struct arena *arena;
	struct dns_session session;
	struct wanted_record *list;
	size_t count;
};

static struct wanted_record *add(struct making *m, enum wanted_state state, const char *name,
				 const char *data)
{
	struct wanted_record *record = &m->list[m->count];

	if (m->count < WANTED_RECORDS_MAX - 1)
		m->count++;
	*record = (struct wanted_record){ .state = state, .name = name, .data = data };
	return record;
}

static const char *below(struct making *m, const char *label)
{
	return arena_format(m->arena, "%s.%.*s", label, (int)m->s->name.size, m->s->name.data);
}

static const char *txt(struct making *m, struct slice text)
{
	return arena_format(m->arena, "TXT %s", text_strings(m->arena, text));
}

/* Does the list contain our address? */
static bool has_address(struct making *m, struct slice list)
{
	struct report_uri uri;

	while (report_uri_next(&list, &uri)) {
		struct slice address, size;

		(void)slice_split(uri.text, ':', &address);
		if (!address.data)
			continue;
		address = slice_split(address, '!', &size);
		if (slice_is_nocase(address, m->address))
			return true;
	}
	return false;
}

static const char *with_address(struct making *m, struct slice list)
{
	if (slice_trim(list).size == 0)
		return arena_format(m->arena, "mailto:%s", m->address);
	return arena_format(m->arena, "mailto:%s,%.*s", m->address, (int)list.size, list.data);
}

/* --- DMARC ------------------------------------------------------------------------- */

static void add_dmarc(struct making *m)
{
	const struct domain_state *s = m->s;
	const char *name = below(m, "_dmarc");
	const bool own = s->dmarc_text.data && slice_equal(s->dmarc_location, s->name);
	struct tag_change change = { "rua", with_address(m, own ? s->dmarc.rua : slice_of(NULL)) };

	if (!s->dmarc_known)
		add(m, WANTED_UNKNOWN, name, "TXT");
	else if (own && has_address(m, s->dmarc.rua))
		add(m, WANTED_PRESENT, name, txt(m, s->dmarc_text));
	else if (own)
		add(m, WANTED_CHANGED, name,
		    txt(m, slice_of(record_tags_rewrite(m->arena, &s->dmarc.tags, "DMARC1", &change,
							1))));
	else
		/* the parent's policy continues to apply */
		add(m, WANTED_MISSING, name,
		    txt(m, slice_of(arena_format(m->arena, "v=DMARC1; p=%s; rua=mailto:%s",
						 s->dmarc_text.data
							 ? dmarc_policy_name(s->dmarc_effective)
							 : "none",
						 m->address))));
}

static struct slice host_of(const char *address)
{
	struct slice host;

	(void)slice_split(slice_of(address), '@', &host);
	return host;
}

/* In our zone: allows the reports (RFC 9990 section 4). */
static void add_authorization(struct making *m)
{
	const struct slice host = host_of(m->address);
	const struct dns_answer *answer;
	enum wanted_state state;
	const char *name;
	struct txt text;

	if (!host.data || same_organization(host, m->s->name))
		return;
	name = arena_format(m->arena, "%.*s._report._dmarc.%.*s", (int)m->s->name.size,
			    m->s->name.data, (int)host.size, host.data);
	answer = dns_ask(&m->session, name, DNS_TXT);
	state = dns_answered(answer) ? WANTED_MISSING : WANTED_UNKNOWN;
	for (size_t i = 0; answer->status == DNS_DATA && i < answer->count; i++)
		if (txt_read(m->arena, answer->data[i], &text) && dmarc_is_record(text.text))
			state = WANTED_PRESENT;
	add(m, state, name, txt(m, slice_of("v=DMARC1")))->ours = true;
}

/* --- TLSRPT, MTA-STS, DANE ------------------------------------------------------------ */

static void add_tlsrpt(struct making *m)
{
	const struct domain_state *s = m->s;
	const char *name = below(m, "_smtp._tls");
	const char *wanted = arena_format(m->arena, "v=TLSRPTv1; rua=%s",
					  with_address(m, s->tlsrpt_rua));

	if (!s->tlsrpt_known)
		add(m, WANTED_UNKNOWN, name, "TXT");
	else if (s->tlsrpt_rua.data && has_address(m, s->tlsrpt_rua))
		add(m, WANTED_PRESENT, name, txt(m, s->tlsrpt_text));
	else
		add(m, s->tlsrpt_text.data ? WANTED_CHANGED : WANTED_MISSING, name,
		    txt(m, slice_of(wanted)));
}

/* Ids must grow with each change, so use the time. */
static const char *fresh_id(struct making *m, int64_t now)
{
	char time[DATETIME_SIZE], id[DATETIME_SIZE];
	size_t used = 0;

	datetime_format(now, time);
	for (const char *at = time; *at; at++)
		if (ascii_is_digit(*at))
			id[used++] = *at;
	id[used] = '\0';
	return arena_format(m->arena, "v=STSv1; id=%s;", id);
}

static const char *policy_file(struct making *m)
{
	struct strbuf out;
	const char *copy;

	strbuf_init(&out, FILE_LIMIT);
	strbuf_add_text(&out, "version: STSv1\nmode: testing\n");
	for (size_t i = 0; i < m->s->host_count; i++)
		strbuf_add_format(&out, "mx: %.*s\n", (int)m->s->hosts[i].name.size,
				  m->s->hosts[i].name.data);
	strbuf_add_format(&out, "max_age: %u\n", MAX_AGE);
	copy = arena_text(m->arena, strbuf_slice(&out));
	strbuf_release(&out);
	return copy ? copy : "";
}

/* Keeps a published record.  A policy that could not be fetched now must not be replaced by
 * one in mode testing. */
static void add_sts(struct making *m, int64_t now)
{
	const struct domain_state *s = m->s;
	const char *name = below(m, "_mta-sts");
	struct wanted_record *record;

	if (!s->sts_known) {
		add(m, WANTED_UNKNOWN, name, "TXT");
		return;
	}
	record = s->sts_text.data
			 ? add(m, WANTED_PRESENT, name, txt(m, s->sts_text))
			 : add(m, WANTED_MISSING, name, txt(m, slice_of(fresh_id(m, now))));
	if (!s->sts_policy.data)
		record->file = policy_file(m);
}

static bool publishes(const struct domain_host *host, const char *tlsa)
{
	for (size_t i = 0; i < host->tlsa_count; i++)
		if (slice_is(host->tlsa[i], tlsa))
			return true;
	return false;
}

/* Only for probed hosts in signed zones: senders ignore other TLSA records. */
static void add_tlsa(struct making *m)
{
	for (size_t i = 0; i < m->s->host_count; i++) {
		const struct domain_host *host = &m->s->hosts[i];
		const char *tlsa;

		if (!host->certificate.key_digest[0] || !host->secure)
			continue;
		tlsa = arena_format(m->arena, "3 1 1 %s", host->certificate.key_digest);
		add(m,
		    publishes(host, tlsa)  ? WANTED_PRESENT
		    : host->tlsa_count > 0 ? WANTED_CHANGED
					   : WANTED_MISSING,
		    arena_format(m->arena, "_25._tcp.%.*s", (int)host->name.size, host->name.data),
		    arena_format(m->arena, "TLSA %s", tlsa));
	}
}

size_t wanted_records(const struct domain_settings *settings, const struct domain_report *report,
		      const char *address, struct arena *arena,
		      struct wanted_record list[static WANTED_RECORDS_MAX])
{
	struct making m = {
		.s = &report->state,
		.address = address,
		.arena = arena,
		.session = { .dns = settings->dns,
			     .arena = arena,
			     .deadline = clock_ms() + TIME_MS,
			     .budget = QUESTIONS },
		.list = list,
	};

	add_dmarc(&m);
	if (!report->state.null_mx && report->state.host_count > 0) {
		add_tlsrpt(&m);
		add_sts(&m, settings->now);
		add_tlsa(&m);
	}
	add_authorization(&m);
	return m.count;
}
