/* test_config.c - the configuration file: what is read, and what is refused
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "base/strbuf.h"
#include "bridge/config/config.h"
#include "bridge/config/option.h"
#include "mailbox/mailbox.h"
#include "tests/lib/rows.h"

#define MAILBOX "[mailbox a]\nhost = imap.example.org\nuser = u\n"
#define MAILDIR "[mailbox a]\nsource = maildir\npath = /m\n"

static char directory[] = "/tmp/test_config.XXXXXX";
static char path[64], secret[64], tenants[64];

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static bool read_config(struct config *config, const char *text, struct error *err)
{
	write_file(path, text);
	return config_read(config, path, err);
}

static void good_file_is_understood(void **state)
{
	struct config c;
	struct error err;

	(void)state;
	write_file(secret, "geheim\r\nsecond line\n");
	assert_true(read_config(&c,
				"# comment\n"
				"[bridge]\n"
				"state_directory = state\n"
				" ; relative to the file\n"
				"log_format = json\n"
				"[mailbox acme]\n"
				"host=imap.example.org\n"
				"tls = starttls\n"
				"user = reports@example.org\n"
				"password_file = secret\n"
				"max_mail = 10MiB\n"
				"poll = 90s\n"
				"[mailbox local]\n"
				"source = maildir\n"
				"path = /var/mail/reports\n"
				"[output main]\n"
				"urls = https://a:9200, https://b:9200\n"
				"[tenant acme]\n"
				"domains = Example.COM example.net.\n",
				&err));
	assert_string_equal(c.mailboxes->name, "acme");
	assert_int_equal(c.mailboxes->imap.tls, MAILBOX_TLS_STARTTLS);
	assert_int_equal(c.mailboxes->imap.max_mail_bytes, 10 << 20);
	assert_int_equal(c.mailboxes->poll_ms, 90000);
	assert_string_equal(c.mailboxes->imap.folder, "INBOX");
	assert_int_equal(c.mailboxes->next->source, SOURCE_MAILDIR);
	assert_string_equal(c.output.elastic.urls[1], "https://b:9200");
	assert_null(c.output.elastic.urls[2]);
	assert_string_equal(c.output.naming.prefix, "reportbridge");
	assert_true(slice_starts_with(slice_of(c.bridge.state_directory), directory));
	assert_string_equal(tenant_of(c.tenant_table, slice_of("mail.example.com")), "acme");
	assert_string_equal(tenant_of(c.tenant_table, slice_of("example.org")), "unclaimed");
	assert_true(config_read_secrets(&c, &err));
	assert_string_equal(c.mailboxes->imap.password, "geheim");
	config_release(&c);
}

static void a_comment_sign_cuts_no_value(void **state)
{
	static const char *const refused[] = {
		MAILBOX "password_command = a ; b\n", MAILBOX "folder = Reports #1\n",
		MAILBOX "folder = # none\n",          MAILBOX "folder = \"Reports #1\" # of all\n",
		MAILBOX "poll = 90s ; seconds\n",
	};
	struct config c;
	struct error err;

	(void)state;
	FOR_ROWS (i, refused) {
		assert_false(read_config(&c, refused[i], &err));
		if (!strstr(c.errors.buf, "a comment needs a line of its own"))
			fail_msg("%s: %s", refused[i], c.errors.buf);
		config_release(&c);
	}
	assert_true(read_config(&c,
				"[mailbox m] ; of a section\nhost = h\nuser = \"u\"\n"
				"password_command = \"a ; b #c\"\nfolder = Reports#1;x\n",
				&err));
	assert_string_equal(c.mailboxes->imap.user, "u");
	assert_string_equal(c.mailboxes->password_from.command, "a ; b #c");
	assert_string_equal(c.mailboxes->imap.folder, "Reports#1;x");
	config_release(&c);
}

static bool keeps_house(const char *text)
{
	struct config c;
	struct error err;
	bool keeps;

	assert_true(read_config(&c, text, &err));
	keeps = config_keeps_house(&c);
	config_release(&c);
	return keeps;
}

/* Of bridges that share a folder one starts the commands. */
static void commands_at_given_times(void **state)
{
	const char *const *arguments;
	struct config c;
	struct error err;
	struct strbuf text;

	(void)state;
	assert_true(read_config(&c,
				MAILDIR "[schedule]\ndomain = daily 03:00\n"
					"domain_options = --probe  --jobs 5\ntime_limit = 2h\n",
				&err));
	assert_int_equal(c.schedule.commands[SCHEDULED_DOMAIN].at.kind, CALENDAR_DAILY);
	assert_int_equal(c.schedule.time_limit_ms, 7200000);
	arguments = scheduled_arguments(&c.schedule, SCHEDULED_DOMAIN, "/f", &c.arena);
	strbuf_init(&text, 65536);
	for (; *arguments; arguments++)
		strbuf_add_format(&text, "%s ", *arguments);
	assert_string_equal(text.buf, "reportbridge domain -c /f --all --store --probe --jobs 5 ");
	strbuf_release(&text);
	config_release(&c);
	assert_true(keeps_house(MAILDIR));
	assert_true(keeps_house(MAILBOX "password_env = HOME\nshard = 1/3\n"));
	assert_false(keeps_house(MAILBOX "password_env = HOME\nshard = 2/3\n"));
	assert_true(keeps_house(MAILBOX "password_env = HOME\nshard = 2/3\n"
					"[bridge]\nhousekeeping = yes\n"));
	assert_false(keeps_house(MAILDIR "[bridge]\nhousekeeping = no\n"));
}

static void names_of_senders(void **state)
{
	const struct own_senders *own;
	struct ip_address address;
	struct config c;
	struct error err;

	(void)state;
	if (!read_config(&c,
			 MAILBOX
			 "[enrich]\ndatabases = asn.mmdb, /data/country.mmdb other.mmdb\n"
			 "resolvers = 127.0.0.1:5353, [::1]:53\nbudget = 2s\nreverse_dns = no\n"
			 "[tenant acme]\ndomains = example.com\n"
			 "senders = Amazon SES , 198.51.100.0/24,mail.example.com\n",
			 &err))
		fail_msg("%s", err.text);
	assert_true(slice_starts_with(slice_of(c.enrich.databases[0]), directory));
	assert_string_equal(c.enrich.databases[1], "/data/country.mmdb");
	assert_true(slice_ends_with_nocase(slice_of(c.enrich.databases[2]), "/other.mmdb"));
	assert_null(c.enrich.databases[3]);
	assert_string_equal(c.enrich.resolvers, "127.0.0.1:5353,[::1]:53");
	assert_int_equal(c.enrich.budget_ms, 2000);
	assert_false(c.enrich.reverse_dns);
	assert_true(slice_ends_with_nocase(slice_of(c.enrich.cache_file), "/names"));
	own = config_own_senders(&c, slice_of("acme"));
	assert_int_equal(own->count, 3);
	assert_non_null(own_sender_of_service(own, slice_of("amazon ses")));
	assert_non_null(own_sender_of_domain(own, slice_of("a.mail.example.com")));
	assert_null(own_sender_of_domain(own, slice_of("example.com")));
	assert_true(ip_address_parse(slice_of("198.51.100.9"), &address));
	assert_non_null(own_sender_of_address(own, &address));
	assert_null(config_own_senders(&c, slice_of("unclaimed")));
	config_release(&c);
}

static void each_folder_is_a_mailbox(void **state)
{
	struct config c;
	struct error err;
	const struct mailbox_config *m;

	(void)state;
	if (!read_config(&c,
			 MAILBOX
			 "password_command = echo x\nfolder = INBOX, Sent Items ,Reports/TLS\n"
			 "retention = 90d\nsince = 2026-01-31\nshard = 1/4\n"
			 "[mailbox b]\nhost = h\nuser = u\npassword_command = echo y\n"
			 "since = 30d\nshard = 4 / 4\nretention = 90d\naggregate = delete\n",
			 &err))
		fail_msg("%s", err.text);
	m = c.mailboxes;
	assert_string_equal(m->name, "a/INBOX");
	assert_string_equal(m->imap.folder, "INBOX");
	assert_int_equal(m->imap.since, 1769817600);
	assert_int_equal(m->imap.shard, 0);
	assert_int_equal(m->imap.shards, 4);
	assert_int_equal(m->imap.retention_ms, 90 * INT64_C(86400000));
	m = m->next;
	assert_string_equal(m->name, "a/Sent Items");
	assert_string_equal(m->imap.folder, "Sent Items");
	assert_int_equal(m->imap.retention_ms, 0); /* the first one sees to it */
	assert_string_equal(m->next->imap.folder, "Reports/TLS");
	assert_true(config_read_secrets(&c, &err));
	assert_string_equal(m->imap.password, "x");
	m = m->next->next;
	assert_string_equal(m->name, "b");
	assert_int_equal(m->imap.since_age_ms, 30 * INT64_C(86400000));
	assert_int_equal(m->imap.shard, 3);
	assert_int_equal(m->imap.retention_ms, 0);
	assert_int_equal(m->imap.dispositions[MAIL_AGGREGATE], MAILBOX_DELETE);
	assert_int_equal(m->imap.dispositions[MAIL_INVALID], MAILBOX_MOVE);
	assert_null(m->next);
	config_release(&c);
}

static void bad_files_name_the_line_and_the_cure(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "[mailbox a]\nhots = x\n",
		  ":2: [mailbox] has no key 'hots'; did you mean 'host'?" },
		{ "host = x\n", ":1: a key before the first [section]" },
		{ "[mailbox]\n", ":1: [mailbox] needs a name" },
		{ "[schedule]\ndomain = hourly\n", ":2: domain: not a time such as every 1h" },
		{ "[schedule x]\n", ":1: unknown section [schedule]" },
		{ "[mail x]\n", ":1: unknown section [mail]" },
		{ MAILBOX "[mailbox a]\n", ":4: [mailbox a] is defined twice" },
		{ "[bridge]\n[bridge]\n", ":2: [bridge] is defined twice" },
		{ "[enrich]\n[enrich]\n", ":2: [enrich] is defined twice" },
		{ "[enrich x]\n", ":1: unknown section [enrich]" },
		{ "[enrich]\nbudget = soon\n", ":2: budget: not a time" },
		{ "[enrich]\nresolvers = localhost\n" MAILBOX,
		  "[enrich]: resolvers = localhost: not addresses" },
		{ "[bridge]\nlog_format = xml\n", ":2: log_format = xml: not one of logfmt, json" },
		{ "[mailbox a]\npoll = 5 parsecs\n", ":2: poll: not a time such as 30s" },
		{ "[mailbox a]\nmax_mail = -1\n", ":2: max_mail: not a size such as 50MiB" },
		{ "[mailbox a]\nport = 993x\n", ":2: port: not a whole number" },
		{ MAILBOX "token_file = t\npassword_file = p\n",
		  "password_file or a token, not both" },
		{ MAILBOX "auth = xoauth2\npassword_file = p\n", "auth goes with token_file" },
		{ MAILBOX "auth = plain\ntoken_file = t\n", "auth is for passwords" },
		{ MAILBOX "auth = external\n", "goes with client_cert_file" },
		{ MAILBOX "client_cert_file = c\n", "client_cert_file and client_key_file go" },
		{ MAILBOX "client_id = c\n", "token_url is missing" },
		{ MAILBOX "token_url = http://a.example/t\nclient_id = c\n",
		  "begin with https://" },
		{ MAILBOX "token_url = https://a.example/t\n", "goes with client_id" },
		{ MAILBOX "token_url = https://a.example/t\nclient_id = c\n",
		  "client_secret_file or" },
		{ MAILBOX "token_url = https://a.example/t\ntoken_file = t\n",
		  "token_file, not both" },
		{ MAILBOX "aggregate = burn\n", "aggregate = burn: not one of move, delete, mark" },
		{ MAILBOX "invalid = delete\n", "invalid = delete would lose" },
		{ MAILBOX "failure = mark\nkeyword = a b\n", "keyword: not an IMAP keyword" },
		{ MAILBOX "failure = mark\nkeyword = \\Seen\n", "keyword: not an IMAP keyword" },
		{ MAILBOX "retention = 5m\n", "retention is a day" },
		{ MAILBOX "since = yesterday\n", "since = yesterday: give a day" },
		{ MAILBOX "since = 2026-13-01\n", "since = 2026-13-01: give a day" },
		{ MAILBOX "shard = 0/4\n", "shard is i/n" },
		{ MAILBOX "shard = 5/4\n", "shard is i/n" },
		{ MAILBOX "shard = 1\n", "shard is i/n" },
		{ MAILBOX "folder = A,,B\n", "folder: a name is missing" },
		{ MAILBOX "folder = INBOX, archive/Aggregate\n", "lies inside archive = Archive" },
		{ MAILBOX "folder = A/B/C/D\narchive = A/B\n", "lies inside archive = A/B" },
		{ MAILDIR "failure = mark\n", "mark is for IMAP" },
		{ MAILDIR "retention = 9d\n", ":4: retention is an option of source = imap" },
		{ MAILDIR "shard = 2/2\nretention = 9d\n",
		  ":4: shard is an option of source = imap" },
		{ MAILDIR "folder = A, B\n", ":4: folder is an option of source = imap" },
		{ MAILDIR "host = h\n", ":4: host is an option of source = imap" },
		{ MAILDIR "user = u\n", ":4: user is an option of source = imap" },
		{ MAILBOX "path = /m\n", ":4: path is an option of source = maildir" },
		{ "[notify n]\nurl = https://a.example/\n",
		  ":2: url is an option of type = webhook" },
		{ "[mailbox a\n", ":1: a section begins with [ and ends with ]" },
		{ "[bridge]\nnonsense\n", ":2: neither [section] nor key = value" },
		{ "", ": no [mailbox NAME] section" },
		{ "[mailbox a]\nhost = x\n", ": [mailbox a]: user is missing" },
		{ "[mailbox a]\nsource = maildir\n", ": [mailbox a]: path is missing" },
		{ "[mailbox a]\nhost = x\nuser = u\nport = 70000\n",
		  ":4: port is a number from 0 to 65535" },
		{ MAILBOX "[output o]\n", ": [output o]: urls is missing" },
		{ MAILBOX "[output o]\nurls = http://x\nindex_prefix = A\n", "index_prefix takes" },
		{ MAILBOX "[output o]\nurls = http://x\n[output o]\n", "is defined twice" },
		{ MAILBOX "[output o]\nurls = http://x\n[output a/b]\nurls = http://y\n",
		  "letters, digits" },
		{ MAILBOX "outputs = o, p\n[output o]\nurls = http://x\n",
		  "there is no [output p]" },
		{ MAILBOX "outputs = p\n[output o]\nurls = http://x\n[output p]\nurls = http://y\n"
			  "required = no\n",
		  "none of its outputs is required" },
		{ MAILBOX "[output o]\nurls = http://x\nuser = u\napi_key_file = k\n",
		  "[output o]: give only one login" },
		{ MAILBOX
		  "[output o]\nurls = http://x\nsetup_token_env = T\nsetup_aws_sigv4 = a/es\n",
		  "[output o]: give only one login: setup_user" },
		{ MAILBOX "[output o]\naws_sigv4 = eu-west-1\n",
		  "[output o]: aws_sigv4 is region/service" },
		{ MAILBOX "[output o]\nurls = http://x\ncloud_id = a:b\n",
		  "[output o]: urls or cloud_id" },
		{ MAILBOX "[output o]\ncloud_id = a:b\n", "[output o]: cloud_id: not NAME:CODE" },
		{ MAILBOX "[tenant a-b]\n", "tenant name 'a-b'" },
		{ MAILBOX "[tenant a]\n", "[tenant a]: domains is missing" },
		{ MAILBOX "[tenant default]\ndomains=x.org\n",
		  ":4: tenant name default is reserved" },
		{ MAILBOX "[tenant unclaimed]\ndomains=x.org\n",
		  ":5: tenant name unclaimed is reserved" },
		{ MAILBOX "[tenant a]\ndomains=x.org\n[tenant b]\ndomains=x.org\n",
		  ":7: domain x.org belongs to tenant a already" },
		{ MAILBOX "[tenant a]\ndomains=x.org\ndomains=y.org\n",
		  ":6: domains is already set in line 5" },
		{ MAILBOX "[tenant a]\ndomains=x y..z\n", ":5: tenant a: \"y..z\" is no domain" },
		{ "[bridge]\ntenants_file = nowhere\n" MAILBOX, "nowhere: No such file" },
		/* an option belongs to a type */
		{ MAILBOX "[output o]\ntype = file\nbrokers = a\ndirectory = /d\n",
		  ":6: brokers is an option of type = kafka" },
		{ MAILBOX "[output o]\nkibana_url = http://k\ntype = file\ndirectory = /d\n",
		  ":5: kibana_url is an option of type = elasticsearch" },
		{ MAILBOX "[output o]\ntype = file\ndirectory = /d\nuser = u\n",
		  ":7: user is an option of type = elasticsearch or kafka" },
		{ MAILBOX "[output o]\nurls = http://x\ndirectory = /d\n",
		  ":6: directory is an option of type = file" },
		{ MAILBOX "[output o]\ntype = kafka\nbrokers = a\nindex_prefix = p\n",
		  ":7: index_prefix is an option of type = elasticsearch or file" },
		{ "[mailbox a]\nsource = maildir\npath = /m\ntopic = t\n",
		  ":4: topic is an option of source = kafka" },
		{ "[mailbox a]\nsource = kafka\nbrokers = b\nsince = 4w\n",
		  ":4: since is an option of source = imap or maildir" },
		/* twice, or nothing */
		{ MAILBOX "host = b\n", ":4: host is already set in line 2" },
		{ "[mailbox a]\nhost =\nuser = u\n", ":2: host: the value is missing" },
		{ MAILBOX "[tenant a]\ndomains =\n", ":5: domains: the value is missing" },
		/* what people write first */
		{ MAILBOX "password = secret\n",
		  ":4: the configuration must not contain secrets: use password_file, "
		  "password_command or password_env" },
		{ "[mailbox a]\nhost = imaps://imap.example.org\nuser = u\n",
		  "give the name alone; tls and port are options" },
		{ "[mailbox a]\nhost = imap.example.org:993\nuser = u\n",
		  "give the name alone, and port = 993" },
		{ MAILBOX "[output o]\nurls = htp://x\n", "urls: a URL begins with https:// or" },
		{ MAILBOX "[output o]\nurls = search:9200\n",
		  "urls: a URL begins with https:// or" },
		{ MAILBOX "[output o]\nurls = http://u:hush@x\n",
		  "urls: a URL must not contain user and password; give user and password_file" },
		{ MAILBOX "[output o]\nurls = http://x\nkibana_url = kibana:5601\n",
		  "kibana_url: a URL begins with https:// or" },
		{ MAILBOX "poll = 0s\n", ":4: poll is 100ms at least" },
		{ MAILBOX "[output o]\nurls = http://x\nretention = 90\n",
		  ":6: retention: not a time such as 400d; units are" },
		{ MAILBOX "[tenant a]\ndomains = com\n", ":5: tenant a: com is a public suffix" },
		{ MAILBOX "[tenant a]\ndomains = example.org, co.uk\n",
		  ":5: tenant a: co.uk is a public suffix" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct config c;
		struct error err;

		if (read_config(&c, cases[i].text, &err))
			fail_msg("accepted: %s", cases[i].text);
		if (!strstr(err.text, cases[i].want))
			fail_msg("'%s' does not say '%s'", err.text, cases[i].want);
		assert_int_equal(err.class, ERROR_FATAL);
		config_release(&c);
	}
}

static void a_topic_needs_librdkafka_and_a_sound_section(void **state)
{
#define TOPIC "[mailbox a]\nsource = kafka\nbrokers = b:9092\n"
	static const char *const bad[][2] = {
		{ "[mailbox a]\nsource = kafka\ntopic = t\n", "[mailbox a]: brokers is missing" },
		{ TOPIC, "topic is missing" },
		{ TOPIC "topic = a/b\n", "topic takes letters" },
		{ TOPIC "topic = t\nsasl = plain\n", "sasl and user go together" },
		{ TOPIC "topic = t\nuser = u\n", "sasl and user go together" },
		{ TOPIC "topic = t\nclient_key_file = k\n", "go together" },
		{ TOPIC "topic = t\nmax_mail = 2GiB\n", "max_mail is 1GiB at most" },
		{ TOPIC "topic = t\nsasl = plain\nuser = u\n", "password_file is missing" },
	};
	struct config c;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(read_config(&c, bad[i][0], &err) && config_read_secrets(&c, &err));
		assert_non_null(
			strstr(err.text, kafka_version() ? bad[i][1] : "build it with KAFKA=1"));
		config_release(&c);
	}
#undef TOPIC
}

static void what_was_written_otherwise_works_with_a_warning(void **state)
{
	struct config c;
	struct error err;

	(void)state;
	assert_true(read_config(&c, MAILBOX "[output o]\nkeep = 3\ndirectory = /d\ntype = jsonl\n",
				&err));
	assert_int_equal(c.output.type, OUTPUT_FILE);
	assert_int_equal(c.output.file.format, FILE_NDJSON);
	assert_string_equal(c.output.file.one_file, "documents.jsonl");
	assert_int_equal(c.output.file.keep, 3);
	assert_non_null(strstr(c.warnings.buf, ":7: type = jsonl ends"));
	config_release(&c);
}

static void all_errors_of_a_file_are_listed(void **state)
{
	struct config c;
	struct error err;

	(void)state;
	assert_false(
		read_config(&c,
			    "\xef\xbb\xbf[mailbox a]\nhots = x\nport = many\n[nonsense]\nx = y\n"
			    "[output o]\ntype = file\nbrokers = b\nrubbish\n[tenant t]\n"
			    "domains = org\n",
			    &err));
	for (const char *const *want =
		     (const char *const[]){ ":2: [mailbox] has no key", ":3: port: not a whole",
					    ":4: unknown section", ":8: brokers is an option",
					    ":9: neither", ":11: tenant t: org is", NULL };
	     *want; want++)
		if (!strstr(c.errors.buf, *want))
			fail_msg("%s lacks %s", c.errors.buf, *want);
	assert_null(strstr(c.errors.buf, "host is missing"));
	config_release(&c);
}

/* A type may stand behind what depends on it, and times have weeks and years. */
static void order_in_a_section_does_not_matter(void **state)
{
	struct config c;
	struct error err;

	(void)state;
	if (!read_config(&c,
			 "[mailbox a]\npath = /m\nsince = 2w\nsource = maildir\n"
			 "[output o]\nretention = 1y\nurls = http://x\ntype = elasticsearch\n",
			 &err))
		fail_msg("%s", err.text);
	assert_int_equal(c.mailboxes->source, SOURCE_MAILDIR);
	assert_int_equal(c.mailboxes->maildir.since_age_ms, 14 * INT64_C(86400000));
	assert_int_equal(c.output.retention_ms, 365 * INT64_C(86400000));
	config_release(&c);
}

#define FILE_OF_TENANTS "[bridge]\ntenants_file = tenants\n" MAILBOX

static void domains_may_stand_in_a_file(void **state)
{
	struct config c;
	struct error err;

	(void)state;
	write_file(tenants, "# exported\n\nexample.com acme # the first\n"
			    "B\xc3\xbc"
			    "cher.Example.\tbooks\r\n  sub.example.com   books\n");
	assert_true(read_config(&c, FILE_OF_TENANTS "[tenant acme]\nretention = 400d\n", &err));
	assert_string_equal(tenant_of(c.tenant_table, slice_of("example.com")), "acme");
	assert_string_equal(tenant_of(c.tenant_table, slice_of("sub.example.com")), "books");
	assert_string_equal(tenant_of(c.tenant_table, slice_of("a.xn--bcher-kva.example")),
			    "books");
	assert_string_equal(tenant_of(c.tenant_table, slice_of("example.org")), "unclaimed");
	/* Those without a section are in the list too, once. */
	assert_string_equal(c.tenants->name, "acme");
	assert_string_equal(c.tenants->next->name, "books");
	assert_null(c.tenants->next->next);
	config_release(&c);
}

static void bad_files_of_tenants_name_file_and_line(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "a.example a\nb.example\n", "/tenants:2: not a domain and a tenant" },
		{ "a.example a b\n", "/tenants:1: not a domain and a tenant" },
		{ "a.example A\n", "/tenants:1: tenant name 'A'" },
		{ "a.example default\n", "/tenants:1: tenant name default is reserved" },
		{ "a.example unclaimed\n", "/tenants:1: tenant name unclaimed is reserved" },
		{ "a.example a\n\nA.Example b\n", "/tenants:3: domain a.example belongs to" },
		{ "a..b a\n", "/tenants:1: tenant a: \"a..b\" is no domain name" },
		{ "co.uk a\n", "/tenants:1: tenant a: co.uk is a public suffix" },
		{ "# nothing\n", "/tenants names no domain" },
		{ "a.example a\nb.example b", "/tenants: the last line has no line end" },
		{ "a.example a\nb.exam", "/tenants: the last line has no line end" },
		{ "", "/tenants names no domain" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct config c;
		struct error err;

		write_file(tenants, cases[i].text);
		assert_false(read_config(&c, FILE_OF_TENANTS, &err));
		if (!strstr(err.text, cases[i].want))
			fail_msg("'%s' does not say '%s'", err.text, cases[i].want);
		config_release(&c);
	}
}

/* Cut at a line, so that only time and size can tell. */
static void a_file_that_is_being_written_is_refused(void **state)
{
	const int64_t until = clock_ms() + 60000;
	bool refused = false;
	pid_t writer;

	(void)state;
	write_file(tenants, "a.example a\n");
	writer = fork();
	assert_true(writer >= 0);
	if (writer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			const int fd = open(tenants, O_WRONLY | O_APPEND);

			(void)!write(fd, "b.example b\n", 12);
			close(fd);
			poll(NULL, 0, 10);
		}
	}
	while (!refused && clock_ms() < until) {
		struct error err = { .class = ERROR_NONE };
		struct config c;

		refused = !read_config(&c, FILE_OF_TENANTS, &err) &&
			  strstr(err.text, "/tenants changed while it was read");
		config_release(&c);
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	assert_true(refused);
}

/* Returns the processor time that it takes, in seconds. */
static double read_domains(unsigned domains)
{
	char domain[40], tenant[40];
	struct strbuf text;
	struct config c;
	struct error err;
	clock_t start;

	strbuf_init(&text, 8 << 20);
	for (unsigned i = 0; i < domains; i++) {
		snprintf(domain, sizeof(domain), "domain%u.example", i);
		snprintf(tenant, sizeof(tenant), "tenant%u", i / 20);
		strbuf_add_format(&text, "%s %s\n", domain, tenant);
	}
	write_file(tenants, text.buf);
	strbuf_release(&text);
	start = clock();
	assert_true(read_config(&c, FILE_OF_TENANTS, &err));
	start = clock() - start;
	assert_string_equal(tenant_of(c.tenant_table, slice_of(domain)), tenant);
	config_release(&c);
	return (double)start / CLOCKS_PER_SEC;
}

/* Ten times as many take about ten times as long; a list in a list, a hundred times. */
static void many_domains_are_read_in_linear_time(void **state)
{
	const double few = read_domains(10000), many = read_domains(100000);

	(void)state;
	print_message("100,000 domains of 5,000 tenants: %.0f ms\n", 1000 * many);
	assert_true(many < 30 * few);
}

static void secrets_come_from_one_place_each(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ MAILBOX, "[mailbox a]: password_file is missing" },
		{ MAILBOX "password_file = nowhere\n", "nowhere: No such file" },
		{ MAILBOX "password_command = exit 3\n",
		  "password_command failed with exit status 3" },
		{ MAILBOX "password_command = true\n", "gives nothing" },
		{ MAILBOX "password_env = NOT_SET_ANYWHERE\n", "no NOT_SET_ANYWHERE" },
		{ MAILBOX "password_env = A\npassword_command = B\n", "give only one of" },
		{ MAILBOX "password_command = echo x\n[output o]\nurls = http://x\nuser = y\n",
		  "user and password_file go together" },
		{ MAILBOX "password_command = echo x\n[output o]\nurls = http://x\n"
			  "client_cert_file = c\n",
		  "client_cert_file and client_key_file go together" },
		{ MAILBOX "password_command = echo x\n[output o]\nurls = http://x\n"
			  "aws_sigv4 = a/es\naws_access_key_command = echo k\n",
		  "aws_secret_key_file go together" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct config c;
		struct error err;

		assert_true(read_config(&c, cases[i].text, &err));
		assert_false(config_read_secrets(&c, &err));
		if (!strstr(err.text, cases[i].want))
			fail_msg("'%s' does not say '%s'", err.text, cases[i].want);
		config_release(&c);
	}
}

static void command_and_environment_give_secrets(void **state)
{
	struct config c;
	struct error err;

	(void)state;
	setenv("TEST_CONFIG_KEY", "id:key", 1);
	assert_true(read_config(&c,
				MAILBOX
				"password_command = echo from command\n"
				"[output o]\nurls = http://x\napi_key_env = TEST_CONFIG_KEY\n",
				&err));
	assert_true(config_read_secrets(&c, &err));
	assert_string_equal(c.mailboxes->imap.password, "from command");
	assert_string_equal(c.output.login.as.api_key, "id:key");
	config_release(&c);
}

static void setup_has_a_login_of_its_own_or_that_of_run(void **state)
{
	static const char output[] = "[output o]\nurls = http://x\napi_key_command = echo run\n";
	struct strbuf text;
	struct config c;
	struct error err;

	(void)state;
	strbuf_init(&text, 4096);
	/* No mailbox secret: those who set up need none. */
	strbuf_add_format(&text, "%s%s", MAILBOX, output);
	assert_true(read_config(&c, text.buf, &err));
	assert_true(config_read_setup_secrets(&c, &err));
	assert_string_equal(c.output.setup_login.as.api_key, "run");
	config_release(&c);
	strbuf_add_text(&text, "setup_user = admin\nsetup_password_command = echo secret\n");
	assert_true(read_config(&c, text.buf, &err));
	assert_true(config_read_setup_secrets(&c, &err));
	assert_null(c.output.setup_login.as.api_key);
	assert_string_equal(c.output.setup_login.as.password, "secret");
	config_release(&c);
	strbuf_release(&text);
}

static void every_default_can_be_read(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 65536);
	for (const struct option *o = options; o->section; o++) {
		char target[sizeof(struct mailbox_config) + sizeof(struct output_config)] = { 0 };
		struct error err;

		if (o->initial && !option_set(o->section, o->types, slice_of(o->key),
					      slice_of(o->initial), target, NULL, &arena, &err))
			fail_msg("[%s] %s: %s", o->section, o->key, err.text);
	}
	arena_release(&arena);
}

static void what_the_service_manager_hands_over_goes_first(void **state)
{
	char run[64], handed_over[80];
	struct config c;
	struct error err;

	(void)state;
	snprintf(run, sizeof(run), "%s/run", directory);
	snprintf(handed_over, sizeof(handed_over), "%s/secret", run);
	mkdir(run, 0700);
	setenv("CREDENTIALS_DIRECTORY", run, 1);
	write_file(secret, "of the file\n");
	assert_true(read_config(&c, MAILBOX "password_file = secret\n", &err));
	assert_true(config_read_secrets(&c, &err));
	assert_string_equal(c.mailboxes->imap.password, "of the file");
	config_release(&c);

	write_file(handed_over, "of the manager\n");
	assert_true(read_config(&c, MAILBOX "password_file = secret\n", &err));
	assert_true(config_read_secrets(&c, &err));
	assert_string_equal(c.mailboxes->imap.password, "of the manager");
	config_release(&c);
	unsetenv("CREDENTIALS_DIRECTORY");
	unlink(handed_over);
	rmdir(run);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/file", directory);
	snprintf(secret, sizeof(secret), "%s/secret", directory);
	snprintf(tenants, sizeof(tenants), "%s/tenants", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	unlink(secret);
	unlink(tenants);
	return rmdir(directory);
}

/* Mailboxes with that password_command, in which n is their number. */
static bool read_commands(struct config *config, const char *command, unsigned count,
			  struct error *err)
{
	struct strbuf text;
	bool good;

	strbuf_init(&text, 64 << 10);
	strbuf_add_text(&text, "[output o]\nurls = https://a:9200\n");
	for (unsigned i = 0; i < count; i++)
		strbuf_add_format(&text,
				  "[mailbox m%u]\nhost = h\nuser = u%u\n"
				  "password_command = cd %s; n=%u; %s\n",
				  i, i, directory, i, command);
	good = read_config(config, text.buf, err);
	strbuf_release(&text);
	assert_true(good);
	return config_read_secrets(config, err);
}

/* Each command waits until all of them run. */
static void password_commands_run_at_a_time(void **state)
{
	struct config c;
	struct error err;
	char file[80];

	(void)state;
	assert_true(read_commands(&c,
				  ": >ran.$n; for i in $(seq 250); do set -- ran.*; "
				  "[ $# -lt 8 ] || break; sleep 0.1; done; [ $# = 8 ] && echo x",
				  8, &err));
	config_release(&c);
	for (unsigned i = 0; i < 8; i++) {
		snprintf(file, sizeof(file), "%s/ran.%u", directory, i);
		assert_int_equal(unlink(file), 0);
	}
}

static void each_mailbox_gets_its_password(void **state)
{
	struct config c;
	struct error err;
	unsigned i = 0;
	char password[32];

	(void)state;
	assert_true(read_commands(&c, "echo secret$n", 30, &err));
	for (struct mailbox_config *m = c.mailboxes; m; m = m->next, i++) {
		snprintf(password, sizeof(password), "secret%u", i);
		assert_string_equal(m->imap.password, password);
	}
	assert_int_equal(i, 30);
	config_release(&c);
}

static void read_in_fiber(void *context)
{
	struct config c;
	struct error err;

	*(bool *)context = read_commands(&c, "echo x", 3, &err);
	config_release(&c);
}

/* As a reload in the foreground does. */
static void a_fiber_may_read_them(void **state)
{
	bool good = false;

	(void)state;
	fiber_start(read_in_fiber, &good);
	fiber_run(fiber_wait);
	assert_true(good);
}

/* The command of the second mailbox fails after that of the third. */
static void the_first_failure_is_reported(void **state)
{
	struct config c;
	struct error err;

	(void)state;
	assert_false(read_commands(&c, "[ $n -gt 1 ] || sleep 1; [ $n = 0 ] && echo x", 3, &err));
	assert_non_null(strstr(err.text, "[mailbox m1]"));
	config_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(password_commands_run_at_a_time),
		cmocka_unit_test(each_mailbox_gets_its_password),
		cmocka_unit_test(the_first_failure_is_reported),
		cmocka_unit_test(a_fiber_may_read_them),
		cmocka_unit_test(good_file_is_understood),
		cmocka_unit_test(a_comment_sign_cuts_no_value),
		cmocka_unit_test(names_of_senders),
		cmocka_unit_test(each_folder_is_a_mailbox),
		cmocka_unit_test(bad_files_name_the_line_and_the_cure),
		cmocka_unit_test(all_errors_of_a_file_are_listed),
		cmocka_unit_test(a_topic_needs_librdkafka_and_a_sound_section),
		cmocka_unit_test(what_was_written_otherwise_works_with_a_warning),
		cmocka_unit_test(order_in_a_section_does_not_matter),
		cmocka_unit_test(domains_may_stand_in_a_file),
		cmocka_unit_test(bad_files_of_tenants_name_file_and_line),
		cmocka_unit_test(a_file_that_is_being_written_is_refused),
		cmocka_unit_test(many_domains_are_read_in_linear_time),
		cmocka_unit_test(secrets_come_from_one_place_each),
		cmocka_unit_test(setup_has_a_login_of_its_own_or_that_of_run),
		cmocka_unit_test(command_and_environment_give_secrets),
		cmocka_unit_test(what_the_service_manager_hands_over_goes_first),
		cmocka_unit_test(commands_at_given_times),
		cmocka_unit_test(every_default_can_be_read),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
