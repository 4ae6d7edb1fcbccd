#ifndef RULES_H
#define RULES_H

/*
 * The packet filter's rules for a list, as nft(8) reads them: each text is
 * one transaction that replaces what is there.
 *
 *	imap4_proxy_NAME  catches for whom listens; with "flags owner" the
 *			  kernel removes it when its maker ends, however that
 *			  comes
 *	imap4_hold_NAME	  outlives the maker: lets sessions that run go on
 *			  (addresses are translated only while some chain
 *			  asks for it and connections are tracked; packets of
 *			  transparent sockets need their mark), and drops what
 *			  on-exit = block must not let pass
 *
 * The texts are malloc'd.
 */

#include "list.h"

enum {
	/* The mark that leads packets to this machine's own sockets. */
	RULES_MARK = 0x01430000,
	RULES_MARK_MASK = 0x0fff0000,
};

char *rules_catch(const struct list *l);
char *rules_hold(const struct list *l);
/* To take them away. */
char *rules_no_catch(const char *name);
char *rules_no_hold(const char *name);
/* To see whether it is there. */
char *rules_show_hold(const char *name);

#endif
