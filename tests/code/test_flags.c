#include "code/flags.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "support/test.h"

// Bits of the flags register.
#define CF 0x001u
#define PF 0x004u
#define AF 0x010u
#define ZF 0x040u
#define SF 0x080u
#define OF 0x800u

struct known {
    const char *text;
    uint8_t code[10];
    uint8_t size;
    uint8_t read;      ///< enum flag
    uint8_t written;   ///< enum flag
    uint8_t undefined; ///< Of the written: the processor may leave it as it was.
};

#define OTHERS (FLAG_SF | FLAG_ZF | FLAG_AF | FLAG_PF)

// On rax, rcx and rdx. Each runs in the test.
static const struct known known[] = {
    {"add %rcx, %rax", {0x48, 0x01, 0xc8}, 3, 0, FLAGS_ALL, 0},
    {"adc %rcx, %rax", {0x48, 0x11, 0xc8}, 3, 0, FLAGS_ALL, 0},
    {"sbb $7, %rax", {0x48, 0x83, 0xd8, 0x07}, 4, 0, FLAGS_ALL, 0},
    {"cmp %rcx, %rax", {0x48, 0x39, 0xc8}, 3, 0, FLAGS_ALL, 0},
    {"cmp $5, %al", {0x3c, 0x05}, 2, 0, FLAGS_ALL, 0},
    {"xor %ecx, %ecx", {0x31, 0xc9}, 2, 0, FLAGS_ALL, FLAG_AF},
    {"test %eax, %eax", {0x85, 0xc0}, 2, 0, FLAGS_ALL, FLAG_AF},
    {"test $1, %cl", {0xf6, 0xc1, 0x01}, 3, 0, FLAGS_ALL, FLAG_AF},
    {"neg %rax", {0x48, 0xf7, 0xd8}, 3, 0, FLAGS_ALL, 0},
    {"not %rax", {0x48, 0xf7, 0xd0}, 3, 0, 0, 0},
    {"mul %rcx", {0x48, 0xf7, 0xe1}, 3, 0, FLAGS_ALL, OTHERS},
    {"imul %rcx, %rax", {0x48, 0x0f, 0xaf, 0xc1}, 4, 0, FLAGS_ALL, OTHERS},
    {"imul $3, %rcx, %rax", {0x48, 0x6b, 0xc1, 0x03}, 4, 0, FLAGS_ALL, OTHERS},
    {"inc %rax", {0x48, 0xff, 0xc0}, 3, 0, FLAGS_ALL, 0},
    {"dec %cl", {0xfe, 0xc9}, 2, 0, FLAGS_ALL, 0},
    {"shl $3, %rax", {0x48, 0xc1, 0xe0, 0x03}, 4, 0, FLAGS_ALL, FLAG_AF | FLAG_OF},
    {"shr %rax", {0x48, 0xd1, 0xe8}, 3, 0, FLAGS_ALL, FLAG_AF},
    {"shl $0, %rax", {0x48, 0xc1, 0xe0, 0x00}, 4, 0, 0, 0},
    {"shl $32, %eax", {0xc1, 0xe0, 0x20}, 3, 0, 0, 0},
    {"shl $32, %rax", {0x48, 0xc1, 0xe0, 0x20}, 4, 0, FLAGS_ALL, FLAG_AF | FLAG_OF},
    {"shl %cl, %rax", {0x48, 0xd3, 0xe0}, 3, 0, 0, 0},
    {"rol $3, %rax", {0x48, 0xc1, 0xc0, 0x03}, 4, 0, 0, 0},
    {"rcl $3, %rax", {0x48, 0xc1, 0xd0, 0x03}, 4, 0, 0, 0},
    {"bt $3, %eax", {0x0f, 0xba, 0xe0, 0x03}, 4, 0, 0, 0},
    {"bswap %rax", {0x48, 0x0f, 0xc8}, 3, 0, 0, 0},
    {"xadd %ecx, %eax", {0x0f, 0xc1, 0xc8}, 3, 0, FLAGS_ALL, 0},
    {"cmpxchg %ecx, %edx", {0x0f, 0xb1, 0xca}, 3, 0, FLAGS_ALL, 0},
    {"cmc", {0xf5}, 1, 0, 0, 0},
    {"mov %rcx, %rax", {0x48, 0x89, 0xc8}, 3, 0, 0, 0},
    {"lea 1(%rax,%rcx), %rax", {0x48, 0x8d, 0x44, 0x08, 0x01}, 5, 0, 0, 0},
    {"seto %al", {0x0f, 0x90, 0xc0}, 3, FLAG_OF, 0, 0},
    {"setb %al", {0x0f, 0x92, 0xc0}, 3, 0, 0, 0},
    {"setne %al", {0x0f, 0x95, 0xc0}, 3, FLAG_ZF, 0, 0},
    {"seta %al", {0x0f, 0x97, 0xc0}, 3, FLAG_ZF, 0, 0},
    {"sets %al", {0x0f, 0x98, 0xc0}, 3, FLAG_SF, 0, 0},
    {"setp %al", {0x0f, 0x9a, 0xc0}, 3, FLAG_PF, 0, 0},
    {"setl %al", {0x0f, 0x9c, 0xc0}, 3, FLAG_SF | FLAG_OF, 0, 0},
    {"setle %al", {0x0f, 0x9e, 0xc0}, 3, FLAG_SF | FLAG_OF | FLAG_ZF, 0, 0},
    {"cmovg %rcx, %rax", {0x48, 0x0f, 0x4f, 0xc1}, 4, FLAG_SF | FLAG_OF | FLAG_ZF, 0, 0},
    {"cmovae %rcx, %rax", {0x48, 0x0f, 0x43, 0xc1}, 4, 0, 0, 0},
    {"jbe .+2", {0x76, 0x00}, 2, FLAG_ZF, 0, 0},
    {"lahf", {0x9f}, 1, FLAGS_ALL, 0, 0},
    {"ucomisd %xmm1, %xmm0", {0x66, 0x0f, 0x2e, 0xc1}, 4, 0, FLAGS_ALL, 0},
    {"ptest %xmm1, %xmm0", {0x66, 0x0f, 0x38, 0x17, 0xc1}, 5, 0, FLAGS_ALL, 0},
    {"fucomi", {0xd9, 0xee, 0xdb, 0xe8, 0xdd, 0xd8}, 6, 0, 0, 0},
    {"addsd %xmm1, %xmm0", {0xf2, 0x0f, 0x58, 0xc1}, 4, 0, 0, 0},
};

static struct flags_effect effect_of(const struct known *k)
{
    struct encoding encoding;

    cr_assert(encoding_parse(k->code, k->size, &encoding), "%s", k->text);
    return flags_effect_of(&encoding);
}

LP_TEST(flags, what_instructions_do)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct flags_effect effect = effect_of(&known[i]);
        cr_expect_eq(effect.read, known[i].read, "%s reads %#x", known[i].text, effect.read);
        cr_expect_eq(effect.written, known[i].written, "%s writes %#x", known[i].text,
                     effect.written);
    }
}

struct outcome {
    uint64_t rax, rcx, rdx;
    unsigned flags; ///< enum flag
};

static const unsigned bits[5] = {OF, SF, ZF, AF, PF};

static unsigned from_register(uint64_t value)
{
    unsigned flags = 0;

    for (unsigned i = 0; i < 5; i++)
        flags |= value & bits[i] ? 1u << i : 0;
    return flags;
}

static uint64_t to_register(unsigned flags)
{
    uint64_t value = 0x202;

    for (unsigned i = 0; i < 5; i++)
        value |= flags & 1u << i ? bits[i] : 0;
    return value;
}

// Run an instruction with these flags.
static struct outcome run(uint8_t *page, const struct known *k, unsigned flags)
{
    static const uint8_t before[] = {
        0xb8, 0x34, 0x92, 0x00, 0x00, // mov $0x9234, %eax
        0xb9, 0x05, 0x00, 0x00, 0x00, // mov $5, %ecx
        0xba, 0x09, 0x00, 0x00, 0x00, // mov $9, %edx
        0x57, 0x9d,                   // push %rdi; popf
    };
    static const uint8_t after[] = {
        0x9c,                   // pushf
        0x48, 0x89, 0x06,       // mov %rax, (%rsi)
        0x48, 0x89, 0x4e, 0x08, // mov %rcx, 8(%rsi)
        0x48, 0x89, 0x56, 0x10, // mov %rdx, 16(%rsi)
        0x58, 0xc3,             // pop %rax; ret
    };
    uint64_t (*function)(uint64_t, uint64_t *);
    uint64_t registers[3];

    memcpy(page, before, sizeof before);
    memcpy(page + sizeof before, k->code, k->size);
    memcpy(page + sizeof before + k->size, after, sizeof after);
    memcpy(&function, &page, sizeof function);
    uint64_t value = function(to_register(flags), registers);
    return (struct outcome){registers[0], registers[1], registers[2], from_register(value)};
}

// A flag that is not read changes nothing but itself; one that is written does not depend on what it was.
static void check_flag(uint8_t *page, const struct known *k, unsigned flags, unsigned flag)
{
    struct outcome a = run(page, k, flags);
    struct outcome b = run(page, k, flags ^ flag);
    unsigned sure = k->written & ~(unsigned)k->undefined;

    if (!(k->read & flag)) {
        cr_expect(a.rax == b.rax && a.rcx == b.rcx && a.rdx == b.rdx, "%s reads %#x", k->text,
                  flag);
        cr_expect_eq((a.flags ^ b.flags) & ~flag, 0, "%s reads %#x", k->text, flag);
    }
    cr_expect_eq((a.flags ^ b.flags) & sure & flag, 0, "%s does not write %#x", k->text, flag);
}

LP_TEST(flags, the_processor_agrees)
{
    uint8_t *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    cr_assert_neq(page, MAP_FAILED);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        for (unsigned flags = 0; flags < 32; flags++)
            for (unsigned flag = 1; flag < 32; flag <<= 1)
                check_flag(page, &known[i], flags, flag);
    munmap(page, 4096);
}

// Whether flags are live before an instruction of a function.
static bool live_at(const uint8_t *code, size_t size, uint64_t addr)
{
    struct flow_part part = {0x1000, code, size};
    struct flow_source source = {.entry = 0x1000, .parts = &part, .part_count = 1};
    struct insn_decoder *decoder = insn_decoder_create();
    struct flow_doubt doubt;
    struct flow flow;

    cr_assert(flow_init(&flow, &source, decoder, &doubt), "%s", doubt.reason);
    bool *live = flags_live(&flow, &source);
    bool found = live[flow_insn_at(&flow, addr)];
    free(live);
    flow_deinit(&flow);
    insn_decoder_destroy(decoder);
    return found;
}

LP_TEST(flags, live_from_the_comparison_to_the_last_branch_of_it)
{
    static const uint8_t code[] = {
        0x89, 0xf8,       // 1000 mov %edi, %eax
        0x39, 0xf7,       // 1002 cmp %esi, %edi
        0x89, 0xd0,       // 1004 mov %edx, %eax
        0x7c, 0x05,       // 1006 jl 100d
        0x74, 0x03,       // 1008 je 100d
        0x01, 0xf0,       // 100a add %esi, %eax
        0xc3,             // 100c ret
        0x89, 0xc8, 0xc3, // 100d mov %ecx, %eax; ret
    };

    cr_expect(!live_at(code, sizeof code, 0x1000));
    cr_expect(!live_at(code, sizeof code, 0x1002));
    cr_expect(live_at(code, sizeof code, 0x1004));
    cr_expect(live_at(code, sizeof code, 0x1006));
    cr_expect(live_at(code, sizeof code, 0x1008));
    cr_expect(!live_at(code, sizeof code, 0x100a));
    cr_expect(!live_at(code, sizeof code, 0x100d));
}

LP_TEST(flags, around_a_loop)
{
    static const uint8_t code[] = {
        0xff, 0xc8, // 1000 dec %eax
        0x89, 0xc1, // 1002 mov %eax, %ecx
        0x8d, 0x09, // 1004 lea (%rcx), %ecx
        0x75, 0xfa, // 1006 jne 1002
        0xc3,       // 1008 ret
    };

    // What `dec` wrote is read in each round.
    cr_expect(live_at(code, sizeof code, 0x1002));
    cr_expect(!live_at(code, sizeof code, 0x1000));
    cr_expect(!live_at(code, sizeof code, 0x1008));
}

LP_TEST(flags, dead_at_calls_and_live_at_jumps_out)
{
    static const uint8_t code[] = {
        0x89, 0xf8,                // 1000 mov %edi, %eax
        0xe8, 0,    0,    1,    0, // 1002 call away
        0x89, 0xf8,                // 1007 mov %edi, %eax
        0x75, 0x07,                // 1009 jne 1012
        0x89, 0xf8,                // 100b mov %edi, %eax
        0xe9, 0,    0,    1,    0, // 100d jmp away
        0x89, 0xf8, 0xff, 0xe0,    // 1012 mov %edi, %eax; jmp *%rax
    };
    struct flow_jump jump = {0x1014, FLOW_JUMP_LEAVES};
    struct flow_part part = {0x1000, code, sizeof code};
    struct flow_source source = {
        .entry = 0x1000, .parts = &part, .part_count = 1, .jumps = &jump, .jump_count = 1};
    struct insn_decoder *decoder = insn_decoder_create();
    struct flow_doubt doubt;
    struct flow flow;

    cr_assert(flow_init(&flow, &source, decoder, &doubt), "%s", doubt.reason);
    bool *live = flags_live(&flow, &source);
    cr_expect(!live[flow_insn_at(&flow, 0x1000)]);
    cr_expect(live[flow_insn_at(&flow, 0x1007)]);
    cr_expect(live[flow_insn_at(&flow, 0x100b)]);
    cr_expect(!live[flow_insn_at(&flow, 0x1012)]);
    free(live);
    flow_deinit(&flow);
    insn_decoder_destroy(decoder);
}
