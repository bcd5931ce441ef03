#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "message.h"

// After a failure the rest is taken and dropped: whoever renders goes on to its end, and the first
// errno, which stdio does not keep, is what output_close() tells.
static ssize_t write_bytes(void *cookie, const char *bytes, size_t size)
{
    struct output *output = cookie;
    size_t done = 0;

    while (done < size && !output->errnum) {
        ssize_t n = write(output->fd, bytes + done, size - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            output->errnum = errno;
    }
    return (ssize_t)size;
}

static struct output *create(int fd, const char *name, int errnum)
{
    struct output *output = mem_alloc(sizeof *output);

    output->fd = fd;
    output->errnum = errnum;
    output->name = mem_strdup(name);
    output->stream = fopencookie(output, "w", (cookie_io_functions_t){.write = write_bytes});
    if (!output->stream) {
        message_say("out of memory");
        exit(125);
    }
    return output;
}

struct output *output_open_fd(int fd, const char *name)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

    return create(copy, name, copy < 0 ? errno : 0);
}

struct lprof_error *output_open_file(const char *path, struct output **ret)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (fd < 0)
        return error_from_errno(errno, "%s", path);
    *ret = create(fd, path, 0);
    return NULL;
}

struct lprof_error *output_close(struct output *output)
{
    struct lprof_error *err = NULL;

    if (!output)
        return NULL;
    fclose(output->stream);
    if (output->fd >= 0 && close(output->fd) < 0 && !output->errnum)
        output->errnum = errno;
    if (output->errnum && output->errnum != EPIPE)
        err = error_from_errno(output->errnum, "%s", output->name);
    free(output->name);
    free(output);
    return err;
}

int output_finish_stdout(void)
{
    if (fflush(stdout) == 0 || errno == EPIPE)
        return EXIT_SUCCESS;
    message_error(error_from_errno(errno, "standard output"));
    return EXIT_FAILURE;
}
