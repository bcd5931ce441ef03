// Turns its own profile on from code. Its arguments and exit status are its own.
#include <lprof/lprof.h>
#include <lprof/self.h>

#include <cstdio>
#include <cstring>

int main(int argc, char **argv)
{
    if (lprof_profile_self() != 0) {
        std::perror("lprof_profile_self");
        return 1;
    }
    LPROF_REGION("from C++") std::printf("%s\n", argc > 1 ? argv[1] : "");
    return argc > 1 ? static_cast<int>(std::strlen(argv[1])) : 0;
}
