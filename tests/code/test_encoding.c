#include "code/encoding.h"

#include "support/test.h"

static struct encoding parse(const uint8_t *bytes, size_t size)
{
    struct encoding encoding;
    cr_assert(encoding_parse(bytes, size, &encoding));
    cr_assert_eq(encoding.size, size);
    for (size_t cut = 0; cut < size; cut++)
        cr_assert(!encoding_parse(bytes, cut, &(struct encoding){0}), "cut to %zu bytes", cut);
    return encoding;
}

#define PARSE(...) parse((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

LP_TEST(encoding, an_address_behind_the_instruction)
{
    struct encoding e = PARSE(0x48, 0x8d, 0x15, 0x10, 0x00, 0x00, 0x00); // lea 0x10(%rip),%rdx
    cr_assert(e.has_memory && e.wide);
    cr_assert_eq(e.base, ENCODING_RIP);
    cr_assert_eq(e.disp, 0x10);
    cr_assert_eq(e.disp_at, 3);
    cr_assert_eq(e.reg, 2);
}

LP_TEST(encoding, a_displacement_before_an_immediate_under_an_operand_prefix)
{
    // cmpw $0x1234,-8(%rip): capstone 4 gives this displacement 2 bytes
    struct encoding e = PARSE(0x66, 0x81, 0x3d, 0xf8, 0xff, 0xff, 0xff, 0x34, 0x12);
    cr_assert_eq(e.disp_at, 3);
    cr_assert_eq(e.disp_size, 4);
    cr_assert_eq(e.disp, -8);
    cr_assert_eq(e.immediate, 0x1234);
}

LP_TEST(encoding, base_index_and_scale)
{
    struct encoding e = PARSE(0x4a, 0x63, 0x04, 0xa2); // movslq (%rdx,%r12,4),%rax
    cr_assert_eq(e.base, 2);
    cr_assert_eq(e.index, 12);
    cr_assert_eq(e.scale, 4);
    e = PARSE(0xff, 0x24, 0xc5, 0x10, 0x20, 0x40, 0x00); // jmp *0x402010(,%rax,8)
    cr_assert_eq(e.base, ENCODING_NO_REGISTER);
    cr_assert_eq(e.index, 0);
    cr_assert_eq(e.disp, 0x402010);
    e = PARSE(0x8b, 0x44, 0x24, 0x0c); // mov 0xc(%rsp),%eax
    cr_assert_eq(e.base, 4);
    cr_assert_eq(e.index, ENCODING_NO_REGISTER);
}

LP_TEST(encoding, immediates_of_every_size)
{
    cr_assert_eq(PARSE(0xb8, 1, 0, 0, 0).immediate, 1);
    cr_assert_eq(PARSE(0x48, 0xb8, 1, 0, 0, 0, 0, 0, 0, 0x80).immediate, INT64_MIN + 1);
    cr_assert_eq(PARSE(0x83, 0xf8, 0xff).immediate, -1);
    cr_assert_eq(PARSE(0xf6, 0xc3, 0x08).immediate, 8); // test $8,%bl
    cr_assert_eq(PARSE(0xf6, 0xdb).immediate_size, 0);  // neg %bl
    cr_assert_eq(PARSE(0xc8, 0x10, 0x00, 0x01).immediate_size, 3);
}

LP_TEST(encoding, a_tls_call_with_prefixes_that_do_nothing)
{
    cr_assert_eq(PARSE(0x66, 0x66, 0x48, 0xe8, 1, 2, 3, 4).immediate, 0x04030201);
}

LP_TEST(encoding, what_processors_disagree_on_or_64_bit_mode_lacks_is_not_known)
{
    struct encoding e;
    const uint8_t short_jump[] = {0x66, 0xe9, 1, 2, 3, 4}, push_es[] = {0x06, 0x90, 0x90};
    const uint8_t xop[] = {0x8f, 0x48, 0x78, 0xc3, 0xc8, 0x38};
    cr_assert(!encoding_parse(short_jump, sizeof short_jump, &e));
    cr_assert(!encoding_parse(push_es, sizeof push_es, &e));
    cr_assert(!encoding_parse(xop, sizeof xop, &e));
}

LP_TEST(encoding, vector_prefixes)
{
    struct encoding e = PARSE(0xc5, 0xf8, 0x77); // vzeroupper
    cr_assert(e.vector && !e.has_modrm);
    e = PARSE(0xc4, 0xe3, 0x7d, 0x39, 0xc1, 0x01); // vextracti128 $1,%ymm0,%xmm1
    cr_assert_eq(e.map, ENCODING_MAP_0F3A);
    cr_assert_eq(e.immediate, 1);
    e = PARSE(0x62, 0xf1, 0xfd, 0x48, 0x6f, 0x47, 0x01); // vmovdqa64 0x40(%rdi),%zmm0
    cr_assert(e.vector && e.wide);
    cr_assert_eq(e.disp_size, 1);
}

LP_TEST(encoding, nops)
{
    struct encoding e = PARSE(0x90);
    cr_assert(encoding_is_nop(&e));
    e = PARSE(0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0, 0, 0, 0);
    cr_assert(encoding_is_nop(&e));
    e = PARSE(0x66, 0x90);
    cr_assert(encoding_is_nop(&e));
    e = PARSE(0xf3, 0x90); // pause
    cr_assert(!encoding_is_nop(&e));
    e = PARSE(0x41, 0x90); // xchg %eax,%r8d
    cr_assert(!encoding_is_nop(&e));
    e = PARSE(0xf3, 0x0f, 0x1e, 0xfa); // endbr64
    cr_assert(!encoding_is_nop(&e));
}

LP_TEST(encoding, arithmetic_on_several_numbers)
{
    struct encoding e = PARSE(0x66, 0x0f, 0xfe, 0xc1); // paddd %xmm1,%xmm0
    cr_assert(encoding_is_packed_arithmetic(&e));
    e = PARSE(0xc4, 0xe2, 0x75, 0xb8, 0xc2); // vfmadd231ps
    cr_assert(encoding_is_packed_arithmetic(&e));
    e = PARSE(0xc4, 0xe2, 0x71, 0xb9, 0xc2); // vfmadd231ss
    cr_assert(!encoding_is_packed_arithmetic(&e));
    e = PARSE(0xf3, 0x0f, 0x58, 0xc1); // addss
    cr_assert(!encoding_is_packed_arithmetic(&e));
    e = PARSE(0x66, 0x0f, 0xef, 0xc0); // pxor %xmm0,%xmm0: how scalar code makes a zero
    cr_assert(!encoding_is_packed_arithmetic(&e));
    e = PARSE(0x0f, 0x11, 0x07); // movups %xmm0,(%rdi): how structs are copied
    cr_assert(!encoding_is_packed_arithmetic(&e));
}

LP_TEST(encoding, moves_on_a_condition)
{
    struct encoding e = PARSE(0x0f, 0x4f, 0xc2); // cmovg %edx,%eax
    cr_assert(encoding_is_conditional_move(&e));
    e = PARSE(0xc5, 0xf9, 0x47, 0xc2); // kxorb: the same opcode behind a vector prefix
    cr_assert(!encoding_is_conditional_move(&e));
}

LP_TEST(encoding, what_touches_memory)
{
    const struct encoding touching[] = {
        PARSE(0x48, 0x8b, 0x3f),       // mov (%rdi),%rdi
        PARSE(0x53),                   // push %rbx
        PARSE(0xc3),                   // ret
        PARSE(0xf3, 0xab),             // rep stos
        PARSE(0xff, 0xd0),             // call *%rax
        PARSE(0xc5, 0xfa, 0x6f, 0x06), // vmovdqu (%rsi),%xmm0
    };
    const struct encoding computing[] = {
        PARSE(0x48, 0x01, 0xf8),             // add %rdi,%rax
        PARSE(0x48, 0x8d, 0x04, 0x80),       // lea (%rax,%rax,4),%rax
        PARSE(0x0f, 0x1f, 0x44, 0x00, 0x00), // nopl 0x0(%rax,%rax,1)
        PARSE(0xff, 0xc0),                   // inc %eax
        PARSE(0xa8, 0x01),                   // test $1,%al
        PARSE(0x0f, 0xaf, 0xc1),             // imul %ecx,%eax
    };

    for (size_t i = 0; i < sizeof touching / sizeof touching[0]; i++)
        cr_expect(encoding_touches_memory(&touching[i]), "number %zu touches memory", i);
    for (size_t i = 0; i < sizeof computing / sizeof computing[0]; i++)
        cr_expect(!encoding_touches_memory(&computing[i]), "number %zu computes only", i);
}
