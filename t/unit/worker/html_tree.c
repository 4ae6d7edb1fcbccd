#include "html_tree.h"

#include <stdio.h>

#include "err.h"
#include "tap.h"

/* Elements and texts of the tree, with the pieces they are made of. */
static void
show(const struct html_tree *t, const GumboNode *n, FILE *f)
{
	const struct html_piece *p;
	struct str blanks;

	if (n->type == GUMBO_NODE_TEXT || n->type == GUMBO_NODE_WHITESPACE) {
		const char *s = n->v.text.text;

		while (html_tree_text(t, &s, &blanks, &p))
			fprintf(f, "'%.*s'", STR_ARG(p == NULL ? blanks :
			    html_piece_str(t, p)));
	}
	if (n->type != GUMBO_NODE_ELEMENT)
		return;
	p = html_tree_tag(t, n);
	fprintf(f, "%s{%.*s}(", gumbo_normalized_tagname(n->v.element.tag),
	    STR_ARG(p == NULL ? STR("") : html_piece_str(t, p)));
	if (html_tree_raw(t, p).n > 0)
		fprintf(f, "raw '%.*s'", STR_ARG(html_tree_raw(t, p)));
	for (unsigned i = 0; i < n->v.element.children.length; i++)
		show(t, n->v.element.children.data[i], f);
	fprintf(f, ")");
}

static const struct {
	const char *name, *in, *want;
} rows[] = {
	{ "texts and attributes are found by their places",
	    "<p a=1>x <b>y</b>\n</p>",
	    "html{}(head{}()body{}(p{ a=1}('x 'b{}('y')'\n')))" },
	{ "elements that are repeated have the attributes of the first",
	    "<p><b a>x<p>y", "html{}(head{}()body{}"
	    "(p{}(b{ a}('x'))p{}(b{ a}('y'))))" },
	{ "elements nobody wrote have none", "<table><td c>x",
	    "html{}(head{}()body{}(table{}(tbody{}(tr{}(td{ c}('x'))))))" },
	{ "attributes of a second body count where the first has none",
	    "x<body>y<body b>", "html{}(head{}()body{ b}('x''y'))" },
	{ "scripts are found by their tags", "<script a>b<c</script>d",
	    "html{}(head{}(script{ a}(raw 'b<c'))body{}('d'))" },
	{ "the text at a form's end stays in it", "<form>a</form>b",
	    "html{}(head{}()body{}(form{}('a')'b'))" },
	{ "tags of unknown names are not there", "<o:p>a<x>b</x>",
	    "html{}(head{}()body{}('a''b'))" },
	{ "references in texts are not read", "a&lt;b",
	    "html{}(head{}()body{}('a&lt;b'))" },
};

static void
check_limit(const char *name, const char *why, const char *again, int n)
{
	static char in[1 << 16];
	struct html_tree t;
	struct arena a;
	size_t k = strlen(again);

	for (int i = 0; i < n; i++)
		memcpy(in + (size_t)i * k, again, k);
	arena_init(&a, 1 << 26, NULL, NULL);
	tap_int(why[0] == 0 ? 0 : ERR_LIMIT, html_tree_build(&t, &a,
	    (struct str){ in, (size_t)n * k }), "%s", name);
	if (why[0] != 0)
		tap_cstr(why, t.why, "%s: it says so", name);
	html_tree_fini(&t);
	arena_fini(&a);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char seen[1024] = "";
		FILE *f = fmemopen(seen, sizeof seen, "w");
		struct html_tree t;
		struct arena a;

		arena_init(&a, 1 << 24, NULL, NULL);
		if (html_tree_build(&t, &a, str_c(rows[i].in)) == 0)
			show(&t, t.out->root, f);
		fclose(f);
		tap_cstr(rows[i].want, seen, "%s", rows[i].name);
		html_tree_fini(&t);
		arena_fini(&a);
	}
	check_limit("2048 elements may be open", "", "<div>", HTML_OPEN_MAX);
	check_limit("more may not", "too many elements are open", "<div>",
	    HTML_OPEN_MAX + 1);
	check_limit("what ends in good order is not open", "",
	    "<div><b></b></div>", 3000);
	check_limit("elements that cross each other end", "",
	    "<b><i></b></i>", 3000);
	check_limit("so do b and its like across paragraphs", "",
	    "<font><p></font></p>", 3000);
	check_limit("an end that is not its own ends nothing",
	    "too many elements are open", "<div></b></li>", 2100);
	check_limit("a cell ends with what is in it", "",
	    "<table><tr><td><b><td><i></table>", 1900);
	check_limit("a cell that is in no table is none",
	    "too many elements are open", "<td><b></td>", 2100);
	check_limit("li and its like end each other", "", "<ul><li>a<li>b</ul>",
	    2100);
	check_limit("but not where SVG was", "too many elements are open",
	    "<svg><p>", 2100);
	return tap_done();
}
