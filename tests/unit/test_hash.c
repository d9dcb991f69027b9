/* SHA-256 against the examples of FIPS 180-4. SPDX-License-Identifier: MIT */
#include "nott/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "nott/base/file.h"
#include "scratch.h"

#define ABC_HASH                                                               \
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* `times` times the text, in pieces of `piece` bytes. */
static void check(const char *text, int times, size_t piece, const char *want) {
    struct hash h;
    char hex[HASH_HEX];
    hash_begin(&h);
    for (int i = 0; i < times; i++)
        for (size_t n = strlen(text), at = 0; at < n; at += piece)
            hash_add(&h, text + at, n - at < piece ? n - at : piece);
    hash_add(&h, NULL, 0);
    hash_end(&h, hex);
    assert_string_equal(hex, want);
}

static void test_known(void **state) {
    (void)state;
    check("", 1, 1,
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check("abc", 1, 3,
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, 5,
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check("aaaaaaaaaa", 100000, 7,
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void test_file(void **state) {
    (void)state;
    char hex[HASH_HEX];
    struct err e = {0};
    assert_int_equal(file_write(path, "abc", 3, &e), 0);
    assert_int_equal(hash_file(path, hex, &e), 0);
    assert_string_equal(hex, ABC_HASH);
    assert_int_equal(hash_verify(path, ABC_HASH, &e), 0);
    assert_int_equal(file_write(path, "", 0, &e), 0);
    assert_int_equal(hash_verify(path, ABC_HASH, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    assert_non_null(strstr(e.text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649"
                                   "b934ca495991b7852b855"));
}

static void test_no_file(void **state) {
    (void)state;
    char hex[HASH_HEX];
    struct err missing = {0}, folder = {0}, fifo = {0};
    assert_int_equal(hash_file(path, hex, &missing), -1);
    assert_int_equal(missing.code, ERR_IO);
    assert_int_equal(hash_file(scratch, hex, &folder), -1);
    assert_int_equal(folder.code, ERR_FORMAT);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(hash_file(path, hex, &fifo), -1);
    assert_int_equal(fifo.code, ERR_FORMAT);
}

static void test_is_hex(void **state) {
    (void)state;
    assert_true(hash_is_hex(ABC_HASH));
    assert_true(hash_is_hex("BA7816BF8F01CFEA414140DE5DAE2223"
                            "B00361A396177A9CB410FF61F20015AD"));
    assert_false(hash_is_hex(""));
    assert_false(hash_is_hex(ABC_HASH "0"));
    assert_false(hash_is_hex(&ABC_HASH[1]));
    assert_false(hash_is_hex("g" ABC_HASH));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        TEST(test_file),
        TEST(test_no_file),
        cmocka_unit_test(test_is_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
