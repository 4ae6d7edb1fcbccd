/* imap4-stat: looks at the proxy, and keeps the users it is told of. */

#include <sys/ioctl.h>

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "current.h"
#include "display.h"
#include "err.h"
#include "users_edit.h"

/* Exit statuses; the manual lists them. */
enum {
	STATUS_OK = 0,
	STATUS_FAILED = 1,	/* there is no such entry, or it was not done */
	STATUS_USAGE = 2,
	STATUS_CONFIG = EX_CONFIG,
};

enum {
	/* Of a filter. */
	WORDS = 16,
	/* Of top: a screen that does not tell its size; how often. */
	TOP_LINES = 24,
	TOP_SECONDS = 2,
	/* Once a day is not watching. */
	EVERY_MAX = 3600,
};

struct stat_run {
	const char *cfg, *cache;
	const char *title;		/* of an oob-auth; NULL: see find_oob */
	unsigned every;			/* seconds; 0: once */
	struct conf conf;
	const struct conf_oob *oob;	/* for "user" */
	struct users_edit users;
	char path[PATH_MAX];		/* users' */
	struct ask ask;			/* for all else */
	const char *asks;		/* the monitor's command */
	char folder[PATH_MAX], hash[2 * DISPLAY_HASH + 1];
	char sockets[ASK_SOCKETS][PATH_MAX];
};

/* ---- users --------------------------------------------------------------- */

/* The section that -o names, or auth does, or the only one. */
static const struct conf_oob *
find_oob(const struct stat_run *r)
{
	const struct conf *c = &r->conf;
	int32_t auth = c->main->auth;

	for (uint32_t i = 0; r->title != NULL && i < c->main->oob_auths.n;
	    i++) {
		const struct conf_oob *o = CONF_AT(c, struct conf_oob,
		    c->main->oob_auths, i);

		if (o != NULL && str_eq(conf_str(c, o->name),
		    str_c(r->title)))
			return o;
	}
	if (r->title != NULL)
		return NULL;
	if (auth < 0 && c->main->oob_auths.n == 1)
		auth = 0;
	return auth < 0 ? NULL : CONF_AT(c, struct conf_oob,
	    c->main->oob_auths, (uint32_t)auth);
}

static int
open_users(struct stat_run *r)
{
	const struct conf_main *m = r->conf.main;

	r->oob = find_oob(r);
	if (r->oob == NULL) {
		if (r->title != NULL)
			fprintf(stderr, "%s: there is no oob-auth \"%s\"\n",
			    r->cfg, r->title);
		else
			fprintf(stderr, "%s: %s\n", r->cfg,
			    m->oob_auths.n == 0 ? "there is no oob-auth" :
			    "auth names no oob-auth: say which by -o TITLE");
		return STATUS_CONFIG;
	}
	r->users = (struct users_edit){
		.path = conf_oob_path(&r->conf, r->oob, r->path),
		.rules = { r->oob->max_sessions, m->uid },
		.gid = m->gid,
		.now = time(NULL),
	};
	return STATUS_OK;
}

static int
refuse(const struct stat_run *r, const char *why)
{
	fprintf(stderr, "%s: %s\n", r->users.path, why);
	return STATUS_FAILED;
}

static int
usage_of(const char *what, const char *why)
{
	fprintf(stderr, "imap4-stat: %s: %s\n", what, why);
	return STATUS_USAGE;
}

static int
user_add(struct stat_run *r, int argc, char **argv)
{
	struct users_entry e = { .user = str_c(argv[1]),
	    .expiry = INT64_MAX };
	char why[USERS_WHY];

	if (argc > 2 && strcmp(argv[2], "-") != 0)
		e.groups = str_c(argv[2]);
	if (!users_net(str_c(argv[0]), &e))
		return usage_of(argv[0], "no address, or a prefix with bits "
		    "behind it");
	if (!users_name(e.user))
		return usage_of(argv[1], "no user's name");
	if (e.groups.n > 0 && !users_groups(e.groups))
		return usage_of(argv[2], "no list of groups");
	if (argc > 3 && !users_until(str_c(argv[3]), r->users.now,
	    &e.expiry))
		return usage_of(argv[3], "no time: write seconds since 1970, "
		    "2026-11-21T18:00:00Z, -, or from now on +90, +30m, +8h");
	if (e.expiry <= r->users.now)
		return usage_of(argv[3], "this time is over");
	return users_put(&r->users, &e, why) < 0 ? refuse(r, why) : STATUS_OK;
}

static int
user_del(struct stat_run *r, int argc, char **argv)
{
	struct users_entry e = { .bits = 0 };
	char why[USERS_WHY];
	int rc;

	(void)argc;
	if (!users_net(str_c(argv[0]), &e))
		return usage_of(argv[0], "no address, or a prefix with bits "
		    "behind it");
	rc = users_drop(&r->users, &e, why);
	if (rc == 0)
		snprintf(why, sizeof why, "%.80s has no entry", argv[0]);
	return rc <= 0 ? refuse(r, why) : STATUS_OK;
}

/* One line of the file: false when it is bad. */
static bool
list_line(const struct stat_run *r, struct str line, unsigned at)
{
	struct users_entry e;
	const char *why;
	char *text;
	int rc = users_line(line, &e, &why);

	if (rc < 0)
		fprintf(stderr, "%s:%u: %s\n", r->users.path, at, why);
	if (rc <= 0)
		return rc == 0;
	text = users_text(&e);
	printf("%s%s\n", text, e.expiry <= r->users.now ? " # expired" : "");
	free(text);
	return true;
}

static int
user_list(struct stat_run *r, int argc, char **argv)
{
	char why[USERS_WHY], *text;
	struct str rest, line;
	unsigned at = 0;
	size_t n;
	bool good = true;

	(void)argc, (void)argv;
	if (access(r->users.path, F_OK) < 0)
		return refuse(r, strerror(errno));
	if (users_load(r->users.path, &r->users.rules, &text, &n, why) <
	    0)
		return refuse(r, why);
	rest = (struct str){ text, n };
	while (str_cut(&rest, '\n', &line))
		good = list_line(r, line, ++at) && good;
	if (line.n > 0) {
		refuse(r, "its last line has no end");
		good = false;
	}
	free(text);
	return good ? STATUS_OK : STATUS_FAILED;
}

/* ---- sessions ------------------------------------------------------------ */

static int
open_board(struct stat_run *r)
{
	const struct conf *c = &r->conf;
	/* who may use the first can do more */
	const struct conf_ref names[ASK_SOCKETS] = {
		c->main->monitoring.admin_socket, c->main->monitoring.socket,
	};

	for (int i = 0; i < ASK_SOCKETS; i++)
		if (conf_run_file(c, names[i], r->sockets[i]))
			r->ask.sockets[i] = r->sockets[i];
	for (size_t i = 0; i < DISPLAY_HASH; i++)
		snprintf(r->hash + 2 * i, 3, "%02x", c->head->policy_hash[i]);
	r->ask.query = (struct query){
		.folder = conf_run_folder(c, r->folder),
		/* who is not root has boards of their own debug runs */
		.owner = geteuid() == 0 ? c->main->uid : geteuid(),
		.name = conf_cstr(c, c->main->name),
		.config = r->hash,
	};
	return STATUS_OK;
}

/* What the helper alone knows. */
static int
open_store(struct stat_run *r)
{
	r->ask.whom = ASK_HELPER;
	return open_board(r);
}

/* What it knows more of, when there is a verdict store. */
static int
open_both(struct stat_run *r)
{
	const char *path = conf_cstr(&r->conf,
	    r->conf.main->verdict_store.path);

	r->ask.whom = path[0] == '\0' ? ASK_EITHER : ASK_RATHER_HELPER;
	return open_board(r);
}

/* The monitor's command, with the words that follow ours. */
static int
ask(struct stat_run *r, int argc, char **argv, const struct ask_watch *how)
{
	char line[QUERY_LINE];
	size_t n = (size_t)snprintf(line, sizeof line, "%s", r->asks);

	for (int i = 0; i < argc; i++) {
		if (strpbrk(argv[i], " \t\n") != NULL)
			return usage_of(argv[i], "write ? for a blank");
		n += (size_t)snprintf(line + n, sizeof line - n, " %s",
		    argv[i]);
		if (n >= sizeof line)
			return usage_of(argv[i], "too much");
	}
	return ask_watch(&r->ask, (struct str){ line, n }, how, stdout,
	    stderr) < 0 ? STATUS_FAILED : STATUS_OK;
}

static int
sess_ask(struct stat_run *r, int argc, char **argv)
{
	const struct ask_watch how = { .every = r->every };

	return ask(r, argc, argv, &how);
}

/* On a terminal it is drawn again and again, as long as the screen. */
static int
sess_top(struct stat_run *r, int argc, char **argv)
{
	struct ask_watch how = { .every = r->every };
	struct winsize size = { .ws_row = 0 };

	if (isatty(STDOUT_FILENO)) {
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
		how.clear = true;
		how.every = r->every ? r->every : TOP_SECONDS;
	}
	how.lines = size.ws_row > 1 ? size.ws_row - 1u : TOP_LINES;
	return ask(r, argc, argv, &how);
}

/* ---- commands ------------------------------------------------------------ */

/* One that fails has said so; both return an exit status. */
static const struct command {
	char words[2][12];
	uint8_t least, most;		/* arguments behind the words */
	const char *arguments, *does;
	int (*begin)(struct stat_run *r);
	int (*run)(struct stat_run *r, int argc, char **argv);
	const char *asks;		/* the monitor, see query.h */
} commands[] = {
	{ { "user", "add" }, 2, 4, "ADDRESS USER [GROUP,... [UNTIL]]",
	    "says who is at an address", open_users, user_add },
	{ { "user", "del" }, 1, 1, "ADDRESS", "forgets it", open_users,
	    user_del },
	{ { "user", "list" }, 0, 0, "", "who is where", open_users,
	    user_list },
	{ { "list", "" }, 0, WORDS, "[FILTER...]", "sessions, a line each",
	    open_board, sess_ask, "show sess" },
	{ { "show", "" }, 1, WORDS, "SLOT | FILTER...", "all about them",
	    open_board, sess_ask, "show sess all" },
	{ { "top", "" }, 0, WORDS, "[FILTER...]", "the fastest, redrawn",
	    open_board, sess_top, "show top" },
	{ { "kill", "" }, 1, WORDS, "SLOT | FILTER...", "ends them",
	    open_board, sess_ask, "kill" },
	{ { "stat", "" }, 0, 0, "", "what sessions counted", open_board,
	    sess_ask, "show stat" },
	{ { "metrics", "" }, 0, 0, "", "the same for OpenMetrics",
	    open_both, sess_ask, "show metrics" },
	{ { "json", "" }, 0, WORDS, "[FILTER...]", "everything in JSON",
	    open_both, sess_ask, "show json" },
	{ { "html", "" }, 0, WORDS, "[FILTER...]", "sessions as a page",
	    open_both, sess_ask, "show html" },
	{ { "verdicts", "" }, 0, 2, "[json] [SHA256]", "what engines said of "
	    "mails", open_store, sess_ask, "show verdicts" },
	{ { "forget", "" }, 1, 1, "SHA256 | all", "what they said",
	    open_store, sess_ask, "forget" },
};

enum { COMMANDS = sizeof commands / sizeof *commands };

/* Words the command takes of the arguments; 0: it is another one. */
static int
takes(const struct command *c, int argc, char **argv)
{
	int n = c->words[1][0] == '\0' ? 1 : 2;

	for (int i = 0; i < n; i++)
		if (i >= argc || strcmp(c->words[i], argv[i]) != 0)
			return 0;
	return n;
}

static void
print_usage(FILE *f)
{
	fputs("usage: imap4-stat [-hv] [-C CACHE] [-o TITLE] [-w SECONDS] "
	    "-f CFGFILE COMMAND\n", f);
	for (int i = 0; i < COMMANDS; i++) {
		const struct command *c = &commands[i];
		int n = fprintf(f, "  %s%s%s %s", c->words[0],
		    c->words[1][0] ? " " : "", c->words[1], c->arguments);

		fprintf(f, "%*s%s\n", n < 46 ? 46 - n : 1, "", c->does);
	}
	fputs("  -f  configuration file\n"
	    "  -C  its compiled cache (default: below " CACHE_DIR ")\n"
	    "  -o  title of the oob-auth (default: what auth names)\n"
	    "  -w  again every so many seconds\n"
	    "  -h  this text    -v  version\n"
	    "GROUP,... may be -, for none; UNTIL is a time, +8h from now on, "
	    "or -.\nFILTER is NAME=GLOB, NAME!=GLOB or sort=NAME, as user=joe "
	    "from=10.* sort=age.\n", f);
}

static int
usage(const char *why)
{
	fprintf(stderr, "imap4-stat: %s\n", why);
	print_usage(stderr);
	return STATUS_USAGE;
}

static int
open_config(struct stat_run *r)
{
	static char path[PATH_MAX];
	struct current u = { .cfg = r->cfg, .cache = r->cache,
	    .compiler = SBIN_DIR "/test-imap4" };

	if (r->cache == NULL) {
		if (conf_cache_path(CACHE_DIR, r->cfg, path) < 0) {
			fprintf(stderr, "%s: %s\n", r->cfg, strerror(errno));
			return STATUS_CONFIG;
		}
		u.cache = path;
	}
	if (current_open(&u, &r->conf) < 0) {
		fprintf(stderr, "%s%s: %s\n", u.report, r->cfg, r->conf.why);
		return STATUS_CONFIG;
	}
	return STATUS_OK;
}

static int
run(struct stat_run *r, int argc, char **argv)
{
	const struct command *c = commands;
	int n, status;

	while (c < commands + COMMANDS && takes(c, argc, argv) == 0)
		c++;
	if (c == commands + COMMANDS)
		return usage(argc > 0 ? "no such command" : "say what to do");
	n = takes(c, argc, argv);
	argc -= n;
	argv += n;
	if (argc < c->least || argc > c->most)
		return usage(argc < c->least ? "something is missing" :
		    "too many words");
	if (r->cfg == NULL)
		return usage("-f CFGFILE is missing");
	status = open_config(r);
	r->asks = c->asks;
	if (status == STATUS_OK)
		status = c->begin(r);
	if (status == STATUS_OK)
		status = c->run(r, argc, argv);
	return status;
}

static bool
seconds(const char *text, unsigned *s_r)
{
	uint64_t n;

	if (!str_u64(str_c(text), EVERY_MAX, &n) || n == 0)
		return false;
	*s_r = (unsigned)n;
	return true;
}

int
main(int argc, char **argv)
{
	static const struct option words[] = {
		{ "watch", required_argument, NULL, 'w' }, { 0 },
	};
	static struct stat_run r;
	int c, status;

	/* "+": a command's own words may begin with '-' */
	while ((c = getopt_long(argc, argv, "+hvf:C:o:w:", words,
	    NULL)) != -1) {
		switch (c) {
		case 'h':
			print_usage(stdout);
			return STATUS_OK;
		case 'v':
			puts("imap4-stat " BUILD_VERSION " (build " BUILD_ID
			    "), configuration version 1");
			return STATUS_OK;
		case 'f': r.cfg = optarg; break;
		case 'C': r.cache = optarg; break;
		case 'o': r.title = optarg; break;
		case 'w':
			if (!seconds(optarg, &r.every))
				return usage("-w takes 1 to 3600 seconds");
			break;
		default:
			print_usage(stderr);
			return STATUS_USAGE;
		}
	}
	status = run(&r, argc - optind, argv + optind);
	if (fflush(stdout) != 0 && status == STATUS_OK)
		status = STATUS_FAILED;
	return status;
}
