# Makefile: builds sepcc and libsepcc, tests, checks and installs them. `make help` lists the targets.
#
# Everything is written below $(BUILD); objects are made again when the compiler or its flags change.

BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
AR_FLAGS := rcs
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60

WARN ?= -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
CFLAGS ?= -O2 -g
SANITIZE ?=
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(CFLAGS) $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_LDFLAGS = $(LDFLAGS) $(if $(SANITIZE),-fsanitize=$(SANITIZE))
LIBS = -lpthreadpool -lmd -lcjson -lm -ldl -pthread

# The runtime knows nothing of the generator, and its sums may not be contracted: it is the reference.
FLAGS_runtime   = -Iruntime -ffp-contract=off
FLAGS_generator = -Igenerator -Iruntime
FLAGS_tests     = -Igenerator -Iruntime -Itests -ffp-contract=off

VERSION := $(shell sed -n 's/^.define SEPCC_VERSION "\(.*\)"/\1/p' runtime/sepcc_version.h)

runtime_c   := $(filter-out runtime/runner.c,$(wildcard runtime/*.c))
generator_c := $(filter-out generator/main.c,$(wildcard generator/*.c))
support_c   := $(wildcard tests/support*.c)
test_c      := $(wildcard tests/test_*.c)
fuzz_c      := $(wildcard tests/fuzz_*.c)
headers     := $(wildcard generator/*.h runtime/*.h tests/*.h)
all_c       := $(wildcard runtime/*.c generator/*.c examples/*.c bench/*.c tests/*.c tests/emulators/*.c)

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
tests  := $(patsubst tests/%.c,$(BUILD)/tests/%,$(test_c))
fuzzers := $(patsubst tests/%.c,$(BUILD)/fuzz/%,$(fuzz_c))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: FORCE
FORCE:


.PHONY: all
all: $(BUILD)/sepcc $(BUILD)/libsepcc.a ## build the program sepcc and the library libsepcc.a

.PHONY: tests
tests: all $(tests) ## build the test programs

# The command of every object, kept in a file that changes only when the command does.
keep = @mkdir -p $(@D); printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' > $@
$(BUILD)/flags: FORCE
	$(call keep,$(CC) $(shell $(CC) -dumpfullversion -dumpversion) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(FLAGS_runtime) $(FLAGS_generator) $(FLAGS_tests))
$(BUILD)/libsepcc.list: FORCE
	$(call keep,$(runtime_c))
$(BUILD)/libgenerator.list: FORCE
	$(call keep,$(generator_c))

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(FLAGS_$(firstword $(subst /, ,$<))) -MMD -MP -c $< -o $@

$(BUILD)/libsepcc.a: $(call objects,$(runtime_c)) $(BUILD)/libsepcc.list
	@rm -f $@
	$(AR) $(AR_FLAGS) $@ $(filter %.o,$^)

$(BUILD)/libgenerator.a: $(call objects,$(generator_c)) $(BUILD)/libgenerator.list
	@rm -f $@
	$(AR) $(AR_FLAGS) $@ $(filter %.o,$^)

$(BUILD)/sepcc: $(BUILD)/generator/main.o $(BUILD)/libgenerator.a $(BUILD)/libsepcc.a
	$(CC) $(ALL_LDFLAGS) $(filter %.o %.a,$^) $(LIBS) -o $@

$(tests): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(call objects,$(support_c)) $(BUILD)/libgenerator.a $(BUILD)/libsepcc.a
	$(CC) $(ALL_LDFLAGS) $(filter %.o %.a,$^) -lcmocka $(LIBS) -o $@

# Test objects are intermediate to make; keep them, so that only what changed is compiled again.
.SECONDARY:

-include $(wildcard $(BUILD)/runtime/*.d $(BUILD)/generator/*.d $(BUILD)/tests/*.d)

.PHONY: clean
clean: ## remove everything that was built
	rm -rf $(BUILD) build-asan build-clang

.PHONY: help
help: ## print this list
	@echo "sepcc $(VERSION): make targets (variables: BUILD CC CFLAGS PREFIX DESTDIR JOBS)"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | sort | awk -F '\t' '{ printf "  %-15s %s\n", $$1, $$2 }'
