// Convolutions as products of matrices that nobody stores: a row is the patch of a position of the result, its columns are the taps'
// channels (Chellapilla et al., 2006). In groups, each of them is a product.
#pragma once
#include "tile.cuh"
#include "window.cuh"

// Kind is positions of the result that meet the same taps. Where a window is spread they are those a multiple of the spread apart, on
// each axis; else all.
struct Kind {
	int start[2], size[2];            // of the positions: the first, and how many there are on an axis
	int first[2], every[2], count[2]; // of the taps
	int far[2];                       // from one of these taps to the next, in the image

	__device__ Kind(const Window &w, int which) {
		for (int a = 0; a < 2; a++) {
			start[a] = a == 0 ? which / w.spread[1] : which % w.spread[1];
			size[a] = w.result[a] > start[a] ? (w.result[a] - start[a] + w.spread[a] - 1) / w.spread[a] : 0;
			first[a] = 0;
			while (first[a] < w.size[a] && (start[a] * w.step[a] - w.before[a] + first[a] * w.dilation[a]) % w.spread[a] != 0) first[a]++;
			every[a] = 1;
			while (every[a] * w.dilation[a] % w.spread[a] != 0) every[a]++;
			count[a] = first[a] < w.size[a] ? (w.size[a] - first[a] + every[a] - 1) / every[a] : 0;
			far[a] = every[a] * w.dilation[a] / w.spread[a];
		}
	}

	__device__ int positions(int images) const { return images * size[0] * size[1]; }
	__device__ int taps() const { return count[0] * count[1]; }

	// of is where in the result a position of this kind is.
	__device__ Place of(int position, const Window &w) const {
		Place at(position, size, 1);
		at.row = start[0] + at.row * w.spread[0], at.column = start[1] + at.column * w.spread[1];
		return at;
	}
};

// Walk goes through the terms of a sum: the channels of the first tap, of the next, ...
struct Walk {
	int c, row, column; // channel, and which of the kind's taps
	__device__ Walk(int term, const Kind &kind, int channels) {
		const int tap = channels > 0 ? term / channels : 0, across = kind.count[1] > 0 ? kind.count[1] : 1;
		c = term - tap * channels, row = tap / across, column = tap % across;
	}
	__device__ void on(const Kind &kind, int channels, int terms) {
		c += terms;
		while (c >= channels && row < kind.count[0]) {
			c -= channels;
			if (++column >= kind.count[1]) column = 0, row++;
		}
	}
	__device__ int tap(const Kind &kind, const Window &w) const {
		return (kind.first[0] + row * kind.every[0]) * w.size[1] + kind.first[1] + column * kind.every[1];
	}
};

// rounded are numbers as a tile multiplies them.
template <class TILE, class T, int V> __device__ Pack<T, V> rounded(Pack<T, V> x) {
#pragma unroll
	for (int q = 0; q < V; q++) x.v[q] = TILE::rounded(x.v[q]);
	return x;
}

// Patches fetches rows of patches.
template <class T, int BM, int V, int TERMS> struct Patches {
	using S = Share<BM, V, false, TERMS>;
	const T *x;
	const Window &w;
	const Kind &kind;
	const int channels; // of a group
	Walk walk;
	int row[S::loads], column[S::loads], at[S::loads]; // what the first tap meets, and where that is
	Pack<T, V> next[S::loads];

	__device__ Patches(const T *x, const Window &w, const Kind &kind, int channels, int group, int first, int positions, int from)
		: x(global(x)), w(w), kind(kind), channels(channels), walk(from + S::first(), kind, channels) {
#pragma unroll
		for (int i = 0; i < S::loads; i++) {
			const int position = first + S::line() + i * S::stride;
			row[i] = -(1 << 29), column[i] = at[i] = 0; // outside of every image
			if (S::idle() || position >= positions) continue;
			const Place p = kind.of(position, w);
			row[i] = (p.row * w.step[0] - w.before[0] + kind.first[0] * w.dilation[0]) / w.spread[0];
			column[i] = (p.column * w.step[1] - w.before[1] + kind.first[1] * w.dilation[1]) / w.spread[1];
			at[i] = number(p.image, row[i], column[i], group * channels, w.image, w.channels);
		}
	}
	__device__ void fetch() {
		const int down = walk.row * kind.far[0], right = walk.column * kind.far[1], on = (down * w.image[1] + right) * w.channels + walk.c;
		const bool is = walk.row < kind.count[0];
#pragma unroll
		for (int i = 0; i < S::loads; i++) {
			next[i] = {};
			if (is && (unsigned)(row[i] + down) < (unsigned)w.image[0] && (unsigned)(column[i] + right) < (unsigned)w.image[1])
				next[i] = *reinterpret_cast<const Pack<T, V> *>(x + at[i] + on);
		}
		walk.on(kind, channels, TERMS);
	}
	template <class TILE> __device__ void store(T *as, int width) const {
		if (S::idle()) return;
#pragma unroll
		for (int i = 0; i < S::loads; i++)
#pragma unroll
			for (int q = 0; q < V; q++) as[(S::first() + q) * width + S::line() + i * S::stride] = TILE::rounded(next[i].v[q]);
	}
};

// Filters fetches weights, of the axes tap, channel of the group, new channel; or of a convolution back to images, tap, new channel of the
// group, channel, the taps in reverse.
template <class T, int BN, int V, int TERMS, bool BACK> struct Filters {
	static constexpr bool ALONG = !BACK && V > 1;
	using S = Share<BN, V, ALONG, TERMS>;
	const T *b;
	const Window &w;
	const Kind &kind;
	const int channels, to, results; // of a group before and after, and all after
	Walk walk;
	int column;
	Pack<T, V> next[S::loads];

	__device__ Filters(const T *b, const Window &w, const Kind &kind, int channels, int to, int results, int group, int first, int from)
		: b(global(b) + group * (BACK ? channels : to)), w(w), kind(kind), channels(channels), to(to), results(results),
		  walk(from + (ALONG ? S::line() : S::first()), kind, channels), column(first + (ALONG ? S::first() : S::line())) {}

	__device__ void fetch() {
#pragma unroll
		for (int i = 0; i < S::loads; i++) {
			const int j = column + (ALONG ? 0 : i * S::stride), tap = walk.tap(kind, w);
			next[i] = {};
			if (walk.row < kind.count[0] && !S::idle() && j < to)
				next[i] = *reinterpret_cast<const Pack<T, V> *>(b + (BACK ? ((w.taps() - 1 - tap) * to + j) * w.channels + walk.c : (tap * channels + walk.c) * results + j));
			if (ALONG || i + 1 == S::loads) walk.on(kind, channels, ALONG ? S::stride : TERMS);
		}
	}
	template <class TILE> __device__ void store(T *bs, int width) const {
		if (S::idle()) return;
		if constexpr (ALONG) {
#pragma unroll
			for (int i = 0; i < S::loads; i++) *reinterpret_cast<Pack<T, V> *>(bs + (S::line() + i * S::stride) * width + S::first()) = rounded<TILE>(next[i]);
		} else {
#pragma unroll
			for (int i = 0; i < S::loads; i++)
#pragma unroll
				for (int q = 0; q < V; q++) bs[(S::first() + q) * width + S::line() + i * S::stride] = TILE::rounded(next[i].v[q]);
		}
	}
};

// Taps fetches patches as columns: a row is a tap's channel, a term a position.
template <class T, int BM, int V, int TERMS> struct Taps {
	using S = Share<BM, V, true, TERMS>;
	const T *x;
	const Window &w;
	int position, end, image, row, column; // of the result, the next to be fetched
	int down, right;                       // what the tap adds to where a position is in the image
	bool is;
	Pack<T, V> next[S::loads];

	__device__ Taps(const T *x, const Window &w, int channels, int group, int first, int rows, int from, int to)
		: x(global(x)), w(w), position(from + S::line()), end(to) {
		const int i = first + S::first(), tap = i / channels;
		is = i < rows && !S::idle();
		down = tap / w.size[1] * w.dilation[0] - w.before[0], right = tap % w.size[1] * w.dilation[1] - w.before[1];
		this->x += group * channels + i % channels;
		const Place at(position, w.result, 1);
		image = at.image, row = at.row, column = at.column;
	}
	__device__ void fetch() {
#pragma unroll
		for (int i = 0; i < S::loads; i++) {
			next[i] = {};
			if (is && position < end) {
				const int y = w.inside(0, row * w.step[0] + down), across = w.inside(1, column * w.step[1] + right);
				if (y >= 0 && across >= 0) next[i] = *reinterpret_cast<const Pack<T, V> *>(x + number(image, y, across, 0, w.image, w.channels));
			}
			position += S::stride, column += S::stride;
			while (column >= w.result[1]) {
				column -= w.result[1];
				if (++row == w.result[0]) row = 0, image++;
			}
		}
	}
	template <class TILE> __device__ void store(T *as, int width) const {
		if (S::idle()) return;
#pragma unroll
		for (int i = 0; i < S::loads; i++) *reinterpret_cast<Pack<T, V> *>(as + (S::line() + i * S::stride) * width + S::first()) = rounded<TILE>(next[i]);
	}
};

// Gradients fetches those of the result: a term is a position, a column a new channel.
template <class T, int BN, int V, int TERMS> struct Gradients {
	using S = Share<BN, V, true, TERMS>;
	const T *g;
	const int results, end;
	int position;
	bool is;
	Pack<T, V> next[S::loads];

	__device__ Gradients(const T *g, int to, int results, int group, int first, int from, int end)
		: g(global(g) + group * to + first + S::first()), results(results), end(end), position(from + S::line()), is(first + S::first() < to && !S::idle()) {}
	__device__ void fetch() {
#pragma unroll
		for (int i = 0; i < S::loads; i++) {
			next[i] = {};
			if (is && position < end) next[i] = *reinterpret_cast<const Pack<T, V> *>(g + position * results);
			position += S::stride;
		}
	}
	template <class TILE> __device__ void store(T *bs, int width) const {
		if (S::idle()) return;
#pragma unroll
		for (int i = 0; i < S::loads; i++) *reinterpret_cast<Pack<T, V> *>(bs + (S::line() + i * S::stride) * width + S::first()) = rounded<TILE>(next[i]);
	}
};

// Block is which tile of which group a block has: those of one tile's rows are neighbours.
struct Block {
	int tile, group, column;
	__device__ Block(int groups, int across) {
		column = blockIdx.x % across;
		group = blockIdx.x / across % groups;
		tile = blockIdx.x / across / groups;
	}
};

// convBlock sums over `each` terms, for which blocks that are so many tiles apart have results of their own. Channels before come V at once,
// those after VB.
template <class T, class TILE, int V, int VB, bool BACK>
__device__ void convBlock(const T *x, const T *b, T *c, const T *p, int images, int tiles, int groups, int results, int each, int mode, int act,
						   const Window &w) {
	constexpr int BM = TILE::rows, BN = TILE::columns;
	const int channels = w.channels / groups, to = results / groups;
	const Block block(groups, (to + BN - 1) / BN);
	const int part = block.tile / tiles;
	int tile = block.tile % tiles, which = 0;
	for (; which < w.spread[0] * w.spread[1] - 1; which++) { // kinds that come before
		const int some = (Kind(w, which).positions(images) + BM - 1) / BM;
		if (tile < some) break;
		tile -= some;
	}
	const Kind kind(w, which);
	const int first = tile * BM, column = block.column * BN, positions = kind.positions(images), from = part * each, terms = kind.taps() * channels;
	TILE sums;
	Patches<T, BM, V, TILE::terms> left(x, w, kind, channels, block.group, first, positions, from);
	Filters<T, BN, BACK ? V : VB, TILE::terms, BACK> right(b, w, kind, channels, to, results, block.group, column, from);
	sumUp<T>(sums, left, right, from + each < terms ? each : terms - from);
	constexpr int P = VB < TILE::neighbours ? VB : TILE::neighbours; // numbers that are written at once
	// what the thread has written is read again where there is an activation: no sum is kept for it
	c += (long long)part * images * w.result[0] * w.result[1] * results + block.group * to + column, p += mode == bias ? block.group * to + column : 0;
#pragma unroll
	for (int i = 0; i < TILE::TM; i++) {
		if (first + sums.down(i) >= positions) continue;
		const Place at = kind.of(first + sums.down(i), w);
		T *row = c + (long long)number(at.image, at.row, at.column, 0, w.result, 1) * results;
#pragma unroll
		for (int j = 0; j < TILE::TN; j += P) {
			const int right = sums.right(j);
			if (column + right >= to) continue;
			Pack<T, P> v = {};
			if (mode == bias) v = *reinterpret_cast<const Pack<T, P> *>(p + right);
#pragma unroll
			for (int q = 0; q < P; q++) v.v[q] += sums.sum[i][j + q];
			*reinterpret_cast<Pack<T, P> *>(row + right) = v;
		}
	}
	if (act == 0) return;
#pragma unroll 1
	for (int i = 0; i < TILE::TM; i++) {
		if (first + sums.down(i) >= positions) continue;
		const Place at = kind.of(first + sums.down(i), w);
		T *row = c + (long long)number(at.image, at.row, at.column, 0, w.result, 1) * results;
#pragma unroll 1
		for (int j = 0; j < TILE::TN; j++)
			if (column + sums.right(j) < to) row[sums.right(j)] = activate(act, row[sums.right(j)]);
	}
}

// convWeightsBlock sums over `each` positions, for which the blocks behind one another have results of their own.
template <class T, class TILE, int V> __device__ void convWeightsBlock(const T *x, const T *g, T *c, int positions, int each, int groups, int results, const Window &w) {
	constexpr int BM = TILE::rows, BN = TILE::columns;
	const int channels = w.channels / groups, to = results / groups, rows = w.taps() * channels, down = (rows + BM - 1) / BM;
	const Block block(groups, (to + BN - 1) / BN);
	const int part = block.tile / down, first = block.tile % down * BM, column = block.column * BN;
	const int from = part * each, end = from + each < positions ? from + each : positions;
	TILE sums;
	Taps<T, BM, V, TILE::terms> left(x, w, channels, block.group, first, rows, from, end);
	Gradients<T, BN, V, TILE::terms> right(g, to, results, block.group, column, from, end);
	sumUp<T>(sums, left, right, end - from);
	constexpr int P = V < TILE::neighbours ? V : TILE::neighbours;
	c += (long long)part * rows * results + block.group * to + column;
#pragma unroll
	for (int i = 0; i < TILE::TM; i++)
#pragma unroll
		for (int j = 0; j < TILE::TN; j += P) {
			if (first + sums.down(i) >= rows || column + sums.right(j) >= to) continue;
			Pack<T, P> v;
#pragma unroll
			for (int q = 0; q < P; q++) v.v[q] = sums.sum[i][j + q];
			*reinterpret_cast<Pack<T, P> *>(c + (first + sums.down(i)) * results + sums.right(j)) = v;
		}
}
