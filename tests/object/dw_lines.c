/*
 * Decodes all line tables of a file with libdw, and says what our_lines.c says. Libdw keeps every row, also
 * those that another row at the same address takes the place of, and the ends of sequences.
 *
 *     dw_lines FILE
 */
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "unwind/stopwatch.h"

static size_t count_rows(Dwarf *dwarf)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die root;
    size_t n = 0;

    while (dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &root, NULL) == 0) {
        Dwarf_Lines *lines = NULL;
        size_t n_unit = 0;
        if (dwarf_getsrclines(&root, &lines, &n_unit) == 0)
            n += n_unit;
    }
    return n;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: dw_lines FILE\n");
        return 2;
    }
    double start = stopwatch_now();
    int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    Dwarf *dwarf = fd >= 0 ? dwarf_begin(fd, DWARF_C_READ) : NULL;
    if (!dwarf) {
        fprintf(stderr, "dw_lines: %s: %s\n", argv[1],
                fd < 0 ? "cannot be read" : dwarf_errmsg(-1));
        return 1;
    }
    size_t n_rows = count_rows(dwarf);
    dwarf_end(dwarf);
    close(fd);
    printf("rows %zu cpu_s %.4f\n", n_rows, stopwatch_now() - start);
    return 0;
}
