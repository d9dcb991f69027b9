/* Why files are not kept: see reasons.h. SPDX-License-Identifier: MIT */
#include "nott/data/reasons.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/file.h"
#include "nott/base/plain.h"
#include "nott/score/source.h"

const char *reasons_without_path(const char *text, const char *path) {
    char plain[FILE_PATH];
    snprintf(plain, sizeof plain, "%s", path);
    plain_text(plain);
    size_t n = 0;
    while (plain[n] && text[n] == plain[n])
        n++;
    if (!plain[n] && text[n] == ':')
        return text + n + (text[n + 1] == ' ' ? 2 : 1);
    const char *end = plain[n] ? strstr(text + n, ": ") : NULL;
    return end && strncmp(text + n, "...", 3) == 0 ? end + 2 : text;
}

struct file_path reasons_place(const struct corpus_file *f, const char **what) {
    struct file_path at;
    int line = 0, column = 0, used = 0;
    *what = f->tune.reason;
    if (!f->source || !f->source->is_abc) {
        snprintf(at.text, sizeof at.text, "%s", f->path);
        return at;
    }
    if (sscanf(*what, "%d:%d: %n", &line, &column, &used) >= 2 && used) {
        *what += used;
    } else {
        line = f->source->abc.tunes[f->number].line;
        column = 1;
    }
    snprintf(at.text, sizeof at.text, "%.4000s:%d:%d", source_name(f->source),
             line, column);
    return at;
}

/* What can be done, by words of the reason. */
static const struct {
    const char *words, *advice;
} advices[] = {
    {"no melody track", "--melody-track names one"},
    {"no chord track", "--chord-track names one"},
    {"many-voiced", "--melody-track names a track of one voice"},
    {"tracks instead of 3", "--encoding attack takes any number of tracks"},
    {"two melody notes", "--encoding attack takes them"},
    {"melody pitch", "--encoding attack takes any pitch"},
    {"steps are too many",
     "what is silence for hours, or repeats without end, is no tune"},
};

static const char *find_advice(const char *reason) {
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (strstr(reason, advices[i].words))
            return advices[i].advice;
    return NULL;
}

/* Files that are not kept for reasons that differ in numbers at most. */
struct kind {
    enum outcome outcome;
    const char *reason; /* of one of them, from where it says what is wrong */
    size_t length;      /* of that, up to what is of that file alone */
    size_t files;
    int varied; /* others have other numbers */
};

static struct kind kind_of(const struct corpus_file *f) {
    struct kind k = {f->outcome, f->tune.reason, 0, 1, 0};
    int skip = 0;
    sscanf(k.reason, "byte %*u: %n", &skip);
    if (!skip)
        sscanf(k.reason, "%*u:%*u: %n", &skip);
    k.reason += skip;
    k.length = strlen(k.reason);
    const char *const ends[] = {": ", " as "};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *end = strstr(k.reason, ends[i]);
        if (end && (size_t)(end - k.reason) < k.length)
            k.length = (size_t)(end - k.reason);
    }
    return k;
}

static int is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* The next letter of the kind, 0 at its end; a number is one letter. */
static char next_letter(const struct kind *k, size_t *at) {
    if (*at == k->length)
        return 0;
    char c = k->reason[(*at)++];
    if (!is_digit(c))
        return c;
    while (*at < k->length && is_digit(k->reason[*at]))
        ++*at;
    return '0';
}

static int kind_order(const void *a, const void *b) {
    const struct kind *x = a, *y = b;
    size_t i = 0, j = 0;
    if (x->outcome != y->outcome)
        return (int)x->outcome - (int)y->outcome;
    for (;;) {
        char p = next_letter(x, &i), q = next_letter(y, &j);
        if (p != q || !p)
            return p - q;
    }
}

/* Leaves one of each kind. */
static size_t join_kinds(struct kind *list, size_t n) {
    size_t kinds = 0;
    qsort(list, n, sizeof *list, kind_order);
    for (size_t i = 0; i < n; i++) {
        struct kind *last = kinds ? &list[kinds - 1] : NULL;
        if (!last || kind_order(last, &list[i]) != 0) {
            list[kinds++] = list[i];
            continue;
        }
        last->files++;
        last->varied |= last->length != list[i].length ||
                        memcmp(last->reason, list[i].reason, last->length) != 0;
    }
    return kinds;
}

static int commonest_kind(const void *a, const void *b) {
    const struct kind *x = a, *y = b;
    if (x->files != y->files)
        return x->files > y->files ? -1 : 1;
    return kind_order(a, b);
}

static void say_kind(const struct kind *k, struct buf *out) {
    const char *advice = find_advice(k->reason);
    if (k->files < 2 && !advice)
        return;
    buf_printf(out, "%zu file%s %s: %.*s%s%s%s\n", k->files,
               k->files == 1 ? "" : "s", corpus_outcome_names[k->outcome],
               (int)k->length, k->reason, k->varied ? " and the like" : "",
               advice ? "; " : "", advice ? advice : "");
}

int reasons_count(const struct corpus *c, struct buf *out, struct err *e) {
    struct kind *list = calloc(c->count + 1, sizeof *list);
    if (!list)
        return err_set(e, ERR_MEM, "reasons: out of memory");
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->files[i].outcome != OUTCOME_KEPT)
            list[n++] = kind_of(&c->files[i]);
    n = join_kinds(list, n);
    qsort(list, n, sizeof *list, commonest_kind);
    for (size_t i = 0; i < n; i++)
        say_kind(&list[i], out);
    free(list);
    return buf_ok(out, "reasons", e);
}
