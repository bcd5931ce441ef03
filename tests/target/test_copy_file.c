#include "target/copy_file.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/test.h"
#include "target/process_maps.h"
#include "target/run_folder.h"

// mov eax, 42; ret, twice with another number, 16 bytes apart.
static const uint8_t code[32] = {0xb8, 42, 0, 0, 0, 0xc3, [16] = 0xb8, 43, 0, 0, 0, 0xc3};

// Of libgcc, which throws exceptions.
struct dwarf_eh_bases {
    void *text;
    void *data;
    void *function;
};
extern const void *_Unwind_Find_FDE(void *pc, struct dwarf_eh_bases *ret);

static uint64_t free_place(size_t size)
{
    struct process_maps maps;
    uint64_t self = (uint64_t)(uintptr_t)&free_place;
    uint64_t place = 0;

    cr_assert_null(process_maps_read(getpid(), &maps));
    cr_assert(process_maps_gap(&maps, self, self + 1, size, &place));
    process_maps_deinit(&maps);
    return place;
}

// A CIE as GCC writes it, and an entry for the first 32 bytes of the code.
static size_t make_frames(uint8_t frames[64], int32_t distance)
{
    static const uint8_t bytes[] = {
        20, 0, 0, 0, 0,  0, 0, 0, 1, 'z', 'R', 0, 1,  0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1, 0, 0,
        16, 0, 0, 0, 28, 0, 0, 0, 0, 0,   0,   0, 32, 0,    0,  0, 0,    0,    0, 0, 0,    0, 0, 0};

    memcpy(frames, bytes, sizeof bytes);
    memcpy(frames + 32, &distance, sizeof distance);
    return sizeof bytes;
}

LP_TEST(copy_file, is_loaded_where_it_belongs)
{
    static const struct copy_file_symbol symbols[] = {{0, 6, "first.lprof"},
                                                      {16, 6, "second.lprof"}};
    const struct copy_file_frame entry = {.offset = 0, .entry = 24};
    uint8_t frames[64];
    struct copy_file copy = {.code = code,
                             .code_size = sizeof code,
                             .symbols = symbols,
                             .n_symbols = 2,
                             .frames = frames,
                             .entries = &entry,
                             .n_entries = 1};
    uint8_t *bytes;
    size_t size;
    struct run_folder folder;
    const char *path;
    Dl_info info;

    copy.frames_size = make_frames(frames, 0);
    size_t room = copy_file_room(sizeof code, 2, 32, copy.frames_size);
    copy.addr = free_place(room) + COPY_FILE_CODE;
    make_frames(frames, (int32_t)(copy.addr - (copy_file_frames(copy.addr, sizeof code) + 32)));
    copy_file_make(&copy, &bytes, &size);
    cr_assert_leq(size, room + 4096); // Sections follow what is in memory.
    cr_assert_null(run_folder_make(&folder));
    cr_assert_null(run_folder_write(&folder, "copies", bytes, size, &path));
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    cr_assert(library, "%s", dlerror());
    struct link_map *map;
    dlinfo(library, RTLD_DI_LINKMAP, &map);
    cr_expect_eq(map->l_addr, 0);
    int (*second)(void) = (int (*)(void))(uintptr_t)(copy.addr + 16);
    cr_expect_eq(second(), 43);
    cr_expect(dladdr((void *)(uintptr_t)(copy.addr + 17), &info));
    cr_expect_str_eq(info.dli_sname, "second.lprof");

    struct dwarf_eh_bases bases = {0};
    cr_expect_not_null(_Unwind_Find_FDE((void *)(uintptr_t)(copy.addr + 17), &bases));
    cr_expect_eq((uint64_t)(uintptr_t)bases.function, copy.addr);
    dlclose(library);
    char *gone = strdup(path);
    run_folder_remove(&folder);
    cr_expect_neq(access(gone, F_OK), 0);
    free(gone);
    free(bytes);
}
