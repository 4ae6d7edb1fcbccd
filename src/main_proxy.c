/*
 * imap4-proxy: one connection, from activation to the end of its session.
 * Options, wiring and exit codes; the conversation itself is in sess/, and
 * main_wait.c has what wait mode does between connections.
 */

#include <sys/mman.h>
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
#include "conf_log.h"
#include "facts.h"
#include "fd.h"
#include "hire.h"
#include "hosts.h"
#include "jail.h"
#include "log.h"
#include "main_proxy.h"
#include "module.h"
#include "origin.h"
#include "store.h"
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
    "The connection is descriptor 0, or 3 with LISTEN_FDS=1; a listening\n"
    "socket there is accepted from, and those behind it.\n";

static bool stderr_was_client;

_Noreturn void
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

/* systemd without StandardInput=socket (sd_listen_fds(3)). */
static int
passed(void)
{
	int n = sockets_passed();

	if (n < 0)
		die(EX_USAGE, LOG_START_FAILED, "LISTEN_FDS",
		    "that many sockets are not taken");
	return n;
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

/* The sockets to accept from, n of them: wait mode. */
static void
take_sockets(struct program *p, int first, int n)
{
	p->sockets = calloc(1, sizeof *p->sockets);
	if (p->sockets == NULL)
		die(EX_OSERR, LOG_START_FAILED, "wait mode", strerror(errno));
	if (!sockets_take(p->sockets, first, (size_t)n))
		die(EX_USAGE, LOG_START_FAILED, "LISTEN_FDS",
		    "one connected socket, or listening ones, are expected");
	p->waits = true;
	guard_output(first);
}

/* The connection to serve, or -1: p->sockets. */
static int
find_client(struct program *p)
{
	int n = passed();
	int fd = n > 0 ? SOCKETS_FIRST : 0;

	if (p->o.expr != NULL)
		return debug_descriptor();
	if (n == 0 && !fd_is_socket(0))
		usage_error("descriptor 0 is not a socket; a debug run needs "
		    "-t 'test from [A] to [B]:PORT;'");
	if (n > 1 || fd_is_listening(fd)) {
		take_sockets(p, fd, n > 0 ? n : 1);
		return -1;
	}
	sockets_unset();
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

static void
open_config(struct program *p)
{
	static char path[PATH_MAX];
	const struct options *o = &p->o;

	if (o->cache == NULL && conf_cache_path(CACHE_DIR, o->cfg, path) < 0)
		die(EX_CONFIG, LOG_CONFIG_UNUSABLE, o->cfg, strerror(errno));
	p->current = (struct current){
		.cfg = o->cfg,
		.cache = o->cache ? o->cache : path,
		.compiler = SBIN_DIR "/test-imap4",
		.check = p->waits ? CONF_CHECK_WHOLE : CONF_CHECK_HEAD,
	};
	if (current_open(&p->current, &p->conf) < 0) {
		conf_log_report(p->current.report);
		die(EX_CONFIG, LOG_CONFIG_UNUSABLE, p->current.cache,
		    p->conf.why);
	}
}

/* The known addresses of host names, where rules have any. */
static const struct hosts *
open_hosts(const struct program *p)
{
	static struct hosts h;	/* the process is the session */
	char path[PATH_MAX];

	if (p->conf.main->hosts.n == 0)
		return &h;
	if (!hosts_path(p->current.cache, path))
		h.why = "its path is too long";
	else
		(void)hosts_open(&h, path);	/* h.why says it */
	return &h;
}

void
program_report(const struct current *u)
{
	if (u->compiled)
		log_msg(LOG_CONFIG_COMPILED, "%s", u->cfg);
	if (u->refused)
		conf_log_report(u->report);
	if (u->state == CURRENT_STALE)
		log_msg(LOG_CONFIG_STALE, "%s: the last good cache %s is used",
		    u->cfg, u->cache);
}

static void
report_hosts(const struct hosts *h, const struct current *u)
{
	if (h->why != NULL)
		log_msg(LOG_HOSTS_FILE, "%s" HOSTS_SUFFIX ": %s: sessions look "
		    "host names up themselves", u->cache, h->why);
}

/* Before another program looks, which says again what is still so. */
void
program_report_once(struct program *p)
{
	p->current.state = CURRENT_FRESH;
	program_report(&p->current);
}

/* Sessions without a scoreboard go on, unless session-acl has limits. */
void
program_open_board(struct program *p)
{
	const struct conf *c = &p->conf;
	struct board *b = &p->board;
	uid_t owner = geteuid() == 0 ? c->main->uid : geteuid();
	char folder[PATH_MAX], why[BOARD_WHY];

	if (c->main->monitoring.disabled)
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
	static const char names[][8] = { "tls", "regex", "resolve",
		"store" };
	const char *why;

	if (!module_loads || conf_str(c, c->main->chroot_dir).n == 0)
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (module_get(names[i], &why) == NULL)
			die(EX_SOFTWARE, LOG_MODULE_BAD, names[i], why);
}

/*
 * The rest is imap4-session's, which is this same program with modules: it
 * begins again, so what it looks at is put back.
 */
static _Noreturn void
exec_session(struct program *p)
{
	static const char path[] = MODULE_DIR "/imap4-session";

	execv(path, p->argv);
	die(EX_SOFTWARE, LOG_MODULE_BAD, path, strerror(errno));
}

_Noreturn void
program_become_session(struct program *p, int client)
{
	char pid[16];

	if (stderr_was_client)
		dup2(client, 2);
	if (client == SOCKETS_FIRST && !p->waits) {
		snprintf(pid, sizeof pid, "%d", (int)getpid());
		setenv("LISTEN_PID", pid, 1);
		setenv("LISTEN_FDS", "1", 1);
	}
	exec_session(p);
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

/* ---- mail workers -------------------------------------------------------- */

/* The configuration in force, whatever becomes of its file. */
static int
copy_config(const struct conf *c)
{
	int fd = memfd_create("imap4-proxy", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && (fd_write_all(fd, (struct str){ c->map, c->size }) < 0
	    || fchmod(fd, 0400) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE |
	    F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0))
		fd_close(&fd);
	return fd;
}

int
program_keeper(const struct program *p, bool ready)
{
	const char *why = "the configuration cannot be copied";
	int fd, keeper = -1;

	if (!sess_may_scan(&p->conf))
		return -1;
	fd = copy_config(&p->conf);
	if (fd >= 0)
		keeper = mail_keeper_start(LIBEXEC_DIR "/imap4-mail", fd,
		    ready, &why);
	if (keeper < 0)
		log_msg(LOG_SCAN_FAILED, "%s", why);
	fd_close(&fd);
	return keeper;
}

/* The folder of mails that do not fit memory; -1: none, or it is not there. */
static int
spool_folder(const struct conf *c)
{
	int fd = -1;

	if (!sess_may_scan(c))
		return -1;
	fd = open(conf_cstr(c, c->main->spool.dir), O_PATH | O_DIRECTORY |
	    O_CLOEXEC);
	jail_spool(fd);
	return fd;
}

/* Each process opens it for itself; without one mails are judged anew. */
static void
open_store(struct program *p)
{
	const struct conf_verdict_store *c = &p->conf.main->verdict_store;
	const char *why;

	/* who scans has become imap4-session */
	if (!module_loads || !sess_may_recall(&p->conf))
		return;
	p->store_engine = module_get("store", &why);
	if (p->store_engine != NULL)
		p->store = p->store_engine->open(conf_cstr(&p->conf, c->path),
		    c->max_size, &why);
	if (p->store == NULL)
		log_msg(LOG_STORE_FAILED, "%s: %s", conf_cstr(&p->conf,
		    c->path), why);
	else
		jail_maps(c->max_size);
}

/* ---- both modes ---------------------------------------------------------- */

/* Once per process: what is said and what cannot be had later. */
void
program_begin(struct program *p)
{
	tzset();	/* no file can be read once the jail is shut */
	program_report(&p->current);
	if (p->conf.main->session_acls.n == 0)
		log_msg(LOG_REJECTS_ALL, "%s has no session-acl", p->o.cfg);
	load_modules(&p->conf);
	program_open_board(p);
}

void
program_seal(struct program *p)
{
	const char *why;
	int spool;

	if (p->conf.main->net_raw)
		jail_keep(JAIL_NET_RAW);
	change_identity(&p->conf);
	spool = spool_folder(&p->conf);
	open_store(p);
	if (jail_prepare(&why) < 0 || jail_enter(JAIL_ACCEPTED, &why) < 0)
		die(EX_OSERR, LOG_JAIL_FAILED, jail_level(), why);
	fd_close(&spool);
	p->sealed = true;
}

bool
program_seals_early(const struct program *p)
{
	const struct conf_main *m = p->conf.main;

	return (module_loads || !sess_may_need_modules(&p->conf)) &&
	    m->hosts.n == 0 && m->oob_auths.n == 0 &&
	    conf_str(&p->conf, m->chroot_dir).n == 0;
}

_Noreturn void
program_session(struct program *p, struct sess_start *start)
{
	start->conf = &p->conf;
	start->now = time(NULL);
	start->config_stale = p->current.state == CURRENT_STALE;
	start->hosts = open_hosts(p);
	find_addresses(start, &p->o);
	sess_prepare(start);
	if (!module_loads && sess_needs_modules(start)) {
		if (!p->waits)
			program_report_once(p);
		program_become_session(p, start->client_fd);
	}
	if (!p->waits)
		program_begin(p);
	report_hosts(start->hosts, &p->current);
	start->board = &p->board;
	if (!p->waits)
		start->keeper = program_keeper(p, false);
	if (!p->sealed)
		program_seal(p);
	start->store_engine = p->store_engine;
	start->store = p->store;
	if (jail_lacks() != NULL)
		log_msg(LOG_JAIL_PARTIAL, "%s", jail_lacks());
	start->jail = true;
	sess_run(start);
	_exit(0);	/* libraries need not tidy up what ends */
}

int
main(int argc, char **argv)
{
	static struct program p;
	static struct sess_start start;

	if (fd_sanitize_std() < 0)
		return EX_OSERR;
	log_start("imap4-proxy", LOG_LEV_NORMAL);
	parse_options(&p.o, argc, argv);
	log_start("imap4-proxy", (enum log_level)p.o.level);
	p.argv = argv;
	if (p.o.expr != NULL && !module_loads)
		exec_session(&p);
	start.client_fd = find_client(&p);
	signal(SIGPIPE, SIG_IGN);
	parent_log_signals();

	open_config(&p);
	if (conf_log_open(&p.conf) < 0)
		die(EX_CANTCREAT, LOG_LOG_TARGET, "log with on-failure = stop",
		    strerror(errno));
	if (p.waits)
		return wait_run(&p);
	program_session(&p, &start);
}
