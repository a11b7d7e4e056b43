/* dns_script.c - a name server that says what a test wants, in a fiber
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#include "tests/lib/dns_script.h"

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wait.h"

#define HEADER_SIZE 12
#define STRING_MAX 255

enum { TYPE_A = 1, TYPE_PTR = 12, TYPE_TXT = 16, TYPE_AAAA = 28 };

struct packet {
	unsigned char bytes[4096];
	size_t size;
};

void dns_script_open(struct dns_script *script, const struct dns_answer *answers)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);

	*script = (struct dns_script){ .answers = answers };
	script->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(script->fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(script->fd, (struct sockaddr *)&address, &size), 0);
	snprintf(script->address, sizeof(script->address), "127.0.0.1:%u",
		 (unsigned)ntohs(address.sin_port));
}

static void add(struct packet *packet, const void *bytes, size_t size)
{
	assert_true(packet->size + size <= sizeof(packet->bytes));
	memcpy(packet->bytes + packet->size, bytes, size);
	packet->size += size;
}

static void add_head(struct packet *packet, unsigned type, uint32_t ttl, size_t size)
{
	const unsigned char head[] = { 0xc0,
				       HEADER_SIZE, /* the name of the question */
				       0,
				       (unsigned char)type,
				       0,
				       1,
				       (unsigned char)(ttl >> 24),
				       (unsigned char)(ttl >> 16),
				       (unsigned char)(ttl >> 8),
				       (unsigned char)ttl,
				       (unsigned char)(size >> 8),
				       (unsigned char)size };

	add(packet, head, sizeof(head));
	packet->bytes[7]++;
}

static void add_text(struct packet *packet, const char *text, uint32_t ttl)
{
	const size_t size = strlen(text), strings = size / STRING_MAX + 1;

	add_head(packet, TYPE_TXT, ttl, size + strings);
	for (size_t at = 0; at <= size; at += STRING_MAX) {
		const unsigned char part = (unsigned char)(size - at < STRING_MAX ? size - at
										  : STRING_MAX);

		add(packet, &part, 1);
		add(packet, text + at, part);
	}
}

static void add_name(struct packet *packet, const char *name, uint32_t ttl)
{
	const size_t size = strlen(name);

	add_head(packet, TYPE_PTR, ttl, size == 0 ? 1 : size + 2);
	while (*name) {
		const size_t length = strcspn(name, ".");
		const unsigned char label = (unsigned char)length;

		add(packet, &label, 1);
		add(packet, name, length);
		name += length;
		if (*name == '.')
			name++;
	}
	add(packet, "", 1);
}

static void add_address(struct packet *packet, const char *text, uint32_t ttl)
{
	unsigned char bytes[16];
	const bool is_v4 = inet_pton(AF_INET, text, bytes) == 1;

	if (!is_v4)
		assert_int_equal(inet_pton(AF_INET6, text, bytes), 1);
	add_head(packet, is_v4 ? TYPE_A : TYPE_AAAA, ttl, is_v4 ? 4 : 16);
	add(packet, bytes, is_v4 ? 4 : 16);
}

static void add_records(struct packet *packet, const struct dns_answer *answer)
{
	const uint32_t ttl = answer->ttl > 0 ? answer->ttl : 60;

	if (answer->text)
		add_text(packet, answer->text, ttl);
	if (answer->more)
		add_text(packet, answer->more, ttl);
	if (answer->ptr)
		add_name(packet, answer->ptr, ttl);
	if (answer->more_ptr)
		add_name(packet, answer->more_ptr, ttl);
	if (answer->address)
		add_address(packet, answer->address, ttl);
}

/* The question's name as text; returns where it ends. */
static size_t read_name(const struct packet *question, char *name, size_t room)
{
	size_t at = HEADER_SIZE, used = 0;

	while (question->bytes[at] != 0) {
		const size_t label = question->bytes[at];

		assert_true(at + label + 1 < question->size && used + label + 2 < room);
		memcpy(name + used, question->bytes + at + 1, label);
		used += label;
		name[used++] = '.';
		at += label + 1;
	}
	name[used > 0 ? used - 1 : 0] = '\0';
	return at + 1;
}

static const struct dns_answer *find(const struct dns_script *script, const char *name)
{
	const struct dns_answer *answer = script->answers;

	while (answer->name && strcasecmp(answer->name, name) != 0)
		answer++;
	return answer;
}

static void reply(struct dns_script *script, struct packet *packet, const struct sockaddr_in *to)
{
	char name[256];
	const size_t end = read_name(packet, name, sizeof(name)) + 4;
	const struct dns_answer *answer = find(script, name);

	script->questions++;
	if (answer->code == DNS_SILENCE)
		return;
	packet->size = end;
	packet->bytes[2] |= 0x80;
	packet->bytes[3] = (unsigned char)(0x80 | (answer->code & 0x0f));
	memset(packet->bytes + 6, 0, 6);
	add_records(packet, answer);
	if (answer->code == DNS_NONSENSE) {
		packet->bytes[3] = 0x80;
		packet->bytes[7] = 200; /* records that are not there */
	}
	sendto(script->fd, packet->bytes, packet->size, 0, (const struct sockaddr *)to,
	       sizeof(*to));
}

void dns_script_run(void *context)
{
	struct dns_script *script = context;

	while (!script->ended) {
		struct pollfd wanted = { .fd = script->fd, .events = POLLIN };
		struct sockaddr_in from;
		socklen_t size = sizeof(from);
		struct packet packet;
		ssize_t got;

		if (wait_poll(&wanted, 1, clock_ms() + 20) <= 0)
			continue;
		got = recvfrom(script->fd, packet.bytes, 512, 0, (struct sockaddr *)&from, &size);
		if (got <= HEADER_SIZE)
			continue;
		packet.size = (size_t)got;
		reply(script, &packet, &from);
	}
	close(script->fd);
}
