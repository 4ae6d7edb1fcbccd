#ifndef LANG_H
#define LANG_H

/*
 * Every text the proxy itself sends to a client.  LANG_TEXTS is the one
 * table: a row is an identifier and the English text, which is also gettext's
 * msgid; po/cs.po translates it.  lang_gen.c makes gen/sess/lang_table.h of
 * both at build time and fails when a translation is missing or fuzzy, so a
 * session opens no catalogue and sets no locale.
 *
 * A text is an IMAP resp-text without code (RFC 9051 section 9): at least one
 * character, no CR, LF or control, not beginning with '[' or a blank.  To add
 * one: a row here, a msgid and msgstr in po/cs.po.
 */

#include <stdbool.h>

#include "conf.h"

/* What xgettext looks for is the second argument of X. */
#define LANG_TEXTS(X) \
	/* Answers of the proxy's own. */ \
	X(LANG_GREETING, "IMAP proxy ready") \
	X(LANG_CAPABILITY_DONE, "CAPABILITY completed") \
	X(LANG_NOOP_DONE, "NOOP completed") \
	X(LANG_ID_DONE, "ID completed") \
	X(LANG_ENABLE_DONE, "ENABLE completed") \
	X(LANG_LOGOUT_DONE, "LOGOUT completed") \
	X(LANG_LOGGED_OUT, "Logging out") \
	X(LANG_STARTTLS_BEGIN, "Begin TLS negotiation now") \
	X(LANG_READY_LITERAL, "Ready for literal data") \
	X(LANG_IDLING, "Idling") \
	X(LANG_OK, "Completed") \
	X(LANG_STILL_HERE, "Still in progress") \
	/* In place of a server's text that may not pass. */ \
	X(LANG_NO, "The server refused the command") \
	X(LANG_BAD, "The server did not understand the command") \
	/* NO [NOPERM], [PRIVACYREQUIRED], [CANNOT], [UNAVAILABLE]. */ \
	X(LANG_NOPERM, "Command not permitted by policy") \
	X(LANG_NOPERM_MAILBOX, "Mailbox not permitted by policy") \
	X(LANG_NOPERM_MECHANISM, \
	    "Authentication mechanism not permitted by policy") \
	X(LANG_PRIVACYREQUIRED, "Encryption is required first") \
	X(LANG_NO_STARTTLS, "STARTTLS is not available") \
	X(LANG_CANNOT, "Not possible through this proxy") \
	X(LANG_UNAVAILABLE, "The mail server is not available now") \
	X(LANG_AUTH_FAILED, "Authentication failed") \
	X(LANG_UPLOAD_BROKEN, "The message was not stored") \
	/* Of mails; numbers of some follow the first two. */ \
	X(LANG_MAIL_DENIED, "Not permitted by policy: message") \
	X(LANG_MAIL_UNJUDGED, "Not checked, try again later: message") \
	X(LANG_UPLOAD_DENIED, "The message is not permitted by policy") \
	X(LANG_UPLOAD_UNJUDGED, \
	    "The message could not be checked, try again later") \
	/* [TOOBIG] and [LIMIT]. */ \
	X(LANG_TOOBIG, "The argument is too long") \
	X(LANG_TOOBIG_MAIL, "The message is too large") \
	X(LANG_LIMIT, "A limit of this session was exceeded") \
	X(LANG_LIMIT_BYTES, "Too much data was transferred") \
	X(LANG_LIMIT_MAIL, "A message is larger than permitted") \
	X(LANG_LIMIT_TIME, "The session has lasted too long") \
	X(LANG_LIMIT_LINE, "The command line is too long") \
	X(LANG_LIMIT_BAD, "Too many bad commands") \
	X(LANG_LIMIT_MEMORY, "The command needs too much memory") \
	/* Timeouts. */ \
	X(LANG_IDLE_TIMEOUT, "Closed for inactivity") \
	X(LANG_LOGIN_TIMEOUT, "Not logged in in time") \
	X(LANG_CLIENT_TIMEOUT, "The rest of the command did not come in time") \
	X(LANG_SERVER_TIMEOUT, "The mail server does not answer") \
	/* BYE. */ \
	X(LANG_BYE_DENIED, "Access denied by policy") \
	X(LANG_BYE_INTERNAL, "The proxy cannot serve this session") \
	X(LANG_BYE_SHUTDOWN, "The proxy is shutting down") \
	X(LANG_BYE_UNREACHABLE, "The mail server cannot be reached") \
	X(LANG_BYE_SERVER_TLS, \
	    "No secure connection to the mail server can be made") \
	X(LANG_BYE_SERVER_REFUSED, "The mail server refused the connection") \
	X(LANG_BYE_SERVER_CLOSED, "The mail server closed the connection") \
	X(LANG_BYE_SERVER_PROTOCOL, \
	    "The mail server broke the rules of the protocol") \
	X(LANG_BYE_PREAUTH, "The mail server needs no login; not permitted") \
	X(LANG_BYE_LOG, "The session cannot be logged") \
	/* BAD. */ \
	X(LANG_BAD_SYNTAX, "Syntax error") \
	X(LANG_BAD_TAG, "Invalid tag") \
	X(LANG_BAD_COMMAND, "Unknown command") \
	X(LANG_BAD_ARGUMENTS, "Invalid arguments") \
	X(LANG_BAD_LITERAL, "Invalid literal") \
	X(LANG_BAD_OCTET, "Octet not allowed here") \
	X(LANG_BAD_EMPTY, "Empty line") \
	X(LANG_BAD_STATE, "Command not allowed in this state") \
	X(LANG_BAD_TLS, "TLS is already active") \
	X(LANG_BAD_DONE, "Expected DONE") \
	X(LANG_BAD_SASL, "Invalid authentication data") \
	X(LANG_BAD_CANCELLED, "Authentication cancelled")

#define LANG_ENUM(id, text) id,
enum lang_id { LANG_TEXTS(LANG_ENUM) LANG_COUNT };
#undef LANG_ENUM

/*
 * The text in a language, static.  utf8: may a line hold more than ASCII now
 * (RFC 6855, RFC 9051)?  If not, Czech has no diacritics; nor has it ever for
 * CONF_LANG_CZ_ASCII and for the two 8-bit charsets, which no IMAP line can
 * carry.  CONF_LANG_UNSET is English.
 */
const char *lang_text(enum lang_id id, enum conf_language language,
    bool utf8);

#endif
