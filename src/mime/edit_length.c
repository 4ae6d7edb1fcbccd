#include "edit_plan.h"

static void
take_text(struct mime_slot *s, const struct mime_retext *t)
{
	s->described->text = t->header;
	s->described->size = t->header.n;
	s->body->text = t->body;
	s->body->size = t->body.n;
	s->pad->kind = t->qp ? MIME_SPLICE_BLANKS_QP : MIME_SPLICE_BLANKS;
}

static uint64_t
text_size(const struct mime_retext *t)
{
	return t->header.n + t->body.n;
}

/* Shorter texts, from the first part on, until the mail is not longer. */
static void
take_briefs(struct mime_plan *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct mime_slot *s = &p->slot[i];

		if (mime_splices_size(&p->e->splices) <= p->e->mail.n)
			return;
		if (s->body == NULL || text_size(&s->brief) >=
		    text_size(&s->text))
			continue;
		take_text(s, &s->brief);
		if (s->replace != NULL &&
		    s->replace->kind == MIME_EDIT_REPLACE)
			s->replace->outcome = MIME_EDIT_BRIEF;
	}
}

static void
pad(struct mime_slot *s, uint64_t n)
{
	if (n == 1) {
		s->lead->text = STR(" ");
		s->lead->size = 1;
	} else {
		s->pad->size = n;
	}
}

/* What a part lost is filled up in it, what the mail lost, in the first. */
static void
fill(struct mime_plan *p, uint64_t rest)
{
	struct mime_slot *first = NULL;

	for (size_t i = 0; i < p->count && first == NULL; i++)
		if (p->slot[i].body != NULL)
			first = &p->slot[i];
	for (size_t i = p->count; i-- > 0 && first != NULL;) {
		struct mime_slot *s = &p->slot[i];
		uint64_t n = 0;

		if (s->body == NULL)
			continue;
		if (s->old > s->described->size + s->body->size)
			n = s->old - s->described->size - s->body->size;
		if (n > rest || s == first)
			n = rest;
		pad(s, n);
		rest -= n;
	}
	p->e->resized = rest > 0;
}

void
mime_plan_lengths(struct mime_plan *p)
{
	uint64_t size;

	for (size_t i = 0; i < p->count; i++)
		if (p->slot[i].body != NULL)
			take_text(&p->slot[i], &p->slot[i].text);
	if (!p->e->same_length)
		return;
	take_briefs(p);
	size = mime_splices_size(&p->e->splices);
	if (size > p->e->mail.n)
		p->e->resized = true;
	else
		fill(p, p->e->mail.n - size);
}
