#include "rewrite.h"

#include <stdio.h>

#include "err.h"

static int
fail(struct rewrite *r, int err, const char *why)
{
	snprintf(r->why, sizeof r->why, "%s", why);
	return err;
}

/* ---- what is logged ---- */

static void
log_filter(struct rewrite *r)
{
	uint32_t n = r->filter.n < REWRITE_FILTER_ROWS ? r->filter.n :
	    REWRITE_FILTER_ROWS;

	for (uint32_t i = 0; i < n; i++) {
		const struct filter_found *f = &r->filter.found[i];
		struct mail_edit_done *d = &r->done[r->ndone];

		if (f->mend != CONF_MEND_CORRECT)
			continue;
		d->part = f->part;
		snprintf(d->what, sizeof d->what, "mail-filter");
		snprintf(d->detail, sizeof d->detail, "%s, %s%s", f->flag,
		    filter_rule_name((enum filter_rule)f->rule),
		    f->is_signed ? ": not corrected, signed" : "");
		r->ndone++;
	}
}

static void
log_first(struct rewrite *r)
{
	uint32_t n = r->actions ? actions_done(r->actions, NULL, 0) : 0;

	/* and one for a length that changed */
	r->done = arena_alloc(r->arena, (n + REWRITE_FILTER_ROWS + 1) *
	    sizeof *r->done);
	log_filter(r);
	if (r->actions != NULL)
		r->ndone += actions_done(r->actions, r->done + r->ndone, n);
	if (r->resized) {
		struct mail_edit_done *d = &r->done[r->ndone++];

		snprintf(d->what, sizeof d->what, "same-length");
		snprintf(d->detail, sizeof d->detail, "not kept");
	}
}

/* ---- rounds ---- */

static bool
replaces(const struct mime_edits *e)
{
	for (const struct mime_edit *x = e->first; x != NULL; x = x->next)
		if (x->kind == MIME_EDIT_REPLACE || x->kind == MIME_EDIT_HTML)
			return true;
	return false;
}

static int
write_out(struct rewrite *r, struct mime_edits *e,
    const struct rewrite_place *place)
{
	struct mime_sink out;
	int k = place->begin(place->ctx, e->size, &out);

	if (k == 0)
		k = mime_edits_write(e, &out);
	if (k < 0)
		return fail(r, k, "there is no room for the edited mail");
	r->octets = place->finish(place->ctx);
	if (r->octets.p == NULL || r->octets.n != e->size)
		return fail(r, ERR_IO, "the edited mail cannot be read");
	r->changed = true;
	return 0;
}

/* 1 it was written anew, 0 there is nothing to do. */
static int
round_of(struct rewrite *r, const struct mime_part *mail, unsigned round,
    const struct rewrite_place *place)
{
	struct filter *f = &r->filter, later = { .rules = r->rules };
	struct mime_edits e;
	int k = 0;

	mime_edits_init(&e, r->arena, r->octets, mail, r->charsets);
	if (round > 1)
		f = &later;
	f->rules = r->rules;
	f->language = r->filter.language;
	if (filter_mail(f, mail, &e, round) == CONF_MEND_REJECT)
		return fail(r, ERR_REFUSED, f->why);
	if (round == 1 && r->actions != NULL)
		k = actions_put(r->actions, &e);
	if (k < 0)
		return fail(r, k, "an ACL wants what cannot be done");
	e.same_length = round == 1 && r->same_length && replaces(&e);
	if (mime_edits_plan(&e) < 0)
		return fail(r, ERR_STATE, e.why);
	r->resized |= e.resized;
	if (round == 1)
		log_first(r);
	if (e.splices.first == NULL)
		return 0;
	k = write_out(r, &e, place);
	return k < 0 ? k : 1;
}

int
rewrite_mail(struct rewrite *r, struct str octets,
    const struct mime_part *mail, const struct rewrite_place *place)
{
	unsigned round = 1;
	int k;

	r->octets = octets;
	r->changed = r->resized = false;
	r->ndone = 0;
	while ((k = round_of(r, mail, round, place)) > 0) {
		struct mime_parts *p = arena_alloc(r->arena, sizeof *p);

		/* the last round rejects what it finds */
		if (round++ == FILTER_ROUNDS)
			return fail(r, ERR_REFUSED, "it cannot be corrected");
		mime_parts_init(p, r->arena, r->octets);
		if (mime_parts_step(p, r->octets.n) <= 0)
			return fail(r, ERR_LIMIT, p->why);
		mail = p->mail;
	}
	return k;
}
