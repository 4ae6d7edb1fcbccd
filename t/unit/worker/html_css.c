#include "html_css.h"

#include "tap.h"

struct row {
	const char *name, *in, *want;
};

static const struct row declarations[] = {
	{ "known properties stay", "color:red; font-size : 12px",
	    "color:red;font-size:12px" },
	{ "names are written in lower case", "COLOR:Red", "color:Red" },
	{ "unknown properties go", "behavior:x;color:red;-moz-binding:y",
	    "color:red" },
	{ "escapes in names are read", "c\\6f lor:red;exp\\72 ession:x",
	    "color:red" },
	{ "expression goes, however it is written",
	    "width:expression(alert(1));width:e\\78 pression(1);color:red",
	    "color:red" },
	{ "a comment in a function's name makes it none",
	    "width:exp/**/ression(1);color:red", "color:red" },
	{ "a word before ( is no function", "margin:0cmexpression(1)", "" },
	{ "positions that leave their place go",
	    "position:fixed;position:absolute;position:sticky", "" },
	{ "those that stay, stay", "position:relative;POSITION:Static",
	    "position:relative;position:Static" },
	{ "an escaped fixed is fixed", "position:f\\69xed", "" },
	{ "url() goes", "background:url(http://x);color:red", "color:red" },
	{ "url() in quotes goes", "background:url( 'http://x' )", "" },
	{ "an escaped url() goes", "background:\\75 rl(http://x)", "" },
	{ "url() with an escaped scheme goes",
	    "background:url(c\\69 d:x);background:url(ht\\74p://x)",
	    "background:url('cid:x')" },
	{ "relative and data: go", "background:url(x);background:url(//x);"
	    "background:url(data:x)", "" },
	{ "parts of the mail stay", "background:url(\"cid:a'b\") no-repeat",
	    "background:url('cid:a\\27 b') no-repeat" },
	{ "image-set and its like go",
	    "background:image-set('http://x' 1x);background:src('http://x')",
	    "" },
	{ "custom properties and var() go", "--x:url(y);color:var(--x)", "" },
	{ "known functions stay",
	    "color:rgba(1, 2,3 ,.5);width:calc(1px + (2% * 3))",
	    "color:rgba(1, 2,3 ,.5);width:calc(1px + (2% * 3))" },
	{ "functions end", "color:rgb(1,2,3", "color:rgb(1,2,3)" },
	{ "strings are quoted anew", "font-family:\"A'B<\\\"\"",
	    "font-family:'A\\27 B\\3c \"'" },
	{ "a string without end goes to the end",
	    "font-family:'a;color:red", "font-family:'a;color:red'" },
	{ "a line end in a string spoils the declaration only",
	    "font-family:'a\n;color:red", "color:red" },
	{ "important stays", "color:red ! important",
	    "color:red !important" },
	{ "colours and numbers stay",
	    "color:#fff;margin:-1px +.5em 0 1e3px;z-index:9",
	    "color:#fff;margin:-1px +.5em 0 1e3px" },
	{ "a block in a value is passed over",
	    "color:{a;b};color:red", "color:red" },
	{ "what Word writes stays", "mso-line-height-rule:exactly",
	    "mso-line-height-rule:exactly" },
	{ "filters and progid go",
	    "filter:progid:X.Y(src='z');-ms-filter:'x'", "" },
	{ "deep parentheses go",
	    "width:calc((((((((((1))))))))));color:red", "color:red" },
	{ "comments are blanks", "margin:1px/* x */2px/**/",
	    "margin:1px 2px" },
	{ "braces of an attribute end nothing", "color:red}b{color:blue",
	    "" },
};

static const struct row sheets[] = {
	{ "rules are written anew", " a , b > c { color : red } ",
	    "a , b > c{color:red}" },
	{ "rules without declarations go", "a{}b{behavior:x}c{color:red}",
	    "c{color:red}" },
	{ "imports go", "@import 'http://x';@import url(x);a{color:red}",
	    "a{color:red}" },
	{ "an escaped import goes", "@\\69mport 'x';a{color:red}",
	    "a{color:red}" },
	{ "fonts and others go with their blocks",
	    "@font-face{src:url(x)}@keyframes x{a{color:red}}"
	    "@charset 'x';@namespace x;a{color:red}", "a{color:red}" },
	{ "media stays", "@media only screen and (max-width: 600px)"
	    "{a{color:red}@import x;b{color:blue}}",
	    "@media only screen and (max-width: 600px)"
	    "{a{color:red}b{color:blue}}" },
	{ "media without rules goes", "@media x{a{}}", "" },
	{ "blocks end", "@media x{a{color:red", "@media x{a{color:red}}" },
	{ "selectors of attributes and classes stay",
	    "a[href^=\"x\"].b#c:hover:not(.d)::before{color:red}",
	    "a[href^='x'].b#c:hover:not(.d)::before{color:red}" },
	{ "a selector that is none takes its block with it",
	    "a/b{color:red}&{color:blue}c{color:green}", "c{color:green}" },
	{ "comments of HTML are passed over",
	    "<!-- a{color:red} -->", "a{color:red}" },
	{ "nothing ends the element", "a[b='</style>']{color:red}",
	    "a[b='\\3c /style>']{color:red}" },
	{ "an escape in a selector spoils it only if no name has it",
	    "\\61 b{color:red}a\\3c b{color:red}", "ab{color:red}" },
	{ "} at the top is passed over", "}a{color:red}", "a{color:red}" },
};

static void
check(const struct row *row, bool sheet)
{
	struct html_css c = { 0 };
	struct html_out one, two;

	html_out_init(&one, 4096);
	html_out_init(&two, 4096);
	(sheet ? html_css_sheet : html_css_declarations)(&c, &one,
	    str_c(row->in));
	tap_str(str_c(row->want), html_out_str(&one, 0), "%s", row->name);
	(sheet ? html_css_sheet : html_css_declarations)(&c, &two,
	    html_out_str(&one, 0));
	if (!str_eq(html_out_str(&one, 0), html_out_str(&two, 0)))
		tap_str(html_out_str(&one, 0), html_out_str(&two, 0),
		    "%s, also when it is read again", row->name);
	html_out_fini(&one);
	html_out_fini(&two);
}

int
main(void)
{
	struct html_css c = { .keep_remote = true };
	struct html_out o;

	for (size_t i = 0; i < sizeof declarations / sizeof *declarations; i++)
		check(&declarations[i], false);
	for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++)
		check(&sheets[i], true);
	html_out_init(&o, 4096);
	html_css_declarations(&c, &o,
	    STR("background:url(https://x/y z);background:url(HTTP://x)"));
	tap_str(STR("background:url('HTTP://x')"), html_out_str(&o, 0),
	    "remote content stays when it is asked for");
	tap_int(1, c.gone, "what went is counted");
	c.keep_remote = false;
	html_css_declarations(&c, &o, STR("background:url(https://x/)"));
	tap_int(1, c.remote, "what is remote, too");
	html_out_fini(&o);
	return tap_done();
}
