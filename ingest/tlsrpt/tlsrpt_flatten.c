/* tlsrpt_flatten.c - a document per policy and per failure detail
 *
 * SPDX-License-Identifier: MIT
 *
 * Totals are in the documents of policies alone and counts of details in
 * those of failures alone: details may add up to more or less than the total
 * (RFC 8460 section 4.3), so neither is derived from the other.
 */
#include "ingest/tlsrpt/tlsrpt_flatten.h"

#include "ingest/tlsrpt/tlsrpt_cause.h"

static void write_report(struct tlsrpt_flattener *f, const char *tenant)
{
	struct document_writer *w = &f->writer;
	const struct report_summary *summary = f->summary;

	document_common(w, f->settings, f->source, summary, tenant);
	document_uint(w, FIELD_ID_REPORT_DURATION, (uint64_t)(summary->end - summary->begin));
	document_string(w, FIELD_ID_REPORT_CONTACT, f->report->contact_info);
	document_string(w, FIELD_ID_REPORT_SUBMITTER, f->report->submitter);
	if (f->report->unknown_members > 0)
		document_uint(w, FIELD_ID_REPORT_UNKNOWN_MEMBERS, f->report->unknown_members);
}

/* Begins a document with what it shares with the others of its kind and
 * tenant; that is written once and copied from then on. */
static void begin(struct tlsrpt_flattener *f, enum document_kind kind,
		  struct tlsrpt_shared *shared, const char *tenant)
{
	document_begin(&f->writer, kind);
	if (shared->tenant == tenant) {
		document_copy_members(&f->writer, strbuf_slice(&shared->members));
		return;
	}
	write_report(f, tenant);
	strbuf_reset(&shared->members);
	strbuf_add_slice(&shared->members, document_members(&f->writer));
	shared->tenant = tenant;
}

/* The text as it came, where it says something else than what became of it. */
static void write_raw(struct document_writer *w, enum field field, struct slice raw,
		      struct slice word)
{
	if (!slice_equal(slice_trim(raw), word))
		document_string(w, field, raw);
}

/* What a failure carries of its policy, so that it can be charted alone. */
static void write_policy_head(struct document_writer *w, const struct tlsrpt_policy *policy)
{
	document_uint(w, FIELD_ID_TLSRPT_POLICY_INDEX, policy->index);
	document_string(w, FIELD_ID_TLSRPT_POLICY_TYPE, policy->type_word);
	document_string(w, FIELD_ID_TLSRPT_POLICY_DOMAIN, policy->domain_name);
	document_string(w, FIELD_ID_TLSRPT_POLICY_MODE, policy->mode);
	document_text(w, FIELD_ID_TLSRPT_POLICY_DIGEST, policy->digest);
}

static bool flatten_policy(struct tlsrpt_flattener *f, const struct tlsrpt_policy *policy,
			   struct document *document, struct error *err)
{
	struct document_writer *w = &f->writer;

	document_name_of(&f->policy_name, DOCUMENT_TLSRPT_POLICY, policy->tenant, f->summary,
			 policy->domain_name, policy->index, 0);
	begin(f, DOCUMENT_TLSRPT_POLICY, &f->policy_shared, policy->tenant);
	document_text(w, FIELD_ID_EVENT_OUTCOME,
		      policy->failed.number > 0 ? "failure" : "success");
	write_policy_head(w, policy);
	write_raw(w, FIELD_ID_TLSRPT_POLICY_TYPE_RAW, policy->type, policy->type_word);
	write_raw(w, FIELD_ID_TLSRPT_POLICY_DOMAIN_RAW, policy->domain, policy->domain_name);
	document_strings(w, FIELD_ID_TLSRPT_POLICY_STRINGS, policy->strings.values,
			 policy->strings.count);
	if (policy->has_max_age)
		document_uint(w, FIELD_ID_TLSRPT_POLICY_MAX_AGE, policy->max_age);
	document_strings(w, FIELD_ID_TLSRPT_POLICY_MX_HOSTS, policy->mx_hosts,
			 policy->mx_host_count);
	document_strings(w, FIELD_ID_TLSRPT_POLICY_MX_HOST, policy->mx_host.values,
			 policy->mx_host.count);
	document_strings(w, FIELD_ID_TLSRPT_POLICY_TLSA, policy->tlsa, policy->tlsa_count);
	document_uint(w, FIELD_ID_TLSRPT_SUCCESSFUL_SESSIONS, policy->successful.number);
	document_uint(w, FIELD_ID_TLSRPT_FAILED_SESSIONS, policy->failed.number);
	return document_end(w, &f->policy_name, document, err);
}

static void write_ip(struct document_writer *w, enum field field, const char *ip,
		     enum field raw_field, struct slice raw)
{
	if (ip[0])
		document_text(w, field, ip);
	else
		document_string(w, raw_field, raw);
}

static void write_session(struct document_writer *w, const struct tlsrpt_failure *failure)
{
	write_ip(w, FIELD_ID_SOURCE_IP, failure->source.ip, FIELD_ID_SOURCE_IP_RAW,
		 failure->sending_mta_ip);
	write_ip(w, FIELD_ID_SERVER_IP, failure->server_ip, FIELD_ID_SERVER_IP_RAW,
		 failure->receiving_ip);
	document_string(w, FIELD_ID_SERVER_DOMAIN, failure->receiving_mx_domain);
	if (!failure->receiving_mx_domain.data)
		document_string(w, FIELD_ID_SERVER_DOMAIN_RAW, failure->receiving_mx_hostname);
	document_string(w, FIELD_ID_TLSRPT_RECEIVING_MX_HELO, failure->receiving_mx_helo);
	document_string(w, FIELD_ID_TLSRPT_ADDITIONAL_INFORMATION,
			failure->additional_information);
	document_string(w, FIELD_ID_TLSRPT_FAILURE_REASON_CODE, failure->failure_reason_code);
}

static bool flatten_failure(struct tlsrpt_flattener *f, const struct tlsrpt_item *item,
			    struct document *document, struct error *err)
{
	const struct tlsrpt_policy *policy = item->policy;
	const struct tlsrpt_failure *failure = item->failure;
	const struct tlsrpt_cause cause =
		tlsrpt_cause_of(failure->result, policy->type_word, policy->mode,
				slice_trim(failure->failure_reason_code).size > 0);
	struct document_writer *w = &f->writer;

	if (item->index == 0)
		document_series_begin(&f->failure_names, DOCUMENT_TLSRPT_FAILURE, policy->tenant,
				      f->summary, policy->domain_name);
	begin(f, DOCUMENT_TLSRPT_FAILURE, &f->failure_shared, policy->tenant);
	document_text(w, FIELD_ID_EVENT_OUTCOME, "failure");
	write_policy_head(w, policy);
	document_uint(w, FIELD_ID_TLSRPT_FAILURE_INDEX, item->index);
	document_string(w, FIELD_ID_ERROR_CODE, failure->result);
	write_raw(w, FIELD_ID_ERROR_CODE_RAW, failure->result_type, failure->result);
	document_text(w, FIELD_ID_TLSRPT_RESULT_GROUP, cause.group);
	document_text(w, FIELD_ID_TLSRPT_RESULT_CAUSE, cause.cause);
	document_text(w, FIELD_ID_TLSRPT_RESULT_EFFECT, cause.effect);
	document_text(w, FIELD_ID_TLSRPT_RESULT_ADVICE, cause.advice);
	document_uint(w, FIELD_ID_TLSRPT_FAILED_SESSIONS, failure->failed_session_count.number);
	write_session(w, failure);
	document_bool(w, FIELD_ID_TLSRPT_SYNTHETIC, failure->synthetic);
	return document_end(w, document_series_next(&f->failure_names, policy->index, item->index),
			    document, err);
}

bool tlsrpt_flatten(struct tlsrpt_flattener *f, const struct tlsrpt_item *item,
		    struct document *document, struct error *err)
{
	return item->failure ? flatten_failure(f, item, document, err)
			     : flatten_policy(f, item->policy, document, err);
}

void tlsrpt_flattener_init(struct tlsrpt_flattener *f)
{
	document_writer_init(&f->writer);
	strbuf_init(&f->policy_shared.members, LIMIT_DOCUMENT_BYTES);
	strbuf_init(&f->failure_shared.members, LIMIT_DOCUMENT_BYTES);
	f->policy_shared.tenant = f->failure_shared.tenant = NULL;
}

void tlsrpt_flattener_release(struct tlsrpt_flattener *f)
{
	document_writer_release(&f->writer);
	strbuf_release(&f->policy_shared.members);
	strbuf_release(&f->failure_shared.members);
}
