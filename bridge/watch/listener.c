/* listener.c - the HTTP server for monitoring
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/watch/listener.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/local_address.h"
#include "base/xalloc.h"
#include "bridge/watch/answer.h"

/* A scraper and a few users; the limit stops floods. */
#define CONNECTIONS 32
#define TIMEOUT_SECONDS 10
#define CONNECTION_BYTES ((size_t)32 << 10)

struct listener {
	struct MHD_Daemon *daemon;
	int epoll;
	char *address;
	const struct watched *watched;
};

/* --- sockets ------------------------------------------------------------------ */

/* A socket that a killed program left behind blocks its successor. */
static void remove_left_over(const struct local_address *at, const char *path)
{
	struct stat status;
	int fd;

	if (lstat(path, &status) < 0 || !S_ISSOCK(status.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)&at->address, at->size) < 0 &&
	    errno == ECONNREFUSED)
		unlink(path);
	close(fd);
}

static int bind_and_listen(const struct local_address *at, const char *address)
{
	const int on = 1, domain = at->address.ss_family;
	const int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const mode_t before = umask(0117); /* for a Unix socket: user and group */
	bool good = fd >= 0;

	if (good && domain == AF_UNIX)
		remove_left_over(at, address);
	else if (good)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	good = good && bind(fd, (const struct sockaddr *)&at->address, at->size) == 0 &&
	       listen(fd, CONNECTIONS) == 0;
	umask(before);
	if (good)
		return fd;
	if (fd >= 0) {
		const int failure = errno;

		close(fd);
		errno = failure;
	}
	return -1;
}

/* --- requests ----------------------------------------------------------------- */

static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned status,
				 const char *content_type, const struct strbuf *body)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(body->len, body->buf,
									MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* libmicrohttpd calls it after the headers, for each part of a body, which is discarded,
 * and at the end. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **state)
{
	const struct listener *listener = context;
	const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_ACCEPT);
	const char *content_type = "text/plain";
	enum MHD_Result result;
	struct strbuf body;
	unsigned status = MHD_HTTP_METHOD_NOT_ALLOWED;

	(void)version;
	(void)upload;
	if (!*state || *upload_size > 0) {
		*state = context;
		*upload_size = 0;
		return MHD_YES;
	}
	strbuf_init(&body, ANSWER_BYTES);
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
		status = answer_write(listener->watched, url, accept, clock_unix(), &body,
				      &content_type);
	result = send_text(connection, status, content_type, &body);
	strbuf_release(&body);
	return result;
}

/* --- opening ------------------------------------------------------------------- */

static struct MHD_Daemon *start(struct listener *listener, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, listener,
				MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
				(unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
				(unsigned)TIMEOUT_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				CONNECTION_BYTES, MHD_OPTION_END);
}

static bool start_daemon(struct listener *listener, int fd)
{
	const union MHD_DaemonInfo *info;

	listener->daemon = start(listener, fd);
	if (!listener->daemon)
		return false;
	info = MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	listener->epoll = info ? info->epoll_fd : -1;
	return true;
}

const char *listener_library_version(void)
{
	return MHD_get_version();
}

struct listener *listener_open(const char *address, const struct watched *watched,
			       struct error *err)
{
	struct listener *listener;
	struct local_address at;
	int fd;

	if (!local_address_read(address, &at)) {
		error_set(err, ERROR_FATAL,
			  "listen = %s: neither an address with a port, such as 127.0.0.1:9464, "
			  "nor the path of a Unix socket (at most %d bytes)",
			  address, LOCAL_PATH_MAX);
		return NULL;
	}
	fd = bind_and_listen(&at, address);
	if (fd < 0) {
		error_set(err, ERROR_FATAL, "listen = %s: %s", address, strerror(errno));
		return NULL;
	}
	listener = xcalloc(1, sizeof(*listener));
	listener->address = xstrdup(address);
	listener->watched = watched;
	if (start_daemon(listener, fd))
		return listener;
	error_set(err, ERROR_FATAL, "listen = %s: the HTTP server does not start", address);
	close(fd);
	listener_close(listener);
	return NULL;
}

void listener_close(struct listener *listener)
{
	if (!listener)
		return;
	if (listener->daemon) {
		MHD_stop_daemon(listener->daemon);
		if (listener->address[0] == '/')
			unlink(listener->address);
	}
	free(listener->address);
	free(listener);
}

const char *listener_address(const struct listener *listener)
{
	return listener->address;
}

int listener_descriptor(const struct listener *listener)
{
	return listener->epoll;
}

void listener_serve(struct listener *listener)
{
	(void)MHD_run(listener->daemon);
}
