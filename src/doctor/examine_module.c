#include "doctor/examine_module.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/md5.h"
#include "base/mem.h"
#include "base/path.h"
#include "doctor/debian_package.h"
#include "object/object.h"
#include "report/source.h"
#include "target/libraries.h"

// A module under examination.
struct module {
    struct findings *findings;
    const char *path;
    struct object *obj;
    bool is_program; // Else a library that it starts with.
};

static const char *name_of_place(enum object_debug_place place)
{
    switch (place) {
    case OBJECT_DEBUG_BUILD_ID:
        return "installed under its build id";
    case OBJECT_DEBUG_CACHE:
        return "fetched before";
    case OBJECT_DEBUG_LINK:
        return "named by .gnu_debuglink";
    case OBJECT_DEBUG_SERVER:
        return "fetched from a server";
    case OBJECT_DEBUG_SELF:
    case OBJECT_DEBUG_NONE:
        break;
    }
    return "in the file itself";
}

// ---- without line info

static void suggest_debug_info(const struct module *module, struct finding *finding)
{
    CLEANUP(cleanup_free) char *package = debian_package_of(module->path);

    if (!package) {
        findings_remedy(finding, "build it with -g, and do not strip it");
        return;
    }
    CLEANUP(cleanup_free) char *debug = debian_package_debug(package);
    if (strcmp(package, "libc6") == 0)
        findings_remedy(finding, "apt-get install %s", debug);
    else
        findings_remedy(finding,
                        "apt-get install %s (from the archive debian-debug), or "
                        "export DEBUGINFOD_URLS=https://debuginfod.debian.net",
                        debug);
}

static void examine_lack(const struct module *module)
{
    enum finding_grade grade = module->is_program ? FINDING_BAD : FINDING_REMARK;
    const char *rejected = object_debug_rejected(module->obj);
    const char *names =
        object_has_names(module->obj) ? "functions are named by its symbols" : "it is stripped";

    suggest_debug_info(
        module, findings_add(module->findings, grade, module->path, "no line info: %s", names));
    if (rejected)
        findings_add(module->findings, FINDING_REMARK, module->path, "%s", rejected);
}

// ---- with line info

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

// The folder that holds all of the files, with its slash. Free it.
static char *common_folder(const char *const *files, size_t n)
{
    size_t length = strlen(files[0]);

    for (size_t i = 1; i < n; i++) {
        size_t same = 0;
        while (same < length && files[i][same] == files[0][same])
            same++;
        length = same;
    }
    while (length && files[0][length - 1] != '/')
        length--;
    return mem_printf("%.*s", (int)length, files[0]);
}

// Sources of the system's own packages are on few machines, and nobody misses them.
static bool is_of_system(const char *path)
{
    return path_is_below(path, "/usr/include") || path_is_below(path, "/usr/lib") ||
           path_is_below(path, "/rustc");
}

// What the debug info itself tells of the sources.
static void tell_sources(struct sources *sources, struct object *obj)
{
    CLEANUP(cleanup_free) struct object_source *told = NULL;
    size_t n = object_sources(obj, &told);
    char sum[MD5_TEXT];

    for (size_t i = 0; i < n; i++) {
        if (told[i].md5)
            md5_format(told[i].md5, sum);
        sources_tell(sources, told[i].path, told[i].md5 ? sum : NULL, told[i].text);
    }
}

static struct sources *find_sources(const struct module *module)
{
    CLEANUP(cleanup_free)
    char *folder =
        mem_printf("%.*s", (int)(path_basename(module->path) - module->path), module->path);
    const char *const folders[] = {".", folder};
    struct source_options options = {.folders = folders, .n_folders = folder[0] ? 2 : 1};
    struct sources *sources = sources_create(&options, 0);

    tell_sources(sources, module->obj);
    return sources;
}

// The sources in a state. Returns how many.
static size_t in_state(struct sources *sources, const struct object_coverage *coverage,
                       enum source_state state, const char **ret)
{
    size_t n = 0;

    for (size_t i = 0; i < coverage->n_files; i++)
        if (!is_of_system(coverage->files[i]) &&
            sources_get(sources, coverage->files[i])->state == state)
            ret[n++] = coverage->files[i];
    return n;
}

static void examine_sources(const struct module *module, const struct object_coverage *coverage)
{
    CLEANUP(cleanup_free)
    const char **files = mem_alloc_array(coverage->n_files + 1, sizeof *files);
    struct sources *sources = find_sources(module);
    size_t n = in_state(sources, coverage, SOURCE_MISSING, files);

    if (n) {
        CLEANUP(cleanup_free) char *folder = common_folder(files, n);
        struct finding *remark =
            findings_add(module->findings, FINDING_REMARK, module->path,
                         "%zu of its %zu source files are not on this machine, such as %s", n,
                         coverage->n_files, files[0]);
        findings_remedy(remark, "lprof --path-map=%s=FOLDER/ with the FOLDER that they are in now",
                        folder[0] ? folder : files[0]);
    }
    n = in_state(sources, coverage, SOURCE_OTHER, files);
    if (n)
        findings_remedy(
            findings_add(module->findings, FINDING_REMARK, module->path,
                         "%zu of its %zu source files are not what it was built from, such as %s",
                         n, coverage->n_files, files[0]),
            "build it again");
    sources_destroy(sources);
}

static void examine_lines(const struct module *module)
{
    struct object_coverage coverage;
    const char *debug_path = object_debug_path(module->obj);
    enum object_debug_place place = object_debug_place(module->obj);
    bool is_apart = place != OBJECT_DEBUG_SELF;

    object_coverage(module->obj, &coverage);
    uint64_t told = coverage.with_line + coverage.on_line_0;
    uint64_t code = told > coverage.code ? told : coverage.code;
    findings_add(module->findings, FINDING_OK, module->path,
                 "line info %s%s%s: %.1f %% of %" PRIu64
                 " kB code has lines, %.1f %% is told to have none, on %.1f %% lines and inlined "
                 "calls tell different functions",
                 name_of_place(place), is_apart ? ", " : "", is_apart ? debug_path : "",
                 percent(coverage.with_line, code), (code + 999) / 1000,
                 percent(coverage.on_line_0, code), percent(coverage.misplaced, code));
    // What system libraries were built from is not expected here.
    if (!is_apart || module->is_program)
        examine_sources(module, &coverage);
    free(coverage.files);
}

static void examine_module(const struct module *module)
{
    if (object_debug_path(module->obj))
        examine_lines(module);
    else
        examine_lack(module);
    const char *problem = object_debug_problem(module->obj);
    if (problem)
        findings_add(module->findings, FINDING_REMARK, module->path, "%s", problem);
}

static void examine_libraries(struct findings *findings, const char *loader, const char *program,
                              struct debug_server *server)
{
    struct libraries libraries;

    libraries_find(loader, program, &libraries);
    for (size_t i = 0; i < libraries.n; i++) {
        struct module module = {.findings = findings, .path = libraries.paths[i]};
        struct lprof_error *err = object_open(module.path, NULL, &module.obj);
        if (err) {
            findings_add(findings, FINDING_REMARK, module.path, "%s", err->message);
            error_destroy(err);
            continue;
        }
        object_use_server(module.obj, server);
        examine_module(&module);
        object_destroy(module.obj);
    }
    libraries_deinit(&libraries);
}

struct lprof_error *examine_program(struct findings *findings, const char *path,
                                    struct debug_server *server)
{
    struct module module = {.findings = findings, .path = path, .is_program = true};
    struct lprof_error *err = object_open(path, NULL, &module.obj);

    if (err)
        return err;
    object_use_server(module.obj, server);
    examine_module(&module);
    const char *loader = object_interpreter(module.obj);
    if (loader)
        examine_libraries(findings, loader, path, server);
    object_destroy(module.obj);
    const char *problem = server ? debug_server_problem(server) : NULL;
    if (problem)
        findings_add(findings, FINDING_REMARK, path, "%s", problem);
    return NULL;
}
