/* mmdb_value.c - can libmaxminddb safely read a record of an MMDB file?
 *
 * SPDX-License-Identifier: MIT
 */
#include "enrich/mmdb_value.h"

/* MaxMind DB file format specification 2.0, output data section. */
enum mmdb_type {
	TYPE_EXTENDED = 0,
	TYPE_POINTER = 1,
	TYPE_MAP = 7,
	TYPE_ARRAY = 11,
	TYPE_BOOLEAN = 14
};

struct head {
	unsigned type;
	size_t size;   /* bytes of a value, members of a container, or target of a pointer */
	size_t length; /* of the head itself */
};

static size_t read_number(const uint8_t *bytes, size_t count)
{
	size_t number = 0;

	for (size_t i = 0; i < count; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* The size bits of a pointer give the number of bytes that follow. */
static bool read_pointer(const uint8_t *at, size_t left, struct head *head)
{
	static const size_t bases[] = { 0, 2048, 526336, 0 };
	const unsigned kind = at[0] >> 3 & 3;
	const size_t count = kind + 1;

	if (left < 1 + count)
		return false;
	head->length = 1 + count;
	head->size = read_number(at + 1, count) + bases[kind];
	if (kind < 3)
		head->size += (size_t)(at[0] & 7) << 8 * count;
	return true;
}

static bool read_head(const uint8_t *at, size_t left, struct head *head)
{
	static const size_t bases[] = { 29, 285, 65821 };
	size_t more = 0;

	if (left == 0)
		return false;
	head->type = at[0] >> 5;
	head->length = 1;
	if (head->type == TYPE_POINTER)
		return read_pointer(at, left, head);
	if (head->type == TYPE_EXTENDED) {
		if (left < 2)
			return false;
		head->type = 7 + at[1];
		head->length = 2;
	}
	head->size = at[0] & 31;
	if (head->size < 29)
		return true;
	more = head->size - 28;
	if (left < head->length + more)
		return false;
	head->size = bases[more - 1] + read_number(at + head->length, more);
	head->length += more;
	return true;
}

struct walk {
	const uint8_t *data;
	size_t size, values;
};

/* An open container: offset of its next member and number of members left. */
struct level {
	size_t at, left;
};

/* A pointer must not lead to another pointer. */
static bool follow(const struct walk *w, struct head *head, size_t *at)
{
	*at = head->size;
	return *at < w->size && read_head(w->data + *at, w->size - *at, head) &&
	       head->type != TYPE_POINTER;
}

/* Reads one value and moves the level past it; a container opens a new level. */
static bool step(struct walk *w, struct level *levels, size_t *depth)
{
	struct level *level = &levels[*depth - 1];
	struct head head;
	size_t at = level->at;
	bool pointed;

	if (at >= w->size || !read_head(w->data + at, w->size - at, &head) ||
	    w->values++ == MMDB_VALUES_MAX)
		return false;
	level->left--;
	pointed = head.type == TYPE_POINTER;
	if (pointed) {
		level->at = at + head.length;
		if (!follow(w, &head, &at))
			return false;
	}
	if (head.type != TYPE_MAP && head.type != TYPE_ARRAY) {
		if (!pointed)
			level->at = at + head.length + (head.type == TYPE_BOOLEAN ? 0 : head.size);
		return true;
	}
	if (*depth == MMDB_NESTING_MAX || head.size > MMDB_VALUES_MAX)
		return false;
	levels[*depth] = (struct level){ at + head.length,
					 head.type == TYPE_MAP ? 2 * head.size : head.size };
	/* An inline container ends with its last member. */
	if (!pointed)
		level->at = SIZE_MAX;
	++*depth;
	return true;
}

bool mmdb_value_is_bounded(const uint8_t *data, size_t size, size_t offset)
{
	struct walk walk = { data, size, 0 };
	struct level levels[MMDB_NESTING_MAX] = { { offset, 1 } };
	size_t depth = 1;

	while (depth > 0) {
		struct level *level = &levels[depth - 1];

		if (level->left > 0) {
			if (!step(&walk, levels, &depth))
				return false;
			continue;
		}
		if (depth > 1 && levels[depth - 2].at == SIZE_MAX)
			levels[depth - 2].at = level->at;
		depth--;
	}
	return true;
}
