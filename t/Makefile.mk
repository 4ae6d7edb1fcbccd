# Unit tests: t/unit/ROOM/x.c is one program that links that room and what it
# uses, and emits TAP.  make check-unit T=ROOM runs one room's.

T =
UNIT_SRCS = $(wildcard t/unit/$(if $(T),$(T),*)/*.c)
UNIT_BINS = $(patsubst t/unit/%.c,$(B)/t/unit/%.t,$(UNIT_SRCS))

$(B)/t/lib/%.o: t/lib/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -It/lib -iquote src/base -MMD -MP -c -o $@ $<

define unit_rules
$(B)/t/unit/$(1)/%.t: t/unit/$(1)/%.c $(B)/t/lib/tap.o $(patsubst %,$(B)/lib%.a,$(1) $(USES_$(1)))
	@mkdir -p $$(@D)
	$(CC) $(ALL_CFLAGS) -It/lib $(call room_inc,$(1)) -MMD -MP $(ALL_LDFLAGS) -o $$@ $$< $(B)/t/lib/tap.o \
	    -Wl,--start-group $(patsubst %,$(B)/lib%.a,$(1) $(USES_$(1))) -Wl,--end-group \
	    $(call pkg_libs,$(sort $(foreach r,$(1) $(USES_$(1)),$(PKGS_$(r)))))
endef
$(foreach r,$(ROOMS),$(eval $(call unit_rules,$(r))))

# No root, no servers.
check-unit: $(UNIT_BINS)
	prove -j2 $(UNIT_BINS)

# Everything, after installing what t/packages lists and is missing.  A test
# program is executable and emits TAP; those that are compiled stand in
# CHECK_BINS.
CHECK_BINS += $(UNIT_BINS)
CHECK_TESTS = $(sort $(wildcard t/e2e/*.t t/net/*.t t/systemd/*.t t/bench/*.t))

check:
	t/lib/need
	$(MAKE) --no-print-directory check-all

check-all: all bench-programs $(CHECK_BINS) $(B)/t/shift.so $(B)/t/fold.so \
           $(B)/t/mimeshow $(B)/t/ask_scanner $(B)/t/ask_mail $(B)/t/ask_store \
           $(B)/t/editmail $(B)/t/htmlfilter
	B=$(abspath $(B)) t/lib/here prove -j2 $(CHECK_TESTS) $(CHECK_BINS)

# make check-slow: a million random policies and a million random documents
# for the HTML filter, half of them on each of two cores, for some twenty
# minutes.
ORACLE      = $(B)/t/unit/compile/oracle.t
HTML_GEN    = $(B)/t/fuzz/html_gen.t
SLOW_HALVES = 0 500000

check-slow:
	$(MAKE) --no-print-directory -j2 $(SLOW_HALVES:%=slow-html-%) $(SLOW_HALVES:%=slow-oracle-%)
$(SLOW_HALVES:%=slow-html-%): slow-html-%: $(HTML_GEN)
	$(HTML_GEN) 500000 $*
$(SLOW_HALVES:%=slow-oracle-%): slow-oracle-%: $(ORACLE)
	$(ORACLE) 500000 100 $*
.PHONY: check-slow $(SLOW_HALVES:%=slow-oracle-%) $(SLOW_HALVES:%=slow-html-%)

# make bench: BENCH_ROUNDS, BENCH_SECONDS; BENCH=floor measures the floor
# against itself, which shows the method's own error.
BENCH_DIR  = $(B)/t/bench
BENCH_OBJS = $(patsubst %,$(BENCH_DIR)/%.o,bench backend figures listener load memory)
BENCH      =

$(BENCH_DIR)/%.o: t/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -It/bench -MMD -MP -c -o $@ $<
$(BENCH_DIR)/bench: $(BENCH_OBJS)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call pkg_libs,libssl libcrypto)
$(BENCH_DIR)/floor: $(BENCH_DIR)/floor.o
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^
$(BENCH_DIR)/floor_tls: $(BENCH_DIR)/floor_tls.o
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call pkg_libs,libssl libcrypto)

$(BENCH_DIR)/ask_clamd: $(BENCH_DIR)/ask_clamd.o
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^

bench-programs: $(BENCH_DIR)/bench $(BENCH_DIR)/floor $(BENCH_DIR)/floor_tls $(BENCH_DIR)/ask_clamd $(BENCH_DIR)/peerload $(if $(BENCH),,all)
$(BENCH_DIR)/peerload: $(BENCH_DIR)/peerload.o $(BENCH_DIR)/load.o
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call pkg_libs,libssl libcrypto)
bench: bench-programs $(if $(BENCH),,$(B)/bench_html)
	@t/bench/run $(abspath $(B)) $(BENCH)
	@$(if $(BENCH),,B=$(abspath $(B)) t/lib/here python3 t/bench/scanning.py)
	@$(if $(BENCH),,B=$(abspath $(B)) t/lib/here python3 t/bench/engine.py)
	@$(if $(BENCH),,$(B)/bench_html)

# make bench-peers: PEERS="haproxy nginx" chooses, PEERS_ROUNDS.
bench-peers: bench-programs
	t/lib/need t/bench/peers.packages
	t/lib/here t/bench/peers.py $(abspath $(B)) $(if $(PEERS),imap4-proxy-wait imap4-proxy $(PEERS))

# make bench-growth: GROWTH_ROUNDS, GROWTH_SIZES.
bench-growth: bench-programs
	t/lib/need
	t/lib/here t/bench/growth.py $(abspath $(B))

.PHONY: bench-programs bench-peers bench-growth

# For t/e2e/fold.t.
$(B)/t/fold.so: src/base/fold.c src/base/str.c src/base/fold_table.h
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE $(WARN) -fPIC -shared -O1 -iquote src/base -o $@ $(filter %.c,$^)

# For t/e2e/worker.t.
$(B)/t/ask_mail: t/lib/ask_mail.c $(B)/libmail.a $(B)/libimap.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(call room_inc,mail) $(ALL_LDFLAGS) -o $@ $^

# For t/e2e/verdicts.t.
ROOMS_ask_store = mail $(USES_mail)
$(B)/t/ask_store: t/lib/ask_store.c $(ROOMS_ask_store:%=$(B)/lib%.a)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(call room_inc,mail) $(ALL_LDFLAGS) -o $@ $< \
	    -Wl,--start-group $(ROOMS_ask_store:%=$(B)/lib%.a) -Wl,--end-group \
	    $(call pkg_libs,$(PKGS_mail))

# For t/e2e/edit.t.
ROOMS_editmail = worker $(USES_worker)
$(B)/t/editmail: t/lib/editmail.c $(ROOMS_editmail:%=$(B)/lib%.a)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(call room_inc,worker) $(ALL_LDFLAGS) -o $@ $< \
	    -Wl,--start-group $(ROOMS_editmail:%=$(B)/lib%.a) -Wl,--end-group \
	    $(call pkg_libs,$(sort $(foreach r,$(ROOMS_editmail),$(PKGS_$(r)))))

# For t/e2e/clock.t.
$(B)/t/shift.so: t/lib/shift.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE $(WARN) -fPIC -shared -O1 -o $@ $<

# For t/e2e/structure.t.
$(B)/t/mimeshow: t/lib/mimeshow.c $(B)/libmime.a $(B)/libimap.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(call room_inc,mime) $(ALL_LDFLAGS) -o $@ $^

# For t/e2e/scanners.t.
$(B)/t/ask_scanner: t/lib/ask_scanner.c $(B)/libscan.a $(B)/libnet.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(call room_inc,scan) $(ALL_LDFLAGS) -o $@ $< \
	    -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(call pkg_libs,$(PKGS_scan))

# For t/e2e/html.t.
$(B)/t/htmlfilter: t/lib/htmlfilter.c $(patsubst %,$(B)/lib%.a,worker mime imap base)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(call room_inc,worker) $(ALL_LDFLAGS) -o $@ $^ $(call pkg_libs,gumbo)

# DEMO=once ends after what is shown; its status says whether that was right.
DEMO =
demo demo-scan:
	t/lib/need
	$(MAKE) --no-print-directory all
	@B=$(abspath $(B)) exec t/lib/here t/$@ $(DEMO)
.PHONY: demo-scan

.SECONDARY:

# make bench-jail: what sealing costs a session.
$(B)/bench_jail: t/bench/bench_jail.c $(B)/libjail.a $(B)/libbase.a
	$(CC) $(ALL_CFLAGS) $(call room_inc,jail) $(ALL_LDFLAGS) -o $@ $^
bench-jail: $(B)/bench_jail
	$(B)/bench_jail
.PHONY: bench-jail

# make bench-board: what the scoreboard costs a session.
$(B)/bench_board: t/bench/bench_board.c $(B)/libstat.a $(B)/libbase.a
	$(CC) $(ALL_CFLAGS) $(call room_inc,stat) $(ALL_LDFLAGS:-pie=-static-pie) -o $@ $^
bench-board: $(B)/bench_board
	$(B)/bench_board
.PHONY: bench-board

# make bench-acl: what choosing ACLs costs a session.
ROOMS_bench_acl = compile acl imap net conf base
$(B)/bench_acl: t/bench/bench_acl.c $(ROOMS_bench_acl:%=$(B)/lib%.a)
	$(CC) $(ALL_CFLAGS) $(call inc_of,$(ROOMS_bench_acl)) $(ALL_LDFLAGS) -o $@ $< \
	    -Wl,--start-group $(ROOMS_bench_acl:%=$(B)/lib%.a) -Wl,--end-group \
	    $(call pkg_libs,$(PKGS_test-imap4))
bench-acl: $(B)/bench_acl
	$(B)/bench_acl
.PHONY: bench-acl

# make bench-doctype: what identifying documents costs a mail worker.
$(B)/bench_doctype: t/bench/bench_doctype.c $(B)/libscan.a $(B)/libbase.a
	$(CC) $(ALL_CFLAGS) $(call room_inc,scan) $(ALL_LDFLAGS) -o $@ $^ $(call pkg_libs,libmagic)
bench-doctype: $(B)/bench_doctype
	$(B)/bench_doctype
.PHONY: bench-doctype
# make bench-mime: how fast mails are taken apart.
$(B)/bench_mime: t/bench/bench_mime.c $(B)/libmime.a $(B)/libimap.a $(B)/libbase.a
	$(CC) $(ALL_CFLAGS) $(call room_inc,mime) $(ALL_LDFLAGS) -o $@ $^
bench-mime: $(B)/bench_mime
	$(B)/bench_mime
.PHONY: bench-mime

# make bench-mail: what taking mails apart costs a worker.
$(B)/bench_mail: t/bench/bench_mail.c $(patsubst %,$(B)/lib%.a,worker $(USES_worker))
	$(CC) $(ALL_CFLAGS) -It/bench $(call room_inc,worker) $(ALL_LDFLAGS) -o $@ $< \
	    -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
	    $(call pkg_libs,$(sort $(foreach r,worker $(USES_worker),$(PKGS_$(r)))))
bench-mail: $(B)/bench_mail
	$(B)/bench_mail
.PHONY: bench-mail
# make bench-html: what filtering documents costs a mail worker.
$(B)/bench_html: t/bench/bench_html.c $(patsubst %,$(B)/lib%.a,worker mime imap base)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(call room_inc,worker) $(ALL_LDFLAGS) -o $@ $^ $(call pkg_libs,gumbo)
bench-html: $(B)/bench_html
	$(B)/bench_html
.PHONY: bench-html

include t/transcript/Makefile.mk
include t/fuzz/Makefile.mk
