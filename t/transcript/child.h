#ifndef CHILD_H
#define CHILD_H

/* What is between the runner and the session room. */

#include "script.h"
#include "zygote.h"

/* Once in the process that forks sessions. */
void child_prepare(void);
/* Run a session; enum sess_result, or an exit code above those. */
int child_run(const struct zygote_request *r);

#endif
