#include "shownas.h"
#include "word.h"

/* As UTF-8 in its own charset, or as it is. */
static struct str
in_utf8(struct judged *j, const struct mime_param *p)
{
	struct str s = p->value;
	uint64_t flags = 0;
	char *out;

	if (s.n > SHOWNAS_MAX)
		s.n = SHOWNAS_MAX;
	if (p->charset.p == NULL || p->charset.n == 0)
		return s;
	out = arena_alloc(j->arena, MIME_CHARSET_ROOM(s.n));
	return (struct str){ out, mime_charset_utf8(j->charsets, p->charset,
	    s, out, &flags) };
}

void
shownas_add(struct judged *j, struct judged_list *l, struct str name)
{
	uint64_t flags = 0;

	if (name.n > SHOWNAS_MAX)
		name.n = SHOWNAS_MAX;
	judged_add(j->arena, l, arena_dup(j->arena, name));
	if (memmem(name.p, name.n, "=?", 2) != NULL)
		judged_add(j->arena, l, mime_words(j->arena, j->charsets,
		    name, &flags));
}

static void
add_all(struct judged *j, const struct mime_value *v, struct str param,
    struct judged_list *l)
{
	const struct mime_param *p;

	for (p = mime_param_next(v->params, param); p != NULL;
	    p = mime_param_next(p->next, param)) {
		shownas_add(j, l, in_utf8(j, p));
		if (p->charset.p != NULL)
			shownas_add(j, l, p->value);
	}
}

void
shownas_values(struct judged *j, const struct mime_value *disposition,
    const struct mime_value *type, struct judged_list *l)
{
	add_all(j, disposition, STR("filename"), l);
	add_all(j, type, STR("name"), l);
	/* what some readers take as well */
	add_all(j, disposition, STR("name"), l);
	add_all(j, type, STR("filename"), l);
}

void
shownas_part(struct judged *j, struct judged_part *row)
{
	shownas_values(j, &row->part->disposition, &row->part->type,
	    &row->names);
}
