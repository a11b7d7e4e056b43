/* output_config.h - checks an [output] section
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_CONFIG_OUTPUT_CONFIG_H
#define BRIDGE_CONFIG_OUTPUT_CONFIG_H

#include "bridge/config/config.h"

/* Accepts deprecated types. false: not a deprecated type. */
bool output_config_set_old_type(struct output_config *output, struct slice type,
				struct error *warning);

/* Call at the end of the section; FATAL names the section and what to change. Sets members
 * that are derived from others, such as urls from a cloud id. */
bool output_config_check(struct output_config *output, struct arena *arena, struct error *err);

/* Where it writes files, which the processes may then write; NULL: nowhere. */
const char *output_config_directory(const struct output_config *output);

/* Read the secrets of the login of run, if it has one; and of the login of setup, which
 * defaults to the login of run. */
bool output_config_secrets(struct output_config *output, struct arena *arena, struct error *err);
bool output_config_setup_secrets(struct output_config *output, struct arena *arena,
				 struct error *err);

/* The same for the login that reads documents. */
bool output_config_reader_secrets(struct output_config *output, struct arena *arena,
				  struct error *err);

#endif
