/* Any bytes as tunes in ABC: read or refused, played or refused; and what is
 * written of a tune is read as the same again. SPDX-License-Identifier: MIT */
#include "nott/score/abc.h"
#include "nott/score/musicxml.h"
#include "nott/score/perform.h"

#include <stdlib.h>
#include <string.h>

#define MOST_TUNES 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct score *s) {
    struct buf once = {0}, twice = {0}, told = {0};
    struct abc_book book;
    struct score again;
    abc_write(s, 1, &once);
    if (abc_open(&book, once.data, once.len, NULL) || book.count != 1 ||
        abc_read(&again, &book, 0, &told, NULL) ||
        score_differs(s, &again) != SIZE_MAX)
        abort();
    abc_write(&again, 1, &twice);
    if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)
        abort();
    abc_close(&book);
    score_free(&again);
    buf_free(&once);
    buf_free(&twice);
    buf_free(&told);
}

static void check_tune(const struct abc_book *book, size_t tune) {
    struct score s;
    struct song song;
    struct buf told = {0}, sheet = {0};
    struct err e = {0};
    if (abc_read(&s, book, tune, &told, &e) == 0) {
        if (perform_score(&song, &s, &e) == 0)
            song_free(&song);
        musicxml_write(&s, &sheet);
        check_again(&s);
        score_free(&s);
    }
    if (e.code == ERR_MEM)
        abort();
    buf_free(&told);
    buf_free(&sheet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct abc_book book;
    (void)abc_is_text(data, size);
    if (abc_open(&book, data, size, NULL))
        return 0;
    for (size_t i = 0; i < book.count && i < MOST_TUNES; i++)
        check_tune(&book, i);
    abc_close(&book);
    return 0;
}
