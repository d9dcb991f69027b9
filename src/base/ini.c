/* INI files of settings: see ini.h. SPDX-License-Identifier: MIT */
#include "nott/base/ini.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "nott/base/file.h"

#define ROWS_MAX 256

/* inih reads lines through next_line, which counts them, so that a message
 * can name the line; it would cut long lines and join indented ones silently,
 * so both are refused here. */
struct reader {
    const struct conf_table *table;
    void *settings;
    const char *path, *at, *end;
    struct ini_grid *grid; /* NULL = not wanted */
    struct err *err;
    int line, failed;
    unsigned char seen[ROWS_MAX];
};

static int complain(struct reader *r, const char *what) {
    r->failed = 1;
    return err_set(r->err, ERR_USAGE, "%s:%d: %s", r->path, r->line, what);
}

/* inih tells of a section only by its settings: one that has none, or that no
 * setting belongs to, is looked at here. n = length of the line. */
static int check_section(struct reader *r, size_t n) {
    static const char mark[] = "\xef\xbb\xbf"; /* of byte order */
    const char *p = r->at, *end = p + n;
    if (r->line == 1 && n >= 3 && memcmp(p, mark, 3) == 0)
        p += 3;
    if (p == end || *p != '[')
        return 0;
    const char *name = p + 1, *close = memchr(p, ']', (size_t)(end - p));
    if (!close)
        return complain(r, "section without ]");
    for (p = close + 1; p < end && (*p == ' ' || *p == '\t' || *p == '\r');)
        p++;
    if (p < end && *p != ';' && *p != '#')
        return complain(r, "more than a section on its line");
    char text[80];
    snprintf(text, sizeof text, "%.*s",
             (int)(close - name < 50 ? close - name : 50), name);
    if (strcmp(text, "grid") == 0 || conf_has_section(r->table, text))
        return 0;
    char what[160];
    snprintf(what, sizeof what, "[%s]: no such section", text);
    return complain(r, what);
}

static char *next_line(char *dst, int cap, void *user) {
    struct reader *r = user;
    if (r->failed || r->at == r->end)
        return NULL;
    r->line++;
    size_t n = strcspn(r->at, "\n");
    if (!r->at[n] && r->at + n != r->end) {
        complain(r, "a zero byte");
        return NULL;
    }
    if (n + 2 > (size_t)cap) {
        complain(r, "line too long");
        return NULL;
    }
    if (n && (*r->at == ' ' || *r->at == '\t') && strspn(r->at, " \t\r") < n) {
        complain(r, "line begins with a blank");
        return NULL;
    }
    if (check_section(r, n))
        return NULL;
    memcpy(dst, r->at, n);
    dst[n] = '\n';
    dst[n + 1] = 0;
    r->at += n + (r->at[n] == '\n');
    return dst;
}

/* The next value of a list: *p moves behind it. Its length, or -1 when a quote
 * is not closed. */
static int next_value(const char **p, const char **value) {
    int quoted = **p == '"';
    *value = *p + quoted;
    size_t n = strcspn(*value, quoted ? "\"" : ", ");
    if (quoted && (*value)[n] != '"')
        return -1;
    *p = *value + n + (quoted ? 1 : 0);
    *p += strspn(*p, ", ");
    return n < INT32_MAX ? (int)n : -1;
}

/* Cuts "64, 128" into the axis's values and checks each. */
static int take_values(struct ini_axis *a, const char *name, const char *text,
                       struct err *e) {
    union {
        char text[CONF_PATH];
        struct conf_list list;
        double number;
        int64_t integer;
    } scratch;
    struct conf_row row = *a->row;
    row.at = 0;
    for (const char *p = text + strspn(text, ", "), *value; *p;) {
        int n = next_value(&p, &value);
        if (n < 0)
            return err_set(e, ERR_USAGE, "grid.%s: a quote is not closed",
                           name);
        if (a->count == INI_VALUES || (size_t)n >= sizeof a->values[0])
            return err_set(e, ERR_USAGE, "grid.%s: too many or too long", name);
        snprintf(a->values[a->count], sizeof a->values[0], "%.*s", n, value);
        if (conf_parse(&row, &scratch, a->values[a->count++], e))
            return -1;
    }
    return a->count ? 0 : err_set(e, ERR_USAGE, "grid.%s: no values", name);
}

static int take_axis(struct reader *r, const char *key, const char *text,
                     struct err *e) {
    struct conf_place p;
    if (!r->grid)
        return err_set(e, ERR_USAGE, "[grid] is for rnn-train alone");
    if (!strchr(key, '.'))
        return err_set(e, ERR_USAGE, "grid.%s: not section.key", key);
    if (!conf_find_name(r->table, key, strlen(key), &p))
        return err_set(e, ERR_USAGE, "grid.%s: no such setting", key);
    if (!(p.flags & CONF_GRID))
        return err_set(e, ERR_USAGE,
                       "grid.%s: a grid is over [model] and [train]", key);
    if (p.flags & CONF_GONE)
        return err_set(e, ERR_USAGE, "grid.%s: this setting is gone", key);
    for (size_t k = 0; k < r->grid->axes; k++)
        if (r->grid->axis[k].row == p.row)
            return err_set(e, ERR_USAGE, "grid.%s: set twice", key);
    if (r->grid->axes == INI_AXES)
        return err_set(e, ERR_USAGE, "grid: more than %d settings", INI_AXES);
    struct ini_axis *a = &r->grid->axis[r->grid->axes++];
    *a = (struct ini_axis){.row = p.row};
    if (take_values(a, key, text, e))
        return -1;
    return ini_grid_size(r->grid) > INI_MEMBERS
               ? err_set(e, ERR_USAGE, "grid.%s: more than %d members in all",
                         key, INI_MEMBERS)
               : 0;
}

static int take_setting(void *user, const char *section, const char *key,
                        const char *value) {
    struct reader *r = user;
    struct conf_place p;
    struct err why = {0};
    if (r->failed)
        return 0;
    if (strcmp(section, "grid") == 0) {
        if (take_axis(r, key, value, &why))
            complain(r, why.text);
    } else if (!conf_find(r->table, section, key, &p) || p.number >= ROWS_MAX) {
        char text[160];
        snprintf(text, sizeof text, "%.60s.%.60s: no such setting", section,
                 key);
        complain(r, text);
    } else if (r->seen[p.number]) {
        complain(r, "set twice");
    } else if (conf_parse(p.row, (char *)r->settings + p.group, value, &why)) {
        complain(r, why.text);
    } else {
        r->seen[p.number] = 1;
    }
    return !r->failed;
}

int ini_load_grid(const struct conf_table *t, void *settings,
                  struct ini_grid *g, const char *path, struct err *e) {
    struct buf text = {0};
    int rc = -1;
    if (file_read(&text, path, 1 << 20, e) == 0) {
        const char *at = text.data ? (const char *)text.data : "";
        struct reader r = {.table = t,
                           .settings = settings,
                           .path = path,
                           .at = at,
                           .end = at + text.len,
                           .grid = g,
                           .err = e};
        int line = ini_parse_stream(next_line, &r, take_setting, &r);
        if (line == -2) { /* inih had no memory */
            r.failed = 1;
            err_set(e, ERR_MEM, "%s: out of memory", path);
        } else if (line && !r.failed) {
            r.line = line > 0 ? line : r.line;
            complain(&r, "not a setting");
        }
        rc = r.failed ? -1 : 0;
    }
    buf_free(&text);
    return rc;
}

int ini_load(const struct conf_table *t, void *settings, const char *path,
             struct err *e) {
    return ini_load_grid(t, settings, NULL, path, e);
}

/* ---- grids ---- */

size_t ini_grid_size(const struct ini_grid *g) {
    size_t n = 1;
    for (size_t k = 0; k < g->axes; k++)
        n *= g->axis[k].count;
    return n;
}

static int apply_axis(const struct conf_table *t, const struct ini_axis *a,
                      const char *value, void *settings, struct buf *name,
                      struct err *e) {
    struct conf_place p;
    if (!conf_find(t, a->row->section, a->row->key, &p) ||
        conf_parse(p.row, (char *)settings + p.group, value, e))
        return -1;
    buf_printf(name, "%s%s-", name->len ? "_" : "", a->row->key);
    conf_print(p.row, (char *)settings + p.group, name);
    return 0;
}

int ini_grid_apply(const struct conf_table *t, const struct ini_grid *g,
                   size_t index, void *settings, char name[256],
                   struct err *e) {
    struct buf text = {0};
    size_t rest = ini_grid_size(g);
    int rc = 0;
    for (size_t k = 0; k < g->axes && rc == 0; k++) {
        const struct ini_axis *a = &g->axis[k];
        rest /= a->count; /* the last axis turns fastest */
        rc = apply_axis(t, a, a->values[index / rest % a->count], settings,
                        &text, e);
    }
    if (rc == 0)
        rc = buf_ok(&text, "grid", e);
    if (rc == 0 && text.len >= 256)
        rc = err_set(e, ERR_USAGE, "grid: names too long");
    if (rc == 0)
        snprintf(name, 256, "%s", text.data ? (const char *)text.data : "");
    for (char *p = name; rc == 0 && *p; p++) /* a folder's name */
        *p = *p == '/' ? '-' : *p == ' ' ? '+' : *p;
    buf_free(&text);
    return rc;
}

/* ---- parts of grids ---- */

/* Digits from *p on, which moves behind them; 0 when there are none, or more
 * than any grid needs. */
static size_t take_count(const char **p) {
    size_t n = strspn(*p, "0123456789"), value = 0;
    for (size_t i = 0; i < n && n <= 9; i++)
        value = 10 * value + (size_t)((*p)[i] - '0');
    *p += n;
    return value;
}

int ini_part_parse(const char *name, const char *text, struct ini_part *p,
                   struct err *e) {
    const char *at = text;
    size_t number = take_count(&at);
    size_t parts = *at == '/' ? (at++, take_count(&at)) : 0;
    if (*at || number == 0 || number > parts)
        return err_set(e, ERR_USAGE, "%s: '%s' is not I/N with 1 <= I <= N",
                       name, text);
    *p = (struct ini_part){number, parts};
    return 0;
}

int ini_part_has(const struct ini_part *p, size_t index) {
    return index % p->parts == p->number - 1;
}
