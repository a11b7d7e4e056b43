/* output_config.h - what must be true of an [output] section
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_CONFIG_OUTPUT_CONFIG_H
#define BRIDGE_CONFIG_OUTPUT_CONFIG_H

#include "bridge/config/config.h"

/* Types of the last release: they still work.  false: it is none of them. */
bool output_config_set_old_type(struct output_config *output, struct slice type,
				struct error *warning);

/* When the section has ended; FATAL names the section and what to change.
 * What is made of other keys, such as urls of a cloud id, is filled in. */
bool output_config_check(struct output_config *output, struct arena *arena, struct error *err);

/* Those of its login, where it has one; and those of the login of setup, which
 * is the same where none of its own is given. */
bool output_config_secrets(struct output_config *output, struct arena *arena, struct error *err);
bool output_config_setup_secrets(struct output_config *output, struct arena *arena,
				 struct error *err);

/* The same for what reads documents back. */
bool output_config_reader_secrets(struct output_config *output, struct arena *arena,
				  struct error *err);

#endif
