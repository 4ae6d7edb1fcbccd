#ifndef COUNTERS_H
#define COUNTERS_H

/*
 * What the sessions of a configuration count together, since the scoreboard
 * was made: C(name, family, labels, help).  A row makes the counter, its line
 * of "show stat", and its sample of OpenMetrics, imap4_proxy_FAMILY_total;
 * rows of a family stand together, and the first one's help is the family's.
 */
#define COUNTERS(C) \
	C(ACCEPTED, "sessions", "result=\"accepted\"", \
	    "Sessions that ended, as SESSION-END says") \
	C(REJECTED, "sessions", "result=\"rejected\"", NULL) \
	C(FAILED, "sessions", "result=\"failed\"", NULL) \
	C(DIED, "sessions_died", "", \
	    "Sessions that crashed or were killed by SIGKILL") \
	C(OVER_MAX, "sessions_refused", "limit=\"max-sessions\"", \
	    "Connections that were one too many for a session-acl") \
	C(OVER_PER_IP, "sessions_refused", \
	    "limit=\"max-sessions-per-ip\"", NULL) \
	C(UNCOUNTED, "sessions_refused", "limit=\"uncounted\"", NULL) \
	C(LOGINS, "logins", "", "Sessions that were logged in") \
	C(TLS_CLIENT, "tls_handshakes", "leg=\"client\"", \
	    "TLS handshakes that succeeded") \
	C(TLS_SERVER, "tls_handshakes", "leg=\"server\"", NULL) \
	C(COMMANDS, "commands", "", "Commands of clients") \
	C(REFUSED, "commands_refused", "", \
	    "Commands that the proxy refused") \
	C(DROPPED, "responses_dropped", "", \
	    "Responses and codes of servers that were not passed on") \
	C(MAILS_IN, "mails", "direction=\"in\"", \
	    "Mails that were taken apart and judged") \
	C(MAILS_OUT, "mails", "direction=\"out\"", NULL) \
	C(MAILS_KEPT, "mails_kept", "", \
	    "Answers from mails that a session had judged before") \
	C(MAILS_CHANGED, "mails_changed", "", "Mails that were changed") \
	C(MAILS_DENIED, "mails_denied", "", "Mails denied by policy") \
	C(MAILS_UNJUDGED, "mails_unjudged", "", \
	    "Mails refused because they could not be judged") \
	C(MAILS_WAITED, "mails_waited", "", \
	    "Mails that waited for a place at a scanner") \
	C(WAITED_MS, "mails_waited_ms", "", \
	    "How long they waited, in milliseconds") \
	C(RECALLED, "verdicts", "store=\"hit\"", \
	    "Mails that the verdict store was asked about") \
	C(MISSED, "verdicts", "store=\"miss\"", NULL) \
	C(SHARED, "verdicts_awaited", "", \
	    "Mails that another session was having judged") \
	C(STORE_FAILED, "store_failures", "", \
	    "Sessions that went on without the verdict store") \
	C(TO_CLIENT, "octets", "leg=\"client\",direction=\"sent\"", \
	    "Octets of sessions that ended") \
	C(FROM_CLIENT, "octets", "leg=\"client\",direction=\"received\"", \
	    NULL) \
	C(FROM_SERVER, "octets", "leg=\"server\",direction=\"received\"", \
	    NULL) \
	C(TO_SERVER, "octets", "leg=\"server\",direction=\"sent\"", NULL)

enum counter {
#define C(name, family, labels, help) COUNTER_##name,
	COUNTERS(C)
#undef C
	COUNTER_COUNT
};

#endif
