#include "field.h"

#include "err.h"

/* What octets of a header are, and the flags that follows. */
enum { NUL = 1, CONTROL = 2, HIGH = 4, CR = 8 };

static const uint8_t kinds[256] = {
	[0] = NUL, [1 ... 8] = CONTROL, [11 ... 12] = CONTROL, ['\r'] = CR,
	[14 ... 31] = CONTROL, [127] = CONTROL, [128 ... 255] = HIGH,
};

void
mime_fields_init(struct mime_fields *f, struct str in)
{
	*f = (struct mime_fields){ .in = in };
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The line at pos with its end; *text_r without. */
static struct str
line_at(struct str in, size_t pos, struct str *text_r)
{
	const char *p = in.p + pos;
	const char *end = memchr(p, '\n', in.n - pos);
	struct str line = { p, end ? (size_t)(end - p) + 1 : in.n - pos };

	*text_r = line;
	if (end != NULL)
		text_r->n--;
	if (end != NULL && text_r->n > 0 && p[text_r->n - 1] == '\r')
		text_r->n--;
	return line;
}

static uint64_t
line_flags(struct str line, struct str text)
{
	unsigned seen = 0;
	uint64_t flags = 0;

	for (size_t i = 0; i < text.n; i++)
		seen |= kinds[(unsigned char)text.p[i]];
	if (seen & NUL)
		flags |= MIME_NUL;
	if (seen & CONTROL)
		flags |= MIME_HEADER_CONTROL;
	if (seen & HIGH)
		flags |= MIME_HEADER_8BIT;
	if (seen & CR)
		flags |= MIME_BARE_CR;
	if (line.n == text.n + 1)
		flags |= MIME_BARE_LF;
	if (text.n > MIME_LINE_MAX)
		flags |= MIME_LINE_LONG;
	return flags;
}

static uint64_t
name_flags(struct str name)
{
	if (name.n == 0)
		return MIME_NO_NAME;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] == 0x7f)
			return MIME_BAD_NAME;
	return 0;
}

/* The name out of a field's first line, its end cut off. */
static void
take_name(struct mime_field *field, struct str text)
{
	const char *colon = text.n ? memchr(text.p, ':', text.n) : NULL;

	field->name = text;
	if (str_starts(text, STR("From ")) || str_starts(text, STR(">From ")))
		field->flags |= MIME_MBOX_FROM;
	if (colon == NULL) {
		field->flags |= MIME_NO_COLON;
		return;
	}
	field->name.n = (size_t)(colon - text.p);
	while (field->name.n > 0 && blank(field->name.p[field->name.n - 1])) {
		field->name.n--;
		field->flags |= MIME_BLANK_COLON;
	}
	field->flags |= name_flags(field->name);
}

/* One more line of the field; false: over a limit. */
static bool
take_line(struct mime_fields *f, struct mime_field *field,
    struct str *text_r)
{
	struct str line = line_at(f->in, f->pos, text_r);

	f->why = line.n > MIME_FIELD_MAX - field->whole.n ?
	    "a field is too long" :
	    line.n > MIME_HEADER_MAX - f->pos ? "a header is too long" : NULL;
	if (f->why != NULL)
		return false;
	field->flags |= line_flags(line, *text_r);
	field->whole.n += line.n;
	field->lines++;
	f->pos += line.n;
	return true;
}

static bool
folded_at(const struct mime_fields *f)
{
	return f->pos < f->in.n && blank(f->in.p[f->pos]);
}

/* false: over a limit. */
static bool
take_field(struct mime_fields *f, struct mime_field *field)
{
	struct str text;

	if (f->count == MIME_FIELDS_MAX) {
		f->why = "too many fields";
		return false;
	}
	if (folded_at(f))
		field->flags |= MIME_FOLD_FIRST;
	if (!take_line(f, field, &text))
		return false;
	take_name(field, text);
	if (str_trim(text).n == 0)
		field->flags |= MIME_FOLD_BLANK;
	while (folded_at(f)) {
		if (!take_line(f, field, &text))
			return false;
		if (str_trim(text).n == 0)
			field->flags |= MIME_FOLD_BLANK;
	}
	if (!(field->flags & MIME_NO_COLON)) {
		const char *end = text.p + text.n;
		const char *colon = memchr(field->name.p + field->name.n, ':',
		    (size_t)(end - (field->name.p + field->name.n)));

		field->value = (struct str){ colon + 1,
		    (size_t)(end - (colon + 1)) };
	}
	f->count++;
	return true;
}

/* Takes the empty line that ends a header. */
static bool
take_end(struct mime_fields *f)
{
	struct str text, rest = { f->in.p + f->pos, f->in.n - f->pos };

	if (rest.n == 0) {
		f->flags |= MIME_HEADER_OPEN;
		return true;
	}
	if (rest.p[0] != '\n' && !str_starts(rest, STR("\r\n")))
		return false;
	if (rest.p[0] == '\n')
		f->flags |= MIME_BARE_LF;
	f->pos += line_at(f->in, f->pos, &text).n;
	return true;
}

int
mime_fields_next(struct mime_fields *f, struct mime_field *field_r)
{
	if (f->why != NULL)
		return ERR_LIMIT;
	if (f->done || take_end(f)) {
		f->done = true;
		return 0;
	}
	*field_r = (struct mime_field){ .whole = { f->in.p + f->pos, 0 } };
	if (!take_field(f, field_r))
		return ERR_LIMIT;
	f->flags |= field_r->flags;
	return 1;
}

size_t
mime_unfold(char *out, struct str value)
{
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		bool crlf = value.p[i] == '\r' && i + 1 < value.n &&
		    value.p[i + 1] == '\n';

		if (value.p[i] != '\n' && !crlf)
			out[n++] = value.p[i];
	}
	return n;
}
