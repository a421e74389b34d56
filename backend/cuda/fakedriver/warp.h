// What runs: warps of blocks of a launch.
#pragma once
#include "machine.h"
#include <algorithm>
#include <set>

struct Block;

// The paper clock counts the cycles that a block would take on a GPU where nothing else happens: an instruction waits for its
// numbers, a scheduler begins one in a cycle, memory gives so many bytes in a cycle. The latencies of memory are near those published
// for an H100 (Luo et al., Benchmarking and Dissecting the Nvidia Hopper GPU Architecture, 2024, arXiv 2402.13499); the rest are
// guesses. It compares kernels with one another. No GPU has confirmed it.
constexpr uint64_t arithmetic = 4, farMemory = 260, nearMemory = 40, sharedMemory = 30, exchange = 24, jump = 8, meeting = 25;
constexpr uint64_t gridMeeting = 1000, schedulers = 4, bytesACycle = 64;
extern bool clocked;

// Interval is what a block does between two of its barriers.
struct Interval {
	uint64_t from = 0, instructions[schedulers] = {}, sectors = 0, turns = 0;
	uint64_t to = 0; // when the last warp has come
	uint64_t end() const {
		uint64_t t = std::max({to, from + sectors * 32 / bytesACycle, from + turns});
		for (uint64_t n : instructions) t = std::max(t, from + n);
		return t;
	}
};

struct Warp {
	Block *block;
	Cell *cells; // of each register, one of each thread
	uint32_t first; // the number of its first thread in the block
	uint32_t live, waiting = 0; // threads that have not ended; of these, those at a barrier
	int pc[lanes];
	std::vector<int> stack[lanes]; // where calls return to
	bool spins = false;            // has read twice what another block is to write
	uint64_t watched = UINT64_MAX; // what it has read of that
	uint64_t now = 0;              // on the paper clock
	std::vector<uint64_t> ready;   // when each register has its number

	Cell *of(int reg) { return cells + (size_t)reg * lanes; }
};

struct Block {
	const Kernel *kernel;
	uint32_t number;
	uint64_t launch;       // the number of the launch
	uint32_t barriers = 0; // that it has passed
	uint32_t came = 0, passed = 0; // barriers of all blocks
	std::vector<Block> *all;
	std::vector<Warp> warps;
	std::vector<Cell> cells;
	std::vector<unsigned char> shared;
	std::vector<Access> accesses; // of shared memory
	Interval interval;
	std::vector<uint64_t> arrivals; // when it came to the barriers of all blocks
	std::set<uint64_t> near; // what it has read since blocks met, by sector of 32 bytes
};

// count is what a launch did.
struct Count {
	uint64_t instructions = 0; // of warps
	uint64_t sectors = 0;      // of 32 bytes that warps asked memory for
	uint64_t turns = 0;        // of shared memory: conflicts of banks make more
	uint64_t barriers = 0;
};
extern Count count;
extern bool counting;

[[noreturn]] void stop(const Warp &w, const Inst &i, int lane, const std::string &what);
