// libdebuginfod is not linked: few programs need it, and it brings half a dozen libraries along. Its
// patience is 90 s without an answer; here a server that sends nothing for some seconds is given up.

#include "object/debug_server.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/background.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"

#define PATIENCE_S 10
#define FAILURES_MAX 3
#define LOOKS_MAX 4096 // In a second.
#define LOOK_MS 200
#define GRACE_MS 1500
#define LIBRARY "libdebuginfod.so.1"

// @source elfutils/debuginfod.h
struct debuginfod_client;

struct library {
    void *handle;
    struct debuginfod_client *(*begin)(void);
    void (*end)(struct debuginfod_client *client);
    int (*find)(struct debuginfod_client *client, const unsigned char *build_id, int size,
                char **path);
    int (*find_source)(struct debuginfod_client *client, const unsigned char *build_id, int size,
                       const char *source, char **path);
    void (*set_progress)(struct debuginfod_client *client,
                         int (*progress)(struct debuginfod_client *, long, long));
    void (*set_user_data)(struct debuginfod_client *client, void *data);
};

struct debug_server {
    struct debug_server_progress progress;
    struct library library;
    struct debuginfod_client *client; // NULL before the first question.
    bool is_over;                     // Nothing more is asked.
    size_t n_failures;
    char *failure; // The first one.
    char *problem; // What debug_server_problem() told last.

    // Of the question that is asked now.
    const char *shown; // What is asked for, in a few words.
    bool is_unwanted;  // The user does not want to wait for the answer.
    bool has_hung;
    long received;
    int64_t heard_s; // When something came last.
};

static int64_t now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

// C has no conversion of what dlsym() returns into a pointer to a function.
static bool find_function(void *handle, const char *name, void *pointer_to_function)
{
    void *found = dlsym(handle, name);

    memcpy(pointer_to_function, &found, sizeof found);
    return found;
}

static bool library_open(struct library *library)
{
    library->handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    return library->handle && find_function(library->handle, "debuginfod_begin", &library->begin) &&
           find_function(library->handle, "debuginfod_end", &library->end) &&
           find_function(library->handle, "debuginfod_find_debuginfo", &library->find) &&
           find_function(library->handle, "debuginfod_find_source", &library->find_source) &&
           find_function(library->handle, "debuginfod_set_progressfn", &library->set_progress) &&
           find_function(library->handle, "debuginfod_set_user_data", &library->set_user_data);
}

struct debug_server *debug_server_create(const struct debug_server_progress *progress)
{
    const char *urls = getenv("DEBUGINFOD_URLS");

    if (!urls || !urls[strspn(urls, " ")])
        return NULL;
    struct debug_server *server = mem_alloc(sizeof *server);
    if (progress)
        server->progress = *progress;
    return server;
}

void debug_server_destroy(struct debug_server *server)
{
    if (!server)
        return;
    // The library itself stays loaded: not all that it brings along bears being unloaded.
    if (server->client)
        server->library.end(server->client);
    free(server->failure);
    free(server->problem);
    free(server);
}

void debug_server_fail(struct debug_server *server, const char *format, ...)
{
    va_list args;

    if (server->n_failures++)
        return;
    va_start(args, format);
    server->failure = mem_vprintf(format, args);
    va_end(args);
}

const char *debug_server_problem(struct debug_server *server)
{
    if (!server->n_failures)
        return NULL;
    free(server->problem);
    server->problem = server->n_failures == 1 ? mem_printf("debuginfod: %s", server->failure)
                                              : mem_printf("debuginfod: %s, and %zu more failures",
                                                           server->failure, server->n_failures - 1);
    return server->problem;
}

static bool is_wanted(struct debug_server *server, int64_t received, int64_t total)
{
    const struct debug_server_progress *progress = &server->progress;

    if (!progress->report || progress->report(progress->context, server->shown, received, total))
        return true;
    server->is_over = true;
    server->is_unwanted = true;
    return false;
}

// Whether something has come since the last call. Until the size is known, `received` may just as well
// count how often the library looked, which differs between its releases.
static bool has_come(const struct debug_server *server, long received, long total)
{
    return total > 0 ? received != server->received : received > server->received + LOOKS_MAX;
}

// ---- the thread that asks

// A question on its way. Releases of the library differ in whether they call back while a server is silent,
// so the library waits in a thread of its own.
struct query {
    struct library library;
    struct debuginfod_client *client;
    struct build_id build_id;
    char *source; // NULL = the debug info.
    char *local;  // Of the answer.
    atomic_long received;
    atomic_long total;
    atomic_bool stop; // Nobody waits any more.
};

static void free_query(struct query *query)
{
    free(query->source);
    free(query);
}

static int run_query(void *context)
{
    struct query *query = context;
    const struct build_id *id = &query->build_id;

    if (query->source)
        return query->library.find_source(query->client, id->bytes, id->size, query->source,
                                          &query->local);
    return query->library.find(query->client, id->bytes, id->size, &query->local);
}

static void drop_query(void *context)
{
    struct query *query = context;

    query->library.end(query->client);
    free(query->local);
    free_query(query);
}

// Called by the library now and then.
static int check(struct debuginfod_client *client, long received, long total)
{
    void *(*get_user_data)(struct debuginfod_client *);

    // The one thing that is known here is the client.
    if (!find_function(dlopen(LIBRARY, RTLD_NOW | RTLD_NOLOAD), "debuginfod_get_user_data",
                       &get_user_data))
        return 1;
    struct query *query = get_user_data(client);
    atomic_store(&query->received, received);
    atomic_store(&query->total, total);
    return atomic_load(&query->stop);
}

static bool connect(struct debug_server *server)
{
    if (server->client)
        return true;
    if (library_open(&server->library))
        server->client = server->library.begin();
    if (!server->client) {
        debug_server_fail(server,
                          "DEBUGINFOD_URLS is set, but there is no %s; install the package "
                          "libdebuginfod1",
                          LIBRARY);
        server->is_over = true;
        return false;
    }
    server->library.set_progress(server->client, check);
    return true;
}

static void note_failure(struct debug_server *server, const char *what, int status)
{
    if (server->is_unwanted)
        debug_server_fail(server, "fetching was interrupted at %s", what);
    else if (server->has_hung || status == -ETIME || status == -ETIMEDOUT)
        debug_server_fail(server, "no answer for %s within %d s; nothing more is asked", what,
                          PATIENCE_S);
    else
        debug_server_fail(server, "cannot fetch %s: %s", what, strerror(-status));
    if (server->has_hung || status == -ETIME || status == -ETIMEDOUT ||
        server->n_failures >= FAILURES_MAX)
        server->is_over = true;
}

// What is asked for: the debug info of a binary, or a source file of it.
struct question {
    const struct build_id *build_id;
    const char *source; // NULL = the debug info.
    const char *what;   // In words.
};

static struct query *create_query(const struct debug_server *server,
                                  const struct question *question)
{
    struct query *query = mem_alloc(sizeof *query);

    query->library = server->library;
    query->client = server->client;
    query->build_id = *question->build_id;
    query->source = question->source ? mem_strdup(question->source) : NULL;
    server->library.set_user_data(server->client, query);
    return query;
}

// Whether to wait on: something comes, and somebody wants it.
static bool look(struct debug_server *server, struct query *query)
{
    long total = atomic_load(&query->total);
    long received = atomic_load(&query->received);

    if (has_come(server, received, total))
        server->heard_s = now_s();
    server->received = received;
    server->has_hung = now_s() - server->heard_s >= PATIENCE_S;
    return !server->has_hung && is_wanted(server, total > 0 ? received : 0, total);
}

// Wait for the answer. False when it was given up: then the query is no more ours.
static bool await(struct debug_server *server, struct query *query, int *status_ret)
{
    struct background *call = background_start(run_query, drop_query, query);
    bool done = false;

    if (!call) {
        *status_ret = -EAGAIN;
        return true;
    }
    while (!(done = background_wait(call, LOOK_MS, status_ret)) && look(server, query))
        ;
    // A library that looks up leaves nothing behind.
    atomic_store(&query->stop, true);
    done = done || background_wait(call, GRACE_MS, status_ret);
    background_destroy(call);
    return done;
}

static char *ask(struct debug_server *server, const struct question *question)
{
    char *local = NULL;
    int status = -ETIME;

    server->is_unwanted = server->has_hung = false;
    server->received = 0;
    server->heard_s = now_s();
    if (!is_wanted(server, 0, 0) || !connect(server))
        return NULL;
    struct query *query = create_query(server, question);
    if (await(server, query, &status)) {
        local = query->local;
        free_query(query);
    } else {
        server->client = NULL; // It is the query's.
        server->is_over = true;
    }
    if (status >= 0) {
        close(status);
        return local;
    }
    free(local);
    // What was broken off is told as not found, too.
    if (status != -ENOENT || server->has_hung || server->is_unwanted)
        note_failure(server, question->what, status);
    return NULL;
}

char *debug_server_fetch(struct debug_server *server, const char *path,
                         const struct build_id *build_id)
{
    if (server->is_over || !build_id->size)
        return NULL;
    CLEANUP(cleanup_free) char *what = mem_printf("the debug info of %s", path);
    CLEANUP(cleanup_free) char *shown = mem_printf("debug info of %s", path_basename(path));
    server->shown = shown;
    return ask(server, &(struct question){build_id, NULL, what});
}

char *debug_server_fetch_source(struct debug_server *server, const char *source,
                                const struct build_id *build_id)
{
    // A server knows files by their whole paths.
    if (server->is_over || !build_id->size || source[0] != '/')
        return NULL;
    server->shown = path_basename(source);
    return ask(server, &(struct question){build_id, source, source});
}
