#include <sys/mman.h>
#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf.h"
#include "err.h"

/* The layout is the same for whoever writes and whoever reads. */
static_assert(sizeof(struct conf_head) % 8 == 0, "tables follow aligned");
static_assert(sizeof(struct conf_range) == 32, "no padding in a range");
static_assert(sizeof(struct conf_addrset) == 32, "no hidden padding");
static_assert(sizeof(struct conf_strset) == 16, "no hidden padding");
static_assert(sizeof(struct conf_numset) == 24, "no hidden padding");
static_assert(sizeof(struct conf_certmatch) == 72, "no hidden padding");

const char conf_viruses[CONF_VIRUSES][8] = {
	[CONF_VIRUS_FOUND] = "found",
	[CONF_VIRUS_FREE] = "free",
	[CONF_VIRUS_SKIPPED] = "skipped",
	[CONF_VIRUS_UNKNOWN] = "unknown",
	[CONF_VIRUS_ERROR] = "error",
};

enum {
	/* Nothing in a cache is aligned to more than a uint64_t. */
	MAP_ALIGN = _Alignof(uint64_t),
};

uint64_t
conf_sum(const void *p, size_t n)
{
	const uint8_t *c = p;
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ c[i]) * 0x100000001b3;
	return sum;
}

static int
refuse(struct conf *c, const char *why)
{
	c->why = why;
	return ERR_CONFIG;
}

static int
check_head(struct conf *c)
{
	struct conf_head h;

	memcpy(&h, c->map, sizeof h);
	if (memcmp(h.magic, CONF_MAGIC, sizeof h.magic) != 0)
		return refuse(c, "not a compiled configuration");
	if (h.format != CONF_FORMAT)
		return refuse(c, "compiled in another format");
	if (memcmp(h.build, BUILD_ID, BUILD_ID_SIZE) != 0)
		return refuse(c, "compiled by another build");
	h.head_sum = h.whole_sum = 0;
	if (conf_sum(&h, sizeof h) != c->head->head_sum)
		return refuse(c, "header is damaged");
	if (h.size != c->size)
		return refuse(c, "not of the size it was written with");
	return 0;
}

static int
check(struct conf *c, enum conf_check how)
{
	int r = check_head(c);

	if (r < 0)
		return r;
	if (how == CONF_CHECK_WHOLE && conf_sum(c->map + sizeof *c->head,
	    c->size - sizeof *c->head) != c->head->whole_sum)
		return refuse(c, "tables are damaged");
	c->main = CONF_AT(c, struct conf_main, c->head->main, 0);
	if (c->main == NULL)
		return refuse(c, "has no main table");
	return 0;
}

static int
check_file(struct conf *c, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return refuse(c, "not a regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return refuse(c, "owned by another user");
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return refuse(c, "may be written by others");
	if (st->st_size < (off_t)sizeof(struct conf_head))
		return refuse(c, "too short");
	if (st->st_size > CONF_MAX)
		return refuse(c, "too large");
	return 0;
}

int
conf_open(struct conf *c, int fd, enum conf_check how)
{
	struct stat st;
	void *p;
	int r;

	*c = (struct conf){ 0 };
	if (fstat(fd, &st) < 0)
		return refuse(c, "cannot be examined");
	if ((r = check_file(c, &st)) < 0)
		return r;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return refuse(c, "cannot be mapped");
	c->map = p;
	c->head = p;
	c->size = (size_t)st.st_size;
	c->mapped = true;
	if ((r = check(c, how)) < 0) {
		const char *why = c->why;

		conf_close(c);
		c->why = why;
	}
	return r;
}

int
conf_open_mem(struct conf *c, const void *p, size_t n, enum conf_check how)
{
	int r;

	*c = (struct conf){ 0 };
	if (n < sizeof(struct conf_head))
		return refuse(c, "too short");
	if (n > CONF_MAX)
		return refuse(c, "too large");
	if ((uintptr_t)p % MAP_ALIGN != 0)
		return refuse(c, "not aligned in memory");
	c->map = p;
	c->head = p;
	c->size = n;
	if ((r = check(c, how)) < 0)
		*c = (struct conf){ .why = c->why };
	return r;
}

void
conf_close(struct conf *c)
{
	if (c->mapped)
		munmap((void *)(uintptr_t)c->map, c->size);
	*c = (struct conf){ 0 };
}

static bool
source_same(const struct conf *c, const struct conf_source *s)
{
	struct str path = conf_str(c, s->path);
	struct stat st;

	if (path.p == NULL || stat(path.p, &st) < 0)
		return false;
	return st.st_dev == s->dev && st.st_ino == s->ino &&
	    (uint64_t)st.st_size == s->size &&
	    (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec ==
	    s->mtime_ns;
}

bool
conf_fresh(const struct conf *c)
{
	const struct conf_source *s;
	const struct conf_variable *v;
	const char *now;

	for (uint32_t i = 0; i < c->head->sources.n; i++) {
		s = CONF_AT(c, struct conf_source, c->head->sources, i);
		if (s == NULL || !source_same(c, s))
			return false;
	}
	for (uint32_t i = 0; i < c->head->variables.n; i++) {
		v = CONF_AT(c, struct conf_variable, c->head->variables, i);
		if (v == NULL)
			return false;
		now = getenv(conf_cstr(c, v->name));
		if (now == NULL || !str_eq(str_c(now), conf_str(c, v->value)))
			return false;
	}
	return true;
}

const void *
conf_at(const struct conf *c, struct conf_ref table, size_t size, size_t align,
    uint32_t i)
{
	/* size: n < 2^32 and size < 2^16, so the product fits 64 bits */
	uint64_t end = table.off + (uint64_t)table.n * size;

	if (i >= table.n || table.off < sizeof *c->head || end > c->size)
		return NULL;
	if (table.off % align != 0)
		return NULL;
	return c->map + table.off + (size_t)i * size;
}

struct str
conf_str(const struct conf *c, struct conf_ref s)
{
	uint64_t end = (uint64_t)s.off + s.n;

	if (s.off < sizeof *c->head || end >= c->size || c->map[end] != '\0')
		return STR_NULL;
	return (struct str){ c->map + s.off, s.n };
}

const char *
conf_cstr(const struct conf *c, struct conf_ref s)
{
	struct str v = conf_str(c, s);

	return v.p ? v.p : "";
}

bool
conf_line_at(const struct conf *c, uint32_t line, struct str *file_r,
    uint32_t *n_r)
{
	const struct conf_source *s;
	const struct conf_line *l;

	if (line == 0)
		return false;
	l = CONF_AT(c, struct conf_line, c->head->lines, line - 1);
	if (l == NULL)
		return false;
	s = CONF_AT(c, struct conf_source, c->head->sources, l->source);
	if (s == NULL)
		return false;
	*file_r = conf_str(c, s->path);
	*n_r = l->line;
	return file_r->p != NULL;
}

char *
conf_folder(const struct conf *c, char *out)
{
	const struct conf_source *s = CONF_AT(c, struct conf_source,
	    c->head->sources, 0);
	const char *path = s ? conf_cstr(c, s->path) : "";
	const char *slash = strrchr(path, '/');

	snprintf(out, PATH_MAX, "%.*s", slash ? (int)(slash - path) : 1,
	    slash ? path : ".");
	return out;
}

int
conf_cache_path(const char *cache_dir, const char *cfg, char *out)
{
	char real[PATH_MAX];
	const char *base;
	int n;

	if (realpath(cfg, real) == NULL)
		return -1;
	base = strrchr(real, '/') + 1;
	n = snprintf(out, PATH_MAX, "%s/%s.%016llx.cache", cache_dir, base,
	    (unsigned long long)conf_sum(real, strlen(real)));
	if (n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

const char conf_run_dir[] = RUN_DIR;

char *
conf_run_folder(const struct conf *c, char *out)
{
	snprintf(out, PATH_MAX, "%s/%s", conf_run_dir,
	    conf_cstr(c, c->main->name));
	return out;
}

bool
conf_run_file(const struct conf *c, struct conf_ref name, char *out)
{
	const char *s = conf_cstr(c, name);
	size_t n;

	if (*s == '\0' || strcmp(s, "none") == 0)
		return false;
	if (*s == '/')
		snprintf(out, PATH_MAX, "%s", s);
	else {
		n = strlen(conf_run_folder(c, out));
		snprintf(out + n, PATH_MAX - n, "/%s", s);
	}
	return true;
}

char *
conf_oob_path(const struct conf *c, const struct conf_oob *o, char *out)
{
	if (o->method == CONF_OOB_EXTERNAL)
		snprintf(out, PATH_MAX, "%s/%s/users", conf_run_dir,
		    conf_cstr(c, c->main->name));
	else
		snprintf(out, PATH_MAX, "%s", conf_cstr(c, o->path));
	return out;
}
