/* importing.c - from settings of parsedmarc to settings of ours
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/import/importing.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/ascii.h"
#include "bridge/config/ini.h"

void import_note(const char *section, const char *key, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "[%s] %s: ", section, key);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

struct slice import_get(struct importing *i, const char *section, const char *key)
{
	return foreign_ini_get(i->theirs, section, key);
}

bool import_is_true(struct slice value)
{
	return slice_is_nocase(value, "true") || slice_is_nocase(value, "yes") ||
	       slice_is_nocase(value, "on") || slice_is(value, "1");
}

bool import_is_writable(struct slice value)
{
	bool quotes;

	for (size_t at = 0; at < value.size; at++)
		if (ascii_is_control(value.data[at]))
			return false;
	return ini_value_fits(value, &quotes);
}

void import_put(struct importing *i, const char *key, struct slice value)
{
	bool quotes;

	(void)ini_value_fits(value, &quotes);
	strbuf_add_format(&i->ours, "%s = %s", key, quotes ? "\"" : "");
	strbuf_add_slice(&i->ours, value);
	strbuf_add_text(&i->ours, quotes ? "\"\n" : "\n");
}

void import_put_text(struct importing *i, const char *key, const char *value)
{
	import_put(i, key, slice_of(value));
}

void import_copy(struct importing *i, const char *section, const char *their_key,
		 const char *our_key)
{
	const struct slice value = import_get(i, section, their_key);

	if (!value.data)
		return;
	if (import_is_writable(value))
		import_put(i, our_key, value);
	else
		import_note(section, their_key,
		     "holds quotes or control characters; set %s by hand", our_key);
}

/* Seconds, whole or not. */
void import_copy_time(struct importing *i, const char *section, const char *their_key,
		      const char *our_key)
{
	const struct slice value = import_get(i, section, their_key);
	struct slice fraction, whole = slice_split(value, '.', &fraction);
	uint64_t seconds;

	if (!value.data)
		return;
	if (!slice_to_uint(whole, UINT32_MAX, &seconds) || seconds == 0)
		import_note(section, their_key, "no number of seconds; set %s by hand", our_key);
	else
		strbuf_add_format(&i->ours, "%s = %llus\n", our_key, (unsigned long long)seconds);
}

void import_put_secret(struct importing *i, const char *section, const char *their_key,
		       const char *our_key, const char *what)
{
	strbuf_add_format(&i->ours, "%s = %s-%s\n", our_key, section, what);
	import_note(section, their_key, "write this secret into %s-%s, readable for nobody else",
		    section, what);
}

void import_secret(struct importing *i, const char *section, const char *their_key,
		   const char *our_key, const char *what)
{
	if (import_get(i, section, their_key).data)
		import_put_secret(i, section, their_key, our_key, what);
}

void import_verification(struct importing *i, const char *section)
{
	if (import_is_true(import_get(i, section, "skip_certificate_verification")))
		import_note(section, "skip_certificate_verification",
			    "certificates are always verified; name the issuer's certificate by ca_file");
}
