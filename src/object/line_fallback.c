#include "object/line_fallback.h"

#include "base/cleanup.h"
#include "object/die.h"

// The folder of a file. DWARF 2 to 4 count folders from 1, 0 is the compiler's own.
static const char *folder_of(struct debug_info *info, Dwarf_Line_Context context,
                             Dwarf_Unsigned folder, Dwarf_Unsigned version)
{
    const char *name = NULL;
    Dwarf_Error error = NULL;

    if (version < 5 && folder == 0)
        return NULL;
    int status = dwarf_srclines_include_dir_data(context, (Dwarf_Signed)folder, &name, &error);
    return debug_info_ok(info, status, error, "line table") ? name : NULL;
}

static bool add_files(struct debug_info *info, Dwarf_Line_Context context, Dwarf_Unsigned version,
                      struct line_table *table)
{
    Dwarf_Signed base = 0;
    Dwarf_Signed count = 0;
    Dwarf_Signed end = 0;
    Dwarf_Error error = NULL;
    int status = dwarf_srclines_files_indexes(context, &base, &count, &end, &error);

    if (!debug_info_ok(info, status, error, "line table"))
        return false;
    for (Dwarf_Signed i = 0; i < base; i++)
        line_table_add_file(table, &(struct line_file){0});
    for (Dwarf_Signed i = base; i < end; i++) {
        const char *name = NULL;
        Dwarf_Unsigned folder = 0;
        Dwarf_Unsigned time = 0;
        Dwarf_Unsigned size = 0;
        Dwarf_Form_Data16 *md5 = NULL;
        status =
            dwarf_srclines_files_data_b(context, i, &name, &folder, &time, &size, &md5, &error);
        if (!debug_info_ok(info, status, error, "line table"))
            return false;
        // Its checksum does not live long enough.
        line_table_add_file(
            table,
            &(struct line_file){.name = name, .folder = folder_of(info, context, folder, version)});
    }
    return true;
}

static bool add_row(struct debug_info *info, Dwarf_Line line, struct line_table *table)
{
    Dwarf_Addr addr = 0;
    Dwarf_Unsigned number = 0;
    Dwarf_Unsigned file = 0;
    Dwarf_Unsigned column = 0;
    Dwarf_Unsigned isa = 0;
    Dwarf_Unsigned discriminator = 0;
    Dwarf_Bool is_end = 0;
    Dwarf_Bool prologue_end = 0;
    Dwarf_Bool epilogue_begin = 0;
    Dwarf_Error error = NULL;
    bool ok = dwarf_lineaddr(line, &addr, &error) == DW_DLV_OK &&
              dwarf_lineendsequence(line, &is_end, &error) == DW_DLV_OK &&
              dwarf_lineno(line, &number, &error) == DW_DLV_OK &&
              dwarf_line_srcfileno(line, &file, &error) == DW_DLV_OK &&
              dwarf_lineoff_b(line, &column, &error) == DW_DLV_OK &&
              dwarf_prologue_end_etc(line, &prologue_end, &epilogue_begin, &isa, &discriminator,
                                     &error) == DW_DLV_OK;

    if (!ok) {
        debug_info_failed(info, "line", error);
        return false;
    }
    // libdwarf 0.11 calls rows at which an epilogue begins the ends of their sequences, too.
    if (is_end && !epilogue_begin) {
        line_table_end_sequence(table, addr);
        return true;
    }
    struct line_row row = {
        .line = (uint32_t)number,
        .file = file <= UINT16_MAX ? (uint16_t)file : UINT16_MAX,
        .column = column <= UINT16_MAX ? (uint16_t)column : 0,
        .discriminator = (uint32_t)discriminator,
    };
    line_table_add_row(table, addr, &row);
    return true;
}

bool line_fallback_read(struct debug_info *info, const struct compile_unit *unit,
                        struct line_table *table)
{
    CLEANUP(die_cleanup) Dwarf_Die die = die_at(info, unit->root.context.header.root);
    Dwarf_Unsigned version = 0;
    Dwarf_Small n_tables = 0;
    Dwarf_Line_Context context = NULL;
    Dwarf_Line *lines = NULL;
    Dwarf_Signed count = 0;
    Dwarf_Error error = NULL;

    if (!die)
        return false;
    int status = dwarf_srclines_b(die, &version, &n_tables, &context, &error);
    if (!debug_info_ok(info, status, error, "line table"))
        return false;
    bool ok = add_files(info, context, version, table);
    if (ok) {
        status = dwarf_srclines_from_linecontext(context, &lines, &count, &error);
        ok = debug_info_ok(info, status, error, "line table");
    }
    for (Dwarf_Signed i = 0; ok && i < count; i++)
        ok = add_row(info, lines[i], table);
    dwarf_srclines_dealloc_b(context);
    return ok;
}
