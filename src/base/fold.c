#include "fold.h"
#include "fold_table.h"

enum {
	PAIRS = sizeof fold_pairs / sizeof *fold_pairs,
	CASES = sizeof fold_cases / sizeof *fold_cases,
	MARKS = sizeof fold_marks / sizeof *fold_marks,
	/* The first character that is not its own decomposition. */
	FIRST = 0xc0,
	/* Syllables of Korean are made of letters: Unicode section 3.12. */
	HANGUL = 0xac00, HANGUL_N = 11172, LEAD = 0x1100, VOWEL = 0x1161,
	TAIL = 0x11a7, TAILS = 28, SYLLABLES = 588,
};

static const struct fold_pair *
find_pair(uint32_t c)
{
	size_t lo = 0, hi = PAIRS;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (fold_pairs[mid].c < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < PAIRS && fold_pairs[lo].c == c ? &fold_pairs[lo] : NULL;
}

static uint32_t
lower(uint32_t c)
{
	size_t lo = 0, hi = CASES;
	const struct fold_case *f;

	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (fold_cases[mid].last < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	f = &fold_cases[lo];
	if (lo == CASES || c < f->first ||
	    (c - f->first) % (uint32_t)f->step != 0)
		return c;
	return (uint32_t)((int64_t)c + f->to);
}

bool
fold_mark(uint32_t c)
{
	size_t lo = 0, hi = MARKS;

	if (c < fold_marks[0].first)
		return false;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (fold_marks[mid].last < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < MARKS && c >= fold_marks[lo].first;
}

static size_t
put_syllable(uint32_t s, uint32_t *out)
{
	out[0] = LEAD + s / SYLLABLES;
	out[1] = VOWEL + s % SYLLABLES / TAILS;
	out[2] = TAIL + s % TAILS;
	return s % TAILS != 0 ? 3 : 2;
}

/* Only the first of a pair is one itself: the marks come from behind. */
static size_t
decompose(uint32_t c, uint32_t *out)
{
	const struct fold_pair *p;
	uint32_t marks[FOLD_ROOM * 4];
	size_t n = 0, k = 0;

	if (c >= HANGUL && c < HANGUL + HANGUL_N)
		return put_syllable(c - HANGUL, out);
	while (c >= FIRST && (p = find_pair(c)) != NULL) {
		if (p->b != 0)
			marks[k++] = p->b;
		c = p->a;
	}
	out[n++] = c;
	while (k > 0)
		out[n++] = marks[--k];
	return n;
}

/* Put the mark at the end where it belongs among those before it. */
static void
sort_mark(uint32_t *c, size_t n)
{
	uint32_t mark = c[n];

	for (; n > 0 && c[n - 1] > mark && fold_mark(c[n - 1]); n--)
		c[n] = c[n - 1];
	c[n] = mark;
}

size_t
fold_chars(struct str s, bool fold, uint32_t *out)
{
	size_t n = 0, end;
	uint32_t c;

	while (s.n > 0) {
		c = str_take_utf8(&s);
		if (!fold || c < FIRST) {
			out[n++] = c;
			continue;
		}
		for (end = n + decompose(c, out + n); n < end; n++)
			if (fold_mark(out[n]))
				sort_mark(out, n);
	}
	for (size_t i = 0; fold && i < n; i++)
		out[i] = lower(out[i]);
	return n;
}
