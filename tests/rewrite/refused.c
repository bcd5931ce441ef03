// Which functions of a file cannot be copied, and how long it takes to find out: `refused FILE PERCENT`
// fails when they are more than so many percent. Nothing is run.
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "code/insn.h"
#include "module_functions.h"
#include "support/tally.h"

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// What capstone alone takes to decode all functions [s].
static double decoding_time(const struct module_functions *functions, size_t *n_ret)
{
    struct insn_decoder *decoder = insn_decoder_create();
    double start = now();

    for (size_t i = 0; i < functions->count; i++) {
        const struct flow_source *source = &functions->items[i].code.source;
        for (size_t p = 0; p < source->part_count; p++) {
            struct insn insn;
            for (size_t at = 0;
                 at < source->parts[p].size &&
                 insn_decode_slowly(decoder, source->parts[p].bytes + at,
                                    source->parts[p].size - at, source->parts[p].addr + at, &insn);
                 at += insn.size)
                ++*n_ret;
        }
    }
    double end = now();
    insn_decoder_destroy(decoder);
    return end - start;
}

// Counters that save flags.
static size_t saving(const struct rewrite_image *image)
{
    size_t n = 0;

    for (size_t i = 1; i < image->place_count; i++)
        n += image->places[i].pushed > image->places[i - 1].pushed && !image->places[i - 1].pushed;
    return n;
}

static size_t print_refused(const struct module_functions *functions,
                            const struct rewrite_plan *plan)
{
    size_t refused = functions->unsure;

    for (size_t i = 0; i < functions->count; i++) {
        const char *reason = rewrite_plan_refusal(plan, i);
        if (reason)
            printf("refused %s: %s\n", functions->items[i].name, reason);
        refused += reason ? 1 : 0;
    }
    return refused;
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    struct module_functions functions;
    struct rewrite_image image;
    size_t n_insns = 0;

    if (argc != 3)
        return 2;
    module_functions_init(&functions, argv[1], true);
    double decoding = decoding_time(&functions, &n_insns);
    double start = now();
    struct rewrite_plan *plan =
        rewrite_plan_create(functions.inputs, functions.count, REWRITE_COUNTER_GS);
    rewrite_plan_emit(plan, 0ull - (256u << 20), 64, &image);
    double took = now() - start;

    size_t refused = print_refused(&functions, plan);
    size_t all = functions.count + functions.unsure;
    double share = all ? 100.0 * (double)refused / (double)all : 0;
    printf("%zu functions, %zu refused (%.2f %%); %zu instructions, %zu slots, %zu bytes\n", all,
           refused, share, n_insns, rewrite_plan_slots(plan), rewrite_plan_size(plan));
    printf("%zu counters save flags\n", saving(&image));
    printf("rewriting took %.1f ms, %.2f times what capstone takes to decode it\n", took * 1e3,
           took / decoding);
    TALLY(&tally, all > 0, "there are no functions");
    TALLY(&tally, share <= strtod(argv[2], NULL), "%.2f %% are refused", share);
    rewrite_image_deinit(&image);
    rewrite_plan_destroy(plan);
    module_functions_deinit(&functions);
    return tally_result(&tally);
}
