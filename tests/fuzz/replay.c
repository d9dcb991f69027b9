/* Runs a fuzz target without a fuzzer: on each file named, and on each file
 * in each folder named; with -runs=N on N changes of each as well, the same
 * ones each time. SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "nott/base/file.h"
#include "nott/base/rng.h"

#define ROOM 4096 /* bytes that an input may grow by */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* Those that not every target has. */
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed) __attribute__((weak));

static struct rng chance;
static int runs;

/* Some bytes are others, or there twice, or no longer there. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) {
    size_t at = rng_below(&chance, size + 1);
    size_t n = 1 + rng_below(&chance, rng_below(&chance, 4) ? 4 : 64);
    n = n < size - at ? n : size - at;
    switch (rng_below(&chance, 4)) {
    case 0:
        memmove(data + at, data + at + n, size - at - n);
        return size - n;
    case 1:
        n = n < max - size ? n : max - size;
        memmove(data + at + n, data + at, size - at);
        return size + n;
    default:
        for (size_t i = at; i < at + n; i++)
            data[i] = rng_below(&chance, 2)
                          ? (uint8_t)rng_next(&chance)
                          : data[i] ^ (uint8_t)(1 << rng_below(&chance, 8));
        return size;
    }
}

/* A block without the slack of a buf, so that sanitizers see any read past the
 * end. */
static int run_on(const uint8_t *data, size_t size) {
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        return -1;
    if (size)
        memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

static int run_changed(const uint8_t *data, size_t size) {
    size_t max = size + ROOM;
    uint8_t *changed = malloc(max);
    int rc = changed ? 0 : -1;
    for (int i = 0; i < runs && rc == 0; i++) {
        size_t n = size;
        if (n)
            memcpy(changed, data, n);
        for (size_t k = 1 + rng_below(&chance, 4); k > 0; k--)
            n = LLVMFuzzerCustomMutator
                    ? LLVMFuzzerCustomMutator(changed, n, max,
                                              (unsigned)rng_next(&chance))
                    : LLVMFuzzerMutate(changed, n, max);
        rc = run_on(changed, n);
    }
    free(changed);
    return rc;
}

static int fail(const struct err *e) {
    fprintf(stderr, "replay: %s\n", e->text);
    return -1;
}

static int replay_file(const char *path, size_t *count) {
    struct err e = {0};
    struct buf file = {0};
    int rc = file_read(&file, path, BUF_MAX, &e);
    if (rc == 0 &&
        (run_on(file.data, file.len) || run_changed(file.data, file.len)))
        rc = err_set(&e, ERR_MEM, "%s: out of memory", path);
    *count += rc == 0;
    buf_free(&file);
    return rc ? fail(&e) : 0;
}

static int replay_folder(const char *path, size_t *count) {
    struct err e = {0};
    DIR *dir = opendir(path);
    if (!dir) {
        err_errno(&e, "%s", path);
        return fail(&e);
    }
    int rc = 0;
    for (;;) {
        const struct dirent *d = readdir(dir);
        if (!d)
            break;
        char name[4096];
        struct stat st;
        if (file_join(name, sizeof name, path, d->d_name, &e))
            rc = fail(&e);
        else if (stat(name, &st) == 0 && S_ISREG(st.st_mode) &&
                 replay_file(name, count))
            rc = -1;
    }
    closedir(dir);
    return rc;
}

int main(int argc, char **argv) {
    size_t count = 0;
    int rc = 0;
    rng_seed(&chance, 1, 0);
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (sscanf(argv[i], "-runs=%d", &runs) == 1)
            continue;
        int folder = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);
        if (folder ? replay_folder(argv[i], &count)
                   : replay_file(argv[i], &count))
            rc = 1;
    }
    printf("%zu inputs replayed\n", count);
    return rc;
}
