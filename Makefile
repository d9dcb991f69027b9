# nott: `make help` lists what there is to make.
CC       ?= cc
AR       ?= ar
CFLAGS   ?= -O3 -g
PREFIX   ?= /usr/local
BINDIR   ?= $(PREFIX)/bin
MANDIR   ?= $(PREFIX)/share/man
DATADIR  ?= $(PREFIX)/share/nott
SAN      ?=#          sanitizers, e.g. SAN=address,undefined
REAL     ?= float#    number type of the networks: float or double
V        ?= 0

comma    := ,
flavour  := $(if $(SAN),$(subst $(comma),-,$(SAN)),release)$(if $(filter double,$(REAL)),-double)$(if \
            $(filter clang%,$(notdir $(CC))),-clang)
B        := build/$(flavour)

PACKAGES := smf zlib libcurl libcrypto openblas libzip inih jansson
.DEFAULT_GOAL := all

# Every tool is linked with all libraries and needs few: where the linker can tell,
# it loads no others.
#
# What pkg-config and the compiler say is kept in a file that make includes. It
# is made after `deps` when that is asked for, so that `make deps demo` works on
# a machine that has nothing yet.
SETUP    := build/setup-$(notdir $(CC)).mk
-include $(SETUP)
$(SETUP): Makefile $(if $(MAKE_RESTARTS),,$(filter deps,$(MAKECMDGOALS)))
	@mkdir -p $(@D)
	@if pkg-config --exists $(PACKAGES); then { \
	    echo "PKGFLAGS := $$(pkg-config --cflags $(PACKAGES))"; \
	    echo "LIBS := $$(echo 'int main(void){return 0;}' | $(CC) -Wl,--as-needed -xc - -o /dev/null \
	        2>/dev/null && echo -Wl,--as-needed) $$(pkg-config --libs $(PACKAGES)) -lm"; \
	    echo "CMOCKA := $$(pkg-config --libs cmocka)"; \
	    echo "OPENMP := $$(echo 'int main(void){return 0;}' | $(CC) -fopenmp -xc - -o /dev/null \
	        2>/dev/null && echo -fopenmp || echo -Wno-unknown-pragmas)"; } > $@; \
	else echo "make: libraries are missing: make deps installs them" >&2; fi

WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wcast-qual -Wwrite-strings -Wpointer-arith -Wundef -Wvla -Wformat=2
SANOPT    = $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -DIS_SANITIZED)
DEFINE    = -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE $(if $(filter double,$(REAL)),-DREAL_IS_DOUBLE)
# floating-point traps and errno are never looked at, and saying so is what
# lets the compiler vectorise; NaN and infinity keep their meaning. That no
# product and sum are fused unless the source says so is what gives the same
# bits with every processor; -Ofast or -ffast-math in CFLAGS would take that.
NUMERIC  := -fno-math-errno -fno-trapping-math -ffp-contract=off
COMPILE   = $(CC) -Iinclude -Isrc -Itools $(PKGFLAGS) $(DEFINE) $(CPPFLAGS) -std=c11 $(WARN) $(NUMERIC) $(OPENMP) \
            $(SANOPT) $(CFLAGS) -MMD -MP -c
LINK      = $(CC) $(SANOPT) $(OPENMP) $(CFLAGS) $(LDFLAGS)

CORE_SRC := $(wildcard src/*/*.c)
TOOL_SRC := $(wildcard tools/*.c)
TOOL_PARTS := $(wildcard tools/*/*.c) # common/ for all, others for the tool of that name
UNIT_SRC := $(wildcard tests/unit/test_*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
CORE     := $B/libnott.a
TOOLS    := $(TOOL_SRC:tools/%.c=$B/%)
UNIT     := $(UNIT_SRC:%.c=$B/%)
FUZZ     := $(FUZZ_SRC:%.c=$B/%)
OBJ      := $(patsubst %.c,$B/%.o,$(CORE_SRC) $(TOOL_SRC) $(UNIT_SRC) $(FUZZ_SRC) $(TOOL_PARTS) $(wildcard tests/bench/*.c) tests/fuzz/replay.c)

ifneq ($(V),1)
.SILENT:
endif

all: $(CORE) $(TOOLS) ## build the tools into build/release

$(OBJ): $B/flags
$B/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(COMPILE) $< -o $@

# Other flags or another compiler must not meet old objects.
$B/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE) $(LINK)' | cmp -s - $@ || echo '$(COMPILE) $(LINK)' > $@

# The sources of the page as bytes of a C file: a string may not be so long.
# Comments but the first, and the indentation, stay behind.
PAGE     := $B/src/score/page_files
$(PAGE).c: src/score/page/page.html src/score/page/page.css src/score/page/page.js
	@mkdir -p $(@D)
	@echo "  BYTES $@"
	{ echo '#include "score/page_files.h"'; for f in $^; do \
	    echo "const unsigned char page_files_$${f##*.}[] = {"; \
	    LC_ALL=C awk '/^ *\/\*/ && NR > 1 {skip = 1} !skip && NF {sub(/^ +/, ""); print} /\*\// {skip = 0}' $$f | \
	        od -An -v -tu1 | sed 's/[0-9][0-9]*/&,/g'; echo '0};'; done; } > $@.part
	mv $@.part $@

$(PAGE).o: $(PAGE).c
	$(COMPILE) $< -o $@

# Where the tools look for what is installed.
$B/tools/common/cli_settings.o: $B/datadir
$B/tools/common/cli_settings.o: private DEFINE += -DNOTT_DATADIR='"$(DATADIR)"'
$B/datadir: FORCE
	@mkdir -p $(@D)
	@echo '$(DATADIR)' | cmp -s - $@ || echo '$(DATADIR)' > $@

$(CORE): $(CORE_SRC:%.c=$B/%.o) $(PAGE).o
	@echo "  AR    $@"
	$(RM) $@
	$(AR) rcs $@ $^

$(foreach t,$(TOOL_SRC:tools/%.c=%),$(eval $B/$t: $(patsubst %.c,$B/%.o,$(filter tools/$t/% tools/common/%,$(TOOL_PARTS)))))
$(TOOLS): $B/%: $B/tools/%.o $(CORE)
$(UNIT):  %: %.o $(CORE)
# The kernels see no outside bytes: looking at them would only take time.
ifneq ($(findstring fuzzer,$(SAN)),)
$B/src/nn/kernel_%.o: SANOPT += -fno-sanitize=all
endif

# libFuzzer has a main of its own; else the targets get that of replay.c.
$(FUZZ):  %: %.o $(if $(findstring fuzzer,$(SAN)),,$B/tests/fuzz/replay.o) $(CORE)
$(TOOLS) $(UNIT) $(FUZZ):
	@echo "  LINK  $@"
	$(LINK) $(if $(findstring tests/fuzz,$@),$(if $(findstring fuzzer,$(SAN)),-fsanitize=fuzzer)) $^ $(LIBS) \
	    $(if $(findstring tests/unit,$@),$(CMOCKA)) -o $@

# ---- pipelines: fetch, seq, train, sample, eval ----

SHIPPED  := models/nottingham#   the model that comes along

CONFIG   ?= configs/nottingham.ini
name     := $(notdir $(CONFIG:.ini=))
RUN      ?= my-$(name)#   name of the run, in models/
ZIP      ?=#          a local archive instead of the download
SHA256   ?=#          of that archive; none = any
SEED     ?= 8
MIDI     := data/nottingham
SEQ      := data/$(name).seq
MODEL    := models/$(RUN)
SONG     := $(MODEL)/song.mid

fetch: $(MIDI)/.manifest ## download and unpack the collection (ZIP=path: from a file)
seq: $(SEQ) ## encode it
train: $(MODEL)/training.done ## train CONFIG into models/RUN
sample: $(SONG) ## compose a tune with models/RUN (SEED=n)
eval: $(MODEL)/eval.txt ## judge models/RUN by the test tunes
	cat $<

$(MIDI)/.manifest: | $B/nott-fetch
	$B/nott-fetch --dest $(MIDI) $(if $(ZIP),--zip "$(ZIP)") $(if $(SHA256),--sha256 $(SHA256))

$(SEQ): $(MIDI)/.manifest $(CONFIG) | $B/midi2seq
	$B/midi2seq --config $(CONFIG) --report $(SEQ:.seq=.tsv) -o $@ $(MIDI)

# An interrupted training goes on; one whose data or settings changed begins anew.
$(MODEL)/training.done: $(SEQ) $(CONFIG) | $B/rnn-train
	$(if $(filter $(SHIPPED),$(MODEL)),$(error $(SHIPPED) is the model that comes along; take another RUN))
	if test $(MODEL)/last.safetensors -nt $(SEQ) && test $(MODEL)/last.safetensors -nt $(CONFIG); \
	then how=--resume; else how=--force; fi; \
	$B/rnn-train --config $(CONFIG) --run $(MODEL) --set data.sequences=$(SEQ) $$how
	touch $@

# Another SEED is another song.
$(MODEL)/seed: $(MODEL)/training.done FORCE
	@echo $(SEED) | cmp -s - $@ || echo $(SEED) > $@

$(SONG): $(MODEL)/training.done $(MODEL)/seed | $B/rnn-sample
	$B/rnn-sample --config $(MODEL) --seed $(SEED) --force -o $@ -o $(@:.mid=.svg) -o $(@:.mid=.html)

$(MODEL)/eval.txt: $(MODEL)/training.done | $B/rnn-eval
	$B/rnn-eval --config $(MODEL) > $@.part
	mv $@.part $@

# ---- the model that comes along ----

song: $B/rnn-sample ## compose with the model that comes along, to listen to (SEED=n)
	@mkdir -p build
	$B/rnn-sample --config $(SHIPPED) --seed $(SEED) --accompaniment boom-chuck --force \
	    -o build/song.html -o build/song.mid -o build/song.abc
	@echo; echo 'To hear it, open this in a browser: file://$(CURDIR)/build/song.html'
	@echo 'The same as MIDI and as ABC notation: build/song.mid, build/song.abc'

# Trains it anew; the bytes are the same on every processor with AVX2 or NEON.
reproduce: data/nottingham.seq | $B/rnn-train ## train the model that comes along again and compare
	$B/rnn-train --config configs/nottingham.ini --run build/reproduced --force \
	    --set data.sequences=data/nottingham.seq
	cmp build/reproduced/best.safetensors $(SHIPPED)/best.safetensors && echo 'the same bytes'

# ---- the demo: everything above on the tunes in data/starter, no network ----

D        := build/demo
# Prints the command, then runs it.
say       = @echo; echo '$$ $(1)'; $(1)

demo: $(TOOLS) ## learn the starter tunes and compose, in about a minute
	$(call say,$B/nott-fetch --zip data/starter.zip --sha256 none --dest $D/midi)
	$(call say,$B/midi2seq --config configs/starter.ini -o $D/starter.seq $D/midi)
	$(call say,$B/rnn-train --config configs/starter.ini --run $D/model --force)
	$(call say,$B/rnn-sample --config $D/model --seed $(SEED) --force -o $D/song.mid -o $D/song.html)
	$(call say,$B/rnn-eval --config $D/model)
	$(call say,$B/rnn-sample --config $(SHIPPED) --seed $(SEED) --force -o $D/nottingham.mid -o $D/nottingham.html)
	@echo; echo 'The tunes are $D/song.mid, learnt just now from 57 tunes, and $D/nottingham.mid,'
	@echo 'from the model that comes along, which knows 679. To hear them, open the .html beside them in a browser.'

starter: ## rebuild data/starter.zip from data/starter/*.abc
	python3 data/starter/check.py
	python3 data/starter/make.py data/starter.zip

# ---- tests ----

tests: all $(UNIT) $(FUZZ) # builds them all

# the collection, for the tests that need it
TEST_DATA := $(wildcard data/nottingham.zip)
export NOTTINGHAM_ZIP ?= $(abspath $(TEST_DATA))

check: all check-unit check-fuzz check-cli ## run all tests

check-unit: $(UNIT)
	OPENBLAS_NUM_THREADS=1 sh tests/unit.sh $(UNIT)

# Every target gets the seeds of all, and what was found once.
check-fuzz: $(FUZZ) $(TOOLS)
	python3 tests/fuzz/seeds.py $B $B/corpus
	set -e; for f in $(FUZZ); do $$f $B/corpus/* tests/fuzz/found data/starter.zip data/starter configs; done

TIME      = 60#       seconds that each target is fuzzed

fuzz: $(TOOLS) ## look for inputs that break the readers (TIME=seconds for each; needs clang)
	@command -v clang >/dev/null || { echo 'make: clang, which has libFuzzer, is not there' >&2; exit 1; }
	python3 tests/fuzz/seeds.py $B build/fuzz/seeds
	$(MAKE) CC=clang SAN=fuzzer-no-link,address,undefined CFLAGS='-O1 -g' fuzz-run

fuzz-run: $(FUZZ)
	sh tests/fuzz/run.sh $(TIME) $(FUZZ)

JOBS     ?= 2#        files of tests at a time, each for a tool or two

check-cli: $(TOOLS) $B/tests/unit/test_page $B/tests/unit/test_abc_write
	BIN=$(abspath $B) prove -j $(JOBS) -e bats tests/cli/*.bats

check-mutants: $(TOOLS) ## would the cli tests notice tools that do nothing? (10 minutes)
	sh tests/cli/mutants.sh $B tests/cli/*.bats

BUDGET    = 60#       seconds for each part of the campaign; 0 = all that there is to try

campaign: $(TOOLS) ## let everything fail that can, in turn (BUDGET=seconds for each kind)
	BIN=$(abspath $B) BUDGET=$(BUDGET) sh tests/campaign/run

asan: ## the same tests under the address and undefined sanitizers
	$(MAKE) SAN=address,undefined check

check-real: ## gradients and parity in double precision
	$(MAKE) REAL=double check-unit

BENCH    := $B/tests/bench/train-bench $B/tests/bench/sample-bench

bench: $(BENCH) ## measure training and composing
	for n in 1 2; do for b in 32 64; do $B/tests/bench/train-bench --threads $$n --batch $$b; echo; done; done
	for n in 1 2; do $B/tests/bench/train-bench --threads $$n --precision bf16; echo; done
	sh tests/bench/growth.sh $B/tests/bench/train-bench
	@echo
	$B/tests/bench/sample-bench

ablation: $B/rnn-train $(SEQ) ## what each part of the model gives: trains 63 times
	sh tests/bench/ablation.sh $B/rnn-train $(CONFIG) $(SEQ)

bench-peers: $B/tests/bench/train-bench ## measure training in turn with PyTorch
	sh tests/bench/peers.sh $<

$(BENCH): $B/tests/bench/%: $B/tests/bench/%.o $(CORE)
	@echo "  LINK  $@"
	$(LINK) $^ $(LIBS) -o $@

lint: ## include table, banned functions, format
	sh tests/lint.sh

format: ## format the sources
	clang-format -i $(SOURCES)

SOURCES  := $(wildcard src/*/*.[ch] include/nott/*/*.h tools/*.c tools/*/*.[ch] tests/*/*.[ch])

# ---- dependencies, installation ----

APT      := build-essential pkg-config zlib1g-dev libcurl4-openssl-dev libssl-dev libsmf-dev \
            libopenblas-dev libzip-dev libinih-dev libjansson-dev \
            libcmocka-dev bats perl procps python3 python3-mido openssl groff clang-format abcmidi abcm2ps
BREW     := pkg-config zlib curl openssl@3 libsmf openblas libzip inih jansson argp-standalone \
            cmocka bats-core python3 clang-format abcmidi abcm2ps

deps: ## install what is missing (apt-get or Homebrew)
	sh tests/deps.sh '$(PACKAGES) cmocka' '$(APT)' '$(BREW)'

MAN      := $(TOOL_SRC:.c=.1)

install: all ## install tools, manual pages, model and configs (DESTDIR, PREFIX)
	install -d "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(MANDIR)/man1" \
	    "$(DESTDIR)$(DATADIR)/models/nottingham" "$(DESTDIR)$(DATADIR)/configs"
	install -m 644 $(SHIPPED)/* "$(DESTDIR)$(DATADIR)/models/nottingham"
	install -m 644 configs/*.ini "$(DESTDIR)$(DATADIR)/configs"
	install -m 755 $(TOOLS) "$(DESTDIR)$(BINDIR)"
	install -m 644 $(MAN) "$(DESTDIR)$(MANDIR)/man1"

uninstall: ## remove them
	$(RM) -r "$(DESTDIR)$(DATADIR)"
	$(RM) $(TOOLS:$B/%="$(DESTDIR)$(BINDIR)/%") $(TOOL_SRC:tools/%.c="$(DESTDIR)$(MANDIR)/man1/%.1")

clean: ## remove build/
	$(RM) -r build

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## /{printf "  make %-13s %s\n", $$1, $$2}' Makefile

-include $(OBJ:.o=.d) $(PAGE).d
.PHONY: all fetch seq train sample eval song reproduce demo starter tests check check-unit check-fuzz fuzz fuzz-run \
        check-cli check-mutants campaign bench bench-peers ablation asan check-real lint format deps install uninstall clean help FORCE
.SECONDARY:
