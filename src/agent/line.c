// Plain system calls: the C library's functions are places where a thread may be cancelled, and the places
// that the agent speaks from are none.
#include "agent/line.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void line_close(int socket)
{
    int before = errno;

    syscall(SYS_close, socket);
    errno = before;
}

int line_connect(const char *address)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int before = errno;

    if (!*address)
        return -1;
    memcpy(name.sun_path, address, strnlen(address, sizeof name.sun_path - 1));
    int line = (int)syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (line >= 0 && syscall(SYS_connect, line, &name, sizeof name) != 0) {
        line_close(line);
        line = -1;
    }
    errno = before;
    return line;
}

bool line_tell(int socket, const void *message, size_t size)
{
    int before = errno;
    ssize_t n;

    do
        n = syscall(SYS_sendto, socket, message, size, MSG_NOSIGNAL, NULL, 0);
    while (n < 0 && errno == EINTR);
    errno = before;
    return n == (ssize_t)size;
}

static ssize_t receive(int socket, struct msghdr *message)
{
    int before = errno;
    ssize_t n;

    do
        n = syscall(SYS_recvmsg, socket, message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    errno = before;
    return n;
}

ssize_t line_hear(int socket, void *message, size_t size)
{
    struct iovec bytes = {message, size};

    return receive(socket, &(struct msghdr){.msg_iov = &bytes, .msg_iovlen = 1});
}

int line_hear_descriptor(int socket)
{
    char byte;
    struct iovec bytes = {&byte, 1};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    int descriptor = -1;

    if (receive(socket, &message) != 1)
        return -1;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof descriptor))
        memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    return descriptor;
}

bool line_greet(int socket, struct agent_hello *hello, enum agent_event event)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    hello->version = AGENT_VERSION;
    hello->event = event;
    hello->pid = getpid();
    hello->time_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return line_tell(socket, hello, sizeof *hello);
}
