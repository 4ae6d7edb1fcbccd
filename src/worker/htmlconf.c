#include "htmlconf.h"

#include "err.h"

static bool
matches(const struct conf *c, const struct conf_strset *s, struct str value)
{
	const struct conf_strval *v;
	bool any = !s->given, some = false;

	for (uint32_t i = 0; (v = CONF_AT(c, struct conf_strval, s->values,
	    i)) != NULL; i++) {
		bool is = str_glob(conf_str(c, v->text), value, true);

		if (v->negative && is)
			return false;
		any |= !v->negative;
		some |= !v->negative && is;
	}
	return some || !any;
}

static bool
has(const void *ctx, const void *set, struct str value)
{
	return matches(ctx, set, value);
}

static int
read_item(struct htmlconf *h, const struct conf *c, struct conf_ref items,
    int item)
{
	struct html_list *l = h->lists[item];

	h->rules.lists[item] = l;
	if (items.n > CONF_HTML_LISTS)
		return ERR_CONFIG;
	for (uint32_t i = 0; i < items.n; i++) {
		const struct conf_html_item *x = CONF_AT(c,
		    struct conf_html_item, items, i);

		if (x == NULL)
			return ERR_CONFIG;
		if (x->accept.given)
			*l++ = (struct html_list){ &x->accept, true };
		/* one that has neither takes away what no other has */
		if (x->deny.given || !x->accept.given)
			*l++ = (struct html_list){ &x->deny, false };
	}
	h->rules.nlists[item] = (size_t)(l - h->lists[item]);
	return 0;
}

int
htmlconf_open(struct htmlconf *h, const struct conf *c, uint32_t row)
{
	const struct conf_html *x = CONF_AT(c, struct conf_html,
	    c->main->html_filters, row);
	int r = 0;

	if (x == NULL)
		return ERR_CONFIG;
	const struct conf_ref items[HTML_ITEMS] = {
		[HTML_SCRIPT_LANGUAGE] = x->script_tag_language,
		[HTML_STYLE_TYPE] = x->style_tag_type,
		[HTML_IFRAME_SRC] = x->iframe_tag_src,
		[HTML_INTRINSIC_LANGUAGE] = x->intrinsic_language,
		[HTML_MACRO_LANGUAGE] = x->macro_language,
	};
	const struct conf_ref texts[HTML_TEXTS] = {
		[HTML_HEAD_SCRIPT] = x->replace_head_script_tags,
		[HTML_BODY_SCRIPT] = x->replace_body_script_tags,
		[HTML_STYLE] = x->replace_style_tags,
		[HTML_IFRAME] = x->replace_iframe_tags,
		[HTML_INTRINSIC] = x->replace_intrinsic,
	};

	h->rules = (struct html_rules){ .has = has, .ctx = c,
		.filter = x->policy == CONF_HTML_FILTER,
		.keep_remote = x->keep_remote_content,
		.keep_forms = x->keep_forms };
	for (int i = 0; i < HTML_TEXTS; i++)
		h->rules.text[i] = texts[i].n > 0 ? conf_str(c, texts[i]) :
		    STR("");
	for (int i = 0; r == 0 && i < HTML_ITEMS; i++)
		r = read_item(h, c, items[i], i);
	return r;
}
