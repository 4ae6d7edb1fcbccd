#ifndef UNITS_H
#define UNITS_H

/*
 * What listens for the proxy, made from listen-on and tcpserver, so that
 * addresses and limits are written in one place: a drop-in of
 * imap4-proxy.socket or imap4-proxy-wait.socket for systemd, lines for inetd,
 * services for xinetd.
 *
 * A listener of "::" takes IPv4 as well.  None needs imap4-proxy's -l: no two
 * listeners of a good configuration share an address and port, so the address
 * a client used says which one it came by.
 */

#include <stdio.h>

#include "conf.h"

struct units_command {
	const char *program;	/* imap4-proxy */
	const char *cfg;	/* absolute */
};

/* Is there a kind of this name: "systemd", "systemd-wait", "inetd" ...? */
bool units_known(const char *kind);

/*
 * Everything of a known kind for a whole configuration to out.  0, or -1 with
 * a constant text in *why_r and nothing written: no listener, or a path that
 * the kind cannot express.
 */
int units_print(const struct conf *c, const char *kind,
    const struct units_command *command, FILE *out, const char **why_r);

#endif
