/* midi2seq: MIDI files to one file of step sequences.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli.h"
#include "common/output.h"
#include "midi2seq/exports.h"
#include "nott/base/file.h"
#include "nott/data/account.h"
#include "nott/data/corpus.h"
#include "nott/data/reasons.h"
#include "nott/data/seqtext.h"
#include "nott/learn/record.h"
#include "nott/player/checkpoint.h"

#define SMALL 200 /* training tunes; fewer need a smaller network */

/* The learning rate with which a trained model learns what is new without
 * losing what it knows; the first rate of most configs is eight times that. */
#define TUNING_RATE "0.0005"

struct arguments {
    struct cli_settings settings;
    const char *output, *report, *export;
    const char *encoding, *steps_per_quarter, *like;
    struct vocabulary classes; /* of `like` */
    int melody_track, chord_track, dump, strict, tracks;
    const char *melody_name, *chord_name;
    int valid, test; /* percent */
    char **paths;
    size_t path_count;
};

enum {
    ENCODING = 256,
    STEPS,
    REPORT,
    DUMP,
    SPLIT,
    MELODY,
    CHORDS,
    STRICT,
    TRACKS,
    EXPORT,
    LIKE
};

static const struct argp_option options[] = {
    {"output", 'o', "FILE.seq", 0,
     "Write the sequences here (- is standard output)", 0},
    {"encoding", ENCODING, "attack|classic", 0,
     "attack (default) keeps struck notes apart; classic is that of 2016", 0},
    {"steps-per-quarter", STEPS, "N", 0,
     "Steps in a quarter note (default 4; 12 holds triplets)", 0},
    {"like", LIKE, "MODEL", 0,
     "Take the classes, encoding and steps of a trained model (its folder), so "
     "that it can be tuned to these tunes, or judged by them",
     0},
    {"melody-track", MELODY, "N|NAME", 0,
     "Track of the melody, from 1, or a part of its name (default: by what "
     "--tracks shows)",
     0},
    {"chord-track", CHORDS, "N|NAME", 0,
     "Track of the chords (default: all that accompanies)", 0},
    {"tracks", TRACKS, NULL, 0,
     "Print what each track is taken for, and why, and do nothing else", 0},
    {"split", SPLIT, "TRAIN,VALID,TEST", 0,
     "Percentages for files outside folders named train, valid and test "
     "(default 80,10,10; chosen by a hash of the name); classes are those of "
     "training tunes, so that TRAIN is 0 only with --like or classic",
     0},
    {"report", REPORT, "FILE.tsv", 0,
     "Write a line about every file: kept or why not, meter, key, ... (- is "
     "standard output)",
     0},
    {"export", EXPORT, "DIR", 0,
     "Write every tune back as DIR/NAME.mid: what "
     "the network will hear",
     0},
    {"dump", DUMP, NULL, 0, "Print the sequences as text", 0},
    {"strict", STRICT, NULL, 0, "Fail if any file is not kept", 0},
    {0},
};

static void parse_split(struct arguments *a, struct argp_state *state,
                        const char *text) {
    int train, used = 0;
    if (sscanf(text, "%3d,%3d,%3d%n", &train, &a->valid, &a->test, &used) !=
            3 ||
        text[used] || train < 0 || a->valid < 0 || a->test < 0 ||
        train + a->valid + a->test != 100)
        cli_misused(state, "--split: '%s' is not three shares of 100", text);
}

/* What has only digits and signs is a number. */
static void parse_track(struct argp_state *state, const char *option,
                        const char *text, int *number, const char **name) {
    int is_number = text[strspn(text, "+-0123456789")] == 0;
    *name = is_number ? NULL : text;
    *number = is_number ? (int)cli_integer(state, option, text, 1, 65535) : 0;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->settings;
        return 0;
    case 'o':
        a->output = cli_name(state, "--output", arg);
        return 0;
    case ENCODING:
        a->encoding = arg;
        return 0;
    case STEPS:
        a->steps_per_quarter = arg;
        return 0;
    case LIKE:
        a->like = cli_name(state, "--like", arg);
        return 0;
    case MELODY:
        parse_track(state, "--melody-track", arg, &a->melody_track,
                    &a->melody_name);
        return 0;
    case CHORDS:
        parse_track(state, "--chord-track", arg, &a->chord_track,
                    &a->chord_name);
        return 0;
    case SPLIT:
        parse_split(a, state, arg);
        return 0;
    case REPORT:
        a->report = cli_name(state, "--report", arg);
        return 0;
    case EXPORT:
        a->export = cli_name(state, "--export", arg);
        return 0;
    case DUMP:
        a->dump = 1;
        return 0;
    case TRACKS:
        a->tracks = 1;
        return 0;
    case STRICT:
        a->strict = 1;
        return 0;
    case ARGP_KEY_ARGS:
        a->paths = state->argv + state->next;
        a->path_count = (size_t)(state->argc - state->next);
        cli_names(state, a->paths, a->path_count);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char doc[] =
    "Reads MIDI files and ABC, or folders of them, and writes one file of "
    "sequences: "
    "for every step (a 16th note) one class for the melody and one for the "
    "chord. Files below folders named train, valid and test keep that split."
    "\vExamples:\n"
    "  midi2seq -o data/nottingham.seq data/nottingham\n"
    "  midi2seq --encoding classic --report classic.tsv -o classic.seq DIR\n"
    "  midi2seq --like models/nottingham -o mine.seq DIR\n";

static const struct argp parser = {
    options, parse, "DIR|FILE.mid|FILE.abc|-...", doc, cli_children,
    NULL,    NULL};

static void progress(void *user, size_t done, size_t total) {
    cli_progress_draw(user, "reading %zu of %zu", done, total);
}

/* The classes of the model, and its settings in place of the defaults. */
static int load_like(struct arguments *a, struct err *e) {
    struct settings *s = &a->settings.settings, its = *s;
    struct checkpoint model;
    struct file_path config = file_in(a->like, RECORD_CONFIG);
    if (checkpoint_load_run(&model, a->like, e))
        return -1;
    a->classes = model.origin.vocabulary;
    int steps = model.origin.steps_per_quarter;
    checkpoint_free(&model);
    /* how rare a chord could be is not in the model; whether its own tunes had
     * to have chords is no matter here */
    int there = file_is_there(config.text, e);
    if (there < 0 || (there && ini_load(&settings_table, &its, config.text, e)))
        return -1;
    s->data.chord_min_count = its.data.chord_min_count;
    s->encode.encoding = a->classes.encoding;
    s->encode.steps_per_quarter = steps;
    return 0;
}

/* What was asked for beside the model must be what it has. */
static int check_like(const struct arguments *a, const struct settings *model,
                      struct err *e) {
    const struct settings *s = &a->settings.settings;
    if (s->encode.encoding != model->encode.encoding)
        return err_set(
            e, ERR_USAGE, "--like %s: its encoding is %s, and %s was asked for",
            a->like, vocabulary_encoding_names[model->encode.encoding],
            vocabulary_encoding_names[s->encode.encoding]);
    if (s->encode.steps_per_quarter != model->encode.steps_per_quarter)
        return err_set(e, ERR_USAGE,
                       "--like %s: it has %d steps in a quarter note, and %d "
                       "were asked for",
                       a->like, model->encode.steps_per_quarter,
                       s->encode.steps_per_quarter);
    if (s->data.chord_min_count != model->data.chord_min_count)
        return err_set(e, ERR_USAGE,
                       "--like %s: its chords are taken, none are counted: "
                       "leave data.chord_min_count out",
                       a->like);
    return 0;
}

/* What the options say beats what --config says. */
static int apply_options(struct arguments *a, struct err *e) {
    struct settings *s = &a->settings.settings;
    if (a->encoding &&
        conf_give(&settings_table, s, "data.encoding", a->encoding, e))
        return -1;
    if (a->steps_per_quarter &&
        conf_give(&settings_table, s, "data.steps_per_quarter",
                  a->steps_per_quarter, e))
        return -1;
    return 0;
}

static int load_settings(struct arguments *a, struct err *e) {
    conf_defaults(&settings_table, &a->settings.settings);
    if (a->like && load_like(a, e))
        return -1;
    struct settings model = a->settings.settings;
    if (cli_settings_load_over(&a->settings, NULL, e) || apply_options(a, e))
        return -1;
    return a->like ? check_like(a, &model, e) : 0;
}

static int write_report(const struct arguments *a, const struct corpus *c,
                        const struct dataset *d, struct err *e) {
    struct buf text = {0};
    account_report(c, d, &text);
    int rc = buf_ok(&text, a->report, e);
    if (rc == 0)
        rc = output_write(a->report, &text, e);
    buf_free(&text);
    return rc;
}

static int write_sequences(const struct arguments *a, const struct dataset *d,
                           struct err *e) {
    struct buf file = {0};
    int rc = dataset_write(d, output_name(a->output), &file, e);
    if (rc == 0)
        rc = output_write(a->output, &file, e);
    buf_free(&file);
    return rc;
}

static void tell_file(const struct corpus_file *f) {
    const char *what;
    struct file_path at = reasons_place(f, &what);
    int is_one = f->source && f->source->tunes > 1; /* of several in a file */
    (f->outcome == OUTCOME_UNREAD ? cli_warn : cli_note)(
        "%s: %s: %s%s%s", at.text, corpus_outcome_names[f->outcome], what,
        is_one ? ", tune " : "", is_one ? f->name : "");
}

#define FEW 20 /* tunes whose oddities are told one by one */

/* What is odd in tunes that can be read: all with -v, or of few; else counted.
 */
static void tell_remarks(const struct corpus *c) {
    size_t odd = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct corpus_file *f = &c->files[i];
        char before[4352];
        if (!f->remarks)
            continue;
        odd++;
        snprintf(before, sizeof before, "%s:", source_name(f->source));
        cli_lines(before, f->remarks, c->count <= FEW);
    }
    if (odd && c->count > FEW && cli_verbosity < 2)
        cli_note("odd places in the ABC of %zu tunes: -v shows them", odd);
}

/* Names every file that is not kept with its reason, and counts these; returns
 * the first one. A lone file is left to the error message. */
static int tell_lost(const struct corpus *c, const char **first,
                     struct err *e) {
    struct buf text = {0};
    *first = NULL;
    for (size_t i = 0; i < c->count; i++) {
        const struct corpus_file *f = &c->files[i];
        if (f->outcome == OUTCOME_KEPT)
            continue;
        *first = *first ? *first : f->path;
        if (c->count > 1)
            tell_file(f);
    }
    int rc = c->count > 1 ? reasons_count(c, &text, e) : 0;
    if (rc == 0)
        cli_lines("", (const char *)text.data, 1);
    buf_free(&text);
    return rc;
}

static int tell_kept(const struct corpus *c, const struct dataset *d,
                     struct err *e) {
    struct buf text = {0};
    size_t kept[SPLITS] = {0}, steps[SPLITS] = {0};
    for (size_t s = 0; s < d->tunes; s++) {
        kept[d->split[s]]++;
        steps[d->split[s]] += (size_t)(d->offset[s + 1] - d->offset[s]);
    }
    for (int k = 0; k < SPLITS; k++)
        cli_note("%-5s %5zu tunes %7zu steps", split_names[k], kept[k],
                 steps[k]);
    cli_note("%zu of %zu %s kept, %d melody and %d chord classes", d->tunes,
             c->count, c->source_count ? "tunes" : "files",
             d->vocabulary.melody_count, d->vocabulary.chord_count);
    if (c->chord_min_count)
        cli_detail("a chord with %zu steps has a class", c->chord_min_count);
    account_summary(c, d, &text);
    int rc = buf_ok(&text, "summary", e);
    if (rc == 0)
        cli_lines("", (const char *)text.data, 1);
    buf_free(&text);
    return rc;
}

static int dump(const struct dataset *d, struct err *e) {
    for (size_t s = 0; s < d->tunes; s++) {
        struct buf text = {0};
        seqtext_tune(d, s, &text);
        int rc =
            buf_ok(&text, "standard output", e) || output_write("-", &text, e);
        buf_free(&text);
        if (rc)
            return -1;
    }
    return 0;
}

static void list_inputs(const struct arguments *a, const struct corpus *c,
                        const struct file_path model[2], const char **list) {
    for (size_t i = 0; i < c->count; i++)
        list[i] = c->files[i].path;
    list[c->count] = a->settings.read.text[0] ? a->settings.read.text : NULL;
    list[c->count + 1] = a->like ? model[0].text : NULL;
    list[c->count + 2] = a->like ? model[1].text : NULL;
}

/* Nothing that is read, and nothing that is written first, is written over; and
 * what cannot be written is known before anything is. */
static int check_outputs(const struct arguments *a, const struct corpus *c,
                         struct err *e) {
    size_t n = c->count + 3;
    struct file_path model[2] = {{""}, {""}};
    struct exports x = {0};
    const char **out = calloc(n, sizeof *out), **in = calloc(n, sizeof *in);
    if (a->like) {
        model[0] = file_in(a->like, CHECKPOINT_BEST);
        model[1] = file_in(a->like, RECORD_CONFIG);
    }
    int rc = out && in ? 0 : err_set(e, ERR_MEM, "files: out of memory");
    if (rc == 0 && a->export)
        rc = exports_list(&x, a->export, c, e);
    if (rc == 0) {
        out[0] = a->output;
        out[1] = a->report;
        out[2] = a->dump ? "-" : NULL;
        for (size_t i = 0; i < x.tunes.count; i++)
            out[i + 3] = x.tunes.list[i];
        list_inputs(a, c, model, in);
        const struct paths folders = {(const char *const *)x.folders.list,
                                      x.folders.count};
        rc = output_check_tree((struct paths){out, n}, folders,
                               (struct paths){in, n}, e);
    }
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = out[i] ? output_check_way(out[i], i >= 3, e) : 0;
    exports_free(&x);
    free(out);
    free(in);
    return rc ? -1 : output_check_binary(a->output, e);
}

/* What lacks tunes because the machine failed must not pass for the whole. */
static int check_read(const struct corpus *c, struct err *e) {
    size_t unread = 0;
    for (size_t i = 0; i < c->count; i++)
        unread += c->files[i].outcome == OUTCOME_UNREAD;
    return unread ? err_set(e, ERR_IO, "%zu of %zu files could not be read",
                            unread, c->count)
                  : 0;
}

/* What is asked of the encoding. */
static struct encode_options options_of(const struct arguments *a) {
    struct encode_options o = a->settings.settings.encode;
    o.melody_track = a->melody_track;
    o.chord_track = a->chord_track;
    o.melody_name = a->melody_name;
    o.chord_name = a->chord_name;
    return o;
}

static int load_song(struct song *song, const struct corpus_file *f,
                     struct err *e) {
    struct source own = {0};
    struct buf remarks = {0};
    if (!f->source && source_load(&own, f->path, e))
        return -1;
    int rc = source_song(song, NULL, f->source ? f->source : &own, f->number,
                         &remarks, e);
    source_free(&own);
    buf_free(&remarks);
    return rc;
}

static int print_tracks(const struct corpus_file *f,
                        const struct encode_options *o, struct err *e) {
    struct song song = {0};
    struct buf text = {0};
    if (f->outcome != OUTCOME_KEPT)
        return err_set(e, f->outcome == OUTCOME_UNREAD ? ERR_IO : ERR_FORMAT,
                       "%s: %s", f->path, f->tune.reason);
    buf_add_text(&text, f->path);
    buf_add(&text, "\n", 1);
    int rc = load_song(&song, f, e) || encode_tracks(&song, o, &text, e) ||
             buf_ok(&text, "standard output", e);
    if (rc == 0)
        fwrite(text.data, 1, text.len, stdout);
    buf_free(&text);
    song_free(&song);
    return rc ? -1 : 0;
}

/* The tracks of each file. A lone file that has none to tell of is a failure,
 * one of many a line; but what the machine cannot read is one at the end. */
static int show_tracks(const struct arguments *a, struct corpus *c,
                       struct err *e) {
    struct encode_options o = options_of(a);
    if (corpus_scan(c, a->paths, a->path_count, a->valid, a->test, e))
        return -1;
    for (size_t i = 0; i < c->count; i++) {
        struct corpus_file *f = &c->files[i];
        struct err why = {0};
        if (print_tracks(f, &o, &why) == 0)
            continue;
        int has_path = reasons_without_path(why.text, f->path) != why.text;
        const char *at = has_path ? "" : f->path;
        if (c->count == 1 || why.code == ERR_MEM)
            return err_set(e, why.code, "%s%s%s", at, *at ? ": " : "",
                           why.text);
        cli_warn("%s%s%s", at, *at ? ": " : "", why.text);
        if (why.code == ERR_IO)
            f->outcome = OUTCOME_UNREAD;
    }
    return check_read(c, e);
}

static int run(struct arguments *a, struct corpus *c, struct dataset *d,
               struct err *e) {
    const struct settings *s = &a->settings.settings;
    struct encode_options o = options_of(a);
    struct cli_progress bar = {0};
    if (corpus_scan(c, a->paths, a->path_count, a->valid, a->test, e) ||
        check_outputs(a, c, e))
        return -1;
    int rc = corpus_encode(c, &o, progress, &bar, e);
    cli_progress_clear(&bar);
    if (rc)
        return -1;
    const char *lost;
    c->like = a->like ? &a->classes : NULL;
    tell_remarks(c);
    if (tell_lost(c, &lost, e))
        return -1;
    rc = corpus_build(c, &o, (size_t)s->data.chord_min_count, d, e);
    if (rc && e->code == ERR_MEM) /* not of these tunes */
        return -1;
    if ((a->report && write_report(a, c, d, e)) || rc)
        return -1;
    if (a->strict && lost)
        return err_set(e, ERR_FORMAT, "%s: not kept, and --strict was given",
                       lost);
    if (check_read(c, e) || (a->output && write_sequences(a, d, e)) ||
        (a->export && seqtext_export(d, a->export, e)) ||
        (a->dump && dump(d, e)))
        return -1;
    return tell_kept(c, d, e); /* and what can be done with it */
}

/* The settings that these tunes are trained with best, of those in configs/. */
static const char *choose_config(const struct dataset *d, size_t train) {
    if (train < SMALL)
        return "configs/starter.ini";
    return d->vocabulary.encoding == ENCODING_CLASSIC
               ? "configs/classic.ini"
               : "configs/nottingham.ini";
}

/* The options to train a new network. */
static void next_training(struct buf *line, const struct dataset *d,
                          size_t train) {
    int spq = d->steps_per_quarter;
    const char *config = choose_config(d, train);
    if (access(config, R_OK) == 0)
        buf_printf(line, " --config %s", config);
    else
        buf_printf(line, " --set model.hidden=%d --set train.batch=8",
                   train < SMALL ? 192 : 304);
    if (d->vocabulary.encoding == ENCODING_CLASSIC &&
        !strstr(config, "classic"))
        buf_printf(line, " --set data.encoding=classic");
    if (spq != 4)
        buf_printf(line,
                   " --set data.steps_per_quarter=%d --set train.window=%d",
                   spq, 16 * spq);
}

/* The options to go on with the model that the classes are from: its network,
 * and a folder of its own, called as the sequences are. */
static void next_tuning(struct buf *line, const struct arguments *a) {
    char word[CLI_WORD];
    const char *slash = strrchr(a->output, '/');
    const char *name = slash ? slash + 1 : a->output;
    const char *dot = strrchr(name, '.');
    struct buf run = {0};
    buf_printf(&run, "%.*s-tuned",
               (int)(dot && dot > name ? (size_t)(dot - name) : strlen(name)),
               name);
    buf_printf(line, " --config %s",
               cli_quoted(word, file_in(a->like, RECORD_CONFIG).text, ""));
    buf_printf(line, " --init-from %s", cli_quoted(word, a->like, ""));
    buf_printf(line, " --set train.rate=" TUNING_RATE " --run %s",
               cli_quoted(word, run.data ? (const char *)run.data : "", ""));
    line->failed |= run.failed;
    buf_free(&run);
}

/* Can it be a setting, as rnn-train wants it? */
static int can_be_set(const char *name) {
    struct settings s;
    conf_defaults(&settings_table, &s);
    return conf_give(&settings_table, &s, "data.sequences", name, NULL) == 0;
}

/* What to type to train with them, wherever this is. Without tunes for both
 * that is nothing, and has been said; nor does every name fit in a setting. */
static int tell_next(const struct arguments *a, const struct dataset *d,
                     struct err *e) {
    size_t tunes[SPLITS] = {0};
    struct buf line = {0};
    char word[CLI_WORD];
    for (size_t s = 0; s < d->tunes; s++)
        tunes[d->split[s]]++;
    if (!tunes[SPLIT_TRAIN] || !tunes[SPLIT_VALID] || !can_be_set(a->output) ||
        strlen(a->output) + (a->like ? strlen("models/-tuned") : 0) >=
            CONF_PATH)
        return 0;
    buf_printf(&line, "rnn-train");
    if (a->like)
        next_tuning(&line, a);
    else
        next_training(&line, d, tunes[SPLIT_TRAIN]);
    buf_printf(&line, " --set %s",
               cli_quoted(word, "data.sequences=", a->output));
    int rc = buf_ok(&line, "next", e);
    if (rc == 0)
        cli_note("next: %s", (const char *)line.data);
    buf_free(&line);
    return rc;
}

int main(int argc, char **argv) {
    struct arguments a = {.valid = 10, .test = 10};
    struct corpus c = {0};
    struct dataset d = {0};
    struct err e = {0};
    cli_init("midi2seq", NULL);
    cli_parse(&parser, argc, argv, &a);
    struct file_path like = cli_find(a.like ? a.like : "", "models");
    a.like = a.like ? like.text : NULL;
    int rc = load_settings(&a, &e);
    if (rc == 0 && a.melody_track && a.melody_track == a.chord_track)
        rc = err_set(&e, ERR_USAGE,
                     "--melody-track and --chord-track are the same");
    if (rc == 0 && !a.path_count)
        rc = err_set(&e, ERR_USAGE, "no files given; try --help");
    if (rc == 0 && !a.tracks && !a.output && !a.dump && !a.report && !a.export)
        rc = err_set(&e, ERR_USAGE, "nothing to write: give -o FILE.seq");
    if (rc == 0)
        rc = a.tracks ? show_tracks(&a, &c, &e) : run(&a, &c, &d, &e);
    if (rc == 0 && !a.tracks && a.output && !output_is_open(a.output))
        rc = tell_next(&a, &d, &e);
    corpus_free(&c);
    dataset_free(&d);
    return rc ? cli_fail(&e) : EXIT_DONE;
}
