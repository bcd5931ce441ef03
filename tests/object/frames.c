/*
 * Prints what object_frames_at() says of addresses, in the way of llvm-symbolizer: for each address
 * read from standard input the function and file:line:column of every frame, then an empty line.
 *
 *     frames [--memory] FILE < addresses
 *
 * With --memory it then says on standard error how much memory it has of its own, mapped files apart
 * ("RssAnon: 1234 kB").
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

static void print_memory(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    char line[128];

    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "RssAnon:", 8) == 0)
            fputs(line, stderr);
    if (status)
        fclose(status);
}

int main(int argc, char **argv)
{
    struct object *obj = NULL;
    struct object_frame frames[OBJECT_FRAMES_MAX];
    char text[64];
    bool says_memory = argc == 3 && strcmp(argv[1], "--memory") == 0;

    if (argc != 2 && !says_memory) {
        fprintf(stderr, "usage: frames [--memory] FILE < addresses\n");
        return 2;
    }
    struct lprof_error *err = object_open(argv[argc - 1], NULL, &obj);
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
    if (says_memory)
        print_memory();
    object_destroy(obj);
    return 0;
}
