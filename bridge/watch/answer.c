/* answer.c - answers the paths of the HTTP listener
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/watch/answer.h"

#include "base/json_writer.h"
#include "bridge/watch/metrics.h"
#include "bridge/watch/status_table.h"

#define OPENMETRICS "application/openmetrics-text"

static void write_trouble(struct json_writer *jw, const struct watched_trouble *trouble)
{
	jw_object(jw, NULL);
	jw_text(jw, "kind", trouble->kind);
	jw_text(jw, "name", trouble->name);
	if (trouble->served > 0)
		jw_time(jw, "last_success", trouble->served);
	jw_text(jw, "error", trouble->error);
	jw_end(jw);
}

static void write_ready(const struct watched *watched, int64_t now, struct strbuf *body)
{
	struct watched_troubles troubles;
	struct watched_trouble trouble;
	struct json_writer jw;

	jw_init(&jw, body);
	jw_object(&jw, NULL);
	jw_bool(&jw, "ready", watched_is_ready(watched, now));
	jw_array(&jw, "not_served");
	watched_troubles_open(&troubles, watched, now);
	while (watched_troubles_next(&troubles, &trouble))
		write_trouble(&jw, &trouble);
	jw_end(&jw);
	jw_end(&jw);
	strbuf_add_byte(body, '\n');
}

unsigned answer_write(const struct watched *watched, const char *path, const char *accept,
		      int64_t now, struct strbuf *body, const char **content_type)
{
	const bool openmetrics = accept && strstr(accept, OPENMETRICS);
	const unsigned ready = watched_is_ready(watched, now) ? 200 : 503;

	*content_type = "text/plain; charset=utf-8";
	if (strcmp(path, "/metrics") == 0) {
		*content_type = openmetrics ? OPENMETRICS "; version=1.0.0; charset=utf-8"
					    : "text/plain; version=0.0.4; charset=utf-8";
		metrics_write(watched, openmetrics, now, body);
		return 200;
	}
	if (strcmp(path, "/healthz") == 0) {
		strbuf_add_text(body, "ok\n");
		return 200;
	}
	if (strcmp(path, "/readyz") == 0) {
		*content_type = "application/json";
		write_ready(watched, now, body);
		return ready;
	}
	if (strcmp(path, "/status") == 0) {
		status_table_write(watched, now, body);
		return ready;
	}
	strbuf_add_text(body, "There are /metrics, /healthz, /readyz and /status.\n");
	return 404;
}
