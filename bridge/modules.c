/* modules.c - the functions through which the program enters its modules
 *
 * SPDX-License-Identifier: MIT
 *
 * Each of them loads its module at the first call. The files that define them are listed in
 * the Makefile. Test programs are linked with those instead of this one.
 *
 * Functions that take an object of the module are no exception, so do not call them without
 * one.
 */
#include "base/module.h"
#include "bridge/tell/delivery.h"
#include "bridge/watch/listener.h"
#include "domain/dns.h"
#include "domain/policy_fetch.h"
#include "ingest/trust/signature.h"
#include "mailbox/mailbox.h"
#include "mailbox/sasl.h"
#include "output/http.h"
#include "output/kafka_sink.h"

#define FUNCTION(module, result, name, parameters, arguments)                  \
	result name parameters                                                 \
	{                                                                      \
		static __typeof__(name) *function;                             \
                                                                               \
		if (!function)                                                 \
			*(void **)&function = module_function(#module, #name); \
		return function arguments;                                     \
	}
#define TAKES_0(m, r, name) FUNCTION(m, r, name, (void), ())
#define TAKES_1(m, r, name, A) FUNCTION(m, r, name, (A a), (a))
#define TAKES_2(m, r, name, A, B) FUNCTION(m, r, name, (A a, B b), (a, b))
#define TAKES_3(m, r, name, A, B, C) FUNCTION(m, r, name, (A a, B b, C c), (a, b, c))
#define TAKES_4(m, r, name, A, B, C, D) FUNCTION(m, r, name, (A a, B b, C c, D d), (a, b, c, d))
#define TAKES_5(m, r, name, A, B, C, D, E) \
	FUNCTION(m, r, name, (A a, B b, C c, D d, E e), (a, b, c, d, e))

/* clang-format off */
TAKES_0(http, const char *, http_library_version)
TAKES_1(http, struct http *, http_new, const struct elastic_settings *)
TAKES_1(http, void, http_free, struct http *)
TAKES_1(http, struct http_exchange *, http_exchange_new, struct http *)
TAKES_1(http, void, http_exchange_free, struct http_exchange *)
TAKES_2(http, void, http_begin, struct http_exchange *, const struct http_request *)
TAKES_1(http, bool, http_busy, const struct http_exchange *)
TAKES_1(http, void, http_cancel, struct http_exchange *)
TAKES_3(http, bool, http_drive, struct http *, int64_t, struct error *)
TAKES_3(http, bool, http_result, const struct http_exchange *, struct http_answer *, struct error *)
TAKES_1(http, bool, http_timed_out, const struct http_exchange *)
TAKES_1(http, bool, http_is_mismatch, const struct http_exchange *)
TAKES_2(http, const char *, http_login_hint, const struct http *, unsigned)
TAKES_4(http, bool, http_send, struct http *, const struct http_request *, struct http_answer *, struct error *)
TAKES_1(http, uint64_t, http_requests, const struct http *)
TAKES_3(http, void, policy_fetch, const struct policy_request *, struct arena *, struct policy_answer *)
TAKES_4(http, bool, delivery_mail, const struct mail_config *, const char *const *, struct slice, struct error *)
TAKES_5(http, bool, delivery_post, const struct notify_config *, const char *, struct slice, struct slice, struct error *)

TAKES_0(imap, const char *, imap_library_version)
TAKES_0(imap, const char *, sasl_library_version)
TAKES_1(imap, struct mailbox *, imap_mailbox_new, const struct imap_settings *)

TAKES_0(listener, const char *, listener_library_version)
TAKES_3(listener, struct listener *, listener_open, const char *, const struct watched *, struct error *)
TAKES_1(listener, void, listener_close, struct listener *)
TAKES_1(listener, const char *, listener_address, const struct listener *)
TAKES_1(listener, int, listener_descriptor, const struct listener *)
TAKES_1(listener, void, listener_serve, struct listener *)

TAKES_0(dkim, const char *, signatures_library_version)
TAKES_0(dkim, struct signatures *, signatures_new)
TAKES_1(dkim, void, signatures_free, struct signatures *)
TAKES_4(dkim, void, signatures_begin, struct signatures *, struct slice, struct arena *, struct mail_headers *)
TAKES_2(dkim, const char *, signatures_key, const struct signatures *, size_t)
TAKES_3(dkim, void, signatures_answer, struct signatures *, const char *, struct slice)
TAKES_1(dkim, void, signatures_end, struct signatures *)
TAKES_1(dkim, void, signatures_cancel, struct signatures *)

TAKES_0(dns, const char *, dns_library_version)
TAKES_3(dns, bool, dns_open, const struct dns_settings *, struct dns **, struct error *)
TAKES_1(dns, void, dns_close, struct dns *)
TAKES_1(dns, bool, dns_validates, const struct dns *)
TAKES_3(dns, const struct dns_answer *, dns_ask, struct dns_session *, const char *, enum dns_type)
TAKES_1(dns, const char *, dns_status_text, enum dns_status)

#if KAFKA
TAKES_0(kafka, const char *, kafka_version)
TAKES_1(kafka, struct sink *, kafka_sink_new, const struct kafka_settings *)
TAKES_3(kafka, bool, kafka_sink_check_topic, struct sink *, const char *, struct error *)
TAKES_1(kafka, struct mailbox *, kafka_mailbox_new, const struct kafka_mailbox_settings *)
#endif
/* clang-format on */
