# imap4-proxy.  make all | check | check-unit | check-slow | asan | fuzz |
# bench | lint | demo | tags | install | clean; README.md says what each does.
#
# A room is a folder of src/.  USES_room names the rooms it may include:
# nothing else is on its include path, so an upward include does not compile.

SHELL    = /bin/sh
PREFIX   = /usr/local
SYSCONFDIR = /etc
LOCALSTATEDIR = /var
DESTDIR  =
VERSION  = 1.0

BUILD    = build
VARIANT  = opt
B        = $(BUILD)/$(VARIANT)

SBINDIR    = $(PREFIX)/sbin
LIBDIR     = $(PREFIX)/lib
LIBEXECDIR = $(PREFIX)/libexec/imap4-proxy
MANDIR     = $(PREFIX)/share/man
UNITDIR    = $(PREFIX)/lib/systemd/system
GENERATORDIR = $(PREFIX)/lib/systemd/system-generators
CONFDIR    = $(SYSCONFDIR)/imap4-proxy
MODULEDIR  = $(LIBDIR)/imap4-proxy
CACHEDIR   = $(LOCALSTATEDIR)/lib/imap4-proxy
SPOOLDIR   = $(LOCALSTATEDIR)/spool/imap4-proxy
RUNDIR     = /run/imap4-proxy

CC       = gcc
AR       = gcc-ar
CFLAGS   = -O2 -g
LDFLAGS  =

# In the build folder programs find their modules and each other beside them,
# and keep what is shared while they run.
RUN_MODULEDIR = $(abspath $(B))
RUN_SBINDIR   = $(abspath $(B))
RUN_LIBEXECDIR = $(abspath $(B))
RUN_RUNDIR    = $(abspath $(B))/run

WARN     = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
           -Wvla -Wformat=2 -Wpointer-arith -Wwrite-strings -Wundef \
           -Wimplicit-fallthrough -Wno-missing-field-initializers
HARD     = -fstack-protector-strong -fstack-clash-protection \
           -fcf-protection -D_FORTIFY_SOURCE=2
ALL_CFLAGS  = -std=gnu17 -D_GNU_SOURCE -fPIC -fno-plt $(WARN) $(HARD_$(VARIANT)) \
              $(CFLAGS_$(VARIANT)) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,now -Wl,-z,relro -Wl,--as-needed \
              -Wl,--hash-style=gnu -Wl,-O1 $(LDFLAGS_$(VARIANT)) $(LDFLAGS)
HARD_opt    = $(HARD)
HARD_asan   = -fno-omit-frame-pointer
CFLAGS_asan = -fsanitize=address,undefined -fno-sanitize-recover=all -O1
LDFLAGS_asan = -fsanitize=address,undefined
HARD_fuzz   = -fno-omit-frame-pointer
CFLAGS_fuzz = -fsanitize=address,undefined,fuzzer-no-link \
              -fno-sanitize-recover=all -O1
LDFLAGS_fuzz = -fsanitize=address,undefined

# ---- rooms, lower ones first --------------------------------------------

ROOMS = base wait net imap mime scan conf mail jail worker stat nat helper acl compile sess

USES_base    =
USES_net     = base
USES_wait    = base
USES_imap    = base
USES_mime    = imap base
USES_scan    = net base
USES_conf    = base
USES_mail    = imap conf base
USES_jail    = base
USES_worker  = mail scan mime net imap jail conf base
USES_stat    = base
USES_nat     = conf base
USES_helper  = nat mail stat jail imap conf base
USES_acl     = imap conf base
USES_compile = acl imap net conf base
USES_sess    = mail stat jail acl net imap conf base

PKGS_net     = libssl libcrypto libcares
PKGS_scan    = libmagic libarchive json-c
PKGS_mail    = lmdb libcrypto
PKGS_worker  = gumbo nettle
PKGS_nat     = libnftables
PKGS_acl     = libpcre2-8
PKGS_compile = libconfuse libssl libcrypto

# ---- programs, each with its rooms and what it links -----------------------

# imap4-proxy is linked statically: that halves what starting a session costs.
# Sessions that need a module are carried on by imap4-session, the same
# program linked dynamically; it lies with the modules.
PROGRAMS = imap4-proxy test-imap4 imap4-stat imap4-helper
LIBEXECS = imap4-mail
SESSION  = imap4-session
MODULES  = tls resolve regex store

ROOMS_imap4-session = wait sess mail stat jail acl net imap conf base
MAIN_imap4-session  = main_proxy main_wait modules_none
PKGS_imap4-session  =

ROOMS_imap4-helper = helper nat mail stat jail imap conf base
MAIN_imap4-helper  = main_helper modules_none
PKGS_imap4-helper  = libnftables libsystemd

ROOMS_imap4-mail = worker mail scan mime net imap jail conf base
MAIN_imap4-mail  = main_mail modules_none
PKGS_imap4-mail  = libmagic libarchive json-c gumbo nettle

# sess for known alone; scan.h is that of the room scan
ROOMS_test-imap4 = acl worker mail scan mime net imap jail conf compile sess stat base
MAIN_test-imap4  = main_test main_testmail main_testscan modules_all
PKGS_test-imap4  = libconfuse libssl libcrypto libcares libpcre2-8 lmdb $(PKGS_imap4-mail)

ROOMS_imap4-stat = stat conf base
MAIN_imap4-stat  = main_stat modules_none
PKGS_imap4-stat  =

OBJS_tls     = net/tls net/tls_ctx net/tls_key net/tls_peer net/tls_warm
PKGS_tls     = libssl libcrypto
OBJS_resolve = net/resolve
PKGS_resolve = libcares
OBJS_regex   = acl/regex
PKGS_regex   = libpcre2-8
OBJS_store   = mail/store mail/digest
PKGS_store   = lmdb libcrypto

# ---- how ----------------------------------------------------------------------

room_srcs = $(wildcard src/$(1)/*.c)
room_objs = $(patsubst src/%.c,$(B)/src/%.o,$(call room_srcs,$(1)))
# The room, what it uses, and headers made for it by generators; for "x.h"
# only, so that ours never stand in for the system's (err.h, limits.h).
inc_of    = $(foreach r,$(1),-iquote src/$(r) -iquote $(B)/gen/$(r)) -iquote $(B)/gen
room_inc  = $(call inc_of,$(1) $(USES_$(1)))
pkg_cflags = $(if $(strip $(1)),$(call pkg_config,--cflags $(1)))
pkg_libs   = $(if $(strip $(1)),$(call pkg_config,--libs $(1)))
# "make check" and the demos first install what is missing, then run make
# again: until then there is nothing to ask.
pkg_config = $(if $(ONLY_NEED),,$(shell pkg-config $(1)))
ONLY_NEED  = $(if $(MAKECMDGOALS),$(if $(filter-out check demo demo-scan,$(MAKECMDGOALS)),,yes))

all: $(PROGRAMS:%=$(B)/%) $(LIBEXECS:%=$(B)/%) $(B)/$(SESSION) $(MODULES:%=$(B)/%.so)

$(B)/gen/build.h: $(wildcard src/*.c src/*/*.[ch]) Makefile
	@mkdir -p $(@D)
	@id=$$(cat $(sort $(wildcard src/*.c src/*/*.[ch])) | sha256sum | cut -c1-16); \
	printf '#ifndef BUILD_H\n#define BUILD_H\n\n/* Made by the Makefile: names this build of every source. */\n#define BUILD_ID "%s"\n#define BUILD_ID_SIZE 17\n#define BUILD_VERSION "$(VERSION)"\n\n#endif\n' $$id > $@.tmp; \
	cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@; touch $@

# Headers made by generators below; a room's objects wait for them.
GEN_jail = $(B)/gen/jail/jail_bpf.h
GEN_sess = $(B)/gen/sess/lang_table.h

define room_rules
$(B)/src/$(1)/%.o: src/$(1)/%.c | $(B)/gen/build.h $$(GEN_$(1))
	@mkdir -p $$(@D)
	$(CC) $(ALL_CFLAGS) $(call room_inc,$(1)) $(call pkg_cflags,$(PKGS_$(1))) $$(DEFS_$(1)) -MMD -MP -c -o $$@ $$<
$(B)/lib$(1).a: $(call room_objs,$(1)) $$(GENOBJS_$(1))
	@rm -f $$@
	$(AR) rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

DEFS_base = -DMODULE_DIR='"$(RUN_MODULEDIR)"'
DEFS_conf = -DRUN_DIR='"$(RUN_RUNDIR)"'
DEFS_main = -DMODULE_DIR='"$(RUN_MODULEDIR)"' -DSBIN_DIR='"$(RUN_SBINDIR)"' -DLIBEXEC_DIR='"$(RUN_LIBEXECDIR)"' -DCACHE_DIR='"$(CACHEDIR)"'

# gen/jail/jail_bpf.h: seccomp programs, made at build time by libseccomp.
$(B)/jail_gen: src/jail/gen/jail_gen.c src/jail/jail.h
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE $(WARN) -O1 -iquote src/jail -o $@ $< $(call pkg_libs,libseccomp)
$(B)/gen/jail/jail_bpf.h: $(B)/jail_gen
	@mkdir -p $(@D)
	$(B)/jail_gen > $@.tmp && mv $@.tmp $@

# gen/sess/lang_table.h: what the proxy says, translated at build time.
$(B)/lang_gen: src/sess/gen/lang_gen.c src/sess/lang.h src/conf/conf.h | $(B)/gen/build.h
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE $(WARN) -O1 $(call room_inc,sess) -o $@ $<
$(B)/cs.mo: src/sess/po/cs.po
	@mkdir -p $(@D)
	msgfmt -c -o $@ $<
$(B)/gen/sess/lang_table.h: $(B)/lang_gen $(B)/cs.mo
	@mkdir -p $(@D)
	$(B)/lang_gen $(B)/cs.mo > $@.tmp && mv $@.tmp $@

# A main program includes what its rooms include.
define program_rules
$(foreach m,$(MAIN_$(1)),$(call main_once,$(m),$(1)))
$(B)/$(1): $(MAIN_$(1):%=$(B)/src/%.o) $(ROOMS_$(1):%=$(B)/lib%.a) src/exports.list
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,--dynamic-list=src/exports.list -o $$@ \
	    $(MAIN_$(1):%=$(B)/src/%.o) -Wl,--start-group \
	    $(patsubst %,$(B)/lib%.a,$(filter-out base,$(ROOMS_$(1)))) \
	    -Wl,--whole-archive $(B)/libbase.a -Wl,--no-whole-archive -Wl,--end-group \
	    $(call pkg_libs,$(PKGS_$(1)))
endef
define main_rule
$(B)/src/$(1).o: src/$(1).c | $(B)/gen/build.h
	@mkdir -p $$(@D)
	$(CC) $(ALL_CFLAGS) $(call inc_of,$(ROOMS_$(2))) $(call pkg_cflags,$(PKGS_$(2))) $(DEFS_main) -MMD -MP -c -o $$@ $$<
endef
# Two programs may share a main: the first one's rooms are its.
main_once = $(if $(RULE_$(1)),,$(eval RULE_$(1) = made)$(eval $(call main_rule,$(1),$(2))))
$(foreach p,$(SESSION) $(filter-out imap4-proxy,$(PROGRAMS)) $(LIBEXECS),$(eval $(call program_rules,$(p))))
$(eval $(call main_rule,modules_static,imap4-session))

ifneq ($(filter asan fuzz,$(VARIANT)),)
# Sanitizers cannot be linked statically.
$(B)/imap4-proxy: $(B)/$(SESSION)
	cp $< $@
else
$(B)/imap4-proxy: $(B)/src/main_proxy.o $(B)/src/main_wait.o $(B)/src/modules_static.o $(ROOMS_imap4-session:%=$(B)/lib%.a)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS:-pie=-static-pie) -o $@ $(filter %.o,$^) \
	    -Wl,--start-group $(filter %.a,$^) -Wl,--end-group
endif

# Modules leave base's symbols to the program that loads them.
define module_rules
$(B)/$(1).so: $(OBJS_$(1):%=$(B)/src/%.o)
	$(CC) $(ALL_CFLAGS) -shared -Wl,-z,now -Wl,-z,relro -Wl,--as-needed $(LDFLAGS_$(VARIANT)) $(LDFLAGS) -o $$@ $$^ $(call pkg_libs,$(PKGS_$(1)))
endef
$(foreach m,$(MODULES),$(eval $(call module_rules,$(m))))

# ---- install: enables nothing, keeps a configuration that is there -------------

# Programs know where their modules and each other are, so what is installed
# is built for its final place, in a folder of its own.
INSTALLED = $(BUILD)/installed/$(shell echo '$(MODULEDIR) $(SBINDIR) $(LIBEXECDIR) $(CACHEDIR) $(RUNDIR)' | cksum | cut -d' ' -f1)
D = $(DESTDIR)
DOCDIR = $(PREFIX)/share/doc/imap4-proxy
PLACED = sed -e 's,/usr/local/sbin,$(SBINDIR),g' -e 's,/usr/local/share/doc/imap4-proxy,$(DOCDIR),g' -e 's,/etc/imap4-proxy,$(CONFDIR),g' \
         -e 's,/var/lib/imap4-proxy,$(CACHEDIR),g' -e 's,/var/spool/imap4-proxy,$(SPOOLDIR),g' -e 's,/run/imap4-proxy,$(RUNDIR),g'
UNITS  = imap4-proxy.socket imap4-proxy@.service imap4-proxy.slice \
         imap4-proxy-wait.socket imap4-proxy-wait.service \
         imap4-proxy-cache.service imap4-proxy-cache.path \
         imap4-proxy-names.service imap4-proxy-names.timer \
         imap4-helper.service imap4-proxy-hold.service imap4-proxy-users.socket \
         imap4-proxy-stats.socket

install:
	$(MAKE) B=$(INSTALLED) RUN_MODULEDIR=$(MODULEDIR) RUN_SBINDIR=$(SBINDIR) RUN_LIBEXECDIR=$(LIBEXECDIR) RUN_RUNDIR=$(RUNDIR) all
	install -d $D$(SBINDIR) $D$(MODULEDIR) $D$(UNITDIR) $D$(GENERATORDIR) $D$(CONFDIR) $D$(CACHEDIR) \
	install -d $D$(SBINDIR) $D$(LIBEXECDIR) $D$(MODULEDIR) $D$(UNITDIR) $D$(GENERATORDIR) $D$(CONFDIR) $D$(CACHEDIR) \
	    $D$(PREFIX)/lib/sysusers.d $D$(PREFIX)/lib/tmpfiles.d $D$(DOCDIR)/samples
	for m in $(MODULES); do install -m 644 $(INSTALLED)/$$m.so $D$(MODULEDIR) || exit 1; done
	install -m 755 $(INSTALLED)/$(SESSION) $D$(MODULEDIR)
	for p in $(PROGRAMS); do install -m 755 $(INSTALLED)/$$p $D$(SBINDIR) || exit 1; done
	for p in $(LIBEXECS); do install -m 755 $(INSTALLED)/$$p $D$(LIBEXECDIR) || exit 1; done
	for m in $(wildcard man/*.[5678]); do d=$D$(MANDIR)/man$${m##*.}; \
	    install -d $$d && install -m 644 $$m $$d || exit 1; done
	for u in $(UNITS); do $(PLACED) units/$$u > $D$(UNITDIR)/$$u || exit 1; done
	$(PLACED) units/imap4-proxy-generator > $D$(GENERATORDIR)/imap4-proxy-generator
	chmod 755 $D$(GENERATORDIR)/imap4-proxy-generator
	$(PLACED) units/imap4-proxy.sysusers > $D$(PREFIX)/lib/sysusers.d/imap4-proxy.conf
	$(PLACED) units/imap4-proxy.tmpfiles > $D$(PREFIX)/lib/tmpfiles.d/imap4-proxy.conf
	for c in $(wildcard conf/*.sample); do $(PLACED) $$c > $D$(DOCDIR)/$${c##*/} || exit 1; done
	install -m 644 units/client-address.conf $D$(DOCDIR)
	for c in $(wildcard conf/samples/*); do install -m 644 $$c $D$(DOCDIR)/samples || exit 1; done
	for c in $(wildcard conf/notices/*/*); do n=$${c#conf/}; \
	    install -D -m 644 $$c $D$(DOCDIR)/$$n && \
	    { [ -e $D$(CONFDIR)/$$n ] || install -D -m 644 $$c $D$(CONFDIR)/$$n; } || exit 1; done
	[ -e $D$(CONFDIR)/imap4-proxy.cfg ] || \
	    { $(PLACED) conf/imap4-proxy.cfg > $D$(CONFDIR)/imap4-proxy.cfg && \
	    chmod 640 $D$(CONFDIR)/imap4-proxy.cfg; }
	@# The cache names the build it is for: made anew with the programs.
	[ -n "$D" ] || $(SBINDIR)/test-imap4 -f $(CONFDIR)/imap4-proxy.cfg -c

# ---- tests: t/Makefile.mk has the rest ------------------------------------------

include t/Makefile.mk

asan:
	$(MAKE) VARIANT=asan check-unit check-transcript

lint:
	cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --suppress=missingIncludeSystem $(foreach r,$(ROOMS),-Isrc/$(r)) src
	mandoc -Tlint -W warning man/*.[5678]

tags:
	ctags -R src t

clean:
	rm -rf $(BUILD)

-include $(wildcard $(B)/src/*.d $(B)/src/*/*.d $(B)/t/*/*.d $(B)/t/*/*/*.d)

.PHONY: all asan lint tags clean check check-unit fuzz bench demo install
.DELETE_ON_ERROR:
