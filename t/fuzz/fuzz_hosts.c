/*
 * The reader of known addresses against arbitrary damage.  Property: rows and
 * addresses it hands out lie in the file, and a row found is of that name.
 * The sum is mended, so that damage behind it is reached.
 */

#include <assert.h>
#include <stdlib.h>

#include "hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Keeps the compiler from leaving reads out. */
volatile unsigned fuzz_sink;

static void
inside(const struct hosts *h, const void *p, size_t n)
{
	const char *q = p;

	assert(q >= h->map && n <= h->size &&
	    (size_t)(q - h->map) <= h->size - n);
}

static void
find(const struct hosts *h, struct str name)
{
	const struct hosts_row *row = hosts_find(h, name);
	const uint8_t (*ip)[16];

	if (row == NULL)
		return;
	inside(h, row, sizeof *row);
	inside(h, h->map + row->name.off, row->name.n);
	assert(str_eq(name, (struct str){ h->map + row->name.off,
	    row->name.n }));
	fuzz_sink += hosts_fresh(row, 1000000);
	ip = hosts_addrs(h, row);
	if (ip == NULL)
		return;
	inside(h, ip, row->addrs.n * sizeof *ip);
	assert(row->addrs.n > 0 && row->addrs.n <= HOSTS_ADDRS);
	for (uint32_t i = 0; i < row->addrs.n; i++)
		fuzz_sink += ip[i][15];
}

/* Names that are there, or might be: every string of the file. */
static void
find_all(const struct hosts *h)
{
	size_t at = sizeof *h->head;

	for (int i = 0; i < 100 && at < h->size; i++) {
		size_t n = strnlen(h->map + at, h->size - at);

		find(h, (struct str){ h->map + at, n });
		at += n + 1;
	}
	find(h, STR("mail.example.org"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct hosts_head head;
	struct hosts h;
	char *p = malloc(n);

	if (p == NULL)
		return 0;
	memcpy(p, data, n);
	if (hosts_open_mem(&h, p, n) == 0)
		find_all(&h);
	if (n >= sizeof head) {
		memcpy(&head, p, sizeof head);
		memcpy(head.magic, HOSTS_MAGIC, sizeof head.magic);
		head.format = HOSTS_FORMAT;
		head.size = n;
		head.sum = conf_sum(p + sizeof head, n - sizeof head);
		memcpy(p, &head, sizeof head);
		if (hosts_open_mem(&h, p, n) == 0)
			find_all(&h);
	}
	free(p);
	return 0;
}
