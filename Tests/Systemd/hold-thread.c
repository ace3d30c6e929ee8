// Stops one thread of a process for good, as if it waited for something that never comes; ends with
// the thread. Usage: hold-thread THREAD
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int main(int count, char **arguments) {
    if (count != 2) {
        fputs("usage: hold-thread THREAD\n", stderr);
        return 64;
    }
    pid_t thread = atoi(arguments[1]);
    if (ptrace(PTRACE_SEIZE, thread, 0, 0) != 0 || ptrace(PTRACE_INTERRUPT, thread, 0, 0) != 0) {
        perror("hold-thread");
        return 71;
    }
    // Each stop is taken notice of, and not continued from.
    int status = 0;
    while (waitpid(thread, &status, __WALL) == thread && WIFSTOPPED(status)) {
    }
    return 0;
}
