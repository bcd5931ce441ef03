#include "report/notes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "profile/builder.h"
#include "support/folder.h"
#include "support/hand_profile.h"
#include "support/test.h"

static const struct report_options no_options;

static const struct profile_note *find(const struct report *report, const char *code)
{
    const struct profile_note *found = NULL;

    for (size_t i = 0; i < report->n_notes; i++) {
        if (strcmp(report->notes[i].code, code) != 0)
            continue;
        cr_expect(!found, "%s is told twice", code);
        found = &report->notes[i];
    }
    return found;
}

static void add_in_file(struct profile *profile, const char *name, int line, const char *file)
{
    CLEANUP(cleanup_free) char *stack = mem_printf("%s:%d@%s", name, line, file);

    hand_profile_add(profile, stack, 1, 1000);
}

LP_TEST(notes, a_missing_source_is_told_once_per_file)
{
    struct profile *profile = hand_profile_create();
    add_in_file(profile, "f", 3, "/nowhere/a.c");
    add_in_file(profile, "g", 9, "/nowhere/a.c");
    hand_profile_add(profile, "memcpy", 1, 1000);
    struct report *report = report_create(profile, &no_options);
    const struct profile_note *note = find(report, "source-missing");

    cr_assert(note);
    cr_expect(note->count == 2);
    cr_expect(strstr(note->text, "/nowhere/a.c"));
    cr_expect(strstr(note->hint, "--path-map"));
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(notes, missing_sources_of_the_project_are_told_together)
{
    struct profile *profile = hand_profile_create();
    add_in_file(profile, "f", 3, "/nowhere/a.c");
    add_in_file(profile, "g", 3, "/nowhere/a.c");
    add_in_file(profile, "h", 3, "/nowhere/b.c");
    add_in_file(profile, "i", 3, "/nowhere/c.c");
    struct report *report = report_create(profile, &no_options);
    const struct profile_note *note = find(report, "source-missing");

    cr_assert(note);
    cr_expect(note->count == 4);
    cr_expect(strstr(note->text, " and 2 other source files were not found"), "%s", note->text);
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(notes, a_script_without_any_lines_is_told)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "/bin/gzip!deflate", 1, 1);
    struct report *report = report_create(profile, &no_options);

    cr_expect(find(report, "no-lines"));
    report_destroy(report);
    builder_note(profile, "module-gone", 1, "/app/tool is gone", NULL);
    report = report_create(profile, &no_options);
    cr_expect(!find(report, "no-lines"));
    report_destroy(report);
    profile->n_notes = 0;
    hand_profile_add(profile, "/app/tool!f:3@/app/tool.c", 1, 1);
    report = report_create(profile, &no_options);
    cr_expect(!find(report, "no-lines"));
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(notes, missing_sources_outside_the_project_are_told_together)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "main:3", 1, 1000);
    add_in_file(profile, "f", 3, "/usr/nowhere/a.c");
    add_in_file(profile, "g", 9, "/usr/nowhere/b.c");
    struct report_options options = {.no_rollup = true};
    struct report *report = report_create(profile, &options);
    size_t n_missing = 0;

    for (size_t i = 0; i < report->n_notes; i++)
        n_missing += strcmp(report->notes[i].code, "source-missing") == 0;
    cr_expect(n_missing == 2, "/app/prog.c, and two files");
    cr_expect(strstr(report->notes[report->n_notes - 1].text, "2 source files"));
    report_destroy(report);
    profile_destroy(profile);
}

LP_TEST(notes, a_source_shorter_than_the_program_knows_it_is_told)
{
    char *folder = folder_create();
    CLEANUP(cleanup_free) char *path = folder_add_file(folder, "a.c", "1\n2\n3\n");
    struct profile *profile = hand_profile_create();
    add_in_file(profile, "f", 3, path);
    struct report *report = report_create(profile, &no_options);
    cr_expect(!find(report, "source-shorter") && !find(report, "source-missing"));
    report_destroy(report);

    add_in_file(profile, "f", 4, path);
    report = report_create(profile, &no_options);
    cr_expect(find(report, "source-shorter"));
    report_destroy(report);
    profile_destroy(profile);
    folder_remove(folder);
}

LP_TEST(notes, a_source_changed_after_the_profile_was_made_is_told)
{
    char *folder = folder_create();
    CLEANUP(cleanup_free) char *path = folder_add_file(folder, "a.c", "1\n2\n3\n");
    struct profile *profile = hand_profile_create();
    add_in_file(profile, "f", 3, path);
    const char *dates[] = {"2099-01-01T00:00:00+00:00", "2001-01-01T00:00:00+00:00"};
    for (size_t i = 0; i < 2; i++) {
        profile->meta.date = profile_string(profile, dates[i]);
        struct report *report = report_create(profile, &no_options);
        cr_expect(!find(report, "source-newer") == (i == 0), "%s", dates[i]);
        report_destroy(report);
    }
    profile_destroy(profile);
    folder_remove(folder);
}

LP_TEST(notes, the_programs_own_age_counts_too)
{
    char *folder = folder_create();
    CLEANUP(cleanup_free) char *path = folder_add_file(folder, "a.c", "1\n2\n3\n");
    CLEANUP(cleanup_free) char *program = folder_add_file(folder, "prog", "");
    CLEANUP(cleanup_free) char *stack = mem_printf("%s!f:3@%s", program, path);
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, stack, 1, 1000);
    const struct timespec built[] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    cr_assert(utimensat(AT_FDCWD, program, built, 0) == 0);
    profile->meta.date = profile_string(profile, "2099-01-01T00:00:00+00:00");

    struct report *report = report_create(profile, &no_options);
    cr_expect(find(report, "source-newer"));
    report_destroy(report);
    profile_destroy(profile);
    folder_remove(folder);
}

LP_TEST(notes, the_profiles_own_come_first)
{
    struct profile *profile = hand_profile_create();
    hand_profile_add(profile, "f", 1, 1);
    builder_note(profile, "lost-samples", 7, "7 samples were lost", NULL);
    struct report *report = report_create(profile, &no_options);

    cr_assert(report->n_notes == 2);
    cr_expect_str_eq(report->notes[0].code, "lost-samples");
    cr_expect(report->notes[0].count == 7);
    cr_expect_str_eq(report->notes[1].code, "no-stacks");
    report_destroy(report);
    profile_destroy(profile);
}
