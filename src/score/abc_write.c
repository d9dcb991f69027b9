/* Scores to ABC: see abc.h. SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "nott/base/plain.h"
#include "nott/score/abc.h"

#define UNIT         (SCORE_WHOLE / 8)
#define BARS_ON_LINE 4

struct writer {
    const struct score *s;
    struct buf *out;
    struct score_meter meter;
    int64_t place;  /* in the bar: ticks */
    int64_t filled; /* of the bar before */
    int bars;       /* on the line */
    int at_start;   /* of a line */
    int apart;      /* what comes is not beamed with what was */
    int grace;      /* in a group of grace notes */
    int sounded;    /* something did */
    int pickup;     /* this bar is part of one that does not count */
    int has_pattern;
    int silences; /* there are places without a chord */
    int silent;   /* here is one, or it may be one that it comes from */
};

/* ---- fields ---- */

/* A text in which nothing means anything but itself, and which ends neither a
 * line nor brackets nor quotes; a blank is read in place of what does. */
static void put_words(struct buf *out, const char *text, const char *ends) {
    for (size_t left = strlen(text), skip; left; text += skip, left -= skip) {
        size_t n = plain_bytes(text, left, &skip);
        if (!n)
            buf_add(out, " ", 1);
        else if (strchr(ends, *text))
            buf_printf(out, "&#%d;", *text);
        else if (strchr("\\%&", *text))
            buf_printf(out, "\\%c", *text);
        else
            buf_add(out, text, n);
    }
}

static void put_text(struct buf *out, char field, const char *text) {
    if (!text[0])
        return;
    buf_printf(out, "%c:", field);
    put_words(out, text, "");
    buf_add(out, "\n", 1);
}

static void put_meter(struct buf *out, struct score_meter m) {
    if (m.unit)
        buf_printf(out, "%d/%d", m.beats, m.unit);
    else
        buf_printf(out, "none");
}

/* In beats of the meter where that comes out even. */
static void put_tempo(struct buf *out, struct score_meter m, double quarters) {
    int compound = score_is_compound(m);
    int half = m.unit == 2;
    double beats = compound ? quarters / 1.5 : half ? quarters / 2 : quarters;
    if (fabs(beats - floor(beats + 0.5)) > 1e-9) {
        beats = quarters;
        compound = half = 0;
    }
    long long thousandths = llround(1000 * beats), part = thousandths % 1000;
    buf_printf(out, "%s=%lld",
               compound ? "3/8"
               : half   ? "1/2"
                        : "1/4",
               thousandths / 1000);
    if (part)
        buf_printf(out,
                   part % 10    ? ".%03lld"
                   : part % 100 ? ".%02lld"
                                : ".%lld",
                   part % 10    ? part
                   : part % 100 ? part / 10
                                : part / 100);
}

static void put_accidental(struct buf *out, int alter) {
    static const char *const signs[] = {"__", "_", "=", "^", "^^"};
    buf_printf(out, "%s", signs[alter + 2]);
}

static void put_key(struct buf *out, const struct score_key *k) {
    static const char *const modes[SCORE_MODES] = {"",    "dor", "phr", "lyd",
                                                   "mix", "m",   "loc"};
    static const signed char none[7];
    struct score_key plain = *k;
    if (k->letter >= 0) {
        buf_printf(out, "%c%s%s", "CDEFGAB"[k->letter],
                   k -> alter > 0      ? "#"
                        : k->alter < 0 ? "b"
                                       : "",
                   modes[(int)k->mode]);
        score_key_sign(&plain);
    } else {
        memcpy(plain.sign, none, sizeof none);
    }
    if (memcmp(plain.sign, k->sign, sizeof none) == 0) {
        if (k->letter < 0)
            buf_printf(out, "none");
        return;
    }
    buf_printf(out, "%sexp", k->letter < 0 ? "" : " ");
    for (int i = 0; i < 7; i++)
        if (k->sign[i]) {
            buf_add(out, " ", 1);
            put_accidental(out, k->sign[i]);
            buf_printf(out, "%c", "cdefgab"[i]);
        }
}

/* ---- what abc2midi is told of the chords ---- */

/* Is it a root alone, "G1", for which abc2midi has no name? */
static int is_single(const char *symbol) {
    size_t n = strlen(symbol);
    return n > 1 && symbol[n - 1] == '1' &&
           strspn(symbol, "ABCDEFG#b") == n - 1;
}

/* The longest part of a bar, down from a beat, on whose multiples all symbols
 * stand; 0 = there are none. */
static int64_t symbol_grid(const struct score *s) {
    struct score_meter m = s->meter;
    int compound = score_is_compound(m);
    int64_t bar = score_bar_length(m), place = 0;
    int64_t grid = bar / (compound ? m.beats / 3 : m.beats > 0 ? m.beats : 1);
    int symbols = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct score_item *item = &s->items[i];
        if (item->kind == SCORE_BAR)
            place = 0;
        if (item->kind == SCORE_NOTE || item->kind == SCORE_REST)
            place += item->note.length;
        if (item->kind != SCORE_SYMBOL)
            continue;
        symbols++;
        while (grid > SCORE_WHOLE / 16 && place % grid)
            grid =
                compound && grid == bar / (m.beats / 3) ? grid / 3 : grid / 2;
    }
    return symbols ? grid : 0;
}

static void put_names(struct writer *w) {
    const struct score *s = w->s;
    int single = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].kind == SCORE_SYMBOL) {
            single |= is_single(s->items[i].text);
            w->silences |= score_is_silence(s->items[i].text);
        }
    if (single)
        buf_printf(w->out, "%%%%MIDI chordname 1 0\n");
}

/* By itself abc2midi plays bass and chord in turn, whatever a bar has: it is to
 * strike chords where they begin. Told before a pickup it counts from there, so
 * that it is told with the first chord, unless that is in the pickup. */
static void put_pattern(struct writer *w) {
    int64_t bar = score_bar_length(w->s->meter), grid = symbol_grid(w->s);
    w->has_pattern = 1;
    if (!grid || bar / grid > 32 || bar % grid)
        return;
    buf_printf(w->out, "[I:MIDI=gchord ");
    for (int64_t k = 0; k < bar / grid; k++)
        buf_add(w->out, "c", 1);
    buf_printf(w->out, "]");
}

/* Is there a chord in the first bar, after its beginning? */
static int has_early_chord(const struct score *s) {
    int sounds = 0;
    for (size_t i = 0; i < s->count && s->items[i].kind != SCORE_BAR; i++) {
        if (s->items[i].kind == SCORE_SYMBOL && sounds)
            return 1;
        sounds |= s->items[i].kind <= SCORE_REST;
    }
    return 0;
}

static void put_header(struct writer *w, long number) {
    const struct score *s = w->s;
    struct buf *out = w->out;
    buf_printf(out, "X:%ld\n", number);
    put_text(out, 'T', s->title);
    put_text(out, 'C', s->composer);
    put_text(out, 'R', s->rhythm);
    buf_printf(out, "M:");
    put_meter(out, s->meter);
    buf_printf(out, "\nL:1/8\n");
    if (s->tempo > 0) {
        buf_printf(out, "Q:");
        put_tempo(out, s->meter, s->tempo);
        buf_printf(out, "\n");
    }
    put_text(out, 'P', s->parts);
    buf_printf(out, "K:");
    put_key(out, &s->key);
    buf_printf(out, "\n");
    put_names(w);
}

/* ---- notes ---- */

/* The length that is written where a tuplet makes it sound as it does: of all
 * that do, the roundest. */
static int64_t written_length(const struct score_item *item) {
    int64_t p = item->note.actual, q = item->note.normal;
    int64_t length = item->note.length;
    if (!p)
        return length;
    int64_t best = (length * p + q - 1) / q;
    for (int64_t v = best; v * q < (length + 1) * p; v++)
        if (score_common_divisor(v, UNIT) > score_common_divisor(best, UNIT))
            best = v;
    return best;
}

/* In eighths, in lowest terms: "2", "3/2", "/2". */
static void put_length(struct buf *out, int64_t length) {
    int64_t a = score_common_divisor(length, UNIT);
    int64_t top = length / a, bottom = UNIT / a;
    if (top != 1)
        buf_printf(out, "%lld", (long long)top);
    if (bottom != 1)
        buf_printf(out, "/%lld", (long long)bottom);
}

static void put_pitch(struct buf *out, const struct score_pitch *p) {
    if (p->shown)
        put_accidental(out, p->alter);
    buf_printf(out, "%c", (p->octave >= 5 ? "cdefgab" : "CDEFGAB")[p->letter]);
    for (int k = 5; k < p->octave; k++)
        buf_add(out, "'", 1);
    for (int k = 4; k > p->octave; k--)
        buf_add(out, ",", 1);
}

static void put_tuplet(struct buf *out, const struct score_item *item) {
    static const int normal[10] = {0, 0, 3, 2, 3, 0, 2, 0, 3, 0};
    int p = item->note.actual, q = item->note.normal, n = item->note.group;
    if (!n)
        return;
    buf_printf(out, "(%d", p);
    if (p > 9 || normal[p] != q || n != p)
        buf_printf(out, ":%d:%d", q, n);
}

static void put_grace(struct writer *w, int grace) {
    if (grace != w->grace)
        buf_printf(w->out, "%s", grace ? "{" : "}");
    w->grace = grace;
}

static void put_note(struct writer *w, const struct score_item *item) {
    struct buf *out = w->out;
    put_grace(w, item->note.grace);
    put_tuplet(out, item);
    if (item->kind == SCORE_REST)
        buf_printf(out, "%c", item->note.hidden ? 'x' : 'z');
    if (item->note.count > 1)
        buf_add(out, "[", 1);
    for (int i = 0; i < item->note.count; i++)
        put_pitch(out, &item->note.pitch[i]);
    if (item->note.count > 1)
        buf_add(out, "]", 1);
    if (!item->note.grace)
        put_length(out, written_length(item));
    if (item->note.tied)
        buf_add(out, "-", 1);
}

/* ---- beams and lines ---- */

/* Ticks up to the next bar line from item i on. */
static int64_t rest_of_bar(const struct score *s, size_t i) {
    int64_t length = 0;
    for (; i < s->count && s->items[i].kind != SCORE_BAR; i++)
        if (s->items[i].kind == SCORE_NOTE || s->items[i].kind == SCORE_REST)
            length += s->items[i].note.length;
    return length;
}

/* A short first bar is the end of one, and so is what fills a short bar up. */
static void begin_bar(struct writer *w, size_t i) {
    int64_t length = rest_of_bar(w->s, i), bar = score_bar_length(w->meter);
    int first = !w->sounded;
    w->filled = w->place;
    int ends = length && length < bar && (first || w->filled + length == bar);
    w->place = ends ? bar - length : 0;
    w->pickup = ends;
    w->apart = 1;
}

/* A blank before what begins a beam, and its chord symbol. */
static void put_gap(struct writer *w) {
    int on_beat = w->place % score_beat_length(w->meter) == 0;
    if (!w->at_start && !w->grace && (on_beat || w->apart))
        buf_add(w->out, " ", 1);
    w->at_start = 0;
    w->apart = 0;
}

static void put_sound(struct writer *w, const struct score_item *item) {
    int is_last_grace = w->grace && !item->note.grace;
    if (is_last_grace)
        put_grace(w, 0);
    else if (!w->grace)
        put_gap(w);
    put_note(w, item);
    w->sounded = 1;
    w->place += item->note.length;
}

/* A symbol, with the blank before the note that it stands over. */
static void put_symbol(struct writer *w, const char *text) {
    put_grace(w, 0);
    put_gap(w);
    if (!w->has_pattern)
        put_pattern(w);
    if (w->silent && !score_is_silence(text))
        buf_printf(w->out, "[I:MIDI=gchordon]");
    buf_printf(w->out, score_is_silence(text) ? "\"^" : "\"");
    put_words(w->out, text, "\"");
    buf_printf(w->out, score_is_silence(text) ? "\"[I:MIDI=gchordoff]" : "\"");
    w->silent = score_is_silence(text);
    w->at_start = 1;
}

static void end_line(struct writer *w) {
    buf_add(w->out, "\n", 1);
    w->bars = 0;
    w->at_start = 1;
}

static void put_endings(struct writer *w, unsigned endings, int bracket) {
    const char *between = bracket ? "[" : "";
    for (int k = 0; endings >> k; k++)
        if (endings >> k & 1) {
            buf_printf(w->out, "%s%d", between, k + 1);
            between = ",";
        }
    buf_add(w->out, " ", 1);
    w->at_start = 1;
}

static const char *bar_text(unsigned bits) {
    return bits & SCORE_BAR_END ? "|]" : bits & SCORE_BAR_DOUBLE ? "||" : "|";
}

/* Does a line end with bar line i? So it does where a part ends, and where
 * there is enough on it and more than a bar to come before one ends. */
static int ends_line(const struct writer *w, size_t i) {
    const struct score *s = w->s;
    int bars = 0;
    int ends_part = s->items[i].bar & ~(unsigned)SCORE_BAR_REPEAT;
    if (i + 1 == s->count || (w->bars == 0 && !ends_part))
        return 0; /* a pickup stands before what it leads to */
    if (s->items[i].bar || w->bars < BARS_ON_LINE)
        return s->items[i].bar != 0;
    for (size_t k = i + 1; k < s->count && bars < 2; k++) {
        bars += s->items[k].kind == SCORE_BAR;
        if (s->items[k].kind == SCORE_BAR && s->items[k].bar)
            break;
    }
    return bars > 1;
}

static void put_bar(struct writer *w, size_t i) {
    const struct score_item *item = &w->s->items[i];
    int last = i + 1 == w->s->count;
    int ending = !last && item[1].kind == SCORE_ENDING;
    int starts = item->bar & SCORE_BAR_REPEAT;
    put_grace(w, 0);
    if (i && !w->at_start)
        buf_add(w->out, " ", 1);
    w->at_start = 0;
    w->bars += w->place > 0 && !w->pickup;
    int line = i && !ending && ends_line(w, i);
    int only_starts = item->bar == SCORE_BAR_REPEAT && !line;
    if (item->bar & SCORE_BAR_REPEATED)
        buf_printf(w->out, item->bar & SCORE_BAR_THRICE ? "::" : ":");
    buf_printf(w->out, "%s", bar_text(item->bar));
    if (line)
        end_line(w);
    if (starts) {
        buf_printf(w->out, !i || only_starts ? ":"
                           : w->at_start     ? "|:"
                                             : " |:");
        w->at_start = 0;
        w->silent |= w->silences;
    }
    if (ending)
        put_endings(w, item[1].endings, starts);
    begin_bar(w, i + 1);
}

static void put_field(struct writer *w, const struct score_item *item) {
    put_grace(w, 0);
    if (item->kind == SCORE_KEY) {
        buf_printf(w->out, "[K:");
        put_key(w->out, &item->key);
    } else if (item->kind == SCORE_METER) {
        buf_printf(w->out, "[M:");
        put_meter(w->out, item->meter);
        w->meter = item->meter;
    } else if (item->kind == SCORE_TEMPO) {
        buf_printf(w->out, "[Q:");
        put_tempo(w->out, w->meter, item->tempo);
    } else {
        buf_printf(w->out, "[P:");
        put_words(w->out, item->text, "]|:");
    }
    buf_add(w->out, "]", 1);
}

static void put_item(struct writer *w, size_t i) {
    const struct score_item *item = &w->s->items[i];
    int after_bar = i && item[-1].kind == SCORE_BAR;
    switch (item->kind) {
    case SCORE_NOTE:
    case SCORE_REST:
        put_sound(w, item);
        break;
    case SCORE_SYMBOL:
        put_symbol(w, item->text);
        break;
    case SCORE_BAR:
        put_bar(w, i);
        break;
    case SCORE_ENDING:
        put_grace(w, 0);
        if (!after_bar)
            put_endings(w, item->endings, 1);
        break;
    default:
        put_field(w, item);
    }
}

void abc_write(const struct score *s, long number, struct buf *out) {
    struct writer w = {.s = s, .out = out, .meter = s->meter, .at_start = 1};
    put_header(&w, number);
    begin_bar(&w, 0);
    if (has_early_chord(s))
        put_pattern(&w);
    for (size_t i = 0; i < s->count; i++)
        put_item(&w, i);
    buf_add(out, "\n", 1);
}
