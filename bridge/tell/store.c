/* store.c - state files of recipients
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tell/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/replace_file.h"
#include "bridge/config/tenant_files.h"
#include "bridge/wiring/wiring.h"

#define HOUR 3600
#define SENT_FILE "sent-times" /* no tenant has a hyphen in its name */
#define SUFFIX ".json"

/* --- the directory ------------------------------------------------------------------- */

static bool enter(int *directory, const char *name, struct error *err)
{
	const int outer = *directory;

	if (mkdirat(outer, name, 0700) < 0 && errno != EEXIST)
		return error_set(err, ERROR_FATAL, "%s: %s", name, strerror(errno));
	*directory = openat(outer, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (outer != AT_FDCWD)
		close(outer);
	return *directory >= 0 || error_set(err, ERROR_FATAL, "%s: %s", name, strerror(errno));
}

bool tell_store_open(struct tell_store *store, const struct config *config, const char *kind,
		     const char *section, struct error *err)
{
	*store = (struct tell_store){ kind, section, AT_FDCWD };
	if (!wiring_state_directory(config, err))
		return false;
	if (!enter(&store->directory, config->bridge.state_directory, err) ||
	    !enter(&store->directory, kind, err) || !enter(&store->directory, section, err))
		return error_context(err, "state of [%s %s]", kind, section);
	if (flock(store->directory, LOCK_EX | LOCK_NB) == 0)
		return true;
	tell_store_close(store);
	return error_set(err, ERROR_RETRY, "[%s %s]: another process is using it", kind, section);
}

void tell_store_close(struct tell_store *store)
{
	if (store->directory >= 0)
		close(store->directory);
	store->directory = -1;
}

/* --- files --------------------------------------------------------------------------- */

static bool file_error(const struct tell_store *store, const char *name, struct error *err)
{
	return error_context(err, "state of [%s %s], %s", store->kind, store->section, name);
}

/* A missing file gives an empty text. */
static bool read_file(const struct tell_store *store, const char *name, struct strbuf *text,
		      struct error *err)
{
	const int fd = openat(store->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t size = 1;

	if (fd < 0)
		return errno == ENOENT || error_set(err, ERROR_FATAL, "%s", strerror(errno));
	while (size > 0 && !text->overflowed) {
		char *room = strbuf_room(text, 64 * KIB);

		size = room ? read(fd, room, 64 * KIB) : 0;
		if (size > 0)
			text->len += (size_t)size;
	}
	text->buf[text->len] = '\0';
	close(fd);
	if (size < 0)
		return error_set(err, ERROR_RETRY, "%s", strerror(errno));
	return !text->overflowed || error_set(err, ERROR_FATAL, "it is too large");
}

static bool name_file(const char *recipient, char name[static NAME_MAX + 1], struct error *err)
{
	return snprintf(name, NAME_MAX + 1, "%s" SUFFIX, recipient) <= NAME_MAX ||
	       error_set(err, ERROR_FATAL, "the name is too long");
}

bool tell_store_read(const struct tell_store *store, const char *recipient,
		     struct tell_state *state, struct error *err)
{
	char name[NAME_MAX + 1];
	struct strbuf text;
	bool good;

	strbuf_init(&text, TELL_STATE_BYTES);
	good = name_file(recipient, name, err) && read_file(store, name, &text, err) &&
	       (text.len == 0 || tell_state_read(state, strbuf_slice(&text), err));
	strbuf_release(&text);
	return good || file_error(store, recipient, err);
}

/* Usually nothing has changed; avoids writing the files of hundreds of tenants. */
static bool is_written(const struct tell_store *store, const char *name, struct slice text)
{
	struct strbuf there;
	struct error err;
	bool same;

	strbuf_init(&there, TELL_STATE_BYTES);
	same = read_file(store, name, &there, &err) && slice_equal(strbuf_slice(&there), text);
	strbuf_release(&there);
	return same;
}

bool tell_store_write(const struct tell_store *store, const char *recipient,
		      const struct tell_state *state, struct error *err)
{
	char name[NAME_MAX + 1];
	struct strbuf text;
	bool good;

	strbuf_init(&text, TELL_STATE_BYTES);
	tell_state_write(state, &text);
	good = !text.overflowed || error_set(err, ERROR_FATAL, "it would be too large");
	good = good && name_file(recipient, name, err) &&
	       (is_written(store, name, strbuf_slice(&text)) ||
		replace_file(store->directory, name, strbuf_slice(&text), 0600, err));
	strbuf_release(&text);
	return good || file_error(store, recipient, err);
}

/* --- the rate limit -------------------------------------------------------------------- */

/* Keeps the times of the last hour; returns their number. */
static size_t keep_recent(struct slice text, int64_t now, struct strbuf *recent)
{
	size_t count = 0;

	while (text.size > 0) {
		const struct slice line = slice_split(text, '\n', &text);
		uint64_t time;

		/* A clock that was set back must not block sending for years. */
		if (!slice_to_uint(line, INT64_MAX, &time) || (int64_t)time <= now - HOUR ||
		    (int64_t)time > now)
			continue;
		strbuf_add_slice(recent, line);
		strbuf_add_byte(recent, '\n');
		count++;
	}
	return count;
}

bool tell_store_count(const struct tell_store *store, unsigned most, int64_t now, bool *may,
		      struct error *err)
{
	struct strbuf text, recent;
	bool good;

	strbuf_init(&text, MIB);
	strbuf_init(&recent, MIB);
	good = read_file(store, SENT_FILE, &text, err);
	*may = good && keep_recent(strbuf_slice(&text), now, &recent) < most;
	if (*may) {
		strbuf_add_format(&recent, "%" PRId64 "\n", now);
		good = replace_file(store->directory, SENT_FILE, strbuf_slice(&recent), 0600, err);
	}
	strbuf_release(&text);
	strbuf_release(&recent);
	return good || file_error(store, SENT_FILE, err);
}

/* --- tenants that were removed --------------------------------------------------------- */

void tell_store_clean(const struct tell_store *store, const struct config *config)
{
	DIR *entries = tenant_files_open(store->directory);
	struct slice tenant;
	const char *name;

	while ((name = tenant_files_next_unknown(entries, SUFFIX, config, &tenant)))
		if (!slice_is(tenant, TENANT_UNCLAIMED) && !slice_is(tenant, TENANT_DEFAULT))
			(void)unlinkat(store->directory, name, 0);
	tenant_files_close(entries);
}
