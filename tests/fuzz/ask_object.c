#include "ask_object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// How many addresses of a segment are asked for.
#define ASKED 64

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "ask_object: %s\n", what);
    abort();
}

static void ask(struct object *obj, uint64_t addr)
{
    struct object_frame frames[OBJECT_FRAMES_MAX];
    struct object_symbol symbol;
    struct object_row row;
    uint64_t begin;
    uint64_t end;
    size_t size;

    if (object_symbol_at(obj, addr, &symbol))
        require(*symbol.name && symbol.addr <= addr, "a symbol does not hold its address");
    if (object_row_at(obj, addr, &row))
        require(row.addr <= addr && addr < row.end, "a row does not hold its address");
    if (object_extent_at(obj, addr, &begin, &end))
        require(begin <= addr && addr < end, "a function does not hold its address");
    const uint8_t *code = object_code_at(obj, addr, &size);
    // The last byte is there too, which a sanitizer checks.
    require(!code || memchr(code + size - 1, code[size - 1], 1), "there is no code");
    size_t count = object_frames_at(obj, addr, frames);
    require(count <= OBJECT_FRAMES_MAX, "there are too many frames");
    for (size_t i = 0; i < count; i++)
        require(frames[i].function && frames[i].function->name[0], "a function has no name");
}

void ask_object(struct object *obj)
{
    size_t count;
    const struct object_segment *segments = object_segments(obj, &count);

    for (size_t i = 0; i < count && i < 16; i++) {
        uint64_t step = segments[i].size / ASKED + 1;
        for (uint64_t at = 0; at < segments[i].size; at += step)
            ask(obj, segments[i].addr + at);
    }
    struct object_source *sources = NULL;
    size_t n_sources = object_sources(obj, &sources);
    for (size_t i = 0; i < n_sources; i++)
        require(*sources[i].path && (sources[i].md5 || sources[i].text), "a source of nothing");
    free(sources);
    const char *problem = object_debug_problem(obj);
    require(!problem || (*problem && !strchr(problem, '\n')), "no problem in one line");
}
