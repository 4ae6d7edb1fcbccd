#include "addr.h"
#include "clock.h"
#include "compile.h"
#include "resolve.h"

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
	    .search = s->search, .timeout = (int64_t)r->conf_timeout };
	s->conf.nservers = texts(c, r->servers, s->servers,
	    RESOLVE_SERVERS);
	s->conf.nsearch = texts(c, r->search, s->search, RESOLVE_SEARCH);
}

static int
lookup(const struct resolve_engine *e, const struct settings *s,
    const char *name, FILE *out, FILE *err)
{
	struct addr a[RESOLVE_MAX];
	char text[ADDR_TEXT];
	const char *why;
	int n = e->lookup(&s->conf, name, RESOLVE_BOTH, CLOCK_NEVER, -1, a,
	    RESOLVE_MAX, &why);

	if (n <= 0) {
		fprintf(err, "%s: %s\n", name, why);
		return 1;
	}
	fprintf(out, "%s:", name);
	for (int i = 0; i < n; i++)
		fprintf(out, " %s", addr_host(&a[i], text));
	fputc('\n', out);
	return 0;
}

static int
lookup_all(const struct conf *c, const struct resolve_engine *e,
    const struct settings *s, struct conf_ref targets, FILE *out, FILE *err)
{
	static const uint8_t none[16];
	const struct conf_target *t;
	int failed = 0;

	for (uint32_t i = 0; i < targets.n; i++) {
		t = CONF_AT(c, struct conf_target, targets, i);
		if (t != NULL && memcmp(t->ip, none, sizeof none) == 0)
			failed += lookup(e, s, conf_cstr(c, t->host), out,
			    err);
	}
	return failed;
}

int
compile_resolve(const struct conf *c, FILE *out, FILE *err)
{
	const struct conf_session_acl *s;
	const struct conf_command_acl *a;
	const struct resolve_engine *e;
	struct settings set;
	const char *why;
	int failed = 0;

	e = module_get("resolve", &why);
	if (e == NULL) {
		fprintf(err, "%s\n", why);
		return 1;
	}
	settings_of(c, &set);
	for (uint32_t i = 0; (s = CONF_AT(c, struct conf_session_acl,
	    c->main->session_acls, i)) != NULL; i++)
		failed += lookup_all(c, e, &set, s->plug_to, out, err);
	for (uint32_t i = 0; (a = CONF_AT(c, struct conf_command_acl,
	    c->main->command_acls, i)) != NULL; i++)
		failed += lookup_all(c, e, &set, a->plug_to, out, err);
	return failed;
}
