#include "structure.h"

#include "envelope.h"
#include "shown.h"
#include "token.h"

static const struct str empty_part = STR("(\"text\" \"plain\" "
    "(\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0");

static void
put(struct mime_wire *w, const char *s)
{
	mime_wire_put(w, str_c(s));
}

static void
put_kept(struct mime_wire *w, const struct mime_part *m, enum mime_kept k)
{
	mime_wire_string(w, mime_shown_text(w->arena, m->kept[k]));
}

static bool
text(const struct mime_shown *s)
{
	return str_ieq(s->type, STR("text"));
}

/* All of them, or NIL; of a text the charset, too. */
static void
put_params(struct mime_wire *w, const struct mime_shown *s, bool charset)
{
	const char *sep = "(";

	for (const struct mime_shown_param *p = s->params; p; p = p->next) {
		put(w, sep);
		mime_wire_string(w, p->name);
		put(w, " ");
		mime_wire_string(w, p->value);
		sep = " ";
	}
	charset = charset && mime_shown_find(s, STR("charset")) == NULL;
	if (charset) {
		put(w, sep);
		put(w, "\"charset\" \"us-ascii\"");
	}
	put(w, charset || s->params ? ")" : "NIL");
}

static void
put_disposition(struct mime_wire *w, const struct mime_part *m)
{
	struct mime_shown s;

	if (m->kept[MIME_KEPT_DISPOSITION].p == NULL) {
		put(w, "NIL");
		return;
	}
	mime_shown_word(w->arena, m->kept[MIME_KEPT_DISPOSITION], &s);
	put(w, "(");
	mime_wire_string(w, s.type.p ? s.type : STR(""));
	put(w, " ");
	put_params(w, &s, false);
	put(w, ")");
}

static void
put_languages(struct mime_wire *w, const struct mime_part *m)
{
	const char *sep = "(";
	struct str s;
	size_t at = 0;

	while (mime_shown_language(m->kept[MIME_KEPT_LANGUAGE], &at, &s)) {
		put(w, sep);
		mime_wire_string(w, s);
		sep = " ";
	}
	put(w, sep[0] == '(' ? "NIL" : ")");
}

/* What BODYSTRUCTURE has behind what BODY has, but for its first. */
static void
put_extension(struct mime_wire *w, const struct mime_part *m)
{
	put(w, " ");
	put_disposition(w, m);
	put(w, " ");
	put_languages(w, m);
	put(w, " ");
	put_kept(w, m, MIME_KEPT_LOCATION);
}

static void
shown_type(struct mime_wire *w, const struct mime_part *m,
    struct mime_shown *s_r)
{
	if (m->kept[MIME_KEPT_TYPE].p != NULL) {
		mime_shown_type(w->arena, m->kept[MIME_KEPT_TYPE], s_r);
		if (str_ieq(s_r->type, STR("message")) &&
		    str_ieq(s_r->subtype, STR("rfc822"))) {
			s_r->type = STR("message");
			s_r->subtype = STR("rfc822");
		}
		if (m->kind == MIME_LEAF && s_r->subtype.n == 0 &&
		    str_ieq(s_r->type, STR("multipart")))
			*s_r = (struct mime_shown){ STR("application"),
			    STR("octet-stream"), NULL };
		return;
	}
	*s_r = m->kind == MIME_MESSAGE ?
	    (struct mime_shown){ STR("message"), STR("rfc822"), NULL } :
	    (struct mime_shown){ STR("text"), STR("plain"), NULL };
}

/* Of what is no multipart: up to its size. */
static void
begin_single(struct mime_wire *w, const struct mime_part *m)
{
	struct mime_shown s;
	struct str cte = STR("7bit");

	shown_type(w, m, &s);
	put(w, "(");
	mime_wire_string(w, s.type.p ? s.type : STR(""));
	put(w, " ");
	mime_wire_string(w, s.subtype.p ? s.subtype : STR(""));
	put(w, " ");
	put_params(w, &s, text(&s));
	put(w, " ");
	put_kept(w, m, MIME_KEPT_ID);
	put(w, " ");
	put_kept(w, m, MIME_KEPT_DESCRIPTION);
	put(w, " ");
	if (m->kept[MIME_KEPT_CTE].p != NULL)
		mime_shown_cte(m->kept[MIME_KEPT_CTE], &cte);
	mime_wire_string(w, cte);
	put(w, " ");
	mime_wire_number(w, m->body.n);
	if (text(&s) && m->kind == MIME_LEAF) {
		put(w, " ");
		mime_wire_number(w, m->lines);
	}
}

static void
begin(struct mime_wire *w, struct str in, const struct mime_part *m)
{
	if (m->kind == MIME_MULTIPART) {
		put(w, "(");
		return;
	}
	begin_single(w, m);
	if (m->kind == MIME_MESSAGE) {
		put(w, " ");
		mime_envelope_put(w, in, m->child);
		put(w, " ");
	}
}

static void
end_multipart(struct mime_wire *w, const struct mime_part *m, bool extended)
{
	struct mime_shown s;

	if (m->child == NULL) {
		mime_wire_put(w, empty_part);
		put(w, extended ? " NIL NIL NIL NIL)" : ")");
	}
	shown_type(w, m, &s);
	put(w, " ");
	mime_wire_string(w, s.subtype);
	if (extended) {
		put(w, " ");
		put_params(w, &s, false);
	}
}

static void
end(struct mime_wire *w, const struct mime_part *m, bool extended)
{
	if (m->kind == MIME_MULTIPART)
		end_multipart(w, m, extended);
	if (m->kind == MIME_MESSAGE) {
		put(w, " ");
		mime_wire_number(w, m->lines);
	}
	if (extended) {
		if (m->kind != MIME_MULTIPART) {
			put(w, " ");
			put_kept(w, m, MIME_KEPT_MD5);
		}
		put_extension(w, m);
	}
	put(w, ")");
}

void
mime_structure_put(struct mime_wire *w, struct str in,
    const struct mime_part *m, bool extended)
{
	const struct mime_part *at = m;

	while (!w->full) {
		begin(w, in, at);
		if (at->child != NULL) {
			at = at->child;
			continue;
		}
		end(w, at, extended);
		while (at != m && at->next == NULL) {
			at = at->parent;
			end(w, at, extended);
		}
		if (at == m)
			return;
		at = at->next;
	}
}
