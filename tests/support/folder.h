/**
 * @file
 * A folder of a test's own, with the files that the test asks for.
 */
#ifndef TESTS_SUPPORT_FOLDER_H
#define TESTS_SUPPORT_FOLDER_H

/** Make a new folder below /tmp. @return Its path, without links; free it with folder_remove(). */
char *folder_create(void);

/** Remove the folder with all that is in it, and free its path. */
void folder_remove(char *folder);

/** Write a file, making the folders above it. @return Its path; free it. */
char *folder_add_file(const char *folder, const char *name, const char *text);

/** Make a folder, and those above it. */
void folder_add_folder(const char *folder, const char *name);

#endif
