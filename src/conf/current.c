#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "current.h"
#include "err.h"
#include "fd.h"

enum {
	/* A policy of 10,000 ACLs compiles in well under these. */
	COMPILE_CPU_S = 2,
	COMPILE_MEMORY = 512 << 20,
	/*
	 * A refused text is tried again after this, s: what is wrong may stand
	 * in a file that the last good cache does not know.
	 */
	NOTE_AGE = 60,
};

enum outcome {
	COMPILED,
	REFUSED,	/* the text is bad, or takes too long */
	FAILED,		/* the compiler did not get to say so */
};

/* In the child: nothing of the session's but the report pipe and out. */
static void
exec_compiler(const struct current *u, const char *out, int report)
{
	struct rlimit cpu = { COMPILE_CPU_S, COMPILE_CPU_S };
	struct rlimit as __attribute__((unused)) = { COMPILE_MEMORY,
	    COMPILE_MEMORY };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(report, 1) < 0 ||
	    dup2(report, 2) < 0)
		_exit(127);
	setrlimit(RLIMIT_CPU, &cpu);
#ifndef __SANITIZE_ADDRESS__	/* whose shadow takes terabytes */
	setrlimit(RLIMIT_AS, &as);
#endif
	execl(u->compiler, "test-imap4", "-f", u->cfg, "-c", out,
	    (char *)NULL);
	dprintf(2, "%s: %s\n", u->compiler, strerror(errno));
	_exit(127);
}

/* Read the report until the compiler closes it; false past the deadline. */
static bool
read_report(struct current *u, int fd, int64_t deadline)
{
	size_t n = 0;
	char skip[512];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		bool full = n + 1 >= sizeof u->report;
		ssize_t k;

		if (poll(&p, 1, clock_left(deadline)) == 0)
			return false;
		k = read(fd, full ? skip : u->report + n,
		    full ? sizeof skip : sizeof u->report - 1 - n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return true;
		if (!full)
			n += (size_t)k;
		u->report[n] = '\0';
	}
}

static enum outcome
outcome(int status, bool late)
{
	/* by a signal: it used up what it was given */
	if (late || WIFSIGNALED(status) || WEXITSTATUS(status) == EX_CONFIG)
		return REFUSED;
	return WEXITSTATUS(status) == 0 ? COMPILED : FAILED;
}

/* Have the text compiled to out. */
static enum outcome
compile(struct current *u, const char *out)
{
	int64_t deadline = clock_after(CURRENT_COMPILE_MS);
	int pipefd[2], status = 0;
	bool late;
	pid_t pid;

	u->report[0] = '\0';
	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return FAILED;
	pid = fork();
	if (pid == 0)
		exec_compiler(u, out, pipefd[1]);
	close(pipefd[1]);
	if (pid < 0) {
		close(pipefd[0]);
		return FAILED;
	}
	late = !read_report(u, pipefd[0], deadline);
	if (late) {
		kill(pid, SIGKILL);
		snprintf(u->report, sizeof u->report,
		    "the compiler took longer than %d ms", CURRENT_COMPILE_MS);
	}
	close(pipefd[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return outcome(status, late);
}

static int
open_path(const struct current *u, struct conf *cf)
{
	int fd = open(u->cache, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc;

	if (fd < 0) {
		*cf = (struct conf){ .why = strerror(errno) };
		return ERR_CONFIG;
	}
	rc = conf_open(cf, fd, u->check);
	close(fd);
	return rc;
}

/* What the sources look like now; equal numbers, equal text. */
static uint64_t
identity(const struct conf *cf)
{
	uint64_t sum = 0;
	struct stat st;

	for (uint32_t i = 0; i < cf->head->sources.n; i++) {
		const struct conf_source *s = CONF_AT(cf, struct conf_source,
		    cf->head->sources, i);
		uint64_t id[5] = { sum };

		if (s != NULL && stat(conf_cstr(cf, s->path), &st) == 0) {
			id[1] = st.st_dev;
			id[2] = st.st_ino;
			id[3] = (uint64_t)st.st_size;
			id[4] = (uint64_t)st.st_mtim.tv_sec * 1000000000u +
			    (uint64_t)st.st_mtim.tv_nsec;
		}
		sum = conf_sum(id, sizeof id);
	}
	for (uint32_t i = 0; i < cf->head->variables.n; i++) {
		const struct conf_variable *v = CONF_AT(cf,
		    struct conf_variable, cf->head->variables, i);
		const char *now = v ? getenv(conf_cstr(cf, v->name)) : NULL;

		sum ^= conf_sum(now ? now : "", now ? strlen(now) : 0) + i;
	}
	return sum;
}

/* The note of a refused text, in a file beside the cache. */
struct note {
	unsigned long long id, report;	/* sums */
	bool recent;
};

static struct note
read_note(const char *path)
{
	struct note n = { 0 };
	struct stat st;
	time_t age;
	char *p;
	size_t size;

	if (stat(path, &st) < 0 || fd_read_file(path, 64, &p, &size) < 0)
		return n;
	if (sscanf(p, "%16llx %16llx", &n.id, &n.report) != 2)
		n = (struct note){ 0 };
	free(p);
	/* by the wall clock, which may have been set back */
	age = time(NULL) - st.st_mtime;
	n.recent = age >= 0 && age < NOTE_AGE;
	return n;
}

static void
write_note(const char *path, const struct note *n)
{
	char text[40];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
	    O_NOFOLLOW, 0644);
	int k = snprintf(text, sizeof text, "%016llx %016llx\n", n->id,
	    n->report);

	if (fd < 0)
		return;
	/* a note that cannot be written only costs another attempt */
	if (fd_write_all(fd, (struct str){ text, (size_t)k }) < 0)
		unlink(path);
	close(fd);
}

/* The cache at its path in place of cf, if it is one (and fresh). */
static bool
take_new(struct current *u, struct conf *cf, bool fresh)
{
	struct conf new;

	if (open_path(u, &new) < 0)
		return false;
	if (fresh && !conf_fresh(&new)) {
		conf_close(&new);
		return false;
	}
	conf_close(cf);
	*cf = new;
	u->state = CURRENT_FRESH;
	return true;
}

/* With the lock: compile, unless somebody else did meanwhile. */
static void
renew(struct current *u, struct conf *cf, const char *bad, uint64_t id)
{
	struct note old, new = { .id = id };

	if (take_new(u, cf, true))
		return;
	old = read_note(bad);
	if (old.id == id && old.recent)
		return;
	switch (compile(u, u->cache)) {
	case COMPILED:
		u->compiled = take_new(u, cf, false);
		unlink(bad);
		break;
	case REFUSED:
		new.report = conf_sum(u->report, strlen(u->report));
		/* what was said is not said again */
		u->refused = old.id != id || old.report != new.report;
		write_note(bad, &new);
		break;
	case FAILED:
		u->refused = true;
		break;
	}
}

/* Stale: recompile if this process gets the lock and may write. */
static void
refresh(struct current *u, struct conf *cf)
{
	char lock[PATH_MAX], bad[PATH_MAX];
	uint64_t id = identity(cf);
	struct note n;
	int fd;

	u->state = CURRENT_STALE;
	if (snprintf(lock, sizeof lock, "%s.lock", u->cache) >= PATH_MAX ||
	    snprintf(bad, sizeof bad, "%s.bad", u->cache) >= PATH_MAX)
		return;
	n = read_note(bad);
	if (n.id == id && n.recent)
		return;
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		u->unable = errno;
	else if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		renew(u, cf, bad, id);
	fd_close(&fd);
}

/* No usable cache at all: one for this process alone. */
static int
compile_private(struct current *u, struct conf *cf)
{
	char path[32];
	int rc = ERR_CONFIG;
	/* the compiler opens it by name, so it must survive the exec */
	int fd = memfd_create("imap4-proxy-cache", 0);

	if (fd < 0) {
		cf->why = strerror(errno);
		return ERR_CONFIG;
	}
	snprintf(path, sizeof path, "/dev/fd/%d", fd);
	if (compile(u, path) == COMPILED)
		rc = conf_open(cf, fd, CONF_CHECK_WHOLE);
	else
		cf->why = "the configuration does not compile";
	close(fd);
	u->compiled = rc == 0;
	return rc;
}

static int
compile_first(struct current *u, struct conf *cf)
{
	if (compile(u, u->cache) != COMPILED)
		cf->why = "the configuration does not compile";
	else if (open_path(u, cf) == 0)
		return 0;
	return ERR_CONFIG;
}

int
current_open(struct current *u, struct conf *cf)
{
	u->state = CURRENT_FRESH;
	u->compiled = u->refused = false;
	u->unable = 0;
	u->report[0] = '\0';
	if (open_path(u, cf) < 0)
		return u->keeps ? compile_first(u, cf) :
		    compile_private(u, cf);
	if (!conf_fresh(cf))
		refresh(u, cf);
	return 0;
}
