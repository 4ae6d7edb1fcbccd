#include <string.h>

#include "arg.h"
#include "fetch.h"
#include "response.h"

enum response_state {
	PS_LINE,		/* at the begin of a line */
	PS_DATA,		/* inside a data line */
	PS_SKIP,		/* the rest of a line whose code was too long */
	PS_FAILED,
};

enum {
	PASS = IMAP_DATA_PASS, NONAUTH = IMAP_DATA_NONAUTH,
	NUMBER = IMAP_DATA_NUMBER, NUMBERS = IMAP_DATA_NUMBERS,
	BARE = IMAP_DATA_BARE, NONZERO = IMAP_DATA_NONZERO,
};

/* What a FETCH item's value must be. */
enum item_kind { ITEM_ANY, ITEM_UID, ITEM_SIZE, ITEM_MODSEQ, ITEM_STRING };

const struct imap_data_info imap_data_table[IMAP_DATA_ROWS] = {
#define ROW(id, name, flags) [IMAP_DATA_##id] = { name, flags },
	IMAP_DATA(ROW)
#undef ROW
};

/* What stands behind a code's name. */
enum args_kind {
	ARGS_NONE,
	ARGS_NUMBER,
	ARGS_SET,
	ARGS_APPENDUID,		/* number, set */
	ARGS_COPYUID,		/* number, two sets */
	ARGS_ANY,		/* atoms, quoted strings, lists; or nothing */
};

static const struct {
	char name[21];
	uint8_t code, args;
} codes[] = {
	{ "CAPABILITY", IMAP_CODE_CAPABILITY, ARGS_ANY },
	/* its tag is ours, not the client's: RFC 9585 lets it be left out */
	{ "INPROGRESS", IMAP_CODE_BARE, ARGS_ANY },
#define PASS_ROW(name, args) { name, IMAP_CODE_PASS, ARGS_##args }
	PASS_ROW("ALERT", NONE), PASS_ROW("ALREADYEXISTS", NONE),
	PASS_ROW("APPENDUID", APPENDUID),
	PASS_ROW("AUTHENTICATIONFAILED", NONE),
	PASS_ROW("AUTHORIZATIONFAILED", NONE),
	PASS_ROW("BADCHARSET", ANY), PASS_ROW("CANNOT", NONE),
	PASS_ROW("CLIENTBUG", NONE), PASS_ROW("CLOSED", NONE),
	PASS_ROW("CONTACTADMIN", NONE), PASS_ROW("COPYUID", COPYUID),
	PASS_ROW("CORRUPTION", NONE), PASS_ROW("EXPIRED", NONE),
	PASS_ROW("EXPUNGEISSUED", NONE), PASS_ROW("HASCHILDREN", NONE),
	PASS_ROW("HIGHESTMODSEQ", NUMBER), PASS_ROW("INUSE", NONE),
	PASS_ROW("LIMIT", NONE), PASS_ROW("MAILBOXID", ANY),
	PASS_ROW("MESSAGELIMIT", ANY), PASS_ROW("MODIFIED", SET),
	PASS_ROW("NOMODSEQ", NONE), PASS_ROW("NONEXISTENT", NONE),
	PASS_ROW("NOPERM", NONE), PASS_ROW("NOTSAVED", NONE),
	PASS_ROW("NOUPDATE", ANY), PASS_ROW("OVERQUOTA", NONE),
	PASS_ROW("PARSE", NONE), PASS_ROW("PERMANENTFLAGS", ANY),
	PASS_ROW("PRIVACYREQUIRED", NONE), PASS_ROW("READ-ONLY", NONE),
	PASS_ROW("READ-WRITE", NONE), PASS_ROW("SAVELIMIT", ANY),
	PASS_ROW("SERVERBUG", NONE), PASS_ROW("THROTTLED", NONE),
	PASS_ROW("TOOBIG", ANY), PASS_ROW("TRYCREATE", NONE),
	PASS_ROW("UIDNEXT", NUMBER), PASS_ROW("UIDNOTSTICKY", NONE),
	PASS_ROW("UIDVALIDITY", NUMBER), PASS_ROW("UNAVAILABLE", NONE),
	PASS_ROW("UNKNOWN-CTE", NONE), PASS_ROW("UNSEEN", NUMBER),
	PASS_ROW("USEATTR", NONE),
#undef PASS_ROW
};

enum { CODES = sizeof codes / sizeof *codes };

static size_t
find_code(struct str name)
{
	size_t i = 0;

	while (i < CODES && !str_ieq(name, str_c(codes[i].name)))
		i++;
	return i;
}

enum imap_code
imap_code_find(struct str name)
{
	size_t i = find_code(name);

	return i < CODES ? (enum imap_code)codes[i].code : IMAP_CODE_UNKNOWN;
}

/* A number without leading zeros. */
static bool
number(struct str s, uint64_t least, uint64_t most)
{
	uint64_t v;

	return str_u64(s, most, &v) && v >= least &&
	    (s.n == 1 || s.p[0] != '0');
}

/* One atom or quoted string at the front of *s. */
static bool
take_word(struct str *s)
{
	size_t i = 0;

	if (s->p[0] == '"') {
		for (i = 1; i < s->n && s->p[i] != '"'; i++) {
			if (s->p[i] == '\\')
				i++;
			if (i >= s->n || s->p[i] < ' ' || s->p[i] == 0x7f)
				return false;
		}
		if (i++ >= s->n)
			return false;
	} else {
		while (i < s->n && s->p[i] > ' ' && s->p[i] < 0x7f &&
		    strchr("()[]{}\"", s->p[i]) == NULL)
			i++;
	}
	s->p += i;
	s->n -= i;
	return i > 0;
}

/* Words and lists with single blanks between them. */
static bool
is_words(struct str s)
{
	unsigned depth = 0;
	bool after = true;	/* a blank or ')' may follow */

	if (s.n == 0)
		return true;
	after = false;
	while (s.n > 0) {
		char c = s.p[0];

		if (c == ' ' ? !after : c == ')' ? depth == 0 : after)
			return false;
		if (c != ' ' && c != ')' && c != '(') {
			if (!take_word(&s))
				return false;
			after = true;
			continue;
		}
		depth += c == '(';
		depth -= c == ')';
		after = c == ')';
		s.p++;
		s.n--;
	}
	return after && depth == 0;
}

static bool
is_uids(struct str s, unsigned sets)
{
	struct str v;

	str_cut(&s, ' ', &v);
	if (!number(v, 1, UINT32_MAX))
		return false;
	for (; sets > 0; sets--) {
		str_cut(&s, ' ', &v);
		if (!imap_is_sequence(v) || memchr(v.p, '*', v.n) != NULL)
			return false;
	}
	return s.n == 0;
}

bool
imap_code_fits(struct str name, struct str args)
{
	size_t i = find_code(name);

	if (i == CODES)
		return false;
	switch ((enum args_kind)codes[i].args) {
	case ARGS_NONE: return args.n == 0;
	case ARGS_NUMBER: return number(args, 0, INT64_MAX);
	case ARGS_SET: return imap_is_sequence(args);
	case ARGS_APPENDUID: return is_uids(args, 1);
	case ARGS_COPYUID: return is_uids(args, 2);
	case ARGS_ANY: return is_words(args);
	}
	return false;
}

/* ---- text ---------------------------------------------------------------- */

/* U+061C, 200E, 200F, 202A to 202E, 2066 to 2069: they turn text about. */
static bool
is_bidi(struct str s)
{
	unsigned char c;

	if (s.n >= 2 && s.p[0] == '\xd8' && s.p[1] == '\x9c')
		return true;
	if (s.n < 3 || s.p[0] != '\xe2')
		return false;
	c = (unsigned char)s.p[2];
	return s.p[1] == '\x80' ? c == 0x8e || c == 0x8f ||
	    (c >= 0xaa && c <= 0xae) : s.p[1] == '\x81' && c >= 0xa6 &&
	    c <= 0xa9;
}

/* Octets of the character at the front of valid UTF-8. */
static size_t
char_len(char c)
{
	unsigned char u = (unsigned char)c;

	return u < 0xc0 ? 1 : u < 0xe0 ? 2 : u < 0xf0 ? 3 : 4;
}

size_t
imap_text_clean(char *out, struct str text, bool utf8)
{
	size_t n = 0;

	utf8 = utf8 && str_utf8(text);
	while (text.n > 0) {
		size_t len = utf8 ? char_len(text.p[0]) : 1;
		bool ok = len > 1 ? !is_bidi(text) :
		    text.p[0] >= ' ' && text.p[0] < 0x7f;

		if (n + len > IMAP_TEXT_MAX)
			break;
		/* what begins with '[' would be read as a code */
		if (!ok || (n == 0 && text.p[0] == '['))
			out[n++] = '?';
		else
			for (size_t i = 0; i < len; i++)
				out[n++] = text.p[i];
		text.p += len;
		text.n -= len;
	}
	return n;
}

/* ---- reading ------------------------------------------------------------- */

void
imap_response_init(struct imap_response *r)
{
	*r = (struct imap_response){ .state = PS_LINE };
}

bool
imap_response_partial(const struct imap_response *r)
{
	return r->state == PS_DATA || r->state == PS_SKIP;
}

static enum imap_resp_event
fail(struct imap_response *r, const char *why)
{
	r->state = PS_FAILED;
	r->why = why;
	return IMAP_RESP_ERROR;
}

/* ---- whole lines --------------------------------------------------------- */

enum {
	TOO_LONG = -2,
};

/*
 * > 0 the length of the line without CRLF, plus 1; 0 need more; -1 bad;
 * TOO_LONG: no end within IMAP_STATUS_MAX octets.
 */
static int64_t
whole_line(struct imap_response *r, struct str in)
{
	const char *lf = in.n > r->scanned ? memchr(in.p + r->scanned, '\n',
	    in.n - r->scanned) : NULL;
	size_t n;

	if (lf == NULL) {
		r->scanned = in.n;
		return in.n > IMAP_STATUS_MAX ? TOO_LONG : 0;
	}
	r->scanned = 0;
	n = (size_t)(lf - in.p);
	if (n > IMAP_STATUS_MAX)
		return TOO_LONG;
	if (n == 0 || in.p[n - 1] != '\r' ||
	    memchr(in.p, '\0', n) || memchr(in.p, '\r', n - 1))
		return -1;
	return (int64_t)n;
}

static struct str
word(struct str *s)
{
	struct str w;

	str_cut(s, ' ', &w);
	return w;
}

/*
 * "[" code [SP args] "]" at the front of s.  A ']' in quotes does not end it.
 * false when it does not end; text then keeps everything.
 */
static bool
take_code(struct imap_response *r, struct str *s)
{
	bool quoted = false;
	size_t i;

	for (i = 1; i < s->n; i++) {
		char c = s->p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (c == ']' && !quoted)
			break;
	}
	if (i >= s->n)
		return false;
	r->code_args = (struct str){ s->p + 1, i - 1 };
	r->code = word(&r->code_args);
	s->p += i + 1;
	s->n -= i + 1;
	if (s->n > 0 && s->p[0] == ' ') {
		s->p++;
		s->n--;
	}
	return true;
}

static bool
find_status(struct str w, enum imap_status *status_r)
{
	static const char names[][8] = { "OK", "NO", "BAD", "BYE", "PREAUTH" };

	for (size_t i = 0; i < 5; i++)
		if (str_ieq(w, str_c(names[i]))) {
			*status_r = (enum imap_status)i;
			return true;
		}
	return false;
}

static enum imap_resp_event
status_line(struct imap_response *r, struct str rest, struct str tag)
{
	r->tag = tag;
	r->code = r->code_args = STR_NULL;
	r->cut = false;
	if (rest.n > 0 && rest.p[0] == '[')
		take_code(r, &rest);
	r->text = rest;
	return IMAP_RESP_STATUS;
}

/*
 * A status line that is too long because of its code, as COPYUID of a large
 * scattered set is: the status counts, code and text are skipped.
 */
static enum imap_resp_event
cut_line(struct imap_response *r, struct str in, size_t *used_r)
{
	struct str line = { in.p, IMAP_STATUS_MAX }, tag, w;

	tag = word(&line);
	w = word(&line);
	if (tag.n == 0 || tag.p[0] == '+' || !find_status(w, &r->status) ||
	    line.n == 0 || line.p[0] != '[')
		return fail(r, "a line that is too long");
	if (tag.n == 1 && tag.p[0] == '*')
		tag.n = 0;
	else if (r->status > IMAP_ST_BAD)
		return fail(r, "neither a tagged status nor data");
	*used_r = (size_t)(line.p - in.p);
	r->scanned = 0;
	r->tag = tag;
	r->code = r->code_args = STR_NULL;
	r->text = STR("");
	r->cut = true;
	r->state = PS_SKIP;
	return IMAP_RESP_STATUS;
}

static enum imap_resp_event
tagged_line(struct imap_response *r, struct str line)
{
	struct str tag = word(&line), w = word(&line);

	if (tag.n == 0 || !find_status(w, &r->status) ||
	    r->status > IMAP_ST_BAD)
		return fail(r, "neither a tagged status nor data");
	return status_line(r, line, tag);
}

/* ---- the begin of a line ------------------------------------------------- */

static bool
is_atom(char c)
{
	return c > ' ' && c < 0x7f && c != '(' && c != ')' && c != '{' &&
	    c != '"';
}

static enum imap_data
find_data(struct str name, bool number)
{
	for (unsigned i = 1; i < IMAP_DATA_ROWS; i++)
		if (str_ieq(name, str_c(imap_data_table[i].name)) &&
		    number == !!(imap_data_table[i].flags & NUMBER))
			return (enum imap_data)i;
	return IMAP_DATA_UNKNOWN;
}

/* The atom at *at and what ends it; 0 when the end is not there yet. */
static int
next_atom(struct str in, size_t *at, struct str *atom_r)
{
	size_t i = *at;

	while (i < in.n && is_atom(in.p[i]))
		i++;
	if (i - *at > IMAP_TOKEN_MAX)
		return -1;
	if (i == in.n)
		return 0;
	if (i == *at)
		return -1;
	*atom_r = (struct str){ in.p + *at, i - *at };
	*at = i;
	return 1;
}

static enum imap_resp_event
begin_data(struct imap_response *r, struct str name)
{
	uint8_t flags;

	r->row = find_data(name, r->has_number);
	r->name = name;
	flags = imap_data_table[r->row].flags;
	if ((flags & NONZERO) && r->number == 0)
		return fail(r, "a message number 0");
	r->state = PS_DATA;
	r->depth = 0;
	r->after_value = true;
	r->fetch = r->row == IMAP_DATA_FETCH;
	r->closed = false;
	r->name_next = false;
	r->item = ITEM_ANY;
	return IMAP_RESP_BEGIN;
}

/* "* ": a status, or data with or without a number. */
static enum imap_resp_event
untagged(struct imap_response *r, struct str in, size_t *used_r)
{
	size_t at = 2;
	struct str name;
	int64_t n;
	int rc;

	/* DavMail's second blank before a number */
	if (in.n > 2 && in.p[2] == ' ')
		at++;
	rc = next_atom(in, &at, &name);
	if (rc <= 0)
		return rc < 0 ? fail(r, "no name of a response") :
		    IMAP_RESP_NEED;
	if (find_status(name, &r->status)) {
		n = whole_line(r, in);
		if (n == TOO_LONG)
			return cut_line(r, in, used_r);
		if (n <= 0)
			return n < 0 ? fail(r, "a status line that is no line")
			    : IMAP_RESP_NEED;
		*used_r = (size_t)n + 1;

		struct str rest = { in.p + at, (size_t)n - 1 - at };

		if (rest.n > 0 && word(&rest).n > 0)
			return fail(r, "no blank behind a status");
		return status_line(r, rest, (struct str){ in.p, 0 });
	}
	r->has_number = ascii_digit(name.p[0]);
	if (r->has_number) {
		if (!number(name, 0, UINT32_MAX))
			return fail(r, "a message number out of range");
		str_u64(name, UINT32_MAX, &r->number);
		if (in.p[at] != ' ')
			return fail(r, "no name behind a number");
		at++;
		rc = next_atom(in, &at, &name);
		if (rc <= 0)
			return rc < 0 ? fail(r, "no name behind a number") :
			    IMAP_RESP_NEED;
	}
	*used_r = at;
	return begin_data(r, name);
}

static enum imap_resp_event
begin_line(struct imap_response *r, struct str in, size_t *used_r)
{
	int64_t n;
	struct str line;

	if (in.n < 2)
		return IMAP_RESP_NEED;
	if (in.p[0] == '*' && in.p[1] == ' ')
		return untagged(r, in, used_r);
	n = whole_line(r, in);
	if (n == TOO_LONG)
		return cut_line(r, in, used_r);
	if (n <= 0)
		return n < 0 ? fail(r, "a line that is no line") :
		    IMAP_RESP_NEED;
	*used_r = (size_t)n + 1;
	line = (struct str){ in.p, (size_t)n - 1 };
	if (line.p[0] == '*')
		return fail(r, "no blank behind '*'");
	if (line.p[0] != '+')
		return tagged_line(r, line);
	line.p++;
	line.n--;
	if (line.n > 0 && *line.p != ' ')
		return fail(r, "no blank behind '+'");
	r->text = line.n > 0 ? (struct str){ line.p + 1, line.n - 1 } : line;
	return IMAP_RESP_CONTINUE;
}

/* ---- data ---------------------------------------------------------------- */

static enum imap_resp_event
token(struct imap_response *r, enum imap_token kind, struct str s)
{
	r->kind = kind;
	r->token = s;
	return IMAP_RESP_TOKEN;
}

static enum imap_resp_event
end_of_line(struct imap_response *r, struct str in, size_t *used_r)
{
	if (in.n < 2)
		return IMAP_RESP_NEED;
	if (in.p[1] != '\n')
		return fail(r, "a bare CR");
	if (r->depth > 0)
		return fail(r, "a line ends inside a list");
	if (r->fetch && !r->closed)
		return fail(r, "FETCH without a list");
	*used_r = 2;
	r->state = PS_LINE;
	return IMAP_RESP_END;
}

/* ")(" needs no blank: BODYSTRUCTURE's parts, addresses, threads. */
static enum imap_resp_event
open_list(struct imap_response *r, struct str in, size_t *used_r)
{
	if (r->depth == IMAP_RESPONSE_DEPTH)
		return fail(r, "lists nest too deeply");
	if (r->after_value && (!r->closed || (r->fetch && r->depth == 0)))
		return fail(r, "a blank is missing");
	if (r->fetch && r->depth == 0 && r->closed)
		return fail(r, "FETCH with two lists");
	if (r->fetch && r->depth == 1 && (r->name_next ||
	    r->item == ITEM_STRING || r->item == ITEM_UID ||
	    r->item == ITEM_SIZE))
		return fail(r, "a list where none belongs");
	*used_r = 1;
	r->depth++;
	r->after_value = r->closed = false;
	if (r->fetch && r->depth == 1)
		r->name_next = true;
	return token(r, IMAP_TOK_OPEN, (struct str){ in.p, 1 });
}

static enum imap_resp_event
close_list(struct imap_response *r, struct str in, size_t *used_r)
{
	if (r->depth == 0)
		return fail(r, "a bracket closes nothing");
	if (r->fetch && r->depth == 1 && r->name_next && r->after_value)
		return fail(r, "a FETCH item without a value");
	*used_r = 1;
	r->depth--;
	r->after_value = r->closed = true;
	return token(r, IMAP_TOK_CLOSE, (struct str){ in.p, 1 });
}

/* A blank: a token, unless the line or a list ends behind it. */
static enum imap_resp_event
space(struct imap_response *r, struct str in, size_t *used_r)
{
	if (!r->after_value)
		return fail(r, "two blanks, or one before a value");
	if (in.n < 2)
		return IMAP_RESP_NEED;
	if (in.p[1] == ')') {
		enum imap_resp_event e = close_list(r,
		    (struct str){ in.p + 1, in.n - 1 }, used_r);

		*used_r += e == IMAP_RESP_TOKEN;
		return e;
	}
	if (in.p[1] == '\r' && r->depth == 0) {
		enum imap_resp_event e = end_of_line(r,
		    (struct str){ in.p + 1, in.n - 1 }, used_r);

		*used_r += e == IMAP_RESP_END;
		return e;
	}
	*used_r = 1;
	/* DavMail's second blank between items */
	if (in.p[1] == ' ' && r->fetch && r->depth == 1 && !r->name_next)
		*used_r = 2;
	r->after_value = false;
	if (r->fetch && r->depth == 1)
		r->name_next = !r->name_next;
	return token(r, IMAP_TOK_SPACE, (struct str){ in.p, 1 });
}

/* Not where a number or a list of one must be. */
static bool
string_ok(const struct imap_response *r)
{
	return !r->fetch || r->depth > 1 || r->item == ITEM_ANY ||
	    r->item == ITEM_STRING;
}

static enum imap_resp_event
quoted(struct imap_response *r, struct str in, size_t *used_r)
{
	size_t i = r->scanned > 0 ? r->scanned : 1;

	for (; i < in.n && in.p[i] != '"'; i++) {
		char c = in.p[i];

		if (c == '\0' || c == '\r' || c == '\n')
			return fail(r, "NUL, CR or LF in a quoted string");
		if (c != '\\')
			continue;
		if (i + 1 == in.n)
			break;
		if (in.p[++i] != '"' && in.p[i] != '\\')
			return fail(r, "an escape that may not be");
	}
	if (i > IMAP_TOKEN_MAX)
		return fail(r, "a quoted string that is too long");
	if (i >= in.n || in.p[i] != '"') {
		r->scanned = i;
		return IMAP_RESP_NEED;
	}
	r->scanned = 0;
	if (!string_ok(r))
		return fail(r, "a string where a number belongs");
	*used_r = i + 1;
	r->after_value = true;
	r->closed = false;
	return token(r, IMAP_TOK_QUOTED, (struct str){ in.p + 1, i - 1 });
}

/* RFC 3516, RFC 5464, RFC 5257; of unknown data nobody knows. */
static bool
literal8_ok(const struct imap_response *r)
{
	switch (r->row) {
	case IMAP_DATA_FETCH: return r->binary && r->depth == 1;
	case IMAP_DATA_METADATA:
	case IMAP_DATA_ANNOTATION:
	case IMAP_DATA_URLFETCH:
	case IMAP_DATA_UNKNOWN: return true;
	default: return false;
	}
}

/*
 * Behind a literal's header, n octets of in: the octets, if they are a short
 * string of data and not a mail's, as a token.
 */
static enum imap_resp_event
short_literal(struct imap_response *r, struct str in, size_t n,
    size_t *used_r)
{
	if (in.n - n < r->size)
		return IMAP_RESP_NEED;
	*used_r = n + (size_t)r->size;
	r->after_value = true;
	r->closed = false;
	return token(r, IMAP_TOK_LITERAL,
	    (struct str){ in.p + n, (size_t)r->size });
}

/* "{" number "}" CRLF; never "{n+}" (RFC 7888). */
static enum imap_resp_event
literal(struct imap_response *r, struct str in, size_t *used_r)
{
	enum { HEAD_MAX = 24 };
	size_t tilde = in.p[0] == '~';
	const char *close = memchr(in.p, '}', in.n < HEAD_MAX ? in.n :
	    HEAD_MAX);
	struct str digits;
	size_t n;

	if (close == NULL)
		return in.n >= HEAD_MAX ? fail(r, "no literal header") :
		    IMAP_RESP_NEED;
	digits = (struct str){ in.p + tilde + 1,
	    (size_t)(close - in.p) - tilde - 1 };
	if (!str_u64(digits, INT64_MAX, &r->size))
		return fail(r, "a literal's size");
	if ((size_t)(in.p + in.n - close) < 3)
		return IMAP_RESP_NEED;
	if (close[1] != '\r' || close[2] != '\n')
		return fail(r, "no CRLF behind a literal header");
	if (!string_ok(r))
		return fail(r, "a string where a number belongs");
	r->literal8 = tilde != 0;
	if (r->literal8 && !literal8_ok(r))
		return fail(r, "a literal8 where only a string can be");
	n = (size_t)(close + 3 - in.p);
	if (r->size <= IMAP_SHORT_MAX && !r->literal8 &&
	    !(r->fetch && r->item == ITEM_STRING))
		return short_literal(r, in, n, used_r);
	*used_r = n;
	r->after_value = true;
	r->closed = false;
	return IMAP_RESP_LITERAL;
}

static bool
all_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_digit(s.p[i]))
			return false;
	return true;
}

/* Is an atom where only numbers may be one in range? */
static bool
in_range(const struct imap_response *r, struct str s)
{
	uint8_t flags = imap_data_table[r->row].flags;

	if (!r->fetch) {
		/* SEARCH ends in (MODSEQ n); lists of THREAD hold numbers */
		if ((flags & NUMBERS) && (r->depth == 0 ||
		    r->row == IMAP_DATA_THREAD))
			return number(s, 1, UINT32_MAX);
		if ((flags & NUMBERS) || r->row == IMAP_DATA_STATUS)
			return r->depth == 0 || !all_digits(s) ||
			    number(s, 0, INT64_MAX);
		return r->row != IMAP_DATA_VANISHED || r->depth > 0 ||
		    imap_is_sequence(s);
	}
	switch ((enum item_kind)r->item) {
	case ITEM_UID: return number(s, 1, UINT32_MAX);
	case ITEM_SIZE: return number(s, 0, INT64_MAX);
	case ITEM_MODSEQ: return r->depth == 2 && number(s, 0, INT64_MAX);
	case ITEM_STRING: return str_ieq(s, STR("NIL"));
	case ITEM_ANY: break;
	}
	return true;
}

/*
 * VANISHED and ESEARCH of a large mailbox hold sets of any length: what is
 * there up to a comma is one token, the rest of the set the next ones.
 */
static enum imap_resp_event
part_of_set(struct imap_response *r, struct str in, size_t *used_r)
{
	const char *comma = memrchr(in.p, ',', IMAP_TOKEN_MAX);
	struct str set = { in.p, comma ? (size_t)(comma - in.p) : 0 };

	if (!imap_is_sequence(set))
		return fail(r, "an atom that is too long");
	r->scanned = 0;
	*used_r = set.n + 1;
	return token(r, IMAP_TOK_ATOM, (struct str){ set.p, set.n + 1 });
}

static enum imap_resp_event
atom(struct imap_response *r, struct str in, size_t *used_r)
{
	size_t at;
	struct str s;

	if (in.p[0] == '~' && in.n == 1)
		return IMAP_RESP_NEED;
	if (in.p[0] == '~' && in.p[1] == '{')
		return literal(r, in, used_r);
	if (!is_atom(in.p[0]))
		return fail(r, "an octet that nothing begins with");
	for (at = r->scanned; at < in.n && is_atom(in.p[at]); at++)
		;
	if (at > IMAP_TOKEN_MAX)
		return part_of_set(r, in, used_r);
	r->scanned = at < in.n ? 0 : at;
	if (at == in.n)
		return IMAP_RESP_NEED;
	s = (struct str){ in.p, at };
	if (!in_range(r, s))
		return fail(r, "a number out of range");
	*used_r = at;
	r->after_value = true;
	r->closed = false;
	return token(r, IMAP_TOK_ATOM, s);
}

static uint8_t
item_kind(const struct imap_item *it)
{
	static const struct { char name[14]; uint8_t kind; } t[] = {
		{ "UID", ITEM_UID }, { "RFC822.SIZE", ITEM_SIZE },
		{ "MODSEQ", ITEM_MODSEQ }, { "RFC822", ITEM_STRING },
		{ "RFC822.TEXT", ITEM_STRING },
		{ "RFC822.HEADER", ITEM_STRING },
		{ "PREVIEW", ITEM_STRING }, { "INTERNALDATE", ITEM_STRING },
	};

	if (it->sectioned)
		return str_ieq(it->name, STR("BINARY.SIZE")) ? ITEM_SIZE :
		    ITEM_STRING;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (str_ieq(it->name, str_c(t[i].name)))
			return t[i].kind;
	return ITEM_ANY;
}

/*
 * A FETCH item's name: atom [ "[" section "]" [ "<" number ">" ] ].  The
 * section may hold blanks, lists and quoted strings.
 */
static enum imap_resp_event
item_name(struct imap_response *r, struct str in, size_t *used_r)
{
	bool quote = false, section = false;
	struct imap_item it;
	size_t i;

	for (i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c < ' ' || c == 0x7f || i > IMAP_ITEM_MAX)
			return fail(r, "a FETCH item without a value");
		if (quote) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quote = false;
		} else if (c == '"' && section) {
			quote = true;
		} else if (c == '[' && !section) {
			section = true;
		} else if (c == ']' && section) {
			section = false;
		} else if (!section && !is_atom(c)) {
			break;
		}
	}
	if (i >= in.n)
		return IMAP_RESP_NEED;
	if (in.p[i] != ' ' || i == 0)
		return fail(r, "a FETCH item without a value");
	*used_r = i;
	r->text = (struct str){ in.p, i };
	if (!imap_item_parse(r->text, &it))
		return fail(r, "a FETCH item that is none");
	r->item = item_kind(&it);
	r->binary = it.sectioned && str_ieq(it.name, STR("BINARY"));
	r->after_value = true;
	return IMAP_RESP_ITEM;
}

static enum imap_resp_event
data(struct imap_response *r, struct str in, size_t *used_r)
{
	char c;

	if (in.n == 0)
		return IMAP_RESP_NEED;
	c = in.p[0];
	if (c == ' ')
		return space(r, in, used_r);
	if (c == '\r')
		return end_of_line(r, in, used_r);
	if (imap_data_table[r->row].flags & BARE)
		return fail(r, "arguments where none may be");
	if (c == ')')
		return close_list(r, in, used_r);
	if (c == '(')
		return open_list(r, in, used_r);
	if (r->fetch && r->depth == 0)
		return fail(r, "FETCH without a list");
	if (r->after_value)
		return fail(r, "a blank is missing");
	if (r->fetch && r->depth == 1 && r->name_next)
		return item_name(r, in, used_r);
	if (c == '"')
		return quoted(r, in, used_r);
	if (c == '{')
		return literal(r, in, used_r);
	return atom(r, in, used_r);
}

/* Up to CRLF; what is skipped must be a line nevertheless. */
static enum imap_resp_event
skip(struct imap_response *r, struct str in, size_t *used_r)
{
	const char *cr = in.n ? memchr(in.p, '\r', in.n) : NULL;
	size_t n = cr ? (size_t)(cr - in.p) : in.n, more = 0;
	enum imap_resp_event e;

	if (n > 0 && (memchr(in.p, '\n', n) || memchr(in.p, '\0', n)))
		return fail(r, "NUL or a bare LF in a line");
	*used_r = n;
	if (in.n - n < 2)
		return IMAP_RESP_NEED;
	if (cr[1] != '\n')
		return fail(r, "a bare CR");
	r->state = PS_LINE;
	e = begin_line(r, (struct str){ cr + 2, in.n - n - 2 }, &more);
	*used_r += 2 + more;
	return e;
}

enum imap_resp_event
imap_response_next(struct imap_response *r, struct str in, size_t *used_r)
{
	*used_r = 0;
	switch ((enum response_state)r->state) {
	case PS_LINE: return begin_line(r, in, used_r);
	case PS_DATA: return data(r, in, used_r);
	case PS_SKIP: return skip(r, in, used_r);
	case PS_FAILED: break;
	}
	return IMAP_RESP_ERROR;
}
