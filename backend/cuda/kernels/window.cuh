// Windows over images of the axes image, row, column, channel.
#pragma once
#include "common.cuh"

// Window is how an op goes over the rows (axis 0) and columns (axis 1) of an image: position o of the result and tap k meet at
// (o·step + k·dilation − before) / spread, where that is whole and in the image.
struct Window {
	int size[2], step[2], dilation[2], before[2], spread[2];
	int image[2], result[2], channels;

	// inside is the row or column of the image at a place among those it is spread over, or -1.
	__device__ int inside(int axis, int at) const {
		if (spread[axis] > 1) { // a division takes as long as much else
			if (at % spread[axis] != 0) return -1;
			at /= spread[axis];
		}
		return (unsigned)at < (unsigned)image[axis] ? at : -1;
	}

	// meets is the row or column of the image, or -1.
	__device__ int meets(int axis, int o, int k) const { return inside(axis, o * step[axis] + k * dilation[axis] - before[axis]); }

	// met is the row or column of the result that tap k meets the image at i from, or -1.
	__device__ int met(int axis, int i, int k) const {
		int o = i * spread[axis] + before[axis] - k * dilation[axis];
		if (step[axis] > 1) {
			if (o % step[axis] != 0) return -1;
			o /= step[axis];
		}
		return (unsigned)o < (unsigned)result[axis] ? o : -1;
	}

	__device__ int taps() const { return size[0] * size[1]; }
};

// A window as the last parameters of a kernel, and the window of them.
#define WINDOW                                                                                                                          \
	int size0, int size1, int step0, int step1, int dilation0, int dilation1, int before0, int before1, int spread0, int spread1, int rows, \
		int columns, int resultRows, int resultColumns, int channels
#define WINDOW_OF                                                                                                                  \
	Window {                                                                                                                       \
		{size0, size1}, {step0, step1}, {dilation0, dilation1}, {before0, before1}, {spread0, spread1}, {rows, columns},           \
			{resultRows, resultColumns}, channels                                                                                  \
	}

// Place is where a number of images lies.
struct Place {
	int image, row, column, channel;
	__device__ Place(unsigned i, const int (&plane)[2], unsigned channels) {
		channel = i % channels, i /= channels;
		column = i % plane[1], i /= plane[1];
		row = i % plane[0], image = i / plane[0];
	}
};

// number is which one lies there.
__device__ inline int number(int image, int row, int column, int channel, const int (&plane)[2], int channels) {
	return ((image * plane[0] + row) * plane[1] + column) * channels + channel;
}

// patch is number l of a position's patch.
template <class T> __device__ T patch(const T *x, const Window &w, int position, int l) {
	const int c = l % w.channels, tap = l / w.channels;
	const Place at(position, w.result, 1);
	const int row = w.meets(0, at.row, tap / w.size[1]), column = w.meets(1, at.column, tap % w.size[1]);
	return row >= 0 && column >= 0 ? x[number(at.image, row, column, c, w.image, w.channels)] : T(0);
}

// eachTap calls use(tap, i) for the taps that meet an image at a position of the result, with the number that they meet there.
template <class F> __device__ void eachTap(const Window &w, const Place &at, F use) {
	for (int k = 0; k < w.size[0]; k++) {
		const int row = w.meets(0, at.row, k);
		for (int l = 0; row >= 0 && l < w.size[1]; l++)
			if (const int column = w.meets(1, at.column, l); column >= 0) use(k * w.size[1] + l, number(at.image, row, column, at.channel, w.image, w.channels));
	}
}

// eachResult calls use(tap, o) for the positions of the result, in their order, that meet a number of an image, with the number of
// the result.
template <class F> __device__ void eachResult(const Window &w, const Place &at, F use) {
	for (int k = w.size[0] - 1; k >= 0; k--) {
		const int row = w.met(0, at.row, k);
		for (int l = w.size[1] - 1; row >= 0 && l >= 0; l--)
			if (const int column = w.met(1, at.column, l); column >= 0) use(k * w.size[1] + l, number(at.image, row, column, at.channel, w.result, w.channels));
	}
}
