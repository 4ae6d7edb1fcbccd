#include <errno.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fd.h"
#include "nat.h"
#include "route.h"
#include "rules.h"

/* The first line of what libnftables says, without its colon. */
static int
fail(struct nat *n, const char *doing)
{
	const char *e = nft_ctx_get_error_buffer(n->nft);
	size_t len = strcspn(e, "\n");

	if (len == 0) {
		e = strerror(errno);
		len = strlen(e);
	}
	snprintf(n->why, sizeof n->why, "%s: %.*s", doing, (int)len, e);
	return -1;
}

/* One transaction; frees the text. */
static int
run(struct nat *n, char *text)
{
	int rc;

	nft_ctx_get_error_buffer(n->nft);
	rc = nft_run_cmd_from_buffer(n->nft, text);
	free(text);
	nft_ctx_get_output_buffer(n->nft);
	return rc == 0 ? 0 : -1;
}

int
nat_open(struct nat *n)
{
	*n = (struct nat){ .route = route_open() };
	if (n->route < 0) {
		snprintf(n->why, sizeof n->why, "rtnetlink: %s",
		    strerror(errno));
		return -1;
	}
	n->nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (n->nft == NULL || nft_ctx_buffer_output(n->nft) != 0 ||
	    nft_ctx_buffer_error(n->nft) != 0) {
		snprintf(n->why, sizeof n->why, "libnftables does not start");
		return -1;
	}
	return 0;
}

static int
set_route(struct nat *n, const char *name, bool on)
{
	if (route_set(n->route, name, on) == 0)
		return 0;
	snprintf(n->why, sizeof n->why, "ip rule and route: %s",
	    strerror(errno));
	return -1;
}

int
nat_hold(struct nat *n, const struct list *l)
{
	if (set_route(n, l->name, list_needs_route(l)) < 0)
		return -1;
	return run(n, rules_hold(l)) < 0 ?
	    fail(n, "the table that stays") : 0;
}

int
nat_release(struct nat *n, const char *name)
{
	(void)run(n, rules_no_hold(name));
	return set_route(n, name, false);
}

static bool
is_held(struct nat *n, const char *name)
{
	return run(n, rules_show_hold(name)) == 0;
}

/* Of a configuration that is now called otherwise. */
static void
forget(struct nat *n)
{
	if (n->name[0] == '\0')
		return;
	(void)run(n, rules_no_catch(n->name));
	if (n->held)
		nat_release(n, n->name);
	else
		set_route(n, n->name, false);
	n->name[0] = '\0';
}

int
nat_apply(struct nat *n, const struct list *l)
{
	bool held = is_held(n, l->name);

	if (strcmp(n->name, l->name) != 0)
		forget(n);
	n->held = held;
	/* an empty table would be no harm, but ask for the capability */
	if (l->ncatches == 0 && !l->foreign && !held) {
		forget(n);
		return 0;
	}
	/* before the rules: what they mark must find its way */
	if (held ? nat_hold(n, l) < 0 :
	    set_route(n, l->name, list_needs_route(l)) < 0)
		return -1;
	if (run(n, rules_catch(l)) < 0)
		return fail(n, "the rules");
	memcpy(n->name, l->name, sizeof n->name);
	return 0;
}

void
nat_close(struct nat *n)
{
	if (n->name[0] != '\0') {
		(void)run(n, rules_no_catch(n->name));
		if (!n->held)
			set_route(n, n->name, false);
	}
	if (n->nft != NULL)
		nft_ctx_free(n->nft);
	fd_close(&n->route);
}
