/*
 * digest.c: digests of texts, by libmd's SHA-256.
 */
#include "base/files.h"

#include <sha256.h>
#include <string.h>

void digest_full(const void *bytes, size_t length, char digest[DIGEST_FULL])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t full[SHA256_DIGEST_LENGTH];
    SHA256_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, bytes, length);
    SHA256Final(full, &context);
    for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++) {
        digest[2 * i] = hex[full[i] >> 4];
        digest[2 * i + 1] = hex[full[i] & 15];
    }
    digest[(size_t)2 * SHA256_DIGEST_LENGTH] = '\0';
}

void digest_bytes(const char *bytes, size_t length, char digest[33])
{
    char full[DIGEST_FULL];
    digest_full(bytes, length, full);
    memcpy(digest, full, 32);
    digest[32] = '\0';
}
