#ifndef RSPAMD_H
#define RSPAMD_H

/*
 * rspamd's normal worker: POST /checkv2 over HTTP/1.1, one question on a
 * connection; the answer is a JSON object with a score, an action and the
 * symbols that the mail met.
 */

#include "verdict.h"

enum {
	/* Symbols with their options: some ten KB. */
	RSPAMD_BODY_MAX = 192 << 10,
	/* rspamd's nest five deep. */
	RSPAMD_DEPTH_MAX = 16,
};

/*
 * The JSON of an answer: found when its action is anything but "no action"
 * or "greylist", else free, with the score; skipped when it says that it
 * has not looked; unknown when it is no such object.
 */
void rspamd_answer(struct str json, struct scan_result *r);

#endif
