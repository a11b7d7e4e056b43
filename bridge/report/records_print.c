/* records_print.c - prints the records that a domain must publish as a zone file
 *
 * SPDX-License-Identifier: MIT
 *
 * Records that are already published and other text are comments, so the output can be pasted
 * as it is.
 */
#include "bridge/report/records_print.h"

static const char *word_of(enum wanted_state state)
{
	switch (state) {
	case WANTED_PRESENT: return "published already";
	case WANTED_MISSING: return "to publish";
	case WANTED_CHANGED: return "to publish in place of the present one";
	default: return "could not be looked up";
	}
}

static void put_file(FILE *out, const char *name, const char *file)
{
	struct slice rest = slice_of(file);

	fprintf(out,
		"; and a policy, to be served at https://mta-sts.%s/.well-known/mta-sts.txt\n"
		"; (none was seen there now):\n",
		name);
	while (rest.data && rest.size > 0) {
		const struct slice line = slice_split(rest, '\n', &rest);

		fprintf(out, ";   %.*s\n", (int)line.size, line.data);
	}
}

void records_print(FILE *out, const char *domain, const struct wanted_record *list, size_t count,
		   bool ours)
{
	for (size_t i = 0; i < count; i++) {
		const struct wanted_record *r = &list[i];
		const bool publish = r->state == WANTED_MISSING || r->state == WANTED_CHANGED;

		if (r->ours != ours)
			continue;
		fprintf(out, "; %s\n%s%s. %s\n", word_of(r->state), publish ? "" : "; ", r->name,
			r->data);
		if (r->file)
			put_file(out, domain, r->file);
	}
}

void records_print_service(FILE *out, const char *host, struct slice records)
{
	if (records.size == 0)
		return;
	fprintf(out, "\n; --- in the zone of %s: it agrees to receive the reports ---\n", host);
	fwrite(records.data, 1, records.size, out);
	fprintf(out,
		"; or one record for all domains; then every domain can have its reports sent\n"
		"; here, and a more specific name below _report._dmarc hides it:\n"
		"; *._report._dmarc.%s. TXT \"v=DMARC1\"\n",
		host);
}
