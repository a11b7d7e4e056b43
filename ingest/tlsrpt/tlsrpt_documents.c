/* SPDX-License-Identifier: MIT */
#include "ingest/tlsrpt/tlsrpt_documents.h"

#include "ingest/document/document_writer.h"
#include "ingest/document/source_writer.h"
#include "ingest/tlsrpt/tlsrpt_cause.h"

/* --- our schema: one per policy and per failure detail ------------------------ */

/* Totals are only in policy documents, counts of details only in failure documents: details
 * may add up to more or less than the total (RFC 8460 section 4.3), so neither is derived
 * from the other. */

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

/* Begins a document with the members shared by its kind and tenant, which are written once
 * and then copied. */
static void begin_like(struct tlsrpt_flattener *f, enum document_kind kind,
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

/* Writes the original text if it differs from the interpreted word. */
static void write_raw(struct document_writer *w, enum field field, struct slice raw,
		      struct slice word)
{
	if (!slice_equal(slice_trim(raw), word))
		document_string(w, field, raw);
}

/* Copies policy members to a failure, so that dashboards need no join. */
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
	begin_like(f, DOCUMENT_TLSRPT_POLICY, &f->policy_shared, policy->tenant);
	document_text(w, FIELD_ID_EVENT_OUTCOME, policy->failed.number > 0 ? "failure" : "success");
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
	write_ip(w, FIELD_ID_SERVER_IP, failure->server.ip, FIELD_ID_SERVER_IP_RAW,
		 failure->receiving_ip);
	document_source(w, &failure->source);
	document_server(w, &failure->server);
	document_string(w, FIELD_ID_SERVER_DOMAIN, failure->receiving_mx_domain);
	if (!failure->receiving_mx_domain.data)
		document_string(w, FIELD_ID_SERVER_DOMAIN_RAW, failure->receiving_mx_hostname);
	document_string(w, FIELD_ID_TLSRPT_RECEIVING_MX_HELO, failure->receiving_mx_helo);
	document_string(w, FIELD_ID_TLSRPT_ADDITIONAL_INFORMATION, failure->additional_information);
	document_string(w, FIELD_ID_TLSRPT_FAILURE_REASON_CODE, failure->failure_reason_code);
}

static bool flatten_failure(struct tlsrpt_flattener *f, const struct tlsrpt_item *item,
			    struct document *document, struct error *err)
{
	const struct tlsrpt_policy *policy = item->policy;
	const struct tlsrpt_failure *failure = item->failure;
	const struct tlsrpt_cause cause = tlsrpt_cause_of(
		failure->result, policy->type_word, policy->mode,
		slice_trim(failure->failure_reason_code).size > 0);
	struct document_writer *w = &f->writer;

	if (item->index == 0)
		document_series_begin(&f->failure_names, DOCUMENT_TLSRPT_FAILURE, policy->tenant,
				      f->summary, policy->domain_name);
	begin_like(f, DOCUMENT_TLSRPT_FAILURE, &f->failure_shared, policy->tenant);
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

/* --- parsedmarc's: one per report and tenant --------------------------------- */

/* Three lists grow in parallel (policies, and two lists of combined texts) and are joined
 * when the document is returned. */

/* Begin another document above this size, so that one more policy or failure always fits. */
#define FULL (LIMIT_DOCUMENT_BYTES / 2)

void parsedmarc_tls_init(struct parsedmarc_tls *t)
{
	strbuf_init(&t->domain, PARSEDMARC_DOCUMENT_BYTES);
	strbuf_init(&t->policies, PARSEDMARC_DOCUMENT_BYTES);
	strbuf_init(&t->policy_names, PARSEDMARC_DOCUMENT_BYTES);
	strbuf_init(&t->failure_names, PARSEDMARC_DOCUMENT_BYTES);
	strbuf_init(&t->json, PARSEDMARC_DOCUMENT_BYTES);
	strbuf_init(&t->scratch, PARSEDMARC_DOCUMENT_BYTES);
	t->tenant = NULL;
}

void parsedmarc_tls_release(struct parsedmarc_tls *t)
{
	strbuf_release(&t->domain);
	strbuf_release(&t->policies);
	strbuf_release(&t->policy_names);
	strbuf_release(&t->failure_names);
	strbuf_release(&t->json);
	strbuf_release(&t->scratch);
}

static void begin_list(struct json_writer *jw, struct strbuf *list)
{
	strbuf_reset(list);
	jw_init(jw, list);
	jw_array(jw, NULL);
}

static void begin_document(struct parsedmarc_tls *t, const char *tenant, struct slice domain,
			   uint64_t policy, uint64_t failure)
{
	t->tenant = tenant;
	strbuf_reset(&t->domain);
	strbuf_add_slice(&t->domain, domain);
	t->first_policy = policy;
	t->first_failure = failure;
	t->in_failures = false;
	begin_list(&t->policies_jw, &t->policies);
	begin_list(&t->policy_names_jw, &t->policy_names);
	begin_list(&t->failure_names_jw, &t->failure_names);
}

static void close_policy(struct parsedmarc_tls *t)
{
	if (t->policies_jw.depth < 2)
		return;
	if (t->in_failures)
		jw_end(&t->policies_jw);
	jw_end(&t->policies_jw);
	t->in_failures = false;
}

static void write_document(struct parsedmarc_tls *t)
{
	struct json_writer jw;

	jw_init(&jw, &t->json);
	jw_object(&jw, NULL);
	parsedmarc_text(&jw, PARSEDMARC_ORG_NAME, slice_trim(t->report->organization));
	parsedmarc_period(&jw, t->summary);
	parsedmarc_text(&jw, PARSEDMARC_CONTACT_INFO, t->report->contact_info);
	parsedmarc_text(&jw, PARSEDMARC_REPORT_ID, t->report->report_id);
	jw_raw(&jw, "policies", strbuf_slice(&t->policies));
	jw_raw(&jw, parsedmarc_key(PARSEDMARC_TLS_POLICIES_COMBINED),
	       strbuf_slice(&t->policy_names));
	jw_raw(&jw, parsedmarc_key(PARSEDMARC_TLS_FAILURES_COMBINED),
	       strbuf_slice(&t->failure_names));
	jw_end(&jw);
}

bool parsedmarc_tls_end(struct parsedmarc_tls *t, struct document *document, struct error *err)
{
	const char *tenant = t->tenant;

	document->name = NULL;
	if (!tenant)
		return true;
	close_policy(t);
	jw_end(&t->policies_jw);
	jw_end(&t->policy_names_jw);
	jw_end(&t->failure_names_jw);
	strbuf_reset(&t->json);
	write_document(t);
	if (t->policies.overflowed || t->policy_names.overflowed || t->failure_names.overflowed)
		t->json.overflowed = true;
	t->tenant = NULL;
	document_name_of(&t->name, DOCUMENT_SMTP_TLS, tenant, t->summary, strbuf_slice(&t->domain),
			 t->first_policy, t->first_failure);
	return parsedmarc_end(&t->json, &t->name, document, err);
}

static bool is_full(const struct parsedmarc_tls *t)
{
	return t->policies.len + t->policy_names.len + t->failure_names.len > FULL;
}

static struct slice domain_of(const struct tlsrpt_policy *policy)
{
	return policy->domain.size > 0 ? policy->domain : policy->domain_name;
}

static void open_policy(struct parsedmarc_tls *t, const struct tlsrpt_policy *policy)
{
	close_policy(t);
	jw_object(&t->policies_jw, NULL);
	parsedmarc_text(&t->policies_jw, PARSEDMARC_TLS_POLICY_DOMAIN, domain_of(policy));
	parsedmarc_text(&t->policies_jw, PARSEDMARC_TLS_POLICY_TYPE, policy->type_word);
}

static bool add_policy(struct parsedmarc_tls *t, const struct tlsrpt_policy *policy,
		       struct document *document, struct error *err)
{
	struct json_writer *jw = &t->policies_jw;

	if (t->tenant && (t->tenant != policy->tenant || is_full(t)) &&
	    !parsedmarc_tls_end(t, document, err))
		return false;
	if (!t->tenant)
		begin_document(t, policy->tenant, policy->domain_name, policy->index, 0);
	open_policy(t, policy);
	parsedmarc_uint(jw, PARSEDMARC_TLS_SUCCESSFUL, policy->successful.number);
	parsedmarc_uint(jw, PARSEDMARC_TLS_FAILED, policy->failed.number);
	parsedmarc_list(jw, PARSEDMARC_TLS_POLICY_STRING, policy->strings.values,
			policy->strings.count);
	parsedmarc_list(jw, PARSEDMARC_TLS_MX_HOST_PATTERNS, policy->mx_host.values,
			policy->mx_host.count);
	strbuf_reset(&t->scratch);
	strbuf_add_slice(&t->scratch, slice_or(domain_of(policy), "none"));
	strbuf_add_text(&t->scratch, " / ");
	strbuf_add_slice(&t->scratch, slice_or(policy->type_word, "none"));
	jw_string(&t->policy_names_jw, NULL, strbuf_slice(&t->scratch));
	return true;
}

/* Continues the details of a policy in another document, without writing its counts again. */
static bool continue_policy(struct parsedmarc_tls *t, const struct tlsrpt_policy *policy,
			    uint64_t index, struct document *document, struct error *err)
{
	if (!parsedmarc_tls_end(t, document, err))
		return false;
	begin_document(t, policy->tenant, policy->domain_name, policy->index, index);
	open_policy(t, policy);
	return true;
}

static void combine(struct parsedmarc_tls *t, const struct tlsrpt_policy *policy,
		    const struct tlsrpt_failure *failure)
{
	const struct slice parts[] = {
		domain_of(policy),       policy->type_word,     failure->result,
		failure->sending_mta_ip, failure->receiving_ip, failure->receiving_mx_hostname,
	};

	strbuf_reset(&t->scratch);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		strbuf_add_text(&t->scratch, i > 0 ? " / " : "");
		strbuf_add_slice(&t->scratch, slice_or(slice_trim(parts[i]), "none"));
	}
	jw_string(&t->failure_names_jw, NULL, strbuf_slice(&t->scratch));
}

/* Like parsedmarc: normalised here, but as written in the combined text. */
static struct slice address_of(const char *normalised, struct slice text)
{
	return normalised[0] ? slice_of(normalised) : slice_trim(text);
}

static bool add_failure(struct parsedmarc_tls *t, const struct tlsrpt_item *item,
			struct document *document, struct error *err)
{
	const struct tlsrpt_failure *failure = item->failure;
	struct json_writer *jw = &t->policies_jw;

	/* synthetic failures exist only in our schema */
	if (failure->synthetic)
		return true;
	if (is_full(t) && !continue_policy(t, item->policy, item->index, document, err))
		return false;
	if (!t->in_failures)
		jw_array(jw, "failure_details");
	t->in_failures = true;
	jw_object(jw, NULL);
	parsedmarc_text(jw, PARSEDMARC_TLS_RESULT_TYPE, failure->result);
	parsedmarc_text(jw, PARSEDMARC_TLS_SENDING_MTA_IP,
			address_of(failure->source.ip, failure->sending_mta_ip));
	parsedmarc_text(jw, PARSEDMARC_TLS_RECEIVING_MX_HOSTNAME, failure->receiving_mx_hostname);
	parsedmarc_text(jw, PARSEDMARC_TLS_RECEIVING_MX_HELO, failure->receiving_mx_helo);
	parsedmarc_text(jw, PARSEDMARC_TLS_RECEIVING_IP,
			address_of(failure->server.ip, failure->receiving_ip));
	parsedmarc_uint(jw, PARSEDMARC_TLS_FAILURE_COUNT, failure->failed_session_count.number);
	parsedmarc_text(jw, PARSEDMARC_TLS_ADDITIONAL_INFORMATION, failure->additional_information);
	parsedmarc_text(jw, PARSEDMARC_TLS_FAILURE_REASON_CODE, failure->failure_reason_code);
	jw_end(jw);
	combine(t, item->policy, failure);
	return true;
}

bool parsedmarc_tls_add(struct parsedmarc_tls *t, const struct tlsrpt_item *item,
			struct document *document, struct error *err)
{
	document->name = NULL;
	return item->failure ? add_failure(t, item, document, err)
			     : add_policy(t, item->policy, document, err);
}

bool parsedmarc_tls_empty(struct parsedmarc_tls *t, const struct report_share *share,
			  struct document *document, struct error *err)
{
	begin_document(t, share->tenant, share->domain, 0, 0);
	return parsedmarc_tls_end(t, document, err);
}
