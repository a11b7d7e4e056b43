/* import_config.c - the command "import-config": our configuration from parsedmarc's
 *
 * SPDX-License-Identifier: MIT
 *
 * The configuration goes to stdout; what it cannot say, and why, to stderr.
 * Secrets are never printed, not even in part: the configuration names files
 * for them, and a note says which secret belongs into which file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "bridge/command.h"
#include "bridge/foreign_ini.h"
#include "bridge/tenant_map.h"

#define FILE_SIZE_MAX (1 * MIB)

struct importing {
	struct arena arena;
	struct foreign_entry *theirs;
	struct strbuf ours, tenants;
	struct tenant_table *table;	  /* what is claimed already */
	char tenant[TENANT_NAME_MAX + 1]; /* the last one written */
};

static const struct nothing {
	const char *section, *key, *why;
} nothings[] = {
#define NOTHING(section, key, why) { section, key, why },
#include "bridge/import_table.h"
#undef NOTHING
};

__attribute__((format(printf, 3, 4))) static void note(const char *section, const char *key,
						       const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "[%s] %s: ", section, key);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

static struct slice get(struct importing *i, const char *section, const char *key)
{
	return foreign_ini_get(i->theirs, section, key);
}

/* As configparser reads it. */
static bool is_true(struct slice value)
{
	return slice_is_nocase(value, "true") || slice_is_nocase(value, "yes") ||
	       slice_is_nocase(value, "on") || slice_is(value, "1");
}

/* Ours ends a value at a comment. */
static bool is_writable(struct slice value)
{
	for (size_t at = 0; at < value.size; at++) {
		const bool comment = value.data[at] == '#' || value.data[at] == ';';

		if (ascii_is_control(value.data[at]) ||
		    (comment && (at == 0 || ascii_is_space(value.data[at - 1]))))
			return false;
	}
	return true;
}

static void put(struct importing *i, const char *key, struct slice value)
{
	strbuf_add_format(&i->ours, "%s = ", key);
	strbuf_add_slice(&i->ours, value);
	strbuf_add_byte(&i->ours, '\n');
}

static void put_text(struct importing *i, const char *key, const char *value)
{
	put(i, key, slice_of(value));
}

/* A setting that is the same under another name. */
static void copy(struct importing *i, const char *section, const char *their_key,
		 const char *our_key)
{
	const struct slice value = get(i, section, their_key);

	if (!value.data)
		return;
	if (is_writable(value))
		put(i, our_key, value);
	else
		note(section, their_key,
		     "holds a comment sign or control characters; set %s by hand", our_key);
}

/* Seconds, whole or not. */
static void copy_time(struct importing *i, const char *section, const char *their_key,
		      const char *our_key)
{
	const struct slice value = get(i, section, their_key);
	struct slice fraction, whole = slice_split(value, '.', &fraction);
	uint64_t seconds;

	if (!value.data)
		return;
	if (!slice_to_uint(whole, UINT32_MAX, &seconds) || seconds == 0)
		note(section, their_key, "no number of seconds; set %s by hand", our_key);
	else
		strbuf_add_format(&i->ours, "%s = %llus\n", our_key, (unsigned long long)seconds);
}

/* The file is named after the section: "imap-password". */
static void put_secret(struct importing *i, const char *section, const char *their_key,
		       const char *our_key, const char *what)
{
	strbuf_add_format(&i->ours, "%s = %s-%s\n", our_key, section, what);
	note(section, their_key, "write this secret into %s-%s, readable for nobody else", section,
	     what);
}

static void secret(struct importing *i, const char *section, const char *their_key,
		   const char *our_key, const char *what)
{
	if (get(i, section, their_key).data)
		put_secret(i, section, their_key, our_key, what);
}

/* --- mailboxes ---------------------------------------------------------------- */

/* [imap] is where older versions had them. */
static const char *section_of(struct importing *i, const char *their_key)
{
	return get(i, "mailbox", their_key).data ? "mailbox" : "imap";
}

static void write_visits(struct importing *i)
{
	copy(i, section_of(i, "archive_folder"), "archive_folder", "archive");
	copy_time(i, "mailbox", "check_timeout", "poll");
}

static void write_imap(struct importing *i)
{
	const struct slice ssl = get(i, "imap", "ssl");

	strbuf_add_text(&i->ours, "\n[mailbox reports]\n");
	copy(i, "imap", "host", "host");
	copy(i, "imap", "port", "port");
	if (ssl.data && !is_true(ssl)) {
		put_text(i, "tls", "starttls");
		note("imap", "ssl", "tls = starttls, which is required here, never optional");
	}
	if (is_true(get(i, "imap", "skip_certificate_verification")))
		note("imap", "skip_certificate_verification",
		     "certificates are always verified; name the issuer's certificate by ca_file");
	copy(i, "imap", "user", "user");
	secret(i, "imap", "password", "password_file", "password");
	copy_time(i, "imap", "timeout", "timeout");
	copy(i, section_of(i, "reports_folder"), "reports_folder", "folder");
	write_visits(i);
}

static void write_maildir(struct importing *i)
{
	const struct slice path = get(i, "maildir", "maildir_path");
	const struct slice folder = get(i, "mailbox", "reports_folder");

	strbuf_add_text(&i->ours, "\n[mailbox reports]\nsource = maildir\n");
	copy(i, "maildir", path.data ? "maildir_path" : "path", "path");
	if (folder.data && !slice_is(folder, "INBOX"))
		note("mailbox", "reports_folder", "path is to name the directory of that folder");
	write_visits(i);
	if (foreign_ini_has(i->theirs, "imap"))
		note("imap", "*", "parsedmarc reads [maildir] alone where there are both");
}

static void write_mailboxes(struct importing *i)
{
	if (foreign_ini_has(i->theirs, "maildir"))
		write_maildir(i);
	else if (foreign_ini_has(i->theirs, "imap"))
		write_imap(i);
	else
		note("mailbox", "*",
		     "no [imap] and no [maildir]: a [mailbox NAME] is to be written");
}

/* --- outputs ------------------------------------------------------------------ */

static struct slice next_word(struct slice *list)
{
	struct slice word = { NULL, 0 };

	while (list->data && word.size == 0)
		word = slice_trim(slice_split(*list, ',', list));
	return word;
}

/* One of hosts with a scheme in front and without a login: *login is that. */
static void write_url(struct importing *i, struct slice host, bool ssl, struct slice *login)
{
	const size_t scheme = slice_find_text(host, "://");
	struct slice rest = host;
	size_t at;

	if (scheme < host.size) {
		strbuf_add(&i->ours, host.data, scheme + 3);
		rest = (struct slice){ host.data + scheme + 3, host.size - scheme - 3 };
	} else {
		strbuf_add_text(&i->ours, ssl ? "https://" : "http://");
	}
	at = slice_find(rest, '@');
	if (at < rest.size) {
		*login = (struct slice){ rest.data, at };
		rest = (struct slice){ rest.data + at + 1, rest.size - at - 1 };
	}
	strbuf_add_slice(&i->ours, rest);
}

static void write_urls(struct importing *i, const char *section, bool ssl, struct slice *login)
{
	struct slice hosts = get(i, section, "hosts");
	struct slice host = next_word(&hosts);

	if (!host.data || !is_writable(host)) {
		note(section, "hosts", "missing; urls is to be written");
		return;
	}
	strbuf_add_text(&i->ours, "urls = ");
	for (const char *comma = ""; host.data; host = next_word(&hosts), comma = ", ") {
		strbuf_add_text(&i->ours, comma);
		write_url(i, host, ssl, login);
	}
	strbuf_add_byte(&i->ours, '\n');
}

static void write_login(struct importing *i, const char *section, struct slice in_url)
{
	const struct slice region = get(i, section, "aws_region");
	const struct slice service = get(i, section, "aws_service");

	if (slice_is_nocase(get(i, section, "auth_type"), "awssigv4")) {
		strbuf_add_text(&i->ours, "aws_sigv4 = ");
		strbuf_add_slice(&i->ours, region.data ? region : slice_of("REGION"));
		strbuf_add_byte(&i->ours, '/');
		strbuf_add_slice(&i->ours, service.data ? service : slice_of("es"));
		strbuf_add_text(&i->ours, "\naws_access_key_env = AWS_ACCESS_KEY_ID\n"
					  "aws_secret_key_env = AWS_SECRET_ACCESS_KEY\n");
		note(section, "auth_type",
		     "keys are taken from the environment, from nowhere else; temporary ones also need "
		     "aws_session_token_env = AWS_SESSION_TOKEN");
		return;
	}
	if (get(i, section, "api_key").data || get(i, section, "apikey").data) {
		put_secret(i, section, "api_key", "api_key_file", "api-key");
		if (get(i, section, "user").data || in_url.data)
			note(section, "user", "an API key is given, which is used alone");
		get(i, section, "password");
		return;
	}
	if (in_url.data) {
		struct slice rest;

		put(i, "user", slice_split(in_url, ':', &rest));
		put_secret(i, section, "hosts", "password_file", "password");
		return;
	}
	copy(i, section, "user", "user");
	secret(i, section, "password", "password_file", "password");
}

static void write_search(struct importing *i, const char *section)
{
	const struct slice ssl = get(i, section, "ssl"), suffix = get(i, section, "index_suffix");
	struct slice in_url = { NULL, 0 };

	strbuf_add_format(&i->ours, "\n[output %s]\nschema = parsedmarc\n", section);
	write_urls(i, section, !ssl.data || is_true(ssl), &in_url);
	copy(i, section, "cert_path", "ca_file");
	if (is_true(get(i, section, "skip_certificate_verification")))
		note(section, "skip_certificate_verification",
		     "certificates are always verified; name the issuer's certificate by ca_file");
	write_login(i, section, in_url);
	copy_time(i, section, "timeout", "timeout");
	copy(i, section, "index_prefix", "index_prefix");
	if (suffix.data)
		put(i, "index_suffix", suffix);
	if (is_true(get(i, section, "monthly_indexes")))
		put_text(i, "monthly_indexes", "yes");
}

static void write_outputs(struct importing *i)
{
	static const char *const searches[] = { "elasticsearch", "opensearch" };
	bool any = false;

	for (size_t s = 0; s < sizeof(searches) / sizeof(searches[0]); s++) {
		if (!foreign_ini_has(i->theirs, searches[s]))
			continue;
		any = true;
		write_search(i, searches[s]);
	}
	if (!any)
		note("elasticsearch", "*",
		     "neither [elasticsearch] nor [opensearch]: documents go to "
		     "files below the state directory");
}

/* Of the three topics theirs go to, ours have the kind in their name. */
static void write_kafka(struct importing *i)
{
	if (!foreign_ini_has(i->theirs, "kafka"))
		return;
	strbuf_add_text(&i->ours,
			"\n[output kafka]\ntype = kafka\nschema = parsedmarc\ntopic_prefix =\n");
	note("kafka", "*",
	     "messages are documents as in Elasticsearch, not as in parsedmarc's topics");
	copy(i, "kafka", "hosts", "brokers");
	if (!is_true(get(i, "kafka", "ssl")))
		put_text(i, "kafka_tls", "no");
	if (get(i, "kafka", "user").data) {
		put_text(i, "sasl", "plain");
		copy(i, "kafka", "user", "user");
		secret(i, "kafka", "password", "password_file", "password");
	}
	if (is_true(get(i, "kafka", "skip_certificate_verification")))
		note("kafka", "skip_certificate_verification",
		     "certificates are always verified; name the issuer's certificate by ca_file");
}

/* --- tenants ------------------------------------------------------------------ */

/* As they make a prefix of it: lower case, no blanks or _ around, _ within. */
static bool tenant_name_of(struct slice theirs, char name[static TENANT_NAME_MAX + 1])
{
	theirs = slice_trim(theirs);
	while (theirs.size > 0 && theirs.data[0] == '_')
		theirs = (struct slice){ theirs.data + 1, theirs.size - 1 };
	while (theirs.size > 0 && theirs.data[theirs.size - 1] == '_')
		theirs.size--;
	if (theirs.size > TENANT_NAME_MAX)
		return false;
	for (size_t at = 0; at < theirs.size; at++)
		name[at] = strchr(" -", theirs.data[at]) ? '_' : ascii_lower(theirs.data[at]);
	name[theirs.size] = '\0';
	return tenant_name_valid(slice_of(name));
}

static void add_domain(void *context, struct slice tenant, struct slice domain)
{
	struct importing *i = context;
	char name[TENANT_NAME_MAX + 1];
	struct error err;

	if (!tenant_name_of(tenant, name)) {
		note("general", "index_prefix_domain_map", "'%.*s' can be no name of a tenant here",
		     (int)tenant.size, tenant.data);
		return;
	}
	if (!is_writable(domain) || slice_find(domain, ',') < domain.size ||
	    !tenant_table_add(i->table, name, domain, &err)) {
		note("general", "index_prefix_domain_map",
		     "%.*s of %s: no domain, or claimed before", (int)domain.size, domain.data,
		     name);
		return;
	}
	if (strcmp(i->tenant, name) != 0)
		strbuf_add_format(&i->tenants,
				  "%s\n[tenant %s]\ndomains = ", *i->tenant ? "\n" : "", name);
	else
		strbuf_add_text(&i->tenants, ", ");
	snprintf(i->tenant, sizeof(i->tenant), "%s", name);
	strbuf_add_slice(&i->tenants, domain);
}

static bool write_tenants(struct importing *i, struct error *err)
{
	const struct slice path = get(i, "general", "index_prefix_domain_map");

	if (!path.data)
		return true;
	if (get(i, "elasticsearch", "index_prefix").data ||
	    get(i, "opensearch", "index_prefix").data) {
		note("general", "index_prefix_domain_map",
		     "an index_prefix is set, which switches it off; [tenant NAME] and "
		     "index_prefix "
		     "go together here");
		return true;
	}
	if (!tenant_map_read(arena_text(&i->arena, path), add_domain, i, err))
		return false;
	strbuf_add_slice(&i->ours, strbuf_slice(&i->tenants));
	if (i->tenants.len > 0)
		strbuf_add_byte(&i->ours, '\n');
	return true;
}

/* --- all of it ------------------------------------------------------------------ */

static void write_bridge(struct importing *i)
{
	strbuf_add_text(&i->ours, "[bridge]\n");
	if (is_true(get(i, "general", "debug")))
		put_text(i, "log_level", "debug");
	else if (is_true(get(i, "general", "warnings")) && !is_true(get(i, "general", "verbose")))
		put_text(i, "log_level", "warning");
	get(i, "general", "verbose");
	get(i, "general", "warnings");
}

static const struct nothing *nothing_for(const struct foreign_entry *entry)
{
	/* the mailbox's settings stood in [imap] once */
	const bool old = slice_is(entry->section, "imap");

	for (size_t n = 0; n < sizeof(nothings) / sizeof(nothings[0]); n++) {
		const struct nothing *row = &nothings[n];

		if ((slice_is(entry->section, row->section) ||
		     (old && strcmp(row->section, "mailbox") == 0)) &&
		    (!row->key || slice_is(entry->key, row->key)))
			return row;
	}
	return NULL;
}

/* They store nothing of a kind unless told to. */
static bool is_asked_for(const struct foreign_entry *entry)
{
	return slice_starts_with(entry->key, "save_") && is_true(entry->value);
}

static void name_the_rest(const struct importing *i)
{
	const bool maildir = foreign_ini_has(i->theirs, "maildir");

	for (const struct foreign_entry *e = i->theirs; e; e = e->next) {
		const struct nothing *row = nothing_for(e);

		if (e->used || is_asked_for(e) || (row && !row->why) ||
		    (maildir && slice_is(e->section, "imap")))
			continue;
		fprintf(stderr, "[%.*s] %.*s: %s\n", (int)e->section.size, e->section.data,
			(int)e->key.size, e->key.data,
			row ? row->why
			    : "has no counterpart, and parsedmarc 11 may not know it either");
	}
}

static bool read_theirs(struct importing *i, const char *path, struct error *err)
{
	char *text = arena_alloc(&i->arena, FILE_SIZE_MAX);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t got = 0;

	if (fd < 0)
		return error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	while (size < FILE_SIZE_MAX && (got = read(fd, text + size, FILE_SIZE_MAX - size)) > 0)
		size += (size_t)got;
	close(fd);
	if (got < 0 || size == FILE_SIZE_MAX)
		return error_set(err, ERROR_FATAL, "%s: not a readable file of less than a MiB",
				 path);
	return foreign_ini_read((struct slice){ text, size }, path, &i->arena, &i->theirs, err);
}

static bool import(struct importing *i, const char *path, struct error *err)
{
	if (!read_theirs(i, path, err))
		return false;
	write_bridge(i);
	write_mailboxes(i);
	write_outputs(i);
	write_kafka(i);
	if (!write_tenants(i, err))
		return false;
	name_the_rest(i);
	if (i->ours.overflowed)
		return error_set(err, ERROR_FATAL, "%s: too large", path);
	return true;
}

int command_import_config(int argc, char **argv)
{
	struct importing i = { .tenant = "" };
	struct error err;
	bool good;

	if (argc != 2 || argv[1][0] == '-') {
		fputs("reportbridge import-config: give one file; try 'reportbridge help "
		      "import-config'\n",
		      stderr);
		return EXIT_USAGE;
	}
	arena_init(&i.arena, 8 * FILE_SIZE_MAX);
	strbuf_init(&i.ours, 4 * FILE_SIZE_MAX);
	strbuf_init(&i.tenants, 4 * FILE_SIZE_MAX);
	i.table = tenant_table_new();
	good = import(&i, argv[1], &err);
	if (good)
		fputs(i.ours.buf, stdout);
	tenant_table_free(i.table);
	strbuf_release(&i.ours);
	strbuf_release(&i.tenants);
	arena_release(&i.arena);
	return good ? EXIT_DONE : command_failed(&err);
}
