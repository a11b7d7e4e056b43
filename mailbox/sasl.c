/* sasl.c - SASL mechanisms; the only file with GNU SASL
 *
 * SPDX-License-Identifier: MIT
 *
 * GNU SASL has no token mechanisms, which need one line of text each.
 */
#include "mailbox/sasl.h"

#include <stdlib.h>
#include <string.h>

#include <gsasl.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/xalloc.h"

#define MESSAGE_MAX (64 * KIB)
/* RFC 7677 section 4 names 4,096 and 15,000; servers use 4,096. */
#define ITERATIONS_MAX 15000
/* Limit of a nonce, a salt, an extension, or the server's proof. */
#define SCRAM_VALUE_MAX 512

struct sasl {
	enum sasl_mechanism mechanism;
	const struct sasl_identity *identity;
	Gsasl *library; /* NULL: a token mechanism */
	Gsasl_session *session;
	unsigned steps; /* made by GNU SASL */
	bool begun, complete;
	char complaint[300];
};

static bool is_token(enum sasl_mechanism mechanism)
{
	return mechanism == SASL_XOAUTH2 || mechanism == SASL_OAUTHBEARER;
}

const char *sasl_library_version(void)
{
	return gsasl_check_version(NULL);
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
	/* EXTERNAL: the certificate's identity may differ from the mailbox. */
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

/* Writes a user in a GS2 header (RFC 5801), where "," and "=" are escaped. */
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

/* The second challenge contains, as JSON, the reason why the token was refused. */
static void store_token_error(struct sasl *sasl, const char *challenge)
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
	store_token_error(sasl, challenge);
	if (!sasl->complaint[0])
		memcpy(sasl->complaint, "no reason given", sizeof("no reason given"));
	/* The server only now says NO (RFC 7628 section 3.2.3). */
	if (sasl->mechanism == SASL_OAUTHBEARER)
		add_base64(answer, "\001", 1);
	return true;
}

/* --- passwords and certificates ---------------------------------------------- */

/* Validates "r=...,s=...,i=..." and extensions (RFC 5802 section 7).  GNU SASL uses
 * the first i= it finds, without a limit; so only an unambiguous message with a low
 * iteration count passes. */
static bool server_first_valid(struct slice message)
{
	struct slice rest, part;
	uint64_t iterations;

	for (size_t i = 0; i < message.size; i++)
		if (message.data[i] < 0x21 || message.data[i] > 0x7e)
			return false;
	part = slice_split(message, ',', &rest);
	if (!slice_starts_with(part, "r=") || part.size == 2 || part.size > SCRAM_VALUE_MAX)
		return false;
	part = slice_split(rest, ',', &rest);
	if (!slice_starts_with(part, "s=") || part.size == 2 || part.size > SCRAM_VALUE_MAX)
		return false;
	part = slice_split(rest, ',', &rest);
	if (!slice_starts_with(part, "i=") ||
	    !slice_to_uint(slice_skip(part, 2), ITERATIONS_MAX, &iterations) || iterations == 0)
		return false;
	while (rest.data) {
		part = slice_split(rest, ',', &rest);
		if (part.size < 2 || part.size > SCRAM_VALUE_MAX || part.data[1] != '=' ||
		    !ascii_is_alpha(part.data[0]) || memchr("rsim", part.data[0], 4))
			return false;
	}
	return true;
}

static bool challenge_valid(const struct sasl *sasl, struct slice challenge, struct error *err)
{
	if (sasl->mechanism != SASL_SCRAM_SHA_256 || sasl->steps == 0)
		return true;
	if (sasl->steps == 1 && !server_first_valid(challenge))
		return error_set(err, ERROR_RETRY,
				 "SCRAM-SHA-256: the server must send one nonce, one salt and one "
				 "iteration count of at most %d: lower the count on the server or "
				 "set auth = plain",
				 ITERATIONS_MAX);
	if (challenge.size > SCRAM_VALUE_MAX)
		return error_set(err, ERROR_RETRY,
				 "SCRAM-SHA-256: the server's answer is too long");
	return true;
}

/* GNU SASL receives the decoded bytes that were checked, not the base64 text. */
static bool mechanism_step(struct sasl *sasl, struct slice challenge, struct strbuf *answer,
			   struct error *err)
{
	char *bytes = NULL;
	size_t size = 0;
	int code;

	if (!challenge_valid(sasl, challenge, err))
		return false;
	sasl->steps++;
	code = gsasl_step(sasl->session, challenge.data, challenge.size, &bytes, &size);
	if (code != GSASL_OK && code != GSASL_NEEDS_MORE)
		return error_set(err, ERROR_RETRY, "%s: %s", sasl_name(sasl->mechanism),
				 code == GSASL_AUTHENTICATION_ERROR
					 ? "the server does not know the password itself"
					 : gsasl_strerror(code));
	sasl->complete = code == GSASL_OK;
	if (size > 0) {
		add_base64(answer, bytes, size);
		explicit_bzero(bytes, size);
	}
	gsasl_free(bytes);
	return true;
}

bool sasl_step(struct sasl *sasl, const char *challenge, struct strbuf *answer, struct error *err)
{
	char *bytes = NULL;
	size_t size = 0;
	bool good;

	if (is_token(sasl->mechanism))
		return token_step(sasl, challenge, answer, err);
	if (sasl->complete)
		return error_set(err, ERROR_RETRY, "the server asks for more than %s has",
				 sasl_name(sasl->mechanism));
	if (gsasl_base64_from(challenge, strlen(challenge), &bytes, &size) != GSASL_OK)
		return error_set(err, ERROR_RETRY, "%s: the server's answer is not base64",
				 sasl_name(sasl->mechanism));
	good = mechanism_step(sasl, (struct slice){ bytes, size }, answer, err);
	gsasl_free(bytes);
	return good;
}
