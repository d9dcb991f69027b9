/* Tunes and curves as SVG: see picture.h. SPDX-License-Identifier: MIT */
#include "nott/picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nott/meter.h"

#define WIDTH 1000
#define EDGE  28 /* empty space at the left and right of the page */
#define FONTS                                                                  \
    "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',"              \
    "'DejaVu Sans',Arial,sans-serif"
#define INK   "#1d2b3a"
#define GREY  "#6b7480"
#define FAINT "#8c95a0"
#define PAPER "#fdfcf9"

/* ---- numbers: printf's %f would follow the locale ---- */

struct number {
    char text[32];
};

static double limited(double v, double most) {
    return isnan(v) ? 0 : fmax(-most, fmin(most, v));
}

/* v with that many decimals, 0 .. 9; |v| below 1e9. */
static struct number fixed(double v, int decimals) {
    struct number n;
    long long scale = 1;
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    long long whole = llround(fabs(limited(v, 1e9)) * (double)scale);
    const char *sign = v < 0 && whole ? "-" : "";
    if (decimals)
        snprintf(n.text, sizeof n.text, "%s%lld.%0*lld", sign, whole / scale,
                 decimals, whole % scale);
    else
        snprintf(n.text, sizeof n.text, "%s%lld", sign, whole);
    return n;
}

/* A length on the page: tenths of a pixel, without a useless ".0". */
static struct number px(double v) {
    long long tenths = llround(limited(v, 1e6) * 10);
    return fixed((double)tenths / 10, tenths % 10 ? 1 : 0);
}

/* Ordinary numbers with that many decimals, very large and very small ones
 * with an exponent. */
static struct number readable(double v, int decimals) {
    double size = fabs(v);
    if (size == 0 || (size >= 9.9995e-5 && size < 1e6))
        return fixed(v, decimals > 6 ? 6 : decimals);
    int exponent = (int)floor(log10(size) + 1e-9);
    exponent += size / pow(10, exponent) >= 9.95; /* no "10e5" */
    double mantissa = v / pow(10, exponent);
    struct number m = fixed(mantissa, fabs(mantissa - round(mantissa)) > 0.05);
    struct number n;
    snprintf(n.text, sizeof n.text, "%.12se%d", m.text, exponent);
    return n;
}

/* ---- texts ---- */

/* Bytes of the character at s, which becomes *code; 0 for what XML does not
 * allow: broken UTF-8, surrogates, control characters. */
static int character(const char *s, unsigned *code) {
    static const unsigned least[5] = {0, 0x20, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)*s;
    int n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first >= 0xf8 || (first >= 0x80 && first < 0xc0))
        return 0;
    unsigned c = n == 1 ? first : first & (0xffu >> (n + 1));
    for (int i = 1; i < n; i++) {
        unsigned char next = (unsigned char)s[i];
        if ((next & 0xc0) != 0x80) /* also at the closing NUL */
            return 0;
        c = c << 6 | (next & 0x3fu);
    }
    *code = c;
    int bad = c < least[n] || (c >= 0x7f && c < 0xa0) || c > 0x10ffff ||
              (c >= 0xd800 && c < 0xe000) || (c & 0xfffe) == 0xfffe;
    return bad ? 0 : n;
}

/* Width of a character in a wide sans-serif font of size 1. */
static double character_width(unsigned c) {
    if (c >= 0x1100)
        return 1.05;
    if (c < 0x80 && strchr("iljI.,:;'|! ", (int)c))
        return 0.36;
    if (c < 0x80 && strchr("mwMW@%&+=<>_#~", (int)c))
        return 0.95;
    return (c >= 'A' && c <= 'Z') || c >= 0x80 ? 0.76 : 0.64;
}

static double text_width(const char *s, double size) {
    double width = 0;
    while (*s) {
        unsigned code = '?';
        int n = character(s, &code);
        width += character_width(code) * size;
        s += n ? n : 1;
    }
    return width;
}

static void add_character(struct buf *out, const char *s, int n) {
    static const struct {
        char plain;
        const char *escaped;
    } table[] = {{'&', "&amp;"},
                 {'<', "&lt;"},
                 {'>', "&gt;"},
                 {'"', "&quot;"},
                 {'\'', "&#39;"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (*s == table[i].plain) {
            buf_printf(out, "%s", table[i].escaped);
            return;
        }
    buf_add(out, n ? s : "?", n ? (size_t)n : 1);
}

/* Appends a text escaped, cut with an ellipsis where it grows too wide. */
static void add_text(struct buf *out, const char *s, double size, double room) {
    int whole = text_width(s, size) <= room;
    double width = size; /* of the ellipsis */
    while (*s) {
        unsigned code = '?';
        int n = character(s, &code);
        width += character_width(code) * size;
        if (!whole && width > room) {
            buf_printf(out, "…");
            return;
        }
        add_character(out, s, n);
        s += n ? n : 1;
    }
}

/* A line of text at (x, y); `style` holds further attributes. */
static void write_text(struct buf *out, double x, double y, double size,
                       const char *style, const char *s, double room) {
    buf_printf(out, "<text x=\"%s\" y=\"%s\" font-size=\"%s\" %s>", px(x).text,
               px(y).text, px(size).text, style);
    add_text(out, s, size, room);
    buf_printf(out, "</text>\n");
}

static void open_page(struct buf *out, double height, const char *title) {
    struct number inner = px(height - 1), outer = px(height);
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
               "height=\"%s\" viewBox=\"0 0 %d %s\" role=\"img\" "
               "font-family=\"" FONTS "\" fill=\"" INK "\">\n<title>",
               WIDTH, outer.text, WIDTH, outer.text);
    add_text(out, title, 1, 500);
    buf_printf(out,
               "</title>\n<rect x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%s\" "
               "rx=\"10\" fill=\"" PAPER "\" stroke=\"#e4e0d8\"/>\n",
               WIDTH - 1, inner.text);
}

/* ---- tunes ---- */

#define SCORE_LEFT   (EDGE + 34) /* of bar 1 when there is no pickup */
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
    double left, step, semi;  /* x of bar 1; a step and a semitone in px */
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
    int class = s->chord[step];
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
    const struct tune_frame *f = s->f;
    int quarter = f->steps_per_quarter > 0 ? f->steps_per_quarter : 1;
    s->bar = f->bar > 0 ? f->bar : 4 * quarter;
    s->beat = meter_beat_steps(f->beats, f->unit, (int)s->bar);
    s->phase = (f->phase % s->bar + s->bar) % s->bar;
    s->per_row = bars_per_row(s->bar, quarter);
    int64_t all = (int64_t)steps, most = PICTURE_ROWS * row_bars(s) + s->phase;
    s->all_bars = all > s->phase ? (all - s->phase + s->bar - 1) / s->bar : 0;
    s->steps = least(all, most);
    s->bars = least(s->all_bars, (int64_t)PICTURE_ROWS * s->per_row);
    s->rows = (int)((s->bars + s->per_row - 1) / s->per_row);
    if (s->steps && !s->rows)
        s->rows = 1; /* nothing but a pickup */
    double room = WIDTH - EDGE - SCORE_LEFT;
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
        double width = text_width(name, CHORD_SIZE);
        double x = fmin(x_at(s, row, c.from) + 1, WIDTH - 10 - width);
        int lane = 0;
        while (lane < LANES && taken[lane] > x)
            lane++;
        /* silence is worth a word only where a chord has ended */
        if (lane == LANES || (!c.value && c.from == start))
            continue;
        taken[lane] = x + width + 5;
        lanes = lane >= lanes ? lane + 1 : lanes;
        if (writing)
            write_text(s->out, x, s->top[row] - 7 - lane * LANE, CHORD_SIZE,
                       c.value ? "class=\"chord\"" : "fill=\"" FAINT "\"", name,
                       WIDTH);
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
                   px(x).text, px(s->top[row]).text,
                   px(x_at(s, row, row_end(s, row)) - x).text, px(height).text);
    }
    for (struct span c = chord_span(s, 0); c.from < s->steps;
         c = chord_span(s, c.to)) {
        int root = s->v->chords[c.value].root, row = row_of(s, c.from);
        double x = x_at(s, row, c.from);
        if (c.value && root >= 0)
            buf_printf(s->out,
                       "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" "
                       "fill=\"%s\"/>\n",
                       px(x).text, px(s->top[row]).text,
                       px(x_at(s, row, c.to) - x).text, px(height).text,
                       tints[root * 7 % 12]);
    }
}

static int tonic_of(const struct score *s) {
    return s->f->key >= 0 ? s->f->key % 12 : 0;
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
                   "<path d=\"M%s %sH%s\" stroke=\"" INK
                   "\" stroke-opacity=\"%s\"/>\n"
                   "<text x=\"%s\" y=\"%s\" fill=\"%s\">%s%d</text>\n",
                   px(x).text, px(y).text, px(end).text, over ? ".07" : ".18",
                   px(x - 7).text, px(y + 3.5).text, over ? FAINT : GREY,
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
            buf_printf(s->out, "M%s %sv%s", px(x_at(s, row, step)).text,
                       px(s->top[row]).text, px(field_height(s)).text);
    buf_printf(s->out, "\"/>\n");
}

/* The thick line at the end of the tune. */
static void draw_end(const struct score *s) {
    int row = s->rows - 1;
    if (s->bars == s->all_bars)
        buf_printf(s->out,
                   "<path stroke=\"" INK "\" stroke-width=\"3.5\" "
                   "d=\"M%s %sv%s\"/>\n",
                   px(x_at(s, row, row_end(s, row)) + 3.8).text,
                   px(s->top[row]).text, px(field_height(s)).text);
}

static void draw_grid(const struct score *s) {
    buf_printf(s->out, "<g font-size=\"10\" text-anchor=\"end\" "
                       "fill=\"none\">\n");
    for (int row = 0; row < s->rows; row++) {
        draw_pitches(s, row);
        if ((double)s->beat * s->step >= 3)
            draw_lines(s, row, s->beat,
                       "stroke=\"" INK "\" stroke-opacity=\".1\"");
        draw_lines(s, row, s->bar, "stroke=\"" INK "\" stroke-opacity=\".55\"");
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
               tie ? "tie" : "note", px(x_at(s, row, n.from) + gap / 2).text,
               px(y_at(s, row, n.value) - high / 2).text,
               px(fmax(0.6, wide - gap)).text, px(high).text,
               px(fmin(high, wide) * 0.42).text,
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
            !memcmp(s->chord + from, s->chord + other, (size_t)n))
            return k;
    }
    return -1;
}

static void write_bar_numbers(const struct score *s) {
    buf_printf(s->out, "<g text-anchor=\"end\" fill=\"" FAINT "\">\n");
    for (int row = 0; row < s->rows; row++) {
        char text[64];
        int first = row * s->per_row + 1, same = same_row(s, row);
        snprintf(text, sizeof text, "%d", first);
        write_text(s->out, x_at(s, row, row_start(s, row)) - 7, s->top[row] - 7,
                   11, "font-weight=\"600\"", text, WIDTH);
        if (same < 0)
            continue;
        int from = same * s->per_row + 1;
        if (s->per_row > 1)
            snprintf(text, sizeof text, "= bars %d–%d", from,
                     from + s->per_row - 1);
        else
            snprintf(text, sizeof text, "= bar %d", from);
        write_text(s->out, x_at(s, row, row_end(s, row)),
                   s->top[row] + field_height(s) + 14, 10.5, "class=\"repeat\"",
                   text, WIDTH);
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
static void name_key(const struct tune_frame *f, char *text, size_t cap) {
    static const char *const major[12] = {"C",  "Db", "D",  "Eb", "E",  "F",
                                          "F#", "G",  "Ab", "A",  "Bb", "B"};
    static const char *const minor[12] = {"C",  "C#", "D",  "Eb", "E",  "F",
                                          "F#", "G",  "G#", "A",  "Bb", "B"};
    if (f->key >= 0 && f->key < 24)
        snprintf(text, cap, "%s %s · %d/%d",
                 f->key < 12 ? major[f->key] : minor[f->key - 12],
                 f->key < 12 ? "major" : "minor", f->beats, f->unit);
    else
        snprintf(text, cap, "%d/%d", f->beats, f->unit);
}

/* "♩ = 120 · 32 bars"; in 6/8 and its kin the beat is a dotted quarter. */
static void name_tempo(const struct score *s, char *text, size_t cap) {
    const struct tune_frame *f = s->f;
    int dotted = 2 * s->beat == 3 * (int64_t)f->steps_per_quarter;
    double beats = f->tempo / (dotted ? 1.5 : 1);
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
    const char *right = "text-anchor=\"end\" fill=\"" GREY "\"";
    double room = WIDTH - 2 * EDGE - 250;
    char text[96];
    write_text(s->out, EDGE, 43, 24, "font-weight=\"700\"", title, room);
    write_text(s->out, EDGE, 66, 13, "fill=\"" GREY "\"", subtitle, room);
    name_key(s->f, text, sizeof text);
    write_text(s->out, WIDTH - EDGE, 43, 16,
               "text-anchor=\"end\" font-weight=\"600\"", text, WIDTH);
    name_tempo(s, text, sizeof text);
    write_text(s->out, WIDTH - EDGE, 66, 13, right, text, WIDTH);
}

static void write_footer(const struct score *s) {
    double y = s->height - 20;
    const char *grey = "fill=\"" GREY "\"";
    if (s->all_bars > s->bars) {
        char text[64];
        snprintf(text, sizeof text, "… and %lld more bars",
                 (long long)(s->all_bars - s->bars));
        write_text(s->out, WIDTH - EDGE, y, 11,
                   "text-anchor=\"end\" fill=\"" GREY "\"", text, WIDTH);
    }
    if (!s->rows) {
        write_text(s->out, EDGE, y, 13, grey, "no steps", WIDTH);
        return;
    }
    buf_printf(
        s->out,
        "<g><rect x=\"%d\" y=\"%s\" width=\"16\" height=\"6\" rx=\"2.5\" "
        "fill=\"#1b365d\"/><rect x=\"%d\" y=\"%s\" width=\"16\" "
        "height=\"6\" rx=\"2.5\" fill=\"#6d7f9b\"/></g>\n",
        SCORE_LEFT, px(y - 7).text, SCORE_LEFT + 140, px(y - 7).text);
    write_text(s->out, SCORE_LEFT + 23, y, 11, grey, "note of the chord",
               WIDTH);
    write_text(s->out, SCORE_LEFT + 163, y, 11, grey, "other note", WIDTH);
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
    open_page(out, s.height, title);
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

/* ---- curves ---- */

#define CHART_LEFT   84
#define CHART_RIGHT  (WIDTH - 300)
#define CHART_TOP    98
#define CHART_BOTTOM 440
#define LEGEND       24
#define Y_TICKS      6
#define X_TICKS      10

static const char *const hues[] = {"#1f5fa8", "#c8501e", "#14806a",
                                   "#8a4f9e", "#b07c00", "#4a5561"};

struct chart {
    struct buf *out;
    const struct picture_curve *curves;
    size_t n, count; /* curves; epochs of the longest */
    int values;      /* 1 if there is anything to draw */
    int logarithmic; /* 2: only every `step`-th power of ten has a line */
    double step;
    long first, last; /* numbers of the lowest and highest line */
    double bottom;    /* of the page */
};

static int drawable(double v) {
    return v == 0 || (fabs(v) > 1e-30 && fabs(v) < 1e30);
}

/* The smallest of 1, 2, 5, 10, 20, ... that is not below v. */
static double tidy(double v) {
    double power = pow(10, floor(log10(v) + 1e-9)), part = v / power;
    return power * (part < 1.001   ? 1
                    : part < 2.001 ? 2
                    : part < 5.001 ? 5
                                   : 10);
}

/* Height of the horizontal line number i. */
static double tick_value(const struct chart *c, long i) {
    static const double parts[3] = {1, 2, 5};
    if (!c->logarithmic)
        return (double)i * c->step;
    if (c->logarithmic == 2)
        return pow(10, (double)i * c->step);
    long power = (i - ((i % 3) + 3) % 3) / 3;
    return parts[i - 3 * power] * pow(10, (double)power);
}

static double chart_y(const struct chart *c, double v) {
    double low = tick_value(c, c->first), high = tick_value(c, c->last);
    double part = c->logarithmic ? log(v / low) / log(high / low)
                                 : (v - low) / (high - low);
    return CHART_BOTTOM - part * (CHART_BOTTOM - CHART_TOP);
}

static double chart_x(const struct chart *c, double epoch) {
    double part = c->count > 1 ? (epoch - 1) / ((double)c->count - 1) : 0.5;
    return CHART_LEFT + part * (CHART_RIGHT - CHART_LEFT);
}

static void find_range(struct chart *c, double *low, double *high) {
    for (size_t i = 0; i < c->n; i++) {
        const struct picture_curve *p = &c->curves[i];
        c->count = p->count > c->count ? p->count : c->count;
        for (size_t k = 0; k < p->count; k++) {
            double v = p->values[k];
            if (!drawable(v))
                continue;
            *low = c->values ? fmin(*low, v) : v;
            *high = c->values ? fmax(*high, v) : v;
            c->values = 1;
        }
    }
}

/* The kind of axis and a first guess of its lowest line. */
static long choose_axis(struct chart *c, double low, double high) {
    c->logarithmic = low > 0 && high / low > 8;
    double decades = c->logarithmic ? log10(high) - log10(low) : 0;
    if (decades > 3) {
        c->logarithmic = 2;
        c->step = ceil(decades / Y_TICKS);
        return (long)floor(log10(low) / c->step);
    }
    if (c->logarithmic)
        return 3 * (long)floor(log10(low));
    c->step = tidy((high - low) / Y_TICKS);
    return (long)floor(low / c->step);
}

static void measure_chart(struct chart *c) {
    double low = 0, high = 1;
    find_range(c, &low, &high);
    double most = fmax(fabs(low), fabs(high));
    if (high - low <= 1e-6 * most || high == low) { /* a flat line */
        double around = most > 0 ? most * 0.1 : 1;
        low -= around;
        high += around;
    }
    long i = choose_axis(c, low, high) - 1;
    double slack = c->logarithmic ? 0 : c->step * 1e-6;
    while (tick_value(c, i + 1) <= low + slack)
        i++;
    c->first = i++;
    while (tick_value(c, i) < high - slack)
        i++;
    c->last = i;
    double legend = CHART_TOP + 20 + LEGEND * (double)c->n;
    c->bottom = fmax(CHART_BOTTOM + 64, legend);
}

static int tick_decimals(const struct chart *c, double v) {
    double unit = c->logarithmic ? v : c->step;
    int power = (int)floor(log10(unit) + 1e-9);
    return power < 0 ? -power : 0;
}

static void draw_y_axis(const struct chart *c) {
    for (long i = c->first; i <= c->last; i++) {
        double v = tick_value(c, i), y = chart_y(c, v);
        buf_printf(c->out,
                   "<path d=\"M%d %sH%d\" stroke=\"#e3e1db\"/>\n"
                   "<text x=\"%d\" y=\"%s\" text-anchor=\"end\">%s</text>\n",
                   CHART_LEFT, px(y).text, CHART_RIGHT, CHART_LEFT - 9,
                   px(y + 4).text, readable(v, tick_decimals(c, v)).text);
    }
}

static void draw_x_tick(const struct chart *c, double epoch) {
    double x = chart_x(c, epoch);
    buf_printf(c->out,
               "<path d=\"M%s %dV%d\" stroke=\"#efede8\"/>\n"
               "<path d=\"M%s %dv5\" stroke=\"" FAINT "\"/>\n"
               "<text x=\"%s\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
               px(x).text, CHART_TOP, CHART_BOTTOM, px(x).text, CHART_BOTTOM,
               px(x).text, CHART_BOTTOM + 20, readable(epoch, 0).text);
}

/* Round numbers of epochs, and 1 where it does not crowd them. */
static void draw_x_axis(const struct chart *c) {
    double step = fmax(1, tidy((double)c->count / X_TICKS));
    if (step >= 5 && c->count)
        draw_x_tick(c, 1);
    for (double k = step; k <= (double)c->count; k += step)
        draw_x_tick(c, k);
    buf_printf(c->out, "<path d=\"M%d %dH%d\" stroke=\"" FAINT "\"/>\n",
               CHART_LEFT, CHART_BOTTOM, CHART_RIGHT);
}

static const char *hue(const struct picture_curve *p) {
    int n = (int)(sizeof hues / sizeof *hues);
    return hues[((p->colour % n) + n) % n];
}

static int has_value(const struct picture_curve *p, size_t k) {
    return k < p->count && drawable(p->values[k]);
}

/* A value without neighbours would be invisible as a line. */
static void draw_lone_values(const struct chart *c,
                             const struct picture_curve *p) {
    for (size_t k = 0; k < p->count; k++)
        if (has_value(p, k) && !has_value(p, k + 1) &&
            (k == 0 || !has_value(p, k - 1)))
            buf_printf(c->out,
                       "<circle cx=\"%s\" cy=\"%s\" r=\"%s\" fill=\"%s\" "
                       "stroke=\"%s\" stroke-width=\"2\"/>\n",
                       px(chart_x(c, (double)k + 1)).text,
                       px(chart_y(c, p->values[k])).text,
                       p->dashed ? "5.5" : "2.8", p->dashed ? PAPER : hue(p),
                       hue(p));
}

static void draw_curve(const struct chart *c, const struct picture_curve *p) {
    buf_printf(c->out,
               "<path class=\"curve\" fill=\"none\" stroke=\"%s\" "
               "stroke-width=\"%s\" stroke-linejoin=\"round\" "
               "stroke-linecap=\"%s\"%s d=\"",
               hue(p), p->dashed ? "1.8" : "2.6", p->dashed ? "butt" : "round",
               p->dashed ? " stroke-dasharray=\"6 4\"" : "");
    for (size_t k = 0; k < p->count; k++)
        if (has_value(p, k))
            buf_printf(c->out, "%s%s %s", k && has_value(p, k - 1) ? "L" : "M",
                       px(chart_x(c, (double)k + 1)).text,
                       px(chart_y(c, p->values[k])).text);
    buf_printf(c->out, "\"/>\n");
    draw_lone_values(c, p);
}

/* About four digits. */
static struct number brief(double v) {
    double size = fabs(v);
    int decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
    return readable(v, size < 0.1 && size > 0 ? 5 : decimals);
}

static void write_legend(const struct chart *c, size_t i) {
    const struct picture_curve *p = &c->curves[i];
    double y = CHART_TOP + 14 + LEGEND * (double)i, x = CHART_RIGHT + 24;
    size_t last = p->count;
    while (last && !has_value(p, last - 1))
        last--;
    buf_printf(c->out,
               "<path d=\"M%s %sh26\" stroke=\"%s\" stroke-width=\"%s\"%s/>\n",
               px(x).text, px(y - 4.5).text, hue(p), p->dashed ? "1.8" : "2.6",
               p->dashed ? " stroke-dasharray=\"6 4\"" : "");
    write_text(c->out, x + 35, y, 13, "", p->name ? p->name : "", 164);
    write_text(c->out, WIDTH - EDGE, y, 13,
               "text-anchor=\"end\" font-weight=\"600\"",
               last ? brief(p->values[last - 1]).text : "–", WIDTH);
}

/* Over the field, where no curve can run into it. */
static void draw_best(const struct chart *c, long best) {
    if (best < 0 || (size_t)best >= c->count)
        return;
    size_t k = (size_t)best;
    double x = chart_x(c, (double)k + 1);
    char text[96];
    snprintf(text, sizeof text, "best: epoch %ld", best + 1);
    int marked = c->n && has_value(&c->curves[0], k);
    if (marked)
        snprintf(text, sizeof text, "best: epoch %ld, %s", best + 1,
                 brief(c->curves[0].values[k]).text);
    double half = text_width(text, 12) / 2;
    double at = fmax(CHART_LEFT + half, fmin(CHART_RIGHT - half, x));
    buf_printf(c->out,
               "<path d=\"M%s %dV%d\" stroke=\"" INK
               "\" stroke-opacity=\".6\" stroke-dasharray=\"2 3\"/>\n",
               px(x).text, CHART_TOP - 6, CHART_BOTTOM);
    write_text(c->out, at, CHART_TOP - 12, 12,
               "text-anchor=\"middle\" font-weight=\"600\"", text, WIDTH);
    if (marked)
        buf_printf(c->out,
                   "<circle cx=\"%s\" cy=\"%s\" r=\"5\" fill=\"%s\" "
                   "stroke=\"" PAPER "\" stroke-width=\"2\"/>\n",
                   px(x).text, px(chart_y(c, c->curves[0].values[k])).text,
                   hue(&c->curves[0]));
}

static void write_labels(const struct chart *c, const char *title,
                         const char *x_label, const char *y_label) {
    const char *grey = "text-anchor=\"middle\" fill=\"" GREY "\"";
    double middle = (CHART_LEFT + CHART_RIGHT) / 2.0;
    double half = (CHART_TOP + CHART_BOTTOM) / 2.0;
    char style[120];
    write_text(c->out, EDGE, 43, 22, "font-weight=\"700\"", title,
               WIDTH - 2 * EDGE);
    write_text(c->out, middle, CHART_BOTTOM + 44, 13, grey, x_label,
               CHART_RIGHT - CHART_LEFT);
    snprintf(style, sizeof style, "%s transform=\"rotate(-90 26 %s)\"", grey,
             px(half).text);
    write_text(c->out, 26, half, 13, style, y_label, CHART_BOTTOM - CHART_TOP);
}

void picture_curves(struct buf *out, const struct picture_curve *curves,
                    size_t n, long best, const char *title, const char *x_label,
                    const char *y_label) {
    struct chart c = {.out = out, .curves = curves, .n = n};
    title = title ? title : "";
    measure_chart(&c);
    open_page(out, c.bottom, title);
    write_labels(&c, title, x_label ? x_label : "", y_label ? y_label : "");
    buf_printf(out, "<g font-size=\"12\" fill=\"" GREY "\">\n");
    draw_y_axis(&c);
    draw_x_axis(&c);
    buf_printf(out, "</g>\n");
    for (int dashed = 1; dashed >= 0; dashed--) /* whole lines on top */
        for (size_t i = 0; i < n; i++)
            if (!curves[i].dashed == !dashed)
                draw_curve(&c, &curves[i]);
    draw_best(&c, best);
    for (size_t i = 0; i < n; i++)
        write_legend(&c, i);
    if (!c.values)
        write_text(out, (CHART_LEFT + CHART_RIGHT) / 2.0, 260, 14,
                   "text-anchor=\"middle\" fill=\"" FAINT "\"", "no values yet",
                   WIDTH);
    buf_printf(out, "</svg>\n");
}
