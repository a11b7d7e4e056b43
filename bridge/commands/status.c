/* status.c - the command "status": what a running bridge says of itself
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/local_address.h"
#include "base/wait.h"
#include "bridge/commands/command.h"
#include "bridge/watch/answer.h"
#include "bridge/watch/listener.h"

/* A bridge that does not answer for so long does not go round. */
#define ANSWER_MS 10000
#define REQUEST "GET /status HTTP/1.0\r\n\r\n"

static bool send_request(int fd, const struct local_address *at, const char *address,
			 struct error *err)
{
	if (connect(fd, (const struct sockaddr *)&at->address, at->size) == 0 &&
	    send(fd, REQUEST, sizeof(REQUEST) - 1, MSG_NOSIGNAL) == sizeof(REQUEST) - 1)
		return true;
	return error_set(err, ERROR_RETRY,
			 "%s: %s; is 'reportbridge run' running with this configuration?", address,
			 strerror(errno));
}

static bool read_answer(int fd, const char *address, struct strbuf *answer, struct error *err)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	const int64_t until = clock_ms() + ANSWER_MS;
	char part[16384];
	ssize_t size;

	do {
		if (wait_poll(&readable, 1, until) <= 0)
			return error_set(err, ERROR_RETRY, "%s does not answer", address);
		size = read(fd, part, sizeof(part));
		if (size > 0)
			strbuf_add(answer, part, (size_t)size);
	} while (size > 0);
	return true;
}

/* The status of HTTP; the table begins behind the empty line. */
static bool split_answer(struct slice answer, uint64_t *status, struct slice *table)
{
	const size_t end = slice_find_text(answer, "\r\n\r\n");
	struct slice rest;

	(void)slice_split(answer, ' ', &rest);
	*table = slice_skip(answer, end + 4);
	return end < answer.size && slice_starts_with(answer, "HTTP/1.") &&
	       slice_to_uint(slice_split(rest, ' ', &rest), 999, status);
}

static bool ask(const char *address, struct strbuf *answer, struct error *err)
{
	struct local_address at;
	bool good;
	int fd;

	if (!local_address_read(address, &at))
		return error_set(err, ERROR_FATAL, "listen = %s is no address", address);
	fd = socket(at.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(err, ERROR_FATAL, "socket: %s", strerror(errno));
	good = send_request(fd, &at, address, err) && read_answer(fd, address, answer, err);
	close(fd);
	return good;
}

static int print(struct slice answer, const char *address)
{
	struct slice table;
	struct error err;
	uint64_t status;

	if (!split_answer(answer, &status, &table)) {
		error_set(&err, ERROR_RETRY, "%s: what answers there is no reportbridge", address);
		return command_failed(&err);
	}
	fwrite(table.data, 1, table.size, stdout);
	return status == 200 ? EXIT_DONE : EXIT_UNREACHABLE;
}

static bool no_secrets(struct config *config, struct error *err)
{
	(void)config;
	(void)err;
	return true;
}

int command_status(int argc, char **argv)
{
	struct command_line line;
	struct config config;
	struct strbuf answer;
	struct error err;
	int status;

	if (!command_start_with(no_secrets, argc, argv, "", &line, &config, &status))
		return status;
	strbuf_init(&answer, ANSWER_BYTES);
	if (strcmp(config.bridge.listen, LISTEN_NONE) == 0) {
		error_set(&err, ERROR_FATAL, "listen = none: the bridge tells nobody its status");
		status = command_failed(&err);
	} else if (ask(config.bridge.listen, &answer, &err)) {
		status = print(strbuf_slice(&answer), config.bridge.listen);
	} else {
		status = command_failed(&err);
	}
	strbuf_release(&answer);
	config_release(&config);
	return status;
}
