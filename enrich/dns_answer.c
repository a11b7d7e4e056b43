/* dns_answer.c - reads names and addresses from a DNS packet
 *
 * SPDX-License-Identifier: MIT
 */
#include "enrich/dns_answer.h"

#include "base/ascii.h"

#define HEADER_SIZE 12
#define CLASS_IN 1
#define TYPE_SOA 6
#define RCODE_OK 0
#define RCODE_NO_NAME 3
#define POINTERS_MAX 32

struct reader {
	const unsigned char *bytes;
	size_t size, at;
	bool broken; /* sticky */
};

static unsigned read_byte(struct reader *r)
{
	if (r->at >= r->size) {
		r->broken = true;
		return 0;
	}
	return r->bytes[r->at++];
}

static unsigned read_u16(struct reader *r)
{
	const unsigned high = read_byte(r);

	return high << 8 | read_byte(r);
}

static uint32_t read_u32(struct reader *r)
{
	const uint32_t high = read_u16(r);

	return high << 16 | read_u16(r);
}

static void skip(struct reader *r, size_t size)
{
	if (size > r->size - r->at) {
		r->broken = true;
		return;
	}
	r->at += size;
}

static bool is_name_byte(unsigned byte)
{
	return byte < 0x80 && (ascii_is_alnum((char)byte) || byte == '-' || byte == '_');
}

/* Appends a label and a dot; false: too long, or not valid in a host name. */
static bool add_label(struct reader *r, unsigned length, char name[static DNS_NAME_SIZE],
		      size_t *used)
{
	bool good = *used + length + 1 < DNS_NAME_SIZE;

	for (unsigned i = 0; i < length; i++) {
		const unsigned byte = read_byte(r);

		good = good && is_name_byte(byte);
		if (good)
			name[*used + i] = ascii_lower((char)byte);
	}
	if (!good)
		return false;
	name[*used + length] = '.';
	*used += length + 1;
	return true;
}

/* Reads a name, follows its pointers and moves past it.  false: it cannot be a host name.
 * The root is the empty name. */
static bool read_name(struct reader *r, char name[static DNS_NAME_SIZE])
{
	size_t used = 0, end = 0;
	unsigned pointers = 0;
	bool good = true;

	for (;;) {
		const unsigned length = read_byte(r);

		if (r->broken || length == 0)
			break;
		if (length >= 0xc0) {
			const size_t to = (length & 0x3f) << 8 | read_byte(r);

			if (end == 0)
				end = r->at;
			if (++pointers > POINTERS_MAX)
				r->broken = true;
			r->at = to < r->size ? to : r->size;
		} else if (length >= 0x40) {
			r->broken = true;
		} else if (good) {
			good = add_label(r, length, name, &used);
		} else {
			skip(r, length);
		}
		if (r->broken)
			break;
	}
	if (end > 0)
		r->at = end;
	name[used > 0 ? used - 1 : 0] = '\0';
	return good && !r->broken;
}

static bool is_same_name(const char *a, const char *b)
{
	return slice_equal_nocase(slice_of(a), slice_of(b));
}

struct header {
	unsigned rcode, answers, authorities;
};

/* Does the packet answer the query?  Leaves the reader at the first record. */
static bool read_header(struct reader *r, const char *question, unsigned type,
			struct header *header)
{
	char name[DNS_NAME_SIZE];
	unsigned flags;

	skip(r, 2);
	flags = read_u16(r);
	header->rcode = flags & 0x0f;
	if (read_u16(r) != 1 || !(flags & 0x8000))
		return false;
	header->answers = read_u16(r);
	header->authorities = read_u16(r);
	skip(r, 2);
	if (!read_name(r, name) || !is_same_name(name, question))
		return false;
	return read_u16(r) == type && read_u16(r) == CLASS_IN && !r->broken;
}

struct record {
	unsigned type, class;
	uint32_t ttl;
	size_t begin, size; /* of the record data */
};

static bool read_record(struct reader *r, struct record *record)
{
	char owner[DNS_NAME_SIZE];

	(void)read_name(r, owner);
	record->type = read_u16(r);
	record->class = read_u16(r);
	record->ttl = read_u32(r);
	record->size = read_u16(r);
	record->begin = r->at;
	skip(r, record->size);
	return !r->broken;
}

/* How long the negative answer may be cached (RFC 2308). */
static uint32_t negative_ttl(struct reader *r, unsigned authorities)
{
	struct record record;

	while (authorities-- > 0 && read_record(r, &record)) {
		const size_t after = r->at;
		char name[DNS_NAME_SIZE];
		uint32_t minimum;

		if (record.type != TYPE_SOA)
			continue;
		r->at = record.begin;
		(void)read_name(r, name);
		(void)read_name(r, name);
		skip(r, 16);
		minimum = read_u32(r);
		if (r->broken || r->at > after)
			return 0;
		return minimum < record.ttl ? minimum : record.ttl;
	}
	return 0;
}

static enum dns_verdict verdict_without_records(struct reader *r, const struct header *header,
						uint32_t *ttl)
{
	if (header->rcode != RCODE_OK && header->rcode != RCODE_NO_NAME)
		return DNS_FAILED;
	*ttl = negative_ttl(r, header->authorities);
	return DNS_NOTHING;
}

/* A host name has at least two labels, and the last one is not a number as in an address. */
static bool is_host(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (!dot || dot == name)
		return false;
	for (const char *c = dot + 1; *c; c++)
		if (!ascii_is_digit(*c))
			return true;
	return false;
}

static bool is_before(const char *a, const char *b)
{
	const size_t size = strlen(a), other = strlen(b);

	return size != other ? size < other : strcmp(a, b) < 0;
}

/* Keeps the names that sort first. */
static void keep_name(char names[static DNS_NAMES_MAX][DNS_NAME_SIZE], size_t *count,
		      const char *name)
{
	size_t at = *count;

	for (size_t i = 0; i < *count; i++)
		if (strcmp(names[i], name) == 0)
			return;
	while (at > 0 && is_before(name, names[at - 1])) {
		if (at < DNS_NAMES_MAX)
			memcpy(names[at], names[at - 1], DNS_NAME_SIZE);
		at--;
	}
	if (at == DNS_NAMES_MAX)
		return;
	memcpy(names[at], name, strlen(name) + 1);
	if (*count < DNS_NAMES_MAX)
		(*count)++;
}

static void lower(uint32_t *ttl, uint32_t other)
{
	if (other < *ttl)
		*ttl = other;
}

enum dns_verdict dns_answer_names(struct slice packet, const char *question,
				  char names[static DNS_NAMES_MAX][DNS_NAME_SIZE], size_t *count,
				  uint32_t *ttl)
{
	struct reader r = { (const unsigned char *)packet.data, packet.size, 0, false };
	struct header header;
	struct record record;

	*count = 0;
	*ttl = 0;
	if (!read_header(&r, question, DNS_TYPE_PTR, &header))
		return DNS_FAILED;
	if (header.rcode != RCODE_OK || header.answers == 0)
		return verdict_without_records(&r, &header, ttl);
	*ttl = UINT32_MAX;
	while (header.answers-- > 0 && read_record(&r, &record)) {
		struct reader data = { r.bytes, r.size, record.begin, false };
		char name[DNS_NAME_SIZE];

		if (record.class != CLASS_IN)
			continue;
		lower(ttl, record.ttl);
		if (record.type == DNS_TYPE_PTR && read_name(&data, name) && is_host(name))
			keep_name(names, count, name);
	}
	if (*count > 0)
		return DNS_FOUND;
	return r.broken ? DNS_FAILED : DNS_NOTHING;
}

enum dns_verdict dns_answer_has_address(struct slice packet, const char *question,
					const struct ip_address *address, bool *has, uint32_t *ttl)
{
	const enum dns_type type = address->is_v4 ? DNS_TYPE_A : DNS_TYPE_AAAA;
	const size_t size = address->is_v4 ? 4 : IP_ADDRESS_BYTES;
	struct reader r = { (const unsigned char *)packet.data, packet.size, 0, false };
	struct header header;
	struct record record;

	*has = false;
	*ttl = 0;
	if (!read_header(&r, question, type, &header))
		return DNS_FAILED;
	if (header.rcode != RCODE_OK || header.answers == 0)
		return verdict_without_records(&r, &header, ttl);
	*ttl = UINT32_MAX;
	while (header.answers-- > 0 && read_record(&r, &record)) {
		lower(ttl, record.ttl);
		if (record.class == CLASS_IN && record.type == type && record.size == size &&
		    memcmp(r.bytes + record.begin, address->bytes, size) == 0)
			*has = true;
	}
	return r.broken && !*has ? DNS_FAILED : DNS_FOUND;
}
