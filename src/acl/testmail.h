#ifndef TESTMAIL_H
#define TESTMAIL_H

/*
 * The phases of a mail, for testrun.h: its mail-acl, and a doc-acl for each
 * document, of a mail in a file or of one that is made up of what the
 * expression says.
 */

#include "answer.h"
#include "mail.h"
#include "testexpr.h"

enum {
	/* A document in a line: its number, type and names. */
	TESTMAIL_LABEL = 300,
};

/* About which mail, and in what connection. */
struct testmail_ask {
	const struct conf *c;
	const struct acl_facts *f;	/* as acl_facts_judged() left them */
	uint32_t command_row;
	enum conf_language language;
	const struct conf_command_acl *acl;
	const struct testexpr *e;
};

/* A mail that was taken apart. */
struct testmail {
	struct acl_mail_facts facts;	/* effort is set by who judges */
	const char *rejected;		/* by mail-filter: why, or NULL */
	bool corrected;			/* it has something to mend */
	uint32_t docs;			/* 0 when facts.why */
	/* Document i, from 0, and its label (TESTMAIL_LABEL octets). */
	void (*doc)(const struct testmail *m, uint32_t i,
	    struct acl_doc_facts *d_r, char *label);
	const void *from;		/* doc's own */
	struct str text[3];		/* what lists point to */
};

/* Rows, -1 where none was chosen. */
struct testmail_choice {
	int mail;
	const int *docs;		/* by document */
	bool denied;
};

struct testmail_show {
	void (*settings)(void *ctx, const struct answer *a, unsigned phase,
	    uint32_t row);
	void (*edit)(void *ctx, const struct testmail_ask *ask,
	    const struct testmail_choice *chosen, const struct answer *answer);
	void *ctx;
	const struct answer *answer;
};

/*
 * The mail an expression tells of: one document, nothing encrypted or
 * malformed; its header is not known.  What is not given is free, or skipped
 * where no engine is used.
 */
void testmail_said(const struct testmail_ask *ask, struct testmail *m_r);

/* Choose, tell it, and have the mail edited; does it pass? */
bool testmail_judge(const struct testmail_ask *ask, struct testmail *m,
    const struct testmail_show *show);

#endif
