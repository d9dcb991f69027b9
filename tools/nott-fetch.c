/* nott-fetch: the collection from the network or a file to a folder.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli.h"
#include "nott/base/file.h"
#include "nott/base/hash.h"
#include "nott/collect/archive.h"
#include "nott/collect/fetch.h"
#include "nott/collect/glance.h"
#include "nott/collect/install.h"

#define MAX_URLS  8
#define PLURAL(n) ((n) == 1 ? "" : "s")
#define HINT      "; if this is the archive you want, give --sha256 HEX or none"

static const char nottingham_sha256[] =
    "fd4eb21b656002790cb8429c3482518876c48881ce58270f5296fe5aad50075f";

/* Two copies of the same bytes, the original second: it has plain http only. */
static const char *const nottingham_urls[] = {
    "https://raw.githubusercontent.com/llSourcell/AI_Composer/master/"
    "dataset.zip",
    "http://www-etud.iro.umontreal.ca/~boulanni/Nottingham.zip",
};

static const char doc[] =
    "Fetch a collection of MIDI files and unpack it into a folder.\v"
    "Without options this is the Nottingham collection: 1037 British and "
    "American folk tunes (694 to train with, 173 to validate, 170 to test) as "
    "published by N. Boulanger-Lewandowski in 2012. Its SHA-256 is built in; a "
    "download that differs is thrown away.\n\n"
    "The archive is kept beside the folder as DIR.zip, so that unpacking anew "
    "needs no network; an interrupted download continues where it stopped. "
    "DIR/.manifest lists every file with its SHA-256: a second run verifies "
    "them and does nothing else. Archives from elsewhere need --sha256. Only "
    "files in .mid, .midi, .kar and .rmi are unpacked; an archive with unsafe "
    "names, links, or files of unlikely size is refused as a whole.\n\n"
    "Exit status: 0 done or up to date, 1 failed, 2 wrong usage.\n\n"
    "Example:\n"
    "  nott-fetch\n"
    "  nott-fetch --zip tunes.zip --sha256 none --dest data/tunes\n";

enum { OPT_ZIP = 256, OPT_SHA256, OPT_FORCE, OPT_NO_WAIT, OPT_TIMEOUT };

static const struct argp_option options[] = {
    {"dest", 'd', "DIR", 0, "Unpack into DIR (default: data/nottingham)", 0},
    {"url", 'u', "URL", 0,
     "Fetch from URL, https or http; may be repeated, the next is tried when "
     "one fails (default: two copies of the collection)",
     0},
    {"zip", OPT_ZIP, "FILE", 0, "Use this archive; no network", 0},
    {"sha256", OPT_SHA256, "HEX|none", 0,
     "What the archive's SHA-256 must be; none: anything, over https only "
     "(default: that of the Nottingham collection)",
     0},
    {"force", OPT_FORCE, NULL, 0,
     "Unpack anew; a folder in the way is renamed to DIR.old, a wrong DIR.zip "
     "replaced",
     0},
    {"no-wait", OPT_NO_WAIT, NULL, 0,
     "Fail at once if another nott-fetch works on DIR", 0},
    {"timeout", OPT_TIMEOUT, "SECONDS", 0,
     "Try again, in the end give up, when less than 100 bytes a second come "
     "for "
     "so long (default: 30)",
     0},
    {0},
};

struct job {
    char dest[3800], kept[4000], lock[4000]; /* DIR, DIR.zip, DIR.lock */
    const char *urls[MAX_URLS];
    int n_urls;
    const char *zip;
    const char *sha256; /* NULL: any */
    int force, no_wait;
    int64_t timeout; /* seconds */
    struct cli_progress line;
    uint64_t from;          /* bytes that an earlier run had fetched */
    struct archive archive; /* as it was read */
    struct install install; /* as it is unpacked */
    int refused;            /* what came was whole, and could not be unpacked */
};

static void set_dest(struct job *job, const char *dir,
                     struct argp_state *state) {
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/')
        n--;
    snprintf(job->dest, sizeof job->dest, "%.*s", (int)n, dir);
    const char *slash = strrchr(job->dest, '/');
    const char *base = slash ? slash + 1 : job->dest;
    if (n >= sizeof job->dest || !*base || !strcmp(base, ".") ||
        !strcmp(base, ".."))
        cli_misused(state, "--dest: '%s' does not name a folder to make", dir);
    snprintf(job->kept, sizeof job->kept, "%s.zip", job->dest);
    snprintf(job->lock, sizeof job->lock, "%s.lock", job->dest);
}

static void set_sha256(struct job *job, const char *text,
                       struct argp_state *state) {
    job->sha256 = strcmp(text, "none") == 0 ? NULL : text;
    if (job->sha256 && !hash_is_hex(text))
        cli_misused(state,
                    "--sha256: '%s' is neither 64 hexadecimal digits "
                    "nor 'none'",
                    text);
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct job *job = state->input;
    switch (key) {
    case 'd':
        set_dest(job, arg, state);
        return 0;
    case 'u':
        if (job->n_urls == MAX_URLS)
            cli_misused(state, "--url: more than %d of them", MAX_URLS);
        job->urls[job->n_urls++] = cli_name(state, "--url", arg);
        return 0;
    case OPT_ZIP:
        job->zip = cli_name(state, "--zip", arg);
        return 0;
    case OPT_SHA256:
        set_sha256(job, arg, state);
        return 0;
    case OPT_FORCE:
        job->force = 1;
        return 0;
    case OPT_NO_WAIT:
        job->no_wait = 1;
        return 0;
    case OPT_TIMEOUT:
        job->timeout = cli_integer(state, "--timeout", arg, 1, 86400);
        return 0;
    case ARGP_KEY_END:
        if (job->zip && job->n_urls)
            cli_misused(state, "--zip and --url exclude each other");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int is_stopped(void *user) {
    (void)user;
    return cli_signal;
}

static void on_skip(void *user, const char *name) {
    (void)user;
    cli_detail("left out: %s", name);
}

static int on_progress(void *user, uint64_t done, uint64_t total) {
    struct job *job = user;
    char left[32];
    double now = cli_clock();
    if (!job->line.began) {
        job->line.began = now;
        job->from = done;
    }
    double rate = (double)(done - job->from) / (now - job->line.began + 1e-3);
    if (total && rate > 0)
        cli_progress_draw(
            &job->line, "%3.0f %%  %.0f of %.0f KiB  %.0f KiB/s  %s left",
            100.0 * (double)done / (double)total, (double)done / 1024,
            (double)total / 1024, rate / 1024,
            cli_duration(left, (double)(total - done) / rate));
    else
        cli_progress_draw(&job->line, "%.0f KiB", (double)done / 1024);
    return cli_signal;
}

/* Reads the archive at `path`, and holds it against its hash. */
static int read_archive(struct job *job, const char *path, struct err *e) {
    if (archive_read(&job->archive, path, &archive_default_limits, e))
        return -1;
    return job->sha256 ? archive_verify(&job->archive, job->sha256, e) : 0;
}

static int unpack_archive(struct job *job, struct err *e) {
    cli_note("unpacking %s", job->archive.path);
    return install_unpack(&job->install, &job->archive, job->dest, on_skip,
                          is_stopped, NULL, e);
}

/* What has come is unpacked before it takes the place of the archive that is
 * there: before that nobody knows that it is one. */
static int on_whole(void *user, const char *part, struct err *e) {
    struct job *job = user;
    cli_progress_clear(&job->line);
    archive_free(&job->archive);
    job->refused = read_archive(job, part, e) || unpack_archive(job, e);
    return job->refused ? -1 : 0;
}

static int fetch_one(struct job *job, const char *url, struct err *e) {
    const char *bundle = getenv("CURL_CA_BUNDLE");
    const struct fetch_options o = {
        .max_bytes = archive_default_limits.total_bytes,
        .sha256 = job->sha256,
        .user_agent = "nott-fetch/" NOTT_VERSION,
        .ca_bundle = bundle ? bundle : getenv("SSL_CERT_FILE"),
        .attempts = 3,
        .retry_ms = 500,
        .stall_seconds = (int)job->timeout,
        .fault = glance_kind,
        .accept = on_whole,
        .progress = on_progress,
        .user = job,
    };
    job->line = (struct cli_progress){0};
    job->refused = 0;
    int rc = fetch_url(url, job->kept, &o, e);
    cli_progress_clear(&job->line);
    return rc;
}

/* Says that a download will be continued, if so. */
static void say_kept(const struct job *job) {
    char part[FILE_PATH];
    int kept = 0;
    for (int i = 0; !kept && i < job->n_urls; i++)
        kept = fetch_is_kept(job->urls[i], job->kept, part);
    if (kept)
        cli_note("%s is kept; the next run continues it", part);
}

/* Addresses may hold passwords, so they are shown by fetch_url alone. */
static int fetch_any(struct job *job, struct err *e) {
    for (int i = 0;; i++) {
        struct err why = {0};
        cli_note("fetching %s, address %d of %d", job->kept, i + 1,
                 job->n_urls);
        if (fetch_one(job, job->urls[i], &why) == 0)
            return 0;
        int other = why.code == ERR_FORMAT && !job->refused;
        int next = why.code == ERR_NET || other ||
                   (why.code == ERR_FORMAT && !job->sha256);
        if (!next || i + 1 == job->n_urls) {
            say_kept(job);
            return err_set(e, why.code, "%s%s", why.text, other ? HINT : "");
        }
        cli_note("%s", why.text);
    }
}

/* 1 if the archive of an earlier run will do, 0 if one is to be fetched. */
static int is_kept(struct job *job, struct err *e) {
    struct err why = {0};
    int there = file_is_there(job->kept, e);
    if (there <= 0 || (job->force && !job->sha256))
        return there < 0 ? -1 : 0;
    if (read_archive(job, job->kept, &why) == 0)
        return 1;
    if (why.code == ERR_MEM)
        return err_set(e, why.code, "%s", why.text);
    return job->force
               ? 0
               : err_set(e, why.code, "%s; --force replaces it", why.text);
}

static int unpack(struct job *job, struct err *e) {
    struct install_report r;
    int kept = job->zip ? 1 : is_kept(job, e);
    cli_catch_signals(); /* what is half done is kept, or taken away */
    if (kept < 0 || (kept ? unpack_archive(job, e) : fetch_any(job, e))) {
        install_abandon(&job->install); /* the archive could not be kept */
        return -1;
    }
    if (install_finish(&job->install, job->dest, job->force, &r, e))
        return -1;
    cli_release_signals();
    if (r.aside[0])
        cli_note("what was in %s is now in %s", job->dest, r.aside);
    if (r.skipped)
        cli_note("%zu other file%s left out", r.skipped, PLURAL(r.skipped));
    cli_note("%zu tune%s, %.1f MiB, in %s", r.files, PLURAL(r.files),
             (double)r.bytes / 1048576, job->dest);
    return 0;
}

/* Held until the process ends. */
static int lock(const struct job *job, struct err *e) {
    char parent[sizeof job->dest];
    snprintf(parent, sizeof parent, "%s", job->dest);
    if (file_make_dir(dirname(parent), e))
        return -1;
    int fd =
        file_open_at(AT_FDCWD, job->lock, O_RDWR | O_CREAT | O_NOFOLLOW, 0666);
    if (fd < 0)
        return err_errno(e, "%s", job->lock);
    int got = file_lock(fd, 0);
    if (got == 0 && job->no_wait)
        return err_set(e, ERR_IO, "%s: another nott-fetch is at work",
                       job->lock);
    if (got == 0) {
        cli_note("waiting for another nott-fetch (%s)", job->lock);
        got = file_lock(fd, 1);
    }
    if (got < 0)
        cli_note("%s: cannot be locked (%s); nothing keeps another nott-fetch "
                 "out",
                 job->lock, strerror(errno));
    return 0;
}

static int run(struct job *job, struct err *e) {
    const char *want = job->sha256;
    struct install_report r;
    struct err why = {0};
    int present;
    if (lock(job, e))
        return -1;
    install_sweep(job->dest);
    if (job->zip) {
        if (archive_read(&job->archive, job->zip, &archive_default_limits, e))
            return -1;
        if (want && archive_verify(&job->archive, want, &why))
            return err_set(e, why.code, "%s" HINT, why.text);
        want = job->archive.sha256;
    }
    if (install_check(job->dest, want, &present, &r, &why) && !job->force)
        return err_set(e, why.code, "%s; --force unpacks anew", why.text);
    if (!present || job->force)
        return unpack(job, e);
    cli_note("%s is up to date: %zu tune%s", job->dest, r.files,
             PLURAL(r.files));
    if (r.others)
        cli_note("besides, %zu file%s not from the archive", r.others,
                 PLURAL(r.others));
    return 0;
}

int main(int argc, char **argv) {
    char seq[CLI_WORD], dir[CLI_WORD];
    const struct argp_child children[] = {{&cli_argp_verbosity, 0, NULL, 0},
                                          {0}};
    const struct argp argp = {options, parse, NULL, doc, children, NULL, NULL};
    static struct job job = {.dest = "data/nottingham",
                             .kept = "data/nottingham.zip",
                             .lock = "data/nottingham.lock",
                             .sha256 = nottingham_sha256,
                             .timeout = 30,
                             .install = INSTALL_NONE};
    struct err e = {0};
    char libraries[512];
    snprintf(libraries, sizeof libraries, "libcurl/%s %s", fetch_version(),
             archive_version());
    cli_init("nott-fetch", libraries);
    cli_parse(&argp, argc, argv, &job);
    if (!job.n_urls) {
        job.urls[job.n_urls++] = nottingham_urls[0];
        job.urls[job.n_urls++] = nottingham_urls[1];
    }
    int rc = run(&job, &e);
    archive_free(&job.archive);
    if (rc)
        return cli_fail(&e);
    cli_note("next: midi2seq -o %s %s%s", cli_quoted(seq, job.dest, ".seq"),
             job.dest[0] == '-' ? "./" : "", cli_quoted(dir, job.dest, ""));
    return EXIT_DONE;
}
