// Exceptions through several frames, std::regex, std::function and virtual calls.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <regex>
#include <stdexcept>
#include <string>

struct Shape {
    virtual ~Shape() {}
    virtual double area(int n) const = 0;
};

struct Square : Shape {
    double area(int n) const override
    {
        if (n % 7 == 0)
            throw std::runtime_error("seven");
        return n * 1.5;
    }
};

__attribute__((noinline)) static double through(const Shape &shape, int n, int depth)
{
    std::string guard(32, 'x');

    if (depth)
        return through(shape, n, depth - 1) + guard.size();
    return shape.area(n);
}

__attribute__((noinline)) static int caught(const Shape &shape, int n)
{
    try {
        return static_cast<int>(through(shape, n, 5));
    } catch (const std::exception &e) {
        return static_cast<int>(std::string(e.what()).size());
    }
}

// throws [ROUNDS]
int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 30000;
    const std::regex pattern("([a-z]+)([0-9]+)(x|y)*z");
    const std::string text = "some text with abc123xyxyxyz inside and more abc12";
    std::function<int(int)> call = [](int n) { return caught(Square(), n); };
    long sum = 0;

    for (int i = 0; i < rounds; i++) {
        sum += std::regex_search(text, pattern);
        for (int j = 0; j < 14; j++)
            sum += call(i + j);
    }
    std::printf("%ld\n", sum);
}
