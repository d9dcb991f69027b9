/* Pieces of SVG pictures: see svg.h. SPDX-License-Identifier: MIT */
#include "nott/base/svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nott/base/plain.h"

#define SVG_FONTS                                                              \
    "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',"              \
    "'DejaVu Sans',Arial,sans-serif"

/* ---- numbers: printf's %f would follow the locale ---- */

static double limited(double v, double most) {
    return isnan(v) ? 0 : fmax(-most, fmin(most, v));
}

struct svg_number svg_fixed(double v, int decimals) {
    struct svg_number n;
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

struct svg_number svg_px(double v) {
    long long tenths = llround(limited(v, 1e6) * 10);
    return svg_fixed((double)tenths / 10, tenths % 10 ? 1 : 0);
}

struct svg_number svg_readable(double v, int decimals) {
    double size = fabs(v);
    if (size == 0 || (size >= 9.9995e-5 && size < 1e6))
        return svg_fixed(v, decimals > 6 ? 6 : decimals);
    int exponent = (int)floor(log10(size) + 1e-9);
    exponent += size / pow(10, exponent) >= 9.95; /* no "10e5" */
    double mantissa = v / pow(10, exponent);
    struct svg_number m =
        svg_fixed(mantissa, fabs(mantissa - round(mantissa)) > 0.05);
    struct svg_number n;
    snprintf(n.text, sizeof n.text, "%.12se%d", m.text, exponent);
    return n;
}

/* ---- texts ---- */

/* Width of a character in a wide sans-serif font of size 1. */
static double letter_width(uint32_t c) {
    if (c >= 0x1100)
        return 1.05;
    if (c < 0x80 && strchr("iljI.,:;'|! ", (int)c))
        return 0.36;
    if (c < 0x80 && strchr("mwMW@%&+=<>_#~", (int)c))
        return 0.95;
    return (c >= 'A' && c <= 'Z') || c >= 0x80 ? 0.76 : 0.64;
}

/* The letter at s, its bytes in *n: '?', of one byte or of one letter, for what
 * is none or does more than show itself. */
static uint32_t letter_at(const char *s, size_t *n) {
    uint32_t letter;
    *n = plain_letter(s, strnlen(s, 4), &letter);
    if (*n && plain_shows(letter))
        return letter;
    *n = *n ? *n : 1;
    return '?';
}

double svg_text_width(const char *s, double size) {
    double width = 0;
    for (size_t n; *s; s += n)
        width += letter_width(letter_at(s, &n)) * size;
    return width;
}

static void add_letter(struct buf *out, uint32_t letter, const char *s,
                       size_t n) {
    static const struct {
        uint32_t plain;
        const char *escaped;
    } table[] = {{'&', "&amp;"},  {'<', "&lt;"},   {'>', "&gt;"},
                 {'"', "&quot;"}, {'\'', "&#39;"}, {'?', "?"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (letter == table[i].plain) {
            buf_printf(out, "%s", table[i].escaped);
            return;
        }
    buf_add(out, s, n);
}

void svg_escape(struct buf *out, const char *s) {
    for (size_t n; *s; s += n) {
        uint32_t letter = letter_at(s, &n);
        add_letter(out, letter, s, n);
    }
}

/* Appends a text escaped, cut with an ellipsis where it grows too wide. */
static void add_text(struct buf *out, const char *s, double size, double room) {
    int whole = svg_text_width(s, size) <= room;
    double width = size; /* of the ellipsis */
    for (size_t n; *s; s += n) {
        uint32_t letter = letter_at(s, &n);
        width += letter_width(letter) * size;
        if (!whole && width > room) {
            buf_printf(out, "…");
            return;
        }
        add_letter(out, letter, s, n);
    }
}

void svg_text(struct buf *out, double x, double y, double size,
              const char *style, const char *s, double room) {
    buf_printf(out, "<text x=\"%s\" y=\"%s\" font-size=\"%s\" %s>",
               svg_px(x).text, svg_px(y).text, svg_px(size).text, style);
    add_text(out, s, size, room);
    buf_printf(out, "</text>\n");
}

void svg_open(struct buf *out, double height, const char *title) {
    struct svg_number inner = svg_px(height - 1), outer = svg_px(height);
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
               "height=\"%s\" viewBox=\"0 0 %d %s\" role=\"img\" "
               "font-family=\"" SVG_FONTS "\" fill=\"" SVG_INK "\">\n<title>",
               SVG_WIDTH, outer.text, SVG_WIDTH, outer.text);
    add_text(out, title, 1, 500);
    buf_printf(out,
               "</title>\n<rect x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%s\" "
               "rx=\"10\" fill=\"" SVG_PAPER "\" stroke=\"#e4e0d8\"/>\n",
               SVG_WIDTH - 1, inner.text);
}
