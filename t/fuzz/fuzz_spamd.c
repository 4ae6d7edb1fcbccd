/* spamd's answers: a score comes from a line that has one. */

#include "scan_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	const struct scan_result *r = scan_answer(&scan_spamd, in);

	if (r != NULL) {
		assert((r->score == SCAN_SCORE_UNKNOWN) ==
		    (r->status == SCAN_UNKNOWN));
		assert(r->status == SCAN_UNKNOWN ||
		    scan_answer_has(in, STR("SPAMD/")));
	}
	return 0;
}
