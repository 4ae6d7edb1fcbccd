/* A connection: where to, and what goes over it. */

#include <sys/stat.h>
#include <sys/un.h>

#include <fcntl.h>
#include <poll.h>

#include "lane_talk.h"

/* What is put into a request. */
static const struct {
	struct str value;
	bool want;
} words[] = {
	{ STR("joe"), true },
	{ STR("joe@example.org"), true },
	{ STR(""), false },
	{ STR("joe doe"), false },
	{ STR("a\r\nB: c"), false },
	{ STR("a\0"), false },
	{ STR("\x7f"), false },
	{ STR("\xc3\xa9"), false },
};

static void
test_words(void)
{
	static char longest[LANE_VALUE_MAX + 1];

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		tap_int(words[i].want, lane_is_word(words[i].value),
		    "word %zu of the list", i);
	memset(longest, 'x', sizeof longest);
	tap_ok(lane_is_word((struct str){ longest, LANE_VALUE_MAX }),
	    "a long one");
	tap_ok(!lane_is_word((struct str){ longest, LANE_VALUE_MAX + 1 }),
	    "one that is too long");
}

/* ---- connecting --------------------------------------------------------- */

/* A Unix socket at path; queue < 0: nobody listens. */
static int
listen_at(const char *path, int queue)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(un.sun_path, path, sizeof un.sun_path - 1);
	if (bind(fd, (struct sockaddr *)&un, sizeof un) < 0 ||
	    (queue >= 0 && listen(fd, queue) < 0))
		abort();
	return fd;
}

/* How connecting there ends. */
static const char *
connect_to(struct scan_address *a)
{
	struct scan_engine e = { .addresses = a, .naddresses = 1 };
	struct lane l;
	struct pollfd p;
	const char *why = "connected";
	int rc;

	lane_init(&l, &e, &scan_clamd);
	rc = lane_connect(&l);
	if (rc == 0) {
		p = (struct pollfd){ l.io.fd, POLLOUT, 0 };
		poll(&p, 1, 5000);
		rc = lane_connected(&l);
	}
	if (rc < 0)
		why = l.why;
	lane_close(&l, true);
	return why;
}

static void
test_connect(void)
{
	static char folder[] = "/tmp/lane.XXXXXX", longest[300];
	struct scan_address a = { 0 };
	char path[64];
	int fd;

	if (mkdtemp(folder) == NULL)
		abort();
	snprintf(path, sizeof path, "%s/s", folder);
	a.path = path;
	tap_cstr("there is no such socket", connect_to(&a), "no socket");
	fd = listen_at(path, -1);
	tap_cstr("connection refused", connect_to(&a), "nobody listens");
	close(fd);
	unlink(path);
	fd = listen_at(path, 0);
	tap_cstr("connected", connect_to(&a), "somebody does");
	tap_cstr("it is busy", connect_to(&a), "and does not accept");
	close(fd);
	unlink(path);
	memset(longest, 'x', sizeof longest - 1);
	a.path = longest;
	tap_cstr("the socket's path is too long", connect_to(&a),
	    "a path that no socket has");
	a.path = NULL;
	addr_parse(STR("127.0.0.1"), &a.addr);
	a.addr.port = 1;
	tap_cstr("connection refused", connect_to(&a), "over TCP");
	rmdir(folder);
}

/* ---- by descriptor ------------------------------------------------------ */

/* The descriptor that comes with what a lane sends; -1: none. */
static int
received(int sock)
{
	char data[256], control[CMSG_SPACE(sizeof(int))];
	struct iovec v = { data, sizeof data };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
	    .msg_control = control, .msg_controllen = sizeof control };
	int fd = -1;

	while (fd < 0) {
		struct cmsghdr *c;

		m.msg_controllen = sizeof control;
		if (recvmsg(sock, &m, MSG_DONTWAIT) <= 0)
			break;
		c = CMSG_FIRSTHDR(&m);
		if (c != NULL && c->cmsg_type == SCM_RIGHTS)
			memcpy(&fd, CMSG_DATA(c), sizeof fd);
	}
	return fd;
}

/* What clamd-fd hands over for an object: octets that cannot be written. */
static const char *
handed_over(const struct scan_object *o)
{
	static char text[64];
	struct scan_address a = { .path = "/engine" };
	struct scan_engine e = { .addresses = &a, .naddresses = 1 };
	struct scan_result r;
	struct lane l;
	int pair[2], fd;
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		abort();
	lane_init(&l, &e, &scan_clamd_fd);
	io_init(&l.io, pair[0], 0, 0);
	io_setup_socket(pair[0], 0, 0);
	l.state = LANE_CONNECTING;
	lane_connected(&l);
	lane_ask(&l, o, &r, STR_NULL);
	lane_step(&l);
	fd = received(pair[1]);
	lane_close(&l, false);
	close(pair[1]);
	if (fd < 0)
		return "nothing";
	n = pread(fd, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	if (write(fd, "x", 1) == 1)
		snprintf(text, sizeof text, "it can be written");
	close(fd);
	return text;
}

static void
test_descriptors(void)
{
	char path[] = "/tmp/lane.XXXXXX";
	struct scan_object o = scan_memory(STR("memory"));
	int fd = mkstemp(path), reader = open(path, O_RDONLY);

	if (fd < 0 || write(fd, "a file", 6) != 6)
		abort();
	unlink(path);
	tap_cstr("memory", handed_over(&o), "octets in memory");
	o = (struct scan_object){ .fd = reader, .size = 6 };
	tap_cstr("a file", handed_over(&o), "a file that can only be read");
	o.fd = fd;
	tap_cstr("a file", handed_over(&o), "of another one a copy");
	o = (struct scan_object){ .fd = reader, .off = 2, .size = 3 };
	tap_cstr("fil", handed_over(&o), "of a part of one, too");
	o.size = 100;
	tap_cstr("nothing", handed_over(&o), "of octets that are not there");
	close(fd);
	close(reader);
}

static void
test_version(void)
{
	char text[SCAN_VERSION];
	struct lane l;

	memset(text, 'x', sizeof text);
	lane_init(&l, NULL, &scan_clamd);
	lane_version(&l, (struct str){ text, sizeof text - 1 });
	tap_int(sizeof text - 1, (int64_t)strlen(l.version),
	    "a version is kept");
	lane_version(&l, (struct str){ text, sizeof text });
	tap_cstr("", l.version, "a longer one might be another's beginning");
}

int
main(void)
{
	test_version();
	test_words();
	test_connect();
	test_descriptors();
	return tap_done();
}
