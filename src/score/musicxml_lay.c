/* Measures, drawn notes, ties, tuplets and beams: see musicxml_lay.h.
 * SPDX-License-Identifier: MIT */
#include "musicxml_lay.h"

#include <stdlib.h>
#include <string.h>

#define SHORTEST (SCORE_WHOLE / 256)
#define LONGEST  ((int64_t)1 << 32)          /* so that no sum overflows */
#define DRAWN    (16 * (int64_t)SCORE_WHOLE) /* longer ones are not split */
#define QUARTER  (SCORE_WHOLE / 4)

void musicxml_lay_free(struct lay *lay) {
    free(lay->measures);
    free(lay->pieces);
    *lay = (struct lay){0};
}

static int out_of_memory(struct err *e) {
    return err_set(e, ERR_MEM, "measures: out of memory");
}

/* Room for one more of `size` bytes at the end of a list. */
static void *grown(void *list, size_t count, size_t *cap, size_t size) {
    if (count < *cap)
        return list;
    size_t wanted = *cap ? 2 * *cap : 64;
    void *more = realloc(list, wanted * size);
    if (more)
        *cap = wanted;
    return more;
}

/* ---- items ---- */

int musicxml_lay_pitches(const struct score_item *item) {
    return item->note.count < SCORE_PITCHES ? item->note.count : SCORE_PITCHES;
}

int64_t musicxml_lay_length(const struct score_item *item) {
    return item->note.length < LONGEST ? item->note.length : LONGEST;
}

enum lay_role musicxml_lay_role(const struct score_item *item) {
    if (item->kind != SCORE_NOTE && item->kind != SCORE_REST)
        return LAY_OTHER;
    int rest = item->kind == SCORE_REST || item->note.count == 0;
    if (item->note.grace || item->note.length <= 0)
        return rest ? LAY_OTHER : LAY_GRACE;
    return rest ? LAY_REST : LAY_SOUND;
}

static int takes_time(const struct score_item *item) {
    enum lay_role role = musicxml_lay_role(item);
    return role == LAY_SOUND || role == LAY_REST;
}

struct score_meter musicxml_lay_meter(struct score_meter m) {
    int sound = m.beats > 0 && m.beats <= 1024 && m.unit > 0 && m.unit <= 256;
    return sound ? m : (struct score_meter){0};
}

/* ---- measures ---- */

/* Where the cutting stands: the measure that is being filled. */
struct cutting {
    struct lay_measure open;
    struct score_meter meter;
    int sounds;  /* it has notes already */
    size_t last; /* the item behind the last of them */
};

/* What stands between the last note and the line is of the next measure. */
static int close_measure(struct lay *lay, struct cutting *c, unsigned bar) {
    void *list = grown(lay->measures, lay->measure_count, &lay->measure_cap,
                       sizeof *lay->measures);
    if (!list)
        return -1;
    lay->measures = list;
    c->open.end = c->last;
    c->open.right = bar & ~(unsigned)SCORE_BAR_REPEAT;
    lay->measures[lay->measure_count++] = c->open;
    c->open = (struct lay_measure){
        .first = c->last, .left = bar & SCORE_BAR_REPEAT, .meter = c->meter};
    c->sounds = 0;
    return 0;
}

/* A bar line without notes before it adds to the one that is there. */
static void merge_bar(struct lay *lay, struct cutting *c, unsigned bar) {
    c->open.left |= bar & SCORE_BAR_REPEAT;
    if (!lay->measure_count)
        return;
    struct lay_measure *last = &lay->measures[lay->measure_count - 1];
    last->right |= bar & ~(unsigned)SCORE_BAR_REPEAT;
    last->invisible = 0;
}

static void take_item(struct cutting *c, const struct score *s, size_t i) {
    const struct score_item *item = &s->items[i];
    if (item->kind == SCORE_METER)
        c->meter = musicxml_lay_meter(item->meter);
    if (musicxml_lay_role(item) != LAY_OTHER)
        c->last = i + 1;
    if (!takes_time(item))
        return;
    if (!c->sounds)
        c->open.meter = c->meter;
    c->sounds = 1;
    c->open.length += musicxml_lay_length(item);
}

/* Endings begin measures even where no bar line stands. */
static int cut_at(const struct score *s, size_t i, struct lay *lay,
                  struct cutting *c) {
    const struct score_item *item = &s->items[i];
    if (item->kind == SCORE_BAR && c->sounds)
        return close_measure(lay, c, item->bar);
    if (item->kind == SCORE_BAR)
        merge_bar(lay, c, item->bar);
    if (item->kind == SCORE_ENDING && c->sounds) {
        c->open.invisible = 1;
        if (close_measure(lay, c, 0))
            return -1;
    }
    if (item->kind == SCORE_ENDING && item->endings)
        c->open.opens = item->endings;
    take_item(c, s, i);
    return 0;
}

static int cut(const struct score *s, struct lay *lay) {
    struct cutting c = {.meter = musicxml_lay_meter(s->meter)};
    c.open.meter = c.meter;
    for (size_t i = 0; i < s->count; i++)
        if (cut_at(s, i, lay, &c))
            return -1;
    if ((c.sounds || !lay->measure_count) && close_measure(lay, &c, 0))
        return -1;
    lay->measures[lay->measure_count - 1].end = s->count;
    return 0;
}

/* ---- numbers: what is less than a bar joins with what comes to make one ----
 */

static int same_meter(struct score_meter a, struct score_meter b) {
    return a.beats == b.beats && a.unit == b.unit;
}

/* Whether measure k, short as it is, stands before a first full bar: at the
 * beginning, or after a line that parts the tune; an ending is no beginning. */
static int is_pickup(const struct lay *lay, size_t k) {
    const struct lay_measure *m = &lay->measures[k];
    if (k + 1 >= lay->measure_count)
        return 0;
    return k == 0 || ((m->left || m[-1].right) && !m->opens && !m->right);
}

static void number_measures(struct lay *lay) {
    int64_t filled = 0; /* of the bar that is not full yet */
    int number = 0;
    for (size_t k = 0; k < lay->measure_count; k++) {
        struct lay_measure *m = &lay->measures[k];
        int64_t bar = score_bar_length(m->meter);
        if (k && (!same_meter(m->meter, m[-1].meter) ||
                  (m->opens && !m[-1].invisible)))
            filled = 0;
        if (filled && filled + m->length <= bar) {
            m->implicit = 1;
            m->at = filled;
            filled = (filled + m->length) % bar;
        } else if (m->length < bar && is_pickup(lay, k)) {
            m->implicit = 1;
            m->at = bar - m->length;
            filled = 0;
        } else {
            number++;
            filled = m->length < bar ? m->length : 0;
        }
        m->number = number;
    }
}

/* ---- endings ---- */

static int starts_part(const struct score *s, const struct lay_measure *m) {
    for (size_t i = m->first; i < m->end && !takes_time(&s->items[i]); i++)
        if (s->items[i].kind == SCORE_PART)
            return 1;
    return 0;
}

static int highest(unsigned bits) {
    int n = 0;
    for (; bits; bits >>= 1)
        n++;
    return n;
}

/* An ending goes on to the next one, or to a line that closes something. */
static void end_endings(const struct score *s, struct lay *lay) {
    unsigned open = 0;
    for (size_t k = 0; k < lay->measure_count; k++) {
        struct lay_measure *m = &lay->measures[k];
        struct lay_measure *next = k + 1 < lay->measure_count ? m + 1 : NULL;
        if (m->opens)
            open = m->opens;
        m->closed = m->right != 0;
        if (!open || (!m->right && next && !next->opens && !next->left &&
                      !starts_part(s, next)))
            continue;
        m->closes = open;
        int times = highest(open) + (next && next->opens);
        if (m->right & SCORE_BAR_REPEATED && times > 2)
            m->times = times;
        open = 0;
    }
}

/* A repeat whose beginning is not written begins where the last one ended, at
 * a double line or at the beginning of the tune. Programs know all but the
 * double line: there the beginning is added. */
static void begin_repeats(struct lay *lay) {
    struct lay_measure *begin = NULL; /* where it would have to be added */
    int open = 0;                     /* a beginning that is written */
    for (size_t k = 0; k < lay->measure_count; k++) {
        struct lay_measure *m = &lay->measures[k];
        int goes_on = k + 1 < lay->measure_count && m[1].opens;
        if (m->left) {
            open = 1;
            begin = NULL;
        }
        if (m->right & SCORE_BAR_REPEATED && begin)
            begin->left = SCORE_BAR_REPEAT;
        if (!goes_on && (m->closes || m->right & SCORE_BAR_REPEATED))
            open = 0;
        if (m->right & SCORE_BAR_REPEATED)
            begin = NULL;
        else if (m->right && !open && k + 1 < lay->measure_count && !goes_on)
            begin = m + 1;
    }
}

/* ---- pieces ---- */

int musicxml_lay_single(int64_t written, int most_dots, int *type, int *dots) {
    for (*type = 0; *type < LAY_TYPES; ++*type)
        for (*dots = 0; *dots <= most_dots; ++*dots) {
            int64_t plain = 8 * (int64_t)SCORE_WHOLE >> *type;
            if (written << *dots == plain * ((2 << *dots) - 1))
                return 1;
        }
    return 0;
}

/* The longest that is not longer; for lengths that cannot be written. */
static int nearest_type(int64_t written) {
    int type = 0;
    while (type < LAY_TYPES - 1 && 8 * (int64_t)SCORE_WHOLE >> type > written)
        type++;
    return type;
}

/* How much of a length, at `at` of its bar, the next note takes. It is parted
 * at a beat where that makes two notes of it. */
static int64_t next_part(int64_t at, int64_t written, int64_t beat) {
    int type, dots;
    if (musicxml_lay_single(written, 2, &type, &dots))
        return written;
    for (int64_t n = beat - at % beat; beat > 1 && n < written; n += beat)
        if (musicxml_lay_single(n, 1, &type, &dots) &&
            musicxml_lay_single(written - n, 1, &type, &dots))
            return n;
    int64_t plain = 8 * (int64_t)SCORE_WHOLE >> nearest_type(written);
    int64_t dotted = plain + plain / 2;
    return dotted < written && plain > SHORTEST ? dotted : plain;
}

static int push_piece(struct lay *lay, struct lay_piece piece) {
    void *list = grown(lay->pieces, lay->piece_count, &lay->piece_cap,
                       sizeof *lay->pieces);
    if (!list)
        return -1;
    lay->pieces = list;
    lay->pieces[lay->piece_count++] = piece;
    return 0;
}

/* The pieces of a note or rest of some length, at `at` of its bar. */
static int push_parts(struct lay *lay, struct lay_piece piece, int64_t length,
                      int64_t at, int64_t beat) {
    int64_t a = piece.actual ? piece.actual : 1;
    int64_t n = piece.actual ? piece.normal : 1;
    int64_t written = length * a / n, done = 0, sounded = 0;
    piece.first = 1;
    if (length * a % n || written % SHORTEST || written > DRAWN) {
        piece.last = 1;
        piece.length = length;
        piece.type = nearest_type(written);
        return push_piece(lay, piece);
    }
    while (done < written) {
        int64_t part =
            next_part(at + done, written - done, piece.actual ? 1 : beat);
        musicxml_lay_single(part, 2, &piece.type, &piece.dots);
        done += part;
        piece.length = done * n / a - sounded;
        sounded += piece.length;
        piece.last = done == written;
        if (push_piece(lay, piece))
            return -1;
        piece.first = 0;
    }
    return 0;
}

/* A rest of a whole bar that is alone in it. */
static int push_whole_rest(struct lay *lay, size_t item, int64_t length) {
    return push_piece(
        lay,
        (struct lay_piece){
            .item = item, .length = length, .first = 1, .last = 1, .whole = 1});
}

static int push_item(const struct score *s, struct lay *lay,
                     const struct lay_measure *m, size_t i, int64_t at) {
    const struct score_item *item = &s->items[i];
    enum lay_role role = musicxml_lay_role(item);
    struct lay_piece piece = {.item = i};
    if (role == LAY_GRACE) {
        piece.type = LAY_EIGHTH;
        piece.first = piece.last = 1;
        return push_piece(lay, piece);
    }
    int64_t length = musicxml_lay_length(item);
    int tuplet = item->note.actual && item->note.normal;
    if (role == LAY_REST && !tuplet && length == m->length &&
        length == score_bar_length(m->meter))
        return push_whole_rest(lay, i, length);
    if (tuplet) {
        piece.actual = item->note.actual;
        piece.normal = item->note.normal;
    }
    return push_parts(lay, piece, length, at, score_beat_length(m->meter));
}

static int push_measure(const struct score *s, struct lay *lay,
                        struct lay_measure *m) {
    int64_t at = m->at;
    m->piece = lay->piece_count;
    for (size_t i = m->first; i < m->end; i++) {
        if (musicxml_lay_role(&s->items[i]) == LAY_OTHER)
            continue;
        if (push_item(s, lay, m, i, at))
            return -1;
        if (takes_time(&s->items[i]))
            at += musicxml_lay_length(&s->items[i]);
    }
    m->piece_end = lay->piece_count;
    return 0;
}

/* ---- ties ---- */

static int same_pitch(const struct score_pitch *a,
                      const struct score_pitch *b) {
    return a->letter == b->letter && a->octave == b->octave &&
           a->alter == b->alter;
}

/* Ties the pitches that two notes have in common. */
static void tie(struct lay_piece *from, const struct score_item *a,
                struct lay_piece *to, const struct score_item *b) {
    for (int i = 0; i < musicxml_lay_pitches(a); i++)
        for (int j = 0; j < musicxml_lay_pitches(b); j++)
            if (!(to->from & 1u << j) && !(from->to & 1u << i) &&
                same_pitch(&a->note.pitch[i], &b->note.pitch[j])) {
                from->to |= 1u << i;
                to->from |= 1u << j;
            }
}

/* Grace notes stand in between and do not count; a rest ends what it meets. */
static void tie_pieces(const struct score *s, struct lay *lay) {
    struct lay_piece *before = NULL;
    for (size_t k = 0; k < lay->piece_count; k++) {
        struct lay_piece *piece = &lay->pieces[k];
        const struct score_item *item = &s->items[piece->item];
        if (musicxml_lay_role(item) == LAY_GRACE)
            continue;
        const struct score_item *last = before ? &s->items[before->item] : NULL;
        if (last && musicxml_lay_role(item) == LAY_SOUND &&
            musicxml_lay_role(last) == LAY_SOUND &&
            (!piece->first || last->note.tied))
            tie(before, last, piece, item);
        before = piece;
    }
}

/* ---- tuplets ---- */

/* A group that is not complete at the end of a measure is two. */
static void group_measure(const struct score *s, struct lay *lay,
                          const struct lay_measure *m, int *left) {
    struct lay_piece *open = NULL; /* the last one of it so far */
    for (size_t k = m->piece; k < m->piece_end; k++) {
        struct lay_piece *piece = &lay->pieces[k];
        const struct score_item *item = &s->items[piece->item];
        if (musicxml_lay_role(item) == LAY_GRACE)
            continue;
        if (piece->first) {
            int other = open && (open->actual != piece->actual ||
                                 open->normal != piece->normal);
            if (open && (*left == 0 || item->note.group || other)) {
                open->closes = 1;
                open = NULL;
            }
            if (!piece->actual)
                *left = 0;
            else if (item->note.group)
                *left = item->note.group;
            else if (*left == 0)
                *left = piece->actual;
            piece->opens = piece->actual && !open;
            *left -= *left > 0;
        }
        open = piece->actual ? piece : NULL;
    }
    if (open)
        open->closes = 1;
}

/* ---- beams ---- */

/* Beams that a note of this type has. */
static int levels(const struct lay_piece *piece) {
    int n = piece->type - LAY_EIGHTH + 1;
    return piece->whole || n < 0 ? 0 : n;
}

/* The beams of notes first .. end - 1, all of which have one: on each level,
 * runs of those that reach it; who is alone has a hook. */
static void beam_run(struct lay *lay, const size_t *run, size_t count) {
    for (int level = 0; count > 1 && level < LAY_LEVELS; level++)
        for (size_t i = 0, end; i < count; i = end) {
            end = i + 1;
            if (levels(&lay->pieces[run[i]]) <= level)
                continue;
            while (end < count && levels(&lay->pieces[run[end]]) > level)
                end++;
            for (size_t k = i; k < end; k++)
                lay->pieces[run[k]].beam[level] = LAY_BEAM_CONTINUE;
            lay->pieces[run[i]].beam[level] = LAY_BEAM_BEGIN;
            lay->pieces[run[end - 1]].beam[level] = end - i > 1 ? LAY_BEAM_END
                                                    : i == 0
                                                        ? LAY_BEAM_FORWARD
                                                        : LAY_BEAM_BACKWARD;
        }
}

/* Beams `count` notes that begin in the same beat, at `at` of their bar. Where
 * any is shorter than an eighth, or of a tuplet, a half note is two beats. */
static void beam_beat(const struct score *s, struct lay *lay, const size_t *of,
                      size_t count, int64_t at, int64_t beat) {
    int fine = 0;
    for (size_t i = 0; i < count; i++)
        fine |= levels(&lay->pieces[of[i]]) > 1 || lay->pieces[of[i]].actual;
    if (fine && beat > QUARTER && beat % QUARTER == 0)
        beat = QUARTER;
    size_t run = 0, n = 0; /* first and number of those under one beam */
    int64_t begin = -1;    /* the beat that they are in */
    for (size_t i = 0; i < count; i++) {
        const struct lay_piece *piece = &lay->pieces[of[i]];
        int beamed = levels(piece) &&
                     musicxml_lay_role(&s->items[piece->item]) == LAY_SOUND;
        if (!beamed || at / beat != begin) {
            beam_run(lay, of + run, n);
            run = i;
            n = 0;
            begin = at / beat;
        }
        if (beamed && n++ == 0)
            run = i;
        at += piece->length;
    }
    beam_run(lay, of + run, n);
}

/* Notes of a measure that take time, or those that take none and follow each
 * other; `of` has room for all. */
static void beam_graces(const struct score *s, struct lay *lay,
                        const struct lay_measure *m, size_t *of) {
    size_t n = 0;
    for (size_t k = m->piece; k < m->piece_end; k++) {
        int grace =
            musicxml_lay_role(&s->items[lay->pieces[k].item]) == LAY_GRACE;
        if (grace)
            of[n++] = k;
        if (!grace || k + 1 == m->piece_end) {
            beam_run(lay, of, n);
            n = 0;
        }
    }
}

static void beam_measure(const struct score *s, struct lay *lay,
                         const struct lay_measure *m, size_t *of) {
    int64_t at = m->at, begin = at, beat = score_beat_length(m->meter);
    size_t n = 0;
    for (size_t k = m->piece; k < m->piece_end; k++) {
        const struct lay_piece *piece = &lay->pieces[k];
        if (musicxml_lay_role(&s->items[piece->item]) == LAY_GRACE)
            continue;
        if (n && at / beat != begin / beat) {
            beam_beat(s, lay, of, n, begin, beat);
            n = 0;
        }
        if (n == 0)
            begin = at;
        of[n++] = k;
        at += piece->length;
    }
    beam_beat(s, lay, of, n, begin, beat);
    beam_graces(s, lay, m, of);
}

/* ---- all of it ---- */

int musicxml_lay_out(const struct score *s, struct lay *lay, struct err *e) {
    *lay = (struct lay){0};
    if (cut(s, lay))
        return out_of_memory(e);
    number_measures(lay);
    end_endings(s, lay);
    begin_repeats(lay);
    for (size_t k = 0; k < lay->measure_count; k++)
        if (push_measure(s, lay, &lay->measures[k]))
            return out_of_memory(e);
    size_t *of = malloc((lay->piece_count + 1) * sizeof *of);
    if (!of)
        return out_of_memory(e);
    tie_pieces(s, lay);
    int left = 0;
    for (size_t k = 0; k < lay->measure_count; k++) {
        group_measure(s, lay, &lay->measures[k], &left);
        beam_measure(s, lay, &lay->measures[k], of);
    }
    free(of);
    return 0;
}
