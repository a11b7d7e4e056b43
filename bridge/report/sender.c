/* sender.c - what a source of mail in one's name is
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/sender.h"

#include "base/organizational_domain.h"

static const struct sender_words words[SENDER_CLASSES] = {
	[SENDER_ALIGNED] = {
		"SPF and DKIM", "sends your mail",
		"SPF and DKIM both pass in the name of your domain.",
		"Nothing to do.", false },
	[SENDER_SERVICE] = {
		"service", "sends for you and signs with your domain",
		"DKIM passes in the name of your domain; SPF passes for the service's own return "
		"address. Such a service, or a forwarder that rewrites the return address, is as "
		"good as your own server.",
		"Nothing to do.", false },
	[SENDER_FORWARDER] = {
		"forwarder", "forwards your mail, which breaks SPF",
		"The mail comes from the forwarder's server, which your SPF record does not name. "
		"Your DKIM signature arrives intact, so DMARC passes and the mail is delivered.",
		"Nothing to do, and do not add a forwarder to your SPF record. If it is a service that "
		"you pay for (newsletter, shop), you may add it.", false },
	[SENDER_SPF_ONLY] = {
		"SPF only", "sends your mail without a valid signature",
		"SPF passes in the name of your domain; a DKIM signature of it is missing or fails. The "
		"mail passes now, and is lost as soon as somebody forwards it.",
		"Have this server sign with DKIM, with d= your domain. If it signs already, compare the "
		"key in DNS with the one it uses.", false },
	[SENDER_LIST] = {
		"mailing list", "is a mailing list or forwarder that changes messages",
		"The reporter knows the source as a mailing list or forwarder and says why it did not "
		"apply your policy. The changed messages no longer fit your signature.",
		"Nothing to do at your end. Expect receivers that do not know the list to refuse such "
		"mail under p=reject.", true },
	[SENDER_BROKEN] = {
		"broken signature", "sends mail with a signature of yours that fails",
		"The mail carries a DKIM signature of your domain, and it does not verify; SPF does not "
		"pass in your name either. Somebody changed the message on its way, or the key in DNS "
		"is not the one the server signs with.",
		"If the address is yours or a service's of yours, compare the DKIM key in DNS (selector "
		"and domain below) with the one it signs with. If not, it is a list or a gateway that "
		"changes messages, and nothing can be done at your end.", true },
	[SENDER_FOREIGN] = {
		"other identity", "sends in your name and proves another one",
		"The mail authenticates, but as another domain than the one your correspondents see as "
		"author.",
		"If you have asked this service to send for you, have it sign with DKIM and d= your "
		"domain. If you do not know it, it sends in your name without leave: go on towards "
		"p=reject.", true },
	[SENDER_UNAUTHENTICATED] = {
		"unauthenticated", "sends in your name and proves nothing",
		"Neither SPF nor DKIM passes, for any domain. Mostly this is forged mail; now and then a "
		"forgotten printer or server of your own.",
		"If the address is yours, name it in your SPF record and have it sign with DKIM. If not, "
		"your DMARC policy decides: under p=none the forgeries are delivered, under p=quarantine "
		"and p=reject they are not.", true },
};

const struct sender_words *sender_words(enum sender_class class)
{
	return &words[class];
}

/* "selector/domain/result", where only the first may contain a slash. */
static void split(struct slice combined, struct slice *domain, struct slice *result)
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
	bool own_fails;		/* a check of the author's domain failed */
	struct slice elsewhere; /* another domain that passed */
};

static struct proof proof_of(const struct document_view *view, enum field combined)
{
	const struct slice author = view->texts[FIELD_ID_DMARC_HEADER_FROM];
	struct proof proof = { .own_fails = false };

	for (const struct document_value *v = view->lists[combined]; v; v = v->next) {
		struct slice domain, result;
		bool own, passes;

		split(v->text, &domain, &result);
		own = same_organization(domain, author);
		passes = slice_is(result, "pass");
		if (own && !passes && !slice_is(result, "none"))
			proof.own_fails = true;
		if (!own && passes && proof.elsewhere.size == 0)
			proof.elsewhere = domain;
	}
	return proof;
}

static bool is_known_forwarder(const struct document_view *view)
{
	for (const struct document_value *v = view->lists[FIELD_ID_DMARC_OVERRIDE_TYPE]; v;
	     v = v->next)
		if (slice_is(v->text, "forwarded") || slice_is(v->text, "trusted_forwarder") ||
		    slice_is(v->text, "mailing_list"))
			return true;
	return false;
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
		return path.elsewhere.size > 0 && !path.own_fails ? SENDER_SERVICE
								   : SENDER_FORWARDER;
	if (spf)
		return SENDER_SPF_ONLY;
	if (is_known_forwarder(view))
		return SENDER_LIST;
	if (signature.own_fails)
		return SENDER_BROKEN;
	return identity->size > 0 ? SENDER_FOREIGN : SENDER_UNAUTHENTICATED;
}
