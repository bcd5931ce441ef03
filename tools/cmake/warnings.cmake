# The warnings that every C file of the project compiles under, with GCC and with Clang.
add_library(lprof_warnings INTERFACE)
target_compile_options(lprof_warnings INTERFACE
  -Wall -Wextra -pedantic -Wshadow -Wconversion -Wvla -Wmissing-prototypes -Wstrict-prototypes
  -Wpointer-arith -Wformat=2 -Wundef -Wimplicit-fallthrough)
if(LPROF_WERROR)
  target_compile_options(lprof_warnings INTERFACE -Werror)
endif()
