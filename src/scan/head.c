#include "err.h"
#include "head.h"

/* The line at the front, without its end; -1: not complete. */
static int
take_line(struct str *s, struct str *line_r)
{
	const char *lf = s->n > 0 ? memchr(s->p, '\n', s->n) : NULL;
	size_t n;

	if (lf == NULL)
		return 0;
	n = (size_t)(lf - s->p);
	if (n == 0 || s->p[n - 1] != '\r')
		return ERR_SYNTAX;
	*line_r = (struct str){ s->p, n - 1 };
	*s = (struct str){ lf + 1, s->n - n - 1 };
	for (size_t i = 0; i < line_r->n; i++)
		if ((unsigned char)line_r->p[i] < ' ' && line_r->p[i] != '\t')
			return ERR_SYNTAX;
	return 1;
}

/* "HTTP/1.1 200 OK" */
static bool
parse_status(struct str line, struct head *h)
{
	struct str code;
	uint64_t v;

	if (!str_cut(&line, ' ', &h->protocol) || h->protocol.n == 0)
		return false;
	str_cut(&line, ' ', &code);
	if (!str_u64(code, 999, &v))
		return false;
	h->code = (unsigned)v;
	return true;
}

/* "POST http://mail/ HTTP/1.1" */
static bool
parse_request(struct str line, struct head *h)
{
	struct str method, target;

	if (!str_cut(&line, ' ', &method) || method.n == 0 ||
	    !str_cut(&line, ' ', &target) || target.n == 0 ||
	    line.n == 0 || memchr(line.p, ' ', line.n) != NULL)
		return false;
	h->protocol = line;
	h->code = 0;
	return true;
}

/* "Name: value", a name without blanks. */
static bool
parse_field(struct str line, struct str *name_r, struct str *value_r)
{
	if (!str_cut(&line, ':', name_r) || name_r->n == 0 ||
	    memchr(name_r->p, ' ', name_r->n) != NULL ||
	    memchr(name_r->p, '\t', name_r->n) != NULL)
		return false;
	*value_r = str_trim(line);
	return true;
}

static bool
goes_on(struct str line)
{
	return str_starts(line, STR(" ")) || str_starts(line, STR("\t"));
}

static int
parse(struct str s, bool (*first)(struct str, struct head *),
    struct head *h_r)
{
	struct str rest = s, line = STR_NULL, name, value;
	int rc = take_line(&rest, &line);
	bool field = false;	/* one that a line could go on with */

	if (rc > 0 && !first(line, h_r))
		return ERR_SYNTAX;
	h_r->line = line;
	h_r->fields.p = rest.p;
	for (int i = 0; rc > 0 && i <= HEAD_FIELDS_MAX; i++) {
		h_r->fields.n = (size_t)(rest.p - h_r->fields.p);
		rc = take_line(&rest, &line);
		if (rc > 0 && line.n == 0) {
			h_r->size = (size_t)(rest.p - s.p);
			return h_r->size > HEAD_MAX ? ERR_LIMIT : 1;
		}
		if (rc > 0 && !(field && goes_on(line)) &&
		    !parse_field(line, &name, &value))
			return ERR_SYNTAX;
		field = true;
	}
	if (rc < 0)
		return rc;
	return rc > 0 || s.n >= HEAD_MAX ? ERR_LIMIT : 0;
}

int
head_parse(struct str s, struct head *h_r)
{
	return parse(s, parse_status, h_r);
}

int
head_parse_request(struct str s, struct head *h_r)
{
	return parse(s, parse_request, h_r);
}

int
head_lines(const struct head *h, const char *name, struct str *value_r)
{
	struct str rest = h->fields, line, field, value;
	bool here = false;
	int n = 0;

	while (take_line(&rest, &line) > 0) {
		if (goes_on(line)) {
			if (here)
				value_r->n = (size_t)(line.p + line.n -
				    value_r->p);
			continue;
		}
		here = parse_field(line, &field, &value) &&
		    str_ieq(field, str_c(name));
		if (here) {
			*value_r = value;
			n++;
		}
	}
	return n > 1 ? ERR_SYNTAX : n;
}

int
head_field(const struct head *h, const char *name, struct str *value_r)
{
	int rc = head_lines(h, name, value_r);

	return rc > 0 && value_r->n > 0 && memchr(value_r->p, '\n',
	    value_r->n) != NULL ? ERR_SYNTAX : rc;
}

int
head_number(const struct head *h, const char *name, uint64_t *v_r)
{
	struct str value;
	int rc = head_field(h, name, &value);

	if (rc > 0 && !str_u64(value, INT64_MAX, v_r))
		return ERR_SYNTAX;
	return rc;
}
