/* file_line.c - lines of a file of documents, in both formats
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/file_line.h"

#define BEFORE_INDEX "{\"_index\":\""
#define BEFORE_ID "\",\"_id\":\""
#define ACTION_START "{\"create\":" BEFORE_INDEX
#define ACTION_END "\"}}"
#define ID_MAX_BYTES 1024

const char *file_line_start(enum file_format format)
{
	return format == FILE_BULK ? ACTION_START : BEFORE_INDEX;
}

bool file_line_id(enum file_format format, struct slice line, struct slice *id)
{
	struct slice rest = slice_skip(line, slice_find_text(line, BEFORE_ID) + strlen(BEFORE_ID));
	const size_t size = slice_find(rest, '"');

	if (!slice_starts_with(line, file_line_start(format)) || size == rest.size ||
	    size > ID_MAX_BYTES || memchr(line.data, '\0', line.size) ||
	    line.data[line.size - 1] != '}')
		return false;
	*id = (struct slice){ rest.data, size };
	return format != FILE_BULK || slice_is(slice_skip(rest, size), ACTION_END);
}

struct slice file_lines_of(enum file_format format, const struct bulk *bulk, size_t item,
			   struct strbuf *scratch)
{
	const struct slice source = bulk_item_source(bulk, item);

	if (format == FILE_BULK)
		return bulk_item_lines(bulk, item);
	strbuf_reset(scratch);
	strbuf_add_text(scratch, BEFORE_INDEX);
	strbuf_add_slice(scratch, bulk_item_index(bulk, item));
	strbuf_add_text(scratch, BEFORE_ID);
	strbuf_add_slice(scratch, bulk_item_id(bulk, item));
	strbuf_add_text(scratch, source.size > 2 ? "\"," : "\"");
	strbuf_add(scratch, source.data + 1, source.size - 1); /* without its opening brace */
	strbuf_add_byte(scratch, '\n');
	return strbuf_slice(scratch);
}
