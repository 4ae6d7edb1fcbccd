#ifndef COMPILE_H
#define COMPILE_H

/*
 * The compiler: a configuration's text in, the octets of its cache out, and a
 * report of everything that is wrong or questionable.  The same text, files
 * and machine give the same octets.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "conf.h"
#include "str.h"

struct compile_result {
	void *cache;		/* malloc'd, aligned to 16; NULL on errors */
	size_t size;
	char *report;		/* malloc'd: a line each; "" when all is well */
	char *report_json;	/* malloc'd: the same, see report.h */
	unsigned errors, warnings;
};

/* 0, or ERR_CONFIG when r->errors is not 0.  Free with compile_free. */
int compile_file(const char *path, struct compile_result *r);
/*
 * The same for a text in memory: name stands in messages; relative names
 * start in folder (absolute).  The cache is never fresh: no file is behind it.
 */
int compile_text(const char *name, const char *folder, struct str text,
    struct compile_result *r);
void compile_free(struct compile_result *r);

/*
 * Put a cache where sessions look for it: written beside it, synced, renamed,
 * mode 0644.  A path of an open descriptor (/dev/fd/N) is written into.
 * 0, or -1 with errno.
 */
int compile_save(const struct compile_result *r, const char *path);
/* The same with any octets. */
int compile_write(struct str octets, const char *path);
/* Is it a path of an open descriptor?  Nothing can lie beside it. */
bool compile_is_fd(const char *path);

/*
 * The inverse: text that compiles to the same policy tables.  all: with every
 * default as well.
 */
void compile_print(const struct conf *c, FILE *f, bool all);
/* The ACLs of a phase: 1 session-acl, 2 command-acl, with file and line. */
void compile_print_acls(const struct conf *c, FILE *f, unsigned phase);
/* The policy's SHA-256 in hexadecimal. */
void compile_print_hash(const struct conf *c, FILE *f);

#endif
