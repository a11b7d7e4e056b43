/* tenant_numbers.h - the numbers under which tenants are counted
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_RUN_TENANT_NUMBERS_H
#define BRIDGE_RUN_TENANT_NUMBERS_H

#include "bridge/config/config.h"
#include "bridge/run/counters.h"

/* Counts what belongs to tenants beyond the first SIZE_TENANT - 3 of the
 * configuration; no valid name. */
#define TENANT_OTHERS "(others)"

/* Number 0 means no tenant and is not counted. */
struct tenant_numbers {
	const char *names[SIZE_TENANT]; /* of numbers; NULL: free */
	size_t count;                   /* of the sorted ones, which begin at 1 */
};

/* The tenants of the configuration, which must outlive the result, and "unclaimed".
 * NULL: there are no metrics per tenant. */
struct tenant_numbers *tenant_numbers_new(const struct config *config);
void tenant_numbers_free(struct tenant_numbers *numbers);

/* 0 when numbers is NULL. */
uint16_t tenant_number(const struct tenant_numbers *numbers, const char *tenant);

#endif
