/* What became of the files: see account.h. SPDX-License-Identifier: MIT */
#include "nott/data/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/music/song.h"

/* ---- a file's facts ---- */

/* A part of a whole; a whole of 0 says nothing. */
struct share {
    double part, whole;
};

static double share_value(struct share s) {
    return s.whole > 0 ? s.part / s.whole : 0;
}

typedef struct share looker(const struct corpus *c, const struct dataset *d,
                            const struct corpus_file *f);

/* Notes that the grid moved; finer grids have nothing to offer, and that of a
 * model is no choice. */
static struct share off_grid(const struct corpus *c, const struct dataset *d,
                             const struct corpus_file *f) {
    if (d->steps_per_quarter >= 12 || c->like)
        return (struct share){0, 0};
    return (struct share){(double)f->tune.moved, (double)f->tune.notes};
}

/* Of the steps with a chord, those on which it is one note. */
static struct share one_note(const struct corpus *c, const struct dataset *d,
                             const struct corpus_file *f) {
    struct share s = {0, 0};
    (void)d;
    for (int k = 0; k < f->tune.steps; k++) {
        int n = f->tune.chord[k]; /* 0: there may be no pool at all */
        uint16_t set = n ? chord_set(&c->pool.list[n]) : 0;
        s.whole += set != 0;
        s.part += set && !(set & (set - 1));
    }
    return s;
}

static struct share no_chord(const struct corpus *c, const struct dataset *d,
                             const struct corpus_file *f) {
    struct share s = {0, 0};
    (void)c;
    (void)d;
    if (!f->tune.has_chords)
        return s;
    s.whole = f->tune.steps;
    for (int k = 0; k < f->tune.steps; k++)
        s.part += f->tune.chord[k] == 0;
    return s;
}

/* The name that a chord of the pool has itself, and that of its class. */
static const char *class_of(const struct corpus *c, const struct dataset *d,
                            int number, char name[CHORD_NAME]) {
    const struct chord *chord = &c->pool.list[number];
    chord_name(chord_set(chord), chord->pitch[0] % 12, name);
    return c->map[number] < 0 ? "(held)"
                              : d->vocabulary.chords[c->map[number]].name;
}

/* Has it a class, and one of another name? */
static int is_renamed(const struct corpus *c, const struct dataset *d,
                      int number) {
    char name[CHORD_NAME];
    return number && c->map[number] > 0 &&
           strcmp(class_of(c, d, number, name), name) != 0;
}

/* Of the steps with a chord, those that have none any more. */
static struct share lost(const struct corpus *c, const struct corpus_file *f) {
    struct share s = {0, 0};
    for (int k = 0; k < f->tune.steps; k++) {
        int chord = f->tune.chord[k];
        s.whole += chord != 0;
        s.part += chord != 0 && c->map[chord] == 0;
    }
    return s;
}

static struct share mended(const struct corpus *c, const struct dataset *d,
                           const struct corpus_file *f) {
    (void)c;
    (void)d;
    return (struct share){f->repaired != 0, 1};
}

/* What was guessed, where nobody has written it. */
static struct share unknown_chords(const struct corpus *c,
                                   const struct dataset *d,
                                   const struct corpus_file *f) {
    (void)c;
    (void)d;
    return (struct share){!f->tune.has_chords, 1};
}

static struct share guessed_meter(const struct corpus *c,
                                  const struct dataset *d,
                                  const struct corpus_file *f) {
    (void)c;
    (void)d;
    return (struct share){!f->tune.meter_by_sign, 1};
}

static struct share guessed_key(const struct corpus *c, const struct dataset *d,
                                const struct corpus_file *f) {
    (void)c;
    (void)d;
    return (struct share){!f->tune.key_by_sign, 1};
}

static struct share other_meters(const struct corpus *c,
                                 const struct dataset *d,
                                 const struct corpus_file *f) {
    (void)c;
    (void)d;
    return (struct share){f->tune.meter_changes != 0, 1};
}

static struct share lost_chord(const struct corpus *c, const struct dataset *d,
                               const struct corpus_file *f) {
    (void)d;
    return c->like ? (struct share){0, 0} : lost(c, f);
}

static struct share unlike_chord(const struct corpus *c,
                                 const struct dataset *d,
                                 const struct corpus_file *f) {
    (void)d;
    return c->like ? lost(c, f) : (struct share){0, 0};
}

/* What is of interest only where the classes are those of a model. */
static struct share transposed(const struct corpus *c, const struct dataset *d,
                               const struct corpus_file *f) {
    (void)d;
    return (struct share){f->shift != 0, c->like != NULL};
}

static struct share off_its_grid(const struct corpus *c,
                                 const struct dataset *d,
                                 const struct corpus_file *f) {
    (void)d;
    return (struct share){(double)f->tune.moved,
                          c->like ? (double)f->tune.notes : 0};
}

static struct share out_of_range(const struct corpus *c,
                                 const struct dataset *d,
                                 const struct corpus_file *f) {
    (void)d;
    return (struct share){f->octaves, c->like ? (double)f->tune.notes : 0};
}

/* Of the steps with a chord, those whose chord is called otherwise there (in
 * classic they all are). */
static struct share other_chord(const struct corpus *c, const struct dataset *d,
                                const struct corpus_file *f) {
    struct share s = {0, 0};
    int before = 0, other = 0;
    int look = c->like && d->vocabulary.encoding == ENCODING_ATTACK;
    for (int k = 0; look && k < f->tune.steps; k++) {
        int n = f->tune.chord[k];
        if (n != before)
            other = is_renamed(c, d, n);
        before = n;
        s.whole += n != 0;
        s.part += n != 0 && other;
    }
    return s;
}

/* What is said of the kept files, a line each. A file counts when its share is
 * larger than `each`; the line is said when the share of all that count is
 * larger than `all`. In the text # is "3 files", @ that share in percent. */
static const struct fact {
    looker *look;
    double each, all;
    const char *text;
} facts[] = {
    {off_grid, 0.1, 0,
     "@ % of the notes of # are off the grid: try "
     "--steps-per-quarter 12"},
    {mended, 0, 0, "damaged, and mended: # (--report says how)"},
    {unknown_chords, 0, 0,
     "a melody alone: # (a model learns their melodies, and no chords from "
     "them; data.chords = required leaves them out)"},
    {guessed_meter, 0, 0,
     "meter by ear: #, that have no time signature or 4/4"},
    {guessed_key, 0, 0, "key by ear: #, that have no key signature or another"},
    {other_meters, 0, 0, "other meters on the way: # (bars follow most of it)"},
    {one_note, -1, 0.1,
     "@ % of the steps with a chord have one note for it: --chord-track names "
     "another track"},
    {no_chord, -1, 0.1, "@ % of the steps have no chord"},
    {lost_chord, -1, 0.01,
     "@ % of the steps with a chord lost it: too few steps of the training "
     "tunes have it or one like it (data.chord_min_count)"},
    {unlike_chord, -1, 0.01,
     "@ % of the steps with a chord lost it: the model has none like it"},
    {other_chord, -1, 0.01,
     "@ % of the steps with a chord have one that the model does not know, and "
     "get the one most like it"},
    {off_its_grid, 0.1, 0,
     "@ % of the notes of # are off the grid of the model, and moved to it"},
    {transposed, 0, 0,
     "transposed as a whole, into the range of the model: # (--report says by "
     "how much)"},
    {out_of_range, 0, 0,
     "@ % of the notes of # were moved by octaves: these do not fit the range "
     "of the model as a whole"},
};

static struct share add_up(const struct fact *fact, const struct corpus *c,
                           const struct dataset *d, size_t *files) {
    struct share all = {0, 0};
    *files = 0;
    for (size_t i = 0; i < c->count; i++) {
        if (c->files[i].outcome != OUTCOME_KEPT)
            continue;
        struct share s = fact->look(c, d, &c->files[i]);
        if (!(s.whole > 0 && s.part > fact->each * s.whole))
            continue;
        ++*files;
        all.part += s.part;
        all.whole += s.whole;
    }
    return all;
}

static void say(const char *text, size_t number, double share,
                struct buf *out) {
    for (const char *p = text; *p; p++)
        if (*p == '#')
            buf_printf(out, "%zu file%s", number, number == 1 ? "" : "s");
        else if (*p == '@')
            buf_printf(out, "%.0f", 100 * share);
        else
            buf_add(out, p, 1);
    buf_printf(out, "\n");
}

/* ---- what is said of all ---- */

static int meter_order(const void *a, const void *b) {
    return memcmp(a, b, 2);
}

struct meter_count {
    const uint8_t *meter; /* [2] */
    size_t tunes;
};

static int commonest_meter(const void *a, const void *b) {
    const struct meter_count *x = a, *y = b;
    if (x->tunes != y->tunes)
        return x->tunes > y->tunes ? -1 : 1;
    return memcmp(x->meter, y->meter, 2);
}

/* "meters 4/4: 20, 6/8: 12", if there are several. */
static void say_meters(const struct dataset *d, struct buf *out) {
    uint8_t *sorted = malloc(2 * d->tunes + 1);
    struct meter_count *list = calloc(d->tunes + 1, sizeof *list);
    size_t n = 0;
    if (sorted && list) {
        memcpy(sorted, d->meter, 2 * d->tunes);
        qsort(sorted, d->tunes, 2, meter_order);
        for (size_t s = 0; s < d->tunes; s++) {
            if (!n || meter_order(list[n - 1].meter, sorted + 2 * s) != 0)
                list[n++].meter = sorted + 2 * s;
            list[n - 1].tunes++;
        }
        qsort(list, n, sizeof *list, commonest_meter);
    }
    for (size_t i = 0; i < n && n > 1; i++)
        buf_printf(out, "%s %d/%d: %zu", i ? "," : "meters", list[i].meter[0],
                   list[i].meter[1], list[i].tunes);
    if (n > 1)
        buf_printf(out, "\n");
    out->failed |= !sorted || !list;
    free(sorted);
    free(list);
}

/* There may be more chords than classes. */
static void say_crowded(const struct corpus *c, const struct dataset *d,
                        struct buf *out) {
    if (!c->like && d->vocabulary.chord_count == VOCABULARY_MAX)
        buf_printf(out,
                   "there can be no more than %d chord classes: they are those "
                   "of the commonest chords\n",
                   VOCABULARY_MAX);
}

/* Splits that were to have tunes, and have none. */
static void say_empty(const struct corpus *c, const struct dataset *d,
                      struct buf *out) {
    size_t tunes[SPLITS] = {0};
    const char *gap = "no ";
    for (size_t s = 0; s < d->tunes; s++)
        tunes[d->split[s]]++;
    for (int k = 0; k < SPLITS; k++)
        if (c->share[k] && !tunes[k]) {
            buf_printf(out, "%s%s", gap, split_names[k]);
            gap = " and no ";
        }
    if (gap[0] == ' ')
        buf_printf(out, " tunes: a model needs tunes to train and to validate "
                        "on, and others to be tested by: give more, or "
                        "--split 100,0,0 if none is to be trained\n");
}

void account_summary(const struct corpus *c, const struct dataset *d,
                     struct buf *out) {
    say_meters(d, out);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        size_t files;
        double share = share_value(add_up(&facts[i], c, d, &files));
        if (files && share > facts[i].all)
            say(facts[i].text, files, share, out);
    }
    say_crowded(c, d, out);
    say_empty(c, d, out);
}

/* ---- the table ---- */

/* The chords of a tune, "G D7>D": what it plays, and the class it gets. */
static void report_chords(const struct corpus *c, const struct dataset *d,
                          const struct raw_tune *t, struct buf *out) {
    unsigned char *seen = calloc(c->pool.count + 1, 1);
    const char *gap = "";
    out->failed |= !seen;
    for (int k = 0; seen && k < t->steps; k++) {
        int n = t->chord[k];
        if (!n || seen[n])
            continue;
        seen[n] = 1;
        char name[CHORD_NAME];
        const char *class = class_of(c, d, n, name);
        int same = strcmp(name, class) == 0;
        buf_printf(out, "%s%s%s", gap, name, same ? "" : ">");
        buf_add_text(out, same ? "" : class);
        gap = " ";
    }
    free(seen);
}

static const char *const chords_by_names[] = {"", "strikes", "notes", "texts"};

static void report_kept(const struct corpus *c, const struct dataset *d,
                        const struct corpus_file *f, struct buf *out) {
    const struct raw_tune *t = &f->tune;
    const struct tune_header *h = &t->header;
    char key[TUNE_KEY_NAME];
    double bars = (double)(t->steps - h->phase) / h->bar;
    double share = t->notes ? 1.0 / (double)t->notes : 0;
    buf_printf(out, "%d\t%d/%d\t%s\t%d\t%s\t%.1f\t%zu\t%.4f\t%.4f\t%.4f\t%d\t",
               t->steps, h->beats, h->unit, tune_key_name(h->key, key),
               h->phase, t->by, bars, t->notes, t->error,
               (double)t->moved * share, (double)t->lost * share, f->octaves);
    report_chords(c, d, t, out);
    buf_printf(out, "\t%.4f\t%.4f\t%.4f", share_value(one_note(c, d, f)),
               share_value(no_chord(c, d, f)), share_value(lost(c, f)));
    buf_printf(out, "\t%s\t%s%s%s\t%s\t%d\t%.4g\t%.4f\t%s",
               t->key_by_sign ? "sign"
               : t->mode      ? "notes"
                              : "",
               t->mode ? chord_pitch_class_name(t->mode_tonic) : "",
               t->mode ? " " : "", t->mode ? t->mode : "",
               t->meter_by_sign ? "sign" : "notes", t->meter_changes, t->tempo,
               (double)t->doubled * share, chords_by_names[t->chords_by]);
}

static void report_file(const struct corpus *c, const struct dataset *d,
                        const struct corpus_file *f, struct buf *out) {
    int kept = f->outcome == OUTCOME_KEPT;
    buf_add_text(out, f->name);
    buf_printf(out, "\t%s\t%s\t", split_names[f->split], kept ? "yes" : "no");
    buf_add_text(out, f->tune.reason);
    buf_printf(out, "\t%d\t%d\t", f->tune.melody_track, f->tune.chord_track);
    if (kept)
        report_kept(c, d, f, out);
    else
        buf_printf(out, "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t");
    struct song song = {.repaired = f->repaired};
    char repairs[SONG_REPAIRS_MAX];
    buf_printf(out, "\t%s\t%s\t", corpus_outcome_names[f->outcome],
               song_repairs(&song, repairs, sizeof repairs));
    buf_add_text(out, f->path);
    if (kept)
        buf_printf(out, "\t%d\n", f->shift);
    else
        buf_printf(out, "\t\n");
}

void account_report(const struct corpus *c, const struct dataset *d,
                    struct buf *out) {
    buf_printf(out, "file\tsplit\tkept\treason\tmelody_track\tchord_track\t"
                    "steps\tmeter\tkey\tphase\tphase_by\tbars\tnotes\t"
                    "mean_error_quarters\tmoved_share\tlost_share\t"
                    "octave_moved\tchords\tone_note_share\t"
                    "no_chord_share\tlost_chord_share\tkey_by\tmode\t"
                    "meter_by\tmeter_changes\ttempo\tdoubled_share\tchords_"
                    "by\toutcome\trepairs\tpath\t"
                    "transposed\n");
    for (size_t i = 0; i < c->count; i++)
        report_file(c, d, &c->files[i], out);
}
