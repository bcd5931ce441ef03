#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

struct lprof_error *file_map(const char *path, struct file_map *ret)
{
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    CLEANUP(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return error_from_errno(errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return error_create(LPROF_ERROR_INVALID, "%s: not a regular file", path);
    struct file_map map = {.size = (size_t)st.st_size};
    if (map.size) {
        // Writable and private: libelf decompresses and byte-swaps in place, the file stays as it is.
        void *bytes = mmap(NULL, map.size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED)
            return error_from_errno(errno, "%s", path);
        map.bytes = bytes;
    }
    *ret = map;
    return NULL;
}

// /tmp lies in memory on many machines, /var/tmp does not.
static int open_nameless(void)
{
    const char *folder = getenv("TMPDIR");
    CLEANUP(cleanup_free)
    char *path = mem_printf("%s/lprof.XXXXXX", folder && *folder ? folder : "/var/tmp");
    int fd = mkostemp(path, O_CLOEXEC);

    if (fd >= 0)
        unlink(path);
    return fd;
}

bool file_scratch(size_t size, struct file_map *ret)
{
    CLEANUP(cleanup_close) int fd = open_nameless();

    // Room that is there now cannot be missing when it is written to, which would end lprof.
    if (fd < 0 || size > INT64_MAX || fallocate(fd, 0, 0, (off_t)size) < 0)
        return false;
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED)
        return false;
    *ret = (struct file_map){bytes, size};
    return true;
}

void file_unmap(struct file_map *map)
{
    if (map->bytes)
        munmap(map->bytes, map->size);
    map->bytes = NULL;
    map->size = 0;
}

static struct lprof_error *write_all(int fd, const char *path, const uint8_t *bytes, size_t size)
{
    while (size) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_from_errno(errno, "%s", path);
        bytes += n;
        size -= (size_t)n;
    }
    return NULL;
}

// Created as open() would create it: mkstemp()'s 0600 is not what users expect of a result file.
static void set_default_mode(int fd)
{
    mode_t mask = umask(0);

    umask(mask);
    // A file system without modes refuses; the file is as good there.
    if (fchmod(fd, 0666 & ~mask) < 0)
        errno = 0;
}

static struct lprof_error *move_into_place(const char *beside, const char *path, int keep_old)
{
    if (keep_old) {
        CLEANUP(cleanup_free) char *old = mem_printf("%s.old", path);
        if (rename(path, old) < 0 && errno != ENOENT)
            return error_from_errno(errno, "%s", old);
    }
    if (rename(beside, path) < 0)
        return error_from_errno(errno, "%s", path);
    return NULL;
}

// Devices and FIFOs are written to, never replaced: root may rename a file over /dev/null.
static bool is_written_in_place(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static struct lprof_error *write_in_place(const char *path, const void *bytes, size_t size)
{
    CLEANUP(cleanup_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return error_from_errno(errno, "%s", path);
    return write_all(fd, path, bytes, size);
}

// The file behind a symbolic link is replaced, not the link (/dev/stdout is one).
static char *behind_links(const char *path)
{
    char *real = realpath(path, NULL);

    return real ? real : mem_strdup(path);
}

struct lprof_error *file_replace(const char *link, const void *bytes, size_t size, int keep_old)
{
    if (is_written_in_place(link))
        return write_in_place(link, bytes, size);
    if (is_folder(link))
        return error_from_errno(EISDIR, "%s", link);
    CLEANUP(cleanup_free) char *path = behind_links(link);
    CLEANUP(cleanup_free) char *beside = mem_printf("%s.XXXXXX", path);
    CLEANUP(cleanup_close) int fd = mkostemp(beside, O_CLOEXEC);

    if (fd < 0)
        return error_from_errno(errno, "%s", path);
    set_default_mode(fd);
    struct lprof_error *err = write_all(fd, path, bytes, size);
    if (!err)
        err = move_into_place(beside, path, keep_old);
    if (err)
        unlink(beside);
    return err;
}

struct lprof_error *file_check_writable(const char *link)
{
    if (is_written_in_place(link))
        return access(link, W_OK) < 0 ? error_from_errno(errno, "%s", link) : NULL;
    if (is_folder(link))
        return error_from_errno(EISDIR, "%s", link);
    CLEANUP(cleanup_free) char *path = behind_links(link);
    CLEANUP(cleanup_free) char *beside = mem_printf("%s.XXXXXX", path);
    CLEANUP(cleanup_close) int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return error_from_errno(errno, "%s", path);
    unlink(beside);
    return NULL;
}
