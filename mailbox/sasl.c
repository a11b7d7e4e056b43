/* sasl.c - proving who we are: mechanisms; the only file with GNU SASL
 *
 * SPDX-License-Identifier: MIT
 *
 * GNU SASL has no mechanism for tokens, which are a line of text each.
 */
#include "mailbox/sasl.h"

#include <stdlib.h>
#include <string.h>

#include <gsasl.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/xalloc.h"

#define MESSAGE_MAX (64 * KIB)
/* About a tenth of a second; usual are 4,096. */
#define ITERATIONS_MAX 200000

struct sasl {
	enum sasl_mechanism mechanism;
	const struct sasl_identity *identity;
	Gsasl *library;		/* NULL: a token */
	Gsasl_session *session;
	bool begun, complete;
	char complaint[300];
};

static bool is_token(enum sasl_mechanism mechanism)
{
	return mechanism == SASL_XOAUTH2 || mechanism == SASL_OAUTHBEARER;
}

const char *sasl_name(enum sasl_mechanism mechanism)
{
	static const char *const names[] = {
		[SASL_PLAIN] = "PLAIN",
		[SASL_SCRAM_SHA_256] = "SCRAM-SHA-256",
		[SASL_EXTERNAL] = "EXTERNAL",
		[SASL_XOAUTH2] = "XOAUTH2",
		[SASL_OAUTHBEARER] = "OAUTHBEARER",
	};

	return names[mechanism];
}

struct sasl *sasl_new(enum sasl_mechanism mechanism, const struct sasl_identity *identity)
{
	struct sasl *sasl = xcalloc(1, sizeof(*sasl));

	sasl->mechanism = mechanism;
	sasl->identity = identity;
	if (is_token(mechanism))
		return sasl;
	if (gsasl_init(&sasl->library) != GSASL_OK ||
	    gsasl_client_start(sasl->library, sasl_name(mechanism), &sasl->session) != GSASL_OK)
		abort();
	/* EXTERNAL: the certificate's own identity may differ from the mailbox. */
	if (mechanism == SASL_EXTERNAL) {
		gsasl_property_set(sasl->session, GSASL_AUTHZID, identity->user);
		return sasl;
	}
	gsasl_property_set(sasl->session, GSASL_AUTHID, identity->user);
	gsasl_property_set(sasl->session, GSASL_PASSWORD, identity->password);
	return sasl;
}

void sasl_free(struct sasl *sasl)
{
	if (!sasl)
		return;
	if (sasl->session)
		gsasl_finish(sasl->session);
	if (sasl->library)
		gsasl_done(sasl->library);
	free(sasl);
}

bool sasl_is_complete(const struct sasl *sasl)
{
	return sasl->complete;
}

const char *sasl_complaint(const struct sasl *sasl)
{
	return sasl->complaint[0] ? sasl->complaint : NULL;
}

static void add_base64(struct strbuf *out, const char *bytes, size_t size)
{
	char *text = NULL;

	if (gsasl_base64_to(bytes, size, &text, NULL) != GSASL_OK)
		abort();
	strbuf_add_text(out, text);
	explicit_bzero(text, strlen(text));
	gsasl_free(text);
}

/* --- tokens ----------------------------------------------------------------- */

/* A user in the header of GS2 (RFC 5801): "," and "=" have a meaning there. */
static void add_gs2_name(struct strbuf *out, const char *name)
{
	for (; *name; name++) {
		if (*name == ',' || *name == '=')
			strbuf_add_text(out, *name == ',' ? "=2C" : "=3D");
		else
			strbuf_add_byte(out, *name);
	}
}

static void add_token_message(const struct sasl *sasl, struct strbuf *out)
{
	const struct sasl_identity *identity = sasl->identity;
	struct strbuf message;

	strbuf_init(&message, MESSAGE_MAX);
	if (sasl->mechanism == SASL_OAUTHBEARER) {
		strbuf_add_text(&message, "n,a=");
		add_gs2_name(&message, identity->user);
		strbuf_add_format(&message, ",\001host=%s\001port=%u\001", identity->host,
				  (unsigned)identity->port);
	} else {
		strbuf_add_format(&message, "user=%s\001", identity->user);
	}
	strbuf_add_format(&message, "auth=Bearer %s\001\001", identity->token);
	add_base64(out, message.buf, message.len);
	explicit_bzero(message.buf, message.len);
	strbuf_release(&message);
}

/* The second challenge says in JSON why the token is no good. */
static void keep_complaint(struct sasl *sasl, const char *challenge)
{
	char *text = NULL;
	size_t size = 0;

	if (gsasl_base64_from(challenge, strlen(challenge), &text, &size) != GSASL_OK)
		return;
	if (size >= sizeof(sasl->complaint))
		size = sizeof(sasl->complaint) - 1;
	for (size_t i = 0; i < size; i++)
		sasl->complaint[i] = ascii_is_control(text[i]) ? ' ' : text[i];
	sasl->complaint[size] = '\0';
	gsasl_free(text);
}

static bool token_step(struct sasl *sasl, const char *challenge, struct strbuf *answer,
		       struct error *err)
{
	if (!sasl->begun) {
		sasl->begun = sasl->complete = true;
		add_token_message(sasl, answer);
		return true;
	}
	if (sasl->complaint[0])
		return error_set(err, ERROR_RETRY, "the server asks for more than a token");
	keep_complaint(sasl, challenge);
	if (!sasl->complaint[0])
		memcpy(sasl->complaint, "no reason given", sizeof("no reason given"));
	/* Only now will it say NO (RFC 7628 section 3.2.3). */
	if (sasl->mechanism == SASL_OAUTHBEARER)
		add_base64(answer, "\001", 1);
	return true;
}

/* --- passwords and certificates ---------------------------------------------- */

/* A hostile server could have us compute for days. */
static bool costs_too_much(const char *challenge)
{
	char *text = NULL;
	size_t size = 0;
	uint64_t iterations = 0;
	struct slice rest, attribute;

	if (gsasl_base64_from(challenge, strlen(challenge), &text, &size) != GSASL_OK)
		return false;
	for (rest = (struct slice){ text, size }; rest.data;) {
		attribute = slice_split(rest, ',', &rest);
		if (slice_starts_with(attribute, "i=") &&
		    !slice_to_uint((struct slice){ attribute.data + 2, attribute.size - 2 },
				   ITERATIONS_MAX, &iterations))
			iterations = UINT64_MAX;
	}
	gsasl_free(text);
	return iterations > ITERATIONS_MAX;
}

bool sasl_step(struct sasl *sasl, const char *challenge, struct strbuf *answer,
	       struct error *err)
{
	char *text = NULL;
	int code;

	if (is_token(sasl->mechanism))
		return token_step(sasl, challenge, answer, err);
	if (sasl->complete)
		return error_set(err, ERROR_RETRY, "the server asks for more than %s has",
				 sasl_name(sasl->mechanism));
	if (sasl->mechanism == SASL_SCRAM_SHA_256 && costs_too_much(challenge))
		return error_set(err, ERROR_RETRY, "SCRAM-SHA-256: more than %d iterations",
				 ITERATIONS_MAX);
	code = gsasl_step64(sasl->session, challenge, &text);
	if (code != GSASL_OK && code != GSASL_NEEDS_MORE)
		return error_set(err, ERROR_RETRY, "%s: %s", sasl_name(sasl->mechanism),
				 code == GSASL_AUTHENTICATION_ERROR
					 ? "the server does not know the password itself"
					 : gsasl_strerror(code));
	sasl->complete = code == GSASL_OK;
	strbuf_add_text(answer, text);
	explicit_bzero(text, strlen(text));
	gsasl_free(text);
	return true;
}
