/* xml_floor.c - what reading and scanning report files costs, and nothing else
 *
 * SPDX-License-Identifier: MIT
 *
 * xml_floor DIRECTORY: every file is read whole and goes through libxml2
 * without a handler.  Prints how many were well-formed.  No program that uses
 * the library can need less.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <libxml/parser.h>

#define PIECE_SIZE (32 * 1024)

static void on_error(void *user, xmlErrorPtr error)
{
	(void)user;
	(void)error;
}

static int scan(int fd)
{
	static char piece[PIECE_SIZE];
	xmlSAXHandler none = { .initialized = XML_SAX2_MAGIC, .serror = on_error };
	xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&none, NULL, NULL, 0, NULL);
	int well_formed;
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0)
		xmlParseChunk(parser, piece, (int)n, 0);
	xmlParseChunk(parser, piece, 0, 1);
	well_formed = parser->wellFormed;
	xmlFreeParserCtxt(parser);
	return well_formed;
}

int main(int argc, char **argv)
{
	DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
	const struct dirent *entry;
	int well_formed = 0;

	if (!directory) {
		fprintf(stderr, "usage: xml_floor DIRECTORY\n");
		return 2;
	}
	while ((entry = readdir(directory))) {
		const int fd = entry->d_name[0] == '.'
				       ? -1
				       : openat(dirfd(directory), entry->d_name, O_RDONLY);

		if (fd >= 0) {
			well_formed += scan(fd);
			close(fd);
		}
	}
	closedir(directory);
	printf("{\"reports\": %d}\n", well_formed);
	return 0;
}
