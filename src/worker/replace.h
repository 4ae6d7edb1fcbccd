#ifndef REPLACE_H
#define REPLACE_H

/*
 * The texts that take the place of what is removed from a mail: notices that
 * the configuration names (conf/notice.h), with what is known of the mail
 * written in, and texts of ours where there is none or it is too long.
 * Notices are read before the jail; then nothing is opened any more.
 */

#include <iconv.h>

#include "arena.h"
#include "conf.h"
#include "notice.h"
#include "retext.h"

enum {
	/* Characters of a value that come from the mail. */
	REPLACE_VALUE_MAX = 200,
};

struct replace_file {
	struct replace_file *next;
	char *path;
	char *text;		/* NULL: it could not be read */
	size_t n;
	const char *why;	/* then */
};

struct replace {
	const struct conf *conf;
	char *folder;
	struct replace_file *files;
	iconv_t latin2, windows;	/* of Czech; (iconv_t)-1: none */
};

/* What fields stand for; p NULL: it is not known. */
struct replace_values {
	struct str field[NOTICE_FIELD_COUNT];
};

/*
 * Read every notice that some ACL names, in all languages.  One that cannot
 * be read is not an error here: see replace_text().
 */
void replace_open(struct replace *r, const struct conf *c);
void replace_close(struct replace *r);

/*
 * A notice in a language, in the arena; whatever values say, it has their
 * place and nothing else changes.  *why_r is NULL, or why a text of ours
 * stands for it, constant or as long as r.
 */
struct mime_text replace_text(const struct replace *r, struct arena *a,
    struct conf_ref notice, enum conf_language language,
    const struct replace_values *v, const char **why_r);
/* One that is as short as it can be. */
struct mime_text replace_brief(enum conf_language language);
/* What stands for a part that readers would read differently. */
struct mime_text replace_ambiguous(enum conf_language language);
/* What stands for HTML that cannot be filtered. */
struct mime_text replace_unfiltered(enum conf_language language);

#endif
