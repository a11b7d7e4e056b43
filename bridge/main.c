/* main.c - the command line
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

int main(void)
{
	puts("reportbridge " VERSION);
	return 0;
}
