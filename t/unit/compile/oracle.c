/*
 * Random policies and connections: what the compiled cache and acl/eval
 * choose is what naive.h reads in the text; and the cache printed compiles to
 * the same octets.
 *
 *	oracle.t [POLICIES [CONNECTIONS [FIRST]]]
 *
 * Policy number N is the same in every run.
 */

#include "arena.h"
#include "common.h"
#include "dice.h"
#include "eval.h"
#include "naive.h"

enum {
#ifdef __SANITIZE_ADDRESS__
	POLICIES = 200, CONNECTIONS = 200,	/* each is ten times slower */
#else
	POLICIES = 1000, CONNECTIONS = 1000,
#endif
};

/* ---- policies: a small world, where much overlaps ------------------------ */

enum { LISTENERS = 6, HOSTS = 4, ARENA = 1 << 20 };

/* Names in sets; the last one is never resolved. */
static const struct naive_host hosts[HOSTS + 1] = {
	{ "a.example.org", { "10.0.0.3", "10.0.0.17" } },
	{ "b.example.org", { "2001:db8::5", "10.0.0.9", "10.0.0.60" } },
	{ "c.example.org", { "10.0.0.40" } },
	{ "d.example.org", { NULL } },
	{ NULL, { NULL } },
};

/* An address of it; the last number is n, of 64. */
static void
put_ip(FILE *f, uint32_t n, bool six)
{
	fprintf(f, six ? "2001:db8::%x" : "10.0.0.%u", n % 64);
}

static void
put_address(FILE *f)
{
	bool six = one_in(4);
	uint32_t a = dice(64), b = dice(64);

	if (one_in(12)) {
		fputs(hosts[dice(HOSTS)].name, f);
		return;
	}
	switch (dice(5)) {
	case 0:
		if (one_in(4)) {
			fputc('*', f);
			break;
		}
		/* FALLTHROUGH */
	case 1: {
		uint32_t width = dice(7);	/* free bits */

		put_ip(f, a >> width << width, six);
		fprintf(f, "/%u", (six ? 128 : 32) - width);
		break;
	}
	case 2:
		put_ip(f, a < b ? a : b, six);
		fputc('-', f);
		put_ip(f, a < b ? b : a, six);
		break;
	default:
		put_ip(f, a, six);
	}
}

static void
put_title(FILE *f)
{
	fprintf(f, "l%u", dice(LISTENERS));
}

static void
put_parent(FILE *f)
{
	fprintf(f, "s%u", dice(3));
}

static void
put_tos(FILE *f)
{
	uint32_t a = dice(64) * 4, b = a + dice(16) * 4;

	switch (dice(4)) {
	case 0:
		fprintf(f, ">= %u", a);
		break;
	case 1:
		fprintf(f, "< %u", a ? a : 4);
		break;
	case 2:
		fprintf(f, "%u-%u", a, b < 252 ? b : 252);
		break;
	default:
		fprintf(f, "%u", a);
	}
}

static void
put_user(FILE *f)
{
	fputs(one_in(3) ? "none" : one_in(2) ? "ann" : "bob", f);
}

static void
put_group(FILE *f)
{
	fputs(one_in(3) ? "none" : one_in(2) ? "staff" : "guests", f);
}

static const char wdays[7][4] = { "sun", "mon", "tue", "wed", "thu", "fri",
	"sat" };
static const char months[12][4] = { "jan", "feb", "mar", "apr", "may", "jun",
	"jul", "aug", "sep", "oct", "nov", "dec" };

static void
put_day(FILE *f)
{
	uint32_t a = 1 + dice(31);

	fprintf(f, "%u-%u", a, a + dice(32 - a));
}

static void
put_month(FILE *f)
{
	fputs(months[dice(12)], f);
}

static void
put_wdays(FILE *f)
{
	fprintf(f, "%s-%s", wdays[dice(7)], wdays[dice(7)]);
}

/* Never an empty span. */
static void
put_hours(FILE *f)
{
	uint32_t from = dice(24), to = (from + 1 + dice(22)) % 24;

	fprintf(f, "%02u%02u-%02u%02u", from, dice(60), to, dice(60));
}

static void
put_dates(FILE *f)
{
	fprintf(f, "%u %s - %u %s", 1 + dice(28), months[dice(12)],
	    1 + dice(28), months[dice(12)]);
}

/* KEY = {...} with one of so many chances; negated values where they may be */
static void
put_set(FILE *f, const char *key, uint32_t chance, bool negation,
    void (*put)(FILE *f))
{
	uint32_t n = 1 + (one_in(2) ? 0 : dice(5));
	bool negative = negation && one_in(6);

	if (!one_in(chance))
		return;
	fprintf(f, " %s = {", key);
	for (uint32_t i = 0; i < n; i++) {
		fprintf(f, "%s\"%s", i ? ", " : "",
		    negation && (negative || one_in(5)) ? "!" : "");
		put(f);
		fputc('"', f);
	}
	fputs("}\n", f);
}

/* The same on the line of a time. */
static void
put_part(FILE *f, const char *key, void (*put)(FILE *f))
{
	if (one_in(2))
		return;
	fprintf(f, " %s = {\"", key);
	put(f);
	fputs("\"} ", f);
}

static void
put_times(FILE *f)
{
	uint32_t n = 1 + dice(NAIVE_TIMES);

	if (one_in(2)) {
		for (uint32_t i = 0; i < n; i++) {
			fprintf(f, " time \"t%u\" {", i);
			put_part(f, "day", put_day);
			put_part(f, "month", put_month);
			put_part(f, "wday", put_wdays);
			put_part(f, "hours", put_hours);
			fputs("}\n", f);
		}
		return;
	}
	fputs(" time-period-set {\n", f);
	if (one_in(3))
		fputs(" exclude = yes\n", f);
	for (uint32_t i = 0; i < n; i++) {
		fprintf(f, " time-spec \"t%u\" {", i);
		put_part(f, "dates", put_dates);
		put_part(f, "weekdays", put_wdays);
		put_part(f, "hours", put_hours);
		fputs("}\n", f);
	}
	fputs(" }\n", f);
}

static void
put_plug(FILE *f)
{
	if (one_in(8)) {
		fprintf(f, " plug-to = {\"%s:143\"}\n",
		    hosts[dice(HOSTS)].name);
		return;
	}
	fputs(" plug-to = {\"", f);
	if (one_in(4)) {
		fputs("[2001:db8::", f);
		fprintf(f, "%x]:143\"}\n", 1 + dice(63));
	} else {
		fprintf(f, "10.0.0.%u:143\", \"10.9.9.9:993\"}\n", dice(64));
	}
}

static void
put_acl(FILE *f, bool session, uint32_t n)
{
	fprintf(f, "%s-acl \"%c%u\" {\n", session ? "session" : "command",
	    session ? 's' : 'c', n);
	put_set(f, "from", 2, true, put_address);
	put_set(f, "to", 4, true, put_address);
	put_set(f, "server", 6, true, put_address);
	put_set(f, "listener", 5, true, put_title);
	put_set(f, "ip-tos-from", 10, true, put_tos);
	put_set(f, "user", 10, true, put_user);
	put_set(f, "group", 10, true, put_group);
	if (one_in(8))
		fprintf(f, " transparent = %s\n", one_in(2) ? "yes" : "no");
	if (one_in(6))
		put_times(f);
	/* where all deny, command-acls cannot ask for users */
	if (one_in(5) && n > 0)
		fputs(" deny = yes\n", f);
	if (session) {
		put_plug(f);
	} else {
		put_set(f, "parent", 4, true, put_parent);
		fputs(" no-mail-scanning = yes\n", f);
	}
	fputs("}\n", f);
}

/* A text; malloc'd.  Many have a few ACLs, some have many. */
static char *
policy(void)
{
	uint32_t acls = one_in(25) ? 60 + dice(100) :
	    one_in(8) ? 34 + dice(20) : 2 + dice(14);
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		abort();
	fputs(VERSION "auth = \"office\"\n"
	    "oob-auth \"office\" { path = \"/dev/null\" }\n"
	    "listen-on {\n"
	    " non-transparent \"l0\" { address = \"10.0.0.1\" "
	    "port = \"143-143\" }\n"
	    " non-transparent \"l1\" { address = \"::\" port = \"100-142\" }\n"
	    " non-transparent \"l2\" { address = \"2001:db8::1\" "
	    "port = \"993-1000\" }\n"
	    " non-transparent \"l3\" { address = \"::\" port = \"992-992\" }\n"
	    " transparent \"l4\" { port = \"100-143\" listen-port = 2143 "
	    "address = {\"10.0.0.0/27\", \"!10.0.0.9\"} }\n"
	    " transparent \"l5\" { port = \"143-993\" listen-port = 2993 }\n"
	    "}\n", f);
	/* parents that are sure to be there */
	for (uint32_t i = 0; i < 3 || i < acls / 2; i++)
		put_acl(f, true, i);
	for (uint32_t i = 0; i < acls / 2 + 1; i++)
		put_acl(f, false, i);
	fclose(f);
	return text;
}

/* ---- connections --------------------------------------------------------- */

static void
random_ip(struct addr *a, naive_ip *ip)
{
	uint32_t n = dice(66);
	char text[64];

	if (one_in(4))
		snprintf(text, sizeof text, "2001:db8::%x", n);
	else
		snprintf(text, sizeof text, "10.0.0.%u", n);
	*ip = naive_address(text);
	if (!addr_parse(str_c(text), a))
		abort();
}

static void
random_user(struct acl_facts *f, struct naive_conn *n)
{
	static const struct { const char *groups, *words; } of[4] = {
		{ "", "" }, { "staff", "staff " }, { "guests", "guests " },
		{ "guests,staff", "guests staff " },
	};
	uint32_t i = dice(4);

	n->users = !one_in(10);
	n->groups = "";
	if (!n->users) {
		f->user_why = "nobody can tell";
		return;
	}
	if (one_in(3))
		return;
	n->user = one_in(2) ? "ann" : "bob";
	f->user = str_c(n->user);
	f->groups = str_c(of[i].groups);
	n->groups = of[i].words;
}

static void
connection(const struct conf *c, struct acl_facts *f, struct naive_conn *n)
{
	static const uint16_t ports[] = { 99, 100, 143, 992, 993, 1000 };
	/* 1 November 2026 is a Sunday */
	uint32_t day = dice(30), month = dice(12);

	*f = (struct acl_facts){ .transparent = one_in(4) };
	*n = (struct naive_conn){ .transparent = f->transparent, .tos = -1 };
	random_ip(&f->from, &n->from);
	random_ip(&f->to, &n->to);
	f->to.port = (uint16_t)(n->port = ports[dice(6)]);
	if (f->transparent) {
		f->server = f->to;
		n->server = n->to;
	}
	if (!one_in(4)) {
		n->tos = (int)dice(64) * 4;
		f->tos_known = true;
		f->tos = (uint8_t)n->tos;
	}
	random_user(f, n);
	n->day = (int)day + 1;
	n->month = (int)month + 1;
	n->wday = (int)dice(7);
	n->minute = (int)dice(1440);
	f->now = (struct tm){ .tm_mday = n->day, .tm_mon = n->month - 1,
	    .tm_year = 126, .tm_wday = n->wday, .tm_hour = n->minute / 60,
	    .tm_min = n->minute % 60 };
	f->listener = acl_facts_listener(c, &f->to,
	    f->transparent);
}

/* What the names of a policy stand for, in its words. */
static struct acl_hosts *
learn(struct arena *arena, const struct conf *c)
{
	struct acl_hosts *h = acl_hosts_new(arena, c, NULL, 0);

	for (uint32_t row = 0; h != NULL && row < c->main->hosts.n; row++) {
		const struct naive_host *host = hosts;
		uint8_t (*ip)[16] = arena_alloc(arena, 3 * sizeof *ip);
		struct addr a;
		uint16_t n = 0;

		while (host->name != NULL && !str_eq(str_c(host->name),
		    acl_host_name(c, row)))
			host++;
		if (host->name == NULL)
			continue;
		for (; n < 3 && host->addresses[n] != NULL; n++) {
			addr_parse(str_c(host->addresses[n]), &a);
			memcpy(ip[n], a.ip, sizeof a.ip);
		}
		acl_host_learn(h, row, ip, n, n ? NULL : "nobody knows it");
	}
	return h;
}

/* ---- judging both ways --------------------------------------------------- */

static const struct conf_session_acl *
session_acl(const struct conf *c, int row)
{
	return CONF_AT(c, struct conf_session_acl, c->main->session_acls,
	    (uint32_t)row);
}

static struct str
title_of(const struct conf *c, bool session, int row)
{
	if (row < 0)
		return STR("<NULL>");
	return conf_str(c, session ? session_acl(c, row)->name : CONF_AT(c,
	    struct conf_command_acl, c->main->command_acls,
	    (uint32_t)row)->name);
}

static bool
same(const struct conf *c, bool session, const struct acl_result *r,
    const struct naive_choice *n)
{
	struct str name = title_of(c, session, r->row);
	const char *want = n->acl ? n->acl->title : "<NULL>";

	if (str_eq(name, str_c(want)) && (r->reason != NULL) == n->unknown &&
	    r->deny == (n->acl == NULL || n->acl->deny))
		return true;
	tap_diag("%s: %.*s (%s), wanted %s%s", session ? "session-acl" :
	    "command-acl", STR_ARG(name), r->reason ? r->reason : "", want,
	    n->unknown ? ", undecided" : "");
	return false;
}

/* What came of all connections, so that a policy cannot pass by denying all */
static struct {
	unsigned long none, undecided, denied, accepted;
	unsigned long indexed;	/* policies */
} seen;

static void
count(const struct acl_result *r)
{
	if (r->reason != NULL)
		seen.undecided++;
	else if (r->row < 0)
		seen.none++;
	else if (r->deny)
		seen.denied++;
	else
		seen.accepted++;
}

static bool
judge(const struct conf *c, const struct naive *naive, struct acl_hosts *names)
{
	struct naive_choice want;
	struct naive_conn n;
	struct acl_result r;
	struct acl_facts f;

	connection(c, &f, &n);
	f.hosts = names;
	acl_session(c, &f, &r);
	want = naive_choose(naive, true, &n, NULL);
	count(&r);
	if (!same(c, true, &r, &want))
		return false;
	if (r.deny)
		return true;
	acl_facts_chosen(&f, c, session_acl(c, r.row));
	acl_command(c, &f, &r);
	want = naive_choose(naive, false, &n, want.acl);
	count(&r);
	return same(c, false, &r, &want);
}

static bool
round_trip(const struct conf *c)
{
	struct compile_result r;
	char *text = print(c, false);
	bool good;
	struct conf back;

	must(text, &r, &back);
	good = c->head->tables_end == back.head->tables_end &&
	    memcmp(c->map + sizeof *c->head, back.map + sizeof *c->head,
	    c->head->tables_end - sizeof *c->head) == 0;
	conf_close(&back);
	compile_free(&r);
	free(text);
	return good;
}

static bool
try(unsigned long number, unsigned long connections, unsigned *trips)
{
	static struct naive naive;
	struct acl_hosts *names;
	struct compile_result r;
	struct arena arena;
	struct conf c;
	bool good = true;
	char *text;

	dice_seed = (number + 1) * 0x9e3779b97f4a7c15;
	text = policy();
	must(text, &r, &c);
	arena_init(&arena, ARENA, NULL, NULL);
	names = learn(&arena, &c);
	naive_hosts = hosts;
	naive_read(&naive, text);
	seen.indexed += c.main->session_index.given;
	for (unsigned long i = 0; i < connections && good; i++)
		good = judge(&c, &naive, names);
	if (!good)
		tap_diag("policy %lu:\n%s", number, text);
	if (good)
		*trips += round_trip(&c);
	arena_fini(&arena);
	conf_close(&c);
	compile_free(&r);
	free(text);
	return good;
}

int
main(int argc, char **argv)
{
	unsigned long policies = argc > 1 ? strtoul(argv[1], NULL, 10) :
	    POLICIES;
	unsigned long connections = argc > 2 ? strtoul(argv[2], NULL, 10) :
	    CONNECTIONS;
	unsigned long first = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	unsigned trips = 0, good = 0;

	for (unsigned long i = first; i < first + policies && good == i -
	    first; i++)
		good += try(i, connections, &trips);
	tap_ok(good == policies, "%u of %lu policies choose for %lu "
	    "connections each what their text says", good, policies,
	    connections);
	tap_int(good, trips, "and compile to the same octets when printed");
	tap_diag("choices: accepted %lu, denied %lu, no ACL %lu, undecided "
	    "%lu; policies with an index: %lu", seen.accepted, seen.denied,
	    seen.none, seen.undecided, seen.indexed);
	tap_ok(seen.accepted > seen.none / 4 && seen.none > 0 &&
	    seen.denied > 0 && seen.undecided > 0 && seen.indexed > 0,
	    "every outcome was met");
	return tap_done();
}
