#include "report_print.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "output.h"
#include "pager.h"
#include "progress.h"

enum { SOURCE_FOLDERS = 3 };

static char *folder_of_program(const struct profile_meta *meta)
{
    if (meta->n_command == 0)
        return NULL;
    const char *program = meta->command[0];
    const char *base = path_basename(program);
    if (base == program)
        return NULL;
    CLEANUP(cleanup_free) char *folder = mem_printf("%.*s", (int)(base - program), program);
    return path_join(meta->folder, folder);
}

static struct report *create_report(const struct profile *profile,
                                    const struct print_options *print,
                                    const struct source_fetcher *fetcher)
{
    CLEANUP(cleanup_free) char *program_folder = folder_of_program(&profile->meta);
    struct report_options options = print->report;
    const char *folders[SOURCE_FOLDERS];
    size_t n = 0;

    folders[n++] = ".";
    if (program_folder)
        folders[n++] = program_folder;
    if (profile->meta.folder)
        folders[n++] = profile->meta.folder;
    options.source.folders = folders;
    options.source.n_folders = n;
    options.source.fetcher = *fetcher;
    return report_create(profile, &options);
}

static void render(const struct report *report, const struct print_options *print,
                   const struct render_options *rendering, FILE *out)
{
    if (report->groups && strcmp(print->format, "text") == 0)
        render_groups(report, rendering, out, print->layout->render);
    else
        print->layout->render(report, rendering, out);
}

static struct lprof_error *print_to(const struct report *report, const struct print_options *print,
                                    const struct report_place *place)
{
    struct render_options rendering = print->render;
    struct output *output = NULL;
    struct pager pager;
    bool paged = false;

    rendering.saved_as = place->saved_as;
    rendering.closing = place->closing;
    if (place->file) {
        struct lprof_error *err = output_open_file(place->file, &output);
        if (err)
            return err;
        rendering.color = terminal_colored(output->fd, print->color);
    } else {
        // Asked before the pager stands in between.
        rendering.color = terminal_colored(place->fd, print->color);
        rendering.width = terminal_width(place->fd);
        paged = place->paged && pager_start(&pager);
        output = output_open_fd(paged ? pager.fd : place->fd, place->name);
    }
    render(report, print, &rendering, output->stream);
    struct lprof_error *err = output_close(output);
    if (paged)
        pager_finish(&pager);
    return err;
}

struct lprof_error *report_print(const struct profile *profile, const struct print_options *print,
                                 const struct report_place *place)
{
    struct source_fetcher fetcher = {0};
    struct progress_sources *sources = progress_sources_create(profile, place->quiet, &fetcher);
    struct report *report = create_report(profile, print, &fetcher);
    struct lprof_error *err = print_to(report, print, place);

    report_destroy(report);
    progress_sources_destroy(sources);
    return err;
}
