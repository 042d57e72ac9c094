#include "fastnn/common/huge_pages.h"

#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace fastnn {

void prefer_huge_pages([[maybe_unused]] void* begin, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t page = std::uintptr_t{1} << 21;
  const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(begin) % page;
  const std::uintptr_t skipped = offset == 0 ? 0 : page - offset;
  if (bytes < skipped + page) return;
  // Only advice: a system that does not take it loses nothing.
  static_cast<void>(
      madvise(static_cast<char*>(begin) + skipped, (bytes - skipped) / page * page, MADV_HUGEPAGE));
#endif
}

}  // namespace fastnn
