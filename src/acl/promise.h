#ifndef PROMISE_H
#define PROMISE_H

/*
 * Capabilities promise commands, FETCH items and extensions of APPEND.  One
 * that promises what the ACL refuses is not offered: clients then do what
 * they do with servers that have it not, instead of failing.
 */

#include "capability.h"
#include "conf.h"

/* Rows of imap/capability's table; none under dry-run, which refuses none. */
void acl_unkept(const struct conf_command_acl *a, uint64_t rows_r[2]);

#endif
