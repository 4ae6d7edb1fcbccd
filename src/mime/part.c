#include "part_impl.h"

#include <assert.h>

#include "err.h"

struct str
mime_span_str(struct str in, struct mime_span s)
{
	assert(s.off <= in.n && s.n <= in.n - s.off);
	return (struct str){ in.p + s.off, s.n };
}

int
mime_part_fail(struct mime_parts *p, const char *why)
{
	p->why = why;
	return ERR_LIMIT;
}

bool
mime_part_line_blank(struct str line, size_t at)
{
	for (; at < line.n; at++)
		if (memchr(" \t\r\n", line.p[at], 4) == NULL)
			return false;
	return true;
}

/* ---- the tree grows ---- */

/* A part that begins with a header at pos; ERR_LIMIT: it is one too many. */
static int
add_part(struct mime_parts *p, struct mime_part *parent)
{
	struct mime_part *part;

	if (p->count == MIME_PARTS_MAX)
		return mime_part_fail(p, "too many parts");
	if (parent != NULL && parent->depth == MIME_DEPTH_MAX)
		return mime_part_fail(p, "parts are nested too deep");
	part = arena_alloc(p->arena, sizeof *part);
	part->parent = parent;
	part->id = (uint32_t)p->count++;
	part->header.off = p->pos;
	part->number = 1;
	part->from = p->lines;
	if (parent != NULL) {
		part->depth = parent->depth + 1;
		if (parent->tail != NULL) {
			parent->tail->next = part;
			part->number = parent->tail->number + 1;
		} else {
			parent->child = part;
		}
		parent->tail = part;
		p->last->later = part;
	} else {
		p->mail = part;
	}
	p->last = p->at = part;
	p->in_header = true;
	return 1;
}

/* ---- headers ---- */

/* The header ends at pos. */
static int
end_header(struct mime_parts *p)
{
	struct mime_part *part = p->at;
	struct mime_header_reading reading = { 0 };
	int r;

	part->header.n = p->pos - part->header.off;
	part->header_lines = p->lines - part->from;
	part->body.off = p->pos;
	part->from = p->lines;
	p->in_header = false;
	r = mime_part_read_header(p, part, &reading);
	if (r < 0)
		return r;
	if (part->kind == MIME_MULTIPART)
		part->preamble.off = p->pos;
	p->dashes.n = 0;
	r = mime_other_begin(p, part, &reading);
	if (r < 0)
		return r;
	return part->kind == MIME_MESSAGE ? add_part(p, part) : 1;
}

/* ---- boundaries ---- */

static void
pass_line(struct mime_parts *p, struct str line)
{
	p->lines += line.p[line.n - 1] == '\n';
	p->pos += line.n;
}

/* Of a line that begins with m's boundary: is it the closing one? */
static bool
closes(const struct mime_part *m, struct str line)
{
	size_t used = 2 + m->boundary.n;

	return line.n >= used + 2 && line.p[used] == '-' &&
	    line.p[used + 1] == '-';
}

/*
 * The line at pos begins with "--": whose boundary it is, NULL: nobody's.
 * The longest one counts, with the closing dashes, of equal ones the
 * innermost.
 */
static struct mime_part *
find_owner(const struct mime_parts *p, struct str line)
{
	struct mime_part *best = NULL;
	struct mime_part *m = p->in_header ? p->at->parent : p->at;
	size_t best_n = 0;

	for (; m != NULL; m = m->parent) {
		size_t n = m->boundary.n;

		if (m->boundary.p == NULL || m->closed || line.n - 2 < n ||
		    memcmp(line.p + 2, m->boundary.p, n) != 0)
			continue;
		n += closes(m, line) ? 2 : 0;
		if (best == NULL || n > best_n) {
			best = m;
			best_n = n;
		}
	}
	return best;
}

/* The part's body ends at end; lines line ends are before that. */
static void
end_part(struct mime_parts *p, struct mime_part *m, uint64_t end,
    uint64_t lines)
{
	mime_other_end(p, m, end);
	m->body.n = end - m->body.off;
	m->lines = lines - m->from;
	if (m->kind == MIME_MULTIPART) {
		if (m->child == NULL)
			m->preamble.n = m->body.n;
		if (m->epilogue.off > 0)
			m->epilogue.n = end - m->epilogue.off;
		if (!m->closed)
			m->flags |= MIME_BOUNDARY_OPEN;
		if (m->child == NULL)
			m->flags |= MIME_BOUNDARY_NONE;
	}
	p->flags |= m->flags;
	p->marks |= m->marks;
}

/* All parts within owner end; NULL: all. */
static void
end_parts(struct mime_parts *p, struct mime_part *owner, uint64_t end,
    uint64_t lines)
{
	while (p->at != owner) {
		end_part(p, p->at, end, lines);
		p->at = p->at->parent;
	}
}

/*
 * A boundary follows a header directly: the line end that belongs to it is
 * the header's last.  Dovecot takes it from the header, and from no body.
 */
static void
end_header_early(struct mime_parts *p, uint64_t end)
{
	struct mime_part *m = p->at;

	while (m->header.n == 0)
		m = m->parent;
	if (end < p->pos) {
		m->header.n = end > m->header.off ? end - m->header.off : 0;
		m->header_lines--;
	}
}

uint64_t
mime_part_before_line(const struct mime_parts *p)
{
	uint64_t end = p->pos;

	if (end > p->delimiter_end && p->in.p[end - 1] == '\n') {
		end--;
		if (end > p->delimiter_end && p->in.p[end - 1] == '\r')
			end--;
	}
	return end;
}

/* A boundary line of owner, next is the line behind. */
static int
take_delimiter(struct mime_parts *p, struct mime_part *owner, struct str line)
{
	uint64_t end = mime_part_before_line(p);
	size_t used = 2 + owner->boundary.n;
	bool closing = closes(owner, line);
	int r = 1;

	if (p->in_header)
		r = end_header(p);
	while (r > 0 && p->in_header)
		r = end_header(p);
	if (r < 0)
		return r;
	if (!mime_part_line_blank(line, used + (closing ? 2 : 0)))
		owner->flags |= MIME_BOUNDARY_NEAR;
	if (p->at != owner && p->at->body.off == p->pos) {
		end_header_early(p, end);
		end = p->pos;
	}
	end_parts(p, owner, end, p->lines - (end < p->pos));
	mime_other_boundary(p, owner, end);
	if (owner->child == NULL && owner->preamble.off < end)
		owner->preamble.n = end - owner->preamble.off;
	pass_line(p, line);
	p->delimiter_end = p->pos;
	owner->closed = closing;
	if (closing) {
		owner->epilogue.off = p->pos;
		return 1;
	}
	/* a line without an end, the mail's last, begins nothing */
	return line.p[line.n - 1] == '\n' ? add_part(p, owner) : 1;
}

/* ---- lines ---- */

/* The line at pos, whole; false: it goes on behind upto. */
static bool
take_line(struct mime_parts *p, size_t upto, struct str *line_r)
{
	size_t from = p->scanned > p->pos ? p->scanned : p->pos;
	const char *end = memchr(p->in.p + from, '\n', upto - from);

	if (end == NULL && upto < p->in.n) {
		p->scanned = upto;
		return false;
	}
	*line_r = (struct str){ p->in.p + p->pos, end ?
	    (size_t)(end - p->in.p) + 1 - p->pos : upto - p->pos };
	return true;
}

size_t
mime_part_line_end(struct str line)
{
	if (line.p[line.n - 1] != '\n')
		return 0;
	return line.n > 1 && line.p[line.n - 2] == '\r' ? 2 : 1;
}

static bool
dashes(struct str line)
{
	return line.n >= 2 && line.p[0] == '-' && line.p[1] == '-';
}

static bool
empty(struct str line)
{
	return str_eq(line, STR("\n")) || str_eq(line, STR("\r\n"));
}

static int
header_line(struct mime_parts *p, struct str line)
{
	struct mime_part *owner = dashes(line) ? find_owner(p, line) : NULL;

	if (owner != NULL)
		return take_delimiter(p, owner, line);
	if (line.n > MIME_HEADER_MAX - (p->pos - p->at->header.off))
		return mime_part_fail(p, "a header is too long");
	pass_line(p, line);
	return empty(line) ? end_header(p) : 1;
}

/* ---- bodies ---- */

/* By its first octet; 1: the line was a boundary and is done. */
static int
look_at(struct mime_parts *p, struct str line)
{
	struct mime_part *owner;

	switch (line.p[0]) {
	case '-':
		if (!dashes(line))
			return 0;
		owner = find_owner(p, line);
		return owner != NULL ? take_delimiter(p, owner, line) :
		    mime_other_dashes(p, line);
	case 'c':
	case 'C':
		return mime_other_field(p, line);
	case 'b':
	case '=':
	case '(':
		return mime_other_file(p, line);
	}
	return 0;
}

/* Of a body's line: what some readers stumble over. */
static uint64_t
octet_flags(const struct mime_part *m, struct str line)
{
	size_t end = mime_part_line_end(line), n = line.n - end;
	uint64_t flags = end == 1 ? MIME_BARE_LF : 0;

	if (!(m->flags & MIME_BARE_CR) && memchr(line.p, '\r', n) != NULL)
		flags |= MIME_BARE_CR;
	if (!(m->flags & MIME_NUL) && m->cte != MIME_CTE_BINARY &&
	    memchr(line.p, '\0', n) != NULL)
		flags |= MIME_NUL;
	return flags;
}

static int
body_line(struct mime_parts *p, struct str line)
{
	int r = look_at(p, line);

	if (r != 0)
		return r;
	p->at->flags |= octet_flags(p->at, line);
	if (mime_other_line(p, line) < 0)
		return ERR_LIMIT;
	pass_line(p, line);
	return 1;
}

static int
finish(struct mime_parts *p)
{
	while (p->in_header) {
		int r = end_header(p);

		if (r < 0)
			return r;
	}
	end_parts(p, NULL, p->in.n, p->lines);
	p->done = true;
	return 1;
}

void
mime_parts_init(struct mime_parts *p, struct arena *a, struct str in)
{
	*p = (struct mime_parts){ .arena = a, .in = in };
	p->tail = &p->others;
	(void)add_part(p, NULL);
}

int
mime_parts_step(struct mime_parts *p, size_t upto)
{
	struct str line;
	int r = p->why ? ERR_LIMIT : 1;

	assert(upto <= p->in.n);
	while (r > 0 && !p->done && p->pos < upto) {
		if (!take_line(p, upto, &line))
			return 0;
		r = p->in_header ? header_line(p, line) : body_line(p, line);
		r = p->why ? ERR_LIMIT : r;
	}
	if (r > 0 && !p->done && upto == p->in.n)
		r = finish(p);
	return r < 0 || p->why ? ERR_LIMIT : p->done;
}
