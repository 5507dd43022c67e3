/*
 * guest.c: the program that tests/test_emulators.c runs under the emulators. Its first argument says what to
 * do.
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

static unsigned char *map(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Shows arguments and environment as they came. */
static int show(int argc, char **argv)
{
    for (int i = 2; i < argc; ++i)
        printf("[%s]", argv[i]);
    const char *value = getenv("GUEST_VALUE");
    printf("\nGUEST_VALUE=%s\n", value != NULL ? value : "(none)");
    return 0;
}

/* Copies a file to standard output. */
static int copy(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return errno == ENOENT ? 2 : 3;
    for (int byte; (byte = getc(file)) != EOF;)
        putchar(byte);
    return fclose(file) == 0 ? 0 : 4;
}

/* NUL, a byte above 127, a line of 100,000 bytes, no newline at the end; standard error in between. */
static int odd_output(void)
{
    static const char bytes[] = {'a', '\0', '\n', '\xff', 'b'};
    fwrite(bytes, 1, sizeof bytes, stdout);
    fflush(stdout);
    fputs("between", stderr);
    for (int i = 0; i < 100000; ++i)
        putchar('x');
    return 0;
}

/* A page between two guard pages: all of it is usable, one byte before or behind is not. */
static int touch_guard(long offset)
{
    unsigned char *pages = map(3 * (size_t)PAGE);
    if (pages == NULL || mprotect(pages, PAGE, PROT_NONE) != 0 ||
        mprotect(pages + 2 * (size_t)PAGE, PAGE, PROT_NONE) != 0)
        return 2;
    volatile unsigned char *page = pages + PAGE;
    page[0] = 1;
    page[PAGE - 1] = 1;
    puts("inside");
    fflush(stdout);
    /* A system call reports the bad address instead of faulting. */
    if (write(STDOUT_FILENO, pages + 2 * (size_t)PAGE - 4, 8) != -1 || errno != EFAULT)
        return 3;
    page[offset] = 1;
    return 4;
}

/* 100 MiB by mmap and 100 MiB by malloc at once; then many more in turn, always zero as mmap promises. */
static int use_memory(void)
{
    const size_t size = (size_t)100 << 20;
    unsigned char *mapped = map(size);
    unsigned char *heap = malloc(size);
    if (mapped == NULL || heap == NULL) {
        free(heap);
        return 2;
    }
    mapped[size - 1] = 3;
    memset(heap, 4, size);
    const int sum = mapped[0] + mapped[size - 1] + heap[0] + heap[size - 1];
    free(heap);
    if (munmap(mapped, size) != 0 || sum != 11)
        return 3;
    for (int i = 0; i < 300; ++i) {
        unsigned char *again = map((size_t)1 << 20);
        if (again == NULL || again[12345] != 0)
            return 4;
        again[12345] = 1;
        munmap(again, (size_t)1 << 20);
    }
    char *grown = malloc(1 << 20);
    if (grown == NULL)
        return 5;
    memset(grown, 5, 1 << 20);
    char *larger = realloc(grown, 20 << 20);
    const bool kept = larger != NULL && larger[(1 << 20) - 1] == 5;
    free(larger != NULL ? larger : grown);
    return kept ? 0 : 6;
}

#if defined(__x86_64__)

#include <immintrin.h>

/* A masked multiply-add that may not read past count floats, against fmaf. */
__attribute__((target("avx512f"))) static int vector_avx512(void)
{
    enum { COUNT = 11 };
    unsigned char *pages = map(2 * (size_t)PAGE);
    if (pages == NULL || mprotect(pages + PAGE, PAGE, PROT_NONE) != 0)
        return 2;
    float *x = (float *)(void *)(pages + PAGE) - COUNT; /* against the guard page */
    for (int i = 0; i < COUNT; ++i)
        x[i] = 1.0f + (float)(i + 1) * 0x1p-23f;
    const __mmask16 mask = (1u << COUNT) - 1;
    const __m512 v = _mm512_maskz_loadu_ps(mask, x);
    float result[16];
    _mm512_storeu_ps(result, _mm512_fmadd_ps(v, v, _mm512_set1_ps(-1.0f)));
    for (int i = 0; i < 16; ++i) {
        if (result[i] != (i < COUNT ? fmaf(x[i], x[i], -1.0f) : -1.0f))
            return 3;
    }
    puts("avx512 agrees");
    return 0;
}

__attribute__((target("avx"))) static int vector_avx(void)
{
    volatile float one = 1.0f;
    const __m256 v = _mm256_set1_ps(one);
    float result[8];
    _mm256_storeu_ps(result, _mm256_add_ps(v, v));
    puts("avx ran");
    return result[7] == 2.0f ? 0 : 3;
}

static int vector(const char *name)
{
    return strcmp(name, "avx512") == 0 ? vector_avx512() : strcmp(name, "avx") == 0 ? vector_avx() : 5;
}

#elif defined(__aarch64__)

#include <arm_neon.h>

static int vector(const char *name)
{
    static const float x[4] = {1.0f + 0x1p-23f, 1.0f + 0x1p-22f, -3.0f, 0x1p-70f};
    float result[4];
    const float32x4_t v = vld1q_f32(x);
    vst1q_f32(result, vfmaq_f32(vdupq_n_f32(-1.0f), v, v));
    for (int i = 0; i < 4; ++i)
        if (strcmp(name, "neon") != 0 || result[i] != fmaf(x[i], x[i], -1.0f))
            return 3;
    puts("neon agrees");
    return 0;
}

#endif

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    const char *more = argc > 2 ? argv[2] : "";
    if (strcmp(what, "show") == 0)
        return show(argc, argv);
    if (strcmp(what, "exit") == 0)
        return (int)strtol(more, NULL, 10);
    if (strcmp(what, "copy") == 0)
        return copy(more);
    if (strcmp(what, "odd-output") == 0)
        return odd_output();
    if (strcmp(what, "guard") == 0)
        return touch_guard(strtol(more, NULL, 10));
    if (strcmp(what, "memory") == 0)
        return use_memory();
    if (strcmp(what, "abort") == 0)
        abort();
    if (strcmp(what, "vector") == 0)
        return vector(more);
    puts("hello");
    return 0;
}
