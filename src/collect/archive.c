/* Unpacking: see archive.h. SPDX-License-Identifier: MIT */
#include "nott/collect/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

#include "entry.h"
#include "nott/base/file.h"
#include "nott/collect/glance.h"

#define SMALL 65536 /* the ratio of smaller entries does not matter */

const struct archive_limits archive_default_limits = {
    .entry_bytes = 1 << 20,
    .total_bytes = 64 << 20,
    .entries = 10000,
    .ratio = 200,
};

struct unpacking {
    const char *path;
    const struct archive_limits *limits;
    const struct buf *bytes;
    zip_t *zip;
    struct entry *entries;
    size_t n;
    size_t top; /* length of the top-level folder to leave out, slash too */
    void (*skip)(void *user, const char *name);
    int (*stop)(void *user);
    void *user;
    struct archive_report *report;
    struct err *e;
};

const char *archive_version(void) {
    return "libzip/" LIBZIP_VERSION;
}

/* ---- messages ---- */

static int out_of_memory(const struct unpacking *a) {
    return err_set(a->e, ERR_MEM, "%s: out of memory", a->path);
}

/* Is it libzip, or zlib below it, that had no memory? */
static int is_starved(const zip_error_t *error) {
    int code = zip_error_code_zip(error);
    return code == ZIP_ER_MEMORY ||
           (code == ZIP_ER_ZLIB && zip_error_code_system(error) == Z_MEM_ERROR);
}

/* Only printable ASCII of a name reaches the user's terminal. */
static int refuse(const struct unpacking *a, const char *name,
                  const char *why) {
    char shown[81];
    size_t n = 0;
    for (; n < sizeof shown - 1 && name[n]; n++)
        shown[n] = name[n] >= ' ' && name[n] < 0x7f ? name[n] : '?';
    shown[n] = 0;
    return err_set(a->e, ERR_FORMAT, "%s: entry '%s': %s", a->path, shown, why);
}

static int unsound(const struct unpacking *a, const char *why) {
    return err_set(a->e, ERR_FORMAT, "%s: not a sound zip archive (%s)",
                   a->path, why);
}

/* Whose fault it is: that of the machine, or of the archive. */
static enum err_code code_of(int zip_code) {
    switch (zip_code) {
    case ZIP_ER_OPEN:
    case ZIP_ER_READ:
    case ZIP_ER_SEEK:
    case ZIP_ER_CLOSE:
        return ERR_IO;
    default:
        return ERR_FORMAT;
    }
}

static int refuse_zip(const struct unpacking *a, int code) {
    zip_error_t error;
    if (code == ZIP_ER_MEMORY)
        return out_of_memory(a);
    enum err_code kind = code_of(code);
    zip_error_init_with_code(&error, code);
    if (kind == ERR_FORMAT)
        unsound(a, zip_error_strerror(&error));
    else
        err_set(a->e, kind, "%s: %s", a->path, zip_error_strerror(&error));
    zip_error_fini(&error);
    return -1;
}

/* An entry cannot be opened, or not be read to its end, which may have nothing
 * to do with it. */
static int refuse_entry(const struct unpacking *a, const char *name,
                        zip_error_t *error) {
    enum err_code kind = code_of(zip_error_code_zip(error));
    const char *why = zip_error_strerror(error);
    if (is_starved(error))
        return out_of_memory(a);
    return kind == ERR_FORMAT ? refuse(a, name, why)
                              : err_set(a->e, kind, "%s: %s", a->path, why);
}

/* ---- limits ---- */

static int too_many(const struct unpacking *a) {
    return err_set(a->e, ERR_FORMAT, "%s: more than %" PRIu64 " entries",
                   a->path, a->limits->entries);
}

/* Folders that no entry of their own announces are as many as others. */
static int check_clashes(struct unpacking *a) {
    uint64_t folders = 0;
    qsort(a->entries, a->n, sizeof *a->entries, entry_by_name);
    for (size_t i = 0; i < a->n; i++) {
        const struct entry *before = i ? &a->entries[i - 1] : NULL;
        if (before && entry_clash(before, &a->entries[i]))
            return refuse(a, a->entries[i].name,
                          "its name occurs twice or clashes with another");
        folders += entry_new_folders(before, &a->entries[i]);
    }
    qsort(a->entries, a->n, sizeof *a->entries, entry_by_index);
    return folders > a->limits->entries ? too_many(a) : 0;
}

/* ---- the survey: every rule for every entry, before anything is written ----
 */

static const char *mode_fault(zip_t *zip, const struct entry *entry) {
    zip_uint8_t system;
    zip_uint32_t attributes;
    if (zip_file_get_external_attributes(zip, entry->index, 0, &system,
                                         &attributes))
        return "unreadable attributes";
    unsigned type = attributes >> 16 & S_IFMT;
    if (type != 0 && type != S_IFREG && type != S_IFDIR)
        return "neither a file nor a folder, but a link or device";
    if (type && (type == S_IFDIR) != entry->folder)
        return "a folder by its name or its mode, but not by both";
    return NULL;
}

static const char *stat_fault(const zip_stat_t *st) {
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                ZIP_STAT_COMP_METHOD |
                                ZIP_STAT_ENCRYPTION_METHOD;
    if ((st->valid & needed) != needed)
        return "incomplete record";
    if (st->encryption_method != ZIP_EM_NONE)
        return "encrypted";
    if (st->comp_method != ZIP_CM_STORE && st->comp_method != ZIP_CM_DEFLATE)
        return "compressed by a method other than deflate";
    return NULL;
}

static const char *size_fault(const struct archive_limits *limits,
                              const struct entry *entry) {
    if (entry->folder && entry->size)
        return "a folder with contents of its own";
    if (entry->size > limits->entry_bytes)
        return "larger than the limit for one file";
    if (entry->size > SMALL &&
        (entry->size - 1) / limits->ratio >= entry->packed)
        return "suspiciously well compressed";
    return NULL;
}

/* libzip gives a name that is neither ASCII nor UTF-8 converted from code page
 * 437 unless asked for the raw bytes. (A NUL comes as a blank either way.) */
static const char *name_read(struct unpacking *a, struct entry *entry) {
    const char *raw = zip_get_name(a->zip, entry->index, ZIP_FL_ENC_RAW);
    if (!raw || !*raw)
        return "no name";
    const char *fault = entry_set_name(entry, raw);
    if (fault)
        return fault;
    const char *text = zip_get_name(a->zip, entry->index, ZIP_FL_ENC_GUESS);
    if (!text || strcmp(raw, text) != 0)
        return "its name is neither ASCII nor UTF-8";
    return NULL;
}

static const char *entry_fault(struct unpacking *a, struct entry *entry) {
    zip_stat_t st;
    const char *fault = name_read(a, entry);
    if (fault)
        return fault;
    if (zip_stat_index(a->zip, entry->index, 0, &st))
        return "unreadable record";
    fault = stat_fault(&st);
    if (fault)
        return fault;
    entry->size = st.size;
    entry->packed = st.comp_size;
    fault = mode_fault(a->zip, entry);
    return fault ? fault : size_fault(a->limits, entry);
}

static int check_entries(struct unpacking *a) {
    uint64_t total = 0, packed = 0;
    for (size_t i = 0; i < a->n; i++) {
        struct entry *entry = &a->entries[i];
        *entry = (struct entry){.name = "", .index = i};
        const char *fault = entry_fault(a, entry);
        if (fault && is_starved(zip_get_error(a->zip)))
            return out_of_memory(a);
        if (fault)
            return refuse(a, entry->name, fault);
        if (entry->size > a->limits->total_bytes - total)
            return err_set(a->e, ERR_FORMAT,
                           "%s: more than %" PRIu64 " bytes when unpacked",
                           a->path, a->limits->total_bytes);
        if (entry->packed > a->bytes->len - packed)
            return err_set(a->e, ERR_FORMAT, "%s: its entries overlap",
                           a->path);
        total += entry->size;
        packed += entry->packed;
    }
    return 0;
}

/* What cannot be reached by its path could be neither listed nor removed. The
 * folder may get a name that is a little longer. */
static int check_paths(struct unpacking *a, const char *dir) {
    char path[FILE_PATH - sizeof FILE_TEMPORARY];
    for (size_t i = 0; i < a->n; i++) {
        const struct entry *entry = &a->entries[i];
        if (entry->wanted &&
            file_join(path, sizeof path, dir, entry->name + a->top, NULL)) {
            errno = ENAMETOOLONG;
            return err_errno(a->e, "%s: '%s'", a->path, entry->name);
        }
    }
    return 0;
}

static int survey(struct unpacking *a, const char *dir) {
    zip_int64_t n = zip_get_num_entries(a->zip, 0);
    if (n < 0 || (uint64_t)n > a->limits->entries)
        return too_many(a);
    a->n = (size_t)n;
    a->entries = calloc(a->n + 1, sizeof *a->entries);
    if (!a->entries)
        return out_of_memory(a);
    if (check_entries(a) || check_clashes(a))
        return -1;
    a->top = entry_top(a->entries, a->n);
    for (size_t i = 0; i < a->n; i++)
        if (a->entries[i].wanted)
            return check_paths(a, dir);
    return err_set(a->e, ERR_FORMAT, "%s: no .mid file in it", a->path);
}

/* ---- writing ---- */

/* Opens the folder in which `name` lies, making it as needed below `root`
 * without ever following a link; *base is the name inside it. */
static int open_parent(int root, const char *name, const char **base) {
    int fd = fcntl(root, F_DUPFD_CLOEXEC, 0);
    const char *slash = strchr(name, '/');
    for (; fd >= 0 && slash; slash = strchr(name, '/')) {
        char part[ENTRY_PART + 1];
        size_t n = (size_t)(slash - name);
        memcpy(part, name, n);
        part[n] = 0;
        int next = -1;
        if (mkdirat(fd, part, 0777) == 0 || errno == EEXIST)
            next =
                file_open_at(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
        int saved = errno;
        close(fd);
        errno = saved;
        fd = next;
        name = slash + 1;
    }
    *base = name;
    return fd;
}

/* Reads to the end, and one block beyond: only there libzip checks the CRC. */
static int copy(struct unpacking *a, const struct entry *entry, zip_file_t *in,
                int out) {
    char block[32768];
    uint64_t have = 0;
    for (;;) {
        if (a->stop && a->stop(a->user))
            return err_set(a->e, ERR_STOP, "%s: stopped", a->path);
        zip_int64_t n = zip_fread(in, block, sizeof block);
        if (n < 0)
            return refuse_entry(a, entry->name, zip_file_get_error(in));
        if (n == 0)
            break;
        have += (uint64_t)n;
        if (have > entry->size)
            return refuse(a, entry->name, "longer than it declares");
        if (file_write_all(out, block, (size_t)n))
            return err_errno(a->e, "%s", entry->name);
    }
    if (have != entry->size)
        return refuse(a, entry->name, "shorter than it declares");
    a->report->bytes += have;
    a->report->files++;
    return 0;
}

static int unpack_into(struct unpacking *a, const struct entry *entry, int dir,
                       const char *base) {
    zip_file_t *in = zip_fopen_index(a->zip, entry->index, 0);
    if (!in)
        return refuse_entry(a, entry->name, zip_get_error(a->zip));
    int rc = -1;
    int out =
        file_open_at(dir, base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
    if (out < 0)
        err_errno(a->e, "%s", entry->name);
    else {
        rc = copy(a, entry, in, out);
        if (file_close(out) && rc == 0)
            rc = err_errno(a->e, "%s", entry->name);
        if (rc)
            unlinkat(dir, base, 0);
    }
    zip_fclose(in);
    return rc;
}

static int unpack_entry(struct unpacking *a, const struct entry *entry,
                        int root) {
    if (!entry->wanted) {
        if (!entry->folder) {
            a->report->skipped++;
            if (a->skip)
                a->skip(a->user, entry->name);
        }
        return 0;
    }
    const char *base;
    int dir = open_parent(root, entry->name + a->top, &base);
    if (dir < 0)
        return err_errno(a->e, "%s", entry->name);
    int rc = unpack_into(a, entry, dir, base);
    close(dir);
    return rc;
}

static int unpack_all(struct unpacking *a, const char *dir) {
    int root = file_open_at(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);
    if (root < 0)
        return err_errno(a->e, "%s", dir);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < a->n; i++)
        rc = unpack_entry(a, &a->entries[i], root);
    close(root);
    return rc;
}

/* ---- the archive ---- */

int archive_read(struct archive *a, const char *path,
                 const struct archive_limits *limits, struct err *e) {
    struct hash h;
    *a = (struct archive){.path = path};
    if (file_read(&a->bytes, path, limits->total_bytes, e)) {
        archive_free(a);
        return -1;
    }
    hash_begin(&h);
    hash_add(&h, a->bytes.data, a->bytes.len);
    hash_end(&h, a->sha256);
    return 0;
}

int archive_verify(const struct archive *a, const char *sha256, struct err *e) {
    return hash_compare(a->path, a->sha256, sha256, e);
}

void archive_free(struct archive *a) {
    buf_free(&a->bytes);
}

/* What is to be known before libzip sees the bytes. */
static int look(const struct unpacking *a) {
    const char *fault = glance_kind(a->bytes->data, a->bytes->len);
    if (fault)
        return err_set(a->e, ERR_FORMAT, "%s: %s", a->path, fault);
    uint64_t entries = glance_entries(a->bytes->data, a->bytes->len, &fault);
    if (fault)
        return unsound(a, fault);
    return entries > a->limits->entries ? too_many(a) : 0;
}

static int open_zip(struct unpacking *a) {
    zip_error_t error;
    if (look(a))
        return -1;
    zip_error_init(&error);
    errno = 0;
    zip_source_t *source =
        zip_source_buffer_create(a->bytes->data, a->bytes->len, 0, &error);
    if (source)
        a->zip = zip_open_from_source(source, ZIP_CHECKCONS, &error);
    int code = zip_error_code_zip(&error);
    if (!a->zip && errno == ENOMEM) /* where libzip may say that it is none */
        code = ZIP_ER_MEMORY;
    zip_error_fini(&error);
    if (a->zip)
        return 0; /* and the source is libzip's now */
    zip_source_free(source);
    return refuse_zip(a, code);
}

int archive_unpack(const struct archive *archive, const char *dir,
                   const struct archive_limits *limits,
                   void (*skip)(void *user, const char *name),
                   int (*stop)(void *user), void *user,
                   struct archive_report *report, struct err *e) {
    struct unpacking a = {.path = archive->path,
                          .limits = limits,
                          .bytes = &archive->bytes,
                          .skip = skip,
                          .stop = stop,
                          .user = user,
                          .report = report,
                          .e = e};
    *report = (struct archive_report){0};
    int rc = open_zip(&a);
    if (rc == 0)
        rc = survey(&a, dir);
    if (rc == 0)
        rc = unpack_all(&a, dir);
    free(a.entries);
    if (a.zip)
        zip_discard(a.zip);
    return rc;
}
