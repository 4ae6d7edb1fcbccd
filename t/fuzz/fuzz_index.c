/*
 * The index of a mail as a hostile worker might write it.  Property: whatever
 * the accessors hand out lies in the block, spans lie in the mail, and no way
 * through the tree of parts is endless.  The head is mended, so that what
 * stands behind it is reached.
 */

#include <assert.h>
#include <stdlib.h>

#include "index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Keeps the compiler from leaving reads out. */
volatile unsigned fuzz_sink;

enum { OCTETS = 5000, ROWS = 300 };

static void
inside(const struct mail_index *x, struct str s)
{
	if (s.n == 0)
		return;
	assert(s.p >= x->map && s.n <= x->size &&
	    (size_t)(s.p - x->map) <= x->size - s.n);
	fuzz_sink += (unsigned char)s.p[0] + (unsigned char)s.p[s.n - 1];
}

#define ROW(x, p) inside(x, (struct str){ (const char *)(p), sizeof *(p) })

static void
in_mail(struct mail_span s)
{
	assert(s.off <= OCTETS && s.n <= OCTETS - s.off);
}

static void
look_fields(const struct mail_index *x, const struct mail_part *p)
{
	const struct mail_field *f;

	for (uint32_t i = 0; i < ROWS; i++) {
		f = mail_index_field(x, p, i);
		if (f == NULL)
			continue;
		ROW(x, f);
		in_mail(f->whole);
		inside(x, mail_index_str(x, f->name));
	}
}

static void
look_part(const struct mail_index *x, const struct mail_part *p)
{
	ROW(x, p);
	in_mail(p->header);
	in_mail(p->body);
	assert(p->kind <= MAIL_MESSAGE && p->virus <= MAIL_VIRUS_ERROR);
	look_fields(x, p);
	inside(x, mail_index_str(x, p->envelope));
	inside(x, mail_index_str(x, p->bodystructure));
	inside(x, mail_index_str(x, p->declared));
	for (uint32_t i = 0; i < ROWS; i++) {
		inside(x, mail_index_listed(x, p->names, i));
		inside(x, mail_index_listed(x, p->ordered, i));
	}
}

static void
look_section(const struct mail_index *x, const uint32_t *numbers, unsigned n)
{
	struct mail_section s;

	for (int t = IMAP_SECTION_ALL; t <= IMAP_SECTION_MIME; t++)
		if (mail_index_section(x, numbers, n,
		    (enum imap_section_text)t, &s)) {
			in_mail(s.span);
			ROW(x, s.part);
		}
}

/* A walk ends: by first children and next ones, and by their parents. */
static void
walk(const struct mail_index *x)
{
	uint32_t parts = mail_index_parts(x), steps = 0, row = 0;
	const struct mail_part *p;

	while ((p = mail_index_part(x, row)) != NULL) {
		row = p->child != MAIL_NONE ? p->child : p->next;
		while (row == MAIL_NONE && p->parent != MAIL_NONE) {
			assert(++steps <= 2 * parts);
			p = mail_index_part(x, p->parent);
			assert(p != NULL);
			row = p->next;
		}
		assert(++steps <= 2 * parts);
	}
}

static void
look(const struct mail_index *x)
{
	static const uint32_t numbers[][3] = { { 1, 1, 1 }, { 1, 2, 1 },
		{ 2, 1, 1 }, { 2, 2, 2 }, { 3, 1, 7 }, { 0, 0, 0 } };

	for (uint32_t i = 0; i < mail_index_parts(x) && i < ROWS; i++)
		look_part(x, mail_index_part(x, i));
	for (uint32_t i = 0; i < 2 * MAIL_RESULTS_MAX; i++)
		if (mail_index_result(x, i) != NULL)
			ROW(x, mail_index_result(x, i));
	for (uint32_t i = 0; i < ROWS; i++)
		if (mail_index_value(x, i) != NULL)
			ROW(x, mail_index_value(x, i));
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		for (unsigned n = 0; n <= 3; n++)
			look_section(x, numbers[i], n);
	walk(x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mail_index_head *h;
	struct mail_index x;
	char *p = malloc(n);

	if (p == NULL)
		return 0;
	memcpy(p, data, n);
	if (mail_index_open(&x, p, n, OCTETS) == 0)
		look(&x);
	if (n >= sizeof *h) {
		h = (void *)p;
		memcpy(h->magic, MAIL_INDEX_MAGIC, sizeof h->magic);
		h->format = MAIL_INDEX_FORMAT;
		h->size = (uint32_t)n;
		h->octets = OCTETS;
		h->virus %= MAIL_VIRUS_ERROR + 1;
		if (mail_index_open(&x, p, n, OCTETS) == 0)
			look(&x);
	}
	free(p);
	return 0;
}
