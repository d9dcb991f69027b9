/* JSON by jansson: see json.h. SPDX-License-Identifier: MIT */
#include "nott/base/json.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/buf.h"
#include "nott/base/plain.h"

/* ---- building and writing ---- */

json_t *json_text(const char *text) {
    json_error_t why = {.line = 0};
    json_t *value = text ? json_pack_ex(&why, 0, "s", text) : json_null();
    if (value || json_error_code(&why) != json_error_invalid_utf8)
        return value;
    char *valid = strdup(text);
    if (!valid)
        return NULL;
    uint32_t letter;
    for (size_t at = 0, left = strlen(valid), n; left; at += n, left -= n) {
        n = plain_letter(valid + at, left, &letter);
        if (!n || (letter >= 0xd800 && letter < 0xe000))
            memset(valid + at, '?', n = n ? n : 1);
    }
    value = json_string(valid);
    free(valid);
    return value;
}

json_t *json_number(double v) {
    return isfinite(v) ? json_real(v) : json_null();
}

void json_put(json_t *object, const char *key, json_t *value, int *failed) {
    if (json_object_set_new(object, key, value))
        *failed = 1;
}

void json_push(json_t *list, json_t *value, int *failed) {
    if (json_array_append_new(list, value))
        *failed = 1;
}

static int add_bytes(const char *bytes, size_t n, void *user) {
    struct buf *out = user;
    buf_add(out, bytes, n);
    return out->failed ? -1 : 0;
}

/* As a terminal may show it: of what does more than show itself jansson
 * escapes the C0 alone, and such letters are in strings only. */
static void escape(struct buf *text) {
    struct buf plain = {0};
    const char *p = text->data ? (const char *)text->data : "";
    uint32_t letter = 0;
    for (size_t left = text->len, n; left; p += n, left -= n) {
        n = plain_letter(p, left, &letter);
        if (!n || *p == '\n' || plain_shows(letter)) {
            n = n ? n : 1;
            buf_add(&plain, p, n);
        } else if (letter <= 0xffff) {
            buf_printf(&plain, "\\u%04X", (unsigned)letter);
        } else {
            buf_printf(&plain, "\\u%04X\\u%04X",
                       (unsigned)(0xd7c0 + (letter >> 10)),
                       (unsigned)(0xdc00 + (letter & 0x3ff)));
        }
    }
    plain.failed |= text->failed;
    buf_free(text);
    *text = plain;
}

/* json_dumps would pass over some letters that it has no room for. */
static char *dump(json_t *value, size_t how, int failed, const char *what,
                  struct err *e) {
    struct buf text = {0};
    if (failed || !value || json_dump_callback(value, add_bytes, &text, how))
        text.failed = 1;
    json_decref(value);
    escape(&text);
    if (buf_ok(&text, what, e) == 0)
        return (char *)text.data;
    buf_free(&text);
    return NULL;
}

char *json_line(json_t *value, int failed, const char *what, struct err *e) {
    return dump(value, JSON_COMPACT, failed, what, e);
}

char *json_page(json_t *value, int failed, const char *what, struct err *e) {
    return dump(value, JSON_INDENT(2) | JSON_REAL_PRECISION(8), failed, what,
                e);
}

/* ---- reading ---- */

/* jansson's reader does not look whether its text buffer could grow: it drops
 * the byte, or runs beyond the end of a string without its quote. While a
 * text is read, what malloc refuses therefore comes from a reserve that is
 * larger than that buffer can become, and after that nothing more is read. */
static _Thread_local struct reading {
    const char *text;
    size_t left;
    char *reserve; /* owned; NULL when no text is being read */
    size_t used, size;
    int starved; /* malloc has refused */
} reading;

static void *take(size_t n) {
    struct reading *r = &reading;
    void *p = malloc(n);
    if (p || !r->reserve)
        return p;
    r->starved = 1;
    n = (n + 15) / 16 * 16;
    if (n > r->size - r->used)
        return NULL;
    r->used += n;
    return r->reserve + r->used - n;
}

static void give(void *p) {
    const struct reading *r = &reading;
    uintptr_t at = (uintptr_t)p, from = (uintptr_t)r->reserve;
    if (!r->reserve || at < from || at - from >= r->size)
        free(p);
}

static void set_memory(void) {
    json_set_alloc_funcs(take, give);
}

/* One byte at a time, so that none waits when there is to be an end. */
static size_t next_byte(void *buffer, size_t cap, void *user) {
    struct reading *r = user;
    if (r->starved || !r->left || !cap)
        return 0;
    memcpy(buffer, r->text++, 1);
    r->left--;
    return 1;
}

json_t *json_parse(const char *text, size_t n, const char *what,
                   struct err *e) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_memory);
    struct reading *r = &reading;
    size_t size = 2 * n + 256; /* the buffer doubles */
    *r = (struct reading){.text = text, .left = n, .size = size};
    r->reserve = malloc(size);
    if (!r->reserve) {
        err_set(e, ERR_MEM, "%s: out of memory", what);
        return NULL;
    }
    json_error_t why;
    json_t *value =
        json_load_callback(next_byte, r, JSON_REJECT_DUPLICATES, &why);
    if (r->starved) {
        json_decref(value);
        value = NULL;
        err_set(e, ERR_MEM, "%s: out of memory", what);
    } else if (!value)
        err_set(e, ERR_FORMAT, "%s: %s", what, why.text);
    free(r->reserve);
    *r = (struct reading){0};
    return value;
}
