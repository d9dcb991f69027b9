/* rnn-sample: a model to a new tune. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cli.h"
#include "common/output.h"
#include "nott/base/file.h"
#include "nott/compose/plan.h"
#include "nott/compose/publish.h"
#include "nott/data/dataset.h"
#include "nott/learn/record.h"
#include "nott/music/encode.h"
#include "nott/score/source.h"

struct arguments {
    struct cli_settings settings;
    const char *output, *svg, *primer, *melody, *chords;
    const char *bars, *temperature, *method; /* over the settings */
    int primer_bars, has_seed;
    int64_t seed, steps;
    int count;
    const char *command; /* the words after the name, without folders */
    int beats, unit, key;
};

enum {
    SEED = 256,
    COUNT,
    BARS,
    STEPS,
    TEMPERATURE,
    METHOD,
    PRIMER,
    PRIMER_BARS,
    MELODY,
    CHORDS,
    SVG,
    METER,
    KEY
};

static const struct argp_option options[] = {
    {"output", 'o', "FILE.mid", 0,
     "Write the tune here (default song.mid; - is standard output)", 0},
    {"svg", SVG, "FILE.svg", 0, "Draw the tune as well (- is standard output)",
     0},
    {"seed", SEED, "N", 0,
     "The same seed gives the same tune (default: another one each time, and "
     "shown)",
     0},
    {"count", COUNT, "N", 0,
     "Compose N tunes at once, with the seeds from --seed on: song-1.mid ...",
     0},
    {"bars", BARS, "N", 0,
     "Length after the pickup (default 32, or that of the given voice); 0 lets "
     "the tune end by itself",
     0},
    {"steps", STEPS, "N", 0, "Length in steps instead", 0},
    {"meter", METER, "6/8", 0, "Time signature (default: as it comes)", 0},
    {"key", KEY, "G|Em", 0, "Key (default: as it comes)", 0},
    {"temperature", TEMPERATURE, "T", 0,
     "Below 1 safer, above 1 wilder (default 1)", 0},
    {"method", METHOD, "sample|argmax", 0,
     "Draw each step, or take the likeliest (default sample)", 0},
    {"primer", PRIMER, "FILE.mid|random", 0,
     "Begin like this tune; random = one of the test tunes", 1},
    {"primer-bars", PRIMER_BARS, "N", 0, "Bars of the primer (default 4)", 1},
    {"given-melody", MELODY, "FILE.mid", 0, "Find chords for this melody", 1},
    {"given-chords", CHORDS, "FILE.mid|TEXT", 0,
     "Find a melody over these chords: a file, or one a bar as in "
     "\"D G A7 D\" or \"I-vi-IV-V\"",
     1},
    {0},
};

static void parse_meter(struct arguments *a, struct argp_state *state,
                        const char *text) {
    int used = 0;
    if (sscanf(text, "%2d/%2d%n", &a->beats, &a->unit, &used) != 2 ||
        text[used] || a->beats < 1 || a->unit < 1)
        argp_error(state, "--meter: '%s' is not like 6/8", text);
}

static void parse_key(struct arguments *a, struct argp_state *state,
                      const char *text) {
    uint16_t set;
    int root;
    if (chord_parse(text, &set, &root, NULL) || root < 0 ||
        (text[0] && strcmp(text + 1 + (text[1] == '#' || text[1] == 'b'), "") &&
         strcmp(text + 1 + (text[1] == '#' || text[1] == 'b'), "m")))
        argp_error(state, "--key: '%s' is not like G or Em", text);
    a->key = root + (text[strlen(text) - 1] == 'm' ? 12 : 0);
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->settings;
        return 0;
    case 'o':
        a->output = arg;
        return 0;
    case SVG:
        a->svg = arg;
        return 0;
    case SEED:
        a->has_seed = 1;
        a->seed = cli_integer(state, "--seed", arg, 0, INT64_MAX - 1000);
        return 0;
    case COUNT:
        a->count = (int)cli_integer(state, "--count", arg, 1, 1000);
        return 0;
    case BARS:
        a->bars = arg;
        return 0;
    case STEPS:
        a->steps = cli_integer(state, "--steps", arg, 2, ENCODE_MAX_STEPS);
        return 0;
    case METER:
        parse_meter(a, state, arg);
        return 0;
    case KEY:
        parse_key(a, state, arg);
        return 0;
    case TEMPERATURE:
        a->temperature = arg;
        return 0;
    case METHOD:
        a->method = arg;
        return 0;
    case PRIMER:
        a->primer = arg;
        return 0;
    case PRIMER_BARS:
        a->primer_bars = (int)cli_integer(state, "--primer-bars", arg, 0, 1000);
        return 0;
    case MELODY:
        a->melody = arg;
        return 0;
    case CHORDS:
        a->chords = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char doc[] =
    "Composes a tune, melody and chords, with a model that rnn-train made, and "
    "writes it as a MIDI file."
    "\vExamples:\n"
    "  rnn-sample --config models/first -o song.mid --svg song.svg\n"
    "  rnn-sample --config models/first --seed 7 --meter 6/8 --bars 16\n"
    "  rnn-sample --config models/first --given-chords \"D G A7 D\"\n"
    "  rnn-sample --config models/first --primer tune.mid --primer-bars 8\n";

static const struct argp parser = {options,      parse, NULL, doc,
                                   cli_children, NULL,  NULL};

static int override(struct settings *s, const char *key, const char *value,
                    struct err *e) {
    char text[128];
    snprintf(text, sizeof text, "sample.%s=%.80s", key, value ? value : "");
    return value ? conf_set(&settings_table, s, text, e) : 0;
}

/* ---- what is given ---- */

struct material {
    struct checkpoint model;
    struct tune primer, melody, chords;
    char primer_name[256];
};

static void material_free(struct material *g) {
    checkpoint_free(&g->model);
    tune_free(&g->primer);
    tune_free(&g->melody);
    tune_free(&g->chords);
}

/* One of the test tunes. */
static int random_primer(struct material *g, const char *path, struct rng *rng,
                         struct err *e) {
    struct dataset d;
    if (dataset_load(&d, path, e))
        return -1;
    size_t tests = 0, s = 0;
    for (size_t i = 0; i < d.tunes; i++)
        tests += d.split[i] == SPLIT_TEST;
    int rc = -1;
    if (vocabulary_differs(&d.vocabulary, &g->model.origin.vocabulary)) {
        err_set(e, ERR_FORMAT, "%s: other classes than the model's", path);
    } else if (!tests) {
        err_set(e, ERR_FORMAT, "%s: has no test tunes", path);
    } else {
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

static void tell_remarks(const struct source *s, const struct buf *remarks) {
    const char *line = (const char *)remarks->data;
    for (const char *end; line && (end = strchr(line, '\n')); line = end + 1)
        cli_note("%s:%.*s", source_name(s), (int)(end - line), line);
}

static int load_tune(struct tune *t, const struct material *g,
                     int chords_will_do, const char *path, struct err *e) {
    const struct origin *o = &g->model.origin;
    struct source s;
    struct song song;
    struct buf remarks = {0};
    if (source_load(&s, path, e))
        return -1;
    if (s.tunes > 1)
        cli_note("%s: has %zu tunes; the first is taken", source_name(&s),
                 s.tunes);
    int rc = source_song(&song, &s, 0, &remarks, e);
    tell_remarks(&s, &remarks);
    if (rc == 0) {
        rc = tune_from_song(t, &o->vocabulary, o->steps_per_quarter,
                            chords_will_do, &song, source_name(&s), e);
        song_free(&song);
    }
    buf_free(&remarks);
    source_free(&s);
    return rc;
}

/* Is a tempo asked for? Every run writes down all its settings, so that a file
 * says something only where it says another than the default. */
static int says_tempo(const struct cli_settings *c) {
    struct settings plain;
    conf_defaults(&settings_table, &plain);
    return cli_is_set(c, "sample.tempo") ||
           c->settings.performance.tempo != plain.performance.tempo;
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
                       .performance = s->performance,
                       .keep_tempo = !says_tempo(&a->settings),
                       .primer_bars = a->primer_bars};
    if ((a->beats || a->key >= 0) &&
        (a->primer || a->melody || (a->chords && is_file(a->chords))))
        return err_set(e, ERR_USAGE,
                       "--meter and --key come with the given tune");
    if (a->steps && a->bars)
        return err_set(e, ERR_USAGE, "--steps or --bars, not both");
    if (a->melody && a->chords)
        return err_set(e, ERR_USAGE,
                       "with melody and chords given nothing is left to do");
    if (a->primer) {
        int random = strcmp(a->primer, "random") == 0;
        snprintf(g->primer_name, sizeof g->primer_name, "%s", a->primer);
        if (random ? random_primer(g, s->data.sequences, rng, e)
                   : load_tune(&g->primer, g, 0, a->primer, e))
            return -1;
        p->primer = &g->primer;
    }
    if (a->melody && load_tune(&g->melody, g, 0, a->melody, e))
        return -1;
    p->melody = a->melody ? &g->melody : NULL;
    if (a->chords && is_file(a->chords)) {
        if (load_tune(&g->chords, g, 1, a->chords, e))
            return -1;
        if (!g->chords.has_chords)
            return err_set(e, ERR_FORMAT, "%s: has no chords", a->chords);
        p->chords = &g->chords;
    } else {
        p->chord_text = a->chords;
    }
    if (!a->bars && (p->melody || p->chords))
        p->bars = 0;
    return 0;
}

/* ---- what comes out ---- */

/* `path`, with -N before its ending when there are several; NULL for NULL. */
static const char *numbered(char out[4096], const char *path, int count,
                            int number) {
    if (!path || count == 1)
        return path;
    const char *dot = strrchr(path, '.');
    const char *end = dot && !strchr(dot, '/') ? dot : path + strlen(path);
    snprintf(out, 4096, "%.*s-%d%s", (int)(end - path), path, number, end);
    return out;
}

/* Nothing that is read, and nothing that is written first, is written over. */
static int check_outputs(const struct arguments *a, struct err *e) {
    const struct settings *s = &a->settings.settings;
    char mid[4096], svg[4096];
    struct file_path model = file_in(s->run.dir, CHECKPOINT_BEST);
    struct file_path config = file_in(s->run.dir, RECORD_CONFIG);
    int random = a->primer && strcmp(a->primer, "random") == 0;
    const char *inputs[] = {
        model.text, config.text, random ? s->data.sequences : a->primer,
        a->melody,
        a->chords && is_file(a->chords) ? a->chords : NULL};
    if (a->count > 1 &&
        (output_is_stream(a->output) || (a->svg && output_is_stream(a->svg))))
        return err_set(e, ERR_USAGE,
                       "--count: several tunes cannot go to standard output");
    for (int i = 1; i <= a->count; i++) {
        const char *outputs[] = {numbered(mid, a->output, a->count, i),
                                 numbered(svg, a->svg, a->count, i)};
        if (output_check((struct paths){outputs, 2}, (struct paths){inputs, 5},
                         e))
            return -1;
    }
    return output_check_binary(a->output, e);
}

/* The name of a model is that of its folder, wherever this is. */
static void model_name(char name[CONF_PATH], const char *dir) {
    char *whole = realpath(dir, NULL);
    const char *slash = strrchr(whole ? whole : dir, '/');
    snprintf(name, CONF_PATH, "%s",
             slash && slash[1] ? slash + 1 : "a model without a name");
    free(whole);
}

static int write_tune(const struct arguments *a, const struct material *g,
                      const struct sampled *made, int number, struct err *e) {
    const struct vocabulary *v = &g->model.origin.vocabulary;
    const struct tune *t = made->tune;
    const struct tune_header *h = &t->frame.header;
    char key[TUNE_KEY_NAME];
    char model[CONF_PATH], title[CONF_PATH + 64], mid_path[4096],
        svg_path[4096];
    long long seed = (long long)a->seed + number - 1;
    struct buf note = {0}, mid = {0}, svg = {0};
    buf_printf(&note, "nott %s seed %lld: rnn-sample%s", NOTT_VERSION, seed,
               a->command);
    model_name(model, a->settings.settings.run.dir);
    snprintf(title, sizeof title, "%s, seed %lld", model, seed);
    const char *to = numbered(mid_path, a->output, a->count, number);
    const char *drawn = numbered(svg_path, a->svg, a->count, number);
    const char *name = output_is_stream(to) ? drawn : to;
    int rc = buf_ok(&note, to, e);
    if (rc == 0)
        rc = publish_midi(v, t, title, (const char *)note.data, output_name(to),
                          &mid, e);
    if (rc == 0 && drawn)
        rc = publish_picture(v, t, title, name, &svg, e);
    if (rc == 0)
        rc = output_write(to, &mid, e);
    if (rc == 0 && drawn)
        rc = output_write(drawn, &svg, e);
    buf_free(&note);
    buf_free(&mid);
    buf_free(&svg);
    if (rc == 0)
        cli_note("%s: %d/%d, key %s, %zu steps, seed %lld, %.3f nats a step",
                 output_name(to), h->beats, h->unit, tune_key_name(h->key, key),
                 t->steps, seed, made->nats);
    return rc;
}

/* Tune i has the seed a->seed + i, and is what that seed gives alone. */
static int compose(struct arguments *a, struct material *g,
                   struct sampled *list, struct tune *tunes, struct err *e) {
    struct plan plan;
    struct sampling how = a->settings.settings.sampling;
    how.melody_given = a->melody != NULL;
    how.chord_given = a->chords != NULL;
    struct rng rng;
    rng_seed(&rng, (uint64_t)a->seed, 1);
    if (gather(a, g, &rng, &plan, e))
        return -1;
    for (int i = 0; i < a->count; i++) {
        list[i].tune = &tunes[i];
        list[i].may_end = plan_is_open(&plan);
        rng_seed(&list[i].rng, (uint64_t)a->seed + (uint64_t)i, 0);
        if (plan_tune(&tunes[i], &g->model, &plan, &list[i].rng, &list[i].from,
                      e))
            return -1;
    }
    if (a->primer)
        cli_note("primer: %s, %zu steps", g->primer_name, list[0].from);
    int rc = sample_tunes(&g->model, list, (size_t)a->count, &how, e);
    for (int i = 0; rc == 0 && i < a->count; i++)
        rc = write_tune(a, g, &list[i], i + 1, e);
    return rc;
}

static int run(struct arguments *a, struct err *e) {
    struct settings *s = &a->settings.settings;
    struct material g = {0};
    size_t n = (size_t)a->count;
    struct sampled *list = calloc(n, sizeof *list);
    struct tune *tunes = calloc(n, sizeof *tunes);
    int rc = cli_settings_of_run(&a->settings, e);
    if (!list || !tunes)
        rc = err_set(e, ERR_MEM, "composing: out of memory");
    if (rc == 0 && (override(s, "bars", a->bars, e) ||
                    override(s, "temperature", a->temperature, e) ||
                    override(s, "method", a->method, e) || check_outputs(a, e)))
        rc = -1;
    if (rc == 0)
        rc = compose(a, &g, list, tunes, e);
    for (size_t i = 0; tunes && i < n; i++)
        tune_free(&tunes[i]);
    free(tunes);
    free(list);
    material_free(&g);
    return rc;
}

int main(int argc, char **argv) {
    struct arguments a = {.output = "song.mid",
                          .primer_bars = 4,
                          .key = TUNE_KEY_UNKNOWN,
                          .count = 1};
    struct buf command = {0};
    struct err e = {0};
    mat_use(MAT_AUTO, NULL);
    cli_init("rnn-sample", mat_backend());
    cli_command(&command, argc, argv);
    a.command = command.data ? (const char *)command.data : "";
    argp_parse(&parser, argc, argv, 0, NULL, &a);
    if (!a.has_seed)
        a.seed = cli_any_seed();
    int rc = run(&a, &e);
    buf_free(&command);
    return rc ? cli_fail(&e) : EXIT_DONE;
}
