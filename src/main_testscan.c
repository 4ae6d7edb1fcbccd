/* The scanners of a configuration, for test-imap4. */

#include <sys/mman.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "engines.h"
#include "fd.h"
#include "main_testscan.h"

struct scanner {
	const char *kind;
	const struct conf_engine *conf;
	struct scan_object object;
	int number;			/* of the object; < 0: not asked */
};

static const struct conf_engine *
conf_of(const struct conf *c, const struct engines *e, size_t row)
{
	bool spam = row >= e->antivirus;

	return CONF_AT(c, struct conf_engine, spam ? c->main->antispams :
	    c->main->antiviruses, (uint32_t)(spam ? row - e->antivirus :
	    row));
}

/*
 * Only clamd's INSTREAM refuses an object for its size, before it looks at
 * it: zeros show that.
 */
static struct scan_object
object_for(const struct scan_engine *e)
{
	struct scan_object o = scan_memory(STR("\n"));
	int fd;

	if (e->kind != SCAN_CLAMD || e->max_size <= o.size)
		return o;
	fd = memfd_create("zeros", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)e->max_size) < 0) {
		fd_close(&fd);
		return o;
	}
	return (struct scan_object){ .fd = fd, .size = e->max_size };
}

static int64_t
patience(const struct engines *e)
{
	int64_t ms = CLOCK_SEC;

	for (size_t i = 0; i < e->n; i++)
		if (e->engine[i].timeout > ms)
			ms = e->engine[i].timeout;
	return ms;
}

static void
ask(const struct conf *c, struct engines *e, struct scanner *s)
{
	int64_t until = clock_after(patience(e));

	scan_begin(e->scan, until, STR_NULL);
	for (size_t i = 0; i < e->n; i++) {
		s[i].kind = i < e->antivirus ? "antivirus" : "antispam";
		s[i].conf = conf_of(c, e, i);
		s[i].object = object_for(&e->engine[i]);
		s[i].number = scan_submit(e->scan, &s[i].object,
		    UINT64_C(1) << i);
	}
	(void)scan_run(e->scan, until);
}

/* What is wrong with it; NULL: nothing. */
static const char *
wrong(const struct engines *e, const struct scanner *s, size_t row)
{
	const struct scan_result *r = s->number < 0 ? NULL :
	    scan_result(e->scan, s->number, row);

	if (r == NULL)
		return "it was not asked";
	if (r->status != SCAN_ERROR && r->status != SCAN_UNKNOWN)
		return NULL;
	return r->why;
}

static void
tell(const struct conf *c, const struct engines *e, const struct scanner *s,
    size_t row)
{
	const char *why = wrong(e, s, row), *version;
	const char *title = conf_cstr(c, s->conf->name);
	struct str file = STR_NULL;
	uint32_t line = 0;

	version = scan_version(e->scan, row);
	if (why == NULL || *version != '\0')
		printf("%s \"%s\": %s\n", s->kind, title, *version != '\0' ?
		    version : "it answers, and tells no version");
	if (why == NULL)
		return;
	(void)conf_line_at(c, s->conf->line, &file, &line);
	fprintf(stderr, "%.*s:%u: warning: %s \"%s\": %s", STR_ARG(file), line,
	    s->kind, title, why);
	/* one that is there refuses what it is sent */
	if (s->object.size > 1 && *version != '\0')
		fprintf(stderr, " It was sent %llu octets, max-checked-size",
		    (unsigned long long)s->object.size);
	fputc('\n', stderr);
}

static void
tell_json(const struct conf *c, const struct engines *e,
    const struct scanner *s, size_t row, struct json *j)
{
	const char *why = wrong(e, s, row);
	const char *version = scan_version(e->scan, row);
	struct str file = STR_NULL;
	uint32_t line = 0;

	(void)conf_line_at(c, s->conf->line, &file, &line);
	json_object(j, NULL);
	json_str(j, "kind", str_c(s->kind));
	json_str(j, "name", conf_str(c, s->conf->name));
	json_str(j, "file", file);
	json_num(j, "line", line);
	json_str(j, "version", *version != '\0' ? str_c(version) : STR_NULL);
	json_num(j, "octets", s->object.size);
	json_str(j, "why", why != NULL ? str_c(why) : STR_NULL);
	json_end(j);
}

void
testscan_run(const struct conf *c, struct json *j)
{
	static struct engines e;
	static struct scanner s[SCAN_ENGINES_MAX];
	bool some = c->main->antiviruses.n + c->main->antispams.n > 0;
	bool asked = some && engines_open(&e, c) &&
	    (e.scan = scan_open(e.engine, e.n)) != NULL;

	if (some && !asked)
		fputs("test-imap4: scanners are not asked: no memory\n",
		    stderr);
	if (j != NULL)
		json_array(j, "scanners");
	if (asked) {
		signal(SIGPIPE, SIG_IGN);
		ask(c, &e, s);
	}
	for (size_t i = 0; asked && i < e.n; i++) {
		if (j != NULL)
			tell_json(c, &e, &s[i], i, j);
		else
			tell(c, &e, &s[i], i);
		fd_close(&s[i].object.fd);
	}
	if (j != NULL)
		json_end(j);
	if (asked)
		engines_close(&e);
}
