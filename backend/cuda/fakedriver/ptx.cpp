// Interprets the PTX that package emit writes, and no other. Arithmetic is the host's IEEE arithmetic, which those instructions
// are defined to be.
#include "fake.h"
#include "shim.h"
#include <cmath>
#include <cstdint>
#include <cstring>
#include <sstream>

namespace {

union Cell {
	uint64_t u;
	uint32_t w;
	float f;
	double d;
	bool p;
};

struct Thread {
	std::vector<Cell> cells;
	void **params;
	size_t next; // instruction
};

using Instruction = std::function<void(Thread &)>;

// Body is an entry point that is being read.
struct Body {
	std::map<std::string, int> names; // registers and parameters in parameter space -> cells
	std::map<std::string, int> params;
	std::map<std::string, size_t> labels;
	std::vector<Instruction> code;
	bool waits = false; // has barriers, or calls what may have
	std::string error;

	int cell(const std::string &name) { return names.emplace(name, (int)names.size()).first->second; }
};

// words cuts a line at blanks and punctuation, which PTX here uses only to separate.
std::vector<std::string> words(std::string line) {
	for (char &c : line)
		if (strchr(",;[]()\t", c)) c = ' ';
	std::istringstream in(line);
	std::vector<std::string> out;
	for (std::string w; in >> w;) out.push_back(w);
	return out;
}

bool isNumber(const std::string &w) { return !w.empty() && isdigit(w[0]); }

using Read = std::function<Cell(Thread &)>;

// operand is a register, a special register or a literal.
Read operand(Body &b, const std::string &w) {
	if (w == "%tid.x") return [](Thread &) { Cell c = {0}; c.w = current().tid; return c; };
	if (w == "%ntid.x") return [](Thread &) { Cell c = {0}; c.w = current().ntid; return c; };
	if (w == "%nctaid.x") return [](Thread &) { Cell c = {0}; c.w = current().nctaid; return c; };
	if (w == "%ctaid.x") return [](Thread &) { Cell c = {0}; c.w = current().ctaid; return c; };
	Cell literal = {0};
	if (w.compare(0, 2, "0f") == 0) {
		literal.w = (uint32_t)std::stoul(w.substr(2), nullptr, 16);
	} else if (w.compare(0, 2, "0d") == 0) {
		literal.u = std::stoull(w.substr(2), nullptr, 16);
	} else if (isNumber(w)) {
		literal.u = std::stoull(w);
	} else {
		const int at = b.cell(w);
		return [at](Thread &t) { return t.cells[at]; };
	}
	return [literal](Thread &) { return literal; };
}

template <class T> T get(const Cell &c);
template <> float get(const Cell &c) { return c.f; }
template <> double get(const Cell &c) { return c.d; }
template <class T> Cell put(T v);
template <> Cell put(float v) { Cell c = {0}; c.f = v; return c; }
template <> Cell put(double v) { Cell c = {0}; c.d = v; return c; }

template <class T> T *global(const Cell &address) { return reinterpret_cast<T *>(address.u); }

// floats are the instructions on one type.
template <class T> Instruction floats(Body &b, const std::string &op, const std::vector<std::string> &w) {
	auto to = [&] { return b.cell(w[1]); };
	auto in = [&](int i) { return operand(b, w[i]); };
	auto binary = [&](T (*f)(T, T)) -> Instruction {
		return [d = to(), x = in(2), y = in(3), f](Thread &t) { t.cells[d] = put<T>(f(get<T>(x(t)), get<T>(y(t)))); };
	};
	auto compare = [&](bool (*f)(T, T)) -> Instruction {
		return [d = to(), x = in(2), y = in(3), f](Thread &t) { Cell c = {0}; c.p = f(get<T>(x(t)), get<T>(y(t))); t.cells[d] = c; };
	};
	if (op == "add.rn") return binary([](T x, T y) { return x + y; });
	if (op == "sub.rn") return binary([](T x, T y) { return x - y; });
	if (op == "mul.rn") return binary([](T x, T y) { return x * y; });
	if (op == "div.rn") return binary([](T x, T y) { return x / y; });
	if (op == "setp.lt") return compare([](T x, T y) { return x < y; });
	if (op == "setp.le") return compare([](T x, T y) { return x <= y; });
	if (op == "setp.eq") return compare([](T x, T y) { return x == y; });
	if (op == "sqrt.rn") return [d = to(), x = in(2)](Thread &t) { t.cells[d] = put<T>(std::sqrt(get<T>(x(t)))); };
	if (op == "selp")
		return [d = to(), x = in(2), y = in(3), p = in(4)](Thread &t) { t.cells[d] = p(t).p ? x(t) : y(t); };
	if (op == "mov") return [d = to(), x = in(2)](Thread &t) { t.cells[d] = x(t); };
	if (op == "ld.global") return [d = to(), x = in(2)](Thread &t) { t.cells[d] = put<T>(*global<T>(x(t))); };
	if (op == "st.global") return [a = in(1), x = in(2)](Thread &t) { *global<T>(a(t)) = get<T>(x(t)); };
	return nullptr;
}

// integers are those that compute indices and addresses.
Instruction integers(Body &b, const std::vector<std::string> &w) {
	auto to = [&] { return b.cell(w[1]); };
	auto in = [&](int i) { return operand(b, w[i]); };
	auto word = [](uint32_t v) { Cell c = {0}; c.w = v; return c; };
	// parameter space: 4 or 8 bytes, whatever they mean
	if (w[0] == "st.param.b32" || w[0] == "st.param.b64" || w[0] == "ld.param.b32" || w[0] == "ld.param.b64")
		return [d = to(), x = in(2)](Thread &t) { t.cells[d] = x(t); };
	if (w[0] == "mul.lo.u32") return [=, d = to(), x = in(2), y = in(3)](Thread &t) { t.cells[d] = word(x(t).w * y(t).w); };
	if (w[0] == "add.u32") return [=, d = to(), x = in(2), y = in(3)](Thread &t) { t.cells[d] = word(x(t).w + y(t).w); };
	if (w[0] == "sub.u32") return [=, d = to(), x = in(2), y = in(3)](Thread &t) { t.cells[d] = word(x(t).w - y(t).w); };
	if (w[0] == "min.u32")
		return [=, d = to(), x = in(2), y = in(3)](Thread &t) { t.cells[d] = word(x(t).w < y(t).w ? x(t).w : y(t).w); };
	if (w[0] == "mov.u32") return [=, d = to(), x = in(2)](Thread &t) { t.cells[d] = word(x(t).w); };
	if (w[0] == "rem.u32") return [=, d = to(), x = in(2), y = in(3)](Thread &t) { t.cells[d] = word(x(t).w % y(t).w); };
	if (w[0] == "div.u32") return [=, d = to(), x = in(2), y = in(3)](Thread &t) { t.cells[d] = word(x(t).w / y(t).w); };
	if (w[0] == "mad.lo.u32")
		return [=, d = to(), x = in(2), y = in(3), z = in(4)](Thread &t) { t.cells[d] = word(x(t).w * y(t).w + z(t).w); };
	if (w[0] == "mul.wide.u32")
		return [d = to(), x = in(2), y = in(3)](Thread &t) { t.cells[d].u = (uint64_t)x(t).w * y(t).w; };
	if (w[0] == "add.u64") return [d = to(), x = in(2), y = in(3)](Thread &t) { t.cells[d].u = x(t).u + y(t).u; };
	if (w[0] == "setp.ge.u32")
		return [d = to(), x = in(2), y = in(3)](Thread &t) { Cell c = {0}; c.p = x(t).w >= y(t).w; t.cells[d] = c; };
	if (w[0] == "ld.param.u32" && b.params.count(w[2]))
		return [=, d = to(), i = b.params[w[2]]](Thread &t) { uint32_t v; memcpy(&v, t.params[i], 4); t.cells[d] = word(v); };
	if (w[0] == "ld.param.u64" && b.params.count(w[2]))
		return [d = to(), i = b.params[w[2]]](Thread &t) { memcpy(&t.cells[d].u, t.params[i], 8); };
	return nullptr;
}

// call.uni (y), name, (x0, x1) for a number; call.uni name, (x0, …) for the work of a block.
Instruction invoke(Body &b, const std::vector<std::string> &w) {
	if (auto k = kernels().find(w[1]); k != kernels().end()) {
		if ((int)w.size() != 2 + k->second.parameters) return nullptr;
		b.waits = true;
		std::vector<Read> in;
		for (size_t i = 2; i < w.size(); i++) in.push_back(operand(b, w[i]));
		return [in, f = k->second.thread](Thread &t) {
			std::vector<Cell> values;
			for (auto &read : in) values.push_back(read(t));
			std::vector<void *> params;
			for (auto &v : values) params.push_back(&v);
			f(params.data());
		};
	}
	auto found = functions().find(w[2]);
	if (found == functions().end()) return nullptr;
	const Function f = found->second;
	const int y = b.cell(w[1]);
	const size_t want = f.one || f.oneF ? 4 : 5;
	if (w.size() != want) return nullptr;
	Read x0 = operand(b, w[3]), x1 = operand(b, w.back());
	if (f.oneF) return [=](Thread &t) { t.cells[y] = put<float>(f.oneF(x0(t).f)); };
	if (f.one) return [=](Thread &t) { t.cells[y] = put<double>(f.one(x0(t).d)); };
	if (f.twoF) return [=](Thread &t) { t.cells[y] = put<float>(f.twoF(x0(t).f, x1(t).f)); };
	return [=](Thread &t) { t.cells[y] = put<double>(f.two(x0(t).d, x1(t).d)); };
}

// control is what is no computation: jumps, the end, barriers.
Instruction control(Body &b, const std::vector<std::string> &w) {
	Body *body = &b;
	if (w[0] == "ret") return [body](Thread &t) { t.next = body->code.size(); };
	if (w[0] == "bra") return [body, to = w[1]](Thread &t) { t.next = body->labels.at(to); };
	if (w[0] == "@%p1" && w.size() == 3 && w[1] == "bra")
		return [body, p = b.cell("%p1"), to = w[2]](Thread &t) {
			if (t.cells[p].p) t.next = body->labels.at(to);
		};
	if (w[0] == "bar.sync" && w[1] == "0") {
		b.waits = true;
		return [](Thread &) { __syncthreads(); };
	}
	if (w[0] == "call.uni") return invoke(b, w);
	return nullptr;
}

void instruction(Body &b, const std::string &line) {
	const auto w = words(line);
	if (w.empty() || w[0] == "{" || w[0] == "}" || w[0] == ".reg" || w[0] == ".param" || w[0].compare(0, 2, "//") == 0) return;
	if (w[0].back() == ':') {
		b.labels[w[0].substr(0, w[0].size() - 1)] = b.code.size();
		return;
	}
	Instruction i = control(b, w);
	if (!i) i = integers(b, w);
	if (!i) {
		const size_t dot = w[0].rfind('.');
		const std::string op = w[0].substr(0, dot), type = dot == std::string::npos ? "" : w[0].substr(dot + 1);
		if (type == "f32") i = floats<float>(b, op, w);
		if (type == "f64") i = floats<double>(b, op, w);
	}
	if (!i && b.error.empty()) b.error = "the interpreter does not know: " + line;
	b.code.push_back(i);
}

// parameters reads ".visible .entry name(.param .u64 p0, …)".
void parameters(Body &b, const std::vector<std::string> &w) {
	for (size_t i = 3; i + 2 < w.size(); i += 3) b.params.emplace(w[i + 2], (int)b.params.size());
}

Kernel interpreted(std::shared_ptr<Body> b) {
	Kernel k;
	k.alone = !b->waits;
	k.parameters = (int)b->params.size();
	k.thread = [b](void **params) {
		Thread t = {std::vector<Cell>(b->names.size(), Cell{0}), params, 0};
		while (t.next < b->code.size()) {
			const auto &i = b->code[t.next++];
			i(t);
		}
	};
	return k;
}

} // namespace

std::string parse(const std::string &ptx, std::map<std::string, Kernel> &entries) {
	std::istringstream in(ptx);
	for (std::string line; std::getline(in, line);) {
		if (line.find(".entry") == std::string::npos) continue;
		const auto w = words(line);
		const std::string name = w[2];
		if (auto known = kernels().find(name); known != kernels().end()) {
			entries[name] = known->second;
			continue;
		}
		auto b = std::make_shared<Body>();
		parameters(*b, w);
		while (line[0] != '{' && std::getline(in, line)) {} // what it says of registers and threads is for the compiler
		for (int depth = 1; depth > 0 && std::getline(in, line);) {
			for (char c : line) depth += (c == '{') - (c == '}');
			instruction(*b, line);
		}
		if (!b->error.empty()) return b->error;
		entries[name] = interpreted(b);
	}
	return "";
}
