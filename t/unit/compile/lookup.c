/* What is kept of names that were looked up, and how many there may be. */

#include <time.h>

#include "common.h"
#include "lookup.h"

static struct resolve_name
found(const char *name, const char *ip, uint32_t ttl)
{
	struct resolve_name r = { .name = name, .why = "gone", .ttl = ttl };

	if (ip != NULL)
		addr_parse(str_c(ip), &r.list[r.n++]);
	return r;
}

/* How long a name's addresses hold from now on, about; -1 it is not kept. */
static int64_t
holds(const struct hosts *h, const char *name)
{
	const struct hosts_row *row = hosts_find(h, str_c(name));

	return row ? row->expires - time(NULL) : -1;
}

static bool
about(int64_t want, int64_t got)
{
	return got >= want - 5 && got <= want;
}

static void
test_kept(void)
{
	struct resolve_name names[] = {
		found("short.test", "192.0.2.1", 1),
		found("long.test", "192.0.2.2", UINT32_MAX),
		found("an.test", "2001:db8::1", 1000),
		found("gone.test", NULL, 0),
		found("server.test", "192.0.2.3", 1000),
	};
	struct lookup l = { names, (uint32_t[5]){ 0 }, 5, 4 };
	const struct hosts none = { .head = NULL };
	struct hosts h, again;
	char *old, *new;
	size_t n, m;

	old = lookup_file(&l, &none, &n);
	tap_int(0, hosts_open_mem(&h, old, n), "a file is made");
	tap_ok(about(HOSTS_TTL_MIN, holds(&h, "short.test")),
	    "a short TTL is not taken");
	tap_ok(about(HOSTS_TTL_MAX, holds(&h, "long.test")),
	    "nor a very long one");
	tap_ok(about(1000, holds(&h, "an.test")), "others are");
	tap_int(-1, holds(&h, "gone.test"), "what has no address is left out");
	tap_int(-1, holds(&h, "server.test"), "as are servers");
	names[0] = found("short.test", "192.0.2.9", 1);
	names[2] = found("an.test", NULL, 0);
	l.in_sets = 3;
	new = lookup_file(&l, &h, &m);
	hosts_open_mem(&again, new, m);
	tap_int(9, hosts_addrs(&again, hosts_find(&again,
	    STR("short.test")))[0][15], "new addresses replace old ones");
	tap_ok(about(1000, holds(&again, "an.test")),
	    "without any the old ones stay, as old as they are");
	tap_int(1, hosts_addrs(&again, hosts_find(&again,
	    STR("an.test")))[0][15], "and the same");
	l.in_sets = 0;
	tap_ok(lookup_file(&l, &h, &m) == NULL, "without names there is none");
	free(old);
	free(new);
}

static void
test_told(void)
{
	struct resolve_name names[] = { found("a.test", "192.0.2.1", 1),
		found("b.test", NULL, 0), found("c.test", NULL, 0) };
	struct lookup l = { names, (uint32_t[]){ 1, 2, 0 }, 3, 2 };
	struct lookup before = { (struct resolve_name[]){
	    found("b.test", "192.0.2.2", 1) }, (uint32_t[]){ 0 }, 1, 1 };
	struct compile_result r;
	struct conf c;
	char *out = NULL, *err = NULL, *old;
	size_t n, on, en;
	FILE *o = open_memstream(&out, &on), *e = open_memstream(&err, &en);
	const struct hosts none = { .head = NULL };
	struct hosts h;

	addr_parse(STR("2001:db8::1"), &names[0].list[names[0].n++]);
	old = lookup_file(&before, &none, &n);
	hosts_open_mem(&h, old, n);
	must(VERSION ACLS, &r, &c);
	lookup_print(&l, &c, &h, o, e);
	fclose(o);
	fclose(e);
	tap_cstr("a.test: 192.0.2.1 2001:db8::1\n", out, "addresses are told");
	compile_free(&r);
	tap_cstr("t.cfg:3: warning: b.test: not resolved: gone; its last known "
	    "addresses hold\nwarning: c.test: not resolved: gone\n", err,
	    "and what is not resolved");
	free(out);
	free(err);
	free(old);
}

/* Each ACL has some of them; they are counted once. */
static char *
many(unsigned n)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	fprintf(f, VERSION);
	for (unsigned i = 0; i < n; i++)
		fprintf(f, "session-acl \"%u\" { deny = yes  from = "
		    "{\"h%u.test\", \"!h0.test\"} }\n", i, i);
	fprintf(f, ACLS);
	fclose(f);
	return text;
}

static void
test_many(void)
{
	struct compile_result r;
	char *text = many(CONF_HOSTS);
	struct conf c;

	must(text, &r, &c);
	tap_int(CONF_HOSTS, c.main->hosts.n, "many names");
	compile_free(&r);
	free(text);
	text = many(CONF_HOSTS + 1);
	compile_text("t.cfg", "/tmp", str_c(text), &r);
	tap_cstr("t.cfg:1002: session-acl \"1000\": from: \"h1000.test\" is "
	    "one host name too many: sets may have 1000\n", r.report,
	    "and one too many");
	compile_free(&r);
	free(text);
}

int
main(void)
{
	test_kept();
	test_told();
	test_many();
	return tap_done();
}
