/* tell_config.c - checks the sections of notifications and digests
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/tell_config.h"

#include "bridge/config/secret.h"

#define ADDRESS_MOST 254 /* RFC 5321 section 4.5.3.1.3, without the brackets */
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* --- addresses --------------------------------------------------------------------- */

/* Whether the address needs no quoting (RFC 5322 atext): such an address cannot end an
 * SMTP command or a header field. */
bool mail_address_valid(const char *text)
{
	static const char local[] = ALNUM "!#$%&'*+-/=?^_`{|}~.", domain[] = ALNUM "-.";
	const size_t before = strspn(text, local);
	const char *host = text + before + 1;

	return before > 0 && before <= 64 && text[before] == '@' && *host && *host != '-' &&
	       *host != '.' && strspn(host, domain) == strlen(host) && strlen(text) <= ADDRESS_MOST;
}

static bool check_addresses(const char *const *list, const char *option, struct error *err)
{
	for (; list && *list; list++)
		if (!mail_address_valid(*list))
			return error_set(err, ERROR_FATAL,
					 "%s = %s: not an address such as admin@example.org",
					 option, *list);
	return true;
}

bool tenant_contact_check(const struct tenant_config *tenant, struct error *err)
{
	return check_addresses(tenant->contact, "contact", err) ||
	       error_context(err, "[tenant %s]", tenant->name);
}

/* --- URLs -------------------------------------------------------------------------- */

static bool is_loopback(struct slice rest)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "[::1]" };

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (slice_starts_with(rest, hosts[i]) &&
		    strchr(":/", rest.size > strlen(hosts[i]) ? rest.data[strlen(hosts[i])] : '/'))
			return true;
	return false;
}

/* Does not print the URL, which may be a secret. */
static bool check_url(const char *option, const char *url, struct error *err)
{
	const struct slice text = slice_of(url);

	for (const char *c = url; *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || strchr("<>\"|", *c))
			return error_set(err, ERROR_FATAL,
					 "%s contains a character that is not allowed in a URL",
					 option);
	if (slice_starts_with(text, "https://") ||
	    (slice_starts_with(text, "http://") &&
	     is_loopback(slice_skip(text, strlen("http://")))))
		return true;
	return error_set(err, ERROR_FATAL, "%s begins with https://, or with http:// to this host",
			 option);
}

/* --- sections ---------------------------------------------------------------------- */

static bool check_mail(const struct mail_config *mail, struct error *err)
{
	if (!mail->host)
		return !mail->from || error_set(err, ERROR_FATAL, "host is missing");
	if (!mail->from)
		return error_set(err, ERROR_FATAL, "from is missing");
	if (!mail_address_valid(mail->from))
		return error_set(err, ERROR_FATAL,
				 "from = %s: not an address such as reports@example.org",
				 mail->from);
	if (strspn(mail->host, ALNUM "-.:") != strlen(mail->host))
		return error_set(err, ERROR_FATAL, "host = %s: not the name of a host", mail->host);
	if (!mail->user != !secret_is_given(&mail->password_from))
		return error_set(err, ERROR_FATAL, "user and password_file go together");
	if (mail->user && mail->tls == MAILBOX_TLS_NONE)
		return error_set(err, ERROR_FATAL,
				 "tls = none would send the password in the clear");
	return true;
}

bool mail_config_check(const struct config *config, struct error *err)
{
	const char *page = config->service.page_url;

	if (!check_mail(&config->mail, err))
		return error_context(err, "[mail]");
	if (page && !slice_starts_with(slice_of(page), "https://") &&
	    !slice_starts_with(slice_of(page), "http://"))
		return error_set(err, ERROR_FATAL, "[service]: page_url begins with https://");
	return true;
}

/* Checks the tenants that a section names. */
static bool check_tenants(const char *const *tenants, struct error *err)
{
	for (; tenants && *tenants; tenants++)
		if (!tenant_name_valid(slice_of(*tenants)))
			return error_set(err, ERROR_FATAL, "tenants = %s: no name of a tenant",
					 *tenants);
	return true;
}

static bool has_contact(const struct config *config)
{
	for (const struct tenant_config *t = config->tenants; t; t = t->next)
		if (t->contact && t->contact[0])
			return true;
	return false;
}

static bool check_recipients(const struct config *config, const char *const *to, bool tenants,
			     struct error *err)
{
	if (!config->mail.host)
		return error_set(err, ERROR_FATAL,
				 "mail needs a section [mail] with host and from");
	if (!(to && to[0]) && !(tenants && has_contact(config)))
		return error_set(err, ERROR_FATAL,
				 tenants ? "to is missing, and no [tenant] has contact"
					 : "to is missing");
	return check_addresses(to, "to", err);
}

static bool read_states(struct notify_config *notify, struct error *err)
{
	static const char *const words[] = { "new", "worse", "better", "resolved" };
	const char *const *state = notify->states;
	unsigned i = 0;

	for (; *state; state++) {
		for (i = 0; i < 4 && strcmp(*state, words[i]) != 0; i++)
			continue;
		if (i == 4)
			return error_set(err, ERROR_FATAL,
					 "states = %s: there are new, worse, better and resolved",
					 *state);
		notify->state_bits |= 1u << i;
	}
	return true;
}

static bool check_webhook(const struct notify_config *notify, struct error *err)
{
	const bool secret = secret_is_given(&notify->url_from);

	if (!notify->url == !secret)
		return error_set(err, ERROR_FATAL,
				 notify->url ? "url or url_file, not both"
					     : "url or url_file is missing");
	return secret || check_url("url", notify->url, err);
}

static bool check_name(const char *name, struct error *err)
{
	return config_is_file_name(name) ||
	       error_set(err, ERROR_FATAL, "names take letters, digits, _ and -");
}

bool notify_config_check(const struct config *config, struct notify_config *notify,
			 struct error *err)
{
	const bool tenants = notify->scope == NOTIFY_TENANTS;
	const bool good = check_name(notify->name, err) && check_tenants(notify->tenants, err) &&
			  read_states(notify, err) &&
			  (notify->type == NOTIFY_WEBHOOK
				   ? check_webhook(notify, err)
				   : check_recipients(config, notify->to, tenants, err));

	return good || error_context(err, "[notify %s]", notify->name);
}

bool digest_config_check(const struct config *config, const struct digest_config *digest,
			 struct error *err)
{
	const bool good = check_name(digest->name, err) && check_tenants(digest->tenants, err) &&
			  check_recipients(config, digest->to, true, err);

	return good || error_context(err, "[digest %s]", digest->name);
}

/* --- secrets ----------------------------------------------------------------------- */

static bool read_webhook(struct notify_config *notify, struct arena *arena, struct error *err)
{
	const bool secret = secret_is_given(&notify->url_from);

	return (!secret || (secret_read(&notify->url_from, "url", arena, &notify->url, err) &&
			    check_url("url", notify->url, err))) &&
	       secret_read(&notify->token_from, "token", arena, &notify->token, err);
}

bool config_read_tell_secrets(struct config *config, struct error *err)
{
	if (!secret_read(&config->mail.password_from, "password", &config->arena,
			 &config->mail.password, err))
		return error_context(err, "[mail]");
	for (struct notify_config *n = config->notifies; n; n = n->next)
		if (n->type == NOTIFY_WEBHOOK && !read_webhook(n, &config->arena, err))
			return error_context(err, "[notify %s]", n->name);
	return config_read_reader_secrets(config, err);
}
