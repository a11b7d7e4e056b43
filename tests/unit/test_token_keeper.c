/* test_token_keeper.c - whose tokens a worker gets
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "bridge/config/secret.h"
#include "bridge/process/token_keeper.h"

static struct config config;
static struct mailbox_config mailboxes[2];
static struct assigned_mailbox assigned[2];
static const struct assignment assignment = { assigned, 2, 2, 2 };
static struct token_keeper keeper;

static int set_up(void **state)
{
	static char commands[2][16] = { "echo first", "echo second" };
	struct error err;

	(void)state;
	arena_init(&config.arena, MIB);
	for (size_t i = 0; i < 2; i++) {
		mailboxes[i].token.token_from.command = commands[i];
		assigned[i] = (struct assigned_mailbox){ .config = &mailboxes[i], .worker = i };
	}
	return token_keeper_start(&keeper, &config, &assignment, &err) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	token_keeper_stop(&keeper);
	arena_release(&config.arena);
	return 0;
}

/* Asks for the token of the mailbox at the place as the worker would. */
static bool ask(int socket, size_t place, struct strbuf *token, struct error *err)
{
	struct mailbox_config mailbox = mailboxes[place];

	token_keeper_use(&config, &mailbox, place, socket);
	return mailbox.imap.token(mailbox.imap.token_context, false, token, err);
}

static void a_worker_gets_tokens_of_its_own_mailboxes(void **state)
{
	static const char *const tokens[] = { "first", "second" };
	struct strbuf token;
	struct error err;
	int ends[2];

	(void)state;
	strbuf_init(&token, SECRET_LIMIT);
	for (size_t worker = 0; worker < 2; worker++) {
		assert_true(token_keeper_admit(&keeper, worker, ends, &err));
		close(ends[1]);
		for (size_t place = 0; place < 2; place++) {
			strbuf_reset(&token);
			assert_int_equal(ask(ends[0], place, &token, &err), place == worker);
			assert_string_equal(token.len > 0 ? token.buf : "",
					    place == worker ? tokens[place] : "");
		}
		close(ends[0]);
	}
	strbuf_release(&token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_gets_tokens_of_its_own_mailboxes),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
