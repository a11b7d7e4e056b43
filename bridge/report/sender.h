/* sender.h - classifies and names sources of mail for the owner of a domain
 *
 * SPDX-License-Identifier: MIT
 *
 * The counterpart of ingest/tlsrpt/tlsrpt_cause.h for DMARC: turns the results in a record
 * into plain words and a recommendation.
 */
#ifndef BRIDGE_REPORT_SENDER_H
#define BRIDGE_REPORT_SENDER_H

#include "bridge/report/document_view.h"

enum sender_class {
	SENDER_ALIGNED,         /* SPF and DKIM pass, aligned with the domain */
	SENDER_SERVICE,         /* DKIM is aligned; the envelope sender is the service's */
	SENDER_FORWARDER,       /* DKIM passes, SPF does not */
	SENDER_SPF_ONLY,        /* SPF passes, DKIM does not */
	SENDER_LIST,            /* neither passes; the reporter knows a list or forwarder */
	SENDER_BROKEN,          /* neither passes; a signature of the domain fails */
	SENDER_MISALIGNED,      /* passes for another name of the owner that is not aligned */
	SENDER_FOREIGN,         /* authenticates as another domain */
	SENDER_UNAUTHENTICATED, /* does not authenticate */
	SENDER_CLASSES
};

struct sender_words {
	const char *name; /* of the class, one or two words */
	const char *cause, *advice;
	bool fails; /* DMARC fails: p=reject would stop it */
};

const struct sender_words *sender_words(enum sender_class class);

/* Classifies a document of an aggregate report. *identity is the domain that the mail
 * authenticated instead of the author's, or absent. */
enum sender_class sender_class_of(const struct document_view *view, struct slice *identity);

/* The name of a source of mail, used everywhere, whether its mail passes or not. The first
 * that is known of: the service that sent; the forwarder; the registered domain that a
 * signature or else the envelope sender authenticates, if not the author's; the service or
 * domain that owns the address; the address; the reporter's text in place of one. The author's
 * own domain is not a name, since it has many servers, nor is a hosting company, since it has
 * many customers. Texts are valid as long as the view's. */
struct slice sender_name_of(const struct document_view *view);

/* The same for tables: mail from the author's own servers is labelled with the author's
 * domain. */
struct slice sender_label_of(const struct document_view *view, enum sender_class class);

/* approved, known or unknown, for the sender in the label; absent: the label is a
 * forwarder, or the status is unknown. */
struct slice sender_status_of(const struct document_view *view, enum sender_class class);

/* The service, host domain or network that delivered, if it is not the name already; may
 * be absent. */
struct slice sender_relay_of(const struct document_view *view);

/* The address, or the text in its place; may be absent. */
struct slice sender_address_of(const struct document_view *view);

/* Whether it is a service that sends for others, and not a forwarder. */
bool sender_is_service(const struct document_view *view);

/* "marketing service", "own domain", "forwarder", for the label; absent: unknown. */
struct slice sender_kind_of(const struct document_view *view, enum sender_class class);

/* Whether a signature or SPF passes for a domain other than the author's. */
bool sender_proves_another(const struct document_view *view);

/* Splits "selector/domain/result"; only the selector may contain a slash. */
void sender_split_proof(struct slice combined, struct slice *domain, struct slice *result);

/* Whether the override reasons of an aggregate report say that the mail was forwarded;
 * ignores other comments. */
bool sender_is_forwarded(const struct document_view *view);

/* Whether the reporter says that a forwarder or list explains the result. */
bool sender_is_excused(const struct document_view *view);

#endif
