#include <json-c/json.h>

#include "head.h"
#include "lane.h"
#include "rspamd.h"

/* ---- the answer --------------------------------------------------------- */

static void
unknown(struct scan_result *r, struct str why)
{
	scan_say(r, SCAN_UNKNOWN, STR_NULL, why);
}

/* Names of the object's members, as many as a name has room for. */
static void
list_symbols(struct json_object *symbols, char *out, size_t size)
{
	size_t n = 0;

	*out = '\0';
	if (!json_object_is_type(symbols, json_type_object))
		return;
	json_object_object_foreach(symbols, key, value) {
		size_t k = strlen(key);

		(void)value;
		if (n + k + 2 > size)
			break;
		if (n > 0)
			out[n++] = ',';
		memcpy(out + n, key, k + 1);
		n += k;
	}
}

static const char *
text_of(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) &&
	    json_object_is_type(v, json_type_string) ?
	    json_object_get_string(v) : NULL;
}

static bool
is_true(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) &&
	    json_object_is_type(v, json_type_boolean) &&
	    json_object_get_boolean(v);
}

static bool
number_of(struct json_object *o, const char *key, double *d_r)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) ||
	    !(json_object_is_type(v, json_type_double) ||
	    json_object_is_type(v, json_type_int)))
		return false;
	*d_r = json_object_get_double(v);
	return true;
}

static bool
is_free(const char *action)
{
	return strcmp(action, "no action") == 0 ||
	    strcmp(action, "greylist") == 0;
}

static void
judge(struct json_object *o, struct scan_result *r)
{
	const char *action = text_of(o, "action");
	struct scan_result got = { 0 };
	struct json_object *symbols = NULL;
	char names[SCAN_NAME];
	double score;

	/* a verdict before all others, GTUBE's too, is called skipped */
	if (is_true(o, "is_skipped") && action != NULL && is_free(action)) {
		scan_say(r, SCAN_SKIPPED, STR_NULL,
		    STR("its settings skip the mail"));
		return;
	}
	if (action == NULL || !number_of(o, "score", &score) ||
	    !scan_score_of(&got, score)) {
		unknown(r, STR("its answer has no score"));
		return;
	}
	json_object_object_get_ex(o, "symbols", &symbols);
	list_symbols(symbols, names, sizeof names);
	scan_say(r, is_free(action) ? SCAN_FREE : SCAN_FOUND, str_c(names),
	    STR_NULL);
	r->score = got.score;
}

void
rspamd_answer(struct str json, struct scan_result *r)
{
	struct json_tokener *t = json_tokener_new_ex(RSPAMD_DEPTH_MAX);
	struct json_object *o = NULL;

	unknown(r, STR("its answer is no JSON object"));
	if (t == NULL || json.n == 0 || json.n > RSPAMD_BODY_MAX)
		goto out;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT |
	    JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, json.p, (int)json.n);
	if (json_tokener_get_error(t) == json_tokener_success &&
	    json_tokener_get_parse_end(t) == json.n &&
	    json_object_is_type(o, json_type_object))
		judge(o, r);
out:
	json_object_put(o);
	if (t != NULL)
		json_tokener_free(t);
}

/* ---- the question ------------------------------------------------------- */

/* Its head. */
static int
ask(struct lane *l)
{
	if (lane_printf(l, "POST /checkv2 HTTP/1.1\r\nHost: rspamd\r\n"
	    "Connection: close\r\nContent-Length: %llu\r\n",
	    (unsigned long long)l->object->size) < 0)
		return ERR_LIMIT;
	lane_field(l, "User", l->user);
	return lane_put(l, STR("\r\n"));
}

static int
more(struct lane *l)
{
	return lane_question(l, ask);
}

static int
no_answer(struct lane *l, int rc)
{
	l->why = rc == ERR_LIMIT ? "its answer is too long" :
	    "its answer is no HTTP";
	return rc;
}

static int
hear(struct lane *l)
{
	struct str in = buf_str(&l->io.in), body;
	struct head h;
	uint64_t n;
	int rc = head_parse(in, &h);

	if (rc == 0 && l->eof && in.n > 0)
		l->why = "its answer was cut short";
	if (rc <= 0)
		return rc < 0 ? no_answer(l, rc) : 0;
	if (!str_starts(h.protocol, STR("HTTP/1.")) ||
	    head_number(&h, "Content-Length", &n) <= 0)
		return no_answer(l, ERR_SYNTAX);
	if (n > RSPAMD_BODY_MAX)
		return no_answer(l, ERR_LIMIT);
	body = (struct str){ in.p + h.size, in.n - h.size };
	if (body.n < n) {
		if (l->eof)
			l->why = "its answer was cut short";
		return 0;
	}
	body.n = (size_t)n;
	if (h.code != 200)
		unknown(l->result, (struct str){ in.p,
		    (size_t)(h.fields.p - in.p) - 2 });
	else
		rspamd_answer(body, l->result);
	if (l->result->status != SCAN_UNKNOWN && !lane_all_sent(l))
		unknown(l->result,
		    STR("it answered before it had all octets"));
	io_drop(&l->io, h.size + (size_t)n);
	return 1;
}

const struct scan_protocol scan_rspamd = {
	.more = more, .hear = hear, .spam = true,
};
