// Softmax, cross-entropy and its gradient, on the rows from, from+1, ... to-1 of classes. `lanes` threads work on a row.
#pragma once
#include "join.cuh"

// Row is one thread's part of the work on a row. All threads of the block call its functions, also those whose row is past
// the end, for which count is 0.
template <class T> struct Row {
	T *part; // as many numbers as the row has threads
	int lane, lanes, count;
	bool there;

	__device__ T top(T v) { return join(v, part, lane, lanes, larger<T>); }
	__device__ T sum(T v) {
		return join(v, part, lane, lanes, [](T a, T b) { return a + b; });
	}
	// exponentials gives the largest x of the row and Σ exp(x − top); nothing overflows.
	__device__ void exponentials(const T *x, T *most, T *total) {
		T v = -infinity<T>(), sum_ = 0;
		for (int j = lane; j < count; j += lanes) v = larger(v, x[j]);
		v = top(v);
		for (int j = lane; j < count; j += lanes) sum_ += exp(x[j] - v);
		*most = v;
		*total = sum(sum_);
	}
};

// eachRow calls use(row, r) for the rows that the block has threads for, again and again.
template <class T, class F> __device__ void eachRow(int from, int to, int classes, int lanes, F use) {
	T *part = pool<T>();
	const int at = threadIdx.x / lanes, lane = threadIdx.x % lanes;
	for (int first = from; first < to; first += BLOCK / lanes) {
		const int r = first + at;
		Row<T> row = {part + at * lanes, lane, lanes, r < to ? classes : 0, r < to};
		use(row, r < to ? r : from);
	}
}

template <class T> __device__ void softmaxBlock(const T *x, T *out, int from, int to, int classes, int lanes, int log_) {
	eachRow<T>(from, to, classes, lanes, [=](Row<T> &row, int r) {
		const T *xs = x + (long long)r * classes;
		T *ys = out + (long long)r * classes, top, total;
		row.exponentials(xs, &top, &total);
		const T scale = T(1) / total, less = log(total); // not added to top: a large top would swallow it
		for (int j = row.lane; j < row.count; j += row.lanes) {
			const T d = xs[j] - top;
			ys[j] = log_ ? d - less : exp(d) * scale;
		}
	});
}

// xentBlock: Σ t·log softmax(x) of each row; classes with t = 0 do not count, whatever their x.
template <class T> __device__ void xentBlock(const T *x, const T *t, T *out, int from, int to, int classes, int lanes) {
	eachRow<T>(from, to, classes, lanes, [=](Row<T> &row, int r) {
		const T *xs = x + (long long)r * classes, *ts = t + (long long)r * classes;
		T top, total, sum = 0;
		row.exponentials(xs, &top, &total);
		const T less = log(total);
		for (int j = row.lane; j < row.count; j += row.lanes)
			if (ts[j] != 0) sum += ts[j] * (xs[j] - top - less);
		sum = row.sum(sum);
		if (row.lane == 0 && row.there) out[r] = sum;
	});
}

// xentgradBlock: s·(t − softmax(x)·Σt).
template <class T> __device__ void xentgradBlock(const T *x, const T *t, const T *s, T *out, int from, int to, int classes, int lanes) {
	eachRow<T>(from, to, classes, lanes, [=](Row<T> &row, int r) {
		const T *xs = x + (long long)r * classes, *ts = t + (long long)r * classes;
		T *ys = out + (long long)r * classes, top, total, targets = 0;
		row.exponentials(xs, &top, &total);
		for (int j = row.lane; j < row.count; j += row.lanes) targets += ts[j];
		const T share = row.sum(targets) / total;
		for (int j = row.lane; j < row.count; j += row.lanes) ys[j] = s[0] * (ts[j] - exp(xs[j] - top) * share);
	});
}
