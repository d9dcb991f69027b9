/* Measures of tunes: see measure.h. SPDX-License-Identifier: MIT */
#include "nott/judge/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chord_measures.h"
#include "form_measures.h"
#include "note_measures.h"
#include "phrase_measures.h"

#define SAME(what, of, text)                                                   \
    [of + 0] = {"same_" what "_1", text " as 1 bar before", MEASURE_POOLED},   \
          [of + 1] = {"same_" what "_2", text " as 2 bars before",             \
                      MEASURE_POOLED},                                         \
          [of + 2] = {"same_" what "_4", text " as 4 bars before",             \
                      MEASURE_POOLED},                                         \
          [of + 3] = {"same_" what "_8", text " as 8 bars before",             \
                      MEASURE_POOLED},                                         \
          [of + 4] = {"same_" what "_16", text " as 16 bars before",           \
                      MEASURE_POOLED}

#define FORM(i, what, text)                                                    \
    [MEASURE_FORM + i] = {"form_" what, text, MEASURE_MEAN}

#define IN_METER(i, what, text)                                                \
    [MEASURE_ONSETS_IN +                                                       \
        i] = {"onsets_" what, "median notes per bar, " text, MEASURE_MEDIAN}

#define AT_ENDS(what, of, text)                                                \
    [of + 0] = {what "_bar_4", "bar 4: " text, MEASURE_MEAN},                  \
          [of + 1] = {what "_bar_8", "bar 8: " text, MEASURE_MEAN},            \
          [of + 2] = {what "_bar_12", "bar 12: " text, MEASURE_MEAN},          \
          [of + 3] = {what "_bar_16", "bar 16: " text, MEASURE_MEAN},          \
          [of + 4] = {what "_bar_24", "bar 24: " text, MEASURE_MEAN},          \
          [of + 5] = {what "_bar_32", "bar 32: " text, MEASURE_MEAN}

const struct measure_info measure_list[MEASURES] = {
    [MEASURE_BARS] = {"bars", "bars in a tune", MEASURE_MEAN},
    SAME("melody", MEASURE_SAME_MELODY, "melody"),
    SAME("chord", MEASURE_SAME_CHORD, "chord"),
    SAME("both", MEASURE_SAME_BOTH, "both"),
    [MEASURE_BAR_REPEATS] = {"bar_repeats", "bars like one before",
                             MEASURE_MEAN},
    [MEASURE_BARS_32] = {"bars_32", "tunes of 32 bars", MEASURE_MEAN},
    [MEASURE_AABB] = {"aabb", "AABB, of tunes of 32 bars", MEASURE_MEAN},
    FORM(0, "aabb", "AABB, by sections"),
    FORM(1, "aaaa", "AAAA"),
    FORM(2, "abab", "ABAB"),
    FORM(3, "aabc", "AABC"),
    FORM(4, "abac", "ABAC"),
    FORM(5, "other", "any other form"),
    [MEASURE_ENDINGS_DIFFER] = {"endings_differ", "endings of A1 and A2 differ",
                                MEASURE_MEAN},
    [MEASURE_B_HIGHER] = {"b_higher", "B lies higher than A", MEASURE_MEAN},
    [MEASURE_B_ABOVE] = {"b_above", "semitones of B above A", MEASURE_MEAN},
    [MEASURE_CHANGES_ON_BAR] = {"changes_on_bar", "chord changes on a bar line",
                                MEASURE_POOLED},
    [MEASURE_CHANGES_ON_BEAT] = {"changes_on_beat", "chord changes on a beat",
                                 MEASURE_POOLED},
    [MEASURE_CHANGES_MID_BAR] = {"changes_mid_bar", "chord changes in mid-bar",
                                 MEASURE_POOLED},
    [MEASURE_CHANGES_PER_BAR] = {"changes_per_bar", "chord changes per bar",
                                 MEASURE_POOLED},
    [MEASURE_METER_FITS] = {"meter_fits", "tunes with accents on bar lines",
                            MEASURE_MEAN},
    [MEASURE_RESTS] = {"rests", "steps of rest", MEASURE_POOLED},
    [MEASURE_NO_CHORD] = {"no_chord", "steps without chord", MEASURE_POOLED},
    [MEASURE_CHORD_TONES] = {"chord_tones", "steps on a chord tone",
                             MEASURE_POOLED},
    [MEASURE_CHORD_TONE_ONSETS] = {"chord_tone_onsets",
                                   "notes struck on a chord tone",
                                   MEASURE_POOLED},
    [MEASURE_SCALE] = {"scale", "notes in the best scale", MEASURE_MEAN},
    [MEASURE_IN_KEY] = {"in_key", "notes in the scale of the key",
                        MEASURE_MEAN},
    [MEASURE_ENTROPY_1] = {"entropy_1", "bits of pitch class, 1 bar",
                           MEASURE_POOLED},
    [MEASURE_ENTROPY_4] = {"entropy_4", "bits of pitch class, 4 bars",
                           MEASURE_POOLED},
    [MEASURE_GROOVE] = {"groove", "bars alike in rhythm", MEASURE_MEAN},
    [MEASURE_ONSETS_PER_BAR] = {"onsets_per_bar", "notes per bar",
                                MEASURE_POOLED},
    IN_METER(0, "2_4", "2/4"),
    IN_METER(1, "3_4", "3/4"),
    IN_METER(2, "4_4", "4/4"),
    IN_METER(3, "6_8", "6/8"),
    IN_METER(4, "9_8", "9/8"),
    [MEASURE_OFF_EIGHTHS] = {"off_eighths", "notes off the 8ths, per bar",
                             MEASURE_POOLED},
    [MEASURE_INTERVAL_0] = {"interval_0", "notes repeated", MEASURE_POOLED},
    [MEASURE_INTERVAL_2] = {"interval_2", "intervals of 0..2 semitones",
                            MEASURE_POOLED},
    [MEASURE_INTERVAL_8] = {"interval_8", "intervals of 8 or more",
                            MEASURE_POOLED},
    [MEASURE_STRAIGHT] = {"straight", "intervals that go straight on",
                          MEASURE_POOLED},
    [MEASURE_WITHIN + 0] = {"whistle", "within D4..B5, a whistle",
                            MEASURE_MEAN},
    [MEASURE_WITHIN + 1] = {"fiddle", "within G3..B5, a fiddle", MEASURE_MEAN},
    [MEASURE_WITHIN + 2] = {"flute", "within D4..D6, a flute", MEASURE_MEAN},
    [MEASURE_ABOVE_B5] = {"above_b5", "tunes with notes above B5",
                          MEASURE_MEAN},
    [MEASURE_RANGE] = {"range", "range in semitones", MEASURE_MEAN},
    [MEASURE_PITCHES] = {"pitches", "distinct pitches", MEASURE_MEAN},
    [MEASURE_PITCH_CLASSES] = {"pitch_classes", "distinct pitch classes",
                               MEASURE_MEAN},
    [MEASURE_CHORDS] = {"chords", "distinct chords", MEASURE_MEAN},
    AT_ENDS("tonic", MEASURE_TONIC_AT, "tonic in the middle"),
    AT_ENDS("one", MEASURE_I_AT, "ends on I"),
    AT_ENDS("five", MEASURE_V_AT, "ends on V"),
    [MEASURE_ENDS_ON_ROOT] = {"ends_on_root", "last note = root of last chord",
                              MEASURE_MEAN},
    [MEASURE_ENDS_ON_TONIC] = {"ends_on_tonic", "last note = tonic of the key",
                               MEASURE_MEAN},
    [MEASURE_CADENCE] = {"cadence", "ends on tonic and its triad",
                         MEASURE_MEAN},
    [MEASURE_LAST_LEAP] = {"last_leap", "last note by a leap >= a fifth",
                           MEASURE_MEAN},
    [MEASURE_LAST_CHORD_FIRST] = {"last_chord_first",
                                  "last chord = first chord", MEASURE_MEAN},
};

int measure_tune(const struct surface *t, struct ratio out[MEASURES],
                 struct err *e) {
    memset(out, 0, MEASURES * sizeof *out);
    note_measures_of(t, out);
    phrase_measures_of(t, out);
    return form_measures_of(t, out, e) || chord_measures_of(t, out, e) ? -1 : 0;
}

int measure_tunes(const struct surface_set *s, struct measured **out,
                  struct err *e) {
    *out = calloc(s->count + 1, sizeof **out);
    if (!*out)
        return err_set(e, ERR_MEM, "measures: out of memory");
    for (size_t i = 0; i < s->count; i++)
        if (measure_tune(&s->list[i], (*out)[i].of, e)) {
            free(*out);
            *out = NULL;
            return -1;
        }
    return 0;
}

/* ---- sets ---- */

static int by_value(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double mean(const double *v, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return sum / (double)n;
}

static double median(double *v, size_t n) {
    qsort(v, n, sizeof *v, by_value);
    return (v[(n - 1) / 2] + v[n / 2]) / 2;
}

double measure_summary(const struct measured *r, const size_t *pick, size_t n,
                       int m, double *room) {
    struct ratio sum = {0};
    size_t said = 0;
    for (size_t i = 0; i < n; i++) {
        struct ratio one = r[pick ? pick[i] : i].of[m];
        if (!(one.whole > 0))
            continue;
        room[said++] = one.part / one.whole;
        sum.part += one.part;
        sum.whole += one.whole;
    }
    if (!said)
        return NAN;
    switch (measure_list[m].over) {
    case MEASURE_POOLED:
        return sum.part / sum.whole;
    case MEASURE_MEDIAN:
        return median(room, said);
    default:
        return mean(room, said);
    }
}

int measure_set(const struct surface_set *s, double out[MEASURES],
                struct err *e) {
    struct measured *r = NULL;
    double *room = calloc(s->count + 1, sizeof *room);
    int rc = room ? measure_tunes(s, &r, e)
                  : err_set(e, ERR_MEM, "measures: out of memory");
    for (int m = 0; m < MEASURES && rc == 0; m++)
        out[m] = measure_summary(r, NULL, s->count, m, room);
    free(room);
    free(r);
    return rc;
}
