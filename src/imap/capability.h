#ifndef CAPABILITY_H
#define CAPABILITY_H

/*
 * Capabilities: the table, a server's list, and the one computation of what a
 * client is offered.  Greeting, "* CAPABILITY", every [CAPABILITY] code and
 * "* ENABLED" show its result, so that no two places can differ.
 */

#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "sasl.h"
#include "str.h"

enum {
	IMAP_CAP_NAME = 26,
	/* Octets of values (RIGHTS=, unknown names) kept of a server's list;
	 * what does not fit is not offered. */
	IMAP_CAPS_TEXT = 512,
	/* What a list of everything takes. */
	IMAP_CAPS_OUT = 3072,
};

struct imap_cap_info {
	char name[IMAP_CAP_NAME];	/* '=' at its end: with a value */
	uint8_t deflt;			/* enum imap_default */
	uint8_t enable;			/* an argument of ENABLE we know */
};

/* X(enumerator, name, default, enable) */
#define IMAP_CAPS(X) \
	X(UNKNOWN, "UNKNOWN", ASK, 0) \
	X(IMAP4REV1, "IMAP4rev1", ALLOW, 0) \
	X(IMAP4REV2, "IMAP4rev2", ALLOW, 1) \
	X(STARTTLS, "STARTTLS", ALLOW, 0) \
	X(LOGINDISABLED, "LOGINDISABLED", ALLOW, 0) \
	X(AUTH, "AUTH=", ALLOW, 0) \
	X(SASL_IR, "SASL-IR", ALLOW, 0) \
	X(LITERAL_MINUS, "LITERAL-", ALLOW, 0) \
	X(LITERAL_PLUS, "LITERAL+", NEVER, 0) \
	X(ID, "ID", ALLOW, 0) \
	X(IDLE, "IDLE", ALLOW, 0) \
	X(ENABLE, "ENABLE", ALLOW, 0) \
	X(NAMESPACE, "NAMESPACE", ALLOW, 0) \
	X(CHILDREN, "CHILDREN", ALLOW, 0) \
	X(LIST_EXTENDED, "LIST-EXTENDED", ALLOW, 0) \
	X(LIST_STATUS, "LIST-STATUS", ALLOW, 0) \
	X(LIST_MYRIGHTS, "LIST-MYRIGHTS", ALLOW, 0) \
	X(LIST_METADATA, "LIST-METADATA", ASK, 0) \
	X(SPECIAL_USE, "SPECIAL-USE", ALLOW, 0) \
	X(CREATE_SPECIAL_USE, "CREATE-SPECIAL-USE", ALLOW, 0) \
	X(UIDPLUS, "UIDPLUS", ALLOW, 0) \
	X(MOVE, "MOVE", ALLOW, 0) \
	X(UNSELECT, "UNSELECT", ALLOW, 0) \
	X(CONDSTORE, "CONDSTORE", ALLOW, 1) \
	X(QRESYNC, "QRESYNC", ALLOW, 1) \
	X(ESEARCH, "ESEARCH", ALLOW, 0) \
	X(SEARCHRES, "SEARCHRES", ALLOW, 0) \
	X(ESORT, "ESORT", ALLOW, 0) \
	X(PARTIAL, "PARTIAL", ALLOW, 0) \
	X(CONTEXT_SEARCH, "CONTEXT=SEARCH", ASK, 0) \
	X(CONTEXT_SORT, "CONTEXT=SORT", ASK, 0) \
	X(SORT, "SORT", ALLOW, 0) \
	X(SORT_DISPLAY, "SORT=DISPLAY", ALLOW, 0) \
	X(THREAD, "THREAD=", ALLOW, 0) \
	X(WITHIN, "WITHIN", ALLOW, 0) \
	X(SEARCH_FUZZY, "SEARCH=FUZZY", ALLOW, 0) \
	X(MULTISEARCH, "MULTISEARCH", ASK, 0) \
	X(FILTERS, "FILTERS", ASK, 0) \
	X(QUOTA, "QUOTA", ALLOW, 0) \
	X(QUOTA_RES, "QUOTA=", ALLOW, 0) \
	X(QUOTASET, "QUOTASET", ASK, 0) \
	X(STATUS_SIZE, "STATUS=SIZE", ALLOW, 0) \
	X(SAVEDATE, "SAVEDATE", ALLOW, 0) \
	X(OBJECTID, "OBJECTID", ALLOW, 0) \
	X(APPENDLIMIT, "APPENDLIMIT", ALLOW, 0) \
	X(APPENDLIMIT_IS, "APPENDLIMIT=", ALLOW, 0) \
	X(MESSAGELIMIT, "MESSAGELIMIT=", ALLOW, 0) \
	X(SAVELIMIT, "SAVELIMIT=", ALLOW, 0) \
	X(INPROGRESS, "INPROGRESS", ALLOW, 0) \
	X(UTF8_ACCEPT, "UTF8=ACCEPT", ALLOW, 1) \
	X(UTF8_OTHER, "UTF8=", NEVER, 0) \
	X(MULTIAPPEND, "MULTIAPPEND", ALLOW, 0) \
	X(BINARY, "BINARY", ALLOW, 0) \
	X(REPLACE, "REPLACE", ALLOW, 0) \
	X(PREVIEW, "PREVIEW", ALLOW, 0) \
	X(ACL, "ACL", ALLOW, 0) \
	X(RIGHTS, "RIGHTS=", ALLOW, 0) \
	X(METADATA, "METADATA", ASK, 0) \
	X(METADATA_SERVER, "METADATA-SERVER", ASK, 0) \
	X(ANNOTATE, "ANNOTATE-EXPERIMENT-1", ASK, 0) \
	X(LANGUAGE, "LANGUAGE", ASK, 0) \
	X(I18NLEVEL, "I18NLEVEL=", ALLOW, 0) \
	X(NOTIFY, "NOTIFY", ASK, 0) \
	X(UIDBATCHES, "UIDBATCHES", ASK, 0) \
	X(UIDONLY, "UIDONLY", NEVER, 0) \
	X(XLIST, "XLIST", ASK, 0) \
	X(CATENATE, "CATENATE", NEVER, 0) \
	X(COMPRESS, "COMPRESS=", NEVER, 0) \
	X(CONVERT, "CONVERT", NEVER, 0) \
	X(IMAPSIEVE, "IMAPSIEVE=", NEVER, 0) \
	X(JMAPACCESS, "JMAPACCESS", NEVER, 0) \
	X(LOGIN_REFERRALS, "LOGIN-REFERRALS", NEVER, 0) \
	X(MAILBOX_REFERRALS, "MAILBOX-REFERRALS", NEVER, 0) \
	X(UNAUTHENTICATE, "UNAUTHENTICATE", NEVER, 0) \
	X(URL_PARTIAL, "URL-PARTIAL", NEVER, 0) \
	X(URLAUTH, "URLAUTH", NEVER, 0) \
	X(URLAUTH_BINARY, "URLAUTH=", NEVER, 0) \
	X(URLFETCH_BINARY, "URLFETCH=", NEVER, 0)

enum imap_cap {
#define IMAP_CAP_ROW(id, name, deflt, enable) IMAP_CAP_##id,
	IMAP_CAPS(IMAP_CAP_ROW)
#undef IMAP_CAP_ROW
	IMAP_CAP_ROWS
};

extern const struct imap_cap_info imap_caps_table[IMAP_CAP_ROWS];

/* The row of a name on the wire, "AUTH=PLAIN"; UNKNOWN when there is none. */
enum imap_cap imap_cap_find(struct str name);
/* The row of a configuration's name; "AUTH=" or "AUTH" name all values. */
bool imap_cap_named(struct str name, enum imap_cap *row_r);

/* A server's list. */
struct imap_caps {
	uint64_t has[2];		/* rows */
	uint64_t sasl;			/* rows of imap_sasl */
	uint64_t append_limit;		/* 0: not announced */
	uint16_t n;			/* octets of text */
	char text[IMAP_CAPS_TEXT];	/* "NAME " of value rows and unknown */
};

void imap_caps_clear(struct imap_caps *c);
/* Add one name of the list. */
void imap_caps_add(struct imap_caps *c, struct str name);
bool imap_caps_has(const struct imap_caps *c, enum imap_cap row);

/* What the offer depends on besides the server's list. */
struct imap_offer {
	const uint64_t *allowed;	/* bits over the table's rows */
	uint64_t without[2];		/* of these: not to be had now */
	const uint64_t *mechanisms;	/* bits over imap_sasl's rows */
	const uint64_t *named;		/* of these, the ones spelled out */
	bool server_known;		/* false: the proxy greets alone */
	bool authenticated;
	bool client_tls;
	bool starttls;			/* offer it */
	bool login_disabled;
	bool login_refused;		/* LOGIN alone, not AUTHENTICATE */
	uint64_t append_limit;		/* ours, 0: none */
};

/* The list to offer, to out (IMAP_CAPS_OUT octets); its length. */
size_t imap_caps_offer(const struct imap_caps *server,
    const struct imap_offer *o, char *out);
/* May a name stand in "* ENABLED", or be an argument of ENABLE? */
bool imap_cap_enable(const struct imap_offer *o, struct str name);

#endif
