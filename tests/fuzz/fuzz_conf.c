/* Any bytes as settings: what is read must survive a dump.
 * SPDX-License-Identifier: MIT */
#include "nott/base/ini.h"
#include "nott/player/settings.h"

#include "file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[32];
    struct settings s;
    struct buf b = {0};
    conf_defaults(&settings_table, &s);
    fuzz_file(path, data, size);
    int rc = ini_load(&settings_table, &s, path, NULL);
    unlink(path);
    if (rc == 0) {
        conf_dump(&settings_table, &s, &b, 1);
        fuzz_file(path, b.data, b.len);
        if (ini_load(&settings_table, &s, path, NULL))
            abort();
        unlink(path);
    }
    buf_free(&b);
    return 0;
}
