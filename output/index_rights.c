/* index_rights.c - checks the login's write privileges
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/index_rights.h"

#include <stdio.h>

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "base/strbuf.h"

#define BODY_LIMIT (16 * MIB)
#define DEPTH_LIMIT 8
#define NAME_SIZE 512

/* {"index":{"NAME":{"create_doc":true}}} */
struct answer {
	char name[NAME_SIZE], refused[NAME_SIZE];
	bool in_indices;
};

static bool on_event(void *context, enum json_event event, unsigned depth, struct slice text,
		     struct error *err)
{
	struct answer *a = context;

	(void)err;
	if (event == JSON_KEY && depth == 1)
		a->in_indices = slice_is(text, "index");
	else if (event == JSON_KEY && depth == 2)
		snprintf(a->name, sizeof(a->name), "%.*s", (int)text.size, text.data);
	else if (event == JSON_FALSE && a->in_indices && !a->refused[0])
		memcpy(a->refused, a->name, sizeof(a->refused));
	return true;
}

static void write_question(struct strbuf *body, const char *const *indices)
{
	struct json_writer jw;

	jw_init(&jw, body);
	jw_object(&jw, NULL);
	jw_array(&jw, "index");
	jw_object(&jw, NULL);
	jw_array(&jw, "names");
	for (; *indices; indices++)
		jw_text(&jw, NULL, *indices);
	jw_end(&jw);
	jw_array(&jw, "privileges");
	jw_text(&jw, NULL, "create_doc");
	jw_text(&jw, NULL, "auto_configure");
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
}

bool index_rights_of(struct http *http, const char *url, const char *const *indices,
		     struct error *err)
{
	struct http_request request = { .method = "POST",
					.url = url,
					.path = "/_security/user/_has_privileges",
					.content_type = "application/json" };
	struct http_answer answer;
	struct answer found = { .in_indices = false };
	struct json_reader *reader;
	struct strbuf body;
	struct error ignored;
	bool good;

	strbuf_init(&body, BODY_LIMIT);
	write_question(&body, indices);
	request.body = strbuf_slice(&body);
	good = http_send(http, &request, &answer, err);
	strbuf_release(&body);
	if (!good || answer.status != 200)
		return good;
	reader = json_reader_new(on_event, &found, DEPTH_LIMIT, NAME_SIZE);
	if (json_reader_feed(reader, answer.body, &ignored) && found.refused[0])
		good = error_set(err, ERROR_FATAL,
				 "index %s may not be written by the login: grant create_doc and "
				 "auto_configure, as the role of setup has them",
				 found.refused);
	json_reader_free(reader);
	return good;
}
