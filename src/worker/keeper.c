#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "hire.h"
#include "keeper.h"
#include "log.h"
#include "rights.h"
#include "talk.h"

/* What an event is of: a seat's, or the control socket's. */
enum { WORK, REINS, CHILD, KINDS };
#define CONTROL UINT64_MAX
#define NO_SEAT UINT32_MAX

/* ---- seats --------------------------------------------------------------- */

static uint64_t
key_of(const struct keeper *k, const struct seat *s, int kind)
{
	return (uint64_t)(s - k->seat) * KINDS + (uint64_t)kind;
}

static bool
watch(struct keeper *k, int op, int fd, uint32_t events, uint64_t key)
{
	struct epoll_event e = { .events = events, .data.u64 = key };

	return epoll_ctl(k->epoll, op, fd, &e) == 0;
}

/* Out of the numbers that a worker keeps. */
static void
raise_fd(int *fd)
{
	int high = fcntl(*fd, F_DUPFD_CLOEXEC, KEEPER_FDS_FROM);

	fd_close(fd);
	*fd = high;
}

static void
leave_seat(struct keeper *k, struct seat *s)
{
	fd_close(&s->work);
	fd_close(&s->reins);
	fd_close(&s->pidfd);
	s->taken = false;
	s->next = k->free;
	k->free = (uint32_t)(s - k->seat);
	k->seats--;
}

static void
take_seat(struct keeper *k, int work, int reins)
{
	struct seat *s;

	if (k->free == NO_SEAT) {
		close(work);
		close(reins);
		return;
	}
	s = &k->seat[k->free];
	k->free = s->next;
	k->seats++;
	*s = (struct seat){ .work = work, .reins = reins, .pidfd = -1,
	    .taken = true };
	raise_fd(&s->work);
	raise_fd(&s->reins);
	/* who hired sees the end of its sockets */
	if (s->work < 0 || s->reins < 0 ||
	    !watch(k, EPOLL_CTL_ADD, s->work, EPOLLIN, key_of(k, s, WORK)) ||
	    !watch(k, EPOLL_CTL_ADD, s->reins, EPOLLIN, key_of(k, s, REINS)))
		leave_seat(k, s);
}

/* ---- workers ------------------------------------------------------------- */

static void
set_oom(const struct keeper *k, int value)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%d", value > 1000 ? 1000 : value);

	/* where it cannot be, the largest process goes: a worker, mostly */
	if (k->oom >= 0)
		(void)!pwrite(k->oom, text, (size_t)n, 0);
}

static _Noreturn void
be_worker(struct keeper *k, const struct seat *s, pid_t keeper)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != keeper ||
	    dup2(s->work, KEEPER_WORK_FD) < 0 ||
	    close_range(KEEPER_FDS_FROM, ~0u, 0) < 0)
		_exit(1);
	k->serve(k->ctx, KEEPER_WORK_FD);
	_exit(1);
}

/* A worker for what waits on the seat's socket: false, there is none. */
static bool
start_worker(struct keeper *k, struct seat *s)
{
	/* so that there is a descriptor to see its end by */
	int spare = fcntl(k->epoll, F_DUPFD_CLOEXEC, KEEPER_FDS_FROM);
	pid_t keeper = getpid();

	if (spare < 0)
		return false;
	set_oom(k, k->oom_self + KEEPER_OOM_MORE);
	s->pid = fork();
	if (s->pid == 0)
		be_worker(k, s, keeper);
	set_oom(k, k->oom_self);
	close(spare);
	if (s->pid < 0)
		return false;
	s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	raise_fd(&s->pidfd);
	/* the worker reads now; we look on for the session's end only */
	if (s->pidfd >= 0 && watch(k, EPOLL_CTL_ADD, s->pidfd, EPOLLIN,
	    key_of(k, s, CHILD)) && watch(k, EPOLL_CTL_MOD, s->work, 0,
	    key_of(k, s, WORK)))
		return true;
	log_msg(LOG_WORKER_DIED, "it cannot be watched: %s", strerror(errno));
	exit(1);	/* and all workers with us */
}

/* It is gone, or is made so: its status. */
static int
end_worker(struct seat *s, bool now)
{
	int status = 0;

	if (s->pidfd < 0)
		return 0;
	if (now)
		(void)syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL,
		    0);
	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	fd_close(&s->pidfd);
	return status;
}

/* Nobody answers what was asked: what waits is thrown away. */
static void
say_died(struct keeper *k, struct seat *s, bool killed)
{
	struct mail_message m = { .kind = MAIL_DIED, .fd = { -1, -1, -1 } };
	char octet;

	for (int i = 0; i < KEEPER_DRAIN_MAX; i++)
		if (recv(s->work, &octet, 1, MSG_DONTWAIT | MSG_TRUNC) <= 0)
			break;
	m.u.died.killed = killed;
	/* a session that does not read is none of our cares */
	(void)!mail_talk_send(s->work, &m);
	watch(k, EPOLL_CTL_MOD, s->work, EPOLLIN, key_of(k, s, WORK));
}

static void
end_seat(struct keeper *k, struct seat *s)
{
	end_worker(s, true);
	leave_seat(k, s);
}

/* ---- events -------------------------------------------------------------- */

static void
on_control(struct keeper *k)
{
	struct rights r;
	char octet = 0;
	ssize_t n = rights_receive(k->control, &octet, 1, &r);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 && r.n == 0 && !r.cut) {
		fd_close(&k->control);
		return;
	}
	if (n == 1 && octet == HIRE_PAIR && r.n == 2) {
		take_seat(k, r.fd[0], r.fd[1]);
		r.fd[0] = r.fd[1] = -1;
	}
	rights_close(&r);
}

static void
on_work(struct keeper *k, struct seat *s, uint32_t events)
{
	if (events & (EPOLLHUP | EPOLLERR))
		end_seat(k, s);
	else if (s->pidfd < 0 && !start_worker(k, s))
		say_died(k, s, false);
}

static void
on_reins(struct keeper *k, struct seat *s)
{
	char octets[16];
	ssize_t n = recv(s->reins, octets, sizeof octets, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		end_seat(k, s);
		return;
	}
	end_worker(s, true);
	say_died(k, s, true);
}

static void
on_child(struct keeper *k, struct seat *s)
{
	int status = end_worker(s, false);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		watch(k, EPOLL_CTL_MOD, s->work, EPOLLIN, key_of(k, s, WORK));
		return;
	}
	if (WIFSIGNALED(status))
		log_msg(LOG_WORKER_DIED, "by signal %d", WTERMSIG(status));
	say_died(k, s, false);
}

static void
on_event(struct keeper *k, const struct epoll_event *e)
{
	struct seat *s;

	if (e->data.u64 == CONTROL) {
		on_control(k);
		return;
	}
	s = &k->seat[e->data.u64 / KINDS];
	switch (e->data.u64 % KINDS) {
	case WORK:
		on_work(k, s, e->events);
		break;
	case REINS:
		on_reins(k, s);
		break;
	default:
		on_child(k, s);
	}
}

/* ---- all ----------------------------------------------------------------- */

static void
open_oom(struct keeper *k)
{
	char text[16] = "";

	k->oom = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	if (k->oom < 0)
		return;
	if (pread(k->oom, text, sizeof text - 1, 0) <= 0)
		fd_close(&k->oom);
	k->oom_self = atoi(text);
	raise_fd(&k->oom);
}

int
keeper_open(struct keeper *k, int control, const char **why_r)
{
	k->control = control;
	k->seats = 0;
	k->free = 0;
	for (uint32_t i = 0; i < KEEPER_SEATS_MAX; i++)
		k->seat[i].next = i + 1 < KEEPER_SEATS_MAX ? i + 1 : NO_SEAT;
	raise_fd(&k->control);
	k->epoll = epoll_create1(EPOLL_CLOEXEC);
	raise_fd(&k->epoll);
	open_oom(k);
	if (k->control >= 0 && k->epoll >= 0 && watch(k, EPOLL_CTL_ADD,
	    k->control, EPOLLIN, CONTROL))
		return 0;
	*why_r = "no descriptors";
	return -1;
}

void
keeper_run(struct keeper *k)
{
	struct epoll_event e;

	while (k->control >= 0 || k->seats > 0) {
		/* one at a time: it may end the seat that another is of */
		int n = epoll_wait(k->epoll, &e, 1, -1);

		if (n > 0)
			on_event(k, &e);
		else if (n < 0 && errno != EINTR)
			break;
	}
}
