#ifndef LOAD_H
#define LOAD_H

/*
 * The client's side: blocking sessions, measured.  Each waits for an answer
 * before it sends the next command, so that every round trip counts.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum load_step {
	LOAD_GREETING,		/* from before connect() to the whole line */
	LOAD_CAPABILITY, LOAD_LOGIN, LOAD_SELECT, LOAD_LOGOUT,
	LOAD_STEPS
};

struct load_target {
	uint16_t port;		/* on 127.0.0.1 */
	bool tls;
};

/* Once, before anything else of this header. */
void load_init(void);
/* A whole session; us_r: what each step took.  Exits when one fails. */
void load_session(const struct load_target *t, double us_r[LOAD_STEPS]);
/* `count` sessions by each of `at_once` processes; seconds it took. */
double load_sessions(const struct load_target *t, int at_once, int count);
/* Log in, FETCH the mail `times` over; octets a second of the literals. */
double load_fetch(const struct load_target *t, int times);
/* Log in, APPEND a mail of `octets` `times` over; octets a second. */
double load_append(const struct load_target *t, size_t octets, int times);

/* n sessions logged in, INBOX selected, idle; load_release ends them. */
struct load_held;
struct load_held *load_hold(const struct load_target *t, int n);
void load_release(struct load_held *h);

#endif
