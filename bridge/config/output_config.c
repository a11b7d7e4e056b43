/* output_config.c - what must be true of an [output] section
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/output_config.h"

#include "bridge/config/cloud_id.h"
#include "bridge/config/login.h"
#include "output/kafka_sink.h"

#define KEEP_MAX 1000

/* Nobody else needs to know that there are cloud ids. */
static bool resolve_cloud_id(struct output_config *output, struct arena *arena, struct error *err)
{
	if (!cloud_id_urls(output->cloud_id, arena, &output->urls, err))
		return false;
	if (!output->kibana_url)
		output->kibana_url = cloud_id_kibana(output->cloud_id, arena);
	output->cloud_id = NULL;
	return true;
}

/* What search servers take in the name of an index. */
static bool is_index_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	return strspn(text, letters) == strlen(text) && strlen(text) <= 64;
}

static bool check_naming(struct output_config *output, struct error *err)
{
	struct index_naming *naming = &output->naming;
	const bool parsedmarc = naming->schema == SCHEMA_PARSEDMARC;

	if (!naming->prefix)
		naming->prefix = parsedmarc ? "" : "reportbridge";
	if ((!*naming->prefix && !parsedmarc) ||
	    (*naming->prefix && strchr("._-", *naming->prefix)) || !is_index_name(naming->prefix))
		return error_set(
			err, ERROR_FATAL,
			"[output %s]: index_prefix takes a-z, 0-9 and . _ - but not first, "
			"at most 64",
			output->name);
	if (naming->suffix && (!*naming->suffix || !is_index_name(naming->suffix)))
		return error_set(err, ERROR_FATAL,
				 "[output %s]: index_suffix takes a-z, 0-9 and . _ -, at most 64",
				 output->name);
	if (!parsedmarc && (naming->suffix || naming->monthly))
		return error_set(err, ERROR_FATAL,
				 "[output %s]: %s goes with schema = parsedmarc alone",
				 output->name, naming->suffix ? "index_suffix" : "monthly_indexes");
	if (parsedmarc && naming->period != INDEX_MONTH)
		return error_set(err, ERROR_FATAL,
				 "[output %s]: index_period goes with schema = ecs alone",
				 output->name);
	return true;
}

/* What Kafka takes in the name of a topic. */
static bool is_topic(const char *text)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return strspn(text, letters) == strlen(text) && strlen(text) <= 100;
}

static bool check_kafka(struct output_config *output, struct error *err)
{
	if (!kafka_is_built())
		return error_set(err, ERROR_FATAL,
				 "[output %s]: this program was built without librdkafka",
				 output->name);
	if (!output->brokers || !output->brokers[0])
		return error_set(err, ERROR_FATAL, "[output %s]: brokers is missing", output->name);
	if (!is_topic(output->topic_prefix))
		return error_set(err, ERROR_FATAL,
				 "[output %s]: topic_prefix takes letters, digits and . _ -, at most 100",
				 output->name);
	if (output->naming.prefix || output->naming.monthly)
		return error_set(err, ERROR_FATAL,
				 "[output %s]: %s is for indices, topics have topic_prefix",
				 output->name,
				 output->naming.prefix ? "index_prefix" : "monthly_indexes");
	if ((output->sasl != 0) != (output->login.as.user != NULL))
		return error_set(err, ERROR_FATAL, "[output %s]: sasl and user go together",
				 output->name);
	output->naming.topics = true;
	return true;
}

bool output_config_check(struct output_config *output, struct arena *arena, struct error *err)
{
	if (output->cloud_id && output->urls)
		return error_set(err, ERROR_FATAL, "[output %s]: urls or cloud_id, not both",
				 output->name);
	if (output->cloud_id && !resolve_cloud_id(output, arena, err))
		return error_context(err, "[output %s]", output->name);
	if (output->type == OUTPUT_ELASTICSEARCH && (!output->urls || !output->urls[0]))
		return error_set(err, ERROR_FATAL, "[output %s]: urls is missing", output->name);
	if (output->type == OUTPUT_KAFKA && !check_kafka(output, err))
		return false;
	if ((output->type == OUTPUT_FILE || output->type == OUTPUT_JSONL) && !output->directory)
		return error_set(err, ERROR_FATAL, "[output %s]: directory is missing",
				 output->name);
	if (output->connections < 1 || output->connections > 32)
		return error_set(err, ERROR_FATAL, "[output %s]: connections is 1 to 32",
				 output->name);
	if (output->gzip_level > 9)
		return error_set(err, ERROR_FATAL, "[output %s]: gzip_level is 0 to 9",
				 output->name);
	if (output->keep > KEEP_MAX)
		return error_set(err, ERROR_FATAL, "[output %s]: keep is at most %d", output->name,
				 KEEP_MAX);
	if (output->keep == 0 && (output->rotate_bytes > 0 || output->rotate_after_ms > 0))
		return error_set(err, ERROR_FATAL,
				 "[output %s]: keep = 0 would delete what is rotated", output->name);
	if (!check_naming(output, err))
		return false;
	if (output->naming.topics)
		output->naming.prefix = output->topic_prefix;
	return true;
}

static bool read_login(const struct output_config *output, struct login_config *login,
		       const char *prefix, struct arena *arena, struct error *err)
{
	const bool has_login =
		output->type == OUTPUT_ELASTICSEARCH || output->type == OUTPUT_KAFKA;

	if (!has_login || login_read_secrets(login, prefix, arena, err))
		return true;
	return error_context(err, "[output %s]", output->name);
}

bool output_config_secrets(struct output_config *output, struct arena *arena, struct error *err)
{
	return read_login(output, &output->login, "", arena, err);
}

bool output_config_setup_secrets(struct output_config *output, struct arena *arena,
				 struct error *err)
{
	const bool own = login_is_given(&output->setup_login);

	if (!own)
		output->setup_login = output->login;
	return read_login(output, &output->setup_login, own ? "setup_" : "", arena, err);
}
