/* mmdb_file.c - small MMDB files for tests
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/lib/mmdb_file.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_reader.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "enrich/ip_address.h"

#define BUILT INT64_C(1795478400)
#define DATA_GAP 16 /* zeros between tree and data */

enum {
	TYPE_TEXT = 2,
	TYPE_DOUBLE = 3,
	TYPE_UINT16 = 5,
	TYPE_UINT32 = 6,
	TYPE_MAP = 7,
	TYPE_UINT64 = 9,
	TYPE_ARRAY = 11
};

/* --- records ------------------------------------------------------------------ */

static void add_control(struct strbuf *out, unsigned type, size_t size)
{
	const unsigned inline_size = size < 29 ? (unsigned)size : 29;

	assert(size < 29 + 256);
	strbuf_add_byte(out, (char)((type <= 7 ? type << 5 : 0) | inline_size));
	if (type > 7)
		strbuf_add_byte(out, (char)(type - 7));
	if (inline_size == 29)
		strbuf_add_byte(out, (char)(size - 29));
}

static void add_text(struct strbuf *out, struct slice text)
{
	add_control(out, TYPE_TEXT, text.size);
	strbuf_add_slice(out, text);
}

static void add_number(struct strbuf *out, unsigned type, uint64_t number)
{
	size_t size = 0;

	while (size < 8 && number >> 8 * size)
		size++;
	add_control(out, type, size);
	while (size-- > 0)
		strbuf_add_byte(out, (char)(number >> 8 * size));
}

static void add_double(struct strbuf *out, double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	add_control(out, TYPE_DOUBLE, 8);
	for (unsigned shift = 64; shift > 0; shift -= 8)
		strbuf_add_byte(out, (char)(bits >> (shift - 8)));
}

struct encoder {
	struct strbuf *out;
	struct {
		size_t at, members;
		bool is_map;
	} open[16];
	unsigned depth;
};

static void add_json_number(struct strbuf *out, struct slice text)
{
	char digits[32];
	uint64_t whole;

	if (slice_to_uint(text, UINT32_MAX, &whole)) {
		add_number(out, TYPE_UINT32, whole);
		return;
	}
	assert(text.size < sizeof(digits));
	memcpy(digits, text.data, text.size);
	digits[text.size] = '\0';
	add_double(out, strtod(digits, NULL));
}

/* The number of members stands before them, so it is put in afterwards. */
static bool on_event(void *context, enum json_event event, unsigned depth, struct slice text,
		     struct error *err)
{
	struct encoder *e = context;

	(void)depth;
	(void)err;
	if (event == JSON_OBJECT_END || event == JSON_ARRAY_END) {
		e->depth--;
		assert(e->open[e->depth].members < 29);
		e->out->buf[e->open[e->depth].at] |= (char)e->open[e->depth].members;
		return true;
	}
	if (e->depth > 0 && (event == JSON_KEY || !e->open[e->depth - 1].is_map))
		e->open[e->depth - 1].members++;
	switch (event) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		assert(e->depth < 16);
		e->open[e->depth].at = e->out->len;
		e->open[e->depth].members = 0;
		e->open[e->depth++].is_map = event == JSON_OBJECT;
		add_control(e->out, event == JSON_OBJECT ? TYPE_MAP : TYPE_ARRAY, 0);
		break;
	case JSON_KEY:
	case JSON_STRING: add_text(e->out, text); break;
	case JSON_NUMBER: add_json_number(e->out, text); break;
	default: assert(!"no such value in these records");
	}
	return true;
}

static void add_record(struct strbuf *out, const char *json)
{
	struct encoder encoder = { .out = out };
	struct json_reader *reader = json_reader_new(on_event, &encoder, 16, KIB);
	struct error err;
	bool good = json_reader_feed(reader, slice_of(json), &err) && json_reader_end(reader, &err);

	if (!good)
		fprintf(stderr, "%s: %s\n", json, err.text);
	assert(good);
	json_reader_free(reader);
}

/* --- the tree ----------------------------------------------------------------- */

/* 0: nothing; below 0: -(1 + offset of a record); above: a node. */
struct tree {
	int64_t (*nodes)[2];
	size_t count, room;
};

static size_t new_node(struct tree *tree)
{
	if (tree->count == tree->room) {
		tree->room = tree->room ? 2 * tree->room : 256;
		tree->nodes = xreallocarray(tree->nodes, tree->room, sizeof(tree->nodes[0]));
	}
	memset(tree->nodes[tree->count], 0, sizeof(tree->nodes[0]));
	return tree->count++;
}

static void add_network(struct tree *tree, const char *text, unsigned ip_version, size_t offset)
{
	struct ip_network network;
	uint8_t bytes[IP_ADDRESS_BYTES] = { 0 };
	size_t at = 0, bits;

	if (!ip_network_parse(slice_of(text), &network))
		assert(!"not a network");
	bits = network.bits;
	if (network.address.is_v4 && ip_version == 6) {
		memcpy(bytes + 12, network.address.bytes, 4);
		bits += 96;
	} else {
		memcpy(bytes, network.address.bytes, sizeof(bytes));
	}
	for (size_t i = 0; i < bits; i++) {
		const unsigned side = bytes[i / 8] >> (7 - i % 8) & 1;

		assert(tree->nodes[at][side] >= 0);
		if (i + 1 == bits) {
			tree->nodes[at][side] = -(int64_t)offset - 1;
		} else {
			if (tree->nodes[at][side] == 0) {
				const size_t node = new_node(tree);

				tree->nodes[at][side] = (int64_t)node;
			}
			at = (size_t)tree->nodes[at][side];
		}
	}
}

static void add_tree(struct strbuf *out, const struct tree *tree)
{
	for (size_t i = 0; i < 2 * tree->count; i++) {
		const int64_t value = tree->nodes[i / 2][i % 2];
		const uint64_t record = value > 0 ? (uint64_t)value
					: value == 0
						? tree->count
						: tree->count + DATA_GAP + (uint64_t)(-value - 1);

		for (unsigned shift = 32; shift > 0; shift -= 8)
			strbuf_add_byte(out, (char)(record >> (shift - 8)));
	}
}

static void add_metadata(struct strbuf *out, const char *type, unsigned ip_version, int64_t built,
			 size_t nodes)
{
	static const char marker[] = "\xab\xcd\xefMaxMind.com";

	strbuf_add(out, marker, sizeof(marker) - 1);
	add_control(out, TYPE_MAP, 9);
	add_text(out, slice_of("binary_format_major_version"));
	add_number(out, TYPE_UINT16, 2);
	add_text(out, slice_of("binary_format_minor_version"));
	add_number(out, TYPE_UINT16, 0);
	add_text(out, slice_of("build_epoch"));
	add_number(out, TYPE_UINT64, (uint64_t)built);
	add_text(out, slice_of("database_type"));
	add_text(out, slice_of(type));
	add_text(out, slice_of("description"));
	add_control(out, TYPE_MAP, 0);
	add_text(out, slice_of("ip_version"));
	add_number(out, TYPE_UINT16, ip_version);
	add_text(out, slice_of("languages"));
	add_control(out, TYPE_ARRAY, 0);
	add_text(out, slice_of("node_count"));
	add_number(out, TYPE_UINT32, nodes);
	add_text(out, slice_of("record_size"));
	add_number(out, TYPE_UINT16, 32);
}

void mmdb_file_bytes(struct strbuf *out, const char *type, unsigned ip_version, int64_t built,
		     const struct mmdb_entry *entries, size_t count)
{
	struct tree tree = { .count = 0 };
	struct strbuf data;

	strbuf_init(&data, 256 * MIB);
	new_node(&tree);
	for (size_t i = 0; i < count; i++) {
		add_network(&tree, entries[i].network, ip_version, data.len);
		add_record(&data, entries[i].record);
	}
	add_tree(out, &tree);
	for (size_t i = 0; i < DATA_GAP; i++)
		strbuf_add_byte(out, '\0');
	strbuf_add_slice(out, strbuf_slice(&data));
	add_metadata(out, type, ip_version, built, tree.count);
	assert(!out->overflowed && !data.overflowed);
	strbuf_release(&data);
	free(tree.nodes);
}

void mmdb_file_write(const char *path, const char *type, const struct mmdb_entry *entries,
		     size_t count)
{
	struct strbuf bytes;
	FILE *file = fopen(path, "w");
	size_t written;

	assert(file);
	strbuf_init(&bytes, 256 * MIB);
	mmdb_file_bytes(&bytes, type, 6, BUILT, entries, count);
	written = fwrite(bytes.buf, 1, bytes.len, file);
	assert(written == bytes.len);
	if (fclose(file) != 0)
		abort();
	strbuf_release(&bytes);
}
