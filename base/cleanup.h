/* cleanup.h - library objects that are freed when a leaf function returns
 *
 * SPDX-License-Identifier: MIT
 *
 * Do not mix it with goto in one function.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#define DEFINE_CLEANUP(type, function)            \
	static inline void function##_at(type *p) \
	{                                         \
		if (*p)                           \
			function(*p);             \
	}

#define cleanup(function) __attribute__((cleanup(function##_at)))

#endif
