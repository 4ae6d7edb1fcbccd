/* What one engine does: connections that break, addresses, places. */

#include <netinet/in.h>

#include "places.h"
#include "scan_peer.h"

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

/* A port that neither accepts nor refuses, with what makes it so. */
static struct addr
deaf(int fds[3])
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof in;
	struct addr a;

	for (int i = 0; i < 3; i++)
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC |
		    SOCK_NONBLOCK, 0);
	if (bind(fds[0], (struct sockaddr *)&in, n) < 0 ||
	    listen(fds[0], 0) < 0 ||
	    getsockname(fds[0], (struct sockaddr *)&in, &n) < 0)
		abort();
	/* one is all that it lets wait */
	for (int i = 1; i < 3; i++)
		(void)connect(fds[i], (struct sockaddr *)&in, n);
	addr_from_sa((struct sockaddr *)&in, &a);
	return a;
}

/* Time to connect in is an engine's, also when it was begun before. */
static void
test_deaf(void)
{
	struct peer p = { .path = "" };
	struct set t;
	int a, fds[3];
	int64_t t0;

	open_set(&t, &p, 1, 300);
	t.address[0][0] = (struct scan_address){ .addr = deaf(fds) };
	scan_begin(t.scan, clock_after(60000), STR_NULL);
	a = submit(&t, "x");
	t0 = clock_ms();
	scan_start(t.scan);
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "one that does not accept");
	tap_cstr("error: timeout", word(&t, a, 0), "has its time");
	tap_ok(clock_ms() - t0 < SCAN_CONNECT_MS, "and no more");
	scan_close(t.scan);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

/* Mail after mail in vain: the next one is no later for that. */
static void
test_back_off(void)
{
	int64_t t0 = clock_ms();
	struct peer p;
	struct set t;
	int a = 0;

	start(&p, "x", CLEAN, 900);
	open_set(&t, &p, 1, 300);
	/* so often that it would be left alone for a second */
	for (bool back = false; !back; ) {
		back = clock_ms() - t0 > 1000;
		scan_begin(t.scan, clock_after(5000), STR_NULL);
		a = submit(&t, "x");
		scan_run(t.scan, CLOCK_NEVER);
	}
	tap_cstr("free", word(&t, a, 0), "one that is back is asked at once");
	scan_close(t.scan);
	stop(&p);
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

/* The engine's version, as of a peer. */
static bool
is_version_of(const struct set *t, const struct peer *p)
{
	char text[SCAN_VERSION];

	snprintf(text, sizeof text, "ClamAV 1/%d", (int)p->pid);
	return strcmp(scan_version(t->scan, 0), text) == 0;
}

/* A mail of so many objects; what it says of the first. */
static const char *
mail_of(struct set *t, int objects)
{
	int first;

	scan_begin(t->scan, clock_after(5000), STR_NULL);
	first = submit(t, "x");
	while (--objects > 0)
		submit(t, "x");
	scan_run(t->scan, CLOCK_NEVER);
	return word(t, first, 0);
}

/* A connection to each of two addresses, whose signatures are not the same. */
static void
test_versions(void)
{
	struct peer p[2];
	struct set t;

	/* a process has the sockets of those before it */
	start(&p[1], "b", FOUND | TELLS, 0);
	start(&p[0], "a", SLOW | TELLS, 0);
	open_set(&t, p, 1, 1000);
	t.address[0][1].path = p[1].path;
	t.engine[0].naddresses = 2;
	tap_cstr("free", mail_of(&t, 1), "the first address answers");
	tap_ok(is_version_of(&t, &p[0]), "with its version");
	/* who was connected stays so */
	kill(p[0].pid, SIGKILL);
	waitpid(p[0].pid, NULL, 0);
	close(p[0].lsn);
	tap_cstr("free", mail_of(&t, 2), "both addresses answer");
	tap_cstr("", scan_version(t.scan, 0), "and nobody's version holds");
	tap_ok(strcmp(mail_of(&t, 1), "free") != 0 || is_version_of(&t, &p[0]),
	    "a version is of who answered");
	tap_ok(*scan_version(t.scan, 0) != '\0', "and there is one again");
	scan_close(t.scan);
	stop(&p[0]);
	stop(&p[1]);
}

/* One object of a session, another one's beside it. */
static void
one_session(struct peer *p, int fd, int64_t timeout, int64_t until)
{
	const struct scan_result *r;
	struct set t;
	int object;

	open_set(&t, p, 1, timeout);
	t.engine[0].max_parallel = 1;
	scan_places(t.scan, fd);
	scan_begin(t.scan, until, STR_NULL);
	object = submit(&t, "x");
	/* connected, and with its first look for a place behind it */
	for (int64_t t0 = clock_ms(); clock_ms() - t0 < SLOW_MS / 10; )
		scan_start(t.scan);
	scan_run(t.scan, CLOCK_NEVER);
	r = scan_result(t.scan, object, 0);
	printf("# %s %u %u %s\n", scan_status_name(r->status), r->ms,
	    r->waited, r->why);
	fflush(stdout);
	/* who gets in too late has waited, too */
	_exit(r->status == SCAN_FREE ? r->waited > 0 :
	    strstr(r->why, "other sessions") != NULL || r->waited > 0 ? 2 : 3);
}

/* Of four sessions, what each came to: free, free behind others, refused. */
static void
test_parallel(int64_t timeout, int64_t deadline, const int want[2],
    const char *name)
{
	char path[80];
	int seen[4] = { 0 }, status, fd;
	struct peer p;
	int64_t t0, until;

	start(&p, "slow", SLOW, 0);
	snprintf(path, sizeof path, "%s/places", folder);
	fd = places_open(path, getuid(), getgid());
	fflush(stdout);
	t0 = clock_ms();
	/* the same moment for all: nobody takes the place of who gives up */
	until = clock_after(deadline);
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			one_session(&p, fd, timeout, until);
	for (int i = 0; i < 4; i++)
		if (wait(&status) > 0 && WIFEXITED(status))
			seen[WEXITSTATUS(status) & 3]++;
	tap_int(want[0], seen[0], "%s: the first", name);
	tap_int(want[1], seen[1], "%s: those that waited", name);
	tap_int(4 - want[0] - want[1], seen[2],
	    "%s: those that waited in vain, and know it", name);
	tap_ok(clock_ms() - t0 >= (want[0] + want[1]) * SLOW_MS,
	    "%s: one after the other", name);
	close(fd);
	unlink(path);
	stop(&p);
}

int
main(void)
{
	make_folder();
	test_broken();
	test_deaf();
	test_back_off();
	test_failover();
	test_versions();
	test_parallel(500, 5000, (const int[]){ 1, 3 },
	    "four at an engine for one");
	test_parallel(5000, 300, (const int[]){ 1, 0 },
	    "four who cannot wait");
	rmdir(folder);
	return tap_done();
}
