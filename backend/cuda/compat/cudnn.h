// cuDNN's header for gorgonia.org/cu/dnn 0.9.6, which was written for cuDNN 7 and 8. cuDNN 9 has taken out what is listed
// here. It is there again in name only: its functions answer "not supported". Convolution, pooling, activation and batch
// normalisation, which Gorgonia uses, are cuDNN's own in every version.
#pragma once
#include_next <cudnn.h>

#if CUDNN_MAJOR >= 9

typedef struct cudnnAlgorithmStruct *cudnnAlgorithmDescriptor_t;
typedef struct cudnnAlgorithmPerformanceStruct *cudnnAlgorithmPerformance_t;
typedef struct cudnnPersistentRNNPlan *cudnnPersistentRNNPlan_t;

typedef struct {
	union {
		cudnnConvolutionFwdAlgo_t convFwdAlgo;
		cudnnConvolutionBwdFilterAlgo_t convBwdFilterAlgo;
		cudnnConvolutionBwdDataAlgo_t convBwdDataAlgo;
		cudnnRNNAlgo_t RNNAlgo;
		cudnnCTCLossAlgo_t CTCLossAlgo;
	} algo;
} cudnnAlgorithm_t;

#define COMPAT_MISSING(name, ...) \
	static inline cudnnStatus_t name(__VA_ARGS__) { return CUDNN_STATUS_NOT_SUPPORTED; }

COMPAT_MISSING(cudnnCreateAlgorithmDescriptor, cudnnAlgorithmDescriptor_t *d)
COMPAT_MISSING(cudnnSetAlgorithmDescriptor, cudnnAlgorithmDescriptor_t d, cudnnAlgorithm_t a)
COMPAT_MISSING(cudnnDestroyAlgorithmDescriptor, cudnnAlgorithmDescriptor_t d)
COMPAT_MISSING(cudnnCreateAlgorithmPerformance, cudnnAlgorithmPerformance_t *p, int n)
COMPAT_MISSING(cudnnSetAlgorithmPerformance, cudnnAlgorithmPerformance_t p, cudnnAlgorithmDescriptor_t d, cudnnStatus_t status,
	float time, size_t memory)
COMPAT_MISSING(cudnnDestroyAlgorithmPerformance, cudnnAlgorithmPerformance_t *p, int n)
COMPAT_MISSING(cudnnCreatePersistentRNNPlan, cudnnRNNDescriptor_t d, const int batch, const cudnnDataType_t type,
	cudnnPersistentRNNPlan_t *p)
COMPAT_MISSING(cudnnSetPersistentRNNPlan, cudnnRNNDescriptor_t d, cudnnPersistentRNNPlan_t p)
COMPAT_MISSING(cudnnDestroyPersistentRNNPlan, cudnnPersistentRNNPlan_t p)
COMPAT_MISSING(cudnnSetRNNMatrixMathType, cudnnRNNDescriptor_t d, cudnnMathType_t type)
COMPAT_MISSING(cudnnGetRNNLinLayerMatrixParams, cudnnHandle_t h, const cudnnRNNDescriptor_t d, const int layer,
	const cudnnTensorDescriptor_t x, const cudnnFilterDescriptor_t w, const void *values, const int id,
	cudnnFilterDescriptor_t matrix, void **at)
COMPAT_MISSING(cudnnGetRNNLinLayerBiasParams, cudnnHandle_t h, const cudnnRNNDescriptor_t d, const int layer,
	const cudnnTensorDescriptor_t x, const cudnnFilterDescriptor_t w, const void *values, const int id,
	cudnnFilterDescriptor_t bias, void **at)

#undef COMPAT_MISSING
#endif
