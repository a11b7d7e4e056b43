/* cleanup.h - foreign objects in a leaf function, freed on every way out
 *
 * SPDX-License-Identifier: MIT
 *
 * Never mixed with goto in one function.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#define DEFINE_CLEANUP(type, function)				\
	static inline void function##_at(type *p)		\
	{							\
		if (*p)						\
			function(*p);				\
	}

#define cleanup(function) __attribute__((cleanup(function##_at)))

#endif
