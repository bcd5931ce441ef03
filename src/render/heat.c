#include "render/heat.h"

const char *heat_escape(enum heat heat)
{
    switch (heat) {
    case HEAT_PLAIN:
        return "";
    case HEAT_COLD:
        return "\033[2m";
    case HEAT_WARM:
        return "\033[33m";
    case HEAT_HOT:
        return "\033[1;31m";
    case HEAT_TITLE:
        return "\033[1m";
    }
    return "";
}

enum heat heat_of_line(int64_t time_ns, int64_t hottest_ns, int64_t total_ns)
{
    if (time_ns <= 0)
        return HEAT_COLD;
    double of_total = total_ns > 0 ? (double)time_ns / (double)total_ns : 0;
    double of_hottest = hottest_ns > 0 ? (double)time_ns / (double)hottest_ns : 0;
    // In a long flat function no line is hot, however it compares with its neighbours.
    if (of_hottest >= 0.5 && of_total >= 0.05)
        return HEAT_HOT;
    return of_hottest >= 0.1 && of_total >= 0.01 ? HEAT_WARM : HEAT_PLAIN;
}
