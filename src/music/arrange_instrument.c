/* Instruments by name: see arrange.h. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nott/music/arrange.h"

#define PROGRAMS 128

/* General MIDI Level 1. */
static const char *const names[PROGRAMS] = {
    /* 1 */
    "Acoustic Grand Piano",
    "Bright Acoustic Piano",
    "Electric Grand Piano",
    "Honky-tonk Piano",
    "Electric Piano 1",
    "Electric Piano 2",
    "Harpsichord",
    "Clavi",
    /* 9 */
    "Celesta",
    "Glockenspiel",
    "Music Box",
    "Vibraphone",
    "Marimba",
    "Xylophone",
    "Tubular Bells",
    "Dulcimer",
    /* 17 */
    "Drawbar Organ",
    "Percussive Organ",
    "Rock Organ",
    "Church Organ",
    "Reed Organ",
    "Accordion",
    "Harmonica",
    "Tango Accordion",
    /* 25 */
    "Acoustic Guitar (nylon)",
    "Acoustic Guitar (steel)",
    "Electric Guitar (jazz)",
    "Electric Guitar (clean)",
    "Electric Guitar (muted)",
    "Overdriven Guitar",
    "Distortion Guitar",
    "Guitar Harmonics",
    /* 33 */
    "Acoustic Bass",
    "Electric Bass (finger)",
    "Electric Bass (pick)",
    "Fretless Bass",
    "Slap Bass 1",
    "Slap Bass 2",
    "Synth Bass 1",
    "Synth Bass 2",
    /* 41 */
    "Violin",
    "Viola",
    "Cello",
    "Contrabass",
    "Tremolo Strings",
    "Pizzicato Strings",
    "Orchestral Harp",
    "Timpani",
    /* 49 */
    "String Ensemble 1",
    "String Ensemble 2",
    "SynthStrings 1",
    "SynthStrings 2",
    "Choir Aahs",
    "Voice Oohs",
    "Synth Voice",
    "Orchestra Hit",
    /* 57 */
    "Trumpet",
    "Trombone",
    "Tuba",
    "Muted Trumpet",
    "French Horn",
    "Brass Section",
    "SynthBrass 1",
    "SynthBrass 2",
    /* 65 */
    "Soprano Sax",
    "Alto Sax",
    "Tenor Sax",
    "Baritone Sax",
    "Oboe",
    "English Horn",
    "Bassoon",
    "Clarinet",
    /* 73 */
    "Piccolo",
    "Flute",
    "Recorder",
    "Pan Flute",
    "Blown Bottle",
    "Shakuhachi",
    "Whistle",
    "Ocarina",
    /* 81 */
    "Lead 1 (square)",
    "Lead 2 (sawtooth)",
    "Lead 3 (calliope)",
    "Lead 4 (chiff)",
    "Lead 5 (charang)",
    "Lead 6 (voice)",
    "Lead 7 (fifths)",
    "Lead 8 (bass + lead)",
    /* 89 */
    "Pad 1 (new age)",
    "Pad 2 (warm)",
    "Pad 3 (polysynth)",
    "Pad 4 (choir)",
    "Pad 5 (halo)",
    "Pad 6 (metallic)",
    "Pad 7 (bowed)",
    "Pad 8 (sweep)",
    /* 97 */
    "FX 1 (rain)",
    "FX 2 (soundtrack)",
    "FX 3 (crystal)",
    "FX 4 (atmosphere)",
    "FX 5 (brightness)",
    "FX 6 (goblins)",
    "FX 7 (echoes)",
    "FX 8 (sci-fi)",
    /* 105 */
    "Sitar",
    "Banjo",
    "Shamisen",
    "Koto",
    "Kalimba",
    "Bagpipe",
    "Fiddle",
    "Shanai",
    /* 113 */
    "Tinkle Bell",
    "Agogo",
    "Steel Drums",
    "Woodblock",
    "Taiko Drum",
    "Melodic Tom",
    "Synth Drum",
    "Reverse Cymbal",
    /* 121 */
    "Guitar Fret Noise",
    "Breath Noise",
    "Seashore",
    "Bird Tweet",
    "Telephone Ring",
    "Helicopter",
    "Applause",
    "Gunshot",
};

/* What players say: words of several instruments that mean one of them, and
 * instruments that the list has no name for. */
static const struct {
    const char *name;
    int number; /* from 1, as in the list */
} aliases[] = {
    {"piano", 1},
    {"grand piano", 1},
    {"clavinet", 8},
    {"glock", 10},
    {"hammered dulcimer", 16},
    {"organ", 20},
    {"harmonium", 21},
    {"melodeon", 22},
    {"concertina", 22},
    {"squeezebox", 22},
    {"button box", 22},
    {"mouth organ", 23},
    {"nylon", 25},
    {"guitar", 26},
    {"acoustic guitar", 26},
    {"bouzouki", 26},
    {"mandolin", 26},
    {"cittern", 26},
    {"electric guitar", 28},
    {"bass", 33},
    {"double bass", 33},
    {"electric bass", 34},
    {"harp", 47},
    {"strings", 49},
    {"choir", 53},
    {"voice", 54},
    {"horn", 61},
    {"sax", 66},
    {"saxophone", 66},
    {"pipe", 110},
    {"pipes", 110},
    {"bagpipes", 110},
    {"smallpipes", 110},
    {"uilleann pipes", 110},
    {"tin whistle", 79},
    {"penny whistle", 79},
    {"low whistle", 79},
    {"panpipes", 76},
};

#define ALIASES (sizeof aliases / sizeof *aliases)
#define ROWS    (PROGRAMS + ALIASES)

/* Both tables as one: names, then aliases. */
static const char *row_name(size_t i) {
    return i < PROGRAMS ? names[i] : aliases[i - PROGRAMS].name;
}

static int row_program(size_t i) {
    return i < PROGRAMS ? (int)i : aliases[i - PROGRAMS].number - 1;
}

const char *arrange_instrument_name(int program) {
    return program >= 0 && program < PROGRAMS ? names[program] : NULL;
}

static int contains(const char *name, const char *part) {
    size_t n = strlen(part);
    for (; n && *name; name++)
        if (strncasecmp(name, part, n) == 0)
            return 1;
    return 0;
}

/* ---- what is near ---- */

#define LISTED   4  /* names in a message */
#define LONGEST  31 /* letters that are compared */
#define IN_TEXTS 40 /* letters of the text that are repeated */

struct list {
    char text[256];
    size_t count;
};

static void add_name(struct list *l, const char *name) {
    size_t n = strlen(l->text);
    if (l->count++ < LISTED)
        snprintf(l->text + n, sizeof l->text - n, "%s\"%s\"", n ? ", " : "",
                 name);
}

static int lower(char c) {
    return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Letters to change, add or leave out to make one word of another. */
static size_t distance(const char *a, size_t n, const char *b, size_t m) {
    size_t row[LONGEST + 1];
    n = least(n, LONGEST);
    m = least(m, LONGEST);
    for (size_t k = 0; k <= m; k++)
        row[k] = k;
    for (size_t i = 1; i <= n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t k = 1; k <= m; k++) {
            size_t above = row[k];
            size_t change = corner + (lower(a[i - 1]) != lower(b[k - 1]));
            row[k] = least(change, 1 + least(above, row[k - 1]));
            corner = above;
        }
    }
    return row[m];
}

/* Of a name, or of its word that is nearest. */
static size_t name_distance(const char *text, const char *name) {
    size_t n = strlen(text), best = distance(text, n, name, strlen(name));
    for (const char *word = name; *word; word += strcspn(word, " ")) {
        word += strspn(word, " (");
        best = least(best, distance(text, n, word, strcspn(word, " )")));
    }
    return best;
}

/* A third of the letters may be wrong. The nearest come first. */
static void list_near(struct list *l, const char *text) {
    size_t most = 1 + least(strlen(text), LONGEST) / 3, far[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        far[i] = name_distance(text, row_name(i));
    for (size_t d = 1; d <= most; d++)
        for (size_t i = 0; i < ROWS; i++)
            if (far[i] == d)
                add_name(l, row_name(i));
}

static int unknown(const char *text, struct err *e) {
    struct list l = {.count = 0};
    list_near(&l, text);
    if (l.count)
        return err_set(e, ERR_USAGE, "no instrument \"%.*s\"; near it: %s",
                       IN_TEXTS, text, l.text);
    return err_set(e, ERR_USAGE,
                   "no instrument \"%.*s\": a number 1 to %d, or a name of "
                   "General MIDI like \"Fiddle\"",
                   IN_TEXTS, text, PROGRAMS);
}

static int ambiguous(const char *text, const struct list *l, struct err *e) {
    return err_set(e, ERR_USAGE, "instrument \"%.*s\" may be %s%s", IN_TEXTS,
                   text, l->text, l->count > LISTED ? " or others" : "");
}

/* ---- texts ---- */

static int by_number(const char *text, int *program, struct err *e) {
    char *end;
    long n = strtol(text, &end, 10);
    if (*end || n < 1 || n > PROGRAMS)
        return err_set(e, ERR_USAGE, "instrument \"%.*s\" is not 1 to %d",
                       IN_TEXTS, text, PROGRAMS);
    *program = (int)n - 1;
    return 0;
}

static int by_part(const char *text, int *program, struct err *e) {
    struct list l = {.count = 0};
    for (int i = 0; i < PROGRAMS; i++)
        if (contains(names[i], text)) {
            *program = i;
            add_name(&l, names[i]);
        }
    if (l.count > 1)
        return ambiguous(text, &l, e);
    return l.count ? 0 : unknown(text, e);
}

int arrange_instrument(const char *text, int *program, struct err *e) {
    int found = 0;
    if (*text && strspn(text, "+-0123456789") == strlen(text))
        return by_number(text, program, e);
    for (size_t i = 0; i < ROWS; i++)
        if (strcasecmp(row_name(i), text) == 0) {
            *program = row_program(i);
            return 0;
        }
    if (by_part(text, &found, e))
        return -1;
    *program = found;
    return 0;
}
