/**
 * @file
 * Marks for programs that are profiled with lprof. Self-contained: no library to link, no output and
 * no call when the program runs without lprof. C99 and later, C++11 and later, GCC and Clang; with
 * other compilers the marks expand to nothing.
 *
 *     #include <lprof/lprof.h>
 *
 *     LPROF_FUNC static int hot(int n) { ... }
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

#endif
