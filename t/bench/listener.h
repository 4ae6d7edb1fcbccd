#ifndef LISTENER_H
#define LISTENER_H

/*
 * A listener that execs one program per connection, the connection being its
 * descriptors 0 and 1: what inetd's nowait and systemd's Accept=yes do, at
 * their least.  Floor and proxy run under it alike.  It adds up exactly what
 * its children used, apart from clients and server.
 */

#include <sys/types.h>

#include <stdint.h>

enum { LISTENER_LIVE = 1024 };	/* children at once; more wait in the queue */

struct listener {
	pid_t pid;
	int control;		/* to the process */
	uint16_t port;
};

struct listener_usage {
	uint64_t sessions;	/* children that have ended */
	uint64_t failed;	/* of these, with a status other than 0 */
	uint64_t cpu_us;	/* user and system time of these */
	uint64_t own_us;	/* the listener's own */
	uint32_t live;
	pid_t pids[LISTENER_LIVE];	/* live of them */
};

/* A socket listening on a free port of 127.0.0.1. */
int listener_bind(uint16_t *port_r);

/*
 * Fork the listener: argv is what to exec, stderr_fd its descriptor 2, uid
 * (0: as we are) whom it runs as.  It ends with its parent.
 */
void listener_start(struct listener *l, int fd, char *const argv[],
    int stderr_fd, uid_t uid);
void listener_usage(const struct listener *l, struct listener_usage *u_r);
/* The same once no child lives; exits after 10 s of waiting in vain. */
void listener_settle(const struct listener *l, struct listener_usage *u_r);
void listener_stop(struct listener *l);

#endif
