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
	char request[16384] = "", *end;
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
	dprintf(fd,
		"HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		status, strlen(json), json);
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
	endpoint->bodies = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
				0);
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
		"200 OK",
		"{\"access_token\":\"a1\",\"expires_in\":3600,\"token_type\":\"Bearer\"}",
		"200 OK",
		"{\"access_token\":\"a2\",\"expires_in\":1,\"refresh_token\":\"r2\"}",
		"200 OK",
		"{\"expires_in\":\"3600\",\"access_token\":\"a3\"}",
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

/* --- refresh tokens that change ---------------------------------------------------- */

static const char *const rotating[] = {
	"200 OK", "{\"access_token\":\"a1\",\"refresh_token\":\"r1\"}",
	"200 OK", "{\"access_token\":\"a2\",\"refresh_token\":\"r2\"}",
	"200 OK", "{\"access_token\":\"a3\",\"refresh_token\":\"r3\"}",
	NULL,
};

static const struct token_config rotating_config = {
	.mailbox = "m",
	.url = url,
	.client_id = "id",
	.refresh_token_from.file = refresh_file,
	.timeout_ms = 5000,
};

/* What the endpoint was asked with, in turn: "r0 r1 r2". */
static void expect_used(const struct endpoint *endpoint, const char *want)
{
	char used[200] = "";
	const char *at = endpoint->bodies;

	while ((at = strstr(at, "refresh_token=")) != NULL) {
		at += strlen("refresh_token=");
		if (strchr("rn", *at)) /* not that of grant_type=refresh_token */
			strncat(strcat(used, used[0] ? " " : ""), at, 2);
	}
	assert_string_equal(used, want);
}

static void read_file(const char *path, char text[static 200])
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	text[fread(text, 1, 199, file)] = '\0';
	fclose(file);
}

static void the_newest_goes_before_the_credential_it_replaced(void **state)
{
	struct token_source *source = token_source_new(&rotating_config, &arena);
	struct endpoint endpoint;
	char credential[100], text[200];

	(void)state;
	snprintf(credential, sizeof(credential), "%s/credentials", directory);
	assert_int_equal(mkdir(credential, 0700), 0);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", credential, 1), 0);
	snprintf(credential, sizeof(credential), "%s/credentials/refresh", directory);
	write_file(credential, "r0\n");
	write_file(refresh_file, "never\n");
	start_endpoint(&endpoint, rotating);
	expect_token(source, true, "a1");
	expect_token(source, true, "a2");
	source = token_source_new(&rotating_config, &arena); /* started again */
	expect_token(source, true, "a3");
	expect_used(&endpoint, "r0 r1 r2");
	read_file(refresh_file, text);
	assert_memory_equal(text, "r3\nreplaces sha256:", 19);
	stop_endpoint(&endpoint);
	/* A person hands over another: it counts. */
	write_file(credential, "n0\n");
	start_endpoint(&endpoint, rotating);
	expect_token(source, true, "a1");
	expect_used(&endpoint, "n0");
	stop_endpoint(&endpoint);
	unlink(credential);
	*strrchr(credential, '/') = '\0';
	rmdir(credential);
	unsetenv("CREDENTIALS_DIRECTORY");
}

/* The line of the log that the child of the test writes; "" for none. */
static void log_of(struct token_source *source, char text[static 2000])
{
	int ends[2], kept = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	expect_token(source, true, "a1");
	expect_token(source, true, "a2");
	dup2(kept, STDERR_FILENO);
	close(kept);
	n = read(ends[0], text, 1999);
	text[n < 0 ? 0 : n] = '\0';
	close(ends[0]);
}

static void what_cannot_be_kept_is_told_once(void **state)
{
	struct token_config config = rotating_config;
	struct token_source *source = token_source_new(&config, &arena);
	struct endpoint endpoint;
	char text[2000];

	(void)state;
	config.refresh_token_from = (struct secret_config){ .command = "echo r0" };
	start_endpoint(&endpoint, rotating);
	log_of(source, text);
	expect_used(&endpoint, "r0 r1"); /* memory must do */
	assert_non_null(strstr(text, "event=refresh-token-not-kept"));
	assert_non_null(strstr(text, "mailbox=m"));
	assert_non_null(strstr(text, "use it instead of refresh_token_command"));
	assert_null(strstr(strchr(text, '\n') + 1, "event=")); /* once */
	stop_endpoint(&endpoint);

	config.refresh_token_from = (struct secret_config){ .file = "/dev/null" };
	start_endpoint(&endpoint, rotating);
	source = token_source_new(&config, &arena);
	expect_failure(source, "/dev/null gives nothing");
	stop_endpoint(&endpoint);
}

static void a_refresh_token_that_is_none_is_told(void **state)
{
	static const char long_start[] = "{\"access_token\":\"a1\",\"refresh_token\":\"";
	struct token_source *source = token_source_new(&rotating_config, &arena);
	static char json[sizeof(long_start) + 9002];
	const char *answers[] = {
		"200 OK", json,
		"200 OK", "{\"access_token\":\"a2\",\"refresh_token\":\"r\\n2\"}",
		"200 OK", "{\"access_token\":\"a\\u0001auth=x\"}",
		NULL,
	};
	struct endpoint endpoint;
	char text[2000];

	(void)state;
	memset(json, 'r', sizeof(json));
	memcpy(json, long_start, strlen(long_start));
	memcpy(json + sizeof(json) - 3, "\"}", 3);
	write_file(refresh_file, "r0\n");
	start_endpoint(&endpoint, answers);
	log_of(source, text);
	assert_non_null(strstr(text, "more than 8191 bytes"));
	expect_used(&endpoint, "r0 r0");
	expect_failure(token_source_new(&rotating_config, &arena), "control characters");
	stop_endpoint(&endpoint);
}

/* The configured one may be newer than what is in memory. */
static void a_refused_token_in_memory_is_forgotten(void **state)
{
	static const char *const answers[] = {
		"200 OK",
		"{\"access_token\":\"a1\",\"refresh_token\":\"r1\"}",
		"400 Bad Request",
		"{\"error\":\"invalid_grant\"}",
		"200 OK",
		"{\"access_token\":\"a2\",\"expires_in\":1}",
		NULL,
	};
	struct token_config config = rotating_config;
	struct token_source *source = token_source_new(&config, &arena);
	struct endpoint endpoint;

	(void)state;
	config.refresh_token_from = (struct secret_config){ .command = "echo r0" };
	start_endpoint(&endpoint, answers);
	expect_token(source, true, "a1");
	{
		struct strbuf token;
		struct error err;

		strbuf_init(&token, 100);
		assert_false(token_get(source, true, &token, &err));
		assert_non_null(strstr(err.text, "invalid_grant"));
		strbuf_release(&token);
	}
	expect_token(source, true, "a2");
	expect_used(&endpoint, "r0 r1 r0");
	stop_endpoint(&endpoint);
}

/* Who may read the file stays so, a link stays a link, nothing is left beside. */
static void the_file_is_replaced_as_it_was(void **state)
{
	struct token_config config = rotating_config;
	struct token_source *source = token_source_new(&config, &arena);
	struct endpoint endpoint;
	struct stat status;
	char link_name[100], text[200];

	(void)state;
	snprintf(link_name, sizeof(link_name), "%s/link", directory);
	write_file(refresh_file, "r0\n");
	assert_int_equal(chmod(refresh_file, 0640), 0);
	assert_int_equal(symlink(refresh_file, link_name), 0);
	config.refresh_token_from.file = link_name;
	start_endpoint(&endpoint, rotating);
	expect_token(source, true, "a1");
	stop_endpoint(&endpoint);
	read_file(refresh_file, text);
	assert_string_equal(text, "r1\n");
	assert_int_equal(lstat(link_name, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(stat(refresh_file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640);
	unlink(link_name);
}

static void a_client_may_speak_for_itself(void **state)
{
	static const char *const answers[] = {
		"200 OK",   "{\"access_token\":\"a1\"}",
		"200 OK",   "{\"token\":\"a2\"}",
		"200 OK",   "no JSON",
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
		cmocka_unit_test(the_newest_goes_before_the_credential_it_replaced),
		cmocka_unit_test(what_cannot_be_kept_is_told_once),
		cmocka_unit_test(a_refresh_token_that_is_none_is_told),
		cmocka_unit_test(a_refused_token_in_memory_is_forgotten),
		cmocka_unit_test(the_file_is_replaced_as_it_was),
		cmocka_unit_test(a_client_may_speak_for_itself),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
