#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "lane.h"
#include "vis.h"

void
lane_init(struct lane *l, const struct scan_engine *e,
    const struct scan_protocol *p)
{
	*l = (struct lane){ .engine = e, .protocol = p, .pass_fd = -1,
	    .own_fd = -1, .io.fd = -1 };
}

/* Nothing more goes with the object. */
static void
let_go(struct lane *l)
{
	l->object = NULL;
	l->result = NULL;
	l->pass_fd = -1;
	fd_close(&l->own_fd);
}

void
lane_close(struct lane *l, bool goodbye)
{
	let_go(l);
	if (goodbye && l->state == LANE_IDLE && l->protocol->bye.n > 0)
		(void)send(l->io.fd, l->protocol->bye.p, l->protocol->bye.n,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (l->state != LANE_CLOSED)
		io_fini(&l->io);
	l->state = LANE_CLOSED;
}

/* ---- connecting --------------------------------------------------------- */

static socklen_t
to_sa(const struct scan_address *a, struct sockaddr_storage *ss_r)
{
	struct sockaddr_un *un = (struct sockaddr_un *)ss_r;
	size_t n;

	if (a->path == NULL)
		return addr_to_sa(&a->addr, ss_r);
	n = strlen(a->path);
	if (n >= sizeof un->sun_path)
		return 0;
	*un = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(un->sun_path, a->path, n + 1);
	return sizeof *un;
}

/* Of an errno of connect(2). */
static int
refused(struct lane *l, int e)
{
	static const struct {
		int e;
		const char *why;
	} whys[] = {
		{ ECONNREFUSED, "connection refused" },
		{ ENOENT, "there is no such socket" },
		{ EACCES, "not permitted" },
		{ EPERM, "not permitted" },
		{ EAGAIN, "it is busy" },
		{ ETIMEDOUT, "timeout while connecting" },
		{ EHOSTUNREACH, "no route to host" },
		{ ENETUNREACH, "network unreachable" },
	};

	l->why = "cannot connect";
	for (size_t i = 0; i < sizeof whys / sizeof *whys; i++)
		if (whys[i].e == e)
			l->why = whys[i].why;
	return ERR_REFUSED;
}

static int
give_up(struct lane *l, int fd)
{
	refused(l, errno);
	fd_close(&fd);
	return ERR_REFUSED;
}

int
lane_connect(struct lane *l)
{
	const struct scan_address *a = &l->engine->addresses[l->address];
	struct sockaddr_storage ss;
	socklen_t n = to_sa(a, &ss);
	int fd;

	assert(l->state == LANE_CLOSED);
	if (n == 0) {
		l->why = "the socket's path is too long";
		return ERR_REFUSED;
	}
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd < 0 || io_setup_socket(fd, 0, 0) < 0)
		return give_up(l, fd);
	if (l->engine->shape != NULL && a->path == NULL &&
	    shape_apply(fd, l->engine->shape, &l->why) < 0) {
		fd_close(&fd);
		return ERR_REFUSED;
	}
	if (connect(fd, (struct sockaddr *)&ss, n) < 0 && errno != EINPROGRESS)
		return give_up(l, fd);
	io_init(&l->io, fd, LANE_REPLY_MAX, 0);
	l->state = LANE_CONNECTING;
	l->connect_by = clock_after(SCAN_CONNECT_MS);
	return 0;
}

int
lane_connected(struct lane *l)
{
	int e = 0;
	socklen_t n = sizeof e;

	if (getsockopt(l->io.fd, SOL_SOCKET, SO_ERROR, &e, &n) < 0)
		e = errno;
	if (e != 0) {
		lane_close(l, false);
		return refused(l, e);
	}
	l->state = LANE_IDLE;
	l->requests = 0;
	*l->version = '\0';
	l->greeted = l->reqmod = false;
	l->preview = UINT64_MAX;
	return 1;
}

bool
lane_stale(const struct lane *l)
{
	char c;

	return buf_len(&l->io.in) > 0 || recv(l->io.fd, &c, 1,
	    MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

/* ---- an object ---------------------------------------------------------- */

void
lane_ask(struct lane *l, const struct scan_object *o, struct scan_result *r,
    struct str user)
{
	assert(l->state == LANE_IDLE);
	l->state = LANE_BUSY;
	l->object = o;
	l->result = r;
	l->user = user;
	l->phase = 0;
	l->sent = l->matched = l->left = 0;
	l->eof = l->keep = false;
	l->why = "connection closed before an answer";
	l->requests++;
}

short
lane_events(const struct lane *l)
{
	short e = io_poll_events(&l->io, true);

	return l->pass_fd >= 0 ? e | POLLOUT : e;
}

/* A descriptor, with an octet that only carries it. */
static int
send_fd(struct lane *l)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u = { .buf = { 0 } };
	struct iovec v = { (char[]){ 0 }, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
	    .msg_control = u.buf, .msg_controllen = sizeof u.buf };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	ssize_t n;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &l->pass_fd, sizeof(int));
	n = sendmsg(l->io.fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	l->pass_fd = -1;
	l->sent = l->object->size;
	return n < 0 ? ERR_IO : 1;
}

/*
 * Put what is to be sent next, as much as one write takes: each write may
 * wake the engine.  As more() says in the end.
 */
static int
put_more(struct lane *l)
{
	int rc;

	do
		rc = l->protocol->more(l);
	while (rc > 0 && l->pass_fd < 0 && io_room(&l->io) >= LANE_PUT_MAX);
	io_commit(&l->io);
	return rc;
}

/*
 * Send what is to be sent: 0, or what more() failed with.  That the engine
 * takes no more shows in its answer, or in its lack of one.
 */
static int
push(struct lane *l)
{
	for (;;) {
		int rc;

		if (io_unsent(&l->io) == 0 && l->pass_fd < 0) {
			rc = put_more(l);
			if (rc < 0 || (rc == 0 && io_unsent(&l->io) == 0))
				return rc;
		}
		rc = io_unsent(&l->io) > 0 ? io_flush(&l->io) : send_fd(l);
		if (rc <= 0)
			return 0;
	}
}

static int
finish(struct lane *l)
{
	if (buf_len(&l->io.in) > 0)
		scan_say(l->result, l->protocol->spam ? SCAN_UNKNOWN :
		    SCAN_ERROR, STR_NULL,
		    STR("it answered more than it was asked"));
	if (!l->keep || l->eof || buf_len(&l->io.in) > 0 ||
	    io_unsent(&l->io) > 0) {
		lane_close(l, false);
		return 1;
	}
	/* its buffers stay for the next object: the pages are at hand */
	let_go(l);
	l->state = LANE_IDLE;
	return 1;
}

/* Hear what is there: as hear(), and ERR_EOF, ERR_IO when it broke. */
static int
pull(struct lane *l)
{
	int rc = io_fill(&l->io), heard;

	if (rc == 0 && buf_room(&l->io.in) == 0) {
		l->why = "its answer is too long";
		return ERR_LIMIT;
	}
	if (rc == 0)
		return 0;
	l->eof = rc < 0;
	heard = l->protocol->hear(l);
	return heard == 0 && rc < 0 ? rc : heard;
}

/* Send, and hear what is there: an answer may ask for more, and go on. */
static int
go_on(struct lane *l)
{
	int rc, phase;

	do {
		phase = l->phase;
		rc = push(l);
		if (rc == 0 && buf_len(&l->io.in) > 0)
			rc = l->protocol->hear(l);
	} while (rc == 0 && l->phase != phase);
	return rc;
}

int
lane_step(struct lane *l)
{
	int rc = go_on(l);

	while (rc == 0) {
		uint64_t before = l->io.in_bytes;

		rc = pull(l);
		if (rc == 0 && l->io.in_bytes == before)
			break;
		if (rc == 0)
			rc = go_on(l);
	}
	if (rc > 0)
		return finish(l);
	if (rc < 0)
		lane_close(l, false);
	return rc;
}

/* ---- for protocols ------------------------------------------------------ */

void
lane_version(struct lane *l, struct str version)
{
	/* size: what is cut is too long still */
	char text[SCAN_VERSION + 2 * VIS_MAX];

	vis(text, sizeof text, version);
	if (strlen(text) >= SCAN_VERSION)
		*text = '\0';
	memcpy(l->version, text, SCAN_VERSION);
}

size_t
lane_body_next(const struct lane *l, size_t max)
{
	uint64_t left = l->object->size - l->sent;

	return left < max ? (size_t)left : max;
}

int64_t
lane_body(struct lane *l, size_t max)
{
	size_t n = lane_body_next(l, max);
	char piece[LANE_PIECE];

	assert(max <= LANE_PIECE);
	if (l->object->fd < 0) {
		if (lane_put(l, (struct str){ l->object->octets.p + l->sent,
		    n }) < 0)
			return ERR_LIMIT;
	} else {
		if (pread(l->object->fd, piece, n, (off_t)(l->object->off +
		    l->sent)) != (ssize_t)n) {
			l->why = "the octets to scan cannot be read";
			return ERR_STATE;
		}
		if (lane_put(l, (struct str){ piece, n }) < 0)
			return ERR_LIMIT;
	}
	l->sent += n;
	return (int64_t)n;
}

int
lane_question(struct lane *l, int (*head)(struct lane *))
{
	int64_t rc;

	if (l->phase == 0) {
		l->phase = 1;
		return head(l);
	}
	rc = lane_body(l, LANE_PIECE);
	return rc > 0 ? 1 : (int)rc;
}

bool
lane_all_sent(const struct lane *l)
{
	return l->sent == l->object->size && l->pass_fd < 0 &&
	    io_unsent(&l->io) == 0;
}

int
lane_put(struct lane *l, struct str s)
{
	if (io_put(&l->io, s))
		return 1;
	l->why = "no memory for a buffer";
	return ERR_LIMIT;
}

int
lane_printf(struct lane *l, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof text)
		return lane_put(l, (struct str){ text, (size_t)n });
	l->why = "a request is too long";
	return ERR_LIMIT;
}

bool
lane_is_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0 && s.n <= LANE_VALUE_MAX;
}

bool
lane_field(struct lane *l, const char *name, struct str value)
{
	return lane_is_word(value) && lane_printf(l, "%s: %.*s\r\n", name,
	    STR_ARG(value)) > 0;
}
