/* Forms as bytes: see forms.h. SPDX-License-Identifier: MIT */
#include "forms.h"

#include <string.h>

#define BAR_BYTES  sizeof(struct form_bar)
#define PART_BYTES sizeof(struct form_part)

_Static_assert(BAR_BYTES == 5 && PART_BYTES == 5, "they are bytes in files");

void forms_pack(const struct form *list, size_t n, struct buf *out) {
    for (size_t i = 0; i < n; i++) {
        const struct form *f = &list[i];
        uint8_t bars = (uint8_t)f->bars;
        buf_add(out, &bars, 1);
        buf_add(out, f->bar, bars * BAR_BYTES);
        buf_add(out, f->part, (size_t)form_parts(f) * PART_BYTES);
    }
}

/* Phrases rest in their last bar alone. */
static int rests_fit(const struct form_bar *b, int number) {
    return number % FORM_PHRASE == FORM_PHRASE - 1
               ? b->note <= FORM_NONE && b->chord <= FORM_NONE
               : b->note == FORM_NONE && b->chord == FORM_NONE;
}

static int bar_fits(const struct form_bar *b, int number) {
    return b->way < FORM_WAYS && b->from <= number &&
           (b->way == FORM_NEW) == (b->from == 0) && b->notes <= FORM_NOTES &&
           rests_fit(b, number);
}

static int part_fits(const struct form_part *p, int number) {
    return p->letter <= number && p->time <= number && p->low <= p->mean &&
           p->mean <= p->high && p->high < 128;
}

static int form_fits(const struct form *f) {
    int fits = 1;
    for (int b = 0; b < f->bars; b++)
        fits &= bar_fits(&f->bar[b], b);
    for (int p = 0; p < form_parts(f); p++)
        fits &= part_fits(&f->part[p], p);
    return fits;
}

/* One form; returns how many bytes it took, 0 = it makes no sense. */
static size_t unpack(struct form *f, const uint8_t *bytes, size_t size) {
    memset(f, 0, sizeof *f);
    if (!size || bytes[0] > FORM_BARS)
        return 0;
    f->bars = bytes[0];
    size_t bars = (size_t)f->bars * BAR_BYTES;
    size_t parts = (size_t)form_parts(f) * PART_BYTES;
    if (size < 1 + bars + parts)
        return 0;
    memcpy(f->bar, bytes + 1, bars);
    memcpy(f->part, bytes + 1 + bars, parts);
    return form_fits(f) ? 1 + bars + parts : 0;
}

int forms_unpack(struct form *list, size_t n, const uint8_t *bytes, size_t size,
                 struct err *e) {
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        size_t took = unpack(&list[i], bytes + at, size - at);
        if (!took)
            return err_set(e, ERR_FORMAT, "its forms make no sense");
        at += took;
    }
    return at == size ? 0
                      : err_set(e, ERR_FORMAT, "it has more forms than tunes");
}
