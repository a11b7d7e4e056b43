/* printf_like.h - the compiler checks the arguments of a function as those of printf
 *
 * SPDX-License-Identifier: MIT
 *
 * The numbers are those of the format and of the first argument it names, counted from 1;
 * 0 stands for a va_list.
 */
#ifndef BASE_PRINTF_LIKE_H
#define BASE_PRINTF_LIKE_H

#define PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

#endif
