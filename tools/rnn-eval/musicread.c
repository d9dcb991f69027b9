/* Reading tunes: see musicread.h. SPDX-License-Identifier: MIT */
#include "musicread.h"

#include <string.h>

#include "common/cli.h"
#include "nott/data/corpus.h"
#include "nott/data/reasons.h"

int musicread_is_sequences(char *const *paths, size_t n) {
    size_t length = n == 1 ? strlen(paths[0]) : 0;
    return length > 4 && strcmp(paths[0] + length - 4, ".seq") == 0;
}

int musicread_split(const char *name, int *split, struct err *e) {
    *split = SPLIT_TEST;
    if (!name)
        return 0;
    for (*split = 0; *split < SPLITS; ++*split)
        if (strcmp(name, split_names[*split]) == 0)
            return 0;
    return strcmp(name, "all") == 0
               ? 0
               : err_set(e, ERR_USAGE, "--split: '%s' is no split", name);
}

/* Says which files are no tunes, and which could not be read. */
static int account(struct musicread_account *a, const struct corpus *c,
                   size_t kept, struct err *e) {
    for (size_t i = 0; i < c->count; i++) {
        a->refused += c->files[i].outcome == OUTCOME_REFUSED;
        a->unread += c->files[i].outcome == OUTCOME_UNREAD;
    }
    const char *what;
    if (!kept && c->count == 1) {
        struct file_path at = reasons_place(&c->files[0], &what);
        return err_set(e, ERR_FORMAT, "%s: %s", at.text, what);
    }
    if (!kept)
        return err_set(e, ERR_FORMAT, "none of the %zu files is a tune",
                       c->count);
    for (size_t i = 0; i < c->count; i++) {
        const struct corpus_file *f = &c->files[i];
        struct file_path at = reasons_place(f, &what);
        if (f->outcome == OUTCOME_REFUSED)
            cli_note("%s: passed over: %s", at.text, what);
        else if (f->outcome == OUTCOME_UNREAD)
            cli_warn("%s: unread: %s", at.text, what);
    }
    return 0;
}

static int read_midi(struct surface_set *s, char *const *paths, size_t n,
                     int steps_per_quarter, struct musicread_account *a,
                     struct err *e) {
    struct encode_options o = {.encoding = ENCODING_ATTACK,
                               .steps_per_quarter = steps_per_quarter};
    struct corpus c;
    if (corpus_scan(&c, paths, n, 0, 0, e))
        return -1;
    int rc = corpus_encode(&c, &o, NULL, NULL, e);
    if (rc == 0)
        rc = surface_from_corpus(s, &c, steps_per_quarter, e);
    if (rc == 0)
        rc = account(a, &c, s->count, e);
    corpus_free(&c);
    return rc;
}

static int read_sequences(struct surface_set *tunes, const char *path,
                          int split, struct err *e) {
    struct dataset d;
    if (dataset_load(&d, path, e))
        return -1;
    int rc = surface_from_dataset(tunes, &d, split, e);
    dataset_free(&d);
    if (rc == 0 && !tunes->count)
        rc = err_set(e, ERR_FORMAT, "%s: has no %s tunes", path,
                     split < SPLITS ? split_names[split] : "");
    return rc;
}

int musicread(struct surface_set *s, char *const *paths, size_t n, int split,
              int steps_per_quarter, struct musicread_account *a,
              struct err *e) {
    return musicread_is_sequences(paths, n)
               ? read_sequences(s, paths[0], split, e)
               : read_midi(s, paths, n, steps_per_quarter, a, e);
}
