/* fiber.c - many tasks in one thread, each with its own stack
 *
 * SPDX-License-Identifier: MIT
 *
 * epoll reports which fiber has an event; poll() then reports the events to
 * that fiber.  So a fiber's wait has the semantics of poll(), and 500 waiting
 * fibers cost nothing.
 */
#include "base/fiber.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wait.h"
#include "base/xalloc.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN
#endif
#endif

/* MIME, XML and TLS libraries were measured to use a third of it; with
 * AddressSanitizer frames are several times larger. */
#ifdef WITH_ASAN
#include <sanitizer/common_interface_defs.h>
#define STACK_BYTES ((size_t)2 << 20)
#else
#define STACK_BYTES ((size_t)512 << 10)
#endif
/* Guard below each stack.  Our code touches every page of a large frame
 * (-fstack-clash-protection); a library may not. */
#define GUARD_BYTES ((size_t)64 << 10)
#define EVENTS_AT_ONCE 64

enum fiber_state { FIBER_READY, FIBER_WAITING, FIBER_ENDED };

struct fiber {
	enum fiber_state state;
	ucontext_t context;
	char *stack;     /* lowest address; the guard is below it */
	void *sanitizer; /* the sanitizer's state for it */
	fiber_function *body;
	void *argument;
	uint32_t owner;                /* the owner of its work; 0: none */
	int64_t until;                 /* of a wait */
	size_t place;                  /* in the heap, while it waits */
	bool cancelled;                /* a stop ended its wait */
	struct fiber_gate *gate;       /* the gate whose queue it is in */
	struct fiber *follower;        /* next in the ready queue or a gate's queue */
	struct fiber *next, *previous; /* list of all fibers */
};

static struct {
	int epoll;
	struct fiber *running; /* NULL: the scheduler */
	struct fiber *all;
	struct fiber *first, *last; /* ready, in order */
	struct fiber **waiting;     /* a heap: the first wait to end is the first */
	size_t count, alloc;        /* of the heap */
	bool stopping;              /* as of the last check */
	struct fiber_view *view;    /* NULL: no view */
	ucontext_t context;
	void *sanitizer;
	const void *stack; /* the thread's own stack, for the sanitizer */
	size_t stack_size;
} scheduler;

/* --- switching ---------------------------------------------------------------- */

#ifdef WITH_ASAN
#define leave_stack(keep, bottom, size) __sanitizer_start_switch_fiber(keep, bottom, size)
#define enter_stack(kept, bottom, size) __sanitizer_finish_switch_fiber(kept, bottom, size)
#else
#define leave_stack(keep, bottom, size) ((void)(keep))
#define enter_stack(kept, bottom, size) ((void)(kept))
#endif

/* Switches from the running fiber to the scheduler; returns when the fiber is
 * resumed. */
static void yield_to_scheduler(void)
{
	struct fiber *self = scheduler.running;

	assert(wait_permitted());
	/* The sanitizer state of a fiber that has ended is freed. */
	leave_stack(self->state == FIBER_ENDED ? NULL : &self->sanitizer, scheduler.stack,
		    scheduler.stack_size);
	swapcontext(&self->context, &scheduler.context);
	enter_stack(self->sanitizer, &scheduler.stack, &scheduler.stack_size);
}

static void show(uint32_t owner, uint32_t turns)
{
	if (!scheduler.view)
		return;
	atomic_store(&scheduler.view->owner, owner);
	atomic_fetch_add(&scheduler.view->turns, turns);
}

static void resume(struct fiber *fiber)
{
	scheduler.running = fiber;
	show(fiber->owner, 1);
	leave_stack(&scheduler.sanitizer, fiber->stack, STACK_BYTES);
	swapcontext(&scheduler.context, &fiber->context);
	enter_stack(scheduler.sanitizer, NULL, NULL);
	scheduler.running = NULL;
	show(0, 0);
}

void fiber_show(struct fiber_view *view)
{
	scheduler.view = view;
	show(0, 1);
}

void fiber_work_for(uint32_t owner)
{
	scheduler.running->owner = owner;
	show(owner, 0);
}

bool fiber_is_running(void)
{
	return scheduler.running != NULL;
}

static void body_of_fiber(void)
{
	struct fiber *self = scheduler.running;

	enter_stack(NULL, &scheduler.stack, &scheduler.stack_size);
	self->body(self->argument);
	self->state = FIBER_ENDED;
	yield_to_scheduler();
	abort();
}

static void make_ready(struct fiber *fiber)
{
	fiber->state = FIBER_READY;
	fiber->follower = NULL;
	if (scheduler.first)
		scheduler.last->follower = fiber;
	else
		scheduler.first = fiber;
	scheduler.last = fiber;
}

/* Moves the fiber to its place in the heap, from a free one. */
static void sift(struct fiber *fiber, size_t place)
{
	struct fiber **heap = scheduler.waiting;
	size_t next;

	while (place > 0 && heap[next = (place - 1) / 2]->until > fiber->until) {
		heap[place] = heap[next];
		heap[place]->place = place;
		place = next;
	}
	while ((next = 2 * place + 1) < scheduler.count) {
		if (next + 1 < scheduler.count && heap[next + 1]->until < heap[next]->until)
			next++;
		if (heap[next]->until >= fiber->until)
			break;
		heap[place] = heap[next];
		heap[place]->place = place;
		place = next;
	}
	heap[place] = fiber;
	fiber->place = place;
}

static void begin_wait(struct fiber *fiber, int64_t until)
{
	scheduler.waiting = xgrow(scheduler.waiting, scheduler.count, &scheduler.alloc,
				  sizeof(*scheduler.waiting));
	fiber->state = FIBER_WAITING;
	fiber->until = until;
	scheduler.count++;
	sift(fiber, scheduler.count - 1);
}

static void end_wait(struct fiber *fiber)
{
	struct fiber *last = scheduler.waiting[--scheduler.count];

	if (last != fiber)
		sift(last, fiber->place);
	make_ready(fiber);
}

void fiber_start(fiber_function *body, void *context)
{
	struct fiber *fiber = xcalloc(1, sizeof(*fiber));
	char *memory = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED || mprotect(memory, GUARD_BYTES, PROT_NONE) < 0 ||
	    getcontext(&fiber->context) < 0)
		abort();
	fiber->stack = memory + GUARD_BYTES;
	fiber->context.uc_stack.ss_sp = fiber->stack;
	fiber->context.uc_stack.ss_size = STACK_BYTES;
	fiber->context.uc_link = NULL;
	makecontext(&fiber->context, body_of_fiber, 0);
	fiber->body = body;
	fiber->argument = context;
	fiber->owner = scheduler.running ? scheduler.running->owner : 0;
	fiber->next = scheduler.all;
	if (fiber->next)
		fiber->next->previous = fiber;
	scheduler.all = fiber;
	make_ready(fiber);
}

static void reap(struct fiber *fiber)
{
	if (fiber->next)
		fiber->next->previous = fiber->previous;
	if (fiber->previous)
		fiber->previous->next = fiber->next;
	else
		scheduler.all = fiber->next;
	munmap(fiber->stack - GUARD_BYTES, GUARD_BYTES + STACK_BYTES);
	free(fiber);
}

/* Not inlined, as link-time optimization does: the frame address would be the upper end
 * of the caller's frame, which is in use. */
__attribute__((noinline)) void fiber_trim(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	/* Not the address of a variable: GCC 14's AddressSanitizer moves variables to the heap. */
	const char *here = __builtin_frame_address(0);
	size_t below;

	if (!scheduler.running)
		return;
	/* Keep two pages for the functions called from here. */
	below = (size_t)(here - scheduler.running->stack) / page * page;
	if (below > 2 * page)
		(void)madvise(scheduler.running->stack, below - 2 * page, MADV_DONTNEED);
}

/* --- waiting ------------------------------------------------------------------ */

/* poll() reports descriptors that epoll cannot watch as ready or broken at once, so
 * there is no need to wait for them. */
static bool watch(struct fiber *fiber, const struct pollfd *fds, nfds_t count)
{
	bool all = true;

	for (nfds_t i = 0; i < count; i++) {
		/* POLLIN and the like have the same bits as EPOLLIN. */
		struct epoll_event event = { .events = (uint32_t)fds[i].events,
					     .data = { .ptr = fiber } };

		if (fds[i].fd >= 0 &&
		    epoll_ctl(scheduler.epoll, EPOLL_CTL_ADD, fds[i].fd, &event) < 0)
			all = false;
	}
	return all;
}

static void unwatch(const struct pollfd *fds, nfds_t count)
{
	for (nfds_t i = 0; i < count; i++)
		if (fds[i].fd >= 0)
			(void)epoll_ctl(scheduler.epoll, EPOLL_CTL_DEL, fds[i].fd, NULL);
}

int fiber_wait(struct pollfd *fds, nfds_t count, int64_t until)
{
	struct fiber *self = scheduler.running;
	int ready;

	if (!self)
		return wait_kernel(fds, count, until);
	do {
		self->cancelled = false;
		begin_wait(self, until);
		if (!watch(self, fds, count))
			end_wait(self);
		yield_to_scheduler();
		unwatch(fds, count);
		ready = poll(fds, count, 0);
		if (ready == 0 && self->cancelled) {
			errno = EINTR;
			ready = -1;
		}
	} while (ready == 0 && clock_ms() < until);
	return ready;
}

static void leave_queue(struct fiber_gate *gate, const struct fiber *fiber)
{
	struct fiber *before = NULL;

	for (struct fiber *f = gate->first; f != fiber; f = f->follower)
		before = f;
	if (before)
		before->follower = fiber->follower;
	else
		gate->first = fiber->follower;
	if (gate->last == fiber)
		gate->last = before;
}

bool fiber_gate_enter(struct fiber_gate *gate, int64_t until)
{
	struct fiber *self = scheduler.running;

	assert(self);
	if (wait_stopping())
		return false;
	if (gate->free > 0) {
		gate->free--;
		return true;
	}
	self->follower = NULL;
	if (gate->first)
		gate->last->follower = self;
	else
		gate->first = self;
	gate->last = self;
	self->gate = gate;
	begin_wait(self, until);
	yield_to_scheduler();
	/* The leaving fiber removed us from the queue and passed its slot to us. */
	if (!self->gate)
		return true;
	self->gate = NULL;
	return false;
}

void fiber_gate_leave(struct fiber_gate *gate)
{
	struct fiber *next = gate->first;

	if (!next) {
		gate->free++;
		return;
	}
	gate->first = next->follower;
	next->gate = NULL;
	end_wait(next);
}

/* --- the scheduler ------------------------------------------------------------ */

/* Runs the fibers that are ready now; those that become ready meanwhile run after
 * the descriptors have been polled. */
static void run_ready(void)
{
	const struct fiber *last = scheduler.last;
	struct fiber *fiber;
	bool more = scheduler.first != NULL;

	while (more) {
		fiber = scheduler.first;
		more = fiber != last;
		scheduler.first = fiber->follower;
		resume(fiber);
		if (fiber->state == FIBER_ENDED)
			reap(fiber);
	}
}

static int next_timeout(void)
{
	int64_t left;

	if (scheduler.first)
		return 0;
	if (scheduler.count == 0 || scheduler.waiting[0]->until == INT64_MAX)
		return -1;
	left = scheduler.waiting[0]->until - clock_ms();
	return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

/* Signals are delivered only here.  With a timeout of 0 epoll_pwait() delivers
 * none. */
static void wait_for_events(void)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	const int timeout = next_timeout();
	sigset_t none, before;
	int count;

	sigemptyset(&none);
	if (timeout == 0) {
		sigprocmask(SIG_SETMASK, &none, &before);
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
	count = epoll_pwait(scheduler.epoll, events, EVENTS_AT_ONCE, timeout, &none);
	for (int i = 0; i < count; i++) {
		struct fiber *fiber = events[i].data.ptr;

		if (fiber->state == FIBER_WAITING)
			end_wait(fiber);
	}
}

/* Ends the waits whose time has come; when the program stops, all of them. */
static void wake_due(void)
{
	const bool stop = wait_stopping() && !scheduler.stopping;
	const int64_t now = clock_ms();

	scheduler.stopping = wait_stopping();
	while (scheduler.count > 0 && (stop || scheduler.waiting[0]->until <= now)) {
		struct fiber *fiber = scheduler.waiting[0];

		fiber->cancelled = stop;
		if (fiber->gate)
			leave_queue(fiber->gate, fiber);
		end_wait(fiber);
	}
}

void fiber_run(wait_function *wait)
{
	assert(!scheduler.running);
	wait_delegate(wait);
	scheduler.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (scheduler.epoll < 0)
		abort();
	while (scheduler.all) {
		wake_due();
		run_ready();
		/* A fiber may have stopped the others. */
		wake_due();
		if (scheduler.all)
			wait_for_events();
	}
	free(scheduler.waiting);
	scheduler.waiting = NULL;
	scheduler.alloc = 0;
	close(scheduler.epoll);
	wait_delegate(NULL);
}
