/*
 * The verdict store's commands, with a sweeper that the test plays: one that
 * answers, is late, is gone, or tells nonsense.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <endian.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "finding.h"
#include "module.h"
#include "serve.h"
#include "tap.h"
#include "verdicts.h"

const struct module_head *const module_static[] = { NULL };

static char path[] = "/tmp/t-verdicts-XXXXXX";
static int sweeper;		/* our end */
static int monitor;		/* and that of the monitor */

/* ---- the monitor --------------------------------------------------------- */

static struct {
	struct conf_head head;
	struct conf_main main;
	char path[8], root[40];
} image;
static struct conf conf;
static struct loop loop;
static struct verdicts verdicts;
static struct door door;

static void
make_conf(const char *store, const char *root)
{
	const uint32_t at = (uint32_t)(image.path - (char *)&image);

	memcpy(image.path, store, strlen(store) + 1);
	memcpy(image.root, root, strlen(root) + 1);
	image.main.verdict_store.path = (struct conf_ref){ at,
	    (uint32_t)strlen(store) };
	image.main.chroot_dir = (struct conf_ref){ at + sizeof image.path,
	    (uint32_t)strlen(root) };
	conf = (struct conf){ .map = (const char *)&image,
	    .size = sizeof image, .main = &image.main, .head = &image.head };
}

/* A configuration with another max-age. */
static void
reload(FILE *out)
{
	static struct conf_main other;
	struct conf before = conf;

	other = image.main;
	other.verdict_store.max_age++;
	before.main = &other;
	verdicts_reload(&verdicts, &before);
	fputs("done\n", out);
}

/*
 * "forget", "all" or "json", of the mail of 7s when there is another word; or
 * "reload".
 */
static void
run(void *ctx, int fd, struct str line, FILE *out)
{
	struct query_verdicts v = {
		.forget = str_starts(line, STR("forget")),
		.json = str_starts(line, STR("json")),
		.one = memchr(line.p, ' ', line.n) != NULL,
	};

	(void)ctx;
	if (str_eq(line, STR("reload"))) {
		reload(out);
		return;
	}
	memset(v.mail, 7, sizeof v.mail);
	verdicts_ask(&verdicts, &v, &door, fd, out);
}

static void
on_sweeper(void *ctx, int fd, short revents)
{
	(void)ctx, (void)fd, (void)revents;
	if (!verdicts_hear(&verdicts))
		loop.stop = true;
}

static void
changed(void *ctx)
{
	(void)ctx;
}

static _Noreturn void
serve(int listener, int fd)
{
	/* what is forgotten is logged */
	if (freopen("/dev/null", "w", stderr) == NULL)
		_exit(2);
	make_conf("/s", "");
	loop_init(&loop);
	door = (struct door){ .run = run, .most = DOOR_CLIENTS };
	verdicts = (struct verdicts){ .fd = fd, .conf = &conf,
	    .changed = changed };
	_exit(!door_open(&door, &loop, listener) ||
	    !verdicts_begin(&verdicts, &loop) ||
	    !loop_add(&loop, fd, POLLIN, on_sweeper, NULL) ||
	    loop_run(&loop) < 0);
}

/* ---- clients, and the sweeper -------------------------------------------- */

static int
client(const char *line)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(sa.sun_path, path, sizeof path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof sa) < 0) {
		printf("Bail out! no connection\n");
		exit(1);
	}
	send(fd, line, strlen(line), MSG_NOSIGNAL);
	return fd;
}

static const char *
answer(int fd)
{
	static char text[65536];
	size_t n = 0;
	ssize_t k;

	while (n < sizeof text - 1 && (k = recv(fd, text + n,
	    sizeof text - 1 - n, 0)) > 0)
		n += (size_t)k;
	text[n] = '\0';
	close(fd);
	return text;
}

static struct sweeper_ask
hear(enum sweeper_wish want)
{
	struct sweeper_ask q = { .ticket = 0 };
	struct pollfd p = { .fd = sweeper, .events = POLLIN };
	ssize_t n = poll(&p, 1, 5000) == 1 ? recv(sweeper, &q, sizeof q,
	    MSG_TRUNC) : -1;

	if (!sweeper_ask_check(&q, n) || q.wish != (uint32_t)want)
		tap_ok(false, "the sweeper is asked %d, not %u", want,
		    q.wish);
	return q;
}

static void
say(const struct sweeper_answer *a)
{
	send(sweeper, a, sizeof *a, MSG_NOSIGNAL);
}

/* An engine's finding of the mail asked for. */
static struct sweeper_answer
value(const struct sweeper_ask *q, uint64_t engine, const char *title)
{
	static struct finding_made made;
	struct sweeper_answer a = { .ticket = q->ticket, .key = q->key,
	    .time = 1795284000 };

	a.key.engine = htobe64(engine);	/* in the order of octets */
	finding_begin(&made);
	finding_add(&made, MAIL_VIRUS_FOUND, 0, STR("Bad\x1b"));
	a.result = (int)finding_end(&made, str_c(title), STR("1.0"), a.value);
	return a;
}

/* ---- tests --------------------------------------------------------------- */

static void
test_checks(void)
{
	struct sweeper_ask q = { .ticket = 1, .wish = SWEEPER_RELOAD };
	struct sweeper_answer a = { .result = STORE_VALUE_MAX };

	tap_ok(sweeper_ask_check(&q, sizeof q), "a question");
	tap_ok(!sweeper_ask_check(&q, sizeof q - 1) &&
	    !sweeper_ask_check(&q, -1), "half of one is none");
	q.wish = SWEEPER_WISHES;
	tap_ok(!sweeper_ask_check(&q, sizeof q), "nor an unknown one");
	q = (struct sweeper_ask){ .wish = SWEEPER_LOOK };
	tap_ok(!sweeper_ask_check(&q, sizeof q), "nor one without a ticket");
	tap_ok(sweeper_answer_check(&a, sizeof a), "an answer");
	tap_ok(!sweeper_answer_check(&a, sizeof a + 1), "a longer one is none");
	a.result++;
	tap_ok(!sweeper_answer_check(&a, sizeof a), "nor a longer value");
	a.result = ERR_IO;
	tap_ok(!sweeper_answer_check(&a, sizeof a), "nor a fault without why");
	memset(a.why, 'w', sizeof a.why);
	tap_ok(sweeper_answer_check(&a, sizeof a) &&
	    strlen(a.why) == sizeof a.why - 1, "which gets an end");
	a.why[3] = '\n';
	tap_ok(!sweeper_answer_check(&a, sizeof a), "nor a second line");
	a.why[3] = '\xc3';
	tap_ok(!sweeper_answer_check(&a, sizeof a), "nor what is no ASCII");
	a.why[3] = 'w';
	a.result = 0;
	tap_ok(!sweeper_answer_check(&a, sizeof a), "nor why without a fault");
}

static void
test_path(void)
{
	char root[] = "/tmp/t-verdicts-XXXXXX", folder[40], want[40],
	    out[PATH_MAX];

	make_conf("", "");
	tap_ok(sweeper_path(&conf, out) == NULL, "without a path there is no "
	    "store");
	make_conf("/d/s", "");
	tap_cstr("/d/s", sweeper_path(&conf, out), "with one there is");
	if (mkdtemp(root) == NULL)
		exit(1);
	make_conf("/d/s", root);
	tap_cstr("/d/s", sweeper_path(&conf, out), "chroot-dir without its "
	    "folder is nobody's");
	snprintf(folder, sizeof folder, "%s/d", root);
	snprintf(want, sizeof want, "%s/d/s", root);
	mkdir(folder, 0700);
	tap_cstr(want, sweeper_path(&conf, out), "with it, it is there");
	rmdir(folder);
	rmdir(root);
}

static void
test_forget(void)
{
	int fd = client("forget\n"), other = client("forget mail\n");
	struct sweeper_ask q = hear(SWEEPER_FORGET_ALL),
	    p = hear(SWEEPER_FORGET);
	struct sweeper_answer a = { .ticket = p.ticket };

	tap_ok(p.key.mail[0] == 7 && p.key.mail[31] == 7, "a mail is asked "
	    "for");
	say(&a);
	tap_cstr("forgot 0\n", answer(other), "who asked last may be answered "
	    "first");
	a.ticket = q.ticket;
	a.result = STORE_BATCH;
	for (int i = 0; i < 3; i++) {
		say(&a);
		a.ticket = hear(SWEEPER_FORGET_ALL).ticket;
	}
	a.result = 0;
	say(&a);
	tap_cstr("forgot 768\n", answer(fd), "batch by batch to the end");
	fd = client("forget\n");
	a.ticket = hear(SWEEPER_FORGET_ALL).ticket;
	a.result = 5;
	say(&a);
	a.ticket = hear(SWEEPER_FORGET_ALL).ticket;
	a.result = ERR_IO;
	memcpy(a.why, "a fault", 8);
	say(&a);
	tap_cstr("error: forgot 5, not all: a fault\n", answer(fd),
	    "a fault in the middle is told, with what was done");
}

/* Two values, then what may be no third one. */
static const char *
end_with(const char *line, const struct sweeper_answer *last)
{
	struct sweeper_answer a;
	struct sweeper_ask q;
	int fd = client(line);

	q = hear(SWEEPER_NEXT);
	a = value(&q, 3, "one");
	say(&a);
	q = hear(SWEEPER_NEXT);
	a = value(&q, 4, "two");
	say(&a);
	q = hear(SWEEPER_NEXT);
	a = *last;
	a.ticket = q.ticket;
	say(&a);
	return answer(fd);
}

#define ONE_TWO \
	"one             2026-11-21T18:00:00Z 1.0\n" \
	"         1 found Bad\\x1B\n" \
	"two             2026-11-21T18:00:00Z 1.0\n" \
	"         1 found Bad\\x1B\n"

static void
test_values(void)
{
	struct sweeper_ask q = { .ticket = 1 };
	struct sweeper_answer a = { .result = 0 };

	tap_cstr(ONE_TWO, end_with("all mail\n", &a), "values of a mail");
	memset(q.key.mail, 7, sizeof q.key.mail);
	a = value(&q, 4, "again");
	tap_cstr(ONE_TWO, end_with("all mail\n", &a), "the same once more "
	    "is the end");
	a = value(&q, 3, "back");
	tap_cstr(ONE_TWO, end_with("all mail\n", &a), "as is an earlier one");
	memset(q.key.mail, 8, sizeof q.key.mail);
	a = value(&q, 5, "other");
	tap_cstr(ONE_TWO, end_with("all mail\n", &a), "and another mail's");
	memset(q.key.mail, 7, sizeof q.key.mail);
	a = (struct sweeper_answer){ .result = ERR_SYNTAX, .why = "a fault" };
	tap_cstr(ONE_TWO "error: verdict store: a fault\n",
	    end_with("all mail\n", &a), "a fault is told");
	tap_ok(strstr(end_with("json mail\n", &a), "\"error\":") != NULL,
	    "also in JSON, which it leaves whole");
}

static void
test_endless(void)
{
	int fd = client("all mail\n");
	struct sweeper_ask q = { .ticket = 1 };
	struct sweeper_answer a;
	unsigned n = 0, lines = 0;

	do {
		q = hear(SWEEPER_NEXT);
		n++;
		a = value(&q, n, "more");
		say(&a);
	} while (n <= VERDICTS_SHOWN);
	for (const char *c = answer(fd); *c; c++)
		lines += *c == '\n';
	tap_int(2 * VERDICTS_SHOWN, lines, "values without end have one");
}

static void
test_late(void)
{
	int64_t begin = clock_ms();
	int fd = client("all\n"), gone = client("all\n");
	struct sweeper_ask q = hear(SWEEPER_LOOK), p = hear(SWEEPER_LOOK);
	struct sweeper_answer a = { .ticket = p.ticket };

	close(gone);
	poll(NULL, 0, 50);
	say(&a);	/* nobody is there */
	tap_cstr("error: verdict store: the sweeper does not answer\n",
	    answer(fd), "who is late is not waited for");
	tap_ok(clock_ms() - begin < 2 * VERDICTS_WAIT, "in bounded time");
	fd = client("all\n");
	p = hear(SWEEPER_LOOK);
	a = (struct sweeper_answer){ .ticket = q.ticket,
	    .state = { 1, 2, 3, 0 } };
	say(&a);	/* to who was told */
	a.ticket += 1000;
	say(&a);	/* to nobody at all */
	a = (struct sweeper_answer){ .ticket = p.ticket,
	    .state = { 0, 4096, 8192, 0 } };
	say(&a);
	tap_cstr("path /s\nvalues 0\nused 4096\nroom 8192\n", answer(fd),
	    "late answers are nobody's");
	fd = client("all\n");
	a = (struct sweeper_answer){ .ticket = hear(SWEEPER_LOOK).ticket,
	    .state = { 1, 2, 3, INT64_MIN } };
	say(&a);
	tap_ok(strstr(answer(fd), "oldest-age -") == NULL,
	    "no age is below zero");
}

/* Whose socket is full is told later. */
static void
test_reload(void)
{
	int fd = client("all\n");
	struct sweeper_ask q = hear(SWEEPER_LOOK);
	struct sweeper_answer a = { .ticket = q.ticket,
	    .state = { 1, 2, 3, 0 } };
	const struct timeval most = { .tv_sec = 5 };
	ssize_t n;

	setsockopt(sweeper, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
	tap_cstr("done\n", answer(client("reload\n")), "another "
	    "configuration");
	tap_cstr("error: verdict store: its configuration has changed, ask "
	    "again\n", answer(fd), "who waits for an answer is told");
	hear(SWEEPER_RELOAD);
	say(&a);	/* nobody waits for it */
	while (send(monitor, "", 1, MSG_DONTWAIT) == 1)
		;
	tap_cstr("done\n", answer(client("reload\n")), "and another one");
	while ((n = recv(sweeper, &q, sizeof q, MSG_TRUNC)) == 1)
		;
	tap_ok(sweeper_ask_check(&q, n) && q.wish == SWEEPER_RELOAD,
	    "a sweeper that takes nothing is told later");
}

static void
test_many(void)
{
	int fds[DOOR_CLIENTS];
	struct sweeper_answer a = { .result = 0 };
	unsigned good = 0;

	for (int i = 0; i < DOOR_CLIENTS; i++)
		fds[i] = client("forget\n");
	for (int i = 0; i < DOOR_CLIENTS; i++) {
		a.ticket = hear(SWEEPER_FORGET_ALL).ticket;
		say(&a);
	}
	for (int i = 0; i < DOOR_CLIENTS; i++)
		good += strcmp(answer(fds[i]), "forgot 0\n") == 0;
	tap_int(DOOR_CLIENTS, good, "as many as there may be are served");
}

int
main(void)
{
	char why[DOOR_WHY];
	int fd = mkstemp(path), sv[2], status;
	pid_t pid;

	close(fd);
	unlink(path);
	test_checks();
	test_path();
	fd = door_make(path, 0600, why);
	if (fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    sv) < 0)
		return 1;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(sv[0]);
		serve(fd, sv[1]);
	}
	close(fd);
	sweeper = sv[0];
	monitor = sv[1];
	test_forget();
	test_values();
	test_endless();
	test_late();
	test_reload();
	test_many();
	close(sweeper);
	waitpid(pid, &status, 0);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "without a "
	    "sweeper the monitor hears so");
	unlink(path);
	return tap_done();
}
