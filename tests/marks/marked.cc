// Every kind of C++ function that can be marked. All marked functions are named marked_*.
#include <cstdio>
#include <lprof/lprof.h>

template <class T> LPROF_FUNC T marked_template(T x)
{
    return x + x;
}

struct Base {
    LPROF_FUNC int marked_member(int x)
    {
        return x + 1;
    }
    LPROF_FUNC virtual int marked_virtual(int x)
    {
        return x + 2;
    }
    LPROF_FUNC static int marked_static_member(int x)
    {
        return x * 2;
    }
    virtual ~Base() {}
};

struct Derived : Base {
    LPROF_FUNC int marked_virtual(int x) override
    {
        return x + 3;
    }
};

LPROF_FUNC inline int marked_inline(int x)
{
    return x - 1;
}

extern "C" LPROF_FUNC int marked_c_linkage(int x)
{
    return x * 11;
}

extern "C" {
LPROF_FUNC int marked_in_c_block(int x)
{
    return x * 13;
}
}

namespace {
LPROF_FUNC int marked_anonymous(int x)
{
    return x * 17;
}
} // namespace

// What is passed depends on argc: calls with constants would be computed while compiling.
int main(int argc, char **)
{
    Base *b = argc > 5 ? new Base : new Derived;
    std::printf("%d\n", marked_template(argc) + static_cast<int>(marked_template(argc * 1.5)) +
                            b->marked_member(argc) + b->marked_virtual(argc + 1) +
                            Base::marked_static_member(argc + 2) + marked_inline(argc + 3) +
                            marked_c_linkage(argc) + marked_in_c_block(argc) +
                            marked_anonymous(argc));
    delete b;
    return 0;
}
