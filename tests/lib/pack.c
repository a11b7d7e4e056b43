/* pack.c - what a reporter does to a report before it sends it
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/lib/pack.h"

#include <stdlib.h>

#include <zip.h>
#include <zlib.h>

#include "base/limits.h"

void pack_gzip(struct strbuf *out, struct slice content)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)content.data,
		       .avail_in = (uInt)content.size };
	int status;

	if (deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	do {
		char *room = strbuf_room(out, 64 * KIB);

		if (!room)
			abort();
		z.next_out = (Bytef *)room;
		z.avail_out = (uInt)(64 * KIB);
		status = deflate(&z, Z_FINISH);
		out->len += 64 * KIB - z.avail_out;
	} while (status == Z_OK);
	deflateEnd(&z);
	out->buf[out->len] = '\0';
}

void pack_base64(struct strbuf *out, struct slice content)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < content.size; i += 3) {
		const size_t left = content.size - i;
		const unsigned char *in = (const unsigned char *)content.data + i;
		const unsigned bits = (unsigned)in[0] << 16 | (left > 1 ? in[1] << 8 : 0) |
				      (left > 2 ? in[2] : 0);

		strbuf_add_byte(out, alphabet[bits >> 18]);
		strbuf_add_byte(out, alphabet[bits >> 12 & 63]);
		strbuf_add_byte(out, left > 1 ? alphabet[bits >> 6 & 63] : '=');
		strbuf_add_byte(out, left > 2 ? alphabet[bits & 63] : '=');
		if (i % 57 == 54)
			strbuf_add_text(out, "\r\n");
	}
	strbuf_add_text(out, "\r\n");
}

void pack_zip(struct strbuf *out, const struct pack_member *members, size_t count)
{
	zip_source_t *buffer = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *zip = zip_open_from_source(buffer, ZIP_TRUNCATE, NULL);
	zip_int64_t n;

	zip_source_keep(buffer);
	for (size_t i = 0; i < count; i++) {
		const size_t size = strlen(members[i].name);
		zip_int64_t index;

		if (size > 0 && members[i].name[size - 1] == '/')
			index = zip_dir_add(zip, members[i].name, ZIP_FL_ENC_UTF_8);
		else
			index = zip_file_add(zip, members[i].name,
					     zip_source_buffer(zip, members[i].content.data,
							       members[i].content.size, 0),
					     ZIP_FL_ENC_UTF_8);
		if (index < 0)
			abort();
		if (members[i].password &&
		    zip_file_set_encryption(zip, (zip_uint64_t)index, ZIP_EM_AES_256,
					    members[i].password) != 0)
			abort();
	}
	if (zip_close(zip) != 0 || zip_source_open(buffer) != 0)
		abort();
	do {
		char *room = strbuf_room(out, 64 * KIB);

		if (!room)
			abort();
		n = zip_source_read(buffer, room, 64 * KIB);
		out->len += (size_t)n;
	} while (n > 0);
	out->buf[out->len] = '\0';
	zip_source_close(buffer);
	zip_source_free(buffer);
}

static void add_part(struct strbuf *out, const struct pack_part *part)
{
	strbuf_add_text(out, "--frontier\r\n");
	if (part->type)
		strbuf_add_format(out, "Content-Type: %s\r\n", part->type);
	if (part->encoding)
		strbuf_add_format(out, "Content-Transfer-Encoding: %s\r\n", part->encoding);
	if (part->name)
		strbuf_add_format(out, "Content-Disposition: attachment; filename=\"%s\"\r\n",
				  part->name);
	strbuf_add_text(out, "\r\n");
	if (part->encoding && strcmp(part->encoding, "base64") == 0)
		pack_base64(out, part->body);
	else
		strbuf_add_slice(out, part->body);
	strbuf_add_text(out, "\r\n");
}

void pack_mail(struct strbuf *out, const char *extra_headers, const struct pack_part *parts,
	       size_t count)
{
	strbuf_add_text(out, "From: Reports <noreply@reporter.example>\r\n"
			     "To: reports@example.com\r\n"
			     "Date: Mon, 02 Nov 2026 10:00:00 +0000\r\n"
			     "Subject: Report Domain: example.com\r\n"
			     "MIME-Version: 1.0\r\n");
	if (extra_headers)
		strbuf_add_text(out, extra_headers);
	strbuf_add_text(out, "Content-Type: multipart/mixed; boundary=frontier\r\n\r\n");
	for (size_t i = 0; i < count; i++)
		add_part(out, &parts[i]);
	strbuf_add_text(out, "--frontier--\r\n");
}
