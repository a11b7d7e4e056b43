/* json_reader.c - JSON as a stream of events; the only file with yajl
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/json_reader.h"

#include <stdlib.h>
#include <yajl/yajl_parse.h>

#include "base/xalloc.h"

/* yajl keeps an unfinished token in memory, so it is fed small pieces, and the
 * bytes since the last event are counted. */
#define PIECE_SIZE ((size_t)16 << 10)

struct json_reader {
	yajl_handle yajl;
	json_event_fn *event;
	void *context;
	unsigned depth, max_depth;
	size_t unfinished, max_token; /* bytes since the last event */
	size_t mark;                  /* bytes of a byte order mark seen so far */
	bool begun;                   /* other bytes were seen */
	bool complete;                /* the root value is closed */
	bool trailing;
	bool stopped; /* err has the reason */
	struct error err;
};

static int emit(struct json_reader *r, enum json_event event, unsigned depth, struct slice text)
{
	r->unfinished = 0;
	if (!r->event(r->context, event, depth, text, &r->err)) {
		r->stopped = true;
		return 0;
	}
	if (r->depth == 0 && event != JSON_KEY)
		r->complete = true;
	return 1;
}

static int open_value(struct json_reader *r, enum json_event event)
{
	if (r->depth >= r->max_depth) {
		r->stopped = true;
		return error_reject(&r->err, "too-deep", "JSON nested deeper than %u levels",
				    r->max_depth);
	}
	r->depth++;
	return emit(r, event, r->depth - 1, (struct slice){ NULL, 0 });
}

static int close_value(struct json_reader *r, enum json_event event)
{
	r->depth--;
	return emit(r, event, r->depth, (struct slice){ NULL, 0 });
}

static int on_null(void *r)
{
	return emit(r, JSON_NULL, ((struct json_reader *)r)->depth, (struct slice){ NULL, 0 });
}

static int on_boolean(void *r, int value)
{
	return emit(r, value ? JSON_TRUE : JSON_FALSE, ((struct json_reader *)r)->depth,
		    (struct slice){ NULL, 0 });
}

static int on_number(void *r, const char *text, size_t size)
{
	return emit(r, JSON_NUMBER, ((struct json_reader *)r)->depth, (struct slice){ text, size });
}

static int on_string(void *r, const unsigned char *text, size_t size)
{
	return emit(r, JSON_STRING, ((struct json_reader *)r)->depth,
		    (struct slice){ (const char *)text, size });
}

static int on_key(void *r, const unsigned char *text, size_t size)
{
	return emit(r, JSON_KEY, ((struct json_reader *)r)->depth,
		    (struct slice){ (const char *)text, size });
}

static int on_object(void *r)
{
	return open_value(r, JSON_OBJECT);
}

static int on_object_end(void *r)
{
	return close_value(r, JSON_OBJECT_END);
}

static int on_array(void *r)
{
	return open_value(r, JSON_ARRAY);
}

static int on_array_end(void *r)
{
	return close_value(r, JSON_ARRAY_END);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_object_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_array_end,
};

struct json_reader *json_reader_new(json_event_fn *event, void *context, unsigned max_depth,
				    size_t max_token)
{
	struct json_reader *r = xcalloc(1, sizeof(*r));

	*r = (struct json_reader){
		.event = event, .context = context, .max_depth = max_depth, .max_token = max_token
	};
	r->yajl = yajl_alloc(&callbacks, NULL, r);
	if (!r->yajl)
		abort();
	yajl_config(r->yajl, yajl_dont_validate_strings, 1);
	yajl_config(r->yajl, yajl_allow_trailing_garbage, 1);
	return r;
}

void json_reader_free(struct json_reader *r)
{
	if (!r)
		return;
	yajl_free(r->yajl);
	free(r);
}

static bool refuse(struct json_reader *r, struct error *err)
{
	unsigned char *text;
	int cut;

	if (r->stopped) {
		*err = r->err;
		return false;
	}
	text = yajl_get_error(r->yajl, 0, NULL, 0);
	cut = (int)strcspn((const char *)text, "\n");
	error_reject(err, "bad-json", "%.*s", cut, text);
	yajl_free_error(r->yajl, text);
	return false;
}

static void note_trailing(struct json_reader *r, struct slice rest)
{
	r->trailing |= slice_trim(rest).size > 0;
}

/* Removes a byte order mark, which may be split between pieces, from the piece.
 * Half a mark is invalid JSON; the error is reported without yajl. */
static bool skip_mark(struct json_reader *r, struct slice *piece, struct error *err)
{
	static const char mark[] = "\xef\xbb\xbf";

	while (!r->begun && piece->size > 0) {
		if (r->mark < sizeof(mark) - 1 && piece->data[0] == mark[r->mark]) {
			r->mark++;
			*piece = (struct slice){ piece->data + 1, piece->size - 1 };
			continue;
		}
		if (r->mark % (sizeof(mark) - 1) != 0)
			return error_reject(err, "bad-json", "half a byte order mark");
		r->begun = true;
		r->trailing = r->mark > 0;
	}
	return true;
}

bool json_reader_feed(struct json_reader *r, struct slice piece, struct error *err)
{
	if (!skip_mark(r, &piece, err))
		return false;
	while (piece.size > 0 && !r->complete) {
		const size_t size = piece.size < PIECE_SIZE ? piece.size : PIECE_SIZE;
		size_t consumed;

		if (r->unfinished > r->max_token)
			return error_reject(err, "too-large",
					    "one JSON value of more than %zu bytes", r->max_token);
		r->unfinished += size;
		if (yajl_parse(r->yajl, (const unsigned char *)piece.data, size) != yajl_status_ok)
			return refuse(r, err);
		consumed = r->complete ? yajl_get_bytes_consumed(r->yajl) : size;
		piece = (struct slice){ piece.data + consumed, piece.size - consumed };
	}
	note_trailing(r, piece);
	return true;
}

bool json_reader_end(struct json_reader *r, struct error *err)
{
	if (!r->complete && yajl_complete_parse(r->yajl) != yajl_status_ok)
		return refuse(r, err);
	if (!r->complete)
		return error_reject(err, "bad-json", "the document ends early");
	return true;
}

bool json_reader_has_trailing_data(const struct json_reader *r)
{
	return r->trailing;
}
