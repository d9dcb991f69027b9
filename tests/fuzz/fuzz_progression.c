/* Any bytes as chords and as the name of a key: read or refused, and what is
 * read is laid into steps or refused. SPDX-License-Identifier: MIT */
#include "nott/music/key_name.h"
#include "nott/music/progression.h"

#include <stdlib.h>
#include <string.h>

#define STEPS 4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_class(struct vocabulary *v, const char *name) {
    struct chord_class *c = &v->chords[v->chord_count++];
    if (chord_parse(name, &c->set, &c->root, NULL))
        abort();
}

static void lay(const struct progression *p, int key) {
    struct vocabulary v = {.encoding = ENCODING_ATTACK};
    struct tune_header h = {12, 2, 6, 8, key};
    struct buf told = {0};
    static uint8_t chord[STEPS];
    add_class(&v, "N.C.");
    add_class(&v, "D");
    add_class(&v, "Em");
    add_class(&v, "A7");
    memset(chord, 0xff, STEPS);
    int rc = progression_lay(p, &v, &h, chord, STEPS, NULL);
    for (size_t k = 0; k < STEPS; k++)
        if (rc ? chord[k] != 0xff : chord[k] >= v.chord_count)
            abort();
    progression_report(p, &v, key, &told);
    buf_free(&told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct progression p;
    char *text = malloc(size + 1);
    int key = TUNE_KEY_UNKNOWN;
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = 0;
    if (key_name_parse(text, &key, NULL) == 0 && (key < 0 || key >= TUNE_KEYS))
        abort();
    if (progression_read(&p, text, NULL) == 0) {
        if (!p.bar_count)
            abort();
        lay(&p, key < 0 ? progression_key(&p) : key);
        lay(&p, 12 + 4);
        progression_free(&p);
    }
    free(text);
    return 0;
}
