#ifndef LOOKUP_H
#define LOOKUP_H

/*
 * test-imap4 -r and -R: every host name of a configuration looked up, all at
 * once, under resolver's conf-timeout.
 */

#include <stdio.h>

#include "conf.h"
#include "hosts.h"
#include "json.h"
#include "resolve.h"

struct lookup {
	/* Those in sets first, by row of conf_main.hosts; then servers. */
	struct resolve_name *names;
	uint32_t *lines;	/* of the first ACL that has it; 0: none */
	size_t n, in_sets;
};

/* Look them up.  Free with lookup_fini. */
void lookup_run(struct lookup *l, const struct conf *c);
void lookup_fini(struct lookup *l);

/*
 * "NAME: ADDRESS ..." to out, unless it is NULL; to err what is not resolved,
 * "FILE:LINE: warning: NAME: why", and whether old still knows it.
 */
void lookup_print(const struct lookup *l, const struct conf *c,
    const struct hosts *old, FILE *out, FILE *err);
/*
 * The same as an array "names" of {name, file, line, addresses, why (null: it
 * has some), held (are its last known addresses?)}.
 */
void lookup_json(const struct lookup *l, const struct conf *c,
    const struct hosts *old, struct json *j);

/*
 * The octets of a file of known addresses: what was found of the names in
 * sets, and for the others what old knows.  malloc'd; NULL when no set has a
 * name.
 */
char *lookup_file(const struct lookup *l, const struct hosts *old,
    size_t *n_r);

#endif
