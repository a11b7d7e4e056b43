/* dns_data.c - parses record data in wire format
 *
 * SPDX-License-Identifier: MIT
 *
 * The resolver checks most of this, but the server's answer is untrusted, so each
 * length is checked again.
 */
#include "domain/dns_data.h"

#include "base/ascii.h"
#include "base/strbuf.h"

#define HEADER_OCTETS 12
#define RECORD_OCTETS 10 /* type, class, TTL, length */
#define TYPE_RRSIG 46
#define RRSIG_TIMES 8 /* offset of expiration and inception in RRSIG data */
#define LABEL_OCTETS_MAX 63
#define NAME_TEXT_MAX 1024 /* 253 octets, each written as \DDD */
#define TLSA_OCTETS_SHOWN 64
#define TLSA_TEXT_MAX (16 + 2 * TLSA_OCTETS_SHOWN)

static unsigned octet(struct slice data, size_t at)
{
	return (unsigned char)data.data[at];
}

static unsigned two_octets(struct slice data, size_t at)
{
	return octet(data, at) << 8 | octet(data, at + 1);
}

static uint32_t four_octets(struct slice data, size_t at)
{
	return (uint32_t)two_octets(data, at) << 16 | two_octets(data, at + 2);
}

bool txt_read(struct arena *arena, struct slice data, struct txt *txt)
{
	struct txt found = { .borders = 0 };
	char *text = arena_alloc(arena, data.size + 1);
	size_t used = 0;

	if (!text)
		return false;
	for (size_t at = 0; at < data.size;) {
		const size_t size = octet(data, at++);

		if (size > data.size - at)
			return false;
		if (used > 0 && found.borders < TXT_BORDERS_MAX)
			found.border[found.borders++] = used;
		memcpy(text + used, data.data + at, size);
		used += size;
		at += size;
	}
	found.text = (struct slice){ text, used };
	*txt = found;
	return true;
}

static void add_label(struct strbuf *out, struct slice label)
{
	if (out->len > 0)
		strbuf_add_byte(out, '.');
	for (size_t i = 0; i < label.size; i++) {
		const char c = ascii_lower(label.data[i]);

		if (c <= ' ' || c >= 0x7f || c == '.' || c == '\\')
			strbuf_add_format(out, "\\%03u", (unsigned char)c);
		else
			strbuf_add_byte(out, c);
	}
}

/* Converts an uncompressed name to text, with special octets as \DDD. */
static bool name_read(struct arena *arena, struct slice data, struct slice *name)
{
	struct strbuf out;
	size_t at = 0, size = 1;

	strbuf_init(&out, NAME_TEXT_MAX);
	while (at < data.size && (size = octet(data, at)) > 0) {
		at++;
		if (size > LABEL_OCTETS_MAX || size > data.size - at)
			break;
		add_label(&out, (struct slice){ data.data + at, size });
		at += size;
	}
	*name = arena_slice(arena, strbuf_slice(&out));
	strbuf_release(&out);
	return size == 0 && at + 1 == data.size && name->data;
}

bool mx_read(struct arena *arena, struct slice data, struct mx *mx)
{
	struct mx found;

	if (data.size < 3)
		return false;
	found.preference = (uint16_t)two_octets(data, 0);
	if (!name_read(arena, slice_skip(data, 2), &found.host))
		return false;
	*mx = found;
	return true;
}

/* --- CAA ---------------------------------------------------------------------- */

bool caa_read(struct slice data, struct caa *caa)
{
	size_t size;

	if (data.size < 2)
		return false;
	size = octet(data, 1);
	if (size == 0 || size > data.size - 2)
		return false;
	*caa = (struct caa){ { data.data + 2, size }, slice_skip(data, 2 + size) };
	return true;
}

/* --- TLSA --------------------------------------------------------------------- */

bool tlsa_read(struct slice data, struct tlsa *tlsa)
{
	if (data.size < 3)
		return false;
	*tlsa = (struct tlsa){ (uint8_t)octet(data, 0), (uint8_t)octet(data, 1),
			       (uint8_t)octet(data, 2), slice_skip(data, 3) };
	return true;
}

const char *tlsa_text(struct arena *arena, const struct tlsa *tlsa)
{
	struct strbuf out;
	const char *copy;

	strbuf_init(&out, TLSA_TEXT_MAX);
	strbuf_add_format(&out, "%u %u %u ", tlsa->usage, tlsa->selector, tlsa->matching);
	for (size_t i = 0; i < tlsa->data.size && i < TLSA_OCTETS_SHOWN; i++)
		strbuf_add_format(&out, "%02x", octet(tlsa->data, i));
	if (tlsa->data.size > TLSA_OCTETS_SHOWN)
		strbuf_add_text(&out, "...");
	copy = arena_text(arena, strbuf_slice(&out));
	strbuf_release(&out);
	return copy ? copy : "";
}

const char *tlsa_unusable(const struct tlsa *tlsa)
{
	if (tlsa->usage < 2)
		return "certificate usages 0 and 1 are not for SMTP";
	if (tlsa->usage > 3)
		return "the certificate usage does not exist";
	if (tlsa->selector > 1)
		return "the selector does not exist";
	if (tlsa->matching > 2)
		return "the matching type does not exist";
	if (tlsa->matching == 1 && tlsa->data.size != 32)
		return "a SHA-256 digest has 32 octets";
	if (tlsa->matching == 2 && tlsa->data.size != 64)
		return "a SHA-512 digest has 64 octets";
	/* A certificate or public key is one DER SEQUENCE. */
	if (tlsa->matching == 0 && (tlsa->data.size < 2 || octet(tlsa->data, 0) != 0x30))
		return "the data is neither a certificate nor a public key";
	return NULL;
}

/* --- signatures ------------------------------------------------------------------ */

static bool skip_name(struct slice packet, size_t *at)
{
	while (*at < packet.size) {
		const unsigned size = octet(packet, *at);

		if (size >= 0xc0) {
			*at += 2;
			return *at <= packet.size;
		}
		*at += 1 + size;
		if (size == 0)
			return *at <= packet.size;
	}
	return false;
}

/* Returns the type and data of a record and moves *at past it. */
static bool next_record(struct slice packet, size_t *at, unsigned *type, struct slice *data)
{
	size_t size;

	if (!skip_name(packet, at) || packet.size - *at < RECORD_OCTETS)
		return false;
	*type = two_octets(packet, *at);
	size = two_octets(packet, *at + 8);
	*at += RECORD_OCTETS;
	if (size > packet.size - *at)
		return false;
	*data = (struct slice){ packet.data + *at, size };
	*at += size;
	return true;
}

bool signature_times(struct slice packet, int64_t *from, int64_t *until)
{
	size_t at = HEADER_OCTETS;
	unsigned questions, records, type;
	bool found = false;
	struct slice data;

	if (packet.size < HEADER_OCTETS)
		return false;
	questions = two_octets(packet, 4);
	records = two_octets(packet, 6) + two_octets(packet, 8);
	for (; questions > 0; questions--) {
		if (!skip_name(packet, &at) || packet.size - at < 4)
			return false;
		at += 4;
	}
	for (; records > 0 && next_record(packet, &at, &type, &data); records--) {
		if (type != TYPE_RRSIG || data.size < RRSIG_TIMES + 8)
			continue;
		if (found && four_octets(data, RRSIG_TIMES) >= *until)
			continue;
		*until = four_octets(data, RRSIG_TIMES);
		*from = four_octets(data, RRSIG_TIMES + 4);
		found = true;
	}
	return found;
}

bool dnskey_algorithm(struct slice data, uint8_t *algorithm)
{
	if (data.size < 4)
		return false;
	*algorithm = (uint8_t)octet(data, 3);
	return true;
}

bool ds_algorithm(struct slice data, uint8_t *algorithm, uint8_t *digest_type)
{
	if (data.size < 4)
		return false;
	*algorithm = (uint8_t)octet(data, 2);
	*digest_type = (uint8_t)octet(data, 3);
	return true;
}
