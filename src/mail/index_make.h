#ifndef INDEX_MAKE_H
#define INDEX_MAKE_H

/*
 * Writing the index of a mail, in a memfd that is sealed in the end.  Tables
 * and strings are put one behind the other; what is put may move the block,
 * so pointers into it live until the next call.  What fails first is kept,
 * and whatever is put after it goes nowhere: only the end has to be asked.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "index.h"
#include "str.h"

struct mail_make {
	int fd;				/* the memfd; -1: none */
	char *map;
	size_t n, room;
	int failed;			/* ERR_LIMIT, ERR_IO or 0 */
};

/* The head is there, zero but for its constants. */
void mail_make_begin(struct mail_make *m, uint64_t octets);
struct mail_index_head *mail_make_head(struct mail_make *m);
/* A table of n rows, all zero. */
struct mail_ref mail_make_rows(struct mail_make *m, size_t size, size_t n);
#define MAIL_MAKE_ROWS(m, type, n) mail_make_rows(m, sizeof(type), n)
/* Row i of it, to be written. */
void *mail_make_row(struct mail_make *m, struct mail_ref table, size_t size,
    size_t i);
#define MAIL_MAKE_ROW(m, type, table, i) \
	((type *)mail_make_row(m, table, sizeof(type), i))
struct mail_ref mail_make_str(struct mail_make *m, struct str s);
/* Row i of a list of strings. */
void mail_make_listed(struct mail_make *m, struct mail_ref list, size_t i,
    struct str s);
/*
 * Sealed: 0, with a descriptor that becomes the caller's, which is what
 * others map.  ERR_LIMIT, it is larger than MAIL_INDEX_MAX; ERR_IO.
 */
int mail_make_end(struct mail_make *m, int *fd_r, uint64_t *size_r);
void mail_make_drop(struct mail_make *m);

#endif
