/* status.c - the command "status": prints the status of a running bridge
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "bridge/commands/command.h"
#include "bridge/watch/answer.h"
#include "bridge/watch/ask.h"

int command_status(int argc, char **argv)
{
	struct command_line line;
	struct watch_answer answer;
	struct config config;
	struct strbuf text;
	struct error err;
	int status;

	if (!command_start_with(config_read_no_secrets, argc, argv, "", &line, &config, &status))
		return status;
	strbuf_init(&text, ANSWER_BYTES);
	if (watch_ask(config.bridge.listen, "/status", &text, &answer, &err)) {
		fwrite(answer.body.data, 1, answer.body.size, stdout);
		status = answer.status == 200 ? EXIT_DONE : EXIT_UNREACHABLE;
	} else {
		status = command_failed(&err);
	}
	strbuf_release(&text);
	config_release(&config);
	return status;
}
