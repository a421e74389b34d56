// The driver's functions that the engine calls, over memory of the host. One lock guards them all.
#include "fake.h"
#include "machine.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cuda.h>
#include <mutex>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

namespace {

std::recursive_mutex lock;
#define GUARD std::lock_guard<std::recursive_mutex> guard(lock)

long setting(const char *name, long otherwise) {
	const char *v = getenv(name);
	return v ? atol(v) : otherwise;
}

// processors is how many multiprocessors the GPU has; without one it has no cooperative launches.
int processors() { return (int)setting("FAKE_PROCESSORS", 3); }

struct Allocation {
	char *map;
	size_t size;
	Access *accesses;
};

using Work = std::function<CUresult()>;

} // namespace

// The driver's handles are pointers to structures of its own.
struct CUctx_st {
	std::map<CUdeviceptr, Allocation> memory;
	std::map<const char *, size_t> pinned; // memory of the host
	size_t used = 0, copies = 0, copied = 0; // to the host: copies and bytes
	int modules = 0, streams = 0, events = 0, graphs = 0, handles = 0;
	long launches = 0;
	bool lost = false;
};
struct CUmod_st {
	std::map<std::string, std::shared_ptr<Kernel>> entries;
	std::map<std::string, CUfunction> functions;
};
struct CUfunc_st {
	std::shared_ptr<Kernel> kernel;
};
struct CUgraph_st {
	std::vector<Work> work;
};
struct CUgraphExec_st {
	std::vector<Work> work;
};
struct CUstream_st {
	CUgraph recording = nullptr;
	std::vector<Work> late; // uploads from pinned memory, done before what comes next
};
struct CUevent_st {
	double at = 0;
};

namespace {

thread_local std::vector<CUcontext> contexts; // the stack of the thread

CUcontext context() { return contexts.empty() ? nullptr : contexts.back(); }

double now() {
	timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

// catchUp does what is late.
void catchUp(CUstream s) {
	if (!s) return;
	for (auto &w : s->late) w();
	s->late.clear();
}

// submit does the work at once, or keeps it where the stream is recorded.
CUresult submit(CUstream s, Work w) {
	CUcontext c = context();
	if (!c) return CUDA_ERROR_INVALID_CONTEXT;
	if (c->lost) return CUDA_ERROR_LAUNCH_FAILED;
	if (s && s->recording) {
		s->recording->work.push_back(w);
		return CUDA_SUCCESS;
	}
	catchUp(s);
	return w();
}

// inside says whether a range lies within one allocation of the context.
bool inside(CUdeviceptr p, size_t n) {
	CUcontext c = context();
	auto a = c->memory.upper_bound(p);
	if (a == c->memory.begin()) return false;
	--a;
	return p + n <= a->first + a->second.size;
}

// isPinned says whether an address is in memory that was pinned.
bool isPinned(const char *h) {
	auto &pinned = context()->pinned;
	auto a = pinned.upper_bound(h);
	return a != pinned.begin() && h < (--a)->first + a->second;
}

#define NEED_CONTEXT                                    \
	GUARD;                                              \
	if (!context()) return CUDA_ERROR_INVALID_CONTEXT;  \
	if (context()->lost) return CUDA_ERROR_LAUNCH_FAILED;

void fail(const char *what) {
	fprintf(stderr, "fake driver: %s\n", what);
	abort();
}

} // namespace

extern "C" {

CUresult CUDAAPI cuInit(unsigned int) { return (CUresult)setting("FAKE_INIT", 0); }
CUresult CUDAAPI cuDriverGetVersion(int *v) { *v = (int)setting("FAKE_VERSION", 12000); return CUDA_SUCCESS; }
CUresult CUDAAPI cuDeviceGetCount(int *n) { *n = (int)setting("FAKE_DEVICES", 1); return CUDA_SUCCESS; }
CUresult CUDAAPI cuDeviceGet(CUdevice *d, int i) { *d = i; return i >= 0 && i < setting("FAKE_DEVICES", 1) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE; }
CUresult CUDAAPI cuDeviceTotalMem(size_t *n, CUdevice) { *n = setting("FAKE_MEMORY", 1L << 34); return CUDA_SUCCESS; }
CUresult CUDAAPI cuDeviceGetName(char *name, int n, CUdevice) {
	snprintf(name, n, "no GPU but the fake driver on the host");
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuDeviceGetAttribute(int *v, CUdevice_attribute a, CUdevice) {
	*v = a == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR ? (int)setting("FAKE_CAPABILITY", 7)
		: a == CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT    ? processors()
		: a == CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH      ? processors() > 0
														   : 0;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuGetErrorString(CUresult, const char **s) { *s = "an error of the fake driver"; return CUDA_SUCCESS; }

#if CUDA_VERSION >= 13000
CUresult CUDAAPI cuCtxCreate(CUcontext *c, CUctxCreateParams *, unsigned int, CUdevice) {
#else
CUresult CUDAAPI cuCtxCreate(CUcontext *c, unsigned int, CUdevice) {
#endif
	GUARD;
	contexts.push_back(*c = new CUctx_st);
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuCtxDestroy(CUcontext c) {
	GUARD;
	char text[200];
	snprintf(text, sizeof text, "a context ends with %zu allocations, %zu pinned, %d modules, %d streams, %d events, %d graphs, %d handles left",
		c->memory.size(), c->pinned.size(), c->modules, c->streams, c->events, c->graphs, c->handles);
	if (setting("FAKE_COPIES", 0)) fprintf(stderr, "fake driver: %zu copies to the host, %zu bytes\n", c->copies, c->copied);
	if (!c->memory.empty() || !c->pinned.empty() || c->modules || c->streams || c->events || c->graphs || c->handles) fail(text);
	if (context() == c) contexts.pop_back();
	delete c;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuCtxPopCurrent(CUcontext *c) {
	if (contexts.empty()) return CUDA_ERROR_INVALID_CONTEXT;
	*c = contexts.back();
	contexts.pop_back();
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuCtxSetCurrent(CUcontext c) {
	if (contexts.empty())
		contexts.push_back(c);
	else
		contexts.back() = c;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuStreamCreate(CUstream *s, unsigned int) {
	NEED_CONTEXT
	*s = new CUstream_st;
	context()->streams++;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuStreamDestroy(CUstream s) {
	GUARD;
	context()->streams--;
	delete s;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuStreamSynchronize(CUstream s) {
	NEED_CONTEXT
	if (s && s->recording) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
	catchUp(s);
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuEventCreate(CUevent *e, unsigned int) { NEED_CONTEXT *e = new CUevent_st; context()->events++; return CUDA_SUCCESS; }
CUresult CUDAAPI cuEventDestroy(CUevent e) { GUARD; context()->events--; delete e; return CUDA_SUCCESS; }
CUresult CUDAAPI cuEventRecord(CUevent e, CUstream s) {
	NEED_CONTEXT
	return submit(s, [e] { e->at = now(); return CUDA_SUCCESS; });
}
CUresult CUDAAPI cuEventSynchronize(CUevent) { NEED_CONTEXT return CUDA_SUCCESS; }
CUresult CUDAAPI cuEventElapsedTime(float *ms, CUevent a, CUevent b) { *ms = (float)(b->at - a->at); return CUDA_SUCCESS; }

// Memory ends, but for at most 15 bytes, at a page that cannot be touched, and starts as NaN.
CUresult CUDAAPI cuMemAlloc(CUdeviceptr *p, size_t n) {
	NEED_CONTEXT
	if (n == 0) return CUDA_ERROR_INVALID_VALUE;
	CUcontext c = context();
	if (c->used + n > (size_t)setting("FAKE_MEMORY", 1L << 34)) return CUDA_ERROR_OUT_OF_MEMORY;
	const size_t page = sysconf(_SC_PAGESIZE), room = (n + 15) / 16 * 16, pages = (room + page - 1) / page * page;
	char *map = static_cast<char *>(mmap(nullptr, pages + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	if (map == MAP_FAILED) return CUDA_ERROR_OUT_OF_MEMORY;
	mprotect(map + pages, page, PROT_NONE);
	memset(map, 0xff, pages);
	*p = (CUdeviceptr)(map + pages - room);
	const size_t words = (n + 3) / 4 * sizeof(Access); // of zeros, which take no memory until they are used
	void *accesses = mmap(nullptr, words, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (accesses == MAP_FAILED) return CUDA_ERROR_OUT_OF_MEMORY;
	c->memory[*p] = {map, n, static_cast<Access *>(accesses)};
	c->used += n;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuMemFree(CUdeviceptr p) {
	GUARD;
	CUcontext c = context();
	auto a = c->memory.find(p);
	if (a == c->memory.end()) fail("memory is freed that is not allocated");
	const size_t page = sysconf(_SC_PAGESIZE), room = (a->second.size + 15) / 16 * 16, pages = (room + page - 1) / page * page;
	for (char *b = a->second.map; b < reinterpret_cast<char *>(p); b++)
		if (*b != (char)0xff) fail("a kernel wrote before the beginning of its memory");
	for (char *b = reinterpret_cast<char *>(p) + a->second.size; b < a->second.map + pages; b++)
		if (*b != (char)0xff) fail("a kernel wrote after the end of its memory");
	munmap(a->second.map, pages + page);
	munmap(a->second.accesses, (a->second.size + 3) / 4 * sizeof(Access));
	recent = {};
	c->used -= a->second.size;
	c->memory.erase(a);
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuMemsetD8Async(CUdeviceptr p, unsigned char v, size_t n, CUstream s) {
	NEED_CONTEXT
	if (!inside(p, n)) return CUDA_ERROR_INVALID_VALUE;
	return submit(s, [=] { memset((void *)p, v, n); return CUDA_SUCCESS; });
}
CUresult CUDAAPI cuMemcpyHtoDAsync(CUdeviceptr d, const void *h, size_t n, CUstream s) {
	NEED_CONTEXT
	if (!inside(d, n) || (s && s->recording)) return CUDA_ERROR_INVALID_VALUE; // a graph would read the slice later
	catchUp(s);
	if (s && isPinned(static_cast<const char *>(h)))
		s->late.push_back([=] { memcpy((void *)d, h, n); return CUDA_SUCCESS; });
	else
		memcpy((void *)d, h, n);
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuMemHostRegister(void *p, size_t n, unsigned int) {
	NEED_CONTEXT
	if (!setting("FAKE_PIN", 1)) return CUDA_ERROR_OUT_OF_MEMORY;
	const size_t page = sysconf(_SC_PAGESIZE);
	if (n == 0 || n % page || reinterpret_cast<size_t>(p) % page) fail("memory is pinned that is not whole pages");
	if (isPinned(static_cast<const char *>(p))) return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
	context()->pinned[static_cast<const char *>(p)] = n;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuMemHostUnregister(void *p) {
	GUARD;
	return context()->pinned.erase(static_cast<const char *>(p)) ? CUDA_SUCCESS : CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
}
CUresult CUDAAPI cuMemcpyDtoH(void *h, CUdeviceptr d, size_t n) {
	NEED_CONTEXT
	if (!inside(d, n)) return CUDA_ERROR_INVALID_VALUE;
	memcpy(h, (void *)d, n);
	context()->copies++;
	context()->copied += n;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuMemcpyDtoDAsync(CUdeviceptr d, CUdeviceptr from, size_t n, CUstream s) {
	NEED_CONTEXT
	if (!inside(d, n) || !inside(from, n)) return CUDA_ERROR_INVALID_VALUE;
	return submit(s, [=] { memmove((void *)d, (void *)from, n); return CUDA_SUCCESS; });
}

CUresult CUDAAPI cuModuleLoadData(CUmodule *m, const void *image) {
	NEED_CONTEXT
	if (setting("FAKE_REFUSE", 0)) return CUDA_ERROR_INVALID_PTX;
	auto made = std::make_unique<CUmod_st>();
	const std::string error = parse(static_cast<const char *>(image), made->entries);
	if (!error.empty()) {
		fprintf(stderr, "fake driver: %s\n", error.c_str());
		return CUDA_ERROR_INVALID_PTX;
	}
	*m = made.release();
	context()->modules++;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuModuleLoadDataEx(CUmodule *m, const void *image, unsigned int n, CUjit_option *options, void **values) {
	const CUresult r = cuModuleLoadData(m, image);
	for (unsigned int i = 0; r && i + 1 < n; i++)
		if (options[i] == CU_JIT_ERROR_LOG_BUFFER)
			snprintf(static_cast<char *>(values[i]), reinterpret_cast<size_t>(values[i + 1]), "the fake driver refuses\nall PTX");
	return r;
}
CUresult CUDAAPI cuModuleUnload(CUmodule m) {
	GUARD;
	for (auto &f : m->functions) delete f.second;
	context()->modules--;
	delete m;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuModuleGetFunction(CUfunction *f, CUmodule m, const char *name) {
	NEED_CONTEXT
	auto e = m->entries.find(name);
	if (e == m->entries.end()) return CUDA_ERROR_NOT_FOUND;
	CUfunction &known = m->functions[name];
	if (!known) known = new CUfunc_st{e->second};
	*f = known;
	return CUDA_SUCCESS;
}

} // extern "C"

namespace {

// launch takes the values of the parameters at the call, as the driver does.
CUresult launch(CUfunction f, CUstream s, void **params, unsigned grid, unsigned threads, bool together) {
	const std::shared_ptr<Kernel> kernel = f->kernel;
	std::vector<uint64_t> values(kernel->parameters.size());
	for (size_t i = 0; i < values.size(); i++) memcpy(&values[i], params[i], 8); // cu copies 8 bytes of each
	CUcontext c = context();
	return submit(s, [=]() mutable {
		if (long most = setting("FAKE_LOST", 0); most && ++c->launches >= most) {
			c->lost = true;
			return CUDA_ERROR_LAUNCH_FAILED;
		}
		std::vector<void *> at;
		for (auto &v : values) at.push_back(&v);
		run(*kernel, grid, threads, together, at.data());
		return CUDA_SUCCESS;
	});
}

} // namespace

extern "C" {

CUresult CUDAAPI cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned,
	CUstream s, void **params, void **) {
	NEED_CONTEXT
	if (!gx || gy != 1 || gz != 1 || !bx || by != 1 || bz != 1 || bx > 1024) return CUDA_ERROR_INVALID_VALUE;
	return launch(f, s, params, gx, bx, false);
}
constexpr int resident = 2; // blocks on a multiprocessor

CUresult CUDAAPI cuOccupancyMaxActiveBlocksPerMultiprocessor(int *n, CUfunction, int, size_t) {
	NEED_CONTEXT
	*n = resident;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuLaunchCooperativeKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
	unsigned, CUstream s, void **params) {
	NEED_CONTEXT
	if (!gx || gy != 1 || gz != 1 || !bx || by != 1 || bz != 1 || bx > 1024) return CUDA_ERROR_INVALID_VALUE;
	if (gx > unsigned(resident * processors())) return CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE;
	return launch(f, s, params, gx, bx, true);
}

CUresult CUDAAPI cuStreamBeginCapture(CUstream s, CUstreamCaptureMode) {
	NEED_CONTEXT
	s->recording = new CUgraph_st;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuStreamEndCapture(CUstream s, CUgraph *g) {
	GUARD;
	*g = s->recording;
	s->recording = nullptr;
	context()->graphs++;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuGraphDestroy(CUgraph g) { GUARD; context()->graphs--; delete g; return CUDA_SUCCESS; }
CUresult CUDAAPI cuGraphInstantiateWithFlags(CUgraphExec *x, CUgraph g, unsigned long long) {
	NEED_CONTEXT
	*x = new CUgraphExec_st{g->work};
	context()->graphs++;
	return CUDA_SUCCESS;
}
CUresult CUDAAPI cuGraphExecDestroy(CUgraphExec x) { GUARD; context()->graphs--; delete x; return CUDA_SUCCESS; }
CUresult CUDAAPI cuGraphLaunch(CUgraphExec x, CUstream s) {
	NEED_CONTEXT
	catchUp(s);
	for (auto &w : x->work)
		if (CUresult r = w()) return r;
	return CUDA_SUCCESS;
}

} // extern "C"

bool find(uint64_t address, Range &r) {
	CUcontext c = context();
	auto a = c->memory.upper_bound(address);
	if (a == c->memory.begin()) return false;
	--a;
	r = {a->first, a->first + a->second.size, a->second.accesses};
	return address < r.to;
}

bool fakeSubmit(void *stream, std::function<void()> work) {
	GUARD;
	return submit(static_cast<CUstream>(stream), [=] { work(); return CUDA_SUCCESS; }) != CUDA_SUCCESS;
}

void fakeCount(int handles) {
	GUARD;
	context()->handles += handles;
}
