#include "part_impl.h"

#include "err.h"
#include "shown.h"

static const char *const kept_names[MIME_KEPT_COUNT] = {
#define KEPT_ROW(id, name) [MIME_KEPT_##id] = name,
	MIME_KEPT(KEPT_ROW)
#undef KEPT_ROW
};

static const struct {
	const char *media, *subtype;
	unsigned marks;
} marks[] = {
	{ "multipart", "signed", MIME_MARK_SIGNED },
	{ "multipart", "encrypted", MIME_MARK_ENCRYPTED },
	{ "application", "pgp-encrypted", MIME_MARK_ENCRYPTED },
	{ "application", "pgp-signature", MIME_MARK_SIGNATURE },
	{ "application", "pkcs7-signature", MIME_MARK_SIGNATURE },
	{ "application", "x-pkcs7-signature", MIME_MARK_SIGNATURE },
	{ "application", "pkcs7-mime", MIME_MARK_ENCRYPTED },
	{ "application", "x-pkcs7-mime", MIME_MARK_ENCRYPTED },
	{ "message", "partial", MIME_MARK_PARTIAL },
	{ "message", "external-body", MIME_MARK_EXTERNAL },
	{ "application", "ms-tnef", MIME_MARK_TNEF },
	{ "application", "vnd.ms-tnef", MIME_MARK_TNEF },
};

/*
 * What ends a header for some: the first line of each kind may be the body's
 * first.
 */
static const uint64_t header_ends[MIME_HEADER_ENDS] = {
	MIME_NO_COLON, MIME_BLANK_COLON, MIME_MBOX_FROM, MIME_NO_NAME,
	MIME_BAD_NAME, MIME_FOLD_FIRST, MIME_FOLD_BLANK, MIME_BARE_CR,
};

const char *
mime_kept_name(enum mime_kept k)
{
	return kept_names[k];
}

/*
 * Does value count, of fields of one name, as Dovecot has it?  Each is looked
 * into once at most.
 */
static bool
counts(struct mime_parts *p, struct mime_header_reading *r, enum mime_kept k,
    struct str value)
{
	struct mime_shown shown;
	struct str word;
	size_t at = 0;
	bool good = true;

	if (r->settled & 1u << k)
		return false;
	switch (k) {
	case MIME_KEPT_DISPOSITION:
		/* the last, up to the first with parameters */
		mime_shown_word(p->arena, value, &shown);
		if (shown.params != NULL)
			r->settled |= 1u << k;
		return true;
	case MIME_KEPT_CTE:
		good = mime_shown_cte(value, &word);
		break;
	case MIME_KEPT_LANGUAGE:
		good = mime_shown_language(value, &at, &word);
		break;
	default:
		break;
	}
	if (good)
		r->settled |= 1u << k;
	return good;
}

enum mime_kept
mime_kept_find(struct str name)
{
	unsigned k = 0;

	while (k < MIME_KEPT_COUNT && !str_ieq(name, str_c(kept_names[k])))
		k++;
	return (enum mime_kept)k;
}

static enum mime_kept
keep_field(struct mime_parts *p, struct mime_part *part,
    const struct mime_field *field, struct mime_header_reading *r)
{
	enum mime_kept k = mime_kept_find(field->name);

	if (k == MIME_KEPT_COUNT)
		return k;
	if (r->seen & 1u << k)
		part->flags |= MIME_FIELD_REPEATED;
	r->seen |= 1u << k;
	if (counts(p, r, k, field->value))
		part->kept[k] = field->value;
	return k;
}

/* A field that says how octets are to be read, in every reading of them. */
static void
read_cte(struct mime_part *part, const struct mime_field *field)
{
	unsigned readings;
	enum mime_cte cte = mime_cte_parse(field->value, &readings,
	    &part->flags);

	if (part->cte_readings == 0)
		part->cte = cte;
	part->cte_readings |= readings;
}

static int
read_value(struct mime_parts *p, struct str value, enum mime_value_kind kind,
    struct mime_part *part, struct mime_value *v_r)
{
	int r;

	if (value.p == NULL)
		return 1;
	r = mime_value_parse(p->arena, value, kind, v_r);
	part->flags |= v_r->flags;
	return r > 0 ? 1 : mime_part_fail(p, v_r->why);
}

/* Do fields of MIME say what the part is? In a part of a multipart always. */
static bool
is_mime(const struct mime_part *part)
{
	return (part->parent != NULL && part->parent->kind == MIME_MULTIPART) ||
	    part->kept[MIME_KEPT_VERSION].p != NULL ||
	    part->kept[MIME_KEPT_TYPE].p != NULL;
}

/* Dovecot's reading, not everybody's. */
static void
forget_fields(struct mime_part *part)
{
	for (unsigned k = 0; k < MIME_KEPT_COUNT; k++) {
		if (part->kept[k].p != NULL)
			part->flags |= MIME_VERSION_NONE;
		part->kept[k] = STR_NULL;
	}
	part->cte = MIME_CTE_7BIT;
	part->cte_readings |= MIME_CTE_BIT(MIME_CTE_7BIT);
}

/*
 * What a header's end may be is an offset in the mail, and one.  Behind the
 * first blank line of a field, else behind it:
 */
static uint64_t
behind_blank(const struct mime_parts *p, struct str rest)
{
	struct str line;

	while (str_cut(&rest, '\n', &line))
		if (mime_part_line_blank(line, 0))
			break;
	return (uint64_t)(rest.p - p->in.p) + 1;
}

/*
 * To whom CR ends a line: the first line behind one that is empty, then what
 * is behind it, or that is no field.  0: there is none.
 */
static uint64_t
behind_cr(const struct mime_parts *p, struct str rest)
{
	struct str line;

	while (str_cut(&rest, '\r', &line) && rest.n > 0) {
		const char *from = rest.p;
		size_t n = 0;

		while (n < rest.n && rest.p[n] != '\r' && rest.p[n] != '\n')
			n++;
		if (from[0] == '\n' || mime_part_line_blank(
		    (struct str){ from, n > 0 ? 1 : 0 }, 0)) {
			if (n > 0 || from[0] == '\n')
				continue;
			return (uint64_t)(from + 1 - p->in.p) + 1;
		}
		if (memchr(from, ':', n) == NULL)
			return (uint64_t)(from - p->in.p) + 1;
	}
	return 0;
}

void
mime_part_note_ends(const struct mime_parts *p, const struct mime_field *field,
    struct mime_header_reading *r)
{
	uint64_t at = (uint64_t)(field->whole.p - p->in.p);
	uint64_t flags = field->flags;

	/*
	 * Who takes "From " for no end goes on to the next line that is no
	 * field, such as ">From ".
	 */
	if (flags & MIME_MBOX_FROM)
		flags &= field->whole.p[0] == '>' ?
		    ~(uint64_t)MIME_MBOX_FROM :
		    ~(uint64_t)(MIME_NO_COLON | MIME_BAD_NAME);
	for (unsigned i = 0; i < MIME_HEADER_ENDS; i++) {
		if (!(flags & header_ends[i]) || r->ends[i] > 0)
			continue;
		r->ends[i] = header_ends[i] == MIME_FOLD_BLANK ?
		    behind_blank(p, field->whole) :
		    header_ends[i] == MIME_BARE_CR ?
		    behind_cr(p, field->whole) : at + 1;
	}
}

static int
read_fields(struct mime_parts *p, struct mime_part *part,
    struct mime_header_reading *reading)
{
	struct mime_fields f;
	struct mime_field field;
	int r;

	mime_fields_init(&f, mime_span_str(p->in, part->header));
	while ((r = mime_fields_next(&f, &field)) > 0) {
		if (field.value.p != NULL &&
		    keep_field(p, part, &field, reading) == MIME_KEPT_CTE)
			read_cte(part, &field);
		mime_part_note_ends(p, &field, reading);
	}
	part->flags |= f.flags;
	if (r < 0)
		return mime_part_fail(p, f.why);
	if (part->cte_readings == 0)
		part->cte_readings = MIME_CTE_BIT(MIME_CTE_7BIT);
	if (!is_mime(part))
		forget_fields(part);
	r = read_value(p, part->kept[MIME_KEPT_TYPE], MIME_VALUE_TYPE, part,
	    &part->type);
	return r < 0 ? r : read_value(p, part->kept[MIME_KEPT_DISPOSITION],
	    MIME_VALUE_WORD, part, &part->disposition);
}

static bool
is_type(const struct mime_part *m, const char *media, const char *subtype)
{
	return str_ieq(m->media, str_c(media)) &&
	    str_ieq(m->subtype, str_c(subtype));
}

/* Does s hold word, in any case? */
static bool
holds(struct str s, struct str word)
{
	for (; s.n >= word.n; s.p++, s.n--)
		if (str_istarts(s, word))
			return true;
	return false;
}

/* Does one of both boundaries begin with the other? */
static bool
alike(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	return a.p != NULL && b.p != NULL && memcmp(a.p, b.p, n) == 0;
}

/* Of a multipart, whose boundary is b; p NULL: none. */
static void
take_boundary(struct mime_part *part, struct str b)
{
	const struct mime_param *m = part->type.params;

	part->boundary = b;
	if (b.p == NULL)
		part->flags |= MIME_BOUNDARY_NONE;
	while ((m = mime_param_next(m, STR("boundary"))) != NULL) {
		if (!str_eq(m->value, b))
			part->unsure = true;
		m = m->next;
	}
	if (b.n == 0 || str_trim(b).n != b.n ||
	    (b.n >= 2 && memcmp(b.p + b.n - 2, "--", 2) == 0))
		part->unsure = true;
	if (b.n > MIME_BOUNDARY_MAX)
		part->boundary.n = MIME_BOUNDARY_MAX;
	for (const struct mime_part *up = part->parent; up; up = up->parent)
		if (alike(up->boundary, part->boundary))
			part->unsure = true;
	if (part->unsure || b.n > 70)
		part->flags |= MIME_BOUNDARY_STRANGE;
}

bool
mime_part_encoded(const struct mime_part *part)
{
	return (part->cte_readings & ~(MIME_CTE_BIT(MIME_CTE_7BIT) |
	    MIME_CTE_BIT(MIME_CTE_8BIT) | MIME_CTE_BIT(MIME_CTE_BINARY) |
	    MIME_CTE_BIT(MIME_CTE_UNKNOWN))) != 0;
}

static void
take_marks(struct mime_part *part)
{
	if (part->parent != NULL)
		part->marks = part->parent->marks &
		    (MIME_MARK_SIGNED | MIME_MARK_ENCRYPTED);
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (is_type(part, marks[i].media, marks[i].subtype))
			part->marks |= marks[i].marks;
}

static void
take_type(struct mime_parts *p, struct mime_part *part,
    struct mime_shown *s_r)
{
	struct str field = part->kept[MIME_KEPT_TYPE];
	bool digest = part->parent != NULL &&
	    is_type(part->parent, "multipart", "digest");

	*s_r = (struct mime_shown){ digest ? STR("message") : STR("text"),
	    digest ? STR("rfc822") : STR("plain"), NULL };
	if (field.p != NULL)
		mime_shown_type(p->arena, field, s_r);
	part->media = s_r->type;
	part->subtype = s_r->subtype;
}

static void
take_kind(struct mime_parts *p, struct mime_part *part)
{
	struct mime_shown s;
	const struct mime_shown_param *b;

	take_type(p, part, &s);
	if (is_type(part, "message", "rfc822") ||
	    is_type(part, "message", "global"))
		part->kind = MIME_MESSAGE;
	else if (str_ieq(s.type, STR("multipart")) && s.subtype.n > 0)
		part->kind = MIME_MULTIPART;
	if (part->kind == MIME_MULTIPART) {
		b = mime_shown_find(&s, STR("boundary"));
		take_boundary(part, b ? b->value : STR_NULL);
	} else if (part->kind == MIME_LEAF &&
	    (holds(part->type.loose, STR("multi")) ||
	    (holds(part->type.loose, STR("rfc822")) &&
	    !str_ieq(part->media, STR("text"))))) {
		part->flags |= MIME_TYPE_STRANGE;
	}
	if (part->kind != MIME_LEAF && mime_part_encoded(part))
		part->flags |= MIME_COMPOSITE_CTE;
	/* gzip64, and more like it, are made of an encoding that is known */
	if (part->flags & MIME_HIDES || (part->kind == MIME_LEAF &&
	    part->cte == MIME_CTE_UNKNOWN))
		part->cte_readings |= MIME_CTE_GUESSES;
	take_marks(part);
}

int
mime_part_read_header(struct mime_parts *p, struct mime_part *part,
    struct mime_header_reading *r)
{
	if (read_fields(p, part, r) < 0)
		return ERR_LIMIT;
	take_kind(p, part);
	return 1;
}
