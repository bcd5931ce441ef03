#include "collect/cpu_list.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

#define MAX_CPU 65535

static void add_range(struct cpu_list *list, size_t *capacity, int first, int last)
{
    for (int cpu = first; cpu <= last; cpu++) {
        list->cpus = mem_grow(list->cpus, capacity, list->n, sizeof *list->cpus);
        list->cpus[list->n++] = cpu;
    }
}

// A number at `*at`, or -1.
static int take_cpu(const char **at)
{
    char *end;

    if (!isdigit((unsigned char)**at))
        return -1;
    long value = strtol(*at, &end, 10);
    *at = end;
    return value <= MAX_CPU ? (int)value : -1;
}

bool cpu_list_init_parse(const char *text, struct cpu_list *ret)
{
    CLEANUP(cpu_list_deinit) struct cpu_list list = {0};
    size_t capacity = 0;
    int next = 0; // Ascending, so a list cannot be longer than there are numbers.

    for (const char *at = text;; at++) {
        int first = take_cpu(&at);
        int last = first;
        if (*at == '-') {
            at++;
            last = take_cpu(&at);
        }
        if (first < next || last < first)
            return false;
        add_range(&list, &capacity, first, last);
        next = last + 1;
        if (*at == '\0' || *at == '\n')
            break;
        if (*at != ',')
            return false;
    }
    *ret = list;
    list.cpus = NULL;
    return true;
}

void cpu_list_init_online(struct cpu_list *ret)
{
    CLEANUP(cleanup_fclose) FILE *in = fopen("/sys/devices/system/cpu/online", "re");
    char line[4096];
    size_t capacity = 0;

    if (in && fgets(line, sizeof line, in) && cpu_list_init_parse(line, ret))
        return;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    *ret = (struct cpu_list){0};
    add_range(ret, &capacity, 0, n > 1 ? (int)n - 1 : 0);
}

void cpu_list_deinit(struct cpu_list *list)
{
    free(list->cpus);
    list->cpus = NULL;
    list->n = 0;
}
