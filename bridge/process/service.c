/* service.c - notifies the service manager
 *
 * SPDX-License-Identifier: MIT
 *
 * The protocol is stable and may be used without libsystemd, which would load five more
 * libraries into a process that reads hostile mail.
 */
#include "bridge/process/service.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/slice.h"

static void send_text(const char *path, const char *text)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const size_t size = strlen(path);
	int fd;

	if (size < 2 || size >= sizeof(to.sun_path) || !strchr("/@", path[0]))
		return;
	memcpy(to.sun_path, path, size);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* Not an error if the service manager does not listen. */
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
		     (const struct sockaddr *)&to,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
	close(fd);
}

void service_notify(const char *format, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	char text[512];
	va_list args;

	if (!path)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	send_text(path, text);
}

int64_t service_watchdog_ms(void)
{
	const char *interval = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");
	uint64_t microseconds, pid;

	if (!interval || !slice_to_uint(slice_of(interval), INT64_MAX, &microseconds))
		return 0;
	if (process &&
	    (!slice_to_uint(slice_of(process), INT64_MAX, &pid) || pid != (uint64_t)getpid()))
		return 0;
	/* Notify twice per watchdog interval. */
	return (int64_t)(microseconds / 2000);
}
