// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "refs.h"
#include "util.h"

static void flush(struct refs_writer *w)
{
	size_t done = 0;

	while (done < w->filled) {
		ssize_t n = write(w->fd, w->buffer + done, w->filled - done);

		if (n <= 0)
			die("cannot write references: %m");
		done += n;
	}
	w->filled = 0;
}

void refs_create(struct refs_writer *w, const char *path, uint32_t pages)
{
	w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (w->fd < 0)
		die("cannot make %s: %m", path);
	w->last = 0;
	w->filled = snprintf((char *)w->buffer, sizeof(w->buffer),
			     "kaku-refs 1 %u\n", pages);
}

void refs_add(struct refs_writer *w, uint32_t page)
{
	int32_t step = page - w->last;
	uint32_t code = (uint32_t)step << 1 ^ (uint32_t)(step >> 31);

	w->last = page;
	if (w->filled + 5 > sizeof(w->buffer))
		flush(w);
	for (; code >= 128; code >>= 7)
		w->buffer[w->filled++] = code | 128;
	w->buffer[w->filled++] = code;
}

void refs_close(struct refs_writer *w)
{
	flush(w);
	if (close(w->fd))
		die("cannot write references: %m");
}

void refs_open(struct refs_reader *r, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), length = 0;
	struct stat st;
	char line[64] = "";
	void *p;

	if (fd < 0 || fstat(fd, &st))
		die("cannot open %s: %m", path);
	if (pread(fd, line, sizeof(line) - 1, 0) < 0)
		die("cannot read %s: %m", path);
	if (sscanf(line, "kaku-refs 1 %u%n", &r->pages, &length) != 1 ||
	    line[length] != '\n' || !r->pages || r->pages > REFS_MAX_PAGES)
		die("%s: not a file of page references", path);
	p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		die("cannot map %s: %m", path);
	close(fd);
	r->path = path;
	r->start = p;
	r->end = r->start + st.st_size;
	r->at = r->start + length + 1;
	r->last = 0;
}

bool refs_next(struct refs_reader *r, uint32_t *page)
{
	uint32_t code = 0;

	if (r->at == r->end)
		return false;
	for (int shift = 0;; shift += 7) {
		if (r->at == r->end || shift > 28)
			die("%s: broken at byte %td", r->path, r->at - r->start);
		code |= (uint32_t)(*r->at & 127) << shift;
		if (*r->at++ < 128)
			break;
	}
	r->last += code >> 1 ^ -(code & 1);
	if (r->last >= r->pages)
		die("%s: no page %u at byte %td", r->path, r->last,
		    r->at - r->start);
	*page = r->last;
	return true;
}
