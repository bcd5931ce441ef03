/**
 * @file
 * How long calls took that led out of counted functions, by the chain of calls that led there.
 *
 * A chain is the set of call sites in counted functions that are underway, in the order in which they were
 * reached first; recursion adds nothing to it. So a line that stands in a chain counts once.
 */
#ifndef LPROF_TARGET_STEP_TIMES_H
#define LPROF_TARGET_STEP_TIMES_H

#include <stddef.h>
#include <stdint.h>

/** A chain, as one call site behind another chain. */
struct step_chain {
    uint32_t outer; ///< Number of the chain without this site; 0 = none.
    uint32_t depth; ///< Sites.
    uint64_t site;  ///< As step_count_place() tells it.
    uint64_t time_ns;
};

struct step_times {
    struct step_chain *chains; ///< [n] chains[i] has the number i + 1.
    size_t n;
    size_t capacity;
    struct step_chain_index *index; ///< A uthash table.
};

/** Free what it holds; a zeroed struct is allowed and has no chains. */
void step_times_deinit(struct step_times *times);

/** The chain with one more site. One that would be too long stays as it is. */
uint32_t step_times_enter(struct step_times *times, uint32_t outer, uint64_t site);

/** Add to the time of a chain; 0 is allowed and stands for none. */
void step_times_add(struct step_times *times, uint32_t chain, uint64_t time_ns);

#endif
