/* The stand-in for a server: see backend.h. */

#include "backend.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAPABILITIES "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE " \
    "LITERAL+"
#define CAPABILITIES_IN CAPABILITIES " SORT THREAD=REFERENCES MULTIAPPEND " \
    "UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED CONDSTORE QRESYNC " \
    "ESEARCH SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE " \
    "SPECIAL-USE"

enum { LINE = 4096, EVENTS = 64 };

struct conn {
	int fd;
	size_t have;		/* octets in line */
	size_t literal;		/* octets of the mail still to be sent */
	char tag[64];
	char line[LINE];
};

static int mail = -1;

static void
conn_close(struct conn *c)
{
	close(c->fd);
	free(c);
}

/* Replies are far smaller than a socket's buffer. */
static void
say(const struct conn *c, const char *text)
{
	send(c->fd, text, strlen(text), MSG_NOSIGNAL);
}

static void
done(const struct conn *c, const char *untagged, const char *result)
{
	char text[2048];

	snprintf(text, sizeof text, "%s%s %s\r\n", untagged, c->tag, result);
	say(c, text);
}

/* Send what the socket takes of the mail; false when the client has left. */
static bool
send_mail(struct conn *c, int ep)
{
	struct epoll_event ev = { EPOLLIN | EPOLLOUT, { .ptr = c } };

	while (c->literal > 0) {
		off_t at = (BACKEND_MAIL - c->literal) % BACKEND_CHUNK;
		size_t n = (size_t)(BACKEND_CHUNK - at);
		ssize_t sent = sendfile(c->fd, mail, &at,
		    n < c->literal ? n : c->literal);

		if (sent < 0 && errno == EAGAIN) {
			epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
			return true;
		}
		if (sent <= 0)
			return false;
		c->literal -= (size_t)sent;
	}
	ev.events = EPOLLIN;
	epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
	done(c, ")\r\n", "OK Fetch completed.");
	return true;
}

static bool
start_mail(struct conn *c, int ep)
{
	char head[80];

	snprintf(head, sizeof head, "* 1 FETCH (BODY[] {%d}\r\n",
	    (int)BACKEND_MAIL);
	send(c->fd, head, strlen(head), MSG_NOSIGNAL | MSG_MORE);
	c->literal = BACKEND_MAIL;
	return send_mail(c, ep);
}

static const struct {
	const char *name, *untagged, *result;
} answers[] = {
	{ "CAPABILITY", "* CAPABILITY " CAPABILITIES " AUTH=PLAIN\r\n",
	    "OK Capability completed." },
	{ "LOGIN", "", "OK [CAPABILITY " CAPABILITIES_IN "] Logged in" },
	{ "ID", "* ID NIL\r\n", "OK ID completed." },
	{ "NOOP", "", "OK NOOP completed." },
	{ "SELECT", "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"
	    "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen "
	    "\\Draft \\*)] Flags permitted.\r\n* 1 EXISTS\r\n* 0 RECENT\r\n"
	    "* OK [UIDVALIDITY 1] UIDs valid\r\n"
	    "* OK [UIDNEXT 2] Predicted next UID\r\n",
	    "OK [READ-WRITE] Select completed." },
	{ "LOGOUT", "* BYE Logging out\r\n", "OK Logout completed." },
};

/* One command; false when the connection is to be closed. */
static bool
command(struct conn *c, char *line, int ep)
{
	char *rest = strchr(line, ' ');
	size_t n;

	if (rest == NULL || rest - line >= (ptrdiff_t)sizeof c->tag)
		return false;
	*rest++ = '\0';
	memcpy(c->tag, line, strlen(line) + 1);
	n = strcspn(rest, " ");
	if (n == 5 && strncasecmp(rest, "FETCH", 5) == 0)
		return start_mail(c, ep);
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (strlen(answers[i].name) == n &&
		    strncasecmp(rest, answers[i].name, n) == 0) {
			done(c, answers[i].untagged, answers[i].result);
			return true;
		}
	done(c, "", "BAD Unknown command.");
	return true;
}

static bool
readable(struct conn *c, int ep)
{
	ssize_t n = recv(c->fd, c->line + c->have, LINE - 1 - c->have, 0);
	char *at = c->line, *end;

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	c->have += (size_t)n;
	c->line[c->have] = '\0';
	while ((end = strstr(at, "\r\n")) != NULL) {
		*end = '\0';
		if (!command(c, at, ep))
			return false;
		at = end + 2;
	}
	c->have -= (size_t)(at - c->line);
	memmove(c->line, at, c->have);
	return c->have < LINE - 1;
}

static void
greet(int listener, int ep)
{
	int one = 1, fd = accept4(listener, NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct conn *c;
	struct epoll_event ev = { .events = EPOLLIN };

	if (fd < 0)
		return;
	c = calloc(1, sizeof *c);
	if (c == NULL)
		err(1, "backend");
	c->fd = fd;
	ev.data.ptr = c;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	say(c, "* OK [CAPABILITY " CAPABILITIES " AUTH=PLAIN] ready.\r\n");
}

static void
make_mail(void)
{
	static char text[65536];

	for (size_t i = 0; i < sizeof text; i += 64) {
		memset(text + i, 'a' + (int)(i / 64 % 26), 62);
		memcpy(text + i + 62, "\r\n", 2);
	}
	mail = memfd_create("mail", MFD_CLOEXEC);
	for (size_t n = 0; n < BACKEND_CHUNK; n += sizeof text)
		if (write(mail, text, sizeof text) != sizeof text)
			err(1, "memfd");
}

static void
serve(int listener)
{
	struct epoll_event ev = { .events = EPOLLIN }, got[EVENTS];
	int ep = epoll_create1(EPOLL_CLOEXEC);

	make_mail();
	epoll_ctl(ep, EPOLL_CTL_ADD, listener, &ev);
	for (;;) {
		int n = epoll_wait(ep, got, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct conn *c = got[i].data.ptr;

			if (c == NULL)
				greet(listener, ep);
			else if (c->literal > 0 ? !send_mail(c, ep) :
			    !readable(c, ep))
				conn_close(c);
		}
	}
}

pid_t
backend_start(int listener)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		serve(listener);
	}
	return pid;
}
