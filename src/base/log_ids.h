#ifndef LOG_IDS_H
#define LOG_IDS_H

/*
 * Every message of the project: M(name, component, number, severity, event).
 * Numbers are Kernun's where its manuals give one (IMAP-706, 760, 888).
 * Severity: C critical, E error, W warning, N notice, I statistic, K life
 * cycle, D debug, T trace, F full data; I and N are written at every level.
 * imap4-proxy-messages(6) has an entry for each; t/unit/log_ids.t compares.
 */
#define LOG_IDS(M) \
	M(SESSION_START,    IMAP, 801, I, "SESSION-START") \
	M(ACL_SESSION,      IMAP, 701, I, "ACL") \
	M(ACL_COMMAND,      IMAP, 702, I, "ACL") \
	M(REQUEST,          IMAP, 710, I, "REQUEST") \
	M(SESSION_END,      IMAP, 711, I, "SESSION-END") \
	M(PROXY_EVENT,      IMAP, 888, I, "PROXY-EVENT") \
	M(STAGE_FAILED,     IMAP, 601, E, "STAGE-FAILED") \
	M(LIMIT_EXCEEDED,   IMAP, 602, W, "LIMIT-EXCEEDED") \
	M(CLIENT_PROTOCOL,  IMAP, 603, W, "CLIENT-PROTOCOL") \
	M(SERVER_PROTOCOL,  IMAP, 604, E, "SERVER-PROTOCOL") \
	M(COMMAND_REFUSED,  IMAP, 605, N, "COMMAND-REFUSED") \
	M(RESPONSE_DROPPED, IMAP, 606, D, "RESPONSE-DROPPED") \
	M(CANDIDATE_FAILED, IMAP, 607, W, "CANDIDATE-FAILED") \
	M(PLAINTEXT_DROPPED, IMAP, 608, W, "PLAINTEXT-DROPPED") \
	M(COMMAND_CHANGED,  IMAP, 609, D, "COMMAND-CHANGED") \
	M(HOST_UNRESOLVED,  IMAP, 612, W, "HOST-UNRESOLVED") \
	M(MAIL_JUDGED,      IMAP, 706, I, "MAIL") \
	M(SCANNER_SAID,     IMAP, 707, I, "SCANNER") \
	M(ACL_MAIL,         IMAP, 760, I, "ACL") \
	M(ACL_DOC,          IMAP, 761, I, "ACL") \
	M(MAIL_EDIT,        IMAP, 762, I, "MAIL-EDIT") \
	M(MAIL_REFUSED,     IMAP, 613, W, "MAIL-REFUSED") \
	M(SCAN_FAILED,      IMAP, 614, E, "SCAN-FAILED") \
	M(SPOOL_FAILED,     IMAP, 615, W, "SPOOL-FAILED") \
	M(STORE_FAILED,     IMAP, 616, W, "STORE-FAILED") \
	M(USER_LOGIN,       IMAP, 720, N, "LOGIN") \
	M(STAGE,            IMAP, 901, D, "STAGE") \
	M(CAPABILITIES,     IMAP, 902, D, "CAPABILITIES") \
	M(COMMAND,          IMAP, 903, T, "COMMAND") \
	M(RESPONSE,         IMAP, 904, T, "RESPONSE") \
	M(HOST_LOOKUP,      IMAP, 905, D, "HOST-LOOKUP") \
	M(TLS_ESTABLISHED,  TLSP, 701, D, "TLS") \
	M(TLS_RENEWED,      TLSP, 702, K, "TLS-RENEWED") \
	M(TLS_FILE,         TLSP, 403, E, "TLS-FILE") \
	M(CONFIG_STALE,     CONF, 401, W, "CONFIG-STALE") \
	M(CONFIG_BAD,       CONF, 301, E, "CONFIG-BAD") \
	M(CONFIG_LOADED,    CONF, 602, K, "CONFIG-LOADED") \
	M(CONFIG_COMPILED,  CONF, 601, N, "CONFIG-COMPILED") \
	M(CONFIG_UNUSABLE,  CONF, 302, C, "CONFIG-UNUSABLE") \
	M(MODULE_BAD,       CONF, 303, C, "MODULE-BAD") \
	M(REJECTS_ALL,      CONF, 402, W, "REJECTS-ALL") \
	M(USERS_UNUSABLE,   CONF, 403, W, "USERS-UNUSABLE") \
	M(HOSTS_FILE,       CONF, 404, W, "HOSTS-FILE") \
	M(WORKER_FAILED,    MAIL, 301, C, "WORKER-FAILED") \
	M(WORKER_LACKS,     MAIL, 401, W, "WORKER-LACKS") \
	M(WORKER_DIED,      MAIL, 601, W, "WORKER-DIED") \
	M(WAIT_STARTED,     TCPS, 701, K, "ACCEPTING") \
	M(WAIT_STOPPING,    TCPS, 722, K, "STOPPING") \
	M(WAIT_ENDED,       TCPS, 723, K, "STOPPED") \
	M(CONN_REFUSED,     TCPS, 642, W, "REFUSED") \
	M(CONN_FAILED,      TCPS, 601, E, "CONNECTION-FAILED") \
	M(CHILD_CRASHED,    TCPS, 603, E, "CHILD-CRASHED") \
	M(CHILD_KILLED,     TCPS, 604, W, "CHILD-KILLED") \
	M(LISTEN_CHANGED,   TCPS, 402, W, "LISTEN-ON-CHANGED") \
	M(LEVEL_CHANGED,    TCPS, 702, N, "LOG-LEVEL") \
	M(START_FAILED,     ARGS, 301, C, "START-FAILED") \
	M(IDENTITY_FAILED,  ARGS, 302, C, "IDENTITY-FAILED") \
	M(JAIL_FAILED,      JAIL, 301, C, "JAIL-FAILED") \
	M(JAIL_PARTIAL,     JAIL, 401, W, "JAIL-PARTIAL") \
	M(JAIL_LEVEL,       JAIL, 701, D, "JAIL") \
	M(BOARD_UNSEEN,     STAT, 701, D, "BOARD-UNSEEN") \
	M(LOG_TARGET,       LOGG, 401, W, "LOG-TARGET") \
	M(NAT_RULES,        NATP, 601, N, "NAT-RULES") \
	M(NAT_FAILED,       NATP, 301, E, "NAT-FAILED") \
	M(NAT_UNHELD,       NATP, 401, W, "NAT-UNHELD") \
	M(HELPER_START,     HELP, 601, K, "HELPER-START") \
	M(HELPER_END,       HELP, 602, K, "HELPER-END") \
	M(HELPER_FAILED,    HELP, 301, C, "HELPER-FAILED") \
	M(MONITOR_SOCKET,   HELP, 401, W, "MONITOR-SOCKET") \
	M(MONITOR_COMMAND,  HELP, 603, N, "MONITOR-COMMAND") \
	M(USERS_KEEPER,     HELP, 402, W, "USERS-KEEPER") \
	M(VERDICT_STORE,    HELP, 403, W, "VERDICT-STORE") \
	M(NET_TRACE,        NETP, 801, T, "NET") \
	M(DATA,             NETP, 901, F, "DATA")

enum log_id {
#define M(name, component, number, severity, event) LOG_##name,
	LOG_IDS(M)
#undef M
	LOG_ID_COUNT
};

/* The identifier's row; tables hold no pointers, so they need no relocation. */
struct log_id_info {
	char component[5];
	char severity;
	unsigned short number;
	char event[24];
};

extern const struct log_id_info log_id_table[LOG_ID_COUNT];

#endif
