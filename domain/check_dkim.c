/* check_dkim.c - checks the keys of the known selectors
 *
 * SPDX-License-Identifier: MIT
 *
 * Selectors come from reports or from the user and are never guessed: an unknown
 * selector does not mean that the domain has no DKIM.
 */
#include "base/hash.h"
#include "domain/context.h"
#include "domain/dkim_key.h"

/* A selector that no domain uses. */
#define NO_SELECTOR "reportbridge-no-such-selector"

static void note_key(struct context *c, const struct domain_selector *selector,
		     const struct dns_answer *answer, const struct dkim_key *key, struct slice text)
{
	struct domain_key *kept = &c->state->keys[c->state->key_count++];
	uint8_t digest[HASH_SIZE];
	struct hash hash;

	*kept = (struct domain_key){
		.selector = selector->name,
		.record = text,
		.alias = answer->canonical,
		.bits = key->bits,
	};
	if (key->p.size == 0)
		return;
	hash_init(&hash);
	hash_bytes(&hash, key->p.data, key->p.size);
	hash_end(&hash, digest);
	hash_hex(digest, kept->digest);
}

static void judge_missing(struct context *c, const char *name,
			  const struct domain_selector *selector, const struct dns_answer *answer)
{
	struct domain_finding *f;

	/* Microsoft publishes only the selector in use; the other CNAME has no target. */
	if (answer->canonical.data)
		f = domain_found(c->findings,
				 selector->used ? DOMAIN_DKIM_CNAME : DOMAIN_DKIM_MISSING,
				 slice_of(name), "the target %s has no key: %s",
				 text_quote(c->arena, answer->canonical, EVIDENCE_OCTETS),
				 dns_status_text(answer->status));
	else
		f = domain_found(c->findings, DOMAIN_DKIM_MISSING, slice_of(name), "%s",
				 dns_status_text(answer->status));
	if (selector->used)
		f->severity = SEVERITY_CRITICAL;
}

static void check_selector(struct context *c, const struct domain_selector *selector, bool *rsa,
			   bool *ed25519)
{
	const char *label = arena_format(c->arena, "%.*s._domainkey", (int)selector->name.size,
					 selector->name.data);
	const char *name = context_name(c, label, c->domain);
	const struct dns_answer *answer;
	size_t count, keys = 0;
	struct dkim_key key;
	struct txt *texts;

	answer = name ? context_ask(c, name, DNS_TXT, DOMAIN_DKIM_UNKNOWN) : NULL;
	if (!answer)
		return;
	count = context_texts(c, answer, &texts);
	for (size_t i = 0; i < count; i++)
		keys += dkim_is_key(texts[i].text);
	if (count == 0) {
		judge_missing(c, name, selector, answer);
		return;
	}
	if (answer->canonical.data)
		domain_found(c->findings, DOMAIN_DKIM_CNAME, slice_of(name), "the target is %s",
			     text_quote(c->arena, answer->canonical, EVIDENCE_OCTETS));
	if (keys > 1)
		domain_found(c->findings, DOMAIN_DKIM_MULTIPLE, slice_of(name), "%zu records",
			     keys);
	for (size_t i = 0; i < count; i++) {
		if (keys > 0 && !dkim_is_key(texts[i].text))
			continue;
		dkim_key_read(c->arena, texts[i].text, &key);
		dkim_key_judge(c->findings, slice_of(name), &key, texts[i].text, selector->used);
		note_key(c, selector, answer, &key, texts[i].text);
		*rsa |= !key.why && key.kind == DKIM_KEY_RSA;
		*ed25519 |= !key.why && key.kind == DKIM_KEY_ED25519;
		break;
	}
}

static void check_wildcard(struct context *c)
{
	const char *name = context_name(c, NO_SELECTOR "._domainkey", c->domain);
	const struct dns_answer *answer;
	struct dkim_key key;
	struct txt *texts;

	answer = name ? dns_ask(&c->session, name, DNS_TXT) : NULL;
	if (!answer || answer->status != DNS_DATA || context_texts(c, answer, &texts) == 0)
		return;
	dkim_key_read(c->arena, texts[0].text, &key);
	/* a wildcard with an empty key is good practice for a domain without mail */
	if (!key.revoked)
		domain_found(c->findings, DOMAIN_DKIM_WILDCARD, slice_of(name), "%s",
			     text_quote(c->arena, texts[0].text, EVIDENCE_OCTETS));
}

void check_dkim(struct context *c)
{
	const struct domain_subject *subject = c->subject;
	bool rsa = false, ed25519 = false;

	c->state->keys = arena_array(c->arena, DOMAIN_SELECTORS_MAX, sizeof(*c->state->keys));
	if (!c->state->keys)
		return;
	for (size_t i = 0; i < subject->selector_count && i < DOMAIN_SELECTORS_MAX; i++)
		check_selector(c, &subject->selectors[i], &rsa, &ed25519);
	check_wildcard(c);
	if (ed25519 && !rsa)
		domain_found(c->findings, DOMAIN_DKIM_ALGORITHM, c->domain,
			     "only Ed25519 keys: verifiers that support only RSA see no signature")
			->severity = SEVERITY_NOTICE;
}
