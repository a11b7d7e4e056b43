/* golden.h - the cases below tests/golden
 *
 * SPDX-License-Identifier: MIT
 *
 * tests/golden/KIND/NAME/ holds one case: input.* (the report, or the mail),
 * expected.ndjson or expected.reject, and NOTE, which says what the case shows
 * in a sentence.  Every quirk and every reason needs a case that expects it.
 * NOTE may also carry what the report mail says about itself: "from-domain",
 * "subject", "tls-report-domain", "tls-report-submitter", "dkim-domain" and
 * "file-name", each followed by a colon and the value; "schema: parsedmarc"
 * asks for documents in that schema; "dkim-key: NAME TEXT" asks for signatures
 * to be verified, and is what DNS has.
 * The folder KIND picks the parser; "mail" is the whole walk, for files and
 * mailboxes as they come.
 */
#ifndef TESTS_GOLDEN_GOLDEN_H
#define TESTS_GOLDEN_GOLDEN_H

#include <limits.h>

#include "base/strbuf.h"
#include "ingest/ingest.h"

#define GOLDEN_SIZE_MAX (4 * MIB)

struct golden_kind {
	const char *folder;
	enum report_kind report; /* NONE: the whole walk */
};

struct golden {
	const struct golden_kind *kind;
	char folder[PATH_MAX];
	char name[NAME_MAX + 1];
	/* read by golden_open() */
	char input_name[NAME_MAX + 1];
	struct strbuf note, bytes;
	struct tenant_table *tenants;
	struct ingest_settings settings;
	struct slice key; /* what DNS has; absent: nobody asks */
};

/* Of one kind, or of all (NULL), in order; *count is added to. */
void golden_find(const char *root, const char *kind, struct golden **cases, size_t *count,
		 size_t most);

void golden_open(struct golden *golden);
void golden_close(struct golden *golden);

/* The rest of the line of a NOTE that begins with "key:"; absent without one. */
struct slice golden_note(const struct golden *golden, const char *key);

/* A file of the case; false: there is none. */
bool golden_read(const struct golden *golden, const char *name, struct strbuf *content);
/* Empty content removes it. */
void golden_write(const struct golden *golden, const char *name, struct slice content);

/* Fails with a unified diff, a member of a document per line, unless they are equal. */
void golden_compare(const struct golden *golden, const char *what, const char *expected,
		    const char *got);

/* Gives the keys that the mail which has been begun needs. */
void golden_give_keys(const struct golden *golden, struct ingest *ingest);

/* As they stand in expected.ndjson. */
void golden_add_document(struct strbuf *out, const struct document_name *name, struct slice json);
void golden_add_result(struct strbuf *out, const struct ingest_result *result);

#endif
