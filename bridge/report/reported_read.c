/* reported_read.c - sums report documents by domain for the domain check
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/reported_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/datetime.h"
#include "base/xalloc.h"

#define ARENA_BYTES ((size_t)256 << 20)

struct reported_set {
	const struct slice *domains;
	struct reported *reported; /* an array, one for each domain */
	size_t count;
	const struct document_view *view; /* of the document being added */
	struct arena arena;               /* for kept texts */
};

struct reported_set *reported_set_new(const struct slice *domains, size_t count)
{
	struct reported_set *set = xcalloc(1, sizeof(*set));

	set->domains = domains;
	set->count = count;
	set->reported = xcalloc(count + 1, sizeof(*set->reported));
	arena_init(&set->arena, ARENA_BYTES);
	return set;
}

void reported_set_free(struct reported_set *set)
{
	if (!set)
		return;
	arena_release(&set->arena);
	free(set->reported);
	free(set);
}

/* --- one document ----------------------------------------------------------------------- */

struct adding {
	struct reported_set *set;
	struct reported *r;
	struct slice domain;
	int64_t start, end;
};

static struct slice text_of(const struct adding *a, enum field field)
{
	return document_view_text(a->set->view, field);
}

static uint64_t number_of(const struct adding *a, enum field field)
{
	return document_view_number(a->set->view, field);
}

static bool is(const struct adding *a, enum field field, const char *word)
{
	return slice_is(text_of(a, field), word);
}

static void add_reporter(const struct adding *a, struct reported_by *by)
{
	const struct slice name = text_of(a, FIELD_ID_REPORT_ORGANIZATION);

	if (!by->first.data)
		by->first = arena_slice(&a->set->arena, name);
	else if (!slice_equal(by->first, name))
		by->several = true;
}

static void span(int64_t time, int64_t *first, int64_t *last)
{
	if (*first == 0 || time < *first)
		*first = time;
	if (time > *last)
		*last = time;
}

/* The entry of a name in a list; NULL: the list is full. */
static struct reported_name *named(const struct adding *a, struct reported_name *list,
				   size_t *count, struct slice name)
{
	for (size_t i = 0; i < *count; i++)
		if (slice_equal(list[i].name, name))
			return &list[i];
	if (*count == REPORTED_LIST_MAX || name.size == 0)
		return NULL;
	list[*count] = (struct reported_name){ .name = arena_slice(&a->set->arena, name) };
	return list[*count].name.data ? &list[(*count)++] : NULL;
}

/* --- DMARC --------------------------------------------------------------------------------- */

static void add_policy(const struct adding *a, uint64_t messages)
{
	const struct slice p = text_of(a, FIELD_ID_DMARC_POLICY_P);
	struct reported *r = a->r;
	size_t at = 0;

	while (at < r->policy_count && !slice_equal(r->policies[at].p, p))
		at++;
	if (at == REPORTED_LIST_MAX || p.size == 0)
		return;
	if (at == r->policy_count) {
		r->policies[at] = (struct reported_policy){ .p = arena_slice(&a->set->arena, p) };
		r->policy_count += r->policies[at].p.data != NULL;
	}
	r->policies[at].messages += messages;
	if (a->start > r->policies[at].last)
		r->policies[at].last = a->start;
	add_reporter(a, &r->policies[at].by);
}

static struct reported_selector *selector_of(const struct adding *a, struct slice selector,
					     struct slice domain)
{
	struct reported *r = a->r;
	struct reported_selector *s;

	for (size_t i = 0; i < r->selector_count; i++)
		if (slice_equal(r->selectors[i].selector, selector) &&
		    slice_equal(r->selectors[i].domain, domain))
			return &r->selectors[i];
	if (r->selector_count == REPORTED_LIST_MAX || selector.size == 0)
		return NULL;
	s = &r->selectors[r->selector_count];
	*s = (struct reported_selector){ .selector = arena_slice(&a->set->arena, selector),
					 .domain = arena_slice(&a->set->arena, domain) };
	r->selector_count += s->selector.data && s->domain.data;
	return s->selector.data && s->domain.data ? s : NULL;
}

/* Reads "selector/domain/result" of each signature. */
static void add_signatures(const struct adding *a, uint64_t messages)
{
	const struct document_value *v = a->set->view->lists[FIELD_ID_DMARC_DKIM_COMBINED];

	for (; v; v = v->next) {
		struct slice rest = v->text;
		const struct slice selector = slice_split(rest, '/', &rest);
		const struct slice domain = slice_split(rest, '/', &rest);
		struct reported_selector *s;

		if (!slice_equal(domain, a->domain))
			continue;
		s = selector_of(a, selector, domain);
		if (!s)
			continue;
		if (slice_is(rest, "pass")) {
			s->passed += messages;
			s->last_passed = a->start > s->last_passed ? a->start : s->last_passed;
		} else if (slice_is(rest, "fail")) {
			s->failed += messages;
			span(a->start, &s->first_failed, &s->last_failed);
			add_reporter(a, &s->by);
		}
	}
}

static bool list_has(const struct adding *a, enum field field, const char *word)
{
	const struct document_value *v = a->set->view->lists[field];

	for (; v; v = v->next)
		if (slice_is(v->text, word))
			return true;
	return false;
}

/* "Mailchimp (marketing)"; all senders without a name are one class. */
static void add_failed_sender(const struct adding *a, uint64_t messages)
{
	const struct slice sender = text_of(a, FIELD_ID_SOURCE_SENDER_NAME);
	const struct slice type = text_of(a, FIELD_ID_SOURCE_SENDER_TYPE);
	const bool known = sender.size > 0 && !is(a, FIELD_ID_SOURCE_SENDER_STATUS, "unknown");
	struct reported *r = a->r;
	struct reported_name *name;
	char text[256] = "unknown senders";

	if (known && type.size > 0)
		snprintf(text, sizeof(text), "%.*s (%.*s)", (int)sender.size, sender.data,
			 (int)type.size, type.data);
	else if (known)
		snprintf(text, sizeof(text), "%.*s", (int)sender.size, sender.data);
	r->failed_known += known ? messages : 0;
	name = named(a, r->failed_senders, &r->failed_sender_count, slice_of(text));
	if (name)
		name->messages += messages;
}

static void add_result(const struct adding *a, uint64_t messages)
{
	const bool dkim = is(a, FIELD_ID_DMARC_ALIGNED_DKIM, "pass");
	const bool spf = is(a, FIELD_ID_DMARC_ALIGNED_SPF, "pass");
	const struct slice from = text_of(a, FIELD_ID_DMARC_HEADER_FROM);
	struct reported *r = a->r;
	struct reported_name *name;

	if (!dkim && !spf) {
		r->failed += messages;
		if (a->set->view->lists[FIELD_ID_DMARC_OVERRIDE_TYPE])
			r->forwarded += messages;
		else
			add_failed_sender(a, messages);
		name = slice_equal(from, a->domain)
			       ? NULL
			       : named(a, r->subdomains, &r->subdomain_count, from);
		if (name)
			name->messages += messages;
		return;
	}
	r->passed += messages;
	if (spf && !dkim) {
		r->spf_only += messages;
		name = named(a, r->spf_sources, &r->spf_source_count,
			     text_of(a, FIELD_ID_SOURCE_IP));
		if (name)
			name->messages += messages;
	}
	if (dkim && !spf) {
		r->dkim_only += messages;
		/* a failure of the domain itself, not a pass of the service's own domain */
		if (!list_has(a, FIELD_ID_DMARC_SPF_RESULT, "pass"))
			r->spf_missing += messages;
	}
}

static void add_record(const struct adding *a)
{
	const uint64_t messages = number_of(a, FIELD_ID_DMARC_MESSAGE_COUNT);
	struct reported *r = a->r;
	struct address source;

	r->messages += messages;
	span(a->start, &r->first, &r->last);
	if (a->end > r->last_end)
		r->last_end = a->end;
	if (address_read(text_of(a, FIELD_ID_SOURCE_IP), &source))
		address_set_add(&r->sources, &source, &a->set->arena);
	r->senders_named |= text_of(a, FIELD_ID_SOURCE_SENDER_NAME).size > 0;
	add_policy(a, messages);
	add_result(a, messages);
	add_signatures(a, messages);
	if (list_has(a, FIELD_ID_DMARC_SPF_RESULT, "permerror")) {
		r->spf_errors += messages;
		add_reporter(a, &r->spf_errors_by);
		if (a->start > r->spf_errors_last)
			r->spf_errors_last = a->start;
	}
}

/* Records where the policy was found, which may be another domain. */
static void add_discovery(struct reported_set *set, size_t at)
{
	const struct adding a = { .set = set, .r = &set->reported[at] };
	const struct slice found = text_of(&a, FIELD_ID_DMARC_DOMAIN);

	if (is(&a, FIELD_ID_DMARC_POLICY_DISCOVERY, "psl"))
		a.r->psl_domain = arena_slice(&set->arena, found);
	if (is(&a, FIELD_ID_DMARC_POLICY_DISCOVERY, "treewalk"))
		a.r->walk_domain = arena_slice(&set->arena, found);
}

/* --- TLS -------------------------------------------------------------------------------------- */

static void add_tls_policy(const struct adding *a)
{
	const struct slice digest = text_of(a, FIELD_ID_TLSRPT_POLICY_DIGEST);
	struct reported *r = a->r;
	size_t at = 0;

	r->sessions += number_of(a, FIELD_ID_TLSRPT_SUCCESSFUL_SESSIONS);
	r->failed_sessions += number_of(a, FIELD_ID_TLSRPT_FAILED_SESSIONS);
	span(a->start, &r->tls_first, &r->tls_last);
	add_reporter(a, &r->tls_by);
	if (!is(a, FIELD_ID_TLSRPT_POLICY_TYPE, "sts") || digest.size == 0)
		return;
	while (at < r->tls_policy_count && !slice_equal(r->tls_policies[at].digest, digest))
		at++;
	if (at == REPORTED_LIST_MAX)
		return;
	if (at == r->tls_policy_count)
		r->tls_policies[r->tls_policy_count++] = (struct reported_tls_policy){
			.digest = arena_slice(&a->set->arena, digest),
			.mode = arena_slice(&a->set->arena,
					    text_of(a, FIELD_ID_TLSRPT_POLICY_MODE)),
		};
	if (a->start > r->tls_policies[at].last)
		r->tls_policies[at].last = a->start;
	add_reporter(a, &r->tls_policies[at].by);
}

static void add_tls_failure(const struct adding *a)
{
	const struct slice code = text_of(a, FIELD_ID_ERROR_CODE);
	const struct slice host = text_of(a, FIELD_ID_SERVER_DOMAIN);
	const struct slice address = text_of(a, FIELD_ID_SERVER_IP);
	struct reported *r = a->r;
	size_t at = 0;

	while (at < r->tls_failure_count && !(slice_equal(r->tls_failures[at].code, code) &&
					      slice_equal(r->tls_failures[at].host, host) &&
					      slice_equal(r->tls_failures[at].address, address)))
		at++;
	if (at == REPORTED_LIST_MAX)
		return;
	if (at == r->tls_failure_count)
		r->tls_failures[r->tls_failure_count++] = (struct reported_tls_failure){
			.code = arena_slice(&a->set->arena, code),
			.host = arena_slice(&a->set->arena, host),
			.address = arena_slice(&a->set->arena, address),
		};
	r->tls_failures[at].sessions += number_of(a, FIELD_ID_TLSRPT_FAILED_SESSIONS);
	span(a->start, &r->tls_failures[at].first, &r->tls_failures[at].last);
	add_reporter(a, &r->tls_failures[at].by);
}

/* --- all documents
 * ------------------------------------------------------------------------------- */

static void add_to(struct reported_set *set, size_t at, struct slice dataset)
{
	struct adding a = { .set = set, .r = &set->reported[at], .domain = set->domains[at] };
	bool no_zone;

	if (!datetime_parse(text_of(&a, FIELD_ID_EVENT_START), &a.start, &no_zone))
		return;
	if (!datetime_parse(text_of(&a, FIELD_ID_EVENT_END), &a.end, &no_zone))
		a.end = a.start;
	if (slice_is(dataset, "dmarc_aggregate"))
		add_record(&a);
	else if (slice_is(dataset, "tlsrpt_policy"))
		add_tls_policy(&a);
	else
		add_tls_failure(&a);
}

void reported_set_add(struct reported_set *set, const struct document_view *view)
{
	struct slice dataset, domain, from;

	set->view = view;
	dataset = document_view_text(view, FIELD_ID_EVENT_DATASET);
	if (slice_is(document_view_text(view, FIELD_ID_REPORT_DKIM), "fail"))
		return;
	if (slice_is(dataset, "dmarc_aggregate"))
		domain = document_view_text(view, FIELD_ID_DMARC_DOMAIN);
	else if (slice_is(dataset, "tlsrpt_policy") || slice_is(dataset, "tlsrpt_failure"))
		domain = document_view_text(view, FIELD_ID_TLSRPT_POLICY_DOMAIN);
	else
		return;
	from = document_view_text(view, FIELD_ID_DMARC_HEADER_FROM);
	for (size_t i = 0; i < set->count; i++) {
		if (slice_equal(set->domains[i], domain))
			add_to(set, i, dataset);
		if (slice_equal(set->domains[i], from))
			add_discovery(set, i);
	}
}

bool reported_set_read(struct reported_set *set, const char *path, struct error *err)
{
	FILE *file = fopen(path, "re");
	struct document_view view;
	char *line = NULL;
	size_t alloc = 0;
	ssize_t size;
	bool good;

	if (!file)
		return error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	document_view_init(&view);
	errno = 0;
	while ((size = getline(&line, &alloc, file)) > 0) {
		document_view_read(&view, slice_trim((struct slice){ line, (size_t)size }));
		reported_set_add(set, &view);
	}
	good = !ferror(file) || error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	document_view_release(&view);
	free(line);
	fclose(file);
	return good;
}

const struct reported *reported_set_of(const struct reported_set *set, struct slice domain)
{
	for (size_t i = 0; i < set->count; i++)
		if (slice_equal(set->domains[i], domain))
			return &set->reported[i];
	return NULL;
}
