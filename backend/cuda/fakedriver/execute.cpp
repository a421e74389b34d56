// What each instruction does. Arithmetic is the host's IEEE arithmetic, which PTX's is defined to be; approximations are the
// host's functions, which are nearer.
#include "warp.h"
#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <set>

Count count;
bool counting, clocked;
Range recent;

namespace {

template <class T> T get(Cell c) {
	T v;
	memcpy(&v, &c, sizeof v);
	return v;
}

template <class T> void put(Cell &c, T v) { memcpy(&c, &v, sizeof v); }

#define EACH                          \
	for (int l = 0; l < lanes; l++) \
		if (mask >> l & 1)

template <class T, class R, R (*f)(T)> void one(Warp &w, const Inst &i, uint32_t mask) {
	Cell *d = w.of(i.d), *a = w.of(i.a);
	EACH put<R>(d[l], f(get<T>(a[l])));
}
template <class T, class R, R (*f)(T, T)> void two(Warp &w, const Inst &i, uint32_t mask) {
	Cell *d = w.of(i.d), *a = w.of(i.a), *b = w.of(i.b);
	EACH put<R>(d[l], f(get<T>(a[l]), get<T>(b[l])));
}
template <class T, T (*f)(T, T, T)> void three(Warp &w, const Inst &i, uint32_t mask) {
	Cell *d = w.of(i.d), *a = w.of(i.a), *b = w.of(i.b), *c = w.of(i.c);
	EACH put<T>(d[l], f(get<T>(a[l]), get<T>(b[l]), get<T>(c[l])));
}
template <class T, T (*f)(T, uint32_t)> void shift(Warp &w, const Inst &i, uint32_t mask) {
	Cell *d = w.of(i.d), *a = w.of(i.a), *b = w.of(i.b);
	EACH put<T>(d[l], f(get<T>(a[l]), get<uint32_t>(b[l])));
}
template <class T> void select(Warp &w, const Inst &i, uint32_t mask) {
	Cell *d = w.of(i.d), *a = w.of(i.a), *b = w.of(i.b), *c = w.of(i.c);
	EACH put<T>(d[l], get<bool>(c[l]) ? get<T>(a[l]) : get<T>(b[l]));
}

// insertBits puts as many of the low bits of a as the last operand says into b, from a bit on.
void insertBits(Warp &w, const Inst &i, uint32_t mask) {
	Cell *d = w.of(i.d), *a = w.of(i.a), *b = w.of(i.b), *c = w.of(i.c), *n = w.of(i.v[0]);
	EACH {
		const uint32_t from = get<uint32_t>(c[l]) & 255, count = get<uint32_t>(n[l]) & 255;
		const uint64_t bits = count < 32 ? (1ull << count) - 1 : ~0ull, moved = from < 32 ? bits << from : 0;
		const uint64_t in = from < 32 ? uint64_t(get<uint32_t>(a[l])) << from : 0;
		put<uint32_t>(d[l], uint32_t((get<uint32_t>(b[l]) & ~moved) | (in & moved)));
	}
}

uint32_t bitsOf(float x) {
	uint32_t bits;
	std::memcpy(&bits, &x, 4);
	return bits;
}

// tensorProduct is D = A·B + C of 16 x 8, 16 x 8, 8 x 8 and 16 x 8 numbers, which the lanes of a warp have as the manual shows ("Matrix
// Fragments for mma.m16n8k8"). The sum is rounded once; the hardware's way is not told.
void tensorProduct(Warp &w, const Inst &i, uint32_t mask) {
	if (mask != ~0u) stop(w, i, 0, "a product of matrices without all threads of the warp");
	float a[16][8], b[8][8], d[16][8];
	auto number = [&](int register_, int lane) { return get<float>(w.of(i.matrix[register_])[lane]); };
	for (int l = 0; l < 32; l++) {
		const int group = l / 4, in = l % 4;
		for (int r = 0; r < 4; r++) a[group + r % 2 * 8][in + r / 2 * 4] = number(4 + r, l);
		for (int r = 0; r < 2; r++) b[in + r * 4][group] = number(8 + r, l);
		for (int r = 0; r < 4; r++) d[group + r / 2 * 8][in * 2 + r % 2] = number(10 + r, l);
	}
	auto wants = [&](float x) {
		if (std::isfinite(x) && (bitsOf(x) & 0x1fff)) stop(w, i, 0, "a factor that is not rounded to TF32");
	};
	for (auto &row : a) std::for_each(row, row + 8, wants);
	for (auto &row : b) std::for_each(row, row + 8, wants);
	for (int m = 0; m < 16; m++)
		for (int n = 0; n < 8; n++) {
			double sum = d[m][n];
			for (int k = 0; k < 8; k++) sum += double(a[m][k]) * b[k][n];
			d[m][n] = float(sum);
		}
	for (int l = 0; l < 32; l++)
		for (int r = 0; r < 4; r++) put<float>(w.of(i.matrix[r])[l], d[l / 4 + r / 2 * 8][l % 4 * 2 + r % 2]);
}

// roundedTF32 rounds to 10 bits of mantissa, halves away from zero.
uint32_t roundedTF32(float x) {
	return std::isfinite(x) ? (bitsOf(x) + 0x1000) & ~0x1fffu : bitsOf(x);
}

template <class T> T same(T x) { return x; }
template <class T> T negative(T x) { return -x; }
template <class T> T inverse(T x) { return ~x; }
bool contrary(bool x) { return !x; }
template <class T> T absolute(T x) { return std::abs(x); }
template <class T> T add(T x, T y) { return x + y; }
template <class T> T subtract(T x, T y) { return x - y; }
template <class T> T multiply(T x, T y) { return x * y; }
template <class T> T multiplyHigh(T x, T y) { // of 32 bits
	using W = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
	return T(W(x) * W(y) >> 32);
}
template <class T> T divide(T x, T y) { return x / y; }
template <class T> T quotient(T x, T y) { return y == 0 ? T(-1) : x / y; } // the manual leaves it open
template <class T> T rest(T x, T y) { return y == 0 ? T(-1) : x % y; }
template <class T> T lesser(T x, T y) { return std::min(x, y); }
template <class T> T greater(T x, T y) { return std::max(x, y); }
template <class T> T both(T x, T y) { return x & y; }
template <class T> T either(T x, T y) { return x | y; }
template <class T> T exclusive(T x, T y) { return x ^ y; }
template <class T> T left(T x, uint32_t n) { return n < 8 * sizeof(T) ? T(x << n) : T(0); }
template <class T> T right(T x, uint32_t n) { return x >> std::min<uint32_t>(n, 8 * sizeof(T) - 1); }
template <> uint32_t right(uint32_t x, uint32_t n) { return n < 32 ? x >> n : 0; }
template <class T> T fused(T x, T y, T z) { return std::fma(x, y, z); }
template <class T> T multiplyAdd(T x, T y, T z) { return x * y + z; }
template <class T> T root(T x) { return std::sqrt(x); }
template <class T> T reciprocal(T x) { return T(1) / x; }
float power2(float x) { return std::exp2(x); }
float saturated(float x) { return x > 0 ? std::min(x, 1.0f) : 0; } // a NaN is 0
double coarse(double x) { // the upper half of the bits
	uint64_t bits;
	x = 1 / x;
	memcpy(&bits, &x, 8);
	bits &= ~0xffffffffull;
	memcpy(&x, &bits, 8);
	return x;
}
float fusedDown(float x, float y, float z) {
	fesetround(FE_DOWNWARD);
	volatile float a = x, b = y, c = z;
	const float v = std::fma(a, b, c);
	fesetround(FE_TONEAREST);
	return v;
}
float addTruncated(float x, float y) {
	fesetround(FE_TOWARDZERO);
	volatile float a = x, b = y;
	const float v = a + b;
	fesetround(FE_TONEAREST);
	return v;
}
template <class T, class R> R converted(T x) { return R(x); }
template <class T> T upper(T x) { return std::ceil(x); }
template <class T> T lower(T x) { return std::floor(x); }
template <class T> T truncated(T x) { return std::trunc(x); }
template <class T> T nearest(T x) { return std::nearbyint(x); }

template <class T> bool eq(T x, T y) { return x == y; }
template <class T> bool ne(T x, T y) { return x != y && x == x && y == y; }
template <class T> bool lt(T x, T y) { return x < y; }
template <class T> bool le(T x, T y) { return x <= y; }
template <class T> bool gt(T x, T y) { return x > y; }
template <class T> bool ge(T x, T y) { return x >= y; }
// with a NaN these hold
template <class T> bool equ(T x, T y) { return !(x < y || x > y); }
template <class T> bool neu(T x, T y) { return !(x == y); }
template <class T> bool ltu(T x, T y) { return !(x >= y); }
template <class T> bool leu(T x, T y) { return !(x > y); }
template <class T> bool gtu(T x, T y) { return !(x <= y); }
template <class T> bool geu(T x, T y) { return !(x < y); }
template <class T> bool nan(T x, T y) { return x != x || y != y; }
template <class T> bool num(T x, T y) { return !nan(x, y); }

template <class T, class R> void wide(Warp &w, const Inst &i, uint32_t mask) {
	Cell *d = w.of(i.d), *a = w.of(i.a), *b = w.of(i.b);
	EACH put<R>(d[l], R(get<T>(a[l])) * R(get<T>(b[l])));
}

// halves of a 64-bit number
void unpack(Warp &w, const Inst &i, uint32_t mask) {
	EACH {
		const Cell v = w.of(i.a)[l];
		put<uint32_t>(w.of(i.v[0])[l], (uint32_t)v);
		put<uint32_t>(w.of(i.v[1])[l], (uint32_t)(v >> 32));
	}
}
void pack(Warp &w, const Inst &i, uint32_t mask) {
	EACH w.of(i.d)[l] = get<uint32_t>(w.of(i.v[0])[l]) | (Cell)get<uint32_t>(w.of(i.v[1])[l]) << 32;
}
void move64(Warp &w, const Inst &i, uint32_t mask) {
	if (i.n == 1)
		one<Cell, Cell, same>(w, i, mask);
	else if (i.d < 0)
		unpack(w, i, mask);
	else
		pack(w, i, mask);
}

// swap gives each thread the number of the one whose number in the warp differs in the bits of b.
void swap(Warp &w, const Inst &i, uint32_t mask) {
	if (mask != ~0u) stop(w, i, 0, "an exchange within a warp that not all its threads come to");
	if (clocked) w.ready[i.d] = w.now + exchange;
	uint32_t was[lanes];
	EACH was[l] = get<uint32_t>(w.of(i.a)[l]);
	EACH {
		const uint32_t apart = get<uint32_t>(w.of(i.b)[l]);
		if (apart >= lanes || get<uint32_t>(w.of(i.v[1])[l]) != lanes - 1 || get<uint32_t>(w.of(i.c)[l]) != ~0u)
			stop(w, i, l, "an exchange that the machine does not know: not of a whole warp");
		put<uint32_t>(w.of(i.d)[l], was[l ^ apart]);
		if (i.v[0] >= 0) put<bool>(w.of(i.v[0])[l], true);
	}
}

// Memory.

// touch keeps who reads and writes a word and stops where that is a race: two threads, one of which writes, with no barrier
// between them.
void touch(Warp &w, const Inst &i, int lane, Access &x, uint64_t launch, bool write) {
	const uint32_t me = w.block->number * 1024 + w.first + lane + 1, now = w.block->barriers;
	if (x.launch != launch) x = Access{launch};
	auto apart = [&](uint32_t who, uint32_t when) { return who && who != me && ((who - 1) / 1024 != w.block->number || when == now); };
	if (apart(x.writer, x.written)) stop(w, i, lane, std::string("a race: thread ") + std::to_string((x.writer - 1) % 1024) + " of block " +
		std::to_string((x.writer - 1) / 1024) + " wrote what is " + (write ? "written" : "read") + " here, and no barrier is between them");
	if (write) {
		for (auto [who, when] : {std::pair{x.reader, x.read}, {x.other, x.otherRead}})
			if (apart(who, when)) stop(w, i, lane, "a race: thread " + std::to_string((who - 1) % 1024) + " of block " +
				std::to_string((who - 1) / 1024) + " reads what is written here, and no barrier is between them");
		x.writer = me, x.written = now;
		return;
	}
	auto keeps = [&](uint32_t who, uint32_t when) { return who == 0 || who == me || !apart(who, when); };
	if (keeps(x.reader, x.read))
		x.reader = me, x.read = now;
	else
		x.other = me, x.otherRead = now;
}

// global gives the host's memory of an address, after a look at where that is.
template <class T> T *global(Warp &w, const Inst &i, int lane, uint64_t address, bool write, bool watched = true) {
	Range &r = recent;
	const size_t n = sizeof(T) * i.n;
	if (address < r.from || address + n > r.to || !r.accesses) {
		if (!find(address, r) || address + n > r.to) stop(w, i, lane, "outside of all memory: address " + std::to_string(address));
	}
	if (address % n) stop(w, i, lane, "an address that is no multiple of " + std::to_string(n));
	for (uint64_t word = address / 4; watched && word < (address + n + 3) / 4; word++)
		if (sizeof(T) >= 4) touch(w, i, lane, r.accesses[word - r.from / 4], w.block->launch << 20 | w.block->passed, write);
	return reinterpret_cast<T *>(address);
}

template <class T> T *shared(Warp &w, const Inst &i, int lane, uint32_t address, bool write) {
	const size_t n = sizeof(T) * i.n;
	if (address + n > w.block->shared.size()) stop(w, i, lane, "outside of shared memory: " + std::to_string(address));
	if (address % n) stop(w, i, lane, "an address that is no multiple of " + std::to_string(n));
	for (uint32_t word = address / 4; word < (address + n) / 4; word++) touch(w, i, lane, w.block->accesses[word], w.block->launch, write);
	return reinterpret_cast<T *>(w.block->shared.data() + address);
}

// sectors counts the pieces of 32 bytes that a warp asks for, and gives them.
std::set<uint64_t> sectors(Warp &w, const Inst &i, uint32_t mask, size_t bytes) {
	std::set<uint64_t> seen;
	EACH for (size_t b = 0; b < bytes; b += 4) seen.insert((w.of(i.a)[l] + i.offset + b) / 32);
	count.sectors += seen.size();
	return seen;
}

// far says whether a block has not read some of that since blocks met, and keeps that it has now.
bool far(Block &b, const std::set<uint64_t> &asked) {
	const size_t before = b.near.size();
	b.near.insert(asked.begin(), asked.end());
	b.interval.sectors += b.near.size() - before;
	return b.near.size() > before;
}

// awaits has a warp wait for what it stores.
void awaits(Warp &w, const Inst &i) {
	for (int n = 0; n < i.n; n++) w.now = std::max(w.now, w.ready[i.v[n]]);
}

// turns counts how often shared memory is asked: each bank gives one word of 4 bytes at a time. Wide reads go by parts of the warp.
void turns(Warp &w, const Inst &i, uint32_t mask, size_t bytes) {
	const int part = bytes <= 4 ? lanes : bytes == 8 ? lanes / 2 : lanes / 4;
	for (int from = 0; from < lanes; from += part) {
		std::set<uint32_t> words;
		int banks[32] = {}, most = 0;
		for (int l = from; l < from + part; l++)
			if (mask >> l & 1)
				for (size_t b = 0; b < bytes; b += 4) words.insert((get<uint32_t>(w.of(i.a)[l]) + (uint32_t)i.offset + b) / 4);
		for (uint32_t x : words) most = std::max(most, ++banks[x % 32]);
		count.turns += most;
		w.block->interval.turns += most;
	}
}

// arrives says when numbers that a warp has asked memory for are there.
void arrives(Warp &w, const Inst &i, uint64_t after) {
	for (int n = 0; n < i.n; n++) w.ready[i.v[n]] = w.now + after;
}

template <class T, class R> void load(Warp &w, const Inst &i, uint32_t mask) {
	if (counting || clocked) {
		const auto asked = sectors(w, i, mask, sizeof(T) * i.n);
		if (clocked) arrives(w, i, far(*w.block, asked) ? farMemory : nearMemory);
	}
	EACH {
		const T *p = global<T>(w, i, l, w.of(i.a)[l] + i.offset, false);
		for (int n = 0; n < i.n; n++) put<R>(w.of(i.v[n])[l], p[n]);
	}
}
template <class T> void store(Warp &w, const Inst &i, uint32_t mask) {
	if (counting) sectors(w, i, mask, sizeof(T) * i.n);
	if (clocked) awaits(w, i);
	EACH {
		T *p = global<T>(w, i, l, w.of(i.a)[l] + i.offset, true);
		for (int n = 0; n < i.n; n++) p[n] = get<T>(w.of(i.v[n])[l]);
	}
}
template <class T, class R> void loadShared(Warp &w, const Inst &i, uint32_t mask) {
	if (counting || clocked) turns(w, i, mask, sizeof(T) * i.n);
	if (clocked) arrives(w, i, sharedMemory);
	EACH {
		const T *p = shared<T>(w, i, l, get<uint32_t>(w.of(i.a)[l]) + (uint32_t)i.offset, false);
		for (int n = 0; n < i.n; n++) put<R>(w.of(i.v[n])[l], p[n]);
	}
}
template <class T> void storeShared(Warp &w, const Inst &i, uint32_t mask) {
	if (counting || clocked) turns(w, i, mask, sizeof(T) * i.n);
	if (clocked) awaits(w, i);
	EACH {
		T *p = shared<T>(w, i, l, get<uint32_t>(w.of(i.a)[l]) + (uint32_t)i.offset, true);
		for (int n = 0; n < i.n; n++) p[n] = get<T>(w.of(i.v[n])[l]);
	}
}

// Between blocks: a thread adds itself to those that came, reads the number until all have, and orders its memory before and after.
void arrive(Warp &w, const Inst &i, uint32_t mask) {
	EACH {
		uint32_t *p = global<uint32_t>(w, i, l, w.of(i.a)[l] + i.offset, true, false);
		put<uint32_t>(w.of(i.d)[l], *p);
		*p += get<uint32_t>(w.of(i.b)[l]);
		w.block->came++;
		if (clocked) w.block->arrivals.push_back(w.now);
	}
}
void watch(Warp &w, const Inst &i, uint32_t mask) {
	EACH {
		const uint32_t now = *global<uint32_t>(w, i, l, w.of(i.a)[l] + i.offset, false, false);
		put<uint32_t>(w.of(i.v[0])[l], now);
		w.spins = now == w.watched; // others must go on first; before that the block may, if it thinks so
		w.watched = now;
	}
}
void fence(Warp &w, const Inst &i, uint32_t) {
	Block &b = *w.block;
	if (b.came == b.passed) return;
	b.passed = b.came;
	for (const Block &other : *b.all) {
		if (other.came < b.passed) stop(w, i, 0, "the block goes on before block " + std::to_string(other.number) + " has come");
		if (clocked) w.now = std::max(w.now, other.arrivals[b.passed - 1] + gridMeeting);
	}
	b.near.clear();
}

#define INTEGERS(name, T)                                                                                                   \
	{"add." name, two<T, T, add>}, {"sub." name, two<T, T, subtract>}, {"mul.lo." name, two<T, T, multiply>},                 \
	{"div." name, two<T, T, quotient>}, {"rem." name, two<T, T, rest>}, {"min." name, two<T, T, lesser>},                     \
	{"max." name, two<T, T, greater>},                                                                                       \
	{"mad.lo." name, three<T, multiplyAdd>}, {"shr." name, shift<T, right>},                                                 \
	{"setp.eq." name, two<T, bool, eq>}, {"setp.ne." name, two<T, bool, neu>}, {"setp.lt." name, two<T, bool, lt>},           \
	{"setp.le." name, two<T, bool, le>}, {"setp.gt." name, two<T, bool, gt>}, {"setp.ge." name, two<T, bool, ge>}

#define BITS(name, T)                                                                                                       \
	{"and." name, two<T, T, both>}, {"or." name, two<T, T, either>}, {"xor." name, two<T, T, exclusive>},                     \
	{"not." name, one<T, T, inverse>}, {"shl." name, shift<T, left>}

#define FLOATS(name, T)                                                                                                     \
	{"add." name, two<T, T, add>}, {"add.rn." name, two<T, T, add>}, {"sub." name, two<T, T, subtract>},                      \
	{"sub.rn." name, two<T, T, subtract>}, {"mul." name, two<T, T, multiply>}, {"mul.rn." name, two<T, T, multiply>},         \
	{"div.rn." name, two<T, T, divide>}, {"fma.rn." name, three<T, fused>}, {"neg." name, one<T, T, negative>},               \
	{"abs." name, one<T, T, absolute>}, {"sqrt.rn." name, one<T, T, root>}, {"rcp.rn." name, one<T, T, reciprocal>},          \
	{"setp.eq." name, two<T, bool, eq>}, {"setp.ne." name, two<T, bool, ne>}, {"setp.lt." name, two<T, bool, lt>},            \
	{"setp.le." name, two<T, bool, le>}, {"setp.gt." name, two<T, bool, gt>}, {"setp.ge." name, two<T, bool, ge>},            \
	{"setp.equ." name, two<T, bool, equ>}, {"setp.neu." name, two<T, bool, neu>}, {"setp.ltu." name, two<T, bool, ltu>},      \
	{"setp.leu." name, two<T, bool, leu>}, {"setp.gtu." name, two<T, bool, gtu>}, {"setp.geu." name, two<T, bool, geu>},      \
	{"setp.nan." name, two<T, bool, nan>}, {"setp.num." name, two<T, bool, num>}, {"cvt.rzi." name "." name, one<T, T, truncated>}, {"cvt.rni." name "." name, one<T, T, nearest>}, \
	{"cvt.rpi." name "." name, one<T, T, upper>}, {"cvt.rmi." name "." name, one<T, T, lower>}

// of a type: what moves it, and what reads and writes it
// R is T as a register takes it, which may be wider: integers are extended.
#define MOVES(name, T, R)                                                                                                      \
	{"selp." name, select<T>}, {"ld.param." name, one<T, R, converted>}, {"st.param." name, one<T, T, same>},                      \
	{"ld.global." name, load<T, R>}, {"ld." name, load<T, R>}, {"st.global." name, store<T>}, {"st." name, store<T>},         \
	{"ld.shared." name, loadShared<T, R>}, {"st.shared." name, storeShared<T>},                                              \
	{"ld.global.v2." name, load<T, R>}, {"ld.global.v4." name, load<T, R>}, {"st.global.v2." name, store<T>}, {"st.global.v4." name, store<T>}, \
	{"ld.shared.v2." name, loadShared<T, R>}, {"ld.shared.v4." name, loadShared<T, R>}, {"st.shared.v2." name, storeShared<T>},     \
	{"st.shared.v4." name, storeShared<T>}

} // namespace

Execute execution(const std::string &op) {
	static const std::map<std::string, Execute> table = {
		INTEGERS("s16", int16_t), INTEGERS("s32", int32_t), INTEGERS("u32", uint32_t), INTEGERS("s64", int64_t), INTEGERS("u64", uint64_t),
		BITS("b16", uint16_t), BITS("b32", uint32_t), BITS("b64", uint64_t), FLOATS("f32", float), FLOATS("f64", double),
		{"and.pred", two<bool, bool, both>}, {"or.pred", two<bool, bool, either>}, {"xor.pred", two<bool, bool, exclusive>},
		{"bfi.b32", insertBits}, {"cvt.rna.tf32.f32", one<float, uint32_t, roundedTF32>},
		{"mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", tensorProduct}, {"setp.eq.b32", two<uint32_t, bool, eq>}, {"not.pred", one<bool, bool, contrary>},
		{"mul.hi.s32", two<int32_t, int32_t, multiplyHigh>}, {"mul.hi.u32", two<uint32_t, uint32_t, multiplyHigh>},
		{"mul.wide.s32", wide<int32_t, int64_t>}, {"mul.wide.u32", wide<uint32_t, uint64_t>},
		{"fma.rm.f32", three<float, fusedDown>}, {"ex2.approx.ftz.f32", one<float, float, power2>},
		{"ex2.approx.f32", one<float, float, power2>}, {"add.rz.f32", two<float, float, addTruncated>},
		{"rcp.approx.ftz.f32", one<float, float, reciprocal>}, {"rcp.approx.ftz.f64", one<double, double, coarse>},
		{"cvt.sat.f32.f32", one<float, float, saturated>}, {"cvt.s64.s32", one<int32_t, int64_t, converted>},
		{"cvt.u32.u16", one<uint16_t, uint32_t, converted>}, {"cvt.u32.u64", one<uint64_t, uint32_t, converted>},
		{"cvt.u64.u32", one<uint32_t, uint64_t, converted>},
		{"cvt.rn.f32.u16", one<uint16_t, float, converted>}, {"cvt.rn.f64.u16", one<uint16_t, double, converted>},
		{"cvt.rn.f32.s32", one<int32_t, float, converted>}, {"cvt.rn.f32.u32", one<uint32_t, float, converted>},
		{"cvt.rn.f64.s32", one<int32_t, double, converted>}, {"cvt.rn.f64.u32", one<uint32_t, double, converted>},
		{"cvt.rzi.u64.f32", one<float, uint64_t, converted>}, {"cvt.rzi.u64.f64", one<double, uint64_t, converted>},
		{"cvt.f64.f32", one<float, double, converted>}, {"cvt.rn.f32.f64", one<double, float, converted>},
		{"mov.b32", one<uint32_t, uint32_t, same>}, {"mov.u32", one<uint32_t, uint32_t, same>}, {"mov.f32", one<float, float, same>},
		{"mov.u64", one<Cell, Cell, same>}, {"mov.f64", one<double, double, same>}, {"mov.b64", move64}, {"mov.pred", one<bool, bool, same>},
		{"shfl.sync.bfly.b32", swap}, {"cvta.to.global.u64", one<Cell, Cell, same>},
		MOVES("f32", float, float), MOVES("f64", double, double), MOVES("u32", uint32_t, uint64_t), MOVES("s32", int32_t, int64_t),
		MOVES("b32", uint32_t, uint32_t), MOVES("u64", uint64_t, uint64_t), MOVES("b64", uint64_t, uint64_t),
		{"ld.u8", load<uint8_t, uint64_t>}, {"ld.global.u8", load<uint8_t, uint64_t>},
		{"ld.relaxed.gpu.u32", watch}, {"atom.relaxed.gpu.add.u32", arrive}, {"fence.acq_rel.gpu", fence},
	};
	auto found = table.find(op);
	return found == table.end() ? nullptr : found->second;
}
