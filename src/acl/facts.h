#ifndef FACTS_H
#define FACTS_H

/*
 * What policy may know about a connection: gathered by the session (or made
 * up by a test expression), judged by eval.h.  A fact that is not known is
 * unset, and an unset address lies in no range: a set with positive values
 * then fails, one of negative values alone holds.
 */

#include <stdbool.h>
#include <time.h>

#include "addr.h"
#include "certinfo.h"
#include "conf.h"
#include "host.h"
#include "str.h"

struct acl_facts {
	struct addr from;	/* the client */
	struct addr to;		/* the address it contacted */
	/*
	 * To be dialed: original destination or first plug-to candidate; all
	 * zero in session-acl for non-transparent listeners.
	 */
	struct addr server;
	/* The first candidate is a name; its row of conf_main.hosts, or -1. */
	bool server_is_name;
	int server_host;
	/* By out-of-band authentication, never by a login. */
	struct str user;		/* p NULL: nobody known */
	struct str groups;		/* of it, "a,b"; n 0: none */
	const char *user_why;	/* why both cannot be told, else NULL */
	bool transparent;
	bool tos_known;
	uint8_t tos;			/* of the client's packets */
	struct str listener;		/* title in listen-on; "" unknown */
	struct str parent;		/* ACL chosen one phase before */
	const struct certinfo *cert;	/* the client's; NULL: no TLS */
	/* What names in conditions resolve to; NULL: there are none. */
	struct acl_hosts *hosts;
	struct tm now;			/* local time, taken once */
};

/*
 * The title of the listen-on section that a connection to this address came
 * by: one of exactly the address first, then one of any address; for a caught
 * connection the first transparent one that catches the address; "" none.
 */
struct str acl_facts_listener(const struct conf *c, const struct addr *to,
    bool transparent);

/*
 * Is an address and port one that listen-on takes connections at?  *any_r:
 * only if the address is this machine's.
 */
bool acl_facts_own(const struct conf *c, const struct addr *a, bool *any_r);

/*
 * The oob-auth that tells who clients are: by the top level's auth for
 * session-acl (chosen NULL), then by the chosen one's if it has one.  A row,
 * or CONF_AUTH_NONE.
 */
int32_t acl_facts_auth(const struct conf *c,
    const struct conf_session_acl *chosen);

/*
 * From session-acl to command-acl: parent becomes the chosen ACL, server its
 * first plug-to candidate, or stays the original destination.
 */
void acl_facts_chosen(struct acl_facts *f, const struct conf *c,
    const struct conf_session_acl *chosen);
/* The same from command-acl to mail-acl and doc-acl. */
void acl_facts_judged(struct acl_facts *f, const struct conf *c,
    const struct conf_command_acl *chosen);

#endif
