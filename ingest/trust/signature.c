/* signature.c - verifies DKIM signatures; the only file that uses libopendkim
 *
 * SPDX-License-Identifier: MIT
 *
 * libopendkim is not made for hostile input, so it receives only what RFC 5322
 * permits in a mail, within limits.
 */
#include "ingest/trust/signature.h"

#include <stdio.h>
#include <stdlib.h>

#include <dkim.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "base/domain_name.h"
#include "base/organizational_domain.h"
#include "ingest/trust/mail_headers.h"
#include "ingest/trust/signature_key.h"
#include "ingest/trust/tag_list.h"

/* Limits per mail.  The library compares header fields with each name that a signature
 * lists, and buffers whole lines of the body. */
#define FIELDS_MAX 1000
#define SIGNATURE_BYTES_MAX (8 * KIB)
#define LINE_BYTES_MAX MIB
#define IDENTITY_BYTES_MAX 250
/* Tolerance between the clocks of signer and receiver. */
#define CLOCK_DRIFT 300

struct signature_key {
	const char *name;
	bool answered;
	struct slice texts;
};

struct signatures {
	DKIM_LIB *library;
	struct strbuf key, field;
	/* State of the current mail. */
	DKIM *mail; /* NULL: no mail */
	struct arena *arena;
	struct mail_headers *headers;
	struct slice body;
	struct signature_key keys[AUTH_SIGNERS_MAX];
	size_t key_count;
	bool tls_report;
	unsigned fields, found; /* number of header fields, and of the signatures among them */
	bool undecided;         /* a key is temporarily unavailable */
};

/* Aborts when out of memory: the library's handling of this is not reliable. */
static void *get_memory(void *closure, size_t size)
{
	(void)closure;
	return xcalloc(1, size);
}

static void free_memory(void *closure, void *memory)
{
	(void)closure;
	free(memory);
}

/* Returns "selector._domainkey.domain"; absent: not a valid name. */
static struct slice key_name(struct signatures *s, DKIM_SIGINFO *signature)
{
	struct slice name = { NULL, 0 };

	strbuf_reset(&s->field);
	strbuf_add_format(&s->field, "%s." DKIM_DNSKEYNAME ".%s",
			  (const char *)dkim_sig_getselector(signature),
			  (const char *)dkim_sig_getdomain(signature));
	if (s->field.overflowed || !domain_normalise(s->arena, strbuf_slice(&s->field), &name))
		return (struct slice){ NULL, 0 };
	return name;
}

static struct signature_key *find(struct signatures *s, struct slice name)
{
	for (size_t i = 0; i < s->key_count; i++)
		if (slice_is(name, s->keys[i].name))
			return &s->keys[i];
	return NULL;
}

/* Callback of the library for the key of each signature. */
static DKIM_CBSTAT find_key(DKIM *mail, DKIM_SIGINFO *signature, u_char *buffer, size_t size)
{
	struct signatures *s = dkim_get_user_context(mail);
	const struct slice name = key_name(s, signature);
	const struct signature_key *key;

	if (!name.data)
		return DKIM_CBSTAT_NOTFOUND;
	key = find(s, name);
	if (!key)
		return DKIM_CBSTAT_NOTFOUND; /* this key cannot authenticate the report */
	if (!key->answered) {
		s->undecided = true;
		return DKIM_CBSTAT_TRYAGAIN;
	}
	strbuf_reset(&s->key);
	if (!signature_key_read(key->texts, s->tls_report, &s->key) || s->key.len >= size)
		return DKIM_CBSTAT_NOTFOUND;
	memcpy(buffer, s->key.buf, s->key.len + 1);
	return DKIM_CBSTAT_CONTINUE;
}

const char *signatures_library_version(void)
{
	const unsigned long version = dkim_libversion();
	static char text[32];

	snprintf(text, sizeof(text), "%lu.%lu.%lu", version >> 24, version >> 16 & 255,
		 version >> 8 & 255);
	return text;
}

struct signatures *signatures_new(void)
{
	struct signatures *s = xcalloc(1, sizeof(*s));
	u_int flags = DKIM_LIBFLAGS_DELAYSIGPROC; /* request keys after reading the whole mail */

	strbuf_init(&s->key, SIGNATURE_KEY_BYTES);
	strbuf_init(&s->field, LIMIT_TEXT_BYTES);
	s->library = dkim_init(get_memory, free_memory);
	if (!s->library)
		abort();
	dkim_options(s->library, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof(flags));
	dkim_set_key_lookup(s->library, find_key);
	return s;
}

void signatures_free(struct signatures *s)
{
	if (!s)
		return;
	signatures_cancel(s);
	dkim_close(s->library);
	strbuf_release(&s->key);
	strbuf_release(&s->field);
	free(s);
}

/* --- reading a mail --------------------------------------------------------- */

/* With a long identity, or one that ends in "=", the library accesses memory beyond its
 * arrays; neither is needed. */
static bool is_safe_identity(struct slice identity)
{
	return identity.size <= IDENTITY_BYTES_MAX && slice_find(identity, '=') == identity.size;
}

/* Only a signature over the whole body counts (RFC 6376 section 8.2, RFC 8460 section 3). */
static bool is_worth_verifying(struct slice tags)
{
	struct slice name, value;

	if (tags.size > SIGNATURE_BYTES_MAX)
		return false;
	/* check all tags: of two with one name, the library uses the second */
	while (tag_next(&tags, &name, &value))
		if (slice_is(name, "l") || (slice_is(name, "i") && !is_safe_identity(value)))
			return false;
	return true;
}

/* false: a limit is exceeded, or the field contains a NUL. */
static bool feed_field(struct signatures *s, DKIM *mail)
{
	struct slice value, name = slice_split(strbuf_slice(&s->field), ':', &value);

	if (s->field.len == 0)
		return true;
	if (s->field.overflowed || memchr(s->field.buf, '\0', s->field.len) ||
	    s->fields++ == FIELDS_MAX)
		return false;
	if (slice_is_nocase(slice_trim(name), DKIM_SIGNHEADER) && value.data &&
	    (s->found++ >= AUTH_SIGNERS_MAX || !is_worth_verifying(value)))
		return true;
	/* an invalid field cannot be signed either, so ignore the error */
	(void)dkim_header(mail, (u_char *)s->field.buf, s->field.len);
	return true;
}

static struct slice next_line(struct slice *rest)
{
	struct slice line = slice_split(*rest, '\n', rest);

	if (line.size > 0 && line.data[line.size - 1] == '\r')
		line.size--;
	return line;
}

/* Passes the header with CRLF line ends, whatever the mail has. */
static bool feed_header(struct signatures *s, DKIM *mail, struct slice *rest)
{
	/* The library writes past its array if a signature lists every field of the mail
	 * and one more.  No signature can list the name of this extra field. */
	static u_char guard[] = "no field: ";

	dkim_header(mail, guard, sizeof(guard) - 1);
	strbuf_reset(&s->field);
	while (rest->data) {
		const struct slice line = next_line(rest);

		if (line.size > 0 && (line.data[0] == ' ' || line.data[0] == '\t')) {
			strbuf_add_text(&s->field, "\r\n");
		} else {
			if (!feed_field(s, mail))
				return false;
			strbuf_reset(&s->field);
		}
		if (line.size == 0)
			return true;
		strbuf_add_slice(&s->field, line);
	}
	return feed_field(s, mail);
}

static bool feed_body(DKIM *mail, struct slice rest)
{
	static u_char end[] = "\r\n";

	while (rest.size > 0) {
		const struct slice line = next_line(&rest);

		if (line.size > LINE_BYTES_MAX ||
		    (line.size > 0 &&
		     dkim_body(mail, (u_char *)line.data, line.size) != DKIM_STAT_OK) ||
		    dkim_body(mail, end, 2) != DKIM_STAT_OK)
			return false;
	}
	return true;
}

/* --- the verdict ------------------------------------------------------------ */

/* Rejects SHA-1 (RFC 8301); the library rejects small keys. */
static bool is_good(DKIM_SIGINFO *signature)
{
	dkim_alg_t algorithm;

	return DKIM_SIG_CHECK(signature) && dkim_sig_geterror(signature) == DKIM_SIGERROR_OK &&
	       dkim_sig_getsignalg(signature, &algorithm) == DKIM_STAT_OK &&
	       algorithm != DKIM_SIGN_RSASHA1;
}

/* Adds the signers of the good signatures, or of the others. */
static void add_signers(DKIM *mail, bool good, struct arena *arena, struct mail_headers *headers)
{
	DKIM_SIGINFO **all;
	int count;

	if (dkim_getsiglist(mail, &all, &count) != DKIM_STAT_OK)
		return;
	for (int i = 0; i < count; i++)
		if (is_good(all[i]) == good)
			mail_headers_add_signer(headers, arena,
						slice_of((const char *)dkim_sig_getdomain(all[i])));
}

/* A signature that has expired since the mail arrived still counts (RFC 6376 section 3.5),
 * but the library only uses the current time. */
static void set_drift(struct signatures *s, int64_t received)
{
	const int64_t age = received > 0 ? clock_unix() - received : 0;
	uint64_t drift = CLOCK_DRIFT + (uint64_t)(age > 0 ? age : 0);

	dkim_options(s->library, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift, sizeof(drift));
}

/* A signature of another domain than the sender's proves nothing about the report, so that
 * domain's name server must not decide between "fail" and "unknown". */
static bool could_authenticate(struct signatures *s, DKIM_SIGINFO *signature)
{
	struct slice domain;

	return domain_normalise(s->arena, slice_of((const char *)dkim_sig_getdomain(signature)),
				&domain) &&
	       same_organization(s->headers->from_domain, domain);
}

static void want_key(struct signatures *s, DKIM_SIGINFO *signature)
{
	const struct slice name = key_name(s, signature);

	if (name.data && could_authenticate(s, signature) && !find(s, name) &&
	    s->key_count < AUTH_SIGNERS_MAX)
		s->keys[s->key_count++] = (struct signature_key){ .name = name.data };
}

/* Requests keys for the signatures in which the library has found no fault so far. */
static void want_keys(struct signatures *s)
{
	DKIM_SIGINFO **all;
	int count;

	if (dkim_getsiglist(s->mail, &all, &count) != DKIM_STAT_OK)
		return;
	for (int i = 0; i < count; i++)
		if (dkim_sig_geterror(all[i]) == DKIM_SIGERROR_UNKNOWN)
			want_key(s, all[i]);
}

static void end_with(struct signatures *s, const char *verdict)
{
	s->headers->dkim_verdict = verdict;
	signatures_cancel(s);
}

void signatures_begin(struct signatures *s, struct slice raw, struct arena *arena,
		      struct mail_headers *headers)
{
	static const u_char id[] = "mail"; /* only for messages of the library */
	DKIM_STAT status;
	bool whole;

	signatures_cancel(s);
	s->mail = dkim_verify(s->library, id, NULL, &status);
	if (!s->mail)
		return;
	dkim_set_user_context(s->mail, s);
	s->arena = arena;
	s->headers = headers;
	s->body = raw;
	s->tls_report = headers->tls_report_domain.data;
	s->fields = s->found = 0;
	s->key_count = 0;
	s->undecided = false;
	headers->dkim_domain_count = 0;
	set_drift(s, headers->received);
	whole = feed_header(s, s->mail, &s->body);
	if (s->found == 0)
		end_with(s, whole ? "none" : "fail");
	else if (!whole || dkim_eoh(s->mail) != DKIM_STAT_OK)
		end_with(s, "fail");
	else
		want_keys(s);
}

const char *signatures_key(const struct signatures *s, size_t index)
{
	return s->mail && index < s->key_count ? s->keys[index].name : NULL;
}

void signatures_answer(struct signatures *s, const char *name, struct slice texts)
{
	struct signature_key *key = s->mail ? find(s, slice_of(name)) : NULL;

	if (!key)
		return;
	key->texts = arena_slice(s->arena, texts.data ? texts : slice_of(""));
	key->answered = key->texts.data;
}

static const char *verify(struct signatures *s)
{
	struct mail_headers *headers = s->headers;

	if (!feed_body(s->mail, s->body))
		return "fail";
	/* ignore the status, which is that of only one signature */
	(void)dkim_eom(s->mail, NULL);
	add_signers(s->mail, true, s->arena, headers);
	if (headers->dkim_domain_count > 0)
		return "pass";
	if (s->undecided)
		return "unknown";
	add_signers(s->mail, false, s->arena, headers);
	return "fail";
}

void signatures_end(struct signatures *s)
{
	if (s->mail)
		end_with(s, verify(s));
}

void signatures_cancel(struct signatures *s)
{
	if (s->mail)
		dkim_free(s->mail);
	s->mail = NULL;
}
