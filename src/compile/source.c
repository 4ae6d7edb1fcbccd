/* source-address: own, client, or one address per family. */

#include "addr.h"
#include "values.h"

static const struct {
	char word[8];
	enum conf_source_mode mode;
} words[] = {
	{ "own", CONF_SOURCE_OWN },
	{ "client", CONF_SOURCE_CLIENT },
};

static bool
read_word(const struct tree_entry *e, struct conf_source_address *s)
{
	if (e->first == NULL || e->first != e->last)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(e->first->text, words[i].word) == 0) {
			s->mode = (uint8_t)words[i].mode;
			return true;
		}
	return false;
}

void
value_read_source(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	static const uint8_t none[16];
	struct conf_source_address *s = place;
	char shown[VALUE_SHOWN];
	struct addr a;
	uint8_t *to;

	if (read_word(e, s))
		return;
	if (e->first == NULL)
		value_error(b, k, e->at, "an empty set: write own, client, or "
		    "an address");
	s->mode = CONF_SOURCE_ADDRESS;
	for (const struct tree_value *v = e->first; v; v = v->next) {
		if (!addr_parse(str_c(v->text), &a) || addr_none(&a)) {
			value_error(b, k, v->at, "%s is no address: write own, "
			    "client, or {\"192.0.2.1\", \"2001:db8::1\"}",
			    value_shown(v->text, shown));
			continue;
		}
		to = addr_is4(&a) ? s->ip4 : s->ip6;
		if (memcmp(to, none, sizeof none) != 0)
			value_error(b, k, v->at, "%s: another one of this "
			    "family: one is used", value_shown(v->text,
			    shown));
		memcpy(to, a.ip, sizeof a.ip);
	}
}

bool
value_print_source(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	const struct conf_source_address *s = place;
	const uint8_t *const ips[] = { s->ip4, s->ip6 };
	struct values_out out;
	char text[ADDR_TEXT];

	(void)c;
	(void)k;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].mode == s->mode) {
			fputs(words[i].word, f);
			return true;
		}
	values_open(&out, f);
	for (int i = 0; i < 2; i++) {
		struct addr a = { .port = 0 };

		memcpy(a.ip, ips[i], sizeof a.ip);
		if (addr_none(&a))
			continue;
		values_next(&out);
		fprintf(f, "\"%s\"", addr_host(&a, text));
	}
	values_close(&out);
	return true;
}
