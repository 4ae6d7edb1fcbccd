/*
 * imap4-proxy: one connection, from activation to the end of its session.
 * Options, wiring and exit codes; the conversation itself is in sess/.
 */

#include <sys/socket.h>
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

#include "board.h"
#include "conf.h"
#include "current.h"
#include "facts.h"
#include "fd.h"
#include "jail.h"
#include "log.h"
#include "module.h"
#include "origin.h"
#include "sess.h"
#include "testexpr.h"

static const char usage_text[] =
    "usage: imap4-proxy [-hv] [-d LEVEL] [-C CACHE] [-l LISTENER] [-t EXPR]"
    " -f CFGFILE\n"
    "  -f  configuration file\n"
    "  -C  its compiled cache (default: below " CACHE_DIR ")\n"
    "  -d  log level 3 (least) to 9 until the configuration is read\n"
    "  -l  name of the listen-on section the connection came by\n"
    "  -t  debug run on standard input and output: 'test from [A] to [B]:P;'\n"
    "  -h  this text    -v  version\n"
    "The connection is descriptor 0, or 3 with LISTEN_FDS=1.\n";

static bool stderr_was_client;

struct options {
	const char *cfg, *cache, *listener, *expr;
	int level;
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
	fprintf(stderr, "imap4-proxy: %s\n%s", what, usage_text);
	exit(EX_USAGE);
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){ .level = LOG_LEV_NORMAL };
	while ((c = getopt(argc, argv, "hvd:f:C:l:t:")) != -1) {
		switch (c) {
		case 'h':
			fputs(usage_text, stdout);
			exit(0);
		case 'v':
			puts("imap4-proxy " BUILD_VERSION " (build " BUILD_ID
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
		case 'l': o->listener = optarg; break;
		case 't': o->expr = optarg; break;
		default:
			usage_error("what the options are:");
		}
	}
	if (o->cfg == NULL)
		usage_error("-f CFGFILE is missing");
	if (optind != argc)
		usage_error("no arguments are taken");
}

/* ---- activation ---------------------------------------------------------- */

static bool
same_file(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
	    sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* inetd gives the client's socket as 0, 1 and 2: nothing may print on it. */
static void
guard_output(int client)
{
	bool err = same_file(2, client);
	bool out = same_file(1, client) || fd_is_socket(1);
	int null;

	if (!err && client == 0) {
		if (out)
			dup2(2, 1);
		return;
	}
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		die(EX_OSERR, LOG_START_FAILED, "/dev/null", strerror(errno));
	if (err) {
		dup2(null, 2);
		log_stderr_is_peer();
		stderr_was_client = true;
	}
	if (out)
		dup2(null, 1);
	if (client != 0)
		dup2(null, 0);
	close(null);
}

/* systemd without StandardInput=socket (sd_listen_fds(3)): descriptor 3. */
static int
passed_descriptor(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	bool ours = pid != NULL && n != NULL && atol(pid) == getpid();
	bool one = ours && strcmp(n, "1") == 0;

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (ours && !one)
		die(EX_USAGE, LOG_START_FAILED, "LISTEN_FDS",
		    "one connected socket is expected");
	return one ? 3 : -1;
}

/* Move octets between stdin/stdout and the session's end of a socketpair. */
static void
shuttle(int sock)
{
	struct pollfd p[2] = { { 0, POLLIN, 0 }, { sock, POLLIN, 0 } };
	char b[16384];

	for (;;) {
		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		if (p[0].revents != 0) {
			ssize_t n = read(0, b, sizeof b);

			if (n <= 0) {
				shutdown(sock, SHUT_WR);
				p[0].fd = -1;
			} else if (fd_write_all(sock,
			    (struct str){ b, (size_t)n }) < 0) {
				p[0].fd = -1;
			}
		}
		if (p[1].revents != 0) {
			ssize_t n = read(sock, b, sizeof b);

			if (n <= 0 || fd_write_all(1,
			    (struct str){ b, (size_t)n }) < 0)
				return;
		}
	}
}

/* A debug run: the parent shuttles, the child is the session. */
static int
debug_descriptor(void)
{
	int sv[2], status = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		die(EX_OSERR, LOG_START_FAILED, "socketpair", strerror(errno));
	pid = fork();
	if (pid < 0)
		die(EX_OSERR, LOG_START_FAILED, "fork", strerror(errno));
	if (pid > 0) {
		close(sv[0]);
		signal(SIGPIPE, SIG_IGN);
		shuttle(sv[1]);
		close(sv[1]);
		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE);
	}
	close(sv[1]);
	return sv[0];
}

static int
find_client(const struct options *o)
{
	int fd = passed_descriptor();

	if (fd < 0 && fd_is_socket(0))
		fd = 0;
	if (fd < 0 || o->expr != NULL) {
		if (o->expr == NULL)
			usage_error("descriptor 0 is not a socket; a debug "
			    "run needs -t 'test from [A] to [B]:PORT;'");
		return debug_descriptor();
	}
	if (fd_is_listening(fd))
		die(EX_USAGE, LOG_START_FAILED, "descriptor",
		    "a listening socket (wait mode) is not in this version");
	/* the compiler, if one is needed, does not get it */
	if (fd > 2 && fd_cloexec(fd) < 0)
		die(EX_OSERR, LOG_START_FAILED, "descriptor", strerror(errno));
	guard_output(fd);
	return fd;
}

/* ---- addresses ----------------------------------------------------------- */

static void
find_addresses(struct sess_start *s, const struct options *o)
{
	struct testexpr e;

	if (o->expr == NULL) {
		if (!addr_peer(s->client_fd, &s->from) ||
		    !addr_local(s->client_fd, &s->to))
			die(EX_OSERR, LOG_START_FAILED, "client's address",
			    strerror(errno));
	} else if (testexpr_parse(str_c(o->expr), &e) < 0) {
		die(EX_USAGE, LOG_START_FAILED, "-t", e.why);
	} else if (e.kind != TESTEXPR_TEST || e.given &
	    (TESTEXPR_CERT | TESTEXPR_COMMAND | TESTEXPR_USER)) {
		die(EX_USAGE, LOG_START_FAILED, "-t",
		    "only 'test ...;', without cert, command and user");
	} else {
		s->from = e.from;
		s->to = e.to;
		s->server = e.server;
		s->transparent = e.transparent;
	}
	if (o->listener != NULL)
		s->listener = str_c(o->listener);
	if (o->expr == NULL)
		origin_find(s);
	else if (o->listener == NULL)
		s->listener = acl_facts_listener(s->conf, &s->to,
		    s->transparent);
}

/* ---- configuration ------------------------------------------------------- */

/* The compiler's report, a message for each of its lines. */
static void
log_report(const char *report)
{
	struct str rest = str_c(report), line;
	bool more = true;

	while (more) {
		more = str_cut(&rest, '\n', &line);
		if (line.n > 0)
			log_msg(LOG_CONFIG_BAD, "%.*s", STR_ARG(line));
	}
}

static void
open_config(struct conf *c, struct current *u, const struct options *o)
{
	static char path[PATH_MAX];

	if (o->cache == NULL && conf_cache_path(CACHE_DIR, o->cfg, path) < 0)
		die(EX_CONFIG, LOG_CONFIG_UNUSABLE, o->cfg, strerror(errno));
	*u = (struct current){
		.cfg = o->cfg,
		.cache = o->cache ? o->cache : path,
		.compiler = SBIN_DIR "/test-imap4",
	};
	if (current_open(u, c) < 0) {
		log_report(u->report);
		die(EX_CONFIG, LOG_CONFIG_UNUSABLE, u->cache, c->why);
	}
}

static struct log_conf
log_conf_of(const struct conf *c, const struct conf_log *l)
{
	return (struct log_conf){
		.level = l->level,
		.target = l->target,
		.format = l->format,
		.on_failure = l->on_failure,
		.facility = (int)l->facility,
		.data_limit = (uint32_t)l->data_limit,
		.path = conf_cstr(c, l->path),
	};
}

static void
open_log(const struct conf *c)
{
	struct log_conf lc[LOG_LOGS];

	for (size_t i = 0; i < LOG_LOGS; i++)
		lc[i] = log_conf_of(c, &c->main->logs[i]);
	if (log_open(lc, conf_cstr(c, c->main->name)) < 0)
		die(EX_CANTCREAT, LOG_LOG_TARGET, "log with on-failure = stop",
		    strerror(errno));
}

static void
report_config(const struct current *u)
{
	if (u->compiled)
		log_msg(LOG_CONFIG_COMPILED, "%s", u->cfg);
	if (u->refused)
		log_report(u->report);
	if (u->state == CURRENT_STALE)
		log_msg(LOG_CONFIG_STALE, "%s: the last good cache %s is used",
		    u->cfg, u->cache);
}

/* Sessions without a scoreboard go on, unless session-acl has limits. */
static void
open_board(struct board *b, const struct conf *c)
{
	uid_t owner = geteuid() == 0 ? c->main->uid : geteuid();
	char folder[PATH_MAX], why[BOARD_WHY];

	if (c->main->no_monitoring)
		board_none(b, "monitoring is disabled");
	else if (!board_open(b, conf_run_folder(c, folder), owner))
		log_msg(LOG_BOARD_UNSEEN, "%s/" BOARD_FILE ": %s", folder,
		    board_why(b, why));
}

/* ---- privileges ---------------------------------------------------------- */

/* Modules of any rule: with a chroot they cannot be found later. */
static void
load_modules(const struct conf *c)
{
	static const char names[][8] = { "tls", "regex", "resolve" };
	const char *why;

	if (!module_loads || conf_str(c, c->main->chroot_dir).n == 0)
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (module_get(names[i], &why) == NULL)
			die(EX_SOFTWARE, LOG_MODULE_BAD, names[i], why);
}

/*
 * The rest of the session is imap4-session's, which is this same program with
 * modules: it begins again, so what it looks at is put back.
 */
static _Noreturn void
become_session(char **argv, int client)
{
	static const char path[] = MODULE_DIR "/imap4-session";
	char pid[16];

	if (stderr_was_client)
		dup2(client, 2);
	if (client == 3) {
		snprintf(pid, sizeof pid, "%d", (int)getpid());
		setenv("LISTEN_PID", pid, 1);
		setenv("LISTEN_FDS", "1", 1);
	}
	execv(path, argv);
	die(EX_SOFTWARE, LOG_MODULE_BAD, path, strerror(errno));
}

static void
change_identity(const struct conf *c)
{
	const char *why;

	if (geteuid() != 0)
		return;
	if (jail_identity(c->main->uid, c->main->gid,
	    conf_cstr(c, c->main->chroot_dir), &why) < 0)
		die(EX_NOPERM, LOG_IDENTITY_FAILED, "app-user", why);
}

int
main(int argc, char **argv)
{
	static struct sess_start start;
	static struct board board;
	static struct options o;
	static struct current u;
	static struct conf c;
	const char *why;

	if (fd_sanitize_std() < 0)
		return EX_OSERR;
	log_start("imap4-proxy", LOG_LEV_NORMAL);
	parse_options(&o, argc, argv);
	log_start("imap4-proxy", (enum log_level)o.level);
	if (o.expr != NULL && !module_loads)
		become_session(argv, -1);
	start.client_fd = find_client(&o);
	signal(SIGPIPE, SIG_IGN);

	open_config(&c, &u, &o);
	open_log(&c);
	start.conf = &c;
	start.now = time(NULL);
	find_addresses(&start, &o);
	sess_prepare(&start);
	if (!module_loads && sess_needs_modules(&start)) {
		u.state = CURRENT_FRESH;	/* for it to say */
		report_config(&u);
		become_session(argv, start.client_fd);
	}
	tzset();	/* no file can be read once the jail is shut */
	report_config(&u);
	if (c.main->session_acls.n == 0)
		log_msg(LOG_REJECTS_ALL, "%s has no session-acl", o.cfg);
	start.config_stale = u.state == CURRENT_STALE;

	load_modules(&c);
	if (c.main->net_raw)
		jail_keep_net_raw();
	open_board(&board, &c);
	start.board = &board;
	change_identity(&c);
	if (jail_prepare(&why) < 0 || jail_enter(JAIL_ACCEPTED, &why) < 0)
		die(EX_OSERR, LOG_JAIL_FAILED, jail_level(), why);
	if (jail_lacks() != NULL)
		log_msg(LOG_JAIL_PARTIAL, "%s", jail_lacks());
	start.jail = true;
	sess_run(&start);
	_exit(0);	/* libraries need not tidy up what ends */
}
