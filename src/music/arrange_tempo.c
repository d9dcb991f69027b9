/* Tempi of dances: see arrange.h. SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "nott/music/arrange.h"

/* Quarters a minute; a row of unit 0 is for all other meters. Of the rhythms
 * that a text contains the first one here counts, so that a slip jig is no jig.
 */
static const struct tempo {
    const char *rhythm;
    int beats, unit;
    double quarters;
} tempi[] = {
    {"slip", 9, 8, 180},       /* dotted quarter = 120 */
    {"slide", 12, 8, 192},     /* 128 */
    {"slide", 6, 8, 192},      /* and so in */
    {"hop jig", 9, 8, 192},    /* 128 */
    {"single jig", 6, 8, 186}, /* 124 */
    {"jig", 6, 8, 174},        /* 116 */
    {"jig", 9, 8, 180},        /* 120 */
    {"jig", 12, 8, 180},
    {"strathspey", 0, 0, 124},
    {"highland", 0, 0, 150},
    {"fling", 0, 0, 150},
    {"barn dance", 2, 4, 84},
    {"barn dance", 0, 0, 168},
    {"barndance", 2, 4, 84},
    {"barndance", 0, 0, 168},
    {"schottis", 2, 4, 72}, /* schottische, schottis */
    {"schottis", 0, 0, 144},
    {"hornpipe", 2, 4, 80}, /* written in sixteenths */
    {"hornpipe", 3, 2, 176},
    {"hornpipe", 3, 4, 132},
    {"hornpipe", 0, 0, 160},
    {"three two", 3, 2, 176},
    {"reel", 2, 4, 104},
    {"reel", 4, 4, 208}, /* half = 104 */
    {"reel", 2, 2, 208},
    {"rant", 2, 4, 92},
    {"rant", 0, 0, 184},
    {"polka", 2, 4, 124},
    {"polka", 4, 4, 248},
    {"galop", 2, 4, 132},
    {"mazurka", 0, 0, 138},
    {"varso", 0, 0, 126}, /* varsovienne, varsouvianna */
    {"waltz", 3, 8, 72},
    {"waltz", 0, 0, 144},
    {"minuet", 0, 0, 120},
    {"set dance", 0, 0, 132},
    {"march", 6, 8, 165}, /* dotted quarter = 110 */
    {"march", 2, 4, 92},
    {"march", 3, 4, 96}, /* retreats */
    {"march", 0, 0, 112},
    {"lullaby", 0, 0, 76},
    {"air", 6, 8, 96}, /* dotted quarter = 64 */
    {"air", 0, 0, 76},
    {"lament", 0, 0, 66},
    {"", 2, 4, 116}, /* by the meter alone: a little under its dances */
    {"", 4, 4, 168},
    {"", 2, 2, 184},
    {"", 3, 2, 168},
    {"", 3, 4, 132},
    {"", 3, 8, 72},
    {"", 6, 8, 168},
    {"", 9, 8, 174},
    {"", 12, 8, 180},
    {"", 0, 0, 120},
};

#define TEMPI (sizeof tempi / sizeof *tempi)

static int is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Does a text begin with a name? A hyphen or a line below is a space. */
static int begins(const char *text, const char *name) {
    for (; *name; text++, name++) {
        char c = *text == '-' || *text == '_' ? ' ' : *text;
        if (strncasecmp(&c, name, 1) != 0)
            return 0;
    }
    return 1;
}

/* Is a rhythm named by a word of the text, or by its beginning? ("Jigs") */
static int is_named(const char *text, const char *rhythm) {
    for (const char *p = text; *p; p++)
        if ((p == text || !is_letter(p[-1])) && begins(p, rhythm))
            return 1;
    return 0;
}

/* The tempo of a rhythm in a meter; 0 = it has none. */
static double tempo_of(const char *rhythm, int beats, int unit) {
    for (size_t i = 0; i < TEMPI; i++) {
        const struct tempo *t = &tempi[i];
        if (strcmp(t->rhythm, rhythm) == 0 &&
            (!t->unit || (t->beats == beats && t->unit == unit)))
            return t->quarters;
    }
    return 0;
}

double arrange_tempo(const char *rhythm, int beats, int unit) {
    for (size_t i = 0; i < TEMPI; i++) {
        double tempo = 0;
        if (*tempi[i].rhythm && is_named(rhythm, tempi[i].rhythm))
            tempo = tempo_of(tempi[i].rhythm, beats, unit);
        if (tempo > 0)
            return tempo;
    }
    return tempo_of("", beats, unit);
}
