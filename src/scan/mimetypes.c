#include <stdlib.h>

#include "err.h"
#include "fd.h"
#include "mimetypes.h"

enum {
	/* Suffixes of a name looked at, from its end. */
	SUFFIXES_MAX = 8,
};

static char
ascii_down(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Octets of a type's halves (RFC 6838 section 4.2), a superset: no CTL. */
static bool
is_token(struct str s)
{
	static const char extra[] = "!#$&-^_.+*'`{|}~%";

	for (size_t i = 0; i < s.n; i++) {
		char c = ascii_up(s.p[i]);

		if (!ascii_digit(c) && !(c >= 'A' && c <= 'Z') &&
		    (c == '\0' || strchr(extra, c) == NULL))
			return false;
	}
	return s.n > 0;
}

bool
mimetypes_is_type(struct str s)
{
	struct str type;

	return s.n <= MIMETYPES_TYPE_MAX && str_cut(&s, '/', &type) &&
	    is_token(type) && is_token(s);
}

/* ---- the table ---------------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Take the next word of a line. */
static struct str
word(struct str *line)
{
	struct str w;

	while (line->n > 0 && is_blank(*line->p)) {
		line->p++;
		line->n--;
	}
	w = (struct str){ line->p, 0 };
	while (line->n > 0 && !is_blank(*line->p)) {
		line->p++;
		line->n--;
		w.n++;
	}
	return w;
}

/* Room for one more row? */
static int
grow(struct mimetypes *m, size_t *cap)
{
	size_t more = *cap == 0 ? 256 : 2 * *cap;
	void *p;

	if (m->n < *cap)
		return 0;
	if (more > MIMETYPES_ROWS_MAX)
		return ERR_LIMIT;
	p = realloc(m->rows, more * sizeof *m->rows);
	if (p == NULL)
		return ERR_LIMIT;
	m->rows = p;
	*cap = more;
	return 0;
}

static int
add_line(struct mimetypes *m, struct str line, size_t *cap)
{
	struct str text, type, suffix;

	str_cut(&line, '#', &text);
	type = word(&text);
	if (!mimetypes_is_type(type))
		return 0;
	while ((suffix = word(&text)).n > 0) {
		if (suffix.n > MIMETYPES_SUFFIX_MAX)
			continue;
		if (grow(m, cap) < 0)
			return ERR_LIMIT;
		m->rows[m->n++] = (struct mimetypes_row){
			.suffix = (uint32_t)(suffix.p - m->text),
			.suffix_n = (uint8_t)suffix.n,
			.type = (uint32_t)(type.p - m->text),
			.type_n = (uint8_t)type.n,
		};
	}
	return 0;
}

static int
compare(struct str a, struct str b)
{
	int d = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

static struct str
suffix_of(const struct mimetypes *m, const struct mimetypes_row *r)
{
	return (struct str){ m->text + r->suffix, r->suffix_n };
}

/* By suffix; the same ones as they stand in the text. */
static int
by_suffix(const void *a, const void *b, void *ctx)
{
	const struct mimetypes_row *x = a, *y = b;
	int d = compare(suffix_of(ctx, x), suffix_of(ctx, y));

	return d != 0 ? d : (x->suffix > y->suffix) - (x->suffix < y->suffix);
}

static void
drop_repeats(struct mimetypes *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		if (n == 0 || !str_eq(suffix_of(m, &m->rows[i]),
		    suffix_of(m, &m->rows[n - 1])))
			m->rows[n++] = m->rows[i];
	m->n = n;
}

/* m->text is there: n octets. */
static int
build(struct mimetypes *m, size_t n, const char **why_r)
{
	struct str rest = { m->text, n }, line;
	size_t cap = 0;

	for (size_t i = 0; i < n; i++)
		m->text[i] = ascii_down(m->text[i]);
	while (rest.n > 0) {
		str_cut(&rest, '\n', &line);
		if (add_line(m, line, &cap) < 0) {
			mimetypes_close(m);
			*why_r = "mime-types: it has too many suffixes";
			return ERR_LIMIT;
		}
	}
	if (m->n > 0)
		qsort_r(m->rows, m->n, sizeof *m->rows, by_suffix, m);
	drop_repeats(m);
	return 0;
}

int
mimetypes_open(struct mimetypes *m, const char *path, const char **why_r)
{
	size_t n;

	*m = (struct mimetypes){ 0 };
	if (fd_read_file(path, MIMETYPES_FILE_MAX, &m->text, &n) < 0) {
		*why_r = "mime-types: the file cannot be read";
		return ERR_IO;
	}
	return build(m, n, why_r);
}

int
mimetypes_parse(struct mimetypes *m, struct str text, const char **why_r)
{
	*m = (struct mimetypes){ 0 };
	if (text.n > MIMETYPES_FILE_MAX ||
	    (m->text = malloc(text.n + 1)) == NULL) {
		*why_r = "mime-types: it is too large";
		return ERR_LIMIT;
	}
	if (text.n > 0)
		memcpy(m->text, text.p, text.n);
	return build(m, text.n, why_r);
}

void
mimetypes_close(struct mimetypes *m)
{
	free(m->rows);
	free(m->text);
	*m = (struct mimetypes){ 0 };
}

/* ---- a name ------------------------------------------------------------- */

static struct str
find(const struct mimetypes *m, struct str suffix)
{
	char low[MIMETYPES_SUFFIX_MAX];
	size_t from = 0, to = m->n;

	if (suffix.n == 0 || suffix.n > sizeof low)
		return STR_NULL;
	for (size_t i = 0; i < suffix.n; i++)
		low[i] = ascii_down(suffix.p[i]);
	suffix.p = low;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		const struct mimetypes_row *r = &m->rows[mid];
		int d = compare(suffix, suffix_of(m, r));

		if (d == 0)
			return (struct str){ m->text + r->type, r->type_n };
		if (d < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return STR_NULL;
}

struct str
mimetypes_of(const struct mimetypes *m, struct str name)
{
	while (name.n > 0 && (name.p[name.n - 1] == '.' ||
	    name.p[name.n - 1] == ' '))
		name.n--;
	for (int i = 0; i < SUFFIXES_MAX; i++) {
		const char *dot = name.n > 0 ? memrchr(name.p, '.', name.n) :
		    NULL;
		struct str type;

		if (dot == NULL)
			break;
		type = find(m, (struct str){ dot + 1,
		    (size_t)(name.p + name.n - dot - 1) });
		if (type.n > 0)
			return type;
		name.n = (size_t)(dot - name.p);
	}
	return STR_NULL;
}
