/* SPDX-License-Identifier: MIT
 *
 * libzip reads the archive through a callback over struct input.  While libzip
 * reads the central directory, the callback limits the number of bytes: libzip
 * allocates some hundred bytes per entry, and a file of a few megabytes could
 * contain a hundred thousand entries.
 */
#include "ingest/unwrap/zip.h"

#include <stdlib.h>

#include <zip.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "ingest/report/input_ops.h"
#include "ingest/unwrap/inflate_whole.h"
#include "ingest/unwrap/zip_local.h"

/* Limit per entry of the central directory: file names of reports have a few hundred bytes. */
#define ENTRY_BYTES ((uint64_t)KIB)
/* libzip searches the last 64 KiB for the end record and reads some of it twice. */
#define END_BYTES ((uint64_t)256 * KIB)

struct unzip {
	struct input *packed;
	struct budget *budget;
	zip_t *zip;
	zip_uint64_t next, members;
	uint64_t claimed; /* packed bytes of the members so far */
	/* position in the packed bytes, and their size */
	uint64_t at, size;
	uint64_t allowance;  /* bytes that may still be read */
	struct error failed; /* the error of packed, if any */
	zip_error_t error;
	/* without a central directory: */
	struct strbuf bytes; /* all of packed */
	struct slice rest;   /* the part of bytes after the last returned member */
};

static zip_int64_t seek_to(struct unzip *u, void *data, zip_uint64_t size)
{
	const zip_int64_t at = zip_source_seek_compute_offset(u->at, u->size, data, size,
							      &u->error);

	if (at < 0)
		return -1;
	u->at = (uint64_t)at;
	return 0;
}

static zip_int64_t read_packed(struct unzip *u, void *data, zip_uint64_t size)
{
	size_t got;

	if (size > u->allowance) {
		zip_error_set(&u->error, ZIP_ER_MEMORY, 0);
		return -1;
	}
	if (!input_read_at(u->packed, u->at, data, (size_t)size, &got, &u->failed)) {
		zip_error_set(&u->error, ZIP_ER_READ, 0);
		return -1;
	}
	u->at += got;
	u->allowance -= got;
	return (zip_int64_t)got;
}

static zip_int64_t tell_size(struct unzip *u, void *data, zip_uint64_t size)
{
	zip_stat_t *stat = ZIP_SOURCE_GET_ARGS(zip_stat_t, data, size, &u->error);

	if (!stat)
		return -1;
	zip_stat_init(stat);
	stat->size = u->size;
	stat->valid |= ZIP_STAT_SIZE;
	return sizeof(*stat);
}

static zip_int64_t source(void *context, void *data, zip_uint64_t size, zip_source_cmd_t command)
{
	struct unzip *u = context;

	switch (command) {
	case ZIP_SOURCE_OPEN: u->at = 0; return 0;
	case ZIP_SOURCE_READ: return read_packed(u, data, size);
	case ZIP_SOURCE_CLOSE:
	case ZIP_SOURCE_FREE: return 0;
	case ZIP_SOURCE_STAT: return tell_size(u, data, size);
	case ZIP_SOURCE_ERROR: return zip_error_to_data(&u->error, data, size);
	case ZIP_SOURCE_SEEK: return seek_to(u, data, size);
	case ZIP_SOURCE_TELL: return (zip_int64_t)u->at;
	case ZIP_SOURCE_SUPPORTS:
		return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ,
						      ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
						      ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
						      ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL,
						      ZIP_SOURCE_SUPPORTS, -1);
	default: zip_error_set(&u->error, ZIP_ER_OPNOTSUPP, 0); return -1;
	}
}

/* Converts an error of libzip, or returns that of the input. */
static bool zip_failed(const struct unzip *u, zip_error_t *error, struct error *err)
{
	if (u->failed.class != ERROR_NONE) {
		*err = u->failed;
		return false;
	}
	switch (zip_error_code_zip(error)) {
	case ZIP_ER_COMPNOTSUPP:
	case ZIP_ER_ENCRNOTSUPP:
	case ZIP_ER_NOPASSWD:
	case ZIP_ER_WRONGPASSWD:
	case ZIP_ER_MULTIDISK:
		return error_reject(err, REASON_UNSUPPORTED, "%s", zip_error_strerror(error));
	default: return error_reject(err, REASON_BAD_ZIP, "%s", zip_error_strerror(error));
	}
}

static bool open_zip(struct unzip *u, unsigned max_members, struct error *err)
{
	zip_error_t error;
	zip_source_t *zip_source;
	bool ok = false;

	zip_error_init(&error);
	u->allowance = END_BYTES + ENTRY_BYTES * max_members;
	zip_source = zip_source_function_create(source, u, &error);
	if (!zip_source)
		abort(); /* out of memory, like xmalloc() */
	u->zip = zip_open_from_source(zip_source, ZIP_RDONLY, &error);
	if (u->zip) {
		u->members = (zip_uint64_t)zip_get_num_entries(u->zip, 0);
		u->allowance = UINT64_MAX;
		ok = u->members <= max_members ||
		     error_reject(err, REASON_TOO_MANY_PARTS, "an archive of %llu members",
				  (unsigned long long)u->members);
	} else {
		zip_source_free(zip_source);
		if (zip_error_code_zip(&error) == ZIP_ER_MEMORY)
			error_reject(err, REASON_TOO_MANY_PARTS, "an archive of too many members");
		else
			zip_failed(u, &error, err);
	}
	zip_error_fini(&error);
	return ok;
}

static unsigned count_members(struct slice bytes, unsigned enough)
{
	struct zip_local member;
	unsigned count = 0;

	while (count < enough && zip_local_next(&bytes, &member))
		count++;
	return count;
}

/* Retries without a central directory; keeps *err if that finds nothing. */
static bool open_local(struct unzip *u, unsigned max_members, struct error *err)
{
	unsigned members;
	size_t got = 1;
	char *room;

	if (strcmp(err->reason, REASON_BAD_ZIP) != 0 || u->size > LIMIT_MAIL_BYTES)
		return false;
	strbuf_init(&u->bytes, (size_t)u->size + 1);
	while (u->bytes.len < u->size && got > 0) {
		room = strbuf_room(&u->bytes, (size_t)u->size - u->bytes.len);
		if (!input_read_at(u->packed, u->bytes.len, room, (size_t)u->size - u->bytes.len,
				   &got, err))
			return false;
		u->bytes.len += got;
	}
	u->rest = strbuf_slice(&u->bytes);
	members = count_members(u->rest, max_members + 1);
	if (members > max_members)
		return error_reject(err, REASON_TOO_MANY_PARTS, "an archive of too many members");
	return members > 0;
}

bool unzip_open(struct input *packed, struct budget *budget, unsigned max_members,
		struct unzip **unzip, struct error *err)
{
	struct unzip *u = xcalloc(1, sizeof(*u));

	u->packed = packed;
	u->budget = budget;
	zip_error_init(&u->error);
	if (!input_size(packed, &u->size, err) ||
	    (!open_zip(u, max_members, err) &&
	     (err->class != ERROR_REJECT || !open_local(u, max_members, err)))) {
		unzip_close(u);
		return false;
	}
	*unzip = u;
	return true;
}

void unzip_close(struct unzip *unzip)
{
	if (!unzip)
		return;
	if (unzip->zip)
		zip_discard(unzip->zip);
	zip_error_fini(&unzip->error);
	strbuf_release(&unzip->bytes);
	free(unzip);
}

struct member_input {
	struct input input;
	struct unzip *unzip;
	zip_uint64_t index;
	zip_file_t *file;
	struct budget_mark mark;
};

static bool member_read(struct input *input, char *buffer, size_t size, size_t *got,
			struct error *err)
{
	struct member_input *member = (struct member_input *)input;
	const zip_int64_t n = zip_fread(member->file, buffer, size);

	if (n < 0)
		return zip_failed(member->unzip, zip_file_get_error(member->file), err);
	if (!budget_advance(member->unzip->budget, &member->mark, (uint64_t)n, err))
		return false;
	*got = (size_t)n;
	return true;
}

static bool member_rewind(struct input *input, struct error *err)
{
	struct member_input *member = (struct member_input *)input;
	zip_file_t *file = zip_fopen_index(member->unzip->zip, member->index, 0);

	if (!file)
		return zip_failed(member->unzip, zip_get_error(member->unzip->zip), err);
	zip_fclose(member->file);
	member->file = file;
	member->mark.at = 0;
	return true;
}

static void member_close(struct input *input)
{
	struct member_input *member = (struct member_input *)input;

	zip_fclose(member->file);
	free(member);
}

static bool open_failed(struct unzip *u, zip_uint64_t index, struct error *err)
{
	zip_error_t *error = zip_get_error(u->zip);
	zip_stat_t status;

	if (zip_error_code_zip(error) == ZIP_ER_COMPNOTSUPP &&
	    zip_stat_index(u->zip, index, 0, &status) == 0 && status.valid & ZIP_STAT_COMP_METHOD)
		return zip_refuse_method(status.comp_method, err);
	return zip_failed(u, error, err);
}

/* Returns NULL unless the member is small, deflated and undamaged. */
static struct input *member_whole(struct unzip *u, zip_uint64_t index)
{
	const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_CRC |
				    ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
	char packed[INFLATE_WHOLE_PACKED_MAX];
	zip_stat_t status;
	zip_file_t *file;
	zip_int64_t got;

	if (zip_stat_index(u->zip, index, 0, &status) != 0 || (status.valid & needed) != needed ||
	    status.comp_method != ZIP_CM_DEFLATE || status.encryption_method != ZIP_EM_NONE ||
	    status.comp_size > sizeof(packed))
		return NULL;
	file = zip_fopen_index(u->zip, index, ZIP_FL_COMPRESSED);
	if (!file)
		return NULL;
	got = zip_fread(file, packed, status.comp_size);
	zip_fclose(file);
	if (got < 0 || (zip_uint64_t)got != status.comp_size)
		return NULL;
	return inflate_whole((struct slice){ packed, (size_t)got }, status.size, status.crc,
			     u->budget);
}

static struct input *member_open(struct unzip *u, zip_uint64_t index, struct error *err)
{
	static const struct input_ops ops = {
		.read = member_read,
		.rewind = member_rewind,
		.close = member_close,
	};
	struct input *whole = member_whole(u, index);
	struct member_input *member;
	zip_file_t *file;

	if (whole)
		return whole;
	file = zip_fopen_index(u->zip, index, 0);
	if (!file) {
		open_failed(u, index, err);
		return NULL;
	}
	member = xcalloc(1, sizeof(*member));
	member->input.ops = &ops;
	member->unzip = u;
	member->index = index;
	member->file = file;
	return &member->input;
}

/* Overlapping members would unpack to more than the archive can contain. */
static bool fits(struct unzip *u, zip_uint64_t index, struct error *err)
{
	zip_stat_t status;

	if (zip_stat_index(u->zip, index, 0, &status) != 0 || !(status.valid & ZIP_STAT_COMP_SIZE))
		return true; /* opening the member reports the error */
	if (status.comp_size > u->size - u->claimed)
		return error_reject(err, REASON_BAD_ZIP, "members that overlap or are cut off");
	u->claimed += status.comp_size;
	return true;
}

static bool next_local(struct unzip *u, struct quirk_set *quirks, struct unzip_member *member)
{
	struct zip_local local;

	while (zip_local_next(&u->rest, &local)) {
		if (local.name.size > 0 && local.name.data[local.name.size - 1] == '/')
			continue;
		quirk_add(quirks, QUIRK_ZIP_CUT);
		*member = (struct unzip_member){ .name = local.name };
		member->input = zip_local_open(&local, u->budget, quirks, &member->refusal);
		return true;
	}
	return false;
}

bool unzip_next(struct unzip *unzip, struct quirk_set *quirks, struct unzip_member *member)
{
	if (!unzip->zip)
		return next_local(unzip, quirks, member);
	while (unzip->next < unzip->members) {
		const zip_uint64_t index = unzip->next++;
		const struct slice name = slice_of(zip_get_name(unzip->zip, index, ZIP_FL_ENC_RAW));

		if (name.size > 0 && name.data[name.size - 1] == '/')
			continue;
		*member = (struct unzip_member){ .name = name };
		if (fits(unzip, index, &member->refusal))
			member->input = member_open(unzip, index, &member->refusal);
		return true;
	}
	return false;
}
