/* hash.h - SHA-256 over lists of values
 *
 * SPDX-License-Identifier: MIT
 *
 * hash_field() writes the length before the bytes, so that the lists
 * ("ab", "c") and ("a", "bc") differ.  The recipe of a document id is a list
 * of such fields; changing it stores every report once more.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/slice.h"

#define HASH_SIZE 32
/* 144 bits in base64url without padding, and a NUL. */
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
/* After this the hash must be initialised again. */
void hash_end(struct hash *hash, uint8_t digest[static HASH_SIZE]);

/* HMAC with SHA-256 (RFC 2104): nobody without the key can try texts. */
void hash_keyed(struct slice key, const struct slice *texts, size_t count,
		uint8_t digest[static HASH_SIZE]);

/* The id form of a digest: its first 18 bytes as text. */
void hash_id(const uint8_t digest[static HASH_SIZE], char id[static HASH_ID_SIZE]);
/* All of it in hex; text holds 2 * HASH_SIZE + 1 bytes. */
void hash_hex(const uint8_t digest[static HASH_SIZE], char text[static 2 * HASH_SIZE + 1]);

#endif
