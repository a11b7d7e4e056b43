/* dns.c - DNS queries; the only file that uses libunbound
 *
 * SPDX-License-Identifier: MIT
 *
 * libunbound works in its own thread and signals new answers through one
 * descriptor.  Every waiting check polls that descriptor and its eventfd; the first
 * one to wake processes all answers and wakes the others.
 */
#include "domain/dns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <unbound.h>

#include "base/clock.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "domain/dns_data.h"

#define DEBIAN_ANCHOR "/usr/share/dns/root.key"
#define CLASS_IN 1
#define RCODE_NOERROR 0
#define RCODE_SERVFAIL 2
#define RCODE_NXDOMAIN 3
#define QUESTION_MS 8000
/* libunbound retries a silent server for 17 s. */
#define START_MS 10000
/* libunbound returns SERVFAIL at once if a server fails, but only after five tries if it
 * does not answer. */
#define SILENT_MS 1000
/* RFC 8461 and others need 4 KiB; larger record sets are refused. */
#define ANSWER_OCTETS_MAX ((size_t)16 << 10)
#define ANSWER_RECORDS_MAX 200

struct dns {
	struct ub_ctx *context;
	int64_t timeout_ms;
	bool validates;
};

struct dns_memory {
	struct dns_memory *next;
	const char *name;
	enum dns_type type;
	struct dns_answer answer;
};

/* --- one query ------------------------------------------------------------------ */

struct question {
	int wake; /* eventfd */
	bool answered;
	struct ub_result *result; /* NULL on error */
};

static void on_answer(void *context, int error, struct ub_result *result)
{
	struct question *question = context;
	const uint64_t one = 1;

	question->answered = true;
	question->result = error == 0 ? result : NULL;
	if (write(question->wake, &one, sizeof(one)) < 0)
		abort(); /* the counter of an eventfd cannot overflow here */
}

/* false: timeout, or the program is stopping. */
static bool wait_for(struct dns *dns, const struct question *question, int64_t until)
{
	struct pollfd fds[] = {
		{ .fd = question->wake, .events = POLLIN },
		{ .fd = ub_fd(dns->context), .events = POLLIN },
	};

	while (!question->answered) {
		if (wait_poll(fds, 2, until) <= 0)
			return false;
		if (fds[1].revents && ub_process(dns->context) != 0)
			return false;
	}
	return true;
}

/* Returns the result, which the caller frees; NULL: none, and *timed_out is set. */
static struct ub_result *resolve(struct dns *dns, const char *name, enum dns_type type,
				 int64_t until, bool *timed_out)
{
	struct question question = { .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	int id;

	*timed_out = false;
	if (question.wake < 0)
		return NULL;
	if (ub_resolve_async(dns->context, name, (int)type, CLASS_IN, &question, on_answer, &id) ==
		    0 &&
	    !wait_for(dns, &question, until) && !question.answered) {
		*timed_out = true;
		ub_cancel(dns->context, id);
	}
	close(question.wake);
	return question.result;
}

/* --- the answer ----------------------------------------------------------------- */

static struct slice without_dot(struct slice name)
{
	if (name.size > 0 && name.data[name.size - 1] == '.')
		name.size--;
	return name;
}

static bool copy_data(struct arena *arena, const struct ub_result *result,
		      struct dns_answer *answer)
{
	size_t count = 0, octets = 0;

	for (; result->data && result->data[count]; count++)
		octets += (size_t)result->len[count];
	if (count > ANSWER_RECORDS_MAX || octets > ANSWER_OCTETS_MAX)
		return false;
	answer->data = arena_array(arena, count + 1, sizeof(*answer->data));
	if (!answer->data)
		return false;
	for (size_t i = 0; i < count; i++) {
		answer->data[i] = arena_slice(arena, (struct slice){ result->data[i],
								     (size_t)result->len[i] });
		if (!answer->data[i].data)
			return false;
	}
	answer->count = count;
	return true;
}

static void read_result(struct arena *arena, const struct ub_result *result,
			struct dns_answer *answer)
{
	const struct slice packet = { result->answer_packet, (size_t)result->answer_len };

	*answer = (struct dns_answer){ .status = DNS_FAILED };
	if (result->canonname)
		answer->canonical = arena_lower(arena, without_dot(slice_of(result->canonname)));
	/* check this first: a bogus answer still contains the forged data */
	if (result->bogus) {
		answer->status = DNS_BOGUS;
		answer->why = arena_slice(arena, slice_of(result->why_bogus));
		return;
	}
	answer->secure = result->secure != 0;
	answer->ttl = result->ttl > 0 ? (uint32_t)result->ttl : 0;
	if (answer->secure && packet.data)
		(void)signature_times(packet, &answer->signed_from, &answer->signed_until);
	if (result->havedata) {
		if (copy_data(arena, result, answer))
			answer->status = DNS_DATA;
		else
			answer->why = slice_of("the answer is too large");
	} else if (result->rcode == RCODE_NXDOMAIN || result->nxdomain) {
		answer->status = DNS_NXDOMAIN;
	} else if (result->rcode == RCODE_NOERROR) {
		answer->status = DNS_NODATA;
	}
}

static void ask(struct dns_session *s, const char *name, enum dns_type type,
		struct dns_answer *answer)
{
	const int64_t begin = clock_ms(), usual = begin + s->dns->timeout_ms;
	struct ub_result *result;
	bool timed_out;

	*answer = (struct dns_answer){ .status = DNS_REFUSED };
	if (s->budget == 0 || clock_ms() >= s->deadline) {
		s->spent = true;
		return;
	}
	s->budget--;
	result = resolve(s->dns, name, type, usual < s->deadline ? usual : s->deadline, &timed_out);
	if (result)
		read_result(s->arena, result, answer);
	else
		answer->status = timed_out ? DNS_TIMEOUT : DNS_FAILED;
	if (result && result->rcode == RCODE_SERVFAIL && answer->status == DNS_FAILED &&
	    clock_ms() - begin >= SILENT_MS)
		answer->status = DNS_TIMEOUT;
	ub_resolve_free(result);
}

const struct dns_answer *dns_ask(struct dns_session *s, const char *name, enum dns_type type)
{
	static const struct dns_answer no_room = { .status = DNS_FAILED };
	struct dns_memory *m;

	for (m = s->memory; m; m = m->next)
		if (m->type == type && strcmp(m->name, name) == 0)
			return &m->answer;
	m = arena_alloc(s->arena, sizeof(*m));
	if (!m)
		return &no_room;
	m->name = arena_text(s->arena, slice_of(name));
	if (!m->name)
		return &no_room;
	m->type = type;
	ask(s, name, type, &m->answer);
	m->next = s->memory;
	s->memory = m;
	return &m->answer;
}

const char *dns_library_version(void)
{
	return ub_version();
}

const char *dns_status_text(enum dns_status status)
{
	static const char *const texts[] = {
		[DNS_DATA] = "found",
		[DNS_NODATA] = "the name exists without such a record",
		[DNS_NXDOMAIN] = "the name does not exist",
		[DNS_BOGUS] = "DNSSEC validation fails",
		[DNS_FAILED] = "the name servers fail",
		[DNS_TIMEOUT] = "no answer in time",
		[DNS_REFUSED] = "not queried: this check has reached its limit",
	};

	return texts[status];
}

/* --- opening ------------------------------------------------------------------------ */

/* NULL: the configured server is not an address. */
static struct ub_ctx *new_context(const struct dns_settings *settings, const char *anchor)
{
	struct ub_ctx *context = ub_ctx_create();
	int refused = 0;

	if (!context)
		abort();
	/* a library must not write to stderr */
	ub_ctx_debugout(context, NULL);
	ub_ctx_async(context, 1);
	/* without a resolver, libunbound would query the root servers */
	if (settings->servers)
		refused = ub_ctx_set_fwd(context, settings->servers);
	else
		ub_ctx_resolvconf(context, NULL);
	if (refused != 0) {
		ub_ctx_delete(context);
		return NULL;
	}
	if (anchor)
		ub_ctx_add_ta_file(context, anchor);
	/* names such as *.test must reach the configured server despite RFC 6761 */
	if (settings->servers)
		ub_ctx_zone_remove(context, "test.");
	return context;
}

/* A resolver without DNSSEC makes every answer bogus, even for unsigned zones; the keys of
 * the root reveal this. */
static bool try_root(struct dns *dns, bool *bogus, struct error *err)
{
	bool timed_out;
	struct ub_result *result = resolve(dns, ".", DNS_DNSKEY, clock_ms() + START_MS, &timed_out);

	if (!result)
		return error_set(err, ERROR_RETRY, "the resolver does not answer%s",
				 timed_out ? "" : ": its address or the trust anchor is wrong");
	*bogus = result->bogus != 0;
	ub_resolve_free(result);
	return true;
}

bool dns_open(const struct dns_settings *settings, struct dns **dns, struct error *err)
{
	const char *anchor = settings->trust_anchor ? settings->trust_anchor : DEBIAN_ANCHOR;
	struct dns *opened;
	bool bogus = false;

	/* libunbound accepts a missing file and fails later */
	if (access(anchor, R_OK) < 0) {
		if (settings->trust_anchor)
			return error_set(err, ERROR_FATAL, "trust anchor %s: %s", anchor,
					 strerror(errno));
		anchor = NULL;
	}
	opened = xcalloc(1, sizeof(*opened));
	opened->timeout_ms = settings->timeout_ms > 0 ? settings->timeout_ms : QUESTION_MS;
	opened->context = new_context(settings, anchor);
	if (!opened->context) {
		free(opened);
		return error_set(err, ERROR_FATAL, "name server %s: not an address or ADDRESS@PORT",
				 settings->servers);
	}
	if (!try_root(opened, &bogus, err)) {
		dns_close(opened);
		return false;
	}
	opened->validates = anchor && !bogus;
	if (bogus) {
		ub_ctx_delete(opened->context);
		opened->context = new_context(settings, NULL);
		if (!opened->context)
			abort(); /* the same address was accepted before */
	}
	*dns = opened;
	return true;
}

void dns_close(struct dns *dns)
{
	if (!dns)
		return;
	ub_ctx_delete(dns->context);
	free(dns);
}

bool dns_validates(const struct dns *dns)
{
	return dns->validates;
}
