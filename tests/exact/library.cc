// What C++ programs are made of: containers, strings, streams, sorting, virtual calls and exceptions. It does
// the same each time; what it allocates is never asked for its address.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <numeric>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

unsigned draw(unsigned n)
{
    static unsigned state = 7;

    state = state * 1103515245u + 12345u;
    return (state >> 16) % n;
}

std::string word()
{
    std::string text;

    for (unsigned n = 2 + draw(9); n > 0; n--)
        text += static_cast<char>('a' + draw(26));
    return text;
}

std::size_t count_words(int n)
{
    std::map<std::string, int> sorted;
    std::unordered_map<std::string, std::vector<int>> places;

    for (int i = 0; i < n; i++) {
        std::string text = word().substr(0, 2);
        sorted[text]++;
        places[text].push_back(i);
    }
    return std::accumulate(
        sorted.begin(), sorted.end(), std::size_t{0}, [&](std::size_t sum, const auto &entry) {
            return sum * 31 + entry.first.size() + static_cast<std::size_t>(entry.second) +
                   places[entry.first].size();
        });
}

struct shape {
    virtual ~shape() = default;
    virtual double area() const = 0;
};

struct square : shape {
    double side;
    explicit square(double s) : side(s)
    {
    }
    double area() const override
    {
        return side * side;
    }
};

struct circle : shape {
    double radius;
    explicit circle(double r) : radius(r)
    {
        if (r > 90)
            throw std::out_of_range("a circle of " + std::to_string(r));
    }
    double area() const override
    {
        return 3 * radius * radius;
    }
};

double areas(int n)
{
    std::vector<std::unique_ptr<shape>> shapes;
    double sum = 0;

    for (int i = 0; i < n; i++) {
        try {
            if (draw(2))
                shapes.push_back(std::make_unique<square>(draw(50)));
            else
                shapes.push_back(std::make_unique<circle>(draw(100)));
        } catch (const std::exception &e) {
            sum += static_cast<double>(std::string(e.what()).size());
        }
    }
    std::stable_sort(shapes.begin(), shapes.end(),
                     [](const auto &a, const auto &b) { return a->area() < b->area(); });
    for (const auto &one : shapes)
        sum = sum * 0.5 + one->area();
    return sum;
}

std::size_t text(int n)
{
    std::ostringstream out;

    for (int i = 0; i < n; i++)
        out << i << ':' << word() << (i % 7 ? ' ' : '\n');
    std::string all = out.str();
    const std::regex pair("([0-9]+):([a-m]+)\\b");
    std::size_t sum = 0;
    for (std::sregex_iterator it(all.begin(), all.end(), pair), end; it != end; ++it)
        sum = sum * 7 + static_cast<std::size_t>((*it)[2].length());
    return sum;
}

int parse(const std::string &digits)
{
    if (digits.size() % 5 == 0)
        throw std::invalid_argument(digits);
    return std::stoi(digits);
}

int parse_all(int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++) {
        try {
            try {
                sum += parse(draw(4) ? std::to_string(draw(100000)) : word());
            } catch (const std::logic_error &) {
                sum++;
                if (i % 3 == 0)
                    throw;
            }
        } catch (...) {
            sum += 2;
        }
    }
    return sum;
}

} // namespace

int main()
{
    std::printf("%zu\n", count_words(20000));
    std::printf("%.3f\n", areas(3000));
    std::printf("%zu\n", text(400));
    std::printf("%d\n", parse_all(1000));
}
