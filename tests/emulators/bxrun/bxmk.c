/*
 * bxmk.c: lays kernel, program, arguments, environment and files out as the image of format.h.
 *
 * An image that fits goes behind the boot stub into one ROM file, which any Bochs takes; a larger one is a
 * RAM image of its own. Says which on standard output: "rom" or "ram".
 */
#include "format.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ALIGNMENT = 16,
    PAGE = 4096,
    RAM_MIN = 288 << 20, /* image, page tables, stack and something to map */
    RAM_MAX_MIB = 2048,  /* what Bochs 2.7 takes */
    ROM_MIN = 512 << 10,
    ROM_MAX = 2 << 20, /* Bochs 2.7 crashes with 4 MiB */
    STRINGS_MAX = 1 << 20,
};

struct options {
    const char *output, *kernel, *rom;
    uint64_t ram_size;
    const char **environment, **files; /* as given: NAME=value, HOST=GUEST */
    uint32_t environment_count, file_count;
    char *const *arguments; /* the program and its arguments */
    uint32_t argument_count;
};

struct image {
    uint8_t *bytes;
    size_t length, capacity;
};

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("bxmk: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(EXIT_BXRUN);
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);
    if (memory == NULL)
        fail("out of memory");
    return memory;
}

/* Makes room for more bytes, so that appending that many cannot fail. */
static void image_reserve(struct image *image, size_t more)
{
    if (more > UINT32_MAX - IMAGE_ADDRESS - image->length)
        fail("the image is larger than any RAM");
    if (more <= image->capacity - image->length)
        return;
    const size_t capacity = 2 * image->length + more;
    uint8_t *bytes = realloc(image->bytes, capacity);
    if (bytes == NULL)
        fail("out of memory");
    image->bytes = bytes;
    image->capacity = capacity;
}

/* Appends zeroes up to a multiple of alignment. */
static void image_align(struct image *image, size_t alignment)
{
    const size_t more = (alignment - image->length % alignment) % alignment;
    if (more == 0)
        return;
    image_reserve(image, more);
    memset(image->bytes + image->length, 0, more);
    image->length += more;
}

/* Appends the bytes, aligned; returns their address in the guest. */
static uint32_t image_add(struct image *image, const void *bytes, size_t length)
{
    image_align(image, ALIGNMENT);
    image_reserve(image, length);
    const size_t offset = image->length;
    if (length > 0)
        memcpy(image->bytes + offset, bytes, length);
    image->length += length;
    return (uint32_t)(IMAGE_ADDRESS + offset);
}

/* Appends a file as it is; sets *size and returns its address in the guest. */
static uint32_t image_add_file(struct image *image, const char *path, uint32_t *size)
{
    enum { PART = 1 << 16 };
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail("%s: %s", path, strerror(errno));
    image_align(image, ALIGNMENT);
    const size_t start = image->length;
    size_t got;
    do {
        image_reserve(image, PART);
        got = fread(image->bytes + image->length, 1, PART, file);
        image->length += got;
    } while (got > 0);
    if (ferror(file))
        fail("%s: cannot be read: %s", path, strerror(errno));
    fclose(file);
    *size = (uint32_t)(image->length - start);
    return (uint32_t)(IMAGE_ADDRESS + start);
}

/* The arguments, then the environment, as one block of strings. */
static void add_strings(struct image *image, const struct options *options, struct image_header *header)
{
    image_align(image, ALIGNMENT);
    const size_t start = image->length;
    for (uint32_t i = 0; i < options->argument_count + options->environment_count; ++i) {
        const char *string = i < options->argument_count ? options->arguments[i]
                                                         : options->environment[i - options->argument_count];
        const size_t length = strlen(string) + 1;
        image_reserve(image, length);
        memcpy(image->bytes + image->length, string, length);
        image->length += length;
    }
    header->arg_count = options->argument_count;
    header->env_count = options->environment_count;
    header->strings = (uint32_t)(IMAGE_ADDRESS + start);
    header->strings_size = (uint32_t)(image->length - start);
    if (header->strings_size > STRINGS_MAX)
        fail("arguments and environment take more than 1 MiB");
}

/* HOST=GUEST: HOST without '=' is found under its own name. */
static void add_files(struct image *image, const struct options *options, struct image_header *header)
{
    struct image_file *table = allocate(options->file_count, sizeof *table);
    for (uint32_t i = 0; i < options->file_count; ++i) {
        char *host = strdup(options->files[i]);
        if (host == NULL)
            fail("out of memory");
        char *separator = strchr(host, '=');
        const char *guest = host;
        if (separator != NULL) {
            *separator = '\0';
            guest = separator + 1;
        }
        table[i].name = image_add(image, guest, strlen(guest) + 1);
        table[i].data = image_add_file(image, host, &table[i].size);
        free(host);
    }
    header->file_count = options->file_count;
    header->files = image_add(image, table, options->file_count * sizeof *table);
    free(table);
}

/* The sum that the kernel compares. The payload starts at a whole page and ends at one. */
static uint32_t checksum(const struct image *image, size_t from)
{
    uint32_t sum = 0;
    for (size_t i = from; i < image->length; i += sizeof sum) {
        uint32_t word;
        memcpy(&word, image->bytes + i, sizeof word);
        sum += word;
    }
    return sum;
}

static void build_image(struct image *image, const struct options *options)
{
    struct image_header header;
    uint32_t kernel_size;
    image_add_file(image, options->kernel, &kernel_size);
    if (kernel_size < sizeof header || kernel_size % PAGE != 0)
        fail("%s: is no bxrun kernel", options->kernel);
    memcpy(&header, image->bytes, sizeof header);
    if (header.magic != IMAGE_MAGIC)
        fail("%s: is no bxrun kernel", options->kernel);

    add_strings(image, options, &header);
    header.program = image_add_file(image, options->arguments[0], &header.program_size);
    add_files(image, options, &header);
    image_align(image, PAGE);

    if (options->ram_size - IMAGE_ADDRESS < image->length)
        fail("the image of %zu MiB does not fit in RAM: give more with -m", image->length >> 20);
    header.size = (uint32_t)image->length;
    header.payload = kernel_size;
    header.ram_size = (uint32_t)options->ram_size;
    header.checksum = checksum(image, kernel_size);
    memcpy(image->bytes, &header, sizeof header);
}

/* Turns the image into a ROM: image first, boot stub last. False, and nothing changed, when it is too big. */
static bool make_rom(struct image *image, const char *stub_path)
{
    size_t rom_size = ROM_MIN;
    while (rom_size < image->length + ROM_STUB_SIZE)
        rom_size *= 2;
    if (rom_size > ROM_MAX)
        return false;

    struct image rom = {.bytes = allocate(rom_size, 1), .length = rom_size, .capacity = rom_size};
    struct image stub = {0};
    uint32_t stub_size;
    image_add_file(&stub, stub_path, &stub_size);
    if (stub_size != ROM_STUB_SIZE)
        fail("%s: is no bxrun ROM", stub_path);
    const uint32_t source = (uint32_t)-rom_size; /* the ROM ends at 4 GiB */
    memcpy(stub.bytes + ROM_STUB_OFFSET_SOURCE, &source, sizeof source);
    memcpy(rom.bytes, image->bytes, image->length);
    memcpy(rom.bytes + rom_size - ROM_STUB_SIZE, stub.bytes, ROM_STUB_SIZE);
    free(stub.bytes);
    free(image->bytes);
    *image = rom;
    return true;
}

static void write_image(const struct image *image, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        fail("%s: %s", path, strerror(errno));
    const bool written = fwrite(image->bytes, 1, image->length, file) == image->length;
    if (fclose(file) != 0 || !written)
        fail("%s: cannot be written: %s", path, strerror(errno));
}

static uint64_t parse_ram(const char *text)
{
    char *end;
    errno = 0;
    const unsigned long mib = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || mib > RAM_MAX_MIB || mib < RAM_MIN >> 20)
        fail("-m %s: expected %d to %d MiB", text, RAM_MIN >> 20, RAM_MAX_MIB);
    return (uint64_t)mib << 20;
}

static struct options parse_options(int argc, char **argv)
{
    struct options options = {.ram_size = 512ul << 20};
    options.environment = allocate((size_t)argc, sizeof *options.environment);
    options.files = allocate((size_t)argc, sizeof *options.files);
    for (int option; (option = getopt(argc, argv, "+o:k:r:m:e:f:")) != -1;) {
        switch (option) {
        case 'o':
            options.output = optarg;
            break;
        case 'k':
            options.kernel = optarg;
            break;
        case 'r':
            options.rom = optarg;
            break;
        case 'm':
            options.ram_size = parse_ram(optarg);
            break;
        case 'e':
            options.environment[options.environment_count++] = optarg;
            break;
        case 'f':
            options.files[options.file_count++] = optarg;
            break;
        default:
            exit(EXIT_BXRUN); /* getopt has said what is wrong */
        }
    }
    if (options.output == NULL || options.kernel == NULL || options.rom == NULL || optind >= argc)
        fail("usage: bxmk -o OUTPUT -k KERNEL -r ROM [-m MIB] [-e NAME=VALUE]... [-f HOST=GUEST]... "
             "PROGRAM [ARGUMENT]...");
    options.arguments = argv + optind;
    options.argument_count = (uint32_t)(argc - optind);
    return options;
}

int main(int argc, char **argv)
{
    const struct options options = parse_options(argc, argv);
    struct image image = {0};
    build_image(&image, &options);
    const bool rom = make_rom(&image, options.rom);
    write_image(&image, options.output);
    free(image.bytes);
    free(options.environment);
    free(options.files);
    return puts(rom ? "rom" : "ram") < 0 || fflush(stdout) != 0 ? EXIT_BXRUN : 0;
}
