/* The log: what a line looks like, where it goes, and what if it cannot. */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "log.h"
#include "tap.h"

static char folder[] = "/tmp/log-test-XXXXXX";
static char files[2][64], sock[64];

static struct log_conf
file_log(int which)
{
	return (struct log_conf){
		.level = LOG_LEV_NORMAL, .target = LOG_TO_FILE,
		.path = files[which], .data_limit = 1000,
	};
}

static void
use(struct log_conf debug, struct log_conf stats)
{
	tap_ok(log_open((struct log_conf[]){ debug, stats }, "tester") == 0,
	    "logs open");
}

/* What a file holds, and then no more; malloc'd. */
static char *
taken(const char *path)
{
	char *p;
	size_t n;

	if (fd_read_file(path, 1 << 20, &p, &n) < 0)
		return calloc(1, 1);
	if (truncate(path, 0) < 0)
		tap_ok(false, "truncate");
	return p;
}

/* The one line of a log, without what changes. */
static void
line_is(const char *path, const char *want, const char *what)
{
	char *text = taken(path), *from = strstr(text, "]: ");
	size_t n = strlen(text);

	tap_ok(n > 0 && strchr(text, '\n') == text + n - 1, "%s: one line",
	    what);
	if (n > 0)
		text[n - 1] = '\0';
	tap_cstr(want, from ? from + 3 : "", "%s", what);
	free(text);
}

static void
has(const char *path, const char *want, const char *what)
{
	char *text = taken(path);

	if (!tap_ok(strstr(text, want) != NULL, "%s", what))
		tap_diag("%s", text);
	free(text);
}

static void
hostile_record(void)
{
	struct log_rec r;

	log_begin(&r, LOG_SESSION_END);
	log_kv_str(&r, "USER", STR("joe\r\n\"x\\ \xff\0y"));
	log_kv_str(&r, "NONE", STR_NULL);
	log_kv_str(&r, "EMPTY", STR(""));
	log_kv(&r, "REASON", "%s", "two words\nand a line");
	log_kv_u64(&r, "N", UINT64_MAX);
	log_word(&r, "FAILED");
	log_end(&r);
}

static void
test_text(void)
{
	use(file_log(0), file_log(1));
	hostile_record();
	line_is(files[1], "IMAP-711-I SESSION-END USER=\"joe\\x0D\\x0A\\\"x\\\\ "
	    "\\xFF\\x00y\" NONE=<NULL> EMPTY=\"\" REASON=\"two words and a "
	    "line\" N=18446744073709551615 FAILED", "a record");
	log_msg(LOG_CONFIG_BAD, "%s", "first\nsecond\x1b[2J");
	line_is(files[0], "CONF-301-E CONFIG-BAD first second [2J",
	    "a message with a line end");
	log_session_id("s7");
	log_msg(LOG_CONFIG_BAD, "x");
	line_is(files[0], "CONF-301-E s7 CONFIG-BAD x", "a session's number");
	log_session_id("");
}

static void
test_json(void)
{
	struct log_conf d = file_log(0), s = file_log(1);

	d.format = s.format = LOG_AS_JSON;
	use(d, s);
	hostile_record();
	has(files[1], ",\"id\":\"IMAP-711-I\",\"event\":\"SESSION-END\","
	    "\"session\":\"\",\"USER\":\"joe\\\\x0D\\\\x0A\\\\\\\"x\\\\\\\\ "
	    "\\\\xFF\\\\x00y\",\"NONE\":\"<NULL>\",\"EMPTY\":\"\",\"REASON\":"
	    "\"two words and a line\",\"N\":\"18446744073709551615\","
	    "\"RESULT\":\"FAILED\"}\n", "JSON: a record");
	log_msg(LOG_CONFIG_BAD, "say \"a\\b\"\n.");
	has(files[0], "\"text\":\"say \\\"a\\\\b\\\" .\"}\n", "JSON: a message");
}

static void
test_levels(void)
{
	struct log_conf d = file_log(0);
	static const struct { enum log_level at; enum log_id id; bool on; }
	    t[] = {
		{ LOG_LEV_ERROR, LOG_STAGE_FAILED, true },
		{ LOG_LEV_ERROR, LOG_LIMIT_EXCEEDED, false },
		{ LOG_LEV_ERROR, LOG_USER_LOGIN, true },
		{ LOG_LEV_ERROR, LOG_SESSION_END, true },
		{ LOG_LEV_WARNING, LOG_LIMIT_EXCEEDED, true },
		{ LOG_LEV_NORMAL, LOG_RESPONSE_DROPPED, false },
		{ LOG_LEV_DEBUG, LOG_RESPONSE_DROPPED, true },
		{ LOG_LEV_DEBUG, LOG_COMMAND, false },
		{ LOG_LEV_TRACE, LOG_COMMAND, true },
		{ LOG_LEV_TRACE, LOG_DATA, false },
		{ LOG_LEV_FULL, LOG_DATA, true },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		char *text;

		d.level = t[i].at;
		log_open((struct log_conf[]){ d, d }, "tester");
		log_msg(t[i].id, "x");
		text = taken(files[0]);
		tap_ok(log_on(t[i].id) == t[i].on && (*text != '\0') == t[i].on,
		    "level %d: %s", t[i].at, log_id_table[t[i].id].event);
		free(text);
	}
}

static void
test_long(void)
{
	char big[8000];
	struct log_rec r;
	struct log_conf d = file_log(0);
	char *text;

	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	d.level = LOG_LEV_FULL;
	use(d, d);
	log_msg(LOG_CONFIG_BAD, "%s", big);
	text = taken(files[0]);
	tap_ok(strlen(text) < LOG_RECORD_MAX + 100, "a long message is cut");
	free(text);
	log_begin(&r, LOG_SESSION_END);
	for (int i = 0; i < 20; i++)
		log_kv_str(&r, "V", (struct str){ big, sizeof big - 1 });
	log_kv(&r, "LAST", "kept");
	log_end(&r);
	has(files[0], " LAST=kept\n", "what does not fit is left out whole");
	log_data("client", (struct str){ big, sizeof big - 1 });
	text = taken(files[0]);
	size_t shown = 0;

	for (char *p = text; *p != '\0'; p++)
		shown += *p == 'x';
	tap_int(1000, (int64_t)shown, "data-limit");
	free(text);
}

static int
receiver(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", sock);
	unlink(sock);
	tap_ok(bind(fd, (struct sockaddr *)&sun, sizeof sun) == 0,
	    "a receiver");
	return fd;
}

static void
received(int fd, const char *begin, const char *want, const char *what)
{
	char b[4096];
	ssize_t n = recv(fd, b, sizeof b - 1, MSG_DONTWAIT);

	b[n > 0 ? n : 0] = '\0';
	if (!tap_ok(strncmp(b, begin, strlen(begin)) == 0 &&
	    strstr(b, want) != NULL, "%s", what))
		tap_diag("%s", b);
}

static void
test_syslog(void)
{
	struct log_conf d = file_log(0);
	int64_t begin;
	int fd = receiver();
	unsigned n = 0;

	d.target = LOG_TO_SYSLOG;
	d.facility = LOG_LOCAL4;
	d.path = sock;
	use(d, d);
	log_msg(LOG_CONFIG_BAD, "x");
	received(fd, "<163>", "]: CONF-301-E CONFIG-BAD x", "syslog: an error");
	log_msg(LOG_SESSION_END, "x");
	received(fd, "<166>", " tester[", "syslog: a statistic");
	close(fd);
	log_msg(LOG_CONFIG_BAD, "lost");
	fd = receiver();
	log_msg(LOG_CONFIG_BAD, "found");
	received(fd, "<163>", "found", "syslog: a new receiver is found");
	received(fd, "<164>", "LOG-TARGET 1 messages could not",
	    "syslog: and hears what is missing");
	/* a receiver that does not read */
	begin = clock_ms();
	for (uint64_t lost = log_lost(); log_lost() < lost + 100; n++)
		log_msg(LOG_CONFIG_BAD, "full");
	tap_ok(clock_ms() - begin >= 40 && clock_ms() - begin < 2000,
	    "syslog: a full one holds us up once, not always (%u)", n);
	close(fd);
}

static void
test_journal(void)
{
	struct log_conf d = file_log(0);
	int fd = receiver();

	d.target = LOG_TO_JOURNAL;
	d.facility = LOG_LOCAL4;
	d.path = sock;
	use(d, d);
	log_session_id("s9");
	log_msg(LOG_CONFIG_BAD, "a\nPRIORITY=0");
	received(fd, "MESSAGE=CONF-301-E s9 CONFIG-BAD a PRIORITY=0\n",
	    "\nPRIORITY=3\nSYSLOG_IDENTIFIER=tester\nSYSLOG_FACILITY=20\n"
	    "IMAP4_PROXY_SESSION=s9\nIMAP4_PROXY_ID=CONF-301-E\n",
	    "journal: fields, and no others");
	log_session_id("");
	close(fd);
}

/* Its stderr, while something is logged; malloc'd. */
static char *
stderr_of(const char *text)
{
	int keep = dup(2), fd = open(files[1], O_RDWR | O_CREAT | O_TRUNC |
	    O_APPEND, 0600);

	dup2(fd, 2);
	log_msg(LOG_CONFIG_BAD, "%s", text);
	dup2(keep, 2);
	close(keep);
	close(fd);
	return taken(files[1]);
}

static void
test_failure(void)
{
	struct log_conf d = file_log(0);
	char *text;
	uint64_t lost;

	d.path = "/dev/full";
	use(d, d);
	lost = log_lost();
	text = stderr_of("ignored");
	tap_cstr("", text, "a full disk, ignore: nothing on stderr");
	tap_int((int64_t)lost + 1, (int64_t)log_lost(), "and counted");
	free(text);
	d.on_failure = LOG_FAIL_STDERR;
	use(d, d);
	text = stderr_of("elsewhere");
	tap_ok(strstr(text, "CONFIG-BAD elsewhere\n") != NULL,
	    "a full disk, stderr: it goes there");
	tap_int((int64_t)lost + 1, (int64_t)log_lost(), "and is not lost");
	tap_ok(!log_stopped(), "nothing stops");
	free(text);
	d.on_failure = LOG_FAIL_STOP;
	use(d, d);
	log_msg(LOG_CONFIG_BAD, "x");
	tap_ok(log_stopped(), "a full disk, stop: it stops");
	d.path = "/nonexistent/log";
	tap_int(-1, log_open((struct log_conf[]){ d, d }, "tester"),
	    "one that cannot be opened, stop");
}

static void
test_secret_mode(void)
{
	struct stat st;

	unlink(files[0]);
	umask(0);
	use(file_log(0), file_log(1));
	tap_ok(stat(files[0], &st) == 0 && (st.st_mode & 0777) == 0640,
	    "a new file is not everybody's");
	unlink(files[0]);
	if (symlink(files[1], files[0]) == 0) {
		struct log_conf d = file_log(0);

		d.on_failure = LOG_FAIL_STOP;
		tap_int(-1, log_open((struct log_conf[]){ d, d }, "tester"),
		    "a link is not followed");
	}
}

int
main(void)
{
	if (mkdtemp(folder) == NULL)
		return 1;
	for (int i = 0; i < 2; i++)
		snprintf(files[i], sizeof files[i], "%s/%d", folder, i);
	snprintf(sock, sizeof sock, "%s/s", folder);
	log_start("tester", LOG_LEV_NORMAL);
	test_text();
	test_json();
	test_levels();
	test_long();
	test_syslog();
	test_journal();
	test_secret_mode();
	test_failure();
	unlink(files[0]);
	unlink(files[1]);
	unlink(sock);
	rmdir(folder);
	return tap_done();
}
