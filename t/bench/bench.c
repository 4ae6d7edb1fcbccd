/*
 * make bench: nowait sessions of the proxy, plain and TLS, against the floor:
 * a relay of a few lines exec'd per connection by the same listener.  The
 * server behind both is backend.c, so that it is not what is measured.
 *
 * usage: bench PROGRAMS WORK CERTS [floor]
 *   PROGRAMS  folder of imap4-proxy, test-imap4 and their modules
 *   WORK      folder to write the configuration and the log to
 *   CERTS     folder with server.pem and server.key
 *   floor     measures the floor twice instead: shows the method's own error
 * BENCH_ROUNDS rounds are made, none begun after BENCH_SECONDS.  As root,
 * sessions run as nobody and their memory can be read.
 *
 * Exit: 0 measured, whatever came out; 1 a session or a program failed.
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend.h"
#include "figures.h"
#include "listener.h"
#include "load.h"
#include "memory.h"
#include "timing.h"

enum { PATH = 512, IN_TURN_MAX = 64 };

/* What 16 clients at once make of it by themselves. */
static const double OWN_LOAD = 6;

/* How much one round does; the other row is for the smoke test. */
struct effort {
	int in_turn;		/* sessions one at a time */
	int at_once, each[LEGS];	/* processes, and sessions of each */
	int fetches;		/* of BACKEND_MAIL octets */
	int held;		/* idle sessions */
};

static const struct effort full = { 40, 16, { 16, 8 }, 16, 64 };
static const struct effort smoke = { 3, 2, { 2, 2 }, 1, 3 };

/* Buffers are given back after a while: idle is more than between commands. */
static const struct timespec idle = { 1, 0 };

/* A step this long is no round trip on loopback but a timer's. */
static const double STALL_US = 38000;

struct bench {
	const struct effort *effort;
	const char *programs, *work, *certs;
	bool self;			/* floor against floor */
	uid_t uid;			/* of sessions; 0: our own */
	int log;
	uint16_t backend_port;
	int fds[LEGS][SIDES];
	struct listener at[LEGS][SIDES];
};

static struct listener_usage usage;	/* too large for a stack */

static void
join(char out[PATH], const char *dir, const char *name)
{
	if (snprintf(out, PATH, "%s/%s", dir, name) >= PATH)
		errx(1, "%s: too long a path", dir);
}

static int
number(const char *name, int standard, int max)
{
	const char *s = getenv(name);
	int n = s != NULL && *s != '\0' ? atoi(s) : standard;

	if (n < 1 || n > max)
		errx(2, "%s: 1 to %d", name, max);
	return n;
}

/* ---- setting up ------------------------------------------------------ */

static void
write_config(const struct bench *b, const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		err(1, "%s", path);
	fprintf(f, "version = \"1\"\n"
	    "name = \"bench\"\n"
	    "app-user = \"nobody\"\n"
	    "listen-on {\n"
	    "    non-transparent \"imap\" {\n"
	    "        address = \"127.0.0.1\"\n        port = %d\n    }\n"
	    "    non-transparent \"imaps\" {\n"
	    "        address = \"127.0.0.1\"\n        port = %d\n    }\n"
	    "}\n", b->at[PLAIN][PROXY].port, b->at[TLS][PROXY].port);
	fprintf(f, "ssl-params \"outside\" {\n"
	    "    certificate = \"%s/server.pem\"\n"
	    "    private-key = \"%s/server.key\"\n}\n", b->certs, b->certs);
	fprintf(f, "session-acl \"plain\" {\n"
	    "    listener = {\"imap\"}\n"
	    "    plug-to = {\"127.0.0.1:%d\"}\n}\n"
	    "session-acl \"tls\" {\n"
	    "    listener = {\"imaps\"}\n"
	    "    client-ssl-params = \"outside\"\n"
	    "    plug-to = {\"127.0.0.1:%d\"}\n}\n"
	    "command-acl \"all\" {\n    no-mail-scanning = yes\n}\n",
	    b->backend_port, b->backend_port);
	if (fclose(f) != 0)
		err(1, "%s", path);
}

static void
run(char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execv(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "%s failed", argv[0]);
}

static void
start_floor(struct bench *b, enum side side)
{
	char plain[PATH], tls[PATH], port[8], cert[PATH], key[PATH];

	join(plain, b->programs, "t/bench/floor");
	join(tls, b->programs, "t/bench/floor_tls");
	join(cert, b->certs, "server.pem");
	join(key, b->certs, "server.key");
	snprintf(port, sizeof port, "%d", b->backend_port);
	listener_start(&b->at[PLAIN][side], b->fds[PLAIN][side],
	    (char *[]){ plain, port, NULL }, b->log, b->uid);
	listener_start(&b->at[TLS][side], b->fds[TLS][side],
	    (char *[]){ tls, port, cert, key, NULL }, b->log, b->uid);
}

static void
start_proxy(struct bench *b)
{
	static char imap[] = "imap", imaps[] = "imaps";
	char proxy[PATH], test[PATH], cfg[PATH], cache[PATH];
	static char f[] = "-f", c[] = "-c", C[] = "-C", l[] = "-l";

	join(proxy, b->programs, "imap4-proxy");
	join(test, b->programs, "test-imap4");
	join(cfg, b->work, "bench.cfg");
	join(cache, b->work, "bench.cache");
	write_config(b, cfg);
	run((char *[]){ test, f, cfg, c, cache, NULL });
	listener_start(&b->at[PLAIN][PROXY], b->fds[PLAIN][PROXY],
	    (char *[]){ proxy, f, cfg, C, cache, l, imap, NULL },
	    b->log, b->uid);
	listener_start(&b->at[TLS][PROXY], b->fds[TLS][PROXY],
	    (char *[]){ proxy, f, cfg, C, cache, l, imaps, NULL },
	    b->log, b->uid);
}

static pid_t
start(struct bench *b)
{
	char path[PATH];
	int fd = listener_bind(&b->backend_port);
	pid_t backend = backend_start(fd);

	close(fd);
	for (int leg = 0; leg < LEGS; leg++)
		for (int side = 0; side < SIDES; side++)
			b->fds[leg][side] = listener_bind(
			    &b->at[leg][side].port);
	join(path, b->work, "bench.log");
	b->log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
	    O_CLOEXEC, 0644);
	if (b->log < 0)
		err(1, "%s", path);
	start_floor(b, FLOOR);
	if (b->self)
		start_floor(b, PROXY);
	else
		start_proxy(b);
	return backend;
}

/* ---- measuring ------------------------------------------------------- */

struct place {			/* where a result belongs */
	enum leg leg;
	enum side side;
	int round;
};

static void
set(const struct place *p, enum figure f, double value)
{
	figures_set(p->leg, f, p->round, p->side, value);
}

static void
measure_latency(const struct bench *b, const struct load_target *t,
    const struct listener *l, const struct place *p)
{
	double greeting[IN_TURN_MAX], login[IN_TURN_MAX], us[LOAD_STEPS];
	int n = b->effort->in_turn, stalled = 0;

	(void)l;
	for (int i = 0; i < n; i++) {
		bool slow = false;

		load_session(t, us);
		greeting[i] = us[LOAD_GREETING];
		login[i] = us[LOAD_LOGIN];
		for (int s = 0; s < LOAD_STEPS; s++)
			slow |= us[s] >= STALL_US;
		stalled += slow;
	}
	set(p, FIG_GREETING, median(greeting, n));
	set(p, FIG_LOGIN, median(login, n));
	set(p, FIG_SLOW, 100.0 * stalled / n);
}

/* CPU that a listener's sessions used since the last look, in us. */
static double
used(const struct listener *l, struct listener_usage *before)
{
	uint64_t cpu = before->cpu_us, failed = before->failed;

	listener_settle(l, before);
	if (before->failed != failed)
		errx(1, "%d sessions ended with an error: see bench.log",
		    (int)(before->failed - failed));
	return (double)(before->cpu_us - cpu);
}

static void
measure_sessions(const struct bench *b, const struct load_target *t,
    const struct listener *l, const struct place *p)
{
	int each = b->effort->each[p->leg], n = b->effort->at_once * each;
	double seconds, processes, own;

	listener_settle(l, &usage);
	own = (double)usage.own_us;
	seconds = load_sessions(t, b->effort->at_once, each);
	set(p, FIG_RATE, n / seconds);
	processes = used(l, &usage);
	set(p, FIG_PROCESS, processes / n);
	set(p, FIG_CPU, (processes + (double)usage.own_us - own) / n);
}

static void
measure_fetch(const struct bench *b, const struct load_target *t,
    const struct listener *l, const struct place *p)
{
	double gb = (double)BACKEND_MAIL * b->effort->fetches / 1e9;

	listener_settle(l, &usage);
	set(p, FIG_FETCH, load_fetch(t, b->effort->fetches) / 1e6);
	set(p, FIG_FETCH_CPU, used(l, &usage) / 1e3 / gb);
}

/* Kernel memory of client and server alone, KB a session. */
static double
kernel_without(const struct bench *b)
{
	const struct load_target direct = { b->backend_port, false };
	uint64_t before = memory_kernel(), after;
	struct load_held *h = load_hold(&direct, b->effort->held);

	after = memory_kernel();
	load_release(h);
	return ((double)after - (double)before) / b->effort->held;
}

static void
measure_memory(const struct bench *b, const struct load_target *t,
    const struct listener *l, const struct place *p)
{
	double others = kernel_without(b), kernel, private = 0;
	uint64_t before, kb;
	struct load_held *h;

	listener_settle(l, &usage);
	before = memory_kernel();
	h = load_hold(t, b->effort->held);
	nanosleep(&idle, NULL);
	kernel = ((double)memory_kernel() - (double)before) / b->effort->held;
	listener_usage(l, &usage);
	for (uint32_t i = 0; i < usage.live; i++) {
		if (!memory_private(usage.pids[i], &kb))
			errx(1, "a sealed session shows its memory to root "
			    "alone");
		private += (double)kb / usage.live;
	}
	load_release(h);
	set(p, FIG_PRIVATE, private);
	set(p, FIG_MEMORY, private + kernel - others);
}

static void
measure(struct bench *b, int round)
{
	void (*const steps[])(const struct bench *, const struct load_target *,
	    const struct listener *, const struct place *) = {
		measure_latency, measure_sessions, measure_fetch,
		measure_memory,
	};

	for (int leg = 0; leg < LEGS; leg++)
		for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
			for (int i = 0; i < SIDES; i++) {
				/* who goes first alternates */
				enum side side = (i + round) % SIDES;
				struct listener *l = &b->at[leg][side];
				struct load_target t = { l->port, leg == TLS };
				struct place p = { leg, side, round };

				steps[s](b, &t, l, &p);
			}
}

int
main(int argc, char **argv)
{
	struct bench b = { .effort = getenv("BENCH_SMOKE") ? &smoke : &full };
	int rounds = number("BENCH_ROUNDS", 9, FIGURES_ROUNDS), done = 0;
	int seconds = number("BENCH_SECONDS", 150, 86400), missed;
	time_t end = time(NULL) + seconds;
	struct passwd *nobody;
	double load;
	pid_t backend;

	if (argc < 4 || argc > 5)
		errx(2, "usage: bench PROGRAMS WORK CERTS [floor]");
	b.programs = argv[1];
	b.work = argv[2];
	b.certs = argv[3];
	b.self = argc == 5;
	nobody = getuid() == 0 ? getpwnam("nobody") : NULL;
	b.uid = nobody ? nobody->pw_uid : 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	load_init();
	backend = start(&b);
	printf("%s against the floor: up to %d rounds, %d s, %ld CPUs; kernel "
	    "memory by %s\n", b.self ? "the floor itself" : "imap4-proxy",
	    rounds, seconds, sysconf(_SC_NPROCESSORS_ONLN),
	    memory_kernel_source());
	while (done < rounds && (done == 0 || time(NULL) < end))
		measure(&b, done++);
	missed = figures_print(done);
	printf("%d rounds; %d targets missed\n", done, missed);
	if (getloadavg(&load, 1) == 1 && load > OWN_LOAD)
		printf("load average %.0f: others were busy here; of the "
		    "above, CPU and memory still count\n", load);
	for (int leg = 0; leg < LEGS; leg++)
		for (int side = 0; side < SIDES; side++)
			listener_stop(&b.at[leg][side]);
	kill(backend, SIGKILL);
	return 0;
}
