/* Keys: see key.h. SPDX-License-Identifier: MIT */
#include "key.h"

#include <math.h>

#include "nott/music/tune.h"

const char *const key_mode_names[] = {"major", "minor", "dorian", "mixolydian",
                                      NULL};

static const double major_profile[12] = {6.35, 2.23, 3.48, 2.33, 4.38, 4.09,
                                         2.52, 5.19, 2.39, 3.66, 2.29, 2.88};
static const double minor_profile[12] = {6.33, 2.68, 3.52, 5.38, 2.60, 3.53,
                                         2.54, 4.75, 3.98, 2.69, 3.34, 3.17};

/* ---- the notes ---- */

struct weights {
    double of[12], all;
};

static void add_notes(struct weights *w, const struct part *p, double share) {
    for (size_t i = 0; i < p->count; i++) {
        double length = share * (double)p->notes[i].duration;
        w->of[p->notes[i].pitch % 12] += length;
        w->all += length;
    }
}

/* Pearson's correlation of the weights, seen from a tonic, with a profile. */
static double correlation(const struct weights *w, int tonic,
                          const double *profile) {
    double mw = w->all / 12, mp = 0, wp = 0, ww = 0, pp = 0;
    for (int c = 0; c < 12; c++)
        mp += profile[c] / 12;
    for (int c = 0; c < 12; c++) {
        double a = w->of[(tonic + c) % 12] - mw, b = profile[c] - mp;
        wp += a * b;
        ww += a * a;
        pp += b * b;
    }
    return ww > 0 ? wp / sqrt(ww * pp) : 0;
}

/* The pitch class of the last note; of chords the lowest of the last ones. */
static int last_class(const struct part *p) {
    if (!p->count)
        return -1;
    const struct note *last = &p->notes[p->count - 1];
    int low = last->pitch;
    for (size_t i = p->count; i-- > 0 && p->notes[i].onset == last->onset;)
        low = p->notes[i].pitch < low ? p->notes[i].pitch : low;
    return low % 12;
}

static int estimate(const struct weights *w, const struct part *melody,
                    const struct part *chords) {
    int best = TUNE_KEY_UNKNOWN, final = last_class(melody);
    int root = last_class(chords);
    double most = -INFINITY;
    for (int key = 0; key < TUNE_KEYS && w->all > 0; key++) {
        int tonic = tune_tonic(key);
        double score = correlation(
            w, tonic, tune_is_minor(key) ? minor_profile : major_profile);
        score += final == tonic ? 0.2 : 0;
        score += root == tonic ? 0.2 : 0;
        if (score > most) {
            most = score;
            best = key;
        }
    }
    return best;
}

/* Share of what sounds that is in the natural scale of a key. */
static double in_scale(const struct weights *w, int key) {
    int tonic = tune_tonic(key) + (tune_is_minor(key) ? 3 : 0);
    double in = 0;
    for (int c = 0; c < 12; c++)
        in += 0xab5u >> c & 1 ? w->of[(tonic + c) % 12] : 0;
    return w->all > 0 ? in / w->all : 0;
}

/* A minor scale with a sixth that is major is dorian; a major one with a
 * seventh that is minor, mixolydian. */
static enum key_mode mode_of(const struct weights *w, int key) {
    int tonic = tune_tonic(key);
    if (tune_is_minor(key))
        return w->of[(tonic + 9) % 12] > 2 * w->of[(tonic + 8) % 12]
                   ? MODE_DORIAN
                   : MODE_MINOR;
    return w->of[(tonic + 10) % 12] > 2 * w->of[(tonic + 11) % 12]
               ? MODE_MIXOLYDIAN
               : MODE_MAJOR;
}

/* ---- the sign ---- */

static const struct mark *find_sign(const struct song *s, int melody_part,
                                    int64_t start) {
    int64_t until = start + s->ppq / 32;
    const struct mark *m = song_mark_at(s, MARK_KEY, melody_part, until);
    return m ? m : song_mark_at(s, MARK_KEY, -1, until);
}

static int sign_key(const struct mark *m) {
    int tonic = ((m->a * 7) % 12 + 12) % 12;
    return m->b ? 12 + (tonic + 9) % 12 : tonic;
}

/* Does another key come later? Then somebody has thought about keys. */
static int changes_key(const struct song *s, const struct mark *first) {
    for (size_t i = 0; i < s->mark_count; i++)
        if (s->marks[i].kind == MARK_KEY && s->marks[i].a != first->a)
            return 1;
    return 0;
}

void key_find(struct key *k, const struct song *s, int melody_part,
              int64_t start, const struct part *melody,
              const struct part *chords) {
    struct weights w = {0};
    const struct mark *m = find_sign(s, melody_part, start);
    add_notes(&w, melody, 1);
    add_notes(&w, chords, 0.3);
    int heard = estimate(&w, melody, chords);
    *k = (struct key){.key = m ? sign_key(m) : heard, .by_sign = m != NULL};
    int is_default = m && m->a == 0 && !m->b && !changes_key(s, m);
    if (is_default && heard != TUNE_KEY_UNKNOWN &&
        in_scale(&w, heard) > in_scale(&w, 0) + 0.04)
        *k = (struct key){.key = heard};
    if (k->key != TUNE_KEY_UNKNOWN)
        k->mode = mode_of(&w, k->key);
}
