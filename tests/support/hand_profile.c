#include "support/hand_profile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "profile/builder.h"
#include "support/test.h"

enum { DEPTH_MAX = 64 };

struct profile *hand_profile_create(void)
{
    struct profile *profile = profile_create();

    profile->meta.command = mem_alloc_array(1, sizeof *profile->meta.command);
    profile->meta.command[0] = profile_string(profile, "/app/prog");
    profile->meta.n_command = 1;
    return profile;
}

static uint32_t add_mapping(struct profile *profile, const char *path)
{
    return builder_mapping(profile, &(struct profile_mapping){.path = path, .build_id = ""});
}

// Take the number behind `mark` off the end of the text; 0 when there is none.
static uint32_t take_number(char *text, char mark)
{
    char *at = strrchr(text, mark);

    if (!at)
        return 0;
    *at = '\0';
    return (uint32_t)strtoul(at + 1, NULL, 10);
}

static struct profile_line parse_frame(struct profile *profile, char *text, uint32_t *mapping_ret)
{
    uint32_t declared = take_number(text, '(');
    char *file = strchr(text, '@');
    if (file)
        *file++ = '\0';
    uint32_t line = take_number(text, ':');
    char *name = strchr(text, '!');
    if (name)
        *name++ = '\0';
    const char *module = name ? text : "/app/prog";
    name = name ? name : text;
    if (!file && line)
        file = "/app/prog.c";
    *mapping_ret = add_mapping(profile, module);
    struct profile_function function = {
        .name = name,
        .linkage_name = name,
        .file = file,
        .line = file && !declared ? 1 : declared,
    };
    return (struct profile_line){
        .function = builder_function(profile, &function),
        .file = profile_string(profile, line ? file : NULL),
        .line = line,
    };
}

// An address that belongs to this text alone.
static uint64_t address_of(const char *text)
{
    uint64_t hash = 14695981039346656037u;

    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 1099511628211u;
    return hash >> 16;
}

static char *trim(char *text)
{
    text += strspn(text, " ");
    for (size_t n = strlen(text); n && text[n - 1] == ' '; n--)
        text[n - 1] = '\0';
    return text;
}

static uint32_t add_location(struct profile *profile, char *text)
{
    struct profile_line lines[DEPTH_MAX];
    uint64_t addr = address_of(text);
    uint32_t mapping = 0;
    size_t n = 0;
    char *rest = text;

    if (strcmp(text, "?") == 0)
        return builder_location(profile, 0, addr, PROFILE_ADDRESS_EXACT);
    for (char *part = strsep(&rest, "<"); part; part = strsep(&rest, "<")) {
        cr_assert(n < DEPTH_MAX);
        lines[n++] = parse_frame(profile, trim(part), &mapping);
    }
    uint32_t location = builder_location(profile, mapping, addr, PROFILE_ADDRESS_EXACT);
    builder_set_lines(profile, location, lines, n);
    return location;
}

void hand_profile_add(struct profile *profile, const char *stack, int64_t samples, int64_t ns)
{
    CLEANUP(cleanup_free) char *text = mem_strdup(stack);
    uint32_t locations[DEPTH_MAX];
    size_t n = 0;
    char *rest = text;

    for (char *part = strsep(&rest, ";"); part; part = strsep(&rest, ";")) {
        cr_assert(n < DEPTH_MAX);
        locations[n++] = add_location(profile, trim(part));
    }
    const int64_t values[PROFILE_VALUES] = {[PROFILE_SAMPLES] = samples, [PROFILE_CPU] = ns};
    builder_sample(profile, builder_stack(profile, locations, n), 0, values);
}
