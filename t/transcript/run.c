/*
 * run [-rv] [-c CERTS] DIR...: play the transcripts of each DIR through
 * sessions and say TAP.  See README in this folder.
 */

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "die.h"
#include "fd.h"
#include "match.h"
#include "peer.h"
#include "script.h"
#include "tap.h"
#include "vis.h"
#include "zygote.h"

enum {
	/* A run that takes longer hangs; a busy machine gets some slack. */
	DEADLINE_MS = 5000, DEADLINE_FAILS_MS = 300, PAUSE_MAX = 60000,
	RUNS_MAX = 256,		/* send runs of one script */
	/*
	 * Packets keep each piece a read of its own; beyond this they could
	 * meet a session's buffer that has less room left, so streams serve.
	 */
	PACKET_MAX = 4096,
	/* Longer runs are cut at their ends, around marks and evenly. */
	CUT_ALL = 300, CUT_ENDS = 40, CUT_EVEN = 64,
	/* ms a session sleeps without anything coming to count as quiet. */
	QUIET_MS = 3, QUIET_TIMES = 3,
	LOG_SHOWN = 3000,
	WHY_MAX = 8192,
};

static const char *certs = "build/certs";
static bool use_relay, verbose;
/* The case being played is one that must fail, and says nothing of it. */
static bool must_fail;
/* The largest session without TLS and with it, KB. */
static long largest[2];

/* How the octets of one script are delivered. */
struct way {
	int run;		/* which run is cut; -1: none */
	size_t at;
	bool bytes;		/* every run octet by octet */
};

/* What the whole way showed about the runs. */
struct shape {
	size_t n;
	struct { size_t length; unsigned char *cut; bool splits; } run[RUNS_MAX];
	bool packets[SIDES];
};

struct play {
	const struct script *s;
	const struct way *way;
	struct shape *shape;	/* filled by the whole way */
	struct pair pair;
	struct vars vars;
	size_t nrun;
	size_t at;		/* the step being played */
	bool rest[SIDES];
	pid_t pid;
	int log;
	char why[WHY_MAX];
};

static bool __attribute__((format(printf, 2, 3)))
fail(struct play *p, const char *fmt, ...)
{
	va_list ap;

	if (p->why[0] != '\0')
		return false;
	va_start(ap, fmt);
	vsnprintf(p->why, sizeof p->why, fmt, ap);
	va_end(ap);
	return false;
}

static const char *
side_name(enum side side)
{
	return side == CLIENT ? "client" : "server";
}

/* ---- sending ---- */

static void
append(char **all, size_t *n, const char *p, size_t more)
{
	*all = realloc(*all, *n + more + 1);
	if (*all == NULL)
		abort();
	memcpy(*all + *n, p, more);
	*n += more;
}

/* The octets of the run that begins at this step; at becomes its last. */
static char *
collect(struct play *p, size_t *n_r)
{
	const struct script *s = p->s;
	const struct step *first = &s->step[p->at];
	char *all = NULL;

	*n_r = 0;
	for (;; p->at++) {
		const struct step *next = &s->step[p->at + 1];
		struct str missing;
		size_t n;
		char *one = match_expand(&s->step[p->at].text, &p->vars, &n,
		    &missing);

		if (one == NULL) {
			fail(p, "${%.*s} is not set", STR_ARG(missing));
			free(all);
			return NULL;
		}
		append(&all, n_r, one, n);
		free(one);
		if (p->at + 1 == s->n || next->op != OP_SEND ||
		    next->side != first->side || next->fixed != first->fixed)
			return all;
	}
}

/* Which positions of a run are worth a cut. */
static unsigned char *
choose_cuts(const char *p, size_t n)
{
	unsigned char *cut = calloc(n + 1, 1);

	for (size_t i = 1; cut != NULL && i < n; i++) {
		bool mark = memchr("\r\n{}()+\"~*\\", p[i - 1], 11) ||
		    memchr("\r\n{}()+\"~*\\", p[i], 11);
		bool same = i > 2 && i + 2 < n && p[i - 1] == p[i] &&
		    p[i - 2] == p[i] && p[i + 1] == p[i];

		cut[i] = n <= CUT_ALL || i < CUT_ENDS || n - i < CUT_ENDS ||
		    (mark && !same && n < PACKET_MAX) ||
		    i % (n / CUT_EVEN + 1) == 0;
	}
	return cut;
}

static void
note_run(struct play *p, enum side side, bool fixed, const char *all,
    size_t n)
{
	struct shape *sh = p->shape;
	int bit = side == CLIENT ? SPLIT_CLIENT : SPLIT_SERVER;

	if (sh->n == RUNS_MAX || fixed || !(p->s->split & bit)) {
		if (sh->n < RUNS_MAX)
			sh->run[sh->n++].length = n;
	} else {
		sh->run[sh->n].length = n;
		sh->run[sh->n].splits = true;
		sh->run[sh->n++].cut = choose_cuts(all, n);
	}
	if (n > PACKET_MAX)
		sh->packets[side] = false;
}

static bool
deliver(struct play *p, enum side side, const char *all, size_t n)
{
	const struct shape *sh = p->shape;
	const struct way *w = p->way;
	size_t run = p->nrun, piece = n;
	bool splits = run < sh->n && sh->run[run].splits;

	if (w->bytes && splits)
		/* Very long ones in small pieces: nothing new per octet. */
		piece = n > PACKET_MAX ? 509 : 1;
	else if (w->run == (int)run && w->at < n)
		piece = w->at;
	for (size_t at = 0; at < n; at += piece) {
		if (at > 0 && !(w->bytes && splits))
			piece = n - at;
		if (piece > n - at)
			piece = n - at;
		if (!pair_send(&p->pair, side, (struct str){ all + at, piece }))
			return false;
		if (at + piece < n && !pair_taken(&p->pair, side))
			return false;
	}
	return true;
}

static bool
play_send(struct play *p)
{
	const struct step *st = &p->s->step[p->at];
	size_t n;
	char *all = collect(p, &n);
	bool ok;

	if (all == NULL)
		return false;
	if (p->way->run < 0 && !p->way->bytes)
		note_run(p, st->side, st->fixed, all, n);
	ok = deliver(p, st->side, all, n);
	if (!ok)
		fail(p, "%s", p->pair.why);
	p->nrun++;
	free(all);
	return ok;
}

/* ---- hearing ---- */

static void
show_heard(struct play *p, enum side side, const char *what)
{
	char v[600];
	struct str s = peer_heard(&p->pair.peer[side]);

	fail(p, "%s\nthe %s has heard \"%s\"%s", what, side_name(side),
	    vis(v, sizeof v, s),
	    p->pair.peer[side].eof ? " and the end" : "");
}

static bool
no_line(struct play *p, const struct step *st, const char *what)
{
	char v[600];

	snprintf(v, sizeof v, "%s: %.*s", what, STR_ARG(st->source));
	show_heard(p, st->side, v);
	return false;
}

static bool
play_hear(struct play *p, const struct step *st)
{
	struct peer *peer = &p->pair.peer[st->side];
	struct str heard, line;
	const char *end;

	for (;;) {
		heard = peer_heard(peer);
		end = heard.n ? memmem(heard.p, heard.n, "\r\n", 2) : NULL;
		if (end != NULL)
			break;
		if (peer->eof)
			return no_line(p, st, "the session has closed");
		if (!pair_wait(&p->pair, 1000))
			return no_line(p, st, "waited in vain");
	}
	line = (struct str){ heard.p, (size_t)(end - heard.p) };
	if (!match_text(&st->text, line, &p->vars) ||
	    (st->nowhere.n > 0 && memmem(line.p, line.n, st->nowhere.p,
	    st->nowhere.n) != NULL) ||
	    !match_words(st->with, line, true) ||
	    !match_words(st->without, line, false))
		return no_line(p, st, "wanted another line");
	peer_consume(peer, line.n + 2);
	return true;
}

static bool
play_octets(struct play *p, const struct step *st)
{
	struct peer *peer = &p->pair.peer[st->side];
	struct str missing, heard;
	size_t n;
	char *want = match_expand(&st->text, &p->vars, &n, &missing);
	bool ok;

	if (want == NULL)
		return fail(p, "${%.*s} is not set", STR_ARG(missing));
	while ((heard = peer_heard(peer)).n < n && !peer->eof &&
	    pair_wait(&p->pair, 1000))
		;
	ok = heard.n >= n && memcmp(heard.p, want, n) == 0;
	free(want);
	if (!ok)
		return no_line(p, st, "wanted other octets");
	peer_consume(peer, n);
	return true;
}

static bool
play_eof(struct play *p, const struct step *st)
{
	struct peer *peer = &p->pair.peer[st->side];

	while (!peer->eof && (p->rest[st->side] ||
	    peer_heard(peer).n == 0))
		if (!pair_wait(&p->pair, 1000))
			return no_line(p, st, "waited in vain");
	if (p->rest[st->side])
		peer_consume(peer, peer_heard(peer).n);
	if (peer_heard(peer).n > 0)
		return no_line(p, st, "wanted the end");
	pair_drop(&p->pair, st->side);
	return true;
}

/* Is the session asleep? Its context switches so far tell if it was woken. */
static bool
asleep(pid_t pid, long *switches_r)
{
	char path[64], text[4096];
	const char *at;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "\nvoluntary_ctxt_switches:");
	*switches_r = at ? atol(at + 26) : -1;
	at = strstr(text, "\nState:\t");
	return at != NULL && (at[8] == 'S' || at[8] == 'Z');
}

/* Nothing that was sent is on its way, nothing new comes. */
static bool
play_quiet(struct play *p, const struct step *st)
{
	struct peer *peer = &p->pair.peer[st->side];
	long before = -1, now = -1;
	int same = 0;

	while (same < QUIET_TIMES) {
		if (!pair_wait(&p->pair, QUIET_MS))
			return fail(p, "the session does not come to rest");
		same = asleep(p->pid, &now) && now == before ? same + 1 : 0;
		before = now;
	}
	if (peer_heard(peer).n > 0)
		return no_line(p, st, "wanted nothing");
	return true;
}

/* ---- the play ---- */

/* The next thing on a side is its handshake: then its octets are TLS's. */
static void
hold(struct play *p)
{
	for (int side = 0; side < SIDES; side++) {
		const struct step *next = NULL;

		for (size_t i = p->at; i < p->s->n && next == NULL; i++)
			if ((int)p->s->step[i].side == side &&
			    p->s->step[i].op != OP_PAUSE &&
			    p->s->step[i].op != OP_SEND)
				next = &p->s->step[i];
		p->pair.peer[side].held = next != NULL && next->op == OP_TLS;
	}
}

static void
play_pause(struct play *p, const struct step *st)
{
	int64_t until, left;
	uint64_t ms = 0;

	str_u64(st->text.n ? st->text.piece[0].s : STR(""), PAUSE_MAX, &ms);
	until = clock_ms() + (int64_t)ms;
	while ((left = until - clock_ms()) > 0)
		if (!pair_wait(&p->pair, (int)left))
			break;
}

static bool
play_step(struct play *p)
{
	const struct step *st = &p->s->step[p->at];
	struct pair *pair = &p->pair;

	switch (st->op) {
	case OP_SEND:
		return play_send(p);
	case OP_HEAR:
		return play_hear(p, st);
	case OP_OCTETS:
		return play_octets(p, st);
	case OP_EOF:
		return play_eof(p, st);
	case OP_QUIET:
		return play_quiet(p, st);
	case OP_REST:
		p->rest[st->side] = true;
		return true;
	case OP_HOLD:
	case OP_READ:
		pair->peer[st->side].slow = st->op == OP_HOLD;
		return true;
	case OP_TLS:
		if (peer_heard(&pair->peer[st->side]).n > 0)
			return no_line(p, st, "octets before the handshake");
		return pair_tls(pair, st->side, st->text.n ?
		    st->text.piece[0].s : STR(""), certs) ||
		    fail(p, "%s", pair->why);
	case OP_CLOSE:
	case OP_CUT:
		pair_shut(pair, st->side, st->op == OP_CLOSE);
		return true;
	case OP_DROP:
		pair_drop(pair, st->side);
		return true;
	case OP_PAUSE:
		play_pause(p, st);
		return true;
	}
	return false;
}

static bool
play_steps(struct play *p)
{
	for (p->at = 0; p->at < p->s->n; p->at++) {
		const struct step *st = &p->s->step[p->at];

		hold(p);
		if (!play_step(p)) {
			char where[128];

			snprintf(where, sizeof where, "line %u: ", st->line);
			memmove(p->why + strlen(where), p->why,
			    sizeof p->why - strlen(where) - 1);
			memcpy(p->why, where, strlen(where));
			return false;
		}
	}
	return true;
}

/* The client leaves; both sides may hear nothing more than the end. */
static bool
play_end(struct play *p)
{
	struct pollfd pfd = { .fd = zygote_fd(), .events = POLLIN };
	int64_t start = clock_ms();

	for (int side = 0; side < SIDES; side++)
		p->pair.peer[side].held = p->pair.peer[side].slow = false;
	pair_shut(&p->pair, CLIENT, true);
	while (poll(&pfd, 1, 0) == 0)
		if (!pair_wait(&p->pair, 1))
			return fail(p, "the session does not end");
	pair_wait(&p->pair, 0);
	if (p->s->within > 0 && clock_ms() - start > p->s->within)
		return fail(p, "it took more than %d ms to end", p->s->within);
	for (int side = 0; side < SIDES; side++)
		if (!p->rest[side] && peer_heard(&p->pair.peer[side]).n > 0) {
			show_heard(p, side, "more than the transcript says");
			return false;
		}
	return true;
}

/* ---- afterwards ---- */

/* What the session wrote; NUL-terminated, until the next run. */
static struct str
read_log(int fd)
{
	static char text[1 << 20];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return (struct str){ text, n > 0 ? (size_t)n : 0 };
}

static bool
line_has(struct str line, struct str words)
{
	struct str w;

	while (words.n > 0) {
		str_cut(&words, ' ', &w);
		if (w.n > 0 && memmem(line.p, line.n, w.p, w.n) == NULL)
			return false;
	}
	return true;
}

static bool
log_has(struct str log, struct str words)
{
	struct str line;

	while (log.n > 0) {
		str_cut(&log, '\n', &line);
		if (line_has(line, words))
			return true;
	}
	return false;
}

static bool
check_log(struct play *p, struct str log)
{
	const struct script *s = p->s;

	for (size_t i = 0; i < s->log.n; i++)
		if (!log_has(log, s->log.line[i]))
			return fail(p, "no log line has: %s",
			    s->log.line[i].p);
	for (size_t i = 0; i < s->nolog.n; i++)
		if (log_has(log, s->nolog.line[i]))
			return fail(p, "a log line has: %s",
			    s->nolog.line[i].p);
	return true;
}

static bool
check_result(struct play *p, const struct zygote_result *r)
{
	int code = WIFEXITED(r->status) ? WEXITSTATUS(r->status) : -1;
	bool tls;

	if (code < 0)
		return fail(p, "the session died of signal %d",
		    WTERMSIG(r->status));
	if (code > 2)
		return fail(p, "the session exited with %d", code);
	if (p->s->result >= 0 && code != p->s->result)
		return fail(p, "the session's result is %d, wanted %d", code,
		    p->s->result);
	tls = strcmp(p->s->tls[CLIENT], "no") != 0 ||
	    strcmp(p->s->tls[SERVER], "no") != 0;
	if (r->maxrss > largest[tls])
		largest[tls] = r->maxrss;
#ifndef __SANITIZE_ADDRESS__
	if (r->maxrss > p->s->maxrss)
		return fail(p, "the session took %ld KB, at most %d", r->maxrss,
		    p->s->maxrss);
#endif
	return true;
}

/* ---- one run ---- */

static enum zygote_dial
dial_of(const char *name)
{
	if (strcmp(name, "refused") == 0)
		return DIAL_REFUSED;
	return strcmp(name, "second") == 0 ? DIAL_SECOND : DIAL_OK;
}

static void
start(struct play *p, int conf, int log, const bool packets[SIDES])
{
	int fd[SIDES], theirs[SIDES];
	struct zygote_request r = {
		.log = log, .conf = conf, .relay = use_relay,
		.dial = dial_of(p->s->dial),
	};

	for (int i = 0; i < SIDES; i++) {
		int two[2];

		if (socketpair(AF_UNIX, (packets[i] ? SOCK_SEQPACKET :
		    SOCK_STREAM) | SOCK_CLOEXEC, 0, two) < 0)
			die(EX_OSERR, "socketpair");
		fd[i] = two[0];
		theirs[i] = two[1];
	}
	if (ftruncate(log, 0) < 0 || lseek(log, 0, SEEK_SET) < 0)
		die(EX_OSERR, "log");
	r.client = theirs[CLIENT];
	r.server = theirs[SERVER];
	p->pid = zygote_fork(&r);
	p->log = log;
	close(theirs[0]);
	close(theirs[1]);
	pair_init(&p->pair, fd, packets, clock_ms() +
	    (must_fail ? DEADLINE_FAILS_MS : DEADLINE_MS + p->s->pauses));
}

static bool
run_once(const struct script *s, const struct way *way, struct shape *shape,
    int conf, int log, char *why)
{
	static const bool streams[SIDES];
	bool whole = way->run < 0 && !way->bytes;
	struct play p = { .s = s, .way = way, .shape = shape };
	struct zygote_result r;
	bool ok;

	start(&p, conf, log, whole ? streams : shape->packets);
	ok = play_steps(&p) && play_end(&p);
	if (!ok)
		kill(p.pid, SIGKILL);
	zygote_wait(&r);
	if (ok)
		ok = check_result(&p, &r) && check_log(&p, read_log(log));
	memcpy(why, p.why, sizeof p.why);
	pair_fini(&p.pair);
	vars_fini(&p.vars);
	return ok;
}

static void
shape_fini(struct shape *sh)
{
	for (size_t i = 0; i < sh->n; i++)
		free(sh->run[i].cut);
}

static bool
run_way(const struct script *s, struct shape *sh, int conf, struct way way,
    int *n)
{
	static int log = -1;
	char why[WHY_MAX];
	bool ok;

	if (log < 0)
		log = memfd_create("log", MFD_CLOEXEC);
	ok = run_once(s, &way, sh, conf, log, why);
	++*n;
	if (ok == must_fail && way.bytes)
		tap_diag("octet by octet:");
	else if (ok == must_fail && way.run >= 0)
		tap_diag("run %d cut at %zu of %zu:", way.run, way.at,
		    sh->run[way.run].length);
	if (ok == must_fail || verbose) {
		struct str text = read_log(log);
		size_t skip = text.n > LOG_SHOWN ? text.n - LOG_SHOWN : 0;

		tap_diag("%s\nlog:\n%s%s", why, skip ? "...\n" : "",
		    text.p + skip);
	}
	return ok;
}

/* All ways of a script; the number of runs is added to *n. */
static bool
run_ways(const struct script *s, int conf, int *n)
{
	struct shape sh = { 0 };
	bool any = false, ok;

	for (int i = 0; i < SIDES; i++)
		sh.packets[i] = strcmp(s->tls[i], "no") == 0;
	ok = run_way(s, &sh, conf, (struct way){ .run = -1 }, n);
	for (size_t i = 0; i < sh.n; i++)
		any |= sh.run[i].splits;
	if (ok && any)
		ok = run_way(s, &sh, conf,
		    (struct way){ .run = -1, .bytes = true }, n);
	for (size_t i = 0; ok && i < sh.n; i++)
		for (size_t at = 1; ok && sh.run[i].splits &&
		    at < sh.run[i].length; at++)
			if (sh.run[i].cut[at])
				ok = run_way(s, &sh, conf, (struct way){
				    .run = (int)i, .at = at }, n);
	shape_fini(&sh);
	return ok;
}

static void
run_script(const char *path, const struct script *s, const char *only)
{
	const char *base = strrchr(path, '/') + 1;
	int conf, n = 0;
	bool ok = false;

	if (only != NULL && strstr(s->name.p, only) == NULL &&
	    strstr(base, only) == NULL)
		return;
	conf = use_relay ? open("/dev/null", O_RDONLY | O_CLOEXEC) :
	    config_fd(s, certs);
	must_fail = use_relay && str_starts(s->name, STR("fails:"));
#ifdef __SANITIZE_ADDRESS__
	if (str_eq(s->name, STR("fails: too much memory"))) {
		tap_skip("ASan's own memory is not measured", "memory");
		close(conf);
		return;
	}
#endif
	if (conf >= 0)
		ok = run_ways(s, conf, &n) != must_fail;
	tap_ok(ok, "%.*s: %.*s (%d ways)", (int)strcspn(base, "."), base,
	    STR_ARG(s->name), n);
	if (use_relay && conf >= 0)
		close(conf);
}

static void
run_dir(const char *dir, const char *only)
{
	char pattern[512], top[512];
	glob_t g;

	snprintf(pattern, sizeof pattern, "%s/*.txt", dir);
	snprintf(top, sizeof top, "%s/..", dir);
	if (glob(pattern, 0, NULL, &g) != 0)
		die(EX_NOINPUT, "%s: no transcript", dir);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct scripts all = { 0 };

		script_read(&all, g.gl_pathv[i], top);
		for (size_t k = 0; k < all.n; k++)
			run_script(g.gl_pathv[i], &all.script[k], only);
	}
	globfree(&g);
}

#ifdef __SANITIZE_ADDRESS__
/* Scripts live as long as the runner. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

int
main(int argc, char **argv)
{
	const char *only = NULL;
	int64_t began;
	int c;

	zygote_start();
	/* Waits for a session to read are short: see pair_taken(). */
	prctl(PR_SET_TIMERSLACK, 1000);
	while ((c = getopt(argc, argv, "c:k:rv")) != -1)
		switch (c) {
		case 'c':
			certs = optarg;
			break;
		case 'k':
			only = optarg;
			break;
		case 'r':
			use_relay = true;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			die(EX_USAGE, "usage: run [-rv] [-c certs] "
			    "[-k words] dir...");
		}
	began = clock_ms();
	for (int i = optind; i < argc; i++)
		run_dir(argv[i], only);
	tap_diag("%d ms; the largest session had %ld KB plain, %ld with TLS",
	    (int)(clock_ms() - began), largest[0], largest[1]);
	return tap_done();
}
