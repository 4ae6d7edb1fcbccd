/* What test-imap4 -t says to one command. */

#include "common.h"
#include "trial.h"

#define LOGIN_STATES "authenticated or selected"

struct row {
	const char *text, *row, *states, *verdict;
};

static const struct row commands_rows[] = {
	{ "UID FETCH 1 BODY[]", "UID-FETCH", "selected",
	  "permitted: commands has it" },
	{ "noop", "NOOP", "any", "permitted: commands has it" },
	{ "SELECT \"a b\"", "SELECT", LOGIN_STATES,
	  "permitted: commands has it" },
	{ "DELETE INBOX", "DELETE", LOGIN_STATES,
	  "NO [NOPERM]: commands does not have it" },
	{ "COMPRESS DEFLATE", "COMPRESS", LOGIN_STATES,
	  "NO [CANNOT]: it can never be passed" },
	{ "AUTHENTICATE PLAIN", "AUTHENTICATE", "not authenticated",
	  "permitted: commands has it" },
	{ "AUTHENTICATE LOGIN", "AUTHENTICATE", "not authenticated",
	  "NO [NOPERM]: auth-mechanisms does not have it" },
	{ "AUTHENTICATE NTLM", "AUTHENTICATE", "not authenticated",
	  "NO [CANNOT]: this mechanism can never be passed" },
	{ "XFROB 1", "UNKNOWN", LOGIN_STATES,
	  "BAD: commands does not have it" },
	{ "FETCH 1", "<NULL>", NULL, "BAD: an argument is missing" },
	{ "FETCH 0 FLAGS", "<NULL>", NULL,
	  "BAD: an argument is not of the right form" },
	{ "", "<NULL>", NULL, "BAD: no command word" },
	{ "LOGIN a {3}", "LOGIN", "not authenticated", "unknown: write a "
	  "literal's octets behind it, as in {3}abc" },
	{ "LOGIN a {3}ab", "LOGIN", "not authenticated", "unknown: write a "
	  "literal's octets behind it, as in {3}abc" },
	{ "LOGIN {3}a\"b {2+}\\x", "LOGIN", "not authenticated",
	  "permitted: commands has it" },
	{ "LOGIN \"{3}\\\"\" \"{1}\"", "LOGIN", "not authenticated",
	  "permitted: commands has it" },
	{ "LOGIN {3}abcd", "LOGIN", "not authenticated",
	  "BAD: a blank is missing" },
	{ "LOGIN a {4097+}x", "<NULL>", NULL, "BYE: a non-synchronising "
	  "literal over 4096 octets" },
	{ "LOGIN a {65537}", "LOGIN", "not authenticated",
	  "NO [TOOBIG]: larger than max-literal" },
	{ "DELETE {5}INBOX", "DELETE", LOGIN_STATES,
	  "NO [NOPERM]: commands does not have it" },
	{ "NOOP {2}", "<NULL>", NULL, "BAD: too many arguments" },
	{ "NOOP {2+}ab", "<NULL>", NULL, "BAD: too many arguments" },
	{ "NOOP {2+}a", "<NULL>", NULL, "unknown: the command does not end" },
	{ "APPEND a {1000}", "APPEND", LOGIN_STATES,
	  "permitted: commands has it" },
	{ "APPEND {1}a (\\Seen) {1001}", "APPEND", LOGIN_STATES,
	  "NO [TOOBIG]: larger than max-mail-out" },
	{ "APPEND a ~{99999999999999999999}", "APPEND", LOGIN_STATES,
	  "NO [TOOBIG]: larger than max-mail-out" },
	{ "APPEND {65537}", "APPEND", LOGIN_STATES,
	  "NO [TOOBIG]: larger than max-literal" },
	{ "APPEND a {3}abc", "APPEND", LOGIN_STATES,
	  "permitted: commands has it" },
};

static const struct row dry_rows[] = {
	{ "DELETE x", "DELETE", LOGIN_STATES,
	  "permitted (dry-run): commands does not have it" },
	{ "SETACL a b c", "SETACL", LOGIN_STATES,
	  "permitted (dry-run): commands does not have it" },
	{ "COMPRESS DEFLATE", "COMPRESS", LOGIN_STATES,
	  "NO [CANNOT]: it can never be passed" },
	{ "XFROB 1", "UNKNOWN", LOGIN_STATES,
	  "BAD: commands does not have it" },
	{ "NOOP", "NOOP", "any", "permitted: commands has it" },
};

static const struct row item_rows[] = {
	{ "FETCH 1 (FLAGS UID)", "FETCH", "selected",
	  "permitted: commands has it" },
	{ "UID FETCH 1 (FLAGS BODY.PEEK[])", "UID-FETCH", "selected",
	  "NO [NOPERM]: fetch-items does not have BODY[]" },
	{ "FETCH 1 ALL", "FETCH", "selected",
	  "NO [NOPERM]: fetch-items does not have INTERNALDATE" },
	{ "REPLACE 1 INBOX \"x\"", "REPLACE", "selected",
	  "NO [NOPERM]: append-extensions does not have REPLACE" },
};

static const struct row mailbox_rows[] = {
	{ "SELECT inbox", "SELECT", LOGIN_STATES,
	  "permitted: commands has it" },
	{ "SELECT \"Trash/x\"", "SELECT", LOGIN_STATES,
	  "NO [NOPERM]: mailboxes does not have it: \"Trash/x\"" },
	{ "STATUS \"Entw&APw-rfe\" (MESSAGES)", "STATUS", LOGIN_STATES,
	  "NO [NOPERM]: mailboxes does not have it: \"Entw&APw-rfe\"" },
	{ "STATUS \"Entw\xc3\xbcrfe\" (MESSAGES)", "STATUS", LOGIN_STATES,
	  "NO [NOPERM]: mailboxes does not have it: \"Entw\\xC3\\xBCrfe\"" },
	{ "STATUS \"Entw&APw\" (MESSAGES)", "STATUS", LOGIN_STATES,
	  "NO [NOPERM]: mailboxes: the name cannot be read: \"Entw&APw\"" },
	{ "COPY 1 {5}Trash", "COPY", "selected",
	  "NO [NOPERM]: mailboxes does not have it: \"Trash\"" },
	{ "APPEND trash {3}", "APPEND", LOGIN_STATES,
	  "NO [NOPERM]: mailboxes does not have it: \"trash\"" },
	{ "DELETE Work", "DELETE", LOGIN_STATES,
	  "NO [NOPERM]: mailboxes: what is denied would move along: \"Work\"" },
	{ "LIST \"\" *", "LIST", LOGIN_STATES, "permitted: commands has it" },
	{ "XFROB 1", "UNKNOWN", LOGIN_STATES,
	  "NO [NOPERM]: mailboxes: which are named cannot be told" },
};

#define REFUSES(access) "NO [NOPERM]: access = " access " refuses it"
static const struct row read_only_rows[] = {
	{ "SELECT INBOX", "SELECT", LOGIN_STATES,
	  "permitted: access = read-only: it goes on as EXAMINE" },
	{ "EXAMINE INBOX", "EXAMINE", LOGIN_STATES,
	  "permitted: commands has it" },
	{ "STORE 1 +FLAGS (\\Seen)", "STORE", "selected",
	  REFUSES("read-only") },
	{ "CLOSE", "CLOSE", "selected",
	  "permitted: access = read-only: it goes on as UNSELECT" },
	{ "DELETE x", "DELETE", LOGIN_STATES, REFUSES("read-only") },
	{ "IDLE", "IDLE", LOGIN_STATES,
	  "NO [NOPERM]: commands does not have it" },
};

static const struct row organise_rows[] = {
	{ "SELECT INBOX", "SELECT", LOGIN_STATES,
	  "permitted: commands has it" },
	{ "STORE 1 +FLAGS (\\Seen)", "STORE", "selected",
	  "permitted: commands has it" },
	{ "STORE 1 +FLAGS (\\Deleted)", "STORE", "selected",
	  "NO [NOPERM]: access = organise refuses \\Deleted, and what is no "
	  "flag" },
	{ "CLOSE", "CLOSE", "selected", "permitted: access = organise: it "
	  "goes on as UNSELECT" },
	{ "UID EXPUNGE 1", "UID-EXPUNGE", "selected", REFUSES("organise") },
	{ "UID MOVE 1 x", "UID-MOVE", "selected",
	  "permitted: commands has it" },
};

static const struct row no_export_rows[] = {
	{ "FETCH 1 (ENVELOPE BODY.PEEK[HEADER])", "FETCH", "selected",
	  "permitted: commands has it" },
	{ "FETCH 1 BODY[]", "FETCH", "selected", REFUSES("no-export") },
	{ "FETCH 1 PREVIEW", "FETCH", "selected", REFUSES("no-export") },
	{ "FETCH 1 MODSEQ", "FETCH", "selected",
	  "NO [NOPERM]: fetch-items does not have MODSEQ" },
	{ "SEARCH BODY x", "SEARCH", "selected",
	  "NO [NOPERM]: access = no-export refuses searches in the text" },
	{ "SEARCH SUBJECT body", "SEARCH", "selected",
	  "permitted: commands has it" },
};

static const struct row dry_access_rows[] = {
	{ "SELECT INBOX", "SELECT", LOGIN_STATES, "permitted (dry-run): "
	  "access = read-only: it goes on as EXAMINE" },
	{ "STORE 1 +FLAGS (\\Seen)", "STORE", "selected",
	  "permitted (dry-run): access = read-only refuses it" },
};

/* The answer as text; malloc'd. */
static char *
answer_of(const struct conf *c, const struct conf_command_acl *acl,
    const char *text, bool *permitted_r)
{
	char *out = NULL;
	size_t n = 0;
	struct answer a = { .c = c, .out = open_memstream(&out, &n) };

	if (a.out == NULL)
		abort();
	*permitted_r = trial_command(acl, text, &a);
	fclose(a.out);
	return out;
}

/* Every row of a table under one ACL. */
static void
check_rows(const struct conf *c, const struct row *rows, size_t n)
{
	const struct conf_command_acl *acl = CONF_AT(c,
	    struct conf_command_acl, c->main->command_acls, 0);
	char want[300], *seen;
	bool permitted;

	for (size_t i = 0; i < n; i++) {
		seen = answer_of(c, acl, rows[i].text, &permitted);
		snprintf(want, sizeof want, "command: %s\n%s%s%s    %s\n",
		    rows[i].row, rows[i].states ? "    states: " : "",
		    rows[i].states ? rows[i].states : "",
		    rows[i].states ? "\n" : "", rows[i].verdict);
		tap_cstr(want, seen, "'%s'", rows[i].text);
		tap_ok(permitted == (strstr(want, "    permitted") !=
		    NULL), "and so it is");
		free(seen);
	}
}

/* Under an ACL with these keys. */
static void
check_acl(const char *keys, const struct row *rows, size_t n)
{
	struct compile_result r;
	char text[1000];
	struct conf c;

	snprintf(text, sizeof text, VERSION "session-acl \"s\" { plug-to = "
	    "{\"127.0.0.1:143\"} }\ncommand-acl \"c\" { "
	    "no-mail-scanning = yes\n%s }\n", keys);
	must(text, &r, &c);
	check_rows(&c, rows, n);
	conf_close(&c);
	compile_free(&r);
}

#define CHECK_ACL(keys, rows) \
	check_acl(keys, rows, sizeof rows / sizeof rows[0])

int
main(void)
{
	CHECK_ACL("commands = {\"!DELETE\"} auth-mechanisms = {\"PLAIN\"} "
	    "max-mail-out = 1000", commands_rows);
	CHECK_ACL("commands = {\"!DELETE\"} dry-run = yes", dry_rows);
	CHECK_ACL("fetch-items = {FLAGS, UID} append-extensions = "
	    "{MULTIAPPEND}", item_rows);
	CHECK_ACL("commands = {\"*\", \"UNKNOWN\"} mailboxes = {\"INBOX\", "
	    "\"Work*\", \"!Work/Private*\"}", mailbox_rows);
	CHECK_ACL("access = read-only commands = {\"!IDLE\"}",
	    read_only_rows);
	CHECK_ACL("access = organise", organise_rows);
	CHECK_ACL("access = no-export fetch-items = {\"!MODSEQ\"}",
	    no_export_rows);
	CHECK_ACL("access = read-only dry-run = yes", dry_access_rows);
	return tap_done();
}
