# Unit tests: t/unit/ROOM/x.c is one program that links that room and what it
# uses, and emits TAP.  make check-unit T=ROOM runs one room's.

T =
UNIT_SRCS = $(wildcard t/unit/$(if $(T),$(T),*)/*.c)
UNIT_BINS = $(patsubst t/unit/%.c,$(B)/t/unit/%.t,$(UNIT_SRCS))

$(B)/t/lib/%.o: t/lib/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -It/lib -Isrc/base -MMD -MP -c -o $@ $<

define unit_rules
$(B)/t/unit/$(1)/%.t: t/unit/$(1)/%.c $(B)/t/lib/tap.o $(patsubst %,$(B)/lib%.a,$(1) $(USES_$(1)))
	@mkdir -p $$(@D)
	$(CC) $(ALL_CFLAGS) -It/lib $(call room_inc,$(1)) -MMD -MP $(ALL_LDFLAGS) -o $$@ $$< $(B)/t/lib/tap.o \
	    -Wl,--start-group $(patsubst %,$(B)/lib%.a,$(1) $(USES_$(1))) -Wl,--end-group \
	    $(call pkg_libs,$(sort $(foreach r,$(1) $(USES_$(1)),$(PKGS_$(r)))))
endef
$(foreach r,$(ROOMS),$(eval $(call unit_rules,$(r))))

check-unit: $(UNIT_BINS)
	prove -j2 $(UNIT_BINS)

.SECONDARY:
