/* Whole files, folders and paths. SPDX-License-Identifier: MIT */
#include "nott/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

static void check_read(const char *name, size_t max, enum err_code code) {
    struct buf b = {0};
    struct err e = {0};
    assert_int_equal(file_read(&b, name, max, &e), code ? -1 : 0);
    assert_int_equal(e.code, code);
    if (code && !strstr(e.text, name))
        fail_msg("'%s' does not name %s", e.text, name);
    buf_free(&b);
}

static void test_read(void **state) {
    (void)state;
    struct buf b = {0};
    uint8_t big[200000];
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7 % 251);
    assert_int_equal(file_write(path, big, sizeof big, NULL), 0);
    buf_add(&b, "head", 4);
    assert_int_equal(file_read(&b, path, sizeof big, NULL), 0);
    assert_int_equal(b.len, 4 + sizeof big);
    assert_memory_equal(b.data, "head", 4); /* appended */
    assert_memory_equal(b.data + 4, big, sizeof big);
    buf_free(&b);
    check_read(path, sizeof big, ERR_NONE);
    check_read(path, sizeof big - 1, ERR_FORMAT);
    b.max = 1000; /* the buffer's own limit */
    assert_int_equal(file_read(&b, path, sizeof big, NULL), -1);
    buf_free(&b);
    assert_int_equal(file_write(path, NULL, 0, NULL), 0);
    check_read(path, 0, ERR_NONE);
}

static void add_socket(const char *name) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(at.sun_path, sizeof at.sun_path, "%s", name);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    close(fd);
}

static void test_read_refuses(void **state) {
    (void)state;
    check_read(path, 10, ERR_IO); /* not there */
    check_read(scratch, 10, ERR_FORMAT);
    check_read("/dev/null", 10, ERR_FORMAT);
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(5); /* opening must not wait for a writer */
    check_read(path, 10, ERR_FORMAT);
    alarm(0);
    assert_int_equal(unlink(path), 0);
    add_socket(path);
    check_read(path, 10, ERR_FORMAT);
}

/* What is too large is refused before any of it is in memory. */
static void test_read_too_large(void **state) {
    (void)state;
    struct buf b = {0};
    struct err e = {0};
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), (off_t)1 << 32), 0);
    fclose(f);
    assert_int_equal(file_read(&b, path, 1 << 20, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    assert_non_null(strstr(e.text, "larger than 1048576 bytes"));
    assert_int_equal(b.cap, 0);
}

static int count_files(void) {
    int n = 0;
    DIR *dir = opendir(scratch);
    assert_non_null(dir);
    for (struct dirent *d = readdir(dir); d; d = readdir(dir))
        n += d->d_name[0] != '.';
    closedir(dir);
    return n;
}

static void check_content(const char *want) {
    struct buf b = {0};
    assert_int_equal(file_read(&b, path, 1000, NULL), 0);
    assert_string_equal((char *)b.data, want);
    buf_free(&b);
}

static void test_write(void **state) {
    (void)state;
    struct stat st;
    mode_t mask = umask(027);
    assert_int_equal(file_write(path, "old", 3, NULL), 0);
    umask(mask);
    check_content("old");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640); /* as the user's mask wants */
    assert_int_equal(file_write(path, "newer", 5, NULL), 0);
    check_content("newer");
    assert_int_equal(count_files(), 1);
}

/* Someone who reads while it is replaced keeps the old file. */
static void test_write_is_whole(void **state) {
    (void)state;
    char text[4] = "";
    assert_int_equal(file_write(path, "old", 3, NULL), 0);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    assert_int_equal(file_write(path, "new", 3, NULL), 0);
    assert_int_equal(fread(text, 1, 3, in), 3);
    fclose(in);
    assert_string_equal(text, "old");
}

static void check_write_fails(const char *name) {
    struct err e = {0};
    assert_int_equal(file_write(name, "new", 3, &e), -1);
    assert_int_equal(e.code, ERR_IO);
}

static void test_write_fails(void **state) {
    (void)state;
    char inside[100], name[300];
    assert_int_equal(mkdir(path, 0777), 0); /* a folder is in the way */
    check_write_fails(path);
    assert_int_equal(count_files(), 1); /* no temporary file */
    snprintf(inside, sizeof inside, "%s/gone/file", scratch);
    check_write_fails(inside);
    snprintf(inside, sizeof inside, "%s/keep", path);
    assert_int_equal(file_write(inside, "x", 1, NULL), 0);
    snprintf(name, sizeof name, "%s/under", inside); /* below a file */
    check_write_fails(name);
    check_write_fails("");
    char *long_name = malloc(6000);
    assert_non_null(long_name);
    memset(long_name, 'x', 5999);
    long_name[5999] = 0;
    check_write_fails(long_name);
    free(long_name);
}

/* The disk is full: the old file stays, and the temporary one goes. */
static void test_write_breaks_off(void **state) {
    (void)state;
    static const char text[1000];
    struct rlimit old, small;
    struct err e = {0};
    assert_int_equal(file_write(path, "old", 3, NULL), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 100;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int rc = file_write(path, text, sizeof text, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(rc, -1);
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(count_files(), 1);
    check_content("old");
}

/* ---- what is there already ---- */

static void write_to(const char *name, const char *text) {
    struct err e = {0};
    if (file_write(name, text, strlen(text), &e))
        fail_msg("%s", e.text);
}

static void check_link(const char *name, const char *to) {
    char now[200] = "";
    ssize_t n = readlink(name, now, sizeof now - 1);
    assert_int_equal(n, strlen(to));
    assert_string_equal(now, to);
}

/* Through links, whether their end is there or not; they stay. */
static void test_links(void **state) {
    (void)state;
    char link[100], far[200], deep[100];
    snprintf(link, sizeof link, "%s/link", scratch);
    snprintf(deep, sizeof deep, "%s/deep", scratch);
    snprintf(far, sizeof far, "%s/deep/far", scratch);
    assert_int_equal(mkdir(deep, 0777), 0);
    assert_int_equal(symlink("deep/far", link), 0);
    assert_int_equal(symlink("../file", far), 0);
    for (int i = 0; i < 2; i++) {
        write_to(link, i ? "newer" : "new"); /* nothing there; something */
        check_content(i ? "newer" : "new");
        check_link(link, "deep/far");
        check_link(far, "../file");
        assert_int_equal(count_files(), 3);
    }
    assert_int_equal(unlink(far), 0);
    assert_int_equal(symlink(path, far), 0); /* absolute */
    write_to(link, "again");
    check_content("again");
    check_link(far, path);
}

static void test_links_that_lead_nowhere(void **state) {
    (void)state;
    struct err e = {0};
    char link[100], want[200];
    snprintf(link, sizeof link, "%s/link", scratch);
    assert_int_equal(symlink("file", link), 0);
    assert_int_equal(symlink("link", path), 0);
    assert_int_equal(file_write(link, "x", 1, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    snprintf(want, sizeof want, "%s: %s", link, strerror(ELOOP));
    assert_string_equal(e.text, want);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("gone/file", link), 0);
    check_write_fails(link);
    check_link(link, "gone/file");
    assert_int_equal(count_files(), 1);
}

/* An open file of this process is written on where it stands. */
static void test_names_of_open_files(void **state) {
    (void)state;
    char name[100], link[100];
    struct err e = {0};
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
    assert_int_equal(write(fd, "a", 1), 1);
    snprintf(name, sizeof name, "/dev/fd/%d", fd);
    write_to(name, "b");
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    snprintf(link, sizeof link, "%s/link", scratch);
    assert_int_equal(symlink(name, link), 0);
    write_to(link, "c"); /* as /dev/stdout is one */
    assert_int_equal(write(fd, "d", 1), 1);
    check_content("abcd");
    assert_int_equal(count_files(), 2);
    close(fd);
    assert_int_equal(file_write(name, "e", 1, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    check_content("abcd");
}

/* Into what is no file, which stays. */
static void test_pipes_and_devices(void **state) {
    (void)state;
    struct stat st;
    char text[8] = "", link[100];
    snprintf(link, sizeof link, "%s/link", scratch);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(symlink("file", link), 0);
    alarm(5);
    int fd = open(path, O_RDONLY | O_NONBLOCK);
    write_to(link, "new");
    assert_int_equal(read(fd, text, sizeof text), 3);
    alarm(0);
    assert_string_equal(text, "new");
    close(fd);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_equal(count_files(), 2);
    write_to("/dev/null", "x");
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
}

/* Its rights stay, and with them its owner where that may be. */
static void test_rights_stay(void **state) {
    (void)state;
    static const mode_t modes[] = {0600, 0640, 0666, 0755};
    struct stat st;
    write_to(path, "old");
    int root = geteuid() == 0 && chown(path, 12345, 54321) == 0;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        write_to(path, "new");
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, modes[i]);
        assert_int_equal(st.st_uid, root ? 12345 : geteuid());
        if (root)
            assert_int_equal(st.st_gid, 54321);
    }
}

static int chown_fails;

int fchown(int fd, uid_t owner, gid_t group) {
    if (!chown_fails)
        return (int)syscall(SYS_fchown, fd, owner, group);
    errno = EPERM;
    return -1;
}

/* What the group of the old file had is not for that of the new one. */
static void test_rights_never_grow(void **state) {
    (void)state;
    static const mode_t modes[][2] = {
        {0660, 0600}, {0664, 0644}, {0640, 0600}, {0604, 0604}, {0646, 0646}};
    struct stat st;
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        unlink(path);
        write_to(path, "old");
        assert_int_equal(chown(path, 12345, 54321), 0);
        assert_int_equal(chmod(path, modes[i][0]), 0);
        chown_fails = 1;
        write_to(path, "new");
        chown_fails = 0;
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, modes[i][1]);
    }
}

/* What the system takes as a name can be written, though no more fits. */
static void test_long_names(void **state) {
    (void)state;
    char name[400];
    int most = (int)pathconf(scratch, _PC_NAME_MAX);
    if (most < 100 || most > 255)
        skip();
    for (int n = most - 12; n <= most; n++) {
        snprintf(name, sizeof name, "%s/%0*d", scratch, n, n);
        write_to(name, "old");
        write_to(name, "new");
        assert_int_equal(unlink(name), 0);
        assert_int_equal(count_files(), 0);
    }
    snprintf(name, sizeof name, "%s/%0*d", scratch, most + 1, 0);
    check_write_fails(name);
}

/* No letter is cut. */
static void test_long_temporary(void **state) {
    (void)state;
    char name[400], tmp[400];
    size_t n = (size_t)snprintf(name, sizeof name, "%s/", scratch), at = n;
    for (; n - at < 252; n += 2)
        memcpy(name + n, "\xc3\xa9", 3);
    int fd = file_temporary(tmp, sizeof tmp, name, NULL);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(strlen(tmp), n - 1); /* a letter less, not half of it */
    assert_memory_equal(tmp + n - 14, "\xc3\xa9.tmp-", 7);
    const char *base = name + at;
    assert_true(file_is_temporary(tmp + at, base));
    assert_true(file_is_temporary("ab.tmp-123456", "ab"));
    assert_false(file_is_temporary("ab.tmp-12345", "ab"));
    assert_false(file_is_temporary("ab.tmp-123456", "a"));
    assert_false(file_is_temporary("ac.tmp-123456", "ab"));
    assert_false(file_is_temporary(tmp + at + 2, base));
    assert_false(file_is_temporary(".tmp-123456", "short"));
    name[n - 1] = 'x';
    unlink(tmp);
    assert_int_equal(file_temporary_dir(tmp, sizeof tmp, name, NULL), 0);
    assert_true(strlen(tmp) <= n);
}

/* ---- a machine that is interrupted ---- */

static int interrupted; /* how many of the next calls are */

static int interrupt(void) {
    if (!interrupted)
        return 0;
    interrupted--;
    errno = EINTR;
    return 1;
}

int fsync(int fd) {
    return interrupt() ? -1 : (int)syscall(SYS_fsync, fd);
}

int flock(int fd, int how) {
    return interrupt() ? -1 : (int)syscall(SYS_flock, fd, how);
}

int openat(int dir, const char *name, int flags, ...) {
    va_list ap;
    va_start(ap, flags);
    unsigned mode = flags & O_CREAT ? va_arg(ap, unsigned) : 0;
    va_end(ap);
    return interrupt() ? -1 : (int)syscall(SYS_openat, dir, name, flags, mode);
}

int close(int fd) {
    int again = interrupt();
    int rc = (int)syscall(SYS_close, fd);
    errno = again ? EINTR : errno;
    return again ? -1 : rc;
}

static void test_interrupted(void **state) {
    (void)state;
    struct buf b = {0};
    write_to(path, "old");
    for (int n = 1; n < 6; n++) {
        interrupted = n;
        write_to(path, "new");
        assert_true(interrupted < n);
        interrupted = n;
        assert_int_equal(file_read(&b, path, 1000, NULL), 0);
    }
    interrupted = 0;
    check_content("new");
    assert_int_equal(b.len, 15);
    buf_free(&b);
}

/* By another, a signal meanwhile, and what nothing can be locked in. */
static void test_lock(void **state) {
    (void)state;
    write_to(path, "");
    int one = file_open_at(AT_FDCWD, path, O_RDWR, 0);
    int other = file_open_at(AT_FDCWD, path, O_RDWR, 0);
    interrupted = 2;
    assert_int_equal(file_lock(one, 0), 1);
    assert_int_equal(interrupted, 0);
    assert_int_equal(file_lock(other, 0), 0);
    close(one);
    interrupted = 2;
    assert_int_equal(file_lock(other, 1), 1);
    close(other);
    assert_int_equal(file_lock(other, 0), -1);
    assert_int_equal(errno, EBADF);
}

static void test_make_dir(void **state) {
    (void)state;
    char deep[200];
    struct stat st;
    struct err e = {0};
    snprintf(deep, sizeof deep, "%s/a/b//c/", scratch);
    assert_int_equal(file_make_dir(deep, NULL), 0);
    assert_int_equal(file_make_dir(deep, NULL), 0); /* there already */
    assert_int_equal(stat(deep, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(file_make_dir("/", NULL), 0);
    assert_int_equal(file_write(path, "x", 1, NULL), 0);
    assert_int_equal(file_make_dir(path, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    snprintf(deep, sizeof deep, "%s/b", path);
    assert_int_equal(file_make_dir(deep, NULL), -1);
    assert_int_equal(file_make_dir("", NULL), -1);
}

static void test_join(void **state) {
    (void)state;
    char dst[8];
    struct err e = {0};
    assert_int_equal(file_join(dst, sizeof dst, "ab", "cd", NULL), 0);
    assert_string_equal(dst, "ab/cd");
    assert_int_equal(file_join(dst, sizeof dst, "", "cd", NULL), 0);
    assert_string_equal(dst, "cd");
    assert_int_equal(file_join(dst, sizeof dst, "abc", "def", NULL), 0);
    assert_string_equal(dst, "abc/def"); /* just fits */
    assert_int_equal(file_join(dst, sizeof dst, "abcd", "efg", &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
}

static void test_is_midi_name(void **state) {
    (void)state;
    static const char *const yes[] = {"a.mid",    "b/c.MIDI",  ".d/e f.Mid",
                                      "../g.mid", "h.tar.mid", "/i.midi",
                                      "j.KAR",    "k.rmi"};
    static const char *const no[] = {"",     "mid",     "a.mid/b",   "a.mid/",
                                     ".mid", "b/.mid",  "c/.d.mid",  "e.mid ",
                                     "f.mi", "g.midis", "h.mid.txt", "i.karl",
                                     ".rmi"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!file_is_midi_name(yes[i]))
            fail_msg("%s is a name of a MIDI file", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (file_is_midi_name(no[i]))
            fail_msg("%s is no name of a MIDI file", no[i]);
}

static void test_ends_in(void **state) {
    (void)state;
    assert_true(file_ends_in("a.sheet.svg", ".svg"));
    assert_true(file_ends_in("a.sheet.svg", ".sheet.svg"));
    assert_true(file_ends_in("b/c.ABC", ".abc"));
    assert_false(file_ends_in(".abc", ".abc"));
    assert_false(file_ends_in("b/.abc", ".abc"));
    assert_false(file_ends_in("a.abcd", ".abc"));
    assert_false(file_ends_in("", ".abc"));
}

static void test_is_there(void **state) {
    (void)state;
    char below[100], link[100];
    struct err e = {0};
    assert_int_equal(file_is_there(path, &e), 0);
    write_to(path, "x");
    assert_int_equal(file_is_there(path, &e), 1);
    assert_int_equal(file_is_there(scratch, &e), 1);
    snprintf(below, sizeof below, "%s/below", path);
    assert_int_equal(file_is_there(below, &e), 0);
    snprintf(link, sizeof link, "%s/link", scratch);
    assert_int_equal(symlink("nowhere", link), 0);
    assert_int_equal(file_is_there(link, &e), 0);
    assert_int_equal(e.code, ERR_NONE);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("link", link), 0);
    assert_int_equal(file_is_there(link, &e), -1); /* who knows */
    assert_int_equal(e.code, ERR_IO);
}

static void test_mode(void **state) {
    (void)state;
    mode_t mask = umask(027);
    unsigned file = file_mode(0666), folder = file_mode(0777);
    mode_t still = umask(mask);
    assert_int_equal(file, 0640);
    assert_int_equal(folder, 0750);
    assert_int_equal(still, 027);
}

static void test_open_regular(void **state) {
    (void)state;
    uint64_t size = 0;
    struct err e = {0};
    assert_int_equal(file_open_regular(path, &size, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    e = (struct err){0};
    assert_int_equal(file_open_regular(scratch, &size, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    assert_int_equal(size, 0);
    assert_int_equal(file_write(path, "abc", 3, NULL), 0);
    int fd = file_open_regular(path, &size, NULL);
    assert_true(fd >= 0);
    assert_int_equal(size, 3);
    close(fd);
    fd = file_open_regular(path, NULL, NULL);
    assert_true(fd >= 0);
    close(fd);
}

static void test_temporary(void **state) {
    (void)state;
    char tmp[100], dir[100];
    struct stat st;
    struct err e = {0};
    int fd = file_temporary(tmp, sizeof tmp, path, NULL);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(strncmp(tmp, path, strlen(path)), 0);
    assert_int_equal(strlen(tmp), strlen(path) + strlen(FILE_TEMPORARY));
    assert_int_equal(stat(tmp, &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0600);
    assert_int_equal(file_temporary_dir(dir, sizeof dir, path, NULL), 0);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0700);
    assert_int_equal(count_files(), 2);
    size_t n = strlen(tmp); /* without room for the NUL */
    assert_int_equal(file_temporary(tmp, n, path, &e), -1);
    assert_int_equal(file_temporary_dir(dir, n, path, NULL), -1);
    assert_int_equal(e.code, ERR_IO);
    e = (struct err){0};
    assert_int_equal(file_temporary(tmp, sizeof tmp, "/nowhere/x", &e), -1);
    assert_string_equal(e.text, "/nowhere/x: No such file or directory");
    assert_int_equal(count_files(), 2);
    file_abandon(); /* as a signal does that comes just now */
    assert_int_equal(count_files(), 1);
    assert_int_equal(stat(tmp, &st), -1);
    /* nothing else goes: not what has its name by then, */
    assert_int_equal(file_write(path, "x", 1, NULL), 0);
    file_abandon();
    assert_int_equal(count_files(), 2);
    /* nor what has got the name of one that has ended */
    fd = file_temporary(tmp, sizeof tmp, path, NULL);
    assert_true(fd >= 0);
    close(fd);
    file_remove_temporary(tmp);
    assert_int_equal(count_files(), 2);
    assert_int_equal(file_write(tmp, "x", 1, NULL), 0);
    file_abandon();
    assert_int_equal(stat(tmp, &st), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_read),
        TEST(test_ends_in),
        TEST(test_read_refuses),
        TEST(test_read_too_large),
        TEST(test_write),
        TEST(test_write_is_whole),
        TEST(test_write_fails),
        TEST(test_write_breaks_off),
        TEST(test_links),
        TEST(test_links_that_lead_nowhere),
        TEST(test_names_of_open_files),
        TEST(test_pipes_and_devices),
        TEST(test_rights_stay),
        TEST(test_rights_never_grow),
        TEST(test_long_names),
        TEST(test_long_temporary),
        TEST(test_interrupted),
        TEST(test_lock),
        TEST(test_make_dir),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_is_midi_name),
        TEST(test_is_there),
        cmocka_unit_test(test_mode),
        TEST(test_open_regular),
        TEST(test_temporary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
