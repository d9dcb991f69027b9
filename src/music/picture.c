/* Tunes as SVG: see picture.h. SPDX-License-Identifier: MIT */
#include "nott/music/picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nott/base/svg.h"

#define SCORE_LEFT   (SVG_EDGE + 34) /* of bar 1 when there is no pickup */
#define SCORE_TOP    86
#define ROW_GAP      24 /* under a row, with the remark on repeats */
#define LANES        3  /* lines of chord names over a row */
#define LANE         15
#define CHORD_SIZE   13.0
#define LEAST_RANGE  12
#define STAFF_HEIGHT 112.0
#define MARGIN       1.4 /* semitones over the highest and under the lowest note */

/* By the circle of fifths from C; neighbours differ in lightness too, so that
 * they stay apart for eyes that do not see red or green. */
static const char *const tints[12] = {
    "#fbf5d4", "#d3e4c3", "#d0f5df", "#b6e1dc", "#d6f5fb", "#c7e0fb",
    "#e4e7fe", "#e1cfed", "#ffeafd", "#fad2d5", "#ffe0d2", "#ebd2b7"};

struct score {
    struct buf *out;
    const struct vocabulary *v;
    const struct tune_frame *f;
    const uint8_t *melody, *chord;
    int64_t steps;     /* that are drawn */
    int64_t all_bars;  /* of the tune */
    int64_t bar, beat; /* in steps */
    int64_t phase;     /* steps of the pickup */
    int64_t bars;      /* that are drawn, without the pickup */
    int per_row, rows;
    int low, high;            /* pitches */
    double left, step, semi;  /* x of bar 1; a step and a semitone in svg_px */
    double top[PICTURE_ROWS]; /* of the notes' field of each row */
    double height;            /* of the page */
};

/* A run of steps in one row: a note, a part of a note, a chord. */
struct span {
    int64_t from, to;
    int value;
};

static int64_t row_bars(const struct score *s) {
    return s->per_row * s->bar;
}

static int64_t row_start(const struct score *s, int row) {
    return row ? s->phase + row * row_bars(s) : 0;
}

/* The bar line that ends a row; the last row may be short. */
static int64_t row_end(const struct score *s, int row) {
    int64_t bars = (int64_t)(row + 1) * s->per_row;
    return s->phase + (bars < s->bars ? bars : s->bars) * s->bar;
}

static int row_of(const struct score *s, int64_t step) {
    return step < s->phase ? 0 : (int)((step - s->phase) / row_bars(s));
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static double x_at(const struct score *s, int row, int64_t step) {
    return s->left + (double)(step - s->phase - row * row_bars(s)) * s->step;
}

static double y_at(const struct score *s, int row, double pitch) {
    return s->top[row] + (s->high + MARGIN - pitch) * s->semi;
}

static double field_height(const struct score *s) {
    return (s->high - s->low + 2 * MARGIN) * s->semi;
}

static int chord_class(const struct score *s, int64_t step) {
    int class = s->chord ? s->chord[step] : 0;
    return class < s->v->chord_count ? class : 0;
}

/* The chord from that step to its change or to the end of the row. */
static struct span chord_span(const struct score *s, int64_t from) {
    struct span c = {from, from, 0};
    if (from >= s->steps)
        return c;
    c.value = chord_class(s, from);
    int64_t end = least(s->steps, row_end(s, row_of(s, from)));
    while (c.to < end && chord_class(s, c.to) == c.value)
        c.to++;
    return c;
}

/* The note struck at that step, with its pitch, or a silent step with -1. */
static struct span note_span(const struct score *s, int64_t from) {
    struct span n = {from, from + 1, -1};
    if (from >= s->steps)
        return n;
    int classic = s->v->encoding == ENCODING_CLASSIC;
    int goes_on = classic ? s->melody[from] : MELODY_HOLD;
    n.value = vocabulary_pitch(s->v, s->melody[from]);
    while (n.value >= 0 && n.to < s->steps && s->melody[n.to] == goes_on)
        n.to++;
    return n;
}

/* Four bars a row, more when they are short and fewer when they are very
 * long: up to 16 quarters, or 32 if four bars need them. */
static int bars_per_row(int64_t bar, int steps_per_quarter) {
    int64_t quarter = steps_per_quarter;
    int n = 4;
    while (n < 16 && 2 * n * bar <= 16 * quarter)
        n *= 2;
    while (n > 1 && n * bar > 32 * quarter)
        n /= 2;
    return n;
}

static void measure_time(struct score *s, size_t steps) {
    struct tune_header h = s->f->header;
    int quarter = s->f->steps_per_quarter > 0 ? s->f->steps_per_quarter : 1;
    h.bar = h.bar > 0 ? h.bar : 4 * quarter;
    s->bar = h.bar;
    s->beat = tune_beat_steps(&h);
    s->phase = (h.phase % s->bar + s->bar) % s->bar;
    s->per_row = bars_per_row(s->bar, quarter);
    int64_t all = (int64_t)steps, most = PICTURE_ROWS * row_bars(s) + s->phase;
    s->all_bars = all > s->phase ? (all - s->phase + s->bar - 1) / s->bar : 0;
    s->steps = least(all, most);
    s->bars = least(s->all_bars, (int64_t)PICTURE_ROWS * s->per_row);
    s->rows = (int)((s->bars + s->per_row - 1) / s->per_row);
    if (s->steps && !s->rows)
        s->rows = 1; /* nothing but a pickup */
    double room = SVG_WIDTH - SVG_EDGE - SCORE_LEFT;
    s->step = room / (double)(row_bars(s) + s->phase);
    s->left = SCORE_LEFT + (double)s->phase * s->step;
}

/* The range of the tune, widened so that few pitches are not huge bars. */
static void measure_pitch(struct score *s) {
    s->low = 1000;
    s->high = -1000;
    for (struct span n = note_span(s, 0); n.from < s->steps;
         n = note_span(s, n.to)) {
        if (n.value >= 0 && n.value < s->low)
            s->low = n.value;
        if (n.value >= 0 && n.value > s->high)
            s->high = n.value;
    }
    if (s->low > s->high)
        s->low = s->high = 67;
    for (int i = 0; s->high - s->low + 1 < LEAST_RANGE; i++) {
        s->high += i % 2;
        s->low -= !(i % 2);
    }
    s->semi = fmax(3, STAFF_HEIGHT / (s->high - s->low + 2 * MARGIN));
}

static const char *chord_label(const struct score *s, int class) {
    return class ? s->v->chords[class].name : "N.C.";
}

/* Finds room for the names of a row's chords, the lowest lane that is free,
 * and writes them if asked. Returns the number of lanes in use. */
static int place_chords(const struct score *s, int row, int writing) {
    double taken[LANES] = {0};
    int lanes = 1;
    int64_t start = row_start(s, row), end = row_end(s, row);
    for (struct span c = chord_span(s, start); c.from < least(end, s->steps);
         c = chord_span(s, c.to)) {
        const char *name = chord_label(s, c.value);
        double width = svg_text_width(name, CHORD_SIZE);
        double x = fmin(x_at(s, row, c.from) + 1, SVG_WIDTH - 10 - width);
        int lane = 0;
        while (lane < LANES && taken[lane] > x)
            lane++;
        /* silence is worth a word only where a chord has ended */
        if (lane == LANES || (!c.value && c.from == start))
            continue;
        taken[lane] = x + width + 5;
        lanes = lane >= lanes ? lane + 1 : lanes;
        if (writing)
            svg_text(s->out, x, s->top[row] - 7 - lane * LANE, CHORD_SIZE,
                     c.value ? "class=\"chord\"" : "fill=\"" SVG_FAINT "\"",
                     name, SVG_WIDTH);
    }
    return lanes;
}

static void measure_rows(struct score *s) {
    double y = SCORE_TOP;
    for (int row = 0; row < s->rows; row++) {
        s->top[row] = y + LANE * place_chords(s, row, 0) + 6;
        y = s->top[row] + field_height(s) + ROW_GAP;
    }
    s->height = y + 26;
}

static void draw_bands(const struct score *s) {
    double height = field_height(s);
    for (int row = 0; row < s->rows; row++) {
        double x = x_at(s, row, row_start(s, row));
        buf_printf(s->out,
                   "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" "
                   "fill=\"#fff\"/>\n",
                   svg_px(x).text, svg_px(s->top[row]).text,
                   svg_px(x_at(s, row, row_end(s, row)) - x).text,
                   svg_px(height).text);
    }
    for (struct span c = chord_span(s, 0); c.from < s->steps;
         c = chord_span(s, c.to)) {
        int root = s->v->chords[c.value].root, row = row_of(s, c.from);
        double x = x_at(s, row, c.from);
        if (c.value && root >= 0)
            buf_printf(s->out,
                       "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" "
                       "fill=\"%s\"/>\n",
                       svg_px(x).text, svg_px(s->top[row]).text,
                       svg_px(x_at(s, row, c.to) - x).text, svg_px(height).text,
                       tints[root * 7 % 12]);
    }
}

static int tonic_of(const struct score *s) {
    return s->f->header.key >= 0 ? tune_tonic(s->f->header.key) : 0;
}

/* Lines and names at the tonic and, smaller, at the fifth over it. */
static void draw_pitches(const struct score *s, int row) {
    double x = x_at(s, row, row_start(s, row));
    double end = x_at(s, row, row_end(s, row));
    for (int pitch = s->low; pitch <= s->high; pitch++) {
        int over = ((pitch - tonic_of(s)) % 12 + 12) % 12;
        if (over != 0 && over != 7)
            continue;
        double y = y_at(s, row, pitch);
        buf_printf(s->out,
                   "<path d=\"M%s %sH%s\" stroke=\"" SVG_INK
                   "\" stroke-opacity=\"%s\"/>\n"
                   "<text x=\"%s\" y=\"%s\" fill=\"%s\">%s%d</text>\n",
                   svg_px(x).text, svg_px(y).text, svg_px(end).text,
                   over ? ".07" : ".18", svg_px(x - 7).text,
                   svg_px(y + 3.5).text, over ? SVG_FAINT : SVG_GREY,
                   chord_pitch_class_name(pitch), (int)floor(pitch / 12.0) - 1);
    }
}

static void draw_lines(const struct score *s, int row, int64_t every,
                       const char *style) {
    int64_t start = s->phase + row * row_bars(s), end = row_end(s, row);
    while (every == s->beat && start - every > row_start(s, row))
        start -= every; /* the beats of the pickup count from its end */
    buf_printf(s->out, "<path %s d=\"", style);
    for (int64_t step = start; step <= end; step += every)
        if (every == s->bar || (step - s->phase) % s->bar != 0)
            buf_printf(s->out, "M%s %sv%s", svg_px(x_at(s, row, step)).text,
                       svg_px(s->top[row]).text, svg_px(field_height(s)).text);
    buf_printf(s->out, "\"/>\n");
}

/* The thick line at the end of the tune. */
static void draw_end(const struct score *s) {
    int row = s->rows - 1;
    if (s->bars == s->all_bars)
        buf_printf(s->out,
                   "<path stroke=\"" SVG_INK "\" stroke-width=\"3.5\" "
                   "d=\"M%s %sv%s\"/>\n",
                   svg_px(x_at(s, row, row_end(s, row)) + 3.8).text,
                   svg_px(s->top[row]).text, svg_px(field_height(s)).text);
}

static void draw_grid(const struct score *s) {
    buf_printf(s->out, "<g font-size=\"10\" text-anchor=\"end\" "
                       "fill=\"none\">\n");
    for (int row = 0; row < s->rows; row++) {
        draw_pitches(s, row);
        if ((double)s->beat * s->step >= 3)
            draw_lines(s, row, s->beat,
                       "stroke=\"" SVG_INK "\" stroke-opacity=\".1\"");
        draw_lines(s, row, s->bar,
                   "stroke=\"" SVG_INK "\" stroke-opacity=\".55\"");
    }
    draw_end(s);
    buf_printf(s->out, "</g>\n");
}

/* A note of the chord that sounds when it begins, or of no chord at all. */
static int fits_chord(const struct score *s, int64_t step, int pitch) {
    int class = chord_class(s, step);
    int set = s->v->chords[class].set;
    return !class || !set || (set >> ((pitch % 12 + 12) % 12) & 1);
}

static void draw_part(const struct score *s, struct span n, int row, int tie) {
    double high = fmax(4.2, s->semi * 1.15);
    double wide = (double)(n.to - n.from) * s->step;
    double gap = fmin(1.6, wide * 0.2); /* so that notes stay apart */
    buf_printf(s->out,
               "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" "
               "height=\"%s\" rx=\"%s\"%s/>\n",
               tie ? "tie" : "note",
               svg_px(x_at(s, row, n.from) + gap / 2).text,
               svg_px(y_at(s, row, n.value) - high / 2).text,
               svg_px(fmax(0.6, wide - gap)).text, svg_px(high).text,
               svg_px(fmin(high, wide) * 0.42).text,
               fits_chord(s, n.from, n.value) ? "" : " fill=\"#6d7f9b\"");
}

/* Struck notes, each cut where its row ends. */
static void draw_notes(const struct score *s) {
    buf_printf(s->out, "<g fill=\"#1b365d\">\n");
    for (struct span n = note_span(s, 0); n.from < s->steps;
         n = note_span(s, n.to))
        for (struct span p = n; n.value >= 0 && p.from < n.to; p.from = p.to) {
            int row = row_of(s, p.from);
            p.to = least(n.to, row_end(s, row));
            draw_part(s, p, row, p.from > n.from);
        }
    buf_printf(s->out, "</g>\n");
}

/* The first earlier row with the same bars, or -1. The pickup is no part of
 * the first row here. */
static int same_row(const struct score *s, int row) {
    int64_t from = s->phase + row * row_bars(s), n = row_bars(s);
    if (from + n > s->steps)
        return -1;
    for (int k = 0; k < row; k++) {
        int64_t other = s->phase + k * row_bars(s);
        if (!memcmp(s->melody + from, s->melody + other, (size_t)n) &&
            (!s->chord ||
             !memcmp(s->chord + from, s->chord + other, (size_t)n)))
            return k;
    }
    return -1;
}

static void write_bar_numbers(const struct score *s) {
    buf_printf(s->out, "<g text-anchor=\"end\" fill=\"" SVG_FAINT "\">\n");
    for (int row = 0; row < s->rows; row++) {
        char text[64];
        int first = row * s->per_row + 1, same = same_row(s, row);
        snprintf(text, sizeof text, "%d", first);
        svg_text(s->out, x_at(s, row, row_start(s, row)) - 7, s->top[row] - 7,
                 11, "font-weight=\"600\"", text, SVG_WIDTH);
        if (same < 0)
            continue;
        int from = same * s->per_row + 1;
        if (s->per_row > 1)
            snprintf(text, sizeof text, "= bars %d–%d", from,
                     from + s->per_row - 1);
        else
            snprintf(text, sizeof text, "= bar %d", from);
        svg_text(s->out, x_at(s, row, row_end(s, row)),
                 s->top[row] + field_height(s) + 14, 10.5, "class=\"repeat\"",
                 text, SVG_WIDTH);
    }
    buf_printf(s->out, "</g>\n");
}

static void write_chords(const struct score *s) {
    buf_printf(s->out, "<g font-weight=\"600\">\n");
    for (int row = 0; row < s->rows; row++)
        place_chords(s, row, 1);
    buf_printf(s->out, "</g>\n");
}

/* "D major   6/8" */
static void name_key(const struct tune_header *h, char *text, size_t cap) {
    static const char *const major[12] = {"C",  "Db", "D",  "Eb", "E",  "F",
                                          "F#", "G",  "Ab", "A",  "Bb", "B"};
    static const char *const minor[12] = {"C",  "C#", "D",  "Eb", "E",  "F",
                                          "F#", "G",  "G#", "A",  "Bb", "B"};
    if (h->key >= 0 && h->key < TUNE_KEYS)
        snprintf(text, cap, "%s %s · %d/%d",
                 tune_is_minor(h->key) ? minor[h->key - 12] : major[h->key],
                 tune_is_minor(h->key) ? "minor" : "major", h->beats, h->unit);
    else
        snprintf(text, cap, "%d/%d", h->beats, h->unit);
}

/* "♩ = 120 · 32 bars"; in 6/8 and its kin the beat is a dotted quarter. */
static void name_tempo(const struct score *s, char *text, size_t cap) {
    const struct tune_frame *f = s->f;
    int dotted = 2 * s->beat == 3 * (int64_t)f->steps_per_quarter;
    double beats = f->performance.tempo / (dotted ? 1.5 : 1);
    char bars[40];
    snprintf(bars, sizeof bars, "%lld bar%s", (long long)s->all_bars,
             s->all_bars == 1 ? "" : "s");
    if (beats > 0 && beats < 1e4)
        snprintf(text, cap, "♩%s = %d · %s", dotted ? "." : "",
                 (int)lround(beats), bars);
    else
        snprintf(text, cap, "%s", bars);
}

static void write_header(const struct score *s, const char *title,
                         const char *subtitle) {
    const char *right = "text-anchor=\"end\" fill=\"" SVG_GREY "\"";
    double room = SVG_WIDTH - 2 * SVG_EDGE - 250;
    char text[96];
    svg_text(s->out, SVG_EDGE, 43, 24, "font-weight=\"700\"", title, room);
    svg_text(s->out, SVG_EDGE, 66, 13, "fill=\"" SVG_GREY "\"", subtitle, room);
    name_key(&s->f->header, text, sizeof text);
    svg_text(s->out, SVG_WIDTH - SVG_EDGE, 43, 16,
             "text-anchor=\"end\" font-weight=\"600\"", text, SVG_WIDTH);
    name_tempo(s, text, sizeof text);
    svg_text(s->out, SVG_WIDTH - SVG_EDGE, 66, 13, right, text, SVG_WIDTH);
}

static void write_footer(const struct score *s) {
    double y = s->height - 20;
    const char *grey = "fill=\"" SVG_GREY "\"";
    if (s->all_bars > s->bars) {
        char text[64];
        snprintf(text, sizeof text, "… and %lld more bars",
                 (long long)(s->all_bars - s->bars));
        svg_text(s->out, SVG_WIDTH - SVG_EDGE, y, 11,
                 "text-anchor=\"end\" fill=\"" SVG_GREY "\"", text, SVG_WIDTH);
    }
    if (!s->rows) {
        svg_text(s->out, SVG_EDGE, y, 13, grey, "no steps", SVG_WIDTH);
        return;
    }
    buf_printf(
        s->out,
        "<g><rect x=\"%d\" y=\"%s\" width=\"16\" height=\"6\" rx=\"2.5\" "
        "fill=\"#1b365d\"/><rect x=\"%d\" y=\"%s\" width=\"16\" "
        "height=\"6\" rx=\"2.5\" fill=\"#6d7f9b\"/></g>\n",
        SCORE_LEFT, svg_px(y - 7).text, SCORE_LEFT + 140, svg_px(y - 7).text);
    svg_text(s->out, SCORE_LEFT + 23, y, 11, grey, "note of the chord",
             SVG_WIDTH);
    svg_text(s->out, SCORE_LEFT + 163, y, 11, grey, "other note", SVG_WIDTH);
}

void picture_tune(struct buf *out, const struct vocabulary *v,
                  const uint8_t *melody, const uint8_t *chord, size_t steps,
                  const struct tune_frame *f, const char *title,
                  const char *subtitle) {
    struct score s = {
        .out = out, .v = v, .f = f, .melody = melody, .chord = chord};
    title = title ? title : "";
    measure_time(&s, steps);
    measure_pitch(&s);
    measure_rows(&s);
    svg_open(out, s.height, title);
    write_header(&s, title, subtitle ? subtitle : "");
    if (s.rows) {
        draw_bands(&s);
        draw_grid(&s);
        draw_notes(&s);
        write_chords(&s);
        write_bar_numbers(&s);
    }
    write_footer(&s);
    buf_printf(out, "</svg>\n");
}
