// Runs the threads of blocks on one thread of the host, each on a stack of its own, changing at barriers.
#include "fake.h"
#include "shim.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>

#if !defined __x86_64__
#error "the fake driver changes stacks with x86-64 instructions"
#endif

std::map<std::string, Kernel> &kernels() {
	static std::map<std::string, Kernel> all;
	return all;
}

std::map<std::string, Function> &functions() {
	static std::map<std::string, Function> all;
	return all;
}

Dim threadIdx, blockIdx, blockDim, gridDim;

ThreadIndex current() { return {threadIdx.x, blockDim.x, blockIdx.x, gridDim.x}; }

// change keeps the registers that a call must keep on the old stack, leaves that stack's pointer in *from, and goes on with
// the other stack.
extern "C" void change(void **from, void *to);
asm(R"(
change:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, (%rdi)
	mov %rsi, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret
)");

namespace {

constexpr size_t stackSize = 64 << 10;

struct Fiber {
	char *stack = nullptr;
	void *sp = nullptr;
	Dim at;
	enum { runs, meets, done } state = done;
};

std::vector<std::vector<Fiber>> blocks; // that are on their way, each with its threads
Fiber *running;
bool waiting; // the running block has a thread that waits for other blocks
void *scheduler;
const Kernel *kernel;
void **arguments;

[[noreturn]] void begin() {
	kernel->thread(arguments);
	running->state = Fiber::done;
	change(&running->sp, scheduler);
	abort();
}

// ready lays out a stack as change leaves one, so that the first change to it enters begin.
void ready(Fiber &f) {
	if (!f.stack) f.stack = static_cast<char *>(aligned_alloc(64, stackSize));
	void **top = reinterpret_cast<void **>(f.stack + stackSize);
	*--top = nullptr; // begin never returns; it is entered as after a call, off by 8 from 16
	*--top = reinterpret_cast<void *>(begin);
	for (int i = 0; i < 6; i++) *--top = nullptr;
	f.sp = top;
	f.state = Fiber::runs;
}

bool reverse() {
	const char *order = getenv("FAKE_ORDER");
	return order && !strcmp(order, "reverse");
}

void start(std::vector<Fiber> &block, unsigned threads) {
	if (block.size() < threads) block.resize(threads);
	for (unsigned t = 0; t < threads; t++) {
		ready(block[t]);
		block[t].at = {t % blockDim.x, t / blockDim.x % blockDim.y, t / (blockDim.x * blockDim.y)};
	}
}

// turn goes on with a block until it is done or waits for other blocks; it says whether it is done. All threads come to a
// barrier before one passes it.
bool turn(std::vector<Fiber> &block, unsigned threads, bool backwards) {
	for (;;) {
		unsigned left = 0, met = 0;
		waiting = false;
		for (unsigned i = 0; i < threads; i++) {
			Fiber &f = block[backwards ? threads - 1 - i : i];
			if (f.state == Fiber::runs) {
				running = &f;
				threadIdx = f.at;
				change(&scheduler, f.sp);
			}
			left += f.state != Fiber::done;
			met += f.state == Fiber::meets;
		}
		if (left == 0) return true;
		if (left == met)
			for (unsigned i = 0; i < threads; i++)
				if (block[i].state == Fiber::meets) block[i].state = Fiber::runs;
		if (waiting) return false;
	}
}

void pass(Fiber *self) {
	change(&self->sp, scheduler);
	threadIdx = self->at;
}

} // namespace

void __syncthreads() {
	running->state = Fiber::meets;
	pass(running);
}

void wait() {
	waiting = true;
	pass(running);
}

void together(const Kernel &k, unsigned grid, unsigned threads, void **params) {
	kernel = &k;
	arguments = params;
	gridDim = {grid, 1, 1};
	blockDim = {threads, 1, 1};
	const bool backwards = reverse();
	if (blocks.size() < grid) blocks.resize(grid);
	for (unsigned b = 0; b < grid; b++) start(blocks[b], threads);
	std::vector<bool> done(grid);
	for (unsigned left = grid; left > 0;)
		for (unsigned i = 0; i < grid; i++) {
			const unsigned b = backwards ? grid - 1 - i : i;
			blockIdx = {b, 0, 0};
			if (!done[b] && turn(blocks[b], threads, backwards)) {
				done[b] = true;
				left--;
			}
		}
}

void run(const Kernel &k, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, void **params) {
	kernel = &k;
	arguments = params;
	gridDim = {gx, gy, gz};
	blockDim = {bx, by, bz};
	const bool backwards = reverse();
	const unsigned threads = bx * by * bz, grid = gx * gy * gz;
	if (blocks.empty()) blocks.resize(1);
	for (unsigned i = 0; i < grid; i++) {
		const unsigned b = backwards ? grid - 1 - i : i;
		blockIdx = {b % gx, b / gx % gy, b / (gx * gy)};
		if (!k.alone) {
			start(blocks[0], threads);
			while (!turn(blocks[0], threads, backwards)) {}
			continue;
		}
		for (unsigned j = 0; j < threads; j++) {
			const unsigned t = backwards ? threads - 1 - j : j;
			threadIdx = {t % bx, t / bx % by, t / (bx * by)};
			k.thread(params);
		}
	}
}
