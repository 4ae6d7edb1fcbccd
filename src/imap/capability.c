#include <assert.h>
#include <stdio.h>

#include "capability.h"

enum { ALLOW = IMAP_ALLOW, ASK = IMAP_ASK, NEVER = IMAP_NEVER };

const struct imap_cap_info imap_caps_table[IMAP_CAP_ROWS] = {
#define ROW(id, name, deflt, enable) [IMAP_CAP_##id] = { name, deflt, enable },
	IMAP_CAPS(ROW)
#undef ROW
};

static_assert(IMAP_CAP_ROWS <= 128, "imap_caps.has has two words");
static_assert(IMAP_SASL_ROWS <= 64, "imap_caps.sasl is one word");

static struct str
row_name(unsigned i)
{
	return str_c(imap_caps_table[i].name);
}

static bool
takes_value(struct str row)
{
	return row.p[row.n - 1] == '=';
}

enum imap_cap
imap_cap_find(struct str name)
{
	char first = name.n > 0 ? ascii_up(name.p[0]) : '\0';
	enum imap_cap prefix = IMAP_CAP_UNKNOWN;

	/* servers list dozens: most rows fall by one octet */
	for (unsigned i = 1; i < IMAP_CAP_ROWS; i++) {
		struct str row;

		if (imap_caps_table[i].name[0] != first)
			continue;
		row = row_name(i);
		if (!takes_value(row) && str_ieq(row, name))
			return (enum imap_cap)i;
		/* whole names count first: "UTF8=ACCEPT" is no "UTF8=" */
		if (takes_value(row) && name.n > row.n &&
		    prefix == IMAP_CAP_UNKNOWN && str_istarts(name, row))
			prefix = (enum imap_cap)i;
	}
	return prefix;
}

bool
imap_cap_named(struct str name, enum imap_cap *row_r)
{
	for (unsigned i = 0; i < IMAP_CAP_ROWS; i++) {
		struct str row = row_name(i);

		if (str_ieq(row, name) || (takes_value(row) &&
		    name.n == row.n - 1 && str_istarts(row, name))) {
			*row_r = (enum imap_cap)i;
			return true;
		}
	}
	*row_r = imap_cap_find(name);
	return *row_r != IMAP_CAP_UNKNOWN;
}

static void
set(uint64_t *w, unsigned i)
{
	w[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool
get(const uint64_t *w, unsigned i)
{
	return w[i / 64] >> (i % 64) & 1;
}

bool
imap_caps_has(const struct imap_caps *c, enum imap_cap row)
{
	return get(c->has, row);
}

void
imap_caps_clear(struct imap_caps *c)
{
	c->has[0] = c->has[1] = c->sasl = c->append_limit = 0;
	c->n = 0;
}

/* An atom that can stand in a list of ours. */
static bool
printable(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f ||
		    strchr("()[]{}\"\\%*", name.p[i]) != NULL)
			return false;
	return name.n > 0;
}

static void
keep_text(struct imap_caps *c, struct str name)
{
	if (c->n + name.n + 1 > sizeof c->text)
		return;
	memcpy(c->text + c->n, name.p, name.n);
	c->n += (uint16_t)name.n;
	c->text[c->n++] = ' ';
}

void
imap_caps_add(struct imap_caps *c, struct str name)
{
	enum imap_cap row = imap_cap_find(name);
	struct str value = name, head;

	if (!printable(name))
		return;
	set(c->has, row);
	if (row == IMAP_CAP_AUTH) {
		str_cut(&value, '=', &head);
		c->sasl |= UINT64_C(1) << imap_sasl_find(value);
		if (imap_sasl_find(value) == IMAP_SASL_UNKNOWN)
			keep_text(c, name);
	} else if (row == IMAP_CAP_APPENDLIMIT_IS) {
		str_cut(&value, '=', &head);
		if (!str_u64(value, UINT64_MAX / 2, &c->append_limit))
			c->append_limit = 0;
	} else if (row == IMAP_CAP_UNKNOWN || takes_value(row_name(row))) {
		keep_text(c, name);
	}
}

static bool
offered(const struct imap_offer *o, unsigned row)
{
	return get(o->allowed, row) && !get(o->without, row);
}

/* A list being written. */
struct list {
	char *p;
	size_t n;
};

static void
put(struct list *l, struct str name)
{
	if (l->n + name.n + 1 >= IMAP_CAPS_OUT)
		return;
	if (l->n > 0)
		l->p[l->n++] = ' ';
	memcpy(l->p + l->n, name.p, name.n);
	l->n += name.n;
}

/* May a mechanism of the server be shown to this client? */
static bool
mechanism_shown(const struct imap_caps *server, const struct imap_offer *o,
    enum imap_sasl_row row)
{
	enum imap_sasl_row plus = imap_sasl_plus(row);

	if (imap_sasl[row].deflt == NEVER || !get(o->mechanisms, row))
		return false;
	/*
	 * RFC 5802 section 6: a client that finds SCRAM without -PLUS where
	 * the server has both takes it for a downgrade.
	 */
	if (o->client_tls && plus != IMAP_SASL_UNKNOWN &&
	    (server->sasl >> plus & 1) && !get(o->named, row))
		return false;
	return true;
}

static void
put_mechanisms(const struct imap_caps *server, const struct imap_offer *o,
    struct list *l)
{
	bool any = false;

	if (o->authenticated || !offered(o, IMAP_CAP_AUTH))
		return;
	for (unsigned i = 1; i < IMAP_SASL_ROWS && !o->login_disabled; i++) {
		char text[8 + IMAP_SASL_NAME];
		int n;

		if (!(server->sasl >> i & 1) || !mechanism_shown(server, o,
		    (enum imap_sasl_row)i))
			continue;
		n = snprintf(text, sizeof text, "AUTH=%s", imap_sasl[i].name);
		put(l, (struct str){ text, (size_t)n });
		any = true;
	}
	/* the proxy splits and joins initial responses itself */
	if (any && offered(o, IMAP_CAP_SASL_IR))
		put(l, STR("SASL-IR"));
}

/* Values and unknown names as the server spelled them. */
static void
put_text(const struct imap_caps *server, const struct imap_offer *o,
    struct list *l)
{
	struct str all = { server->text, server->n }, name;

	while (str_cut(&all, ' ', &name)) {
		enum imap_cap row = imap_cap_find(name);

		if (row == IMAP_CAP_AUTH && (o->authenticated ||
		    o->login_disabled ||
		    !get(o->mechanisms, IMAP_SASL_UNKNOWN)))
			continue;
		if (offered(o, row) && imap_caps_table[row].deflt != NEVER)
			put(l, name);
	}
}

static void
put_append_limit(const struct imap_caps *server, const struct imap_offer *o,
    struct list *l)
{
	uint64_t limit = o->append_limit;
	char text[40];
	int n;

	if (!o->server_known || !offered(o, IMAP_CAP_APPENDLIMIT_IS))
		return;
	if (server->append_limit != 0 &&
	    (limit == 0 || server->append_limit < limit))
		limit = server->append_limit;
	if (limit == 0) {
		/* per mailbox: STATUS tells */
		if (imap_caps_has(server, IMAP_CAP_APPENDLIMIT) &&
		    offered(o, IMAP_CAP_APPENDLIMIT))
			put(l, STR("APPENDLIMIT"));
		return;
	}
	n = snprintf(text, sizeof text, "APPENDLIMIT=%llu",
	    (unsigned long long)limit);
	put(l, (struct str){ text, (size_t)n });
}

/* Rows whose place in the list depends on more than the server's word. */
static bool
computed(unsigned row)
{
	switch ((enum imap_cap)row) {
	case IMAP_CAP_UNKNOWN:
	case IMAP_CAP_IMAP4REV1:
	case IMAP_CAP_STARTTLS:
	case IMAP_CAP_LOGINDISABLED:
	case IMAP_CAP_AUTH:
	case IMAP_CAP_SASL_IR:
	case IMAP_CAP_LITERAL_MINUS:
	case IMAP_CAP_LITERAL_PLUS:
	case IMAP_CAP_APPENDLIMIT:
	case IMAP_CAP_APPENDLIMIT_IS:
		return true;
	default:
		return takes_value(row_name(row));
	}
}

size_t
imap_caps_offer(const struct imap_caps *server, const struct imap_offer *o,
    char *out)
{
	struct list l = { .p = out };

	put(&l, STR("IMAP4rev1"));
	if (o->starttls && offered(o, IMAP_CAP_STARTTLS))
		put(&l, STR("STARTTLS"));
	if (!o->authenticated && (o->login_disabled || o->login_refused ||
	    imap_caps_has(server, IMAP_CAP_LOGINDISABLED)))
		put(&l, STR("LOGINDISABLED"));
	if (offered(o, IMAP_CAP_LITERAL_MINUS))
		put(&l, STR("LITERAL-"));
	if (!o->server_known) {
		put(&l, STR("ID"));
		return l.n;
	}
	put_mechanisms(server, o, &l);
	for (unsigned i = 1; i < IMAP_CAP_ROWS; i++)
		if (!computed(i) && imap_caps_has(server, (enum imap_cap)i) &&
		    offered(o, i) && imap_caps_table[i].deflt != NEVER)
			put(&l, row_name(i));
	put_append_limit(server, o, &l);
	put_text(server, o, &l);
	return l.n;
}

bool
imap_cap_enable(const struct imap_offer *o, struct str name)
{
	enum imap_cap row = imap_cap_find(name);

	return imap_caps_table[row].enable && offered(o, row);
}
