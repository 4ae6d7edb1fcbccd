# make fuzz: each target for FUZZ_SECONDS, with clang's libFuzzer; FUZZ=reader
# takes one.  What it finds goes to build/fuzz/found; add it to corpus/ with
# the fix.  Every check replays the corpus with the ordinary compiler.
FUZZ         = address clamd codec compile conf edit field filter finding hosts html icap index judge list mailboxes names param part query reader response rspamd spamd talk testexpr unpack users word worker
FUZZ_SECONDS = 20

FUZZ_ROOMS_clamd    = scan net base
FUZZ_ROOMS_address  = mime imap base
FUZZ_ROOMS_codec    = mime imap base
FUZZ_ROOMS_compile  = compile acl imap net conf base
FUZZ_ROOMS_conf     = acl imap conf base
FUZZ_ROOMS_edit     = mime imap base
FUZZ_ROOMS_field    = mime imap base
FUZZ_ROOMS_filter   = worker mail scan mime net imap jail conf base
FUZZ_ROOMS_finding  = mail imap conf base
FUZZ_ROOMS_mailboxes = acl imap conf base
FUZZ_ROOMS_judge    = imap base
FUZZ_ROOMS_hosts    = conf base
FUZZ_ROOMS_icap     = scan net base
FUZZ_ROOMS_html     = worker mime imap base
FUZZ_ROOMS_index    = mail imap conf base
FUZZ_ROOMS_list     = nat conf base
FUZZ_ROOMS_names    = imap base
FUZZ_ROOMS_param    = mime imap base
FUZZ_ROOMS_part     = mime imap base
FUZZ_ROOMS_query    = stat base
FUZZ_ROOMS_reader   = imap base
FUZZ_ROOMS_response = imap base
FUZZ_ROOMS_talk     = mail imap conf base
FUZZ_ROOMS_unpack   = scan net base
FUZZ_ROOMS_rspamd   = scan net base
FUZZ_ROOMS_spamd    = scan net base
FUZZ_ROOMS_users    = conf base
FUZZ_ROOMS_testexpr = acl conf base
FUZZ_ROOMS_word     = mime imap base
FUZZ_ROOMS_worker   = worker mail scan mime net imap jail conf base
fuzz_inc  = $(call inc_of,$(FUZZ_ROOMS_$(1)))
fuzz_link = -Wl,--start-group $(FUZZ_ROOMS_$(1):%=$(B)/lib%.a) -Wl,--end-group \
            $(call pkg_libs,$(strip $(foreach r,$(FUZZ_ROOMS_$(1)),$(PKGS_$(r)))))

define fuzz_rules
$(B)/t/fuzz/fuzz_$(1): t/fuzz/fuzz_$(1).c $(FUZZ_ROOMS_$(1):%=$(B)/lib%.a)
	@mkdir -p $$(@D)
	$(CC) $(ALL_CFLAGS) -It/lib -fsanitize=fuzzer $(call fuzz_inc,$(1)) $(ALL_LDFLAGS) -o $$@ $$< $(call fuzz_link,$(1))
$(B)/t/fuzz/fuzz_$(1).t: t/fuzz/fuzz_$(1).c t/fuzz/replay.c $(B)/t/lib/tap.o $(FUZZ_ROOMS_$(1):%=$(B)/lib%.a)
	@mkdir -p $$(@D)
	$(CC) $(ALL_CFLAGS) -It/lib -DCORPUS='"$(abspath t/fuzz/corpus/$(1))"' $(call fuzz_inc,$(1)) $(ALL_LDFLAGS) -o $$@ $$< t/fuzz/replay.c $(B)/t/lib/tap.o $(call fuzz_link,$(1))
run-fuzz-$(1): $(B)/t/fuzz/fuzz_$(1)
	@mkdir -p $(B)/found $(B)/corpus/$(1)
	$(B)/t/fuzz/fuzz_$(1) -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=1024 \
	    -print_final_stats=1 -verbosity=0 -artifact_prefix=$(B)/found/$(1)- $(B)/corpus/$(1) t/fuzz/corpus/$(1)
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz_rules,$(f))))

# Caches are of their build: compiled anew, to begin from.
fuzz: $(B)/test-imap4
	@mkdir -p $(BUILD)/fuzz/corpus/conf
	for s in conf/samples/*.cfg; do \
	    $(B)/test-imap4 -f $$s -c $(BUILD)/fuzz/corpus/conf/$${s##*/} || exit 1; done
	$(MAKE) VARIANT=fuzz CC=clang AR=ar $(FUZZ:%=run-fuzz-%)

# Random documents for fuzz_html, some in every check, a million in check-slow.
$(B)/t/fuzz/html_gen.t: t/fuzz/html_gen.c t/fuzz/fuzz_html.c $(B)/t/lib/tap.o $(FUZZ_ROOMS_html:%=$(B)/lib%.a)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -It/lib $(call fuzz_inc,html) $(ALL_LDFLAGS) -o $@ t/fuzz/html_gen.c t/fuzz/fuzz_html.c $(B)/t/lib/tap.o $(call fuzz_link,html)

FUZZ_REPLAYS = $(if $(T),,$(FUZZ:%=$(B)/t/fuzz/fuzz_%.t) $(B)/t/fuzz/html_gen.t)
UNIT_BINS   += $(FUZZ_REPLAYS)
check-unit check-all: $(FUZZ_REPLAYS)

.PHONY: $(FUZZ:%=run-fuzz-%)
