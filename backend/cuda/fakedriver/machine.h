// A machine that executes PTX as NVIDIA's manual describes it, a warp of 32 threads at a time.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct Warp;
struct Inst;

// A thread's register; numbers of fewer bits are at its beginning.
using Cell = uint64_t;

constexpr int lanes = 32;

// What an instruction does to the threads in mask. Control instructions have none.
using Execute = void (*)(Warp &, const Inst &, uint32_t mask);

enum class Control : uint8_t { none, branch, call, back, barrier };

struct Inst {
	Execute execute = nullptr;
	Control control = Control::none;
	bool opposite = false;              // of the predicate
	int predicate = -1;                 // register, or none
	int d = -1, a = -1, b = -1, c = -1; // registers
	int v[4] = {-1, -1, -1, -1};        // those of a vector
	int n = 1;                          // how many of them
	int64_t offset = 0;                 // of an address
	int target = -1;                    // of a jump or a call
	std::vector<std::pair<int, int>> pass; // of a call: registers to parameters
	std::vector<int> matrix;            // of a product of matrices: registers of the result, of both factors, of what is added
	int line = 0;                       // of its function
};

// Function is a function or an entry point. Registers count from 0, jumps are relative to its beginning.
struct Function {
	std::string name;
	std::vector<Inst> code;
	std::vector<std::string> callees;   // targets of calls are indices of it
	std::vector<int> parameters;        // registers
	int result = -1;                    // register
	std::vector<int> results;           // of each call: the caller's register, or -1
	std::vector<std::pair<int, Cell>> constants;
	std::vector<std::pair<int, std::string>> symbols; // registers that hold addresses in shared memory
	std::vector<std::pair<int, int>> specials;        // registers and what they hold
	std::map<std::string, int> shared;  // the function's own, with their sizes
	int registers = 0;
};

// Kernel is an entry point with all that it calls: one piece of code.
struct Kernel {
	std::string name;
	std::vector<Inst> code;
	std::vector<int> parameters;
	std::vector<std::pair<int, Cell>> constants;
	std::vector<std::pair<int, int>> specials;
	int registers = 0, shared = 0; // bytes
};

enum Special { tidX, ntidX, ctaidX, nctaidX };

// parse reads a module's entry points. It gives an error text where the PTX has what the machine does not know.
std::string parse(const std::string &ptx, std::map<std::string, std::shared_ptr<Kernel>> &entries);

// run executes a launch of blocks in a row, one after the other or, together, all at once. A launch that a GPU would not survive,
// or that has a race, ends the process with a message.
void run(const Kernel &k, unsigned grid, unsigned threads, bool together, void **params);

// execution finds what an instruction does by its name; null where the machine does not know it.
Execute execution(const std::string &op);

// Access is what is known of a word of memory since a launch began: who wrote it and who read it, by number.
struct Access {
	uint64_t launch = 0; // and, of blocks that run together, how often they have met
	uint32_t writer = 0, written = 0;   // a thread's number + 1, and how many barriers its block had passed
	uint32_t reader = 0, read = 0, other = 0, otherRead = 0;
};

// Range is a piece of the GPU's memory.
struct Range {
	uint64_t from = 0, to = 0;
	Access *accesses = nullptr; // of each word
};

// find gives the piece that an address is in; the driver knows. recent is the last one, until something is freed.
bool find(uint64_t address, Range &r);
extern Range recent;
