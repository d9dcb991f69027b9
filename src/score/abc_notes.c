/* Notes, rests and bar lines of ABC: see abc_notes.h.
 * SPDX-License-Identifier: MIT */
#include "abc_notes.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/score/abc.h"

#define LONGEST    (64 * (int64_t)SCORE_WHOLE) /* of a note */
#define MOST_ITEMS 400000
#define MOST_RESTS 1000 /* bars of them in a tune: four letters are so many */
#define NATURAL    99   /* in `altered`: no accidental in this bar */

/* ---- telling ---- */

/* Is there room for so many bytes, and for the last remark behind them? */
static int has_room(const struct buf *b, size_t n) {
    size_t max = b->max ? b->max : ABC_MAX_REMARKS;
    return b->len + n + ABC_LAST_REMARK <= max;
}

void abc_notes_remark(struct abc_reader *r, size_t at, const char *fmt, ...) {
    char text[160], place[40];
    va_list ap;
    if (!r->remarks)
        return;
    if (r->more) { /* of which there may be millions */
        r->more++;
        return;
    }
    snprintf(place, sizeof place, "%d:%zu: ", r->line, at + 1);
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (has_room(r->remarks, strlen(place) + strlen(text) + 1)) {
        buf_printf(r->remarks, "%s", place);
        buf_add_text(r->remarks, text);
        buf_printf(r->remarks, "\n");
    } else {
        r->more = 1;
        r->more_line = r->line;
        r->more_at = at;
    }
}

void abc_notes_tell_more(struct abc_reader *r) {
    if (r->more && has_room(r->remarks, 0))
        buf_printf(r->remarks, "%d:%zu: odd places from here on: %zu\n",
                   r->more_line, r->more_at + 1, r->more);
}

int abc_notes_fail(struct abc_reader *r, size_t at, const char *what) {
    return err_set(r->e, ERR_FORMAT, "%d:%zu: %s", r->line, at + 1, what);
}

/* ---- items ---- */

int abc_notes_add(struct abc_reader *r, struct score_item *item, size_t at) {
    if (r->s->count >= MOST_ITEMS)
        return abc_notes_fail(r, at, "the tune does not end");
    item->line = r->line;
    item->column = (int)at + 1;
    if (item->kind == SCORE_BAR)
        r->here = r->s->count;
    if (item->kind == SCORE_NOTE || item->kind == SCORE_REST ||
        item->kind == SCORE_ENDING)
        r->here = ABC_NONE;
    return score_add(r->s, item, r->e);
}

int abc_notes_take_time(const struct score_item *item) {
    return (item->kind == SCORE_NOTE || item->kind == SCORE_REST) &&
           !item->note.grace;
}

/* ---- bars ---- */

void abc_notes_forget(struct abc_reader *r) {
    memset(r->altered, NATURAL, sizeof r->altered);
    memset(r->usual, NATURAL, sizeof r->usual);
}

/* Bars at the beginning, and at repeats and double lines, may be parts of one.
 */
static void check_bar(struct abc_reader *r, unsigned bits, size_t at) {
    int64_t whole = score_bar_length(r->meter);
    int inner =
        r->bar_begin != ABC_NONE && !bits && r->s->items[r->bar_begin].bar == 0;
    if (!whole || r->bar == whole || (r->bar < whole && !inner))
        return;
    double units = (double)r->bar * r->meter.unit / SCORE_WHOLE;
    abc_notes_remark(r, at, "bar %d has %.4g of %d/%d", r->bars, units,
                     r->meter.beats, r->meter.unit);
}

static int end_bar(struct abc_reader *r, unsigned bits, size_t at) {
    struct score_item item = {.kind = SCORE_BAR, .bar = bits};
    r->overlay = 0;
    abc_notes_forget(r);
    r->last = ABC_NONE;
    if (r->here != ABC_NONE) {
        unsigned *here = &r->s->items[r->here].bar;
        *here |= bits;
        if (*here & SCORE_BAR_END)
            *here &= ~(unsigned)SCORE_BAR_DOUBLE;
        return 0;
    }
    if (!r->s->count && !(bits & SCORE_BAR_REPEAT))
        return 0;
    if (r->bar) {
        r->bars +=
            r->bar_begin != ABC_NONE || r->bar >= score_bar_length(r->meter);
        check_bar(r, bits, at);
    }
    r->bar = 0;
    r->bar_begin = r->s->count;
    return abc_notes_add(r, &item, at);
}

/* ---- numbers ---- */

char abc_notes_peek(const struct abc_reader *r, size_t ahead) {
    return r->at + ahead < r->size ? r->text[r->at + ahead] : 0;
}

static int digit_here(const struct abc_reader *r) {
    return isdigit((unsigned char)abc_notes_peek(r, 0));
}

/* A whole number, `otherwise` where there is none. */
int abc_notes_number(struct abc_reader *r, int otherwise) {
    if (!digit_here(r))
        return otherwise;
    int v = 0;
    for (; digit_here(r); r->at++)
        v = v < 1000000 ? 10 * v + (abc_notes_peek(r, 0) - '0') : v;
    return v;
}

/* "3/2", "/", "//", "/4" over a length. */
static int read_length(struct abc_reader *r, int64_t base, int64_t *length) {
    size_t at = r->at;
    int64_t top = abc_notes_number(r, 1), bottom = 1;
    while (abc_notes_peek(r, 0) == '/') {
        r->at++;
        int by = abc_notes_number(r, 2);
        bottom = bottom < 1 << 20 ? bottom * by : bottom;
    }
    if (!bottom || !top)
        return abc_notes_fail(r, at, "not a length");
    *length = base * top / bottom;
    if (*length < 1 || *length > LONGEST)
        return abc_notes_fail(r, at, "a note of this length cannot be written");
    return 0;
}

/* ---- notes ---- */

/* Broken rhythm over the note before, n halvings: it is longer (n > 0) or
 * shorter by what the next one loses or gains. */
static int64_t break_length(int64_t length, int n, int first) {
    int longer = (n > 0) == first, times = abs(n);
    int64_t part = length >> times ? length >> times : 1;
    return longer ? 2 * length - part : part;
}

/* How long a note sounds. */
static void set_length(struct score_item *item, int64_t plain) {
    item->note.length = plain;
    if (item->note.actual)
        item->note.length = plain * item->note.normal / item->note.actual;
    if (item->note.length < 1)
        item->note.length = 1;
}

int abc_notes_broken(struct abc_reader *r) {
    size_t at = r->at;
    char c = abc_notes_peek(r, 0);
    int n = 0;
    for (; abc_notes_peek(r, 0) == c; r->at++)
        n++;
    if (r->last == ABC_NONE || n > 5) {
        abc_notes_remark(r, at, "'%c' has no note before it, left out", c);
        return 0;
    }
    struct score_item *item = &r->s->items[r->last];
    if (r->shaped == r->last) /* A>B>c>d is two pairs */
        return 0;
    r->broken = c == '>' ? n : -n;
    r->bar -= item->note.length;
    r->plain = break_length(r->plain, r->broken, 1);
    if (r->plain > LONGEST)
        return abc_notes_fail(r, at, "a note of this length cannot be written");
    set_length(item, r->plain);
    r->bar += item->note.length;
    return 0;
}

/* What broken rhythm and a tuplet make of a length. */
static int shape(struct abc_reader *r, struct score_item *item, size_t at) {
    struct abc_tuplet *t = &r->tuplet;
    r->plain = item->note.length;
    if (r->broken) {
        r->plain = break_length(r->plain, r->broken, 0);
        r->shaped = r->s->count;
    }
    r->broken = 0;
    if (t->left) {
        item->note.actual = (unsigned char)t->actual;
        item->note.normal = (unsigned char)t->normal;
        item->note.group = (unsigned char)(t->begins ? t->left : 0);
        t->begins = 0;
        t->left--;
    }
    set_length(item, r->plain);
    return r->plain > LONGEST
               ? abc_notes_fail(r, at,
                                "a note of this length cannot be written")
               : 0;
}

static int finish_note(struct abc_reader *r, struct score_item *item,
                       size_t at) {
    if (r->grace) {
        item->note.grace = 1;
        item->note.length = 0;
        item->note.tied = 0;
        return item->kind == SCORE_NOTE ? abc_notes_add(r, item, at) : 0;
    }
    if (shape(r, item, at))
        return -1;
    r->last = r->sounded = r->s->count;
    r->bar += item->note.length;
    return abc_notes_add(r, item, at);
}

/* What the tie of the note before, over the bar line, says of a pitch. */
static int tied_alter(const struct abc_reader *r, int letter, int octave,
                      int *alter) {
    const struct score_item *item =
        r->sounded != ABC_NONE ? &r->s->items[r->sounded] : NULL;
    for (int k = 0; item && item->note.tied && k < item->note.count; k++)
        if (item->note.pitch[k].letter == letter &&
            item->note.pitch[k].octave == octave) {
            *alter = item->note.pitch[k].alter;
            return 1;
        }
    return 0;
}

/* "^^c'": the pitch at hand; -1 with an error; 1 = there is none, and what
 * stands here are accidentals, which are behind then, or something else. */
static int read_pitch(struct abc_reader *r, struct score_pitch *p) {
    static const char letters[] = "CDEFGAB";
    size_t at = r->at;
    int alter = 0, shown = 0;
    for (; abc_notes_peek(r, 0) == '^' || abc_notes_peek(r, 0) == '_' ||
           abc_notes_peek(r, 0) == '=';
         r->at++, shown = 1)
        alter += abc_notes_peek(r, 0) == '^'   ? 1
                 : abc_notes_peek(r, 0) == '_' ? -1
                                               : 0;
    size_t behind = r->at;
    if (shown && (digit_here(r) || abc_notes_peek(r, 0) == '/')) {
        abc_notes_remark(r, r->at, "microtones are left out");
        abc_notes_number(r, 1);
        while (abc_notes_peek(r, 0) == '/') {
            r->at++;
            abc_notes_number(r, 1);
        }
    }
    char c = abc_notes_peek(r, 0);
    const char *letter = c ? strchr(letters, toupper((unsigned char)c)) : NULL;
    if (!letter) {
        r->at = behind;
        return 1;
    }
    int octave = 4 + (islower((unsigned char)c) != 0) + r->octave;
    for (r->at++; abc_notes_peek(r, 0) == '\'' || abc_notes_peek(r, 0) == ',';
         r->at++)
        octave += abc_notes_peek(r, 0) == '\'' ? 1 : -1;
    int n = (int)(letter - letters);
    if (alter < -2 || alter > 2 || octave < ABC_NOTES_LOWEST || octave > 9)
        return abc_notes_fail(r, at, "no note is that high or low");
    signed char *known =
        &r->altered[n][r->by_octave ? octave - ABC_NOTES_LOWEST : 0];
    int tied = 0;
    if (shown)
        *known = (signed char)alter;
    else if (*known != NATURAL)
        alter = *known;
    else if (!r->bar && !r->grace && tied_alter(r, n, octave, &alter))
        tied = r->usual[n] == NATURAL;
    else
        alter = r->key.sign[n];
    int usual = r->usual[n] != NATURAL ? r->usual[n] : r->key.sign[n];
    if (r->by_octave && !tied && alter != usual)
        shown = 1; /* so that nobody has to know the directive */
    if (shown)
        r->usual[n] = (signed char)alter;
    *p = (struct score_pitch){(signed char)n, (signed char)octave,
                              (signed char)alter, (unsigned char)shown};
    int midi = score_pitch_midi(p);
    return midi < 0 || midi > 127
               ? abc_notes_fail(r, at, "no note is that high or low")
               : 0;
}

static void read_tie(struct abc_reader *r, struct score_item *item) {
    if (abc_notes_peek(r, 0) == '-') {
        item->note.tied = 1;
        r->at++;
    }
}

int abc_notes_note(struct abc_reader *r) {
    struct score_item item = {.kind = SCORE_NOTE};
    size_t at = r->at;
    int none = read_pitch(r, &item.note.pitch[0]);
    if (none < 0)
        return -1;
    if (none) {
        abc_notes_remark(r, at, "an accidental without a note, left out");
        return 0;
    }
    item.note.count = 1;
    if (read_length(r, r->unit, &item.note.length))
        return -1;
    read_tie(r, &item);
    return finish_note(r, &item, at);
}

int abc_notes_is_chord(const struct abc_reader *r) {
    static const char letters[] = "ABCDEFGabcdefg";
    int notes = 0;
    for (size_t i = 1; abc_notes_peek(r, i); i++) {
        char c = abc_notes_peek(r, i);
        if (c == ']')
            return notes;
        if (strchr("[|", c))
            return 0;
        notes |= strchr(letters, c) != NULL;
    }
    return 0;
}

/* "[CEG]2": the length of the first note counts. */
int abc_notes_chord(struct abc_reader *r) {
    struct score_item item = {.kind = SCORE_NOTE};
    size_t at = r->at++;
    int64_t length = r->unit, other;
    while (abc_notes_peek(r, 0) != ']') {
        struct score_pitch p;
        size_t before = r->at;
        struct abc_reader now = *r; /* what has no room alters nothing */
        int none = read_pitch(r, &p);
        if (none < 0)
            return -1;
        if (none) {
            r->at += r->at == before; /* decorations, slurs */
            if (!strchr(" ()~.uvTHLMOPS-", r->text[before]))
                abc_notes_remark(r, before, "'%c' in a chord is left out",
                                 r->text[before]);
            continue;
        }
        if (read_length(r, r->unit, &other))
            return -1;
        if (!item.note.count)
            length = other;
        if (item.note.count < SCORE_PITCHES) {
            item.note.pitch[item.note.count++] = p;
        } else {
            memcpy(r->altered, now.altered, sizeof now.altered);
            memcpy(r->usual, now.usual, sizeof now.usual);
        }
        read_tie(r, &item);
    }
    r->at++;
    if (read_length(r, length, &item.note.length))
        return -1;
    read_tie(r, &item);
    return finish_note(r, &item, at);
}

/* "z2", "x", and "Z4": whole bars of rest. */
int abc_notes_rest(struct abc_reader *r) {
    size_t at = r->at;
    char c = r->text[r->at++];
    struct score_item item = {.kind = SCORE_REST};
    item.note.hidden = c == 'x' || c == 'X';
    if (c == 'z' || c == 'x')
        return read_length(r, r->unit, &item.note.length)
                   ? -1
                   : finish_note(r, &item, at);
    int bars = abc_notes_number(r, 1);
    int64_t length = score_bar_length(r->meter);
    item.note.length = length ? length : SCORE_WHOLE;
    int64_t one = item.note.length;
    for (int i = 0; i < bars; i++) {
        if (++r->rests > MOST_RESTS)
            return abc_notes_fail(r, at, "more than 1000 bars of rest");
        item = (struct score_item){.kind = SCORE_REST};
        item.note.hidden = c == 'X';
        item.note.length = one;
        if (finish_note(r, &item, at) || (i + 1 < bars && end_bar(r, 0, at)))
            return -1;
    }
    return 0;
}

/* A tie that is put off by blanks or a decoration, or goes to another pitch. */
void abc_notes_tie(struct abc_reader *r) {
    if (r->last != ABC_NONE && r->s->items[r->last].kind == SCORE_NOTE &&
        !r->grace)
        r->s->items[r->last].note.tied = 1;
    r->at++;
}

/* "(3", "(3:2:4" */
void abc_notes_tuplet(struct abc_reader *r) {
    static const int times[10] = {0, 0, 3, 2, 3, 0, 2, 0, 3, 0};
    size_t at = r->at++;
    int p = abc_notes_number(r, 0), q = 0, n = 0;
    if (abc_notes_peek(r, 0) == ':') {
        r->at++;
        q = abc_notes_number(r, 0);
        if (abc_notes_peek(r, 0) == ':') {
            r->at++;
            n = abc_notes_number(r, 0);
        }
    }
    int compound = r->meter.beats > 3 && r->meter.beats % 3 == 0;
    if (!q && p < 10)
        q = times[p] ? times[p] : compound ? 3 : 2;
    if (p < 2 || p > 99 || q < 1 || q > 99 || n > 99) {
        abc_notes_remark(r, at, "no tuplet is like this, left out");
        return;
    }
    n = n ? n : p;
    r->tuplet = (struct abc_tuplet){p, q, n, 1};
}

/* ---- bar lines ---- */

static void read_pipes(struct abc_reader *r, unsigned *bits) {
    int n = 0;
    for (; abc_notes_peek(r, 0) == '|'; r->at++)
        n++;
    *bits |= n > 1 ? SCORE_BAR_DOUBLE : 0;
    if (abc_notes_peek(r, 0) == ']') {
        r->at++;
        *bits |= SCORE_BAR_END;
        *bits &= ~(unsigned)SCORE_BAR_DOUBLE;
    }
}

static int read_colons(struct abc_reader *r) {
    int n = 0;
    for (; abc_notes_peek(r, 0) == ':'; r->at++)
        n++;
    return n;
}

/* "1", "1,3", "1-3" up to what ends it, as bits. */
static unsigned read_endings(struct abc_reader *r) {
    unsigned bits = 0;
    while (digit_here(r)) {
        int from = abc_notes_number(r, 1), to = from;
        if (abc_notes_peek(r, 0) == '-' &&
            isdigit((unsigned char)abc_notes_peek(r, 1))) {
            r->at++;
            to = abc_notes_number(r, from);
        }
        for (int k = from; k <= to && k <= 16; k++)
            bits |= k ? 1u << (k - 1) : 0;
        if (abc_notes_peek(r, 0) == ',' &&
            isdigit((unsigned char)abc_notes_peek(r, 1)))
            r->at++;
    }
    return bits;
}

int abc_notes_ending(struct abc_reader *r, size_t at) {
    struct score_item item = {.kind = SCORE_ENDING, .endings = read_endings(r)};
    if (!item.endings)
        return 0;
    return abc_notes_add(r, &item, at);
}

int abc_notes_bar(struct abc_reader *r) {
    size_t at = r->at;
    unsigned bits = 0;
    int colons = read_colons(r);
    if (colons)
        bits |= SCORE_BAR_REPEATED;
    if (colons > 1 && abc_notes_peek(r, 0) == '|')
        bits |= SCORE_BAR_THRICE;
    if (abc_notes_peek(r, 0) == '[' && abc_notes_peek(r, 1) == '|') {
        r->at++;
        bits |= SCORE_BAR_DOUBLE;
    }
    if (abc_notes_peek(r, 0) == '|') {
        read_pipes(r, &bits);
        if (read_colons(r))
            bits |= SCORE_BAR_REPEAT;
    } else if (colons > 1) {
        bits |= SCORE_BAR_REPEAT;
    } else {
        abc_notes_remark(r, at, "':' without a bar line, left out");
        return 0;
    }
    if (end_bar(r, bits, at))
        return -1;
    return digit_here(r) ? abc_notes_ending(r, at) : 0;
}

/* A tie between two notes that are both to be short joins nothing. */
void abc_notes_dot(struct abc_reader *r) {
    if (r->last != ABC_NONE && r->last == r->dotted)
        r->s->items[r->last].note.tied = 0;
    r->dotted = r->s->count; /* the note to come */
    r->at++;
}
