/* Accompaniments: see arrange.h.
 *
 * A figure is what one bar is played as, a letter a stroke:
 *     R F   the bass: root, and the fifth below it or above
 *     C     the chord over the bass
 *     a b c its notes from below; of a chord of four those without the root
 *     1 2   third and fifth from below; of a chord of four third and seventh
 *     -     what was struck goes on
 * Spaces part its cells. A chord that begins with a cell begins the figure
 * anew, so that its root is heard first, and so does every bar of several
 * cells; figures of one-cell bars go on through all bars of a chord.
 * SPDX-License-Identifier: MIT */
#include "nott/music/arrange.h"

#include <stdlib.h>
#include <string.h>

#include "arrange_bars.h"
#include "arrange_swing.h"
#include "nott/music/chord.h"

const char *const arrange_accompaniment_names[] = {
    "block", "boom-chuck", "arpeggio", "drone", "none", NULL};

#define SWING_MOST 0.75

/* Under the melody, which has 80 and more. */
enum velocity {
    VELOCITY_BAR = 78, /* bass on a bar line */
    VELOCITY_BASS = 72,
    VELOCITY_CHORD = 62,
    VELOCITY_DRONE = 64,
    VELOCITY_PLAIN = 75, /* chords as they stand */
};

/* ---- figures ---- */

struct figure {
    int beats, unit;   /* meters of a multiple of so many beats; unit 0 = any */
    int stroke;        /* part of a whole note, 0 = the unit */
    const char *cells; /* again from the beginning where the bar is longer */
};

/* In each list the first one that fits counts. */
static const struct figure boom_chuck[] = {
    {3, 2, 4, "RC FC RC"},    /* triple hornpipes: two quarters to a beat */
    {2, 2, 4, "RC FC"},       /* reels in cut time */
    {6, 8, 8, "R-C F-C"},     /* jigs: one and three of each three eighths */
    {9, 8, 8, "R-C F-C R-C"}, /* slip jigs: the same */
    {3, 16, 16, "R-C F-C"},    {6, 4, 4, "RCC FCC"}, /* two waltz bars in one */
    {3, 0, 0, "RCC FCC"}, /* waltzes: bass in turn from bar to bar */
    {4, 4, 4, "RC FC"},   /* reels, hornpipes, marches */
    {2, 4, 8, "RC FC"},   /* polkas: chords on the second eighths */
    {2, 0, 0, "RC FC"},        {5, 0, 0, "RCC FC"}, /* three and two */
    {1, 0, 0, "RCC FC RC FC"},
};

static const struct figure arpeggio[] = {
    {3, 2, 8, "Rabc Fcba Rabc"},
    {2, 2, 8, "Rabc Fcba"},
    {6, 8, 8, "R21 F12"}, /* root, fifth, third */
    {9, 8, 8, "R21 F12 R21"},
    {6, 4, 8, "Rabcba Fabcba"},
    {3, 4, 8, "Rabcba Fabcba"},
    {3, 0, 0, "R21 F12"},
    {4, 4, 8, "Rabc Fcba"},
    {2, 4, 8, "Rabc Fcba"},
    {2, 0, 0, "R2 R1"},
    {5, 4, 8, "Rabcba Fcba"},
    {1, 4, 8, "Rabcba Fcba Rabc"},
    {1, 0, 0, "R21 R2 R1"},
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* The lists end with a figure that fits everything. */
static const struct figure *find_figure(const struct figure *list, size_t n,
                                        int beats, int unit) {
    size_t i = 0;
    while (i + 1 < n && (beats % list[i].beats != 0 ||
                         (list[i].unit && list[i].unit != unit)))
        i++;
    return &list[i];
}

/* Its k-th cell, counted round, and how many strokes that has. */
static const char *find_cell(const struct figure *f, size_t k,
                             size_t *strokes) {
    size_t cells = 1;
    for (const char *p = f->cells; *p; p++)
        cells += *p == ' ';
    const char *p = f->cells;
    for (k %= cells; k > 0; k--)
        p += strcspn(p, " ") + 1;
    *strokes = strcspn(p, " ");
    return p;
}

/* ---- chords ---- */

#define BASS_LOW 40 /* E2, the lowest string of a guitar */

/* A chord as both hands have it. */
struct hands {
    int root, fifth;    /* bass */
    struct chord upper; /* the block chord, over the bass */
    struct chord a, b;  /* what letters and digits of a figure count */
};

static struct chord without(const struct chord *c, int class) {
    struct chord rest = {0};
    for (int i = 0; i < c->voices; i++)
        if (c->pitch[i] % 12 != class)
            chord_add(&rest, c->pitch[i]);
    return rest.voices ? rest : *c;
}

static int bass_pitch(int class) {
    return BASS_LOW + (class - BASS_LOW % 12 + 12) % 12;
}

/* The fifth of a chord: perfect, else diminished or augmented; else there is
 * only the root. */
static int fifth_of(uint16_t set, int root) {
    static const int fifths[] = {7, 6, 8};
    for (size_t i = 0; i < COUNT(fifths); i++)
        if (set >> (root + fifths[i]) % 12 & 1)
            return fifths[i];
    return 0;
}

static struct hands hands_of(const struct chord *c) {
    struct hands h = {0};
    uint16_t set = chord_set(c);
    int root = chord_root(set, c->pitch[0] % 12), fifth = fifth_of(set, root);
    h.root = bass_pitch(root);
    h.fifth = h.root + fifth;
    if (fifth && h.fifth - 12 >= BASS_LOW)
        h.fifth -= 12;
    for (int i = 0; i < c->voices; i++) {
        int pitch = c->pitch[i];
        while (pitch <= h.root)
            pitch += 12;
        chord_add(&h.upper, pitch);
    }
    h.b = without(&h.upper, root);
    h.a = h.upper.voices > 3 ? h.b : h.upper;
    if (h.b.voices > 2)
        h.b = without(&h.b, (root + 7) % 12);
    return h;
}

/* ---- what the chords of a song were ---- */

/* A chord for as long as it is not struck again. */
struct block {
    int64_t from, to;
    struct chord chord;
};

/* The next of the blocks of a part, from note *i on; 0 at the end. Their notes
 * end a tick early, which is not meant. */
static int next_block(const struct part *p, size_t *i, struct block *b) {
    if (*i == p->count)
        return 0;
    *b = (struct block){.from = p->notes[*i].onset};
    for (; *i < p->count && p->notes[*i].onset == b->from; ++*i) {
        const struct note *n = &p->notes[*i];
        int64_t to = n->onset + n->duration + 1;
        b->to = to > b->to ? to : b->to;
        chord_add(&b->chord, n->pitch);
    }
    if (*i < p->count && p->notes[*i].onset < b->to)
        b->to = p->notes[*i].onset;
    b->to = b->to > p->end ? p->end : b->to;
    return 1;
}

static int same_chord(const struct chord *a, const struct chord *b) {
    return a->voices == b->voices && !memcmp(a->pitch, b->pitch, a->voices);
}

/* ---- players ---- */

struct player {
    struct song *s;
    const struct part *was; /* the chords as they were */
    int channel;
    const struct figure *figures;
    size_t figure_count;
    struct block block; /* what is played now */
    struct hands hands;
    size_t since; /* cells since its figure began */
    int fresh;    /* nothing was struck of it yet */
    struct err *e;
};

static int play(struct player *p, int64_t from, int64_t to, int pitch,
                int velocity) {
    struct note n = {.onset = from,
                     .duration = to - from > 1 ? to - from - 1 : 0,
                     .pitch = pitch,
                     .velocity = velocity,
                     .channel = p->channel};
    return song_add_note(p->s, SONG_CHORDS, n, p->e);
}

static int play_chord(struct player *p, int64_t from, int64_t to,
                      const struct chord *c, int velocity) {
    for (int i = 0; i < c->voices; i++)
        if (play(p, from, to, c->pitch[i], velocity))
            return -1;
    return 0;
}

static int play_bass(struct player *p, int64_t from, int64_t to, int pitch) {
    int on_bar = arrange_bars_at(p->s, from).from == from;
    return play(p, from, to, pitch, on_bar ? VELOCITY_BAR : VELOCITY_BASS);
}

static int play_stroke(struct player *p, int64_t from, int64_t to,
                       char letter) {
    const struct hands *h = &p->hands;
    if (letter == 'R')
        return play_bass(p, from, to, h->root);
    if (letter == 'F')
        return play_bass(p, from, to, h->fifth);
    if (letter == 'C')
        return play_chord(p, from, to, &h->upper, VELOCITY_CHORD);
    int pitch = letter >= 'a' ? h->a.pitch[(letter - 'a') % h->a.voices]
                              : h->b.pitch[(letter - '1') % h->b.voices];
    return play(p, from, to, pitch, VELOCITY_CHORD);
}

/* A chord that is over before its figure has said which one it is: bass and
 * chord in turn if there is time for two eighths, else together. */
static int play_short(struct player *p, int64_t from, int64_t to) {
    int64_t half = to - from >= p->s->ppq ? (to - from) / 2 : 0;
    return play_bass(p, from, half ? from + half : to, p->hands.root) ||
           play_chord(p, from + half, to, &p->hands.upper, VELOCITY_CHORD);
}

/* A cell, or a part of it, as a chord is played in it. */
struct cell {
    const char *letters;
    size_t count;
    int64_t from, to; /* where it is played */
    int64_t stroke;
};

/* Does a chord of three notes become plain? */
static int says_chord(const struct cell *c) {
    size_t n = (size_t)((c->to - c->from + c->stroke - 1) / c->stroke);
    n = n < c->count ? n : c->count;
    size_t notes = n;
    for (size_t i = 0; i < n; i++) {
        if (c->letters[i] == 'C')
            return 1;
        notes -= c->letters[i] == '-';
    }
    return notes >= 3;
}

/* The tune ends on the root. */
static char letter_of(const struct player *p, const struct cell *c, size_t i) {
    const struct note *last = &p->was->notes[p->was->count - 1];
    int at_end = c->to >= last->onset + last->duration;
    return at_end && c->letters[i] == 'F' ? 'R' : c->letters[i];
}

static int play_cell(struct player *p, const struct cell *c) {
    if (p->fresh && !says_chord(c))
        return play_short(p, c->from, c->to);
    for (size_t i = 0, next; i < c->count; i = next) {
        int64_t from = c->from + (int64_t)i * c->stroke;
        for (next = i + 1; next < c->count && c->letters[next] == '-';)
            next++;
        int64_t to = c->from + (int64_t)next * c->stroke;
        to = next == c->count || to > c->to ? c->to : to;
        if (from < c->to && play_stroke(p, from, to, letter_of(p, c, i)))
            return -1;
    }
    return 0;
}

/* The block in one bar. Cells follow each other from the bar line on; the first
 * may be under way when it begins. */
static int play_in_bar(struct player *p, const struct arrange_bar *bar,
                       int64_t from, int64_t to) {
    const struct figure *f =
        find_figure(p->figures, p->figure_count, bar->beats, bar->unit);
    int64_t stroke =
        (int64_t)4 * p->s->ppq / (f->stroke ? f->stroke : bar->unit);
    stroke = stroke < 1 ? 1 : stroke;
    size_t strokes;
    find_cell(f, 0, &strokes);
    if (from == bar->from && (int64_t)strokes * stroke < bar->to - bar->from)
        p->since = 0;
    int64_t end = bar->from;
    for (size_t k = 0; end < to; k++) {
        int64_t begin = end;
        find_cell(f, k, &strokes);
        end += (int64_t)strokes * stroke;
        if (end <= from)
            continue;
        struct cell c = {.from = begin < from ? from : begin,
                         .to = end < to ? end : to,
                         .stroke = stroke};
        c.letters = find_cell(f, p->since, &c.count);
        if (play_cell(p, &c))
            return -1;
        p->fresh = 0;
        p->since += begin >= from;
    }
    return 0;
}

/* One block, bar by bar. A pickup has its chord, but no bass. */
static int play_block(struct player *p) {
    for (int64_t from = p->block.from, to; from < p->block.to; from = to) {
        struct arrange_bar bar = arrange_bars_at(p->s, from);
        to = bar.to < p->block.to ? bar.to : p->block.to;
        int rc = bar.is_pickup
                     ? play_chord(p, from, to, &p->block.chord, VELOCITY_PLAIN)
                     : play_in_bar(p, &bar, from, to);
        if (rc)
            return -1;
    }
    return 0;
}

static int play_figures(struct player *p) {
    struct block b;
    for (size_t i = 0; next_block(p->was, &i, &b);) {
        if (!same_chord(&b.chord, &p->block.chord) || b.from > p->block.to) {
            p->since = 0;
            p->fresh = 1;
        }
        p->block = b;
        p->hands = hands_of(&b.chord);
        if (play_block(p))
            return -1;
    }
    return 0;
}

/* ---- drones ---- */

#define DRONE_BARS 2 /* until it is struck again: strings die away */

static int key_tonic(const struct mark *key) {
    return ((7 * key->a + (key->b ? 9 : 0)) % 12 + 12) % 12;
}

/* The root that sounds longest, of several the last one. */
static int commonest_root(const struct part *p) {
    int64_t ticks[12] = {0};
    int best = 0;
    struct block b;
    for (size_t i = 0; next_block(p, &i, &b);) {
        int root = chord_root(chord_set(&b.chord), b.chord.pitch[0] % 12);
        ticks[root] += b.to - b.from;
        best = ticks[root] >= ticks[best] ? root : best;
    }
    return best;
}

static int play_drone_stroke(struct player *p, int64_t from, int64_t to) {
    const struct mark *key = song_mark_at(p->s, MARK_KEY, -1, from);
    int tonic = bass_pitch(key ? key_tonic(key) : commonest_root(p->was));
    return play(p, from, to, tonic, VELOCITY_DRONE) ||
           play(p, from, to, tonic + 7, VELOCITY_DRONE);
}

/* From `from`, for as long as chords sound. */
static int play_drone_span(struct player *p, int64_t from, int64_t end) {
    for (int64_t to; from < end; from = to) {
        struct arrange_bar bar = arrange_bars_at(p->s, from);
        to = bar.to;
        if (bar.is_pickup)
            continue;
        for (int i = 1; i < DRONE_BARS; i++)
            to = arrange_bars_at(p->s, to).to;
        to = to < end ? to : end;
        if (play_drone_stroke(p, from, to))
            return -1;
    }
    return 0;
}

static int play_drone(struct player *p) {
    struct block b;
    int64_t from = 0, to = 0;
    for (size_t i = 0; next_block(p->was, &i, &b); to = b.to) {
        if (b.from <= to)
            continue;
        if (play_drone_span(p, from, to))
            return -1;
        from = b.from;
    }
    return play_drone_span(p, from, to);
}

/* ---- songs ---- */

/* What decode_song writes without chords: signatures at the end of the melody
 * belong to a track after it. */
static void drop_chords(struct song *s) {
    size_t kept = 0;
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct mark *m = &s->marks[i];
        int at_end = m->kind == MARK_METER && m->part == SONG_MELODY &&
                     m->tick >= s->parts[SONG_MELODY].end;
        if (m->part != SONG_CHORDS && !at_end)
            s->marks[kept++] = *m;
    }
    s->mark_count = kept;
    free(s->parts[SONG_CHORDS].notes);
    s->part_count = SONG_CHORDS;
}

static int play_all(struct player *p, enum accompaniment how) {
    if (how == ACCOMPANIMENT_DRONE)
        return play_drone(p);
    p->figures = how == ACCOMPANIMENT_ARPEGGIO ? arpeggio : boom_chuck;
    p->figure_count =
        how == ACCOMPANIMENT_ARPEGGIO ? COUNT(arpeggio) : COUNT(boom_chuck);
    return play_figures(p);
}

static int accompany(struct song *s, enum accompaniment how, struct err *e) {
    struct part *part = &s->parts[SONG_CHORDS], was = *part;
    if (!was.count)
        return 0;
    struct player p = {
        .s = s, .was = &was, .channel = was.notes[0].channel, .e = e};
    part->notes = NULL;
    part->count = part->cap = 0;
    int rc = play_all(&p, how);
    if (rc) {
        free(part->notes);
        *part = was;
    } else {
        part->end = was.end;
        free(was.notes);
    }
    return rc;
}

int arrange_song(struct song *s, const struct arrangement *a, struct err *e) {
    int rc = 0;
    if (s->part_count == SONG_CHORDS + 1) {
        if (a->accompaniment == ACCOMPANIMENT_NONE)
            drop_chords(s);
        else if (a->accompaniment != ACCOMPANIMENT_BLOCK)
            rc = accompany(s, a->accompaniment, e);
    }
    double swing = a->swing > SWING_MOST ? SWING_MOST : a->swing;
    return rc == 0 && swing > 0.5 ? arrange_swing_song(s, swing, e) : rc;
}
