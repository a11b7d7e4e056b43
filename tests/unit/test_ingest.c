/* test_ingest.c - the walk over a mail, with parsers that only look
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/wait.h"
#include "ingest/dmarc/dmarc.h"
#include "ingest/document/document_writer.h"
#include "ingest/report/input_ops.h"
#include "ingest/report/reason.h"
#include "ingest/tlsrpt/tlsrpt.h"
#include "tests/lib/drain.h"
#include "tests/lib/pack.h"
#include "tests/lib/rows.h"

#define XML "<?xml version=\"1.0\"?>\n<feedback>"
#define JSON "{\"policies\": "

/* A report of the test: its head, then the id.  Read in two passes, as the
 * real parsers do. */
struct stub {
	struct report_summary *summary;
	struct document_name name;
	unsigned runs;
	bool documented;
};

static bool look(struct arena *arena, const struct report_source *source,
		 struct report_summary *summary, const char *head, struct error *err)
{
	char text[256];
	size_t used, got;
	struct hash hash;

	for (int pass = 0; pass < 2; pass++) {
		used = 0;
		do {
			if (!input_read(source->input, text + used, sizeof(text) - used, &got, err))
				return false;
			used += got;
		} while (got > 0);
		if (!input_rewind(source->input, err))
			return false;
	}
	if (!slice_starts_with((struct slice){ text, used }, head))
		return error_reject(err, "bad-xml", "not what it should be");
	summary->organization = slice_of("reporter.example");
	summary->report_id = arena_slice(arena, slice_trim((struct slice){ text + strlen(head),
									   used - strlen(head) }));
	summary->begin = 1793491200; /* 2026-11-01 */
	summary->end = 1793577600;
	summary->quirks = *source->quirks;
	hash_init(&hash);
	hash_field(&hash, summary->report_id);
	hash_end(&hash, summary->digest);
	return true;
}

static struct stub *stub_open(const struct ingest_settings *settings, struct arena *arena,
			      const struct report_source *source, struct report_summary *summary,
			      const char *head, struct error *err)
{
	struct stub *stub;

	if (!look(arena, source, summary, head, err))
		return NULL;
	stub = calloc(1, sizeof(*stub));
	stub->summary = summary;
	report_share_of(summary, arena, tenant_of(settings->tenants, slice_of("example.com")),
			slice_of("example.com"))
		->documents = 1;
	return stub;
}

static bool stub_next_run(struct stub *stub, struct run *run)
{
	run->kind = stub->summary->kind;
	run->count = stub->runs++ == 0;
	return true;
}

static bool stub_next_document(struct stub *stub, enum document_kind kind,
			       struct document *document)
{
	document->name = NULL;
	if (stub->documented)
		return true;
	stub->documented = true;
	document_name_of(&stub->name, kind, "default", stub->summary, slice_of("example.com"), 0,
			 0);
	*document = (struct document){ &stub->name, slice_of("{}") };
	return true;
}

struct dmarc_reading *dmarc_open(const struct ingest_settings *settings, struct arena *arena,
				 const struct report_source *source, struct report_summary *summary,
				 struct error *err)
{
	summary->kind = REPORT_AGGREGATE;
	return (void *)stub_open(settings, arena, source, summary, XML, err);
}

void dmarc_close(struct dmarc_reading *reading)
{
	free(reading);
}

bool dmarc_next_run(struct dmarc_reading *reading, struct run *run, struct error *err)
{
	(void)err;
	return stub_next_run((void *)reading, run);
}

void dmarc_source_evidence(const struct source_address *source, struct source_evidence *evidence)
{
	(void)source;
	*evidence = (struct source_evidence){ .path_count = 0 };
}

bool dmarc_next_document(struct dmarc_reading *reading, struct document *document,
			 struct error *err)
{
	(void)err;
	return stub_next_document((void *)reading, DOCUMENT_DMARC_AGGREGATE, document);
}

struct tlsrpt_reading *tlsrpt_open(const struct ingest_settings *settings, struct arena *arena,
				   const struct report_source *source,
				   struct report_summary *summary, struct error *err)
{
	summary->kind = REPORT_TLSRPT;
	return (void *)stub_open(settings, arena, source, summary, JSON, err);
}

void tlsrpt_close(struct tlsrpt_reading *reading)
{
	free(reading);
}

bool tlsrpt_next_run(struct tlsrpt_reading *reading, struct run *run, struct error *err)
{
	(void)err;
	return stub_next_run((void *)reading, run);
}

bool tlsrpt_next_document(struct tlsrpt_reading *reading, struct document *document,
			  struct error *err)
{
	(void)err;
	return stub_next_document((void *)reading, DOCUMENT_TLSRPT_POLICY, document);
}

struct collector {
	struct taker taker;
	unsigned documents, feeds;
	char feed_id[HASH_ID_SIZE], feed_month[DATETIME_MONTH_SIZE];
	struct strbuf feed;
};

static bool collect(struct taker *taker, const struct document_name *name, struct slice json,
		    struct error *err)
{
	struct collector *c = (struct collector *)(void *)taker;

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
	f.collector.taker.take = collect;
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

static void read_begun(struct fixture *f)
{
	struct error err;

	f->collector.documents = f->collector.feeds = 0;
	if (!drain(f->ingest, &f->collector.taker, &err))
		fail_msg("%s", err.text);
	f->result = *ingest_result_of(f->ingest);
}

static void ingest(struct fixture *f)
{
	ingest_begin_mail(f->ingest, strbuf_slice(&f->mail));
	read_begun(f);
}

static void mail_of(struct fixture *f, const struct pack_part *parts, size_t count)
{
	strbuf_reset(&f->mail);
	pack_mail(&f->mail, NULL, parts, count);
	ingest(f);
}

static void expect(const struct fixture *f, unsigned reports, unsigned rejects, const char *reason)
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
	part = (struct pack_part){ .type = "application/zip",
				   .encoding = "base64",
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
		{ .type = "application/gzip",
		  .encoding = "base64",
		  .name = "broken.xml.gz",
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

/* Not under 1970. */
static void a_mail_without_a_date_has_that_of_its_source(void **state)
{
	static const char dated[] = "Date: Tue, 03 Nov 2026 10:00:00 +0000\r\n";
	struct fixture *f = *state;
	const struct error why = { .class = ERROR_REJECT,
				   .reason = REASON_TOO_LARGE,
				   .text = "too large" };

	for (int i = 0; i < 3; i++) {
		strbuf_reset(&f->mail);
		strbuf_add_text(&f->mail, i == 1 ? dated : "");
		strbuf_add_text(&f->mail, "From: a@r.example\r\nSubject: x\r\n\r\nNothing.\r\n");
		if (i == 2)
			ingest_begin_refused(f->ingest, slice_of("key"), &why);
		else
			ingest_begin_mail(f->ingest, strbuf_slice(&f->mail));
		ingest_mail_came(f->ingest, 1790000000); /* September 2026 */
		read_begun(f);
		assert_string_equal(f->collector.feed_month, i == 1 ? "2026.11" : "2026.09");
	}
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

static void refusals(void **state)
{
	static const struct {
		const char *type, *name;
		struct slice body;
		const char *reason;
	} cases[] = {
		{ "application/octet-stream", "report.xml", { "hello", 5 }, "not-a-report" },
		{ "application/octet-stream", NULL, { "", 0 }, "not-a-report" },
		{ "application/zip", NULL, { "PK\3\4 cut off", 12 }, "bad-zip" },
		{ "text/xml", NULL, { "<other/>", 8 }, "bad-xml" },
		{ "application/xml", NULL, { "<other/>", 8 }, "bad-xml" },
		{ "text/plain", "report.xml.gz", { "no gzip", 7 }, "not-a-report" },
		{ "application/vnd.ms-outlook",
		  "x.msg",
		  { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", 12 },
		  "unsupported" },
		{ "text/plain",
		  NULL,
		  { "Report-Domain: example.com\nReport-Size: 9\nSubmitter: x\n", 54 },
		  "size-notice" },
		{ "message/rfc822", NULL, { "no header", 9 }, "bad-mime" },
	};
	struct fixture *f = *state;

	FOR_ROWS (i, cases) {
		const struct pack_part part = { .type = cases[i].type,
						.encoding = "base64",
						.name = cases[i].name,
						.body = cases[i].body };

		mail_of(f, &part, 1);
		expect(f, 0, 1, cases[i].reason);
	}
	in_gzip(f, "unused");
	mail_of(f,
		&(struct pack_part){ .type = "application/gzip",
				     .encoding = "base64",
				     .body = strbuf_slice(&f->packed) },
		1);
	expect(f, 0, 1, "placeholder");
}

static bool has_quirk(const struct fixture *f, enum quirk quirk)
{
	return quirk_has(&f->result.summaries->quirks, quirk);
}

static void wrappings_leave_their_mark(void **state)
{
	struct fixture *f = *state;
	struct pack_part part = { .type = "application/x-gzip", .encoding = "base64" };
	struct strbuf twice;

	in_gzip(f, XML "one");
	part.body = strbuf_slice(&f->packed);
	mail_of(f, &part, 1);
	expect(f, 1, 0, NULL);
	assert_true(has_quirk(f, QUIRK_MIME_TYPE));
	assert_false(has_quirk(f, QUIRK_NESTED));

	part.type = "application/zip";
	mail_of(f, &part, 1);
	assert_true(has_quirk(f, QUIRK_MIME_LIES));

	strbuf_init(&twice, MIB);
	pack_gzip(&twice, strbuf_slice(&f->packed));
	part = (struct pack_part){ .type = "application/gzip",
				   .encoding = "base64",
				   .body = strbuf_slice(&twice) };
	mail_of(f, &part, 1);
	expect(f, 1, 0, NULL);
	assert_true(has_quirk(f, QUIRK_NESTED));

	part = (struct pack_part){ .type = "message/rfc822",
				   .body = slice_of("Content-Type: text/xml\r\n\r\n" XML "one") };
	mail_of(f, &part, 1);
	expect(f, 1, 0, NULL);
	assert_true(has_quirk(f, QUIRK_NESTED));
	assert_false(has_quirk(f, QUIRK_MIME_TYPE));
	strbuf_release(&twice);
}

/* Report in gzip, depth times, in a zip. */
static void nested_containers(struct fixture *f, unsigned depth)
{
	struct strbuf inner, outer;
	struct pack_member member = { .name = "report" };
	struct pack_part part = { .type = "application/zip", .encoding = "base64" };

	strbuf_init(&inner, MIB);
	strbuf_init(&outer, MIB);
	strbuf_add_text(&inner, XML "deep");
	for (unsigned i = 0; i < depth; i++) {
		strbuf_reset(&outer);
		pack_gzip(&outer, strbuf_slice(&inner));
		strbuf_reset(&inner);
		strbuf_add_slice(&inner, strbuf_slice(&outer));
	}
	member.content = strbuf_slice(&inner);
	strbuf_reset(&outer);
	pack_zip(&outer, &member, 1);
	part.body = strbuf_slice(&outer);
	mail_of(f, &part, 1);
	strbuf_release(&inner);
	strbuf_release(&outer);
}

static void depth_is_bounded(void **state)
{
	struct fixture *f = *state;

	nested_containers(f, LIMIT_NESTING - 1);
	expect(f, 1, 0, NULL);
	nested_containers(f, LIMIT_NESTING);
	expect(f, 0, 1, "too-deep");
}

static void forwarded_without_end(void **state)
{
	struct fixture *f = *state;

	strbuf_reset(&f->mail);
	for (int i = 0; i < 10000; i++)
		strbuf_add_text(&f->mail, "Content-Type: message/rfc822\n\n");
	ingest(f);
	expect(f, 0, 1, "too-deep");
}

static void parts_are_bounded(void **state)
{
	struct fixture *f = *state;
	const struct pack_part good = { .type = "text/xml", .body = slice_of(XML "one") };

	strbuf_reset(&f->mail);
	pack_mail(&f->mail, NULL, &good, 1);
	strbuf_cut(&f->mail, f->mail.len - strlen("--frontier--\r\n"));
	for (int i = 0; i < 3900; i++)
		strbuf_add_text(&f->mail, "--frontier\r\n\r\nprose\r\n");
	ingest(f);
	expect(f, 1, 1, "too-many-parts");
}

/* A bomb cannot be divided among the parts of a mail. */
static void one_budget_for_all_parts(void **state)
{
	struct fixture *f = *state;
	struct pack_part parts[4];
	char *blanks = calloc(1, 100 * KIB);

	memset(blanks, ' ', 100 * KIB);
	strbuf_reset(&f->packed);
	pack_gzip(&f->packed, (struct slice){ blanks, 100 * KIB });
	for (int i = 0; i < 4; i++)
		parts[i] = (struct pack_part){ .type = "application/gzip",
					       .encoding = "base64",
					       .body = strbuf_slice(&f->packed) };
	f->settings.limits.unpacked_bytes = 6000;
	mail_of(f, parts, 4);
	expect(f, 0, 4, "not-a-report");
	f->settings.limits.unpacked_bytes = 4000;
	mail_of(f, parts, 4);
	expect(f, 0, 4, "too-large");
	free(blanks);
}

static void ingest_text(struct fixture *f, struct slice text, const char *name)
{
	struct input *input = input_from_memory(text);
	struct error err;

	assert_true(ingest_begin_input(f->ingest, input, name, &err));
	read_begun(f);
	input_close(input);
}

static void bare_files(void **state)
{
	struct fixture *f = *state;
	const struct pack_member member = { .name = "a.xml", .content = slice_of(XML "one") };
	const struct pack_part part = { .type = "text/xml", .body = slice_of(XML "one") };
	struct strbuf zip;

	ingest_text(f, slice_of(XML "one"), "dir/report.xml");
	expect(f, 1, 0, NULL);
	in_gzip(f, XML "one");
	ingest_text(f, strbuf_slice(&f->packed), "report.xml.gz");
	expect(f, 1, 0, NULL);
	assert_int_equal(f->result.summaries->quirks.bits[0], 0);
	strbuf_init(&zip, MIB);
	pack_zip(&zip, &member, 1);
	strbuf_reset(&f->packed);
	pack_gzip(&f->packed, strbuf_slice(&zip));
	ingest_text(f, strbuf_slice(&f->packed), "report.zip.gz");
	expect(f, 1, 0, NULL);
	strbuf_reset(&f->mail);
	pack_mail(&f->mail, NULL, &part, 1);
	ingest_text(f, strbuf_slice(&f->mail), "mail.eml");
	expect(f, 1, 0, NULL);
	assert_false(has_quirk(f, QUIRK_NESTED));
	ingest_text(f, slice_of("hello"), "dir/note.txt");
	expect(f, 0, 1, "not-a-report");
	/* a path of this machine has no place in a document */
	assert_null(strstr(f->collector.feed.buf, "dir/"));
	strbuf_release(&zip);
}

static void an_mbox_gives_a_result_per_mail(void **state)
{
	struct fixture *f = *state;
	const struct pack_part part = { .type = "text/xml", .body = slice_of(XML "one") };
	struct ingest_file *file;
	struct input *input;
	struct error err;
	bool more;

	f->settings.limits.mail_bytes = 10000;
	strbuf_reset(&f->mail);
	strbuf_add_text(&f->mail, "From a\n");
	pack_mail(&f->mail, NULL, &part, 1);
	strbuf_add_text(&f->mail, "\n\nFrom b\nSubject: x\n\nhello\n\nFrom c\nSubject: y\n\n");
	for (int i = 0; i < 1000; i++)
		strbuf_add_text(&f->mail, "long words\n");
	strbuf_add_text(&f->mail, "\nFrom d\n");
	pack_mail(&f->mail, NULL, &part, 1);
	input = input_from_memory(strbuf_slice(&f->mail));
	file = ingest_file_open(f->ingest, input, "box");
	for (int i = 0; i < 4; i++) {
		assert_true(ingest_file_next(file, &more, &err));
		assert_true(more);
		read_begun(f);
		if (i == 1)
			expect(f, 0, 1, "not-a-report");
		else if (i == 2)
			expect(f, 0, 1, "too-large");
		else
			expect(f, 1, 0, NULL);
	}
	assert_true(ingest_file_next(file, &more, &err));
	assert_false(more);
	ingest_file_close(file);
	input_close(input);
}

/* Each tenant hears of its own reports, and of a broken piece one of them. */
static void what_was_refused_is_told_once(void **state)
{
	struct fixture *f = *state;
	const struct pack_part parts[] = {
		{ .type = "application/octet-stream", .body = slice_of("junk") },
		{ .type = "text/plain", .body = slice_of("prose") },
	};
	struct error err;

	assert_true(tenant_table_add(f->tenants, "acme", slice_of("example.com"), &err));
	strbuf_reset(&f->mail);
	pack_mail(&f->mail, "TLS-Report-Domain: example.com\r\n", parts, 2);
	ingest(f);
	expect(f, 0, 1, "not-a-report");
	assert_non_null(strstr(f->collector.feed.buf, "\"organization.name\":\"acme\""));
	strbuf_reset(&f->mail);
	pack_mail(&f->mail, NULL, parts, 2);
	ingest(f);
	assert_non_null(strstr(f->collector.feed.buf, "\"organization.name\":\"unclaimed\""));
}

/* No index of the year 2999 for a mail that says it is from there. */
static void a_mail_of_the_future_has_no_date(void **state)
{
	struct fixture *f = *state;

	strbuf_reset(&f->mail);
	strbuf_add_text(&f->mail, "Date: Thu, 03 Jan 2999 08:00:00 +0000\n\nhello\n");
	ingest(f);
	expect(f, 0, 1, "not-a-report");
	assert_string_equal(f->collector.feed_month, "1970.01");
	assert_non_null(strstr(f->collector.feed.buf, "no-period"));
}

/* An input that waits, as one over a network would. */
static bool waiting_read(struct input *input, char *buffer, size_t size, size_t *got,
			 struct error *err)
{
	(void)input;
	(void)buffer;
	(void)size;
	(void)err;
	*got = 0;
	return wait_until(0);
}

static bool waiting_rewind(struct input *input, struct error *err)
{
	(void)input;
	(void)err;
	return true;
}

static void nothing_waits_in_here(void **state)
{
	static const struct input_ops ops = { .read = waiting_read, .rewind = waiting_rewind };
	struct input input = { &ops };
	struct fixture *f = *state;
	struct error err;
	const pid_t child = fork();
	int status;

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		(void)ingest_begin_input(f->ingest, &input, "waits", &err);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	/* and out here it may go on */
	in_gzip(f, XML "one");
	ingest_text(f, strbuf_slice(&f->packed), "report.xml.gz");
	assert_true(wait_permitted());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_wrapping),
		TEST(prose_alone_is_no_report),
		TEST(a_broken_piece_leaves_the_good_ones),
		TEST(a_mail_without_a_date_has_that_of_its_source),
		TEST(the_feed_is_named_by_its_reports),
		TEST(refusals),
		TEST(wrappings_leave_their_mark),
		TEST(depth_is_bounded),
		TEST(forwarded_without_end),
		TEST(parts_are_bounded),
		TEST(one_budget_for_all_parts),
		TEST(bare_files),
		TEST(an_mbox_gives_a_result_per_mail),
		TEST(what_was_refused_is_told_once),
		TEST(a_mail_of_the_future_has_no_date),
		TEST(nothing_waits_in_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
