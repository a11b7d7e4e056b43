/* spf_record.h - an SPF record (RFC 7208 section 12), parsed into terms
 *
 * SPDX-License-Identifier: MIT
 *
 * This file only parses; check_spf.c looks up the terms.
 */
#ifndef DOMAIN_SPF_RECORD_H
#define DOMAIN_SPF_RECORD_H

#include "domain/address_set.h"

enum spf_term_kind {
	SPF_TERM_ALL,
	SPF_TERM_INCLUDE,
	SPF_TERM_A,
	SPF_TERM_MX,
	SPF_TERM_PTR,
	SPF_TERM_IP4,
	SPF_TERM_IP6,
	SPF_TERM_EXISTS,
	SPF_TERM_REDIRECT,
	SPF_TERM_EXP,
	SPF_TERM_MODIFIER, /* any other name=value */
	SPF_TERM_BAD,
};

struct spf_term {
	enum spf_term_kind kind;
	struct slice text;   /* as published */
	size_t position;     /* octet of the record, from 1 */
	char qualifier;      /* + - ~ ? */
	struct slice domain; /* of include, a, mx, ptr, exists, redirect; absent: this domain */
	unsigned prefix4, prefix6; /* of ip4, ip6, a, mx */
	struct address address;    /* of ip4, ip6 */
	bool macro;                /* domain contains %{...} */
	const char *why;           /* for SPF_TERM_BAD */
};

#define SPF_TERMS_MAX 200

struct spf_record {
	struct spf_term *terms;
	size_t count;
	bool more;                                   /* terms beyond the maximum were not read */
	const struct spf_term *bad, *all, *redirect; /* first of each, or NULL */
};

/* Is the text an SPF record (RFC 7208 section 4.5)? */
bool spf_is_record(struct slice text);
/* Is it probably meant as an SPF record? */
bool spf_is_near(struct slice text);

/* false: the arena is full.  record keeps references to text. */
bool spf_record_read(struct arena *arena, struct slice text, struct spf_record *record);

/* Is a blank probably missing where two strings of the TXT record join? */
bool spf_border_is_bad(struct slice text, size_t border);

#endif
