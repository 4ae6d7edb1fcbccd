#include <assert.h>
#include <string.h>

#include "err.h"
#include "finding.h"

/* In front of each word's name. */
struct word {
	uint32_t count;
	int32_t score;
	uint8_t virus, name;		/* octets of the name */
} __attribute__((packed));

/* In front of the words. */
struct head {
	uint8_t title, version;		/* octets of these, which follow */
} __attribute__((packed));

void
finding_begin(struct finding_made *f)
{
	f->n = f->last = 0;
	f->none = false;
}

static bool
repeats(const struct finding_made *f, const struct word *w, struct str name)
{
	const char *last = f->words + f->last;
	struct word l;

	if (f->n == 0)
		return false;
	memcpy(&l, last, sizeof l);
	return l.virus == w->virus && l.score == w->score &&
	    l.count < UINT32_MAX && str_eq((struct str){ last + sizeof l,
	    l.name }, name);
}

static void
count_one_more(struct finding_made *f)
{
	struct word w;

	memcpy(&w, f->words + f->last, sizeof w);
	w.count++;
	memcpy(f->words + f->last, &w, sizeof w);
}

void
finding_add(struct finding_made *f, uint8_t virus, int32_t score,
    struct str name)
{
	struct word w = { 1, score, virus, (uint8_t)name.n };

	if (virus > MAIL_VIRUS_SKIPPED || name.n > FINDING_TEXT_MAX)
		f->none = true;
	if (f->none)
		return;
	if (repeats(f, &w, name)) {
		count_one_more(f);
		return;
	}
	if (sizeof w + name.n > sizeof f->words - f->n) {
		f->none = true;
		return;
	}
	f->last = f->n;
	memcpy(f->words + f->n, &w, sizeof w);
	if (name.n > 0)
		memcpy(f->words + f->n + sizeof w, name.p, name.n);
	f->n += (uint32_t)(sizeof w + name.n);
}

size_t
finding_end(const struct finding_made *f, struct str title,
    struct str version, char out[FINDING_MAX])
{
	struct head h;
	size_t n = sizeof h;

	if (title.n > FINDING_TEXT_MAX)
		title.n = FINDING_TEXT_MAX;
	h = (struct head){ (uint8_t)title.n, (uint8_t)version.n };
	if (f->none || version.n > FINDING_TEXT_MAX ||
	    sizeof h + title.n + version.n + f->n > FINDING_MAX)
		return 0;
	memcpy(out, &h, sizeof h);
	for (int i = 0; i < 2; i++) {
		struct str s = i == 0 ? title : version;

		if (s.n > 0)
			memcpy(out + n, s.p, s.n);
		n += s.n;
	}
	memcpy(out + n, f->words, f->n);
	return n + f->n;
}

/* ---- reading ------------------------------------------------------------- */

static bool
take(struct str *from, size_t n, struct str *s_r)
{
	if (n > from->n)
		return false;
	*s_r = (struct str){ from->p, n };
	from->p += n;
	from->n -= n;
	return true;
}

static bool
take_word(struct str *from, struct finding_word *w_r)
{
	struct str head;
	struct word w;

	if (!take(from, sizeof w, &head))
		return false;
	memcpy(&w, head.p, sizeof w);
	*w_r = (struct finding_word){ w.count, w.score, w.virus, STR_NULL };
	return w.count > 0 && w.virus <= MAIL_VIRUS_SKIPPED &&
	    w.name <= FINDING_TEXT_MAX && take(from, w.name, &w_r->name);
}

int
finding_open(struct finding *f, struct str octets)
{
	struct finding_word w;
	struct str s, words;
	struct head h;

	*f = (struct finding){ .whole = octets };
	if (octets.n > FINDING_MAX || !take(&octets, sizeof h, &s))
		return ERR_SYNTAX;
	memcpy(&h, s.p, sizeof h);
	if (h.title > FINDING_TEXT_MAX || h.version > FINDING_TEXT_MAX ||
	    !take(&octets, h.title, &f->title) ||
	    !take(&octets, h.version, &f->version))
		return ERR_SYNTAX;
	for (words = octets; words.n > 0; )
		if (!take_word(&words, &w))
			return ERR_SYNTAX;
	f->words = octets;
	return 0;
}

bool
finding_next(struct finding *f, struct finding_word *w_r)
{
	if (f->left == 0) {
		if (f->words.n == 0 || !take_word(&f->words, &f->word))
			return false;
		f->left = f->word.count;
	}
	f->left--;
	*w_r = f->word;
	return true;
}

bool
finding_ended(const struct finding *f)
{
	return f->left == 0 && f->words.n == 0;
}

/* ---- lists --------------------------------------------------------------- */

static size_t
aligned(size_t n)
{
	return (n + 7) / 8 * 8;
}

bool
finding_put(char *list, size_t *n, size_t room, uint32_t engine,
    bool if_same, struct str finding)
{
	struct finding_item i = { engine, (uint16_t)finding.n, if_same, 0 };
	size_t all = sizeof i + aligned(finding.n);

	assert(finding.n <= FINDING_MAX && *n <= room);
	if (all > room - *n)
		return false;
	memset(list + *n, 0, all);
	memcpy(list + *n, &i, sizeof i);
	memcpy(list + *n + sizeof i, finding.p, finding.n);
	*n += all;
	return true;
}

int
finding_take(struct str *list, struct finding_item *i_r,
    struct str *finding_r)
{
	struct str s;

	if (list->n == 0)
		return 0;
	if (!take(list, sizeof *i_r, &s))
		return ERR_SYNTAX;
	memcpy(i_r, s.p, sizeof *i_r);
	if (i_r->n > FINDING_MAX || !take(list, aligned(i_r->n), &s))
		return ERR_SYNTAX;
	*finding_r = (struct str){ s.p, i_r->n };
	return 1;
}
