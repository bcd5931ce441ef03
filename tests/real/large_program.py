#!/usr/bin/env python3
"""Makes a C++ program of some 50 MB at -O2 -g, full of templates and inlined calls, to measure symbolizing with.

    large_program.py FOLDER [COPIES]

It takes minutes to compile, so it is kept: FOLDER/large is made only once. Prints its path. With COPIES it makes FOLDER/huge
instead, in which every unit stands so many times, and which its user removes.
"""
import os
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

UNITS = 20
INSTANCES = 10
UNIT = """\
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {{
template <int N> struct item {{
    long key = N;
    std::string name = std::to_string(N);
    bool operator<(const item &other) const {{ return key * N < other.key * N; }}
}};

template <int N> long work(long seed)
{{
    std::map<item<N>, std::vector<item<N>>> groups;
    std::unordered_map<std::string, std::shared_ptr<item<N>>> names;
    std::vector<item<N>> all;
    for (long i = 0; i < 100; i++) {{
        item<N> one;
        one.key = (seed * 31 + i * 17) % 97;
        all.push_back(one);
        groups[one].push_back(one);
        names.emplace(one.name, std::make_shared<item<N>>(one));
    }}
    std::sort(all.begin(), all.end(), [](const item<N> &a, const item<N> &b) {{ return b < a; }});
    std::set<item<N>> sorted(all.begin(), all.end());
    std::function<long(long)> more = [&](long x) {{ return x + (long)groups.size() * N; }};
    return more(std::accumulate(all.begin(), all.end(), 0L, [](long sum, const item<N> &i) {{ return sum + i.key; }})) +
           (long)(sorted.size() + names.size());
}}

template <int... N> long all(std::integer_sequence<int, N...>, long seed) {{ return (work<N>(seed) + ... + 0L); }}
}} // namespace

long unit{unit}(long seed) {{ return all(std::make_integer_sequence<int, {instances}>(), seed); }}
"""


def compile_unit(folder, unit):
    source = folder / f"unit{unit}.cc"
    source.write_text(UNIT.format(unit=unit, instances=INSTANCES), encoding="utf-8")
    subprocess.run(["g++", "-std=c++17", "-O2", "-g", "-c", source.name], cwd=folder, check=True)


def make_large(folder, work):
    program = folder / "large"
    if not program.exists() or not (work / "unit0.o").exists():
        work.mkdir(parents=True, exist_ok=True)
        calls = "".join(f"long unit{i}(long);\n" for i in range(UNITS))
        sums = " + ".join(f"unit{i}(argc)" for i in range(UNITS))
        (work / "main.cc").write_text(f"{calls}int main(int argc, char **) {{ return ({sums}) == 1; }}\n", encoding="utf-8")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda unit: compile_unit(work, unit), range(UNITS)))
        subprocess.run(["g++", "-O2", "-g", "-o", program, "main.cc", *(f"unit{i}.o" for i in range(UNITS))], cwd=work,
                       check=True)
    return program


def make_huge(folder, work, copies):
    """The code of each copy is its own, as everything in it is local, but for functions that the linker takes once."""
    make_large(folder, work)
    program = folder / "huge"
    objects = [f"unit{i}.o" for _ in range(copies) for i in range(UNITS)]
    subprocess.run(["g++", "-O2", "-g", "-Wl,-z,muldefs", "-o", program, "main.cc", *objects], cwd=work, check=True)
    return program


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    work = folder / "large.build"
    print(make_huge(folder, work, int(sys.argv[2])) if len(sys.argv) > 2 else make_large(folder, work))


main()
