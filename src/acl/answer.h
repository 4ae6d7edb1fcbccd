#ifndef ANSWER_H
#define ANSWER_H

/*
 * An answer to a test expression being given, as lines of text or as members
 * of a JSON object: each function does both.
 */

#include "conf.h"
#include "eval.h"
#include "facts.h"
#include "json.h"

struct answer {
	const struct conf *c;
	FILE *out;		/* text; */
	struct json *json;	/* or, when not NULL, this */
};

void answer_begin(const struct answer *a, const char *expression);
/* accepted: the verdict's word. */
void answer_end(const struct answer *a, bool accepted, int status);
/* An expression that is none, or asks what cannot be. */
void answer_error(const struct answer *a, FILE *err, const char *why);

/* A phase: the ACL chosen; or none of it, and a reason or NULL. */
void answer_chosen(const struct answer *a, const char *phase,
    struct conf_ref name, uint32_t line);
void answer_none(const struct answer *a, const char *phase,
    const char *reason);
/* Between these two, for each ACL before it: why it does not match. */
void answer_passed_begin(const struct answer *a);
void answer_passed(const struct answer *a, struct conf_ref name,
    uint32_t line, const struct conf_conditions *when,
    const struct acl_facts *f);
void answer_passed_end(const struct answer *a);
void answer_phase_end(const struct answer *a);

/* Settings of the chosen ACL; what is not set is not told. */
void answer_flag(const struct answer *a, const char *key, bool v);
void answer_ssl(const struct answer *a, const char *key, int32_t row);
void answer_plug_to(const struct answer *a, struct conf_ref plug_to);
void answer_number(const struct answer *a, const char *key, uint64_t v);
/* In ms; JSON: the same number, KEY-ms. */
void answer_time(const struct answer *a, const char *key, uint64_t ms);

/* Something else that is to be said, under a key of its own. */
void answer_note(const struct answer *a, const char *key, const char *text);

/* What becomes of a command. */
struct answer_command {
	const char *row;	/* its name in 'commands'; NULL: none */
	const char *states;	/* "authenticated or selected" */
	const char *reply;	/* what the client is told; NULL: permitted */
	const char *why;
	bool dry;		/* refused, but for dry-run */
};

void answer_command(const struct answer *a, const struct answer_command *c);

/* Where it is dialed; NULL: nowhere. */
void answer_server(const struct answer *a, const struct addr *server);

#endif
