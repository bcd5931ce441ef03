#include "doctor/findings.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"

struct finding *findings_add(struct findings *findings, enum finding_grade grade,
                             const char *subject, const char *format, ...)
{
    va_list args;

    findings->items =
        mem_grow(findings->items, &findings->capacity, findings->n, sizeof *findings->items);
    struct finding *finding = &findings->items[findings->n++];
    va_start(args, format);
    *finding = (struct finding){
        .grade = grade,
        .subject = mem_strdup(subject),
        .text = mem_vprintf(format, args),
    };
    va_end(args);
    return finding;
}

void findings_remedy(struct finding *finding, const char *format, ...)
{
    va_list args;

    free(finding->remedy);
    va_start(args, format);
    finding->remedy = mem_vprintf(format, args);
    va_end(args);
}

bool findings_are_bad(const struct findings *findings)
{
    for (size_t i = 0; i < findings->n; i++)
        if (findings->items[i].grade == FINDING_BAD)
            return true;
    return false;
}

void findings_deinit(struct findings *findings)
{
    for (size_t i = 0; i < findings->n; i++) {
        free(findings->items[i].subject);
        free(findings->items[i].text);
        free(findings->items[i].remedy);
    }
    free(findings->items);
    *findings = (struct findings){0};
}
