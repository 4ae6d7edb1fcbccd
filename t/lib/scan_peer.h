#ifndef SCAN_PEER_H
#define SCAN_PEER_H

/*
 * Engines that are processes of a few lines, for unit tests of scan/: they
 * speak clamd's INSTREAM in a session, and misbehave as they are told.
 */

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "scan.h"
#include "tap.h"

/*
 * What an engine does with a question; and it may tell its version, which is
 * its process's number.
 */
enum how { CLEAN, FOUND, SLOW, SILENT, CLOSE, CLOSE_FIRST, CLOSE_LATER,
	TELLS = 16 };

enum { SLOW_MS = 200 };

struct peer {
	char path[64];
	pid_t pid;
	int lsn;
};

static char folder[] = "/tmp/scan.XXXXXX";

static inline bool
take(int fd, void *p, size_t n)
{
	return recv(fd, p, n, MSG_WAITALL) == (ssize_t)n;
}

/* An object behind its command. */
static inline bool
take_object(int fd)
{
	static const char command[] = "zINSTREAM";
	char tail[sizeof command] = { 0 }, octets[256];
	unsigned char n[4];

	while (memcmp(tail, command, sizeof command) != 0) {
		memmove(tail, tail + 1, sizeof tail - 1);
		if (!take(fd, &tail[sizeof tail - 1], 1))
			return false;
	}
	while (take(fd, n, 4) && n[3] != 0)
		if (!take(fd, octets, n[3]))
			return false;
	return n[3] == 0;
}

static inline void
tell(int fd)
{
	char text[64];

	snprintf(text, sizeof text, "1: ClamAV 1/%d", (int)getppid());
	if (send(fd, text, strlen(text) + 1, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static inline void
serve(int fd, enum how how, int conn)
{
	char text[64];

	if (how & TELLS)
		tell(fd);
	how &= TELLS - 1;
	for (int i = 2; take_object(fd); i++) {
		if (how == SILENT)
			pause();
		if (how == SLOW)
			usleep(SLOW_MS * 1000);
		if (how == CLOSE || (how == CLOSE_FIRST && conn == 0))
			break;
		snprintf(text, sizeof text, how == FOUND ?
		    "%d: stream: Bad FOUND" : "%d: stream: OK", i);
		if (send(fd, text, strlen(text) + 1, MSG_NOSIGNAL) < 0)
			break;
		if (how == CLOSE_LATER)
			break;
	}
	close(fd);
}

static inline void
bind_peer(struct peer *p, const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	snprintf(p->path, sizeof p->path, "%s/%s", folder, name);
	strncpy(un.sun_path, p->path, sizeof un.sun_path - 1);
	unlink(p->path);
	p->lsn = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(p->lsn, (struct sockaddr *)&un, sizeof un) < 0)
		abort();
}

/* After ms, listen, and serve each connection in a process of its own. */
static inline void
start(struct peer *p, const char *name, enum how how, unsigned ms)
{
	bind_peer(p, name);
	if (ms == 0 && listen(p->lsn, 50) < 0)
		abort();
	fflush(stdout);
	p->pid = fork();
	if (p->pid != 0) {
		setpgid(p->pid, p->pid);
		return;
	}
	setpgid(0, 0);
	alarm(60);
	signal(SIGCHLD, SIG_IGN);
	if (ms > 0) {
		usleep(ms * 1000);
		listen(p->lsn, 50);
	}
	for (int conn = 0;; conn++) {
		int fd = accept(p->lsn, NULL, NULL);

		if (fork() == 0) {
			alarm(60);
			close(p->lsn);
			serve(fd, how, conn);
			_exit(0);
		}
		close(fd);
	}
}

static inline void
stop(struct peer *p)
{
	kill(-p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->lsn);
	unlink(p->path);
}

/* Engines of these peers, with a timeout. */
struct set {
	struct scan_address address[4][2];
	struct scan_engine engine[4];
	struct scan *scan;
};

static inline void
open_set(struct set *t, struct peer *peers, size_t n, int64_t timeout)
{
	*t = (struct set){ 0 };
	for (size_t i = 0; i < n; i++) {
		t->address[i][0].path = peers[i].path;
		t->engine[i] = (struct scan_engine){ .title = "x",
		    .kind = SCAN_CLAMD, .addresses = t->address[i],
		    .naddresses = 1, .timeout = timeout };
	}
	t->scan = scan_open(t->engine, n);
	if (t->scan == NULL)
		abort();
}

static inline int
submit(struct set *t, const char *octets)
{
	struct scan_object o = scan_memory(str_c(octets));

	return scan_submit(t->scan, &o, UINT64_MAX);
}

/* "status why" of an engine's word on an object. */
static inline const char *
word(struct set *t, int object, size_t engine)
{
	const struct scan_result *r = scan_result(t->scan, object, engine);
	static char text[400];

	if (r == NULL)
		return "not yet";
	snprintf(text, sizeof text, "%s%s%s%s%s", scan_status_name(r->status),
	    *r->name != '\0' ? " " : "", r->name, *r->why != '\0' ? ": " : "",
	    r->why);
	return text;
}

/* Where their sockets are; to be removed at the end. */
static inline void
make_folder(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(folder) == NULL)
		abort();
}

#endif
