/* fuzz_failure.c - any bytes as the parts of a DMARC failure report
 *
 * SPDX-License-Identifier: MIT
 *
 * The first byte says how they were sent; then come the feedback part, a line
 * of two dots, and the sample, whose body gets a line that must not be seen in
 * any document.
 */
#include "ingest/failure/failure.h"
#include "tests/fuzz/documents.h"
#include "tests/fuzz/fuzz.h"

#define SEPARATOR "\n..\n"
/* One word: a folded field must not put it together. */
#define SECRET "nobodyelsesbusiness"
#define SECRET_BODY "\r\n\r\n" SECRET "\r\n"

enum { IN_REPORT = 1, DECLARED = 2, HEADER_ONLY = 4, NOTICE = 8 };

/* Passes documents on when the secret is not in them. */
struct guard {
	struct taker taker; /* first: it is cast back */
	struct documents documents;
};

static bool look(struct taker *taker, const struct document_name *name, struct slice json,
		 struct error *err)
{
	struct guard *guard = (struct guard *)(void *)taker;

	check(name->kind == DOCUMENT_DMARC_FAILURE);
	check(slice_find_text(json, SECRET) == json.size);
	return guard->documents.taker.take(&guard->documents.taker, name, json, err);
}

static bool collect(struct failure *failure, unsigned flags, struct slice feedback,
		    struct slice sample, const struct ingest_limits *limits, struct error *err)
{
	if (flags & NOTICE)
		return failure_notice(failure, feedback, flags & HEADER_ONLY, limits, err);
	return failure_feedback(failure, feedback, flags & IN_REPORT, flags & DECLARED, err) &&
	       (!sample.data || failure_sample(failure, sample, flags & HEADER_ONLY, limits, err));
}

static bool read_report(struct arena *arena, unsigned flags, struct slice feedback,
			struct slice sample, struct taker *taker, struct report_summary *summary,
			struct error *err)
{
	static struct ingest_settings settings;
	const struct mail_headers headers = { .dkim_verdict = "unknown",
					      .from_domain = slice_of("reporter.example") };
	const struct quirk_set quirks = { { 0, 0 } };
	const struct report_source source = { .headers = &headers, .quirks = &quirks };
	struct failure *failure = failure_new(arena);

	if (!settings.tenants) {
		struct tenant_table *tenants = tenant_table_new();

		mime_init();
		check(tenant_table_add(tenants, "acme", slice_of("example.com"), err));
		settings.tenants = tenants;
		settings.now = FUZZ_NOW;
		settings.limits.nesting = 4;
		settings.limits.mime_parts = 20;
		settings.limits.mail_bytes = MIB;
		settings.limits.unpacked_bytes = MIB;
	}
	return collect(failure, flags, feedback, sample, &settings.limits, err) &&
	       drain_report(REPORT_FAILURE, &settings, arena, &source, failure, taker, summary,
			    err);
}

/* text with a body line behind it that no document may hold. */
static struct slice add_secret(struct arena *arena, struct slice text)
{
	const size_t size = text.size + strlen(SECRET_BODY);
	char *copy = arena_alloc(arena, size + 1);

	check(copy);
	if (text.size > 0)
		memcpy(copy, text.data, text.size);
	memcpy(copy + text.size, SECRET_BODY, strlen(SECRET_BODY));
	return (struct slice){ copy, size };
}

static void split(struct arena *arena, struct slice text, unsigned flags, struct slice *feedback,
		  struct slice *sample)
{
	const size_t at = slice_find_text(text, SEPARATOR), behind = at + strlen(SEPARATOR);

	*feedback = text;
	*sample = (struct slice){ NULL, 0 };
	if (flags & NOTICE) {
		*feedback = add_secret(arena, text);
	} else if (at < text.size) {
		feedback->size = at;
		*sample = add_secret(arena,
				     (struct slice){ text.data + behind, text.size - behind });
	}
}

/* In any case: words of a field are written in small letters. */
static bool holds_secret(struct slice text)
{
	const size_t size = strlen(SECRET);

	for (size_t i = 0; i + size <= text.size; i++)
		if (slice_is_nocase((struct slice){ text.data + i, size }, SECRET))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice text = { (const char *)data, size };
	struct guard guard = { .taker = { look } };
	struct slice feedback, sample;
	struct report_summary summary;
	struct arena arena;
	struct error err;
	size_t position = 0;

	if (size == 0 || holds_secret(text))
		return 0;
	arena_init(&arena, LIMIT_ARENA_BYTES);
	documents_init(&guard.documents);
	split(&arena, (struct slice){ text.data + 1, size - 1 }, data[0], &feedback, &sample);
	if (read_report(&arena, data[0], feedback, sample, &guard.taker, &summary, &err))
		documents_check_report(&guard.documents, &position, &summary);
	else
		check(err.class == ERROR_REJECT && err.reason);
	check(position == guard.documents.count);
	documents_release(&guard.documents);
	arena_release(&arena);
	return 0;
}
