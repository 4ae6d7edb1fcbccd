/* What commands do to mails, by their row and by their arguments. */

#include <stdio.h>

#include "arena.h"
#include "effect.h"
#include "reader.h"
#include "tap.h"

enum { TEXT_SIZE = 400 };

/*
 * Every row: '-' does nothing that stays, C changes, L loses as well, ? may
 * do and show anything, x is never passed.  A new row fails here until
 * somebody has thought about it.
 */
static const struct { const char *name; char effect; } effects[] = {
	{ "UNKNOWN", '?' }, { "CAPABILITY", '-' }, { "NOOP", '-' },
	{ "LOGOUT", '-' }, { "ID", '-' }, { "ENABLE", '-' },
	{ "LANGUAGE", '-' }, { "STARTTLS", '-' }, { "AUTHENTICATE", '-' },
	{ "LOGIN", '-' }, { "SELECT", '-' }, { "EXAMINE", '-' },
	{ "CREATE", 'C' }, { "DELETE", 'L' }, { "RENAME", 'C' },
	{ "SUBSCRIBE", 'C' }, { "UNSUBSCRIBE", 'C' }, { "LIST", '-' },
	{ "LSUB", '-' }, { "XLIST", '-' }, { "NAMESPACE", '-' },
	{ "STATUS", '-' }, { "APPEND", 'C' }, { "IDLE", '-' },
	{ "RLIST", 'x' }, { "RLSUB", 'x' }, { "GETQUOTA", '-' },
	{ "GETQUOTAROOT", '-' }, { "SETQUOTA", 'L' }, { "SETACL", 'L' },
	{ "DELETEACL", 'L' }, { "GETACL", '-' }, { "LISTRIGHTS", '-' },
	{ "MYRIGHTS", '-' }, { "GETMETADATA", '-' }, { "SETMETADATA", 'L' },
	{ "GETANNOTATION", '-' }, { "SETANNOTATION", 'L' },
	{ "COMPARATOR", '-' }, { "NOTIFY", '-' }, { "ESEARCH", '-' },
	{ "COMPRESS", 'x' }, { "UNAUTHENTICATE", 'x' },
	{ "GENURLAUTH", 'x' }, { "RESETKEY", 'x' }, { "URLFETCH", 'x' },
	{ "CONVERSIONS", 'x' }, { "GETJMAPACCESS", 'x' }, { "CHECK", '-' },
	/* CLOSE expunges: for who must not, UNSELECT goes on */
	{ "CLOSE", '-' }, { "UNSELECT", '-' }, { "EXPUNGE", 'L' },
	{ "SEARCH", '-' }, { "FETCH", '-' }, { "STORE", 'C' },
	{ "COPY", 'C' }, { "MOVE", 'C' }, { "SORT", '-' },
	{ "THREAD", '-' }, { "CANCELUPDATE", '-' }, { "CONVERT", 'x' },
	{ "REPLACE", 'L' }, { "UIDBATCHES", '-' }, { "UID-FETCH", '-' },
	{ "UID-STORE", 'C' }, { "UID-COPY", 'C' }, { "UID-MOVE", 'C' },
	{ "UID-SEARCH", '-' }, { "UID-SORT", '-' }, { "UID-THREAD", '-' },
	{ "UID-EXPUNGE", 'L' }, { "UID-CONVERT", 'x' },
	{ "UID-REPLACE", 'L' }, { "DUMP", 'x' }, { "UNDUMP", 'x' },
	{ "LOCALAPPEND", 'x' }, { "LOCALCREATE", '?' },
	{ "LOCALDELETE", '?' }, { "MUPDATEPUSH", '?' },
	{ "RACLMODSEQ", '?' }, { "RECONSTRUCT", '?' }, { "SYNCAPPLY", 'x' },
	{ "SYNCGET", 'x' }, { "SYNCRESTART", 'x' }, { "SYNCRESTORE", 'x' },
	{ "XFER", 'x' }, { "XFOREVER", 'x' }, { "XMEID", '?' },
	{ "XRENAME", '?' }, { "XRUNANNOTATOR", '?' }, { "XWARMUP", '?' },
	{ "XAPPLEPUSHSERVICE", 'C' }, { "GETUSERGROUP", '?' },
	{ "SETUSERGROUP", '?' }, { "UNSETUSERGROUP", '?' },
	{ "UPGRADESIEVE", '?' }, { "X-STATE", '?' },
};

static char
effect_of(const struct imap_command_info *c)
{
	switch (c->flags & IMAP_CMD_ANYTHING) {
	case 0: return c->deflt == IMAP_NEVER ? 'x' : '-';
	case IMAP_CMD_CHANGES: return 'C';
	case IMAP_CMD_CHANGES | IMAP_CMD_LOSES: return 'L';
	case IMAP_CMD_ANYTHING: return '?';
	default: return '!';
	}
}

static void
test_rows(void)
{
	const size_t n = sizeof effects / sizeof *effects;

	tap_int(n, IMAP_ROWS, "every row has an effect");
	for (size_t i = 0; i < n && i < IMAP_ROWS; i++)
		tap_ok(strcmp(effects[i].name, imap_commands[i].name) == 0 &&
		    effects[i].effect == effect_of(&imap_commands[i]),
		    "%s: %c", effects[i].name, effects[i].effect);
}

/* Literals of a command stand for themselves; '-' when it is none. */
static char
judge(const char *text, bool (*is)(const struct imap_command *))
{
	struct imap_reader r;
	struct str in;
	struct arena a;
	char line[TEXT_SIZE], answer = '-';
	enum imap_event e;
	size_t used;

	snprintf(line, sizeof line, "t %s\r\n", text);
	in = str_c(line);
	arena_init(&a, 1 << 20, NULL, NULL);
	imap_reader_init(&r, &a);
	r.max_line = sizeof line;
	while ((e = imap_reader_feed(&r, in, &used)) == IMAP_EV_LITERAL) {
		in.p += used;
		in.n -= used;
		imap_reader_answer(&r, IMAP_COLLECT);
	}
	if (e == IMAP_EV_COMMAND)
		answer = is(&r.cmd) ? 'y' : 'n';
	arena_fini(&a);
	return answer;
}

static void
test_deleted(void)
{
	static const struct { const char *text; char answer; } t[] = {
		{ "STORE 1 +FLAGS (\\Deleted)", 'y' },
		{ "STORE 1 +FLAGS \\Deleted", 'y' },
		{ "STORE 1 +flags.silent (\\deleted)", 'y' },
		{ "UID STORE 1:* FLAGS (\\Seen \\DELETED \\Flagged)", 'y' },
		{ "STORE 1 FLAGS \\Seen \\Deleted", 'y' },
		{ "STORE 1 (UNCHANGEDSINCE 5) +FLAGS (\\Deleted)", 'y' },
		{ "STORE 1 +FLAGS \"\\\\Deleted\"", 'y' },
		{ "STORE 1 +FLAGS {8}\r\n\\Deleted", 'y' },
		{ "STORE 1 +FLAGS ({8}\r\n\\Deleted)", 'y' },
		{ "STORE 1 +FLAGS ((\\Deleted))", 'y' },
		{ "STORE 1 -FLAGS (\\Deleted)", 'n' },
		{ "STORE 1 -FLAGS.SILENT (\\Deleted)", 'n' },
		{ "STORE 1 +FLAGS (\\Seen)", 'n' },
		{ "STORE 1 FLAGS ()", 'n' },
		{ "STORE 1 FLAGS (Deleted $Deleted)", 'n' },
		{ "STORE 1 (UNCHANGEDSINCE 5) FLAGS.SILENT (\\Seen)", 'n' },
		{ "STORE 1 ANNOTATION (/comment (value.priv \"x\"))", 'y' },
		{ "STORE 1 +X-GM-LABELS (\\Trash)", 'y' },
		{ "STORE 1 -X-GM-LABELS (\\Trash)", 'y' },
		{ "STORE 1 FLAGS.LOUD (\\Seen)", 'y' },
		{ "STORE 1 .SILENT (\\Seen)", 'y' },
		{ "STORE 1 +-FLAGS (\\Seen)", 'y' },
		{ "STORE 1 \"FLAGS\" (\\Seen)", 'y' },
		{ "STORE 1 (UNCHANGEDSINCE 5) (X) FLAGS (\\Seen)", 'y' },
		{ "APPEND x (\\Deleted) {1}\r\na", 'y' },
		{ "APPEND x (\\Seen \\deleted) \"date\" {1}\r\na", 'y' },
		{ "APPEND x (\\Seen) {1}\r\na (\\Deleted) {1}\r\nb", 'y' },
		{ "APPEND x (\\Deleted) UTF8 (~{1}\r\na)", 'y' },
		{ "APPEND x (\\Seen) {1}\r\na", 'n' },
		{ "APPEND x {8}\r\n\\Deleted", 'n' },
		{ "APPEND x UTF8 (~{8}\r\n\\Deleted)", 'n' },
		{ "APPEND \"\\\\Deleted\" {1}\r\na", 'n' },
		{ "UID REPLACE 1 x (\\Deleted) {1}\r\na", 'y' },
		{ "FETCH 1 FLAGS", 'n' },
		{ "SEARCH DELETED", 'n' },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_int(t[i].answer, judge(t[i].text, imap_may_delete),
		    "%s: %c", t[i].text, t[i].answer);
}

static void
test_text(void)
{
	static const struct { const char *text; char answer; } t[] = {
		{ "SEARCH BODY x", 'y' }, { "SEARCH TEXT \"x y\"", 'y' },
		{ "UID SEARCH body {1}\r\nx", 'y' },
		{ "SEARCH NOT BODY x", 'y' },
		{ "SEARCH OR SEEN TEXT x", 'y' },
		{ "SEARCH OR (SUBJECT a SEEN) (NOT (BODY x))", 'y' },
		{ "SEARCH ((((((TEXT x))))))", 'y' },
		{ "SEARCH FUZZY BODY x", 'y' },
		{ "SEARCH FILTER mine", 'y' },
		{ "SEARCH X-GM-RAW \"x\"", 'y' },
		{ "SEARCH ANNOTATION /comment value x", 'y' },
		{ "SEARCH RETURN (COUNT) BODY x", 'y' },
		{ "SEARCH RETURN (COUNT) CHARSET UTF-8 TEXT x", 'y' },
		{ "SEARCH CHARSET UTF-8 BODY x", 'y' },
		{ "SEARCH SEEN CHARSET UTF-8 SEEN", 'y' },
		{ "SEARCH SUBJECT (BODY x)", 'y' },
		{ "SEARCH \"BODY\" x", 'y' },
		{ "SEARCH {4}\r\nBODY x", 'y' },
		{ "SEARCH HEADER x BODY x", 'y' },
		{ "SEARCH 1:5,9 BODY x", 'y' },
		{ "SEARCH MODSEQ 5 BODY x", 'y' },
		{ "SEARCH MODSEQ \"/flags/\\\\draft\" all 5 BODY x", 'y' },
		{ "SORT (SUBJECT) UTF-8 BODY x", 'y' },
		{ "UID SORT RETURN (ALL) (DATE) UTF-8 SEEN TEXT x", 'y' },
		{ "THREAD REFERENCES UTF-8 BODY x", 'y' },
		{ "ESEARCH IN (mailboxes a) RETURN (MIN) BODY x", 'y' },
		{ "SEARCH ALL", 'n' }, { "SEARCH 1:*", 'n' },
		{ "SEARCH $ UID 5:9 NOT DELETED", 'n' },
		{ "SEARCH SUBJECT body FROM text", 'n' },
		{ "SEARCH SUBJECT {4}\r\nBODY", 'n' },
		{ "SEARCH HEADER text body SEEN", 'n' },
		{ "SEARCH KEYWORD BODY", 'n' },
		{ "SEARCH CHARSET TEXT SUBJECT x", 'n' },
		{ "SEARCH RETURN (MIN MAX) (SEEN) OR FLAGGED UNSEEN", 'n' },
		{ "SEARCH MODSEQ \"/flags/\\\\draft\" all 5 SEEN", 'n' },
		{ "SEARCH MODSEQ 5 SEEN", 'n' },
		{ "SEARCH OLDER 86400 LARGER 5", 'n' },
		{ "SORT (SUBJECT REVERSE DATE) UTF-8 FROM x", 'n' },
		{ "UID THREAD REFS UTF-8 SINCE 1-Feb-2026", 'n' },
		{ "ESEARCH IN (mailboxes BODY) RETURN (MIN) SEEN", 'n' },
		{ "FETCH 1 BODY[]", 'n' }, { "NOOP", 'n' },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_int(t[i].answer, judge(t[i].text, imap_may_search_text),
		    "%s: %c", t[i].text, t[i].answer);
}

int
main(void)
{
	test_rows();
	test_deleted();
	test_text();
	return tap_done();
}
