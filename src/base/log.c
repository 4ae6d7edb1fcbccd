#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "fd.h"
#include "log.h"
#include "vis.h"

enum {
	/* How long a full syslog or journal socket may hold a session up. */
	SEND_WAIT_MS = 50,
	/* Record, JSON quoting (at most twice), time, tag and identifier. */
	LINE_SIZE = 2 * LOG_RECORD_MAX + 512,
	/* Octets of a data block per message; each may take four. */
	DATA_CHUNK = 400,
};

const struct log_id_info log_id_table[LOG_ID_COUNT] = {
#define M(name, component, number, severity, event) \
	[LOG_##name] = { #component, (#severity)[0], number, event },
	LOG_IDS(M)
#undef M
};

static const char syslog_path[] = "/dev/log";
static const char journal_path[] = "/run/systemd/journal/socket";

struct out {
	struct log_conf conf;
	int fd;
	bool torn;		/* the last line has no end */
	bool waited;		/* in vain: until it works, wait no more */
	uint64_t lost;		/* since it worked last */
};

static struct {
	const char *tag;
	char session[24];
	bool stderr_is_peer;
	bool stopped;
	uint64_t lost;
	struct out out[LOG_LOGS];
} g = {
	.tag = "imap4-proxy",
	.out = {
		{ .conf = { .level = LOG_LEV_NORMAL }, .fd = 2 },
		{ .conf = { .level = LOG_LEV_NORMAL }, .fd = 2 },
	},
};

/* Of every level, by signals. */
static volatile sig_atomic_t shift;

static int
severity_level(char severity)
{
	switch (severity) {
	case 'C':
	case 'E': return LOG_LEV_ERROR;
	case 'W': return LOG_LEV_WARNING;
	case 'K': return LOG_LEV_NORMAL;
	case 'D': return LOG_LEV_DEBUG;
	case 'T': return LOG_LEV_TRACE;
	case 'F': return LOG_LEV_FULL;
	default: return 0;	/* I and N: always */
	}
}

/* RFC 5424 section 6.2.1 */
static int
severity_priority(char severity)
{
	switch (severity) {
	case 'C': return LOG_CRIT;
	case 'E': return LOG_ERR;
	case 'W': return LOG_WARNING;
	case 'N': return LOG_NOTICE;
	case 'D':
	case 'T':
	case 'F': return 7;
	default: return 6;
	}
}

static struct out *
out_of(enum log_id id)
{
	bool stats = log_id_table[id].severity == 'I';

	return &g.out[stats ? LOG_STATS_LOG : LOG_DEBUG_LOG];
}

/* poll(2) knows nothing of the receiver's queue: the socket waits itself. */
static int
open_socket(void)
{
	struct timeval wait = { .tv_usec = SEND_WAIT_MS * 1000 };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	return fd;
}

void
log_start(const char *tag, enum log_level level)
{
	g.tag = tag;
	for (size_t i = 0; i < LOG_LOGS; i++)
		g.out[i].conf.level = level;
}

void
log_stderr_is_peer(void)
{
	g.stderr_is_peer = true;
	for (size_t i = 0; i < LOG_LOGS; i++)
		if (g.out[i].conf.target == LOG_TO_STDERR) {
			g.out[i].conf.target = LOG_TO_SYSLOG;
			g.out[i].fd = open_socket();
		}
}

void
log_session_id(const char *id)
{
	snprintf(g.session, sizeof g.session, "%s", id);
}

bool
log_stopped(void)
{
	return g.stopped;
}

uint64_t
log_lost(void)
{
	return g.lost;
}

static int
level_of(const struct out *o)
{
	int level = (int)o->conf.level + shift;

	return level < LOG_LEV_ERROR ? LOG_LEV_ERROR :
	    level > LOG_LEV_FULL ? LOG_LEV_FULL : level;
}

enum log_level
log_level(void)
{
	return (enum log_level)level_of(&g.out[LOG_DEBUG_LOG]);
}

void
log_shift(int by)
{
	int span = LOG_LEV_FULL - LOG_LEV_ERROR;
	int next = shift + by;

	if (next >= -span && next <= span)
		shift = next;
}

bool
log_on(enum log_id id)
{
	return severity_level(log_id_table[id].severity) <=
	    level_of(out_of(id));
}

/* A line under construction. */
struct line {
	char p[LINE_SIZE];
	size_t n;
};

static void
put(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
put(struct line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int k = vsnprintf(l->p + l->n, LINE_SIZE - l->n, fmt, ap);
	va_end(ap);
	if (k > 0)
		l->n += (size_t)k < LINE_SIZE - l->n ? (size_t)k :
		    LINE_SIZE - l->n - 1;
}

/* The same of a string: most of a record, and five times as quick. */
static void
put_str(struct line *l, const char *s)
{
	size_t n = strlen(s), room = LINE_SIZE - l->n - 1;

	if (n > room)
		n = room;
	memcpy(l->p + l->n, s, n);
	l->n += n;
}

/* s is printable or already escaped: only '"' and '\\' need JSON's escape. */
static void
put_json(struct line *l, const char *s)
{
	put(l, "\"");
	for (; *s != '\0'; s++)
		put(l, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	put(l, "\"");
}

static void
put_id(struct line *l, enum log_id id)
{
	const struct log_id_info *i = &log_id_table[id];

	put(l, "%s-%03u-%c", i->component, i->number, i->severity);
}

/* The value as text: quoted when it has a blank or is empty. */
static void
put_value(struct line *l, const char *v)
{
	if (*v == '\0' || strchr(v, ' ') != NULL)
		put(l, "\"%s\"", v);
	else
		put_str(l, v);
}

/* KEY NUL value NUL pairs; an empty key is a bare word. */
static void
put_fields(struct line *l, const struct log_rec *r, bool json)
{
	for (size_t i = 0; i < r->n;) {
		const char *key = r->text + i;
		const char *value = key + strlen(key) + 1;

		i += strlen(key) + strlen(value) + 2;
		if (json) {
			put(l, ",");
			put_json(l, *key ? key : "RESULT");
			put(l, ":");
			put_json(l, value);
		} else if (*key == '\0') {
			put_str(l, " ");
			put_str(l, value);
		} else {
			put_str(l, " ");
			put_str(l, key);
			put_str(l, "=");
			put_value(l, value);
		}
	}
}

static void
render(struct line *l, const struct log_rec *r, const char *text, bool json)
{
	l->n = 0;
	if (json) {
		put(l, "{\"id\":\"");
		put_id(l, r->id);
		put(l, "\",\"event\":\"%s\",\"session\":\"%s\"",
		    log_id_table[r->id].event, g.session);
		if (text != NULL) {
			put(l, ",\"text\":");
			put_json(l, text);
		}
		put_fields(l, r, true);
		put(l, "}");
		return;
	}
	put_id(l, r->id);
	put(l, " %s%s%s", g.session, *g.session ? " " : "",
	    log_id_table[r->id].event);
	if (text != NULL)
		put(l, " %s", text);
	put_fields(l, r, false);
}

static int
send_to(struct out *o, const char *path, const struct iovec *iov, size_t n)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct msghdr m = {
		.msg_name = &sun, .msg_namelen = sizeof sun,
		.msg_iov = (struct iovec *)iov, .msg_iovlen = n,
	};
	bool sent;

	if (o->conf.path != NULL && o->conf.path[0] != '\0')
		path = o->conf.path;
	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", path);
	sent = sendmsg(o->fd, &m, MSG_NOSIGNAL |
	    (o->waited ? MSG_DONTWAIT : 0)) >= 0;
	o->waited = !sent && errno == EAGAIN;
	return sent ? 0 : -1;
}

#define IOV(s, len) { .iov_base = (void *)(s), .iov_len = (len) }

static int
write_syslog(struct out *o, enum log_id id, const struct line *l)
{
	char head[96], stamp[20];
	time_t now = time(NULL);
	struct tm tm;
	int n;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &tm);
	n = snprintf(head, sizeof head, "<%d>%s %.40s[%d]: ",
	    o->conf.facility | severity_priority(log_id_table[id].severity),
	    stamp, g.tag, (int)getpid());

	struct iovec iov[] = { IOV(head, (size_t)n), IOV(l->p, l->n) };

	return send_to(o, syslog_path, iov, 2);
}

/* systemd.journal-fields(7); our fields are also members of their own. */
static int
write_journal(struct out *o, const struct log_rec *r,
    const struct line *l)
{
	struct line f;

	f.n = 0;
	put(&f, "\nPRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nSYSLOG_FACILITY=%d\n"
	    "IMAP4_PROXY_SESSION=%s\nIMAP4_PROXY_ID=",
	    severity_priority(log_id_table[r->id].severity), g.tag,
	    o->conf.facility >> 3, g.session);
	put_id(&f, r->id);
	put(&f, "\n");

	struct iovec iov[] = {
		IOV("MESSAGE=", 8), IOV(l->p, l->n), IOV(f.p, f.n),
	};

	return send_to(o, journal_path, iov, 3);
}

/* The time, made anew once a second: a session's records come in bursts. */
static const char *
stamp_now(void)
{
	static char stamp[32];
	static time_t made;
	time_t now = time(NULL);
	struct tm tm;

	if (now != made || *stamp == '\0') {
		localtime_r(&now, &tm);
		strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S%z", &tm);
		made = now;
	}
	return stamp;
}

static int
write_line(int fd, enum log_format format, bool *torn, const struct line *l)
{
	const char *stamp = stamp_now();
	char head[96];
	int n = 0;

	if (format == LOG_AS_TEXT)
		n = snprintf(head, sizeof head, "%s %.40s[%d]: ", stamp, g.tag,
		    (int)getpid());
	else
		n = snprintf(head, sizeof head,
		    "{\"time\":\"%s\",\"tag\":\"%.32s\",\"pid\":%d,", stamp,
		    g.tag, (int)getpid());

	size_t skip = format == LOG_AS_JSON;	/* its own "{" */
	struct iovec iov[] = {
		IOV("\n", *torn), IOV(head, (size_t)n),
		IOV(l->p + skip, l->n - skip), IOV("\n", 1),
	};
	size_t want = *torn + (size_t)n + l->n - skip + 1;
	/* one write, so that lines of many processes never mix */
	ssize_t k = writev(fd, iov, 4);

	/* a disk that was full in the middle: what comes next begins anew */
	if (k > 0)
		*torn = (size_t)k < want;
	return k == (ssize_t)want ? 0 : -1;
}

static int
deliver(struct out *o, const struct log_rec *r, const struct line *l)
{
	switch (o->conf.target) {
	case LOG_TO_SYSLOG: return write_syslog(o, r->id, l);
	case LOG_TO_JOURNAL: return write_journal(o, r, l);
	case LOG_TO_FILE:
	case LOG_TO_STDERR: break;
	}
	return write_line(o->fd, o->conf.format, &o->torn, l);
}

/* A log that works again says how much it lacks. */
static void
tell_lost(struct out *o)
{
	struct log_rec r = { .id = LOG_LOG_TARGET };
	uint64_t lost = o->lost;
	struct line l;
	char text[64];

	if (lost == 0)
		return;
	o->lost = 0;
	snprintf(text, sizeof text, "%llu messages could not be written",
	    (unsigned long long)lost);
	render(&l, &r, text, o->conf.format == LOG_AS_JSON);
	if (deliver(o, &r, &l) < 0)
		o->lost = lost;
}

/* No message of ours has a line end; a report that is quoted may. */
static void
one_line(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = ' ';
}

static void
emit(const struct log_rec *r, const char *text)
{
	struct out *o = out_of(r->id);
	struct line l;
	bool torn = false;

	render(&l, r, text, o->conf.format == LOG_AS_JSON);
	if (deliver(o, r, &l) == 0) {
		tell_lost(o);
		return;
	}
	if (o->conf.on_failure == LOG_FAIL_STOP)
		g.stopped = true;
	else if (o->conf.on_failure == LOG_FAIL_STDERR && !g.stderr_is_peer &&
	    write_line(2, o->conf.format, &torn, &l) == 0)
		return;
	g.lost++;
	o->lost++;
}

void
log_msg(enum log_id id, const char *fmt, ...)
{
	char text[LOG_RECORD_MAX];
	struct log_rec r;
	va_list ap;

	if (!log_on(id))
		return;
	r.id = id;
	r.n = 0;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	one_line(text);
	emit(&r, text);
}

void
log_begin(struct log_rec *r, enum log_id id)
{
	r->id = id;
	r->n = 0;
}

static void
add(struct log_rec *r, const char *key, const char *value)
{
	size_t k = strlen(key) + 1, v = strlen(value) + 1;

	/* whole fields only: what does not fit is left out */
	if (r->n + k + v > sizeof r->text)
		return;
	memcpy(r->text + r->n, key, k);
	memcpy(r->text + r->n + k, value, v);
	r->n += k + v;
}

void
log_kv(struct log_rec *r, const char *key, const char *fmt, ...)
{
	char v[LOG_RECORD_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v, sizeof v, fmt, ap);
	va_end(ap);
	one_line(v);
	add(r, key, v);
}

void
log_kv_u64(struct log_rec *r, const char *key, uint64_t u)
{
	char v[24];

	snprintf(v, sizeof v, "%llu", (unsigned long long)u);
	add(r, key, v);
}

void
log_kv_str(struct log_rec *r, const char *key, struct str s)
{
	char v[LOG_VALUE_MAX * VIS_MAX + 8];

	if (s.p == NULL) {
		add(r, key, "<NULL>");
		return;
	}
	if (s.n > LOG_VALUE_MAX)
		s.n = LOG_VALUE_MAX;
	add(r, key, vis(v, sizeof v, s));
}

void
log_word(struct log_rec *r, const char *word)
{
	add(r, "", word);
}

void
log_end(struct log_rec *r)
{
	if (log_on(r->id))
		emit(r, NULL);
}

void
log_data(const char *what, struct str block)
{
	uint32_t limit = g.out[LOG_DEBUG_LOG].conf.data_limit;

	if (!log_on(LOG_DATA))
		return;
	if (limit != 0 && block.n > limit)
		block.n = limit;
	while (block.n > 0) {
		char v[DATA_CHUNK * VIS_MAX + 8];
		struct str part = { block.p,
		    block.n < DATA_CHUNK ? block.n : DATA_CHUNK };

		log_msg(LOG_DATA, "%s %s", what, vis(v, sizeof v, part));
		block.p += part.n;
		block.n -= part.n;
	}
}

static int
open_target(const struct log_conf *c)
{
	switch (c->target) {
	case LOG_TO_SYSLOG:
	case LOG_TO_JOURNAL:
		return open_socket();
	case LOG_TO_FILE:
		return open(c->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
		    O_NOFOLLOW | O_NONBLOCK, 0640);
	case LOG_TO_STDERR:
		break;
	}
	return 2;
}

/* Is a file's name still its own? */
static bool
moved(const struct out *o)
{
	struct stat here, there;

	if (o->conf.target != LOG_TO_FILE || fstat(o->fd, &here) < 0)
		return false;
	return stat(o->conf.path, &there) < 0 ||
	    here.st_dev != there.st_dev || here.st_ino != there.st_ino;
}

bool
log_follow(void)
{
	bool any = false;

	for (size_t i = 0; i < LOG_LOGS; i++) {
		struct out *o = &g.out[i];
		int fd = moved(o) ? open_target(&o->conf) : -1;

		if (fd < 0)
			continue;	/* the old one is better than none */
		close(o->fd);
		o->fd = fd;
		any = true;
	}
	return any;
}

int
log_open(const struct log_conf conf[LOG_LOGS], const char *tag)
{
	g.tag = tag;
	shift = 0;
	for (size_t i = 0; i < LOG_LOGS; i++) {
		struct log_conf c = conf[i];

		if (c.target == LOG_TO_STDERR && g.stderr_is_peer)
			c.target = LOG_TO_SYSLOG;

		int fd = open_target(&c);

		if (fd < 0 && c.on_failure == LOG_FAIL_STOP)
			return -1;
		if (fd >= 0) {
			if (g.out[i].fd > 2)
				close(g.out[i].fd);
			g.out[i] = (struct out){ .conf = c, .fd = fd };
			continue;
		}
		g.out[i].conf.level = c.level;
		log_msg(LOG_LOG_TARGET, "%s: %s: messages go to %s",
		    c.path ? c.path : "log socket", strerror(errno),
		    g.stderr_is_peer ? "syslog" : "stderr");
	}
	return 0;
}
