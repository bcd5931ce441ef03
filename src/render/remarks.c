#include "render/remarks.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

// Puts a remark behind those before it.
__attribute__((format(printf, 3, 4))) static void put(FILE *out, bool *first, const char *format,
                                                      ...)
{
    va_list args;

    fputs(*first ? "" : "; ", out);
    *first = false;
    va_start(args, format);
    vfprintf(out, format, args);
    va_end(args);
}

static void put_all(FILE *out, const struct report_line *line)
{
    const struct profile_remarks *remarks = &line->remarks;
    bool first = true;

    // A line that never ran has no hits to explain, unless others led past it.
    if (line->hits == 0) {
        if (remarks->remarks & PROFILE_REMARK_JUMP_ONLY)
            put(out, &first, "only a jump, and others may lead past it: it may have run");
        return;
    }
    if (remarks->remarks & PROFILE_REMARK_VECTORISED)
        put(out, &first, "vectorised: a hit may be several rounds of the loop");
    if (remarks->unrolled > 1)
        put(out, &first, "unrolled x%u: a hit may be several rounds of the loop",
            remarks->unrolled);
    if (remarks->copies > 1)
        put(out, &first, "%u copies in the loop: those of one round are one hit", remarks->copies);
    if (remarks->remarks & PROFILE_REMARK_MOVED_OUT)
        put(out, &first, "moved out of the loop");
    if (remarks->remarks & PROFILE_REMARK_APPROXIMATE)
        put(out, &first, "hits may be too high");
}

char *remarks_format(const struct report_line *line)
{
    char *text = NULL;
    size_t size = 0;

    if (line->hits == REPORT_NULL)
        return NULL;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    put_all(out, line);
    fclose(out);
    if (size)
        return text;
    free(text);
    return NULL;
}

static bool says(const struct report_line *line, const char *words)
{
    CLEANUP(cleanup_free) char *own = remarks_format(line);

    return own && strcmp(own, words) == 0;
}

char *remarks_footnote(const struct report_function *function, size_t line)
{
    const struct report_line *lines = function->lines;
    CLEANUP(cleanup_free) char *words = remarks_format(&lines[line]);
    CLEANUP(cleanup_free) char *numbers = NULL;
    size_t n = 0;

    for (size_t i = 0; words && i < function->n_lines; i++) {
        if (lines[i].file != lines[line].file || !says(&lines[i], words))
            continue;
        if (i < line)
            return NULL;
        char *longer =
            mem_printf("%s%s%u", numbers ? numbers : "", numbers ? ", " : "", lines[i].line);
        free(numbers);
        numbers = longer;
        n++;
    }
    return n ? mem_printf("line%s %s: %s", n > 1 ? "s" : "", numbers, words) : NULL;
}
