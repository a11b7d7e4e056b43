# Builds, installs and formats the program.  Its tests, benches and servers are in
# tests/tests.mk.  Objects mirror the tree in $(BUILD).
#
# CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS belong to the user; the flags without which
# the program does not compile are in the variables below and are never overridden.
# A line that begins with "##" describes a target; "make help" prints it.

all:
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

PROGRAM := reportbridge
# From the tag and the commits since; in a release, from the file VERSION.
VERSION := $(patsubst v%,%,$(shell git describe --tags --match 'v[0-9]*' --dirty 2>/dev/null || cat VERSION))

INSTALL    ?= install
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O2 -g
prefix     ?= /usr/local
bindir     ?= $(prefix)/bin
mandir     ?= $(prefix)/share/man
# The program looks for its modules here, seen from its own directory.
moduledir  := $(abspath $(bindir)/../lib/$(PROGRAM))
unitdir    ?= $(prefix)/lib/systemd/system
completiondir ?= $(prefix)/share/bash-completion/completions

# librdkafka is optional: KAFKA=1 requires it, KAFKA=0 disables it.
KAFKA ?= $(shell $(PKG_CONFIG) --exists rdkafka && echo 1 || echo 0)

# --- what the code needs ------------------------------------------------------

LIBRARIES      := yajl nettle libidn2 libpsl json-c libxml-2.0 libzip libcurl zlib gmime-3.0 gnutls \
	libcares libgsasl libmicrohttpd libseccomp
LIBRARIES      += libdeflate opendkim libmaxminddb
ifeq ($(KAFKA),1)
LIBRARIES      += rdkafka
endif

# Not from pkg-config: libetpan's .pc file has a -specs= option that makes the
# whole program non-PIE, and libunbound's requires libevent, which only its event
# interface needs.
HAND_LIBS := -letpan -lunbound

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wvla -Wformat=2 -Wpointer-arith -Wwrite-strings -Wundef \
	-Wimplicit-fallthrough
ifdef WERROR
WARNINGS += -Werror
endif

BUILD := build
HARDEN := -fPIE -fno-common -fstack-protector-strong -fstack-clash-protection
LINK_FLAGS := -pie -Wl,-z,relro,-z,now
ifdef SANITIZE
comma := ,
BUILD := build/sanitize-$(subst $(comma),-,$(SANITIZE))
HARDEN += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK_FLAGS += -fsanitize=$(SANITIZE)
else
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
# Code on the small stacks of fibers must not have large frames.  Sanitizers and
# fuzzers, which set their own HARDEN, need several times as much.
ifeq ($(SANITIZE)$(origin HARDEN),file)
FRAMES := -Wframe-larger-than=16384
endif

# Goals that compile nothing, or call make again, do not need the libraries.
no_build_goals := clean help format format-check dependencies demo \
	check check-long check-layers check-wrappers check-banned deb image check-packages check-fresh check-arm64
ifneq ($(filter-out $(no_build_goals),$(or $(MAKECMDGOALS),all)),)
missing := $(foreach l,$(LIBRARIES) libetpan,$(if $(shell $(PKG_CONFIG) --exists $l && echo y),,$l)) \
	$(if $(shell $(PKG_CONFIG) --modversion libunbound),,libunbound)
ifneq ($(strip $(missing)),)
$(error pkg-config cannot find: $(strip $(missing)). "make dependencies" installs them on Debian and Ubuntu)
endif
# -isystem keeps our warnings out of the libraries' headers.
LIB_CFLAGS := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(LIBRARIES)))
# On Debian -lcurl is the flavour of the -dev package, which libetpan-dev requires to
# be GnuTLS.  Link the OpenSSL flavour of package libcurl4 instead; it has the same
# version and interface.
LIB_LIBS   := $(HAND_LIBS) $(patsubst -lcurl,-l:libcurl.so.4,$(shell $(PKG_CONFIG) --libs $(LIBRARIES)))
endif

ALL_CPPFLAGS = -I. -D_GNU_SOURCE -DKAFKA=$(KAFKA) $(LIB_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS   = -std=c11 $(WARNINGS) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS  = $(LINK_FLAGS) $(LDFLAGS)

# --- sources ------------------------------------------------------------------
# Every .c file of a room is part of the program or of a module.

rooms := $(filter-out tests/% build/%,$(patsubst %/,%,$(sort $(dir $(wildcard */*.c */*/*.c)))))
main_src := bridge/main.c bridge/modules.c
without := $(main_src) $(if $(filter 1,$(KAFKA)),output/kafka_none.c mailbox/kafka_mailbox_none.c, \
	output/kafka_sink.c mailbox/kafka_mailbox.c)
lib_src := $(filter-out $(without),$(foreach room,$(rooms),$(wildcard $(room)/*.c)))

# The files of each module: those that call its library, which only some commands need.
modules := http imap listener dkim dns $(if $(filter 1,$(KAFKA)),kafka)
http_src := output/http.c output/http_login.c domain/policy_fetch.c bridge/tell/delivery.c
imap_src := $(filter-out mailbox/imap_name.c,$(wildcard mailbox/imap*.c)) mailbox/transport.c mailbox/tls.c mailbox/sasl.c
listener_src := bridge/watch/listener.c
dkim_src := ingest/trust/signature.c
dns_src := domain/dns.c
kafka_src := output/kafka_sink.c mailbox/kafka_mailbox.c
module_src := $(foreach module,$(modules),$($(module)_src))

headers := $(filter-out %_table.h,$(wildcard $(addsuffix /*.h,$(rooms))))
obj      = $(patsubst %.c,$(BUILD)/%.o,$(1))

# --- rules --------------------------------------------------------------------

## all: Build the program, build/reportbridge. This is what "make" alone does.
.PHONY: all
all: $(BUILD)/$(PROGRAM)

# In the build tree as installed: bin/reportbridge and lib/reportbridge/*.so.
$(BUILD)/$(PROGRAM): $(BUILD)/bin/$(PROGRAM)
	@ln -sf bin/$(PROGRAM) $@

# Rebuild everything when the compiler or a flag changes.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(FRAMES) $(ALL_LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(FRAMES) $(ALL_LDFLAGS)' >$@
.PHONY: FORCE
FORCE:

ifndef V
quiet = @printf '  %-5s %s\n' $(1) $@;
endif

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

fiber_rooms := base mailbox output enrich bridge/config bridge/process bridge/run bridge/wiring \
	$(filter ingest ingest/%,$(rooms))
$(call obj,$(foreach room,$(fiber_rooms),$(wildcard $(room)/*.c))): private ALL_CFLAGS += $(FRAMES)

# Only this file knows the version, so a new commit recompiles one file.
$(BUILD)/base/version.o: private ALL_CPPFLAGS += -DVERSION='"$(VERSION)"'

# Dashboards, alert rules, the known sending services and the style of the page
# become C strings: #include "PATH.inc".
$(BUILD)/%.inc: %
	@mkdir -p $(@D)
	$(call quiet,TEXT)sed 's/["\\]/\\&/g; s/.*/"&\\n"/' $< >$@
$(BUILD)/bridge/setup/dashboards.o: $(patsubst %,$(BUILD)/%.inc,$(wildcard kibana/rendered/*.ndjson))
$(BUILD)/enrich/service_file.o: $(BUILD)/enrich/senders.conf.inc
$(BUILD)/bridge/report/page.o $(BUILD)/bridge/report/domain_page.o: $(BUILD)/bridge/report/page.css.inc
$(addprefix $(BUILD)/,bridge/setup/dashboards.o enrich/service_file.o bridge/report/page.o bridge/report/domain_page.o): \
	private ALL_CPPFLAGS += -I$(BUILD)

$(BUILD)/libbridge.a: $(call obj,$(lib_src))
	$(call quiet,AR)rm -f $@ && $(AR) rcs $@ $^

# Reading mail needs neither mailbox/ nor output/.
$(BUILD)/libingest.a: $(call obj,$(filter base/% ingest/%,$(lib_src)))
	$(call quiet,AR)rm -f $@ && $(AR) rcs $@ $^

# A module takes from the program what it does not define, and is linked to the libraries
# that it calls.
module_files := $(modules:%=$(BUILD)/lib/$(PROGRAM)/%.so)
$(call obj,$(module_src) base/version.c): private ALL_CFLAGS += -fPIC
$(foreach module,$(modules),$(eval $(BUILD)/lib/$(PROGRAM)/$(module).so: $(call obj,$($(module)_src) base/version.c)))
$(module_files):
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CC) $(filter-out -pie,$(ALL_LDFLAGS)) -shared -Wl,-Bsymbolic,--as-needed -o $@ $^ $(LIB_LIBS) $(LDLIBS)

# What modules take from the program; names of libraries in it have no effect.
$(BUILD)/exported: $(module_files)
	@$(shell $(CC) -print-prog-name=nm) -D --undefined-only $^ >$@.names
	@{ echo '{'; sed -n 's/^ *U \([^@]*\)$$/\1;/p' $@.names | sort -u; echo '};'; } >$@

$(BUILD)/bin/$(PROGRAM): $(call obj,$(main_src) $(filter-out $(module_src),$(lib_src))) $(BUILD)/exported
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CC) $(ALL_LDFLAGS) -Wl,--as-needed,--dynamic-list=$(BUILD)/exported -o $@ $(filter %.o,$^) $(LIB_LIBS) $(LDLIBS)

.SECONDARY:
-include $(patsubst %.o,%.d,$(call obj,$(lib_src) $(main_src)))

# --- references, made from the tables in the code -----------------------------

references := fields quirks reasons findings metrics log
.PHONY: references $(references)
## references: Write fields.md, quirks.md, reasons.md, findings.md, metrics.md and log.md in docs/.
references: $(references)
$(references): %: $(BUILD)/$(PROGRAM)
	$< help $* >docs/$*.md

# --- for the tree and the system ----------------------------------------------

c_files = $(wildcard $(addsuffix /*.c,$(rooms)) tests/*/*.c tests/*/*.h) $(headers)
.PHONY: dependencies format format-check clean help
## dependencies: Install the packages of Debian or Ubuntu for building and testing; needs root.
dependencies:
	@tests/servers/install-dependencies test
## format: Format all C files with clang-format.
format:
	@clang-format -i $(c_files)
## format-check: Fail if a C file is not as clang-format 14, that of Debian 12, formats it.
# Every version formats a little differently, so no other version is a judge.
format-check:
	@if clang-format --version | grep -q 'version 14\.'; then clang-format --dry-run --Werror $(c_files); \
	else echo "format-check skipped: clang-format is not version 14"; fi

# Installed as reportbridge-NAME.
scripts := import-config ip-data
manual_pages := $(notdir $(wildcard man/*.[1-8]))
.PHONY: install uninstall
## install: Install the program, its modules, manual pages, completion and units below $(DESTDIR)$(prefix).
install: all
	$(INSTALL) -D -m 755 $(BUILD)/$(PROGRAM) $(DESTDIR)$(bindir)/$(PROGRAM)
	$(INSTALL) -d $(DESTDIR)$(moduledir)
	$(INSTALL) -m 644 $(module_files) $(DESTDIR)$(moduledir)
	for page in $(manual_pages); do \
		$(INSTALL) -D -m 644 man/$$page $(DESTDIR)$(mandir)/man$${page##*.}/$$page || exit 1; \
	done
	$(INSTALL) -d $(DESTDIR)$(completiondir) $(DESTDIR)$(unitdir)
	packaging/completion $(BUILD)/$(PROGRAM) >$(DESTDIR)$(completiondir)/$(PROGRAM)
	for unit in $(notdir $(wildcard contrib/*.service contrib/*.timer)); do \
		sed 's|/usr/local/bin|$(bindir)|' contrib/$$unit >$(DESTDIR)$(unitdir)/$$unit; \
	done
	for script in $(scripts); do $(INSTALL) -m 755 contrib/$$script $(DESTDIR)$(bindir)/$(PROGRAM)-$$script; done
## uninstall: Remove what "make install" installed.
uninstall:
	$(RM) -r $(DESTDIR)$(moduledir)
	$(RM) $(DESTDIR)$(bindir)/$(PROGRAM) $(scripts:%=$(DESTDIR)$(bindir)/$(PROGRAM)-%) \
		$(foreach page,$(manual_pages),$(DESTDIR)$(mandir)/man$(lastword $(subst ., ,$(page)))/$(page)) \
		$(DESTDIR)$(completiondir)/$(PROGRAM) \
		$(addprefix $(DESTDIR)$(unitdir)/,$(notdir $(wildcard contrib/*.service contrib/*.timer)))

## clean: Remove everything that was built.
clean:
	rm -rf build

## help: Print this list.
help:
	@sed -n 's/^## \([^:]*\): /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

# The container image is built without these.
include $(wildcard tests/tests.mk packaging/packaging.mk)
