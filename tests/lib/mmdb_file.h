/* mmdb_file.h - small MMDB files for tests
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_LIB_MMDB_FILE_H
#define TESTS_LIB_MMDB_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

struct mmdb_entry {
	const char *network; /* "192.0.2.0/24"; networks must not overlap */
	const char *record;  /* JSON; whole numbers become uint32, others double */
};

/* A database with an IPv6 tree, or an IPv4 one, as bytes. */
void mmdb_file_bytes(struct strbuf *out, const char *type, unsigned ip_version, int64_t built,
		     const struct mmdb_entry *entries, size_t count);

/* The same with an IPv6 tree, written to path in place of what is there. */
void mmdb_file_write(const char *path, const char *type, const struct mmdb_entry *entries,
		     size_t count);

#endif
