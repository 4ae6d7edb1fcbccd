#include "filter.h"

#include <assert.h>
#include <stdio.h>

#include "compose.h"
#include "field.h"
#include "mend.h"
#include "replace.h"
#include "word.h"

/* How it is mended. */
enum {
	FIELDS = 1,		/* the fields it is about are written anew */
	VALUES = 2,		/* Content-Type and Content-Disposition are */
	ENCODING = 4,		/* Content-Transfer-Encoding is */
	BODY = 8,		/* the body is encoded anew */
	BOUNDARY = 16,		/* the multipart gets another boundary */
	CLOSE = 32,		/* the header gets an empty line */
	EIGHT = 64,		/* 8bit is declared */
	OPAQUE = 128,		/* it becomes application/octet-stream */
	FORGET = 256,		/* fields of MIME go: it is no mail of MIME */
};

static const struct {
	uint8_t rule;
	uint16_t how;
} table[MIME_FLAG_COUNT] = {
#define ROW(id, r, h) [MIME_BIT_##id] = { FILTER_##r, h }
	ROW(NO_COLON, AMBIGUOUS, FIELDS),
	ROW(MBOX_FROM, AMBIGUOUS, FIELDS),
	ROW(BLANK_COLON, AMBIGUOUS, FIELDS),
	ROW(NO_NAME, AMBIGUOUS, FIELDS),
	ROW(BAD_NAME, AMBIGUOUS, FIELDS),
	ROW(FOLD_FIRST, AMBIGUOUS, FIELDS),
	ROW(FOLD_BLANK, AMBIGUOUS, FIELDS),
	/* nothing follows that could be read otherwise */
	ROW(HEADER_OPEN, INVALID_HEADER, CLOSE),
	ROW(HEADER_8BIT, HEADER_8BIT, FIELDS),
	ROW(HEADER_CONTROL, INVALID_HEADER, FIELDS),
	ROW(FIELD_REPEATED, AMBIGUOUS, FIELDS | VALUES | ENCODING),
	ROW(NUL, BAD_CHAR, FIELDS | BODY),
	ROW(LINE_LONG, LONG_HEADER, FIELDS),
	ROW(BARE_CR, BAD_CHAR, FIELDS | BODY),
	ROW(BARE_LF, BAD_CHAR, FIELDS | BODY),
	ROW(COMMENT, QUOTING, VALUES | ENCODING),
	ROW(COMMENT_OPEN, QUOTING, VALUES | ENCODING),
	ROW(COMMENT_DEEP, QUOTING, VALUES | ENCODING),
	ROW(QUOTE_OPEN, QUOTING, VALUES | ENCODING),
	ROW(QUOTE_ESCAPE, QUOTING, VALUES | ENCODING),
	ROW(QUOTE_FOLD, QUOTING, VALUES | ENCODING),
	ROW(TYPE_BROKEN, INVALID_HEADER, VALUES),
	ROW(PARAM_BROKEN, INVALID_HEADER, VALUES),
	ROW(PARAM_LOOSE, QUOTING, VALUES),
	ROW(PARAM_REPEATED, AMBIGUOUS, VALUES),
	/* in use, for readers that do not know RFC 2231 */
	ROW(PARAM_FORMS, INVALID_HEADER, VALUES),
	ROW(PARAM_ORDER, AMBIGUOUS, VALUES),
	ROW(PARAM_PERCENT, INVALID_HEADER, VALUES),
	ROW(PARAM_CHARSET, INVALID_HEADER, VALUES),
	ROW(PARAM_CONTROL, INVALID_HEADER, VALUES),
	ROW(PARAM_WORD, INVALID_HEADER, VALUES),
	ROW(CTE_BROKEN, AMBIGUOUS, ENCODING),
	ROW(CTE_STRANGE, AMBIGUOUS, ENCODING),
	ROW(VERSION_NONE, INVALID_HEADER, FORGET),
	ROW(TYPE_STRANGE, AMBIGUOUS, OPAQUE),
	ROW(COMPOSITE_CTE, AMBIGUOUS, ENCODING),
	ROW(BOUNDARY_NONE, AMBIGUOUS, BOUNDARY),
	ROW(BOUNDARY_STRANGE, AMBIGUOUS, BOUNDARY),
	ROW(BOUNDARY_NEAR, AMBIGUOUS, BOUNDARY),
	ROW(BOUNDARY_OPEN, AMBIGUOUS, BOUNDARY),
	ROW(BOUNDARY_AFTER, AMBIGUOUS, BOUNDARY),
	ROW(HIDDEN_PART, AMBIGUOUS, BODY),
	ROW(EMBEDDED, AMBIGUOUS, BODY),
	ROW(B64_JUNK, AMBIGUOUS, BODY),
	ROW(B64_URL, AMBIGUOUS, BODY),
	ROW(B64_PAD, AMBIGUOUS, BODY),
	ROW(B64_AFTER, AMBIGUOUS, BODY),
	/* readers agree about these, whatever the standard says */
	ROW(B64_LINE, BODY_8BIT, BODY),
	ROW(QP_BROKEN, AMBIGUOUS, BODY),
	ROW(QP_LOWER, BODY_8BIT, BODY),
	ROW(QP_BLANKS, BODY_8BIT, BODY),
	ROW(QP_CUT, BODY_8BIT, BODY),
	ROW(QP_OCTET, BODY_8BIT, BODY),
	ROW(UU_NONE, AMBIGUOUS, BODY),
	ROW(UU_OPEN, AMBIGUOUS, BODY),
	ROW(UU_LINE, AMBIGUOUS, BODY),
	/* of texts, not of structure */
	ROW(CHARSET_STRANGE, NONE, 0),
	ROW(CHARSET_OCTETS, NONE, 0),
	ROW(WORD_BROKEN, NONE, 0),
	ROW(WORD_PLACE, NONE, 0),
	ROW(WORD_CONTROL, INVALID_HEADER, FIELDS),
#undef ROW
};

static const char *const rule_names[] = {
	[FILTER_NONE] = "none",
#define RULE_NAME(id, member, name) [FILTER_##id] = name,
	FILTER_RULES(RULE_NAME)
#undef RULE_NAME
};

const char *
filter_rule_name(enum filter_rule rule)
{
	return rule_names[rule];
}

enum filter_rule
filter_rule_of(unsigned bit)
{
	assert(bit < MIME_FLAG_COUNT);
	return (enum filter_rule)table[bit].rule;
}

char *
filter_number(const struct mime_part *part, char *out, size_t size)
{
	const struct mime_part *up[MIME_DEPTH_MAX + 1];
	size_t n = 0, at = 0;

	for (; part->parent != NULL; part = part->parent)
		/* a message's only child has its number */
		if (part->parent->kind != MIME_MESSAGE && n < MIME_DEPTH_MAX)
			up[n++] = part;
	out[0] = '\0';
	for (; n > 0 && at < size; n--) {
		int k = snprintf(out + at, size - at, "%s%u", at > 0 ? "." :
		    "", (unsigned)up[n - 1]->number);

		at += (size_t)k;
	}
	return out;
}

static enum conf_mend
mend_of(const struct filter *f, enum filter_rule rule)
{
	switch (rule) {
#define MEND(id, member, name) \
	case FILTER_##id: \
		return (enum conf_mend)f->rules->member;
	FILTER_RULES(MEND)
#undef MEND
	default:
		return CONF_MEND_PASS;
	}
}

/* ---- what is found in a part ---- */

struct look {
	struct filter *f;
	struct mime_edits *e;
	struct mime_charsets *charsets;
	const struct mime_part *part;
	bool within;		/* a signature covers it */
	bool last;		/* nothing can be mended any more */
	uint64_t mended;	/* flags to be corrected */
	unsigned how;
};

static void
reject(struct look *l, const char *flag, enum filter_rule rule)
{
	struct filter *f = l->f;
	char number[MIME_DEPTH_MAX * 6];

	if (f->verdict == CONF_MEND_REJECT)
		return;
	f->verdict = CONF_MEND_REJECT;
	filter_number(l->part, number, sizeof number);
	snprintf(f->why, sizeof f->why, "%s%.60s: %s (%s)%s",
	    number[0] ? "part " : "the mail", number, flag,
	    rule_names[rule], l->last ? ": it cannot be corrected" : "");
}

static void
note(struct look *l, const char *flag, enum filter_rule rule,
    enum conf_mend mend, bool is_signed)
{
	struct filter *f = l->f;

	if (f->n == FILTER_FOUND_MAX) {
		f->left_out++;
		return;
	}
	f->found[f->n++] = (struct filter_found){ l->part->id, (uint8_t)rule,
	    (uint8_t)mend, is_signed, flag };
}

/* true: it is to be mended. */
static bool
found(struct look *l, const char *flag, enum filter_rule rule)
{
	enum conf_mend mend = mend_of(l->f, rule);
	bool is_signed = mend == CONF_MEND_CORRECT && l->within;

	if (rule == FILTER_NONE)
		return false;
	if (mend == CONF_MEND_REJECT || (l->last && !l->within &&
	    mend == CONF_MEND_CORRECT))
		reject(l, flag, rule);
	note(l, flag, rule, mend, is_signed);
	if (is_signed)
		l->f->is_signed = true;
	if (mend == CONF_MEND_PASS || is_signed)
		l->f->malformed = true;
	return mend == CONF_MEND_CORRECT && !is_signed;
}

static int
ignore(void *ctx, struct str octets)
{
	(void)ctx;
	(void)octets;
	return 0;
}

enum {
	/* Octets of a plain body that are looked at before they passed. */
	PASSED = 4 << 20,
};

/* What decoding shows. */
static const uint64_t decoding = MIME_B64_JUNK | MIME_B64_URL | MIME_B64_PAD |
    MIME_B64_AFTER | MIME_B64_LINE | MIME_QP_BROKEN | MIME_QP_LOWER |
    MIME_QP_BLANKS | MIME_QP_CUT | MIME_QP_OCTET | MIME_UU_NONE |
    MIME_UU_OPEN | MIME_UU_LINE;

/* Octets of a body that is not encoded; true: some have eight bits. */
static bool
scan(const struct filter *f, struct str body, uint64_t *flags)
{
	unsigned char seen = 0;
	size_t passed = 0;

	for (size_t i = 0; i < body.n; i++) {
		char c = body.p[i];

		if (i - passed == PASSED && f->passed != NULL) {
			f->passed(f->ctx, (struct str){ body.p + passed,
			    PASSED });
			passed = i;
		}
		seen |= (unsigned char)c;
		if (c == '\0')
			*flags |= MIME_NUL;
		else if (c == '\r' && (i + 1 == body.n ||
		    body.p[i + 1] != '\n'))
			*flags |= MIME_BARE_CR;
		else if (c == '\n' && (i == 0 || body.p[i - 1] != '\r'))
			*flags |= MIME_BARE_LF;
	}
	return seen >= 0x80;
}

/* What a leaf's octets say; *eight_r: more bits than it declares. */
static uint64_t
body_flags(const struct look *l, bool *eight_r)
{
	const struct mime_part *p = l->part;
	struct str body = mime_span_str(l->e->mail, p->body);
	struct mime_sink nowhere = { ignore, NULL };
	uint64_t flags = 0;

	*eight_r = false;
	if (p->cte == MIME_CTE_BASE64 || p->cte == MIME_CTE_QP ||
	    p->cte == MIME_CTE_UU) {
		if (l->f->decoded)
			return p->flags & decoding;
		if (mime_decode(body, p->cte, &nowhere, &flags) < 0)
			assert(!"this sink has no errors");
		return flags;
	}
	if (p->cte == MIME_CTE_BINARY)
		return 0;
	*eight_r = scan(l->f, body, &flags) && p->cte == MIME_CTE_7BIT;
	return flags;
}

/* Words of a field that hide controls. */
static uint64_t
word_flags(struct look *l, struct str value)
{
	struct arena_mark m = arena_mark(l->e->arena);
	uint64_t flags = 0;

	if (value.p == NULL || value.n > MIME_TEXT_MAX ||
	    memmem(value.p, value.n, "=?", 2) == NULL)
		return 0;
	mime_words(l->e->arena, l->charsets, value, &flags);
	arena_release(l->e->arena, m);
	return flags & MIME_WORD_CONTROL;
}

/* Of the header's fields, one by one. */
static uint64_t
header_flags(struct look *l)
{
	struct mime_fields f;
	struct mime_field field;
	uint64_t words = 0;

	mime_fields_init(&f, mime_span_str(l->e->mail, l->part->header));
	while (mime_fields_next(&f, &field) > 0)
		if (mime_name_is(field.name, STR("Subject")))
			words |= word_flags(l, field.value);
	return f.flags | words;
}

/* How a flag is mended, where it comes from being known. */
static unsigned
how_of(const struct look *l, unsigned bit, uint64_t header, uint64_t body)
{
	uint64_t flag = UINT64_C(1) << bit;
	unsigned how = table[bit].how;

	if (!(flag & (header | MIME_FIELD_REPEATED)))
		how &= ~(unsigned)FIELDS;
	if (l->part->child == NULL ?
	    !(flag & (body | MIME_HIDDEN_PART | MIME_EMBEDDED)) :
	    (flag & header) != 0)
		how &= ~(unsigned)BODY;
	return how;
}

static void
find_flags(struct look *l, uint64_t header, uint64_t body)
{
	uint64_t flags = l->part->flags | header | body;

	for (unsigned b = 0; b < MIME_FLAG_COUNT; b++) {
		if (!(flags >> b & 1) || !found(l, mime_flag_name(b),
		    filter_rule_of(b)))
			continue;
		l->mended |= UINT64_C(1) << b;
		l->how |= how_of(l, b, header, body);
	}
}

/* ---- how it is mended ---- */

static bool
describes(struct str name)
{
	return mime_name_is(name, STR("Content-Type")) ||
	    mime_name_is(name, STR("Content-Disposition")) ||
	    mime_name_is(name, STR("Content-Transfer-Encoding"));
}

/* A field that may occur once, and that another one already is. */
static bool
is_repeated(const struct look *l, const struct mime_field *f)
{
	for (unsigned k = 0; k < MIME_KEPT_COUNT; k++)
		if (str_ieq(f->name,
		    str_c(mime_kept_name((enum mime_kept)k))))
			return l->part->kept[k].p != f->value.p;
	return false;
}

#define DROPPED (MIME_NO_COLON | MIME_MBOX_FROM | MIME_NO_NAME | \
    MIME_BAD_NAME | MIME_FOLD_FIRST)

static void
mend_field(struct look *l, const struct mime_field *f)
{
	uint64_t off = (uint64_t)(f->whole.p - l->e->mail.p);
	uint64_t flags = f->flags;
	struct str anew;

	if (mime_name_is(f->name, STR("Subject")))
		flags |= word_flags(l, f->value);
	flags &= l->mended;
	if (f->value.p != NULL && describes(f->name)) {
		/* they are written as one, whatever they were */
		if (flags != 0 && !(flags & DROPPED))
			l->how |= VALUES | ENCODING;
		if (!(flags & DROPPED))
			return;
	}
	if (flags & DROPPED || !(f->value.p == NULL ||
	    mime_name_good(f->name)) || (l->mended & MIME_FIELD_REPEATED &&
	    f->value.p != NULL && is_repeated(l, f))) {
		mime_edit_field(l->e, l->part, off, STR(""));
		return;
	}
	if (flags == 0 || f->value.p == NULL)
		return;
	anew = flags & MIME_WORD_CONTROL ?
	    mime_mend_words(l->e->arena, l->charsets, f->name, f->value) :
	    mime_mend_field(l->e->arena, l->charsets, f->name, f->value);
	if (anew.p == NULL)
		reject(l, "field-long", FILTER_INVALID_HEADER);
	else
		mime_edit_field(l->e, l->part, off, anew);
}

static void
mend_fields(struct look *l)
{
	struct mime_fields f;
	struct mime_field field;

	mime_fields_init(&f, mime_span_str(l->e->mail, l->part->header));
	while (mime_fields_next(&f, &field) > 0)
		mend_field(l, &field);
}

static void
set(struct look *l, const char *name, struct str field)
{
	mime_edit_set(l->e, l->part, str_c(name), field);
}

/* Does the encoding that a multipart or message declares change octets? */
static bool
really_encoded(const struct mime_part *part)
{
	unsigned readings;
	uint64_t flags = 0;

	if (part->kept[MIME_KEPT_CTE].p == NULL)
		return false;
	(void)mime_cte_parse(part->kept[MIME_KEPT_CTE], &readings, &flags);
	return (readings & (MIME_CTE_BIT(MIME_CTE_BASE64) |
	    MIME_CTE_BIT(MIME_CTE_QP) | MIME_CTE_BIT(MIME_CTE_UU))) != 0;
}

static void
mend_values(struct look *l, struct str type)
{
	const struct mime_part *p = l->part;

	if (p->kept[MIME_KEPT_TYPE].p != NULL || type.n > 0)
		set(l, "Content-Type", mime_mend_type(l->e->arena,
		    l->charsets, p, type));
	if (p->kept[MIME_KEPT_DISPOSITION].p != NULL)
		set(l, "Content-Disposition", mime_mend_disposition(
		    l->e->arena, l->charsets, p));
}

/* Multiparts with parts, and messages. */
static void
mend_container(struct look *l)
{
	const struct mime_part *p = l->part;
	bool wide = p->cte == MIME_CTE_8BIT || p->cte == MIME_CTE_BINARY;

	if (l->how & ENCODING && really_encoded(p)) {
		mime_edit_replace(l->e, p, replace_ambiguous(l->f->language),
		    replace_brief(l->f->language));
		return;
	}
	if (l->how & ENCODING && p->kept[MIME_KEPT_CTE].p != NULL)
		set(l, "Content-Transfer-Encoding", wide ?
		    STR("Content-Transfer-Encoding: 8bit\r\n") : STR(""));
	if (p->kind == MIME_MESSAGE) {
		if (l->how & VALUES)
			mend_values(l, STR(""));
		if (l->how & CLOSE)
			mime_edit_close(l->e, p);
		return;
	}
	if (l->how & VALUES && p->kept[MIME_KEPT_DISPOSITION].p != NULL)
		set(l, "Content-Disposition", mime_mend_disposition(
		    l->e->arena, l->charsets, p));
	/* bare line ends and what is hidden stand between its parts, too */
	if (l->how & (VALUES | BOUNDARY | BODY))
		mime_edit_rebuild(l->e, p);
}

static void
mend_leaf(struct look *l)
{
	const struct mime_part *p = l->part;
	bool strange = p->cte == MIME_CTE_UNKNOWN && l->how & ENCODING;
	struct str type = STR("");

	/* a multipart without parts is what it looks like */
	if (p->kind == MIME_MULTIPART)
		type = STR("text/plain");
	else if (l->how & OPAQUE || strange)
		type = STR("application/octet-stream");
	if (l->how & VALUES || type.n > 0)
		mend_values(l, type);
	if (l->how & (ENCODING | BODY | OPAQUE) || p->kind == MIME_MULTIPART)
		mime_edit_base64(l->e, p);
	else if (l->how & EIGHT)
		set(l, "Content-Transfer-Encoding",
		    STR("Content-Transfer-Encoding: 8bit\r\n"));
	if (l->how & CLOSE)
		mime_edit_close(l->e, p);
}

static void
mend(struct look *l)
{
	/* pieces of mails, and mails elsewhere, are put together by readers */
	if (l->how & FIELDS)
		mend_fields(l);
	for (unsigned k = 0; l->how & FORGET && k < MIME_KEPT_COUNT; k++)
		set(l, mime_kept_name((enum mime_kept)k), STR(""));
	if (l->part->child != NULL)
		mend_container(l);
	else
		mend_leaf(l);
}

/* ---- all parts ---- */

/* Is its boundary one that another's around it begins with, or the reverse? */
static bool
begins_other(const struct mime_part *part)
{
	struct str b = part->boundary;

	if (b.p == NULL || part->child == NULL)
		return false;
	for (const struct mime_part *p = part->parent; p != NULL;
	    p = p->parent)
		if (p->boundary.p != NULL && (str_starts(b, p->boundary) ||
		    str_starts(p->boundary, b)))
			return true;
	return false;
}

static void
look_at(struct look *l)
{
	const struct mime_part *p = l->part;
	uint64_t body = 0;
	bool eight = false;

	if (p->child == NULL)
		body = body_flags(l, &eight);
	find_flags(l, header_flags(l), body);
	if (eight && found(l, "8bit", FILTER_BODY_8BIT))
		l->how |= EIGHT;
	/* readers that do not know it show its octets */
	if (p->cte == MIME_CTE_UU && found(l, "uuencode", FILTER_AMBIGUOUS))
		l->how |= ENCODING;
	if (begins_other(p) && found(l, "boundary-prefix", FILTER_AMBIGUOUS))
		l->how |= BOUNDARY;
	if (p->marks & MIME_MARK_PARTIAL && found(l, "partial",
	    FILTER_AMBIGUOUS))
		l->how |= OPAQUE | VALUES;
	if (p->marks & MIME_MARK_EXTERNAL && found(l, "external-body",
	    FILTER_AMBIGUOUS))
		l->how |= OPAQUE | VALUES;
	if (l->how == 0 || l->f->verdict == CONF_MEND_REJECT)
		return;
	l->f->verdict = CONF_MEND_CORRECT;
	mend(l);
}

enum conf_mend
filter_mail(struct filter *f, const struct mime_part *mail,
    struct mime_edits *e, unsigned round)
{
	const struct mime_part *sign = NULL;

	f->verdict = CONF_MEND_PASS;
	f->n = f->left_out = 0;
	f->malformed = f->is_signed = false;
	for (const struct mime_part *p = mail; p != NULL; p = p->later) {
		struct look l = { .f = f, .e = e, .charsets = e->charsets,
		    .part = p, .last = round >= FILTER_ROUNDS };

		if (sign != NULL && p->depth <= sign->depth)
			sign = NULL;
		l.within = sign != NULL;
		if (sign == NULL && p->marks & MIME_MARK_SIGNED)
			sign = p;
		look_at(&l);
	}
	return f->verdict;
}
