# One Makefile for everything; no recursion, objects mirror the tree in $(BUILD).
#
#   make                     the program
#   make demo                install what is missing and run the main job
#   make check               everything: unit, golden, layers, headers, sanitizers,
#                            integration and crash tests, with real servers
#   make check-unit          unit and golden tests alone
#   make check-integration   real Dovecot and search servers
#   make check-imap          the mailbox against Dovecot and scripted servers
#   make check-dashboards    dashboards and alert rules, on real servers
#   make check-parsedmarc    schema = parsedmarc beside parsedmarc itself
#   make check-domain        records of domains, on a signed DNS tree of our own
#   make bench-domain        the same beside checkdmarc
#   make check-docker        the scripts and files of the demo in docker/
#   make check-page          the page in headless Chromium, where there is one
#   make check-stories      what is said of four weeks of reports, in all forms
#   make check-poller        workers, signals, reload, servers that hang, deaths
#   make check-watch         metrics, readiness, status
#   make check-crash         stopped at every step, killed at random
#   make check-corpus        every file of REPORTBRIDGE_CORPUS against a count of its own
#   make check-faults        whatever the search server does: lost 0, doubled 0
#   make pictures            those of the README, of sample mail
#   make bench-faults        the same faults for reportbridge, rsyslog and syslog-ng
#   make bench-output        what posting costs the client, beside the same
#   make check-tenancy       one customer's login against the others' data
#   make bench-enrich        names of 10,000 addresses, beside parsedmarc
#   make bench-tenants       200 tenants: set-up, a run, shards
#   make bench               beside the peer, on the same mailbox and server
#   make bench-drain         100,000 mails of one folder (MAILS=...): time, memory, fetch rate
#   make bench-mailboxes     500 mailboxes on one bridge
#   make soak SECONDS=1800   servers restarted, connections cut, workers killed
#   make SANITIZE=address,undefined check-unit
#   make fuzz FUZZ=dmarc     libFuzzer, clang only; fuzz-afl: AFL++
#   make format              clang-format
#   make install DESTDIR=... prefix=/usr
#
# CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS belong to the user; what the program
# needs to compile at all is in the variables below and is never overridden.

all:
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

PROGRAM := reportbridge
VERSION := $(shell git describe --tags --dirty 2>/dev/null || cat VERSION)

INSTALL    ?= install
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O2 -g
prefix     ?= /usr/local
bindir     ?= $(prefix)/bin
mandir     ?= $(prefix)/share/man
unitdir    ?= $(prefix)/lib/systemd/system

# librdkafka is optional: KAFKA=1 insists on it, KAFKA=0 does without.
KAFKA ?= $(shell $(PKG_CONFIG) --exists rdkafka && echo 1 || echo 0)

# --- what the code needs ----------------------------------------------------

LIBRARIES      := yajl nettle libidn2 libpsl json-c libxml-2.0 libzip libcurl zlib gmime-3.0 gnutls \
	libcares libgsasl libmicrohttpd yaml-0.1 libseccomp
LIBRARIES      += libdeflate opendkim libmaxminddb
ifeq ($(KAFKA),1)
LIBRARIES      += rdkafka
endif
TEST_LIBRARIES := cmocka

# libetpan is linked by hand: its .pc file carries a -specs= option that makes
# the whole program non-PIE.  And libunbound: its .pc file asks for libevent,
# which only its event interface needs.
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
# What runs on the small stacks of fibers has no large frames.  Sanitizers and
# fuzzers, which come with a HARDEN of their own, need several times as much.
ifeq ($(SANITIZE)$(origin HARDEN),file)
FRAMES := -Wframe-larger-than=16384
endif

no_build_goals := clean help format format-check check-layers check-wrappers check-banned \
	dependencies demo check
ifneq ($(filter-out $(no_build_goals),$(or $(MAKECMDGOALS),all)),)
missing := $(foreach l,$(LIBRARIES) libetpan,$(if $(shell $(PKG_CONFIG) --exists $l && echo y),,$l)) \
	$(if $(shell $(PKG_CONFIG) --modversion libunbound),,libunbound)
ifneq ($(strip $(missing)),)
$(error pkg-config cannot find: $(strip $(missing)). "make dependencies" installs them on Debian)
endif
# -isystem: our warnings are for our code, not for theirs.
LIB_CFLAGS := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(LIBRARIES)))
# On Debian -lcurl is the flavour of the -dev package, which libetpan-dev wants to
# be that of GnuTLS; the library itself of the OpenSSL flavour is installed beside
# it (package libcurl4), of the same version and with the same interface.
LIB_LIBS   := $(HAND_LIBS) $(patsubst -lcurl,-l:libcurl.so.4,$(shell $(PKG_CONFIG) --libs $(LIBRARIES)))
endif

ALL_CPPFLAGS = -I. -D_GNU_SOURCE $(LIB_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS   = -std=c11 $(WARNINGS) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS  = $(LINK_FLAGS) $(LDFLAGS)

# --- sources ----------------------------------------------------------------
# Every .c file of a room belongs to the program.
rooms := $(filter-out tests/% build/%,$(patsubst %/,%,$(sort $(dir $(wildcard */*.c */*/*.c)))))
main_src := bridge/main.c
without := $(main_src) output/kafka_$(if $(filter 1,$(KAFKA)),none,sink).c
lib_src := $(filter-out $(without),$(foreach room,$(rooms),$(wildcard $(room)/*.c)))

# Unit tests: cmocka; no network, clock or files of the user.
unit_tests := $(patsubst %.c,%,$(wildcard tests/unit/test_*.c))
ifneq ($(KAFKA),1)
unit_tests := $(filter-out tests/unit/test_kafka_sink,$(unit_tests))
endif

imap_lib_src := $(addprefix tests/lib/,dovecot.c imap_script.c)
# Helpers of the tests, linked into each of them.
test_lib_src := $(filter-out $(imap_lib_src),$(wildcard tests/lib/*.c))

fuzz_targets := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz_seeds = tests/fuzz/corpus/$(1) $(fuzz_seeds_$(1))
fuzz_seeds_bulk_answer := tests/unit/bulk-replies
fuzz_seeds_whole := $(addprefix tests/fuzz/corpus/,dmarc mail tlsrpt unpack)
fuzz_seeds_parsedmarc := $(fuzz_seeds_whole)

# Against real and scripted IMAP servers.
imap_tests := $(patsubst %.c,%,$(wildcard tests/integration/test_imap*.c))

bench_programs := $(addprefix tests/bench/,bulk_sink enrich_rate post_documents)

all_src := $(lib_src) $(main_src) $(test_lib_src) $(unit_tests:=.c) $(fuzz_targets:%=tests/fuzz/fuzz_%.c) \
	$(imap_tests:=.c) $(imap_lib_src) tests/bench/fetch_rate.c \
	$(bench_programs:=.c) tests/bench/xml_floor.c tests/golden/run_golden.c tests/golden/run_pull.c tests/golden/golden.c tests/fuzz/documents.c tests/fuzz/replay.c
headers := $(filter-out %_table.h,$(wildcard $(addsuffix /*.h,$(rooms))))
obj      = $(patsubst %.c,$(BUILD)/%.o,$(1))

# --- rules ------------------------------------------------------------------

.PHONY: all
all: $(BUILD)/$(PROGRAM)

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

# Only main.c knows the version, so a new commit recompiles one file.
$(BUILD)/bridge/main.o: private ALL_CPPFLAGS += -DVERSION='"$(VERSION)"'

# Dashboards and alert rules, as strings of C: a line each.
$(BUILD)/%.ndjson.inc: %.ndjson
	@mkdir -p $(@D)
	$(call quiet,TEXT)sed 's/["\\]/\\&/g; s/.*/"&\\n"/' $< >$@
$(BUILD)/bridge/setup/dashboards.o: $(patsubst %,$(BUILD)/%.inc,$(wildcard kibana/rendered/*.ndjson))
$(BUILD)/bridge/setup/dashboards.o: private ALL_CPPFLAGS += -I$(BUILD)

# The sending services we know, as a string of C.
$(BUILD)/enrich/senders.conf.inc: enrich/senders.conf
	@mkdir -p $(@D)
	$(call quiet,TEXT)sed 's/["\\]/\\&/g; s/.*/"&\\n"/' $< >$@
$(BUILD)/enrich/service_file.o: $(BUILD)/enrich/senders.conf.inc
$(BUILD)/enrich/service_file.o: private ALL_CPPFLAGS += -I$(BUILD)

# The style of the page, as a string of C.
$(BUILD)/bridge/report/page.css.inc: bridge/report/page.css
	@mkdir -p $(@D)
	$(call quiet,CSS)sed 's/["\\]/\\&/g; s/.*/"&\\n"/' $< >$@
$(BUILD)/bridge/report/page.o $(BUILD)/bridge/report/domain_page.o: $(BUILD)/bridge/report/page.css.inc
$(BUILD)/bridge/report/page.o $(BUILD)/bridge/report/domain_page.o: private ALL_CPPFLAGS += -I$(BUILD)

$(BUILD)/libbridge.a: $(call obj,$(lib_src))
	$(call quiet,AR)rm -f $@ && $(AR) rcs $@ $^

# Reading mail needs nothing of what fetches it or stores documents.
ingest_src := $(filter base/% ingest/%,$(lib_src))
$(BUILD)/libingest.a: $(call obj,$(ingest_src))
	$(call quiet,AR)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/$(PROGRAM): $(call obj,$(main_src)) $(BUILD)/libbridge.a
	$(call quiet,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) $(LDLIBS)

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(call obj,$(test_lib_src)) $(BUILD)/libbridge.a
	$(call quiet,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ \
		$(shell $(PKG_CONFIG) --libs $(TEST_LIBRARIES)) $(LIB_LIBS) $(LDLIBS)
$(BUILD)/tests/unit/%.o: private ALL_CPPFLAGS += $(shell $(PKG_CONFIG) --cflags $(TEST_LIBRARIES))

$(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/documents.o \
		$(BUILD)/tests/fuzz/replay.o $(BUILD)/tests/lib/drain.o $(BUILD)/libbridge.a
	$(call quiet,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) $(LDLIBS)

$(imap_tests:%=$(BUILD)/%): %: %.o $(call obj,$(imap_lib_src)) $(BUILD)/libbridge.a
	$(call quiet,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ \
		$(shell $(PKG_CONFIG) --libs $(TEST_LIBRARIES)) $(LIB_LIBS) $(LDLIBS)
$(call obj,$(imap_tests:=.c) $(imap_lib_src)): private ALL_CPPFLAGS += \
	$(shell $(PKG_CONFIG) --cflags $(TEST_LIBRARIES))

# With ingest/ and base/ alone: who reads mail needs no mailbox, no sink and no bridge.
$(BUILD)/tests/golden/run_%: $(BUILD)/tests/golden/run_%.o $(BUILD)/tests/golden/golden.o \
		$(BUILD)/tests/lib/drain.o $(BUILD)/libingest.a
	$(call quiet,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ \
		$(shell $(PKG_CONFIG) --libs $(TEST_LIBRARIES)) $(LIB_LIBS) $(LDLIBS)

.SECONDARY:
-include $(patsubst %.o,%.d,$(call obj,$(all_src)))

# --- checks -----------------------------------------------------------------

.PHONY: check-unit check-headers check-layers check-wrappers check-banned
.PHONY: $(unit_tests:%=run/%)
check-unit: $(unit_tests:%=run/%)
$(unit_tests:%=run/%): run/%: $(BUILD)/%
	@$(RUN) $<

# Whole reports against the documents expected of them; "make accept" rewrites
# what is expected, and the diff is what is reviewed.
# Every seed and every past crash goes through its target in a plain build.
.PHONY: check-fuzz-seeds
check-fuzz-seeds: $(fuzz_targets:%=$(BUILD)/tests/fuzz/replay_%)
	@$(foreach t,$(fuzz_targets),$(RUN) $(BUILD)/tests/fuzz/replay_$(t) $(call fuzz_seeds,$(t)) &&) :

# make fuzz FUZZ=mail FUZZ_ARGS=-max_total_time=300; finds go to build/fuzz.
FUZZ_BUILD := build/fuzz
FUZZ_CHECKS := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_LIMITS := -timeout=10 -malloc_limit_mb=64 -rss_limit_mb=1024
.PHONY: fuzz fuzz-build
fuzz: fuzz-build
	@mkdir -p $(FUZZ_BUILD)/corpus/$(FUZZ)
	$(FUZZ_BUILD)/fuzz_$(FUZZ) -artifact_prefix=$(FUZZ_BUILD)/ $(FUZZ_LIMITS) \
		$(addprefix -dict=,$(wildcard tests/fuzz/dict/$(FUZZ).dict)) $(FUZZ_ARGS) \
		$(FUZZ_BUILD)/corpus/$(FUZZ) $(call fuzz_seeds,$(FUZZ))
fuzz-build:
	$(MAKE) CC=clang BUILD=$(FUZZ_BUILD) \
		HARDEN='$(FUZZ_CHECKS)' \
		$(FUZZ_BUILD)/libbridge.a $(FUZZ_BUILD)/tests/fuzz/documents.o \
		$(FUZZ_BUILD)/tests/lib/drain.o $(FUZZ_BUILD)/tests/fuzz/fuzz_$(FUZZ).o
	$(if $(filter imap,$(FUZZ)),tests/fuzz/build-libetpan $(FUZZ_BUILD)/libetpan clang '$(FUZZ_CHECKS)')
	clang -fsanitize=fuzzer,address,undefined -o $(FUZZ_BUILD)/fuzz_$(FUZZ) \
		$(FUZZ_BUILD)/tests/fuzz/fuzz_$(FUZZ).o $(FUZZ_BUILD)/tests/fuzz/documents.o \
		$(FUZZ_BUILD)/tests/lib/drain.o $(FUZZ_BUILD)/libbridge.a $(if $(filter imap,$(FUZZ)),$(FUZZ_BUILD)/libetpan/libetpan.a) \
		$(LIB_LIBS)

# The same target under AFL++ (package afl++): the replay program reads the
# file that the fuzzer names.
AFL_BUILD := build/afl
.PHONY: fuzz-afl
fuzz-afl:
	$(MAKE) CC=afl-clang-fast BUILD=$(AFL_BUILD) \
		HARDEN='-fsanitize=address,undefined -fno-sanitize-recover=all' \
		LINK_FLAGS='-fsanitize=address,undefined' $(AFL_BUILD)/tests/fuzz/replay_$(FUZZ)
	afl-fuzz -i tests/fuzz/corpus/$(FUZZ) -o $(AFL_BUILD)/finds_$(FUZZ) -m none \
		$(addprefix -x ,$(wildcard tests/fuzz/dict/$(FUZZ).dict)) $(FUZZ_ARGS) \
		-- $(AFL_BUILD)/tests/fuzz/replay_$(FUZZ) @@

.PHONY: check-golden accept
check-golden: $(BUILD)/tests/golden/run_golden $(BUILD)/tests/golden/run_pull
	@$(RUN) $< tests/golden
	@$(RUN) $(BUILD)/tests/golden/run_pull tests/golden
accept: $(BUILD)/tests/golden/run_golden
	$< --accept tests/golden

# Mostly it waits, so that it takes hardly longer with sanitizers.
.PHONY: check-imap
check-imap: $(imap_tests:%=$(BUILD)/%)
	@RUN='$(RUN)' tests/integration/run-imap $(^:%=./%)

# Each header compiles alone.
check-headers: $(headers:%=$(BUILD)/%.ok)
$(BUILD)/%.h.ok: %.h $(BUILD)/flags
	@mkdir -p $(@D)
	@printf '#include "%s"\ntypedef int not_empty;\n' $< | \
		$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fsyntax-only -x c - && touch $@

# The arrows between rooms, held against the includes: tests/layers.
check-layers:
	@python3 tests/check_layers.py

# Each library has its wrapper files; nobody else may include it.
all_c = $(wildcard $(addsuffix /*.[ch],$(rooms)))
only = ! grep -nE '^[[:space:]]*\#[[:space:]]*include <($(1))' $(filter-out $(2),$(all_c)) /dev/null
check-wrappers:
	@$(call only,libetpan/,$(addprefix mailbox/,imap_session.c \
		imap_login.c imap_folder.c imap_fetch.c imap_idle.c imap_settle.c transport.c))
	@$(call only,gnutls/,base/certificate_file.c base/tls_keys.c mailbox/tls.c domain/certificate.c domain/smtp_tls.c)
	@$(call only,unbound,domain/dns.c)
	@$(call only,gsasl,mailbox/sasl.c)
	@$(call only,yaml,bridge/import/tenant_map.c)
	@$(call only,ares,base/name_lookup.c base/dns_queue.c)
	@$(call only,microhttpd,bridge/watch/listener.c)
	@$(call only,curl/,output/http.c output/http_login.c output/http_login.h domain/policy_fetch.c)
	@$(call only,librdkafka,output/kafka_sink.c)
	@$(call only,gmime/|glib,ingest/unwrap/mime.c)
	@$(call only,libxml/,ingest/text/xml_reader.c)
	@$(call only,yajl/,base/json_reader.c)
	@$(call only,json-c/|json_,output/elastic_answer.c)
	@$(call only,zlib,ingest/unwrap/gunzip.c output/gzip_file.c)
	@$(call only,libdeflate,output/gzip.c)
	@$(call only,zip\.h,ingest/unwrap/zip.c)
	@$(call only,nettle/,base/hash.c)
	@$(call only,iconv,ingest/text/charset.c)
	@$(call only,idn2,base/domain_name.c)
	@$(call only,seccomp\.h,bridge/process/confinement.c)
	@$(call only,dkim\.h,ingest/trust/signature.c)
	@$(call only,maxminddb,enrich/mmdb.c)
	@$(call only,libpsl,base/organizational_domain.c)

# Functions nobody here may call: numbers come in by slice_to_uint(), text is
# built in a strbuf, time goes through base/datetime.h.
banned := sprintf vsprintf strcpy strcat strncpy strncat strtok atoi atol atoll sscanf gmtime \
	localtime ctime asctime strtol strtoul system popen
empty :=
space := $(empty) $(empty)
check-banned:
	@! grep -nwE '($(subst $(space),|,$(strip $(banned))))\(' $(all_c) /dev/null

# Every option of the program is in the manual page, and the list of metrics is
# the one that the program prints.  Every test that SECURITY.md names is there.
.PHONY: check-docs
check-docs: $(BUILD)/$(PROGRAM)
	@for key in $$($< help configuration | sed -n 's/^\([a-z][a-z0-9_]*\).*/\1/p'); do \
		grep -qw "$$key" man/reportbridge.conf.5 || \
			{ echo "man/reportbridge.conf.5 lacks $$key"; exit 1; }; \
	done
	@$< help findings | cmp -s - docs/findings.md || \
		{ echo "docs/findings.md is not current: make findings"; exit 1; }
	@$< help metrics | cmp -s - docs/metrics.md || \
		{ echo "docs/metrics.md is not current: make metrics"; exit 1; }
	@python3 tests/check_security.py

# The references of findings and metrics, from the tables in the code.
.PHONY: findings metrics
findings: $(BUILD)/$(PROGRAM)
	$< help findings >docs/findings.md
metrics: $(BUILD)/$(PROGRAM)
	$< help metrics >docs/metrics.md

# "domain" against a signed DNS tree on loopback, with a domain for each finding.
.PHONY: check-domain
check-domain: $(BUILD)/$(PROGRAM)
	@python3 tests/domain/test_domain.py $(BUILD)/$(PROGRAM)
	@python3 tests/domain/test_stored.py $(BUILD)/$(PROGRAM)

# Beside checkdmarc on the same zones: faults found, missed, false alarms.
.PHONY: bench-domain
bench-domain: $(BUILD)/$(PROGRAM)
	@python3 tests/bench/domain.py $(BUILD)/$(PROGRAM)

# 1,000 domains, a tenth of them with name servers in trouble: time, memory.
.PHONY: bench-domains
bench-domains: $(BUILD)/$(PROGRAM)
	@python3 tests/bench/domains.py $(BUILD)/$(PROGRAM)

# The page in a real browser; KEEP=DIRECTORY keeps pages and pictures.
.PHONY: check-page pictures
check-page: $(BUILD)/$(PROGRAM)
	@python3 tests/page/test_page.py $(BUILD)/$(PROGRAM)

# The scripts of the demo's containers, without containers; the files by hadolint
# and shellcheck.
.PHONY: check-docker
check-docker: $(BUILD)/$(PROGRAM)
	@python3 tests/docker/test_stack.py $(BUILD)/$(PROGRAM)

# The pictures of the README.
pictures: $(BUILD)/$(PROGRAM)
	@python3 tests/page/pictures.py $(BUILD)/$(PROGRAM) pictures

# Real servers: the main job on each that can be had, bad input.
integration_checks := $(addprefix check-,bad_input dead_letter dkim enrich environment ip_data login main_job odd_imap outputs parse report setup)
ifeq ($(KAFKA),1)
integration_checks += check-kafka
endif
.PHONY: check-integration $(integration_checks)
check-integration: $(integration_checks)
$(integration_checks): check-%: $(BUILD)/$(PROGRAM)
	@python3 tests/integration/test_$*.py $(BUILD)/$(PROGRAM)

# With the role of one customer against the data of the others.
.PHONY: check-tenancy bench-tenants
check-tenancy: $(BUILD)/$(PROGRAM)
	@python3 tests/tenancy/test_tenancy.py $(BUILD)/$(PROGRAM)
TENANTS ?= 200
bench-tenants: $(BUILD)/$(PROGRAM)
	@python3 tests/tenancy/bench_tenants.py $(BUILD)/$(PROGRAM) $(TENANTS)

# Dashboards: current, whole, and every number of every panel on real servers.
.PHONY: check-dashboards
check-dashboards: $(BUILD)/$(PROGRAM)
	@python3 tests/dashboards/test_import.py $(BUILD)/$(PROGRAM)
	@python3 tests/dashboards/test_dashboards.py $(BUILD)/$(PROGRAM)

# The poller as a service: workers, signals, reload, servers that hang, deaths.
.PHONY: check-poller
check-poller: $(BUILD)/$(PROGRAM) step-program
	@python3 tests/integration/test_poller.py $(BUILD)/$(PROGRAM) build/steps/$(PROGRAM)

# Metrics, readiness, status, also while workers are killed and servers fail.
.PHONY: check-watch
check-watch: $(BUILD)/$(PROGRAM) step-program
	@python3 tests/integration/test_watch.py $(BUILD)/$(PROGRAM) build/steps/$(PROGRAM)

# Inputs made to exhaust time, memory or stack, through both builds.
.PHONY: check-hostile
check-hostile: $(BUILD)/$(PROGRAM)
	@$(MAKE) SANITIZE=address,undefined all
	@python3 tests/hostile/test_hostile.py $(BUILD)/$(PROGRAM) \
		build/sanitize-address-undefined/$(PROGRAM)

# Stopped at every step and killed at random; small batches, to have many.
.PHONY: check-crash step-program
step-program:
	@$(MAKE) BUILD=build/steps CPPFLAGS='-DTEST_STEPS -DBATCH_MAILS=10 -DWORKER_CPU_MS=3000 -DWORKER_TALK_CPU_MS=1000 -DLONGEST_DOUBT_PAUSE_MS=500 -DSECRET_MS=1500' all
check-crash: step-program
	@python3 tests/crash/test_crash.py build/steps/$(PROGRAM)

# Real reports: nothing may be refused, and all sums must be those of a count
# made with other means.
.PHONY: check-corpus
check-corpus: $(BUILD)/$(PROGRAM)
	@if [ -d "$(REPORTBRIDGE_CORPUS)" ]; then \
		python3 tests/corpus/check_corpus.py $< "$(REPORTBRIDGE_CORPUS)"; \
	else \
		echo "skipped: REPORTBRIDGE_CORPUS names no directory with reports"; \
	fi

# Reports as senders mangle them, with the right figures beside each.
.PHONY: check-reports
check-reports: $(BUILD)/$(PROGRAM)
	@python3 tests/reports/test_reports.py $(BUILD)/$(PROGRAM)

# What is said of four weeks of reports: page, screen and JSON.
.PHONY: check-stories
check-stories: $(BUILD)/$(PROGRAM)
	@python3 tests/stories/test_stories.py $(BUILD)/$(PROGRAM)
	@python3 tests/stories/test_alerts.py $(BUILD)/$(PROGRAM)

.PHONY: check-import
check-import: $(BUILD)/$(PROGRAM)
	@python3 tests/import/test_import.py $(BUILD)/$(PROGRAM)

.PHONY: check-parsedmarc
check-parsedmarc: $(BUILD)/$(PROGRAM)
	@python3 tests/parity/test_parsedmarc.py $(BUILD)/$(PROGRAM)

# Whatever the search server does; small batches, to have many requests.  The
# quick part is before a store in memory, the other before a real Elasticsearch.
.PHONY: check-faults check-faults-quick
check-faults: step-program
	@python3 tests/faults/test_faults.py build/steps/$(PROGRAM)
check-faults-quick: step-program
	@python3 tests/faults/test_faults.py build/steps/$(PROGRAM) Faults.test_store Faults.test_fail_over

# The same in a build with address and undefined behaviour checked.
.PHONY: check-sanitized check-imap-sanitized check-clang
check-sanitized:
	@$(MAKE) SANITIZE=address,undefined check-unit check-golden check-fuzz-seeds
check-imap-sanitized:
	@$(MAKE) SANITIZE=address,undefined check-imap
check-clang:
	@$(MAKE) CC=clang BUILD=build/clang all

# Everything there is, as many at a time as there are processors, the longest
# first; each works on its own too.
JOBS ?= $(shell nproc)
.PHONY: check check-all
check: dependencies
	@$(MAKE) WERROR=1 -j$(JOBS) all check-headers check-layers check-wrappers check-banned check-docs
	@$(MAKE) WERROR=1 -j$(JOBS) --output-sync --no-print-directory check-unit check-golden check-fuzz-seeds check-clang \
		step-program
	@$(MAKE) WERROR=1 -j$(JOBS) --output-sync --no-print-directory check-sanitized
	@$(MAKE) WERROR=1 -j$(JOBS) --output-sync --no-print-directory --keep-going check-all
check-all: check-dashboards check-setup check-main_job check-tenancy check-crash check-report \
	check-hostile check-imap-sanitized check-poller check-watch check-integration check-parsedmarc check-docker check-faults-quick \
	check-page check-stories check-import check-reports check-corpus check-domain

# --- two commands for a fresh machine ------------------------------------------

.PHONY: dependencies demo
dependencies:
	@tests/servers/install-dependencies test
# Not below the work tree: the servers run as other users, who must get there.
DEMO ?= /tmp/reportbridge-demo
demo: dependencies
	@$(MAKE) all
	@tests/demo/demo start $(BUILD)/$(PROGRAM) $(DEMO)

# What is measured is a server that has been compiled as it would be.
bench bench-tenants bench-mailboxes: export REPORTBRIDGE_JAVA_OPTIONS :=

# Beside the peer; REPORTBRIDGE_CORPUS names a directory with real reports.
.PHONY: bench
bench: dependencies
	@$(MAKE) all
	@tests/bench/bench.py $(BUILD)/$(PROGRAM) /tmp/reportbridge-bench

# Connections cut, servers restarted, workers killed for SECONDS: nothing lost,
# nothing doubled, nothing grows.
SECONDS ?= 1800
.PHONY: soak
soak: $(BUILD)/$(PROGRAM)
	@python3 tests/soak/soak.py $(BUILD)/$(PROGRAM) $(SECONDS)

# 500 mailboxes on one bridge: memory, processor at rest, delay of new mail.
.PHONY: bench-mailboxes
bench-mailboxes: $(BUILD)/$(PROGRAM)
	@python3 tests/bench/mailboxes.py $(BUILD)/$(PROGRAM)

# Parsing alone, beside the peer's parser.
.PHONY: bench-parse
bench-parse: $(BUILD)/$(PROGRAM) $(BUILD)/tests/bench/xml_floor
	@tests/bench/parse $^
# With the one library it measures.
$(BUILD)/tests/bench/xml_floor: $(BUILD)/tests/bench/xml_floor.o
	$(call quiet,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $< $(shell $(PKG_CONFIG) --libs libxml-2.0)

# What posting costs the client, and what becomes of documents under faults,
# beside rsyslog and syslog-ng, which come unpacked and are not installed.
$(bench_programs:%=$(BUILD)/%): %: %.o $(BUILD)/libbridge.a
	$(call quiet,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) $(LDLIBS)
# Names of 10,000 addresses from a server that is far away and loses questions,
# beside parsedmarc; as root.
.PHONY: bench-enrich
bench-enrich: $(BUILD)/tests/bench/enrich_rate
	@tests/bench/enrich.py $<
.PHONY: bench-output bench-faults
bench-output: $(BUILD)/$(PROGRAM) $(bench_programs:%=$(BUILD)/%)
	@tests/bench/output.py $(BUILD)/$(PROGRAM) $(BUILD)/tests/bench/post_documents \
		$(BUILD)/tests/bench/bulk_sink
bench-faults: step-program
	@tests/faults/bench_faults.py build/steps/$(PROGRAM)

# Ever larger reports: time linear, memory flat.
.PHONY: bench-sizes
bench-sizes: $(BUILD)/$(PROGRAM)
	@tests/bench/sizes $(BUILD)/$(PROGRAM)

# 100,000 mails of one folder over IMAPS, and the fetching beside libetpan's own.
MAILS ?= 100000
.PHONY: bench-drain
bench-drain: $(BUILD)/$(PROGRAM) $(BUILD)/tests/bench/fetch_rate
	@tests/bench/drain $(BUILD)/$(PROGRAM) $(BUILD)/tests/bench/fetch_rate $(MAILS)
$(BUILD)/tests/bench/fetch_rate: $(BUILD)/tests/bench/fetch_rate.o $(BUILD)/libbridge.a
	$(call quiet,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) $(LDLIBS)

.PHONY: format format-check clean help
format:
	clang-format -i $(wildcard $(all_src)) $(headers)
format-check:
	clang-format --dry-run --Werror $(wildcard $(all_src)) $(headers)

.PHONY: install uninstall
install: all
	$(INSTALL) -D -m 755 $(BUILD)/$(PROGRAM) $(DESTDIR)$(bindir)/$(PROGRAM)
	$(INSTALL) -D -m 644 man/$(PROGRAM).1 $(DESTDIR)$(mandir)/man1/$(PROGRAM).1
	$(INSTALL) -D -m 644 man/$(PROGRAM).conf.5 $(DESTDIR)$(mandir)/man5/$(PROGRAM).conf.5
	$(INSTALL) -d $(DESTDIR)$(unitdir)
	for unit in $(PROGRAM).service $(addprefix $(PROGRAM)-,domain.service domain.timer ip-data.service ip-data.timer); do \
		sed 's|/usr/local/bin|$(bindir)|' contrib/$$unit >$(DESTDIR)$(unitdir)/$$unit; \
	done
	$(INSTALL) -m 755 contrib/ip-data $(DESTDIR)$(bindir)/$(PROGRAM)-ip-data
uninstall:
	$(RM) $(DESTDIR)$(bindir)/$(PROGRAM)-ip-data $(addprefix $(DESTDIR)$(unitdir)/$(PROGRAM)-ip-data.,service timer)
	$(RM) $(DESTDIR)$(bindir)/$(PROGRAM) $(DESTDIR)$(mandir)/man1/$(PROGRAM).1 \
		$(DESTDIR)$(mandir)/man5/$(PROGRAM).conf.5 $(DESTDIR)$(unitdir)/$(PROGRAM).service \
		$(DESTDIR)$(unitdir)/$(PROGRAM)-domain.service $(DESTDIR)$(unitdir)/$(PROGRAM)-domain.timer

clean:
	rm -rf build

help:
	@sed -n '/^#   make/s/^#   //p' $(firstword $(MAKEFILE_LIST))
