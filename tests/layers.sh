#!/bin/sh
# Fails when a file of src/ includes a folder that src/layers.txt does not allow, or a library's header outside its folder.
cd "$(dirname "$0")/../src" || exit 2

# Lines of "file folder": every include of one of our folders.
grep -rHo --include='*.[ch]' '#include "[a-z]*/' . |
    sed 's/^\.\/\([^:]*\):#include "\([a-z]*\)\/$/\1 \2/' |
    awk 'NR == FNR { sub(/#.*/, ""); for (i = 1; i <= NF; i++) ok[$1, $i] = 1; next }
         { split($1, part, "/") }
         !((part[1], $2) in ok) { print "src/" $1 ": " part[1] "/ may not include " $2 "/"; bad = 1 }
         END { exit bad }' layers.txt - || bad=1

# Folder, then the headers that only it may include.
while read -r folder headers; do
    found=$(grep -rlE --include='*.[ch]' "#include <($headers)>" . ../tools | grep -v "^\./$folder/")
    [ -z "$found" ] || { echo "only src/$folder/ may include $headers:"; echo "$found"; bad=1; }
done <<'LIBRARIES'
base zlib\.h|libdeflate\.h|zstd\.h|lzma\.h
object (libelf/)?(libelf|gelf|elf)\.h|(libdwarf/)?(libdwarf|dwarf)\.h|(libiberty/)?demangle\.h
code capstone/.*\.h
profile protobuf-c/.*\.h|profile\.pb-c\.h
collect linux/perf_event\.h
LIBRARIES

exit "${bad:-0}"
