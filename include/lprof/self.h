/**
 * @file
 * Programs that profile themselves: link to liblprof (`pkg-config --libs lprof`) and run
 *
 *     LPROF=1 ./app
 *
 * Nothing else has to be called. lprof takes the place of the program's process and runs the program as its
 * child, from its start: standard streams, arguments and exit status stay, the process id does not.
 *
 *     LPROF          1 turns it on; unset, empty, 0, n, no, f, false, off leave it off
 *     LPROF_OUTPUT   where the profile goes, as in `lprof -o`; else <name of the program>.lprof
 *     LPROF_PRINT    a view to print at the end, such as summary, lines or regions; 1 is summary
 *     LPROF_OPTIONS  further options of lprof, set apart by blanks
 *
 * The other functions do what the macros and functions of lprof.h do, for languages that cannot include it.
 */
#ifndef LPROF_SELF_H
#define LPROF_SELF_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Turn it on from code: the first thing in main(), for the program is started anew under lprof.
 *
 * @return 0 when the program is being profiled; else -1, and errno says why lprof could not be run.
 */
int lprof_profile_self(void);

/** A region begins; it ends with lprof_region_end() in the same thread. */
void lprof_region_begin(const char *name);

/** The region that began last ends. */
void lprof_region_end(void);

#ifdef __cplusplus
}
#endif

#endif
