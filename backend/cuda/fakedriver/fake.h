// What the fake cuBLAS needs of the fake driver.
#pragma once
#include <functional>

// fakeSubmit puts work into a stream and says whether that failed; fakeCount counts handles.
bool fakeSubmit(void *stream, std::function<void()> work);
void fakeCount(int handles);
