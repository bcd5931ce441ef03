#include "object/line_program.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/mem.h"

// The folders of a program by their number, while its files are read.
struct folders {
    const char **items; // [count]
    size_t count;
    size_t capacity;
};

static void add_folder(struct folders *folders, const char *name)
{
    folders->items =
        mem_grow(folders->items, &folders->capacity, folders->count, sizeof *folders->items);
    folders->items[folders->count++] = name;
}

static const char *folder_at(const struct folders *folders, uint64_t number)
{
    return number < folders->count ? folders->items[number] : NULL;
}

// The tables of DWARF 2 to 4: folders from 1, then files from 1. Folder 0 is the compiler's own.
static bool read_old_files(struct cursor *cursor, struct line_table *table)
{
    struct folders folders = {0};
    const char *name;

    add_folder(&folders, NULL);
    while (*(name = cursor_string(cursor)))
        add_folder(&folders, name);
    line_table_add_file(table, &(struct line_file){0});
    while (*(name = cursor_string(cursor))) {
        line_table_add_file(
            table,
            &(struct line_file){.name = name, .folder = folder_at(&folders, cursor_uleb(cursor))});
        cursor_uleb(cursor); // Time of change.
        cursor_uleb(cursor); // Size.
    }
    free(folders.items);
    return !cursor->failed;
}

// What the entries of a list of DWARF 5 are made of.
struct entry_format {
    uint8_t count;
    uint16_t content[UINT8_MAX];
    uint16_t form[UINT8_MAX];
};

// A field of an entry: one of the three.
struct field {
    const char *text;
    uint64_t number;
    const uint8_t *sum; // [16]
};

// The sections and sizes that fields are read with.
struct field_context {
    struct image *image;
    uint8_t offset_size;
};

// False for a form that is not known here.
static bool read_field(struct cursor *cursor, const struct field_context *context, uint16_t form,
                       struct field *ret)
{
    size_t offset_size = context->offset_size;

    switch (form) {
    case DW_FORM_string:
        ret->text = cursor_string(cursor);
        return true;
    case DW_FORM_line_strp:
        ret->text =
            image_string(context->image, ".debug_line_str", cursor_number(cursor, offset_size));
        return true;
    case DW_FORM_strp:
        ret->text = image_string(context->image, ".debug_str", cursor_number(cursor, offset_size));
        return true;
    case DW_FORM_data1:
        ret->number = cursor_number(cursor, 1);
        return true;
    case DW_FORM_data2:
        ret->number = cursor_number(cursor, 2);
        return true;
    case DW_FORM_data4:
        ret->number = cursor_number(cursor, 4);
        return true;
    case DW_FORM_data8:
        ret->number = cursor_number(cursor, 8);
        return true;
    case DW_FORM_udata:
        ret->number = cursor_uleb(cursor);
        return true;
    case DW_FORM_data16:
        ret->sum = cursor_skip(cursor, 16);
        return true;
    case DW_FORM_block:
        cursor_skip(cursor, cursor_uleb(cursor));
        return true;
    default:
        return false;
    }
}

static void read_format(struct cursor *cursor, struct entry_format *ret)
{
    ret->count = cursor_u8(cursor);
    for (size_t i = 0; i < ret->count; i++) {
        ret->content[i] = (uint16_t)cursor_uleb(cursor);
        ret->form[i] = (uint16_t)cursor_uleb(cursor);
    }
}

// The text of a source. @source LLVM's documentation, "Source text in DWARF"
#define LLVM_SOURCE 0x2001

static void use_field(uint16_t content, const struct field *field, const struct folders *folders,
                      struct line_file *ret)
{
    switch (content) {
    case DW_LNCT_path:
        ret->name = field->text;
        break;
    case DW_LNCT_directory_index:
        ret->folder = folder_at(folders, field->number);
        break;
    case DW_LNCT_MD5:
        ret->md5 = field->sum;
        break;
    case LLVM_SOURCE:
        // Files without a text have an empty one.
        ret->text = field->text && *field->text ? field->text : NULL;
        break;
    default:
        break;
    }
}

static bool read_entry(struct cursor *cursor, const struct field_context *context,
                       const struct entry_format *format, const struct folders *folders,
                       struct line_file *ret)
{
    *ret = (struct line_file){.folder = folder_at(folders, 0)};
    for (size_t i = 0; i < format->count; i++) {
        struct field field = {0};
        if (!read_field(cursor, context, format->form[i], &field))
            return false;
        use_field(format->content[i], &field, folders, ret);
    }
    return !cursor->failed;
}

// How many entries follow. Entries without fields would be a list without an end.
static uint64_t read_count(struct cursor *cursor, const struct entry_format *format)
{
    uint64_t count = cursor_uleb(cursor);

    return format->count ? count : 0;
}

// The tables of DWARF 5: folders and files from 0.
static bool read_new_files(struct cursor *cursor, const struct field_context *context,
                           struct line_table *table)
{
    struct folders folders = {0};
    struct entry_format format;
    struct line_file file;
    bool ok = true;

    read_format(cursor, &format);
    for (uint64_t left = read_count(cursor, &format); ok && left; left--) {
        ok = read_entry(cursor, context, &format, &folders, &file);
        add_folder(&folders, file.name);
    }
    read_format(cursor, &format);
    for (uint64_t left = ok ? read_count(cursor, &format) : 0; ok && left; left--) {
        ok = read_entry(cursor, context, &format, &folders, &file);
        line_table_add_file(table, &file);
    }
    free(folders.items);
    return ok && !cursor->failed;
}

// Length, version and what DWARF 5 adds to them; `cursor` is cut to the unit.
static bool read_start(struct cursor *cursor, struct line_program *ret)
{
    uint64_t length = cursor_number(cursor, 4);

    ret->offset_size = 4;
    if (length == UINT32_MAX) {
        length = cursor_number(cursor, 8);
        ret->offset_size = 8;
    }
    if (length > cursor_left(cursor))
        return false;
    cursor->end = cursor->pos + length;
    ret->version = (uint16_t)cursor_number(cursor, 2);
    if (ret->version < 2 || ret->version > 5)
        return false;
    if (ret->version >= 5)
        cursor_skip(cursor, 2); // Sizes of addresses and of segment selectors.
    return !cursor->failed;
}

static bool read_parameters(struct cursor *cursor, struct line_program *ret)
{
    uint64_t length = cursor_number(cursor, ret->offset_size);

    if (length > cursor_left(cursor))
        return false;
    ret->begin = cursor->pos + length;
    ret->end = cursor->end;
    cursor->end = ret->begin;
    ret->insn_length = cursor_u8(cursor);
    if (ret->version >= 4)
        cursor_skip(cursor, 1); // Operations per instruction: 1 but for VLIW machines.
    cursor_skip(cursor, 1);     // Whether rows are statements at first.
    ret->line_base = (int8_t)cursor_u8(cursor);
    ret->line_range = cursor_u8(cursor);
    ret->opcode_base = cursor_u8(cursor);
    ret->opcode_lengths = cursor->pos;
    if (!ret->line_range || !ret->opcode_base)
        return false;
    cursor_skip(cursor, ret->opcode_base - 1u);
    return !cursor->failed;
}

bool line_program_read(struct image *image, uint64_t offset, struct line_table *table,
                       struct line_program *ret)
{
    struct image_section *section = image_section(image, ".debug_line");

    if (!section || !image_load(image, section) || offset >= section->n_bytes)
        return false;
    struct cursor cursor = {section->bytes + offset, section->bytes + section->n_bytes, false};
    if (!read_start(&cursor, ret) || !read_parameters(&cursor, ret))
        return false;
    struct field_context context = {image, ret->offset_size};
    return ret->version >= 5 ? read_new_files(&cursor, &context, table)
                             : read_old_files(&cursor, table);
}

// The registers of the line state machine, and the table that rows go to.
struct machine {
    const struct line_program *program;
    struct line_table *table;
    struct cursor cursor;
    uint64_t addr;
    uint64_t file;
    uint64_t column;
    uint32_t line;
    uint32_t discriminator;
};

static void reset(struct machine *machine)
{
    machine->addr = 0;
    machine->file = 1;
    machine->line = 1;
    machine->column = 0;
    machine->discriminator = 0;
}

static void emit(struct machine *machine)
{
    // Numbers that do not fit are not told.
    struct line_row row = {
        .line = machine->line,
        .file = machine->file <= UINT16_MAX ? (uint16_t)machine->file : UINT16_MAX,
        .column = machine->column <= UINT16_MAX ? (uint16_t)machine->column : 0,
        .discriminator = machine->discriminator,
    };

    line_table_add_row(machine->table, machine->addr, &row);
    machine->discriminator = 0;
}

static void run_extended(struct machine *machine)
{
    uint64_t length = cursor_uleb(&machine->cursor);

    if (length > cursor_left(&machine->cursor)) {
        cursor_fail(&machine->cursor);
        return;
    }
    if (!length)
        return;
    struct cursor operand = machine->cursor;
    cursor_skip(&machine->cursor, length);
    operand.end = machine->cursor.pos;
    switch (cursor_u8(&operand)) {
    case DW_LNE_end_sequence:
        line_table_end_sequence(machine->table, machine->addr);
        reset(machine);
        break;
    case DW_LNE_set_address:
        machine->addr = cursor_number(&operand, cursor_left(&operand));
        break;
    case DW_LNE_set_discriminator:
        machine->discriminator = (uint32_t)cursor_uleb(&operand);
        break;
    default: // A file defined within the program (never seen), or a maker's own.
        break;
    }
    machine->cursor.failed |= operand.failed;
}

static void advance(struct machine *machine, uint64_t count)
{
    machine->addr += count * machine->program->insn_length;
}

static void run_standard(struct machine *machine, uint8_t opcode)
{
    struct cursor *cursor = &machine->cursor;

    switch (opcode) {
    case DW_LNS_copy:
        emit(machine);
        break;
    case DW_LNS_advance_pc:
        advance(machine, cursor_uleb(cursor));
        break;
    case DW_LNS_advance_line:
        machine->line += (uint32_t)cursor_sleb(cursor);
        break;
    case DW_LNS_set_file:
        machine->file = cursor_uleb(cursor);
        break;
    case DW_LNS_set_column:
        machine->column = cursor_uleb(cursor);
        break;
    case DW_LNS_const_add_pc:
        advance(machine, (255u - machine->program->opcode_base) / machine->program->line_range);
        break;
    case DW_LNS_fixed_advance_pc:
        machine->addr += cursor_number(cursor, 2);
        break;
    default: // Those that change nothing here, and those to come: operands are LEB128 numbers.
        for (uint8_t n = machine->program->opcode_lengths[opcode - 1]; n; n--)
            cursor_uleb(cursor);
        break;
    }
}

bool line_program_run(const struct line_program *program, struct line_table *table)
{
    struct machine machine = {
        .program = program,
        .table = table,
        .cursor = {program->begin, program->end, false},
    };

    reset(&machine);
    while (machine.cursor.pos < machine.cursor.end) {
        uint8_t opcode = cursor_u8(&machine.cursor);
        if (opcode >= program->opcode_base) {
            unsigned special = (unsigned)opcode - program->opcode_base;
            advance(&machine, special / program->line_range);
            machine.line += (uint32_t)(program->line_base + (int)(special % program->line_range));
            emit(&machine);
        } else if (opcode) {
            run_standard(&machine, opcode);
        } else {
            run_extended(&machine);
        }
    }
    return !machine.cursor.failed;
}
