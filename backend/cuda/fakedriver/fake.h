// What the parts of the fake driver know of one another.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

// Kernel runs one thread on the parameters of a launch.
struct Kernel {
	std::function<void(void **params)> thread;
	int parameters = 0;
	bool alone = false; // its threads never wait for one another
};

// Functions of kernels/functions.cu that a thread calls for a number.
struct Function {
	double (*one)(double) = nullptr;
	double (*two)(double, double) = nullptr;
	float (*oneF)(float) = nullptr;
	float (*twoF)(float, float) = nullptr;
};

// kernels are also the functions of kernels/functions.cu that a whole block runs: both take parameters and give nothing back.
std::map<std::string, Kernel> &kernels();
std::map<std::string, Function> &functions();

// run executes a launch: blocks one after the other, the threads of a block in turns between barriers.
void run(const Kernel &k, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, void **params);

// together executes a cooperative launch: all blocks are on their way at once. A block has the shared memory for itself
// between two barriers of all blocks, so that nothing in it may be meant to outlast one.
void together(const Kernel &k, unsigned grid, unsigned threads, void **params);

// parse reads the entry points of a module's PTX; those that kernels() has by name are taken from there. It gives an error
// text where the PTX has what the interpreter does not know.
std::string parse(const std::string &ptx, std::map<std::string, Kernel> &entries);

// What the fake cuBLAS needs of the driver: to put work into a stream, which says whether that failed, and to count handles.
bool fakeSubmit(void *stream, std::function<void()> work);
void fakeCount(int handles);

struct ThreadIndex {
	unsigned tid, ntid, ctaid, nctaid;
};
ThreadIndex current();
