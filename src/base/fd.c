#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "fd.h"

void
fd_close(int *fd)
{
	int e = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = e;
}

int
fd_nonblock(int fd)
{
	int fl = fcntl(fd, F_GETFL);

	if (fl < 0)
		return -1;
	return fl & O_NONBLOCK ? 0 : fcntl(fd, F_SETFL, fl | O_NONBLOCK);
}

int
fd_cloexec(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int
fd_write_all(int fd, struct str s)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		s.p += n;
		s.n -= (size_t)n;
	}
	return 0;
}

static int
read_all(int fd, char *p, size_t size, size_t *n_r)
{
	size_t n = 0;

	while (n < size) {
		ssize_t k = read(fd, p + n, size - n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0)
			break;
		n += (size_t)k;
	}
	*n_r = n;
	return 0;
}

int
fd_read_file(const char *path, size_t max, char **p_r, size_t *n_r)
{
	struct stat st;
	char *p = NULL;
	size_t n;
	int rc = -1;
	/* NONBLOCK: a FIFO put in a file's place must not hang us */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		goto out;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		goto out;
	}
	if ((uintmax_t)st.st_size > max) {
		errno = EFBIG;
		goto out;
	}
	/* size: the file as fstat saw it, and the NUL */
	p = malloc((size_t)st.st_size + 1);
	if (p == NULL || read_all(fd, p, (size_t)st.st_size, &n) < 0)
		goto out;
	p[n] = '\0';
	*p_r = p;
	*n_r = n;
	p = NULL;
	rc = 0;
out:
	free(p);
	fd_close(&fd);
	return rc;
}

static bool
sock_flag(int fd, int opt, int *v_r)
{
	socklen_t n = sizeof *v_r;

	return getsockopt(fd, SOL_SOCKET, opt, v_r, &n) == 0;
}

bool
fd_is_socket(int fd)
{
	int v;

	return sock_flag(fd, SO_TYPE, &v);
}

bool
fd_is_listening(int fd)
{
	int v = 0;

	return sock_flag(fd, SO_ACCEPTCONN, &v) && v != 0;
}

bool
fd_peer_gone(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };
	char c;

	if (poll(&p, 1, 0) <= 0)
		return false;
	if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
		return true;
	return recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

int
fd_sanitize_std(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* the lowest free number is fd: the ones below are open */
		if (open("/dev/null", O_RDWR) != fd)
			return -1;
	}
	return 0;
}
