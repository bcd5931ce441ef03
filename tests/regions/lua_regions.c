// Regions around the parser and the garbage collector of Lua: linked in front of them by --wrap.
#include <lprof/lprof.h>

void *__real_luaY_parser(void *L, void *z, void *buff, void *dyd, const char *name, int first);
void *__wrap_luaY_parser(void *L, void *z, void *buff, void *dyd, const char *name, int first);
void __real_luaC_step(void *L);
void __wrap_luaC_step(void *L);

void *__wrap_luaY_parser(void *L, void *z, void *buff, void *dyd, const char *name, int first)
{
    LPROF_REGION("parser") return __real_luaY_parser(L, z, buff, dyd, name, first);
    return 0;
}

void __wrap_luaC_step(void *L)
{
    LPROF_REGION("collector") __real_luaC_step(L);
}
