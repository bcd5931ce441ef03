// Leaves regions in the ways of C++, from methods, templates and inline functions.
#include <lprof/lprof.h>

#include <stdexcept>
#include <string>

static volatile int sink;

template <typename T> static void thrower(T n)
{
    LPROF_REGION("template")
    {
        if (n % 2)
            throw std::runtime_error("odd");
        sink = sink + 1;
    }
}

struct holder {
    int value = 0;

    inline int method(int n)
    {
        LPROF_TIMED("method");
        value += n;
        if (n % 3 == 0)
            throw n;
        return value;
    }
};

int main()
{
    holder held;
    int caught = 0;

    for (int i = 0; i < 100; i++) {
        try {
            LPROF_REGION("around")
            {
                thrower(i);
                thrower(static_cast<long>(i));
            }
        } catch (const std::exception &) {
            caught++;
        }
        try {
            held.method(i);
        } catch (int) {
            caught++;
        }
    }
    auto lambda = [] { LPROF_REGION("lambda") return 1; return 0; };
    for (int i = 0; i < 5; i++)
        sink = sink + lambda();
    LPROF_REGION(std::string("made " + std::string("name")).c_str()) sink = sink + 1;
    return caught == 84 ? 0 : 1;
}
