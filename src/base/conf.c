/* Settings by tables: see conf.h. SPDX-License-Identifier: MIT */
#include "nott/base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/plain.h"

/* ---- values ---- */

int conf_integer(const char *name, const char *text, int64_t min, int64_t max,
                 int64_t *out, struct err *e) {
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno || end == text || *end || isspace((unsigned char)*text) ||
        v < min || v > max)
        return err_set(e, ERR_USAGE,
                       "%s: '%s' is not a whole number in %" PRId64
                       "..%" PRId64,
                       name, text, min, max);
    *out = v;
    return 0;
}

int conf_number(const char *name, const char *text, double min, double max,
                double *out, struct err *e) {
    char *end;
    errno = 0;
    double v = strtod(text, &end);
    if (end == text || *end || isspace((unsigned char)*text) || !isfinite(v) ||
        v < min || v > max)
        return err_set(e, ERR_USAGE, "%s: '%s' is not a number in %g..%g", name,
                       text, min, max);
    *out = v;
    return 0;
}

int conf_choice(const char *const *choices, const char *text) {
    for (int k = 0; choices[k]; k++)
        if (strcmp(text, choices[k]) == 0)
            return k;
    return -1;
}

static int parse_choice(const struct conf_row *row, const char *name,
                        const char *text, int *out, struct err *e) {
    char all[128] = "";
    int k = conf_choice(row->choices, text);
    if (k >= 0) {
        *out = k;
        return 0;
    }
    for (size_t i = 0, n = 0; row->choices[i] && n < sizeof all; i++)
        n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "",
                              row->choices[i]);
    return err_set(e, ERR_USAGE, "%s: '%s' is not one of %s", name, text, all);
}

static int parse_list(const struct conf_row *row, const char *name,
                      const char *text, struct conf_list *out, struct err *e) {
    struct conf_list list = {0};
    for (const char *p = text; *(p += strspn(p, " "));) {
        char *end;
        long v = strtol(p, &end, 10);
        int before = list.count ? list.value[list.count - 1] : INT32_MIN;
        if (end == p || (*end && *end != ' ') || v <= before ||
            (double)v < row->min || (double)v > row->max ||
            list.count == CONF_LIST_MAX)
            return err_set(e, ERR_USAGE,
                           "%s: '%s' is not up to %d rising whole numbers in "
                           "%g..%g",
                           name, text, CONF_LIST_MAX, row->min, row->max);
        list.value[list.count++] = (int)v;
        p = end;
    }
    *out = list;
    return 0;
}

/* Would a line of a file hold this text unchanged, and show it as it is? Blanks
 * at its ends and a ';' after a blank would go. Names in other letters than
 * those of UTF-8 are names. */
static int fits_line(const char *text) {
    char before = ' ';
    uint32_t letter;
    size_t n;
    for (const char *p = text; *p; before = *p, p += n ? n : 1) {
        n = plain_letter(p, strnlen(p, 4), &letter);
        if ((n && !plain_shows(letter)) || (*p == ';' && before == ' ') ||
            (*p == ' ' && (p == text || !p[1])))
            return 0;
    }
    return 1;
}

static int parse_text(const struct conf_row *row, const char *name,
                      const char *text, char *out, struct err *e) {
    if (strlen(text) >= CONF_PATH || (double)strlen(text) < row->min ||
        strpbrk(text, ";\n"))
        return err_set(e, ERR_USAGE, "%s: empty, too long or with a ';'", name);
    if (!fits_line(text))
        return err_set(e, ERR_USAGE,
                       "%s: control characters, blanks at an end or ' ;'",
                       name);
    memset(out, 0, CONF_PATH); /* settings are compared by their bytes */
    snprintf(out, CONF_PATH, "%s", text);
    return 0;
}

int conf_parse(const struct conf_row *row, void *group, const char *text,
               struct err *e) {
    void *at = (char *)group + row->at;
    char name[64];
    int64_t v = 0;
    if (row->flags & CONF_GONE)
        return 0;
    snprintf(name, sizeof name, "%s.%s", row->section, row->key);
    switch (row->type) {
    case CONF_TEXT:
        return parse_text(row, name, text, at, e);
    case CONF_LIST:
        return parse_list(row, name, text, at, e);
    case CONF_CHOICE:
        return parse_choice(row, name, text, at, e);
    case CONF_NUMBER:
        return conf_number(name, text, row->min, row->max, at, e);
    default:
        break;
    }
    if (conf_integer(name, text, (int64_t)row->min, (int64_t)row->max, &v, e))
        return -1;
    if (row->type == CONF_INTEGER)
        *(int *)at = (int)v;
    else if (row->type == CONF_SIZE)
        *(size_t *)at = (size_t)v;
    else
        *(int64_t *)at = v;
    return 0;
}

static void print_number(struct buf *out, double v) {
    char text[32];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    buf_printf(out, "%s", text);
}

void conf_print(const struct conf_row *row, const void *group,
                struct buf *out) {
    const void *at = (const char *)group + row->at;
    const struct conf_list *list = at;
    switch (row->type) {
    case CONF_TEXT:
        buf_printf(out, "%s", (const char *)at);
        break;
    case CONF_INTEGER:
        buf_printf(out, "%d", *(const int *)at);
        break;
    case CONF_SIZE:
        buf_printf(out, "%zu", *(const size_t *)at);
        break;
    case CONF_LONG:
        buf_printf(out, "%" PRId64, *(const int64_t *)at);
        break;
    case CONF_NUMBER:
        print_number(out, *(const double *)at);
        break;
    case CONF_CHOICE:
        buf_printf(out, "%s", row->choices[*(const int *)at]);
        break;
    case CONF_LIST:
        for (int i = 0; i < list->count; i++)
            buf_printf(out, "%s%d", i ? " " : "", list->value[i]);
        break;
    }
}

/* ---- rows of a table ---- */

/* Row number i of the whole table; 0 when there are fewer. */
static int row_at(const struct conf_table *t, size_t i, struct conf_place *p) {
    size_t first = 0;
    for (size_t k = 0; k < t->count; k++) {
        const struct conf_group *g = t->parts[k].group;
        if (i - first < g->count) {
            const struct conf_row *row = &g->rows[i - first];
            *p = (struct conf_place){row, t->parts[k].at, i,
                                     row->flags | g->flags};
            return 1;
        }
        first += g->count;
    }
    return 0;
}

int conf_find(const struct conf_table *t, const char *section, const char *key,
              struct conf_place *p) {
    for (size_t i = 0; row_at(t, i, p); i++)
        if (strcmp(p->row->section, section) == 0 &&
            (strcmp(p->row->key, key) == 0 ||
             (p->row->old_key && strcmp(p->row->old_key, key) == 0)))
            return 1;
    return 0;
}

int conf_has_section(const struct conf_table *t, const char *section) {
    struct conf_place p;
    for (size_t i = 0; row_at(t, i, &p); i++)
        if (strcmp(p.row->section, section) == 0)
            return 1;
    return 0;
}

int conf_find_name(const struct conf_table *t, const char *name, size_t n,
                   struct conf_place *p) {
    char left[128];
    const char *dot = memchr(name, '.', n);
    if (!dot || n >= sizeof left)
        return 0;
    snprintf(left, sizeof left, "%.*s", (int)n, name);
    left[dot - name] = 0;
    return conf_find(t, left, left + (dot - name) + 1, p);
}

void conf_defaults(const struct conf_table *t, void *settings) {
    struct conf_place p;
    memset(settings, 0, t->size);
    for (size_t i = 0; row_at(t, i, &p); i++)
        conf_parse(p.row, (char *)settings + p.group, p.row->initial, NULL);
}

int conf_set(const struct conf_table *t, void *settings, const char *assignment,
             struct err *e) {
    struct conf_place p;
    const char *equal = strchr(assignment, '=');
    const char *dot = strchr(assignment, '.');
    if (!equal || !dot || dot > equal)
        return err_set(e, ERR_USAGE, "--set %s: not section.key=value",
                       assignment);
    if (!conf_find_name(t, assignment, (size_t)(equal - assignment), &p))
        return err_set(e, ERR_USAGE, "--set %s: no such setting", assignment);
    return conf_parse(p.row, (char *)settings + p.group, equal + 1, e);
}

int conf_give(const struct conf_table *t, void *settings, const char *name,
              const char *value, struct err *e) {
    struct conf_place p;
    if (!conf_find_name(t, name, strlen(name), &p))
        return err_set(e, ERR_USAGE, "%s: no such setting", name);
    return conf_parse(p.row, (char *)settings + p.group, value, e);
}

/* Without their texts, for which there might be no memory. */
static int differ(const struct conf_place *p, const void *a, const void *b) {
    const void *x = (const char *)a + p->group + p->row->at;
    const void *y = (const char *)b + p->group + p->row->at;
    const struct conf_list *v = x, *w = y;
    switch (p->row->type) {
    case CONF_TEXT:
        return strcmp(x, y) != 0;
    case CONF_INTEGER:
    case CONF_CHOICE:
        return *(const int *)x != *(const int *)y;
    case CONF_SIZE:
        return *(const size_t *)x != *(const size_t *)y;
    case CONF_LONG:
        return *(const int64_t *)x != *(const int64_t *)y;
    case CONF_NUMBER:
        return *(const double *)x != *(const double *)y;
    case CONF_LIST:
        return v->count != w->count ||
               memcmp(v->value, w->value,
                      (size_t)v->count * sizeof *v->value) != 0;
    }
    return 1;
}

const char *conf_difference(const struct conf_table *t, const void *a,
                            const void *b, char name[64]) {
    struct conf_place p;
    for (size_t i = 0; row_at(t, i, &p); i++)
        if (p.flags & CONF_GRID && !(p.flags & (CONF_FREE | CONF_GONE)) &&
            differ(&p, a, b)) {
            snprintf(name, 64, "%s.%s", p.row->section, p.row->key);
            return name;
        }
    return NULL;
}

/* ---- dump ---- */

static void dump_help(struct buf *out, const struct conf_row *row) {
    int ranged = row->type != CONF_TEXT && row->type != CONF_LIST;
    buf_printf(out, "; %s", row->help);
    if (row->type == CONF_CHOICE)
        for (int k = 0; row->choices[k]; k++)
            buf_printf(out, "%s%s", k ? " | " : " [", row->choices[k]);
    else if (ranged)
        buf_printf(out, " [%g..%g", row->min, row->max);
    buf_printf(out, "%s\n", ranged ? "]" : "");
}

void conf_dump(const struct conf_table *t, const void *settings,
               struct buf *out, int help) {
    const char *section = "";
    struct conf_place p;
    for (size_t i = 0; row_at(t, i, &p); i++) {
        if (p.row->flags & CONF_GONE)
            continue;
        if (strcmp(p.row->section, section) != 0)
            buf_printf(out, "%s[%s]\n", i ? "\n" : "", p.row->section);
        section = p.row->section;
        if (help)
            dump_help(out, p.row);
        buf_printf(out, "%s = ", p.row->key);
        conf_print(p.row, (const char *)settings + p.group, out);
        buf_printf(out, "\n");
    }
}
