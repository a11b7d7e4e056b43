/* test_elastic.c - nothing is lost and nothing doubled, whatever the server does
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/wait.h"
#include "output/sink.h"
#include "tests/lib/http_script.h"
#include "tests/lib/rows.h"

#define DOCUMENTS 20

static char letters_file[] = "/tmp/test_elastic.XXXXXX";

static void fill(struct bulk *bulk, const char *bad)
{
	bulk_init(bulk, 1 << 20);
	for (unsigned i = 0; i < DOCUMENTS; i++) {
		char id[16];

		snprintf(id, sizeof(id), "id-%u", i);
		assert_true(bulk_add(bulk, 0, slice_of("i"), slice_of(id),
				     slice_of(bad && i == 7 ? bad : "{\"a\":1}")));
	}
}

static size_t count(const struct bulk *bulk, enum verdict verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < bulk->count; i++)
		n += bulk->items[i].verdict == verdict;
	return n;
}

/* What is called stored is there. */
static void assert_true_to_word(const struct bulk *bulk, const struct http_script *server)
{
	for (unsigned i = 0; i < bulk->count; i++) {
		char id[16];

		snprintf(id, sizeof(id), "id-%u", i);
		if (bulk->items[i].verdict == VERDICT_STORED ||
		    bulk->items[i].verdict == VERDICT_DUPLICATE)
			assert_true(http_script_has(server, id));
	}
}

/* Bodies that are worth several requests. */
#define MANY 3000

static void fill_many(struct bulk *bulk)
{
	char source[400];

	memset(source, ' ', sizeof(source));
	source[0] = '{';
	source[sizeof(source) - 2] = '}';
	source[sizeof(source) - 1] = '\0';
	bulk_init(bulk, 4 << 20);
	for (unsigned i = 0; i < MANY; i++) {
		char id[16];

		snprintf(id, sizeof(id), "id-%u", i);
		assert_true(bulk_add(bulk, 0, slice_of("i"), slice_of(id), slice_of(source)));
	}
}

static struct elastic_settings settings_for(const char *const *urls)
{
	return (struct elastic_settings){
		.urls = urls,
		.dead_letter_file = letters_file,
		.connections = 2,
		.timeout_ms = 3000,
		.retry_ms = 20000,
	};
}

static void faults_are_outlived(void **state)
{
	static const struct http_step scripts[][3] = {
		{ { .kind = HTTP_ONE_ITEM_MORE } },
		{ { .kind = HTTP_SLOW, .status = 3500 } },
		{ { .kind = HTTP_RAW, .body = "" } },
		{ { .kind = HTTP_RAW, .body = "HTTP/1.1 200 X\r\nContent-" } },
		{ { .kind = HTTP_RAW, .body = "SSH-2.0-OpenSSH_9.2\r\n" } },
		{ { .kind = HTTP_RAW, .body = "HTTP/1.1 200 X\r\n\r\n{\"items\":[" } },
		{ { .kind = HTTP_RAW,
		    .body = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"ite" } },
		{ { .kind = HTTP_STATUS, .status = 200, .body = "{\"items\":7}" } },
		{ { .kind = HTTP_STATUS, .status = 200, .body = "[[[[[[[[" } },
		{ { .kind = HTTP_STATUS, .status = 200, .body = "" } },
		{ { .kind = HTTP_STATUS, .status = 408 } },
		{ { .kind = HTTP_WELL } },
		{ { .kind = HTTP_CLOSE } },
		{ { .kind = HTTP_STORE_AND_CLOSE } },
		{ { .kind = HTTP_STORE_AND_CUT } },
		{ { .kind = HTTP_ONE_ITEM_SHORT } },
		{ { .kind = HTTP_EVERY_THIRD_429 } },
		{ { .kind = HTTP_STATUS, .status = 429 } },
		{ { .kind = HTTP_STATUS, .status = 503, .body = "<html>busy</html>" } },
		{ { .kind = HTTP_STATUS, .status = 502 } },
		{ { .kind = HTTP_ENDLESS } },
		{ { .kind = HTTP_STATUS, .status = 200, .body = "<html>hello</html>" } },
		{ { .kind = HTTP_STATUS, .status = 200, .body = "{\"items\":[]}" } },
		{ { .kind = HTTP_STATUS,
		    .status = 403,
		    .body = "{\"error\":{\"type\":\"cluster_block_exception\"}}" } },
	};

	(void)state;
	FOR_ROWS (i, scripts) {
		struct http_script *server = http_script_start(scripts[i], 1);
		const char *const urls[] = { http_script_url(server), NULL };
		const struct elastic_settings settings = settings_for(urls);
		struct sink *sink = elastic_sink_new(&settings);
		struct error err;
		struct bulk bulk;

		fill(&bulk, NULL);
		if (!sink_post(sink, &bulk, &err))
			fail_msg("script %zu: %s", i, err.text);
		assert_int_equal(count(&bulk, VERDICT_STORED) + count(&bulk, VERDICT_DUPLICATE),
				 DOCUMENTS);
		assert_true_to_word(&bulk, server);
		assert_int_equal(http_script_stored(server), DOCUMENTS);
		bulk_release(&bulk);
		sink->ops->free(sink);
		http_script_stop(server);
	}
}

static void a_body_too_large_is_halved_until_it_fits(void **state)
{
	static const struct http_step steps[] = { { .kind = HTTP_LIMIT, .status = 200 } };
	struct http_script *server = http_script_start(steps, 1);
	const char *const urls[] = { http_script_url(server), NULL };
	const struct elastic_settings settings = settings_for(urls);
	struct sink *sink = elastic_sink_new(&settings);
	struct error err;
	struct bulk bulk;

	(void)state;
	fill(&bulk, NULL);
	assert_true(sink_post(sink, &bulk, &err));
	assert_int_equal(count(&bulk, VERDICT_STORED), DOCUMENTS);
	assert_int_equal(http_script_stored(server), DOCUMENTS);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

static void letters(char text[static 4096])
{
	FILE *file = fopen(letters_file, "r+");
	size_t n;

	assert_non_null(file);
	n = fread(text, 1, 4095, file);
	text[n] = '\0';
	assert_int_equal(ftruncate(fileno(file), 0), 0);
	fclose(file);
}

static void the_one_to_blame_is_found_and_kept(void **state)
{
	static const struct http_step steps[][1] = { { { .kind = HTTP_NO_MARK } },
						     { { .kind = HTTP_LIMIT, .status = 200 } } };
	static char large[400] = "{\"a\":\"";
	const char *const bad[] = { "{\"a\":\"!\"}", large };

	(void)state;
	memset(large + 6, 'b', sizeof(large) - 9);
	memcpy(large + sizeof(large) - 3, "\"}", 3);
	for (unsigned i = 0; i < 2; i++) {
		struct http_script *server = http_script_start(steps[i], 1);
		const char *const urls[] = { http_script_url(server), NULL };
		const struct elastic_settings settings = settings_for(urls);
		struct sink *sink = elastic_sink_new(&settings);
		char text[4096];
		struct error err;
		struct bulk bulk;

		fill(&bulk, bad[i]);
		assert_true(sink_post(sink, &bulk, &err));
		assert_int_equal(count(&bulk, VERDICT_STORED), DOCUMENTS - 1);
		/* A 400 is no verdict on a document: its mail stays. */
		assert_int_equal(bulk.items[7].verdict, i == 0 ? VERDICT_HOLD : VERDICT_REFUSED);
		letters(text);
		assert_int_equal(strstr(text, "\"_id\":\"id-7\"") != NULL, i == 1);
		assert_null(strstr(text, "id-8"));
		bulk_release(&bulk);
		sink->ops->free(sink);
		http_script_stop(server);
	}
}

static void what_cannot_be_kept_is_not_refused(void **state)
{
	static const struct http_step steps[] = { { .kind = HTTP_LIMIT, .status = 200 } };
	struct http_script *server = http_script_start(steps, 1);
	const char *const urls[] = { http_script_url(server), NULL };
	struct elastic_settings settings = settings_for(urls);
	static char large[400] = "{\"a\":\"";
	struct sink *sink;
	struct error err;
	struct bulk bulk;

	(void)state;
	settings.dead_letter_file = "/dev/full";
	sink = elastic_sink_new(&settings);
	memset(large + 6, 'b', sizeof(large) - 9);
	memcpy(large + sizeof(large) - 3, "\"}", 3);
	fill(&bulk, large);
	assert_true(sink_post(sink, &bulk, &err));
	assert_int_equal(bulk.items[7].verdict, VERDICT_RETRY);
	assert_int_equal(count(&bulk, VERDICT_STORED), DOCUMENTS - 1);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

static void what_a_person_must_change_is_said_at_once(void **state)
{
	static const struct {
		struct http_step step;
		const char *want;
	} cases[] = {
		{ { .kind = HTTP_STATUS, .status = 401, .body = "Unauthorized" },
		  "check user, password_env" },
		{ { .kind = HTTP_STATUS, .status = 403, .body = "{\"error\":{}}" }, "privileges" },
		{ { .kind = HTTP_STATUS, .status = 404, .body = "not here" }, "check urls" },
		{ { .kind = HTTP_STATUS,
		    .status = 302,
		    .header = "Location: http://127.0.0.1:1/\r\n" },
		  "check urls" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct http_script *server = http_script_start(&cases[i].step, 1);
		const char *const urls[] = { http_script_url(server), NULL };
		struct elastic_settings settings = settings_for(urls);
		struct sink *sink;
		struct error err;
		struct bulk bulk;

		settings.login.user = "somebody";
		settings.login.password = "hush";
		settings.login.hint = "the login is refused: check user, password_env";
		sink = elastic_sink_new(&settings);
		fill(&bulk, NULL);
		assert_false(sink_post(sink, &bulk, &err));
		assert_int_equal(err.class, ERROR_FATAL);
		if (!strstr(err.text, cases[i].want) || strstr(err.text, "hush"))
			fail_msg("%s", err.text);
		assert_int_equal(http_script_requests(server), 1);
		assert_int_equal(http_script_stored(server), 0);
		bulk_release(&bulk);
		sink->ops->free(sink);
		http_script_stop(server);
	}
}

/* Whatever is refused as a whole: no document is to blame, nothing is kept as a
 * dead letter, and the first line of the answer is told. */
static void a_refused_request_is_no_verdict_on_documents(void **state)
{
	static const struct {
		struct http_step step;
		const char *told;
	} cases[] = {
		{ { .status = 400,
		    .body = "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS "
			    "port</title></head>\r\n<body>\r\n<center>nginx</center>" },
		  "it answers: 400 The plain HTTP request was sent to HTTPS port" },
		{ { .status = 400, .body = "no handler found for uri [/a/b/c/_bulk]\nmore" },
		  "it answers: no handler found for uri [/a/b/c/_bulk]" },
		{ { .status = 400,
		    .body = "{\"error\":\"no handler found for uri "
			    "[/a/b/c/_bulk]\",\"status\":400}" },
		  "it answers: no handler found for uri [/a/b/c/_bulk]" },
		{ { .status = 400, .body = "" }, "HTTP status 400" },
		{ { .status = 400, .body = "{}" }, "HTTP status 400" },
		{ { .status = 400,
		    .body = "{\"error\":{\"type\":\"strict_dynamic_mapping_exception\",\"reason\":"
			    "\"mapping set to strict\"},\"status\":400}" },
		  "it answers: mapping set to strict" },
		/* a server that calls every body malformed */
		{ { .status = 400,
		    .body = "{\"error\":{\"type\":\"x_content_parse_exception\",\"reason\":"
			    "\"[1:1] odd\"},\"status\":400}" },
		  "it answers: [1:1] odd" },
		{ { .status = 406, .body = "Content-Type header is not supported" },
		  "it answers: Content-Type header is not supported" },
		{ { .status = 201, .body = "{\"_index\":\"a\",\"_id\":\"_bulk\"}" },
		  "HTTP status 201" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct http_step step = cases[i].step;
		struct http_script *server;
		const char *urls[] = { NULL, NULL };
		struct elastic_settings settings;
		struct sink *sink;
		char text[4096], path[128];
		struct error err;
		struct bulk bulk;

		step.kind = HTTP_STATUS;
		step.for_ever = true;
		server = http_script_start(&step, 1);
		urls[0] = http_script_url(server);
		snprintf(path, sizeof(path), "%s/_bulk: HTTP status ", urls[0]);
		settings = settings_for(urls);
		sink = elastic_sink_new(&settings);
		fill(&bulk, NULL);
		assert_false(sink_post(sink, &bulk, &err));
		assert_int_equal(err.class, ERROR_FATAL);
		if (!strstr(err.text, cases[i].told) || !strstr(err.text, path))
			fail_msg("%s", err.text);
		assert_int_equal(count(&bulk, VERDICT_REFUSED), 0);
		assert_true(http_script_requests(server) <= 10);
		letters(text);
		assert_string_equal(text, "");
		/* check asks the same path, and says the same */
		assert_false(sink->ops->check(sink, &err));
		if (!strstr(err.text, path))
			fail_msg("%s", err.text);
		bulk_release(&bulk);
		sink->ops->free(sink);
		http_script_stop(server);
	}
}

/* Nothing is posted to an index that would get dynamic mappings. */
static void an_index_without_a_template_gets_nothing(void **state)
{
#define TEMPLATE(name, pattern, priority, rest)                                     \
	"{\"name\":\"" name "\",\"index_template\":{\"index_patterns\":[\"" pattern \
	"\"],\"priority\":" priority rest "}}"
#define OURS ",\"_meta\":{\"managed_by\":\"reportbridge\"},\"template\":{\"mappings\":{}}"
#define FIXED ",\"template\":{\"mappings\":{\"dynamic\":\"false\"}}"
	static const struct {
		unsigned status;
		const char *body, *again; /* again: to a second request */
		const char *told;         /* NULL: the documents are posted */
	} cases[] = {
		{ 200, "{\"index_templates\":[]}", NULL, "no index template applies to index i" },
		{ 200, "{}", "{\"index_templates\":[]}", "no index template applies to index i" },
		{ 200, "{\"index_templates\":[" TEMPLATE("x", "other-*", "9", OURS) "]}", NULL,
		  "no index template applies to index i" },
		{ 200, "{\"index_templates\":[" TEMPLATE("x", "i*", "300", OURS) "]}", NULL, NULL },
		/* of others: by a higher priority, or with mappings of their own */
		{ 200,
		  "{\"index_templates\":[" TEMPLATE("x", "i*", "300",
						    OURS) "," TEMPLATE("catch-all", "*", "500",
								       "") "]}",
		  NULL, "index template catch-all, not ours," },
		{ 200,
		  "{\"index_templates\":[" TEMPLATE("x", "i*", "300",
						    OURS) "," TEMPLATE("catch-all", "*", "200",
								       "") "]}",
		  NULL, NULL },
		{ 200, "{\"index_templates\":[" TEMPLATE("theirs", "i", "1", FIXED) "]}", NULL,
		  NULL },
		/* It is not told: the documents come first. */
		{ 403, "{\"error\":{\"type\":\"security_exception\"}}", NULL, NULL },
		{ 404, "{}", NULL, NULL },
		{ 501, "<html>", NULL, NULL },
		{ 200, "{}", "{}", NULL },
		{ 200, "{\"cluster_name\":\"x\"}", NULL, NULL },
		/* It is asked again. */
		{ 503, "", "{\"index_templates\":[]}", "no index template applies to index i" },
		{ 429, "", "{\"index_templates\":[" TEMPLATE("x", "i*", "300", OURS) "]}", NULL },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct http_step steps[] = {
			{ .kind = HTTP_STATUS, .status = cases[i].status, .body = cases[i].body },
			{ .kind = HTTP_STATUS, .status = 200, .body = cases[i].again },
		};
		struct http_script *server = http_script_start(steps, cases[i].again ? 2 : 1);
		const char *const urls[] = { http_script_url(server), NULL };
		struct elastic_settings settings = settings_for(urls);
		const unsigned asked = cases[i].again ? 2 : 1;
		struct sink *sink;
		struct error err;
		struct bulk bulk;
		bool good;

		settings.needs_templates = true;
		sink = elastic_sink_new(&settings);
		fill(&bulk, NULL);
		good = sink_post(sink, &bulk, &err);
		if (good != !cases[i].told || (!good && !strstr(err.text, cases[i].told)))
			fail_msg("case %zu: %s", i, good ? "posted" : err.text);
		if (!good)
			assert_int_equal(err.class, ERROR_FATAL);
		assert_int_equal(http_script_stored(server), good ? DOCUMENTS : 0);
		assert_int_equal(http_script_requests(server), asked + (good ? 1 : 0));
		bulk_release(&bulk);
		if (good) { /* an index is asked for once */
			fill(&bulk, NULL);
			assert_true(sink_post(sink, &bulk, &err));
			assert_int_equal(http_script_requests(server), asked + 2);
			bulk_release(&bulk);
		}
		sink->ops->free(sink);
		http_script_stop(server);
	}
}

static void the_next_url_is_tried(void **state)
{
	struct http_script *server = http_script_start(NULL, 0);
	const char *const urls[] = { "http://127.0.0.1:1", http_script_url(server), NULL };
	const struct elastic_settings settings = settings_for(urls);
	struct sink *sink = elastic_sink_new(&settings);
	struct error err;
	struct bulk bulk;

	(void)state;
	fill(&bulk, NULL);
	assert_true(sink_post(sink, &bulk, &err));
	assert_int_equal(http_script_stored(server), DOCUMENTS);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

static unsigned pauses;

/* libcurl has timers too, of some milliseconds; a host is left alone for at least 250. */
static int count_pauses(struct pollfd *fds, nfds_t count, int64_t until)
{
	pauses += count == 0 && until - clock_ms() > 200;
	return wait_kernel(fds, count, until);
}

/* A host that failed is left alone, and preferred again when it is back. */
static void the_first_url_is_used_again_when_it_is_back(void **state)
{
	static const struct http_step steps[] = { { .kind = HTTP_CLOSE } };
	struct http_script *first = http_script_start(steps, 1);
	struct http_script *second = http_script_start(NULL, 0);
	const char *const urls[] = { http_script_url(first), http_script_url(second), NULL };
	const struct elastic_settings settings = settings_for(urls);
	struct sink *sink = elastic_sink_new(&settings);
	struct error err;
	struct bulk bulk;

	(void)state;
	fill(&bulk, NULL);
	pauses = 0;
	wait_delegate(count_pauses);
	assert_true(sink_post(sink, &bulk, &err));
	wait_delegate(NULL);
	assert_int_equal(pauses, 0); /* the other one at once */
	assert_int_equal(http_script_stored(first), 0);
	assert_int_equal(http_script_stored(second), DOCUMENTS);
	bulk_release(&bulk);
	usleep(600000);
	fill(&bulk, NULL);
	assert_true(sink_post(sink, &bulk, &err));
	assert_int_equal(http_script_stored(first), DOCUMENTS);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(first);
	http_script_stop(second);
}

/* A node that comes back does not know its users at first; one that was never
 * away, or goes on, means it. */
static void a_node_that_comes_back_may_refuse_credentials(void **state)
{
	static const struct http_step back[] = { { .kind = HTTP_CLOSE },
						 { .kind = HTTP_STATUS, .status = 401 },
						 { .kind = HTTP_STATUS, .status = 401 } };
	static const struct http_step wrong[] = {
		{ .kind = HTTP_CLOSE }, { .kind = HTTP_STATUS, .status = 401, .for_ever = true }
	};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct http_script *server = i == 0 ? http_script_start(back, 3)
						    : http_script_start(wrong, 2);
		const char *const urls[] = { http_script_url(server), NULL };
		struct elastic_settings settings = settings_for(urls);
		struct sink *sink;
		struct error err;
		struct bulk bulk;

		settings.retry_ms = i == 0 ? 20000 : 1000;
		sink = elastic_sink_new(&settings);
		fill(&bulk, NULL);
		assert_true(sink_post(sink, &bulk, &err));
		assert_int_equal(count(&bulk, i == 0 ? VERDICT_STORED : VERDICT_RETRY), DOCUMENTS);
		if (i == 1)
			assert_non_null(strstr(bulk.trouble.text, "401"));
		bulk_release(&bulk);
		sink->ops->free(sink);
		http_script_stop(server);
	}
}

/* One that was away and is tried with a request is asked again, whatever it
 * says to that one. */
static void a_host_that_was_away_is_asked_again(void **state)
{
	static const struct http_step answers[] = {
		{ .kind = HTTP_CLOSE },
		{ .kind = HTTP_SLOW, .status = 2000 }, /* longer than anybody waits */
		{ .kind = HTTP_ONE_ITEM_SHORT },
		{ .kind = HTTP_STATUS, .status = 400, .body = "{}" },
		{ .kind = HTTP_STATUS, .status = 401, .body = "{}" },
		{ .kind = HTTP_STATUS, .status = 403, .body = "{}" },
		{ .kind = HTTP_STATUS, .status = 404, .body = "not here" },
		{ .kind = HTTP_STATUS, .status = 413 },
		{ .kind = HTTP_STATUS, .status = 429 },
		{ .kind = HTTP_STATUS, .status = 503 },
	};

	(void)state;
	FOR_ROWS (i, answers) {
		const struct http_step steps[] = { { .kind = HTTP_CLOSE }, answers[i] };
		struct http_script *server = http_script_start(steps, 2);
		const char *const urls[] = { http_script_url(server), NULL };
		struct elastic_settings settings = settings_for(urls);
		struct sink *sink;
		struct error err;
		struct bulk bulk;

		settings.timeout_ms = 300;
		settings.retry_ms = 1500;
		sink = elastic_sink_new(&settings);
		fill(&bulk, NULL);
		(void)sink_post(sink, &bulk, &err);
		assert_true(http_script_requests(server) >= 2);
		bulk_release(&bulk);
		settings.retry_ms = 20000;
		fill(&bulk, NULL);
		if (!sink_post(sink, &bulk, &err))
			fail_msg("after answer %zu: %s", i, err.text);
		assert_int_equal(http_script_stored(server), DOCUMENTS);
		assert_true_to_word(&bulk, server);
		bulk_release(&bulk);
		sink->ops->free(sink);
		http_script_stop(server);
	}
}

/* One that takes long to start refuses more often than is forgiven: the post
 * stops, and so does the next, and the first that it takes is stored.  One URL
 * many times over is many hosts, whose pauses go by at the same time. */
static void a_host_that_refused_the_login_for_long_is_asked_again(void **state)
{
	enum { HOSTS = 9 };
	struct http_step steps[2 * HOSTS + 1];
	const char *urls[HOSTS + 1] = { NULL };
	struct elastic_settings settings = settings_for(urls);
	struct http_script *server;
	struct sink *sink;
	struct error err;
	struct bulk bulk;

	(void)state;
	for (unsigned i = 0; i < HOSTS; i++)
		steps[i] = (struct http_step){ .kind = HTTP_CLOSE };
	for (unsigned i = HOSTS; i <= 2 * HOSTS; i++)
		steps[i] = (struct http_step){ .kind = HTTP_STATUS, .status = 401, .body = "{}" };
	server = http_script_start(steps, 2 * HOSTS + 1);
	for (unsigned i = 0; i < HOSTS; i++)
		urls[i] = http_script_url(server);
	sink = elastic_sink_new(&settings);
	for (unsigned posts = 0; posts < 3; posts++) {
		fill(&bulk, NULL);
		assert_int_equal(sink_post(sink, &bulk, &err), posts == 2);
		assert_int_equal(http_script_requests(server), 2 * HOSTS + posts);
		if (posts < 2)
			assert_int_equal(err.class, ERROR_FATAL);
		bulk_release(&bulk);
		settings.retry_ms = 100; /* only the one that refused last is due */
	}
	assert_int_equal(http_script_stored(server), DOCUMENTS);
	sink->ops->free(sink);
	http_script_stop(server);
}

/* A server that takes everything and never answers. */
static void silence_has_an_end(void **state)
{
	static const struct http_step silent = { .kind = HTTP_SLOW,
						 .status = 60000,
						 .for_ever = true };
	struct http_script *server = http_script_start(&silent, 1);
	const char *const urls[] = { http_script_url(server), NULL };
	struct elastic_settings settings = settings_for(urls);
	const int64_t start = clock_ms();
	struct sink *sink;
	struct error err;
	struct bulk bulk;

	(void)state;
	settings.timeout_ms = 300;
	settings.retry_ms = 1500;
	sink = elastic_sink_new(&settings);
	fill(&bulk, NULL);
	assert_false(sink_post(sink, &bulk, &err));
	assert_int_equal(err.class, ERROR_RETRY);
	assert_in_range(clock_ms() - start, 300, 30000);
	assert_true(http_script_requests(server) >= 2);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

static void trying_ends_when_the_time_is_up(void **state)
{
	static const struct http_step away[] = {
		{ .kind = HTTP_STATUS, .status = 503, .header = "Retry-After: 86400\r\n" },
		{ .kind = HTTP_STATUS, .status = 503, .header = "Retry-After: 86400\r\n" },
	};
	struct http_script *server = http_script_start(away, 2);
	const char *const urls[] = { http_script_url(server), NULL };
	struct elastic_settings settings = settings_for(urls);
	const int64_t start = clock_ms();
	struct sink *sink;
	struct error err;
	struct bulk bulk;

	(void)state;
	settings.retry_ms = 1000;
	sink = elastic_sink_new(&settings);
	fill(&bulk, NULL);
	assert_true(sink_post(sink, &bulk, &err));
	assert_int_equal(count(&bulk, VERDICT_RETRY), DOCUMENTS);
	assert_true(clock_ms() - start < 60000);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

/* Pauses, not what is waited for an answer. */
static int oversleep(struct pollfd *fds, nfds_t count, int64_t until)
{
	return wait_kernel(fds, count, count == 0 ? until + 400 : until);
}

/* The next try was due before the time was up, and nobody woke us for it. */
static void a_busy_machine_wakes_us_too_late(void **state)
{
	static const struct http_step closed[] = { { .kind = HTTP_CLOSE } };
	struct http_script *server = http_script_start(closed, 1);
	const char *const urls[] = { http_script_url(server), NULL };
	struct elastic_settings settings = settings_for(urls);
	struct sink *sink;
	struct error err;
	struct bulk bulk;

	(void)state;
	settings.retry_ms = 600; /* the first pause of a host ends within 500 */
	sink = elastic_sink_new(&settings);
	fill(&bulk, NULL);
	alarm(30);
	wait_delegate(oversleep);
	assert_false(sink_post(sink, &bulk, &err));
	wait_delegate(NULL);
	alarm(0);
	assert_int_equal(err.class, ERROR_RETRY);
	assert_int_equal(http_script_requests(server), 1);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

#define FIVE(item) item "," item "," item "," item "," item
#define BLOCKED                                                                        \
	"{\"create\":{\"status\":403,\"error\":{\"type\":\"cluster_block_exception\"," \
	"\"reason\":\"blocked\"}}}"

/* What a person must put right is not asked for again and again, and is named. */
static void a_blocked_index_waits_for_a_person(void **state)
{
	static const struct http_step blocked[] = {
		{ .kind = HTTP_STATUS,
		  .status = 200,
		  .body = "{\"errors\":true,\"items\":[" FIVE(BLOCKED) "," FIVE(BLOCKED) "," FIVE(
			  BLOCKED) "," FIVE(BLOCKED) "]}" },
	};
	struct http_script *server = http_script_start(blocked, 1);
	const char *const urls[] = { http_script_url(server), NULL };
	const struct elastic_settings settings = settings_for(urls);
	struct sink *sink = elastic_sink_new(&settings);
	struct error err;
	struct bulk bulk;

	(void)state;
	fill(&bulk, NULL);
	assert_true(sink_post(sink, &bulk, &err));
	assert_int_equal(count(&bulk, VERDICT_HOLD), DOCUMENTS);
	assert_int_equal(http_script_requests(server), 1);
	assert_non_null(strstr(bulk.trouble.text, "blocked for writing"));
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

/* A server that never makes sense is asked less and less, and the mails stay. */
static void nonsense_for_ever_is_bounded(void **state)
{
	static const struct http_step step = {
		.kind = HTTP_STATUS, .status = 200, .body = "<html>welcome</html>", .for_ever = true
	};
	struct http_script *server = http_script_start(&step, 1);
	const char *const urls[] = { http_script_url(server), NULL };
	struct elastic_settings settings = settings_for(urls);
	const int64_t start = clock_ms();
	struct sink *sink;
	struct error err;
	struct bulk bulk;

	(void)state;
	settings.retry_ms = 2000;
	sink = elastic_sink_new(&settings);
	fill(&bulk, NULL);
	assert_true(sink_post(sink, &bulk, &err));
	assert_int_equal(count(&bulk, VERDICT_RETRY), DOCUMENTS);
	assert_true(http_script_requests(server) < 10);
	assert_true(clock_ms() - start < 60000);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

static void a_bulk_is_sent_over_several_connections(void **state)
{
	static const struct http_step slow = { .kind = HTTP_SLOW, .status = 500, .for_ever = true };
	struct http_script *server = http_script_start(&slow, 1);
	const char *const urls[] = { http_script_url(server), NULL };
	struct elastic_settings settings = settings_for(urls);
	struct sink *sink;
	struct error err;
	struct bulk bulk;

	(void)state;
	settings.connections = 4;
	sink = elastic_sink_new(&settings);
	fill_many(&bulk);
	assert_true(sink_post(sink, &bulk, &err));
	assert_int_equal(count(&bulk, VERDICT_STORED), MANY);
	assert_int_equal(http_script_stored(server), MANY);
	assert_in_range(http_script_requests(server), 4, 5);
	assert_in_range(http_script_most_at_once(server), 2, 4);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

static void a_connection_is_used_again_until_it_is_old(void **state)
{
	struct http_script *server = http_script_start(NULL, 0);
	const char *const urls[] = { http_script_url(server), NULL };
	struct elastic_settings settings = settings_for(urls);
	struct sink *sink;
	struct error err;
	struct bulk bulk;

	(void)state;
	settings.reconnect_ms = 4000;
	sink = elastic_sink_new(&settings);
	for (unsigned posts = 1; posts <= 4; posts++) {
		fill(&bulk, NULL);
		assert_true(sink_post(sink, &bulk, &err));
		bulk_release(&bulk);
		assert_int_equal(http_script_requests(server), posts);
		assert_int_equal(http_script_connections(server), posts < 4 ? 1 : 2);
		if (posts == 3)
			usleep(5100000); /* age is counted in whole seconds */
	}
	sink->ops->free(sink);
	http_script_stop(server);
}

/* start() returns at once, and ready() brings the post to its end alone. */
static void posting_goes_on_while_others_work(void **state)
{
	static const struct http_step steps[] = { { .kind = HTTP_STATUS, .status = 429 } };
	struct http_script *server = http_script_start(steps, 1);
	const char *const urls[] = { http_script_url(server), NULL };
	const struct elastic_settings settings = settings_for(urls);
	struct sink *sink = elastic_sink_new(&settings);
	unsigned looks = 0;
	struct error err;
	struct bulk bulk;

	(void)state;
	fill(&bulk, NULL);
	sink->ops->start(sink, &bulk);
	/* through the pause after the 429, however long a look takes here */
	while (!sink->ops->ready(sink) && looks++ < 60000)
		usleep(1000);
	assert_in_range(looks, 1, 59999);
	assert_int_equal(http_script_stored(server), DOCUMENTS);
	assert_true(sink->ops->finish(sink, &err));
	assert_int_equal(count(&bulk, VERDICT_STORED), DOCUMENTS);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

static void answer_before_the_end_of_the_upload(void **state)
{
	static const struct http_step steps[] = { { .kind = HTTP_EARLY_413, .status = 413 },
						  { .kind = HTTP_EARLY_413, .status = 429 },
						  { .kind = HTTP_EARLY_413, .status = 503 } };
	struct http_script *server = http_script_start(steps, 3);
	const char *const urls[] = { http_script_url(server), NULL };
	const struct elastic_settings settings = settings_for(urls);
	struct sink *sink = elastic_sink_new(&settings);
	struct error err;
	struct bulk bulk;

	(void)state;
	fill_many(&bulk);
	assert_true(sink_post(sink, &bulk, &err));
	assert_int_equal(count(&bulk, VERDICT_STORED), MANY);
	assert_int_equal(http_script_stored(server), MANY);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

/* What a proxy mixes up, or a false server makes up, stores nothing. */
static void the_answer_to_another_request_is_not_believed(void **state)
{
	static const struct http_step scripts[][4] = {
		{ { .kind = HTTP_OTHER_IDS } },
		{ { .kind = HTTP_NO_IDS } },
		{ { .kind = HTTP_OTHER_NONCE } },
		{ { .kind = HTTP_OTHER_IDS },
		  { .kind = HTTP_NO_IDS },
		  { .kind = HTTP_OTHER_NONCE } },
	};
	static const size_t counts[] = { 1, 1, 1, 3 };

	(void)state;
	FOR_ROWS (i, scripts) {
		struct http_script *server = http_script_start(scripts[i], counts[i]);
		const char *const urls[] = { http_script_url(server), NULL };
		const struct elastic_settings settings = settings_for(urls);
		struct sink *sink = elastic_sink_new(&settings);
		struct error err;
		struct bulk bulk;

		fill(&bulk, NULL);
		if (!sink_post(sink, &bulk, &err))
			fail_msg("script %zu: %s", i, err.text);
		assert_int_equal(count(&bulk, VERDICT_STORED), DOCUMENTS);
		assert_int_equal(http_script_stored(server), DOCUMENTS);
		/* What else is on its way there belongs to others too. */
		assert_true(http_script_connections(server) > counts[i]);
		assert_non_null(strstr(bulk.trouble.text, "belongs to another request"));
		bulk_release(&bulk);
		sink->ops->free(sink);
		http_script_stop(server);
	}
}

/* A server that echoes the nonce does so each time; one that never did may
 * stand behind a proxy that strips it. */
static void a_server_that_echoes_is_held_to_it(void **state)
{
	static const struct http_step honest[] = { { .kind = HTTP_ECHO },
						   { .kind = HTTP_NO_NONCE },
						   { .kind = HTTP_ECHO, .for_ever = true } };
	static const struct http_step silent[] = { { .kind = HTTP_WELL } };

	(void)state;
	for (unsigned echoes = 0; echoes < 2; echoes++) {
		struct http_script *server = echoes ? http_script_start(honest, 3)
						    : http_script_start(silent, 1);
		const char *const urls[] = { http_script_url(server), NULL };
		const struct elastic_settings settings = settings_for(urls);
		struct sink *sink = elastic_sink_new(&settings);
		struct error err;
		struct bulk bulk;

		fill(&bulk, NULL);
		assert_true(sink_post(sink, &bulk, &err));
		bulk_reset(&bulk);
		assert_true(bulk_add(&bulk, 0, slice_of("i"), slice_of("more"), slice_of("{}")));
		assert_true(sink_post(sink, &bulk, &err));
		assert_int_equal(bulk.items[0].verdict, VERDICT_STORED);
		assert_true(http_script_has(server, "more"));
		assert_int_equal(http_script_requests(server), echoes ? 3 : 2);
		bulk_release(&bulk);
		sink->ops->free(sink);
		http_script_stop(server);
	}
}

static void what_a_pipeline_drops_is_not_stored(void **state)
{
	static const struct http_step steps[] = { { .kind = HTTP_NOOP, .for_ever = true } };
	struct http_script *server = http_script_start(steps, 1);
	const char *const urls[] = { http_script_url(server), NULL };
	const struct elastic_settings settings = settings_for(urls);
	struct sink *sink = elastic_sink_new(&settings);
	struct error err;
	struct bulk bulk;

	(void)state;
	fill(&bulk, NULL);
	assert_true(sink_post(sink, &bulk, &err));
	assert_int_equal(count(&bulk, VERDICT_HOLD), DOCUMENTS);
	assert_non_null(strstr(bulk.trouble.text, "drops documents"));
	assert_int_equal(http_script_requests(server), 1);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

static unsigned notices;

static void count_notice(enum sink_notice kind, const struct error *why)
{
	assert_int_equal(kind, SINK_WAITS);
	assert_int_equal(why->class, ERROR_RETRY);
	assert_non_null(strstr(why->text, ": index i has to wait: the search server is too busy"));
	notices++;
}

static void why_it_waits_is_told(void **state)
{
	static const struct http_step steps[] = { { .kind = HTTP_EVERY_THIRD_429 } };
	struct http_script *server = http_script_start(steps, 1);
	const char *const urls[] = { http_script_url(server), NULL };
	const struct elastic_settings settings = settings_for(urls);
	struct sink *sink = elastic_sink_new(&settings);
	struct error err;
	struct bulk bulk;

	(void)state;
	sink->notice = count_notice;
	fill(&bulk, NULL);
	assert_true(sink_post(sink, &bulk, &err));
	assert_int_equal(count(&bulk, VERDICT_STORED), DOCUMENTS);
	assert_int_equal(notices, 1);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

/* Refused one and all: the template is wrong, and no heap of dead letters is
 * to be made of a whole mailbox. */
static void when_most_are_refused_the_rest_is_held(void **state)
{
	static const struct http_step refuse = { .kind = HTTP_ALL_REFUSED, .for_ever = true };
	struct http_script *server = http_script_start(&refuse, 1);
	const char *const urls[] = { http_script_url(server), NULL };
	const struct elastic_settings settings = settings_for(urls);
	struct sink *sink = elastic_sink_new(&settings);
	struct error err;
	struct bulk bulk;

	(void)state;
	fill_many(&bulk);
	assert_true(sink_post(sink, &bulk, &err));
	assert_int_equal(count(&bulk, VERDICT_REFUSED), 64);
	assert_int_equal(count(&bulk, VERDICT_HOLD), MANY - 64);
	assert_non_null(strstr(bulk.trouble.text, ": index i refuses most documents: compare"));
	assert_string_equal(bulk_refusal_of(&bulk, 0), "index i: mapper_parsing_exception");
	assert_int_equal(truncate(letters_file, 0), 0);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

static unsigned delegated;

static int count_wait(struct pollfd *fds, nfds_t count, int64_t until)
{
	delegated++;
	return wait_kernel(fds, count, until);
}

/* Whoever runs many visits at once is asked before anything waits. */
static void waiting_for_the_server_is_delegated(void **state)
{
	struct http_script *server = http_script_start(NULL, 0);
	const char *const urls[] = { http_script_url(server), NULL };
	const struct elastic_settings settings = settings_for(urls);
	struct sink *sink = elastic_sink_new(&settings);
	struct error err;
	struct bulk bulk;

	(void)state;
	wait_delegate(count_wait);
	fill(&bulk, NULL);
	assert_true(sink_post(sink, &bulk, &err));
	wait_delegate(NULL);
	assert_true(delegated > 0);
	bulk_release(&bulk);
	sink->ops->free(sink);
	http_script_stop(server);
}

static int make_file(void **state)
{
	(void)state;
	return close(mkstemp(letters_file));
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(letters_file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_outlived),
		cmocka_unit_test(a_body_too_large_is_halved_until_it_fits),
		cmocka_unit_test(the_one_to_blame_is_found_and_kept),
		cmocka_unit_test(what_cannot_be_kept_is_not_refused),
		cmocka_unit_test(what_a_person_must_change_is_said_at_once),
		cmocka_unit_test(a_refused_request_is_no_verdict_on_documents),
		cmocka_unit_test(an_index_without_a_template_gets_nothing),
		cmocka_unit_test(the_next_url_is_tried),
		cmocka_unit_test(the_first_url_is_used_again_when_it_is_back),
		cmocka_unit_test(a_node_that_comes_back_may_refuse_credentials),
		cmocka_unit_test(a_host_that_was_away_is_asked_again),
		cmocka_unit_test(a_host_that_refused_the_login_for_long_is_asked_again),
		cmocka_unit_test(silence_has_an_end),
		cmocka_unit_test(trying_ends_when_the_time_is_up),
		cmocka_unit_test(a_busy_machine_wakes_us_too_late),
		cmocka_unit_test(a_blocked_index_waits_for_a_person),
		cmocka_unit_test(nonsense_for_ever_is_bounded),
		cmocka_unit_test(a_bulk_is_sent_over_several_connections),
		cmocka_unit_test(a_connection_is_used_again_until_it_is_old),
		cmocka_unit_test(posting_goes_on_while_others_work),
		cmocka_unit_test(answer_before_the_end_of_the_upload),
		cmocka_unit_test(why_it_waits_is_told),
		cmocka_unit_test(the_answer_to_another_request_is_not_believed),
		cmocka_unit_test(a_server_that_echoes_is_held_to_it),
		cmocka_unit_test(what_a_pipeline_drops_is_not_stored),
		cmocka_unit_test(when_most_are_refused_the_rest_is_held),
		cmocka_unit_test(waiting_for_the_server_is_delegated),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
