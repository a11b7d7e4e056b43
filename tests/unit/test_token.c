/* test_token.c - tokens from a file, a command and a token endpoint
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "bridge/config/token.h"

static char directory[] = "/tmp/test_token.XXXXXX";
static char url[64], refresh_file[64], secret_file[64];

/* --- an endpoint that gives one answer after the other -------------------------- */

struct endpoint {
	pid_t child;
	char *bodies; /* what it was asked, shared with the child */
};

static void answer_one(int fd, const char *status, const char *json, char *body)
{
	char request[8192] = "", *end;
	size_t used = 0, length = 0;
	ssize_t n;

	while ((n = read(fd, request + used, sizeof(request) - 1 - used)) > 0) {
		used += (size_t)n;
		request[used] = '\0';
		end = strstr(request, "\r\n\r\n");
		if (end && length == 0)
			length = (size_t)atoi(strcasestr(request, "content-length:") + 15);
		if (end && used >= (size_t)(end + 4 - request) + length)
			break;
	}
	end = strstr(request, "\r\n\r\n");
	strcat(body, end ? end + 4 : "nothing");
	strcat(body, "\n");
	dprintf(fd, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n"
		    "Content-Length: %zu\r\n\r\n%s", status, strlen(json), json);
}

/* answers: status, JSON, status, JSON, ..., NULL. */
static void start_endpoint(struct endpoint *endpoint, const char *const *answers)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/oauth2/token", ntohs(address.sin_port));
	endpoint->bodies = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				-1, 0);
	assert_true(endpoint->bodies != MAP_FAILED);
	endpoint->child = fork();
	if (endpoint->child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (; *answers; answers += 2) {
			const int fd = accept(listener, NULL, NULL);

			answer_one(fd, answers[0], answers[1], endpoint->bodies);
			close(fd);
		}
		_exit(0);
	}
	close(listener);
}

static void stop_endpoint(struct endpoint *endpoint)
{
	kill(endpoint->child, SIGKILL);
	waitpid(endpoint->child, NULL, 0);
	munmap(endpoint->bodies, 65536);
}

/* --- help ------------------------------------------------------------------------ */

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void expect_token(struct token_source *source, bool refused, const char *want)
{
	struct strbuf token;
	struct error err;

	strbuf_init(&token, 10000);
	if (!token_get(source, refused, &token, &err))
		fail_msg("%s", err.text);
	assert_string_equal(token.buf, want);
	strbuf_release(&token);
}

static void expect_failure(struct token_source *source, const char *want)
{
	struct strbuf token;
	struct error err;

	strbuf_init(&token, 10000);
	assert_false(token_get(source, false, &token, &err));
	assert_int_equal(err.class, ERROR_RETRY);
	if (!strstr(err.text, want) || strstr(err.text, "geheim"))
		fail_msg("%s", err.text);
	assert_int_equal(token.len, 0);
	strbuf_release(&token);
}

static struct arena arena;

/* --- tests ------------------------------------------------------------------------ */

static void a_file_is_read_anew(void **state)
{
	struct token_config mailbox = { .token_from.file = secret_file };
	struct token_source *source = token_source_new(&mailbox, &arena);

	(void)state;
	write_file(secret_file, "one\n");
	expect_token(source, false, "one");
	write_file(secret_file, "two\r\nrest\n");
	expect_token(source, false, "two");
	unlink(secret_file);
	expect_failure(source, "No such file");
	mailbox = (struct token_config){ .token_from.command = "echo three; exit 0" };
	expect_token(source, false, "three");
	mailbox.token_from.command = "echo four; exit 1";
	expect_failure(source, "failed");
}

static void a_refresh_token_gives_tokens(void **state)
{
	static const char *const answers[] = {
		"200 OK", "{\"access_token\":\"a1\",\"expires_in\":3600,\"token_type\":\"Bearer\"}",
		"200 OK", "{\"access_token\":\"a2\",\"expires_in\":1,\"refresh_token\":\"r2\"}",
		"200 OK", "{\"expires_in\":\"3600\",\"access_token\":\"a3\"}",
		"400 Bad Request",
		"{\"error\":\"invalid_grant\",\"error_description\":\"Token has been revoked.\"}",
		NULL,
	};
	struct endpoint endpoint;
	struct token_config mailbox = {
		.url = url,
		.client_id = "id & co",
		.client_secret_from.file = secret_file,
		.refresh_token_from.file = refresh_file,
		.timeout_ms = 5000,
	};
	struct token_source *source = token_source_new(&mailbox, &arena);
	char text[100] = "";
	FILE *file;

	(void)state;
	write_file(secret_file, "geheim\n");
	write_file(refresh_file, "r/1\n");
	start_endpoint(&endpoint, answers);
	expect_token(source, false, "a1");
	expect_token(source, false, "a1"); /* still good: nobody is asked */
	expect_token(source, true, "a2");
	expect_token(source, false, "a3"); /* a second is no time at all */
	assert_string_equal(endpoint.bodies,
			    "grant_type=refresh_token&client_id=id%20%26%20co&client_secret=geheim"
			    "&refresh_token=r%2F1\n"
			    "grant_type=refresh_token&client_id=id%20%26%20co&client_secret=geheim"
			    "&refresh_token=r%2F1\n"
			    "grant_type=refresh_token&client_id=id%20%26%20co&client_secret=geheim"
			    "&refresh_token=r2\n");
	file = fopen(refresh_file, "r");
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, "r2\n");
	source = token_source_new(&mailbox, &arena);
	expect_failure(source, "invalid_grant: Token has been revoked.");
	stop_endpoint(&endpoint);
}


static void a_client_may_speak_for_itself(void **state)
{
	static const char *const answers[] = {
		"200 OK", "{\"access_token\":\"a1\"}",
		"200 OK", "{\"token\":\"a2\"}",
		"200 OK", "no JSON",
		"500 Oops", "{\"access_token\":\"a3\"}",
		NULL,
	};
	struct endpoint endpoint;
	struct token_config mailbox = {
		.url = url,
		.client_id = "id",
		.scope = "https://example.org/.default",
		.client_secret_from.command = "echo geheim",
		.timeout_ms = 5000,
	};
	struct token_source *source = token_source_new(&mailbox, &arena);

	(void)state;
	start_endpoint(&endpoint, answers);
	expect_token(source, false, "a1");
	assert_string_equal(endpoint.bodies,
			    "grant_type=client_credentials&client_id=id&scope=https%3A%2F%2F"
			    "example.org%2F.default&client_secret=geheim\n");
	source = token_source_new(&mailbox, &arena);
	expect_failure(source, "no token in the answer");
	expect_failure(source, "no token in the answer");
	expect_failure(source, "status 500");
	stop_endpoint(&endpoint);
	expect_failure(source, "token_url http://127.0.0.1");
}

static int make_directory(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	if (!mkdtemp(directory))
		return -1;
	snprintf(refresh_file, sizeof(refresh_file), "%s/refresh", directory);
	snprintf(secret_file, sizeof(secret_file), "%s/secret", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(refresh_file);
	unlink(secret_file);
	arena_release(&arena);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_anew),
		cmocka_unit_test(a_refresh_token_gives_tokens),
		cmocka_unit_test(a_client_may_speak_for_itself),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
