// For each function of the table, and then for the next one:
//
//        cmp  %target, %gs:address
//        je   hit
//        cmpq $0, %gs:address
//        jne  next
//        mov  %target, %gs:address
//   hit: incq %gs:count
//        jmp  done
//   next:
//
// and behind the last one, before `done`: incq %gs:others
#include "rewrite/callee_table.h"

#include <string.h>

#include "code/encoding.h"

enum {
    ENTRY = 46,      // bytes of the code above
    HIT = 32,        // of `hit` in it
    INC = 9,         // bytes of incq
    REX = 0x40,      // a prefix whose lower four bits are W, R, X and B
    REX_WIDE = 0x48, // with W
    RAX = 0,
    RSP = 4,
};

// A call, as far as it tells its target.
struct pointer {
    bool in_memory;
    uint8_t target;   // The register that it is in, or is read into.
    uint8_t load[16]; // The instruction that reads it.
    uint8_t load_size;
    uint8_t disp_at; // Of a displacement from the instruction in `load`; 0 = none.
    uint64_t named;  // What that leads to, from the start of the call.
};

// mov, with the operand of the call.
static bool make_load(const uint8_t *call, const struct encoding *e, struct pointer *ret)
{
    uint8_t at = 0;
    uint8_t rex = 0;

    if ((call[at] & 0xf0) == REX)
        rex = call[at++];
    // Other prefixes, and a place that moves with the stack pointer, are too rare to care.
    if (call[at] != 0xff || e->base == RSP)
        return false;
    ret->load[0] = REX_WIDE | (rex & 3);
    ret->load[1] = 0x8b;
    ret->load[2] = call[at + 1] & 0xc7;
    memcpy(ret->load + 3, call + at + 2, e->size - at - 2u);
    ret->load_size = (uint8_t)(e->size - at + 1);
    ret->target = RAX;
    if (e->base == ENCODING_RIP) {
        ret->disp_at = 3;
        ret->named = e->size + (uint64_t)(int64_t)e->disp;
    }
    return true;
}

static bool parse(const uint8_t *call, size_t size, struct pointer *ret)
{
    struct encoding e;

    *ret = (struct pointer){0};
    if (!encoding_parse(call, size, &e) || e.size != size || e.map != ENCODING_MAP_ONE ||
        e.opcode != 0xff || (e.reg & 7) != 2 || e.prefix)
        return false;
    ret->in_memory = e.has_memory;
    ret->target = e.rm;
    return e.has_memory ? make_load(call, &e, ret) : e.rm != RSP;
}

static uint32_t size_of(const struct pointer *pointer)
{
    uint32_t around = pointer->in_memory ? 2u + pointer->load_size : 0;

    return REWRITE_CALLEES * ENTRY + INC + around;
}

uint32_t callee_table_size(const uint8_t *call, size_t call_size)
{
    struct pointer pointer;

    return parse(call, call_size, &pointer) ? size_of(&pointer) : 0;
}

void callee_table_pushed(const uint8_t *call, size_t call_size, uint32_t *from, uint32_t *to)
{
    struct pointer pointer;
    bool pushes = parse(call, call_size, &pointer) && pointer.in_memory;

    *from = pushes ? 1 : 0;
    *to = pushes ? size_of(&pointer) : 0;
}

// What has been written.
struct code {
    uint8_t *bytes;
    size_t size;
};

static void put(struct code *code, const uint8_t *bytes, size_t size)
{
    memcpy(code->bytes + code->size, bytes, size);
    code->size += size;
}

static void put_number(struct code *code, uint32_t number)
{
    put(code, (const uint8_t *)&number, sizeof number);
}

// An instruction on the target's register and a counter.
static void put_on_target(struct code *code, uint8_t opcode, uint8_t target, uint32_t counter)
{
    const uint8_t bytes[] = {0x65, (uint8_t)(REX_WIDE | (target >> 3 & 1) << 2), opcode,
                             (uint8_t)(0x04 | (target & 7) << 3), 0x25};

    put(code, bytes, sizeof bytes);
    put_number(code, counter);
}

static void put_inc(struct code *code, uint32_t counter)
{
    static const uint8_t inc[] = {0x65, REX_WIDE, 0xff, 0x04, 0x25};

    put(code, inc, sizeof inc);
    put_number(code, counter);
}

static void put_entry(struct code *code, uint8_t target, uint32_t counter, uint32_t done)
{
    static const uint8_t je_hit[] = {0x74, HIT - 11};
    static const uint8_t cmp_0[] = {0x65, REX_WIDE, 0x83, 0x3c, 0x25};
    static const uint8_t jne_next[] = {0, 0x75, ENTRY - 23};
    static const uint8_t jmp = 0xe9;

    put_on_target(code, 0x39, target, counter);
    put(code, je_hit, sizeof je_hit);
    put(code, cmp_0, sizeof cmp_0);
    put_number(code, counter);
    put(code, jne_next, sizeof jne_next); // The zero is compared with.
    put_on_target(code, 0x89, target, counter);
    put_inc(code, counter + 8);
    put(code, &jmp, 1);
    put_number(code, done);
}

// Put the address onto the stack that rax has, and the pointer into rax.
static bool put_load(struct code *code, const struct callee_table *table,
                     const struct pointer *pointer)
{
    static const uint8_t push = 0x50;
    uint8_t *load = code->bytes + code->size + 1;

    put(code, &push, 1);
    put(code, pointer->load, pointer->load_size);
    if (!pointer->disp_at)
        return true;
    int64_t distance =
        (int64_t)(table->call_addr + pointer->named - (table->addr + 1 + pointer->load_size));
    int32_t written = (int32_t)distance;
    memcpy(load + pointer->disp_at, &written, sizeof written);
    return written == distance;
}

bool callee_table_emit(const struct callee_table *table, uint8_t *ret)
{
    static const uint8_t pop = 0x58;
    const uint32_t first = (uint32_t)table->slots;
    struct code code = {.bytes = ret};
    struct pointer pointer;

    if (!parse(table->call, table->call_size, &pointer) ||
        table->slots + 8ull * CALLEE_TABLE_SLOTS > INT32_MAX ||
        (pointer.in_memory && !put_load(&code, table, &pointer)))
        return false;
    for (uint32_t i = 0; i < REWRITE_CALLEES; i++)
        put_entry(&code, pointer.target, first + 16 * i, (REWRITE_CALLEES - 1 - i) * ENTRY + INC);
    put_inc(&code, first + 16 * REWRITE_CALLEES);
    if (pointer.in_memory)
        put(&code, &pop, 1);
    return true;
}
