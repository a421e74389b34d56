// Runs the blocks of a launch: warps in turns from barrier to barrier, threads of a warp together as long as they agree on the way.
#include "warp.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

uint64_t launches;

bool backwards() {
	const char *order = getenv("FAKE_ORDER");
	return order && !strcmp(order, "reverse");
}

enum class Ends { done, barrier, spins };

// tick has an instruction wait for its numbers.
void tick(Warp &w, const Inst &i) {
	for (int r : {i.a, i.b, i.c, i.predicate})
		if (r >= 0) w.now = std::max(w.now, w.ready[r]);
	w.block->interval.instructions[w.first / lanes % schedulers]++;
	w.now += i.control == Control::none || i.control == Control::barrier ? 1 : jump;
	if (i.d >= 0) w.ready[i.d] = w.now + arithmetic;
	for (auto [from, to] : i.pass) w.ready[to] = w.ready[from];
}

// together has the warps of a block go on from where the last of them came, `after` cycles later.
void together(Block &b, uint64_t after) {
	for (const Warp &w : b.warps) b.interval.to = std::max(b.interval.to, w.now);
	const uint64_t end = b.interval.end() + after;
	for (Warp &w : b.warps) w.now = end;
	b.interval = {end};
}

// step has the threads of `group`, which are at the same instruction, do it.
void step(Warp &w, const Inst &i, uint32_t group) {
	uint32_t does = group;
	if (i.predicate >= 0) {
		const Cell *p = w.of(i.predicate);
		for (int l = 0; l < lanes; l++)
			if (((p[l] & 1) != 0) == i.opposite) does &= ~(1u << l);
	}
	count.instructions++;
	if (clocked) tick(w, i);
	for (int l = 0; l < lanes; l++) w.pc[l] += group >> l & 1;
	switch (i.control) {
	case Control::none:
		if (does) i.execute(w, i, does);
		return;
	case Control::branch:
		for (int l = 0; l < lanes; l++)
			if (does >> l & 1) w.pc[l] = i.target;
		return;
	case Control::call:
		for (int l = 0; l < lanes; l++) {
			if (!(does >> l & 1)) continue;
			for (auto [from, to] : i.pass) w.of(to)[l] = w.of(from)[l];
			w.stack[l].push_back(w.pc[l]);
			w.pc[l] = i.target;
		}
		return;
	case Control::back:
		for (int l = 0; l < lanes; l++) {
			if (!(does >> l & 1)) continue;
			if (w.stack[l].empty()) {
				w.live &= ~(1u << l);
			} else {
				w.pc[l] = w.stack[l].back();
				w.stack[l].pop_back();
				const Inst &call = w.block->kernel->code[w.pc[l] - 1];
				if (call.d >= 0) w.of(call.d)[l] = w.of(call.a)[l];
			}
		}
		return;
	case Control::barrier:
		if (does != w.live) stop(w, i, 0, "a barrier that not all threads of the warp come to together");
		w.waiting = does;
	}
}

// go runs a warp until it ends, comes to a barrier, or waits for other blocks. Of threads that part, those behind go first, and the
// deeper ones before them: so they meet again where their ways do.
Ends go(Warp &w) {
	const Inst *code = w.block->kernel->code.data();
	w.spins = false;
	while (w.live) {
		size_t depth = 0;
		int at = INT32_MAX;
		uint32_t group = 0;
		for (int l = 0; l < lanes; l++)
			if (w.live >> l & 1) depth = std::max(depth, w.stack[l].size());
		for (int l = 0; l < lanes; l++)
			if (w.live >> l & 1 && w.stack[l].size() == depth) at = std::min(at, w.pc[l]);
		int next = INT32_MAX; // where the group may meet others
		for (int l = 0; l < lanes; l++) {
			if (!(w.live >> l & 1) || w.stack[l].size() != depth) continue;
			if (w.pc[l] == at)
				group |= 1u << l;
			else
				next = std::min(next, w.pc[l]);
		}
		for (; at < next;) {
			const Inst &i = code[at];
			step(w, i, group);
			if (w.waiting) return Ends::barrier;
			if (w.spins) return Ends::spins;
			if (i.control != Control::none) break;
			at++;
		}
	}
	return Ends::done;
}

void start(Block &b, unsigned threads, void **params) {
	const Kernel &k = *b.kernel;
	b.warps.resize((threads + lanes - 1) / lanes);
	const size_t each = (size_t)k.registers * lanes;
	b.cells.resize(each * b.warps.size());
	b.shared.assign(k.shared, 0xff); // as NaN
	b.accesses.assign(k.shared / 4, Access());
	b.barriers = b.came = b.passed = 0;
	b.interval = {};
	b.near.clear(), b.arrivals.clear();
	for (size_t n = 0; n < b.warps.size(); n++) {
		Warp &w = b.warps[n];
		w = Warp{&b, b.cells.data() + n * each, (uint32_t)n * lanes};
		const unsigned left = threads - w.first;
		w.ready.assign(clocked ? k.registers : 0, 0);
		w.live = left >= lanes ? ~0u : (1u << left) - 1;
		for (int &pc : w.pc) pc = 0;
		for (auto [r, v] : k.constants)
			for (int l = 0; l < lanes; l++) w.of(r)[l] = v;
		for (size_t p = 0; p < k.parameters.size(); p++) {
			Cell v;
			memcpy(&v, params[p], 8);
			for (int l = 0; l < lanes; l++) w.of(k.parameters[p])[l] = v;
		}
	}
}

void specials(Block &b, unsigned grid, unsigned threads) {
	for (Warp &w : b.warps)
		for (auto [r, what] : b.kernel->specials)
			for (uint32_t l = 0; l < lanes; l++) {
				const uint32_t v[] = {w.first + l, threads, b.number, grid}; // in the order of Special
				w.of(r)[l] = v[what];
			}
}

// turn goes on with a block until it ends or all its warps wait for other blocks, or for warps that do; it says whether it has ended.
bool turn(Block &b, bool reverse) {
	for (;;) {
		uint32_t live = 0, waiting = 0, spinning = 0;
		for (size_t i = 0; i < b.warps.size(); i++) {
			Warp &w = b.warps[reverse ? b.warps.size() - 1 - i : i];
			if (w.live && !w.waiting) spinning += go(w) == Ends::spins;
			live += w.live != 0;
			waiting += w.live && w.waiting;
		}
		if (live == 0) return true;
		if (live == waiting) {
			for (Warp &w : b.warps) w.waiting = 0;
			b.barriers++;
			count.barriers++;
			if (clocked) together(b, meeting);
		}
		if (spinning) return false;
	}
}

} // namespace

void stop(const Warp &w, const Inst &i, int lane, const std::string &what) {
	fprintf(stderr, "fake driver: %s, block %u, thread %u, line %d of its function: %s\n", w.block->kernel->name.c_str(), w.block->number,
		w.first + lane, i.line, what.c_str());
	abort();
}

void run(const Kernel &k, unsigned grid, unsigned threads, bool together, void **params) {
	static std::vector<Block> blocks; // their memory is used again
	static const bool reports = getenv("FAKE_COUNT") != nullptr;
	static const bool clock = getenv("FAKE_CLOCK") != nullptr;
	counting = reports, clocked = clock;
	count = Count();
	launches++;
	const bool reverse = backwards();
	if (const size_t most = together ? grid : 1; blocks.size() < most) blocks.resize(most);
	auto prepare = [&](Block &b, unsigned number) {
		b.kernel = &k, b.number = number, b.launch = launches, b.all = &blocks;
		start(b, threads, params);
		specials(b, grid, threads);
	};
	uint64_t longest = 0, cycles = 0;
	auto read = [&](Block &b) { ::together(b, 0), cycles = std::max(cycles, b.interval.from); };
	if (!together) {
		for (unsigned n = 0; n < grid; n++) {
			const uint64_t before = count.instructions;
			prepare(blocks[0], reverse ? grid - 1 - n : n);
			while (!turn(blocks[0], reverse)) {}
			longest = std::max(longest, count.instructions - before);
			if (clocked) read(blocks[0]);
		}
	} else {
		blocks.resize(grid);
		for (unsigned n = 0; n < grid; n++) prepare(blocks[n], n);
		std::vector<bool> ended(grid);
		for (unsigned left = grid; left > 0;)
			for (unsigned n = 0; n < grid; n++) {
				const unsigned at = reverse ? grid - 1 - n : n;
				if (!ended[at] && turn(blocks[at], reverse)) ended[at] = true, left--;
			}
		if (clocked)
			for (Block &b : blocks) read(b);
	}
	if (clocked) fprintf(stderr, "%s<<<%u>>>: %llu cycles on paper\n", k.name.c_str(), grid, (unsigned long long)cycles);
	if (reports)
		fprintf(stderr, "%s<<<%u>>>: %llu instructions of warps, %llu of the longest block; %llu sectors of memory, %llu turns of shared memory, %llu barriers\n",
			k.name.c_str(), grid, (unsigned long long)count.instructions, (unsigned long long)longest, (unsigned long long)count.sectors,
			(unsigned long long)count.turns, (unsigned long long)count.barriers);
}
