#ifndef MAIN_TESTMAIL_H
#define MAIN_TESTMAIL_H

/*
 * A mail in a file, for test-imap4 -t: taken apart and put together by what a
 * session's worker does, in this process.  No scanner is asked, and nothing
 * is kept in a quarantine.
 */

#include "testmail.h"

/* 0, or -1 with *why_r; both live until the next call or testfile_close(). */
int testfile_read(const struct testmail_ask *ask, struct testmail *m_r,
    const char **why_r);
/*
 * Put together the mail that was read last, tell what is done to it, and
 * write it to output, if that is not NULL.
 */
void testfile_edit(const struct testmail_choice *chosen, const char *output,
    const struct answer *answer);
void testfile_close(void);

#endif
