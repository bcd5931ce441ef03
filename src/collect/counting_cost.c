// Samples do not tell it: a counter delays what is around it, and that is where they are taken. So the code
// that was added is charged with what it costs on the average, found by running Lua, SQLite, zstd and programs
// in C++ and Rust with and without counting (AMD Zen 5, 3.7 GHz): their slowdowns of 1.1 to 1.7 are told
// within a fifth or so. A loop of few instructions may be slowed down more.
#include "collect/counting_cost.h"

// An instruction among others.
#define COUNTER_NS 0.1

// Two jumps, which few processors remember all of in a large program.
#define CALL_NS 1.2

#define ENTRY_NS 0.5

double counting_cost_ns(const struct rewrite_passes *passes)
{
    return COUNTER_NS * (double)passes->counters + CALL_NS * (double)passes->calls +
           ENTRY_NS * (double)passes->entries;
}
