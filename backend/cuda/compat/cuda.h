// The driver's header for gorgonia.org/cu 0.9.6, which was written for CUDA 11. CUDA 12 fits as it is; CUDA 13 gave eight
// functions more arguments. Here they have their old ones again.
#pragma once
#include_next <cuda.h>

#if CUDA_VERSION >= 13000

static inline CUresult compatCtxCreate(CUcontext *context, unsigned int flags, CUdevice device) {
	return cuCtxCreate(context, NULL, flags, device);
}
#undef cuCtxCreate
#define cuCtxCreate compatCtxCreate

// A place in memory was a device's number, or CU_DEVICE_CPU.
static inline CUmemLocation compatLocation(CUdevice device) {
	CUmemLocation at = {CU_MEM_LOCATION_TYPE_DEVICE, device};
	if (device == CU_DEVICE_CPU) {
		at.type = CU_MEM_LOCATION_TYPE_HOST;
		at.id = 0;
	}
	return at;
}

static inline CUresult compatMemAdvise(CUdeviceptr p, size_t count, CUmem_advise advice, CUdevice device) {
	return cuMemAdvise(p, count, advice, compatLocation(device));
}
#undef cuMemAdvise
#define cuMemAdvise compatMemAdvise

static inline CUresult compatMemPrefetchAsync(CUdeviceptr p, size_t count, CUdevice device, CUstream stream) {
	return cuMemPrefetchAsync(p, count, compatLocation(device), 0, stream);
}
#undef cuMemPrefetchAsync
#define cuMemPrefetchAsync compatMemPrefetchAsync

// Edges of a graph had no data.
static inline CUresult compatGraphAddDependencies(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to, size_t n) {
	return cuGraphAddDependencies(graph, from, to, NULL, n);
}
#undef cuGraphAddDependencies
#define cuGraphAddDependencies compatGraphAddDependencies

static inline CUresult compatGraphRemoveDependencies(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to, size_t n) {
	return cuGraphRemoveDependencies(graph, from, to, NULL, n);
}
#undef cuGraphRemoveDependencies
#define cuGraphRemoveDependencies compatGraphRemoveDependencies

static inline CUresult compatGraphGetEdges(CUgraph graph, CUgraphNode *from, CUgraphNode *to, size_t *n) {
	return cuGraphGetEdges(graph, from, to, NULL, n);
}
#undef cuGraphGetEdges
#define cuGraphGetEdges compatGraphGetEdges

static inline CUresult compatGraphNodeGetDependencies(CUgraphNode node, CUgraphNode *nodes, size_t *n) {
	return cuGraphNodeGetDependencies(node, nodes, NULL, n);
}
#undef cuGraphNodeGetDependencies
#define cuGraphNodeGetDependencies compatGraphNodeGetDependencies

static inline CUresult compatGraphNodeGetDependentNodes(CUgraphNode node, CUgraphNode *nodes, size_t *n) {
	return cuGraphNodeGetDependentNodes(node, nodes, NULL, n);
}
#undef cuGraphNodeGetDependentNodes
#define cuGraphNodeGetDependentNodes compatGraphNodeGetDependentNodes

#endif
