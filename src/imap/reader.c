#include <assert.h>

#include "err.h"
#include "reader.h"

enum {
	DIGITS_MAX = 20,
};

enum reader_state {
	RS_LINE,		/* at a command's begin or behind a literal */
	RS_ANNOUNCED,		/* the caller decides on a literal */
	RS_COLLECT,
	RS_STREAM,		/* the caller took the octets */
	RS_DRAIN,		/* a refused literal's octets */
	RS_SKIP,		/* the rest of a refused or bad command */
	RS_DONE,		/* an event was given, reset is due */
};

void
imap_reader_init(struct imap_reader *r, struct arena *a)
{
	*r = (struct imap_reader){ .arena = a };
	imap_reader_reset(r);
}

void
imap_reader_reset(struct imap_reader *r)
{
	struct imap_reader keep = *r;

	*r = (struct imap_reader){
		.arena = keep.arena, .max_line = keep.max_line,
		.utf8 = keep.utf8, .scanned = keep.scanned,
	};
}

bool
imap_reader_partial(const struct imap_reader *r, struct str in)
{
	return in.n > 0 || (r->state != RS_LINE && r->state != RS_DONE) ||
	    r->tag_read;
}

/* ---- lines --------------------------------------------------------------- */

enum line_scan { LINE_NEED, LINE_WHOLE, LINE_OCTET };

/*
 * The first CRLF from *scanned on, which is kept between calls.  OCTET: whole,
 * but with NUL, a bare CR or a bare LF in it.
 */
static enum line_scan
scan_line(struct str in, size_t *scanned, size_t *n_r)
{
	const char *lf;
	size_t from = *scanned;

	while ((lf = from < in.n ? memchr(in.p + from, '\n', in.n - from) :
	    NULL) != NULL) {
		size_t at = (size_t)(lf - in.p);

		if (at > 0 && in.p[at - 1] == '\r') {
			struct str line = { in.p, at - 1 };

			*scanned = 0;
			*n_r = at - 1;
			return line.n > 0 && (memchr(line.p, '\n', line.n) ||
			    memchr(line.p, '\r', line.n) ||
			    memchr(line.p, '\0', line.n)) ? LINE_OCTET :
			    LINE_WHOLE;
		}
		from = at + 1;
	}
	*scanned = in.n;
	return LINE_NEED;
}

int
imap_line(struct str in, size_t max, struct str *line_r, size_t *used_r)
{
	size_t n, scanned = 0;

	*used_r = 0;
	switch (scan_line(in, &scanned, &n)) {
	case LINE_NEED:
		return in.n > max ? ERR_LIMIT : 0;
	case LINE_OCTET:
		*used_r = n + 2;
		return ERR_SYNTAX;
	case LINE_WHOLE:
		break;
	}
	if (n > max)
		return ERR_LIMIT;
	*line_r = (struct str){ in.p, n };
	*used_r = n + 2;
	return 1;
}

/* ---- octets -------------------------------------------------------------- */

/* ATOM-CHAR, ']' and the list wildcards: what may stand in an argument. */
static bool
is_atom(char c)
{
	return c > ' ' && c < 0x7f && c != '(' && c != ')' && c != '{' &&
	    c != '"' && c != '\\';
}

/* tag = 1*<any ASTRING-CHAR except "+"> */
static bool
is_tag(char c)
{
	return is_atom(c) && c != '+' && c != '%' && c != '*';
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    ascii_digit(c) || c == '-' || c == '_' || c == '.';
}

static struct str
take(struct str *s, bool (*is)(char))
{
	struct str t = { s->p, 0 };

	while (t.n < s->n && is(s->p[t.n]))
		t.n++;
	s->p += t.n;
	s->n -= t.n;
	return t;
}

static bool
take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

/*
 * "{" digits ["+"] "}" at the end of s: where it begins, or s.n when there is
 * none.  Sizes past 63 bits become UINT64_MAX.
 */
static size_t
literal_at_end(struct str s, uint64_t *size_r, bool *sync_r)
{
	const char *open = s.n ? memrchr(s.p, '{', s.n) : NULL;
	struct str digits;

	if (open == NULL || s.p[s.n - 1] != '}')
		return s.n;
	digits = (struct str){ open + 1, (size_t)(s.p + s.n - 2 - open) };
	*sync_r = !(digits.n > 0 && digits.p[digits.n - 1] == '+');
	if (!*sync_r)
		digits.n--;
	if (digits.n == 0)
		return s.n;
	for (size_t i = 0; i < digits.n; i++)
		if (!ascii_digit(digits.p[i]))
			return s.n;
	/*
	 * 20 digits hold every 64-bit number; more are not a size, yet their
	 * octets are on the way when nobody needs to ask for them.
	 */
	if (digits.n > DIGITS_MAX && *sync_r)
		return s.n;
	if (digits.n > DIGITS_MAX || !str_u64(digits, INT64_MAX, size_r))
		*size_r = UINT64_MAX;
	return (size_t)(open - s.p);
}

/* ---- arguments ----------------------------------------------------------- */

static struct imap_arg *
add(struct imap_reader *r, enum imap_arg_kind kind, struct str s)
{
	struct imap_arg *a = arena_alloc(r->arena, sizeof *a);

	a->kind = (uint8_t)kind;
	a->s = s.p ? arena_dup(r->arena, s) : s;
	*r->tail = a;
	r->tail = &a->next;
	r->elements++;
	r->after_value = true;
	return a;
}

static const char *
open_list(struct imap_reader *r, enum imap_arg_kind kind, struct str name)
{
	struct imap_arg *a;

	if (r->depth == IMAP_DEPTH_MAX)
		return "lists nest too deeply";
	if (r->stack == NULL)
		r->stack = arena_alloc(r->arena,
		    IMAP_DEPTH_MAX * sizeof *r->stack);
	a = add(r, kind, name);
	r->stack[r->depth++] = a;
	r->tail = &a->list;
	r->after_value = false;
	return NULL;
}

/* "<" number "." nz-number ">" behind a section, or nothing. */
static const char *
partial(struct imap_reader *r, struct str *s, struct imap_arg *a)
{
	struct str head, from, count;

	if (!take_char(s, '<'))
		return NULL;
	if (!str_cut(s, '>', &head))
		return "a partial is not closed";
	count = head;
	if (!str_cut(&count, '.', &from) || !imap_is_number(from, 0) ||
	    !imap_is_number(count, 1))
		return "a partial that is no range";
	a->partial = arena_dup(r->arena, head);
	return NULL;
}

static const char *
close_list(struct imap_reader *r, struct str *s, enum imap_arg_kind kind)
{
	struct imap_arg *a;

	if (r->depth == 0 || r->stack[r->depth - 1]->kind != kind)
		return "a bracket closes nothing";
	a = r->stack[--r->depth];
	if (!r->after_value && a->list != NULL)
		return "a blank before a closing bracket";
	r->tail = &a->next;
	r->after_value = true;
	return kind == IMAP_ARG_SECTION ? partial(r, s, a) : NULL;
}

/* Octets up to the closing quote, SIZE_MAX when there is none. */
static size_t
quoted_len(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i;
	return SIZE_MAX;
}

static bool
has_8bit(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return true;
	return false;
}

static const char *
quoted(struct imap_reader *r, struct str *s)
{
	size_t len = quoted_len(*s), n = 0;
	char *out;

	if (len == SIZE_MAX)
		return "a quoted string is not closed";
	/* size: what is unescaped is at most len octets */
	out = arena_alloc(r->arena, len + 1);
	for (size_t i = 0; i < len; i++) {
		if (s->p[i] == '\\' && s->p[++i] != '"' && s->p[i] != '\\')
			return "a quoted string escapes what it may not";
		out[n++] = s->p[i];
	}
	s->p += len + 1;
	s->n -= len + 1;
	if (has_8bit((struct str){ out, n }) && (!r->utf8 ||
	    !str_utf8((struct str){ out, n })))
		return "8-bit octets in a quoted string";
	add(r, IMAP_ARG_QUOTED, STR_NULL)->s = (struct str){ out, n };
	return NULL;
}

/* Names that a section follows, where other atoms may hold '['. */
static bool
begins_section(struct str s)
{
	static const char names[][16] = { "BODY[", "BODY.PEEK[", "BINARY[",
	    "BINARY.PEEK[", "BINARY.SIZE[" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_istarts(s, str_c(names[i])))
			return true;
	return false;
}

/*
 * May FETCH items stand here? Elsewhere '[' is an octet like others.  NOTIFY
 * (RFC 5465) and the searches' UPDATE (RFC 5267) have them in inner lists.
 */
static bool
items_here(const struct imap_reader *r)
{
	uint16_t flags = imap_commands[r->cmd.row].flags;

	return (flags & IMAP_CMD_FETCH) ||
	    ((flags & IMAP_CMD_UPDATES) && r->depth >= 2);
}

static bool
is_section_atom(char c)
{
	return is_atom(c) && c != ']' && c != '[';
}

static const char *
atom(struct imap_reader *r, struct str *s)
{
	bool in_section = r->depth > 0 &&
	    r->stack[r->depth - 1]->kind == IMAP_ARG_SECTION;
	struct str begin = *s, t;

	if (!in_section && items_here(r) && begins_section(*s)) {
		t = take(s, is_section_atom);
		take_char(s, '[');
		return open_list(r, IMAP_ARG_SECTION, t);
	}
	take_char(s, '\\');	/* a flag */
	t = take(s, in_section ? is_section_atom : is_atom);
	if (t.n == 0)
		return "an octet that no argument begins with";
	t.n += (size_t)(t.p - begin.p);
	t.p = begin.p;
	add(r, IMAP_ARG_ATOM, t);
	return NULL;
}

/* One value or bracket at the front of s. */
static const char *
value(struct imap_reader *r, struct str *s)
{
	if (take_char(s, '('))
		return r->after_value ? "a blank is missing" :
		    open_list(r, IMAP_ARG_LIST, STR_NULL);
	if (take_char(s, ')'))
		return close_list(r, s, IMAP_ARG_LIST);
	if (r->depth > 0 && r->stack[r->depth - 1]->kind == IMAP_ARG_SECTION &&
	    take_char(s, ']'))
		return close_list(r, s, IMAP_ARG_SECTION);
	if (r->after_value)
		return "a blank is missing";
	if (take_char(s, '"'))
		return quoted(r, s);
	return atom(r, s);
}

static const char *
arguments(struct imap_reader *r, struct str s)
{
	const char *why;

	while (s.n > 0) {
		if (r->after_value && take_char(&s, ' ')) {
			if (s.n == 0 && r->depth == 0) {
				r->trailing = true;
				return NULL;
			}
			r->after_value = false;
			continue;
		}
		if (r->elements >= IMAP_ELEMENTS_MAX && s.p[0] != ')' &&
		    s.p[0] != ']')
			return "too many arguments";
		why = value(r, &s);
		if (why != NULL)
			return why;
	}
	return NULL;
}

/* ---- a command ----------------------------------------------------------- */

static const char *
word(struct imap_reader *r, struct str *s, struct str *word_r)
{
	*word_r = take(s, is_word);
	if (word_r->n == 0 || word_r->n > IMAP_WORD_MAX)
		return "no command word";
	if (s->n > 0 && s->p[0] != ' ')
		return "an octet that no command word has";
	*word_r = arena_dup(r->arena, *word_r);
	return NULL;
}

/* Tag and command word; what follows is left in s. */
static const char *
begin(struct imap_reader *r, struct str *s)
{
	struct imap_command *c = &r->cmd;
	struct str tag = take(s, is_tag);
	const char *why;

	if (tag.n == 0 || tag.n > IMAP_TAG_MAX || !take_char(s, ' '))
		return "an invalid tag";
	c->tag = arena_dup(r->arena, tag);
	r->tag_read = true;
	r->tail = &c->args;
	why = word(r, s, &c->word);
	if (why == NULL && str_ieq(c->word, STR("UID")) &&
	    take_char(s, ' ')) {
		c->uid = true;
		why = word(r, s, &c->word);
	}
	else if (why == NULL && str_ieq(c->word, STR("UID")))
		why = "UID without a command";
	c->row = why ? IMAP_UNKNOWN : imap_command_find(c->word, c->uid);
	r->after_value = true;
	return why;
}

/* May a literal stand where the line ends? */
static const char *
literal_place(struct imap_reader *r)
{
	struct imap_arg it = {
		.kind = r->literal8 ? IMAP_ARG_LITERAL8 : IMAP_ARG_LITERAL,
		.s = STR("x"),
	};
	const char *why;

	if (!r->tag_read)
		return "an invalid tag";
	if (r->after_value)
		return "a literal where none may be";
	if (r->elements >= IMAP_ELEMENTS_MAX)
		return "too many arguments";
	if (r->depth > 0 && r->stack[r->depth - 1]->kind == IMAP_ARG_SECTION)
		return "a literal in a section";
	/* nothing is asked for that could not be used */
	*r->tail = &it;
	why = imap_args_begin(&r->cmd);
	*r->tail = NULL;
	return why;
}

static enum imap_event
fatal(struct imap_reader *r, const char *why, bool too_big)
{
	r->state = RS_DONE;
	r->why = why;
	r->too_big = too_big;
	return IMAP_EV_FATAL;
}

/* Not a command; a literal that its line announces is part of it. */
static enum imap_event
bad(struct imap_reader *r, const char *why, struct str line)
{
	uint64_t size = 0;
	bool sync = true;

	if (!r->bad)
		r->why = why;
	r->bad = true;
	if (literal_at_end(line, &size, &sync) < line.n && !sync) {
		if (size > IMAP_NONSYNC_MAX)
			return fatal(r, "a non-synchronising literal over "
			    "4096 octets", true);
		r->left = size;
		r->state = RS_DRAIN;
		return IMAP_EV_NEED;
	}
	r->state = RS_DONE;
	return IMAP_EV_BAD;
}

static enum imap_event
announced(struct imap_reader *r)
{
	if (!r->sync && r->literal > IMAP_NONSYNC_MAX)
		return fatal(r, "a non-synchronising literal over 4096 octets",
		    true);
	r->state = RS_ANNOUNCED;
	return IMAP_EV_LITERAL;
}

static enum imap_event
complete(struct imap_reader *r, struct str line)
{
	const char *why = NULL;

	if (r->depth > 0)
		why = "a bracket is not closed";
	else if (!r->after_value && !r->trailing)
		why = "an argument is missing";
	else if (r->cmd.row != IMAP_UNKNOWN)
		why = imap_args_check(&r->cmd);
	else if (r->cmd.uid)
		why = "no such UID command";
	if (why != NULL)
		return bad(r, why, line);
	r->state = RS_DONE;
	return IMAP_EV_COMMAND;
}

static enum imap_event
segment(struct imap_reader *r, struct str line)
{
	struct str s = line;
	size_t at = literal_at_end(line, &r->literal, &r->sync);
	bool literal = at < line.n;
	const char *why = NULL;

	s.n = at;
	r->literal8 = literal && s.n > 0 && s.p[s.n - 1] == '~';
	s.n -= r->literal8;
	if (!r->tag_read)
		why = line.n == 0 ? "an empty line" : begin(r, &s);
	if (why == NULL)
		why = arguments(r, s);
	if (why == NULL && literal) {
		/* "... {5}": the blank before it opened the place */
		if (r->trailing)
			r->after_value = r->trailing = false;
		why = literal_place(r);
	}
	if (why != NULL)
		return bad(r, why, line);
	return literal ? announced(r) : complete(r, line);
}

/*
 * NUL, a bare CR or a bare LF.  Behind a bare LF within quotes nobody knows
 * what is a command and what is text.
 */
static enum imap_event
stray_octet(struct imap_reader *r, struct str line)
{
	struct str s = line, tag = take(&s, is_tag);

	if (memchr(line.p, '\n', line.n) && memchr(line.p, '"', line.n))
		return fatal(r, "a bare LF in a line with quotes", false);
	if (!r->tag_read && tag.n > 0 && tag.n <= IMAP_TAG_MAX &&
	    take_char(&s, ' ')) {
		r->cmd.tag = arena_dup(r->arena, tag);
		r->tag_read = true;
	}
	return bad(r, "NUL, a bare CR or a bare LF", line);
}

/* The rest of a line that is no command, or of a refused one. */
static enum imap_event
skipped(struct imap_reader *r, bool stray, struct str line)
{
	enum imap_event e = stray ? stray_octet(r, line) :
	    bad(r, r->why, line);

	/* a refused command was answered when it was refused */
	if (e == IMAP_EV_BAD && r->why == NULL) {
		imap_reader_reset(r);
		return IMAP_EV_NEED;
	}
	return e;
}

static enum imap_event
line_event(struct imap_reader *r, struct str in, size_t *used_r)
{
	size_t n;
	enum line_scan scan = scan_line(in, &r->scanned, &n);
	struct str line;

	if (scan == LINE_NEED)
		return r->line_used + in.n >= r->max_line ?
		    fatal(r, "a command line that is too long", false) :
		    IMAP_EV_NEED;
	*used_r += n + 2;
	r->line_used += n + 2;
	line = (struct str){ in.p, n };
	if (r->line_used > r->max_line)
		return fatal(r, "a command line that is too long", false);
	if (r->state == RS_SKIP)
		return skipped(r, scan == LINE_OCTET, line);
	return scan == LINE_OCTET ? stray_octet(r, line) : segment(r, line);
}

static size_t
least(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

static void
collect(struct imap_reader *r, struct str *in, size_t *used_r)
{
	size_t n = least(r->left, in->n);

	if (n > 0 && r->state == RS_COLLECT)
		memcpy((char *)r->node->s.p + r->node->s.n - r->left, in->p,
		    n);
	in->p += n;
	in->n -= n;
	*used_r += n;
	r->left -= n;
}

/* All octets of a literal are here. */
static void
collected(struct imap_reader *r)
{
	bool drained = r->state == RS_DRAIN;

	r->state = drained ? RS_SKIP : RS_LINE;
	if (drained || r->literal8 || r->node->s.n == 0 ||
	    memchr(r->node->s.p, '\0', r->node->s.n) == NULL)
		return;
	r->state = RS_SKIP;
	r->bad = true;
	r->why = "NUL in a literal that is no literal8";
}

enum imap_event
imap_reader_feed(struct imap_reader *r, struct str in, size_t *used_r)
{
	*used_r = 0;
	assert(r->state != RS_ANNOUNCED && r->state != RS_DONE);
	for (;;) {
		enum imap_event e;
		size_t took = 0;

		if (r->state == RS_COLLECT || r->state == RS_DRAIN) {
			collect(r, &in, used_r);
			if (r->left > 0)
				return IMAP_EV_NEED;
			collected(r);
		} else if (r->state == RS_STREAM) {
			r->state = RS_LINE;
		}
		e = line_event(r, in, &took);
		in.p += took;
		in.n -= took;
		*used_r += took;
		/* octets used without an event: a drain began or ended */
		if (e != IMAP_EV_NEED || took == 0)
			return e;
	}
}

void
imap_reader_answer(struct imap_reader *r, enum imap_answer answer)
{
	enum imap_arg_kind kind = r->literal8 ? IMAP_ARG_LITERAL8 :
	    IMAP_ARG_LITERAL;

	assert(r->state == RS_ANNOUNCED);
	switch (answer) {
	case IMAP_COLLECT:
		r->node = add(r, kind, STR_NULL);
		r->node->s = (struct str){
			arena_alloc(r->arena, (size_t)r->literal + 1),
			(size_t)r->literal,
		};
		r->left = r->literal;
		r->state = RS_COLLECT;
		break;
	case IMAP_STREAM:
		r->node = add(r, kind, STR_NULL);
		r->node->size = r->literal;
		r->state = RS_STREAM;
		break;
	case IMAP_REFUSE:
		if (r->sync) {
			imap_reader_reset(r);
			break;
		}
		r->bad = true;
		r->why = NULL;
		r->left = r->literal;
		r->state = RS_DRAIN;
		break;
	}
}
