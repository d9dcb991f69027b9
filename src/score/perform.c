/* What is written, played: see perform.h. SPDX-License-Identifier: MIT */
#include "nott/score/perform.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/music/chord.h"

#define VELOCITY       90
#define CHORD_VELOCITY 75
#define MOST_ITEMS     (8 * PERFORM_MOST_NOTES) /* played, of any kind */
#define FINEST_UNIT    64 /* of the time signatures of MIDI files */
#define NONE           SIZE_MAX

/* ---- repeats ---- */

/* What follows an item, so that nobody who plays has to look ahead. */
struct jump {
    /* From a bar line with the end of a repeat back to its beginning; from an
     * ending that is not for this time on to what is played next: an ending
     * that may be, or what comes after the last one. NONE = nowhere. */
    size_t to;
    int times;   /* how often what stands between is played */
    int goes_on; /* an ending begins behind it, before anything sounds */
};

/* A stretch of items that is played for itself. */
struct stretch {
    const struct score *s;
    size_t from, to;
    struct jump *jumps; /* borrowed, of all items */
};

static int is_bar(const struct score_item *item, unsigned bits) {
    return item->kind == SCORE_BAR && (item->bar & bits);
}

/* The number of the last time that an ending is for; 0 of other items. */
static int highest_ending(const struct score_item *item) {
    int n = 0;
    while (item->kind == SCORE_ENDING && item->endings >> n)
        n++;
    return n;
}

static int larger(int a, int b) {
    return a > b ? a : b;
}

/* All that is known from behind. `times` gets the highest of the endings from
 * the item on that belong to a repeat that ends there. */
static void look_ahead(const struct stretch *r) {
    size_t after = r->to;
    int highest = 0, follows = 0;
    for (size_t i = r->to; i-- > r->from;) {
        const struct score_item *item = &r->s->items[i];
        struct jump *jump = &r->jumps[i];
        int over = is_bar(item, ~0u) && !follows;
        highest = over || is_bar(item, SCORE_BAR_REPEAT)
                      ? 0
                      : larger(highest, highest_ending(item));
        *jump = (struct jump){NONE, highest, follows};
        if (item->kind == SCORE_ENDING) {
            jump->to = after;
            after = i;
        } else if (over &&
                   is_bar(item, SCORE_BAR_REPEATED | SCORE_BAR_REPEAT)) {
            after = i + 1;
        }
        if (item->kind == SCORE_ENDING)
            follows = 1;
        else if (item->kind == SCORE_NOTE || item->kind == SCORE_REST ||
                 item->kind == SCORE_BAR)
            follows = 0;
    }
}

/* Where a repeat may begin, and the highest of the endings since. */
struct beginning {
    size_t at;
    int highest;
};

static void find_jumps(const struct stretch *r) {
    struct beginning open = {NONE, 0}, point = {r->from, 0};
    int in_ending = 0;
    look_ahead(r);
    for (size_t i = r->from; i < r->to; i++) {
        const struct score_item *item = &r->s->items[i];
        struct jump *jump = &r->jumps[i];
        int ahead = jump->times, here = highest_ending(item);
        jump->times = 1;
        in_ending |= item->kind == SCORE_ENDING;
        open.highest = larger(open.highest, here);
        point.highest = larger(point.highest, here);
        if (!is_bar(item, ~0u))
            continue;
        int again = item->bar & SCORE_BAR_REPEAT;
        int ends = item->bar & SCORE_BAR_REPEATED;
        int goes_on = jump->goes_on && !again;
        if (ends || (again && open.at != NONE && !goes_on)) {
            struct beginning from = open.at != NONE ? open : point;
            int least = item->bar & SCORE_BAR_THRICE ? 3 : 2;
            jump->to = from.at;
            jump->times = larger(least, larger(from.highest, ahead));
            open = from;
            if (!goes_on)
                open.at = NONE;
        } else if (in_ending && !goes_on) {
            open.at = NONE; /* the last ending is over */
        }
        in_ending &= goes_on;
        point = (struct beginning){i + 1, 0};
        if (again)
            open = point;
    }
}

/* ---- playing ---- */

/* A note whose tie is open. */
struct tie {
    int pitch;
    size_t note; /* of the melody's */
};

struct player {
    struct song *song;
    const struct score *s;
    struct err *e;
    int64_t now;
    struct tie ties[SCORE_PITCHES];
    int tie_count;
    struct chord chord; /* that sounds; of no voices = none */
    int64_t chord_from;
    struct score_meter meter; /* the last one that was told */
    size_t played;
    struct jump *jumps; /* owned, [items] */
    int64_t *last; /* [items]: when each is played last; NULL = not asked */
};

static int add_mark(struct player *p, struct mark m) {
    m.tick = p->now;
    m.part = SONG_SIGNS;
    return song_add_mark(p->song, m, p->e);
}

static int add_meter(struct player *p, struct score_meter m) {
    struct mark mark = {.kind = MARK_METER, .a = m.beats, .b = m.unit};
    if (!m.unit || (m.beats == p->meter.beats && m.unit == p->meter.unit))
        return 0;
    p->meter = m;
    return add_mark(p, mark);
}

static int add_tempo(struct player *p, double quarters) {
    struct mark m = {.kind = MARK_TEMPO};
    if (!score_tempo_fits(quarters))
        return 0;
    m.a = (int)lround(6e7 / quarters);
    return add_mark(p, m);
}

static int add_key(struct player *p, const struct score_key *k) {
    struct mark m = {.kind = MARK_KEY,
                     .a = score_key_sharps(k),
                     .b = k->mode == SCORE_MINOR};
    if (k->letter < 0 || m.a < -7 || m.a > 7)
        return 0;
    snprintf(m.text, sizeof m.text, "%s %s",
             chord_pitch_class_name(score_letter_class(k->letter) + k->alter),
             score_mode_names[(int)k->mode]);
    return add_mark(p, m);
}

static int add_chord(struct player *p) {
    for (int i = 0; i < p->chord.voices && p->now > p->chord_from; i++) {
        struct note n = {.onset = p->chord_from,
                         .duration = p->now - p->chord_from,
                         .pitch = p->chord.pitch[i],
                         .velocity = CHORD_VELOCITY,
                         .channel = 1};
        if (song_add_note(p->song, SONG_CHORDS, n, p->e))
            return -1;
    }
    p->chord_from = p->now;
    return 0;
}

/* The chord up to here sounds, and a new one begins; what is no name of one
 * changes nothing. */
static int change_chord(struct player *p, const char *name) {
    uint16_t set;
    int root;
    if (chord_read(name, &set, &root, NULL))
        return 0;
    if (add_chord(p))
        return -1;
    p->chord = set ? chord_close(set, root) : (struct chord){.voices = 0};
    return 0;
}

/* The tie that leads to a pitch here, or NULL. */
static struct tie *open_tie(struct player *p, int pitch) {
    for (int i = 0; i < p->tie_count; i++) {
        const struct note *n =
            &p->song->parts[SONG_MELODY].notes[p->ties[i].note];
        if (p->ties[i].pitch == pitch && n->onset + n->duration == p->now)
            return &p->ties[i];
    }
    return NULL;
}

static int play_pitch(struct player *p, const struct score_item *item, int i,
                      struct tie *next, int *ties) {
    struct part *melody = &p->song->parts[SONG_MELODY];
    int pitch = score_pitch_midi(&item->note.pitch[i]);
    struct note n = {.onset = p->now,
                     .duration = item->note.length,
                     .pitch = pitch,
                     .velocity = VELOCITY};
    struct tie *tie = open_tie(p, pitch);
    size_t at = tie ? tie->note : melody->count;
    if (pitch < 0 || pitch > 127)
        return 0;
    if (melody->count >= PERFORM_MOST_NOTES)
        return err_set(p->e, ERR_FORMAT, "more than %d notes",
                       PERFORM_MOST_NOTES);
    if (tie)
        melody->notes[at].duration += item->note.length;
    else if (song_add_note(p->song, SONG_MELODY, n, p->e))
        return -1;
    if (item->note.tied)
        next[(*ties)++] = (struct tie){pitch, at};
    return 0;
}

static int play_note(struct player *p, const struct score_item *item) {
    struct tie next[SCORE_PITCHES];
    int ties = 0;
    if (item->note.grace)
        return 0;
    for (int i = 0; i < item->note.count; i++)
        if (play_pitch(p, item, i, next, &ties))
            return -1;
    memcpy(p->ties, next, sizeof next);
    p->tie_count = ties;
    p->now += item->note.length;
    return 0;
}

static int play_item(struct player *p, const struct score_item *item) {
    size_t i = (size_t)(item - p->s->items);
    if (p->last)
        p->last[i] = p->now;
    switch (item->kind) {
    case SCORE_NOTE:
    case SCORE_REST:
        return play_note(p, item);
    case SCORE_SYMBOL:
        return p->song->part_count > SONG_CHORDS ? change_chord(p, item->text)
                                                 : 0;
    case SCORE_METER:
        return add_meter(p, item->meter);
    case SCORE_KEY:
        return add_key(p, &item->key);
    case SCORE_TEMPO:
        return add_tempo(p, item->tempo);
    default:
        return 0;
    }
}

static int play_stretch(struct player *p, const struct stretch *r) {
    int time = 1;
    size_t last = 0; /* end of the repeat that is being played again */
    for (size_t i = r->from; i < r->to;) {
        const struct score_item *item = &r->s->items[i];
        const struct jump *jump = &r->jumps[i];
        if (++p->played > MOST_ITEMS)
            return err_set(p->e, ERR_FORMAT, "too long with its repeats");
        if (item->kind == SCORE_ENDING && !(item->endings >> (time - 1) & 1)) {
            i = jump->to;
            continue;
        }
        if (play_item(p, item))
            return -1;
        if (time < jump->times) {
            time++;
            last = i > last ? i : last;
            i = jump->to;
            continue;
        }
        if (is_bar(item, ~0u) && i >= last && !jump->goes_on)
            time = 1;
        i++;
    }
    return 0;
}

/* ---- parts ---- */

#define NAMES 256 /* of parts: one byte */

static size_t next_part(const struct score *s, size_t i) {
    while (i < s->count && s->items[i].kind != SCORE_PART)
        i++;
    return i;
}

/* Plays what comes before the first part, and then each when its turn is. */
static int play_parts(struct player *p, size_t first) {
    const struct score *s = p->s;
    struct stretch part[NAMES] = {{.s = NULL}};
    struct stretch head = {s, 0, first, p->jumps};
    find_jumps(&head);
    if (play_stretch(p, &head))
        return -1;
    for (size_t i = first; i < s->count;) {
        struct stretch r = {s, i, next_part(s, i + 1), p->jumps};
        struct stretch *named = &part[(unsigned char)s->items[i].text[0]];
        if (!named->s) /* of two that have one name the first is meant */
            *named = r;
        find_jumps(&r);
        i = r.to;
    }
    for (const char *c = s->parts; *c; c++) {
        const struct stretch *r = &part[(unsigned char)*c];
        if (r->s && play_stretch(p, r))
            return -1;
    }
    return 0;
}

static int play_all(struct player *p) {
    const struct score *s = p->s;
    size_t first = next_part(s, 0);
    if (s->parts[0] && first < s->count)
        return play_parts(p, first);
    struct stretch all = {s, 0, s->count, p->jumps};
    find_jumps(&all);
    return play_stretch(p, &all);
}

/* ---- the beginning ---- */

/* Ticks up to the first bar line; *goes_on is whether anything comes then. */
static int64_t first_bar(const struct score *s, int *goes_on) {
    int64_t length = 0;
    int over = 0;
    *goes_on = 0;
    for (size_t i = 0; i < s->count && !*goes_on; i++) {
        const struct score_item *item = &s->items[i];
        over |= item->kind == SCORE_BAR && length;
        if (item->kind != SCORE_NOTE && item->kind != SCORE_REST)
            continue;
        *goes_on = over;
        length += over || item->note.grace ? 0 : item->note.length;
    }
    return length;
}

/* The signature of the pickup; of no unit if there is none. */
static struct score_meter pickup_meter(const struct score *s, int64_t length) {
    if (!s->meter.unit || length >= score_bar_length(s->meter))
        return (struct score_meter){0, 0};
    for (int unit = 1; unit <= FINEST_UNIT; unit *= 2)
        if (length && length % (SCORE_WHOLE / unit) == 0)
            return (struct score_meter){(int)(length / (SCORE_WHOLE / unit)),
                                        unit};
    return (struct score_meter){0, 0};
}

static int add_signs(struct player *p) {
    const struct score *s = p->s;
    int goes_on;
    int64_t length = first_bar(s, &goes_on), bar = score_bar_length(s->meter);
    struct score_meter pickup = pickup_meter(s, length);
    struct mark title = {.kind = MARK_TEXT, .a = 1};
    snprintf(title.text, sizeof title.text, "%s", s->title);
    if ((s->title[0] && add_mark(p, title)) || add_tempo(p, s->tempo) ||
        add_key(p, &s->key))
        return -1;
    int fills = !pickup.unit && goes_on && length < bar;
    if (add_meter(p, pickup.unit ? pickup : s->meter))
        return -1;
    if (!pickup.unit && !fills)
        return 0;
    p->meter = (struct score_meter){0, 0}; /* it is told again */
    p->now = fills ? bar : length;
    int rc = add_meter(p, s->meter);
    p->now = fills ? bar - length : 0;
    p->chord_from = p->now;
    return rc;
}

static int has_symbols(const struct score *s) {
    uint16_t set;
    int root;
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].kind == SCORE_SYMBOL &&
            chord_read(s->items[i].text, &set, &root, NULL) == 0)
            return 1;
    return 0;
}

int perform_places(struct song *song, const struct score *s, int64_t *last,
                   struct err *e) {
    *song = (struct song){.ppq = SCORE_PPQ, .written = 1};
    snprintf(song->rhythm, sizeof song->rhythm, "%s", s->rhythm);
    struct player p = {.song = song, .s = s, .e = e, .last = last};
    int rc = -1;
    for (size_t i = 0; last && i < s->count; i++)
        last[i] = -1;
    p.jumps = malloc((s->count + 1) * sizeof *p.jumps);
    if (!p.jumps || song_add_part(song, s->title, -1) < 0 ||
        song_add_part(song, "melody", -1) < 0 ||
        (has_symbols(s) && song_add_part(song, "chords", -1) < 0))
        err_set(e, ERR_MEM, "score: out of memory");
    else if (add_signs(&p) == 0 && play_all(&p) == 0 && add_chord(&p) == 0)
        rc = 0;
    free(p.jumps);
    for (size_t i = 0; rc == 0 && i < song->part_count; i++)
        song->parts[i].end = p.now;
    if (rc)
        song_free(song);
    return rc;
}

int perform_score(struct song *song, const struct score *s, struct err *e) {
    return perform_places(song, s, NULL, e);
}
