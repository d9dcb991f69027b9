/* Where settings come from: see cli.h. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sched_getaffinity */
#include "cli.h"

#include <limits.h>
#include <math.h>
#ifdef __linux__
#include <sched.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nott/learn/record.h"
#include "nott/player/checkpoint.h"

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
