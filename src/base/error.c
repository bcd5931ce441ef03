#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static struct lprof_error *create(enum lprof_error_code code, int errnum, char *message)
{
    struct lprof_error *err = mem_alloc(sizeof *err);

    err->code = code;
    err->errnum = errnum;
    err->message = message;
    return err;
}

struct lprof_error *error_create(enum lprof_error_code code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *message = mem_vprintf(format, args);
    va_end(args);
    return create(code, 0, message);
}

struct lprof_error *error_from_errno(int errnum, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *what = mem_vprintf(format, args);
    va_end(args);
    char *message = mem_printf("%s: %s", what, strerror(errnum));
    free(what);
    return create(LPROF_ERROR_SYSTEM, errnum, message);
}

struct lprof_error *error_wrap(struct lprof_error *err, const char *format, ...)
{
    va_list args;

    if (!err)
        return NULL;
    va_start(args, format);
    char *prefix = mem_vprintf(format, args);
    va_end(args);
    char *message = mem_printf("%s: %s", prefix, err->message);
    free(prefix);
    free(err->message);
    err->message = message;
    return err;
}

struct lprof_error *error_hint(struct lprof_error *err, const char *format, ...)
{
    va_list args;

    if (!err)
        return NULL;
    va_start(args, format);
    free(err->hint);
    err->hint = mem_vprintf(format, args);
    va_end(args);
    return err;
}

void error_destroy(struct lprof_error *err)
{
    if (!err)
        return;
    free(err->message);
    free(err->hint);
    free(err);
}
