#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "log.h"
#include "parent.h"
#include "spare.h"

enum {
	/* Connections taken from one socket before the others have a turn. */
	BATCH = 64,
	/* Without descriptors or memory, accept is not tried for this, ms. */
	PAUSE_MS = 100,
	/* A refusal is logged once in this many ms. */
	REFUSAL_MS = 1000,
	/*
	 * Spares are forked when nothing has happened for this, ms: the
	 * session that has just begun is not to share its processor.
	 */
	SPARE_MS = 3,
	/*
	 * So many connections within this are many clients: each spare costs
	 * a sixth more CPU than a fork when its client is there, which then
	 * is dearer than their time.
	 */
	BURST = 5,
	BURST_MS = 100,
};

enum parent_state { SERVING, FINISHING, LEAVING, TERMINATING };

/* Refusals of one limit. */
struct refusals {
	uint64_t count;
	int64_t quiet;		/* until then nothing is logged */
};

struct parent {
	const struct sockets *sockets;
	const struct parent_ops *ops;
	struct parent_settings settings;
	struct gate *gate;
	struct spares spares;
	bool wanted;		/* spares, to replace those that are in use */
	int64_t came[BURST];	/* the last connections, in a ring */
	unsigned next;		/* in it: the oldest of them */
	enum parent_state state;
	int signals;
	sigset_t before;	/* the mask that children get back */
	int64_t refreshed, pause, active, kill_at;
	uint64_t served, crashed;
	struct refusals refused[GATE_VERDICTS];
	struct refusals failed;		/* to accept or fork */
};

/* ---- signals ------------------------------------------------------------- */

static void
change_level(int sig)
{
	log_shift(sig == SIGUSR1 ? 1 : -1);
}

void
parent_log_signals(void)
{
	struct sigaction sa = { .sa_handler = change_level,
	    .sa_flags = SA_RESTART };

	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
}

static bool
open_signals(struct parent *p)
{
	static const int taken[] = { SIGCHLD, SIGHUP, SIGQUIT, SIGTERM,
	    SIGINT, SIGUSR1, SIGUSR2 };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		sigaddset(&set, taken[i]);
	parent_log_signals();	/* what children do about them */
	if (sigprocmask(SIG_BLOCK, &set, &p->before) < 0)
		return false;
	p->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return p->signals >= 0;
}

static void
signal_children(const struct parent *p, int sig)
{
	uint32_t at = 0;
	int32_t pid;

	while ((pid = gate_next(p->gate, &at)) != 0)
		kill(pid, sig);
	for (size_t i = 0; i < p->spares.n; i++)
		kill(p->spares.rows[i].pid, sig);
}

/* ---- children ------------------------------------------------------------ */

/* The name a child gave itself, of the zombie it is now. */
static bool
name_of(pid_t pid, char out[PARENT_STAGE])
{
	char path[40];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, out, PARENT_STAGE - 1);
	close(fd);
	if (n <= 0)
		return false;
	out[n - (out[n - 1] == '\n')] = '\0';
	return true;
}

static struct str
stage_of(const struct parent *p, pid_t pid, char out[PARENT_STAGE])
{
	if (name_of(pid, out) || p->ops->stage(p->ops->ctx, pid, out))
		return str_c(out);
	return STR("unknown");
}

static bool
is_crash(int sig)
{
	return sig == SIGSEGV || sig == SIGABRT || sig == SIGBUS ||
	    sig == SIGILL || sig == SIGFPE || sig == SIGSYS ||
	    sig == SIGTRAP;
}

static void
log_killed(struct parent *p, const siginfo_t *si)
{
	bool crash = is_crash(si->si_status);
	struct log_rec r;
	char stage[PARENT_STAGE];

	p->crashed += crash;
	log_begin(&r, crash ? LOG_CHILD_CRASHED : LOG_CHILD_KILLED);
	log_kv_u64(&r, "PID", (uint64_t)si->si_pid);
	log_kv(&r, "SIGNAL", "%s", sigabbrev_np(si->si_status) ?
	    sigabbrev_np(si->si_status) : "?");
	log_kv_str(&r, "STAGE", stage_of(p, si->si_pid, stage));
	log_kv_u64(&r, "CRASHES", p->crashed);
	log_end(&r);
}

/* Spares that are told to go, by us or with all, are nobody's loss. */
static bool
is_missed(struct parent *p, const siginfo_t *si)
{
	bool spare = spares_left(&p->spares, si->si_pid);

	return si->si_code != CLD_EXITED && p->state != TERMINATING &&
	    (!spare || is_crash(si->si_status));
}

static void
reap(struct parent *p)
{
	siginfo_t si;

	for (;;) {
		si.si_pid = 0;
		/* it stays a zombie until its name has been read */
		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    si.si_pid == 0)
			return;
		if (is_missed(p, &si))
			log_killed(p, &si);
		while (waitpid(si.si_pid, NULL, 0) < 0 && errno == EINTR)
			;
		if (gate_leave(p->gate, si.si_pid))
			p->active = clock_ms();
	}
}

/* ---- connections --------------------------------------------------------- */

/* Counts one, and says whether it is to be logged. */
static bool
refusal(struct refusals *r, int64_t now)
{
	r->count++;
	if (now < r->quiet)
		return false;
	r->quiet = now + REFUSAL_MS;
	return true;
}

static void
log_refused(const struct parent *p, enum gate_verdict v,
    const struct addr *from)
{
	struct log_rec r;
	char text[ADDR_TEXT];

	log_begin(&r, LOG_CONN_REFUSED);
	log_kv(&r, "LIMIT", "%s", gate_name(v));
	log_kv(&r, "FROM", "%s", addr_text(from, text));
	log_kv_u64(&r, "CHILDREN", gate_children(p->gate));
	log_kv_u64(&r, "COUNT", p->refused[v].count);
	log_end(&r);
}

static void
failed(struct parent *p, const char *what)
{
	int e = errno;

	if (refusal(&p->failed, clock_ms()))
		log_msg(LOG_CONN_FAILED, "%s: %s, %llu so far", what,
		    strerror(e), (unsigned long long)p->failed.count);
}

/* In a child, of any kind: it has a socket of its own to read from. */
static void
become_child(struct parent *p)
{
	/* whoever has a listening socket open keeps its port taken */
	for (size_t i = 0; i < p->sockets->n; i++)
		close(p->sockets->rows[i].fd);
	spares_forked(&p->spares);
	close(p->signals);
	sigprocmask(SIG_SETMASK, &p->before, NULL);
}

static _Noreturn void
serve(struct parent *p, int client, unsigned socket)
{
	if (client != 0) {
		dup2(client, 0);
		close(client);
	}
	p->ops->serve(p->ops->ctx, p->sockets->rows[socket].name);
	_exit(EX_SOFTWARE);
}

static _Noreturn void
be_spare(struct parent *p, int fd)
{
	unsigned socket = 0;
	int client;

	become_child(p);
	p->ops->prepare(p->ops->ctx);
	client = spare_wait(fd, &socket);
	if (client < 0 || socket >= p->sockets->n)
		_exit(0);
	serve(p, client, socket);
}

static void
start_spare(struct parent *p)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		p->wanted = false;	/* there is fork, for each */
		return;
	}
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		be_spare(p, pair[1]);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		p->wanted = false;
		return;
	}
	spares_add(&p->spares, pid, pair[0]);
}

/*
 * How long it has to be quiet before the next one, ms; 0: none is wanted.
 * There are as many as there may be, and one that died is not tried again.
 */
static int
spare_quiet(struct parent *p)
{
	if (p->spares.n == SPARES_MAX)
		p->wanted = false;
	if (!p->wanted || p->state != SERVING)
		return 0;
	return clock_ms() - p->came[p->next] < BURST_MS ? BURST_MS : SPARE_MS;
}

static pid_t
start_child(struct parent *p, int client, unsigned socket)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	become_child(p);
	p->ops->prepare(p->ops->ctx);
	serve(p, client, socket);
}

static void
let_in(struct parent *p, int client, const struct addr *from, unsigned socket)
{
	pid_t pid = spares_hand(&p->spares, client, socket);

	if (pid == 0)
		pid = start_child(p, client, socket);
	if (pid < 0) {
		failed(p, "fork");
		return;
	}
	p->wanted = true;
	p->came[p->next] = clock_ms();
	p->next = (p->next + 1) % BURST;
	p->served++;
	/* there is room: the gate was asked */
	(void)gate_enter(p->gate, from, pid);
}

static void
refresh(struct parent *p, int64_t now)
{
	if (p->ops->refresh(p->ops->ctx, &p->settings))
		spares_discard(&p->spares);
	p->refreshed = now;
}

static void
admit(struct parent *p, int client, const struct addr *from, unsigned socket)
{
	int64_t now = clock_ms();
	enum gate_verdict v;

	p->active = now;
	if (now - p->refreshed >= PARENT_REFRESH_MS) {
		refresh(p, now);
		gate_set(p->gate, &p->settings.limits);
	}
	v = gate_ask(p->gate, from, now);
	if (v == GATE_OPEN)
		let_in(p, client, from, socket);
	else if (refusal(&p->refused[v], now))
		log_refused(p, v, from);
}

/* Does a failed accept concern this one connection only?  accept(2). */
static bool
passing(int e)
{
	return e == ECONNABORTED || e == EINTR || e == EPERM ||
	    e == EPROTO || e == ENETDOWN || e == ENETUNREACH ||
	    e == EHOSTUNREACH || e == EHOSTDOWN || e == ENONET ||
	    e == ENOPROTOOPT || e == EOPNOTSUPP;
}

static void
accept_some(struct parent *p, unsigned socket)
{
	int listener = p->sockets->rows[socket].fd;

	for (int i = 0; i < BATCH; i++) {
		struct sockaddr_storage ss;
		socklen_t n = sizeof ss;
		struct addr from;
		int fd = accept4(listener, (struct sockaddr *)&ss, &n,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 && passing(errno))
			continue;
		if (fd < 0) {
			if (errno == EAGAIN)
				return;
			failed(p, "accept");
			p->pause = clock_ms() + PAUSE_MS;
			return;
		}
		if (addr_from_sa((struct sockaddr *)&ss, &from))
			admit(p, fd, &from, socket);
		close(fd);
	}
}

/* ---- the loop ------------------------------------------------------------ */

/* Nothing is accepted any more. */
static void
stop(struct parent *p, enum parent_state state, const char *why)
{
	if (state <= p->state)
		return;
	if (p->state == SERVING)
		for (size_t i = 0; i < p->sockets->n; i++)
			close(p->sockets->rows[i].fd);
	spares_discard(&p->spares);
	p->state = state;
	log_msg(LOG_WAIT_STOPPING, "%s, %u sessions", why,
	    gate_children(p->gate));
	if (state == TERMINATING) {
		signal_children(p, SIGTERM);
		p->kill_at = clock_ms() + PARENT_TERM_MS;
	}
}

static void
heed(struct parent *p, int sig)
{
	switch (sig) {
	case SIGHUP:
		stop(p, FINISHING, "SIGHUP: sessions are waited for");
		break;
	case SIGQUIT:
		stop(p, LEAVING, "SIGQUIT: sessions go on by themselves");
		break;
	case SIGTERM:
	case SIGINT:
		stop(p, TERMINATING, "SIGTERM: sessions are ended");
		break;
	case SIGUSR1:
	case SIGUSR2:
		change_level(sig);
		signal_children(p, sig);
		log_msg(LOG_LEVEL_CHANGED, "%d", (int)log_level());
		break;
	default:
		break;		/* SIGCHLD: reap() looks anyway */
	}
}

static void
read_signals(struct parent *p)
{
	struct signalfd_siginfo si;

	while (read(p->signals, &si, sizeof si) == (ssize_t)sizeof si)
		heed(p, (int)si.ssi_signo);
	reap(p);
}

/* When poll has to return by itself, clock_ms. */
static int64_t
next_time(const struct parent *p)
{
	if (p->state == TERMINATING)
		return p->kill_at;
	if (p->state != SERVING)
		return CLOCK_NEVER;
	if (p->pause != 0)
		return p->pause;
	if (p->settings.idle_exit != 0 && gate_children(p->gate) == 0)
		return p->active + (int64_t)p->settings.idle_exit;
	return CLOCK_NEVER;
}

static void
on_time(struct parent *p)
{
	int64_t now = clock_ms();

	if (now < next_time(p))
		return;
	if (p->state == TERMINATING) {
		signal_children(p, SIGKILL);
		p->kill_at = now + PARENT_TERM_MS;
	} else if (p->pause != 0) {
		p->pause = 0;
	} else {
		stop(p, FINISHING, "idle-exit");
	}
}

static void
wait_once(struct parent *p)
{
	static struct pollfd row[1 + SOCKETS_MAX];
	bool accepting = p->state == SERVING && p->pause == 0;
	nfds_t n = 1;
	int quiet = spare_quiet(p), ready;

	row[0] = (struct pollfd){ .fd = p->signals, .events = POLLIN };
	if (accepting)
		n += p->sockets->n;
	for (nfds_t i = 1; i < n; i++)
		row[i] = (struct pollfd){ .fd = p->sockets->rows[i - 1].fd,
		    .events = POLLIN };
	ready = poll(row, n, quiet ? quiet : clock_left(next_time(p)));
	if (ready == 0 && quiet != 0)
		start_spare(p);
	if (ready <= 0) {
		on_time(p);
		return;
	}
	/* first who has left, then who comes in their place */
	if (row[0].revents != 0)
		read_signals(p);
	for (nfds_t i = 1; i < n && p->state == SERVING; i++)
		if (row[i].revents != 0)
			accept_some(p, (unsigned)i - 1);
}

static bool
over(const struct parent *p)
{
	return p->state == LEAVING ||
	    (p->state != SERVING && gate_children(p->gate) == 0);
}

int
parent_run(const struct sockets *s, const struct parent_ops *ops)
{
	static struct parent the_parent;
	struct parent *p = &the_parent;

	*p = (struct parent){ .sockets = s, .ops = ops,
	    .active = clock_ms() };
	refresh(p, clock_ms());
	p->wanted = true;
	p->gate = gate_new(&p->settings.limits);
	if (p->gate == NULL || !open_signals(p)) {
		log_msg(LOG_START_FAILED, "wait mode: %s", strerror(errno));
		return EX_OSERR;
	}
	log_msg(LOG_WAIT_STARTED, "%zu sockets", s->n);
	while (!over(p))
		wait_once(p);
	log_msg(LOG_WAIT_ENDED, "%llu sessions, %llu crashed, %u go on",
	    (unsigned long long)p->served, (unsigned long long)p->crashed,
	    gate_children(p->gate));
	return 0;
}
