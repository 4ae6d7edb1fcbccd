/* From listen-on to the packet filter's rules; what a list may hold. */

#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "list.h"
#include "rules.h"
#include "tap.h"

static struct list l;

static void
begin(const char *name)
{
	memset(&l, 0, sizeof l);
	l.version = LIST_VERSION;
	l.uid = 990;
	strcpy(l.name, name);
}

static struct list_catch *
add(const char *iface, uint16_t port, uint16_t port_to, uint16_t listen_port)
{
	struct list_catch *k = &l.catches[l.ncatches++];

	*k = (struct list_catch){ .port = port, .port_to = port_to,
	    .listen_port = listen_port, .active = 1,
	    .first = (uint16_t)l.nranges };
	strcpy(k->iface, iface);
	return k;
}

static void
range(struct list_catch *k, bool negative, const char *lo, const char *hi)
{
	struct list_range *r = &l.ranges[l.nranges++];
	struct addr a;

	addr_parse(str_c(lo), &a);
	memcpy(r->lo, a.ip, 16);
	addr_parse(str_c(hi), &a);
	memcpy(r->hi, a.ip, 16);
	*(negative ? &k->nneg : &k->npos) += 1;
}

static void
is(const char *want, char *seen, const char *name)
{
	tap_ok(list_check(&l, sizeof l), "%s: a good list", name);
	tap_cstr(want, seen, "%s", name);
	free(seen);
}

#define TABLE(t, flags) \
	"table inet " t " {\n" flags "}\ndelete table inet " t "\n" \
	"table inet " t " {\n" flags
#define OWNED(n) TABLE("imap4_proxy_" n, "\tflags owner;\n")
#define HELD(n) TABLE("imap4_hold_" n, "") \
	"\tchain translate {\n\t\ttype nat hook prerouting priority " \
	"dstnat + 1; policy accept;\n\t\tct state new accept\n\t}\n"
#define MARK " meta mark set meta mark & 0xf000ffff | 0x01430000 accept\n"
#define DIVERT "\tchain divert {\n\t\ttype filter hook prerouting " \
	"priority mangle - 1; policy accept;\n" \
	"\t\tmeta l4proto 6 socket transparent 1" MARK "\t}\n"
#define REDIRECT "\tchain caught {\n\t\ttype nat hook prerouting " \
	"priority dstnat; policy accept;\n"
#define NOT_OURS " fib daddr type != local"

static void
test_redirect(void)
{
	begin("a-b");
	add("eth1", 143, 143, 2143);
	add("", 1000, 1010, 2144)->block = 1;
	is(OWNED("a-b") REDIRECT
	    "\t\tiifname \"eth1\" meta nfproto ipv4 tcp dport 143" NOT_OURS
	    " redirect to :2143\n"
	    "\t\tiifname \"eth1\" meta nfproto ipv6 tcp dport 143" NOT_OURS
	    " redirect to :2143\n"
	    "\t\tmeta nfproto ipv4 tcp dport 1000-1010" NOT_OURS
	    " redirect to :2144\n"
	    "\t\tmeta nfproto ipv6 tcp dport 1000-1010" NOT_OURS
	    " redirect to :2144\n"
	    "\t}\n}\n", rules_catch(&l), "redirect");
	is(HELD("a-b") "\tchain block {\n\t\ttype filter hook forward "
	    "priority filter; policy accept;\n"
	    "\t\tmeta nfproto ipv4 tcp dport 1000-1010 drop\n"
	    "\t\tmeta nfproto ipv6 tcp dport 1000-1010 drop\n"
	    "\t}\n}\n", rules_hold(&l), "what stays");
}

static void
test_own(void)
{
	begin("x");
	add("lo", 143, 143, 2143)->block = 1;
	is(OWNED("x") "\tchain own {\n\t\ttype nat hook output priority "
	    "-100; policy accept;\n"
	    "\t\tmeta skuid != 990 meta nfproto ipv4 tcp dport 143" NOT_OURS
	    " redirect to :2143\n"
	    "\t\tmeta skuid != 990 meta nfproto ipv6 tcp dport 143" NOT_OURS
	    " redirect to :2143\n"
	    "\t}\n}\n", rules_catch(&l), "the machine's own, but the proxy's");
	is(HELD("x") "\tchain block_own {\n\t\ttype filter hook output "
	    "priority filter; policy accept;\n"
	    "\t\tmeta skuid != 990 meta nfproto ipv4 tcp dport 143" NOT_OURS
	    " drop\n"
	    "\t\tmeta skuid != 990 meta nfproto ipv6 tcp dport 143" NOT_OURS
	    " drop\n"
	    "\t}\n}\n", rules_hold(&l), "what stays of it");
}

static void
test_addresses(void)
{
	struct list_catch *k;

	begin("x");
	k = add("", 143, 143, 2143);
	range(k, false, "10.0.0.0", "10.0.0.255");
	range(k, false, "10.9.0.1", "10.9.0.1");
	range(k, true, "10.0.0.9", "10.0.0.9");
	k = add("ppp*", 993, 993, 2993);
	k->tproxy = 1;
	range(k, true, "2001:db8::", "2001:db8::ff");
	is(OWNED("x") REDIRECT
	    "\t\tmeta nfproto ipv4 tcp dport 143 ip daddr { "
	    "10.0.0.0-10.0.0.255, 10.9.0.1 } ip daddr != { 10.0.0.9 }"
	    NOT_OURS " redirect to :2143\n\t}\n"
	    DIVERT
	    "\tchain caught_as_is {\n\t\ttype filter hook prerouting priority "
	    "mangle; policy accept;\n"
	    "\t\tiifname \"ppp*\" meta nfproto ipv4 tcp dport 993" NOT_OURS
	    " tproxy ip to :2993" MARK
	    "\t\tiifname \"ppp*\" meta nfproto ipv6 tcp dport 993 ip6 daddr "
	    "!= { 2001:db8::-2001:db8::ff }" NOT_OURS
	    " tproxy ip6 to :2993" MARK "\t}\n}\n",
	    rules_catch(&l), "each family's part of the addresses");
	begin("x");
	k = add("", 143, 143, 2143);
	range(k, false, "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	is(OWNED("x") REDIRECT
	    "\t\tmeta nfproto ipv4 tcp dport 143 ip daddr { "
	    "0.0.0.0-255.255.255.255 }" NOT_OURS " redirect to :2143\n"
	    "\t\tmeta nfproto ipv6 tcp dport 143 ip6 daddr { "
	    "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff }" NOT_OURS
	    " redirect to :2143\n\t}\n}\n",
	    rules_catch(&l), "all of both");
	begin("x");
	l.foreign = 1;
	is(OWNED("x") DIVERT "}\n", rules_catch(&l), "clients' addresses");
	is(TABLE("imap4_hold_x", "") DIVERT "}\n", rules_hold(&l),
	    "and what stays");
}

static void
test_listening(void)
{
	static const uint16_t ports[] = { 25, 2993 };

	begin("x");
	add("a", 143, 143, 2143);
	add("b", 993, 993, 2993);
	list_listening(&l, ports, 2);
	is(OWNED("x") REDIRECT
	    "\t\tiifname \"b\" meta nfproto ipv4 tcp dport 993" NOT_OURS
	    " redirect to :2993\n"
	    "\t\tiifname \"b\" meta nfproto ipv6 tcp dport 993" NOT_OURS
	    " redirect to :2993\n\t}\n}\n",
	    rules_catch(&l), "only what somebody listens for");
	l.catches[0].block = 1;
	is(HELD("x") "\tchain block {\n\t\ttype filter hook forward "
	    "priority filter; policy accept;\n"
	    "\t\tiifname \"a\" meta nfproto ipv4 tcp dport 143 drop\n"
	    "\t\tiifname \"a\" meta nfproto ipv6 tcp dport 143 drop\n"
	    "\t}\n}\n", rules_hold(&l), "but blocked is the rest, too");
}

#define BAD(text, ...) \
	do { \
		begin("x"); \
		add("eth1", 143, 143, 2143); \
		range(&l.catches[0], false, "10.0.0.1", "10.0.0.9"); \
		__VA_ARGS__; \
		tap_ok(!list_check(&l, sizeof l), "no list: %s", text); \
	} while (0)

static void
test_bad(void)
{
	tap_ok(!list_check(&l, sizeof l - 1), "no list: a short one");
	BAD("another version", l.version = 2);
	BAD("no name", l.name[0] = '\0');
	BAD("a name that says more", strcpy(l.name, "x { }"));
	BAD("a name without end", memset(l.name, 'a', sizeof l.name));
	BAD("an interface that says more",
	    strcpy(l.catches[0].iface, "x\" drop"));
	BAD("a star in the middle", strcpy(l.catches[0].iface, "a*b"));
	BAD("an interface without end", memset(l.catches[0].iface, 'a', 16));
	BAD("port 0", l.catches[0].port = 0);
	BAD("ports backwards", l.catches[0].port_to = 1);
	BAD("no listen-port", l.catches[0].listen_port = 0);
	BAD("too many", l.ncatches = LIST_CATCHES + 1);
	BAD("too many ranges", l.nranges = LIST_RANGES + 1);
	BAD("ranges that are not there", l.catches[0].nneg = 1);
	BAD("ranges that wrap", l.catches[0].first = UINT16_MAX);
	BAD("a range backwards", l.ranges[0].lo[0] = 0xff);
	BAD("a flag of its own", l.catches[0].block = 2);
	BAD("everybody's own", strcpy(l.catches[0].iface, "lo"),
	    l.uid = UINT32_MAX);
}

int
main(void)
{
	test_redirect();
	test_own();
	test_addresses();
	test_listening();
	test_bad();
	return tap_done();
}
