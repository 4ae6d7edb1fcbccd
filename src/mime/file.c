#include "file.h"

enum {
	/* Of a file's mode, as every uuencode writes it. */
	MODE_DIGITS = 3,
};

static const struct {
	struct str word;
	enum mime_file_kind kind;
	enum mime_cte cte;
	bool mode;		/* "644 " follows */
} kinds[] = {
	{ STR("begin "), MIME_FILE_UU, MIME_CTE_UU, true },
	{ STR("begin-base64 "), MIME_FILE_UU64, MIME_CTE_BASE64, true },
	{ STR("=ybegin "), MIME_FILE_YENC, MIME_CTE_YENC, false },
	{ STR("(This file must be converted with BinHex"),
	    MIME_FILE_BINHEX, MIME_CTE_BINHEX, false },
};

/* Behind word an octal number and a blank: its digits, else 0. */
static size_t
mode_digits(struct str line, struct str word)
{
	size_t i = word.n;

	while (i < line.n && line.p[i] >= '0' && line.p[i] <= '7')
		i++;
	return i < line.n && line.p[i] == ' ' ? i - word.n : 0;
}

/* "=ybegin part=1 line=128 size=9 name=a" */
static bool
is_piece(struct str line)
{
	const struct str part = STR(" part="), name = STR(" name=");
	const char *at = memmem(line.p, line.n, part.p, part.n);
	const char *end = memmem(line.p, line.n, name.p, name.n);

	return at != NULL && (end == NULL || at < end);
}

bool
mime_file_begins(struct str line, struct mime_file *f_r)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t digits = MODE_DIGITS;

		if (!str_starts(line, kinds[i].word))
			continue;
		if (kinds[i].mode)
			digits = mode_digits(line, kinds[i].word);
		if (digits == 0)
			continue;
		*f_r = (struct mime_file){ .kind = kinds[i].kind,
		    .cte = kinds[i].cte, .sure = digits >= MODE_DIGITS,
		    .piece = kinds[i].kind == MIME_FILE_YENC &&
			is_piece(line),
		    .body = kinds[i].kind == MIME_FILE_UU64 ? line.n : 0,
		    .rest = line.n };
		return true;
	}
	return false;
}

bool
mime_file_next(struct str octets, size_t from, struct mime_file *f_r)
{
	while (from < octets.n) {
		struct str line = { octets.p + from, octets.n - from };
		const char *end = memchr(line.p, '\n', line.n);

		if (end != NULL)
			line.n = (size_t)(end - line.p) + 1;
		if (mime_file_begins(line, f_r)) {
			f_r->line = from;
			f_r->body += from;
			f_r->rest += from;
			return true;
		}
		from += line.n;
	}
	return false;
}
