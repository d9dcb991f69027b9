/* rnn-eval: numbers about a model, or tunes. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "common/cli.h"
#include "nott/base/file.h"
#include "nott/learn/evaluate.h"
#include "nott/learn/markov.h"
#include "nott/player/checkpoint.h"
#include "rnn-eval/harmonize.h"
#include "rnn-eval/modelshow.h"
#include "rnn-eval/musiceval.h"
#include "rnn-eval/sidebyside.h"

struct arguments {
    struct cli_settings settings;
    struct musiceval music;
    const char *split;   /* NULL = test */
    const char *without; /* names, with commas between; NULL = none */
    int json, order, baselines, told, harmony;
};

enum {
    SPLIT = 256,
    JSON,
    ORDER,
    NO_BASELINES,
    WITHOUT,
    LENGTHS,
    FORMS,
    HARMONY,
    MUSIC,
    NOVELTY,
    JUDGE,
    GATES_ASKED,
    COMPARE,
    REFERENCE,
    BARS
};

static const struct argp_option options[] = {
    {"split", SPLIT, "train|valid|test", 0, "Tunes to judge by (default test)",
     0},
    {"json", JSON, NULL, 0, "Print JSON", 0},
    {"markov-order", ORDER, "N", 0,
     "Length of the n-grams of the baseline (default 8)", 0},
    {"no-baselines", NO_BASELINES, NULL, 0, "Judge the model alone", 0},
    {"without", WITHOUT, "NAME,...", 0,
     "Leave these tunes out, as those that the training tunes have too", 0},
    {"lengths", LENGTHS, NULL, 0,
     "Tell the model how long each tune is, as a player does", 0},
    {"harmony", HARMONY, NULL, 0,
     "Find chords for the melodies, and compare them with those written", 0},
    {"forms", FORMS, NULL, 0, "Tell the model the form of each tune, too", 0},
    {"music", MUSIC, NULL, 0, "Measure the tunes in the FILEs; no model", 0},
    {"novelty", NOVELTY, NULL, 0,
     "Find what of the tunes in the FILEs is in the training tunes", 0},
    {"judge", JUDGE, NULL, 0,
     "Learn to tell the tunes in the FILEs from unseen ones of the reference",
     0},
    {"gates", GATES_ASKED, NULL, 0,
     "Say which tunes in the FILEs are beyond what training tunes do", 0},
    {"compare", COMPARE, NULL, 0,
     "Measure the tunes of each FILE or folder, side by side", 0},
    {"reference", REFERENCE, "FILE.seq", 0,
     "The tunes to compare with (default: the .seq that is judged)", 0},
    {"bars", BARS, "N", 0,
     "Compare with the tunes of N bars only, form goes by length; --judge: "
     "judge "
     "those only",
     0},
    {0},
};

static int judges_tunes(const struct arguments *a) {
    const struct musiceval *m = &a->music;
    return m->measures || m->novelty || m->judge || m->gates || m->compare;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->settings;
        return 0;
    case SPLIT:
        a->split = arg;
        return 0;
    case JSON:
        a->json = 1;
        return 0;
    case ORDER:
        a->order =
            (int)cli_integer(state, "--markov-order", arg, 1, MARKOV_MAX_ORDER);
        return 0;
    case NO_BASELINES:
        a->baselines = 0;
        return 0;
    case WITHOUT:
        a->without = arg;
        return 0;
    case LENGTHS:
        a->told |= TOLD_LENGTH;
        return 0;
    case HARMONY:
        a->harmony = 1;
        return 0;
    case FORMS:
        a->told |= TOLD_LENGTH | TOLD_FORM;
        return 0;
    case MUSIC:
        a->music.measures = 1;
        return 0;
    case NOVELTY:
        a->music.novelty = 1;
        return 0;
    case JUDGE:
        a->music.judge = 1;
        return 0;
    case GATES_ASKED:
        a->music.gates = 1;
        return 0;
    case COMPARE:
        a->music.compare = 1;
        return 0;
    case REFERENCE:
        a->music.reference = cli_name(state, "--reference", arg);
        return 0;
    case BARS:
        a->music.bars = (int)cli_integer(state, "--bars", arg, 1, 10000);
        return 0;
    case ARGP_KEY_ARGS:
        a->music.paths = state->argv + state->next;
        a->music.path_count = (size_t)(state->argc - state->next);
        cli_names(state, a->music.paths, a->music.path_count);
        return 0;
    case ARGP_KEY_END:
        if (a->music.path_count && !judges_tunes(a))
            cli_misused(state,
                        "Too many arguments: tunes are judged with "
                        "--music, --novelty, --judge, --gates or --compare");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char doc[] =
    "Judges a trained model by tunes it has not seen: how many nats a step "
    "costs, how probable it holds what comes, how often its best guess is "
    "right; on all steps, and on those where a voice does not just go on.\n"
    "With --music, --novelty, --judge, --gates or --compare judges tunes: MIDI "
    "files, "
    "folders of "
    "them, or "
    "one .seq."
    "\vExamples:\n"
    "  rnn-eval --config models/first\n"
    "  rnn-eval --config models/first/config.ini --split valid --json\n"
    "  rnn-eval --music --novelty song.mid --reference data/nottingham.seq\n"
    "  rnn-eval --judge songs --bars 32 --reference data/nottingham.seq\n"
    "  rnn-eval --gates songs --reference data/nottingham.seq\n"
    "  rnn-eval --compare songs others --reference data/nottingham.seq\n";

static const struct argp parser = {options,      parse, "[FILE...]", doc,
                                   cli_children, NULL,  NULL};

/* Takes the tunes of that name out of all splits; names need not tell the
 * folder. */
static int leave_out(struct dataset *d, const char *name, size_t n,
                     struct err *e) {
    int found = 0;
    for (size_t i = 0; i < d->tunes; i++) {
        const char *slash = strrchr(d->names[i], '/');
        const char *own = slash ? slash + 1 : d->names[i];
        if ((strlen(own) == n && memcmp(own, name, n) == 0) ||
            (strlen(d->names[i]) == n && memcmp(d->names[i], name, n) == 0)) {
            d->split[i] = SPLITS;
            found = 1;
        }
    }
    return found ? 0
                 : err_set(e, ERR_USAGE, "--without: there is no tune %.*s",
                           (int)n, name);
}

static int leave_all_out(struct dataset *d, const char *names, struct err *e) {
    for (const char *p = names; p && *p;) {
        size_t n = strcspn(p, ",");
        if (leave_out(d, p, n, e))
            return -1;
        p += n + (p[n] == ',');
    }
    return 0;
}

static int judge_model(const struct arguments *a, const struct checkpoint *t,
                       const struct dataset *d, enum split split,
                       struct tally *tally, struct err *e) {
    const struct settings *s = &a->settings.settings;
    struct workers workers;
    struct batch b = {0};
    size_t slots = 64, T = 128;
    if (workers_init(&workers, &t->model, slots, T, cli_threads(s, 1), 0, e))
        return -1;
    int rc = batch_init(&b, d, &t->context, split, slots, T, e);
    if (rc == 0)
        rc = evaluate_model(&t->model, &workers, &b, a->told, NULL, NULL, tally,
                            e);
    batch_free(&b);
    workers_free(&workers);
    return rc;
}

static int judge_baselines(const struct arguments *a, const struct dataset *d,
                           enum split split, struct judged *j, struct err *e) {
    struct markov m;
    j[1].name = "previous";
    evaluate_previous(d, split, &j[1].tally);
    j[2].name = "unigram";
    evaluate_unigram(d, split, &j[2].tally);
    j[3].name = "markov";
    if (markov_train(&m, d, a->order, e))
        return -1;
    markov_evaluate(&m, d, split, &j[3].tally);
    markov_free(&m);
    return 0;
}

static int judge(struct arguments *a, struct checkpoint *t, struct dataset *d,
                 struct err *e) {
    const struct settings *s = &a->settings.settings;
    struct judged j[4] = {{.name = "model"}};
    struct file_path path = file_in(s->run.dir, CHECKPOINT_BEST);
    int split = 0, n = a->baselines ? 4 : 1;
    while (split < SPLITS && strcmp(a->split, split_names[split]) != 0)
        split++;
    if (split == SPLITS)
        return err_set(e, ERR_USAGE, "--split: '%s' is no split", a->split);
    if (checkpoint_load_run(t, s->run.dir, e) ||
        dataset_load(d, s->data.sequences, e))
        return -1;
    if (checkpoint_check_tunes(&t->origin, s->run.dir, &d->vocabulary,
                               d->steps_per_quarter, s->data.sequences, e))
        return -1;
    if (leave_all_out(d, a->without, e))
        return -1;
    struct sampling how = s->sampling;
    sample_given_melody(t, &how,
                        cli_is_set(&a->settings, "sample.chord_temperature"));
    how.max_copy = 0; /* the melody is there */
    if (a->harmony)
        return harmonize(t, d, (enum split)split, &how, a->json, e);
    if (judge_model(a, t, d, (enum split)split, &j[0].tally, e) ||
        (a->baselines && judge_baselines(a, d, (enum split)split, j, e)))
        return -1;
    size_t tunes = dataset_count(d, split);
    size_t chordless = dataset_chordless(d, split);
    if (a->json)
        return modelshow_json(j, n, path.text, a->split, tunes, chordless, e);
    cli_put(path.text);
    printf(" (epoch %d) on the %zu %s tunes of ", t->epoch, tunes, a->split);
    cli_put(s->data.sequences);
    printf("\n");
    if (chordless)
        printf("%zu of them without chords\n", chordless);
    printf("\n");
    modelshow_table(j, n);
    return 0;
}

static int run_model(struct arguments *a, struct err *e) {
    struct checkpoint t = {0};
    struct dataset d = {0};
    a->split = a->split ? a->split : split_names[SPLIT_TEST];
    if (a->music.reference)
        return err_set(e, ERR_USAGE,
                       "--reference is for tunes, such as with --music");
    if (a->music.bars)
        return err_set(e, ERR_USAGE, "--bars is for tunes, as with --music");
    int rc = cli_settings_of_run(&a->settings, e);
    if (rc == 0)
        rc = judge(a, &t, &d, e);
    checkpoint_free(&t);
    dataset_free(&d);
    return rc;
}

static int run_music(struct arguments *a, struct err *e) {
    a->music.split = a->split;
    a->music.json = a->json;
    if (a->settings.config || a->settings.set_count || a->settings.dump)
        return err_set(e, ERR_USAGE, "tunes are judged without settings");
    if (a->without || a->told || a->harmony)
        return err_set(e, ERR_USAGE,
                       "--without, --lengths, --forms and --harmony are for a "
                       "model");
    if (a->music.bars && (a->music.novelty || a->music.gates))
        return err_set(e, ERR_USAGE, "--bars is not for --novelty or --gates");
    if (!a->music.path_count)
        return err_set(e, ERR_USAGE, "no tunes: give MIDI files or a .seq");
    const struct musiceval *m = &a->music;
    if (!m->compare)
        return musiceval(m, e);
    if (m->measures || m->novelty || m->judge || m->gates)
        return err_set(e, ERR_USAGE, "--compare goes alone");
    return sidebyside(m, e);
}

int main(int argc, char **argv) {
    struct arguments a = {.order = 8, .baselines = 1};
    struct err e = {0};
    mat_use(MAT_AUTO, NULL);
    cli_init("rnn-eval", mat_blas_version());
    cli_parse(&parser, argc, argv, &a);
    int rc = judges_tunes(&a) ? run_music(&a, &e) : run_model(&a, &e);
    return rc ? cli_fail(&e) : EXIT_DONE;
}
