/* What entries of archives may be called, and which are in each other's way.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collect/entry.h"

static struct entry list[8];

static size_t name_all(const char *const *names) {
    size_t n = 0;
    for (; names[n]; n++) {
        list[n] = (struct entry){.index = n};
        assert_null(entry_set_name(&list[n], names[n]));
    }
    qsort(list, n, sizeof *list, entry_by_name);
    return n;
}

static void test_names(void **state) {
    (void)state;
    char part[300], whole[1100];
    struct entry e = {0};
    const char *const bad[] = {"/a.mid", "a//b", "..",   "a/../b", ". /a",
                               "a\\b",   "c:a",  "a\tb", "/",      "\xc2\x9b"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!entry_set_name(&e, bad[i]))
            fail_msg("%s is no name", bad[i]);
    assert_null(entry_set_name(&e, "a/b.mid"));
    assert_true(e.wanted && !e.folder && e.len == 7);
    assert_null(entry_set_name(&e, "a.mid/"));
    assert_true(!e.wanted && e.folder && e.len == 5);
    assert_null(entry_set_name(&e, "a/.b/c.mid"));
    assert_false(e.wanted);
    memset(part, 'x', sizeof part);
    part[ENTRY_PART] = 0;
    assert_null(entry_set_name(&e, part));
    part[ENTRY_PART] = 'x';
    part[ENTRY_PART + 1] = 0;
    assert_non_null(entry_set_name(&e, part));
    for (size_t i = 0; i < sizeof whole; i++)
        whole[i] = i % 100 == 99 ? '/' : 'x';
    whole[1001] = 0;
    assert_non_null(entry_set_name(&e, whole));
    whole[999] = 0;
    assert_null(entry_set_name(&e, whole));
}

static void test_clashes(void **state) {
    (void)state;
    static const struct {
        const char *names[5];
        int clash;
    } cases[] = {
        {{"a.mid", "b.mid"}, 0},
        {{"a.mid", "A.mid"}, 1},
        {{"a/", "a/b", "a/c/d"}, 0},
        {{"a", "a/b"}, 1},
        {{"a/b", "a/", "a!", "b"}, 0},
        {{"a/b", "A/c"}, 1},
        {{"a/", "A/b"}, 1},
        {{"a/b/", "a/b"}, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = name_all(cases[i].names);
        int clash = 0;
        for (size_t k = 1; k < n; k++)
            clash |= entry_clash(&list[k - 1], &list[k]);
        if (clash != cases[i].clash)
            fail_msg("%s ...: %d", cases[i].names[0], clash);
    }
}

static void test_order_and_folders(void **state) {
    (void)state;
    const char *const names[] = {"n/b/c/x.mid", "n/a.txt", "n/b/Y.mid", NULL};
    size_t n = name_all(names);
    uint64_t folders = 0;
    assert_string_equal(list[1].name, "n/b/c/x.mid");
    for (size_t i = 0; i < n; i++)
        folders += entry_new_folders(i ? &list[i - 1] : NULL, &list[i]);
    assert_int_equal(folders, 3);
    qsort(list, n, sizeof *list, entry_by_index);
    assert_string_equal(list[0].name, names[0]);
    assert_int_equal(entry_top(list, n), 2);
    const char *const two[] = {"n/b.mid", "na/c.mid", NULL};
    n = name_all(two);
    assert_int_equal(entry_top(list, n), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_clashes),
        cmocka_unit_test(test_order_and_folders),
    };
    return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}
