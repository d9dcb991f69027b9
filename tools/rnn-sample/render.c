/* What other programs make of our files: see render.h.
 * SPDX-License-Identifier: MIT */
#include "render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli.h"
#include "nott/base/file.h"
#include "program.h"

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
    if (open_desk(&d, e))
        return -1;
    struct file_path in = file_in(d.folder, "in.abc");
    const char *argv[] = {"abcm2ps",         "-q", "-O", "-", in.text,
                          svg ? "-g" : NULL, NULL};
    buf_printf(&abc, "%s", text);
    buf_add(&abc, p->abc.data, p->abc.len);
    int rc = buf_ok(&abc, "sheet", e) ||
                     file_write(in.text, abc.data, abc.len, e) ||
                     program_run(argv, out, e)
                 ? -1
                 : 0;
    if (rc == 0) { /* the names of its files, and the time */
        cut(out, svg ? "<title>" : "%%Title:", svg ? "</title>\n" : "\n");
        cut(out, svg ? "<!--" : "%%CreationDate:", svg ? "-->\n" : "\n");
        rc = svg ? program_check(out, "<", "</svg>", argv[0], e)
                 : program_check(out, "%!PS", "%EOF", argv[0], e);
    }
    buf_free(&abc);
    close_desk(&d);
    return rc;
}

static int make_sheet(const struct publication *p, struct buf *out,
                      struct err *e) {
    return program_need("abcm2ps", "abcm2ps", e) ? -1
                                                 : engrave(p, "", 1, out, e);
}

int render_sheet(struct publication *p, struct err *e) {
    static const char narrow[] = "%%topmargin 0.2cm\n%%botmargin 0.2cm\n"
                                 "%%leftmargin 0.4cm\n%%rightmargin 0.4cm\n"
                                 "%%writefields TCRX 0\n";
    struct err why = {0};
    if (!program_is_there("abcm2ps"))
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
    int ps = program_is_there("ps2pdf");
    if (program_need("abcm2ps", "abcm2ps", e) ||
        (!ps && program_need("rsvg-convert", "ghostscript or librsvg2-bin", e)))
        return -1;
    if (engrave(p, "", !ps, &page, e) || open_desk(&d, e)) {
        buf_free(&page);
        return -1;
    }
    struct file_path in = file_in(d.folder, ps ? "in.ps" : "in.svg");
    const char *by_ps[] = {"ps2pdf", in.text, "-", NULL};
    const char *by_svg[] = {"rsvg-convert", "-f", "pdf", in.text, NULL};
    const char *const *by = ps ? by_ps : by_svg;
    int rc =
        file_write(in.text, page.data, page.len, e) || program_run(by, out, e)
            ? -1
            : 0;
    buf_free(&page);
    close_desk(&d);
    return rc ? rc : program_check(out, "%PDF", "%%EOF", by[0], e);
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
    if (program_need("fluidsynth", "fluidsynth", e))
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
                     program_run(argv, &words, e) ||
                     file_read(out, wav.text, PROGRAM_MOST, e) ||
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
