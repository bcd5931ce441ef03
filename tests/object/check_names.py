#!/usr/bin/env python3
"""Functions of languages that mangle in ways of their own are called as their source calls them, in the list of functions and
in reports.

    check_names.py LPROF

Languages whose compiler is not there are left out and said.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

LPROF = os.path.abspath(sys.argv[1])
RUST = """\
trait Shape { fn area(&self) -> f64; }
struct Square<T>(T);
impl<T: Copy + Into<f64>> Shape for Square<T> {
    #[inline(never)] fn area(&self) -> f64 { let v: f64 = self.0.into(); v * v }
}
mod inner { pub mod deep { #[inline(never)] pub fn show<T: std::fmt::Display>(t: T) -> String { format!("{t}") } } }
#[inline(never)] fn spin(n: u64) -> u64 { let mut x = n; for i in 0..200_000_000u64 { x = x.rotate_left(7) ^ i; } x }
fn main() {
    let shapes: Vec<Box<dyn Shape>> = vec![Box::new(Square(2.0f64)), Box::new(Square(3u8))];
    let sum: f64 = shapes.iter().map(|s| s.area()).sum();
    println!("{} {} {}", inner::deep::show(sum), inner::deep::show("x"), spin(3));
}
"""
ADA = """\
procedure Sums is
   package Maths is
      function Square (X : Integer) return Integer;
      function "+" (A, B : Boolean) return Boolean;
   end Maths;
   package body Maths is
      function Square (X : Integer) return Integer is begin return X * X; end Square;
      function "+" (A, B : Boolean) return Boolean is begin return A or B; end "+";
   end Maths;
   use Maths;
   Both : Boolean := Square (3) = 9;
begin
   Both := Both + (Square (4) = 16);
end Sums;
"""
FORTRAN = """\
module waves
contains
  subroutine step(x)
    real, intent(inout) :: x
    x = x * 2
  end subroutine
end module
program main
  use waves
  real :: x = 1
  call step(x)
  print *, x
end program
"""
GO = """\
package main

import "fmt"

type stack[T any] struct{ items []T }

func (s *stack[T]) push(x T) { s.items = append(s.items, x) }

func main() {
	s := &stack[int]{}
	s.push(1)
	each := func(x int) { fmt.Println(x) }
	each(s.items[0])
}
"""


def run(*command, env=None):
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **(env or {})})


def listed(program):
    """The names of the functions with lines."""
    out = subprocess.run([LPROF, "list", program], check=True, capture_output=True, text=True).stdout
    return {line.split(maxsplit=3)[3] for line in out.splitlines() if not line.startswith("#")}


def expect(language, names, *expected):
    missing = [name for name in expected if name not in names]
    if missing:
        sys.exit(f"{language}: {missing} not among the {len(names)} names, such as {sorted(names)[:20]}")
    print(f"{language}: {', '.join(expected)}")


def check_rust():
    pathlib.Path("shapes.rs").write_text(RUST, encoding="utf-8")
    flags = ["-g", "-C", "opt-level=1", "shapes.rs", "-Z", "unstable-options"]
    for mangling, square, show in [
            ("legacy", "<shapes::Square<T> as shapes::Shape>::area", "shapes::inner::deep::show"),
            ("v0", "<shapes::Square<u8> as shapes::Shape>::area", "shapes::inner::deep::show::<f64>")]:
        # Only the compiler's own developers may choose either in every version.
        run("rustc", *flags, "-C", f"symbol-mangling-version={mangling}", "-o", mangling, env={"RUSTC_BOOTSTRAP": "1"})
        expect(f"Rust, {mangling}", listed(mangling), square, show, "shapes::main")
    done = subprocess.run([LPROF, "--format", "json", "--report-file", "report.json", "./v0"], capture_output=True, check=False)
    if done.returncode == 125:
        print("nothing can be recorded here")
        return
    report = json.loads(pathlib.Path("report.json").read_text(encoding="utf-8"))
    expect("a report of Rust", {f["name"] for f in report["functions"]}, "shapes::spin")


def check_ada():
    pathlib.Path("sums.adb").write_text(ADA, encoding="utf-8")
    run("gnatmake", "-q", "-g", "-O0", "sums.adb", "-o", "sums")
    expect("Ada", listed("sums"), "sums", "sums.maths.square", 'sums.maths."+"')


def check_fortran():
    pathlib.Path("waves.f90").write_text(FORTRAN, encoding="utf-8")
    run("gfortran", "-g", "-O0", "waves.f90", "-o", "waves")
    expect("Fortran", listed("waves"), "waves::step", "main")


def check_go():
    pathlib.Path("main.go").write_text(GO, encoding="utf-8")
    run("go", "build", "-gcflags=-N -l", "-o", "go", "main.go",
        env={"GO111MODULE": "off", "GOFLAGS": "", "GOCACHE": os.path.abspath("cache")})
    names = listed("go")
    expect("Go", names, "main.main", "main.main.func1")
    assert any(name.startswith("main.(*stack[") and name.endswith("]).push") for name in names), "no method of main.stack"


def main():
    checks = {"rustc": check_rust, "gnatmake": check_ada, "gfortran": check_fortran, "go": check_go}
    there = [compiler for compiler in checks if shutil.which(compiler)]
    with tempfile.TemporaryDirectory(prefix="lprof-names.") as folder:
        os.chdir(folder)
        for compiler in there:
            checks[compiler]()
        os.chdir("/")
    for compiler in checks.keys() - set(there):
        print(f"left out: {compiler} is not installed")
    return 0 if there else 77


sys.exit(main())
