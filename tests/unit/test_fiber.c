/* test_fiber.c - many tasks in one thread: order, waits, gates, stacks, stopping
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "base/wait.h"
#include "tests/lib/abort.h"

#define CROWD 500

static char story[64];

static void tell(char letter)
{
	const size_t size = strlen(story);

	assert_true(size + 1 < sizeof(story));
	story[size] = letter;
	story[size + 1] = '\0';
}

static int set_up(void **state)
{
	(void)state;
	story[0] = '\0';
	wait_resume();
	return 0;
}

struct sleeper {
	char letter;
	int64_t ms;
};

static void sleep_and_tell(void *context)
{
	const struct sleeper *sleeper = context;

	assert_true(wait_until(clock_ms() + sleeper->ms));
	tell(sleeper->letter);
}

static void the_shortest_sleep_ends_first(void **state)
{
	/* So far apart that a busy machine does not wake two of them at once. */
	struct sleeper sleepers[] = { { 'c', 1800 }, { 'a', 600 }, { 'b', 1200 } };
	const int64_t start = clock_ms();

	(void)state;
	for (size_t i = 0; i < 3; i++)
		fiber_start(sleep_and_tell, &sleepers[i]);
	fiber_run(fiber_wait);
	assert_string_equal(story, "abc");
	assert_in_range(clock_ms() - start, 1800, 60000);
}

struct crowd_wait {
	int64_t until;
	int ends[2];
	bool is_woken;
};

static struct crowd_wait crowd[CROWD];
static int64_t last_until;
static unsigned timed_out;

static void wait_in_crowd(void *context)
{
	const struct crowd_wait *wait = context;
	struct pollfd wanted = { .fd = wait->ends[0], .events = POLLIN };

	if (wait_poll(&wanted, 1, wait->until) == 1) {
		assert_true(wait->is_woken);
		return;
	}
	assert_false(wait->is_woken);
	assert_true(clock_ms() >= wait->until);
	assert_true(wait->until >= last_until);
	last_until = wait->until;
	timed_out++;
}

static void wake_some(void *context)
{
	(void)context;
	for (size_t i = 0; i < CROWD; i++)
		if (crowd[i].is_woken)
			assert_int_equal(write(crowd[i].ends[1], "x", 1), 1);
}

/* Waits that end early leave from the middle of the heap. */
static void waits_end_in_order_of_their_times(void **state)
{
	uint32_t random = 1;
	unsigned woken = 0;

	(void)state;
	last_until = 0;
	timed_out = 0;
	for (size_t i = 0; i < CROWD; i++) {
		random = random * 1664525 + 1013904223;
		crowd[i].until = clock_ms() + 200 + (random >> 16) % 500;
		crowd[i].is_woken = random >> 31;
		woken += crowd[i].is_woken;
		if (crowd[i].is_woken)
			crowd[i].until += 600000;
		assert_int_equal(pipe(crowd[i].ends), 0);
		fiber_start(wait_in_crowd, &crowd[i]);
	}
	fiber_start(wake_some, NULL);
	fiber_run(fiber_wait);
	assert_int_equal(timed_out, CROWD - woken);
	for (size_t i = 0; i < CROWD; i++) {
		close(crowd[i].ends[0]);
		close(crowd[i].ends[1]);
	}
}

struct worked_for {
	struct fiber_view *view;
	uint32_t owner;
};

static void check_owner(void *context)
{
	const struct worked_for *wanted = context;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(wanted->view->owner, wanted->owner);
		assert_true(wait_until(clock_ms() + 10));
	}
	tell('o');
}

static void work_for_and_start_another(void *context)
{
	const struct worked_for *wanted = context;

	assert_int_equal(wanted->view->owner, 0);
	fiber_work_for(wanted->owner);
	fiber_start(check_owner, context);
	check_owner(context);
}

static void others_see_for_whom_a_fiber_works(void **state)
{
	struct fiber_view view = { 0 };
	struct worked_for some[] = { { &view, 7 }, { &view, 9 } };
	uint32_t before;

	(void)state;
	fiber_show(&view);
	before = view.turns;
	for (size_t i = 0; i < 2; i++)
		fiber_start(work_for_and_start_another, &some[i]);
	fiber_run(fiber_wait);
	assert_string_equal(story, "oooo");
	assert_int_equal(view.owner, 0);
	assert_true(view.turns - before >= 4 * 3);
	fiber_show(NULL);
}

static int ends[2];

static void read_two(void *context)
{
	struct pollfd wanted[] = { { .fd = -1 }, { .fd = ends[0], .events = POLLIN } };
	char byte;

	(void)context;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(wait_poll(wanted, 2, clock_ms() + 60000), 1);
		assert_int_equal(wanted[1].revents, POLLIN);
		assert_int_equal(read(ends[0], &byte, 1), 1);
		tell(byte);
	}
	/* Nothing comes: the time is up. */
	assert_int_equal(wait_poll(wanted, 2, clock_ms() + 10), 0);
}

static void write_two(void *context)
{
	(void)context;
	for (const char *byte = "xy"; *byte; byte++) {
		wait_until(clock_ms() + 10);
		tell('>');
		assert_int_equal(write(ends[1], byte, 1), 1);
	}
}

static void a_descriptor_wakes_who_waits_for_it(void **state)
{
	(void)state;
	assert_int_equal(pipe(ends), 0);
	fiber_start(read_two, NULL);
	fiber_start(write_two, NULL);
	fiber_run(fiber_wait);
	assert_string_equal(story, ">x>y");
	close(ends[0]);
	close(ends[1]);
}

static void wait_for_a_bad_descriptor(void *context)
{
	struct pollfd wanted = { .fd = *(int *)context, .events = POLLIN };

	assert_int_equal(wait_poll(&wanted, 1, clock_ms() + 60000), 1);
	tell(wanted.revents & POLLNVAL ? 'n' : 'r');
}

static void what_cannot_be_waited_for_does_not_hang(void **state)
{
	FILE *file = tmpfile();
	int closed = 4711, regular = fileno(file);

	(void)state;
	fiber_start(wait_for_a_bad_descriptor, &closed);
	fiber_start(wait_for_a_bad_descriptor, &regular);
	fiber_run(fiber_wait);
	assert_string_equal(story, "nr");
	fclose(file);
}

static struct fiber_gate gate;
static unsigned inside;

static void pass(void *context)
{
	const struct sleeper *sleeper = context;

	assert_true(fiber_gate_enter(&gate, INT64_MAX));
	inside++;
	assert_in_range(inside, 1, 2);
	tell(sleeper->letter);
	wait_until(clock_ms() + sleeper->ms);
	inside--;
	fiber_gate_leave(&gate);
}

static void pass_twice(void *context)
{
	pass(context);
	pass(context);
}

static void a_gate_lets_through_in_order(void **state)
{
	struct sleeper fibers[] = { { 'a', 1 }, { 'b', 20 }, { 'c', 1 }, { 'd', 1 }, { 'e', 1 } };

	(void)state;
	gate = (struct fiber_gate){ .free = 2 };
	fiber_start(pass_twice, &fibers[0]);
	for (size_t i = 1; i < 5; i++)
		fiber_start(pass, &fibers[i]);
	fiber_run(fiber_wait);
	/* The one that comes again is last. */
	assert_string_equal(story, "abcdea");
	assert_int_equal(gate.free, 2);
}

static unsigned gave_up;

static void give_up(void *context)
{
	(void)context;
	assert_false(fiber_gate_enter(&gate, clock_ms() + 20));
	gave_up++;
	tell('-');
}

static void hold_until_all_gave_up(void *context)
{
	const int64_t until = clock_ms() + 60000;

	(void)context;
	assert_true(fiber_gate_enter(&gate, INT64_MAX));
	tell('a');
	while (gave_up < 3 && clock_ms() < until)
		wait_until(clock_ms() + 5);
	fiber_gate_leave(&gate);
}

static void who_gives_up_leaves_the_queue(void **state)
{
	struct sleeper fibers[] = { { 'b', 1 }, { 'c', 1 } };

	(void)state;
	gate = (struct fiber_gate){ .free = 1 };
	gave_up = 0;
	fiber_start(hold_until_all_gave_up, NULL);
	fiber_start(give_up, NULL);
	fiber_start(pass, &fibers[0]);
	fiber_start(give_up, NULL);
	fiber_start(pass, &fibers[1]);
	fiber_start(give_up, NULL);
	fiber_run(fiber_wait);
	assert_string_equal(story, "a---bc");
	assert_int_equal(gate.free, 1);
}

static unsigned ended;

static void nest(void *context)
{
	const size_t depth = (size_t)(uintptr_t)context;

	if (depth > 0)
		fiber_start(nest, (void *)(uintptr_t)(depth - 1));
	wait_until(clock_ms() + 1);
	ended++;
}

static void fibers_start_fibers(void **state)
{
	(void)state;
	ended = 0;
	fiber_start(nest, (void *)(uintptr_t)50);
	fiber_run(fiber_wait);
	assert_int_equal(ended, 51);
}

/* Each has a descriptor; what they cost is measured while nothing happens. */
static void wait_quietly(void *context)
{
	struct pollfd wanted = { .fd = (int)(intptr_t)context, .events = POLLIN };

	assert_int_equal(wait_poll(&wanted, 1, clock_ms() + 3000), 0);
}

static void a_crowd_costs_nothing_at_rest(void **state)
{
	int pipes[CROWD][2];
	struct rusage before, after;
	int64_t used;

	(void)state;
	for (size_t i = 0; i < CROWD; i++) {
		assert_int_equal(pipe(pipes[i]), 0);
		fiber_start(wait_quietly, (void *)(intptr_t)pipes[i][0]);
	}
	getrusage(RUSAGE_SELF, &before);
	fiber_run(fiber_wait);
	getrusage(RUSAGE_SELF, &after);
	used = (after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000 +
	       (after.ru_utime.tv_usec - before.ru_utime.tv_usec) +
	       (after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000000 +
	       (after.ru_stime.tv_usec - before.ru_stime.tv_usec);
	/* One start, one wait and one end of each: a busy loop takes three seconds. */
	assert_in_range(used, 0, 1200000);
	for (size_t i = 0; i < CROWD; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

static void trim_and_go_on(void *context)
{
	volatile char kept[100];
	volatile char *large = __builtin_alloca(100000);

	(void)context;
	memset((char *)kept, 7, sizeof(kept));
	large[0] = 1;
	fiber_trim();
	for (size_t i = 0; i < sizeof(kept); i++)
		assert_int_equal(kept[i], 7);
	tell('t');
}

static void what_is_in_use_is_not_trimmed(void **state)
{
	(void)state;
	fiber_start(trim_and_go_on, NULL);
	fiber_run(fiber_wait);
	assert_string_equal(story, "t");
}

static void on_alarm(int number)
{
	(void)number;
	wait_stop();
}

static void wait_until_stopped(void *context)
{
	struct pollfd wanted = { .fd = ends[0], .events = POLLIN };

	(void)context;
	assert_false(wait_until(clock_ms() + 600000));
	tell('s');
	/* Work under way may go on for a while, and then no longer. */
	assert_int_equal(wait_poll(&wanted, 1, clock_ms() + 600000), -1);
	assert_int_equal(errno, ECANCELED);
	tell('e');
}

static void be_turned_away(void *context)
{
	(void)context;
	assert_false(fiber_gate_enter(&gate, INT64_MAX));
	tell('g');
}

static void hold_the_gate(void *context)
{
	(void)context;
	assert_true(fiber_gate_enter(&gate, INT64_MAX));
	assert_false(wait_until(clock_ms() + 600000));
	fiber_gate_leave(&gate);
}

static void a_signal_ends_them_all(void **state)
{
	const struct sigaction stop = { .sa_handler = on_alarm };
	const int64_t start = clock_ms();
	sigset_t blocked;

	(void)state;
	sigaction(SIGALRM, &stop, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	assert_int_equal(pipe(ends), 0);
	gate = (struct fiber_gate){ .free = 1 };
	fiber_start(hold_the_gate, NULL);
	fiber_start(be_turned_away, NULL);
	fiber_start(be_turned_away, NULL);
	fiber_start(wait_until_stopped, NULL);
	alarm(1);
	fiber_run(fiber_wait);
	assert_string_equal(story, "sgge");
	assert_int_equal(gate.free, 1);
	assert_in_range(clock_ms() - start, WAIT_GRACE_MS, WAIT_GRACE_MS + 60000);
	close(ends[0]);
	close(ends[1]);
}

static void tell_to_stop(void *context)
{
	(void)context;
	assert_true(wait_until(clock_ms() + 20));
	wait_stop();
}

static void sleep_until_told(void *context)
{
	(void)context;
	assert_false(wait_until(clock_ms() + 600000));
}

static void one_tells_the_others_to_stop(void **state)
{
	const int64_t start = clock_ms();

	(void)state;
	fiber_start(sleep_until_told, NULL);
	fiber_start(tell_to_stop, NULL);
	fiber_start(sleep_until_told, NULL);
	fiber_run(fiber_wait);
	assert_in_range(clock_ms() - start, 20, 60000);
}

static void keep_busy(void *context)
{
	(void)context;
	while (!wait_stopping())
		(void)wait_poll(NULL, 0, 0);
}

/* There is always something to do, and yet the signal is let in. */
static void a_busy_process_is_stopped_too(void **state)
{
	(void)state;
	fiber_start(keep_busy, NULL);
	alarm(1);
	fiber_run(fiber_wait);
}

static int use(const volatile char *frame, unsigned depth)
{
	volatile char more[4096];

	more[0] = frame[0];
	return depth == 0 ? more[0] : use(more, depth - 1) + more[0];
}

static void use_too_much(void *context)
{
	const volatile char frame[1] = { 1 };

	(void)context;
	/* Not through the sanitizer's report. */
	signal(SIGSEGV, SIG_DFL);
	use(frame, 4096);
}

/* The page at the end of the stack: the process ends, nothing is overwritten. */
static void too_deep_a_stack_ends_the_process(void **state)
{
	int status;
	const pid_t child = fork();

	(void)state;
	if (child == 0) {
		fiber_start(use_too_much, NULL);
		fiber_run(fiber_wait);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

/* The mapping below that of this stack, as the kernel lists them. */
static void measure_guard(void *context)
{
	size_t *guard = context;
	const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t start, end, below_end = 0, below_start = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512], rights[5];
	bool closed = false;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) &&
	       sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &start, &end, rights) == 3) {
		if (start <= here && here < end && below_end == start && closed)
			*guard = below_end - below_start;
		below_start = start;
		below_end = end;
		closed = strcmp(rights, "---p") == 0;
	}
	fclose(maps);
}

static void a_stack_has_a_guard_below_it(void **state)
{
	size_t guard = 0;

	(void)state;
	fiber_start(measure_guard, &guard);
	fiber_run(fiber_wait);
	assert_true(guard >= 65536);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_stack_has_a_guard_below_it, set_up),
		cmocka_unit_test_setup(the_shortest_sleep_ends_first, set_up),
		cmocka_unit_test_setup(waits_end_in_order_of_their_times, set_up),
		cmocka_unit_test_setup(others_see_for_whom_a_fiber_works, set_up),
		cmocka_unit_test_setup(a_descriptor_wakes_who_waits_for_it, set_up),
		cmocka_unit_test_setup(what_cannot_be_waited_for_does_not_hang, set_up),
		cmocka_unit_test_setup(a_gate_lets_through_in_order, set_up),
		cmocka_unit_test_setup(who_gives_up_leaves_the_queue, set_up),
		cmocka_unit_test_setup(fibers_start_fibers, set_up),
		cmocka_unit_test_setup(a_crowd_costs_nothing_at_rest, set_up),
		cmocka_unit_test_setup(what_is_in_use_is_not_trimmed, set_up),
		cmocka_unit_test_setup(a_signal_ends_them_all, set_up),
		cmocka_unit_test_setup(one_tells_the_others_to_stop, set_up),
		cmocka_unit_test_setup(a_busy_process_is_stopped_too, set_up),
		cmocka_unit_test_setup(too_deep_a_stack_ends_the_process, set_up),
	};

	assertions_abort();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
