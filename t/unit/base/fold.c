/* Characters, with and without what makes them look different. */

#include "fold.h"
#include "tap.h"

static bool
same(const char *a, const char *b, bool fold)
{
	uint32_t x[200], y[200];
	size_t n = fold_chars(str_c(a), fold, x);

	return n == fold_chars(str_c(b), fold, y) &&
	    memcmp(x, y, n * sizeof *x) == 0;
}

int
main(void)
{
	static const struct { const char *name, *a, *b; bool fold; } t[] = {
		{ "ASCII", "INBOX/Work", "inbox/wORK", true },
		{ "u with diaeresis", "Entw\xc3\xbcrfe", "ENTWu\xcc\x88RFE",
		    true },
		{ "its capital", "\xc3\x9c", "u\xcc\x88", true },
		{ "another vowel", "\xc3\xbc", "u", false },
		{ "another mark", "\xc3\xbc", "u\xcc\x81", false },
		{ "two marks in either order", "a\xcc\xa3\xcc\x82",
		    "a\xcc\x82\xcc\xa3", true },
		{ "two marks composed", "\xe1\xba\xad", "a\xcc\x82\xcc\xa3",
		    true },
		{ "one of two composed", "\xc3\xa2\xcc\xa3",
		    "\xe1\xba\xa1\xcc\x82", true },
		{ "Greek with three marks", "\xe1\xbe\x82",
		    "\xce\xb1\xcc\x93\xcc\x80\xcd\x85", true },
		{ "the same, shuffled", "\xe1\xbe\x8a",
		    "\xce\x91\xcd\x85\xcc\x93\xcc\x80", true },
		{ "final sigma", "\xcf\x82", "\xce\xa3", true },
		{ "Cyrillic", "\xd0\x99\xd0\xb6", "\xd0\xb8\xcc\x86\xd0\x96",
		    true },
		{ "Kelvin's sign", "\xe2\x84\xaa", "k", true },
		{ "Angstrom's sign", "\xe2\x84\xab", "\xc3\xa5", true },
		{ "Japanese", "\xe3\x81\x8c", "\xe3\x81\x8b\xe3\x82\x99", true },
		{ "Korean", "\xed\x95\x9c", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab",
		    true },
		{ "Korean without a tail", "\xea\xb0\x80",
		    "\xe1\x84\x80\xe1\x85\xa1", true },
		{ "a compatible ideograph", "\xef\xa4\x80", "\xe8\xb1\x88",
		    true },
		{ "one beyond the first plane", "\xf0\xaf\xa8\x9d",
		    "\xf0\xaf\xa8\x9e", false },
		{ "Deseret", "\xf0\x90\x90\x80", "\xf0\x90\x90\xa8", true },
		{ "an emoji", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x81", false },
		{ "sharp s", "\xe1\xba\x9e", "\xc3\x9f", true },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		tap_ok(same(t[i].a, t[i].b, true) == t[i].fold, "%s: %s",
		    t[i].name, t[i].fold ? "the same" : "not the same");
		tap_ok(!same(t[i].a, t[i].b, false), "and never as it is");
	}
	tap_ok(fold_mark(0x308) && fold_mark(0x345) && !fold_mark('u') &&
	    !fold_mark(0xfc) && !fold_mark(0x10ffff), "marks are told");
	return tap_done();
}
