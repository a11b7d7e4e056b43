/* listener.h - the HTTP server for monitoring
 *
 * SPDX-License-Identifier: MIT
 *
 * Listens on a local address or a Unix socket. It never waits: its descriptor becomes
 * readable when there is work, which listener_serve() does.
 */
#ifndef BRIDGE_WATCH_LISTENER_H
#define BRIDGE_WATCH_LISTENER_H

#include "bridge/watch/watched.h"

/* Value of `listen` for no listener. */
#define LISTEN_NONE "none"

struct listener;

const char *listener_library_version(void);

/* "127.0.0.1:9464", "[::1]:9464" or the path of a Unix socket. watched must outlive it.
 * FATAL: invalid address, or in use. */
struct listener *listener_open(const char *address, const struct watched *watched,
			       struct error *err);
void listener_close(struct listener *listener);

const char *listener_address(const struct listener *listener);
int listener_descriptor(const struct listener *listener);
void listener_serve(struct listener *listener);

#endif
