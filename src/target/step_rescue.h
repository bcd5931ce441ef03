/**
 * @file
 * The breakpoints that lie in processes, in memory shared with lprof: when the process that traces is killed,
 * lprof takes them out.
 */
#ifndef LPROF_TARGET_STEP_RESCUE_H
#define LPROF_TARGET_STEP_RESCUE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** What processors execute as a breakpoint. */
#define STEP_INT3 0xcc

struct step_rescue; // opaque, shared after fork(2)

/** An empty list; NULL when there is no memory for it. */
struct step_rescue *step_rescue_create(void);

/** Free this process's view of it. NULL is allowed. */
void step_rescue_destroy(struct step_rescue *rescue);

/**
 * Note a breakpoint before it is placed.
 *
 * @param rescue NULL: nothing is noted.
 * @return What to forget it by; 0 when there is no room.
 */
uint32_t step_rescue_add(struct step_rescue *rescue, pid_t pid, uint64_t addr, uint8_t original);

/** Forget a breakpoint that is gone. 0 is allowed. */
void step_rescue_remove(struct step_rescue *rescue, uint32_t number);

/** Put back the bytes under all breakpoints that are still there. Returns how many. */
size_t step_rescue_restore(const struct step_rescue *rescue);

#endif
