#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "jail.h"
#include "log.h"
#include "sweeper.h"

/* How a sweeper ended. */
enum {
	GONE = 0,		/* the monitor did */
	RELOAD = 10,
	RETRY = 11,		/* after a rest */
	ANEW = 12,		/* the same, and the file is damaged */
};

struct sweeper {
	int fd;
	const struct conf_verdict_store *conf;
	const char *path;
	const struct store_engine *engine;
	struct store *store;	/* NULL: it rests, for why */
	dev_t dev;		/* of its file */
	ino_t ino;
	int64_t looked;		/* the next look whether it is the same */
	char why[SWEEPER_WHY];
	int64_t due;		/* to sweep, or the end of the rest */
	int64_t rest;		/* of one that fails now, ms */
	int end;		/* and how it ends then */
};

/* ---- messages ------------------------------------------------------------ */

bool
sweeper_ask_check(const struct sweeper_ask *a, ssize_t n)
{
	return n == (ssize_t)sizeof *a && a->ticket != 0 &&
	    a->wish < SWEEPER_WISHES;
}

bool
sweeper_answer_check(struct sweeper_answer *a, ssize_t n)
{
	if (n != (ssize_t)sizeof *a || a->result > STORE_VALUE_MAX)
		return false;
	a->why[sizeof a->why - 1] = '\0';
	for (const char *c = a->why; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			return false;
	return (a->result < 0) == (a->why[0] != '\0');
}

static_assert((int)STORE_BATCH <= (int)STORE_VALUE_MAX,
    "a result is an octet count or a batch");

static bool
has_folder(const char *path)
{
	char folder[PATH_MAX];
	struct stat st;

	snprintf(folder, sizeof folder, "%s", path);
	return stat(dirname(folder), &st) == 0 && S_ISDIR(st.st_mode);
}

const char *
sweeper_path(const struct conf *c, char *out)
{
	const char *path = conf_cstr(c, c->main->verdict_store.path),
	    *root = conf_cstr(c, c->main->chroot_dir);

	if (path[0] == '\0')
		return NULL;
	if (root[0] == '\0' || snprintf(out, PATH_MAX, "%s%s", root, path) >=
	    PATH_MAX || !has_folder(out))
		snprintf(out, PATH_MAX, "%s", path);
	return out;
}

static void
send_answer(const struct sweeper *s, const struct sweeper_answer *a)
{
	/* a monitor that takes nothing will ask again */
	(void)send(s->fd, a, sizeof *a, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* ---- resting ------------------------------------------------------------- */

static void
rest(struct sweeper *s, const char *why, int end)
{
	struct sweeper_answer a = { .result = ERR_IO };

	s->store = NULL;	/* for good: the process ends with it */
	if (why != s->why)
		snprintf(s->why, sizeof s->why, "%s", why);
	s->end = end;
	s->due = clock_after(s->rest);
	memcpy(a.why, s->why, sizeof a.why);
	send_answer(s, &a);
}

/* A call of the store's that failed: it is busy, or lost. */
static void
failed(struct sweeper *s, int rc, const char *why)
{
	if (rc == ERR_LIMIT)
		s->due = clock_after(SWEEPER_BUSY);
	else
		rest(s, why, rc == ERR_SYNTAX ? ANEW : RETRY);
}

/*
 * A file may lead in circles; whose handler nobody set is ended.  Of its own
 * time: a disk or a machine that is slow is no damage.
 */
static void
set_alarm(int seconds)
{
	const struct itimerval t = { .it_value = { seconds, 0 } };

	setitimer(ITIMER_PROF, &t, NULL);
}

/* ---- sweeping ------------------------------------------------------------ */

static int64_t
every(const struct sweeper *s)
{
	int64_t age = (int64_t)s->conf->max_age;

	return age < CLOCK_SEC ? CLOCK_SEC :
	    age < SWEEPER_EVERY * CLOCK_SEC ? age : SWEEPER_EVERY * CLOCK_SEC;
}

static void
report(struct sweeper *s)
{
	struct sweeper_answer a = { .result = 0 };
	const char *why;
	int rc = s->engine->look(s->store, &a.state, &why);

	if (rc < 0)
		failed(s, rc, why);
	else
		send_answer(s, &a);
}

static void
sweep(struct sweeper *s)
{
	int64_t before = time(NULL) - (int64_t)(s->conf->max_age / 1000);
	const char *why;
	int rc = s->engine->expire(s->store, before, &why);

	s->due = clock_after(rc > 0 ? SWEEPER_PAUSE : every(s));
	if (rc < 0)
		failed(s, rc, why);
	else if (rc == 0)
		report(s);
}

/* ---- answering ----------------------------------------------------------- */

static int
fulfil(struct sweeper *s, const struct sweeper_ask *q,
    struct sweeper_answer *a, const char **why_r)
{
	switch (q->wish) {
	case SWEEPER_LOOK:
		return s->engine->look(s->store, &a->state, why_r);
	case SWEEPER_NEXT:
		a->key = q->key;
		return s->engine->next(s->store, &a->key, a->value, &a->time,
		    why_r);
	case SWEEPER_FORGET:
		return s->engine->forget(s->store, q->key.mail, why_r);
	default:
		return s->engine->forget(s->store, NULL, why_r);
	}
}

static void
answer(struct sweeper *s, const struct sweeper_ask *q)
{
	struct sweeper_answer a = { .ticket = q->ticket, .result = ERR_IO };
	const char *why = s->why;

	if (s->store != NULL)
		a.result = fulfil(s, q, &a, &why);
	if (a.result < 0)
		snprintf(a.why, sizeof a.why, "%s", why);
	send_answer(s, &a);
	if (a.result < 0 && s->store != NULL)
		failed(s, a.result, why);
}

static void
hear(struct sweeper *s)
{
	struct sweeper_ask q;
	ssize_t n = recv(s->fd, &q, sizeof q, MSG_DONTWAIT | MSG_TRUNC);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		_exit(GONE);
	if (!sweeper_ask_check(&q, n))
		return;
	if (q.wish == SWEEPER_RELOAD)
		_exit(RELOAD);
	answer(s, &q);
}

/* ---- one sweeper's life -------------------------------------------------- */

/* What the store needs of the file system is open, and mapped. */
static void
seal(const struct sweeper *s)
{
	const char *why;

	if (s->store != NULL)
		jail_maps(s->conf->max_size);
	jail_folder(-1);
	if (jail_prepare(&why) < 0 || jail_enter(JAIL_FOLDER, &why) < 0) {
		log_msg(LOG_JAIL_FAILED, "the sweeper: %s", why);
		_exit(RETRY);
	}
}

/* A session may have begun anew: then we have a file that nobody else has. */
static bool
is_replaced(struct sweeper *s)
{
	struct stat st;

	if (s->store == NULL || clock_left(s->looked) != 0)
		return false;
	s->looked = clock_after(SWEEPER_LOOKS);
	return stat(s->path, &st) < 0 || st.st_dev != s->dev ||
	    st.st_ino != s->ino;
}

static void
open_store(struct sweeper *s, bool anew)
{
	struct stat st;
	const char *why;

	s->engine = module_get("store", &why);
	if (s->engine != NULL && (!anew ||
	    s->engine->condemn(s->path, &why) == 0))
		s->store = s->engine->open(s->path, s->conf->max_size, &why);
	if (s->store != NULL && stat(s->path, &st) < 0) {
		why = "its file is gone";
		s->store = NULL;
	}
	if (s->store == NULL) {
		rest(s, why, anew ? ANEW : RETRY);
		return;
	}
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->looked = clock_after(SWEEPER_LOOKS);
	s->due = 0;
}

static _Noreturn void
live(struct sweeper *s, int parent, bool anew)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(GONE);
	set_alarm(SWEEPER_STUCK);
	if (s->why[0] != '\0')
		rest(s, s->why, s->end);
	else
		open_store(s, anew);
	seal(s);
	set_alarm(0);
	while (true) {
		struct pollfd p = { .fd = s->fd, .events = POLLIN };

		if (poll(&p, 1, clock_left(s->due)) < 0 && errno != EINTR)
			_exit(RETRY);
		if (is_replaced(s))
			_exit(RELOAD);	/* who comes next answers */
		set_alarm(SWEEPER_STUCK);
		if (p.revents != 0)
			hear(s);
		if (clock_left(s->due) == 0 && s->store == NULL)
			_exit(s->end);
		if (clock_left(s->due) == 0)
			sweep(s);
		set_alarm(0);
	}
}

/* ---- its parent ---------------------------------------------------------- */

/* What is known of sweepers that ended. */
struct past {
	unsigned failures;	/* one after the other */
	bool anew;		/* the file is not to be used again */
	char why[SWEEPER_WHY];	/* the next one rests, for it; "": works */
};

static void
start_over(struct past *p)
{
	*p = (struct past){ .failures = 0 };
}

/* Signals of who met nonsense, or was in a circle. */
static bool
is_fault(int sig)
{
	return sig == SIGSEGV || sig == SIGBUS || sig == SIGABRT ||
	    sig == SIGFPE || sig == SIGILL || sig == SIGPROF;
}

static int64_t
rest_of(unsigned failures)
{
	return failures < 6 ? CLOCK_SEC << failures :
	    SWEEPER_REST_MAX * CLOCK_SEC;
}

static void
remember(struct past *p, int status, int64_t lived)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : RETRY;
	bool rested = sig == 0 && p->why[0] != '\0';

	if (code == RELOAD) {
		start_over(p);
		return;
	}
	p->anew = code == ANEW || is_fault(sig);
	p->why[0] = '\0';
	/* who rests for who was lost is no failure of its own */
	if (!rested)
		p->failures = lived > 2 * SWEEPER_REST_MAX * CLOCK_SEC ? 1 :
		    p->failures + 1;
	if (sig != 0)
		snprintf(p->why, sizeof p->why, "%s", p->anew ?
		    "it is damaged: who read it was lost" :
		    "who kept it was killed");
}

/* How the sweeper ended; waits for it. */
static int
sweep_once(int fd, const struct conf *c, const struct past *p)
{
	char path[PATH_MAX];
	int status, parent = getpid();
	pid_t pid = fork();

	if (pid < 0) {
		poll(NULL, 0, (int)rest_of(p->failures));
		return RETRY << 8;
	}
	if (pid == 0) {
		struct sweeper s = { .fd = fd,
		    .conf = &c->main->verdict_store,
		    .path = sweeper_path(c, path),
		    .rest = rest_of(p->failures),
		    .end = p->anew ? ANEW : RETRY };

		memcpy(s.why, p->why, sizeof s.why);
		live(&s, parent, p->anew);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			_exit(1);
	return status;
}

/* The cache as it is now; one that cannot be read changes nothing. */
static void
reload(const char *cache, struct conf *c)
{
	static bool renewed;
	int fd = open(cache, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct conf new;

	if (fd >= 0 && conf_open(&new, fd, CONF_CHECK_WHOLE) == 0) {
		/* the first one stays: the log is set by it */
		if (renewed)
			conf_close(c);
		*c = new;
		renewed = true;
	}
	fd_close(&fd);
}

static void
become_user(const struct conf *c, int parent)
{
	const char *why;

	if ((geteuid() == 0 && jail_identity(c->main->uid, c->main->gid, "",
	    &why) < 0) || jail_parent(&why) < 0 || jail_drop(&why) < 0) {
		log_msg(LOG_JAIL_FAILED, "the sweeper: %s", why);
		_exit(1);
	}
	/* behind the change of user, which forgets it */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
}

/* Without a store, until it is told of another configuration. */
static int
await_store(int fd)
{
	char any;

	return (recv(fd, &any, 1, 0) <= 0 ? GONE : RELOAD) << 8;
}

void
sweeper_run(int fd, int parent, const char *cache, struct conf *c)
{
	char path[PATH_MAX];
	struct past p;
	int64_t began;
	int status;

	prctl(PR_SET_NAME, "imap4-sweeper");
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	become_user(c, parent);
	start_over(&p);
	while (true) {
		began = clock_ms();
		status = sweeper_path(c, path) == NULL ? await_store(fd) :
		    sweep_once(fd, c, &p);
		if (WIFEXITED(status) && WEXITSTATUS(status) == GONE)
			_exit(0);
		remember(&p, status, clock_ms() - began);
		if (WIFEXITED(status) && WEXITSTATUS(status) == RELOAD)
			reload(cache, c);
	}
}
