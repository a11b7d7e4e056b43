/* reporter.c - names of reporters
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/reporter.h"

/* Names that large reporters use, by kind of report and year. */
static const struct alias {
	const char *name, *known_as;
} aliases[] = {
	{ "Google", "google.com" },
	{ "google.com", "google.com" },
	{ "Microsoft", "microsoft.com" },
	{ "microsoft.com", "microsoft.com" },
	{ "Enterprise Outlook", "microsoft.com" },
	{ "Outlook.com", "microsoft.com" },
	{ "hotmail.com", "microsoft.com" },
	{ "Yahoo", "yahoo.com" },
	{ "Yahoo!", "yahoo.com" },
	{ "yahoo.com", "yahoo.com" },
	{ "yahooinc.com", "yahoo.com" },
	{ "AOL", "aol.com" },
	{ "aol.com", "aol.com" },
	{ "Comcast", "comcast.net" },
	{ "comcast.net", "comcast.net" },
	{ "LinkedIn", "linkedin.com" },
	{ "linkedin.com", "linkedin.com" },
	{ "FastMail", "fastmail.com" },
	{ "fastmail.com", "fastmail.com" },
	{ "GMX", "gmx.net" },
	{ "gmx.net", "gmx.net" },
	{ "Amazon SES", "amazonses.com" },
	{ "AMAZON-SES", "amazonses.com" },
	{ "amazonses.com", "amazonses.com" },
	{ "Mimecast", "mimecast.org" },
	{ "mimecast.org", "mimecast.org" },
	{ "Zoho", "zoho.com" },
	{ "zoho.com", "zoho.com" },
};

/* Words for the legal form. */
static const char *const forms[] = { "Inc", "LLC", "Ltd", "GmbH", "Corp", "Corporation",
				     "Pty", "AG",  "Co",  "a.s",  "S.A",  "B.V" };

static bool is_form(struct slice word)
{
	if (word.size > 0 && word.data[word.size - 1] == '.')
		word.size--;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (slice_is_nocase(word, forms[i]))
			return true;
	return false;
}

/* Removes the legal form from "Yahoo! Inc." and "Seznam.cz, a.s.". */
static struct slice without_form(struct slice name)
{
	size_t end = name.size;

	while (end > 0 && name.data[end - 1] != ' ')
		end--;
	if (end == 0 || !is_form(slice_skip(name, end)))
		return name;
	while (end > 0 && (name.data[end - 1] == ' ' || name.data[end - 1] == ','))
		end--;
	return end > 0 ? without_form((struct slice){ name.data, end }) : name;
}

struct slice reporter_name(struct slice organization)
{
	const struct slice name = without_form(slice_trim(organization));

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (slice_is_nocase(name, aliases[i].name))
			return slice_of(aliases[i].known_as);
	return name;
}
