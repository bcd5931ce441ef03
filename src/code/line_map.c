#include "code/line_map.h"

/** How many rows start at or below an address. */
static size_t rows_upto(const struct line_map *map, uint64_t addr)
{
    size_t low = 0, high = map->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->rows[middle].addr <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct line_row *line_map_at(const struct line_map *map, uint64_t addr)
{
    size_t count = rows_upto(map, addr);
    return count > 0 ? &map->rows[count - 1] : NULL;
}

const struct line_row *line_map_starting(const struct line_map *map, uint64_t addr,
                                         size_t *count_ret)
{
    size_t end = rows_upto(map, addr), first = end;
    while (first > 0 && map->rows[first - 1].addr == addr)
        first--;
    *count_ret = end - first;
    return map->rows ? map->rows + first : NULL;
}
