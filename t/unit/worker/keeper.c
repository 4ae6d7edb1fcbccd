/*
 * The keeper of workers, in a process and in its jail; workers here do as
 * they are told by a question's id: they answer, crash, spin, eat memory or
 * say nothing.  Each costs what was asked, and no process stays.
 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "allowance.h"
#include "clock.h"
#include "err.h"
#include "fd.h"
#include "hire.h"
#include "jail.h"
#include "keeper.h"
#include "tap.h"
#include "talk.h"

static char buf[MAIL_TALK_MAX] __attribute__((aligned(8)));

/* ---- a worker ------------------------------------------------------------ */

static void
tell(int work, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
tell(int work, const char *fmt, ...)
{
	struct mail_message m = { .kind = MAIL_FACTS, .fd = { -1, -1, -1 } };
	va_list ap;

	m.u.facts.status = MAIL_FACTS_ERROR;
	va_start(ap, fmt);
	vsnprintf(m.u.facts.why, sizeof m.u.facts.why, fmt, ap);
	va_end(ap);
	if (mail_talk_send(work, &m) != 1)
		_exit(9);
}

static unsigned
open_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1000; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static _Noreturn void
spin(void)
{
	struct rlimit r = { 1, 1 };

	/* a second instead of the minute that a mail may take */
	setrlimit(RLIMIT_CPU, &r);
	for (volatile unsigned i = 0; ; i++)
		continue;
}

static _Noreturn void
eat(void)
{
	size_t step = 64 << 20;

	allowance_begin(0);
	for (;;) {
		char *p = malloc(step);

		if (p == NULL)
			abort();
		/* the address space is what is limited */
		p[0] = 1;
		__asm__ volatile("" : : "r" (p) : "memory");
	}
}

static volatile int *volatile nowhere;

static void
act(int work, const char *word)
{
	if (strcmp(word, "crash") == 0)
		*nowhere = 1;
	else if (strcmp(word, "abort") == 0)
		abort();
	else if (strcmp(word, "spin") == 0)
		spin();
	else if (strcmp(word, "eat") == 0)
		eat();
	else if (strcmp(word, "hang") == 0)
		poll(NULL, 0, -1);
	else if (strcmp(word, "idle") == 0)
		_exit(0);
	else if (strcmp(word, "fail") == 0)
		_exit(7);
	else
		tell(work, "%d %u %s", (int)getpid(), open_fds(), word);
}

static void
serve(void *ctx, int work)
{
	struct pollfd p = { work, POLLIN, 0 };
	struct mail_message m;
	const char *why;

	(void)ctx;
	if (jail_enter(JAIL_WORKER, &why) < 0)
		_exit(8);
	for (;;) {
		poll(&p, 1, -1);
		if (mail_talk_receive(work, buf, &m) != 1)
			_exit(0);
		mail_talk_forget(&m);
		act(work, m.u.judge.id);
	}
}

/* ---- its keeper ---------------------------------------------------------- */

static int control;
static pid_t keeper;

static void
start_keeper(void)
{
	static struct keeper k;
	const char *why = "";
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		abort();
	fflush(stdout);
	keeper = fork();
	if (keeper == 0) {
		struct rlimit none = { 0 };

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		close(sv[0]);
		dup2(open("/dev/null", O_RDWR), 2);
		k.serve = serve;
		if (keeper_open(&k, sv[1], &why) < 0 ||
		    jail_prepare_keeper(&why) < 0 ||
		    jail_enter(JAIL_KEEPER, &why) < 0)
			_exit(1);
		keeper_run(&k);
		_exit(0);
	}
	close(sv[1]);
	control = sv[0];
}

/* ---- a session ----------------------------------------------------------- */

static bool
say(struct mail_worker *w, const char *word)
{
	struct mail_message m = { .kind = MAIL_JUDGE, .fd = { -1, -1, -1 } };
	bool ok;

	m.fd[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	snprintf(m.u.judge.id, sizeof m.u.judge.id, "%s", word);
	ok = mail_talk_send(w->work, &m) == 1;
	mail_talk_forget(&m);
	return ok;
}

/* What comes back within ms: the kind, or ERR_*; 0 nothing. */
static int
hear(struct mail_worker *w, struct mail_message *m, int ms)
{
	struct pollfd p = { w->work, POLLIN, 0 };
	int rc;

	if (poll(&p, 1, ms) <= 0)
		return 0;
	rc = mail_talk_receive(w->work, buf, m);
	return rc == 1 ? (int)m->kind : rc;
}

/* The number of the worker that answers; 0: none does. */
static pid_t
answerer(struct mail_worker *w)
{
	struct mail_message m;
	int pid = 0;

	if (say(w, "hello") && hear(w, &m, 5000) == MAIL_FACTS)
		sscanf(m.u.facts.why, "%d", &pid);
	return pid;
}

/* Whose parent is gone is ours (a subreaper's). */
static bool
alive(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) != pid && kill(pid, 0) == 0;
}

/* Within a second. */
static bool
gone(pid_t pid)
{
	int64_t until = clock_after(1000);

	while (alive(pid) && clock_left(until) > 0)
		poll(NULL, 0, 5);
	return !alive(pid);
}

static bool
hire(struct mail_worker *w)
{
	const char *why;

	return mail_hire(control, w, &why) == 0;
}

/* ---- what happens -------------------------------------------------------- */

static const struct {
	const char *word;
	const char *name;
} faults[] = {
	{ "crash", "a worker that crashes" },
	{ "abort", "one that aborts" },
	{ "spin", "one that spins" },
#ifndef __SANITIZE_ADDRESS__
	{ "eat", "one that eats memory" },
#endif
	{ "fail", "one that gives up" },
};

static void
test_faults(struct mail_worker *w)
{
	struct mail_message m;
	pid_t before, after;

	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		before = answerer(w);
		tap_ok(before > 0, "a worker answers");
		say(w, faults[i].word);
		tap_int(MAIL_DIED, hear(w, &m, 10000), "%s is told of",
		    faults[i].name);
		tap_int(0, m.u.died.killed, "and nobody killed it");
		after = answerer(w);
		tap_ok(after > 0 && after != before,
		    "the next question has another worker");
		tap_ok(gone(before), "and the first one is gone");
	}
}

static void
test_reins(struct mail_worker *w)
{
	struct mail_message m;
	pid_t before = answerer(w), after;

	say(w, "hang");
	tap_int(0, hear(w, &m, 100), "one that says nothing says nothing");
	mail_worker_kill(w);
	tap_int(MAIL_DIED, hear(w, &m, 1000), "the reins end it");
	tap_int(1, m.u.died.killed, "as was wanted");
	after = answerer(w);
	tap_ok(after > 0 && after != before && gone(before),
	    "and the next question has another");
	say(w, "hang");
	say(w, "crash");
	mail_worker_kill(w);
	tap_int(MAIL_DIED, hear(w, &m, 1000), "what waited behind it");
	tap_int(0, hear(w, &m, 200), "is thrown away");
	mail_worker_kill(w);
	tap_int(MAIL_DIED, hear(w, &m, 1000), "none running: said as well");
	kill(answerer(w), SIGKILL);
	tap_int(MAIL_DIED, hear(w, &m, 1000), "one killed by somebody else");
	tap_int(0, m.u.died.killed, "is one that died");
}

static void
test_idle(struct mail_worker *w)
{
	struct mail_message m;
	pid_t before = answerer(w), after;

	say(w, "idle");
	tap_ok(gone(before), "one without work ends");
	tap_int(0, hear(w, &m, 100), "of which nothing is said");
	after = answerer(w);
	tap_ok(after > 0 && after != before, "and another answers");
}

static void
test_descriptors(void)
{
	struct mail_worker w[20];
	struct mail_message m;
	unsigned fds = 0;
	pid_t first, last;

	for (int i = 0; i < 20; i++)
		if (!hire(&w[i]) || answerer(&w[i]) == 0)
			tap_ok(false, "worker %d is there", i);
	say(&w[19], "look");
	if (hear(&w[19], &m, 1000) == MAIL_FACTS)
		sscanf(m.u.facts.why, "%*d %u", &fds);
	/* 0, 1, 2, its session, and /dev/null once more */
	tap_ok(fds >= 4 && fds <= 5, "the 20th worker has %u descriptors: "
	    "none of other sessions", fds);
	first = answerer(&w[0]);
	last = answerer(&w[19]);
	for (int i = 0; i < 19; i++)
		mail_worker_end(&w[i]);
	tap_ok(gone(first) && alive(last), "workers end with their sessions");
	/* in the middle of something, too */
	say(&w[19], "hang");
	mail_worker_end(&w[19]);
	tap_ok(gone(last), "whatever they do");
}

static void
test_nonsense(void)
{
	struct mail_worker w;
	struct mail_message m;

	tap_ok(send(control, "x", 1, 0) == 1 && send(control, "wx", 2, 0) == 2
	    && send(control, "w", 1, 0) == 1, "nonsense is sent to the keeper");
	tap_ok(hire(&w) && answerer(&w) > 0, "who hires another worker");
	send(w.work, "nonsense", 8, 0);
	tap_int(0, hear(&w, &m, 200), "a worker that is asked nonsense ends");
	tap_ok(answerer(&w) > 0, "and another answers");
	mail_worker_end(&w);
}

static void
test_oom(struct mail_worker *w)
{
	char path[64], text[16] = "";
	int ours = -1, theirs = -1, fd;

	snprintf(path, sizeof path, "/proc/%d/oom_score_adj",
	    (int)answerer(w));
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0) {
		tap_skip("/proc/*/oom_score_adj cannot be read", "OOM");
		return;
	}
	theirs = atoi(text);
	close(fd);
	snprintf(path, sizeof path, "/proc/%d/oom_score_adj", (int)keeper);
	fd = open(path, O_RDONLY);
	memset(text, 0, sizeof text);
	if (fd >= 0 && read(fd, text, sizeof text - 1) > 0)
		ours = atoi(text);
	fd_close(&fd);
	tap_int(ours + KEEPER_OOM_MORE > 1000 ? 1000 : ours + KEEPER_OOM_MORE,
	    theirs, "when memory runs out, a worker goes first");
}

static void
test_ends(void)
{
	struct mail_worker w, v;
	struct mail_message m;
	pid_t pid, other;
	int status = -1;

	hire(&w);
	pid = answerer(&w);
	close(control);
	tap_ok(answerer(&w) == pid, "nobody can hire any more, yet it works");
	mail_worker_end(&w);
	tap_ok(gone(pid), "the last session's worker ends");
	tap_ok(waitpid(keeper, &status, 0) == keeper && status == 0,
	    "and so does the keeper");

	start_keeper();
	hire(&w);
	hire(&v);
	pid = answerer(&w);
	other = answerer(&v);
	say(&w, "hang");
	kill(keeper, SIGKILL);
	waitpid(keeper, NULL, 0);
	tap_ok(gone(pid) && gone(other), "a keeper that is killed leaves no "
	    "worker");
	tap_int(ERR_EOF, hear(&w, &m, 1000), "whose sessions see the end");
	tap_ok(!say(&v, "hello"), "and cannot ask");
	mail_worker_end(&w);
	mail_worker_end(&v);
	close(control);
}

/* A session is a process, which is killed. */
static void
test_session_killed(void)
{
	int fd[2];
	pid_t session, pid = 0;

	start_keeper();
	if (pipe(fd) < 0)
		return;
	session = fork();
	if (session == 0) {
		struct mail_worker w;

		pid = hire(&w) ? answerer(&w) : 0;
		say(&w, "hang");
		(void)!write(fd[1], &pid, sizeof pid);
		for (;;)
			pause();
	}
	close(control);
	(void)!read(fd[0], &pid, sizeof pid);
	kill(session, SIGKILL);
	waitpid(session, NULL, 0);
	tap_ok(pid > 0 && gone(pid), "a session that is killed leaves no "
	    "worker");
	tap_ok(gone(keeper), "and no keeper");
	close(fd[0]);
	close(fd[1]);
}

int
main(void)
{
	int before = dup(0), after;
	struct mail_worker w;

	close(before);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	start_keeper();
	tap_ok(hire(&w), "a worker is hired");
	test_faults(&w);
	test_reins(&w);
	test_idle(&w);
	test_oom(&w);
	mail_worker_end(&w);
	test_descriptors();
	test_nonsense();
	test_ends();
	test_session_killed();
	after = dup(0);
	tap_int(before, after, "no descriptor is left open");
	tap_int(-1, waitpid(-1, NULL, WNOHANG), "and no process is left");
	return tap_done();
}
