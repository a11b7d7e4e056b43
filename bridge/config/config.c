/* config.c - reads the configuration file
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/fiber.h"
#include "base/name_lookup.h"
#include "base/wait.h"
#include "bridge/config/ini.h"
#include "bridge/config/login.h"
#include "bridge/config/mailbox_config.h"
#include "bridge/config/option.h"
#include "bridge/config/output_config.h"
#include "bridge/config/secret.h"
#include "bridge/config/tell_config.h"
#include "bridge/config/tenant_file.h"

#define CONFIG_LIMIT ((off_t)16 << 20)
/* A tenants_file that was modified less than this ago is checked for further changes. */
#define SETTLED_MS 200
/* Further errors are dropped. */
#define ERRORS_LIMIT ((size_t)64 << 10)
#define STATE_DIRECTORY "/var/lib/reportbridge"

/* A line of a section. Lines are interpreted at the end of the section, when its type is
 * known. */
struct entry {
	struct entry *next;
	unsigned line;
	struct slice key, value;
};

struct reading {
	struct config *config;
	const char *file, *directory; /* the configuration file, and its directory */
	struct entry *entries, **end; /* of the current section */
	const char *section;          /* its kind; NULL before the first section */
	void *target;                 /* NULL: ignore its lines */
	bool bridge_seen, enrich_seen, schedule_seen, mail_seen, service_seen, output_seen;
};

/* line 0: not about a particular line. */
static void note(const struct reading *r, struct strbuf *notes, unsigned line,
		 const struct error *why)
{
	strbuf_add_format(notes, "%s:", r->file);
	if (line > 0)
		strbuf_add_format(notes, "%u:", line);
	strbuf_add_format(notes, " %s\n", why->text);
}

static void note_error(struct reading *r, unsigned line, const struct error *why)
{
	note(r, &r->config->errors, line, why);
}

static void *add_mailbox(struct reading *r, const char *name)
{
	struct mailbox_config **at = &r->config->mailboxes;

	for (; *at; at = &(*at)->next)
		if (strcmp((*at)->name, name) == 0)
			return NULL;
	*at = arena_alloc(&r->config->arena, sizeof(**at));
	(*at)->name = (*at)->section = name;
	options_default("mailbox", *at, &r->config->arena);
	return *at;
}

static void *add_tenant(struct reading *r, const char *name)
{
	struct tenant_config **at = &r->config->tenants;

	for (; *at; at = &(*at)->next)
		if (strcmp((*at)->name, name) == 0)
			return NULL;
	*at = arena_alloc(&r->config->arena, sizeof(**at));
	(*at)->name = name;
	return *at;
}

static void *add_notify(struct reading *r, const char *name)
{
	struct notify_config **at = &r->config->notifies;

	for (; *at; at = &(*at)->next)
		if (strcmp((*at)->name, name) == 0)
			return NULL;
	*at = arena_alloc(&r->config->arena, sizeof(**at));
	options_default("notify", *at, &r->config->arena);
	(*at)->name = name;
	return *at;
}

static void *add_digest(struct reading *r, const char *name)
{
	struct digest_config **at = &r->config->digests;

	for (; *at; at = &(*at)->next)
		if (strcmp((*at)->name, name) == 0)
			return NULL;
	*at = arena_alloc(&r->config->arena, sizeof(**at));
	options_default("digest", *at, &r->config->arena);
	(*at)->name = name;
	return *at;
}

/* The first output exists already, with its defaults. */
static void *add_output(struct reading *r, const char *name)
{
	struct output_config *output = &r->config->output;

	if (r->output_seen) {
		for (; strcmp(output->name, name) != 0 && output->next; output = output->next)
			continue;
		if (strcmp(output->name, name) == 0)
			return NULL;
		output->next = arena_alloc(&r->config->arena, sizeof(*output));
		output = output->next;
		options_default("output", output, &r->config->arena);
	}
	r->output_seen = true;
	output->name = name;
	return output;
}

static const struct named_section {
	const char *kind;
	void *(*add)(struct reading *r, const char *name); /* NULL: the name exists already */
} named_sections[] = {
	{ "mailbox", add_mailbox }, { "output", add_output }, { "tenant", add_tenant },
	{ "notify", add_notify },   { "digest", add_digest },
};

static bool begin_named(struct reading *r, const struct named_section *named, struct slice name,
			struct error *err)
{
	const char *section = named->kind;
	char *text;

	if (name.size == 0)
		return error_set(err, ERROR_FATAL, "[%s] needs a name: [%s NAME]", section,
				 section);
	if (strcmp(section, "tenant") == 0 && !tenant_name_valid(name))
		return error_set(err, ERROR_FATAL, TENANT_NAME_RULE, (int)name.size, name.data);
	text = arena_text(&r->config->arena, name);
	/* [tenant unclaimed] may have a retention, since it has documents beside those of
	 * tenants; "default" exists only without tenants. */
	if (strcmp(section, "tenant") == 0 && slice_is(name, TENANT_DEFAULT))
		return error_set(err, ERROR_FATAL, TENANT_RESERVED, text);
	r->target = named->add(r, text);
	if (!r->target)
		return error_set(err, ERROR_FATAL, "[%s %s] is defined twice", section, text);
	return true;
}

static bool begin_unnamed(struct reading *r, const char *section, bool *seen, void *target,
			  struct error *err)
{
	if (*seen)
		return error_set(err, ERROR_FATAL, "[%s] is defined twice", section);
	*seen = true;
	r->section = section;
	r->target = target;
	return true;
}

static bool begin_section(struct reading *r, const struct ini_line *line, struct error *err)
{
	r->section = "";
	r->target = NULL;
	r->entries = NULL;
	r->end = &r->entries;
	if (slice_is(line->kind, "bridge") && !line->name.data)
		return begin_unnamed(r, "bridge", &r->bridge_seen, &r->config->bridge, err);
	if (slice_is(line->kind, "enrich") && !line->name.data)
		return begin_unnamed(r, "enrich", &r->enrich_seen, &r->config->enrich, err);
	if (slice_is(line->kind, "schedule") && !line->name.data)
		return begin_unnamed(r, "schedule", &r->schedule_seen, &r->config->schedule, err);
	if (slice_is(line->kind, "mail") && !line->name.data)
		return begin_unnamed(r, "mail", &r->mail_seen, &r->config->mail, err);
	if (slice_is(line->kind, "service") && !line->name.data)
		return begin_unnamed(r, "service", &r->service_seen, &r->config->service, err);
	for (size_t i = 0; i < sizeof(named_sections) / sizeof(named_sections[0]); i++) {
		if (!slice_is(line->kind, named_sections[i].kind))
			continue;
		r->section = named_sections[i].kind;
		return begin_named(r, &named_sections[i], line->name, err);
	}
	return error_set(
		err, ERROR_FATAL,
		"unknown section [%.*s]; there are [bridge], [enrich], [schedule], [mail], [service], "
		"[mailbox NAME], [output NAME], [tenant NAME], [notify NAME] and [digest NAME]",
		(int)line->kind.size, line->kind.data);
}

static bool add_entry(struct reading *r, const struct ini_line *line, struct error *err)
{
	struct entry *entry;

	if (!r->section)
		return error_set(err, ERROR_FATAL, "a key before the first [section]");
	for (entry = r->entries; entry; entry = entry->next)
		if (slice_equal(entry->key, line->key))
			return error_set(err, ERROR_FATAL, "%.*s is already set in line %u",
					 (int)line->key.size, line->key.data, entry->line);
	entry = arena_alloc(&r->config->arena, sizeof(*entry));
	*entry = (struct entry){ .line = line->number, .key = line->key, .value = line->value };
	*r->end = entry;
	r->end = &entry->next;
	return true;
}

/* Checks at once, so that the error has the line number. */
static bool claim_domains(struct reading *r, const struct tenant_config *tenant, struct error *err)
{
	for (size_t i = 0; tenant->domains && tenant->domains[i]; i++)
		if (!tenant_table_add(r->config->tenant_table, tenant->name,
				      slice_of(tenant->domains[i]), err))
			return false;
	return true;
}

/* The type of the section as a bit; 0: its kind has no types. */
static unsigned type_of_section(const struct reading *r)
{
	if (strcmp(r->section, "mailbox") == 0)
		return 1u << ((const struct mailbox_config *)r->target)->source;
	if (strcmp(r->section, "output") == 0)
		return 1u << ((const struct output_config *)r->target)->type;
	if (strcmp(r->section, "notify") == 0)
		return 1u << ((const struct notify_config *)r->target)->type;
	return 0;
}

static bool is_selector(const struct reading *r, struct slice key)
{
	return (strcmp(r->section, "mailbox") == 0 && slice_is(key, "source")) ||
	       ((strcmp(r->section, "output") == 0 || strcmp(r->section, "notify") == 0) &&
		slice_is(key, "type"));
}

static bool is_old_type(const struct reading *r, const struct entry *entry)
{
	struct error warning;

	if (strcmp(r->section, "output") != 0 || !slice_is(entry->key, "type") ||
	    !output_config_set_old_type(r->target, entry->value, &warning))
		return false;
	note(r, &r->config->warnings, entry->line, &warning);
	return true;
}

static bool read_entry(struct reading *r, const struct entry *entry, struct error *err)
{
	if (is_old_type(r, entry))
		return true;
	return option_set(r->section, type_of_section(r), entry->key, entry->value, r->target,
			  r->directory, &r->config->arena, err) &&
	       (strcmp(r->section, "tenant") != 0 || !slice_is(entry->key, "domains") ||
		claim_domains(r, r->target, err));
}

/* Reads the type first, which may follow options that depend on it. */
static void end_section(struct reading *r)
{
	struct error err;

	for (int others = 0; r->target && others < 2; others++)
		for (const struct entry *e = r->entries; e; e = e->next)
			if (is_selector(r, e->key) == !others && !read_entry(r, e, &err))
				note_error(r, e->line, &err);
}

static void read_sections(struct reading *r, struct slice text)
{
	struct ini_line line;
	struct error err;
	struct ini ini;
	bool more, good;

	ini_open(&ini, text);
	do {
		good = ini_next(&ini, &line, &more, &err);
		if (!more || (good && line.is_section))
			end_section(r);
		if (good && more)
			good = line.is_section ? begin_section(r, &line, &err)
					       : add_entry(r, &line, &err);
		if (!good)
			note_error(r, line.number, &err);
	} while (more);
}

/* Modified a moment ago, so a write may be in progress. */
static bool is_fresh(const struct stat *file)
{
	struct timespec now;
	int64_t age_ms;

	clock_gettime(CLOCK_REALTIME, &now);
	age_ms = (int64_t)(now.tv_sec - file->st_mtim.tv_sec) * 1000 +
		 (now.tv_nsec - file->st_mtim.tv_nsec) / 1000000;
	return age_ms < SETTLED_MS;
}

/* While a file is rewritten in place, a reader sees only a part of it. */
static bool stays_as_it_was(int fd, const struct stat *before, bool patient)
{
	struct stat after;

	if (patient && is_fresh(before))
		(void)wait_until(clock_ms() + SETTLED_MS);
	return fstat(fd, &after) == 0 && after.st_size == before->st_size &&
	       after.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	       after.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

/* patient: waits a moment if a write may be in progress. */
static bool read_file(struct arena *arena, const char *path, bool patient, struct slice *text,
		      struct error *err)
{
	const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *buffer = NULL;
	struct stat file;
	bool good, whole;

	if (fd < 0)
		return error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	good = fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_size < CONFIG_LIMIT;
	if (good)
		buffer = arena_alloc(arena, (size_t)file.st_size + 1);
	good = buffer && pread(fd, buffer, (size_t)file.st_size, 0) == file.st_size;
	whole = good && stays_as_it_was(fd, &file, patient);
	close(fd);
	if (!good)
		return error_set(err, ERROR_FATAL, "%s: not a readable file of less than 16 MiB",
				 path);
	if (!whole)
		return error_set(err, ERROR_FATAL,
				 "%s changed while it was read: write another file and rename it",
				 path);
	*text = (struct slice){ buffer, (size_t)file.st_size };
	return true;
}

/* The default output: files below the state directory. */
static void default_output(struct config *config)
{
	struct strbuf path;

	strbuf_init(&path, 4096);
	strbuf_add_format(&path, "%s/documents", config->bridge.state_directory);
	config->output.name = "files";
	config->output.type = OUTPUT_FILE;
	config->output.file.directory = arena_text(&config->arena, strbuf_slice(&path));
	strbuf_release(&path);
}

static void default_state_directory(struct config *config)
{
	const char *from_systemd = getenv("STATE_DIRECTORY");

	if (config->bridge.state_directory)
		return;
	config->bridge.state_directory = from_systemd && *from_systemd
						 ? arena_text(&config->arena,
							      slice_of(from_systemd))
						 : STATE_DIRECTORY;
}

static void default_listen(struct config *config)
{
	struct strbuf path;

	if (config->bridge.listen)
		return;
	strbuf_init(&path, 4096);
	strbuf_add_format(&path, "%s/status.sock", config->bridge.state_directory);
	config->bridge.listen = arena_text(&config->arena, strbuf_slice(&path));
	config->bridge.listen_by_default = true;
	strbuf_release(&path);
}

static void place_cache_file(struct config *config)
{
	struct strbuf path;

	strbuf_init(&path, 4096);
	strbuf_add_format(&path, "%s/names", config->bridge.state_directory);
	config->enrich.cache_file = arena_text(&config->arena, strbuf_slice(&path));
	strbuf_release(&path);
}

static bool read_tenants_file(struct config *config, const char *path, struct error *err)
{
	struct slice text;

	return read_file(&config->arena, path, true, &text, err) &&
	       tenant_file_read(config, text, path, err);
}

static void check_senders(struct reading *r)
{
	struct config *config = r->config;
	struct error err;

	for (struct tenant_config *t = config->tenants; t; t = t->next) {
		if (own_senders_read(&config->arena, t->senders, &t->own_senders))
			continue;
		error_set(&err, ERROR_FATAL, "[tenant %s]: senders takes too much memory", t->name);
		note_error(r, 0, &err);
	}
}

static void check_tenants(struct reading *r)
{
	struct config *config = r->config;
	const char *path = config->bridge.tenants_file;
	struct error err;

	if (path && !read_tenants_file(config, path, &err))
		strbuf_add_format(&config->errors, "%s\n", err.text);
	for (const struct tenant_config *t = config->tenants; t && !path; t = t->next) {
		if (t->domains || strcmp(t->name, TENANT_UNCLAIMED) == 0)
			continue;
		error_set(&err, ERROR_FATAL, "[tenant %s]: domains is missing", t->name);
		note_error(r, 0, &err);
	}
}

/* An output that is not the only one has files named after it. */
bool config_is_file_name(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	return strspn(name, letters) == strlen(name) && strlen(name) <= 64;
}

static bool find_output(struct mailbox_config *mailbox, const struct config *config,
			const char *name, bool *required, struct error *err)
{
	const struct output_config *output = &config->output;

	while (output && strcmp(output->name, name) != 0)
		output = output->next;
	if (!output)
		return error_set(err, ERROR_FATAL, "[mailbox %s]: there is no [output %s]",
				 mailbox->name, name);
	mailbox->output_bits |= output->bit;
	*required |= output->required;
	return true;
}

static bool find_outputs(struct mailbox_config *mailbox, const struct config *config,
			 struct error *err)
{
	bool required = false;

	for (size_t i = 0; mailbox->outputs && mailbox->outputs[i]; i++)
		if (!find_output(mailbox, config, mailbox->outputs[i], &required, err))
			return false;
	for (const struct output_config *o = &config->output; o && !mailbox->outputs; o = o->next)
		if (!find_output(mailbox, config, o->name, &required, err))
			return false;
	/* Otherwise mails would be moved although nothing was stored. */
	if (!required)
		return error_set(err, ERROR_FATAL, "[mailbox %s]: none of its outputs is required",
				 mailbox->name);
	return true;
}

static bool check_output(struct config *config, struct output_config *output, struct error *err)
{
	if (output->bit == 0)
		return error_set(err, ERROR_FATAL, "more than 32 outputs");
	if (config->output.next && !config_is_file_name(output->name))
		return error_set(err, ERROR_FATAL,
				 "[output %s]: where there are several, their names take letters, "
				 "digits, _ and -",
				 output->name);
	return output_config_check(output, &config->arena, err);
}

static void check_outputs(struct reading *r)
{
	struct config *config = r->config;
	struct error err;
	uint32_t bit = 1;

	for (struct output_config *o = &config->output; o; o = o->next, bit <<= 1) {
		o->bit = bit;
		if (!check_output(config, o, &err))
			note_error(r, 0, &err);
	}
}

static void check_mailboxes(struct reading *r)
{
	struct config *config = r->config;
	struct error err;

	for (struct mailbox_config *m = config->mailboxes; m; m = m->next)
		if ((!m->is_further && !mailbox_config_check(m, &config->arena, &err)) ||
		    !find_outputs(m, config, &err))
			note_error(r, 0, &err);
	if (!config->mailboxes) {
		error_set(&err, ERROR_FATAL, "no [mailbox NAME] section");
		note_error(r, 0, &err);
	}
}

/* Drops the blanks, which c-ares does not accept. */
static void check_name_servers(struct reading *r, const char *section, const char *key,
			       const char **servers)
{
	struct strbuf text;
	struct error err;

	if (!*servers)
		return;
	strbuf_init(&text, strlen(*servers) + 1);
	for (const char *c = *servers; *c; c++)
		if (*c != ' ' && *c != '\t')
			strbuf_add_byte(&text, *c);
	*servers = arena_text(&r->config->arena, strbuf_slice(&text));
	strbuf_release(&text);
	if (name_servers_are_good(*servers))
		return;
	error_set(&err, ERROR_FATAL, "[%s]: %s = %s: not addresses with commas between", section,
		  key, *servers);
	note_error(r, 0, &err);
}

static void check_bridge(struct reading *r)
{
	struct bridge_config *bridge = &r->config->bridge;
	struct error err;

	check_name_servers(r, "bridge", "dkim_name_servers", &bridge->dkim_name_servers);
	check_name_servers(r, "enrich", "resolvers", &r->config->enrich.resolvers);
	if (bridge->failure_personal == PERSONAL_HASHED &&
	    !secret_is_given(&bridge->failure_key_from)) {
		error_set(&err, ERROR_FATAL,
			  "[bridge]: failure_personal = hashed needs failure_key_file");
		note_error(r, 0, &err);
	}
}

/* Refuses a schedule for a command that would fail every time. */
static void check_scheduled(struct reading *r, enum scheduled_command command, bool has_section)
{
	struct error err;

	if (has_section || r->config->schedule.commands[command].at.kind == CALENDAR_NEVER)
		return;
	error_set(&err, ERROR_FATAL, "[schedule]: %s needs a section [%s NAME]",
		  scheduled_name(command), scheduled_name(command));
	note_error(r, 0, &err);
}

static void check_tell(struct reading *r)
{
	struct config *config = r->config;
	struct error err;

	check_scheduled(r, SCHEDULED_NOTIFY, config->notifies);
	check_scheduled(r, SCHEDULED_DIGEST, config->digests);
	if (!mail_config_check(config, &err))
		note_error(r, 0, &err);
	for (const struct tenant_config *t = config->tenants; t; t = t->next)
		if (!tenant_contact_check(t, &err))
			note_error(r, 0, &err);
	for (struct notify_config *n = config->notifies; n; n = n->next)
		if (!notify_config_check(config, n, &err))
			note_error(r, 0, &err);
	for (const struct digest_config *d = config->digests; d; d = d->next)
		if (!digest_config_check(config, d, &err))
			note_error(r, 0, &err);
}

static const char *directory_of(struct arena *arena, const char *path)
{
	char *real = realpath(path, NULL), *slash;
	const char *directory;

	if (!real)
		return NULL;
	slash = strrchr(real, '/');
	directory = arena_text(arena, slice_between(real, slash));
	free(real);
	return directory;
}

/* The first line of the errors, without its newline. */
static bool first_error(const struct config *config, struct error *err)
{
	struct slice rest;
	const struct slice line = slice_split(strbuf_slice(&config->errors), '\n', &rest);

	return error_set(err, ERROR_FATAL, "%.*s", (int)line.size, line.data);
}

bool config_read(struct config *config, const char *path, struct error *err)
{
	struct reading r = { .config = config, .file = path };
	struct slice text;

	*config = (struct config){ .tenant_table = tenant_table_new() };
	arena_init(&config->arena, 4 * (size_t)CONFIG_LIMIT);
	strbuf_init(&config->errors, ERRORS_LIMIT);
	strbuf_init(&config->warnings, ERRORS_LIMIT);
	if (!read_file(&config->arena, path, false, &text, err)) {
		strbuf_add_format(&config->errors, "%s\n", err->text);
		return false;
	}
	r.directory = directory_of(&config->arena, path);
	options_default("bridge", &config->bridge, &config->arena);
	options_default("enrich", &config->enrich, &config->arena);
	options_default("schedule", &config->schedule, &config->arena);
	options_default("mail", &config->mail, &config->arena);
	options_default("output", &config->output, &config->arena);
	read_sections(&r, text);
	default_state_directory(config);
	default_listen(config);
	place_cache_file(config);
	if (!r.output_seen)
		default_output(config);
	/* Missing options may be a consequence of lines with errors, so skip these checks. */
	if (config->errors.len == 0) {
		check_bridge(&r);
		check_outputs(&r);
		check_mailboxes(&r);
		check_tenants(&r);
		check_senders(&r);
		check_tell(&r);
	}
	return config->errors.len == 0 || first_error(config, err);
}

/* Mailboxes whose secrets are read at a time: a command may wait for another machine. */
#define SECRETS_AT_ONCE 8
/* More than those commands need together. */
#define SECRETS_DESCRIPTORS 100

struct secrets_reading {
	struct mailbox_config *next; /* the mailbox to read next; NULL: none, or one failed */
	struct arena *arena;
	size_t begun, failed; /* numbers of mailboxes, from 1; 0: none failed */
	struct error *err;
};

static void read_mailbox_secrets(void *context)
{
	struct secrets_reading *r = context;
	struct mailbox_config *mailbox;

	while ((mailbox = r->next)) {
		const size_t number = ++r->begun;
		struct error err;

		r->next = mailbox->next;
		if (mailbox_config_secrets(mailbox, r->arena, &err))
			continue;
		r->next = NULL;
		/* Always report the same one of several. */
		if (r->failed == 0 || number < r->failed) {
			r->failed = number;
			*r->err = err;
		}
	}
}

/* One after the other where descriptors are scarce, and in a reload in the foreground, which runs
 * in a fiber of the worker. */
static bool read_all_mailbox_secrets(struct config *config, struct error *err)
{
	struct secrets_reading reading = { .next = config->mailboxes,
					   .arena = &config->arena,
					   .err = err };

	if (fiber_is_running() || descriptors_limit() < SECRETS_DESCRIPTORS) {
		read_mailbox_secrets(&reading);
		return reading.failed == 0;
	}
	for (unsigned i = 0; i < SECRETS_AT_ONCE; i++)
		fiber_start(read_mailbox_secrets, &reading);
	fiber_run(fiber_wait);
	return reading.failed == 0;
}

bool config_read_secrets(struct config *config, struct error *err)
{
	if (!secret_read(&config->bridge.failure_key_from, "failure_key", &config->arena,
			 &config->bridge.failure_key, err))
		return error_context(err, "[bridge]");
	return read_all_mailbox_secrets(config, err) && config_read_output_secrets(config, err);
}

bool config_read_no_secrets(struct config *config, struct error *err)
{
	(void)config;
	(void)err;
	return true;
}

bool config_read_output_secrets(struct config *config, struct error *err)
{
	for (struct output_config *o = &config->output; o; o = o->next)
		if (!output_config_secrets(o, &config->arena, err))
			return false;
	return true;
}

bool config_read_setup_secrets(struct config *config, struct error *err)
{
	for (struct output_config *o = &config->output; o; o = o->next)
		if (!output_config_setup_secrets(o, &config->arena, err))
			return false;
	return true;
}

bool config_read_reader_secrets(struct config *config, struct error *err)
{
	for (struct output_config *o = &config->output; o; o = o->next)
		if (!output_config_reader_secrets(o, &config->arena, err))
			return false;
	return true;
}

const struct tenant_config *config_find_tenant(const struct config *config, struct slice name)
{
	const struct tenant_config *t = config->tenants;

	while (t && !slice_is(name, t->name))
		t = t->next;
	return t;
}

const struct own_senders *config_own_senders(const struct config *config, struct slice tenant)
{
	const struct tenant_config *t = config_find_tenant(config, tenant);

	return t ? &t->own_senders : NULL;
}

bool config_keeps_house(const struct config *config)
{
	if (config->bridge.housekeeping != HOUSEKEEPING_AUTO)
		return config->bridge.housekeeping == HOUSEKEEPING_YES;
	for (const struct mailbox_config *m = config->mailboxes; m; m = m->next)
		if (m->source == SOURCE_IMAP && m->imap.shard > 0)
			return false;
	return true;
}

const struct output_config *config_report_output(const struct config *config)
{
	const struct output_config *output = &config->output;

	while (output && (output->naming.schema != SCHEMA_ECS ||
			  (output->type != OUTPUT_ELASTICSEARCH && output->type != OUTPUT_FILE)))
		output = output->next;
	return output ? output : &config->output;
}

void config_log_warnings(const struct config *config)
{
	struct slice line, rest = strbuf_slice(&config->warnings);
	char buffer[1024];
	const char *const text = buffer;

	while ((line = slice_split(rest, '\n', &rest)).size > 0) {
		snprintf(buffer, sizeof(buffer), "%.*s", (int)line.size, line.data);
		log_event(LOG_LEVEL_WARNING, "configuration", LOG_TEXT("error", text));
	}
}

void config_release(struct config *config)
{
	tenant_table_free(config->tenant_table);
	strbuf_release(&config->errors);
	strbuf_release(&config->warnings);
	arena_wipe(&config->arena); /* it contains the secrets */
	arena_release(&config->arena);
	*config = (struct config){ .tenants = NULL };
}
