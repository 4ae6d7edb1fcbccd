#include <assert.h>
#include <errno.h>

#include "err.h"
#include "fd.h"
#include "rights.h"
#include "talk.h"

/* Before the message's own head. */
struct wire {
	uint32_t kind;
	uint32_t fds;			/* bit i: fd[i] comes along */
};

/* Of a kind: its head, its rows, its descriptors, its texts. */
struct kind {
	uint32_t head;
	uint32_t row;			/* octets of one; 0: it has none */
	uint32_t needs, may;		/* bits of fd[] */
	struct { uint32_t off, n; } text[2];	/* in the head */
};

#define TEXT(type, member) { offsetof(struct type, member), \
	sizeof(((struct type *)NULL)->member) }

static const struct kind kinds[] = {
	[MAIL_JUDGE] = { sizeof(struct mail_judge), 8, 1, 3,
	    { TEXT(mail_judge, id), TEXT(mail_judge, user) } },
	[MAIL_FACTS] = { sizeof(struct mail_facts), 8, 0, 1,
	    { TEXT(mail_facts, why) } },
	[MAIL_EDIT] = { sizeof(struct mail_edit), sizeof(uint32_t), 0, 3,
	    { TEXT(mail_edit, why) } },
	[MAIL_EDITED] = { sizeof(struct mail_edited),
	    sizeof(struct mail_edit_done), 0, 3, 
	    { TEXT(mail_edited, why) } },
	[MAIL_DECODE] = { sizeof(struct mail_decode), 0, 1, 3, { { 0 } } },
	[MAIL_DECODED] = { sizeof(struct mail_decoded), 0, 0, 1, { { 0 } } },
	[MAIL_DIED] = { sizeof(struct mail_died), 0, 0, 0, { { 0 } } },
};

static_assert(sizeof(struct wire) % 8 == 0 &&
    sizeof(struct mail_judge) % 8 == 0 && sizeof(struct mail_facts) % 8 == 0 &&
    sizeof(struct mail_edit) % 8 == 0 && sizeof(struct mail_edited) % 8 == 0,
    "rows behind the head are aligned");

static const struct kind *
kind_of(uint32_t kind)
{
	return kind < sizeof kinds / sizeof *kinds && kinds[kind].head > 0 ?
	    &kinds[kind] : NULL;
}

/* ---- sending ------------------------------------------------------------- */

static uint32_t
list_fds(const struct mail_message *m, int fd[MAIL_TALK_FDS], size_t *n_r)
{
	uint32_t bits = 0;

	*n_r = 0;
	for (unsigned i = 0; i < MAIL_TALK_FDS; i++)
		if (m->fd[i] >= 0) {
			fd[(*n_r)++] = m->fd[i];
			bits |= 1u << i;
		}
	return bits;
}

static int
sent(ssize_t n)
{
	if (n >= 0)
		return 1;
	switch (errno) {
	case EAGAIN:
	case EINTR:
		return 0;
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
		return ERR_EOF;
	default:
		return ERR_IO;
	}
}

int
mail_talk_send(int sock, const struct mail_message *m)
{
	const struct kind *k = kind_of(m->kind);
	struct wire w = { .kind = m->kind };
	struct iovec iov[3] = { { &w, sizeof w } };
	int fd[MAIL_TALK_FDS];
	size_t n;

	assert(k != NULL && (k->row > 0 ? m->rest.n % k->row : m->rest.n) == 0);
	iov[1] = (struct iovec){ (void *)(uintptr_t)&m->u, k->head };
	iov[2] = (struct iovec){ (void *)(uintptr_t)m->rest.p, m->rest.n };
	if (m->rest.n > MAIL_TALK_MAX - sizeof w - k->head)
		return ERR_LIMIT;
	w.fds = list_fds(m, fd, &n);
	return sent(rights_send(sock, iov, 3, fd, n));
}

/* ---- receiving ----------------------------------------------------------- */

/* Each to its place: are they those the head tells of? */
static bool
place_fds(struct rights *r, uint32_t bits, struct mail_message *m)
{
	uint32_t next = 0;

	if (r->cut || bits >= 1u << MAIL_TALK_FDS ||
	    (uint32_t)__builtin_popcount(bits) != r->n)
		return false;
	for (unsigned i = 0; i < MAIL_TALK_FDS; i++)
		if (bits >> i & 1) {
			m->fd[i] = r->fd[next];
			r->fd[next++] = -1;
		}
	return true;
}

static void
end_rows(struct mail_message *m, char *rows)
{
	struct mail_edit_done *e = (void *)rows;

	if (m->kind != MAIL_EDITED)
		return;
	for (size_t i = 0; i < m->rest.n / sizeof *e; i++) {
		e[i].what[sizeof e[i].what - 1] = '\0';
		e[i].detail[sizeof e[i].detail - 1] = '\0';
	}
}

/* What the numbers of a head say of rows and descriptors. */
static bool
agrees(const struct mail_message *m)
{
	switch (m->kind) {
	case MAIL_FACTS:
		return m->u.facts.status <= MAIL_FACTS_ERROR &&
		    (m->fd[0] >= 0) == (m->u.facts.index_size > 0) &&
		    (m->fd[0] >= 0 || m->u.facts.status != MAIL_FACTS_OK);
	case MAIL_EDIT:
		return m->u.edit.docs <= MAIL_TALK_DOCS &&
		    (m->fd[0] >= 0) == (m->u.edit.has_file != 0) &&
		    (m->fd[1] >= 0 ? m->rest.n == 0 :
		    m->rest.n == m->u.edit.docs * sizeof(uint32_t));
	case MAIL_EDITED:
		return m->u.edited.status <= MAIL_FACTS_ERROR &&
		    m->rest.n == m->u.edited.edits *
		    sizeof(struct mail_edit_done) &&
		    (m->fd[0] >= 0) == (m->u.edited.index_size > 0) &&
		    (m->fd[1] < 0 || !m->u.edited.in_file);
	case MAIL_DECODED:
		return (m->fd[0] >= 0) == (m->u.decoded.ok != 0 &&
		    !m->u.decoded.in_file);
	default:
		return true;
	}
}

static bool
parse(char *buf, size_t n, struct rights *r, struct mail_message *m)
{
	const struct kind *k;
	struct wire w;

	if (n < sizeof w)
		return false;
	memcpy(&w, buf, sizeof w);
	k = kind_of(w.kind);
	if (k == NULL || n < sizeof w + k->head || !place_fds(r, w.fds, m) ||
	    (w.fds & k->needs) != k->needs || (w.fds & ~k->may) != 0)
		return false;
	m->kind = w.kind;
	memcpy(&m->u, buf + sizeof w, k->head);
	for (unsigned i = 0; i < 2 && k->text[i].n > 0; i++)
		((char *)&m->u)[k->text[i].off + k->text[i].n - 1] = '\0';
	m->rest = (struct str){ buf + sizeof w + k->head,
	    n - sizeof w - k->head };
	if ((k->row > 0 ? m->rest.n % k->row : m->rest.n) != 0)
		return false;
	end_rows(m, buf + sizeof w + k->head);
	return agrees(m);
}

int
mail_talk_receive(int sock, void *buf, struct mail_message *m_r)
{
	struct rights r;
	ssize_t n;
	bool ok;

	assert((uintptr_t)buf % 8 == 0);
	*m_r = (struct mail_message){ .fd = { -1, -1, -1 } };
	n = rights_receive(sock, buf, MAIL_TALK_MAX, &r);
	if (n < 0)
		return sent(n);
	if (n == 0 && r.n == 0 && !r.cut)
		return ERR_EOF;
	ok = parse(buf, (size_t)n, &r, m_r);
	rights_close(&r);
	if (!ok)
		mail_talk_forget(m_r);
	return ok ? 1 : ERR_SYNTAX;
}

void
mail_talk_forget(struct mail_message *m)
{
	for (unsigned i = 0; i < MAIL_TALK_FDS; i++)
		fd_close(&m->fd[i]);
}
