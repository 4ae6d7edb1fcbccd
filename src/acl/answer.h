#ifndef ANSWER_H
#define ANSWER_H

/*
 * An answer to a test expression being given, as lines of text or as members
 * of a JSON object: each function does both.
 */

#include "addr.h"
#include "conf.h"
#include "json.h"

struct answer {
	const struct conf *c;
	FILE *out;		/* text; */
	struct json *json;	/* or, when not NULL, this */
	unsigned level;		/* text: sections that settings stand in */
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
/*
 * Between these two, for each ACL before it: why it does not match.  Then its
 * settings, in JSON even when there are none.
 */
void answer_passed_begin(const struct answer *a);
void answer_passed(const struct answer *a, struct conf_ref name,
    uint32_t line, const char *why);
void answer_passed_end(const struct answer *a);
void answer_phase_end(const struct answer *a);

/*
 * Documents of a mail, between these two; each with its phase between
 * answer_document() and answer_document_end().
 */
void answer_documents_begin(const struct answer *a);
void answer_documents_end(const struct answer *a);
void answer_document(const struct answer *a, const char *label);
void answer_document_end(const struct answer *a);

/*
 * Settings, in a block of their own (key NULL: the phase's).  text is what a
 * configuration would have; JSON has lists as arrays, bare numbers as such
 * and all else as strings.
 */
void answer_settings_begin(const struct answer *a, const char *key);
void answer_settings_end(const struct answer *a);
void answer_setting(const struct answer *a, const char *key,
    const char *text);
void answer_flag(const struct answer *a, const char *key, bool v);
/* One with a unit; JSON: v as KEYunit. */
void answer_measure(const struct answer *a, const char *key, const char *unit,
    const char *text, uint64_t v);
/* A section of them; what is in it goes to *in_r.  title: STR_NULL, none. */
void answer_section(const struct answer *a, const char *name,
    struct str title, struct answer *in_r);
void answer_section_end(const struct answer *in);

/* Lines under a key, between these two. */
void answer_list_begin(const struct answer *a, const char *key);
void answer_list(const struct answer *a, const char *text);
void answer_list_end(const struct answer *a);

/* Something else that is to be said, under a key of its own. */
void answer_note(const struct answer *a, const char *key, const char *text);

/* What becomes of a command. */
struct answer_command {
	const char *row;	/* its name in 'commands'; NULL: none */
	const char *states;	/* "authenticated or selected" */
	const char *reply;	/* what the client is told; NULL: permitted */
	const char *why;
	struct str mailbox;	/* that is refused; p NULL: none */
	bool dry;		/* refused, but for dry-run */
};

void answer_command(const struct answer *a, const struct answer_command *c);

/* Where it is dialed; NULL: nowhere. */
void answer_server(const struct answer *a, const struct addr *server);

#endif
