/**
 * @file
 * Marks for programs that are profiled with lprof. Self-contained: no library to link, no output and
 * no call when the program runs without lprof. C99 and later, C++11 and later, GCC and Clang; with
 * other compilers the marks expand to nothing.
 *
 *     #include <lprof/lprof.h>
 *
 *     LPROF_FUNC static int hot(int n) { ... }
 *
 *     LPROF_REGION("parse") { ... }
 *     LPROF_TIMED("load");
 *     lprof_enable(); lprof_disable(); lprof_reset(); lprof_dump("out.lprof");
 */
#ifndef LPROF_LPROF_H
#define LPROF_LPROF_H

/**
 * Mark a function, as line_profiler's @profile does: write it in front of the definition. Methods,
 * templates, static, inline and extern "C" functions can be marked too.
 *
 * What it costs: five bytes of nops at the function's start, and the function is not inlined. Where
 * inlining mattered, a mark changes what it measures; choose the function by name instead then.
 *
 * How lprof finds it: the compiler lists the marked functions in section __patchable_function_entries.
 */
#if defined(__GNUC__) && defined(__has_attribute)
#if __has_attribute(patchable_function_entry)
#if !defined(__clang__) && !defined(__cplusplus)
// GCC warns of every `inline` function in C that must not be inlined, which is what a mark asks for.
#pragma GCC diagnostic ignored "-Wattributes"
#endif
#define LPROF_FUNC __attribute__((noinline, patchable_function_entry(5)))
#endif
#endif

#ifndef LPROF_FUNC
#define LPROF_FUNC
#endif

/* ---- regions: blocks of a program that have a name ----

   Without lprof a region costs the load of one pointer, which is NULL, and a branch on it. Under lprof the
   pointer leads to functions of a library that lprof loads into the program; it finds the pointers by the
   name of their section. */

#if defined(__GNUC__) && defined(__ELF__)

/** Lprof's and the program's must be the same. */
#define LPROF_HOOKS_VERSION 1

/** A region that is open. It lies on the stack, where lprof finds it in samples. */
struct lprof_scope {
    unsigned long long mark;
    unsigned long long place;
};

/** What lprof puts in. */
struct lprof_hooks {
    unsigned version;
    void (*enter)(struct lprof_scope *scope, const char *name, unsigned how);
    void (*leave)(struct lprof_scope *scope);
    void (*begin)(const char *name);
    void (*end)(void);
    void (*set_enabled)(int enabled);
    void (*reset)(void);
    int (*dump)(const char *path);
};

/** How a region is entered: by LPROF_TIMED; with a name that is a literal, the same for ever. */
#define LPROF_TIMED_SCOPE_ 1u
#define LPROF_LITERAL_(name) (__builtin_constant_p(name) ? 2u : 0u)

static const struct lprof_hooks *volatile lprof_hooks_
    __attribute__((section("lprof_hooks"), unused)) = 0;

/* One region, for as long as the variable lives. It has no address that anyone sees, so that it stays in a
   register where nothing is profiled. */
struct lprof_region_ {
    const struct lprof_hooks *hooks;
    struct lprof_scope *scope;
#ifdef __cplusplus
    inline __attribute__((always_inline))
    lprof_region_(struct lprof_scope *of, const char *name, unsigned how)
        : hooks(lprof_hooks_), scope(of)
    {
        if (__builtin_expect(hooks != 0, 0))
            hooks->enter(of, name, how);
    }
    inline __attribute__((always_inline)) ~lprof_region_()
    {
        if (__builtin_expect(hooks != 0, 0))
            hooks->leave(scope);
    }

  private:
    lprof_region_(const lprof_region_ &);
    lprof_region_ &operator=(const lprof_region_ &);
#endif
};

#ifdef __cplusplus
#define LPROF_REGION_VARIABLE_(variable, scope, name, how)                                         \
    struct lprof_region_ variable(scope, name, (how) | LPROF_LITERAL_(name))
#else
static inline __attribute__((always_inline, unused)) struct lprof_region_
lprof_enter_(struct lprof_scope *scope, const char *name, unsigned how)
{
    struct lprof_region_ region;

    region.hooks = lprof_hooks_;
    region.scope = scope;
    if (__builtin_expect(region.hooks != 0, 0))
        region.hooks->enter(scope, name, how);
    return region;
}

static inline __attribute__((always_inline, unused)) void
lprof_leave_(const struct lprof_region_ *region)
{
    if (__builtin_expect(region->hooks != 0, 0))
        region->hooks->leave(region->scope);
}

#define LPROF_REGION_VARIABLE_(variable, scope, name, how)                                         \
    struct lprof_region_ variable __attribute__((cleanup(lprof_leave_), unused)) =                 \
        lprof_enter_(scope, name, (how) | LPROF_LITERAL_(name))
#endif

#define LPROF_JOIN_2_(a, b) a##b
#define LPROF_JOIN_(a, b) LPROF_JOIN_2_(a, b)

/* Two loops of one round, since one can declare variables of one type only. The body's `break` and
   `continue` end the inner one, and the pointer the outer one. */
#define LPROF_REGION_(name, n)                                                                     \
    for (struct lprof_scope LPROF_JOIN_(lprof_scope_, n),                                          \
         *LPROF_JOIN_(lprof_once_, n) = &LPROF_JOIN_(lprof_scope_, n);                             \
         LPROF_JOIN_(lprof_once_, n); LPROF_JOIN_(lprof_once_, n) = 0)                             \
        for (LPROF_REGION_VARIABLE_(LPROF_JOIN_(lprof_of_, n), &LPROF_JOIN_(lprof_scope_, n),      \
                                    name, 0u);                                                     \
             LPROF_JOIN_(lprof_once_, n); LPROF_JOIN_(lprof_once_, n) = 0)

#define LPROF_TIMED_(name, n)                                                                      \
    struct lprof_scope LPROF_JOIN_(lprof_scope_, n);                                               \
    LPROF_REGION_VARIABLE_(LPROF_JOIN_(lprof_of_, n), &LPROF_JOIN_(lprof_scope_, n), name,         \
                           LPROF_TIMED_SCOPE_)

/**
 * A block with a name: what is measured inside of it, calls included, carries the name. Regions nest.
 *
 *     LPROF_REGION("parse") { ... }
 *
 * The block may be left in any way: by its end, return, goto, an exception, or longjmp, which ends the
 * regions of the functions that it leaves; a region of the function that it returns to ends with that
 * function. `break` and `continue` end the region only, not a loop around it.
 */
#define LPROF_REGION(name) LPROF_REGION_(name, __COUNTER__)

/** The rest of the enclosing scope as a region: `LPROF_TIMED("load");` as the first statement of a function. */
#define LPROF_TIMED(name) LPROF_TIMED_(name, __COUNTER__)

/** Measure the calling thread again, as is the case from its start. */
static inline __attribute__((unused)) void lprof_enable(void)
{
    const struct lprof_hooks *hooks = lprof_hooks_;

    if (__builtin_expect(hooks != 0, 0))
        hooks->set_enabled(1);
}

/** Stop measuring the calling thread. Calls do not nest: one lprof_enable() ends any number of them. */
static inline __attribute__((unused)) void lprof_disable(void)
{
    const struct lprof_hooks *hooks = lprof_hooks_;

    if (__builtin_expect(hooks != 0, 0))
        hooks->set_enabled(0);
}

/** Forget all that was measured up to now, of all threads. */
static inline __attribute__((unused)) void lprof_reset(void)
{
    const struct lprof_hooks *hooks = lprof_hooks_;

    if (__builtin_expect(hooks != 0, 0))
        hooks->reset();
}

/**
 * Save what was measured up to now, as often as wanted; the profile of the whole run is saved at its end
 * all the same.
 *
 * @return 0, also when nothing is profiled; else -1, and errno says why.
 */
static inline __attribute__((unused)) int lprof_dump(const char *path)
{
    const struct lprof_hooks *hooks = lprof_hooks_;

    return __builtin_expect(hooks != 0, 0) ? hooks->dump(path) : 0;
}

#else

#define LPROF_REGION(name)
#define LPROF_TIMED(name) (void)0
#define lprof_enable() ((void)0)
#define lprof_disable() ((void)0)
#define lprof_reset() ((void)0)
#define lprof_dump(path) 0

#endif

#endif
