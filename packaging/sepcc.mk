# sepcc.mk: kernels in a project that GNU make builds.
#
#     include $(shell pkg-config --variable=makefile sepcc)
#     $(eval $(call sepcc_kernels,net,net.layers,sse avx2 avx512))
#
#     program: main.c $(net_LIB)
#     	$(CC) $(net_CPPFLAGS) main.c $(net_LIB) -lm -o program
#
# sepcc_kernels(name, file, isas[, options]): a bundle of that name out of the layers or the model in file. Defines
# name_LIB, the static library, and name_CPPFLAGS. sepcc runs again when the file, sepcc or a template changes; only
# what it writes anew is compiled again, with CC, AR and CFLAGS. SEPCC is the program, SEPCC_OUT where bundles go.

SEPCC ?= sepcc
SEPCC_OUT ?= sepcc-kernels

sepcc_mk_folder := $(dir $(lastword $(MAKEFILE_LIST)))
sepcc_own_files := $(shell command -v $(SEPCC)) \
    $(shell find $(firstword $(wildcard $(sepcc_mk_folder)templates $(sepcc_mk_folder)../templates)) -name '*.m4')

define sepcc_kernels
$(1)_LIB := $(SEPCC_OUT)/$(1)/lib$(1).a
$(1)_CPPFLAGS := -I$(SEPCC_OUT)/$(1)

$(SEPCC_OUT)/$(1).stamp: $(2) $$(sepcc_own_files)
	mkdir -p $$(@D)
	$$(SEPCC) gen -f $(2) --isa $(subst $(sepcc_space),$(sepcc_comma),$(strip $(3))) --name $(1) $(4) -o $(SEPCC_OUT)/$(1)
	touch $$@

$$($(1)_LIB): $(SEPCC_OUT)/$(1).stamp
	$$(MAKE) -C $(SEPCC_OUT)/$(1) CC='$$(CC)' AR='$$(AR)' CFLAGS='$$(or $$(CFLAGS),-O2)' lib$(1).a
	touch $$@
endef
sepcc_comma := ,
sepcc_empty :=
sepcc_space := $(sepcc_empty) $(sepcc_empty)
