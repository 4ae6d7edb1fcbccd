/*
 * Edits a mail, for t/e2e/edit.t: editmail [EDIT ...] < mail > edited
 *
 *	replace:ID  remove:ID  type:ID  base64:ID  rebuild:ID
 *	subject:TEXT  add:NAME:TEXT  delete:NAME  put:NAME:TEXT
 *	same-length	for all
 *	correct		what mail-filter corrects, with all that it can
 *	rules		no mail: prints "RULE FLAG" for each flag
 *
 * stderr: "edit OUTCOME" for each, "size N resized 0", and "part ID KIND TYPE
 * OCTETS SUM" for each part of what came out: octets decoded, and their sum;
 * "rejected WHY", or "signed" when that kept something from being corrected.
 */

#include <stdio.h>
#include <stdlib.h>

#include "rewrite.h"

enum { MAIL_MAX = 64 << 20, ARENA_MAX = 512 << 20 };

static char in[MAIL_MAX], out[2][MAIL_MAX];
static size_t n_out[2];
static unsigned at;

static int
put(void *ctx, struct str s)
{
	(void)ctx;
	if (s.n > MAIL_MAX - n_out[at])
		exit(1);
	memcpy(out[at] + n_out[at], s.p, s.n);
	n_out[at] += s.n;
	return 0;
}

static int
begin(void *ctx, uint64_t size, struct mime_sink *sink_r)
{
	(void)ctx;
	(void)size;
	at ^= 1;
	n_out[at] = 0;
	*sink_r = (struct mime_sink){ put, NULL };
	return 0;
}

static struct str
finish(void *ctx)
{
	(void)ctx;
	return (struct str){ out[at], n_out[at] };
}

static const struct mime_part *
part(const struct mime_part *p, const char *id)
{
	for (int i = atoi(id); i > 0; i--)
		if ((p = p->later) == NULL)
			exit(1);
	return p;
}

static struct mime_edit *
header(struct mime_edits *e, enum mime_header_op op, char *arg)
{
	char *text = strchr(arg, ':');

	if (text != NULL)
		*text++ = '\0';
	return mime_edit_header(e, op, str_c(arg), str_c(text ? text : ""));
}

static struct mime_edit *
edit(struct mime_edits *e, const char *what, char *arg)
{
	static const struct mime_text text = { STR("Gone: \xc5\xbe.\n--b\n"),
		STR("utf-8") }, brief = { STR("-\n"), STR("utf-8") };

	if (strcmp(what, "replace") == 0)
		return mime_edit_replace(e, part(e->root, arg), text, brief);
	if (strcmp(what, "remove") == 0)
		return mime_edit_remove(e, part(e->root, arg));
	if (strcmp(what, "type") == 0)
		return mime_edit_type(e, part(e->root, arg),
		    STR("application/x-forced"));
	if (strcmp(what, "base64") == 0)
		return mime_edit_base64(e, part(e->root, arg));
	if (strcmp(what, "rebuild") == 0)
		return mime_edit_rebuild(e, part(e->root, arg));
	if (strcmp(what, "subject") == 0)
		return mime_edit_subject(e, str_c(arg));
	if (strcmp(what, "add") == 0)
		return header(e, MIME_HEADER_ADD, arg);
	if (strcmp(what, "delete") == 0)
		return header(e, MIME_HEADER_DELETE, arg);
	if (strcmp(what, "put") == 0)
		return header(e, MIME_HEADER_REPLACE, arg);
	fprintf(stderr, "editmail: no edit is %s\n", what);
	exit(2);
}

static int
sum(void *ctx, struct str s)
{
	uint64_t *v = ctx;

	v[0] += s.n;
	for (size_t i = 0; i < s.n; i++)
		v[1] += (unsigned char)s.p[i];
	return 0;
}

static void
print_parts(struct arena *a, struct str mail)
{
	static const char *const kinds[] = { "leaf", "multipart", "message" };
	struct mime_parts p;

	mime_parts_init(&p, a, mail);
	if (mime_parts_step(&p, mail.n) <= 0)
		exit(1);
	for (const struct mime_part *m = p.mail; m != NULL; m = m->later) {
		uint64_t v[2] = { 0, 0 }, flags = 0;
		struct mime_sink sink = { sum, v };

		if (m->child == NULL && mime_decode(mime_span_str(mail,
		    m->body), m->cte, &sink, &flags) < 0)
			exit(1);
		fprintf(stderr, "part %u %s %.*s/%.*s %llu %llu\n", m->id,
		    kinds[m->kind], STR_ARG(m->type.type),
		    STR_ARG(m->type.subtype), (unsigned long long)v[0],
		    (unsigned long long)v[1]);
	}
}

static void
correct(struct arena *a, struct mime_charsets *c, struct str *mail,
    const struct mime_part *root)
{
	struct conf_mail_filter rules;
	struct rewrite w = { .arena = a, .charsets = c, .rules = &rules };
	struct rewrite_place place = { begin, finish, NULL };

	memset(&rules, CONF_MEND_CORRECT, sizeof rules);
	if (rewrite_mail(&w, *mail, root, &place) < 0) {
		fprintf(stderr, "rejected %s\n", w.why);
		exit(0);
	}
	if (w.filter.is_signed)
		fprintf(stderr, "signed\n");
	*mail = w.octets;
}

static int
print_rules(void)
{
	for (unsigned b = 0; b < MIME_FLAG_COUNT; b++)
		printf("%s %s\n", filter_rule_name(filter_rule_of(b)),
		    mime_flag_name(b));
	return 0;
}

int
main(int argc, char **argv)
{
	struct str mail = { in, 0 };
	struct mime_edit *edits[100];
	struct mime_charsets c;
	struct mime_parts p;
	struct mime_edits e;
	struct mime_sink sink = { put, NULL };
	struct arena a;
	int n = 0;

	if (argc == 2 && strcmp(argv[1], "rules") == 0)
		return print_rules();
	mail.n = fread(in, 1, MAIL_MAX, stdin);
	arena_init(&a, ARENA_MAX, NULL, NULL);
	mime_charsets_init(&c);
	mime_parts_init(&p, &a, mail);
	if (mime_parts_step(&p, mail.n) <= 0)
		return 1;
	mime_edits_init(&e, &a, mail, p.mail, &c);
	if (argc == 2 && strcmp(argv[1], "correct") == 0) {
		correct(&a, &c, &mail, p.mail);
	} else if (argc > 1) {
		for (int i = 1; i < argc && n < 100; i++) {
			char *arg = strchr(argv[i], ':');

			if (strcmp(argv[i], "same-length") == 0) {
				e.same_length = true;
				continue;
			}
			if (arg != NULL)
				*arg++ = '\0';
			edits[n++] = edit(&e, argv[i], arg ? arg : argv[i]);
		}
		if (mime_edits_plan(&e) < 0 || mime_edits_write(&e, &sink) < 0)
			return 1;
		for (int i = 0; i < n; i++)
			fprintf(stderr, "edit %s\n", mime_edit_outcome_name(
			    edits[i]->outcome));
		fprintf(stderr, "size %llu resized %d\n",
		    (unsigned long long)e.size, e.resized);
		mail = finish(NULL);
	}
	print_parts(&a, mail);
	return fwrite(mail.p, 1, mail.n, stdout) != mail.n;
}
