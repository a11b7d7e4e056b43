/* sender.c - classifies and names sources of mail
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/sender.h"

#include "base/organizational_domain.h"

static const struct sender_words words[SENDER_CLASSES] = {
	[SENDER_ALIGNED] = {
		"SPF and DKIM",
		"SPF and DKIM both pass and are aligned with your domain.",
		"No action needed.",
		false,
	},
	[SENDER_SERVICE] = {
		"service",
		"DKIM passes for your domain; SPF passes for the service's own return address.",
		"No action needed.",
		false,
	},
	[SENDER_FORWARDER] = {
		"forwarder",
		"The mail comes from a forwarder that your SPF record does not name. Your DKIM "
		"signature arrives intact, so DMARC passes.",
		"No action needed. Do not add a forwarder to your SPF record; add a service that "
		"sends on your behalf.",
		false,
	},
	[SENDER_SPF_ONLY] = {
		"SPF only",
		"SPF passes for your domain, but there is no valid DKIM signature of it. The "
		"mail fails DMARC as soon as somebody forwards it.",
		"Have this server sign with DKIM and d= your domain. If it signs already, "
		"compare the key in DNS with the one it uses.",
		false,
	},
	[SENDER_LIST] = {
		"mailing list",
		"The reporter knows the source as a mailing list or forwarder. The changed "
		"messages no longer match your signature.",
		"No action needed. Receivers that do not know the list may reject its mail under "
		"p=reject; a list that rewrites From avoids that.",
		true,
	},
	[SENDER_BROKEN] = {
		"broken signature",
		"The mail carries a DKIM signature of your domain that does not verify, and SPF "
		"does not pass for your domain. Either a list or gateway changed the message, or "
		"the key in DNS is not the one that the server signs with.",
		"If the source sends on your behalf, compare the DKIM key in DNS with the one it "
		"signs with. If it is a list or gateway, ask it to rewrite From.",
		true,
	},
	[SENDER_MISALIGNED] = {
		"not aligned",
		"SPF or DKIM passes for another name of your own domain, which does not count as "
		"aligned: the alignment mode is strict, or the reporter compares the names "
		"exactly.",
		"Sign with d= the exact domain of From, or use relaxed alignment "
		"(adkim=r, aspf=r).",
		true,
	},
	[SENDER_FOREIGN] = {
		"other identity",
		"The mail passes SPF or DKIM, but for another domain than the one in From.",
		"If the service sends on your behalf, set up DKIM there with d= your domain. If "
		"you do not know it, leave your records as they are.",
		true,
	},
	[SENDER_UNAUTHENTICATED] = {
		"unauthenticated",
		"Neither SPF nor DKIM passes, for any domain. Most of this is forged mail; some "
		"may come from a forgotten printer or server of your own.",
		"If an address is yours, add it to your SPF record and have it sign with DKIM. "
		"Your DMARC policy decides what happens to the rest.",
		true,
	},
};

const struct sender_words *sender_words(enum sender_class class)
{
	return &words[class];
}

void sender_split_proof(struct slice combined, struct slice *domain, struct slice *result)
{
	size_t end = combined.size, start;

	while (end > 0 && combined.data[end - 1] != '/')
		end--;
	*result = slice_between(combined.data + end, combined.data + combined.size);
	start = end > 0 ? --end : 0;
	while (start > 0 && combined.data[start - 1] != '/')
		start--;
	*domain = slice_between(combined.data + start, combined.data + end);
}

struct proof {
	bool own_fails; /* a check of the author's domain failed */
	bool own_passes;
	struct slice elsewhere; /* a different domain that passed */
};

static struct proof proof_of(const struct document_view *view, enum field combined)
{
	const struct slice author = view->texts[FIELD_ID_DMARC_HEADER_FROM];
	struct proof proof = { .own_fails = false };

	for (const struct document_value *v = view->lists[combined]; v; v = v->next) {
		struct slice domain, result;
		bool own, passes;

		sender_split_proof(v->text, &domain, &result);
		own = same_organization(domain, author);
		passes = slice_is(result, "pass");
		if (own && !passes && !slice_is(result, "none"))
			proof.own_fails = true;
		proof.own_passes |= own && passes;
		if (!own && passes && proof.elsewhere.size == 0)
			proof.elsewhere = domain;
	}
	return proof;
}

/* An ARC chain (RFC 8617) that the receiver trusts identifies a forwarder. */
static bool names_arc(const struct document_view *view)
{
	const struct document_value *v = view->lists[FIELD_ID_DMARC_OVERRIDE_COMMENT];

	while (v && slice_find_text(v->text, "arc=pass") == v->text.size)
		v = v->next;
	return v != NULL;
}

bool sender_is_forwarded(const struct document_view *view)
{
	const struct document_value *v = view->lists[FIELD_ID_DMARC_OVERRIDE_TYPE];

	while (v && !slice_is(v->text, "forwarded") && !slice_is(v->text, "trusted_forwarder") &&
	       !slice_is(v->text, "mailing_list"))
		v = v->next;
	return v != NULL;
}

static bool is_known_forwarder(const struct document_view *view)
{
	return sender_is_forwarded(view) || names_arc(view);
}

static bool is_forwarded(const struct document_view *view)
{
	return view->texts[FIELD_ID_SOURCE_FORWARDED].size > 0;
}

bool sender_is_excused(const struct document_view *view)
{
	return view->lists[FIELD_ID_DMARC_OVERRIDE_TYPE] != NULL;
}

enum sender_class sender_class_of(const struct document_view *view, struct slice *identity)
{
	const bool dkim = slice_is(view->texts[FIELD_ID_DMARC_ALIGNED_DKIM], "pass");
	const bool spf = slice_is(view->texts[FIELD_ID_DMARC_ALIGNED_SPF], "pass");
	const struct proof signature = proof_of(view, FIELD_ID_DMARC_DKIM_COMBINED);
	const struct proof path = proof_of(view, FIELD_ID_DMARC_SPF_COMBINED);

	*identity = signature.elsewhere.size > 0 ? signature.elsewhere : path.elsewhere;
	if (dkim && spf)
		return SENDER_ALIGNED;
	if (dkim)
		return path.elsewhere.size > 0 && !path.own_fails && !is_forwarded(view)
			       ? SENDER_SERVICE
			       : SENDER_FORWARDER;
	if (spf)
		return SENDER_SPF_ONLY;
	if (is_known_forwarder(view))
		return SENDER_LIST;
	if (signature.own_passes || path.own_passes)
		return SENDER_MISALIGNED;
	if (signature.own_fails)
		return SENDER_BROKEN;
	return identity->size > 0 ? SENDER_FOREIGN : SENDER_UNAUTHENTICATED;
}

bool sender_proves_another(const struct document_view *view)
{
	return proof_of(view, FIELD_ID_DMARC_DKIM_COMBINED).elsewhere.size > 0 ||
	       proof_of(view, FIELD_ID_DMARC_SPF_COMBINED).elsewhere.size > 0;
}

struct slice sender_address_of(const struct document_view *view)
{
	const struct slice address = view->texts[FIELD_ID_SOURCE_IP];

	return address.size > 0 ? address : view->texts[FIELD_ID_SOURCE_IP_RAW];
}

static bool is_one_of(struct slice word, const char *const *list)
{
	while (*list && !slice_is(word, *list))
		list++;
	return *list != NULL;
}

/* No sender other than the author's own domain is known. */
static bool is_authors(const struct document_view *view)
{
	return view->texts[FIELD_ID_SOURCE_SENDER_TYPE].size == 0 &&
	       same_organization(view->texts[FIELD_ID_SOURCE_SENDER_NAME],
				 view->texts[FIELD_ID_DMARC_HEADER_FROM]);
}

/* The SPF record of the domain contains the address, so it is not a forwarder. */
static bool is_own_server(const struct document_view *view, enum sender_class class)
{
	return is_authors(view) && (class == SENDER_ALIGNED || class == SENDER_SPF_ONLY);
}

/* The owner of the address, unless many customers share it. */
static struct slice named_relay(const struct document_view *view)
{
	static const char *const shared[] = { "hosting", "isp", NULL };

	return slice_is(view->texts[FIELD_ID_SOURCE_RELAY_RULE], "asn") ||
			       is_one_of(view->texts[FIELD_ID_SOURCE_RELAY_TYPE], shared)
		       ? slice_of(NULL)
		       : view->texts[FIELD_ID_SOURCE_RELAY_NAME];
}

struct slice sender_name_of(const struct document_view *view)
{
	const bool forwarded = is_forwarded(view);
	const struct slice relay = named_relay(view), address = sender_address_of(view);
	const struct slice names[] = {
		is_authors(view) ? slice_of(NULL) : view->texts[FIELD_ID_SOURCE_SENDER_NAME],
		forwarded ? relay : slice_of(NULL),
		organizational_domain(proof_of(view, FIELD_ID_DMARC_DKIM_COMBINED).elsewhere),
		organizational_domain(proof_of(view, FIELD_ID_DMARC_SPF_COMBINED).elsewhere),
		relay,
		organizational_domain(view->texts[FIELD_ID_SOURCE_DOMAIN]),
		address,
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].size > 0)
			return names[i];
	return slice_of("no address");
}

struct slice sender_label_of(const struct document_view *view, enum sender_class class)
{
	return is_own_server(view, class) ? view->texts[FIELD_ID_SOURCE_SENDER_NAME]
					  : sender_name_of(view);
}

struct slice sender_status_of(const struct document_view *view, enum sender_class class)
{
	return is_authors(view) && !is_own_server(view, class)
		       ? slice_of(NULL)
		       : view->texts[FIELD_ID_SOURCE_SENDER_STATUS];
}

struct slice sender_relay_of(const struct document_view *view)
{
	const struct slice name = sender_name_of(view);
	const struct slice relay = view->texts[FIELD_ID_SOURCE_RELAY_NAME];

	if (relay.size == 0)
		return view->texts[FIELD_ID_SOURCE_AS_ORGANIZATION];
	return slice_equal(relay, name) ? slice_of(NULL) : relay;
}

bool sender_is_service(const struct document_view *view)
{
	static const char *const others[] = { "forwarder", "list", "security", "isp",
					      "hosting",   "own",  NULL };
	const struct slice type = view->texts[FIELD_ID_SOURCE_SENDER_TYPE];

	return type.size > 0 && !is_one_of(type, others) && !is_forwarded(view);
}

/* In words, a value of source.sender.type. */
static struct slice type_words(struct slice type)
{
	static const char *const types[][2] = {
		{ "mailbox", "mailbox provider" },   { "marketing", "marketing service" },
		{ "transactional", "mail service" }, { "crm", "CRM service" },
		{ "ticketing", "ticket service" },   { "security", "security gateway" },
		{ "hosting", "hosting company" },    { "forwarder", "forwarder" },
		{ "list", "mailing list" },          { "saas", "software service" },
		{ "isp", "internet provider" },      { "own", "own server" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_is(type, types[i][0]))
			return slice_of(types[i][1]);
	return slice_of(NULL);
}

struct slice sender_kind_of(const struct document_view *view, enum sender_class class)
{
	const struct slice type = type_words(view->texts[FIELD_ID_SOURCE_SENDER_TYPE]);

	if (is_own_server(view, class))
		return slice_of("own domain");
	if (type.size == 0 && (class == SENDER_FORWARDER || class == SENDER_LIST))
		return slice_of(words[class].name);
	return type;
}
