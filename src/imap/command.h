#ifndef COMMAND_H
#define COMMAND_H

/*
 * Every command the proxy knows, one table.  There is no registry of IMAP
 * commands; the table is the ABNF of the RFCs that add one, and what Cyrus
 * and Dovecot have of their own.  Row numbers are what a compiled
 * configuration's sets hold.
 */

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

/* States a command is allowed in (RFC 9051 section 3); bits. */
enum {
	IMAP_IN_NONAUTH = 1,
	IMAP_IN_AUTH = 2,
	IMAP_IN_SELECTED = 4,
	IMAP_IN_LOGIN = IMAP_IN_AUTH | IMAP_IN_SELECTED,
	IMAP_IN_ANY = 7,
};

/* What a policy that does not name it does with a row. */
enum imap_default {
	IMAP_ALLOW,
	IMAP_ASK,		/* only when named: administrative, private */
	IMAP_NEVER,		/* cannot be admitted */
};

enum {
	IMAP_CMD_BARRIER = 1,	/* nothing follows before it is complete */
	IMAP_CMD_SECRET = 2,	/* its arguments are never traced */
	IMAP_CMD_UPLOAD = 4,	/* its last argument is a mail */
	IMAP_CMD_FETCH = 8,	/* names FETCH items */
	IMAP_CMD_UPDATES = 16,	/* its inner lists may name them, too */
	IMAP_CMD_KEYS = 32,	/* names search keys */

	/* What it does to the server, whatever its arguments. */
	IMAP_CMD_CHANGES = 64,	/* something of it stays there */
	IMAP_CMD_LOSES = 128,	/* and something is gone for good */
	IMAP_CMD_SHOWS = 256,	/* it may show the text of mails */
	IMAP_CMD_ANYTHING = IMAP_CMD_CHANGES | IMAP_CMD_LOSES |
	    IMAP_CMD_SHOWS,	/* nobody knows */
};

enum {
	IMAP_COMMAND_NAME = 18,
	IMAP_SIGNATURE = 12,
};

/*
 * A signature has a letter for each argument: s astring, m mailbox, p list
 * mailbox (wildcards), q sequence set, a atom, l list, f FETCH items, i ID's
 * parameters, ? one of any form; '*' any number of any form; what follows '|'
 * may be missing.
 */
struct imap_command_info {
	char name[IMAP_COMMAND_NAME];	/* as in the configuration */
	char args[IMAP_SIGNATURE];
	uint8_t states;
	uint8_t deflt;			/* enum imap_default */
	uint16_t flags;
};

/* X(enumerator, name, states, default, flags, signature) */
#define IMAP_COMMANDS(X) \
	X(UNKNOWN, "UNKNOWN", LOGIN, ASK, BARRIER|ANYTHING, "*") \
	X(CAPABILITY, "CAPABILITY", ANY, ALLOW, 0, "") \
	X(NOOP, "NOOP", ANY, ALLOW, 0, "") \
	X(LOGOUT, "LOGOUT", ANY, ALLOW, BARRIER, "") \
	X(ID, "ID", ANY, ALLOW, 0, "i") \
	X(ENABLE, "ENABLE", LOGIN, ALLOW, BARRIER, "a*") \
	X(LANGUAGE, "LANGUAGE", ANY, ASK, 0, "*") \
	X(STARTTLS, "STARTTLS", NONAUTH, ALLOW, BARRIER, "") \
	X(AUTHENTICATE, "AUTHENTICATE", NONAUTH, ALLOW, BARRIER|SECRET, "a|a") \
	X(LOGIN, "LOGIN", NONAUTH, ALLOW, BARRIER|SECRET, "ss") \
	X(SELECT, "SELECT", LOGIN, ALLOW, BARRIER, "m|l") \
	X(EXAMINE, "EXAMINE", LOGIN, ALLOW, BARRIER, "m|l") \
	X(CREATE, "CREATE", LOGIN, ALLOW, CHANGES, "m|l") \
	X(DELETE, "DELETE", LOGIN, ALLOW, CHANGES|LOSES, "m") \
	X(RENAME, "RENAME", LOGIN, ALLOW, CHANGES, "mm|l") \
	X(SUBSCRIBE, "SUBSCRIBE", LOGIN, ALLOW, CHANGES, "m") \
	X(UNSUBSCRIBE, "UNSUBSCRIBE", LOGIN, ALLOW, CHANGES, "m") \
	X(LIST, "LIST", LOGIN, ALLOW, 0, "??*") \
	X(LSUB, "LSUB", LOGIN, ALLOW, 0, "mp") \
	X(XLIST, "XLIST", LOGIN, ASK, 0, "mp") \
	X(NAMESPACE, "NAMESPACE", LOGIN, ALLOW, 0, "") \
	X(STATUS, "STATUS", LOGIN, ALLOW, 0, "ml") \
	X(APPEND, "APPEND", LOGIN, ALLOW, BARRIER|UPLOAD|CHANGES, "m*") \
	X(IDLE, "IDLE", LOGIN, ALLOW, BARRIER, "") \
	X(RLIST, "RLIST", LOGIN, NEVER, 0, "*") \
	X(RLSUB, "RLSUB", LOGIN, NEVER, 0, "*") \
	X(GETQUOTA, "GETQUOTA", LOGIN, ALLOW, 0, "s") \
	X(GETQUOTAROOT, "GETQUOTAROOT", LOGIN, ALLOW, 0, "m") \
	X(SETQUOTA, "SETQUOTA", LOGIN, ASK, CHANGES|LOSES, "sl") \
	X(SETACL, "SETACL", LOGIN, ASK, CHANGES|LOSES, "mss") \
	X(DELETEACL, "DELETEACL", LOGIN, ASK, CHANGES|LOSES, "ms") \
	X(GETACL, "GETACL", LOGIN, ALLOW, 0, "m") \
	X(LISTRIGHTS, "LISTRIGHTS", LOGIN, ALLOW, 0, "ms") \
	X(MYRIGHTS, "MYRIGHTS", LOGIN, ALLOW, 0, "m") \
	X(GETMETADATA, "GETMETADATA", LOGIN, ASK, 0, "?*") \
	X(SETMETADATA, "SETMETADATA", LOGIN, ASK, CHANGES|LOSES, "ml") \
	X(GETANNOTATION, "GETANNOTATION", LOGIN, ASK, 0, "*") \
	X(SETANNOTATION, "SETANNOTATION", LOGIN, ASK, CHANGES|LOSES, "*") \
	X(COMPARATOR, "COMPARATOR", LOGIN, ASK, 0, "*") \
	X(NOTIFY, "NOTIFY", LOGIN, ASK, UPDATES, "a*") \
	X(ESEARCH, "ESEARCH", LOGIN, ASK, UPDATES|KEYS, "*") \
	X(COMPRESS, "COMPRESS", LOGIN, NEVER, 0, "*") \
	X(UNAUTHENTICATE, "UNAUTHENTICATE", LOGIN, NEVER, 0, "*") \
	X(GENURLAUTH, "GENURLAUTH", LOGIN, NEVER, 0, "*") \
	X(RESETKEY, "RESETKEY", LOGIN, NEVER, 0, "*") \
	X(URLFETCH, "URLFETCH", LOGIN, NEVER, 0, "*") \
	X(CONVERSIONS, "CONVERSIONS", LOGIN, NEVER, 0, "*") \
	X(GETJMAPACCESS, "GETJMAPACCESS", LOGIN, NEVER, 0, "*") \
	X(CHECK, "CHECK", SELECTED, ALLOW, 0, "") \
	X(CLOSE, "CLOSE", SELECTED, ALLOW, BARRIER, "") \
	X(UNSELECT, "UNSELECT", SELECTED, ALLOW, BARRIER, "") \
	X(EXPUNGE, "EXPUNGE", SELECTED, ALLOW, CHANGES|LOSES, "") \
	X(SEARCH, "SEARCH", SELECTED, ALLOW, UPDATES|KEYS, "?*") \
	X(FETCH, "FETCH", SELECTED, ALLOW, FETCH, "qf|l") \
	X(STORE, "STORE", SELECTED, ALLOW, CHANGES, "q??*") \
	X(COPY, "COPY", SELECTED, ALLOW, CHANGES, "qm") \
	X(MOVE, "MOVE", SELECTED, ALLOW, CHANGES, "qm") \
	X(SORT, "SORT", SELECTED, ALLOW, UPDATES|KEYS, "??*") \
	X(THREAD, "THREAD", SELECTED, ALLOW, KEYS, "as?*") \
	X(CANCELUPDATE, "CANCELUPDATE", SELECTED, ASK, 0, "s*") \
	X(CONVERT, "CONVERT", SELECTED, NEVER, 0, "*") \
	X(REPLACE, "REPLACE", SELECTED, ALLOW, \
	    BARRIER|UPLOAD|CHANGES|LOSES, "qm*") \
	X(UIDBATCHES, "UIDBATCHES", SELECTED, ASK, 0, "*") \
	X(UID_FETCH, "UID-FETCH", SELECTED, ALLOW, FETCH, "qf|l") \
	X(UID_STORE, "UID-STORE", SELECTED, ALLOW, CHANGES, "q??*") \
	X(UID_COPY, "UID-COPY", SELECTED, ALLOW, CHANGES, "qm") \
	X(UID_MOVE, "UID-MOVE", SELECTED, ALLOW, CHANGES, "qm") \
	X(UID_SEARCH, "UID-SEARCH", SELECTED, ALLOW, UPDATES|KEYS, "?*") \
	X(UID_SORT, "UID-SORT", SELECTED, ALLOW, UPDATES|KEYS, "??*") \
	X(UID_THREAD, "UID-THREAD", SELECTED, ALLOW, KEYS, "as?*") \
	X(UID_EXPUNGE, "UID-EXPUNGE", SELECTED, ALLOW, CHANGES|LOSES, "q") \
	X(UID_CONVERT, "UID-CONVERT", SELECTED, NEVER, 0, "*") \
	X(UID_REPLACE, "UID-REPLACE", SELECTED, ALLOW, \
	    BARRIER|UPLOAD|CHANGES|LOSES, "qm*") \
	/* private to one server */ \
	X(DUMP, "DUMP", LOGIN, NEVER, 0, "*") \
	X(UNDUMP, "UNDUMP", LOGIN, NEVER, 0, "*") \
	X(LOCALAPPEND, "LOCALAPPEND", LOGIN, NEVER, 0, "*") \
	X(LOCALCREATE, "LOCALCREATE", LOGIN, ASK, ANYTHING, "*") \
	X(LOCALDELETE, "LOCALDELETE", LOGIN, ASK, ANYTHING, "*") \
	X(MUPDATEPUSH, "MUPDATEPUSH", LOGIN, ASK, ANYTHING, "*") \
	X(RACLMODSEQ, "RACLMODSEQ", LOGIN, ASK, ANYTHING, "*") \
	X(RECONSTRUCT, "RECONSTRUCT", LOGIN, ASK, ANYTHING, "*") \
	X(SYNCAPPLY, "SYNCAPPLY", LOGIN, NEVER, 0, "*") \
	X(SYNCGET, "SYNCGET", LOGIN, NEVER, 0, "*") \
	X(SYNCRESTART, "SYNCRESTART", LOGIN, NEVER, 0, "*") \
	X(SYNCRESTORE, "SYNCRESTORE", LOGIN, NEVER, 0, "*") \
	X(XFER, "XFER", LOGIN, NEVER, 0, "*") \
	X(XFOREVER, "XFOREVER", LOGIN, NEVER, 0, "*") \
	X(XMEID, "XMEID", LOGIN, ASK, ANYTHING, "*") \
	X(XRENAME, "XRENAME", LOGIN, ASK, ANYTHING, "*") \
	X(XRUNANNOTATOR, "XRUNANNOTATOR", LOGIN, ASK, ANYTHING, "*") \
	X(XWARMUP, "XWARMUP", LOGIN, ASK, ANYTHING, "*") \
	X(XAPPLEPUSHSERVICE, "XAPPLEPUSHSERVICE", LOGIN, ASK, CHANGES, "*") \
	X(GETUSERGROUP, "GETUSERGROUP", LOGIN, ASK, ANYTHING, "*") \
	X(SETUSERGROUP, "SETUSERGROUP", LOGIN, ASK, ANYTHING, "*") \
	X(UNSETUSERGROUP, "UNSETUSERGROUP", LOGIN, ASK, ANYTHING, "*") \
	X(UPGRADESIEVE, "UPGRADESIEVE", LOGIN, ASK, ANYTHING, "*") \
	X(X_STATE, "X-STATE", LOGIN, ASK, ANYTHING, "*")

enum imap_row {
#define IMAP_ROW(id, name, states, deflt, flags, args) IMAP_##id,
	IMAP_COMMANDS(IMAP_ROW)
#undef IMAP_ROW
	IMAP_ROWS
};

extern const struct imap_command_info imap_commands[IMAP_ROWS];

/* The row of a command on the wire, case folded; uid: it followed "UID ". */
enum imap_row imap_command_find(struct str name, bool uid);
/* By the configuration's name ("UID-FETCH"); false when there is none. */
bool imap_command_named(struct str name, enum imap_row *row_r);

#endif
