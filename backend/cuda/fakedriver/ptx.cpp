// Reads PTX: as much of the language as NVRTC and package emit write.
#include "machine.h"
#include <cstring>
#include <mutex>
#include <stdexcept>

namespace {

using std::string;
using std::vector;

struct Error : std::runtime_error {
	using std::runtime_error::runtime_error;
};

bool starts(const string &s, const char *with) { return s.compare(0, strlen(with), with) == 0; }

string trimmed(const string &s) {
	const size_t from = s.find_first_not_of(" \t\n\r"), to = s.find_last_not_of(" \t\n\r");
	return from == string::npos ? "" : s.substr(from, to - from + 1);
}

// bare is the text without its comments.
string bare(const string &text) {
	string out;
	for (size_t i = 0; i < text.size();) {
		if (text.compare(i, 2, "//") == 0) {
			i = std::min(text.find('\n', i), text.size());
		} else {
			out += text[i++];
		}
	}
	return out;
}

// operands are what stands between commas outside of brackets.
vector<string> operands(const string &s) {
	vector<string> out;
	string word;
	int depth = 0;
	for (char c : s) {
		depth += (c == '{' || c == '[' || c == '(') - (c == '}' || c == ']' || c == ')');
		if (c == ',' && depth == 0) {
			out.push_back(trimmed(word));
			word.clear();
		} else {
			word += c;
		}
	}
	if (word = trimmed(word); !word.empty()) out.push_back(word);
	return out;
}

// inside is what is between the first bracket and its end.
string inside(const string &s, char open, char close) {
	const size_t from = s.find(open), to = s.rfind(close);
	if (from == string::npos || to == string::npos || to < from) throw Error("no " + string(1, open) + string(1, close) + " in: " + s);
	return s.substr(from + 1, to - from - 1);
}

string lastWord(const string &s) {
	const string t = trimmed(s);
	const size_t at = t.find_last_of(" \t\n");
	return at == string::npos ? t : t.substr(at + 1);
}

// array is "….b8 name[12]": a name and a size.
std::pair<string, int> array(const string &s) {
	const string w = lastWord(s);
	const size_t open = w.find('[');
	if (open == string::npos || s.find(".b8") == string::npos) throw Error("not an array of bytes: " + s);
	return {w.substr(0, open), std::stoi(w.substr(open + 1))};
}

class Reader {
public:
	explicit Reader(Function &f) : f(f) {}

	void header(const string &text) {
		const bool entry = text.find(".entry") != string::npos;
		size_t at = text.find(entry ? ".entry" : ".func") + (entry ? 6 : 5);
		string rest = trimmed(text.substr(at));
		if (rest[0] == '(') { // the result
			const size_t end = rest.find(')');
			f.result = reg(lastWord(rest.substr(1, end - 1)));
			rest = trimmed(rest.substr(end + 1));
		}
		const size_t open = rest.find('('), close = rest.find(')');
		f.name = trimmed(rest.substr(0, std::min(open, rest.size())));
		if (open != string::npos)
			for (const string &p : operands(rest.substr(open + 1, close - open - 1))) f.parameters.push_back(reg(lastWord(p)));
	}

	// body reads statements; text begins behind the first brace.
	void body(const string &text) {
		string s;
		int line = 1;
		for (char c : text) {
			line += c == '\n';
			const bool fresh = s.find_first_not_of(" \t\n") == string::npos;
			if (c == ';') {
				statement(trimmed(s), line);
				s.clear();
			} else if (fresh && (c == '{' || c == '}')) { // a scope: names in it are used once at a time
			} else if (c == ':' && trimmed(s).find_first_of("%., [") == string::npos) {
				labels[trimmed(s)] = (int)f.code.size();
				s.clear();
			} else {
				s += c;
			}
		}
		for (auto &[at, label] : jumps) {
			auto to = labels.find(label);
			if (to == labels.end()) throw Error(f.name + " has no label " + label);
			f.code[at].target = to->second;
		}
		Inst end;
		end.control = Control::back;
		f.code.push_back(end);
		f.registers = (int)names.size();
	}

private:
	int reg(const string &name) { return names.emplace(name, (int)names.size()).first->second; }

	int constant(Cell v) {
		const int r = reg("constant " + std::to_string(v));
		f.constants.push_back({r, v});
		return r;
	}

	// operand gives the register of a name or a number.
	int operand(const string &w) {
		static const std::map<string, int> special = {{"%tid.x", tidX}, {"%ntid.x", ntidX}, {"%ctaid.x", ctaidX}, {"%nctaid.x", nctaidX}};
		if (auto s = special.find(w); s != special.end()) {
			f.specials.push_back({reg(w), s->second});
			return reg(w);
		}
		if (starts(w, "0f")) return constant(std::stoul(w.substr(2), nullptr, 16));
		if (starts(w, "0d")) return constant(std::stoull(w.substr(2), nullptr, 16));
		if (isdigit(w[0]) || w[0] == '-') return constant(w[0] == '-' ? (Cell)std::stoll(w) : std::stoull(w, nullptr, 0));
		if (w[0] != '%' && names.find(w) == names.end()) { // a variable: its address in shared memory
			f.symbols.push_back({reg(w), w});
		}
		return reg(w);
	}

	// address is "[base+offset]".
	int address(const string &w, int64_t &offset) {
		string in = trimmed(inside(w, '[', ']'));
		offset = 0;
		if (const size_t plus = in.find('+'); plus != string::npos) {
			offset = std::stoll(in.substr(plus + 1));
			in = trimmed(in.substr(0, plus));
		}
		return operand(in);
	}

	int vectorOf(const string &w, int (&v)[4]) {
		if (w[0] != '{') {
			v[0] = operand(w);
			return 1;
		}
		const auto parts = operands(inside(w, '{', '}'));
		if (parts.size() > 4) throw Error("a vector of more than 4: " + w);
		for (size_t i = 0; i < parts.size(); i++) v[i] = operand(parts[i]);
		return (int)parts.size();
	}

	void statement(string s, int line) {
		if (s.empty() || starts(s, ".reg") || starts(s, ".pragma")) return;
		if (starts(s, ".param")) {
			reg(lastWord(s));
			return;
		}
		if (starts(s, ".shared")) {
			f.shared.insert(array(s));
			return;
		}
		Inst i;
		i.line = line;
		if (s[0] == '@') {
			i.opposite = s[1] == '!';
			const size_t end = s.find_first_of(" \t");
			i.predicate = reg(s.substr(1 + i.opposite, end - 1 - i.opposite));
			s = trimmed(s.substr(end));
		}
		const size_t end = std::min(s.find_first_of(" \t\n"), s.size());
		const string op = s.substr(0, end);
		const auto w = operands(s.substr(end));
		if (!control(i, op, w) && !(i.execute = execution(op))) throw Error("the machine does not know: " + s);
		if (i.execute) arguments(i, op, w);
		f.code.push_back(i);
	}

	bool control(Inst &i, const string &op, const vector<string> &w) {
		if (op == "ret" || op == "exit") {
			i.control = Control::back;
		} else if (op == "bra" || op == "bra.uni") {
			i.control = Control::branch;
			jumps.push_back({f.code.size(), w.at(0)});
		} else if (op == "bar.sync") {
			i.control = Control::barrier;
		} else if (op == "call.uni" || op == "call") {
			call(i, w);
		} else {
			return false;
		}
		return true;
	}

	// call is "(y), name, (x, …)" or "name, (x, …)" or "name".
	void call(Inst &i, const vector<string> &w) {
		i.control = Control::call;
		size_t at = 0;
		int result = -1;
		if (w[0][0] == '(') result = operand(trimmed(inside(w[at++], '(', ')')));
		f.results.push_back(result);
		i.target = (int)f.callees.size();
		f.callees.push_back(w.at(at++));
		if (at < w.size())
			for (const string &x : operands(inside(w[at], '(', ')'))) i.pass.push_back({reg(x), -1});
	}

	void arguments(Inst &i, const string &op, const vector<string> &w) {
		const bool param = op.find(".param.") != string::npos;
		if (starts(op, "ld.") && !param) {
			i.n = vectorOf(w.at(0), i.v);
			i.a = address(w.at(1), i.offset);
		} else if (starts(op, "st.") && !param) {
			i.a = address(w.at(0), i.offset);
			i.n = vectorOf(w.at(1), i.v);
		} else if (param) { // parameters are registers
			const bool load = op[0] == 'l';
			i.d = load ? operand(w.at(0)) : reg(trimmed(symbol(w.at(0))));
			i.a = load ? reg(symbol(w.at(1))) : operand(w.at(1));
		} else if (starts(op, "shfl.")) { // "value|valid, value, lanes apart, 31, all threads"
			const size_t bar = w.at(0).find('|');
			i.d = operand(w[0].substr(0, bar));
			if (bar != string::npos) i.v[0] = operand(w[0].substr(bar + 1));
			i.a = operand(w.at(1)), i.b = operand(w.at(2));
			i.v[1] = operand(w.at(3)), i.c = operand(w.at(4));
		} else if (starts(op, "mma.")) {
			for (const string &list : w) {
				int v[4];
				const int n = vectorOf(list, v);
				i.matrix.insert(i.matrix.end(), v, v + n);
			}
		} else if (starts(op, "atom.")) {
			i.d = operand(w.at(0));
			i.a = address(w.at(1), i.offset);
			i.b = operand(w.at(2));
		} else if (op == "mov.b64" && w.at(0)[0] == '{') { // halves of a number
			vectorOf(w[0], i.v);
			i.n = 2, i.a = operand(w.at(1));
		} else if (op == "mov.b64" && w.at(1)[0] == '{') {
			vectorOf(w[1], i.v);
			i.n = 2, i.d = operand(w[0]);
		} else if (!w.empty()) {
			i.d = operand(w[0]);
			if (w.size() > 1) i.a = operand(w[1]);
			if (w.size() > 2) i.b = operand(w[2]);
			if (w.size() > 3) i.c = operand(w[3]);
			if (w.size() > 4) i.v[0] = operand(w[4]);
		}
	}

	// symbol is the name in "[name]" or "[name+0]".
	string symbol(const string &w) {
		int64_t offset;
		string in = trimmed(inside(w, '[', ']'));
		if (const size_t plus = in.find('+'); plus != string::npos) {
			offset = std::stoll(in.substr(plus + 1));
			if (offset) throw Error("a part of a parameter: " + w);
			in = in.substr(0, plus);
		}
		return trimmed(in);
	}

	Function &f;
	std::map<string, int> names, labels;
	vector<std::pair<size_t, string>> jumps;
};

using Functions = std::map<string, std::shared_ptr<const Function>>;

// function reads one, or takes it from those that were read before: programs share most of theirs.
std::shared_ptr<const Function> function(const string &header, const string &body) {
	static std::map<string, std::shared_ptr<const Function>> known;
	auto &f = known[header + body];
	if (!f) {
		auto made = std::make_shared<Function>();
		Reader r(*made);
		r.header(header);
		r.body(body);
		f = made;
	}
	return f;
}

// Linker makes one piece of code of an entry point and what it calls.
class Linker {
public:
	Linker(const Functions &all, const std::map<string, int> &shared) : all(all), sizes(shared) {}

	std::shared_ptr<Kernel> link(const string &entry) {
		k = std::make_shared<Kernel>();
		k->name = entry;
		place(entry);
		for (auto &[name, at] : placed) {
			const Function &f = *all.at(name);
			for (size_t i = 0, calls = 0; i < f.code.size(); i++) {
				Inst &in = k->code[at.code + i];
				if (in.control == Control::branch) in.target += at.code;
				if (in.control == Control::call) resolve(in, f, at, calls++);
			}
		}
		k->parameters = all.at(entry)->parameters;
		for (int &p : k->parameters) p += placed.at(entry).registers;
		return k;
	}

private:
	struct At {
		int code, registers;
	};

	void place(const string &name) {
		if (placed.count(name)) return;
		auto found = all.find(name);
		if (found == all.end()) throw Error("the module calls " + name + " and does not have it");
		const Function &f = *found->second;
		const At at = placed[name] = {(int)k->code.size(), k->registers};
		k->registers += f.registers;
		for (Inst in : f.code) {
			for (int *r : {&in.predicate, &in.d, &in.a, &in.b, &in.c, &in.v[0], &in.v[1], &in.v[2], &in.v[3]})
				if (*r >= 0) *r += at.registers;
			k->code.push_back(in);
		}
		for (auto [r, v] : f.constants) k->constants.push_back({r + at.registers, v});
		for (auto [r, v] : f.specials) k->specials.push_back({r + at.registers, v});
		for (auto &[r, symbol] : f.symbols) k->constants.push_back({r + at.registers, address(f, symbol)});
		for (const string &c : f.callees) place(c);
	}

	void resolve(Inst &in, const Function &f, const At &at, size_t call) {
		const string &name = f.callees[call];
		const Function &g = *all.at(name);
		const At to = placed.at(name);
		if (in.pass.size() != g.parameters.size()) throw Error(f.name + " calls " + name + " with another number of arguments");
		for (size_t i = 0; i < in.pass.size(); i++) in.pass[i] = {in.pass[i].first + at.registers, g.parameters[i] + to.registers};
		if (f.results[call] >= 0) in.d = f.results[call] + at.registers, in.a = g.result + to.registers;
		in.target = to.code;
	}

	// address gives a variable its place in the block's memory.
	Cell address(const Function &f, const string &symbol) {
		auto own = f.shared.find(symbol);
		auto module = sizes.find(symbol);
		if (own == f.shared.end() && module == sizes.end()) throw Error(f.name + " uses " + symbol + ", which is not known");
		const string key = own != f.shared.end() ? f.name + " " + symbol : symbol;
		auto [at, fresh] = addresses.emplace(key, k->shared);
		if (fresh) k->shared += ((own != f.shared.end() ? own->second : module->second) + 63) / 64 * 64;
		return at->second;
	}

	const Functions &all;
	const std::map<string, int> &sizes;
	std::shared_ptr<Kernel> k;
	std::map<string, At> placed;
	std::map<string, int> addresses;
};

// module cuts a text into functions and shared variables.
void module(const string &text, Functions &functions, vector<string> &entries, std::map<string, int> &shared) {
	string head;
	for (size_t i = 0; i < text.size(); i++) {
		const char c = text[i];
		if (c == '\n' && (starts(trimmed(head), ".version") || starts(trimmed(head), ".target") || starts(trimmed(head), ".address_size"))) {
			head.clear();
		} else if (c == ';') {
			if (head.find(".shared") != string::npos) shared.insert(array(trimmed(head)));
			head.clear();
		} else if (c == '{' && head.find('=') == string::npos) {
			int depth = 1;
			const size_t from = i + 1;
			for (i++; depth > 0 && i < text.size(); i++) depth += (text[i] == '{') - (text[i] == '}');
			i--;
			head = trimmed(head);
			auto f = function(head.substr(0, head.find(".maxntid")), text.substr(from, i - from));
			functions[f->name] = f;
			if (head.find(".entry") != string::npos) entries.push_back(f->name);
			head.clear();
		} else {
			head += c;
		}
	}
}

} // namespace

std::string parse(const std::string &ptx, std::map<std::string, std::shared_ptr<Kernel>> &entries) {
	try {
		Functions functions;
		vector<string> names;
		std::map<string, int> shared;
		module(bare(ptx), functions, names, shared);
		for (const string &n : names) entries[n] = Linker(functions, shared).link(n);
	} catch (const std::exception &e) {
		return e.what();
	}
	return "";
}
