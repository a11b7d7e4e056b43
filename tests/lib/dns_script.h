/* dns_script.h - a name server that says what a test wants, in a fiber
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_LIB_DNS_SCRIPT_H
#define TESTS_LIB_DNS_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

struct dns_answer {
	const char *name;
	const char *text;     /* of the TXT record, cut into strings; NULL: no record */
	const char *more;     /* of another record, or NULL */
	const char *ptr;      /* of a PTR record: labels of any bytes, with dots; or NULL */
	const char *more_ptr; /* of another one */
	const char *address;  /* of an A or AAAA record, or NULL */
	uint32_t ttl;         /* of all of them; 0: a minute */
	int code;             /* RCODE; below 0: no answer, or DNS_NONSENSE */
};
#define DNS_SILENCE (-1)
#define DNS_NONSENSE (-2)

struct dns_script {
	const struct dns_answer *answers; /* ended by a NULL name: for all others */
	int fd;
	char address[32]; /* "127.0.0.1:port" */
	unsigned questions;
	bool ended; /* set by the test */
};

/* answers and script must live as long as the fiber. */
void dns_script_open(struct dns_script *script, const struct dns_answer *answers);

/* The body of its fiber; closes when ended. */
void dns_script_run(void *script);

#endif
