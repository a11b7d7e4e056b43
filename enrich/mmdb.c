/* mmdb.c - country, place and network of an address; the only file with libmaxminddb
 *
 * SPDX-License-Identifier: MIT
 */
#include "enrich/mmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <maxminddb.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "enrich/mmdb_value.h"

/* The largest city files are 150 MB. */
#define FILE_BYTES_MAX (512 * MIB)

/* Search the metadata in this many bytes at the end, like libmaxminddb. */
#define METADATA_BYTES (128 * KIB)
/* Records known to be bounded: one slot per hash. */
#define CHECKED 1024

struct mmdb {
	MMDB_s library;
	uint32_t *checked; /* record offset plus 1; 0: free */
	struct stat file;  /* the original at the time of the copy */
};

/* --- opening ------------------------------------------------------------------ */

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool fail(const char *path, const char *why, struct error *err)
{
	return error_set(err, ERROR_FATAL, "database %s: %s", path, why);
}

static bool check_file(const char *path, const struct stat *file, struct error *err)
{
	if (!S_ISREG(file->st_mode))
		return fail(path, "is not a regular file", err);
	if (file->st_size == 0)
		return fail(path, "is empty", err);
	if ((uint64_t)file->st_size > FILE_BYTES_MAX)
		return fail(path, "is larger than 512 MiB", err);
	return true;
}

static bool copy_bytes(int from, int to, off_t size)
{
	while (size > 0) {
		const ssize_t copied = sendfile(to, from, NULL, (size_t)size);

		if (copied <= 0)
			return false;
		size -= copied;
	}
	return true;
}

/* Copies the file and seals the copy, so that nobody can shorten the mapping. */
static bool copy_file(int from, int memory, const char *path, struct stat *file, struct error *err)
{
	struct stat after;

	if (fstat(from, file) < 0)
		return fail(path, strerror(errno), err);
	if (!check_file(path, file, err))
		return false;
	if (!copy_bytes(from, memory, file->st_size) || fstat(from, &after) < 0 ||
	    !is_same_file(file, &after))
		return fail(path, "changed while it was read; replace it by renaming", err);
	if (fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return fail(path, strerror(errno), err);
	return true;
}

/* libmaxminddb reads the metadata in MMDB_open(), so check it first. */
static bool metadata_are_bounded(int memory, off_t size)
{
	static const char marker[] = "\xab\xcd\xefMaxMind.com";
	const size_t wanted = size < (off_t)METADATA_BYTES ? (size_t)size : METADATA_BYTES;
	const size_t marker_size = sizeof(marker) - 1;
	uint8_t *end = xcalloc(1, wanted);
	const ssize_t got = pread(memory, end, wanted, size - (off_t)wanted);
	bool good = true;

	for (size_t at = wanted; got == (ssize_t)wanted && at-- > 0;) {
		if (at + marker_size > wanted || memcmp(end + at, marker, marker_size) != 0)
			continue;
		at += marker_size;
		good = mmdb_value_is_bounded(end + at, wanted - at, 0);
		break;
	}
	free(end);
	return good;
}

static bool open_copy(int memory, const char *path, struct mmdb *mmdb, struct error *err)
{
	char name[32];
	int status;

	if (!metadata_are_bounded(memory, mmdb->file.st_size))
		return fail(path, "is not an MMDB file: metadata nested too deep or truncated",
			    err);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", memory);
	status = MMDB_open(name, MMDB_MODE_MMAP, &mmdb->library);
	if (status == MMDB_SUCCESS)
		return true;
	if (status == MMDB_INVALID_METADATA_ERROR)
		return fail(path, "is not an MMDB file, or is truncated", err);
	return fail(path, MMDB_strerror(status), err);
}

static bool open_file(const char *path, struct mmdb *mmdb, struct error *err)
{
	const int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int memory;
	bool good;

	if (from < 0)
		return fail(path, strerror(errno), err);
	memory = memfd_create("mmdb", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	good = memory >= 0 ? copy_file(from, memory, path, &mmdb->file, err) &&
				     open_copy(memory, path, mmdb, err)
			   : fail(path, strerror(errno), err);
	close(from);
	if (memory >= 0)
		close(memory);
	return good;
}

struct mmdb *mmdb_open(const char *path, struct error *err)
{
	struct mmdb *mmdb = xcalloc(1, sizeof(*mmdb));

	mmdb->checked = xcalloc(CHECKED, sizeof(*mmdb->checked));
	if (open_file(path, mmdb, err))
		return mmdb;
	free(mmdb->checked);
	free(mmdb);
	return NULL;
}

void mmdb_close(struct mmdb *mmdb)
{
	if (!mmdb)
		return;
	MMDB_close(&mmdb->library);
	free(mmdb->checked);
	free(mmdb);
}

int64_t mmdb_built(const struct mmdb *mmdb)
{
	return (int64_t)mmdb->library.metadata.build_epoch;
}

bool mmdb_is_outdated(const struct mmdb *mmdb, const char *path)
{
	struct stat now;

	return stat(path, &now) == 0 && !is_same_file(&now, &mmdb->file);
}

/* --- values of a record --------------------------------------------------------- */

#define PATH(...) ((const char *const[]){ __VA_ARGS__, NULL })

static bool get(MMDB_entry_s *record, const char *const *path, MMDB_entry_data_s *value)
{
	return MMDB_aget_value(record, value, path) == MMDB_SUCCESS && value->has_data;
}

static struct slice get_text(MMDB_entry_s *record, const char *const *path)
{
	MMDB_entry_data_s value;

	if (!get(record, path, &value) || value.type != MMDB_DATA_TYPE_UTF8_STRING ||
	    value.data_size == 0)
		return slice_of(NULL);
	return (struct slice){ value.utf8_string, value.data_size };
}

/* Rejects two-letter codes that some files use for no country. */
static bool is_country(struct slice code)
{
	static const char *const others[] = { "ZZ", "XX", "EU", "AP" };

	if (code.size != 2 || !ascii_is_alpha(code.data[0]) || !ascii_is_alpha(code.data[1]))
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (slice_is_nocase(code, others[i]))
			return false;
	return true;
}

static char ascii_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

/* IPinfo Lite has the English name in "country"; older files have the code. */
static void read_country(MMDB_entry_s *record, struct mmdb_facts *facts)
{
	const char *const *const paths[] = {
		PATH("country_code"),
		PATH("country", "iso_code"),
		PATH("country"),
		PATH("registered_country", "iso_code"),
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct slice code = get_text(record, paths[i]);

		if (!is_country(code))
			continue;
		facts->country[0] = ascii_upper(code.data[0]);
		facts->country[1] = ascii_upper(code.data[1]);
		return;
	}
}

static bool as_number_of(const MMDB_entry_data_s *value, uint32_t *number)
{
	struct slice text;
	uint64_t parsed;

	switch (value->type) {
	case MMDB_DATA_TYPE_UINT16: *number = value->uint16; return true;
	case MMDB_DATA_TYPE_UINT32: *number = value->uint32; return true;
	case MMDB_DATA_TYPE_UTF8_STRING: break;
	default: return false;
	}
	text = (struct slice){ value->utf8_string, value->data_size };
	if (text.size > 2 && slice_is_nocase((struct slice){ text.data, 2 }, "as"))
		text = slice_skip(text, 2);
	if (!slice_to_uint(text, UINT32_MAX, &parsed))
		return false;
	*number = (uint32_t)parsed;
	return true;
}

/* Each layout has its own member names for number, holder and domain of a network. */
static void read_network(MMDB_entry_s *record, struct mmdb_facts *facts)
{
	static const struct {
		const char *parent, *number, *holder, *domain;
	} layouts[] = {
		{ NULL, "autonomous_system_number", "autonomous_system_organization", NULL },
		{ NULL, "asn", "as_name", "as_domain" },
		{ "traits", "autonomous_system_number", "autonomous_system_organization", NULL },
		{ "country", "AutonomousSystemNumber", "AutonomousSystemOrganization", NULL },
	};

	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		const char *path[3] = { layouts[i].parent };
		const char **const name = layouts[i].parent ? &path[1] : &path[0];
		MMDB_entry_data_s value;

		*name = layouts[i].number;
		if (!get(record, path, &value) || !as_number_of(&value, &facts->as_number) ||
		    facts->as_number == 0)
			continue;
		*name = layouts[i].holder;
		facts->as_name = get_text(record, path);
		*name = layouts[i].domain;
		if (*name)
			facts->as_domain = get_text(record, path);
		return;
	}
}

static bool get_degrees(MMDB_entry_s *record, const char *name, double most, double *degrees)
{
	MMDB_entry_data_s value;

	if (!get(record, PATH("location", name), &value) || value.type != MMDB_DATA_TYPE_DOUBLE ||
	    !(fabs(value.double_value) <= most))
		return false;
	*degrees = value.double_value;
	return true;
}

static void read_city(MMDB_entry_s *record, struct mmdb_facts *facts)
{
	facts->city = get_text(record, PATH("city", "names", "en"));
	facts->has_place = facts->city.size > 0 &&
			   get_degrees(record, "latitude", 90, &facts->latitude) &&
			   get_degrees(record, "longitude", 180, &facts->longitude);
}

static bool find(const struct mmdb *mmdb, const struct ip_address *address,
		 MMDB_lookup_result_s *found)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	const struct sockaddr *which = (const struct sockaddr *)&six;
	int status;

	if (address->is_v4) {
		memcpy(&four.sin_addr, address->bytes, sizeof(four.sin_addr));
		which = (const struct sockaddr *)&four;
	} else {
		memcpy(&six.sin6_addr, address->bytes, sizeof(six.sin6_addr));
	}
	*found = MMDB_lookup_sockaddr(&mmdb->library, which, &status);
	return status == MMDB_SUCCESS && found->found_entry;
}

/* Networks share records, so each record is checked once. */
static bool is_bounded(const struct mmdb *mmdb, uint32_t offset)
{
	uint32_t *place = &mmdb->checked[(offset * UINT32_C(2654435761)) >> 22];

	_Static_assert(CHECKED == 1 << 10, "what is left of the hash");
	if (*place == offset + 1)
		return true;
	if (!mmdb_value_is_bounded(mmdb->library.data_section, mmdb->library.data_section_size,
				   offset))
		return false;
	*place = offset + 1;
	return true;
}

void mmdb_look_up(const struct mmdb *mmdb, const struct ip_address *address,
		  struct mmdb_facts *facts)
{
	MMDB_lookup_result_s found;

	if (!find(mmdb, address, &found) || !is_bounded(mmdb, found.entry.offset))
		return;
	if (facts->country[0] == '\0')
		read_country(&found.entry, facts);
	if (facts->as_number == 0)
		read_network(&found.entry, facts);
	if (facts->city.size == 0)
		read_city(&found.entry, facts);
}
