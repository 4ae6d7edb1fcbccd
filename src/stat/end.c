#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "end.h"
#include "err.h"
#include "fd.h"

static int
fail(int err, const char *why, const char **why_r)
{
	*why_r = why;
	return err;
}

/* The beginning of /proc/PID/WHAT to out, NUL-terminated. */
static bool
read_proc(uint32_t pid, const char *what, char *out, size_t size)
{
	char path[40];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%u/%s", pid, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, out, size - 1);
	fd_close(&fd);
	if (n <= 0)
		return false;
	out[n] = '\0';
	return true;
}

static bool
is_program(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strcmp(name, "imap4-proxy") == 0 ||
	    strcmp(name, "imap4-session") == 0;
}

static bool
is_session(uint32_t pid, uid_t owner)
{
	char name[32], program[4096], status[2048], *end, *uid;

	if (!read_proc(pid, "comm", name, sizeof name) ||
	    !read_proc(pid, "cmdline", program, sizeof program) ||
	    !read_proc(pid, "status", status, sizeof status))
		return false;
	end = strchr(name, '\n');
	if (end != NULL)
		*end = '\0';
	uid = strstr(status, "\nUid:\t");
	return !is_program(name) && is_program(program) && uid != NULL &&
	    strtoul(uid + 6, NULL, 10) == owner;
}

int
end_session(const struct board_look *l, const struct board_row *row,
    uid_t owner, const char **why_r)
{
	int fd, rc;

	*why_r = "";
	if (row->pid <= 1)
		return fail(ERR_STATE, "is no session's process", why_r);
	fd = (int)syscall(SYS_pidfd_open, row->pid, 0);
	if (fd < 0)
		return fail(ERR_STATE, "has ended", why_r);
	/*
	 * A slot is marked before its owner's number is given to another: if
	 * it is the owner now, the descriptor is the owner's.
	 */
	if (!look_still(l, row))
		rc = fail(ERR_STATE, "has ended", why_r);
	else if (!is_session(row->pid, owner))
		rc = fail(ERR_STATE, "is not a session's process", why_r);
	else if (syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0) < 0)
		rc = fail(errno == ESRCH ? ERR_STATE : ERR_REFUSED,
		    errno == ESRCH ? "has ended" : "may not be killed", why_r);
	else
		rc = 0;
	fd_close(&fd);
	return rc;
}
