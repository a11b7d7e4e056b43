/* sender.h - what a source of mail in one's name is, for people who own a domain
 *
 * SPDX-License-Identifier: MIT
 *
 * The counterpart of ingest/tlsrpt/tlsrpt_cause.h for DMARC: from the results in a
 * record to plain words, and to what is to be done.
 */
#ifndef BRIDGE_REPORT_SENDER_H
#define BRIDGE_REPORT_SENDER_H

#include "bridge/report/document_view.h"

enum sender_class {
	SENDER_ALIGNED,		/* SPF and DKIM pass in the domain's name */
	SENDER_SERVICE,		/* signs in its name, bounces to an address of its own */
	SENDER_FORWARDER,	/* DKIM holds, SPF does not */
	SENDER_SPF_ONLY,	/* SPF holds, DKIM does not */
	SENDER_LIST,		/* nothing holds; the reporter knows it as list or forwarder */
	SENDER_BROKEN,		/* nothing holds; a signature of the domain is there and fails */
	SENDER_MISALIGNED,	/* passes for a name of the owner's that is not aligned */
	SENDER_FOREIGN,		/* proves another identity */
	SENDER_UNAUTHENTICATED, /* proves nothing */
	SENDER_CLASSES
};

struct sender_words {
	const char *name; /* of the class, one or two words */
	const char *cause, *advice;
	bool fails; /* DMARC fails: p=reject would hit it */
};

const struct sender_words *sender_words(enum sender_class class);

/* Of a document of an aggregate report.  *identity becomes the domain that was
 * proved in place of the author's, or the absent slice. */
enum sender_class sender_class_of(const struct document_view *view, struct slice *identity);

/* What a source of mail is called, everywhere, whether its mail passes today or
 * not: the service that sent; who passed it on, where it was; the registered
 * domain that a signature or else the return path proves beside the author's
 * own; the service or the domain that the address belongs to; the address; what
 * the reporter wrote in place of one.  The author's own domain does not tell its
 * servers apart, nor a hosting company its customers, so neither is a name.
 * Texts live as long as the view's. */
struct slice sender_name_of(const struct document_view *view);

/* The same, for tables: where the author's own servers sent it is called by the
 * author's domain. */
struct slice sender_label_of(const struct document_view *view, enum sender_class class);

/* approved, known or unknown, of what the label names; absent: it names who
 * passed the mail on, or nobody has looked. */
struct slice sender_status_of(const struct document_view *view, enum sender_class class);

/* Who delivered, where that is not the name already: a service, the domain of
 * the host, or the holder of the network; may be absent. */
struct slice sender_relay_of(const struct document_view *view);

/* The address, or what stands in its place; may be absent. */
struct slice sender_address_of(const struct document_view *view);

/* Is it a service that sends for others, and not one that passes mail on? */
bool sender_is_service(const struct document_view *view);

/* "marketing service", "own domain", "forwarder": what the label names; absent:
 * not known. */
struct slice sender_kind_of(const struct document_view *view, enum sender_class class);

/* Does a signature or SPF pass for a domain that is not the author's? */
bool sender_proves_another(const struct document_view *view);

/* "selector/domain/result", where only the first may contain a slash. */
void sender_split_proof(struct slice combined, struct slice *domain, struct slice *result);

/* Does the reporter know that the mail was passed on?  As an aggregate report
 * says it; other comments are not looked at. */
bool sender_is_forwarded(const struct document_view *view);

/* Does the reporter say that a forwarder or a list explains the result? */
bool sender_is_excused(const struct document_view *view);

#endif
