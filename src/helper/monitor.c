#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf_log.h"
#include "listening.h"
#include "log.h"
#include "monitor.h"
#include "registrar.h"

/* ---- how things are ------------------------------------------------------ */

static void
say_catching(const struct monitor *m, char *out, size_t size)
{
	uint32_t n = m->list.ncatches;

	out[0] = '\0';
	if (m->answered && m->answer.failed)
		snprintf(out, size, "; rules NOT in force: %.200s",
		    m->answer.why);
	else if (m->answered && n > 0)
		snprintf(out, size, "; catching for %u of %u listeners%s",
		    m->answer.active, n, m->answer.unheld ?
		    ", on-exit = block NOT in force" : "");
}

static void
say_store(const struct monitor *m, char *out, size_t size)
{
	out[0] = '\0';
	if (m->verdicts.why[0] != '\0')
		snprintf(out, size, "; verdict store NOT in use: %s",
		    m->verdicts.why);
}

void
monitor_status(struct monitor *m)
{
	char text[MONITOR_STATUS + 32], catching[MONITOR_STATUS / 2],
	    store[MONITOR_STATUS / 2];
	const uint8_t *h = m->conf->head->policy_hash;

	if (m->notify == NULL)
		return;
	say_catching(m, catching, sizeof catching);
	say_store(m, store, sizeof store);
	snprintf(text, sizeof text, "%sSTATUS=policy %02x%02x%02x%02x, %s%s%s",
	    m->answered && !m->ready ? "READY=1\n" : "",
	    h[0], h[1], h[2], h[3], m->config, catching, store);
	m->ready = m->answered;
	m->notify(text);
}

static void
end(struct monitor *m, const char *who)
{
	log_msg(LOG_HELPER_FAILED, "the %s ended", who);
	m->failed = 1;
	m->loop.stop = true;
}

/* ---- what is caught ------------------------------------------------------ */

/* A list of the configuration, active for whom listens; false: none. */
static bool
make_list(struct monitor *m, struct list *l)
{
	uint16_t want[LIST_CATCHES], is[LIST_CATCHES];
	const char *why;
	int n;

	if (list_make(l, m->conf, &why) < 0) {
		log_msg(LOG_NAT_FAILED, "%s", why);
		return false;
	}
	for (uint32_t i = 0; i < l->ncatches; i++)
		want[i] = l->catches[i].listen_port;
	n = l->ncatches == 0 ? 0 :
	    listening_among(m->diag, want, l->ncatches, is);
	if (n < 0) {
		log_msg(LOG_NAT_FAILED, "who listens: %s", strerror(errno));
		return false;
	}
	list_listening(l, is, (size_t)n);
	return true;
}

static void
send_list(void *ctx)
{
	static struct list l;
	struct monitor *m = ctx;

	if (!make_list(m, &l) ||
	    (m->sent && memcmp(&l, &m->list, sizeof l) == 0))
		return;
	m->list = l;
	m->sent = send(m->catcher, &l, sizeof l, MSG_NOSIGNAL |
	    MSG_DONTWAIT) == (ssize_t)sizeof l;
}

static void
on_catcher(void *ctx, int fd, short revents)
{
	struct monitor *m = ctx;
	struct catcher_answer a;
	ssize_t n = recv(fd, &a, sizeof a, MSG_DONTWAIT);
	bool again, held;

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof a) {
		end(m, "catcher");
		return;
	}
	a.why[sizeof a.why - 1] = '\0';
	again = m->answered && m->answer.failed && a.failed &&
	    strcmp(a.why, m->answer.why) == 0;
	held = !a.unheld || (m->answered && m->answer.unheld);
	m->answer = a;
	m->answered = true;
	if (!held)
		log_msg(LOG_NAT_UNHELD, "on-exit = block: there is no table "
		    "imap4_hold_%s", m->list.name);
	/* what failed is tried at each tick, and said once */
	m->sent = !a.failed;
	if (again)
		return;
	if (a.failed)
		log_msg(LOG_NAT_FAILED, "%s", a.why);
	else if (m->list.ncatches > 0)
		log_msg(LOG_NAT_RULES, "connections are caught for %u of %u "
		    "transparent listeners", m->answer.active,
		    m->list.ncatches);
	monitor_status(m);
}

/* ---- users --------------------------------------------------------------- */

static void
on_registrar(void *ctx, int fd, short revents)
{
	(void)fd, (void)revents;
	end(ctx, "registrar");
}

uint32_t
monitor_users(const struct conf *c)
{
	const struct conf_oob *o = registrar_wanted(c);

	return o == NULL ? 0 : o->max_sessions;
}

/* ---- the verdict store --------------------------------------------------- */

static void
on_sweeper(void *ctx, int fd, short revents)
{
	struct monitor *m = ctx;

	(void)fd, (void)revents;
	if (!verdicts_hear(&m->verdicts))
		end(m, "sweeper");
}

static void
on_store(void *ctx)
{
	monitor_status(ctx);
}

static bool
begin_verdicts(struct monitor *m)
{
	struct verdicts *v = &m->verdicts;

	m->serve.verdicts = v;
	v->conf = m->conf;
	v->changed = on_store;
	v->ctx = m;
	return loop_add(&m->loop, v->fd, POLLIN, on_sweeper, m) &&
	    verdicts_begin(v, &m->loop);
}

/* ---- the configuration --------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void
set_config(struct monitor *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->config, sizeof m->config, fmt, ap);
	va_end(ap);
	/* one line */
	m->config[strcspn(m->config, "\n")] = '\0';
}

/* The new cache instead of the one in force. */
static void
reload(struct monitor *m)
{
	int fd = open(m->cache, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct conf new, before;

	if (fd < 0 || conf_open(&new, fd, CONF_CHECK_WHOLE) < 0) {
		log_msg(LOG_CONFIG_UNUSABLE, "%s: %s", m->cache,
		    fd < 0 ? strerror(errno) : new.why);
	} else {
		if (!serve_same(m->conf, &new))
			log_msg(LOG_MONITOR_SOCKET, "monitoring, name or "
			    "app-user has changed: restart imap4-helper to "
			    "apply it");
		before = *m->conf;
		*m->conf = new;
		verdicts_reload(&m->verdicts, &before);
		if (m->renewed)
			conf_close(&before);
		m->renewed = true;
		if (monitor_users(&new) != m->users)
			log_msg(LOG_USERS_KEEPER, "oob-auth has changed: "
			    "restart imap4-helper to apply it");
	}
	if (fd >= 0)
		close(fd);
}

static void
compiled(struct monitor *m, const char *text)
{
	log_msg(LOG_CONFIG_COMPILED, "%s changed", text);
	set_config(m, "compiled after %s changed", text);
	reload(m);
	send_list(m);
}

/* Of a report the first line that is more than a warning. */
static const char *
first_error(const char *text)
{
	struct str rest = str_c(text), line;
	bool more = true;

	while (more) {
		more = str_cut(&rest, '\n', &line);
		if (line.n > 0 && memmem(line.p, line.n, ": warning: ", 11) ==
		    NULL)
			return line.p;
	}
	return text;
}

static void
refused(struct monitor *m, const char *text)
{
	conf_log_report(text);
	log_msg(LOG_CONFIG_STALE, "the last good cache %s stays", m->cache);
	set_config(m, "new text REFUSED: %s", first_error(text));
}

static void
stale(struct monitor *m, const char *text)
{
	log_msg(LOG_CONFIG_STALE, "the last good cache %s stays: %s",
	    m->cache, text);
	set_config(m, "new text not compiled: %s", text);
}

static void
fresh(struct monitor *m, const char *text)
{
	(void)text;
	set_config(m, "as it was compiled");
}

static void
failed(struct monitor *m, const char *text)
{
	conf_log_report(text);
	set_config(m, "NO USABLE CACHE: %s", text);
}

static void (*const events[])(struct monitor *, const char *) = {
	[KEEPER_COMPILED] = compiled,
	[KEEPER_REFUSED] = refused,
	[KEEPER_STALE] = stale,
	[KEEPER_FRESH] = fresh,
	[KEEPER_FAILED] = failed,
};

static void
on_keeper(void *ctx, int fd, short revents)
{
	struct monitor *m = ctx;
	struct keeper_report r;
	ssize_t n = recv(fd, &r, sizeof r, MSG_DONTWAIT);

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof r || r.event < 0 ||
	    (size_t)r.event >= sizeof events / sizeof *events) {
		end(m, "keeper");
		return;
	}
	r.text[sizeof r.text - 1] = '\0';
	events[r.event](m, r.text);
	monitor_status(m);
}

void
monitor_begin(struct monitor *m, bool is_stale)
{
	bool room = loop_add(&m->loop, m->keeper, POLLIN, on_keeper, m) &&
	    loop_add(&m->loop, m->catcher, POLLIN, on_catcher, m) &&
	    (m->registrar < 0 || loop_add(&m->loop, m->registrar, POLLIN,
	    on_registrar, m)) &&
	    loop_every(&m->loop, MONITOR_LISTEN, send_list, m) &&
	    begin_verdicts(m) &&
	    serve_begin(&m->serve, &m->loop);

	if (!room)
		end(m, "loop's room");
	set_config(m, is_stale ? "new text REFUSED: see the log" :
	    "as it was compiled");
	send_list(m);
}
