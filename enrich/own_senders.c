/* own_senders.c - the senders that a tenant has approved
 *
 * SPDX-License-Identifier: MIT
 */
#include "enrich/own_senders.h"

#include "base/domain_name.h"

static bool read_word(struct arena *arena, const char *word, struct own_sender *own)
{
	const struct slice text = slice_of(word);

	own->text = arena_text(arena, text);
	own->is_network = ip_network_parse(text, &own->network);
	if (own->is_network || slice_find(text, '.') == text.size ||
	    !domain_normalise(arena, text, &own->domain))
		own->domain = slice_of(NULL);
	return own->text != NULL;
}

bool own_senders_read(struct arena *arena, const char *const *words, struct own_senders *own)
{
	struct own_sender *list;
	size_t count = 0;

	while (words && words[count])
		count++;
	list = arena_array(arena, count + 1, sizeof(*list));
	if (!list)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_word(arena, words[i], &list[i]))
			return false;
	*own = (struct own_senders){ list, count };
	return true;
}

const struct own_sender *own_sender_of_address(const struct own_senders *own,
					       const struct ip_address *address)
{
	for (size_t i = 0; i < own->count; i++)
		if (own->list[i].is_network && ip_network_has(&own->list[i].network, address))
			return &own->list[i];
	return NULL;
}

static bool is_below(struct slice name, struct slice domain)
{
	const size_t more = name.size - domain.size;

	return domain.size > 0 && name.size >= domain.size &&
	       slice_equal(slice_skip(name, more), domain) &&
	       (more == 0 || name.data[more - 1] == '.');
}

const struct own_sender *own_sender_of_domain(const struct own_senders *own, struct slice name)
{
	for (size_t i = 0; i < own->count; i++)
		if (is_below(name, own->list[i].domain))
			return &own->list[i];
	return NULL;
}

const struct own_sender *own_sender_of_service(const struct own_senders *own, struct slice name)
{
	for (size_t i = 0; i < own->count; i++)
		if (slice_is_nocase(name, own->list[i].text))
			return &own->list[i];
	return NULL;
}
