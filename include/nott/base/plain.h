/* Texts from anywhere, as they may stand in a line of text: on a terminal, in
 * a table, in XML. What is a letter of UTF-8 and whether it stands for itself
 * is known here alone. SPDX-License-Identifier: MIT */
#ifndef NOTT_PLAIN_H
#define NOTT_PLAIN_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of the letter at text, which has n, from 1; it becomes *letter, up
 * to U+10FFFF, surrogates too. 0 = what stands there is no UTF-8. */
size_t plain_letter(const char *text, size_t n, uint32_t *letter);

/* A letter as UTF-8; how many bytes. */
size_t plain_put(char out[4], uint32_t letter);

/* The letter that a byte is in Windows-1252, of which ISO-8859-1 is a part. The
 * five bytes that are none there are C1 controls, which do not show. */
uint32_t plain_windows(unsigned char byte);

/* The n bytes of a text as UTF-8 into `out`: cap bytes, with a NUL; what does
 * not fit is cut between letters. What is no UTF-8, even but for a last letter
 * that was cut off, is Windows-1252 if all of its letters show then; else it
 * stays as it is. */
void plain_decode(char *out, size_t cap, const char *text, size_t n);

/* Does a letter do nothing but show itself? Those do not that steer a terminal
 * (C0, DEL, C1), end a line (so do U+2028 and U+2029), turn the direction of
 * writing, or are none at all: surrogates, U+FFFE and its like. */
int plain_shows(uint32_t letter);

/* The bytes at text, which has n, from 1, that are to be written as they are;
 * 0 = *skip bytes there are not, and '?' stands for them. */
size_t plain_bytes(const char *text, size_t n, size_t *skip);

/* Does a text do nothing but show itself? */
int plain_only(const char *text);

/* Puts '?' for every letter that does more than show itself, and for every byte
 * that is no UTF-8. */
void plain_text(char *text);

#endif
