/* Hear the warnings of the libjpeg that Pillow is linked with, which Pillow drops.
 *
 * Loaded for all to see before Pillow is, this library's jpeg_std_error is the one that Pillow
 * calls to set up its error handling. It has the real one do that, and puts a counter in front of
 * emit_message. The beginning of struct jpeg_error_mgr has been the same since libjpeg 6
 * (jpeglib.h); a warning is a message of level -1.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

struct error_manager {
    void (*error_exit)(void *);
    void (*emit_message)(void *, int);
};

/* SHA-256 of this file, when it was compiled. */
const char *revision(void) { return REVISION; }

static long heard;
static void (*emit)(void *, int);
static struct error_manager *(*real)(struct error_manager *);

/* Warnings so far, in this process. */
long warnings(void) { return __atomic_load_n(&heard, __ATOMIC_RELAXED); }

static void count(void *state, int level) {
    if (level < 0) __atomic_add_fetch(&heard, 1, __ATOMIC_RELAXED);
    emit(state, level);
}

static int look(struct dl_phdr_info *object, size_t size, void *data) {
    (void)size, (void)data;
    const char *name = strrchr(object->dlpi_name, '/');
    if (name == NULL || strncmp(name, "/libjpeg", 8)) return 0;
    void *library = dlopen(object->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
    if (library != NULL) real = dlsym(library, "jpeg_std_error");
    return real != NULL;
}

struct error_manager *jpeg_std_error(struct error_manager *manager) {
    if (real == NULL) dl_iterate_phdr(look, NULL);
    if (real == NULL) abort(); /* who calls this has a libjpeg of another name */
    real(manager);
    emit = manager->emit_message;
    manager->emit_message = count;
    return manager;
}
