#include "doctor/debian_package.h"

#include <stdlib.h>
#include <unistd.h>

#include "support/test.h"

LP_TEST(debian_package, the_package_of_a_file_is_told)
{
    if (access("/usr/bin/dpkg-query", X_OK) != 0)
        cr_skip_test("there is no dpkg-query");
    // The folder /bin is a link: dpkg knows the shell by its old name.
    char *package = debian_package_of("/bin/dash");
    cr_expect_str_eq(package, "dash");
    free(package);
    package = debian_package_of("/usr/bin/dpkg-query");
    cr_expect_str_eq(package, "dpkg");
    free(package);
    cr_expect_null(debian_package_of("/proc/self/exe"));
    cr_expect_null(debian_package_of("/nonexistent"));
}

LP_TEST(debian_package, debug_info_is_in_a_package_of_its_own)
{
    char *debug = debian_package_debug("libstdc++6");
    cr_expect_str_eq(debug, "libstdc++6-dbgsym");
    free(debug);
    debug = debian_package_debug("libc6");
    cr_expect_str_eq(debug, "libc6-dbg");
    free(debug);
}
