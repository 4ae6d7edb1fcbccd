/* ICAP's answers: no object is free unless 204 or its own octets came. */

#include "scan_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	const struct scan_result *r = scan_answer(&scan_icap, in);

	if (r != NULL && r->status == SCAN_FREE)
		assert(scan_answer_has(in, STR(" 204")) ||
		    scan_answer_has(in, STR(" 0204")) ||
		    scan_answer_has(in, STR("o")));
	return 0;
}
