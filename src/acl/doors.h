#ifndef DOORS_H
#define DOORS_H

/*
 * Ways round the scanner: what may show a client octets of mails that the
 * proxy has not taken apart, or store such.  A command-acl that scans has
 * none of them, whatever its lists say; they are taken out of these when it
 * is compiled, as in access.h.
 */

#include "capability.h"
#include "conf.h"
#include "item.h"

bool acl_door_command(enum imap_row row);
bool acl_door_capability(unsigned row);
bool acl_door_item(unsigned row);
/*
 * Does a command ask for the content of mails otherwise than FETCH does: of
 * new ones (RFC 5465), or of those a search will find (RFC 5267)?
 */
bool acl_door_updates(const struct imap_command *cmd);

/* STORE of an annotation (RFC 5257): it holds what anybody likes. */
bool acl_door_annotation(const struct imap_command *cmd);

/* Take all of them out of the lists, if it scans. */
void acl_doors_narrow(struct conf_command_acl *a);

#endif
