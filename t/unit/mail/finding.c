/* What an engine said of a mail, as octets; and lists of these. */

#include <stdlib.h>

#include "err.h"
#include "finding.h"
#include "tap.h"

static char octets[FINDING_MAX];

static struct str
made(const struct finding_made *f, struct str title, struct str version)
{
	return (struct str){ octets, finding_end(f, title, version, octets) };
}

static void
test_words(void)
{
	static struct finding_made m;
	struct finding f;
	struct finding_word w;

	finding_begin(&m);
	for (int i = 0; i < 3; i++)
		finding_add(&m, MAIL_VIRUS_FREE, 0, STR_NULL);
	finding_add(&m, MAIL_VIRUS_FOUND, 0, STR("Eicar"));
	finding_add(&m, MAIL_VIRUS_FOUND, 0, STR("Other"));
	finding_add(&m, MAIL_VIRUS_SKIPPED, 15000, STR_NULL);
	tap_int(0, finding_open(&f, made(&m, STR("clamav"),
	    STR("ClamAV 1/2"))), "a finding is read again");
	tap_str(STR("clamav"), f.title, "its engine's title");
	tap_str(STR("ClamAV 1/2"), f.version, "and its signatures");
	for (int i = 0; i < 3; i++)
		tap_ok(finding_next(&f, &w) && w.virus == MAIL_VIRUS_FREE,
		    "object %d is free", i);
	tap_ok(!finding_ended(&f), "there are more");
	tap_ok(finding_next(&f, &w) && w.virus == MAIL_VIRUS_FOUND,
	    "in one something is found");
	tap_str(STR("Eicar"), w.name, "its name");
	tap_ok(finding_next(&f, &w), "and in the next");
	tap_str(STR("Other"), w.name, "something else");
	tap_ok(finding_next(&f, &w) && w.virus == MAIL_VIRUS_SKIPPED &&
	    w.score == 15000, "one has a score");
	tap_ok(finding_ended(&f), "that was the last");
	tap_ok(!finding_next(&f, &w), "there is no other");
}

static void
test_none(void)
{
	static struct finding_made m;
	static char long_[FINDING_TEXT_MAX + 1];
	struct finding f;

	finding_begin(&m);
	tap_ok(finding_open(&f, made(&m, STR("a"), STR_NULL)) == 0 &&
	    finding_ended(&f), "of no object there is no word");
	finding_add(&m, MAIL_VIRUS_FREE, 0, STR_NULL);
	finding_add(&m, MAIL_VIRUS_ERROR, 0, STR_NULL);
	tap_int(0, (int64_t)made(&m, STR("a"), STR_NULL).n,
	    "with an error nothing is kept");
	finding_begin(&m);
	finding_add(&m, MAIL_VIRUS_UNKNOWN, 0, STR_NULL);
	tap_int(0, (int64_t)made(&m, STR("a"), STR_NULL).n,
	    "nor what is unknown");
	finding_begin(&m);
	finding_add(&m, MAIL_VIRUS_FOUND, 0,
	    (struct str){ long_, sizeof long_ });
	tap_int(0, (int64_t)made(&m, STR("a"), STR_NULL).n,
	    "nor a name that is too long");
	finding_begin(&m);
	for (int i = 0; i < 200; i++)
		finding_add(&m, i % 2 ? MAIL_VIRUS_FREE : MAIL_VIRUS_FOUND, 0,
		    STR_NULL);
	tap_int(0, (int64_t)made(&m, STR("a"), STR_NULL).n,
	    "nor more words than have room");
}

/* Octets that are cut or changed: an error, or words that may be. */
static void
test_hostile(void)
{
	static struct finding_made m;
	struct finding f;
	struct finding_word w;
	struct str s;
	char *copy;
	bool ok = true;

	finding_begin(&m);
	finding_add(&m, MAIL_VIRUS_FREE, 0, STR_NULL);
	finding_add(&m, MAIL_VIRUS_FOUND, 0, STR("Eicar"));
	s = made(&m, STR("clamav"), STR("1"));
	for (size_t n = 0; n < s.n; n++) {
		copy = malloc(n);
		if (n > 0)
			memcpy(copy, s.p, n);
		if (finding_open(&f, (struct str){ copy, n }) == 0)
			while (f.words.n > 0)
				ok &= finding_next(&f, &w);
		free(copy);
	}
	tap_ok(ok, "cut anywhere it is refused or has whole words");
	for (size_t i = 0; i < s.n; i++)
		for (int c = 0; c < 256; c++) {
			copy = malloc(s.n);
			memcpy(copy, s.p, s.n);
			copy[i] = (char)c;
			if (finding_open(&f, (struct str){ copy, s.n }) == 0)
				while (f.words.n > 0 && ok) {
					ok &= finding_next(&f, &w) &&
					    w.virus <= MAIL_VIRUS_SKIPPED;
					f.left = 0;
				}
			free(copy);
		}
	tap_ok(ok, "with any octet changed it has no word that is not kept");
	tap_int(ERR_SYNTAX, finding_open(&f, (struct str){ octets,
	    FINDING_MAX + 1 }), "too long is too long");
}

static void
test_list(void)
{
	_Alignas(8) char list[64];
	struct finding_item i;
	struct str rest, s;
	size_t n = 0;

	tap_ok(finding_put(list, &n, sizeof list, 3, false, STR("abc")) &&
	    finding_put(list, &n, sizeof list, 33, true, STR("defghijk")),
	    "two are put");
	tap_int(32, (int64_t)n, "aligned");
	tap_ok(!finding_put(list, &n, sizeof list, 1, false,
	    (struct str){ octets, 25 }), "a third has no room");
	rest = (struct str){ list, n };
	tap_ok(finding_take(&rest, &i, &s) == 1 && i.engine == 3 &&
	    !i.if_same, "one is taken");
	tap_str(STR("abc"), s, "as it was");
	tap_ok(finding_take(&rest, &i, &s) == 1 && i.engine == 33 &&
	    i.if_same, "and the other");
	tap_str(STR("defghijk"), s, "as it was");
	tap_int(0, finding_take(&rest, &i, &s), "then there is none");
	rest = (struct str){ list, 12 };
	tap_int(ERR_SYNTAX, finding_take(&rest, &i, &s), "cut: no list");
	rest = (struct str){ list, 4 };
	tap_int(ERR_SYNTAX, finding_take(&rest, &i, &s), "nor in its head");
}

int
main(void)
{
	test_words();
	test_none();
	test_hostile();
	test_list();
	return tap_done();
}
