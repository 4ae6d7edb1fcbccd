#ifndef JUDGED_H
#define JUDGED_H

/*
 * A mail that a worker has taken apart: the tree of its parts and what was
 * found out about each.  It lives until the worker's next mail.
 */

#include "arena.h"
#include "charset.h"
#include "conf.h"
#include "index.h"
#include "part.h"
#include "str.h"
#include "talk.h"
#include "verdict.h"

enum {
	/* Names, types in an archive, other types: of one part. */
	JUDGED_LISTED_MAX = 1000,
};

/* Strings, each once; in the mail's arena. */
struct judged_list {
	struct str *s;
	uint32_t n, room;
	bool cut;			/* there were more */
};

struct judged_part {
	struct mime_part *part;
	uint64_t flags;			/* part's, and its body's */
	uint64_t decoded;		/* octets, in the first reading */
	unsigned marks;			/* MAIL_ of index.h */
	bool measured;			/* decoded is known */
	struct str declared;		/* "text/plain", in lower case, or "" */
	struct str identified;		/* the same, as it was found to be */
	/*
	 * And by the configuration's type_orders, which are so many: rows
	 * for other directions are "".  NULL: types were not asked for.
	 */
	struct str *ordered;
	uint32_t nordered;
	struct judged_list others;	/* types that other readings have */
	struct judged_list names;	/* all a reader may show */
	struct judged_list members;	/* types in the archive */
	struct scan_result *verdict;	/* NULL: no engine was asked */
};

/* Of one engine, of the whole mail. */
struct judged_result {
	uint32_t row;			/* of the configuration's table */
	bool antispam;
	bool asked;
	bool known;			/* it said so before */
	struct str title;
	struct scan_result all;
};

struct judged {
	/* What is asked. */
	const struct conf *conf;
	const struct conf_command_acl *cacl;
	const struct conf_mail_dir *dir;	/* of cacl */
	enum conf_direction direction;
	enum conf_language language;
	const char *id;			/* of the session, for notes */
	struct str user;		/* who is logged in; p NULL: nobody */
	int64_t deadline;		/* clock_ms() */
	struct str known;		/* findings of engines, a list */

	/* The mail: mapped, and where it is mapped from. */
	struct str octets;
	int fd;
	uint64_t off;			/* of octets in fd */

	/* What was found. */
	struct arena *arena;
	struct mime_charsets *charsets;
	struct mime_parts parts;
	struct judged_part *rows;	/* by mime_part.id, which is the row */
	uint32_t nrows;
	struct judged_result *results;
	size_t nresults;
	enum mail_virus virus;
	struct str virus_name;
	int32_t spam;			/* x 1000, MAIL_SPAM_UNKNOWN */
	struct str message_id, subject;	/* decoded, or p NULL */
};

/* Put a string into a list unless it is there; it is not copied. */
void judged_add(struct arena *a, struct judged_list *l, struct str s);
/*
 * Octets from off to end, behind which nobody will look soon: their pages are
 * let go.  For large mails only.
 */
void judged_behind(const struct judged *j, uint64_t off, uint64_t end);
/* What a part says it is: "text/plain", in lower case; "", nothing. */
struct str judged_declared(struct arena *a, const struct mime_part *p);
/* The row of a part. */
static inline struct judged_part *
judged_row(const struct judged *j, const struct mime_part *p)
{
	return &j->rows[p->id];
}

/*
 * Map the octets and take them apart: 0; ERR_LIMIT with why of the tree, it
 * is deeper or has more than is allowed; ERR_IO, it cannot be mapped.
 */
int judged_open(struct judged *j, const char **why_r);
void judged_close(struct judged *j);

#endif
