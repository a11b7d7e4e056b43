/* screen.h - the summary on standard output, as it suits a terminal
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_SCREEN_H
#define BRIDGE_REPORT_SCREEN_H

#include "bridge/report/summary_set.h"

/* Whether it is a terminal that knows colours and how to clear a line. */
bool screen_obeys(int fd);

/* Colours are wanted: it is such a terminal, and $NO_COLOR does not object. */
bool screen_wants_color(void);

/* Columns of $COLUMNS or of the terminal, at most 200. */
unsigned screen_width(void);

/* As wide as $COLUMNS or the terminal, 40 to 200 columns; in colours where it
 * is a terminal and neither no_color nor $NO_COLOR objects. */
void screen_summary(const struct summary_set *set, bool no_color);

#endif
