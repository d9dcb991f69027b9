/* What is played, written down: see notate.h. SPDX-License-Identifier: MIT */
#include "nott/score/notate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/music/chord.h"

#define REST (-1)

/* A piece of the melody that begins at a bar line, with a note, or with
 * another chord. */
struct piece {
    int64_t from, to;   /* ticks of the score from the first bar line */
    int pitch;          /* REST */
    int goes_on;        /* 1 = the note before goes on in it */
    const char *symbol; /* to be written over it, NULL = none; borrowed */
};

/* The name of a chord, in the order of the places where they begin. */
struct symbol {
    int64_t at;
    const char *name; /* borrowed */
};

struct bar {
    size_t first, count; /* of the pieces */
};

struct notes {
    struct score *s;
    const struct song *song;
    const struct notation *how;
    struct err *e;
    int64_t line, bar; /* first bar line in ticks of the song; ticks of a bar */
    int64_t from, end; /* where the tune begins and ends, from that line */
    struct symbol *symbols; /* owned */
    size_t symbol_count;
    struct piece *pieces; /* owned */
    size_t count, cap;
    struct bar *bars; /* owned; the first is the pickup, maybe empty */
    size_t bar_count;
    signed char altered[7]; /* what accidentals say in the bar */
};

/* ---- time ---- */

/* A tick of the song on the grid, from the first bar line. */
static int64_t on_grid(const struct notes *n, int64_t tick) {
    int spq = n->how->steps_per_quarter;
    int64_t whole = tick - n->line, ppq = n->song->ppq;
    int64_t twice = 2 * whole * spq + ppq;
    int64_t step = twice / (2 * ppq) - (twice % (2 * ppq) < 0);
    return step * (SCORE_PPQ / spq);
}

static void find_bars(struct notes *n) {
    const struct mark *first = song_mark_at(n->song, MARK_METER, 0, 0);
    const struct mark *main = first;
    for (size_t i = 0; first && i < n->song->mark_count; i++) {
        const struct mark *m = &n->song->marks[i];
        if (m->kind == MARK_METER && m->part == 0 && m->tick > 0) {
            main = m;
            break;
        }
    }
    n->s->meter = main ? (struct score_meter){main->a, main->b}
                       : (struct score_meter){4, 4};
    n->line = main ? main->tick : 0;
    n->bar = score_bar_length(n->s->meter);
}

/* ---- pieces ---- */

static int add_piece(struct notes *n, struct piece p) {
    if (n->count == n->cap) {
        size_t cap = n->cap ? 2 * n->cap : 256;
        struct piece *pieces = realloc(n->pieces, cap * sizeof *pieces);
        if (!pieces)
            return err_set(n->e, ERR_MEM, "score: out of memory");
        n->pieces = pieces;
        n->cap = cap;
    }
    n->pieces[n->count++] = p;
    return 0;
}

/* The next bar line after a place. */
static int64_t next_line(const struct notes *n, int64_t at) {
    int64_t bars = at / n->bar - (at % n->bar < 0);
    return (bars + 1) * n->bar;
}

static int list_symbols(struct notes *n) {
    n->symbols = calloc(n->song->mark_count + 1, sizeof *n->symbols);
    if (!n->symbols)
        return err_set(n->e, ERR_MEM, "score: out of memory");
    for (size_t i = 0; i < n->song->mark_count; i++) {
        const struct mark *m = &n->song->marks[i];
        if (song_names_chord(m))
            n->symbols[n->symbol_count++] =
                (struct symbol){on_grid(n, m->tick), m->text};
    }
    return 0;
}

/* The name of the chord that sounds at a place, NULL = none yet; where the next
 * one begins goes to *next. */
static const char *chord_at(const struct notes *n, int64_t at, int64_t *next) {
    size_t low = 0, high = n->symbol_count; /* those before low are not later */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (n->symbols[middle].at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    *next = low < n->symbol_count ? n->symbols[low].at : INT64_MAX;
    return low ? n->symbols[low - 1].name : NULL;
}

/* What sounds from one place to another, cut at bar lines and chords. */
static int add_sound(struct notes *n, int64_t from, int64_t to, int pitch) {
    for (int64_t at = from, end; at < to; at = end) {
        int64_t next;
        const char *name = chord_at(n, at, &next);
        int64_t line = next_line(n, at);
        end = line < to ? line : to;
        end = next < end ? next : end;
        int begins = at % n->bar == 0 || (n->count == 0 && name);
        const char *before = NULL;
        if (n->count)
            before = chord_at(n, at - 1, &next);
        int changes = name && (!before || strcmp(name, before) != 0);
        struct piece p = {at, end, pitch, pitch != REST && at > from,
                          begins || changes ? name : NULL};
        if (p.symbol && begins && !changes && score_is_silence(name))
            p.symbol = NULL;
        if (add_piece(n, p))
            return -1;
    }
    return 0;
}

static int find_pieces(struct notes *n) {
    const struct part *p = &n->song->parts[SONG_MELODY];
    int64_t at = p->count ? on_grid(n, p->notes[0].onset) : 0;
    n->end = on_grid(n, p->end);
    if (at > 0 || n->line == 0)
        at = 0; /* rests of a pickup are not written */
    n->from = at;
    for (size_t i = 0; i < p->count; i++) {
        int64_t on = on_grid(n, p->notes[i].onset);
        int64_t off = on_grid(n, p->notes[i].onset + p->notes[i].duration);
        if (i + 1 < p->count && off > on_grid(n, p->notes[i + 1].onset))
            off = on_grid(n, p->notes[i + 1].onset);
        if (on < at || off <= on)
            continue;
        if (add_sound(n, at, on, REST) ||
            add_sound(n, on, off, p->notes[i].pitch))
            return -1;
        at = off;
    }
    return add_sound(n, at, n->end, REST);
}

static int list_bars(struct notes *n) {
    size_t most = n->count + 2;
    n->bars = calloc(most, sizeof *n->bars);
    if (!n->bars)
        return err_set(n->e, ERR_MEM, "score: out of memory");
    n->bar_count = 1;
    for (size_t i = 0; i < n->count; i++) {
        if (n->pieces[i].from >= 0 && n->pieces[i].from % n->bar == 0)
            n->bars[n->bar_count++].first = i;
        n->bars[n->bar_count - 1].count++;
    }
    return 0;
}

/* ---- folding ---- */

static int same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static int same_bar(const struct notes *n, size_t i, size_t j) {
    const struct bar *a = &n->bars[i], *b = &n->bars[j];
    if (a->count != b->count)
        return 0;
    int64_t shift = (int64_t)(j - i) * n->bar;
    for (size_t k = 0; k < a->count; k++) {
        const struct piece *p = &n->pieces[a->first + k],
                           *q = &n->pieces[b->first + k];
        if (p->from + shift != q->from || p->to + shift != q->to ||
            p->pitch != q->pitch || p->goes_on != q->goes_on ||
            !same_text(p->symbol, q->symbol))
            return 0;
    }
    return 1;
}

/* May a part begin or end before bar i? Not where a note goes on over it, nor
 * where the chord would be that of another bar. */
static int may_cut(const struct notes *n, size_t i) {
    if (i >= n->bar_count)
        return 1;
    const struct piece *p = &n->pieces[n->bars[i].first];
    return !p->goes_on && (p->symbol || !chord_at(n, p->from, &(int64_t){0}));
}

/* How many of the last bars of two parts of so many bars from bar i on differ;
 * -1 = they are not the same part. */
static int count_endings(const struct notes *n, size_t i, size_t length) {
    size_t same = 0;
    if (i + 2 * length > n->bar_count)
        return -1;
    while (same < length && same_bar(n, i + same, i + length + same))
        same++;
    size_t differ = length - same;
    if (differ > length / 4 || !may_cut(n, i) || !may_cut(n, i + length) ||
        !may_cut(n, i + 2 * length))
        return -1;
    if (differ && (!may_cut(n, i + same) || !may_cut(n, i + length + same)))
        return -1;
    return (int)differ;
}

/* The length of a part that begins at bar i and comes twice; 0 = none does. */
static size_t find_part(const struct notes *n, size_t i, int *endings) {
    static const size_t lengths[] = {8, 16, 12, 4};
    for (size_t k = 0; n->how->fold && k < sizeof lengths / sizeof *lengths;
         k++) {
        *endings = count_endings(n, i, lengths[k]);
        if (*endings >= 0)
            return lengths[k];
    }
    return 0;
}

/* ---- spelling ---- */

/* The letter and accidental of a pitch class that lies from three fifths below
 * the key's first note to eight above it: F sharp, not G flat, in G. */
static struct score_pitch spell(const struct score_key *k, int pitch) {
    int fifth = score_key_sharps(k) - 3;
    while (((7 * fifth - pitch) % 12 + 12) % 12)
        fifth++;
    struct score_pitch p = score_fifth(fifth);
    int natural = pitch - p.alter - score_letter_class(p.letter);
    p.octave = (signed char)(natural / 12 - 1);
    return p;
}

/* ---- values ---- */

/* Is there a note of that length: a power of two of the whole, maybe dotted? */
static int has_value(int64_t length) {
    for (int64_t v = SCORE_WHOLE; v >= SCORE_WHOLE / 64; v /= 2)
        if (length == v || 2 * length == 3 * v)
            return 1;
    return 0;
}

/* How much of a length the first note takes: all if there is a value for it,
 * else up to the next beat, or the longest value there is. */
static int64_t first_value(const struct notes *n, int64_t place,
                           int64_t length) {
    int64_t beat = score_beat_length(n->s->meter);
    int64_t to_beat = beat - (place % beat + beat) % beat;
    if (has_value(length))
        return length;
    if (to_beat < length)
        length = to_beat;
    if (has_value(length))
        return length;
    for (int64_t v = SCORE_WHOLE; v >= SCORE_WHOLE / 64; v /= 2) {
        if (3 * v <= 2 * length)
            return 3 * v / 2;
        if (v <= length)
            return v;
    }
    return length;
}

static int add_note(struct notes *n, const struct piece *p, int64_t length,
                    int tied, struct score_item item) {
    item.kind = p->pitch == REST ? SCORE_REST : SCORE_NOTE;
    item.note.length = length;
    if (p->pitch != REST) {
        struct score_pitch pitch = spell(&n->s->key, p->pitch);
        signed char *now = &n->altered[pitch.letter];
        pitch.shown = pitch.alter != *now;
        *now = pitch.alter;
        item.note.pitch[0] = pitch;
        item.note.count = 1;
        item.note.tied = (unsigned char)tied;
    }
    return score_add(n->s, &item, n->e);
}

static int add_symbol(struct notes *n, const struct piece *p) {
    struct score_item item = {.kind = SCORE_SYMBOL};
    if (!p->symbol)
        return 0;
    snprintf(item.text, sizeof item.text, "%.31s", p->symbol);
    return score_add(n->s, &item, n->e);
}

static int is_tied(const struct notes *n, const struct piece *p) {
    return p + 1 < n->pieces + n->count && p[1].goes_on;
}

static int add_values(struct notes *n, const struct piece *p) {
    for (int64_t at = p->from; at < p->to;) {
        int64_t length = first_value(n, at, p->to - at);
        int last = at + length == p->to;
        if (add_note(n, p, length, p->pitch != REST && (!last || is_tied(n, p)),
                     (struct score_item){.kind = SCORE_NOTE}))
            return -1;
        at += length;
    }
    return 0;
}

/* How many pieces from p on are a triplet: they fill a quarter or an eighth and
 * begin on its thirds, not all on its quarters. 0 = they are none. */
static size_t find_triplet(const struct notes *n, const struct piece *p,
                           size_t left) {
    for (int64_t span = SCORE_PPQ; span >= SCORE_PPQ / 2; span /= 2) {
        size_t k = 0;
        int thirds = 1, binary = 1;
        if (p->from % (span / 2) || n->how->steps_per_quarter % 3)
            continue;
        for (; k < left && p[k].from < p->from + span; k++) {
            int64_t to = p[k].to - p->from;
            thirds &= to <= span && 3 * to % span == 0;
            binary &= 4 * to % span == 0;
        }
        if (k > 1 && thirds && !binary && p[k - 1].to == p->from + span)
            return k;
    }
    return 0;
}

static int add_triplet(struct notes *n, const struct piece *p, size_t count) {
    for (size_t k = 0; k < count; k++) {
        struct score_item item = {.kind = SCORE_NOTE};
        item.note.actual = 3;
        item.note.normal = 2;
        item.note.group = (unsigned char)(k ? 0 : count);
        if (add_symbol(n, &p[k]) ||
            add_note(n, &p[k], p[k].to - p[k].from, is_tied(n, &p[k]), item))
            return -1;
    }
    return 0;
}

/* ---- the score ---- */

static int add_bar_line(struct notes *n, unsigned bits) {
    struct score_item item = {.kind = SCORE_BAR, .bar = bits};
    struct score_item *last =
        n->s->count ? &n->s->items[n->s->count - 1] : NULL;
    if (last && last->kind == SCORE_BAR) {
        last->bar |= bits;
        return 0;
    }
    return score_add(n->s, &item, n->e);
}

static int add_ending(struct notes *n, int number) {
    struct score_item item = {.kind = SCORE_ENDING,
                              .endings = 1u << (number - 1)};
    return score_add(n->s, &item, n->e);
}

/* The bars up to `to`, with a line behind each but the last. */
static int add_bars(struct notes *n, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        const struct bar *b = &n->bars[i];
        for (int k = 0; k < 7; k++)
            n->altered[k] = n->s->key.sign[k];
        for (size_t k = 0; k < b->count;) {
            const struct piece *p = &n->pieces[b->first + k];
            size_t triplet = find_triplet(n, p, b->count - k);
            if (triplet ? add_triplet(n, p, triplet)
                        : add_symbol(n, p) || add_values(n, p))
                return -1;
            k += triplet ? triplet : 1;
        }
        if (i + 1 < to && add_bar_line(n, 0))
            return -1;
    }
    return 0;
}

static int add_part(struct notes *n, size_t from, size_t length, int endings) {
    size_t same = length - (size_t)endings;
    size_t second = from + length + same, end = from + 2 * length;
    unsigned last = end == n->bar_count ? SCORE_BAR_END : SCORE_BAR_DOUBLE;
    if (add_bar_line(n, SCORE_BAR_REPEAT) || add_bars(n, from, from + same))
        return -1;
    if (!endings)
        return add_bar_line(n, SCORE_BAR_REPEATED);
    return add_bar_line(n, 0) || add_ending(n, 1) ||
                   add_bars(n, from + same, from + length) ||
                   add_bar_line(n, SCORE_BAR_REPEATED) || add_ending(n, 2) ||
                   add_bars(n, second, end) || add_bar_line(n, last)
               ? -1
               : 0;
}

static int add_all(struct notes *n) {
    if (n->bars[0].count && (add_bars(n, 0, 1) || add_bar_line(n, 0)))
        return -1;
    for (size_t i = 1; i < n->bar_count;) {
        int endings;
        size_t length = find_part(n, i, &endings);
        size_t step = length ? 2 * length : 1;
        if (length ? add_part(n, i, length, endings)
                   : add_bars(n, i, i + 1) ||
                         add_bar_line(n, i + 1 == n->bar_count ? SCORE_BAR_END
                                                               : 0))
            return -1;
        i += step;
    }
    return 0;
}

/* Tonic and mode as decode_song says them, "A dorian"; else by the sign. */
static void find_key(struct score_key *k, const struct song *song) {
    const struct mark *m = song_mark_at(song, MARK_KEY, 0, 0);
    *k = (struct score_key){.letter = -1};
    if (!m)
        return;
    *k = score_key_of(m->a, m->b ? SCORE_MINOR : SCORE_MAJOR);
    for (int mode = 0; mode < SCORE_MODES; mode++)
        for (int sharps = -5; sharps <= 6; sharps++) {
            struct score_key key = score_key_of(sharps, (enum score_mode)mode);
            int tonic = score_letter_class(key.letter) + key.alter;
            char name[32];
            snprintf(name, sizeof name, "%s %s", chord_pitch_class_name(tonic),
                     score_mode_names[mode]);
            if (strcmp(name, m->text) == 0)
                *k = key;
        }
}

static void find_signs(struct notes *n) {
    struct score *s = n->s;
    const struct mark *tempo = song_mark_at(n->song, MARK_TEMPO, 0, 0);
    find_key(&s->key, n->song);
    s->tempo = tempo && tempo->a > 0 ? floor(6e9 / tempo->a + 0.5) / 100 : 0;
    if (!score_tempo_fits(s->tempo)) /* MIDI's may be anything */
        s->tempo = 0;
    snprintf(s->rhythm, sizeof s->rhythm, "%s", n->how->rhythm);
    for (size_t i = 0; i < n->song->mark_count && !s->title[0]; i++)
        if (n->song->marks[i].kind == MARK_TEXT && n->song->marks[i].part == 0)
            snprintf(s->title, sizeof s->title, "%s", n->song->marks[i].text);
}

int notate_song(struct score *s, const struct song *song,
                const struct notation *how, struct err *e) {
    *s = (struct score){.key = {.letter = -1}};
    struct notes n = {.s = s, .song = song, .how = how, .e = e};
    find_bars(&n);
    find_signs(&n);
    int rc = list_symbols(&n) || find_pieces(&n) || list_bars(&n) || add_all(&n)
                 ? -1
                 : 0;
    free(n.symbols);
    free(n.pieces);
    free(n.bars);
    if (rc)
        score_free(s);
    return rc;
}
