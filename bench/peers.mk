# peers.mk: builds bench_peers and an object for each peer whose headers are installed. Included by the Makefile.

peer_names := xnnpack onnxruntime onednn openblas libxsmm
peer_folder := $(BUILD)/bench/peers

# What tells that a peer can be built, the Debian package that names its version, and what it is linked with.
peer_header_xnnpack  := xnnpack.h
peer_package_xnnpack := libxnnpack-dev
peer_libs_xnnpack    := -lXNNPACK -lpthreadpool
peer_header_onnxruntime := dlfcn.h
peer_libs_onnxruntime   := -ldl
peer_header_onednn  := dnnl.h
peer_package_onednn := libdnnl-dev
peer_libs_onednn    := -ldnnl -lgomp
peer_header_openblas  := cblas.h
peer_package_openblas := libopenblas-dev
peer_libs_openblas    := -lopenblas
peer_header_libxsmm  := libxsmm.h
peer_package_libxsmm := libxsmm-dev
peer_libs_libxsmm    := -lxsmm -lxsmmnoblas -lpthreadpool -ldl -pthread

include_folders := /usr/include /usr/include/$(shell $(CC) -dumpmachine 2>/dev/null) /usr/local/include
has_header = $(firstword $(wildcard $(addsuffix /$(1),$(include_folders))))
peers_found = $(foreach p,$(peer_names),$(if $(call has_header,$(peer_header_$(p))),$(p)))
# The version of the Debian package of the peer that is compiled ($* is its file without suffix).
peer_package = $(peer_package_$(patsubst peer_%,%,$(notdir $*)))
package_version = $(if $(peer_package),$(shell dpkg-query -W -f '$${Version}' $(peer_package) 2>/dev/null))

peer_c         := $(patsubst %,bench/peers/peer_%.c,$(peer_names)) bench/peers/onnx_model.c bench/peers/product.c
bench_driver_c := $(filter-out $(peer_c),$(wildcard bench/peers/*.c))
bench_driver_o := $(patsubst %.c,$(BUILD)/%.o,$(bench_driver_c))

FLAGS_bench = -Igenerator -Iruntime -fPIC $(if $(peer_package),-DPEER_PACKAGE_VERSION='"$(package_version)"')

$(peer_folder)/bench_peers: $(bench_driver_o) $(BUILD)/libgenerator.a $(BUILD)/libsepcc.a
	$(call link,)

# What each peer is made of besides its own file.
$(peer_folder)/peer_onnxruntime.so: $(peer_folder)/onnx_model.o $(BUILD)/generator/verify/ort.o
$(BUILD)/generator/verify/ort.o: private ALL_CFLAGS += -fPIC
$(peer_folder)/peer_openblas.so $(peer_folder)/peer_libxsmm.so: $(peer_folder)/product.o

$(peer_folder)/peer_%.so: $(peer_folder)/peer_%.o $(peer_folder)/tensors.o
	$(call say,LD $@)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared $(filter %.o,$^) $(peer_libs_$*) -lm -o $@

.PHONY: bench-peers peers
peers: $(peer_folder)/bench_peers $(patsubst %,$(peer_folder)/peer_%.so,$(peers_found)) ## build bench_peers and the peers that are installed

bench-peers: ## measure sepcc beside ONNX Runtime, XNNPACK, oneDNN, OpenBLAS and LIBXSMM (CHAINS= PEERS= THREADS= ISA= WISDOM= PEER_SECONDS=)
	@BUILD=$(BUILD) scripts/bench-peers.sh

-include $(wildcard $(peer_folder)/*.d)
