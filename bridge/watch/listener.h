/* listener.h - the HTTP server for those who watch
 *
 * SPDX-License-Identifier: MIT
 *
 * On a local address or a Unix socket.  It never waits: its descriptor becomes
 * readable when there is something to do, and listener_serve() does that.
 */
#ifndef BRIDGE_WATCH_LISTENER_H
#define BRIDGE_WATCH_LISTENER_H

#include "bridge/watch/watched.h"

/* As the value of `listen`: no listener at all. */
#define LISTEN_NONE "none"

struct listener;

/* "127.0.0.1:9464", "[::1]:9464" or the path of a Unix socket.  watched must
 * outlive it.  FATAL: it is no address, or somebody else has it. */
struct listener *listener_open(const char *address, const struct watched *watched,
			       struct error *err);
void listener_close(struct listener *listener);

const char *listener_address(const struct listener *listener);
int listener_descriptor(const struct listener *listener); /* -1: listener is NULL */
void listener_serve(struct listener *listener);

#endif
