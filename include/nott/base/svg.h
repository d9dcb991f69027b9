/* Pieces of SVG pictures: numbers, texts, the page. The same arguments give the
 * same bytes, whatever the locale. SPDX-License-Identifier: MIT */
#ifndef NOTT_SVG_H
#define NOTT_SVG_H

#include "nott/base/buf.h"

#define SVG_WIDTH 1000
#define SVG_EDGE  28 /* empty space at the left and right of the page */
#define SVG_INK   "#1d2b3a"
#define SVG_GREY  "#6b7480"
#define SVG_FAINT "#8c95a0"
#define SVG_PAPER "#fdfcf9"

struct svg_number {
    char text[32];
};

/* v with that many decimals, 0 .. 9; |v| below 1e9. */
struct svg_number svg_fixed(double v, int decimals);

/* A length on the page: tenths of a pixel, without a useless ".0". */
struct svg_number svg_px(double v);

/* Ordinary numbers with that many decimals, very large and very small ones
 * with an exponent. */
struct svg_number svg_readable(double v, int decimals);

/* Estimated width in pixels, on the wide side. */
double svg_text_width(const char *s, double size);

/* A line of text at (x, y), escaped, cut with an ellipsis where it is wider
 * than `room`; what is not valid UTF-8 becomes '?'. `style` holds further
 * attributes. */
void svg_text(struct buf *out, double x, double y, double size,
              const char *style, const char *s, double room);

/* A text alone, escaped for any XML: what is not valid UTF-8 or is a control
 * character becomes '?'. */
void svg_escape(struct buf *out, const char *s);

/* Opens the document and draws the paper; the caller closes with "</svg>". */
void svg_open(struct buf *out, double height, const char *title);

#endif
