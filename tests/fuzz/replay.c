/* Runs a fuzz target without a fuzzer: on each file named, and on each file
 * in each folder named. SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "nott/base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fail(const struct err *e) {
    fprintf(stderr, "replay: %s\n", e->text);
    return -1;
}

static int replay_file(const char *path, size_t *count) {
    struct err e = {0};
    struct buf file = {0};
    uint8_t *exact = NULL;
    int rc = file_read(&file, path, BUF_MAX, &e);
    /* A block without the slack of a buf, so that sanitizers see any read
     * past the end. */
    if (rc == 0) {
        exact = malloc(file.len ? file.len : 1);
        if (!exact)
            rc = err_set(&e, ERR_MEM, "%s: out of memory", path);
    }
    if (rc == 0) {
        if (file.len)
            memcpy(exact, file.data, file.len);
        LLVMFuzzerTestOneInput(exact, file.len);
        ++*count;
    }
    free(exact);
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
    for (int i = 1; i < argc; i++) {
        struct stat st;
        int folder = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);
        if (folder ? replay_folder(argv[i], &count)
                   : replay_file(argv[i], &count))
            rc = 1;
    }
    printf("%zu inputs replayed\n", count);
    return rc;
}
