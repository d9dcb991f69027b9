/* rnn-sample: a model to a new tune. SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cli.h"
#include "common/output.h"
#include "nott/base/file.h"
#include "nott/base/plain.h"
#include "nott/compose/plan.h"
#include "nott/compose/publish.h"
#include "nott/data/dataset.h"
#include "nott/learn/record.h"
#include "nott/music/encode.h"
#include "nott/music/progression.h"
#include "nott/score/source.h"
#include "rnn-sample/arguments.h"
#include "rnn-sample/title.h"

static int override(struct settings *s, const char *name, const char *value,
                    struct err *e) {
    return value ? conf_give(&settings_table, s, name, value, e) : 0;
}

/* ---- what is given ---- */

struct material {
    struct checkpoint model;
    struct tune primer, melody, chords, rework;
    struct progression progression; /* chords that are given as a text */
    char primer_name[256];
    struct song given;             /* the given melody */
    struct score written;          /* the same, if it is ABC */
    char title[SONG_TEXT_MAX + 1]; /* of that; "" = it has none */
};

static void material_free(struct material *g) {
    checkpoint_free(&g->model);
    tune_free(&g->primer);
    tune_free(&g->melody);
    tune_free(&g->chords);
    tune_free(&g->rework);
    progression_free(&g->progression);
    song_free(&g->given);
    score_free(&g->written);
}

/* One of the test tunes. */
static int random_primer(struct material *g, const struct settings *of,
                         struct rng *rng, struct err *e) {
    struct dataset d;
    const char *path = of->data.sequences;
    if (dataset_load(&d, path, e))
        return -1;
    size_t tests = dataset_count(&d, SPLIT_TEST), s = 0;
    int rc = -1;
    if (!tests)
        err_set(e, ERR_FORMAT, "%s: has no test tunes", path);
    else if (checkpoint_check_tunes(&g->model.origin, of->run.dir,
                                    &d.vocabulary, d.steps_per_quarter, path,
                                    e) == 0) {
        size_t wanted = rng_below(rng, tests);
        for (; d.split[s] != SPLIT_TEST || wanted; s++)
            wanted -= d.split[s] == SPLIT_TEST;
        snprintf(g->primer_name, sizeof g->primer_name, "%s", d.names[s]);
        rc = dataset_tune(&d, s, &g->primer, e);
    }
    dataset_free(&d);
    return rc;
}

/* Are chords given by a file, or by their names? "-" is standard input. */
static int is_file(const char *chords) {
    return source_is_name(chords) || strcmp(chords, "-") == 0;
}

static int tell_remarks(const struct source *s, const struct buf *remarks,
                        struct err *e) {
    char before[4352];
    snprintf(before, sizeof before, "%s:", source_name(s));
    cli_lines(before, (const char *)remarks->data, 1);
    return buf_ok(remarks, source_name(s), e);
}

/* What somebody has written keeps its notes, name and kind of dance. */
static void keep_song(struct material *g, const struct song *song) {
    g->given = *song;
    for (size_t i = 0; song->written && i < song->mark_count; i++)
        if (song->marks[i].kind == MARK_TEXT && song->marks[i].part == 0) {
            snprintf(g->title, sizeof g->title, "%s", song->marks[i].text);
            break;
        }
}

/* The first tune of a file. Its song goes to g->given if `keep`. */
static int load_tune(struct tune *t, struct material *g, int chords_will_do,
                     int keep, const char *path, struct err *e) {
    const struct origin *o = &g->model.origin;
    struct source s;
    struct song song;
    struct buf remarks = {0};
    if (source_load(&s, path, e))
        return -1;
    if (s.tunes > 1)
        cli_note("%s: has %zu tunes; the first is taken", source_name(&s),
                 s.tunes);
    struct score *written = keep ? &g->written : NULL;
    int rc = source_song(&song, written, &s, 0, &remarks, e);
    if (tell_remarks(&s, &remarks, e) && rc == 0) {
        song_free(&song);
        rc = -1;
    }
    if (rc == 0) {
        rc = tune_from_song(t, &o->vocabulary, o->steps_per_quarter,
                            chords_will_do, &song, source_name(&s), e);
        if (rc == 0 && keep)
            keep_song(g, &song);
        else
            song_free(&song);
    }
    buf_free(&remarks);
    source_free(&s);
    return rc;
}

#define OLD_TEMPO 120 /* the default that older runs have written down */

/* What is played, and how fast: 0 = as given, or by the kind of tune. */
static struct performance performance_of(const struct arguments *a) {
    const struct cli_settings *c = &a->settings;
    struct performance p = c->settings.performance;
    if (p.tempo == OLD_TEMPO && !a->tempo && !cli_is_set(c, "sample.tempo"))
        p.tempo = 0;
    if (a->melody_program != NO_PROGRAM)
        p.melody_program = a->melody_program;
    if (a->chord_program != NO_PROGRAM)
        p.chord_program = a->chord_program;
    return p;
}

/* The kind of dance: as it is asked for, or written. */
static const char *rhythm_of(const struct arguments *a,
                             const struct material *g) {
    return a->rhythm[0] ? a->rhythm : g->given.rhythm;
}

/* Does a training tune with the time signature that is asked for begin in this
 * key? */
static int has_opening(const struct arguments *a, const struct material *g,
                       int key) {
    const struct origin *o = &g->model.origin;
    for (size_t i = 0; i < o->opening_count; i++) {
        const struct tune_header *h = &o->openings[i].header;
        if (h->key == key &&
            (!a->beats || (h->beats == a->beats && h->unit == a->unit)))
            return 1;
    }
    return 0;
}

/* Chords that are given as a text, and the key that they are in, if neither the
 * user nor a primer says another. */
static int read_chords(const struct arguments *a, struct material *g,
                       struct plan *p, struct err *e) {
    char name[TUNE_KEY_NAME];
    p->chord_text = a->chords;
    if (progression_read(&g->progression, a->chords, e))
        return -1;
    int key = progression_key(&g->progression);
    if (a->key >= 0 || a->primer || key < 0)
        return 0;
    if (has_opening(a, g, key))
        p->key = key;
    else
        cli_note("chords: they are in %s, in which no training tune fits; the "
                 "key is as it comes",
                 tune_key_name(key, name));
    return 0;
}

/* The tune of which some bars are played anew. */
static int gather_rework(const struct arguments *a, struct material *g,
                         struct plan *p, struct err *e) {
    if (a->primer || a->melody || a->chords || a->bars || a->steps || a->form)
        return err_set(e, ERR_USAGE,
                       "--rework: signs, length and all else are those of the "
                       "tune");
    if (load_tune(&g->rework, g, 0, 0, a->rework, e))
        return -1;
    p->rework = &g->rework;
    if (!g->rework.has_chords)
        return err_set(e, ERR_FORMAT,
                       "%s: has no chords; --given-melody finds some",
                       a->rework);
    return g->model.origin.forms
               ? 0
               : err_set(e, ERR_USAGE,
                         "this model has learnt nothing of forms");
}

/* Marks the steps that stand: those of bars that are not played anew. */
static int mark_steps(const struct arguments *a, struct sampled *s,
                      struct form *f, struct err *e) {
    const struct tune *t = s->tune;
    uint8_t anew[FORM_BARS], *stands = calloc(t->steps + 1, 1);
    s->stands = stands;
    if (!stands)
        return err_set(e, ERR_MEM, "composing: out of memory");
    if (rework_bars(anew, f, &a->change, &s->rng, e))
        return -1;
    for (size_t k = 0; k < t->steps; k++) {
        int bar = form_bar_of(&t->frame.header, k);
        stands[k] =
            k < (size_t)t->frame.header.phase || bar >= f->bars || !anew[bar];
    }
    return 0;
}

static int gather(struct arguments *a, struct material *g, struct rng *rng,
                  struct plan *p, struct err *e) {
    const struct settings *s = &a->settings.settings;
    if (checkpoint_load_run(&g->model, s->run.dir, e))
        return -1;
    *p = (struct plan){.bars = s->bars,
                       .steps = (size_t)a->steps,
                       .beats = a->beats,
                       .unit = a->unit,
                       .key = a->key,
                       .performance = performance_of(a),
                       .primer_bars = a->primer_bars,
                       .letters = a->form,
                       .low = a->low,
                       .high = a->high};
    if ((a->beats || a->key >= 0) && (a->primer || a->melody || a->rework ||
                                      (a->chords && is_file(a->chords))))
        return err_set(e, ERR_USAGE,
                       "--meter and --key come with the given tune");
    if (a->rework && gather_rework(a, g, p, e))
        return -1;
    if (a->steps && a->bars)
        return err_set(e, ERR_USAGE, "--steps or --bars, not both");
    if (a->form && (a->steps || a->bars))
        return err_set(e, ERR_USAGE,
                       "--form has its length, and goes without --bars and "
                       "--steps");
    if (a->form && a->melody)
        return err_set(e, ERR_USAGE, "--form comes with the given melody");
    if (a->melody && a->chords)
        return err_set(e, ERR_USAGE,
                       "with melody and chords given nothing is left to do");
    if (a->primer) {
        int random = strcmp(a->primer, "random") == 0;
        snprintf(g->primer_name, sizeof g->primer_name, "%s", a->primer);
        if (random ? random_primer(g, s, rng, e)
                   : load_tune(&g->primer, g, 0, 0, a->primer, e))
            return -1;
        p->primer = &g->primer;
    }
    if (a->melody && load_tune(&g->melody, g, 0, 1, a->melody, e))
        return -1;
    p->melody = a->melody ? &g->melody : NULL;
    if (a->chords && is_file(a->chords)) {
        if (load_tune(&g->chords, g, 1, 0, a->chords, e))
            return -1;
        if (!g->chords.has_chords)
            return err_set(e, ERR_FORMAT, "%s: has no chords", a->chords);
        p->chords = &g->chords;
    } else if (a->chords && read_chords(a, g, p, e)) {
        return -1;
    }
    if (!a->bars && (p->melody || p->chords))
        p->bars = 0;
    p->keep_tempo = p->performance.tempo == 0;
    p->rhythm = rhythm_of(a, g);
    return 0;
}

/* ---- what comes out ---- */

/* Where everything goes: song.mid, if nothing is said. */
static int add_targets(struct arguments *a, struct err *e) {
    struct targets *t = &a->targets;
    for (size_t i = 0; i < a->output_count; i++)
        if (targets_add(t, a->output[i], a->format, 1, e))
            return -1;
    if (!a->output_count && targets_add(t, "song.mid", NULL, 0, e))
        return -1;
    if (a->svg && !output_is_open(a->svg) && !file_ends_in(a->svg, ".svg"))
        return err_set(e, ERR_USAGE, "%s: --svg writes .svg files", a->svg);
    return a->svg ? targets_add(t, a->svg, "svg", 1, e) : 0;
}

/* Nothing that is read, and nothing that is written first, is written over. */
static int check_outputs(struct arguments *a, struct err *e) {
    const struct settings *s = &a->settings.settings;
    struct file_path model = file_in(s->run.dir, CHECKPOINT_BEST);
    int random = a->primer && strcmp(a->primer, "random") == 0;
    const char *inputs[] = {model.text,
                            a->settings.read.text,
                            random ? s->data.sequences : a->primer,
                            a->melody,
                            a->chords && is_file(a->chords) ? a->chords : NULL,
                            a->rework};
    return targets_check(&a->targets, (struct paths){inputs, 6}, a->count, e);
}

/* The name of a model is that of its folder, wherever this is. */
static int model_name(char name[CONF_PATH], const char *dir, struct err *e) {
    char *whole = realpath(dir, NULL);
    if (!whole && errno == ENOMEM)
        return err_errno(e, "%s", dir);
    const char *slash = strrchr(whole ? whole : dir, '/');
    snprintf(name, CONF_PATH, "%s",
             slash && slash[1] ? slash + 1 : "a model without a name");
    free(whole);
    return 0;
}

/* What is said of a tune; the texts stay as long as the program runs. */
struct words {
    struct buf note, title, about, name;
};

static void words_free(struct words *w) {
    buf_free(&w->note);
    buf_free(&w->title);
    buf_free(&w->about);
    buf_free(&w->name);
}

static int find_words(struct words *w, const struct arguments *a,
                      const struct material *g, const struct sampled *made,
                      int number, struct err *e) {
    const struct tune_header *h = &made->tune->frame.header;
    const char *path = a->targets.list[0].path;
    char key[TUNE_KEY_NAME], model[CONF_PATH], name[FILE_PATH];
    long long seed = (long long)made->seed;
    if (model_name(model, a->settings.settings.run.dir, e))
        return -1;
    const char *own = targets_name(name, path, a->count, number);
    path = own ? own : path; /* of a book, whose tunes have no files */
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t n = output_is_open(path) ? 0 : strcspn(base, ".");
    buf_printf(&w->note, "nott %s seed %lld: rnn-sample%s", NOTT_VERSION, seed,
               a->command);
    if (g->title[0])
        buf_printf(&w->title, "%s", g->title);
    else
        title_make(made->seed, &w->title);
    buf_printf(&w->about, "%d/%d, key %s, model %s, seed %lld", h->beats,
               h->unit, tune_key_name(h->key, key), model, seed);
    buf_printf(&w->name, "%.*s", n ? (int)n : 4, n ? base : "song");
    if (buf_ok(&w->note, "texts", e) || buf_ok(&w->title, "texts", e) ||
        buf_ok(&w->about, "texts", e) || buf_ok(&w->name, "texts", e))
        return -1;
    plain_text((char *)w->title.data);
    plain_text((char *)w->about.data);
    plain_text((char *)w->name.data);
    return 0;
}

static int make_ready(struct publication *p, struct words *w,
                      const struct arguments *a, const struct material *g,
                      const struct sampled *made, int number, struct err *e) {
    if (find_words(w, a, g, made, number, e))
        return -1;
    struct publish_request request = {.title = (const char *)w->title.data,
                                      .about = (const char *)w->about.data,
                                      .note = (const char *)w->note.data,
                                      .rhythm = rhythm_of(a, g),
                                      .name = (const char *)w->name.data,
                                      .arrangement = a->arrangement,
                                      .start = g->melody.start};
    if (g->given.written) {
        request.melody = &g->given;
        request.score = &g->written;
    }
    return publish_open(p, &g->model.origin.vocabulary, made->tune, &request,
                        e);
}

static int show_form(const struct form *f, struct err *e) {
    struct buf text = {0};
    outline_print(f, &text);
    int rc = buf_ok(&text, "form", e);
    if (rc == 0)
        cli_lines("form: ", (const char *)text.data, 1);
    buf_free(&text);
    return rc;
}

static int tell_tune(const struct arguments *a, const struct sampled *made,
                     int number, struct err *e) {
    const struct tune_header *h = &made->tune->frame.header;
    char key[TUNE_KEY_NAME], name[FILE_PATH];
    const struct target *first = &a->targets.list[0];
    int together = first->format && first->format->together;
    cli_note("%s: %d/%d, key %s, %zu steps, seed %lld, %.3f nats a step",
             output_name(targets_name(name, first->path,
                                      together ? 1 : a->count, number)),
             h->beats, h->unit, tune_key_name(h->key, key), made->tune->steps,
             (long long)made->seed, made->nats);
    return a->show_form && made->form ? show_form(made->form, e) : 0;
}

static int publish(struct arguments *a, const struct material *g,
                   const struct sampled *list, struct err *e) {
    size_t n = (size_t)a->count;
    struct publication *all = calloc(n, sizeof *all);
    struct words *words = calloc(n, sizeof *words);
    int rc = all && words ? 0 : err_set(e, ERR_MEM, "tunes: out of memory");
    for (int i = 0; rc == 0 && i < a->count; i++)
        rc = make_ready(&all[i], &words[i], a, g, &list[i], i + 1, e);
    if (rc == 0)
        rc = targets_write(&a->targets, all, a->count, e);
    for (int i = 0; rc == 0 && i < a->count; i++)
        rc = tell_tune(a, &list[i], i + 1, e);
    for (size_t i = 0; all && words && i < n; i++) {
        publish_close(&all[i]);
        words_free(&words[i]);
    }
    free(all);
    free(words);
    if (rc == 0 && a->targets.kept)
        return err_set(e, ERR_IO, "%zu of the files %s kept as it was",
                       a->targets.kept, a->targets.kept == 1 ? "is" : "are");
    return rc;
}

/* What stands for chords that the model does not have. */
static int tell_chords(const struct material *g, const struct tune *tunes,
                       int count, struct err *e) {
    struct buf told = {0};
    for (int i = 0; i < count; i++)
        progression_report(&g->progression, &g->model.origin.vocabulary,
                           tunes[i].frame.header.key, &told);
    int rc = buf_ok(&told, "chords", e);
    if (rc == 0)
        cli_lines("chords: ", (const char *)told.data, 1);
    buf_free(&told);
    return rc;
}

/* Those that the critic does not tell apart stay in the order of their seeds.
 */
static int better_first(const void *a, const void *b) {
    const struct sampled *x = a, *y = b;
    return x->quality != y->quality ? (x->quality < y->quality) * 2 - 1
                                    : (x->seed > y->seed) - (x->seed < y->seed);
}

/* Every tune has a seed of its own, and is what that seed gives alone. */
static int compose(struct arguments *a, struct material *g,
                   struct sampled *list, struct tune *tunes, struct form *forms,
                   struct err *e) {
    struct plan plan;
    const struct settings *s = &a->settings.settings;
    struct sampling how = s->sampling;
    how.chord_given = a->chords != NULL;
    how.low = a->low;
    how.high = a->high;
    struct rng rng;
    rng_seed(&rng, (uint64_t)a->seed, 1);
    if (gather(a, g, &rng, &plan, e))
        return -1;
    if (a->melody)
        sample_given_melody(
            &g->model, &how,
            cli_is_set(&a->settings, "sample.chord_temperature"));
    for (int i = 0; i < a->count; i++) {
        list[i].tune = &tunes[i];
        list[i].may_end = plan_is_open(&plan, &g->model);
        list[i].seed = a->seed + i;
        rng_seed(&list[i].rng, (uint64_t)list[i].seed, 0);
        if (plan_tune(&tunes[i], &g->model, &plan, &list[i].rng, &list[i].from,
                      &forms[i], e))
            return -1;
        list[i].form = forms[i].bars ? &forms[i] : NULL;
        if (a->rework && mark_steps(a, &list[i], &forms[i], e))
            return -1;
    }
    if (tell_chords(g, tunes, a->count, e))
        return -1;
    if (a->primer)
        cli_note("primer: %s, %zu steps", g->primer_name, list[0].from);
    if (sample_tunes(&g->model, list, (size_t)a->count, &how, e))
        return -1;
    qsort(list, (size_t)a->count, sizeof *list, better_first);
    return publish(a, g, list, e);
}

static int run(struct arguments *a, struct err *e) {
    struct settings *s = &a->settings.settings;
    struct material g = {0};
    size_t n = (size_t)a->count;
    struct sampled *list = calloc(n, sizeof *list);
    struct tune *tunes = calloc(n, sizeof *tunes);
    struct form *forms = calloc(n, sizeof *forms);
    int rc = cli_settings_of_run(&a->settings, e);
    if (!list || !tunes || !forms)
        rc = err_set(e, ERR_MEM, "composing: out of memory");
    if (rc == 0 && (override(s, "sample.bars", a->bars, e) ||
                    override(s, "sample.temperature", a->temperature, e) ||
                    override(s, "sample.best_of", a->best_of, e) ||
                    override(s, "sample.max_copy", a->max_copy, e) ||
                    override(s, "sample.method", a->method, e) ||
                    override(s, "sample.tempo", a->tempo, e) ||
                    add_targets(a, e) || check_outputs(a, e)))
        rc = -1;
    if (rc == 0)
        rc = compose(a, &g, list, tunes, forms, e);
    for (size_t i = 0; tunes && i < n; i++)
        tune_free(&tunes[i]);
    for (size_t i = 0; list && i < n; i++)
        free(list[i].stands);
    free(tunes);
    free(forms);
    free(list);
    material_free(&g);
    return rc;
}

int main(int argc, char **argv) {
    struct arguments a = {.primer_bars = 4,
                          .rhythm = "",
                          .melody_program = NO_PROGRAM,
                          .chord_program = NO_PROGRAM,
                          .arrangement = {.swing = 0.5},
                          .key = TUNE_KEY_UNKNOWN,
                          .count = 1};
    struct buf command = {0};
    struct err e = {0};
    mat_use(MAT_AUTO, NULL);
    cli_init("rnn-sample", mat_blas_version());
    cli_command(&command, argc, argv);
    a.command = command.data ? (const char *)command.data : "";
    cli_parse(&arguments_parser, argc, argv, &a);
    if (!a.has_seed)
        a.seed = cli_any_seed();
    int rc = buf_ok(&command, "options", &e) ? -1 : run(&a, &e);
    buf_free(&command);
    return rc ? cli_fail(&e) : EXIT_DONE;
}
