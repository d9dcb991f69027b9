/* Meters by ear: see pulse.h. SPDX-License-Identifier: MIT */
#include "pulse.h"

#include <string.h>

#define STEPS   4096 /* that are listened to: 256 bars of 4/4 */
#define LONGEST 2.0  /* quarters; longer notes are no stronger */
#define CHANGE  1.5  /* strength of a harmony that is new */
#define BASS    1.0  /* and of a bass note */
#define ENOUGH  64   /* steps; shorter tunes say nothing of their meter */
#define BARS    8    /* that show where they begin; later ones may be shifted */

struct signal {
    double at[STEPS];
    int count; /* up to the end of the last note */
    int ppq;
    int64_t origin; /* tick of the first step */
};

static int step_of(const struct signal *s, int64_t tick) {
    int64_t k = (8 * (tick - s->origin) + s->ppq) / (2 * s->ppq);
    return tick >= s->origin && k < STEPS ? (int)k : -1;
}

static void add(struct signal *s, int64_t tick, double strength) {
    int k = step_of(s, tick);
    if (k >= 0)
        s->at[k] += strength;
}

/* Everything up to the end of the last note, in whole quarters. */
static void count_steps(struct signal *s, const struct part *p) {
    for (size_t i = 0; i < p->count; i++) {
        int64_t end = p->notes[i].onset + p->notes[i].duration - s->origin;
        int64_t k = 4 * ((end + s->ppq - 1) / s->ppq);
        k = k < STEPS ? k : STEPS;
        s->count = k > s->count ? (int)k : s->count;
    }
}

static void add_melody(struct signal *s, const struct part *p) {
    for (size_t i = 0; i < p->count; i++) {
        double length = (double)p->notes[i].duration / s->ppq;
        add(s, p->notes[i].onset, length < LONGEST ? length : LONGEST);
    }
}

static size_t same_step(const struct signal *s, const struct part *p,
                        size_t i) {
    size_t k = i + 1;
    while (k < p->count &&
           step_of(s, p->notes[k].onset) == step_of(s, p->notes[i].onset))
        k++;
    return k;
}

/* Harmony is new when it has a note that has not sounded for three quarters;
 * without `lone`, one that is struck alone does not count, for it may walk. */
static void add_chords(struct signal *s, const struct part *p, int lone) {
    int64_t heard[12];
    double pitch = 0;
    for (int c = 0; c < 12; c++)
        heard[c] = INT64_MIN / 2;
    for (size_t i = 0; i < p->count; i++)
        pitch += p->notes[i].pitch;
    for (size_t i = 0, to; i < p->count; i = to) {
        int64_t now = p->notes[i].onset;
        int is_new = 0, low = 127;
        to = same_step(s, p, i);
        for (size_t k = i; k < to; k++) {
            int64_t *last = &heard[p->notes[k].pitch % 12];
            is_new |= now - *last > 3 * (int64_t)s->ppq;
            *last = now + p->notes[k].duration;
            low = p->notes[k].pitch < low ? p->notes[k].pitch : low;
        }
        int is_bass = low + 4 < pitch / (double)p->count;
        add(s, now,
            (is_new && (lone || to - i > 1)) * CHANGE +
                (to - i < 3 && is_bass) * BASS);
    }
}

/* How strong the signal is again so many steps later. */
static double agrees(const struct signal *s, int lag) {
    double sum = 0;
    for (int k = 0; k + lag < s->count; k++)
        sum += s->at[k] * s->at[k + lag];
    return s->count > lag ? sum / (s->count - lag) : 0;
}

static double larger(double a, double b) {
    return a > b ? a : b;
}

void pulse_meter(int *beats, int *unit, const struct part *melody,
                 const struct part *chords, int ppq, double margin) {
    struct signal s;
    memset(&s, 0, sizeof s);
    s.ppq = ppq;
    add_melody(&s, melody);
    add_chords(&s, chords, 1);
    count_steps(&s, melody);
    count_steps(&s, chords);
    double even = larger(agrees(&s, 8), agrees(&s, 16));
    double three = agrees(&s, 12), nine = agrees(&s, 18);
    int compound = agrees(&s, 6) > agrees(&s, 4);
    *beats = *unit = 4;
    if (s.count < ENOUGH)
        return;
    if (compound && larger(three, nine) > margin * even) {
        *beats = nine > 1.15 * three ? 9 : 6;
        *unit = 8;
    } else if (three > margin * even) {
        *beats = 3;
    }
}

static int is_line(const struct signal *s, const struct part *p) {
    for (size_t i = 0; i < p->count; i++)
        if (step_of(s, p->notes[i].onset) >= 0 && same_step(s, p, i) > i + 1)
            return 0;
    return 1;
}

int64_t pulse_pickup(const struct part *chords, int ppq, int64_t origin,
                     int64_t bar) {
    struct signal s;
    int steps = (int)(4 * bar / ppq), best = 0;
    memset(&s, 0, sizeof s);
    s.ppq = ppq;
    s.origin = origin;
    add_chords(&s, chords, 0);
    count_steps(&s, chords);
    if (is_line(&s, chords)) /* a bass that walks says nothing of bars */
        return 0;
    for (int k = steps; steps > 0 && k < s.count && k < BARS * steps; k++)
        s.at[k % steps] += s.at[k];
    for (int k = 1; k < steps && k < STEPS; k++)
        best = s.at[k] > s.at[best] ? k : best;
    int is_pickup = 2 * best < steps && s.at[best] > 2 * s.at[0];
    return is_pickup ? (int64_t)best * ppq / 4 : 0;
}
