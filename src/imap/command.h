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
	uint8_t flags;
};

/* X(enumerator, name, states, default, flags, signature) */
#define IMAP_COMMANDS(X) \
	X(UNKNOWN, "UNKNOWN", LOGIN, ASK, BARRIER, "*") \
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
	X(CREATE, "CREATE", LOGIN, ALLOW, 0, "m|l") \
	X(DELETE, "DELETE", LOGIN, ALLOW, 0, "m") \
	X(RENAME, "RENAME", LOGIN, ALLOW, 0, "mm|l") \
	X(SUBSCRIBE, "SUBSCRIBE", LOGIN, ALLOW, 0, "m") \
	X(UNSUBSCRIBE, "UNSUBSCRIBE", LOGIN, ALLOW, 0, "m") \
	X(LIST, "LIST", LOGIN, ALLOW, 0, "??*") \
	X(LSUB, "LSUB", LOGIN, ALLOW, 0, "mp") \
	X(XLIST, "XLIST", LOGIN, ASK, 0, "mp") \
	X(NAMESPACE, "NAMESPACE", LOGIN, ALLOW, 0, "") \
	X(STATUS, "STATUS", LOGIN, ALLOW, 0, "ml") \
	X(APPEND, "APPEND", LOGIN, ALLOW, BARRIER|UPLOAD, "m*") \
	X(IDLE, "IDLE", LOGIN, ALLOW, BARRIER, "") \
	X(RLIST, "RLIST", LOGIN, NEVER, 0, "*") \
	X(RLSUB, "RLSUB", LOGIN, NEVER, 0, "*") \
	X(GETQUOTA, "GETQUOTA", LOGIN, ALLOW, 0, "s") \
	X(GETQUOTAROOT, "GETQUOTAROOT", LOGIN, ALLOW, 0, "m") \
	X(SETQUOTA, "SETQUOTA", LOGIN, ASK, 0, "sl") \
	X(SETACL, "SETACL", LOGIN, ASK, 0, "mss") \
	X(DELETEACL, "DELETEACL", LOGIN, ASK, 0, "ms") \
	X(GETACL, "GETACL", LOGIN, ALLOW, 0, "m") \
	X(LISTRIGHTS, "LISTRIGHTS", LOGIN, ALLOW, 0, "ms") \
	X(MYRIGHTS, "MYRIGHTS", LOGIN, ALLOW, 0, "m") \
	X(GETMETADATA, "GETMETADATA", LOGIN, ASK, 0, "?*") \
	X(SETMETADATA, "SETMETADATA", LOGIN, ASK, 0, "ml") \
	X(GETANNOTATION, "GETANNOTATION", LOGIN, ASK, 0, "*") \
	X(SETANNOTATION, "SETANNOTATION", LOGIN, ASK, 0, "*") \
	X(COMPARATOR, "COMPARATOR", LOGIN, ASK, 0, "*") \
	X(NOTIFY, "NOTIFY", LOGIN, ASK, UPDATES, "a*") \
	X(ESEARCH, "ESEARCH", LOGIN, ASK, UPDATES, "*") \
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
	X(EXPUNGE, "EXPUNGE", SELECTED, ALLOW, 0, "") \
	X(SEARCH, "SEARCH", SELECTED, ALLOW, UPDATES, "?*") \
	X(FETCH, "FETCH", SELECTED, ALLOW, FETCH, "qf|l") \
	X(STORE, "STORE", SELECTED, ALLOW, 0, "q??*") \
	X(COPY, "COPY", SELECTED, ALLOW, 0, "qm") \
	X(MOVE, "MOVE", SELECTED, ALLOW, 0, "qm") \
	X(SORT, "SORT", SELECTED, ALLOW, UPDATES, "??*") \
	X(THREAD, "THREAD", SELECTED, ALLOW, 0, "as?*") \
	X(CANCELUPDATE, "CANCELUPDATE", SELECTED, ASK, 0, "s*") \
	X(CONVERT, "CONVERT", SELECTED, NEVER, 0, "*") \
	X(REPLACE, "REPLACE", SELECTED, ALLOW, BARRIER|UPLOAD, "qm*") \
	X(UIDBATCHES, "UIDBATCHES", SELECTED, ASK, 0, "*") \
	X(UID_FETCH, "UID-FETCH", SELECTED, ALLOW, FETCH, "qf|l") \
	X(UID_STORE, "UID-STORE", SELECTED, ALLOW, 0, "q??*") \
	X(UID_COPY, "UID-COPY", SELECTED, ALLOW, 0, "qm") \
	X(UID_MOVE, "UID-MOVE", SELECTED, ALLOW, 0, "qm") \
	X(UID_SEARCH, "UID-SEARCH", SELECTED, ALLOW, UPDATES, "?*") \
	X(UID_SORT, "UID-SORT", SELECTED, ALLOW, UPDATES, "??*") \
	X(UID_THREAD, "UID-THREAD", SELECTED, ALLOW, 0, "as?*") \
	X(UID_EXPUNGE, "UID-EXPUNGE", SELECTED, ALLOW, 0, "q") \
	X(UID_CONVERT, "UID-CONVERT", SELECTED, NEVER, 0, "*") \
	X(UID_REPLACE, "UID-REPLACE", SELECTED, ALLOW, BARRIER|UPLOAD, "qm*") \
	/* private to one server */ \
	X(DUMP, "DUMP", LOGIN, NEVER, 0, "*") \
	X(UNDUMP, "UNDUMP", LOGIN, NEVER, 0, "*") \
	X(LOCALAPPEND, "LOCALAPPEND", LOGIN, NEVER, 0, "*") \
	X(LOCALCREATE, "LOCALCREATE", LOGIN, ASK, 0, "*") \
	X(LOCALDELETE, "LOCALDELETE", LOGIN, ASK, 0, "*") \
	X(MUPDATEPUSH, "MUPDATEPUSH", LOGIN, ASK, 0, "*") \
	X(RACLMODSEQ, "RACLMODSEQ", LOGIN, ASK, 0, "*") \
	X(RECONSTRUCT, "RECONSTRUCT", LOGIN, ASK, 0, "*") \
	X(SYNCAPPLY, "SYNCAPPLY", LOGIN, NEVER, 0, "*") \
	X(SYNCGET, "SYNCGET", LOGIN, NEVER, 0, "*") \
	X(SYNCRESTART, "SYNCRESTART", LOGIN, NEVER, 0, "*") \
	X(SYNCRESTORE, "SYNCRESTORE", LOGIN, NEVER, 0, "*") \
	X(XFER, "XFER", LOGIN, NEVER, 0, "*") \
	X(XFOREVER, "XFOREVER", LOGIN, NEVER, 0, "*") \
	X(XMEID, "XMEID", LOGIN, ASK, 0, "*") \
	X(XRENAME, "XRENAME", LOGIN, ASK, 0, "*") \
	X(XRUNANNOTATOR, "XRUNANNOTATOR", LOGIN, ASK, 0, "*") \
	X(XWARMUP, "XWARMUP", LOGIN, ASK, 0, "*") \
	X(XAPPLEPUSHSERVICE, "XAPPLEPUSHSERVICE", LOGIN, ASK, 0, "*") \
	X(GETUSERGROUP, "GETUSERGROUP", LOGIN, ASK, 0, "*") \
	X(SETUSERGROUP, "SETUSERGROUP", LOGIN, ASK, 0, "*") \
	X(UNSETUSERGROUP, "UNSETUSERGROUP", LOGIN, ASK, 0, "*") \
	X(UPGRADESIEVE, "UPGRADESIEVE", LOGIN, ASK, 0, "*") \
	X(X_STATE, "X-STATE", LOGIN, ASK, 0, "*")

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
