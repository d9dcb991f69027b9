/* What rnn-train shows: see runlog.h. SPDX-License-Identifier: MIT */
#include "runlog.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "nott/base/plain.h"
#include "nott/compose/plan.h"
#include "nott/compose/publish.h"
#include "nott/learn/record.h"

static int command_count;
static char **command_words;

void runlog_command(int argc, char **argv) {
    command_count = argc;
    command_words = argv;
}

/* What fails beside the training is no reason to end it; the first such thing
 * is told at the end. */
static void log_line(struct runlog *r, const char *text) {
    if (fprintf(r->file, "%s\n", text) < 0 || fflush(r->file))
        err_errno(&r->failed, "%s", record_path(r->trainer, RECORD_LOG).text);
}

static void fail(struct runlog *r, const struct err *e) {
    log_line(r, e->text);
    err_set(&r->failed, e->code, "%s", e->text);
}

/* To training.log, and to the terminal with verbosity >= `level`. */
static void both(struct runlog *r, int level, const char *fmt, ...)
    ERR_PRINTF(3, 4);

static void both(struct runlog *r, int level, const char *fmt, ...) {
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    plain_text(text);
    log_line(r, text);
    cli_progress_clear(&r->bar);
    if (level <= 0)
        cli_warn("%s", text);
    else if (level == 1)
        cli_note("%s", text);
    else
        cli_detail("%s", text);
}

static void log_processor(struct runlog *r) {
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[256];
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "model name", 10) == 0) {
            char *name = strchr(line, ':');
            if (name)
                fprintf(r->file, "processor:%.*s\n",
                        (int)strcspn(name + 1, "\n"), name + 1);
            break;
        }
    if (f)
        fclose(f);
}

/* A text from anywhere. */
static void log_text(struct runlog *r, const char *before, const char *text) {
    struct buf plain = {0};
    buf_add_text(&plain, text);
    fprintf(r->file, "%s%s", before,
            plain.data ? (const char *)plain.data : "");
    buf_free(&plain);
}

static void log_head(struct runlog *r) {
    const struct trainer *t = r->trainer;
    time_t now = time(NULL);
    char when[64];
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S %z", localtime(&now));
    fprintf(r->file, "%s\ncommand:", when);
    for (int i = 0; i < command_count; i++)
        log_text(r, " ", command_words[i]);
    fprintf(r->file, "\nversion: nott %s, %s\n", NOTT_VERSION,
            mat_blas_version());
    log_processor(r);
    fprintf(r->file, "products: %s, %s\n", mat_name(),
            t->best.model.bf16 ? "bf16 in the layers" : "fp32");
    log_text(r, "data: ", t->settings->data.sequences);
    log_text(r, ", sha256 of the sources ", t->data->source_sha256);
    fprintf(r->file, "\n");
    size_t weights = 0;
    for (size_t k = 0; k < t->best.model.tensor_count; k++)
        weights +=
            t->best.model.tensors[k].rows * t->best.model.tensors[k].cols;
    both(r, 1, "%zu training tunes, %zu steps; %zu validation tunes",
         t->train.tunes, t->train.scored_steps, t->valid.tunes);
    both(r, 1,
         "%zu weights, %zu inputs of which %zu are on; %.1f MiB; seed %lld; "
         "%zu threads",
         weights, t->best.context.inputs, t->best.context.active,
         (double)train_bytes(t) / 1048576, (long long)t->settings->train.seed,
         team_size(t->workers.team));
    size_t without = dataset_chordless(t->data, SPLIT_TRAIN);
    if (without)
        both(r, 1, "%zu of the training tunes have no chords", without);
    if (t->resumed)
        both(r, 1, "resumed after epoch %d and %llu updates", t->epoch,
             (unsigned long long)t->update);
}

int runlog_open(struct runlog *r, const struct trainer *t, struct err *e) {
    struct file_path path = record_path(t, RECORD_LOG);
    *r = (struct runlog){
        .trainer = t, .began = cli_clock(), .refused = t->refused};
    r->saved = r->began;
    /* removed, not emptied: in a folder where that cannot be, all stays */
    if (!t->resumed && unlink(path.text) && errno != ENOENT)
        return err_errno(e, "%s", path.text);
    /* a pipe that nobody reads must not be waited for */
    int fd = file_open_at(AT_FDCWD, path.text,
                          O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0666);
    r->file = fd < 0 ? NULL : fdopen(fd, "a");
    if (!r->file) {
        err_errno(e, "%s", path.text);
        if (fd >= 0)
            file_close(fd);
        return -1;
    }
    log_head(r);
    return 0;
}

static void draw(struct runlog *r, const struct train_progress *p, double now) {
    char epoch_left[32], run_left[32];
    double speed = p->steps / (now - r->began + 1e-9);
    double each = (double)r->trainer->train.scored_steps;
    double rest = (1 - p->share) * each;
    cli_duration(epoch_left, rest / speed);
    cli_duration(run_left, (rest + (p->epochs - p->epoch) * each) / speed);
    cli_progress_draw(&r->bar,
                      "epoch %d/%d %3.0f %%%s  melody %.4f chord %.4f  "
                      "%.0f steps/s  epoch %s, run %s left",
                      p->epoch, p->epochs, 100 * p->share,
                      p->validating ? " validating" : "", p->nats[OUT_MELODY],
                      p->nats[OUT_CHORD], speed, epoch_left, run_left);
}

enum train_order runlog_update(void *user, const struct train_progress *p) {
    struct runlog *r = user;
    double now = cli_clock();
    int often = r->trainer->settings->train.save_seconds;
    if (cli_signal)
        return TRAIN_STOP;
    r->steps = p->steps;
    draw(r, p, now);
    double limit = 60 * r->trainer->settings->train.max_minutes;
    if (limit > 0 && now - r->began >= limit) {
        both(r, 1, "train.max_minutes are over");
        r->time_is_up = 1;
        return TRAIN_STOP;
    }
    if (p->refused > r->refused) {
        r->refused = p->refused;
        both(r, 0, "update refused: the gradient is not finite");
    }
    if (often && now - r->saved >= often && !p->validating) {
        r->saved = now;
        return TRAIN_SAVE;
    }
    return TRAIN_GO;
}

/* Composes with the model as it is, so that progress can be heard. */
static void write_sample(struct runlog *r, int epoch) {
    const struct checkpoint *m = &r->trainer->best;
    const struct settings *s = r->trainer->settings;
    struct plan plan = {
        .bars = 16, .key = TUNE_KEY_UNKNOWN, .performance = s->performance};
    struct tune t = {0};
    struct form form;
    struct sampled made = {.tune = &t};
    struct err e = {0};
    struct sampling how = s->sampling;
    struct publication p = {0};
    struct file_path path = record_sample_path(r->trainer, epoch);
    char title[32];
    struct publish_request request = {.title = title,
                                      .about = "",
                                      .note = "",
                                      .rhythm = "",
                                      .name = path.text};
    snprintf(title, sizeof title, "epoch %d", epoch);
    rng_seed(&made.rng, (uint64_t)s->train.seed, 0);
    int rc = plan_tune(&t, m, &plan, &made.rng, &made.from, &form, &e);
    made.form = form.bars ? &form : NULL;
    how.max_copy = 0; /* whatever it plays is to be heard */
    if (rc || sample_tunes(m, &made, 1, &how, &e) ||
        publish_open(&p, &m->origin.vocabulary, &t, &request, &e) ||
        file_write(path.text, p.midi.data, p.midi.len, &e))
        fail(r, &e);
    else
        both(r, 1, "composed %s", path.text);
    publish_close(&p);
    tune_free(&t);
}

struct figure {
    char text[16];
};

/* A dash where no step was scored. */
static struct figure figure(double v, int decimals) {
    struct figure f = {"-"};
    if (!isnan(v))
        snprintf(f.text, sizeof f.text, "%.*f", decimals, v);
    return f;
}

void runlog_epoch(void *user, const struct train_epoch *h) {
    struct runlog *r = user;
    char left[32];
    const int M = OUT_MELODY, C = OUT_CHORD;
    double now = cli_clock(), passed = now - r->began;
    double total = (double)r->trainer->settings->train.epochs;
    double each = (double)r->trainer->train.scored_steps;
    double speed = r->steps / passed;
    r->saved = now;
    cli_duration(left, (total - h->epoch) * each / speed);
    both(r, 1,
         "epoch %3.0f  train %s + %s = %s  valid %s + %s = %s  "
         "p %s / %s %%  argmax %s / %s %%  %.0f steps/s  %s left",
         h->epoch, figure(h->train_nats[M], 4).text,
         figure(h->train_nats[C], 4).text,
         figure(tally_total(h->train_nats), 4).text,
         figure(h->valid_nats[M], 4).text, figure(h->valid_nats[C], 4).text,
         figure(tally_total(h->valid_nats), 4).text,
         figure(100 * h->valid_p[M], 2).text,
         figure(100 * h->valid_p[C], 2).text,
         figure(100 * h->valid_correct[M], 2).text,
         figure(100 * h->valid_correct[C], 2).text, speed, left);
    if (h->best != 0)
        both(r, 1, "Best loss so far encountered, saving model.");
    if (r->sample_every && (int)h->epoch % r->sample_every == 0)
        write_sample(r, (int)h->epoch);
}

/* What the best epoch reached, voice by voice. */
static void summarize(struct runlog *r) {
    const struct trainer *t = r->trainer;
    const struct train_epoch *h = NULL;
    for (int i = 0; i < t->epoch; i++)
        h = t->history[i].best != 0 ? &t->history[i] : h;
    if (!h)
        return;
    both(r, 1, "best model: epoch %.0f of %d, %.4f nats per step on validation",
         h->epoch, t->epoch, t->best.valid_nats);
    both(r, 1, "            train nats  valid nats  p(target)  argmax right");
    for (int k = OUTPUTS - 1; k >= 0; k--)
        both(r, 1, "  %-8s  %10s  %10s  %7s %%  %10s %%",
             k == OUT_MELODY ? "melody" : "chord",
             figure(h->train_nats[k], 4).text, figure(h->valid_nats[k], 4).text,
             figure(100 * h->valid_p[k], 2).text,
             figure(100 * h->valid_correct[k], 2).text);
}

int runlog_close(struct runlog *r, int rc, struct err *e) {
    const struct trainer *t = r->trainer;
    struct rusage use;
    char took[32];
    getrusage(RUSAGE_SELF, &use);
    cli_progress_clear(&r->bar);
    if (rc == 0) {
        summarize(r);
        both(r, 1, "%s, %.0f steps/s, peak memory %.1f MiB",
             cli_duration(took, cli_clock() - r->began),
             r->steps / (cli_clock() - r->began), (double)use.ru_maxrss / 1024);
    }
    if (rc && e->code == ERR_STOP && t->replaces)
        cli_note("stopped in the first epoch: %s holds what it held before",
                 t->settings->run.dir);
    else if (rc && e->code == ERR_STOP)
        cli_note("stopped: the state is saved, --resume goes on");
    if (fclose(r->file))
        err_errno(&r->failed, "%s", record_path(t, RECORD_LOG).text);
    if (rc == 0 && r->failed.code != ERR_NONE)
        rc = err_set(e, r->failed.code, "%s", r->failed.text);
    return rc;
}
