#include "ingest/fold.h"

#include "profile/builder.h"

// 0 when the address is in no mapping.
static uint32_t mapped_location(const struct fold *fold, pid_t pid, uint64_t run_addr,
                                enum profile_address_kind kind)
{
    const struct space_mapping *mapping = space_find(fold->space, pid, run_addr);

    if (!mapping)
        return 0;
    return module_table_location(fold->modules, fold->profile, mapping, run_addr, kind);
}

static uint32_t kernel_location(const struct fold *fold, pid_t pid,
                                const struct event_sample *sample)
{
    uint32_t location = 0;

    if (sample->has_registers)
        location =
            mapped_location(fold, pid, sample->registers[EVENT_REG_IP], PROFILE_ADDRESS_KERNEL);
    if (location)
        return location;
    uint32_t kernel = builder_mapping(fold->profile, &(struct profile_mapping){.path = "[kernel]"});
    return builder_location(fold->profile, kernel, 0, PROFILE_ADDRESS_KERNEL);
}

static uint32_t user_location(const struct fold *fold, pid_t pid, uint64_t ip)
{
    uint32_t location = mapped_location(fold, pid, ip, PROFILE_ADDRESS_SKID);

    return location ? location : builder_location(fold->profile, 0, ip, PROFILE_ADDRESS_SKID);
}

uint32_t fold_sample(const struct fold *fold, pid_t pid, const struct event_sample *sample)
{
    uint32_t leaf = sample->in_kernel ? kernel_location(fold, pid, sample)
                                      : user_location(fold, pid, sample->ip);

    return builder_stack(fold->profile, &leaf, 1);
}
