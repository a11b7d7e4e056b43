/* module.c - parts of the program that are loaded when a command needs them
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exit_status.h"
#include "base/version.h"

static int flags = RTLD_NOW | RTLD_LOCAL;

const char *program_path(void)
{
	/* Kept, because after an upgrade the link ends in " (deleted)". */
	static char path[PATH_MAX];
	ssize_t size;

	if (!path[0]) {
		size = readlink("/proc/self/exe", path, sizeof(path) - 1);
		path[size > 0 ? size : 0] = '\0';
	}
	return path[0] ? path : NULL;
}

static bool has_our_version(void *handle, const char *path, struct error *err)
{
	const char *version = dlsym(handle, "program_version");

	return (version && strcmp(version, program_version) == 0) ||
	       error_set(err, ERROR_FATAL,
			 "%s: version %s, but the running program is version %s: restart it", path,
			 version ? version : "unknown", program_version);
}

/* Only the installer can write there, as it can the program. The dynamic linker returns a
 * module that is loaded again. */
static void *load(const char *module, struct error *err)
{
	const char *program = program_path(), *name = program ? strrchr(program, '/') : NULL;
	char path[PATH_MAX + 64];
	const char *why;
	void *handle;

	if (!name) {
		error_set(err, ERROR_FATAL, "cannot load the module %s: is /proc mounted?", module);
		return NULL;
	}
	snprintf(path, sizeof(path), "%.*s/../lib/reportbridge/%s.so", (int)(name - program),
		 program, module);
	handle = dlopen(path, flags);
	if (!handle) {
		why = dlerror();
		error_set(err, ERROR_FATAL, "cannot load a module: %s",
			  why ? why : "a confined worker loads none");
		return NULL;
	}
	return has_our_version(handle, path, err) ? handle : NULL;
}

bool module_load(const char *module, struct error *err)
{
	return load(module, err) != NULL;
}

void *module_function(const char *module, const char *function)
{
	struct error err;
	void *handle = load(module, &err);
	void *found = handle ? dlsym(handle, function) : NULL;

	if (handle && !found)
		error_set(&err, ERROR_FATAL, "module %s: no %s", module, function);
	if (!found) {
		fprintf(stderr, "reportbridge: %s\n", err.text);
		exit(EXIT_USAGE);
	}
	return found;
}

void module_load_no_more(void)
{
	flags |= RTLD_NOLOAD;
}
