/* Any bytes as the name of a chord: refused, or a set whose own name means it
 * again. SPDX-License-Identifier: MIT */
#include "nott/music/chord.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The name of the set over its root is a name of that set; the root may be
 * another of its notes, as of C6 and Am7. */
static void check_name(uint16_t set, int root) {
    char name[CHORD_NAME];
    uint16_t again;
    int other;
    if (set >= 1 << 12 || root < -1 || root > 11 || !set != (root < 0) ||
        (set && !(set >> root & 1)))
        abort();
    chord_name(set, root, name);
    if (chord_parse(name, &again, &other, NULL) || again != set ||
        chord_likeness(set, root, again, other) < 0)
        abort();
    (void)chord_close(set, root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    uint16_t set;
    int root;
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = 0;
    if (chord_read(text, &set, &root, NULL) == 0)
        check_name(set, root);
    if (chord_parse(text, &set, &root, NULL) == 0)
        check_name(set, root);
    free(text);
    return 0;
}
