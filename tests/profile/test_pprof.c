#include "profile/pprof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compress.h"
#include "base/mem.h"
#include "profile/builder.h"
#include "support/random_profile.h"
#include "support/test.h"

LP_TEST(pprof, decoding_what_was_encoded_gives_it_back)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct profile *p = random_profile(seed);
        struct profile *back = NULL;
        uint8_t *bytes;
        size_t size;

        pprof_encode(p, &bytes, &size);
        struct lprof_error *err = pprof_decode(bytes, size, &back);
        cr_assert(!err, "seed %d: %s", (int)seed, err ? err->message : "");
        char *text = profile_text(p);
        char *text_back = profile_text(back);
        cr_expect_str_eq(text_back, text, "seed %d", (int)seed);
        cr_expect_null(profile_check(back));
        free(text);
        free(text_back);
        free(bytes);
        profile_destroy(p);
        profile_destroy(back);
    }
}

LP_TEST(pprof, equal_profiles_become_equal_bytes)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct profile *p = random_profile(seed);
        struct profile *back = NULL;
        uint8_t *bytes;
        uint8_t *again;
        size_t size;
        size_t size_again;

        pprof_encode(p, &bytes, &size);
        cr_assert_null(pprof_decode(bytes, size, &back));
        pprof_encode(back, &again, &size_again);
        cr_expect(size == size_again && memcmp(bytes, again, size) == 0);
        free(bytes);
        free(again);
        profile_destroy(p);
        profile_destroy(back);
    }
}

// The bytes inside the gzip of a random profile. Free them.
static uint8_t *unpacked_profile(uint64_t seed, size_t *size_ret)
{
    struct profile *p = random_profile(seed);
    uint8_t *bytes;
    uint8_t *unpacked = NULL;
    size_t size;

    pprof_encode(p, &bytes, &size);
    cr_assert_null(compress_gunzip(bytes, size, PPROF_UNPACKED_MAX, &unpacked, size_ret));
    free(bytes);
    profile_destroy(p);
    return unpacked;
}

// Decode what may be anything; it must end in a sound profile or an error with one line.
static void decode_anything(const uint8_t *bytes, size_t size)
{
    struct profile *p = NULL;
    struct lprof_error *err = pprof_decode(bytes, size, &p);

    if (err) {
        cr_expect_null(p);
        cr_expect(*err->message && !strchr(err->message, '\n'));
    } else {
        cr_expect_null(profile_check(p));
    }
    error_destroy(err);
    profile_destroy(p);
}

LP_TEST(pprof, every_cut_is_survived)
{
    size_t size;
    uint8_t *bytes = unpacked_profile(3, &size);

    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *part = mem_dup(bytes, cut); // so that a sanitizer sees reads behind the end
        decode_anything(part, cut);
        free(part);
    }
    free(bytes);
}

LP_TEST(pprof, every_changed_byte_is_survived)
{
    size_t size;
    uint8_t *bytes = unpacked_profile(3, &size);
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

    for (size_t i = 0; i < size; i++) {
        uint8_t old = bytes[i];

        for (size_t k = 0; k < sizeof values; k++) {
            bytes[i] = values[k];
            decode_anything(bytes, size);
        }
        bytes[i] = old;
    }
    free(bytes);
}

static void expect_error(const void *bytes, size_t size, const char *message, const char *hint)
{
    struct profile *p = NULL;
    struct lprof_error *err = pprof_decode(bytes, size, &p);

    cr_assert_not_null(err);
    cr_expect_null(p);
    cr_expect_str_eq(err->message, message);
    if (hint)
        cr_expect_str_eq(err->hint, hint);
    else
        cr_expect_null(err->hint);
    error_destroy(err);
}

LP_TEST(pprof, what_is_no_profile_is_named)
{
    static const char pickle[] = "is a Python pickle, as line_profiler writes it, "
                                 "not a profile of lprof";
    static const char viewer[] = "python3 -m line_profiler FILE";

    expect_error("", 0, "is empty, not a profile", NULL);
    expect_error("\x80\x04\x95\x10\x00", 5, pickle, viewer);
    expect_error("ccopy_reg\n_reconstructor\n.", 26, pickle, viewer);
    expect_error("(dp0\n.", 6, pickle, viewer);
    expect_error("\x7f"
                 "ELF\x02\x01\x01",
                 7, "is not a profile", NULL);
    expect_error("hello, world\n", 13, "is not a profile", NULL);
    expect_error("\n", 1, "is not a profile", NULL);
}

LP_TEST(pprof, gzip_of_something_else_is_no_profile)
{
    uint8_t *bytes;
    size_t size;

    compress_gzip("hello, world\n", 13, &bytes, &size);
    expect_error(bytes, size, "is not a profile", NULL);
    free(bytes);
    compress_gzip("", 0, &bytes, &size);
    expect_error(bytes, size, "is not a profile", NULL);
    free(bytes);
}

LP_TEST(pprof, a_file_cut_short_says_so)
{
    struct profile *p = random_profile(5);
    uint8_t *bytes;
    size_t size;

    pprof_encode(p, &bytes, &size);
    expect_error(bytes, size / 2, "is a damaged profile: gzip data cut short", NULL);
    bytes[size - 8] ^= 1;
    expect_error(bytes, size, "is a damaged profile: damaged gzip data", NULL);
    free(bytes);
    profile_destroy(p);
}

LP_TEST(pprof, a_profile_of_another_tool_is_named)
{
    // sample_type {type: 1, unit: 2}; string_table "", "cpu", "ns".
    static const uint8_t other[] = "\x0a\x04\x08\x01\x10\x02\x32\x00\x32\x03"
                                   "cpu\x32\x02"
                                   "ns";

    expect_error(other, sizeof other - 1, "is a pprof profile, but not one made by lprof",
                 "go tool pprof FILE");
}

LP_TEST(pprof, the_format_of_a_newer_lprof_is_named)
{
    // As above, with field 1000 (tag c0 3e) = 2.
    static const uint8_t newer[] = "\x0a\x04\x08\x01\x10\x02\x32\x00\x32\x03"
                                   "cpu\x32\x02"
                                   "ns\xc0\x3e\x02";

    expect_error(newer, sizeof newer - 1, "was made by a newer lprof (format 2, this one reads 1)",
                 "update lprof");
}

LP_TEST(pprof, a_small_file_cannot_take_all_memory)
{
    // 8 million empty samples in 16 MB, 16 KB when packed.
    size_t size = (size_t)16 << 20;
    uint8_t *empty_samples = mem_alloc(size);
    uint8_t *bytes;
    size_t packed_size;

    for (size_t i = 0; i < size; i += 2)
        empty_samples[i] = 0x12;
    compress_gzip(empty_samples, size, &bytes, &packed_size);
    expect_error(bytes, packed_size, "is a damaged profile: it takes too much memory for its size",
                 NULL);
    free(empty_samples);
    free(bytes);
}

LP_TEST(pprof, files_are_saved_and_loaded_by_name)
{
    char path[] = "/tmp/test_pprof.XXXXXX";
    char *old = mem_printf("%s.old", path);
    struct profile *p = random_profile(7);
    struct profile *back = NULL;

    close(mkstemp(path));
    free(old);
    old = mem_printf("%s.old", path);
    cr_assert_null(pprof_save(p, path));
    cr_assert_null(pprof_load(path, &back));
    char *text = profile_text(p);
    char *text_back = profile_text(back);
    cr_expect_str_eq(text, text_back);
    cr_expect(access(old, F_OK) == 0, "the file that was there is kept");

    FILE *file = fopen(path, "w");
    fputs("\x80\x04\x95", file);
    fclose(file);
    struct profile *none = NULL;
    struct lprof_error *err = pprof_load(path, &none);
    char *hint = mem_printf("python3 -m line_profiler %s", path);
    cr_assert_not_null(err);
    cr_expect_str_eq(err->hint, hint);
    cr_expect(strncmp(err->message, path, strlen(path)) == 0);

    unlink(path);
    unlink(old);
    error_destroy(err);
    free(hint);
    free(text);
    free(text_back);
    free(old);
    profile_destroy(p);
    profile_destroy(back);
}
