// A file of ../kernels (SOURCE), compiled for the host; what it exports is known by its name.
#include "fake.h"
#include "shim.h"
#include <tuple>
#include <utility>

template <class... A, std::size_t... I> void call(void (*f)(A...), void **params, std::index_sequence<I...>) {
	f(*static_cast<std::remove_const_t<A> *>(params[I])...);
}

template <class... A> bool add(const char *name, void (*f)(A...)) {
	Kernel &k = kernels()[name];
	k.parameters = sizeof...(A);
	k.thread = [f](void **params) { call(f, params, std::index_sequence_for<A...>{}); };
	return true;
}
inline bool add(const char *name, float (*f)(float)) { functions()[name].oneF = f; return true; }
inline bool add(const char *name, double (*f)(double)) { functions()[name].one = f; return true; }
inline bool add(const char *name, float (*f)(float, float)) { functions()[name].twoF = f; return true; }
inline bool add(const char *name, double (*f)(double, double)) { functions()[name].two = f; return true; }

#define EXPORT(name) static bool added_##name = add(#name, name);

#include SOURCE
