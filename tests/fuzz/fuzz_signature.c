/* fuzz_signature.c - any text as the key of any mail's signatures
 *
 * SPDX-License-Identifier: MIT
 *
 * The first line is what DNS has, for every name; the rest is the mail.
 */
#include "ingest/trust/signature.h"
#include "tests/fuzz/fuzz.h"

static bool look_up(void *context, const char *name, int64_t deadline, struct strbuf *texts,
		    struct error *err)
{
	const struct slice *text = context;

	(void)deadline;
	check(strlen(name) <= 253 && strstr(name, "._domainkey."));
	if (text->size == 0)
		return error_set(err, ERROR_RETRY, "silence");
	strbuf_add_slice(texts, *text);
	strbuf_add_byte(texts, '\0');
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const verdicts[] = { "pass", "fail", "none", "unknown" };
	static struct ingest_settings settings = { .look_up_key = look_up };
	static struct signatures *signatures;
	static struct slice text;
	struct mail_headers headers = { .received = FUZZ_NOW };
	struct slice raw;
	struct arena arena;
	bool known = false;

	if (!signatures) {
		settings.key_context = &text;
		signatures = signatures_new(&settings);
	}
	arena_init(&arena, MIB);
	text = slice_split((struct slice){ (const char *)data, size }, '\n', &raw);
	signatures_verify(signatures, raw, &arena, &headers);
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		known |= strcmp(headers.dkim_verdict, verdicts[i]) == 0;
	check(known);
	check(headers.dkim_domain_count <= AUTH_SIGNERS_MAX);
	check(headers.dkim_domain_count > 0 || strcmp(headers.dkim_verdict, "pass") != 0);
	check(headers.dkim_domain_count == 0 || strcmp(headers.dkim_verdict, "unknown") != 0);
	arena_release(&arena);
	return 0;
}
