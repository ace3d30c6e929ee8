// memfd_create(2), which the module of Glibc leaves out: it is declared for _GNU_SOURCE only.
int memfd_create(const char *name, unsigned int flags);

// MFD_CLOEXEC of linux/memfd.h.
static const unsigned int memory_file_closed_on_exec = 1;
