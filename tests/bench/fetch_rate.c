/* fetch_rate.c - how fast the mails of a folder arrive, and beside it libetpan
 *
 * SPDX-License-Identifier: MIT
 *
 *   fetch_rate ours|bare PORT USER PASSWORD CA_FILE
 *
 * Prints mails, seconds and CPU seconds.  "bare" is the shortest loop that can
 * be written with libetpan: its own TLS, which verifies nothing, one UID FETCH
 * for 500 mails, and the bodies dropped as they arrive.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <libetpan/libetpan.h>

#include "base/clock.h"
#include "mailbox/mailbox.h"

enum { BATCH = 500 };

static int fetch_ours(const struct imap_settings *settings)
{
	struct mailbox *mailbox = imap_mailbox_new(settings);
	const struct mail *mail;
	struct error err;
	int count = 0;

	if (!mailbox->ops->open(mailbox, &err))
		goto failed;
	for (;; count++) {
		if (!mailbox->ops->next(mailbox, &mail, &err))
			goto failed;
		if (!mail)
			break;
	}
	mailbox->ops->free(mailbox);
	return count;
failed:
	fprintf(stderr, "fetch_rate: %s\n", err.text);
	exit(1);
}

static int received;

static bool on_bytes(int type, struct mailimap_msg_att_body_section *section, const char *bytes,
		     size_t length, void *context)
{
	(void)type;
	(void)section;
	(void)bytes;
	(void)length;
	(void)context;
	return true;
}

static void on_mail(struct mailimap_msg_att *mail, void *context)
{
	(void)mail;
	(void)context;
	received++;
}

static void on_progress(size_t current, size_t maximum, void *context)
{
	(void)current;
	(void)maximum;
	(void)context;
}

static void check(int code, const char *what)
{
	if (code == MAILIMAP_NO_ERROR || code == MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
		return;
	fprintf(stderr, "fetch_rate: libetpan: %s: %d\n", what, code);
	exit(1);
}

static int fetch_bare(const struct imap_settings *settings)
{
	mailimap *im = mailimap_new(0, NULL);
	clist *uids = NULL, *answers;
	clistiter *i;

	check(mailimap_ssl_connect(im, settings->host, settings->port), "connect");
	check(mailimap_login(im, settings->user, settings->password), "login");
	check(mailimap_select(im, settings->folder), "select");
	check(mailimap_uid_search(im, NULL, mailimap_search_key_new_all(), &uids), "search");
	mailimap_set_progress_callback(im, on_progress, on_progress, NULL);
	mailimap_set_msg_body_handler(im, on_bytes, NULL);
	mailimap_set_msg_att_handler(im, on_mail, NULL);
	for (i = clist_begin(uids); i;) {
		const uint32_t first = *(uint32_t *)clist_content(i);
		uint32_t last = first;
		struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();

		for (int n = 0; n < BATCH && i; n++, i = clist_next(i))
			last = *(uint32_t *)clist_content(i);
		mailimap_fetch_type_new_fetch_att_list_add(type, mailimap_fetch_att_new_uid());
		mailimap_fetch_type_new_fetch_att_list_add(type,
							   mailimap_fetch_att_new_body_peek_section(
								   mailimap_section_new(NULL)));
		answers = NULL;
		check(mailimap_uid_fetch(im, mailimap_set_new_interval(first, last), type,
					 &answers),
		      "fetch");
	}
	mailimap_logout(im);
	return received;
}

int main(int argc, char **argv)
{
	struct imap_settings settings = {
		.host = "localhost",
		.tls = MAILBOX_TLS_IMPLICIT,
		.folder = "INBOX",
		.archive = "Archive",
		.examine = true,
		.max_mail_bytes = 50 << 20,
		.timeout_ms = 60000,
	};
	struct rusage usage;
	int64_t start;
	int count;

	if (argc != 6) {
		fprintf(stderr, "usage: fetch_rate ours|bare PORT USER PASSWORD CA_FILE\n");
		return 64;
	}
	settings.port = (uint16_t)atoi(argv[2]);
	settings.user = argv[3];
	settings.password = argv[4];
	settings.ca_file = argv[5];
	start = clock_ms();
	count = strcmp(argv[1], "bare") == 0 ? fetch_bare(&settings) : fetch_ours(&settings);
	getrusage(RUSAGE_SELF, &usage);
	printf("%d %.3f %.3f\n", count, (double)(clock_ms() - start) / 1000,
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	return 0;
}
