/* What the executables share: see cli.h. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sched_getaffinity */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#ifdef __linux__
#include <sched.h>
#endif
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nott/base/plain.h"
#include "nott/base/rng.h"
#include "nott/learn/record.h"
#include "nott/music/progression.h"
#include "nott/player/checkpoint.h"

int cli_verbosity = 1;

static const char *tool_name = "nott";
static const char *tool_libraries;

static void print_version(FILE *out, struct argp_state *state) {
    (void)state;
    fprintf(out, "%s %s\n", tool_name, NOTT_VERSION);
    if (tool_libraries)
        fprintf(out, "%s\n", tool_libraries);
}

/* Runs at exit, so that --help to a full disk is an error too. */
static void close_stdout(void) {
    int bad = ferror(stdout);
    if (fclose(stdout) || bad) {
        cli_warn("standard output: %s", strerror(errno ? errno : EIO));
        _exit(EXIT_FAILED);
    }
}

/* A stream that is closed would be the next file to be opened, and messages
 * would land in that. What takes the place of standard output cannot be
 * written, nor that of standard input be read: who needs them fails as before,
 * and nobody else does. */
static void fill_streams(void) {
    static const int how[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", how[fd]) < 0)
            return;
}

void cli_init(const char *tool, const char *libraries) {
    fill_streams();
    tool_name = tool;
    tool_libraries = libraries;
    argp_program_version_hook = print_version;
    argp_err_exit_status = EXIT_USAGE;
    cli_init_signals();
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of write */
    atexit(close_stdout);
}

static error_t parse_verbosity(int key, char *arg, struct argp_state *state) {
    (void)arg;
    (void)state;
    switch (key) {
    case 'q':
        cli_verbosity = 0;
        return 0;
    case 'v':
        cli_verbosity = 2;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option verbosity_options[] = {
    {"quiet", 'q', NULL, 0, "Print errors only", -2},
    {"verbose", 'v', NULL, 0, "Print more", -2},
    {0},
};

const struct argp cli_argp_verbosity = {.options = verbosity_options,
                                        .parser = parse_verbosity};

static error_t parse_settings(int key, char *arg, struct argp_state *state) {
    struct cli_settings *c = state->input;
    switch (key) {
    case 'c':
        c->config = cli_name(state, "--config", arg);
        return 0;
    case 's':
        if (c->set_count == CLI_MAX_SETS)
            cli_misused(state, "more than %d --set", CLI_MAX_SETS);
        c->sets[c->set_count++] = arg;
        return 0;
    case 'D':
        c->dump = 1;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option settings_options[] = {
    {"config", 'c', "FILE", 0,
     "Settings file; of a trained model its folder will do", -3},
    {"set", 's', "SECTION.KEY=VALUE", 0,
     "Change one setting (may be repeated; wins over the file)", -3},
    {"dump-config", 'D', NULL, 0,
     "Print all settings, each with its meaning and range, and exit", -3},
    {0},
};

const struct argp cli_argp_settings = {.options = settings_options,
                                       .parser = parse_settings};

const struct argp_child cli_children[] = {
    {&cli_argp_settings, 0, NULL, 0}, {&cli_argp_verbosity, 0, NULL, 0}, {0}};

struct file_path cli_find(const char *name, const char *folder) {
    static const char *const places[] = {"", NOTT_DATADIR "/"};
    static const char *const endings[] = {"", ".ini"};
    struct file_path path;
    int is_name = *name && !strchr(name, '/') && access(name, F_OK) != 0;
    for (int i = 0; is_name && i < 4; i++) {
        snprintf(path.text, sizeof path.text, "%s%s/%.1000s%s", places[i / 2],
                 folder, name, endings[i % 2]);
        if (access(path.text, R_OK) == 0)
            return path;
    }
    snprintf(path.text, sizeof path.text, "%s", name);
    return path;
}

int cli_settings_load(struct cli_settings *c, const char *fallback,
                      struct err *e) {
    conf_defaults(&settings_table, &c->settings);
    return cli_settings_load_over(c, fallback, e);
}

int cli_settings_load_over(struct cli_settings *c, const char *fallback,
                           struct err *e) {
    struct file_path found = cli_find(c->config ? c->config : "", "configs");
    struct stat st;
    if (stat(found.text, &st) == 0 && S_ISDIR(st.st_mode)) /* a run */
        found = file_in(found.text, RECORD_CONFIG);
    const char *path = c->config ? found.text : fallback;
    snprintf(c->read.text, sizeof c->read.text, "%s", path ? path : "");
    if (path && ini_load_grid(&settings_table, &c->settings, c->grid, path, e))
        return -1;
    for (size_t i = 0; i < c->set_count; i++)
        if (conf_set(&settings_table, &c->settings, c->sets[i], e))
            return -1;
    if (c->dump) {
        struct buf text = {0};
        conf_dump(&settings_table, &c->settings, &text, 1);
        if (buf_ok(&text, "settings", e)) {
            buf_free(&text);
            return -1;
        }
        fwrite(text.data, 1, text.len, stdout);
        buf_free(&text);
        exit(EXIT_DONE);
    }
    return 0;
}

int cli_settings_of_run(struct cli_settings *c, struct err *e) {
    char dir[CONF_PATH];
    const char *asked = c->config, *given = asked;
    struct stat st;
    if (!given && c->dump)
        return cli_settings_load(c, NULL, e);
    if (!given)
        return err_set(e, ERR_USAGE, "no model: give --config models/NAME");
    struct file_path found = cli_find(given, "models");
    given = found.text;
    int folder = stat(given, &st) == 0 && S_ISDIR(st.st_mode);
    const char *slash = strrchr(given, '/');
    int n = folder ? (int)strlen(given) : slash ? (int)(slash - given) : 1;
    if (n >= CONF_PATH)
        return err_set(e, ERR_USAGE, "%s: path too long", given);
    snprintf(dir, sizeof dir, "%.*s", n ? n : 1, folder || slash ? given : ".");
    struct file_path file = file_in(dir, RECORD_CONFIG);
    c->config = folder ? file.text : given;
    int rc = cli_settings_load(c, NULL, e);
    c->config = asked;
    if (rc == 0 && !folder &&
        access(file_in(dir, CHECKPOINT_BEST).text, F_OK) != 0)
        return err_set(e, ERR_IO,
                       "%s: no " CHECKPOINT_BEST " beside it: --config names "
                       "the folder of a trained model",
                       given);
    snprintf(c->settings.run.dir, CONF_PATH, "%s", dir);
    return rc;
}

int cli_is_set(const struct cli_settings *c, const char *name) {
    size_t n = strlen(name);
    for (size_t i = 0; i < c->set_count; i++)
        if (strncmp(c->sets[i], name, n) == 0 && c->sets[i][n] == '=')
            return 1;
    return 0;
}

/* The processors whose time a container may use, rounded up; 0 = any. */
static int processors_allowed(void) {
    double quota = 0, period = 0;
    FILE *f = fopen("/sys/fs/cgroup/cpu.max", "r");
    int limited = f && fscanf(f, "%lf %lf", &quota, &period) == 2;
    if (f)
        fclose(f);
    double n = limited && period > 0 ? ceil(quota / period) : 0;
    return n >= 1 && n < INT_MAX ? (int)n : 0;
}

/* Those that this process may run on: a batch system or a container lends a few
 * of the machine's. */
static int processors(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    int allowed = processors_allowed(), all = n > 0 ? (int)n : 1;
#ifdef __linux__
    cpu_set_t may[8]; /* one alone has room for 1024 */
    if (sched_getaffinity(0, sizeof may, may) == 0)
        all = CPU_COUNT_S(sizeof may, may);
#endif
    return allowed && allowed < all ? allowed : all;
}

int cli_threads(const struct settings *s, int at_once) {
    int share = processors() / at_once;
    return s->train.threads ? s->train.threads : share > 1 ? share : 1;
}

static void print_line(const char *fmt, va_list ap) ERR_PRINTF(1, 0);

static void print_line(const char *fmt, va_list ap) {
    char text[8192]; /* a path, and what is wrong with it */
    vsnprintf(text, sizeof text, fmt, ap);
    plain_text(text);
    fprintf(stderr, "%s: %s\n", tool_name, text);
}

void cli_note(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    if (cli_verbosity >= 1)
        print_line(fmt, ap);
    va_end(ap);
}

void cli_detail(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    if (cli_verbosity >= 2)
        print_line(fmt, ap);
    va_end(ap);
}

void cli_put(const char *text) {
    struct buf plain = {0};
    buf_add_text(&plain, text);
    fwrite(plain.data, 1, plain.len, stdout);
    buf_free(&plain);
}

void cli_misused(struct argp_state *state, const char *fmt, ...) {
    char text[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    plain_text(text);
    argp_error(state, "%s", text);
}

const char *cli_name(struct argp_state *state, const char *option,
                     const char *value) {
    if (!*value)
        cli_misused(state, "%s%sthe name is empty", option ? option : "",
                    option ? ": " : "");
    return value;
}

void cli_names(struct argp_state *state, char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        cli_name(state, NULL, words[i]);
}

/* Does a text only show itself? */
static int shows(const char *text) {
    size_t skip;
    for (size_t left = strlen(text); left; text += skip, left -= skip)
        if (!plain_bytes(text, left, &skip))
            return 0;
    return 1;
}

/* Is a word an option by a name that shows itself only in part? A word behind
 * an option may be the value of that. */
static int is_odd_option(const char *word, const char *before) {
    char name[64];
    size_t n = word[0] && word[1] == '-' ? strcspn(word, "=") : 2;
    snprintf(name, sizeof name, "%.*s", (int)(n < 60 ? n : 60), word);
    return word[0] == '-' && before[0] != '-' && !shows(name);
}

void cli_parse(const struct argp *parser, int argc, char **argv, void *input) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_odd_option(argv[i], i > 1 ? argv[i - 1] : "")) {
            cli_warn("unrecognized option '%.60s'", argv[i]);
            fprintf(stderr, "Try `%s --help' for more information.\n",
                    tool_name);
            exit(EXIT_USAGE);
        }
    static char name[32]; /* getopt names the tool as it was called */
    snprintf(name, sizeof name, "%s", tool_name);
    if (argc > 0)
        argv[0] = name;
    error_t bad = argp_parse(parser, argc, argv, 0, NULL, input);
    if (!bad)
        return;
    cli_warn("options: %s", strerror(bad));
    exit(EXIT_FAILED);
}

void cli_lines(const char *before, const char *text, int always) {
    for (const char *end; text && (end = strchr(text, '\n')); text = end + 1)
        (always ? cli_note : cli_detail)("%s%.*s", before, (int)(end - text),
                                         text);
}

void cli_warn(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    print_line(fmt, ap);
    va_end(ap);
}

int cli_fail(const struct err *e) {
    if (cli_signal && e->code == ERR_STOP) {
        int number = cli_signal;
        signal(number, SIG_DFL);
        raise(number);
    }
    cli_warn("%s", e->text);
    return e->code == ERR_USAGE ? EXIT_USAGE : EXIT_FAILED;
}

int64_t cli_any_seed(void) {
    struct timespec now;
    struct rng rng;
    clock_gettime(CLOCK_REALTIME, &now);
    rng_seed(&rng, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
             (uint64_t)getpid());
    return (int64_t)rng_below(&rng, (size_t)1 << 31);
}

int64_t cli_integer(struct argp_state *state, const char *option,
                    const char *text, int64_t min, int64_t max) {
    struct err e = {0};
    int64_t v = min;
    if (conf_integer(option, text, min, max, &v, &e))
        cli_misused(state, "%s", e.text);
    return v;
}

double cli_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int cli_is_terminal(void) {
    return cli_verbosity >= 1 && isatty(STDERR_FILENO);
}

void cli_progress_draw(struct cli_progress *p, const char *fmt, ...) {
    double now = cli_clock();
    if (!cli_is_terminal() || now - p->drawn < 0.1)
        return;
    p->drawn = now;
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\r%s", text);
    for (int i = n; i < p->width; i++)
        fputc(' ', stderr);
    p->width = n;
}

void cli_progress_clear(struct cli_progress *p) {
    if (p->width)
        fprintf(stderr, "\r%*s\r", p->width, "");
    p->width = 0;
}

const char *cli_duration(char text[32], double seconds) {
    long s = seconds > 0 && seconds < 1e9 ? lround(seconds) : 0;
    if (s >= 3600)
        snprintf(text, 32, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else if (s >= 60)
        snprintf(text, 32, "%ld:%02ld", s / 60, s % 60);
    else
        snprintf(text, 32, "%ld s", s);
    return text;
}

/* Is it one like 6/8? It is no path. */
static int is_meter(const char *text) {
    const char *unit = text + strspn(text, "0123456789");
    return unit != text && *unit == '/' && unit[1] &&
           unit[1 + strspn(unit + 1, "0123456789")] == 0;
}

/* Is a word of the command line chords with a bass, as D/F#, or an option with
 * them? That is no path either. */
static int has_chords(struct buf *out, char **argv, int i, const char *value) {
    static const char option[] = "--given-c"; /* as short as it may be */
    size_t n = sizeof option - 1;
    struct progression p;
    struct err why = {0};
    if (strncmp(argv[i], option, n) && strncmp(argv[i - 1], option, n))
        return 0;
    int is_none = progression_read(&p, value, &why);
    out->failed |= why.code == ERR_MEM;
    if (!is_none)
        progression_free(&p);
    return !is_none;
}

/* Where in a word a value begins: "--config=", "-c", "run.dir=". */
static size_t value_at(const char *word) {
    size_t at = word[0] == '-' && word[1] && word[1] != '-' ? 2 : 0;
    for (size_t i = at; word[i] && word[i] != '/'; i++)
        at = word[i] == '=' ? i + 1 : at;
    return at;
}

void cli_command(struct buf *out, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        size_t at = value_at(argv[i]), end = strlen(argv[i]);
        const char *value = argv[i] + at;
        while (end > at && argv[i][end - 1] == '/')
            end--;
        size_t from = end;
        while (from > at && argv[i][from - 1] != '/')
            from--;
        struct buf word = {0};
        if (is_meter(value) || has_chords(out, argv, i, value))
            buf_printf(&word, " %s", argv[i]);
        else
            buf_printf(&word, " %.*s%.*s", (int)at, argv[i], (int)(end - from),
                       argv[i] + from);
        buf_add_text(out, word.data ? (const char *)word.data : "");
        out->failed |= word.failed;
        buf_free(&word);
    }
}

/* Between the quotes of $'...', where a backslash and three octal digits are a
 * byte that would not be shown as it is. */
static void quote_bytes(char word[CLI_WORD], const char *whole) {
    size_t n = (size_t)snprintf(word, CLI_WORD, "$'");
    for (size_t left = strlen(whole), skip; left && n + 24 < CLI_WORD;
         whole += skip, left -= skip) {
        size_t bytes = plain_bytes(whole, left, &skip);
        if (*whole == '\'' || *whole == '\\')
            word[n++] = '\\';
        for (size_t i = 0; i < skip; i++)
            n += (size_t)snprintf(word + n, 8, bytes ? "%c" : "\\%03o",
                                  (unsigned char)whole[i]);
    }
    snprintf(word + n, 2, "'");
}

const char *cli_quoted(char word[CLI_WORD], const char *first,
                       const char *second) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=+:-";
    char whole[CLI_WORD];
    snprintf(whole, sizeof whole, "%s%s", first, second);
    if (whole[0] && whole[strspn(whole, plain)] == 0) {
        snprintf(word, CLI_WORD, "%s", whole);
    } else if (!shows(whole)) {
        quote_bytes(word, whole);
    } else {
        size_t n = 0;
        word[n++] = '\'';
        for (const char *p = whole; *p && n + 8 < CLI_WORD; p++)
            n += (size_t)snprintf(word + n, 8, "%s%c", *p == '\'' ? "'\\'" : "",
                                  *p);
        snprintf(word + n, 2, "'");
    }
    return word;
}
