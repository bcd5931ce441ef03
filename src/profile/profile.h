/**
 * @file
 * The profile: what was measured, where. Samples are stacks of locations with one number per value.
 *
 * Locations are keyed by module (build id) and file address, never by run address, so profiles of
 * many runs merge. A profile is valid before it is symbolized: then its locations have no lines.
 *
 * Ids are indexes into the tables, from 1; 0 means none. Strings are interned in the profile's own
 * pool, so equal names have equal pointers.
 */
#ifndef LPROF_PROFILE_PROFILE_H
#define LPROF_PROFILE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/string_pool.h"

/** What the numbers of a sample are. The order is that of profile_sample.values. */
enum profile_value {
    PROFILE_SAMPLES,      ///< Clock ticks [count].
    PROFILE_CPU,          ///< CPU time [ns].
    PROFILE_HITS,         ///< Passes through a line [count]; on a PROFILE_ADDRESS_LINE alone.
    PROFILE_INSTRUCTIONS, ///< Executed for a line [count]; likewise.
    PROFILE_CALLS,     ///< Calls of a function [count]: a PROFILE_ADDRESS_ENTRY, and the call site.
    PROFILE_PRIMITIVE, ///< Calls with no other call of it underway [count]; on an entry alone.
    PROFILE_BRANCHES,  ///< Conditional branches of a line executed [count]; on a line alone.
    PROFILE_TAKEN,     ///< How many of those were taken [count]; likewise.
    PROFILE_CALLED,    ///< Wall time in calls and system calls, with the call site innermost [ns].
    PROFILE_FAULTS,    ///< Times that memory became resident [count].
    PROFILE_RESIDENT,  ///< Memory that became resident [bytes].
    PROFILE_ALLOCS,    ///< Allocations [count].
    PROFILE_ALLOC_BYTES,    ///< Allocated [bytes].
    PROFILE_FREED_BYTES,    ///< Freed of that, by whomever [bytes].
    PROFILE_PEAK_BYTES,     ///< In use of that when most was in use [bytes].
    PROFILE_FREES,          ///< How many of the allocations were freed [count].
    PROFILE_TEMPORARY,      ///< Of those, before their thread allocated again [count].
    PROFILE_ALLOC_VARIANCE, ///< Of the allocated bytes as an estimate [bytes^2]; 0 = it is none.
    PROFILE_LIVE_VARIANCE,  ///< Likewise of those not freed.
    PROFILE_CALL_TIME, ///< Wall time in calls of a function, timed one by one; on an entry [ns].
    PROFILE_RSS, ///< The process's resident size then: from here on no sums, but the largest [bytes].
    PROFILE_CALL_MOST,  ///< The longest of these calls [ns].
    PROFILE_CALL_LEAST, ///< The shortest of them; 0 = none was timed [ns].
    PROFILE_VALUES
};

/** A module: an executable file, a shared library, the vDSO. */
struct profile_mapping {
    const char *path;     ///< "[vdso]", "[anon]" ... when it is no file.
    const char *build_id; ///< Hexadecimal; "" = unknown.
    uint64_t start;       ///< File address of its first executable segment.
    uint64_t limit;       ///< First file address behind its last one.
    uint64_t file_offset; ///< Of `start` [bytes].
    /** The file that its lines came from; "" = no lines, NULL = not symbolized. */
    const char *debug_info;
};

/** A function as the source declares it. */
struct profile_function {
    const char *name;         ///< Demangled, with parameters.
    const char *linkage_name; ///< As in the symbol table.
    const char *file;         ///< Of the declaration; NULL = unknown.
    uint32_t line;            ///< Of the declaration; 0 = unknown.
    bool marked;              ///< Marked in the source, or chosen when it was recorded.
    bool partial;             ///< Some of its code was to be counted and was not.
};

/** One source-level frame of a location. */
struct profile_line {
    uint32_t function;      ///< Id.
    const char *file;       ///< File of the line; NULL = no line known.
    uint32_t line;          ///< 0 = no line known.
    uint32_t column;        ///< 0 = unknown.
    uint32_t discriminator; ///< Tells basic blocks of one line apart; 0 = none.
    bool approximate;       ///< The address is on line 0; the nearest line that fits.
};

/** How an address was come by, which says where to look it up. */
enum profile_address_kind {
    PROFILE_ADDRESS_SKID,   ///< Sampled by a software clock: one instruction late.
    PROFILE_ADDRESS_KERNEL, ///< Where a thread in the kernel will come back to.
    PROFILE_ADDRESS_EXACT,  ///< The instruction itself.
    PROFILE_ADDRESS_CALL,   ///< Inside a call: the return address minus one.
    PROFILE_ADDRESS_LINE, ///< Stands for a counted line: the first instruction of it in a function.
    PROFILE_ADDRESS_ENTRY, ///< Stands for a counted function: where it starts.
};

/** What an optimiser did to a counted line: why its hits are not what the source suggests. */
enum profile_remark {
    PROFILE_REMARK_VECTORISED = 1,  ///< Computes on several numbers at once, in a loop.
    PROFILE_REMARK_MOVED_OUT = 2,   ///< The source has it in a loop, the code before it.
    PROFILE_REMARK_JUMP_ONLY = 4,   ///< Nothing but jumps, which others may lead past.
    PROFILE_REMARK_APPROXIMATE = 8, ///< Its hits may be too high.
    PROFILE_REMARKS_ALL = 15,
};

struct profile_remarks {
    uint32_t remarks;  ///< Values of enum profile_remark.
    uint32_t unrolled; ///< How many times it stands in a row; 0 = once.
    uint32_t copies;   ///< At how many places of a loop it stands; 0 = at one.
};

struct profile_location {
    uint32_t mapping; ///< Id; 0 = in no module.
    uint64_t addr;    ///< File address; a run address when `mapping` is 0 or has no file.
    enum profile_address_kind kind;
    struct profile_line *lines; ///< Innermost first; NULL before symbolizing.
    size_t n_lines;
    struct profile_remarks remarks; ///< On a PROFILE_ADDRESS_LINE alone.
};

/** A call stack: `n` location ids, innermost first. */
struct profile_stack {
    uint32_t *locations;
    size_t n;
};

/** A thread that was sampled. */
struct profile_task {
    int64_t pid;
    int64_t tid;
    const char *process; ///< Name of the program it ran.
    const char *thread;  ///< Its own name.
};

/** Durations are counted in so many buckets; see regions.h. */
#define PROFILE_REGION_BUCKETS 1344

/** A named part of the program's run, by the regions that it is inside of. */
struct profile_region {
    const char *name;
    uint32_t parent; ///< Id, smaller than its own; 0 = it is inside of none.
    int64_t calls;
    int64_t total_ns; ///< Wall time of all calls; of those inside of each other, of the outermost.
    int64_t min_ns;   ///< Of one call; 0 without calls.
    int64_t max_ns;
    int64_t *buckets; ///< [PROFILE_REGION_BUCKETS] Calls by duration; NULL = none.
};

struct profile_sample {
    uint32_t stack;  ///< Id.
    uint32_t task;   ///< Id; 0 = not kept.
    uint32_t region; ///< Id; 0 = in none.
    int64_t values[PROFILE_VALUES];
};

/** Something that was lost, could not be seen or could not be placed: counted, never silent. */
struct profile_note {
    const char *code; ///< As listed in the manual, such as "lost-samples".
    int64_t count;
    const char *text; ///< One sentence for the user; "{}" in it stands for the count.
    const char *hint; ///< The command that mends it, or NULL.
};

/** What a counter counts. Addresses are file addresses. */
enum profile_counter_kind {
    PROFILE_COUNTER_PART, ///< Not a count: `count` bytes at `from` belong to the function at `addr`.
    PROFILE_COUNTER_INSTRUCTION, ///< Executions of the instruction at `addr`.
    PROFILE_COUNTER_EDGE,    ///< Ways from the instruction at `from` to `addr`, within a function.
    PROFILE_COUNTER_ENTRIES, ///< Calls of the function at `addr`.
    PROFILE_COUNTER_PRIMITIVE, ///< Of these, those while no other call of it was underway.
    PROFILE_COUNTER_CALL,      ///< Calls of the function at `addr` by the call at `from`.
    PROFILE_COUNTER_REFUSED,   ///< As PROFILE_COUNTER_PART, of a function that is not counted.
    PROFILE_COUNTER_TIME,      ///< Wall time in calls of the function at `addr` [ns].
    PROFILE_COUNTER_LEAST,     ///< Of the shortest one of them [ns].
    PROFILE_COUNTER_MOST,      ///< Of the longest one of them [ns].
};

struct profile_counter {
    enum profile_counter_kind kind;
    uint32_t from_mapping; ///< Id; 0 = none.
    uint32_t mapping;      ///< Id.
    uint32_t
        region; ///< Id of the one that it counted inside of; 0 = all, what is in regions included.
    uint64_t from;
    uint64_t addr;
    int64_t count;
};

/** A function that was chosen to be counted. */
struct profile_choice {
    uint32_t mapping; ///< Id.
    uint64_t addr;    ///< In its code.
    uint32_t depth;   ///< How many inlined calls lead to it there.
};

/** Counts by address, as they were captured; symbolizing turns them into samples and empties this. */
struct profile_counters {
    struct profile_counter *items; ///< [n]
    size_t n;
    size_t capacity;
    struct profile_choice *choices; ///< [n_choices]
    size_t n_choices;
    size_t choices_capacity;
    int64_t steps; ///< Instructions counted one by one so far.
};

/** What the debug info tells of a source file beside its path; one may be told in several ways. */
struct profile_source {
    const char *path; ///< As in lines and functions.
    const char *md5;  ///< Of its text, in hexadecimal digits; NULL = not told.
    const char *text; ///< The text itself; NULL = not told.
};

/** How the profile was made; how two of them become one is in merge.h. */
struct profile_meta {
    const char **command; ///< [n_command]
    size_t n_command;
    const char *version; ///< Of lprof.
    const char *date;    ///< ISO 8601 with offset, of the start.
    const char *host;
    const char *kernel;
    const char *cpu;
    const char *mode;       ///< What ran: sample exact step mixed.
    const char *mode_asked; ///< auto sample exact step.
    const char *clock;      ///< cpu or wall.
    const char *sampler;    ///< perf agent ptrace proc none.
    const char *folder;     ///< Where the program was started.
    int64_t rate_hz;
    int64_t wall_ns;
    int64_t cpu_ns;      ///< CPU time by the kernel's own count.
    int64_t counting_ns; ///< Of that, what counting took, estimated.
    int64_t lost_samples;
    int64_t exit_status; ///< As a shell tells it.
    int64_t threads;
    int64_t processes;
    int64_t clustered_samples; ///< Samples times the design effect of their clustering in time; 0 =
                               ///< not known.
    int64_t runs;              ///< Profiles added up in this one; 1 for a fresh one.
};

struct profile {
    struct string_pool strings;
    struct profile_mapping *mappings; ///< [n_mappings], id - 1.
    size_t n_mappings;
    struct profile_function *functions;
    size_t n_functions;
    struct profile_location *locations;
    size_t n_locations;
    struct profile_stack *stacks;
    size_t n_stacks;
    struct profile_task *tasks;
    size_t n_tasks;
    struct profile_region *regions;
    size_t n_regions;
    struct profile_sample *samples;
    size_t n_samples;
    struct profile_note *notes;
    size_t n_notes;
    struct profile_source *sources; ///< Those that more is known of than the path.
    size_t n_sources;
    struct profile_counters counters; ///< Not saved in files.
    struct profile_meta meta;
    struct profile_index *index; ///< Hash tables of the builder; see builder.h.
};

/** An empty profile; free with profile_destroy(). */
struct profile *profile_create(void);

/** Free a profile and everything in it. NULL is allowed. */
void profile_destroy(struct profile *profile);

/** Intern a string in the profile's pool. NULL stays NULL. */
const char *profile_string(struct profile *profile, const char *text);

/**
 * Whether a mapping is the program that the command named: their base names are equal, or differ by
 * a version at the end ("python3" is the link, "/usr/bin/python3.11" what it leads to).
 */
bool profile_is_program(const struct profile *profile, const struct profile_mapping *mapping);

/** Add the remarks of one copy of a line to those of others. */
void profile_add_remarks(struct profile_remarks *remarks, const struct profile_remarks *more);

/** The sum of two numbers that are not negative, INT64_MAX where it would be larger. */
int64_t profile_sum(int64_t a, int64_t b);

/** The sentence of a note with its count filled in. Free it. */
char *profile_note_text(const struct profile_note *note);

/** The sum of one value over all samples. */
int64_t profile_total(const struct profile *profile, enum profile_value value);

/** How many functions were counted, by their lines or their calls. */
size_t profile_counted_functions(const struct profile *profile);

/**
 * Check the invariants: every id is in range, every stack has a location, no value is negative.
 *
 * @return NULL when all hold, else what does not (static text).
 */
const char *profile_check(const struct profile *profile);

#endif
