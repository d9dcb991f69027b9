/* JSON by jansson, such that lack of memory is always an error and never a
 * value, an element or a letter less.
 *
 * A value is built of jansson's own (json_object(), json_integer() ...) with
 * json_put and json_push. Whatever could not be made or added sets *failed,
 * which stays: a long run of additions needs one check at its end, and
 * json_line and json_page make it. SPDX-License-Identifier: MIT */
#ifndef NOTT_JSON_H
#define NOTT_JSON_H

#include <stddef.h>

#include "nott/base/err.h"

struct json_t; /* jansson's */

/* A text; each of its bytes that is no UTF-8 becomes '?'. What does
 * more than show itself (plain.h) is escaped when it is written. null for NULL.
 * NULL when out of memory. */
struct json_t *json_text(const char *text);

/* A number; null for what is not finite. NULL when out of memory. */
struct json_t *json_number(double v);

/* object[key] = value; list + [value]. Takes the value over. */
void json_put(struct json_t *object, const char *key, struct json_t *value,
              int *failed);
void json_push(struct json_t *list, struct json_t *value, int *failed);

/* The value as text: on one line, or indented and with eight digits to a real
 * number. Takes the value over. The caller frees; NULL when `failed`, or when
 * it cannot be written: ERR_MEM, about `what`. */
char *json_line(struct json_t *value, int failed, const char *what,
                struct err *e);
char *json_page(struct json_t *value, int failed, const char *what,
                struct err *e);

/* Reads the n bytes of a text; an object with the same key twice is refused.
 * The caller decrefs; NULL on ERR_FORMAT ("what: why") and ERR_MEM. */
struct json_t *json_parse(const char *text, size_t n, const char *what,
                          struct err *e);

#endif
