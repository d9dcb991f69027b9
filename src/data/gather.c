/* Finding the files of a corpus: see gather.h. SPDX-License-Identifier: MIT */
#include "gather.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "nott/base/file.h"
#include "nott/data/reasons.h"
#include "nott/score/source.h"

#define MAX_DEPTH 16

/* A folder on the way down to the one that is read. */
struct folder {
    const char *path;
    size_t root; /* where names begin in the paths below it */
    int depth;
    dev_t device;
    ino_t inode;
    const struct folder *above; /* NULL = given */
};

/* ---- the list ---- */

/* The name is `path` from `root` on, without its ending; that of the folder
 * that was given is ".". */
static struct corpus_file *add_file(struct corpus *c, const char *path,
                                    size_t root, struct err *e) {
    if (c->count == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 64;
        struct corpus_file *files = realloc(c->files, cap * sizeof *files);
        if (!files) {
            err_set(e, ERR_MEM, "%s: out of memory", path);
            return NULL;
        }
        c->files = files;
        c->cap = cap;
    }
    const char *name = strlen(path) > root ? path + root : ".";
    if (strcmp(path, "-") == 0)
        name = "stdin";
    size_t n = strlen(name);
    if (source_is_name(name))
        n = (size_t)(strrchr(name, '.') - name);
    struct corpus_file f = {
        .path = strdup(path), .name = strndup(name, n), .stem = n};
    if (!f.path || !f.name) {
        free(f.path);
        free(f.name);
        err_set(e, ERR_MEM, "%s: out of memory", path);
        return NULL;
    }
    c->files[c->count] = f;
    return &c->files[c->count++];
}

/* The name of one of several tunes in a file. */
static int add_number(struct corpus_file *f, const struct source *s, size_t i,
                      struct err *e) {
    long number = s->abc.tunes[i].number;
    size_t n = strlen(f->name) + 24;
    char *name = malloc(n);
    if (!name)
        return err_set(e, ERR_MEM, "%s: out of memory", f->path);
    snprintf(name, n, "%s/%ld", f->name, number < 0 ? (long)i + 1 : number);
    free(f->name);
    f->name = name;
    f->stem = strlen(name);
    return 0;
}

/* Takes the source over. */
static int keep_source(struct corpus *c, struct source *s, struct err *e) {
    size_t n = c->source_count;
    struct source **list = realloc(c->sources, (n + 1) * sizeof *list);
    if (list)
        c->sources = list;
    struct source *kept = list ? malloc(sizeof *kept) : NULL;
    if (!kept) {
        err_set(e, ERR_MEM, "%s: out of memory", s->path);
        source_free(s);
        return -1;
    }
    *kept = *s;
    c->sources[c->source_count++] = kept;
    return 0;
}

/* The tunes of a file that may have several. */
static int add_tunes(struct corpus *c, struct source *loaded, size_t root,
                     struct err *e) {
    if (keep_source(c, loaded, e))
        return -1;
    const struct source *s = c->sources[c->source_count - 1];
    for (size_t i = 0; i < s->tunes; i++) {
        struct corpus_file *f = add_file(c, s->path, root, e);
        if (!f || (s->tunes > 1 && add_number(f, s, i, e)))
            return -1;
        f->source = s;
        f->number = i;
    }
    return 0;
}

/* Something that is not kept, with its reason. */
static int add_lost(struct corpus *c, const char *path, size_t root,
                    enum outcome outcome, const char *reason, struct err *e) {
    struct corpus_file *f = add_file(c, path, root, e);
    if (!f)
        return -1;
    f->outcome = outcome;
    raw_tune_refuse(&f->tune, "%s", reason);
    return 0;
}

/* What errno says of a path: that it leads nowhere is how the collection is;
 * else it is the machine that fails, or keeps it from this user. */
static int add_unreached(struct corpus *c, const char *path, size_t root,
                         struct err *e) {
    int error = errno;
    int refused = error == ENOENT || error == ELOOP || error == ENOTDIR ||
                  error == ENAMETOOLONG;
    if (error == ENOMEM)
        return err_errno(e, "%s", path);
    return add_lost(c, path, root, refused ? OUTCOME_REFUSED : OUTCOME_UNREAD,
                    strerror(error), e);
}

/* ABC is read to know how many tunes are in it; that it cannot be is no error.
 */
static int add_abc(struct corpus *c, const char *path, size_t root,
                   struct err *e) {
    struct source s;
    struct err why = {0};
    if (source_load(&s, path, &why) == 0)
        return add_tunes(c, &s, root, e);
    if (why.code == ERR_MEM)
        return err_set(e, why.code, "%s", why.text);
    return add_lost(c, path, root,
                    why.code == ERR_IO ? OUTCOME_UNREAD : OUTCOME_REFUSED,
                    reasons_without_path(why.text, path), e);
}

/* ---- folders ---- */

static char *join(const char *path, const char *entry) {
    size_t n = strlen(path) + strlen(entry) + 2;
    char *full = malloc(n);
    if (full)
        snprintf(full, n, "%s/%s", path, entry);
    return full;
}

static DIR *open_folder(const char *path) {
    DIR *dir;
    do {
        dir = opendir(path);
    } while (!dir && errno == EINTR);
    return dir;
}

/* Is it one of the folders above itself? A link can make that. */
static int leads_back(const struct folder *f) {
    for (const struct folder *g = f->above; g; g = g->above)
        if (g->device == f->device && g->inode == f->inode)
            return 1;
    return 0;
}

static int scan_folder(struct corpus *c, const char *path,
                       const struct folder *above, const struct stat *st,
                       struct err *e);

static int scan_path(struct corpus *c, const struct folder *f, const char *path,
                     int is_file, struct err *e) {
    struct stat st;
    if (is_file) /* as the folder says */
        st.st_mode = S_IFREG;
    else if (stat(path, &st))
        return add_unreached(c, path, f->root, e);
    if (S_ISDIR(st.st_mode))
        return scan_folder(c, path, f, &st, e);
    if (source_is_abc_name(path))
        return add_abc(c, path, f->root, e);
    if (!file_is_midi_name(path))
        return 0;
    return add_file(c, path, f->root, e) ? 0 : -1;
}

/* What the system says while it lists a folder must not be taken for its end.
 */
static int scan_entries(struct corpus *c, const struct folder *f, DIR *dir,
                        struct err *e) {
    for (;;) {
        errno = 0;
        struct dirent *d = readdir(dir);
        if (!d)
            break;
        if (d->d_name[0] == '.')
            continue;
        char *path = join(f->path, d->d_name);
        int rc = path ? scan_path(c, f, path, d->d_type == DT_REG, e)
                      : err_set(e, ERR_MEM, "%s: out of memory", f->path);
        free(path);
        if (rc)
            return -1;
    }
    if (!errno)
        return 0;
    return errno == ENOMEM ? err_errno(e, "%s", f->path)
                           : add_lost(c, f->path, f->root, OUTCOME_UNREAD,
                                      strerror(errno), e);
}

static int scan_folder(struct corpus *c, const char *path,
                       const struct folder *above, const struct stat *st,
                       struct err *e) {
    struct folder f = {path,       above->root, above->depth + 1,
                       st->st_dev, st->st_ino,  above};
    if (leads_back(&f))
        return add_lost(c, path, f.root, OUTCOME_REFUSED,
                        "leads back to a folder above it", e);
    if (f.depth > MAX_DEPTH)
        return add_lost(c, path, f.root, OUTCOME_REFUSED, "folders too deep",
                        e);
    DIR *dir = open_folder(path);
    if (!dir)
        return add_unreached(c, path, f.root, e);
    int rc = scan_entries(c, &f, dir, e);
    closedir(dir);
    return rc;
}

/* ---- what is given ---- */

static int scan_given_folder(struct corpus *c, const char *path,
                             const struct stat *st, struct err *e) {
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    DIR *dir = open_folder(path);
    if (!dir)
        return err_errno(e, "%s", path);
    char *clean = strndup(path, n);
    struct folder f = {clean, n + 1, 0, st->st_dev, st->st_ino, NULL};
    int rc = clean ? scan_entries(c, &f, dir, e)
                   : err_set(e, ERR_MEM, "%s: out of memory", path);
    free(clean);
    closedir(dir);
    return rc;
}

/* What is given by name is read, whatever the name. */
static int scan_given(struct corpus *c, const char *path, struct err *e) {
    struct stat st;
    struct source s;
    int is_stream = strcmp(path, "-") == 0;
    if (!is_stream && stat(path, &st))
        return err_errno(e, "%s", path);
    if (!is_stream && S_ISDIR(st.st_mode))
        return scan_given_folder(c, path, &st, e);
    const char *slash = strrchr(path, '/');
    size_t root = slash ? (size_t)(slash + 1 - path) : 0;
    if (file_is_midi_name(path))
        return add_file(c, path, root, e) ? 0 : -1;
    return source_load(&s, path, e) ? -1 : add_tunes(c, &s, root, e);
}

/* ---- names ---- */

/* What is there comes before what only has the name. */
static int by_name(const void *a, const void *b) {
    const struct corpus_file *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    if (!order)
        order = (int)x->outcome - (int)y->outcome;
    return order ? order : strcmp(x->path, y->path);
}

static int has_same_name(const struct corpus *c, size_t i) {
    return i && strcmp(c->files[i - 1].name, c->files[i].name) == 0;
}

static int rename_twin(struct corpus_file *f, size_t number, struct err *e) {
    size_t n = f->stem + 24;
    char *name = malloc(n);
    if (!name)
        return err_set(e, ERR_MEM, "%s: out of memory", f->path);
    snprintf(name, n, "%s~%zu", f->name, number);
    free(f->name);
    f->name = name;
    return 0;
}

/* From behind, so that each is still beside those of its name. */
static int number_twins(struct corpus *c, struct err *e) {
    for (size_t i = c->count; i-- > 1;) {
        size_t first = i;
        while (has_same_name(c, first))
            first--;
        for (; i > first; i--)
            if (c->files[i].outcome == OUTCOME_KEPT &&
                rename_twin(&c->files[i], i - first + 1, e))
                return -1;
    }
    return 0;
}

/* A file may have been called "x~2" before. */
static void refuse_twins(struct corpus *c) {
    for (size_t i = 1; i < c->count; i++)
        if (has_same_name(c, i) && c->files[i].outcome == OUTCOME_KEPT) {
            c->files[i].outcome = OUTCOME_REFUSED;
            raw_tune_refuse(&c->files[i].tune, "has the same name as %s",
                            c->files[i - 1].path);
        }
}

int gather_files(struct corpus *c, char *const *paths, size_t n,
                 struct err *e) {
    for (size_t i = 0; i < n; i++)
        if (scan_given(c, paths[i], e))
            return -1;
    if (!c->count)
        return err_set(e, ERR_FORMAT, "%s: no .mid or .abc files in it",
                       paths[0]);
    qsort(c->files, c->count, sizeof *c->files, by_name);
    if (number_twins(c, e))
        return -1;
    qsort(c->files, c->count, sizeof *c->files, by_name);
    refuse_twins(c);
    return 0;
}
