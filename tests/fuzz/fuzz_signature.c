/* fuzz_signature.c - any text as the key of any mail's signatures
 *
 * SPDX-License-Identifier: MIT
 *
 * The first line is what DNS has, for every name; the rest is the mail.
 */
#include "ingest/trust/signature.h"
#include "tests/fuzz/fuzz.h"

static void give_keys(struct signatures *signatures, struct slice text)
{
	char answer[4096];
	const char *name;

	if (text.size >= sizeof(answer))
		text.size = sizeof(answer) - 1;
	if (text.size > 0)
		memcpy(answer, text.data, text.size);
	answer[text.size] = '\0';
	for (size_t i = 0; (name = signatures_key(signatures, i)); i++) {
		check(i < AUTH_SIGNERS_MAX);
		check(strlen(name) <= 253 && strstr(name, "._domainkey."));
		if (text.size > 0) /* else there is no answer */
			signatures_answer(signatures, name,
					  (struct slice){ answer, text.size + 1 });
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const verdicts[] = { "pass", "fail", "none", "unknown" };
	static struct signatures *signatures;
	struct mail_headers headers = { .received = FUZZ_NOW, .dkim_verdict = "unknown" };
	struct slice raw, text;
	struct arena arena;
	bool known = false;

	if (!signatures)
		signatures = signatures_new();
	arena_init(&arena, MIB);
	text = slice_split((struct slice){ (const char *)data, size }, '\n', &raw);
	signatures_begin(signatures, raw, &arena, &headers);
	give_keys(signatures, text);
	signatures_end(signatures);
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		known |= strcmp(headers.dkim_verdict, verdicts[i]) == 0;
	check(known);
	check(headers.dkim_domain_count <= AUTH_SIGNERS_MAX);
	check(headers.dkim_domain_count > 0 || strcmp(headers.dkim_verdict, "pass") != 0);
	check(headers.dkim_domain_count == 0 || strcmp(headers.dkim_verdict, "unknown") != 0);
	arena_release(&arena);
	return 0;
}
