#include <stdlib.h>
#include <string.h>

#include "end.h"
#include "err.h"
#include "log.h"
#include "query.h"
#include "print.h"
#include "vis.h"

/* A command being run. */
struct run {
	const struct query *m;
	struct board_look look;
	struct filter filter;
	struct print print;
	FILE *out;
};

static int
refuse(FILE *out, const char *what, struct str word)
{
	char seen[60];

	fprintf(out, "error: %s%s%s\n", what, word.n > 0 ? ": " : "",
	    word.n > 0 ? vis(seen, sizeof seen, word) : "");
	return ERR_REFUSED;
}

/* The words behind a command are a filter; < 0: said. */
static int
take_filter(struct run *r, struct str rest)
{
	if (filter_parse(&r->filter, rest, str_c(r->m->config)))
		return 0;
	return refuse(r->out, r->filter.why, STR_NULL);
}

/* ---- show ---------------------------------------------------------------- */

/* A summary, and the sessions that move most. */
static int
show_top(struct run *r, struct str rest)
{
	uint64_t in = 0, out = 0;
	struct board_row row;

	if (take_filter(r, rest) < 0)
		return ERR_REFUSED;
	if (r->filter.sort == NULL)
		r->filter.sort = field_find(STR("speed-in"));
	for (uint32_t i = 0; i < r->look.n; i++)
		if (look_row(&r->look, i, &row) &&
		    filter_holds(&r->filter, &row)) {
			in += row.d.speed_in;
			out += row.d.speed_out;
		}
	fprintf(r->out, "%s: %u sessions, slots %u, octets/s: %llu to and "
	    "%llu from clients\n", r->m->name, r->look.live, r->look.n,
	    (unsigned long long)in, (unsigned long long)out);
	print_list(&r->print, r->out);
	return 0;
}

static int
show_sess(struct run *r, struct str rest)
{
	struct str first = rest, word;
	char slot[32];
	uint64_t n;
	bool all;

	str_cut(&first, ' ', &word);
	all = str_eq(word, STR("all"));
	if (all)
		rest = first;
	if (str_u64(rest, UINT32_MAX, &n)) {
		snprintf(slot, sizeof slot, "slot=%llu",
		    (unsigned long long)n);
		rest = str_c(slot);
		all = true;
	}
	if (take_filter(r, rest) < 0)
		return ERR_REFUSED;
	if (all)
		print_fields(&r->print, r->out);
	else
		print_list(&r->print, r->out);
	return 0;
}

static int
show_stat(struct run *r, struct str rest)
{
	(void)rest;
	print_counters(&r->print, r->out);
	return 0;
}

static int
show_metrics(struct run *r, struct str rest)
{
	(void)rest;
	print_metrics(&r->print, r->out);
	return 0;
}

static int
show_json(struct run *r, struct str rest)
{
	if (take_filter(r, rest) < 0)
		return ERR_REFUSED;
	print_json(&r->print, r->out);
	return 0;
}

static int
show_html(struct run *r, struct str rest)
{
	if (take_filter(r, rest) < 0)
		return ERR_REFUSED;
	print_html(&r->print, r->out);
	return 0;
}

static int
show_config(struct run *r, struct str rest)
{
	(void)rest;
	fprintf(r->out, "name %s\nconfig %s\nslots %u\nactive %u\n",
	    r->m->name, r->m->config ? r->m->config : "unknown", r->look.n,
	    r->look.live);
	return 0;
}

/* ---- kill ---------------------------------------------------------------- */

static int
kill_them(struct run *r, struct str rest)
{
	struct board_row row;
	unsigned killed = 0;
	const char *why;
	char slot[32];
	uint64_t n;

	if (!r->m->admin)
		return refuse(r->out, "not permitted here", STR_NULL);
	if (str_u64(rest, UINT32_MAX, &n)) {
		snprintf(slot, sizeof slot, "slot=%llu",
		    (unsigned long long)n);
		rest = str_c(slot);
	}
	if (take_filter(r, rest) < 0)
		return ERR_REFUSED;
	/* an empty one would be everybody, by a slip of the hand */
	if (r->filter.n == 0)
		return refuse(r->out, "kill: which?  SLOT or FILTER",
		    STR_NULL);
	for (uint32_t i = 0; i < r->look.n; i++) {
		if (!look_row(&r->look, i, &row) ||
		    !filter_holds(&r->filter, &row))
			continue;
		if (end_session(&r->look, &row, r->m->owner, &why) == 0)
			killed++;
		else
			fprintf(r->out, "slot %u: %s\n", i, why);
	}
	fprintf(r->out, "killed %u\n", killed);
	return 0;
}

/* ---- log ----------------------------------------------------------------- */

static int
log_to(struct run *r, struct str rest)
{
	uint64_t level;

	if (!r->m->admin || r->m->log == NULL)
		return refuse(r->out, "not permitted here", STR_NULL);
	if (!str_u64(rest, LOG_LEV_FULL, &level) || level < LOG_LEV_ERROR)
		return refuse(r->out, "log: write a level from 3 to 9", rest);
	r->m->log((int)level);
	fprintf(r->out, "level %d\n", (int)level);
	return 0;
}

/* ---- verdicts ------------------------------------------------------------ */

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL :
	    strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c);

	return at == NULL ? -1 : (int)(at - digits);
}

static bool
take_hash(struct str s, uint8_t out[QUERY_HASH])
{
	if (s.n != 2 * QUERY_HASH)
		return false;
	for (size_t i = 0; i < s.n; i += 2) {
		int high = digit(s.p[i]), low = digit(s.p[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static int
ask_store(struct run *r, const struct query_verdicts *v)
{
	if (r->m->verdicts == NULL)
		return refuse(r->out, "imap4-helper knows the verdict store",
		    STR_NULL);
	return r->m->verdicts(r->m->ctx, v, r->out);
}

static int
show_verdicts(struct run *r, struct str rest)
{
	struct query_verdicts v = { .forget = false };
	struct str behind = rest, word;

	str_cut(&behind, ' ', &word);
	v.json = str_ieq(word, STR("json"));
	if (v.json)
		rest = str_trim(behind);
	v.one = rest.n > 0;
	if (v.one && !take_hash(rest, v.mail))
		return refuse(r->out, "write 64 hexadecimal digits, a mail's "
		    "SHA-256", rest);
	return ask_store(r, &v);
}

static int
forget(struct run *r, struct str rest)
{
	struct query_verdicts v = { .forget = true };

	if (!r->m->admin)
		return refuse(r->out, "not permitted here", STR_NULL);
	v.one = !str_ieq(rest, STR("all"));
	if (v.one && !take_hash(rest, v.mail))
		return refuse(r->out, "forget: write all, or 64 hexadecimal "
		    "digits, a mail's SHA-256", rest);
	return ask_store(r, &v);
}

/* ---- the commands -------------------------------------------------------- */

static int help(struct run *r, struct str rest);

static const struct command {
	char name[16];
	char arguments[32];
	const char *text;
	int (*run)(struct run *r, struct str rest);
	bool boardless;		/* has nothing to do with the scoreboard */
} commands[] = {
	{ "help", "", "this", help },
	{ "show sess", "[all | SLOT] [FILTER...]", "the sessions", show_sess },
	{ "show top", "[FILTER...]", "those that move most", show_top },
	{ "show stat", "", "what they counted", show_stat },
	{ "show config", "", "the configuration in force", show_config },
	{ "show metrics", "", "the same for OpenMetrics", show_metrics },
	{ "show json", "[FILTER...]", "everything in JSON", show_json },
	{ "show html", "[FILTER...]", "the sessions as a page", show_html },
	{ "show verdicts", "[json] [SHA256]", "the verdict store, of a mail",
	    show_verdicts, true },
	{ "forget", "SHA256 | all", "what it has of a mail", forget, true },
	{ "kill", "SLOT | FILTER...", "end them", kill_them },
	{ "log", "LEVEL", "of the helper, 3 to 9", log_to },
};

static int
help(struct run *r, struct str rest)
{
	(void)rest;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(r->out, "%s %-*s %s\n", commands[i].name,
		    37 - (int)strlen(commands[i].name), commands[i].arguments,
		    commands[i].text);
	fprintf(r->out, "FILTER is NAME=GLOB, NAME!=GLOB or sort=NAME, acl "
	    "for either ACL;\nnames are:\n");
	for (unsigned i = 0; i < fields_count; i++)
		fprintf(r->out, "  %-12s %s\n", fields[i].name,
		    fields[i].help);
	return 0;
}

/* The command a line begins with, and what is behind it. */
static const struct command *
find(struct str line, struct str *rest_r)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		struct str name = str_c(commands[i].name);

		if (!str_istarts(line, name) ||
		    (line.n > name.n && line.p[name.n] != ' '))
			continue;
		*rest_r = str_trim((struct str){ line.p + name.n,
		    line.n - name.n });
		return &commands[i];
	}
	return NULL;
}

int
query_run(const struct query *m, struct str line, FILE *out)
{
	struct run r = { .m = m, .out = out };
	const struct command *c;
	struct str rest;
	int rc;

	line = str_trim(line);
	c = line.n > QUERY_LINE ? NULL : find(line, &rest);
	if (c == NULL)
		return refuse(out, "no such command, try help", line);
	if (c->boardless)
		return c->run(&r, rest);
	if (look_open(&r.look, m->folder, m->owner) < 0) {
		fprintf(out, "error: %s/" BOARD_FILE ": %s%s%s\n", m->folder,
		    r.look.why, r.look.error ? ": " : "", r.look.error ?
		    strerror(r.look.error) : "");
		return ERR_IO;
	}
	r.print = (struct print){ &r.look, &r.filter, m->name, m->config,
	    m->store };
	rc = c->run(&r, rest);
	look_close(&r.look);
	return rc;
}
