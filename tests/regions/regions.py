"""What the tests of regions share: compiling their programs, running lprof, reading its regions."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, "..", "..", "include")
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wpedantic", "-Werror"]


def compile(source, program, *flags, compiler=None, link=("-pthread",)):
    """Builds a program; the compiler's own words are the error."""
    cc = compiler or ("g++" if source.endswith(".cc") else "gcc")
    command = [cc, "-g", *WARNINGS, "-I", INCLUDE, *flags, os.path.join(HERE, source), "-o", program, *link]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode or done.stderr:
        raise AssertionError(f"{' '.join(command)}\n{done.stderr}")


def run(*command, status=0, env=None):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(env or {})})
    if done.returncode != status:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}, not {status}\n{done.stderr}")
    return done


def record(lprof, profile, *program, options=(), status=0, env=None):
    """Records a program and hands back its report."""
    run(lprof, "record", "-o", profile, *options, "--", *program, status=status, env=env)
    return report(lprof, profile)


def report(lprof, profile, *options):
    return json.loads(run(lprof, "report", "--format", "json", *options, profile).stdout)


def by_path(made):
    return {region["path"]: region for region in made["regions"]}


def notes(made):
    return {note["code"]: note["count"] for note in made["notes"]}


class Tests:
    """Runs the functions called test_* of a script, each in a folder of its own."""

    def __init__(self, module):
        # Tests run in folders of their own.
        sys.argv[1:] = [os.path.abspath(argument) for argument in sys.argv[1:]]
        self.lprof = sys.argv[1]
        self.tests = [value for name, value in vars(module).items() if name.startswith("test_")]

    def run(self):
        failed = 0
        for test in self.tests:
            with tempfile.TemporaryDirectory() as folder:
                os.chdir(folder)
                try:
                    test(self.lprof)
                    print(f"ok   {test.__name__}")
                except AssertionError as error:
                    failed += 1
                    print(f"FAIL {test.__name__}: {error}")
                os.chdir("/")
        print(f"{len(self.tests) - failed} of {len(self.tests)} passed")
        return 1 if failed else 0
