/**
 * @file
 * The report: what a profile says of functions and lines, ready to be rendered in any format.
 *
 * Pure but for reading source files. Every sample counts once in the self time of one line of one
 * function ("[unknown]" included) and once in the own time of one function, so both sums equal
 * `sampled_ns`.
 */
#ifndef LPROF_REPORT_REPORT_H
#define LPROF_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"
#include "report/source.h"
#include "select/project.h"

/** A number that was not measured. Never shown as 0. */
#define REPORT_NULL INT64_MIN

enum report_function_key { // pstats' names
    REPORT_BY_CALLS,
    REPORT_BY_CUMULATIVE,
    REPORT_BY_FILENAME,
    REPORT_BY_LINE,
    REPORT_BY_NAME,
    REPORT_BY_NFL,
    REPORT_BY_PCALLS,
    REPORT_BY_STDNAME,
    REPORT_BY_TIME,
    REPORT_BY_OWN, // the default ranking
};

enum report_line_key {
    REPORT_LINES_BY_LINE,
    REPORT_LINES_BY_TIME,
    REPORT_LINES_BY_HITS,
    REPORT_LINES_BY_SELF,
};

enum report_limit_kind {
    REPORT_LIMIT_COUNT,
    REPORT_LIMIT_SHARE,
    REPORT_LIMIT_REGEX,
};

/** One restriction of -n; they apply from left to right, as in pstats. */
struct report_limit {
    enum report_limit_kind kind;
    size_t count;      ///< REPORT_LIMIT_COUNT
    double share;      ///< REPORT_LIMIT_SHARE, 0..1
    const char *regex; ///< REPORT_LIMIT_REGEX, POSIX extended, on `file:line(function)`
};

/** What a report tells apart. */
enum report_split {
    REPORT_WHOLE,
    REPORT_BY_PROCESS,
    REPORT_BY_THREAD,
};

struct report_options {
    struct project_options project;
    const struct report_limit *limits; ///< [n_limits] none = the default choice of functions.
    size_t n_limits;
    const enum report_function_key *keys; ///< [n_keys] none = REPORT_BY_OWN.
    size_t n_keys;
    enum report_line_key line_key;
    bool reverse;
    enum report_split split;   ///< A report of each process or thread besides that of all.
    bool no_rollup;            ///< Do not move cost inside foreign headers to the project's line.
    bool skip_zero;            ///< Leave out functions that never ran.
    bool strip_dirs;           ///< Show base names of files only.
    const char *const *expand; ///< [n_expand] globs of foreign files whose own listing is opened.
    size_t n_expand;
    bool no_source; ///< No source text will be shown: say nothing of files that are missing.
    struct source_options source;
};

/** What is inlined into, or called from, a line and costs most there. */
struct report_largest {
    const struct report_function *function; ///< NULL = nothing.
    int64_t time_ns;
    bool inlined; ///< Inlined here; false = called.
};

/** What a line did to the size of its process. */
struct report_memory {
    int64_t rss_bytes;       ///< The largest size when the line made it grow; 0 = it never did.
    int64_t increment_bytes; ///< What became resident, in calls from the line too.
    int64_t occurrences;     ///< How many times something did.
    int64_t allocs; ///< Allocations by the line, or in calls from it: here and below of use when
                    ///< the report `has_heap`.
    int64_t alloc_bytes;
    int64_t freed_bytes;    ///< Of those, whoever freed them.
    int64_t live_bytes;     ///< Of those, what nobody freed.
    int64_t peak_bytes;     ///< Of those, in use when the program used most.
    int64_t frees;          ///< How many of the allocations were freed.
    int64_t temporary;      ///< Of those, before their thread allocated again.
    int64_t alloc_ci_bytes; ///< Half-width of the 95 % interval of `alloc_bytes`; 0 = it is exact.
    int64_t live_ci_bytes;  ///< Likewise of `live_bytes`.
};

struct report_line {
    const char *file;               ///< As shown; NULL = its function's file.
    uint32_t line;                  ///< 0 = no line known.
    int64_t hits;                   ///< REPORT_NULL here and below: not measured.
    int64_t instructions;           ///< Executed for the line.
    int64_t branches;               ///< Conditional ones of these whose way is known.
    int64_t taken;                  ///< Of these.
    struct profile_remarks remarks; ///< On `hits`.
    bool absent;     ///< Set where it is shown: its statement has no code of its own.
    int64_t samples; ///< Behind `time_ns`.
    int64_t time_ns; ///< self + inlined + called, each once per sample.
    int64_t self_ns;
    int64_t inlined_ns;
    int64_t called_ns; ///< REPORT_NULL without stacks; exact for a line that was stepped.
    int64_t own_ns;    ///< Its part of its function's own time.
    int64_t ci_ns; ///< Half-width of the 95 % interval of `time_ns`; REPORT_NULL under 2 samples.
    struct report_largest largest;
    struct report_memory memory; ///< Of use when the report `has_memory`.
};

/** The other end of a call: a caller, or a function that is called. */
struct report_caller {
    const struct report_function *function;
    int64_t ncalls;
    int64_t time_ns; ///< Of samples in which the one calls the other.
    int64_t self_ns; ///< Of those, in which the called one is innermost.
};

/** What a limit left of the functions. */
struct report_reduction {
    size_t from;
    size_t to;
    const struct report_limit *limit; ///< Of the options, which must outlive the report.
};

/** A line of the project that uses a foreign function, itself or through others. */
struct report_site {
    const char *file; ///< As shown.
    uint32_t line;
    int64_t time_ns;
};

struct report_function {
    const char *name;
    const char *linkage_name;
    const char
        *file; ///< As shown: after the path maps. NULL = unknown. sources_get() takes it as it is.
    uint32_t line;
    const char *module; ///< Base name of the module's path; "" = in none.
    bool marked;        ///< Marked in the source, or chosen.
    bool counted;
    bool partial; ///< Counted, but for some of its code: a copy, or where it is inlined.
    bool mine;
    int64_t ncalls;
    int64_t pcalls;
    int64_t call_ns;    ///< Wall time in its calls, timed one by one; REPORT_NULL = they were not.
    int64_t call_least; ///< Of the shortest one [ns].
    int64_t call_most;  ///< Of the longest one [ns].
    int64_t own_ns;
    int64_t own_samples;
    int64_t
        own_ci_ns; ///< Half-width of the 95 % interval of `own_ns`; REPORT_NULL under 2 samples.
    int64_t own_alloc_bytes;    ///< Of stacks whose innermost frame of the project it is.
    int64_t own_resident_bytes; ///< Of stacks whose innermost frame of the project it is.
    int64_t tottime_ns;
    int64_t cumtime_ns; ///< REPORT_NULL without stacks.
    int64_t
        total_ns; ///< Of the samples that have it in any frame seen: what `% Time` is a share of.
    struct report_line
        *lines; ///< [n_lines] its own file first, then by file and line; or by `line_key`.
    size_t n_lines;
    struct report_caller *callers; ///< [n_callers]
    size_t n_callers;
    int64_t other_calls;             ///< Of `ncalls`, those by none of the callers.
    const struct report_site *sites; ///< [n_sites] most time first, when foreign files are opened.
    size_t n_sites;
    bool listed; ///< Chosen for the view of lines.
};

/** A region of the program. Durations are wall time. */
struct report_region {
    uint32_t id; ///< In the profile.
    const char *name;
    const char *path; ///< With those that it is inside of: "load/parse".
    uint32_t depth;   ///< How many those are.
    int64_t calls;
    int64_t total_ns; ///< Of calls inside of each other, of the outermost.
    int64_t min_ns;   ///< REPORT_NULL here and below: there was no call.
    int64_t max_ns;
    int64_t p50_ns;
    int64_t p99_ns;
    int64_t cpu_ns;  ///< CPU time that was sampled in it, and in those inside of it.
    int64_t samples; ///< Of that.
};

struct report_group {
    int64_t pid;
    int64_t tid;             ///< REPORT_NULL for a process.
    const char *name;        ///< The thread's own, or the process's.
    struct profile *profile; ///< Its samples; the tables are those of the whole profile.
    struct report
        *report; ///< Of them, made with the same options. Its notes are those of the whole.
};

struct report {
    const struct profile *profile;     ///< Must outlive the report.
    struct report_function *functions; ///< [n_functions] in the order asked for.
    size_t n_functions;
    size_t n_kept;                       ///< The first so many passed the limits.
    bool limited;                        ///< There were limits.
    struct report_reduction *reductions; ///< [n_reductions] Limits that left some out.
    size_t n_reductions;
    const enum report_function_key *keys; ///< [n_keys] Of the options; none = REPORT_BY_OWN.
    size_t n_keys;
    bool reversed;
    int64_t sampled_ns;
    int64_t samples;
    int64_t resident_bytes; ///< What all lines together made resident.
    bool has_stacks;
    bool stepped;        ///< All was counted by stepping: of times, only those of calls are known.
    int64_t alloc_bytes; ///< All that was allocated.
    struct report_memory memory; ///< All lines together, without what they have in common.
    bool has_memory;     ///< Memory was measured.
    bool has_heap;       ///< Allocations were.
    struct project *project;
    struct sources *sources;       ///< Source text, read on demand.
    struct report_region *regions; ///< [n_regions] Each behind the one that it is inside of.
    size_t n_regions;
    const struct profile_note *notes; ///< [n_notes] the profile's and the report's own.
    size_t n_notes;
    struct report_group *groups; ///< [n_groups] when split: most time first; they add up to this.
    size_t n_groups;
    const struct report_group *group; ///< The one that this is the report of; NULL = all.
    const struct report *whole;       ///< What that group is a part of.
    struct report_storage *storage;   ///< What the arrays above live in.
};

/** The report of a profile; free with report_destroy(). A bad regex keeps everything and is noted.
 */
struct report *report_create(const struct profile *profile, const struct report_options *options);

/**
 * What a function calls, in the order of its own callers.
 *
 * @param[out] ret Free it.
 * @return How many.
 */
size_t report_callees(const struct report *report, const struct report_function *function,
                      struct report_caller **ret);

/** Free a report. NULL is allowed. */
void report_destroy(struct report *report);

#endif
