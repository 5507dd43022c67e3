/*
 * test_npy.c: .npy files: round trips, files of other kinds refused by name, malformed ones, full disks.
 */
#include "sepcc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/sepcc_npy_XXXXXX";
static char path[64];
static char message[256];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/x.npy", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails when a temporary file was left */
}

/* ---- writing and reading back ---------------------------------------------------------------------- */

static void round_trip(size_t rank, const size_t *shape)
{
    struct sepcc_array array;
    float *data;
    size_t count = 1;
    for (size_t i = 0; i < rank; ++i)
        count *= shape[i];
    data = sepcc_alloc(count * sizeof *data);
    assert_non_null(data);
    sepcc_fill(data, count, SEPCC_DATA_SPECIAL, 3);
    assert_int_equal(sepcc_npy_write(path, rank, shape, data, message, sizeof message), SEPCC_OK);
    assert_int_equal(sepcc_npy_read(path, &array, message, sizeof message), SEPCC_OK);
    assert_string_equal(message, "");
    assert_int_equal(array.rank, rank);
    for (size_t i = 0; i < rank; ++i)
        assert_int_equal(array.shape[i], shape[i]);
    assert_int_equal(array.count, count);
    assert_memory_equal(array.data, data, count * sizeof *data);
    sepcc_array_free(&array);
    assert_null(array.data);
    sepcc_array_free(&array);
    sepcc_free(data);
}

static void arrays_come_back(void **state)
{
    const size_t shape[] = {2, 3, 5, 7, 1, 2, 1, 3}, empty[] = {3, 0, 2}, large[] = {300, 1001};
    (void)state;
    for (size_t rank = 0; rank <= SEPCC_NPY_MAX_RANK; ++rank)
        round_trip(rank, shape);
    round_trip(3, empty);
    round_trip(2, large); /* several chunks of reading */
}

/* The bytes that numpy.save writes for numpy.array([1, -2], '<f4'). */
static void bytes_are_those_of_numpy(void **state)
{
    static const unsigned char data[] = {0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0};
    static const char header[] =
        "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    const float values[] = {1, -2};
    const size_t shape[] = {2};
    unsigned char bytes[200];
    FILE *file;
    (void)state;
    assert_int_equal(sepcc_npy_write(path, 1, shape, values, message, sizeof message), SEPCC_OK);
    file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), 128 + sizeof data);
    fclose(file);
    assert_memory_equal(bytes, header, sizeof header - 1);
    for (size_t i = sizeof header - 1; i < 127; ++i)
        assert_int_equal(bytes[i], ' ');
    assert_int_equal(bytes[127], '\n');
    assert_memory_equal(bytes + 128, data, sizeof data);
}

/* ---- files of other makers ------------------------------------------------------------------------- */

/* Writes magic, version major.0, the length (two or four bytes), the header and count bytes of zeros. */
static void put_file(unsigned major, const char *header, size_t length, size_t count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite("\x93NUMPY", 1, 6, file);
    fputc((int)major, file);
    fputc(0, file);
    for (unsigned byte = 0; byte < (major == 1 ? 2 : 4); ++byte)
        fputc((int)(length >> (8 * byte) & 0xff), file);
    fputs(header, file);
    for (size_t i = 0; i < count; ++i)
        fputc(0, file);
    assert_int_equal(fclose(file), 0);
}

/* Reads the file and expects the status and, in the message, the word. */
static void expect_refused(enum sepcc_status status, const char *word)
{
    struct sepcc_array array;
    assert_int_equal(sepcc_npy_read(path, &array, message, sizeof message), status);
    assert_null(array.data);
    if (strstr(message, word) == NULL || strncmp(message, path, strlen(path)) != 0)
        fail_msg("'%s' does not say '%s' of %s", message, word, path);
}

static void all_versions_are_read(void **state)
{
    static const char header[] = "{\"shape\":(2,3),'fortran_order':  False,'descr':'<f4'}\n";
    struct sepcc_array array;
    (void)state;
    for (unsigned major = 1; major <= 3; ++major) {
        put_file(major, header, strlen(header), 24);
        assert_int_equal(sepcc_npy_read(path, &array, message, sizeof message), SEPCC_OK);
        assert_int_equal(array.rank, 2);
        assert_int_equal(array.count, 6);
        sepcc_array_free(&array);
    }
    put_file(4, header, strlen(header), 24);
    expect_refused(SEPCC_E_NPY_FORMAT, "4.0");
    put_file(0, header, strlen(header), 24);
    expect_refused(SEPCC_E_NPY_FORMAT, "0.0");
}

static void other_types_are_refused_by_name(void **state)
{
    static const char *const types[] = {">f4", "<f8", "<i4", "|u1", "<f2"};
    char header[128];
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; ++i) {
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (1,), }\n",
                 types[i]);
        put_file(1, header, strlen(header), 8);
        expect_refused(SEPCC_E_NPY_TYPE, types[i]);
    }
    strcpy(header, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n");
    put_file(1, header, strlen(header), 4);
    expect_refused(SEPCC_E_NPY_TYPE, "structured");
    strcpy(header, "{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }\n");
    put_file(1, header, strlen(header), 4);
    expect_refused(SEPCC_E_NPY_TYPE, "fortran_order");
}

#define START "{'descr': '<f4', 'fortran_order': False, "

static void malformed_headers_are_refused(void **state)
{
    static const char *const headers[] = {
        "",
        "\n",
        "{",
        "{}",
        "[]",
        "{'descr': '<f4'}",
        START "}",
        START "'shape': }",
        START "'shape': (}",
        START "'shape': (1}",
        START "'shape': (1,}",
        START "'shape': (1 2)}",
        START "'shape': (-1,)}",
        START "'shape': (,)}",
        START "'shape': (1.5,)}",
        START "'shape': 5}",
        START "'shape': (1,)",
        START "'shape': (1,)} more",
        START "'shape': (1,), 'shape': (1,)}",
        START "'shape': (1,), 'colour': 1}",
        START "'shape': (1,), 'a key that is far too long to be one': 1}",
        START "'shape': (1,1,1,1,1,1,1,1,1)}",
        START "'shape': (99999999999999999999,)}",
        START "'shape': (4294967296, 4294967296)}",
        START "'shape': (0, 4294967296, 4294967296)}",
        "{'descr': '<f4', 'fortran_order': Perhaps, 'shape': (1,)}",
        "{'descr' '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr: '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{descr: '<f4', 'fortran_order': False, 'shape': (1,)}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; ++i) {
        put_file(1, headers[i], strlen(headers[i]), 64);
        expect_refused(SEPCC_E_NPY_FORMAT, ": ");
    }
    put_file(2, "{}", 0xffffffff, 0);
    expect_refused(SEPCC_E_NPY_FORMAT, "4294967295");
}

/* However large the shape, memory is taken only for what comes. */
static void short_files_are_refused(void **state)
{
    static const char header[] = START "'shape': (10,)}\n";
    static const char huge[] = START "'shape': (1099511627776,)}\n";
    (void)state;
    put_file(1, header, strlen(header), 39);
    expect_refused(SEPCC_E_READ, "elements");
    put_file(1, header, strlen(header), 41);
    expect_refused(SEPCC_E_NPY_FORMAT, "goes on");
    put_file(1, huge, strlen(huge), 1000);
    expect_refused(SEPCC_E_READ, "elements");
    put_file(1, header, 1000, 0);
    expect_refused(SEPCC_E_READ, "header");
    for (long length = 0; length < 10; ++length) { /* within magic, version and length */
        put_file(1, header, strlen(header), 40);
        assert_int_equal(truncate(path, length), 0);
        expect_refused(length < 6 ? SEPCC_E_NPY_FORMAT : SEPCC_E_READ, length < 6 ? "not a .npy" : "header");
    }
}

/* Every byte of a good file in turn set to a few values: refused or read, never worse (run under ASan). */
static void damaged_files_do_no_harm(void **state)
{
    static const char header[] = START "'shape': (3, 2), }  \n";
    static const unsigned char values[] = {0, 0x20, '\'', '(', ')', '9', ',', '}', 0x7f, 0xff};
    const size_t length = 10 + strlen(header) + 24;
    (void)state;
    for (size_t at = 0; at < length; ++at)
        for (size_t i = 0; i < sizeof values; ++i) {
            struct sepcc_array array;
            FILE *file;
            put_file(1, header, strlen(header), 24);
            file = fopen(path, "r+b");
            assert_non_null(file);
            assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
            fputc(values[i], file);
            assert_int_equal(fclose(file), 0);
            if (sepcc_npy_read(path, &array, message, sizeof message) == SEPCC_OK)
                assert_string_equal(message, "");
            else
                assert_string_not_equal(message, "");
            sepcc_array_free(&array);
        }
}

static void unreadable_paths_are_reported(void **state)
{
    struct sepcc_array array;
    (void)state;
    assert_int_equal(sepcc_npy_read("/nowhere/x.npy", &array, message, sizeof message), SEPCC_E_OPEN);
    assert_non_null(strstr(message, strerror(ENOENT)));
    assert_int_equal(sepcc_npy_read(folder, &array, message, sizeof message), SEPCC_E_READ);
    assert_non_null(strstr(message, strerror(EISDIR)));
    assert_int_equal(sepcc_npy_read("/nowhere/x.npy", &array, message, 12), SEPCC_E_OPEN);
    assert_int_equal(strlen(message), 11);
    assert_int_equal(sepcc_npy_read("/nowhere/x.npy", &array, NULL, 0), SEPCC_E_OPEN);
}

/* ---- failing writes -------------------------------------------------------------------------------- */

static void failed_writes_leave_the_file_as_it_was(void **state)
{
    const size_t shape[] = {1}, large[] = {5000};
    const float one = 1;
    float *zeros = sepcc_alloc(sizeof *zeros * large[0]);
    struct stat status;
    struct sepcc_array array;
    (void)state;
    assert_non_null(zeros);
    assert_int_equal(sepcc_npy_write("/nowhere/x.npy", 1, shape, &one, message, sizeof message),
                     SEPCC_E_OPEN);
    assert_int_equal(sepcc_npy_write(path, 1, shape, &one, message, sizeof message), SEPCC_OK);
    assert_int_equal(sepcc_npy_write(path, SEPCC_NPY_MAX_RANK + 1, large, &one, message, sizeof message),
                     SEPCC_E_WRITE);
    assert_int_equal(sepcc_npy_read(path, &array, message, sizeof message), SEPCC_OK);
    assert_true(array.data[0] == 1);
    sepcc_array_free(&array);
    if (stat("/dev/full", &status) == 0 && S_ISCHR(status.st_mode)) {
        assert_int_equal(sepcc_npy_write("/dev/full", 1, shape, &one, message, sizeof message),
                         SEPCC_E_WRITE);
        assert_non_null(strstr(message, strerror(ENOSPC)));
        assert_int_equal(sepcc_npy_write("/dev/full", 1, large, zeros, message, sizeof message),
                         SEPCC_E_WRITE);
        assert_int_equal(stat("/dev/full", &status), 0);
        assert_true(S_ISCHR(status.st_mode)); /* and not a file renamed over it */
    }
    sepcc_free(zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_come_back),
        cmocka_unit_test(bytes_are_those_of_numpy),
        cmocka_unit_test(all_versions_are_read),
        cmocka_unit_test(other_types_are_refused_by_name),
        cmocka_unit_test(malformed_headers_are_refused),
        cmocka_unit_test(short_files_are_refused),
        cmocka_unit_test(damaged_files_do_no_harm),
        cmocka_unit_test(unreadable_paths_are_reported),
        cmocka_unit_test(failed_writes_leave_the_file_as_it_was),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
