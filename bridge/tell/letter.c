/* letter.c - composes a mail; the only file of this directory with GMime
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tell/letter.h"

#include <signal.h>

#include <gmime/gmime.h>

/* GPGME, which GMime initialises, ignores SIGPIPE for the whole program. */
static void set_up(void)
{
	static bool done;
	struct sigaction before;

	if (done)
		return;
	done = true;
	sigaction(SIGPIPE, NULL, &before);
	g_mime_init();
	sigaction(SIGPIPE, &before, NULL);
}

static void set_content(GMimePart *part, struct slice content, GMimeContentEncoding encoding)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(content.data, content.size);
	GMimeDataWrapper *wrapper = g_mime_data_wrapper_new_with_stream(
		stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_part_set_content(part, wrapper);
	g_mime_part_set_content_encoding(part, encoding);
	g_object_unref(wrapper);
	g_object_unref(stream);
}

static GMimeObject *text_part(const char *subtype, struct slice text)
{
	GMimePart *part = g_mime_part_new_with_type("text", subtype);

	g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
	set_content(part, text, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	return GMIME_OBJECT(part);
}

static GMimeObject *file_part(const struct letter_file *file, const char *disposition)
{
	GMimePart *part = g_mime_part_new_with_type(file->type, file->subtype);

	if (strcmp(file->type, "text") == 0)
		g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
	set_content(part, file->content, GMIME_CONTENT_ENCODING_BASE64);
	g_mime_object_set_disposition(GMIME_OBJECT(part), disposition);
	g_mime_part_set_filename(part, file->name);
	return GMIME_OBJECT(part);
}

/* The boundary is made of the id, so that the same letter has the same bytes. */
static GMimeObject *multipart(const struct letter *letter, const char *subtype, GMimeObject *first,
			      GMimeObject *second)
{
	GMimeMultipart *both = g_mime_multipart_new_with_subtype(subtype);
	char *boundary = g_strdup_printf("=_%s-%.*s", subtype, (int)letter->id.size,
					 letter->id.data);

	g_mime_multipart_set_boundary(both, boundary);
	g_free(boundary);
	g_mime_multipart_add(both, first);
	g_mime_multipart_add(both, second);
	g_object_unref(first);
	g_object_unref(second);
	return GMIME_OBJECT(both);
}

static GMimeObject *html_part(const struct letter *letter)
{
	GMimeObject *html = text_part("html", letter->html), *logo;

	if (letter->logo.content.size == 0)
		return html;
	logo = file_part(&letter->logo, "inline");
	g_mime_object_set_content_id(logo, LETTER_LOGO_ID);
	return multipart(letter, "related", html, logo);
}

static GMimeObject *body_of(const struct letter *letter)
{
	GMimeObject *body = text_part("plain", letter->text);

	if (letter->html.size > 0)
		body = multipart(letter, "alternative", body, html_part(letter));
	if (letter->attachment.content.size > 0)
		body = multipart(letter, "mixed", body,
				 file_part(&letter->attachment, "attachment"));
	return body;
}

static void set_id(GMimeMessage *message, const struct letter *letter)
{
	char *id = g_strdup_printf("%.*s%s", (int)letter->id.size, letter->id.data,
				   strchr(letter->from, '@'));

	g_mime_message_set_message_id(message, id);
	g_free(id);
}

static void set_headers(GMimeMessage *message, const struct letter *letter)
{
	char *subject = g_strndup(letter->subject.data, letter->subject.size);
	GDateTime *date = g_date_time_new_from_unix_utc(letter->date);

	g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, letter->from_name,
				   letter->from);
	for (const char *const *to = letter->to; *to; to++)
		g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, NULL, *to);
	g_mime_message_set_subject(message, subject, "utf-8");
	g_mime_message_set_date(message, date);
	set_id(message, letter);
	/* RFC 3834: suppresses automatic replies. */
	g_mime_object_set_header(GMIME_OBJECT(message), "Auto-Submitted", "auto-generated",
				 "utf-8");
	g_date_time_unref(date);
	g_free(subject);
}

static void write_message(GMimeMessage *message, struct strbuf *out)
{
	GMimeFormatOptions *options = g_mime_format_options_new();
	GByteArray *bytes = g_byte_array_new();
	GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);

	g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
	g_mime_object_write_to_stream(GMIME_OBJECT(message), options, stream);
	strbuf_add(out, (const char *)bytes->data, bytes->len);
	g_object_unref(stream); /* and the bytes */
	g_mime_format_options_free(options);
}

void letter_write(const struct letter *letter, struct strbuf *out)
{
	GMimeMessage *message;
	GMimeObject *body;

	set_up();
	message = g_mime_message_new(TRUE);
	body = body_of(letter);
	set_headers(message, letter);
	g_mime_message_set_mime_part(message, body);
	g_object_unref(body);
	write_message(message, out);
	g_object_unref(message);
}
