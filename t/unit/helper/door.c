/* A socket where a line is a command: made, given, served, misused. */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "door.h"
#include "fd.h"
#include "module.h"
#include "tap.h"

const struct module_head *const module_static[] = { NULL };

enum { MOST = 4, LARGE = 3 << 20 };

static char path[] = "/tmp/t-door-XXXXXX";
static char why[DOOR_WHY];

/* ---- making -------------------------------------------------------------- */

static void
test_make(void)
{
	char longer[200];
	struct stat st;
	int fd, again;

	fd = door_make(path, 0620, why);
	tap_ok(fd >= 0 && stat(path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    (st.st_mode & 0777) == 0620, "a socket has its mode");
	again = door_make(path, 0600, why);
	tap_ok(again < 0 && strstr(why, "another helper has it") != NULL,
	    "one that is served is not taken: %s", why);
	fd_close(&fd);
	fd = door_make(path, 0600, why);
	tap_ok(fd >= 0, "one that is left over is");
	fd_close(&fd);
	unlink(path);
	tap_int(-1, door_make("/nonexistent/x", 0600, why), "no folder");
	tap_cstr("/nonexistent/x: it cannot be made: No such file or "
	    "directory", why, "is named");
	memset(longer, 'x', sizeof longer - 1);
	longer[0] = '/';
	longer[sizeof longer - 1] = '\0';
	tap_int(-1, door_make(longer, 0600, why), "too long a name");
}

static void
test_given(void)
{
	char pid[16];

	snprintf(pid, sizeof pid, "%d", (int)getpid());
	tap_int(-1, door_given("users"), "nothing is given");
	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_FDNAMES", "other:users", 1);
	setenv("LISTEN_PID", "1", 1);
	tap_int(-1, door_given("users"), "or to another process");
	setenv("LISTEN_PID", pid, 1);
	tap_int(-1, door_given("users"), "or it does not listen");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

/* ---- serving ------------------------------------------------------------- */

/* Answers that come later: all together, when somebody says "now". */
static struct door door;
static uint64_t later[MOST];
static unsigned nlater;

static void
answer_later(FILE *now)
{
	for (unsigned i = 0; i < nlater; i++) {
		FILE *out = door_out(&door, later[i]);

		fputs(out == NULL ? "gone," : "there,", now);
		if (out != NULL)
			fputs("then>", out);
		door_done(&door, later[i]);
		/* twice is nothing */
		door_done(&door, later[i]);
	}
	nlater = 0;
}

static void
echo(void *ctx, int fd, struct str line, FILE *out)
{
	(void)ctx;
	if (str_eq(line, STR("large")))
		for (int i = 0; i < LARGE; i++)
			fputc('x', out);
	if (str_eq(line, STR("now")))
		answer_later(out);
	if (str_eq(line, STR("later"))) {
		later[nlater++] = door_later(&door, fd);
		fputs("<first,", out);
		return;
	}
	fprintf(out, "<%.*s>", STR_ARG(line));
}

static _Noreturn void
serve(int fd)
{
	static struct loop l;

	door = (struct door){ .run = echo, .most = MOST };
	loop_init(&l);
	_exit(!door_open(&door, &l, fd) || loop_run(&l) < 0);
}

static int
client(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(sa.sun_path, path, sizeof path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof sa) < 0) {
		printf("Bail out! no connection\n");
		exit(1);
	}
	return fd;
}

/* The whole answer to pieces of a line, sent one after the other. */
static const char *
ask(const char *const *pieces)
{
	static char answer[8192];
	int fd = client();
	size_t n = 0;
	ssize_t k;

	for (; *pieces != NULL; pieces++) {
		send(fd, *pieces, strlen(*pieces), MSG_NOSIGNAL);
		usleep(10000);
	}
	shutdown(fd, SHUT_WR);
	while (n < sizeof answer - 1 && (k = recv(fd, answer + n,
	    sizeof answer - 1 - n, 0)) > 0)
		n += (size_t)k;
	answer[n] = '\0';
	close(fd);
	return answer;
}
#define ASK(...) ask((const char *const[]){ __VA_ARGS__, NULL })

static void
test_lines(void)
{
	static char most[DOOR_LINE + 2], more[DOOR_LINE + 2];

	tap_cstr("<one>", ASK("one\n"), "a line is answered");
	tap_cstr("<one>", ASK("one\r\n"), "and one of another world");
	tap_cstr("<one>", ASK("o", "n", "e", "\n"), "or of pieces");
	tap_cstr("<one>", ASK("one\ntwo\n"), "but one only");
	tap_cstr("<>", ASK("\n"), "an empty one as well");
	tap_cstr("", ASK("one"), "one without end is none");
	memset(most, 'm', DOOR_LINE);
	most[DOOR_LINE] = '\n';
	tap_int(DOOR_LINE + 2, (int64_t)strlen(ASK(most)), "the longest");
	memset(more, 'm', DOOR_LINE + 1);
	tap_cstr("error: too long a line\n", ASK(more), "and one longer");
}

static void
test_large(void)
{
	int fd = client();
	char b[65536];
	size_t n = 0;
	ssize_t k;

	send(fd, "large\n", 6, 0);
	usleep(50000);
	tap_cstr("<two>", ASK("two\n"), "who does not read hinders nobody");
	while ((k = recv(fd, b, sizeof b, 0)) > 0)
		n += (size_t)k;
	tap_int(LARGE + 7, (int64_t)n, "and gets all of it in the end");
	close(fd);
}

/* Who reads on, but would need 8 s for all of it. */
static void
test_slow(void)
{
	int64_t begin = clock_ms();
	int fd = client();
	char b[LARGE / 80];
	size_t n = 0;
	ssize_t k;

	send(fd, "large\n", 6, 0);
	while ((k = recv(fd, b, sizeof b, 0)) > 0) {
		n += (size_t)k;
		usleep(100000);
	}
	tap_ok(n < LARGE, "a slow reader is let go: after %d ms, "
	    "%zu octets", (int)(clock_ms() - begin), n);
	close(fd);
}

static void
test_most(void)
{
	static const char busy[] = "error: too many clients\n";
	char b[100] = "";
	int fds[MOST], fd;

	for (int i = 0; i < MOST; i++)
		fds[i] = client();
	fd = client();
	tap_ok(recv(fd, b, sizeof b - 1, 0) > 0 && strcmp(b, busy) == 0,
	    "one too many is told");
	close(fd);
	send(fds[0], "one\n", 4, 0);
	tap_int(5, recv(fds[0], b, sizeof b, MSG_WAITALL), "the others are "
	    "served");
	for (int i = 0; i < MOST; i++)
		close(fds[i]);
	usleep(50000);
	tap_cstr("<one>", ASK("one\n"), "when they are gone there is room");
}

static void
test_later(void)
{
	char b[100] = "";
	int first = client(), second = client(), third;

	send(first, "later\n", 6, 0);
	send(second, "later\n", 6, 0);
	usleep(50000);
	tap_ok(recv(first, b, sizeof b, MSG_DONTWAIT) < 0, "an answer that "
	    "comes later is waited for");
	close(second);
	usleep(50000);
	third = client();	/* may get the descriptor of who is gone */
	usleep(50000);
	tap_cstr("there,gone,<now>", ASK("now\n"), "by those who are there "
	    "still");
	tap_int(12, recv(first, b, sizeof b - 1, MSG_WAITALL), "all of it");
	tap_cstr("<first,then>", b, "comes at once");
	send(third, "one\n", 4, 0);
	memset(b, 0, sizeof b);
	tap_int(5, recv(third, b, sizeof b - 1, MSG_WAITALL), "and nobody "
	    "else gets any");
	tap_cstr("<one>", b, "of it");
	close(first);
	close(third);
	/* past DOOR_WAIT, who owes an answer still does */
	first = client();
	send(first, "later\n", 6, 0);
	poll(NULL, 0, DOOR_WAIT + DOOR_WAIT / 2);
	tap_cstr("there,<now>", ASK("now\n"), "who is to answer says when");
	close(first);
}

int
main(void)
{
	int fd = mkstemp(path), status;
	pid_t pid;

	close(fd);
	unlink(path);
	test_make();
	test_given();
	fd = door_make(path, 0600, why);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		serve(fd);
	close(fd);
	test_lines();
	test_large();
	test_slow();
	test_most();
	test_later();
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
	    "it served to the end");
	unlink(path);
	return tap_done();
}
