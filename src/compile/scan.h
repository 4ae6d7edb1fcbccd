#ifndef SCAN_H
#define SCAN_H

/*
 * The text before the parser.  Reads the configuration and what it includes,
 * once, and re-emits it as one text of quoted strings and punctuation that
 * the parser cannot misread: it alone would drop a bare '*' silently, count
 * lines wrongly behind comments, take an unset ${VAR} for nothing and close
 * what was left open at the end of the text.
 *
 * Words are bare, 'single' (only \\ and \' are escapes) or "double" quoted
 * (C's escapes, ${VAR}).  include("file") is replaced by the file.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf.h"
#include "report.h"

enum {
	/* A generated policy of 100,000 lines is a few MB. */
	SCAN_FILE_MAX = 16 << 20,
	/* Together they must still fit a cache. */
	SCAN_TEXT_MAX = 48 << 20,
	SCAN_SOURCES = 64,
	SCAN_DEPTH = 10,	/* include in include */
	SCAN_BRACES = 8,	/* the vocabulary nests four deep */
	SCAN_VARIABLES = 256,
};

/* A value that stands for "{}": no text can hold it. */
#define SCAN_EMPTY_LIST "\001"

struct scan_source {
	const char *path;	/* absolute */
	const char *shown;	/* in messages */
	uint64_t dev, ino, size;
	int64_t mtime_ns;
};

struct scan_variable {
	const char *name, *value;
};

struct scan {
	struct arena *arena;
	struct report *report;
	const char *folder;	/* absolute: relative names start here */

	struct scan_source sources[SCAN_SOURCES];
	uint32_t nsources;
	struct scan_variable variables[SCAN_VARIABLES];
	uint32_t nvariables;

	char *text;		/* malloc'd: what the parser gets */
	size_t n, cap;
	struct conf_line *lines;	/* malloc'd: where its lines are from */
	uint32_t nlines, lines_cap;
	bool stopped;		/* a syntax error: the rest was not read */
};

/*
 * Read path (absolute; shown in messages as given).  Errors go to the report;
 * s->text is complete unless s->stopped.
 */
void scan_file(struct scan *s, const char *path, const char *shown);
/* The same for a text in memory, which has no identity. */
void scan_text(struct scan *s, const char *shown, struct str text);
void scan_fini(struct scan *s);

/* Where line n (from 1) of s->text comes from. */
struct conf_line scan_line(const struct scan *s, unsigned n);

#endif
