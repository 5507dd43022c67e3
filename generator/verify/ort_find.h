/*
 * ort_find.h: where ONNX Runtime's shared library is.
 */
#ifndef SEPCC_GENERATOR_VERIFY_ORT_FIND_H
#define SEPCC_GENERATOR_VERIFY_ORT_FIND_H

/*
 * The first of: given (an option, may be NULL), the environment variable SEPCC_ONNXRUNTIME, the npm package
 * onnxruntime-node installed in a folder onnxruntime/ beside the program or in a folder above it, the same in
 * the working folder; else the name by which the system may know it. malloc'ed; NULL: out of memory.
 */
char *ort_find(const char *given);

#endif
