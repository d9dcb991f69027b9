/* Line charts: see chart.h. SPDX-License-Identifier: MIT */
#include "chart.h"

#include <math.h>
#include <stdio.h>

#include "nott/base/svg.h"

#define CHART_LEFT   84
#define CHART_RIGHT  (SVG_WIDTH - 300)
#define CHART_TOP    98
#define CHART_BOTTOM 440
#define LEGEND       24
#define Y_TICKS      6
#define X_TICKS      10

static const char *const hues[] = {"#1f5fa8", "#c8501e", "#14806a",
                                   "#8a4f9e", "#b07c00", "#4a5561"};

struct chart {
    struct buf *out;
    const struct chart_curve *curves;
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
        const struct chart_curve *p = &c->curves[i];
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
                   CHART_LEFT, svg_px(y).text, CHART_RIGHT, CHART_LEFT - 9,
                   svg_px(y + 4).text,
                   svg_readable(v, tick_decimals(c, v)).text);
    }
}

static void draw_x_tick(const struct chart *c, double epoch) {
    double x = chart_x(c, epoch);
    buf_printf(c->out,
               "<path d=\"M%s %dV%d\" stroke=\"#efede8\"/>\n"
               "<path d=\"M%s %dv5\" stroke=\"" SVG_FAINT "\"/>\n"
               "<text x=\"%s\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
               svg_px(x).text, CHART_TOP, CHART_BOTTOM, svg_px(x).text,
               CHART_BOTTOM, svg_px(x).text, CHART_BOTTOM + 20,
               svg_readable(epoch, 0).text);
}

/* Round numbers of epochs, and 1 where it does not crowd them. */
static void draw_x_axis(const struct chart *c) {
    double step = fmax(1, tidy((double)c->count / X_TICKS));
    if (step >= 5 && c->count)
        draw_x_tick(c, 1);
    for (double k = step; k <= (double)c->count; k += step)
        draw_x_tick(c, k);
    buf_printf(c->out, "<path d=\"M%d %dH%d\" stroke=\"" SVG_FAINT "\"/>\n",
               CHART_LEFT, CHART_BOTTOM, CHART_RIGHT);
}

static const char *hue(const struct chart_curve *p) {
    int n = (int)(sizeof hues / sizeof *hues);
    return hues[((p->colour % n) + n) % n];
}

static int has_value(const struct chart_curve *p, size_t k) {
    return k < p->count && drawable(p->values[k]);
}

/* A value without neighbours would be invisible as a line. */
static void draw_lone_values(const struct chart *c,
                             const struct chart_curve *p) {
    for (size_t k = 0; k < p->count; k++)
        if (has_value(p, k) && !has_value(p, k + 1) &&
            (k == 0 || !has_value(p, k - 1)))
            buf_printf(c->out,
                       "<circle cx=\"%s\" cy=\"%s\" r=\"%s\" fill=\"%s\" "
                       "stroke=\"%s\" stroke-width=\"2\"/>\n",
                       svg_px(chart_x(c, (double)k + 1)).text,
                       svg_px(chart_y(c, p->values[k])).text,
                       p->dashed ? "5.5" : "2.8",
                       p->dashed ? SVG_PAPER : hue(p), hue(p));
}

static void draw_curve(const struct chart *c, const struct chart_curve *p) {
    buf_printf(c->out,
               "<path class=\"curve\" fill=\"none\" stroke=\"%s\" "
               "stroke-width=\"%s\" stroke-linejoin=\"round\" "
               "stroke-linecap=\"%s\"%s d=\"",
               hue(p), p->dashed ? "1.8" : "2.6", p->dashed ? "butt" : "round",
               p->dashed ? " stroke-dasharray=\"6 4\"" : "");
    for (size_t k = 0; k < p->count; k++)
        if (has_value(p, k))
            buf_printf(c->out, "%s%s %s", k && has_value(p, k - 1) ? "L" : "M",
                       svg_px(chart_x(c, (double)k + 1)).text,
                       svg_px(chart_y(c, p->values[k])).text);
    buf_printf(c->out, "\"/>\n");
    draw_lone_values(c, p);
}

/* About four digits. */
static struct svg_number brief(double v) {
    double size = fabs(v);
    int decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
    return svg_readable(v, size < 0.1 && size > 0 ? 5 : decimals);
}

static void write_legend(const struct chart *c, size_t i) {
    const struct chart_curve *p = &c->curves[i];
    double y = CHART_TOP + 14 + LEGEND * (double)i, x = CHART_RIGHT + 24;
    size_t last = p->count;
    while (last && !has_value(p, last - 1))
        last--;
    buf_printf(
        c->out, "<path d=\"M%s %sh26\" stroke=\"%s\" stroke-width=\"%s\"%s/>\n",
        svg_px(x).text, svg_px(y - 4.5).text, hue(p), p->dashed ? "1.8" : "2.6",
        p->dashed ? " stroke-dasharray=\"6 4\"" : "");
    svg_text(c->out, x + 35, y, 13, "", p->name ? p->name : "", 164);
    svg_text(c->out, SVG_WIDTH - SVG_EDGE, y, 13,
             "text-anchor=\"end\" font-weight=\"600\"",
             last ? brief(p->values[last - 1]).text : "–", SVG_WIDTH);
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
    double half = svg_text_width(text, 12) / 2;
    double at = fmax(CHART_LEFT + half, fmin(CHART_RIGHT - half, x));
    buf_printf(c->out,
               "<path d=\"M%s %dV%d\" stroke=\"" SVG_INK
               "\" stroke-opacity=\".6\" stroke-dasharray=\"2 3\"/>\n",
               svg_px(x).text, CHART_TOP - 6, CHART_BOTTOM);
    svg_text(c->out, at, CHART_TOP - 12, 12,
             "text-anchor=\"middle\" font-weight=\"600\"", text, SVG_WIDTH);
    if (marked)
        buf_printf(c->out,
                   "<circle cx=\"%s\" cy=\"%s\" r=\"5\" fill=\"%s\" "
                   "stroke=\"" SVG_PAPER "\" stroke-width=\"2\"/>\n",
                   svg_px(x).text,
                   svg_px(chart_y(c, c->curves[0].values[k])).text,
                   hue(&c->curves[0]));
}

static void write_labels(const struct chart *c, const char *title,
                         const char *x_label, const char *y_label) {
    const char *grey = "text-anchor=\"middle\" fill=\"" SVG_GREY "\"";
    double middle = (CHART_LEFT + CHART_RIGHT) / 2.0;
    double half = (CHART_TOP + CHART_BOTTOM) / 2.0;
    char style[120];
    svg_text(c->out, SVG_EDGE, 43, 22, "font-weight=\"700\"", title,
             SVG_WIDTH - 2 * SVG_EDGE);
    svg_text(c->out, middle, CHART_BOTTOM + 44, 13, grey, x_label,
             CHART_RIGHT - CHART_LEFT);
    snprintf(style, sizeof style, "%s transform=\"rotate(-90 26 %s)\"", grey,
             svg_px(half).text);
    svg_text(c->out, 26, half, 13, style, y_label, CHART_BOTTOM - CHART_TOP);
}

void chart_draw(struct buf *out, const struct chart_curve *curves, size_t n,
                long best, const char *title, const char *x_label,
                const char *y_label) {
    struct chart c = {.out = out, .curves = curves, .n = n};
    title = title ? title : "";
    measure_chart(&c);
    svg_open(out, c.bottom, title);
    write_labels(&c, title, x_label ? x_label : "", y_label ? y_label : "");
    buf_printf(out, "<g font-size=\"12\" fill=\"" SVG_GREY "\">\n");
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
        svg_text(out, (CHART_LEFT + CHART_RIGHT) / 2.0, 260, 14,
                 "text-anchor=\"middle\" fill=\"" SVG_FAINT "\"",
                 "no values yet", SVG_WIDTH);
    buf_printf(out, "</svg>\n");
}
