/* output_config.c - checks an [output] section
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/output_config.h"

#include "bridge/config/cloud_id.h"
#include "bridge/config/kafka_config.h"
#include "bridge/config/login.h"

/* Only this function handles cloud ids. */
static bool resolve_cloud_id(struct output_config *output, struct arena *arena, struct error *err)
{
	if (!cloud_id_urls(output->cloud_id, arena, &output->elastic.urls, err))
		return false;
	if (!output->kibana_url)
		output->kibana_url = cloud_id_kibana(output->cloud_id, arena);
	output->cloud_id = NULL;
	return true;
}

/* Whether search servers accept it in the name of an index. */
static bool is_index_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	return strspn(text, letters) == strlen(text) && strlen(text) <= 64;
}

static bool check_naming(struct index_naming *naming, struct error *err)
{
	const bool parsedmarc = naming->schema == SCHEMA_PARSEDMARC;

	if (!naming->prefix)
		naming->prefix = parsedmarc ? "" : "reportbridge";
	if ((!*naming->prefix && !parsedmarc) ||
	    (*naming->prefix && strchr("._-", *naming->prefix)) || !is_index_name(naming->prefix))
		return error_set(err, ERROR_FATAL,
				 "index_prefix takes a-z, 0-9 and . _ - but not first, at most 64");
	if (naming->suffix && (!*naming->suffix || !is_index_name(naming->suffix)))
		return error_set(err, ERROR_FATAL,
				 "index_suffix takes a-z, 0-9 and . _ -, at most 64");
	if (!parsedmarc && (naming->suffix || naming->monthly))
		return error_set(err, ERROR_FATAL, "%s goes with schema = parsedmarc alone",
				 naming->suffix ? "index_suffix" : "monthly_indexes");
	if (parsedmarc && naming->period != INDEX_MONTH)
		return error_set(err, ERROR_FATAL, "index_period goes with schema = ecs alone");
	return true;
}

static bool check_kafka(struct output_config *output, struct error *err)
{
	struct index_naming *naming = &output->naming;

	if (!kafka_config_check(&output->kafka.connection, output->login.as.user, err))
		return false;
	if (!naming->prefix)
		naming->prefix = "reportbridge-";
	if (!kafka_config_is_topic(naming->prefix, 100))
		return error_set(err, ERROR_FATAL,
				 "topic_prefix takes letters, digits and . _ -, at most 100");
	naming->topics = true;
	return true;
}

static bool check_url(const char *option, const char *url, struct error *err)
{
	const char *host;

	if (!slice_starts_with(slice_of(url), "https://") &&
	    !slice_starts_with(slice_of(url), "http://"))
		return error_set(err, ERROR_FATAL, "%s: a URL begins with https:// or http://",
				 option);
	host = strstr(url, "://") + 3;
	/* Not printed: it contains a password. */
	if (memchr(host, '@', strcspn(host, "/?#")))
		return error_set(err, ERROR_FATAL,
				 "%s: a URL must not contain user and password; give user and "
				 "password_file",
				 option);
	if (strcspn(host, "/:?#") == 0 && *host != '[')
		return error_set(err, ERROR_FATAL, "%s: %s names no host", option, url);
	return true;
}

static bool check_elastic(struct output_config *output, struct arena *arena, struct error *err)
{
	const char *const *urls;

	if (!logins_agree(output, err))
		return false;
	if (output->cloud_id && output->elastic.urls)
		return error_set(err, ERROR_FATAL, "urls or cloud_id, not both");
	if (output->cloud_id && !resolve_cloud_id(output, arena, err))
		return false;
	urls = output->elastic.urls;
	if (!urls || !urls[0])
		return error_set(err, ERROR_FATAL, "urls is missing");
	for (; *urls; urls++)
		if (!check_url("urls", *urls, err))
			return false;
	if (output->kibana_url && !check_url("kibana_url", output->kibana_url, err))
		return false;
	return true;
}

static bool check_file(const struct output_config *output, struct error *err)
{
	const struct file_settings *file = &output->file;

	if (!file->directory)
		return error_set(err, ERROR_FATAL, "directory is missing");
	if (file->keep == 0 && (file->rotate_bytes > 0 || file->rotate_after_ms > 0))
		return error_set(err, ERROR_FATAL, "keep = 0 would delete what is rotated");
	return true;
}

static bool check_type(struct output_config *output, struct arena *arena, struct error *err)
{
	switch (output->type) {
	case OUTPUT_ELASTICSEARCH: return check_elastic(output, arena, err);
	case OUTPUT_KAFKA: return check_kafka(output, err);
	case OUTPUT_FILE: return check_file(output, err);
	}
	return false;
}

bool output_config_set_old_type(struct output_config *output, struct slice type,
				struct error *warning)
{
	if (!slice_is(type, "jsonl"))
		return false;
	output->type = OUTPUT_FILE;
	output->file.format = FILE_NDJSON;
	output->file.one_file = "documents.jsonl";
	error_set(warning, ERROR_FATAL,
		  "type = jsonl ends with the next release: write type = file and format = ndjson, "
		  "which makes a file for each index in place of documents.jsonl");
	return true;
}

const char *output_config_directory(const struct output_config *output)
{
	switch (output->type) {
	case OUTPUT_FILE: return output->file.directory;
	case OUTPUT_ELASTICSEARCH:
	case OUTPUT_KAFKA: return NULL;
	}
	return NULL;
}

bool output_config_check(struct output_config *output, struct arena *arena, struct error *err)
{
	if (!check_type(output, arena, err) ||
	    (!output->naming.topics && !check_naming(&output->naming, err)))
		return error_context(err, "[output %s]", output->name);
	return true;
}

static bool read_login(const struct output_config *output, struct login_config *login,
		       const char *prefix, struct arena *arena, struct error *err)
{
	const bool has_login = output->type == OUTPUT_ELASTICSEARCH || output->type == OUTPUT_KAFKA;

	if (!has_login || login_read_secrets(login, prefix, arena, err))
		return true;
	return error_context(err, "[output %s]", output->name);
}

bool output_config_secrets(struct output_config *output, struct arena *arena, struct error *err)
{
	return read_login(output, &output->login, "", arena, err);
}

/* Reads a separate login; without one the login of run is used. */
static bool read_own_login(struct output_config *output, struct login_config *login,
			   const char *prefix, struct arena *arena, struct error *err)
{
	const bool own = login_is_given(login);

	if (!own)
		*login = output->login;
	return read_login(output, login, own ? prefix : "", arena, err);
}

bool output_config_setup_secrets(struct output_config *output, struct arena *arena,
				 struct error *err)
{
	return read_own_login(output, &output->setup_login, "setup_", arena, err);
}

bool output_config_reader_secrets(struct output_config *output, struct arena *arena,
				  struct error *err)
{
	return read_own_login(output, &output->reader_login, "reader_", arena, err);
}
