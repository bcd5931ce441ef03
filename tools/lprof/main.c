#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "message.h"
#include "usage.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv); ///< NULL: a word kept for a later version.
};

static const struct command commands[] = {
    {"record", cmd_record}, {"report", cmd_report}, {"merge", cmd_merge},
    {"list", cmd_list},     {"doctor", cmd_doctor}, {"diff", NULL},
    {"view", NULL},         {"top", NULL},          {"check", NULL},
};

static const struct command *find_command(const char *word)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, word) == 0)
            return &commands[i];
    }
    return NULL;
}

bool cmd_is_name(const char *word)
{
    return find_command(word) != NULL;
}

// A file opened in place of a closed standard stream would get messages written into it. The
// program that is run finds the stream closed, as without lprof.
static void fill_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
            return;
    }
}

// Sources are UTF-8 in whatever locale they are shown: how wide their characters are is asked of the C
// library, which knows it in a locale of UTF-8 only.
static void set_character_type(void)
{
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

int main(int argc, char **argv)
{
    fill_standard_streams();
    set_character_type();
    const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;
    if (!command)
        return cmd_run(argc, argv);
    if (!command->run) {
        message_say(
            "'%s' is not available in this version; to run a program called %s: lprof -- %s",
            command->name, command->name, command->name);
        return USAGE_STATUS;
    }
    return command->run(argc - 1, argv + 1);
}
