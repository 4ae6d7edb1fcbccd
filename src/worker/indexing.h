#ifndef INDEXING_H
#define INDEXING_H

/*
 * The index of a mail that was taken apart, as sessions read it (index.h).
 */

#include "index_make.h"
#include "judged.h"

/*
 * 0, with the index's memfd, which becomes the caller's, and its size;
 * ERR_LIMIT, it is larger than one may be; ERR_IO.  m is for who is left by
 * a jump in the middle: then mail_make_drop() is his.
 */
int indexing_make(const struct judged *j, struct mail_make *m, int *fd_r,
    uint64_t *size_r);

#endif
