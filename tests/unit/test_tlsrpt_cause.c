/* test_tlsrpt_cause.c - what a failed session means, for people
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ingest/tlsrpt/tlsrpt_cause.h"
#include "tests/lib/rows.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* RFC 8460 section 6.6 */
static const struct {
	const char *result, *group;
} registry[] = {
	{ "starttls-not-supported", "starttls" },
	{ "certificate-host-mismatch", "certificate" },
	{ "certificate-expired", "certificate" },
	{ "certificate-not-trusted", "certificate" },
	{ "validation-failure", "general" },
	{ "tlsa-invalid", "dane" },
	{ "dnssec-invalid", "dane" },
	{ "dane-required", "dane" },
	{ "sts-policy-fetch-error", "sts" },
	{ "sts-policy-invalid", "sts" },
	{ "sts-webpki-invalid", "sts" },
};

static const char *const policy_types[] = { "sts", "tlsa", "no-policy-found", "smime", NULL };
static const char *const modes[] = { "enforce", "testing", "none", "other", NULL };

static void assert_sentence(const char *text)
{
	assert_true(strlen(text) > 20);
	assert_true(text[0] >= 'A' && text[0] <= 'Z');
	assert_int_equal(text[strlen(text) - 1], '.');
	assert_null(strstr(text, "  "));
}

static void every_registered_type_has_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(registry); i++)
		for (size_t t = 0; t < COUNT(policy_types); t++)
			for (size_t m = 0; m < COUNT(modes); m++)
				for (unsigned reason = 0; reason < 2; reason++) {
					const struct tlsrpt_cause cause = tlsrpt_cause_of(
						slice_of(registry[i].result),
						slice_of(policy_types[t]), slice_of(modes[m]),
						reason);

					assert_string_equal(cause.group, registry[i].group);
					assert_sentence(cause.cause);
					assert_sentence(cause.effect);
					assert_sentence(cause.advice);
				}
}

static void others_have_words_too(void **state)
{
	static const char *const results[] = { TLSRPT_UNSPECIFIED, "tls-version", "", NULL };

	(void)state;
	FOR_ROWS (i, results) {
		const struct tlsrpt_cause cause = tlsrpt_cause_of(slice_of(results[i]),
								  slice_of(NULL), slice_of(NULL),
								  false);

		assert_string_equal(cause.group, "other");
		assert_sentence(cause.cause);
		assert_sentence(cause.effect);
		assert_sentence(cause.advice);
	}
}

static const char *cause_of(const char *result, const char *type, const char *mode, bool reason)
{
	return tlsrpt_cause_of(slice_of(result), slice_of(type), slice_of(mode), reason).cause;
}

static const char *effect_of(const char *type, const char *mode)
{
	return tlsrpt_cause_of(slice_of("certificate-expired"), slice_of(type), slice_of(mode),
			       false)
		.effect;
}

static void the_policy_is_in_view(void **state)
{
	(void)state;
	/* Google's way to say that an MX is not in the policy */
	assert_non_null(
		strstr(cause_of("validation-failure", "sts", "enforce", false), "does not list"));
	assert_null(
		strstr(cause_of("validation-failure", "sts", "enforce", true), "does not list"));
	assert_non_null(strstr(cause_of("validation-failure", "tlsa", NULL, false), "TLSA"));
	assert_non_null(strstr(effect_of("sts", "enforce"), "did not deliver"));
	assert_non_null(strstr(effect_of("sts", "testing"), "would have been refused"));
	assert_non_null(strstr(effect_of("sts", "none"), "was delivered"));
	assert_non_null(strstr(effect_of("tlsa", NULL), "did not deliver"));
	assert_non_null(strstr(effect_of("no-policy-found", NULL), "No policy"));
}

static void knows_the_registry(void **state)
{
	(void)state;
	FOR_ROWS (i, registry)
		assert_string_equal(tlsrpt_registered_result(slice_of(registry[i].result)),
				    registry[i].result);
	assert_string_equal(tlsrpt_registered_result(slice_of("DANE-Required")), "dane-required");
	assert_null(tlsrpt_registered_result(slice_of("Other")));
	assert_null(tlsrpt_registered_result(slice_of(TLSRPT_UNSPECIFIED)));
	assert_null(tlsrpt_registered_result(slice_of(NULL)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_registered_type_has_words),
		cmocka_unit_test(others_have_words_too),
		cmocka_unit_test(the_policy_is_in_view),
		cmocka_unit_test(knows_the_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
