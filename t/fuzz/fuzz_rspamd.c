/* rspamd's answers, whole and their JSON alone. */

#include "rspamd.h"
#include "scan_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct scan_result json;

	scan_answer(&scan_rspamd, in);
	rspamd_answer(in, &json);
	scan_answer_text(json.name);
	assert(json.status == SCAN_UNKNOWN || json.status == SCAN_SKIPPED ||
	    (json.score >= 0 && json.score <= SCAN_SCORE_MAX * 1000));
	return 0;
}
