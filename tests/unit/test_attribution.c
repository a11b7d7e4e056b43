/* test_attribution.c - who sent and who delivered, case by case
 *
 * SPDX-License-Identifier: MIT
 *
 * The author's domain is example.com everywhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/organizational_domain.h"
#include "enrich/attribution.h"
#include "enrich/service_file.h"

#define AUTHOR "example.com"

static const char users_rules[] = "network 192.0.2.0/24 \"Head office\" own\n"
				  "ptr printers.example Printers own\n"
				  "network 203.0.113.0/24 \"Rented range\" transactional\n"
				  "ptr security.example \"Some Gateway\" security\n";
static const char map_text[] = "base_reverse_dns,name,type\n"
			       "mapped.example,\"Mapped Inc\",Marketing\n"
			       "network.example,\"By Network\",ISP\n";

/* "+d" passes, "-d" fails; several between blanks; in front of the domain of a
 * path "h:" for HELO. */
struct decision_case {
	const char *what;
	const char *dkim, *spf;
	const char *address, *host;
	uint32_t asn;
	const char *holder;
	bool reporter_says_forwarded;
	const char *sender, *sender_rule, *relay, *relay_rule;
	bool forwarded;
	const char *approval;
};

static const struct decision_case cases[] = {
	/* what authentication proves */
	{ "the service's own domain", "+mcsv.net", "+mcsv.net", NULL, "mail1.mcsv.net", 14782, NULL,
	  false, "Mailchimp", "dkim", "Mailchimp", "ptr", false, "known" },
	{ "the service before the author's domain", "+example.com +sendgrid.info", "", NULL, NULL,
	  0, NULL, false, "Twilio SendGrid", "dkim", NULL, NULL, false, "known" },
	{ "in any order", "+sendgrid.info +example.com", "", NULL, NULL, 0, NULL, false,
	  "Twilio SendGrid", "dkim", NULL, NULL, false, "known" },
	{ "the service before a mailbox provider", "+gmail.com +mcsv.net", "", NULL, NULL, 0, NULL,
	  false, "Mailchimp", "dkim", NULL, NULL, false, "known" },
	{ "a signature that fails names nobody", "-mcsv.net", "", NULL, NULL, 0, NULL, false, NULL,
	  NULL, NULL, NULL, false, "unknown" },
	{ "nor does a look-alike", "+sendgrid-mail.example", "", NULL, NULL, 0, NULL, false,
	  "sendgrid-mail.example", "dkim", NULL, NULL, false, "unknown" },
	{ "nor a longer name", "+sendgrid.net.attacker.example", "", NULL, NULL, 0, NULL, false,
	  "attacker.example", "dkim", NULL, NULL, false, "unknown" },
	{ "the return path", "", "+bounce.mcsv.net", NULL, NULL, 0, NULL, false, "Mailchimp", "spf",
	  NULL, NULL, false, "known" },
	{ "beside the author's signature", "+example.com", "+mandrillapp.com", NULL, NULL, 0, NULL,
	  false, "Mailchimp Transactional (Mandrill)", "spf", NULL, NULL, false, "known" },
	{ "a return path that fails", "", "-mcsv.net", NULL, NULL, 0, NULL, false, NULL, NULL, NULL,
	  NULL, false, "unknown" },
	{ "an unknown domain is called by its name", "+news.tool.co.uk", "", NULL, NULL, 0, NULL,
	  false, "tool.co.uk", "dkim", NULL, NULL, false, "unknown" },
	{ "by its return path", "", "+bounces.tool.co.uk", NULL, NULL, 0, NULL, false, "tool.co.uk",
	  "spf", NULL, NULL, false, "unknown" },
	{ "the author alone", "+example.com", "+example.com", NULL, NULL, 0, NULL, false, AUTHOR,
	  "dkim", NULL, NULL, false, "known" },
	{ "the author's return path alone", "", "+mail.example.com", NULL, NULL, 0, NULL, false,
	  AUTHOR, "spf", NULL, NULL, false, "known" },
	{ "an unknown signature beside the author's is that of a list",
	  "+example.com +list.example", "", NULL, NULL, 0, NULL, false, AUTHOR, "dkim", NULL, NULL,
	  false, "known" },

	/* whose the address is */
	{ "the host of a service that signs for the author", "+example.com", "+example.com",
	  "198.2.179.9", "mail9.mcsv.net", 0, NULL, false, "Mailchimp", "ptr", "Mailchimp", "ptr",
	  false, "known" },
	{ "with a return path of its customer", "+example.com", "", "198.2.179.9", "mail9.mcsv.net",
	  0, NULL, false, "Mailchimp", "ptr", "Mailchimp", "ptr", false, "known" },
	{ "nothing passes", "-example.com", "-example.com", "198.2.179.9", "mail9.mcsv.net", 0,
	  NULL, false, "Mailchimp", "ptr", "Mailchimp", "ptr", false, "known" },
	{ "the network of a service", "", "", "167.89.1.1", NULL, 11377, "SENDGRID", false,
	  "Twilio SendGrid", "asn", "Twilio SendGrid", "asn", false, "known" },
	{ "a shared network names no sender", "", "", "3.120.1.1", NULL, 16509, "AMAZON-02", false,
	  NULL, NULL, "AMAZON-02", "asn", false, "unknown" },
	{ "a shared range against the signature", "+mcsv.net", "", "3.120.1.1",
	  "a1-2.smtp-out.amazonses.com", 16509, "AMAZON-02", false, "Mailchimp", "dkim",
	  "Amazon SES", "ptr", false, "known" },
	{ "a shared range and an unknown signature", "+tool.example", "", "3.120.1.1",
	  "a1-2.smtp-out.amazonses.com", 16509, NULL, false, "tool.example", "dkim", "Amazon SES",
	  "ptr", false, "unknown" },
	{ "a shared range and the author's signature", "+example.com", "", "3.120.1.1",
	  "a1-2.smtp-out.amazonses.com", 16509, NULL, false, "Amazon SES", "ptr", "Amazon SES",
	  "ptr", false, "known" },
	{ "a range that a service publishes", "", "", "54.240.1.1", NULL, 16509, "AMAZON-02", false,
	  "Amazon SES", "network", "Amazon SES", "network", false, "known" },
	{ "a published range against the signature", "+mcsv.net", "", "209.85.220.41", NULL, 15169,
	  "GOOGLE", false, "Mailchimp", "dkim", "Google Workspace", "network", true, "known" },
	{ "an unknown host names the relay", "", "", "8.8.4.4", "mail.unknown.co.uk", 15169,
	  "GOOGLE", false, NULL, NULL, "unknown.co.uk", "ptr", false, "unknown" },
	{ "the author's own host", "+example.com", "+example.com", "8.8.4.4", "mx.example.com", 0,
	  NULL, false, AUTHOR, "dkim", AUTHOR, "ptr", false, "known" },
	{ "and its SPF record lacks it", "+example.com", "-example.com", "8.8.4.4",
	  "mx.example.com", 0, NULL, false, AUTHOR, "dkim", AUTHOR, "ptr", false, "known" },
	{ "the mailbox provider of the author", "+example.com", "+example.com", "209.85.1.1",
	  "mail-ej1-f41.google.com", 15169, "GOOGLE", false, "Google Workspace", "ptr",
	  "Google Workspace", "ptr", false, "known" },
	{ "unauthenticated from a mailbox provider", "", "", "209.85.1.1",
	  "mail-ej1-f41.google.com", 15169, "GOOGLE", false, "Google Workspace", "ptr",
	  "Google Workspace", "ptr", false, "known" },

	/* forwarded */
	{ "a mailbox provider forwards", "+example.com", "-example.com", "209.85.1.1",
	  "mail-ej1-f41.google.com", 15169, NULL, false, AUTHOR, "dkim", "Google Workspace", "ptr",
	  true, "known" },
	{ "with the return path of its customer", "+example.com", "+other.example", "209.85.1.1",
	  "mail-ej1-f41.google.com", 15169, NULL, false, AUTHOR, "dkim", "Google Workspace", "ptr",
	  true, "known" },
	{ "with its own return path", "+example.com", "+hotmail.com", NULL, NULL, 0, NULL, false,
	  AUTHOR, "dkim", "Outlook.com", "spf", true, "known" },
	{ "a newsletter that is forwarded", "+example.com +mcsv.net", "", "209.85.1.1",
	  "mail-ej1-f41.google.com", 15169, NULL, false, "Mailchimp", "dkim", "Google Workspace",
	  "ptr", true, "known" },
	{ "by an unknown host", "+example.com", "-example.com", "8.8.4.4", "mx.university.example",
	  0, NULL, false, AUTHOR, "dkim", "university.example", "ptr", true, "known" },
	{ "a rented server of the author, or a forwarder: who knows", "+example.com",
	  "-example.com", "8.8.4.4", "static.1.2.your-server.de", 24940, NULL, false, AUTHOR,
	  "dkim", "Hetzner", "ptr", false, "known" },
	{ "a rewritten return path (SRS)", "+example.com", "+srs.perfora.net", NULL, NULL, 0, NULL,
	  false, AUTHOR, "dkim", "IONOS Mail", "spf", true, "known" },
	{ "SRS of somebody unknown, unsigned", "", "+srs0.forwarder.example", NULL, NULL, 0, NULL,
	  false, NULL, NULL, "forwarder.example", "spf", true, "unknown" },
	{ "a list's return path", "-example.com", "+googlegroups.com", "209.85.1.1",
	  "mail-ej1-f41.google.com", 15169, NULL, false, NULL, NULL, "Google Workspace", "ptr",
	  true, "unknown" },
	{ "a list's signature", "-example.com +groups.io", "", NULL, NULL, 0, NULL, false, NULL,
	  NULL, "Groups.io", "dkim", true, "unknown" },
	{ "a forwarding service", "+example.com", "+improvmx.com", NULL, NULL, 0, NULL, false,
	  AUTHOR, "dkim", "ImprovMX", "spf", true, "known" },
	{ "the reporter says so", "-example.com", "", "209.85.1.1", "mail-ej1-f41.google.com",
	  15169, NULL, true, NULL, NULL, "Google Workspace", "ptr", true, "unknown" },
	{ "a gateway that passes mail on", "+example.com", "-example.com", "8.8.4.4",
	  "mx1.security.example", 0, NULL, false, AUTHOR, "dkim", "Some Gateway", "ptr", true,
	  "known" },
	{ "a gateway of the author's own", "+example.com", "+example.com", "8.8.4.4",
	  "mx1.security.example", 0, NULL, false, "Some Gateway", "ptr", "Some Gateway", "ptr",
	  false, "known" },
	{ "HELO is the host's, not the sender's", "+example.com", "h:+mail-ej1-f41.google.com",
	  NULL, NULL, 0, NULL, false, AUTHOR, "dkim", NULL, NULL, false, "known" },

	/* tables of the user */
	{ "a network of the user", "+mcsv.net", "", "192.0.2.7", NULL, 0, NULL, false,
	  "Head office", "own", "Head office", "own", false, "approved" },
	{ "a host of the user", "", "", "8.8.4.4", "p1.printers.example", 0, NULL, false,
	  "Printers", "own", "Printers", "own", false, "approved" },
	{ "a range of a service", "", "", "203.0.113.9", NULL, 0, NULL, false, "Rented range",
	  "network", "Rented range", "network", false, "known" },
	{ "parsedmarc's map", "", "", "8.8.4.4", "x.mapped.example", 0, NULL, false, "Mapped Inc",
	  "map", "Mapped Inc", "map", false, "known" },

	/* the tenant's own list: "Mailchimp, 198.18.0.0/15, erp.example, example.com" */
	{ "an approved service", "+mcsv.net", "", NULL, NULL, 0, NULL, false, "Mailchimp", "dkim",
	  NULL, NULL, false, "approved" },
	{ "an approved network", "", "", "198.18.1.1", NULL, 0, NULL, false, "198.18.0.0/15", "own",
	  NULL, NULL, false, "approved" },
	{ "an approved domain", "+m.erp.example", "", NULL, NULL, 0, NULL, false, "erp.example",
	  "own", NULL, NULL, false, "approved" },
	{ "whose signature fails", "-m.erp.example", "", NULL, NULL, 0, NULL, false, NULL, NULL,
	  NULL, NULL, false, "unknown" },
};

struct spelled {
	struct signature_evidence signatures[4];
	struct path_evidence paths[4];
	size_t signature_count, path_count;
};

static void spell(const char *dkim, const char *spf, struct spelled *out)
{
	struct slice rest = slice_of(dkim);

	*out = (struct spelled){ .signature_count = 0 };
	while (rest.size > 0) {
		const struct slice word = slice_split(rest, ' ', &rest);

		out->signatures[out->signature_count++] = (struct signature_evidence){
			slice_skip(word, 1), word.data[0] == '+'
		};
	}
	rest = slice_of(spf);
	while (rest.size > 0) {
		struct slice word = slice_split(rest, ' ', &rest);
		const bool helo = slice_starts_with(word, "h:");

		if (helo)
			word = slice_skip(word, 2);
		out->paths[out->path_count++] = (struct path_evidence){ slice_skip(word, 1),
									word.data[0] == '+', helo };
	}
}

static bool is_aligned(const char *words)
{
	return strstr(words, "+example.com") || strstr(words, "+mail.example.com");
}

static void check_party(const struct decision_case *c, const char *which, const struct party *party,
			const char *name, const char *rule)
{
	if (!slice_equal(slice_of(attribution_rule_word(party->rule)), slice_of(rule)) ||
	    !slice_equal(party->name, slice_of(name)))
		fail_msg("%s: %s is %.*s by %s", c->what, which, (int)party->name.size,
			 party->name.data ? party->name.data : "",
			 party->rule ? attribution_rule_word(party->rule) : "nothing");
}

static void decide(const struct attribution_tables *tables, const struct decision_case *c)
{
	struct attribution a;
	struct ip_address address;
	struct spelled spelled;
	struct evidence evidence = {
		.header_from = slice_of(AUTHOR),
		.header_organization = slice_of(AUTHOR),
		.dkim_aligned = is_aligned(c->dkim),
		.spf_aligned = is_aligned(c->spf),
		.forwarded = c->reporter_says_forwarded,
		.name = slice_of(c->host),
		.registered_name = registered_domain(slice_of(c->host)),
		.as_number = c->asn,
		.as_name = slice_of(c->holder),
	};

	spell(c->dkim, c->spf, &spelled);
	evidence.signatures = spelled.signatures;
	evidence.signature_count = spelled.signature_count;
	evidence.paths = spelled.paths;
	evidence.path_count = spelled.path_count;
	if (c->address) {
		assert_true(ip_address_parse(slice_of(c->address), &address));
		evidence.address = &address;
	}
	a = attribute(tables, &evidence);
	check_party(c, "sender", &a.sender, c->sender, c->sender_rule);
	check_party(c, "relay", &a.relay, c->relay, c->relay_rule);
	if (a.forwarded != c->forwarded)
		fail_msg("%s: forwarded %d", c->what, a.forwarded);
	/* Only the last cases are about the tenant's list. */
	if (tables->own && strcmp(approval_word(a.approval), c->approval) != 0)
		fail_msg("%s: %s", c->what, approval_word(a.approval));
}

static void decisions(void **state)
{
	static const char *const words[] = { "Mailchimp", "198.18.0.0/15", "erp.example", NULL };
	struct service_table *users = service_table_new(NULL);
	struct service_table *services = service_table_new(users);
	struct service_table *map = service_table_new(NULL);
	struct own_senders own;
	struct arena arena;
	struct error err;
	struct attribution_tables tables = { services, map, &own };
	size_t first_of_list = 0;

	(void)state;
	arena_init(&arena, MIB);
	assert_true(own_senders_read(&arena, words, &own));
	assert_true(service_text_read(users, "u", slice_of(users_rules), &err));
	service_file_read_built_in(services);
	assert_true(service_text_read_map(map, "m", slice_of(map_text), &err));
	while (strcmp(cases[first_of_list].what, "an approved service") != 0)
		first_of_list++;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tables.own = i >= first_of_list ? &own : NULL;
		decide(&tables, &cases[i]);
	}
	service_table_free(map);
	service_table_free(services);
	service_table_free(users);
	arena_release(&arena);
}

/* The author's own domain on the list does not hide who sends for it. */
static void own_domain_on_the_list(void **state)
{
	static const char *const words[] = { "example.com", NULL };
	static const struct decision_case one[] = {
		{ "a service signs for the author", "+example.com", "+example.com", "198.2.179.9",
		  "mail9.mcsv.net", 0, NULL, false, "Mailchimp", "ptr", "Mailchimp", "ptr", false,
		  "known" },
		{ "nobody else", "+example.com", "", NULL, NULL, 0, NULL, false, AUTHOR, "dkim",
		  NULL, NULL, false, "approved" },
		{ "a host of the author", "", "", "8.8.4.4", "mx.example.com", 0, NULL, false,
		  AUTHOR, "own", AUTHOR, "ptr", false, "approved" },
	};
	struct service_table *services = service_table_new(NULL);
	struct own_senders own;
	struct arena arena;
	const struct attribution_tables tables = { services, NULL, &own };

	(void)state;
	arena_init(&arena, MIB);
	assert_true(own_senders_read(&arena, words, &own));
	service_file_read_built_in(services);
	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++)
		decide(&tables, &one[i]);
	service_table_free(services);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decisions),
		cmocka_unit_test(own_domain_on_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
