#include <cstdio>
#include <string_view>
#include <unordered_map>

#include "read.h"

using map = std::unordered_map<std::string_view, size_t>;

// Words are what stands between blanks.
static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

size_t count_words(std::string_view text)
{
    map seen;
    const char *word = nullptr;

    for (const char &c : text) {
        if (!is_blank(c)) {
            if (!word)
                word = &c;
            continue;
        }
        if (word) {
            seen[std::string_view(word, &c - word)]++;
            word = nullptr;
        }
    }
    return seen.size();
}

static void usage(const char *name)
{
    fprintf(stderr, "usage: %s FILE\n", name); /* } */
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        usage(argv[0]);
        return 2;
    }

    std::string text;
    if (!slurp(argv[1], text)) {
        perror(argv[1]);
        return 1;
    }

    // One word is no text.
    if (text.empty()) {
        puts("0");
        return 0;
    }

    size_t words = count_words(text);
    printf("%zu different words\n", words);

    const char *unit = "";
    size_t bytes = text.size();
    if (bytes > 1000000) {
        unit = "M";
        bytes /= 1000000;
    } else if (bytes > 1000) {
        unit = "k";
        bytes /= 1000;
    }
    printf("in %zu %sB\n", bytes, unit);
    return 0;
}
