#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "fd.h"
#include "scan.h"
#include "vis.h"

/* One file being read. */
struct reader {
	struct scan *s;
	const struct reader *outer;	/* who includes it */
	const char *p, *end;
	struct conf_line at;
	unsigned depth;
	/* open braces and what the last tokens were */
	struct conf_line braces[SCAN_BRACES];
	unsigned nbraces;
	char last, before_last;
	bool path;		/* the last word holds a '|' */
};

#define SYNTAX_STOP "; checking stopped here"

#define FAIL(r, ...) do { \
	report_add((r)->s->report, REPORT_ERROR, (r)->at, __VA_ARGS__); \
	(r)->s->stopped = true; \
} while (0)

/* ---- the text the parser gets ------------------------------------------- */

static void
put(struct scan *s, char c)
{
	if (s->n + 1 >= s->cap) {
		s->cap = s->cap ? s->cap * 2 : 4096;
		s->text = realloc(s->text, s->cap);
		if (s->text == NULL)
			abort();
	}
	s->text[s->n++] = c;
	s->text[s->n] = '\0';
}

/* Begin a new line of the parser's text when the source's line changed. */
static void
sync_line(struct reader *r)
{
	struct scan *s = r->s;

	if (s->nlines > 0) {
		struct conf_line last = s->lines[s->nlines - 1];

		if (last.source == r->at.source && last.line == r->at.line)
			return;
		put(s, '\n');
	}
	if (s->nlines == s->lines_cap) {
		s->lines_cap = s->lines_cap ? s->lines_cap * 2 : 256;
		s->lines = realloc(s->lines,
		    s->lines_cap * sizeof s->lines[0]);
		if (s->lines == NULL)
			abort();
	}
	s->lines[s->nlines++] = r->at;
}

static void
emit(struct reader *r, char token)
{
	r->before_last = r->last;
	r->last = token;
}

static void
emit_word(struct reader *r, struct str w)
{
	struct scan *s = r->s;

	sync_line(r);
	r->path = w.n > 0 && memchr(w.p, '|', w.n) != NULL;
	put(s, '"');
	for (size_t i = 0; i < w.n; i++) {
		if (w.p[i] == '\n') {
			put(s, '\\');
			put(s, 'n');
			continue;
		}
		if (w.p[i] == '"' || w.p[i] == '\\' || w.p[i] == '$')
			put(s, '\\');
		put(s, w.p[i]);
	}
	put(s, '"');
	put(s, ' ');
	emit(r, 'w');
}

static void
emit_mark(struct reader *r, char c)
{
	if (c == '=' && r->path) {
		/* libconfuse would reach into other sections by it */
		FAIL(r, "a key's name holds no '|'" SYNTAX_STOP);
		return;
	}
	sync_line(r);
	if (c == '}' && r->last == '{' && r->before_last == '=')
		emit_word(r, STR(SCAN_EMPTY_LIST));
	put(r->s, c);
	put(r->s, ' ');
	emit(r, c);
}

/* ---- words -------------------------------------------------------------- */

static const char *
variable(struct reader *r, struct str name)
{
	struct scan *s = r->s;
	const char *text = arena_dup(s->arena, name).p;
	const char *value = getenv(text);
	uint32_t i = 0;

	if (memchr(name.p, ':', name.n) != NULL) {
		FAIL(r, "${%s}: a default inside ${} is not understood: "
		    "write ${NAME}" SYNTAX_STOP, text);
		return NULL;
	}
	if (value == NULL) {
		FAIL(r, "${%s}: the variable is not set in the environment"
		    SYNTAX_STOP, text);
		return NULL;
	}
	while (i < s->nvariables && strcmp(s->variables[i].name, text) != 0)
		i++;
	if (i == SCAN_VARIABLES) {
		FAIL(r, "more than %d variables" SYNTAX_STOP,
		    SCAN_VARIABLES);
		return NULL;
	}
	if (i == s->nvariables)
		s->variables[s->nvariables++] = (struct scan_variable){
		    text, arena_dup(s->arena, str_c(value)).p };
	return s->variables[i].value;
}

/* "${NAME}" at r->p: its value, and r->p behind it; NULL when wrong. */
static const char *
take_variable(struct reader *r)
{
	const char *name = r->p + 2, *end = name;

	while (end < r->end && *end != '}' && *end != '\n')
		end++;
	if (end == r->end || *end != '}') {
		FAIL(r, "\"${\" without \"}\"" SYNTAX_STOP);
		return NULL;
	}
	r->p = end + 1;
	return variable(r, (struct str){ name, (size_t)(end - name) });
}

/* A word being collected; what a peer of ours could not print is refused. */
struct word {
	char *p;
	size_t n, cap;
};

static void
word_put(struct reader *r, struct word *w, char c)
{
	if (w->n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 64;
		char *p = arena_alloc(r->s->arena, cap);

		if (w->n > 0)
			memcpy(p, w->p, w->n);
		w->p = p;
		w->cap = cap;
	}
	w->p[w->n++] = c;
}

static bool
is_bare(char c)
{
	return strchr(" #\"'\t\n\r={}()+,*", c) == NULL;
}

static int
digit(char c, int base)
{
	int v = c >= '0' && c <= '9' ? c - '0' :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;

	return v < base ? v : -1;
}

/* \ooo or \xhh: as many digits as there are, at most max. */
static char
numeric_escape(struct reader *r, int base, int max)
{
	int v = 0, n = 0, d;

	while (n < max && r->p < r->end && (d = digit(*r->p, base)) >= 0) {
		v = v * base + d;
		r->p++;
		n++;
	}
	if (n == 0 || v == 0 || v > 255)
		FAIL(r, "an escape in a string is not an octet from 1 to "
		    "255" SYNTAX_STOP);
	return (char)v;
}

/* Behind a backslash in a "double quoted" string. */
static void
escape(struct reader *r, struct word *w)
{
	static const char from[] = "nrbfaetv", to[] = "\n\r\b\f\a\033\t\v";
	const char *named;
	char c;

	if (r->p == r->end)
		return;
	c = *r->p;
	if (c == '\n') {
		r->at.line++;
		r->p++;
	} else if (c >= '0' && c <= '9') {
		word_put(r, w, numeric_escape(r, 8, 3));
	} else if (c == 'x') {
		r->p++;
		word_put(r, w, numeric_escape(r, 16, 2));
	} else {
		named = strchr(from, c);
		word_put(r, w, named ? to[named - from] : c);
		r->p++;
	}
}

static void
double_quoted(struct reader *r, struct word *w)
{
	while (r->p < r->end && *r->p != '"' && !r->s->stopped) {
		if (*r->p == '$' && r->p + 1 < r->end && r->p[1] == '{') {
			const char *v = take_variable(r);

			for (; v != NULL && *v != '\0'; v++)
				word_put(r, w, *v);
		} else if (*r->p == '\\') {
			r->p++;
			escape(r, w);
		} else {
			r->at.line += *r->p == '\n';
			word_put(r, w, *r->p++);
		}
	}
}

static void
single_quoted(struct reader *r, struct word *w)
{
	while (r->p < r->end && *r->p != '\'') {
		char c = *r->p++, next = r->p < r->end ? *r->p : '\0';

		if (c == '\\' && next == '\n') {
			r->at.line++;
			r->p++;
			continue;
		}
		if (c == '\\' && (next == '\\' || next == '\'')) {
			c = next;
			r->p++;
		}
		r->at.line += c == '\n';
		word_put(r, w, c);
	}
}

static void
quoted(struct reader *r)
{
	struct conf_line start = r->at;
	struct word w = { 0 };
	char quote = *r->p++;

	if (quote == '"')
		double_quoted(r, &w);
	else
		single_quoted(r, &w);
	if (r->s->stopped)
		return;
	if (r->p == r->end) {
		r->at = start;
		FAIL(r, "a string that begins here does not end"
		    SYNTAX_STOP);
		return;
	}
	r->p++;
	if (w.n > 0 && memchr(w.p, SCAN_EMPTY_LIST[0], w.n) != NULL) {
		FAIL(r, "a string holds the octet 1" SYNTAX_STOP);
		return;
	}
	/* the key's line is where its value begins */
	struct conf_line end = r->at;

	r->at = start;
	emit_word(r, (struct str){ w.p, w.n });
	r->at = end;
}

static void
bare(struct reader *r)
{
	const char *start = r->p, *v;

	if (*r->p == '$' && r->p + 1 < r->end && r->p[1] == '{') {
		v = take_variable(r);
		if (v != NULL)
			emit_word(r, str_c(v));
		return;
	}
	while (r->p < r->end && is_bare(*r->p))
		r->p++;
	if (r->p[-1] == '$' && r->p < r->end && *r->p == '{') {
		FAIL(r, "put a word with ${} in it in double quotes"
		    SYNTAX_STOP);
		return;
	}
	emit_word(r, (struct str){ start, (size_t)(r->p - start) });
}

/* ---- braces, comments, include ------------------------------------------ */

static void
brace(struct reader *r, char c)
{
	r->p++;
	if (c == '{') {
		if (r->nbraces == SCAN_BRACES) {
			FAIL(r, "nested deeper than any section is"
			    SYNTAX_STOP);
			return;
		}
		r->braces[r->nbraces++] = r->at;
	} else if (c == '}') {
		if (r->nbraces == 0) {
			FAIL(r, "'}' closes nothing" SYNTAX_STOP);
			return;
		}
		r->nbraces--;
	}
	emit_mark(r, c);
}

static void
comment(struct reader *r)
{
	struct conf_line start = r->at;

	if (r->p[0] == '#' || r->p[1] == '/') {
		while (r->p < r->end && *r->p != '\n')
			r->p++;
		return;
	}
	for (r->p += 2; r->p + 1 < r->end; r->p++) {
		if (r->p[0] == '*' && r->p[1] == '/') {
			r->p += 2;
			return;
		}
		r->at.line += *r->p == '\n';
	}
	r->at = start;
	FAIL(r, "a comment that begins here does not end" SYNTAX_STOP);
}

static void read_path(struct scan *s, const struct reader *outer,
    struct conf_line at, const char *path, const char *shown);

static void
skip_blank(struct reader *r)
{
	while (r->p < r->end && strchr(" \t\r\n", *r->p) != NULL)
		r->at.line += *r->p++ == '\n';
}

/* Is this the word include, followed by "("? */
static bool
at_include(const struct reader *r)
{
	const char *p = r->p + 7;

	if (r->end - r->p < 8 || memcmp(r->p, "include", 7) != 0)
		return false;
	while (p < r->end && (*p == ' ' || *p == '\t'))
		p++;
	return p < r->end && *p == '(';
}

/* ("NAME") with plain quotes; NULL when it is written differently. */
static const char *
include_name(struct reader *r)
{
	const char *name, *end;

	r->p = memchr(r->p, '(', (size_t)(r->end - r->p));
	r->p++;
	skip_blank(r);
	if (r->p == r->end || (*r->p != '"' && *r->p != '\''))
		return NULL;
	name = r->p + 1;
	end = memchr(name, *r->p, (size_t)(r->end - name));
	if (end == NULL || end == name)
		return NULL;
	for (const char *q = name; q < end; q++)
		if (*q == '\\' || *q == '$' || *q == '\n')
			return NULL;
	r->p = end + 1;
	skip_blank(r);
	if (r->p == r->end || *r->p++ != ')')
		return NULL;
	return arena_dup(r->s->arena,
	    (struct str){ name, (size_t)(end - name) }).p;
}

static void
include(struct reader *r)
{
	struct conf_line at = r->at;
	const char *name = include_name(r), *path = name;

	if (name == NULL) {
		FAIL(r, "include: write include(\"FILE\")" SYNTAX_STOP);
		return;
	}
	if (name[0] != '/')
		path = arena_printf(r->s->arena, "%s/%s", r->s->folder,
		    name);
	if (r->depth == SCAN_DEPTH) {
		FAIL(r, "include: more than %d files deep" SYNTAX_STOP,
		    SCAN_DEPTH);
		return;
	}
	read_path(r->s, r, at, path, path);
}

/* ---- a file ------------------------------------------------------------- */

static void
token(struct reader *r)
{
	char c = *r->p;
	char next = r->p + 1 < r->end ? r->p[1] : '\0';

	if (c == '\n') {
		r->at.line++;
		r->p++;
	} else if (c == ' ' || c == '\t' || c == '\r') {
		r->p++;
	} else if (c == '#' || (c == '/' && (next == '/' || next == '*'))) {
		comment(r);
	} else if (c == '"' || c == '\'') {
		quoted(r);
	} else if (strchr("{}()=,", c) != NULL) {
		brace(r, c);
	} else if (c == '+' && next == '=') {
		sync_line(r);
		put(r->s, c);
		r->p++;
	} else if (at_include(r)) {
		include(r);
	} else if (is_bare(c)) {
		bare(r);
	} else {
		FAIL(r, "'%c' stands outside quotes: put the word in quotes"
		    SYNTAX_STOP, c);
	}
}

static bool
sane(struct reader *r)
{
	const char *nul = memchr(r->p, '\0', (size_t)(r->end - r->p));

	if (r->end - r->p >= 3 && memcmp(r->p, "\xef\xbb\xbf", 3) == 0) {
		FAIL(r, "begins with a byte order mark: save it as plain "
		    "UTF-8" SYNTAX_STOP);
		return false;
	}
	if (nul != NULL) {
		for (const char *q = r->p; q < nul; q++)
			r->at.line += *q == '\n';
		FAIL(r, "holds a NUL: not a text" SYNTAX_STOP);
		return false;
	}
	return true;
}

static void
read_text(struct reader *r)
{
	if (!sane(r))
		return;
	while (r->p < r->end && !r->s->stopped) {
		token(r);
		if (r->s->n > SCAN_TEXT_MAX)
			FAIL(r, "all files together are too large"
			    SYNTAX_STOP);
	}
	if (!r->s->stopped && r->nbraces > 0) {
		r->at = r->braces[r->nbraces - 1];
		FAIL(r, "'{' is never closed" SYNTAX_STOP);
	}
}

static int64_t
ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
check_mode(struct scan *s, struct conf_line at, const struct stat *st)
{
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		report_add(s->report, REPORT_ERROR, at,
		    "mode %04o: others may write it: chmod go-w",
		    st->st_mode & 07777);
	else if (st->st_mode & S_IROTH)
		report_add(s->report, REPORT_WARNING, at,
		    "mode %04o: everyone may read it: chmod o-r",
		    st->st_mode & 07777);
	if (st->st_uid != 0 && st->st_uid != geteuid())
		report_add(s->report, REPORT_ERROR, at,
		    "belongs to another user (uid %u): chown it to root",
		    (unsigned)st->st_uid);
}

/* Open, note the identity and read: what is read is what is noted. */
static bool
load(const char *path, struct scan_source *src, struct stat *st, char **p_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t n = 0;
	ssize_t k = -1;
	char *p = NULL;

	if (fd < 0 || fstat(fd, st) < 0)
		goto fail;
	errno = S_ISDIR(st->st_mode) ? EISDIR : EINVAL;
	if (!S_ISREG(st->st_mode))
		goto fail;
	errno = EFBIG;
	if (st->st_size > SCAN_FILE_MAX)
		goto fail;
	p = malloc((size_t)st->st_size + 1);
	if (p == NULL)
		goto fail;
	while (n <= (size_t)st->st_size && (k = read(fd, p + n,
	    (size_t)st->st_size + 1 - n)) > 0)
		n += (size_t)k;
	errno = k < 0 ? errno : EBUSY;
	if (n != (size_t)st->st_size)
		goto fail;
	close(fd);
	src->dev = st->st_dev;
	src->ino = st->st_ino;
	src->size = n;
	src->mtime_ns = ns(st->st_mtim);
	*p_r = p;
	return true;
fail:
	free(p);
	fd_close(&fd);
	return false;
}

static bool
in_itself(const struct scan *s, const struct reader *outer,
    const struct scan_source *src)
{
	for (; outer != NULL; outer = outer->outer) {
		const struct scan_source *o = &s->sources[outer->at.source];

		if (o->dev == src->dev && o->ino == src->ino)
			return true;
	}
	return false;
}

static void
fail_at(struct scan *s, struct conf_line at, const char *why,
    const char *path)
{
	report_add(s->report, REPORT_ERROR, at, "%s%s%s" SYNTAX_STOP,
	    path ? path : "", path ? ": " : "", why);
	s->stopped = true;
}

static void
read_path(struct scan *s, const struct reader *outer, struct conf_line at,
    const char *path, const char *shown)
{
	struct scan_source *src = &s->sources[s->nsources];
	struct stat st;
	char *text;
	const char *name = outer ? path : NULL;

	if (s->nsources == SCAN_SOURCES) {
		fail_at(s, at, "too many files are included", name);
		return;
	}
	*src = (struct scan_source){ path, shown, 0, 0, 0, 0 };
	if (!load(path, src, &st, &text)) {
		s->nsources += outer == NULL;
		fail_at(s, at, errno == EFBIG ? "larger than 16 MB" :
		    strerror(errno), name);
		return;
	}
	if (in_itself(s, outer, src)) {
		fail_at(s, at, "includes itself", name);
	} else {
		struct reader r = { .s = s, .outer = outer, .p = text,
		    .end = text + st.st_size,
		    .at = { s->nsources++, 1 },
		    .depth = outer ? outer->depth + 1 : 0 };

		check_mode(s, (struct conf_line){ r.at.source, 0 }, &st);
		read_text(&r);
	}
	free(text);
}

void
scan_file(struct scan *s, const char *path, const char *shown)
{
	read_path(s, NULL, (struct conf_line){ 0, 0 }, path, shown);
}

void
scan_text(struct scan *s, const char *shown, struct str text)
{
	struct reader r = { .s = s, .p = text.p, .end = text.p + text.n,
	    .at = { s->nsources, 1 } };

	s->sources[s->nsources++] = (struct scan_source){ shown, shown,
	    0, 0, text.n, 0 };
	read_text(&r);
}

void
scan_fini(struct scan *s)
{
	free(s->text);
	free(s->lines);
	s->text = NULL;
	s->lines = NULL;
}

struct conf_line
scan_line(const struct scan *s, unsigned n)
{
	static const struct conf_line top = { 0, 1 };

	if (n == 0 || s->nlines == 0)
		return top;
	return s->lines[n <= s->nlines ? n - 1 : s->nlines - 1];
}
