#ifndef USES_H
#define USES_H

/*
 * What the rules about mails ask for, all together, so that nothing is made
 * ready or asked that none of them needs: the last fields of struct
 * conf_main.
 */

#include "tables.h"

/* Of tables without errors. */
void uses_build(struct build *b, struct tables *t);

#endif
