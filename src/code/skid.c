/*
 * What is needed of a function: where its instructions start, which of them let control go on to the
 * next, and which are targets of jumps, directly or through a table. Each function is decoded once, when
 * the first sample in it has to be moved. A table that cannot be read for sure adds no targets: most
 * stand behind a jump, so that samples stay there without it.
 */
#include "code/skid.h"

#include <stdlib.h>
#include <uthash.h>

#include "base/mem.h"
#include "code/encoding.h"
#include "code/jump_table.h"

// Larger "functions" are damaged symbols, or not worth their decoding.
#define FUNCTION_MAX (16u << 20)

enum byte_flags {
    BYTE_START = 1,  // An instruction starts here,
    BYTE_PLAIN = 2,  // and goes on to the next.
    BYTE_TARGET = 4, // A jump of the function goes here.
};

struct skid_function {
    uint64_t begin;
    uint64_t end;
    uint8_t *flags; // [end - begin]
    UT_hash_handle hh;
};

struct skid {
    struct object *obj;
    struct insn_decoder *decoder;
    struct skid_function *functions; // A uthash table by `begin`.
};

struct skid *skid_create(struct object *obj)
{
    struct skid *skid = mem_alloc(sizeof *skid);

    skid->obj = obj;
    skid->decoder = insn_decoder_create();
    return skid;
}

void skid_destroy(struct skid *skid)
{
    struct skid_function *function;
    struct skid_function *next;

    if (!skid)
        return;
    HASH_ITER(hh, skid->functions, function, next)
    {
        HASH_DEL(skid->functions, function);
        free(function->flags);
        free(function);
    }
    insn_decoder_destroy(skid->decoder);
    free(skid);
}

static bool is_plain(const struct insn *insn)
{
    return insn->kind == INSN_PLAIN || insn->kind == INSN_SYSCALL;
}

static void decode_function(struct skid *skid, struct skid_function *function, const uint8_t *code)
{
    size_t size = (size_t)(function->end - function->begin);

    for (size_t at = 0; at < size;) {
        struct insn insn;
        if (!insn_decode(skid->decoder, code + at, size - at, function->begin + at, &insn)) {
            at++; // Data between the code: what follows is soon in step again.
            continue;
        }
        function->flags[at] |= (uint8_t)(BYTE_START | (is_plain(&insn) ? BYTE_PLAIN : 0));
        if (insn.has_target && insn.kind != INSN_CALL && insn.target - function->begin < size)
            function->flags[insn.target - function->begin] |= BYTE_TARGET;
        at += insn.size;
    }
}

static bool read_object(void *obj, uint64_t addr, void *ret, size_t size)
{
    return object_read(obj, addr, ret, size);
}

static void mark_table_targets(struct skid *skid, struct skid_function *function,
                               const uint8_t *code)
{
    size_t size = (size_t)(function->end - function->begin);
    const struct flow_part part = {function->begin, code, size};
    const struct flow_source source = {.entry = function->begin, .parts = &part, .part_count = 1};
    const struct jump_table_memory memory = {read_object, skid->obj};
    struct jump_tables tables;
    struct flow_doubt doubt;

    if (!jump_tables_init(&tables, &source, &memory, &doubt))
        return;
    for (size_t i = 0; i < tables.target_count; i++)
        if (tables.targets[i] - function->begin < size)
            function->flags[tables.targets[i] - function->begin] |= BYTE_TARGET;
    jump_tables_deinit(&tables);
}

// The function that holds the address, decoded; NULL when none is known.
static const struct skid_function *function_at(struct skid *skid, uint64_t addr)
{
    struct skid_function *function;
    uint64_t begin;
    uint64_t end;
    size_t size;

    if (!object_extent_at(skid->obj, addr, &begin, &end))
        return NULL;
    HASH_FIND(hh, skid->functions, &begin, sizeof begin, function);
    if (function)
        return addr < function->end ? function : NULL;
    const uint8_t *code = object_code_at(skid->obj, begin, &size);
    if (!code || end - begin > FUNCTION_MAX)
        return NULL;
    if (size > end - begin)
        size = (size_t)(end - begin);
    function = mem_alloc(sizeof *function);
    function->begin = begin;
    function->end = begin + size;
    function->flags = mem_alloc(size);
    decode_function(skid, function, code);
    mark_table_targets(skid, function, code);
    HASH_ADD(hh, skid->functions, begin, sizeof function->begin, function);
    return addr < function->end ? function : NULL;
}

// Whether a plain instruction ends at `addr`, decoding from `start`.
static bool is_behind_plain(struct skid *skid, uint64_t start, uint64_t addr)
{
    struct insn insn = {0};

    while (start < addr) {
        size_t size;
        const uint8_t *code = object_code_at(skid->obj, start, &size);
        if (!code || !insn_decode(skid->decoder, code, size, start, &insn))
            return false;
        start += insn.size;
    }
    return start == addr && is_plain(&insn);
}

// The same from what is known of the function.
static bool follows_plain(const struct skid_function *function, uint64_t addr)
{
    size_t at = (size_t)(addr - function->begin);

    if (!(function->flags[at] & BYTE_START))
        return false;
    while (at-- > 0)
        if (function->flags[at] & BYTE_START)
            return function->flags[at] & BYTE_PLAIN;
    return false;
}

uint64_t skid_user_addr(struct skid *skid, uint64_t addr)
{
    struct object_row row;
    struct object_row before;
    bool has_row = object_row_at(skid->obj, addr, &row);

    // Within a row both instructions are of one line.
    if (!addr || (has_row && row.addr != addr))
        return addr;
    bool has_before = has_row && object_row_at(skid->obj, addr - 1, &before);
    if (has_before && !is_behind_plain(skid, before.addr, addr))
        return addr;
    const struct skid_function *function = function_at(skid, addr);
    if (!function || addr == function->begin)
        return addr;
    if (function->flags[addr - function->begin] & BYTE_TARGET)
        return addr;
    if (!has_before && !follows_plain(function, addr))
        return addr;
    return addr - 1;
}

static bool is_behind_syscall(struct skid *skid, uint64_t addr)
{
    size_t size;
    const uint8_t *code = addr < 2 ? NULL : object_code_at(skid->obj, addr - 2, &size);

    if (!code || size < 2)
        return false;
    bool is_syscall = code[0] == 0x0f && code[1] == 0x05;
    bool is_sysenter = code[0] == 0x0f && code[1] == 0x34;
    bool is_int80 = code[0] == 0xcd && code[1] == 0x80;
    return is_syscall || is_sysenter || is_int80;
}

// A page fault returns to the instruction that faulted; an interrupt, which can come anywhere, to the
// next one to run, as a sample in user mode does.
static bool may_fault(struct skid *skid, uint64_t addr)
{
    size_t size;
    struct encoding encoding;
    const uint8_t *code = object_code_at(skid->obj, addr, &size);

    return !code || !encoding_parse(code, size, &encoding) || encoding_touches_memory(&encoding);
}

uint64_t skid_kernel_addr(struct skid *skid, uint64_t addr)
{
    if (is_behind_syscall(skid, addr))
        return addr - 1;
    return may_fault(skid, addr) ? addr : skid_user_addr(skid, addr);
}
