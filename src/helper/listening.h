#ifndef LISTENING_H
#define LISTENING_H

/*
 * Which ports have a listening TCP socket, asked of the kernel (sock_diag(7)):
 * nothing is caught that nobody would take.
 */

#include <stddef.h>
#include <stdint.h>

/* A socket for it, kept: -1 with errno. */
int listening_open(void);

/*
 * Those of want's ports at which a socket listens, in order, to out (n
 * ports); how many, or -1 with errno.
 */
int listening_among(int fd, const uint16_t *want, size_t n, uint16_t *out);

#endif
