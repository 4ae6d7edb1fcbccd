/* clamd's answers: an object is free only by its exact words. */

#include "scan_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	const struct scan_result *r = scan_answer(&scan_clamd, in);

	if (r != NULL && r->status == SCAN_FREE)
		assert(scan_answer_has(in, STR("2: stream: OK\0")) ||
		    scan_answer_has(in, STR("]: OK\0")));
	return 0;
}
