/* spf_record.c - an SPF record (RFC 7208 section 12), parsed into terms
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/spf_record.h"

#include <arpa/inet.h>

#include "base/ascii.h"
#include "base/domain_name.h"

static const char version[] = "v=spf1";
#define VERSION_SIZE (sizeof(version) - 1)

enum argument { ARGUMENT_NONE, ARGUMENT_OPTIONAL, ARGUMENT_DOMAIN, ARGUMENT_IP4, ARGUMENT_IP6 };

static const struct mechanism {
	const char *name;
	enum spf_term_kind kind;
	enum argument argument;
	bool prefixes; /* accepts /n and //n */
} mechanisms[] = {
	{ "all", SPF_TERM_ALL, ARGUMENT_NONE, false },
	{ "include", SPF_TERM_INCLUDE, ARGUMENT_DOMAIN, false },
	{ "a", SPF_TERM_A, ARGUMENT_OPTIONAL, true },
	{ "mx", SPF_TERM_MX, ARGUMENT_OPTIONAL, true },
	{ "ptr", SPF_TERM_PTR, ARGUMENT_OPTIONAL, false },
	{ "ip4", SPF_TERM_IP4, ARGUMENT_IP4, true },
	{ "ip6", SPF_TERM_IP6, ARGUMENT_IP6, true },
	{ "exists", SPF_TERM_EXISTS, ARGUMENT_DOMAIN, false },
};

bool spf_is_record(struct slice text)
{
	return slice_starts_with(text, version) &&
	       (text.size == VERSION_SIZE || text.data[VERSION_SIZE] == ' ');
}

bool spf_is_near(struct slice text)
{
	const struct slice inner = slice_trim(text);
	struct slice start = { inner.data, inner.size < VERSION_SIZE ? inner.size : VERSION_SIZE };

	if (slice_starts_with(inner, "\""))
		start.data++;
	if (inner.size <= VERSION_SIZE && !slice_is_nocase(inner, version))
		return false;
	return slice_is_nocase(start, version) || slice_starts_with(inner, "spf2.0/");
}

/* --- the argument of a term ------------------------------------------------------- */

/* Checks a macro-string (section 7.1) that may be a name: no blank, no control character,
 * and every % begins a macro. */
static const char *domain_spec_fault(struct slice text, bool *macro)
{
	for (size_t i = 0; i < text.size; i++) {
		const char c = text.data[i];
		size_t end;

		if (c <= ' ' || (unsigned char)c >= 0x7f)
			return "the name contains an invalid character";
		if (c != '%')
			continue;
		if (i + 1 < text.size && strchr("%_-", text.data[i + 1]) && text.data[i + 1]) {
			i++;
			continue;
		}
		end = slice_find(slice_skip(text, i), '}');
		if (i + 1 >= text.size || text.data[i + 1] != '{' || end == text.size - i ||
		    end < 3)
			return "a % does not begin a macro";
		if (!strchr("slodiphcrtv", ascii_lower(text.data[i + 2])))
			return "the macro letter does not exist";
		*macro = true;
		i += end;
	}
	return NULL;
}

static const char *name_fault(struct slice name)
{
	struct slice last = { NULL, 0 };
	bool digits = true;

	if (name.size > 0 && name.data[name.size - 1] == '.')
		name.size--;
	if (name.size == 0 || name.size > DOMAIN_SIZE_MAX)
		return "the name is empty or too long";
	for (struct slice rest = name; rest.data;) {
		last = slice_split(rest, '.', &rest);
		if (last.size == 0 || last.size > 63)
			return "a label of the name is empty or too long";
	}
	for (size_t i = 0; i < last.size; i++) {
		digits &= ascii_is_digit(last.data[i]);
		if (!ascii_is_alnum(last.data[i]) && last.data[i] != '-')
			return "the top-level label of the name is invalid";
	}
	return digits ? "an address needs ip4: or ip6:" : NULL;
}

/* Parses "/24", "//64" or "/24//64" after the name of a or mx, or after an address. */
static bool read_prefix(struct slice text, unsigned max, unsigned *prefix)
{
	uint64_t number;

	if (!text.data)
		return true;
	if (!slice_to_uint(text, max, &number) || (text.size > 1 && text.data[0] == '0'))
		return false;
	*prefix = (unsigned)number;
	return true;
}

static bool split_prefixes(struct slice *text, struct spf_term *term)
{
	struct slice first, second = { NULL, 0 };
	const size_t twice = slice_find_text(*text, "//");

	if (twice < text->size) {
		second = slice_skip(*text, twice + 2);
		text->size = twice;
	}
	*text = slice_split(*text, '/', &first);
	return read_prefix(first, 32, &term->prefix4) && read_prefix(second, 128, &term->prefix6);
}

static const char *read_address(struct slice text, int family, struct spf_term *term)
{
	struct slice prefix;
	const struct slice start = slice_split(text, '/', &prefix);

	if (!address_read(start, &term->address) || term->address.six != (family == AF_INET6))
		return "it is not an address";
	if (family == AF_INET ? !read_prefix(prefix, 32, &term->prefix4)
			      : !read_prefix(prefix, 128, &term->prefix6))
		return "the prefix length is invalid";
	return NULL;
}

static const char *read_name(struct slice text, struct spf_term *term)
{
	const char *fault = domain_spec_fault(text, &term->macro);

	if (fault)
		return fault;
	term->domain = text;
	return term->macro ? NULL : name_fault(text);
}

static const char *read_argument(const struct mechanism *m, struct slice value,
				 struct spf_term *term)
{
	switch (m->argument) {
	case ARGUMENT_NONE: return value.data ? "it takes no argument" : NULL;
	case ARGUMENT_IP4:
	case ARGUMENT_IP6:
		if (!value.data)
			return "the address is missing";
		return read_address(value, m->argument == ARGUMENT_IP4 ? AF_INET : AF_INET6, term);
	case ARGUMENT_DOMAIN:
		if (!value.data || value.size == 0)
			return "the name is missing";
		return read_name(value, term);
	case ARGUMENT_OPTIONAL: break;
	}
	if (!value.data)
		return NULL;
	return value.size == 0 ? "the name is missing" : read_name(value, term);
}

/* --- terms ------------------------------------------------------------------------- */

static const char *slip(struct slice text)
{
	static const struct {
		const char *start, *why;
	} slips[] = {
		{ "ipv4:", "write ip4:" },       { "ipv6:", "write ip6:" },
		{ "ip:", "write ip4: or ip6:" }, { "include=", "write include:" },
		{ "ip4=", "write ip4:" },        { "redirect:", "write redirect=" },
	};

	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++)
		if (slice_starts_with(text, slips[i].start))
			return slips[i].why;
	return "there is no such mechanism";
}

static bool is_modifier_name(struct slice name)
{
	if (name.size == 0 || !ascii_is_alpha(name.data[0]))
		return false;
	for (size_t i = 0; i < name.size; i++)
		if (!ascii_is_alnum(name.data[i]) && !strchr("-_.", name.data[i]))
			return false;
	return true;
}

/* Returns the end of a mechanism's name: ':' or '/'. */
static size_t name_end(struct slice text)
{
	const size_t colon = slice_find(text, ':'), slash = slice_find(text, '/');

	return colon < slash ? colon : slash;
}

static const char *read_modifier(struct slice name, struct slice value, struct spf_term *term)
{
	static const char *const mechanism_names[] = { "include", "ip4",    "ip6", "a",
						       "mx",      "exists", "ptr", "all" };
	const char *fault;

	for (size_t i = 0; i < sizeof(mechanism_names) / sizeof(mechanism_names[0]); i++)
		if (slice_is_nocase(name, mechanism_names[i]))
			return "a mechanism takes ':' in place of '='";
	if (slice_is_nocase(name, "redirect") || slice_is_nocase(name, "exp")) {
		term->kind = slice_is_nocase(name, "exp") ? SPF_TERM_EXP : SPF_TERM_REDIRECT;
		return value.size == 0 ? "the name is missing" : read_name(value, term);
	}
	term->kind = SPF_TERM_MODIFIER;
	fault = domain_spec_fault(value, &term->macro);
	return fault;
}

static const char *read_mechanism(struct slice text, struct spf_term *term)
{
	const size_t end = name_end(text);
	const struct slice name = { text.data, end };
	struct slice value = { NULL, 0 };

	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		const struct mechanism *m = &mechanisms[i];
		struct slice rest = slice_skip(text, end);

		if (!slice_is_nocase(name, m->name))
			continue;
		term->kind = m->kind;
		if (m->argument == ARGUMENT_OPTIONAL && m->prefixes && !split_prefixes(&rest, term))
			return "the prefix length is invalid";
		if (rest.size > 0 && rest.data[0] == ':')
			value = slice_skip(rest, 1);
		else if (rest.size > 0)
			return "a prefix length does not belong here";
		return read_argument(m, value, term);
	}
	return slip(text);
}

static void read_term(struct slice text, struct spf_term *term)
{
	const size_t equals = slice_find(text, '=');
	struct slice inner = text;
	bool qualified = false;

	*term = (struct spf_term){
		.text = text,
		.qualifier = '+',
		.prefix4 = 32,
		.prefix6 = 128,
	};
	if (text.data[0] != '\0' && strchr("+-~?", text.data[0])) {
		term->qualifier = text.data[0];
		inner = slice_skip(text, 1);
		qualified = true;
	}
	if (equals < text.size && equals < name_end(text) &&
	    is_modifier_name((struct slice){ text.data, equals }))
		term->why = read_modifier((struct slice){ text.data, equals },
					  slice_skip(text, equals + 1), term);
	else if (qualified && slice_find(inner, '=') < name_end(inner))
		term->why = "a modifier takes no qualifier";
	else
		term->why = inner.size > 0 ? read_mechanism(inner, term) : "it is empty";
	if (term->why)
		term->kind = SPF_TERM_BAD;
}

static void note_term(struct spf_record *record, struct spf_term *term)
{
	for (size_t i = 0; i + 1 < record->count; i++)
		if ((term->kind == SPF_TERM_REDIRECT || term->kind == SPF_TERM_EXP) &&
		    record->terms[i].kind == term->kind) {
			term->kind = SPF_TERM_BAD;
			term->why = "the modifier is repeated";
		}
	if (term->kind == SPF_TERM_BAD && !record->bad)
		record->bad = term;
	if (term->kind == SPF_TERM_ALL && !record->all)
		record->all = term;
	if (term->kind == SPF_TERM_REDIRECT && !record->redirect)
		record->redirect = term;
}

bool spf_record_read(struct arena *arena, struct slice text, struct spf_record *record)
{
	const char *start = text.data;
	struct slice rest = slice_skip(text, VERSION_SIZE);

	*record = (struct spf_record){ .count = 0 };
	record->terms = arena_array(arena, SPF_TERMS_MAX, sizeof(*record->terms));
	if (!record->terms)
		return false;
	while (rest.data) {
		const struct slice word = slice_split(rest, ' ', &rest);
		struct spf_term *term = &record->terms[record->count];

		if (word.size == 0)
			continue;
		if (record->count == SPF_TERMS_MAX) {
			record->more = true;
			break;
		}
		read_term(word, term);
		term->position = (size_t)(word.data - start) + 1;
		record->count++;
		note_term(record, term);
	}
	return true;
}

bool spf_border_is_bad(struct slice text, size_t border)
{
	static const char *const starts[] = { "ip4:",      "ip6:", "include:", "exists:",
					      "redirect=", "a:",   "mx:",      "-all",
					      "~all",      "?all", "+all",     "ptr:" };
	const struct slice rest = slice_skip(text, border);

	if (border == 0 || border >= text.size || text.data[border - 1] == ' ')
		return false;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		/* "a:" may continue a word; it begins a term only after a digit or "all" */
		if (!slice_starts_with(rest, starts[i]))
			continue;
		if (starts[i][1] != ':')
			return true;
		return ascii_is_digit(text.data[border - 1]) || text.data[border - 1] == 'l';
	}
	return false;
}
