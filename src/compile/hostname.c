#include "arena.h"
#include "hostname.h"

enum { NAME_MAX_TEXT = 253, LABEL_MAX = 63 };	/* RFC 1035 2.3.4 */

bool
hostname_good(struct str s)
{
	size_t label = 0;
	bool letter = false;

	if (s.n == 0 || s.n > NAME_MAX_TEXT)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = ascii_up(s.p[i]);
		bool alnum = ascii_digit(c) || (c >= 'A' && c <= 'Z');

		letter |= c >= 'A' && c <= 'Z';
		if (c == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (alnum || c == '_' || (c == '-' && label > 0)) {
			label++;
		} else {
			return false;
		}
		if (label > LABEL_MAX)
			return false;
	}
	return letter;
}

bool
hostname_is(struct str s)
{
	size_t i = s.n > 0 && s.p[s.n - 1] == '.' ? s.n - 1 : s.n;

	if (!hostname_good(s))
		return false;
	while (i > 0 && s.p[i - 1] != '.')
		i--;
	return !ascii_digit(s.p[i]);
}

bool
hostname_row(struct build *b, struct str name, uint32_t *row_r)
{
	char *low = arena_printf(b->arena, "%.*s", STR_ARG(name));
	struct conf_ref ref;
	uint32_t i = 0;

	for (char *p = low; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 32;
	if (b->hosts == NULL)
		b->hosts = arena_alloc(b->arena,
		    CONF_HOSTS * sizeof b->hosts[0]);
	/* equal strings are kept once */
	ref = out_str(b->out, str_c(low));
	while (i < b->nhosts && b->hosts[i].off != ref.off)
		i++;
	if (i == CONF_HOSTS)
		return false;
	if (i == b->nhosts)
		b->hosts[b->nhosts++] = ref;
	*row_r = i;
	return true;
}

/* Does a command-acl ask what server it is?  Only these know plug-to's. */
static bool
servers_matter(const struct conf *c, const struct conf_main *m)
{
	for (uint32_t i = 0; i < m->command_acls.n; i++)
		if (CONF_AT(c, struct conf_command_acl, m->command_acls,
		    i)->when.server.given)
			return true;
	return false;
}

/* Of each session-acl the first candidate. */
static void
add_servers(struct build *b, const struct conf *c, const struct conf_main *m)
{
	static const uint8_t name[16];
	const struct conf_session_acl *a;
	struct conf_target *t;
	uint32_t row;

	for (uint32_t i = 0; i < m->session_acls.n; i++) {
		a = CONF_AT(c, struct conf_session_acl, m->session_acls, i);
		if (a->plug_to.n == 0)
			continue;
		t = (struct conf_target *)(void *)(b->out->base +
		    a->plug_to.off);
		if (memcmp(t->ip, name, sizeof name) != 0)
			continue;
		/* one too many stays unknown, and 'server' undecided */
		if (hostname_row(b, conf_str(c, t->host), &row))
			t->host_row = (uint16_t)(row + 1);
	}
}

void
hostname_table(struct build *b, struct conf_main *m)
{
	struct conf c = { .map = b->out->base, .size = b->out->n };
	void *to;

	if (!b->out->full && b->report->errors == 0 && servers_matter(&c, m))
		add_servers(b, &c, m);
	to = out_table(b->out, sizeof b->hosts[0], _Alignof(struct conf_ref),
	    b->nhosts, &m->hosts);
	if (b->nhosts > 0)
		memcpy(to, b->hosts, b->nhosts * sizeof b->hosts[0]);
}
