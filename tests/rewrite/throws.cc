// Exceptions through copies: caught, rethrown, cleaned up after, from inside loops and callees.
#include <stdexcept>
#include <string>
#include <vector>

#define APART __attribute__((noinline))

namespace {

unsigned trace;

struct guard {
    unsigned mark;
    explicit guard(unsigned m) : mark(m) { trace = trace * 3 + m; }
    APART ~guard() { trace = trace * 5 + mark; }
};

struct oops {
    unsigned code;
};

APART unsigned risky(unsigned n)
{
    if (n % 3 == 0)
        throw oops{n};
    if (n % 7 == 0)
        throw std::runtime_error(std::to_string(n));
    return n + 1;
}

APART unsigned guarded(unsigned n)
{
    guard outer(n);
    unsigned sum = risky(n);
    {
        guard inner(sum);
        sum += risky(n + 1);
    }
    return sum;
}

APART unsigned rethrown(unsigned n)
{
    try {
        return guarded(n);
    } catch (const oops &o) {
        trace += o.code;
        if (o.code % 2)
            throw;
        return 5;
    }
}

APART unsigned caught(unsigned n)
{
    try {
        return rethrown(n);
    } catch (const oops &o) {
        return o.code;
    } catch (const std::exception &e) {
        return static_cast<unsigned>(std::string(e.what()).size());
    } catch (...) {
        return 0;
    }
}

APART unsigned nested(unsigned n)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < n; i++) {
        try {
            try {
                sum += risky(i);
            } catch (const oops &) {
                guard g(i);
                sum += risky(i + 4);
            }
        } catch (...) {
            sum = sum * 7;
            continue;
        }
        sum++;
    }
    return sum;
}

struct base {
    virtual ~base() {}
    virtual unsigned value(unsigned n) { return n; }
};

struct derived : base {
    unsigned value(unsigned n) override { return n > 5 ? base::value(n) : risky(n * 3); }
};

APART unsigned visit(base &object, unsigned n)
{
    try {
        return object.value(n);
    } catch (oops &o) {
        return o.code + 100;
    }
}

} // namespace

extern "C" unsigned long shapes_run()
{
    trace = 1;
    unsigned long sum = 0;
    std::vector<unsigned> seen;
    derived object;

    for (unsigned i = 5; i < 9; i++) {
        seen.push_back(caught(i));
        sum = sum * 31 + visit(object, i);
    }
    for (unsigned value : seen)
        sum = sum * 31 + value;
    sum = sum * 31 + nested(3);
    return sum * 31 + trace;
}
