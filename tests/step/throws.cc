// Exceptions that pass through counted functions and land in them.
#include <cstdio>
#include <stdexcept>

#define NOINLINE __attribute__((noinline))

static volatile int sink;

struct Guard {
    NOINLINE ~Guard()
    {
        sink = sink + 1; // hits: 6
    }
};

NOINLINE static int risky(int n)
{
    Guard guard;
    if (n % 2)                            // hits: 6
        throw std::runtime_error("odd");  // hits: 3
    return n;                             // hits: 3
}

NOINLINE static int caught(int rounds)
{
    int sum = 0;                          // hits: 1
    for (int i = 0; i < rounds; i++) {    // hits: 7
        try {
            sum += risky(i);              // hits: 6
        } catch (const std::exception &) {
            sum += 100;                   // hits: 3
        }
    }
    return sum;                           // hits: 1
}

int main()
{
    std::printf("%d\n", caught(6));
}
