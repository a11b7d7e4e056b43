/* record_tags.c - parses "name=value; name=value" strictly, with positions
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/record_tags.h"

#include "base/ascii.h"
#include "base/strbuf.h"

#define RECORD_OCTETS_MAX ((size_t)8 << 10)

static bool name_is_good(struct slice name)
{
	for (size_t i = 0; i < name.size; i++)
		if (!ascii_is_alnum(name.data[i]) && name.data[i] != '_')
			return false;
	return name.size > 0 && ascii_is_alpha(name.data[0]);
}

static enum tag_fault fault_of(const struct record_tags *tags, const struct record_tag *tag)
{
	if (!tag->value.data)
		return TAG_NO_EQUALS;
	if (!name_is_good(tag->name))
		return TAG_BAD_NAME;
	for (size_t i = 0; i < tags->count; i++)
		if (slice_equal(tags->list[i].name, tag->name))
			return TAG_REPEATED;
	return TAG_GOOD;
}

void record_tags_read(struct slice text, struct record_tags *tags)
{
	const char *start = text.data;

	tags->count = 0;
	tags->more = false;
	while (text.data) {
		struct record_tag tag = { .whole = slice_trim(slice_split(text, ';', &text)) };

		if (tag.whole.size == 0)
			continue;
		if (tags->count == RECORD_TAGS_MAX) {
			tags->more = true;
			return;
		}
		tag.position = (size_t)(tag.whole.data - start) + 1;
		tag.name = slice_trim(slice_split(tag.whole, '=', &tag.value));
		if (tag.value.data)
			tag.value = slice_trim(tag.value);
		tag.fault = fault_of(tags, &tag);
		tags->list[tags->count++] = tag;
	}
}

const struct record_tag *record_tag_find(const struct record_tags *tags, const char *name)
{
	for (size_t i = 0; i < tags->count; i++)
		if (tags->list[i].fault == TAG_GOOD && slice_is(tags->list[i].name, name))
			return &tags->list[i];
	return NULL;
}

struct slice record_tag_value(const struct record_tags *tags, const char *name)
{
	const struct record_tag *tag = record_tag_find(tags, name);

	return tag ? tag->value : slice_of(NULL);
}

/* --- a corrected record ----------------------------------------------------------- */

static const struct tag_change *change_of(const struct tag_change *changes, size_t count,
					  struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(name, changes[i].name))
			return &changes[i];
	return NULL;
}

static void add_tag(struct strbuf *out, struct slice name, struct slice value)
{
	strbuf_add_text(out, out->len > 0 ? "; " : "");
	strbuf_add_slice(out, name);
	strbuf_add_byte(out, '=');
	strbuf_add_slice(out, value);
}

static void add_named(struct strbuf *out, const struct record_tags *tags,
		      const struct tag_change *changes, size_t count, const char *name)
{
	const struct tag_change *change = change_of(changes, count, slice_of(name));
	const struct slice value = record_tag_value(tags, name);

	if (change && change->value)
		add_tag(out, slice_of(name), slice_of(change->value));
	else if (!change && value.data)
		add_tag(out, slice_of(name), value);
}

const char *record_tags_rewrite(struct arena *arena, const struct record_tags *tags,
				const char *version, const struct tag_change *changes, size_t count)
{
	struct strbuf out;
	const char *copy;

	strbuf_init(&out, RECORD_OCTETS_MAX);
	add_tag(&out, slice_of("v"), slice_of(version));
	add_named(&out, tags, changes, count, "p");
	for (size_t i = 0; i < tags->count; i++) {
		const struct record_tag *tag = &tags->list[i];
		const struct tag_change *change = change_of(changes, count, tag->name);

		if (tag->fault != TAG_GOOD || slice_is_nocase(tag->name, "v") ||
		    slice_is(tag->name, "p") || (change && !change->value))
			continue;
		add_tag(&out, tag->name, change ? slice_of(change->value) : tag->value);
	}
	for (size_t i = 0; i < count; i++)
		if (changes[i].value && strcmp(changes[i].name, "p") != 0 &&
		    !record_tag_find(tags, changes[i].name))
			add_tag(&out, slice_of(changes[i].name), slice_of(changes[i].value));
	copy = arena_text(arena, strbuf_slice(&out));
	strbuf_release(&out);
	return copy ? copy : "";
}
