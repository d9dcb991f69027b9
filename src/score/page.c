/* The page on which tunes are heard: see page.h.
 * SPDX-License-Identifier: MIT */
#include "nott/score/page.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/hash.h"
#include "nott/base/json.h"
#include "page_files.h"
#include "page_song.h"

/* ---- base64 ---- */

static void add_base64(struct buf *out, const uint8_t *data, size_t n) {
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        size_t have = n - i < 3 ? n - i : 3;
        unsigned v = (unsigned)data[i] << 16;
        if (have > 1)
            v |= (unsigned)data[i + 1] << 8;
        if (have > 2)
            v |= data[i + 2];
        char four[4] = {digits[v >> 18], digits[v >> 12 & 63],
                        have > 1 ? digits[v >> 6 & 63] : '=',
                        have > 2 ? digits[v & 63] : '='};
        buf_add(out, four, 4);
    }
}

/* null for none */
static json_t *base64_text(const struct buf *b) {
    if (!b)
        return json_null();
    struct buf text = {0};
    add_base64(&text, b->data, b->len);
    json_t *value = NULL;
    if (!text.failed)
        value = json_stringn(text.len ? (char *)text.data : "", text.len);
    buf_free(&text);
    return value;
}

/* ---- the data ---- */

static json_t *tune_data(const struct page_tune *t, int *failed) {
    json_t *o = json_object();
    json_put(o, "title", json_text(t->title ? t->title : ""), failed);
    json_put(o, "about", json_text(t->about ? t->about : ""), failed);
    json_put(o, "command", json_text(t->command), failed);
    json_put(o, "name", json_text(t->name ? t->name : "tune"), failed);
    json_put(o, "abc", json_text(t->abc), failed);
    json_put(o, "midi", base64_text(t->midi), failed);
    json_put(o, "sheet", base64_text(t->sheet), failed);
    page_song_put(o, t->song, failed);
    return o;
}

static char *data_text(const struct page_tune *tunes, size_t count,
                       const char *title, struct err *e) {
    int failed = 0;
    json_t *list = json_array(), *o = json_object();
    for (size_t i = 0; i < count; i++)
        json_push(list, tune_data(&tunes[i], &failed), &failed);
    json_put(o, "title", json_text(title), &failed);
    json_put(o, "tunes", list, &failed);
    return json_line(o, failed, "page", e);
}

/* JSON that is safe between <script> tags: no letter of it can end the element,
 * open a comment in it, or end a line for an old reader of scripts. They occur
 * within strings only. */
static void add_json(struct buf *out, const char *text) {
    for (const char *p = text; *p; p++) {
        int separator = !strncmp(p, "\xe2\x80\xa8", 3) /* U+2028, U+2029 */
                        || !strncmp(p, "\xe2\x80\xa9", 3);
        if (separator) {
            buf_printf(out, "\\u202%c", p[2] == '\xa8' ? '8' : '9');
            p += 2;
        } else if (*p == '<' || *p == '>' || *p == '&')
            buf_printf(out, "\\u%04x", (unsigned)*p);
        else
            buf_add(out, p, 1);
    }
}

/* ---- the page ---- */

static void add_html(struct buf *out, const char *text) {
    for (const char *p = text; *p; p++)
        if (*p == '<' || *p == '>' || *p == '&')
            buf_printf(out, "&#%d;", *p);
        else
            buf_add(out, p, 1);
}

/* The title as valid UTF-8: the one that is in the data too. */
static void add_title(struct buf *out, const char *title) {
    json_t *valid = json_text(title);
    if (valid)
        add_html(out, json_string_value(valid));
    else
        out->failed = 1;
    json_decref(valid);
}

/* By its digest a browser knows the page's own style or script, and obeys no
 * other: "sha256-..." as a policy has it. */
static void add_digest(struct buf *out, const unsigned char *file) {
    struct hash h;
    char hex[HASH_HEX];
    hash_begin(&h);
    hash_add(&h, file, strlen((const char *)file));
    hash_end(&h, hex);
    uint8_t bytes[HASH_HEX / 2];
    for (size_t i = 0; i < sizeof bytes; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};
        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    buf_printf(out, "sha256-");
    add_base64(out, bytes, sizeof bytes);
}

struct page {
    const char *title, *data;
    struct buf *out;
    struct err *e;
};

static void add_file(struct buf *out, const unsigned char *file) {
    buf_add(out, file, strlen((const char *)file));
}

/* What stands for a mark in page.html. */
static void fill_mark(const struct page *p, const char *mark, size_t n) {
#define IS(word) (n == sizeof(word) - 1 && !memcmp(mark, word, n))
    if (IS("title"))
        add_title(p->out, p->title);
    else if (IS("style"))
        add_file(p->out, page_files_css);
    else if (IS("script"))
        add_file(p->out, page_files_js);
    else if (IS("data"))
        add_json(p->out, p->data);
    else if (IS("style-digest"))
        add_digest(p->out, page_files_css);
    else if (IS("script-digest"))
        add_digest(p->out, page_files_js);
#undef IS
}

/* page.html with its marks filled in: words between @ and @. */
static int fill_page(const struct page *p) {
    const char *at = (const char *)page_files_html;
    for (const char *mark; (mark = strchr(at, '@')); at++) {
        const char *end = strchr(mark + 1, '@');
        if (!end)
            break;
        buf_add(p->out, at, (size_t)(mark - at));
        fill_mark(p, mark + 1, (size_t)(end - mark - 1));
        at = end;
    }
    buf_add(p->out, at, strlen(at));
    return buf_ok(p->out, "page", p->e);
}

int page_write(const struct page_tune *tunes, size_t count, const char *title,
               struct buf *out, struct err *e) {
    title = title ? title : "";
    char *data = data_text(tunes, count, title, e);
    if (!data)
        return -1;
    int rc = fill_page(&(struct page){title, data, out, e});
    free(data);
    return rc;
}
