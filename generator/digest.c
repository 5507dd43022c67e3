/*
 * digest.c: digests of texts, by libmd's SHA-256.
 */
#include "files.h"

#include <sha256.h>

enum { DIGEST_BYTES = 16 };

void digest_bytes(const char *bytes, size_t length, char digest[33])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t full[SHA256_DIGEST_LENGTH];
    SHA256_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, (const uint8_t *)bytes, length);
    SHA256Final(full, &context);
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        digest[2 * i] = hex[full[i] >> 4];
        digest[2 * i + 1] = hex[full[i] & 15];
    }
    digest[(size_t)2 * DIGEST_BYTES] = '\0';
}
