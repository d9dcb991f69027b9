/* The container: what comes back, and files that lie about themselves.
 * SPDX-License-Identifier: MIT */
#include "nott/base/tensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nott/base/file.h"
#include "scratch.h"

static const int64_t wide[3] = {INT64_MIN, 0, INT64_MAX};
static const float singles[2] = {0.5f, -1e30f};
static const double doubles[1] = {1.0 / 3};
static const int16_t shorts[4] = {-32768, -1, 0, 32767};
static const int8_t tiny[2] = {-128, 127};
static const uint8_t bytes[6] = {0, 1, 2, 3, 4, 255};

static void fill(struct tensors *t) {
    *t = (struct tensors){0};
    assert_int_equal(tensors_add(t, "wide", TENSOR_I64, 3, 0, wide, NULL), 0);
    assert_int_equal(tensors_add(t, "double", TENSOR_F64, 1, 0, doubles, NULL),
                     0);
    assert_int_equal(tensors_add(t, "single", TENSOR_F32, 2, 0, singles, NULL),
                     0);
    assert_int_equal(tensors_add(t, "short", TENSOR_I16, 2, 2, shorts, NULL),
                     0);
    assert_int_equal(tensors_add(t, "none", TENSOR_U8, 0, 0, bytes, NULL), 0);
    assert_int_equal(tensors_add(t, "byte", TENSOR_U8, 6, 0, bytes, NULL), 0);
    assert_int_equal(tensors_add(t, "tiny", TENSOR_I8, 2, 0, tiny, NULL), 0);
    assert_int_equal(tensors_add_text(t, "note", "a \"b\"\n\xc3\xa9", NULL), 0);
    assert_int_equal(tensors_add_text(t, "empty", "", NULL), 0);
}

static void check(const struct tensors *t, const char *name,
                  enum tensor_type type, const void *data, size_t count,
                  size_t width) {
    const void *got = tensors_want(t, path, name, type, count, NULL);
    assert_non_null(got);
    assert_int_equal((uintptr_t)got % width, 0);
    assert_memory_equal(got, data, count * width);
}

static void test_there_and_back(void **state) {
    (void)state;
    struct tensors t, u;
    fill(&t);
    assert_int_equal(tensors_save(&t, path, NULL), 0);
    tensors_free(&t);
    assert_int_equal(t.count, 0);
    assert_int_equal(tensors_load(&u, path, NULL), 0);
    assert_int_equal(u.count, 7);
    check(&u, "wide", TENSOR_I64, wide, 3, 8);
    check(&u, "double", TENSOR_F64, doubles, 1, 8);
    check(&u, "single", TENSOR_F32, singles, 2, 4);
    check(&u, "short", TENSOR_I16, shorts, 4, 2);
    check(&u, "byte", TENSOR_U8, bytes, 6, 1);
    check(&u, "tiny", TENSOR_I8, tiny, 2, 1);
    assert_int_equal(tensors_find(&u, "none")->count, 0);
    assert_int_equal(tensors_find(&u, "short")->dims, 2);
    assert_int_equal(tensors_find(&u, "short")->shape[0], 2);
    assert_int_equal(tensors_find(&u, "short")->shape[1], 2);
    assert_int_equal(tensors_find(&u, "byte")->dims, 1);
    assert_null(tensors_find(&u, "__metadata__"));
    assert_null(tensors_find(&u, "bytes"));
    assert_string_equal(tensors_text(&u, "note"), "a \"b\"\n\xc3\xa9");
    assert_string_equal(tensors_text(&u, "empty"), "");
    assert_null(tensors_text(&u, "other"));
    tensors_free(&u);
    tensors_free(&u);
}

static void test_same_bytes(void **state) {
    (void)state;
    struct tensors t;
    struct buf first = {0}, second = {0};
    fill(&t);
    assert_int_equal(tensors_save(&t, path, NULL), 0);
    tensors_free(&t);
    assert_int_equal(file_read(&first, path, 10000, NULL), 0);
    assert_int_equal(first.data[0] % 8, 0); /* arrays begin aligned */
    assert_int_equal(tensors_load(&t, path, NULL), 0);
    assert_int_equal(tensors_save(&t, path, NULL), 0);
    tensors_free(&t);
    assert_int_equal(file_read(&second, path, 10000, NULL), 0);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
    buf_free(&first);
    buf_free(&second);
}

static void test_want(void **state) {
    (void)state;
    struct tensors t;
    struct err missing = {0}, type = {0}, size = {0};
    fill(&t);
    assert_non_null(tensors_want(&t, "f", "byte", TENSOR_U8, 0, NULL));
    assert_null(tensors_want(&t, "f", "gone", TENSOR_U8, 0, &missing));
    assert_null(tensors_want(&t, "f", "byte", TENSOR_I8, 6, &type));
    assert_null(tensors_want(&t, "f", "byte", TENSOR_U8, 5, &size));
    assert_int_equal(missing.code, ERR_FORMAT);
    assert_int_equal(type.code, ERR_FORMAT);
    assert_int_equal(size.code, ERR_FORMAT);
    assert_non_null(strstr(missing.text, "f: array \"gone\": "));
    assert_non_null(strstr(type.text, "f: array \"byte\": "));
    assert_non_null(strstr(size.text, "f: array \"byte\": "));
    tensors_free(&t);
}

/* ---- hostile files ---- */

/* Without the care, and the waiting, of file_write. */
static void write_bytes(const void *data, size_t n) {
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(n ? fwrite(data, 1, n, out) : 0, n);
    assert_int_equal(fclose(out), 0);
}

/* A file with the header length as told (-1: as it is) and n data bytes. */
static void write_file(const char *header, int64_t length, size_t n) {
    struct buf b = {0};
    uint64_t size = length < 0 ? strlen(header) : (uint64_t)length;
    for (int i = 0; i < 8; i++) {
        uint8_t byte = (uint8_t)(size >> (8 * i));
        buf_add(&b, &byte, 1);
    }
    buf_add(&b, header, strlen(header));
    for (size_t i = 0; i < n; i++)
        buf_add(&b, "", 1);
    write_bytes(b.data, b.len);
    buf_free(&b);
}

static int load(struct err *e) {
    struct tensors t;
    memset(&t, 0xa5, sizeof t); /* whatever was there */
    int rc = tensors_load(&t, path, e);
    if (rc) {
        assert_null(t.list);
        assert_int_equal(t.count, 0);
        assert_int_equal(t.text_count, 0);
        assert_null(t.file.data);
    }
    tensors_free(&t);
    return rc;
}

static void check_refused(const char *header, size_t n) {
    struct err e = {0};
    write_file(header, -1, n);
    if (load(&e) == 0)
        fail_msg("taken: %s", header);
    assert_int_equal(e.code, ERR_FORMAT);
    if (!strstr(e.text, path))
        fail_msg("'%s' does not name the file", e.text);
}

static void check_taken(const char *header, size_t n) {
    struct err e = {0};
    write_file(header, -1, n);
    if (load(&e))
        fail_msg("%s: %s", e.text, header);
}

#define U8_4 "\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}"
#define ONE(dtype, shape, offsets)                                             \
    "{\"a\":{\"dtype\":" dtype ",\"shape\":" shape                             \
    ",\"data_offsets\":" offsets "}}"

static void test_taken(void **state) {
    (void)state;
    check_taken("{}", 0);
    check_taken("{}      ", 0);
    check_taken("{" U8_4 "}", 4);
    check_taken("{\"__metadata__\":{}," U8_4 "}", 4);
    check_taken(ONE("\"U8\"", "[]", "[0,1]"), 1); /* a single number */
    check_taken(ONE("\"U8\"", "[1,2,1,2]", "[0,4]"), 4);
    check_taken(ONE("\"U8\"", "[0]", "[0,0]"), 0);
    check_taken(ONE("\"U8\"", "[0,9223372036854775807]", "[0,0]"), 0);
    check_taken("{" U8_4 ",\"z\":{\"dtype\":\"U8\",\"shape\":[0],"
                "\"data_offsets\":[0,0]}}",
                4); /* told after the one it lies before */
}

static void test_no_container(void **state) {
    (void)state;
    struct err e = {0};
    check_refused("", 0);
    check_refused("hello", 0);
    check_refused("[]", 0);
    check_refused("{", 0);
    check_refused("{} x", 0);
    check_refused("{\"a\":", 0);
    check_refused("{\"\xff\":{}}", 0);
    check_refused("{\"a\\u0000\":{}}", 0);
    for (size_t n = 0; n < 9; n++) { /* shorter than a header */
        write_bytes("\2\0\0\0\0\0\0\0{", n);
        assert_int_equal(load(NULL), -1);
    }
    unlink(path);
    assert_int_equal(load(&e), -1);
    assert_int_equal(e.code, ERR_IO);
}

static void test_header_length(void **state) {
    (void)state;
    static const int64_t lengths[] = {
        3, 4, 1 << 20, INT32_MAX, INT64_MAX, INT64_MAX - 8, 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct err e = {0};
        write_file("{}", lengths[i], 0);
        assert_int_equal(load(&e), -1);
        assert_int_equal(e.code, ERR_FORMAT);
    }
    struct err e = {0};
    write_bytes("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
    assert_int_equal(load(&e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
}

static void test_deep(void **state) {
    (void)state;
    size_t n = 100000;
    char *deep = malloc(n + 1);
    assert_non_null(deep);
    memset(deep, '[', n);
    memcpy(deep, "{\"a\":", 5);
    deep[n] = 0;
    check_refused(deep, 0);
    free(deep);
}

/* A text of n letters; the caller frees. */
static char *letters(size_t n) {
    char *text = malloc(n + 1);
    assert_non_null(text);
    memset(text, 'x', n);
    text[n] = 0;
    return text;
}

/* What would be refused is not written. */
static void test_large_header(void **state) {
    (void)state;
    char *most = letters(TENSORS_MAX_HEADER - 200);
    char *more = letters(TENSORS_MAX_HEADER);
    struct tensors t = {0}, again;
    struct err e = {0};
    assert_int_equal(tensors_add_text(&t, "a", most, NULL), 0);
    assert_int_equal(tensors_save(&t, path, NULL), 0);
    assert_int_equal(tensors_load(&again, path, NULL), 0);
    assert_string_equal(tensors_text(&again, "a"), most);
    tensors_free(&again);
    tensors_free(&t);
    assert_int_equal(tensors_add_text(&t, "a", more, NULL), 0);
    assert_int_equal(tensors_save(&t, path, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    tensors_free(&t);
    e = (struct err){0};
    memcpy(more, "{\"\": \"", 6);
    write_file(more, TENSORS_MAX_HEADER + 8, 0);
    assert_int_equal(load(&e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    free(most);
    free(more);
}

static void test_many_texts(void **state) {
    (void)state;
    for (size_t n = TENSORS_MAX_COUNT - 1; n <= TENSORS_MAX_COUNT; n++) {
        struct tensors t = {0}, again; /* with the checksum one more */
        struct err e = {0};
        char key[16];
        for (size_t i = 0; i < n; i++) {
            snprintf(key, sizeof key, "%zu", i);
            assert_int_equal(tensors_add_text(&t, key, "", NULL), 0);
        }
        assert_int_equal(tensors_save(&t, path, NULL), 0);
        int rc = tensors_load(&again, path, &e);
        assert_int_equal(rc, n < TENSORS_MAX_COUNT ? 0 : -1);
        assert_int_equal(e.code, rc ? ERR_FORMAT : ERR_NONE);
        tensors_free(&again);
        tensors_free(&t);
    }
}

static void test_descriptions(void **state) {
    (void)state;
    check_refused("{\"a\":5}", 0);
    check_refused("{\"a\":{}}", 0);
    check_refused("{\"a\":[]}", 0);
    check_refused(ONE("\"F16\"", "[2]", "[0,4]"), 4);
    check_refused(ONE("\"u8\"", "[4]", "[0,4]"), 4);
    check_refused(ONE("7", "[4]", "[0,4]"), 4);
    check_refused(ONE("\"U8\"", "4", "[0,4]"), 4);
    check_refused(ONE("\"U8\"", "[4.0]", "[0,4]"), 4);
    check_refused(ONE("\"U8\"", "[\"4\"]", "[0,4]"), 4);
    check_refused(ONE("\"U8\"", "[-4]", "[0,4]"), 4);
    check_refused(ONE("\"U8\"", "[-2,-2]", "[0,4]"), 4);
    check_refused(ONE("\"U8\"", "[1,1,1,1,4]", "[0,4]"), 4);
    check_refused(ONE("\"U8\"", "[4]", "[0]"), 4);
    check_refused(ONE("\"U8\"", "[4]", "[0,4,4]"), 4);
    check_refused(ONE("\"U8\"", "[4]", "{}"), 4);
    check_refused(ONE("\"U8\"", "[3]", "[0,4]"), 4);
    check_refused(ONE("\"I64\"", "[4]", "[0,4]"), 4);
    check_refused("{\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
                  "abcdefghijkl\":{\"dtype\":\"U8\",\"shape\":[4],"
                  "\"data_offsets\":[0,4]}}",
                  4);                        /* a name of 64 bytes */
    check_refused("{" U8_4 "," U8_4 "}", 4); /* twice the same name */
}

static void test_shape_overflow(void **state) {
    (void)state;
    check_refused(ONE("\"U8\"", "[4294967296,4294967296]", "[0,0]"), 0);
    check_refused(ONE("\"I64\"", "[2305843009213693952]", "[0,0]"), 0);
    check_refused(ONE("\"U8\"", "[9223372036854775807,3]", "[0,4]"), 4);
    check_refused(ONE("\"U8\"", "[65536,65536,65536,65536]", "[0,0]"), 0);
    check_refused(ONE("\"F32\"", "[1073741825]", "[0,4]"), 4);
    check_refused(ONE("\"U8\"", "[99999999999999999999]", "[0,4]"), 4);
}

static void test_offsets(void **state) {
    (void)state;
#define TWO(first, second)                                                     \
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" first           \
    "},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" second "}}"
    check_taken(TWO("[0,4]", "[4,8]"), 8);
    check_taken(TWO("[4,8]", "[0,4]"), 8);
    check_refused(TWO("[0,4]", "[0,4]"), 8);   /* the same bytes */
    check_refused(TWO("[0,4]", "[2,6]"), 6);   /* an overlap */
    check_refused(TWO("[0,4]", "[6,10]"), 10); /* a gap */
    check_refused(TWO("[2,6]", "[6,10]"), 10); /* a gap in front */
    check_refused(TWO("[0,4]", "[4,8]"), 9);   /* more behind */
    check_refused(TWO("[0,4]", "[4,8]"), 7);   /* cut off */
    check_refused(TWO("[-4,0]", "[0,4]"), 4);
    check_refused(TWO("[0,4]", "[9223372036854775804,9223372036854775807]"), 8);
    check_refused(ONE("\"U8\"", "[4]", "[4,0]"), 4);
    check_refused("{}", 1);
}

/* Narrow arrays first leave wider ones between addresses. */
static void test_alignment(void **state) {
    (void)state;
    check_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":"
                  "[0,1]},\"b\":{\"dtype\":\"I16\",\"shape\":[1],"
                  "\"data_offsets\":[1,3]}}",
                  3);
    /* a header of any length: what is taken is aligned */
    for (int pad = 0; pad < 8; pad++) {
        char header[200];
        struct tensors t;
        snprintf(header, sizeof header, "%s%.*s",
                 ONE("\"I64\"", "[1]", "[0,8]"), pad, "       ");
        write_file(header, -1, 8);
        if (tensors_load(&t, path, NULL) == 0)
            assert_int_equal((uintptr_t)t.list[0].data % 8, 0);
        else
            assert_true(strlen(header) % 8 != 0);
        tensors_free(&t);
    }
}

static void test_metadata(void **state) {
    (void)state;
    check_refused("{\"__metadata__\":5}", 0);
    check_refused("{\"__metadata__\":[]}", 0);
    check_refused("{\"__metadata__\":\"x\"}", 0);
    check_refused("{\"__metadata__\":{\"a\":5}}", 0);
    check_refused("{\"__metadata__\":{\"a\":null}}", 0);
    check_refused("{\"__metadata__\":{\"a\":{}}}", 0);
    check_refused("{\"__metadata__\":{\"a\":\"x\",\"a\":\"y\"}}", 0);
}

static void test_truncated(void **state) {
    (void)state;
    struct tensors t;
    struct buf whole = {0};
    fill(&t);
    assert_int_equal(tensors_save(&t, path, NULL), 0);
    tensors_free(&t);
    assert_int_equal(file_read(&whole, path, 10000, NULL), 0);
    for (size_t n = 0; n < whole.len; n++) {
        struct err e = {0};
        write_bytes(whole.data, n);
        assert_int_equal(load(&e), -1);
        assert_int_equal(e.code, ERR_FORMAT);
    }
    buf_free(&whole);
}

/* Any bit may be wrong: refused or read, never worse. */
static void test_flipped_bits(void **state) {
    (void)state;
    struct tensors t;
    struct buf whole = {0};
    fill(&t);
    assert_int_equal(tensors_save(&t, path, NULL), 0);
    tensors_free(&t);
    assert_int_equal(file_read(&whole, path, 10000, NULL), 0);
    for (size_t bit = 0; bit < 8 * whole.len; bit += 3) {
        whole.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        write_bytes(whole.data, whole.len);
        whole.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        load(NULL);
    }
    buf_free(&whole);
}

static void test_not_utf8(void **state) {
    (void)state;
    struct tensors t = {0};
    struct err e = {0};
    assert_int_equal(tensors_add_text(&t, "a", "\xff", NULL), 0);
    assert_int_equal(tensors_save(&t, path, &e), -1);
    assert_true(e.code != ERR_NONE);
    assert_int_equal(access(path, F_OK), -1);
    tensors_free(&t);
}

static void check_format(const char *is, const char *want) {
    struct tensors t = {0};
    struct err e = {0};
    if (is)
        assert_int_equal(tensors_add_text(&t, "format", is, &e), 0);
    int rc =
        tensors_check_format(&t, "a.seq", "nott-seq 2", "a sequence file", &e);
    assert_int_equal(rc, want ? -1 : 0);
    assert_string_equal(e.text, want ? want : "");
    assert_int_equal(e.code, want ? ERR_FORMAT : ERR_NONE);
    tensors_free(&t);
}

static void test_format(void **state) {
    (void)state;
    const char *newer = "a.seq: is nott-seq 3, of a newer nott; this one reads "
                        "nott-seq 2";
    const char *none = "a.seq: not a sequence file";
    check_format("nott-seq 2", NULL);
    check_format("nott-seq 3", newer);
    check_format("nott-seq 1", none);
    check_format("nott-seq 02", none);
    check_format("nott-seq 3x", none);
    check_format("nott-seq", none);
    check_format("nott-seq ", none);
    check_format("nott-seq 99999999999999999999", none);
    check_format("nott-model 3", none);
    check_format("", none);
    check_format(NULL, none);
}

static void test_cannot_write(void **state) {
    (void)state;
    struct tensors t;
    struct err e = {0};
    fill(&t);
    assert_int_equal(tensors_save(&t, "/nonexistent/a.seq", &e), -1);
    assert_int_equal(e.code, ERR_IO);
    tensors_free(&t);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_there_and_back), TEST(test_same_bytes),
        TEST(test_want),           TEST(test_taken),
        TEST(test_no_container),   TEST(test_header_length),
        TEST(test_deep),           TEST(test_descriptions),
        TEST(test_shape_overflow), TEST(test_offsets),
        TEST(test_alignment),      TEST(test_metadata),
        TEST(test_truncated),      TEST(test_flipped_bits),
        TEST(test_not_utf8),       TEST(test_cannot_write),
        TEST(test_large_header),   TEST(test_many_texts),
        TEST(test_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
