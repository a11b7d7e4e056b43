/* screen.c - prints the summary on standard output to suit the terminal
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/screen.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define USUAL_WIDTH 80
/* Longer lines are hard to follow. */
#define WIDEST 200

static unsigned width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t wanted;

	if (columns && slice_to_uint(slice_of(columns), UINT16_MAX, &wanted) && wanted > 0)
		return (unsigned)wanted;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return USUAL_WIDTH;
}

/* An empty variable counts as unset (no-color.org). */
static bool is_unset(const char *name)
{
	const char *value = getenv(name);

	return !value || !*value;
}

bool screen_obeys(int fd)
{
	const char *terminal = getenv("TERM");

	return isatty(fd) && terminal && strcmp(terminal, "dumb") != 0;
}

bool screen_wants_color(void)
{
	return is_unset("NO_COLOR") && screen_obeys(STDOUT_FILENO);
}

unsigned screen_width(void)
{
	const unsigned columns = width();

	return columns < WIDEST ? columns : WIDEST;
}

void screen_summary(const struct summary_set *set, bool no_color)
{
	summary_print(set, stdout, screen_width(), !no_color && screen_wants_color());
}
