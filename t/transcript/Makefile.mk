# Two-sided transcripts: make check-transcript, or one folder of them by hand
# (README).
TRANSCRIPT_RUN   = $(B)/t/transcript/run
TRANSCRIPTS      = $(sort $(wildcard t/transcript/*.t))
TRANSCRIPT_OBJS  = $(patsubst t/transcript/%.c,$(B)/t/transcript/%.o,$(wildcard t/transcript/*.c))
TRANSCRIPT_ROOMS = compile sess mail stat jail acl net imap conf base

$(B)/t/transcript/%.o: t/transcript/%.c | $(B)/gen/build.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -It/transcript -It/lib $(call inc_of,$(TRANSCRIPT_ROOMS)) -MMD -MP -c -o $@ $<

$(TRANSCRIPT_RUN): $(TRANSCRIPT_OBJS) $(B)/src/modules_all.o $(B)/t/lib/tap.o $(TRANSCRIPT_ROOMS:%=$(B)/lib%.a)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) \
	    -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
	    $(call pkg_libs,$(PKGS_test-imap4))

check-transcript: $(TRANSCRIPT_RUN) $(B)/imap4-mail
	B=$(abspath $(B)) prove -j2 $(TRANSCRIPTS)

CHECK_TESTS += $(TRANSCRIPTS)
check-all: $(TRANSCRIPT_RUN)

-include $(TRANSCRIPT_OBJS:.o=.d)

.PHONY: check-transcript
