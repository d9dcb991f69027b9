/* What the five executables share: messages, options, progress, signals and
 * the exit status. Only tools/ includes it. SPDX-License-Identifier: MIT */
#ifndef CLI_H
#define CLI_H

#include <argp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/base/file.h"
#include "nott/base/ini.h"
#include "nott/player/settings.h"

#define NOTT_VERSION "0.1.0"

enum cli_exit {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
};

/* Names the tool in messages and for --version (`libraries` is appended there,
 * may be NULL), and makes wrong usage exit with 2. At exit
 * stdout is closed, and what it did not take is an error; one that was closed
 * from the beginning is an error for who writes there alone. A file that grows
 * beyond a limit is an error too, and does not kill. Call it first. */
void cli_init(const char *tool, const char *libraries);

extern int cli_verbosity; /* 0 quiet (errors only), 1 normal, 2 verbose */

/* Child parser for -q and -v, for every tool's argp `children`. */
extern const struct argp cli_argp_verbosity;

/* All on stderr with the tool's name in front; a note needs verbosity >= 1, a
 * detail >= 2. What texts have from anywhere only shows itself (plain.h). */
void cli_note(const char *fmt, ...) ERR_PRINTF(1, 2);
void cli_detail(const char *fmt, ...) ERR_PRINTF(1, 2);
void cli_warn(const char *fmt, ...) ERR_PRINTF(1, 2);

/* A text from anywhere, to standard output in the same way. */
void cli_put(const char *text);

/* argp_error in the same way: ends the program with EXIT_USAGE. */
void cli_misused(struct argp_state *state, const char *fmt, ...)
    ERR_PRINTF(2, 3);

/* A value of an option, or a word that goes without (`option` NULL), that names
 * something, as a file: an empty one is wrong usage. */
const char *cli_name(struct argp_state *state, const char *option,
                     const char *value);
void cli_names(struct argp_state *state, char *const *words, size_t n);

/* The lines of a text (NULL = none), each behind `before`, as notes or, unless
 * `always`, as details. */
void cli_lines(const char *before, const char *text, int always);

/* Prints the error and returns the exit status for it. When the user stopped
 * the tool with a signal (ERR_STOP), nothing is printed and the signal is
 * raised anew, so that the shell sees the truth; what failed on the way to the
 * stop is an error like any other. */
int cli_fail(const struct err *e);

/* --config FILE, --set section.key=value and --dump-config, as a child parser
 * whose input is a struct cli_settings. */
#define CLI_MAX_SETS 256

struct cli_settings {
    const char *config;
    const char *sets[CLI_MAX_SETS];
    size_t set_count;
    int dump;
    struct ini_grid *grid;    /* where a [grid] goes; NULL = refused */
    struct settings settings; /* filled by cli_settings_load */
    struct file_path read;    /* the file that they are from; "" = none */
};

extern const struct argp cli_argp_settings;

/* Both, for argp's `children`; child_inputs[0] is the struct cli_settings. */
extern const struct argp_child cli_children[];

/* argp_parse() of the command line into `input`, which leaves wrong usage with
 * status 2; that the parser itself fails, for lack of memory, leaves with 1.
 * Options that no tool can have are refused beforehand, for what argp says of
 * them is raw. */
void cli_parse(const struct argp *parser, int argc, char **argv, void *input);

/* Where a name leads: to what is there of that name; else, if it is no path, to
 * FOLDER/NAME, or NAME.ini, here or where nott is installed. As it is if it
 * leads nowhere. `folder` is "models" or "configs". */
struct file_path cli_find(const char *name, const char *folder);

/* Defaults, then the file, then the --set options. With --dump-config the
 * result is printed and the program ends. `fallback` is the file to read when
 * no --config is given; NULL = none. ERR_USAGE, ERR_IO. */
int cli_settings_load(struct cli_settings *c, const char *fallback,
                      struct err *e);

/* The same over settings that are there, in place of the defaults. */
int cli_settings_load_over(struct cli_settings *c, const char *fallback,
                           struct err *e);

/* The same for a trained run: --config names its folder, or the config.ini in
 * it, and run.dir is that folder wherever it was trained. */
int cli_settings_of_run(struct cli_settings *c, struct err *e);

/* Whether a --set gives this setting ("sample.tempo"). */
int cli_is_set(const struct cli_settings *c, const char *name);

/* train.threads; when that is 0, one for each processor that this process may
 * use, which it shares with others if `at_once` (from 1) run side by side. */
int cli_threads(const struct settings *s, int at_once);

/* A seed for who gave none: another at every call, and short enough to type. */
int64_t cli_any_seed(void);

/* Numbers from the command line: the whole text must be a number in min..max;
 * otherwise cli_misused (exit 2) names the option. */
int64_t cli_integer(struct argp_state *state, const char *option,
                    const char *text, int64_t min, int64_t max);

/* SIGINT, SIGTERM and SIGHUP end a tool at once; a file that is being written
 * then leaves nothing of its temporary name. Between cli_catch_signals and
 * cli_release_signals they set cli_signal to their number instead, for work
 * that has something to save or to take away; the second one kills. A broken
 * pipe is such a signal too, as often as it comes. What was ignored when the
 * tool began, as by nohup, stays ignored. */
extern volatile sig_atomic_t cli_signal;
void cli_init_signals(void); /* cli_init does it */
void cli_catch_signals(void);

/* A signal that came and has not been heeded ends the tool now. */
void cli_release_signals(void);

/* In a child that was forked to go on alone: as cli_release_signals, and from
 * then on what the process `parent` hands on is no second signal. The terminal
 * may have sent it already. */
void cli_fork_signals(pid_t parent);

/* A line that is rewritten at most ten times a second, on terminals only. */
struct cli_progress {
    double began, drawn;
    int width; /* of what stands there now */
};
double cli_clock(void); /* seconds, monotonic */
void cli_progress_draw(struct cli_progress *p, const char *fmt, ...)
    ERR_PRINTF(2, 3);
void cli_progress_clear(struct cli_progress *p);
int cli_is_terminal(void); /* is stderr one, and are notes wanted? */

/* first and second joined, as one word of a shell command: in quotes when it
 * needs them, in those of $'...' when it does more than show itself. There is
 * room for a path each byte of which takes four. */
#define CLI_WORD (4 * FILE_PATH + 256)
const char *cli_quoted(char word[CLI_WORD], const char *first,
                       const char *second);

/* Appends the words after the program's name, each behind a blank, for a file
 * that others get: of a path only its last part. */
void cli_command(struct buf *out, int argc, char **argv);

/* "1:23:45" or "12:34" or "42 s" of a number of seconds, into text. */
const char *cli_duration(char text[32], double seconds);

#endif
