/*
 * status.c: status numbers as sentences, messages, the version.
 */
#include "internal.h"
#include "sepcc_version.h"

#include <stdarg.h>

const char *sepcc_status_text(enum sepcc_status status)
{
    static const char *const sentences[SEPCC_STATUS_COUNT] = {
        [SEPCC_OK] = "all is well",
        [SEPCC_E_MEMORY] = "out of memory",
        [SEPCC_E_OPEN] = "the file cannot be opened or mapped",
        [SEPCC_E_READ] = "the file ends early or cannot be read",
        [SEPCC_E_WRITE] = "the file cannot be written",
        [SEPCC_E_NPY_FORMAT] = "the file is no .npy file of a known version",
        [SEPCC_E_NPY_TYPE] = "the .npy file does not hold little-endian f32 in C order",
        [SEPCC_E_SHAPE] = "the tensor's shape is not the stage's",
        [SEPCC_E_SYMBOL] = "there is nothing of that name",
        [SEPCC_E_ABI] = "made for another ABI version",
        [SEPCC_E_STRUCT_SIZE] = "a descriptor lacks fields that this library needs",
        [SEPCC_E_DESCRIPTOR] = "a descriptor contradicts itself",
        [SEPCC_E_DIGEST] = "the kernel has another digest than asked for",
        [SEPCC_E_CPU] = "this CPU (or SEPCC_ISAS) has not the kernel's ISA",
        [SEPCC_E_STAGE] = "the reference does not know this stage",
        [SEPCC_E_MISMATCH] = "the output differs from the reference",
        [SEPCC_E_UNWRITTEN] = "an output element was not written",
        [SEPCC_E_OVERWRITE] = "bytes outside the output were written",
        [SEPCC_E_CRASH] = "the kernel crashed",
        [SEPCC_E_TIMEOUT] = "the kernel did not end in time",
        [SEPCC_E_THREADS] = "the thread pool cannot be made",
        [SEPCC_E_UNKNOWN] =
            "of an operation, type, layout, activation or ISA that this library does not know",
    };
    const unsigned number = (unsigned)status;
    return number < SEPCC_STATUS_COUNT ? sentences[number] : "unknown status";
}

const char *sepcc_version(void)
{
    return SEPCC_VERSION;
}

void sepcc_message(char *message, size_t size, const char *format, ...)
{
    va_list arguments;
    if (size == 0)
        return;
    va_start(arguments, format);
    if (vsnprintf(message, size, format, arguments) < 0)
        message[0] = '\0';
    va_end(arguments);
}
