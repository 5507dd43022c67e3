m4_dnl bundle.mk.m4: the Makefile of a bundle.
M_NEED([F_VERSION], [F_FILE], [F_KERNEL_COUNT], [F_WEIGHTS], [F_STAGE_COUNT])m4_dnl
# Makefile: builds F_FILE into a static and a shared library with any C11 compiler; by sepcc F_VERSION.
# Programs that link it need -lm. For another architecture: make CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar

CFLAGS ?= -O2
override CFLAGS += -std=c11 -ffp-contract=off -fPIC

OBJECTS = F_FILE.o \
M_FOR([I_K], 0, F_KERNEL_COUNT, [	M_FACT([KERNEL], I_K).o \
])M_IF(F_WEIGHTS, [	F_FILE[]_weights.o \
])M_IF(F_WEIGHTS == 1, [M_FOR([I_S], 0, F_STAGE_COUNT, [	F_FILE[]_weights_[]M_FACT([STAGE], I_S, [NAME]).o \
])])m4_dnl

all: lib[]F_FILE.a lib[]F_FILE.so

lib[]F_FILE.a: $(OBJECTS)
	rm -f $@
	$(AR) rcs $@ $(OBJECTS)

lib[]F_FILE.so: $(OBJECTS)
	$(CC) $(LDFLAGS) -shared -o $@ $(OBJECTS) -lm

$(OBJECTS): sepcc_kernel.h
F_FILE.o: F_FILE.h
M_IF(F_WEIGHTS, [$(filter F_FILE[]_weights%,$(OBJECTS)): F_FILE.h
])m4_dnl

clean:
	rm -f $(OBJECTS) lib[]F_FILE.a lib[]F_FILE.so

.PHONY: all clean
