/* SPDX-License-Identifier: MIT */
#include "ingest/unwrap/zip_local.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "ingest/report/input_ops.h"
#include "ingest/report/reason.h"
#include "ingest/unwrap/gunzip.h"

#define HEADER_SIZE 30
#define HEADER "PK\3\4"
#define METHOD_STORED 0
#define METHOD_DEFLATED 8
#define FLAG_ENCRYPTED 1u
#define FLAG_SIZE_BEHIND 8u /* the sizes follow the data */

static unsigned number_at(const char *bytes, unsigned size)
{
	unsigned number = 0;

	while (size-- > 0)
		number = number << 8 | (unsigned char)bytes[size];
	return number;
}

/* Returns the offset of the next header of any kind. */
static size_t find_end(struct slice bytes)
{
	static const char *const headers[] = { HEADER, "PK\7\10", "PK\1\2" };
	const char *at = bytes.data, *end = bytes.data + bytes.size;

	while ((at = memmem(at, (size_t)(end - at), "PK", 2)) != NULL) {
		for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
			if (end - at >= 4 && memcmp(at, headers[i], 4) == 0)
				return (size_t)(at - bytes.data);
		at++;
	}
	return bytes.size;
}

bool zip_local_next(struct slice *bytes, struct zip_local *member)
{
	const char *header = memmem(bytes->data, bytes->size, HEADER, 4);
	struct slice rest;
	unsigned flags;
	size_t name_size, extra_size, size;

	if (!header || (size_t)(bytes->data + bytes->size - header) < HEADER_SIZE)
		return false;
	rest = slice_skip(*bytes, (size_t)(header - bytes->data) + HEADER_SIZE);
	flags = number_at(header + 6, 2);
	size = number_at(header + 18, 4);
	name_size = number_at(header + 26, 2);
	extra_size = number_at(header + 28, 2);
	if (name_size + extra_size > rest.size)
		return false;
	member->method = number_at(header + 8, 2);
	member->encrypted = flags & FLAG_ENCRYPTED;
	member->name = (struct slice){ rest.data, name_size };
	rest = slice_skip(rest, name_size + extra_size);
	if (flags & FLAG_SIZE_BEHIND || size == UINT32_MAX)
		size = find_end(rest);
	member->data = (struct slice){ rest.data, size < rest.size ? size : rest.size };
	*bytes = slice_skip(rest, size);
	return true;
}

bool zip_refuse_method(unsigned method, struct error *err)
{
	static const struct {
		unsigned method;
		const char *name;
	} names[] = {
		{ 1, "shrink" }, { 6, "implode" }, { 9, "deflate64" }, { 12, "bzip2" },
		{ 14, "lzma" },  { 93, "zstd" },   { 95, "xz" },       { 98, "ppmd" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].method == method)
			return error_reject(err, REASON_UNSUPPORTED, "packed by %s", names[i].name);
	return error_reject(err, REASON_UNSUPPORTED, "packed by method %u", method);
}

struct local_input {
	struct input input;
	struct input *data, *content; /* equal if the member is not compressed */
};

static bool local_read(struct input *input, char *buffer, size_t size, size_t *got,
		       struct error *err)
{
	return input_read(((struct local_input *)input)->content, buffer, size, got, err);
}

static bool local_rewind(struct input *input, struct error *err)
{
	return input_rewind(((struct local_input *)input)->content, err);
}

static void local_close(struct input *input)
{
	struct local_input *local = (struct local_input *)input;

	if (local->content != local->data)
		input_close(local->content);
	input_close(local->data);
	free(local);
}

struct input *zip_local_open(const struct zip_local *member, struct budget *budget,
			     struct quirk_set *quirks, struct error *err)
{
	static const struct input_ops ops = {
		.read = local_read,
		.rewind = local_rewind,
		.close = local_close,
	};
	struct local_input *local;

	if (member->encrypted) {
		error_reject(err, REASON_UNSUPPORTED, "encrypted");
		return NULL;
	}
	if (member->method != METHOD_STORED && member->method != METHOD_DEFLATED) {
		zip_refuse_method(member->method, err);
		return NULL;
	}
	local = xcalloc(1, sizeof(*local));
	local->input.ops = &ops;
	local->data = local->content = input_from_memory(member->data);
	if (member->method == METHOD_DEFLATED)
		local->content = inflate_open(local->data, budget, quirks);
	return &local->input;
}
