#ifndef DOCTYPE_H
#define DOCTYPE_H

/*
 * The type of a document, by methods in the order given: what its first
 * octets are (libmagic), what its sender declares, what its name ends in.
 * The first method that knows decides.  Databases are loaded by
 * doctype_open(), before the process is sealed; nothing is opened later.
 */

#include <stdint.h>

#include "mimetypes.h"
#include "str.h"

enum {
	/* Octets given to libmagic: no format it knows begins later. */
	DOCTYPE_MAGIC_OCTETS = 65536,
	DOCTYPE_METHODS = 3,
	/*
	 * CPU time of libmagic for one mail: 64 KB of empty lines take it
	 * half a second, as much text some 10 ms, other documents 1.
	 */
	DOCTYPE_BUDGET_MS = 5000,
};

/*
 * libmagic's database.  Named here because libmagic's own choice goes by the
 * environment and by a file in the home folder.
 */
#define DOCTYPE_MAGIC_FILE "/usr/share/misc/magic.mgc"

enum doctype_method { DOCTYPE_MAGIC, DOCTYPE_CONTENT_TYPE, DOCTYPE_EXTENSION };

/* Methods in their order, e.g. { { DOCTYPE_MAGIC }, 1 }. */
struct doctype_order {
	uint8_t method[DOCTYPE_METHODS];	/* enum doctype_method */
	uint8_t n;
};

struct doctype {
	void *magic;		/* libmagic's; NULL: not loaded */
	struct mimetypes types;
	int64_t spent;		/* by libmagic for this mail, us */
	bool exhausted;		/* more than the budget: types are not known */
	char type[MIMETYPES_TYPE_MAX];
};

/*
 * Load what the methods of the order need; called again, what is missing.
 * magic and mime_types are paths; NULL or "" is DOCTYPE_MAGIC_FILE, and
 * no table.  0, or ERR_IO, ERR_LIMIT with a constant *why_r: then the method
 * knows nothing.
 */
int doctype_open(struct doctype *d, const struct doctype_order *order,
    const char *magic, const char *mime_types, const char **why_r)
    __attribute__((warn_unused_result));
void doctype_close(struct doctype *d);

/* Another mail begins. */
void doctype_begin(struct doctype *d);

struct doctype_ask {
	struct str octets;	/* decoded; more than the limit is not read */
	struct str declared;	/* "text/html" in any case, or empty */
	const struct str *names;	/* every one a reader could show */
	size_t nnames;
	/* its own: methods that were asked, bits, and what they said */
	unsigned asked;
	struct str said[DOCTYPE_METHODS];
};

/*
 * The type in lower case, or an empty string; lives until the next call.  The
 * same ask by another order asks no method twice, as long as no other document
 * was asked about in between.
 *
 * Two types say little, and a later method may say more:
 * application/octet-stream, and text/plain of libmagic, which calls so any
 * HTML it does not recognise: for that only another text/ type stands in.
 * When libmagic's budget is spent, orders with it give an empty string:
 * nothing else is taken for its word.
 */
struct str doctype_identify(struct doctype *d,
    const struct doctype_order *order, struct doctype_ask *ask);

#endif
