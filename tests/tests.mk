# Tests, benches and servers; the Makefile includes it.  Lists are globs: a new file
# tests/unit/test_X.c, tests/integration/test_X.py, tests/X/test_*.py,
# tests/integration/test_imap*.c or tests/fuzz/fuzz_X.c is a test without further lines here.

TEST_LIBRARIES := cmocka
# A command that runs each test program: RUN=valgrind.
RUN ?=

test_cflags = $(shell $(PKG_CONFIG) --cflags $(TEST_LIBRARIES))
test_libs = $(shell $(PKG_CONFIG) --libs $(TEST_LIBRARIES)) $(LIB_LIBS) $(LDLIBS)
link = $(call quiet,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^

# --- test programs ------------------------------------------------------------

without_kafka := $(if $(filter 1,$(KAFKA)),,tests/unit/test_kafka_sink.c tests/unit/test_kafka_mailbox.c)
test_src := $(filter-out $(without_kafka),$(wildcard tests/*/*.c))
unit_tests := $(patsubst %.c,%,$(filter tests/unit/test_%,$(test_src)))
imap_tests := $(patsubst %.c,%,$(filter tests/integration/test_imap%,$(test_src)))
bench_programs := $(patsubst %.c,%,$(filter tests/bench/%,$(test_src)))
fuzz_targets := $(patsubst tests/fuzz/fuzz_%.c,%,$(filter tests/fuzz/fuzz_%,$(test_src)))

# Helpers of the tests with a mail server, and of all others.
imap_lib := $(call obj,$(addprefix tests/lib/,dovecot.c imap_script.c rows.c))
test_lib := $(filter-out $(call obj,tests/lib/dovecot.c tests/lib/imap_script.c),$(call obj,$(filter tests/lib/%,$(test_src))))

$(call obj,$(test_src)): private ALL_CPPFLAGS += $(test_cflags)
$(unit_tests:%=$(BUILD)/%): %: %.o $(test_lib) $(BUILD)/libbridge.a
	$(link) $(test_libs)
# Reads the golden cases.
$(BUILD)/tests/unit/test_moved: $(BUILD)/tests/golden/golden.o
$(imap_tests:%=$(BUILD)/%): %: %.o $(imap_lib) $(BUILD)/libbridge.a
	$(link) $(test_libs)
# Linked with ingest/ and base/ only: reading mail needs no mailbox, output or bridge.
$(BUILD)/tests/golden/run_%: $(BUILD)/tests/golden/run_%.o $(BUILD)/tests/golden/golden.o \
		$(BUILD)/tests/lib/drain.o $(BUILD)/libingest.a
	$(link) $(test_libs)
$(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/documents.o \
		$(BUILD)/tests/fuzz/replay.o $(BUILD)/tests/lib/drain.o $(BUILD)/libbridge.a
	$(link) $(LIB_LIBS) $(LDLIBS)
# xml_floor links only the library that it measures.
$(filter-out %/xml_floor,$(bench_programs:%=$(BUILD)/%)): %: %.o $(BUILD)/libbridge.a
	$(link) $(LIB_LIBS) $(LDLIBS)
$(BUILD)/tests/bench/xml_floor: $(BUILD)/tests/bench/xml_floor.o
	$(link) $(shell $(PKG_CONFIG) --libs libxml-2.0)

-include $(patsubst %.o,%.d,$(call obj,$(test_src)))

# --- tests for every commit ---------------------------------------------------

JOBS ?= $(shell nproc)
# Two more jobs than processors, because tests often wait for servers or for time to pass.
in_parallel := WERROR=1 -j$(shell expr $(JOBS) + 2) --output-sync --no-print-directory
## check: Run the tests for every commit, with real servers (16 minutes on 2 quiet processors).
.PHONY: check
check: dependencies
	@$(MAKE) WERROR=1 -j$(JOBS) all check-headers check-static
	@$(MAKE) $(in_parallel) check-unit check-golden check-fuzz-seeds step-program check-sanitized
	@$(MAKE) $(in_parallel) --keep-going check-scripts

## check-static: Check layers, wrappers of libraries, banned functions, references and formatting.
.PHONY: check-static check-layers check-wrappers check-banned check-docs check-headers
check-static: check-layers check-wrappers check-banned check-docs format-check

# Which room may include which; which file may include which library.
check-layers check-wrappers: check-%:
	@python3 tests/check_$*.py

# Functions that no code may call: parse numbers by slice_to_uint(), build text in a
# strbuf, handle time by base/datetime.h.
banned := sprintf vsprintf strcpy strcat strncpy strncat strtok atoi atol atoll sscanf gmtime \
	localtime ctime asctime strtol strtoul system popen
empty :=
space := $(empty) $(empty)
check-banned:
	@! grep -nwE '($(subst $(space),|,$(strip $(banned))))\(' $(wildcard $(addsuffix /*.[ch],$(rooms))) /dev/null

# The manual pages have every option and command, the references are current, the log matches
# its table, every test that SECURITY.md names exists, and no test lacks a search server.
check-docs: $(BUILD)/$(PROGRAM)
	@for key in $$($< help configuration | sed -n 's/^\([a-z][a-z0-9_]*\).*/\1/p'); do \
		grep -qw "$$key" man/reportbridge.conf.5 || \
			{ echo "man/reportbridge.conf.5 lacks $$key"; exit 1; }; \
	done
	@for command in $$($< help | sed -n 's/^  \([a-z-]*\) .*/\1/p'); do \
		grep -qx "\.It Cm $$command.*" man/reportbridge.1 || \
			{ echo "man/reportbridge.1 lacks $$command"; exit 1; }; \
	done
	@for reference in $(references); do \
		$< help $$reference | cmp -s - docs/$$reference.md || \
			{ echo "docs/$$reference.md is not current: make references"; exit 1; }; \
	done
	@python3 tests/check_security.py
	@python3 tests/check_log.py
	@python3 tests/check_servers.py

# Each header compiles alone.
check-headers: $(headers:%=$(BUILD)/%.ok)
$(BUILD)/%.h.ok: %.h $(BUILD)/flags
	@mkdir -p $(@D)
	@printf '#include "%s"\ntypedef int not_empty;\n' $< | \
		$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fsyntax-only -x c - && touch $@

## check-unit: Run the unit tests; "make run/tests/unit/test_X" runs one of them.
.PHONY: check-unit $(unit_tests:%=run/%)
check-unit: $(unit_tests:%=run/%)
$(unit_tests:%=run/%): run/%: $(BUILD)/%
	@timeout 600 $(RUN) $<

## check-golden: Compare the documents of whole reports with the expected ones.
## accept: Rewrite what the golden tests expect; review the diff.
.PHONY: check-golden accept
check-golden: $(BUILD)/tests/golden/run_golden $(BUILD)/tests/golden/run_pull
	@$(RUN) $< tests/golden
	@$(RUN) $(BUILD)/tests/golden/run_pull tests/golden
accept: $(BUILD)/tests/golden/run_golden
	$< --accept tests/golden

# Runs every seed and every past crash through its target in a plain build.
fuzz_seeds = tests/fuzz/corpus/$(1) $(fuzz_seeds_$(1))
fuzz_seeds_bulk_answer := tests/unit/bulk-replies
fuzz_seeds_whole := $(addprefix tests/fuzz/corpus/,dmarc mail tlsrpt unpack)
fuzz_seeds_parsedmarc := $(fuzz_seeds_whole)
.PHONY: check-fuzz-seeds
check-fuzz-seeds: $(fuzz_targets:%=$(BUILD)/tests/fuzz/replay_%)
	@$(foreach t,$(fuzz_targets),$(RUN) $(BUILD)/tests/fuzz/replay_$(t) $(call fuzz_seeds,$(t)) &&) :

# Runs against real and scripted IMAP servers.  It mostly waits, so sanitizers
# hardly slow it down.
.PHONY: check-imap
check-imap: $(imap_tests:%=$(BUILD)/%)
	@RUN='$(RUN)' $(limited) tests/integration/run-imap $(^:%=./%)

# The same with AddressSanitizer and UndefinedBehaviorSanitizer, built by clang: the second
# compiler has other warnings, and checks more than gcc's sanitizers do.
sanitized := CC=clang SANITIZE=address,undefined
.PHONY: check-sanitized check-imap-sanitized
check-sanitized:
	@$(MAKE) $(sanitized) all check-unit check-golden check-fuzz-seeds
check-imap-sanitized:
	@$(MAKE) $(sanitized) check-imap

# Seconds that a script may take; the longest needs seven minutes on two quiet processors.
LIMIT ?= 1500
limited = tests/limited $(LIMIT)

## check-X: Run the test scripts of X: tests/X/test_*.py or tests/integration/test_X.py.
# A folder of scripts is one check; in tests/integration each script is one.
single_checks := $(patsubst tests/integration/test_%.py,check-%,$(wildcard tests/integration/test_*.py))
ifneq ($(KAFKA),1)
single_checks := $(filter-out check-kafka,$(single_checks))
endif
folder_checks := $(addprefix check-,$(filter-out integration,$(patsubst tests/%/,%,$(sort $(dir $(wildcard tests/*/test_*.py))))))
# Start the longest first, so that none of them runs alone at the end.
first := check-dashboards check-setup $(filter check-kafka,$(single_checks)) check-main_job check-tenancy check-crash check-report check-hostile check-poller check-watch
long_checks := check-faults check-cluster check-images
script_checks := $(first) $(filter-out $(first) $(long_checks),$(single_checks) $(folder_checks) check-faults-quick)

# A target, because before "make check" installs librdkafka the list lacks check-kafka.
.PHONY: check-scripts
check-scripts: check-imap-sanitized $(script_checks) check-corpus

.PHONY: $(single_checks) $(folder_checks)
$(single_checks): check-%: $(BUILD)/$(PROGRAM)
	@$(limited) python3 tests/integration/test_$*.py $< $(second_program)
$(folder_checks): check-%: $(BUILD)/$(PROGRAM)
	@for test in $(wildcard tests/$*/test_*.py); do \
		$(limited) python3 $$test $(or $(only_program),$<) $(second_program) || exit 1; done

## draw-dashboards KIBANA=DIR: Open every dashboard in an unpacked Kibana (DASHBOARDS=DIR: OpenSearch Dashboards).
# Needs Chromium.  NAMES selects dashboards; TENANTS in the environment is the number of tenants (2).
.PHONY: draw-dashboards
draw-dashboards: $(BUILD)/$(PROGRAM)
	@python3 tests/drawing/draw.py $< $(or $(KIBANA),$(DASHBOARDS),$(error give KIBANA or DASHBOARDS, an unpacked distribution)) $(BUILD)/drawn/$(if $(KIBANA),kibana,opensearch) $(NAMES)

# Has small batches, for many requests, and can stop at every step.
STEP_PROGRAM := build/steps/$(PROGRAM)
.PHONY: step-program sanitized-program
step-program:
	@$(MAKE) BUILD=build/steps CFLAGS=-O1 CPPFLAGS='-DTEST_STEPS -DBATCH_MAILS=10 -DWORKER_CPU_MS=3000 -DWORKER_TALK_CPU_MS=1000 -DLONGEST_DOUBT_PAUSE_MS=500 -DSECRET_MS=3000 -DSHORTEST_EVERY_MS=1000' all
sanitized-program:
	@$(MAKE) $(sanitized) all
check-crash check-faults check-cluster check-poller check-schedule check-tell check-watch: step-program
check-crash check-faults check-cluster: only_program := $(STEP_PROGRAM)
check-poller check-schedule check-tell check-watch: second_program := $(STEP_PROGRAM)
check-confinement: second_program := $(BUILD)/tests/integration/from_inside.so
check-confinement: $(BUILD)/tests/integration/from_inside.so
$(BUILD)/%.so: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fPIC -shared -o $@ $<
check-memory: second_program := $(BUILD)/tests/bench/bulk_sink
check-memory: $(BUILD)/tests/bench/bulk_sink
check-hostile: sanitized-program
check-hostile: second_program := build/sanitize-address-undefined/$(PROGRAM)

# The part of the faults that needs no real Elasticsearch.
.PHONY: check-faults-quick
check-faults-quick: step-program
	@$(limited) python3 tests/faults/test_faults.py $(STEP_PROGRAM) Faults.test_store Faults.test_fail_over

# Reads real reports: none may be refused, and all sums must equal an independent
# count.
.PHONY: check-corpus corpus-names
check-corpus: $(BUILD)/$(PROGRAM)
	@if [ -d "$(REPORTBRIDGE_CORPUS)" ]; then \
		python3 tests/corpus/check_corpus.py $< "$(REPORTBRIDGE_CORPUS)"; \
	else \
		echo "skipped: REPORTBRIDGE_CORPUS names no directory with reports"; \
	fi

## corpus-names: Count how much of REPORTBRIDGE_CORPUS has a sender's name, by rule; ADDRESSES=50 lists some.
corpus-names: $(BUILD)/$(PROGRAM)
	@python3 tests/corpus/names.py $< "$(REPORTBRIDGE_CORPUS)" $(ADDRESSES)

# --- benches and long tests ---------------------------------------------------

# Benches run the servers with their usual JIT compiler.
bench bench-tenants bench-mailboxes bench-server: export REPORTBRIDGE_JAVA_OPTIONS :=

## check-long: Run what "make check" leaves out; docs/long-run.md gets each result with its date and commit.
# GOALS selects some of them.  A goal is ended after MINUTES.
long_goals := $(long_checks) check-servers check-kills check-packages check-fresh check-arm64 check-backfill soak \
	bench bench-parse bench-profile bench-sizes bench-output bench-faults bench-drain bench-folder bench-mailboxes bench-tenants \
	bench-enrich bench-enrich-mails bench-enrich-cost bench-domain bench-domains bench-confinement \
	bench-parser-process bench-server bench-start bench-report
GOALS ?= $(long_goals)
MINUTES ?= 90
.PHONY: check-long
check-long: dependencies
	@$(MAKE) -j$(JOBS) all step-program
	@python3 tests/long_run.py $(or $(SUMMARY),docs/long-run.md) $(MINUTES) $(GOALS)

## check-servers: Test every version of the search servers; "make check" leaves out some in between.
.PHONY: check-servers
check-servers: export REPORTBRIDGE_EVERY_SERVER := 1
check-servers check-kills $(long_checks): LIMIT := $(shell expr $(MINUTES) \* 60)
check-servers: check-main_job check-setup check-tenancy check-dashboards

## check-kills: Kill the program as often as the long run does; "make check" does it less often.
.PHONY: check-kills
check-kills: export REPORTBRIDGE_EVERY_KILL := 1
check-kills: check-crash check-tell check-watch check-tenancy

## soak: Cut connections, restart servers and kill workers for SECONDS (1800).
SECONDS ?= 1800
.PHONY: soak
soak: $(BUILD)/$(PROGRAM)
	@python3 tests/soak/soak.py $< $(SECONDS)

## check-backfill: Read an archive of MAILS (100000) mails again into Elasticsearch: nothing moves, memory stays flat.
.PHONY: check-backfill
check-backfill: $(BUILD)/$(PROGRAM)
	@python3 tests/bench/backfill.py $< $(MAILS)

## bench: Compare with parsedmarc on one mailbox and server.
.PHONY: bench
bench: $(BUILD)/$(PROGRAM)
	@tests/bench/bench.py $< /tmp/reportbridge-bench

## bench-parse: Compare parsing alone with parsedmarc's parser.
.PHONY: bench-parse
bench-parse: $(BUILD)/$(PROGRAM) $(BUILD)/tests/bench/xml_floor
	@tests/bench/parse $^

## bench-profile: Count instructions, allocations and system calls per mail; each has a bound.
.PHONY: bench-profile
bench-profile: unconfined-program $(BUILD)/tests/bench/xml_floor $(BUILD)/tests/bench/fetch_rate $(BUILD)/tests/bench/bulk_sink
	@tests/bench/profile.py build/unconfined/$(PROGRAM) $(filter $(BUILD)/%,$^) /tmp/reportbridge-profile

## bench-sizes: Parse ever larger reports: time is linear, memory flat, instructions per record bounded.
.PHONY: bench-sizes
bench-sizes: $(BUILD)/$(PROGRAM) $(BUILD)/tests/bench/xml_floor
	@tests/bench/sizes $^

## bench-output: Measure what posting costs, beside rsyslog and syslog-ng.
## bench-faults: Count lost and duplicated documents under faults, beside the same two.
.PHONY: bench-output bench-faults
bench-output: $(BUILD)/$(PROGRAM) $(BUILD)/tests/bench/post_documents $(BUILD)/tests/bench/bulk_sink
	@tests/bench/output.py $^
bench-faults: step-program
	@tests/faults/bench_faults.py $(STEP_PROGRAM)

## bench-drain: Drain one folder of MAILS (100000) mails over IMAPS: time, memory, fetch rate.
MAILS ?= 100000
.PHONY: bench-drain
bench-drain: $(BUILD)/$(PROGRAM) $(BUILD)/tests/bench/fetch_rate
	@tests/bench/drain $^ $(MAILS)

## bench-mailboxes: Run 5,000 mailboxes on one bridge: memory, processor at rest, delay of new mail.
.PHONY: bench-mailboxes
bench-mailboxes: $(BUILD)/$(PROGRAM)
	@python3 tests/bench/mailboxes.py $<

## bench-folder: Drain folders of 1,000 to MAILS (100000) mails, and one by 2 and 4 bridges: cost per mail, memory.
.PHONY: bench-folder
bench-folder: $(BUILD)/$(PROGRAM) $(BUILD)/tests/bench/bulk_sink
	@python3 tests/bench/folder.py $^ $(MAILS)

## bench-tenants: Set up and run TENANTS (300) tenants; take one in and out.
TENANTS ?= 300
.PHONY: bench-tenants
bench-tenants: $(BUILD)/$(PROGRAM)
	@python3 tests/tenancy/bench_in_and_out.py $< $(TENANTS)
	@python3 tests/tenancy/bench_tenants.py $< $(TENANTS)

## bench-server: Measure bytes, CPU and query times of RECORDS (200000) records on Elasticsearch.
RECORDS ?= 200000
.PHONY: bench-server
bench-server: $(BUILD)/$(PROGRAM)
	@python3 tests/bench/server.py $< $(RECORDS)

## bench-report: Read DOCUMENTS (1000000) documents back by "report", beside a bare scroll.
DOCUMENTS ?=
.PHONY: bench-report
bench-report: $(BUILD)/$(PROGRAM)
	@python3 tests/bench/report.py $< $(DOCUMENTS)

## bench-start: Count what starting costs: loading each library, and own work.
.PHONY: bench-start
bench-start: $(BUILD)/$(PROGRAM)
	@python3 tests/bench/start.py $<

## bench-enrich: Look up names of 10,000 addresses, beside parsedmarc; needs root.
.PHONY: bench-enrich
bench-enrich: $(BUILD)/tests/bench/enrich_rate
	@tests/bench/enrich.py $<

## bench-enrich-mails: Name the sources of 2,000 small mails, the name server 50 ms away.
.PHONY: bench-enrich-mails
bench-enrich-mails: $(BUILD)/$(PROGRAM)
	@tests/bench/enrich_mails.py $<

## bench-enrich-cost: Count instructions per record with and without enrichment, and memory.
.PHONY: bench-enrich-cost
bench-enrich-cost: $(BUILD)/tests/bench/enrich_cost $(BUILD)/$(PROGRAM)
	@tests/bench/enrich_cost.py $^

## bench-confinement: Drain a mailbox with workers that are confined, and with some that are not.
## bench-parser-process: Measure what reading mail in a process of its own would cost.
.PHONY: bench-confinement bench-parser-process unconfined-program
bench-confinement: $(BUILD)/$(PROGRAM) unconfined-program $(BUILD)/tests/bench/bulk_sink
	@tests/bench/confinement.py $< build/unconfined/$(PROGRAM) $(BUILD)/tests/bench/bulk_sink \
		/tmp/reportbridge-confinement
unconfined-program:
	@$(MAKE) BUILD=build/unconfined CPPFLAGS=-DCONFINED=false all
bench-parser-process: $(BUILD)/tests/bench/parser_process
	@tests/bench/parser_process.py $<

## bench-domain: Check domains with known faults, beside checkdmarc.
## bench-domains: Check 1,000 domains, a tenth of them with name servers in trouble.
.PHONY: bench-domain bench-domains
bench-domain bench-domains: bench-%: $(BUILD)/$(PROGRAM)
	@python3 tests/bench/$*.py $<

# --- fuzzing ------------------------------------------------------------------

## fuzz: Fuzz one target with libFuzzer: FUZZ=mail FUZZ_ARGS=-max_total_time=300.
FUZZ_BUILD := build/fuzz
FUZZ_CHECKS := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_LIMITS := -timeout=10 -malloc_limit_mb=64 -rss_limit_mb=1024
FUZZ_OBJECTS = $(addprefix $(FUZZ_BUILD)/tests/,fuzz/fuzz_$(FUZZ).o fuzz/documents.o lib/drain.o) $(FUZZ_BUILD)/libbridge.a
.PHONY: fuzz fuzz-build
fuzz: fuzz-build
	@mkdir -p $(FUZZ_BUILD)/corpus/$(FUZZ)
	$(FUZZ_BUILD)/fuzz_$(FUZZ) -artifact_prefix=$(FUZZ_BUILD)/ $(FUZZ_LIMITS) \
		$(addprefix -dict=,$(wildcard tests/fuzz/dict/$(FUZZ).dict)) $(FUZZ_ARGS) \
		$(FUZZ_BUILD)/corpus/$(FUZZ) $(call fuzz_seeds,$(FUZZ))
fuzz-build:
	$(MAKE) CC=clang BUILD=$(FUZZ_BUILD) HARDEN='$(FUZZ_CHECKS)' $(FUZZ_OBJECTS)
	$(if $(filter imap,$(FUZZ)),tests/fuzz/build-libetpan $(FUZZ_BUILD)/libetpan clang '$(FUZZ_CHECKS)')
	clang -fsanitize=fuzzer,address,undefined -o $(FUZZ_BUILD)/fuzz_$(FUZZ) $(FUZZ_OBJECTS) \
		$(if $(filter imap,$(FUZZ)),$(FUZZ_BUILD)/libetpan/libetpan.a) $(LIB_LIBS)

## fuzz-afl: Fuzz one target with AFL++.
# The replay program reads the file that the fuzzer names.
AFL_BUILD := build/afl
.PHONY: fuzz-afl
fuzz-afl:
	$(MAKE) CC=afl-clang-fast BUILD=$(AFL_BUILD) \
		HARDEN='-fsanitize=address,undefined -fno-sanitize-recover=all' \
		LINK_FLAGS='-fsanitize=address,undefined' $(AFL_BUILD)/tests/fuzz/replay_$(FUZZ)
	afl-fuzz -i tests/fuzz/corpus/$(FUZZ) -o $(AFL_BUILD)/finds_$(FUZZ) -m none \
		$(addprefix -x ,$(wildcard tests/fuzz/dict/$(FUZZ).dict)) $(FUZZ_ARGS) \
		-- $(AFL_BUILD)/tests/fuzz/replay_$(FUZZ) @@

# --- demo ---------------------------------------------------------------------

## demo: Install what is missing, start servers, and run the bridge over sample mail.
.PHONY: demo pictures
# Outside the work tree, because the servers run as other users, who must be able to enter it.
DEMO ?= /tmp/reportbridge-demo
demo:
	@tests/servers/install-dependencies demo
	@$(MAKE) all
	@tests/demo/demo start $(BUILD)/$(PROGRAM) $(DEMO)

## pictures: Take the pictures of the README again, of sample mail.
pictures: $(BUILD)/$(PROGRAM)
	@python3 tests/page/pictures.py $< pictures
