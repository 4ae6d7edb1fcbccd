#ifndef ACL_MAIL_H
#define ACL_MAIL_H

/*
 * Choosing a mail-acl for a mail and a doc-acl for each of its documents, as
 * eval.h chooses the others: the first in file order whose conditions all
 * hold; none is a rejection; one that cannot be decided, where no other of
 * the same ACL fails, rejects with its reason.
 *
 * What hangs on the connection (from, time, parent ...) is the same for every
 * mail of a session: it is judged once, and its ACLs are left, so that a mail
 * costs documents times those ACLs, whatever else the policy has.
 */

#include "arena.h"
#include "eval.h"
#include "mailfacts.h"

/* The ACLs of one phase that mails of a session and direction may get. */
struct acl_rules {
	const struct conf *c;
	const struct acl_facts *f;
	const uint32_t *row;		/* ascending */
	uint32_t n;
};

/*
 * f: with command-acl's title as its parent (acl_facts_judged()), unchanged as
 * long as the rules are used.  Rows live in the arena.
 */
void acl_mail_rules(const struct conf *c, const struct acl_facts *f,
    enum conf_direction d, struct arena *a, struct acl_rules *r_r);
void acl_doc_rules(const struct conf *c, const struct acl_facts *f,
    enum conf_direction d, struct arena *a, struct acl_rules *r_r);

void acl_mail(const struct acl_rules *r, const struct acl_mail_facts *m,
    struct acl_result *r_r);
void acl_doc(const struct acl_rules *r, const struct acl_doc_facts *d,
    struct acl_result *r_r);

/*
 * Ask all of both phases, so that f->hosts knows every name that can matter:
 * for names_judge(), before the jail closes.
 */
void acl_judged_want(const struct conf *c, const struct acl_facts *f);

/*
 * A document's type as an ACL's own order has it: "", none; p NULL, it is not
 * known.
 */
struct str acl_doc_type(const struct conf_doc_acl *a,
    const struct acl_doc_facts *d);

struct regex_engine;
/*
 * Have some of them regular expressions?  re, if not NULL, prepares these for
 * all later matches.
 */
bool acl_judged_patterns(const struct conf *c, const struct regex_engine *re);

/* ---- for explanations and tests ------------------------------------------ */

enum acl_mail_condition {
	ACL_MAIL_SIZE,
	ACL_MAIL_VIRUS_STATUS,
	ACL_MAIL_SPAM_SCORE,
	ACL_MAIL_DOC_COUNT,
	ACL_MAIL_ENCRYPTED,
	ACL_MAIL_MALFORMED,
	ACL_MAIL_VIRUS_NAME,
	ACL_MAIL_MIME_TYPE,
	ACL_MAIL_HEADER,
	ACL_MAIL_CONDITIONS
};

struct acl_mail_matcher {
	char name[16];
	enum acl_truth (*match)(const struct conf *c,
	    const struct conf_mail_acl *a, const struct acl_mail_facts *m,
	    const char **why_r);
};

extern const struct acl_mail_matcher acl_mail_matchers[ACL_MAIL_CONDITIONS];

enum acl_doc_condition {
	ACL_DOC_SIZE,
	ACL_DOC_VIRUS_STATUS,
	ACL_DOC_SPAM_SCORE,
	ACL_DOC_DEPTH,
	ACL_DOC_ENCRYPTED,
	ACL_DOC_MIME_TYPE,
	ACL_DOC_DECLARED_TYPE,
	ACL_DOC_FILE_NAME,
	ACL_DOC_ARCHIVE_MEMBER,
	ACL_DOC_CONDITIONS
};

struct acl_doc_matcher {
	char name[16];
	enum acl_truth (*match)(const struct conf *c,
	    const struct conf_doc_acl *a, const struct acl_doc_facts *d,
	    const char **why_r);
};

extern const struct acl_doc_matcher acl_doc_matchers[ACL_DOC_CONDITIONS];

/*
 * An ACL's own conditions together; *which_r and *why_r as acl_when() does.
 */
enum acl_truth acl_mail_when(const struct conf *c,
    const struct conf_mail_acl *a, const struct acl_mail_facts *m,
    enum acl_mail_condition *which_r, const char **why_r);
enum acl_truth acl_doc_when(const struct conf *c,
    const struct conf_doc_acl *a, const struct acl_doc_facts *d,
    enum acl_doc_condition *which_r, const char **why_r);

/* The section 'header' of an ACL that decides: a row of its headers. */
enum acl_truth acl_mail_header(const struct conf *c,
    const struct conf_mail_acl *a, const struct acl_mail_facts *m,
    uint32_t *row_r, const char **why_r);

#endif
