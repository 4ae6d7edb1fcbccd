/*
 * imap4-helper: the long-lived service beside the sessions.  It catches
 * connections on their way to their servers, and keeps the compiled
 * configuration up to date.  Options, processes, the service manager; what
 * they do is in helper/.
 */

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <systemd/sd-daemon.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "conf_log.h"
#include "fd.h"
#include "jail.h"
#include "listening.h"
#include "log.h"
#include "door.h"
#include "monitor.h"
#include "registrar.h"
#include "sweeper.h"

static const char usage_text[] =
    "usage: imap4-helper [-bhvx] [-d LEVEL] [-C CACHE] -f CFGFILE\n"
    "  -f  configuration file\n"
    "  -C  its compiled cache (default: below " CACHE_DIR ")\n"
    "  -b  make the table that outlives the helper (on-exit), and exit\n"
    "  -x  remove it, and exit\n"
    "  -d  log level 3 (least) to 9 until the configuration is read\n"
    "  -h  this text    -v  version\n";

enum {
	/* For the catcher to take its rules away at our end, ms. */
	END_MS = 5000,
};

struct options {
	const char *cfg, *cache;
	int level;
	char only;		/* 'b', 'x' or 0 */
};

static _Noreturn void
die(int status, enum log_id id, const char *what, const char *why)
{
	log_msg(id, "%s: %s", what, why);
	exit(status);
}

static _Noreturn void
usage_error(const char *what)
{
	fprintf(stderr, "imap4-helper: %s\n%s", what, usage_text);
	exit(EX_USAGE);
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){ .level = LOG_LEV_NORMAL };
	while ((c = getopt(argc, argv, "bhvxd:f:C:")) != -1) {
		switch (c) {
		case 'h':
			fputs(usage_text, stdout);
			exit(0);
		case 'v':
			puts("imap4-helper " BUILD_VERSION " (build " BUILD_ID
			    "), configuration version 1");
			exit(0);
		case 'd':
			if (strlen(optarg) != 1 || *optarg < '3' ||
			    *optarg > '9')
				usage_error("-d takes 3 to 9");
			o->level = *optarg - '0';
			break;
		case 'f': o->cfg = optarg; break;
		case 'C': o->cache = optarg; break;
		case 'b': o->only = 'b'; break;
		case 'x': o->only = 'x'; break;
		default:
			usage_error("what the options are:");
		}
	}
	if (o->cfg == NULL)
		usage_error("-f CFGFILE is missing");
	if (optind != argc)
		usage_error("no arguments are taken");
}

static void
open_config(struct current *u, struct conf *c, const struct options *o)
{
	static char path[PATH_MAX];

	if (o->cache == NULL && conf_cache_path(CACHE_DIR, o->cfg, path) < 0)
		die(EX_CONFIG, LOG_CONFIG_UNUSABLE, o->cfg, strerror(errno));
	*u = (struct current){
		.cfg = o->cfg,
		.cache = o->cache ? o->cache : path,
		.compiler = SBIN_DIR "/test-imap4",
		.keeps = true,
	};
	if (current_open(u, c) < 0) {
		if (u->report[0] != '\0')
			log_msg(LOG_CONFIG_BAD, "%s", u->report);
		die(EX_CONFIG, LOG_CONFIG_UNUSABLE, u->cache, c->why);
	}
	if (conf_log_open(c) < 0)
		die(EX_CANTCREAT, LOG_LOG_TARGET, "log with on-failure = stop",
		    strerror(errno));
	if (u->refused)
		log_msg(LOG_CONFIG_BAD, "%s", u->report);
	if (u->state == CURRENT_STALE)
		log_msg(LOG_CONFIG_STALE, "%s: the last good cache %s is used",
		    u->cfg, u->cache);
}

/* ---- the table that stays ------------------------------------------------ */

static int
hold(const struct conf *c, bool on)
{
	static struct list l;
	static struct nat n;
	const char *why;

	if (list_make(&l, c, &why) < 0)
		die(EX_CONFIG, LOG_NAT_FAILED, "listen-on", why);
	if (nat_open(&n) < 0 || (on ? nat_hold(&n, &l) :
	    nat_release(&n, l.name)) < 0)
		die(EX_OSERR, LOG_NAT_FAILED, on ? "-b" : "-x", n.why);
	return 0;
}

/* ---- processes ----------------------------------------------------------- */

/* Our end of a pair; the other in *theirs_r. */
static int
pair(int *theirs_r)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		die(EX_OSERR, LOG_START_FAILED, "socketpair", strerror(errno));
	*theirs_r = sv[1];
	return sv[0];
}

static pid_t
start(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die(EX_OSERR, LOG_START_FAILED, "fork", strerror(errno));
	return pid;
}

static int
start_catcher(const struct conf *c, int given)
{
	int theirs, ours = pair(&theirs), parent = getpid();

	if (start() == 0) {
		close(ours);
		door_leave_given(given, -1);
		catcher_run(theirs, parent, c->main->uid, c->main->gid);
	}
	close(theirs);
	return ours;
}

/* The catcher's socket is not the keeper's business. */
static int
start_keeper(struct current *u, struct conf *c, int given, int catcher)
{
	int theirs, ours = pair(&theirs), parent = getpid();

	if (start() == 0) {
		close(ours);
		door_leave_given(given, -1);
		close(catcher);
		keeper_run(theirs, parent, u, c);
	}
	close(theirs);
	return ours;
}

/* Where users come in; -1: nobody asked for it. */
static int
start_registrar(const struct conf *c, int given, int catcher, int keeper)
{
	int theirs, ours, listener;

	if (registrar_wanted(c) == NULL)
		return -1;
	listener = door_given("users");
	ours = pair(&theirs);
	if (start() == 0) {
		close(ours);
		close(catcher);
		close(keeper);
		door_leave_given(given, listener);
		registrar_run(theirs, listener, c);
	}
	close(theirs);
	fd_close(&listener);
	return ours;
}

static int
start_sweeper(const struct current *u, struct conf *c, int given,
    const struct monitor *m)
{
	int theirs, ours = pair(&theirs), parent = getpid();

	if (start() == 0) {
		close(ours);
		door_leave_given(given, -1);
		close(m->catcher);
		close(m->keeper);
		if (m->registrar >= 0)
			close(m->registrar);
		sweeper_run(theirs, parent, u->cache, c);
	}
	close(theirs);
	return ours;
}

/* ---- the service manager ------------------------------------------------- */

static void
notify(const char *state)
{
	(void)sd_notify(0, state);
}

static void
watchdog(void *ctx)
{
	(void)ctx;
	notify("WATCHDOG=1");
}

static void
start_watchdog(struct loop *l)
{
	uint64_t us;

	if (sd_watchdog_enabled(0, &us) > 0)
		loop_every(l, (int64_t)(us / 1000 / 3) + 1, watchdog, NULL);
}

/* ---- signals ------------------------------------------------------------- */

static int
take_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
	    (fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		die(EX_OSERR, LOG_START_FAILED, "signals", strerror(errno));
	return fd;
}

/* SIGHUP looks at the configuration; the others end the helper. */
static void
on_signal(void *ctx, int fd, short revents)
{
	struct monitor *m = ctx;
	struct signalfd_siginfo s;

	(void)revents;
	while (read(fd, &s, sizeof s) == sizeof s) {
		if (s.ssi_signo == SIGHUP)
			(void)send(m->keeper, "", 1, MSG_NOSIGNAL);
		else
			m->loop.stop = true;
	}
}

/* ---- all ----------------------------------------------------------------- */

/* The sockets are app-user's, and made before the jail. */
static void
seal(const struct conf *c, struct serve *s)
{
	const char *why;

	if (geteuid() == 0 &&
	    jail_identity(c->main->uid, c->main->gid, "", &why) < 0)
		die(EX_NOPERM, LOG_IDENTITY_FAILED, "app-user", why);
	if (!serve_open(s, c))
		log_msg(LOG_MONITOR_SOCKET, "%s", s->why);
	if (jail_prepare(&why) < 0 || jail_enter(JAIL_MONITOR, &why) < 0)
		die(EX_OSERR, LOG_JAIL_FAILED, jail_level(), why);
	if (jail_lacks() != NULL)
		log_msg(LOG_JAIL_PARTIAL, "%s", jail_lacks());
}

/* The children see that we are gone; rules first, then we. */
static void
end_children(struct monitor *m)
{
	int64_t deadline = clock_after(END_MS);

	close(m->catcher);
	close(m->keeper);
	fd_close(&m->registrar);
	close(m->verdicts.fd);
	while (waitpid(-1, NULL, WNOHANG) >= 0 && clock_left(deadline) > 0)
		poll(NULL, 0, 5);
}

int
main(int argc, char **argv)
{
	static struct monitor m;
	static struct options o;
	static struct current u;
	static struct conf c;
	int signals, given;

	if (fd_sanitize_std() < 0)
		return EX_OSERR;
	given = door_all_given();
	log_start("imap4-helper", LOG_LEV_NORMAL);
	parse_options(&o, argc, argv);
	log_start("imap4-helper", (enum log_level)o.level);
	open_config(&u, &c, &o);
	if (o.only != 0)
		return hold(&c, o.only == 'b');
	signal(SIGPIPE, SIG_IGN);
	tzset();
	m.conf = &c;
	m.cache = u.cache;
	m.notify = notify;
	m.catcher = start_catcher(&c, given);
	m.keeper = start_keeper(&u, &c, given, m.catcher);
	m.registrar = start_registrar(&c, given, m.catcher, m.keeper);
	m.verdicts.fd = start_sweeper(&u, &c, given, &m);
	m.diag = listening_open();	/* behind them: it is ours alone */
	m.users = monitor_users(&c);
	loop_init(&m.loop);
	signals = take_signals();
	if (m.diag < 0 || !loop_add(&m.loop, signals, POLLIN, on_signal, &m))
		die(EX_OSERR, LOG_START_FAILED, "sock_diag", strerror(errno));
	start_watchdog(&m.loop);
	seal(&c, &m.serve);
	log_msg(LOG_HELPER_START, "configuration %s, jail %s", u.cfg,
	    jail_level());
	monitor_begin(&m, u.state == CURRENT_STALE);
	if (loop_run(&m.loop) < 0)
		m.failed = 1;
	notify("STOPPING=1");
	end_children(&m);
	log_msg(LOG_HELPER_END, "rules are gone, sessions go on");
	_exit(m.failed ? EX_SOFTWARE : 0);	/* as sessions end */
}
