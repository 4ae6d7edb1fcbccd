#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fields.h"
#include "vis.h"

enum { U8_FLAG, U32, U64, MS, WALL, ADDRESS, TEXT, HEX };

#define ROW(n, k, place, text) \
	{ n, k, offsetof(struct board_row, place), \
	  sizeof(((struct board_row *)0)->place), text }

const struct field fields[] = {
	ROW("slot", U32, slot, "its place in the scoreboard"),
	ROW("pid", U32, pid, "process"),
	ROW("began", WALL, d.began_wall, "when, UTC"),
	ROW("age", MS, age, "seconds since then"),
	ROW("idle", MS, idle, "seconds since the client's last octet"),
	ROW("stage", TEXT, d.stage, "as in failure messages"),
	ROW("command", TEXT, d.command, "the oldest that is pending"),
	ROW("pending", U32, d.pending, "commands that wait for an answer"),
	ROW("from", ADDRESS, from, "the client"),
	ROW("to", ADDRESS, to, "the address it connected to"),
	ROW("server", ADDRESS, server, "reached"),
	ROW("listener", TEXT, d.listener, "title in listen-on"),
	ROW("transparent", U8_FLAG, d.transparent, "caught on its way"),
	ROW("session-acl", TEXT, d.session_acl, "chosen"),
	ROW("command-acl", TEXT, d.command_acl, "chosen"),
	ROW("dry-run", U8_FLAG, d.dry_run, "of that command-acl"),
	ROW("user", TEXT, d.user, "of the IMAP login"),
	ROW("oob-user", TEXT, d.oob_user, "known out of band"),
	ROW("data", TEXT, d.data, "the mailbox that is selected"),
	ROW("tls-client", TEXT, d.from.tls, "version, empty in clear"),
	ROW("tls-server", TEXT, d.server.tls, "version, empty in clear"),
	ROW("in", U64, d.to_client, "octets to the client"),
	ROW("out", U64, d.from_client, "octets from the client"),
	ROW("server-in", U64, d.from_server, "octets from the server"),
	ROW("server-out", U64, d.to_server, "octets to the server"),
	ROW("speed-in", U64, d.speed_in, "octets a second to the client"),
	ROW("speed-out", U64, d.speed_out, "octets a second from the client"),
	ROW("commands", U64, d.commands, "of the client"),
	ROW("refused", U64, d.refused, "of them, by the proxy"),
	ROW("mails", U64, d.mails, "judged, both ways"),
	ROW("mails-denied", U64, d.mails_denied,
	    "of them, or that could not be judged"),
	ROW("mails-waited", U64, d.mails_waited,
	    "ms that they waited for places at scanners"),
	ROW("spool", U64, d.spool, "octets of mails kept in memory"),
	ROW("config", HEX, d.config, "hash of its policy, first octets"),
};
const unsigned fields_count = sizeof fields / sizeof *fields;

const struct field *
field_find(struct str name)
{
	for (unsigned i = 0; i < fields_count; i++)
		if (str_ieq(name, str_c(fields[i].name)))
			return &fields[i];
	return NULL;
}

bool
field_is_number(const struct field *f)
{
	return f->kind == U32 || f->kind == U64 || f->kind == MS;
}

static const void *
place(const struct field *f, const struct board_row *row)
{
	return (const char *)row + f->at;
}

uint64_t
field_number(const struct field *f, const struct board_row *row)
{
	uint32_t small;
	uint64_t large;

	if (f->kind == U32) {
		memcpy(&small, place(f, row), sizeof small);
		return small;
	}
	memcpy(&large, place(f, row), sizeof large);
	return f->kind == MS ? large / 1000 : large;
}

static void
wall(int64_t s, char *out)
{
	time_t t = (time_t)s;
	struct tm tm;

	/* gmtime_r fails for years that no int holds */
	if (gmtime_r(&t, &tm) == NULL || strftime(out, FIELD_TEXT,
	    "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(out, FIELD_TEXT, "?");
}

static void
hex(const uint8_t *p, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static void
address(const struct addr *a, char *out)
{
	out[0] = '\0';
	if (!addr_none(a) || a->port != 0)
		addr_text(a, out);
}

struct str
field_text(const struct field *f, const struct board_row *row, char *out)
{
	const void *p = place(f, row);
	struct str s;

	out[0] = '\0';
	switch (f->kind) {
	case TEXT:
		s = look_text(p, f->size);
		memcpy(out, s.p, s.n);
		out[s.n] = '\0';
		return (struct str){ out, s.n };
	case U8_FLAG:
		snprintf(out, FIELD_TEXT, *(const uint8_t *)p ? "yes" : "no");
		break;
	case WALL:
		wall(row->d.began_wall, out);
		break;
	case ADDRESS:
		address(p, out);
		break;
	case HEX:
		hex(p, f->size, out);
		break;
	default:
		snprintf(out, FIELD_TEXT, "%llu",
		    (unsigned long long)field_number(f, row));
	}
	return str_c(out);
}

/* ---- filters ------------------------------------------------------------- */

static bool
refuse(struct filter *f, const char *why, struct str word)
{
	char seen[40];

	snprintf(f->why, sizeof f->why, "%s: %s",
	    vis(seen, sizeof seen, word), why);
	return false;
}

static bool
parse_term(struct filter *f, struct str word, struct str current)
{
	struct filter_term *t = &f->terms[f->n];
	struct str value = word, name;

	if (!str_cut(&value, '=', &name) || name.n == 0)
		return refuse(f, "write NAME=VALUE or NAME!=VALUE", word);
	if (str_eq(name, STR("sort"))) {
		f->sort = field_find(value);
		return f->sort != NULL ||
		    refuse(f, "there is no such field", word);
	}
	if (f->n == FILTER_MAX)
		return refuse(f, "too many conditions", word);
	t->differs = name.p[name.n - 1] == '!';
	name.n -= t->differs;
	t->field = field_find(name);
	if (t->field == NULL && !str_eq(name, STR("acl")))
		return refuse(f, "there is no such field", word);
	t->value = value;
	if (str_eq(name, STR("config")) && str_eq(value, STR("current")))
		t->value = current;
	f->n++;
	return true;
}

bool
filter_parse(struct filter *f, struct str text, struct str current)
{
	struct str word;
	bool more = true;

	*f = (struct filter){ .n = 0 };
	while (more) {
		more = str_cut(&text, ' ', &word);
		if (word.n > 0 && !parse_term(f, word, current))
			return false;
	}
	return true;
}

static bool
matches(const struct field *f, const struct board_row *row, struct str glob)
{
	char out[FIELD_TEXT + 1];

	if (str_glob(glob, field_text(f, row, out), true))
		return true;
	return f->kind == ADDRESS &&
	    str_glob(glob, str_c(addr_host(place(f, row), out)), true);
}

bool
filter_holds(const struct filter *f, const struct board_row *row)
{
	for (unsigned i = 0; i < f->n; i++) {
		const struct filter_term *t = &f->terms[i];
		bool is = t->field != NULL ? matches(t->field, row, t->value) :
		    matches(field_find(STR("session-acl")), row, t->value) ||
		    matches(field_find(STR("command-acl")), row, t->value);

		if (is == t->differs)
			return false;
	}
	return true;
}

int
filter_order(const struct filter *f, const struct board_row *a,
    const struct board_row *b)
{
	char x[FIELD_TEXT + 1], y[FIELD_TEXT + 1];
	uint64_t m, n;
	int order = 0;

	if (f->sort != NULL && field_is_number(f->sort)) {
		m = field_number(f->sort, a);
		n = field_number(f->sort, b);
		order = m > n ? -1 : m < n;
	} else if (f->sort != NULL) {
		field_text(f->sort, a, x);
		field_text(f->sort, b, y);
		order = strcmp(x, y);
	}
	return order != 0 ? order : a->slot < b->slot ? -1 :
	    a->slot > b->slot;
}
