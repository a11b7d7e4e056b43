/* wiring.h - from the configuration to mailboxes, parsers and sinks
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WIRING_WIRING_H
#define BRIDGE_WIRING_WIRING_H

#include "bridge/config/config.h"
#include "ingest/ingest.h"
#include "mailbox/mailbox.h"
#include "output/sink.h"

/* What they are made from lives in the configuration's arena, which must
 * outlive them. */
struct mailbox *wiring_mailbox(struct config *config, struct mailbox_config *mailbox);
struct sink *wiring_sink(struct config *config, const struct output_config *output);
/* Where the refused documents of an output are kept; NULL: it refuses none. */
const char *wiring_dead_letter_file(struct config *config, const struct output_config *output);
/* The sink of an output that may refuse, with its dead letters in another file. */
struct sink *wiring_sink_with_dead_letters(struct config *config, const struct output_config *output,
				 const char *dead_letter_file);
struct elastic_settings *wiring_elastic(struct config *config, const struct output_config *output);
/* The same with the login for setup. */
struct elastic_settings *wiring_elastic_setup(struct config *config,
					      const struct output_config *output);
/* And with that for reading documents back. */
struct elastic_settings *wiring_elastic_reader(struct config *config,
					       const struct output_config *output);
void wiring_ingest(struct config *config, struct ingest_settings *settings);

/* Creates the state directory, and those of outputs that write files; or the
 * state directory alone; or only looks whether they are good, or could be created. */
bool wiring_directories(const struct config *config, struct error *err);
bool wiring_state_directory(const struct config *config, struct error *err);
bool wiring_look_at_directories(const struct config *config, struct error *err);

#endif
