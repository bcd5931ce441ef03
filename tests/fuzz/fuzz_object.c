// Any bytes open to an error or to an object that answers at every address, and ends.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask_object.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct object *obj = NULL;
    struct lprof_error *err = object_open_memory("fuzz", bytes, size, &obj);

    if (err) {
        if (obj || !*err->message || strchr(err->message, '\n')) {
            fprintf(stderr, "fuzz_object: no error in one line\n");
            abort();
        }
        error_destroy(err);
        return 0;
    }
    ask_object(obj);
    object_destroy(obj);
    return 0;
}
