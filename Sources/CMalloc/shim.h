// mallopt(3), which the module of Glibc leaves out.
#include <malloc.h>
