/* test_ingest.c - the walk over a mail, with parsers that only look
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ingest/document_writer.h"
#include "ingest/ingest.h"
#include "tests/lib/pack.h"

#define XML "<?xml version=\"1.0\"?>\n<feedback>"
#define JSON "{\"policies\": "

/* A report of the test: its head, then the id.  Read in two passes, as the
 * real parsers do. */
static bool look(const struct ingest_settings *settings, struct arena *arena,
		 const struct report_source *source, struct document_sink *sink,
		 struct report_summary *summary, enum report_kind kind, const char *head,
		 struct error *err)
{
	char text[256];
	size_t used, got;
	struct document_name name;
	struct hash hash;

	for (int pass = 0; pass < 2; pass++) {
		used = 0;
		do {
			if (!input_read(source->input, text + used, sizeof(text) - used, &got,
					err))
				return false;
			used += got;
		} while (got > 0);
		if (!input_rewind(source->input, err))
			return false;
	}
	if (!slice_starts_with((struct slice){ text, used }, head))
		return error_reject(err, "bad-xml", "not what it should be");
	summary->kind = kind;
	summary->organization = slice_of("reporter.example");
	summary->report_id = arena_slice(arena, slice_trim((struct slice){ text + strlen(head), used - strlen(head) }));
	summary->begin = 1793491200; /* 2026-11-01 */
	summary->end = 1793577600;
	summary->quirks = *source->quirks;
	hash_init(&hash);
	hash_field(&hash, summary->report_id);
	hash_end(&hash, summary->digest);
	report_share_of(summary, arena, tenant_of(settings->tenants, slice_of("example.com")),
			slice_of("example.com"))->documents = 1;
	document_name_of(&name, kind == REPORT_AGGREGATE ? DOCUMENT_DMARC_AGGREGATE
							 : DOCUMENT_TLSRPT_POLICY,
			 "default", summary, slice_of("example.com"), 0, 0);
	return sink->document(sink, &name, slice_of("{}"), err);
}

bool dmarc_read(const struct ingest_settings *settings, struct arena *arena,
		const struct report_source *source, struct document_sink *sink,
		struct report_summary *summary, struct error *err)
{
	return look(settings, arena, source, sink, summary, REPORT_AGGREGATE, XML, err);
}

bool tlsrpt_read(const struct ingest_settings *settings, struct arena *arena,
		 const struct report_source *source, struct document_sink *sink,
		 struct report_summary *summary, struct error *err)
{
	return look(settings, arena, source, sink, summary, REPORT_TLSRPT, JSON, err);
}

struct collector {
	struct document_sink sink;
	unsigned documents, feeds;
	char feed_id[HASH_ID_SIZE], feed_month[DATETIME_MONTH_SIZE];
	struct strbuf feed;
};

static bool collect(struct document_sink *sink, const struct document_name *name,
		    struct slice json, struct error *err)
{
	struct collector *c = (struct collector *)sink;

	(void)err;
	if (name->kind != DOCUMENT_FEED) {
		c->documents++;
		return true;
	}
	c->feeds++;
	memcpy(c->feed_id, name->id, sizeof(c->feed_id));
	memcpy(c->feed_month, name->month, sizeof(c->feed_month));
	strbuf_reset(&c->feed);
	strbuf_add_slice(&c->feed, json);
	return true;
}

struct fixture {
	struct tenant_table *tenants;
	struct ingest_settings settings;
	struct ingest *ingest;
	struct ingest_result result;
	struct collector collector;
	struct strbuf packed, mail;
};

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .tenants = tenant_table_new() };
	f.settings.tenants = f.tenants;
	f.settings.now = 1793700000;
	ingest_limits_default(&f.settings.limits);
	f.ingest = ingest_new(&f.settings);
	f.collector.sink.document = collect;
	strbuf_init(&f.collector.feed, LIMIT_DOCUMENT_BYTES);
	strbuf_init(&f.packed, 64 * MIB);
	strbuf_init(&f.mail, 64 * MIB);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	ingest_free(f->ingest);
	tenant_table_free(f->tenants);
	strbuf_release(&f->collector.feed);
	strbuf_release(&f->packed);
	strbuf_release(&f->mail);
	return 0;
}

static void ingest(struct fixture *f)
{
	struct error err;

	f->collector.documents = f->collector.feeds = 0;
	if (!ingest_mail(f->ingest, strbuf_slice(&f->mail), &f->collector.sink, &f->result, &err))
		fail_msg("%s", err.text);
}

static void mail_of(struct fixture *f, const struct pack_part *parts, size_t count)
{
	strbuf_reset(&f->mail);
	pack_mail(&f->mail, NULL, parts, count);
	ingest(f);
}

static void expect(const struct fixture *f, unsigned reports, unsigned rejects,
		   const char *reason)
{
	if (f->result.reports != reports || f->result.rejects != rejects)
		fail_msg("%u reports, %u rejects: %s", f->result.reports, f->result.rejects,
			 f->result.reject.text);
	assert_int_equal(f->collector.documents, reports);
	assert_int_equal(f->result.documents, reports);
	assert_int_equal(f->collector.feeds, 1);
	if (reason)
		assert_string_equal(f->result.reject.reason, reason);
	else
		assert_int_equal(f->result.reject.class, ERROR_NONE);
}

static void in_gzip(struct fixture *f, const char *text)
{
	strbuf_reset(&f->packed);
	pack_gzip(&f->packed, slice_of(text));
}

static void every_wrapping(void **state)
{
	struct fixture *f = *state;
	struct pack_part part = { .type = "application/gzip", .encoding = "base64" };
	const struct pack_member members[] = {
		{ .name = "directory/" },
		{ .name = "one.xml", .content = slice_of(XML "one") },
		{ .name = "two.xml", .content = slice_of(XML "two") },
	};

	in_gzip(f, XML "one");
	part.body = strbuf_slice(&f->packed);
	mail_of(f, &part, 1);
	expect(f, 1, 0, NULL);
	assert_int_equal(f->result.kind, REPORT_AGGREGATE);
	assert_true(slice_is(f->result.summaries->report_id, "one"));
	assert_non_null(strstr(f->collector.feed.buf, "\"feed.kind\":\"aggregate\""));
	assert_non_null(strstr(f->collector.feed.buf, "\"event.outcome\":\"success\""));
	assert_string_equal(f->collector.feed_month, "2026.11");

	part = (struct pack_part){ .type = "text/xml", .body = slice_of(XML "one") };
	mail_of(f, &part, 1);
	expect(f, 1, 0, NULL);

	part = (struct pack_part){ .type = "application/tlsrpt+json", .body = slice_of(JSON "t") };
	mail_of(f, &part, 1);
	expect(f, 1, 0, NULL);
	assert_int_equal(f->result.kind, REPORT_TLSRPT);

	strbuf_reset(&f->packed);
	pack_zip(&f->packed, members, 3);
	part = (struct pack_part){ .type = "application/zip", .encoding = "base64",
				   .body = strbuf_slice(&f->packed) };
	mail_of(f, &part, 1);
	expect(f, 2, 0, NULL);
	assert_true(slice_is(f->result.summaries->next->report_id, "two"));
}

static void prose_alone_is_no_report(void **state)
{
	struct fixture *f = *state;
	static const struct pack_part parts[] = {
		{ .type = "text/plain", .body = { "<3 your reports\n", 16 } },
		{ .type = "text/html", .body = { "<p>hello</p>", 12 } },
		{ .type = "image/png", .body = { "\x89PNG....", 8 }, .name = "logo.png" },
	};

	mail_of(f, parts, 3);
	expect(f, 0, 1, "not-a-report");
	assert_int_equal(f->result.kind, REPORT_NONE);
	assert_non_null(strstr(f->collector.feed.buf, "\"error.code\":\"not-a-report\""));
}

static void a_broken_piece_leaves_the_good_ones(void **state)
{
	struct fixture *f = *state;
	struct pack_part parts[] = {
		{ .type = "text/plain", .body = slice_of("two reports\n") },
		{ .type = "application/gzip", .encoding = "base64", .name = "broken.xml.gz",
		  .body = slice_of("\x1f\x8b\x08 no") },
		{ .type = "application/gzip", .encoding = "base64" },
	};

	in_gzip(f, XML "good");
	parts[2].body = strbuf_slice(&f->packed);
	mail_of(f, parts, 3);
	expect(f, 1, 1, "bad-gzip");
	assert_non_null(strstr(f->result.reject.text, "broken.xml.gz"));
	assert_non_null(strstr(f->collector.feed.buf, "\"event.outcome\":\"failure\""));
}

static void the_feed_is_named_by_its_reports(void **state)
{
	struct fixture *f = *state;
	struct pack_part part = { .type = "application/gzip", .encoding = "base64" };
	char first[HASH_ID_SIZE];

	in_gzip(f, XML "one");
	part.body = strbuf_slice(&f->packed);
	mail_of(f, &part, 1);
	memcpy(first, f->collector.feed_id, sizeof(first));

	strbuf_reset(&f->mail);
	pack_mail(&f->mail, "Message-ID: <another@reporter.example>\r\n", &part, 1);
	ingest(f);
	assert_string_equal(f->collector.feed_id, first);

	in_gzip(f, XML "two");
	part.body = strbuf_slice(&f->packed);
	mail_of(f, &part, 1);
	assert_string_not_equal(f->collector.feed_id, first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_wrapping, set_up, tear_down),
		cmocka_unit_test_setup_teardown(prose_alone_is_no_report, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_broken_piece_leaves_the_good_ones, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_feed_is_named_by_its_reports, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
