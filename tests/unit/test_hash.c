/* SHA-256 against the examples of FIPS 180-4. SPDX-License-Identifier: MIT */
#include "nott/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* `times` times the text, in pieces of `piece` bytes. */
static void check(const char *text, int times, size_t piece, const char *want) {
    struct hash h;
    char hex[HASH_HEX];
    assert_int_equal(hash_begin(&h, NULL), 0);
    for (int i = 0; i < times; i++)
        for (size_t n = strlen(text), at = 0; at < n; at += piece)
            hash_add(&h, text + at, n - at < piece ? n - at : piece);
    hash_add(&h, NULL, 0);
    hash_end(&h, hex);
    assert_string_equal(hex, want);
    assert_null(h.state);
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

static void test_given_up(void **state) {
    (void)state;
    struct hash h;
    assert_int_equal(hash_begin(&h, NULL), 0);
    hash_add(&h, "abc", 3);
    hash_end(&h, NULL); /* a leak would be reported */
    assert_null(h.state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
