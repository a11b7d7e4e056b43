/* test_dns_answer.c - what packets say, however they are made
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "enrich/dns_answer.h"
#include "tests/lib/rows.h"

#define BYTES(literal)                       \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
#define HEADER(flags, answers, authorities) \
	"\x12\x34" flags "\0\1\0" answers "\0" authorities "\0\0"
#define OK "\x81\x80"
#define NXDOMAIN "\x81\x83"
#define SERVFAIL "\x81\x82"
#define NAME  \
	"\1"  \
	"1\4" \
	"arpa\0"
#define PTR_IN "\0\x0c\0\1"
#define RECORD "\xc0\x0c" PTR_IN
#define TTL(seconds) "\0\0\0" seconds

struct name_case {
	const char *what;
	struct slice packet;
	enum dns_verdict verdict;
	const char *name; /* the first, or NULL */
	size_t count;
	uint32_t ttl;
};

static const struct name_case name_cases[] = {
	{ "one name",
	  BYTES(HEADER(OK, "\1", "\0") NAME PTR_IN RECORD TTL("\x3c") "\0\7\1"
								      "a\3"
								      "net\0"),
	  DNS_FOUND, "a.net", 1, 60 },
	{ "upper case, in the question too",
	  BYTES(HEADER(OK, "\1", "\0") "\1"
				       "1\4"
				       "ARPA\0" PTR_IN RECORD TTL("\x3c") "\0\7\1"
									  "A\3"
									  "NET\0"),
	  DNS_FOUND, "a.net", 1, 60 },
	{ "the shortest, then by the alphabet",
	  BYTES(HEADER(OK, "\3", "\0") NAME PTR_IN RECORD TTL(
		  "\x3c") "\0\x8\2"
			  "aa\3"
			  "net\0" RECORD TTL("\x3c") "\0\7\1"
						     "c\3"
						     "net\0" RECORD TTL("\x02") "\0\7\1"
										"b\3"
										"net\0"),
	  DNS_FOUND, "b.net", 3, 2 },
	{ "the same one twice",
	  BYTES(HEADER(OK, "\2", "\0")
			NAME PTR_IN RECORD TTL("\x3c") "\0\7\1"
						       "a\3"
						       "net\0" RECORD TTL("\x3c") "\0\7\1"
										  "a\3"
										  "net\0"),
	  DNS_FOUND, "a.net", 1, 60 },
	{ "a name that points into the question",
	  BYTES(HEADER(OK, "\1", "\0") NAME PTR_IN RECORD TTL("\x3c") "\0\4\1"
								      "a\xc0\x0e"),
	  DNS_FOUND, "a.arpa", 1, 60 },
	{ "a name that points to itself",
	  BYTES(HEADER(OK, "\1", "\0") NAME PTR_IN RECORD TTL("\x3c") "\0\2\xc0\x24"), DNS_NOTHING,
	  NULL, 0, 60 },
	{ "a name that points outside",
	  BYTES(HEADER(OK, "\1", "\0") NAME PTR_IN RECORD TTL("\x3c") "\0\2\xff\xff"), DNS_NOTHING,
	  NULL, 0, 60 },
	{ "odd characters beside a good name",
	  BYTES(HEADER(OK, "\2", "\0")
			NAME PTR_IN RECORD TTL("\x3c") "\0\7\1"
						       "\x1b\3"
						       "net\0" RECORD TTL("\x3c") "\0\7\1"
										  "a\3"
										  "net\0"),
	  DNS_FOUND, "a.net", 1, 60 },
	{ "a dot inside of a label",
	  BYTES(HEADER(OK, "\1", "\0") NAME PTR_IN RECORD TTL("\x3c") "\0\x9\3"
								      "a.b\3"
								      "net\0"),
	  DNS_NOTHING, NULL, 0, 60 },
	{ "the root", BYTES(HEADER(OK, "\1", "\0") NAME PTR_IN RECORD TTL("\x3c") "\0\1\0"),
	  DNS_NOTHING, NULL, 0, 60 },
	{ "one label",
	  BYTES(HEADER(OK, "\1", "\0") NAME PTR_IN RECORD TTL("\x3c") "\0\5\3"
								      "net\0"),
	  DNS_NOTHING, NULL, 0, 60 },
	{ "an address",
	  BYTES(HEADER(OK, "\1", "\0") NAME PTR_IN RECORD TTL("\x3c") "\0\x9\1"
								      "1\1"
								      "2\1"
								      "3\1"
								      "4\0"),
	  DNS_NOTHING, NULL, 0, 60 },
	{ "a record of another type",
	  BYTES(HEADER(OK, "\1", "\0") NAME PTR_IN "\xc0\x0c\0\1\0\1" TTL("\x3c") "\0\4\1\2\3\4"),
	  DNS_NOTHING, NULL, 0, 60 },
	{ "nothing", BYTES(HEADER(OK, "\0", "\0") NAME PTR_IN), DNS_NOTHING, NULL, 0, 0 },
	{ "no such name, for as long as SOA says",
	  BYTES(HEADER(NXDOMAIN, "\0", "\1") NAME PTR_IN
		"\xc0\x0c\0\6\0\1\0\0\x0e\x10\0\x16\0\0"
		"\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\x01\x2c"),
	  DNS_NOTHING, NULL, 0, 300 },
	{ "an SOA that is cut off",
	  BYTES(HEADER(NXDOMAIN, "\0", "\1") NAME PTR_IN
		"\xc0\x0c\0\6\0\1\0\0\x0e\x10\0\x04\0\0\0\0"),
	  DNS_NOTHING, NULL, 0, 0 },
	{ "a server that fails", BYTES(HEADER(SERVFAIL, "\0", "\0") NAME PTR_IN), DNS_FAILED, NULL,
	  0, 0 },
	{ "another name in the question",
	  BYTES(HEADER(OK, "\1", "\0") "\1"
				       "2\4"
				       "arpa\0" PTR_IN RECORD TTL("\x3c") "\0\7\1"
									  "a\3"
									  "net\0"),
	  DNS_FAILED, NULL, 0, 0 },
	{ "another type in the question",
	  BYTES(HEADER(OK, "\1", "\0") NAME "\0\1\0\1" RECORD TTL("\x3c") "\0\7\1"
									  "a\3"
									  "net\0"),
	  DNS_FAILED, NULL, 0, 0 },
	{ "two questions", BYTES("\x12\x34" OK "\0\2\0\0\0\0\0\0" NAME PTR_IN), DNS_FAILED, NULL, 0,
	  0 },
	{ "a question and no answer", BYTES(HEADER("\x01\x80", "\0", "\0") NAME PTR_IN), DNS_FAILED,
	  NULL, 0, 0 },
	{ "fewer records than it says",
	  BYTES(HEADER(OK, "\xc8", "\0") NAME PTR_IN RECORD TTL("\x3c") "\0\7\1"
									"a\3"
									"net\0"),
	  DNS_FOUND, "a.net", 1, 60 },
	{ "no packet", BYTES(""), DNS_FAILED, NULL, 0, 0 },
};

static void names(void **state)
{
	(void)state;
	FOR_ROWS (i, name_cases) {
		const struct name_case *c = &name_cases[i];
		char found[DNS_NAMES_MAX][DNS_NAME_SIZE];
		uint32_t ttl;
		size_t count;

		if (dns_answer_names(c->packet, "1.arpa", found, &count, &ttl) != c->verdict ||
		    count != c->count || ttl != c->ttl)
			fail_msg("%s: %zu names, ttl %u", c->what, count, (unsigned)ttl);
		if (c->name)
			assert_string_equal(found[0], c->name);
	}
}

/* Cut off anywhere it is understood in part or not at all. */
static void cut_off(void **state)
{
	(void)state;
	FOR_ROWS (i, name_cases) {
		struct slice packet = name_cases[i].packet;

		for (; packet.size > 0; packet.size--) {
			char found[DNS_NAMES_MAX][DNS_NAME_SIZE];
			uint32_t ttl;
			size_t count;

			(void)dns_answer_names(packet, "1.arpa", found, &count, &ttl);
			assert_true(count <= DNS_NAMES_MAX);
		}
	}
}

/* However many there are, and in whatever order, the same ones are kept. */
static void many_names(void **state)
{
	char packet[16384] = "\x12\x34" OK "\0\1\0\x64\0\0\0\0" NAME PTR_IN;
	const size_t head = sizeof("\x12\x34" OK "\0\1\0\x64\0\0\0\0" NAME PTR_IN) - 1;

	(void)state;
	memcpy(packet, "\x12\x34" OK "\0\1\0\x64\0\0\0\0" NAME PTR_IN, head);
	for (unsigned turn = 0; turn < 100; turn += 7) {
		char found[DNS_NAMES_MAX][DNS_NAME_SIZE];
		size_t count, at = head;
		uint32_t ttl;

		for (unsigned i = 0; i < 100; i++) {
			const unsigned number = (i + turn) % 100;

			memcpy(packet + at, RECORD TTL("\x3c") "\0\x8\2xx\3net\0", 20);
			packet[at + 13] = (char)('0' + number / 10);
			packet[at + 14] = (char)('0' + number % 10);
			at += 20;
		}
		assert_int_equal(dns_answer_names((struct slice){ packet, at }, "1.arpa", found,
						  &count, &ttl),
				 DNS_FOUND);
		assert_int_equal(count, DNS_NAMES_MAX);
		assert_string_equal(found[0], "00.net");
		assert_string_equal(found[3], "03.net");
	}
}

#define A_NAME \
	"\1"   \
	"a\3"  \
	"net\0"
#define A_IN "\0\1\0\1"
#define AAAA_IN "\0\x1c\0\1"

static void addresses(void **state)
{
	static const struct {
		const char *what, *address;
		struct slice packet;
		enum dns_verdict verdict;
		bool has;
	} cases[] = {
		{ "is there", "1.2.3.4",
		  BYTES(HEADER(OK, "\2", "\0") A_NAME A_IN
			"\xc0\x0c" A_IN TTL("\x3c") "\0\4\1\2\3\5"
						    "\xc0\x0c" A_IN TTL("\x3c") "\0\4\1\2\3\4"),
		  DNS_FOUND, true },
		{ "is not there", "1.2.3.4",
		  BYTES(HEADER(OK, "\1", "\0") A_NAME A_IN
			"\xc0\x0c" A_IN TTL("\x3c") "\0\4\1\2\3\5"),
		  DNS_FOUND, false },
		{ "too short", "1.2.3.4",
		  BYTES(HEADER(OK, "\1", "\0") A_NAME A_IN
			"\xc0\x0c" A_IN TTL("\x3c") "\0\3\1\2\3"),
		  DNS_FOUND, false },
		{ "cut off", "1.2.3.4",
		  BYTES(HEADER(OK, "\1", "\0") A_NAME A_IN
			"\xc0\x0c" A_IN TTL("\x3c") "\0\4\1\2\3"),
		  DNS_FAILED, false },
		{ "IPv6", "102:304::1",
		  BYTES(HEADER(OK, "\1", "\0") A_NAME AAAA_IN
			"\xc0\x0c" AAAA_IN TTL("\x3c") "\0\x10\1\2\3\4\0\0\0\0\0\0\0\0\0\0\0\1"),
		  DNS_FOUND, true },
		{ "no such name", "1.2.3.4", BYTES(HEADER(NXDOMAIN, "\0", "\0") A_NAME A_IN),
		  DNS_NOTHING, false },
		{ "fails", "1.2.3.4", BYTES(HEADER(SERVFAIL, "\0", "\0") A_NAME A_IN), DNS_FAILED,
		  false },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct ip_address address;
		uint32_t ttl;
		bool has;

		assert_true(ip_address_parse(slice_of(cases[i].address), &address));
		if (dns_answer_has_address(cases[i].packet, "a.net", &address, &has, &ttl) !=
			    cases[i].verdict ||
		    has != cases[i].has)
			fail_msg("%s", cases[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(cut_off),
		cmocka_unit_test(many_names),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
