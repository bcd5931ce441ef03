#include "target/run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

#define PREFIX "lprof-run-"
#define UNIQUE "XXXXXX"
#define YOUNG_S 60

static bool may_hold_programs(const char *path)
{
    struct statvfs fs;

    return statvfs(path, &fs) == 0 && !(fs.f_flag & ST_NOEXEC);
}

// ---- what was left behind

static void remove_with_files(const char *path)
{
    DIR *folder = opendir(path);

    for (struct dirent *entry; folder && (entry = readdir(folder));)
        unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    rmdir(path);
}

// Whether nobody holds a folder of ours. A young one may not be held yet.
static bool is_left(const char *path)
{
    CLEANUP(cleanup_close)
    int lock = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    return lock >= 0 && fstat(lock, &st) == 0 && st.st_uid == geteuid() &&
           time(NULL) - st.st_mtime > YOUNG_S && flock(lock, LOCK_EX | LOCK_NB) == 0;
}

static void remove_left(const char *parent)
{
    DIR *folder = opendir(parent);

    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0 ||
            strlen(entry->d_name) != strlen(PREFIX UNIQUE))
            continue;
        CLEANUP(cleanup_free) char *path = mem_printf("%s/%s", parent, entry->d_name);
        if (is_left(path))
            remove_with_files(path);
    }
    if (folder)
        closedir(folder);
}

// ---- making

// Make a folder in `parent`; 0, or errno.
static int make_in(const char *parent, struct run_folder *ret)
{
    if (!parent || parent[0] != '/')
        return ENOENT;
    if (!may_hold_programs(parent))
        return EACCES;
    CLEANUP(cleanup_free) char *path = mem_printf("%s/" PREFIX UNIQUE, parent);
    remove_left(parent);
    if (!mkdtemp(path))
        return errno;
    int lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock >= 0)
        flock(lock, LOCK_EX | LOCK_NB);
    *ret = (struct run_folder){.path = take_ptr(&path), .lock = lock};
    return 0;
}

struct lprof_error *run_folder_make(struct run_folder *ret)
{
    const char *const parents[] = {getenv("TMPDIR"),          "/tmp",     "/var/tmp",
                                   getenv("XDG_RUNTIME_DIR"), "/dev/shm", getenv("HOME")};
    int errnum = ENOENT;

    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) {
        errnum = make_in(parents[i], ret);
        if (!errnum)
            return NULL;
    }
    return error_hint(error_from_errno(errnum, "no folder for files that the program is to load"),
                      "set TMPDIR to a folder from which programs may be run");
}

void run_folder_adopt(struct run_folder *folder, const char *path)
{
    folder->files =
        mem_grow(folder->files, &folder->capacity, folder->n_files, sizeof *folder->files);
    folder->files[folder->n_files++] = mem_strdup(path);
}

struct lprof_error *run_folder_write(struct run_folder *folder, const char *name, const void *bytes,
                                     size_t size, const char **path_ret)
{
    CLEANUP(cleanup_free) char *path = mem_printf("%s/%s", folder->path, name);
    CLEANUP(cleanup_close) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);

    if (fd < 0)
        return error_from_errno(errno, "%s", path);
    run_folder_adopt(folder, path);
    *path_ret = folder->files[folder->n_files - 1];
    for (size_t done = 0; done < size;) {
        ssize_t n = write(fd, (const char *)bytes + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_from_errno(errno, "%s", path);
        done += (size_t)n;
    }
    return NULL;
}

void run_folder_remove(struct run_folder *folder)
{
    for (size_t i = 0; i < folder->n_files; i++) {
        unlink(folder->files[i]);
        free(folder->files[i]);
    }
    free(folder->files);
    if (folder->path) {
        rmdir(folder->path);
        if (folder->lock >= 0)
            close(folder->lock);
    }
    free(folder->path);
    *folder = (struct run_folder){0};
}
