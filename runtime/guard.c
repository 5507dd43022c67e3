/*
 * guard.c: buffers between inaccessible pages.
 */
#include "guard.h"

#include <sys/mman.h>
#include <unistd.h>

enum { CANARY = 0xc5 };

enum sepcc_status sepcc_guarded_create(struct sepcc_guarded *buffer, size_t bytes, bool guard)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t slack = sizeof(float); /* room for SEPCC_PLACE_SHIFTED */
    size_t inner;
    memset(buffer, 0, sizeof *buffer);
    if (bytes == 0)
        return SEPCC_OK;
    if (bytes > SIZE_MAX / 2 - 4 * page)
        return SEPCC_E_MEMORY;
    inner = (bytes + slack + page - 1) / page * page;
    void *const mapping =
        mmap(NULL, inner + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED)
        return SEPCC_E_MEMORY;
    buffer->bytes = bytes;
    buffer->page_bytes = page;
    buffer->mapping = mapping;
    buffer->mapping_bytes = inner + 2 * page;
    buffer->room = guard ? buffer->mapping + page : buffer->mapping;
    buffer->room_bytes = guard ? inner : inner + 2 * page;
    buffer->data = buffer->mapping + page;
    if (guard && (mprotect(buffer->mapping, page, PROT_NONE) != 0 ||
                  mprotect(buffer->mapping + page + inner, page, PROT_NONE) != 0)) {
        sepcc_guarded_destroy(buffer);
        return SEPCC_E_MEMORY;
    }
    return sepcc_guarded_place(buffer, SEPCC_PLACE_END);
}

void sepcc_guarded_destroy(struct sepcc_guarded *buffer)
{
    if (buffer->mapping != NULL)
        munmap(buffer->mapping, buffer->mapping_bytes);
    memset(buffer, 0, sizeof *buffer);
}

static unsigned char *data_at(const struct sepcc_guarded *buffer, enum sepcc_place place)
{
    unsigned char *const first = buffer->mapping + buffer->page_bytes;
    unsigned char *const end = buffer->mapping + buffer->mapping_bytes - buffer->page_bytes;
    switch (place) {
    case SEPCC_PLACE_START:
        return first;
    case SEPCC_PLACE_SHIFTED:
        return end - buffer->bytes - sizeof(float);
    default:
        return end - buffer->bytes;
    }
}

enum sepcc_status sepcc_guarded_place(struct sepcc_guarded *buffer, enum sepcc_place place)
{
    unsigned char *target, *room_end;
    if (buffer->bytes == 0)
        return SEPCC_OK;
    if (sepcc_guarded_protect(buffer, SEPCC_ACCESS_WRITE) != SEPCC_OK)
        return SEPCC_E_MEMORY;
    target = data_at(buffer, place);
    room_end = buffer->room + buffer->room_bytes;
    memmove(target, buffer->data, buffer->bytes);
    memset(buffer->room, CANARY, (size_t)(target - buffer->room));
    memset(target + buffer->bytes, CANARY, (size_t)(room_end - target) - buffer->bytes);
    buffer->data = target;
    return SEPCC_OK;
}

enum sepcc_status sepcc_guarded_protect(const struct sepcc_guarded *buffer, enum sepcc_access access)
{
    static const int protections[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE};
    if (buffer->bytes == 0 || mprotect(buffer->room, buffer->room_bytes, protections[access]) == 0)
        return SEPCC_OK;
    return SEPCC_E_MEMORY;
}

/* The first byte of a range that is not a canary, or count. */
static size_t find_dead(const unsigned char *bytes, size_t count)
{
    size_t i = 0;
    while (i < count && bytes[i] == CANARY)
        ++i;
    return i;
}

bool sepcc_guarded_intact(const struct sepcc_guarded *buffer, ptrdiff_t *offset)
{
    const unsigned char *data_end;
    size_t before, after, dead;
    if (buffer->bytes == 0)
        return true;
    data_end = buffer->data + buffer->bytes;
    before = (size_t)(buffer->data - buffer->room);
    after = buffer->room_bytes - before - buffer->bytes;
    dead = find_dead(data_end, after);
    if (dead < after) {
        *offset = data_end + dead - buffer->data;
        return false;
    }
    dead = find_dead(buffer->room, before);
    *offset = (ptrdiff_t)dead - (ptrdiff_t)before;
    return dead == before;
}

bool sepcc_guarded_holds(const struct sepcc_guarded *buffer, const void *address)
{
    const uintptr_t at = (uintptr_t)address, begin = (uintptr_t)buffer->mapping;
    return buffer->bytes > 0 && at >= begin && at - begin < buffer->mapping_bytes;
}
