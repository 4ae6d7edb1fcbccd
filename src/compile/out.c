#include <sys/mman.h>

#include <assert.h>
#include <stdlib.h>

#include "out.h"

void
out_init(struct out *o)
{
	/* size: twice, so that what does not fit has a place to go */
	void *p = mmap(NULL, 2 * (size_t)CONF_MAX, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		abort();
	*o = (struct out){ .base = p };
}

void
out_fini(struct out *o)
{
	munmap(o->base, 2 * (size_t)CONF_MAX);
	free(o->seen);
	*o = (struct out){ 0 };
}

void *
out_table(struct out *o, size_t size, size_t align, uint32_t n,
    struct conf_ref *ref_r)
{
	size_t at = (o->n + align - 1) / align * align;

	*ref_r = (struct conf_ref){ 0, 0 };
	if (n == 0)
		return NULL;
	/* size: what is asked for is bounded by the text, 48 MB of it */
	if (at + (uint64_t)size * n > CONF_MAX) {
		o->full = true;
		at = CONF_MAX;
		if ((uint64_t)size * n > CONF_MAX)
			abort();
	} else {
		o->n = at + size * n;
		*ref_r = (struct conf_ref){ (uint32_t)at, n };
	}
	return o->base + at;
}

static size_t
slot(const struct out *o, struct str s)
{
	size_t i = conf_sum(s.p, s.n) & (o->seen_cap - 1);

	while (o->seen[i] != 0) {
		const char *t = o->base + o->seen[i];

		if (strlen(t) == s.n && memcmp(t, s.p, s.n) == 0)
			break;
		i = (i + 1) & (o->seen_cap - 1);
	}
	return i;
}

static void
grow(struct out *o)
{
	uint32_t *old = o->seen;
	size_t cap = o->seen_cap;

	o->seen_cap = cap ? cap * 2 : 1024;
	o->seen = calloc(o->seen_cap, sizeof o->seen[0]);
	if (o->seen == NULL)
		abort();
	for (size_t i = 0; i < cap; i++)
		if (old[i] != 0)
			o->seen[slot(o, str_c(o->base + old[i]))] = old[i];
	free(old);
}

struct conf_ref
out_str(struct out *o, struct str s)
{
	struct conf_ref ref;
	size_t i;
	char *p;

	if (s.n == 0)
		return (struct conf_ref){ 0, 0 };
	assert(memchr(s.p, '\0', s.n) == NULL);
	if (2 * o->nseen >= o->seen_cap)
		grow(o);
	i = slot(o, s);
	if (o->seen[i] != 0)
		return (struct conf_ref){ o->seen[i], (uint32_t)s.n };
	p = out_table(o, 1, 1, (uint32_t)s.n + 1, &ref);
	memcpy(p, s.p, s.n);
	if (ref.off == 0)
		return ref;
	o->seen[i] = ref.off;
	o->nseen++;
	return (struct conf_ref){ ref.off, (uint32_t)s.n };
}

void
out_forget(struct out *o)
{
	free(o->seen);
	o->seen = NULL;
	o->nseen = o->seen_cap = 0;
}
