/*
 * code_size.h: how much code an object file holds.
 */
#ifndef SEPCC_GENERATOR_INSPECT_CODE_SIZE_H
#define SEPCC_GENERATOR_INSPECT_CODE_SIZE_H

#include <stdint.h>

/* Bytes of its executable sections; 0 when it is no ELF file of 64 bits that can be read. */
uint64_t code_size(const char *object);

#endif
