/* Any bytes as the manifest of an unpacked folder: it is as they say, or it is
 * told what is not. SPDX-License-Identifier: MIT */
#include "nott/collect/install.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "folder.h"
#include "nott/base/file.h"

/* An archive of no bytes; the folder has a file of none and one of three. */
#define NONE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[32];

static void leave(void) {
    folder_remove(dir);
}

static void make(void) {
    folder_make(dir);
    atexit(leave);
    if (file_make_dir(file_in(dir, "train").text, NULL) ||
        file_write(file_in(dir, "a.mid").text, "", 0, NULL) ||
        file_write(file_in(dir, "train/b.mid").text, "abc", 3, NULL))
        abort();
}

/* Without the care of file_write, which waits for the disk. */
static void write_manifest(const uint8_t *data, size_t size) {
    FILE *f = fopen(file_in(dir, INSTALL_MANIFEST).text, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct install_report report;
    int present;
    if (!dir[0])
        make();
    write_manifest(data, size);
    if (install_check(dir, NULL, &present, &report, NULL) == 0 &&
        (!present || size < 65))
        abort();
    if (install_check(dir, NONE, &present, &report, NULL) == 0 &&
        (!present || size < 65 || strncasecmp((const char *)data, NONE, 64)))
        abort();
    return 0;
}
