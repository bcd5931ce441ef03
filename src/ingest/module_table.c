#include "ingest/module_table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "base/build_id.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "ingest/mapped_file.h"
#include "object/jit_map.h"
#include "object/object.h"
#include "object/vdso.h"
#include "profile/builder.h"

// What the addresses of a module are in the profile.
enum module_kind {
    MODULE_FILE,  // File addresses.
    MODULE_IMAGE, // Offsets: no file, but its content is the same wherever it is mapped.
    MODULE_ANON,  // Run addresses: memory that the program filled itself.
};

struct module {
    UT_hash_handle hh;
    char *name; // Path and build id: the key.
    char *path; // As the profile shows it.
    struct build_id build_id;
    enum module_kind kind;
    pid_t pid;             // Of the last process that mapped it.
    struct object *object; // NULL before the first sample, and when it cannot be opened.
    uint32_t number;       // Place in the table, from 1.
    uint32_t mapping;      // Id in the profile; 0 before the first sample.
};

static const char deleted[] = " (deleted)";
static const char memfd[] = "/memfd:";

void module_table_init(struct module_table *table)
{
    *table = (struct module_table){0};
}

void module_table_deinit(struct module_table *table)
{
    HASH_CLEAR(hh, table->by_name);
    for (size_t i = 0; i < table->n_modules; i++) {
        struct module *module = table->modules[i];

        object_destroy(module->object);
        free(module->name);
        free(module->path);
        free(module);
    }
    free(table->modules);
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static enum module_kind kind_of(const char *path)
{
    static const char *const no_files[] = {"//",     "/dev/zero", "/SYSV", "/anon_hugepage",
                                           "[heap]", "[stack",    "[anon"};

    for (size_t i = 0; i < sizeof no_files / sizeof *no_files; i++)
        if (starts_with(path, no_files[i]))
            return MODULE_ANON;
    if (path[0] == '[' || starts_with(path, memfd))
        return MODULE_IMAGE;
    return path[0] == '/' ? MODULE_FILE : MODULE_ANON;
}

// The path without " (deleted)", unless a file is really called so. Free it.
static char *without_deleted(const char *path)
{
    size_t length = strlen(path);
    size_t tail = sizeof deleted - 1;

    if (length <= tail || strcmp(path + length - tail, deleted) != 0 || access(path, F_OK) == 0)
        return mem_strdup(path);
    return mem_printf("%.*s", (int)(length - tail), path);
}

static char *shown_path(const char *path, enum module_kind kind)
{
    if (kind == MODULE_ANON)
        return mem_strdup("[anon]");
    char *whole = without_deleted(path);
    if (!starts_with(whole, memfd))
        return whole;
    char *shown = mem_printf("[%s]", whole + 1);
    free(whole);
    return shown;
}

static struct module *create_module(pid_t pid, const struct event_map *map, char *name)
{
    struct module *module = mem_alloc(sizeof *module);

    module->name = name;
    module->kind = kind_of(map->path);
    module->path = shown_path(map->path, module->kind);
    module->build_id = map->build_id;
    module->pid = pid;
    return module;
}

// A module is the same for the same path and build id; memory that is no file, for the same process.
static char *key_of(pid_t pid, const struct event_map *map)
{
    char build_id[BUILD_ID_TEXT];

    if (kind_of(map->path) == MODULE_ANON)
        return mem_printf("%d", (int)pid);
    build_id_format(&map->build_id, build_id);
    return mem_printf("%s %s", build_id, map->path);
}

// The process may have begun to name the code that it makes since its memory was looked at last.
static void map_again(struct module *module, pid_t pid)
{
    module->pid = pid;
    if (module->kind == MODULE_ANON)
        module->mapping = 0;
}

uint32_t module_table_add(struct module_table *table, pid_t pid, const struct event_map *map)
{
    struct module *module;
    char *name = key_of(pid, map);

    HASH_FIND_STR(table->by_name, name, module);
    if (module) {
        free(name);
        map_again(module, pid);
        return module->number;
    }
    module = create_module(pid, map, name);
    HASH_ADD_KEYPTR(hh, table->by_name, name, strlen(name), module);
    table->modules =
        mem_grow(table->modules, &table->capacity, table->n_modules, sizeof(*table->modules));
    table->modules[table->n_modules++] = module;
    return module->number = (uint32_t)table->n_modules;
}

// A file that cannot be opened is told by symbolize/, which meets the same error.
static void open_file(struct module *module, const struct space_mapping *mapping)
{
    struct lprof_error *err = object_open(module->path, &module->build_id, &module->object);

    if (err && module->pid)
        module->object = mapped_file_open(module->pid, mapping, module->path, &module->build_id);
    error_destroy(err);
}

// The module's file as the profile tells it: what it says itself, else the stretch that is mapped.
static void open_module(struct module *module, const struct space_mapping *mapping,
                        struct profile_mapping *ret)
{
    size_t n = 0;
    const struct object_segment *segments = NULL;

    ret->start = ret->file_offset = mapping->file_offset;
    ret->limit = mapping->file_offset + (mapping->end - mapping->start);
    if (module->kind == MODULE_FILE)
        open_file(module, mapping);
    else if (strcmp(module->path, "[vdso]") == 0)
        module->object = vdso_open(&module->build_id, mapping->end - mapping->start);
    if (module->object) {
        module->build_id = *object_build_id(module->object);
        segments = object_segments(module->object, &n);
    }
    if (n) {
        ret->start = segments[0].addr;
        ret->file_offset = segments[0].file_offset;
        ret->limit = segments[n - 1].addr + segments[n - 1].size;
    }
}

static uint32_t first_sample(struct module *module, struct profile *profile,
                             const struct space_mapping *mapping)
{
    char build_id[BUILD_ID_TEXT];
    struct profile_mapping own = {.path = module->path, .build_id = build_id};
    CLEANUP(cleanup_free) char *names = jit_map_path(module->pid);

    if (module->kind == MODULE_ANON && access(names, R_OK) == 0)
        own.path = names;
    else if (module->kind != MODULE_ANON)
        open_module(module, mapping, &own);
    build_id_format(&module->build_id, build_id);
    return builder_mapping(profile, &own);
}

static uint64_t address_in(const struct module *module, const struct space_mapping *mapping,
                           const struct profile_mapping *own, uint64_t run_addr)
{
    uint64_t file_offset = run_addr - mapping->start + mapping->file_offset;
    uint64_t addr;

    if (module->kind == MODULE_ANON)
        return run_addr;
    if (module->object && object_addr_of_offset(module->object, file_offset, &addr))
        return addr;
    // Beside all segments of the file: as if the first one went on.
    return file_offset - own->file_offset + own->start;
}

static struct module *module_of(struct module_table *table, struct profile *profile,
                                const struct space_mapping *mapping)
{
    struct module *module = table->modules[mapping->module - 1];

    if (!module->mapping)
        module->mapping = first_sample(module, profile, mapping);
    return module;
}

uint32_t module_table_location(struct module_table *table, struct profile *profile,
                               const struct space_mapping *mapping, uint64_t run_addr,
                               enum profile_address_kind kind)
{
    const struct module *module = module_of(table, profile, mapping);
    const struct profile_mapping *own = &profile->mappings[module->mapping - 1];

    return builder_location(profile, module->mapping, address_in(module, mapping, own, run_addr),
                            kind);
}

uint32_t module_table_mapping(struct module_table *table, struct profile *profile, uint32_t module)
{
    return module_of(table, profile, &(struct space_mapping){.module = module})->mapping;
}

const struct unwind_row *module_table_unwind_row(struct module_table *table,
                                                 struct profile *profile,
                                                 const struct space_mapping *mapping,
                                                 uint64_t run_addr)
{
    const struct module *module = module_of(table, profile, mapping);
    const struct profile_mapping *own = &profile->mappings[module->mapping - 1];

    if (!module->object)
        return NULL;
    return unwind_table_find(object_unwind_table(module->object),
                             address_in(module, mapping, own, run_addr));
}

void module_table_keep(struct module_table *table, struct kept *kept)
{
    for (size_t i = 0; i < table->n_modules; i++) {
        struct module *module = table->modules[i];

        if (module->kind != MODULE_FILE || !module->object)
            continue;
        kept_add(kept, module->mapping, module->object);
        module->object = NULL;
    }
}
