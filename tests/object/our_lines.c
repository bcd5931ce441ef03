/*
 * Decodes all line tables of a file, as lprof does, and says how many rows they have and how long it took:
 *
 *     our_lines FILE
 *     rows 12345 cpu_s 0.0123
 *
 * dw_lines.c does the same with libdw.
 */
#include <stdio.h>

#include "object/compile_units.h"
#include "unwind/stopwatch.h"

static size_t count_rows(struct compile_units *units)
{
    size_t n = 0;

    for (size_t i = 0; i < units->count; i++)
        n += compile_units_lines(&units->items[i])->n_rows;
    return n;
}

int main(int argc, char **argv)
{
    struct image *image = NULL;
    struct compile_units units;

    if (argc != 2) {
        fprintf(stderr, "usage: our_lines FILE\n");
        return 2;
    }
    double start = stopwatch_now();
    struct lprof_error *err = image_open(argv[1], &image);
    if (err) {
        fprintf(stderr, "our_lines: %s\n", err->message);
        error_destroy(err);
        return 1;
    }
    struct debug_info *info = debug_info_open(image);
    compile_units_init(&units, info);
    size_t n_rows = count_rows(&units);
    compile_units_deinit(&units);
    debug_info_close(info);
    image_close(image);
    printf("rows %zu cpu_s %.4f\n", n_rows, stopwatch_now() - start);
    return 0;
}
