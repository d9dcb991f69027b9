/* Where --export will write: see exports.h. SPDX-License-Identifier: MIT */
#include "exports.h"

#include <stdlib.h>
#include <string.h>

#include "nott/data/seqtext.h"

/* Takes the path over, which is NULL when there was no memory for it. */
static int add_path(struct exports_paths *p, char *path, struct err *e) {
    char **list = p->list;
    if (path && p->count == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 64;
        list = realloc(list, p->cap * sizeof *list);
        p->list = list ? list : p->list;
    }
    if (!path || !list) {
        free(path);
        return err_set(e, ERR_MEM, "--export: out of memory");
    }
    list[p->count++] = path;
    return 0;
}

/* What a path shares with the one before has been listed. */
static int add_folders(struct exports_paths *folders, const char *path,
                       const char *before, struct err *e) {
    for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
        size_t n = (size_t)(p - path);
        if (n && strncmp(before, path, n + 1) != 0 &&
            add_path(folders, strndup(path, n), e))
            return -1;
    }
    return 0;
}

int exports_list(struct exports *x, const char *dir, const struct corpus *c,
                 struct err *e) {
    for (size_t i = 0; i < c->count; i++) {
        const struct corpus_file *f = &c->files[i];
        const char *before =
            x->tunes.count ? x->tunes.list[x->tunes.count - 1] : "";
        if (f->outcome != OUTCOME_KEPT)
            continue;
        if (add_path(&x->tunes, seqtext_path(dir, f->name), e) ||
            add_folders(&x->folders, x->tunes.list[x->tunes.count - 1], before,
                        e))
            return -1;
    }
    return 0;
}

static void free_paths(struct exports_paths *p) {
    for (size_t i = 0; i < p->count; i++)
        free(p->list[i]);
    free(p->list);
}

void exports_free(struct exports *x) {
    free_paths(&x->tunes);
    free_paths(&x->folders);
    *x = (struct exports){0};
}
