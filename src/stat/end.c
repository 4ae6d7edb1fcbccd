#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "end.h"
#include "err.h"
#include "fd.h"

enum { STAT_STARTTIME = 22 };	/* of proc_pid_stat(5), from 1 */

/* cgroups(7): the one that systemd keeps beside version 1's, if there is. */
#define NAMED ":name=systemd:/"
#define UNIFIED "0::/"

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
	return !is_program(name) && strcmp(name, DISPLAY_SPARE) != 0 &&
	    is_program(program) && uid != NULL &&
	    strtoul(uid + 6, NULL, 10) == owner;
}

/* ---- when it started ----------------------------------------------------- */

bool
end_start(const char *stat, uint64_t *ticks_r)
{
	/* the name is whatever the process likes, parentheses and blanks too */
	const char *at = strrchr(stat, ')');
	uint64_t ticks;
	char *end;

	for (int field = 2; field < STAT_STARTTIME; field++) {
		at = at == NULL ? NULL : strchr(at, ' ');
		if (at == NULL)
			return false;
		at++;
	}
	if (*at < '0' || *at > '9')
		return false;
	ticks = strtoull(at, &end, 10);
	if (*end != ' ')
		return false;
	*ticks_r = ticks;
	return true;
}

static int64_t
now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * Was the process there when the session began?  One that has got the number
 * of a session that ended came later.  What the kernel counts from goes on
 * while the machine sleeps, what sessions count from does not.
 */
static bool
was_there(uint32_t pid, int64_t began)
{
	int64_t slept = now_ms(CLOCK_BOOTTIME) - now_ms(CLOCK_MONOTONIC);
	int64_t tick = sysconf(_SC_CLK_TCK), began_tick;
	char text[1024];
	uint64_t start;

	if (began < 0 || began > now_ms(CLOCK_MONOTONIC) ||
	    !read_proc(pid, "stat", text, sizeof text) ||
	    !end_start(text, &start))
		return false;
	/* the two clocks are read one after the other */
	began_tick = (began + slept + 1) * tick / 1000;
	return start <= (uint64_t)began_tick;
}

/* ---- where it is --------------------------------------------------------- */

struct str
end_cgroup(const char *text)
{
	struct str rest = str_c(text), line, unified = STR_NULL;
	const char *named;
	bool more = true;

	while (more) {
		more = str_cut(&rest, '\n', &line);
		named = memmem(line.p, line.n, NAMED, sizeof NAMED - 1);
		if (named != NULL) {
			named += sizeof NAMED - 2;
			return (struct str){ named,
			    (size_t)(line.p + line.n - named) };
		}
		if (str_starts(line, STR(UNIFIED)))
			unified = (struct str){ line.p + sizeof UNIFIED - 2,
			    line.n - (sizeof UNIFIED - 2) };
	}
	return unified;
}

/* The units that sessions run in: ours, and those of inetds. */
static bool
is_ours(struct str unit)
{
	static const char units[][32] = { "imap4-proxy.slice",
	    "inetd.service", "openbsd-inetd.service",
	    "inetutils-inetd.service", "xinetd.service" };

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (str_eq(unit, str_c(units[i])))
			return true;
	return false;
}

bool
end_within(struct str theirs, struct str own)
{
	struct str unit;
	bool more = true;

	if (theirs.n == 0 || own.n == 0)
		return false;
	if (own.n == 1 || str_eq(theirs, own) || (str_starts(theirs, own) &&
	    theirs.p[own.n] == '/'))
		return true;
	while (more) {
		more = str_cut(&theirs, '/', &unit);
		if (is_ours(unit))
			return true;
	}
	return false;
}

static bool
is_within(uint32_t pid)
{
	char theirs[4096], own[4096];

	return read_proc(pid, "cgroup", theirs, sizeof theirs) &&
	    read_proc((uint32_t)getpid(), "cgroup", own, sizeof own) &&
	    end_within(end_cgroup(theirs), end_cgroup(own));
}

/* ---- the end ------------------------------------------------------------- */

/* What is in the way of believing the row; NULL: nothing. */
static const char *
objection(const struct board_look *l, const struct board_row *row,
    uid_t owner)
{
	/*
	 * A slot is marked before its owner's number is given to another: if
	 * it is the owner now, the descriptor is the owner's.
	 */
	if (!look_still(l, row))
		return "has ended";
	if (!is_session(row->pid, owner))
		return "is not a session's process";
	if (!was_there(row->pid, row->d.began))
		return "started later than the session in its slot";
	if (!is_within(row->pid))
		return "is not in a control group of sessions";
	return NULL;
}

int
end_session(const struct board_look *l, const struct board_row *row,
    uid_t owner, const char **why_r)
{
	const char *why;
	int fd, rc;

	*why_r = "";
	if (row->pid <= 1)
		return fail(ERR_STATE, "is no session's process", why_r);
	fd = (int)syscall(SYS_pidfd_open, row->pid, 0);
	if (fd < 0)
		return fail(ERR_STATE, "has ended", why_r);
	why = objection(l, row, owner);
	if (why != NULL)
		rc = fail(ERR_STATE, why, why_r);
	else if (syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0) < 0)
		rc = fail(errno == ESRCH ? ERR_STATE : ERR_REFUSED,
		    errno == ESRCH ? "has ended" : "may not be killed", why_r);
	else
		rc = 0;
	fd_close(&fd);
	return rc;
}
