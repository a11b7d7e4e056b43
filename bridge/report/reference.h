/* reference.h - generates docs/fields.md, docs/quirks.md and docs/reasons.md
 *
 * SPDX-License-Identifier: MIT
 *
 * Each function prints a table of the code as Markdown.
 */
#ifndef BRIDGE_REPORT_REFERENCE_H
#define BRIDGE_REPORT_REFERENCE_H

#include <stdio.h>

void fields_print(FILE *out);
void quirks_print(FILE *out);
void reasons_print(FILE *out);

#endif
