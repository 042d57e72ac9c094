#include "fastnn/common/parallel.h"

#include <omp.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace fastnn {
namespace {

std::atomic<int> thread_limit{0};
std::atomic<bool> in_forked_child{false};

#if defined(__unix__) || defined(__APPLE__)
[[maybe_unused]] const int fork_handler =
    pthread_atfork(nullptr, nullptr, [] { in_forked_child.store(true); });
#endif

void pause_briefly() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#endif
}

// Keeps the first exception of a team for the thread that started it.
class FirstException {
 public:
  void keep() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!exception_) exception_ = std::current_exception();
  }
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr exception_;
};

struct Abandoned {};

}  // namespace

void set_num_threads(int n_threads) { thread_limit.store(n_threads); }

int resolve_threads(int requested) {
  if (in_forked_child.load()) return 1;
  if (requested > 0) return requested;
  if (requested < 0) return std::max(1, omp_get_num_procs() + 1 + requested);
  const int limit = thread_limit.load();
  const int openmp = omp_get_max_threads();
  return limit > 0 ? std::min(limit, openmp) : openmp;
}

void parallel_for(Index n_tasks, int n_threads, const std::function<void(Index)>& body,
                  const std::function<void()>& while_waiting) {
  n_threads = static_cast<int>(std::min<Index>(n_threads, n_tasks));
  if (n_threads <= 1) {
    for (Index task = 0; task < n_tasks; ++task) body(task);
    return;
  }
  std::atomic<Index> next{0};
  std::atomic<int> others_at_work{0};
  FirstException exception;
  const auto guarded = [&](const auto& work) {
    try {
      work();
    } catch (...) {
      next.store(n_tasks);
      exception.keep();
    }
  };
#pragma omp parallel num_threads(n_threads)
  {
    const bool calling = omp_get_thread_num() == 0;
    if (!calling) ++others_at_work;
    guarded([&] {
      for (Index task = next++; task < n_tasks; task = next++) body(task);
    });
    if (!calling) --others_at_work;
    if (calling && while_waiting) {
      guarded([&] {
        while (others_at_work.load() > 0) {
          while_waiting();
          std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
      });
    }
  }
  exception.rethrow();
}

// Some tens of microseconds, as long as it takes to wake a thread: who wakes one that sleeps waits
// for it at the next meeting, and where it waits shorter than that, sleeps there in its turn, step
// by step (fits of 30 steps, half a second apart, took 31 instead of 12 ms).
constexpr int spins_before_sleep = 5000;

// With more threads than cores, spinning keeps the thread waited for from running.
Team::Team(int size) : size_(size), spins_(size <= omp_get_num_procs() ? spins_before_sleep : 0) {}

void Team::wait() {
  if (size_ == 1) return;
  const int generation = generation_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == size_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    generation_.store(generation + 1, std::memory_order_release);
    generation_.notify_all();
  } else {
    const auto others_missing = [&] {
      return generation_.load(std::memory_order_acquire) == generation && !abandoned_.load();
    };
    for (int spin = 0; spin < spins_ && others_missing(); ++spin) pause_briefly();
    if (others_missing()) {
      const auto start = std::chrono::steady_clock::now();
      while (others_missing()) generation_.wait(generation, std::memory_order_acquire);
      const std::chrono::duration<double> asleep = std::chrono::steady_clock::now() - start;
      seconds_asleep_.fetch_add(asleep.count(), std::memory_order_relaxed);
    }
  }
  if (abandoned_.load()) throw Abandoned{};
}

void Team::abandon() {
  abandoned_.store(true);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
}

void run_team(int n_threads, const std::function<void(const Member&)>& body) {
  if (n_threads <= 1) {
    body(Member{});
    return;
  }
  FirstException exception;
  std::unique_ptr<Team> team;
#pragma omp parallel num_threads(n_threads)
  {
    // OpenMP may give fewer threads than asked for, so the team is made inside; `single` ends with
    // a barrier, behind which all see it.
#pragma omp single
    team = std::make_unique<Team>(omp_get_num_threads());
    try {
      body(Member{team.get(), omp_get_thread_num()});
    } catch (const Abandoned&) {  // another thread keeps the reason
    } catch (...) {
      exception.keep();
      team->abandon();
    }
  }
  exception.rethrow();
}

}  // namespace fastnn
