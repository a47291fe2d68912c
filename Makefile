# SPDX-License-Identifier: GPL-2.0-or-later
# The only build file. Everything that is built goes below $(B).
VERSION = 0.1
comma   := ,
B       ?= build$(if $(SAN),-$(subst $(comma),-,$(SAN)))
PREFIX  ?= /usr/local
CFLAGS  ?= $(if $(SAN),-O1,-O2) -g
ifeq ($(origin CC),default)
CC      := gcc
endif
export CC B

.DEFAULT_GOAL := all
include tests/lint/layers

# config.mk says which libraries are here. Making it first says what is missing, and for the goals below installs
# it; make then starts over with it. Goals that build nothing do without.
INSTALLS := demo test test-long lab lab-smoke bench deps
NOBUILD  := clean uninstall deps help
ifneq ($(filter-out $(NOBUILD),$(or $(MAKECMDGOALS),all)),)
include $(B)/config.mk
endif
$(B)/config.mk: FORCE
	@mkdir -p $(@D)
	@$(if $(filter $(INSTALLS),$(MAKECMDGOALS)),OL_DEPS_STAMP=$(B)/deps.failed,OL_NO_DEPS=1) contrib/deps build
	@contrib/deps config >$@.new 2>$@.msg
	@cmp -s $@.new $@ && rm $@.new || { cat $@.msg; mv $@.new $@; }

# SAN=address,undefined builds with sanitizers and without HARDEN (which config.mk lists), WERROR=1 makes
# warnings errors (so does CI=true).
FLAGS   := -std=gnu17 -fPIE -Wall -Wextra $(if $(WERROR)$(filter true,$(CI)),-Werror) \
	$(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer,$(HARDEN))
# "-D_GNU_SOURCE=" and not "=1": the same as the #define that some files begin with. On 32 bits too a file
# may have more than 2 GiB and be younger than 2038.
DEFS    := -D_GNU_SOURCE= -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -I. -DOL_VERSION='"$(VERSION)"' \
	$(HAVE:%=-DOL_HAVE_%) $(LIB_CPPFLAGS)
# V=1 shows the commands.
Q       := $(if $(V),,@)
say      = $(if $(V),,@echo "  $1	$@")
COMPILE  = $(CC) $(FLAGS) $(CFLAGS) $(DEFS) $(CPPFLAGS)
LINK     = $(CC) $(FLAGS) $(CFLAGS) -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(LDFLAGS)
LIBS     = $(LIB_LIBS) -lm -lpthread

# Each folder is an archive; a program links its own folder's and those that the layer may use.
LAYERS   := $(sort $(patsubst MAY_%,%,$(filter MAY_%,$(.VARIABLES))))
OBJ       = $(patsubst %.c,$(B)/%.o,$(wildcard $1/*.c))
ARCHIVE   = $(B)/lib$(subst /,-,$1).a
# Archives that folder $1 may link, its own first.
ARCHIVES  = $(foreach l,$1 $(MAY_$1),$(call ARCHIVE,$l))
UNITS    := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c))
FUZZERS  := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS  := $(FUZZERS:$(B)/tests/fuzz/fuzz_%=$(B)/tests/fuzz/replay_%)
BENCHES  := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c))
BIN      := $(if $(wildcard cli/main.c),$(B)/oomlens)
.SECONDARY:

all: $(foreach l,$(LAYERS),$(call ARCHIVE,$l)) $(BIN)
	$(if $(BIN),,@echo "no cli/main.c: only the archives were built")

$(B)/oomlens: $(B)/cli/main.o $(call ARCHIVES,cli)
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

define layer
$(call ARCHIVE,$1): $(filter-out $(B)/cli/main.o,$(call OBJ,$1))
	$$(call say,AR)
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^
$(filter $(B)/tests/unit/$1/%,$(UNITS)): $(B)/%: $(B)/%.o $(call ARCHIVES,$1)
	$$(call say,LD)
	$$(Q)$$(LINK) -o $$@ $$^ $$(LIBS) -lcmocka
endef
$(foreach l,$(LAYERS),$(eval $(call layer,$l)))

# For lint: each archive, whole, with the lower ones and nothing else. What it may not use is undefined.
$(LAYERS:%=$(B)/alone/%): $(B)/alone/%: $(foreach l,$(LAYERS),$(call ARCHIVE,$l))
	@mkdir -p $(@D)
	@echo 'int main(void) { return 0; }' | $(LINK) -o $@ -xc - -xnone -Wl,--whole-archive \
		$(call ARCHIVE,$*) -Wl,--no-whole-archive $(call ARCHIVES,$*) $(LIBS)
alone: $(LAYERS:%=$(B)/alone/%)

$(BENCHES): $(B)/%: $(B)/%.o $(call ARCHIVES,cli)
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

# Faults of the machine for a program as it is: LD_PRELOAD.
SHIM := $(B)/tests/faults/shim.so
$(SHIM): tests/faults/shim.c Makefile
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) -std=gnu17 -Wall -Wextra $(CFLAGS) -D_GNU_SOURCE= -shared -fPIC -o $@ $<

$(FUZZERS): $(B)/%: $(B)/%.o $(call ARCHIVES,cli)
	$(call say,LD)
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $^ $(LIBS)
# The same targets with a main() that runs the inputs it is given, without clang's fuzzer.
$(REPLAYS): $(B)/tests/fuzz/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(call ARCHIVES,cli)
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(B)/tests/tui/picture: $(B)/tests/tui/picture.o $(call ARCHIVES,cli)
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)
# Pictures for the documents, of a captured root and a story that tests/tui/picture.c explains.
pictures: $(B)/tests/tui/picture
	$< fixtures/roots/host-6.18/host-6.18.tar.gz tests/tui/story.txt 120x36 '{{{{{{{{{{{{{{{{{{{{{{{{{{' dark >docs/top-dark.svg
	$< fixtures/roots/host-6.18/host-6.18.tar.gz tests/tui/story.txt 120x36 '{{{{{{{{{{{{{{{{{{{{{{{{{{' light >docs/top-light.svg

$(B)/%.o: %.c Makefile $(B)/config.mk $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<
# The time_t with which libarchive was built is the compiler's own.
$(B)/collect/log/archive_time.o: private DEFS := $(filter-out -D_TIME_BITS=64,$(DEFS))
# Other flags or another compiler: everything again.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo "$(subst ",,$(COMPILE))" >$@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(UNITS:=.o): | deps-test
-include $(shell find $(B) -name '*.d' 2>/dev/null)

# ---- packages ----
deps:
	@contrib/deps build test
deps-test:
	@OL_DEPS_STAMP=$(B)/deps-test.failed contrib/deps build test

# ---- show it ----
demo: all
	@contrib/demo

# ---- tests: each piece prints "ok", "not ok", "skip" lines; tests/run PIECE runs one, and counts them ----
units: $(UNITS)
fuzzers: $(FUZZERS)
replays: $(REPLAYS)
test: deps-test all units replays $(if $(SAN),,$(SHIM) $(B)/tests/bench/views)
	@tests/run $(if $(SAN),unit golden cli fuzz)
# Every log damaged in every place and in all ways, all fuzz targets and AFL++: hours (OL_FUZZ_SECONDS, 3600).
test-long: deps-test all
	@tests/prop/run --full
	@tests/damage/run --full
	@contrib/deps fuzz
	@tests/fuzz/long
lab: all
	@tests/lab/run
lab-smoke: all
	@tests/lab/run --smoke
# SEED: other logs of the same shapes.
SEED ?= 1
bench: deps-test all $(BENCHES)
	SEED='$(SEED)' OL_BENCH_MD=docs/bench.md tests/bench/run

# ---- install: file:place below PREFIX; man pages and completions are printed from the option tables ----
VERBS     := $(patsubst cli/verb_%.c,%,$(wildcard cli/verb_*.c))
DOCS      := $(B)/doc/oomlens.1 $(VERBS:%=$(B)/doc/oomlens-%.1) $(B)/doc/oomlens.bash $(B)/doc/_oomlens \
	$(B)/doc/oomlens.fish
$(DOCS): $(B)/oomlens
	@mkdir -p $(@D)
	$(call say,DOC)
	$(Q)case $(@F) in \
	oomlens.1) $< --man ;; *.1) $< --man $(patsubst oomlens-%.1,%,$(@F)) ;; \
	*.bash) $< --completion bash ;; _oomlens) $< --completion zsh ;; *.fish) $< --completion fish ;; \
	esac >$@
doc: $(DOCS)
INSTALLED := $(foreach m,$(filter %.1,$(DOCS)),$m:share/man/man1/$(notdir $m)) \
	$(B)/doc/oomlens.bash:share/bash-completion/completions/oomlens \
	$(B)/doc/_oomlens:share/zsh/site-functions/_oomlens \
	$(B)/doc/oomlens.fish:share/fish/vendor_completions.d/oomlens.fish
install: all doc
	install -D -m 755 $(B)/oomlens $(DESTDIR)$(PREFIX)/bin/oomlens
	@$(foreach f,$(INSTALLED),install -D -m 644 $(subst :, $(DESTDIR)$(PREFIX)/,$f) &&) :
uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/oomlens $(foreach f,$(INSTALLED),$(lastword $(subst :, ,$f))))

clean:
	rm -rf build build-* $(if $(filter build,$(B)),,$(B))

help:
	@echo 'make            build $(B)/oomlens'
	@echo 'make demo       install what is missing, build, and show it'
	@echo 'make test       the whole suite; SAN=address,undefined or SAN=thread: what sanitizers see of it'
	@echo 'make test-long  damaged logs and fuzzing, for hours'
	@echo 'make lab        real kernels under qemu; lab-smoke: some of them'
	@echo 'make bench      beside what people use instead (SEED=TEXT: other logs)'
	@echo 'make deps       install the packages that building and testing need'
	@echo 'make install    below PREFIX=$(PREFIX) and DESTDIR=; doc: its man pages; uninstall'
	@echo 'make clean      remove what was built'
	@echo 'tests/run PIECE one piece of the suite: a folder of tests/'

FORCE:
.PHONY: FORCE all alone pictures deps deps-test demo units fuzzers replays test test-long bench lab lab-smoke doc install \
	uninstall clean help
