/* hash.h - SHA-256 over lists of values
 *
 * SPDX-License-Identifier: MIT
 *
 * hash_field() writes the length before the bytes, so that the lists ("ab",
 * "c") and ("a", "bc") differ.  A document id is the hash of such a list;
 * changing the list stores every report once more.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/slice.h"

#define HASH_SIZE 32
/* 144 bits in base64url without padding, plus NUL. */
#define HASH_ID_SIZE 25

struct hash {
	/* nettle's struct sha256_ctx; its size is asserted in hash.c */
	uint64_t context[16];
};

void hash_init(struct hash *hash);
void hash_bytes(struct hash *hash, const void *data, size_t size);
/* Absent and empty differ. */
void hash_field(struct hash *hash, struct slice value);
void hash_uint(struct hash *hash, uint64_t value);
/* Initialise the hash again before the next use. */
void hash_end(struct hash *hash, uint8_t digest[static HASH_SIZE]);

/* HMAC with SHA-256 (RFC 2104): without the key, texts cannot be guessed by
 * trying. */
void hash_keyed(struct slice key, const struct slice *texts, size_t count,
		uint8_t digest[static HASH_SIZE]);

/* Writes the first 18 bytes of a digest as the text of an id. */
void hash_id(const uint8_t digest[static HASH_SIZE], char id[static HASH_ID_SIZE]);
/* Writes the whole digest in hex; text holds 2 * HASH_SIZE + 1 bytes. */
void hash_hex(const uint8_t digest[static HASH_SIZE], char text[static 2 * HASH_SIZE + 1]);

#endif
