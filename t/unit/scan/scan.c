/*
 * Objects, engines and connections, with engines that are processes of a few
 * lines: t/e2e/scanners.t has real ones.
 */

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "gate.h"
#include "scan.h"
#include "tap.h"

/* What an engine does with a question. */
enum how { CLEAN, FOUND, SLOW, SILENT, CLOSE, CLOSE_FIRST, CLOSE_LATER };

enum { SLOW_MS = 200 };

struct peer {
	char path[64];
	pid_t pid;
	int lsn;
};

static char folder[] = "/tmp/scan.XXXXXX";

static bool
take(int fd, void *p, size_t n)
{
	return recv(fd, p, n, MSG_WAITALL) == (ssize_t)n;
}

/* An object behind its command. */
static bool
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

static void
serve(int fd, enum how how, int conn)
{
	char text[64];

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

static void
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
static void
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
			serve(fd, how, conn);
			_exit(0);
		}
		close(fd);
	}
}

static void
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

static void
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

static int
submit(struct set *t, const char *octets)
{
	struct scan_object o = scan_memory(str_c(octets));

	return scan_submit(t->scan, &o, UINT64_MAX);
}

/* "status why" of an engine's word on an object. */
static const char *
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

static void
test_several(void)
{
	struct peer p[3];
	struct set t;
	int a, b, c;
	int64_t t0;

	start(&p[0], "a", CLEAN, 0);
	start(&p[1], "b", FOUND, 0);
	start(&p[2], "c", SILENT, 0);
	open_set(&t, p, 3, 400);
	scan_begin(t.scan, clock_after(5000), STR_NULL);
	a = submit(&t, "one");
	b = submit(&t, "two");
	c = submit(&t, "three");
	tap_cstr("not yet", word(&t, a, 0), "before it runs");
	t0 = clock_ms();
	tap_int(0, scan_run(t.scan, clock_after(50)), "for a while");
	tap_ok(clock_ms() - t0 < 300, "and no longer");
	tap_cstr("free", word(&t, a, 0), "what is known is known");
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "to the end");
	tap_ok(clock_ms() - t0 < 1500, "all at once");
	tap_cstr("free", word(&t, c, 0), "one engine");
	tap_cstr("found Bad", word(&t, b, 1), "another");
	tap_cstr("error: timeout", word(&t, a, 2), "a silent one");
	tap_cstr("error: timeout", word(&t, c, 2),
	    "is not waited for again by the next object");
	scan_begin(t.scan, clock_after(100), STR_NULL);
	a = submit(&t, "four");
	t0 = clock_ms();
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "the next mail");
	tap_ok(clock_ms() - t0 < 350, "until its deadline");
	tap_cstr("free", word(&t, a, 0), "one engine");
	tap_cstr("error: timeout", word(&t, a, 2), "the silent one");
	scan_close(t.scan);
	for (int i = 0; i < 3; i++)
		stop(&p[i]);
}

/* Connections that break, and are made again. */
static void
test_broken(void)
{
	static const struct {
		const char *name;
		enum how how;
		unsigned ms;
		const char *want;
	} cases[] = {
		{ "one that always closes", CLOSE, 0,
		    "error: connection closed before an answer" },
		{ "one that closes once", CLOSE_FIRST, 0, "free" },
		{ "one that closes behind each answer", CLOSE_LATER, 0,
		    "free" },
		{ "one that is not there yet", CLEAN, 300, "free" },
		{ "one that comes too late", CLEAN, 2000,
		    "error: connection refused" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct peer p;
		struct set t;
		int object[5];

		start(&p, "x", cases[i].how, cases[i].ms);
		open_set(&t, &p, 1, 1000);
		scan_begin(t.scan, clock_after(5000), STR_NULL);
		for (int k = 0; k < 5; k++)
			object[k] = submit(&t, "x");
		tap_int(1, scan_run(t.scan, CLOCK_NEVER), "%s",
		    cases[i].name);
		tap_cstr(cases[i].want, word(&t, object[0], 0), "says");
		tap_cstr(cases[i].want, word(&t, object[4], 0),
		    "and of the last object");
		scan_close(t.scan);
		stop(&p);
	}
}

static void
test_failover(void)
{
	struct peer p[2];
	struct set t;
	int a;
	int64_t t0 = clock_ms();

	start(&p[0], "a", CLEAN, 0);
	start(&p[1], "b", FOUND, 0);
	open_set(&t, p, 1, 1000);
	t.address[0][1].path = p[1].path;
	t.engine[0].naddresses = 2;
	a = submit(&t, "x");
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "two addresses");
	tap_cstr("free", word(&t, a, 0), "the first one answers");
	stop(&p[0]);
	/* its connections live in processes of their own */
	scan_rest(t.scan);
	a = submit(&t, "x");
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "the first is gone");
	tap_cstr("found Bad", word(&t, a, 0), "the second one answers");
	tap_ok(clock_ms() - t0 < 900, "without waiting");
	scan_close(t.scan);
	stop(&p[1]);
}

static void
test_objects(void)
{
	struct peer p;
	struct set t;
	struct scan_object o = scan_memory(STR("12345"));
	int a, b, n = 0;

	start(&p, "a", CLEAN, 0);
	open_set(&t, &p, 1, 1000);
	t.engine[0].max_size = 5;
	a = submit(&t, "12345");
	b = submit(&t, "123456");
	tap_cstr("skipped: larger than max-checked-size", word(&t, b, 0),
	    "a larger one is skipped");
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "the other one is not");
	tap_cstr("free", word(&t, a, 0), "and is judged");
	scan_forget(t.scan, a);
	tap_int(a, scan_submit(t.scan, &o, 0), "its number is used again");
	tap_cstr("skipped: not asked", word(&t, a, 0), "for no engine");
	while (submit(&t, "x") >= 0)
		n++;
	tap_int(SCAN_OBJECTS_MAX - 2, n, "there may be so many");
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "all are judged");
	tap_cstr("free", word(&t, SCAN_OBJECTS_MAX - 1, 0), "to the last");
	scan_begin(t.scan, CLOCK_NEVER, STR_NULL);
	a = submit(&t, "x");
	scan_run(t.scan, clock_ms());
	scan_forget(t.scan, a);
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "one given up is nothing");
	a = submit(&t, "y");
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "to the next");
	tap_cstr("free", word(&t, a, 0), "which is judged");
	o.fd = 999;
	a = scan_submit(t.scan, &o, 1);
	scan_run(t.scan, CLOCK_NEVER);
	tap_cstr("error: the octets to scan cannot be read", word(&t, a, 0),
	    "octets that are not there");
	scan_close(t.scan);
	stop(&p);
	tap_ok(scan_open(t.engine, SCAN_ENGINES_MAX + 1) == NULL,
	    "engines have a limit");
}

/* One object of a session, another one's beside it. */
static void
one_session(struct peer *p, int fd, int64_t timeout, int64_t deadline)
{
	const struct scan_result *r;
	struct set t;
	int object;

	open_set(&t, p, 1, timeout);
	t.engine[0].max_parallel = 1;
	scan_gate(t.scan, fd);
	scan_begin(t.scan, clock_after(deadline), STR_NULL);
	object = submit(&t, "x");
	scan_run(t.scan, CLOCK_NEVER);
	r = scan_result(t.scan, object, 0);
	printf("# %s %u %u %s\n", scan_status_name(r->status), r->ms,
	    r->waited, r->why);
	fflush(stdout);
	_exit(r->status == SCAN_FREE ? r->waited > 0 :
	    strstr(r->why, "other sessions") != NULL ? 2 : 3);
}

/* Of four sessions, what each came to: free, free behind others, refused. */
static void
test_parallel(int64_t timeout, int64_t deadline, const int want[2],
    const char *name)
{
	char path[80];
	int seen[4] = { 0 }, status, fd;
	struct peer p;
	int64_t t0;

	start(&p, "slow", SLOW, 0);
	snprintf(path, sizeof path, "%s/gate", folder);
	fd = gate_open(path, getuid(), getgid());
	fflush(stdout);
	t0 = clock_ms();
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			one_session(&p, fd, timeout, deadline);
	for (int i = 0; i < 4; i++)
		if (wait(&status) > 0 && WIFEXITED(status))
			seen[WEXITSTATUS(status) & 3]++;
	tap_int(want[0], seen[0], "%s: the first", name);
	tap_int(want[1], seen[1], "%s: those that waited", name);
	/* some may get in, too late */
	tap_int(4 - want[0] - want[1], seen[2] + seen[3],
	    "%s: those that waited in vain", name);
	tap_ok(seen[2] > 0 || seen[3] == 0, "%s: and know why", name);
	tap_ok(clock_ms() - t0 >= (want[0] + want[1]) * SLOW_MS,
	    "%s: one after the other", name);
	close(fd);
	unlink(path);
	stop(&p);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(folder) == NULL)
		abort();
	test_several();
	test_broken();
	test_failover();
	test_objects();
	test_parallel(500, 5000, (const int[]){ 1, 3 },
	    "four at an engine for one");
	test_parallel(5000, 300, (const int[]){ 1, 0 },
	    "four who cannot wait");
	rmdir(folder);
	return tap_done();
}
