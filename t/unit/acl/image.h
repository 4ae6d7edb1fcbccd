#ifndef IMAGE_H
#define IMAGE_H

/*
 * A hand-made cache for the tests of this room: rows are put behind each
 * other, references to them are filled in, then image_open() seals it.
 */

#include <stdlib.h>

#include "conf.h"

struct image {
	union {
		struct conf_head head;
		char bytes[1 << 18];
	} u;
	size_t n;
	struct conf_main main;
	struct conf conf;
};

static struct image image;

static inline void
image_start(void)
{
	memset(&image, 0, sizeof image);
	image.n = sizeof(struct conf_head);
}

static inline struct conf_ref
image_put(const void *rows, size_t size, size_t n)
{
	struct conf_ref r = { (uint32_t)image.n, (uint32_t)n };

	if (image.n + size * n + 8 > sizeof image.u.bytes)
		abort();
	if (n > 0)
		memcpy(image.u.bytes + image.n, rows, size * n);
	image.n = (image.n + size * n + 7) & ~(size_t)7;
	return r;
}
#define IMAGE_ROWS(array, n) image_put(array, sizeof *(array), n)

static inline struct conf_ref
image_text(const char *s)
{
	struct conf_ref r = image_put(s, 1, strlen(s) + 1);

	r.n--;
	return r;
}

/* "one" "!two" ... up to a NULL. */
static inline struct conf_strset
image_strset(const char *const *values)
{
	struct conf_strval v[16];
	size_t n = 0;

	for (; values[n] != NULL; n++) {
		bool negative = values[n][0] == '!';

		v[n] = (struct conf_strval){
			.text = image_text(values[n] + negative),
			.negative = negative,
		};
	}
	return (struct conf_strset){ IMAGE_ROWS(v, n), .given = 1 };
}
#define IMAGE_STRSET(...) \
	image_strset((const char *const[]){ __VA_ARGS__, NULL })

/* "lo-hi" "!lo-hi" ..., sorted, up to a NULL. */
static inline struct conf_addrset
image_addrset(const char *const *values)
{
	struct conf_range r[2][16];
	size_t n[2] = { 0, 0 };

	for (; *values != NULL; values++) {
		bool negative = **values == '!';
		struct str hi = str_c(*values + negative), lo;
		struct conf_range *to = &r[negative][n[negative]++];
		struct addr a;

		if (!str_cut(&hi, '-', &lo))
			hi = lo;
		if (!addr_parse(lo, &a))
			abort();
		memcpy(to->lo, a.ip, 16);
		if (!addr_parse(hi, &a))
			abort();
		memcpy(to->hi, a.ip, 16);
	}
	return (struct conf_addrset){ IMAGE_ROWS(r[0], n[0]),
	    IMAGE_ROWS(r[1], n[1]), .given = 1 };
}
#define IMAGE_ADDRSET(...) \
	image_addrset((const char *const[]){ __VA_ARGS__, NULL })

/* {lo, hi} pairs, sorted: what is in, and what is not. */
#define IMAGE_NUMSET(in, nin, out, nout) ((struct conf_numset){ \
	image_put(in, sizeof(struct conf_numrange), nin), \
	image_put(out, sizeof(struct conf_numrange), nout), .given = 1 })

/* Names of hosts, up to a NULL: the rows of conf_main.hosts. */
static inline void
image_hosts(const char *const *names)
{
	struct conf_ref rows[16];
	size_t n = 0;

	for (; names[n] != NULL; n++)
		rows[n] = image_text(names[n]);
	image.main.hosts = IMAGE_ROWS(rows, n);
}

/* Seal it as it is now; more may be put and it opened again. */
static inline const struct conf *
image_open(void)
{
	struct conf_head *h = &image.u.head;

	memset(h, 0, sizeof *h);
	memcpy(h->magic, CONF_MAGIC, 8);
	h->format = CONF_FORMAT;
	memcpy(h->build, BUILD_ID, BUILD_ID_SIZE);
	h->main = IMAGE_ROWS(&image.main, 1);
	h->size = image.n;
	h->head_sum = conf_sum(h, sizeof *h);
	h->whole_sum = conf_sum(h + 1, image.n - sizeof *h);
	if (conf_open_mem(&image.conf, image.u.bytes, image.n,
	    CONF_CHECK_HEAD) < 0)
		abort();
	return &image.conf;
}

#endif
