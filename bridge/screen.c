/* screen.c - the summary on standard output, as it suits a terminal
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/screen.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define USUAL_WIDTH 80

static unsigned width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return USUAL_WIDTH;
}

void screen_summary(const struct summary *summary, bool no_color)
{
	const bool color = isatty(STDOUT_FILENO) && !no_color && !getenv("NO_COLOR");

	summary_print(summary, stdout, width(), color);
}
