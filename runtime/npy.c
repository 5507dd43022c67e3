/*
 * npy.c: tensors in NumPy's .npy files.
 *
 * The format (numpy.lib.format): 6 bytes of magic, 2 of version, the header's length (2 bytes, little-endian;
 * 4 from version 2 on), the header (a Python dictionary as text, padded with blanks), the elements. Nothing
 * in a file is believed before it is checked: memory grows with the bytes that really come.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

static const unsigned char magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

enum {
    PREFIX_BYTES = 10,        /* magic, version, a length of 2 bytes */
    HEADER_ALIGNMENT = 64,    /* the elements start at a multiple */
    MAX_HEADER_BYTES = 65535, /* what version 1.0 can hold */
    FIRST_CHUNK = 1 << 16     /* elements read at first */
};

/* Where a message goes, and the file it is about. */
struct complaint {
    const char *path;
    char *message;
    size_t size;
};

static enum sepcc_status complain(const struct complaint *to, enum sepcc_status status, const char *format,
                                  ...) __attribute__((format(printf, 3, 4)));

static enum sepcc_status complain(const struct complaint *to, enum sepcc_status status, const char *format,
                                  ...)
{
    char particulars[192];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(particulars, sizeof particulars, format, arguments) < 0)
        particulars[0] = '\0';
    va_end(arguments);
    sepcc_message(to->message, to->size, "%s: %s", to->path, particulars);
    return status;
}

/* ---- the header as text ---------------------------------------------------------------------------- */

/* The rest of a header. */
struct cursor {
    const char *at, *end;
};

static void skip_blanks(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t' || *c->at == '\r'))
        ++c->at;
}

/* Takes the character if it comes next. */
static bool take(struct cursor *c, char wanted)
{
    skip_blanks(c);
    if (c->at == c->end || *c->at != wanted)
        return false;
    ++c->at;
    return true;
}

/* Takes 'text' or "text" without escapes, of at most size - 1 bytes. */
static bool take_string(struct cursor *c, char *text, size_t size)
{
    char quote;
    size_t length = 0;
    skip_blanks(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"'))
        return false;
    quote = *c->at++;
    for (; c->at < c->end && *c->at != quote; ++c->at) {
        if (*c->at < ' ' || *c->at > '~' || *c->at == '\\' || length + 1 >= size)
            return false;
        text[length++] = *c->at;
    }
    text[length] = '\0';
    return take(c, quote);
}

static bool take_word(struct cursor *c, const char *word)
{
    const size_t length = strlen(word);
    skip_blanks(c);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0)
        return false;
    c->at += length;
    return true;
}

static bool take_number(struct cursor *c, size_t *number)
{
    const char *start;
    skip_blanks(c);
    start = c->at;
    for (*number = 0; c->at < c->end && *c->at >= '0' && *c->at <= '9'; ++c->at)
        if (__builtin_mul_overflow(*number, (size_t)10, number) ||
            __builtin_add_overflow(*number, (size_t)(*c->at - '0'), number))
            return false;
    return c->at > start;
}

/* ---- what the header says -------------------------------------------------------------------------- */

static enum sepcc_status parse_descr(struct cursor *c, const struct complaint *to)
{
    char type[16];
    if (!take_string(c, type, sizeof type))
        return complain(to, SEPCC_E_NPY_TYPE, "a structured or unreadable type, expected '<f4'");
    if (strcmp(type, "<f4") != 0)
        return complain(to, SEPCC_E_NPY_TYPE, "type '%s', expected '<f4' (little-endian f32)", type);
    return SEPCC_OK;
}

static enum sepcc_status parse_order(struct cursor *c, const struct complaint *to)
{
    if (take_word(c, "False"))
        return SEPCC_OK;
    if (take_word(c, "True"))
        return complain(to, SEPCC_E_NPY_TYPE, "fortran_order True, expected C order");
    return complain(to, SEPCC_E_NPY_FORMAT, "fortran_order is neither True nor False");
}

static enum sepcc_status parse_shape(struct cursor *c, const struct complaint *to, struct sepcc_array *array)
{
    bool closed;
    if (!take(c, '('))
        return complain(to, SEPCC_E_NPY_FORMAT, "the shape is no tuple");
    for (closed = take(c, ')'); !closed; closed = take(c, ')')) {
        if (array->rank == SEPCC_NPY_MAX_RANK)
            return complain(to, SEPCC_E_NPY_FORMAT, "a rank above %d", (int)SEPCC_NPY_MAX_RANK);
        if (!take_number(c, &array->shape[array->rank++]))
            return complain(to, SEPCC_E_NPY_FORMAT, "the shape is no tuple of sizes");
        if (!take(c, ',')) {
            closed = take(c, ')');
            break;
        }
    }
    return closed ? SEPCC_OK : complain(to, SEPCC_E_NPY_FORMAT, "the shape is not closed");
}

static enum sepcc_status count_elements(const struct complaint *to, struct sepcc_array *array)
{
    size_t bytes = sizeof(float);
    for (size_t i = 0; i < array->rank; ++i) /* zeros last, so that they hide no overflow */
        if (array->shape[i] != 0 && __builtin_mul_overflow(bytes, array->shape[i], &bytes))
            return complain(to, SEPCC_E_NPY_FORMAT, "a shape of more bytes than memory can hold");
    array->count = bytes / sizeof(float);
    for (size_t i = 0; i < array->rank; ++i)
        if (array->shape[i] == 0)
            array->count = 0;
    return SEPCC_OK;
}

/* The dictionary: each of three keys once, in any order. */
static enum sepcc_status parse_header(struct cursor c, const struct complaint *to, struct sepcc_array *array)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    bool seen[] = {false, false, false};
    if (!take(&c, '{'))
        return complain(to, SEPCC_E_NPY_FORMAT, "the header is no dictionary");
    while (!take(&c, '}')) {
        char key[16];
        size_t which = 0;
        enum sepcc_status status;
        if (!take_string(&c, key, sizeof key) || !take(&c, ':'))
            return complain(to, SEPCC_E_NPY_FORMAT, "the header is no dictionary of named values");
        while (which < 3 && strcmp(key, keys[which]) != 0)
            ++which;
        if (which == 3 || seen[which])
            return complain(to, SEPCC_E_NPY_FORMAT, "key '%s' in the header is unknown or repeated", key);
        seen[which] = true;
        status = which == 0   ? parse_descr(&c, to)
                 : which == 1 ? parse_order(&c, to)
                              : parse_shape(&c, to, array);
        if (status != SEPCC_OK)
            return status;
        if (!take(&c, ',')) {
            if (!take(&c, '}'))
                return complain(to, SEPCC_E_NPY_FORMAT, "the header's dictionary is not closed");
            break;
        }
    }
    for (size_t i = 0; i < 3; ++i)
        if (!seen[i])
            return complain(to, SEPCC_E_NPY_FORMAT, "the header has no '%s'", keys[i]);
    skip_blanks(&c);
    if (c.at != c.end)
        return complain(to, SEPCC_E_NPY_FORMAT, "the header goes on after its dictionary");
    return count_elements(to, array);
}

/* ---- reading --------------------------------------------------------------------------------------- */

/* Reads exactly count bytes. */
static enum sepcc_status read_bytes(FILE *file, const struct complaint *to, void *bytes, size_t count,
                                    const char *what)
{
    if (fread(bytes, 1, count, file) == count)
        return SEPCC_OK;
    if (ferror(file))
        return complain(to, SEPCC_E_READ, "%s", strerror(errno));
    return complain(to, SEPCC_E_READ, "the file ends within its %s", what);
}

static enum sepcc_status read_header(FILE *file, const struct complaint *to, struct sepcc_array *array)
{
    unsigned char prefix[PREFIX_BYTES], high[2] = {0, 0};
    size_t length;
    char *header;
    enum sepcc_status status = read_bytes(file, to, prefix, sizeof magic, "magic");
    if (status != SEPCC_OK && ferror(file))
        return status;
    if (status != SEPCC_OK || memcmp(prefix, magic, sizeof magic) != 0)
        return complain(to, SEPCC_E_NPY_FORMAT, "not a .npy file");
    status = read_bytes(file, to, prefix + sizeof magic, PREFIX_BYTES - sizeof magic, "header");
    if (status != SEPCC_OK)
        return status;
    if (prefix[6] < 1 || prefix[6] > 3 || prefix[7] != 0)
        return complain(to, SEPCC_E_NPY_FORMAT, "format %u.%u, expected 1.0 to 3.0", prefix[6], prefix[7]);
    if (prefix[6] > 1 && (status = read_bytes(file, to, high, sizeof high, "header")) != SEPCC_OK)
        return status;
    length = prefix[8] | (size_t)prefix[9] << 8 | (size_t)high[0] << 16 | (size_t)high[1] << 24;
    if (length > MAX_HEADER_BYTES)
        return complain(to, SEPCC_E_NPY_FORMAT, "a header of %zu bytes", length);
    header = malloc(length + 1);
    if (header == NULL)
        return complain(to, SEPCC_E_MEMORY, "out of memory");
    status = read_bytes(file, to, header, length, "header");
    if (status == SEPCC_OK)
        status = parse_header((struct cursor){header, header + length}, to, array);
    free(header);
    return status;
}

/* Makes room for twice the elements (at most all of them), keeping those that are there. */
static enum sepcc_status grow_elements(const struct complaint *to, struct sepcc_array *array, size_t *room)
{
    const size_t wanted = *room == 0 ? FIRST_CHUNK : *room;
    const size_t grown_room = array->count - *room < wanted ? array->count : *room + wanted;
    float *grown = sepcc_alloc(grown_room * sizeof *grown);
    if (grown == NULL)
        return complain(to, SEPCC_E_MEMORY, "out of memory");
    if (*room > 0)
        memcpy(grown, array->data, *room * sizeof *grown);
    sepcc_free(array->data);
    array->data = grown;
    *room = grown_room;
    return SEPCC_OK;
}

/* From the file's byte order to this machine's, in place. */
static void decode(float *values, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        unsigned char b[4];
        uint32_t bits;
        memcpy(b, &values[i], sizeof b);
        bits = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        memcpy(&values[i], &bits, sizeof bits);
    }
}

static enum sepcc_status read_elements(FILE *file, const struct complaint *to, struct sepcc_array *array)
{
    size_t room = 0, have = 0;
    enum sepcc_status status = grow_elements(to, array, &room);
    while (status == SEPCC_OK && have < array->count) {
        if (have == room)
            status = grow_elements(to, array, &room);
        if (status == SEPCC_OK)
            status = read_bytes(file, to, array->data + have, (room - have) * sizeof(float), "elements");
        have = room;
    }
    if (status != SEPCC_OK)
        return status;
    decode(array->data, array->count);
    if (fgetc(file) != EOF)
        return complain(to, SEPCC_E_NPY_FORMAT, "the file goes on after its %zu elements", array->count);
    return ferror(file) ? complain(to, SEPCC_E_READ, "%s", strerror(errno)) : SEPCC_OK;
}

enum sepcc_status sepcc_npy_read(const char *path, struct sepcc_array *array, char *message,
                                 size_t message_size)
{
    const struct complaint to = {path, message, message_size};
    FILE *file = fopen(path, "rb");
    enum sepcc_status status;
    memset(array, 0, sizeof *array);
    sepcc_message(message, message_size, "%s", "");
    if (file == NULL)
        return complain(&to, SEPCC_E_OPEN, "%s", strerror(errno));
    status = read_header(file, &to, array);
    if (status == SEPCC_OK)
        status = read_elements(file, &to, array);
    fclose(file);
    if (status != SEPCC_OK)
        sepcc_array_free(array);
    return status;
}

void sepcc_array_free(struct sepcc_array *array)
{
    sepcc_free(array->data);
    memset(array, 0, sizeof *array);
}

/* ---- writing --------------------------------------------------------------------------------------- */

/* The prefix and the padded header; returns its length, or 0 when the rank is too large. */
static size_t print_header(size_t rank, const size_t shape[], char *text, size_t size)
{
    char sizes[SEPCC_NPY_MAX_RANK * 24] = "";
    size_t length = 0, total;
    if (rank > SEPCC_NPY_MAX_RANK)
        return 0;
    for (size_t i = 0; i < rank; ++i)
        length +=
            (size_t)snprintf(sizes + length, sizeof sizes - length, i == 0 ? "%zu," : " %zu,", shape[i]);
    if (rank > 1)
        sizes[length - 1] = '\0'; /* a tuple of one keeps its comma */
    length =
        PREFIX_BYTES + (size_t)snprintf(text + PREFIX_BYTES, size - PREFIX_BYTES,
                                        "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", sizes);
    total = (length + 1 + HEADER_ALIGNMENT - 1) / HEADER_ALIGNMENT * HEADER_ALIGNMENT;
    memset(text + length, ' ', total - length);
    text[total - 1] = '\n';
    memcpy(text, magic, sizeof magic);
    text[6] = 1;
    text[7] = 0;
    text[8] = (char)((total - PREFIX_BYTES) & 0xff);
    text[9] = (char)((total - PREFIX_BYTES) >> 8);
    return total;
}

static bool write_elements(FILE *file, const float *data, size_t count)
{
    unsigned char chunk[4096];
    size_t used = 0;
    for (size_t i = 0; i < count; ++i) {
        uint32_t bits;
        memcpy(&bits, &data[i], sizeof bits);
        for (unsigned byte = 0; byte < 4; ++byte)
            chunk[used++] = (unsigned char)(bits >> (8 * byte));
        if (used == sizeof chunk || i + 1 == count) {
            if (fwrite(chunk, 1, used, file) != used)
                return false;
            used = 0;
        }
    }
    return true;
}

/* Writes everything and closes the file; errno says what failed. */
static bool write_all(FILE *file, bool regular, const char *header, size_t length, const float *data,
                      size_t count)
{
    const bool written = fwrite(header, 1, length, file) == length && write_elements(file, data, count) &&
                         fflush(file) == 0 && (!regular || fsync(fileno(file)) == 0);
    const int error = errno;
    const bool closed = fclose(file) == 0;
    if (!written)
        errno = error;
    return written && closed;
}

/* True when path is there and is no regular file, such as a pipe: then there is nothing to rename over. */
static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* Opens the file to write to: path itself, or (exclusively) *temporary beside it, to be freed. */
static FILE *open_target(const char *path, bool regular, char **temporary)
{
    int descriptor;
    FILE *file;
    *temporary = NULL;
    if (!regular)
        return fopen(path, "wb");
    if (asprintf(temporary, "%s.tmp%ld", path, (long)getpid()) < 0) {
        *temporary = NULL;
        return NULL;
    }
    descriptor = open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return NULL;
    file = fdopen(descriptor, "wb");
    if (file == NULL) {
        close(descriptor);
        unlink(*temporary);
    }
    return file;
}

enum sepcc_status sepcc_npy_write(const char *path, size_t rank, const size_t shape[], const float *data,
                                  char *message, size_t message_size)
{
    const struct complaint to = {path, message, message_size};
    const bool regular = !is_special(path);
    char header[PREFIX_BYTES + 64 + SEPCC_NPY_MAX_RANK * 24 + HEADER_ALIGNMENT], *temporary;
    const size_t length = print_header(rank, shape, header, sizeof header);
    size_t count = 1;
    enum sepcc_status status = SEPCC_OK;
    FILE *file;
    sepcc_message(message, message_size, "%s", "");
    if (length == 0)
        return complain(&to, SEPCC_E_WRITE, "a rank above %d", (int)SEPCC_NPY_MAX_RANK);
    for (size_t i = 0; i < rank; ++i)
        count *= shape[i];
    file = open_target(path, regular, &temporary);
    if (file == NULL) {
        status = complain(&to, SEPCC_E_OPEN, "%s", strerror(errno));
    } else if (!write_all(file, regular, header, length, data, count) ||
               (regular && rename(temporary, path) != 0)) {
        status = complain(&to, SEPCC_E_WRITE, "%s", strerror(errno));
        if (regular)
            unlink(temporary);
    }
    free(temporary);
    return status;
}
