/* The users file: its format, and what a lookup makes of it. */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "tap.h"
#include "users.h"

#define NOW 1800000000

/* ---- fields -------------------------------------------------------------- */

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void
test_names(void)
{
	static const char good[][80] = { "joe", "a", "joe@example.org",
		"EXAMPLE\\joe", "Ji\xc5\x99\xc3\xad", "a!#*-", "None", X64 };
	static const char bad[][80] = { "", "a b", "a\tb", "a,b", "!a", "#a",
		"-", "*", "none", "a\x7f", "a\x01", "\xff\xfe", X64 "x" };

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		tap_ok(users_name(str_c(good[i])), "a name: %s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		tap_ok(!users_name(str_c(bad[i])), "no name: %s", bad[i]);
}

static const struct {
	const char *text;
	int64_t want;		/* INT64_MIN: none */
} times[] = {
	{ "-", INT64_MAX },
	{ "0", 0 },
	{ "1800000000", 1800000000 },
	{ "253402300799", 253402300799 },
	{ "253402300800", INT64_MIN },
	{ "1970-01-01T00:00:00Z", 0 },
	{ "1969-12-31T23:59:59Z", -1 },
	{ "2026-11-21T12:34:56Z", 1795264496 },
	{ "2026-11-21t12:34:56z", 1795264496 },
	{ "2026-11-21T12:34:56.789Z", 1795264496 },
	{ "2026-11-21T13:34:56+01:00", 1795264496 },
	{ "2026-11-21T07:04:56-05:30", 1795264496 },
	{ "2024-02-29T00:00:00Z", 1709164800 },
	{ "2000-02-29T23:59:60Z", 951868800 },
	{ "0000-01-01T00:00:00Z", -62167219200 },
	{ "9999-12-31T23:59:59Z", 253402300799 },
	{ "9999-12-31T23:59:59-00:01", INT64_MIN },
	{ "2023-02-29T00:00:00Z", INT64_MIN },
	{ "1900-02-29T00:00:00Z", INT64_MIN },
	{ "2026-13-01T00:00:00Z", INT64_MIN },
	{ "2026-00-01T00:00:00Z", INT64_MIN },
	{ "2026-04-31T00:00:00Z", INT64_MIN },
	{ "2026-04-00T00:00:00Z", INT64_MIN },
	{ "2026-04-01T24:00:00Z", INT64_MIN },
	{ "2026-04-01T00:60:00Z", INT64_MIN },
	{ "2026-04-01T00:00:61Z", INT64_MIN },
	{ "2026-04-01T00:00:00", INT64_MIN },
	{ "2026-04-01T00:00:00.Z", INT64_MIN },
	{ "2026-04-01T00:00:00+0100", INT64_MIN },
	{ "2026-04-01T00:00:00+24:00", INT64_MIN },
	{ "2026-04-01T00:00:00Zx", INT64_MIN },
	{ "2026-04-01 00:00:00Z", INT64_MIN },
	{ "2026-04-01", INT64_MIN },
	{ "-1", INT64_MIN },
	{ "never", INT64_MIN },
	{ "", INT64_MIN },
};

static void
test_times(void)
{
	size_t wrong = 0;
	int64_t t;

	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		bool is = users_expiry(str_c(times[i].text), &t);

		tap_int(times[i].want, is ? t : INT64_MIN, "time: '%s'",
		    times[i].text);
	}
	/* every day of 800 years, as libc has it */
	for (int64_t day = -150000; day < 150000; day++) {
		time_t want = day * 86400 + 3661;
		char text[40];
		struct tm tm;

		gmtime_r(&want, &tm);
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
		wrong += !users_expiry(str_c(text), &t) || t != want;
	}
	tap_int(0, (int64_t)wrong, "every day from 1559 to 2380");
}

static void
test_until(void)
{
	static const struct {
		const char *text;
		int64_t want;		/* behind NOW; INT64_MIN: none */
	} cases[] = {
		{ "+1", 1 }, { "+90s", 90 }, { "+30m", 1800 },
		{ "+8h", 28800 }, { "+7d", 604800 }, { "1800000005", 5 },
		{ "+0", INT64_MIN }, { "+", INT64_MIN }, { "+h", INT64_MIN },
		{ "+8w", INT64_MIN }, { "8h", INT64_MIN },
		{ "+-8h", INT64_MIN }, { "", INT64_MIN },
		{ "+253402300799", INT64_MIN },
		{ "+99999999999999d", INT64_MIN },
	};
	int64_t t;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool is = users_until(str_c(cases[i].text), NOW, &t);

		tap_int(cases[i].want, is ? t - NOW : INT64_MIN, "until: "
		    "'%s'", cases[i].text);
	}
}

static const struct {
	const char *text, *host;	/* host NULL: none */
	int bits;
} nets[] = {
	{ "10.0.0.1", "10.0.0.1", 128 },
	{ "255.255.255.255", "255.255.255.255", 128 },
	{ "10.0.0.0/8", "10.0.0.0", 104 },
	{ "0.0.0.0/0", "0.0.0.0", 96 },
	{ "10.0.0.1/32", "10.0.0.1", 128 },
	{ "2001:db8::1", "2001:db8::1", 128 },
	{ "2001:db8::/32", "2001:db8::", 32 },
	{ "2001:db8:0:8000::/49", "2001:db8:0:8000::", 49 },
	{ "::/0", "::", 0 },
	{ "::ffff:10.0.0.1", "10.0.0.1", 128 },
	{ "10.0.0.1/8", NULL, 0 },
	{ "2001:db8::1/32", NULL, 0 },
	{ "2001:db8:0:8000::/48", NULL, 0 },
	{ "10.0.0.0/33", NULL, 0 },
	{ "10.0.0.0/", NULL, 0 },
	{ "10.0.0.0/-1", NULL, 0 },
	{ "10.0.0.0/8/8", NULL, 0 },
	{ "10.0.0", NULL, 0 },
	{ "10.0.0.256", NULL, 0 },
	{ "10.0.0.01", NULL, 0 },
	{ "10.0.0.1.", NULL, 0 },
	{ "10.0.0.1.2", NULL, 0 },
	{ "10.0.0.0001", NULL, 0 },
	{ "[2001:db8::1]", NULL, 0 },
	{ "mail.example.org", NULL, 0 },
	{ "/8", NULL, 0 },
	{ "", NULL, 0 },
};

static void
test_nets(void)
{
	struct users_entry e;
	char host[ADDR_TEXT];

	for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
		bool is = users_net(str_c(nets[i].text), &e);

		if (!tap_ok(is == (nets[i].host != NULL), "'%s' is %s",
		    nets[i].text, nets[i].host ? "a net" : "none") || !is)
			continue;
		tap_cstr(nets[i].host, addr_host(&e.net, host), "its address");
		tap_int(nets[i].bits, e.bits, "its prefix");
	}
}

/* ---- lines --------------------------------------------------------------- */

static const struct {
	const char *line;
	int want;
	const char *why;	/* or the user */
} lines[] = {
	{ "10.0.0.1 joe staff,mail 1800000000", 1, "joe" },
	{ "  10.0.0.1\tjoe\t-\t- ", 1, "joe" },
	{ "10.0.0.1 joe - - # since monday", 1, "joe" },
	{ "10.0.0.1 joe - - #", 1, "joe" },
	{ "", 0, "" },
	{ " \t", 0, "" },
	{ "# 10.0.0.1 joe - -", 0, "" },
	{ "  #", 0, "" },
	{ "joe 10.0.0.1 - -", -1, "it begins with no address, or one with "
	    "bits behind its prefix" },
	{ "10.0.0.1", -1, "its second field is no user's name" },
	{ "10.0.0.1 none - -", -1, "its second field is no user's name" },
	{ "10.0.0.1 joe", -1, "its third field is no list of groups, nor "
	    "'-'" },
	{ "10.0.0.1 joe a,,b -", -1, "its third field is no list of groups, "
	    "nor '-'" },
	{ "10.0.0.1 joe a, -", -1, "its third field is no list of groups, "
	    "nor '-'" },
	{ "10.0.0.1 joe a", -1, "its fourth field is no time, nor '-'" },
	{ "10.0.0.1 joe a never", -1, "its fourth field is no time, nor "
	    "'-'" },
	{ "10.0.0.1 joe a - b", -1, "there is a fifth field" },
	{ "10.0.0.1 joe a -\r", -1, "its fourth field is no time, nor '-'" },
};

static void
test_lines(void)
{
	char text[USERS_LINE + 1];
	struct users_entry e;
	const char *why = "";

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		int r = users_line(str_c(lines[i].line), &e, &why);

		tap_int(lines[i].want, r < 0 ? -1 : r, "line '%s'",
		    lines[i].line);
		if (r > 0)
			tap_str(str_c(lines[i].why), e.user, "its user");
		if (r < 0)
			tap_cstr(lines[i].why, why, "why");
	}
	users_line(str_c("10.0.0.1 joe staff,mail -"), &e, &why);
	tap_str(STR("staff,mail"), e.groups, "its groups");
	memset(text, ' ', sizeof text);
	tap_int(0, users_line((struct str){ text, USERS_LINE - 1 }, &e, &why),
	    "a line as long as it may be");
	tap_int(ERR_SYNTAX, users_line((struct str){ text, USERS_LINE }, &e,
	    &why), "and one too long");
}

/* ---- lookups ------------------------------------------------------------- */

static char path[] = "/tmp/t-users-XXXXXX";
static const struct users_rules rules = { 100, UINT32_MAX };

static void
put(const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || fd_write_all(fd, str_c(text)) < 0)
		abort();
	close(fd);
}

/* "user groups", "nobody", or why nothing can be said. */
static const char *
ask(const char *host)
{
	static char text[USERS_NAME + USERS_GROUPS + 8];
	struct users_who who;
	struct addr a;

	if (!addr_parse(str_c(host), &a))
		abort();
	if (users_find(path, &rules, &a, NOW, &who) < 0) {
		tap_ok(!who.known, "nobody is known then");
		return strcpy(text, who.why);
	}
	if (!who.known)
		return "nobody";
	snprintf(text, sizeof text, "%s %s", who.user, who.groups);
	return text;
}

static const char offices[] =
    "# who sits where\n"
    "10.0.0.0/8 office staff -\n"
    "10.1.0.0/16 branch staff,branch -\n"
    "\n"
    "10.1.2.3 joe staff,vpn 1800000001\n"
    "10.1.2.4 jane staff 1800000000\n"
    "10.1.2.5 bad\n"
    "10.1.2.6 twice a -\n"
    "10.1.2.6/32 again b -\n"
    "10.1.2.7 old a 2001-01-01T00:00:00Z\n"
    "10.1.2.7 new b 2101-01-01T00:00:00+01:00\n"
    "10.1.2.128/25 upper - -\n"
    "2001:db8::/32 six - -\n"
    "2001:db8::/49 lower - -\n";

static void
test_find(void)
{
	put(offices);
	tap_cstr("office staff", ask("10.9.9.9"), "the shortest prefix");
	tap_cstr("branch staff,branch", ask("10.1.9.9"), "a longer one");
	tap_cstr("joe staff,vpn", ask("10.1.2.3"), "an address of its own");
	tap_cstr("joe staff,vpn", ask("::ffff:10.1.2.3"), "mapped as well");
	tap_cstr("branch staff,branch", ask("10.1.2.4"), "an expired entry "
	    "counts as if it were not there");
	tap_cstr("line 7: its third field is no list of groups, nor '-'",
	    ask("10.1.2.5"), "a bad line about this address");
	tap_cstr("line 9: its address or prefix has an entry before it",
	    ask("10.1.2.6"), "two lines about it");
	tap_cstr("new b", ask("10.1.2.7"), "one of two has expired");
	tap_cstr("upper ", ask("10.1.2.200"), "a prefix within an octet");
	tap_cstr("branch staff,branch", ask("10.1.2.100"), "and below it");
	tap_cstr("nobody", ask("192.0.2.1"), "an address in no prefix");
	tap_cstr("lower ", ask("2001:db8::1"), "IPv6");
	tap_cstr("six ", ask("2001:db8:0:8000::"), "its other half");
	tap_cstr("nobody", ask("2001:db9::1"), "and outside");
	put("::/0 all - -\n0.0.0.0/0 four - -\n");
	tap_cstr("four ", ask("10.0.0.1"), "all of IPv4");
	tap_cstr("all ", ask("2001:db8::1"), "and everything");
	put("10.0.0.0/8 a - -\n10.0.0.0/8 b - -\n10.0.0.1 joe c -\n");
	tap_cstr("joe c", ask("10.0.0.1"), "two of a prefix that does not "
	    "decide");
	put("");
	tap_cstr("nobody", ask("10.0.0.1"), "an empty file");
	put("10.0.0.1 joe - -\n10.0.0 x - -\n");
	tap_cstr("line 2: it begins with no address, or one with bits behind "
	    "its prefix", ask("10.0.0.1"), "a line about nobody knows whom");
	put("10.0.0.1 joe - -");
	tap_cstr("line 1: it has no end: whoever wrote it is not done, or "
	    "was stopped", ask("10.0.0.1"), "half a file");
}

/* A file of many lines: text n times, then tail. */
static void
put_many(const char *text, size_t n, const char *tail)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		fputs(text, f);
	fputs(tail, f);
	fclose(f);
}

static void
test_limits(void)
{
	put_many("10.0.0.2 x - -\n", 99, "10.0.0.1 joe a -\n");
	tap_cstr("joe a", ask("10.0.0.1"), "as many entries as may be");
	put_many("10.0.0.2 x - -\n", 100, "10.0.0.1 joe a -\n");
	tap_cstr("line 101: more entries than max-sessions", ask("10.0.0.1"),
	    "and one more");
	put_many("#\n", USERS_REMARKS, "10.0.0.1 joe a -\n");
	tap_cstr("joe a", ask("10.0.0.1"), "as many remarks as may be");
	put_many("#\n", USERS_REMARKS + 1, "10.0.0.1 joe a -\n");
	tap_cstr("line 1001: too many lines that are no entries",
	    ask("10.0.0.1"), "and one more");
	put_many("x", 40000, "\n");
	tap_cstr("line 1: it is too long", ask("10.0.0.1"), "a line without "
	    "end");
	put_many("#", USERS_LINE, "\n");
	tap_cstr("line 1: it is too long", ask("10.0.0.1"), "a long remark");
	/* lines that lie across every border of the blocks that are read */
	put_many("# 4567890123456789012345678901234567890123\n", 900,
	    "10.0.0.1 joe a -\n");
	tap_cstr("joe a", ask("10.0.0.1"), "a file of some blocks");
}

static void
test_owner(void)
{
	put("10.0.0.1 joe a -\n");
	chmod(path, 0664);
	tap_cstr("may be written by others", ask("10.0.0.1"), "group writes");
	chmod(path, 0646);
	tap_cstr("may be written by others", ask("10.0.0.1"), "others write");
	chmod(path, 0640);
	tap_cstr("joe a", ask("10.0.0.1"), "mode 0640");
	if (geteuid() == 0) {
		struct users_rules own = { 100, 65534 };
		struct users_who who;
		struct addr a;

		if (chown(path, 65534, 65534) < 0 ||
		    !addr_parse(STR("10.0.0.1"), &a))
			abort();
		tap_cstr("owned by another user", ask("10.0.0.1"),
		    "another owner");
		tap_int(0, users_find(path, &own, &a, NOW, &who),
		    "but the service's");
	}
	unlink(path);
	tap_cstr("No such file or directory", ask("10.0.0.1"), "no file");
	mkdir(path, 0700);
	tap_cstr("not a regular file", ask("10.0.0.1"), "a folder");
	rmdir(path);
	mkfifo(path, 0600);
	tap_cstr("not a regular file", ask("10.0.0.1"), "a FIFO");
	unlink(path);
}

/* What a session pays; a tenfold of what it was measured with. */
static void
test_cost(void)
{
	struct users_rules many = { 10000, UINT32_MAX };
	FILE *f = fopen(path, "w");
	struct users_who who;
	int64_t best = INT64_MAX;
	struct addr a;

	if (f == NULL || !addr_parse(STR("10.0.5.9"), &a))
		abort();
	for (int i = 0; i < 10000; i++)
		fprintf(f, "10.%d.%d.%d user%d staff,vpn,mail "
		    "2101-12-%02dT12:00:00Z\n", i / 65536, i / 256 % 256,
		    i % 256, i, i % 28 + 1);
	fclose(f);
	for (int i = 0; i < 5; i++) {
		int64_t t = clock_us();

		if (users_find(path, &many, &a, NOW, &who) < 0)
			abort();
		t = clock_us() - t;
		best = t < best ? t : best;
	}
	tap_cstr("user1289", who.user, "10,000 entries");
	tap_diag("10,000 entries take %lld us", (long long)best);
#ifndef __SANITIZE_ADDRESS__
	tap_ok(best < 3500, "well below what a session may cost");
#endif
	unlink(path);
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		abort();
	close(fd);
	test_names();
	test_times();
	test_until();
	test_nets();
	test_lines();
	test_find();
	test_limits();
	test_owner();
	test_cost();
	return tap_done();
}
