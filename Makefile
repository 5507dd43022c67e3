# Makefile: builds sepcc and libsepcc, tests, checks and installs them. `make help` lists the targets.
#
# Everything is written below $(BUILD); objects are made again when the compiler or its flags change.

BUILD ?= build
# Spelt in one way, whoever calls make: the flags that are kept hold it, and would otherwise have all be built again.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))
ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60

WARN ?= -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
CFLAGS ?= -O2 -g
SANITIZE ?=
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(CFLAGS)
ALL_LDFLAGS = $(LDFLAGS)
ifneq ($(SANITIZE),)
# A null pointer is left to be the fault that it is, which a test provokes and ASan reports.
ALL_CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize=null -fno-sanitize-recover=all -fno-omit-frame-pointer
ALL_LDFLAGS += -fsanitize=$(SANITIZE)
endif
LIBS = -lpthreadpool -lmd -lcjson -lprotobuf-c -lsqlite3 -lm -ldl -pthread

# The runtime knows nothing of the generator, and its sums may not be contracted: it is the reference. The same
# objects go into the static and the shared library; what sepcc.h declares is visible, the rest is not.
FLAGS_runtime   = -Iruntime -ffp-contract=off -fPIC -fvisibility=hidden
FLAGS_generator = -Igenerator -Iruntime
FLAGS_tests     = -Igenerator -Iruntime -Itests -ffp-contract=off
# A program built outside the source tree cannot find its templates by looking around itself.
ifeq ($(filter $(CURDIR)/%,$(abspath $(BUILD))),)
FLAGS_generator += -DSEPCC_SOURCE_DIR='"$(CURDIR)"'
endif

# ONNX's messages as C, made by protoc-c from Debian's file; a system header, as it is not ours to warn about.
ONNX_PROTO ?= /usr/include/onnx/onnx.proto
onnx := $(BUILD)/onnx/onnx.pb-c
FLAGS_generator += -isystem $(BUILD)/onnx
FLAGS_tests     += -isystem $(BUILD)/onnx

VERSION := $(shell sed -n 's/^.define SEPCC_VERSION "\(.*\)"/\1/p' runtime/sepcc_version.h)

# The shared library's name at run time; counts up when a program linked with the library would break.
SOVERSION := 0
shared_library := $(BUILD)/libsepcc.so.$(VERSION)

# runtime/runner.c is a program of its own, with threads of its own: sepcc compiles it for emulators and targets.
runner_c    := runtime/runner.c runtime/crew_plain.c
runtime_c   := $(filter-out $(runner_c),$(wildcard runtime/*.c))
generator_c := $(wildcard generator/*/*.c)
support_c   := $(wildcard tests/support*.c)
test_c      := $(wildcard tests/test_*.c)
fuzz_c      := $(wildcard tests/fuzz_*.c)
# tests/seed_onnx.c makes seeds for fuzzing of real models.
program_c   := $(wildcard generator/main.c $(runner_c) tests/seed_onnx.c)

include bench/peers.mk

hosted_c    := $(runtime_c) $(generator_c) $(program_c) $(support_c) $(test_c) $(fuzz_c) $(bench_driver_c)

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
tests   := $(patsubst %.c,$(BUILD)/%,$(test_c))
fuzzers := $(patsubst %.c,$(BUILD)/%,$(fuzz_c))
libraries := $(BUILD)/libgenerator.a $(BUILD)/libsepcc.a

# Commands are shown with V=1; otherwise one short line each.
ifeq ($(V),)
Q := @
say = @echo "  $(1)"
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: FORCE
FORCE:

# ---- programs and libraries ---------------------------------------------------------------------------

.PHONY: all tests fuzzers objects
all: $(BUILD)/sepcc $(BUILD)/libsepcc.a $(shared_library) ## build the program sepcc and the library libsepcc
# The benchmark's own program is linked with them, so that it cannot break unseen.
tests: all $(tests) $(peer_folder)/bench_peers ## build the test programs
fuzzers: $(fuzzers) $(BUILD)/tests/seed_onnx
objects: $(call objects,$(hosted_c))

# A file that holds a command or a list and changes only when that does.
keep = @mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(1))' >$@

compiler := $(CC) $(shell $(CC) -dumpfullversion -dumpversion 2>/dev/null)
$(BUILD)/flags: FORCE
	$(call keep,$(compiler) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(FLAGS_runtime) $(FLAGS_generator) $(FLAGS_tests))
$(BUILD)/libsepcc.list: FORCE
	$(call keep,$(runtime_c))
$(BUILD)/libgenerator.list: FORCE
	$(call keep,$(generator_c))

$(BUILD)/%.o: %.c $(BUILD)/flags
	$(call say,CC $<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(FLAGS_$(firstword $(subst /, ,$<))) -MMD -MP -c $< -o $@

$(onnx).c $(onnx).h &: $(ONNX_PROTO)
	$(call say,PROTOC-C $<)
	@mkdir -p $(@D)
	$(Q)protoc-c --c_out=$(@D) -I $(dir $<) $(notdir $<)
$(onnx).o: $(onnx).c $(BUILD)/flags
	$(call say,CC $<)
	$(Q)$(CC) -std=c11 -w $(CFLAGS) -I$(BUILD)/onnx -c $< -o $@
# Who includes it has no .d file yet when it is compiled for the first time.
$(call objects,$(filter generator/model/% tests/%,$(hosted_c))): | $(onnx).h

define archive
$(call say,AR $@)
@rm -f $@
$(Q)$(AR) rcs $@ $(filter %.o,$^)
endef

$(BUILD)/libsepcc.a: $(call objects,$(runtime_c)) $(BUILD)/libsepcc.list
	$(archive)
$(BUILD)/libgenerator.a: $(call objects,$(generator_c)) $(onnx).o $(BUILD)/libgenerator.list
	$(archive)

define link
$(call say,LD $@)
$(Q)$(CC) $(ALL_LDFLAGS) $(filter %.o %.a,$^) $(1) $(LIBS) -o $@
endef

# Sanitizers leave their own symbols to the program, so that only a plain library can be asked to be complete.
$(shared_library): $(call objects,$(runtime_c)) $(BUILD)/libsepcc.list runtime/libsepcc.map
	$(call say,LD $@)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,libsepcc.so.$(SOVERSION) -Wl,--version-script,runtime/libsepcc.map \
	    -Wl,--as-needed $(if $(SANITIZE),,-Wl,-z,defs) $(filter %.o,$^) -lpthreadpool -lm -ldl -pthread -o $@

$(BUILD)/sepcc: $(BUILD)/generator/main.o $(libraries)
	$(link)
$(tests): $(BUILD)/%: $(BUILD)/%.o $(call objects,$(support_c)) $(libraries)
	$(call link,-lcmocka)
$(BUILD)/tests/test_masked: $(BUILD)/bench/peers/masked.o $(BUILD)/bench/peers/machine.o
$(BUILD)/tests/seed_onnx: $(BUILD)/tests/seed_onnx.o $(libraries)
	$(link)
$(fuzzers): $(BUILD)/%: $(BUILD)/%.o $(libraries)
	$(call link,-fsanitize=fuzzer)

-include $(wildcard $(BUILD)/runtime/*.d $(BUILD)/generator/*.d $(BUILD)/generator/*/*.d $(BUILD)/tests/*.d)

# ---- checks -------------------------------------------------------------------------------------------

.PHONY: deps check check-tests check-long check-asan check-golden check-objects check-dist check-format check-layout check-warnings check-install check-torch lint fuzz

deps: ## install the Debian packages that building and testing need
	@scripts/install-deps.sh build emulators lint examples report cluster

check: deps ## run all tests and the quick checks; ends with the totals
	@BUILD=$(BUILD) scripts/onnxruntime.sh || true
	@$(MAKE) --no-print-directory -j$(JOBS) tests
	@BUILD=$(BUILD) scripts/check.sh tests golden objects dist format layout warnings install

check-tests: ## run the test programs only
	@$(MAKE) --no-print-directory -j$(JOBS) tests
	@BUILD=$(BUILD) scripts/check.sh tests

check-long: deps ## all of check, with more cases, sanitizers, PyTorch, lint and a minute of fuzzing
	@scripts/install-deps.sh long
	@BUILD=$(BUILD) scripts/onnxruntime.sh || true
	@$(MAKE) --no-print-directory -j$(JOBS) tests
	@BUILD=$(BUILD) SEPCC_TEST_LONG=1 TEST_TIMEOUT=7200 scripts/check.sh tests golden objects dist format layout warnings install lint asan torch fuzz

# What is checked is sepcc's own code, which a few cases reach: also within check-long, which asks for more of them.
check-asan: ## run the test programs with AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-asan SANITIZE=address,undefined -j$(JOBS) tests
	@BUILD=$(BUILD) scripts/onnxruntime.sh && ln -sfn $(abspath $(BUILD))/onnxruntime $(BUILD)-asan/onnxruntime || true
	@env -u SEPCC_TEST_LONG BUILD=$(BUILD)-asan SEPCC_SKIP_EMULATORS=1 SEPCC_TEST_CASES=200 TEST_TIMEOUT=1800 \
	    LSAN_OPTIONS=suppressions=$(CURDIR)/scripts/lsan.suppressions:print_suppressions=0 scripts/check.sh tests

check-golden: $(BUILD)/sepcc ## compare generated/ with what sepcc writes now
	@BUILD=$(BUILD) scripts/check-golden.sh

check-objects: $(BUILD)/sepcc ## look for foreign symbols and instructions above their ISA in compiled kernels
	@BUILD=$(BUILD) scripts/check-objects.sh

# What was built with one of the two is looked at where it is. Clang says the same at any level of optimization.
built_with = $(if $(SANITIZE),,$(notdir $(CC)))
warnings = $$(case $(1) in '$(built_with)') echo BUILD=$(BUILD) ;; \
    clang) echo BUILD=$(BUILD)/warnings/clang CFLAGS=-O0 ;; *) echo BUILD=$(BUILD)/warnings/$(1) ;; esac)

check-dist: ## the same tarball every time, which builds without git and writes the same bytes
	@BUILD=$(BUILD) JOBS=$(JOBS) scripts/check-dist.sh

formatted = $(shell find $(wildcard generator runtime tests examples bench) -name '*.[ch]' -o -name '*.cpp')
check-format: ## compare all C files with .clang-format
	@clang-format --dry-run -Werror $(formatted)

check-layout: ## the folders of generator/ depend on each other one way: generator/README.md
	@scripts/check-layout.sh

check-warnings: ## compile all C files with gcc and with clang, warnings as errors
	@status=0; for cc in gcc clang; do \
	    $(MAKE) --no-print-directory $(call warnings,$$cc) CC=$$cc -k -j$(JOBS) objects || status=1; done; exit $$status

check-install: all ## install into an empty folder, look at what is there, and build and run every example with it
	@BUILD=$(BUILD) scripts/check-install.sh

lint: $(onnx).h ## clang-tidy, cppcheck, and mandoc on the manual; silent when there is nothing to say
	@BUILD=$(BUILD) JOBS=$(JOBS) scripts/lint.sh $(hosted_c)

check-torch: $(BUILD)/sepcc ## compare `sepcc run` with PyTorch
	@BUILD=$(BUILD) scripts/check-torch.sh

fuzz: ## run each fuzz target for FUZZ_SECONDS
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined -j$(JOBS) fuzzers
	@BUILD=$(BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz.sh $(notdir $(fuzzers))

# ---- showing and renewing -----------------------------------------------------------------------------

.PHONY: demo bench regen

demo: ## MobileNetV1's 26 layers: generate, build, prove and measure them on this CPU
	@scripts/install-deps.sh build
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) scripts/demo.sh

bench: all ## measure MobileNetV1's 26 layers
	@$(BUILD)/sepcc bench -f examples/models/mobilenet_v1.layers --isa native

regen: $(BUILD)/sepcc ## write generated/ anew
	@BUILD=$(BUILD) scripts/check-golden.sh --write

# ---- the tarball --------------------------------------------------------------------------------------

.PHONY: dist
dist: ## write the sources of the last commit as a tarball, the same bytes every time
	@scripts/dist.sh $(BUILD)/sepcc-$(VERSION).tar.gz

# ---- installing ---------------------------------------------------------------------------------------

.PHONY: install uninstall clean help

# The usual names of folders; sepcc finds $(datadir)/sepcc from its own place, so that datadir is to be PREFIX/share.
INSTALL ?= install
bindir     ?= $(PREFIX)/bin
libdir     ?= $(PREFIX)/lib
includedir ?= $(PREFIX)/include
datadir    ?= $(PREFIX)/share
mandir     ?= $(datadir)/man
docdir     ?= $(datadir)/doc/sepcc
cmakedir   := $(libdir)/cmake/sepcc
# From the CMake files to a folder, so that the whole can be moved.
relative    = $(shell realpath -m -s --relative-to='$(cmakedir)' '$(1)')
configured  = sed -e 's|@VERSION@|$(VERSION)|g' -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@LIBDIR@|$(libdir)|g' \
    -e 's|@INCLUDEDIR@|$(includedir)|g' -e 's|@DATADIR@|$(datadir)|g' -e 's|@TO_BIN@|$(call relative,$(bindir))|g' \
    -e 's|@TO_LIB@|$(call relative,$(libdir))|g' -e 's|@TO_INCLUDE@|$(call relative,$(includedir))|g' \
    -e 's|@TO_DATA@|$(call relative,$(datadir))|g'
data_files = $(shell find templates runtime -type f \( -name '*.m4' -o -name '*.html' -o -name '*.[ch]' -o -name '*.md' \))
emulator_files = $(shell cd tests/emulators && find bxrun -type f)

install: all ## install below $(DESTDIR)$(PREFIX); libdir and the like can be given, too
	$(INSTALL) -D -m 755 $(BUILD)/sepcc '$(DESTDIR)$(bindir)/sepcc'
	$(INSTALL) -D -m 644 -t '$(DESTDIR)$(libdir)' $(BUILD)/libsepcc.a $(shared_library)
	ln -sf libsepcc.so.$(VERSION) '$(DESTDIR)$(libdir)/libsepcc.so.$(SOVERSION)'
	ln -sf libsepcc.so.$(SOVERSION) '$(DESTDIR)$(libdir)/libsepcc.so'
	$(INSTALL) -D -m 644 -t '$(DESTDIR)$(includedir)/sepcc' runtime/sepcc.h runtime/sepcc_kernel.h
	$(INSTALL) -D -m 644 -t '$(DESTDIR)$(mandir)/man1' $(wildcard docs/man/*.1)
	$(INSTALL) -D -m 644 -t '$(DESTDIR)$(docdir)' README.md $(wildcard docs/*.md)
	$(INSTALL) -D -m 644 -t '$(DESTDIR)$(cmakedir)' cmake/SepccKernels.cmake
	@mkdir -p '$(DESTDIR)$(libdir)/pkgconfig'
	$(configured) cmake/sepccConfig.cmake.in >'$(DESTDIR)$(cmakedir)/sepccConfig.cmake'
	$(configured) cmake/sepccConfigVersion.cmake.in >'$(DESTDIR)$(cmakedir)/sepccConfigVersion.cmake'
	$(configured) packaging/sepcc.pc.in >'$(DESTDIR)$(libdir)/pkgconfig/sepcc.pc'
	$(INSTALL) -D -m 644 -t '$(DESTDIR)$(datadir)/sepcc' packaging/sepcc.mk
	$(Q)for file in $(data_files); do $(INSTALL) -D -m 644 $$file '$(DESTDIR)$(datadir)/sepcc/'$$file || exit; done
	$(Q)cd tests/emulators && for file in $(emulator_files); do \
	    mode=644; test ! -x $$file || mode=755; \
	    $(INSTALL) -D -m $$mode $$file '$(DESTDIR)$(datadir)/sepcc/emulators/'$$file || exit; done

uninstall: ## remove what install wrote
	rm -f '$(DESTDIR)$(bindir)/sepcc' $(patsubst docs/man/%,'$(DESTDIR)$(mandir)/man1/%',$(wildcard docs/man/*.1))
	rm -f $(foreach suffix,a so so.$(SOVERSION) so.$(VERSION),'$(DESTDIR)$(libdir)/libsepcc.$(suffix)')
	rm -f '$(DESTDIR)$(libdir)/pkgconfig/sepcc.pc'
	rm -rf '$(DESTDIR)$(includedir)/sepcc' '$(DESTDIR)$(datadir)/sepcc' '$(DESTDIR)$(docdir)' '$(DESTDIR)$(cmakedir)'

clean: ## remove everything that was built
	rm -rf $(BUILD) $(BUILD)-asan

help: ## print this list
	@echo "sepcc $(VERSION). Variables: BUILD CC CFLAGS PREFIX DESTDIR JOBS FUZZ_SECONDS V=1. Targets:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile bench/peers.mk | sort | \
	    awk -F '\t' '{ printf "  %-15s %s\n", $$1, $$2 }'
