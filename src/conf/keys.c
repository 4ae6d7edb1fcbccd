#include <assert.h>
#include <syslog.h>

#include "conf.h"
#include "keys.h"
#include "log.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define DAY (24 * 60 * MINUTE)

/* A timeout longer than this is a mistyped unit. */
#define TIME_MAX (366ull * DAY)
/* A count of octets that no session reaches. */
#define SIZE_MAX_KEY (1ull << 50)
/* It is mapped. */
#define STORE_MAX (64ull << 30)

enum {
	/*
	 * RFC 9051 section 4 (and 7162) wants 8 KB for command lines; what a
	 * session collects in memory stays below 1 MB.
	 */
	LINE_MIN = 1024,
	LINE_MOST = 1 << 20,
	/* A socket buffer below this makes every TLS record two reads. */
	BUFSIZE_MIN = 4096,
	BUFSIZE_MAX = 1 << 20,
	/* The largest scoreboard has so many slots. */
	SESSIONS_MOST = 65536,
	/* Each session reads them: at 100,000 that is 5 ms. */
	USERS_MAX = 100000,
	/* Processes of one parent: Linux counts to 4 million in all. */
	CHILDREN_MAX = 65536,
	/* Connections a second; one process accepts some ten thousand. */
	RATE_MAX = 1000000,
	/* The kernel cuts it to net.core.somaxconn. */
	QUEUE_MAX = 65535,
	/* Scores x 1000: a million of SpamAssassin's points. */
	SCORE_MAX = 1000000000,
	/* A scanner that works on so many mails at once finishes none. */
	PARALLEL_MAX = 1000,
};

#define LATER(n) { .name = n, .flags = KEY_LATER }
#define REPLACED(n, text) { .name = n, .flags = KEY_REPLACED, .note = text }
#define END { .name = NULL }

#define ENUM8(n, place, d, words) \
	{ .name = n, .type = KEY_ENUM8, .at = place, .def = d, \
	  .choices = words }
#define TIME(n, place, d, lo) \
	{ .name = n, .type = KEY_TIME, .at = place, .def = d, .min = lo, \
	  .max = TIME_MAX }
#define SIZE(n, place, d, lo, hi) \
	{ .name = n, .type = KEY_SIZE, .at = place, .def = d, .min = lo, \
	  .max = hi }
#define NUMBER(n, place, d, lo, hi) \
	{ .name = n, .type = KEY_NUMBER, .at = place, .def = d, .min = lo, \
	  .max = hi }
#define KEY(n, t, place) { .name = n, .type = t, .at = place }
#define KEYD(n, t, place, d) { .name = n, .type = t, .at = place, .def = d }
/* A key that stands for those of the same name in sections beside it. */
#define BOTH(n, t, d) \
	{ .name = n, .type = t, .flags = KEY_BOTH, .def = d }

/* ---- log ---------------------------------------------------------------- */

#define LOG(m) offsetof(struct conf_log, m)

static const char levels[] = "error=3 3=3 warning=4 4=4 5=5 normal=6 6=6 "
    "debug=7 7=7 trace=8 8=8 full=9 9=9";
/* syslog.h's values, shifted */
static const char facilities[] = "local4=160 user=8 mail=16 daemon=24 "
    "auth=32 authpriv=80 local0=128 local1=136 local2=144 local3=152 "
    "local5=168 local6=176 local7=184";
static_assert(LOG_LOCAL4 == 160 && LOG_LOCAL7 == 184 && LOG_AUTHPRIV == 80 &&
    LOG_DAEMON == 24, "the facilities above are syslog.h's");
static_assert(LOG_FAIL_STDERR == 1 && LOG_FAIL_STOP == 2 &&
    LOG_AS_JSON == 1 && CONF_REQ_REFUSED == 1 && CONF_REQ_ALL == 2 &&
    CONF_MAIL_DECIDED == 1 && CONF_MAIL_ALL == 2,
    "choices below count from 0");

static const struct conf_key log_keys[] = {
	ENUM8("level", LOG(level), "normal", levels),
	{ .name = "target", .type = KEY_TARGET, .at = 0, .def = "stderr" },
	ENUM8("format", LOG(format), "text", "text=0 json=1"),
	{ .name = "facility", .type = KEY_ENUM32, .at = LOG(facility),
	  .def = "local4", .choices = facilities },
	ENUM8("on-failure", LOG(on_failure), "ignore",
	    "ignore=0 stderr=1 stop=2"),
	SIZE("data-limit", LOG(data_limit), "4096", 16, 1 << 20),
	ENUM8("requests", LOG(requests), "refused",
	    "none=0 refused=1 all=2"),
	ENUM8("mail", LOG(mail), "decided", "none=0 decided=1 all=2"),
	LATER("client-names"),
	REPLACED("file", "write target = \"file:PATH\""),
	REPLACED("rotate", "rotate with logrotate(8); a rotated file is "
	    "followed"),
	REPLACED("mem-level", "nothing takes its place"),
	REPLACED("mem-file", "nothing takes its place"),
	REPLACED("dump-hold-time", "nothing takes its place"),
	REPLACED("syslog-failure", "write on-failure"),
	END
};

/* ---- listen-on ---------------------------------------------------------- */

#define LIS(m) offsetof(struct conf_listener, m)
#define TRA(m) offsetof(struct conf_transparent, m)

static const char unit_has_address[] =
    "an address is given by its number, in 'address'";

static const struct conf_key listener_keys[] = {
	{ .name = "address", .type = KEY_ADDRESS, .at = LIS(ip),
	  .def = "::" },
	{ .name = "port", .type = KEY_PORTS, .at = LIS(port),
	  .flags = KEY_REQUIRED },
	LATER("proxy-protocol-from"),
	REPLACED("iface", unit_has_address),
	REPLACED("alias", unit_has_address),
	REPLACED("proto", "IMAP is TCP"),
	REPLACED("version", unit_has_address),
	REPLACED("to", "write a range: port = \"10143-10150\""),
	END
};

static const struct conf_key transparent_keys[] = {
	KEYD("iface", KEY_TEXT, TRA(iface), ""),
	{ .name = "address", .type = KEY_ADDRESSES, .at = TRA(address),
	  .flags = KEY_NO_HOSTS },
	{ .name = "port", .type = KEY_PORTS, .at = TRA(port),
	  .flags = KEY_REQUIRED },
	{ .name = "listen-port", .type = KEY_PORTS, .at = TRA(listen_port),
	  .flags = KEY_REQUIRED },
	ENUM8("mode", TRA(mode), "redirect", "redirect=0 tproxy=1"),
	ENUM8("on-exit", TRA(block), "pass", "pass=0 block=1"),
	REPLACED("proto", "IMAP is TCP"),
	REPLACED("to", "write a range: port = \"10143-10150\""),
	END
};

static const struct conf_section listen_sections[] = {
	{ .name = "non-transparent", .keys = listener_keys,
	  .at = offsetof(struct conf_main, listeners),
	  .size = sizeof(struct conf_listener),
	  .align = _Alignof(struct conf_listener),
	  .title_at = LIS(name), .line_at = LIS(line), .given_at = -1,
	  .flags = SECTION_TITLED | SECTION_TABLE },
	{ .name = "transparent", .keys = transparent_keys,
	  .at = offsetof(struct conf_main, transparents),
	  .size = sizeof(struct conf_transparent),
	  .align = _Alignof(struct conf_transparent),
	  .title_at = TRA(name), .line_at = TRA(line), .given_at = -1,
	  .flags = SECTION_TITLED | SECTION_TABLE },
	END
};

/* ---- ssl-params --------------------------------------------------------- */

#define SNI(m) offsetof(struct conf_sni, m)
#define SSL(m) offsetof(struct conf_ssl, m)

static const struct conf_key sni_keys[] = {
	{ .name = "certificate", .type = KEY_FILE, .at = SNI(certificate),
	  .flags = KEY_REQUIRED },
	{ .name = "private-key", .type = KEY_FILE, .at = SNI(private_key),
	  .flags = KEY_REQUIRED },
	END
};

static const struct conf_section ssl_sections[] = {
	{ .name = "sni", .keys = sni_keys, .at = SSL(sni),
	  .size = sizeof(struct conf_sni),
	  .align = _Alignof(struct conf_sni),
	  .title_at = SNI(name), .line_at = SNI(line), .given_at = -1,
	  .flags = SECTION_TITLED | SECTION_TABLE | SECTION_LOWER },
	END
};

static const char tls_versions[] = "TLSv1.2=771 TLSv1.3=772";

static const struct conf_key ssl_keys[] = {
	KEYD("certificate", KEY_FILE, SSL(certificate), ""),
	KEYD("private-key", KEY_FILE, SSL(private_key), ""),
	ENUM8("mode", SSL(mode), "implicit",
	    "implicit=0 starttls=1 starttls-required=2"),
	{ .name = "min-version", .type = KEY_ENUM16, .at = SSL(min_version),
	  .def = "TLSv1.2", .choices = tls_versions },
	{ .name = "max-version", .type = KEY_ENUM16, .at = SSL(max_version),
	  .def = "TLSv1.3", .choices = tls_versions },
	KEYD("ciphers", KEY_TEXT, SSL(ciphers), ""),
	KEYD("ciphersuites", KEY_TEXT, SSL(ciphersuites), ""),
	KEYD("groups", KEY_TEXT, SSL(groups), ""),
	/* no default here: it depends on the leg */
	ENUM8("verify", SSL(verify), NULL, "none=1 optional=2 required=3"),
	KEYD("auth-cert-file", KEY_FILE, SSL(auth_cert_file), ""),
	KEYD("auth-cert-dir", KEY_PATH, SSL(auth_cert_dir),
	    "/etc/ssl/certs"),
	KEYD("crl-file", KEY_FILE, SSL(crl_file), ""),
	KEYD("server-name", KEY_SERVER_NAME, 0, ""),
	KEYD("session-tickets", KEY_FLAG, SSL(session_tickets), "yes"),
	LATER("ocsp-response"),
	END
};

/* ---- oob-auth ----------------------------------------------------------- */

#define OOB(m) offsetof(struct conf_oob, m)

static const char by_login_page[] = "whoever asks for the user's password "
    "calls imap4-stat user";

static const struct conf_key oob_keys[] = {
	{ .name = "method", .type = KEY_OOB_METHOD, .at = OOB(method),
	  .def = "file", .choices = "file=1 external=2" },
	KEYD("path", KEY_PATH, OOB(path), ""),
	NUMBER("max-sessions", OOB(max_sessions), "10000", 1, USERS_MAX),
	REPLACED("max-user", "names have at most 64 octets"),
	REPLACED("max-groups", "the groups of a user have at most 512 "
	    "octets"),
	END
};

/* ---- tcpserver ---------------------------------------------------------- */

#define TCPS(m) offsetof(struct conf_tcpserver, m)

static const char by_fork[] = "each connection is a process of its own, made "
    "when it comes";
static const char by_listener[] = "the socket is systemd's or inetd's: only "
    "one process accepts from it";

static const struct conf_key tcpserver_keys[] = {
	NUMBER("max-children", TCPS(max_children), "2000", 1, CHILDREN_MAX),
	NUMBER("max-children-per-ip", TCPS(max_children_per_ip), "0", 0,
	    CHILDREN_MAX),
	NUMBER("conn-rate", TCPS(conn_rate), "0", 0, RATE_MAX),
	NUMBER("conn-rate-per-ip", TCPS(conn_rate_per_ip), "0", 0, RATE_MAX),
	NUMBER("queue-size", TCPS(queue_size), "2000", 1, QUEUE_MAX),
	TIME("idle-exit", TCPS(idle_exit), "0", 0),
	REPLACED("init-children", by_fork),
	REPLACED("min-idle", by_fork),
	REPLACED("max-idle", by_fork),
	REPLACED("min-start-rate", by_fork),
	REPLACED("max-start-rate", by_fork),
	REPLACED("kill-rate", by_fork),
	REPLACED("parent-cycle", by_fork),
	REPLACED("info-cycle", by_fork),
	REPLACED("fork-wait", "a connection that cannot be served is closed"),
	REPLACED("fork-retries", "a connection that cannot be served is "
	    "closed"),
	REPLACED("lock", by_listener),
	REPLACED("alt-lock", by_listener),
	REPLACED("listener", by_listener),
	REPLACED("conn-rate-table", "it has room for every address that "
	    "counts"),
	REPLACED("terminate-wait", "write TimeoutStopSec in the unit"),
	END
};

/* ---- connections, names ------------------------------------------------- */

#define RES(m) offsetof(struct conf_resolver, m)
#define CONN(m) offsetof(struct conf_conn, m)

static const struct conf_key resolver_keys[] = {
	KEY("servers", KEY_NAMESERVERS, RES(servers)),
	KEY("search", KEY_DOMAINS, RES(search)),
	TIME("conf-timeout", RES(conf_timeout), "15", 1),
	TIME("initial-timeout", RES(initial_timeout), "1", 1),
	TIME("timeout", RES(timeout), "5", 1),
	END
};

#define CONN_KEYS(conn_timeout_default) \
	TIME("conn-timeout", CONN(conn_timeout), conn_timeout_default, 1), \
	TIME("recv-timeout", CONN(recv_timeout), "120", 1), \
	TIME("send-timeout", CONN(send_timeout), "120", 1), \
	TIME("close-timeout", CONN(close_timeout), "5", 0), \
	SIZE("recv-bufsize", CONN(recv_bufsize), "64K", BUFSIZE_MIN, \
	    BUFSIZE_MAX), \
	SIZE("send-bufsize", CONN(send_bufsize), "64K", BUFSIZE_MIN, \
	    BUFSIZE_MAX), \
	REPLACED("log-limit", "write data-limit in a log section"), \
	END

static const struct conf_key client_conn_keys[] = { CONN_KEYS("75") };
static const struct conf_key server_conn_keys[] = { CONN_KEYS("10") };

/* ---- ACLs --------------------------------------------------------------- */

#define CERT(m) offsetof(struct conf_certmatch, m)
#define TIM(m) offsetof(struct conf_time, m)
#define SPEC(m) offsetof(struct conf_time_spec, m)
#define TSET(m) offsetof(struct conf_time_set, m)
#define SA(m) offsetof(struct conf_session_acl, m)
#define CA(m) offsetof(struct conf_command_acl, m)

static const struct conf_key cert_keys[] = {
	KEY("subject", KEY_PATTERNS, CERT(subject)),
	KEY("issuer", KEY_PATTERNS, CERT(issuer)),
	KEY("san", KEY_SANS, CERT(san)),
	KEY("fingerprint", KEY_PRINTS, CERT(fingerprint)),
	END
};

static const struct conf_key time_keys[] = {
	KEY("day", KEY_DAYS, TIM(days)),
	KEY("month", KEY_MONTHS, TIM(months)),
	KEY("wday", KEY_WDAYS, TIM(wdays)),
	KEY("hours", KEY_HOURS, TIM(hours)),
	END
};

static const struct conf_key spec_keys[] = {
	KEY("dates", KEY_DATES, SPEC(dates)),
	KEY("weekdays", KEY_WDAY_RANGES, SPEC(weekdays)),
	KEY("hours", KEY_HOURS_INCLUDED, SPEC(hours)),
	END
};

static const struct conf_key time_set_keys[] = {
	KEYD("exclude", KEY_FLAG, TSET(exclude), "no"),
	END
};

static const struct conf_section time_set_sections[] = {
	{ .name = "time-spec", .keys = spec_keys, .at = TSET(specs),
	  .size = sizeof(struct conf_time_spec),
	  .align = _Alignof(struct conf_time_spec),
	  .title_at = SPEC(name), .line_at = -1, .given_at = -1,
	  .flags = SECTION_TITLED | SECTION_TABLE },
	END
};

#define SHAPE(m) offsetof(struct conf_shaping, m)
#define TRAFFIC(m) offsetof(struct conf_traffic, m)

static const char queues[] = "mark and priority tell the kernel's classes "
    "(tc(8), nft(8)) the same";

/* A priority of more is for who administers the network (socket(7)). */
#define SHAPING_KEYS \
	NUMBER("mark", SHAPE(mark), "0", 0, UINT32_MAX), \
	NUMBER("priority", SHAPE(priority), "0", 0, 6), \
	KEY("dscp", KEY_DSCP, SHAPE(dscp)), \
	SIZE("max-rate", SHAPE(max_rate), "0", 0, SIZE_MAX_KEY)

static const struct conf_key shaping_keys[] = {
	SHAPING_KEYS,
	KEYD("group", KEY_TEXT, SHAPE(group), ""),
	SIZE("max-rate-per-ip", SHAPE(max_rate_per_ip), "0", 0, SIZE_MAX_KEY),
	REPLACED("altq", queues),
	END
};

#define SHAPING_SECTION(n, place) \
	{ .name = n, .keys = shaping_keys, .at = place, \
	  .size = sizeof(struct conf_shaping), \
	  .align = _Alignof(struct conf_shaping), .title_at = -1, \
	  .line_at = -1, .given_at = -1 }

static const struct conf_section traffic_sections[] = {
	SHAPING_SECTION("to-client", TRAFFIC(to_client)),
	SHAPING_SECTION("to-server", TRAFFIC(to_server)),
	END
};

#define TRAFFIC_SECTION(place) \
	{ .name = "traffic-shaping", .sections = traffic_sections, \
	  .at = place, .size = sizeof(struct conf_traffic), \
	  .align = _Alignof(struct conf_traffic), .title_at = -1, \
	  .line_at = -1, .given_at = -1 }

#define CERT_SECTION(n, place) \
	{ .name = n, .keys = cert_keys, .at = place, \
	  .size = sizeof(struct conf_certmatch), \
	  .align = _Alignof(struct conf_certmatch), .title_at = -1, \
	  .line_at = -1, .given_at = CERT(given) }

#define TIME_SECTIONS(when) \
	{ .name = "time", .keys = time_keys, .at = (when) + \
	  offsetof(struct conf_conditions, time), \
	  .size = sizeof(struct conf_time), \
	  .align = _Alignof(struct conf_time), .title_at = -1, \
	  .line_at = -1, .given_at = -1, \
	  .flags = SECTION_TITLED | SECTION_TABLE }, \
	{ .name = "time-period-set", .keys = time_set_keys, \
	  .sections = time_set_sections, .at = (when) + \
	  offsetof(struct conf_conditions, time_set), \
	  .size = sizeof(struct conf_time_set), \
	  .align = _Alignof(struct conf_time_set), .title_at = -1, \
	  .line_at = -1, .given_at = TSET(given) }

#define SINGLE(n, k, place, type, more) \
	{ .name = n, .keys = k, .at = place, .size = sizeof(struct type), \
	  .align = _Alignof(struct type), .title_at = -1, .line_at = -1, \
	  .given_at = -1, .flags = more }

#define CONDITION_KEYS(when) \
	KEY("from", KEY_ADDRESSES, \
	    (when) + offsetof(struct conf_conditions, from)), \
	KEY("to", KEY_ADDRESSES, \
	    (when) + offsetof(struct conf_conditions, to)), \
	KEY("server", KEY_ADDRESSES, \
	    (when) + offsetof(struct conf_conditions, server)), \
	KEY("listener", KEY_NAMES, \
	    (when) + offsetof(struct conf_conditions, listener)), \
	KEY("transparent", KEY_TRI, \
	    (when) + offsetof(struct conf_conditions, transparent)), \
	{ .name = "ip-tos-from", .type = KEY_NUMBERS, .max = 255, \
	  .at = (when) + offsetof(struct conf_conditions, ip_tos_from) }, \
	KEY("user", KEY_USERS, \
	    (when) + offsetof(struct conf_conditions, user)), \
	KEY("group", KEY_USERS, \
	    (when) + offsetof(struct conf_conditions, group))

static const char languages[] =
    "EN=1 CZ=2 CZ-ASCII=3 CZ-ISO-8859-2=4 CZ-WINDOWS-1250=5";
static_assert(CONF_LANG_EN == 1 && CONF_LANG_CZ_1250 == 5,
    "languages count from 1");
static const char orders[] = "order=1 random=2 hash-from=3";
static const char dials[] =
    "write plug-to; the proxy speaks IMAP to every server";

/* What session-acl and command-acl both may decide. */
#define ACTION_KEYS(acl) \
	KEYD("deny", KEY_FLAG, offsetof(struct acl, deny), "no"), \
	ENUM8("language", offsetof(struct acl, language), NULL, languages), \
	KEY("plug-to", KEY_SERVERS, offsetof(struct acl, plug_to)), \
	ENUM8("plug-to-order", offsetof(struct acl, plug_to_order), NULL, \
	    orders), \
	{ .name = "idle-timeout", .type = KEY_TIME, .flags = KEY_INHERIT, \
	  .at = offsetof(struct acl, idle_timeout), .max = TIME_MAX }, \
	{ .name = "login-timeout", .type = KEY_TIME, .flags = KEY_INHERIT, \
	  .at = offsetof(struct acl, login_timeout), .max = TIME_MAX }, \
	REPLACED("hand-off", dials)

static const struct conf_key session_keys[] = {
	CONDITION_KEYS(SA(when)),
	ACTION_KEYS(conf_session_acl),
	KEY("client-ssl-params", KEY_SSL, SA(client_ssl)),
	KEYD("source-address", KEY_SOURCE, SA(source), "own"),
	{ .name = "auth", .type = KEY_AUTH, .flags = KEY_INHERIT,
	  .at = SA(auth) },
	NUMBER("max-sessions", SA(max_sessions), "0", 0, SESSIONS_MOST),
	NUMBER("max-sessions-per-ip", SA(max_sessions_per_ip), "0", 0,
	    SESSIONS_MOST),
	ENUM8("send-proxy", SA(send_proxy), "no", "no=0 v1=1 v2=2"),
	KEYD("send-id", KEY_FLAG, SA(send_id), "no"),
	REPLACED("parent", "a session-acl has no phase before it"),
	END
};

static const struct conf_section session_sections[] = {
	TIME_SECTIONS(SA(when)),
	CERT_SECTION("client-cert-match", SA(client_cert_match)),
	{ .name = "client-cert", .flags = SECTION_LATER,
	  .note = "the client's certificate is not known before its "
	  "handshake: write client-cert in a command-acl, or "
	  "client-cert-match here" },
	TRAFFIC_SECTION(SA(traffic)),
	END
};

static const struct conf_key command_keys[] = {
	CONDITION_KEYS(CA(when)),
	KEY("parent", KEY_NAMES, CA(when.parent)),
	ACTION_KEYS(conf_command_acl),
	KEY("server-ssl-params", KEY_SSL, CA(server_ssl)),
	KEY("commands", KEY_COMMANDS, CA(commands)),
	KEY("capabilities", KEY_CAPABILITIES, CA(capabilities)),
	KEY("auth-mechanisms", KEY_MECHANISMS, CA(auth)),
	KEY("fetch-items", KEY_ITEMS, CA(fetch_items)),
	KEY("append-extensions", KEY_EXTENSIONS, CA(append_extensions)),
	KEY("mailboxes", KEY_MAILBOXES, CA(mailboxes)),
	SIZE("max-bytes-in", CA(max_bytes_in), "0", 0, SIZE_MAX_KEY),
	SIZE("max-bytes-out", CA(max_bytes_out), "0", 0, SIZE_MAX_KEY),
	{ .name = "max-mail-in", .type = KEY_SIZE, .flags = KEY_INHERIT,
	  .at = CA(max_mail_in), .max = SIZE_MAX_KEY },
	{ .name = "max-mail-out", .type = KEY_SIZE, .flags = KEY_INHERIT,
	  .at = CA(max_mail_out), .max = SIZE_MAX_KEY },
	{ .name = "max-time", .type = KEY_TIME, .flags = KEY_INHERIT,
	  .at = CA(max_time), .max = TIME_MAX },
	TIME("command-timeout", CA(command_timeout), "10m", 0),
	SIZE("max-line", CA(max_line), "64K", LINE_MIN, LINE_MOST),
	SIZE("max-literal", CA(max_literal), "64K", LINE_MIN, LINE_MOST),
	{ .name = "max-bad-commands", .type = KEY_BAD_COMMANDS,
	  .at = CA(max_bad_before), .def = "3-20", .max = 1000000 },
	ENUM8("preauth", CA(preauth), "refuse", "refuse=0 accept=1"),
	KEYD("no-mail-scanning", KEY_FLAG, CA(no_mail_scanning), "no"),
	ENUM8("access", CA(access), "full",
	    "full=0 read-only=1 organise=2 no-export=3"),
	KEYD("dry-run", KEY_FLAG, CA(dry_run), "no"),
	ENUM8("index", CA(index), "lazy", "lazy=0 exact=1"),
	KEYD("require-all", KEY_FLAG, CA(require_all), "no"),
	KEYD("same-length", KEY_FLAG, CA(same_length), "yes"),
	BOTH("use-antivirus", KEY_ENGINES, "none"),
	BOTH("use-antispam", KEY_ANTISPAM, "none"),
	BOTH("max-mail", KEY_SIZE, "0"),
	END
};

#define FILTER(m) offsetof(struct conf_mail_filter, m)

static const char mends[] = "pass=1 correct=2 reject=3";
static_assert(CONF_MEND_PASS == 1 && CONF_MEND_REJECT == 3,
    "the words above are enum conf_mend");

#define FILTER_KEYS(doubtful) \
	ENUM8("invalid-header", FILTER(invalid_header), "correct", mends), \
	ENUM8("header-8bit", FILTER(header_8bit), "correct", mends), \
	ENUM8("quoting", FILTER(quoting), "correct", mends), \
	ENUM8("body-8bit", FILTER(body_8bit), "correct", mends), \
	ENUM8("bad-char", FILTER(bad_char), doubtful, mends), \
	ENUM8("long-header", FILTER(long_header), "correct", mends), \
	ENUM8("ambiguous-structure", FILTER(ambiguous_structure), doubtful, \
	    mends), \
	REPLACED("header-8bit-chars", "write header-8bit = pass"), \
	REPLACED("accept-8bit-header", "write header-8bit = pass"), \
	REPLACED("correct-quoting", "write quoting = correct"), \
	REPLACED("correct-8bit-body", "write body-8bit = correct"), \
	REPLACED("correct-bad-char", "write bad-char = correct"), \
	END

static const struct conf_key download_filter_keys[] = {
	FILTER_KEYS("correct")
};
static const struct conf_key upload_filter_keys[] = { FILTER_KEYS("reject") };
/* no default: it depends on the direction */
static const struct conf_key both_filter_keys[] = { FILTER_KEYS(NULL) };

#define DIR(m) offsetof(struct conf_mail_dir, m)

#define FILTER_SECTION(k, more) \
	{ .name = "mail-filter", .keys = k, .at = DIR(filter), \
	  .size = sizeof(struct conf_mail_filter), .align = 1, \
	  .title_at = -1, .line_at = -1, .given_at = -1, .flags = more }

static const struct conf_key direction_keys[] = {
	KEYD("use-antivirus", KEY_ENGINES, DIR(antivirus), "none"),
	KEYD("use-antispam", KEY_ANTISPAM, DIR(antispam), "none"),
	SIZE("max-mail", DIR(max_mail), "0", 0, SIZE_MAX_KEY),
	END
};

static const struct conf_section download_sections[] = {
	FILTER_SECTION(download_filter_keys, 0),
	END
};
static const struct conf_section upload_sections[] = {
	FILTER_SECTION(upload_filter_keys, 0),
	END
};

#define DIRECTION_SECTION(n, d, inner) \
	{ .name = n, .keys = direction_keys, .sections = inner, \
	  .at = CA(mail[d]), .size = sizeof(struct conf_mail_dir), \
	  .align = 8, .title_at = -1, .line_at = -1, .given_at = -1, \
	  .flags = SECTION_BOTH }

static const struct conf_section command_sections[] = {
	TIME_SECTIONS(CA(when)),
	CERT_SECTION("client-cert", CA(when.client_cert)),
	CERT_SECTION("server-cert-match", CA(server_cert_match)),
	TRAFFIC_SECTION(CA(traffic)),
	FILTER_SECTION(both_filter_keys, SECTION_HIDDEN),
	DIRECTION_SECTION("download", CONF_DOWNLOAD, download_sections),
	DIRECTION_SECTION("upload", CONF_UPLOAD, upload_sections),
	END
};

/* ---- ACLs of mails and of documents ------------------------------------- */

#define MA(m) offsetof(struct conf_mail_acl, m)
#define DA(m) offsetof(struct conf_doc_acl, m)
#define HEAD(m) offsetof(struct conf_header_match, m)
#define EDIT(m) offsetof(struct conf_header_edit, m)

static const char directions[] = "download=1 upload=2";
static_assert(CONF_DOWNLOAD == 0 && CONF_UPLOAD == 1,
    "the words above are enum conf_direction, and 1");

/* What both ask about. */
#define JUDGED_KEYS(acl) \
	CONDITION_KEYS(offsetof(struct acl, when)), \
	KEY("parent", KEY_NAMES, offsetof(struct acl, when.parent)), \
	ENUM8("direction", offsetof(struct acl, direction), NULL, \
	    directions), \
	{ .name = "size", .type = KEY_SIZES, \
	  .at = offsetof(struct acl, size), .max = SIZE_MAX_KEY }, \
	KEY("mime-type", KEY_MIME_TYPES, offsetof(struct acl, mime_type)), \
	KEY("virus-status", KEY_VIRUS, offsetof(struct acl, virus_status)), \
	{ .name = "spam-score", .type = KEY_SCORES, \
	  .at = offsetof(struct acl, spam_score), .max = SCORE_MAX }, \
	KEYD("deny", KEY_FLAG, offsetof(struct acl, deny), "no")

static const struct conf_key mail_keys[] = {
	JUDGED_KEYS(conf_mail_acl),
	KEY("virus-name", KEY_GLOBS, MA(virus_name)),
	{ .name = "doc-count", .type = KEY_NUMBERS, .at = MA(doc_count),
	  .max = UINT32_MAX },
	KEY("encrypted", KEY_TRI, MA(encrypted)),
	KEY("malformed", KEY_TRI, MA(malformed)),
	KEYD("prefix-subject", KEY_FIELD, MA(prefix_subject), ""),
	KEYD("replace-body", KEY_NOTICE, MA(replace_body), ""),
	KEYD("quarantine", KEY_FLAG, MA(quarantine), "no"),
	KEYD("add-verdict-headers", KEY_FLAG, MA(add_verdict_headers), "no"),
	REPLACED("language", "command-acl has it"),
	END
};

static const struct conf_key match_keys[] = {
	{ .name = "match", .type = KEY_PATTERNS, .at = HEAD(match),
	  .flags = KEY_REQUIRED },
	END
};

static const struct conf_key header_edit_keys[] = {
	{ .name = "op", .type = KEY_ENUM8, .at = EDIT(op),
	  .flags = KEY_REQUIRED, .choices = "add=1 delete=2 replace=3" },
	KEYD("value", KEY_FIELD, EDIT(value), ""),
	END
};
static_assert(CONF_HEADER_ADD == 1 && CONF_HEADER_REPLACE == 3,
    "the words above are enum conf_header_op");

static const struct conf_section mail_sections[] = {
	TIME_SECTIONS(MA(when)),
	CERT_SECTION("client-cert", MA(when.client_cert)),
	{ .name = "header", .keys = match_keys, .at = MA(headers),
	  .size = sizeof(struct conf_header_match),
	  .align = _Alignof(struct conf_header_match),
	  .title_at = HEAD(name), .line_at = -1, .given_at = -1,
	  .flags = SECTION_TITLED | SECTION_TABLE },
	{ .name = "modify-header", .keys = header_edit_keys,
	  .at = MA(modify_headers), .size = sizeof(struct conf_header_edit),
	  .align = _Alignof(struct conf_header_edit),
	  .title_at = EDIT(name), .line_at = -1, .given_at = -1,
	  .flags = SECTION_TITLED | SECTION_TABLE },
	END
};

static const struct conf_key doc_keys[] = {
	JUDGED_KEYS(conf_doc_acl),
	KEY("declared-type", KEY_MIME_TYPES, DA(declared_type)),
	KEY("file-name", KEY_GLOBS, DA(file_name)),
	{ .name = "depth", .type = KEY_NUMBERS, .at = DA(depth),
	  .max = UINT32_MAX },
	KEY("archive-member", KEY_MIME_TYPES, DA(archive_member)),
	KEY("encrypted", KEY_TRI, DA(encrypted)),
	KEYD("replace-file", KEY_NOTICE, DA(replace_file), ""),
	KEYD("remove", KEY_FLAG, DA(remove), "no"),
	{ .name = "html-filter", .type = KEY_HTML, .at = DA(html_filter) },
	KEY("doctype-ident-order", KEY_METHODS, DA(order)),
	KEYD("force-doctype-ident", KEY_FLAG, DA(force_doctype_ident), "no"),
	END
};

static const struct conf_section doc_sections[] = {
	TIME_SECTIONS(DA(when)),
	CERT_SECTION("client-cert", DA(when.client_cert)),
	END
};

/* ---- what looks at mails, and where they lie ---------------------------- */

#define ENGINE(m) offsetof(struct conf_engine, m)
#define HTML(m) offsetof(struct conf_html, m)
#define TYPE(m) offsetof(struct conf_doctype, m)
#define SPOOL(m) offsetof(struct conf_spool, m)
#define QUAR(m) offsetof(struct conf_quarantine, m)
#define STORE(m) offsetof(struct conf_verdict_store, m)
#define NOTE(m) offsetof(struct conf_notices, m)

#define ENGINE_KEYS(protocol_default, seconds, octets) \
	{ .name = "protocol", .type = KEY_PROTOCOL, .at = ENGINE(protocol), \
	  .def = protocol_default }, \
	{ .name = "connection", .type = KEY_ENDPOINTS, \
	  .at = ENGINE(connection), .flags = KEY_REQUIRED }, \
	TIME("timeout", ENGINE(timeout), seconds, 1), \
	SIZE("max-checked-size", ENGINE(max_checked_size), octets, 0, \
	    SIZE_MAX_KEY), \
	NUMBER("max-parallel", ENGINE(max_parallel), "8", 1, PARALLEL_MAX), \
	REPLACED("comm-dir", "mails are handed over by descriptor: no " \
	    "folder is needed"), \
	REPLACED("altq", queues)

static const struct conf_key antivirus_keys[] = {
	ENGINE_KEYS("clamd", "60", "25M"),
	KEYD("icap-service", KEY_TEXT, ENGINE(icap_service), ""),
	KEYD("icap-pass-200-with-pure-body", KEY_FLAG, ENGINE(icap_pass_body),
	    "no"),
	END
};

static const struct conf_key antispam_keys[] = {
	ENGINE_KEYS("spamd", "30", "500K"),
	END
};

static const struct conf_key engine_shaping_keys[] = {
	SHAPING_KEYS,
	REPLACED("altq", queues),
	END
};

static const struct conf_section engine_sections[] = {
	{ .name = "traffic-shaping", .keys = engine_shaping_keys,
	  .at = ENGINE(traffic), .size = sizeof(struct conf_shaping),
	  .align = _Alignof(struct conf_shaping), .title_at = -1,
	  .line_at = -1, .given_at = -1 },
	END
};

#define TITLED_TABLE(n, k, inner, place, type, more) \
	{ .name = n, .keys = k, .sections = inner, .at = place, \
	  .size = sizeof(struct type), .align = _Alignof(struct type), \
	  .title_at = offsetof(struct type, name), \
	  .line_at = offsetof(struct type, line), .given_at = -1, \
	  .flags = SECTION_TITLED | SECTION_TABLE | (more) }

static const struct conf_key html_keys[] = {
	ENUM8("policy", HTML(policy), "strict", "strict=0 filter=1"),
	ENUM8("remote-content", HTML(keep_remote_content), "remove",
	    "remove=0 keep=1"),
	ENUM8("forms", HTML(keep_forms), "remove", "remove=0 keep=1"),
	KEYD("replace-head-script-tags", KEY_TEXT,
	    HTML(replace_head_script_tags), ""),
	KEYD("replace-body-script-tags", KEY_TEXT,
	    HTML(replace_body_script_tags), ""),
	KEYD("replace-style-tags", KEY_TEXT, HTML(replace_style_tags), ""),
	KEYD("replace-iframe-tags", KEY_TEXT, HTML(replace_iframe_tags), ""),
	KEYD("replace-intrinsic", KEY_TEXT, HTML(replace_intrinsic), ""),
	END
};

static const struct conf_key html_item_keys[] = {
	KEY("accept", KEY_GLOBS, offsetof(struct conf_html_item, accept)),
	KEY("deny", KEY_GLOBS, offsetof(struct conf_html_item, deny)),
	END
};

#define HTML_ITEM(n, m) \
	{ .name = n, .keys = html_item_keys, .at = HTML(m), \
	  .size = sizeof(struct conf_html_item), \
	  .align = _Alignof(struct conf_html_item), \
	  .title_at = -1, .line_at = -1, .given_at = -1, \
	  .flags = SECTION_TITLED | SECTION_TABLE }

static const struct conf_section html_sections[] = {
	HTML_ITEM("script-tag-language", script_tag_language),
	HTML_ITEM("style-tag-type", style_tag_type),
	HTML_ITEM("iframe-tag-src", iframe_tag_src),
	HTML_ITEM("intrinsic-language", intrinsic_language),
	HTML_ITEM("macro-language", macro_language),
	END
};

static const struct conf_key doctype_keys[] = {
	KEYD("order", KEY_METHODS, TYPE(order),
	    "magic content-type extension"),
	KEY("order-download", KEY_METHODS, TYPE(order_of[CONF_DOWNLOAD])),
	KEY("order-upload", KEY_METHODS, TYPE(order_of[CONF_UPLOAD])),
	KEYD("mime-types", KEY_PATH, TYPE(mime_types), "/etc/mime.types"),
	KEYD("magic", KEY_PATH, TYPE(magic), ""),
	END
};

static const struct conf_key spool_keys[] = {
	KEYD("dir", KEY_PATH, SPOOL(dir), "/var/spool/imap4-proxy"),
	SIZE("memory", SPOOL(memory), "8M", 64 << 10, 1 << 30),
	SIZE("max-size", SPOOL(max_size), "1G", 64 << 10, SIZE_MAX_KEY),
	SIZE("min-free", SPOOL(min_free), "100M", 0, SIZE_MAX_KEY),
	END
};

static const struct conf_key quarantine_keys[] = {
	KEYD("dir", KEY_PATH, QUAR(dir), ""),
	SIZE("max-size", QUAR(max_size), "1G", 1 << 20, SIZE_MAX_KEY),
	END
};

static const struct conf_key store_keys[] = {
	KEYD("path", KEY_PATH, STORE(path), ""),
	SIZE("max-size", STORE(max_size), "256M", 1 << 20, STORE_MAX),
	TIME("max-age", STORE(max_age), "24h", 1),
	END
};

static const struct conf_key notice_keys[] = {
	KEYD("dir", KEY_PATH, NOTE(dir), "notices"),
	KEYD("contact", KEY_FIELD, NOTE(contact), ""),
	END
};

/* ---- the top level ------------------------------------------------------ */

#define MAIN(m) offsetof(struct conf_main, m)

static const char by_units[] =
    "processes are systemd's or inetd's: set it there";
static const char by_helper[] = "imap4-stat keeps statistics";

static const struct conf_key main_keys[] = {
	{ .name = "version", .type = KEY_VERSION,
	  .flags = KEY_REQUIRED | KEY_FIRST },
	KEYD("name", KEY_NAME, MAIN(name), "imap4"),
	KEYD("app-user", KEY_USER, MAIN(app_user), "imap4-proxy"),
	KEYD("app-group", KEY_GROUP, MAIN(app_group), ""),
	KEYD("chroot-dir", KEY_PATH, MAIN(chroot_dir), ""),
	TIME("idle-timeout", MAIN(idle_timeout), "31m", 0),
	TIME("login-timeout", MAIN(login_timeout), "60s", 0),
	ENUM8("language", MAIN(language), "EN", languages),
	KEYD("auth", KEY_AUTH, MAIN(auth), "none"),
	REPLACED("user-match", "names of users are compared as they are, "
	    "domain included"),
	NUMBER("per-ip-prefix6", MAIN(per_ip_prefix6), "64", 0, 128),
	REPLACED("phase", "nothing takes its place"),
	REPLACED("tag", "write name"),
	REPLACED("nodaemon", "a session always runs in the foreground"),
	REPLACED("singleproc", "run imap4-proxy -t for one session on the "
	    "terminal"),
	REPLACED("init-children", by_units),
	REPLACED("min-idle", by_units),
	REPLACED("max-idle", by_units),
	REPLACED("lock", "sessions need no lock"),
	REPLACED("alt-lock", "sessions need no lock"),
	REPLACED("priority", by_units),
	REPLACED("use-resolver", "write a resolver section"),
	REPLACED("cfg-resolution", "names are resolved in each session"),
	REPLACED("run-block-sigalrm", "nothing takes its place"),
	REPLACED("source-address", "it belongs in a session-acl"),
	END
};

#define MON(m) offsetof(struct conf_monitoring, m)

static const struct conf_key monitoring_keys[] = {
	KEYD("disabled", KEY_FLAG, MON(disabled), "no"),
	{ .name = "interval", .type = KEY_TIME, .at = MON(interval),
	  .def = "5", .min = SECOND, .max = 60 * MINUTE },
	/* not less than "...", not more than the scoreboard has room for */
	NUMBER("user", MON(user), "8", 4, 64),
	NUMBER("data", MON(data), "180", 16, 256),
	NUMBER("tail", MON(tail), "60", 0, 252),
	KEYD("socket", KEY_TEXT, MON(socket), "stats.sock"),
	KEYD("admin-socket", KEY_TEXT, MON(admin_socket), "admin.sock"),
	KEYD("users-socket", KEY_TEXT, MON(users_socket), "users.sock"),
	REPLACED("comm-dir", "the scoreboard is in the run folder"),
	END
};

static const struct conf_section main_sections[] = {
	/* filled into both logs, then overridden by the two below */
	{ .name = "log", .keys = log_keys, .at = MAIN(logs),
	  .size = sizeof(struct conf_log), .align = 8, .title_at = -1,
	  .line_at = -1, .given_at = -1, .flags = SECTION_HIDDEN },
	{ .name = "log-debug", .keys = log_keys, .at = MAIN(logs),
	  .size = sizeof(struct conf_log), .align = 8, .title_at = -1,
	  .line_at = -1, .given_at = -1, .flags = SECTION_OVERRIDES },
	{ .name = "log-stats", .keys = log_keys, .at = MAIN(logs[1]),
	  .size = sizeof(struct conf_log), .align = 8, .title_at = -1,
	  .line_at = -1, .given_at = -1, .flags = SECTION_OVERRIDES },
	/* its rows are the main table's */
	{ .name = "listen-on", .sections = listen_sections, .at = 0,
	  .size = sizeof(struct conf_main), .align = 8, .title_at = -1,
	  .line_at = -1, .given_at = -1 },
	{ .name = "ssl-params", .keys = ssl_keys, .sections = ssl_sections,
	  .at = MAIN(ssl), .size = sizeof(struct conf_ssl),
	  .align = _Alignof(struct conf_ssl), .title_at = SSL(name),
	  .line_at = SSL(line), .given_at = -1,
	  .flags = SECTION_TITLED | SECTION_TABLE },
	{ .name = "oob-auth", .keys = oob_keys, .at = MAIN(oob_auths),
	  .size = sizeof(struct conf_oob),
	  .align = _Alignof(struct conf_oob), .title_at = OOB(name),
	  .line_at = OOB(line), .given_at = -1,
	  .flags = SECTION_TITLED | SECTION_TABLE },
	{ .name = "tcpserver", .keys = tcpserver_keys,
	  .at = MAIN(tcpserver), .size = sizeof(struct conf_tcpserver),
	  .align = 8, .title_at = -1, .line_at = -1, .given_at = -1 },
	{ .name = "resolver", .keys = resolver_keys, .at = MAIN(resolver),
	  .size = sizeof(struct conf_resolver), .align = 8, .title_at = -1,
	  .line_at = -1, .given_at = -1 },
	{ .name = "client-conn", .keys = client_conn_keys,
	  .at = MAIN(client_conn), .size = sizeof(struct conf_conn),
	  .align = 8, .title_at = -1, .line_at = -1, .given_at = -1 },
	{ .name = "server-conn", .keys = server_conn_keys,
	  .at = MAIN(server_conn), .size = sizeof(struct conf_conn),
	  .align = 8, .title_at = -1, .line_at = -1, .given_at = -1 },
	{ .name = "session-acl", .keys = session_keys,
	  .sections = session_sections, .at = MAIN(session_acls),
	  .size = sizeof(struct conf_session_acl),
	  .align = _Alignof(struct conf_session_acl),
	  .title_at = SA(name), .line_at = SA(line), .given_at = -1,
	  .flags = SECTION_TITLED | SECTION_TABLE },
	{ .name = "command-acl", .keys = command_keys,
	  .sections = command_sections, .at = MAIN(command_acls),
	  .size = sizeof(struct conf_command_acl),
	  .align = _Alignof(struct conf_command_acl),
	  .title_at = CA(name), .line_at = CA(line), .given_at = -1,
	  .flags = SECTION_TITLED | SECTION_TABLE },
	TITLED_TABLE("mail-acl", mail_keys, mail_sections, MAIN(mail_acls),
	    conf_mail_acl, 0),
	TITLED_TABLE("doc-acl", doc_keys, doc_sections, MAIN(doc_acls),
	    conf_doc_acl, 0),
	TITLED_TABLE("antivirus", antivirus_keys, engine_sections,
	    MAIN(antiviruses), conf_engine, 0),
	TITLED_TABLE("antispam", antispam_keys, engine_sections,
	    MAIN(antispams), conf_engine, 0),
	TITLED_TABLE("html-filter", html_keys, html_sections,
	    MAIN(html_filters), conf_html, 0),
	{ .name = "radius-client", .note = by_login_page,
	  .flags = SECTION_LATER | SECTION_TITLED | SECTION_TABLE },
	{ .name = "monitoring", .keys = monitoring_keys,
	  .at = MAIN(monitoring), .size = sizeof(struct conf_monitoring),
	  .align = 8, .title_at = -1, .line_at = -1, .given_at = -1 },
	SINGLE("doctype-identification", doctype_keys, MAIN(doctype),
	    conf_doctype, 0),
	SINGLE("spool", spool_keys, MAIN(spool), conf_spool, 0),
	SINGLE("quarantine", quarantine_keys, MAIN(quarantine),
	    conf_quarantine, 0),
	SINGLE("verdict-store", store_keys, MAIN(verdict_store),
	    conf_verdict_store, 0),
	SINGLE("notices", notice_keys, MAIN(notices), conf_notices, 0),
	{ .name = "stats-daily", .flags = SECTION_LATER, .note = by_helper },
	{ .name = "stats-weekly", .flags = SECTION_LATER,
	  .note = by_helper },
	{ .name = "stats-monthly", .flags = SECTION_LATER,
	  .note = by_helper },
	END
};

const struct conf_section conf_vocabulary = {
	.name = "", .keys = main_keys, .sections = main_sections,
	.size = sizeof(struct conf_main),
	.align = _Alignof(struct conf_main), .title_at = -1, .line_at = -1,
	.given_at = -1,
};

static_assert(sizeof(struct conf_command_acl) < INT16_MAX &&
    sizeof(struct conf_main) < INT16_MAX, "offsets fit their fields");

const struct conf_key *
conf_key_find(const struct conf_section *s, const char *name)
{
	for (const struct conf_key *k = s->keys; k && k->name; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

const struct conf_section *
conf_section_find(const struct conf_section *s, const char *name)
{
	for (const struct conf_section *c = s->sections; c && c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

bool
conf_key_is_list(const struct conf_key *k)
{
	return k->type >= KEY_LISTS;
}
