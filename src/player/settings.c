/* The table of settings: see settings.h. SPDX-License-Identifier: MIT */
#include "nott/player/settings.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static const char *const precision_names[] = {"fp32", "bf16", NULL};
static const char *const method_names[] = {"sample", "argmax", NULL};

/* Tables are read by their columns: section, key, old key, type, place,
 * default, absent, smallest, largest, choices, flags, help. */
/* clang-format off */

#define AT(field) offsetof(struct data_settings, field)
static const struct conf_row sequences_row[] = {
    {"data", "sequences", NULL, CONF_TEXT, AT(sequences),
     "data/nottingham.seq", NULL, 1, 0, NULL, 0,
     "file of tunes made by midi2seq"},
};
static const struct conf_row chord_row[] = {
    {"data", "chord_min_count", NULL, CONF_INTEGER, AT(chord_min_count),
     "0", NULL, 0, 1e9, NULL, 0,
     "steps of the training tunes a chord needs for a class of its own; 0 = "
     "one in 640 of them, 64 at most"},
};
#undef AT

#define AT(field) offsetof(struct encode_options, field)
static const struct conf_row encode_rows[] = {
    {"data", "encoding", NULL, CONF_CHOICE, AT(encoding),
     "attack", NULL, 0, 0, vocabulary_encoding_names, 0,
     "melody classes: attack keeps struck notes apart, classic is that "
     "of 2016"},
    {"data", "steps_per_quarter", NULL, CONF_INTEGER, AT(steps_per_quarter),
     "4", NULL, 1, ENCODE_MAX_STEPS_PER_QUARTER, NULL, 0,
     "steps in a quarter note; 4 = 16ths, 12 holds triplets too"},
    {"data", "chords", NULL, CONF_CHOICE, AT(chords), "optional", NULL, 0, 0,
     encode_chords_names, 0,
     "whether tunes without chords are kept; required leaves them out, and "
     "melodies of several voices"},
};
#undef AT

#define AT(field) offsetof(struct init_settings, field)
static const struct conf_row init_rows[] = {
    {"model", "init", NULL, CONF_NUMBER, AT(range), "0", NULL, 0, 10, NULL, 0,
     "first weights are uniform in +-init; 0 = 1/sqrt(hidden)"},
    {"model", "forget_bias", NULL, CONF_NUMBER, AT(forget_bias), "1", NULL,
     -10, 10, NULL, 0, "first bias of the LSTM's forget gate"},
};
#undef AT

#define AT(field) offsetof(struct train_settings, field)
static const struct conf_row batch_rows[] = {
    {"train", "epochs", NULL, CONF_INTEGER, AT(epochs), "30", NULL, 1, 100000,
     NULL, CONF_FREE, "times through the training tunes at most"},
    {"train", "batch", NULL, CONF_SIZE, AT(batch), "64", NULL, 1, 1024,
     NULL, 0, "tunes side by side"},
    {"train", "window", NULL, CONF_SIZE, AT(window), "128", NULL, 1, 4096,
     NULL, 0, "steps between updates; gradients flow no further back"},
};
static const struct conf_row train_rows[] = {
    {"train", "dropout", NULL, CONF_NUMBER, AT(dropout), "0.3", NULL, 0, 0.99,
     NULL, 0, "share of each layer's outputs dropped in training"},
    {"train", "input_dropout", NULL, CONF_NUMBER, AT(input_dropout),
     "0.1", NULL, 0, 0.99, NULL, 0,
     "share of the inputs dropped in training"},
    {"train", "input_noise", "misheard", CONF_NUMBER, AT(input_noise),
     "0", NULL, 0, 0.5, NULL, 0,
     "share of the steps that the network hears wrong in training, so that it "
     "learns to find back"},
    {"train", "clip", NULL, CONF_NUMBER, AT(clip), "1", NULL, 0, 1e6, NULL, 0,
     "largest norm of the gradient; 0 = no limit"},
    {"train", "melody_weight", NULL, CONF_NUMBER, AT(melody_weight),
     "0.5", NULL, 0, 1, NULL, 0,
     "weight of the melody in the loss; the chord has the rest"},
    {"train", "transpose", NULL, CONF_INTEGER, AT(transpose), "5", NULL, 0, 11,
     NULL, 0, "in training, move each tune by up to so many semitones"},
    {"train", "hide_chords", NULL, CONF_NUMBER, AT(hide_chords), "0", NULL, 0, 1,
     NULL, 0, "share of the tunes whose chords are hidden in an epoch, so that "
     "the network learns to do without"},
    {"train", "hide_form", NULL, CONF_NUMBER, AT(hide_form), "0.3", NULL, 0, 1,
     NULL, CONF_OMIT, "the same for their forms, with model.form"},
    {"train", "show_melody", NULL, CONF_NUMBER, AT(show_melody), "0.25", NULL, 0, 1,
     NULL, CONF_OMIT, "share of the tunes whose melody is known beforehand, so that the "
     "network learns to find chords for it, with model.ahead"},
    {"train", "critic_rounds", NULL, CONF_INTEGER, AT(critic_rounds), "3", NULL, 0, 20,
     NULL, CONF_OMIT | CONF_FREE, "how often, after training, the model composes and a critic learns "
     "what tells its tunes from real ones, with model.form"},
    {"train", "critic_tunes", NULL, CONF_INTEGER, AT(critic_tunes), "400", NULL, 1, 100000,
     NULL, CONF_OMIT | CONF_FREE, "tunes that are composed each time"},
    {"train", "patience", NULL, CONF_INTEGER, AT(patience), "10", NULL,
     0, 100000, NULL, CONF_FREE,
     "epochs without a better validation loss before stopping; 0 = never"},
    {"train", "seed", NULL, CONF_LONG, AT(seed), "1", NULL, 0, 9e18, NULL, 0,
     "the same seed gives the same model"},
    {"train", "threads", NULL, CONF_INTEGER, AT(threads), "0", NULL, 0, 256,
     NULL, CONF_FREE, "0 = one for each processor; changes the result with blas only"},
    {"train", "shards", NULL, CONF_INTEGER, AT(threads), "0", NULL, 0, 256, NULL,
     CONF_GONE, "parts of the batch; threads no longer need them"},
    {"train", "backend", NULL, CONF_CHOICE, AT(backend), "auto", NULL, 0, 0,
     mat_backend_names, 0,
     "who multiplies matrices: slow plain C and kernels, with the same result, "
     "or BLAS; kernel = the best kernel, auto = that or else blas"},
    {"train", "precision", NULL, CONF_CHOICE, AT(precision), "fp32", NULL, 0, 0,
     precision_names, 0,
     "of the layers' products in training; bf16 is faster where the processor "
     "has it"},
    {"train", "save_seconds", NULL, CONF_INTEGER, AT(save_seconds),
     "60", NULL, 0, 86400, NULL, CONF_FREE,
     "how often to save the state for --resume, besides every epoch"},
    {"train", "max_minutes", NULL, CONF_NUMBER, AT(max_minutes),
     "0", NULL, 0, 1e6, NULL, CONF_FREE,
     "stop after so many minutes and keep the best model; 0 = no limit"},
};
#undef AT

static const struct conf_row run_rows[] = {
    {"run", "dir", NULL, CONF_TEXT, 0, "models/run", NULL, 1, 0, NULL, 0,
     "folder of the trained model"},
};

static const struct conf_row bars_rows[] = {
    {"sample", "bars", NULL, CONF_INTEGER, 0, "32", NULL, 0, 10000, NULL, 0,
     "length of a new tune; 0 = as the tune wants"},
};

#define AT(field) offsetof(struct sampling, field)
static const struct conf_row sampling_rows[] = {
    {"sample", "temperature", NULL, CONF_NUMBER, AT(temperature),
     "1", NULL, 0.01, 100, NULL, 0, "below 1 safer, above 1 wilder"},
    {"sample", "chord_temperature", NULL, CONF_NUMBER, AT(chord_temperature),
     "0", NULL, 0, 100, NULL, 0,
     "the same for chords; below 0.01 = as temperature"},
    {"sample", "copy_temperature", NULL, CONF_NUMBER, AT(copy_temperature),
     "0.8", NULL, 0.01, 100, NULL, 0,
     "the same for the choice between what is new and what is copied: below 1 "
     "what comes back comes back whole"},
    {"sample", "min_p", NULL, CONF_NUMBER, AT(min_p), "0", NULL, 0, 1, NULL, 0,
     "new notes and chords less likely than this share of the likeliest are "
     "not drawn"},
    {"sample", "method", NULL, CONF_CHOICE, AT(method), "sample", NULL, 0, 0,
     method_names, 0, "draw each step, or take the likeliest"},
    {"sample", "melody_repeat_max", NULL, CONF_INTEGER, AT(melody_repeat_max),
     "0", NULL, 0, 100000, NULL, 0,
     "steps a melody class may last; 0 = any, but 16 with argmax"},
    {"sample", "chord_repeat_max", NULL, CONF_INTEGER, AT(chord_repeat_max),
     "0", NULL, 0, 100000, NULL, 0,
     "steps a chord may last; 0 = any, but 16 with argmax"},
    {"sample", "cadence", NULL, CONF_INTEGER, AT(cadence), "1", NULL, 0, 1,
     NULL, 0, "1 = the last bar comes to rest on the tonic"},
    {"sample", "lanes", NULL, CONF_INTEGER, AT(lanes), "16", NULL, 1, 1024,
     NULL, 0, "ways that are tried side by side, of which the better ones go on bar by "
     "bar; 1 = none but the first"},
    {"sample", "best_of", NULL, CONF_INTEGER, AT(best_of), "1", NULL, 1, 1000,
     NULL, 0, "tunes that are composed for one, of which the critic keeps the best"},
    {"sample", "critic", NULL, CONF_NUMBER, AT(critic), "1", NULL, 0, 10,
     NULL, 0, "how much the critic weighs beside the form; 0 = nothing"},
    {"sample", "votes", NULL, CONF_INTEGER, AT(votes), "12", NULL, 0, 1000,
     NULL, 0, "harmonisations that vote for the chords of a given melody, where they are "
     "not drawn; 0 = the likeliest is taken"},
    {"sample", "max_copy", NULL, CONF_INTEGER, AT(max_copy), "0", NULL, 0, 100000,
     NULL, 0, "steps in a row, 16 or more, that may be as in a training tune, in any "
     "key; 0 = any"},
};
#undef AT

#define AT(field) offsetof(struct performance, field)
static const struct conf_row performance_rows[] = {
    {"sample", "tempo", NULL, CONF_NUMBER, AT(tempo), "0", NULL, 0, 1000,
     NULL, 0,
     "quarter notes a minute; below 10 = that of a given tune, else as such "
     "dances are played"},
    {"sample", "melody_program", NULL, CONF_INTEGER, AT(melody_program),
     "73", NULL, -1, 127, NULL, 0,
     "General MIDI program; 73 = flute, -1 = none"},
    {"sample", "chord_program", NULL, CONF_INTEGER, AT(chord_program),
     "24", NULL, -1, 127, NULL, 0,
     "General MIDI program; 24 = guitar, -1 = none"},
};
#undef AT
/* clang-format on */

#define GROUP(rows, flags)                                                     \
    &(const struct conf_group) {                                               \
        rows, COUNT(rows), flags                                               \
    }
#define IN(field) offsetof(struct settings, field)

/* In the order in which they are printed. */
static const struct conf_part parts[] = {
    {GROUP(sequences_row, 0), IN(data)},
    {GROUP(encode_rows, 0), IN(encode)},
    {GROUP(chord_row, 0), IN(data)},
    {&model_settings, IN(model)},
    {&context_settings, IN(features)},
    {GROUP(init_rows, CONF_GRID), IN(init)},
    {GROUP(batch_rows, CONF_GRID), IN(train)},
    {&optim_settings, IN(optim)},
    {GROUP(train_rows, CONF_GRID), IN(train)},
    {GROUP(run_rows, 0), IN(run)},
    {GROUP(bars_rows, 0), IN(bars)},
    {GROUP(sampling_rows, 0), IN(sampling)},
    {GROUP(performance_rows, 0), IN(performance)},
};

const struct conf_table settings_table = {parts, COUNT(parts),
                                          sizeof(struct settings)};
