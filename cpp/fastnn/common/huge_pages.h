// Memory in large pages, where the system has them on demand (Linux).
#pragma once

#include <cstddef>

namespace fastnn {

// Advises that what has just been allocated, and is not written yet, be given in pages of 2 MB: the
// first touch of each page costs a microsecond or two, which for small ones is more than what is
// done with them.
void prefer_huge_pages(void* begin, std::size_t bytes);

}  // namespace fastnn
