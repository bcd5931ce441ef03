#include "object/source_frames.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/path.h"
#include "object/inline_tree.h"

// A place in a line table.
struct place {
    struct line_table *table;
    const struct line_sequence *sequence;
    size_t row;
};

static bool find_place(struct compile_unit *unit, uint64_t addr, struct place *ret)
{
    struct line_table *table = compile_units_lines(unit);
    const struct line_sequence *sequence = line_table_sequence(table, addr);

    if (!sequence)
        return false;
    *ret = (struct place){table, sequence, line_table_row(table, sequence, addr)};
    return true;
}

bool source_frames_row(struct compile_unit *unit, struct string_pool *strings, uint64_t addr,
                       struct object_row *ret)
{
    struct place place;

    if (!find_place(unit, addr, &place))
        return false;
    const struct line_row *row = &place.table->rows[place.row];
    *ret = (struct object_row){
        .addr = place.sequence->begin + row->offset,
        .end = line_table_row_end(place.table, place.sequence, place.row),
        .file = line_table_path(place.table, strings, row->file),
        .line = row->line,
        .column = row->column,
        .discriminator = row->discriminator,
    };
    return true;
}

// What is needed to tell the frames at one address.
struct spot {
    const struct source_frames *source;
    struct compile_unit *unit;
    const struct inline_function *function; // NULL = the debug info tells of no function here.
    uint32_t call;                          // The innermost inlined call, or INLINE_NONE.
};

// A row of the scope with a line, looked for from `row` on in steps of `step`, to the end of the
// sequence or of the function.
static const struct line_row *row_from(const struct spot *spot, const struct place *place, int step)
{
    struct inline_tree *tree = compile_units_inlines(spot->unit);
    size_t end = (size_t)place->sequence->first + place->sequence->count;

    for (size_t i = place->row + (size_t)step; i >= place->sequence->first && i < end;
         i += (size_t)step) {
        const struct line_row *row = &place->table->rows[i];
        uint64_t addr = place->sequence->begin + row->offset;
        if (inline_tree_find(tree, addr) != spot->function)
            return NULL;
        if (row->line &&
            (!spot->function || inline_tree_innermost(spot->function, addr) == spot->call))
            return row;
    }
    return NULL;
}

static const struct object_function *function_at_spot(const struct spot *spot, uint32_t call)
{
    uint64_t die = call == INLINE_NONE ? spot->function->die : spot->function->calls[call].origin;

    return functions_of_die(spot->source->functions, die);
}

// The function of the symbol table, or one named after the file.
static const struct object_function *function_of_symbol(const struct source_frames *source,
                                                        uint64_t addr)
{
    struct object_symbol symbol;

    if (object_symbol_at(source->obj, addr, &symbol))
        return functions_of_symbol(source->functions, symbol.name);
    CLEANUP(cleanup_free) char *name = mem_printf("[%s]", path_basename(object_path(source->obj)));
    return functions_of_symbol(source->functions, name);
}

static void use_row(const struct spot *spot, const struct place *place, const struct line_row *row,
                    struct object_frame *frame)
{
    frame->file = line_table_path(place->table, spot->source->strings, row->file);
    frame->line = row->line;
    frame->column = row->column;
    frame->discriminator = row->discriminator;
}

// Line 0: code that the compiler does not place. The nearest line of the same scope stands in for
// it, else the line of the function called, else that of the call.
static void approximate(const struct spot *spot, const struct place *place,
                        struct object_frame *frame)
{
    const struct line_row *row = row_from(spot, place, -1);

    if (!row)
        row = row_from(spot, place, 1);
    if (row) {
        use_row(spot, place, row, frame);
    } else if (frame->function->line) {
        frame->file = frame->function->file;
        frame->line = frame->function->line;
    } else if (spot->call != INLINE_NONE) {
        const struct inline_call *call = &spot->function->calls[spot->call];
        frame->file = line_table_path(place->table, spot->source->strings, call->call_file);
        frame->line = call->call_line;
    }
    frame->approximate = frame->line != 0;
}

static void find_line(const struct spot *spot, uint64_t addr, struct object_frame *frame)
{
    struct place place;

    if (!find_place(spot->unit, addr, &place))
        return;
    const struct line_row *row = &place.table->rows[place.row];
    if (row->line)
        use_row(spot, &place, row, frame);
    else
        approximate(spot, &place, frame);
}

// The frame that a call was inlined into: the caller's, at the place of the call.
static struct object_frame caller_of(const struct spot *spot, const struct inline_call *call)
{
    struct line_table *files = compile_units_files(spot->unit);

    return (struct object_frame){
        .function = function_at_spot(spot, call->parent),
        .file =
            call->call_line ? line_table_path(files, spot->source->strings, call->call_file) : NULL,
        .line = call->call_line,
        .column = call->call_column,
    };
}

// The frames, but for functions whose debug info tells no name.
static size_t find_frames(const struct spot *spot, uint64_t addr,
                          struct object_frame frames[OBJECT_FRAMES_MAX])
{
    size_t count = 0;

    frames[count++] = (struct object_frame){
        .function = spot->function ? function_at_spot(spot, spot->call) : NULL,
    };
    uint32_t call = spot->call;
    while (call != INLINE_NONE && count < OBJECT_FRAMES_MAX) {
        frames[count++] = caller_of(spot, &spot->function->calls[call]);
        call = spot->function->calls[call].parent;
    }
    for (size_t i = 0; i < count; i++)
        if (!frames[i].function)
            frames[i].function = function_of_symbol(spot->source, addr);
    find_line(spot, addr, &frames[0]);
    return count;
}

size_t source_frames_find(const struct source_frames *source, struct compile_unit *unit,
                          uint64_t addr, struct object_frame frames[OBJECT_FRAMES_MAX])
{
    struct spot spot = {.source = source, .unit = unit, .call = INLINE_NONE};

    spot.function = inline_tree_function(compile_units_inlines(unit), addr);
    if (spot.function)
        spot.call = inline_tree_innermost(spot.function, addr);
    return find_frames(&spot, addr, frames);
}
