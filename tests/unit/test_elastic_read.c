/* test_elastic_read.c - a search is read whole, or it is an error
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "output/elastic_read.h"
#include "tests/lib/http_script.h"
#include "tests/lib/rows.h"

#define PAGE(scroll, total, hits)                                                        \
	"{\"_scroll_id\":\"" scroll "\",\"timed_out\":false,\"_shards\":{\"failed\":0}," \
	"\"hits\":{\"total\":{\"value\":" #total ",\"relation\":\"eq\"},\"hits\":[" hits "]}}"
#define HIT(source) "{\"_source\":" source "}"

static void collect(void *context, struct slice id, struct slice json)
{
	(void)id;
	strbuf_add_slice(context, json);
	strbuf_add_byte(context, '\n');
}

/* Writes the events of each document on a line. */
static bool collect_event(void *context, enum json_event event, unsigned depth, struct slice text,
			  struct error *err)
{
	(void)err;
	strbuf_add_format(context, "%d/%u:%.*s%s", (int)event, depth, (int)text.size,
			  text.size > 0 ? text.data : "",
			  depth == 0 && event == JSON_OBJECT_END ? "\n" : " ");
	return true;
}

static struct http_script *server;

/* What was handed over when the server answers so, and how it ended. */
static bool reading(const struct http_step *steps, size_t count, elastic_document_fn *take,
		    struct strbuf *found, struct error *err)
{
	struct http_step *all = calloc(count + 1, sizeof(*all));
	const char *urls[] = { NULL, NULL };
	const struct elastic_settings settings = { .urls = urls, .timeout_ms = 5000 };
	struct elastic_reader *reader;
	bool good;

	/* The indices are refreshed before they are read. */
	assert_non_null(all);
	all[0] = (struct http_step){ .kind = HTTP_STATUS, .status = 200, .body = "{}" };
	memcpy(all + 1, steps, count * sizeof(*steps));
	server = http_script_start(all, count + 1);
	urls[0] = http_script_url(server);
	reader = elastic_reader_new(&settings);
	strbuf_init(found, 16 << 20);
	good = take ? elastic_read(reader, "a-*", slice_of("{\"query\":{\"match_all\":{}}"), take,
				   found, err)
		    : elastic_read_events(reader, "a-*", slice_of("{\"query\":{\"match_all\":{}}"),
					  collect_event, found, err);
	elastic_reader_free(reader);
	http_script_stop(server);
	free(all);
	return good;
}

#define ANSWER(status, body)                                                           \
	{                                                                              \
		HTTP_STATUS, status, "Content-Type: application/json\r\n", body, false \
	}

static void assert_read(const struct http_step *steps, size_t count, const char *expected)
{
	struct strbuf found;
	struct error err = { .class = ERROR_NONE };

	if (!reading(steps, count, collect, &found, &err))
		print_error("%s\n", err.text);
	assert_int_equal(err.class, ERROR_NONE);
	assert_string_equal(found.buf, expected);
	strbuf_release(&found);
}

static void assert_error(const struct http_step *steps, size_t count, enum error_class class,
			 const char *text)
{
	struct strbuf found;
	struct error err = { .class = ERROR_NONE };

	assert_false(reading(steps, count, collect, &found, &err));
	if (!strstr(err.text, text))
		print_error("%s\n", err.text);
	assert_non_null(strstr(err.text, text));
	assert_int_equal(err.class, class);
	strbuf_release(&found);
}

static void documents_come_as_they_are(void **state)
{
	const struct http_step steps[] = {
		ANSWER(200, PAGE("s", 2,
				 HIT("{\"a.b\":\"x \\\" "
				     "\\u00e9\",\"l\":[\"1\",2,[]],\"t\":true,\"n\":"
				     "null}") "," HIT("{\"hits\":{\"_source\":{"
						      "\"total\":1.5}},\"_scroll_id\":"
						      "\"mine\"}"))),
	};

	(void)state;
	assert_read(steps, 1,
		    "{\"a.b\":\"x \\\" \xc3\xa9\",\"l\":[\"1\",2,[]],\"t\":true,\"n\":null}\n"
		    "{\"hits\":{\"_source\":{\"total\":1.5}},\"_scroll_id\":\"mine\"}\n");
}

static void pages_follow_until_all_are_there(void **state)
{
	const struct http_step steps[] = {
		ANSWER(200, PAGE("s", 3, HIT("{\"a\":1}") "," HIT("{\"a\":2}"))),
		ANSWER(200, PAGE("t", 3, HIT("{\"a\":3}"))),
	};

	(void)state;
	assert_read(steps, 2, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
}

static void events_are_those_of_the_documents(void **state)
{
	const struct http_step steps[] = {
		ANSWER(200,
		       PAGE("s", 2, HIT("{\"a\":[1,\"x\"],\"hits\":{}}") "," HIT("{\"b\":true}"))),
	};
	struct strbuf found;
	struct error err;

	(void)state;
	assert_true(reading(steps, 1, NULL, &found, &err));
	assert_string_equal(found.buf, "0/0: 4/1:a 2/1: 6/2:1 5/2:x 3/1: 4/1:hits 0/1: 1/1: 1/0:\n"
				       "0/0: 4/1:b 7/1: 1/0:\n");
	strbuf_release(&found);
}

/* A page of that many documents, each with a text of that size. */
static void write_page(struct strbuf *page, size_t total, size_t count, int size)
{
	strbuf_init(page, 16 << 20);
	strbuf_add_format(page,
			  "{\"_scroll_id\":\"s\",\"hits\":{\"total\":{\"value\":%zu},\"hits\":[",
			  total);
	for (size_t i = 0; i < count; i++)
		strbuf_add_format(page, "%s{\"_source\":{\"a\":\"%0*zu\"}}", i == 0 ? "" : ",",
				  size, i);
	strbuf_add_text(page, "]}}");
}

static size_t lines_of(const struct strbuf *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->len; i++)
		count += text->buf[i] == '\n';
	return count;
}

static bool overlapped;

/* At the last document of the first page: whether the server got the third request, after the
 * refresh and that of the page. */
static void collect_and_watch(void *context, struct slice id, struct slice json)
{
	collect(context, id, json);
	if (lines_of(context) != ELASTIC_PAGE)
		return;
	for (int i = 0; i < 500 && !overlapped; i++) {
		overlapped = http_script_requests(server) == 3;
		usleep(10000);
	}
}

static void the_server_works_on_the_next_page_meanwhile(void **state)
{
	struct strbuf first, second, found;
	struct error err;

	(void)state;
	write_page(&first, ELASTIC_PAGE + 5, ELASTIC_PAGE, 30);
	write_page(&second, ELASTIC_PAGE + 5, 5, 30);
	assert_true(reading((struct http_step[]){ ANSWER(200, first.buf), ANSWER(200, second.buf) },
			    2, collect_and_watch, &found, &err));
	assert_int_equal(lines_of(&found), ELASTIC_PAGE + 5);
	assert_true(overlapped);
	strbuf_release(&found);
	strbuf_release(&first);
	strbuf_release(&second);
}

/* Such a page does not fit the buffer. */
static void large_pages_are_parsed_as_they_arrive(void **state)
{
	struct strbuf first, second, found;
	struct error err;

	(void)state;
	write_page(&first, 2 * ELASTIC_PAGE, ELASTIC_PAGE, 6000);
	write_page(&second, 2 * ELASTIC_PAGE, ELASTIC_PAGE, 6001);
	assert_true(first.len > 5 << 20 && !first.overflowed);
	assert_true(reading((struct http_step[]){ ANSWER(200, first.buf), ANSWER(200, second.buf) },
			    2, collect, &found, &err));
	assert_int_equal(lines_of(&found), 2 * ELASTIC_PAGE);
	assert_int_equal(found.len, ELASTIC_PAGE * (6000 + 6001 + 2 * strlen("{\"a\":\"\"}\n")));
	strbuf_release(&found);
	strbuf_release(&first);
	strbuf_release(&second);
}

/* The next page is requested when the damage of this one is found. */
static void damage_in_a_full_page_is_an_error(void **state)
{
	static const char *const damage[] = { "", "]}", "\\", "{\"_source\":{\"a\":",
					      ",{\"_source\":[[[[[[[[[[[[[[[[[" };

	(void)state;
	FOR_ROWS (i, damage) {
		struct strbuf first;

		write_page(&first, 3 * ELASTIC_PAGE, ELASTIC_PAGE - 1, 30);
		strbuf_cut(&first, first.len - strlen("]}}"));
		strbuf_add_text(&first, damage[i]);
		assert_error((struct http_step[]){ ANSWER(200, first.buf) }, 1, ERROR_RETRY,
			     "is not a search result");
		strbuf_release(&first);
	}
}

/* Of a text without end no more is read than shows that it is no search result. */
static void an_endless_answer_is_an_error(void **state)
{
	const struct http_step steps[] = { { HTTP_ENDLESS, 0, NULL, NULL, true } };
	struct rusage before, after;

	(void)state;
	getrusage(RUSAGE_SELF, &before);
	assert_error(steps, 1, ERROR_RETRY, "one JSON value of more than");
	getrusage(RUSAGE_SELF, &after);
	assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 20 << 10);
}

/* What had arrived of the first answer is not parsed with the second. */
static void another_server_begins_again(void **state)
{
	struct http_script *cuts, *good;
	const char *urls[] = { NULL, NULL, NULL };
	const struct elastic_settings settings = { .urls = urls, .timeout_ms = 5000 };
	struct elastic_reader *reader;
	struct strbuf found;
	struct error err;

	(void)state;
	cuts = http_script_start(
		(struct http_step[]){
			ANSWER(200, "{}"),
			{ HTTP_RAW, 0, NULL,
			  "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"hits\":{\"hits\":[" HIT(
				  "{\"a\":1}"),
			  true } },
		2);
	good = http_script_start((struct http_step[]){ ANSWER(200, "{}"),
						       ANSWER(200,
							      PAGE("s", 1, HIT("{\"a\":2}"))) },
				 2);
	urls[0] = http_script_url(cuts);
	urls[1] = http_script_url(good);
	reader = elastic_reader_new(&settings);
	strbuf_init(&found, 1 << 20);
	assert_true(elastic_read(reader, "a-*", slice_of("{\"query\":{\"match_all\":{}}"), collect,
				 &found, &err));
	assert_string_equal(found.buf, "{\"a\":2}\n");
	strbuf_release(&found);
	elastic_reader_free(reader);
	http_script_stop(cuts);
	http_script_stop(good);
}

static void nothing_found_is_no_error(void **state)
{
	const struct http_step steps[] = { ANSWER(200, PAGE("s", 0, "")) };

	(void)state;
	assert_read(steps, 1, "");
}

static void a_part_is_an_error(void **state)
{
	static const struct {
		struct http_step second;
		const char *text;
	} cases[] = {
		{ ANSWER(200, PAGE("s", 2, "")), "1 of 2 documents came" },
		{ ANSWER(404, "{\"error\":{\"reason\":\"No search context found\"}}"),
		  "404: No search context found" },
		{ ANSWER(200, "{\"_scroll_id\":\"s\",\"_shards\":{\"failed\":2},\"hits\":{\"hits\":"
			      "[" HIT("{\"a\":2}") "]}}"),
		  "2 shards failed" },
		{ ANSWER(200, "{\"timed_out\":true,\"hits\":{\"hits\":[" HIT("{\"a\":2}") "]}}"),
		  "ran out of time" },
		{ ANSWER(200, "{\"hits\":{\"hits\":[" HIT("{\"a\":2}")), "is not a search result" },
		{ ANSWER(200, "<html>"), "is not a search result" },
		{ ANSWER(503, "busy"), "503" },
		{ { HTTP_CLOSE, 0, NULL, NULL, true }, "http://" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct http_step steps[] = { ANSWER(200, PAGE("s", 2, HIT("{\"a\":1}"))),
						   cases[i].second };

		assert_error(steps, 2, ERROR_RETRY, cases[i].text);
	}
}

static void a_total_that_is_none_is_an_error(void **state)
{
	static const struct {
		const char *answer, *text;
	} cases[] = {
		{ PAGE("s", -5, HIT("{}")), "how many documents" },
		{ PAGE("s", 1.0, HIT("{}")), "how many documents" },
		{ PAGE("s", "\"1\"", HIT("{}")), "how many documents" },
		{ PAGE("s", null, HIT("{}")), "how many documents" },
		{ PAGE("s", 1000000000000000000, HIT("{}")), "how many documents" },
		{ PAGE("s", 18446744073709551617, HIT("{}")), "how many documents" },
		{ "{\"hits\":{\"hits\":[" HIT("{}") "]}}", "how many documents" },
		{ "{\"hits\":{\"total\":1,\"hits\":[" HIT("{}") "]}}", "how many documents" },
		{ "{\"hits\":{\"total\":{\"value\":1,\"relation\":\"gte\"},\"hits\":[" HIT(
			  "{}") "]}}",
		  "how many documents" },
		{ "{\"hits\":{\"total\":{\"value\":1},\"hits\":[" HIT(
			  "{}") "]},\"hits\":{\"total\":{\"value\":1},\"hits\":[]}}",
		  "how many documents" },
		{ PAGE("s", 1, HIT("{}") "," HIT("{}")), "2 of 1 documents came" },
		{ "{\"hits\":{\"total\":{\"value\":2},\"hits\":[" HIT("{}") "]}}",
		  "1 of 2 documents came" }, /* and no scroll */
		{ "{\"_shards\":{\"failed\":-1},\"hits\":{\"total\":{\"value\":1},\"hits\":[" HIT(
			  "{}") "]}}",
		  "shards failed" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct http_step steps[] = { ANSWER(200, cases[i].answer) };

		assert_error(steps, 1, ERROR_RETRY, cases[i].text);
	}
}

static void a_page_of_another_search_is_an_error(void **state)
{
	const struct http_step steps[] = { ANSWER(200, PAGE("s", 3, HIT("{}"))),
					   ANSWER(200, PAGE("s", 2, HIT("{}"))) };

	(void)state;
	assert_error(steps, 2, ERROR_RETRY, "a page is of another search");
}

static void more_than_a_page_is_an_error(void **state)
{
	struct strbuf answer;

	(void)state;
	strbuf_init(&answer, 1 << 20);
	strbuf_add_text(&answer,
			"{\"_scroll_id\":\"s\",\"hits\":{\"total\":{\"value\":9000},\"hits\":[");
	for (int i = 0; i < 1001; i++)
		strbuf_add_text(&answer, i == 0 ? HIT("{}") : "," HIT("{}"));
	strbuf_add_text(&answer, "]}}");
	assert_error((struct http_step[]){ ANSWER(200, answer.buf) }, 1, ERROR_RETRY,
		     "more documents than requested");
	strbuf_release(&answer);
}

/* The server says that there are many, and gives one at a time. */
static void a_scroll_that_does_not_come_along_ends(void **state)
{
	enum { PAGES = 200 };
	static struct http_step steps[PAGES];

	(void)state;
	for (size_t i = 0; i < PAGES; i++)
		steps[i] = (struct http_step)ANSWER(200, PAGE("s", 900, HIT("{}")));
	assert_error(steps, PAGES, ERROR_RETRY, "101 of 900 documents came");
}

static void what_only_a_person_can_change_is_fatal(void **state)
{
	const struct http_step steps[] = {
		ANSWER(403, "{\"error\":{\"reason\":\"action is unauthorized\"}}"),
	};

	(void)state;
	assert_error(steps, 1, ERROR_FATAL, "403: action is unauthorized; the login needs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_come_as_they_are),
		cmocka_unit_test(pages_follow_until_all_are_there),
		cmocka_unit_test(events_are_those_of_the_documents),
		cmocka_unit_test(the_server_works_on_the_next_page_meanwhile),
		cmocka_unit_test(large_pages_are_parsed_as_they_arrive),
		cmocka_unit_test(damage_in_a_full_page_is_an_error),
		cmocka_unit_test(an_endless_answer_is_an_error),
		cmocka_unit_test(another_server_begins_again),
		cmocka_unit_test(nothing_found_is_no_error),
		cmocka_unit_test(a_part_is_an_error),
		cmocka_unit_test(a_total_that_is_none_is_an_error),
		cmocka_unit_test(a_page_of_another_search_is_an_error),
		cmocka_unit_test(more_than_a_page_is_an_error),
		cmocka_unit_test(a_scroll_that_does_not_come_along_ends),
		cmocka_unit_test(what_only_a_person_can_change_is_fatal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
