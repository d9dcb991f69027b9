/* Texts as ABC writes them. SPDX-License-Identifier: MIT */
#ifndef NOTT_ABC_TEXT_H
#define NOTT_ABC_TEXT_H

#include <stddef.h>

/* The n bytes as UTF-8 into `out` (cap bytes, with a NUL; what does not fit is
 * cut between characters): \'e and its like, \u00e9, &eacute; and &#233; are
 * the letters that they mean, bytes that are no UTF-8 are Windows-1252, and
 * what steers a terminal is a blank. Blanks around it go. */
void abc_text_decode(char *out, size_t cap, const char *text, size_t n);

#endif
