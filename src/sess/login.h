#ifndef LOGIN_H
#define LOGIN_H

/*
 * LOGIN and AUTHENTICATE: who says that he is who, the SASL exchange line by
 * line (RFC 9051 section 6.2.2, RFC 4959), and what changes once it is done.
 * Secrets stay in buffers that are wiped; only user names are kept.
 */

#include "arg.h"
#include "sasl.h"

enum {
	/* Names in logs are cut there; nobody's mailbox is longer. */
	LOGIN_USER = 256,
	/* A SASL message, base64: tokens have several kB. */
	LOGIN_SASL_MAX = 16384,
};

struct sess;

struct login {
	enum imap_sasl_row mech;
	char mechanism[IMAP_SASL_NAME];	/* for the log; "" for LOGIN */
	char claimed[LOGIN_USER];	/* kept as user once it succeeds */
	size_t nclaimed;
	struct str initial;		/* initial response to send after "+" */
	unsigned step;			/* client's messages so far */
	bool cancelled;			/* ended by the proxy */
};

/* The two commands; called with the command complete and permitted. */
void login_login(struct sess *s, const struct imap_command *cmd);
void login_authenticate(struct sess *s, const struct imap_command *cmd);
/* "+" from the server within AUTHENTICATE. */
void login_challenge(struct sess *s, struct str text);
/* A line of the client's within AUTHENTICATE; true when one was used. */
bool login_line(struct sess *s);
/* The tagged answer came; ok: the session is authenticated. */
void login_answered(struct sess *s, bool ok);

#endif
