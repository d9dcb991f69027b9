/* What the executables share: see cli.h. SPDX-License-Identifier: MIT */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nott/base/plain.h"
#include "nott/base/rng.h"

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

/* What libraries do at the end is of no use and may never be over: OpenBLAS
 * waits for threads that wait for memory, under a limit for ever. Only the
 * sanitizers have something to say then. */
#if defined(__GLIBC__) && !defined(IS_SANITIZED)
#define ENDS_HERE 1
static void leave(int status, void *user) {
    (void)user;
    close_stdout();
    fflush(NULL);
    _exit(status);
}
#endif

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
#ifdef ENDS_HERE
    on_exit(leave, NULL);
#else
    atexit(close_stdout);
#endif
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

const struct argp_child cli_children[] = {
    {&cli_argp_settings, 0, NULL, 0}, {&cli_argp_verbosity, 0, NULL, 0}, {0}};

static void print_line(const char *fmt, va_list ap) ERR_PRINTF(1, 0);

static void print_line(const char *fmt, va_list ap) {
    char text[2 * CLI_WORD + 256]; /* a command with two paths */
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
    for (size_t left = strlen(text), skip; left; text += skip, left -= skip) {
        size_t n = plain_bytes(text, left, &skip);
        fwrite(n ? text : "?", 1, n ? n : 1, stdout);
    }
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

/* Is a word an option whose value is the next word? */
static int takes_value(const struct argp *parser, const char *word) {
    size_t n = strlen(word);
    if (n < 2 || word[0] != '-' || strchr(word, '='))
        return 0;
    for (const struct argp_option *o = parser->options;
         o && (o->name || o->key || o->doc || o->group); o++)
        if (o->arg && !(o->flags & OPTION_ARG_OPTIONAL) &&
            (word[1] != '-' ? word[n - 1] == o->key
                            : o->name && !strncmp(o->name, word + 2, n - 2)))
            return 1;
    for (const struct argp_child *c = parser->children; c && c->argp; c++)
        if (takes_value(c->argp, word))
            return 1;
    return 0;
}

/* Is a word an option by a name that shows itself only in part? */
static int is_odd_option(const char *word) {
    char name[64];
    size_t n = word[0] && word[1] == '-' ? strcspn(word, "=") : 2;
    snprintf(name, sizeof name, "%.*s", (int)(n < 60 ? n : 60), word);
    return word[0] == '-' && !plain_only(name);
}

void cli_parse(const struct argp *parser, int argc, char **argv, void *input) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_odd_option(argv[i]) && !takes_value(parser, argv[i - 1])) {
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
