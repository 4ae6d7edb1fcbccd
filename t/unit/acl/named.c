/* Names of mailboxes in commands: every spelling, every command. */

#include <stdio.h>

#include "arena.h"
#include "image.h"
#include "named.h"
#include "reader.h"
#include "tap.h"

static struct conf_strset set;
static struct acl_mailboxes m = { &image.conf, &set };

#define SET(...) (image_start(), set = IMAGE_STRSET(__VA_ARGS__), image_open())

static const char *const words[ACL_NAMED_RESULTS] = {
	"admitted", "denied", "unreadable", "hides", "unknown"
};

/* One command line; its literals, all non-synchronising, stand in it. */
static const char *
judge(const char *line, bool utf8, struct str *name_r)
{
	static char name[200];
	struct str in, seen;
	struct imap_reader r;
	struct arena a;
	enum imap_event e;
	const char *word = "no command";
	size_t used;
	char text[400];

	snprintf(text, sizeof text, "t %s\r\n", line);
	in = str_c(text);
	arena_init(&a, 1 << 20, NULL, NULL);
	imap_reader_init(&r, &a);
	r.max_line = sizeof text;
	r.utf8 = utf8;
	do {
		e = imap_reader_feed(&r, in, &used);
		in.p += used;
		in.n -= used;
		if (e == IMAP_EV_LITERAL)
			imap_reader_answer(&r, IMAP_COLLECT);
	} while (e == IMAP_EV_LITERAL || (e == IMAP_EV_NEED && in.n > 0));
	if (e == IMAP_EV_COMMAND) {
		word = words[acl_named_command(&m, &r.cmd, utf8, &seen)];
		snprintf(name, sizeof name, "%.*s", STR_ARG(seen));
		*name_r = str_c(name);
	}
	arena_fini(&a);
	return word;
}

static void
test_names(void)
{
	static const struct { const char *name, *want; bool utf8; } t[] = {
		{ "INBOX", "admitted" }, { "inbox", "admitted" },
		{ "\"InBox\"", "admitted" }, { "{5+}\r\niNBOX", "admitted" },
		{ "Work/a", "admitted" }, { "Work", "admitted" },
		{ "\"\"", "admitted" }, { "work", "denied" },
		{ "inbox/x", "denied" }, { "INBOX/x", "denied" },
		{ "Other", "denied" }, { "Work/Private", "denied" },
		{ "work/private", "denied" }, { "Work/PRIVATE", "denied" },
		{ "Work/Private/", "denied" }, { "Work/Private.", "denied" },
		{ "Work//Private", "denied" }, { "//Work/Private", "denied" },
		{ "\"Work/Private\\\\\"", "denied" },
		{ "\" Work/Private\"", "denied" },
		{ "Work/./Private", "denied" }, { "INBOX/", "denied" },
		{ "Work/a/", "admitted" }, { "Work/", "admitted" },
		{ "Work/../x", "unreadable" }, { "../Work", "unreadable" },
		{ "Work/..", "unreadable" }, { "Work/..x", "admitted" },
		{ "\"Work\\\\..\\\\x\"", "unreadable" },
		{ "Work...x", "admitted" },
		{ "&AFc-ork", "unreadable" }, { "Work&AGE-", "unreadable" },
		{ "Work/&AFA-rivate", "unreadable" },
		{ "Work/&APw", "unreadable" }, { "Work/&", "unreadable" },
		{ "Work/&APw-", "admitted" }, { "Work/&-", "admitted" },
		{ "{7+}\r\nWork/\xc3\xbc", "unreadable" },
		{ "{7+}\r\nWork/\xff\xff", "unreadable" },
		{ "{6+}\r\nWork\r\n", "unreadable" },
		{ "Work&AAo-", "unreadable" }, { "Work&AH8-", "unreadable" },
		{ "Work&AIU-", "unreadable" }, { "Work&ICg-", "unreadable" },
		{ "Work&AAA-", "unreadable" },
		{ "\"Work/\xc3\xbc\"", "admitted", true },
		{ "Work/&APw-", "admitted", true },
		{ "Work/&AFA-rivate", "admitted", true },
		{ "\"Work/\xc2\x85\"", "unreadable", true },
		{ "\"Work/\xe2\x80\xa8\"", "unreadable", true },
		{ "\"Work/\xe2\x80\xa7\"", "admitted", true },
		{ "{6+}\r\nWork/\xff", "unreadable", true },
		{ "{10+}\r\nWork\xed\xa0\x80/ab", "unreadable", true },
		{ "{9+}\r\nWork\xc0\xafxyz", "unreadable", true },
	};
	char line[200];
	struct str name;

	SET("INBOX", "Work*", "!Work/Private*");
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		snprintf(line, sizeof line, "SUBSCRIBE %s", t[i].name);
		tap_cstr(t[i].want, judge(line, t[i].utf8, &name),
		    "SUBSCRIBE %s%s", t[i].name, t[i].utf8 ? " in UTF-8" :
		    "");
	}
	SET("*", "!\xc3\xbc*");
	tap_cstr("denied", judge("SELECT &APw-x", true, &name),
	    "modified UTF-7 where UTF-8 is enabled is read both ways");
	tap_cstr("denied", judge("SELECT &APw-x", false, &name),
	    "and denied where it is not");
	tap_cstr("hides", (SET("*", "!\xc3\xbc/a*"),
	    judge("DELETE &APw-", true, &name)), "DELETE, too");
	SET("Work/*");
	tap_cstr("denied", judge("CREATE Work/", false, &name),
	    "a delimiter at the end is none of a child");
}

static void
test_commands(void)
{
	static const struct { const char *line, *want, *name; } t[] = {
		{ "SELECT no", "denied", "no" },
		{ "SELECT no (CONDSTORE)", "denied", "no" },
		{ "EXAMINE no", "denied", "no" },
		{ "CREATE no (USE (\\Trash))", "denied", "no" },
		{ "DELETE no", "denied", "no" },
		{ "RENAME no Work/a", "denied", "no" },
		{ "RENAME Work/a no", "denied", "no" },
		{ "RENAME Work/a Work/b", "admitted", "" },
		{ "SUBSCRIBE no", "denied", "no" },
		{ "UNSUBSCRIBE no", "denied", "no" },
		{ "STATUS no (MESSAGES)", "denied", "no" },
		{ "APPEND no {1+}\r\nx", "denied", "no" },
		{ "APPEND Work (\\Seen) {1+}\r\nx", "admitted", "" },
		{ "COPY 1 no", "denied", "no" }, { "MOVE 1 no", "denied", "no" },
		{ "UID COPY 1 no", "denied", "no" },
		{ "UID MOVE 1 no", "denied", "no" },
		{ "REPLACE 1 no {1+}\r\nx", "denied", "no" },
		{ "UID REPLACE 1 no {1+}\r\nx", "denied", "no" },
		{ "GETQUOTAROOT no", "denied", "no" },
		{ "SETACL no joe lr", "denied", "no" },
		{ "DELETEACL no joe", "denied", "no" },
		{ "GETACL no", "denied", "no" },
		{ "LISTRIGHTS no joe", "denied", "no" },
		{ "MYRIGHTS no", "denied", "no" },
		{ "GETMETADATA no /x", "denied", "no" },
		{ "GETMETADATA (MAXSIZE 1) no /x", "denied", "no" },
		{ "GETMETADATA \"\" /x", "admitted", "" },
		{ "GETMETADATA ((Work) no) no /x", "denied", "no" },
		{ "GETMETADATA Work* /x", "unknown", "Work*" },
		{ "SETMETADATA no (/x NIL)", "denied", "no" },
		{ "GETANNOTATION no /x y", "denied", "no" },
		{ "GETANNOTATION (no) /x y", "denied", "/x" },
		{ "SETANNOTATION Work% /x (y z)", "unknown", "Work%" },
		{ "ESEARCH ALL", "admitted", "" },
		{ "ESEARCH IN (mailboxes no) ALL", "denied", "no" },
		{ "ESEARCH in (MAILBOXES (Work no)) ALL", "denied", "no" },
		{ "ESEARCH IN (subtree Work subtree-one no) ALL", "denied",
		    "no" },
		{ "ESEARCH IN (personal selected (x)) ALL", "admitted", "" },
		{ "ESEARCH IN (elsewhere) ALL", "unknown", "" },
		{ "ESEARCH IN (\"mailboxes\" Work) ALL", "unknown", "" },
		{ "ESEARCH IN no ALL", "unknown", "" },
		{ "ESEARCH \"IN\" (mailboxes no) ALL", "denied", "no" },
		{ "ESEARCH {2+}\r\nIN (mailboxes no) ALL", "denied", "no" },
		{ "ESEARCH RETURN (ALL) in (mailboxes no) ALL", "denied",
		  "no" },
		{ "ESEARCH SUBJECT IN", "admitted", "" },
		{ "ESEARCH IN (mailboxes ((no))) ALL", "unknown", "" },
		{ "NOTIFY NONE", "admitted", "" },
		{ "NOTIFY SET (selected (MessageNew))", "admitted", "" },
		{ "NOTIFY SET STATUS (mailboxes no (MessageNew))", "denied",
		    "no" },
		{ "NOTIFY SET (subtree (Work no) (MessageNew))", "denied",
		    "no" },
		{ "NOTIFY SET (any (MessageNew))", "unknown", "" },
		{ "NOTIFY ADD (selected (MessageNew))", "unknown", "" },
		{ "XFROB Work", "unknown", "" },
		{ "LOCALDELETE Work", "unknown", "" },
		{ "XRENAME Work Work", "unknown", "" },
		{ "XAPPLEPUSHSERVICE x", "unknown", "" },
		{ "LIST no *", "admitted", "" },
		{ "LIST (SUBSCRIBED) no (a b) RETURN (STATUS (MESSAGES))",
		    "admitted", "" },
		{ "LSUB no *", "admitted", "" }, { "NAMESPACE", "admitted", "" },
		{ "SEARCH ALL", "admitted", "" },
		{ "FETCH 1 FLAGS", "admitted", "" },
		{ "GETQUOTA no", "admitted", "" },
		{ "STORE 1 +FLAGS (\\Seen)", "admitted", "" },
		{ "STORE 1 (UNCHANGEDSINCE 1) -flags.silent x", "admitted",
		    "" },
		{ "STORE 1 +X-GM-LABELS (no)", "unknown", "" },
		{ "UID STORE 1 (UNCHANGEDSINCE 1) X-GM-LABELS (no)",
		    "unknown", "" },
		{ "DELETE Work", "hides", "Work" },
		{ "DELETE Work/", "hides", "Work/" },
		{ "RENAME Work Workshop", "hides", "Work" },
		{ "RENAME INBOX Work/x", "hides", "INBOX" },
	};
	struct str name = STR_NULL;

	SET("INBOX", "Work*", "!Work/Private*");
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		tap_cstr(t[i].want, judge(t[i].line, false, &name), "%s",
		    t[i].line);
		tap_str(str_c(t[i].name), name, "and its name");
	}
}

/*
 * Every row that may be admitted either takes a mailbox where its signature
 * says so, or is among those above, or is refused.
 */
static void
test_rows(void)
{
	static const uint8_t none[] = {
		IMAP_LIST, IMAP_LSUB, IMAP_XLIST, IMAP_NAMESPACE,
		IMAP_CAPABILITY, IMAP_NOOP, IMAP_LOGOUT, IMAP_ID, IMAP_ENABLE,
		IMAP_LANGUAGE, IMAP_STARTTLS, IMAP_AUTHENTICATE, IMAP_LOGIN,
		IMAP_IDLE, IMAP_GETQUOTA, IMAP_SETQUOTA, IMAP_COMPARATOR,
		IMAP_CHECK, IMAP_CLOSE, IMAP_UNSELECT, IMAP_EXPUNGE,
		IMAP_UID_EXPUNGE, IMAP_SEARCH, IMAP_UID_SEARCH, IMAP_FETCH,
		IMAP_UID_FETCH, IMAP_STORE, IMAP_UID_STORE, IMAP_SORT,
		IMAP_UID_SORT, IMAP_THREAD, IMAP_UID_THREAD,
		IMAP_CANCELUPDATE, IMAP_UIDBATCHES,
		/* judged by their own rules: nothing is there yet */
		IMAP_GETMETADATA, IMAP_SETMETADATA, IMAP_GETANNOTATION,
		IMAP_SETANNOTATION, IMAP_ESEARCH, IMAP_NOTIFY,
	};

	SET("*");
	for (unsigned row = 0; row < IMAP_ROWS; row++) {
		struct imap_command cmd = { .row = (enum imap_row)row };
		bool known = memchr(none, (int)row, sizeof none) != NULL ||
		    strchr(imap_commands[row].args, 'm') != NULL;
		struct str name;

		if (imap_commands[row].deflt == IMAP_NEVER)
			continue;
		tap_cstr(known ? "admitted" : "unknown",
		    words[acl_named_command(&m, &cmd, false, &name)], "%s",
		    imap_commands[row].name);
	}
}

int
main(void)
{
	test_names();
	test_commands();
	test_rows();
	return tap_done();
}
