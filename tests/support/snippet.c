#include "support/snippet.h"

#include <stdio.h>
#include <string.h>

#include "support/test.h"

/** How an instruction is written, up to its displacement of 4 bytes where it has one. */
struct form {
    const char *name;
    uint8_t size;
    uint8_t bytes[6];
    bool relative;
};

static const struct form forms[] = {
    {"plain", 2, {0x89, 0xc0}, false},
    {"nop", 3, {0x0f, 0x1f, 0x00}, false},
    {"packed", 3, {0x0f, 0x58, 0xc0}, false},
    {"choose", 3, {0x0f, 0x44, 0xc1}, false},
    {"call", 5, {0xe8}, true},
    {"call2", 2, {0xff, 0xd0}, false},
    {"jump", 5, {0xe9}, true},
    {"away", 5, {0xe9}, true},
    {"branch", 6, {0x0f, 0x84}, true},
    {"dispatch", 2, {0xff, 0xe0}, false},
    {"return", 1, {0xc3}, false},
    {"stop", 2, {0x0f, 0x0b}, false},
};

/** What calls and jumps that leave the function lead to. */
#define ELSEWHERE 0x100000

static const struct form *find_form(const char *name)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i].name, name) == 0)
            return &forms[i];
    cr_assert(false, "no instruction is called '%s'", name);
    return NULL;
}

/** Read `@line:column` and `#count` behind an instruction. */
static void read_marks(struct snippet *s, struct snippet_insn *insn, char *text)
{
    char *at = strchr(text, '@'), *hash = strchr(text, '#');
    unsigned long line = 0, column = 0, count = 0;
    if (at && sscanf(at, "@%lu:%lu", &line, &column) >= 1)
        s->rows[s->row_count++] =
            (struct line_row){insn->addr, (uint32_t)line, (uint32_t)column, true};
    if (hash && sscanf(hash, "#%lu", &count) == 1)
        insn->count = count;
    char *marks = at && (!hash || at < hash) ? at : hash;
    if (marks)
        *marks = '\0';
}

/** Read one line of text; `size` is that of the part it goes to. */
static void read_line(struct snippet *s, char *text, uint8_t *bytes, size_t *size, uint64_t start)
{
    cr_assert(s->insn_count < SNIPPET_MAX);
    struct snippet_insn *insn = &s->insns[s->insn_count];
    *insn = (struct snippet_insn){.addr = start + *size};
    insn->count = s->insn_count ? s->insns[s->insn_count - 1].count : 0;
    read_marks(s, insn, text);
    char *colon = strchr(text, ':'), name[16] = "";
    if (colon)
        cr_assert_eq(sscanf(text, " %15[^: ]", insn->label), 1);
    int words = sscanf(colon ? colon + 1 : text, " %15s %15s", name, insn->target);
    cr_assert(words >= 1, "no instruction in '%s'", text);
    const struct form *form = find_form(name);
    memcpy(bytes + *size, form->bytes, form->size);
    *size += form->size;
    s->insn_count++;
}

/** Fill in displacements, now that every label has its address. */
static void link(struct snippet *s)
{
    for (uint32_t i = 0; i < s->insn_count; i++) {
        bool cold = s->insns[i].addr >= SNIPPET_COLD;
        uint8_t *bytes = cold ? s->cold + (s->insns[i].addr - SNIPPET_COLD)
                              : s->hot + (s->insns[i].addr - SNIPPET_START);
        uint8_t size = bytes[0] == 0x0f ? 6 : 5;
        bool branch = bytes[0] == 0x0f && bytes[1] == 0x84;
        if (bytes[0] != 0xe8 && bytes[0] != 0xe9 && !branch)
            continue;
        uint64_t target = s->insns[i].target[0] ? snippet_addr(s, s->insns[i].target) : ELSEWHERE;
        int32_t distance = (int32_t)(target - (s->insns[i].addr + size));
        memcpy(bytes + size - 4, &distance, sizeof distance);
    }
}

void snippet_init(struct snippet *ret, const char *text)
{
    *ret = (struct snippet){0};
    bool cold = false;
    while (*text) {
        char line[128];
        size_t length = strcspn(text, "\n");
        cr_assert(length < sizeof line);
        memcpy(line, text, length);
        line[length] = '\0';
        text += length + (text[length] == '\n');
        if (strcmp(line, "cold") == 0)
            cold = true;
        else if (cold)
            read_line(ret, line, ret->cold, &ret->cold_size, SNIPPET_COLD);
        else
            read_line(ret, line, ret->hot, &ret->hot_size, SNIPPET_START);
    }
    link(ret);
    for (uint32_t i = 0; i < SNIPPET_MAX; i++)
        ret->lines[i] = (struct line_source){1, i + 1, 0};
    ret->parts[0] = (struct flow_part){SNIPPET_START, ret->hot, ret->hot_size};
    ret->parts[1] = (struct flow_part){SNIPPET_COLD, ret->cold, ret->cold_size};
    ret->source = (struct flow_source){
        .entry = SNIPPET_START, .parts = ret->parts, .part_count = cold ? 2 : 1};
    ret->map = (struct line_map){ret->rows, ret->row_count, ret->lines, SNIPPET_MAX};
}

uint64_t snippet_addr(const struct snippet *snippet, const char *label)
{
    for (uint32_t i = 0; i < snippet->insn_count; i++)
        if (strcmp(snippet->insns[i].label, label) == 0)
            return snippet->insns[i].addr;
    cr_assert(false, "no label '%s'", label);
    return 0;
}

uint64_t snippet_count(const struct snippet *snippet, uint64_t addr)
{
    for (uint32_t i = 0; i < snippet->insn_count; i++)
        if (snippet->insns[i].addr == addr)
            return snippet->insns[i].count;
    cr_assert(false, "no instruction at 0x%lx", (unsigned long)addr);
    return 0;
}

uint32_t snippet_block(const struct snippet *snippet, const struct flow *flow, const char *label)
{
    uint32_t insn = flow_insn_at(flow, snippet_addr(snippet, label));
    cr_assert_neq(insn, FLOW_NONE);
    uint32_t block = flow->insns[insn].block;
    cr_assert(block != FLOW_NONE && flow->blocks[block].first == insn, "no block starts at '%s'",
              label);
    return block;
}

void snippet_flow(const struct snippet *snippet, struct flow *ret)
{
    struct insn_decoder *decoder = insn_decoder_create();
    struct flow_doubt doubt;
    bool sure = flow_init(ret, &snippet->source, decoder, &doubt);
    insn_decoder_destroy(decoder);
    cr_assert(sure, "the flow is not sure: %s", sure ? "" : doubt.reason);
}
