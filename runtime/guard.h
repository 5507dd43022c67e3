/*
 * guard.h: buffers that show when someone touches what is beside them.
 *
 * A buffer lies in whole pages of its own. With guard, the pages before and after are inaccessible, so that
 * stepping over the edge that the data lies against is a fault. All other bytes around the data hold a canary
 * pattern, which shows writes there.
 */
#ifndef SEPCC_GUARD_H
#define SEPCC_GUARD_H

#include "internal.h"

/* Where the data lies in its pages. */
enum sepcc_place {
    SEPCC_PLACE_END,     /* against the page after it; as aligned as its size is */
    SEPCC_PLACE_START,   /* against the page before it; aligned to a page */
    SEPCC_PLACE_SHIFTED, /* one float before SEPCC_PLACE_END: not aligned when the size is a multiple of 64 */
    SEPCC_PLACE_COUNT
};

enum sepcc_access { SEPCC_ACCESS_NONE, SEPCC_ACCESS_READ, SEPCC_ACCESS_WRITE };

struct sepcc_guarded {
    size_t bytes;        /* of the data; 0: there is no buffer, and data is NULL */
    unsigned char *data; /* moves with sepcc_guarded_place */
    unsigned char *mapping;
    size_t mapping_bytes; /* with the pages before and after */
    unsigned char *room;  /* the part of the mapping that can be accessible */
    size_t room_bytes;
    size_t page_bytes;
};

/* A writable buffer at SEPCC_PLACE_END, zeroed. bytes may be 0. Errors: SEPCC_E_MEMORY. */
enum sepcc_status sepcc_guarded_create(struct sepcc_guarded *buffer, size_t bytes, bool guard);
void sepcc_guarded_destroy(struct sepcc_guarded *buffer); /* takes a zeroed one */

/* Moves the data, draws the canaries anew and makes it writable. */
enum sepcc_status sepcc_guarded_place(struct sepcc_guarded *buffer, enum sepcc_place place);
enum sepcc_status sepcc_guarded_protect(const struct sepcc_guarded *buffer, enum sepcc_access access);

/* True when all canaries live (the buffer must be readable); else *offset is the first dead one's distance
 * from the data's start. */
bool sepcc_guarded_intact(const struct sepcc_guarded *buffer, ptrdiff_t *offset);

/* True when the address is in the buffer or its guard pages; safe in a signal handler. */
bool sepcc_guarded_holds(const struct sepcc_guarded *buffer, const void *address);

#endif
