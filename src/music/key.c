/* Keys: see key.h. SPDX-License-Identifier: MIT */
#include "key.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "grid.h"
#include "nott/music/chord.h"
#include "nott/music/tune.h"

const char *const key_mode_names[] = {"major", "minor", "dorian", "mixolydian",
                                      NULL};

static const double major_profile[12] = {6.35, 2.23, 3.48, 2.33, 4.38, 4.09,
                                         2.52, 5.19, 2.39, 3.66, 2.29, 2.88};
static const double minor_profile[12] = {6.33, 2.68, 3.52, 5.38, 2.60, 3.53,
                                         2.54, 4.75, 3.98, 2.69, 3.34, 3.17};

/* ---- the notes ---- */

#define CHORD_WEIGHT 0.3 /* of a note of theirs, to one of the melody */

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

/* The pitch class of the last note; of several the lowest. */
static int last_class(const struct part *p) {
    if (!p->count)
        return -1;
    const struct note *last = &p->notes[p->count - 1];
    int low = last->pitch;
    for (size_t i = p->count; i-- > 0 && p->notes[i].onset == last->onset;)
        low = p->notes[i].pitch < low ? p->notes[i].pitch : low;
    return low % 12;
}

/* The root of the last chord: of the triads that stand among the notes of the
 * last two quarters that with most of the last ones in it, for chords are
 * broken; else the lowest of the last ones. */
static int last_root(const struct part *p, int ppq) {
    double last[12] = {0};
    unsigned heard = 0;
    int best = last_class(p);
    double most = 0;
    for (size_t i = p->count; i-- > 0;) {
        int64_t ago = p->notes[p->count - 1].onset - p->notes[i].onset;
        if (ago >= 2 * (int64_t)ppq)
            break;
        heard |= 1u << (p->notes[i].pitch % 12);
        last[p->notes[i].pitch % 12] += 1 / (1 + (double)ago / ppq);
    }
    for (int root = 0; root < 12; root++)
        for (int third = 3; third <= 4; third++) {
            int b = (root + third) % 12, c = (root + 7) % 12;
            int stands = heard >> root & heard >> b & heard >> c & 1;
            double sum = last[root] + last[b] + last[c];
            if (stands && sum > most) {
                most = sum;
                best = root;
            }
        }
    return best;
}

static int estimate(const struct weights *w, int final, int root,
                    double for_c) {
    int best = TUNE_KEY_UNKNOWN;
    double most = -INFINITY;
    for (int key = 0; key < TUNE_KEYS && w->all > 0; key++) {
        int tonic = tune_tonic(key);
        double score = correlation(
            w, tonic, tune_is_minor(key) ? minor_profile : major_profile);
        score += final == tonic ? 0.2 : 0;
        score += root == tonic ? 0.2 : 0;
        score += key == 0 ? for_c : 0;
        if (score > most) {
            most = score;
            best = key;
        }
    }
    return best;
}

/* How much of the weights stands on a tonic and its triad. */
static double stands_on(const struct weights *w, int tonic, int third) {
    return w->of[tonic % 12] + w->of[(tonic + third) % 12] +
           w->of[(tonic + 7) % 12];
}

static const struct {
    int tonic; /* over that of the major scale */
    int third; /* over it */
    enum key_mode mode;
} finals[] = {{2, 3, MODE_DORIAN}, {7, 4, MODE_MIXOLYDIAN}, {9, 3, MODE_MINOR}};

/* The mode on another tonic of the key's scale, if the tune ends there and
 * stands on it more than on the key's own. */
static void move_tonic(struct key *k, const struct weights *w, int final,
                       int root) {
    int own = tune_tonic(k->key);
    int scale = tune_scale_tonic(k->key);
    for (size_t i = 0; i < sizeof finals / sizeof *finals; i++) {
        int tonic = (scale + finals[i].tonic) % 12;
        if (final == tonic && tonic != own && (root < 0 || root == tonic) &&
            stands_on(w, tonic, finals[i].third) >
                stands_on(w, own, tune_is_minor(k->key) ? 3 : 4)) {
            k->tonic = tonic;
            k->mode = finals[i].mode;
        }
    }
}

/* A minor scale with a sixth that is major is dorian; a major one with a
 * seventh that is minor, mixolydian. */
static void find_mode(struct key *k, const struct weights *w, int final,
                      int root) {
    int tonic = k->tonic = tune_tonic(k->key);
    if (tune_is_minor(k->key))
        k->mode = w->of[(tonic + 9) % 12] > 2 * w->of[(tonic + 8) % 12]
                      ? MODE_DORIAN
                      : MODE_MINOR;
    else
        k->mode = w->of[(tonic + 10) % 12] > 2 * w->of[(tonic + 11) % 12]
                      ? MODE_MIXOLYDIAN
                      : MODE_MAJOR;
    if (k->by_sign)
        move_tonic(k, w, final, root);
}

/* The tonic of the major key that has the scale of a mode. */
static int mode_scale(const struct key *k) {
    static const int over[] = {[MODE_MAJOR] = 0,
                               [MODE_MINOR] = 9,
                               [MODE_DORIAN] = 2,
                               [MODE_MIXOLYDIAN] = 7};
    return (k->tonic + 12 - over[k->mode]) % 12;
}

/* ---- the sign ---- */

static int sign_key(const struct mark *m) {
    int tonic = ((m->a * 7) % 12 + 12) % 12;
    return m->b ? 12 + (tonic + 9) % 12 : tonic;
}

/* Share of what sounds that is in the scale of a sign of so many sharps. */
static double in_scale(const struct weights *w, int sharps) {
    int tonic = ((sharps * 7) % 12 + 12) % 12;
    double in = 0;
    for (int c = 0; c < 12; c++)
        in += TUNE_MAJOR_SCALE >> c & 1 ? w->of[(tonic + c) % 12] : 0;
    return w->all > 0 ? in / w->all : 0;
}

/* The sign of the melody's part up to a tick, else the last of anybody; NULL if
 * there is none. */
static const struct mark *own_sign(const struct song *s, int melody_part,
                                   int64_t until) {
    const struct mark *m = song_mark_at(s, MARK_KEY, melody_part, until);
    return m ? m : song_mark_at(s, MARK_KEY, -1, until);
}

/* A part may be signed as its instrument reads it, which is not how it sounds:
 * of all parts' signs that which the notes agree with best. */
static const struct mark *best_sign(const struct song *s, int melody_part,
                                    int64_t until, const struct weights *w) {
    const struct mark *best = own_sign(s, melody_part, until);
    for (size_t i = 0; best && i < s->mark_count; i++) {
        const struct mark *m = &s->marks[i];
        if (m->kind == MARK_KEY && m->tick <= until &&
            in_scale(w, m->a) > in_scale(w, best->a) + 0.05)
            best = m;
    }
    return best;
}

/* Does another key come later? Then somebody has thought about keys. */
static int changes_key(const struct song *s, const struct mark *first) {
    for (size_t i = 0; i < s->mark_count; i++)
        if (s->marks[i].kind == MARK_KEY && s->marks[i].part == first->part &&
            (s->marks[i].a != first->a || s->marks[i].b != first->b))
            return 1;
    return 0;
}

/* Do the notes, heard in a key, gainsay a sign? C is what programs write that
 * were told nothing, and wrong when the tune is in no mode of it; others when
 * many notes are not in their scale. */
static int gainsays(const struct song *s, const struct key *heard,
                    const struct mark *m, const struct weights *w) {
    if (m->a == 0 && !m->b && !changes_key(s, m))
        return mode_scale(heard) != 0;
    return in_scale(w, 7 * mode_scale(heard)) > in_scale(w, m->a) + 0.1;
}

#define KEY_SAYS "key "
#define KEY_SKIP (sizeof KEY_SAYS - 1)

/* The key of a text like "A dorian"; 0 = it is none. */
static int read_key(struct key *k, const char *text) {
    for (int key = 0; key < 12 * MODES; key++) {
        struct key told = {
            .tonic = key % 12, .mode = (enum key_mode)(key / 12), .by_sign = 1};
        char name[KEY_TEXT];
        if (strcmp(text, key_text(&told, name)) != 0)
            continue;
        int minor = told.mode == MODE_MINOR || told.mode == MODE_DORIAN;
        told.key = told.tonic + (minor ? 12 : 0);
        *k = told;
        return 1;
    }
    return 0;
}

/* A key that a text says, "key A dorian", or somebody has written: the
 * signature of a mode does not tell its tonic, so that our own files do. 0 =
 * none. */
static int told_key(struct key *k, const struct song *s, int64_t until) {
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct mark *m = &s->marks[i];
        int is_text =
            m->kind == MARK_TEXT && strncmp(m->text, KEY_SAYS, KEY_SKIP) == 0;
        int is_written = m->kind == MARK_KEY && s->written;
        if ((is_text || is_written) && m->tick <= until &&
            read_key(k, m->text + (is_text ? KEY_SKIP : 0)))
            return 1;
    }
    return 0;
}

const char *key_text(const struct key *k, char text[KEY_TEXT]) {
    snprintf(text, KEY_TEXT, "%s %s", chord_pitch_class_name(k->tonic),
             key_mode_names[k->mode]);
    return text;
}

void key_find(struct key *k, const struct song *s, int melody_part,
              int64_t start, int64_t line, const struct part *melody,
              const struct part *chords, int believe) {
    struct weights w = {0};
    int64_t slack = grid_slack(s->ppq);
    add_notes(&w, melody, 1);
    add_notes(&w, chords, CHORD_WEIGHT);
    const struct mark *m =
        believe || s->written
            ? own_sign(s, melody_part, start + slack)
            : best_sign(s, melody_part, start + line + slack, &w);
    int final = last_class(melody), root = last_root(chords, s->ppq);
    int doubted = !believe && !s->written;
    int weak = doubted && m && m->a == 0 && !m->b;
    *k = (struct key){.key = estimate(&w, final, root, weak ? 0.1 : 0)};
    if (k->key != TUNE_KEY_UNKNOWN)
        find_mode(k, &w, final, root);
    if (!believe && told_key(k, s, start + line))
        return;
    if (!m || (doubted && k->key != TUNE_KEY_UNKNOWN && gainsays(s, k, m, &w)))
        return;
    *k = (struct key){.key = sign_key(m), .by_sign = 1};
    find_mode(k, &w, final, root);
    if (!believe && k->mode == MODE_MINOR)
        k->key = 12 + k->tonic; /* many programs sign minor keys as major */
}

void key_mode(struct key *k, int key, int ppq, const struct part *melody,
              const struct part *chords) {
    struct weights w = {0};
    add_notes(&w, melody, 1);
    add_notes(&w, chords, CHORD_WEIGHT);
    *k = (struct key){.key = key, .by_sign = 1};
    find_mode(k, &w, last_class(melody), last_root(chords, ppq));
}
