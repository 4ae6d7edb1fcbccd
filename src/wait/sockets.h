#ifndef SOCKETS_H
#define SOCKETS_H

/*
 * The listening sockets a parent was given: by systemd as descriptors 3 and
 * up with LISTEN_FDS, each with a name (sd_listen_fds(3)), or by an inetd as
 * descriptor 0.  They stay the giver's: nothing here binds or unlinks.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
	SOCKETS_FIRST = 3,	/* SD_LISTEN_FDS_START */
	/* Each is looked at when one of them is ready. */
	SOCKETS_MAX = 256,
	/* systemd's own limit of a name is 255. */
	SOCKETS_NAME = 256,
};

struct socket_given {
	int fd;
	char name[SOCKETS_NAME];	/* FileDescriptorName=; "" none */
};

struct sockets {
	size_t n;
	struct socket_given rows[SOCKETS_MAX];
};

/*
 * How many descriptors LISTEN_FDS promises this process; 0 when it is not
 * set or another's, -1 for more than SOCKETS_MAX or what is no number.
 */
int sockets_passed(void);
/* LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES go: no child is to believe them. */
void sockets_unset(void);

/*
 * Take n descriptors from first, with the names of LISTEN_FDNAMES, before
 * sockets_unset(): false, with errno, unless each is a listening stream socket.
 * They become close-on-exec and non-blocking.
 */
bool sockets_take(struct sockets *s, int first, size_t n);
/* For exec: they stay open through it, as before sockets_take(). */
void sockets_give(const struct sockets *s);
/* As many connections may wait in each; listen(2). */
void sockets_queue(const struct sockets *s, unsigned n);

#endif
