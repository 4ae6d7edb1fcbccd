#include "addr.h"
#include "units.h"
#include "vis.h"

enum {
	/* Of a title in a comment or a name; longer ones end in "...". */
	TITLE_MAX = 200,
	/* Room for the address and port of one line. */
	WHERE_MAX = ADDR_TEXT + 10,
};

struct units {
	const struct conf *c;
	const struct units_command *command;
	FILE *out;
};

struct units_kind {
	char name[16];
	bool words;	/* a path with a blank would become two arguments */
	bool transparent;	/* can make transparent sockets */
	/* before all, may be NULL; for each port of each listener */
	void (*begin)(const struct units *u);
	void (*port)(const struct units *u, const struct conf_listener *l,
	    uint16_t port);
};

/* ---- addresses ----------------------------------------------------------- */

static struct addr
address_of(const struct conf_listener *l)
{
	struct addr a = { .port = 0 };

	memcpy(a.ip, l->ip, sizeof a.ip);
	return a;
}

/* "::", which takes IPv4 as well. */
static bool
any_family(const struct addr *a)
{
	return addr_none(a) && !addr_is4(a);
}

/* "10.0.0.1:143" or "[2001:db8::1]:143" to out (WHERE_MAX); returns out. */
static const char *
where(const struct addr *a, uint16_t port, char *out)
{
	char host[ADDR_TEXT];

	addr_host(a, host);
	snprintf(out, WHERE_MAX, addr_is4(a) ? "%s:%u" : "[%s]:%u", host,
	    port);
	return out;
}

static void
print_comment(const struct units *u, const struct conf_listener *l)
{
	char title[TITLE_MAX];

	fprintf(u->out, "# %s\n", vis(title, sizeof title,
	    conf_str(u->c, l->name)));
}

static const struct conf_transparent *
transparent_at(const struct units *u, uint32_t i)
{
	return CONF_AT(u->c, struct conf_transparent,
	    u->c->main->transparents, i);
}

/* Does one need a socket that may answer for any address? */
static bool
tproxy(const struct units *u)
{
	const struct conf_transparent *t;

	for (uint32_t i = 0; (t = transparent_at(u, i)) != NULL; i++)
		if (t->mode == CONF_CATCH_TPROXY)
			return true;
	return false;
}

static const struct conf_tcpserver *
tcpserver(const struct units *u)
{
	return &u->c->main->tcpserver;
}

/* ---- systemd ------------------------------------------------------------- */

static void
wait_begin(const struct units *u)
{
	/* The first line takes back what the unit itself may have. */
	fputs("[Socket]\nListenStream=\nBindIPv6Only=both\n", u->out);
	if (tproxy(u))
		fputs("Transparent=yes\n", u->out);
	fprintf(u->out, "Backlog=%u\n", tcpserver(u)->queue_size);
}

/* With Accept=yes systemd is the one to count. */
static void
systemd_begin(const struct units *u)
{
	wait_begin(u);
	fprintf(u->out, "MaxConnections=%u\n", tcpserver(u)->max_children);
	if (tcpserver(u)->max_children_per_ip != 0)
		fprintf(u->out, "MaxConnectionsPerSource=%u\n",
		    tcpserver(u)->max_children_per_ip);
}

/* A bare port is systemd's "::", and "0.0.0.0" where there is no IPv6. */
static void
systemd_port(const struct units *u, const struct conf_listener *l,
    uint16_t port)
{
	struct addr a = address_of(l);
	char text[WHERE_MAX];

	if (port == l->port)
		print_comment(u, l);
	if (any_family(&a))
		fprintf(u->out, "ListenStream=%u\n", port);
	else
		fprintf(u->out, "ListenStream=%s\n", where(&a, port, text));
}

/* ---- inetd --------------------------------------------------------------- */

static void
inetd_line(const struct units *u, const char *service, const char *protocol,
    const char *wait)
{
	const char *slash = strrchr(u->command->program, '/');

	fprintf(u->out, "%s  stream  %s  %s  root  %s  %s -f %s\n",
	    service, protocol, wait, u->command->program,
	    slash ? slash + 1 : u->command->program, u->command->cfg);
}

static void
inetd_lines(const struct units *u, const struct conf_listener *l,
    uint16_t port, const char *wait)
{
	struct addr a = address_of(l);
	char text[WHERE_MAX];

	if (port == l->port)
		print_comment(u, l);
	if (any_family(&a)) {
		snprintf(text, sizeof text, "%u", port);
		inetd_line(u, text, "tcp4", wait);
		inetd_line(u, text, "tcp6", wait);
	} else {
		inetd_line(u, where(&a, port, text),
		    addr_is4(&a) ? "tcp4" : "tcp6", wait);
	}
}

/* Without a number, inetd closes a service after 256 connections a minute. */
static void
inetd_port(const struct units *u, const struct conf_listener *l,
    uint16_t port)
{
	char wait[24] = "nowait.60000";

	/* size: "nowait." and ten digits; the rate is below 10^6 */
	if (tcpserver(u)->conn_rate != 0)
		snprintf(wait, sizeof wait, "nowait.%u",
		    tcpserver(u)->conn_rate * 60);
	inetd_lines(u, l, port, wait);
}

/* One process accepts for as long as it likes. */
static void
inetd_wait_port(const struct units *u, const struct conf_listener *l,
    uint16_t port)
{
	inetd_lines(u, l, port, "wait");
}

/* ---- xinetd -------------------------------------------------------------- */

/* The reasons are in xinetd.sample. */
enum { XINETD_PER_SOURCE = 500, XINETD_RATE = 1000 };

static const char xinetd_rest[] =
    "	umask           = 077\n"
    "	log_on_success  =\n"
    "	log_on_failure  =\n"
    "	disable         = no\n"
    "}\n";

/* Letters, digits, '.' and '-' as they are, the rest as _HH: one to one. */
static void
print_name(FILE *f, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    ascii_digit((char)c) || c == '.' || c == '-')
			fputc(c, f);
		else
			fprintf(f, "_%02x", c);
	}
}

static void
xinetd_port(const struct units *u, const struct conf_listener *l,
    uint16_t port)
{
	const struct conf_tcpserver *t = tcpserver(u);
	struct str title = conf_str(u->c, l->name);
	struct addr a = address_of(l);
	char host[ADDR_TEXT];

	fputs("service imap4-proxy-", u->out);
	print_name(u->out, title);
	fprintf(u->out, "-%u\n{\n\ttype            = UNLISTED\n"
	    "\tid              = imap4-proxy-", port);
	print_name(u->out, title);
	fprintf(u->out, "-%u\n"
	    "\tsocket_type     = stream\n"
	    "\tprotocol        = tcp\n"
	    "\tbind            = %s\n"
	    "\tport            = %u\n"
	    "\tflags           = NODELAY KEEPALIVE\n"
	    "\tserver          = %s\n"
	    "\tserver_args     = -f %s\n"
	    "\twait            = no\n"
	    "\tuser            = root\n", port, addr_host(&a, host), port,
	    u->command->program, u->command->cfg);
	fprintf(u->out, "\tinstances       = %u\n"
	    "\tper_source      = %u\n"
	    "\tcps             = %u 1\n"
	    "%s", t->max_children, t->max_children_per_ip ?
	    t->max_children_per_ip : XINETD_PER_SOURCE,
	    t->conn_rate ? t->conn_rate : XINETD_RATE, xinetd_rest);
}

/* ---- all ----------------------------------------------------------------- */

static const struct units_kind kinds[] = {
	{ "systemd", false, true, systemd_begin, systemd_port },
	{ "systemd-wait", false, true, wait_begin, systemd_port },
	{ "inetd", true, false, NULL, inetd_port },
	{ "inetd-wait", true, false, NULL, inetd_wait_port },
	{ "xinetd", true, false, NULL, xinetd_port },
};

static const struct units_kind *
find(const char *kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].name, kind) == 0)
			return &kinds[i];
	return NULL;
}

bool
units_known(const char *kind)
{
	return find(kind) != NULL;
}

/* What would not stay one word, or end a line. */
static bool
splits(const char *path)
{
	return path[strcspn(path, " \t\n\r\"'#\\")] != '\0';
}

static const char *
objection(const struct units *u, const struct units_kind *k)
{
	if (u->c->main->listeners.n + u->c->main->transparents.n == 0)
		return "listen-on has no section: nothing to listen on";
	if (strpbrk(u->command->cfg, "\n\r") != NULL ||
	    (k->words && (splits(u->command->cfg) ||
	    splits(u->command->program))))
		return "a path with a blank, a quote or a '#' cannot be "
		    "written there";
	if (!k->transparent && tproxy(u))
		return "mode = tproxy needs a socket that systemd can make "
		    "and this cannot: write mode = redirect";
	return NULL;
}

static void
print_listener(const struct units *u, const struct units_kind *k,
    const struct conf_listener *l)
{
	for (uint32_t port = l->port; port <= l->port_to; port++)
		k->port(u, l, (uint16_t)port);
}

int
units_print(const struct conf *c, const char *kind,
    const struct units_command *command, FILE *out, const char **why_r)
{
	const struct units u = { c, command, out };
	const struct units_kind *k = find(kind);
	const struct conf_listener *l;
	const struct conf_transparent *t;

	*why_r = objection(&u, k);
	if (*why_r != NULL)
		return -1;
	fprintf(out, "# Made by test-imap4 from listen-on and tcpserver of "
	    "%s.\n", command->cfg);
	if (k->begin != NULL)
		k->begin(&u);
	for (uint32_t i = 0; (l = CONF_AT(c, struct conf_listener,
	    c->main->listeners, i)) != NULL; i++)
		print_listener(&u, k, l);
	for (uint32_t i = 0; (t = transparent_at(&u, i)) != NULL; i++)
		print_listener(&u, k, &(struct conf_listener){
		    .name = t->name, .port = t->listen_port,
		    .port_to = t->listen_port });
	return 0;
}
