#include <sys/socket.h>

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "display.h"
#include "log.h"
#include "query.h"
#include "serve.h"

enum { STATS, ADMIN };

static_assert((int)DOOR_LINE == (int)QUERY_LINE, "a command is a line");

bool
serve_open(struct serve *s, const struct conf *c)
{
	static const mode_t modes[SERVE_SOCKETS] = {
		[STATS] = 0660, [ADMIN] = 0600,
	};
	const struct conf_ref names[SERVE_SOCKETS] = {
		[STATS] = c->main->monitoring.socket,
		[ADMIN] = c->main->monitoring.admin_socket,
	};
	static const char given[SERVE_SOCKETS][8] = {
		[STATS] = "stats", [ADMIN] = "admin",
	};
	char path[PATH_MAX];
	bool good = true;

	*s = (struct serve){ .conf = c, .sockets = { -1, -1 } };
	if (c->main->monitoring.disabled)
		return true;
	board_make_folders(conf_run_folder(c, path), geteuid());
	for (int i = 0; i < SERVE_SOCKETS; i++) {
		s->sockets[i] = door_given(given[i]);
		if (s->sockets[i] >= 0 ||
		    !conf_run_file(c, names[i], path))
			continue;
		s->sockets[i] = door_make(path, modes[i], s->why);
		good = good && s->sockets[i] >= 0;
	}
	return good;
}

static bool
same_place(const struct conf *a, struct conf_ref ra, const struct conf *b,
    struct conf_ref rb)
{
	char pa[PATH_MAX], pb[PATH_MAX];
	bool in_a = conf_run_file(a, ra, pa), in_b = conf_run_file(b, rb, pb);

	return in_a == in_b && (!in_a || strcmp(pa, pb) == 0);
}

bool
serve_same(const struct conf *a, const struct conf *b)
{
	const struct conf_monitoring *ma = &a->main->monitoring,
	    *mb = &b->main->monitoring;

	return ma->disabled == mb->disabled && a->main->uid == b->main->uid &&
	    same_place(a, ma->socket, b, mb->socket) &&
	    same_place(a, ma->admin_socket, b, mb->admin_socket);
}

static void
set_level(int level)
{
	log_shift(level - (int)log_level());
}

/* A client's line. */
struct call {
	struct serve *s;
	struct door *door;
	int fd;
};

static int
ask_verdicts(void *ctx, const struct query_verdicts *v, FILE *out)
{
	const struct call *c = ctx;

	return verdicts_ask(c->s->verdicts, v, c->door, c->fd, out);
}

static void
run(struct serve *s, int which, int fd, struct str line, FILE *out)
{
	const struct conf *conf = s->conf;
	struct call call = { s, &s->doors[which], fd };
	char folder[PATH_MAX], hash[2 * DISPLAY_HASH + 1];
	const struct query q = {
		.folder = conf_run_folder(conf, folder),
		.owner = geteuid(),
		.name = conf_cstr(conf, conf->main->name),
		.config = hash,
		.admin = which == ADMIN,
		.log = set_level,
		.verdicts = ask_verdicts,
		.ctx = &call,
		.store = s->verdicts->known ? &s->verdicts->store : NULL,
	};

	for (size_t i = 0; i < DISPLAY_HASH; i++)
		snprintf(hash + 2 * i, 3, "%02x",
		    conf->head->policy_hash[i]);
	query_run(&q, line, out);
}

static void
on_stats(void *ctx, int fd, struct str line, FILE *out)
{
	run(ctx, STATS, fd, line, out);
}

int64_t
serve_user(int fd)
{
	struct ucred who;
	socklen_t n = sizeof who;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0 ? -1 :
	    (int64_t)who.uid;
}

/* With the answer's first line. */
void
serve_log(int64_t uid, struct str line, const char *answer)
{
	struct log_rec r;

	log_begin(&r, LOG_MONITOR_COMMAND);
	log_kv(&r, "UID", "%lld", (long long)uid);
	log_kv_str(&r, "COMMAND", line);
	log_kv_str(&r, "ANSWER", (struct str){ answer,
	    strcspn(answer, "\n") });
	log_end(&r);
}

static void
on_admin(void *ctx, int fd, struct str line, FILE *out)
{
	char *text = NULL;
	size_t n;
	bool changes = str_istarts(line, STR("kill")) ||
	    str_istarts(line, STR("log"));
	FILE *f = changes ? open_memstream(&text, &n) : NULL;

	run(ctx, ADMIN, fd, line, f != NULL ? f : out);
	if (f == NULL || fclose(f) != 0)
		return;
	fputs(text, out);
	serve_log(serve_user(fd), line, text);
	free(text);
}

bool
serve_begin(struct serve *s, struct loop *l)
{
	s->doors[STATS] = (struct door){
		.run = on_stats, .ctx = s, .most = DOOR_CLIENTS,
	};
	s->doors[ADMIN] = (struct door){
		.run = on_admin, .ctx = s, .most = DOOR_CLIENTS_FEW,
	};
	return door_open(&s->doors[STATS], l, s->sockets[STATS]) &&
	    door_open(&s->doors[ADMIN], l, s->sockets[ADMIN]);
}
