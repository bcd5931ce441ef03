#include "code/function_code.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "code/encoding.h"

static int compare_parts(const void *a, const void *b)
{
    const struct flow_part *x = a;
    const struct flow_part *y = b;

    return (x->addr > y->addr) - (x->addr < y->addr);
}

static bool is_inside(const struct flow_source *source, uint64_t addr)
{
    for (size_t i = 0; i < source->part_count; i++)
        if (addr >= source->parts[i].addr && addr - source->parts[i].addr < source->parts[i].size)
            return true;
    return false;
}

static void add_pads(struct function_code *code, struct object *obj, const struct flow_part *part)
{
    CLEANUP(cleanup_free) struct object_landing *landings = NULL;
    size_t n = object_landings(obj, part->addr, part->addr + part->size, &landings);
    struct flow_source *source = &code->source;

    for (size_t i = 0; i < n; i++) {
        if (!is_inside(source, landings[i].pad))
            continue;
        code->pads =
            mem_grow(code->pads, &code->pads_capacity, source->pad_count, sizeof *code->pads);
        code->pads[source->pad_count++] =
            (struct flow_pad){landings[i].begin, landings[i].end, landings[i].pad};
    }
}

static void find_parts(struct function_code *code, struct object *obj,
                       const struct object_range *ranges, size_t count)
{
    code->parts = mem_alloc_array(count + 1, sizeof *code->parts);
    for (size_t i = 0; i < count; i++) {
        size_t size = 0;
        size_t wanted = (size_t)(ranges[i].end - ranges[i].begin);
        const uint8_t *bytes = object_code_at(obj, ranges[i].begin, &size);
        if (bytes && wanted && wanted <= size)
            code->parts[code->source.part_count++] =
                (struct flow_part){ranges[i].begin, bytes, wanted};
    }
    qsort(code->parts, code->source.part_count, sizeof *code->parts, compare_parts);
    code->source.parts = code->parts;
}

// Compilers align the next function.
#define ALIGNMENT 16

static bool is_padding(const uint8_t *code, size_t size, uint32_t *size_ret)
{
    struct encoding encoding;

    if (!encoding_parse(code, size, &encoding))
        return false;
    *size_ret = encoding.size;
    bool int3 = encoding.map == ENCODING_MAP_ONE && encoding.opcode == 0xcc;
    return int3 || encoding_is_nop(&encoding);
}

// Only up to where the next function may start, and not over what has a name.
static uint32_t room_behind(struct object *obj, const struct flow_part *part)
{
    const uint64_t end = part->addr + part->size;
    const uint64_t most = -end % ALIGNMENT;
    size_t size = 0;
    const uint8_t *bytes = object_code_at(obj, end, &size);
    struct object_symbol symbol;
    uint32_t room = 0;
    uint32_t next;

    size = bytes && size < most ? size : bytes ? most : 0;
    while (room < size && is_padding(bytes + room, size - room, &next))
        room += next;
    for (uint32_t i = 0; i < room; i++)
        if (object_symbol_at(obj, end + i, &symbol) && symbol.addr == end + i)
            return i;
    return room;
}

static void find_room(struct function_code *code, struct object *obj)
{
    const size_t n = code->source.part_count;

    code->room = mem_alloc_array(n + 1, sizeof *code->room);
    for (size_t i = 0; i < n; i++)
        code->room[i] = room_behind(obj, &code->parts[i]);
}

static bool read_memory(void *context, uint64_t addr, void *ret, size_t size)
{
    return object_read(context, addr, ret, size);
}

static bool make_flow(struct function_code *code, struct object *obj, struct flow_doubt *doubt)
{
    struct jump_table_memory memory = {read_memory, obj};
    struct flow_source *source = &code->source;

    if (!jump_tables_init(&code->tables, source, &memory, doubt))
        return false;
    source->jumps = code->tables.jumps;
    source->jump_count = code->tables.jump_count;
    source->targets = code->tables.targets;
    source->target_count = code->tables.target_count;
    struct insn_decoder *decoder = insn_decoder_create();
    bool sure = flow_init(&code->flow, source, decoder, doubt);
    insn_decoder_destroy(decoder);
    return sure;
}

bool function_code_init(struct function_code *ret, struct object *obj, uint64_t entry,
                        const struct object_range *ranges, size_t count, struct flow_doubt *doubt)
{
    struct function_code code = {.source.entry = entry};

    find_parts(&code, obj, ranges, count);
    for (size_t i = 0; i < code.source.part_count; i++)
        add_pads(&code, obj, &code.parts[i]);
    code.source.pads = code.pads;
    if (!make_flow(&code, obj, doubt)) {
        function_code_deinit(&code);
        return false;
    }
    find_room(&code, obj);
    line_rows_init(&code.rows, obj, &code.flow);
    *ret = code;
    return true;
}

void function_code_deinit(struct function_code *code)
{
    line_rows_deinit(&code->rows);
    flow_deinit(&code->flow);
    jump_tables_deinit(&code->tables);
    free(code->room);
    free(code->parts);
    free(code->pads);
    *code = (struct function_code){0};
}
