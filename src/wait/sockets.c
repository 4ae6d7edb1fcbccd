#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fd.h"
#include "sockets.h"
#include "str.h"

int
sockets_passed(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	uint64_t count, who;

	if (pid == NULL || n == NULL ||
	    !str_u64(str_c(pid), INT32_MAX, &who) || (pid_t)who != getpid())
		return 0;
	return str_u64(str_c(n), SOCKETS_MAX, &count) ? (int)count : -1;
}

void
sockets_unset(void)
{
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

static bool
usable(int fd)
{
	socklen_t n = sizeof(int);
	int type;

	if (!fd_is_listening(fd) ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) < 0 ||
	    type != SOCK_STREAM) {
		errno = ENOTSOCK;
		return false;
	}
	/* another process may take what poll saw here */
	return fd_cloexec(fd) == 0 && fd_nonblock(fd) == 0;
}

bool
sockets_take(struct sockets *s, int first, size_t n)
{
	const char *names = getenv("LISTEN_FDNAMES");
	struct str rest = first == SOCKETS_FIRST && names ? str_c(names) :
	    STR_NULL, name;

	if (n > SOCKETS_MAX) {
		errno = EMFILE;
		return false;
	}
	s->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct socket_given *row = &s->rows[i];

		str_cut(&rest, ':', &name);
		*row = (struct socket_given){ .fd = first + (int)i };
		if (!usable(row->fd))
			return false;
		snprintf(row->name, sizeof row->name, "%.*s", STR_ARG(name));
		s->n++;
	}
	return true;
}

void
sockets_give(const struct sockets *s)
{
	for (size_t i = 0; i < s->n; i++)
		fcntl(s->rows[i].fd, F_SETFD, 0);
}

void
sockets_queue(const struct sockets *s, unsigned n)
{
	for (size_t i = 0; i < s->n; i++)
		listen(s->rows[i].fd, (int)n);
}
