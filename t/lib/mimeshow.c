/*
 * What FETCH has to say of mails, by the room mime.  Reads "SIZE\n" and that
 * many octets, again and again; writes for each mail items "NAME SIZE\n"
 * octets "\n", then ".\n".  A mail that is over a limit has one item, "why".
 * With an argument instead: bodies in all readings, each named by its kind
 * and the encodings it may have.
 */

#include <stdio.h>
#include <stdlib.h>

#include "envelope.h"
#include "field.h"
#include "part.h"
#include "structure.h"

enum {
	ARENA_MAX = 256 << 20,
	/* "1." for each part a path goes through, and its numbers. */
	PATH_MAX_SHOWN = 1200,
};

static void
item(const char *path, const char *name, struct str s)
{
	const char *dot = *path && *name ? "." : "";

	printf("%s%s%s %zu\n", path, dot, name, s.n);
	fwrite(s.p, 1, s.n, stdout);
	putchar('\n');
}

static void
section(const char *path, const char *name, struct str in,
    struct mime_span span)
{
	char full[PATH_MAX_SHOWN + 20];

	snprintf(full, sizeof full, "%s%s%s]", path, *path && *name ? "." : "",
	    name);
	printf("BODY[%s %ju\n", full, (uintmax_t)span.n);
	fwrite(in.p + span.off, 1, span.n, stdout);
	putchar('\n');
}

static bool
named(const struct mime_field *field)
{
	return str_ieq(field->name, STR("subject")) ||
	    str_ieq(field->name, STR("from")) ||
	    str_ieq(field->name, STR("to"));
}

/*
 * HEADER.FIELDS ends with an empty line even if the header does not;
 * HEADER.FIELDS.NOT is what is left of the header.
 */
static void
fields(const char *path, struct str in, const struct mime_part *m, bool not)
{
	struct str header = mime_span_str(in, m->header);
	char *out = malloc(header.n + 2);
	struct mime_fields f;
	struct mime_field field;
	char name[PATH_MAX_SHOWN + 60];
	size_t n = 0;

	mime_fields_init(&f, header);
	while (mime_fields_next(&f, &field) > 0)
		if (named(&field) != not) {
			memcpy(out + n, field.whole.p, field.whole.n);
			n += field.whole.n;
		}
	if (!not || !(m->flags & MIME_HEADER_OPEN)) {
		memcpy(out + n, "\r\n", 2);
		n += 2;
	}
	snprintf(name, sizeof name,
	    "BODY[%s%sHEADER.FIELDS%s (SUBJECT FROM TO)]", path,
	    *path ? "." : "", not ? ".NOT" : "");
	item("", name, (struct str){ out, n });
	free(out);
}

/* The number path of a part; false: it has none of its own. */
static bool
path_of(const struct mime_part *m, char *out, size_t room)
{
	const struct mime_part *up = m->parent;
	char above[PATH_MAX_SHOWN] = "";

	if (up != NULL && up->kind == MIME_MESSAGE &&
	    m->kind == MIME_MULTIPART)
		return false;
	if (up == NULL && m->kind == MIME_MULTIPART)
		return false;
	for (; up != NULL; up = up->parent)
		if (path_of(up, above, sizeof above))
			break;
	return (size_t)snprintf(out, room, "%s%s%u", above, *above ? "." : "",
	    (unsigned)m->number) < room;
}

static void
show_part(struct str in, const struct mime_part *m)
{
	char path[PATH_MAX_SHOWN] = "";

	if (!path_of(m, path, sizeof path))
		return;
	section(path, "", in, m->body);
	section(path, "MIME", in, m->header);
	if (m->kind == MIME_MESSAGE) {
		section(path, "HEADER", in, m->child->header);
		section(path, "TEXT", in, m->child->body);
		fields(path, in, m->child, false);
		fields(path, in, m->child, true);
	}
}

static void
show_rendered(struct arena *a, struct mime_parts *p)
{
	static const char *const names[] = { "BODY", "BODYSTRUCTURE",
		"ENVELOPE" };

	for (unsigned i = 0; i < 3; i++) {
		struct mime_wire w;

		mime_wire_init(&w, a);
		if (i < 2)
			mime_structure_put(&w, p->in, p->mail, i == 1);
		else
			mime_envelope_put(&w, p->in, p->mail);
		item("", names[i], w.full ? STR("full") :
		    mime_wire_text(&w));
	}
}

static void
show_flags(uint64_t flags)
{
	for (unsigned b = 0; b < MIME_FLAG_COUNT; b++)
		if (flags >> b & 1)
			item("", "flag", str_c(mime_flag_name(b)));
}

static void
body(struct str in, const char *kind, unsigned readings, struct mime_span s)
{
	char name[200];
	size_t n = (size_t)snprintf(name, sizeof name, "%s", kind);

	for (unsigned cte = 0; cte < MIME_CTE_COUNT; cte++)
		if (readings & MIME_CTE_BIT(cte))
			n += (size_t)snprintf(name + n, sizeof name - n,
			    " %s", mime_cte_name((enum mime_cte)cte));
	item("", name, mime_span_str(in, s));
}

static void
show_bodies(const struct mime_parts *p)
{
	for (const struct mime_part *m = p->mail; m; m = m->later)
		body(p->in, m->kind == MIME_LEAF ? "leaf" : "composite",
		    m->cte_readings, m->body);
	for (const struct mime_other *x = p->others; x; x = x->next)
		body(p->in, "other", x->cte_readings, x->body);
}

static void
show(struct str in, bool bodies)
{
	struct arena a;
	struct mime_parts p;

	arena_init(&a, ARENA_MAX, NULL, NULL);
	mime_parts_init(&p, &a, in);
	if (mime_parts_step(&p, in.n) != 1) {
		item("", "why", str_c(p.why));
	} else if (bodies) {
		show_bodies(&p);
	} else {
		printf("RFC822.SIZE %zu\n%zu\n", (size_t)snprintf(NULL, 0,
		    "%zu", in.n), in.n);
		show_rendered(&a, &p);
		section("", "HEADER", in, p.mail->header);
		section("", "TEXT", in, p.mail->body);
		fields("", in, p.mail, false);
		fields("", in, p.mail, true);
		for (struct mime_part *m = p.mail; m; m = m->later)
			show_part(in, m);
		show_flags(p.flags);
	}
	puts(".");
	arena_fini(&a);
}

int
main(int argc, char **argv)
{
	char line[32];

	while (fgets(line, sizeof line, stdin) != NULL) {
		size_t n = strtoul(line, NULL, 10);
		char *p = malloc(n + 1);

		if (p == NULL || fread(p, 1, n, stdin) != n)
			return 1;
		show((struct str){ p, n }, argc > 1 && argv[1] != NULL);
		free(p);
	}
	return 0;
}
