/* fuzz_dmarc.c - any bytes as a DMARC aggregate report
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/documents.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	documents_of_report(REPORT_AGGREGATE, (struct slice){ (const char *)data, size });
	return 0;
}
