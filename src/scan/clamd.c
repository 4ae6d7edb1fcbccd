#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "clamd.h"
#include "fd.h"
#include "lane.h"

enum phase { ASK, SEND, WAIT };

/* ---- answers ------------------------------------------------------------ */

/* "stream: " or "fd[NUMBER]: " taken off the front. */
static bool
take_subject(struct str *s)
{
	struct str subject, rest = *s;
	uint64_t n;

	if (!str_cut(&rest, ':', &subject) || !str_starts(rest, STR(" ")))
		return false;
	*s = (struct str){ rest.p + 1, rest.n - 1 };
	if (str_eq(subject, STR("stream")))
		return true;
	if (!str_starts(subject, STR("fd[")) ||
	    subject.p[subject.n - 1] != ']')
		return false;
	return str_u64((struct str){ subject.p + 3, subject.n - 4 },
	    INT32_MAX, &n);
}

/* s ends in word: without it. */
static bool
take_end(struct str *s, struct str word)
{
	if (s->n <= word.n || memcmp(s->p + s->n - word.n, word.p, word.n))
		return false;
	s->n -= word.n;
	return true;
}

static bool
is_visible(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return true;
}

static void
found(struct str name, struct scan_result *r)
{
	if (str_istarts(name, STR("Heuristics.Limits.Exceeded")))
		scan_say(r, SCAN_ERROR, name,
		    STR("it gave up at one of its limits"));
	else
		scan_say(r, SCAN_FOUND, name, STR_NULL);
}

void
clamd_answer(struct str s, struct scan_result *r)
{
	struct str rest = s;

	if (!is_visible(s)) {
		scan_say(r, SCAN_UNKNOWN, STR_NULL, s);
	} else if (take_end(&rest, STR(" ERROR")) ||
	    take_end(&rest, STR(".ERROR"))) {
		scan_say(r, SCAN_ERROR, STR_NULL, rest);
	} else if (!take_subject(&rest)) {
		scan_say(r, SCAN_UNKNOWN, STR_NULL, s);
	} else if (str_eq(rest, STR("OK"))) {
		scan_say(r, SCAN_FREE, STR_NULL, STR_NULL);
	} else if (take_end(&rest, STR(" FOUND"))) {
		found(rest, r);
	} else {
		scan_say(r, SCAN_UNKNOWN, STR_NULL, s);
	}
}

/* ---- hearing ------------------------------------------------------------ */

/* "ClamAV 1.4.6/27000/Mon ...": what its signatures are. */
static void
keep_version(struct lane *l, struct str s)
{
	if (str_starts(s, STR("ClamAV ")))
		lane_version(l, s);
}

/*
 * One answer.  The first question of a session is for the version, the
 * objects' numbers follow.
 */
static int
answer(struct lane *l, struct str s)
{
	struct str rest = s, number;
	uint64_t id;

	/* said when it closes a session that sends too much */
	if (!str_cut(&rest, ':', &number) || !str_starts(rest, STR(" ")) ||
	    !str_u64(number, UINT32_MAX, &id)) {
		clamd_answer(s, l->result);
		if (l->result->status == SCAN_ERROR)
			return 1;
		l->why = "it answered out of its session";
		return ERR_SYNTAX;
	}
	rest = (struct str){ rest.p + 1, rest.n - 1 };
	if (id == 1 && l->requests == 1) {
		keep_version(l, rest);
		return 0;
	}
	if (id != l->requests + UINT64_C(1)) {
		l->why = "it answered what was not asked";
		return ERR_SYNTAX;
	}
	clamd_answer(rest, l->result);
	if (l->result->status != SCAN_ERROR && !lane_all_sent(l)) {
		l->why = "it answered before it had all octets";
		return ERR_SYNTAX;
	}
	l->keep = l->result->status != SCAN_ERROR;
	return 1;
}

static int
hear(struct lane *l)
{
	int rc = 0;

	while (rc == 0) {
		struct str in = buf_str(&l->io.in), line;
		char text[CLAMD_REPLY_MAX];

		if (!str_cut(&in, '\0', &line)) {
			l->why = line.n > 0 && l->eof ?
			    "its answer was cut short" : l->why;
			if (line.n <= CLAMD_REPLY_MAX)
				break;
			l->why = "its answer is too long";
			return ERR_LIMIT;
		}
		if (line.n > sizeof text) {
			l->why = "its answer is too long";
			return ERR_LIMIT;
		}
		memcpy(text, line.p, line.n);
		io_drop(&l->io, line.n + 1);
		rc = answer(l, (struct str){ text, line.n });
	}
	return rc;
}

/* ---- asking ------------------------------------------------------------- */

static int
command(struct lane *l, struct str what)
{
	/* with the NULs that end what begins with z */
	if (l->requests == 1 &&
	    lane_put(l, STR("zIDSESSION\0zVERSION\0")) < 0)
		return ERR_LIMIT;
	return lane_put(l, what);
}

/* The next piece, its length in front of it; one of none ends the stream. */
static int
piece(struct lane *l)
{
	size_t n = lane_body_next(l, LANE_PIECE);
	const char head[4] = { (char)(n >> 24), (char)(n >> 16),
	    (char)(n >> 8), (char)n };
	int64_t rc = lane_put(l, (struct str){ head, sizeof head });

	if (n == 0)
		l->phase = WAIT;
	else if (rc > 0)
		rc = lane_body(l, LANE_PIECE);
	return rc < 0 ? (int)rc : 1;
}

static int
more(struct lane *l)
{
	switch ((enum phase)l->phase) {
	case ASK:
		l->phase = SEND;
		return command(l, STR("zINSTREAM\0"));
	case SEND:
		return piece(l);
	default:
		return 0;
	}
}

/* ---- by descriptor ------------------------------------------------------ */

/* Is fd all there is, and can its reader do nothing but read? */
static bool
can_pass(const struct scan_object *o)
{
	int flags = fcntl(o->fd, F_GETFL);
	int seals = fcntl(o->fd, F_GET_SEALS);
	struct stat st;

	return o->fd >= 0 && o->off == 0 && fstat(o->fd, &st) == 0 &&
	    (uint64_t)st.st_size == o->size && ((flags & O_ACCMODE) == O_RDONLY ||
	    (seals >= 0 && (seals & F_SEAL_WRITE)));
}

/* A copy of the object in a sealed memfd. */
static int
copy(struct lane *l)
{
	const struct scan_object *o = l->object;
	char piece_of[LANE_PIECE];
	uint64_t at = 0;

	l->own_fd = memfd_create("scan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	while (l->own_fd >= 0 && at < o->size) {
		size_t n = o->size - at < LANE_PIECE ?
		    (size_t)(o->size - at) : LANE_PIECE;
		struct str s = { o->octets.p + at, n };

		if (o->fd >= 0) {
			s.p = piece_of;
			if (pread(o->fd, piece_of, n, (off_t)(o->off + at)) !=
			    (ssize_t)n)
				break;
		}
		if (fd_write_all(l->own_fd, s) < 0)
			break;
		at += n;
	}
	if (l->own_fd >= 0 && at == o->size && fcntl(l->own_fd, F_ADD_SEALS,
	    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
		return 1;
	l->why = "no memory for a copy";
	return ERR_LIMIT;
}

static int
more_fd(struct lane *l)
{
	int fd = l->object->fd;

	switch ((enum phase)l->phase) {
	case ASK:
		if (l->engine->addresses[l->address].path == NULL) {
			l->why = "clamd-fd needs a Unix socket";
			return ERR_SUPPORT;
		}
		l->phase = SEND;
		return command(l, STR("zFILDES\0"));
	case SEND:
		l->phase = WAIT;
		if (!can_pass(l->object)) {
			if (copy(l) < 0)
				return ERR_LIMIT;
			fd = l->own_fd;
		}
		l->pass_fd = fd;
		return 1;
	default:
		return 0;
	}
}

const struct scan_protocol scan_clamd = {
	.more = more, .hear = hear, .bye = { "zEND", sizeof "zEND" },
};

const struct scan_protocol scan_clamd_fd = {
	.more = more_fd, .hear = hear, .bye = { "zEND", sizeof "zEND" },
};
