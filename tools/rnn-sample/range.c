/* The range of an instrument: see range.h. SPDX-License-Identifier: MIT */
#include "rnn-sample/range.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* As far as session players take them: a whistle in D two octaves less the
 * last notes, a fiddle in the first position. Sounding pitch. */
static const struct {
    const char *name;
    int low, high;
} instruments[] = {
    {"whistle", 74 - 12, 83}, {"fiddle", 55, 83},        {"flute", 62, 86},
    {"mandolin", 55, 83},     {"accordion", 55, 86},     {"concertina", 55, 86},
    {"pipes", 62, 86},        {"recorder", 72 - 12, 86}, {"banjo", 55, 83},
    {"guitar", 52, 81},       {"voice", 57, 76},         {"bagpipe", 67, 81},
};
#define INSTRUMENTS (sizeof instruments / sizeof *instruments)

/* "C#4", "Bb3": returns what follows it, NULL = it is none. */
static const char *parse_pitch(const char *s, int *pitch) {
    static const int steps[7] = {9, 11, 0, 2, 4, 5, 7};
    int letter = toupper((unsigned char)*s);
    if (letter < 'A' || letter > 'G')
        return NULL;
    int p = steps[letter - 'A'];
    for (s++; *s == '#' || *s == 'b'; s++)
        p += *s == '#' ? 1 : -1;
    if (!isdigit((unsigned char)*s))
        return NULL;
    *pitch = p + 12 * (*s - '0' + 1);
    return s + 1;
}

static int parse_pitches(const char *text, int *low, int *high) {
    const char *s = parse_pitch(text, low);
    s = s && *s == '-' ? parse_pitch(s + 1, high) : NULL;
    return s && !*s && *low >= 0 && *high < 128 && *high - *low >= 7;
}

int range_parse(const char *text, int *low, int *high, struct err *e) {
    char names[256] = "";
    size_t n = 0;
    if (parse_pitches(text, low, high))
        return 0;
    for (size_t i = 0; i < INSTRUMENTS; i++) {
        if (strcasecmp(instruments[i].name, text) == 0) {
            *low = instruments[i].low;
            *high = instruments[i].high;
            return 0;
        }
        n += (size_t)snprintf(names + n, sizeof names - n, ", %s",
                              instruments[i].name);
    }
    return err_set(
        e, ERR_USAGE,
        "range \"%s\": neither two pitches a fifth apart like D4-B5, "
        "nor one of %s",
        text, names + 2);
}
