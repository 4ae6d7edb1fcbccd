/* What the query shows of a board, whatever is written on it. */

#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "clock.h"
#include "display.h"
#include "fd.h"
#include "fields.h"
#include "query.h"
#include "tap.h"

static char folder[64];
static struct board board;
static struct query query = { .name = "t", .config = "0102030405060708",
	.folder = folder };

/* The answer to a command, malloc'd. */
static char *
answer(const char *line)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	query_run(&query, str_c(line), f);
	fclose(f);
	return text;
}

static void
says(const char *line, const char *want, const char *name)
{
	char *text = answer(line);

	tap_cstr(want, text, "%s", name);
	free(text);
}

/* Does the answer have these words? */
static bool
has(const char *line, const char *words)
{
	char *text = answer(line);
	bool found = strstr(text, words) != NULL;

	if (!found)
		tap_diag("%s: no \"%s\" in\n%s", line, words, text);
	free(text);
	return found;
}

static struct display
sample(void)
{
	struct display d = {
		.began = clock_ms() - 61500, .active = clock_ms() - 2500,
		.mark = clock_ms(), .interval = 5000,
		.began_wall = 1795255200, .pending = 1, .commands = 7,
		.to_client = 123456, .speed_in = 1234567,
		.config = { 1, 2, 3, 4, 5, 6, 7, 8 },
	};
	struct addr a;

	addr_parse(STR("192.0.2.1"), &a);
	a.port = 40000;
	display_addr(&d.from, &a);
	addr_parse(STR("2001:db8::1"), &a);
	a.port = 143;
	display_addr(&d.to, &a);
	DISPLAY_TEXT(d.stage, STR("relay"));
	DISPLAY_TEXT(d.command, STR("FETCH"));
	DISPLAY_TEXT(d.session_acl, STR("office"));
	DISPLAY_TEXT(d.command_acl, STR("all"));
	DISPLAY_TEXT(d.user, STR("joe"));
	DISPLAY_TEXT(d.from.tls, STR("TLSv1.3"));
	return d;
}

static void
begin(void)
{
	static const struct board_claim any;
	struct display d = sample();

	if (!board_open(&board, folder, geteuid()) ||
	    board_claim(&board, &any) != BOARD_TAKEN) {
		printf("Bail out! %s\n", board.why);
		exit(1);
	}
	display_put(&board, &d);
}

static const struct {
	const char *text, *want;
	size_t size, tail;
} cuts[] = {
	{ "alice", "alice", 8, 0 }, { "alicebob", "alicebob", 8, 0 },
	{ "alicebobs", "alice...", 8, 0 }, { "", "", 8, 0 },
	{ "Archive/2026/November", "Arch.../November", 16, 9 },
	{ "ab\xc3\xa9" "efghijklm", "ab...", 6, 0 },
	{ "abcdefgh\xc3\xa9z", "abc...z", 8, 2 },
	{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80", "...", 8, 2 },
};

static void
test_cuts(void)
{
	char field[20];

	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
		memset(field, '!', sizeof field);
		display_middle(field, cuts[i].size, cuts[i].tail,
		    str_c(cuts[i].text));
		tap_str(str_c(cuts[i].want), look_text(field,
		    cuts[i].size), "\"%s\" in %zu octets",
		    cuts[i].want, cuts[i].size);
		tap_int('!', field[cuts[i].size], "and no more");
	}
}

static void
test_list(void)
{
	char want[400];

	snprintf(want, sizeof want,
	    " SLOT  AGE IDLE IN/s OUT/ DOES            USER           FROM\n"
	    "%5d   1m   2s 1.2M    0 FETCH           joe            "
	    "[192.0.2.1]:40000\n", (int)board.mine);
	says("show sess", want, "a line for each session");
	tap_ok(has("show sess all", "\nfrom: [192.0.2.1]:40000\n"),
	    "every field has a line");
	tap_ok(has("show sess all", "\nage: 61\n"), "times are seconds");
	tap_ok(has("show sess all", "\nbegan: 2026-11-21T"),
	    "or dates");
	tap_ok(has("show sess all", "\nconfig: 0102030405060708\n"),
	    "hashes are hex");
	tap_ok(has("show sess all", "\ntls-client: TLSv1.3\n"),
	    "TLS is shown");
	snprintf(want, sizeof want, "show sess %d", (int)board.mine);
	tap_ok(has(want, "session-acl: office"), "a slot by its number");
	says("show sess 999999", "", "one that is not there");
}

/* What wait mode's parent asks of a child that crashed. */
static void
test_stage(void)
{
	char stage[DISPLAY_WORD + 1];

	tap_ok(display_stage(&board, (uint32_t)getpid(), stage) &&
	    strcmp(stage, "relay") == 0, "a process's stage");
	tap_ok(!display_stage(&board, 1, stage), "not of one that shows none");
	tap_ok(!display_stage(&(struct board){ 0 }, 1, stage),
	    "nor without a board");
}

static const struct {
	const char *filter;
	bool holds;
} filters[] = {
	{ "user=joe", true }, { "user=JOE", true }, { "user=j*", true },
	{ "user=jane", false }, { "user!=jane", true },
	{ "user!=joe", false }, { "from=192.0.2.1", true },
	{ "from=192.0.2.*", true }, { "from=[192.0.2.1]:40000", true },
	{ "from=192.0.2.2", false }, { "to=2001:db8::1", true },
	{ "acl=office", true }, { "acl=all", true }, { "acl=other", false },
	{ "acl!=office", false }, { "acl!=other", true },
	{ "config=current", true }, { "config!=current", false },
	{ "stage=relay command=FETCH", true },
	{ "stage=relay command=IDLE", false }, { "", true },
	{ "  user=joe   age=61 ", true }, { "server=", true },
	{ "transparent=no", true }, { "sort=age user=joe", true },
};

static void
test_filters(void)
{
	char line[100];

	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
		char *text;

		snprintf(line, sizeof line, "show sess %s",
		    filters[i].filter);
		text = answer(line);
		tap_int(filters[i].holds, strstr(text, "FETCH") != NULL,
		    "filter %s", filters[i].filter);
		free(text);
	}
	says("show sess users=joe", "error: users=joe: there is no such "
	    "field\n", "a field that is none");
	says("show sess joe", "error: joe: write NAME=VALUE or "
	    "NAME!=VALUE\n", "a word that is no condition");
	says("show sess sort=size", "error: sort=size: there is no such "
	    "field\n", "an order that is none");
	says("show sess user=a user=a user=a user=a user=a user=a user=a "
	    "user=a user=a", "error: user=a: too many conditions\n",
	    "a filter without end");
}

static int level;

static void
take_level(int to)
{
	level = to;
}

static void
test_commands(void)
{
	says("", "error: no such command, try help\n", "nothing");
	says("delete \x1b[2J", "error: no such command, try help: delete "
	    "\\x1B[2J\n", "an unknown one, made visible");
	says("show sessions", "error: no such command, try help: show "
	    "sessions\n", "a longer word");
	says("show config", "name t\nconfig 0102030405060708\nslots 2048\n"
	    "active 1\n", "show config");
	says("kill 1", "error: not permitted here\n",
	    "kill is the administrator's");
	query.admin = true;
	says("kill", "error: kill: which?  SLOT or FILTER\n",
	    "kill without a filter");
	says("kill user=nobody", "killed 0\n", "kill of nobody");
	says("log 9", "error: not permitted here\n",
	    "there is no log where nobody has one");
	query.log = take_level;
	says("log 2", "error: log: write a level from 3 to 9: 2\n",
	    "a level that is none");
	says("log 10", "error: log: write a level from 3 to 9: 10\n",
	    "nor is this");
	says("log 9", "level 9\n", "one that is");
	tap_int(9, level, "it is set");
	query.log = NULL;
	says("KILL  user=nobody", "killed 0\n", "case and blanks");
	query.admin = false;
	tap_ok(has("help", "kill SLOT | FILTER..."), "help");
	query.folder = "/nonexistent";
	says("show stat", "error: /nonexistent/board.4: it cannot be opened: "
	    "No such file or directory\n", "without a board");
	query.folder = folder;
}

static struct query_verdicts asked;
static int context;

static int
take_verdicts(void *ctx, const struct query_verdicts *v, FILE *out)
{
	asked = *v;
	fputs(ctx == &context ? "asked\n" : "not ours\n", out);
	return 0;
}

#define DIGITS "000102030405060708090a0b0c0d0e0f" \
	"101112131415161718191A1B1C1D1E1F"

static bool
asked_for_digits(void)
{
	for (int i = 0; i < QUERY_HASH; i++)
		if (asked.mail[i] != i)
			return false;
	return asked.one;
}

static void
test_verdicts(void)
{
	static const char bad[] = "error: write 64 hexadecimal digits, a "
	    "mail's SHA-256: ";

	says("show verdicts", "error: imap4-helper knows the verdict store\n",
	    "verdicts, of who has none");
	query.verdicts = take_verdicts;
	query.ctx = &context;
	query.folder = "/nonexistent";
	says("show verdicts", "asked\n", "without a board");
	tap_ok(!asked.one && !asked.json && !asked.forget, "of all");
	says("show verdicts " DIGITS, "asked\n", "of a mail");
	tap_ok(asked_for_digits() && !asked.json, "which it is");
	says("SHOW VERDICTS  JSON  " DIGITS, "asked\n", "as JSON");
	tap_ok(asked_for_digits() && asked.json, "the same");
	says("show verdicts json", "asked\n", "all as JSON");
	tap_ok(!asked.one && asked.json, "the same");
	tap_ok(has("show verdicts " DIGITS "0", bad), "too long");
	tap_ok(has("show verdicts jsonx", bad), "a word");
	tap_ok(has("show verdicts " DIGITS " json", bad), "one behind it");
	says("forget all", "error: not permitted here\n", "forget is the "
	    "administrator's");
	query.admin = true;
	says("forget", "error: forget: write all, or 64 hexadecimal digits, a "
	    "mail's SHA-256\n", "forget what");
	says("forget all", "asked\n", "all");
	tap_ok(asked.forget && !asked.one, "is asked for");
	says("forget " DIGITS, "asked\n", "a mail");
	tap_ok(asked.forget && asked_for_digits(), "is asked for");
	query.admin = false;
	query.verdicts = NULL;
	query.folder = folder;
	tap_ok(!has("show metrics", "verdict_store_"), "no store, no gauges");
	query.store = &(struct print_store){ 7, 8192, 1 << 20 };
	tap_ok(has("show metrics", "imap4_proxy_verdict_store_values"
	    "{name=\"t\"} 7\n"), "values");
	tap_ok(has("show metrics", "imap4_proxy_verdict_store_room_bytes"
	    "{name=\"t\"} 1048576\n"), "room");
	tap_ok(has("show json", "\"verdicts\":{\"values\":7,\"used\":8192,"
	    "\"room\":1048576}") || has("show json", "\"used\": 8192"),
	    "the same as JSON");
	tap_ok(has("show html", "<p>7 verdicts, 8192 octets of 1048576</p>"),
	    "and as a page");
	query.store = NULL;
}

static void
test_formats(void)
{
	board_count(&board, COUNTER_ACCEPTED, 5);
	board_count(&board, COUNTER_OVER_PER_IP, 2);
	tap_ok(has("show stat", "\naccepted 5\n"), "counters are listed");
	tap_ok(has("show stat", "\nover-per-ip 2\n"), "by their names");
	tap_ok(has("show metrics", "# TYPE imap4_proxy_sessions counter\n"
	    "# HELP imap4_proxy_sessions Sessions that ended, as SESSION-END "
	    "says\nimap4_proxy_sessions_total{name=\"t\",result=\"accepted\"} "
	    "5\n"), "metrics have type, help and sample");
	tap_ok(has("show metrics", "\n# EOF\n"), "and an end");
	tap_ok(has("show metrics", "imap4_proxy_active{name=\"t\"} 1\n"),
	    "sessions now are a gauge");
	tap_ok(has("show json", "\"user\": \"joe\""), "JSON has sessions");
	tap_ok(has("show json", "\"in\": 123456"), "their numbers");
	tap_ok(has("show json", "\"accepted\": 5"), "and counters");
	tap_ok(has("show html", "<td>joe</td>"), "the page has them");
}

/* A session that died: counted once, before its slot is used and after. */
static void
test_died(void)
{
	static const struct board_claim any;
	pid_t pid = fork();

	if (pid == 0) {
		board_forked(&board);
		if (board_claim(&board, &any) != BOARD_TAKEN)
			_exit(1);
		raise(SIGKILL);
	}
	waitpid(pid, NULL, 0);
	tap_ok(has("show stat", "\ndied 1\n"), "one that was killed counts");
	tap_ok(has("show config", "\nactive 1\n"), "and is not there");
}

/* A process that is no session: the board may name any. */
static void
test_kill(void)
{
	char line[40], want[80];
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	board.slots[7].owner = (uint32_t)pid;
	((struct display *)(board.display + 7 * BOARD_DISPLAY))->pid =
	    (uint32_t)pid;
	query.admin = true;
	snprintf(line, sizeof line, "kill 7");
	snprintf(want, sizeof want, "slot 7: is not a session's process\n"
	    "killed 0\n");
	says(line, want, "a process that is no session is not killed");
	tap_int(0, waitpid(pid, &status, WNOHANG), "it is alive");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	says(line, "slot 7: has ended\nkilled 0\n", "nor one that is gone");
	board.slots[7].owner = 1;
	((struct display *)(board.display + 7 * BOARD_DISPLAY))->pid = 1;
	says(line, "slot 7: is no session's process\nkilled 0\n",
	    "nor the first one");
	query.admin = false;
	board.slots[7].owner = 0;
}

/* ---- the manual ---------------------------------------------------------- */

/* The items of a section of monitoring(7) are just these names, in order. */
static void
in_manual(const char *page, const char *section, const char *const *names,
    size_t n)
{
	const char *at = strstr(page, section), *end;
	char item[40];

	end = at ? strstr(at + 1, "\n.S") : NULL;
	for (size_t i = 0; i < n; i++) {
		snprintf(item, sizeof item, "\n.It Ic %s\n", names[i]);
		at = at ? strstr(at, item) : NULL;
		tap_ok(at != NULL && at < end, "%s tells about %s",
		    section + 5, names[i]);
	}
	at = at ? strstr(at + 1, "\n.It") : NULL;
	tap_ok(at == NULL || at > end, "%s tells about no other",
	    section + 5);
}

static void
test_manual(void)
{
	static const char *const counters[] = {
#define C(name, family, labels, help) #name,
		COUNTERS(C)
#undef C
	};
	const char *names[64];
	char lower[COUNTER_COUNT][20], *page;
	size_t size;

	if (fd_read_file("man/monitoring.7", 1 << 20, &page, &size) < 0) {
		tap_ok(false, "man/monitoring.7 is there");
		return;
	}
	for (unsigned i = 0; i < fields_count; i++)
		names[i] = fields[i].name;
	in_manual(page, "\n.Ss Fields", names, fields_count);
	for (int i = 0; i < COUNTER_COUNT; i++) {
		for (size_t k = 0; k < sizeof lower[i]; k++) {
			char c = counters[i][k];

			lower[i][k] = c == '_' ? '-' : c ? (char)(c | 0x20) :
			    '\0';
			if (c == '\0')
				break;
		}
		names[i] = lower[i];
	}
	in_manual(page, "\n.Ss Counters", names, COUNTER_COUNT);
	free(page);
}

/* ---- hostile contents ---------------------------------------------------- */

static const char *const shows[] = { "show sess", "show sess all",
	"show stat", "show metrics", "show json", "show html",
	"show config", "show sess sort=user", "show sess sort=age" };

/* Printable ASCII and line ends. */
static bool
clean(const char *text)
{
	for (const unsigned char *p = (const void *)text; *p; p++)
		if ((*p < 0x20 && *p != '\n') || *p >= 0x7f)
			return false;
	return true;
}

static bool
wide(const char *text)
{
	for (size_t n; *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		if (n > 80)
			return true;
	}
	return false;
}

static void
make_noise(unsigned *seed)
{
	unsigned char *p = (unsigned char *)board.slots;
	size_t n = board.size - BOARD_HEAD;

	for (size_t i = 0; i < n; i += 1 + *seed % 13) {
		*seed = *seed * 1103515245 + 12345;
		p[i] = (unsigned char)(*seed >> 16);
	}
	/* most would be passed over: let some be believed */
	for (uint32_t i = 0; i < board.n; i += 3) {
		uint32_t pid = 1 + (board.slots[i].owner & 0xffff);

		board.slots[i].owner = pid;
		memcpy(board.display + i * BOARD_DISPLAY, &pid, sizeof pid);
	}
}

static void
test_noise(void)
{
	unsigned seed = 7, bad = 0, rows = 0, lists = 0;

	for (int round = 0; round < 5; round++) {
		make_noise(&seed);
		for (size_t i = 0; i < sizeof shows / sizeof *shows; i++) {
			char *text = answer(shows[i]);

			bad += !clean(text);
			rows += strlen(text) > 10000;
			lists += strstr(shows[i], "sess all") == NULL &&
			    strncmp(shows[i], "show sess", 9) == 0 &&
			    wide(text);
			free(text);
		}
	}
	tap_int(0, bad, "noise is shown without an octet that does harm");
	tap_ok(rows >= 25, "and it is shown");
	tap_int(0, lists, "lists fit 80 columns");
}

int
main(void)
{
	char file[96];

	snprintf(folder, sizeof folder, "/tmp/t-query.%d", (int)getpid());
	snprintf(file, sizeof file, "%s/" BOARD_FILE, folder);
	query.owner = geteuid();
	begin();
	test_cuts();
	test_list();
	test_stage();
	test_filters();
	test_commands();
	test_verdicts();
	test_formats();
	test_died();
	test_kill();
	test_manual();
	test_noise();
	board_close(&board);
	unlink(file);
	rmdir(folder);
	return tap_done();
}
