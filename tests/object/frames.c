/*
 * Prints what object_frames_at() says of addresses, in the way of llvm-symbolizer: for each address
 * read from standard input the function and file:line:column of every frame, then an empty line.
 *
 *     frames FILE < addresses
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object/object.h"

static void print_frames(const struct object_frame *frames, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%s\n%s:%u:%u%s\n", frames[i].function->linkage_name,
               frames[i].file ? frames[i].file : "??", frames[i].line, frames[i].column,
               frames[i].approximate ? " (approximate)" : "");
    if (!count)
        printf("??\n??:0:0\n");
    printf("\n");
}

int main(int argc, char **argv)
{
    struct object *obj = NULL;
    struct object_frame frames[OBJECT_FRAMES_MAX];
    char text[64];

    if (argc != 2) {
        fprintf(stderr, "usage: frames FILE < addresses\n");
        return 2;
    }
    struct lprof_error *err = object_open(argv[1], NULL, &obj);
    if (err) {
        fprintf(stderr, "frames: %s\n", err->message);
        error_destroy(err);
        return 1;
    }
    while (fgets(text, sizeof text, stdin))
        print_frames(frames, object_frames_at(obj, strtoull(text, NULL, 16), frames));
    const char *problem = object_debug_problem(obj);
    if (problem)
        fprintf(stderr, "frames: %s\n", problem);
    object_destroy(obj);
    return 0;
}
