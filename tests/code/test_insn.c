#include "code/insn.h"

#include <string.h>

#include "object/object.h"
#include "support/test.h"

struct known {
    const char *text;
    const uint8_t code[16];
    uint8_t size;
    enum insn_kind kind;
    bool has_target;
    uint64_t target; // Decoded at 0x1000.
};

static const struct known known[] = {
    {"nop", {0x90}, 1, INSN_PLAIN, false, 0},
    {"mov rax, [rdi]", {0x48, 0x8b, 0x07}, 3, INSN_PLAIN, false, 0},
    {"endbr64", {0xf3, 0x0f, 0x1e, 0xfa}, 4, INSN_PLAIN, false, 0},
    {"rep movsb", {0xf3, 0xa4}, 2, INSN_PLAIN, false, 0},
    {"cmove eax, ecx", {0x0f, 0x44, 0xc1}, 3, INSN_PLAIN, false, 0},
    {"sete al", {0x0f, 0x94, 0xc0}, 3, INSN_PLAIN, false, 0},
    {"div rcx", {0x48, 0xf7, 0xf1}, 3, INSN_PLAIN, false, 0},
    {"syscall", {0x0f, 0x05}, 2, INSN_SYSCALL, false, 0},
    {"int 0x80", {0xcd, 0x80}, 2, INSN_SYSCALL, false, 0},
    {"jmp short +2", {0xeb, 0x02}, 2, INSN_JUMP, true, 0x1004},
    {"jmp near -5", {0xe9, 0xfb, 0xff, 0xff, 0xff}, 5, INSN_JUMP, true, 0x1000},
    {"jmp rax", {0xff, 0xe0}, 2, INSN_JUMP, false, 0},
    {"notrack jmp rax", {0x3e, 0xff, 0xe0}, 3, INSN_JUMP, false, 0},
    {"je short -2", {0x74, 0xfe}, 2, INSN_BRANCH, true, 0x1000},
    {"jne near", {0x0f, 0x85, 0x00, 0x01, 0x00, 0x00}, 6, INSN_BRANCH, true, 0x1106},
    {"jne with a hint", {0x2e, 0x75, 0x10}, 3, INSN_BRANCH, true, 0x1013},
    {"bnd jmp", {0xf2, 0xeb, 0x02}, 3, INSN_JUMP, true, 0x1005},
    {"jrcxz", {0xe3, 0x05}, 2, INSN_BRANCH, true, 0x1007},
    {"loop", {0xe2, 0xfe}, 2, INSN_BRANCH, true, 0x1000},
    {"call near", {0xe8, 0x00, 0x00, 0x00, 0x00}, 5, INSN_CALL, true, 0x1005},
    {"call [rax]", {0xff, 0x10}, 2, INSN_CALL, false, 0},
    {"call [rip]", {0xff, 0x15, 0x10, 0x00, 0x00, 0x00}, 6, INSN_CALL, false, 0},
    {"ret", {0xc3}, 1, INSN_RETURN, false, 0},
    {"repz ret", {0xf3, 0xc3}, 2, INSN_RETURN, false, 0},
    {"ret 8", {0xc2, 0x08, 0x00}, 3, INSN_RETURN, false, 0},
    {"ud2", {0x0f, 0x0b}, 2, INSN_STOP, false, 0},
    {"hlt", {0xf4}, 1, INSN_STOP, false, 0},
    {"int3", {0xcc}, 1, INSN_STOP, false, 0},
    {"vzeroupper", {0xc5, 0xf8, 0x77}, 3, INSN_PLAIN, false, 0},
    // Of AVX-512, which older disassemblers do not know throughout.
    {"kmovd eax, k0", {0xc5, 0xfb, 0x93, 0xc0}, 4, INSN_PLAIN, false, 0},
    {"kortestd k0, k1", {0xc4, 0xe1, 0xf9, 0x98, 0xc1}, 5, INSN_PLAIN, false, 0},
    {"vpcmpnequb k0", {0x62, 0xb3, 0x75, 0x20, 0x3e, 0xc0, 0x04}, 7, INSN_PLAIN, false, 0},
    {"vpternlogd", {0x62, 0xe3, 0x75, 0x48, 0x25, 0x46, 0x01, 0xde}, 8, INSN_PLAIN, false, 0},
};

LP_TEST(insn, kinds_sizes_and_targets)
{
    struct insn_decoder *decoder = insn_decoder_create();

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct insn insn = {0};
        cr_assert(insn_decode(decoder, known[i].code, sizeof known[i].code, 0x1000, &insn), "%s",
                  known[i].text);
        cr_expect_eq(insn.addr, 0x1000);
        cr_expect_eq(insn.size, known[i].size, "%s has %u bytes", known[i].text,
                     (unsigned)insn.size);
        cr_expect_eq(insn.kind, known[i].kind, "%s is of kind %d", known[i].text, (int)insn.kind);
        cr_expect_eq(insn.has_target, known[i].has_target, "%s", known[i].text);
        if (known[i].has_target)
            cr_expect_eq(insn.target, known[i].target, "%s goes to %#lx", known[i].text,
                         (unsigned long)insn.target);
    }
    insn_decoder_destroy(decoder);
}

LP_TEST(insn, no_instruction_is_longer_than_the_bytes)
{
    struct insn_decoder *decoder = insn_decoder_create();
    struct insn insn;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        for (size_t size = 0; size < known[i].size; size++) {
            // Cut short it may be another, shorter instruction.
            bool ok = insn_decode(decoder, known[i].code, size, 0x1000, &insn);
            cr_expect(!ok || insn.size <= size, "%s cut to %zu bytes", known[i].text, size);
        }
    insn_decoder_destroy(decoder);
}

// Decode a function in both ways. Returns how many instructions both knew.
static size_t compare_function(struct insn_decoder *decoder, const uint8_t *code, size_t size,
                               uint64_t addr)
{
    size_t both = 0;

    for (size_t at = 0; at < size;) {
        struct insn fast;
        struct insn slow;
        if (!insn_decode(decoder, code + at, size - at, addr + at, &fast))
            break;
        if (insn_decode_slowly(decoder, code + at, size - at, addr + at, &slow)) {
            both++;
            cr_assert(fast.size == slow.size && fast.kind == slow.kind &&
                          fast.has_target == slow.has_target && fast.target == slow.target,
                      "at %#lx: size %u and %u, kind %d and %d, target %#lx and %#lx",
                      (unsigned long)(addr + at), (unsigned)fast.size, (unsigned)slow.size,
                      (int)fast.kind, (int)slow.kind, (unsigned long)fast.target,
                      (unsigned long)slow.target);
        }
        at += fast.size;
    }
    return both;
}

LP_TEST(insn, capstone_agrees_on_all_of_a_static_program)
{
    struct insn_decoder *decoder = insn_decoder_create();
    struct object *obj = NULL;
    struct lprof_error *err = object_open(FIXTURE_DIR "/hello.static", NULL, &obj);
    size_t n_segments;
    size_t n_insns = 0;

    cr_assert_null(err, "%s", err ? err->message : "");
    const struct object_segment *segments = object_segments(obj, &n_segments);
    for (size_t i = 0; i < n_segments; i++) {
        uint64_t end = segments[i].addr + segments[i].size;
        for (uint64_t addr = segments[i].addr; addr < end;) {
            struct object_symbol symbol = {0};
            size_t size;
            bool found = object_symbol_at(obj, addr, &symbol) && symbol.addr == addr && symbol.size;
            const uint8_t *code = found ? object_code_at(obj, addr, &size) : NULL;
            if (code)
                n_insns +=
                    compare_function(decoder, code, symbol.size < size ? symbol.size : size, addr);
            addr += code ? symbol.size : 1;
        }
    }
    cr_expect_gt(n_insns, 100000, "only %zu instructions", n_insns);
    object_destroy(obj);
    insn_decoder_destroy(decoder);
}
