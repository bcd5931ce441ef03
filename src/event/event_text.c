// Reading goes field by field with a cursor into the line; each field is a word "key=value" in a
// fixed place, so there is one way to write an event and text compares equal when events do.
#include "event/event_text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

static const char *const kind_names[] = {
    [EVENT_SAMPLE] = "sample",     [EVENT_MAP] = "map",         [EVENT_COMM] = "comm",
    [EVENT_FORK] = "fork",         [EVENT_EXIT] = "exit",       [EVENT_LOST] = "lost",
    [EVENT_THROTTLE] = "throttle", [EVENT_MODULE] = "module",   [EVENT_CHOICE] = "choice",
    [EVENT_COUNTER] = "counter",   [EVENT_CALLED] = "called",   [EVENT_FAULT] = "fault",
    [EVENT_RESIDENT] = "resident", [EVENT_ALLOC] = "alloc",     [EVENT_FREE] = "free",
    [EVENT_REGION] = "region",     [EVENT_ENTERED] = "entered",
};

static const char *const counter_names[] = {
    [EVENT_COUNTER_PART] = "part",           [EVENT_COUNTER_INSTRUCTION] = "instruction",
    [EVENT_COUNTER_EDGE] = "edge",           [EVENT_COUNTER_ENTRIES] = "entries",
    [EVENT_COUNTER_PRIMITIVE] = "primitive", [EVENT_COUNTER_CALL] = "call",
    [EVENT_COUNTER_REFUSED] = "refused",     [EVENT_COUNTER_TIME] = "time",
    [EVENT_COUNTER_LEAST] = "least",         [EVENT_COUNTER_MOST] = "most",
};

// ---- writing

static void write_escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            fputs("\\n", out);
        else if (*text == '\\')
            fputs("\\\\", out);
        else
            fputc(*text, out);
    }
}

// Where a thread was.
static void write_place(FILE *out, const struct event_sample *sample)
{
    fprintf(out, " ip=%" PRIx64, sample->ip);
    if (sample->in_kernel)
        fputs(" kernel", out);
    if (sample->has_registers) {
        for (size_t i = 0; i < EVENT_REG_COUNT; i++)
            fprintf(out, "%s%" PRIx64, i ? "," : " regs=", sample->registers[i]);
    }
    if (sample->stack) {
        fputs(" stack=", out);
        for (size_t i = 0; i < sample->stack_size; i++)
            fprintf(out, "%02x", sample->stack[i]);
    }
}

static void write_sample(FILE *out, const struct event_sample *sample)
{
    fprintf(out, " weight=%" PRIu64, sample->weight_ns);
    write_place(out, sample);
}

static void write_fault(FILE *out, const struct event_fault *fault)
{
    fprintf(out, " addr=%" PRIx64 " size=%" PRIx64, fault->addr, fault->page_bytes);
    write_place(out, &fault->at);
}

static void write_alloc(FILE *out, const struct event_alloc *alloc)
{
    fprintf(out, " addr=%" PRIx64 " size=%" PRIx64 " interval=%" PRIu64, alloc->addr, alloc->bytes,
            alloc->interval);
    if (alloc->stack_id)
        fprintf(out, " stack_id=%" PRIx64, alloc->stack_id);
    if (alloc->rounds)
        fprintf(out, " rounds=%" PRIu64, alloc->rounds);
    if (alloc->gone)
        fputs(" gone", out);
    if (alloc->mapped)
        fputs(" mapped", out);
    write_place(out, &alloc->at);
}

static void write_free(FILE *out, const struct event_free *freed)
{
    fprintf(out, " addr=%" PRIx64, freed->addr);
    if (freed->mapped_bytes)
        fprintf(out, " mapped=%" PRIx64, freed->mapped_bytes);
    if (freed->temporary)
        fputs(" temporary", out);
}

static void write_map(FILE *out, const struct event_map *map)
{
    char build_id[BUILD_ID_TEXT];

    fprintf(out, " start=%" PRIx64 " size=%" PRIx64 " offset=%" PRIx64, map->start, map->size,
            map->file_offset);
    build_id_format(&map->build_id, build_id);
    if (*build_id)
        fprintf(out, " build_id=%s", build_id);
    fputs(" path=", out);
    write_escaped(out, map->path);
}

static void write_comm(FILE *out, const struct event_comm *comm)
{
    fputs(comm->exec ? " exec name=" : " name=", out);
    write_escaped(out, comm->name);
}

static void write_module(FILE *out, const struct event_module *module)
{
    fprintf(out, " number=%" PRIu32 " path=", module->number);
    write_escaped(out, module->path);
}

static void write_choice(FILE *out, const struct event_choice *choice)
{
    fprintf(out, " at=%" PRIu32 ":%" PRIx64 " depth=%" PRIu32 "%s", choice->module, choice->addr,
            choice->depth, choice->marked ? " marked" : "");
}

static void write_counter(FILE *out, const struct event_counter *counter)
{
    fprintf(out, " %s", counter_names[counter->kind]);
    if (counter->from_module)
        fprintf(out, " from=%" PRIu32 ":%" PRIx64, counter->from_module, counter->from);
    fprintf(out, " at=%" PRIu32 ":%" PRIx64 " count=%" PRIu64, counter->module, counter->addr,
            counter->count);
}

static void write_called(FILE *out, const struct event_called *called)
{
    fprintf(out, " time=%" PRIu64, called->time_ns);
    for (size_t i = 0; i < called->n; i++)
        fprintf(out, "%s%" PRIu32 ":%" PRIx64, i ? "," : " in=", called->calls[i].module,
                called->calls[i].addr);
}

static void write_region(FILE *out, const struct event_region *region)
{
    fprintf(out, " number=%" PRIu32 " parent=%" PRIu32 " name=", region->number, region->parent);
    write_escaped(out, region->name);
}

static void write_entered(FILE *out, const struct event_entered *entered)
{
    const char *before = "";

    fprintf(out,
            " number=%" PRIu32 " calls=%" PRIu64 " total=%" PRIu64 " min=%" PRIu64 " max=%" PRIu64
            " buckets=",
            entered->number, entered->calls, entered->total_ns, entered->min_ns, entered->max_ns);
    for (size_t i = 0; i < EVENT_BUCKETS; i++) {
        if (!entered->buckets[i])
            continue;
        fprintf(out, "%s%zu:%" PRIu64, before, i, entered->buckets[i]);
        before = ",";
    }
}

static void write_event(FILE *out, const struct event *event)
{
    fprintf(out, "%s %" PRIu64 " %d/%d", kind_names[event->kind], event->time_ns, event->pid,
            event->tid);
    if (event->region)
        fprintf(out, " in=%" PRIu32, event->region);
    switch (event->kind) {
    case EVENT_SAMPLE:
        write_sample(out, &event->u.sample);
        break;
    case EVENT_MAP:
        write_map(out, &event->u.map);
        break;
    case EVENT_COMM:
        write_comm(out, &event->u.comm);
        break;
    case EVENT_FORK:
        fprintf(out, " parent=%d/%d", event->u.fork.parent_pid, event->u.fork.parent_tid);
        break;
    case EVENT_LOST:
        fprintf(out, " count=%" PRIu64, event->u.lost.count);
        break;
    case EVENT_THROTTLE:
        fputs(event->u.throttle.begins ? " begin" : " end", out);
        break;
    case EVENT_MODULE:
        write_module(out, &event->u.module);
        break;
    case EVENT_CHOICE:
        write_choice(out, &event->u.choice);
        break;
    case EVENT_COUNTER:
        write_counter(out, &event->u.counter);
        break;
    case EVENT_CALLED:
        write_called(out, &event->u.called);
        break;
    case EVENT_FAULT:
        write_fault(out, &event->u.fault);
        break;
    case EVENT_RESIDENT:
        fprintf(out, " size=%" PRIx64, event->u.resident.bytes);
        break;
    case EVENT_ALLOC:
        write_alloc(out, &event->u.alloc);
        break;
    case EVENT_FREE:
        write_free(out, &event->u.free);
        break;
    case EVENT_REGION:
        write_region(out, &event->u.region);
        break;
    case EVENT_ENTERED:
        write_entered(out, &event->u.entered);
        break;
    case EVENT_EXIT:
        break;
    }
}

char *event_text_format(const struct event *event)
{
    char *line = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&line, &size);

    if (!out)
        return mem_strdup("");
    write_event(out, event);
    fclose(out);
    return line;
}

static void receive_and_write(void *context, const struct event *event)
{
    FILE *out = context;

    write_event(out, event);
    fputc('\n', out);
}

struct event_sink event_text_writer(FILE *out)
{
    return (struct event_sink){.receive = receive_and_write, .context = out};
}

// ---- reading

// The line, the place in it, and the first field that was wrong (NULL = none).
struct reader {
    const char *at;
    const char *wrong;
};

static void fail(struct reader *reader, const char *field)
{
    if (!reader->wrong)
        reader->wrong = field;
}

// Step over `word` and a space before it. A word that ends in '=' is followed by its value.
static bool take_word(struct reader *reader, const char *word)
{
    const char *at = reader->at + strspn(reader->at, " ");
    size_t length = strlen(word);

    if (strncmp(at, word, length) != 0)
        return false;
    if (word[length - 1] != '=' && at[length] != ' ' && at[length] != '\0')
        return false;
    reader->at = at + length;
    return true;
}

static uint64_t take_number(struct reader *reader, int base, const char *field)
{
    char *end;

    if (!isxdigit((unsigned char)*reader->at)) {
        fail(reader, field);
        return 0;
    }
    errno = 0;
    uint64_t value = strtoull(reader->at, &end, base);
    if (end == reader->at || errno)
        fail(reader, field);
    reader->at = end;
    return value;
}

static uint64_t take_field(struct reader *reader, const char *key, int base)
{
    if (!take_word(reader, key)) {
        fail(reader, key);
        return 0;
    }
    return take_number(reader, base, key);
}

// "pid/tid"
static void take_ids(struct reader *reader, pid_t *pid, pid_t *tid)
{
    reader->at += strspn(reader->at, " ");
    *pid = (pid_t)take_number(reader, 10, "pid");
    if (*reader->at != '/') {
        fail(reader, "pid/tid");
        return;
    }
    reader->at++;
    *tid = (pid_t)take_number(reader, 10, "tid");
}

static char *take_rest(struct reader *reader, const char *key)
{
    if (!take_word(reader, key)) {
        fail(reader, key);
        return NULL;
    }
    char *text = mem_alloc(strlen(reader->at) + 1);
    char *to = text;
    for (; *reader->at; reader->at++) {
        char c = *reader->at;
        if (c == '\\' && reader->at[1]) {
            c = *++reader->at;
            if (c == 'n')
                c = '\n';
        }
        *to++ = c;
    }
    return text;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint8_t *take_bytes(struct reader *reader, size_t *size)
{
    size_t n = strspn(reader->at, "0123456789abcdef");
    uint8_t *bytes = mem_alloc(n / 2 + 1);

    if (n % 2)
        fail(reader, "stack");
    for (size_t i = 0; i < n / 2; i++)
        bytes[i] = (uint8_t)(digit(reader->at[2 * i]) << 4 | digit(reader->at[2 * i + 1]));
    reader->at += n;
    *size = n / 2;
    return bytes;
}

static void parse_registers(struct reader *reader, struct event_sample *sample)
{
    sample->has_registers = true;
    for (size_t i = 0; i < EVENT_REG_COUNT; i++) {
        if (i && *reader->at++ != ',') {
            reader->at--;
            fail(reader, "regs");
            return;
        }
        sample->registers[i] = take_number(reader, 16, "regs");
    }
}

static void parse_place(struct reader *reader, struct event_text *text, struct event_sample *sample)
{
    sample->ip = take_field(reader, "ip=", 16);
    sample->in_kernel = take_word(reader, "kernel");
    if (take_word(reader, "regs="))
        parse_registers(reader, sample);
    if (take_word(reader, "stack=")) {
        text->stack = take_bytes(reader, &sample->stack_size);
        sample->stack = text->stack;
    }
}

static void parse_sample(struct reader *reader, struct event_text *text)
{
    struct event_sample *sample = &text->event.u.sample;

    sample->weight_ns = take_field(reader, "weight=", 10);
    parse_place(reader, text, sample);
}

static void parse_fault(struct reader *reader, struct event_text *text)
{
    struct event_fault *fault = &text->event.u.fault;

    fault->addr = take_field(reader, "addr=", 16);
    fault->page_bytes = take_field(reader, "size=", 16);
    parse_place(reader, text, &fault->at);
}

static void parse_alloc(struct reader *reader, struct event_text *text)
{
    struct event_alloc *alloc = &text->event.u.alloc;

    alloc->addr = take_field(reader, "addr=", 16);
    alloc->bytes = take_field(reader, "size=", 16);
    alloc->interval = take_field(reader, "interval=", 10);
    if (take_word(reader, "stack_id="))
        alloc->stack_id = take_number(reader, 16, "stack_id");
    if (take_word(reader, "rounds="))
        alloc->rounds = take_number(reader, 10, "rounds");
    alloc->gone = take_word(reader, "gone");
    alloc->mapped = take_word(reader, "mapped");
    parse_place(reader, text, &alloc->at);
}

static void parse_free(struct reader *reader, struct event_free *freed)
{
    freed->addr = take_field(reader, "addr=", 16);
    if (take_word(reader, "mapped="))
        freed->mapped_bytes = take_number(reader, 16, "mapped");
    freed->temporary = take_word(reader, "temporary");
}

static void parse_map(struct reader *reader, struct event_text *text)
{
    struct event_map *map = &text->event.u.map;

    map->start = take_field(reader, "start=", 16);
    map->size = take_field(reader, "size=", 16);
    map->file_offset = take_field(reader, "offset=", 16);
    if (take_word(reader, "build_id=")) {
        size_t length = strcspn(reader->at, " ");
        CLEANUP(cleanup_free) char *id = mem_printf("%.*s", (int)length, reader->at);
        if (!build_id_parse(id, &map->build_id))
            fail(reader, "build_id");
        reader->at += length;
    }
    text->name = take_rest(reader, "path=");
    map->path = text->name;
}

static void parse_comm(struct reader *reader, struct event_text *text)
{
    text->event.u.comm.exec = take_word(reader, "exec");
    text->name = take_rest(reader, "name=");
    text->event.u.comm.name = text->name;
}

static void parse_fork(struct reader *reader, struct event_fork *fork)
{
    if (!take_word(reader, "parent="))
        fail(reader, "parent=");
    take_ids(reader, &fork->parent_pid, &fork->parent_tid);
}

static void parse_throttle(struct reader *reader, struct event_throttle *throttle)
{
    throttle->begins = take_word(reader, "begin");
    if (!throttle->begins && !take_word(reader, "end"))
        fail(reader, "begin or end");
}

// "module:addr"
static void take_place(struct reader *reader, const char *key, uint32_t *module, uint64_t *addr)
{
    uint64_t number =
        key[strlen(key) - 1] == '=' ? take_field(reader, key, 10) : take_number(reader, 10, key);

    *module = (uint32_t)number;
    if (number > UINT32_MAX || *reader->at != ':') {
        fail(reader, key);
        return;
    }
    reader->at++;
    *addr = take_number(reader, 16, key);
}

static void parse_module(struct reader *reader, struct event_text *text)
{
    text->event.u.module.number = (uint32_t)take_field(reader, "number=", 10);
    text->name = take_rest(reader, "path=");
    text->event.u.module.path = text->name;
}

static void parse_choice(struct reader *reader, struct event_choice *choice)
{
    take_place(reader, "at=", &choice->module, &choice->addr);
    choice->depth = (uint32_t)take_field(reader, "depth=", 10);
    choice->marked = take_word(reader, "marked");
}

static void parse_counter(struct reader *reader, struct event_counter *counter)
{
    size_t kind = 0;
    size_t n = sizeof counter_names / sizeof *counter_names;

    while (kind < n && !take_word(reader, counter_names[kind]))
        kind++;
    if (kind == n) {
        fail(reader, "kind of counter");
        return;
    }
    counter->kind = (enum event_counter_kind)kind;
    const char *at = reader->at + strspn(reader->at, " ");
    if (strncmp(at, "from=", 5) == 0)
        take_place(reader, "from=", &counter->from_module, &counter->from);
    take_place(reader, "at=", &counter->module, &counter->addr);
    counter->count = take_field(reader, "count=", 10);
}

static void parse_called(struct reader *reader, struct event_text *text)
{
    struct event_called *called = &text->event.u.called;

    called->time_ns = take_field(reader, "time=", 10);
    text->places = mem_alloc_array(EVENT_PLACES_MAX, sizeof *text->places);
    called->calls = text->places;
    do {
        struct event_place *place = &text->places[called->n];
        take_place(reader, called->n++ ? "in" : "in=", &place->module, &place->addr);
    } while (!reader->wrong && called->n < EVENT_PLACES_MAX && *reader->at == ',' && reader->at++);
}

static void parse_region(struct reader *reader, struct event_text *text)
{
    struct event_region *region = &text->event.u.region;

    region->number = (uint32_t)take_field(reader, "number=", 10);
    region->parent = (uint32_t)take_field(reader, "parent=", 10);
    text->name = take_rest(reader, "name=");
    region->name = text->name;
}

static void take_bucket(struct reader *reader, uint64_t *buckets)
{
    uint64_t bucket = take_number(reader, 10, "buckets");

    if (bucket >= EVENT_BUCKETS || *reader->at != ':') {
        fail(reader, "buckets");
        return;
    }
    reader->at++;
    buckets[bucket] = take_number(reader, 10, "buckets");
}

static void parse_entered(struct reader *reader, struct event_text *text)
{
    struct event_entered *entered = &text->event.u.entered;

    entered->number = (uint32_t)take_field(reader, "number=", 10);
    entered->calls = take_field(reader, "calls=", 10);
    entered->total_ns = take_field(reader, "total=", 10);
    entered->min_ns = take_field(reader, "min=", 10);
    entered->max_ns = take_field(reader, "max=", 10);
    text->buckets = mem_alloc_array(EVENT_BUCKETS, sizeof *text->buckets);
    entered->buckets = text->buckets;
    if (!take_word(reader, "buckets=")) {
        fail(reader, "buckets=");
        return;
    }
    if (!*reader->at)
        return;
    do
        take_bucket(reader, text->buckets);
    while (!reader->wrong && *reader->at == ',' && reader->at++);
}

static void parse_kind(struct reader *reader, struct event_text *text)
{
    switch (text->event.kind) {
    case EVENT_SAMPLE:
        parse_sample(reader, text);
        break;
    case EVENT_MAP:
        parse_map(reader, text);
        break;
    case EVENT_COMM:
        parse_comm(reader, text);
        break;
    case EVENT_FORK:
        parse_fork(reader, &text->event.u.fork);
        break;
    case EVENT_LOST:
        text->event.u.lost.count = take_field(reader, "count=", 10);
        break;
    case EVENT_THROTTLE:
        parse_throttle(reader, &text->event.u.throttle);
        break;
    case EVENT_MODULE:
        parse_module(reader, text);
        break;
    case EVENT_CHOICE:
        parse_choice(reader, &text->event.u.choice);
        break;
    case EVENT_COUNTER:
        parse_counter(reader, &text->event.u.counter);
        break;
    case EVENT_CALLED:
        parse_called(reader, text);
        break;
    case EVENT_FAULT:
        parse_fault(reader, text);
        break;
    case EVENT_RESIDENT:
        text->event.u.resident.bytes = take_field(reader, "size=", 16);
        break;
    case EVENT_ALLOC:
        parse_alloc(reader, text);
        break;
    case EVENT_FREE:
        parse_free(reader, &text->event.u.free);
        break;
    case EVENT_REGION:
        parse_region(reader, text);
        break;
    case EVENT_ENTERED:
        parse_entered(reader, text);
        break;
    case EVENT_EXIT:
        break;
    }
}

static bool take_kind(struct reader *reader, enum event_kind *ret)
{
    for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++) {
        if (take_word(reader, kind_names[i])) {
            *ret = (enum event_kind)i;
            return true;
        }
    }
    return false;
}

struct lprof_error *event_text_parse(const char *line, struct event_text *ret)
{
    struct reader reader = {.at = line};
    struct event_text text = {0};

    if (!take_kind(&reader, &text.event.kind))
        return error_create(LPROF_ERROR_FORMAT, "not an event: %.40s", line);
    reader.at += strspn(reader.at, " ");
    text.event.time_ns = take_number(&reader, 10, "time");
    take_ids(&reader, &text.event.pid, &text.event.tid);
    // An event that has a field of this name itself has it behind others.
    if (take_word(&reader, "in="))
        text.event.region = (uint32_t)take_number(&reader, 10, "in");
    parse_kind(&reader, &text);
    if (reader.at[strspn(reader.at, " ")] != '\0')
        fail(&reader, "what follows the last field");
    if (reader.wrong) {
        event_text_deinit(&text);
        return error_create(LPROF_ERROR_FORMAT, "event '%s': wrong %s", kind_names[text.event.kind],
                            reader.wrong);
    }
    *ret = text;
    return NULL;
}

void event_text_deinit(struct event_text *text)
{
    free(text->name);
    free(text->stack);
    free(text->places);
    free(text->buckets);
    text->name = NULL;
    text->stack = NULL;
    text->places = NULL;
    text->buckets = NULL;
}

struct lprof_error *event_text_play(const char *path, const struct event_sink *sink)
{
    CLEANUP(cleanup_fclose) FILE *in = fopen(path, "re");
    CLEANUP(cleanup_free) char *line = NULL;
    size_t room = 0;
    ssize_t length;

    if (!in)
        return error_from_errno(errno, "%s", path);
    for (size_t number = 1; (length = getline(&line, &room, in)) >= 0; number++) {
        struct event_text text;
        if (length && line[length - 1] == '\n')
            line[length - 1] = '\0';
        if (line[0] == '\0' || line[0] == '#')
            continue;
        struct lprof_error *err = event_text_parse(line, &text);
        if (err)
            return error_wrap(err, "%s:%zu", path, number);
        sink->receive(sink->context, &text.event);
        event_text_deinit(&text);
    }
    if (ferror(in))
        return error_from_errno(EIO, "%s", path);
    return NULL;
}
