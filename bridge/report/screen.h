/* screen.h - prints the summary on standard output to suit the terminal
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_SCREEN_H
#define BRIDGE_REPORT_SCREEN_H

#include "bridge/report/summary_set.h"

/* Whether fd is a terminal with colours that can clear a line. */
bool screen_obeys(int fd);

/* Whether standard output is such a terminal and $NO_COLOR is unset. */
bool screen_wants_color(void);

/* Columns from $COLUMNS or of the terminal, at most 200. */
unsigned screen_width(void);

/* Prints as wide as $COLUMNS or the terminal, 40 to 200 columns; with colours on a
 * terminal unless no_color or $NO_COLOR is set. */
void screen_summary(const struct summary_set *set, bool no_color);

#endif
