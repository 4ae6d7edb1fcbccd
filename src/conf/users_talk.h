#ifndef USERS_TALK_H
#define USERS_TALK_H

/*
 * The lines that the users socket takes, a command each:
 *
 *	add ADDRESS USER GROUP,... UNTIL	as in the file; or +8h
 *	del ADDRESS
 *	list
 *	help
 *
 * The last line of an answer is "ok" or "error: why"; before it, list has the
 * entries, which begin with addresses.
 */

#include <stdio.h>

#include "users_edit.h"

/* Do what a line says and write the answer; u->now is the time. */
void users_talk(const struct users_edit *u, struct str line, FILE *out);

#endif
