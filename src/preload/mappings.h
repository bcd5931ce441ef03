/**
 * @file
 * What the program maps as memory by itself: mmap(2), mremap(2), munmap(2), brk(2) and sbrk(2).
 */
#ifndef LPROF_PRELOAD_MAPPINGS_H
#define LPROF_PRELOAD_MAPPINGS_H

#include <stddef.h>

/** Before there are threads: find the functions behind. What `allocator` is part of maps what it hands out. */
void mappings_init(void *(*allocator)(size_t));

#endif
