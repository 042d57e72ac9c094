// Lets the caller of a long computation see how far it is, and stop it.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <thread>
#include <utility>

namespace fastnn {

// Thrown in the threads that work when the caller's has stopped.
struct Stopped {};

class Watch {
 public:
  // `report` gets the share of the work that is done, some 20 times a second, on the thread that
  // made the watch. What it throws stops the computation and passes through to its caller.
  using Report = std::function<void(double)>;

  explicit Watch(Report report) : report_(std::move(report)) {}

  // The work ahead, in any unit.
  void expect(double work) { expected_ = work; }

  // Counts work that is done, without a look whether to go on.
  void add(double work) { done_.fetch_add(work, std::memory_order_relaxed); }

  // To be called by every thread at least some ten times a second.
  void advance(double work) {
    if (stopped_.load(std::memory_order_relaxed)) throw Stopped{};
    add(work);
    if (std::this_thread::get_id() != owner_) return;
    const auto now = Clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::milliseconds(50);
    try {
      report_(std::min(1.0, done_.load() / expected_));
    } catch (...) {
      error_ = std::current_exception();
      stopped_.store(true);
      throw Stopped{};
    }
  }

  // Runs work(), and throws what stopped it.
  template <class Work>
  void over(const Work& work) {
    try {
      work();
    } catch (const Stopped&) {
      std::rethrow_exception(error_);
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  Report report_;
  std::thread::id owner_ = std::this_thread::get_id();
  double expected_ = 1;
  // What is over at once is not worth a report.
  Clock::time_point next_ = Clock::now() + std::chrono::milliseconds(2);
  std::atomic<double> done_{0};
  std::atomic<bool> stopped_{false};
  std::exception_ptr error_;
};

// What one thread has done and not yet said: a watch is not asked more often than it needs.
class Pace {
 public:
  Pace(Watch& watch, double grain) : watch_(watch), grain_(grain) {}
  ~Pace() { watch_.add(done_); }
  Pace(const Pace&) = delete;
  Pace& operator=(const Pace&) = delete;

  void advance(double work) {
    done_ += work;
    if (done_ < grain_) return;
    watch_.advance(done_);
    done_ = 0;
  }

 private:
  Watch& watch_;
  double grain_;
  double done_ = 0;
};

}  // namespace fastnn
