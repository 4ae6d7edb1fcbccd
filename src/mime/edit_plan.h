#ifndef EDIT_PLAN_H
#define EDIT_PLAN_H

/*
 * The inside of edit.h: from the list of edits to splices.  edit.c goes
 * through the parts; edit_header.c has what happens to fields, edit_parts.c
 * to bodies and boundaries, edit_length.c how long texts of ours are.
 */

#include "edit.h"

/* What goes of a header, and what is put before its other fields. */
struct mime_rule {
	struct mime_rule *next;
	struct str name;	/* "": all fields */
	bool prefix;		/* all whose names begin so */
	bool keep;		/* nothing goes */
	bool deep;		/* what only some readers take for one, too */
	struct str field;	/* composed, or "" */
};

/* What becomes of a part. */
struct mime_slot {
	const struct mime_part *part;
	struct mime_edit *edits, **end;
	struct mime_edit *replace, *remove, *rebuild;
	bool covered;		/* within one that is replaced */
	bool gone;		/* with its boundary */
	struct mime_rule *rules, **rules_end;
	struct mime_edit *subject;
	bool renamed;		/* a rule puts a Subject */
	/* of a part that is replaced */
	struct mime_retext text, brief;
	struct mime_splice *described;	/* the fields of its header */
	struct mime_splice *lead, *body, *pad;
	uint64_t old;		/* octets it had */
};

struct mime_plan {
	struct mime_edits *e;
	struct arena *a;
	struct mime_slot *slot;
	size_t count;
	struct str boundary;	/* what all of ours begin with; p NULL: none */
};

/* Has the part an edit of this kind? */
bool mime_plan_wants(const struct mime_slot *s, enum mime_edit_kind kind);

/* ---- edit_header.c ---- */

/* A message has fields besides those that describe its body. */
bool mime_plan_is_message(const struct mime_part *part);
struct mime_rule *mime_plan_rule(struct mime_plan *p, struct mime_slot *s,
    struct str name, struct str field);
/* All of the name go, and what an earlier edit put; field is put. */
struct mime_rule *mime_plan_field(struct mime_plan *p, struct mime_slot *s,
    struct str name, struct str field);
/* What fields of the name said, as X-Orig-name. */
void mime_plan_keep(struct mime_plan *p, struct mime_slot *s,
    struct str name);
/* Fields that describe a body say nothing in a message without this one. */
void mime_plan_version(struct mime_plan *p, struct mime_slot *s);
void mime_plan_op(struct mime_plan *p, struct mime_slot *s,
    struct mime_edit *x);
void mime_plan_type(struct mime_plan *p, struct mime_slot *s,
    struct mime_edit *x);
void mime_plan_set(struct mime_plan *p, struct mime_slot *s,
    const struct mime_edit *x);
/* By all rules of the part. */
void mime_plan_header(struct mime_plan *p, struct mime_slot *s);

/* ---- edit_parts.c ---- */

/* Where a part's octets are, for splices. */
struct mime_span mime_plan_header_of(const struct mime_part *part);
struct mime_span mime_plan_body_of(const struct mime_part *part);
uint64_t mime_plan_end_of(const struct mime_part *part);
/* At off the mail ends, or a line does. */
bool mime_plan_line_end(struct str mail, uint64_t off);
/* The replaced part's header and body; lengths come later. */
void mime_plan_replace(struct mime_plan *p, struct mime_slot *s);
void mime_plan_html(struct mime_plan *p, struct mime_slot *s,
    struct mime_edit *x);
void mime_plan_base64(struct mime_plan *p, struct mime_slot *s,
    struct mime_edit *x);
/* 0, or ERR_STATE with the edits' why. */
int mime_plan_rebuild(struct mime_plan *p, struct mime_slot *s);
/* Which of a multipart's parts go: of all, the first stays, empty. */
void mime_plan_removals(struct mime_plan *p, const struct mime_part *part);

/* ---- edit_length.c ---- */

/* Choose texts for replaced parts, and fill up. */
void mime_plan_lengths(struct mime_plan *p);

#endif
