#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "access.h"
#include "arena.h"
#include "check.h"
#include "compile.h"
#include "doors.h"
#include "err.h"
#include "fd.h"
#include "hash.h"
#include "index.h"
#include "scan.h"
#include "uses.h"

enum {
	/* Trees of the largest texts take some hundred MB. */
	ARENA_MAX = 768 << 20,
};

/* One compile run. */
struct run {
	struct arena arena;
	struct report report;
	struct scan scan;
	struct out out;
	struct build build;
	struct tables tables;
	struct conf_head *head;
};

static void
too_large(void *ctx)
{
	(void)ctx;
	fputs("the configuration is too large to compile\n", stderr);
	_exit(78);
}

static void
begin(struct run *r)
{
	*r = (struct run){ 0 };
	arena_init(&r->arena, ARENA_MAX, too_large, NULL);
	r->report.arena = &r->arena;
	r->scan.arena = &r->arena;
	r->scan.report = &r->report;
	out_init(&r->out);
	r->head = (struct conf_head *)(void *)r->out.base;
	r->out.n = sizeof *r->head;
}

static void
finish(struct run *r)
{
	scan_fini(&r->scan);
	out_fini(&r->out);
	arena_fini(&r->arena);
}

/* ---- behind the tables -------------------------------------------------- */

static void
put_sources(struct run *r)
{
	const struct scan *s = &r->scan;
	struct conf_source *to = out_table(&r->out, sizeof *to,
	    _Alignof(struct conf_source), s->nsources, &r->head->sources);

	for (uint32_t i = 0; i < s->nsources; i++, to++) {
		const struct scan_source *from = &s->sources[i];

		to->path = out_str(&r->out, str_c(from->path));
		to->dev = from->dev;
		to->ino = from->ino;
		to->size = from->size;
		to->mtime_ns = from->mtime_ns;
	}
}

static void
put_variables(struct run *r)
{
	const struct scan *s = &r->scan;
	struct conf_variable *to = out_table(&r->out, sizeof *to,
	    _Alignof(struct conf_variable), s->nvariables,
	    &r->head->variables);

	for (uint32_t i = 0; i < s->nvariables; i++, to++) {
		to->name = out_str(&r->out, str_c(s->variables[i].name));
		to->value = out_str(&r->out, str_c(s->variables[i].value));
	}
}

static void
put_lines(struct run *r)
{
	struct conf_line *to = out_table(&r->out, sizeof *to,
	    _Alignof(struct conf_line), r->tables.nlines, &r->head->lines);

	if (to != NULL)
		memcpy(to, r->tables.lines, r->tables.nlines * sizeof *to);
}

static void
put_head(struct run *r)
{
	struct conf_head *h = r->head;

	memcpy(h->magic, CONF_MAGIC, sizeof h->magic);
	h->format = CONF_FORMAT;
	memcpy(h->build, BUILD_ID, BUILD_ID_SIZE);
	h->main = r->tables.main;
	h->tables_end = r->out.n;
	hash_sha256(r->out.base + sizeof *h, r->out.n - sizeof *h,
	    h->policy_hash);
	/* what follows is of this machine and text, not of the policy */
	out_forget(&r->out);
	put_sources(r);
	put_variables(r);
	put_lines(r);
	h->size = r->out.n;
	h->head_sum = conf_sum(h, sizeof *h);
	h->whole_sum = conf_sum(r->out.base + sizeof *h,
	    r->out.n - sizeof *h);
}

/* ---- a run -------------------------------------------------------------- */

/*
 * What access or scanning refuses is no part of the lists: to compile what -D
 * prints of it narrows nothing more.
 */
static void
narrow(struct run *r)
{
	struct conf_ref ref = r->tables.m->command_acls;
	struct conf_command_acl *a = (void *)(r->out.base + ref.off);

	for (uint32_t i = 0; i < ref.n; i++) {
		acl_access_narrow(&a[i]);
		acl_doors_narrow(&a[i]);
	}
}

static void
build(struct run *r, const struct tree_node *root)
{
	struct check ck = { .report = &r->report, .root = root,
	    .folder = r->scan.folder, .arena = &r->arena };

	r->build = (struct build){ .report = &r->report, .out = &r->out,
	    .arena = &r->arena, .folder = r->scan.folder, .root = root };
	tables_build(&r->build, &r->tables);
	ck.conf = (struct conf){ .map = r->out.base, .size = r->out.n,
	    .main = r->tables.m };
	ck.m = r->tables.m;
	check_all(&ck);
	narrow(r);
	index_build(&r->build, &r->tables);
	uses_build(&r->build, &r->tables);
	put_head(r);
	if (r->out.full)
		report_add(&r->report, REPORT_ERROR,
		    (struct conf_line){ 0, 0 }, "compiles to more than "
		    "%d MB", CONF_MAX >> 20);
}

static int
result(struct run *r, struct compile_result *res)
{
	const char *names[SCAN_SOURCES] = { r->scan.sources[0].shown };

	for (uint32_t i = 0; i < r->scan.nsources; i++)
		names[i] = r->scan.sources[i].shown;
	*res = (struct compile_result){ .errors = r->report.errors,
	    .warnings = r->report.warnings };
	res->report = report_print(&r->report, names);
	res->report_json = report_print_json(&r->report, names);
	if (r->report.errors == 0) {
		res->size = r->out.n;
		res->cache = malloc(r->out.n);
		if (res->cache == NULL)
			abort();
		memcpy(res->cache, r->out.base, r->out.n);
	}
	finish(r);
	return res->errors == 0 ? 0 : ERR_CONFIG;
}

static int
compile(struct run *r, struct compile_result *res)
{
	const struct tree_node *root = NULL;

	if (!r->scan.stopped)
		root = tree_read(&r->scan);
	if (root != NULL)
		build(r, root);
	return result(r, res);
}

int
compile_file(const char *path, struct compile_result *res)
{
	struct run r;
	char *absolute, *slash;

	begin(&r);
	if (path[0] == '/') {
		absolute = arena_printf(&r.arena, "%s", path);
	} else {
		char *cwd = getcwd(NULL, 0);

		absolute = arena_printf(&r.arena, "%s/%s", cwd ? cwd : ".",
		    path);
		free(cwd);
	}
	slash = strrchr(absolute, '/');
	r.scan.folder = arena_printf(&r.arena, "%.*s",
	    (int)(slash - absolute), absolute);
	scan_file(&r.scan, absolute, path);
	return compile(&r, res);
}

int
compile_text(const char *name, const char *folder, struct str text,
    struct compile_result *res)
{
	struct run r;

	begin(&r);
	r.scan.folder = folder;
	scan_text(&r.scan, name, text);
	return compile(&r, res);
}

void
compile_free(struct compile_result *r)
{
	free(r->cache);
	free(r->report);
	free(r->report_json);
	*r = (struct compile_result){ 0 };
}

/* ---- files -------------------------------------------------------------- */

static int
write_to(int fd, struct str octets)
{
	return fchmod(fd, 0644) < 0 ? -1 : fd_write_all(fd, octets);
}

static int
save_into(struct str octets, const char *path)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	int rc = fd < 0 ? -1 : write_to(fd, octets);

	fd_close(&fd);
	return rc;
}

/* A renamed file is there after a crash once its folder is synced too. */
static void
sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd;

	snprintf(folder, sizeof folder, "%.*s", slash ?
	    (int)(slash - path + 1) : 1, slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		fsync(fd);
	fd_close(&fd);
}

bool
compile_is_fd(const char *path)
{
	return strncmp(path, "/dev/fd/", 8) == 0 ||
	    strncmp(path, "/proc/self/fd/", 14) == 0;
}

int
compile_write(struct str octets, const char *path)
{
	char temporary[PATH_MAX];
	int fd, rc, saved;

	if (compile_is_fd(path))
		return save_into(octets, path);
	if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >=
	    PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = write_to(fd, octets);
	if (rc == 0)
		rc = fsync(fd);
	if (rc == 0)
		rc = rename(temporary, path);
	saved = errno;
	fd_close(&fd);
	if (rc == 0)
		sync_folder(path);
	else
		unlink(temporary);
	errno = saved;
	return rc;
}

int
compile_save(const struct compile_result *r, const char *path)
{
	return compile_write((struct str){ r->cache, r->size }, path);
}
