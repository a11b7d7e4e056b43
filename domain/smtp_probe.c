/* smtp_probe.c - probes STARTTLS at one address of a mail server
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/smtp_probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "domain/finding.h"
#include "domain/smtp_tls.h"

#define SMTP_PORT 25
#define STEP_MS 10000
#define ADDRESS_MS 30000
#define LINE_MAX_OCTETS 1000
#define LINES_MAX 100
#define MEMORY_BYTES ((size_t)64 << 20)
#define DETAIL_OCTETS 200

struct entry {
	struct entry *next;
	const char *host, *address;
	struct fiber_gate gate; /* a second check waits for the first */
	bool done;
	struct probe_result result;
};

struct probe_memory {
	struct probe_settings settings;
	struct arena arena;
	struct entry *entries;
	bool answered4, answered6;
};

struct probe_memory *probe_memory_new(const struct probe_settings *settings)
{
	struct probe_memory *memory = xcalloc(1, sizeof(*memory));

	memory->settings = *settings;
	arena_init(&memory->arena, MEMORY_BYTES);
	return memory;
}

void probe_memory_free(struct probe_memory *memory)
{
	if (!memory)
		return;
	arena_release(&memory->arena);
	free(memory);
}

bool probe_any_answered(const struct probe_memory *memory, bool ipv6)
{
	return ipv6 ? memory->answered6 : memory->answered4;
}

/* --- the connection ------------------------------------------------------------------ */

struct connection {
	struct probe_memory *memory;
	int fd;
	int64_t deadline; /* for the address */
	char buffer[LINE_MAX_OCTETS];
	size_t at, end;
	char line[LINE_MAX_OCTETS + 1];
	size_t size;
};

static int64_t step_end(const struct connection *c)
{
	const int64_t step = c->memory->settings.step_ms > 0 ? c->memory->settings.step_ms
							     : STEP_MS;
	const int64_t end = clock_ms() + step;

	return end < c->deadline ? end : c->deadline;
}

static socklen_t socket_address(const char *text, uint16_t port, struct sockaddr_storage *address)
{
	struct sockaddr_in *four = (struct sockaddr_in *)address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		return sizeof(*four);
	}
	if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1)
		return 0;
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	return sizeof(*six);
}

/* Returns NULL, or the reason for the failure. */
static const char *open_connection(struct connection *c, const char *text)
{
	const uint16_t port = c->memory->settings.port ? c->memory->settings.port : SMTP_PORT;
	struct sockaddr_storage address;
	const socklen_t size = socket_address(text, port, &address);
	socklen_t length = sizeof(int);
	struct pollfd wanted;
	int failure = 0;

	if (size == 0)
		return "no address";
	c->at = c->end = 0;
	c->fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return strerror(errno);
	if (connect(c->fd, (const struct sockaddr *)&address, size) == 0)
		return NULL;
	if (errno != EINPROGRESS)
		return strerror(errno);
	wanted = (struct pollfd){ .fd = c->fd, .events = POLLOUT };
	if (wait_poll(&wanted, 1, step_end(c)) <= 0)
		return "no answer in time";
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &failure, &length) < 0)
		failure = errno;
	return failure == 0 ? NULL : strerror(failure);
}

static void close_connection(struct connection *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static bool fill(struct connection *c, int64_t until)
{
	struct pollfd wanted = { .fd = c->fd, .events = POLLIN };
	ssize_t got;

	do {
		if (wait_poll(&wanted, 1, until) <= 0)
			return false;
		got = recv(c->fd, c->buffer, sizeof(c->buffer), 0);
	} while (got < 0 && (errno == EAGAIN || errno == EINTR));
	c->at = 0;
	c->end = got > 0 ? (size_t)got : 0;
	return got > 0;
}

/* Reads a line without its line end; truncates a long one. */
static bool read_line(struct connection *c, int64_t until)
{
	c->size = 0;
	for (size_t octets = 0; octets < LINES_MAX * LINE_MAX_OCTETS; octets++) {
		char byte;

		if (c->at == c->end && !fill(c, until))
			return false;
		byte = c->buffer[c->at++];
		if (byte == '\n')
			break;
		if (c->size < LINE_MAX_OCTETS && byte != '\r')
			c->line[c->size++] = byte;
	}
	c->line[c->size] = '\0';
	return true;
}

/* Returns the code of a reply of one or more lines; 0: no reply.  *starttls: a line offers
 * STARTTLS. */
static unsigned read_reply(struct connection *c, bool *starttls)
{
	const int64_t until = step_end(c);
	uint64_t code = 0;

	for (size_t lines = 0; lines < LINES_MAX; lines++) {
		struct slice word;

		if (!read_line(c, until))
			return 0;
		word = slice_trim((struct slice){ c->line + 4, c->size > 4 ? c->size - 4 : 0 });
		if (starttls && slice_is_nocase(word, "STARTTLS"))
			*starttls = true;
		if (c->size < 3 || !slice_to_uint((struct slice){ c->line, 3 }, 999, &code))
			return 0;
		if (c->size == 3 || c->line[3] != '-')
			return (unsigned)code;
	}
	return 0;
}

static bool send_command(struct connection *c, const char *command)
{
	return send(c->fd, command, strlen(command), MSG_NOSIGNAL) == (ssize_t)strlen(command);
}

/* --- the dialogue ------------------------------------------------------------------------ */

static const char *last_line(struct connection *c, const char *otherwise)
{
	return c->size > 0 ? text_quote(&c->memory->arena, (struct slice){ c->line, c->size },
					DETAIL_OCTETS)
			   : otherwise;
}

static const char *own_name(const struct connection *c)
{
	return c->memory->settings.helo ? c->memory->settings.helo : "localhost";
}

/* Runs the dialogue up to the positive reply to STARTTLS. */
static enum probe_status begin_tls(struct connection *c, struct probe_result *result)
{
	bool offered = false;
	unsigned code;

	c->size = 0;
	if (read_reply(c, NULL) != 220) {
		result->detail = last_line(c, "no greeting in time");
		return PROBE_NO_GREETING;
	}
	if (!send_command(c, arena_format(&c->memory->arena, "EHLO %s\r\n", own_name(c))) ||
	    read_reply(c, &offered) == 0) {
		result->detail = "the server closes the connection at EHLO";
		return PROBE_NO_GREETING;
	}
	if (!offered) {
		result->detail = "EHLO does not list STARTTLS";
		return PROBE_NO_STARTTLS;
	}
	code = send_command(c, "STARTTLS\r\n") ? read_reply(c, NULL) : 0;
	if (code != 220) {
		result->detail = last_line(c, "no answer to STARTTLS");
		return PROBE_NO_STARTTLS;
	}
	result->injected = c->at < c->end;
	return PROBE_TLS;
}

static enum probe_status handshake(struct connection *c, const char *host, struct smtp_tls **tls,
				   const char **why)
{
	switch (smtp_tls_handshake(c->fd, host, step_end(c), &c->memory->arena, tls, why)) {
	case SMTP_TLS_DONE: return PROBE_TLS;
	case SMTP_TLS_KEY: return PROBE_KEY;
	default: return PROBE_HANDSHAKE;
	}
}

static void examine(struct connection *c, const char *host, const struct smtp_tls *tls,
		    struct probe_result *result)
{
	struct probe_memory *memory = c->memory;

	result->version = smtp_tls_version(tls, &result->old);
	smtp_tls_chain(tls, &memory->arena, &result->chain);
	result->readable = certificate_examine(&memory->arena, &result->chain, host,
					       memory->settings.ca_file, &result->facts);
}

static void connect_and_examine(struct connection *c, const char *host, const char *address,
				struct probe_result *result)
{
	struct smtp_tls *tls = NULL;
	const char *why = open_connection(c, address);

	if (why) {
		result->status = PROBE_NOT_CONNECTED;
		result->detail = why;
		return;
	}
	result->status = begin_tls(c, result);
	if (result->status != PROBE_TLS)
		return;
	result->status = handshake(c, host, &tls, &why);
	if (result->status != PROBE_TLS) {
		result->detail = why;
		return;
	}
	examine(c, host, tls, result);
	smtp_tls_free(tls);
}

/* Connects again without SNI, as some senders do. */
static void try_without_name(struct connection *c, const char *address, struct probe_result *result)
{
	struct probe_result other = { .status = PROBE_SKIPPED };
	struct smtp_tls *tls = NULL;
	const char *why;

	result->no_name_tried = true;
	if (!open_connection(c, address) && begin_tls(c, &other) == PROBE_TLS &&
	    handshake(c, NULL, &tls, &why) == PROBE_TLS) {
		struct certificate_chain chain;

		smtp_tls_chain(tls, &c->memory->arena, &chain);
		result->other_without_name = chain.count == 0 || result->chain.count == 0 ||
					     !slice_equal(chain.der[0], result->chain.der[0]);
		smtp_tls_free(tls);
	}
	close_connection(c);
}

static void probe(struct probe_memory *memory, struct entry *entry, bool without_name,
		  int64_t deadline)
{
	struct connection *c = xcalloc(1, sizeof(*c));
	const int64_t end = clock_ms() + ADDRESS_MS;
	struct probe_result *result = &entry->result;

	*c = (struct connection){ .memory = memory,
				  .fd = -1,
				  .deadline = end < deadline ? end : deadline };
	result->detail = "";
	connect_and_examine(c, entry->host, entry->address, result);
	close_connection(c);
	if (result->status == PROBE_TLS && without_name)
		try_without_name(c, entry->address, result);
	if (result->status != PROBE_NOT_CONNECTED) {
		memory->answered6 |= strchr(entry->address, ':') != NULL;
		memory->answered4 |= strchr(entry->address, ':') == NULL;
	}
	free(c);
}

static struct entry *find_entry(struct probe_memory *memory, const char *host, const char *address)
{
	struct entry *entry;

	for (entry = memory->entries; entry; entry = entry->next)
		if (strcmp(entry->host, host) == 0 && strcmp(entry->address, address) == 0)
			return entry;
	entry = arena_alloc(&memory->arena, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->host = arena_format(&memory->arena, "%s", host);
	entry->address = arena_format(&memory->arena, "%s", address);
	entry->gate.free = 1;
	entry->next = memory->entries;
	memory->entries = entry;
	return entry;
}

const struct probe_result *probe_address(struct probe_memory *memory, const char *host,
					 const char *address, bool without_name, int64_t deadline)
{
	static const struct probe_result skipped = { .status = PROBE_SKIPPED, .detail = "" };
	struct entry *entry = find_entry(memory, host, address);

	if (!entry || clock_ms() >= deadline || !fiber_gate_enter(&entry->gate, deadline))
		return &skipped;
	if (!entry->done) {
		probe(memory, entry, without_name, deadline);
		/* after our own timeout, another check may try again */
		entry->done = clock_ms() < deadline;
	}
	fiber_gate_leave(&entry->gate);
	return &entry->result;
}
