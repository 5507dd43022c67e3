# sepcc.mk: kernels in a project that GNU make builds.
#
#     include $(or $(shell pkg-config --print-errors --variable=makefile sepcc),sepcc.mk)
#     $(eval $(call sepcc_kernels,net,net.layers,sse avx2 avx512))
#
#     program: main.c $(net_LIB)
#     	$(CC) $(net_CPPFLAGS) main.c $(net_LIB) -lm -o program
#
# sepcc_kernels(name, file, isas[, options[, wisdom]]): a bundle of that name out of the layers or the model in file,
# with the tuned plans of wisdom, if it is given. Defines name_LIB, the static library, and name_CPPFLAGS. sepcc runs
# again when a file that it read, itself, a template or a word of the call changes; only what it writes anew is compiled
# again, with CC, AR and CFLAGS. A file of `--weights FILE` in the options is made again when it is gone. SEPCC is the program, SEPCC_OUT where bundles go.

SEPCC ?= sepcc
SEPCC_OUT ?= sepcc-kernels

sepcc_mk_folder := $(dir $(lastword $(MAKEFILE_LIST)))
sepcc_own_files := $(shell command -v $(SEPCC)) \
    $(shell find $(firstword $(wildcard $(sepcc_mk_folder)templates $(sepcc_mk_folder)../templates)) -name '*.m4') \
    $(firstword $(wildcard $(sepcc_mk_folder)runtime/sepcc_kernel.h $(sepcc_mk_folder)../runtime/sepcc_kernel.h))

sepcc_comma := ,
sepcc_empty :=
sepcc_space := $(sepcc_empty) $(sepcc_empty)

# The words after $(SEPCC), and the files that it read the last time; one that is gone makes it run, and say so.
sepcc_words = gen -f $(2) --isa $(subst $(sepcc_space),$(sepcc_comma),$(strip $(3))) --name $(1) $(4) \
    $(if $(strip $(5)),--wisdom $(strip $(5))) -o $(SEPCC_OUT)/$(1) --dependencies $(SEPCC_OUT)/$(1).dependencies
sepcc_read = $(foreach file,$(shell cat $(SEPCC_OUT)/$(1).dependencies 2>/dev/null),$(or $(wildcard $(file)),sepcc_force))
# The file that --weights names in the options, which is written, too; when it is gone sepcc runs.
sepcc_side = $(patsubst --weights=%,%,$(filter --weights=%,$(subst --weights ,--weights=,$(1))))
sepcc_lost = $(foreach file,$(call sepcc_side,$(1)),$(if $(wildcard $(file)),,sepcc_force))
# Empty when the texts are the same.
sepcc_differ = $(subst x$(strip $(1))x,,x$(strip $(2))x)

# .words holds the words of the last run and changes only with them, so that a call that was edited runs sepcc again.
define sepcc_kernels
$(1)_LIB := $(SEPCC_OUT)/$(1)/lib$(1).a
$(1)_CPPFLAGS := -I$(SEPCC_OUT)/$(1)
sepcc_goal := $$(.DEFAULT_GOAL)

$(SEPCC_OUT)/$(1).stamp: $(2) $(5) $$(sepcc_own_files) $(call sepcc_read,$(1)) $(call sepcc_lost,$(4)) $(SEPCC_OUT)/$(1).words
	$$(SEPCC) $(sepcc_words)
	touch $$@

$(SEPCC_OUT)/$(1).words: $(if $(call sepcc_differ,$(shell cat $(SEPCC_OUT)/$(1).words 2>/dev/null),$(sepcc_words)),sepcc_force)
	mkdir -p $$(@D)
	printf '%s\n' '$(subst ','\'',$(strip $(sepcc_words)))' >$$@

$$($(1)_LIB): $(SEPCC_OUT)/$(1).stamp
	$$(MAKE) -C $(SEPCC_OUT)/$(1) CC='$$(CC)' AR='$$(AR)' CFLAGS='$$(or $$(CFLAGS),-O2)' lib$(1).a
	touch $$@
# The first rule of the project stays what plain `make` does.
.DEFAULT_GOAL := $$(sepcc_goal)
endef

.PHONY: sepcc_force
