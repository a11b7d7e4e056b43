/* SPDX-License-Identifier: MIT */
#include "ingest/report/mailbox_list.h"

/* Returns the text up to the first comma outside quotes and brackets. */
static struct slice cut(struct slice *rest)
{
	const struct slice text = *rest;
	bool quoted = false, bracketed = false;
	size_t i;

	for (i = 0; i < text.size; i++) {
		const char c = text.data[i];

		if (quoted && c == '\\' && i + 1 < text.size)
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '<' || c == '>'))
			bracketed = c == '<';
		else if (!quoted && !bracketed && c == ',')
			break;
	}
	if (i >= text.size)
		*rest = (struct slice){ NULL, 0 };
	else
		*rest = (struct slice){ text.data + i + 1, text.size - i - 1 };
	return slice_trim((struct slice){ text.data, i < text.size ? i : text.size });
}

static struct slice unquoted(struct slice name)
{
	name = slice_trim(name);
	if (name.size >= 2 && name.data[0] == '"' && name.data[name.size - 1] == '"')
		return (struct slice){ name.data + 1, name.size - 2 };
	return name;
}

bool mailbox_list_next(struct slice *rest, struct mailbox_name *mailbox)
{
	struct slice text = { NULL, 0 }, after;
	const char *open;

	while (text.size == 0 && rest->data)
		text = cut(rest);
	if (text.size == 0)
		return false;
	open = memrchr(text.data, '<', text.size);
	if (!open) {
		*mailbox = (struct mailbox_name){ .address = text };
		return true;
	}
	mailbox->display_name = unquoted(slice_between(text.data, open));
	mailbox->address = slice_trim(
		slice_split(slice_between(open + 1, text.data + text.size), '>', &after));
	return true;
}
