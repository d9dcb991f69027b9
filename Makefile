# nott: `make help` lists what there is to make.
CC       ?= cc
AR       ?= ar
CFLAGS   ?= -O3 -g
PREFIX   ?= /usr/local
BINDIR   ?= $(PREFIX)/bin
MANDIR   ?= $(PREFIX)/share/man
SAN      ?=#          sanitizers, e.g. SAN=address,undefined
REAL     ?= float#    number type of the networks: float or double
V        ?= 0

comma    := ,
flavour  := $(if $(SAN),$(subst $(comma),-,$(SAN)),release)$(if $(filter double,$(REAL)),-double)
B        := build/$(flavour)

PACKAGES := smf zlib libcurl libcrypto openblas libzip inih jansson
pkg       = $(shell pkg-config $(1) $(2) 2>/dev/null)

WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wcast-qual -Wwrite-strings -Wpointer-arith -Wundef -Wvla -Wformat=2
SANOPT    = $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all)
OPENMP   ?= $(shell echo 'int main(void){return 0;}' | $(CC) -fopenmp -xc - -o /dev/null 2>/dev/null && echo -fopenmp || echo -Wno-unknown-pragmas)
DEFINE    = -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE $(if $(filter double,$(REAL)),-DREAL_IS_DOUBLE)
# floating-point traps and errno are never looked at, and saying so is what
# lets the compiler vectorise; NaN and infinity keep their meaning.
NUMERIC  := -fno-math-errno -fno-trapping-math
PKGFLAGS := $(call pkg,--cflags,$(PACKAGES))
COMPILE   = $(CC) -Iinclude -Itools $(PKGFLAGS) $(DEFINE) $(CPPFLAGS) -std=c11 $(WARN) $(NUMERIC) $(OPENMP) \
            $(SANOPT) $(CFLAGS) -MMD -MP -c
LINK      = $(CC) $(SANOPT) $(OPENMP) $(CFLAGS) $(LDFLAGS)
LIBS     := $(call pkg,--libs,$(PACKAGES)) -lm

CORE_SRC := $(wildcard src/*/*.c)
TOOL_HELP := tools/cli.c tools/runlog.c # shared by the tools
TOOL_SRC := $(filter-out $(TOOL_HELP),$(wildcard tools/*.c))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
CORE     := $B/libnott.a
TOOLS    := $(TOOL_SRC:tools/%.c=$B/%)
UNIT     := $(UNIT_SRC:%.c=$B/%)
FUZZ     := $(FUZZ_SRC:%.c=$B/%)
OBJ      := $(patsubst %.c,$B/%.o,$(CORE_SRC) $(TOOL_SRC) $(UNIT_SRC) $(FUZZ_SRC) $(TOOL_HELP) tests/fuzz/replay.c)

ifneq ($(V),1)
.SILENT:
endif

all: $(CORE) $(TOOLS) ## build the tools into build/release

$B/src/%.o $B/tools/%.o $B/tests/%.o: $B/flags
$B/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(COMPILE) $< -o $@

# Other flags or another compiler must not meet old objects.
$B/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE) $(LINK)' | cmp -s - $@ || echo '$(COMPILE) $(LINK)' > $@

$(CORE): $(CORE_SRC:%.c=$B/%.o)
	@echo "  AR    $@"
	$(RM) $@
	$(AR) rcs $@ $^

$(TOOLS): $B/%: $B/tools/%.o $(TOOL_HELP:%.c=$B/%.o) $(CORE)
$(UNIT):  %: %.o $(CORE)
$(FUZZ):  %: %.o $B/tests/fuzz/replay.o $(CORE)
$(TOOLS) $(UNIT) $(FUZZ):
	@echo "  LINK  $@"
	$(LINK) $^ $(LIBS) $(if $(findstring tests/unit,$@),$(call pkg,--libs,cmocka)) -o $@

clean: ## remove build/
	$(RM) -r build

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

-include $(OBJ:.o=.d)
.PHONY: all clean help FORCE
.SECONDARY:
