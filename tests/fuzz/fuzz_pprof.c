// Any bytes decode to an error or to a sound profile; what decoded is stable under encoding.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "profile/merge.h"
#include "profile/pprof.h"

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "fuzz_pprof: %s\n", what);
    abort();
}

static void check_stable(const struct profile *profile)
{
    struct profile *back = NULL;
    uint8_t *bytes;
    uint8_t *again;
    size_t size;
    size_t size_again;

    pprof_encode(profile, &bytes, &size);
    struct lprof_error *err = pprof_decode(bytes, size, &back);
    require(!err, "what was encoded does not decode");
    pprof_encode(back, &again, &size_again);
    require(size == size_again && memcmp(bytes, again, size) == 0, "encoding is not stable");
    free(bytes);
    free(again);
    profile_destroy(back);
}

static void check_merge(struct profile *profile)
{
    struct profile *sum = profile_create();

    merge_into(sum, profile);
    merge_into(sum, profile);
    require(!profile_check(sum), "merging breaks a profile");
    profile_destroy(sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct profile *profile = NULL;
    struct lprof_error *err = pprof_decode(bytes, size, &profile);

    if (err) {
        require(!profile && *err->message && !strchr(err->message, '\n'), "no error in one line");
        error_destroy(err);
        return 0;
    }
    require(!profile_check(profile), "the profile is not sound");
    check_stable(profile);
    check_merge(profile);
    profile_destroy(profile);
    return 0;
}
