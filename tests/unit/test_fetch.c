/* The rules about addresses that need no server. The rest is tested with one
 * by tests/cli/nott-fetch.bats. SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "nott/base/file.h"
#include "nott/base/hash.h"
#include "nott/collect/fetch.h"

#define ABC_HASH                                                               \
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static char dir[64], target[80], part[96], tag[104];

static int set_up(void **state) {
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/test_fetch-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(target, sizeof target, "%s/got", dir);
    snprintf(part, sizeof part, "%s.part", target);
    snprintf(tag, sizeof tag, "%s.tag", part);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(target);
    unlink(part);
    unlink(tag);
    return rmdir(dir);
}

static int fetch(const char *url, const char *sha256, struct err *e) {
    const struct fetch_options o = {.max_bytes = 1000,
                                    .sha256 = sha256,
                                    .user_agent = "test",
                                    .attempts = 1,
                                    .stall_seconds = 1};
    return fetch_url(url, target, &o, e);
}

static void test_refused_addresses(void **state) {
    (void)state;
    const char *const urls[] = {
        "",          "tunes.zip",     "//host/x",     "file:///etc/passwd",
        "https://",  "ftp://host/x",  "gopher://h/x", "http://host:99999/x",
        "dict://h/", "https://a b/x", "data:,x",      "scp://host/x",
    };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct err e = {0};
        assert_int_equal(fetch(urls[i], ABC_HASH, &e), -1);
        assert_int_equal(e.code, ERR_USAGE);
        assert_int_equal(access(part, F_OK), -1);
    }
}

static void test_plain_http_needs_a_hash(void **state) {
    (void)state;
    struct err none = {0}, wrong = {0};
    assert_int_equal(fetch("http://127.0.0.1:1/x", NULL, &none), -1);
    assert_int_equal(none.code, ERR_USAGE);
    assert_int_equal(fetch("https://127.0.0.1:1/x", "abc", &wrong), -1);
    assert_int_equal(wrong.code, ERR_USAGE);
}

static void test_passwords_are_not_shown(void **state) {
    (void)state;
    const char *const urls[] = {
        "http://me:secret@127.0.0.1:1/x", "ftp://me:secret@127.0.0.1/x",
        "https://me:se/cret@@@:x/x", "https://me:secret@127.0.0.1:1/x"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct err e = {0};
        assert_int_equal(fetch(urls[i], i ? ABC_HASH : NULL, &e), -1);
        assert_null(strstr(e.text, "cret"));
        assert_null(strstr(e.text, "me:"));
    }
}

static void test_nobody_listens(void **state) {
    (void)state;
    struct err e = {0};
    assert_int_equal(fetch("https://127.0.0.1:1/x", NULL, &e), -1);
    assert_int_equal(e.code, ERR_NET);
    assert_int_equal(fetch("https://127.0.0.1:1/x", NULL, NULL), -1);
}

/* A listening socket that nobody accepts from takes the connection and then
 * says nothing. */
static void test_stalled_server(void **state) {
    (void)state;
    char url[64];
    struct err e = {0};
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/x", ntohs(at.sin_port));
    assert_int_equal(fetch(url, ABC_HASH, &e), -1);
    assert_int_equal(e.code, ERR_NET);
    close(fd);
}

static void test_link_in_the_way(void **state) {
    (void)state;
    struct err e = {0};
    assert_int_equal(symlink(target, part), 0);
    assert_int_equal(fetch("https://127.0.0.1:1/x", NULL, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(access(target, F_OK), -1);
}

static void test_finished_part_needs_no_network(void **state) {
    (void)state;
    struct err e = {0};
    assert_int_equal(file_write(part, "abc", 3, &e), 0);
    assert_int_equal(fetch("http://127.0.0.1:1/x", ABC_HASH, &e), 0);
    assert_int_equal(access(part, F_OK), -1);
    assert_int_equal(hash_verify(target, ABC_HASH, &e), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refused_addresses, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_plain_http_needs_a_hash, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_passwords_are_not_shown, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_listens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stalled_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_link_in_the_way, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_finished_part_needs_no_network,
                                        set_up, tear_down),
    };
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("HTTPS_PROXY");
    unsetenv("ALL_PROXY");
    unsetenv("all_proxy");
    return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
