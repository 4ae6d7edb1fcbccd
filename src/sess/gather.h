#ifndef GATHER_H
#define GATHER_H

/* What policy asks about a connection, and what costs something to know. */

#include "arena.h"
#include "facts.h"
#include "sess.h"

/*
 * The facts of session-acl; only those that some rule asks about are read.
 * What is known of host names in sets is put together in arena.
 */
void gather_facts(const struct sess_start *start, struct arena *arena,
    struct acl_facts *f_r);
/* Those of command-acl, behind the chosen session-acl. */
void gather_chosen(const struct sess_start *start,
    const struct conf_session_acl *chosen, struct acl_facts *f);

#endif
