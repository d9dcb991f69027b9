/* Steps back to songs: see decode.h. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "nott/music/decode.h"

#include "key.h"

#define PPQ            480
#define CHORD_VELOCITY 75 /* as in the collection: under the melody */

#define FINEST_UNIT 64  /* of the time signatures that midi.h reads */
#define MOST_BEATS  255 /* of a time signature: a byte */

struct frame {
    const struct vocabulary *v;
    const struct tune_frame *f;
    struct song *s;
    struct err *e;
    int64_t lead; /* ticks of rest before the first step */
};

static int64_t tick(const struct frame *d, size_t step) {
    return d->lead + (int64_t)step * PPQ / d->f->steps_per_quarter;
}

static int bar_place(const struct frame *d, size_t step) {
    int bar = d->f->header.bar;
    return (int)((((int64_t)step - d->f->header.phase) % bar + bar) % bar);
}

int decode_accent(const struct tune_header *h, int64_t after, int64_t step) {
    int64_t bar = step * h->bar, beat = step * tune_beat_steps(h);
    int64_t place = (after % bar + bar) % bar;
    return place == 0 ? 105 : place % beat == 0 ? 95 : 80;
}

static int accent(const struct frame *d, size_t step) {
    const struct tune_header *h = &d->f->header;
    return decode_accent(h, (int64_t)step - h->phase, 1);
}

/* Notes end a tick early, so that a pitch struck again is heard again. */
static int add_note(const struct frame *d, int part, size_t from, size_t to,
                    int pitch, int velocity) {
    struct note n = {.onset = tick(d, from),
                     .duration = tick(d, to) - tick(d, from) - 1,
                     .pitch = pitch,
                     .velocity = velocity,
                     .channel = part - 1};
    return song_add_note(d->s, part, n, d->e);
}

static int add_melody(const struct frame *d, const uint8_t *melody,
                      size_t steps) {
    int classic = d->v->encoding == ENCODING_CLASSIC;
    for (size_t k = 0, to; k < steps; k = to) {
        int pitch = vocabulary_pitch(d->v, melody[k]);
        int goes_on = classic ? melody[k] : MELODY_HOLD;
        to = k + 1;
        while (pitch >= 0 && to < steps && melody[to] == goes_on)
            to++;
        if (pitch >= 0 && add_note(d, SONG_MELODY, k, to, pitch, accent(d, k)))
            return -1;
    }
    return 0;
}

static int add_chord(const struct frame *d, int class, size_t from, size_t to) {
    const struct chord *c = &d->v->chords[class].voicing;
    for (int i = 0; i < c->voices; i++)
        if (add_note(d, SONG_CHORDS, from, to, c->pitch[i], CHORD_VELOCITY))
            return -1;
    return 0;
}

/* The name of a chord where it begins, for programs that show texts, and for
 * what is printed (notate.h). Before the first chord there is none. */
static int add_name(const struct frame *d, const uint8_t *chord, size_t step) {
    struct mark m = {.kind = MARK_TEXT,
                     .part = SONG_MELODY,
                     .tick = tick(d, step),
                     .a = SONG_LYRIC};
    if (step && chord[step] == chord[step - 1])
        return 0;
    if (!step && !chord[step])
        return 0;
    snprintf(m.text, sizeof m.text, "%s", d->v->chords[chord[step]].name);
    return song_add_mark(d->s, m, d->e);
}

static int add_chords(const struct frame *d, const uint8_t *chord,
                      size_t steps) {
    for (size_t k = 0, to; k < steps; k = to) {
        to = k + 1;
        while (to < steps && chord[to] == chord[k] && bar_place(d, to) != 0)
            to++;
        if (add_name(d, chord, k) || add_chord(d, chord[k], k, to))
            return -1;
    }
    return 0;
}

/* ---- signatures ---- */

/* Sharps of the major key on a tonic, -6 .. 6. */
static int sharps(int tonic) {
    int n = tonic * 7 % 12;
    return n > 6 ? n - 12 : n;
}

static struct mark meter_mark(int64_t tick, int64_t beats, int unit) {
    return (struct mark){
        .kind = MARK_METER, .tick = tick, .a = (int)beats, .b = unit};
}

static int64_t beat_ticks(int unit) {
    return (int64_t)4 * PPQ / unit;
}

/* The signature of a first bar of so many ticks, in lowest terms; a = 0 where
 * there is none, as for most places on a grid of triplets. */
static struct mark exact_bar(int64_t length) {
    for (int unit = 1; unit <= FINEST_UNIT; unit *= 2)
        if (length % beat_ticks(unit) == 0 &&
            length / beat_ticks(unit) <= MOST_BEATS)
            return meter_mark(0, length / beat_ticks(unit), unit);
    return meter_mark(0, 0, 0);
}

/* The same of a bar that is longer by a rest at its beginning. That rest is a
 * beat of this signature at least: so reading knows that it is not the tune's
 * (bars.h). The bar is not longer than the tune's, and its signature another
 * one; a = 0 where there is none such. */
static struct mark filled_bar(const struct tune_header *h, int64_t length,
                              int64_t bar) {
    for (int unit = h->unit; unit <= FINEST_UNIT; unit *= 2) {
        int64_t beats = length / beat_ticks(unit) + 2;
        int64_t filled = beats * beat_ticks(unit);
        if (beats <= MOST_BEATS &&
            (filled < bar || (filled == bar && unit != h->unit)))
            return meter_mark(0, beats, unit);
    }
    return meter_mark(0, 0, 0);
}

/* A pickup is a first bar of its own length: programs for notation draw bar
 * lines by the signatures alone. It is none (a = 0) if less comes after it. */
static struct mark pickup_bar(const struct frame *d, size_t steps) {
    const struct tune_header *h = &d->f->header;
    int64_t length = tick(d, (size_t)h->phase);
    if (!h->phase)
        return meter_mark(0, 0, 0);
    struct mark m = exact_bar(length);
    if (!m.a)
        m = filled_bar(h, length, tick(d, (size_t)h->bar));
    int last = m.a && tick(d, steps) - length < m.a * beat_ticks(m.b);
    return last ? meter_mark(0, 0, 0) : m;
}

/* Signatures that change stand in every track, since midi2abc looks for a
 * change in a track of its own only; and it begins a track with the bars that
 * the one before has ended with, so that the melody ends with that of its
 * pickup, as if it were to begin again: on a bar line, since elsewhere it would
 * cut a bar. The classic encoding would count a silence up to there. */
static int add_change(const struct frame *d, struct mark pickup,
                      struct mark meter, size_t steps) {
    for (size_t i = 0; i < d->s->part_count; i++) {
        pickup.part = meter.part = (int)i;
        if (song_add_mark(d->s, pickup, d->e) ||
            song_add_mark(d->s, meter, d->e))
            return -1;
    }
    size_t end = steps;
    while (bar_place(d, end))
        end++;
    if (d->s->part_count <= SONG_CHORDS ||
        (end > steps && d->v->encoding == ENCODING_CLASSIC))
        return 0;
    pickup.part = SONG_MELODY;
    pickup.tick = tick(d, end);
    return song_add_mark(d->s, pickup, d->e);
}

/* After a pickup the tune's own signature is at the first bar line, and there
 * all that sounds is moved. */
static int add_meters(struct frame *d, size_t steps) {
    const struct tune_header *h = &d->f->header;
    struct mark pickup = pickup_bar(d, steps);
    int64_t line = pickup.a ? pickup.a * beat_ticks(pickup.b) : 0;
    struct mark meter = meter_mark(line, h->beats, h->unit);
    if (!pickup.a)
        return song_add_mark(d->s, meter, d->e);
    d->lead = line - tick(d, (size_t)h->phase);
    return add_change(d, pickup, meter, steps);
}

static int add_signs(struct frame *d, size_t steps, const char *title) {
    struct mark tempo = {.kind = MARK_TEMPO,
                         .a = (int)lround(6e7 / d->f->performance.tempo)};
    struct mark text = {.kind = MARK_TEXT, .a = 1};
    snprintf(text.text, sizeof text.text, "%s", title);
    if (song_add_mark(d->s, tempo, d->e) || add_meters(d, steps))
        return -1;
    return *title ? song_add_mark(d->s, text, d->e) : 0;
}

/* The key as the header has it, with the mode that the notes have as its text.
 */
static int add_key(const struct frame *d) {
    const struct part *parts = d->s->parts;
    const struct part none = {.program = -1};
    int key = d->f->header.key;
    struct key k;
    if (key < 0)
        return 0;
    struct mark m = {.kind = MARK_KEY,
                     .a = sharps(tune_scale_tonic(key)),
                     .b = tune_is_minor(key)};
    key_mode(&k, key, PPQ, &parts[SONG_MELODY],
             d->s->part_count > SONG_CHORDS ? &parts[SONG_CHORDS] : &none);
    key_text(&k, m.text);
    return song_add_mark(d->s, m, d->e);
}

int decode_song(struct song *s, const struct vocabulary *v,
                const uint8_t *melody, const uint8_t *chord, size_t steps,
                const struct tune_frame *f, const char *title, struct err *e) {
    *s = (struct song){.ppq = PPQ};
    struct frame d = {v, f, s, e, 0};
    int rc = -1;
    if (song_add_part(s, "nott", -1) < 0 ||
        song_add_part(s, "melody", f->performance.melody_program) < 0 ||
        (chord && song_add_part(s, "chords", f->performance.chord_program) < 0))
        err_set(e, ERR_MEM, "song: out of memory");
    else if (add_signs(&d, steps, title) == 0 &&
             add_melody(&d, melody, steps) == 0 &&
             (!chord || add_chords(&d, chord, steps) == 0) && add_key(&d) == 0)
        rc = 0;
    /* the classic encoding counts a silence at the end by the last event */
    for (size_t i = 0; rc == 0 && i < s->part_count; i++)
        s->parts[i].end = tick(&d, steps);
    if (rc)
        song_free(s);
    return rc;
}
