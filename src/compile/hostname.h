#ifndef HOSTNAME_H
#define HOSTNAME_H

/* Host names: what is one, and the table of those that stand in sets. */

#include "value.h"

/* RFC 1123 labels, with '_', which real networks have; a letter somewhere. */
bool hostname_good(struct str s);
/*
 * The same where addresses may stand as well: a last label that begins with a
 * digit is a mistyped address, since no top level domain does.
 */
bool hostname_is(struct str s);

/*
 * The row, new or not, of a good name, which is kept in lower case.  false
 * when there are CONF_HOSTS of them already.
 */
bool hostname_row(struct build *b, struct str name, uint32_t *row_r);
/*
 * The table of all, when all sets have been read: m->hosts.  Names of servers
 * that a 'server' condition may be about get rows as well.
 */
void hostname_table(struct build *b, struct conf_main *m);

#endif
