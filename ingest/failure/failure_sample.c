/* failure_sample.c - reads the sample message of a failure report
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/datetime.h"
#include "ingest/failure/failure_report.h"
#include "ingest/report/address.h"
#include "base/domain_name.h"
#include "ingest/report/reason.h"
#include "ingest/unwrap/header_fields.h"

static void add_text(struct text_list *list, struct slice text)
{
	if (list->count < LIMIT_LIST_VALUES)
		list->texts[list->count++] = text;
}

/* Returns a tag of a DKIM-Signature (RFC 6376 section 3.2). */
static struct slice tag_of(struct slice signature, const char *tag)
{
	while (signature.data) {
		struct slice value;
		const struct slice part = slice_split(signature, ';', &signature);
		const struct slice name = slice_split(part, '=', &value);

		if (value.data && slice_is(slice_trim(name), tag))
			return slice_trim(value);
	}
	return (struct slice){ NULL, 0 };
}

static void add_signature(struct failure_sample *sample, struct arena *arena, struct slice value)
{
	struct slice domain;

	if (!domain_normalise(arena, tag_of(value, "d"), &domain))
		return;
	add_text(&sample->dkim_domains, domain);
	add_text(&sample->dkim_selectors, arena_slice(arena, tag_of(value, "s")));
}

static void add_recipients(struct failure_sample *sample, struct arena *arena, struct slice value)
{
	struct text_list *list = &sample->recipient_domains;
	struct slice domains[LIMIT_LIST_VALUES];
	const size_t count = address_domains(arena, value, domains, LIMIT_LIST_VALUES);

	for (size_t i = 0; i < count; i++) {
		size_t j = 0;

		while (j < list->count && !slice_equal(list->texts[j], domains[i]))
			j++;
		if (j == list->count)
			add_text(list, domains[i]);
	}
}

/* The first field of a name counts. */
static void keep_text(struct failure_sample *sample, struct arena *arena, struct slice name,
		      struct slice value)
{
	const struct {
		const char *name;
		struct slice *text;
	} kept[] = {
		{ "from", &sample->from },
		{ "to", &sample->to },
		{ "cc", &sample->cc },
		{ "reply-to", &sample->reply_to },
		{ "subject", &sample->subject_text },
		{ "date", &sample->date_text },
		{ "return-path", &sample->return_path },
	};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (!kept[i].text->data && slice_is_nocase(name, kept[i].name))
			*kept[i].text = arena_slice(arena, slice_trim(value));
}

static void read_header(struct failure_sample *sample, struct arena *arena, struct slice name,
			struct slice value)
{
	if (slice_is_nocase(name, "from") && !sample->from_domain.data)
		sample->from_domain = address_domain(arena, value);
	else if (slice_is_nocase(name, "subject") && !sample->subject.data)
		sample->subject = address_redact(arena, value);
	else if (slice_is_nocase(name, "message-id") && !sample->message_id.data)
		sample->message_id = arena_slice(arena, slice_trim(value));
	else if (slice_is_nocase(name, "return-path"))
		sample->return_path_domain = address_domain(arena, value);
	else if (slice_is_nocase(name, "list-id"))
		sample->list_id = address_redact(arena, value);
	else if (slice_is_nocase(name, "date") && sample->date == 0)
		datetime_parse_mail(value, &sample->date);
	else if (slice_is_nocase(name, "dkim-signature"))
		add_signature(sample, arena, value);
	else if (slice_is_nocase(name, "to") || slice_is_nocase(name, "cc"))
		add_recipients(sample, arena, value);
}

static void add_attachment(struct failure_sample *sample, struct arena *arena, struct mime *mime,
			   const struct mime_part *part)
{
	uint8_t digest[HASH_SIZE];
	char hex[2 * HASH_SIZE + 1];
	struct hash hash;

	sample->attachments++;
	hash_init(&hash);
	mime_hash_body(mime, false, &hash);
	hash_end(&hash, digest);
	hash_hex(digest, hex);
	add_text(&sample->attachment_types, arena_slice(arena, part->type));
	add_text(&sample->attachment_names, arena_slice(arena, part->name));
	add_text(&sample->attachment_hashes, arena_slice(arena, slice_of(hex)));
}

bool failure_sample_read(struct failure_sample *sample, struct arena *arena, struct slice raw,
			 bool header_only, const struct ingest_limits *limits, struct error *err)
{
	struct header_field field;
	struct mime_part part;
	struct mime *mime;
	struct slice rest;

	/* some reporters withhold the sample, and leave its part empty */
	if (slice_trim(raw).size == 0)
		return true;
	if (!mime_open(raw, limits->nesting, &mime, err))
		return false;
	sample->present = true;
	sample->header_only = header_only;
	rest = mime_header(mime);
	while (header_field_next(&rest, &field)) {
		const struct slice value = mime_header_value(mime, field.value);

		if (value.size > LIMIT_TEXT_BYTES)
			continue;
		read_header(sample, arena, field.name, value);
		keep_text(sample, arena, field.name, value);
	}
	for (unsigned i = 0; !header_only && i < limits->mime_parts && mime_next(mime, &part); i++)
		if (part.name.size > 0 && part.refusal.class == ERROR_NONE)
			add_attachment(sample, arena, mime, &part);
	mime_close(mime);
	return !arena->overflowed ||
	       error_reject(err, REASON_TOO_LARGE, "no room for the header of a sample");
}
