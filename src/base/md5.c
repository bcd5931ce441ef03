#include "base/md5.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK = 64, ROUNDS = 64 };

struct state {
    uint32_t a;
    uint32_t b;
    uint32_t c;
    uint32_t d;
};

// The whole part of 2^32 * |sin(i + 1)|.
static const uint32_t sines[ROUNDS] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static const uint8_t turns[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t turn_left(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

// What a round mixes in: a function of three of the four words, and one word of the block.
static uint32_t mixed(const struct state *s, unsigned round, const uint32_t words[BLOCK / 4])
{
    switch (round / 16) {
    case 0:
        return ((s->b & s->c) | (~s->b & s->d)) + words[round];
    case 1:
        return ((s->d & s->b) | (~s->d & s->c)) + words[(5 * round + 1) % 16];
    case 2:
        return (s->b ^ s->c ^ s->d) + words[(3 * round + 5) % 16];
    default:
        return (s->c ^ (s->b | ~s->d)) + words[7 * round % 16];
    }
}

static void add_block(struct state *state, const uint8_t *block)
{
    uint32_t words[BLOCK / 4];
    struct state s = *state;

    // The host is little-endian, as the words are.
    memcpy(words, block, sizeof words);
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint32_t sum = s.a + mixed(&s, round, words) + sines[round];
        s = (struct state){s.d, s.b + turn_left(sum, turns[round / 16][round % 4]), s.b, s.c};
    }
    state->a += s.a;
    state->b += s.b;
    state->c += s.c;
    state->d += s.d;
}

void md5_sum(const uint8_t *bytes, size_t size, uint8_t ret[MD5_SIZE])
{
    struct state state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    const uint64_t n_bits = (uint64_t)size * 8;
    size_t rest = size % BLOCK;
    uint8_t last[2 * BLOCK] = {0};

    for (size_t i = 0; i + BLOCK <= size; i += BLOCK)
        add_block(&state, bytes + i);
    // The end: a bit 1, zeros up to the end of a block, whose last 8 bytes are the length.
    if (rest)
        memcpy(last, bytes + size - rest, rest);
    last[rest] = 0x80;
    size_t n_last = rest < BLOCK - sizeof n_bits ? BLOCK : 2 * BLOCK;
    memcpy(last + n_last - sizeof n_bits, &n_bits, sizeof n_bits);
    for (size_t i = 0; i < n_last; i += BLOCK)
        add_block(&state, last + i);
    memcpy(ret, &state, MD5_SIZE);
}

void md5_format(const uint8_t sum[MD5_SIZE], char ret[MD5_TEXT])
{
    for (size_t i = 0; i < MD5_SIZE; i++)
        snprintf(ret + 2 * i, 3, "%02x", sum[i]);
}
