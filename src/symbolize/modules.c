#include "symbolize/modules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/md5.h"
#include "base/mem.h"
#include "object/vdso.h"
#include "profile/builder.h"

// Symbolizing again must not count again.
static void note_once(struct profile *profile, const char *code, const char *text, const char *hint)
{
    for (size_t i = 0; i < profile->n_notes; i++)
        if (strcmp(profile->notes[i].code, code) == 0 && strcmp(profile->notes[i].text, text) == 0)
            return;
    builder_note(profile, code, 1, text, hint);
}

// Takes the error.
static void note_unopened(struct profile *profile, const struct profile_mapping *mapping,
                          struct lprof_error *err)
{
    CLEANUP(cleanup_free) char *text = NULL;
    bool changed = err->code == LPROF_ERROR_FORMAT && *mapping->build_id;

    if (changed)
        text = mem_printf("%s is another file now than the one that was profiled: its functions "
                          "have no names",
                          mapping->path);
    else if (err->errnum == ENOENT)
        text = mem_printf("%s is gone: its functions have no names", mapping->path);
    else
        text = mem_printf("%s: its functions have no names", err->message);
    note_once(profile, changed ? "module-changed" : "module-gone", text,
              changed ? "profile it again" : NULL);
    error_destroy(err);
}

// That of another kernel is another one: its build id differs, or without one its size.
static struct object *open_vdso(const struct profile_mapping *mapping)
{
    struct build_id build_id;

    build_id_parse(mapping->build_id, &build_id);
    return vdso_open(&build_id, mapping->limit);
}

static void open_file(struct profile *profile, uint32_t mapping, const struct kept *kept,
                      struct modules_opened *ret)
{
    const struct profile_mapping *own = &profile->mappings[mapping - 1];
    struct build_id build_id;

    build_id_parse(own->build_id, &build_id);
    struct lprof_error *err = object_open(own->path, &build_id, &ret->object);
    if (err && kept)
        ret->object = kept_find(kept, mapping);
    ret->is_kept = err && ret->object;
    if (err && !ret->object)
        note_unopened(profile, own, err);
    else
        error_destroy(err);
}

static void open_jit(struct profile *profile, const struct profile_mapping *mapping,
                     struct modules_opened *ret)
{
    struct lprof_error *err = jit_map_open(mapping->path, &ret->jit);

    if (err)
        note_unopened(profile, mapping, err);
}

void modules_open(struct profile *profile, uint32_t mapping, const struct modules_sources *sources,
                  struct modules_opened *ret)
{
    const struct profile_mapping *own = &profile->mappings[mapping - 1];
    uint64_t addr;

    *ret = (struct modules_opened){0};
    if (strcmp(own->path, "[vdso]") == 0)
        ret->object = open_vdso(own);
    else if (jit_map_is_path(own->path))
        open_jit(profile, own, ret);
    else if (own->path[0] == '/')
        open_file(profile, mapping, sources->kept, ret);
    if (!ret->object)
        return;
    object_use_server(ret->object, sources->server);
    ret->skid = skid_create(ret->object);
    // While it was profiled the file could not be read, or there is none.
    ret->by_offset =
        object_addr_of_offset(ret->object, own->file_offset, &addr) && addr != own->start;
}

static void note_debug_info(struct profile *profile, const struct profile_mapping *mapping,
                            struct object *object)
{
    const char *problem = object_debug_problem(object);

    if (problem) {
        CLEANUP(cleanup_free) char *text = mem_printf("%s: %s", mapping->path, problem);
        note_once(profile, "debug-info-damaged", text, NULL);
    }
    const char *rejected = object_debug_rejected(object);
    if (rejected)
        note_once(profile, "debug-info-mismatch", rejected,
                  "install the debug info of this build, or build the program again");
    if (!object_debug_path(object) && !problem && profile_is_program(profile, mapping)) {
        CLEANUP(cleanup_free)
        char *text = mem_printf("%s has no line information: functions only", mapping->path);
        note_once(profile, "no-lines", text, "build it with -g");
    }
}

// What is known of the sources that were named, so that their text can be told from another.
static void add_sources(struct profile *profile, struct object *object)
{
    CLEANUP(cleanup_free) struct object_source *sources = NULL;
    size_t n = object_sources(object, &sources);
    char sum[MD5_TEXT];

    for (size_t i = 0; i < n; i++) {
        if (sources[i].md5)
            md5_format(sources[i].md5, sum);
        builder_source(profile, &(struct profile_source){.path = sources[i].path,
                                                         .md5 = sources[i].md5 ? sum : NULL,
                                                         .text = sources[i].text});
    }
}

void modules_close(struct profile *profile, uint32_t mapping, struct modules_opened *opened)
{
    struct profile_mapping *own = &profile->mappings[mapping - 1];
    const char *debug_info = opened->object ? object_debug_path(opened->object) : NULL;

    own->debug_info = profile_string(profile, debug_info ? debug_info : "");
    if (opened->object) {
        note_debug_info(profile, own, opened->object);
        add_sources(profile, opened->object);
    }
    skid_destroy(opened->skid);
    if (opened->is_kept)
        object_use_server(opened->object, NULL);
    else
        object_destroy(opened->object);
    jit_map_destroy(opened->jit);
    *opened = (struct modules_opened){0};
}

void modules_note_server(struct profile *profile, struct debug_server *server)
{
    const char *problem = server ? debug_server_problem(server) : NULL;

    if (problem)
        note_once(profile, "debug-info-not-fetched", problem, NULL);
}
