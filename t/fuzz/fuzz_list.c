/*
 * Lists for the catcher, as a monitor that is not ours any more may send them:
 * what list_check() lets through becomes rules whose every word is the
 * program's own, an interface's name, or a number.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
base(struct list *l)
{
	memset(l, 0, sizeof *l);
	*l = (struct list){ .version = LIST_VERSION, .uid = 990,
	    .foreign = 1, .ncatches = 3, .nranges = 4, .name = "fuzz",
	    .catches = {
		{ .iface = "eth1", .port = 143, .port_to = 143,
		  .listen_port = 2143, .active = 1, .npos = 1, .nneg = 1 },
		{ .iface = "ppp*", .port = 993, .port_to = 995,
		  .listen_port = 2993, .active = 1, .tproxy = 1, .block = 1,
		  .first = 2, .nneg = 2 },
		{ .iface = "lo", .port = 143, .port_to = 143,
		  .listen_port = 2144, .active = 1, .block = 1 } } };
	for (uint32_t i = 0; i < l->nranges; i++)
		memset(l->ranges[i].hi, 0xff, sizeof l->ranges[i].hi);
}

/* What follows a '"' is a name, up to the next. */
static const char *
quoted(const char *p)
{
	size_t n = strcspn(p, "\"");

	assert(p[n] == '"' && n > 0 && n < LIST_IFACE);
	for (size_t i = 0; i < n; i++)
		assert(p[i] > ' ' && strchr(";{}\"'\\#$,", p[i]) == NULL);
	return p + n + 1;
}

static void
check_text(char *text, const struct list *l)
{
	static const char own[] = "policy accept;", owner[] = "flags owner;";
	unsigned lines = 0, open = 0, shut = 0;
	const char *p = text;

	while (*p != '\0') {
		assert((*p >= ' ' && *p < 0x7f) || *p == '\t' || *p == '\n');
		assert(strchr("$'#\\", *p) == NULL);
		/* a command of its own begins behind one */
		if (*p == ';')
			assert(strncmp(p + 2, own, 14) == 0 ||
			    (p - text >= 13 && memcmp(p - 13, own, 14) == 0) ||
			    (p - text >= 11 && memcmp(p - 11, owner, 12) ==
			    0));
		lines += *p == '\n';
		open += *p == '{';
		shut += *p == '}';
		p = *p == '"' ? quoted(p + 1) : p + 1;
	}
	assert(open == shut);
	/* tables, chains, and two rules for each catch in each of two */
	assert(lines <= 40 + 4 * l->ncatches);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct list l;

	base(&l);
	/* offset, offset, octet */
	for (; n >= 3; data += 3, n -= 3) {
		size_t at = (size_t)(data[0] << 8 | data[1]) % sizeof l;

		memcpy((char *)&l + at, data + 2, 1);
	}
	if (!list_check(&l, sizeof l))
		return 0;
	check_text(rules_catch(&l), &l);
	check_text(rules_hold(&l), &l);
	check_text(rules_no_catch(l.name), &l);
	check_text(rules_no_hold(l.name), &l);
	return 0;
}
