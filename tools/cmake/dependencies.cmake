# The libraries lprof is built on. Each is used in one folder of src only (src/README.md says which).
find_package(PkgConfig REQUIRED)
pkg_check_modules(libelf REQUIRED IMPORTED_TARGET libelf)
pkg_check_modules(capstone REQUIRED IMPORTED_TARGET capstone)
pkg_check_modules(protobuf_c REQUIRED IMPORTED_TARGET libprotobuf-c)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(libdeflate REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(liblzma REQUIRED IMPORTED_TARGET liblzma)
pkg_check_modules(libzstd REQUIRED IMPORTED_TARGET libzstd)

# Without pkg-config: libdwarf before 0.1 has no .pc file, and that of Debian 13 names a folder that is not there.
find_path(LIBDWARF_INCLUDE_DIR libdwarf.h PATH_SUFFIXES libdwarf-2 libdwarf-0 libdwarf REQUIRED)
find_library(LIBDWARF_LIBRARY dwarf REQUIRED)
add_library(PkgConfig::libdwarf INTERFACE IMPORTED)
target_include_directories(PkgConfig::libdwarf SYSTEM INTERFACE ${LIBDWARF_INCLUDE_DIR})
target_link_libraries(PkgConfig::libdwarf INTERFACE ${LIBDWARF_LIBRARY})

find_path(LIBIBERTY_INCLUDE_DIR demangle.h PATH_SUFFIXES libiberty REQUIRED)
find_library(LIBIBERTY_LIBRARY iberty REQUIRED)
add_library(libiberty INTERFACE IMPORTED)
target_include_directories(libiberty SYSTEM INTERFACE ${LIBIBERTY_INCLUDE_DIR})
target_link_libraries(libiberty INTERFACE ${LIBIBERTY_LIBRARY})

find_path(UTHASH_INCLUDE_DIR uthash.h REQUIRED)
find_program(PROTOC_C protoc-c REQUIRED)
if(LPROF_TESTS)
  pkg_check_modules(criterion REQUIRED IMPORTED_TARGET criterion)
endif()
