/*
 * What wait mode does between connections: the parent takes what it was
 * given to accept from, and looks whether the configuration has changed.
 * wait/ has the accepting itself, and each session is program_session()'s.
 */

#include <sys/prctl.h>
#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "display.h"
#include "conf_log.h"
#include "facts.h"
#include "fd.h"
#include "heap.h"
#include "hire.h"
#include "jail.h"
#include "main_proxy.h"
#include "module.h"
#include "tlsset.h"

enum {
	/*
	 * Without any usable cache, a text is compiled again after this, ms;
	 * and a keeper that dies is started again.
	 */
	RETRY_MS = 10000,
};

struct waiting {
	struct program *p;
	struct stat cache;	/* as it was before it was opened */
	struct stat board;	/* and after it was */
	uint64_t said;		/* sum of the last report */
	bool stale;		/* and it has been said */
	int64_t retry;
	unsigned queue;		/* that the sockets have */
	struct tlsset *tls;	/* of p->conf; or NULL */
	int keeper;		/* of its mail workers; -1: none */
	int64_t revive;		/* not before this is another started */
};

/* ---- addresses ----------------------------------------------------------- */

/* What a configuration listens on. */
struct place {
	struct addr at;
	uint16_t to;			/* ports at.port to this */
};

static bool
place_at(const struct conf *c, uint32_t i, struct place *p_r)
{
	const struct conf_listener *l;
	const struct conf_transparent *t;
	uint32_t n = c->main->listeners.n;

	*p_r = (struct place){ 0 };
	if (i < n) {
		l = CONF_AT(c, struct conf_listener, c->main->listeners, i);
		if (l == NULL)
			return false;
		memcpy(p_r->at.ip, l->ip, sizeof p_r->at.ip);
		p_r->at.port = l->port;
		p_r->to = l->port_to;
		return true;
	}
	t = CONF_AT(c, struct conf_transparent, c->main->transparents, i - n);
	if (t == NULL)
		return false;
	p_r->at.port = t->listen_port;
	p_r->to = t->listen_port_to;
	return true;
}

static bool
has_place(const struct conf *c, const struct place *p)
{
	struct place q;

	for (uint32_t i = 0; place_at(c, i, &q); i++)
		if (addr_same(&q.at, &p->at) && q.at.port == p->at.port &&
		    q.to == p->to)
			return true;
	return false;
}

/* Places of a that b lacks, each with a word before it; how many. */
static unsigned
list_missing(FILE *f, const struct conf *a, const struct conf *b,
    const char *word)
{
	char text[ADDR_TEXT];
	struct place p;
	unsigned n = 0;

	for (uint32_t i = 0; place_at(a, i, &p); i++) {
		if (has_place(b, &p))
			continue;
		n++;
		fprintf(f, "%s %s", word, addr_text(&p.at, text));
		if (p.to != p.at.port)
			fprintf(f, "-%u", p.to);
		fputs(", ", f);
	}
	return n;
}

/* Sockets are systemd's or inetd's: only the administrator can move them. */
static void
compare_listeners(const struct program *p, const struct conf *new)
{
	bool systemd = p->sockets->rows[0].fd == SOCKETS_FIRST;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	unsigned n;

	if (f == NULL)
		return;
	n = list_missing(f, new, &p->conf, "new");
	n += list_missing(f, &p->conf, new, "gone");
	if (fclose(f) == 0 && n > 0 && systemd)
		log_msg(LOG_LISTEN_CHANGED, "%sto apply: systemctl "
		    "daemon-reload && systemctl restart "
		    "imap4-proxy-wait.socket imap4-proxy-wait.service", text);
	else if (n > 0 && text != NULL)
		log_msg(LOG_LISTEN_CHANGED, "%sto apply: put what test-imap4 "
		    "-f %s -u inetd-wait prints into inetd.conf, kill -HUP "
		    "inetd, kill -QUIT %d", text, p->o.cfg, (int)getpid());
	free(text);
}

/* ---- the configuration --------------------------------------------------- */

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The cache's identity now; all zero when there is none. */
static struct stat
look(const struct program *p)
{
	struct stat st;

	return stat(p->current.cache, &st) == 0 ? st : (struct stat){ 0 };
}

/* The last good one stays: once per text, why. */
static void
keep(struct waiting *w, const struct current *u, const char *why)
{
	uint64_t sum = conf_sum(u->report, strlen(u->report));

	w->retry = clock_after(RETRY_MS);
	if (sum == w->said)
		return;
	w->said = sum;
	program_report(u);
	log_msg(LOG_CONFIG_STALE, "%s: %s: what was read of it last stays in "
	    "force", u->cfg, why);
}

/*
 * What sessions of p->conf will need, once for all of them.  With a chroot
 * files are looked up in it, where the parent is not.
 */
static void
prepare(struct waiting *w)
{
	const struct conf *c = &w->p->conf;

	/* before any key is here; the last one's ends with its sessions */
	fd_close(&w->keeper);
	w->keeper = program_keeper(w->p, true);
	if (module_loads) {
		sess_load_modules(c);
		if (conf_str(c, c->main->chroot_dir).n == 0)
			w->tls = tlsset_new(c);
	}
	heap_settle();
}

/* The new one takes the old one's place; 0, or -1 when its log cannot open. */
static int
take(struct waiting *w, struct conf *new)
{
	struct program *p = w->p;
	char hash[9];

	if (conf_log_open(new) < 0) {
		log_msg(LOG_LOG_TARGET, "the new configuration's log with "
		    "on-failure = stop: %s", strerror(errno));
		(void)conf_log_open(&p->conf);
		return -1;
	}
	for (int i = 0; i < 4; i++)
		snprintf(hash + 2 * i, 3, "%02x", new->head->policy_hash[i]);
	log_msg(LOG_CONFIG_LOADED, "%s, hash %s%s", p->o.cfg, hash,
	    !module_loads && sess_may_need_modules(new) ?
	    ": restart, or sessions with TLS or names of servers each have "
	    "to load what they need" : "");
	compare_listeners(p, new);
	tlsset_free(w->tls);
	w->tls = NULL;
	conf_close(&p->conf);
	p->conf = *new;
	prepare(w);
	return 0;
}

static void
reload(struct waiting *w)
{
	struct program *p = w->p;
	static struct current u;
	struct stat now = look(p);
	struct conf new;
	bool stale;

	u = p->current;
	if (current_open(&u, &new) < 0) {
		keep(w, &u, new.why);
		return;
	}
	w->retry = 0;
	stale = u.state == CURRENT_STALE;
	if (new.head->whole_sum == p->conf.head->whole_sum)
		conf_close(&new);
	else if (take(w, &new) < 0) {
		conf_close(&new);
		w->retry = clock_after(RETRY_MS);
		return;
	}
	w->cache = now;
	p->current.state = u.state;
	if (u.compiled || u.refused || (stale && !w->stale))
		program_report(&u);
	w->stale = stale;
}

static bool
changed(const struct waiting *w)
{
	const struct program *p = w->p;
	struct stat now;

	if (clock_ms() < w->retry)
		return false;
	now = look(p);
	return !same_file(&now, &w->cache) || !conf_fresh(&p->conf);
}

/*
 * A keeper that died would leave all sessions without mail workers.  The next
 * one is forked without a key here, as the first was.
 */
static bool
revive_keeper(struct waiting *w)
{
	if (w->keeper < 0 || clock_ms() < w->revive ||
	    !mail_keeper_gone(w->keeper))
		return false;
	log_msg(LOG_SCAN_FAILED, "the keeper of mail workers ended: another "
	    "is started");
	w->revive = clock_after(RETRY_MS);
	tlsset_free(w->tls);
	w->tls = NULL;
	prepare(w);
	return true;
}

/* ---- the scoreboard ------------------------------------------------------ */

static struct stat
look_at_board(const struct program *p)
{
	char path[PATH_MAX + sizeof "/" BOARD_FILE];
	size_t n = strlen(conf_run_folder(&p->conf, path));
	struct stat st;

	memcpy(path + n, "/" BOARD_FILE, sizeof "/" BOARD_FILE);
	return stat(path, &st) == 0 ? st : (struct stat){ 0 };
}

static bool
follow_board(struct waiting *w)
{
	struct program *p = w->p;
	struct stat now = look_at_board(p);

	if (now.st_dev == w->board.st_dev && now.st_ino == w->board.st_ino &&
	    now.st_size == w->board.st_size)
		return false;
	board_close(&p->board);
	program_open_board(p);
	w->board = look_at_board(p);
	return true;
}

/* ---- what the parent asks ------------------------------------------------ */

static struct parent_settings
settings(const struct conf *c)
{
	const struct conf_tcpserver *t = &c->main->tcpserver;

	return (struct parent_settings){
		.limits = {
			.children = t->max_children,
			.children_per_ip = t->max_children_per_ip,
			.rate = t->conn_rate,
			.rate_per_ip = t->conn_rate_per_ip,
			.prefix6 = c->main->per_ip_prefix6,
		},
		.idle_exit = t->idle_exit,
	};
}

static bool
refresh(void *ctx, struct parent_settings *s_r)
{
	struct waiting *w = ctx;
	const struct conf *c = &w->p->conf;
	bool other = log_follow();

	if (changed(w)) {
		reload(w);
		other = true;
	}
	other |= revive_keeper(w);
	other |= tlsset_refresh(w->tls);
	other |= follow_board(w);
	*s_r = settings(c);
	if (w->queue != c->main->tcpserver.queue_size) {
		w->queue = c->main->tcpserver.queue_size;
		sockets_queue(w->p->sockets, w->queue);
	}
	return other;
}

/* A socket's name is a listener's title, or says nothing. */
static struct str
listener_of(const struct conf *c, const char *name)
{
	const struct conf_listener *l;
	const struct conf_transparent *t;
	struct conf_ref plain = c->main->listeners,
	    caught = c->main->transparents;

	for (uint32_t i = 0; i < plain.n; i++) {
		l = CONF_AT(c, struct conf_listener, plain, i);
		if (l != NULL && str_eq(conf_str(c, l->name), str_c(name)))
			return conf_str(c, l->name);
	}
	for (uint32_t i = 0; i < caught.n; i++) {
		t = CONF_AT(c, struct conf_transparent, caught, i);
		if (t != NULL && str_eq(conf_str(c, t->name), str_c(name)))
			return conf_str(c, t->name);
	}
	return STR("");
}

static void
make_ready(void *ctx)
{
	struct waiting *w = ctx;

	prctl(PR_SET_NAME, DISPLAY_SPARE);
	board_forked(&w->p->board);
	if (program_seals_early(w->p))
		program_seal(w->p);
}

static void
serve(void *ctx, const char *name)
{
	static struct sess_start start;
	struct waiting *w = ctx;

	start.client_fd = 0;
	start.tls = w->tls;
	start.keeper = w->keeper;
	if (*name != '\0')
		start.listener = listener_of(&w->p->conf, name);
	program_session(w->p, &start);
}

static bool
stage(void *ctx, int32_t pid, char out[PARENT_STAGE])
{
	struct waiting *w = ctx;

	static_assert((int)PARENT_STAGE > (int)DISPLAY_WORD, "it fits");
	return display_stage(&w->p->board, (uint32_t)pid, out);
}

int
wait_run(struct program *p)
{
	static struct waiting w = { .keeper = -1 };
	const struct parent_ops ops = { refresh, make_ready, serve, stage,
	    &w };
	const char *why;

	if (!module_loads && sess_may_need_modules(&p->conf)) {
		program_report_once(p);
		sockets_give(p->sockets);
		program_become_session(p, p->sockets->rows[0].fd);
	}
	sockets_unset();
	if (jail_parent(&why) < 0)
		die(EX_OSERR, LOG_JAIL_FAILED, "wait mode", why);
	program_begin(p);
	w.p = p;
	w.cache = look(p);
	w.board = look_at_board(p);
	prepare(&w);
	w.stale = p->current.state == CURRENT_STALE;
	return parent_run(p->sockets, &ops);
}
