/* step.c - test hooks that stop the program
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/step.h"

#ifdef TEST_STEPS
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_step(const char *file, unsigned long number, const char *name)
{
	char line[64];
	const int size = snprintf(line, sizeof(line), "%lu %s\n", number, name);
	const int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, line, (size_t)size) != size)
		abort();
	close(fd);
}

void step_reached(const char *name)
{
	static unsigned long taken;
	const char *limit = getenv("REPORTBRIDGE_STEP_LIMIT");
	const char *file = getenv("REPORTBRIDGE_STEP_LOG");
	const char *stuck = getenv("REPORTBRIDGE_STEP_STUCK");
	uint64_t last;

	taken++;
	if (file)
		write_step(file, taken, name);
	if (limit && slice_to_uint(slice_of(limit), UINT32_MAX, &last) && taken == last)
		_exit(STEP_EXIT_STATUS);
	while (stuck && strcmp(stuck, name) == 0)
		;
}

static bool holds(struct slice raw, const char *variable)
{
	const char *text = getenv(variable);

	return text && slice_find_text(raw, text) < raw.size;
}

void step_mail(struct slice raw)
{
	if (holds(raw, "REPORTBRIDGE_STEP_POISON"))
		abort();
	while (holds(raw, "REPORTBRIDGE_STEP_ENDLESS"))
		;
}

static bool names(const char *variable, const char *phase, const char *mailbox)
{
	const char *text = getenv(variable);
	const size_t size = strlen(phase);

	return text && strncmp(text, phase, size) == 0 && text[size] == ' ' &&
	       strncmp(mailbox, text + size + 1, strlen(text + size + 1)) == 0;
}

void step_mailbox(const char *phase, const char *mailbox)
{
	if (names("REPORTBRIDGE_STEP_CRASH", phase, mailbox))
		abort();
	while (names("REPORTBRIDGE_STEP_SPIN", phase, mailbox))
		;
}
#else
typedef int not_empty;
#endif
