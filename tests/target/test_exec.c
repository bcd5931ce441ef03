#include "target/exec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"

static char folder[] = "/tmp/test_exec.XXXXXX";

static const char *make_file(const char *name, const void *bytes, size_t size, mode_t mode)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    cr_assert(out != NULL);
    fwrite(bytes, 1, size, out);
    fclose(out);
    chmod(path, mode);
    return path;
}

static void expect(const char *path, int errnum, const char *message, const char *hint)
{
    struct exec_failure failure = {.errnum = errnum};

    snprintf(failure.path, sizeof failure.path, "%s", path);
    struct lprof_error *err = exec_explain("prog", &failure);
    cr_expect(err->code == LPROF_ERROR_TARGET);
    cr_expect(err->errnum == errnum);
    cr_expect_str_eq(err->message, message);
    if (hint)
        cr_expect(err->hint && strstr(err->hint, hint), "hint: %s", err->hint);
    else
        cr_expect(err->hint == NULL, "hint: %s", err->hint);
    error_destroy(err);
}

static void make_folder(void)
{
    cr_assert(mkdtemp(folder) != NULL);
}

static void remove_folder(void)
{
    char command[64];

    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert(system(command) == 0);
}

TestSuite(exec, .init = make_folder, .fini = remove_folder);

LP_TEST(exec, a_program_that_is_not_there)
{
    expect("", ENOENT, "prog: not found", NULL);
    expect("/nowhere/prog", ENOENT, "prog: not found", NULL);
}

LP_TEST(exec, a_program_in_this_folder_without_a_slash)
{
    make_file("prog", "x", 1, 0755);
    cr_assert(chdir(folder) == 0);
    expect("", ENOENT, "prog: not found", "./prog");
    cr_assert(chdir("/") == 0);
}

LP_TEST(exec, a_script_whose_interpreter_is_missing)
{
    const char script[] = "#! /no/such/python -u\nprint(1)\n";
    const char windows[] = "#!/bin/sh\r\necho\r\n";

    expect(make_file("script", script, strlen(script), 0755), ENOENT,
           "prog: its interpreter /no/such/python is missing", "first line");
    expect(make_file("script", windows, strlen(windows), 0755), ENOENT,
           "prog: its interpreter /bin/sh is missing", "Windows");
    expect(make_file("script", "#!", 2, 0755), ENOENT, "prog: its interpreter  is missing", "");
}

LP_TEST(exec, a_program_whose_loader_is_missing)
{
    expect(make_file("elf", "\177ELF\2\1\1", 7, 0755), ENOENT,
           "prog: the program loader that it names is missing", "file ");
}

LP_TEST(exec, a_folder_and_a_file_that_may_not_be_run)
{
    expect(folder, EACCES, "prog: is a folder", NULL);
    expect(make_file("data", "x", 1, 0644), EACCES, "prog: permission denied", "chmod +x");
    expect(make_file("prog", "x", 1, 0755), EACCES, "prog: permission denied", NULL);
}

LP_TEST(exec, an_elf_file_that_cannot_run_here)
{
    unsigned char head[64] = {0};
    FILE *own = fopen("/proc/self/exe", "r");

    cr_assert(own && fread(head, 1, sizeof head, own) == sizeof head);
    fclose(own);
    expect(make_file("object", head, sizeof head, 0755), ENOEXEC,
           "prog: is an ELF file, but not one that can be run", "file ");
    head[18] ^= 0xff;
    expect(make_file("other", head, sizeof head, 0755), ENOEXEC,
           "prog: is built for another machine", "file ");
    expect(make_file("short", head, 6, 0755), ENOEXEC, "prog: is built for another machine",
           "file ");
}

LP_TEST(exec, any_other_failure_has_its_own_text)
{
    expect("/bin/true", E2BIG, "prog: cannot be run: Argument list too long", NULL);
}
