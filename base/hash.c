/* hash.c - SHA-256 over lists of values; the only file with nettle
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/hash.h"

#include <endian.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct hash), "struct hash is too small");

static struct sha256_ctx *context_of(struct hash *hash)
{
	return (struct sha256_ctx *)(void *)hash->context;
}

void hash_init(struct hash *hash)
{
	sha256_init(context_of(hash));
}

void hash_bytes(struct hash *hash, const void *data, size_t size)
{
	if (size > 0)
		sha256_update(context_of(hash), size, data);
}

static void put_uint(uint8_t bytes[static 8], uint64_t value)
{
	value = htobe64(value);
	memcpy(bytes, &value, sizeof(value));
}

void hash_uint(struct hash *hash, uint64_t value)
{
	uint8_t bytes[8];

	put_uint(bytes, value);
	hash_bytes(hash, bytes, sizeof(bytes));
}

void hash_field(struct hash *hash, struct slice value)
{
	uint8_t joined[64]; /* one call for both is cheaper than copying */

	put_uint(joined, value.data ? value.size : UINT64_MAX);
	if (value.size > sizeof(joined) - 8) {
		hash_bytes(hash, joined, 8);
		hash_bytes(hash, value.data, value.size);
		return;
	}
	if (value.size > 0)
		memcpy(joined + 8, value.data, value.size);
	hash_bytes(hash, joined, 8 + value.size);
}

void hash_end(struct hash *hash, uint8_t digest[static HASH_SIZE])
{
	sha256_digest(context_of(hash), HASH_SIZE, digest);
}

void hash_keyed(struct slice key, const struct slice *texts, size_t count,
		uint8_t digest[static HASH_SIZE])
{
	struct hmac_sha256_ctx hmac;
	uint8_t size[8];

	hmac_sha256_set_key(&hmac, key.size, (const uint8_t *)key.data);
	for (size_t i = 0; i < count; i++) {
		put_uint(size, texts[i].size);
		hmac_sha256_update(&hmac, sizeof(size), size);
		if (texts[i].size > 0)
			hmac_sha256_update(&hmac, texts[i].size, (const uint8_t *)texts[i].data);
	}
	hmac_sha256_digest(&hmac, HASH_SIZE, digest);
}

void hash_id(const uint8_t digest[static HASH_SIZE], char id[static HASH_ID_SIZE])
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	for (unsigned in = 0, out = 0; out < HASH_ID_SIZE - 1; in += 3, out += 4) {
		const uint32_t bits = (uint32_t)digest[in] << 16 | (uint32_t)digest[in + 1] << 8 |
				      digest[in + 2];

		id[out] = letters[bits >> 18];
		id[out + 1] = letters[bits >> 12 & 63];
		id[out + 2] = letters[bits >> 6 & 63];
		id[out + 3] = letters[bits & 63];
	}
	id[HASH_ID_SIZE - 1] = '\0';
}

void hash_hex(const uint8_t digest[static HASH_SIZE], char text[static 2 * HASH_SIZE + 1])
{
	static const char letters[] = "0123456789abcdef";

	for (unsigned i = 0; i < HASH_SIZE; i++) {
		text[2 * i] = letters[digest[i] >> 4];
		text[2 * i + 1] = letters[digest[i] & 15];
	}
	text[2 * HASH_SIZE] = '\0';
}
