// Runs the threads of a block on one thread of the host, each on a stack of its own, changing at barriers.
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

ThreadIndex current() { return {threadIdx.x, blockDim.x, blockIdx.x}; }

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
	bool done = false;
};

std::vector<Fiber> fibers;
Fiber *running;
void *scheduler;
const Kernel *kernel;
void **arguments;

[[noreturn]] void begin() {
	kernel->thread(arguments);
	running->done = true;
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
	f.done = false;
}

bool reverse() {
	const char *order = getenv("FAKE_ORDER");
	return order && !strcmp(order, "reverse");
}

void runBlock(unsigned threads, bool backwards) {
	if (fibers.size() < threads) fibers.resize(threads);
	for (unsigned t = 0; t < threads; t++) {
		ready(fibers[t]);
		fibers[t].at = {t % blockDim.x, t / blockDim.x % blockDim.y, t / (blockDim.x * blockDim.y)};
	}
	for (bool more = true; more;) {
		more = false;
		for (unsigned i = 0; i < threads; i++) {
			Fiber &f = fibers[backwards ? threads - 1 - i : i];
			if (f.done) continue;
			running = &f;
			threadIdx = f.at;
			change(&scheduler, f.sp);
			more |= !f.done;
		}
	}
}

} // namespace

void __syncthreads() {
	Fiber *self = running;
	change(&self->sp, scheduler);
	threadIdx = self->at;
}

void run(const Kernel &k, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, void **params) {
	kernel = &k;
	arguments = params;
	gridDim = {gx, gy, gz};
	blockDim = {bx, by, bz};
	const bool backwards = reverse();
	const unsigned threads = bx * by * bz, blocks = gx * gy * gz;
	for (unsigned i = 0; i < blocks; i++) {
		const unsigned b = backwards ? blocks - 1 - i : i;
		blockIdx = {b % gx, b / gx % gy, b / (gx * gy)};
		if (!k.alone) {
			runBlock(threads, backwards);
			continue;
		}
		for (unsigned j = 0; j < threads; j++) {
			const unsigned t = backwards ? threads - 1 - j : j;
			threadIdx = {t % bx, t / bx % by, t / (bx * by)};
			k.thread(params);
		}
	}
}
