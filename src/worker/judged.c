#include <sys/mman.h>
#include <sys/stat.h>

#include "err.h"
#include "field.h"
#include "judged.h"
#include "word.h"

enum {
	/* Taken apart at a time; then the pages behind are let go. */
	WINDOW = 4 << 20,
	PAGE = 4096,
	/* What one look may bring back, where files are of huge pages. */
	HUGE = 2 << 20,
	LIST_ROOM = 4,
};

void
judged_add(struct arena *a, struct judged_list *l, struct str s)
{
	struct str *more;

	for (uint32_t i = 0; i < l->n; i++)
		if (str_eq(l->s[i], s))
			return;
	if (l->n == JUDGED_LISTED_MAX) {
		l->cut = true;
		return;
	}
	if (l->n == l->room) {
		more = arena_alloc(a, (l->room * 2 + LIST_ROOM) * sizeof *more);
		if (l->n > 0)
			memcpy(more, l->s, l->n * sizeof *more);
		l->s = more;
		l->room = l->room * 2 + LIST_ROOM;
	}
	l->s[l->n++] = s;
}

void
judged_behind(const struct judged *j, uint64_t off, uint64_t end)
{
	uint64_t from = off < HUGE ? 0 : (off - HUGE) / PAGE * PAGE;
	uint64_t to = end / PAGE * PAGE;

	if (j->octets.n > WINDOW && end - off >= HUGE)
		(void)madvise((void *)(uintptr_t)(j->octets.p + from),
		    (size_t)(to - from), MADV_DONTNEED);
}

static int
map(struct judged *j, const char **why_r)
{
	struct stat st;
	void *p;

	*why_r = "the mail's octets are not there";
	if (fstat(j->fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    j->off % PAGE != 0 || j->off > (uint64_t)st.st_size ||
	    j->octets.n > (uint64_t)st.st_size - j->off)
		return ERR_IO;
	if (j->octets.n == 0) {
		j->octets.p = "";
		return 0;
	}
	p = mmap(NULL, j->octets.n, PROT_READ, MAP_PRIVATE, j->fd,
	    (off_t)j->off);
	if (p == MAP_FAILED)
		return ERR_IO;
	j->octets.p = p;
	return 0;
}

static int
take_apart(struct judged *j, const char **why_r)
{
	size_t upto = 0;
	int rc = 0;

	mime_parts_init(&j->parts, j->arena, j->octets);
	while (rc == 0) {
		size_t behind = upto;

		upto = j->octets.n - upto > WINDOW ? upto + WINDOW :
		    j->octets.n;
		rc = mime_parts_step(&j->parts, upto);
		judged_behind(j, behind, upto);
	}
	*why_r = j->parts.why;
	return rc < 0 ? rc : 0;
}

struct str
judged_declared(struct arena *a, const struct mime_part *p)
{
	char *s;

	if (p->media.n == 0)
		return STR("");
	s = arena_printf(a, "%.*s/%.*s", STR_ARG(p->media),
	    STR_ARG(p->subtype));
	for (char *c = s; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	return str_c(s);
}

static void
fill_rows(struct judged *j)
{
	j->nrows = (uint32_t)j->parts.count;
	j->rows = arena_alloc(j->arena, j->nrows * sizeof *j->rows);
	for (struct mime_part *p = j->parts.mail; p != NULL; p = p->later) {
		j->rows[p->id].part = p;
		j->rows[p->id].flags = p->flags;
		j->rows[p->id].declared = judged_declared(j->arena, p);
	}
}

/* For logs; the first of each. */
static void
find_titles(struct judged *j)
{
	struct mime_fields f;
	struct mime_field field;
	uint64_t flags = 0;

	mime_fields_init(&f, mime_span_str(j->octets,
	    j->parts.mail->header));
	while (mime_fields_next(&f, &field) > 0) {
		struct str *s = str_ieq(field.name, STR("Subject")) ?
		    &j->subject : str_ieq(field.name, STR("Message-ID")) ?
		    &j->message_id : NULL;

		if (s == NULL || s->p != NULL || field.value.p == NULL)
			continue;
		*s = str_trim(mime_words(j->arena, j->charsets, field.value,
		    &flags));
	}
}

int
judged_open(struct judged *j, const char **why_r)
{
	int rc = map(j, why_r);

	if (rc == 0)
		rc = take_apart(j, why_r);
	if (rc < 0)
		return rc;
	fill_rows(j);
	find_titles(j);
	return 0;
}

void
judged_close(struct judged *j)
{
	if (j->octets.p != NULL && j->octets.n > 0)
		munmap((void *)(uintptr_t)j->octets.p, j->octets.n);
	*j = (struct judged){ .fd = -1 };
}
