/*
 * Caches with random damage, behind sums that are right: whatever is written
 * there, choosing, explaining, printing and telling settings read nothing
 * outside the map.  It lies between two pages that nobody may touch, its end
 * at the very end of its own.
 *
 *	corrupt.t [ROUNDS [FIRST]]
 */

#include <sys/mman.h>

#include <signal.h>
#include <unistd.h>

#include "common.h"
#include "dice.h"
#include "err.h"
#include "eval.h"
#include "explain.h"
#include "judge.h"
#include "settings.h"

enum {
	PAGE = 4096,
	FIRST_BYTE = sizeof(struct conf_head),
	PRINTED = 10,		/* one in so many: it takes long */
#ifdef __SANITIZE_ADDRESS__
	ROUNDS = 100,
#else
	ROUNDS = 800,
#endif
};

/* Every kind of table has rows. */
static const char policy_head[] = VERSION
    "listen-on { non-transparent \"a\" { port = 143 }\n"
    "transparent \"b\" { port = 143 listen-port = 2143 } }\n"
    "ssl-params \"x\" { auth-cert-file = \"credential:ca\"\n"
    "certificate = \"credential:c\" private-key = \"credential:k\"\n"
    "sni \"a.example\" { certificate = \"credential:c\"\n"
    "private-key = \"credential:k\" } }\n"
    "session-acl \"first\" { client-ssl-params = \"x\"\n"
    "listener = {\"a\", \"!b\"} client-cert-match { san = \"dns:*\" }\n"
    "time \"t\" { hours = {\"0800-1600\", \"2000-0200\"} wday = \"mon\" }\n"
    "plug-to = {\"[2001:db8::1]:143\", \"mail.example.org:143\"} }\n"
    "session-acl \"second\" { ip-tos-from = {\">= 32\", \"!64\"}\n"
    "time-period-set { time-spec \"x\" { dates = \"24 dec - 6 jan\"\n"
    "weekdays = \"fri-mon\" hours = \"0000-2300\" } }\n"
    "plug-to = {\"[2001:db8::1]:143\"} }\n"
    "command-acl \"third\" { no-mail-scanning = yes\n"
    "parent = {\"first\"} server-ssl-params = \"x\"\n"
    "client-cert { fingerprint = "
    "\"000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f\"\n"
    "san = {\"dns:b\"} issuer = 'x.*' }\n"
    "server-cert-match { subject = {'CN=a', '!x'} }\n"
    "mailboxes = {\"INBOX\", \"Work*\", \"!Work/?\xc3\xbc*\"}\n"
    "server = {\"10.0.0.0/8\", \"!10.0.0.1\"} to = {\"*\"} }\n";

/* With so many ACLs that there is an index. */
static void
make(struct compile_result *r)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct conf c;

	if (f == NULL)
		abort();
	fputs(policy_head, f);
	for (int i = 0; i < 20; i++)
		fprintf(f, "session-acl \"s%d\" { from = {\"10.0.%d.0/24\"}\n"
		    "plug-to = {\"127.0.0.1:143\"} }\n"
		    "command-acl \"c%d\" { from = {\"10.0.%d.0/24\"}\n"
		    "no-mail-scanning = yes }\n", i, i, i, 2 * i);
	fclose(f);
	must(text, r, &c);
	conf_close(&c);
	free(text);
}

/* ---- a place with walls -------------------------------------------------- */

static char *place;
static size_t place_size;

static char *
build_place(size_t n)
{
	place_size = (n + PAGE - 1) / PAGE * PAGE;
	place = mmap(NULL, place_size + 2 * PAGE, PROT_NONE, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0);
	if (place == MAP_FAILED || mprotect(place + PAGE, place_size,
	    PROT_READ | PROT_WRITE) < 0)
		abort();
	/* aligned, as every map is: at most 7 octets stay behind the end */
	return place + PAGE + (place_size - n) / 8 * 8;
}

/* ---- damage -------------------------------------------------------------- */

static void
damage(char *p, size_t n)
{
	uint32_t at = FIRST_BYTE + dice((uint32_t)n - FIRST_BYTE), v;

	switch (dice(4)) {
	case 0:
		p[at] = (char)(p[at] ^ 1 << dice(8));
		return;
	case 1:
		p[at] = (char)dice(256);
		return;
	default:
		/* an offset or a number of rows */
		at &= ~3u;
		memcpy(&v, p + at, sizeof v);
		switch (dice(4)) {
		case 0:
			v = dice((uint32_t)n + 64);
			break;
		case 1:
			v = UINT32_MAX - dice(64);
			break;
		case 2:
			v += dice(64) - 32;
			break;
		default:
			v = dice(UINT32_MAX);
		}
		if (at + sizeof v <= n)
			memcpy(p + at, &v, sizeof v);
	}
}

static void
mend(char *p, size_t n)
{
	struct conf_head h;

	memcpy(&h, p, sizeof h);
	h.head_sum = 0;
	h.whole_sum = 0;
	h.head_sum = conf_sum(&h, sizeof h);
	h.whole_sum = conf_sum(p + sizeof h, n - sizeof h);
	memcpy(p, &h, sizeof h);
}

/* ---- everything that reads ----------------------------------------------- */

static FILE *nowhere;

static struct acl_facts
facts(const struct conf *c, const struct certinfo *ci)
{
	struct acl_facts f = { .tos = (uint8_t)dice(256), .tos_known = true,
	    .transparent = dice(2), .cert = dice(2) ? ci : NULL };
	char text[40];

	snprintf(text, sizeof text, "10.0.%u.%u", dice(24), dice(256));
	addr_parse(str_c(text), &f.from);
	addr_parse(STR("192.0.2.1"), &f.to);
	f.to.port = 143;
	f.server = f.to;
	f.now = (struct tm){ .tm_mday = 1 + (int)dice(31),
	    .tm_mon = (int)dice(12), .tm_wday = (int)dice(7), .tm_year = 126,
	    .tm_hour = (int)dice(24) };
	f.listener = acl_facts_listener(c, &f.to, f.transparent);
	return f;
}

static void
explain(const struct conf *c, const struct acl_facts *f)
{
	const struct conf_session_acl *s;
	const struct conf_command_acl *a;
	char out[EXPLAIN_MAX];

	for (uint32_t i = 0; (s = CONF_AT(c, struct conf_session_acl,
	    c->main->session_acls, i)) != NULL; i++)
		fputs(explain_when(c, &s->when, f, out), nowhere);
	for (uint32_t i = 0; (a = CONF_AT(c, struct conf_command_acl,
	    c->main->command_acls, i)) != NULL; i++)
		fputs(explain_when(c, &a->when, f, out), nowhere);
}

static void
judge(const struct conf *c, const struct conf_command_acl *a)
{
	struct imap_arg to = { .s = STR("Work/x") };
	struct imap_arg from = { .s = STR("Work"), .next = &to };
	const struct imap_command cmd = { .row = IMAP_RENAME, .args = &from };
	const struct acl_asked q = { .conf = c, .acl = a, .cmd = &cmd };
	struct acl_judged j = acl_judge(&q);

	fputs(j.key ? j.why : "", nowhere);
}

static void
choose(const struct conf *c, const struct acl_facts *first)
{
	struct acl_facts f = *first;
	const struct conf_session_acl *s = NULL;
	struct acl_result r;

	acl_session(c, &f, &r);
	if (r.row >= 0)
		s = CONF_AT(c, struct conf_session_acl,
		    c->main->session_acls, (uint32_t)r.row);
	if (s != NULL)
		acl_facts_chosen(&f, c, s);
	acl_command(c, &f, &r);
	fputs(r.reason ? r.reason : "", nowhere);
	for (uint32_t i = 0; i < 2; i++) {
		const struct conf_command_acl *a = CONF_AT(c,
		    struct conf_command_acl, c->main->command_acls, i);

		if (a != NULL)
			judge(c, a);
	}
}

static void
tell(const struct conf *c)
{
	struct json j = { .f = nowhere };
	struct answer a = { .c = c, .out = nowhere };

	settings_of(c, 1, dice(4), &a);
	settings_of(c, 2, dice(4), &a);
	a.json = &j;
	json_object(&j, NULL);
	settings_of(c, 2, 0, &a);
	settings_in_force(c, 0, 0, &a);
	json_end(&j);
}

static void
read_all(const struct conf *c)
{
	const struct certinfo ci = { .present = true, .verified = true,
	    .subject = STR("CN=a"), .issuer = STR("CN=b"),
	    .san = { STR("dns:b") }, .nsan = 1, .fingerprint = "00" };
	struct acl_facts f;
	struct str file;
	uint32_t line;

	for (int i = 0; i < 3; i++) {
		f = facts(c, &ci);
		choose(c, &f);
	}
	explain(c, &f);
	tell(c);
	if (dice(PRINTED) == 0)
		compile_print(c, nowhere, true);
	for (uint32_t i = 0; i < 50; i++)
		if (conf_line_at(c, i, &file, &line))
			fwrite(file.p, 1, file.n, nowhere);
}

/* ---- rounds -------------------------------------------------------------- */

static unsigned long round_now;

static void
fallen(int sig)
{
	char text[80];
	int n = snprintf(text, sizeof text, "not ok 1 - round %lu of the "
	    "damage reads outside\n", round_now);

	(void)sig;
	if (write(STDOUT_FILENO, text, (size_t)n) < 0)
		_exit(2);
	_exit(1);
}

int
main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) :
	    ROUNDS;
	unsigned long first = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long opened = 0;
	struct compile_result r;
	struct conf c;
	char *p;

	make(&r);
	nowhere = fopen("/dev/null", "w");
	p = build_place(r.size);
	/* in a sanitizer's build it tells more */
	if (getenv("ASAN_OPTIONS") == NULL)
		signal(SIGSEGV, fallen);
	for (round_now = first; round_now < first + rounds; round_now++) {
		dice_seed = (round_now + 1) * 0x9e3779b97f4a7c15;
		memcpy(p, r.cache, r.size);
		for (uint32_t i = 0, n = 1 + dice(12); i < n; i++)
			damage(p, r.size);
		mend(p, r.size);
		if (conf_open_mem(&c, p, r.size, CONF_CHECK_WHOLE) < 0)
			continue;
		opened++;
		read_all(&c);
		conf_close(&c);
	}
	tap_int((int64_t)rounds, (int64_t)opened, "damage behind right sums "
	    "is not seen at once, and leads nobody outside the map");
	compile_free(&r);
	return tap_done();
}
