/* import_output.c - the outputs of parsedmarc, in our words
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/import/importing.h"

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
	struct slice hosts = import_get(i, section, "hosts");
	struct slice host = next_word(&hosts);

	if (!host.data || !import_is_writable(host)) {
		import_note(section, "hosts", "missing; urls is to be written");
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
	const struct slice region = import_get(i, section, "aws_region");
	const struct slice service = import_get(i, section, "aws_service");

	if (slice_is_nocase(import_get(i, section, "auth_type"), "awssigv4")) {
		strbuf_add_text(&i->ours, "aws_sigv4 = ");
		strbuf_add_slice(&i->ours, region.data ? region : slice_of("REGION"));
		strbuf_add_byte(&i->ours, '/');
		strbuf_add_slice(&i->ours, service.data ? service : slice_of("es"));
		strbuf_add_text(&i->ours, "\naws_access_key_env = AWS_ACCESS_KEY_ID\n"
					  "aws_secret_key_env = AWS_SECRET_ACCESS_KEY\n");
		import_note(section, "auth_type",
			    "keys are taken from the environment, from nowhere else; temporary ones also need "
			    "aws_session_token_env = AWS_SESSION_TOKEN");
		return;
	}
	if (import_get(i, section, "api_key").data || import_get(i, section, "apikey").data) {
		import_put_secret(i, section, "api_key", "api_key_file", "api-key");
		if (import_get(i, section, "user").data || in_url.data)
			import_note(section, "user", "an API key is given, which is used alone");
		import_get(i, section, "password");
		return;
	}
	if (in_url.data) {
		struct slice rest;

		import_put(i, "user", slice_split(in_url, ':', &rest));
		import_put_secret(i, section, "hosts", "password_file", "password");
		return;
	}
	import_copy(i, section, "user", "user");
	import_secret(i, section, "password", "password_file", "password");
}

static void write_search(struct importing *i, const char *section)
{
	const struct slice ssl = import_get(i, section, "ssl"), suffix = import_get(i, section, "index_suffix");
	struct slice in_url = { NULL, 0 };

	strbuf_add_format(&i->ours, "\n[output %s]\nschema = parsedmarc\n", section);
	write_urls(i, section, !ssl.data || import_is_true(ssl), &in_url);
	import_copy(i, section, "cert_path", "ca_file");
	import_verification(i, section);
	write_login(i, section, in_url);
	import_copy_time(i, section, "timeout", "timeout");
	import_copy(i, section, "index_prefix", "index_prefix");
	if (suffix.data)
		import_put(i, "index_suffix", suffix);
	if (import_is_true(import_get(i, section, "monthly_indexes")))
		import_put_text(i, "monthly_indexes", "yes");
}

static void write_searches(struct importing *i)
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
		import_note("elasticsearch", "*",
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
	import_note("kafka", "*",
		    "messages are documents as in Elasticsearch, not as in parsedmarc's topics");
	import_copy(i, "kafka", "hosts", "brokers");
	if (!import_is_true(import_get(i, "kafka", "ssl")))
		import_put_text(i, "kafka_tls", "no");
	if (import_get(i, "kafka", "user").data) {
		import_put_text(i, "sasl", "plain");
		import_copy(i, "kafka", "user", "user");
		import_secret(i, "kafka", "password", "password_file", "password");
	}
	import_verification(i, "kafka");
}

void import_outputs(struct importing *i)
{
	write_searches(i);
	write_kafka(i);
}
