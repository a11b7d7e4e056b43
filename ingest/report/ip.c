/* SPDX-License-Identifier: MIT */
#include "ingest/report/ip.h"

#include <arpa/inet.h>

#include "base/ascii.h"

/* Longest text with a name, an address and a few words. */
#define WORDS_SIZE_MAX 300

static struct slice without_prefix(struct slice text, const char *prefix)
{
	const size_t size = strlen(prefix);

	return text.size > size && slice_starts_with_nocase(text, prefix) ? slice_skip(text, size)
									  : text;
}

static struct slice inside(struct slice text, char open, char close)
{
	text = slice_trim(text);
	if (text.size >= 2 && text.data[0] == open && text.data[text.size - 1] == close)
		return slice_trim((struct slice){ text.data + 1, text.size - 2 });
	return text;
}

/* "[IPv6:2001:db8::1]" (RFC 5321 section 4.1.3), "<192.0.2.1>", "ipv4:192.0.2.1" */
static struct slice without_literal(struct slice text)
{
	text = inside(inside(text, '<', '>'), '[', ']');
	return without_prefix(without_prefix(text, "ipv6:"), "ipv4:");
}

/* An IPv4-mapped address (RFC 4291 section 2.5.5.2), as sockets for both protocols write
 * it, becomes the IPv4 address: databases, reverse DNS and networks of senders have it so. */
static bool read_plain(struct slice text, char out[static INET6_ADDRSTRLEN])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char copy[INET6_ADDRSTRLEN];
	unsigned char address[sizeof(struct in6_addr)];

	if (text.size == 0 || text.size >= sizeof(copy) || memchr(text.data, '\0', text.size))
		return false;
	memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	if (strchr(copy, ':')) {
		if (inet_pton(AF_INET6, copy, address) != 1)
			return false;
		return memcmp(address, mapped, sizeof(mapped)) == 0
			       ? inet_ntop(AF_INET, address + sizeof(mapped), out, INET6_ADDRSTRLEN)
			       : inet_ntop(AF_INET6, address, out, INET6_ADDRSTRLEN);
	}
	if (inet_pton(AF_INET, copy, address) != 1)
		return false;
	memcpy(out, copy, text.size + 1); /* leading zeros are refused, so there is one spelling */
	return true;
}

/* Returns the text before the first mark if only digits follow it. */
static struct slice before_number(struct slice text, char mark)
{
	const char *at = text.size > 0 ? memrchr(text.data, mark, text.size) : NULL;
	const char *digit = at;

	if (!at || at + 1 == text.data + text.size)
		return text;
	while (++digit < text.data + text.size)
		if (!ascii_is_digit(*digit))
			return text;
	return slice_between(text.data, at);
}

/* Accepts a prefix length that leaves one address, a port, an IPv6 zone or a full stop, but
 * nothing that could change the address. */
static bool read_with_suffix(struct slice text, char out[static INET6_ADDRSTRLEN])
{
	struct slice zone, bare = slice_trim(text);

	while (bare.size > 0 && memchr(";,.", bare.data[bare.size - 1], 3))
		bare.size--;
	if (slice_ends_with_nocase(bare, "/32") && !memchr(bare.data, ':', bare.size))
		bare.size -= strlen("/32");
	else if (slice_ends_with_nocase(bare, "/128"))
		bare.size -= strlen("/128");
	if (read_plain(without_literal(bare), out))
		return true;
	if (bare.size > 0 && memchr(bare.data, '%', bare.size) && memchr(bare.data, ':', bare.size))
		return read_plain(slice_split(without_literal(bare), '%', &zone), out);
	/* "192.0.2.1:25" and "[2001:db8::1]:25"; a bare IPv6 address has no port */
	if (bare.size > 0 && (memchr(bare.data, '.', bare.size) || bare.data[0] == '['))
		return read_plain(without_literal(before_number(bare, ':')), out);
	return false;
}

/* Accepts several words such as "mail.example.com (192.0.2.1)" or "192.0.2.1 port 1234" if
 * exactly one of them is an address. */
static bool read_among_words(struct slice text, char out[static INET6_ADDRSTRLEN])
{
	char address[INET6_ADDRSTRLEN];
	unsigned found = 0;

	while (text.size > 0) {
		size_t end = 0;
		struct slice word;

		while (end < text.size && !memchr(" \t()", text.data[end], 4))
			end++;
		word = inside((struct slice){ text.data, end }, '[', ']');
		text = slice_skip(text, end < text.size ? end + 1 : end);
		found += read_plain(word, address) || read_with_suffix(word, address);
	}
	if (found == 1)
		memcpy(out, address, sizeof(address));
	return found == 1;
}

bool ip_normalise(struct slice text, char out[static INET6_ADDRSTRLEN])
{
	text = slice_trim(text);
	if (text.size == 0)
		return false;
	return read_plain(text, out) || read_plain(without_literal(text), out) ||
	       read_with_suffix(text, out) ||
	       (text.size <= WORDS_SIZE_MAX && read_among_words(text, out));
}
