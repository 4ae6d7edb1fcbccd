#ifndef EFFECT_H
#define EFFECT_H

/*
 * What a command does that its row alone does not tell (command.h has flags
 * for what it does whatever its arguments).  Both answer yes unless the
 * arguments certainly say no: what cannot be followed counts as the worst.
 * They may be asked before all arguments are there: a yes then stays one.
 */

#include <stdbool.h>

#include "arg.h"

/*
 * May STORE, APPEND or REPLACE give a mail the flag \Deleted, or overwrite
 * what is no flag (RFC 5257)?  false of other commands.
 */
bool imap_may_delete(const struct imap_command *c);
/*
 * May a search look into the text of mails (RFC 9051 section 6.4.4, BODY and
 * TEXT; filters of RFC 5466; keys nobody knows)?  Answered hit by hit, that
 * reads it.  false of other commands.
 */
bool imap_may_search_text(const struct imap_command *c);

#endif
