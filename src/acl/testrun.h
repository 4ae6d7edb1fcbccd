#ifndef TESTRUN_H
#define TESTRUN_H

/*
 * What test-imap4 -t does with a test expression: the ACL of each phase that
 * would be chosen, with file and line, why the ones before it did not match,
 * the settings that follow, and ACCEPTED or REJECTED.
 */

#include <stdbool.h>
#include <stdio.h>

#include "answer.h"
#include "facts.h"
#include "testmail.h"
#include "str.h"

enum testrun_phase { TESTRUN_SESSION = 1, TESTRUN_COMMAND, TESTRUN_MAIL,
	TESTRUN_DOC };

/* How the caller shows what it knows best; each returns an exit status. */
struct testrun_show {
	/* enum testrun_phase; those of documents come with those of mails. */
	int (*acl)(void *ctx, FILE *out, unsigned phase);
	int (*proxy)(void *ctx, FILE *out, bool all);
	int (*hash)(void *ctx, FILE *out);
	/* Tell what an ACL decides, by its phase and row; */
	void (*settings)(void *ctx, const struct answer *a, unsigned phase,
	    uint32_t row);
	/* and what holds after both phases. */
	void (*in_force)(void *ctx, const struct answer *a,
	    uint32_t session_row, uint32_t command_row);
	/*
	 * What a certificate's file says: 0, or < 0 with a text.  Both live
	 * until the next call.
	 */
	int (*cert)(void *ctx, const char *file, struct certinfo *ci_r,
	    const char **why_r);
	/*
	 * Judge a command under the ACL chosen and tell it; is it permitted?
	 */
	bool (*command)(void *ctx, const struct conf_command_acl *acl,
	    const char *text, const struct answer *answer);
	/*
	 * Take the mail in a file apart for a command-acl, with what the
	 * expression says of scanners instead of asking any: 0, or < 0 with a
	 * text.  It lives until the next call.
	 */
	int (*mail)(void *ctx, const struct testmail_ask *ask,
	    struct testmail *m_r, const char **why_r);
	/*
	 * Make of the mail what its ACLs say, and tell it; rows are -1 where
	 * none was chosen.
	 */
	void (*edit)(void *ctx, const struct testmail_ask *ask,
	    const struct testmail_choice *chosen, const struct answer *answer);
	void *ctx;
	struct acl_hosts *hosts;	/* of names in sets; may be NULL */
};

/*
 * Run every expression of text; errors go to err.  Returns an exit status:
 * 0, 1 when a connection was rejected, 2 for a bad expression.
 */
int testrun(const struct conf *c, struct str text,
    const struct testrun_show *show, FILE *out, FILE *err);
/*
 * The same, as objects of the array j is in; test-imap4(8) says what is in
 * them.  A bad expression is one with "error".
 */
int testrun_json(const struct conf *c, struct str text,
    const struct testrun_show *show, struct json *j);

#endif
