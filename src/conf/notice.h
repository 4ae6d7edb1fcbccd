#ifndef NOTICE_H
#define NOTICE_H

/*
 * Notices: texts that stand in a mail for what was taken out of it, by
 * replace-body and replace-file.  A notice is a file of UTF-8 in notices.dir,
 * in a folder for each language: EN/virus.txt, CZ/virus.txt and
 * CZ-ASCII/virus.txt; one that is named with a '/' is the same in all of
 * them.  It is HTML when its name ends in .html, else plain text.  % and a
 * letter in it stand for what is known of the mail; a line end at its end is
 * part of it.
 *
 * What the mail says may not depend on when it is read, or clients would see
 * it change: %d is the mail's own Date.
 */

#include "conf.h"
#include "str.h"

enum {
	/* More is a document of its own, and every client has to fetch it. */
	NOTICE_MAX = 64 << 10,
};

/* X(enumerator, letter, what it is) */
#define NOTICE_FIELDS(X) \
	X(NAME, 'n', "the name of the file") \
	X(TYPE, 't', "its type") \
	X(VIRUS, 'v', "the name of the virus") \
	X(RULE, 'r', "the title of the ACL") \
	X(WHY, 'w', "why: the words of virus-status") \
	X(DATE, 'd', "the mail's Date") \
	X(CONTACT, 'c', "notices.contact") \
	X(PERCENT, '%', "a percent sign")

enum notice_field {
#define NOTICE_ENUM(id, letter, what) NOTICE_##id,
	NOTICE_FIELDS(NOTICE_ENUM)
#undef NOTICE_ENUM
	NOTICE_FIELD_COUNT
};

/*
 * The file of a notice in a language; those of Czech charsets have CZ's.
 * folder: the configuration's, conf_folder().  out holds PATH_MAX; returns
 * out.
 */
char *notice_path(const struct conf *c, const char *folder,
    struct conf_ref notice, enum conf_language language, char *out);
bool notice_is_html(struct str name);

/*
 * Take the text up to the next field off *rest, and the field: 1; 0 text
 * without one behind it, the last; ERR_SYNTAX, a % and what is no letter of
 * one, which *rest begins with.
 */
int notice_next(struct str *rest, struct str *text_r,
    enum notice_field *field_r) __attribute__((warn_unused_result));

#endif
