/* What every part of the library shares. Portable C11: no intrinsics, no state between calls, no Python. */
#ifndef POLYPREF_KERNELS_H
#define POLYPREF_KERNELS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* EXPORT: a function that Python calls; all others are static. PREFETCH: memory that is soon read. */
#if defined(__GNUC__)
#define EXPORT __attribute__((visibility("default")))
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define EXPORT
#define PREFETCH(address) ((void)(address))
#endif

/* A function with loops over whole numbers, compiled for several processors; the loader chooses. For integers only:
   floats may be summed in another order. */
#if defined(__GNUC__) && defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

#endif
