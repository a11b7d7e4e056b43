/* SPDX-License-Identifier: MIT */
#include "bridge/commands/version.h"

#include <ares.h>
#include <gmime/gmime-version.h>
#include <gnu/libc-version.h>
#include <gnutls/gnutls.h>
#include <idn2.h>
#include <json-c/json_c_version.h>
#include <libdeflate.h>
#include <libpsl.h>
#include <libxml/parser.h>
#include <maxminddb.h>
#include <nettle/version.h>
#include <seccomp.h>
#include <yajl/yajl_version.h>
#include <zip.h>
#include <zlib.h>

#include "bridge/watch/listener.h"
#include "domain/dns.h"
#include "ingest/trust/signature.h"
#include "mailbox/mailbox.h"
#include "mailbox/sasl.h"
#include "output/http.h"
#include "output/kafka_sink.h"

static void print(FILE *out, const char *name, const char *version)
{
	fprintf(out, "  %-14s %s\n", name, version);
}

static void print_numbers(FILE *out, const char *name, unsigned major, unsigned minor,
			  unsigned micro)
{
	fprintf(out, "  %-14s %u.%u.%u\n", name, major, minor, micro);
}

void version_print_libraries(FILE *out)
{
	const struct scmp_version *seccomp = seccomp_version();
	const int yajl = yajl_version();

	print(out, "glibc", gnu_get_libc_version());
	print(out, "c-ares", ares_version(NULL));
	/* curl also lists its libraries: OpenSSL, zlib, nghttp2 and others */
	print(out, "curl", http_library_version());
	fprintf(out, "  %-14s built with %u.%u.%u\n", "GMime", GMIME_MAJOR_VERSION,
		GMIME_MINOR_VERSION, GMIME_MICRO_VERSION);
	print(out, "GnuTLS", gnutls_check_version(NULL));
	print(out, "GNU SASL", sasl_library_version());
	print(out, "json-c", json_c_version());
	print(out, "libdeflate", "built with " LIBDEFLATE_VERSION_STRING);
	print(out, "libetpan", imap_library_version());
	print(out, "libidn2", idn2_check_version(NULL));
	print(out, "libmaxminddb", MMDB_lib_version());
	print(out, "libmicrohttpd", listener_library_version());
	print(out, "libpsl", psl_get_version());
	print(out, "librdkafka", kafka_version() ? kafka_version() : "none: built without Kafka");
	print_numbers(out, "libseccomp", seccomp->major, seccomp->minor, seccomp->micro);
	print(out, "libunbound", dns_library_version());
	print(out, "libxml2", xmlParserVersion);
	print(out, "libzip", zip_libzip_version());
	fprintf(out, "  %-14s built with %d.%d\n", "nettle", NETTLE_VERSION_MAJOR,
		NETTLE_VERSION_MINOR);
	print(out, "OpenDKIM", signatures_library_version());
	print_numbers(out, "yajl", (unsigned)yajl / 10000, (unsigned)yajl / 100 % 100,
		      (unsigned)yajl % 100);
	print(out, "zlib", zlibVersion());
}
