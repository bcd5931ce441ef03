// From bytes to a message: what kind of file this is, and how much memory it may take.

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/compress.h"
#include "base/mem.h"
#include "profile.pb-c.h"
#include "profile/pprof.h"
#include "profile/pprof_tables.h"

// An empty message takes 2 bytes in the file and about 64 in memory; no sound profile comes near.
#define MEMORY_PER_BYTE 32
#define MEMORY_LEAST ((size_t)1 << 20)
#define MEMORY_MOST ((size_t)3 << 30)

// Whether the message is a pprof profile of anyone, and if so whether lprof can read it.
static struct lprof_error *check_kind(const Perftools__Profiles__Profile *m)
{
    if (!m->n_sample_type || !m->n_string_table || *m->string_table[0])
        return error_create(LPROF_ERROR_FORMAT, "is not a profile");
    if (!m->lprof)
        return error_hint(
            error_create(LPROF_ERROR_FORMAT, "is a pprof profile, but not one made by lprof"),
            "go tool pprof FILE");
    if (m->lprof > PPROF_FORMAT_VERSION)
        return error_hint(error_create(LPROF_ERROR_UNSUPPORTED,
                                       "was made by a newer lprof (format %u, this one reads %d)",
                                       m->lprof, PPROF_FORMAT_VERSION),
                          "update lprof");
    return NULL;
}

// What is left of the memory that one file may take.
struct budget {
    size_t left;
    bool exceeded;
};

static void *budget_alloc(void *context, size_t size)
{
    struct budget *budget = context;

    if (size > budget->left) {
        budget->exceeded = true;
        return NULL;
    }
    budget->left -= size;
    return mem_alloc(size);
}

static void budget_free(void *context, void *ptr)
{
    (void)context;
    free(ptr);
}

static struct lprof_error *decode_bytes(const uint8_t *bytes, size_t size, struct profile **ret)
{
    size_t most = MEMORY_LEAST + MEMORY_PER_BYTE * size;
    struct budget budget = {.left = most < MEMORY_MOST ? most : MEMORY_MOST};
    ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};

    Perftools__Profiles__Profile *message =
        perftools__profiles__profile__unpack(&allocator, size, bytes);
    if (!message)
        return error_create(LPROF_ERROR_FORMAT, budget.exceeded
                                                    ? "is a damaged profile: it takes too much "
                                                      "memory for its size"
                                                    : "is not a profile");
    struct lprof_error *err = check_kind(message);
    if (!err)
        err = error_wrap(pprof_tables_decode(message, ret), "is a damaged profile");
    perftools__profiles__profile__free_unpacked(message, &allocator);
    return err;
}

static bool starts_with(const uint8_t *bytes, size_t size, const char *text)
{
    size_t length = strlen(text);

    return size >= length && memcmp(bytes, text, length) == 0;
}

// line_profiler saves its results as a pickle in files that are called *.lprof too.
static bool is_pickle(const uint8_t *bytes, size_t size)
{
    static const char *const text_protocol[] = {
        "ccopy_reg\n", "cline_profiler", "c__", "(dp", "(lp", "(i"};

    if (size >= 2 && bytes[0] == 0x80 && bytes[1] >= 1 && bytes[1] <= 9)
        return true;
    if (!size || bytes[size - 1] != '.')
        return false;
    for (size_t i = 0; i < sizeof text_protocol / sizeof *text_protocol; i++)
        if (starts_with(bytes, size, text_protocol[i]))
            return true;
    return false;
}

struct lprof_error *pprof_decode(const uint8_t *bytes, size_t size, struct profile **ret)
{
    CLEANUP(cleanup_free) uint8_t *unpacked = NULL;
    size_t unpacked_size;

    if (!size)
        return error_create(LPROF_ERROR_FORMAT, "is empty, not a profile");
    if (is_pickle(bytes, size))
        return error_hint(error_create(LPROF_ERROR_FORMAT,
                                       "is a Python pickle, as line_profiler writes it, "
                                       "not a profile of lprof"),
                          "python3 -m line_profiler FILE");
    // Other tools take profiles that were unpacked by hand, so lprof does.
    if (!compress_is_gzip(bytes, size))
        return decode_bytes(bytes, size, ret);
    struct lprof_error *err =
        compress_gunzip(bytes, size, PPROF_UNPACKED_MAX, &unpacked, &unpacked_size);
    if (err)
        return error_wrap(err, "is a damaged profile");
    return decode_bytes(unpacked, unpacked_size, ret);
}
