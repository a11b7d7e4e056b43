/* dkim_key.c - a DKIM key record (RFC 6376 section 3.6.1), parsed strictly
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/dkim_key.h"

#include "base/ascii.h"
#include "base/base64.h"

#define EVIDENCE_OCTETS 200
#define ED25519_OCTETS 32
#define BITS_MIN 1024
#define BITS_GOOD 2048
#define BITS_LONG 4096
#define DER_SEQUENCE 0x30
#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03

/* --- DER, as far as RSA keys need it --------------------------------------------- */

/* Removes the next element from der; false: it is truncated or has another tag. */
static bool der_take(struct slice *der, unsigned tag, struct slice *content)
{
	size_t at = 2, size, octets;

	if (der->size < 2 || (unsigned char)der->data[0] != tag)
		return false;
	size = (unsigned char)der->data[1];
	if (size >= 0x80) {
		octets = size & 0x7f;
		if (octets == 0 || octets > 3 || octets > der->size - 2)
			return false;
		for (size = 0; octets > 0; octets--)
			size = size << 8 | (unsigned char)der->data[at++];
	}
	if (size > der->size - at)
		return false;
	*content = (struct slice){ der->data + at, size };
	*der = slice_skip(*der, at + size);
	return true;
}

static unsigned integer_bits(struct slice number)
{
	unsigned bits, first;

	while (number.size > 0 && number.data[0] == '\0')
		number = slice_skip(number, 1);
	if (number.size == 0)
		return 0;
	bits = (unsigned)(number.size - 1) * 8;
	for (first = (unsigned char)number.data[0]; first > 0; first >>= 1)
		bits++;
	return bits;
}

unsigned rsa_modulus_bits(struct slice der)
{
	struct slice outer, part, number, exponent;

	if (!der_take(&der, DER_SEQUENCE, &outer))
		return 0;
	if (outer.size > 0 && (unsigned char)outer.data[0] == DER_SEQUENCE) {
		/* SubjectPublicKeyInfo: algorithm, then the key in a bit string */
		if (!der_take(&outer, DER_SEQUENCE, &part) ||
		    !der_take(&outer, DER_BIT_STRING, &part) || part.size == 0 ||
		    part.data[0] != '\0')
			return 0;
		part = slice_skip(part, 1);
		if (!der_take(&part, DER_SEQUENCE, &outer))
			return 0;
	}
	if (!der_take(&outer, DER_INTEGER, &number) || !der_take(&outer, DER_INTEGER, &exponent))
		return 0;
	return integer_bits(number);
}

/* --- the record -------------------------------------------------------------------- */

bool dkim_is_key(struct slice text)
{
	struct record_tags tags;

	record_tags_read(text, &tags);
	return record_tag_find(&tags, "p") || slice_find_text(text, "DKIM1") < text.size ||
	       slice_find_text(text, "k=rsa") < text.size;
}

static bool list_has(struct slice list, const char *word)
{
	while (list.data)
		if (slice_is_nocase(slice_trim(slice_split(list, ':', &list)), word))
			return true;
	return false;
}

static const char *base64_fault(struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!ascii_is_alnum(text.data[i]) && !ascii_is_space(text.data[i]) &&
		    !(text.data[i] && strchr("+/=", text.data[i])))
			return "p is not base64";
	return NULL;
}

static const char *key_fault(struct arena *arena, struct dkim_key *key)
{
	const char *fault = base64_fault(key->p);
	char *der;
	size_t size;

	if (fault)
		return fault;
	der = arena_alloc(arena, BASE64_DECODED_SIZE(key->p.size));
	if (!der)
		return "it is too large";
	size = base64_decode(key->p, der);
	if (key->kind == DKIM_KEY_ED25519) {
		/* 32 raw octets, no DER (RFC 8463 section 4.2) */
		key->bits = 256;
		return size == ED25519_OCTETS ? NULL : "p of an Ed25519 key has 32 octets";
	}
	if (key->kind == DKIM_KEY_OTHER)
		return NULL;
	key->bits = rsa_modulus_bits((struct slice){ der, size });
	return key->bits > 0 ? NULL : "p is not an RSA public key";
}

static const char *record_fault(const struct dkim_key *key, struct slice text)
{
	const struct slice version = record_tag_value(&key->tags, "v");

	if (slice_find(text, '\\') < text.size)
		return "the text contains a backslash";
	if (slice_find(text, '"') < text.size)
		return "the text contains a quote";
	if (version.data && !slice_is(version, "DKIM1"))
		return "v is not DKIM1";
	if (version.data && !slice_is(key->tags.list[0].name, "v"))
		return "v is not the first tag";
	for (size_t i = 0; i < key->tags.count; i++)
		if (key->tags.list[i].fault != TAG_GOOD)
			return "it is not a list of tags";
	return key->p.data ? NULL : "p is missing";
}

void dkim_key_read(struct arena *arena, struct slice text, struct dkim_key *key)
{
	struct slice kind, value;

	*key = (struct dkim_key){ .kind = DKIM_KEY_RSA };
	record_tags_read(text, &key->tags);
	kind = record_tag_value(&key->tags, "k");
	if (slice_is_nocase(kind, "ed25519"))
		key->kind = DKIM_KEY_ED25519;
	else if (kind.data && !slice_is_nocase(kind, "rsa"))
		key->kind = DKIM_KEY_OTHER;
	value = record_tag_value(&key->tags, "h");
	key->sha256 = !value.data || list_has(value, "sha256");
	value = record_tag_value(&key->tags, "s");
	key->mail = !value.data || list_has(value, "*") || list_has(value, "email");
	value = record_tag_value(&key->tags, "t");
	key->testing = list_has(value, "y");
	key->strict = list_has(value, "s");
	key->p = record_tag_value(&key->tags, "p");
	key->why = record_fault(key, text);
	key->revoked = !key->why && key->p.size == 0;
	if (!key->why && !key->revoked)
		key->why = key_fault(arena, key);
}

/* --- judging --------------------------------------------------------------------------- */

static void judge_size(struct domain_findings *findings, struct slice name,
		       const struct dkim_key *key)
{
	struct domain_finding *f;

	if (key->kind != DKIM_KEY_RSA)
		return;
	if (key->bits < BITS_GOOD) {
		f = domain_found(findings, DOMAIN_DKIM_SHORT, name, "%u bits", key->bits);
		if (key->bits < BITS_MIN)
			f->severity = SEVERITY_CRITICAL;
	} else if (key->bits > BITS_LONG) {
		domain_found(findings, DOMAIN_DKIM_LONG, name, "%u bits", key->bits);
	}
}

void dkim_key_judge(struct domain_findings *findings, struct slice name, const struct dkim_key *key,
		    struct slice text, bool used)
{
	const char *quoted = text_quote(findings->arena, text, EVIDENCE_OCTETS);
	struct domain_finding *f;

	if (key->why) {
		domain_found(findings, DOMAIN_DKIM_SYNTAX, name, "%s, in: %s", key->why, quoted);
		return;
	}
	if (key->revoked) {
		f = domain_found(findings, DOMAIN_DKIM_REVOKED, name, "%s", quoted);
		if (used) {
			f->severity = SEVERITY_CRITICAL;
			f->advice = slice_of(
				"Mail is still signed with it: publish the key again.");
		}
		return;
	}
	judge_size(findings, name, key);
	if (!key->sha256 || key->kind == DKIM_KEY_OTHER)
		domain_found(findings, DOMAIN_DKIM_ALGORITHM, name, "%s", quoted);
	if (!key->mail)
		domain_found(findings, DOMAIN_DKIM_SERVICE, name, "%s", quoted);
	if (key->testing)
		domain_found(findings, DOMAIN_DKIM_TESTING, name, "%s", quoted);
	if (key->strict)
		domain_found(findings, DOMAIN_DKIM_STRICT, name, "%s", quoted);
}
