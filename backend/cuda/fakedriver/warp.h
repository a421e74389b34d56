// What runs: warps of blocks of a launch.
#pragma once
#include "machine.h"

struct Block;

struct Warp {
	Block *block;
	Cell *cells; // of each register, one of each thread
	uint32_t first; // the number of its first thread in the block
	uint32_t live, waiting = 0; // threads that have not ended; of these, those at a barrier
	int pc[lanes];
	std::vector<int> stack[lanes]; // where calls return to
	bool spins = false; // has read what another block is to write

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
