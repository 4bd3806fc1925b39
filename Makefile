# esplain: GNU make, no configure. `make help` lists the targets; each set of flags (MODE) builds in a folder of its own.
MODE    ?= release
ifeq ($(origin CC),default)
CC      := gcc
endif
CLANG   ?= clang
PREFIX  ?= /usr/local
DESTDIR ?=
PYTHON  ?= python3
PKG_CONFIG ?= pkg-config
SHARED  ?= ../shared

BUILD := build/$(MODE)
WARN  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings \
         -Wvla -Wundef -Wformat=2 -Wno-format-nonliteral -Wswitch-enum
FLAGS_release := -O2 -g
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_cover   := -O0 -g --coverage
HARDEN_release := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
DEPS  := libpcap zlib libzstd libcrypto libmnl libxml-2.0 jansson libseccomp libcap-ng ncursesw
LIBNET_CONFIG ?= libnet-config
CPPFLAGS_ALL := -Iinclude -Isrc -D_GNU_SOURCE $(shell $(PKG_CONFIG) --cflags $(DEPS)) $(shell $(LIBNET_CONFIG) --defines) $(HARDEN_$(MODE)) $(CPPFLAGS)
CFLAGS_ALL   := -std=c11 -pthread $(WARN) -Werror $(FLAGS_$(MODE)) $(CFLAGS)
LDFLAGS_ALL  := -Wl,--as-needed -pthread $(FLAGS_$(MODE)) $(LDFLAGS)
LDLIBS_ALL   := $(shell $(PKG_CONFIG) --libs $(DEPS)) $(shell $(LIBNET_CONFIG) --libs) $(LDLIBS)

LIB_SRC  := $(filter-out src/cli/%,$(sort $(shell find src -name '*.c')))
CLI_SRC  := $(sort $(wildcard src/cli/*.c))
UNIT_SRC := $(sort $(wildcard tests/unit/*_test.c tests/kat/*_test.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
HELP_SRC := $(sort $(wildcard tests/support/*.c))

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
LIB     := $(BUILD)/libesplain.a
ESPLAIN := $(BUILD)/esplain
UNIT    := $(patsubst tests/%.c,$(BUILD)/tests/%,$(UNIT_SRC))
REPLAY  := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(FUZZ_SRC))
BENCH   := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(BENCH_SRC))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all check check-quick check-asan fuzz bench cover lint docs install help clean unit

all: $(ESPLAIN) ## build build/release/esplain and link it as ./build/esplain
	@ln -sf $(MODE)/esplain build/esplain

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(LIB): $(call obj,$(LIB_SRC))
	@rm -f $@
	$(AR) rcs $@ $^

$(ESPLAIN): $(call obj,$(CLI_SRC)) $(LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL)

$(BUILD)/tests/unit/% $(BUILD)/tests/kat/%: CPPFLAGS_ALL += -Itests
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(call obj,$(HELP_SRC)) $(LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcmocka $(LDLIBS_ALL)
$(BUILD)/tests/kat/%: $(BUILD)/tests/kat/%.o $(call obj,$(HELP_SRC)) $(LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcmocka $(LDLIBS_ALL)
$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL)

# A fuzz target is one file with LLVMFuzzerTestOneInput; gcc's replay feeds it its corpus, clang's libFuzzer explores.
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL)

unit: $(UNIT)
check: all $(UNIT) $(REPLAY) ## everything: lint, unit tests, fuzz corpora, scenarios; then all of it under ASan and UBSan
	tests/run.sh release "$(SHARED)"
check-quick: all $(UNIT) $(REPLAY) ## as check, without the sanitizers' build
	QUICK=1 tests/run.sh release "$(SHARED)"
check-asan: ## unit tests, corpora and scenarios under ASan and UBSan alone
	$(MAKE) MODE=asan all-asan
	tests/run.sh asan "$(SHARED)"
.PHONY: all-asan
all-asan: $(ESPLAIN) $(UNIT) $(REPLAY)

FUZZ_TIME ?= 60
fuzz: ## explore each fuzz target with libFuzzer for FUZZ_TIME seconds
	FUZZ_LIBS="$(LDLIBS_ALL)" tests/fuzz/explore.sh "$(CLANG)" $(FUZZ_TIME) $(FUZZ_SRC)
bench: all $(BENCH) ## measure esplain beside libpcap's empty loop, tcpdump and tshark
	tests/bench/run.sh $(BUILD)
cover: ## line coverage of the unit tests and corpora
	$(MAKE) MODE=cover all-asan && tests/cover.sh
lint: ## who includes whom, one door a library, banned functions, complete condition rows
	tests/lint/run.sh
docs: all ## regenerate docs/conditions.md from the tables
	$(ESPLAIN) explain --markdown > docs/conditions.md
install: all ## into $(DESTDIR)$(PREFIX)
	install -D -m 755 $(ESPLAIN) $(DESTDIR)$(PREFIX)/bin/esplain
	install -D -m 644 docs/esplain.1 $(DESTDIR)$(PREFIX)/share/man/man1/esplain.1
	install -D -m 644 docs/esplain.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/esplain
	install -D -m 644 docs/esplain.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/esplain.conf
	install -D -m 644 docs/esplain.service $(DESTDIR)$(PREFIX)/lib/systemd/system/esplain.service
	sed -i 's|/usr/local/bin/|$(PREFIX)/bin/|' $(DESTDIR)$(PREFIX)/lib/systemd/system/esplain.service
help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*##/:/' | awk -F: '{printf "  %-12s%s\n", $$1, $$2}'
clean: ## remove build/
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
