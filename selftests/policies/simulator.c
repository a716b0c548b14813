// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's part of the simulation. Numbers are those of mm-policy/. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator.h"

#define SPACE		1ULL
#define MAX_BATCH	64
#define CALLS		1024
#define TIMES		(1 << 16)

static struct simulation *current;	/* whose policy runs */
static __u32 times_left;
static __u32 handlers;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static void *zeroed(size_t n, size_t size)
{
	void *memory = calloc(n, size);

	if (!memory)
		die("calloc", "no memory");
	return memory;
}

/* ------------------------------------------------------------------------------ maps */

struct entry {
	struct entry *next;	/* of the same hash */
	bool used, referenced;
	unsigned char data[];	/* key, value */
};

struct map {
	struct map *next;
	struct shim_map def;
	struct entry **bucket;
	unsigned char *entries;	/* all of them, as they are preallocated */
	__u32 nr, hand;
};

static struct map *maps;

static size_t round_up(size_t n)
{
	return (n + 7) & ~7UL;
}

static struct entry *entry_at(struct map *m, __u32 i)
{
	size_t size = sizeof(struct entry) + round_up(m->def.key_size) +
		      round_up(m->def.value_size);

	return (struct entry *)(m->entries + i * size);
}

static void *value_of(struct map *m, struct entry *e)
{
	return e->data + round_up(m->def.key_size);
}

static struct map *find_map(struct shim_map def)
{
	struct map *m;

	for (m = maps; m; m = m->next) {
		if (m->def.id == def.id)
			return m;
	}
	m = zeroed(1, sizeof(*m));
	m->def = def;
	m->bucket = zeroed(def.most, sizeof(*m->bucket));
	m->entries = zeroed(def.most, (char *)entry_at(m, 1) - (char *)entry_at(m, 0));
	m->next = maps;
	maps = m;
	return m;
}

static struct entry **find_slot(struct map *m, const void *key)
{
	const unsigned char *byte = key;
	__u64 hash = 14695981039346656037ULL;
	struct entry **slot;
	__u32 i;

	for (i = 0; i < m->def.key_size; i++)
		hash = (hash ^ byte[i]) * 1099511628211ULL;
	slot = &m->bucket[(hash ^ hash >> 32) % m->def.most];
	while (*slot && memcmp((*slot)->data, key, m->def.key_size))
		slot = &(*slot)->next;
	return slot;
}

static void forget(struct map *m, struct entry **slot)
{
	struct entry *e = *slot;

	*slot = e->next;
	e->used = false;
	m->nr--;
}

/* An unused entry; of an LRU map that is full, one that was not used lately. */
static struct entry *get_entry(struct map *m)
{
	struct entry *e;

	if (m->nr == m->def.most && m->def.type != BPF_MAP_TYPE_LRU_HASH)
		return NULL;
	for (;;) {
		e = entry_at(m, m->hand++ % m->def.most);
		if (!e->used)
			break;
		if (m->nr == m->def.most && !e->referenced) {
			forget(m, find_slot(m, e->data));
			break;
		}
		e->referenced = false;
	}
	e->used = true;
	m->nr++;
	return e;
}

void *shim_lookup(struct shim_map def, const void *key)
{
	struct map *m = find_map(def);
	struct entry *e;
	__u32 index;

	if (def.type == BPF_MAP_TYPE_ARRAY) {
		memcpy(&index, key, sizeof(index));
		return index < def.most ? value_of(m, entry_at(m, index)) : NULL;
	}
	e = *find_slot(m, key);
	if (!e)
		return NULL;
	e->referenced = true;
	return value_of(m, e);
}

int shim_update(struct shim_map def, const void *key, const void *value, __u64 flags)
{
	struct map *m = find_map(def);
	struct entry **slot = find_slot(m, key), *e = *slot;

	if (e && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!e) {
		e = get_entry(m);
		if (!e)
			return -E2BIG;
		memcpy(e->data, key, def.key_size);
		slot = find_slot(m, key);
		e->next = *slot;
		*slot = e;
		e->referenced = false;
	}
	memcpy(value_of(m, e), value, def.value_size);
	return 0;
}

int shim_delete(struct shim_map def, const void *key)
{
	struct map *m = find_map(def);
	struct entry **slot = find_slot(m, key);

	if (!*slot)
		return -ENOENT;
	forget(m, slot);
	return 0;
}

/* As much of it as policies look at */
struct task_struct {
	__u32 pid;
};

struct task_struct *shim_get_current_task_btf(void)
{
	static struct task_struct task;

	task.pid = current->thread;
	return &task;
}

__u64 shim_ktime_get_ns(void)
{
	return current->now * 1000;
}

static struct map *map_by_name(struct simulation *sim, const char *name)
{
	void *id = dlsym(sim->object, name);
	struct map *m;

	for (m = maps; m; m = m->next) {
		if (m->def.id == id)
			return m;
	}
	die(name, "no such map");
	return NULL;
}

void *sim_array(struct simulation *sim, const char *name)
{
	struct map *m = map_by_name(sim, name);

	return value_of(m, entry_at(m, 0));
}

__u32 sim_entries(struct simulation *sim, const char *name)
{
	return map_by_name(sim, name)->nr;
}

/* ----------------------------------------------------------------------------- pages */

static struct mapping *mapping_of(struct simulation *sim, __u64 page)
{
	int i;

	for (i = 0; i < sim->nr_mappings; i++) {
		if (page >= sim->mapping[i].start && page < sim->mapping[i].end)
			return &sim->mapping[i];
	}
	return NULL;
}

static struct page *page_of(struct simulation *sim, __u64 name)
{
	struct mapping *m = mapping_of(sim, name);

	return m ? &m->page[name - m->start] : NULL;
}

static bool is_resident(struct simulation *sim, __u64 name)
{
	struct page *p = page_of(sim, name);

	return p && p->resident;
}

void sim_lock(struct simulation *sim, __u64 page, bool locked)
{
	page_of(sim, page)->locked = locked;
}

bool sim_resident(struct simulation *sim, __u64 page)
{
	return is_resident(sim, page);
}

__u32 sim_refaults(struct simulation *sim, __u64 from, __u64 pages)
{
	__u32 sum = 0;

	while (pages--)
		sum += page_of(sim, from++)->refaults;
	return sum;
}

static __u32 page_flags(const struct mapping *m, const struct page *p)
{
	return (p->young ? MM_POLICY_PAGE_YOUNG : 0) |
	       (p->locked ? MM_POLICY_PAGE_LOCKED : 0) |
	       (m->file ? 0 : MM_POLICY_PAGE_ANON);
}

static void tell_gone(struct simulation *sim, __u64 page, __u32 nr, __u32 why)
{
	struct mm_policy_gone gone = { page, nr, why };

	if (sim->ops->gone)
		sim->ops->gone(&sim->handler, &gone);
}

static void drop_ahead(struct simulation *sim, __u32 at)
{
	page_of(sim, sim->ahead[at])->ahead = false;
	sim->nr_ahead--;
	memmove(&sim->ahead[at], &sim->ahead[at + 1],
		(sim->nr_ahead - at) * sizeof(sim->ahead[0]));
}

/* ---------------------------------------------------------------------------- select */

struct search {
	struct mm_policy_select pub;
	struct simulation *sim;
	bool others;
	__u32 calls, nr;
	__u64 name[MAX_BATCH];
};

static bool spend_call(struct search *search)
{
	if (!search->calls)
		return false;
	search->calls--;
	return true;
}

int mm_policy_evict(struct mm_policy_select *s, __u64 page)
{
	struct search *search = (struct search *)s;
	struct simulation *sim = search->sim;
	struct page *p;

	if (!s->wanted || search->nr == MAX_BATCH || !spend_call(search))
		return -EDQUOT;
	if (page >> MM_POLICY_SPACE_SHIFT != SPACE) {
		sim->invalid++;
		return -EFAULT;
	}
	if (search->others) {
		sim->refused++;
		return -EXDEV;
	}
	p = page_of(sim, page);
	if (!p || !p->resident) {
		sim->refused++;
		return -ENOENT;
	}
	if (s->node >= 0 && mapping_of(sim, page)->node != s->node) {
		sim->refused++;
		return -EXDEV;
	}
	if (p->locked) {
		sim->refused++;
		return -EBUSY;
	}
	p->resident = false;
	p->evicted_at = ++sim->evicted;
	sim->held--;
	search->name[search->nr++] = page;
	s->wanted--;
	return 0;
}

int mm_policy_look(struct mm_policy_select *s, __u64 page, bool age)
{
	struct search *search = (struct search *)s;
	struct mapping *m = mapping_of(search->sim, page);
	struct page *p;
	int flags;

	if (!spend_call(search))
		return -EDQUOT;
	if (page >> MM_POLICY_SPACE_SHIFT != SPACE)
		return -EFAULT;
	if (search->others)
		return -EXDEV;
	if (!m || !is_resident(search->sim, page))
		return -ENOENT;
	p = &m->page[page - m->start];
	flags = page_flags(m, p);
	if (age)
		p->young = false;
	return flags;
}

struct walk {
	struct search *search;
	__u64 cursor, from;
	__u32 flags;
	bool wrapped;
	struct mm_policy_page shown;
};

static struct walk *walk_of(struct bpf_iter_mm_policy_page *it)
{
	return (struct walk *)(unsigned long)it->opaque[0];
}

int bpf_iter_mm_policy_page_new(struct bpf_iter_mm_policy_page *it,
				struct mm_policy_select *s, __u64 from, __u32 flags)
{
	struct walk *w = zeroed(1, sizeof(*w));

	w->search = (struct search *)s;
	w->cursor = from;
	w->from = from;
	w->flags = flags;
	w->wrapped = !(flags & MM_POLICY_WALK_WRAP) || !from;
	it->opaque[0] = (unsigned long)w;
	return 0;
}

/* The first resident page from @from on that a search may take; 0: none */
static __u64 next_resident(struct search *search, __u64 from)
{
	struct simulation *sim = search->sim;
	int i;

	for (i = 0; i < sim->nr_mappings && !search->others; i++) {
		struct mapping *m = &sim->mapping[i];

		if (search->pub.node >= 0 && m->node != search->pub.node)
			continue;
		if (from < m->start)
			from = m->start;
		for (; from < m->end; from++) {
			if (m->page[from - m->start].resident)
				return from;
		}
	}
	return 0;
}

struct mm_policy_page *bpf_iter_mm_policy_page_next(struct bpf_iter_mm_policy_page *it)
{
	struct walk *w = walk_of(it);
	struct simulation *sim = w->search->sim;
	struct mapping *m;
	struct page *p;
	__u64 name = next_resident(w->search, w->cursor);

	if (!name && !w->wrapped) {
		w->wrapped = true;
		name = next_resident(w->search, 0);
	}
	if (!name || (w->wrapped && w->flags & MM_POLICY_WALK_WRAP && w->from &&
		      name >= w->from))
		return NULL;
	w->cursor = name + 1;
	m = mapping_of(sim, name);
	p = &m->page[name - m->start];
	w->shown = (struct mm_policy_page){ name, 1, page_flags(m, p), m->tag, m->node };
	if (w->flags & MM_POLICY_WALK_AGE)
		p->young = false;
	return &w->shown;
}

void bpf_iter_mm_policy_page_destroy(struct bpf_iter_mm_policy_page *it)
{
	free(walk_of(it));
}

struct times {
	__u32 left;
	__u32 value;
};

int bpf_iter_mm_policy_times_new(struct bpf_iter_mm_policy_times *it, __u32 times)
{
	struct times *t = zeroed(1, sizeof(*t));

	t->left = times;
	t->value = -1;
	it->opaque = (unsigned long)t;
	return 0;
}

__u32 *bpf_iter_mm_policy_times_next(struct bpf_iter_mm_policy_times *it)
{
	struct times *t = (struct times *)(unsigned long)it->opaque;

	if (!t->left || !times_left)
		return NULL;
	t->left--;
	times_left--;
	t->value++;
	return &t->value;
}

void bpf_iter_mm_policy_times_destroy(struct bpf_iter_mm_policy_times *it)
{
	free((void *)(unsigned long)it->opaque);
}

static void enter(struct simulation *sim)
{
	current = sim;
	times_left = TIMES;
}

static void clock_select(struct search *search)
{
	struct simulation *sim = search->sim;
	__u64 name = 0, before = sim->evicted;

	search->calls = 4 * MAX_BATCH;
	while (search->pub.wanted && (name = next_resident(search, name))) {
		mm_policy_evict(&search->pub, name);
		name++;
	}
	sim->by_clock += sim->evicted - before;
}

static const struct sim_wish anything = { .node = -1 };

static __u64 take(struct simulation *sim, __u64 nr, __u32 why, __u64 fault,
		  const struct sim_wish *wish)
{
	struct search search = {
		.pub = {
			.wanted = nr < MAX_BATCH ? nr : MAX_BATCH,
			.held = sim->held,
			.node = wish->node,
			.why = why,
			.fault = fault,
		},
		.sim = sim,
		.others = wish->others,
	};
	__u32 i;

	search.calls = wish->calls ? wish->calls : CALLS + 64 * search.pub.wanted;
	if (sim->ops->select) {
		enter(sim);
		sim->selects++;
		if (sim->ops->select(&sim->handler, &search.pub))
			die(sim->ops->name, "select() failed");
		if (search.pub.wanted && sim->held)
			sim->short_selects++;
	}
	if (!search.nr)
		clock_select(&search);
	for (i = 0; i < search.nr; i++)
		tell_gone(sim, search.name[i], 1, MM_POLICY_GONE_EVICTED);
	return search.nr;
}

__u64 sim_reclaim(struct simulation *sim, __u64 nr)
{
	return take(sim, nr, MM_POLICY_FOR_REQUEST, 0, &anything);
}

__u64 sim_ask(struct simulation *sim, __u64 nr, const struct sim_wish *wish)
{
	return take(sim, nr, MM_POLICY_FOR_CGROUP, 0, wish);
}

void sim_move(struct simulation *sim, __u64 start, __s32 node)
{
	mapping_of(sim, start)->node = node;
}

static void make_room(struct simulation *sim, __u64 fault)
{
	__u64 limit = sim->handler.limit, used, over, batch;

	used = sim->held + sim->nr_ahead + 1;
	if (!limit || used <= limit)
		return;
	over = used - limit;
	batch = sim->ops->batch ? sim->ops->batch : limit / 256;
	if (batch > 32)
		batch = 32;
	if (batch < 1)
		batch = 1;
	take(sim, over > batch ? over : batch, MM_POLICY_FOR_LIMIT, fault, &anything);
	if (sim->held + sim->nr_ahead + 1 > limit)
		sim->overruns++;
}

/* -------------------------------------------------------------------------- prefetch */

struct plan {
	struct mm_policy_ahead pub;
	struct simulation *sim;
	const struct mm_policy_fault *fault;
	__u32 ranges;
};

int mm_policy_read_ahead(struct mm_policy_ahead *a, __u64 page, __u32 nr)
{
	struct plan *plan = (struct plan *)a;
	struct simulation *sim = plan->sim;
	int taken = 0;

	if (page < plan->fault->start || page + nr > plan->fault->end) {
		sim->ahead_invalid++;
		return -EFAULT;
	}
	if (plan->ranges++ == 16)
		return 0;
	for (; nr && a->room; nr--, page++) {
		struct page *p = page_of(sim, page);

		if (p->resident || p->ahead || page == plan->fault->page)
			continue;
		if (!p->evicted_at && !mapping_of(sim, page)->file)
			continue;
		p->ahead = true;
		sim->ahead[sim->nr_ahead++] = page;
		a->room--;
		taken++;
	}
	sim->read_ahead += taken;
	return taken;
}

static void prefetch(struct simulation *sim, struct mm_policy_fault *f)
{
	__u64 limit = sim->handler.limit, cap = limit / 4;
	struct plan plan = { .sim = sim, .fault = f };

	if (!sim->ops->prefetch)
		return;
	if (!limit || cap > MAX_AHEAD)
		cap = MAX_AHEAD;
	while (sim->nr_ahead >= cap && sim->nr_ahead)	/* read for nothing */
		drop_ahead(sim, 0);
	plan.pub.room = cap > sim->nr_ahead ? cap - sim->nr_ahead : 0;
	enter(sim);
	if (sim->ops->prefetch(&sim->handler, f, &plan.pub))
		die(sim->ops->name, "prefetch() failed");
}

/* ---------------------------------------------------------------------------- faults */

static void take_ahead(struct simulation *sim, __u64 name)
{
	__u32 i;

	for (i = 0; sim->ahead[i] != name; i++)
		;
	drop_ahead(sim, i);
	sim->ahead_used++;
}

void sim_touch(struct simulation *sim, __u64 name)
{
	struct mapping *m = mapping_of(sim, name);
	struct page *p = page_of(sim, name);
	struct mm_policy_fault f;

	if (!p)
		die("touch", "there is nothing");
	sim->now++;
	sim->touches++;
	p->young = true;
	if (p->resident)
		return;

	f = (struct mm_policy_fault) {
		.page = name,
		.start = m->start,
		.end = m->end,
		.kind = p->evicted_at ? MM_POLICY_REFAULT :
			m->file ? MM_POLICY_FILE_PAGE : MM_POLICY_FIRST_TOUCH,
		.tag = m->tag,
		.hint = sim->hint,
		.distance = p->evicted_at ? sim->evicted - p->evicted_at + 1 : 0,
	};
	sim->faults++;
	if (p->known) {
		sim->refaults++;
		p->refaults++;
	}
	p->known = true;
	if (p->ahead) {
		take_ahead(sim, name);
		f.flags |= MM_POLICY_FAULT_AHEAD;
		make_room(sim, name);
		prefetch(sim, &f);
	} else {
		make_room(sim, name);
		if (f.kind != MM_POLICY_FIRST_TOUCH) {
			f.flags |= MM_POLICY_FAULT_MAJOR;
			sim->major++;
			prefetch(sim, &f);
		}
	}
	p->resident = true;
	p->young = true;
	sim->held++;
	if (sim->held > sim->most_held)
		sim->most_held = sim->held;
	enter(sim);
	if (sim->ops->fault)
		sim->ops->fault(&sim->handler, &f);
}

/* ------------------------------------------------------------------------------ life */

__u64 sim_map(struct simulation *sim, __u64 address, __u64 pages, __u32 tag, bool file)
{
	__u64 start = SPACE << MM_POLICY_SPACE_SHIFT | address;
	int at = sim->nr_mappings;

	if (at == MAX_MAPPINGS)
		die("map", "too many");
	for (; at && sim->mapping[at - 1].start > start; at--)
		sim->mapping[at] = sim->mapping[at - 1];
	sim->mapping[at] = (struct mapping) {
		.start = start,
		.end = start + pages,
		.tag = tag,
		.file = file,
		.page = zeroed(pages, sizeof(struct page)),
	};
	sim->nr_mappings++;
	return start;
}

void sim_unmap(struct simulation *sim, __u64 start)
{
	struct mapping *m = mapping_of(sim, start), old;
	__u64 name;

	enter(sim);
	for (name = m->start; name < m->end; name++) {
		if (is_resident(sim, name)) {
			sim->held--;
			tell_gone(sim, name, 1, MM_POLICY_GONE_UNMAPPED);
		}
	}
	old = *m;
	sim->nr_mappings--;
	memmove(m, m + 1, (sim->mapping + sim->nr_mappings - m) * sizeof(*m));
	free(old.page);
}

void sim_reset_counters(struct simulation *sim)
{
	size_t from = offsetof(struct simulation, touches);
	__u64 evicted = sim->evicted;
	int i;

	memset((char *)sim + from, 0, sizeof(*sim) - from);
	sim->evicted = evicted;
	for (i = 0; i < sim->nr_mappings; i++) {
		struct mapping *m = &sim->mapping[i];
		__u64 name;

		for (name = m->start; name < m->end; name++)
			m->page[name - m->start].refaults = 0;
	}
}

void sim_empty(struct simulation *sim)
{
	while (sim->held && take(sim, MAX_BATCH, MM_POLICY_FOR_REQUEST, 0, &anything))
		;
	sim_reset_counters(sim);
}

struct simulation *sim_start(const char *policy, __u64 limit, const __u64 *args)
{
	struct simulation *sim = zeroed(1, sizeof(*sim));
	char file[4096];

	snprintf(file, sizeof(file), "%s/%s.so", getenv("POLICIES"), policy);
	sim->object = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (!sim->object)
		die(policy, dlerror());
	sim->ops = dlsym(sim->object, strcmp(policy, "template") ? policy : "mine");
	if (!sim->ops)
		die(policy, dlerror());
	sim->thread = 1;
	sim->handler.id = ++handlers;
	sim->handler.limit = limit;
	if (args)
		memcpy(sim->handler.args, args, sizeof(sim->handler.args));
	enter(sim);
	if (sim->ops->init && sim->ops->init(&sim->handler))
		die(policy, "init() failed");
	return sim;
}

void sim_end(struct simulation *sim)
{
	struct mm_policy_exit why = { };

	enter(sim);
	if (sim->ops->exit)
		sim->ops->exit(&sim->handler, &why);
	while (sim->nr_mappings) {
		sim->nr_mappings--;
		free(sim->mapping[sim->nr_mappings].page);
	}
	free(sim);
}
