/*
 * Mailbox names and FETCH items.  Properties: a name that is decoded from
 * modified UTF-7 or encoded to it goes back to the same octets, within the
 * room the header promises; an item that is read alone is the same item in a
 * response.
 */

#include <assert.h>
#include <stdlib.h>

#include "fetch.h"
#include "response.h"
#include "utf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT_MAX = 500 };

static void
there_and_back(struct str in)
{
	char *there = malloc(IMAP_UTF8_ROOM(in.n) + 1), *back;
	size_t n, m;

	assert(there != NULL);
	if (imap_utf7_decode(there, in, &n)) {
		back = malloc(IMAP_UTF7_ROOM(n));
		assert(back != NULL && n <= IMAP_UTF8_ROOM(in.n));
		assert(imap_utf7_encode(back, (struct str){ there, n }, &m));
		assert(str_eq(in, (struct str){ back, m }));
		free(back);
	}
	free(there);
}

static void
back_and_there(struct str in)
{
	char *there = malloc(IMAP_UTF7_ROOM(in.n)), *back;
	size_t n, m;

	assert(there != NULL);
	if (imap_utf7_encode(there, in, &n)) {
		back = malloc(IMAP_UTF8_ROOM(n) + 1);
		assert(back != NULL && n <= IMAP_UTF7_ROOM(in.n));
		assert(imap_utf7_decode(back, (struct str){ there, n }, &m));
		assert(str_eq(in, (struct str){ back, m }));
		free(back);
	}
	free(there);
}

/* "* 1 FETCH (" item " NIL)" */
static void
in_a_response(struct str item)
{
	static const char head[] = "* 1 FETCH (", tail[] = " NIL)\r\n";
	char line[INPUT_MAX + sizeof head + sizeof tail];
	struct imap_response r;
	struct str in = { line, 0 };
	size_t used;

	memcpy(line, head, sizeof head - 1);
	memcpy(line + sizeof head - 1, item.p, item.n);
	memcpy(line + sizeof head - 1 + item.n, tail, sizeof tail);
	in.n = sizeof head - 1 + item.n + sizeof tail - 1;
	imap_response_init(&r);
	for (;;) {
		enum imap_resp_event e = imap_response_next(&r, in, &used);

		assert(e != IMAP_RESP_NEED && e != IMAP_RESP_ERROR);
		if (e == IMAP_RESP_ITEM)
			break;
		in.p += used;
		in.n -= used;
	}
	assert(str_eq(r.text, item));
}

static void
check_item(struct str in)
{
	struct imap_item it;

	if (!imap_item_parse(in, &it))
		return;
	if (it.sectioned) {
		for (unsigned i = 0; i < it.section.nparts; i++)
			imap_section_part(&it.section, i);
		assert(imap_section_same(&it.section, &it.section));
	}
	in_a_response(in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };

	if (n > INPUT_MAX)
		return 0;
	there_and_back(in);
	back_and_there(in);
	check_item(in);
	return 0;
}
