// Softmax, cross-entropy and its gradient, on the rows from, from+1, ... to-1 of classes. `lanes` threads work on a row.
#pragma once
#include "join.cuh"

// Row is one thread's part of the work on a row: the numbers lane, lane + lanes, ... of it. The first is in a register, so that
// memory is read once where there are as many threads as classes. All threads of the block call its functions, also those whose row is
// past the end, for which count is 0.
template <class T> struct Row {
	const T *xs;
	T *part; // as many numbers as the row has threads
	int lane, lanes, count;
	bool there;
	T first, power; // number `lane`, and its exponential less the largest
	T top;

	__device__ T x(int j) const { return j == lane ? first : xs[j]; }
	__device__ T exponential(int j) const { return j == lane ? power : exp(xs[j] - top); }

	// climb finds the largest number, less which no exponential overflows. It gives the sum of this thread's exponentials.
	__device__ T climb() {
		T v = first;
		for (int j = lane + lanes; j < count; j += lanes) v = larger(v, xs[j]);
		top = join(v, part, lane, lanes, larger<T>);
		power = exp(first - top);
		T sum = lane < count ? power : T(0);
		for (int j = lane + lanes; j < count; j += lanes) sum += exponential(j);
		return sum;
	}
	template <int N> __device__ void sum(T (&v)[N]) {
		join(v, part, lane, lanes, [](T a, T b) { return a + b; });
	}
};

// eachRow calls use(row, r) for the rows that the block has threads for, again and again.
template <class T, class F> __device__ void eachRow(const T *x, int from, int to, int classes, int lanes, F use) {
	T *part = pool<T>();
	const int at = threadIdx.x / lanes, lane = threadIdx.x % lanes;
	for (int first = from; first < to; first += BLOCK / lanes) {
		const bool there = first + at < to;
		const int r = there ? first + at : from, count = there ? classes : 0;
		const T *xs = x + (long long)r * classes;
		Row<T> row = {xs, part + at * lanes, lane, lanes, count, there, lane < count ? xs[lane] : -infinity<T>()};
		use(row, r);
	}
}

template <class T> __device__ void softmaxBlock(const T *x, T *out, int from, int to, int classes, int lanes, int log_) {
	eachRow<T>(x, from, to, classes, lanes, [=](Row<T> &row, int r) {
		T total[] = {row.climb()};
		row.sum(total);
		const T scale = T(1) / total[0], less = log(total[0]); // not added to top: a large top would swallow it
		T *ys = out + (long long)r * classes;
		for (int j = row.lane; j < row.count; j += row.lanes) ys[j] = log_ ? row.x(j) - row.top - less : row.exponential(j) * scale;
	});
}

// logLikelihoodBlock: Σ t·log softmax(x) of each row; classes with t = 0 do not count, whatever their x.
template <class T> __device__ void logLikelihoodBlock(const T *x, const T *t, T *out, int from, int to, int classes, int lanes) {
	eachRow<T>(x, from, to, classes, lanes, [=](Row<T> &row, int r) {
		const T *ts = t + (long long)r * classes, target = row.lane < row.count ? ts[row.lane] : T(0);
		T sums[3] = {row.climb(), 0, 0}; // Σ exp(x − top), Σ t·(x − top), Σ t
		for (int j = row.lane; j < row.count; j += row.lanes)
			if (const T y = j == row.lane ? target : ts[j]; y != 0) sums[1] += y * (row.x(j) - row.top), sums[2] += y;
		row.sum(sums);
		if (row.lane == 0 && row.there) out[r] = sums[2] != 0 ? sums[1] - log(sums[0]) * sums[2] : sums[1];
	});
}

// loglikelihoodgradBlock: s·(t − softmax(x)·Σt).
template <class T> __device__ void loglikelihoodgradBlock(const T *x, const T *t, const T *s, T *out, int from, int to, int classes, int lanes) {
	const T factor = s[0];
	eachRow<T>(x, from, to, classes, lanes, [=](Row<T> &row, int r) {
		const T *ts = t + (long long)r * classes, target = row.lane < row.count ? ts[row.lane] : T(0);
		T sums[2] = {row.climb(), target}; // Σ exp(x − top), Σ t
		for (int j = row.lane + row.lanes; j < row.count; j += row.lanes) sums[1] += ts[j];
		row.sum(sums);
		const T share = sums[1] / sums[0];
		T *ys = out + (long long)r * classes;
		for (int j = row.lane; j < row.count; j += row.lanes)
			ys[j] = factor * ((j == row.lane ? target : ts[j]) - row.exponential(j) * share);
	});
}
