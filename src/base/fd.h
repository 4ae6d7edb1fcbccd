#ifndef FD_H
#define FD_H

/* Small helpers on descriptors.  fd = -1 is the state "none". */

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

/* Close and set to -1; nothing when it is -1 already.  Keeps errno. */
void fd_close(int *fd);
/* 0, or -1 with errno. */
int fd_nonblock(int fd);
int fd_cloexec(int fd);
/* Write everything, through EINTR and short writes: 0, or -1 with errno. */
int fd_write_all(int fd, struct str s);
/*
 * A whole regular file of at most max octets into malloc'd memory, with a NUL
 * behind it.  0, or -1 with errno (EFBIG when larger).  The caller frees.
 */
int fd_read_file(const char *path, size_t max, char **p_r, size_t *n_r);
/* Is it a socket? One that listens (SO_ACCEPTCONN)? */
bool fd_is_socket(int fd);
bool fd_is_listening(int fd);
/*
 * Has a socket's peer gone: hung up or reset, or at its end of input with
 * nothing left to read?  Looks, takes nothing and does not block.
 */
bool fd_peer_gone(int fd);
/* Open /dev/null on every closed one of 0, 1, 2: 0, or -1 with errno. */
int fd_sanitize_std(void);

#endif
