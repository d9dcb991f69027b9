/* What other programs make of our files: see render.h.
 * SPDX-License-Identifier: MIT */
#include "render.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/cli.h"
#include "nott/base/file.h"

#define PATIENCE  120                 /* seconds for a program */
#define MOST      ((size_t)512 << 20) /* bytes that it may make */
#define NOT_BEGUN 127                 /* a child's status, as in a shell */

/* ---- programs ---- */

static int is_there(const char *program) {
    const char *path = getenv("PATH");
    char name[4096];
    for (const char *p = path ? path : ""; *p;) {
        size_t n = strcspn(p, ":");
        snprintf(name, sizeof name, "%.*s/%s", (int)n, p, program);
        if (access(name, X_OK) == 0 ||
            (errno != ENOENT && errno != ENOTDIR && errno != EACCES))
            return 1; /* or it cannot be known: to begin it will tell */
        p += n + (p[n] == ':');
    }
    return 0;
}

static int need(const char *program, const char *package, struct err *e) {
    if (is_there(program))
        return 0;
    return err_set(e, ERR_USAGE,
                   "%s is not there, which makes this: install the package %s",
                   program, package);
}

/* In the child: what the program prints goes to `out`, its words nowhere. With
 * what it begins itself it is a group of its own, to be ended together; and
 * where a file may not grow it shall end, and not go on without. */
static void become(const char *const *argv, int out) {
    char *words[16];
    size_t n = 0;
    int null = open("/dev/null", O_RDWR);
    setpgid(0, 0);
    signal(SIGXFSZ, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    while (argv[n] && n < 15)
        n++;
    memcpy(words, argv, n * sizeof *words); /* execvp leaves them alone */
    words[n] = NULL;
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
        dup2(out, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0)
        execvp(words[0], words);
    _exit(NOT_BEGUN);
}

static time_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* All that comes out of the pipe; -1 when it takes too long, is too much, or is
 * not wanted any more, and when it cannot be read: ERR_IO. */
static int read_all(int fd, struct buf *out, const char *name, struct err *e) {
    time_t end = now() + PATIENCE;
    char block[65536];
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = poll(&p, 1, 1000);
        if (cli_signal || now() > end || out->len > MOST)
            return -1;
        if (ready < 0 && errno != EINTR)
            return err_errno(e, "%s", name);
        if (ready <= 0)
            continue;
        ssize_t n = read(fd, block, sizeof block);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return err_errno(e, "%s", name);
        if (n > 0)
            buf_add(out, block, (size_t)n);
    }
}

/* That a program fails may be due to what it was given. That it could not begin
 * or was ended is not. */
static int failed(const char *program, int status, struct err *e) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_BEGUN)
        return err_set(e, ERR_IO, "%s could not be begun", program);
    if (WIFSIGNALED(status) &&
        (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXFSZ))
        return err_set(e, ERR_IO, "%s was ended: %s", program,
                       strsignal(WTERMSIG(status)));
    return err_set(e, ERR_FORMAT, "%s failed", program);
}

static int run(const char *const *argv, struct buf *out, struct err *e) {
    int pipes[2], status = 0;
    if (setenv("SOURCE_DATE_EPOCH", "0", 0) || /* the same bytes at any time */
        pipe(pipes))
        return err_errno(e, "%s", argv[0]);
    pid_t child = fork();
    if (child < 0)
        err_errno(e, "%s", argv[0]);
    if (child == 0) {
        close(pipes[0]);
        become(argv, pipes[1]);
    }
    close(pipes[1]);
    if (child > 0)
        setpgid(child, child); /* whoever comes first */
    int rc = child > 0 ? read_all(pipes[0], out, argv[0], e) : -1;
    close(pipes[0]);
    if (child > 0 && rc)
        kill(-child, SIGKILL);
    while (child > 0 && waitpid(child, &status, 0) < 0) {
        if (errno == EINTR)
            continue;
        rc = err_errno(e, "%s", argv[0]);
        break;
    }
    if (rc)
        return err_set(e, ERR_FORMAT, "%s failed", argv[0]);
    return status ? failed(argv[0], status, e) : buf_ok(out, argv[0], e);
}

/* A program that could not write to its end may say nothing of it: what it
 * made must begin and end as such a file does. */
static int check_whole(const struct buf *made, const char *first,
                       const char *last, const char *program, struct err *e) {
    const char *text = (const char *)made->data;
    size_t n = made->len, head = strlen(first), tail = strlen(last);
    while (n && strchr("\r\n", text[n - 1]))
        n--;
    if (n >= head + tail && memcmp(text, first, head) == 0 &&
        memcmp(text + n - tail, last, tail) == 0)
        return 0;
    return err_set(e, ERR_FORMAT, "%s failed: what it made is not whole",
                   program);
}

/* ---- files for them ---- */

struct desk { /* a folder for the time being, which a signal lets us clear */
    char folder[4096];
};

static int make_desk(struct desk *d, const char *where, struct err *e) {
    char path[2048];
    snprintf(path, sizeof path, "%s/nott", where);
    return file_temporary_dir(d->folder, sizeof d->folder, path, e);
}

/* In /tmp, where TMPDIR names no folder that will do. */
static int open_desk(struct desk *d, struct err *e) {
    const char *tmp = getenv("TMPDIR");
    cli_catch_signals();
    if ((tmp && *tmp && make_desk(d, tmp, NULL) == 0) ||
        make_desk(d, "/tmp", e) == 0)
        return 0;
    cli_release_signals();
    return -1;
}

static void close_desk(const struct desk *d) {
    static const char *const names[] = {"in.abc", "in.mid", "in.svg", "in.ps",
                                        "out.wav"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(file_in(d->folder, names[i]).text);
    rmdir(d->folder);
    cli_release_signals();
}

/* ---- sheets ---- */

/* Takes out all from `first`, at the beginning of a line, to `last`: elsewhere
 * a title may have the same words. */
static void cut(struct buf *b, const char *first, const char *last) {
    char *text = (char *)b->data, *from = text, *to;
    while (from && (from = strstr(from, first)) != NULL) {
        if (from > text && from[-1] != '\n')
            from++;
        else if ((to = strstr(from, last)) != NULL)
            memmove(from, to + strlen(last), strlen(to + strlen(last)) + 1);
        else
            break;
    }
    if (b->data)
        b->len = strlen((char *)b->data);
}

/* Lays `text` before the ABC and engraves it: as SVG, or PostScript. */
static int engrave(const struct publication *p, const char *text, int svg,
                   struct buf *out, struct err *e) {
    struct desk d;
    struct buf abc = {0};
    if (need("abcm2ps", "abcm2ps", e) || open_desk(&d, e))
        return -1;
    struct file_path in = file_in(d.folder, "in.abc");
    const char *argv[] = {"abcm2ps",         "-q", "-O", "-", in.text,
                          svg ? "-g" : NULL, NULL};
    buf_printf(&abc, "%s", text);
    buf_add(&abc, p->abc.data, p->abc.len);
    int rc = buf_ok(&abc, "sheet", e) ||
                     file_write(in.text, abc.data, abc.len, e) ||
                     run(argv, out, e)
                 ? -1
                 : 0;
    if (rc == 0) { /* the names of its files, and the time */
        cut(out, svg ? "<title>" : "%%Title:", svg ? "</title>\n" : "\n");
        cut(out, svg ? "<!--" : "%%CreationDate:", svg ? "-->\n" : "\n");
        rc = svg ? check_whole(out, "<", "</svg>", argv[0], e)
                 : check_whole(out, "%!PS", "%EOF", argv[0], e);
    }
    buf_free(&abc);
    close_desk(&d);
    return rc;
}

static int make_sheet(const struct publication *p, struct buf *out,
                      struct err *e) {
    return engrave(p, "", 1, out, e);
}

int render_sheet(struct publication *p, struct err *e) {
    static const char narrow[] = "%%topmargin 0.2cm\n%%botmargin 0.2cm\n"
                                 "%%leftmargin 0.4cm\n%%rightmargin 0.4cm\n"
                                 "%%writefields TCRX 0\n";
    struct err why = {0};
    if (!is_there("abcm2ps"))
        return 1;
    if (engrave(p, narrow, 1, &p->sheet, &why) == 0)
        return 0;
    buf_free(&p->sheet);
    return why.code == ERR_FORMAT ? 2 : err_set(e, why.code, "%s", why.text);
}

/* By PostScript, or where nothing reads that by SVG. */
static int make_pdf(const struct publication *p, struct buf *out,
                    struct err *e) {
    struct desk d;
    struct buf page = {0};
    int ps = is_there("ps2pdf");
    if (!ps && need("rsvg-convert", "ghostscript or librsvg2-bin", e))
        return -1;
    if (engrave(p, "", !ps, &page, e) || open_desk(&d, e)) {
        buf_free(&page);
        return -1;
    }
    struct file_path in = file_in(d.folder, ps ? "in.ps" : "in.svg");
    const char *by_ps[] = {"ps2pdf", in.text, "-", NULL};
    const char *by_svg[] = {"rsvg-convert", "-f", "pdf", in.text, NULL};
    int rc = file_write(in.text, page.data, page.len, e) ||
                     run(ps ? by_ps : by_svg, out, e)
                 ? -1
                 : 0;
    buf_free(&page);
    close_desk(&d);
    return rc ? rc : check_whole(out, "%PDF", "%%EOF", by_ps[0], e);
}

/* ---- sound ---- */

/* A set of sounds; NULL = none is where they use to be. */
static const char *find_sounds(void) {
    static const char *const places[] = {
        "/usr/share/sounds/sf2/default-GM.sf2",
        "/usr/share/sounds/sf2/FluidR3_GM.sf2",
        "/usr/share/sounds/sf3/default-GM.sf3",
        "/usr/share/soundfonts/default.sf2",
        "/usr/share/soundfonts/FluidR3_GM.sf2",
        "/opt/homebrew/share/soundfonts/default.sf2",
        "/usr/local/share/soundfonts/default.sf2"};
    const char *own = getenv("SOUNDFONT");
    if (own && *own)
        return own;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (access(places[i], R_OK) == 0)
            return places[i];
    return NULL;
}

/* SoundFonts and DLS are RIFF files of these kinds. */
static int check_sounds(const char *path, struct err *e) {
    char head[12] = {0};
    int fd = file_open_regular(path, NULL, e);
    if (fd < 0)
        return -1;
    int64_t n = file_read_at(fd, head, sizeof head, 0);
    if (n < 0)
        err_errno(e, "%s", path);
    file_close(fd);
    if (n == sizeof head && memcmp(head, "RIFF", 4) == 0 &&
        (memcmp(head + 8, "sfbk", 4) == 0 || memcmp(head + 8, "DLS ", 4) == 0))
        return 0;
    return err_set(e, ERR_FORMAT, "%s: not a SoundFont", path);
}

#define RATE 44100.0 /* frames a second, two samples of 16 bits each */
#define HEAD 44      /* bytes of a WAV file before its samples */

/* Seconds that it sounds at least: as if all were at its fastest tempo. */
static double shortest(const struct song *s) {
    double quarter = 0;
    int64_t end = 0;
    for (size_t i = 0; i < s->part_count; i++)
        end = s->parts[i].end > end ? s->parts[i].end : end;
    for (size_t i = 0; i < s->mark_count; i++)
        if (s->marks[i].kind == MARK_TEMPO &&
            (quarter == 0 || s->marks[i].a < quarter))
            quarter = s->marks[i].a;
    return (double)end / s->ppq * (quarter > 0 ? quarter : 500000) / 1e6;
}

/* fluidsynth tells neither that its file could not grow nor that it found no
 * sounds: the file must last as long as the tune, and be more than the noise of
 * rounding. */
static int check_wav(const struct buf *wav, const struct song *s,
                     const char *sounds, struct err *e) {
    size_t n = wav->len;
    int loudest = 0;
    if (n < HEAD || memcmp(wav->data, "RIFF", 4) != 0 ||
        (double)(n - HEAD) / 4 < RATE * shortest(s))
        return err_set(e, ERR_FORMAT,
                       "fluidsynth failed: its file is not whole");
    for (size_t i = HEAD; i + 1 < n; i += 2) {
        int v = (int16_t)(wav->data[i] | wav->data[i + 1] << 8);
        loudest = abs(v) > loudest ? abs(v) : loudest;
    }
    return loudest > 16
               ? 0
               : err_set(e, ERR_FORMAT,
                         "fluidsynth failed: nothing sounds with %s", sounds);
}

static int make_wav(const struct publication *p, struct buf *out,
                    struct err *e) {
    struct desk d;
    struct buf words = {0};
    const char *sounds = find_sounds();
    if (need("fluidsynth", "fluidsynth", e))
        return -1;
    if (!sounds)
        return err_set(e, ERR_USAGE,
                       "fluidsynth has no sounds: install the package "
                       "fluid-soundfont-gm, or name a file in SOUNDFONT");
    if (check_sounds(sounds, e) || open_desk(&d, e))
        return -1;
    struct file_path in = file_in(d.folder, "in.mid");
    struct file_path wav = file_in(d.folder, "out.wav");
    const char *argv[] = {"fluidsynth", "-q",     "-n", "-i",
                          "-F",         wav.text, "-r", "44100",
                          sounds,       in.text,  NULL};
    int rc = file_write(in.text, p->midi.data, p->midi.len, e) ||
                     run(argv, &words, e) ||
                     file_read(out, wav.text, MOST, e) ||
                     check_wav(out, &p->played, sounds, e)
                 ? -1
                 : 0;
    buf_free(&words);
    close_desk(&d);
    return rc;
}

/* ---- the table ---- */

const struct render renders[] = {
    {".sheet.svg", "an engraved sheet", "abcm2ps", make_sheet},
    {".pdf", "an engraved sheet", "abcm2ps and ps2pdf or rsvg-convert",
     make_pdf},
    {".wav", "sound", "fluidsynth", make_wav},
    {NULL, NULL, NULL, NULL},
};

const struct render *render_of(const char *path) {
    for (const struct render *r = renders; r->ending; r++)
        if (file_ends_in(path, r->ending))
            return r;
    return NULL;
}
