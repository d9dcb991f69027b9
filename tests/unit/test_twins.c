/* Tunes of one name. SPDX-License-Identifier: MIT */
#include "folders.h"

static void test_twins(void **state) {
    (void)state;
    add_tune("a.mid", 60, "G");
    add_tune("a.midi", 60, "G"); /* the same */
    add_tune("a.MID", 62, "G");
    add_tune("b.mid", 60, "G");
    assert_int_equal(scan(NULL), 0);
    enum split split = find("a")->split;
    build(1);
    assert_non_null(strstr(find("a")->path, "a.MID"));
    assert_non_null(strstr(find("a~2")->path, "a.mid"));
    assert_int_equal(find("a~2")->outcome, OUTCOME_KEPT);
    assert_int_equal(find("a~3")->outcome, OUTCOME_REFUSED);
    assert_non_null(strstr(find("a~3")->tune.reason, "same name and notes as"));
    assert_int_equal(find("b")->outcome, OUTCOME_KEPT);
    assert_int_equal(d.tunes, 3);
    assert_string_equal(d.names[1], "a~2");
    assert_int_equal(find("a~3")->split, split); /* of the name they share */
}

static void test_twins_of_two_folders(void **state) {
    (void)state;
    char one[100], two[100];
    char *paths[] = {two, one};
    add_tune("1/train/a.mid", 60, "G");
    add_tune("2/train/a.mid", 62, "G");
    add_tune("2/train/a~2.mid", 64, "G");
    snprintf(one, sizeof one, "%s/1", scratch);
    snprintf(two, sizeof two, "%s/2/", scratch);
    assert_int_equal(corpus_scan(&c, paths, 2, 20, 20, NULL), 0);
    build(1);
    assert_non_null(strstr(find("train/a")->path, "/1/"));
    assert_int_equal(c.count, 3); /* and the third has the second's name */
    assert_string_equal(c.files[1].name, "train/a~2");
    assert_int_equal(c.files[1].outcome, OUTCOME_KEPT);
    assert_int_equal(c.files[1].split, SPLIT_TRAIN);
    assert_int_equal(c.files[2].outcome, OUTCOME_REFUSED);
    assert_non_null(strstr(c.files[2].tune.reason, "has the same name as"));
}

/* Names are told apart as they are shown. */
static void test_names_that_look_alike(void **state) {
    (void)state;
    add_tune("b\xfe.mid", 60, "G");
    add_tune("b\xff.mid", 62, "G");
    add_tune("b\xff/b\xff.mid", 64, "G");
    add_bytes("t\xff.abc", "X:1\nK:C\nCDEF|\n\nX:2\nK:C\nC\n");
    add_bytes("t\x01.abc", "X:1\nK:C\nCDEG|\n\nX:3\nK:C\nC\n");
    assert_int_equal(scan(NULL), 0);
    build(1);
    assert_int_equal(c.count, 7);
    assert_non_null(strstr(find("b\xfe")->path, "b\xfe.mid"));
    assert_non_null(strstr(find("b\xff~2")->path, "b\xff.mid"));
    assert_int_equal(find("b\xff~2")->stem, 2);
    check_lost("b\xff/b\xff", OUTCOME_KEPT, "");
    assert_non_null(strstr(find("t\x01/1")->path, "t\x01.abc"));
    assert_non_null(strstr(find("t\xff/1~2")->path, "t\xff.abc"));
    assert_string_equal(d.names[0], "b\xfe");
    assert_string_equal(d.names[2], "b\xff~2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_twins),
        TEST(test_twins_of_two_folders),
        TEST(test_names_that_look_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
