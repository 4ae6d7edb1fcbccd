/* test-imap4: checks, compiles, decompiles and tries a configuration. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "compile.h"
#include "host.h"
#include "hosts.h"
#include "log.h"
#include "lookup.h"
#include "main_testmail.h"
#include "main_testscan.h"
#include "settings.h"
#include "testrun.h"
#include "tls.h"
#include "trial.h"
#include "units.h"

/* Exit statuses; the manual lists them. */
enum {
	STATUS_OK = 0,
	STATUS_REJECTED = 1,
	STATUS_USAGE = 2,
	STATUS_CONFIG = EX_CONFIG,
};

struct options {
	const char *cfg;
	const char *cache;	/* NULL: the default one */
	const char *output;	/* where a mail is written, or NULL */
	const char *expression;
	const char *units;	/* NULL, or a kind that is known */
	bool compile, decompile, resolve, refresh, json;
	enum log_level level;
};

static const char usage_text[] =
    "usage: test-imap4 [-hv] [-d LEVEL] -f CFGFILE [-r] [-t EXPR [-o FILE]] "
    "[-c [CACHE]]\n"
    "       test-imap4 --json -f CFGFILE [-r] [-t EXPR [-o FILE]] "
    "[-c [CACHE]]\n"
    "       test-imap4 -f CFGFILE -u KIND [-D [CACHE]]\n"
    "       test-imap4 -D CACHE\n"
    "       test-imap4 -f CFGFILE -R [CACHE]\n"
    "       test-imap4 -f CFGFILE -D\n";

static const char help_text[] =
    "\n"
    "  -f CFGFILE  check this configuration\n"
    "  -c [CACHE]  and compile it to CACHE\n"
    "  -D [CACHE]  print a compiled CACHE as text\n"
    "  -u KIND     print what listen-on asks systemd, inetd or xinetd for, or\n"
    "              systemd-wait, inetd-wait;\n"
    "              with -D, that of a compiled CACHE\n"
    "  -r          look up host names first, and with -c keep their\n"
    "              addresses for sessions\n"
    "  -R [CACHE]  look up those of a compiled CACHE, and keep them\n"
    "  -t EXPR     evaluate test expressions: try -t 'help;'\n"
    "  -o FILE     write the mail of EXPR as the client would get it\n"
    "  --json      answer in JSON, on standard output\n"
    "  -d LEVEL    3 (errors) to 9 (everything), until CFGFILE is read\n"
    "  -v          print the version\n"
    "  -h          print this\n"
    "\n"
    "Exit status: 0 accepted or valid, 1 rejected or not written, 2 usage\n"
    "or a bad expression, 78 a bad configuration.\n";

/* ---- options ------------------------------------------------------------ */

enum { OPTION_JSON = 256 };	/* no letter */

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ 0 },
};

static int
usage(const char *why)
{
	if (why != NULL)
		fprintf(stderr, "test-imap4: %s\n", why);
	fputs(usage_text, stderr);
	return STATUS_USAGE;
}

/* The argument of an option that may have one, in the next word. */
static const char *
optional(int argc, char **argv)
{
	if (optind < argc && argv[optind][0] != '-')
		return argv[optind++];
	return NULL;
}

static bool
read_level(const char *s, enum log_level *level_r)
{
	if (s[0] < '3' || s[0] > '9' || s[1] != '\0')
		return false;
	*level_r = (enum log_level)(s[0] - '0');
	return true;
}

/* One option; -1 to go on, else an exit status. */
static int
option(struct options *o, int c, int argc, char **argv)
{
	const char *path;

	switch (c) {
	case 'h':
		printf("%s%s", usage_text, help_text);
		return STATUS_OK;
	case 'v':
		printf("test-imap4 %s (build %s), configuration version 1\n",
		    BUILD_VERSION, BUILD_ID);
		return STATUS_OK;
	case 'd':
		return read_level(optarg, &o->level) ? -1 :
		    usage("-d: write a level from 3 to 9");
	case 'f':
		o->cfg = optarg;
		return -1;
	case 't':
		o->expression = optarg;
		return -1;
	case 'o':
		o->output = optarg;
		return -1;
	case 'r':
		o->resolve = true;
		return -1;
	case 'c':
	case 'D':
	case 'R':
		*(c == 'c' ? &o->compile : c == 'D' ? &o->decompile :
		    &o->refresh) = true;
		path = optional(argc, argv);
		o->cache = path ? path : o->cache;
		return -1;
	case OPTION_JSON:
		o->json = true;
		return -1;
	case 'u':
		o->units = optarg;
		return units_known(optarg) ? -1 :
		    usage("-u: write systemd, systemd-wait, inetd, inetd-wait "
		    "or xinetd");
	default:
		return usage(NULL);
	}
}

static int
read_options(struct options *o, int argc, char **argv)
{
	int c, status;

	while ((c = getopt_long(argc, argv, "hvd:f:t:o:rRcDu:", long_options,
	    NULL)) != -1) {
		status = option(o, c, argc, argv);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return usage("too many words");
	if (o->cfg == NULL && !((o->decompile || o->refresh) &&
	    o->cache != NULL))
		return usage("-f CFGFILE is missing");
	if (o->refresh && (o->decompile || o->units || o->compile ||
	    o->expression || o->resolve || o->json))
		return usage("-R goes with no other action");
	if (o->decompile && (o->compile || o->expression || o->resolve))
		return usage("-D goes with no other action but -u");
	if (o->units && (o->compile || o->expression || o->resolve))
		return usage("-u goes with no other action but -D");
	if (o->output && o->expression == NULL)
		return usage("-o goes with -t only");
	if (o->json && (o->decompile || o->units))
		return usage("--json goes with -c, -r and -t only");
	if (o->units && o->cfg == NULL)
		return usage("-u: the lines name CFGFILE: -f is missing");
	return -1;
}

/* ---- actions ------------------------------------------------------------ */

static const char *
cache_path(const struct options *o, char *out)
{
	if (o->cache != NULL)
		return o->cache;
	if (conf_cache_path(CACHE_DIR, o->cfg, out) == 0)
		return out;
	fprintf(stderr, "%s: %s\n", o->cfg, strerror(errno));
	return NULL;
}

static int
show_units(const struct options *o, const struct conf *c)
{
	char cfg[PATH_MAX];
	const struct units_command command = { SBIN_DIR "/imap4-proxy", cfg };
	const char *why;

	if (realpath(o->cfg, cfg) == NULL) {
		fprintf(stderr, "%s: %s\n", o->cfg, strerror(errno));
		return STATUS_CONFIG;
	}
	if (units_print(c, o->units, &command, stdout, &why) == 0)
		return STATUS_OK;
	fprintf(stderr, "%s: %s\n", o->cfg, why);
	return STATUS_REJECTED;
}

/* The compiled cache; complains when it is not to be had. */
static int
open_cache(const char *path, struct conf *c)
{
	int fd, rc;

	if (path == NULL)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	rc = conf_open(c, fd, CONF_CHECK_WHOLE);
	close(fd);
	if (rc < 0)
		fprintf(stderr, "%s: %s\n", path, c->why);
	return rc;
}

static int
decompile(const struct options *o)
{
	char buf[PATH_MAX];
	struct conf c;
	int status = STATUS_OK;

	if (open_cache(cache_path(o, buf), &c) < 0)
		return STATUS_CONFIG;
	if (o->units != NULL)
		status = show_units(o, &c);
	else
		compile_print(&c, stdout, false);
	conf_close(&c);
	return status;
}

static int
not_written(const char *path)
{
	fprintf(stderr, "%s: cannot be written: %s\n", path,
	    strerror(errno));
	return STATUS_REJECTED;
}

static int
save(const struct options *o, const struct compile_result *r)
{
	char buf[PATH_MAX];
	const char *path = cache_path(o, buf);

	if (path == NULL)
		return STATUS_CONFIG;
	return compile_save(r, path) == 0 ? STATUS_OK : not_written(path);
}

/* ---- host names ---------------------------------------------------------- */

/* Where the addresses of a cache's host names are kept. */
static bool
hosts_beside(const struct options *o, char *out)
{
	char buf[PATH_MAX];
	const char *path = cache_path(o, buf);

	return path != NULL && !compile_is_fd(path) && hosts_path(path, out);
}

/* Keep them; a file that no name of any set needs goes away. */
static int
keep_hosts(const char *path, struct str octets)
{
	if (octets.p != NULL)
		return compile_write(octets, path) == 0 ? STATUS_OK :
		    not_written(path);
	return unlink(path) == 0 || errno == ENOENT ? STATUS_OK :
	    not_written(path);
}

/* Host names looked up, and what is to be kept of them. */
struct found {
	struct lookup names;
	char *file;		/* malloc'd; NULL: none */
	size_t n;
};

static void
found_fini(struct found *f)
{
	lookup_fini(&f->names);
	free(f->file);
}

/*
 * Look all names up, and keep what sets have if that is wanted.  What was
 * found is told to j or, when that is NULL, to out.
 */
static int
look_up(const struct options *o, const struct conf *c, FILE *out,
    struct json *j, struct found *f)
{
	char path[PATH_MAX];
	bool beside = hosts_beside(o, path);
	struct hosts old = { 0 };
	int status = STATUS_OK;

	if (beside)
		(void)hosts_open(&old, path);	/* or nothing is known */
	lookup_run(&f->names, c);
	if (j != NULL)
		lookup_json(&f->names, c, &old, j);
	else
		lookup_print(&f->names, c, &old, out, stderr);
	f->file = lookup_file(&f->names, &old, &f->n);
	hosts_close(&old);
	if (beside && (o->compile || o->refresh))
		status = keep_hosts(path, (struct str){ f->file, f->n });
	return status;
}

static int
refresh(const struct options *o)
{
	struct found found = { .file = NULL };
	char buf[PATH_MAX];
	struct conf c;
	int status;

	if (open_cache(cache_path(o, buf), &c) < 0)
		return STATUS_CONFIG;
	status = look_up(o, &c, NULL, NULL, &found);
	found_fini(&found);
	conf_close(&c);
	return status;
}

/* ---- a configuration ----------------------------------------------------- */

/* What the callbacks of test expressions work with. */
struct shown {
	struct conf c;
	struct found found;	/* by -r */
	struct hosts known;	/* addresses of host names */
	struct arena names;	/* what is made of them */
	struct arena arena;	/* a certificate's texts */
	char why[TLS_WHY_MAX];
	const char *output;	/* of -o */
};

enum {
	/* A certificate's names: 100 of some KB at most. */
	CERT_ARENA = 1 << 20,
	/* size: CONF_HOSTS rows of some 30 octets */
	NAMES_ARENA = 1 << 20,
};

static int
show_acl(void *ctx, FILE *out, unsigned phase)
{
	const struct shown *s = ctx;

	compile_print_acls(&s->c, out, phase);
	return STATUS_OK;
}

static int
show_proxy(void *ctx, FILE *out, bool all)
{
	const struct shown *s = ctx;

	compile_print(&s->c, out, all);
	return STATUS_OK;
}

static int
show_hash(void *ctx, FILE *out)
{
	const struct shown *s = ctx;

	compile_print_hash(&s->c, out);
	return STATUS_OK;
}

static void
show_settings(void *ctx, const struct answer *a, unsigned phase, uint32_t row)
{
	const struct shown *s = ctx;

	settings_of(&s->c, phase, row, a);
}

static void
show_in_force(void *ctx, const struct answer *a, uint32_t session_row,
    uint32_t command_row)
{
	const struct shown *s = ctx;

	settings_in_force(&s->c, session_row, command_row, a);
}

static int
show_cert(void *ctx, const char *file, struct certinfo *ci_r,
    const char **why_r)
{
	const struct tls_engine *tls = module_get("tls", why_r);
	struct shown *s = ctx;

	if (tls == NULL)
		return -1;
	arena_release(&s->arena, (struct arena_mark){ 0 });
	*why_r = s->why;
	return tls->check_info(file, &s->arena, ci_r, s->why);
}

static bool
show_command(void *ctx, const struct conf_command_acl *acl, const char *text,
    const struct answer *answer)
{
	(void)ctx;
	return trial_command(acl, text, answer);
}

static int
show_mail(void *ctx, const struct testmail_ask *ask, struct testmail *m_r,
    const char **why_r)
{
	(void)ctx;
	return testfile_read(ask, m_r, why_r);
}

static void
show_edit(void *ctx, const struct testmail_ask *ask,
    const struct testmail_choice *chosen, const struct answer *answer)
{
	const struct shown *s = ctx;

	(void)ask;
	testfile_edit(chosen, s->output, answer);
}

static int
try(const struct options *o, const struct conf *c,
    const struct testrun_show *show, struct json *j)
{
	int status;

	if (!o->json)
		return testrun(c, str_c(o->expression), show, stdout,
		    stderr);
	json_array(j, "answers");
	status = testrun_json(c, str_c(o->expression), show, j);
	json_end(j);
	return status;
}

/* What sessions know of host names, or -r has just found. */
static struct acl_hosts *
known_hosts(const struct options *o, struct shown *s)
{
	const struct lookup *l = &s->found.names;
	char path[PATH_MAX];
	struct acl_hosts *h;

	if (s->found.file != NULL)
		(void)hosts_open_mem(&s->known, s->found.file, s->found.n);
	else if (s->c.main->hosts.n > 0 && hosts_beside(o, path))
		(void)hosts_open(&s->known, path);
	h = acl_hosts_new(&s->names, &s->c, &s->known, time(NULL));
	for (uint32_t i = 0; i < l->in_sets; i++)
		if (l->names[i].n == 0)
			acl_host_learn(h, i, NULL, 0, l->names[i].why);
	return h;
}

/* What a good configuration is wanted for, in this order. */
static int
act(const struct options *o, const struct compile_result *r, struct shown *s,
    struct json *j)
{
	struct testrun_show show = { show_acl, show_proxy, show_hash,
	    show_settings, show_in_force, show_cert, show_command, show_mail,
	    show_edit, s, NULL };
	int status = STATUS_OK;

	if (o->compile)
		status = save(o, r);
	if (status == STATUS_OK && o->resolve)
		status = look_up(o, &s->c, stdout, o->json ? j : NULL,
		    &s->found);
	if (status == STATUS_OK && o->resolve)
		testscan_run(&s->c, o->json ? j : NULL);
	if (status == STATUS_OK && o->units != NULL)
		status = show_units(o, &s->c);
	if (status != STATUS_OK || o->expression == NULL)
		return status;
	show.hosts = known_hosts(o, s);
	return try(o, &s->c, &show, j);
}

static int
use(const struct options *o, const struct compile_result *r, struct json *j)
{
	struct shown s = { .why = "", .output = o->output };
	int status;

	if (conf_open_mem(&s.c, r->cache, r->size, CONF_CHECK_WHOLE) < 0) {
		fprintf(stderr, "%s: compiled, but %s\n", o->cfg, s.c.why);
		return STATUS_CONFIG;
	}
	arena_init(&s.names, NAMES_ARENA, NULL, NULL);
	arena_init(&s.arena, CERT_ARENA, NULL, NULL);
	status = act(o, r, &s, j);
	testfile_close();
	arena_fini(&s.arena);
	arena_fini(&s.names);
	hosts_close(&s.known);
	found_fini(&s.found);
	conf_close(&s.c);
	return status;
}

/* Check, and use what is good. */
static int
check(const struct options *o)
{
	struct json j = { .f = stdout };
	struct compile_result r;
	int status = compile_file(o->cfg, &r) < 0 ? STATUS_CONFIG :
	    STATUS_OK;

	if (o->json) {
		json_object(&j, NULL);
		json_str(&j, "configuration", str_c(o->cfg));
		json_bool(&j, "valid", status == STATUS_OK);
		json_raw(&j, "messages", r.report_json);
	} else {
		fputs(r.report, stderr);
	}
	if (status == STATUS_OK)
		status = use(o, &r, &j);
	if (o->json) {
		json_num(&j, "status", (uint64_t)status);
		json_end(&j);
	}
	compile_free(&r);
	return status;
}

int
main(int argc, char **argv)
{
	struct options o = { .level = LOG_LEV_NORMAL };
	int status = read_options(&o, argc, argv);

	if (status >= 0)
		return status;
	log_start("test-imap4", o.level);
	status = o.refresh ? refresh(&o) : o.decompile ? decompile(&o) :
	    check(&o);
	if (fflush(stdout) != 0)
		status = STATUS_REJECTED;
	return status;
}
