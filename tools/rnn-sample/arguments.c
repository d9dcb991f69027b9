/* The options of rnn-sample: see arguments.h. SPDX-License-Identifier: MIT */
#include "rnn-sample/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/output.h"
#include "nott/compose/plan.h"
#include "nott/music/key_name.h"
#include "rnn-sample/range.h"

enum {
    SEED = 256,
    COUNT,
    BARS,
    STEPS,
    FORM,
    SHOW_FORM,
    RANGE,
    BEST_OF,
    MAX_COPY,
    REWORK,
    KEEP,
    REWRITE,
    VARY,
    TEMPERATURE,
    METHOD,
    PRIMER,
    PRIMER_BARS,
    MELODY,
    CHORDS,
    SVG,
    METER,
    KEY,
    FORMAT,
    FORCE,
    TEMPO,
    RHYTHM,
    ACCOMPANIMENT,
    MELODY_INSTRUMENT,
    CHORD_INSTRUMENT,
    SWING
};

#define SWING_USUAL 0.67

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0,
     "Write the tune here, as the ending says: .mid, .abc, .musicxml, .html (a "
     "page to listen to), .svg (the piano roll), .sheet.svg, .pdf, .wav; may "
     "be "
     "given several times (default song.mid; - is standard output)",
     0},
    {"svg", SVG, "FILE.svg", 0, "Draw the tune as well (- is standard output)",
     0},
    {"format", FORMAT, "abc", 0,
     "What goes to standard output, by its ending (default mid)", 0},
    {"force", FORCE, NULL, 0, "Write over files that are there", 0},
    {"seed", SEED, "N", 0,
     "The same seed gives the same tune (default: another one each time, and "
     "shown)",
     0},
    {"count", COUNT, "N", 0,
     "Compose N tunes at once, with the seeds from --seed on: song-1.mid ...; "
     "one page or one ABC file has all of them",
     0},
    {"best-of", BEST_OF, "N", 0,
     "Compose N for each tune, and keep the one that is most like real tunes "
     "by "
     "the model's critic",
     0},
    {"max-copy", MAX_COPY, "N", 0,
     "No stretch of more than N steps, 16 or more, is in a training tune, in "
     "any key",
     0},
    {"bars", BARS, "N", 0,
     "Length after the pickup (default 32, or that of the given voice); 0 lets "
     "the tune end by itself, after 128 bars at most",
     0},
    {"steps", STEPS, "N", 0, "Length in steps instead, 2 to 16384", 0},
    {"form", FORM, "AABB", 0,
     "Parts of 8 bars each, a letter for each; what is not new comes back "
     "(default: as training tunes do)",
     0},
    {"show-form", SHOW_FORM, NULL, 0,
     "Show the form that is drawn before the notes: of each part its range, of "
     "each bar where it comes back from, of each phrase where it rests",
     0},
    {"range", RANGE, "D4-B5|whistle", 0,
     "What the melody stays within: two pitches, or whistle, fiddle, flute ...",
     0},
    {"meter", METER, "6/8", 0, "Time signature (default: as it comes)", 0},
    {"key", KEY, "G|Em", 0,
     "Key, as G, F#m, \"Bb major\" or Ador; of the modes the tonic counts, and "
     "whether they are major or minor (default: that of chords given by name, "
     "else as it comes)",
     0},
    {"tempo", TEMPO, "N", 0,
     "Quarter notes a minute (default: as such dances are played)", 0},
    {"rhythm", RHYTHM, "hornpipe", 0,
     "What dance it is, for its tempo and the notation", 0},
    {"temperature", TEMPERATURE, "T", 0,
     "Below 1 safer, above 1 wilder (default 1)", 0},
    {"method", METHOD, "sample|argmax", 0,
     "Draw each step, or take the likeliest (default sample)", 0},
    {"primer", PRIMER, "FILE|random", 0,
     "Begin like this tune; random = one of the test tunes", 1},
    {"primer-bars", PRIMER_BARS, "N", 0, "Bars of the primer (default 4)", 1},
    {"given-melody", MELODY, "FILE", 0,
     "Find chords for this melody: MIDI or ABC, - is standard input", 1},
    {"given-chords", CHORDS, "FILE|TEXT", 0,
     "Find a melody over these chords: a file, or one a bar as in "
     "\"D G A7 D\" or \"I-vi-IV-V\", or with bar lines, as in "
     "\"|: Am | F G | C | % :|\"; their key is that of the tune",
     1},
    {"rework", REWORK, "FILE", 0,
     "Play some of the bars of this tune anew, and let the others stand; "
     "which, "
     "is said by one of the three that follow",
     1},
    {"keep", KEEP, "A", 0, "... all but these parts of 8 bars", 1},
    {"rewrite", REWRITE, "17-32", 0, "... these bars", 1},
    {"vary", VARY, "0.2", 0, "... such a share of its bars", 1},
    {"accompaniment", ACCOMPANIMENT, "HOW", 0,
     "block (default), boom-chuck, arpeggio, drone or none", 2},
    {"melody-instrument", MELODY_INSTRUMENT, "NAME", 0,
     "A name as fiddle, or the number of General MIDI", 2},
    {"chord-instrument", CHORD_INSTRUMENT, "NAME", 0, "The same", 2},
    {"swing", SWING, "S", OPTION_ARG_OPTIONAL,
     "Play long and short: the second of two notes begins at this part of the "
     "beat, 0.5 to 0.75 (0.67 if none is given)",
     2},
    {0},
};

static void parse_meter(struct arguments *a, struct argp_state *state,
                        const char *text) {
    int used = 0;
    if (sscanf(text, "%2d/%2d%n", &a->beats, &a->unit, &used) != 2 ||
        text[used] || a->beats < 1 || a->unit < 1)
        cli_misused(state, "--meter: '%s' is not like 6/8", text);
}

static void parse_key(struct arguments *a, struct argp_state *state,
                      const char *text) {
    struct err e = {0};
    if (key_name_parse(text, &a->key, &e))
        cli_misused(state, "--key: %s", e.text);
}

static void parse_accompaniment(struct arguments *a, struct argp_state *state,
                                const char *text) {
    const char *const *names = arrange_accompaniment_names;
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], text) == 0) {
            a->arrangement.accompaniment = (enum accompaniment)i;
            return;
        }
    cli_misused(state,
                "--accompaniment: '%s' is none of block, boom-chuck, arpeggio, "
                "drone, none",
                text);
}

static void parse_instrument(struct argp_state *state, const char *option,
                             const char *text, int *program) {
    struct err e = {0};
    cli_name(state, option, text);
    if (arrange_instrument(text, program, &e))
        cli_misused(state, "%s: %s", option, e.text);
}

static void parse_swing(struct arguments *a, struct argp_state *state,
                        const char *text) {
    char *end;
    a->arrangement.swing = text ? strtod(text, &end) : SWING_USUAL;
    if (text && (*end || end == text || !(a->arrangement.swing >= 0.5) ||
                 a->arrangement.swing > 0.75))
        cli_misused(state, "--swing: '%s' is not from 0.5 to 0.75", text);
}

static void parse_output(struct arguments *a, struct argp_state *state,
                         const char *text) {
    if (a->output_count == TARGETS_MAX)
        cli_misused(state, "more than %d outputs", TARGETS_MAX);
    a->output[a->output_count++] = cli_name(state, "--output", text);
}

/* An option that says more of another has no meaning without that. */
static void check_pairs(const struct arguments *a, struct argp_state *state) {
    int streams = a->svg && output_is_open(a->svg);
    for (size_t i = 0; i < a->output_count; i++)
        streams |= output_is_open(a->output[i]);
    if (!a->rework && (a->change.keep || a->change.rewrite || a->change.vary))
        cli_misused(state, "--keep, --rewrite and --vary are for --rework");
    if (!a->primer && a->has_primer_bars)
        cli_misused(state, "--primer-bars is for --primer");
    if (a->format && !streams)
        cli_misused(state, "--format is for standard output: -o -");
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct arguments *a = state->input;
    struct err e = {0};
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->settings;
        return 0;
    case 'o':
        parse_output(a, state, arg);
        return 0;
    case FORMAT:
        a->format = arg;
        return 0;
    case FORCE:
        a->targets.force = 1;
        return 0;
    case TEMPO:
        a->tempo = arg;
        return 0;
    case RHYTHM:
        a->rhythm = arg;
        return 0;
    case ACCOMPANIMENT:
        parse_accompaniment(a, state, arg);
        return 0;
    case MELODY_INSTRUMENT:
        parse_instrument(state, "--melody-instrument", arg, &a->melody_program);
        return 0;
    case CHORD_INSTRUMENT:
        parse_instrument(state, "--chord-instrument", arg, &a->chord_program);
        return 0;
    case SWING:
        parse_swing(a, state, arg);
        return 0;
    case SVG:
        a->svg = cli_name(state, "--svg", arg);
        return 0;
    case SEED:
        a->has_seed = 1;
        a->seed = cli_integer(state, "--seed", arg, 0, INT64_MAX - 1000);
        return 0;
    case COUNT:
        a->count = (int)cli_integer(state, "--count", arg, 1, 1000);
        return 0;
    case BEST_OF:
        a->best_of = arg;
        return 0;
    case MAX_COPY:
        a->max_copy = arg;
        return 0;
    case BARS:
        a->bars = arg;
        return 0;
    case STEPS:
        a->steps = cli_integer(state, "--steps", arg, 2, PLAN_MOST_STEPS);
        return 0;
    case FORM:
        a->form = arg;
        return 0;
    case RANGE:
        if (range_parse(arg, &a->low, &a->high, &e))
            cli_misused(state, "--range: %s", e.text);
        return 0;
    case SHOW_FORM:
        a->show_form = 1;
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
        a->primer = cli_name(state, "--primer", arg);
        return 0;
    case PRIMER_BARS:
        a->has_primer_bars = 1;
        a->primer_bars = (int)cli_integer(state, "--primer-bars", arg, 0, 1000);
        return 0;
    case MELODY:
        a->melody = cli_name(state, "--given-melody", arg);
        return 0;
    case REWORK:
        a->rework = cli_name(state, "--rework", arg);
        return 0;
    case KEEP:
        a->change.keep = arg;
        return 0;
    case REWRITE:
        a->change.rewrite = arg;
        return 0;
    case VARY:
        if (conf_number("--vary", arg, 0.01, 1, &a->change.vary, &e))
            cli_misused(state, "%s", e.text);
        return 0;
    case ARGP_KEY_END:
        check_pairs(a, state);
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
    "writes it as MIDI, notation, a page to listen to, or sound. A file that "
    "is "
    "there already with other content is kept, unless --force."
    "\vExamples:\n"
    "  rnn-sample --config models/first -o song.html -o song.abc\n"
    "  rnn-sample --config models/first --given-melody tune.abc -o tune.html\n"
    "  rnn-sample --config models/first --count 10 -o ten.html\n"
    "  rnn-sample --config models/first --seed 7 --meter 6/8 --bars 16\n"
    "  rnn-sample --config models/first --given-chords \"D G A7 D\"\n"
    "  rnn-sample --config models/first --given-chords \"|: Am | F G :|\"\n"
    "  rnn-sample --config models/first --primer tune.mid --primer-bars 8\n";

const struct argp arguments_parser = {options,      parse, NULL, doc,
                                      cli_children, NULL,  NULL};
