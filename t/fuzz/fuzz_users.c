/*
 * Users files: a lookup in blocks says what a naive reading of the lines
 * does; an entry printed reads as the same; addresses are those of
 * addr_parse().
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fd.h"
#include "users_edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { NOW = 1800000000, MAX = 20 };

static bool
bit(const struct addr *a, unsigned i)
{
	return a->ip[i / 8] >> (7 - i % 8) & 1;
}

static bool
holds(const struct users_entry *e, const struct addr *a)
{
	for (unsigned i = 0; i < e->bits; i++)
		if (bit(&e->net, i) != bit(a, i))
			return false;
	return true;
}

static void
check_entry(const struct users_entry *e)
{
	char *text = users_text(e);
	struct users_entry again;
	const char *why;

	assert(users_line(str_c(text), &again, &why) == 1);
	assert(again.bits == e->bits && addr_same(&again.net, &e->net));
	assert(str_eq(again.user, e->user) && str_eq(again.groups, e->groups));
	assert(again.expiry == (e->expiry < 0 ? 0 : e->expiry));
	free(text);
}

static void
check_address(struct str line)
{
	struct users_entry e;
	struct addr a;
	size_t n = 0;

	while (n < line.n && line.p[n] != ' ' && line.p[n] != '/' &&
	    line.p[n] != '[')
		n++;
	line.n = n;
	assert(users_net(line, &e) == addr_parse(line, &a));
	assert(!addr_parse(line, &a) || addr_same(&a, &e.net));
}

/* What the file says, line by line; NULL for nobody, "" for an error. */
static const char *
naive(struct str text, const struct addr *a, char out[USERS_NAME + 1])
{
	unsigned lines = 0, entries = 0, best_n = 0;
	int best = -1;
	struct str line;
	bool bad = false;

	while (str_cut(&text, '\n', &line)) {
		struct users_entry e;
		const char *why;
		int r = users_line(line, &e, &why);
		bool known = e.user.p != NULL;

		check_address(line);
		if (r > 0)
			check_entry(&e);
		lines++;
		entries += known;
		if ((r < 0 && !known) || line.n >= USERS_LINE ||
		    (r < 0 && holds(&e, a)) || entries > MAX ||
		    lines - entries > USERS_REMARKS)
			bad = true;
		if (r <= 0 || e.expiry <= NOW || !holds(&e, a) ||
		    (int)e.bits < best)
			continue;
		best_n = (int)e.bits == best ? best_n + 1 : 1;
		best = (int)e.bits;
		snprintf(out, USERS_NAME + 1, "%.*s", STR_ARG(e.user));
	}
	if (bad || line.n > 0 || best_n > 1)
		return "";
	return best < 0 ? NULL : out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char hosts[4][20] = { "10.1.2.3", "127.0.0.1",
		"2001:db8::1", "::" };
	static const struct users_rules rules = { MAX, UINT32_MAX };
	struct str text = { (const char *)data, n };
	char path[40], user[USERS_NAME + 1];
	const char *want;
	struct users_who who;
	struct addr a;
	int fd = memfd_create("users", MFD_CLOEXEC);

	if (fd < 0 || fchmod(fd, 0600) < 0 || fd_write_all(fd, text) < 0)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	for (int i = 0; i < 4; i++) {
		if (!addr_parse(str_c(hosts[i]), &a))
			abort();
		want = naive(text, &a, user);
		if (users_find(path, &rules, &a, NOW, &who) < 0) {
			assert(want != NULL && *want == '\0');
			assert(who.why[0] != '\0' && !who.known);
			continue;
		}
		assert(who.known == (want != NULL));
		assert(want == NULL || strcmp(want, who.user) == 0);
	}
	close(fd);
	return 0;
}
