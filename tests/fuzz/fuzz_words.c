/* Any bytes as the words of a command line: settings, keys, instruments, dances
 * and parts of a grid. SPDX-License-Identifier: MIT */
#include "nott/base/ini.h"
#include "nott/music/arrange.h"
#include "nott/music/key_name.h"
#include "nott/player/settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What one assignment has set can be written, and sets the same. */
static void check_setting(const char *text) {
    struct settings s, again;
    struct buf once = {0}, twice = {0};
    conf_defaults(&settings_table, &s);
    conf_defaults(&settings_table, &again);
    if (conf_set(&settings_table, &s, text, NULL) == 0) {
        conf_dump(&settings_table, &s, &once, 0);
        conf_set(&settings_table, &again, text, NULL);
        conf_dump(&settings_table, &again, &twice, 0);
        if (once.len != twice.len ||
            memcmp(once.data, twice.data, once.len) != 0)
            abort();
    }
    buf_free(&once);
    buf_free(&twice);
}

static void check_words(const char *text) {
    int key = -1, program = -1;
    struct ini_part part;
    struct err e = {0};
    if (key_name_parse(text, &key, NULL) == 0 && (key < 0 || key >= TUNE_KEYS))
        abort();
    if (arrange_instrument(text, &program, &e) == 0 &&
        (program < 0 || program > 127 || !arrange_instrument_name(program)))
        abort();
    double tempo = arrange_tempo(text, 6, 8);
    if (!(tempo > 0 && tempo < 1000))
        abort();
    if (ini_part_parse("part", text, &part, NULL) == 0 &&
        (part.number < 1 || part.number > part.parts))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = 0;
    check_setting(text);
    check_words(text);
    free(text);
    return 0;
}
