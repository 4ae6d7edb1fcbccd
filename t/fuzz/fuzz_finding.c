/*
 * Lists of findings, as a worker or a store that are not ours any more may
 * have them: no word but those that are kept, and made anew from its words a
 * finding says the same.
 */

#include <assert.h>

#include "finding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { OBJECTS = 1000 };

static void
check_word(const struct finding_word *w)
{
	assert(w->virus <= MAIL_VIRUS_SKIPPED && w->count > 0);
	assert(w->name.n <= FINDING_TEXT_MAX);
}

static void
check(struct str octets)
{
	static struct finding_made made;
	char out[FINDING_MAX];
	struct finding f, same;
	struct finding_word w, v;
	size_t n;

	if (finding_open(&f, octets) < 0)
		return;
	assert(str_eq(f.whole, octets));
	same = f;
	finding_begin(&made);
	for (int i = 0; i < OBJECTS && finding_next(&f, &w); i++) {
		check_word(&w);
		finding_add(&made, w.virus, w.score, w.name);
	}
	n = finding_end(&made, f.title, f.version, out);
	/* it may have been a longer one, of words that repeat */
	assert(n > 0 && n <= octets.n);
	f = same;
	assert(finding_open(&same, (struct str){ out, n }) == 0);
	for (int i = 0; i < OBJECTS && finding_next(&same, &v); i++) {
		assert(finding_next(&f, &w));
		assert(v.virus == w.virus && v.score == w.score &&
		    str_eq(v.name, w.name));
	}
	assert(str_eq(same.title, f.title) && str_eq(same.version, f.version));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str list = { (const char *)data, n }, octets;
	struct finding_item i;

	while (finding_take(&list, &i, &octets) > 0)
		check(octets);
	return 0;
}
