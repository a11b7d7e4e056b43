/* SPDX-License-Identifier: MIT */
#include "ingest/trust/signature_key.h"

#include "base/ascii.h"
#include "ingest/trust/tag_list.h"

/* The name may have other texts, such as those of a wildcard.  Of several keys any may be
 * used (RFC 6376 section 3.6.2.2). */
static struct slice choose_record(struct slice texts)
{
	struct slice first = { NULL, 0 };

	while (texts.size > 0) {
		const struct slice text = slice_split(texts, '\0', &texts);

		if (slice_is(tag_value(text, "v"), "DKIM1"))
			return text;
		if (!first.data)
			first = text;
	}
	return first;
}

static bool is_for_this(struct slice record, bool tls_report)
{
	const struct slice version = tag_value(record, "v"), hashes = tag_value(record, "h");
	const struct slice services = tag_value(record, "s");

	if (version.data && !slice_is(version, "DKIM1"))
		return false;
	if (hashes.data && !tag_value_has(hashes, "sha256"))
		return false;
	return !services.data || tag_value_has(services, "*") || tag_value_has(services, "email") ||
	       (tls_report && tag_value_has(services, "tlsrpt"));
}

static bool add_base64(struct strbuf *key, struct slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		const char c = text.data[i];

		if (ascii_is_space(c))
			continue;
		if (!ascii_is_alnum(c) && c != '+' && c != '/' && c != '=')
			return false;
		strbuf_add_byte(key, c);
	}
	return text.size > 0;
}

bool signature_key_read(struct slice texts, bool tls_report, struct strbuf *key)
{
	const struct slice record = choose_record(texts);
	const struct slice type = tag_value(record, "k");

	if (!is_for_this(record, tls_report))
		return false;
	if (!type.data || slice_is(type, "rsa"))
		strbuf_add_text(key, "k=rsa; ");
	else if (slice_is(type, "ed25519"))
		strbuf_add_text(key, "k=ed25519; ");
	else
		return false;
	if (tag_value_has(tag_value(record, "t"), "s"))
		strbuf_add_text(key, "t=s; ");
	strbuf_add_text(key, "p=");
	return add_base64(key, tag_value(record, "p")) && !key->overflowed;
}
