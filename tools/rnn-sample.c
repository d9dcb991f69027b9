/* rnn-sample: a model to a new tune. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "nott/encode.h"
#include "nott/midi.h"
#include "nott/picture.h"
#include "nott/plan.h"

struct arguments {
    struct cli_settings settings;
    const char *output, *svg, *primer, *melody, *chords;
    const char *bars, *temperature, *method; /* over the settings */
    int primer_bars, has_seed, has_bars;
    int64_t seed, steps;
    int beats, unit, key;
};

enum {
    SEED = 256,
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
    {"output", 'o', "FILE.mid", 0, "Write the tune here (default song.mid)", 0},
    {"svg", SVG, "FILE.svg", 0, "Draw the tune as well", 0},
    {"seed", SEED, "N", 0,
     "The same seed gives the same tune (default: by the clock, and shown)", 0},
    {"bars", BARS, "N", 0,
     "Length after the pickup (default 32, or that of the given voice)", 0},
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
        a->seed = cli_integer(state, "--seed", arg, 0, INT64_MAX);
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
    return value ? conf_set(s, text, e) : 0;
}

/* ---- what is given ---- */

struct material {
    struct trained model;
    struct tune primer, melody, chords;
    char primer_name[256];
};

static void material_free(struct material *g) {
    trained_free(&g->model);
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
    if (vocabulary_differs(&d.vocabulary, &g->model.vocabulary)) {
        err_set(e, ERR_FORMAT, "%s: other classes than the model's", path);
    } else if (!tests) {
        err_set(e, ERR_FORMAT, "%s: has no test tunes", path);
    } else {
        size_t wanted = rng_below(rng, tests);
        for (; d.split[s] != SPLIT_TEST || wanted; s++)
            wanted -= d.split[s] == SPLIT_TEST;
        snprintf(g->primer_name, sizeof g->primer_name, "%s", d.names[s]);
        rc = tune_from_dataset(&g->primer, &d, s, e);
    }
    dataset_free(&d);
    return rc;
}

static int is_file(const char *text) {
    const char *dot = strrchr(text, '.');
    return dot &&
           (strcasecmp(dot, ".mid") == 0 || strcasecmp(dot, ".midi") == 0);
}

static int gather(struct arguments *a, struct material *g, struct rng *rng,
                  struct plan *p, struct err *e) {
    const struct settings *s = &a->settings.settings;
    char path[CONF_PATH + 32];
    snprintf(path, sizeof path, "%s/best.safetensors", s->run.dir);
    if (trained_load(&g->model, path, NULL, e))
        return -1;
    *p = (struct plan){.bars = s->sample.bars,
                       .steps = (size_t)a->steps,
                       .beats = a->beats,
                       .unit = a->unit,
                       .key = a->key,
                       .tempo = s->sample.tempo,
                       .melody_program = s->sample.melody_program,
                       .chord_program = s->sample.chord_program,
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
                   : tune_load(&g->primer, &g->model, a->primer, e))
            return -1;
        p->primer = &g->primer;
    }
    if (a->melody && tune_load(&g->melody, &g->model, a->melody, e))
        return -1;
    p->melody = a->melody ? &g->melody : NULL;
    if (a->chords && is_file(a->chords)) {
        if (tune_load(&g->chords, &g->model, a->chords, e))
            return -1;
        p->chords = &g->chords;
    } else {
        p->chord_text = a->chords;
    }
    if (!a->bars && (p->melody || p->chords))
        p->bars = 0;
    return 0;
}

/* ---- what comes out ---- */

/* The command line as marks of at most 127 bytes. */
static int add_command(struct song *song, int argc, char **argv, int64_t seed,
                       struct err *e) {
    struct mark m = {.kind = MARK_TEXT, .a = 1};
    struct buf text = {0};
    buf_printf(&text, "nott %s seed %lld:", NOTT_VERSION, (long long)seed);
    buf_printf(&text, " rnn-sample");
    for (int i = 1; i < argc; i++)
        buf_printf(&text, " %s", argv[i]);
    int rc = buf_ok(&text, "song", e);
    for (size_t at = 0; rc == 0 && at < text.len;) {
        const char *rest = (const char *)text.data + at;
        size_t n = song_text_fit(rest, text.len - at);
        if (n == 0)
            break;
        snprintf(m.text, sizeof m.text, "%.*s", (int)n, rest);
        rc = song_add_mark(song, m, e);
        at += n;
    }
    buf_free(&text);
    return rc;
}

static int draw(const struct arguments *a, const struct material *g,
                const struct tune *t, const char *subtitle, struct err *e) {
    struct buf svg = {0};
    const char *slash = strrchr(a->output, '/');
    picture_tune(&svg, &g->model.vocabulary, t->melody, t->chord, t->steps,
                 &t->frame, slash ? slash + 1 : a->output, subtitle);
    int rc = buf_ok(&svg, a->svg, e);
    if (rc == 0)
        rc = file_write(a->svg, svg.data, svg.len, e);
    buf_free(&svg);
    return rc;
}

static int write_out(const struct arguments *a, const struct material *g,
                     const struct tune *t, int argc, char **argv,
                     struct err *e) {
    struct song song;
    char title[64], seed[CONF_PATH + 80];
    snprintf(title, sizeof title, "seed %lld", (long long)a->seed);
    snprintf(seed, sizeof seed, "%s, %s", a->settings.settings.run.dir, title);
    if (decode_song(&song, &g->model.vocabulary, t->melody, t->chord, t->steps,
                    &t->frame, title, e))
        return -1;
    int rc = add_command(&song, argc, argv, a->seed, e);
    if (rc == 0)
        rc = midi_save(&song, a->output, e);
    song_free(&song);
    return rc == 0 && a->svg ? draw(a, g, t, seed, e) : rc;
}

static int compose(struct arguments *a, struct material *g, int argc,
                   char **argv, struct err *e) {
    const struct settings *s = &a->settings.settings;
    struct plan plan;
    struct tune t = {0};
    struct rng rng;
    size_t from;
    double nats;
    int repeats = s->sample.method == METHOD_ARGMAX ? 16 : 0;
    struct sampling how = {
        .temperature = s->sample.temperature,
        .argmax = s->sample.method == METHOD_ARGMAX,
        .melody_repeat_max =
            s->sample.melody_repeat_max ? s->sample.melody_repeat_max : repeats,
        .chord_repeat_max =
            s->sample.chord_repeat_max ? s->sample.chord_repeat_max : repeats,
        .melody_given = a->melody != NULL,
        .chord_given = a->chords != NULL};
    rng_seed(&rng, (uint64_t)a->seed, 0);
    if (gather(a, g, &rng, &plan, e) ||
        plan_tune(&t, &g->model, &plan, &rng, &from, e))
        return -1;
    int rc = sample_tune(&g->model, &t, from, &how, &rng, &nats, e);
    if (rc == 0)
        rc = write_out(a, g, &t, argc, argv, e);
    if (rc == 0) {
        if (a->primer)
            cli_note("primer: %s, %zu steps", g->primer_name, from);
        cli_note("%s: %d/%d, key %s%s, %zu steps, seed %lld, %.3f nats a step",
                 a->output, t.frame.beats, t.frame.unit,
                 t.frame.key < 0 ? "?" : chord_pitch_class_name(t.frame.key),
                 t.frame.key >= 12 ? "m" : "", t.steps, (long long)a->seed,
                 nats);
    }
    tune_free(&t);
    return rc;
}

int main(int argc, char **argv) {
    struct arguments a = {.output = "song.mid", .primer_bars = 4, .key = -1};
    struct material g = {0};
    struct err e = {0};
    mat_use(MAT_AUTO);
    cli_init("rnn-sample", mat_backend());
    argp_parse(&parser, argc, argv, 0, NULL, &a);
    if (!a.has_seed)
        a.seed = (int64_t)time(NULL);
    int rc = cli_settings_of_run(&a.settings, &e);
    struct settings *s = &a.settings.settings;
    if (rc == 0 && (override(s, "bars", a.bars, &e) ||
                    override(s, "temperature", a.temperature, &e) ||
                    override(s, "method", a.method, &e)))
        rc = -1;
    if (rc == 0)
        rc = compose(&a, &g, argc, argv, &e);
    material_free(&g);
    return rc ? cli_fail(&e) : EXIT_DONE;
}
