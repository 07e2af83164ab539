/* Which sources the library was compiled from, for polypref/kernels/library.py. */
#include "kernels.h"

EXPORT const char *polypref_sources(void) { return POLYPREF_SOURCES; }
