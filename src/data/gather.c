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
#include "twins.h"
#include "visited.h"

#define MAX_DEPTH 16

/* A folder that is entered, or will be. */
struct folder {
    char *path;  /* owned by a link that waits */
    size_t root; /* where names begin in the paths below it */
    int depth;
    dev_t device;
    ino_t inode;
};

/* What is known on the way through the folders. A link to one waits until all
 * that are no links have been entered, so that tunes have the same names in
 * whatever order a folder lists what is in it. */
struct walk {
    struct corpus *c;
    struct visited visited;
    struct folder *links; /* owned, [cap] */
    size_t count, cap;
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

static int scan_entries(struct walk *w, const struct folder *f, DIR *dir,
                        struct err *e);

/* 1 = the folder is to be read; 0 = it has been, for links may lead to it by
 * any number of ways; -1 with ERR_MEM. */
static int enter(struct walk *w, const struct folder *f, struct err *e) {
    int known = visited_enter(&w->visited, f->device, f->inode, e);
    if (known <= 0)
        return known < 0 ? -1 : 1;
    return add_lost(w->c, f->path, f->root, OUTCOME_REFUSED,
                    "leads to a folder that is read already", e);
}

static int scan_opened(struct walk *w, const struct folder *f, DIR *dir,
                       struct err *e) {
    int rc = scan_entries(w, f, dir, e);
    closedir(dir);
    return rc;
}

static int scan_folder(struct walk *w, const struct folder *f, struct err *e) {
    if (f->depth > MAX_DEPTH)
        return add_lost(w->c, f->path, f->root, OUTCOME_REFUSED,
                        "folders too deep", e);
    int rc = enter(w, f, e);
    if (rc <= 0)
        return rc;
    DIR *dir = file_open_dir(f->path);
    return dir ? scan_opened(w, f, dir, e)
               : add_unreached(w->c, f->path, f->root, e);
}

/* Takes a folder that a link leads to down for later. */
static int add_link(struct walk *w, const struct folder *f, struct err *e) {
    if (w->count == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 16;
        struct folder *links = realloc(w->links, cap * sizeof *links);
        if (!links)
            return err_set(e, ERR_MEM, "%s: out of memory", f->path);
        w->links = links;
        w->cap = cap;
    }
    struct folder link = *f;
    link.path = strdup(f->path);
    if (!link.path)
        return err_set(e, ERR_MEM, "%s: out of memory", f->path);
    w->links[w->count++] = link;
    return 0;
}

/* Not every file system says what an entry is. */
static int is_link(const char *path, int type) {
    struct stat st;
    return type == DT_LNK ||
           (type == DT_UNKNOWN && lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
}

static int scan_path(struct walk *w, const struct folder *f, char *path,
                     int type, struct err *e) {
    struct stat st;
    if (type == DT_REG)
        st.st_mode = S_IFREG;
    else if (stat(path, &st))
        return add_unreached(w->c, path, f->root, e);
    if (S_ISDIR(st.st_mode)) {
        struct folder below = {path, f->root, f->depth + 1, st.st_dev,
                               st.st_ino};
        return is_link(path, type) ? add_link(w, &below, e)
                                   : scan_folder(w, &below, e);
    }
    if (source_is_abc_name(path))
        return add_abc(w->c, path, f->root, e);
    if (!file_is_midi_name(path))
        return 0;
    return add_file(w->c, path, f->root, e) ? 0 : -1;
}

/* What the system says while it lists a folder must not be taken for its end.
 */
static int scan_entries(struct walk *w, const struct folder *f, DIR *dir,
                        struct err *e) {
    for (;;) {
        errno = 0;
        struct dirent *d = readdir(dir);
        if (!d)
            break;
        if (d->d_name[0] == '.')
            continue;
        char *path = join(f->path, d->d_name);
        int rc = path ? scan_path(w, f, path, d->d_type, e)
                      : err_set(e, ERR_MEM, "%s: out of memory", f->path);
        free(path);
        if (rc)
            return -1;
    }
    if (!errno)
        return 0;
    return errno == ENOMEM ? err_errno(e, "%s", f->path)
                           : add_lost(w->c, f->path, f->root, OUTCOME_UNREAD,
                                      strerror(errno), e);
}

static int by_path(const void *a, const void *b) {
    const struct folder *x = a, *y = b;
    return strcmp(x->path, y->path);
}

static void free_links(struct folder *links, size_t n) {
    for (size_t i = 0; i < n; i++)
        free(links[i].path);
    free(links);
}

/* In byte order of their paths; those that are found there wait for these. */
static int scan_links(struct walk *w, struct err *e) {
    int rc = 0;
    while (w->count && rc == 0) {
        struct folder *links = w->links;
        size_t n = w->count;
        w->links = NULL;
        w->count = w->cap = 0;
        qsort(links, n, sizeof *links, by_path);
        for (size_t i = 0; i < n && rc == 0; i++)
            rc = scan_folder(w, &links[i], e);
        free_links(links, n);
    }
    return rc;
}

/* ---- what is given ---- */

static int scan_given_folder(struct walk *w, const char *path,
                             const struct stat *st, struct err *e) {
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    struct folder f = {strndup(path, n), n + 1, 0, st->st_dev, st->st_ino};
    int rc = f.path ? enter(w, &f, e)
                    : err_set(e, ERR_MEM, "%s: out of memory", path);
    if (rc > 0) {
        DIR *dir = file_open_dir(path);
        rc = dir ? scan_opened(w, &f, dir, e) : err_errno(e, "%s", path);
    }
    free(f.path);
    return rc;
}

/* What is given by name is read, whatever the name. */
static int scan_given(struct walk *w, const char *path, struct err *e) {
    struct stat st;
    struct source s;
    int is_stream = strcmp(path, "-") == 0;
    if (!is_stream && stat(path, &st))
        return err_errno(e, "%s", path);
    if (!is_stream && S_ISDIR(st.st_mode))
        return scan_given_folder(w, path, &st, e);
    const char *slash = strrchr(path, '/');
    size_t root = slash ? (size_t)(slash + 1 - path) : 0;
    if (file_is_midi_name(path))
        return add_file(w->c, path, root, e) ? 0 : -1;
    return source_load(&s, path, e) ? -1 : add_tunes(w->c, &s, root, e);
}

/* All that is given, then what links lead to below it. */
static int scan_all(struct corpus *c, char *const *paths, size_t n,
                    struct err *e) {
    struct walk w = {.c = c};
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = scan_given(&w, paths[i], e);
    if (rc == 0)
        rc = scan_links(&w, e);
    free_links(w.links, w.count);
    visited_free(&w.visited);
    return rc;
}

int gather_files(struct corpus *c, char *const *paths, size_t n,
                 struct err *e) {
    if (scan_all(c, paths, n, e))
        return -1;
    if (!c->count)
        return err_set(e, ERR_FORMAT, "%s: no .mid or .abc files in it",
                       paths[0]);
    return twins_name(c, e);
}
