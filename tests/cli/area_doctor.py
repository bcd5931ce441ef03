"""`lprof doctor`: what this machine allows, and what can be told of a program."""
import re
import shutil
import subprocess


def findings(result, subject):
    """The lines below a subject: (grade, text, remedy or None)."""
    found, here = [], False
    for line in result.out.splitlines():
        if not line.startswith(" "):
            here = line == str(subject)
        elif here and line.startswith("          -> "):
            found[-1] = (*found[-1][:2], line.strip()[3:])
        elif here:
            grade, text = line.split(maxsplit=1)
            found.append((grade, text, None))
    return found


def compile_c(t, name, *flags, source="int main(void) {\n    return 0;\n}\n"):
    if not shutil.which("gcc"):
        t.skip("gcc is not installed")
    (t.folder / f"{name}.c").write_text(source)
    subprocess.run(["gcc", f"{name}.c", *flags, "-o", name], check=True)
    return name


def case_this_machine(t):
    t.needs_capture()
    result = t.lprof("doctor").expect(status=0, err="")
    machine = findings(result, "this machine")
    assert machine[0][0] == "ok" and "can be sampled" in machine[0][1], result
    assert any("--mode step" in text for _, text, _ in machine), result
    assert set(line for line in result.out.splitlines() if line[0] != " ") == {"this machine"}, result


def case_a_program_and_its_libraries(t):
    t.needs_capture()
    compile_c(t, "app", "-g")
    result = t.lprof("doctor", "./app").expect(status=0, err="")
    (grade, text, remedy), *rest = findings(result, "./app")
    assert grade == "ok" and not remedy and not rest, result
    share = float(re.match(r"line info in the file itself: ([\d.]+) % of \d+ kB code has lines", text)[1])
    assert 0 < share < 100, result
    assert re.search(r"^/\S*libc\.so\.6$", result.out, re.M), result
    assert "FAILS" not in result.out, result


def case_no_line_info_fails(t):
    for flags in [[], ["-s"]]:
        compile_c(t, "bare", *flags)
        result = t.lprof("doctor", "./bare").expect(status=1, err="")
        grade, text, remedy = findings(result, "./bare")[0]
        assert grade == "FAILS" and text.startswith("no line info"), result
        assert "-g" in remedy, result


def case_a_library_without_line_info_is_a_remark(t):
    t.needs_capture()
    compile_c(t, "lib.so", "-shared", "-fPIC", source="int seven(void) { return 7; }\n")
    compile_c(t, "user", "-g", "-L.", "-l:lib.so", f"-Wl,-rpath={t.folder}",
              source="int seven(void);\nint main(void) {\n    return seven() - 7;\n}\n")
    result = t.lprof("doctor", "./user").expect(status=0, err="")
    assert findings(result, t.folder / "lib.so")[0][0] == "remark", result


def case_debug_info_apart(t):
    compile_c(t, "whole", "-g")
    subprocess.run(["objcopy", "--only-keep-debug", "whole", "apart.debug"], check=True)
    subprocess.run(["objcopy", "--strip-all", "--add-gnu-debuglink=apart.debug", "whole", "apart"], check=True)
    text = findings(t.lprof("doctor", "./apart"), "./apart")[0][1]
    assert text.startswith("line info named by .gnu_debuglink, ") and "apart.debug: " in text, text
    compile_c(t, "other", "-g", source="int main(void) { return 1; }\n")
    shutil.move("other", "apart.debug")
    result = t.lprof("doctor", "./apart").expect(status=1)
    (grade, _, _), (_, why, _) = findings(result, "./apart")
    assert grade == "FAILS" and "another build" in why, result


def case_missing_sources(t):
    t.needs_capture()
    compile_c(t, "moved", "-g", f"-fdebug-prefix-map={t.folder}=/build/moved")
    (t.folder / "moved.c").unlink()
    result = t.lprof("doctor", "./moved").expect(status=0)
    remarks = [f for f in findings(result, "./moved") if f[0] == "remark"]
    assert len(remarks) == 1 and "/build/moved/moved.c" in remarks[0][1], result
    assert "--path-map=/build/moved/=" in remarks[0][2], result


def case_not_a_program(t):
    (t.folder / "text").write_text("hello\n")
    result = t.lprof("doctor", "./text").expect(status=1)
    assert result.err.startswith("lprof: ./text: ") and result.err.count("\n") == 1, result
    t.lprof("doctor", "a", "b").expect(
        status=2, err="lprof: there is more than one program to examine: b; see lprof doctor --help\n")
    t.lprof("doctor", "/nonexistent/app").expect(status=1, err_has="/nonexistent/app")
