#include <stdlib.h>

#include "users_talk.h"

struct talk {
	const struct users_edit *u;
	struct str rest;		/* of the line */
	FILE *out;
	char why[USERS_WHY];
};

/* The next word; empty at the end. */
static struct str
word(struct talk *t)
{
	struct str w;

	t->rest = str_trim(t->rest);
	w = (struct str){ t->rest.p, 0 };
	while (w.n < t->rest.n && w.p[w.n] != ' ' && w.p[w.n] != '\t')
		w.n++;
	t->rest.p += w.n;
	t->rest.n -= w.n;
	return w;
}

/* false, with why. */
static bool
bad(struct talk *t, const char *why)
{
	snprintf(t->why, sizeof t->why, "%s", why);
	return false;
}

static bool
net(struct talk *t, struct users_entry *e)
{
	return users_net(word(t), e) || bad(t, "no address, or a prefix with "
	    "bits behind it");
}

static bool
end(struct talk *t)
{
	return word(t).n == 0 || bad(t, "too many words");
}

static bool
do_add(struct talk *t)
{
	struct users_entry e = { .bits = 0 };

	if (!net(t, &e))
		return false;
	e.user = word(t);
	if (!users_name(e.user))
		return bad(t, "no user's name");
	e.groups = word(t);
	if (str_eq(e.groups, STR("-")))
		e.groups.n = 0;
	else if (!users_groups(e.groups))
		return bad(t, "no list of groups, nor '-'");
	if (!users_until(word(t), t->u->now, &e.expiry))
		return bad(t, "no time, nor '-'");
	if (e.expiry <= t->u->now)
		return bad(t, "this time is over");
	return end(t) && users_put(t->u, &e, t->why) == 0;
}

static bool
do_del(struct talk *t)
{
	struct users_entry e = { .bits = 0 };
	int rc;

	if (!net(t, &e) || !end(t))
		return false;
	rc = users_drop(t->u, &e, t->why);
	return rc > 0 || (rc == 0 ? bad(t, "it has no entry") : false);
}

static void
print_entries(const struct talk *t, struct str text)
{
	struct str line;

	while (str_cut(&text, '\n', &line)) {
		struct users_entry e;
		const char *why;
		char *entry;

		if (users_line(line, &e, &why) <= 0 ||
		    e.expiry <= t->u->now)
			continue;
		entry = users_text(&e);
		fprintf(t->out, "%s\n", entry);
		free(entry);
	}
}

static bool
do_list(struct talk *t)
{
	char *text;
	size_t n;

	if (!end(t) || users_load(t->u->path, &t->u->rules, &text, &n,
	    t->why) < 0)
		return false;
	print_entries(t, (struct str){ text, n });
	free(text);
	return true;
}

static bool
do_help(struct talk *t)
{
	fputs("add ADDRESS USER GROUP,...|- UNTIL|+8h|-\n"
	    "del ADDRESS\nlist\nhelp\n", t->out);
	return end(t);
}

static const struct {
	char word[8];
	bool (*run)(struct talk *t);
} commands[] = {
	{ "add", do_add },
	{ "del", do_del },
	{ "list", do_list },
	{ "help", do_help },
};

void
users_talk(const struct users_edit *u, struct str line, FILE *out)
{
	struct talk t = { .u = u, .rest = line, .out = out };
	struct str w = word(&t);
	bool done = bad(&t, "no such command: add, del, list or help");

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (str_eq(w, str_c(commands[i].word)))
			done = commands[i].run(&t);
	if (done)
		fputs("ok\n", out);
	else
		fprintf(out, "error: %s\n", t.why);
}
