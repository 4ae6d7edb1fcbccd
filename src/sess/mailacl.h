#ifndef MAILACL_H
#define MAILACL_H

/*
 * What the policy says of a mail that was taken apart: mail-acl, then doc-acl
 * for every part that is no container (acl/mail.h), on the worker's facts.
 */

#include <stdbool.h>
#include <stdint.h>

#include "eval.h"
#include "talk.h"

struct sess;
struct scan_mail;

struct mail_decision {
	bool deny, quarantine;
	bool edit;		/* something of it is to be changed */
	uint32_t mail_acl;	/* row, or MAIL_NONE */
	uint32_t *docs;		/* by part: row of the doc-acl, or MAIL_NONE */
	uint32_t ndocs;
	char why[MAIL_TALK_WHY];	/* of a denial, all reasons */
	/* while it is made */
	const struct conf_mail_acl *mail;
	struct acl_result result;	/* of the ACL asked last */
	bool logged, again;
};

/*
 * What it takes to decide later, when nothing can be loaded or looked up any
 * more: rules, expressions, host names.  false: *why_r, or the session ended.
 */
bool mailacl_begin(struct sess *s, const char **why_r);

/*
 * Decide on m, whose index is open, and log it.  docs lives in the session's
 * memory for commands until mailacl_forget().  false: it cannot be decided.
 */
bool mailacl_decide(struct sess *s, struct scan_mail *m,
    const struct mail_facts *f, struct mail_decision *d_r);
void mailacl_forget(struct sess *s, struct mail_decision *d);

#endif
