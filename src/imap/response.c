#include <string.h>

#include "response.h"

enum response_state {
	PS_LINE,		/* at the begin of a line */
	PS_DATA,		/* inside a data line */
	PS_FAILED,
};

enum {
	PASS = IMAP_DATA_PASS, NONAUTH = IMAP_DATA_NONAUTH,
	NUMBER = IMAP_DATA_NUMBER, NUMBERS = IMAP_DATA_NUMBERS,
	BARE = IMAP_DATA_BARE, NONZERO = IMAP_DATA_NONZERO,
};

/* What a FETCH item's value must be. */
enum item_kind { ITEM_ANY, ITEM_UID, ITEM_SIZE };

const struct imap_data_info imap_data_table[IMAP_DATA_ROWS] = {
#define ROW(id, name, flags) [IMAP_DATA_##id] = { name, flags },
	IMAP_DATA(ROW)
#undef ROW
};

static const struct {
	char name[20];
	uint8_t code;
} codes[] = {
	{ "CAPABILITY", IMAP_CODE_CAPABILITY },
	/* its tag is ours, not the client's: RFC 9585 lets it be left out */
	{ "INPROGRESS", IMAP_CODE_BARE },
	{ "ALERT", IMAP_CODE_PASS }, { "ALREADYEXISTS", IMAP_CODE_PASS },
	{ "APPENDUID", IMAP_CODE_PASS },
	{ "AUTHENTICATIONFAILED", IMAP_CODE_PASS },
	{ "AUTHORIZATIONFAILED", IMAP_CODE_PASS },
	{ "BADCHARSET", IMAP_CODE_PASS }, { "CANNOT", IMAP_CODE_PASS },
	{ "CLIENTBUG", IMAP_CODE_PASS }, { "CLOSED", IMAP_CODE_PASS },
	{ "CONTACTADMIN", IMAP_CODE_PASS }, { "COPYUID", IMAP_CODE_PASS },
	{ "CORRUPTION", IMAP_CODE_PASS }, { "EXPIRED", IMAP_CODE_PASS },
	{ "EXPUNGEISSUED", IMAP_CODE_PASS }, { "HASCHILDREN", IMAP_CODE_PASS },
	{ "HIGHESTMODSEQ", IMAP_CODE_PASS }, { "INUSE", IMAP_CODE_PASS },
	{ "LIMIT", IMAP_CODE_PASS }, { "MAILBOXID", IMAP_CODE_PASS },
	{ "MESSAGELIMIT", IMAP_CODE_PASS }, { "MODIFIED", IMAP_CODE_PASS },
	{ "NOMODSEQ", IMAP_CODE_PASS }, { "NONEXISTENT", IMAP_CODE_PASS },
	{ "NOPERM", IMAP_CODE_PASS }, { "NOTSAVED", IMAP_CODE_PASS },
	{ "NOUPDATE", IMAP_CODE_PASS }, { "OVERQUOTA", IMAP_CODE_PASS },
	{ "PARSE", IMAP_CODE_PASS }, { "PERMANENTFLAGS", IMAP_CODE_PASS },
	{ "PRIVACYREQUIRED", IMAP_CODE_PASS }, { "READ-ONLY", IMAP_CODE_PASS },
	{ "READ-WRITE", IMAP_CODE_PASS }, { "SAVELIMIT", IMAP_CODE_PASS },
	{ "SERVERBUG", IMAP_CODE_PASS }, { "THROTTLED", IMAP_CODE_PASS },
	{ "TOOBIG", IMAP_CODE_PASS }, { "TRYCREATE", IMAP_CODE_PASS },
	{ "UIDNEXT", IMAP_CODE_PASS }, { "UIDNOTSTICKY", IMAP_CODE_PASS },
	{ "UIDVALIDITY", IMAP_CODE_PASS }, { "UNAVAILABLE", IMAP_CODE_PASS },
	{ "UNKNOWN-CTE", IMAP_CODE_PASS }, { "UNSEEN", IMAP_CODE_PASS },
	{ "USEATTR", IMAP_CODE_PASS },
};

enum imap_code
imap_code_find(struct str name)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (str_ieq(name, str_c(codes[i].name)))
			return (enum imap_code)codes[i].code;
	return IMAP_CODE_UNKNOWN;
}

void
imap_response_init(struct imap_response *r)
{
	*r = (struct imap_response){ .state = PS_LINE };
}

bool
imap_response_partial(const struct imap_response *r)
{
	return r->state == PS_DATA;
}

static enum imap_resp_event
fail(struct imap_response *r, const char *why)
{
	r->state = PS_FAILED;
	r->why = why;
	return IMAP_RESP_ERROR;
}

/* ---- whole lines --------------------------------------------------------- */

/* > 0 the length of the line without CRLF, plus 1; 0 need more; < 0 bad. */
static int64_t
whole_line(struct imap_response *r, struct str in)
{
	const char *lf = in.n > r->scanned ? memchr(in.p + r->scanned, '\n',
	    in.n - r->scanned) : NULL;
	size_t n;

	if (lf == NULL) {
		r->scanned = in.n;
		return in.n > IMAP_STATUS_MAX ? -1 : 0;
	}
	r->scanned = 0;
	n = (size_t)(lf - in.p);
	if (n == 0 || in.p[n - 1] != '\r' || n > IMAP_STATUS_MAX ||
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
	if (rest.n > 0 && rest.p[0] == '[')
		take_code(r, &rest);
	r->text = rest;
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
	int rc = next_atom(in, &at, &name);
	int64_t n;

	if (rc <= 0)
		return rc < 0 ? fail(r, "no name of a response") :
		    IMAP_RESP_NEED;
	if (find_status(name, &r->status)) {
		n = whole_line(r, in);
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
		if (!str_u64(name, UINT32_MAX, &r->number))
			return fail(r, "a message number out of range");
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
	*used_r = 2;
	r->state = PS_LINE;
	return IMAP_RESP_END;
}

static enum imap_resp_event
open_list(struct imap_response *r, struct str in, size_t *used_r)
{
	if (r->depth == IMAP_RESPONSE_DEPTH)
		return fail(r, "lists nest too deeply");
	/* ")(": BODYSTRUCTURE's parts have no blank between them */
	*used_r = 1;
	r->depth++;
	r->after_value = false;
	if (r->fetch && r->depth == 1)
		r->name_next = true;
	return token(r, IMAP_TOK_OPEN, (struct str){ in.p, 1 });
}

static enum imap_resp_event
close_list(struct imap_response *r, struct str in, size_t *used_r)
{
	if (r->depth == 0)
		return fail(r, "a bracket closes nothing");
	*used_r = 1;
	r->depth--;
	r->after_value = true;
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
	r->after_value = false;
	if (r->fetch && r->depth == 1)
		r->name_next = !r->name_next;
	return token(r, IMAP_TOK_SPACE, (struct str){ in.p, 1 });
}

static enum imap_resp_event
quoted(struct imap_response *r, struct str in, size_t *used_r)
{
	size_t i;

	for (i = 1; i < in.n && in.p[i] != '"'; i++) {
		char c = in.p[i];

		if (c == '\0' || c == '\r' || c == '\n')
			return fail(r, "NUL, CR or LF in a quoted string");
		if (c == '\\' && ++i < in.n && in.p[i] != '"' &&
		    in.p[i] != '\\')
			return fail(r, "an escape that may not be");
	}
	if (i > IMAP_TOKEN_MAX)
		return fail(r, "a quoted string that is too long");
	if (i >= in.n)
		return IMAP_RESP_NEED;
	*used_r = i + 1;
	r->after_value = true;
	return token(r, IMAP_TOK_QUOTED, (struct str){ in.p + 1, i - 1 });
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
	*used_r = (size_t)(close + 3 - in.p);
	r->literal8 = tilde != 0;
	r->after_value = true;
	return IMAP_RESP_LITERAL;
}

static bool
in_range(const struct imap_response *r, struct str s)
{
	bool numbers = imap_data_table[r->row].flags & NUMBERS;
	uint64_t v;

	if (numbers && r->depth == 0)
		return str_u64(s, UINT32_MAX, &v) && v > 0;
	if (r->fetch && r->depth == 1 && r->item == ITEM_UID)
		return str_u64(s, UINT32_MAX, &v) && v > 0;
	if (r->fetch && r->depth == 1 && r->item == ITEM_SIZE)
		return str_u64(s, INT64_MAX, &v);
	/* MODSEQ and others: whatever is all digits is a number */
	if (s.n >= 19 && ascii_digit(s.p[0]))
		return strspn(s.p, "0123456789") < s.n ||
		    str_u64(s, INT64_MAX, &v);
	return true;
}

static enum imap_resp_event
atom(struct imap_response *r, struct str in, size_t *used_r)
{
	size_t at = 0;
	struct str s;
	int rc;

	if (in.p[0] == '~' && in.n == 1)
		return IMAP_RESP_NEED;
	if (in.p[0] == '~' && in.p[1] == '{')
		return literal(r, in, used_r);
	rc = next_atom(in, &at, &s);
	if (rc <= 0)
		return rc < 0 ? fail(r, "an octet that nothing begins with") :
		    IMAP_RESP_NEED;
	if (!in_range(r, s))
		return fail(r, "a number out of range");
	*used_r = at;
	r->after_value = true;
	return token(r, IMAP_TOK_ATOM, s);
}

/*
 * A FETCH item's name: atom [ "[" section "]" [ "<" number ">" ] ].  The
 * section may hold blanks, lists and quoted strings.
 */
static enum imap_resp_event
item_name(struct imap_response *r, struct str in, size_t *used_r)
{
	bool quote = false, section = false;
	size_t i;

	for (i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c < ' ' || c == 0x7f || i > IMAP_TOKEN_MAX)
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
		return in.n > IMAP_TOKEN_MAX ?
		    fail(r, "a FETCH item that is too long") : IMAP_RESP_NEED;
	if (in.p[i] != ' ' || i == 0)
		return fail(r, "a FETCH item without a value");
	*used_r = i;
	r->text = (struct str){ in.p, i };
	r->item = str_ieq(r->text, STR("UID")) ? ITEM_UID :
	    str_ieq(r->text, STR("RFC822.SIZE")) ? ITEM_SIZE : ITEM_ANY;
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

enum imap_resp_event
imap_response_next(struct imap_response *r, struct str in, size_t *used_r)
{
	*used_r = 0;
	switch ((enum response_state)r->state) {
	case PS_LINE: return begin_line(r, in, used_r);
	case PS_DATA: return data(r, in, used_r);
	case PS_FAILED: break;
	}
	return IMAP_RESP_ERROR;
}
