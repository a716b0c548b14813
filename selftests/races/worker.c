// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker: two threads that use areas of all kinds, each its own half of the pages,
 * and look at what a page holds whenever they touch it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "races.h"

#define AREAS	7

struct worker {
	unsigned int number;
	struct area area[AREAS];
	atomic_bool bad;
};

struct thread {
	struct worker *worker;
	unsigned int number;
	pthread_t id;
};

static void *must_map(size_t length, int flags, int fd, off_t at)
{
	void *start = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, fd, at);

	if (start == MAP_FAILED)
		die("worker: no %zu bytes", length);
	return start;
}

/* At a huge page's edge */
static void *map_huge(size_t length)
{
	uintptr_t start = (uintptr_t)must_map(length + 2 * MIB, MAP_PRIVATE | MAP_ANONYMOUS,
					      -1, 0);

	start = (start + 2 * MIB - 1) & ~(2 * MIB - 1);
	madvise((void *)start, length, MADV_HUGEPAGE);
	return (void *)start;
}

static int make_file(const char *dir, const char *name, unsigned int number, size_t length)
{
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.%u", dir, name, number);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, length))
		die("worker: %s", path);
	return fd;
}

static int make_shmem(size_t length)
{
	int fd = memfd_create("races", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, length))
		die("worker: no shared memory");
	return fd;
}

static void make_area(struct worker *w, unsigned int number, const char *name, char *start,
		      size_t length, int file)
{
	struct area *area = &w->area[number];

	area->name = name;
	area->start = start;
	area->pages = length / PAGE;
	area->seed = mix(board->seed, w->number * AREAS + number);
	area->version = calloc(area->pages, sizeof(*area->version));
	area->file = file;
	self->area[number] = (struct range){ (uintptr_t)start, length };
	self->nr_areas = number + 1;
	if (!area->version)
		die("worker: no memory");
}

static void make_areas(struct worker *w)
{
	const int anon = MAP_PRIVATE | MAP_ANONYMOUS;
	int fd;

	make_area(w, 0, "anonymous", must_map(2 * MIB, anon, -1, 0), 2 * MIB, -1);
	make_area(w, 1, "huge", map_huge(4 * MIB), 4 * MIB, -1);
	fd = make_file(files_dir, "shared", w->number, 2 * MIB);
	make_area(w, 2, "shared file", must_map(2 * MIB, MAP_SHARED, fd, 0), 2 * MIB, fd);
	fd = make_file(files_dir, "private", w->number, MIB);
	make_area(w, 3, "private file", must_map(MIB, MAP_PRIVATE, fd, 0), MIB, -1);
	fd = make_shmem(2 * MIB);
	make_area(w, 4, "shared memory", must_map(2 * MIB, MAP_SHARED, fd, 0), 2 * MIB, fd);
	/* Its pages are other tasks' too: one maps them twice */
	make_area(w, 5, "shared, anonymous", must_map(MIB, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
		  MIB, -1);
	make_area(w, 6, "twins", must_map(MIB, anon, -1, 0), MIB, -1);
	w->area[6].twins = true;
	madvise(w->area[6].start, MIB, MADV_MERGEABLE);
}

/* One of the thread's own pages */
static size_t own_page(const struct thread *t, size_t page)
{
	return page - page % THREADS + t->number;
}

static bool use_page(struct thread *t, struct area *area, size_t page, bool write)
{
	page = own_page(t, page);
	if (!page_check(area, page))
		return false;
	if (write)
		page_write(area, page);
	return true;
}

/* What is in a shared mapping is in its file. */
static bool compare_with_file(struct thread *t, struct area *area, size_t page)
{
	char bytes[PAGE];
	ssize_t done;

	if (area->file < 0)
		return true;
	page = own_page(t, page);
	done = pread(area->file, bytes, PAGE, page * PAGE);
	if (done != (ssize_t)PAGE) {
		complain("%s: reading page %zu of the file: %zd, %s", area->name, page, done,
			 strerror(errno));
		return false;
	}
	return bytes_check(area, page, bytes);
}

/* A private page that is dropped is zero, but a file's comes back. */
static void drop_page(struct thread *t, struct area *area, size_t page)
{
	if (area->twins || strncmp(area->name, "shared", 6) == 0)
		return;
	page = own_page(t, page);
	if (!madvise(area->start + page * PAGE, PAGE, MADV_DONTNEED))
		area->version[page] = 0;
}

static void page_out(struct area *area, size_t page)
{
	size_t nr = area->pages - page < 16 ? area->pages - page : 16;

	madvise(area->start + page * PAGE, nr * PAGE, chance(50) ? MADV_PAGEOUT : MADV_COLD);
}

static void hint(void)
{
	struct mm_policy_hint h = { .size = sizeof(h), .hint = pick(3) };
	int fd = control();

	call(fd, MM_POLICY_HINT, &h);
	close(fd);
}

static void do_something_else(struct thread *t, struct area *area, size_t page)
{
	switch (pick(6)) {
	case 0:
		drop_page(t, area, page);
		break;
	case 1:
		page_out(area, page);
		break;
	case 2:
		hint();
		break;
	case 3:
		if (area->file >= 0)
			msync(area->start, area->pages * PAGE, MS_ASYNC);
		break;
	}
}

/* Some pages of an area: in a row, or here and there, or mostly the same few */
static bool burst(struct thread *t)
{
	struct area *area = &t->worker->area[pick(AREAS)];
	size_t page = pick(area->pages), nr = 8 + pick(56);
	unsigned int way = pick(3);
	bool write = chance(50);

	while (nr--) {
		if (way == 0)
			page = (page + 1) % area->pages;
		else if (way == 1)
			page = pick(area->pages);
		else
			page = pick(1 + pick(area->pages));
		if (!use_page(t, area, page, write))
			return false;
	}
	if (!compare_with_file(t, area, page))
		return false;
	if (chance(20))
		do_something_else(t, area, page);
	return true;
}

static bool check_all(struct thread *t)
{
	size_t page;
	int i;

	for (i = 0; i < AREAS; i++) {
		struct area *area = &t->worker->area[i];

		for (page = 0; page < area->pages; page += THREADS) {
			if (!use_page(t, area, page, false) ||
			    !compare_with_file(t, area, page))
				return false;
		}
		atomic_fetch_add(&self->beats, 1);
	}
	return true;
}

static void *thread_run(void *arg)
{
	struct thread *t = arg;
	bool good = true;

	random_begin(1000 + t->worker->number * THREADS + t->number);
	while (good && !atomic_load(&board->rest)) {
		good = burst(t);
		atomic_fetch_add(&self->beats, 1);
		/* There are more who want the processors */
		nap(pick(5000));
	}
	if (!good || !check_all(t))
		atomic_store(&t->worker->bad, true);
	return NULL;
}

int worker_run(unsigned int number)
{
	static struct worker worker;
	static struct thread thread[THREADS];
	unsigned int i;

	worker.number = number;
	if (nice(5) < 0)
		die("worker: nice");
	make_areas(&worker);
	atomic_store(&self->pid, getpid());
	for (i = 0; i < THREADS; i++) {
		thread[i].worker = &worker;
		thread[i].number = i;
		if (pthread_create(&thread[i].id, NULL, thread_run, &thread[i]))
			die("worker: no thread");
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i].id, NULL);
	return worker.bad;
}
