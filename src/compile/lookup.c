#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "addr.h"
#include "clock.h"
#include "err.h"
#include "lookup.h"

static_assert((int)RESOLVE_ALL == (int)HOSTS_ADDRS, "all of them are kept");

/* ---- what is asked ------------------------------------------------------- */

/* The resolver's settings as the engine wants them. */
struct settings {
	const char *servers[RESOLVE_SERVERS];
	const char *search[RESOLVE_SEARCH];
	struct resolve_conf conf;
};

static size_t
texts(const struct conf *c, struct conf_ref ref, const char **out, size_t max)
{
	const struct conf_strval *v;
	size_t n = 0;

	while (n < max && (v = CONF_AT(c, struct conf_strval, ref,
	    (uint32_t)n)) != NULL)
		out[n++] = conf_cstr(c, v->text);
	return n;
}

static void
settings_of(const struct conf *c, struct settings *s)
{
	const struct conf_resolver *r = &c->main->resolver;

	s->conf = (struct resolve_conf){ .servers = s->servers,
	    .search = s->search };
	s->conf.nservers = texts(c, r->servers, s->servers,
	    RESOLVE_SERVERS);
	s->conf.nsearch = texts(c, r->search, s->search, RESOLVE_SEARCH);
}

/* Each once, with the line of the first ACL that has it. */
static void
add_name(struct lookup *l, const char *name, uint32_t line)
{
	enum { STEP = 64 };

	for (size_t i = 0; i < l->n; i++)
		if (str_ieq(str_c(l->names[i].name), str_c(name)))
			return;
	if (l->n % STEP == 0) {
		l->names = realloc(l->names, (l->n + STEP) *
		    sizeof l->names[0]);
		l->lines = realloc(l->lines, (l->n + STEP) *
		    sizeof l->lines[0]);
		if (l->names == NULL || l->lines == NULL)
			abort();
	}
	l->names[l->n] = (struct resolve_name){ .name = name,
	    .err = ERR_NAME };
	l->lines[l->n++] = line;
}

/* An ACL at this line has the name of a row. */
static void
note_line(struct lookup *l, uint32_t row, uint32_t line)
{
	if (row < l->in_sets && l->lines[row] == 0)
		l->lines[row] = line;
}

static void
note_set(struct lookup *l, const struct conf *c,
    const struct conf_addrset *s, uint32_t line)
{
	const struct conf_host_use *u;

	for (uint32_t i = 0; (u = CONF_AT(c, struct conf_host_use, s->hosts,
	    i)) != NULL; i++)
		note_line(l, u->host, line);
}

static void
note_when(struct lookup *l, const struct conf *c,
    const struct conf_conditions *when, uint32_t line)
{
	note_set(l, c, &when->from, line);
	note_set(l, c, &when->to, line);
	note_set(l, c, &when->server, line);
}

static void
add_servers(struct lookup *l, const struct conf *c, struct conf_ref plug_to,
    uint32_t line)
{
	static const uint8_t none[16];
	const struct conf_target *t;

	for (uint32_t i = 0; i < plug_to.n; i++) {
		t = CONF_AT(c, struct conf_target, plug_to, i);
		if (t == NULL || memcmp(t->ip, none, sizeof none) != 0)
			continue;
		add_name(l, conf_cstr(c, t->host), line);
		if (t->host_row > 0)
			note_line(l, t->host_row - 1u, line);
	}
}

static void
add_all(struct lookup *l, const struct conf *c)
{
	const struct conf_session_acl *s;
	const struct conf_command_acl *a;
	const struct conf_ref *name;

	for (uint32_t i = 0; (name = CONF_AT(c, struct conf_ref,
	    c->main->hosts, i)) != NULL; i++)
		add_name(l, conf_cstr(c, *name), 0);
	l->in_sets = l->n;
	for (uint32_t i = 0; (s = CONF_AT(c, struct conf_session_acl,
	    c->main->session_acls, i)) != NULL; i++) {
		note_when(l, c, &s->when, s->line);
		add_servers(l, c, s->plug_to, s->line);
	}
	for (uint32_t i = 0; (a = CONF_AT(c, struct conf_command_acl,
	    c->main->command_acls, i)) != NULL; i++) {
		note_when(l, c, &a->when, a->line);
		add_servers(l, c, a->plug_to, a->line);
	}
}

void
lookup_run(struct lookup *l, const struct conf *c)
{
	const struct resolve_engine *e;
	struct settings set;
	const char *why;
	int rc = ERR_SUPPORT;

	*l = (struct lookup){ 0 };
	add_all(l, c);
	if (l->n == 0)
		return;
	settings_of(c, &set);
	e = module_get("resolve", &why);
	if (e != NULL)
		rc = e->lookup_all(&set.conf, l->names, l->n, clock_after(
		    (int64_t)c->main->resolver.conf_timeout), -1, &why);
	for (size_t i = 0; rc < 0 && i < l->n; i++) {
		l->names[i].n = 0;
		l->names[i].why = why;
	}
}

void
lookup_fini(struct lookup *l)
{
	free(l->names);
	free(l->lines);
	*l = (struct lookup){ 0 };
}

/* ---- what is told -------------------------------------------------------- */

/* Are a row's last known addresses in force? */
static bool
held(const struct lookup *l, size_t i, const struct hosts *old)
{
	return i < l->in_sets && l->names[i].n == 0 &&
	    hosts_find(old, str_c(l->names[i].name)) != NULL;
}

static void
print_missing(const struct lookup *l, const struct conf *c, size_t i,
    const struct hosts *old, FILE *err)
{
	struct str file;
	uint32_t line;

	if (conf_line_at(c, l->lines[i], &file, &line))
		fprintf(err, "%.*s:%u: ", STR_ARG(file), line);
	fprintf(err, "warning: %s: not resolved: %s%s\n", l->names[i].name,
	    l->names[i].why, held(l, i, old) ?
	    "; its last known addresses hold" : "");
}

void
lookup_print(const struct lookup *l, const struct conf *c,
    const struct hosts *old, FILE *out, FILE *err)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < l->n; i++) {
		const struct resolve_name *r = &l->names[i];

		if (r->n == 0)
			print_missing(l, c, i, old, err);
		else if (out != NULL)
			fprintf(out, "%s:", r->name);
		for (size_t k = 0; out != NULL && k < r->n; k++)
			fprintf(out, " %s%s", addr_host(&r->list[k], text),
			    k + 1 == r->n ? "\n" : "");
	}
}

static void
name_json(const struct lookup *l, const struct conf *c, size_t i,
    struct json *j)
{
	const struct resolve_name *r = &l->names[i];
	char text[ADDR_TEXT];
	struct str file = STR_NULL;
	uint32_t line = 0;

	(void)conf_line_at(c, l->lines[i], &file, &line);
	json_str(j, "name", str_c(r->name));
	json_str(j, "file", file);
	json_num(j, "line", line);
	json_array(j, "addresses");
	for (size_t k = 0; k < r->n; k++)
		json_str(j, NULL, str_c(addr_host(&r->list[k], text)));
	json_end(j);
	json_str(j, "why", r->n > 0 ? STR_NULL : str_c(r->why));
}

void
lookup_json(const struct lookup *l, const struct conf *c,
    const struct hosts *old, struct json *j)
{
	json_array(j, "names");
	for (size_t i = 0; i < l->n; i++) {
		json_object(j, NULL);
		name_json(l, c, i, j);
		json_bool(j, "held", held(l, i, old));
		json_end(j);
	}
	json_end(j);
}

/* ---- what is kept -------------------------------------------------------- */

/* A row to be: found now, or known before. */
struct kept {
	const char *name;
	int64_t expires;
	uint16_t n;
	uint8_t ip[HOSTS_ADDRS][16];
};

static int64_t
holds_for(uint32_t ttl)
{
	return ttl < HOSTS_TTL_MIN ? HOSTS_TTL_MIN :
	    ttl > HOSTS_TTL_MAX ? HOSTS_TTL_MAX : ttl;
}

/* false when nothing is known of it. */
static bool
keep(const struct resolve_name *r, const struct hosts *old, int64_t now,
    struct kept *k)
{
	const struct hosts_row *was = hosts_find(old, str_c(r->name));
	const uint8_t (*ip)[16] = was ? hosts_addrs(old, was) : NULL;

	*k = (struct kept){ .name = r->name };
	if (r->n > 0) {
		k->expires = now + holds_for(r->ttl);
		k->n = (uint16_t)r->n;
		for (size_t i = 0; i < r->n; i++)
			memcpy(k->ip[i], r->list[i].ip, 16);
	} else if (ip != NULL) {
		k->expires = was->expires;
		k->n = (uint16_t)was->addrs.n;
		memcpy(k->ip, ip, k->n * sizeof k->ip[0]);
	}
	return k->n > 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct conf_ref
put(char *out, size_t *at, const void *p, size_t size, size_t n)
{
	struct conf_ref ref = { (uint32_t)*at, (uint32_t)n };

	memcpy(out + *at, p, size * n);
	*at += size * n;
	return ref;
}

static char *
image(const struct kept *k, size_t n, size_t *n_r)
{
	/* size: rows, addresses and names of CONF_HOSTS fit */
	struct hosts_head *h = calloc(1, HOSTS_MAX);
	struct hosts_row *rows;
	size_t at = sizeof *h + n * sizeof *rows;
	char *out = (char *)h;

	static_assert(sizeof(struct hosts_head) + CONF_HOSTS *
	    (sizeof(struct hosts_row) + HOSTS_ADDRS * 16 + CONF_HOST_NAME) <
	    HOSTS_MAX, "any number of them fits");
	if (h == NULL)
		abort();
	rows = (struct hosts_row *)(void *)(h + 1);
	memcpy(h->magic, HOSTS_MAGIC, sizeof h->magic);
	h->format = HOSTS_FORMAT;
	h->rows = (struct conf_ref){ sizeof *h, (uint32_t)n };
	for (size_t i = 0; i < n; i++) {
		rows[i].expires = k[i].expires;
		rows[i].addrs = put(out, &at, k[i].ip, 16, k[i].n);
		rows[i].name = put(out, &at, k[i].name, 1,
		    strlen(k[i].name) + 1);
		rows[i].name.n--;
	}
	h->size = *n_r = at;
	h->sum = conf_sum(h + 1, at - sizeof *h);
	return out;
}

char *
lookup_file(const struct lookup *l, const struct hosts *old, size_t *n_r)
{
	struct kept *k = calloc(l->in_sets + 1, sizeof *k);
	int64_t now = time(NULL);
	size_t n = 0;
	char *out;

	if (k == NULL)
		abort();
	for (size_t i = 0; i < l->in_sets; i++)
		n += keep(&l->names[i], old, now, &k[n]);
	qsort(k, n, sizeof *k, by_name);
	out = l->in_sets > 0 ? image(k, n, n_r) : NULL;
	free(k);
	return out;
}
