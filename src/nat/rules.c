#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "rules.h"

static const char catch_prefix[] = "imap4_proxy_";
static const char hold_prefix[] = "imap4_hold_";

/* What is being written. */
struct writer {
	const struct list *l;
	FILE *f;
	char *text;
	size_t n;
};

static void
begin(struct writer *w, const struct list *l)
{
	*w = (struct writer){ .l = l };
	w->f = open_memstream(&w->text, &w->n);
	if (w->f == NULL)
		abort();
}

static char *
finish(struct writer *w)
{
	if (fclose(w->f) != 0)
		abort();
	return w->text;
}

/* One command on a table. */
static char *
command(const char *verb, const char *prefix, const char *name)
{
	char *text;

	if (asprintf(&text, "%s table inet %s%s\n", verb, prefix, name) < 0)
		abort();
	return text;
}

/* ---- addresses ----------------------------------------------------------- */

static const uint8_t four_lo[16] = { [10] = 0xff, 0xff };
static const uint8_t four_hi[16] = { [10] = 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff };

/* The part of a range in a family; false: none. */
static bool
part(const struct list_range *r, bool four, struct addr *lo, struct addr *hi)
{
	const uint8_t *a = r->lo, *z = r->hi;

	if (four) {
		if (memcmp(z, four_lo, 16) < 0 || memcmp(a, four_hi, 16) > 0)
			return false;
		a = memcmp(a, four_lo, 16) < 0 ? four_lo : a;
		z = memcmp(z, four_hi, 16) > 0 ? four_hi : z;
	} else if (memcmp(a, four_lo, 16) >= 0 &&
	    memcmp(z, four_hi, 16) <= 0) {
		return false;
	}
	*lo = *hi = (struct addr){ .port = 0 };
	memcpy(lo->ip, a, 16);
	memcpy(hi->ip, z, 16);
	return true;
}

/* IPv6 that begins or ends in mapped IPv4 has another text. */
static const char *
address(const struct addr *a, bool four, char *out)
{
	struct addr b = *a;

	if (!four && addr_is4(&b))
		snprintf(out, ADDR_TEXT, "::ffff:%x:%x",
		    (unsigned)(b.ip[12] << 8 | b.ip[13]),
		    (unsigned)(b.ip[14] << 8 | b.ip[15]));
	else
		addr_host(&b, out);
	return out;
}

static unsigned
count(const struct writer *w, unsigned first, unsigned n, bool four)
{
	struct addr lo, hi;
	unsigned in = 0;

	for (unsigned i = 0; i < n; i++)
		in += part(&w->l->ranges[first + i], four, &lo, &hi);
	return in;
}

static void
put_set(struct writer *w, const char *relation, unsigned first, unsigned n,
    bool four)
{
	const char *comma = "";
	char text[ADDR_TEXT];
	struct addr lo, hi;

	fprintf(w->f, " %s daddr%s {", four ? "ip" : "ip6", relation);
	for (unsigned i = 0; i < n; i++) {
		if (!part(&w->l->ranges[first + i], four, &lo, &hi))
			continue;
		fprintf(w->f, "%s %s", comma, address(&lo, four, text));
		if (!addr_same(&lo, &hi))
			fprintf(w->f, "-%s", address(&hi, four, text));
		comma = ",";
	}
	fputs(" }", w->f);
}

/* ---- one catch ----------------------------------------------------------- */

static bool
is_own(const struct list_catch *k)
{
	return strcmp(k->iface, "lo") == 0;
}

/* What it is about in a family; false: nothing. */
static bool
put_match(struct writer *w, const struct list_catch *k, bool four)
{
	unsigned pos = count(w, k->first, k->npos, four);
	unsigned neg = count(w, k->first + k->npos, k->nneg, four);

	if (k->npos > 0 && pos == 0)
		return false;
	fputs("\t\t", w->f);
	if (is_own(k))
		fprintf(w->f, "meta skuid != %u ", w->l->uid);
	else if (k->iface[0] != '\0')
		fprintf(w->f, "iifname \"%s\" ", k->iface);
	fprintf(w->f, "meta nfproto %s tcp dport %u", four ? "ipv4" : "ipv6",
	    k->port);
	if (k->port_to != k->port)
		fprintf(w->f, "-%u", k->port_to);
	if (pos > 0)
		put_set(w, "", k->first, k->npos, four);
	if (neg > 0)
		put_set(w, " !=", k->first + k->npos, k->nneg, four);
	return true;
}

static void
put_mark(struct writer *w)
{
	fprintf(w->f, " meta mark set meta mark & 0x%08x | 0x%08x accept\n",
	    ~(unsigned)RULES_MARK_MASK, (unsigned)RULES_MARK);
}

/* Never what is for this machine: its own servers, its listeners. */
static void
put_redirect(struct writer *w, const struct list_catch *k, bool four)
{
	if (k->active && put_match(w, k, four))
		fprintf(w->f, " fib daddr type != local redirect to :%u\n",
		    k->listen_port);
}

static void
put_tproxy(struct writer *w, const struct list_catch *k, bool four)
{
	if (!k->active || !put_match(w, k, four))
		return;
	fprintf(w->f, " fib daddr type != local tproxy %s to :%u",
	    four ? "ip" : "ip6", k->listen_port);
	put_mark(w);
}

static void
put_drop(struct writer *w, const struct list_catch *k, bool four)
{
	if (k->block && put_match(w, k, four))
		fputs(is_own(k) ? " fib daddr type != local drop\n" :
		    " drop\n", w->f);
}

enum which { REDIRECT, TPROXY, OWN };

static enum which
which(const struct list_catch *k)
{
	return is_own(k) ? OWN : k->tproxy ? TPROXY : REDIRECT;
}

/* ---- chains -------------------------------------------------------------- */

/* A chain of all catches of a kind (-1: that are not OWN), if any. */
static void
put_chain(struct writer *w, const char *head, int kind,
    void (*put)(struct writer *, const struct list_catch *, bool))
{
	bool any = false;

	for (uint32_t i = 0; i < w->l->ncatches; i++) {
		const struct list_catch *k = &w->l->catches[i];

		if (kind < 0 ? is_own(k) : (int)which(k) != kind)
			continue;
		if (!any)
			fprintf(w->f, "\tchain %s; policy accept;\n", head);
		any = true;
		put(w, k, true);
		put(w, k, false);
	}
	if (any)
		fputs("\t}\n", w->f);
}

/* Packets of transparent sockets come to this machine. */
static void
put_divert(struct writer *w)
{
	if (!list_needs_route(w->l))
		return;
	fputs("\tchain divert {\n\t\ttype filter hook prerouting priority "
	    "mangle - 1; policy accept;\n\t\tmeta l4proto 6 socket "
	    "transparent 1", w->f);
	put_mark(w);
	fputs("\t}\n", w->f);
}

/* Begin a table anew, if it may be there already. */
static void
put_table(struct writer *w, const char *prefix, const char *flags)
{
	const char *name = w->l->name;

	fprintf(w->f, "table inet %s%s {\n%s}\ndelete table inet %s%s\n"
	    "table inet %s%s {\n%s", prefix, name, flags, prefix, name, prefix,
	    name, flags);
}

char *
rules_catch(const struct list *l)
{
	struct writer w;

	begin(&w, l);
	put_table(&w, catch_prefix, "\tflags owner;\n");
	put_chain(&w, "caught {\n\t\ttype nat hook prerouting "
	    "priority dstnat", REDIRECT, put_redirect);
	put_chain(&w, "own {\n\t\ttype nat hook output priority -100", OWN,
	    put_redirect);
	put_divert(&w);
	put_chain(&w, "caught_as_is {\n\t\ttype filter hook prerouting "
	    "priority mangle", TPROXY, put_tproxy);
	fputs("}\n", w.f);
	return finish(&w);
}

/* Are there addresses to be rewritten? Tracking costs, so not in vain. */
static bool
translates(const struct list *l)
{
	for (uint32_t i = 0; i < l->ncatches; i++)
		if (which(&l->catches[i]) != TPROXY)
			return true;
	return false;
}

char *
rules_hold(const struct list *l)
{
	struct writer w;

	begin(&w, l);
	put_table(&w, hold_prefix, "");
	if (translates(l))
		/* the rule lets all go on, but has connections tracked */
		fputs("\tchain translate {\n\t\ttype nat hook prerouting "
		    "priority dstnat + 1; policy accept;\n"
		    "\t\tct state new accept\n\t}\n", w.f);
	put_divert(&w);
	put_chain(&w, "block {\n\t\ttype filter hook forward "
	    "priority filter", -1, put_drop);
	put_chain(&w, "block_own {\n\t\ttype filter hook output "
	    "priority filter", OWN, put_drop);
	fputs("}\n", w.f);
	return finish(&w);
}

char *
rules_no_catch(const char *name)
{
	return command("delete", catch_prefix, name);
}

char *
rules_no_hold(const char *name)
{
	return command("delete", hold_prefix, name);
}

char *
rules_show_hold(const char *name)
{
	return command("list", hold_prefix, name);
}
