/* Sets of patterns over names of mailboxes. */

#include "image.h"
#include "mailboxes.h"
#include "tap.h"

#define AUML "\xc3\xa4"
#define UUML "\xc3\xbc"

static struct conf_strset set;
static struct acl_mailboxes m = { &image.conf, &set };

#define SET(...) (image_start(), set = IMAGE_STRSET(__VA_ARGS__), image_open())

/* "+Name" is admitted, "-Name" is not. */
static void
admits(const char *what, const char *const *names)
{
	for (; *names != NULL; names++)
		tap_ok(acl_mailbox_admits(&m, str_c(*names + 1)) ==
		    (**names == '+'), "%s: '%s'", what, *names);
}
#define ADMITS(what, ...) \
	admits(what, (const char *const[]){ __VA_ARGS__, NULL })

static void
test_sets(void)
{
	set.given = 0;
	ADMITS("no set", "+INBOX", "+Trash", "+");
	SET("INBOX", "Work/*");
	ADMITS("positive values", "+INBOX", "+Work/a", "+Work/a/b", "+Work/",
	    "-Work", "-work/a", "-INBOX/a", "-INBOXES", "-", "-xWork/a");
	SET("!Trash*", "!*/Secret");
	ADMITS("negative values", "+INBOX", "-Trash", "-Trash/a", "-trash",
	    "-TRASH.old", "-a/Secret", "-a/b/SECRET", "+Secret", "+a/Secret/b",
	    "+Tras");
	SET("Work*", "!Work/Private*");
	ADMITS("both", "+Work", "+Work/a", "-Work/Private", "-Work/PRIVATE/x",
	    "-Other");
	SET("W" UUML "rfe/?", "\xe6\x97\xa5*");
	ADMITS("characters, not octets", "+W" UUML "rfe/a",
	    "+W" UUML "rfe/" AUML, "+W" UUML "rfe/\xf0\x9f\x98\x80",
	    "-W" UUML "rfe/ab", "-W" UUML "rfe/", "+\xe6\x97\xa5\xe6\x9c\xac",
	    "-\xe6\x97\xa6");
	SET("*", "!Entw" UUML "rfe", "!?x", "!n" UUML "?");
	ADMITS("characters taken apart", "-Entwu\xcc\x88rfe",
	    "-ENTW\xc3\x9cRFE", "+Entwurfe", "-" AUML "x", "-a\xcc\x88x",
	    "-a\xcc\x88\xcc\xa3X", "+aax", "-nu\xcc\x88" "a\xcc\x81",
	    "+n" UUML);
	SET("Entw" UUML "rfe");
	ADMITS("a positive value as it is written", "+Entw" UUML "rfe",
	    "-Entwu\xcc\x88rfe", "-ENTW\xc3\x9cRFE");
	SET("a*b*c", "**x**");
	ADMITS("stars", "+abc", "+aXbYc", "+abbcbc", "-ab", "-acb", "+x", "+1x2",
	    "-");
	SET("*");
	ADMITS("everything", "+INBOX", "+a/b", "+");
	SET("!*");
	ADMITS("nothing", "-INBOX", "-a", "-");
}

static void
test_long(void)
{
	static char name[ACL_MAILBOX_MAX + 2];

	SET("*", "!secret*");
	memset(name, 'a', ACL_MAILBOX_MAX);
	ADMITS("the longest name", "+x");
	tap_ok(acl_mailbox_admits(&m, str_c(name)), "is admitted");
	name[ACL_MAILBOX_MAX] = 'a';
	tap_ok(!acl_mailbox_admits(&m, str_c(name)), "a longer one is not");
	tap_ok(acl_mailbox_denies(&m, str_c(name)), "and counts as denied");
}

static void
test_denies(void)
{
	SET("INBOX", "!Trash*");
	tap_ok(acl_mailbox_denies(&m, STR("trash")), "a negative value denies");
	tap_ok(!acl_mailbox_denies(&m, STR("Other")), "what only no positive "
	    "value has is not denied");
}

static void
test_damaged(void)
{
	SET("*");
	set.values.off = 1 << 30;
	ADMITS("a set out of the map", "-INBOX");
	tap_ok(acl_mailbox_denies(&m, STR("a")), "denies");
	tap_ok(acl_mailbox_hides(&m, STR("a")), "hides");
	tap_ok(!acl_mailbox_reaches(&m, STR("a")), "reaches nothing");
	tap_ok(acl_mailbox_reveals(&m, STR("a"), STR("b")), "reveals");
}

static void
test_below(void)
{
	static const struct {
		const char *set[4], *from, *to;
		bool hides, reveals;
	} t[] = {
		{ { "!Work/Private*" }, "Work", "Play", true, true },
		{ { "!Work/Private*" }, "work", "Play", true, true },
		{ { "!Work/Private*" }, "Wor", "Play", false, false },
		{ { "!Work/Private*" }, "Work/a", "Play", false, false },
		{ { "!Workshop" }, "Work", "Play", false, false },
		{ { "!*Secret*" }, "Work", "Play", false, false },
		{ { "!*k/Secret*" }, "Work", "Play", false, true },
		{ { "!*k/Secret*" }, "Work", "Folk", false, false },
		{ { "!*/Secret*" }, "Work", "Play", false, false },
		{ { "!W?rk.x" }, "Work", "Play", false, true },
		{ { "!Work/*" }, "Work", "Play", true, true },
		{ { "!a/x", "!b*" }, "a", "b", true, false },
		{ { "Work*", "Play*" }, "Work/a", "Play/a", false, false },
		{ { "Work", "Play*" }, "Work", "Play", false, true },
		{ { "Work", "Play" }, "Work", "Play", false, false },
		{ { "Work*", "Play" }, "Work", "Play", false, false },
		{ { "INBOX", "*" }, "INBOX", "Old", false, false },
		{ { "INBOX", "Old*" }, "INBOX", "Old", false, true },
		{ { "*" }, "a", "b", false, false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct str from = str_c(t[i].from), to = str_c(t[i].to);

		image_start();
		set = image_strset(t[i].set);
		image_open();
		tap_ok(acl_mailbox_hides(&m, from) == t[i].hides,
		    "{%s}: '%s' %s", t[i].set[0], t[i].from, t[i].hides ?
		    "hides something" : "hides nothing");
		tap_ok(acl_mailbox_reveals(&m, from, to) == t[i].reveals,
		    "and RENAME to '%s' %s", t[i].to, t[i].reveals ?
		    "could reveal it" : "reveals nothing");
	}
}

static void
test_reaches(void)
{
	SET("INBOX", "Shared/a*");
	tap_ok(acl_mailbox_reaches(&m, STR("")), "\"\" reaches all");
	tap_ok(acl_mailbox_reaches(&m, STR("Shared/")), "a prefix");
	tap_ok(acl_mailbox_reaches(&m, STR("Shared/abc/")), "in a run");
	tap_ok(!acl_mailbox_reaches(&m, STR("Other/")), "not another");
	tap_ok(!acl_mailbox_reaches(&m, STR("Shared/b")), "nor one beside");
	SET("!Shared*");
	tap_ok(!acl_mailbox_reaches(&m, STR("Shared/")), "a denied tree");
	tap_ok(acl_mailbox_reaches(&m, STR("Share")), "may be beside it");
	SET("!Shared");
	tap_ok(acl_mailbox_reaches(&m, STR("Shared/")), "only a name is denied");
}

static void
test_patterns(void)
{
	static const struct { const char *a, *b; bool fold, want; } t[] = {
		{ "Trash", "Trash*", false, true },
		{ "trash", "Trash*", false, false },
		{ "trash", "Trash*", true, true },
		{ "Trash*", "Trash*", false, true },
		{ "Trash*", "Trash", false, false },
		{ "Tr*sh", "T*", false, true }, { "T?", "T*", false, true },
		{ "T*", "T?", false, false }, { "T?", "T?", false, true },
		{ "T?", "Ta", false, false }, { "*", "*", false, true },
		{ "*", "?*", false, false }, { "?*", "*", false, true },
	};
	static char many[ACL_PATTERN_MAX + 2];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_ok(acl_mailbox_within(str_c(t[i].a), str_c(t[i].b),
		    t[i].fold) == t[i].want, "'%s' %s '%s'", t[i].a,
		    t[i].want ? "is within" : "goes beyond", t[i].b);
	tap_cstr("is empty", acl_mailbox_pattern(STR("")), "no text");
	tap_cstr("is not UTF-8", acl_mailbox_pattern(STR("a\xff")), "octets");
	tap_cstr("has a control character in it",
	    acl_mailbox_pattern(STR("a\tb")), "a tab");
	memset(many, 'x', ACL_PATTERN_MAX);
	tap_ok(acl_mailbox_pattern(str_c(many)) == NULL, "the longest");
	many[ACL_PATTERN_MAX] = 'x';
	tap_cstr("is longer than 255 octets",
	    acl_mailbox_pattern(str_c(many)), "a longer one");
}

int
main(void)
{
	test_sets();
	test_long();
	test_denies();
	test_damaged();
	test_below();
	test_reaches();
	test_patterns();
	return tap_done();
}
