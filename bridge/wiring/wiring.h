/* wiring.h - creates mailboxes, parsers and sinks from the configuration
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WIRING_WIRING_H
#define BRIDGE_WIRING_WIRING_H

#include "bridge/config/config.h"
#include "ingest/ingest.h"
#include "mailbox/mailbox.h"
#include "output/sink.h"

/* Their settings are in the arena of the configuration, which must outlive them. */
struct mailbox *wiring_mailbox(struct config *config, struct mailbox_config *mailbox);
struct sink *wiring_sink(struct config *config, const struct output_config *output);
/* The file for refused documents of an output; NULL: the output refuses none. */
const char *wiring_dead_letter_file(struct config *config, const struct output_config *output);
/* The sink of an output that may refuse documents, with another file for dead letters. */
struct sink *wiring_sink_with_dead_letters(struct config *config,
					   const struct output_config *output,
					   const char *dead_letter_file);
struct elastic_settings *wiring_elastic(struct config *config, const struct output_config *output);
/* The same with the login of setup. */
struct elastic_settings *wiring_elastic_setup(struct config *config,
					      const struct output_config *output);
/* The same with the login that reads documents. */
struct elastic_settings *wiring_elastic_reader(struct config *config,
					       const struct output_config *output);
void wiring_ingest(struct config *config, struct ingest_settings *settings);

/* Create the state directory and the directories of outputs that write files; only the
 * state directory; or only check that they are usable or can be created. */
bool wiring_directories(const struct config *config, struct error *err);
bool wiring_state_directory(const struct config *config, struct error *err);
bool wiring_look_at_directories(const struct config *config, struct error *err);

#endif
