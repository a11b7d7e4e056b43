/* attribution.c - finds the sender and the relay of mail
 *
 * SPDX-License-Identifier: MIT
 */
#include "enrich/attribution.h"

#include "base/organizational_domain.h"

static const char *const rule_words[ATTRIBUTION_RULES] = {
	[RULE_OWN] = "own", [RULE_DKIM] = "dkim", [RULE_SPF] = "spf", [RULE_NETWORK] = "network",
	[RULE_PTR] = "ptr", [RULE_ASN] = "asn",   [RULE_MAP] = "map",
};

const char *attribution_rule_word(enum attribution_rule rule)
{
	return rule_words[rule];
}

const char *approval_word(enum approval approval)
{
	static const char *const words[] = { [SENDER_APPROVED] = "approved",
					     [SENDER_KNOWN] = "known",
					     [SENDER_UNKNOWN] = "unknown" };

	return words[approval];
}

/* Candidates, in order of precedence. */
struct findings {
	struct party service;   /* an authenticated service */
	struct party provider;  /* an authenticated mailbox provider, ISP or hosting company */
	struct party identity;  /* an authenticated unknown domain */
	struct party author;    /* the author's own authenticated domain */
	struct party forwarder; /* forwarded the mail */
	struct party host;      /* owner of the address */
};

static struct party of_service(enum attribution_rule rule, const struct service *service)
{
	return (struct party){ service->type == SERVICE_OWN ? RULE_OWN : rule,
			       slice_of(service->name), service };
}

static void note(struct party *party, struct party found)
{
	if (party->rule == RULE_NONE)
		*party = found;
}

/* Forwards mail and never sends its own. */
static bool passes_on(const struct service *service)
{
	return service->type == SERVICE_FORWARDER || service->type == SERVICE_LIST ||
	       service->type == SERVICE_SECURITY;
}

/* May send or forward: its users have mailboxes or servers there. */
static bool is_provider(const struct service *service)
{
	return service->type == SERVICE_MAILBOX || service->type == SERVICE_ISP ||
	       service->type == SERVICE_HOSTING;
}

static struct party of_domain(enum attribution_rule rule, struct slice domain)
{
	if (domain.size == 0)
		return (struct party){ .rule = RULE_NONE };
	return (struct party){ rule, domain, NULL };
}

/* Is it the author's domain, or a domain of the same owner? */
static bool is_authors(const struct evidence *e, struct slice domain)
{
	const size_t more = domain.size - e->header_organization.size;

	if (e->header_organization.size == 0 || domain.size < e->header_organization.size)
		return slice_equal(domain, e->header_from);
	return slice_equal(slice_skip(domain, more), e->header_organization) &&
	       (more == 0 || domain.data[more - 1] == '.');
}

/* Names a party without a service by its registered domain. */
static void name_by_registered_domain(const struct evidence *e, struct party *party)
{
	if (party->rule != RULE_DKIM && party->rule != RULE_SPF)
		return;
	if (party->service)
		return;
	party->name = is_authors(e, party->name) && e->header_organization.size > 0
			      ? e->header_organization
			      : registered_domain(party->name);
	if (party->name.size == 0)
		*party = (struct party){ .rule = RULE_NONE };
}

/* --- authentication that passes ------------------------------------------------ */

static void weigh_signature(const struct attribution_tables *tables, const struct evidence *e,
			    struct slice domain, struct findings *f)
{
	const struct service *service = service_of_domain(tables->services, KEY_DKIM, domain);

	if (!service && is_authors(e, domain))
		note(&f->author, of_domain(RULE_DKIM, domain));
	else if (!service)
		note(&f->identity, of_domain(RULE_DKIM, domain));
	else if (passes_on(service))
		note(&f->forwarder, of_service(RULE_DKIM, service));
	else if (is_provider(service))
		note(&f->provider, of_service(RULE_DKIM, service));
	else
		note(&f->service, of_service(RULE_DKIM, service));
}

/* Forwarders that rewrite return paths (SRS) mostly use a separate domain such as
 * srs.example.net or srs0.example.net. */
static bool is_rewritten(struct slice domain)
{
	for (size_t at = 0; at + 3 < domain.size; at++) {
		const char *label = domain.data + at;

		if (label[0] == 's' && label[1] == 'r' && label[2] == 's' &&
		    (at == 0 || label[-1] == '.') &&
		    (label[3] == '.' || (at + 4 < domain.size && label[4] == '.')))
			return true;
	}
	return false;
}

/* Does a signature of the author pass?  Then another return path domain may belong to a
 * forwarder. */
static bool is_signed_by_author(const struct evidence *e)
{
	if (e->dkim_aligned)
		return true;
	for (size_t i = 0; i < e->signature_count; i++)
		if (e->signatures[i].passes && is_authors(e, e->signatures[i].domain))
			return true;
	return false;
}

/* A forwarder that rewrites return paths: a table may list its mail servers but not its
 * return path domain. */
static struct party rewriter_of(const struct service_table *services, struct slice domain)
{
	const struct service *service = service_of_domain(services, KEY_SPF, domain);

	if (!service)
		service = service_of_domain(services, KEY_PTR, domain);
	return service ? of_service(RULE_SPF, service) : of_domain(RULE_SPF, domain);
}

static void weigh_known_path(const struct evidence *e, const struct path_evidence *path,
			     const struct service *service, bool own, struct findings *f)
{
	const struct party party = of_service(RULE_SPF, service);
	const bool was_signed = is_signed_by_author(e);

	if (passes_on(service) || (is_provider(service) && was_signed && !own && !path->helo))
		note(&f->forwarder, party);
	else if (path->helo && was_signed)
		return; /* the relaying host */
	else
		note(is_provider(service) ? &f->provider : &f->service, party);
}

static void weigh_path(const struct attribution_tables *tables, const struct evidence *e,
		       const struct path_evidence *path, struct findings *f)
{
	const struct service *service = service_of_domain(tables->services, KEY_SPF, path->domain);
	const bool own = is_authors(e, path->domain);

	if (is_rewritten(path->domain) && !own)
		note(&f->forwarder, rewriter_of(tables->services, path->domain));
	else if (service)
		weigh_known_path(e, path, service, own, f);
	else if (own)
		note(&f->author, of_domain(RULE_SPF, path->domain));
	else if (!is_signed_by_author(e) && !e->forwarded && !path->helo)
		note(&f->identity, of_domain(RULE_SPF, path->domain));
}

static void weigh_authentication(const struct attribution_tables *tables, const struct evidence *e,
				 struct findings *f)
{
	for (size_t i = 0; i < e->signature_count; i++)
		if (e->signatures[i].passes)
			weigh_signature(tables, e, e->signatures[i].domain, f);
	for (size_t i = 0; i < e->path_count; i++)
		if (e->paths[i].passes && !e->paths[i].helo)
			weigh_path(tables, e, &e->paths[i], f);
	for (size_t i = 0; i < e->path_count; i++)
		if (e->paths[i].passes && e->paths[i].helo)
			weigh_path(tables, e, &e->paths[i], f);
}

/* --- owner of the address -------------------------------------------------------- */

static const struct service *of_map(const struct attribution_tables *tables,
				    const struct evidence *e)
{
	const struct service *service = NULL;

	if (!tables->map)
		return NULL;
	if (e->name.size > 0)
		service = service_of_domain(tables->map, KEY_PTR, e->name);
	if (!service && e->name.size == 0 && e->as_domain.size > 0)
		service = service_of_domain(tables->map, KEY_PTR, e->as_domain);
	return service;
}

static struct party host_of(const struct attribution_tables *tables, const struct evidence *e)
{
	const struct service *service = e->address
						? service_of_network(tables->services, e->address)
						: NULL;

	if (service)
		return of_service(RULE_NETWORK, service);
	if (e->name.size > 0)
		service = service_of_domain(tables->services, KEY_PTR, e->name);
	if (service)
		return of_service(RULE_PTR, service);
	if (e->as_number > 0)
		service = service_of_asn(tables->services, e->as_number);
	if (service)
		return of_service(RULE_ASN, service);
	service = of_map(tables, e);
	if (service)
		return of_service(RULE_MAP, service);
	return (struct party){ .rule = RULE_NONE };
}

/* Without a table entry, use the host name, else the holder of the network, which may name
 * a relay but never a sender. */
static struct party relay_of(const struct findings *f, const struct evidence *e)
{
	struct party relay = f->host;

	note(&relay, f->forwarder);
	note(&relay, of_domain(RULE_PTR, e->registered_name));
	if (e->as_name.size > 0)
		note(&relay, (struct party){ RULE_ASN, e->as_name, NULL });
	return relay;
}

/* --- the decision ------------------------------------------------------------------ */

/* The author's signature passes, but the address is not in the author's SPF record. */
static bool looks_forwarded(const struct findings *f, const struct evidence *e)
{
	return e->forwarded || f->forwarder.rule != RULE_NONE ||
	       (is_signed_by_author(e) && !e->spf_aligned);
}

/* Does the address identify the sender, or only a forwarder? */
static bool host_may_have_sent(const struct findings *f, const struct evidence *e)
{
	const struct service *service = f->host.service;

	if (!service || service->type == SERVICE_FORWARDER || service->type == SERVICE_LIST)
		return false;
	if (!passes_on(service) && !is_provider(service))
		return !e->forwarded;
	return !looks_forwarded(f, e);
}

static struct party sender_of(const struct findings *f, const struct evidence *e)
{
	struct party sender = f->service;

	note(&sender, f->provider);
	if (f->author.rule != RULE_DKIM)
		note(&sender, f->identity);
	if (host_may_have_sent(f, e))
		note(&sender, f->host);
	note(&sender, f->author);
	return sender;
}

/* The author's own domain does not identify a service. */
static const struct own_sender *own_identity(const struct own_senders *own,
					     const struct evidence *e, struct slice domain)
{
	return is_authors(e, domain) ? NULL : own_sender_of_domain(own, domain);
}

/* The tenant's own list takes precedence. */
static const struct own_sender *own_sender(const struct own_senders *own, const struct evidence *e)
{
	const struct own_sender *found = e->address ? own_sender_of_address(own, e->address) : NULL;

	if (!found && e->name.size > 0)
		found = own_sender_of_domain(own, e->name);
	for (size_t i = 0; i < e->signature_count && !found; i++)
		if (e->signatures[i].passes)
			found = own_identity(own, e, e->signatures[i].domain);
	for (size_t i = 0; i < e->path_count && !found; i++)
		if (e->paths[i].passes)
			found = own_identity(own, e, e->paths[i].domain);
	return found;
}

static enum approval approval_of(const struct own_senders *own, const struct party *sender,
				 const struct evidence *e)
{
	if (sender->rule == RULE_OWN)
		return SENDER_APPROVED;
	if (own && sender->rule != RULE_NONE &&
	    (own_sender_of_service(own, sender->name) || own_sender_of_domain(own, sender->name)))
		return SENDER_APPROVED;
	if (sender->service || (sender->rule != RULE_NONE && is_authors(e, sender->name)))
		return SENDER_KNOWN;
	return SENDER_UNKNOWN;
}

/* Excludes services that send for others, hosting companies and network holders. */
static bool may_forward(const struct party *relay)
{
	if (!relay->service)
		return relay->rule != RULE_ASN;
	return relay->service->type == SERVICE_MAILBOX || relay->service->type == SERVICE_ISP ||
	       passes_on(relay->service);
}

static bool is_forwarded(const struct attribution *a, const struct findings *f,
			 const struct evidence *e)
{
	if (a->relay.rule == RULE_NONE || slice_equal_nocase(a->sender.name, a->relay.name))
		return e->forwarded;
	if (e->forwarded || f->forwarder.rule != RULE_NONE)
		return true;
	if (!may_forward(&a->relay) || e->spf_aligned)
		return false;
	return is_signed_by_author(e) || (a->sender.rule == RULE_DKIM && a->sender.service);
}

struct attribution attribute(const struct attribution_tables *tables,
			     const struct evidence *evidence)
{
	const struct own_sender *own = tables->own ? own_sender(tables->own, evidence) : NULL;
	struct attribution a = { .forwarded = false };
	struct findings f = { .host = host_of(tables, evidence) };

	weigh_authentication(tables, evidence, &f);
	a.relay = relay_of(&f, evidence);
	if (own)
		a.sender = (struct party){ RULE_OWN, slice_of(own->text), NULL };
	else if (f.host.rule == RULE_OWN)
		a.sender = f.host;
	else
		a.sender = sender_of(&f, evidence);
	name_by_registered_domain(evidence, &a.sender);
	name_by_registered_domain(evidence, &a.relay);
	a.forwarded = is_forwarded(&a, &f, evidence);
	a.approval = approval_of(tables->own, &a.sender, evidence);
	return a;
}
