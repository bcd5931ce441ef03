/**
 * @file
 * Which Debian package a file is of, and which one has its debug info.
 */
#ifndef LPROF_DOCTOR_DEBIAN_PACKAGE_H
#define LPROF_DOCTOR_DEBIAN_PACKAGE_H

/** The package that a file was installed by, as dpkg tells. Free it; NULL = none. */
char *debian_package_of(const char *path);

/** The package with the debug info of another one. Free it. */
char *debian_package_debug(const char *package);

#endif
