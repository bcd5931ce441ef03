#include "rewrite/probe.h"

#include <string.h>

// Take the stack below what the function may use of it, and save rax and the flags.
static const uint8_t save[] = {
    0x48, 0x8d, 0x64, 0x24, 0x80, // lea -128(%rsp), %rsp
    0x50,                         // push %rax
    0x9f,                         // lahf
    0x0f, 0x90, 0xc0,             // seto %al
};

// The addition overflows when al is 1.
static const uint8_t restore[] = {
    0x04, 0x7f,                                     // add $127, %al
    0x9e,                                           // sahf
    0x58,                                           // pop %rax
    0x48, 0x8d, 0xa4, 0x24, 0x80, 0x00, 0x00, 0x00, // lea 128(%rsp), %rsp
};

static const uint8_t inc_rip[] = {0x48, 0xff, 0x05};            // incq disp32(%rip)
static const uint8_t inc_gs[] = {0x65, 0x48, 0xff, 0x04, 0x25}; // incq %gs:disp32

#define DISTANCE 4

static uint32_t inc_size(enum rewrite_counter_form form)
{
    return DISTANCE + (form == REWRITE_COUNTER_GS ? sizeof inc_gs : sizeof inc_rip);
}

uint32_t probe_size(enum rewrite_counter_form form, bool saves)
{
    return inc_size(form) + (saves ? (uint32_t)(sizeof save + sizeof restore) : 0);
}

static bool emit_inc(enum rewrite_counter_form form, uint64_t addr, uint64_t counter, uint8_t *ret)
{
    bool gs = form == REWRITE_COUNTER_GS;
    size_t opcode_size = gs ? sizeof inc_gs : sizeof inc_rip;
    int64_t distance = (int64_t)(gs ? counter : counter - (addr + inc_size(form)));
    int32_t written = (int32_t)distance;

    memcpy(ret, gs ? inc_gs : inc_rip, opcode_size);
    memcpy(ret + opcode_size, &written, DISTANCE);
    return written == distance;
}

bool probe_emit(enum rewrite_counter_form form, bool saves, uint64_t addr, uint64_t counter,
                uint8_t *ret)
{
    if (!saves)
        return emit_inc(form, addr, counter, ret);
    memcpy(ret, save, sizeof save);
    memcpy(ret + sizeof save + inc_size(form), restore, sizeof restore);
    return emit_inc(form, addr + sizeof save, counter, ret + sizeof save);
}

// What an `inc` counts in, if it is one.
static uint64_t counter_of(enum rewrite_counter_form form, uint64_t addr, const uint8_t *inc)
{
    int32_t distance;

    memcpy(&distance, inc + inc_size(form) - DISTANCE, DISTANCE);
    uint64_t counter = (uint64_t)(int64_t)distance;
    return form == REWRITE_COUNTER_GS ? counter : counter + addr + inc_size(form);
}

bool probe_parse(enum rewrite_counter_form form, uint64_t addr, const uint8_t *bytes, size_t size,
                 struct probe *ret)
{
    for (int saves = 0; saves < 2; saves++) {
        uint8_t expected[PROBE_MAX];
        uint32_t before = saves ? (uint32_t)sizeof save : 0;
        struct probe probe = {.size = probe_size(form, saves), .saves = saves};
        if (size < probe.size)
            continue;
        probe.counter = counter_of(form, addr + before, bytes + before);
        if (!probe_emit(form, saves, addr, probe.counter, expected) ||
            memcmp(bytes, expected, probe.size) != 0)
            continue;
        *ret = probe;
        return true;
    }
    return false;
}

void probe_steps(enum rewrite_counter_form form, struct probe_step ret[PROBE_STEPS])
{
    const uint8_t back = (uint8_t)(sizeof save + inc_size(form));

    ret[0] = (struct probe_step){0, 0};
    ret[1] = (struct probe_step){5, 128};
    ret[2] = (struct probe_step){6, 136};
    ret[3] = (struct probe_step){(uint8_t)(back + 4), 128};
}
