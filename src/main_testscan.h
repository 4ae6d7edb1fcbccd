#ifndef MAIN_TESTSCAN_H
#define MAIN_TESTSCAN_H

/*
 * The scanners of a configuration asked by test-imap4 -r: whether they answer,
 * what signatures they have, and whether a clamd takes as many octets as
 * max-checked-size says it is sent.  All at once, each within its timeout.
 */

#include "conf.h"
#include "json.h"

/*
 * Told to stdout, what is to be warned of to stderr; or all of it to j, if
 * that is not NULL, as an array "scanners" of {kind, name, file, line, version
 * (null: it tells none), octets (of the object it was sent), why (null: it
 * answered)}.
 */
void testscan_run(const struct conf *c, struct json *j);

#endif
