#ifndef CLAMD_H
#define CLAMD_H

/*
 * clamd(8): INSTREAM, and FILDES on a local socket, in a session (IDSESSION)
 * whose answers carry the number of the question.  Only its exact words
 * count: an answer that is not one of them is no word on the object.
 */

#include "verdict.h"

enum {
	/* An answer: a signature's name, a few words. */
	CLAMD_REPLY_MAX = 1024,
};

/*
 * An answer to a question about an object, without its number and its end:
 * "stream: OK", "fd[10]: Name FOUND", "... ERROR".  What clamd finds when it
 * gave up (Heuristics.Limits.Exceeded) is an error: it has not looked at all
 * of it.  Words it does not have are unknown.
 */
void clamd_answer(struct str s, struct scan_result *r);

#endif
