#include "err.h"
#include "session.h"
#include "transfer.h"

static struct io *
from_leg(struct sess *s, enum transfer_dir dir)
{
	return dir == TRANSFER_IN ? &s->server : &s->client;
}

static struct io *
to_leg(struct sess *s, enum transfer_dir dir)
{
	return dir == TRANSFER_IN ? &s->client : &s->server;
}

void
transfer_begin(struct sess *s, enum transfer_dir dir, uint64_t n, bool drop)
{
	s->transfer[dir] = (struct transfer){
		.left = n, .drop = drop, .splice.pipe = { -1, -1 },
	};
	if (drop)
		return;
	/* octets are on their way: the line before them cannot be undone */
	io_commit(to_leg(s, dir));
	if (dir == TRANSFER_IN)
		s->mid_line = true;
}

void
transfer_is_header(struct sess *s, enum transfer_dir dir)
{
	s->transfer[dir].header = true;
}

/*
 * Do these octets still belong to a header?  Line ends of all kinds count, as
 * readers take them.
 */
static bool
in_header(struct transfer *t, struct str octets)
{
	for (size_t i = 0; i < octets.n; i++) {
		if (t->header_over)
			return false;
		if (octets.p[i] == '\n') {
			t->header_over = t->line == 0;
			t->line = 0;
		} else if (octets.p[i] != '\r') {
			t->line++;
		}
	}
	return true;
}

void
transfer_drop(struct sess *s, enum transfer_dir dir)
{
	struct transfer *t = &s->transfer[dir];

	if (t->spliced) {
		/* octets in the pipe were read already */
		t->left = t->splice.left;
		pump_splice_end(&t->splice);
		t->spliced = false;
	}
	t->drop = true;
}

bool
transfer_active(const struct sess *s, enum transfer_dir dir)
{
	return s->transfer[dir].left > 0;
}

static void
broken(struct sess *s, const struct io *leg)
{
	sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_BYE_SERVER_CLOSED,
	    "%s, in a literal: %s", leg == &s->server ? "server" : "client",
	    leg->why);
}

/* Go over to the kernel's way when it pays and nothing is in our buffers. */
static bool
try_splice(struct sess *s, struct transfer *t, enum transfer_dir dir)
{
	struct io *from = from_leg(s, dir), *to = to_leg(s, dir);

	if (t->drop || t->header || t->left < PUMP_SPLICE_MIN || from->tls ||
	    to->tls ||
	    buf_len(&from->in) > 0 || io_unsent(to) > 0 ||
	    io_uncommitted(to) > 0)
		return false;
	t->spliced = pump_splice_begin(&t->splice, from, to, t->left) == 0;
	return t->spliced;
}

static bool
splice_round(struct sess *s, struct transfer *t, enum transfer_dir dir)
{
	int64_t n = pump_splice_step(&t->splice, from_leg(s, dir),
	    to_leg(s, dir));

	if (n < 0) {
		struct io *from = from_leg(s, dir);

		broken(s, from->in_err ? from : to_leg(s, dir));
	}
	t->left = pump_splice_left(&t->splice);
	if (t->left == 0 || n < 0) {
		pump_splice_end(&t->splice);
		t->spliced = false;
	}
	if (n > 0)
		s->active = clock_ms();
	return n > 0;
}

static bool
copy_round(struct sess *s, struct transfer *t, enum transfer_dir dir)
{
	struct io *from = from_leg(s, dir);
	size_t have = buf_len(&from->in);
	int64_t n;

	if (t->drop) {
		n = (int64_t)(have < t->left ? have : t->left);
		io_drop(from, (size_t)n);
	} else {
		struct transfer before = *t;
		struct str in = { buf_str(&from->in).p,
			have < t->left ? have : (size_t)t->left };

		if (t->header && !in_header(t, in)) {
			sess_bye(s, SESS_FAILED, "UNAVAILABLE",
			    LANG_BYE_SERVER_PROTOCOL, "server-protocol: "
			    "octets behind the end of a header");
			return false;
		}
		n = pump_copy(from, to_leg(s, dir), t->left);
		if (n < 0) {
			broken(s, to_leg(s, dir));
			return false;
		}
		/* what found no room is looked at once more */
		if (t->header && (size_t)n < in.n) {
			*t = before;
			in.n = (size_t)n;
			in_header(t, in);
		}
	}
	t->left -= (uint64_t)n;
	return n > 0;
}

bool
transfer_turn(struct sess *s, enum transfer_dir dir)
{
	struct transfer *t = &s->transfer[dir];

	if (t->left == 0)
		return false;
	if (t->spliced || try_splice(s, t, dir))
		return splice_round(s, t, dir);
	return copy_round(s, t, dir);
}

bool
transfer_starved(const struct sess *s, enum transfer_dir dir)
{
	const struct transfer *t = &s->transfer[dir];
	const struct io *from = dir == TRANSFER_IN ? &s->server : &s->client;

	return t->left > 0 && buf_len(&from->in) == 0 &&
	    !(t->spliced && t->splice.held > 0);
}

bool
transfer_spliced(const struct sess *s)
{
	return s->transfer[TRANSFER_IN].spliced ||
	    s->transfer[TRANSFER_OUT].spliced;
}

void
transfer_wait(struct sess *s, int64_t deadline)
{
	enum transfer_dir dir = s->transfer[TRANSFER_IN].spliced ?
	    TRANSFER_IN : TRANSFER_OUT;
	struct io *to = to_leg(s, dir);
	int ready = pump_splice_wait(&s->transfer[dir].splice,
	    from_leg(s, dir), to, io_want_in(to), deadline);

	/* what the receiver says meanwhile waits in its buffer */
	if (ready & PUMP_B_IN && io_fill(to) > 0 && to == &s->client)
		s->active = to->in_last;
}
